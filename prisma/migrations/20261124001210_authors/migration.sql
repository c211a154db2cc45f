-- Whoever wrote or committed a part of what a release brings does not approve it. Who that is comes from Git by the worker,
-- is frozen with the release by a trigger at the request, and is asked again with every decision and every count: the web
-- role writes none of it.

-- Every address a person has ever signed in with. A change of address at the provider makes nobody another author.
CREATE TABLE access.person_email (
  person_id text NOT NULL REFERENCES access.person (id),
  address   text NOT NULL CHECK (address = lower(btrim(address)) AND address <> ''),
  -- Whether the provider vouched for it: only then is an author of this address known.
  verified  boolean NOT NULL,
  seen_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (person_id, address)
);
CREATE INDEX person_email_address ON access.person_email (address);
ALTER TABLE access.person_detail ADD COLUMN email_verified boolean NOT NULL DEFAULT false;

CREATE FUNCTION access.keep_email() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.email IS NOT NULL AND btrim(NEW.email) <> '' THEN
    INSERT INTO access.person_email (person_id, address, verified) VALUES (NEW.person_id, lower(btrim(NEW.email)), NEW.email_verified)
      ON CONFLICT (person_id, address) DO UPDATE SET verified = access.person_email.verified OR EXCLUDED.verified
      WHERE NOT access.person_email.verified AND EXCLUDED.verified;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_email AFTER INSERT OR UPDATE OF email, email_verified ON access.person_detail
  FOR EACH ROW EXECUTE FUNCTION access.keep_email();
INSERT INTO access.person_email (person_id, address, verified)
  SELECT person_id, lower(btrim(email)), false FROM access.person_detail WHERE btrim(email) <> '';

-- What Git said of the people behind a plan. A later look (Git was away, a merge was recorded since) is another round.
CREATE TABLE rel.plan_authors (
  plan_digest text NOT NULL REFERENCES rel.plan (digest),
  round       int NOT NULL CHECK (round >= 1),
  -- [{role, name, address, revision}]; `address` is null where the Git host keeps it to itself.
  people      jsonb NOT NULL CHECK (jsonb_typeof(people) = 'array'),
  -- Why there may be others, one sentence each. Empty: these are all.
  incomplete  text[] NOT NULL,
  event_id    text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (plan_digest, round)
);
CREATE FUNCTION rel.guard_plan_authors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'plan.authors') THEN
    RAISE EXCEPTION 'no entry of the log records these authors' USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.plan_authors FOR EACH ROW EXECUTE FUNCTION rel.guard_plan_authors();

CREATE TABLE rel.release_author (
  release_id text NOT NULL REFERENCES rel.release (id),
  n          int NOT NULL,
  role       text NOT NULL CHECK (role IN ('author', 'committer', 'co-author', 'merge-author', 'merger', 'unknown')),
  name       text NOT NULL,
  address    text,
  revision   text,
  person_id  text REFERENCES access.person (id),
  -- False where nobody can say who that is: a policy then blocks, or asks for one more approval.
  known      boolean NOT NULL,
  PRIMARY KEY (release_id, n)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.release_author
  FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

-- Who is behind a plan by what is known now: one row a person, or one without a person. `merge-author` and `merger` count
-- where the Git host tells them; the commits themselves always have to be known.
CREATE FUNCTION rel.authors_of_plan(wanted text)
RETURNS TABLE (role text, name text, address text, revision text, person_id text, known boolean) LANGUAGE sql STABLE AS $$
  WITH latest AS (SELECT * FROM rel.plan_authors WHERE plan_digest = wanted ORDER BY round DESC LIMIT 1)
  SELECT p ->> 'role', coalesce(p ->> 'name', ''), lower(btrim(p ->> 'address')), p ->> 'revision', e.person_id,
         CASE WHEN p ->> 'role' IN ('merge-author', 'merger') AND p ->> 'address' IS NULL THEN true ELSE coalesce(bool_or(e.verified)
           OVER (PARTITION BY lower(btrim(p ->> 'address'))), false) END
  FROM latest, jsonb_array_elements(latest.people) p LEFT JOIN access.person_email e ON e.address = lower(btrim(p ->> 'address'))
  UNION ALL
  SELECT 'unknown', why, NULL, NULL, NULL, false FROM latest, unnest(latest.incomplete) why
$$;

CREATE FUNCTION rel.freeze_authors() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM rel.plan_authors WHERE plan_digest = NEW.plan_digest) THEN
    RAISE EXCEPTION 'nobody has looked who wrote plan %', NEW.plan_digest USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO rel.release_author (release_id, n, role, name, address, revision, person_id, known)
    SELECT NEW.id, row_number() OVER (), a.* FROM rel.authors_of_plan(NEW.plan_digest) a;
  IF EXISTS (SELECT FROM rel.release_author WHERE release_id = NEW.id AND NOT known) THEN
    IF NEW.policy ->> 'unknownAuthor' IS DISTINCT FROM 'one-more-approval' THEN
      RAISE EXCEPTION 'not everybody who wrote plan % is known', NEW.plan_digest USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.required_approvals <= greatest((NEW.policy ->> 'approvals')::int, (SELECT coalesce(sum((e ->> 'count')::int), 0)
         FROM jsonb_array_elements(coalesce(NEW.policy -> 'groups', '[]')) e)) THEN
      RAISE EXCEPTION 'release % needs one more approval for an author whom nobody knows', NEW.id USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER policy_authors AFTER INSERT ON rel.release FOR EACH ROW
  WHEN ((NEW.policy ->> 'excludeAuthors') = 'true') EXECUTE FUNCTION rel.freeze_authors();

