-- +goose Up
-- What lets a tool of a person read what they may read. The token itself is kept nowhere.
CREATE TABLE tool_tokens (
  workspace TEXT NOT NULL,
  person    TEXT NOT NULL,
  hash      TEXT NOT NULL, -- SHA-256 of the token, in hex
  ending    TEXT NOT NULL, -- the token's last characters, to tell it by
  made_day  TEXT NOT NULL,
  used_day  TEXT NOT NULL, -- the last day on which it was used; '' for never
  PRIMARY KEY (workspace, hash)
);
CREATE INDEX tool_tokens_of ON tool_tokens (workspace, person);
