-- Break-glass: one person with the right of their own lets a release go before others approve it. It goes through the same
-- dispatch as every other; another person approves it or objects afterwards, within a time, and until then its person
-- breaks no other glass.

CREATE TABLE rel.break_glass (
  release_id     text PRIMARY KEY,
  application_id text NOT NULL,
  plan_digest    text NOT NULL,
  -- The requester of the release and nobody else, by the composite key.
  account_id     text NOT NULL,
  person_id      text NOT NULL,
  -- As the person typed it; compared with the name of the application.
  typed_name     text NOT NULL,
  incident       text NOT NULL CHECK (length(btrim(incident)) BETWEEN 1 AND 200),
  step_up_id     text NOT NULL UNIQUE,
  due_at         timestamptz NOT NULL,
  event_id       text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT broken_by_its_requester FOREIGN KEY (release_id, plan_digest, account_id, person_id)
    REFERENCES rel.release (id, plan_digest, requester_account, requester_person),
  FOREIGN KEY (release_id, application_id) REFERENCES rel.release (id, application_id),
  CONSTRAINT broken_by_a_step_up_for_this FOREIGN KEY (step_up_id, application_id, plan_digest, account_id, person_id)
    REFERENCES rel.step_up (id, application_id, plan_digest, account_id, person_id)
);
CREATE INDEX break_glass_newest ON rel.break_glass (release_id DESC);

-- Whose glass waits for another person: one row a person, kept by the triggers below and by nobody else.
CREATE TABLE rel.break_glass_open (
  person_id  text CONSTRAINT one_open_break_glass_a_person PRIMARY KEY,
  release_id text NOT NULL UNIQUE REFERENCES rel.break_glass (release_id)
);

-- What another person said of it afterwards. Written once.
CREATE TABLE rel.retrospective (
  release_id        text PRIMARY KEY REFERENCES rel.break_glass (release_id),
  plan_digest       text NOT NULL,
  requester_account text NOT NULL,
  requester_person  text NOT NULL,
  account_id        text NOT NULL,
  person_id         text NOT NULL,
  kind              text NOT NULL CHECK (kind IN ('approve', 'object')),
  reason            text CHECK (length(reason) <= 2000),
  event_id          text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT retrospective_of_exactly_this FOREIGN KEY (release_id, plan_digest, requester_account, requester_person)
    REFERENCES rel.release (id, plan_digest, requester_account, requester_person),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT four_eyes_by_account CHECK (account_id <> requester_account),
  CONSTRAINT four_eyes_by_person CHECK (person_id <> requester_person),
  CONSTRAINT an_objection_says_why CHECK (kind = 'approve' OR coalesce(length(btrim(reason)), 0) >= 3)
);

-- That nobody said anything in time, told once.
CREATE TABLE rel.retrospective_overdue (
  release_id text PRIMARY KEY REFERENCES rel.break_glass (release_id),
  event_id   text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION rel.guard_break_glass() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r rel.release;
BEGIN
  SELECT * INTO r FROM rel.release WHERE id = NEW.release_id FOR NO KEY UPDATE;
  -- In one act with the request: nobody takes a release that waits for others past them.
  IF r.state IS DISTINCT FROM 'requested' OR r.created_at <> now() THEN
    RAISE EXCEPTION 'the glass is broken with the request of release % or not at all', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  IF length(btrim(r.reason)) < 30 THEN
    RAISE EXCEPTION 'a break-glass release says why in at least 30 characters' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.account_id AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person breaks the glass' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM catalog.application WHERE id = NEW.application_id AND name = NEW.typed_name) THEN
    RAISE EXCEPTION 'the name that was typed is not that of the application' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.due_at <= now() OR NEW.due_at > now() + interval '72 hours 1 minute' THEN
    RAISE EXCEPTION 'another person approves it within 72 hours' USING ERRCODE = 'check_violation';
  END IF;
  PERFORM rel.require_step_up(NEW.step_up_id, 'break-glass', NULL);
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'release.break-glass'
                 AND release_id = NEW.release_id AND actor_id = NEW.person_id) THEN
    RAISE EXCEPTION 'no entry of the log records this break-glass' USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.break_glass FOR EACH ROW EXECUTE FUNCTION rel.guard_break_glass();

CREATE FUNCTION rel.open_break_glass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO rel.break_glass_open (person_id, release_id) VALUES (NEW.person_id, NEW.release_id);
  RETURN NULL;
END $$;
CREATE TRIGGER open AFTER INSERT ON rel.break_glass FOR EACH ROW EXECUTE FUNCTION rel.open_break_glass();

