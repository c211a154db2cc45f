-- A sync that failed has applied a part of what it brought, and deployed nothing: the way back from it is what Argo CD
-- still says runs. As before, with this one exception to "what runs now".
CREATE FUNCTION rel.failed_since(d catalog.deployment) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM catalog.attempt t WHERE t.application_id = d.application_id AND t.started_at > lower(d.during)
    AND t.kind = 'sync' AND t.deployment_id IS NULL AND t.phase IN ('Failed', 'Error'))
$$;

CREATE OR REPLACE FUNCTION rel.guard_rollback_plan() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE body jsonb; d catalog.deployment;
BEGIN
  body := convert_from(NEW.body, 'UTF8')::jsonb;
  IF body -> 'rollback' IS NULL THEN RETURN NEW; END IF;
  SELECT * INTO d FROM catalog.deployment WHERE id = body #>> '{rollback,deployment}';
  IF d.id IS NULL OR d.application_id <> NEW.application_id OR d.application_uid IS DISTINCT FROM body ->> 'uid'
     OR d.known_from = 'inferred' OR to_jsonb(d.revisions) IS DISTINCT FROM body -> 'revisions' THEN
    RAISE EXCEPTION 'plan % goes back to what never ran here', NEW.digest USING ERRCODE = 'check_violation';
  END IF;
  IF upper_inf(d.during) AND NOT rel.failed_since(d) THEN
    RAISE EXCEPTION 'plan % goes back to what runs now', NEW.digest USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
