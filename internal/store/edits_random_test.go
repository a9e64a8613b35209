package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// A slot is a reminder that there is by the days of a visit or an inspection, worked out
// here with plain dates and not by the code under test.
type slot struct {
	milestone int
	day       civil.Date
	at        time.Time
}

// slots are those of a visit or an inspection. asked is when an inspection is overdue.
func slots(a visit.Appointment) (ss []slot, asked time.Time) {
	w := a.Common()
	if v, ok := a.(*visit.Visit); ok && v.Over(v.Created) {
		return nil, asked // it is there for the history
	}
	home, factory := must(time.LoadLocation(w.ChannelZone)), must(time.LoadLocation(w.Zone))
	working := func(d civil.Date, step int) civil.Date {
		for d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
			d = d.AddDays(step)
		}
		return d
	}
	first, last := a.Days()
	before, after := []int{56, 28, 14, 7, 1}, []int{1, 7, 30, 90}
	if i, ok := a.(*visit.Inspection); ok {
		before, after = i.LeadDays, nil
		asked = working(i.Due.AddDays(1), 1).At(9, 0, home)
	}
	for _, n := range before {
		d, hour := working(first.AddDays(-n), -1), 9
		if n == 1 { // the eve: who flies to the factory leaves a day before
			hour = 15
			if w.ChannelZone != w.Zone {
				d = working(first.AddDays(-2), -1)
			}
		}
		ss = append(ss, slot{-n, d, d.At(hour, 0, home)})
	}
	for d := first; !d.After(last); d = d.AddDays(1) {
		ss = append(ss, slot{0, d, d.At(7, 0, factory)})
	}
	for _, n := range after {
		d := working(last.AddDays(n), 1)
		ss = append(ss, slot{n, d, d.At(9, 0, home)})
	}
	return ss, asked
}

// covers reports whether a message about one milestone lists what one about another would.
func covers(m, of int) bool { return m >= of && (m > 0) == (of > 0) }

// A walk changes one visit or inspection at random and keeps in mind what its team is owed.
type walk struct {
	t    *testing.T
	s    *Store
	r    *rand.Rand
	now  time.Time
	did  []string // for a failure
	of   visit.Subject
	a    visit.Appointment
	owed []slot // was due, and has not been sent
	// promised are the snoozed ones that are still ahead, cancelled or not.
	promised []slot
	told     map[string]bool // milestone and day of what was sent
	reopened time.Time
	listed   int // the schedule of the last list that was sent
}

func (w *walk) fail(format string, args ...any) {
	w.t.Helper()
	var rows []string
	for _, o := range w.rows() {
		rows = append(rows, fmt.Sprintf("%-9s %s %d of %s due %s to %s, %s", o.State, o.Kind, int(o.Milestone), o.Day, o.Due.In(berlin).Format("01-02 15:04"), o.To, o.Key))
	}
	first, last := w.a.Days()
	w.t.Fatalf("%s\nat %s, from %s to %s\n%s\n%s", fmt.Sprintf(format, args...), w.now.In(berlin).Format("2006-01-02 15:04"), first, last, strings.Join(w.did, "\n"), strings.Join(rows, "\n"))
}

func (w *walk) rows() []visit.Occurrence {
	os := must(w.s.Occurrences(context.Background(), "T1", OccurrenceFilter{Subject: w.of}))
	return slices.DeleteFunc(os, func(o visit.Occurrence) bool { return o.Kind == visit.Card })
}

func (w *walk) over() bool {
	v, ok := w.a.(*visit.Visit)
	return ok && v.Over(w.now)
}

// pass lets time pass. What falls due is owed, whether the work is open or not.
func (w *walk) pass(d time.Duration) {
	until := w.now.Add(d)
	ss, _ := slots(w.a)
	for _, s := range ss {
		if !s.at.Before(w.now) && s.at.Before(until) && !w.told[fmt.Sprint(s.milestone, s.day)] {
			w.owed = append(w.owed, s)
		}
	}
	var left []slot
	for _, p := range w.promised {
		if p.at.Before(until) {
			w.owed = append(w.owed, p)
		} else {
			left = append(left, p)
		}
	}
	w.promised = left
	w.now = until
}

// settled has a message pay what it covers.
func (w *walk) settled(m int) {
	var left []slot
	for _, s := range w.owed {
		if !covers(m, s.milestone) {
			left = append(left, s)
		}
	}
	w.owed = left
}

