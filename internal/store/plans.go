package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

var plans = newRecord(record[visit.Plan]{
	table: "plans", kind: visit.OfPlan, a: "an inspection plan",
	fields: func(p *visit.Plan) []any {
		return []any{&p.Workspace, &p.Number, &p.Rev, &p.Factory.Number, &p.Type, &p.Rule,
			&p.Channel, &p.Private, &p.Shared, &p.Zone, &p.ChannelZone,
			list(&p.LeadDays), list(&p.Inspectors), &p.Owner, &p.Next, &p.InspectionsMade,
			&p.Ended.By, instantField{&p.Ended.At}, instantField{&p.Created}}
	},
	factory: func(p *visit.Plan) *visit.Factory { return &p.Factory },
}, `workspace number rev factory type rule channel private shared zone home
	leads inspectors owner next_day made ended_by ended_at created_at`)

// AddPlan records an inspection plan and has the planner make its first
// inspections at once. The caller has checked the rule.
func (s *Store) AddPlan(ctx context.Context, p visit.Plan, now time.Time) (visit.Plan, error) {
	return s.recordPlan(ctx, p, now, func(*txn, *visit.Plan) error { return nil })
}

// BeginPlan is AddPlan for a plan of which its channel is to be told.
func (s *Store) BeginPlan(ctx context.Context, p visit.Plan, now time.Time) (visit.Plan, error) {
	return s.recordPlan(ctx, p, now, func(t *txn, p *visit.Plan) error {
		return t.insertOccurrences(ctx, []visit.Occurrence{visit.SeriesOf(p, now)})
	})
}

func (s *Store) recordPlan(ctx context.Context, p visit.Plan, now time.Time, also func(*txn, *visit.Plan) error) (visit.Plan, error) {
	if err := checkNewFactory(p.Workspace, &p.Factory); err != nil {
		return p, err
	}
	p.Normalize()
	if err := p.Check(); err != nil {
		return p, err
	}
	added := p
	err := s.change(ctx, "record an inspection plan", func(t *txn) error {
		added = p
		if err := t.addPlan(ctx, &added, now); err != nil {
			return err
		}
		return also(t, &added)
	})
	return added, err
}

// addPlan records a plan that was checked.
func (t *txn) addPlan(ctx context.Context, p *visit.Plan, now time.Time) (err error) {
	if p.Number, err = t.next(ctx, p.Workspace, string(visit.OfPlan)); err != nil {
		return err
	}
	if p.Factory, err = t.withFactory(ctx, p.Workspace, p.Factory, p.Channel, now); err != nil {
		return err
	}
	p.Rev, p.Created = 1, now
	if err := plans.insert(ctx, t, p); err != nil {
		return err
	}
	return t.putSchedule(ctx, planSchedule(p, now))
}

// planSchedule has the planner look at a plan at next.
func planSchedule(p *visit.Plan, next time.Time) visit.Schedule {
	return visit.Schedule{Workspace: p.Workspace, Subject: p.Subject(), Kind: visit.RecurPlan, Rule: p.Rule, Zone: p.Zone, Next: next}
}

// Plan returns an inspection plan with its factory.
func (s *Store) Plan(ctx context.Context, workspace string, number int) (visit.Plan, error) {
	p, err := plans.get(ctx, s.read, workspace, number)
	if err != nil {
		return p, fmt.Errorf("read an inspection plan: %w", classify(err))
	}
	return p, nil
}

// Plans lists inspection plans by number.
func (s *Store) Plans(ctx context.Context, workspace string, f Filter) ([]visit.Plan, error) {
	var args arguments
	where := f.where(workspace, "v", "next_day", visit.OfPlan, args.add)
	if !f.Cancelled {
		where += " AND v.ended_by = ''"
	}
	ps, err := all(ctx, s.read, plans.scan, `SELECT `+plans.columns+plans.from+where+` ORDER BY v.number`+f.page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the inspection plans: %w", classify(err))
	}
	return ps, nil
}

