-- +goose Up
-- What one person is to be told or asked in the message that comes to them once a day.
CREATE TABLE asks (
  workspace TEXT NOT NULL,
  person    TEXT NOT NULL,
  kind      TEXT NOT NULL,
  subject   TEXT NOT NULL,
  about     TEXT NOT NULL,   -- what of the subject, such as an item's id; '' is all of it
  data      TEXT NOT NULL,   -- what else the words need
  due_day   TEXT NOT NULL,   -- from when on
  made_at   BIGINT NOT NULL, -- calendar time
  told_day  TEXT NOT NULL,   -- '' while it is to be told
  PRIMARY KEY (workspace, person, kind, subject, about)
);
CREATE INDEX asks_of ON asks (workspace, subject, kind);

-- What somebody wants no reminders of: a visit, an inspection, or a kind of message.
CREATE TABLE pauses (
  workspace TEXT NOT NULL,
  person    TEXT NOT NULL,
  what      TEXT NOT NULL,
  since     BIGINT NOT NULL, -- calendar time
  PRIMARY KEY (workspace, person, what)
);

-- Which reminders of a visit stand in the channel besides its thread; '' is what the settings say.
ALTER TABLE visits ADD COLUMN broadcast TEXT NOT NULL DEFAULT '';

-- Whoever planned a visit is told of the lines that nobody owns.
CREATE INDEX visits_by_planner ON visits (workspace, owner);
CREATE INDEX inspections_by_planner ON inspections (workspace, owner);
