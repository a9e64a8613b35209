package visit

import (
	"fmt"
	"slices"
	"time"

	"visitprep/internal/civil"
)

// agreementDays are the days before an agreement must be acted on, on which its owner is
// reminded. beforeSend is how many working days before something must be sent they are besides: a
// week before it must arrive is too late to send it.
var agreementDays = []int{90, 60, 30, 7, 0}

const beforeSend = 3

// days are those on which the owner is reminded, by how many days they lie before the one on which
// the agreement must be acted on.
func (a *Agreement) days(t *Timing) []int {
	send := a.ActBy().Sub(t.workingDaysBefore(a.SendBy(t), beforeSend, a.OwnerZone))
	days := append([]int{send}, agreementDays...)
	slices.SortFunc(days, func(m, n int) int { return n - m })
	return slices.Compact(days)
}

// AfterEnd is the milestone of the message that says that an agreement has ended or gone on: the
// day after its last one. The other milestones count to the day by which to act.
const AfterEnd Milestone = 1

// Reminders lists what is to be sent about an agreement, in order, none of it before now: to its
// owner, on working days where they are, and to the channel as well where it renews itself and
// nobody has decided by the day by which notice must have arrived. What is said is decided when
// it is sent.
func (a *Agreement) Reminders(t *Timing, now time.Time) []Occurrence {
	return slices.DeleteFunc(a.reminders(t), func(o Occurrence) bool { return o.Due.Before(now) })
}

// reminders are all that there are about a, whatever the time.
func (a *Agreement) reminders(t *Timing) (os []Occurrence) {
	if !a.live() || a.Ends.IsZero() {
		return nil
	}
	add := func(m Milestone, day civil.Date, to, zone string) {
		z := mustZone(zone)
		o := Occurrence{
			Workspace: a.Workspace, Kind: AgreementDue, Subject: a.Subject(), Schedule: a.Schedule, Milestone: m, Day: day, To: to, Zone: zone,
			Due: t.Hour(day, z), State: Pending, Payload: a.ActBy().String(),
		}
		if m == AfterEnd {
			o.Payload = a.Ends.String()
		}
		o.Wake = o.Due
		o.Key = key(a.Workspace, o.Subject, a.Schedule, fmt.Sprintf("m%d-%s", int(m), o.Payload), to)
		// Two that weekends and holidays have brought to one day are one: the nearer.
		if n := len(os); n > 0 && os[n-1].Day == day && os[n-1].To == to {
			os = os[:n-1]
		}
		os = append(os, o)
	}
	if !a.NoticeGiven.IsSet() {
		for _, n := range a.days(t) {
			add(Milestone(-n), t.Earlier(a.ActBy().AddDays(-n), a.OwnerZone), a.Owner, a.OwnerZone)
		}
	}
	for i := range os { // each is overtaken by the next
		os[i].Expires = os[i].Due.Add(afterLast)
		if i+1 < len(os) {
			os[i].Expires = os[i+1].Due
		}
	}
	if a.Undecided() && a.Renews > 0 {
		add(0, t.Earlier(a.ActBy(), a.ChannelZone), a.Channel, a.ChannelZone)
		os[len(os)-1].Expires = os[len(os)-1].Due.Add(afterLast)
	}
	after := t.Later(a.Ends.AddDays(1), a.OwnerZone)
	if over := a.Ends.AddDays(1).At(0, 0, mustZone(a.Zone)); t.Hour(after, mustZone(a.OwnerZone)).Before(over) {
		after = t.Later(after.AddDays(1), a.OwnerZone) // far east of the factory its last day is not over yet
	}
	add(AfterEnd, after, a.Owner, a.OwnerZone)
	return os
}

// SameReminders reports whether a and b have the same reminders: all that these depend on is
// equal.
func (a *Agreement) SameReminders(b *Agreement) bool {
	return a.live() == b.live() && a.Ends == b.Ends && a.Notice == b.Notice && a.Renews > 0 == (b.Renews > 0) &&
		a.NoticeGiven.IsSet() == b.NoticeGiven.IsSet() && a.Owner == b.Owner && a.OwnerZone == b.OwnerZone &&
		a.Channel == b.Channel && a.ChannelZone == b.ChannelZone
}

// Replan says what becomes of the reminders of a, which has changed at now: the keys of those
// that are not to be sent any more, and what is to be sent besides. rows are all occurrences
// about it so far. What waits at this moment and is still true stays; what was said is not said
// again.
func (a *Agreement) Replan(t *Timing, now time.Time, rows []Occurrence) (withdrawn []string, added []Occurrence) {
	all := a.reminders(t)
	same := func(o, r *Occurrence) bool {
		return o.Milestone == r.Milestone && o.Payload == r.Payload && o.To == r.To && o.Kind == r.Kind
	}
	for i := range rows {
		r := &rows[i]
		waits := r.Milestone == AfterEnd && r.To == a.Owner && a.Stands(r) ||
			!r.Due.After(now) && slices.ContainsFunc(all, func(o Occurrence) bool { return same(&o, r) && o.Day == r.Day })
		if r.Kind == AgreementDue && r.State == Pending && !waits {
			withdrawn = append(withdrawn, r.Key)
		}
	}
	for _, o := range all {
		if o.Due.Before(now) {
			continue
		}
		there := slices.ContainsFunc(rows, func(r Occurrence) bool {
			return same(&o, &r) && r.State != Cancelled && !slices.Contains(withdrawn, r.Key)
		})
		if !there {
			added = append(added, o)
		}
	}
	return withdrawn, added
}

// Stands reports whether an occurrence about the agreement is still to be said today, after
// [Agreement.RollOver]: its days are what they were when it was made, and nobody has decided
// meanwhile.
func (a *Agreement) Stands(o *Occurrence) bool {
	if o.Milestone == AfterEnd {
		last, itself := a.RenewedItself()
		return a.State == AgreementEnded && a.Ends.String() == o.Payload || a.live() && itself && last.From.String() == o.Payload
	}
	return a.Undecided() && a.ActBy().String() == o.Payload
}
