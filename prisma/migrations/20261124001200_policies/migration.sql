-- Several groups with a quorum each. Whether it is met is a matching (one person counts for one group), decided here by
-- Hall's condition exactly as in lib/releases/quorum.ts, from the groups people held when they decided.

-- The groups of the deciding account at that moment, copied by the trigger below: nobody may write them.
ALTER TABLE rel.decision ADD COLUMN groups text[] NOT NULL DEFAULT '{}';

CREATE FUNCTION rel.freeze_groups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT a.groups INTO STRICT NEW.groups FROM access.account a WHERE a.id = NEW.account_id;
  RETURN NEW;
END $$;
-- Fires after "guard", which has taken the row lock of the release.
CREATE TRIGGER policy_groups BEFORE INSERT ON rel.decision FOR EACH ROW EXECUTE FUNCTION rel.freeze_groups();

-- I1: approvals that count, by distinct people who are enabled now; none once somebody rejected. While places in groups
-- stay empty that many are missing, however many approved: required_approvals is reached only when the matching is whole.
CREATE OR REPLACE FUNCTION rel.approvals(wanted text) RETURNS bigint LANGUAGE sql STABLE AS $$
  WITH release AS (SELECT required_approvals AS required, policy FROM rel.release WHERE id = wanted),
  vote AS (SELECT d.person_id, d.groups FROM rel.decision d JOIN access.account a ON a.id = d.account_id
           WHERE d.release_id = wanted AND d.kind = 'approve' AND a.enabled AND a.kind = 'person'),
  demand AS (SELECT (row_number() OVER ())::int - 1 AS i, e ->> 'group' AS name, (e ->> 'count')::int AS n
             FROM release, jsonb_array_elements(coalesce(policy -> 'groups', '[]')) e),
  subset AS (SELECT sum(d.n) AS asked, array_agg(d.name) AS names
             FROM generate_series(1, (1 << (SELECT count(*)::int FROM demand)) - 1) AS mask JOIN demand d ON (mask >> d.i) & 1 = 1
             GROUP BY mask),
  lack AS (SELECT coalesce(max(asked - (SELECT count(*) FROM vote WHERE vote.groups && subset.names)), 0) AS n FROM subset)
  SELECT CASE WHEN EXISTS (SELECT FROM rel.decision WHERE release_id = wanted AND kind = 'reject') THEN 0
         ELSE (SELECT greatest(0, least((SELECT count(*) FROM vote), release.required - greatest(lack.n, 0)))::bigint FROM release, lack) END
$$;

-- A policy that asks for more people than the release counts, or for more groups than can be tried, is no policy.
CREATE FUNCTION rel.guard_policy() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE groups jsonb := coalesce(NEW.policy -> 'groups', '[]');
BEGIN
  IF jsonb_typeof(groups) <> 'array' OR jsonb_array_length(groups) > 8 THEN
    RAISE EXCEPTION 'a policy names at most eight groups' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT FROM jsonb_array_elements(groups) e
             WHERE jsonb_typeof(e -> 'group') IS DISTINCT FROM 'string' OR jsonb_typeof(e -> 'count') IS DISTINCT FROM 'number'
                OR (e ->> 'count')::numeric NOT BETWEEN 1 AND 9 OR (e ->> 'count')::numeric % 1 <> 0) THEN
    RAISE EXCEPTION 'a group of a policy has a name and a count from 1 to 9' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.required_approvals < greatest((SELECT coalesce(sum((e ->> 'count')::int), 0) FROM jsonb_array_elements(groups) e),
                                       coalesce((NEW.policy ->> 'approvals')::int, 0)) THEN
    RAISE EXCEPTION 'release % asks for fewer approvals than its policy', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER policy_guard BEFORE INSERT ON rel.release FOR EACH ROW EXECUTE FUNCTION rel.guard_policy();
