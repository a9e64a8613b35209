package scheduler_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler"
)

// TestForecastIsWhatIsSent asks for a forecast, lets the scheduler run for as long,
// and compares.
func TestForecastIsWhatIsSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2027, 3, 1, 2, 0, 0, 0, time.UTC))) // a Monday
		ctx, now := context.Background(), time.Now()
		db := openStore(t, ":memory:")
		place := visit.Place{Channel: sourcing, ChannelZone: "Europe/Berlin", Zone: "Asia/Shanghai"}
		today := place.Today(now)
		v := visit.Visit{
			Work: visit.Work{
				Workspace: team, Factory: visit.Factory{Name: "A"}, Place: place, Owner: mia,
				Items: visit.Checklist{{ID: 1, Milestone: -13, Text: "Book", Owner: mia}, {ID: 2, Milestone: 8, Text: "Report", Owner: mia}},
			},
			Purpose: "first_visit", First: today.AddDays(20), Last: today.AddDays(21),
		}
		if _, err := db.PlanVisit(ctx, v, now); err != nil {
			t.Fatal(err)
		}
		for _, rule := range []string{
			fmt.Sprintf("every 1 weeks from %s at 09:00", today.AddDays(4)), // tomorrow's lead is past: caught up
			fmt.Sprintf("every 3 months from %s at 09:00", today.AddDays(50)),
			"0 0 * * 6", // at the first instant of a day off
		} {
			p := visit.Plan{Workspace: team, Factory: visit.Factory{Name: "A"}, Type: "pre_shipment", Rule: rule, Place: place, Owner: mia, LeadDays: []int{14, 3}, Inspectors: []string{mia, "U0JONASWEB1"}}
			if _, err := db.AddPlan(ctx, p, now); err != nil {
				t.Fatal(err)
			}
		}
		for channel, rule := range map[string]string{"C1": "0 9 * * 1-5", "C2": "0 9 * * 6", "C3": "0 9 * * *"} {
			if err := db.PutSchedule(ctx, visit.Schedule{Workspace: team, Kind: visit.RecurTip, Subject: visit.SubjectOf(visit.OfChannel, channel), Rule: rule, Zone: "Europe/Berlin", Next: now.Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		timing := visit.DefaultTiming()
		if err := db.PutSchedule(ctx, visit.MonthlySchedule(team, "U0JONASWEB1", "Europe/Berlin", &timing, now)); err != nil {
			t.Fatal(err)
		}
		digest := visit.Schedule{Workspace: team, Kind: visit.RecurMarket, Subject: visit.SubjectOf(visit.OfChannel, "C4"), Rule: "0 9 1 * *", Zone: "Europe/Berlin", Next: now.Add(time.Hour)}
		if err := db.PutSchedule(ctx, digest); err != nil {
			t.Fatal(err)
		}
		o := scheduler.Options{
			Store: db, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler), MaxSleep: 24 * time.Hour,
			Checklist: func(string) visit.Checklist {
				return visit.Checklist{{ID: 1, Milestone: -14, Text: "Tell the factory"}}
			},
			Post: func(_ context.Context, o visit.Occurrence) visit.Delivery {
				d := visit.Delivery{Outcome: visit.Delivered, TS: fmt.Sprint(time.Now().UnixNano())}
				if o.Kind == visit.Digest {
					all, err := db.Daily(ctx, team, o.To, time.Now())
					if err != nil {
						t.Error(err)
					}
					d.Told = all.Tell(o.Day)
				}
				return d
			},
			Find: func(context.Context, visit.Occurrence) visit.Delivery { return visit.Delivery{Outcome: visit.NotFound} },
		}
		from, until := now, now.AddDate(0, 0, 100)
		line := func(o visit.Occurrence) string {
			return fmt.Sprint(o.Due.UTC().Format(time.DateTime), " ", o.Kind, " ", int(o.Milestone), " to ", o.To)
		}
		forecast := func(from time.Time) (lines []string) {
			t.Helper()
			es, err := scheduler.Forecast(ctx, o, from, until)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range es {
				lines = append(lines, line(e.Occurrence))
			}
			slices.Sort(lines)
			return lines
		}
		sent := func(from time.Time) (lines []string) {
			t.Helper()
			os, err := db.Occurrences(ctx, team, store.OccurrenceFilter{States: []visit.State{visit.Sent}, From: from, Until: until})
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range os {
				lines = append(lines, line(o))
			}
			slices.Sort(lines)
			return lines
		}
		atFirst, middle := forecast(from), now.AddDate(0, 0, 40)
		if n := strings.Count(strings.Join(atFirst, "\n"), " market 0 to C4"); n < 3 { // in a hundred days
			t.Errorf("%d digests of market notes are to come", n)
		}
		ofTheMiddle := forecast(middle) // from a later day: what is made until then is not listed

		s, err := scheduler.New(o)
		if err != nil {
			t.Fatal(err)
		}
		running, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- s.Run(running) }()
		time.Sleep(time.Until(middle))
		onTheWay := forecast(middle) // half of it is in the database now
		time.Sleep(time.Until(until))
		stop()
		<-done

		for _, c := range []struct {
			name      string
			got, want []string
		}{
			{"the forecast before anything was made", atFirst, sent(from)},
			{"the forecast from a later day", ofTheMiddle, sent(middle)},
			{"the forecast on the way", onTheWay, sent(middle)},
		} {
			for _, l := range c.got {
				if !slices.Contains(c.want, l) {
					t.Errorf("%s has %s, which was not sent", c.name, l)
				}
			}
			for _, l := range c.want {
				if !slices.Contains(c.got, l) {
					t.Errorf("%s lacks %s, which was sent", c.name, l)
				}
			}
			if len(c.got) != len(c.want) {
				t.Errorf("%s has %d lines, %d were sent", c.name, len(c.got), len(c.want))
			}
		}
		all := strings.Join(atFirst, "\n")
		for _, kind := range []visit.Kind{visit.Remind, visit.CatchUp, visit.Overdue, visit.Digest, visit.Tip, visit.Overview} {
			if !strings.Contains(all, " "+string(kind)+" ") {
				t.Errorf("this test forecasts no %s", kind)
			}
		}
	})
}

