package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

const factoryOf = `f.workspace, f.number, f.name, f.chinese, f.city, f.address, f.zone, f.contacts, f.removed`

func factoryDest(f *visit.Factory) []any {
	return []any{&f.Workspace, &f.Number, &f.Name, &f.Chinese, &f.City, &f.Address, &f.Zone, &f.Contacts, &f.Removed}
}

const planColumns = `v.workspace, v.number, v.rev, v.type, v.rule, v.channel, v.private, v.shared, v.zone, v.home, v.leads, v.inspectors, v.owner, v.next_day, v.made, v.ended_by, v.ended_at, v.created_at, ` + factoryOf

const fromPlans = ` FROM plans v JOIN factories f ON f.workspace = v.workspace AND f.number = v.factory `

func scanPlan(row interface{ Scan(...any) error }) (p visit.Plan, err error) {
	var leads, inspectors string
	var ended, created int64
	dest := append([]any{&p.Workspace, &p.Number, &p.Rev, &p.Type, &p.Rule, &p.Channel, &p.Private, &p.Shared, &p.Zone, &p.Home, &leads, &inspectors, &p.Owner, &p.Next, &p.Made, &p.Ended.By, &ended, &created},
		factoryDest(&p.Factory)...)
	if err = row.Scan(dest...); err != nil {
		return p, err
	}
	p.Ended.At, p.Created = instant(ended), instant(created)
	if err = fromJSON(leads, &p.Leads); err != nil {
		return p, err
	}
	return p, fromJSON(inspectors, &p.Inspectors)
}

// withFactory records the factory of something new, or reads it again where it is
// known.
func (t *txn) withFactory(ctx context.Context, workspace string, f visit.Factory) (visit.Factory, error) {
	if f.Number == 0 {
		return t.addFactory(ctx, f)
	}
	return factory(ctx, t, workspace, f.Number)
}

// checkNewFactory completes the factory of something new and checks one that is
// not recorded yet.
func checkNewFactory(workspace string, f *visit.Factory) error {
	f.Workspace = workspace
	f.Normalize()
	if f.Number == 0 {
		return f.Check()
	}
	return nil
}

// AddPlan records an inspection plan and has the planner make its first
// inspections at once. The caller has checked the rule.
func (s *Store) AddPlan(ctx context.Context, p visit.Plan, now time.Time) (visit.Plan, error) {
	if err := checkNewFactory(p.Workspace, &p.Factory); err != nil {
		return p, err
	}
	p.Normalize()
	if err := p.Check(); err != nil {
		return p, err
	}
	err := s.change(ctx, "record an inspection plan", func(t *txn) (err error) {
		n, err := t.addPlan(ctx, p, now)
		if err == nil {
			p = n
		}
		return err
	})
	return p, err
}

