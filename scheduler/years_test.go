package scheduler_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler"
	"visitprep/scheduler/calendar"
)

// zones are fifty, with every kind of change of the clock.
var zones = []string{
	"Asia/Shanghai", "Asia/Hong_Kong", "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Dubai", "Asia/Karachi", "Asia/Dhaka", "Asia/Yangon",
	"Asia/Jakarta", "Asia/Manila", "Asia/Singapore", "Asia/Seoul", "Asia/Vladivostok", "Asia/Beirut", "Asia/Jerusalem", "Asia/Almaty", "Europe/Berlin", "Europe/London",
	"Europe/Dublin", "Europe/Lisbon", "Europe/Madrid", "Europe/Paris", "Europe/Rome", "Europe/Warsaw", "Europe/Athens", "Europe/Helsinki", "Europe/Kyiv", "Europe/Istanbul",
	"Europe/Moscow", "Africa/Cairo", "Africa/Casablanca", "Africa/Lagos", "Africa/Nairobi", "Africa/Johannesburg", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
	"America/Phoenix", "America/Toronto", "America/Mexico_City", "America/Bogota", "America/Santiago", "America/Sao_Paulo", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Auckland",
}

// An expected message: what it is about, where it goes, and when it is due.
type expected struct {
	subject visit.Subject
	kind    visit.Kind
	which   string // the milestone, or the visit day
	to      string
	due     int64 // seconds; a visit that was moved may be reminded of the same milestone twice
}

// publicHolidays are the days off of mainland China as the law and the moon have
// them, the long ones in their usual length, written down here from the fact base and not read from the program's data.
// None is announced yet, so no weekend is worked.
var publicHolidays = strings.Fields(`
	2027-01-01 2027-02-05 2027-02-06 2027-02-07 2027-02-08 2027-02-09 2027-02-10 2027-02-11 2027-02-12 2027-04-05
	2027-05-01 2027-05-02 2027-05-03 2027-05-04 2027-05-05 2027-06-09 2027-09-15
	2027-10-01 2027-10-02 2027-10-03 2027-10-04 2027-10-05 2027-10-06 2027-10-07
	2028-01-01 2028-01-25 2028-01-26 2028-01-27 2028-01-28 2028-01-29 2028-01-30 2028-01-31 2028-02-01 2028-04-04
	2028-05-01 2028-05-02 2028-05-03 2028-05-04 2028-05-05 2028-05-28
	2028-10-01 2028-10-02 2028-10-03 2028-10-04 2028-10-05 2028-10-06 2028-10-07 2028-10-08
	2029-01-01 2029-02-12 2029-02-13 2029-02-14 2029-02-15 2029-02-16 2029-02-17 2029-02-18 2029-02-19 2029-04-04
	2029-05-01 2029-05-02 2029-05-03 2029-05-04 2029-05-05 2029-06-16 2029-09-22
	2029-10-01 2029-10-02 2029-10-03 2029-10-04 2029-10-05 2029-10-06 2029-10-07
	2030-01-01 2030-02-02 2030-02-03 2030-02-04 2030-02-05 2030-02-06 2030-02-07 2030-02-08 2030-02-09`)

func off(t time.Time) bool {
	return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday || slices.Contains(publicHolidays, t.Format(time.DateOnly))
}

func earlier(t time.Time) time.Time {
	for off(t) {
		t = t.AddDate(0, 0, -1)
	}
	return t
}

