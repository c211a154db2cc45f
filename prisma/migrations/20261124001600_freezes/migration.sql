-- Freezes (deny) and deployment windows (allow): pauses that were planned. No intent is written against them, whoever
-- approved the release and whatever the worker believes; the approval stays, and the release goes on by itself afterwards.

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Once (from, to) or again and again (schedule, length, zone). All of the given places must match; with none it is about
-- everything. Written once; its end is another row.
CREATE TABLE rel.freeze (
  id          text PRIMARY KEY CHECK (id ~ '^frz_[0-9a-z]+$'),
  kind        text NOT NULL CHECK (kind IN ('deny', 'allow')),
  reason      text NOT NULL CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  instance    text REFERENCES catalog.instance (name),
  project     text CHECK (length(project) BETWEEN 1 AND 253),
  environment text CHECK (length(environment) BETWEEN 1 AND 253),
  service     text CHECK (length(service) BETWEEN 1 AND 253),
  zone        text NOT NULL CHECK (length(zone) BETWEEN 1 AND 64),
  starts_at   timestamptz,
  ends_at     timestamptz,
  schedule    text CHECK (length(schedule) BETWEEN 9 AND 200),
  duration_ms bigint CHECK (duration_ms BETWEEN 60000 AND 2678400000),
  account_id  text NOT NULL,
  person_id   text NOT NULL,
  event_id    text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at  timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT once_or_recurring CHECK (CASE WHEN schedule IS NULL
    THEN num_nulls(starts_at, ends_at) = 0 AND starts_at < ends_at AND isfinite(ends_at) AND duration_ms IS NULL
    ELSE duration_ms IS NOT NULL AND num_nonnulls(starts_at, ends_at) = 0 END)
);

CREATE TABLE rel.freeze_end (
  freeze_id  text PRIMARY KEY REFERENCES rel.freeze (id),
  reason     text NOT NULL CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  account_id text NOT NULL,
  person_id  text NOT NULL,
  event_id   text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id)
);

-- When a recurring one is on, computed ahead by the worker: half-open, never two at a time.
CREATE TABLE rel.freeze_occurrence (
  freeze_id text NOT NULL REFERENCES rel.freeze (id),
  during    tstzrange NOT NULL CHECK (NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)
                                      AND NOT lower_inf(during) AND NOT upper_inf(during)),
  CONSTRAINT one_occurrence_at_a_time EXCLUDE USING gist (freeze_id WITH =, during WITH &&)
);

-- Until when occurrences are known. After that a freeze holds and a window is shut: who knows nothing allows nothing.
CREATE TABLE rel.freeze_horizon (
  freeze_id      text PRIMARY KEY REFERENCES rel.freeze (id),
  computed_until timestamptz NOT NULL
);

-- One person lets one release through one freeze. The requester is copied by a composite key: never the same person.
CREATE TABLE rel.freeze_override (
  id                text PRIMARY KEY CHECK (id ~ '^ovr_[0-9a-z]+$'),
  release_id        text NOT NULL,
  plan_digest       text NOT NULL,
  requester_account text NOT NULL,
  requester_person  text NOT NULL,
  freeze_id         text NOT NULL REFERENCES rel.freeze (id),
  reason            text NOT NULL CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  account_id        text NOT NULL,
  person_id         text NOT NULL,
  event_id          text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT override_for_exactly_this FOREIGN KEY (release_id, plan_digest, requester_account, requester_person)
    REFERENCES rel.release (id, plan_digest, requester_account, requester_person),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT no_override_of_their_own_by_account CHECK (account_id <> requester_account),
  CONSTRAINT no_override_of_their_own_by_person CHECK (person_id <> requester_person),
  CONSTRAINT one_override_a_freeze UNIQUE (release_id, freeze_id)
);

