-- +goose Up
-- A visit of which the factory does not know.
ALTER TABLE visits ADD COLUMN unannounced BOOLEAN NOT NULL DEFAULT FALSE;