CREATE FUNCTION rel.guard_retrospective() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.account_id AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person decides afterwards' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.kind = 'approve' AND rel.is_author(NEW.release_id, NEW.person_id) THEN
    RAISE EXCEPTION 'person % wrote a part of what release % brings', NEW.person_id, NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'release.retrospective'
                 AND release_id = NEW.release_id AND actor_id = NEW.person_id) THEN
    RAISE EXCEPTION 'no entry of the log records this decision' USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.retrospective FOR EACH ROW EXECUTE FUNCTION rel.guard_retrospective();

CREATE FUNCTION rel.close_break_glass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM rel.break_glass_open WHERE release_id = NEW.release_id;
  RETURN NULL;
END $$;
CREATE TRIGGER close AFTER INSERT ON rel.retrospective FOR EACH ROW EXECUTE FUNCTION rel.close_break_glass();

CREATE FUNCTION rel.guard_retrospective_overdue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM rel.break_glass_open o JOIN rel.break_glass b ON b.release_id = o.release_id
                 WHERE o.release_id = NEW.release_id AND b.due_at < now()) THEN
    RAISE EXCEPTION 'release % is not overdue', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'release.retrospective-overdue' AND release_id = NEW.release_id) THEN
    RAISE EXCEPTION 'no entry of the log records this' USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.retrospective_overdue FOR EACH ROW EXECUTE FUNCTION rel.guard_retrospective_overdue();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.break_glass FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.retrospective FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.retrospective_overdue FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

-- Whether this release may go without the approvals of others; not once the account of its person is disabled, nor after
-- somebody rejected it.
CREATE FUNCTION rel.glass_broken(wanted text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM rel.break_glass b JOIN access.account a ON a.id = b.account_id
                 WHERE b.release_id = wanted AND a.enabled AND a.kind = 'person')
     AND NOT EXISTS (SELECT FROM rel.decision WHERE release_id = wanted AND kind = 'reject')
$$;

-- The guards ask for quorum or a broken glass, and freezes do not hold one back (a pause does). Only these expressions
-- change in them, whatever else other migrations made of them.
DO $$
DECLARE change text[]; body text;
BEGIN
  FOREACH change SLICE 1 IN ARRAY ARRAY[
    ['rel.guard_release_update()', 'rel.approvals(NEW.id) < NEW.required_approvals THEN',
     'rel.approvals(NEW.id) < NEW.required_approvals AND NOT rel.glass_broken(NEW.id) THEN'],
    ['rel.guard_intent()', 'rel.approvals(r.id) < r.required_approvals THEN',
     'rel.approvals(r.id) < r.required_approvals AND NOT rel.glass_broken(r.id) THEN'],
    ['rel.holds(text)', 'IF EXISTS (SELECT FROM rel.freeze) THEN',
     'IF EXISTS (SELECT FROM rel.freeze) AND NOT EXISTS (SELECT FROM rel.release r WHERE r.application_id = wanted_application'
     || ' AND r.finished_at IS NULL AND rel.glass_broken(r.id)) THEN']
  ] LOOP
    body := pg_get_functiondef(change[1]::regprocedure);
    IF position(change[2] IN body) = 0 THEN
      RAISE EXCEPTION '% does not ask as expected', change[1];
    END IF;
    EXECUTE replace(body, change[2], change[3]);
  END LOOP;
END $$;

-- I12 for break-glass: what let it be sent is anchored too.
CREATE FUNCTION rel.guard_intent_break_glass() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM rel.break_glass b LEFT JOIN audit.log l ON l.event_id = b.event_id, audit.receipt c
             WHERE b.release_id = NEW.release_id AND c.id = NEW.receipt_id AND (l.seq IS NULL OR l.seq >= c.size)) THEN
    RAISE EXCEPTION 'the receipt does not cover the break-glass of release %', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_break_glass BEFORE INSERT ON rel.intent FOR EACH ROW EXECUTE FUNCTION rel.guard_intent_break_glass();

GRANT SELECT ON rel.break_glass, rel.break_glass_open, rel.retrospective, rel.retrospective_overdue TO countersign_web, countersign_worker;
GRANT INSERT (release_id, application_id, plan_digest, account_id, person_id, typed_name, incident, step_up_id, due_at, event_id)
  ON rel.break_glass TO countersign_web;
GRANT INSERT (release_id, plan_digest, requester_account, requester_person, account_id, person_id, kind, reason, event_id)
  ON rel.retrospective TO countersign_web;
GRANT INSERT (release_id, event_id) ON rel.retrospective_overdue TO countersign_worker;
