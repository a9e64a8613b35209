-- +goose Up
-- At most one row, in a SQLite file: all of it was moved to PostgreSQL, and nobody opens it any more.
CREATE TABLE moved (
  workspace TEXT NOT NULL,   -- '': a move is of all of them
  moved_to  TEXT NOT NULL,   -- the address, without its password
  moved_at  BIGINT NOT NULL,
  PRIMARY KEY (workspace)
);
