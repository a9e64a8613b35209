package scheduler

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

var errNoChecklist = errors.New("a forecast needs Options.Checklist")

// Forecast lists, in order, what a scheduler with these options would send from one
// instant until another if nobody changed anything: what waits to be sent, and what
// plans, subscriptions and people's own items bring until then. Of the options it
// uses Store, Timing, Checklist and Now. It writes nothing.
//
// The error is that of the database, or names a schedule that cannot be read and
// would stop.
func Forecast(ctx context.Context, o Options, from, until time.Time) ([]Expected, error) {
	o.setDefaults()
	if o.Checklist == nil {
		return nil, errNoChecklist
	}
	workspaces, err := o.Store.Workspaces(ctx)
	if err != nil {
		return nil, err
	}
	var all []Expected
	now, held := o.Now(), from
	if !from.After(now) {
		held = time.Time{} // what was due before and is held back will be sent
	}
	for _, w := range workspaces {
		waiting, err := o.Store.Occurrences(ctx, w, store.OccurrenceFilter{States: []visit.State{visit.Pending}, From: held, Until: until})
		if err != nil {
			return nil, err
		}
		known := map[string]bool{} // by key: the database takes each once
		for _, oc := range waiting {
			known[oc.Key] = true
			// The dispatcher holds it back in quiet hours, once it has come to it.
			oc.Wake, _ = o.quietUntil(ctx, oc, later(oc.Wake, now))
			all = append(all, Expected{Occurrence: oc})
		}
		again, err := o.askedAgain(ctx, w, held, until)
		if err != nil {
			return nil, err
		}
		all = append(all, again...)
		es, err := o.recurring(ctx, w, []visit.RecurKind{visit.RecurPlan, visit.RecurTip, visit.RecurMarket, visit.RecurOverview, visit.RecurDigest}, func(visit.Schedule) bool { return true }, known, from, until)
		if err != nil {
			return nil, err
		}
		all = append(all, es...)
	}
	slices.SortStableFunc(all, func(a, b Expected) int { return a.Due.Compare(b.Due) })
	return all, nil
}

// Regular lists, in order, what subscriptions and people's own items bring to some
// channels and people until an instant. What of it waits to be sent already is among it.
// Of the options it uses Store, Timing, Checklist and Now, as an inspection that a plan has still
// to make brings items of its own. It writes nothing.
func Regular(ctx context.Context, o Options, workspace string, to []string, until time.Time) ([]visit.Occurrence, error) {
	o.setDefaults()
	if o.Checklist == nil {
		return nil, errNoChecklist
	}
	es, err := o.recurring(ctx, workspace, []visit.RecurKind{visit.RecurTip, visit.RecurMarket, visit.RecurOverview, visit.RecurDigest}, func(sc visit.Schedule) bool {
		_, reader := sc.Subject.Cut()
		return slices.Contains(to, reader)
	}, map[string]bool{}, time.Time{}, until)
	if err != nil {
		return nil, err
	}
	all := make([]visit.Occurrence, len(es))
	for n, e := range es {
		all[n] = e.Occurrence
	}
	slices.SortStableFunc(all, func(a, b visit.Occurrence) int { return a.Due.Compare(b.Due) })
	return all, nil
}

// recurring lists what some schedules of a workspace bring from one instant until another, but
// for what is known by its key. It makes known what it lists.
func (o *Options) recurring(ctx context.Context, workspace string, kinds []visit.RecurKind, of func(visit.Schedule) bool,
	known map[string]bool, from, until time.Time) ([]Expected, error) {
	var all []Expected
	ofPlans, written := map[string]*planned{}, map[string]bool{}
	for _, kind := range []visit.RecurKind{visit.RecurPlan, visit.RecurTip, visit.RecurMarket, visit.RecurOverview, visit.RecurDigest} {
		scs, err := o.Store.Schedules(ctx, workspace, kind)
		if err != nil {
			return nil, err
		}
		for _, sc := range scs {
			_, who := sc.Subject.Cut()
			written[who] = written[who] || kind == visit.RecurDigest
		}
		if kind == visit.RecurDigest {
			for _, who := range slices.Sorted(maps.Keys(ofPlans)) {
				if !written[who] { // their daily message begins with the first inspection
					scs = append(scs, visit.Schedule{Workspace: workspace, Subject: visit.SubjectOf(visit.OfPerson, who), Kind: kind,
						Rule: fmt.Sprintf("%d %d * * *", o.Timing.At.Minute, o.Timing.At.Hour), Zone: ofPlans[who].zone, Next: o.Now()})
				}
			}
		}
		for _, sc := range scs {
			if kind != visit.RecurPlan && !of(sc) {
				continue
			}
			es, err := o.expect(ctx, sc, ofPlans, from, until)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(kinds, kind) {
				continue
			}
			for _, e := range es {
				if comes := later(e.Due, o.Now()); (e.Planned || !known[e.Key]) && !comes.Before(from) && e.Due.Before(until) {
					known[e.Key] = true
					all = append(all, e)
				}
			}
		}
	}
	return all, nil
}

