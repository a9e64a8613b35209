package store

import (
	"context"
	"fmt"
	"time"

	"visitprep/internal/visit"
)

const scheduleColumns = `workspace, kind, subject, rule, zone, next_at, rev, paused, made_by`

func scanSchedule(row scanner) (sc visit.Schedule, err error) {
	err = row.Scan(&sc.Workspace, &sc.Kind, &sc.Subject, &sc.Rule, &sc.Zone, instantField{&sc.Next}, &sc.Rev, &sc.Paused, &sc.By)
	return sc, err
}

// PutSchedule records what recurs, or changes it.
func (s *Store) PutSchedule(ctx context.Context, sc visit.Schedule) error {
	return s.change(ctx, "record a schedule", func(t *txn) error { return t.putSchedule(ctx, sc) })
}

func (t *txn) putSchedule(ctx context.Context, sc visit.Schedule) error {
	t.wake = true
	_, err := t.ExecContext(ctx, `INSERT INTO schedules (`+scheduleColumns+`) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)
		ON CONFLICT (workspace, kind, subject) DO UPDATE SET rule = excluded.rule, zone = excluded.zone,
		next_at = excluded.next_at, paused = excluded.paused, made_by = excluded.made_by, rev = schedules.rev + 1`,
		sc.Workspace, string(sc.Kind), string(sc.Subject), sc.Rule, sc.Zone, millis(sc.Next), sc.Paused, sc.By)
	return err
}

// DropSchedule ends what recurs, and with a subscription what it has made and not sent. One that does not exist is ended already.
func (s *Store) DropSchedule(ctx context.Context, workspace string, kind visit.RecurKind, subject visit.Subject) error {
	return s.change(ctx, "end a schedule", func(t *txn) error { return t.dropSchedule(ctx, workspace, kind, subject) })
}

func (t *txn) dropSchedule(ctx context.Context, workspace string, kind visit.RecurKind, subject visit.Subject) error {
	_, err := t.ExecContext(ctx, `DELETE FROM schedules WHERE workspace = $1 AND kind = $2 AND subject = $3`,
		workspace, string(kind), string(subject))
	if err == nil && kind == visit.RecurOverview { // gone, so that it can come again where somebody changes their mind
		_, err = t.ExecContext(ctx, `DELETE FROM occurrences WHERE workspace = $1 AND kind = $2 AND subject = $3 AND state = 'pending'`,
			workspace, string(visit.Overview), string(subject))
	}
	made := map[visit.RecurKind]visit.Kind{visit.RecurTip: visit.Tip, visit.RecurMarket: visit.MarketDigest}[kind]
	if err != nil || made == "" {
		return err
	}
	if _, err := t.ExecContext(ctx, `UPDATE occurrences SET state = 'cancelled'
		WHERE workspace = $1 AND subject = $2 AND kind = $3 AND state = 'pending'`, workspace, string(subject), string(made)); err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `DELETE FROM asks WHERE workspace = $1 AND subject = $2 AND kind = $3`, workspace, string(subject), string(visit.AskTip))
	return err
}

// Schedule returns one schedule.
func (s *Store) Schedule(ctx context.Context, workspace string, kind visit.RecurKind, subject visit.Subject) (visit.Schedule, error) {
	sc, err := scanSchedule(s.read.QueryRowContext(ctx, `SELECT `+scheduleColumns+` FROM schedules
		WHERE workspace = $1 AND kind = $2 AND subject = $3`, workspace, string(kind), string(subject)))
	if err != nil {
		return sc, fmt.Errorf("read a schedule: %w", classify(notFound(err, "schedule", subject)))
	}
	return sc, nil
}

// Schedules lists the workspace's schedules of a kind.
func (s *Store) Schedules(ctx context.Context, workspace string, kind visit.RecurKind) ([]visit.Schedule, error) {
	scs, err := all(ctx, s.read, scanSchedule, `SELECT `+scheduleColumns+` FROM schedules
		WHERE workspace = $1 AND kind = $2 ORDER BY subject`, workspace, string(kind))
	if err != nil {
		return nil, fmt.Errorf("list the schedules: %w", classify(err))
	}
	return scs, nil
}

// Fire moves a schedule to its next time and records the occurrences of this one, and what
// it leaves for a daily message, in one transaction. What fell due in a [Gap] is looked for
// before it is sent. It reports false, and writes nothing, when the schedule has
// fired or changed since it was read.
func (s *Store) Fire(ctx context.Context, sc visit.Schedule, next time.Time, os []visit.Occurrence, asks ...visit.Ask) (fired bool, err error) {
	err = s.change(ctx, "fire a schedule", func(t *txn) error {
		var err error
		if fired, err = t.fire(ctx, sc, next); err != nil || !fired {
			return err
		}
		if err := t.ask(ctx, asks, true, digests{s.timing.At, sc.Zone, next}); err != nil {
			return err
		}
		again, err := t.again(ctx, sc)
		if err != nil {
			return err
		}
		return t.insertOccurrences(ctx, again.mark(os))
	})
	return fired, err
}

// again is the gap in which a schedule fired before, if it did.
func (t *txn) again(ctx context.Context, sc visit.Schedule) (Gap, error) {
	g, err := gapOf(ctx, t)
	if err != nil || !g.Has(sc.Next) {
		return Gap{}, err
	}
	return g, nil
}

// fire is the compare-and-swap: only the transaction that finds the revision it
// read may go on.
func (t *txn) fire(ctx context.Context, sc visit.Schedule, next time.Time) (bool, error) {
	r, err := t.ExecContext(ctx, `UPDATE schedules SET next_at = $5, rev = rev + 1
		WHERE workspace = $1 AND kind = $2 AND subject = $3 AND rev = $4`,
		sc.Workspace, string(sc.Kind), string(sc.Subject), sc.Rev, millis(next))
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}