-- By person as frozen, and by every address that this person has had: whoever signs in later, or under another address,
-- is still the author.
CREATE FUNCTION rel.is_author(wanted text, person text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM rel.release_author a WHERE a.release_id = wanted AND (a.person_id = person
    OR a.address IN (SELECT e.address FROM access.person_email e WHERE e.person_id = person)))
$$;

CREATE FUNCTION rel.refuse_author() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF rel.is_author(NEW.release_id, NEW.person_id) THEN
    RAISE EXCEPTION 'person % wrote a part of what release % brings', NEW.person_id, NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER policy_refuse_author BEFORE INSERT ON rel.decision FOR EACH ROW WHEN (NEW.kind = 'approve')
  EXECUTE FUNCTION rel.refuse_author();

-- As before, without those who turned out to be authors after they approved.
CREATE OR REPLACE FUNCTION rel.approvals(wanted text) RETURNS bigint LANGUAGE sql STABLE AS $$
  WITH release AS (SELECT required_approvals AS required, policy FROM rel.release WHERE id = wanted),
  vote AS (SELECT d.person_id, d.groups FROM rel.decision d JOIN access.account a ON a.id = d.account_id
           WHERE d.release_id = wanted AND d.kind = 'approve' AND a.enabled AND a.kind = 'person'
             AND NOT rel.is_author(wanted, d.person_id)),
  demand AS (SELECT (row_number() OVER ())::int - 1 AS i, e ->> 'group' AS name, (e ->> 'count')::int AS n
             FROM release, jsonb_array_elements(coalesce(policy -> 'groups', '[]')) e),
  subset AS (SELECT sum(d.n) AS asked, array_agg(d.name) AS names
             FROM generate_series(1, (1 << (SELECT count(*)::int FROM demand)) - 1) AS mask JOIN demand d ON (mask >> d.i) & 1 = 1
             GROUP BY mask),
  lack AS (SELECT coalesce(max(asked - (SELECT count(*) FROM vote WHERE vote.groups && subset.names)), 0) AS n FROM subset)
  SELECT CASE WHEN EXISTS (SELECT FROM rel.decision WHERE release_id = wanted AND kind = 'reject') THEN 0
         ELSE (SELECT greatest(0, least((SELECT count(*) FROM vote), release.required - greatest(lack.n, 0)))::bigint FROM release, lack) END
$$;

GRANT SELECT ON access.person_email, rel.plan_authors, rel.release_author TO countersign_web, countersign_worker;
GRANT INSERT (plan_digest, round, people, incomplete, event_id) ON rel.plan_authors TO countersign_worker;
GRANT UPDATE (email_verified) ON access.person_detail TO countersign_web;

-- Why it takes more people than the policy names, in words; each stands for one more.
ALTER TABLE rel.release ADD COLUMN raised text[] NOT NULL DEFAULT '{}';
GRANT INSERT (raised) ON rel.release TO countersign_web;
