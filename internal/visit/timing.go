package visit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
)

// A TimeOfDay is an hour and a minute, without a day or a zone.
type TimeOfDay struct{ Hour, Minute int }

// ParseTimeOfDay reads a time of the day such as 09:00 or 9:00.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	t, err := time.Parse("15:04", strings.TrimSpace(chars.ASCII(s)))
	if err != nil {
		return TimeOfDay{}, fmt.Errorf("%q is not a time of the day; write it as 09:00", s)
	}
	return TimeOfDay{t.Hour(), t.Minute()}, nil
}

// String writes c as 09:00.
func (c TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute) }

func (c TimeOfDay) before(o TimeOfDay) bool {
	return c.Hour < o.Hour || c.Hour == o.Hour && c.Minute < o.Minute
}

// Quiet are the hours in which nobody is disturbed. From may be later than To:
// 20:00 to 08:00 is a night. Equal times are no quiet hours.
type Quiet struct{ From, To TimeOfDay }

// ParseQuiet reads hours such as 20:00-08:00; the empty string is none.
func ParseQuiet(s string) (Quiet, error) {
	if chars.Blank(s) {
		return Quiet{}, nil
	}
	from, to, ok := strings.Cut(chars.ASCII(s), "-")
	f, err1 := ParseTimeOfDay(from)
	t, err2 := ParseTimeOfDay(to)
	if !ok || err1 != nil || err2 != nil {
		return Quiet{}, fmt.Errorf("%q are not quiet hours; write them as 20:00-08:00", s)
	}
	return Quiet{f, t}, nil
}

// String writes q as ParseQuiet reads it.
func (q Quiet) String() string {
	if q.None() {
		return ""
	}
	return q.From.String() + "-" + q.To.String()
}

// None reports whether no hour is quiet.
func (q Quiet) None() bool { return q.From == q.To }

// Over is when the quiet hours that t falls into end in zone; t itself when it is
// outside them.
func (q Quiet) Over(t time.Time, zone *time.Location) time.Time {
	if q.None() {
		return t
	}
	local := t.In(zone)
	day, at := civil.Of(local), TimeOfDay{local.Hour(), local.Minute()}
	switch {
	case q.From.before(q.To): // within one day
		if at.before(q.From) || !at.before(q.To) {
			return t
		}
	case at.before(q.To): // the morning part of a night
	case at.before(q.From):
		return t
	default: // the evening part
		day = day.AddDays(1)
	}
	// Where clocks change in the night, its end may already be past.
	if end := day.At(q.To.Hour, q.To.Minute, zone); end.After(t) {
		return end
	}
	return t
}

// OverBoth is the first time from t on that is quiet in neither of two zones. Where their
// nights leave no such time, it goes by the first zone alone.
func (q Quiet) OverBoth(t time.Time, first, second *time.Location) time.Time {
	open := t
	for range 4 { // a day has two nights
		before := open
		if open = q.Over(q.Over(open, first), second); open.Equal(before) {
			return open
		}
	}
	return q.Over(t, first)
}

// A Broadcast says which reminders of a visit stand in the channel besides the thread of
// its card.
type Broadcast string

// What is broadcast. As to a visit, the zero value is what the settings say.
const (
	BroadcastDay   Broadcast = "day"   // its days, and changes of its dates
	BroadcastAll   Broadcast = "all"   // every reminder
	BroadcastNever Broadcast = "never" // nothing
)

// Broadcasts lists what there is to choose from.
func Broadcasts() []Broadcast { return []Broadcast{BroadcastDay, BroadcastAll, BroadcastNever} }

// Broadcasts reports whether a reminder stands in the channel besides its thread.
func (t *Timing) Broadcasts(a Appointment, o *Occurrence) bool {
	_, ofVisit := a.(*Visit)
	switch t.broadcast(a) {
	case BroadcastAll:
		return true
	case BroadcastNever:
		return false
	}
	return ofVisit && o.Kind == Remind && o.Milestone == 0
}

