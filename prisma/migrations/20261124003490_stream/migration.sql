-- How far the log has been handed to a place that collects logs. The worker alone moves it, only forward, and only one
-- worker at a time; what it says is no evidence.

CREATE TABLE audit.stream (
  sink text COLLATE "C" PRIMARY KEY CHECK (length(sink) BETWEEN 1 AND 300),
  -- The number of the first entry that the sink has not acknowledged.
  next bigint NOT NULL DEFAULT 0 CHECK (next >= 0),
  acknowledged_at timestamptz,
  failing_since timestamptz,
  message text CHECK (octet_length(message) <= 2000),
  holder text COLLATE "C",
  held_until timestamptz,
  CHECK ((failing_since IS NULL) = (message IS NULL)),
  CHECK ((holder IS NULL) = (held_until IS NULL))
);

CREATE FUNCTION audit.guard_stream() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.sink <> OLD.sink OR NEW.next < OLD.next) THEN
    RAISE EXCEPTION 'the stream to % goes forward only', OLD.sink USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.next > (SELECT coalesce(max(seq) + 1, 0) FROM audit.log) THEN
    RAISE EXCEPTION 'the stream to % cannot be ahead of the log', NEW.sink USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON audit.stream FOR EACH ROW EXECUTE FUNCTION audit.guard_stream();
CREATE TRIGGER refuse_delete BEFORE DELETE ON audit.stream FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit.stream FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

REVOKE ALL ON audit.stream FROM PUBLIC;
REVOKE ALL ON FUNCTION audit.guard_stream() FROM PUBLIC;
GRANT SELECT ON audit.stream TO countersign_web, countersign_worker, countersign_signer;
GRANT INSERT (sink) ON audit.stream TO countersign_worker;
GRANT UPDATE (next, acknowledged_at, failing_since, message, holder, held_until) ON audit.stream TO countersign_worker;
