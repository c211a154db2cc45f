-- Unauthorised changes: what happened to a protected application and no release explains. The worker finds, a second
-- person closes. I16: every sync of a protected application belongs to exactly one release or one finding.

-- The last state that is explained, so that nothing is missed while nobody looks.
CREATE TABLE rel.baseline (
  application_id text PRIMARY KEY REFERENCES catalog.application (id),
  state          jsonb NOT NULL,
  seen_hash      text,
  -- Looked at again by then although nothing is said to have changed.
  due_at         timestamptz,
  first_seen_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE rel.finding (
  id             text PRIMARY KEY CHECK (id ~ '^fin_[0-9a-z]+$'),
  application_id text NOT NULL REFERENCES catalog.application (id),
  kind           text NOT NULL CHECK (kind IN ('unapproved-deployment', 'forged-identity', 'unobserved-deployments', 'recreated',
                   'local-manifests', 'partial-sync', 'deviation', 'settings-changed', 'foreign-operation', 'live-change')),
  -- One finding for one cause, however often it is seen.
  cause          text NOT NULL,
  blocks         boolean NOT NULL,
  sentence       text NOT NULL CHECK (length(sentence) BETWEEN 3 AND 2000),
  -- What Argo CD was told, which proves nothing.
  says_who       text,
  happened_at    timestamptz,
  differences    jsonb NOT NULL DEFAULT '[]',
  source         text NOT NULL CHECK (source IN ('history', 'operation', 'spec', 'live', 'identity')),
  found_at       timestamptz NOT NULL DEFAULT now(),
  last_seen_at   timestamptz NOT NULL DEFAULT now(),
  event_id       text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  UNIQUE (application_id, cause)
);
CREATE INDEX finding_newest ON rel.finding (id DESC);

CREATE TABLE rel.finding_closing (
  finding_id text PRIMARY KEY REFERENCES rel.finding (id),
  kind       text NOT NULL CHECK (kind IN ('explained', 'accepted', 'reverted', 'incident')),
  reason     text NOT NULL CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  -- The release or ticket that explains it.
  reference  text CHECK (length(btrim(reference)) BETWEEN 1 AND 200),
  account_id text NOT NULL,
  person_id  text NOT NULL,
  event_id   text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  closed_at  timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT an_explanation_names_it CHECK (kind <> 'explained' OR reference IS NOT NULL)
);

-- I16: the key allows one row a sync, the check exactly one explanation.
CREATE TABLE rel.accounted (
  application_id text NOT NULL REFERENCES catalog.application (id),
  sync           text NOT NULL,
  uid            text NOT NULL,
  history_id     bigint,
  release_id     text REFERENCES rel.release (id),
  finding_id     text REFERENCES rel.finding (id),
  -- In the history already when the application was first seen.
  before_us      boolean NOT NULL DEFAULT false,
  PRIMARY KEY (application_id, sync),
  CONSTRAINT exactly_one_explanation CHECK (num_nonnulls(release_id, finding_id) + before_us::int = 1)
);
CREATE INDEX accounted_release ON rel.accounted (release_id) WHERE release_id IS NOT NULL;

CREATE FUNCTION rel.guard_finding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (to_jsonb(NEW) - 'last_seen_at') IS DISTINCT FROM (to_jsonb(OLD) - 'last_seen_at') OR NEW.last_seen_at < OLD.last_seen_at THEN
      RAISE EXCEPTION 'a finding is append-only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'finding.opened'
                 AND application_id = NEW.application_id AND actor_kind = 'worker') THEN
    RAISE EXCEPTION 'no entry of the log records this finding' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON rel.finding FOR EACH ROW EXECUTE FUNCTION rel.guard_finding();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON rel.finding FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

CREATE FUNCTION rel.guard_finding_closing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE f rel.finding;
BEGIN
  SELECT * INTO f FROM rel.finding WHERE id = NEW.finding_id;
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.account_id AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person closes a finding' USING ERRCODE = 'check_violation';
  END IF;
  -- Any account of the same person, by the names an Argo CD may know them by.
  IF EXISTS (SELECT FROM access.account a LEFT JOIN access.person_detail d ON d.person_id = a.person_id
             WHERE a.person_id = NEW.person_id AND lower(f.says_who) IN (lower(a.subject), lower(d.email), lower(d.name))) THEN
    RAISE EXCEPTION 'who is said to have done it cannot close it' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'finding.closed'
                 AND application_id = f.application_id AND actor_id = NEW.person_id) THEN
    RAISE EXCEPTION 'no entry of the log records this closing' USING ERRCODE = 'check_violation';
  END IF;
  NEW.closed_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.finding_closing FOR EACH ROW EXECUTE FUNCTION rel.guard_finding_closing();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.finding_closing FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

CREATE FUNCTION rel.guard_accounted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (to_jsonb(NEW) - 'history_id') IS DISTINCT FROM (to_jsonb(OLD) - 'history_id') OR OLD.history_id IS NOT NULL THEN
    RAISE EXCEPTION 'what explains a sync stays' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON rel.accounted FOR EACH ROW EXECUTE FUNCTION rel.guard_accounted();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON rel.accounted FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

GRANT SELECT ON rel.baseline, rel.finding, rel.finding_closing, rel.accounted TO countersign_web, countersign_worker;
GRANT INSERT ON rel.baseline, rel.finding, rel.accounted TO countersign_worker;
GRANT UPDATE (state, seen_hash, due_at) ON rel.baseline TO countersign_worker;
GRANT UPDATE (last_seen_at) ON rel.finding TO countersign_worker;
GRANT UPDATE (history_id) ON rel.accounted TO countersign_worker;
GRANT INSERT (finding_id, kind, reason, reference, account_id, person_id, event_id) ON rel.finding_closing TO countersign_web;
