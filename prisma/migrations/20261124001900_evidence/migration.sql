-- Evidence packs. The web asks and attaches what entries name by digest; the signer, which alone holds the key, takes
-- the entries from its own log, proves each, signs, and answers. Neither can write the other's part.

CREATE TABLE audit.export (
  id             text COLLATE "C" PRIMARY KEY CHECK (id ~ '^exp_[0-9a-z]+$'),
  kind           text NOT NULL CHECK (kind IN ('release', 'application', 'period')),
  release_id     text COLLATE "C",
  -- Null: whatever the log holds.
  applications   text[] COLLATE "C",
  from_at        text COLLATE "C" CHECK (from_at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$'),
  to_at          text COLLATE "C" CHECK (to_at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$'),
  -- Documents and names as JSON. What is not its digest makes no pack.
  attached       bytea NOT NULL CHECK (octet_length(attached) <= 67108864),
  account_id     text NOT NULL,
  person_id      text NOT NULL,
  event_id       text COLLATE "C" NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at     timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT an_export_names_its_scope CHECK (CASE kind
    WHEN 'release' THEN release_id IS NOT NULL AND num_nonnulls(applications, from_at, to_at) = 0
    WHEN 'application' THEN release_id IS NULL AND applications IS NOT NULL AND cardinality(applications) = 1
    ELSE release_id IS NULL AND from_at IS NOT NULL AND to_at IS NOT NULL END)
);
CREATE INDEX export_created ON audit.export (created_at);

-- The signer's answer: the pack, or in a sentence why there is none.
CREATE TABLE audit.pack (
  export_id  text COLLATE "C" PRIMARY KEY REFERENCES audit.export (id) ON DELETE CASCADE,
  pack       bytea,
  problem    text CHECK (octet_length(problem) <= 4000),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT a_pack_or_a_problem CHECK (num_nonnulls(pack, problem) = 1)
);

CREATE FUNCTION audit.guard_export() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.account_id AND enabled) THEN
    RAISE EXCEPTION 'a disabled account exports nothing' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'evidence.exported' AND actor_id = NEW.person_id
                 AND audit.field(entry, '{data,export}') = NEW.id) THEN
    RAISE EXCEPTION 'no entry of the log records this export' USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON audit.export FOR EACH ROW EXECUTE FUNCTION audit.guard_export();

-- A pack is the auditor's once it was fetched; here it is kept for a day, so that it need not be fetched at once.
CREATE FUNCTION audit.keep_a_day() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF OLD.created_at > now() - interval '1 day' THEN
    RAISE EXCEPTION 'an export is kept for a day' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER keep_a_day BEFORE DELETE ON audit.export FOR EACH ROW EXECUTE FUNCTION audit.keep_a_day();
CREATE TRIGGER refuse_change BEFORE UPDATE ON audit.export FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit.export FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE ON audit.pack FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit.pack FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- The entries a pack is about, in order: those in scope, and for every release among them all of its own and those of its
-- plan, so that no release is there by half. One branch a kind, each with its index.
CREATE FUNCTION audit.entries_about(wanted_release text, wanted_applications text[], wanted_from text, wanted_to text)
  RETURNS TABLE (seq bigint, event_id text) LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH base AS (
    SELECT e.id, e.release_id FROM audit.event e WHERE e.release_id = wanted_release
    UNION ALL
    SELECT e.id, e.release_id FROM audit.event e
    WHERE wanted_release IS NULL AND e.application_id = ANY (wanted_applications)
      AND e.at >= coalesce(wanted_from, '') AND e.at < coalesce(wanted_to, '~')
    UNION ALL
    SELECT e.id, e.release_id FROM audit.event e
    WHERE wanted_release IS NULL AND wanted_applications IS NULL AND e.at >= wanted_from AND e.at < wanted_to
  ),
  about AS (SELECT DISTINCT release_id FROM base WHERE release_id IS NOT NULL),
  whole AS (SELECT e.id, e.type, e.application_id, e.entry FROM about JOIN audit.event e USING (release_id)),
  plan AS (SELECT DISTINCT application_id, audit.field(entry, '{data,plan}') AS digest FROM whole WHERE type = 'release.requested'),
  chosen AS (
    SELECT id FROM base UNION SELECT id FROM whole
    UNION
    SELECT e.id FROM plan JOIN audit.event e ON e.application_id = plan.application_id AND e.type IN ('plan.created', 'plan.authors')
    WHERE audit.field(e.entry, '{data,plan}') = plan.digest
  )
  SELECT l.seq, l.event_id FROM chosen JOIN audit.log l ON l.event_id = chosen.id ORDER BY l.seq
$$;

REVOKE ALL ON audit.export, audit.pack FROM PUBLIC;
REVOKE ALL ON FUNCTION audit.guard_export(), audit.keep_a_day(), audit.entries_about(text, text[], text, text) FROM PUBLIC;
GRANT SELECT ON audit.export, audit.pack TO countersign_web, countersign_signer;
GRANT INSERT (id, kind, release_id, applications, from_at, to_at, attached, account_id, person_id, event_id) ON audit.export TO countersign_web;
GRANT INSERT (export_id, pack, problem) ON audit.pack TO countersign_signer;
GRANT DELETE ON audit.export TO countersign_signer;
GRANT EXECUTE ON FUNCTION audit.entries_about(text, text[], text, text) TO countersign_web, countersign_signer;
