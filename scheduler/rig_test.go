package scheduler_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"visitprep/bot"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// whole reports whether the long simulations run in full, as they do in CI but for
// the race detector's -short. A newcomer gets an answer in a few minutes instead.
func whole() bool { return os.Getenv("CI") == "true" && !testing.Short() }

// shortened says what a test leaves out. It prints, because go test drops the log
// of a test that passes.
func shortened(t *testing.T, what string) {
	fmt.Printf("%s is shortened: %s; CI=true runs it whole\n", t.Name(), what)
}

// serveSlack serves a local Slack over HTTP whose channels C0, C1, … the bot is in.
func serveSlack(t testing.TB, channels int, historyLag time.Duration, more ...func(*localslack.Options)) (w *localslack.Workspace, apiURL string) {
	t.Helper()
	o := localslack.Sample()
	o.Scopes, o.HistoryLag = bot.Scopes(), historyLag
	for n := range channels {
		o.Channels = append(o.Channels, localslack.Channel{ID: room(n), Name: fmt.Sprintf("room-%d", n), Members: []string{localslack.DefaultBotUserID, mia}})
	}
	for _, f := range more {
		f(&o)
	}
	w, err := localslack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	server := httptest.NewServer(inTime(w.Handler()))
	t.Cleanup(server.Close)
	w.SetBaseURL(server.URL)
	return w, w.APIURL(server.URL)
}

func room(n int) string { return fmt.Sprintf("C%d", n) }

func openStore(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{URL: url, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// planVisit plans a visit whose own reminders are all far ahead, and which gets no card:
// what the tests count are its reminders.
func planVisit(t testing.TB, s *store.Store, channel string) visit.Visit {
	t.Helper()
	place := visit.Place{Zone: visit.DefaultZone}
	day := place.Today(time.Now()).AddDays(200)
	v, err := s.PlanVisit(context.Background(), visit.Visit{
		Work:    visit.Work{Workspace: team, Factory: visit.Factory{Name: "A"}, Place: visit.Place{Channel: channel}, Owner: mia},
		Purpose: "first_visit", First: day, Last: day,
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	noCard(t, s, v.Subject())
	return v
}

// noCard has the card of a visit or an inspection refused for good.
func noCard(t testing.TB, s *store.Store, of visit.Subject) {
	t.Helper()
	os, err := s.Occurrences(context.Background(), team, store.OccurrenceFilter{Subject: of, States: []visit.State{visit.Pending}})
	for _, o := range os {
		if o.Kind == visit.Card && err == nil {
			refused := o
			refused.State = visit.Dead
			_, err = s.Settle(context.Background(), o, refused)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// remind adds one reminder about a visit.
func remind(t testing.TB, s *store.Store, v visit.Visit, key, to string, due time.Time) {
	t.Helper()
	err := s.AddOccurrence(context.Background(), visit.Occurrence{Workspace: team, Key: key, Kind: visit.Remind, Milestone: -7, Subject: v.Subject(), Schedule: v.Schedule, To: to, Zone: "Europe/Berlin", AnyHour: true, Due: due, Wake: due})
	if err != nil {
		t.Fatal(err)
	}
}

// must gives what a call returns that cannot fail here.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
