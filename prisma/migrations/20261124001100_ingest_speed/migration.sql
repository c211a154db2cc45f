-- Most changes of an application change its status and nothing else. Then only narrow columns are written: what was
-- observed, several kilobytes, stays where it is, out of the row, and is neither sent, parsed nor logged again.
ALTER TABLE catalog.application
  -- Of everything but what may change below: equal means that the rest of the row is as it is stored.
  ADD COLUMN rest_hash text,
  ADD COLUMN health_message text,
  -- When its newest status point began, so that the next one need not look for it.
  ADD COLUMN status_at timestamptz;
ALTER TABLE catalog.application SET (toast_tuple_target = 1024, fillfactor = 50);

UPDATE catalog.application a SET status_at = l.at
FROM (SELECT application_id, max(at) AS at FROM catalog.status_point GROUP BY application_id) l WHERE l.application_id = a.id;

-- What was and what is now are joined row by row. Postgres plans that once for a connection, by the size of the first batch:
-- after a single row it was a nested loop for ever, and a batch of 500 took 250,000 comparisons, twice. Without one it
-- is a hash join for any size; what is called after it is planned as ever.
CREATE OR REPLACE FUNCTION catalog.application_changed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE services text[]; stray bigint; shown boolean; worded boolean; usual text := current_setting('enable_nestloop');
BEGIN
  PERFORM set_config('enable_nestloop', 'off', true);
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
  PERFORM set_config('enable_nestloop', usual, true);
  IF shown THEN
    PERFORM catalog.roll_up(services, worded), catalog.tally_up('unmapped', stray), catalog.tally_up('version', 1);
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION catalog.on_applications_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE changed text[]; moved text[]; usual text := current_setting('enable_nestloop');
BEGIN
  PERFORM set_config('enable_nestloop', 'off', true);
  SELECT array_agg(n.id), array_agg(n.id) FILTER (WHERE n.project <> o.project) INTO changed, moved
  FROM now_so n JOIN was_so o ON o.id = n.id
  WHERE (n.project, n.service, n.images, n.gone_at IS NULL) IS DISTINCT FROM (o.project, o.service, o.images, o.gone_at IS NULL);
  PERFORM set_config('enable_nestloop', usual, true);
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
