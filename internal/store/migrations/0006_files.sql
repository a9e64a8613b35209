-- +goose Up
-- Who has a visit or an inspection in their calendar, from a file that was sent to them, and what the
-- file says. It is replaced when that is no longer so.
CREATE TABLE calendar_files (
  workspace TEXT NOT NULL,
  subject   TEXT NOT NULL,
  person    TEXT NOT NULL,
  first_day TEXT NOT NULL,
  last_day  TEXT NOT NULL,
  off       BOOLEAN NOT NULL, -- it says that it does not take place
  PRIMARY KEY (workspace, subject, person)
);
