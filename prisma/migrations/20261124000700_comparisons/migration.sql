-- Manifests of two applications beside each other, on demand. The web asks; the worker, which alone may ask Argo CD,
-- renders and stores what it found, masked, for an hour.
CREATE TABLE catalog.comparison (
  id                text PRIMARY KEY CHECK (id ~ '^cmp_[0-9a-z]+$'),
  left_application  text NOT NULL REFERENCES catalog.application (id),
  left_revisions    text[] NOT NULL CHECK (cardinality(left_revisions) BETWEEN 1 AND 20),
  right_application text NOT NULL REFERENCES catalog.application (id),
  right_revisions   text[] NOT NULL CHECK (cardinality(right_revisions) BETWEEN 1 AND 20),
  requested_by      text NOT NULL REFERENCES access.account (id),
  requested_at      timestamptz NOT NULL DEFAULT now(),
  expires_at        timestamptz NOT NULL DEFAULT now() + interval '1 hour',
  state             text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'rendering', 'done', 'failed')),
  claimed_at        timestamptz,
  problem           text,
  diff              jsonb,
  CONSTRAINT done_has_a_diff CHECK ((state = 'done') = (diff IS NOT NULL)),
  CONSTRAINT failed_says_why CHECK ((state = 'failed') = (problem IS NOT NULL))
);
CREATE INDEX comparison_of ON catalog.comparison (left_application, right_application, requested_at DESC);
CREATE INDEX comparison_asked_by ON catalog.comparison (requested_by, requested_at);
CREATE INDEX comparison_open ON catalog.comparison (requested_at) WHERE state IN ('asked', 'rendering');
CREATE INDEX comparison_expires ON catalog.comparison (expires_at);

-- Only what ran there once is rendered, whoever asks: no branch, no commit of somebody's choice.
CREATE FUNCTION catalog.guard_comparison() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM catalog.deployment d WHERE d.application_id = NEW.left_application AND d.revisions = NEW.left_revisions)
    OR NOT EXISTS (SELECT FROM catalog.deployment d WHERE d.application_id = NEW.right_application AND d.revisions = NEW.right_revisions) THEN
    RAISE EXCEPTION 'only revisions that were deployed are compared' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON catalog.comparison FOR EACH ROW EXECUTE FUNCTION catalog.guard_comparison();

GRANT SELECT ON catalog.comparison TO countersign_web, countersign_worker;
GRANT INSERT (id, left_application, left_revisions, right_application, right_revisions, requested_by)
  ON catalog.comparison TO countersign_web;
GRANT UPDATE (state, claimed_at, problem, diff) ON catalog.comparison TO countersign_worker;
GRANT DELETE ON catalog.comparison TO countersign_worker;
