package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/install"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// What was given up, and what still waits, is listed by a process that had no part in it.
func TestDueListsWhatIsLateAndWhatIsLost(t *testing.T) {
	ctx, now, address := t.Context(), time.Now(), filepath.Join(t.TempDir(), "v.db")
	db, err := store.Open(ctx, store.Options{URL: address, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	var v visit.Visit
	v.Workspace, v.Owner, v.Purpose, v.Factory.Name, v.Channel = "T1", "U1", "first_visit", "A", "C1"
	v.First = v.Place.Today(now).AddDays(200)
	v.Last = v.First
	if _, err := db.PlanVisit(ctx, v, now); err != nil {
		t.Fatal(err)
	}
	for _, o := range []struct {
		key, err string
		kind     visit.Kind
		state    visit.State
		days     int
	}{
		{"dead", "is_archived", visit.Remind, visit.Dead, 3},
		{"expired", "token_revoked", visit.Overdue, visit.Expired, 2},
		{"long ago", "is_archived", visit.Escalation, visit.Dead, 20},
		{"waits", "token_revoked", visit.Digest, visit.Pending, 1},
		{"uncertain", "", visit.CatchUp, visit.Uncertain, 1},
	} {
		lose(t, db, visit.Occurrence{Workspace: "T1", Key: o.key, Kind: o.kind, Milestone: -7, Subject: "visit/1", To: "C1", Zone: "Asia/Shanghai", Due: now.AddDate(0, 0, -o.days)}, o.state, o.err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	due := func(flags ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		getenv := func(name string) string { return map[string]string{"DATABASE_URL": address}[name] }
		if code := run(ctx, append([]string{"due"}, flags...), strings.NewReader(""), &out, &errs, getenv); code != 0 {
			t.Fatal(errs.String())
		}
		return out.String()
	}
	text := due()
	if n := strings.Count(text, "digest visit/1"); n != 1 {
		t.Errorf("the digest that waits is listed %d times in\n%s", n, text)
	}
	late, lost, ok := strings.Cut(text, "Could not be delivered in the last 14 days:")
	for _, words := range []string{"Late, and still to be sent:", "digest visit/1", "catch-up visit/1"} {
		if !strings.Contains(late, words) {
			t.Errorf("nothing of %q as late in\n%s", words, text)
		}
	}
	for _, words := range []string{"remind visit/1, 1 week before: the channel is archived", "overdue visit/1: Visit Prep was not connected to this workspace"} {
		if !ok || !strings.Contains(lost, words) {
			t.Errorf("nothing of %q as lost in\n%s", words, text)
		}
	}
	if strings.Contains(text, "escalation") {
		t.Errorf("what was lost three weeks ago is listed:\n%s", text)
	}
	asJSON := due("--json")
	for _, words := range []string{
		`"kind":"remind","subject":"visit/1","milestone":"1 week before","state":"dead","reason":"the channel is archived"}`,
		`"kind":"digest","subject":"visit/1","state":"pending"}`,
	} {
		if !strings.Contains(asJSON, words) {
			t.Errorf("nothing of %q in\n%s", words, asJSON)
		}
	}
	// Nothing is listed twice when the span begins in the past.
	all := due("--from", now.AddDate(0, 0, -5).Format(time.DateOnly))
	if n := strings.Count(all, "digest visit/1"); n != 1 {
		t.Errorf("the digest that waits is listed %d times in\n%s", n, all)
	}
}

// lose records a message as something left it.
func lose(t *testing.T, db *store.Store, o visit.Occurrence, state visit.State, why string) {
	t.Helper()
	ctx := context.Background()
	if err := db.AddOccurrence(ctx, o); err != nil {
		t.Fatal(err)
	}
	from, err := db.Occurrence(ctx, o.Workspace, o.Key)
	if err != nil {
		t.Fatal(err)
	}
	to := from
	to.State, to.Error = state, why
	if ok, err := db.Settle(ctx, from, to); err != nil || !ok {
		t.Fatal(ok, err)
	}
}

// A broken connection is not a program that is not ready: people are answered. It is told
// all the same, and measured.
func TestABrokenConnectionIsShownAndTheProgramStaysReady(t *testing.T) {
	a, endpoints := served(t)
	ask := func(path string) (int, string) {
		w := httptest.NewRecorder()
		endpoints.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	since := time.Now().Add(-time.Hour)
	if _, err := a.db.NoteFault(t.Context(), "T0SECRET", "token_revoked", since, time.Now()); err != nil {
		t.Fatal(err)
	}
	code, body := ask("/readyz")
	if code != http.StatusOK || !strings.HasPrefix(body, "ok\n") || !strings.Contains(body, "token_revoked") || strings.Contains(body, "T0SECRET") {
		t.Errorf("/readyz answers %d %q", code, body)
	}
	if _, err := a.scheduler.RunDue(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, body := ask("/metrics"); !strings.Contains(body, "visitprep_connection_fault 1\n") || !strings.Contains(body, "visitprep_connection_fault_seconds 36") {
		t.Errorf("/metrics answers %s", body)
	}
	if _, err := a.db.FaultIsOver(t.Context(), "T0SECRET"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.scheduler.RunDue(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if code, body := ask("/readyz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("then /readyz answers %d %q", code, body)
	}
	if _, body := ask("/metrics"); !strings.Contains(body, "visitprep_connection_fault 0\n") {
		t.Errorf("then /metrics answers %s", body)
	}
}

// Strangers may reach /readyz: where many workspaces are served it counts those that wait, and names none.
func TestReadyNamesNoWorkspace(t *testing.T) {
	a, endpoints := served(t)
	a.installed = new(install.Tokens)
	t.Cleanup(func() { a.installed = nil }) // of which nothing is under way
	for id, fault := range map[string]visit.Fault{"T0ONE": "token_revoked", "T0TWO": "token_revoked", "T0THREE": "invalid_auth"} {
		if _, err := a.db.NoteFault(t.Context(), id, fault, instant("2026-11-30 02:00"), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	w := httptest.NewRecorder()
	endpoints.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	body := w.Body.String()
	for _, want := range []string{"of 2 of the workspaces wait", "(token_revoked)", "of 1 of the workspaces wait", "(invalid_auth)"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %q", want, body)
		}
	}
	if strings.Contains(body, "T0") || strings.Count(body, "\n") != 3 {
		t.Errorf("it answers %q", body)
	}
}

// A workspace that has uninstalled the app is nothing that somebody could mend: it is not measured as
// a connection that is lost, for as long as it is kept. One whose token fails is.
func TestAWorkspaceThatUninstalledTheAppIsNoLostConnection(t *testing.T) {
	a, endpoints := served(t)
	ctx, now := t.Context(), time.Now()
	for _, id := range []string{"T0LEFT", "T0HELD"} {
		if _, err := a.db.Install(ctx, store.Installation{Workspace: id, BotUser: "U0BOT", At: now.Add(-48 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	if held, err := a.db.End(ctx, store.Ending{Workspace: "T0LEFT", Why: store.Uninstalled, At: now}, now.Add(-24*time.Hour), now); err != nil || len(held) != 1 {
		t.Fatal(held, err)
	}
	measured := func(fault, seconds string) {
		t.Helper()
		if _, err := a.scheduler.RunDue(ctx, time.Now()); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		endpoints.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		for _, want := range []string{"\nvisitprep_connection_fault " + fault + "\n", "\nvisitprep_connection_fault_seconds " + seconds} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("no %q", want)
			}
		}
	}
	measured("0", "0\n")
	if _, err := a.db.NoteFault(ctx, "T0HELD", "invalid_auth", now.Add(-time.Hour), now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	measured("1", "36")
}

// Whoever starts the program again may have mended the token: it is tried at once.
func TestServeTriesABrokenConnectionAtOnce(t *testing.T) {
	a, _ := served(t)
	if _, err := a.db.NoteFault(t.Context(), "T1", "token_revoked", time.Now(), time.Now().Add(4*time.Minute)); err != nil {
		t.Fatal(err)
	}
	err := a.run(t.Context(), func(ctx context.Context) error {
		cs, err := a.db.Connections(ctx)
		if err != nil || len(cs) != 1 || cs[0].Retry.After(time.Now().Add(time.Minute)) {
			t.Errorf("the connections are %+v, %v", cs, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What comes by itself is listed with the rest, also where nothing was ever planned.
func TestDueListsTipsDigestsNoticesAndNews(t *testing.T) {
	ctx, address := t.Context(), filepath.Join(t.TempDir(), "v.db")
	now := time.Date(2040, 3, 5, 2, 0, 0, 0, time.UTC) // a Monday
	db, err := store.Open(ctx, store.Options{URL: address, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	due := func(flags ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		getenv := func(name string) string { return map[string]string{"DATABASE_URL": address}[name] }
		if code := run(ctx, append([]string{"due", "--from", "2040-03-05", "--until", "2040-03-10"}, flags...), strings.NewReader(""), &out, &errs, getenv); code != 0 {
			t.Fatal(errs.String())
		}
		return out.String()
	}
	expect := func(lines ...string) {
		t.Helper()
		text := due()
		for _, l := range lines {
			if !strings.Contains(text, l) {
				t.Errorf("nothing of %q in:\n%s", l, text)
			}
		}
	}
	subscription := visit.Schedule{Workspace: "T1", Kind: visit.RecurTip, Subject: visit.SubjectOf(visit.OfChannel, "C1"), Rule: "0 9 * * 2", Zone: "Europe/Berlin", Next: now.Add(30 * time.Hour)}
	if err := db.PutSchedule(ctx, subscription); err != nil {
		t.Fatal(err)
	}
	expect("to C1  tip channel/C1")
	timing := visit.DefaultTiming()
	if err := db.PutSchedule(ctx, visit.MonthlySchedule("T1", "U4", "Europe/Berlin", &timing, now)); err != nil {
		t.Fatal(err)
	}
	if text := due("--from", "2040-03-29", "--until", "2040-05-10"); !strings.Contains(text, "Mon 2040-04-02 09:00 CEST (Europe/Berlin)  to U4  overview person/U4") || strings.Count(text, "overview") != 2 {
		t.Errorf("of the overviews of March and April it lists\n%s", text)
	}
	v := visit.Visit{
		Work: visit.Work{
			Workspace: "T1", Owner: "U1", Factory: visit.Factory{Name: "A"}, Place: visit.Place{Channel: "C1", ChannelZone: "Europe/Berlin", Zone: "Asia/Shanghai"},
			Items: visit.Checklist{
				{ID: 1, Milestone: -14, Text: "Book", Owner: "U1"}, // the milestone in the thread mentions them on its day
				{ID: 2, Milestone: -14, Text: "Ask"},               // nobody's: the planner's daily message tells of it
			},
		},
		Purpose: "first_visit", First: civil.On(2040, 3, 21), Last: civil.On(2040, 3, 21),
	}
	if _, err := db.PlanVisit(ctx, v, now); err != nil {
		t.Fatal(err)
	}
	for kind, to := range map[visit.Kind]string{visit.Notice: "U2", visit.News: "U3"} {
		if err := db.AddOccurrence(ctx, visit.Occurrence{Workspace: "T1", Key: string(kind), Kind: kind, Subject: "visit/1", To: to, Zone: "Europe/Berlin", Due: now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	expect("Tue 2040-03-06 09:00 CET (Europe/Berlin)  to C1  tip channel/C1", "Wed 2040-03-07 09:00 CET (Europe/Berlin)  to U1  digest person/U1",
		"to U2  notice visit/1", "to U3  news visit/1")
}
