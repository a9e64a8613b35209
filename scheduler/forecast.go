package scheduler

import (
	"context"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler/calendar"
)

// An Expected is a message of a forecast.
type Expected struct {
	visit.Occurrence
	// Planned is true of a reminder of an inspection that its plan has still to make;
	// its subject is the plan.
	Planned bool
}

// Forecast lists, in order, what a scheduler with these options would send from one
// instant until another if nobody changed anything: what waits to be sent, and what
// plans, subscriptions and people's own items bring until then. Of the options it
// uses Store, Timing, Checklist and Now. It writes nothing.
//
// The error is that of the database, or names a schedule that cannot be read and
// would stop.
func Forecast(ctx context.Context, o Options, from, until time.Time) ([]Expected, error) {
	o.setDefaults()
	workspaces, err := o.Store.Workspaces(ctx)
	if err != nil {
		return nil, err
	}
	var all []Expected
	for _, w := range workspaces {
		waiting, err := o.Store.Occurrences(ctx, w, store.OccurrenceFilter{States: []visit.State{visit.Pending}, From: from, Until: until})
		if err != nil {
			return nil, err
		}
		known := map[string]bool{} // by key: the database takes each once
		for _, oc := range waiting {
			known[oc.Key] = true
			all = append(all, Expected{Occurrence: oc})
		}
		for _, kind := range []visit.RecurKind{visit.RecurPlan, visit.RecurTip, visit.RecurDigest} {
			scs, err := o.Store.Schedules(ctx, w, kind)
			if err != nil {
				return nil, err
			}
			for _, sc := range scs {
				es, err := o.expect(ctx, sc, until)
				if err != nil {
					return nil, fmt.Errorf("forecast %s of %s: %w", sc.Subject, sc.Workspace, err)
				}
				for _, e := range es {
					if (e.Planned || !known[e.Key]) && !e.Due.Before(from) && e.Due.Before(until) {
						known[e.Key] = true
						all = append(all, e)
					}
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Expected) int { return a.Due.Compare(b.Due) })
	return all, nil
}

// expect is what one schedule brings until an instant, each firing at its own time
// and what is late at once, as the scheduler does.
func (o *Options) expect(ctx context.Context, sc visit.Schedule, until time.Time) ([]Expected, error) {
	if sc.Paused || sc.Next.IsZero() {
		return nil, nil
	}
	rule, zone, err := recurrence(sc)
	if err != nil {
		return nil, err
	}
	at := sc.Next
	if now := o.Now(); at.Before(now) {
		at = now
	}
	if sc.Kind == visit.RecurPlan {
		return o.expectPlan(ctx, sc, rule, zone, at, until)
	}
	var es []Expected
	for !at.IsZero() && at.Before(until) {
		os, err := messages(ctx, o.Store, &o.Timing, sc, zone, at)
		if err != nil {
			return nil, err
		}
		for _, oc := range os {
			es = append(es, Expected{Occurrence: oc})
		}
		sc.Next, _ = rule.Next(at, zone)
		at = sc.Next
	}
	return es, nil
}

// expectPlan is expect for an inspection plan that fires at an instant: it keeps in
// memory what firePlan writes down.
func (o *Options) expectPlan(ctx context.Context, sc visit.Schedule, rule calendar.Rule, zone *time.Location, at, until time.Time) ([]Expected, error) {
	p, err := o.Store.Plan(ctx, sc.Workspace, sc.Subject.Number())
	if err != nil {
		return nil, err
	}
	has, err := daysOf(ctx, o.Store, &p, civil.Of(at.In(zone)))
	if err != nil {
		return nil, err
	}
	var es []Expected
	for !at.IsZero() && at.Before(until) {
		f := firingOf(&p, rule, zone, has, o.Checklist, at)
		for _, i := range f.made {
			has[i.Planned] = true
			for _, oc := range i.Reminders(&o.Timing, at, true) {
				oc.Subject = p.Subject()
				es = append(es, Expected{oc, true})
			}
		}
		p.Next, at = f.next, f.again
	}
	return es, nil
}
