-- Step-up sign-in: where the frozen policy of a release asks for it, an approval rests on a sign-in of its own, made for
-- this release, this plan and this decision, used once and within five minutes.

-- That a person was sent to the provider, and for what. Written once; the answer is another row.
CREATE TABLE rel.step_up (
  id             text PRIMARY KEY CHECK (id ~ '^stu_[0-9a-z]+$'),
  purpose        text NOT NULL CHECK (purpose IN ('approve', 'break-glass')),
  -- A break-glass release does not exist yet when its sign-in begins.
  release_id     text,
  application_id text NOT NULL REFERENCES catalog.application (id),
  plan_digest    text NOT NULL,
  account_id     text NOT NULL,
  person_id      text NOT NULL,
  -- Levels of sign-in that will do; empty: any.
  acr            text[] NOT NULL,
  -- SHA-256 of the nonce: the answer has to hold that very one.
  nonce_hash     text NOT NULL UNIQUE CHECK (nonce_hash ~ '^[0-9a-f]{64}$'),
  event_id       text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at     timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  FOREIGN KEY (plan_digest, application_id) REFERENCES rel.plan (digest, application_id),
  FOREIGN KEY (release_id, plan_digest) REFERENCES rel.release (id, plan_digest),
  FOREIGN KEY (release_id, application_id) REFERENCES rel.release (id, application_id),
  UNIQUE (id, release_id, plan_digest, account_id, person_id),
  UNIQUE (id, application_id, plan_digest, account_id, person_id),
  CONSTRAINT an_approval_names_its_release CHECK ((purpose = 'approve') = (release_id IS NOT NULL))
);
CREATE INDEX step_up_person ON rel.step_up (person_id, id DESC);

-- What the provider signed about it. The claims are kept without names and addresses.
CREATE TABLE rel.step_up_proof (
  step_up_id text PRIMARY KEY REFERENCES rel.step_up (id),
  issuer     text NOT NULL,
  subject    text NOT NULL,
  nonce      text NOT NULL,
  auth_time  timestamptz NOT NULL,
  acr        text CHECK (length(acr) <= 200),
  amr        text[] NOT NULL,
  claims     jsonb NOT NULL CHECK (jsonb_typeof(claims) = 'object'),
  -- SHA-256 of the ID token as it came.
  id_token   text NOT NULL UNIQUE CHECK (id_token ~ '^[0-9a-f]{64}$'),
  event_id   text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Five minutes from being sent there to the decision, whatever a policy says.
CREATE FUNCTION rel.step_up_life() RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT interval '5 minutes' $$;

CREATE FUNCTION rel.guard_step_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.account_id AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person confirms who it is' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'step-up.asked' AND actor_id = NEW.person_id) THEN
    RAISE EXCEPTION 'no entry of the log records this step-up' USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.step_up FOR EACH ROW EXECUTE FUNCTION rel.guard_step_up();

CREATE FUNCTION rel.guard_step_up_proof() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE s rel.step_up;
BEGIN
  SELECT * INTO s FROM rel.step_up WHERE id = NEW.step_up_id;
  IF now() > s.created_at + rel.step_up_life() THEN
    RAISE EXCEPTION 'step-up % has expired', s.id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM access.account WHERE id = s.account_id AND issuer = NEW.issuer AND subject = NEW.subject AND enabled) THEN
    RAISE EXCEPTION 'step-up % was answered by somebody else', s.id USING ERRCODE = 'check_violation';
  END IF;
  IF encode(sha256(convert_to(NEW.nonce, 'UTF8')), 'hex') <> s.nonce_hash THEN
    RAISE EXCEPTION 'the answer belongs to another step-up than %', s.id USING ERRCODE = 'check_violation';
  END IF;
  -- Clocks differ a little, and auth_time counts whole seconds.
  IF NEW.auth_time < s.created_at - interval '10 seconds' OR NEW.auth_time > now() + interval '10 seconds' THEN
    RAISE EXCEPTION 'the sign-in of step-up % was not made for it', s.id USING ERRCODE = 'check_violation';
  END IF;
  IF cardinality(s.acr) > 0 AND NOT coalesce(NEW.acr = ANY (s.acr), false) THEN
    RAISE EXCEPTION 'step-up % reached level %, which is not enough', s.id, coalesce(NEW.acr, 'none') USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'step-up.confirmed' AND actor_id = s.person_id) THEN
    RAISE EXCEPTION 'no entry of the log records this answer' USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.step_up_proof FOR EACH ROW EXECUTE FUNCTION rel.guard_step_up_proof();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.step_up FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.step_up_proof FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

