package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// do runs a statement of a test.
func do(t *testing.T, s *Store, query string, args ...any) {
	t.Helper()
	if err := s.change(context.Background(), "change it for a test", func(tx *txn) error {
		_, err := tx.ExecContext(context.Background(), query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasSentLongAgoIsDeletedWhereNothingDependsOnIt(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		old, now := noon, noon.AddDate(0, 0, 500)
		before := now.AddDate(0, 0, -400)
		visits := map[string]visit.Subject{}
		for name, last := range map[string]civil.Date{"over": civil.Of(old).AddDays(3), "to come": civil.Of(now).AddDays(9), "with an item": civil.Of(old).AddDays(3), "with an action": civil.Of(old).AddDays(3)} {
			v := sampleVisit("T1")
			v.Channel, v.First, v.Last = "C"+fmt.Sprint(len(visits)), last.AddDays(-1), last
			v = must(s.PlanVisit(ctx, v, old.AddDate(0, 0, -2)))
			visits[name] = v.Subject()
		}
		do(t, s, `DELETE FROM occurrences WHERE workspace = $1`, "T1")
		do(t, s, `UPDATE items SET owner = 'U9' WHERE workspace = $1 AND subject = $2 AND id = 1`, "T1", string(visits["with an item"]))
		f := sampleFinding("T1", "D1:1.2")
		f.Subject = visits["with an action"]
		added, _, err := s.AddFinding(ctx, f, old)
		if err != nil {
			t.Fatal(err)
		}
		do(t, s, `INSERT INTO actions (workspace, finding, rev, state, due, reviewer, facts) VALUES ($1, $2, 1, 'proposed', '', '', '{}')`, "T1", added.Number)
		alone := sampleFinding("T1", "D1:1.3")
		alone.Subject, alone.Channel = visit.SubjectOf(visit.OfFactory, must(s.Factories(ctx, "T1"))[0].Number), "C1"
		if added, _, err = s.AddFinding(ctx, alone, old); err != nil {
			t.Fatal(err)
		}
		do(t, s, `INSERT INTO actions (workspace, finding, rev, state, due, reviewer, facts) VALUES ($1, $2, 1, 'proposed', '', '', '{}')`, "T1", added.Number)
		for n, c := range []struct {
			name  string
			about visit.Subject
			kind  visit.Kind
			state visit.State
			owner string
			at    time.Time
			stays bool
		}{
			{"what was sent about a visit that is over goes", visits["over"], visit.Remind, visit.Sent, "", old, false},
			{"what was given up goes", visits["over"], visit.Remind, visit.Dead, "", old, false},
			{"what came too late goes", visits["over"], visit.Remind, visit.Expired, "", old, false},
			{"what was cancelled goes", visits["over"], visit.Remind, visit.Cancelled, "", old, false},
			{"what is to be sent stays", visits["over"], visit.Remind, visit.Pending, "", old, true},
			{"what is being sent stays", visits["over"], visit.Remind, visit.Sending, "", old, true},
			{"what may have been sent stays", visits["over"], visit.Remind, visit.Uncertain, "", old, true},
			{"what was given up and nobody was told stays", visits["over"], visit.Remind, visit.Dead, visit.Untold, old, true},
			{"the card stays, or another one is posted", visits["over"], visit.Card, visit.Sent, "", old, true},
			{"what was sent a year ago stays", visits["over"], visit.Remind, visit.Sent, "", before.AddDate(0, 0, 1), true},
			{"what was sent about a visit to come stays", visits["to come"], visit.Remind, visit.Sent, "", old, true},
			{"what was sent about a visit with an open item of somebody stays", visits["with an item"], visit.Remind, visit.Sent, "", old, true},
			{"what was sent about an open action stays", visits["with an action"], visit.RemindAction, visit.Sent, "", old, true},
			{"what was sent about an open action of a factory alone stays", alone.Subject, visit.RemindAction, visit.Sent, "", old, true},
			{"what was sent about a factory without one goes", "factory/99", visit.RemindAction, visit.Sent, "", old, false},
			{"a daily message goes", "person/U1", visit.Digest, visit.Sent, "", old, false},
			{"a tip goes", "channel/C1", visit.Tip, visit.Sent, "", old, false},
			{"that a colleague is gone is told once for ever", "person/U1", visit.News, visit.Sent, "", old, true},
			{"that a plan begins is told once for ever", "plan/1", visit.PlanBegins, visit.Sent, "", old, true},
		} {
			for _, workspace := range []string{"T1", "T2"} { // T2 has no such visit: nothing there depends on it
				key := fmt.Sprintf("%s/%d", c.name, n)
				do(t, s, `INSERT INTO occurrences (`+occurrenceColumns+`) VALUES ($1, $2, $3, $4, 0, 0, '', 'C1', '', FALSE, '', $5, $5, $5, $6, 0, $7, 0, $5, $5, '', '', FALSE)`,
					workspace, key, string(c.kind), string(c.about), millis(c.at), string(c.state), c.owner)
			}
			t.Run(c.name, func(t *testing.T) {
				if _, err := s.DropOld(ctx, Retention{Reminders: before}, now); err != nil {
					t.Fatal(err)
				}
				os := must(s.Occurrences(ctx, "T1", OccurrenceFilter{}))
				if got := slices.ContainsFunc(os, func(o visit.Occurrence) bool { return o.Key == fmt.Sprintf("%s/%d", c.name, n) }); got != c.stays {
					t.Errorf("it stays: %t", got)
				}
			})
		}
	})
}

func TestPhotosAreKeptForAsLongAsAReportOrAnActionNeedsThem(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		now := noon.AddDate(0, 0, 500)
		photo := func(name string, at time.Time, more string) (finding, id int) {
			f, _, err := s.AddFinding(ctx, sampleFinding("T1", name, "F"+name), at)
			if err != nil {
				t.Fatal(err)
			}
			if _, did, err := s.KeepPhoto(ctx, "T1", f.Photos[0].ID, Copy{JPEG: []byte("jpeg of " + name), W: 1, H: 1, SHA256: "x"}); err != nil || !did {
				t.Fatal(did, err)
			}
			if more != "" {
				do(t, s, more, "T1", f.Number)
			}
			return f.Number, f.Photos[0].ID
		}
		const verified = `INSERT INTO actions (workspace, finding, rev, state, due, reviewer, facts) VALUES ($1, $2, 1, 'verified', '', '', '{}')`
		for _, c := range []struct {
			name  string
			at    time.Time
			more  string
			stays bool
		}{
			{"an old photo of an action that is verified goes", noon, verified, false},
			{"a red flag has no action, so its old photo goes", noon, `UPDATE findings SET kind = 'redflag' WHERE workspace = $1 AND number = $2`, false},
			{"an old photo of an action with which nobody has begun stays", noon, "", true},
			{"an old photo of an open action stays", noon, `INSERT INTO actions (workspace, finding, rev, state, due, reviewer, facts) VALUES ($1, $2, 1, 'done', '', '', '{}')`, true},
			{"a new photo stays", now.AddDate(0, 0, -99), verified, true},
		} {
			t.Run(c.name, func(t *testing.T) {
				number, id := photo(c.name, c.at, c.more)
				before := must(s.Finding(ctx, "T1", number))
				d := must(s.DropOld(ctx, Retention{Photos: now.AddDate(0, 0, -100)}, now))
				_, err := s.Photo(ctx, "T1", id)
				if stays := err == nil; stays != c.stays || (d.Photos == 0) != c.stays {
					t.Errorf("it stays: %t, deleted are %d", stays, d.Photos)
				}
				after := must(s.Finding(ctx, "T1", number))
				if p := after.Photos[0]; !c.stays && (p.State != visit.PhotoRefused || p.Why != visit.PhotoOld || p.SHA256 != "" || after.Rev == before.Rev) {
					t.Errorf("the finding has %+v, revision %d", p, after.Rev)
				}
			})
		}
		t.Run("an old photo of a final report stays", func(t *testing.T) {
			number, id := photo("final", noon, verified)
			do(t, s, `UPDATE findings SET final = TRUE WHERE workspace = $1 AND number = $2`, "T1", number)
			must(s.DropOld(ctx, Retention{Photos: now.AddDate(0, 0, -100)}, now))
			must(s.Photo(ctx, "T1", id))
		})
		t.Run("with no days every photo stays", func(t *testing.T) {
			_, id := photo("for ever", noon, verified)
			must(s.DropOld(ctx, Retention{}, now))
			must(s.Photo(ctx, "T1", id))
		})
	})
}

