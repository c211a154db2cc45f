-- Plans, releases, decisions, intents. What must never happen is refused here, whatever the code above does.
-- The specification is the invariants I1–I13; each constraint names the one it keeps.

CREATE SCHEMA rel;
GRANT USAGE ON SCHEMA rel TO countersign_web, countersign_worker;

-- A plan is its digest: the bytes are checked against it, so a changed plan is another plan.
CREATE TABLE rel.plan (
  digest          text PRIMARY KEY,
  body            bytea NOT NULL,
  application_id  text NOT NULL REFERENCES catalog.application (id),
  -- What people see (commits, diff, images, checks), frozen with the plan; its digest is in the log.
  document        bytea NOT NULL,
  document_digest text NOT NULL,
  event_id        text NOT NULL REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT plan_is_its_digest CHECK (digest = encode(sha256(body), 'hex')),
  CONSTRAINT document_is_its_digest CHECK (document_digest = encode(sha256(document), 'hex')),
  UNIQUE (digest, application_id)
);
CREATE INDEX plan_application ON rel.plan (application_id, created_at DESC);

CREATE TABLE rel.release (
  id                 text PRIMARY KEY CHECK (id ~ '^rel_[0-9a-z]+$'),
  application_id     text NOT NULL REFERENCES catalog.application (id),
  plan_digest        text NOT NULL,
  requester_account  text NOT NULL,
  requester_person   text NOT NULL,
  reason             text NOT NULL CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  ticket             text CHECK (length(ticket) <= 200),
  required_approvals int NOT NULL CHECK (required_approvals BETWEEN 1 AND 20),
  policy             jsonb NOT NULL,
  policy_digest      text NOT NULL,
  not_after          timestamptz NOT NULL,
  created_at         timestamptz NOT NULL DEFAULT now(),
  state              text NOT NULL DEFAULT 'requested',
  -- Why it waits inside a state (Argo CD, a window, an anchor): never a state of its own, so no outage eats an approval.
  waiting_for        text,
  -- Why it ended as it did, in a sentence.
  ending             text,
  epoch              int NOT NULL DEFAULT 0,
  lease_owner        text,
  lease_until        timestamptz,
  approved_at        timestamptz,
  synced_at          timestamptz,
  finished_at        timestamptz,
  -- The entry of the log that records the latest change of state (I13).
  event_id           text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (plan_digest, application_id) REFERENCES rel.plan (digest, application_id),
  FOREIGN KEY (requester_account, requester_person) REFERENCES access.account (id, person_id),
  UNIQUE (id, plan_digest, requester_account, requester_person),
  UNIQUE (id, plan_digest),
  CONSTRAINT finished_is_an_end CHECK ((finished_at IS NULL) =
    (state IN ('requested', 'approved', 'dispatching', 'syncing', 'verifying', 'review'))),
  CONSTRAINT an_end_says_why CHECK (finished_at IS NULL OR ending IS NOT NULL)
);
-- I5, and stricter: one open release per application, from the request on.
CREATE UNIQUE INDEX release_one_open ON rel.release (application_id)
  WHERE state IN ('requested', 'approved', 'dispatching', 'syncing', 'verifying', 'review');
CREATE INDEX release_newest ON rel.release (id DESC);
CREATE INDEX release_application ON rel.release (application_id, id DESC);
CREATE INDEX release_open ON rel.release (state, lease_until)
  WHERE state IN ('requested', 'approved', 'dispatching', 'syncing', 'verifying', 'review');

-- I1, I2: the requester is copied into every decision by a composite key, so plain CHECKs keep four eyes.
CREATE TABLE rel.decision (
  id                text PRIMARY KEY CHECK (id ~ '^dec_[0-9a-z]+$'),
  release_id        text NOT NULL,
  plan_digest       text NOT NULL,
  requester_account text NOT NULL,
  requester_person  text NOT NULL,
  account_id        text NOT NULL,
  person_id         text NOT NULL,
  kind              text NOT NULL CHECK (kind IN ('approve', 'reject')),
  comment           text CHECK (length(comment) <= 2000),
  event_id          text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT decision_of_exactly_this FOREIGN KEY (release_id, plan_digest, requester_account, requester_person)
    REFERENCES rel.release (id, plan_digest, requester_account, requester_person),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT four_eyes_by_account CHECK (account_id <> requester_account),
  CONSTRAINT four_eyes_by_person CHECK (person_id <> requester_person),
  CONSTRAINT one_decision_per_person UNIQUE (release_id, person_id)
);

