-- What the matrix is ordered, filtered and counted by, kept as applications change: a page of fifty services must
-- cost the same at a hundred thousand applications as at a thousand.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

ALTER TABLE catalog.application
  -- Where the environment stands in the configured order.
  ADD COLUMN environment_order smallint,
  -- Sorts byte by byte as the version does (lib/catalog/version-key.ts); a line for each version that runs.
  ADD COLUMN version_key text COLLATE "C";

-- By service alone: equal keys are stored once, so the index stays low at any size.
DROP INDEX catalog.application_service;
CREATE INDEX application_service ON catalog.application (service) WHERE gone_at IS NULL;

-- One row for each service that there ever was; without applications it is not shown, and its row stays for its lock.
CREATE TABLE catalog.service (
  service      text PRIMARY KEY,
  applications int NOT NULL DEFAULT 0,
  -- Whoever may read all of these may see this row; for others it is made anew from what they may read.
  projects     text[] NOT NULL DEFAULT '{}',
  -- `ranks` of lib/catalog/relation.ts, as it is for somebody whom no release waits for.
  rank         smallint NOT NULL DEFAULT 4,
  team         text,
  tier         text,
  -- Sorts last without a team.
  team_key     text COLLATE "C" NOT NULL GENERATED ALWAYS AS (coalesce(team, U&'\+10FFFF')) STORED,
  -- Microseconds before 1970 of the newest deployment: the newest sorts first, none last.
  recency      bigint NOT NULL DEFAULT 9223372036854775807,
  -- What is true of the service: `action`, or `has`, environment, target and health with tabs between.
  marks        text[] NOT NULL DEFAULT '{}',
  -- What is true of each of its applications, as often as it is.
  places       text[] NOT NULL DEFAULT '{}',
  -- Those marks that few have: all but of health that is well. The others change often and are in no index.
  troubles     text[] NOT NULL DEFAULT '{}',
  behind       boolean NOT NULL GENERATED ALWAYS AS ('behind' = ANY (marks)) STORED,
  degraded     boolean NOT NULL GENERATED ALWAYS AS ('degraded' = ANY (marks)) STORED
) WITH (fillfactor = 80);
CREATE INDEX service_by_rank ON catalog.service (rank, service COLLATE "C") WHERE applications > 0;
CREATE INDEX service_by_name ON catalog.service (service COLLATE "C") WHERE applications > 0;
CREATE INDEX service_by_team ON catalog.service (team_key, rank, service COLLATE "C") WHERE applications > 0;
CREATE INDEX service_by_recency ON catalog.service (recency, service COLLATE "C") WHERE applications > 0;
CREATE INDEX service_behind ON catalog.service (rank, service COLLATE "C") WHERE applications > 0 AND behind;
CREATE INDEX service_degraded ON catalog.service (rank, service COLLATE "C") WHERE applications > 0 AND degraded;
CREATE INDEX service_troubles ON catalog.service USING gin (troubles) WITH (gin_pending_list_limit = 1024);
CREATE INDEX service_projects ON catalog.service USING gin (projects) WITH (gin_pending_list_limit = 1024);

-- Apart, because it changes seldom and its index is dear.
CREATE TABLE catalog.service_words (
  service text PRIMARY KEY,
  words   text NOT NULL
);
CREATE INDEX service_words_trigrams ON catalog.service_words USING gin (words gin_trgm_ops) WITH (gin_pending_list_limit = 256);

-- How many services have a mark and how many applications are somewhere. A transaction adds to a shard that no other
-- one uses, so nobody waits; the sum over all shards counts. `version` counts changes.
CREATE TABLE catalog.tally (
  name  text,
  shard smallint,
  n     bigint NOT NULL,
  PRIMARY KEY (name, shard)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.5);

CREATE INDEX application_stray ON catalog.application (project) WHERE service IS NULL AND gone_at IS NULL;
CREATE INDEX release_expiry ON rel.release (not_after) WHERE finished_at IS NULL;
CREATE INDEX release_awaiting ON rel.release (not_after) WHERE state = 'requested';