// later is the later of two instants.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// expect is what one schedule brings until an instant, each firing at its own time
// and what is late at once, as the scheduler does. ofPlans is, by person, what inspections
// that are still to be made bring for their daily message: a plan adds to it.
func (o *Options) expect(ctx context.Context, sc visit.Schedule, ofPlans map[string]*planned, from, until time.Time) (_ []Expected, err error) {
	if sc.Paused || sc.Next.IsZero() {
		return nil, nil
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("forecast %s of %s: %w", sc.Subject, sc.Workspace, err)
		}
	}()
	rule, zone, err := recurrence(sc)
	if err != nil {
		return nil, err
	}
	at := later(sc.Next, o.Now())
	if sc.Kind == visit.RecurPlan {
		return o.expectPlan(ctx, sc, rule, zone, ofPlans, at, from, until)
	}
	d, err := dailyOf(ctx, o.Store, sc, at)
	if err != nil {
		return nil, err
	}
	if _, person := sc.Subject.Cut(); sc.Kind == visit.RecurDigest && ofPlans[person] != nil {
		d.Unowned, d.Asks = append(d.Unowned, ofPlans[person].Unowned...), append(d.Asks, ofPlans[person].Asks...)
	}
	var es []Expected
	for !at.IsZero() && at.Before(until) {
		os, _ := messages(&d, &o.Timing, sc, rule, zone, at)
		for _, oc := range os {
			d.Tell(oc.Day)
			es = append(es, Expected{Occurrence: oc})
		}
		sc.Next, _ = rule.Next(at, zone)
		at = sc.Next
	}
	return es, nil
}

// expectPlan is expect for an inspection plan that fires at an instant: it keeps in
// memory what firePlan writes down.
func (o *Options) expectPlan(ctx context.Context, sc visit.Schedule, rule calendar.Rule, zone *time.Location, ofPlans map[string]*planned, at, from, until time.Time) ([]Expected, error) {
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
			o.addDaily(ofPlans, &i)
			for _, oc := range i.Reminders(&o.Timing, at, true) {
				es = append(es, Expected{oc, true})
				if oc.Kind == visit.Overdue {
					for _, again := range o.questions(&i, oc.Day, from, until) {
						es = append(es, Expected{again, true})
					}
				}
			}
		}
		p.Next, at = f.next, f.again
	}
	for n := range es {
		es[n].Subject = p.Subject()
	}
	return es, nil
}

// planned is what inspections that are still to be made bring for the daily message of a
// person.
type planned struct {
	store.Daily
	zone string // where whoever made the plan is, as far as it says
}

// addDaily adds what an inspection that a plan will make brings for the daily message of
// whoever made the plan.
func (o *Options) addDaily(ofPlans map[string]*planned, i *visit.Inspection) {
	if i.Owner == "" {
		return
	}
	d := ofPlans[i.Owner]
	if d == nil {
		d = &planned{zone: i.ChannelZone}
		ofPlans[i.Owner] = d
	}
	d.Asks = append(d.Asks, i.Asks(&o.Timing)...)
	for _, item := range i.Items {
		if i.Inspector == "" && item.Unowned() {
			d.Unowned = append(d.Unowned, store.Task{Subject: i.Subject(), Place: i.Place, First: i.Due, Last: i.Due, Item: item})
		}
	}
}

// asksApart is more days than lie between two questions about one result.
const asksApart = 30

// questions are the times that the result of an inspection is asked for after a day, from one
// instant until another.
func (o *Options) questions(i *visit.Inspection, asked civil.Date, from, until time.Time) (os []visit.Occurrence) {
	// A series of years in which nobody answers asks thousands of times.
	if near := civil.Of(from.UTC()).AddDays(-asksApart); asked.Before(near) {
		asked = near
	}
	for again := i.AskAgain(&o.Timing, asked); again.Due.Before(until); again = i.AskAgain(&o.Timing, again.Day) {
		os = append(os, again)
	}
	return os
}

// askedAgain lists how often the results are asked for from one instant until another,
// after the question that waits or is on its way.
func (o *Options) askedAgain(ctx context.Context, workspace string, from, until time.Time) (es []Expected, err error) {
	waiting, err := o.Store.Occurrences(ctx, workspace, store.OccurrenceFilter{
		States: []visit.State{visit.Pending, visit.Sending, visit.Uncertain}, Kinds: []visit.Kind{visit.Overdue}, Until: until})
	if err != nil {
		return nil, err
	}
	for _, w := range waiting {
		i, err := o.Store.Inspection(ctx, workspace, w.Subject.Number())
		if err != nil {
			return nil, err
		}
		asked := w.Day
		if z, err := visit.Zone(i.ChannelZone); err == nil && civil.Of(o.Now().In(z)).After(asked) {
			asked = civil.Of(o.Now().In(z)) // it is late, and asked today
		}
		for _, again := range o.questions(&i, asked, from, until) {
			if i.Open() && !again.Due.Before(from) {
				es = append(es, Expected{Occurrence: again})
			}
		}
	}
	return es, nil
}
