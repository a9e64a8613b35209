-- +goose Up
-- Messages of a workspace that was forgotten are still in Slack, with buttons that name numbers: when it
-- comes back its numbers begin above these.
ALTER TABLE forgotten ADD COLUMN numbers BIGINT NOT NULL DEFAULT 0;
