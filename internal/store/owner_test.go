package store

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	if _, err := beside.AddFactory(context.Background(), visit.Factory{Workspace: "T1", Name: "A"}); err != nil {
		t.Fatal(err)
	}
	first.Close()
	if _, err := open(t, file, true); err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
}

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	s, err := open(t, filepath.Join(dir, "v.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if _, err := s.AddFactory(ctx, visit.Factory{Workspace: "T1", Name: "宁波光明"}); err != nil {
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
