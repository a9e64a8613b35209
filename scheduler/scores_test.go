package scheduler_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
	"visitprep/scheduler"
)

// A row of one factory that cannot be read costs nobody a reminder, and no other factory its quarter.
func TestAScoreThatCannotBeFrozenKeepsNothingBack(t *testing.T) {
	t.Parallel()
	ctx, file := context.Background(), filepath.Join(t.TempDir(), "visitprep.db")
	s := openStore(t, file)
	now := time.Now()
	q := visit.QuarterOf(civil.Of(now)).Add(-2)
	var factories []int
	for _, name := range []string{"Aurora", "Bright"} {
		f, err := s.AddFactory(ctx, visit.Factory{Workspace: team, Name: name}, now)
		if err != nil {
			t.Fatal(err)
		}
		d := visit.OrderDelivery{Workspace: team, Factory: f, Channel: room(0), Order: "1", Confirmed: q.First(), Shipped: q.First(), Quantity: 1, Sent: 1, By: mia}
		if _, _, err := s.AddDelivery(ctx, d, false, q.First().Start(time.UTC)); err != nil {
			t.Fatal(err)
		}
		factories = append(factories, f.Number)
	}
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `UPDATE deliveries SET shipped_day = 'soon' WHERE factory = ?`, factories[0]); err != nil {
		t.Fatal(err)
	}
	remind(t, s, planVisit(t, s, room(0)), "due", "", now)
	sent := 0
	sch, err := scheduler.New(scheduler.Options{
		Store: s, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler),
		Checklist: noItems,
		Post: func(context.Context, visit.Occurrence) visit.Delivery {
			sent++
			return visit.Delivery{Outcome: visit.Delivered, TS: "1.1"}
		},
		Find: func(context.Context, visit.Occurrence) visit.Delivery { return visit.Delivery{Outcome: visit.NotFound} },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sch.RunDue(ctx, now); err != nil || sent != 1 {
		t.Errorf("%d reminders were sent, %v; want 1", sent, err)
	}
	if fs, err := s.Scores(ctx, team, factories, q); err != nil || len(fs) != 1 || fs[0].Factory != factories[1] {
		t.Errorf("frozen are %+v, %v; want the quarter of factory %d", fs, err, factories[1])
	}
}

// The first start with two years of quarters to freeze takes them a few at a time, and comes back soon.
func TestManyScoresAreFrozenInPortions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openStore(t, ":memory:")
	now := time.Now()
	last := visit.QuarterOf(civil.Of(now)).Add(-2)
	var factories []int
	for n := range 60 {
		f, err := s.AddFactory(ctx, visit.Factory{Workspace: team, Name: fmt.Sprint("Works ", n)}, now)
		if err != nil {
			t.Fatal(err)
		}
		for q := last.Add(-5); q != last.Add(1); q = q.Add(1) {
			d := visit.OrderDelivery{Workspace: team, Factory: f, Channel: room(0), Order: q.String(), Confirmed: q.First(), Shipped: q.First(), Quantity: 1, Sent: 1, By: mia}
			if _, _, err := s.AddDelivery(ctx, d, false, q.First().Start(time.UTC)); err != nil {
				t.Fatal(err)
			}
		}
		factories = append(factories, f.Number)
	}
	sch, err := scheduler.New(scheduler.Options{
		Store: s, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler),
		Checklist: noItems,
		Post: func(context.Context, visit.Occurrence) visit.Delivery {
			return visit.Delivery{Outcome: visit.Delivered, TS: "1.1"}
		},
		Find: func(context.Context, visit.Occurrence) visit.Delivery { return visit.Delivery{Outcome: visit.NotFound} },
	})
	if err != nil {
		t.Fatal(err)
	}
	frozen := func() int {
		fs, err := s.Scores(ctx, team, factories, last.Add(-8))
		if err != nil {
			t.Fatal(err)
		}
		return len(fs)
	}
	for steps := 0; frozen() < 360; steps++ {
		before, began := frozen(), time.Now()
		next, err := sch.RunDue(ctx, now)
		if err != nil || frozen() == before {
			t.Fatalf("after %d steps %d are frozen, %v", steps, before, err)
		}
		if left := 360 - frozen(); left > 0 && next.Sub(began) > 5*time.Second {
			t.Errorf("with %d to freeze the next step is in %s", left, next.Sub(began))
		}
		if steps == 0 && frozen() == 360 {
			t.Error("all were frozen in one step")
		}
	}
}
