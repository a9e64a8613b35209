package store

import (
	"context"
	"time"
)

// Welcome notes that somebody is told what the app does, and reports whether nobody has
// told them before, in whichever process.
func (s *Store) Welcome(ctx context.Context, workspace, person string, now time.Time) (first bool, err error) {
	err = s.change(ctx, "note a welcome", func(t *txn) error {
		r, err := t.ExecContext(ctx, `INSERT INTO welcomed (workspace, person, welcomed_at) VALUES ($1, $2, $3)
			ON CONFLICT (workspace, person) DO NOTHING`, workspace, person, millis(now))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		first = n == 1
		return err
	})
	return first, err
}

// Unwelcome takes back the note of a welcome that was not sent.
func (s *Store) Unwelcome(ctx context.Context, workspace, person string) error {
	return s.change(ctx, "take back the note of a welcome", func(t *txn) error {
		_, err := t.ExecContext(ctx, `DELETE FROM welcomed WHERE workspace = $1 AND person = $2`, workspace, person)
		return err
	})
}
