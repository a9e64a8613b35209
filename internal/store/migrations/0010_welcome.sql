-- +goose Up
-- Who asked for tips, '' where nobody did or it is not known: they hear when the tips cannot come.
ALTER TABLE schedules ADD COLUMN made_by TEXT NOT NULL DEFAULT '';

-- Who was told what the app does, so that nobody is told twice.
CREATE TABLE welcomed (
  workspace   TEXT NOT NULL,
  person      TEXT NOT NULL,
  welcomed_at BIGINT NOT NULL,
  PRIMARY KEY (workspace, person)
);
