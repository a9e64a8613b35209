package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visitprep/internal/visit"
)

func installed(workspace, organisation string) Installation {
	return Installation{Workspace: workspace, Organisation: organisation, App: "A1", BotUser: "UBOT" + workspace, Name: "Team " + workspace, Scopes: "chat:write,commands",
		Token: []byte("sealed token of " + workspace), Refresh: []byte("sealed refresh"), Expires: later.Add(12 * time.Hour), Key: "k1", By: "U1", At: later}
}

func install(t *testing.T, s *Store, is ...Installation) {
	t.Helper()
	for _, i := range is {
		if _, err := s.Install(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
}

func noErr(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serves is which installation serves a workspace; "" is none.
func serves(t *testing.T, s *Store, workspace string) string {
	t.Helper()
	i, err := s.Installation(t.Context(), workspace)
	if err != nil && !errors.Is(err, visit.ErrNotFound) {
		t.Fatal(err)
	}
	return i.Workspace
}

func TestAnInstallationIsKeptWhole(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		i := installed("T1", "")
		install(t, s, i)
		got := must(s.Installation(t.Context(), "T1"))
		i.Turn = 1
		if fmt.Sprint(got) != fmt.Sprint(i) {
			t.Errorf("kept\n%v, want\n%v", got, i)
		}
		if ws := must(s.Workspaces(t.Context())); !slices.Equal(ws, []string{"T1"}) {
			t.Errorf("the database is of %q, want the workspace that has installed the app", ws)
		}
		stays := installed("T2", "")
		stays.Refresh, stays.Expires = nil, time.Time{}
		install(t, s, stays)
		if got := must(s.Installation(t.Context(), "T2")); len(got.Refresh) != 0 || !got.Expires.IsZero() {
			t.Errorf("a token that stays is kept as %v", got)
		}
	})
}

// Its own installation serves a workspace before its organisation's, and a stranger is served by
// neither.
func TestWhichInstallationServesAWorkspace(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		install(t, s, installed("E1", "E1"), installed("T1", "E1"), installed("T9", ""))
		for _, w := range []string{"T1", "T2"} {
			if err := s.NoteOrganisation(ctx, w, "E1", later); err != nil {
				t.Fatal(err)
			}
		}
		noErr(t, s.NoteOrganisation(ctx, "T8", "E2", later))
		check := func(when string, want map[string]string) {
			t.Helper()
			for w, by := range want {
				if got := serves(t, s, w); got != by {
					t.Errorf("%s, %s is served by %q, want %q", when, w, got, by)
				}
			}
		}
		check("first", map[string]string{"T1": "T1", "T2": "E1", "T3": "", "T8": "", "T9": "T9"})
		held := must(s.End(ctx, Ending{Workspace: "T1", Why: Uninstalled, At: later}, noon, later))
		if check("after its own ended", map[string]string{"T1": "E1", "T2": "E1", "T9": "T9"}); len(held) != 0 {
			t.Errorf("held %q, which the organisation serves", held)
		}
		held = must(s.EndAccess(ctx, "E1", Ending{Workspace: "T2", Why: Uninstalled, At: later}, noon, later))
		if check("after the organisation took it from T2", map[string]string{"T1": "E1", "T2": ""}); !slices.Equal(held, []string{"T2"}) {
			t.Errorf("held %q, want T2", held)
		}
		held = must(s.End(ctx, Ending{Workspace: "E1", Why: TokenRevoked, At: later}, noon, later.Add(time.Hour)))
		if check("after the organisation's ended", map[string]string{"T1": "", "T2": "", "T9": "T9"}); !slices.Equal(held, []string{"T1"}) {
			t.Errorf("held %q, want T1", held)
		}
		var ended []string
		for _, w := range must(s.EndedWorkspaces(ctx)) {
			ended = append(ended, fmt.Sprintf("%s %s %v", w.Workspace, w.Why, w.Ended.Sub(later)))
		}
		if want := "T2 app_uninstalled 0s, E1 token_revoked 1h0m0s, T1 token_revoked 1h0m0s"; strings.Join(ended, ", ") != want {
			t.Errorf("have ended %s, want %s", strings.Join(ended, ", "), want)
		}
		install(t, s, installed("E1", "E1"))
		noErr(t, s.NoteOrganisation(ctx, "T2", "E1", later.Add(-time.Second)))
		noErr(t, s.GiveAccess(ctx, "T2", "E1", later.Add(-time.Second)))
		check("when an event of before comes late", map[string]string{"T1": "E1", "T2": ""})
		noErr(t, s.GiveAccess(ctx, "T2", "E1", later.Add(time.Minute)))
		must(s.EndAccess(ctx, "E1", Ending{Workspace: "T2", Why: Uninstalled, At: later.Add(time.Second)}, noon, later))
		noErr(t, s.NoteOrganisation(ctx, "T8", "E1", later))
		must(s.EndAccess(ctx, "E1", Ending{Workspace: "T8", Why: Uninstalled, At: later}, noon, later))
		noErr(t, s.NoteOrganisation(ctx, "T8", "E1", later.Add(time.Second)))
		check("after the event that gives it back was lost", map[string]string{"T8": "E1"})
		check("installed again", map[string]string{"T1": "E1", "T2": "E1"})
		if ws := must(s.EndedWorkspaces(ctx)); len(ws) != 0 {
			t.Errorf("have ended %v, want none", ws)
		}
	})
}

