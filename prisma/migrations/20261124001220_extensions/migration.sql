-- More time by another approval of the same digest, questions on a release, and what a newer request supersedes.

-- What was asked for stays frozen; an extension moves the end beside it, and only an extension does.
ALTER TABLE rel.release
  ADD COLUMN extended_until timestamptz,
  ADD COLUMN ends_at timestamptz GENERATED ALWAYS AS (greatest(not_after, extended_until)) STORED;

-- The guards of decision and intent ask for the end that holds. Only that expression changes in them, whatever else other
-- migrations made of them.
DO $$
DECLARE name text; body text;
BEGIN
  FOREACH name IN ARRAY ARRAY['rel.guard_decision', 'rel.guard_intent'] LOOP
    body := pg_get_functiondef((name || '()')::regprocedure);
    IF position('now() > r.not_after' IN body) = 0 THEN
      RAISE EXCEPTION '% does not ask for the expiry as expected', name;
    END IF;
    EXECUTE replace(body, 'now() > r.not_after', 'now() > r.ends_at');
  END LOOP;
END $$;

CREATE TABLE rel.extension (
  id                text PRIMARY KEY CHECK (id ~ '^ext_[0-9a-z]+$'),
  release_id        text NOT NULL,
  plan_digest       text NOT NULL,
  requester_account text NOT NULL,
  requester_person  text NOT NULL,
  account_id        text NOT NULL,
  person_id         text NOT NULL,
  not_after         timestamptz NOT NULL,
  comment           text CHECK (length(comment) <= 2000),
  event_id          text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT extension_of_exactly_this FOREIGN KEY (release_id, plan_digest, requester_account, requester_person)
    REFERENCES rel.release (id, plan_digest, requester_account, requester_person),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT four_eyes_by_account CHECK (account_id <> requester_account),
  CONSTRAINT four_eyes_by_person CHECK (person_id <> requester_person)
);
CREATE INDEX extension_release ON rel.extension (release_id, id);

CREATE FUNCTION rel.guard_extension() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r rel.release;
BEGIN
  SELECT * INTO r FROM rel.release WHERE id = NEW.release_id FOR NO KEY UPDATE;
  IF r.state IS NULL OR r.state NOT IN ('requested', 'approved') THEN
    RAISE EXCEPTION 'release % takes no more time (%)', NEW.release_id, coalesce(r.state, 'unknown') USING ERRCODE = 'check_violation';
  END IF;
  IF now() > r.ends_at THEN
    RAISE EXCEPTION 'release % has expired', r.id USING ERRCODE = 'check_violation';
  END IF;
  -- At most as long again as the policy gave at first.
  IF NEW.not_after <= r.ends_at OR NEW.not_after > now() + interval '1 minute'
     + coalesce((r.policy ->> 'expiresAfterMs')::bigint * interval '1 millisecond', r.not_after - r.created_at) THEN
    RAISE EXCEPTION 'an extension ends later, and within the time that the policy gives' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.account_id AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person extends' USING ERRCODE = 'check_violation';
  END IF;
  IF rel.is_author(r.id, NEW.person_id) THEN
    RAISE EXCEPTION 'person % wrote a part of what release % brings', NEW.person_id, r.id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'release.extended'
                 AND release_id = NEW.release_id AND actor_id = NEW.person_id) THEN
    RAISE EXCEPTION 'no entry of the log records this extension' USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.extension FOR EACH ROW EXECUTE FUNCTION rel.guard_extension();

CREATE FUNCTION rel.extend() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE rel.release SET extended_until = NEW.not_after WHERE id = NEW.release_id;
  RETURN NULL;
END $$;
CREATE TRIGGER extend AFTER INSERT ON rel.extension FOR EACH ROW EXECUTE FUNCTION rel.extend();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.extension
  FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

-- I12 for extensions: what let it be sent this late is anchored too.
CREATE FUNCTION rel.guard_intent_extension() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM rel.extension x LEFT JOIN audit.log l ON l.event_id = x.event_id, audit.receipt c
             WHERE x.release_id = NEW.release_id AND c.id = NEW.receipt_id AND (l.seq IS NULL OR l.seq >= c.size)) THEN
    RAISE EXCEPTION 'the receipt does not cover the extensions of release %', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_extension BEFORE INSERT ON rel.intent FOR EACH ROW EXECUTE FUNCTION rel.guard_intent_extension();

-- Questions and answers: written once, by anybody who may read the release.
CREATE TABLE rel.message (
  id         text PRIMARY KEY CHECK (id ~ '^msg_[0-9a-z]+$'),
  release_id text NOT NULL REFERENCES rel.release (id),
  account_id text NOT NULL,
  person_id  text NOT NULL,
  body       text NOT NULL CHECK (length(btrim(body)) BETWEEN 1 AND 2000),
  event_id   text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id)
);
CREATE INDEX message_release ON rel.message (release_id, id);
CREATE FUNCTION rel.guard_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.account_id AND enabled) THEN
    RAISE EXCEPTION 'a disabled account asks nothing' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'release.message'
                 AND release_id = NEW.release_id AND actor_id = NEW.person_id) THEN
    RAISE EXCEPTION 'no entry of the log records this message' USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.message FOR EACH ROW EXECUTE FUNCTION rel.guard_message();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.message
  FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

-- A newer plan of the same application, asked for after the earlier release went stale.
ALTER TABLE rel.release ADD COLUMN supersedes text, ADD CONSTRAINT release_of_application UNIQUE (id, application_id),
  ADD CONSTRAINT supersedes_of_application FOREIGN KEY (supersedes, application_id) REFERENCES rel.release (id, application_id);
CREATE FUNCTION rel.guard_supersedes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM rel.release WHERE id = NEW.supersedes AND state = 'stale') THEN
    RAISE EXCEPTION 'only a stale release is superseded' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER supersedes BEFORE INSERT ON rel.release FOR EACH ROW WHEN (NEW.supersedes IS NOT NULL)
  EXECUTE FUNCTION rel.guard_supersedes();

GRANT SELECT ON rel.extension, rel.message TO countersign_web, countersign_worker;
GRANT INSERT (id, release_id, plan_digest, requester_account, requester_person, account_id, person_id, not_after, comment, event_id)
  ON rel.extension TO countersign_web;
GRANT INSERT (id, release_id, account_id, person_id, body, event_id) ON rel.message TO countersign_web;
GRANT INSERT (supersedes) ON rel.release TO countersign_web;
