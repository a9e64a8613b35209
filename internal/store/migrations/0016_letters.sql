-- +goose Up
-- Letters to factories, as they were asked for. What they say of a finding is the finding's own.
CREATE TABLE letters (
  workspace TEXT NOT NULL,
  number    BIGINT NOT NULL,
  rev       BIGINT NOT NULL,
  subject   TEXT NOT NULL, -- the visit or inspection
  body      TEXT NOT NULL, -- JSON
  made_by   TEXT NOT NULL,
  made_at   BIGINT NOT NULL,
  sent_by   TEXT NOT NULL, -- '' until somebody says that they have sent it
  sent_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace, number)
);
CREATE INDEX letters_of ON letters (workspace, subject);

-- The rest of a finding in Chinese, for letters.
ALTER TABLE findings ADD COLUMN requirement_zh TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN request_zh TEXT NOT NULL DEFAULT '';
