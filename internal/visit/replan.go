package visit

import (
	"slices"
	"time"

	"visitprep/internal/civil"
)

// Replan says what becomes of the reminders of v when it has changed at now from what it
// was before. rows are all occurrences about it so far. It returns the keys of those
// that are not to be sent any more, and what is to be sent besides those that stay.
//
//   - What is ahead is made anew, by the days, places and zones of v.
//   - What is due and was not sent yet stays, and what was snoozed stays for its time. In
//     another channel they are made anew there.
//   - What fell due while v was cancelled, or was due when it was cancelled, comes when it
//     is restored: one as itself while it is of use, several as one catch-up. So does what
//     is past only because v has moved to an earlier day, if it has something open.
//   - What may be on its way counts as told; see [Occurrence.Present] for what becomes
//     of it when it turns out not to have arrived.
//   - Nothing is told again of a milestone that was told, unless its day has changed, and
//     nothing of a visit before its end once that has passed.
func (v *Visit) Replan(t *Timing, now time.Time, before *Visit, rows []Occurrence) (withdrawn []string, added []Occurrence) {
	return replan(v, v.reminders(t), before, before.reminders(t), before.Cancelled.At, now, rows)
}

// A replanning is one call of Replan.
type replanning struct {
	*reminders            // by the days that are now
	before     *reminders // by those before
	now        time.Time
	reopened   bool
	closed     time.Time // when it was, of what is reopened
	unasked    bool      // a question that would have listed what was missed is not asked now
	rows       []Occurrence
	dropped    map[string]bool // keys of rows that are not to be sent
	added      []Occurrence
}

func replan(a Appointment, after *reminders, b Appointment, before *reminders, closed, now time.Time, rows []Occurrence) (withdrawn []string, added []Occurrence) {
	p := replanning{reminders: after, before: before, now: now, reopened: a.Open() && !b.Open(), closed: closed, dropped: map[string]bool{}}
	for _, o := range rows {
		switch o.Kind {
		case Remind, CatchUp, Overdue:
			p.rows = append(p.rows, o)
		case Escalation: // of an older version: it stands in the daily message now
			if o.State == Pending {
				withdrawn = append(withdrawn, o.Key)
			}
		}
	}
	if a.Open() {
		p.ahead()
		p.promises()
		i, ok := a.(*Inspection)
		awaited := ok && i.Awaited.IsSet() // it is over, and nothing of it is to be listed
		if !p.overdue() && !awaited {
			p.missed()
		}
	}
	for _, o := range p.rows {
		if o.State == Pending && (!a.Open() || p.dropped[o.Key]) {
			withdrawn = append(withdrawn, o.Key)
		}
	}
	return withdrawn, p.added
}

// sameMilestone reports whether o and m tell of the same milestone, on the same day.
// What was snoozed is a message of its own for each time that was promised.
func (o *Occurrence) sameMilestone(m *Occurrence) bool {
	return o.Kind == m.Kind && o.Milestone == m.Milestone && o.Day == m.Day && o.Promised() == m.Promised() && (!o.Promised() || o.Due.Equal(m.Due))
}

// waits reports whether a row is still to be sent.
func (p *replanning) waits(o *Occurrence) bool { return o.State == Pending && !p.dropped[o.Key] }

// gone reports whether a row was sent, is perhaps on its way, or was given up where all
// could see it. What its channel refused was not told in another channel.
func (p *replanning) gone(o *Occurrence) bool {
	return o.State != Pending && o.State != Cancelled && (o.State != Dead || o.To == p.work.recipient(o.Kind))
}

// told reports whether the list of o was told at its time or later, or is about to be.
func (p *replanning) told(o *Occurrence) bool {
	return slices.ContainsFunc(p.rows, func(r Occurrence) bool {
		if !p.waits(&r) && !p.gone(&r) {
			return false
		}
		return r.sameMilestone(o) || r.Milestone >= o.Milestone && (r.Milestone > 0) == (o.Milestone > 0) && !r.Due.Before(o.Due)
	})
}

// toldEver reports whether the list of o was told by any days.
func (p *replanning) toldEver(o *Occurrence) bool {
	early := *o
	early.Due = time.Time{}
	return p.told(&early)
}

// recipient is where a message of a kind goes.
func (w *Work) recipient(k Kind) string {
	if k == Escalation {
		return w.Owner
	}
	return w.Channel
}

// Elsewhere reports whether o would go where w no longer is.
func (o *Occurrence) Elsewhere(w *Work) bool { return o.To != w.recipient(o.Kind) }