// send has what is due sent, held back by Slack, or lost on its way.
func (w *walk) send() {
	ctx := context.Background()
	for _, o := range must(w.s.Expire(ctx, w.now)) {
		w.settled(int(o.Milestone)) // given up where all can see it
	}
	for elapsed := w.now; ; elapsed = elapsed.Add(2 * time.Second) {
		os := must(w.s.Claim(ctx, Claim{Owner: "one", Now: w.now, Elapsed: elapsed, Lease: time.Minute, Limit: 10}))
		if len(os) == 0 {
			return
		}
		for _, o := range os {
			to := o
			switch n := w.r.IntN(4); {
			case o.Kind == visit.Card: // no reminder
				to.State, to.Sent = visit.Sent, elapsed
			case n == 0:
				to.State, to.Hold = visit.Pending, w.now.Add(time.Hour)
			case n == 1:
				to.State, to.Hold = visit.Uncertain, w.now.Add(time.Hour)
			default:
				to.State, to.Sent = visit.Sent, elapsed
				w.arrived(o)
			}
			to.Settled = w.now
			must(w.s.Settle(ctx, o, to))
			w.did = append(w.did, fmt.Sprintf("%s: %s %d of %s is %s", w.now.In(berlin).Format("01-02 15:04"), o.Kind, int(o.Milestone), o.Day, to.State))
		}
	}
}

// find looks for what may have been sent.
func (w *walk) find() {
	for _, o := range must(w.s.ClaimUncertain(context.Background(), Claim{Owner: "two", Elapsed: w.now, Lease: time.Minute, Limit: 10})) {
		to := o
		if to.State, to.Hold = visit.Pending, (time.Time{}); w.r.IntN(2) == 0 {
			to.State, to.Sent = visit.Sent, w.now
			w.arrived(o)
		}
		to.Settled = w.now
		must(w.s.Settle(context.Background(), o, to))
		w.did = append(w.did, fmt.Sprintf("%s: %s %d was found %s", w.now.In(berlin).Format("01-02 15:04"), o.Kind, int(o.Milestone), to.State))
	}
}

func (w *walk) arrived(o visit.Occurrence) {
	key := fmt.Sprint(int(o.Milestone), o.Day)
	if o.Kind == visit.Remind && !o.Promised() {
		if w.told[key] {
			w.fail("the milestone %d of %s is told of twice", o.Milestone, o.Day)
		}
		w.told[key] = true
	}
	if asked := fmt.Sprint("how it ended, ", o.Day); o.Kind == visit.Overdue {
		if w.told[asked] {
			w.fail("%s is asked twice", asked)
		}
		w.told[asked] = true
	}
	if o.Kind == visit.CatchUp && !o.Promised() {
		if w.listed == w.a.Common().Schedule {
			w.fail("two lists are sent, and nothing was changed between them")
		}
		w.listed = w.a.Common().Schedule
	}
	w.settled(int(o.Milestone))
}

// snooze has the reminder that was sent last come back.
func (w *walk) snooze() {
	os := must(w.s.Occurrences(context.Background(), "T1", OccurrenceFilter{Subject: w.of, States: []visit.State{visit.Sent}, Newest: true, Limit: 1}))
	if len(os) == 0 || os[0].Kind == visit.Card || os[0].Milestone == 0 || !w.a.Open() || os[0].Milestone > 0 && os[0].Subject != "visit/1" {
		return
	}
	o, c := os[0], w.a.Common()
	if o.Elsewhere(c) {
		o = o.MovedTo(c)
	}
	timing := visit.DefaultTiming()
	back := o.Snoozed(timing.NextMorning(w.now, o.Zone))
	for _, q := range w.rows() {
		if q.Promised() && q.Milestone == back.Milestone && q.Due.Equal(back.Due) {
			return
		}
	}
	must(true, w.s.AddOccurrence(context.Background(), back))
	w.promised = append(w.promised, slot{int(back.Milestone), back.Day, back.Due})
	w.did = append(w.did, fmt.Sprintf("%s: %d is snoozed", w.now.In(berlin).Format("01-02 15:04"), int(o.Milestone)))
}

