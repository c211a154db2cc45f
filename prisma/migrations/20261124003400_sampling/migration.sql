-- Samples that auditors draw. The web names a population, a seed and a size; Postgres itself draws, so that who has stolen the
-- web cannot choose what is looked at. Notes are added and never changed, and nothing is added after the sign-off.

-- The items of a population, as far as they were known at `known_at`: a change is a release when its first intent was written,
-- or what ran in a protected application without a release.
CREATE FUNCTION audit.population(wanted_kind text, wanted_from timestamptz, wanted_to timestamptz, wanted_environment text,
                                 wanted_projects text[], known_at timestamptz)
  RETURNS TABLE (item text) LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT x.item COLLATE "C" FROM (
    SELECT i.release_id AS item, r.application_id FROM rel.intent i JOIN rel.release r ON r.id = i.release_id
    WHERE wanted_kind IN ('changes', 'releases') AND i.n = 1 AND i.created_at >= wanted_from AND i.created_at < wanted_to AND i.created_at <= known_at
    UNION ALL
    SELECT d.id, d.application_id FROM catalog.deployment d JOIN catalog.application p ON p.id = d.application_id AND p.protected
    WHERE wanted_kind IN ('changes', 'outside') AND d.cause <> 'release' AND d.deployed_at >= wanted_from AND d.deployed_at < wanted_to
      AND d.recorded_at <= known_at
    UNION ALL
    SELECT b.release_id, b.application_id FROM rel.break_glass b
    WHERE wanted_kind = 'emergencies' AND b.created_at >= wanted_from AND b.created_at < wanted_to AND b.created_at <= known_at
    UNION ALL
    SELECT f.id, f.application_id FROM rel.finding f
    WHERE wanted_kind = 'findings' AND f.found_at >= wanted_from AND f.found_at < wanted_to AND f.found_at <= known_at
  ) x JOIN catalog.application a ON a.id = x.application_id
  WHERE (wanted_environment IS NULL OR a.environment = wanted_environment) AND (wanted_projects IS NULL OR a.project = ANY (wanted_projects))
$$;

-- How many, and SHA-256 over their names: ascending by bytes, a line feed after each.
CREATE FUNCTION audit.population_mark(wanted_kind text, wanted_from timestamptz, wanted_to timestamptz, wanted_environment text,
                                      wanted_projects text[], known_at timestamptz)
  RETURNS TABLE (items int, digest text) LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*)::int, encode(sha256(convert_to(coalesce(string_agg(item || E'\n', '' ORDER BY item COLLATE "C"), ''), 'UTF8')), 'hex')
  FROM audit.population(wanted_kind, wanted_from, wanted_to, wanted_environment, wanted_projects, known_at)
$$;

-- The place of an item in the draw: SHA-256 of seed, line feed and name. The smallest are taken.
CREATE FUNCTION audit.sample_rank(seed text, item text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
  AS $$ SELECT encode(sha256(convert_to(seed || E'\n' || item, 'UTF8')), 'hex') $$;

CREATE TABLE audit.sample (
  id          text COLLATE "C" PRIMARY KEY CHECK (id ~ '^smp_[0-9a-z]+$'),
  kind        text NOT NULL CHECK (kind IN ('changes', 'releases', 'outside', 'emergencies', 'findings')),
  from_at     timestamptz NOT NULL,
  to_at       timestamptz NOT NULL,
  environment text CHECK (length(environment) BETWEEN 1 AND 253),
  -- Null: all of them.
  projects    text[],
  seed        text NOT NULL CHECK (seed ~ '^[A-Za-z0-9 ._:/-]{1,100}$' AND seed = btrim(seed)),
  size        int NOT NULL CHECK (size BETWEEN 1 AND 200),
  population  int NOT NULL CHECK (population >= 1),
  digest      text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
  account_id  text NOT NULL,
  person_id   text NOT NULL,
  event_id    text COLLATE "C" NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at  timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT a_period_begins_before_it_ends CHECK (from_at < to_at)
);

CREATE TABLE audit.sample_item (
  sample_id text COLLATE "C" NOT NULL REFERENCES audit.sample (id),
  n         int NOT NULL CHECK (n >= 1),
  item      text COLLATE "C" NOT NULL,
  rank      text COLLATE "C" NOT NULL,
  PRIMARY KEY (sample_id, n),
  UNIQUE (sample_id, item)
);

CREATE TABLE audit.sample_note (
  id         text COLLATE "C" PRIMARY KEY CHECK (id ~ '^sno_[0-9a-z]+$'),
  sample_id  text COLLATE "C" NOT NULL,
  n          int NOT NULL,
  verdict    text NOT NULL CHECK (verdict IN ('ok', 'exception', 'not-applicable')),
  words      text CHECK (length(btrim(words)) BETWEEN 3 AND 2000),
  account_id text NOT NULL,
  person_id  text NOT NULL,
  event_id   text COLLATE "C" NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (sample_id, n) REFERENCES audit.sample_item (sample_id, n),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT what_is_not_ok_says_why CHECK (verdict = 'ok' OR words IS NOT NULL)
);
CREATE INDEX sample_note_of ON audit.sample_note (sample_id, n, id DESC);

CREATE TABLE audit.sample_sign_off (
  sample_id  text COLLATE "C" PRIMARY KEY REFERENCES audit.sample (id),
  conclusion text NOT NULL CHECK (length(btrim(conclusion)) BETWEEN 3 AND 4000),
  -- SHA-256 of the working paper as it was signed.
  paper      text NOT NULL CHECK (paper ~ '^[0-9a-f]{64}$'),
  account_id text NOT NULL,
  person_id  text NOT NULL,
  event_id   text COLLATE "C" NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id)
);