-- Every freeze and window that is not over: on until when, else on again from when, and until when that is known. What
-- was for once and is past says nothing any more.
CREATE VIEW rel.freeze_now WITH (security_invoker = true) AS
  SELECT f.*, k.known_until, k.known_until > c.now AS computed,
    (SELECT upper(r) FROM unnest(s.spans) r WHERE r @> c.now) AS on_until,
    (SELECT min(lower(r)) FROM unnest(s.spans) r WHERE lower(r) > c.now) AS next_from
  FROM rel.freeze f
  CROSS JOIN (SELECT clock_timestamp() AS now) c
  LEFT JOIN rel.freeze_horizon h ON h.freeze_id = f.id
  CROSS JOIN LATERAL (SELECT CASE WHEN f.schedule IS NULL THEN 'infinity' ELSE coalesce(h.computed_until, f.created_at) END
    AS known_until) k
  CROSS JOIN LATERAL (SELECT CASE WHEN f.schedule IS NULL THEN tstzmultirange(tstzrange(f.starts_at, f.ends_at))
    ELSE (SELECT range_agg(o.during) FROM rel.freeze_occurrence o
          WHERE o.freeze_id = f.id AND o.during && tstzrange(c.now, NULL)) END AS spans) s
  WHERE NOT EXISTS (SELECT FROM rel.freeze_end e WHERE e.freeze_id = f.id) AND (f.ends_at IS NULL OR f.ends_at > c.now);

-- The freezes and windows about an application, how each stands for it and its open release, and when that changes next
-- (null: nobody knows). A deny that is on holds its releases back; so do windows of which none is open.
CREATE FUNCTION rel.freezes_of(wanted_application text)
  RETURNS TABLE (id text, kind text, standing text, until timestamptz, holding boolean) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
  WITH n AS MATERIALIZED (
    SELECT f.id, f.kind,
      CASE WHEN EXISTS (SELECT FROM rel.freeze_override o JOIN rel.release r ON r.id = o.release_id
                        WHERE o.freeze_id = f.id AND r.application_id = a.id AND r.finished_at IS NULL) THEN 'overridden'
           WHEN NOT f.computed THEN 'unknown' WHEN f.on_until IS NOT NULL THEN 'on' ELSE 'off' END AS standing,
      CASE WHEN f.computed AND coalesce(f.on_until, f.next_from) < f.known_until
           THEN coalesce(f.on_until, f.next_from) END AS until
    FROM catalog.application a JOIN rel.freeze_now f
      ON (f.instance IS NULL OR f.instance = a.instance) AND (f.project IS NULL OR f.project = a.project)
        AND (f.environment IS NULL OR f.environment = a.environment)
        AND (f.service IS NULL OR f.service = coalesce(a.service, a.name))
    WHERE a.id = wanted_application)
  SELECT n.id, n.kind, n.standing, n.until,
    CASE n.kind WHEN 'deny' THEN n.standing IN ('on', 'unknown')
      ELSE NOT EXISTS (SELECT FROM n w WHERE w.kind = 'allow' AND w.standing IN ('on', 'overridden')) END
  FROM n ORDER BY n.kind DESC, n.until DESC NULLS FIRST, n.id;
END $$;

-- What holds the releases of this application back at this moment, pauses first, oldest first; nothing when they may go.
CREATE OR REPLACE FUNCTION rel.holds(wanted_application text) RETURNS TABLE (kind text, id text) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
  SELECT 'pause', p.id FROM rel.pause_now p JOIN catalog.application a ON a.id = wanted_application
  WHERE p.scope = 'all' OR p.instance = a.instance OR p.project = a.project OR p.application_id = a.id
  ORDER BY p.id;
  IF EXISTS (SELECT FROM rel.freeze) THEN
    RETURN QUERY
    SELECT CASE f.kind WHEN 'deny' THEN 'freeze' ELSE 'window' END, f.id FROM rel.freezes_of(wanted_application) f WHERE f.holding;
  END IF;
END $$;

