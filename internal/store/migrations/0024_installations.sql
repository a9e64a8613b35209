-- +goose Up
-- Who has installed the app, where one program serves many workspaces. Tokens are sealed: the key is
-- not in the database.
CREATE TABLE installations (
  workspace     TEXT NOT NULL,   -- T…, or E… where an organisation has installed it for its workspaces
  organisation  TEXT NOT NULL,   -- E…, '' for none
  app           TEXT NOT NULL,
  bot_user      TEXT NOT NULL,
  name          TEXT NOT NULL,   -- of the workspace, or the organisation
  scopes        TEXT NOT NULL,
  token         BYTEA NOT NULL,
  refresh       BYTEA NOT NULL,  -- empty for a token that stays
  expires_at    BIGINT NOT NULL, -- elapsed time; 0 is never
  key_id        TEXT NOT NULL,   -- of the key that seals both
  turn          BIGINT NOT NULL, -- counts the tokens that it has had
  refresh_until BIGINT NOT NULL, -- elapsed time; until then one process alone may use the refresh token
  installed_by  TEXT NOT NULL,
  installed_at  BIGINT NOT NULL,
  ended_at      BIGINT NOT NULL, -- 0 while it lasts
  ended_why     TEXT NOT NULL,
  PRIMARY KEY (workspace)
);
CREATE INDEX installations_of ON installations (organisation) WHERE organisation <> '';

-- Which workspace belongs to which organisation, so that the organisation's token serves it.
CREATE TABLE organisations (
  workspace     TEXT NOT NULL,   -- T…
  organisation  TEXT NOT NULL,   -- E…
  ended_at      BIGINT NOT NULL, -- when the organisation took the app away from it; 0 is never
  PRIMARY KEY (workspace)
);
CREATE INDEX organisations_of ON organisations (organisation);
