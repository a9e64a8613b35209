-- +goose Up
-- What the first page of Home asks for each time that somebody opens it.
-- Findings that make a factory worth a visit, those of the last year only.
CREATE INDEX findings_grave ON findings (workspace, made_at) WHERE severity IN ('critical', 'major');
-- Actions whose factory has a day, by that day.
CREATE INDEX actions_due ON actions (workspace, due) WHERE due <> '' AND state IN ('open', 'agreed');
