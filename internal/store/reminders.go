package store

import (
	"context"

	"visitprep/internal/visit"
)

const occurrenceColumns = `workspace, key, kind, subject, schedule, milestone, day, recipient, zone, any_hour, payload,
	due_at, wake_at, expires_at, state, hold_until, owner, attempt, posted_at, sent_at, ts, error, repeated`

// insertOccurrences writes occurrences that are to be sent. One that was cancelled
// is pending again; any other that exists stays as it is.
func (t *txn) insertOccurrences(ctx context.Context, os []visit.Occurrence) error {
	var rows [][]any
	for _, o := range os {
		rows = append(rows, []any{o.Workspace, o.Key, string(o.Kind), string(o.Subject), o.Schedule, int(o.Milestone), o.Day.String(),
			o.To, o.Zone, o.AnyHour, o.Payload,
			millis(o.Due), millis(o.Wake), millis(o.Expires), string(visit.Pending), 0, "", 0, 0, 0, "", "", false})
	}
	if len(rows) > 0 {
		t.wake = true
	}
	return t.insert(ctx, `occurrences (`+occurrenceColumns+`)`, rows, `ON CONFLICT (workspace, key) DO UPDATE SET
		state = excluded.state, due_at = excluded.due_at, wake_at = excluded.wake_at, expires_at = excluded.expires_at,
		payload = excluded.payload, attempt = 0, hold_until = 0, error = ''
		WHERE occurrences.state = 'cancelled'`)
}

// cancelOccurrences cancels what is not yet sent about a subject. What is being
// sent at this moment can no longer be called back.
func (t *txn) cancelOccurrences(ctx context.Context, workspace string, s visit.Subject) error {
	_, err := t.ExecContext(ctx, `UPDATE occurrences SET state = 'cancelled' WHERE workspace = $1 AND subject = $2 AND state = 'pending'`,
		workspace, string(s))
	return err
}
