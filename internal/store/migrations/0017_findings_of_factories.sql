-- +goose Up
-- A finding may hang on a factory alone: its kind is 'factory' then, and seen says where it was
-- noticed. The channel of such a one says who may read it.
ALTER TABLE findings ADD COLUMN seen TEXT NOT NULL DEFAULT '';
