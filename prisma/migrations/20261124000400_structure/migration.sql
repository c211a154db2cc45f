-- ApplicationSets and AppProjects as Argo CD last told them, and what is known of each instance beside its state.
-- Keyed by their names: a set is one on its instance and in its namespace, a project on its instance.

CREATE TABLE catalog.application_set (
  instance     text NOT NULL REFERENCES catalog.instance (name),
  namespace    text NOT NULL,
  name         text NOT NULL,
  uid          text,
  -- As the template says it. Empty or with a placeholder: it is nobody's but through the applications it generates.
  project      text NOT NULL DEFAULT '',
  -- lib/argocd/structure.ts, masked; kept when a later answer could not be understood.
  observed     jsonb,
  problem      text,
  content_hash text NOT NULL,
  observed_at  timestamptz NOT NULL DEFAULT now(),
  gone_at      timestamptz,
  PRIMARY KEY (instance, namespace, name)
);
CREATE INDEX application_set_page ON catalog.application_set (name, instance, namespace) WHERE gone_at IS NULL;

CREATE TABLE catalog.project (
  instance     text NOT NULL REFERENCES catalog.instance (name),
  name         text NOT NULL,
  uid          text,
  observed     jsonb,
  problem      text,
  content_hash text NOT NULL,
  observed_at  timestamptz NOT NULL DEFAULT now(),
  gone_at      timestamptz,
  PRIMARY KEY (instance, name)
);
CREATE INDEX project_page ON catalog.project (name, instance) WHERE gone_at IS NULL;

-- From a set to its applications.
CREATE INDEX application_owner ON catalog.application (instance, (observed -> 'owner' ->> 'name'))
  WHERE gone_at IS NULL AND observed -> 'owner' ->> 'name' IS NOT NULL;
CREATE INDEX application_project ON catalog.application (project, instance) WHERE gone_at IS NULL;

-- `unknown`: never asked; `forbidden`: our account may not read them, which is not the same as none.
CREATE TABLE catalog.instance_report (
  instance         text PRIMARY KEY REFERENCES catalog.instance (name),
  sets_state       text NOT NULL DEFAULT 'unknown' CHECK (sets_state IN ('unknown', 'read', 'forbidden', 'failed')),
  sets_detail      text,
  sets_read_at     timestamptz,
  projects_state   text NOT NULL DEFAULT 'unknown' CHECK (projects_state IN ('unknown', 'read', 'forbidden', 'failed')),
  projects_detail  text,
  projects_read_at timestamptz,
  -- A list of applications in progress: how many came, of how many that were known before it.
  listing_since    timestamptz,
  listing_seen     int NOT NULL DEFAULT 0,
  listing_known    int NOT NULL DEFAULT 0,
  listing_heard_at timestamptz,
  -- The account of our token, and what Argo CD says it may do: {"applications/sync": true, …}.
  account          text,
  rights           jsonb,
  rights_at        timestamptz
);

GRANT SELECT ON catalog.application_set, catalog.project, catalog.instance_report TO countersign_web;
GRANT SELECT, INSERT, UPDATE ON catalog.application_set, catalog.project, catalog.instance_report TO countersign_worker;
