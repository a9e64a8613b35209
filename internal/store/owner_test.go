package store

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/visit"
)

func open(t *testing.T, file string, owner bool) (*Store, error) {
	t.Helper()
	s, err := Open(context.Background(), Options{URL: file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler), Owner: owner})
	if err == nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, err
}

func TestOnlyOneServesAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "v.db")
	first, err := open(t, file, true)
	if err != nil {
		t.Fatal(err)
	}
	var owned *OwnedError
	if _, err := open(t, file, true); !errors.As(err, &owned) || !strings.Contains(err.Error(), "process ") {
		t.Fatalf("a second one got %v; want to hear who has it", err)
	}
	beside, err := open(t, file, false)
	if err != nil {
		t.Fatalf("another subcommand beside it: %v", err)
	}
	if _, err := beside.AddFactory(context.Background(), visit.Factory{Workspace: "T1", Name: "A"}, noon); err != nil {
		t.Fatal(err)
	}
	first.Close()
	if _, err := open(t, file, true); err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
}

// What was cancelled is rolled back after it has returned. A log that stays behind is in the
// way of a copy that takes the file's place.
func TestCloseWaitsForWhatStillReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "v.db")
		s := must(open(t, file, true))
		must(s.AddFactory(context.Background(), visit.Factory{Workspace: "T1", Name: "A"}, noon))
		rows := must(s.read.Query(`SELECT name FROM factories`))
		if !rows.Next() {
			t.Fatal("there is no factory")
		}
		go func() {
			time.Sleep(20 * time.Millisecond)
			rows.Close()
		}()
		if err := s.Close(); err != nil || logBeside(file) != "" {
			t.Errorf("%q stays behind, %v", logBeside(file), err)
		}
	})
}

// A file has one lock, whatever it is called.
func TestTheLockBelongsToTheFile(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{os.Mkdir(at("data"), 0o700), os.Symlink("data", at("linked")), os.Symlink(at("data/v.db"), at("v.db"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	first, err := open(t, at("v.db"), true) // a link to what is not there yet
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Link(at("data/v.db"), at("data/hard.db")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("hard.db", at("data/both.db")); err != nil {
		t.Fatal(err)
	}
	working, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(working, at("data/v.db"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{at("v.db"), at("data/v.db"), at("linked/v.db"), at("data/../data/v.db"), relative, at("data/hard.db"), at("linked/both.db")}
	for _, name := range names {
		var owned *OwnedError
		if _, err := open(t, name, true); !errors.As(err, &owned) {
			t.Errorf("as %s it was opened, or not for another: %v", name, err)
		}
	}
	if _, err := first.AddFactory(context.Background(), visit.Factory{Workspace: "T1", Name: "A"}, noon); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"v.db-wal", "v.db.lock", "linked/hard.db-wal"} {
		if _, err := os.Lstat(at(name)); err == nil {
			t.Errorf("%s lies beside a link", name)
		}
	}
	first.Close()
	// A log lies beside each hard link, so nothing opens a file that has two, owner or not.
	for _, name := range names {
		for _, owner := range []bool{true, false} {
			if _, err := open(t, name, owner); err == nil || !strings.Contains(err.Error(), "has another name as well") {
				t.Errorf("as %s, with a hard link beside it, it was opened: %v", name, err)
			}
		}
	}
	for _, name := range []string{"data/hard.db", "data/both.db"} {
		if err := os.Remove(at(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names[:len(names)-2] {
		s, err := open(t, name, true)
		if err != nil {
			t.Fatalf("after that, as %s: %v", name, err)
		}
		if fs, err := s.Factories(context.Background(), "T1"); err != nil || len(fs) != 1 {
			t.Errorf("as %s it has %v, %v", name, fs, err)
		}
		s.Close()
	}
}

// What the database holds is for the account that runs the program.
func TestANewDatabaseIsItsOwnersOnly(t *testing.T) {
	for _, owner := range []bool{true, false} {
		dir := t.TempDir()
		s, err := open(t, filepath.Join(dir, "v.db"), owner)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddFactory(context.Background(), visit.Factory{Workspace: "T1", Name: "A"}, noon); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"v.db", "v.db-wal", "v.db-shm"} {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
	}
}

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	s, err := open(t, filepath.Join(dir, "v.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if _, err := s.AddFactory(ctx, visit.Factory{Workspace: "T1", Name: "宁波光明"}, noon); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "copy.db")
	if err := s.Backup(ctx, copied); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(ctx, copied); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("over a file that exists: %v", err)
	}
	c, err := open(t, copied, true)
	if err != nil {
		t.Fatal(err)
	}
	if fs, err := c.Factories(ctx, "T1"); err != nil || len(fs) != 1 || fs[0].Name != "宁波光明" {
		t.Errorf("the copy has %v, %v", fs, err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".visitprep-backup-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := os.Stat(copied); err != nil {
		t.Error(err)
	}
}
