-- +goose Up
-- How a team shares a checklist out. due_day is an item's own day, '' where it goes by its
-- milestone. position orders the items of a milestone, 0 where nobody has moved any. role is for
-- whom the line is meant, original what a line of ours said before the team reworded it.
ALTER TABLE items ADD COLUMN due_day TEXT NOT NULL DEFAULT '';
ALTER TABLE items ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE items ADD COLUMN role TEXT NOT NULL DEFAULT '';
ALTER TABLE items ADD COLUMN original TEXT NOT NULL DEFAULT '';
