-- Release trains: several releases asked for and decided in one act, sent in stages, so many at a time, stopped at the first
-- that did harm. Each member is a release like any other: its own plan, approvals, intents and sync.

CREATE TABLE rel.train (
  id                text PRIMARY KEY CHECK (id ~ '^trn_[0-9a-z]+$'),
  -- SHA-256 over stage, application and plan of every member: what people decide on.
  digest            text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
  requester_account text NOT NULL,
  requester_person  text NOT NULL,
  reason            text NOT NULL CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  -- How many of a stage may be under way at once.
  parallel          int NOT NULL CHECK (parallel BETWEEN 1 AND 10),
  event_id          text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at        timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (requester_account, requester_person) REFERENCES access.account (id, person_id)
);

CREATE TABLE rel.train_member (
  release_id text PRIMARY KEY REFERENCES rel.release (id),
  train_id   text NOT NULL REFERENCES rel.train (id),
  stage      int NOT NULL CHECK (stage BETWEEN 1 AND 20)
);
CREATE INDEX train_member_train ON rel.train_member (train_id, stage);

-- That a train goes on although this member did not end well.
CREATE TABLE rel.train_resumption (
  release_id text PRIMARY KEY REFERENCES rel.train_member (release_id),
  reason     text NOT NULL CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  account_id text NOT NULL,
  person_id  text NOT NULL,
  event_id   text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id)
);

CREATE FUNCTION rel.lock_train(train text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended(train, 13))
$$;

CREATE FUNCTION rel.guard_train() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.created_at := now();
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.requester_account AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person asks for a train' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'train.requested' AND actor_id = NEW.requester_person
                 AND audit.field(entry, '{data,train}') = NEW.id AND audit.field(entry, '{data,digest}') = NEW.digest) THEN
    RAISE EXCEPTION 'no entry of the log records this train' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.train FOR EACH ROW EXECUTE FUNCTION rel.guard_train();

-- Members join in the act that asks for them, and by the same hand.
CREATE FUNCTION rel.guard_train_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM rel.release r JOIN rel.train t ON t.id = NEW.train_id WHERE r.id = NEW.release_id AND r.state = 'requested'
                 AND r.created_at = now() AND t.created_at = now() AND r.requester_account = t.requester_account) THEN
    RAISE EXCEPTION 'release % joins a train with its request or not at all', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.train_member FOR EACH ROW EXECUTE FUNCTION rel.guard_train_member();

CREATE FUNCTION rel.guard_train_resumption() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.created_at := now();
  PERFORM rel.lock_train((SELECT train_id FROM rel.train_member WHERE release_id = NEW.release_id));
  IF NOT EXISTS (SELECT FROM rel.release WHERE id = NEW.release_id AND finished_at IS NOT NULL AND state <> 'succeeded') THEN
    RAISE EXCEPTION 'release % does not stop its train', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.account_id AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person lets a train go on' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'train.resumed' AND actor_id = NEW.person_id
                 AND release_id = NEW.release_id) THEN
    RAISE EXCEPTION 'no entry of the log records this' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.train_resumption FOR EACH ROW EXECUTE FUNCTION rel.guard_train_resumption();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.train FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.train_member FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.train_resumption FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

-- Why a member may not be sent: another that did not end well and that nobody lets the train go past; an earlier stage that
-- is not over; as many under way as may be. Nothing for a release of no train.
CREATE FUNCTION rel.train_hold(wanted text) RETURNS TABLE (why text, release_id text) LANGUAGE sql STABLE AS $$
  WITH own AS (SELECT * FROM rel.train_member WHERE release_id = wanted),
  other AS (SELECT m.release_id, m.stage, r.state, r.finished_at, EXISTS (SELECT FROM rel.train_resumption p WHERE p.release_id = m.release_id) AS passed
            FROM own JOIN rel.train_member m ON m.train_id = own.train_id AND m.release_id <> wanted JOIN rel.release r ON r.id = m.release_id)
  SELECT * FROM (
    SELECT 'stopped', o.release_id FROM other o WHERE (o.state = 'review' OR o.finished_at IS NOT NULL AND o.state <> 'succeeded') AND NOT o.passed
    UNION ALL
    SELECT 'stage', o.release_id FROM other o, own WHERE o.stage < own.stage AND o.finished_at IS NULL
    UNION ALL
    SELECT 'parallel', (array_agg(o.release_id))[1] FROM other o, own JOIN rel.train t ON t.id = own.train_id
    WHERE o.state IN ('dispatching', 'syncing', 'verifying') GROUP BY t.parallel HAVING count(*) >= t.parallel
  ) all_reasons LIMIT 1
$$;

-- What holds an application back also knows of trains; only that is added, whatever else other migrations made of it.
DO $$
DECLARE body text := pg_get_functiondef('rel.holds(text)'::regprocedure); at int;
BEGIN
  at := position('END $function$' IN body);
  IF at = 0 THEN RAISE EXCEPTION 'rel.holds does not end as expected'; END IF;
  EXECUTE left(body, at - 1) || $add$  IF EXISTS (SELECT FROM rel.train) THEN
    RETURN QUERY
    SELECT 'train', m.train_id FROM rel.release r JOIN rel.train_member m ON m.release_id = r.id
    WHERE r.application_id = wanted_application AND r.state = 'approved' AND EXISTS (SELECT FROM rel.train_hold(r.id));
  END IF;
$add$ || substr(body, at);
END $$;

-- Two members at once: each would see the other not begun.
CREATE FUNCTION rel.guard_train_intent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE hold record;
BEGIN
  PERFORM rel.lock_train(m.train_id) FROM rel.train_member m WHERE m.release_id = NEW.release_id;
  IF FOUND AND NEW.n = 1 THEN
    SELECT * INTO hold FROM rel.train_hold(NEW.release_id);
    IF hold.why IS NOT NULL THEN
      RAISE EXCEPTION 'the train of release % holds it back: % %', NEW.release_id, hold.why, hold.release_id USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER a_train BEFORE INSERT ON rel.intent FOR EACH ROW EXECUTE FUNCTION rel.guard_train_intent();

GRANT SELECT ON rel.train, rel.train_member, rel.train_resumption TO countersign_web, countersign_worker;
GRANT INSERT (id, digest, requester_account, requester_person, reason, parallel, event_id) ON rel.train TO countersign_web;
GRANT INSERT (release_id, train_id, stage) ON rel.train_member TO countersign_web;
GRANT INSERT (release_id, reason, account_id, person_id, event_id) ON rel.train_resumption TO countersign_web;
