-- +goose Up
-- People and firms around factories, whom somebody of us knows.
CREATE TABLE contacts (
  workspace  TEXT NOT NULL,
  number     BIGINT NOT NULL,
  rev        BIGINT NOT NULL,
  schedule   BIGINT NOT NULL,
  channel    TEXT NOT NULL,
  private    BOOLEAN NOT NULL,
  shared     BOOLEAN NOT NULL,
  zone       TEXT NOT NULL,
  home       TEXT NOT NULL,
  made_by    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  factory    BIGINT NOT NULL, -- 0 for none
  tier       BIGINT NOT NULL, -- of a supplier of the factory; 0 for none
  name       TEXT NOT NULL,
  chinese    TEXT NOT NULL,
  said       TEXT NOT NULL,
  title      TEXT NOT NULL,
  firm       TEXT NOT NULL,
  roles      TEXT NOT NULL,   -- JSON
  city       TEXT NOT NULL,
  phone      TEXT NOT NULL,
  wechat     TEXT NOT NULL,
  email      TEXT NOT NULL,
  speaks     TEXT NOT NULL,
  met        TEXT NOT NULL,
  visit      BIGINT NOT NULL, -- 0 for none
  known_by   TEXT NOT NULL,   -- JSON
  paid_by    TEXT NOT NULL,
  trust      TEXT NOT NULL,
  consent    TEXT NOT NULL,
  used_day   TEXT NOT NULL,
  state      TEXT NOT NULL,   -- '' while it is kept
  cleared_by TEXT NOT NULL,
  cleared_at BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
CREATE INDEX contacts_in ON contacts (workspace, channel);

-- Who is introduced to whom, by whom, and what came of it.
CREATE TABLE introductions (
  workspace  TEXT NOT NULL,
  number     BIGINT NOT NULL,
  rev        BIGINT NOT NULL,
  schedule   BIGINT NOT NULL,
  contact    BIGINT NOT NULL,
  introduced TEXT NOT NULL,   -- the colleague
  made_by    TEXT NOT NULL,   -- who introduces
  zone       TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  who        TEXT NOT NULL,   -- JSON
  why        TEXT NOT NULL,   -- JSON
  next_step  TEXT NOT NULL,
  state      TEXT NOT NULL,
  theirs_by  TEXT NOT NULL,
  theirs_at  BIGINT NOT NULL,
  ours_by    TEXT NOT NULL,
  ours_at    BIGINT NOT NULL,
  done_by    TEXT NOT NULL,
  done_at    BIGINT NOT NULL,
  ended_by   TEXT NOT NULL,
  ended_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
CREATE INDEX introductions_to ON introductions (workspace, contact);

-- What each side has said that it does.
CREATE TABLE promises (
  workspace  TEXT NOT NULL,
  number     BIGINT NOT NULL,
  rev        BIGINT NOT NULL,
  factory    BIGINT NOT NULL,
  channel    TEXT NOT NULL,
  private    BOOLEAN NOT NULL,
  shared     BOOLEAN NOT NULL,
  zone       TEXT NOT NULL,
  home       TEXT NOT NULL,
  owner      TEXT NOT NULL,   -- who of us keeps it, or asks
  owner_zone TEXT NOT NULL,
  made_by    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  ours       BOOLEAN NOT NULL,
  who        TEXT NOT NULL,
  what       TEXT NOT NULL,
  due_day    TEXT NOT NULL,
  visit      BIGINT NOT NULL, -- 0 for none
  kept_by    TEXT NOT NULL,
  kept_at    BIGINT NOT NULL,
  dropped_by TEXT NOT NULL,
  dropped_at BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
CREATE INDEX promises_at ON promises (workspace, factory);

-- Gifts given and received.
CREATE TABLE gifts (
  workspace  TEXT NOT NULL,
  number     BIGINT NOT NULL,
  rev        BIGINT NOT NULL,
  factory    BIGINT NOT NULL,
  channel    TEXT NOT NULL,
  private    BOOLEAN NOT NULL,
  shared     BOOLEAN NOT NULL,
  zone       TEXT NOT NULL,
  home       TEXT NOT NULL,
  made_by    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  given      BOOLEAN NOT NULL,
  who        TEXT NOT NULL,
  owner      TEXT NOT NULL,   -- who of us gave or received it
  what       TEXT NOT NULL,
  amount     BIGINT NOT NULL, -- in hundredths
  currency   TEXT NOT NULL,
  gift_day   TEXT NOT NULL,
  visit      BIGINT NOT NULL, -- 0 for none
  approved   TEXT NOT NULL,
  removed_by TEXT NOT NULL,
  removed_at BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
CREATE INDEX gifts_at ON gifts (workspace, factory);

-- Who was forgotten, by the id in Slack or the number of the contact and nothing else, so that it
-- can be done again in a copy that is put back.
CREATE TABLE forgotten (
  workspace TEXT NOT NULL,
  who       TEXT NOT NULL, -- U0123ABCD, or contact/3
  at        BIGINT NOT NULL,
  PRIMARY KEY (workspace, who)
);