CREATE FUNCTION rel.guard_freeze_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rel.lock_holds(true);
  PERFORM rel.guard_hold_entry(NEW.account_id, NEW.person_id, NEW.event_id, 'freeze.made');
  NEW.created_at := clock_timestamp();
  IF NEW.schedule IS NULL THEN
    -- Nobody was ever frozen in the past; without a beginning it begins now.
    NEW.starts_at := greatest(coalesce(NEW.starts_at, NEW.created_at), NEW.created_at);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.freeze FOR EACH ROW EXECUTE FUNCTION rel.guard_freeze_insert();

CREATE FUNCTION rel.guard_freeze_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rel.lock_holds(true);
  PERFORM rel.guard_hold_entry(NEW.account_id, NEW.person_id, NEW.event_id, 'freeze.ended');
  IF EXISTS (SELECT FROM rel.freeze WHERE id = NEW.freeze_id AND ends_at <= clock_timestamp()) THEN
    RAISE EXCEPTION '% is over', NEW.freeze_id USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.freeze_end FOR EACH ROW EXECUTE FUNCTION rel.guard_freeze_end();

-- What was computed is not computed anew: occurrences join on at the horizon, and that moves at most some months ahead.
CREATE FUNCTION rel.guard_occurrence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE known timestamptz;
BEGIN
  SELECT coalesce(h.computed_until, f.created_at) INTO known
  FROM rel.freeze f LEFT JOIN rel.freeze_horizon h ON h.freeze_id = f.id WHERE f.id = NEW.freeze_id AND f.schedule IS NOT NULL;
  IF known IS NULL OR lower(NEW.during) < date_trunc('milliseconds', known) THEN
    RAISE EXCEPTION 'what is computed of % stays as it is', NEW.freeze_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.freeze_occurrence FOR EACH ROW EXECUTE FUNCTION rel.guard_occurrence();

CREATE FUNCTION rel.guard_horizon() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.freeze_id <> OLD.freeze_id OR NEW.computed_until < OLD.computed_until) THEN
    RAISE EXCEPTION 'what is computed of a freeze never shrinks' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.computed_until > clock_timestamp() + interval '100 days' THEN
    RAISE EXCEPTION 'nobody computes that far ahead' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON rel.freeze_horizon FOR EACH ROW EXECUTE FUNCTION rel.guard_horizon();

CREATE FUNCTION rel.guard_override() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rel.guard_hold_entry(NEW.account_id, NEW.person_id, NEW.event_id, 'freeze.overridden');
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND release_id = NEW.release_id) THEN
    RAISE EXCEPTION 'no entry of the log records this override' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM rel.release WHERE id = NEW.release_id AND finished_at IS NULL) THEN
    RAISE EXCEPTION 'release % is over', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM rel.release r, rel.freezes_of(r.application_id) f
                 WHERE r.id = NEW.release_id AND f.id = NEW.freeze_id) THEN
    RAISE EXCEPTION '% is over or about something else', NEW.freeze_id USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.freeze_override FOR EACH ROW EXECUTE FUNCTION rel.guard_override();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.freeze FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.freeze_end FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.freeze_occurrence FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON rel.freeze_horizon FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.freeze_override FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

GRANT SELECT ON rel.freeze, rel.freeze_end, rel.freeze_occurrence, rel.freeze_horizon, rel.freeze_override, rel.freeze_now
  TO countersign_web, countersign_worker;
GRANT INSERT (id, kind, reason, instance, project, environment, service, zone, starts_at, ends_at, schedule, duration_ms,
              account_id, person_id, event_id) ON rel.freeze TO countersign_web;
GRANT INSERT (freeze_id, reason, account_id, person_id, event_id) ON rel.freeze_end TO countersign_web;
GRANT INSERT (id, release_id, plan_digest, requester_account, requester_person, freeze_id, reason, account_id, person_id,
              event_id) ON rel.freeze_override TO countersign_web;
GRANT INSERT ON rel.freeze_occurrence, rel.freeze_horizon TO countersign_worker;
GRANT UPDATE (computed_until) ON rel.freeze_horizon TO countersign_worker;
