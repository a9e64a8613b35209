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
		if len(scs) < planBatch {
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
	os, err := messages(ctx, s.o.Store, &s.o.Timing, sc, zone, now)
	if err != nil {
		return err
	}
	next, _ := rule.Next(now, zone)
	_, err = s.o.Store.Fire(ctx, sc, next, os)
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

// messages is what a schedule of tips or of a digest brings when it fires at now.
func messages(ctx context.Context, db *store.Store, timing *visit.Timing, sc visit.Schedule, zone *time.Location, now time.Time) ([]visit.Occurrence, error) {
	switch sc.Kind {
	case visit.RecurTip:
		return tip(timing, sc, now), nil
	case visit.RecurDigest:
		return digest(ctx, db, timing, sc, zone, now)
	}
	return nil, nil
}

// tipLate is how late a tip may still come. Yesterday's tip is no loss.
const tipLate = 6 * time.Hour

// tip is the tip that a subscription brings when it fires, on a working day, unless its
// time is long past. Several that move to the same day are one: the day is in their key.
func tip(timing *visit.Timing, sc visit.Schedule, now time.Time) []visit.Occurrence {
	if now.Sub(sc.Next) > tipLate {
		return nil
	}
	return []visit.Occurrence{visit.TipOf(sc, sc.Next, timing)}
}

// digestLate is how late a digest may still be made. A person's first item starts their
// schedule at once, and a person who is given it in the afternoon has only just heard
// of it.
const digestLate = time.Hour

// digest is a person's list for today, if something that they own is reminded of today.
func digest(ctx context.Context, db *store.Store, timing *visit.Timing, sc visit.Schedule, zone *time.Location, now time.Time) ([]visit.Occurrence, error) {
	_, person := sc.Subject.Cut()
	today := civil.Of(now.In(zone))
	due := timing.Hour(today, zone)
	if !timing.Working(today, sc.Zone) || now.Sub(due) > digestLate {
		return nil, nil
	}
	tasks, err := db.Tasks(ctx, sc.Workspace, person)
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		// Items for the day itself are in the message that comes at the factory's hour.
		if m := t.Item.Milestone; m != 0 && timing.RemindDay(m, t.Due(), sc.Zone) == today {
			if due.Before(now) {
				due = now
			}
			o := visit.Occurrence{Workspace: sc.Workspace, Kind: visit.Digest, Subject: sc.Subject, Day: today, To: person, Zone: sc.Zone, Due: due, Wake: due, Expires: today.AddDays(1).Start(zone)}
			o.Key = visit.DayKey(o)
			return []visit.Occurrence{o}, nil
		}
	}
	return nil, nil
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
