-- Policies change by four eyes. The configuration proposes; what is in force is the set that two people agreed to, and
-- Postgres takes no release under a policy that is not of that set: who has stolen the web cannot ask for fewer approvals.

CREATE TABLE rel.policy_set (
  digest     text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
  -- The rules as configured, in order.
  rules      jsonb NOT NULL CHECK (jsonb_typeof(rules) = 'array'),
  -- Digests of every policy that a release may be frozen with under these rules.
  policies   text[] NOT NULL CHECK (cardinality(policies) >= 1),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE rel.policy_proposal (
  id         text PRIMARY KEY CHECK (id ~ '^pol_[0-9a-z]+$'),
  set_digest text NOT NULL REFERENCES rel.policy_set (digest),
  -- Which activation it was made against: another one in between makes it void.
  base       bigint,
  event_id   text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Taken back, because the configuration says something else by now.
CREATE TABLE rel.policy_withdrawal (
  proposal_id text PRIMARY KEY REFERENCES rel.policy_proposal (id),
  event_id    text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE rel.policy_vote (
  proposal_id text NOT NULL REFERENCES rel.policy_proposal (id),
  person_id   text NOT NULL,
  account_id  text NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('approve', 'reject')),
  reason      text CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  event_id    text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (proposal_id, person_id),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT a_rejection_says_why CHECK (kind = 'approve' OR reason IS NOT NULL)
);

CREATE TABLE rel.policy_activation (
  n           bigint PRIMARY KEY CHECK (n >= 1),
  set_digest  text NOT NULL REFERENCES rel.policy_set (digest),
  -- Null for the first only: what was configured when Countersign was installed.
  proposal_id text UNIQUE REFERENCES rel.policy_proposal (id),
  event_id    text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT only_the_first_is_adopted CHECK ((n = 1) = (proposal_id IS NULL))
);

-- Proposals, votes and activations come one after the other.
CREATE FUNCTION rel.lock_policies() RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('rel.policies', 0))
$$;

CREATE FUNCTION rel.guard_policy_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rel.lock_policies();
  NEW.base := (SELECT max(n) FROM rel.policy_activation);
  NEW.created_at := now();
  IF NEW.base IS NULL THEN RAISE EXCEPTION 'no policies are in force yet' USING ERRCODE = 'check_violation'; END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'policy.proposed' AND actor_kind = 'worker'
                 AND audit.field(entry, '{data,set}') = NEW.set_digest) THEN
    RAISE EXCEPTION 'no entry of the log records this proposal' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.policy_proposal FOR EACH ROW EXECUTE FUNCTION rel.guard_policy_proposal();

CREATE FUNCTION rel.guard_policy_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rel.lock_policies();
  NEW.created_at := now();
  IF EXISTS (SELECT FROM rel.policy_activation WHERE proposal_id = NEW.proposal_id) THEN
    RAISE EXCEPTION 'proposal % is in force already', NEW.proposal_id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'policy.withdrawn'
                 AND audit.field(entry, '{data,proposal}') = NEW.proposal_id) THEN
    RAISE EXCEPTION 'no entry of the log records this withdrawal' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.policy_withdrawal FOR EACH ROW EXECUTE FUNCTION rel.guard_policy_withdrawal();

-- Whether a proposal can still be voted on and come into force.
CREATE FUNCTION rel.policy_open(wanted text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM rel.policy_proposal p WHERE p.id = wanted
    AND p.base = (SELECT max(n) FROM rel.policy_activation)
    AND NOT EXISTS (SELECT FROM rel.policy_withdrawal w WHERE w.proposal_id = p.id)
    AND NOT EXISTS (SELECT FROM rel.policy_vote v WHERE v.proposal_id = p.id AND v.kind = 'reject'))
$$;

