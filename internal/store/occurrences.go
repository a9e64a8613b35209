package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"visitprep/internal/visit"
)

func scanOccurrence(row scanner) (o visit.Occurrence, err error) {
	err = row.Scan(&o.Workspace, &o.Key, &o.Kind, &o.Subject, &o.Schedule, &o.Milestone, &o.Day, &o.To, &o.Zone, &o.AnyHour, &o.Payload,
		instantField{&o.Due}, instantField{&o.Wake}, instantField{&o.Expires}, &o.State, instantField{&o.Hold}, &o.Owner, &o.Attempt,
		instantField{&o.Posted}, instantField{&o.Sent}, &o.TS, &o.Error, &o.Repeat)
	return o, err
}

// AddOccurrence records one message that is to be sent: a snooze, a notice. One
// with its key that was cancelled is pending again; any other stays as it is.
func (s *Store) AddOccurrence(ctx context.Context, o visit.Occurrence) error {
	return s.change(ctx, "record a reminder", func(t *txn) error {
		if o.Wake.IsZero() {
			o.Wake = o.Due
		}
		return t.insertOccurrences(ctx, []visit.Occurrence{o})
	})
}

// Occurrence returns one occurrence.
func (s *Store) Occurrence(ctx context.Context, workspace, key string) (visit.Occurrence, error) {
	o, err := scanOccurrence(s.read.QueryRowContext(ctx, `SELECT `+occurrenceColumns+` FROM occurrences
		WHERE workspace = $1 AND key = $2`, workspace, key))
	if err != nil {
		return o, fmt.Errorf("read a reminder: %w", classify(notFound(err, "reminder", key)))
	}
	return o, nil
}

// An OccurrenceFilter says which occurrences to list; its zero value is all.
type OccurrenceFilter struct {
	States      []visit.State
	Subject     visit.Subject
	From, Until time.Time // by when they are due
	Limit       int
	Newest      bool // the last due first
}

// Occurrences lists occurrences by when they are due.
func (s *Store) Occurrences(ctx context.Context, workspace string, f OccurrenceFilter) ([]visit.Occurrence, error) {
	var args arguments
	where := "WHERE workspace = " + args.add(workspace)
	if len(f.States) > 0 {
		marks := make([]string, len(f.States))
		for i, st := range f.States {
			marks[i] = args.add(string(st))
		}
		where += " AND state IN (" + strings.Join(marks, ", ") + ")"
	}
	if f.Subject != "" {
		where += " AND subject = " + args.add(string(f.Subject))
	}
	if !f.From.IsZero() {
		where += " AND due_at >= " + args.add(millis(f.From))
	}
	if !f.Until.IsZero() {
		where += " AND due_at < " + args.add(millis(f.Until))
	}
	order := " ORDER BY due_at, key"
	if f.Newest {
		order = " ORDER BY due_at DESC, key"
	}
	os, err := all(ctx, s.read, scanOccurrence, `SELECT `+occurrenceColumns+` FROM occurrences `+where+order+
		(&Filter{Limit: f.Limit}).page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the reminders: %w", classify(err))
	}
	return os, nil
}

// A Claim is what the dispatcher asks for: at most Limit occurrences that are due
// at Now, by calendar time, for as long as the lease from Elapsed, real time.
type Claim struct {
	Owner        string
	Now, Elapsed time.Time
	Lease        time.Duration
	Limit        int
}

// pace is the time between two messages in one channel: what Slack allows.
const pace = time.Second

// Claim takes occurrences that are due, at most one for each channel that is
// open: none is on its way there, the last went out a second ago, and no pause
// that Slack asked for is running. In the same statement it notes when the
// earliest request for each can have been written. Two claimers never get the
// same one.
func (s *Store) Claim(ctx context.Context, c Claim) ([]visit.Occurrence, error) {
	var os []visit.Occurrence
	now, elapsed := millis(c.Now), millis(c.Elapsed)
	err := s.change(ctx, "take what is due", func(t *txn) (err error) {
		if s.skipLocked != "" {
			// A burst is due before PostgreSQL has counted it: without this it reads
			// the whole table for every claim (20,000 due at once: 87 s against 49).
			if _, err := t.ExecContext(ctx, `SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
				set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`); err != nil {
				return err
			}
		}
		os, err = all(ctx, t, scanOccurrence, `WITH taken AS MATERIALIZED (
			SELECT o.workspace, o.key FROM occurrences o
			WHERE o.state = 'pending' AND o.wake_at <= $1 AND o.hold_until <= $2
			AND NOT EXISTS (SELECT 1 FROM occurrences e WHERE e.workspace = o.workspace AND e.recipient = o.recipient
				AND e.state = 'pending' AND e.wake_at <= $1 AND e.hold_until <= $2 AND (e.wake_at, e.key) < (o.wake_at, o.key))
			AND NOT EXISTS (SELECT 1 FROM occurrences e WHERE e.workspace = o.workspace AND e.recipient = o.recipient
				AND e.state = 'sending')
			AND NOT EXISTS (SELECT 1 FROM occurrences e WHERE e.workspace = o.workspace AND e.recipient = o.recipient
				AND e.state = 'sent' AND e.sent_at > $3)
			AND NOT EXISTS (SELECT 1 FROM channel_gate g WHERE g.workspace = o.workspace AND g.channel IN (o.recipient, '')
				AND g.open_at > $2)
			ORDER BY o.wake_at LIMIT $4 `+s.skipLocked+`)
			UPDATE occurrences SET state = 'sending', owner = $5, attempt = attempt + 1, posted_at = $2, hold_until = $6
			WHERE state = 'pending' AND (workspace, key) IN (SELECT workspace, key FROM taken)
			RETURNING `+occurrenceColumns,
			now, elapsed, millis(c.Elapsed.Add(-pace)), c.Limit, c.Owner, millis(c.Elapsed.Add(c.Lease)))
		return err
	})
	return os, err
}

