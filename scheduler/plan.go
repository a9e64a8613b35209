package scheduler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler/calendar"
)

// planBatch is how many schedules one step fires; the next step comes at once.
const planBatch = 200

// plan fires every schedule whose time has come.
func (s *Scheduler) plan(ctx context.Context, now time.Time) error {
	for {
		scs, err := s.o.Store.DueSchedules(ctx, now, planBatch)
		if err != nil {
			return err
		}
		for _, sc := range scs {
			if err := s.fire(ctx, sc, now); err != nil {
				return fmt.Errorf("fire %s of %s: %w", sc.Subject, sc.Workspace, err)
			}
		}
		if len(scs) == 0 { // a plan may have come to another of its times
			return nil
		}
	}
}

// fire does what one schedule asks for. A schedule that can no longer be read
// stops, visibly, rather than stopping all others.
func (s *Scheduler) fire(ctx context.Context, sc visit.Schedule, now time.Time) error {
	rule, zone, err := recurrence(sc)
	if err != nil {
		return s.halt(ctx, sc, err)
	}
	if sc.Kind == visit.RecurPlan {
		return s.firePlan(ctx, sc, rule, zone, now)
	}
	d, err := dailyOf(ctx, s.o.Store, sc, now)
	if err != nil {
		return err
	}
	os, asks := messages(&d, &s.o.Timing, sc, rule, zone, now)
	next, _ := rule.Next(now, zone)
	_, err = s.o.Store.Fire(ctx, sc, next, os, asks...)
	return err
}

// recurrence reads the rule of a schedule and its zone.
func recurrence(sc visit.Schedule) (calendar.Rule, *time.Location, error) {
	zone, err := calendar.LoadZone(sc.Zone)
	if err != nil {
		return calendar.Rule{}, nil, err
	}
	rule, err := calendar.Parse(sc.Rule)
	return rule, zone, err
}

func (s *Scheduler) halt(ctx context.Context, sc visit.Schedule, why error) error {
	s.log.Error("a schedule cannot be read and has been stopped", "workspace", sc.Workspace, "schedule", sc.Subject, "rule", sc.Rule, "zone", sc.Zone, "err", why)
	_, err := s.o.Store.Fire(ctx, sc, time.Time{}, nil)
	return err
}

// dailyOf is what there is to tell whoever a schedule is of, if it is that of a person's
// daily message.
func dailyOf(ctx context.Context, db *store.Store, sc visit.Schedule, now time.Time) (store.Daily, error) {
	if _, person := sc.Subject.Cut(); sc.Kind == visit.RecurDigest {
		return db.Daily(ctx, sc.Workspace, person, now)
	}
	return store.Daily{}, nil
}

// messages is what a schedule of tips, of a daily message or of a digest brings when it fires at now,
// and what it leaves to be told in a daily message. It reads nothing, so that a forecast is
// what the scheduler will do.
func messages(d *store.Daily, timing *visit.Timing, sc visit.Schedule, rule calendar.Rule, zone *time.Location, now time.Time) ([]visit.Occurrence, []visit.Ask) {
	switch sc.Kind {
	case visit.RecurTip:
		return tip(timing, sc, now)
	case visit.RecurDigest:
		return daily(d, timing, sc, rule, zone, now), nil
	case visit.RecurMarket:
		return []visit.Occurrence{visit.MarketDigestOf(sc, sc.Next, timing)}, nil
	case visit.RecurOverview:
		if o := visit.MonthlyOf(sc, sc.Next, timing); o.Expires.After(now) {
			return []visit.Occurrence{o}, nil
		}
	}
	return nil, nil
}

// tipLate is how late a tip may still come. Yesterday's tip is no loss.
const tipLate = 6 * time.Hour

// tip is the tip that a subscription brings when it fires, on a working day, unless its
// time is long past. Several that move to the same day are one: the day is in their key.
// A person's own stands in their daily message, which then comes.
func tip(timing *visit.Timing, sc visit.Schedule, now time.Time) ([]visit.Occurrence, []visit.Ask) {
	if now.Sub(sc.Next) > tipLate {
		return nil, nil
	}
	o := visit.TipOf(sc, sc.Next, timing)
	if !visit.IsPerson(o.To) {
		return []visit.Occurrence{o}, nil
	}
	ask := visit.Ask{Workspace: sc.Workspace, Person: o.To, Kind: visit.AskTip, Subject: sc.Subject, Day: o.Day, Made: now}
	return []visit.Occurrence{visit.DailyOf(sc, o.Day, o.Due)}, []visit.Ask{ask}
}

// justGiven is how long after the hour a person who is given their first item is still
// told of it the same day: their schedule starts with it, at once. Given it later they
// have only just heard of it.
const justGiven = time.Hour