// addPlan records a plan that was checked.
func (t *txn) addPlan(ctx context.Context, n visit.Plan, now time.Time) (_ visit.Plan, err error) {
	if n.Number, err = t.next(ctx, n.Workspace, "plan"); err != nil {
		return n, err
	}
	if n.Factory, err = t.withFactory(ctx, n.Workspace, n.Factory); err != nil {
		return n, err
	}
	n.Rev, n.Created = 1, now
	if _, err = t.ExecContext(ctx, `INSERT INTO plans (workspace, number, rev, factory, type, rule, channel, private, shared, zone, home, leads, inspectors, owner, next_day, made, ended_by, ended_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		n.Workspace, n.Number, n.Rev, n.Factory.Number, n.Type, n.Rule, n.Channel, n.Private, n.Shared, n.Zone, n.Home, toJSON(n.Leads), toJSON(n.Inspectors), n.Owner,
		n.Next.String(), n.Made, n.Ended.By, millis(n.Ended.At), millis(n.Created)); err != nil {
		return n, err
	}
	return n, t.putSchedule(ctx, visit.Schedule{Workspace: n.Workspace, Subject: n.Subject(), Kind: visit.RecurPlan, Rule: n.Rule, Zone: n.Zone, Next: now})
}

// Plan returns an inspection plan with its factory.
func (s *Store) Plan(ctx context.Context, workspace string, number int) (visit.Plan, error) {
	p, err := plan(ctx, s.read, workspace, number)
	if err != nil {
		return p, fmt.Errorf("read an inspection plan: %w", classify(err))
	}
	return p, nil
}

func plan(ctx context.Context, r reader, workspace string, number int) (visit.Plan, error) {
	p, err := scanPlan(r.QueryRowContext(ctx, `SELECT `+planColumns+fromPlans+`WHERE v.workspace = $1 AND v.number = $2`, workspace, number))
	return p, notFound(err, "inspection plan", number)
}

// Plans lists inspection plans by number.
func (s *Store) Plans(ctx context.Context, workspace string, f Filter) ([]visit.Plan, error) {
	var args arguments
	where := f.where(workspace, "v", "next_day", args.add)
	if !f.Cancelled {
		where += " AND v.ended_by = ''"
	}
	ps, err := all(ctx, s.read, scanPlan, `SELECT `+planColumns+fromPlans+where+` ORDER BY v.number`+f.page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the inspection plans: %w", classify(err))
	}
	return ps, nil
}

// ChangePlan changes one inspection plan, for a person. What the plan has made ahead
// follows it in the same transaction, see [visit.Inspection.Follow]; asked reports
// whether a plan has an inspection on a day, and is not called for one that has
// ended. With another rule or zone the planner looks at the plan at once. It returns
// the plan and the inspections that changed with it.
func (s *Store) ChangePlan(ctx context.Context, workspace string, number int, by string, now time.Time, change func(*visit.Plan) error, asked func(*visit.Plan, civil.Date) bool) (p visit.Plan, touched []visit.Inspection, err error) {
	err = s.change(ctx, "change an inspection plan", func(t *txn) error {
		touched = nil
		if _, err := t.ExecContext(ctx, `UPDATE plans SET rev = rev + 1 WHERE workspace = $1 AND number = $2`, workspace, number); err != nil {
			return err
		}
		was, err := plan(ctx, t, workspace, number)
		if err != nil {
			return err
		}
		p = was
		p.Leads, p.Inspectors = slices.Clone(was.Leads), slices.Clone(was.Inspectors)
		if err := change(&p); err != nil {
			return err
		}
		p.Normalize()
		if err := p.Check(); err != nil {
			return err
		}
		if p.Factory.Number != was.Factory.Number {
			if p.Factory, err = factory(ctx, t, workspace, p.Factory.Number); err != nil {
				return err
			}
		}
		again := was.Ended.Done() && !p.Ended.Done() || p.Rule != was.Rule || p.Zone != was.Zone
		if again {
			p.Next = civil.Date{} // by the old rhythm
		}
		if err := t.savePlan(ctx, &p); err != nil {
			return err
		}
		made, err := all(ctx, t, scanInspection, `SELECT `+inspectionColumns+fromInspections+`WHERE v.workspace = $1 AND v.plan = $2 AND v.result IN ('', 'withdrawn') ORDER BY v.number`, workspace, number)
		if err != nil {
			return err
		}
		for _, was := range made {
			if was.Items, err = items(ctx, t, workspace, was.Subject()); err != nil {
				return err
			}
			i := was
			if !i.Follow(&p, !p.Ended.Done() && asked(&p, i.Planned), by, now) {
				continue
			}
			if i.Rev, err = t.nextRev(ctx, workspace, i.Number); err != nil {
				return err
			}
			if err := t.saveInspection(ctx, &s.timing, was, &i, now); err != nil {
				return err
			}
			touched = append(touched, i)
		}
		switch {
		case p.Ended.Done() && !was.Ended.Done():
			return t.dropSchedule(ctx, workspace, visit.RecurPlan, p.Subject())
		case !p.Ended.Done() && (again || !slices.Equal(p.Leads, was.Leads)):
			return t.putSchedule(ctx, visit.Schedule{Workspace: workspace, Subject: p.Subject(), Kind: visit.RecurPlan, Rule: p.Rule, Zone: p.Zone, Next: now})
		}
		return nil
	})
	return p, touched, err
}

func (t *txn) savePlan(ctx context.Context, p *visit.Plan) error {
	_, err := t.ExecContext(ctx, `UPDATE plans SET factory = $3, type = $4, rule = $5, channel = $6, private = $7, shared = $8, zone = $9, home = $10, leads = $11, inspectors = $12,
			owner = $13, next_day = $14, made = $15, ended_by = $16, ended_at = $17 WHERE workspace = $1 AND number = $2`,
		p.Workspace, p.Number, p.Factory.Number, p.Type, p.Rule, p.Channel, p.Private, p.Shared, p.Zone, p.Home, toJSON(p.Leads), toJSON(p.Inspectors),
		p.Owner, p.Next.String(), p.Made, p.Ended.By, millis(p.Ended.At))
	return err
}

const inspectionColumns = `v.workspace, v.number, v.rev, v.schedule, v.plan, v.type, v.order_name, v.due_day, v.planned_day, v.channel, v.private, v.shared, v.zone, v.home,
	v.leads, v.inspector, v.owner, v.result, v.reported_by, v.reported_at, v.note, v.card, v.created_at, ` + factoryOf

const fromInspections = ` FROM inspections v JOIN factories f ON f.workspace = v.workspace AND f.number = v.factory `

func inspectionDest(i *visit.Inspection) (leads *string, reported, created *int64, dest []any) {
	leads, reported, created = new(string), new(int64), new(int64)
	return leads, reported, created, append([]any{&i.Workspace, &i.Number, &i.Rev, &i.Schedule, &i.Plan, &i.Type, &i.Order, &i.Due, &i.Planned, &i.Channel, &i.Private, &i.Shared, &i.Zone, &i.Home,
		leads, &i.Inspector, &i.Owner, &i.Result, &i.Reported.By, reported, &i.Note, &i.Card, created}, factoryDest(&i.Factory)...)
}

func finishInspection(i *visit.Inspection, leads string, reported, created int64) error {
	i.Reported.At, i.Created = instant(reported), instant(created)
	return fromJSON(leads, &i.Leads)
}

func scanInspection(row interface{ Scan(...any) error }) (i visit.Inspection, err error) {
	leads, reported, created, dest := inspectionDest(&i)
	if err = row.Scan(dest...); err != nil {
		return i, err
	}
	return i, finishInspection(&i, *leads, *reported, *created)
}

// AddInspection records one inspection with its checklist and its reminders.
func (s *Store) AddInspection(ctx context.Context, i visit.Inspection, now time.Time) (visit.Inspection, error) {
	if err := checkNewFactory(i.Workspace, &i.Factory); err != nil {
		return i, err
	}
	i.Normalize()
	if err := i.Check(); err != nil {
		return i, err
	}
	err := s.change(ctx, "record an inspection", func(t *txn) (err error) {
		i, err = t.addInspection(ctx, i, s.timing, now)
		return err
	})
	return i, err
}

func (t *txn) addInspection(ctx context.Context, i visit.Inspection, timing visit.Timing, now time.Time) (_ visit.Inspection, err error) {
	if i.Number, err = t.next(ctx, i.Workspace, "inspection"); err != nil {
		return i, err
	}
	if i.Factory, err = t.withFactory(ctx, i.Workspace, i.Factory); err != nil {
		return i, err
	}
	i.Rev, i.Schedule, i.Created = 1, 1, now
	if _, err = t.ExecContext(ctx, `INSERT INTO inspections (workspace, number, rev, schedule, plan, factory, type, order_name, due_day, planned_day, channel, private, shared, zone, home,
			leads, inspector, owner, result, reported_by, reported_at, note, card, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
		i.Workspace, i.Number, i.Rev, i.Schedule, i.Plan, i.Factory.Number, i.Type, i.Order, i.Due.String(), i.Planned.String(), i.Channel, i.Private, i.Shared, i.Zone, i.Home,
		toJSON(i.Leads), i.Inspector, i.Owner, string(i.Result), i.Reported.By, millis(i.Reported.At), i.Note, i.Card, millis(i.Created)); err != nil {
		return i, err
	}
	if err = t.saveItems(ctx, i.Workspace, i.Subject(), nil, i.Items, digests{timing.At, i.Home, now}); err != nil {
		return i, err
	}
	return i, t.insertOccurrences(ctx, i.Reminders(&timing, now, true))
}

// Inspection returns an inspection with its factory and its checklist.
func (s *Store) Inspection(ctx context.Context, workspace string, number int) (visit.Inspection, error) {
	i, err := wholeInspection(ctx, s.read, workspace, number)
	if err != nil {
		return i, fmt.Errorf("read an inspection: %w", classify(err))
	}
	return i, nil
}

func wholeInspection(ctx context.Context, r reader, workspace string, number int) (visit.Inspection, error) {
	i, err := scanInspection(r.QueryRowContext(ctx, `SELECT `+inspectionColumns+fromInspections+`WHERE v.workspace = $1 AND v.number = $2`, workspace, number))
	if err != nil {
		return i, notFound(err, "inspection", number)
	}
	i.Items, err = items(ctx, r, workspace, i.Subject())
	return i, err
}

// ChangeInspection changes one inspection in the manner of ChangeVisit.
func (s *Store) ChangeInspection(ctx context.Context, workspace string, number int, now time.Time, change func(*visit.Inspection) error) (visit.Inspection, error) {
	var i visit.Inspection
	err := s.change(ctx, "change an inspection", func(t *txn) error {
		if _, err := t.nextRev(ctx, workspace, number); err != nil {
			return err
		}
		was, err := wholeInspection(ctx, t, workspace, number)
		if err != nil {
			return err
		}
		i = was
		i.Leads, i.Items = slices.Clone(was.Leads), slices.Clone(was.Items)
		if err := change(&i); err != nil {
			return err
		}
		i.Normalize()
		if err := i.Check(); err != nil {
			return err
		}
		if i.Factory.Number != was.Factory.Number {
			if i.Factory, err = factory(ctx, t, workspace, i.Factory.Number); err != nil {
				return err
			}
		}
		return t.saveInspection(ctx, &s.timing, was, &i, now)
	})
	return i, err
}

// nextRev counts a change of an inspection, which also locks it. It returns 0 where
// there is none.
func (t *txn) nextRev(ctx context.Context, workspace string, number int) (rev int, err error) {
	err = t.QueryRowContext(ctx, `UPDATE inspections SET rev = rev + 1 WHERE workspace = $1 AND number = $2 RETURNING rev`, workspace, number).Scan(&rev)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return rev, err
}

// saveInspection writes what differs between was and i, and replaces its reminders
// when what they follow from has changed.
func (t *txn) saveInspection(ctx context.Context, timing *visit.Timing, was visit.Inspection, i *visit.Inspection, now time.Time) error {
	again := i.Due != was.Due || i.Open() != was.Open() || i.Channel != was.Channel || i.Zone != was.Zone || i.Home != was.Home || i.Owner != was.Owner || !slices.Equal(i.Leads, was.Leads)
	if again {
		i.Schedule++
	}
	if _, err := t.ExecContext(ctx, `UPDATE inspections SET schedule = $3, factory = $4, type = $5, order_name = $6, due_day = $7, channel = $8, private = $9, shared = $10, zone = $11, home = $12,
			leads = $13, inspector = $14, owner = $15, result = $16, reported_by = $17, reported_at = $18, note = $19, card = $20 WHERE workspace = $1 AND number = $2`,
		i.Workspace, i.Number, i.Schedule, i.Factory.Number, i.Type, i.Order, i.Due.String(), i.Channel, i.Private, i.Shared, i.Zone, i.Home,
		toJSON(i.Leads), i.Inspector, i.Owner, string(i.Result), i.Reported.By, millis(i.Reported.At), i.Note, i.Card); err != nil {
		return err
	}
	if err := t.saveItems(ctx, i.Workspace, i.Subject(), was.Items, i.Items, digests{timing.At, i.Home, now}); err != nil {
		return err
	}
	if !again {
		return nil
	}
	if err := t.cancelOccurrences(ctx, i.Workspace, i.Subject()); err != nil {
		return err
	}
	return t.insertOccurrences(ctx, i.Reminders(timing, now, i.Due.Before(was.Due)))
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
	is, err := all(ctx, s.read, func(row interface{ Scan(...any) error }) (InspectionSummary, error) {
		var m InspectionSummary
		leads, reported, created, dest := inspectionDest(&m.Inspection)
		if err := row.Scan(append(dest, &m.Done, &m.All)...); err != nil {
			return m, err
		}
		return m, finishInspection(&m.Inspection, *leads, *reported, *created)
	}, `SELECT `+inspectionColumns+`, `+counts(`'inspection/' || CAST(v.number AS TEXT)`)+fromInspections+where+order+f.page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the inspections: %w", classify(err))
	}
	return is, nil
}

// FirePlan is Fire for an inspection plan: it records the inspections that were
// made, with the day of the next one that is not made yet, in one transaction. It
// reports false when somebody else was first. An inspection that the plan has on
// that day already is not made again.
func (s *Store) FirePlan(ctx context.Context, sc visit.Schedule, next time.Time, nextDay civil.Date, made []visit.Inspection, now time.Time) (out []visit.Inspection, fired bool, err error) {
	err = s.change(ctx, "make the inspections of a plan", func(t *txn) error {
		out = nil
		var err error
		if fired, err = t.fire(ctx, sc, next); err != nil || !fired {
			return err
		}
		for _, i := range made {
			var there int
			if err := t.QueryRowContext(ctx, `SELECT COUNT(*) FROM inspections WHERE workspace = $1 AND plan = $2 AND planned_day = $3`, i.Workspace, i.Plan, i.Planned.String()).Scan(&there); err != nil {
				return err
			}
			if there > 0 {
				continue
			}
			i.Normalize()
			n, err := t.addInspection(ctx, i, s.timing, now)
			if err != nil {
				return err
			}
			out = append(out, n)
		}
		_, err = t.ExecContext(ctx, `UPDATE plans SET next_day = $3, made = made + $4 WHERE workspace = $1 AND number = $2`, sc.Workspace, sc.Subject.Number(), nextDay.String(), len(out))
		return err
	})
	return out, fired, err
}