// change makes a change and works out what it makes of what is owed.
func (w *walk) change(what string, f func(visit.Appointment)) {
	was, wasOpen := w.a, w.a.Open()
	old, _ := slots(was)
	w.a = must(w.s.ChangeAppointment(context.Background(), "T1", w.of, w.now, func(a visit.Appointment) error { f(a); return nil }))
	w.did = append(w.did, fmt.Sprintf("%s: %s", w.now.In(berlin).Format("01-02 15:04"), what))
	if w.a.Open() && !wasOpen {
		w.reopened = w.now
	}
	now, _ := slots(w.a)
	// What lies ahead again is not owed any more, nor is a day that is none of its days.
	at := func(ss []slot, s slot) (slot, bool) {
		for _, n := range ss {
			if n.milestone == s.milestone && (s.milestone != 0 || n.day == s.day) {
				return n, true
			}
		}
		return slot{}, false
	}
	var left []slot
	for _, s := range w.owed {
		if n, is := at(now, s); is && n.at.Before(w.now) {
			left = append(left, s)
		}
	}
	w.owed = left
	for _, n := range now {
		o, known := at(old, n)
		if !n.at.Before(w.now) || wasOpen == w.a.Open() && known && o.at.Before(w.now) || wasOpen != w.a.Open() && known && o.at.Before(w.now) || !known && n.milestone != 0 {
			continue
		}
		told := false
		for _, r := range w.rows() {
			gone := r.State == visit.Sent || r.State == visit.Uncertain || r.State == visit.Expired
			told = told || gone && (covers(int(r.Milestone), n.milestone) && (!wasOpen || !r.Due.Before(n.at)) || int(r.Milestone) == n.milestone && r.Day == n.day)
		}
		if !told {
			w.owed = append(w.owed, n)
		}
	}
}

// holds is what is true whenever one looks.
func (w *walk) holds() {
	rows := w.rows()
	c := w.a.Common()
	if !w.a.Open() {
		w.follows(rows)
		return
	}
	ss, asked := slots(w.a)
	lists := 0
	for _, o := range rows {
		if o.State == visit.Pending && o.Kind == visit.CatchUp && !o.Promised() && o.Posted.IsZero() {
			lists++
		}
		if o.State == visit.Pending && o.Posted.IsZero() && o.To != c.Channel {
			w.fail("a reminder waits for a channel that it has left")
		}
	}
	if lists > 1 {
		w.fail("%d lists wait", lists)
	}
	for _, s := range ss { // each reminder ahead waits once
		n := 0
		for _, o := range rows {
			if o.Kind == visit.Remind && !o.Promised() && o.State == visit.Pending && int(o.Milestone) == s.milestone && o.Day == s.day && (o.Due.Equal(s.at) || !o.Due.After(w.now)) {
				n++
			}
		}
		if want := 1; s.at.After(w.now) && n != want && !w.told[fmt.Sprint(s.milestone, s.day)] {
			w.fail("the milestone %d of %s waits %d times", s.milestone, s.day, n)
		}
	}
	for _, p := range w.promised {
		n := 0
		for _, o := range rows {
			if o.Promised() && o.State == visit.Pending && int(o.Milestone) == p.milestone && o.Due.Equal(p.at) {
				n++
			}
		}
		if n != 1 {
			w.fail("what was snoozed, of %d, waits %d times for %s", p.milestone, n, p.at.In(berlin))
		}
	}
	waits := func(kind visit.Kind) bool {
		for _, o := range rows {
			if o.Kind == kind && (o.State == visit.Pending || o.State == visit.Uncertain || o.State == visit.Sent && o.Sent.After(w.reopened)) {
				return true
			}
		}
		return false
	}
	overdue := !asked.IsZero() && asked.Before(w.now)
	if overdue && !waits(visit.Overdue) {
		w.fail("it is overdue, and nobody hears of it")
	}
	for _, s := range w.owed {
		found := overdue || w.over() && s.milestone <= 0
		for _, o := range rows {
			found = found || (o.State == visit.Pending || o.State == visit.Uncertain) && covers(int(o.Milestone), s.milestone) && (!o.Due.After(w.now) || o.Promised())
		}
		if !found {
			w.fail("what is owed of %d, of %s, was lost", s.milestone, s.day)
		}
	}
}

