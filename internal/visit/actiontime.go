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
	PointLot     ActionPoint = "lot"     // it was to be known by the day before, and is not
	PointOwner   ActionPoint = "owner"   // late by five working days: to whoever planned it
	PointLate    ActionPoint = "late"    // late by one
	PointAnswer  ActionPoint = "answer"  // no answer within the time that was agreed
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
	due   time.Time // where it cannot wait for the hour at which reminders come
}

// payload tells a message that cannot wait from that of its day.
func (p *pointAt) payload() string {
	if p.due.IsZero() {
		return ""
	}
	return string(p.point)
}

// points are those of an action, past or not, in no order.
func (a *ActionOf) points(t *Timing) (ps []pointAt) {
	if !a.Finding.HasAction() || a.Finding.Channel == "" {
		return nil
	}
	zone, s := a.Place.ChannelZone, &a.Action.ActionFacts
	add := func(p ActionPoint, day civil.Date, to string) {
		if p := (pointAt{point: p, day: day, to: to}); !slices.Contains(ps, p) {
			ps = append(ps, p)
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
	if _, by, ok := a.AgreedAnswer(t); ok {
		z := mustZone(zone)
		day := civil.Of(by.In(z))
		if t.Hour(day, z).Before(by) {
			day = day.AddDays(1)
		}
		if day = t.Later(day, zone); s.Due.IsZero() || day.Before(t.workingDays(s.Due, actionLate, zone)) {
			add(PointAnswer, day, a.Finding.Channel)
		}
	}
	if p, ok := a.askOfLot(t); ok {
		ps = append(ps, p)
		ps = append(ps, pointAt{point: PointLot, day: a.lotLate(t), to: a.Finding.Channel})
	}
	if by := a.Finding.ClaimBy; !by.IsZero() && s.State.Live() {
		add(PointClaim, t.workingDaysBefore(by, actionSoon, zone), a.Finding.Channel)
		add(PointClaim, t.Earlier(by, zone), a.Finding.Channel)
	}
	return ps
}

// askOfLot is when it is asked what becomes of the lot: a day before that must be known, and
// because of a critical finding on whatever day that is; else on a working day. Where that is
// over already when the time is set, at half of what is left.
func (a *ActionOf) askOfLot(t *Timing) (p pointAt, ok bool) {
	by := a.ContainBy()
	if by.IsZero() {
		return p, false
	}
	zone := a.Place.ChannelZone
	z, since := mustZone(zone), a.Finding.At
	if !a.Action.ContainTill.IsZero() && !a.Action.ContainSet.IsZero() {
		since = a.Action.ContainSet
	}
	p = pointAt{point: PointContain, day: civil.Of(by.Add(-containWithin / 2).In(z)), to: a.Finding.Channel}
	if a.Finding.Severity != Critical {
		p.day = t.Earlier(p.day, zone)
	}
	if t.Hour(p.day, z).After(since) {
		return p, true
	}
	if p.due = t.Quiet.Over(since.Add(by.Sub(since)/2), z); !p.due.Before(by) {
		p.due = since // whoever has just set it is awake
	}
	p.day = civil.Of(p.due.In(z))
	return p, true
}

// lotLate is the first day, at the factory and in the channel, before which it was to be known what
// becomes of the lot: because of a critical finding whatever day that is, else a working day.
func (a *ActionOf) lotLate(t *Timing) civil.Date {
	zone, by := a.Place.ChannelZone, a.ContainBy()
	day := civil.Of(by.In(mustZone(zone)))
	if there := a.Place.Today(by); there.After(day) {
		day = there
	}
	day = day.AddDays(1)
	if a.Finding.Severity != Critical {
		day = t.Later(day, zone)
	}
	return day
}

// AgreedAnswer is by when the factory was to answer, by the agreement that says so: from when it
// was asked last. It reports false where it was not asked, or has answered, or nothing is agreed
// that held all the time.
func (a *ActionOf) AgreedAnswer(t *Timing) (of Agreement, by time.Time, ok bool) {
	s := &a.Action.ActionFacts
	if s.State != ActionOpen || s.Asked.IsZero() {
		return of, by, false
	}
	if of, ok = AgreedTalk(a.Agreements, a.Place.Today(s.Asked)); !ok || of.Talk.AnswerHours == 0 {
		return of, by, false
	}
	by = t.answerBy(s.Asked, of.Talk.AnswerHours, a.Place.Zone)
	return of, by, of.Holds(a.Place.Today(by))
}

// answerBy is so many hours after an instant by the working days of a factory in a zone: whole
// days are working days, and nobody is to answer on a day on which it is closed.
func (t *Timing) answerBy(asked time.Time, hours int, zone string) time.Time {
	factory, z := t.atFactory(zone), mustZone(zone)
	local := asked.In(z)
	by := factory.workingDays(civil.Of(local), hours/24, zone).At(local.Hour(), local.Minute(), z).Add(time.Duration(hours%24) * time.Hour)
	return factory.OnWorkingDay(by, zone)
}

// BeginsWeek reports whether d is the first day of its week on which somebody in a zone can be
// expected to work.
func (t *Timing) BeginsWeek(d civil.Date, zone string) bool {
	return t.Working(d, zone) && t.Earlier(d.AddDays(-1), zone).Before(monday(d))
}

// monday is the Monday of the week of d.
func monday(d civil.Date) civil.Date { return d.AddDays(-(int(d.Weekday()) + 6) % 7) }

// workingDaysBefore is the n-th working day before d.
func (t *Timing) workingDaysBefore(d civil.Date, n int, zone string) civil.Date {
	for range n {
		d = t.Earlier(d.AddDays(-1), zone)
	}
	return d
}

// ActionsAt are the findings that a reminder of actions tells of, as they stand now: those of as
// that have a point on its day, and whom it goes to. missed are days before it whose reminders to
// the same reader were never sent, because nothing was for a while: it tells of these, too. Where
// none is left there is nothing to say.
func (o *Occurrence) ActionsAt(as []ActionOf, t *Timing, missed ...civil.Date) (due []ActionDue) {
	for _, a := range as {
		if a.Finding.Subject != o.Subject {
			continue
		}
		d := ActionDue{ActionOf: a}
		for _, p := range a.points(t) {
			on := p.day == o.Day && p.payload() == o.Payload || slices.Contains(missed, p.day)
			if on && p.to == o.To && !slices.Contains(d.Points, p.point) {
				d.Points = append(d.Points, p.point)
			}
		}
		if len(d.Points) > 0 {
			due = append(due, d)
		}
	}
	return due
}

// MissedActions are the days of reminders of actions before o, to the same reader, that were
// never sent, since the last one that was. rows are occurrences about its subject.
func (o *Occurrence) MissedActions(rows []Occurrence, now time.Time) (missed []civil.Date) {
	var last time.Time
	before := slices.DeleteFunc(slices.Clone(rows), func(r Occurrence) bool {
		return r.Kind != RemindAction && r.Kind != ActionOverdue || r.To != o.To || !r.Due.Before(o.Due)
	})
	for _, r := range before {
		if r.State == Sent && r.Due.After(last) {
			last = r.Due
		}
	}
	for _, r := range before {
		gone := r.State == Expired || r.State == Pending && !r.Expires.IsZero() && !r.Expires.After(now)
		if gone && r.Due.After(last) && !slices.Contains(missed, r.Day) {
			missed = append(missed, r.Day)
		}
	}
	return missed
}

// ActionReminders are the reminders of actions of one subject, past or not, by when they are due.
func ActionReminders(t *Timing, as []ActionOf) (os []Occurrence) {
	for n := range as {
		a := &as[n]
		for _, p := range a.points(t) {
			i := slices.IndexFunc(os, func(o Occurrence) bool { return o.Day == p.day && o.To == p.to && o.Payload == p.payload() })
			if i < 0 {
				i = len(os)
				due := p.due
				if due.IsZero() {
					due = t.Hour(p.day, mustZone(a.Place.ChannelZone))
				}
				os = append(os, Occurrence{Workspace: a.Finding.Workspace, Kind: RemindAction, Subject: a.Finding.Subject, Day: p.day, To: p.to,
					Zone: a.Place.ChannelZone, Payload: p.payload(), Due: due, Wake: due, State: Pending})
			}
			if p.point == PointLate || p.point == PointOwner || p.point == PointLot {
				os[i].Kind = ActionOverdue
			}
		}
	}
	slices.SortStableFunc(os, func(a, b Occurrence) int { return a.Due.Compare(b.Due) })
	for n := range os {
		o := &os[n]
		o.Key = key(o.Workspace, o.Subject, 0, fmt.Sprintf("%s-%s-%d%s", o.Kind, o.Day, o.Due.UnixMilli(), o.Payload), o.To)
		o.Expires = o.Due.Add(afterLast)
		if next := slices.IndexFunc(os[n+1:], func(q Occurrence) bool { return q.To == o.To && q.Due.After(o.Due) }); next >= 0 && os[n+1+next].Due.Before(o.Expires) {
			o.Expires = os[n+1+next].Due // which tells of what was missed
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
			return slices.ContainsFunc(rows, func(r Occurrence) bool {
				return r.Day == o.Day && r.Payload == o.Payload && IsPerson(r.To) == IsPerson(o.To) && is(&r)
			})
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
