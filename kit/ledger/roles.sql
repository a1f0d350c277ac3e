-- The roles of a team's ledger. `kit leaderboard setup` runs this; so does psql, as the owner of the tables.
--
--   kit_player  records and ranks submissions, and cannot read a private score;
--   kit_host    has the answers and reads private scores too.
--
-- Then, for each member:  CREATE ROLE anna LOGIN PASSWORD '...';  GRANT kit_player TO anna;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kit_player') THEN CREATE ROLE kit_player NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kit_host') THEN CREATE ROLE kit_host NOLOGIN; END IF;
END
$$;

REVOKE ALL ON submissions, private_scores, contest_scores, files, reveals, alembic_version FROM PUBLIC;

GRANT SELECT ON alembic_version TO kit_player, kit_host;
GRANT SELECT, INSERT, UPDATE ON submissions, contest_scores TO kit_player, kit_host;
GRANT SELECT, INSERT ON files, reveals TO kit_player, kit_host;

-- A player writes private scores, since whoever scores a file has the answers, and reads nothing but whose they are.
GRANT INSERT, UPDATE ON private_scores TO kit_player;
GRANT SELECT (task, metric, file_sha256, answers_sha256, time) ON private_scores TO kit_player;
GRANT SELECT, INSERT, UPDATE ON private_scores TO kit_host;