-- The write-ahead record that a sync is about to be sent. At most two (I9), never without a receipt (I12).
CREATE TABLE rel.intent (
  id             text PRIMARY KEY CHECK (id ~ '^int_[0-9a-z]+$'),
  release_id     text NOT NULL,
  n              int NOT NULL CHECK (n IN (1, 2)),
  plan_digest    text NOT NULL,
  epoch          int NOT NULL,
  token          text NOT NULL UNIQUE CHECK (length(token) >= 32),
  body           jsonb NOT NULL,
  pre_state_hash text NOT NULL,
  pre_history_id bigint,
  receipt_id     bigint NOT NULL REFERENCES audit.receipt (id),
  event_id       text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at     timestamptz NOT NULL DEFAULT now(),
  post_deadline  timestamptz NOT NULL,
  quiet_until    timestamptz NOT NULL,
  UNIQUE (release_id, n),
  FOREIGN KEY (release_id, plan_digest) REFERENCES rel.release (id, plan_digest),
  CHECK (post_deadline > created_at AND quiet_until >= post_deadline + interval '60 seconds')
);

-- I4: who may move a release from where to where.
CREATE TABLE rel.transition (
  from_state text NOT NULL,
  to_state   text NOT NULL,
  role       name NOT NULL,
  PRIMARY KEY (from_state, to_state, role)
);
INSERT INTO rel.transition (from_state, to_state, role) VALUES
  ('requested', 'approved', 'countersign_web'), ('requested', 'approved', 'countersign_worker'),
  ('requested', 'rejected', 'countersign_web'),
  ('requested', 'withdrawn', 'countersign_web'), ('approved', 'withdrawn', 'countersign_web'),
  ('approved', 'revoked', 'countersign_web'),
  ('requested', 'expired', 'countersign_worker'), ('approved', 'expired', 'countersign_worker'),
  ('requested', 'stale', 'countersign_worker'), ('approved', 'stale', 'countersign_worker'),
  ('approved', 'dispatching', 'countersign_worker'), ('approved', 'revoked', 'countersign_worker'),
  ('dispatching', 'syncing', 'countersign_worker'), ('dispatching', 'failed', 'countersign_worker'),
  ('dispatching', 'review', 'countersign_worker'),
  ('syncing', 'verifying', 'countersign_worker'), ('syncing', 'failed', 'countersign_worker'),
  ('syncing', 'review', 'countersign_worker'),
  ('verifying', 'succeeded', 'countersign_worker'), ('verifying', 'degraded', 'countersign_worker');

-- I1: distinct people who approved and are enabled now; none at all once somebody rejected.
CREATE FUNCTION rel.approvals(wanted text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN EXISTS (SELECT FROM rel.decision WHERE release_id = wanted AND kind = 'reject') THEN 0
         ELSE (SELECT count(DISTINCT d.person_id) FROM rel.decision d JOIN access.account a ON a.id = d.account_id
               WHERE d.release_id = wanted AND d.kind = 'approve' AND a.enabled AND a.kind = 'person') END
$$;

CREATE FUNCTION rel.guard_release_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'requested' OR NEW.epoch <> 0 OR NEW.lease_owner IS NOT NULL OR NEW.approved_at IS NOT NULL
     OR NEW.synced_at IS NOT NULL OR NEW.finished_at IS NOT NULL OR NEW.ending IS NOT NULL THEN
    RAISE EXCEPTION 'a release begins as requested' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.not_after <= now() THEN
    RAISE EXCEPTION 'a release must not begin expired' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM catalog.application WHERE id = NEW.application_id AND protected AND gone_at IS NULL) THEN
    RAISE EXCEPTION 'only a protected application takes releases' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.requester_account AND enabled) THEN
    RAISE EXCEPTION 'a disabled account cannot request' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'release.requested' AND release_id = NEW.id) THEN
    RAISE EXCEPTION 'no entry of the log records this request' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_insert BEFORE INSERT ON rel.release FOR EACH ROW EXECUTE FUNCTION rel.guard_release_insert();

