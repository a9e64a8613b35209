-- +goose Up
-- What was asked and not answered well, so that the advice can be completed. Nobody who asked can
-- be found from it: no person, no channel, no time of the day, and names and numbers are struck out.
CREATE TABLE missed (
  workspace TEXT NOT NULL,
  question  TEXT NOT NULL,   -- as it was struck
  day       TEXT NOT NULL,
  got       TEXT NOT NULL,   -- none, weak or unhelpful
  entry     TEXT NOT NULL,   -- id of the first that was found; '' with none
  times     BIGINT NOT NULL,
  PRIMARY KEY (workspace, question, day, got, entry)
);
CREATE INDEX missed_by_day ON missed (day);

-- Nothing that this person asks is kept.
ALTER TABLE people ADD COLUMN unkept BOOLEAN NOT NULL DEFAULT FALSE;