func TestNotesOfRequestsAndDraftsOfAQuietWorkspaceGo(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.Handle(ctx, "T1", "old", noon, time.Hour))
		must(s.Handle(ctx, "T1", "new", noon.Add(6*24*time.Hour), time.Hour))
		for id, at := range map[string]time.Time{"old": noon.AddDate(0, 0, -60), "new": noon} {
			if err := s.KeepDraft(ctx, Draft{Workspace: "T" + id, ID: id, Person: "U1", Kind: "visit", Body: "{}", Kept: at}); err != nil {
				t.Fatal(err)
			}
		}
		must(s.DropOld(ctx, Retention{}, noon.Add(KeepHandled+time.Minute)))
		if is := must(s.Handled(ctx, "T1", "old")); is {
			t.Error("the old note is kept")
		}
		if is := must(s.Handled(ctx, "T1", "new")); !is {
			t.Error("the new note is not kept, so a request that comes again is done again")
		}
		if _, err := s.Draft(ctx, "Told", "old"); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("the old draft is %v", err)
		}
		must(s.Draft(ctx, "Tnew", "new"))
	})
}

func TestWhatEndedIsDeletedInItsTimeAndNotWhereItCameBack(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		one, two := installed("T1", ""), installed("T2", "")
		one.At, two.At = noon, noon
		install(t, s, one, two)
		for _, w := range []string{"T1", "T2"} {
			must(s.PlanVisit(ctx, sampleVisit(w), noon))
			must(s.End(ctx, Ending{Workspace: w, Why: visit.Fault("app_uninstalled"), At: noon}, noon, noon))
		}
		ended := must(s.EndedWorkspaces(ctx))
		if len(ended) != 2 || !ended[0].Deleted(30).Equal(noon.AddDate(0, 0, 30)) || !ended[0].Deleted(0).IsZero() {
			t.Fatalf("ended are %+v", ended)
		}
		back := installed("T2", "")
		back.At = noon.Add(time.Hour)
		install(t, s, back)
		for _, c := range []struct {
			name, workspace string
			by              time.Time
			refused         bool
		}{
			{"it ended later than that", "T1", noon.Add(-time.Minute), true},
			{"it has installed the app again", "T2", noon, true},
			{"it was never installed", "T3", noon, true},
			{"it ended long ago", "T1", noon, false},
		} {
			_, err := s.ForgetEnded(ctx, c.workspace, c.by, noon.AddDate(0, 0, 30))
			if refused := errors.Is(err, ErrInstalled); refused != c.refused || !refused && err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if vs := must(s.Visits(ctx, "T1", Filter{})); len(vs) != 0 {
			t.Errorf("of the one that ended are left %d visits", len(vs))
		}
		if vs := must(s.Visits(ctx, "T2", Filter{})); len(vs) != 1 {
			t.Errorf("of the one that came back are left %d visits", len(vs))
		}
		if i := must(s.Installation(ctx, "T2")); !i.Ended.IsZero() {
			t.Errorf("its installation ended %s", i.Ended)
		}
	})
}