// MovedTo is o for where w is now, at the same time.
func (o Occurrence) MovedTo(w *Work) Occurrence {
	m := o.again()
	m.Schedule, m.To, m.Zone, m.Wake = w.Schedule, w.recipient(o.Kind), w.ChannelZone, o.Due
	if o.AnyHour {
		m.Zone = w.Zone
	}
	what := "moved-" + string(o.Kind) + "-"
	if o.Promised() {
		what = snoozed
	}
	m.Key = key(m.Workspace, m.Subject, m.Schedule, what+m.timeKey(), m.To)
	return m
}

// ahead makes anew what is ahead. What is due stays.
func (p *replanning) ahead() {
	for i := range p.rows {
		o := &p.rows[i]
		if o.State != Pending || o.Kind == Overdue {
			continue
		}
		switch due := !o.Due.After(p.now); {
		case !due && !o.Promised():
			p.dropped[o.Key] = true
		case o.Elsewhere(p.work):
			p.move(o)
		}
	}
	for _, o := range p.os {
		if o.Kind == Remind && !o.Due.Before(p.now) && !slices.ContainsFunc(p.rows, func(r Occurrence) bool { return r.sameMilestone(&o) && (p.gone(&r) || p.waits(&r)) }) {
			p.added = append(p.added, o)
		}
	}
}

// move has a row go where the work is now.
func (p *replanning) move(o *Occurrence) {
	p.dropped[o.Key] = true
	m := o.MovedTo(p.work)
	p.added = append(p.added, m)
	p.rows = append(p.rows, m)
}

// promises brings back in time what was snoozed and cancelled with the work.
func (p *replanning) promises() {
	for _, o := range p.undelivered() {
		if o.Due.After(p.now) {
			p.bring(o)
		}
	}
}

// undelivered are, each once, the snoozed reminders, the catch-ups, and those reminders
// of days that have changed that were due when what is open again was cancelled, or that
// were refused by a channel which it has left.
func (p *replanning) undelivered() (os []Occurrence) {
	for _, o := range p.rows {
		held := o.Kind == Remind && o.Due.Before(p.closed) && !slices.ContainsFunc(p.os, func(q Occurrence) bool { return q.sameMilestone(&o) })
		if p.lost(&o) && (o.Promised() || o.Kind == CatchUp || held) && !p.told(&o) && !slices.ContainsFunc(os, func(q Occurrence) bool { return q.sameMilestone(&o) }) {
			os = append(os, o)
		}
	}
	return os
}

// bring has a cancelled row come after all.
func (p *replanning) bring(o Occurrence) {
	if o.Elsewhere(p.work) {
		o = o.MovedTo(p.work)
	}
	o = o.again()
	p.added = append(p.added, o)
}

// missed brings what is past and was not told: one as itself while it is of use and lists
// all there is, else a list of what should be done by now.
func (p *replanning) missed() {
	past, some := p.past(p.now)
	if !some {
		return
	}
	promised, jumped := p.untold()
	jumped = jumped && p.open(past)
	if len(promised) == 0 && !jumped {
		return
	}
	list := p.catchUp(past, p.now)
	itself := len(promised) == 1 && (!jumped || promised[0].Milestone >= past) && promised[0].ofUse(p.now)
	if itself {
		list = promised[0]
	}
	for i := range p.rows { // it lists what they would, or what of that is past by the days that are now
		o := &p.rows[i]
		if o.State == Pending && !o.Due.After(p.now) && (o.Milestone <= list.Milestone || !itself && !o.Promised()) {
			p.dropped[o.Key] = true
		}
	}
	p.added = slices.DeleteFunc(p.added, func(o Occurrence) bool { return p.dropped[o.Key] })
	p.bring(list)
}

// ofUse reports whether o is not too late.
func (o *Occurrence) ofUse(now time.Time) bool { return o.Expires.IsZero() || o.Expires.After(now) }

// untold finds what is past and was not told: what was to be sent when something came
// between, and whether there is more that is past only by the days that are now.
func (p *replanning) untold() (promised []Occurrence, jumped bool) {
	jumped = p.unasked
	for _, o := range p.os {
		if o.Kind != Remind || !o.Due.Before(p.now) || p.over(p.now) && o.Milestone <= 0 || p.told(&o) {
			continue
		}
		was, known := p.before.find(&o)
		switch {
		case p.withdrawn(&o), p.reopened && !o.Due.Before(p.closed), known && !was.Due.Before(p.now) && was.Day == o.Day:
			promised = append(promised, o)
		case known && !was.Due.Before(p.now), !known && o.Milestone == 0, (p.reopened || p.before.over(p.now)) && !p.toldEver(&o):
			jumped = true
		}
	}
	for _, o := range p.undelivered() {
		if !o.Due.After(p.now) && !(p.over(p.now) && o.Milestone <= 0) {
			promised = append(promised, o)
		}
	}
	return promised, jumped
}

