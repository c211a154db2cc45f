-- A standard change: a model of a release with limits, which two people sign beforehand and which expires. A release that
-- keeps every limit counts as approved by them. Nothing else of dispatch changes.

CREATE TABLE rel.standard_change (
  id          text PRIMARY KEY CHECK (id ~ '^std_[0-9a-z]+$'),
  -- What is signed: SHA-256 over the limits below, worked out by the guard.
  digest      text NOT NULL,
  project     text NOT NULL CHECK (project ~ '^[^[:cntrl:]]{1,253}$'),
  service     text NOT NULL CHECK (service ~ '^[^[:cntrl:]]{1,253}$'),
  environment text NOT NULL CHECK (environment ~ '^[^[:cntrl:]]{1,253}$'),
  per_day     int NOT NULL CHECK (per_day BETWEEN 1 AND 20),
  time_zone   text NOT NULL CHECK (time_zone ~ '^[A-Za-z0-9_+/-]{1,64}$'),
  expires_at  timestamptz NOT NULL,
  reason      text NOT NULL CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  account_id  text NOT NULL,
  person_id   text NOT NULL,
  event_id    text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (id, digest, person_id),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id)
);

CREATE TABLE rel.standard_change_vote (
  standard_change_id text NOT NULL,
  -- The limits that were read and their proposer, by the composite key.
  digest      text NOT NULL,
  proposer    text NOT NULL,
  person_id   text NOT NULL,
  account_id  text NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('approve', 'reject')),
  reason      text CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  -- Of the account at that moment, copied by the guard.
  groups      text[] NOT NULL DEFAULT '{}',
  event_id    text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (standard_change_id, person_id),
  FOREIGN KEY (standard_change_id, digest, proposer) REFERENCES rel.standard_change (id, digest, person_id),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT four_eyes_by_person CHECK (person_id <> proposer),
  CONSTRAINT a_rejection_says_why CHECK (kind = 'approve' OR reason IS NOT NULL)
);

-- Over for good, by one person or by harm. Going on takes a new one with new signatures.
CREATE TABLE rel.standard_change_stop (
  standard_change_id text PRIMARY KEY REFERENCES rel.standard_change (id),
  why         text NOT NULL CHECK (length(btrim(why)) BETWEEN 3 AND 2000),
  -- Null: the release below did harm.
  person_id   text,
  account_id  text,
  release_id  text REFERENCES rel.release (id),
  event_id    text NOT NULL REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at  timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT by_a_person_or_by_harm CHECK ((person_id IS NULL) = (account_id IS NULL) AND (person_id IS NULL) <> (release_id IS NULL))
);

