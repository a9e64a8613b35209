package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// An Arrival is that somebody said on a day of a visit: we are at the factory.
type Arrival struct {
	Workspace string
	Visit     int // its number
	Day       civil.Date
	visit.Mark
	TS string // of the note in the visit's thread; empty where there is none
}

// Arrive keeps an arrival. It reports false where somebody has said so before; then that
// one stands and comes back.
func (s *Store) Arrive(ctx context.Context, a Arrival) (first Arrival, did bool, err error) {
	err = s.change(ctx, "keep an arrival", func(t *txn) error {
		first = a
		err := t.QueryRowContext(ctx, `INSERT INTO arrivals (workspace, visit, day, said_by, said_at, ts) VALUES ($1, $2, $3, $4, $5, '')
			ON CONFLICT (workspace, visit, day) DO NOTHING RETURNING said_by`, a.Workspace, a.Visit, a.Day.String(), a.By, millis(a.At)).Scan(&first.By)
		if did = err == nil; did || !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		first, err = arrival(ctx, t, a.Workspace, a.Visit, a.Day)
		return err
	})
	return first, did, err
}

// Arrival returns who said on a day of a visit that the team is there; visit.ErrNotFound
// where nobody has.
func (s *Store) Arrival(ctx context.Context, workspace string, number int, day civil.Date) (Arrival, error) {
	a, err := arrival(ctx, s.read, workspace, number, day)
	if err != nil {
		return a, fmt.Errorf("read an arrival: %w", classify(notFound(err, "arrival on", day.String())))
	}
	return a, nil
}

func arrival(ctx context.Context, r reader, workspace string, number int, day civil.Date) (Arrival, error) {
	a := Arrival{Workspace: workspace, Visit: number, Day: day}
	err := r.QueryRowContext(ctx, `SELECT said_by, said_at, ts FROM arrivals WHERE workspace = $1 AND visit = $2 AND day = $3`,
		workspace, number, day.String()).Scan(&a.By, instantField{&a.At}, &a.TS)
	return a, err
}

// NoteArrival keeps where an arrival was noted in the visit's thread.
func (s *Store) NoteArrival(ctx context.Context, a Arrival) error {
	return s.change(ctx, "keep where an arrival was noted", func(t *txn) error {
		_, err := t.ExecContext(ctx, `UPDATE arrivals SET ts = $4 WHERE workspace = $1 AND visit = $2 AND day = $3`, a.Workspace, a.Visit, a.Day.String(), a.TS)
		return err
	})
}

// Unarrive takes an arrival back and returns it. It reports false where there is none.
func (s *Store) Unarrive(ctx context.Context, workspace string, number int, day civil.Date) (a Arrival, did bool, err error) {
	err = s.change(ctx, "take an arrival back", func(t *txn) error {
		a = Arrival{Workspace: workspace, Visit: number, Day: day}
		err := t.QueryRowContext(ctx, `DELETE FROM arrivals WHERE workspace = $1 AND visit = $2 AND day = $3 RETURNING said_by, said_at, ts`,
			workspace, number, day.String()).Scan(&a.By, instantField{&a.At}, &a.TS)
		if did = err == nil; errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return a, did, err
}
