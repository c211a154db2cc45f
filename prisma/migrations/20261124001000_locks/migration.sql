-- The locks that put everybody who acts on a release one after the other, as FOR NO KEY UPDATE: they exclude each other
-- as before, but let the foreign key of a deployment through, which names the release that caused it. With FOR UPDATE the
-- worker's catalog held the roll-up of a service and waited for the release, while the release waited for that roll-up.

CREATE OR REPLACE FUNCTION rel.guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r rel.release;
BEGIN
  -- I7: the row lock serialises a decision with the intent and with every other decision.
  SELECT * INTO r FROM rel.release WHERE id = NEW.release_id FOR NO KEY UPDATE;
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

CREATE OR REPLACE FUNCTION rel.guard_intent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r rel.release; first rel.intent;
BEGIN
  SELECT * INTO r FROM rel.release WHERE id = NEW.release_id FOR NO KEY UPDATE;
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

CREATE OR REPLACE FUNCTION rel.guard_closing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  r rel.release;
  finding rel.closing;
  recorded text := 'release.finding' || CASE NEW.kind WHEN 'confirm' THEN '-confirmed' WHEN 'decline' THEN '-declined' ELSE '' END;
BEGIN
  -- The row lock puts everybody who closes this release one after the other.
  SELECT * INTO r FROM rel.release WHERE id = NEW.release_id FOR NO KEY UPDATE;
  IF r.state IS DISTINCT FROM 'review' THEN
    RAISE EXCEPTION 'release % is not in review (%)', NEW.release_id, coalesce(r.state, 'unknown') USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.account_id AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person closes a review' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.kind = 'find' THEN
    IF EXISTS (SELECT FROM rel.closing f WHERE f.release_id = NEW.release_id AND f.kind = 'find'
               AND NOT EXISTS (SELECT FROM rel.closing a WHERE a.finding_id = f.id)) THEN
      RAISE EXCEPTION 'a finding of release % still waits for its answer', NEW.release_id USING ERRCODE = 'check_violation';
    END IF;
  ELSE
    SELECT * INTO finding FROM rel.closing WHERE id = NEW.finding_id;
    IF finding.kind IS DISTINCT FROM 'find' THEN
      RAISE EXCEPTION 'only a finding takes an answer' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'confirm' AND NOT EXISTS (SELECT FROM access.account WHERE id = finding.account_id AND enabled) THEN
      RAISE EXCEPTION 'the account that found this is disabled' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = recorded
                 AND release_id = NEW.release_id AND actor_id = NEW.person_id) THEN
    RAISE EXCEPTION 'no entry of the log records this closing' USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