func later(t time.Time) time.Time {
	for off(t) {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

// lines are the days from the visit for which its checklist has an item each, and reminded
// those of them on which a reminder in the channel names its owner.
var (
	lines    = []int{-56, -27, -14, -6, -2, 0, 1, 8, 30, 91}
	reminded = []int{-56, -14, 0, 1, 30}
)

// An overdue inspection has no result for a while.
type overdue struct {
	due      time.Time // its day
	reported time.Time // when somebody did; zero is never
}

// workingDays is the n-th working day after a day.
func workingDays(t time.Time, n int) time.Time {
	for range n {
		t = later(t.AddDate(0, 0, 1))
	}
	return t
}

// questions are the days on which the result is asked for, until a day.
func (o *overdue) questions(until time.Time) (days []time.Time) {
	days = []time.Time{workingDays(o.due, 1), workingDays(o.due, 3), workingDays(o.due, 7)}
	for week := days[2].AddDate(0, 0, 7); week.Before(until); week = week.AddDate(0, 0, 7) {
		days = append(days, later(week))
	}
	return days
}

// A noted is how a visit was from an instant on: the model of this test.
type noted struct {
	at          time.Time
	visit       int
	first, last civil.Date
	cancelled   bool
	open        []bool   // of lines
	owner       []string // of lines
}

// lineDay is the day of an item of a visit.
func (n *noted) lineDay(i int) time.Time {
	d := n.first
	if lines[i] >= 0 {
		d = n.last
	}
	return time.Date(d.Year, d.Month, d.Day+lines[i], 0, 0, 0, 0, time.UTC)
}

// ofVisit is what a visit brings, worked out here with plain dates and not by the
// code under test.
func ofVisit(v *visit.Visit, until func(expected, time.Time)) {
	home, err := time.LoadLocation(v.ChannelZone)
	if err != nil {
		panic(err)
	}
	factory, err := time.LoadLocation(v.Zone)
	if err != nil {
		panic(err)
	}
	at := func(d civil.Date, days, hour int, z *time.Location) time.Time {
		return time.Date(d.Year, d.Month, d.Day+days, hour, 0, 0, 0, z)
	}
	e := expected{subject: v.Subject(), kind: visit.Remind, to: v.Channel}
	for _, n := range []int{56, 28, 14, 7} {
		e.which = fmt.Sprint(-n)
		until(e, earlier(at(v.First, -n, 9, home)))
	}
	// In the afternoon of the last working day that is over before they leave: a day before
	// where they fly.
	begins := at(v.First, 0, 0, factory)
	_, here := begins.In(home).Zone()
	if _, there := begins.Zone(); here < there-3*3600 || here > there+3*3600 {
		begins = begins.Add(-24 * time.Hour)
	}
	eve := begins.In(home)
	eve = earlier(time.Date(eve.Year(), eve.Month(), eve.Day(), 15, 0, 0, 0, home))
	if eve.After(begins) {
		eve = earlier(eve.AddDate(0, 0, -1))
	}
	e.which = "-1"
	until(e, eve)
	for d := v.First; !d.After(v.Last); d = d.AddDays(1) {
		e.which = d.String()
		until(e, at(d, 0, 7, factory))
	}
	for _, n := range []int{1, 7, 30, 90} {
		e.which = fmt.Sprint(n)
		until(e, later(at(v.Last, n, 9, home)))
	}
}

// digests are the daily messages that people get: on each day on which one of their own
// items is due that no reminder in the channel names, by the history of the visits; whoever
// planned a visit is asked how it ended, and whoever planned an inspection is told that it has no result, about
// three at a time. On the first working day of a week it comes for actions that are late.
func digests(history []noted, inspections []*overdue, actions []followed, owners map[string]*time.Location, start, end time.Time) map[expected]time.Time {
	want := map[expected]time.Time{}
	type morning struct {
		who string
		at  time.Time
	}
	var mornings []morning
	for who, z := range owners {
		for day := start.In(z); ; day = day.AddDate(0, 0, 1) {
			at := time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, z)
			if !at.Before(end) {
				break
			}
			if at.After(start) && !off(at) {
				mornings = append(mornings, morning{who, at})
			}
		}
	}
	slices.SortFunc(mornings, func(a, b morning) int { return a.at.Compare(b.at) })
	state, follows := map[int]*noted{}, map[int]*followed{}
	asked, told := map[int]bool{}, map[*overdue]bool{}
	for _, m := range mornings {
		for len(history) > 0 && !history[0].at.After(m.at) {
			state[history[0].visit], history = &history[0], history[1:]
		}
		for len(actions) > 0 && !actions[0].at.After(m.at) {
			follows[actions[0].finding], actions = &actions[0], actions[1:]
		}
		today := m.at.Format(time.DateOnly)
		comes, some := false, 0
		monday := m.at
		for monday.Weekday() != time.Monday {
			monday = monday.AddDate(0, 0, -1)
		}
		for _, a := range follows {
			comes = comes || later(monday).Equal(m.at) && a.late(today) && (m.who == a.reviewer || m.who == mia)
		}
		for v, n := range state {
			over := time.Date(n.last.Year, n.last.Month, n.last.Day+7, 0, 0, 0, 0, time.UTC)
			if m.who == mia && !n.cancelled && !asked[v] && later(over).Format(time.DateOnly) <= today && some < 3 {
				comes, asked[v] = true, true
				some++
			}
		}
		for _, i := range inspections {
			if m.who == jonas && !told[i] && workingDays(i.due, 3).Format(time.DateOnly) <= today && (i.reported.IsZero() || i.reported.After(m.at)) && some < 3 {
				comes, told[i] = true, true
				some++
			}
		}
		for _, n := range state {
			for i, line := range lines {
				move := earlier
				if line > 0 {
					move = later
				}
				if !slices.Contains(reminded, line) && !n.cancelled && n.open[i] && n.owner[i] == m.who && move(n.lineDay(i)).Format(time.DateOnly) == today {
					comes = true
				}
			}
		}
		if comes {
			want[expected{visit.SubjectOf(visit.OfPerson, m.who), visit.Digest, today, m.who, m.at.Unix()}] = m.at
		}
	}
	return want
}

// A followed is how the action of a finding was from an instant on: the model of this test.
type followed struct {
	at             time.Time
	visit, finding int
	live           bool      // something is still to happen
	clock          bool      // the factory is to do it
	due            time.Time // at midnight, UTC; zero is none
	claim          time.Time // the same
	contain        time.Time // by when something is to be said of the lot; zero for nothing
	factory        *time.Location
	rejected       int
	reviewer       string
}

// late reports whether a daily message tells of it.
func (f *followed) late(today string) bool {
	lot := f.live && !f.contain.IsZero() && f.contain.In(f.factory).Format(time.DateOnly) < today
	return f.clock && !f.due.IsZero() && f.due.Format(time.DateOnly) < today || f.live && f.rejected >= 2 || lot
}

// earlierBy is the n-th working day before a day.
func earlierBy(t time.Time, n int) time.Time {
	for range n {
		t = earlier(t.AddDate(0, 0, -1))
	}
	return t
}

// awake is when a person whose day begins at eight is written to, of what is due at t.
func awake(t time.Time, z *time.Location) time.Time {
	here := t.In(z)
	switch {
	case here.Hour() >= 20:
		return time.Date(here.Year(), here.Month(), here.Day()+1, 8, 0, 0, 0, z)
	case here.Hour() < 8:
		return time.Date(here.Year(), here.Month(), here.Day(), 8, 0, 0, 0, z)
	}
	return t
}

// ofActions are the reminders of actions: on each day, at nine where its readers are, one of a
// visit for its channel and one for who planned it, of what was so at that moment. That one waits
// for the person's morning, and comes if it is still so.
func ofActions(history []followed, visits map[int]visit.Visit, owners map[string]*time.Location, start, end time.Time) map[expected]time.Time {
	want := map[expected]time.Time{}
	of := map[int][]followed{}
	for _, f := range history {
		of[f.visit] = append(of[f.visit], f)
	}
	for number, changes := range of {
		v := visits[number]
		home, err := time.LoadLocation(v.ChannelZone)
		if err != nil {
			panic(err)
		}
		state := map[int]followed{}
		for day := time.Date(start.Year(), start.Month(), start.Day(), 0, 0, 0, 0, time.UTC); day.Before(end); day = day.AddDate(0, 0, 1) {
			at := time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, home)
			for len(changes) > 0 && !changes[0].at.After(at) {
				state[changes[0].finding], changes = changes[0], changes[1:]
			}
			soon, late, owner := false, false, false
			for _, f := range state {
				if f.clock && !f.due.IsZero() {
					soon = soon || day.Equal(earlierBy(f.due, 3)) || day.Equal(earlier(f.due))
					late = late || day.Equal(workingDays(f.due, 1))
					owner = owner || day.Equal(workingDays(f.due, 5))
				}
				if f.live && !f.claim.IsZero() {
					soon = soon || day.Equal(earlierBy(f.claim, 3)) || day.Equal(earlier(f.claim))
				}
				if f.live && !f.contain.IsZero() {
					asked := f.contain.AddDate(0, 0, -1).In(home)
					soon = soon || day.Equal(time.Date(asked.Year(), asked.Month(), asked.Day(), 0, 0, 0, 0, time.UTC)) // whatever day that is
					over := max(f.contain.In(home).Format(time.DateOnly), f.contain.In(f.factory).Format(time.DateOnly))
					late = late || day.AddDate(0, 0, -1).Format(time.DateOnly) == over
				}
			}
			put := func(k visit.Kind, to string, comes time.Time) {
				if at.After(start) && comes.Before(end) {
					want[expected{v.Subject(), k, "0", to, at.Unix()}] = comes
				}
			}
			switch {
			case late:
				put(visit.ActionOverdue, v.Channel, at)
			case soon:
				put(visit.RemindAction, v.Channel, at)
			}
			comes := awake(at, owners[v.Owner])
			for len(changes) > 0 && !changes[0].at.After(comes) {
				state[changes[0].finding], changes = changes[0], changes[1:]
			}
			still := func(f followed) bool { return f.clock && !f.due.IsZero() && day.Equal(workingDays(f.due, 5)) }
			if owner && slices.ContainsFunc(slices.Collect(maps.Values(state)), still) {
				put(visit.ActionOverdue, v.Owner, comes)
			}
		}
	}
	return want
}

