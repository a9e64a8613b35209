-- +goose Up
-- What is found at a factory: findings with their photos, the sample of a lot and what it gave,
-- and the reports that were made of them.

CREATE TABLE findings (
  workspace    TEXT NOT NULL,
  number       BIGINT NOT NULL,
  rev          BIGINT NOT NULL,
  of_kind      TEXT NOT NULL,   -- visit or inspection; '' while it belongs to none
  of_number    BIGINT NOT NULL, -- 0 while it belongs to none
  channel      TEXT NOT NULL,   -- while it belongs to none
  factory      TEXT NOT NULL,   -- its name, while it belongs to none
  kind         TEXT NOT NULL,
  severity     TEXT NOT NULL,
  text         TEXT NOT NULL,
  text_zh      TEXT NOT NULL,
  place        TEXT NOT NULL,
  bad          BIGINT NOT NULL,
  checked      BIGINT NOT NULL, -- 0: nobody counted
  requirement  TEXT NOT NULL,
  request      TEXT NOT NULL,
  defect       TEXT NOT NULL,
  item         BIGINT NOT NULL, -- of the checklist of its subject; 0 for none
  for_factory  BOOLEAN NOT NULL,
  source       TEXT NOT NULL,
  made_by      TEXT NOT NULL,
  made_at      BIGINT NOT NULL,
  taken_at     BIGINT NOT NULL,
  withdrawn_by TEXT NOT NULL,
  withdrawn_at BIGINT NOT NULL,
  final        BOOLEAN NOT NULL,
  PRIMARY KEY (workspace, number)
);
-- What is delivered twice is one finding.
CREATE UNIQUE INDEX findings_source ON findings (workspace, source);
CREATE INDEX findings_of ON findings (workspace, of_kind, of_number);
CREATE INDEX findings_loose ON findings (workspace, made_by) WHERE of_kind = '';

-- The photos of findings. The copy stands last, so that a list does not read it.
CREATE TABLE photos (
  workspace  TEXT NOT NULL,
  id         BIGINT NOT NULL,
  finding    BIGINT NOT NULL,
  file_id    TEXT NOT NULL,
  permalink  TEXT NOT NULL,
  name       TEXT NOT NULL,
  state      TEXT NOT NULL,   -- waiting, kept, refused
  why        TEXT NOT NULL,
  tries      BIGINT NOT NULL,
  retry_at   BIGINT NOT NULL, -- elapsed time
  width      BIGINT NOT NULL, -- of the copy, as height
  height     BIGINT NOT NULL,
  sha256     TEXT NOT NULL,
  taken_at   BIGINT NOT NULL,
  cleared_by TEXT NOT NULL,
  cleared_at BIGINT NOT NULL,
  left_out   BOOLEAN NOT NULL,
  crop       TEXT NOT NULL,   -- left, top, right, bottom in percent; '' for none
  jpeg       BYTEA,           -- NULL where there is no copy
  PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX photos_of ON photos (workspace, finding, file_id);
CREATE INDEX photos_waiting ON photos (retry_at) WHERE state = 'waiting';

-- A product that a factory makes lot after lot, and what was agreed about its sample.
CREATE TABLE series (
  workspace  TEXT NOT NULL,
  number     BIGINT NOT NULL,
  rev        BIGINT NOT NULL,
  factory    BIGINT NOT NULL,
  channel    TEXT NOT NULL,
  product    TEXT NOT NULL,
  folded     TEXT NOT NULL,   -- the product's name as it is compared
  level      TEXT NOT NULL,
  aql_major  TEXT NOT NULL,
  aql_minor  TEXT NOT NULL,
  one_letter BOOLEAN NOT NULL,
  events     TEXT NOT NULL,   -- JSON
  tests      TEXT NOT NULL,   -- JSON
  sealed     TEXT NOT NULL,   -- JSON
  note       TEXT NOT NULL,
  made_by    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
CREATE UNIQUE INDEX series_of ON series (workspace, factory, channel, folded);

-- An inspection has one lot. How strictly it was judged stands with it and never changes; how
-- strictly the next one is, is counted from these.
ALTER TABLE inspections ADD COLUMN series BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inspections ADD COLUMN lot TEXT NOT NULL DEFAULT '';          -- JSON
ALTER TABLE inspections ADD COLUMN decision TEXT NOT NULL DEFAULT '';
ALTER TABLE inspections ADD COLUMN decision_why TEXT NOT NULL DEFAULT '';
ALTER TABLE inspections ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';
ALTER TABLE inspections ADD COLUMN decided_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inspections ADD COLUMN quantities TEXT NOT NULL DEFAULT '';   -- JSON
ALTER TABLE inspections ADD COLUMN firm TEXT NOT NULL DEFAULT '';         -- JSON
ALTER TABLE inspections ADD COLUMN unchecked TEXT NOT NULL DEFAULT '';
ALTER TABLE inspections ADD COLUMN measured TEXT NOT NULL DEFAULT '';     -- JSON
CREATE INDEX inspections_of_series ON inspections (workspace, series) WHERE series > 0;

CREATE TABLE reports (
  workspace  TEXT NOT NULL,
  subject    TEXT NOT NULL,   -- visit/12, inspection/7
  number     BIGINT NOT NULL, -- counts those of the subject
  kind       TEXT NOT NULL,
  state      TEXT NOT NULL,   -- making, posted, shown, lost
  sha256     TEXT NOT NULL,
  name       TEXT NOT NULL,
  file_id    TEXT NOT NULL,
  channel    TEXT NOT NULL,
  ts         TEXT NOT NULL,
  tries      BIGINT NOT NULL,
  made_by    TEXT NOT NULL,
  made_at    BIGINT NOT NULL,
  final_by   TEXT NOT NULL,
  final_at   BIGINT NOT NULL,
  detail     TEXT NOT NULL,   -- JSON: how far it is handed in
  PRIMARY KEY (workspace, subject, number)
);
CREATE INDEX reports_unsettled ON reports (made_at) WHERE state IN ('making', 'posted');

-- What words with two meanings mean to a team.
CREATE TABLE severity_words (
  workspace TEXT NOT NULL,
  channel   TEXT NOT NULL, -- '' is the whole workspace
  yanzhong  TEXT NOT NULL, -- what 严重 alone means: critical or major
  set_by    TEXT NOT NULL,
  set_at    BIGINT NOT NULL,
  PRIMARY KEY (workspace, channel)
);

-- Messages of ours that are kept up to date: the answer to a finding, the list under a card.
CREATE TABLE shown (
  workspace TEXT NOT NULL,
  about     TEXT NOT NULL,
  channel   TEXT NOT NULL,
  ts        TEXT NOT NULL,
  note      TEXT NOT NULL, -- of who keeps it up to date
  PRIMARY KEY (workspace, about)
);
CREATE INDEX shown_in ON shown (workspace, channel, ts);
-- Those in a channel from which what they show has moved; see LeftBehind.
CREATE INDEX shown_left ON shown (workspace, about) WHERE note = 'left';
