-- Saved views of the matrix: an address under a name. Changed by their owner only; seen by a group when shared with it.
CREATE TABLE access.view (
  id          text PRIMARY KEY CHECK (id ~ '^vie_[0-9a-z]+$'),
  account_id  text NOT NULL REFERENCES access.account (id),
  name        text NOT NULL CHECK (name = btrim(name) AND length(name) BETWEEN 1 AND 80),
  -- What stands behind the question mark of the address, as our own parser writes it.
  query       text NOT NULL CHECK (length(query) <= 2000),
  shared_with text CHECK (shared_with <> '' AND length(shared_with) <= 300),
  is_default  boolean NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (account_id, name)
);
CREATE UNIQUE INDEX view_one_default ON access.view (account_id) WHERE is_default;
CREATE INDEX view_shared ON access.view (shared_with) WHERE shared_with IS NOT NULL;

GRANT SELECT, INSERT, DELETE ON access.view TO countersign_web;
GRANT UPDATE (name, query, shared_with, is_default, updated_at) ON access.view TO countersign_web;