-- Raises unless this step-up was answered, is fresh, and is good enough for what `wanted` asks ({acr, maxAgeMs}).
CREATE FUNCTION rel.require_step_up(wanted_id text, wanted_purpose text, wanted jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE s rel.step_up; p rel.step_up_proof;
BEGIN
  SELECT * INTO s FROM rel.step_up WHERE id = wanted_id;
  SELECT * INTO p FROM rel.step_up_proof WHERE step_up_id = wanted_id;
  IF s.purpose IS DISTINCT FROM wanted_purpose OR p.step_up_id IS NULL THEN
    RAISE EXCEPTION 'this takes a step-up sign-in, which % is not', coalesce(wanted_id, 'nothing') USING ERRCODE = 'check_violation';
  END IF;
  IF now() > s.created_at + rel.step_up_life()
     OR now() > p.auth_time + interval '10 seconds' + coalesce((wanted ->> 'maxAgeMs')::bigint, 300000) * interval '1 millisecond' THEN
    RAISE EXCEPTION 'step-up % has expired', s.id USING ERRCODE = 'check_violation';
  END IF;
  IF jsonb_typeof(wanted -> 'acr') = 'array' AND jsonb_array_length(wanted -> 'acr') > 0
     AND NOT coalesce((wanted -> 'acr') ? p.acr, false) THEN
    RAISE EXCEPTION 'step-up % reached level %, which is not enough', s.id, coalesce(p.acr, 'none') USING ERRCODE = 'check_violation';
  END IF;
END $$;

-- What an approval rests on: of the same person for the same release and plan, and for no second decision.
ALTER TABLE rel.decision ADD COLUMN step_up_id text,
  ADD CONSTRAINT step_up_of_exactly_this FOREIGN KEY (step_up_id, release_id, plan_digest, account_id, person_id)
    REFERENCES rel.step_up (id, release_id, plan_digest, account_id, person_id),
  ADD CONSTRAINT a_step_up_is_used_once UNIQUE (step_up_id);

CREATE FUNCTION rel.guard_decision_step_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted jsonb;
BEGIN
  SELECT policy -> 'stepUp' INTO wanted FROM rel.release WHERE id = NEW.release_id;
  IF NEW.step_up_id IS NOT NULL OR coalesce(jsonb_typeof(wanted), 'null') <> 'null' THEN
    PERFORM rel.require_step_up(NEW.step_up_id, 'approve', wanted);
  END IF;
  RETURN NEW;
END $$;
-- Fires after "guard", which has taken the row lock of the release.
CREATE TRIGGER policy_step_up BEFORE INSERT ON rel.decision FOR EACH ROW WHEN (NEW.kind = 'approve')
  EXECUTE FUNCTION rel.guard_decision_step_up();

GRANT SELECT ON rel.step_up, rel.step_up_proof TO countersign_web, countersign_worker;
GRANT INSERT (id, purpose, release_id, application_id, plan_digest, account_id, person_id, acr, nonce_hash, event_id)
  ON rel.step_up TO countersign_web;
GRANT INSERT (step_up_id, issuer, subject, nonce, auth_time, acr, amr, claims, id_token, event_id) ON rel.step_up_proof TO countersign_web;
GRANT INSERT (step_up_id) ON rel.decision TO countersign_web;
