-- People, sessions and the catalog. Run as countersign_owner, which cannot log in;
-- the three login roles exist before (lib/platform/embedded.ts, or the README's lines for your own Postgres).

CREATE SCHEMA access;
CREATE SCHEMA catalog;
GRANT USAGE ON SCHEMA access, catalog TO countersign_web, countersign_worker;

-- A person is a stable pseudonym: the log names people by it, so that names can be erased without breaking a proof.
CREATE TABLE access.person (
  id         text PRIMARY KEY CHECK (id ~ '^per_[0-9a-z]+$'),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- The erasable half. `key` is what makes two accounts one person: an attribute of the identity provider, or issuer and subject.
CREATE TABLE access.person_detail (
  person_id  text PRIMARY KEY REFERENCES access.person (id),
  key        text NOT NULL UNIQUE,
  name       text NOT NULL,
  email      text,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE access.account (
  id              text PRIMARY KEY CHECK (id ~ '^usr_[0-9a-z]+$'),
  person_id       text NOT NULL REFERENCES access.person (id),
  kind            text NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'service')),
  issuer          text NOT NULL,
  subject         text NOT NULL,
  groups          text[] NOT NULL DEFAULT '{}',
  enabled         boolean NOT NULL DEFAULT true,
  last_sign_in_at timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (issuer, subject),
  UNIQUE (id, person_id)
);
CREATE INDEX account_person ON access.account (person_id);

-- Only a hash of the session id is kept: reading this table does not let anybody in.
CREATE TABLE access.session (
  id_hash      text PRIMARY KEY,
  account_id   text NOT NULL REFERENCES access.account (id),
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  CHECK (expires_at > created_at)
);
CREATE INDEX session_account ON access.session (account_id);
CREATE INDEX session_expiry ON access.session (expires_at);

-- An identity never moves to another person: that would turn an own request into somebody else's.
CREATE FUNCTION access.account_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.person_id, NEW.issuer, NEW.subject, NEW.kind) IS DISTINCT FROM (OLD.id, OLD.person_id, OLD.issuer, OLD.subject, OLD.kind) THEN
    RAISE EXCEPTION 'an account keeps its person, issuer, subject and kind' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER account_is_fixed BEFORE UPDATE ON access.account FOR EACH ROW EXECUTE FUNCTION access.account_is_fixed();

GRANT SELECT, INSERT ON access.person TO countersign_web;
GRANT SELECT, INSERT ON access.person_detail TO countersign_web;
GRANT UPDATE (name, email, updated_at) ON access.person_detail TO countersign_web;
GRANT SELECT, INSERT ON access.account TO countersign_web;
GRANT UPDATE (groups, enabled, last_sign_in_at) ON access.account TO countersign_web;
GRANT SELECT, INSERT, DELETE ON access.session TO countersign_web;
GRANT UPDATE (last_seen_at, expires_at) ON access.session TO countersign_web;
GRANT SELECT ON access.person, access.person_detail, access.account TO countersign_worker;

-- One row for each Argo CD. The lease makes one worker watch it; the state is what people read when it is silent.
CREATE TABLE catalog.instance (
  name            text PRIMARY KEY,
  web_url         text,
  state           text NOT NULL DEFAULT 'connecting'
                  CHECK (state IN ('connecting', 'connected', 'unreachable', 'unauthorised', 'not-understood')),
  detail          text,
  state_since     timestamptz NOT NULL DEFAULT now(),
  last_contact_at timestamptz,
  swept_at        timestamptz,
  version         text,
  lease_owner     text,
  lease_until     timestamptz
);

CREATE TABLE catalog.application (
  id                 text PRIMARY KEY CHECK (id ~ '^app_[0-9a-z]+$'),
  instance           text NOT NULL REFERENCES catalog.instance (name),
  namespace          text NOT NULL,
  name               text NOT NULL,
  uid                text,
  project            text NOT NULL DEFAULT '',
  -- Mapping: a service and an environment, or the reason why not. Nothing is hidden.
  service            text,
  environment        text,
  target             text,
  team               text,
  tier               text,
  rule               text,
  unmapped_reason    text,
  protected          boolean NOT NULL DEFAULT false,
  -- What runs and what is wanted.
  version            text,
  desired_version    text,
  deployed_revisions text[] NOT NULL DEFAULT '{}',
  desired_revisions  text[] NOT NULL DEFAULT '{}',
  deployed_at        timestamptz,
  images             text[] NOT NULL DEFAULT '{}',
  sync               text NOT NULL DEFAULT 'Unknown',
  health             text NOT NULL DEFAULT 'Unknown',
  health_since       timestamptz,
  automated          boolean NOT NULL DEFAULT false,
  coming             text NOT NULL DEFAULT 'cannot-tell',
  coming_reason      text,
  plan_digest        text,
  -- Commits in the plan, for "3 behind"; null when Git could not say.
  plan_commits       int,
  plan_problem       text,
  plan_checked_at    timestamptz,
  -- The mapped observation (lib/argocd/application.ts), masked; `problem` when it could not be understood.
  observed           jsonb,
  problem            text,
  content_hash       text,
  -- Kubernetes' own counter, when it is a number: an answer older than what we have is not believed.
  resource_version   bigint,
  observed_at        timestamptz NOT NULL DEFAULT now(),
  gone_at            timestamptz,
  UNIQUE (instance, namespace, name),
  CHECK ((service IS NULL) = (environment IS NULL)),
  CHECK (service IS NOT NULL OR unmapped_reason IS NOT NULL)
);
CREATE INDEX application_service ON catalog.application (service, environment, target) WHERE gone_at IS NULL;
CREATE INDEX application_unmapped ON catalog.application (instance, name) WHERE service IS NULL AND gone_at IS NULL;
CREATE INDEX application_to_plan ON catalog.application (plan_checked_at NULLS FIRST) WHERE protected AND gone_at IS NULL;

-- What a revision means: subject, author, date. Text from outside, kept as text.
CREATE TABLE catalog.revision (
  application_id text NOT NULL REFERENCES catalog.application (id),
  revision       text NOT NULL,
  source_index   int NOT NULL DEFAULT 0,
  author         text,
  date           timestamptz,
  message        text,
  PRIMARY KEY (application_id, source_index, revision)
);

GRANT SELECT ON ALL TABLES IN SCHEMA catalog TO countersign_web;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA catalog TO countersign_worker;
