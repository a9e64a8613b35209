package scheduler_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/civil"
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

func earlier(t time.Time) time.Time {
	for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = t.AddDate(0, 0, -1)
	}
	return t
}

func later(t time.Time) time.Time {
	for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

// ofVisit is what a visit brings, worked out here with plain dates and not by the
// code under test: holidays are off in this test.
func ofVisit(v *visit.Visit, until func(expected, time.Time)) {
	home, err := time.LoadLocation(v.Home)
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
	for _, n := range []int{56, 28, 14, 7, 1} {
		e.which = fmt.Sprint(-n)
		until(e, earlier(at(v.First, -n, 9, home)))
	}
	for d := v.First; !d.After(v.Last); d = d.AddDays(1) {
		e.which = d.String()
		until(e, at(d, 0, 7, factory))
	}
	for _, n := range []int{1, 7, 30, 90} {
		e.which = fmt.Sprint(n)
		until(e, later(at(v.Last, n, 9, home)))
	}
}

// TestThreeYears runs the scheduler, a real store and the real bot against the
// local Slack for three simulated years.
func TestThreeYears(t *testing.T) {
	began := time.Now()
	span, many := 3, 200
	if testing.Short() { // as under the race detector
		span, many = 1, 30
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
		timing.Holidays = false
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
		for n := range 20 {
			o.Channels = append(o.Channels, localslack.Channel{ID: fmt.Sprintf("C%d", n), Name: fmt.Sprintf("room-%d", n), Members: []string{localslack.DefaultBotUserID, "U0MIACHEN01"}})
		}
		w, err := localslack.New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL("http://slack.test")), slack.OptionHTTPClient(w.HTTPClient()))
		b, err := bot.New(bot.Options{Knowledge: base, Slack: api, HTTP: w.HTTPClient(), Store: kept, Timing: timing, Logger: quiet})
		if err != nil {
			t.Fatal(err)
		}
		s, err := scheduler.New(scheduler.Options{Store: kept, Post: b.Post, Find: b.Find, Checklist: func(string) visit.Checklist { return nil }, Timing: timing, Logger: quiet, MaxSleep: 7 * 24 * time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()

		const team = localslack.DefaultTeamID
		r := rand.New(rand.NewPCG(1, 2027))
		start := time.Now()
		end := start.AddDate(span, 0, 0)
		want := map[expected]time.Time{}
		visits := map[int]visit.Visit{}
		// expect replaces what a visit still brings from now on.
		expect := func(v visit.Visit) {
			now := time.Now()
			for e, at := range want {
				if e.subject == v.Subject() && at.After(now) {
					delete(want, e)
				}
			}
			if v.Cancelled.Done() {
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
			first := civil.Of(start).AddDays(60 + r.IntN(300*span))
			v := visit.Visit{
				Workspace: team, Factory: visit.Factory{Name: fmt.Sprintf("F%d", n%40)}, Purpose: "first_visit", First: first, Last: first.AddDays(r.IntN(3)),
				Place: visit.Place{Channel: fmt.Sprintf("C%d", n%20), Home: zones[n%len(zones)], Zone: "Asia/Shanghai"}, Owner: "U0MIACHEN01",
			}
			v, err := kept.PlanVisit(ctx, v, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			visits[v.Number] = v
			expect(v)
		}
		for n := range many {
			weeks := 8 + r.IntN(20)
			from := civil.Of(start).AddDays(30 + r.IntN(60))
			home := zones[(n*7)%len(zones)]
			p, err := kept.AddPlan(ctx, visit.Plan{
				Workspace: team, Factory: visit.Factory{Name: fmt.Sprintf("F%d", n%40)}, Type: "pre_shipment", Rule: fmt.Sprintf("every %d weeks from %s at 09:00", weeks, from),
				Place: visit.Place{Channel: fmt.Sprintf("C%d", n%20), Home: home, Zone: "Asia/Shanghai"}, Owner: "U0JONASWEB1", Leads: []int{14, 3},
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
				over := later(at(1, 9, hz))
				put(visit.Overdue, "0", p.Channel, over)
				second := later(over.AddDate(0, 0, 1))
				put(visit.Escalation, "0", p.Owner, later(second.AddDate(0, 0, 1)))
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
			how := r.IntN(3)
			change := func(f func(*visit.Visit)) {
				v, err := kept.ChangeVisit(ctx, team, n, time.Now(), func(v *visit.Visit) error { f(v); return nil })
				if err != nil {
					t.Fatal(err)
				}
				visits[n] = v
				expect(v)
			}
			switch how {
			case 0:
				d := 1 + r.IntN(20)
				change(func(v *visit.Visit) { v.First, v.Last = v.First.AddDays(d), v.Last.AddDays(d) })
			case 1:
				change(func(v *visit.Visit) { v.First, v.Last = v.First.AddDays(5), v.Last.AddDays(5) })
				time.Sleep(time.Minute)
				change(func(v *visit.Visit) { v.First, v.Last = v.First.AddDays(-5), v.Last.AddDays(-5) })
			case 2:
				change(func(v *visit.Visit) { v.Cancel("U0MIACHEN01", time.Now()) })
				time.Sleep(time.Minute)
				change(func(v *visit.Visit) { v.Restore() })
			}
		}
		time.Sleep(10 * time.Minute)
		stop()
		<-done

		// What was sent, by the store and by Slack.
		inSlack := map[string]int{}
		for _, p := range []string{"U0MIACHEN01", "U0JONASWEB1"} {
			for _, c := range w.Channels(p) {
				for _, m := range w.Messages(p, c.ID) {
					if m.Metadata != nil && (p == "U0MIACHEN01" || c.IM) {
						inSlack[m.TS]++
					}
				}
			}
		}
		ctx = context.Background()
		is, err := kept.Inspections(ctx, team, store.InspectionFilter{Filter: store.Filter{Cancelled: true}})
		if err != nil {
			t.Fatal(err)
		}
		of := map[visit.Subject]visit.Inspection{}
		for _, i := range is {
			of[i.Subject()] = i.Inspection
		}
		sent, err := kept.Occurrences(ctx, team, store.OccurrenceFilter{States: []visit.State{visit.Sent}})
		if err != nil {
			t.Fatal(err)
		}
		got := map[expected]int{}
		bad := 0
		report := func(format string, args ...any) {
			if bad++; bad < 25 {
				t.Errorf(format, args...)
			}
		}
		for _, oc := range sent {
			e := expected{oc.Subject, oc.Kind, fmt.Sprint(int(oc.Milestone)), oc.To, oc.Due.Unix()}
			if oc.Kind == visit.Remind && oc.Milestone == 0 {
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
			if inSlack[oc.TS] == 0 {
				report("%+v is said to be sent and is not in Slack", e)
			}
			if z, _ := time.LoadLocation(oc.Zone); !oc.AnyHour && (oc.Sent.In(z).Hour() >= 20 || oc.Sent.In(z).Hour() < 8) {
				report("%+v was sent in quiet hours, at %s", e, oc.Sent.In(z))
			}
		}
		for e, due := range want {
			if got[e] != 1 && due.Before(end) {
				report("%+v, due %s, was sent %d times", e, due.UTC(), got[e])
			}
		}
		if len(inSlack) != len(sent) {
			report("Slack has %d messages, the store sent %d", len(inSlack), len(sent))
		}
		st := s.Status()
		t.Logf("%d expected, %d sent; %d wrong; status %+v", len(want), len(sent), bad, st)
	})
	t.Logf("took %s", time.Since(began))
}
