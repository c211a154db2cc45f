-- What can be found by typing. Names are copied out of catalog.application, so that an application that changes its
-- health every second costs no index of text anything; triggers keep the copies in the same transaction.
-- `project` leads every index: what somebody may not read is never walked through, so narrow rights cost no time.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- "Öztürk" and "ozturk" become the same text. Bodies are bound when created: no search_path can change them.
CREATE FUNCTION catalog.fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
  RETURN left(lower(unaccent(normalize(left(value, 500), NFKC))), 500);

-- Costs are high enough that nobody reads a table through them.
-- Words of folded text: as cut at everything but letters, digits and dots, and once more at the dots ("1.4.2" is one).
CREATE FUNCTION catalog.words(folded text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000
  RETURN array_to_tsvector(array_remove(
    regexp_split_to_array(folded, '[\x01-\x2d\x2f\x3a-\x60\x7b-\x7f]+')
      || regexp_split_to_array(folded, '[\x01-\x2f\x3a-\x60\x7b-\x7f]+'), ''));

-- Each word, and each word with one letter left out: two words are one typing error apart if these have one in common.
-- Numbers and digests are not words that anybody mistypes.
CREATE FUNCTION catalog.near(folded text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000
  RETURN coalesce((
    SELECT array_agg(DISTINCT CASE i WHEN 0 THEN word ELSE overlay(word PLACING '' FROM i FOR 1) END)
    FROM regexp_split_to_table(folded, '[\x01-\x2f\x3a-\x60\x7b-\x7f]+') word,
         generate_series(0, CASE WHEN length(word) > 3 THEN length(word) ELSE 0 END) i
    WHERE length(word) BETWEEN 3 AND 24 AND word !~ '^[0-9]+$'), '{}');

-- `id`: service, id of the application, image, id of the release. One row in each project.
CREATE TABLE catalog.search_entry (
  kind           text NOT NULL,
  id             text NOT NULL,
  project        text NOT NULL,
  application_id text NOT NULL,
  label          text NOT NULL,
  at             timestamptz,
  folded         text COLLATE "C" NOT NULL GENERATED ALWAYS AS (catalog.fold(label)) STORED,
  words          tsvector NOT NULL GENERATED ALWAYS AS (catalog.words(catalog.fold(label))) STORED,
  PRIMARY KEY (kind, id, project)
) PARTITION BY LIST (kind);
CREATE TABLE catalog.search_service PARTITION OF catalog.search_entry FOR VALUES IN ('service');
CREATE TABLE catalog.search_application PARTITION OF catalog.search_entry FOR VALUES IN ('application');
CREATE TABLE catalog.search_image PARTITION OF catalog.search_entry FOR VALUES IN ('image');
CREATE TABLE catalog.search_release PARTITION OF catalog.search_entry FOR VALUES IN ('release');
CREATE INDEX search_entry_start ON catalog.search_entry (folded, id);
CREATE INDEX search_entry_start_in ON catalog.search_entry (project, folded, id);
-- Small pending lists: every search reads them from end to end.
CREATE INDEX search_entry_words ON catalog.search_entry USING gin (project, words) WITH (gin_pending_list_limit = 256);
CREATE INDEX search_entry_part ON catalog.search_entry USING gin (project, folded gin_trgm_ops) WITH (gin_pending_list_limit = 256);
CREATE INDEX search_entry_near ON catalog.search_entry USING gin (project, catalog.near(folded)) WITH (gin_pending_list_limit = 256);
CREATE INDEX search_release_newest ON catalog.search_release (at DESC);
CREATE INDEX search_release_newest_in ON catalog.search_release (project, at DESC);
CREATE INDEX search_release_of ON catalog.search_release (application_id);

-- Every commit that a plan or a revision named, once in each project, kept for good. Text from outside, kept as text.
CREATE TABLE catalog.commit (
  sha            text COLLATE "C" NOT NULL CHECK (sha ~ '^[0-9a-f]{7,64}$'),
  project        text NOT NULL,
  -- The application that named it first.
  application_id text NOT NULL REFERENCES catalog.application (id),
  subject        text NOT NULL,
  author         text NOT NULL,
  at             timestamptz NOT NULL DEFAULT now(),
  folded         text COLLATE "C" NOT NULL GENERATED ALWAYS AS (catalog.fold(subject || ' ' || author)) STORED,
  words          tsvector NOT NULL GENERATED ALWAYS AS (catalog.words(catalog.fold(subject || ' ' || author))) STORED,
  PRIMARY KEY (sha, project)
);
CREATE INDEX commit_sha_in ON catalog.commit (project, sha);
CREATE INDEX commit_newest ON catalog.commit (at DESC);
CREATE INDEX commit_newest_in ON catalog.commit (project, at DESC);
CREATE INDEX commit_of ON catalog.commit (application_id);
CREATE INDEX commit_words ON catalog.commit USING gin (project, words) WITH (gin_pending_list_limit = 256);
CREATE INDEX commit_part ON catalog.commit USING gin (project, folded gin_trgm_ops) WITH (gin_pending_list_limit = 256);
CREATE INDEX commit_near ON catalog.commit USING gin (project, catalog.near(folded)) WITH (gin_pending_list_limit = 256);

-- Names of people are indexed where they are: nothing of them stays when they are erased.
CREATE INDEX person_detail_start ON access.person_detail (catalog.fold(name) COLLATE "C", person_id);
CREATE INDEX person_detail_part ON access.person_detail USING gin (catalog.fold(name) gin_trgm_ops);
CREATE INDEX person_detail_near ON access.person_detail USING gin (catalog.near(catalog.fold(name)));
CREATE INDEX release_requester ON rel.release (requester_person, id DESC);
CREATE INDEX decision_person ON rel.decision (person_id, release_id DESC);

CREATE FUNCTION catalog.index_applications(changed text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Two transactions that bring the same new names in different orders would wait for each other for ever.
  PERFORM pg_advisory_xact_lock(5726623062);
  DELETE FROM catalog.search_entry e USING catalog.application a
  WHERE e.kind = 'application' AND e.id = ANY (changed) AND a.id = e.id AND (a.gone_at IS NOT NULL OR a.project <> e.project);
  INSERT INTO catalog.search_entry (kind, id, project, application_id, label)
  SELECT 'application', a.id, a.project, a.id, a.name FROM catalog.application a
  WHERE a.id = ANY (changed) AND a.gone_at IS NULL
  UNION ALL
  SELECT DISTINCT 'service', a.service, a.project, '', a.service FROM catalog.application a
  WHERE a.id = ANY (changed) AND a.gone_at IS NULL AND octet_length(a.service) <= 1000
  UNION ALL
  (SELECT DISTINCT ON (image, a.project) 'image', image, a.project, a.id, image
   FROM catalog.application a, unnest(a.images) image
   WHERE a.id = ANY (changed) AND a.gone_at IS NULL AND octet_length(image) <= 1000)
  ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION catalog.on_applications_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE changed text[] := ARRAY(SELECT id FROM added);
BEGIN
  IF changed <> '{}' THEN PERFORM catalog.index_applications(changed); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER index_added AFTER INSERT ON catalog.application REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.on_applications_added();

CREATE FUNCTION catalog.on_applications_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE changed text[]; moved text[];
BEGIN
  SELECT array_agg(n.id), array_agg(n.id) FILTER (WHERE n.project <> o.project) INTO changed, moved
  FROM now_so n JOIN was_so o ON o.id = n.id
  WHERE (n.project, n.service, n.images, n.gone_at IS NULL) IS DISTINCT FROM (o.project, o.service, o.images, o.gone_at IS NULL);
  IF changed IS NOT NULL THEN PERFORM catalog.index_applications(changed); END IF;
  IF moved IS NOT NULL THEN
    UPDATE catalog.search_entry e SET project = a.project FROM catalog.application a
    WHERE e.kind = 'release' AND e.application_id = ANY (moved) AND a.id = e.application_id;
    INSERT INTO catalog.commit (sha, project, application_id, subject, author, at)
    SELECT c.sha, a.project, a.id, c.subject, c.author, c.at
    FROM catalog.commit c JOIN catalog.application a ON a.id = c.application_id
    WHERE c.application_id = ANY (moved) AND c.project <> a.project ORDER BY c.sha
    ON CONFLICT DO NOTHING;
    DELETE FROM catalog.commit c USING catalog.application a
    WHERE c.application_id = ANY (moved) AND a.id = c.application_id AND c.project <> a.project;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER index_changed AFTER UPDATE ON catalog.application REFERENCING OLD TABLE AS was_so NEW TABLE AS now_so
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.on_applications_changed();

CREATE FUNCTION catalog.index_commits(application text, commits jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO catalog.commit (sha, project, application_id, subject, author, at)
  SELECT DISTINCT ON (c.revision) c.revision, a.project, a.id, left(coalesce(c.subject, ''), 300), left(coalesce(c.author, ''), 200),
    CASE WHEN pg_input_is_valid(c.at, 'timestamptz') THEN c.at::timestamptz ELSE now() END
  FROM catalog.application a, jsonb_to_recordset(commits) AS c (revision text, subject text, author text, at text)
  WHERE a.id = application AND c.revision ~ '^[0-9a-f]{7,64}$'
  ORDER BY c.revision ON CONFLICT DO NOTHING
$$;

-- jsonb knows no NUL, and what a commit's author typed must never keep a plan from being stored.
CREATE FUNCTION catalog.commits_in(document bytea) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE commits jsonb;
BEGIN
  commits := replace(convert_from(document, 'UTF8'), '\u0000', '\ufffd')::jsonb #> '{commits,commits}';
  RETURN CASE jsonb_typeof(commits) WHEN 'array' THEN commits ELSE '[]' END;
EXCEPTION WHEN data_exception OR untranslatable_character THEN
  RETURN '[]';
END $$;

CREATE FUNCTION catalog.on_plan() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM catalog.index_commits(NEW.application_id, catalog.commits_in(NEW.document));
  RETURN NULL;
END $$;
CREATE TRIGGER index_commits AFTER INSERT ON rel.plan FOR EACH ROW EXECUTE FUNCTION catalog.on_plan();

CREATE FUNCTION catalog.on_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM catalog.index_commits(NEW.application_id, jsonb_build_array(jsonb_build_object('revision', NEW.revision,
    'subject', split_part(NEW.message, E'\n', 1), 'author', NEW.author, 'at', NEW.date)));
  RETURN NULL;
END $$;
CREATE TRIGGER index_commits AFTER INSERT OR UPDATE ON catalog.revision FOR EACH ROW WHEN (NEW.message IS NOT NULL)
  EXECUTE FUNCTION catalog.on_revision();

CREATE FUNCTION catalog.on_release() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO catalog.search_entry (kind, id, project, application_id, label, at)
  SELECT 'release', NEW.id, a.project, a.id, concat_ws(' ', NEW.id, NEW.ticket, NEW.reason), NEW.created_at
  FROM catalog.application a WHERE a.id = NEW.application_id ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER index_release AFTER INSERT ON rel.release FOR EACH ROW EXECUTE FUNCTION catalog.on_release();

REVOKE ALL ON FUNCTION catalog.index_applications(text[]), catalog.index_commits(text, jsonb) FROM PUBLIC;
GRANT SELECT ON catalog.search_entry, catalog.commit TO countersign_web, countersign_worker;

-- What was there before.
SELECT catalog.index_applications(array_agg(id)) FROM catalog.application HAVING count(*) > 0;
SELECT count(catalog.index_commits(application_id, catalog.commits_in(document))) FROM rel.plan;
INSERT INTO catalog.search_entry (kind, id, project, application_id, label, at)
SELECT 'release', r.id, a.project, a.id, concat_ws(' ', r.id, r.ticket, r.reason), r.created_at
FROM rel.release r JOIN catalog.application a ON a.id = r.application_id;