// anyAction logs a finding of a visit, or has something happen to one, as it may in a year, and
// says how it is then.
func anyAction(ctx context.Context, r *rand.Rand, kept *store.Store, v *visit.Visit) (followed, error) {
	now, today := time.Now(), civil.Of(time.Now())
	as, err := kept.Actions(ctx, team, store.ActionFilter{Subject: v.Subject()})
	if err != nil {
		return followed{}, err
	}
	if len(as) == 0 || len(as) < 4 && r.IntN(6) == 0 {
		f := visit.Finding{Workspace: team, Subject: v.Subject(), Kind: visit.OfProduct, Severity: []visit.Severity{visit.Critical, visit.Minor, visit.Minor}[r.IntN(3)], Text: "cartons are wet",
			Source: fmt.Sprint("D1:", r.Uint64()), By: mia}
		if r.IntN(4) == 0 {
			f.ClaimBy = today.AddDays(1 + r.IntN(60))
		}
		f, _, err = kept.AddFinding(ctx, f, now)
		if err != nil {
			return followed{}, err
		}
		a, err := kept.Action(ctx, team, f.Number)
		return follows(v, &a), err
	}
	due := today.AddDays(1 + r.IntN(30))
	a, err := kept.ChangeAction(ctx, team, as[r.IntN(len(as))].Finding.Number, now, func(f *visit.Finding, a *visit.Action) error {
		d := visit.Doer{By: mia, Lead: mia, Now: now, Today: today}
		if f.Severity == visit.Critical && a.Contained == nil && a.State.Live() && r.IntN(2) == 0 {
			return a.Contain(f, visit.Containment{What: "all repacked"}, d)
		}
		switch how := r.IntN(10); {
		case a.State == visit.ActionOpen && how < 5:
			return a.LogAnswer(f, visit.Answer{Proposal: "a roof", Cause: "rain", SaidBy: "Mr Wang"}, d)
		case a.State.WithFactory() && how < 8:
			return a.SetDue(f, due, "", d)
		case a.State == visit.ActionProposed && how < 3:
			return a.AskAgain(f, "and the floor?", due, d)
		case a.State == visit.ActionProposed:
			return a.Agree(f, visit.Agreed{Due: due, Reviewer: fmt.Sprintf("U0OWNER%d", r.IntN(10)), Proofs: []visit.ProofKind{visit.ProofOnSite}}, d)
		case a.State == visit.ActionAgreed:
			return a.LogDone(f, visit.DoneClaim{Day: today, Proofs: []visit.Proof{{Kind: visit.ProofRecord, Text: "dry for a week"}}}, d)
		case a.State == visit.ActionDone && how < 4:
			return a.NotEnough(f, "one is wet", due, nil, d)
		case a.State == visit.ActionDone:
			d.By = a.Reviewer
			return a.Verify(f, visit.Verification{Day: today, Proofs: []visit.Proof{{Kind: visit.ProofOnSite}}}, d)
		case a.State == visit.ActionVerified && how < 4:
			return a.Reopen(f, "wet again", due, d)
		}
		return nil
	})
	return follows(v, &a), err
}

