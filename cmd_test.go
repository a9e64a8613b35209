package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// TestEveryCommandHasItsScript: the scripts are the manual of the command line, one for each
// command that visitprep --help names.
func TestEveryCommandHasItsScript(t *testing.T) {
	code, help := said(t, nil, "", "--help")
	_, list, ok := strings.Cut(help, "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	names := strings.Split(strings.TrimSpace(list), "\n")
	if code != 0 || !ok || len(names) < 12 {
		t.Fatalf("--help says %s", help)
	}
	for _, line := range names {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		script, err := os.ReadFile(filepath.Join("testdata", "script", name+".txtar"))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, begins := range []string{"visitprep " + name, "! visitprep " + name} {
			if !strings.Contains("\n"+string(script), "\n"+begins) && !strings.Contains(string(script), "\nstart "+name+" ") {
				t.Errorf("%s.txtar has no line %q", name, begins)
			}
		}
	}
}

// TestOfManyMistakesTheFirstAreSaid: nobody reads 3,000 lines.
func TestOfManyMistakesTheFirstAreSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rows, lines, more int }{{3000, 20, 2980}, {21, 20, 1}, {20, 20, 0}, {1, 1, 0}} {
		name := filepath.Join(t.TempDir(), "bad.csv")
		file := "kind,factory,purpose,first,channel,owner\n" + strings.Repeat("visit,A,first_visit,soon,C0SOURCING1,U0MIACHEN01\n", c.rows)
		if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		code, text := said(t, map[string]string{"DATABASE_URL": filepath.Join(t.TempDir(), "v.db")}, "", "import", name, "--workspace", "T0TEAM")
		if n := strings.Count(text, "bad.csv:"); code != 1 || n != c.lines {
			t.Errorf("of %d rows %d are said, with %d:\n%.500s", c.rows, n, code, text)
		}
		said := ""
		if c.more > 0 {
			said = fmt.Sprintf("and %d more\n", c.more)
			if c.more == 2980 {
				said = "and 2,980 more\n"
			}
		}
		if !strings.HasSuffix(text, said) || said == "" && strings.Contains(text, " more") {
			t.Errorf("of %d rows it ends without %q:\n%.300s", c.rows, said, text[max(0, len(text)-300):])
		}
	}
}

// A command is about any workspace of an organisation that has installed the app, also one that has nothing yet.
func TestAWorkspaceOfAnOrganisationIsNamedBeforeItHasAnything(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	st, err := store.Open(ctx, store.Options{URL: filepath.Join(t.TempDir(), "v.db"), Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, i := range []store.Installation{{Workspace: "T0ACME00001"}, {Workspace: "E0GRID00001", Organisation: "E0GRID00001"}} {
		i.App, i.Token, i.Key, i.At = "A1", []byte("sealed"), "k", time.Now()
		if _, err := st.Install(ctx, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.NoteOrganisation(ctx, "T0SISTER001", "E0GRID00001", time.Now()); err != nil {
		t.Fatal(err)
	}
	db := database{Store: st}
	if got, err := db.workspace(ctx, "T0SISTER001"); got != "T0SISTER001" || err != nil {
		t.Errorf("a workspace of the organisation is %q, %v", got, err)
	}
	if _, err := db.workspace(ctx, "T0STRANGER1"); err == nil || !strings.Contains(err.Error(), "not of T0STRANGER1") {
		t.Errorf("of a stranger it says %v", err)
	}
}