// over reports whether the last day of a visit has passed. An inspection is never over
// while it is open.
func (r *reminders) over(now time.Time) bool {
	kind, _ := r.subject.Cut()
	return kind == OfVisit && r.last.Before(r.work.Today(now))
}

// find is the reminder of the same milestone as o.
func (r *reminders) find(o *Occurrence) (Occurrence, bool) {
	for _, q := range r.os {
		if q.Kind == o.Kind && q.Milestone == o.Milestone && (o.Milestone != 0 || q.Day == o.Day) {
			return q, true
		}
	}
	return Occurrence{}, false
}

// withdrawn reports whether o was to be sent and has not been: it was lost with a row.
func (p *replanning) withdrawn(o *Occurrence) bool {
	return slices.ContainsFunc(p.rows, func(r Occurrence) bool { return r.sameMilestone(o) && p.lost(&r) })
}

// lost reports whether a row was cancelled with what is open again, at its last
// cancellation or when it was about to be sent after that, or was refused by a channel
// that the work has left.
func (p *replanning) lost(o *Occurrence) bool {
	return p.reopened && o.State == Cancelled && (o.Schedule == p.before.work.Schedule || o.Error != "") || o.State == Dead && o.Elsewhere(p.work)
}

// overdue makes anew when the result is asked for that nobody has reported. It
// reports whether that is past its time and still comes, so that no other list is needed.
func (p *replanning) overdue() (soon bool) {
	if question, ask := p.only(Overdue); ask {
		soon = p.ask(question)
	}
	return soon
}

// only is the one reminder of a kind that there is.
func (r *reminders) only(k Kind) (Occurrence, bool) {
	n := slices.IndexFunc(r.os, func(o Occurrence) bool { return o.Kind == k })
	if n < 0 {
		return Occurrence{}, false
	}
	return r.os[n], true
}

// ask has the question of o come: at its time, or, where that is past and nobody
// was asked, on the next working morning. After a result that was taken back it comes
// again. What was asked already is asked again in its turn. It reports whether the question
// is past its time and still comes.
func (p *replanning) ask(o Occurrence) (soon bool) {
	ahead := !o.Due.Before(p.now)
	was, _ := p.before.only(o.Kind)
	gone := false
	for i := range p.rows {
		r := &p.rows[i]
		switch {
		case r.Kind != o.Kind:
		case p.waits(r) && r.Due.After(p.now) && (ahead || r.Day == was.Day):
			p.dropped[r.Key] = true
			p.unasked = p.unasked || was.Due.Before(p.now)
		case p.waits(r) && r.Elsewhere(p.work):
			soon = !ahead
			p.move(r)
		case p.waits(r):
			soon = !ahead
		case p.gone(r) && (!ahead && !r.Due.Before(o.Due) || r.sameMilestone(&o)):
			gone = true
		}
	}
	switch {
	case soon, gone && !p.reopened:
		return soon
	case !ahead && (gone || o.Day != civil.Of(p.now.In(p.channel))):
		o.Due = p.t.NextMorning(p.now, o.Zone)
		o.Wake, o.Day = o.Due, civil.Of(o.Due.In(p.channel))
	}
	p.added = append(p.added, o)
	return !ahead
}

// Present is what o has to say at now, when it is sent: itself, or, where the days of a
// have changed under it so that it would no longer be true, a list of what should be done
// by now. It reports false where there is nothing to say.
func (o Occurrence) Present(a Appointment, t *Timing, now time.Time) (Occurrence, bool) {
	if i, ok := a.(*Inspection); ok && o.follows() { // only a result has something follow
		return o, slices.ContainsFunc(i.Following(), func(m Milestone) bool { return m <= o.Milestone })
	}
	if !a.Open() {
		return o, false
	}
	if o.Schedule == a.Common().Schedule { // nothing has changed since
		return o, true
	}
	var r *reminders
	switch a := a.(type) {
	case *Visit:
		r = a.reminders(t)
	case *Inspection:
		r = a.reminders(t)
	}
	past, some := r.past(now)
	today, stands := a.Common().Today(now), true
	switch {
	case o.Kind == CatchUp:
		stands = o.Milestone <= past || !some
	case o.Kind == Overdue, o.Kind == Escalation:
		stands = r.first.Before(today)
	case o.Kind != Remind:
	case o.Milestone < 0:
		stands = !r.first.Before(today)
	case o.Milestone == 0:
		stands = !o.Day.Before(r.first) && !o.Day.After(r.last)
	case o.Milestone > 0:
		stands = r.last.Before(today)
	}
	if stands {
		return o, true
	}
	if o.Kind == Escalation { // it is about nothing else, and the list is not for a direct message
		return o, false
	}
	o.Kind, o.Milestone = CatchUp, past
	return o, some && r.open(past)
}