// daily is a person's message for today, if there is something to tell them. After a
// morning on which nothing ran it comes late, on the same working day.
func daily(d *store.Daily, timing *visit.Timing, sc visit.Schedule, rule calendar.Rule, zone *time.Location, now time.Time) []visit.Occurrence {
	today := civil.Of(now.In(zone))
	tomorrow := today.AddDays(1).Start(zone)
	due := timing.Hour(today, zone)
	if !timing.Working(today, sc.Zone) || !timing.Quiet.Over(now, zone).Before(tomorrow) {
		return nil
	}
	if first, _ := rule.Next(sc.Next.Add(-time.Second), zone); !first.Equal(sc.Next) && due.Before(now) { // the schedule begins
		if now.Sub(due) > justGiven {
			return nil
		}
		due = now
	}
	if !d.Comes(today, sc.Zone, timing) {
		return nil
	}
	return []visit.Occurrence{visit.DailyOf(sc, today, due)}
}

// firePlan records what a plan asks for now.
func (s *Scheduler) firePlan(ctx context.Context, sc visit.Schedule, rule calendar.Rule, zone *time.Location, now time.Time) error {
	p, err := s.o.Store.Plan(ctx, sc.Workspace, sc.Subject.Number())
	if errors.Is(err, visit.ErrNotFound) {
		return s.halt(ctx, sc, err)
	}
	if err != nil {
		return err
	}
	g, err := s.o.Store.Gap(ctx)
	if err != nil {
		return err
	}
	if g.Has(sc.Next) {
		// What it made then is made once more, one after the other, as it was.
		now = sc.Next
	}
	has, err := daysOf(ctx, s.o.Store, &p, civil.Of(now.In(zone)))
	if err != nil {
		return err
	}
	f := firingOf(&p, rule, zone, has, s.o.Checklist, now)
	_, _, err = s.o.Store.FirePlan(ctx, sc, f.again, f.next, f.made, now)
	return err
}

// days are the days for which a plan has made its inspection already; false where the
// inspection was withdrawn.
type days map[civil.Date]bool

// last is the last day with an inspection that counts.
func (ds days) last() (last civil.Date) {
	for d, counts := range ds {
		if counts && d.After(last) {
			last = d
		}
	}
	return last
}

// daysOf reads the days of a plan from a day on.
func daysOf(ctx context.Context, db *store.Store, p *visit.Plan, from civil.Date) (days, error) {
	is, err := db.Inspections(ctx, p.Workspace, store.InspectionFilter{Plan: p.Number, Planned: from, Filter: store.Filter{Cancelled: true}})
	if err != nil {
		return nil, err
	}
	has := days{}
	for _, i := range is {
		has[i.Planned] = i.Result != visit.Withdrawn
	}
	return has, nil
}

// A firing is what a plan asks for at an instant.
type firing struct {
	made  []visit.Inspection
	next  civil.Date // the first day that is not made yet; none where the rule ends
	again time.Time  // when the plan is to be looked at again; zero is never
}

// maxMissed bounds how many inspections of a long downtime are recorded.
const maxMissed = 20

// firingOf works out which inspections of a plan are to exist by now: all whose
// reminders begin soon, and always one that lies ahead. Of those that were missed
// in a downtime the last is made and is overdue; the ones before it are recorded
// as skipped, so that nobody wonders where they went.
//
// It reads nothing, so that a forecast is what the scheduler will do.
func firingOf(p *visit.Plan, rule calendar.Rule, zone *time.Location, has days, checklist func(kind string) visit.Checklist, now time.Time) (f firing) {
	today := civil.Of(now.In(zone))
	last := civil.Date{} // the last one that lies ahead; of a plan that starts over, none
	f.next = p.Next
	if f.next.IsZero() {
		f.next = rule.NextDay(today.AddDays(-1), zone)
	} else {
		last = has.last()
	}
	var missed, ahead []civil.Date
	for !f.next.IsZero() && f.next.Before(today) {
		missed, f.next = append(missed, f.next), rule.NextDay(f.next, zone)
	}
	// An inspection lies ahead while its day has not passed.
	for !f.next.IsZero() && (last.Before(today) || !p.Ahead(f.next).After(today)) {
		ahead, last = append(ahead, f.next), f.next
		f.next = rule.NextDay(f.next, zone)
	}
	missed = missed[max(0, len(missed)-maxMissed):]
	for n, d := range append(missed, ahead...) {
		turn := *p
		turn.InspectionsMade += n
		i := turn.Inspection(d, now)
		i.Items = checklist(i.Type)
		if n < len(missed)-1 {
			i.Result, i.Note, i.Reported = visit.Skipped, "Nobody was reminded: Visit Prep was not running.", visit.Mark{By: p.Owner, At: now}
		}
		if _, exists := has[d]; !exists { // it was made by the plan's old rhythm
			f.made = append(f.made, i)
		}
	}
	if f.next.IsZero() {
		return f
	}
	// Again once the reminders of the next one begin soon, or none lies ahead.
	f.again = p.Ahead(f.next).Start(zone)
	if passed := last.AddDays(1).Start(zone); passed.Before(f.again) {
		f.again = passed
	}
	if !f.again.After(now) {
		f.again = now.Add(time.Minute)
	}
	return f
}