// follows is what is true of what is not open: what comes after an inspection waits once,
// where it is prepared, and nothing else does.
func (w *walk) follows(rows []visit.Occurrence) {
	i, _ := w.a.(*visit.Inspection)
	waits := map[visit.Milestone]int{}
	for _, o := range rows {
		if o.State != visit.Pending || !o.Posted.IsZero() {
			continue
		}
		if i == nil || o.Kind != visit.Remind || o.Milestone <= 0 {
			w.fail("it is not open, and a reminder waits")
		}
		if o.To != i.Channel {
			w.fail("a reminder waits for a channel that it has left")
		}
		waits[o.Milestone]++
	}
	if i == nil {
		return
	}
	for _, m := range i.Following() {
		home := must(time.LoadLocation(i.ChannelZone))
		timing := visit.DefaultTiming()
		d := timing.Later(i.DueDay(m), i.ChannelZone)
		told := w.told[fmt.Sprint(int(m), d)] || slices.ContainsFunc(rows, func(o visit.Occurrence) bool {
			return o.Kind == visit.Remind && o.Milestone == m && o.Day == d && o.State != visit.Cancelled && !(o.State == visit.Pending && o.Posted.IsZero())
		})
		if n := waits[m]; n > 1 || n == 0 && !told && d.At(9, 0, home).After(w.now) {
			w.fail("what comes %d days after waits %d times", int(m), n)
		}
	}
}

func (w *walk) step() {
	days := func(n int) func(visit.Appointment) {
		return func(a visit.Appointment) {
			switch a := a.(type) {
			case *visit.Visit:
				a.First, a.Last = a.First.AddDays(n), a.Last.AddDays(n)
			case *visit.Inspection:
				a.Due = a.Due.AddDays(n)
			}
		}
	}
	switch w.r.IntN(12) {
	case 0, 1, 2:
		w.pass(time.Duration(1+w.r.IntN(96)) * 37 * time.Minute)
	case 3, 4:
		w.pass(time.Duration(1+w.r.IntN(10)) * time.Minute)
	case 5, 6:
		w.send()
	case 7:
		w.find()
	case 8:
		w.snooze()
	case 9:
		if !w.a.Open() {
			return // the form asks to restore it first
		}
		n := w.r.IntN(25) - 8
		w.change(fmt.Sprintf("moved by %d days", n), days(n))
		if w.r.IntN(2) == 0 {
			w.holds()
			w.pass(time.Duration(w.r.IntN(3000)) * time.Minute)
			w.change(fmt.Sprintf("moved back by %d days", n), days(-n))
		}
	case 10:
		w.change("cancelled, or back", func(a visit.Appointment) {
			switch a := a.(type) {
			case *visit.Visit:
				if !a.Restore() {
					a.Cancel("U1", w.now)
				}
			case *visit.Inspection:
				if !a.Reopen() {
					must(a.Report(visit.Passed, "", "U1", w.now))
				}
			}
		})
	case 11:
		w.change("another place", func(a visit.Appointment) {
			switch c := a.Common(); w.r.IntN(4) {
			case 0:
				c.Channel = "C1"
			case 1:
				c.Channel = "C2"
			case 2:
				c.ChannelZone = "Asia/Shanghai"
			case 3:
				c.ChannelZone = "Europe/Berlin"
			}
		})
	}
	w.holds()
}

// However a visit or an inspection changes, each reminder that was due is sent, waits or
// is in one list; none is sent twice for its day; and what lies ahead waits once.
func TestNoSequenceOfEditsLosesOrDoublesAReminder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		walks := 60
		if s.postgres {
			walks = 8 // a round trip for each question
		}
		for seed := range walks {
			emptied(s)
			w := walk{t: t, s: s, r: rand.New(rand.NewPCG(uint64(seed), 12)), now: on("2027-01-02 12:00"), told: map[string]bool{}}
			items := visit.Checklist{{ID: 1, Milestone: -200, Text: "a"}, {ID: 2, Milestone: 1, Text: "b"}}
			first := civil.On(2027, 1, 20).AddDays(w.r.IntN(50))
			if seed%2 == 0 {
				v := sampleVisit("T1")
				v.Zone, v.Items, v.First, v.Last = "Asia/Shanghai", items, first, first.AddDays(w.r.IntN(3))
				v = must(s.PlanVisit(context.Background(), v, w.now))
				w.a, w.of = &v, v.Subject()
			} else {
				i := sampleInspection("T1")
				i.Zone, i.ChannelZone, i.Items, i.Due, i.LeadDays = "Asia/Shanghai", "Europe/Berlin", items, first, []int{14, 7, 2}
				i = must(s.AddInspection(context.Background(), i, w.now))
				w.a, w.of = &i, i.Subject()
			}
			w.did = append(w.did, fmt.Sprintf("walk %d", seed))
			ss, _ := slots(w.a)
			for _, n := range ss {
				if n.at.Before(w.now) {
					w.owed = append(w.owed, n)
				}
			}
			w.holds()
			for range 80 {
				w.step()
			}
		}
	})
}
