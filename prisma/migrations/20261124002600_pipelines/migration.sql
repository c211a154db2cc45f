-- Releases that a pipeline asked for: which job it was, as the CI server's own token said. Whoever started the job counts
-- among those who had a hand in it, and approves no more than a requester does.

CREATE TABLE rel.pipeline_job (
  release_id   text PRIMARY KEY REFERENCES rel.release (id),
  issuer       text NOT NULL CHECK (issuer <> ''),
  project_id   text NOT NULL CHECK (project_id <> ''),
  project_path text NOT NULL,
  pipeline_id  text NOT NULL,
  job_id       text NOT NULL,
  ref          text NOT NULL,
  sha          text NOT NULL,
  token        text NOT NULL,
  user_id      text NOT NULL,
  user_login   text NOT NULL,
  user_email   text CHECK (user_email = lower(btrim(user_email)) AND user_email <> ''),
  created_at   timestamptz NOT NULL DEFAULT now(),
  -- A token may live as long as its job: it asks once.
  UNIQUE (issuer, job_id, token)
);

CREATE FUNCTION rel.guard_pipeline_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM rel.release r JOIN access.account a ON a.id = r.requester_account
                 WHERE r.id = NEW.release_id AND r.state = 'requested' AND a.kind = 'service' AND a.issuer = NEW.issuer
                   AND a.subject = 'project:' || NEW.project_id) THEN
    RAISE EXCEPTION 'release % was not requested by that pipeline', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM rel.release r JOIN audit.event e ON e.id = r.event_id WHERE r.id = NEW.release_id
                 AND audit.field(e.entry, '{data,pipeline,job}') = NEW.job_id AND audit.field(e.entry, '{data,pipeline,token}') = NEW.token) THEN
    RAISE EXCEPTION 'the entry of release % does not name that job', NEW.release_id USING ERRCODE = 'check_violation';
  END IF;
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.pipeline_job FOR EACH ROW EXECUTE FUNCTION rel.guard_pipeline_job();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.pipeline_job
  FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

ALTER TABLE rel.release_author DROP CONSTRAINT release_author_role_check,
  ADD CONSTRAINT release_author_role_check
    CHECK (role IN ('author', 'committer', 'co-author', 'merge-author', 'merger', 'runner', 'unknown'));

-- Frozen beside the authors, so that rel.is_author keeps them from approving and from being counted.
CREATE FUNCTION rel.freeze_runner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO rel.release_author (release_id, n, role, name, address, revision, person_id, known)
    SELECT NEW.release_id, 1 + coalesce((SELECT max(n) FROM rel.release_author WHERE release_id = NEW.release_id), 0), 'runner',
      NEW.user_login, NEW.user_email, NEW.sha, (SELECT person_id FROM access.person_email WHERE address = NEW.user_email LIMIT 1), true;
  RETURN NULL;
END $$;
CREATE TRIGGER freeze_runner AFTER INSERT ON rel.pipeline_job FOR EACH ROW EXECUTE FUNCTION rel.freeze_runner();

-- At the end of the transaction, because the release comes first.
CREATE FUNCTION rel.require_pipeline_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM access.account WHERE id = NEW.requester_account AND kind = 'service')
     AND NOT EXISTS (SELECT FROM rel.pipeline_job WHERE release_id = NEW.id) THEN
    RAISE EXCEPTION 'release % was requested by a pipeline, and nothing says which job', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER pipeline_job AFTER INSERT ON rel.release DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION rel.require_pipeline_job();

GRANT SELECT ON rel.pipeline_job TO countersign_web, countersign_worker;
GRANT INSERT (release_id, issuer, project_id, project_path, pipeline_id, job_id, ref, sha, token, user_id, user_login, user_email)
  ON rel.pipeline_job TO countersign_web;
