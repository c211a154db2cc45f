-- What each application consists of, one row an application, beside catalog.application: only the page of one
-- application reads it, and the health of a single resource must not write the wide row.
CREATE TABLE catalog.resource_list (
  application_id   text PRIMARY KEY REFERENCES catalog.application (id),
  resources        jsonb NOT NULL,
  -- What the last operation did with each.
  results          jsonb NOT NULL,
  content_hash     text NOT NULL,
  -- Told by the watch alone; null as long as it has said nothing.
  health           jsonb,
  health_hash      text,
  health_at        timestamptz,
  resource_version bigint,
  written_at       timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT health_is_whole CHECK ((health IS NULL) = (health_hash IS NULL) AND (health IS NULL) = (health_at IS NULL))
);
GRANT SELECT ON catalog.resource_list TO countersign_web, countersign_worker;
GRANT INSERT, UPDATE ON catalog.resource_list TO countersign_worker;

-- What a revision means is asked once in a project; others that run it find it by its name. `problem`: what Argo CD
-- answered instead, asked again after a while.
ALTER TABLE catalog.revision
  ADD tags      text[] NOT NULL DEFAULT '{}',
  ADD signature text,
  ADD problem   text,
  ADD asked_at  timestamptz NOT NULL DEFAULT now();
CREATE INDEX revision_name ON catalog.revision (revision, application_id);
