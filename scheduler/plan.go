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
	zone, err := calendar.LoadZone(sc.Zone)
	if err != nil {
		return s.halt(ctx, sc, err)
	}
	rule, err := calendar.Parse(sc.Rule)
	if err != nil {
		return s.halt(ctx, sc, err)
	}
	if sc.Kind == visit.RecurPlan {
		return s.firePlan(ctx, sc, rule, zone, now)
	}
	next, ok := rule.Next(now, zone)
	if !ok {
		next = time.Time{}
	}
	var os []visit.Occurrence
	switch sc.Kind {
	case visit.RecurDigest:
		o, err := s.digest(ctx, sc, zone, now)
		if err != nil {
			return err
		}
		os = o
	case visit.RecurTip:
		os = s.tip(sc, now)
	}
	_, err = s.o.Store.Fire(ctx, sc, next, os)
	return err
}

func (s *Scheduler) halt(ctx context.Context, sc visit.Schedule, why error) error {
	s.log.Error("a schedule cannot be read and has stopped", "workspace", sc.Workspace, "schedule", sc.Subject, "rule", sc.Rule, "zone", sc.Zone, "err", why)
	_, err := s.o.Store.Fire(ctx, sc, time.Time{}, nil)
	return err
}

// tipLate is how late a tip may still come; a tip of yesterday is no loss.
const tipLate = 6 * time.Hour

// tip is the tip of a subscription's time, on a working day, unless it is long past.
// Several that are moved to one day are one: they have the key of the day.
func (s *Scheduler) tip(sc visit.Schedule, now time.Time) []visit.Occurrence {
	if now.Sub(sc.Next) > tipLate {
		return nil
	}
	return []visit.Occurrence{visit.TipOf(sc, sc.Next, &s.o.Timing)}
}

// digestLate is how long after its hour a digest may still be begun: whoever is
// given an item in the afternoon was just talked to.
const digestLate = time.Hour

// digest is a person's list for today, if a reminder of something that they own
// falls on today.
func (s *Scheduler) digest(ctx context.Context, sc visit.Schedule, zone *time.Location, now time.Time) ([]visit.Occurrence, error) {
	_, person := sc.Subject.Cut()
	today := civil.Of(now.In(zone))
	due := s.o.Timing.Hour(today, zone)
	if !s.o.Timing.Working(today, sc.Zone) || now.Sub(due) > digestLate {
		return nil, nil
	}
	tasks, err := s.o.Store.Tasks(ctx, sc.Workspace, person)
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		// Those of the day itself are in the message that comes at the factory's hour.
		if m := t.Item.Milestone; m != 0 && s.o.Timing.RemindDay(m, t.Due(), sc.Zone) == today {
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

// maxMissed bounds how many inspections of a long downtime are recorded.
const maxMissed = 20

// firePlan makes the inspections of a plan that are to exist by now: all whose
// reminders begin soon, and always one that lies ahead. Of those that were missed
// in a downtime the last is made and is overdue; the ones before it are recorded
// as skipped, so that nobody wonders where they went.
func (s *Scheduler) firePlan(ctx context.Context, sc visit.Schedule, rule calendar.Rule, zone *time.Location, now time.Time) error {
	p, err := s.o.Store.Plan(ctx, sc.Workspace, sc.Subject.Number())
	if errors.Is(err, visit.ErrNotFound) {
		return s.halt(ctx, sc, err)
	}
	if err != nil {
		return err
	}
	today := civil.Of(now.In(zone))
	following := func(d civil.Date) (civil.Date, bool) {
		t, ok := rule.Next(d.AddDays(1).Start(zone).Add(-time.Second), zone)
		return civil.Of(t.In(zone)), ok
	}
	next, ok := p.Next, true
	if next.IsZero() {
		next, ok = following(today.AddDays(-1))
	}
	var past, ahead []civil.Date
	for ok && next.Before(today) {
		past = append(past, next)
		next, ok = following(next)
	}
	// The one made before counts as lying ahead while its day has not passed.
	last := civil.Date{}
	if !p.Next.IsZero() {
		is, err := s.o.Store.Inspections(ctx, p.Workspace, store.InspectionFilter{Plan: p.Number, Planned: today, Filter: store.Filter{Cancelled: true}})
		if err != nil {
			return err
		}
		for _, i := range is {
			if i.Result != visit.Withdrawn {
				last = i.Planned
			}
		}
	}
	for ok && (last.Before(today) || !p.Ahead(next).After(today)) {
		ahead, last = append(ahead, next), next
		next, ok = following(next)
	}
	var made []visit.Inspection
	if n := len(past); n > maxMissed {
		past = past[n-maxMissed:]
	}
	for n, d := range append(past, ahead...) {
		q := p
		q.Made += n
		i := q.Inspection(d, now)
		i.Items = s.o.Checklist(i.Type)
		if n < len(past)-1 {
			i.Result, i.Note, i.Reported = visit.Skipped, "Nobody was reminded: Visit Prep was not running.", visit.Mark{By: p.Owner, At: now}
		}
		made = append(made, i)
	}
	var at time.Time
	if ok {
		at = p.Ahead(next).Start(zone)
		if after := last.AddDays(1).Start(zone); after.Before(at) {
			at = after
		}
		if !at.After(now) {
			at = now.Add(time.Minute)
		}
	} else {
		next = civil.Date{}
	}
	_, _, err = s.o.Store.FirePlan(ctx, sc, at, next, made, now)
	return err
}