CREATE FUNCTION audit.require_auditor(wanted_account text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM access.account WHERE id = wanted_account AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person audits' USING ERRCODE = 'check_violation';
  END IF;
END $$;

CREATE FUNCTION audit.guard_sample() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE mark record;
BEGIN
  NEW.created_at := now();
  PERFORM audit.require_auditor(NEW.account_id);
  IF NEW.to_at > now() THEN
    RAISE EXCEPTION 'a sample is drawn from a period that is over' USING ERRCODE = 'check_violation';
  END IF;
  SELECT * INTO mark FROM audit.population_mark(NEW.kind, NEW.from_at, NEW.to_at, NEW.environment, NEW.projects, now());
  IF (mark.items, mark.digest) IS DISTINCT FROM (NEW.population, NEW.digest) THEN
    RAISE EXCEPTION 'the population of sample % is another one', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'sample.drawn' AND actor_id = NEW.person_id
                 AND audit.field(entry, '{data,sample}') = NEW.id AND audit.field(entry, '{data,seed}') = NEW.seed
                 AND audit.field(entry, '{data,digest}') = NEW.digest AND audit.field(entry, '{data,size}') = NEW.size::text) THEN
    RAISE EXCEPTION 'no entry of the log records this sample' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON audit.sample FOR EACH ROW EXECUTE FUNCTION audit.guard_sample();

CREATE FUNCTION audit.draw_sample() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.sample_item (sample_id, n, item, rank)
  SELECT NEW.id, row_number() OVER (ORDER BY x.rank COLLATE "C"), x.item, x.rank
  FROM (SELECT item, audit.sample_rank(NEW.seed, item) AS rank
        FROM audit.population(NEW.kind, NEW.from_at, NEW.to_at, NEW.environment, NEW.projects, NEW.created_at)
        ORDER BY audit.sample_rank(NEW.seed, item) COLLATE "C" LIMIT NEW.size) x;
  RETURN NULL;
END $$;
CREATE TRIGGER draw AFTER INSERT ON audit.sample FOR EACH ROW EXECUTE FUNCTION audit.draw_sample();

