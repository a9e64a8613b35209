package store

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

func TestPlanAndTick(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, url := range []string{":memory:", filepath.Join(t.TempDir(), "a b?.db")} {
		s, err := Open(t.Context(), Options{URL: url, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		v, err := s.PlanVisit(t.Context(), visit.Visit{
			Work: visit.Work{
				Workspace: "T1", Factory: visit.Factory{Name: "Acme"}, Place: visit.Place{Channel: "C1", ChannelZone: "Europe/Berlin"}, Owner: "U1",
				Items: visit.Checklist{{ID: 1, Milestone: -56, Text: "Check the passport", Entries: []string{"a"}}},
			},
			Purpose: "first_visit", First: civil.Date{Year: 2027, Month: 3, Day: 15}, Last: civil.Date{Year: 2027, Month: 3, Day: 17},
		}, now)
		if err != nil {
			t.Fatal(err)
		}
		v, err = s.ChangeVisit(t.Context(), "T1", v.Number, now, func(v *visit.Visit) error {
			_, err := v.Items.Tick(1, "U2", now)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.NextVisit(t.Context(), "T1", "C1", civil.Date{Year: 2027, Month: 1, Day: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got.Items[0].Done.By != "U2" || got.Factory.Name != "Acme" || got.Rev != 2 {
			t.Errorf("got %+v", got)
		}
		if _, err := s.NextVisit(t.Context(), "T2", "C1", civil.Date{}); !errors.Is(err, visit.ErrNotFound) {
			t.Error(err)
		}
		vs, err := s.Visits(t.Context(), "T1", Filter{Channels: []string{"C1"}, From: v.Last})
		if err != nil || len(vs) != 1 || vs[0].Done != 1 || vs[0].All != 1 {
			t.Error(vs, err)
		}
		var n int
		s.write.QueryRow(`SELECT COUNT(*) FROM occurrences WHERE state='pending' AND kind <> 'card' `).Scan(&n)
		if want := len(v.Reminders(&s.timing, now, true)); n != want || n < 8 {
			t.Errorf("%d occurrences, want %d", n, want)
		}
	}
}
