-- +goose Up
-- A workspace changes while visits and reminders wait: channels are shared, archived and renumbered,
-- people become guests or leave, the connection breaks, a request arrives twice.

-- What was last known of a channel that something belongs to. A change is found by comparison
-- with this row, so an event that was lost only makes it later, and one replica finds it.
CREATE TABLE channels (
  workspace  TEXT NOT NULL,
  channel    TEXT NOT NULL,
  name       TEXT NOT NULL,
  private    BOOLEAN NOT NULL,
  shared     BOOLEAN NOT NULL, -- another company reads there, or has been invited
  guests     BOOLEAN NOT NULL, -- a guest who counts as another company is in it
  state      TEXT NOT NULL,    -- '' is open; archived, left (the app is not in it), gone
  checked_at BIGINT NOT NULL,  -- elapsed time
  PRIMARY KEY (workspace, channel)
);
CREATE INDEX channels_checked ON channels (checked_at);

-- A fault of the connection to a workspace, while it lasts.
CREATE TABLE connections (
  workspace TEXT NOT NULL,
  fault     TEXT NOT NULL,   -- Slack's word, such as token_revoked
  since     BIGINT NOT NULL, -- calendar time
  tries     BIGINT NOT NULL, -- that failed since
  retry_at  BIGINT NOT NULL, -- elapsed time
  PRIMARY KEY (workspace)
);

-- What was given up and nobody has been told of yet: dead and expired rows are kept for good.
CREATE INDEX occurrences_untold ON occurrences (hold_until) WHERE state IN ('dead', 'expired') AND owner = 'untold';

-- What has been done about a request or a form that Slack, or a person, may send again.
CREATE TABLE handled (
  workspace  TEXT NOT NULL,
  key        TEXT NOT NULL,
  handled_at BIGINT NOT NULL, -- elapsed time
  PRIMARY KEY (workspace, key)
);
CREATE INDEX handled_old ON handled (handled_at);

-- The revision that a card shows. A card that is behind its appointment is to be redrawn.
ALTER TABLE visits ADD COLUMN card_rev BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inspections ADD COLUMN card_rev BIGINT NOT NULL DEFAULT 0;
UPDATE visits SET card_rev = rev;
UPDATE inspections SET card_rev = rev;
CREATE INDEX visits_behind ON visits (workspace, number) WHERE card <> '' AND card_rev < rev;
CREATE INDEX inspections_behind ON inspections (workspace, number) WHERE card <> '' AND card_rev < rev;

-- What people wrote themselves is for insiders, until its author says otherwise.
UPDATE items SET sensitive = TRUE WHERE own;
ALTER TABLE inspections ADD COLUMN note_open BOOLEAN NOT NULL DEFAULT FALSE; -- another company may read the note

ALTER TABLE people ADD COLUMN vouched_by TEXT NOT NULL DEFAULT '';  -- who said that this guest works for us
ALTER TABLE people ADD COLUMN zone_at BIGINT NOT NULL DEFAULT 0;    -- when Slack was last asked for the zone, elapsed time
