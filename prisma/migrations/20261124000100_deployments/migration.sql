-- What ran where and when, for ever. Written by the worker in the transaction that stores the application.
-- Deployments and presence are ranges; status and placement are points, each valid until the next: a point is
-- never updated, so that a fleet that flaps leaves no dead rows.

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- The newest state of an application changes often: room on the page keeps its updates there (HOT).
ALTER TABLE catalog.application SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE catalog.application
  ADD COLUMN first_seen_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN gone_reason text CHECK (gone_reason IN ('deleted', 'not-permitted', 'vanished')),
  -- Digest of what deployments are made from: unchanged, they need not be looked at.
  ADD COLUMN deployment_mark text;
-- Somebody who may read a small project of a large fleet.
CREATE INDEX application_of_project ON catalog.application (project);
CREATE INDEX application_first_seen ON catalog.application (first_seen_at);
CREATE INDEX application_gone ON catalog.application (gone_at) WHERE gone_at IS NOT NULL;

-- One completed full sync and how long it was the last one. `inferred` stands for syncs that nobody saw: it has no
-- revisions, and it gives way when the history still tells what it was.
CREATE TABLE catalog.deployment (
  id              text PRIMARY KEY CHECK (id ~ '^dep_[0-9a-z]+$'),
  application_id  text NOT NULL REFERENCES catalog.application (id),
  application_uid text NOT NULL DEFAULT '',
  during          tstzrange NOT NULL,
  deployed_at     timestamptz NOT NULL GENERATED ALWAYS AS (lower(during)) STORED,
  -- The controller's own words for when it began; names the operation, because operations have no id.
  sync_started_at timestamptz,
  -- Counts up for as long as the application object lives.
  history_id      bigint,
  service         text,
  environment     text,
  revisions       text[] NOT NULL,
  sources         jsonb NOT NULL DEFAULT '[]',
  version         text,
  images          text[] NOT NULL DEFAULT '{}',
  cause           text NOT NULL CHECK (cause IN ('release', 'account', 'automation', 'unknown')),
  actor           text,
  release_id      text REFERENCES rel.release (id),
  known_from      text NOT NULL CHECK (known_from IN ('seen-live', 'history', 'inferred')),
  recorded_at     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT half_open CHECK (NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during) AND NOT lower_inf(during)),
  CONSTRAINT one_deployment_at_a_time EXCLUDE USING gist (application_id WITH =, during WITH &&)
    DEFERRABLE INITIALLY IMMEDIATE,
  CONSTRAINT a_release_is_named CHECK ((cause = 'release') = (release_id IS NOT NULL)),
  CONSTRAINT inferred_says_nothing CHECK (known_from <> 'inferred' OR (history_id IS NULL AND revisions = '{}'))
);
-- Newest first, and "what ran at T" as one look-up: the newest that began by then.
CREATE INDEX deployment_newest ON catalog.deployment (application_id, deployed_at DESC);
CREATE INDEX deployment_of_service ON catalog.deployment (service, deployed_at DESC, id DESC);
CREATE INDEX deployment_all ON catalog.deployment (deployed_at DESC, id DESC);
CREATE INDEX deployment_release ON catalog.deployment (release_id) WHERE release_id IS NOT NULL;
-- Argo CD counts from 0 again when its history was emptied, so the id alone names nothing.
CREATE UNIQUE INDEX deployment_history ON catalog.deployment (application_id, application_uid, history_id, sync_started_at)
  NULLS NOT DISTINCT WHERE history_id IS NOT NULL;

-- An operation that is in flight, or that ended and deployed nothing.
CREATE TABLE catalog.attempt (
  application_id text NOT NULL REFERENCES catalog.application (id),
  started_at     timestamptz NOT NULL,
  finished_at    timestamptz,
  kind           text NOT NULL CHECK (kind IN ('sync', 'partial', 'dry-run')),
  -- In the words of Argo CD; `Unseen` when another operation came before anybody saw the end of this one.
  phase          text NOT NULL,
  message        text,
  revisions      text[] NOT NULL DEFAULT '{}',
  cause          text NOT NULL CHECK (cause IN ('release', 'account', 'automation', 'unknown')),
  actor          text,
  release_id     text REFERENCES rel.release (id),
  -- It deployed something after all.
  deployment_id  text REFERENCES catalog.deployment (id),
  recorded_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (application_id, started_at)
);
CREATE INDEX attempt_open ON catalog.attempt (application_id) WHERE finished_at IS NULL AND phase <> 'Unseen';
CREATE INDEX attempt_all ON catalog.attempt (started_at DESC, application_id DESC) WHERE deployment_id IS NULL;
CREATE INDEX attempt_release ON catalog.attempt (release_id) WHERE release_id IS NOT NULL;