// By the row of an organisation its workspaces are known to have ended.
func TestAnOrganisationIsDeletedAfterItsWorkspacesAndNoneOfThemIsLeft(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		const day = 24 * time.Hour
		install(t, s, installed("E1", "E1"), installed("T3", "E1"))
		for _, w := range []string{"T1", "T2"} {
			noErr(t, s.GiveAccess(ctx, w, "E1", later))
		}
		must(s.End(ctx, Ending{Workspace: "E1", Why: Uninstalled, At: later.Add(day)}, later, later.Add(day)))
		must(s.EndAccess(ctx, "E1", Ending{Workspace: "T1", Why: Uninstalled, At: later.Add(2 * day)}, later, later.Add(2*day)))
		left := func() (ids []string) {
			for _, w := range must(s.EndedWorkspaces(ctx)) {
				id := w.Workspace
				if w.Used {
					id += " in use"
				}
				ids = append(ids, id)
			}
			slices.Sort(ids)
			return ids
		}
		if ws := must(s.UsersOf(ctx, "E1")); !slices.Equal(ws, []string{"T1", "T2"}) {
			t.Errorf("the organisation is used by %q", ws)
		}
		if got := left(); !slices.Equal(got, []string{"E1 in use", "T1", "T2"}) {
			t.Errorf("have ended %q", got)
		}
		if _, err := s.ForgetEnded(ctx, "E1", later.Add(day), later.Add(31*day)); !errors.Is(err, ErrInstalled) {
			t.Errorf("the organisation before its workspaces: %v", err)
		}
		for _, w := range []string{"T2", "T1", "E1"} { // T3 has an installation of its own
			if _, err := s.ForgetEnded(ctx, w, later.Add(2*day), later.Add(32*day)); err != nil {
				t.Errorf("%s: %v", w, err)
			}
		}
		if got := left(); len(got) != 0 {
			t.Errorf("left are %q", got)
		}
	})
}

// Of a program that deleted the organisation first.
func TestAWorkspaceWhoseOrganisationIsGoneHasEndedAllTheSame(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		install(t, s, installed("E1", "E1"))
		must(s.EndAccess(ctx, "E1", Ending{Workspace: "T1", Why: Uninstalled, At: later}, later, later))
		noErr(t, s.NoteOrganisation(ctx, "T2", "E9", later)) // which has never installed the app
		do(t, s, `DELETE FROM installations WHERE workspace = $1`, "E1")
		if ws := must(s.EndedWorkspaces(ctx)); len(ws) != 1 || ws[0].Workspace != "T1" || !ws[0].Ended.Equal(later) {
			t.Errorf("have ended %+v", ws)
		}
	})
}

// A kind of finding that is typed into a query by hand can be misspelt, and then nothing is left out.
func TestRedFlagsAreLeftOutByTheKindThatTheyHave(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src := string(must(os.ReadFile(name)))
		for _, typed := range []string{"'redflag'", "'red_flag'"} {
			if strings.Contains(src, typed) {
				t.Errorf("%s has %s; write visit.RedFlag", name, typed)
			}
		}
	}
}
