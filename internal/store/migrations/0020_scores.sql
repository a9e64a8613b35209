-- +goose Up
-- Orders of factories: when they were confirmed for, and when they were shipped.
CREATE TABLE deliveries (
  workspace     TEXT NOT NULL,
  number        BIGINT NOT NULL,
  rev           BIGINT NOT NULL,
  factory       BIGINT NOT NULL,
  channel       TEXT NOT NULL,   -- whose members may see it
  order_name    TEXT NOT NULL,
  folded        TEXT NOT NULL,   -- the order's number as it is compared
  confirmed_day TEXT NOT NULL,   -- the day confirmed first
  shipped_day   TEXT NOT NULL,   -- '' while it is not
  quantity      BIGINT NOT NULL,
  sent          BIGINT NOT NULL,
  our_delay     BOOLEAN NOT NULL,
  why           TEXT NOT NULL,
  made_by       TEXT NOT NULL,
  created_at    BIGINT NOT NULL,
  revisions     TEXT NOT NULL,   -- JSON
  PRIMARY KEY (workspace, number)
);
CREATE INDEX deliveries_at ON deliveries (workspace, factory, confirmed_day);
CREATE INDEX deliveries_in ON deliveries (workspace, channel);

-- What somebody said about a factory: marks of a quarter, flags, a risk class, no visit for now.
-- Rows are only ever added.
CREATE TABLE factory_marks (
  workspace TEXT NOT NULL,
  number    BIGINT NOT NULL,
  factory   BIGINT NOT NULL,
  channel   TEXT NOT NULL,
  kind      TEXT NOT NULL,
  name      TEXT NOT NULL,
  quarter   TEXT NOT NULL,   -- 2027-Q1; '' where it is of none
  day       TEXT NOT NULL,
  points    BIGINT NOT NULL,
  against   TEXT NOT NULL,   -- the rule that a risk class was set against
  why       TEXT NOT NULL,
  made_by   TEXT NOT NULL,
  made_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
CREATE INDEX factory_marks_at ON factory_marks (workspace, factory);

-- Quarters that are frozen. A correction is another version.
CREATE TABLE scores (
  workspace TEXT NOT NULL,
  factory   BIGINT NOT NULL,
  quarter   TEXT NOT NULL,
  version   BIGINT NOT NULL,
  card      TEXT NOT NULL,   -- JSON
  frozen_at BIGINT NOT NULL,
  PRIMARY KEY (workspace, factory, quarter, version)
);

-- The channels that a frozen quarter was counted from: who is not in all of them does not see it.
CREATE TABLE score_channels (
  workspace TEXT NOT NULL,
  factory   BIGINT NOT NULL,
  quarter   TEXT NOT NULL,
  version   BIGINT NOT NULL,
  channel   TEXT NOT NULL,
  PRIMARY KEY (workspace, factory, quarter, version, channel)
);
CREATE INDEX score_channels_in ON score_channels (workspace, channel);

CREATE INDEX inspections_in ON inspections (workspace, channel);
-- By which the pages of factories are read.
CREATE INDEX factories_by_name ON factories (workspace, removed, name, number);
CREATE INDEX factories_named ON factories (workspace, LOWER(name));