// held is the condition of the index occurrences_held. SQLite takes a partial index
// only where its condition stands in the query; that a state is one of two does not
// tell it enough, and it would read every reminder ever sent.
func held(table string) string { return table + `.state IN ('sending', 'uncertain')` }

// ClaimUncertain takes occurrences whose quarantine is over, so that one process
// looks for each. They stay uncertain.
func (s *Store) ClaimUncertain(ctx context.Context, c Claim) ([]visit.Occurrence, error) {
	var os []visit.Occurrence
	err := s.change(ctx, "take what is uncertain", func(t *txn) (err error) {
		os, err = all(ctx, t, scanOccurrence, `WITH taken AS MATERIALIZED (
			SELECT o.workspace, o.key FROM occurrences o
			WHERE o.state = 'uncertain' AND `+held(`o`)+` AND o.hold_until <= $1 ORDER BY o.hold_until LIMIT $2 `+s.skipLocked+`)
			UPDATE occurrences SET owner = $3, hold_until = $4
			WHERE state = 'uncertain' AND hold_until <= $1 AND (workspace, key) IN (SELECT workspace, key FROM taken)
			RETURNING `+occurrenceColumns, millis(c.Elapsed), c.Limit, c.Owner, millis(c.Elapsed.Add(c.Lease)))
		return err
	})
	return os, err
}

// Settle writes what became of an occurrence that was claimed: o with another
// State, Wake, Hold, Attempt, TS, Sent, Error or Repeat. It reports false, and
// writes nothing, when somebody else has taken it since: from is as it was
// claimed, and its owner and attempt are the fence.
func (s *Store) Settle(ctx context.Context, from, o visit.Occurrence) (settled bool, err error) {
	err = s.change(ctx, "settle a reminder", func(t *txn) error {
		settled = false
		r, err := t.ExecContext(ctx, `UPDATE occurrences SET state = $6, wake_at = $7, hold_until = $8, attempt = $9, sent_at = $10, ts = $11,
			error = $12, repeated = $13, owner = ''
			WHERE workspace = $1 AND key = $2 AND state = $3 AND owner = $4 AND attempt = $5`,
			from.Workspace, from.Key, string(from.State), from.Owner, from.Attempt,
			string(o.State), millis(o.Wake), millis(o.Hold), o.Attempt, millis(o.Sent), o.TS, o.Error, o.Repeat)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		settled = n == 1
		return err
	})
	return settled, err
}

// ReleaseExpiredLeases makes uncertain what was being sent when its lease ended: its process
// died or was stopped, and nobody knows whether it arrived. It returns how many.
func (s *Store) ReleaseExpiredLeases(ctx context.Context, elapsed time.Time, quarantine time.Duration) (n int64, err error) {
	err = s.change(ctx, "find what was left in the middle", func(t *txn) error {
		r, err := t.ExecContext(ctx, `UPDATE occurrences SET state = 'uncertain', owner = '', hold_until = $2,
			error = 'the lease ended in the middle of sending'
			WHERE state = 'sending' AND `+held(`occurrences`)+` AND hold_until <= $1`,
			millis(elapsed), millis(elapsed.Add(quarantine)))
		if err != nil {
			return err
		}
		n, err = r.RowsAffected()
		return err
	})
	return n, err
}

// Expire gives up what is no longer of use at now, and returns it.
func (s *Store) Expire(ctx context.Context, now time.Time) (os []visit.Occurrence, err error) {
	err = s.change(ctx, "give up what is too late", func(t *txn) (err error) {
		os, err = all(ctx, t, scanOccurrence, `UPDATE occurrences SET state = 'expired',
			error = CASE WHEN error = '' THEN 'it was too late to be of use' ELSE error END
			WHERE state = 'pending' AND wake_at <= $1 AND expires_at > 0 AND expires_at <= $1 RETURNING `+occurrenceColumns, millis(now))
		return err
	})
	return os, err
}

