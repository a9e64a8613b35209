package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrHandled says that what a request asks for was done when it came before.
var ErrHandled = errors.New("it was done before")

// KeepHandled is how long what was handled is remembered. Slack delivers an event again
// within five minutes, and within a day where it is set to retry for longer; a form can
// stay open over a long weekend and be sent then.
const KeepHandled = 7 * 24 * time.Hour

// dropHandled is how many old rows each note takes away: more than it writes, so that
// they do not pile up, and few, so that nobody waits for it.
const dropHandled = 20

// handled are the notes of a request.
type handled struct {
	workspace string
	keys      []string
	at        time.Time
}

// Once is the store for the one change that a request makes, at an elapsed time. The
// keys of the request are noted in the transaction of the change, so that both are kept
// or neither, wherever a process dies; a change that is refused leaves no note. Where
// one of the keys is noted already nothing is written, and the error is [ErrHandled]: of
// two at the same moment the second waits for the first.
func (s *Store) Once(workspace string, at time.Time, keys ...string) *Store {
	once := *s
	once.once = &handled{workspace, keys, at}
	return &once
}

// note writes the notes of a request, if the transaction is for one.
func (t *txn) note(ctx context.Context, h *handled) error {
	if h == nil {
		return nil
	}
	for _, key := range h.keys {
		first, err := t.handle(ctx, h.workspace, key, h.at, KeepHandled)
		if err != nil {
			return err
		}
		if !first {
			return ErrHandled
		}
	}
	return nil
}

// Handle notes that a request is being handled, at an elapsed time, and reports whether
// it is the first with its key within a time, at most [KeepHandled]. It is for what
// cannot be in a transaction, such as a post. A note by a clock that was ahead counts for
// no longer than it would have by ours.
func (s *Store) Handle(ctx context.Context, workspace, key string, at time.Time, within time.Duration) (first bool, err error) {
	err = s.change(ctx, "note a request", func(t *txn) (err error) {
		first, err = t.handle(ctx, workspace, key, at, within)
		return err
	})
	return first, err
}

func (t *txn) handle(ctx context.Context, workspace, key string, at time.Time, within time.Duration) (first bool, err error) {
	r, err := t.ExecContext(ctx, `INSERT INTO handled (workspace, key, handled_at) VALUES ($1, $2, $3)
		ON CONFLICT (workspace, key) DO UPDATE SET handled_at = excluded.handled_at
		WHERE handled.handled_at <= $4 OR handled.handled_at >= $5`,
		workspace, key, millis(at), millis(at.Add(-within)), millis(at.Add(within)))
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	if err != nil || n == 0 {
		return false, err
	}
	_, err = t.ExecContext(ctx, `DELETE FROM handled WHERE workspace = $1 AND key IN
		(SELECT key FROM handled WHERE workspace = $1 AND handled_at < $2 LIMIT $3 `+t.skipLocked+`)`,
		workspace, millis(at.Add(-KeepHandled)), dropHandled)
	return true, err
}

// Handled reports whether a key is noted.
func (s *Store) Handled(ctx context.Context, workspace, key string) (bool, error) {
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM handled WHERE workspace = $1 AND key = $2`, workspace, key).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look whether a request was handled: %w", classify(err))
	}
	return n > 0, nil
}

// Unhandle takes a note back, so that a request whose post failed can be sent again.
func (s *Store) Unhandle(ctx context.Context, workspace, key string) error {
	return s.change(ctx, "take back the note of a request", func(t *txn) error {
		_, err := t.ExecContext(ctx, `DELETE FROM handled WHERE workspace = $1 AND key = $2`, workspace, key)
		return err
	})
}