// What has ended sends nothing, loses nothing, and goes on when it is installed again.
func TestRemindersOfAnEndedInstallationWait(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		install(t, s, installed("T1", ""), installed("T2", ""))
		waits(t, s, "T1", "C1")
		waits(t, s, "T2", "C2")
		if held := must(s.End(ctx, Ending{Workspace: "T1", Why: Uninstalled, At: later.Add(time.Second)}, noon, later)); !slices.Equal(held, []string{"T1"}) {
			t.Errorf("held %q", held)
		}
		if held := must(s.End(ctx, Ending{Workspace: "T1", Why: TokenRevoked, At: later.Add(time.Second)}, noon, later)); len(held) != 0 {
			t.Errorf("the second event of one uninstalling begins to hold %q", held)
		}
		if got := keysOf(must(s.Claim(ctx, claimAt(later.Add(time.Minute))))); got != "C2" {
			t.Errorf("claimed %q, want what is of the other workspace", got)
		}
		if back := must(s.Install(ctx, installed("T1", ""))); !back {
			t.Error("it was not said to have come back")
		}
		p, ok, err := s.ClaimProbe(ctx, claimAt(later.Add(2*time.Second)))
		if err != nil || !ok || p.Occurrence.Key != "C1" {
			t.Errorf("installed again, %+v is tried (%v, %v), want C1", p, ok, err)
		}
	})
}

// Events come late, and once more.
// The tokens of people are revoked too.
func TestOnlyItsBotsTokenEndsAnInstallation(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		install(t, s, installed("T1", ""), installed("T2", ""))
		for _, c := range []struct {
			bot  string
			ends bool
		}{{"USOMEBODY", false}, {"UBOTT2", false}, {"UBOTT1", true}} {
			held := must(s.End(t.Context(), Ending{Workspace: "T1", Bot: c.bot, Why: TokenRevoked, At: later}, noon, later))
			if ended := serves(t, s, "T1") == ""; ended != c.ends || ended != (len(held) == 1) || serves(t, s, "T2") != "T2" {
				t.Errorf("the token of %s was revoked: ended %v, held %q", c.bot, ended, held)
			}
		}
	})
}

func TestAnOldEventEndsNoNewInstallation(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		i := installed("T1", "")
		i.At = later.Add(time.Minute)
		install(t, s, i)
		if held := must(s.End(t.Context(), Ending{Workspace: "T1", Why: Uninstalled, At: later}, noon, later.Add(2*time.Minute))); len(held) != 0 || serves(t, s, "T1") != "T1" {
			t.Errorf("an event of a minute before ended it: held %q", held)
		}
	})
}