// BroadcastsChanges reports whether a change of dates is told in the channel besides the
// thread.
func (t *Timing) BroadcastsChanges(a Appointment) bool { return t.broadcast(a) != BroadcastNever }

func (t *Timing) broadcast(a Appointment) Broadcast {
	if v, ok := a.(*Visit); ok && v.Broadcast != "" {
		return v.Broadcast
	}
	return t.Broadcast
}

// Timing are the rules by which reminders find their hour, and their place.
type Timing struct {
	Before, After []int     // days before the first and after the last day of a visit
	At            TimeOfDay // when a reminder comes, where its reader is
	Eve           TimeOfDay // when the last one before a visit comes, where its reader is
	VisitDay      TimeOfDay // when it comes on the day itself, at the factory
	Overdue       int       // working days after which the result of an inspection is first asked for
	Escalate      int       // and after which the person who planned it is told
	Weekends      bool      // keep reminders off weekends
	Holidays      bool      // keep them off China's public holidays
	Quiet         Quiet
	Broadcast     Broadcast // the zero value is BroadcastDay
	// Holiday and MakeUp report the days off and the worked weekends of China's
	// calendar. Nil means that there are none.
	Holiday, MakeUp func(civil.Date) bool
}

// DefaultTiming has the milestones of the design, at hours that suit people.
func DefaultTiming() Timing {
	return Timing{
		Before: []int{56, 28, 14, 7, 1}, After: []int{1, 7, 30, 90},
		At: TimeOfDay{9, 0}, Eve: TimeOfDay{15, 0}, VisitDay: TimeOfDay{7, 0}, Overdue: 1, Escalate: 3,
		Weekends: true, Holidays: true, Quiet: Quiet{TimeOfDay{20, 0}, TimeOfDay{8, 0}},
	}
}

