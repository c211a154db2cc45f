-- The way out of review: one person says what was found, a second one confirms exactly that, or declines it.
-- Neither asked for the release. A closing is written once; the release ends only with both.

CREATE TABLE rel.closing (
  id                text PRIMARY KEY CHECK (id ~ '^clo_[0-9a-z]+$'),
  release_id        text NOT NULL,
  plan_digest       text NOT NULL,
  requester_account text NOT NULL,
  requester_person  text NOT NULL,
  kind              text NOT NULL CHECK (kind IN ('find', 'confirm', 'decline')),
  outcome           text NOT NULL CHECK (outcome IN ('succeeded', 'degraded', 'failed')),
  reason            text CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  account_id        text NOT NULL,
  person_id         text NOT NULL,
  -- What an answer answers. Copied by a composite key, so plain CHECKs keep four eyes and the same outcome.
  finding_id        text,
  finder_account    text,
  finder_person     text,
  event_id          text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at        timestamptz NOT NULL DEFAULT now(),
  UNIQUE (id, release_id, outcome, account_id, person_id),
  CONSTRAINT closing_of_exactly_this FOREIGN KEY (release_id, plan_digest, requester_account, requester_person)
    REFERENCES rel.release (id, plan_digest, requester_account, requester_person),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT answer_to_exactly_this FOREIGN KEY (finding_id, release_id, outcome, finder_account, finder_person)
    REFERENCES rel.closing (id, release_id, outcome, account_id, person_id),
  CONSTRAINT one_answer_a_finding UNIQUE (finding_id),
  CONSTRAINT an_answer_names_its_finding CHECK (
    CASE WHEN kind = 'find' THEN num_nulls(finding_id, finder_account, finder_person) = 3
         ELSE num_nulls(finding_id, finder_account, finder_person) = 0 END),
  CONSTRAINT a_finding_says_why CHECK (kind = 'confirm' OR reason IS NOT NULL),
  CONSTRAINT requester_stays_out_by_account CHECK (account_id <> requester_account),
  CONSTRAINT requester_stays_out_by_person CHECK (person_id <> requester_person),
  CONSTRAINT two_accounts CHECK (account_id <> finder_account),
  CONSTRAINT two_people CHECK (person_id <> finder_person)
);
CREATE INDEX closing_release ON rel.closing (release_id, id);

CREATE FUNCTION rel.guard_closing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  r rel.release;
  finding rel.closing;
  recorded text := 'release.finding' || CASE NEW.kind WHEN 'confirm' THEN '-confirmed' WHEN 'decline' THEN '-declined' ELSE '' END;
BEGIN
  -- The row lock puts everybody who closes this release one after the other.
  SELECT * INTO r FROM rel.release WHERE id = NEW.release_id FOR UPDATE;
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
CREATE TRIGGER guard BEFORE INSERT ON rel.closing FOR EACH ROW EXECUTE FUNCTION rel.guard_closing();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.closing FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

-- A confirmation and the end of the release are one act: neither commits without the other.
CREATE FUNCTION rel.guard_confirmed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM rel.release WHERE id = NEW.release_id AND state = NEW.outcome) THEN
    RAISE EXCEPTION 'release % was confirmed as % and did not end so', NEW.release_id, NEW.outcome USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER confirmed_is_over AFTER INSERT ON rel.closing DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind = 'confirm') EXECUTE FUNCTION rel.guard_confirmed();

CREATE FUNCTION rel.guard_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM rel.closing WHERE release_id = NEW.id AND kind = 'confirm' AND outcome = NEW.state) THEN
    RAISE EXCEPTION 'no two people found release % to be %', NEW.id, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_review BEFORE UPDATE OF state ON rel.release
  FOR EACH ROW WHEN (OLD.state = 'review' AND NEW.state <> OLD.state) EXECUTE FUNCTION rel.guard_review();

INSERT INTO rel.transition (from_state, to_state, role) VALUES
  ('review', 'succeeded', 'countersign_web'), ('review', 'degraded', 'countersign_web'), ('review', 'failed', 'countersign_web');

-- What runs may have changed while nobody knew: the worker looks at the plan again. The web role cannot ask for it itself.
CREATE FUNCTION rel.look_again() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE catalog.application SET plan_checked_at = NULL WHERE id = NEW.application_id;
  RETURN NULL;
END $$;
CREATE TRIGGER look_again AFTER UPDATE OF state ON rel.release
  FOR EACH ROW WHEN (OLD.state = 'review' AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION rel.look_again();

GRANT SELECT ON rel.closing TO countersign_web, countersign_worker;
GRANT INSERT (id, release_id, plan_digest, requester_account, requester_person, kind, outcome, reason, account_id, person_id,
              finding_id, finder_account, finder_person, event_id) ON rel.closing TO countersign_web;

-- What Argo CD said last about a manual sync now, and when: evidence that moves without the plan.
ALTER TABLE catalog.application ADD COLUMN can_sync boolean, ADD COLUMN can_sync_at timestamptz;
