package store

import (
	"context"
	"fmt"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

var visits = workRecord[visit.Visit](record[visit.Visit]{
	table: "visits", kind: visit.OfVisit, a: "a visit",
	fields: func(v *visit.Visit) []any {
		return []any{&v.Purpose, &v.First, &v.Last, list(&v.People), &v.Agenda, list(&v.Notes), &v.Cancelled.By, instantField{&v.Cancelled.At}, &v.Broadcast, &v.Unannounced,
			(*string)(&v.Outcome.Verdict), &v.Outcome.Why, &v.Outcome.Said.By, instantField{&v.Outcome.Said.At}}
	},
}, `purpose first_day last_day people agenda notes cancelled_by cancelled_at broadcast unannounced outcome outcome_why outcome_by outcome_at`)

// PlanVisit records a visit with its checklist and its reminders, and returns it
// with its number. A factory without a number is recorded with it. The error is
// visit.InputErrors for what was entered wrongly.
func (s *Store) PlanVisit(ctx context.Context, v visit.Visit, now time.Time) (visit.Visit, error) {
	return addInStore(ctx, s, visits, v, false, now)
}

// KeepVisit records one that is over and has its outcome, for the history: nothing is sent about it,
// and it gets no card.
func (s *Store) KeepVisit(ctx context.Context, v visit.Visit, now time.Time) (visit.Visit, error) {
	if !v.Over(now) || !v.Outcome.IsSet() {
		return v, visit.Invalid("verdict", "It is not over yet, or nobody has said what it came to.")
	}
	return addInStore(ctx, s, visits, v, true, now)
}

// Visit returns a visit with its factory and its checklist.
func (s *Store) Visit(ctx context.Context, workspace string, number int) (visit.Visit, error) {
	return wholeInStore(ctx, s, visits, workspace, number)
}

// ChangeVisit changes one visit: it loads the whole, calls f, and writes what
// differs. Two at once take turns, so none is lost. An error of f comes back
// and nothing is written. When what reminders follow from has changed, those not
// yet sent are replaced in the same transaction.
func (s *Store) ChangeVisit(ctx context.Context, workspace string, number int, now time.Time,
	f func(*visit.Visit) error) (visit.Visit, error) {
	return changeInStore(ctx, s, visits, workspace, number, now, f)
}

// NextVisit returns the visit that a channel prepares: the first by its first day
// that is neither cancelled nor over on today. It returns visit.ErrNotFound where
// there is none.
func (s *Store) NextVisit(ctx context.Context, workspace, channel string, today civil.Date) (visit.Visit, error) {
	v, err := visits.scan(s.read.QueryRowContext(ctx, `SELECT `+visits.columns+visits.from+`
		WHERE v.workspace = $1 AND v.channel = $2 AND v.last_day >= $3 AND v.cancelled_by = ''
		ORDER BY v.first_day, v.number LIMIT 1`, workspace, channel, today.String()))
	if err == nil {
		v.Items, err = items(ctx, s.read, workspace, v.Subject())
	}
	if err != nil {
		return v, fmt.Errorf("find the next visit: %w", classify(notFound(err, "a visit in", channel)))
	}
	return v, nil
}

// A Summary is a visit in a list: without its items and notes, but with how many
// items there are, how many of them are done, and how many do not apply.
type Summary struct {
	visit.Visit
	visit.Progress
	Unowned int // open items that nobody has taken
}

// Visits lists visits by their first day, or those before a day by their last, backwards.
func (s *Store) Visits(ctx context.Context, workspace string, f Filter) ([]Summary, error) {
	var args arguments
	where := f.where(workspace, "v", "last_day", visit.OfVisit, args.add)
	if !f.Cancelled {
		where += " AND v.cancelled_by = ''"
	}
	order := ` ORDER BY v.first_day, v.number`
	if !f.Before.IsZero() {
		order = ` ORDER BY v.last_day DESC, v.number DESC`
	}
	vs, err := all(ctx, s.read, func(row scanner) (m Summary, err error) {
		err = row.Scan(append(visits.into(&m.Visit), &m.Done, &m.All, &m.Skipped, &m.Unowned)...)
		return m, err
	}, `SELECT `+visits.columns+`, `+counts(visit.OfVisit)+visits.from+where+order+f.page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the visits: %w", classify(err))
	}
	return vs, nil
}