// chinaTime are the zones whose readers work on China's make-up days.
var chinaTime = []string{"Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "Asia/Kashgar", "PRC"}

// Working reports whether somebody in zone can be expected to work on d.
func (t *Timing) Working(d civil.Date, zone string) bool {
	if t.Holidays && t.Holiday != nil && t.Holiday(d) {
		return false
	}
	if w := d.Weekday(); t.Weekends && (w == time.Saturday || w == time.Sunday) {
		return t.MakeUp != nil && t.MakeUp(d) && slices.Contains(chinaTime, zone)
	}
	return true
}

// maxOff bounds the search for a working day: no break is that long.
const maxOff = 40

// Earlier is d, or the last working day before it.
func (t *Timing) Earlier(d civil.Date, zone string) civil.Date { return t.shift(d, -1, zone) }

// Later is d, or the first working day after it.
func (t *Timing) Later(d civil.Date, zone string) civil.Date { return t.shift(d, 1, zone) }

func (t *Timing) shift(d civil.Date, step int, zone string) civil.Date {
	for o, n := d, 0; n < maxOff; o, n = o.AddDays(step), n+1 {
		if t.Working(o, zone) {
			return o
		}
	}
	return d
}

// OnWorkingDay is at, or the same hour of the first working day after it in zone.
func (t *Timing) OnWorkingDay(at time.Time, zone string) time.Time {
	z := mustZone(zone)
	local := at.In(z)
	d := civil.Of(local)
	if later := t.Later(d, zone); later != d {
		return later.At(local.Hour(), local.Minute(), z)
	}
	return at
}

// workingDays is the n-th working day after d.
func (t *Timing) workingDays(d civil.Date, n int, zone string) civil.Date {
	for range n {
		d = t.Later(d.AddDays(1), zone)
	}
	return d
}

// NextMorning is when something snoozed now comes back: on the next working day.
func (t *Timing) NextMorning(now time.Time, zone string) time.Time {
	z := mustZone(zone)
	d := t.Later(civil.Of(now.In(z)).AddDays(1), zone)
	return t.Hour(d, z)
}

// Hour is when a reminder that falls on d comes in zone, outside quiet hours.
func (t *Timing) Hour(d civil.Date, zone *time.Location) time.Time {
	return t.Quiet.Over(d.At(t.At.Hour, t.At.Minute, zone), zone)
}

// RemindDay is the day on which somebody in zone is reminded of a milestone whose
// day is d: that day, or a working day before it, or after it for what comes after.
func (t *Timing) RemindDay(m Milestone, d civil.Date, zone string) civil.Date {
	switch {
	case m < 0:
		return t.Earlier(d, zone)
	case m > 0:
		return t.Later(d, zone)
	}
	return d
}

// Who is further than nearHours from the factory's clock flies there, and leaves up to
// journey before the day begins.
const (
	nearHours = 3 * time.Hour
	journey   = 24 * time.Hour
)

// EveOf is when somebody in zone is reminded for the last time before a visit: in the
// afternoon of a working day, while they are not yet on their way.
func (t *Timing) EveOf(first civil.Date, zone, factory string) time.Time {
	z, there := mustZone(zone), mustZone(factory)
	leave := first.Start(there)
	_, here := leave.In(z).Zone()
	_, away := leave.In(there).Zone()
	if time.Duration(max(here-away, away-here))*time.Second > nearHours {
		leave = leave.Add(-journey)
	}
	d := t.Earlier(civil.Of(leave.In(z)), zone)
	if d.At(t.Eve.Hour, t.Eve.Minute, z).After(leave) {
		d = t.Earlier(d.AddDays(-1), zone)
	}
	return t.Quiet.Over(d.At(t.Eve.Hour, t.Eve.Minute, z), z)
}

// afterLast is how long the last reminder of a visit or an inspection is of use.
const afterLast = 14 * 24 * time.Hour

// Reminders lists what is to be sent about v, in order, none of it before now. With
// catchUp, milestones that are past already come as one message at once, if they have
// something open and the visit is not over.
func (v *Visit) Reminders(t *Timing, now time.Time, catchUp bool) []Occurrence {
	if !v.Open() {
		return nil
	}
	return v.reminders(t).ahead(now, catchUp && !v.Over(now))
}

// reminders are all that there are about v, whether it is open and whatever the time. A
// visit that was recorded after its end is kept for the history and has none.
func (v *Visit) reminders(t *Timing) *reminders {
	r := newReminders(t, &v.Work, v.Subject(), v.First, v.Last)
	if v.Over(v.Created) {
		return r
	}
	for _, n := range t.Before {
		if m := Milestone(-n); m == Eve {
			r.eve()
		} else {
			r.milestone(m, v.day(m))
		}
	}
	for d := v.First; !d.After(v.Last); d = d.AddDays(1) {
		r.onTheDay(d)
	}
	for _, n := range t.After {
		m := Milestone(n)
		r.milestone(m, v.day(m))
	}
	r.ownDays()
	r.order()
	return r
}

// reminders collects the occurrences about one visit or inspection.
type reminders struct {
	t             *Timing
	work          *Work
	subject       Subject
	origin        Subject // in the keys
	first, last   civil.Date
	channel, zone *time.Location // of work's place; looking one up reads a file
	os            []Occurrence
}

func newReminders(t *Timing, w *Work, s Subject, first, last civil.Date) *reminders {
	return &reminders{t: t, work: w, subject: s, origin: s, first: first, last: last, channel: mustZone(w.ChannelZone), zone: mustZone(w.Zone)}
}

func (r *reminders) add(o Occurrence, what string) { r.os = append(r.os, r.made(o, what)) }

// made is o with what all occurrences about the work have.
func (r *reminders) made(o Occurrence, what string) Occurrence {
	o.Workspace, o.Subject, o.Schedule = r.work.Workspace, r.subject, r.work.Schedule
	o.State, o.Wake = Pending, o.Due
	if o.To == "" {
		o.To = r.work.Channel
	}
	o.Key = key(o.Workspace, r.origin, o.Schedule, what, o.To)
	return o
}

func (r *reminders) milestone(m Milestone, d civil.Date) {
	on := r.t.RemindDay(m, d, r.work.ChannelZone)
	r.add(Occurrence{Kind: Remind, Milestone: m, Day: on, Zone: r.work.ChannelZone, Due: r.t.Hour(on, r.channel)}, fmt.Sprintf("m%d", int(m)))
}

// ownDays are the reminders of items with a day of their own, where no milestone falls on it.
func (r *reminders) ownDays() {
	for _, m := range r.work.Items.OwnDays(r.first, r.last) {
		kind, _ := r.subject.Cut()
		switch {
		case m == 0 || slices.ContainsFunc(r.os, func(o Occurrence) bool { return o.Kind == Remind && o.Milestone == m }):
		case m == Eve && kind == OfVisit:
			r.eve()
		default:
			r.milestone(m, m.DueDay(r.first, r.last))
		}
	}
}

func (r *reminders) eve() {
	due := r.t.EveOf(r.first, r.work.ChannelZone, r.work.Zone)
	r.add(Occurrence{Kind: Remind, Milestone: Eve, Day: civil.Of(due.In(r.channel)), Zone: r.work.ChannelZone, Due: due}, fmt.Sprintf("m%d", int(Eve)))
}

func (r *reminders) onTheDay(d civil.Date) {
	r.add(Occurrence{Kind: Remind, Day: d, Zone: r.work.Zone, AnyHour: true,
		Due: d.At(r.t.VisitDay.Hour, r.t.VisitDay.Minute, r.zone), Expires: d.AddDays(1).Start(r.zone)}, "d"+d.String())
}

// order puts the reminders in order and says when each is overtaken by the next.
func (r *reminders) order() {
	slices.SortStableFunc(r.os, func(a, b Occurrence) int { return a.Due.Compare(b.Due) })
	for i := range r.os {
		o := &r.os[i]
		if o.Kind == Remind && o.Milestone != 0 {
			o.Expires = o.Due.Add(afterLast)
			// The next one lists what this one would have.
			if i+1 < len(r.os) && r.os[i+1].Kind == Remind && r.os[i+1].Due.After(o.Due) && r.os[i+1].Due.Before(o.Expires) {
				o.Expires = r.os[i+1].Due
			}
		}
	}
}

// ahead are those that are not past at now. It folds what is past into one: a visit
// planned late would otherwise begin with a burst of messages about the same list.
func (r *reminders) ahead(now time.Time, catchUp bool) []Occurrence {
	var left []Occurrence
	for _, o := range r.os {
		switch {
		case !o.Due.Before(now):
		case catchUp && o.Kind == Overdue:
			o.Due, o.Wake = now, now // nobody has heard of it yet
		default:
			continue
		}
		left = append(left, o)
	}
	if past, missed := r.past(now); catchUp && missed && r.open(past) {
		return append([]Occurrence{r.catchUp(past, now)}, left...)
	}
	return left
}

// past is the last milestone whose reminder was due before now.
func (r *reminders) past(now time.Time) (past Milestone, ok bool) {
	for _, o := range r.os {
		if o.Kind == Remind && o.Due.Before(now) && (!ok || o.Milestone > past) {
			past, ok = o.Milestone, true
		}
	}
	return past, ok
}

// open reports whether something is open that a message about a milestone lists: after
// a visit, only what was to be done then.
func (r *reminders) open(m Milestone) bool {
	return slices.ContainsFunc(r.work.Items, func(i Item) bool {
		on := i.Falls(r.first, r.last)
		return i.Open() && on <= m && (m <= 0 || on > 0)
	})
}

// catchUp is one message at now about what should be done by a milestone that is past.
func (r *reminders) catchUp(past Milestone, now time.Time) Occurrence {
	return r.made(Occurrence{Kind: CatchUp, Milestone: past, Day: civil.Of(now.In(r.channel)), Zone: r.work.ChannelZone,
		Due: now, Expires: now.Add(afterLast)}, "catch-up")
}
