-- Whoever approved may take it back until the intent: the release ends, because decisions are never taken out again. Before,
-- only an approved release could be revoked, and Postgres did not ask by whom.

INSERT INTO rel.transition (from_state, to_state, role) VALUES ('requested', 'revoked', 'countersign_web');

-- The worker revokes too, when an approval stopped counting; the web only for one of those who approved.
CREATE FUNCTION rel.guard_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM audit.event e JOIN rel.decision d ON d.release_id = NEW.id AND d.person_id = e.actor_id
                 WHERE e.id = NEW.event_id AND d.kind = 'approve') THEN
    RAISE EXCEPTION 'only who approved release % can revoke it', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_revocation BEFORE UPDATE ON rel.release FOR EACH ROW
  WHEN (NEW.state = 'revoked' AND OLD.state <> 'revoked' AND current_user = 'countersign_web') EXECUTE FUNCTION rel.guard_revocation();
