-- The log: exact bytes, sealed at commit, append-only for everybody, its owner included.
-- Run as countersign_owner, which cannot log in, so that no running process owns a table or a trigger here.

CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO countersign_web, countersign_worker, countersign_signer;

-- Reads one field out of an entry. Declared immutable because the entry is always UTF-8; plpgsql because it keeps
-- its plan, which a function in SQL does not: 10 µs a call instead of 30.
CREATE FUNCTION audit.field(entry bytea, path text[]) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
  AS $$ BEGIN RETURN convert_from(entry, 'UTF8')::jsonb #>> path; END $$;

CREATE FUNCTION audit.refuse_change() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% of %.% refused: append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

-- Who this log is. The name enters the first chain value and every checkpoint.
CREATE TABLE audit.origin (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  origin text COLLATE "C" NOT NULL CHECK (origin ~ '^[a-z0-9][a-z0-9./-]{2,199}$')
);

CREATE TABLE audit.event (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^evt_[0-9a-z]{26}$'),
  entry bytea NOT NULL CHECK (octet_length(entry) BETWEEN 2 AND 65535),
  -- Not in the insert grant, so a writer cannot forge them.
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  written_by text COLLATE "C" NOT NULL DEFAULT current_user,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- For search only, always read out of the bytes. What people see is rendered from the bytes.
  type text COLLATE "C" NOT NULL GENERATED ALWAYS AS (audit.field(entry, '{type}')) STORED,
  at text COLLATE "C" NOT NULL GENERATED ALWAYS AS (audit.field(entry, '{at}')) STORED,
  actor_kind text COLLATE "C" NOT NULL GENERATED ALWAYS AS (audit.field(entry, '{actor,kind}')) STORED,
  actor_id text COLLATE "C" GENERATED ALWAYS AS (audit.field(entry, '{actor,person}')) STORED,
  release_id text COLLATE "C" GENERATED ALWAYS AS (audit.field(entry, '{subject,release}')) STORED,
  application_id text COLLATE "C" GENERATED ALWAYS AS (audit.field(entry, '{subject,application}')) STORED,
  service text COLLATE "C" GENERATED ALWAYS AS (audit.field(entry, '{subject,service}')) STORED,
  environment text COLLATE "C" GENERATED ALWAYS AS (audit.field(entry, '{subject,environment}')) STORED,
  CONSTRAINT event_id_in_entry CHECK (audit.field(entry, '{id}') = id),
  CONSTRAINT event_version CHECK (audit.field(entry, '{v}') = '1'),
  CONSTRAINT event_at CHECK (at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$'),
  CONSTRAINT event_actor CHECK (
    actor_kind IN ('person', 'worker', 'signer', 'argocd', 'system') AND (actor_kind = 'person') = (actor_id IS NOT NULL)
  ),
  -- A stolen web server cannot speak as the worker, a stolen worker cannot speak as a person.
  CONSTRAINT event_writer CHECK (
    NOT (written_by = 'countersign_web' AND actor_kind IN ('worker', 'signer', 'argocd'))
    AND NOT (written_by = 'countersign_worker' AND actor_kind IN ('person', 'signer'))
  )
);
CREATE INDEX event_release ON audit.event (release_id) WHERE release_id IS NOT NULL;
CREATE INDEX event_application ON audit.event (application_id, at) WHERE application_id IS NOT NULL;
CREATE INDEX event_service ON audit.event (service, environment, at) WHERE service IS NOT NULL;
CREATE INDEX event_person ON audit.event (actor_id, at) WHERE actor_id IS NOT NULL;
CREATE INDEX event_type ON audit.event (type, at);
CREATE INDEX event_at ON audit.event (at);

-- leaf = SHA-256(0x00 || entry); chain = SHA-256(0x02 || previous chain || be64(seq) || leaf).
CREATE TABLE audit.log (
  seq bigint PRIMARY KEY CHECK (seq >= 0),
  event_id text COLLATE "C" NOT NULL REFERENCES audit.event (id),
  leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
  chain bytea NOT NULL CHECK (octet_length(chain) = 32)
);
CREATE UNIQUE INDEX log_event ON audit.log (event_id) INCLUDE (seq);

CREATE FUNCTION audit.genesis() RETURNS bytea
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
  AS $$ SELECT sha256(convert_to('countersign/log/v1:' || origin, 'UTF8')) FROM audit.origin $$;

-- Runs at COMMIT: the lock is held for the seal alone, not for the work of the transaction.
CREATE FUNCTION audit.seal() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  new_leaf bytea := sha256('\x00'::bytea || NEW.entry);
  last_seq bigint;
  last_chain bytea;
BEGIN
  -- A frozen snapshot cannot see the tail that others sealed after it was taken.
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION 'the log is written in read committed transactions only' USING ERRCODE = 'feature_not_supported';
  END IF;
  PERFORM pg_advisory_xact_lock(4855443348258);
  SELECT seq, chain INTO last_seq, last_chain FROM audit.log ORDER BY seq DESC LIMIT 1;
  IF NOT FOUND THEN
    last_seq := -1;
    last_chain := audit.genesis();
  END IF;
  INSERT INTO audit.log (seq, event_id, leaf, chain)
  VALUES (last_seq + 1, NEW.id, new_leaf, sha256('\x02'::bytea || last_chain || int8send(last_seq + 1) || new_leaf));
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON audit.event
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.seal();

-- The name can be given as long as nothing was sealed under another one.
CREATE FUNCTION audit.guard_origin() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(4855443348258);
  IF NEW.origin IS DISTINCT FROM OLD.origin AND EXISTS (SELECT FROM audit.log) THEN
    RAISE EXCEPTION 'origin is fixed: the log has entries under %', OLD.origin USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

-- Signed tree heads (C2SP tlog-checkpoint) and what anchors outside the database answered.
CREATE TABLE audit.checkpoint (
  size bigint PRIMARY KEY CHECK (size > 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  note text NOT NULL CHECK (octet_length(note) <= 65535),
  key_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- A checkpoint cannot speak for entries that do not exist yet.
  last_seq bigint NOT NULL GENERATED ALWAYS AS (size - 1) STORED REFERENCES audit.log (seq)
);
CREATE TABLE audit.receipt (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  size bigint NOT NULL REFERENCES audit.checkpoint (size),
  anchor text COLLATE "C" NOT NULL CHECK (anchor <> ''),
  kind text COLLATE "C" NOT NULL CHECK (kind <> ''),
  receipt jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (size, anchor)
);

-- How each anchor is doing now. Not evidence: the one table here that may change.
CREATE TABLE audit.anchor (
  name text COLLATE "C" PRIMARY KEY,
  kind text COLLATE "C" NOT NULL,
  size bigint NOT NULL DEFAULT 0,
  anchored_at timestamptz,
  failing_since timestamptz,
  message text,
  CHECK ((failing_since IS NULL) = (message IS NULL))
);

-- The oldest receipt whose checkpoint covers an event; null while there is none.
CREATE FUNCTION audit.covered(event_id text) RETURNS bigint
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    SELECT r.id FROM audit.receipt r
    WHERE r.size > (SELECT l.seq FROM audit.log l WHERE l.event_id = covered.event_id)
    ORDER BY r.size, r.id LIMIT 1
  $$;

CREATE TRIGGER guard BEFORE UPDATE ON audit.origin FOR EACH ROW EXECUTE FUNCTION audit.guard_origin();
CREATE TRIGGER refuse_delete BEFORE DELETE ON audit.origin FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit.origin FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON audit.event FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit.event FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON audit.log FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit.log FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON audit.checkpoint FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON audit.receipt FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit.receipt FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- Also with session_replication_role = replica, which skips ordinary triggers.
ALTER TABLE audit.origin ENABLE ALWAYS TRIGGER guard, ENABLE ALWAYS TRIGGER refuse_delete, ENABLE ALWAYS TRIGGER refuse_truncate;
ALTER TABLE audit.event ENABLE ALWAYS TRIGGER seal, ENABLE ALWAYS TRIGGER refuse_change, ENABLE ALWAYS TRIGGER refuse_truncate;
ALTER TABLE audit.log ENABLE ALWAYS TRIGGER refuse_change, ENABLE ALWAYS TRIGGER refuse_truncate;
ALTER TABLE audit.checkpoint ENABLE ALWAYS TRIGGER refuse_change, ENABLE ALWAYS TRIGGER refuse_truncate;
ALTER TABLE audit.receipt ENABLE ALWAYS TRIGGER refuse_change, ENABLE ALWAYS TRIGGER refuse_truncate;

-- A name of its own until an installation is given a better one.
INSERT INTO audit.origin (origin) VALUES ('countersign.local/' || replace(gen_random_uuid()::text, '-', ''));

REVOKE ALL ON ALL TABLES IN SCHEMA audit FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT SELECT ON audit.origin, audit.event, audit.log, audit.checkpoint, audit.receipt, audit.anchor
  TO countersign_web, countersign_worker, countersign_signer;
GRANT INSERT (id, entry) ON audit.event TO countersign_web, countersign_worker;
GRANT INSERT (size, root, note, key_id) ON audit.checkpoint TO countersign_signer;
GRANT INSERT (size, anchor, kind, receipt) ON audit.receipt TO countersign_signer;
GRANT INSERT, UPDATE ON audit.anchor TO countersign_signer;
GRANT EXECUTE ON FUNCTION audit.field(bytea, text[]), audit.covered(text)
  TO countersign_web, countersign_worker, countersign_signer;