CREATE FUNCTION rel.guard_release_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- I3: what was asked for never changes.
  IF (NEW.id, NEW.application_id, NEW.plan_digest, NEW.requester_account, NEW.requester_person, NEW.reason, NEW.ticket,
      NEW.required_approvals, NEW.policy, NEW.policy_digest, NEW.not_after, NEW.created_at)
     IS DISTINCT FROM
     (OLD.id, OLD.application_id, OLD.plan_digest, OLD.requester_account, OLD.requester_person, OLD.reason, OLD.ticket,
      OLD.required_approvals, OLD.policy, OLD.policy_digest, OLD.not_after, OLD.created_at) THEN
    RAISE EXCEPTION 'plan, requester, reason, quorum and expiry of a release are frozen' USING ERRCODE = 'check_violation';
  END IF;
  -- I8: a worker that lost its lease cannot write, because its epoch is behind.
  IF NEW.epoch < OLD.epoch THEN
    RAISE EXCEPTION 'the epoch of a release never falls' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = OLD.state THEN
    IF NEW.event_id <> OLD.event_id THEN
      RAISE EXCEPTION 'only a change of state changes the entry of a release' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NOT EXISTS (SELECT FROM rel.transition t WHERE t.from_state = OLD.state AND t.to_state = NEW.state AND t.role = current_user) THEN
    RAISE EXCEPTION '% may not move a release from % to %', current_user, OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  -- I13: every change of state has its own entry, which names this release and this state.
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'release.' || NEW.state AND release_id = NEW.id) THEN
    RAISE EXCEPTION 'no entry of the log records this change to %', NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state IN ('approved', 'dispatching') AND rel.approvals(NEW.id) < NEW.required_approvals THEN
    RAISE EXCEPTION 'release % has % of % approvals', NEW.id, rel.approvals(NEW.id), NEW.required_approvals USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = 'rejected' AND NOT EXISTS (SELECT FROM rel.decision WHERE release_id = NEW.id AND kind = 'reject') THEN
    RAISE EXCEPTION 'nobody rejected release %', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = 'dispatching' AND NOT EXISTS (SELECT FROM rel.intent WHERE release_id = NEW.id AND n = 1 AND epoch = NEW.epoch) THEN
    RAISE EXCEPTION 'no intent was written before dispatching' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_update BEFORE UPDATE ON rel.release FOR EACH ROW EXECUTE FUNCTION rel.guard_release_update();

CREATE FUNCTION rel.guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r rel.release;
BEGIN
  -- I7: the row lock serialises a decision with the intent and with every other decision.
  SELECT * INTO r FROM rel.release WHERE id = NEW.release_id FOR UPDATE;
  IF r.state IS DISTINCT FROM 'requested' THEN
    RAISE EXCEPTION 'release % takes no decisions any more (%)', NEW.release_id, coalesce(r.state, 'unknown') USING ERRCODE = 'check_violation';
  END IF;
  IF now() > r.not_after THEN
    RAISE EXCEPTION 'release % has expired', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.account_id AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person decides' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'release.decided' AND release_id = NEW.release_id) THEN
    RAISE EXCEPTION 'no entry of the log records this decision' USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.decision FOR EACH ROW EXECUTE FUNCTION rel.guard_decision();

