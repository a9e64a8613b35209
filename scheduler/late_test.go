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

	"visitprep/internal/civil"
	"visitprep/internal/visit"
	"visitprep/scheduler"
)

// A person's items are told in the morning. When the program was down then, they are told
// later the same working day; who is given their first item in the afternoon has only
// just heard of it.
func TestTheItemsOfAMorningOnWhichNothingRanComeLateTheSameDay(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	on := func(s string) time.Time {
		at, err := time.ParseInLocation("2006-01-02 15:04", s, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	// The visit is on Tuesday 16 March: eight days before, of which no reminder in the channel
	// tells, is Monday the 8th.
	for _, c := range []struct {
		name    string
		planned string // and with it the item is given to somebody
		down    string // nothing runs from here
		up      string // until here
		want    []string
	}{
		{"nothing was down", "2027-03-04 12:00", "", "", []string{"03-08 09:00 sent 03-08 09:00"}},
		{"down for an hour", "2027-03-04 12:00", "2027-03-08 08:30", "2027-03-08 10:30", []string{"03-08 09:00 sent 03-08 10:30 late"}},
		{"down until the afternoon", "2027-03-04 12:00", "2027-03-07 08:30", "2027-03-08 16:00", []string{"03-08 09:00 sent 03-08 16:00 late"}},
		{"down until the quiet hours", "2027-03-04 12:00", "2027-03-08 08:30", "2027-03-08 20:30", nil},
		{"down until the next day", "2027-03-04 12:00", "2027-03-08 08:30", "2027-03-09 10:30", nil},
		{"up again before nine", "2027-03-04 12:00", "2027-03-06 08:30", "2027-03-08 08:50", []string{"03-08 09:00 sent 03-08 09:00"}},
		{"given in the afternoon", "2027-03-08 16:00", "", "", nil},
		{"given in the afternoon while nothing ran", "2027-03-08 16:00", "2027-03-08 15:00", "2027-03-08 17:00", nil},
		{"given just after nine", "2027-03-08 09:20", "", "", []string{"03-08 09:20 sent 03-08 09:20"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(on("2027-03-04 11:00")))
				ctx := context.Background()
				db := openStore(t, ":memory:")
				var sent []string
				o := scheduler.Options{
					Store: db, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler), MaxSleep: 24 * time.Hour,
					Checklist: noItems,
					Post: func(_ context.Context, o visit.Occurrence) visit.Delivery {
						if o.Kind == visit.Digest {
							line := o.Due.In(berlin).Format("01-02 15:04") + " sent " + time.Now().In(berlin).Format("01-02 15:04")
							if o.Late(time.Now()) {
								line += " late"
							}
							sent = append(sent, line)
						}
						return visit.Delivery{Outcome: visit.Delivered, TS: fmt.Sprint(time.Now().UnixNano())}
					},
					Find: func(context.Context, visit.Occurrence) visit.Delivery { return visit.Delivery{Outcome: visit.NotFound} },
				}
				run := func(until time.Time) {
					running, stop := context.WithCancel(ctx)
					s, err := scheduler.New(o)
					if err != nil {
						t.Fatal(err)
					}
					done := make(chan error, 1)
					go func() { done <- s.Run(running) }()
					time.Sleep(time.Until(until))
					stop()
					<-done
				}
				plan := func() {
					v := visit.Visit{Purpose: "first_visit", First: civil.On(2027, 3, 16), Last: civil.On(2027, 3, 16)}
					v.Workspace, v.Owner, v.Factory.Name, v.Channel, v.ChannelZone = team, mia, "A", sourcing, "Europe/Berlin"
					v.Items = visit.Checklist{{ID: 1, Milestone: -8, Text: "Book", Owner: mia}}
					if _, err := db.PlanVisit(ctx, v, time.Now()); err != nil {
						t.Fatal(err)
					}
				}
				forecast := func() (lines []string) {
					es, err := scheduler.Forecast(ctx, o, time.Now(), on("2027-03-11 12:00"))
					if err != nil {
						t.Fatal(err)
					}
					for _, e := range es {
						if e.Kind == visit.Digest {
							lines = append(lines, e.Due.In(berlin).Format("01-02 15:04"))
						}
					}
					return lines
				}
				var steps []time.Time
				if c.down != "" && on(c.down).Before(on(c.planned)) {
					steps = []time.Time{on(c.down), on(c.planned), on(c.up)}
				} else {
					steps = []time.Time{on(c.planned)}
				}
				run(steps[0])
				for _, at := range steps[1:] {
					time.Sleep(time.Until(at))
					if at.Equal(on(c.planned)) {
						plan()
					}
				}
				if len(steps) == 1 {
					plan()
					if c.down != "" {
						run(on(c.down))
						time.Sleep(time.Until(on(c.up)))
					}
				}
				expected := forecast()
				run(on("2027-03-11 12:00"))
				if !slices.Equal(sent, c.want) {
					t.Errorf("sent %q, want %q", sent, c.want)
				}
				var dues []string
				for _, l := range c.want {
					dues = append(dues, strings.Split(l, " sent ")[0])
				}
				if !slices.Equal(expected, dues) {
					t.Errorf("forecast %q, want %q", expected, dues)
				}
			})
		})
	}
}

// What is held back when somebody asks is still to be sent.
func TestAForecastHasWhatIsHeldBack(t *testing.T) {
	ctx, now := context.Background(), time.Now()
	db := openStore(t, ":memory:")
	v := planVisit(t, db, "C2")
	remind(t, db, v, "held", "C2", now.Add(-time.Hour))
	remind(t, db, v, "ahead", "C2", now.Add(time.Hour))
	o := scheduler.Options{Store: db, Timing: visit.DefaultTiming(), Checklist: noItems}
	for _, c := range []struct {
		name string
		from time.Time
		want string
	}{{"from now", now, "held ahead"}, {"from later", now.Add(time.Minute), "ahead"}} {
		o.Now = func() time.Time { return now }
		es, err := scheduler.Forecast(ctx, o, c.from, now.Add(2*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, e := range es {
			if e.Key == "held" || e.Key == "ahead" {
				keys = append(keys, e.Key)
			}
		}
		if got := strings.Join(keys, " "); got != c.want {
			t.Errorf("%s it has %q, want %q", c.name, got, c.want)
		}
	}
}
