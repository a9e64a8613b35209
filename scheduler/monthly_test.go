package scheduler_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/holiday"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler"
)

// The overview of a month comes once, on the first working day at nine where its reader is, however
// often the program stops and starts, and after an outage late on.
func TestTheOverviewOfAMonthComesOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 9, 10, 3, 0, 0, 0, time.UTC)))
		ctx := context.Background()
		db := openStore(t, ":memory:")
		china, err := holiday.China()
		if err != nil {
			t.Fatal(err)
		}
		timing := visit.DefaultTiming()
		timing.Holiday, timing.MakeUp, timing.Holidays, timing.Weekends = china.Holiday, china.MakeUp, true, true
		zones := map[string]string{"U0BERLIN": "Europe/Berlin", "U0SHANGHAI": "Asia/Shanghai", "U0ANGELES": "America/Los_Angeles"}
		for person, zone := range zones {
			if err := db.PutPerson(ctx, store.Person{Workspace: team, ID: person, Zone: zone, Fixed: true, Quiet: store.DefaultQuiet}, time.Now()); err != nil {
				t.Fatal(err)
			}
			if err := db.PutSchedule(ctx, visit.MonthlySchedule(team, person, zone, &timing, time.Now())); err != nil {
				t.Fatal(err)
			}
		}
		got := map[string][]string{}
		o := scheduler.Options{
			Store: db, Timing: timing, Logger: slog.New(slog.DiscardHandler), MaxSleep: 6 * time.Hour,
			Checklist: noItems,
			Post: func(_ context.Context, o visit.Occurrence) visit.Delivery {
				z, err := time.LoadLocation(zones[o.To])
				if err != nil || o.Kind != visit.Overview {
					t.Errorf("%s to %s: %v", o.Kind, o.To, err)
				}
				got[o.To] = append(got[o.To], time.Now().In(z).Format("2006-01-02 15:04")+" of "+o.Payload)
				return visit.Delivery{Outcome: visit.Delivered, TS: "1"}
			},
			Find: func(context.Context, visit.Occurrence) visit.Delivery { return visit.Delivery{Outcome: visit.NotFound} },
		}
		run := func(until time.Time) {
			s, err := scheduler.New(o)
			if err != nil {
				t.Fatal(err)
			}
			running, stop := context.WithCancel(ctx)
			done := make(chan error, 1)
			go func() { done <- s.Run(running) }()
			time.Sleep(time.Until(until))
			stop()
			<-done
		}
		for time.Now().Before(time.Date(2027, 3, 25, 0, 0, 0, 0, time.UTC)) { // stopped every other day
			run(time.Now().Add(41 * time.Hour))
			time.Sleep(time.Second)
		}
		time.Sleep(time.Until(time.Date(2027, 4, 6, 20, 0, 0, 0, time.UTC))) // it does not run on 1 April
		run(time.Date(2027, 4, 27, 0, 0, 0, 0, time.UTC))
		time.Sleep(time.Until(time.Date(2027, 5, 29, 0, 0, 0, 0, time.UTC))) // nor in May, until nobody wants that any more
		run(time.Date(2027, 6, 3, 0, 0, 0, 0, time.UTC))

		both := []string{
			"2026-10-08 09:00 of 2026-09", // after the National Day week
			"2026-11-02 09:00 of 2026-10", // the first is a Sunday
			"2026-12-01 09:00 of 2026-11",
			"2027-01-04 09:00 of 2026-12", // after New Year and a weekend
			"2027-02-01 09:00 of 2027-01",
			"2027-03-01 09:00 of 2027-02",
		}
		for person, late := range map[string]string{"U0BERLIN": "2027-04-07 08:00 of 2027-03", "U0SHANGHAI": "2027-04-07 08:00 of 2027-03", "U0ANGELES": "2027-04-06 13:00 of 2027-03"} {
			want := append(slices.Clone(both), late, "2027-06-01 09:00 of 2027-05")
			if !slices.Equal(got[person], want) {
				t.Errorf("%s gets\n%q, want\n%q", person, got[person], want)
			}
		}
	})
}