// follows is how an action is now.
func follows(v *visit.Visit, a *visit.ActionOf) followed {
	midnight := func(d civil.Date) time.Time {
		if d.IsZero() {
			return time.Time{}
		}
		return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	}
	s := &a.Action
	factory, err := time.LoadLocation(a.Place.Zone)
	if err != nil {
		panic(err)
	}
	f := followed{
		factory: factory,
		at:      time.Now(), visit: v.Number, finding: a.Finding.Number, due: midnight(s.Due), claim: midnight(a.Finding.ClaimBy), rejected: s.Rejected, reviewer: s.Reviewer,
		live:  s.State == visit.ActionOpen || s.State == visit.ActionProposed || s.State == visit.ActionAgreed || s.State == visit.ActionDone,
		clock: s.State == visit.ActionOpen || s.State == visit.ActionAgreed,
	}
	if a.Finding.Severity == visit.Critical && s.Contained == nil {
		f.contain = a.Finding.At.Add(48 * time.Hour)
	}
	return f
}

// TestThreeYears runs the scheduler, a real store and the real bot against the
// local Slack for three simulated years, or one with less in it where the tests do
// not run whole.
func TestThreeYears(t *testing.T) {
	t.Parallel()
	began := time.Now()
	months, many, subscribed := 36, 120, 6
	if !whole() {
		months, many, subscribed = 12, 40, 3
		shortened(t, "12 months of 36, with 40 visits and plans of 120")
	}
	if underRace {
		months, many = 4, 20
	}
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		// A bubble begins in 2000; the zones of our time are wanted.
		time.Sleep(time.Until(time.Date(2027, 1, 4, 1, 0, 0, 0, time.UTC)))
		ctx, stop := context.WithCancel(context.Background())
		timing := visit.DefaultTiming()
		china, err := holiday.China()
		if err != nil {
			t.Fatal(err)
		}
		timing.Holiday, timing.MakeUp = china.Holiday, china.MakeUp
		quiet := slog.New(slog.DiscardHandler)
		kept, err := store.Open(ctx, store.Options{URL: ":memory:", Timing: timing, Logger: quiet})
		if err != nil {
			t.Fatal(err)
		}
		defer kept.Close()
		o := localslack.Sample()
		o.Scopes = bot.Scopes()
		o.BaseURL = "http://slack.test"
		o.Deliver = http.NotFoundHandler()
		members := []string{localslack.DefaultBotUserID, mia, jonas}
		owners := map[string]*time.Location{} // of items, by Slack id
		for n := range 10 {
			p := localslack.Person{ID: fmt.Sprintf("U0OWNER%d", n), Name: fmt.Sprintf("owner%d", n), RealName: fmt.Sprintf("Owner %d", n), TeamID: team, TZ: zones[5*n]}
			o.People = append(o.People, p)
			members = append(members, p.ID)
			z, err := time.LoadLocation(p.TZ)
			if err != nil {
				t.Fatal(err)
			}
			owners[p.ID] = z
			if err := kept.PutPerson(ctx, store.Person{Workspace: team, ID: p.ID, Zone: p.TZ, Quiet: store.DefaultQuiet}, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range []localslack.Person{{ID: mia, TZ: "Europe/Berlin"}, {ID: jonas, TZ: "America/Chicago"}} {
			z, err := time.LoadLocation(p.TZ)
			if err != nil {
				t.Fatal(err)
			}
			owners[p.ID] = z
			if err := kept.PutPerson(ctx, store.Person{Workspace: team, ID: p.ID, Zone: p.TZ, Quiet: store.DefaultQuiet}, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		for n := range 20 {
			o.Channels = append(o.Channels, localslack.Channel{ID: room(n), Name: fmt.Sprintf("room-%d", n), Members: members})
		}
		w, err := localslack.New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL("http://slack.test")), slack.OptionHTTPClient(w.HTTPClient()))
		b, err := bot.New(bot.Options{Knowledge: base, Slack: bot.OneClient(api), HTTP: w.HTTPClient(), Store: kept, Timing: timing, Logger: quiet})
		if err != nil {
			t.Fatal(err)
		}
		s, err := scheduler.New(scheduler.Options{Store: kept, Post: b.Reminders().Post, Find: b.Reminders().Find, Checklist: noItems, Timing: timing, Logger: quiet, MaxSleep: 7 * 24 * time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()

		// No change falls on the hour at which something is due.
		time.Sleep(17*time.Minute + 30*time.Second)
		r, r2 := rand.New(rand.NewPCG(1, 2027)), rand.New(rand.NewPCG(18, 2027))
		var actions []followed
		start := time.Now()
		end := start.AddDate(0, months, 0)
		want := map[expected]time.Time{}
		visits := map[int]visit.Visit{}
		var history []noted
		note := func(v visit.Visit) {
			n := noted{at: time.Now(), visit: v.Number, first: v.First, last: v.Last, cancelled: v.Cancelled.IsSet()}
			for _, i := range v.Items {
				n.open, n.owner = append(n.open, i.Open()), append(n.owner, i.Owner)
			}
			history = append(history, n)
		}
		// expect replaces what a visit still brings from now on.
		expect := func(v visit.Visit) {
			now := time.Now()
			for e, at := range want {
				if e.subject == v.Subject() && at.After(now) {
					delete(want, e)
				}
			}
			if v.Cancelled.IsSet() {
				return
			}
			ofVisit(&v, func(e expected, at time.Time) {
				e.due = at.Unix()
				if at.After(now) && at.Before(end) {
					want[e] = at
				}
			})
		}
		for n := range many {
			first := civil.Of(start).AddDays(60 + r.IntN(25*months))
			v := visit.Visit{
				Work: visit.Work{
					Workspace: team, Factory: visit.Factory{Name: fmt.Sprintf("F%d", n%40)},
					Place: visit.Place{Channel: room(n % 20), ChannelZone: zones[n%len(zones)], Zone: "Asia/Shanghai"}, Owner: mia,
				},
				Purpose: "first_visit", First: first, Last: first.AddDays(r.IntN(3)),
			}
			for i, m := range lines {
				v.Items = append(v.Items, visit.Item{ID: i + 1, Milestone: visit.Milestone(m), Text: fmt.Sprintf("Line %d", m), Owner: fmt.Sprintf("U0OWNER%d", r.IntN(10))})
			}
			v, err := kept.PlanVisit(ctx, v, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			visits[v.Number] = v
			expect(v)
			note(v)
		}
		for n := range subscribed {
			z, err := time.LoadLocation(zones[7*n])
			if err != nil {
				t.Fatal(err)
			}
			now := time.Now().In(z)
			day := time.Date(now.Year(), now.Month(), now.Day()+1, 9, 0, 0, 0, z) // a Tuesday
			rule, step := "0 9 * * 1-5", 1
			if n == 0 { // a weekly one that falls on a day off comes on the next working day
				rule, step = "0 9 * * 1", 7
				day = day.AddDate(0, 0, 6)
			}
			if err := kept.PutSchedule(ctx, visit.Schedule{Workspace: team, Subject: visit.SubjectOf(visit.OfChannel, room(n)), Kind: visit.RecurTip, Rule: rule, Zone: zones[7*n], Next: day}); err != nil {
				t.Fatal(err)
			}
			for ; day.Before(end); day = time.Date(day.Year(), day.Month(), day.Day()+step, 9, 0, 0, 0, z) {
				if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
					continue // not by the rule
				}
				if on := later(day); on.Before(end) {
					want[expected{visit.SubjectOf(visit.OfChannel, room(n)), visit.Tip, on.Format(time.DateOnly), room(n), on.Unix()}] = on
				}
			}
		}
		type question struct {
			*overdue
			plan visit.Plan
			zone *time.Location
		}
		inspected := map[visit.Subject]question{}
		for n := range many {
			weeks := 8 + r.IntN(20)
			from := civil.Of(start).AddDays(30 + r.IntN(60))
			home := zones[(n*7)%len(zones)]
			p, err := kept.AddPlan(ctx, visit.Plan{
				Workspace: team, Factory: visit.Factory{Name: fmt.Sprintf("F%d", n%40)}, Type: "pre_shipment", Rule: fmt.Sprintf("every %d weeks from %s at 09:00", weeks, from),
				Place: visit.Place{Channel: room(n % 20), ChannelZone: home, Zone: "Asia/Shanghai"}, Owner: jonas, LeadDays: []int{14, 3},
			}, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := calendar.Parse(p.Rule); err != nil {
				t.Fatal(err)
			}
			hz, _ := time.LoadLocation(home)
			fz, _ := time.LoadLocation("Asia/Shanghai")
			for i := 0; ; i++ {
				d := time.Date(from.Year, from.Month, from.Day+7*weeks*i, 0, 0, 0, 0, time.UTC)
				if d.After(end.AddDate(0, 0, 30)) {
					break
				}
				day := d.Format(time.DateOnly)
				at := func(days, hour int, z *time.Location) time.Time {
					return time.Date(d.Year(), d.Month(), d.Day()+days, hour, 0, 0, 0, z)
				}
				put := func(kind visit.Kind, which, to string, due time.Time) {
					if due.Before(end) {
						want[expected{visit.Subject(fmt.Sprintf("plan/%d/%s", p.Number, day)), kind, which, to, due.Unix()}] = due
					}
				}
				put(visit.Remind, "-14", p.Channel, earlier(at(-14, 9, hz)))
				put(visit.Remind, "-3", p.Channel, earlier(at(-3, 9, hz)))
				put(visit.Remind, day, p.Channel, at(0, 7, fz))
				inspected[visit.Subject(fmt.Sprintf("plan/%d/%s", p.Number, day))] = question{&overdue{due: d}, p, hz}
			}
		}
		// Now and then somebody moves a visit, moves it back, cancels it, undoes that.
		for time.Now().Before(end) {
			time.Sleep(time.Duration(30+r.IntN(60)) * time.Hour)
			n := 1 + r.IntN(many)
			v, now := visits[n], time.Now()
			if v.First.Before(civil.Of(now).AddDays(3)) {
				continue
			}
			for range 3 { // and something happens to the actions of any visit, over or cancelled
				v := visits[1+r2.IntN(many)]
				f, err := anyAction(ctx, r2, kept, &v)
				if err != nil {
					t.Fatal(err)
				}
				actions = append(actions, f)
			}
			how := r.IntN(3)
			change := func(f func(*visit.Visit)) {
				v, err := kept.ChangeVisit(ctx, team, n, time.Now(), func(v *visit.Visit) error { f(v); return nil })
				if err != nil {
					t.Fatal(err)
				}
				visits[n] = v
				expect(v)
				note(v)
			}
			// Somebody reports what was long overdue.
			late, err := kept.Inspections(ctx, team, store.InspectionFilter{Open: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range late {
				if !i.Due.Before(civil.Of(now).AddDays(-17)) {
					continue
				}
				if _, err := kept.ChangeInspection(ctx, team, i.Number, now, func(i *visit.Inspection) error {
					_, err := i.Report(visit.Passed, "", mia, now)
					return err
				}); err != nil {
					t.Fatal(err)
				}
				inspected[visit.Subject(fmt.Sprintf("plan/%d/%s", i.Plan, i.Planned))].reported = now
			}
			{ // somebody ticks an item, of this visit or of another
				n := 1 + r.IntN(many)
				v, err := kept.ChangeVisit(ctx, team, n, now, func(v *visit.Visit) error {
					_, err := v.Items.Tick(1+r.IntN(len(lines)), mia, now)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				visits[n] = v
				note(v)
				time.Sleep(time.Minute)
			}
			switch how {
			case 0:
				d := 1 + r.IntN(20)
				change(func(v *visit.Visit) { v.First, v.Last = v.First.AddDays(d), v.Last.AddDays(d) })
			case 1:
				change(func(v *visit.Visit) { v.First, v.Last = v.First.AddDays(5), v.Last.AddDays(5) })
				time.Sleep(time.Minute)
				// What is past was told of, or else before it was planned: nothing is said again.
				change(func(v *visit.Visit) { v.First, v.Last = v.First.AddDays(-5), v.Last.AddDays(-5) })
			case 2:
				change(func(v *visit.Visit) { v.Cancel(mia, time.Now()) })
				time.Sleep(time.Minute)
				change(func(v *visit.Visit) { v.Restore() })
			}
		}
		time.Sleep(10 * time.Minute)
		stop()
		<-done
		ctx = context.Background()
		is, err := kept.Inspections(ctx, team, store.InspectionFilter{Filter: store.Filter{Cancelled: true}})
		if err != nil {
			t.Fatal(err)
		}
		// Of more than one message tells, the first due come first, then the first made.
		day := func(i *store.InspectionSummary) time.Time {
			return workingDays(time.Date(i.Due.Year, i.Due.Month, i.Due.Day, 0, 0, 0, 0, time.UTC), 3)
		}
		slices.SortFunc(is, func(a, b store.InspectionSummary) int {
			return cmp.Or(day(&a).Compare(day(&b)), a.Created.Compare(b.Created), cmp.Compare(a.Subject(), b.Subject()))
		})
		var unreported []*overdue
		for _, i := range is {
			if q, ok := inspected[visit.Subject(fmt.Sprintf("plan/%d/%s", i.Plan, i.Planned))]; ok {
				unreported = append(unreported, q.overdue)
			}
		}
		for s, q := range inspected {
			for _, day := range q.questions(end) {
				at := time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, q.zone)
				if at.Before(end) && (q.reported.IsZero() || at.Before(q.reported)) {
					want[expected{s, visit.Overdue, "0", q.plan.Channel, at.Unix()}] = at
				}
			}
		}
		for e, at := range digests(history, unreported, actions, owners, start, end) {
			want[e] = at
		}

		for e, at := range ofActions(actions, visits, owners, start, end) {
			want[e] = at
		}

		// What was sent, by the store and by Slack.
		inSlack := map[string]int{}
		tips := map[string][]string{} // by channel, in the order in which they came
		for _, p := range slices.Collect(maps.Keys(owners)) {
			for _, c := range w.Channels(p) {
				for _, m := range w.Messages(p, c.ID) {
					if m.Metadata != nil && (p == mia || c.IM) {
						inSlack[m.TS]++
						if len(m.Blocks) > 0 && strings.Contains(string(m.Blocks[0]), "A tip for your team") {
							tips[c.ID] = append(tips[c.ID], m.Text)
						}
					}
				}
			}
		}
		of := map[visit.Subject]visit.Inspection{}
		for _, i := range is {
			of[i.Subject()] = i.Inspection
		}
		sent, err := kept.Occurrences(ctx, team, store.OccurrenceFilter{States: []visit.State{visit.Sent}})
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(sent, func(a, b visit.Occurrence) int { return strings.Compare(a.TS, b.TS) })
		got := map[expected]int{}
		kinds := map[visit.Kind]int{}
		bad := 0
		report := func(format string, args ...any) {
			if bad++; bad < 25 {
				t.Errorf(format, args...)
			}
		}
		cards := map[visit.Subject]int{}
		for _, oc := range sent {
			if inSlack[oc.TS] == 0 {
				report("%s is said to be sent and is not in Slack", oc.Key)
			}
			kinds[oc.Kind]++
			if oc.Kind == visit.Card {
				cards[oc.Subject]++
				continue
			}
			if oc.To[0] == 'C' && oc.Kind != visit.Tip && cards[oc.Subject] == 0 {
				report("%s came before its card", oc.Key)
			}
			e := expected{oc.Subject, oc.Kind, fmt.Sprint(int(oc.Milestone)), oc.To, oc.Due.Unix()}
			if oc.Kind == visit.Remind && oc.Milestone == 0 || oc.Kind == visit.Digest || oc.Kind == visit.Tip {
				e.which = oc.Day.String()
			}
			if i, ok := of[oc.Subject]; ok {
				e.subject = visit.Subject(fmt.Sprintf("plan/%d/%s", i.Plan, i.Planned))
			}
			got[e]++
			due, ok := want[e]
			switch {
			case !ok && oc.Sent.Before(end):
				report("%+v was sent at %s and not expected", e, oc.Sent.UTC())
			case ok && (oc.Sent.Before(due) || oc.Sent.Sub(due) > 2*time.Minute):
				report("%+v was sent at %s, due %s", e, oc.Sent.UTC(), due.UTC())
			}
			z, _ := time.LoadLocation(oc.Zone)
			if own := owners[oc.To]; own != nil {
				z = own // a person's night is their own
			}
			if !oc.AnyHour && (oc.Sent.In(z).Hour() >= 20 || oc.Sent.In(z).Hour() < 8) {
				report("%+v was sent in quiet hours, at %s", e, oc.Sent.In(z))
			}
		}
		for e, due := range want {
			if got[e] != 1 && due.Before(end) {
				report("%+v, due %s, was sent %d times", e, due.UTC(), got[e])
			}
		}
		for s, n := range cards {
			if n != 1 {
				report("%s has %d cards", s, n)
			}
		}
		all := 0
		for _, a := range base.All() {
			if a.Kind == knowledge.Etiquette {
				all++
			}
		}
		for c, ts := range tips {
			for round := range slices.Chunk(ts, all) {
				if n := len(slices.Compact(slices.Sorted(slices.Values(round)))); n != len(round) {
					report("%d tips of a round in %s are %d different ones", len(round), c, n)
				}
			}
		}
		if len(inSlack) != len(sent) {
			report("Slack has %d messages, the store sent %d", len(inSlack), len(sent))
		}
		st := s.Status()
		t.Logf("%d expected, %d sent; %d wrong; by kind %v; %d channels with rounds of %d tips; status %+v", len(want), len(sent), bad, kinds, len(tips), all, st)
	})
	t.Logf("took %s", time.Since(began))
}
