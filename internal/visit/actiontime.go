package visit

import (
	"fmt"
	"slices"
	"time"

	"visitprep/internal/civil"
)

// An ActionPoint says why a finding stands in a reminder of actions.
type ActionPoint string

// The points of time of an action, in the order in which a message tells of them.
const (
	PointContain ActionPoint = "contain" // a day is left to say what becomes of the lot
	PointOwner   ActionPoint = "owner"   // late by five working days: to whoever planned it
	PointLate    ActionPoint = "late"    // late by one
	PointDue     ActionPoint = "due"     // on the day, or the working day before it
	PointSoon    ActionPoint = "soon"    // three working days before
	PointClaim   ActionPoint = "claim"   // three working days before a claim must be made, and on that day
)

// When reminders of an action come, in working days from its due day.
const (
	actionSoon  = 3
	actionLate  = 1
	actionOwner = 5
)

// An ActionDue is a finding in a reminder of actions.
type ActionDue struct {
	ActionOf
	Points []ActionPoint // all for which it stands there
}

// A pointAt is one point of one action: on which day, and to whom.
type pointAt struct {
	point ActionPoint
	day   civil.Date
	to    string
}

// points are those of an action, past or not, in no order.
func (a *ActionOf) points(t *Timing) (ps []pointAt) {
	if !a.Finding.HasAction() || a.Finding.Channel == "" {
		return nil
	}
	zone, s := a.Place.ChannelZone, &a.Action.ActionFacts
	add := func(p ActionPoint, day civil.Date, to string) {
		if !slices.Contains(ps, pointAt{p, day, to}) {
			ps = append(ps, pointAt{p, day, to})
		}
	}
	if s.State.WithFactory() && !s.Due.IsZero() {
		add(PointSoon, t.workingDaysBefore(s.Due, actionSoon, zone), a.Finding.Channel)
		add(PointDue, t.Earlier(s.Due, zone), a.Finding.Channel)
		add(PointLate, t.workingDays(s.Due, actionLate, zone), a.Finding.Channel)
		if a.Owner != "" {
			add(PointOwner, t.workingDays(s.Due, actionOwner, zone), a.Owner)
		}
	}
	if by := a.ContainBy(); !by.IsZero() {
		add(PointContain, t.Later(civil.Of(by.Add(-containWithin/2).In(mustZone(zone))), zone), a.Finding.Channel)
	}
	if by := a.Finding.ClaimBy; !by.IsZero() && s.State.Live() {
		add(PointClaim, t.workingDaysBefore(by, actionSoon, zone), a.Finding.Channel)
		add(PointClaim, t.Earlier(by, zone), a.Finding.Channel)
	}
	return ps
}

// BeginsWeek reports whether d is the first day of its week on which somebody in a zone can be
// expected to work.
func (t *Timing) BeginsWeek(d civil.Date, zone string) bool {
	monday := d.AddDays(-(int(d.Weekday()) + 6) % 7)
	return t.Working(d, zone) && t.Earlier(d.AddDays(-1), zone).Before(monday)
}

// workingDaysBefore is the n-th working day before d.
func (t *Timing) workingDaysBefore(d civil.Date, n int, zone string) civil.Date {
	for range n {
		d = t.Earlier(d.AddDays(-1), zone)
	}
	return d
}

// ActionsAt are the findings that a reminder of actions tells of, as they stand now: those of as
// that have a point on its day, and whom it goes to. Where none is left there is nothing to say.
func (o *Occurrence) ActionsAt(as []ActionOf, t *Timing) (due []ActionDue) {
	for _, a := range as {
		if a.Finding.Subject != o.Subject {
			continue
		}
		d := ActionDue{ActionOf: a}
		for _, p := range a.points(t) {
			if p.day == o.Day && p.to == o.To {
				d.Points = append(d.Points, p.point)
			}
		}
		if len(d.Points) > 0 {
			due = append(due, d)
		}
	}
	return due
}

// ActionReminders are the reminders of actions of one subject, past or not, by when they are due.
func ActionReminders(t *Timing, as []ActionOf) (os []Occurrence) {
	for n := range as {
		a := &as[n]
		for _, p := range a.points(t) {
			i := slices.IndexFunc(os, func(o Occurrence) bool { return o.Day == p.day && o.To == p.to })
			if i < 0 {
				i = len(os)
				due := t.Hour(p.day, mustZone(a.Place.ChannelZone))
				os = append(os, Occurrence{Workspace: a.Finding.Workspace, Kind: RemindAction, Subject: a.Finding.Subject, Day: p.day, To: p.to,
					Zone: a.Place.ChannelZone, Due: due, Wake: due, State: Pending})
			}
			if p.point == PointLate || p.point == PointOwner {
				os[i].Kind = ActionOverdue
			}
		}
	}
	slices.SortStableFunc(os, func(a, b Occurrence) int { return a.Due.Compare(b.Due) })
	for n := range os {
		o := &os[n]
		o.Key = key(o.Workspace, o.Subject, 0, fmt.Sprintf("%s-%s-%d", o.Kind, o.Day, o.Due.UnixMilli()), o.To)
		o.Expires = o.Due.Add(afterLast)
		if next := slices.IndexFunc(os[n+1:], func(q Occurrence) bool { return q.To == o.To && q.Due.After(o.Due) }); next >= 0 && os[n+1+next].Due.Before(o.Expires) {
			o.Expires = os[n+1+next].Due // it lists what is due by then
		}
	}
	return os
}

// ReplanActions says what becomes of the reminders of actions of a subject when something has
// changed at now. as are its actions as they are, rows all occurrences about it so far. What is
// ahead is made anew. What is due and was not sent yet stays while it is true, and goes where
// its channel is now. What is past otherwise is not told any more.
func ReplanActions(t *Timing, now time.Time, as []ActionOf, rows []Occurrence) (withdrawn []string, added []Occurrence) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(o Occurrence) bool { return o.Kind != RemindAction && o.Kind != ActionOverdue })
	os := ActionReminders(t, as)
	for _, r := range rows {
		stays := slices.ContainsFunc(os, func(o Occurrence) bool { return o.Key == r.Key }) && !r.Due.After(now)
		if r.State == Pending && !stays {
			withdrawn = append(withdrawn, r.Key)
		}
	}
	for _, o := range os {
		had := func(is func(r *Occurrence) bool) bool {
			return slices.ContainsFunc(rows, func(r Occurrence) bool { return r.Day == o.Day && IsPerson(r.To) == IsPerson(o.To) && is(&r) })
		}
		gone := had(func(r *Occurrence) bool { return r.To == o.To && r.State != Pending && r.State != Cancelled })
		held := had(func(r *Occurrence) bool { // it is late, or its channel refused it, and it moves
			return r.To != o.To && (r.State == Dead && o.Expires.After(now) || r.State == Pending && !r.Due.After(now))
		})
		if !gone && (!o.Due.Before(now) || held) {
			added = append(added, o)
		}
	}
	return withdrawn, added
}
