package store

import (
	"context"

	"visitprep/internal/visit"
)

const occurrenceColumns = `workspace, key, kind, subject, schedule, milestone, day, recipient, zone, any_hour, payload,
	due_at, wake_at, expires_at, state, hold_until, owner, attempt, posted_at, sent_at, ts, error, repeated`

// insertOccurrences writes occurrences that are to be sent, or, where they are Uncertain,
// looked for before. One that was cancelled is pending again; any other that exists stays
// as it is.
func (t *txn) insertOccurrences(ctx context.Context, os []visit.Occurrence) error {
	var rows [][]any
	for _, o := range os {
		if o.To == FormerColleague { // nobody reads it
			continue
		}
		state := visit.Pending
		if o.State == visit.Uncertain {
			state = visit.Uncertain
		}
		rows = append(rows, []any{o.Workspace, o.Key, string(o.Kind), string(o.Subject), o.Schedule, int(o.Milestone), o.Day.String(),
			o.To, o.Zone, o.AnyHour, o.Payload,
			millis(o.Due), millis(o.Wake), millis(o.Expires), string(state), 0, "", 0, millis(o.Posted), 0, "", "", o.Repeat})
	}
	if len(rows) > 0 {
		t.wake = true
	}
	return t.insert(ctx, `occurrences (`+occurrenceColumns+`)`, rows, `ON CONFLICT (workspace, key) DO UPDATE SET
		state = excluded.state, due_at = excluded.due_at, wake_at = excluded.wake_at, expires_at = excluded.expires_at,
		payload = excluded.payload, attempt = 0, hold_until = 0, posted_at = excluded.posted_at, error = ''
		WHERE occurrences.state = 'cancelled'`)
}

// occurrencesOf are all occurrences about a subject but its cards, which stay whatever is
// edited. Those that wait are locked first:
// until the transaction ends, nobody takes one of them to send it.
func (t *txn) occurrencesOf(ctx context.Context, workspace string, s visit.Subject) ([]visit.Occurrence, error) {
	if _, err := t.ExecContext(ctx, `UPDATE occurrences SET state = 'pending' WHERE workspace = $1 AND subject = $2 AND state = 'pending'`,
		workspace, string(s)); err != nil {
		return nil, err
	}
	return all(ctx, t, scanOccurrence, `SELECT `+occurrenceColumns+` FROM occurrences WHERE workspace = $1 AND subject = $2 AND kind <> 'card' ORDER BY due_at, key`,
		workspace, string(s))
}

// cancelOccurrences cancels what is not yet sent about a subject, of these keys, by a
// revision of its. What is being sent at this moment can no longer be called back.
func (t *txn) cancelOccurrences(ctx context.Context, workspace string, s visit.Subject, schedule int, keys []string) error {
	for _, k := range keys {
		if _, err := t.ExecContext(ctx, `UPDATE occurrences SET state = 'cancelled', schedule = $4
			WHERE workspace = $1 AND subject = $2 AND state = 'pending' AND key = $3`, workspace, string(s), k, schedule); err != nil {
			return err
		}
	}
	return nil
}
