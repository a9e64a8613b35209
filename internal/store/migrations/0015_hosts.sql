-- +goose Up
-- What the factory of a visit is told before it, each revision as it was made.
CREATE TABLE host_briefs (
  workspace TEXT NOT NULL,
  visit     BIGINT NOT NULL,
  revision  BIGINT NOT NULL, -- from 1
  host      TEXT NOT NULL,   -- JSON: what the factory may read, and nothing else
  items     TEXT NOT NULL,   -- JSON: ids of the checklist that wait for its answers
  made_by   TEXT NOT NULL,
  made_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace, visit, revision)
);