CREATE FUNCTION audit.guard_sample_note() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE s audit.sample; about text;
BEGIN
  NEW.created_at := now();
  PERFORM audit.require_auditor(NEW.account_id);
  -- A note and the sign-off come one after the other.
  SELECT * INTO s FROM audit.sample WHERE id = NEW.sample_id FOR NO KEY UPDATE;
  IF s.person_id IS DISTINCT FROM NEW.person_id THEN
    RAISE EXCEPTION 'sample % is another auditor''s', NEW.sample_id USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT FROM audit.sample_sign_off WHERE sample_id = NEW.sample_id) THEN
    RAISE EXCEPTION 'sample % is signed off', NEW.sample_id USING ERRCODE = 'check_violation';
  END IF;
  SELECT item INTO about FROM audit.sample_item WHERE sample_id = NEW.sample_id AND n = NEW.n;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'sample.noted' AND actor_id = NEW.person_id
                 AND audit.field(entry, '{data,sample}') = NEW.sample_id AND audit.field(entry, '{data,item}') = about
                 AND audit.field(entry, '{data,verdict}') = NEW.verdict
                 AND audit.field(entry, '{data,words}') IS NOT DISTINCT FROM NEW.words) THEN
    RAISE EXCEPTION 'no entry of the log records this note' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON audit.sample_note FOR EACH ROW EXECUTE FUNCTION audit.guard_sample_note();

CREATE FUNCTION audit.guard_sample_sign_off() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE s audit.sample;
BEGIN
  NEW.created_at := now();
  PERFORM audit.require_auditor(NEW.account_id);
  SELECT * INTO s FROM audit.sample WHERE id = NEW.sample_id FOR NO KEY UPDATE;
  IF s.person_id IS DISTINCT FROM NEW.person_id THEN
    RAISE EXCEPTION 'sample % is another auditor''s', NEW.sample_id USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT FROM audit.sample_item i WHERE i.sample_id = NEW.sample_id
             AND NOT EXISTS (SELECT FROM audit.sample_note n WHERE n.sample_id = i.sample_id AND n.n = i.n)) THEN
    RAISE EXCEPTION 'an item of sample % has no note', NEW.sample_id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'sample.signed-off' AND actor_id = NEW.person_id
                 AND audit.field(entry, '{data,sample}') = NEW.sample_id AND audit.field(entry, '{data,paper}') = NEW.paper) THEN
    RAISE EXCEPTION 'no entry of the log records this sign-off' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON audit.sample_sign_off FOR EACH ROW EXECUTE FUNCTION audit.guard_sample_sign_off();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.sample FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.sample_item FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.sample_note FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.sample_sign_off FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

REVOKE ALL ON audit.sample, audit.sample_item, audit.sample_note, audit.sample_sign_off FROM PUBLIC;
REVOKE ALL ON FUNCTION audit.population(text, timestamptz, timestamptz, text, text[], timestamptz),
  audit.population_mark(text, timestamptz, timestamptz, text, text[], timestamptz), audit.sample_rank(text, text),
  audit.require_auditor(text), audit.guard_sample(), audit.draw_sample(), audit.guard_sample_note(), audit.guard_sample_sign_off() FROM PUBLIC;
GRANT SELECT ON audit.sample, audit.sample_item, audit.sample_note, audit.sample_sign_off TO countersign_web;
GRANT EXECUTE ON FUNCTION audit.population(text, timestamptz, timestamptz, text, text[], timestamptz),
  audit.population_mark(text, timestamptz, timestamptz, text, text[], timestamptz), audit.sample_rank(text, text) TO countersign_web;
GRANT INSERT (id, kind, from_at, to_at, environment, projects, seed, size, population, digest, account_id, person_id, event_id)
  ON audit.sample TO countersign_web;
GRANT INSERT (id, sample_id, n, verdict, words, account_id, person_id, event_id) ON audit.sample_note TO countersign_web;
GRANT INSERT (sample_id, conclusion, paper, account_id, person_id, event_id) ON audit.sample_sign_off TO countersign_web;

-- What auditors page through by time.
CREATE INDEX intent_first ON rel.intent (created_at DESC, release_id DESC) WHERE n = 1;
CREATE INDEX deployment_outside ON catalog.deployment (deployed_at DESC, id DESC) WHERE cause <> 'release';
CREATE INDEX accounted_history ON rel.accounted (application_id, uid, history_id);
CREATE INDEX release_created ON rel.release (created_at DESC, id DESC);
CREATE INDEX break_glass_created ON rel.break_glass (created_at DESC, release_id DESC);
CREATE INDEX finding_found ON rel.finding (found_at DESC, id DESC);
CREATE INDEX freeze_override_created ON rel.freeze_override (created_at DESC, id DESC);
CREATE INDEX policy_proposal_created ON rel.policy_proposal (created_at DESC, id DESC);