// Of processes that see one token expire, one refreshes it; where that one dies, another does.
func TestOneRefreshesAToken(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		install(t, s, installed("T1", ""))
		i := must(s.Installation(ctx, "T1"))
		var wg sync.WaitGroup
		mine := make(chan bool, 8)
		for range cap(mine) {
			wg.Go(func() {
				holder, err := s.RefreshBy(context.Background(), &i, later, later.Add(time.Minute))
				if err != nil {
					t.Error(err)
				}
				mine <- holder != ""
			})
		}
		wg.Wait()
		close(mine)
		n := 0
		for m := range mine {
			if m {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d of 8 have the right, want 1", n)
		}
		for _, after := range []time.Duration{59 * time.Second, -time.Millisecond, -5 * time.Minute} {
			now := later.Add(after)
			if must(s.RefreshBy(ctx, &i, now, now.Add(time.Minute))) != "" {
				t.Errorf("another has it while it lasts, by a clock that says %v later", after)
			}
		}
		if must(s.RefreshBy(ctx, &i, later.Add(time.Minute), later.Add(2*time.Minute))) == "" {
			t.Error("nobody has it after whoever had it died")
		}
		// Sealed anew meanwhile: it is still the same token.
		must(s.Reseal(ctx, func(i *Installation) error { i.Token, i.Refresh, i.Key = []byte("x"), []byte("y"), "k2"; return nil }))
		noErr(t, s.Refreshed(ctx, &i, []byte("new"), []byte("next"), later.Add(24*time.Hour), "k1"))
		if got := must(s.Installation(ctx, "T1")); string(got.Token) != "new" || string(got.Refresh) != "next" || got.Turn != 2 {
			t.Errorf("kept %v", got)
		}
		noErr(t, s.Refreshed(ctx, &i, []byte("late"), nil, later, "k1"))
		if got := must(s.Installation(ctx, "T1")); string(got.Token) != "new" {
			t.Error("an answer that came late is kept in the place of a newer one")
		}
		if must(s.RefreshBy(ctx, &i, later.Add(time.Hour), later.Add(2*time.Hour))) != "" {
			t.Error("whoever has read the old token may use it")
		}
	})
}

// Whoever took so long that another has the right by now does not give away that one's.
func TestTheRightToRefreshIsGivenBackByItsHolderAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		install(t, s, installed("T1", ""))
		i := must(s.Installation(ctx, "T1"))
		at := func(d time.Duration) string {
			return must(s.RefreshBy(ctx, &i, later.Add(d), later.Add(d+time.Minute)))
		}
		first, second := at(0), at(time.Minute)
		if first == "" || second == "" || first == second {
			t.Fatalf("the holders are %q and %q", first, second)
		}
		noErr(t, s.NotRefreshed(ctx, &i, first))
		if at(61*time.Second) != "" {
			t.Error("the first gave back the right of the second")
		}
		noErr(t, s.NotRefreshed(ctx, &i, second))
		if third := at(61 * time.Second); third == "" {
			t.Error("nobody has it after it was given back")
		}
		if at(-20*time.Minute) == "" {
			t.Error("a right of a clock that was far ahead is waited for")
		}
	})
}

// Many wait for one who refreshes: they look, and write nothing.
func TestWaitingForAnothersRefreshWritesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		install(t, s, installed("T1", ""))
		i := must(s.Installation(ctx, "T1"))
		if must(s.RefreshBy(ctx, &i, later, later.Add(time.Minute))) == "" {
			t.Fatal("nobody has the right")
		}
		writing := must(s.write.BeginTx(ctx, nil))
		defer writing.Rollback()
		must(writing.ExecContext(ctx, `UPDATE installations SET name = name`))
		soon, stop := context.WithTimeout(ctx, 2*time.Second)
		defer stop()
		if holder, err := s.RefreshBy(soon, &i, later, later.Add(time.Minute)); holder != "" || err != nil {
			t.Errorf("while somebody writes: %q, %v", holder, err)
		}
	})
}