// ChangePlan changes one inspection plan, for a person. What the plan has made ahead
// follows it in the same transaction, see [visit.Inspection.SyncWithPlan]; onPlan reports
// whether a plan has an inspection on a day, and is not called for one that has
// ended. With another rule or zone the planner looks at the plan at once. It returns
// the plan and the inspections that changed with it.
func (s *Store) ChangePlan(ctx context.Context, workspace string, number int, by string, now time.Time,
	f func(*visit.Plan) error, onPlan func(*visit.Plan, civil.Date) bool) (p visit.Plan, changed []visit.Inspection, err error) {
	err = s.By(by).change(ctx, "change an inspection plan", func(t *txn) error {
		changed = nil
		if err := plans.lock(ctx, t, workspace, number); err != nil {
			return err
		}
		before, err := plans.get(ctx, t, workspace, number)
		if err != nil {
			return err
		}
		p = before
		p.LeadDays, p.Inspectors = slices.Clone(before.LeadDays), slices.Clone(before.Inspectors)
		if err := f(&p); err != nil {
			return err
		}
		p.Normalize()
		if err := p.Check(); err != nil {
			return err
		}
		if err := t.moveTo(ctx, &p.Factory, &before.Factory); err != nil {
			return err
		}
		ended, resumed := p.Ended.IsSet() && !before.Ended.IsSet(), before.Ended.IsSet() && !p.Ended.IsSet()
		reschedule := resumed || p.Rule != before.Rule || p.Zone != before.Zone
		if reschedule {
			p.Next = civil.Date{} // by the old rhythm
		}
		if err := plans.update(ctx, t, &p); err != nil {
			return err
		}
		if changed, err = t.syncInspections(ctx, &p, by, &s.timing, now, onPlan); err != nil {
			return err
		}
		switch {
		case ended:
			return t.dropSchedule(ctx, workspace, visit.RecurPlan, p.Subject())
		case !p.Ended.IsSet() && (reschedule || !slices.Equal(p.LeadDays, before.LeadDays)):
			return t.putSchedule(ctx, planSchedule(&p, now))
		}
		return nil
	})
	return p, changed, err
}

// syncInspections has what a plan has made follow it, and returns what changed.
func (t *txn) syncInspections(ctx context.Context, p *visit.Plan, by string, timing *visit.Timing, now time.Time,
	onPlan func(*visit.Plan, civil.Date) bool) (changed []visit.Inspection, err error) {
	made, err := all(ctx, t, inspections.scan, `SELECT `+inspections.columns+inspections.from+`
		WHERE v.workspace = $1 AND v.plan = $2 AND v.result IN ('', 'withdrawn') ORDER BY v.number`, p.Workspace, p.Number)
	if err != nil {
		return nil, err
	}
	for _, i := range made {
		if i.Items, err = items(ctx, t, p.Workspace, i.Subject()); err != nil {
			return nil, err
		}
		sync := func(i *visit.Inspection) bool {
			return i.SyncWithPlan(p, !p.Ended.IsSet() && onPlan(p, i.Planned), by, now)
		}
		if !sync(&i) {
			continue
		}
		if !i.Near(now) { // its card shows it, and nobody has prepared for it yet
			t.by = ""
		}
		// It was read before it was locked: what counts is what it is now.
		i, err := change(ctx, t, inspections, p.Workspace, i.Number, timing, now, func(i *visit.Inspection) error { sync(i); return nil })
		if t.by = by; err != nil {
			return nil, err
		}
		changed = append(changed, i)
	}
	return changed, nil
}

// FirePlan is Fire for an inspection plan: it records the inspections that were
// made, with the day of the next one that is not made yet, in one transaction. It
// reports false when somebody else was first. An inspection that the plan has on
// that day already is not made again.
func (s *Store) FirePlan(ctx context.Context, sc visit.Schedule, next time.Time, nextDay civil.Date,
	made []visit.Inspection, now time.Time) (out []visit.Inspection, fired bool, err error) {
	err = s.change(ctx, "make the inspections of a plan", func(t *txn) error {
		out = nil
		var err error
		if fired, err = t.fire(ctx, sc, next); err != nil || !fired {
			return err
		}
		again, err := t.again(ctx, sc)
		if err != nil {
			return err
		}
		for _, i := range made {
			existing, err := t.count(ctx, `SELECT COUNT(*) FROM inspections WHERE workspace = $1 AND plan = $2 AND planned_day = $3`,
				i.Workspace, i.Plan, i.Planned)
			if err != nil {
				return err
			}
			if existing > 0 {
				continue
			}
			i.Normalize()
			if err := add(ctx, t, inspections, &i, &s.timing, again, now); err != nil {
				return err
			}
			out = append(out, i)
		}
		_, err = t.ExecContext(ctx, `UPDATE plans SET next_day = $3, made = made + $4 WHERE workspace = $1 AND number = $2`,
			sc.Workspace, sc.Subject.Number(), nextDay, len(out))
		return err
	})
	return out, fired, err
}