-- Points: how it was from `at` on.
CREATE TABLE catalog.status_point (
  application_id text NOT NULL REFERENCES catalog.application (id),
  at             timestamptz NOT NULL,
  sync           text NOT NULL,
  health         text NOT NULL,
  coming         text NOT NULL,
  automated      boolean NOT NULL,
  PRIMARY KEY (application_id, at)
);
CREATE TABLE catalog.placement_point (
  application_id text NOT NULL REFERENCES catalog.application (id),
  at             timestamptz NOT NULL,
  project        text NOT NULL,
  service        text,
  environment    text,
  target         text,
  team           text,
  tier           text,
  protected      boolean NOT NULL,
  PRIMARY KEY (application_id, at)
);
CREATE INDEX placement_service ON catalog.placement_point (service, application_id);

-- When the application was there for us, one range for each life or stay.
CREATE TABLE catalog.presence (
  application_id text NOT NULL REFERENCES catalog.application (id),
  uid            text,
  during         tstzrange NOT NULL,
  began          text NOT NULL CHECK (began IN ('found', 'created', 'recreated', 'returned')),
  ended          text CHECK (ended IN ('deleted', 'recreated', 'not-permitted', 'vanished')),
  -- The application it most likely was before: gone, with the same sources and destination.
  renamed_from   text REFERENCES catalog.application (id),
  CONSTRAINT half_open CHECK (NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during) AND NOT lower_inf(during)),
  CONSTRAINT present_once EXCLUDE USING gist (application_id WITH =, during WITH &&),
  CONSTRAINT an_end_says_why CHECK (upper_inf(during) = (ended IS NULL))
);
CREATE INDEX presence_newest ON catalog.presence (application_id, lower(during) DESC);
CREATE INDEX presence_renamed ON catalog.presence (renamed_from) WHERE renamed_from IS NOT NULL;

-- History is repaired at its edges only: what is known of a deployment stays as it was written.
CREATE FUNCTION catalog.guard_deployment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.application_id, NEW.recorded_at) IS DISTINCT FROM (OLD.id, OLD.application_id, OLD.recorded_at)
     OR (lower(NEW.during) <> lower(OLD.during) AND OLD.known_from <> 'inferred') THEN
    RAISE EXCEPTION 'a deployment keeps its application and its beginning' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.known_from <> 'inferred' AND NEW.known_from = 'inferred' THEN
    RAISE EXCEPTION 'what was known of a deployment is not forgotten' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.known_from <> 'inferred' AND NEW.revisions <> OLD.revisions THEN
    RAISE EXCEPTION 'a deployment keeps its revisions' USING ERRCODE = 'check_violation';
  END IF;
  IF (OLD.history_id IS NOT NULL AND NEW.history_id IS DISTINCT FROM OLD.history_id)
     OR (OLD.release_id IS NOT NULL AND NEW.release_id IS DISTINCT FROM OLD.release_id) THEN
    RAISE EXCEPTION 'a deployment keeps its history id and its release' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON catalog.deployment FOR EACH ROW EXECUTE FUNCTION catalog.guard_deployment();

GRANT SELECT ON catalog.deployment, catalog.attempt, catalog.status_point, catalog.placement_point, catalog.presence
  TO countersign_web, countersign_worker;
GRANT INSERT ON catalog.deployment, catalog.attempt, catalog.status_point, catalog.placement_point, catalog.presence
  TO countersign_worker;
GRANT UPDATE (during, application_uid, history_id, sync_started_at, revisions, sources, version, images, cause, actor, release_id, known_from)
  ON catalog.deployment TO countersign_worker;
GRANT UPDATE (finished_at, kind, phase, message, revisions, cause, actor, release_id, deployment_id)
  ON catalog.attempt TO countersign_worker;
GRANT UPDATE (during, ended, renamed_from) ON catalog.presence TO countersign_worker;
