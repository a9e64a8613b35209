package main

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

func TestRoundsBeginAfterTheStartAndEndWithTheProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		began := time.Now()
		var at []time.Duration
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			rounds(ctx, func(context.Context) { at = append(at, time.Since(began)) })
		}()
		time.Sleep(25 * time.Minute)
		stop()
		<-ended
		if want := []time.Duration{time.Minute, 11 * time.Minute, 21 * time.Minute}; !slices.Equal(at, want) {
			t.Errorf("rounds were after %v, not %v", at, want)
		}
	})
}

// TestAWorkspaceThatUninstalledIsDeletedOnItsDay has two replicas, of which one deletes.
func TestAWorkspaceThatUninstalledIsDeletedOnItsDay(t *testing.T) {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: filepath.Join(t.TempDir(), "v.db"), Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2027, 1, 4, 4, 0, 0, 0, time.UTC)
	plan := func(workspace string) {
		t.Helper()
		if _, err := db.PlanVisit(ctx, visit.Visit{
			Work:    visit.Work{Workspace: workspace, Factory: visit.Factory{Name: "Ningbo Bright"}, Place: visit.Place{Channel: "C1", ChannelZone: "Europe/Berlin"}, Owner: "U1"},
			Purpose: "first_visit", First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 17),
		}, now); err != nil {
			t.Fatal(err)
		}
	}
	install := func(workspace string, at time.Time) {
		t.Helper()
		if _, err := db.Install(ctx, store.Installation{Workspace: workspace, App: "A1", BotUser: "U0BOT", Name: "Firm " + workspace, Scopes: "commands", Token: []byte("sealed"), Key: "k", By: "U1", At: at}); err != nil {
			t.Fatal(err)
		}
	}
	end := func(workspace string, at time.Time) {
		t.Helper()
		if _, err := db.End(ctx, store.Ending{Workspace: workspace, Why: "app_uninstalled", At: at}, at, at); err != nil {
			t.Fatal(err)
		}
	}
	kept := func() (has []string) {
		t.Helper()
		for _, w := range []string{"T1", "T2", "T3"} {
			vs, err := db.Visits(ctx, w, store.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			if len(vs) > 0 {
				has = append(has, w)
			}
		}
		return has
	}
	for _, w := range []string{"T1", "T2", "T3"} {
		install(w, now)
		plan(w)
	}
	end("T1", now.Add(time.Hour))
	end("T2", now.Add(time.Hour))
	install("T2", now.Add(2*time.Hour))
	var log bytes.Buffer
	k := &keeper{db: db, deleteAfterDays: 30, many: true, log: slog.New(slog.NewTextHandler(&log, nil))}
	other := &keeper{db: db, deleteAfterDays: 30, many: true, log: slog.New(slog.NewTextHandler(&log, nil))}
	day := func(n int) time.Time { return now.Add(time.Hour).AddDate(0, 0, n) }
	for _, step := range []struct {
		name string
		at   time.Time
		do   func(*keeper)
		want []string
	}{
		{"it waits for its days", day(30).Add(-time.Minute), func(*keeper) {}, []string{"T1", "T2", "T3"}},
		{"0 days are never", day(90), func(k *keeper) { k.deleteAfterDays = 0 }, []string{"T1", "T2", "T3"}},
		{"of the one workspace of a token nothing is deleted", day(91), func(k *keeper) { k.many = false }, []string{"T1", "T2", "T3"}},
		{"then it is deleted, and neither its neighbour nor one that came back", day(92), func(*keeper) {}, []string{"T2", "T3"}},
		{"and once", day(92).Add(time.Hour), func(*keeper) {}, []string{"T2", "T3"}},
	} {
		mine, theirs := *k, *other
		step.do(&mine)
		step.do(&theirs)
		for _, k := range []*keeper{&mine, &theirs} {
			if err := k.round(ctx, step.at); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
		}
		if got := kept(); !slices.Equal(got, step.want) {
			t.Errorf("%s: kept are %q", step.name, got)
		}
	}
	for _, words := range []string{
		`level=WARN msg="everything of a workspace is being deleted, because it uninstalled the app" workspace=T1 name="Firm T1" uninstalled=2027-01-04 delete_after_days=30`,
		`level=INFO msg="everything of a workspace is deleted" workspace=T1 rows=`,
	} {
		if n := strings.Count(log.String(), words); n != 1 {
			t.Errorf("the log says %d times %s:\n%s", n, words, log.String())
		}
	}
}

func TestWhatIsOverIsTriedAgainInTheNextRoundUntilItIsDone(t *testing.T) {
	ctx := context.Background()
	file := filepath.Join(t.TempDir(), "v.db")
	db, err := store.Open(ctx, store.Options{URL: file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2027, 1, 4, 4, 0, 0, 0, time.UTC)
	keepDraft := func() {
		t.Helper()
		if err := db.KeepDraft(ctx, store.Draft{Workspace: "T1", ID: "visit/abc", Person: "U1", Kind: "visit", Body: "x", Kept: now.AddDate(0, 0, -60)}); err != nil {
			t.Fatal(err)
		}
	}
	kept := func() bool {
		_, err := db.Draft(ctx, "T1", "visit/abc")
		return err == nil
	}
	beside, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	do := func(query string) {
		t.Helper()
		if _, err := beside.ExecContext(ctx, query); err != nil {
			t.Fatal(err)
		}
	}
	k := &keeper{db: db, log: slog.New(slog.DiscardHandler)}
	keepDraft()
	do(`CREATE TRIGGER fails BEFORE DELETE ON drafts BEGIN SELECT RAISE(ABORT, 'fails'); END`)
	if err := k.round(ctx, now); err == nil || !kept() {
		t.Errorf("while the database fails: %v, and the draft is kept: %v", err, kept())
	}
	do(`DROP TRIGGER fails`)
	for _, step := range []struct {
		name string
		at   time.Duration
		kept bool
	}{
		{"ten minutes later it is deleted", 10 * time.Minute, false},
		{"what is over later on that day is for the next day", 20 * time.Minute, true},
		{"which comes", 24 * time.Hour, false},
	} {
		keepDraft()
		if err := k.round(ctx, now.Add(step.at)); err != nil || kept() != step.kept {
			t.Errorf("%s: %v, and the draft is kept: %v", step.name, err, kept())
		}
	}
}

func TestALateRequestOfAForgottenWorkspaceIsForgottenWhereManyAreServed(t *testing.T) {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: filepath.Join(t.TempDir(), "v.db"), Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2027, 1, 4, 4, 0, 0, 0, time.UTC)
	if _, err := db.ForgetWorkspace(ctx, "T1", now); err != nil {
		t.Fatal(err)
	}
	if err := db.KeepDraft(ctx, store.Draft{Workspace: "T1", ID: "visit/abc", Person: "U1", Kind: "visit", Body: "x", Kept: now}); err != nil {
		t.Fatal(err)
	}
	for n, c := range []struct{ many, kept bool }{{false, true}, {true, false}} { // the one workspace of a token has come back
		k := &keeper{db: db, many: c.many, log: slog.New(slog.DiscardHandler)}
		if err := k.round(ctx, now.Add(time.Duration(n+1)*10*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Draft(ctx, "T1", "visit/abc"); (err == nil) != c.kept {
			t.Errorf("many are served: %v, and the draft is %v", c.many, err)
		}
	}
}
