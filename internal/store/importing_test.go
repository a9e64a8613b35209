package store

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visitprep/internal/visit"
)

// Nobody waits for an import: while somebody else writes for longer than a form waits, it tries
// again. A form does not.
func TestAnImportTriesAgain(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "v.db")
	holder := opened(t, file)
	tx, err := holder.write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	importer, err := Open(t.Context(), Options{URL: file, Importing: true, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { importer.Close() })
	form := opened(t, file)
	let := time.AfterFunc(2500*time.Millisecond, func() { tx.Rollback() }) // a form has been refused by then
	defer let.Stop()
	refused := make(chan error, 1)
	go func() { _, err := form.PlanVisit(context.Background(), sampleVisit("T1"), noon); refused <- err }()
	if n, err := importer.Import(t.Context(), []visit.Visit{sampleVisit("T1")}, nil, noon); err != nil || n != 1 {
		t.Errorf("it recorded %d, %v", n, err)
	}
	if err := <-refused; err == nil {
		t.Error("the form waited too: this test shows nothing")
	}
}

// What an import writes while a copy is put in the database's place would go with the old file.
func TestNothingIsPutBackBesideAnImport(t *testing.T) {
	dir := t.TempDir()
	file, backup := filepath.Join(dir, "v.db"), filepath.Join(dir, "copy.db")
	s := opened(t, file)
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	s.Close()
	o := Options{URL: file, Importing: true, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)}
	importer, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("two imports cannot go on side by side: %v", err)
	}
	second.Close()
	if _, err := Restore(t.Context(), Options{URL: file, Logger: o.Logger}, backup, noon); err == nil || !strings.Contains(err.Error(), "an import writes to it") {
		t.Errorf("beside an import the restore says %v", err)
	}
	importer.Close()
	if _, err := Restore(t.Context(), Options{URL: file, Logger: o.Logger}, backup, noon); err != nil {
		t.Errorf("after it: %v", err)
	}
}
