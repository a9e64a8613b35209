-- Data come in and go out: files are imported, and a copy of the database is put back.

-- At most one row. This database was a copy and was put in the place of one that had gone on: what
-- fell due in between may have been sent, and numbers may have been given, of which it knows nothing.
CREATE TABLE restored (
  workspace   TEXT NOT NULL,   -- '': a copy is of all of them
  copied_at   BIGINT NOT NULL, -- from then on
  restored_at BIGINT NOT NULL, -- until then; 0 in a copy that nobody has put back yet
  numbers     BIGINT NOT NULL, -- a number that begins to be counted goes on from here
  PRIMARY KEY (workspace)
);

-- An import asks of each row whether something like it is at its factory already.
CREATE INDEX visits_by_factory ON visits (workspace, factory, first_day);
CREATE INDEX plans_by_factory ON plans (workspace, factory);
