-- What a visit came to: whether the team goes on with the factory, why, and who said so.
ALTER TABLE visits ADD COLUMN outcome TEXT NOT NULL DEFAULT '';     -- go, conditions or stop; '' with none yet
ALTER TABLE visits ADD COLUMN outcome_why TEXT NOT NULL DEFAULT '';
ALTER TABLE visits ADD COLUMN outcome_by TEXT NOT NULL DEFAULT '';
ALTER TABLE visits ADD COLUMN outcome_at BIGINT NOT NULL DEFAULT 0;
