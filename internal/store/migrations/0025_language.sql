-- +goose Up
-- The language in which a workspace's channels read what the app posts; where there is no row, English.
CREATE TABLE channel_language (
    workspace TEXT PRIMARY KEY,
    language  TEXT NOT NULL,
    set_by    TEXT NOT NULL,
    set_at    BIGINT NOT NULL
);