CREATE TABLE rel.standard_change_use (
  release_id         text PRIMARY KEY REFERENCES rel.release (id),
  standard_change_id text NOT NULL REFERENCES rel.standard_change (id),
  -- In the time zone of the standard change; set by the guard.
  day                date NOT NULL,
  event_id           text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX standard_change_uses ON rel.standard_change_use (standard_change_id, day);
CREATE INDEX standard_change_place ON rel.standard_change (service, environment, project);

-- Votes, uses and the stop of one standard change come one after the other.
CREATE FUNCTION rel.lock_standard_change(wanted text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('rel.standard_change:' || wanted, 0))
$$;

CREATE FUNCTION rel.guard_standard_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.created_at := now();
  IF NEW.expires_at <= now() OR NEW.expires_at > now() + interval '90 days 1 minute' THEN
    RAISE EXCEPTION 'a standard change expires within 90 days' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM pg_timezone_names WHERE name = NEW.time_zone) THEN
    RAISE EXCEPTION 'there is no time zone %', NEW.time_zone USING ERRCODE = 'check_violation';
  END IF;
  NEW.digest := encode(sha256(convert_to(concat_ws(E'\n', 'standard-change v1', NEW.project, NEW.service, NEW.environment, NEW.per_day,
    NEW.time_zone, to_char(NEW.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')), 'UTF8')), 'hex');
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.account_id AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person proposes a standard change' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'standard-change.proposed' AND actor_id = NEW.person_id
                 AND audit.field(entry, '{data,standardChange}') = NEW.id AND audit.field(entry, '{data,digest}') = NEW.digest) THEN
    RAISE EXCEPTION 'no entry of the log records this proposal' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.standard_change FOR EACH ROW EXECUTE FUNCTION rel.guard_standard_change();

-- Those whose signature counts now; none once somebody rejected.
CREATE FUNCTION rel.standard_change_signers(wanted text) RETURNS TABLE (person_id text, groups text[]) LANGUAGE sql STABLE AS $$
  SELECT v.person_id, v.groups FROM rel.standard_change_vote v JOIN access.account a ON a.id = v.account_id
  WHERE v.standard_change_id = wanted AND v.kind = 'approve' AND a.enabled AND a.kind = 'person'
    AND NOT EXISTS (SELECT FROM rel.standard_change_vote n WHERE n.standard_change_id = wanted AND n.kind = 'reject')
$$;

CREATE FUNCTION rel.guard_standard_change_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rel.lock_standard_change(NEW.standard_change_id);
  NEW.created_at := now();
  IF EXISTS (SELECT FROM rel.standard_change WHERE id = NEW.standard_change_id AND expires_at <= now())
     OR EXISTS (SELECT FROM rel.standard_change_stop WHERE standard_change_id = NEW.standard_change_id)
     OR EXISTS (SELECT FROM rel.standard_change_vote WHERE standard_change_id = NEW.standard_change_id AND kind = 'reject')
     OR (SELECT count(*) FROM rel.standard_change_vote WHERE standard_change_id = NEW.standard_change_id AND kind = 'approve') >= 2 THEN
    RAISE EXCEPTION 'standard change % takes no signatures any more', NEW.standard_change_id USING ERRCODE = 'check_violation';
  END IF;
  SELECT a.groups INTO NEW.groups FROM access.account a WHERE a.id = NEW.account_id AND a.enabled AND a.kind = 'person';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'only an enabled account of a person signs a standard change' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'standard-change.decided' AND actor_id = NEW.person_id
                 AND audit.field(entry, '{data,standardChange}') = NEW.standard_change_id
                 AND audit.field(entry, '{data,digest}') = NEW.digest AND audit.field(entry, '{data,decision}') = NEW.kind) THEN
    RAISE EXCEPTION 'no entry of the log records this signature' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.standard_change_vote FOR EACH ROW EXECUTE FUNCTION rel.guard_standard_change_vote();

CREATE FUNCTION rel.guard_standard_change_stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rel.lock_standard_change(NEW.standard_change_id);
  NEW.created_at := now();
  -- The triggers below write as the owner; everybody else is a person who says so in the log.
  IF NEW.release_id IS NULL AND NOT EXISTS (
    SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'standard-change.stopped' AND actor_id = NEW.person_id
    AND audit.field(entry, '{data,standardChange}') = NEW.standard_change_id) THEN
    RAISE EXCEPTION 'no entry of the log records this stop' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.standard_change_stop FOR EACH ROW EXECUTE FUNCTION rel.guard_standard_change_stop();

-- Why this standard change does not cover this release; null: it does. The signers stand in for the approvals, so they are
-- counted as those are: distinct people, enabled, neither requester nor author, and a matching with the policy's groups.
CREATE FUNCTION rel.beyond_standard_change(wanted text, of_release text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE r rel.release; s rel.standard_change; document jsonb; beyond int;
BEGIN
  SELECT * INTO r FROM rel.release WHERE id = of_release;
  SELECT * INTO s FROM rel.standard_change WHERE id = wanted;
  IF s.id IS NULL OR r.id IS NULL THEN RETURN 'there is no such standard change'; END IF;
  IF EXISTS (SELECT FROM rel.standard_change_stop WHERE standard_change_id = wanted) THEN RETURN 'the standard change was stopped'; END IF;
  IF NOT EXISTS (SELECT FROM catalog.application a WHERE a.id = r.application_id AND a.project = s.project AND a.service = s.service
                 AND a.environment = s.environment) THEN
    RETURN 'the standard change is for another service or environment';
  END IF;
  IF r.rollback_to IS NOT NULL THEN RETURN 'a rollback is no standard change'; END IF;
  IF r.policy ? 'stepUp' THEN RETURN 'the policy asks for a sign-in with each approval'; END IF;
  SELECT convert_from(p.document, 'UTF8')::jsonb INTO document FROM rel.plan p WHERE p.digest = r.plan_digest;
  IF document -> 'beyondImages' IS DISTINCT FROM '[]'::jsonb THEN RETURN 'the plan changes more than image versions'; END IF;
  WITH vote AS (SELECT g.person_id, g.groups FROM rel.standard_change_signers(wanted) g
                WHERE g.person_id NOT IN (r.requester_person, s.person_id) AND NOT rel.is_author(of_release, g.person_id)),
  demand AS (SELECT (row_number() OVER ())::int - 1 AS i, e ->> 'group' AS name, (e ->> 'count')::int AS n
             FROM jsonb_array_elements(coalesce(r.policy -> 'groups', '[]')) e),
  subset AS (SELECT sum(d.n) AS asked, array_agg(d.name) AS names
             FROM generate_series(1, (1 << (SELECT count(*)::int FROM demand)) - 1) AS mask JOIN demand d ON (mask >> d.i) & 1 = 1
             GROUP BY mask)
  SELECT greatest(greatest(2, r.required_approvals) - (SELECT count(*) FROM vote),
    coalesce((SELECT max(asked - (SELECT count(*) FROM vote WHERE vote.groups && subset.names)) FROM subset), 0)) INTO beyond;
  IF beyond > 0 THEN RETURN 'those who signed the standard change are not who the policy asks for'; END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION rel.guard_standard_change_use() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r rel.release; s rel.standard_change; why text;
BEGIN
  PERFORM rel.lock_standard_change(NEW.standard_change_id);
  SELECT * INTO r FROM rel.release WHERE id = NEW.release_id FOR NO KEY UPDATE;
  SELECT * INTO s FROM rel.standard_change WHERE id = NEW.standard_change_id;
  -- In one act with the request: nobody takes a release that waits for others past them.
  IF r.state IS DISTINCT FROM 'requested' OR r.created_at <> now() THEN
    RAISE EXCEPTION 'a standard change is used with the request of release % or not at all', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  why := rel.beyond_standard_change(NEW.standard_change_id, NEW.release_id);
  IF why IS NULL AND s.expires_at <= clock_timestamp() THEN why := 'the standard change has expired'; END IF;
  NEW.created_at := now();
  NEW.day := (now() AT TIME ZONE s.time_zone)::date;
  IF why IS NULL AND (SELECT count(*) FROM rel.standard_change_use WHERE standard_change_id = s.id AND day = NEW.day) >= s.per_day THEN
    why := 'the standard change has been used up for today';
  END IF;
  IF why IS NOT NULL THEN
    RAISE EXCEPTION 'release % is no such standard change: %', NEW.release_id, why USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'release.standard-change' AND release_id = NEW.release_id
                 AND actor_id = r.requester_person AND audit.field(entry, '{data,standardChange}') = s.id
                 AND audit.field(entry, '{data,digest}') = s.digest) THEN
    RAISE EXCEPTION 'no entry of the log records this use' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.standard_change_use FOR EACH ROW EXECUTE FUNCTION rel.guard_standard_change_use();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.standard_change FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.standard_change_vote FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.standard_change_stop FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.standard_change_use FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

-- Harm ends the standard change in the transaction that says so.
CREATE FUNCTION rel.stop_standard_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'verdict' THEN
    INSERT INTO rel.standard_change_stop (standard_change_id, why, release_id, event_id)
      SELECT u.standard_change_id, 'The verdict on a release that used it is: worse.', NEW.release_id, NEW.event_id
      FROM rel.standard_change_use u WHERE u.release_id = NEW.release_id ON CONFLICT DO NOTHING;
  ELSE
    INSERT INTO rel.standard_change_stop (standard_change_id, why, release_id, event_id)
      SELECT u.standard_change_id, 'A release that used it ended ' || NEW.state || '.', NEW.id, NEW.event_id
      FROM rel.standard_change_use u WHERE u.release_id = NEW.id ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER stop_standard_change AFTER UPDATE ON rel.release FOR EACH ROW
  WHEN (NEW.state IN ('degraded', 'failed') AND OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION rel.stop_standard_change();
CREATE TRIGGER stop_standard_change AFTER INSERT ON rel.verdict FOR EACH ROW
  WHEN (NEW.answer = 'worse') EXECUTE FUNCTION rel.stop_standard_change();

-- Whether this release counts as approved by those who signed its standard change: asked again at every step until it is
-- sent, so that a stop, a disabled signer or a rejection takes it back. That it expires later does not.
CREATE FUNCTION rel.is_standard_change(wanted text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM rel.standard_change_use u WHERE u.release_id = wanted
                 AND rel.beyond_standard_change(u.standard_change_id, wanted) IS NULL)
     AND NOT EXISTS (SELECT FROM rel.decision WHERE release_id = wanted AND kind = 'reject')
$$;

-- Two guards ask for quorum, a broken glass or a standard change. Only these expressions change in them.
DO $$
DECLARE change text[]; body text;
BEGIN
  FOREACH change SLICE 1 IN ARRAY ARRAY[
    ['rel.guard_release_update()', 'AND NOT rel.glass_broken(NEW.id) THEN',
     'AND NOT rel.glass_broken(NEW.id) AND NOT rel.is_standard_change(NEW.id) THEN'],
    ['rel.guard_intent()', 'AND NOT rel.glass_broken(r.id) THEN',
     'AND NOT rel.glass_broken(r.id) AND NOT rel.is_standard_change(r.id) THEN']
  ] LOOP
    body := pg_get_functiondef(change[1]::regprocedure);
    IF position(change[2] IN body) = 0 THEN
      RAISE EXCEPTION '% does not ask as expected', change[1];
    END IF;
    EXECUTE replace(body, change[2], change[3]);
  END LOOP;
END $$;

-- I12 for standard changes: the use and the signatures that let it be sent are anchored too.
CREATE FUNCTION rel.guard_intent_standard_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM rel.standard_change_use u,
               LATERAL (SELECT u.event_id UNION ALL SELECT v.event_id FROM rel.standard_change_vote v
                        WHERE v.standard_change_id = u.standard_change_id) e (event_id)
             LEFT JOIN audit.log l ON l.event_id = e.event_id, audit.receipt c
             WHERE u.release_id = NEW.release_id AND c.id = NEW.receipt_id AND (l.seq IS NULL OR l.seq >= c.size)) THEN
    RAISE EXCEPTION 'the receipt does not cover the standard change of release %', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_standard_change BEFORE INSERT ON rel.intent FOR EACH ROW EXECUTE FUNCTION rel.guard_intent_standard_change();

GRANT SELECT ON rel.standard_change, rel.standard_change_vote, rel.standard_change_stop, rel.standard_change_use
  TO countersign_web, countersign_worker;
GRANT INSERT (id, project, service, environment, per_day, time_zone, expires_at, reason, account_id, person_id, event_id)
  ON rel.standard_change TO countersign_web;
GRANT INSERT (standard_change_id, digest, proposer, person_id, account_id, kind, reason, event_id) ON rel.standard_change_vote TO countersign_web;
GRANT INSERT (standard_change_id, why, person_id, account_id, event_id) ON rel.standard_change_stop TO countersign_web;
GRANT INSERT (release_id, standard_change_id, event_id) ON rel.standard_change_use TO countersign_web;
