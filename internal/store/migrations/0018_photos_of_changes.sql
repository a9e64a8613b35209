-- +goose Up
-- A photo that shows what it looks like after the change, as the proof of an action.
ALTER TABLE photos ADD COLUMN after_change BOOLEAN NOT NULL DEFAULT FALSE;