CREATE FUNCTION rel.guard_policy_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rel.lock_policies();
  NEW.created_at := now();
  IF NOT rel.policy_open(NEW.proposal_id) THEN
    RAISE EXCEPTION 'proposal % takes no votes any more', NEW.proposal_id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM access.account WHERE id = NEW.account_id AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person decides on policies' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'policy.decided' AND actor_id = NEW.person_id
                 AND audit.field(entry, '{data,proposal}') = NEW.proposal_id AND audit.field(entry, '{data,decision}') = NEW.kind) THEN
    RAISE EXCEPTION 'no entry of the log records this decision' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.policy_vote FOR EACH ROW EXECUTE FUNCTION rel.guard_policy_vote();

CREATE FUNCTION rel.guard_policy_activation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE p rel.policy_proposal;
BEGIN
  PERFORM rel.lock_policies();
  NEW.created_at := now();
  IF NEW.n IS DISTINCT FROM coalesce((SELECT max(n) FROM rel.policy_activation), 0) + 1 THEN
    RAISE EXCEPTION 'activations follow one another' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND audit.field(entry, '{data,set}') = NEW.set_digest
                 AND type = CASE WHEN NEW.n = 1 THEN 'policy.adopted' ELSE 'policy.activated' END) THEN
    RAISE EXCEPTION 'no entry of the log records this activation' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.n = 1 THEN
    -- A release that was requested before this migration is no reason against adopting.
    IF current_user = 'countersign_web' THEN
      RAISE EXCEPTION 'the web adopts no policies' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  SELECT * INTO p FROM rel.policy_proposal WHERE id = NEW.proposal_id;
  IF p.set_digest IS DISTINCT FROM NEW.set_digest OR NOT rel.policy_open(NEW.proposal_id) THEN
    RAISE EXCEPTION 'proposal % cannot come into force', NEW.proposal_id USING ERRCODE = 'check_violation';
  END IF;
  IF (SELECT count(DISTINCT v.person_id) FROM rel.policy_vote v JOIN access.account a ON a.id = v.account_id
      WHERE v.proposal_id = NEW.proposal_id AND v.kind = 'approve' AND a.enabled AND a.kind = 'person') < 2 THEN
    RAISE EXCEPTION 'policies take two people, proposal % has fewer', NEW.proposal_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.policy_activation FOR EACH ROW EXECUTE FUNCTION rel.guard_policy_activation();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.policy_set FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.policy_proposal FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.policy_withdrawal FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.policy_vote FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.policy_activation FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

-- What is frozen into a release is of the set in force. Releases that are open keep what they were requested under.
CREATE FUNCTION rel.require_policy_in_force() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE allowed text[];
BEGIN
  SELECT s.policies INTO allowed FROM rel.policy_activation a JOIN rel.policy_set s ON s.digest = a.set_digest ORDER BY a.n DESC LIMIT 1;
  IF allowed IS NOT NULL AND NOT NEW.policy_digest = ANY (allowed) THEN
    RAISE EXCEPTION 'policy % is not in force', NEW.policy_digest USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER policy_in_force BEFORE INSERT ON rel.release FOR EACH ROW EXECUTE FUNCTION rel.require_policy_in_force();

GRANT SELECT ON rel.policy_set, rel.policy_proposal, rel.policy_withdrawal, rel.policy_vote, rel.policy_activation
  TO countersign_web, countersign_worker;
GRANT INSERT (digest, rules, policies) ON rel.policy_set TO countersign_worker;
GRANT INSERT (id, set_digest, event_id) ON rel.policy_proposal TO countersign_worker;
GRANT INSERT (proposal_id, event_id) ON rel.policy_withdrawal TO countersign_worker;
GRANT INSERT (proposal_id, person_id, account_id, kind, reason, event_id) ON rel.policy_vote TO countersign_web;
GRANT INSERT (n, set_digest, event_id) ON rel.policy_activation TO countersign_worker;
GRANT INSERT (n, set_digest, proposal_id, event_id) ON rel.policy_activation TO countersign_web;
