package store

import (
	"context"
	"fmt"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

var inspections = workRecord[visit.Inspection](record[visit.Inspection]{
	table: "inspections", kind: visit.OfInspection, a: "an inspection",
	fields: func(i *visit.Inspection) []any {
		return []any{&i.Plan, &i.Type, &i.Order, &i.Due, &i.Planned, list(&i.LeadDays), &i.Inspector,
			(*string)(&i.Result), &i.Reported.By, instantField{&i.Reported.At}, &i.Note, &i.NoteOpen,
			&i.Awaited.By, instantField{&i.Awaited.At}, &i.Missed.By, instantField{&i.Missed.At}, &i.MissedDay,
			asJSON(&i.Lot), &i.Lot.Series, (*string)(&i.Decision.Decision), &i.Decision.Why, &i.Decision.Said.By, instantField{&i.Decision.Said.At},
			asJSON(&i.Ordered), asJSON(&i.Firm), &i.Unchecked, list(&i.Measured)}
	},
}, `plan type order_name due_day planned_day leads inspector result reported_by reported_at note note_open
	awaited_by awaited_at missed_by missed_at missed_day
	lot series decision decision_why decided_by decided_at quantities firm unchecked measured`)

// AddInspection records one inspection with its checklist and its reminders.
func (s *Store) AddInspection(ctx context.Context, i visit.Inspection, now time.Time) (visit.Inspection, error) {
	return addInStore(ctx, s, inspections, i, false, now)
}

// KeepInspection records one that has its result, for the history: nothing is sent about it, and it
// gets no card.
func (s *Store) KeepInspection(ctx context.Context, i visit.Inspection, now time.Time) (visit.Inspection, error) {
	if i.Open() {
		return i, visit.Invalid("result", "It has no result yet.")
	}
	return addInStore(ctx, s, inspections, i, true, now)
}

// Inspection returns an inspection with its factory and its checklist.
func (s *Store) Inspection(ctx context.Context, workspace string, number int) (visit.Inspection, error) {
	return wholeInStore(ctx, s, inspections, workspace, number)
}

// ChangeInspection changes one inspection in the manner of ChangeVisit.
func (s *Store) ChangeInspection(ctx context.Context, workspace string, number int, now time.Time,
	f func(*visit.Inspection) error) (visit.Inspection, error) {
	return changeInStore(ctx, s, inspections, workspace, number, now, f)
}

// InspectWith changes one inspection as ChangeInspection does, and records what was found with it:
// both or neither.
func (s *Store) InspectWith(ctx context.Context, workspace string, number int, found []visit.Finding, now time.Time,
	f func(*visit.Inspection) error) (i visit.Inspection, err error) {
	err = s.change(ctx, "change an inspection with its findings", func(t *txn) (err error) {
		for n := range found {
			if _, _, err := t.addFinding(ctx, found[n], now); err != nil {
				return err
			}
		}
		i, err = change(ctx, t, inspections, workspace, number, &s.timing, now, f)
		return err
	})
	return i, err
}

// An InspectionFilter says which inspections to list.
type InspectionFilter struct {
	Filter
	Open bool // only those without a result, or on which nobody has decided yet
	// Silent lists only those without a result; Undecided only those on which nobody has decided yet.
	Silent, Undecided bool
	Over              bool // only those that a person has reported on, the last day first
	Plan              int  // only those of this plan; 0 is all
	// Planned lists only those that the plan's rhythm gave this day or a later one.
	Planned civil.Date
}

// An InspectionSummary is an inspection in a list.
type InspectionSummary struct {
	visit.Inspection
	visit.Progress
	Unowned int // open items that nobody has taken
}

// Inspections lists inspections by their day. Filter.Cancelled also lists those
// that were skipped, could not be done or were withdrawn.
func (s *Store) Inspections(ctx context.Context, workspace string, f InspectionFilter) ([]InspectionSummary, error) {
	var args arguments
	where := f.where(workspace, args.add)
	order := " ORDER BY v.due_day, v.number"
	if f.Over {
		order = " ORDER BY v.due_day DESC, v.number DESC"
	}
	is, err := all(ctx, s.read, func(row scanner) (m InspectionSummary, err error) {
		err = row.Scan(append(inspections.into(&m.Inspection), &m.Done, &m.All, &m.Skipped, &m.Unowned)...)
		return m, err
	}, `SELECT `+inspections.columns+`, `+counts(visit.OfInspection)+inspections.from+where+order+f.page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the inspections: %w", classify(err))
	}
	return is, nil
}

// CountInspections is how many Inspections would list without a limit.
func (s *Store) CountInspections(ctx context.Context, workspace string, f InspectionFilter) (n int, err error) {
	var args arguments
	where := f.where(workspace, args.add)
	if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM inspections v `+where, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the inspections: %w", classify(err))
	}
	return n, nil
}

// where builds the condition of a filter.
func (f *InspectionFilter) where(workspace string, arg func(any) string) string {
	where := f.Filter.where(workspace, "v", "due_day", visit.OfInspection, arg)
	switch {
	case f.Silent:
		where += " AND v.result = ''"
	case f.Undecided:
		where += " AND v.result = 'pending'"
	case f.Open:
		where += " AND v.result IN ('', 'pending')"
	case f.Over:
		where += " AND v.result NOT IN ('', 'pending', 'withdrawn')"
	case !f.Cancelled:
		where += " AND v.result NOT IN ('skipped', 'could_not', 'withdrawn')"
	}
	if f.Plan > 0 {
		where += " AND v.plan = " + arg(f.Plan)
	}
	if !f.Planned.IsZero() {
		where += " AND v.planned_day >= " + arg(f.Planned.String())
	}
	return where
}
