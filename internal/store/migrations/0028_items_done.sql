-- +goose Up
-- The first page of Home lists what a person has ticked lately: without this every item of the
-- workspace was read for it.
CREATE INDEX items_done ON items (workspace, done_by, done_at) WHERE done_by <> '';
