package scheduler_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler"
)

// A process whose clock is wrong takes a message, and by the clock of another its lease is
// over at once. It may be writing all the while a post may take: the other looks only when
// that is over, and what came then must show.
func TestNobodyLooksWhileAProcessWithAWrongClockMayBeSending(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"behind": -26 * time.Hour, "ahead": 26 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(context.Background())
				db := openStore(t, ":memory:")
				due := time.Now().Add(-30 * time.Hour)
				o := visit.Occurrence{Workspace: team, Key: "k", Kind: visit.Remind, Subject: "visit/1", To: sourcing, Zone: "Europe/Berlin", AnyHour: true, Due: due, Wake: due}
				if err := db.AddOccurrence(ctx, o); err != nil {
					t.Fatal(err)
				}
				wrong := time.Now().Add(ahead)
				if os, err := db.Claim(ctx, store.Claim{Owner: "wrong", Now: wrong, Elapsed: wrong, Lease: 30 * time.Second, Limit: 1}); err != nil || len(os) != 1 {
					t.Fatal(os, err)
				}
				began, looked := time.Now(), time.Duration(0)
				const timeout, quarantine = 10 * time.Second, 5 * time.Second
				s, err := scheduler.New(scheduler.Options{
					Store: db, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler), PostTimeout: timeout, Quarantine: quarantine,
					Checklist: noItems,
					Post: func(context.Context, visit.Occurrence) visit.Delivery {
						return visit.Delivery{Outcome: visit.Delivered, TS: "1.1"}
					},
					Find: func(context.Context, visit.Occurrence) visit.Delivery {
						looked = time.Since(began)
						return visit.Delivery{Outcome: visit.Delivered, TS: "1.2"}
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				done := make(chan error, 1)
				go func() { done <- s.Run(ctx) }()
				time.Sleep(2 * time.Minute)
				stop()
				<-done
				if looked < timeout+quarantine || looked > time.Minute {
					t.Errorf("it was looked for after %s, want %s or a little later", looked, timeout+quarantine)
				}
			})
		})
	}
}