// TestRegularIsThePartOfTheForecastForSome compares what is told to one channel and one
// person with the forecast for all. Her tips stand in her daily message.
func TestRegularIsThePartOfTheForecastForSome(t *testing.T) {
	t.Parallel()
	ctx, now := context.Background(), time.Date(2027, 3, 1, 2, 0, 0, 0, time.UTC)
	db := openStore(t, ":memory:")
	place := visit.Place{Channel: sourcing, ChannelZone: "Europe/Berlin", Zone: "Asia/Shanghai"}
	v := visit.Visit{
		Work: visit.Work{
			Workspace: team, Factory: visit.Factory{Name: "A"}, Place: place, Owner: mia,
			Items: visit.Checklist{{ID: 1, Milestone: -14, Text: "Book", Owner: mia}, {ID: 2, Milestone: -14, Text: "Pack", Owner: "U0JONASWEB1"}},
		},
		Purpose: "first_visit", First: place.Today(now).AddDays(20), Last: place.Today(now).AddDays(21),
	}
	if _, err := db.PlanVisit(ctx, v, now); err != nil {
		t.Fatal(err)
	}
	for _, subject := range []visit.Subject{"channel/" + sourcing, "channel/C0OTHER", "person/" + mia} {
		for _, workspace := range []string{team, "T0ELSEWHERE"} {
			if err := db.PutSchedule(ctx, visit.Schedule{Workspace: workspace, Kind: visit.RecurTip, Subject: subject, Rule: "0 9 * * 1-5", Zone: "Europe/Berlin", Next: now.Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Its next inspection is made within the week, and with it an item of hers.
	plan := visit.Plan{Workspace: team, Factory: visit.Factory{Name: "A"}, Type: "pre_shipment", Rule: "every 1 weeks from 2027-03-15 at 09:00", Place: place, Owner: mia, LeadDays: []int{3}}
	if _, err := db.AddPlan(ctx, plan, now); err != nil {
		t.Fatal(err)
	}
	o := scheduler.Options{Store: db, Timing: visit.DefaultTiming(), Now: func() time.Time { return now }}
	until := now.AddDate(0, 0, 7)
	if _, err := scheduler.Regular(ctx, o, team, []string{sourcing, mia}, until); err == nil {
		t.Error("without the items with which an inspection begins, something is listed")
	}
	o.Checklist = func(string) visit.Checklist {
		return visit.Checklist{{ID: 1, Milestone: -7, Text: "Ask for the packing list", Owner: mia}}
	}
	all, err := scheduler.Forecast(ctx, o, now, until)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, e := range all {
		if e.Workspace == team && (e.Kind == visit.Tip || e.Kind == visit.Digest) && (e.To == sourcing || e.To == mia) {
			want = append(want, e.Key)
		}
	}
	os, err := scheduler.Regular(ctx, o, team, []string{sourcing, mia}, until)
	var got []string
	for _, oc := range os {
		got = append(got, oc.Key)
	}
	slices.Sort(want)
	slices.Sort(got)
	if err != nil || len(want) != 10 || !slices.Equal(got, want) {
		t.Errorf("%v\n%q\nwant the %d of the forecast\n%q", err, got, len(want), want)
	}
}

func TestForecastNamesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	ctx, now := context.Background(), time.Now()
	db := openStore(t, ":memory:")
	sc := visit.Schedule{Workspace: team, Kind: visit.RecurTip, Subject: visit.SubjectOf(visit.OfChannel, "C1"), Rule: "when it rains", Zone: "Europe/Berlin", Next: now}
	o := scheduler.Options{Store: db, Timing: visit.DefaultTiming(), Checklist: noItems}
	planVisit(t, db, "C2") // a workspace is one with something in it
	for _, c := range []struct {
		name  string
		write func()
		says  string
	}{
		{"a rule that is none", func() {}, "channel/C1"},
		{"a zone that is none", func() { sc.Rule, sc.Zone = "0 9 * * *", "Asia/Nowhere" }, "Asia/Nowhere"},
		{"what is paused is left out", func() { sc.Paused = true }, ""},
		{"and so is what has stopped", func() { sc.Paused, sc.Next = false, time.Time{} }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.write()
			if err := db.PutSchedule(ctx, sc); err != nil {
				t.Fatal(err)
			}
			_, err := scheduler.Forecast(ctx, o, now, now.AddDate(0, 0, 7))
			if said := fmt.Sprint(err); (err != nil) != (c.says != "") || !strings.Contains(said, c.says) {
				t.Errorf("the error is %v, want words about %q", err, c.says)
			}
		})
	}
}

// noItems has every inspection begin with none.
func noItems(string) visit.Checklist { return nil }
