-- The pause switch: no intent is written while one is on, whoever approved the release and whatever the worker believes.
-- The approval stays, and the release goes on by itself when somebody resumes.

-- A stop is a row, its end another one; both are written once.
CREATE TABLE rel.pause (
  id             text PRIMARY KEY CHECK (id ~ '^pau_[0-9a-z]+$'),
  scope          text NOT NULL CHECK (scope IN ('all', 'instance', 'project', 'application')),
  instance       text REFERENCES catalog.instance (name),
  project        text CHECK (length(project) BETWEEN 1 AND 253),
  application_id text REFERENCES catalog.application (id),
  reason         text NOT NULL CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  account_id     text NOT NULL,
  person_id      text NOT NULL,
  event_id       text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at     timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id),
  CONSTRAINT a_pause_names_its_scope CHECK (CASE scope
    WHEN 'all' THEN num_nonnulls(instance, project, application_id) = 0
    WHEN 'instance' THEN instance IS NOT NULL AND num_nonnulls(project, application_id) = 0
    WHEN 'project' THEN project IS NOT NULL AND num_nonnulls(instance, application_id) = 0
    ELSE application_id IS NOT NULL AND num_nonnulls(instance, project) = 0 END)
);

CREATE TABLE rel.resumption (
  pause_id   text PRIMARY KEY REFERENCES rel.pause (id),
  reason     text NOT NULL CHECK (length(btrim(reason)) BETWEEN 3 AND 2000),
  account_id text NOT NULL,
  person_id  text NOT NULL,
  event_id   text NOT NULL UNIQUE REFERENCES audit.event (id) DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (account_id, person_id) REFERENCES access.account (id, person_id)
);

-- A pause waits for the intents that are being written, and every later intent sees it.
CREATE FUNCTION rel.lock_holds(alone boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF alone THEN PERFORM pg_advisory_xact_lock(hashtextextended('rel.holds', 0));
  ELSE PERFORM pg_advisory_xact_lock_shared(hashtextextended('rel.holds', 0)); END IF;
END $$;

CREATE FUNCTION rel.guard_hold_entry(wanted_account text, wanted_person text, wanted_event text, wanted_type text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM access.account WHERE id = wanted_account AND enabled AND kind = 'person') THEN
    RAISE EXCEPTION 'only an enabled account of a person does this' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT FROM audit.event WHERE id = wanted_event AND type = wanted_type AND actor_id = wanted_person) THEN
    RAISE EXCEPTION 'no entry of the log records this (%)', wanted_type USING ERRCODE = 'check_violation';
  END IF;
END $$;

CREATE FUNCTION rel.guard_pause_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rel.lock_holds(true);
  PERFORM rel.guard_hold_entry(NEW.account_id, NEW.person_id, NEW.event_id, 'pause.' || TG_ARGV[0]);
  NEW.created_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON rel.pause FOR EACH ROW EXECUTE FUNCTION rel.guard_pause_insert('started');
CREATE TRIGGER guard BEFORE INSERT ON rel.resumption FOR EACH ROW EXECUTE FUNCTION rel.guard_pause_insert('ended');

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.pause FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rel.resumption FOR EACH STATEMENT EXECUTE FUNCTION rel.refuse_change();

-- The pauses that are on.
CREATE VIEW rel.pause_now WITH (security_invoker = true) AS
  SELECT p.* FROM rel.pause p WHERE NOT EXISTS (SELECT FROM rel.resumption r WHERE r.pause_id = p.id);

-- What holds the releases of this application back at this moment, oldest first; nothing when they may go.
CREATE FUNCTION rel.holds(wanted_application text) RETURNS TABLE (kind text, id text) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
  SELECT 'pause', p.id FROM rel.pause_now p JOIN catalog.application a ON a.id = wanted_application
  WHERE p.scope = 'all' OR p.instance = a.instance OR p.project = a.project OR p.application_id = a.id
  ORDER BY p.id;
END $$;

-- Also the second intent: what is held back is not sent again either.
CREATE FUNCTION rel.guard_pause() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE hold record;
BEGIN
  PERFORM rel.lock_holds(false);
  SELECT h.* INTO hold FROM rel.release r, rel.holds(r.application_id) h WHERE r.id = NEW.release_id LIMIT 1;
  IF hold.kind IS NOT NULL THEN
    RAISE EXCEPTION 'release % is held back: % %', NEW.release_id, hold.kind, hold.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_pause BEFORE INSERT ON rel.intent FOR EACH ROW EXECUTE FUNCTION rel.guard_pause();

GRANT SELECT ON rel.pause, rel.resumption, rel.pause_now TO countersign_web, countersign_worker;
GRANT INSERT (id, scope, instance, project, application_id, reason, account_id, person_id, event_id) ON rel.pause TO countersign_web;
GRANT INSERT (pause_id, reason, account_id, person_id, event_id) ON rel.resumption TO countersign_web;
