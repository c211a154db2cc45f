-- Accounts and database for a PostgreSQL of your own. Run once as a superuser; put in your own passwords:
--   psql --file deploy/roles.sql -v web=… -v worker=… -v signer=… -v migrate=…

-- Owns everything, and signs in to nothing.
CREATE ROLE countersign_owner NOLOGIN;
-- One account for each process; migrations give each the rights it needs, and no more.
CREATE ROLE countersign_web LOGIN PASSWORD :'web';
CREATE ROLE countersign_worker LOGIN PASSWORD :'worker';
CREATE ROLE countersign_signer LOGIN PASSWORD :'signer';
-- Acts as the owner while npm run migrate runs; no process uses it.
CREATE ROLE countersign_migrate LOGIN PASSWORD :'migrate' IN ROLE countersign_owner;

CREATE DATABASE countersign OWNER countersign_owner;
REVOKE ALL ON DATABASE countersign FROM PUBLIC;
GRANT CONNECT ON DATABASE countersign TO countersign_web, countersign_worker, countersign_signer;