CREATE FUNCTION rel.guard_intent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r rel.release; first rel.intent;
BEGIN
  SELECT * INTO r FROM rel.release WHERE id = NEW.release_id FOR UPDATE;
  IF NEW.epoch IS DISTINCT FROM r.epoch THEN
    RAISE EXCEPTION 'intent of epoch %, release % is at %', NEW.epoch, r.id, r.epoch USING ERRCODE = 'check_violation';
  END IF;
  IF rel.approvals(r.id) < r.required_approvals THEN
    RAISE EXCEPTION 'release % has % of % approvals', r.id, rel.approvals(r.id), r.required_approvals USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.n = 1 THEN
    IF r.state <> 'approved' THEN
      RAISE EXCEPTION 'the first intent needs an approved release, % is %', r.id, r.state USING ERRCODE = 'check_violation';
    END IF;
    IF now() > r.not_after THEN -- I6
      RAISE EXCEPTION 'release % has expired', r.id USING ERRCODE = 'check_violation';
    END IF;
  ELSE
    SELECT * INTO first FROM rel.intent WHERE release_id = r.id AND n = 1;
    IF r.state <> 'dispatching' OR first.id IS NULL THEN
      RAISE EXCEPTION 'a second intent needs a first one and a dispatching release' USING ERRCODE = 'check_violation';
    END IF;
    IF now() <= first.quiet_until THEN -- I9
      RAISE EXCEPTION 'the quiet period of the first intent lasts until %', first.quiet_until USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.pre_state_hash <> first.pre_state_hash OR NEW.pre_history_id IS DISTINCT FROM first.pre_history_id THEN
      RAISE EXCEPTION 'Argo CD has moved since the first intent' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  -- I12: an anchor outside this database holds a checkpoint that covers every decision.
  IF EXISTS (SELECT FROM rel.decision d JOIN audit.log l ON l.event_id = d.event_id, audit.receipt c
             WHERE d.release_id = r.id AND c.id = NEW.receipt_id AND l.seq >= c.size)
     OR EXISTS (SELECT FROM rel.decision d WHERE d.release_id = r.id AND NOT EXISTS (SELECT FROM audit.log l WHERE l.event_id = d.event_id)) THEN
    RAISE EXCEPTION 'the receipt does not cover the approvals of release %', r.id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'release.intent' AND release_id = NEW.release_id) THEN
    RAISE EXCEPTION 'no entry of the log records this intent' USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.intent FOR EACH ROW EXECUTE FUNCTION rel.guard_intent();

-- Append-only, for the owner too: switching this off takes a superuser, and the log then shows it.
CREATE FUNCTION rel.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.plan FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.decision FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.intent FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON rel.release FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.transition FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

-- Idempotency of the one door for writes: the same key gives the same answer, another body is refused.
CREATE TABLE rel.idempotency (
  account_id  text NOT NULL REFERENCES access.account (id),
  key         text NOT NULL CHECK (length(key) BETWEEN 8 AND 200),
  request     text NOT NULL,
  status      int NOT NULL,
  answer      jsonb NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, key)
);

GRANT SELECT ON rel.plan, rel.release, rel.decision, rel.intent, rel.transition TO countersign_web, countersign_worker;
GRANT SELECT, INSERT ON rel.idempotency TO countersign_web;
GRANT INSERT (id, application_id, plan_digest, requester_account, requester_person, reason, ticket, required_approvals,
              policy, policy_digest, not_after, event_id) ON rel.release TO countersign_web;
GRANT UPDATE (state, waiting_for, ending, approved_at, finished_at, event_id) ON rel.release TO countersign_web;
GRANT INSERT (id, release_id, plan_digest, requester_account, requester_person, account_id, person_id, kind, comment, event_id)
  ON rel.decision TO countersign_web;
GRANT INSERT ON rel.plan, rel.intent TO countersign_worker;
GRANT UPDATE (state, waiting_for, ending, epoch, lease_owner, lease_until, approved_at, synced_at, finished_at, event_id)
  ON rel.release TO countersign_worker;

-- Keys the workers share, among them the one that masks secrets: with it a guess could be tested, so the web role
-- cannot read it. Two workers with two keys would give one plan two digests.
CREATE TABLE rel.worker_key (
  name       text PRIMARY KEY,
  key        bytea NOT NULL CHECK (octet_length(key) >= 32),
  created_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON rel.worker_key TO countersign_worker;
