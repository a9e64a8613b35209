-- +goose Up
-- What was agreed with factories, with the day by which to act on it.
CREATE TABLE agreements (
  workspace    TEXT NOT NULL,
  number       BIGINT NOT NULL,
  rev          BIGINT NOT NULL,
  schedule     BIGINT NOT NULL,
  factory      BIGINT NOT NULL,
  channel      TEXT NOT NULL,
  private      BOOLEAN NOT NULL,
  shared       BOOLEAN NOT NULL,
  zone         TEXT NOT NULL,
  home         TEXT NOT NULL,
  owner        TEXT NOT NULL,   -- who is reminded
  owner_zone   TEXT NOT NULL,
  made_by      TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  kind         TEXT NOT NULL,
  title        TEXT NOT NULL,
  state        TEXT NOT NULL,
  visit        BIGINT NOT NULL, -- on which it was signed; 0 for none
  signed_day   TEXT NOT NULL,
  signing      TEXT NOT NULL,   -- JSON
  starts_day   TEXT NOT NULL,
  ends_day     TEXT NOT NULL,   -- '' where it is open-ended
  renews       BIGINT NOT NULL, -- months; 0: it does not renew itself
  notice       BIGINT NOT NULL, -- days
  notice_how   TEXT NOT NULL,
  link         TEXT NOT NULL,
  terms        TEXT NOT NULL,   -- JSON
  talk         TEXT NOT NULL,   -- JSON
  noticed_by   TEXT NOT NULL,
  noticed_at   BIGINT NOT NULL,
  early        BOOLEAN NOT NULL, -- its last day was moved up
  was_last_day TEXT NOT NULL,   -- from this one
  why          TEXT NOT NULL,
  closed_by    TEXT NOT NULL,
  closed_at    BIGINT NOT NULL,
  replaced_by  BIGINT NOT NULL,
  renewals     TEXT NOT NULL,   -- JSON
  PRIMARY KEY (workspace, number)
);
CREATE INDEX agreements_at ON agreements (workspace, factory);
CREATE INDEX agreements_in ON agreements (workspace, channel);
