-- Alerts that were told to us, and those of the delivery itself. Alertmanager has no history: what it once said is kept
-- here, the end included.

CREATE SCHEMA IF NOT EXISTS signals;
GRANT USAGE ON SCHEMA signals TO countersign_web, countersign_worker;

CREATE TABLE signals.alert (
  -- `told` by Alertmanager's webhook, `delivery` worked out by the worker.
  source         text NOT NULL CHECK (source IN ('told', 'delivery')),
  fingerprint    text NOT NULL CHECK (length(fingerprint) BETWEEN 1 AND 64),
  starts_at      timestamptz NOT NULL,
  state          text NOT NULL CHECK (state IN ('firing', 'resolved')),
  ends_at        timestamptz,
  labels         jsonb NOT NULL CHECK (jsonb_typeof(labels) = 'object' AND octet_length(labels::text) <= 20000),
  annotations    jsonb NOT NULL CHECK (jsonb_typeof(annotations) = 'object' AND octet_length(annotations::text) <= 20000),
  generator_url  text CHECK (length(generator_url) <= 2000),
  -- Known for alerts of the delivery; labels tell it for the others, by rules that may change.
  application_id text REFERENCES catalog.application (id),
  first_seen_at  timestamptz NOT NULL DEFAULT now(),
  last_seen_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source, fingerprint, starts_at),
  CONSTRAINT only_what_is_resolved_has_an_end CHECK ((state = 'resolved') = (ends_at IS NOT NULL)),
  CONSTRAINT the_delivery_names_its_application CHECK ((source = 'delivery') = (application_id IS NOT NULL))
);
CREATE INDEX alert_labels ON signals.alert USING gin (labels jsonb_path_ops) WHERE source = 'told';
CREATE INDEX alert_application ON signals.alert (application_id, starts_at DESC) WHERE application_id IS NOT NULL;
CREATE INDEX alert_firing ON signals.alert (source, fingerprint) WHERE state = 'firing';

-- The only way in for what the webhook was told: the same message twice is one row, a resolved alert stays resolved
-- whatever arrives late, and words that a resolved message leaves out are kept. How many rows are new or changed.
CREATE FUNCTION signals.receive_alerts(given jsonb) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE changed integer;
BEGIN
  IF jsonb_array_length(given) > 1000 THEN
    RAISE EXCEPTION 'too many alerts at once' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO signals.alert AS a (source, fingerprint, starts_at, state, ends_at, labels, annotations, generator_url)
  SELECT DISTINCT ON (g.fingerprint, g.starts_at)
    'told', g.fingerprint, g.starts_at, g.state, CASE WHEN g.state = 'resolved' THEN coalesce(g.ends_at, now()) END,
    g.labels, coalesce(g.annotations, '{}'), g.generator_url
  FROM jsonb_to_recordset(given) AS g (fingerprint text, starts_at timestamptz, state text, ends_at timestamptz,
    labels jsonb, annotations jsonb, generator_url text)
  ORDER BY g.fingerprint, g.starts_at, g.state DESC
  ON CONFLICT (source, fingerprint, starts_at) DO UPDATE SET
    state = EXCLUDED.state,
    ends_at = EXCLUDED.ends_at,
    annotations = CASE WHEN EXCLUDED.annotations = '{}' THEN a.annotations ELSE EXCLUDED.annotations END,
    generator_url = coalesce(nullif(EXCLUDED.generator_url, ''), a.generator_url),
    last_seen_at = now()
  WHERE a.state = 'firing';
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END $$;

