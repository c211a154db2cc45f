-- What the matrix is ordered, filtered and counted by, kept as applications change: a page of fifty services must
-- cost the same at a hundred thousand applications as at a thousand.

ALTER TABLE catalog.application
  -- Where the environment stands in the configured order.
  ADD COLUMN environment_order smallint,
  -- Sorts byte by byte as the version does (lib/catalog/version-key.ts); a line for each version that runs.
  ADD COLUMN version_key text COLLATE "C";
