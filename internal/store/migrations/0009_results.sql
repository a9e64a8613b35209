-- +goose Up
-- Who said last that the result of an inspection is still awaited, and when; who said on which
-- day it could not be done, where it was given another day then.
ALTER TABLE inspections ADD COLUMN awaited_by TEXT NOT NULL DEFAULT '';
ALTER TABLE inspections ADD COLUMN awaited_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inspections ADD COLUMN missed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE inspections ADD COLUMN missed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inspections ADD COLUMN missed_day TEXT NOT NULL DEFAULT '';

-- Who said first on a day of a visit that the team is at the factory.
CREATE TABLE arrivals (
  workspace  TEXT NOT NULL,
  visit      BIGINT NOT NULL,
  day        TEXT NOT NULL,   -- at the factory
  said_by    TEXT NOT NULL,
  said_at    BIGINT NOT NULL,
  ts         TEXT NOT NULL,   -- of the note in the visit's thread; '' while there is none
  PRIMARY KEY (workspace, visit, day)
);
