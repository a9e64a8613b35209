-- +goose Up
-- Who has the right of refresh_until, so that nobody gives back that of another; '' for nobody.
ALTER TABLE installations ADD COLUMN refresh_by TEXT NOT NULL DEFAULT '';
-- When Slack said what a row of organisations says; 0 is before all else.
ALTER TABLE organisations ADD COLUMN said_at BIGINT NOT NULL DEFAULT 0;
