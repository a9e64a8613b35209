package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
)

func TestStatementsAreParsedOnce(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "v.db")
	s := opened(t, path)
	for range 2 { // the second is at a factory that is there
		if _, err := s.PlanVisit(ctx, sampleVisit("T1"), noon); err != nil {
			t.Fatal(err)
		}
	}
	met := len(s.write.cache)
	if met == 0 {
		t.Error("planning visits left no statement")
	}
	if _, err := s.PlanVisit(ctx, sampleVisit("T1"), noon); err != nil {
		t.Fatal(err)
	}
	if n := len(s.write.cache); n != met {
		t.Errorf("planning a third visit: %d statements, %d before", n, met)
	}

	// Another process changes a table under them.
	db, err := sql.Open("sqlite", sqliteName(path, false))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := s.Visit(ctx, "T1", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`ALTER TABLE visits ADD COLUMN weather TEXT NOT NULL DEFAULT ''`); err != nil {
		t.Fatal(err)
	}
	if v, err := s.PlanVisit(ctx, sampleVisit("T1"), noon); err != nil || v.Number != 4 {
		t.Errorf("plan a visit in a table that changed: number %d, %v", v.Number, err)
	}
	if v, err := s.Visit(ctx, "T1", 4); err != nil || len(v.Items) == 0 {
		t.Errorf("read a visit of a table that changed: %d items, %v", len(v.Items), err)
	}
}

func TestMoreStatementsThanAreKept(t *testing.T) {
	ctx := context.Background()
	s := opened(t, filepath.Join(t.TempDir(), "v.db"))
	var readers sync.WaitGroup
	for range maxReaders { // each meets the same texts at the same time
		readers.Go(func() {
			for i := range maxStatements + 50 {
				var n int
				if err := s.read.QueryRowContext(ctx, fmt.Sprintf(`SELECT %d`, i)).Scan(&n); err != nil || n != i {
					t.Errorf("statement %d answers %d, %v", i, n, err)
				}
			}
		})
	}
	readers.Wait()
	if n := len(s.read.cache); n != maxStatements {
		t.Errorf("%d statements are cached, want %d", n, maxStatements)
	}
}

// Whoever reads keeps few pages of the file, so that the program's memory does not grow with it.
func TestReadersKeepFewPages(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "v.db"))
	for pragma, want := range map[string]int{"cache_size": -512, "query_only": 1} {
		var got int
		if err := s.read.QueryRowContext(context.Background(), `PRAGMA `+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", pragma, got, err, want)
		}
	}
}

func TestAStatementThatCannotBeParsed(t *testing.T) {
	ctx := context.Background()
	s := opened(t, filepath.Join(t.TempDir(), "v.db"))
	for range 2 {
		var n int
		if err := s.read.QueryRowContext(ctx, `SELECT no_such FROM visits`).Scan(&n); err == nil {
			t.Error("read: no error")
		}
		err := s.change(ctx, "try", func(t *txn) error {
			_, err := t.ExecContext(ctx, `UPDATE visits SET no_such = 1`)
			return err
		})
		if err == nil {
			t.Error("write: no error")
		}
	}
}