-- What fires in the delivery at this moment. An application that deploys by hand is out of sync until its release: that is
-- no alert.
CREATE FUNCTION signals.delivery_now(late interval) RETURNS TABLE (application_id text, name text, starts_at timestamptz, labels jsonb, summary text)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT t.application_id, 'SyncFailed', t.started_at,
    jsonb_strip_nulls(jsonb_build_object('severity', 'critical', 'release', t.release_id)),
    'The last sync ended with ' || t.phase || coalesce(': ' || left(t.message, 300), '.')
  FROM catalog.attempt t JOIN catalog.application a ON a.id = t.application_id AND a.gone_at IS NULL
  WHERE t.deployment_id IS NULL AND t.kind <> 'dry-run' AND t.phase IN ('Failed', 'Error') AND t.started_at > now() - interval '14 days'
    AND NOT EXISTS (SELECT FROM catalog.attempt l WHERE l.application_id = t.application_id AND l.started_at > t.started_at AND l.kind <> 'dry-run' AND l.phase <> 'Unseen')
    AND (a.deployed_at IS NULL OR a.deployed_at < t.started_at)
  UNION ALL
  SELECT a.id, 'OutOfSync', p.since, jsonb_build_object('severity', 'warning'),
    'It deploys automatically and has differed from Git since then.' || coalesce(' ' || left(a.coming_reason, 300), '')
  FROM catalog.application a CROSS JOIN LATERAL (
    SELECT min(s.at) AS since FROM catalog.status_point s WHERE s.application_id = a.id AND s.at > coalesce(
      (SELECT max(e.at) FROM catalog.status_point e WHERE e.application_id = a.id AND e.sync <> 'OutOfSync'), '-infinity')) p
  WHERE a.gone_at IS NULL AND a.automated AND a.sync = 'OutOfSync' AND p.since < now() - late
  UNION ALL
  SELECT a.id, 'DegradedAfterDeployment', a.health_since,
    jsonb_strip_nulls(jsonb_build_object('severity', 'critical', 'version', a.version, 'release', d.release_id)),
    'It became degraded within an hour after it was deployed.' || coalesce(' ' || left(a.health_message, 300), '')
  FROM catalog.application a
    LEFT JOIN catalog.deployment d ON d.application_id = a.id AND upper_inf(d.during)
  WHERE a.gone_at IS NULL AND a.health = 'Degraded' AND a.health_since BETWEEN a.deployed_at AND a.deployed_at + interval '1 hour'
$$;

-- Writes what fires and ends what does not any more; answers with the applications whose alerts changed. Any worker may do it.
CREATE FUNCTION signals.derive_alerts(late interval) RETURNS SETOF text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('signals.delivery', 0));
  RETURN QUERY
  WITH firing AS (
    SELECT left(md5(d.name || ':' || d.application_id), 16) AS fingerprint, d.starts_at, d.application_id, d.summary,
      d.labels || jsonb_build_object('alertname', d.name) AS labels
    FROM signals.delivery_now(late) d
  ), ended AS (
    UPDATE signals.alert a SET state = 'resolved', ends_at = now(), last_seen_at = now()
    WHERE a.source = 'delivery' AND a.state = 'firing'
      AND NOT EXISTS (SELECT FROM firing f WHERE f.fingerprint = a.fingerprint AND f.starts_at = a.starts_at)
    RETURNING a.application_id
  ), begun AS (
    INSERT INTO signals.alert (source, fingerprint, starts_at, state, labels, annotations, application_id)
    SELECT 'delivery', f.fingerprint, f.starts_at, 'firing', f.labels, jsonb_build_object('summary', f.summary), f.application_id
    FROM firing f ON CONFLICT (source, fingerprint, starts_at) DO UPDATE SET state = 'firing', ends_at = NULL, last_seen_at = now()
      WHERE signals.alert.state = 'resolved'
    RETURNING signals.alert.application_id
  )
  SELECT e.application_id FROM ended e UNION SELECT b.application_id FROM begun b;
END $$;

REVOKE ALL ON FUNCTION signals.receive_alerts(jsonb), signals.derive_alerts(interval), signals.delivery_now(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signals.receive_alerts(jsonb) TO countersign_web;
GRANT EXECUTE ON FUNCTION signals.derive_alerts(interval) TO countersign_worker;
GRANT SELECT ON signals.alert TO countersign_web, countersign_worker;
