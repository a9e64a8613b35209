-- +goose Up
-- One text for SQLite and PostgreSQL. Instants are BIGINT milliseconds UTC, 0 for none; days are
-- TEXT as 2027-03-15, '' for none; lists that are never searched are JSON in TEXT.
-- Every table begins with the workspace, and every query names it.

CREATE TABLE counters (
  workspace TEXT NOT NULL,
  name      TEXT NOT NULL, -- factory, visit, plan, inspection
  last      BIGINT NOT NULL,
  PRIMARY KEY (workspace, name)
);

CREATE TABLE factories (
  workspace TEXT NOT NULL,
  number    BIGINT NOT NULL,
  name      TEXT NOT NULL,
  chinese   TEXT NOT NULL,
  city      TEXT NOT NULL,
  address   TEXT NOT NULL,
  zone      TEXT NOT NULL,
  contacts  TEXT NOT NULL,
  removed   BOOLEAN NOT NULL,
  rev       BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);

CREATE TABLE visits (
  workspace    TEXT NOT NULL,
  number       BIGINT NOT NULL,
  rev          BIGINT NOT NULL,
  schedule     BIGINT NOT NULL,
  factory      BIGINT NOT NULL,
  purpose      TEXT NOT NULL,
  first_day    TEXT NOT NULL,
  last_day     TEXT NOT NULL,
  channel      TEXT NOT NULL,
  private      BOOLEAN NOT NULL,
  shared       BOOLEAN NOT NULL,
  zone         TEXT NOT NULL,
  home         TEXT NOT NULL,
  owner        TEXT NOT NULL,
  people       TEXT NOT NULL, -- JSON
  agenda       TEXT NOT NULL,
  notes        TEXT NOT NULL, -- JSON
  card         TEXT NOT NULL,
  cancelled_by TEXT NOT NULL,
  cancelled_at BIGINT NOT NULL,
  created_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
CREATE INDEX visits_by_channel ON visits (workspace, channel, last_day);
CREATE INDEX visits_by_day ON visits (workspace, last_day);

CREATE TABLE items (
  workspace TEXT NOT NULL,
  subject   TEXT NOT NULL, -- visit/12, inspection/7
  id        BIGINT NOT NULL,
  milestone BIGINT NOT NULL,
  text      TEXT NOT NULL,
  advice    TEXT NOT NULL, -- ids, JSON
  sensitive BOOLEAN NOT NULL,
  owner     TEXT NOT NULL,
  done_by   TEXT NOT NULL,
  done_at   BIGINT NOT NULL,
  skipped   TEXT NOT NULL,
  own       BOOLEAN NOT NULL,
  removed   BOOLEAN NOT NULL,
  PRIMARY KEY (workspace, subject, id)
);
CREATE INDEX items_open ON items (workspace, owner) WHERE owner <> '' AND done_by = '';

CREATE TABLE plans (
  workspace  TEXT NOT NULL,
  number     BIGINT NOT NULL,
  rev        BIGINT NOT NULL,
  factory    BIGINT NOT NULL,
  type       TEXT NOT NULL,
  rule       TEXT NOT NULL,
  channel    TEXT NOT NULL,
  private    BOOLEAN NOT NULL,
  shared     BOOLEAN NOT NULL,
  zone       TEXT NOT NULL,
  home       TEXT NOT NULL,
  leads      TEXT NOT NULL, -- JSON
  inspectors TEXT NOT NULL, -- JSON
  owner      TEXT NOT NULL,
  next_day   TEXT NOT NULL,
  made       BIGINT NOT NULL,
  ended_by   TEXT NOT NULL,
  ended_at   BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);

CREATE TABLE inspections (
  workspace   TEXT NOT NULL,
  number      BIGINT NOT NULL,
  rev         BIGINT NOT NULL,
  schedule    BIGINT NOT NULL,
  plan        BIGINT NOT NULL, -- 0 for one on its own
  factory     BIGINT NOT NULL,
  type        TEXT NOT NULL,
  order_name  TEXT NOT NULL,
  due_day     TEXT NOT NULL,
  planned_day TEXT NOT NULL,
  channel     TEXT NOT NULL,
  private     BOOLEAN NOT NULL,
  shared      BOOLEAN NOT NULL,
  zone        TEXT NOT NULL,
  home        TEXT NOT NULL,
  leads       TEXT NOT NULL, -- JSON
  inspector   TEXT NOT NULL,
  owner       TEXT NOT NULL,
  result      TEXT NOT NULL,
  reported_by TEXT NOT NULL,
  reported_at BIGINT NOT NULL,
  note        TEXT NOT NULL,
  card        TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
CREATE INDEX inspections_by_day ON inspections (workspace, result, due_day);
CREATE INDEX inspections_by_factory ON inspections (workspace, factory, due_day);
-- A plan makes one inspection a day at most, whoever's turn it was to make it.
CREATE UNIQUE INDEX inspections_of_plan ON inspections (workspace, plan, planned_day) WHERE plan > 0;

CREATE TABLE schedules (
  workspace TEXT NOT NULL,
  kind      TEXT NOT NULL,
  subject   TEXT NOT NULL,
  rule      TEXT NOT NULL,
  zone      TEXT NOT NULL,
  next_at   BIGINT NOT NULL, -- 0 when it has none
  rev       BIGINT NOT NULL,
  paused    BOOLEAN NOT NULL,
  PRIMARY KEY (workspace, kind, subject)
);
CREATE INDEX schedules_next ON schedules (next_at) WHERE next_at > 0 AND NOT paused;

CREATE TABLE occurrences (
  workspace  TEXT NOT NULL,
  key        TEXT NOT NULL,
  kind       TEXT NOT NULL,
  subject    TEXT NOT NULL,
  schedule   BIGINT NOT NULL,
  milestone  BIGINT NOT NULL,
  day        TEXT NOT NULL,
  recipient  TEXT NOT NULL,
  zone       TEXT NOT NULL,
  any_hour   BOOLEAN NOT NULL,
  payload    TEXT NOT NULL,
  due_at     BIGINT NOT NULL, -- calendar time, as wake_at and expires_at
  wake_at    BIGINT NOT NULL, -- due, or the end of quiet hours
  expires_at BIGINT NOT NULL,
  state      TEXT NOT NULL,
  hold_until BIGINT NOT NULL, -- elapsed time, as posted_at and sent_at: lease, back-off, quarantine
  owner      TEXT NOT NULL,
  attempt    BIGINT NOT NULL,
  posted_at  BIGINT NOT NULL, -- committed before the request is written
  sent_at    BIGINT NOT NULL,
  ts         TEXT NOT NULL,
  error      TEXT NOT NULL,
  repeated   BOOLEAN NOT NULL,
  PRIMARY KEY (workspace, key)
);
CREATE INDEX occurrences_pending ON occurrences (wake_at) WHERE state = 'pending';
CREATE INDEX occurrences_held ON occurrences (hold_until) WHERE state IN ('sending', 'uncertain');
CREATE INDEX occurrences_to ON occurrences (workspace, recipient, state, sent_at);
CREATE INDEX occurrences_of ON occurrences (workspace, subject, state);

CREATE TABLE channel_gate (
  workspace TEXT NOT NULL,
  channel   TEXT NOT NULL, -- '' is the whole workspace
  open_at   BIGINT NOT NULL, -- elapsed time
  PRIMARY KEY (workspace, channel)
);

CREATE TABLE people (
  workspace TEXT NOT NULL,
  person    TEXT NOT NULL,
  zone      TEXT NOT NULL, -- the last one Slack told, or the fixed one
  fixed     BOOLEAN NOT NULL,
  quiet     TEXT NOT NULL, -- 20:00-08:00; '' is none, 'default' the setting
  PRIMARY KEY (workspace, person)
);

CREATE TABLE tips_seen (
  workspace TEXT NOT NULL,
  place     TEXT NOT NULL, -- channel or person
  advice    TEXT NOT NULL,
  seen_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace, place, advice)
);

CREATE TABLE feedback (
  workspace TEXT NOT NULL,
  advice    TEXT NOT NULL,
  person    TEXT NOT NULL,
  helpful   BOOLEAN NOT NULL,
  said_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace, advice, person)
);

CREATE TABLE drafts (
  workspace TEXT NOT NULL,
  id        TEXT NOT NULL,
  person    TEXT NOT NULL,
  kind      TEXT NOT NULL,
  body      TEXT NOT NULL, -- JSON
  kept_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace, id)
);