// PauseChannel keeps a channel closed from the instant elapsed until open, for all
// replicas; a pause is never made shorter. Slack does not say which of its limits
// was met. A channel's own is seldom it, since Claim keeps the pace: when a second
// channel is told to wait meanwhile, the limit is the workspace's, and all wait.
func (s *Store) PauseChannel(ctx context.Context, workspace, channel string, elapsed, open time.Time) error {
	return s.change(ctx, "note a pause that Slack asked for", func(t *txn) error {
		const upsert = ` ON CONFLICT (workspace, channel) DO UPDATE SET open_at = excluded.open_at
			WHERE channel_gate.open_at < excluded.open_at`
		if _, err := t.ExecContext(ctx, `INSERT INTO channel_gate (workspace, channel, open_at) VALUES ($1, $2, $3)`+upsert,
			workspace, channel, millis(open)); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `INSERT INTO channel_gate (workspace, channel, open_at) SELECT workspace, '', open_at FROM channel_gate
			WHERE workspace = $1 AND channel = $2 AND EXISTS (SELECT 1 FROM channel_gate g
				WHERE g.workspace = $1 AND g.channel NOT IN ($2, '') AND g.open_at > $3)`+upsert,
			workspace, channel, millis(elapsed))
		return err
	})
}

// DueSchedules lists schedules whose time has come, over all workspaces.
func (s *Store) DueSchedules(ctx context.Context, now time.Time, limit int) ([]visit.Schedule, error) {
	scs, err := all(ctx, s.read, scanSchedule, `SELECT `+scheduleColumns+` FROM schedules
		WHERE next_at > 0 AND NOT paused AND next_at <= $1 ORDER BY next_at LIMIT $2`, millis(now), limit)
	if err != nil {
		return nil, fmt.Errorf("list what recurs now: %w", classify(err))
	}
	return scs, nil
}

// Waits are the instants at which somebody is next needed; a zero one is never.
type Waits struct {
	Calendar time.Time // something becomes due
	Elapsed  time.Time // a lease, back-off, pause or quarantine ends
}

// NextWaits finds when the scheduler is next needed. What is due already but held
// back counts by the end of what holds it.
func (s *Store) NextWaits(ctx context.Context, now, elapsed time.Time) (w Waits, err error) {
	// One row, each column from the edge of its index.
	var schedule, pending, held, channel *int64
	err = s.read.QueryRowContext(ctx, `SELECT
		(SELECT MIN(next_at) FROM schedules WHERE next_at > 0 AND NOT paused),
		(SELECT MIN(wake_at) FROM occurrences WHERE state = 'pending' AND wake_at > $1),
		(SELECT MIN(hold_until) FROM occurrences WHERE state IN ('sending', 'uncertain')),
		(SELECT MIN(CASE WHEN o.hold_until > $2 THEN o.hold_until ELSE $3 END)
			FROM (SELECT hold_until FROM occurrences WHERE state = 'pending' AND wake_at <= $1 LIMIT 100) o)`,
		millis(now), millis(elapsed), millis(elapsed.Add(pace/2))).Scan(&schedule, &pending, &held, &channel)
	if err != nil {
		return w, fmt.Errorf("find the next reminder: %w", classify(err))
	}
	earlier := func(t *time.Time, ms *int64) {
		if ms != nil && (t.IsZero() || instant(*ms).Before(*t)) {
			*t = instant(*ms)
		}
	}
	earlier(&w.Calendar, schedule)
	earlier(&w.Calendar, pending)
	earlier(&w.Elapsed, held)
	earlier(&w.Elapsed, channel)
	return w, nil
}

// OwnerOf is who planned what a subject names, and in which channel; a person
// owns what is theirs.
func (s *Store) OwnerOf(ctx context.Context, workspace string, subject visit.Subject) (owner, channel string, err error) {
	kind, id := subject.Cut()
	table := map[visit.SubjectKind]string{visit.OfVisit: "visits", visit.OfInspection: "inspections", visit.OfPlan: "plans"}[kind]
	if table == "" {
		if kind == visit.OfPerson {
			return id, "", nil
		}
		return "", id, nil
	}
	err = s.read.QueryRowContext(ctx, `SELECT owner, channel FROM `+table+` WHERE workspace = $1 AND number = $2`,
		workspace, subject.Number()).Scan(&owner, &channel)
	if err != nil {
		return "", "", fmt.Errorf("find the owner: %w", classify(notFound(err, string(kind), id)))
	}
	return owner, channel, nil
}
