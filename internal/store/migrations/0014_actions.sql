-- +goose Up
-- What a factory does about a finding, followed to its proof. A finding without a row here has an
-- action that is open and that nobody has done anything with.
CREATE TABLE actions (
  workspace TEXT NOT NULL,
  finding   BIGINT NOT NULL, -- its number
  rev       BIGINT NOT NULL,
  state     TEXT NOT NULL,   -- as facts have it, as the next two are
  due       TEXT NOT NULL,   -- '' while none is set
  reviewer  TEXT NOT NULL,
  facts     TEXT NOT NULL,   -- JSON
  PRIMARY KEY (workspace, finding)
);

-- What was done with actions. Rows are only ever added.
CREATE TABLE steps (
  workspace  TEXT NOT NULL,
  finding    BIGINT NOT NULL,
  n          BIGINT NOT NULL, -- from 1, of the finding
  kind       TEXT NOT NULL,
  made_by    TEXT NOT NULL,
  made_at    BIGINT NOT NULL,
  from_state TEXT NOT NULL,
  to_state   TEXT NOT NULL,
  text       TEXT NOT NULL,
  other      BIGINT NOT NULL, -- the finding that it is the same as, or that shows it again; 0 for none
  proofs     TEXT NOT NULL,   -- JSON: those that it brought
  was        TEXT NOT NULL,   -- JSON: the facts before it
  PRIMARY KEY (workspace, finding, n)
);

-- The day by which a claim because of a finding must be made; '' for none.
ALTER TABLE findings ADD COLUMN claim_by TEXT NOT NULL DEFAULT '';