// Slack names the organisation of whoever is in a request. What the workspace itself has installed says
// whose it is.
func TestAnotherOrganisationServesNoWorkspaceThatUninstalled(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		install(t, s, installed("T1", ""), installed("E2", "E2"))
		noErr(t, s.NoteOrganisation(ctx, "T1", "E2", later.Add(time.Minute)))
		must(s.End(ctx, Ending{Workspace: "T1", Why: Uninstalled, At: later.Add(time.Hour)}, noon, later.Add(time.Hour)))
		noErr(t, s.NoteOrganisation(ctx, "T1", "E2", later.Add(2*time.Hour)))
		if by := serves(t, s, "T1"); by != "" {
			t.Errorf("T1, which uninstalled, is served by %s", by)
		}
	})
}

// An organisation takes its installation away from a workspace, which then installs the app itself and
// removes it.
func TestInstallingGivesNoAccessBackThatAnOrganisationTook(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		install(t, s, installed("E1", "E1"))
		noErr(t, s.GiveAccess(ctx, "T1", "E1", later))
		must(s.EndAccess(ctx, "E1", Ending{Workspace: "T1", Why: Uninstalled, At: later}, noon, later))
		install(t, s, installed("T1", "E1"))
		must(s.End(ctx, Ending{Workspace: "T1", Why: Uninstalled, At: later.Add(time.Hour)}, noon, later.Add(time.Hour)))
		if by := serves(t, s, "T1"); by != "" {
			t.Errorf("served by %s, which had taken the app away", by)
		}
	})
}

// What Slack said of one token ends no installation that has another by now.
func TestARefusedTokenEndsItsOwnInstallationOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		install(t, s, installed("T1", ""), installed("T1", ""))
		for n, lasts := range []string{"T1", ""} {
			turn := n + 1
			must(s.End(ctx, Ending{Workspace: "T1", Turn: turn, Why: TokenRevoked, At: later.Add(time.Hour)}, noon, later.Add(time.Hour)))
			if by := serves(t, s, "T1"); by != lasts {
				t.Errorf("after its token %d was refused it is served by %q, want %q", turn, by, lasts)
			}
		}
	})
}

// A stranger may use states for as long as they like.
func TestAUsedStateIsRememberedAsLongAsItIsGood(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		const good = 11 * time.Minute
		must(s.Handle(ctx, "", "another's note", later, KeepHandled))
		use := func(state string, after time.Duration) bool {
			return must(s.UseState(ctx, state, later.Add(after), good))
		}
		if !use("a", 0) || !use("b", time.Second) || use("a", 10*time.Minute) {
			t.Error("a state was used twice, or not once")
		}
		use("c", 12*time.Minute)
		for key, kept := range map[string]bool{"install/a": false, "install/b": false, "install/c": true, "another's note": true} {
			if got := must(s.Handled(ctx, "", key)); got != kept {
				t.Errorf("%s is kept: %v, want %v", key, got, kept)
			}
		}
	})
}

func TestSealingAnewIsWholeOrNotAtAll(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		install(t, s, installed("T1", ""), installed("T2", ""))
		bang := errors.New("bang")
		if _, err := s.Reseal(ctx, func(i *Installation) error {
			if i.Workspace == "T2" {
				return bang
			}
			i.Token, i.Key = []byte("other"), "k2"
			return nil
		}); !errors.Is(err, bang) {
			t.Errorf("the error is %v", err)
		}
		if got := must(s.Installation(ctx, "T1")); got.Key != "k1" || string(got.Token) == "other" {
			t.Errorf("one of two is sealed anew: %v", got)
		}
	})
}
