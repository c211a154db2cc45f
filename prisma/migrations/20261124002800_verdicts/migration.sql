-- Whether a release did harm, at fixed moments after it, once each. The inputs are kept, so that anybody can work it out again.

CREATE TABLE rel.verdict (
  release_id    text NOT NULL REFERENCES rel.release (id),
  -- Minutes after the pods were ready.
  checkpoint    int NOT NULL CHECK (checkpoint IN (5, 15, 60, 1440)),
  -- Of the method; a later one judges later releases.
  version       int NOT NULL,
  answer        text NOT NULL CHECK (answer IN ('worse', 'no-change', 'improved', 'inconclusive')),
  document      jsonb NOT NULL,
  -- JSON of everything that was judged, queries included; gzip.
  inputs        bytea NOT NULL,
  inputs_digest text NOT NULL CHECK (inputs_digest ~ '^[0-9a-f]{64}$'),
  event_id      text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  judged_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (release_id, checkpoint)
);

CREATE FUNCTION rel.guard_verdict() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r rel.release;
BEGIN
  SELECT * INTO r FROM rel.release WHERE id = NEW.release_id;
  IF r.state NOT IN ('succeeded', 'degraded') OR now() < r.finished_at + NEW.checkpoint * interval '1 minute' THEN
    RAISE EXCEPTION 'release % is not to be judged yet', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = NEW.event_id AND type = 'release.verdict' AND release_id = NEW.release_id
                 AND actor_kind = 'worker' AND audit.field(entry, '{data,inputs}') = NEW.inputs_digest
                 AND audit.field(entry, '{data,answer}') = NEW.answer) THEN
    RAISE EXCEPTION 'no entry of the log records this verdict' USING ERRCODE = 'check_violation';
  END IF;
  NEW.judged_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.verdict FOR EACH ROW EXECUTE FUNCTION rel.guard_verdict();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.verdict
  FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

-- Releases of the last day, among which the worker looks for those that are due.
CREATE INDEX release_finished ON rel.release (finished_at) WHERE state IN ('succeeded', 'degraded');

GRANT SELECT ON rel.verdict TO countersign_web, countersign_worker;
GRANT INSERT (release_id, checkpoint, version, answer, document, inputs, inputs_digest, event_id) ON rel.verdict TO countersign_worker;