-- `compareKeys` of lib/catalog/version-key.ts says "behind", for applications with several versions.
CREATE FUNCTION catalog.are_behind(here text, there text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT here <> there AND bool_and(coalesce(h COLLATE "C" <= t COLLATE "C", false))
  FROM unnest(string_to_array(here, E'\n'), string_to_array(there, E'\n')) AS u (h, t)
$$;

-- Every service as it is for somebody who may read these projects, or all of them: rank and marks say nothing of an
-- application elsewhere. Written so that Postgres puts a condition on `service` inside it. The rules are those of
-- `relationOf` and `rankOf` (lib/catalog/relation.ts); a test compares both.
CREATE FUNCTION catalog.rollup_of(scope text[])
  RETURNS TABLE (service text, applications int, projects text[], rank smallint, team text, tier text, recency bigint,
                 marks text[], places text[], troubles text[], words text)
  LANGUAGE sql STABLE AS $$
  SELECT r.service, count(*)::int, ARRAY(SELECT DISTINCT p FROM unnest(array_agg(r.project)) p ORDER BY p), min(r.rank)::smallint,
    (array_agg(r.team) FILTER (WHERE r.team IS NOT NULL))[1], (array_agg(r.tier) FILTER (WHERE r.tier IS NOT NULL))[1],
    coalesce(-(extract(epoch FROM max(r.deployed_at)) * 1000000)::bigint, 9223372036854775807),
    CASE WHEN min(r.rank) = 1 THEN '{action,service}'::text[] ELSE '{service}' END
      || CASE WHEN bool_or(r.behind) THEN '{behind}'::text[] ELSE '{}' END
      || CASE WHEN bool_or(r.protected AND r.health = 'Degraded') THEN '{degraded}'::text[] ELSE '{}' END
      || coalesce('team' || E'\t' || (array_agg(r.team) FILTER (WHERE r.team IS NOT NULL))[1], 'teamless')
      || ARRAY(SELECT DISTINCT 'has' || E'\t' || p FROM unnest(array_agg(r.place || E'\t' || r.health)) p ORDER BY 1),
    array_agg('health' || E'\t' || r.place || E'\t' || r.health)
      || coalesce(array_agg('automated' || E'\t' || r.place) FILTER (WHERE r.automated), '{}')
      || coalesce(array_agg('protected' || E'\t' || r.place) FILTER (WHERE r.protected), '{}'),
    coalesce(array_agg('has' || E'\t' || r.place || E'\t' || r.health) FILTER (WHERE r.health <> 'Healthy'), '{}'),
    r.service || E'\n' || string_agg(concat_ws(E'\n', r.name, r.team, r.version, array_to_string(r.images, E'\n')), E'\n')
  FROM (
    SELECT b.*, CASE
      WHEN b.problem IS NOT NULL OR b.coming = 'gave-up' OR b.health IN ('Degraded', 'Missing') OR b.state IN ('requested', 'review')
        OR (b.state IS NULL AND b.coming = 'live-drift') THEN 1
      WHEN b.behind THEN 2
      WHEN b.state IS NOT NULL OR b.coming IN ('in-flight', 'automated', 'rolling-sync', 'window') THEN 3
      ELSE 4 END AS rank
    FROM (
      SELECT c.*, c.comparing AND (c.coming = 'waits-for-approval' OR coalesce(CASE
          WHEN strpos(c.version_key || c.before, E'\n') = 0 THEN c.version_key < c.before
          ELSE catalog.are_behind(c.version_key, c.before) END, false)) AS behind
      FROM (
        SELECT p.*, CASE WHEN p.comparing AND p.version_key IS NOT NULL AND p.coming <> 'waits-for-approval' THEN (
          -- The nearest environment before, the same target first; with several applications there, nobody can tell.
          SELECT CASE WHEN count(*) = 1 THEN min(e.version_key) END FROM catalog.application e
          WHERE e.service = p.service AND e.gone_at IS NULL AND e.environment_order < p.environment_order
            AND (e.target = p.target OR e.target IS NULL) AND (scope IS NULL OR e.project = ANY (scope))
          GROUP BY e.environment_order, e.target ORDER BY e.environment_order DESC, e.target NULLS LAST LIMIT 1) END AS before
        FROM (
          SELECT a.id, a.service, a.name, a.project, a.environment, a.environment_order, a.target, a.team, a.tier, a.version,
            a.version_key, a.images, a.health, a.coming, a.problem, a.deployed_at, a.protected, a.automated, o.state,
            a.environment || E'\t' || coalesce(a.target, '') AS place,
            a.protected AND a.problem IS NULL AND o.state IS NULL AND a.coming NOT IN
              ('live-drift', 'in-flight', 'automated', 'rolling-sync', 'window', 'frozen', 'cannot-tell') AS comparing
          FROM catalog.application a
          LEFT JOIN rel.release o ON o.application_id = a.id
            AND o.state IN ('requested', 'approved', 'dispatching', 'syncing', 'verifying', 'review')
          WHERE a.gone_at IS NULL AND a.service IS NOT NULL AND (scope IS NULL OR a.project = ANY (scope))
        ) p
        -- What is deployed furthest comes first; the aggregates above keep this order.
        ORDER BY p.service, p.environment_order DESC NULLS LAST, p.environment, p.target, p.id
      ) c
    ) b
  ) r
  GROUP BY r.service
$$;

-- A free shard for the rest of this transaction.
CREATE FUNCTION catalog.tally_shard() RETURNS smallint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  FOR shard IN 0..63 LOOP
    IF pg_try_advisory_xact_lock(485544335, shard) THEN RETURN shard; END IF;
  END LOOP;
  PERFORM pg_advisory_xact_lock(485544335, 0);
  RETURN 0;
END $$;

CREATE FUNCTION catalog.tally_up(changed text, by bigint) RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO catalog.tally AS t (name, shard, n) SELECT changed, catalog.tally_shard(), by WHERE by <> 0
  ON CONFLICT (name, shard) DO UPDATE SET n = t.n + excluded.n
$$;

-- Makes these services true again and counts the difference. Locks them in order first: what others changed
-- meanwhile is seen by the statement after, so the last one to come sees everything. `worded`: names, versions or
-- images may have changed too.
CREATE FUNCTION catalog.roll_up(wanted text[], worded boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE own smallint;
BEGIN
  wanted := ARRAY(SELECT DISTINCT w FROM unnest(wanted) w WHERE w IS NOT NULL);
  IF wanted = '{}' THEN RETURN; END IF;
  INSERT INTO catalog.service (service)
    SELECT w FROM unnest(wanted) w WHERE NOT EXISTS (SELECT FROM catalog.service s WHERE s.service = w) ORDER BY w COLLATE "C"
    ON CONFLICT DO NOTHING;
  PERFORM FROM catalog.service s WHERE s.service = ANY (wanted) ORDER BY s.service COLLATE "C" FOR NO KEY UPDATE;
  own := catalog.tally_shard();
  WITH fresh AS MATERIALIZED (
    SELECT w.service, coalesce(r.applications, 0) AS applications, coalesce(r.projects, '{}') AS projects, coalesce(r.rank, 4) AS rank,
      r.team, r.tier, coalesce(r.recency, 9223372036854775807) AS recency, coalesce(r.marks, '{}') AS marks,
      coalesce(r.places, '{}') AS places, coalesce(r.troubles, '{}') AS troubles
    FROM unnest(wanted) AS w (service)
    LEFT JOIN (SELECT f.service, f.applications, f.projects, f.rank, f.team, f.tier, f.recency, f.marks, f.places, f.troubles
               FROM catalog.rollup_of(NULL) f WHERE f.service = ANY (wanted)) r ON r.service = w.service
  ), changed AS MATERIALIZED (
    SELECT f.*, s.marks || s.places AS before FROM fresh f JOIN catalog.service s ON s.service = f.service
    WHERE (f.applications, f.projects, f.rank, f.team, f.tier, f.recency, f.marks, f.places)
      IS DISTINCT FROM (s.applications, s.projects, s.rank, s.team, s.tier, s.recency, s.marks, s.places)
  ), kept AS (
    UPDATE catalog.service s SET applications = c.applications, projects = c.projects, rank = c.rank, team = c.team, tier = c.tier,
      recency = c.recency, marks = c.marks, places = c.places, troubles = c.troubles
    FROM changed c WHERE s.service = c.service
  )
  INSERT INTO catalog.tally AS t (name, shard, n)
    SELECT d.name, own, sum(d.n) FROM (
      SELECT unnest(c.marks || c.places), 1 FROM changed c UNION ALL SELECT unnest(c.before), -1 FROM changed c) d (name, n)
    GROUP BY d.name HAVING sum(d.n) <> 0
  ON CONFLICT (name, shard) DO UPDATE SET n = t.n + excluded.n;
  IF worded THEN
    INSERT INTO catalog.service_words AS k (service, words)
      SELECT w, coalesce(r.words, '') FROM unnest(wanted) w
      LEFT JOIN (SELECT f.service, f.words FROM catalog.rollup_of(NULL) f WHERE f.service = ANY (wanted)) r ON r.service = w
      WHERE NOT EXISTS (SELECT FROM catalog.service_words o WHERE o.service = w AND o.words = coalesce(r.words, ''))
    ON CONFLICT (service) DO UPDATE SET words = excluded.words;
  END IF;
END $$;

CREATE FUNCTION catalog.application_entered() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE services text[]; stray bigint; n bigint;
BEGIN
  SELECT array_agg(e.service), count(*) FILTER (WHERE e.service IS NULL), count(*) INTO services, stray, n
    FROM entered e WHERE e.gone_at IS NULL;
  IF n = 0 THEN RETURN NULL; END IF;
  PERFORM catalog.roll_up(services, true), catalog.tally_up('unmapped', stray), catalog.tally_up('version', 1);
  RETURN NULL;
END $$;

CREATE FUNCTION catalog.application_left() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE services text[]; stray bigint; n bigint;
BEGIN
  SELECT array_agg(l.service), count(*) FILTER (WHERE l.service IS NULL), count(*) INTO services, stray, n
    FROM departed l WHERE l.gone_at IS NULL;
  IF n = 0 THEN RETURN NULL; END IF;
  PERFORM catalog.roll_up(services, true), catalog.tally_up('unmapped', -stray), catalog.tally_up('version', 1);
  RETURN NULL;
END $$;

CREATE FUNCTION catalog.application_changed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE services text[]; stray bigint; shown boolean; worded boolean;
BEGIN
  SELECT array_agg(o.service) FILTER (WHERE x.rolled) || array_agg(n.service) FILTER (WHERE x.rolled),
    count(*) FILTER (WHERE n.service IS NULL AND n.gone_at IS NULL) - count(*) FILTER (WHERE o.service IS NULL AND o.gone_at IS NULL),
    bool_or(x.rolled OR (o.sync, o.health_since, o.coming_reason, o.plan_commits, o.problem, o.deployed_revisions, o.unmapped_reason)
      IS DISTINCT FROM (n.sync, n.health_since, n.coming_reason, n.plan_commits, n.problem, n.deployed_revisions, n.unmapped_reason)),
    bool_or((o.service, o.environment, o.environment_order, o.target, o.team, o.version, o.images, o.gone_at IS NULL)
      IS DISTINCT FROM (n.service, n.environment, n.environment_order, n.target, n.team, n.version, n.images, n.gone_at IS NULL))
    INTO services, stray, shown, worded
    FROM departed o JOIN entered n ON n.id = o.id CROSS JOIN LATERAL (SELECT
      (o.service, o.environment, o.environment_order, o.target, o.team, o.tier, o.project, o.protected, o.automated, o.version,
       o.version_key, o.images, o.health, o.coming, o.deployed_at, o.problem IS NULL, o.gone_at IS NULL)
      IS DISTINCT FROM
      (n.service, n.environment, n.environment_order, n.target, n.team, n.tier, n.project, n.protected, n.automated, n.version,
       n.version_key, n.images, n.health, n.coming, n.deployed_at, n.problem IS NULL, n.gone_at IS NULL) AS rolled) x;
  IF shown THEN
    PERFORM catalog.roll_up(services, worded), catalog.tally_up('unmapped', stray), catalog.tally_up('version', 1);
  END IF;
  RETURN NULL;
END $$;

-- An open release makes its application wait or move.
CREATE FUNCTION catalog.release_entered() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM catalog.roll_up(ARRAY(SELECT a.service FROM entered n JOIN catalog.application a ON a.id = n.application_id), false),
    catalog.tally_up('version', 1);
  RETURN NULL;
END $$;

CREATE FUNCTION catalog.release_changed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE services text[];
BEGIN
  services := ARRAY(SELECT a.service FROM departed o JOIN entered n ON n.id = o.id AND n.state <> o.state
                    JOIN catalog.application a ON a.id = n.application_id);
  IF services <> '{}' THEN
    PERFORM catalog.roll_up(services, false), catalog.tally_up('version', 1);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION catalog.decision_entered() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM catalog.tally_up('version', 1);
  RETURN NULL;
END $$;

CREATE TRIGGER roll_up_insert AFTER INSERT ON catalog.application
  REFERENCING NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION catalog.application_entered();
CREATE TRIGGER roll_up_update AFTER UPDATE ON catalog.application
  REFERENCING OLD TABLE AS departed NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION catalog.application_changed();
CREATE TRIGGER roll_up_delete AFTER DELETE ON catalog.application
  REFERENCING OLD TABLE AS departed FOR EACH STATEMENT EXECUTE FUNCTION catalog.application_left();
CREATE TRIGGER roll_up_insert AFTER INSERT ON rel.release
  REFERENCING NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION catalog.release_entered();
CREATE TRIGGER roll_up_update AFTER UPDATE ON rel.release
  REFERENCING OLD TABLE AS departed NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION catalog.release_changed();
CREATE TRIGGER roll_up_insert AFTER INSERT ON rel.decision
  REFERENCING NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION catalog.decision_entered();

SELECT catalog.roll_up(ARRAY(SELECT DISTINCT service FROM catalog.application WHERE gone_at IS NULL), true),
  catalog.tally_up('unmapped', (SELECT count(*) FROM catalog.application WHERE service IS NULL AND gone_at IS NULL));

-- The triggers write; nobody else does.
REVOKE ALL ON FUNCTION catalog.roll_up(text[], boolean), catalog.tally_up(text, bigint), catalog.tally_shard() FROM PUBLIC;
GRANT SELECT ON catalog.service, catalog.service_words, catalog.tally TO countersign_web, countersign_worker;
