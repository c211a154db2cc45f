-- A rollback is a release whose plan is of an earlier deployment of the same application. Which one stands in the plan, so
-- people sign it; a release and its plan must agree on it, and only what ran here can be in such a plan.

ALTER TABLE rel.release
  ADD COLUMN rollback_to text REFERENCES catalog.deployment (id),
  -- What made somebody ask: an incident or a ticket by its name, or a release that did harm.
  ADD COLUMN occasion text CHECK (occasion IN ('incident', 'ticket', 'release')),
  ADD COLUMN occasion_ref text CHECK (length(btrim(occasion_ref)) BETWEEN 1 AND 200),
  ADD COLUMN harm_release text,
  ADD CONSTRAINT harm_of_application FOREIGN KEY (harm_release, application_id) REFERENCES rel.release (id, application_id),
  ADD CONSTRAINT a_rollback_has_an_occasion CHECK (CASE
    WHEN rollback_to IS NULL THEN num_nonnulls(occasion, occasion_ref, harm_release) = 0
    WHEN occasion = 'release' THEN harm_release IS NOT NULL AND occasion_ref IS NULL
    ELSE occasion IS NOT NULL AND occasion_ref IS NOT NULL AND harm_release IS NULL END);
CREATE INDEX release_rollback ON rel.release (rollback_to) WHERE rollback_to IS NOT NULL;

-- The ways back that are prepared, one row each: the worker makes the newest with every deployment, others are asked for.
CREATE TABLE rel.prepared_rollback (
  application_id text NOT NULL REFERENCES catalog.application (id),
  deployment_id  text NOT NULL REFERENCES catalog.deployment (id),
  -- By people, on the page; null for what the worker prepares by itself.
  asked_at       timestamptz,
  plan_digest    text,
  -- Why there is no plan, in a sentence.
  problem        text,
  -- Digest of all that the plan was made from: while it is the same, so is the plan.
  basis          text,
  prepared_at    timestamptz,
  PRIMARY KEY (application_id, deployment_id),
  FOREIGN KEY (plan_digest, application_id) REFERENCES rel.plan (digest, application_id),
  CONSTRAINT prepared_or_not CHECK (plan_digest IS NULL OR problem IS NULL)
);

CREATE FUNCTION rel.ask_rollback() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM catalog.deployment WHERE id = NEW.deployment_id AND application_id = NEW.application_id) THEN
    RAISE EXCEPTION 'deployment % is not of application %', NEW.deployment_id, NEW.application_id USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.application_id, NEW.deployment_id) IS DISTINCT FROM (OLD.application_id, OLD.deployment_id) THEN
    RAISE EXCEPTION 'what is prepared keeps its deployment' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.asked_at IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.asked_at IS DISTINCT FROM OLD.asked_at) THEN
    NEW.asked_at := clock_timestamp();
    -- The planner looks at the application next.
    UPDATE catalog.application SET plan_checked_at = NULL WHERE id = NEW.application_id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER ask BEFORE INSERT OR UPDATE ON rel.prepared_rollback FOR EACH ROW EXECUTE FUNCTION rel.ask_rollback();

-- A plan back is of a deployment that ran here, in this life of the application, is known, and is over.
CREATE FUNCTION rel.guard_rollback_plan() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE body jsonb; d catalog.deployment;
BEGIN
  body := convert_from(NEW.body, 'UTF8')::jsonb;
  IF body -> 'rollback' IS NULL THEN RETURN NEW; END IF;
  SELECT * INTO d FROM catalog.deployment WHERE id = body #>> '{rollback,deployment}';
  IF d.id IS NULL OR d.application_id <> NEW.application_id OR d.application_uid IS DISTINCT FROM body ->> 'uid'
     OR d.known_from = 'inferred' OR to_jsonb(d.revisions) IS DISTINCT FROM body -> 'revisions' THEN
    RAISE EXCEPTION 'plan % goes back to what never ran here', NEW.digest USING ERRCODE = 'check_violation';
  END IF;
  IF upper_inf(d.during) THEN
    RAISE EXCEPTION 'plan % goes back to what runs now', NEW.digest USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER rollback BEFORE INSERT ON rel.plan FOR EACH ROW EXECUTE FUNCTION rel.guard_rollback_plan();

CREATE FUNCTION rel.guard_rollback() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE target text;
BEGIN
  SELECT convert_from(p.body, 'UTF8')::jsonb #>> '{rollback,deployment}' INTO target FROM rel.plan p WHERE p.digest = NEW.plan_digest;
  IF target IS DISTINCT FROM NEW.rollback_to THEN
    RAISE EXCEPTION 'release % and its plan do not go back to the same deployment', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.rollback_to IS NOT NULL AND NOT EXISTS (SELECT FROM rel.prepared_rollback p WHERE p.application_id = NEW.application_id
       AND p.deployment_id = NEW.rollback_to AND p.plan_digest = NEW.plan_digest) THEN
    RAISE EXCEPTION 'plan % is not the prepared way back', NEW.plan_digest USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER rollback BEFORE INSERT ON rel.release FOR EACH ROW EXECUTE FUNCTION rel.guard_rollback();

-- What an application was rolled back to, until another release is synced: the matrix says so beside "behind".
ALTER TABLE catalog.application ADD COLUMN rolled_back_to text[];
CREATE FUNCTION rel.note_rolled_back() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE catalog.application SET rolled_back_to = CASE WHEN NEW.rollback_to IS NOT NULL THEN
    (SELECT d.revisions FROM catalog.deployment d WHERE d.id = NEW.rollback_to) END
  WHERE id = NEW.application_id AND (NEW.rollback_to IS NOT NULL OR rolled_back_to IS NOT NULL);
  RETURN NULL;
END $$;
CREATE TRIGGER rolled_back AFTER UPDATE OF state ON rel.release FOR EACH ROW
  WHEN (NEW.state IN ('verifying', 'succeeded', 'degraded') AND OLD.state NOT IN ('verifying', 'succeeded', 'degraded')) EXECUTE FUNCTION rel.note_rolled_back();

GRANT SELECT ON rel.prepared_rollback TO countersign_web, countersign_worker;
GRANT INSERT (application_id, deployment_id, asked_at), UPDATE (asked_at) ON rel.prepared_rollback TO countersign_web;
GRANT INSERT (application_id, deployment_id, plan_digest, problem, basis, prepared_at),
  UPDATE (plan_digest, problem, basis, prepared_at) ON rel.prepared_rollback TO countersign_worker;
GRANT INSERT (rollback_to, occasion, occasion_ref, harm_release) ON rel.release TO countersign_web;
