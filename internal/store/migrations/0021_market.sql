-- +goose Up
-- What somebody heard at a factory about its market. It stays with the factory.
CREATE TABLE market_notes (
  workspace TEXT NOT NULL,
  number    BIGINT NOT NULL,
  rev       BIGINT NOT NULL,
  factory   BIGINT NOT NULL,
  channel   TEXT NOT NULL,
  private   BOOLEAN NOT NULL,
  shared    BOOLEAN NOT NULL,
  zone      TEXT NOT NULL,
  home      TEXT NOT NULL,
  visit     BIGINT NOT NULL, -- on which it was heard; 0 for none
  question  TEXT NOT NULL,   -- id of the entry that it answers; '' for none
  text      TEXT NOT NULL,
  tags      TEXT NOT NULL,   -- JSON
  link      TEXT NOT NULL,
  made_by   TEXT NOT NULL,
  made_at   BIGINT NOT NULL,
  idea      TEXT NOT NULL,   -- how far it has come; '' while the note is none
  owner     TEXT NOT NULL,   -- who looks after the idea
  next_step TEXT NOT NULL,
  due_day   TEXT NOT NULL,
  closed_by TEXT NOT NULL,
  closed_at BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
CREATE INDEX market_notes_at ON market_notes (workspace, factory);
CREATE INDEX market_notes_in ON market_notes (workspace, channel);

-- The questions that a visit has, so that its brief, its checklist and its card say the same.
CREATE TABLE market_questions (
  workspace TEXT NOT NULL,
  visit     BIGINT NOT NULL,
  questions TEXT NOT NULL, -- JSON: ids of entries
  PRIMARY KEY (workspace, visit)
);
