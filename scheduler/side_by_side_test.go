package scheduler_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler"
)

// In try the page moves the clock while Run does its own steps: posts begin in the one
// while the other waits for all to end.
func TestStepsOfOneSchedulerWorkSideBySide(t *testing.T) {
	t.Parallel()
	const rounds, each = 60, 4
	ctx, now := context.Background(), time.Now()
	db := openStore(t, ":memory:")
	var posted atomic.Int64
	s, err := scheduler.New(scheduler.Options{
		Store: db, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler),
		Checklist: noItems,
		Post: func(context.Context, visit.Occurrence) visit.Delivery {
			return visit.Delivery{Outcome: visit.Delivered, TS: fmt.Sprint(posted.Add(1))}
		},
		Find: func(context.Context, visit.Occurrence) visit.Delivery { return visit.Delivery{Outcome: visit.NotFound} },
	})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range each {
		wg.Go(func() {
			for n := range rounds {
				key := fmt.Sprintf("%d/%d", g, n)
				o := visit.Occurrence{Workspace: team, Key: key, Kind: visit.Digest, Subject: visit.SubjectOf(visit.OfPerson, key), To: "U" + key, Zone: "Europe/Berlin", AnyHour: true, Due: now}
				if err := db.AddOccurrence(ctx, o); err != nil {
					t.Error(err)
				}
				if _, err := s.RunDue(ctx, now); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	os, err := db.Occurrences(ctx, team, store.OccurrenceFilter{States: []visit.State{visit.Sent}})
	if err != nil || len(os) != rounds*each || posted.Load() != rounds*each {
		t.Errorf("%d sent by %d posts, %v; want %d, each once", len(os), posted.Load(), err, rounds*each)
	}
}
