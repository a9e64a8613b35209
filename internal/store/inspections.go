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
			(*string)(&i.Result), &i.Reported.By, instantField{&i.Reported.At}, &i.Note}
	},
}, `plan type order_name due_day planned_day leads inspector result reported_by reported_at note`)

// AddInspection records one inspection with its checklist and its reminders.
func (s *Store) AddInspection(ctx context.Context, i visit.Inspection, now time.Time) (visit.Inspection, error) {
	return addInStore(ctx, s, inspections, i, now)
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

// An InspectionFilter says which inspections to list.
type InspectionFilter struct {
	Filter
	Open bool // only those without a result
	Over bool // only those that a person has reported on, the last day first
	Plan int  // only those of this plan; 0 is all
	// Planned lists only those that the plan's rhythm gave this day or a later one.
	Planned civil.Date
}

// An InspectionSummary is an inspection in a list.
type InspectionSummary struct {
	visit.Inspection
	Done, All int
}

// Inspections lists inspections by their day. Filter.Cancelled also lists those
// that were skipped or withdrawn.
func (s *Store) Inspections(ctx context.Context, workspace string, f InspectionFilter) ([]InspectionSummary, error) {
	var args arguments
	where := f.where(workspace, "v", "due_day", args.add)
	switch {
	case f.Open:
		where += " AND v.result = ''"
	case f.Over:
		where += " AND v.result NOT IN ('', 'withdrawn')"
	case !f.Cancelled:
		where += " AND v.result NOT IN ('skipped', 'withdrawn')"
	}
	if f.Plan > 0 {
		where += " AND v.plan = " + args.add(f.Plan)
	}
	if !f.Planned.IsZero() {
		where += " AND v.planned_day >= " + args.add(f.Planned.String())
	}
	order := " ORDER BY v.due_day, v.number"
	if f.Over {
		order = " ORDER BY v.due_day DESC, v.number DESC"
	}
	is, err := all(ctx, s.read, func(row scanner) (m InspectionSummary, err error) {
		err = row.Scan(append(inspections.into(&m.Inspection), &m.Done, &m.All)...)
		return m, err
	}, `SELECT `+inspections.columns+`, `+counts(visit.OfInspection)+inspections.from+where+order+f.page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the inspections: %w", classify(err))
	}
	return is, nil
}
