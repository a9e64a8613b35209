package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/visit"
)

// FuzzRestore has any bytes as a copy to put back: a whole copy of which a part is another, one
// that is cut off, or something else. What is refused leaves the database as it was, with locks
// beside it at most; what is put back can be opened, and the old one is kept.
func FuzzRestore(f *testing.F) {
	dir := f.TempDir()
	file, copied := filepath.Join(dir, "v.db"), filepath.Join(dir, "copy.db")
	options := Options{URL: file, Timing: visit.DefaultTiming(), Logger: nobody}
	s, err := Open(context.Background(), options)
	if err != nil {
		f.Fatal(err)
	}
	must(s.PlanVisit(context.Background(), sampleVisit("T1"), noon))
	if err := errors.Join(s.Backup(context.Background(), copied), s.Close()); err != nil {
		f.Fatal(err)
	}
	served, good := must(os.ReadFile(file)), must(os.ReadFile(copied))
	os.RemoveAll(dir) // what a try leaves is all there is

	f.Add([]byte(nil), uint32(0), []byte(nil), uint32(0)) // the copy itself
	f.Add([]byte("SQLite format 3\x00"), uint32(0), []byte(nil), uint32(0))
	f.Add([]byte("PGDMP"), uint32(0), []byte(nil), uint32(0))
	f.Add(bytes.Repeat([]byte{0}, 5000), uint32(0), []byte(nil), uint32(0))
	for _, at := range []uint32{0, 16, 18, 24, 28, 32, 36, 44, 52, 56, 60, 68, 96, 100, 103, 105} { // of the head, by SQLite's file format
		f.Add([]byte(nil), at, []byte("\xff\xff\xff\xff"), uint32(0))
	}
	for page := range uint32(len(good) / 4096) {
		f.Add([]byte(nil), page*4096, []byte("\x0d\xff\xff\xff\xff\xff\xff\xff\x00\x01\x00\x01"), uint32(0))
		f.Add([]byte(nil), page*4096+4000, bytes.Repeat([]byte("\x81"), 90), uint32(0))
	}
	for _, change := range []struct{ old, other string }{ // in the text of the tables, which SQLite parses
		{"CREATE TABLE restored", "CREATE TABLE ressored"}, {"CREATE TABLE visits", "CREATE TABEL visits"}, {"CREATE TABLE counters", "CREATE TABLE sqlite_x"}, {"CREATE INDEX", "CREATE VIEWS"}, {"2027-03-15", "2027-99-99"},
		{"copied_at", "copied_ax"}, {"NOT NULL", "NOT NULI"}, {"state", "stabe"},
	} {
		if at := bytes.Index(good, []byte(change.old)); at >= 0 {
			f.Add([]byte(nil), uint32(at), []byte(change.other), uint32(0))
		} else {
			f.Fatalf("the copy has no %q", change.old)
		}
	}
	f.Add([]byte(nil), uint32(0), []byte(nil), uint32(len(good)-1))
	f.Add([]byte(nil), uint32(0), []byte(nil), uint32(len(good)/2))
	f.Fuzz(func(t *testing.T, other []byte, at uint32, part []byte, size uint32) {
		data := other
		if len(other) == 0 {
			data = bytes.Clone(good)
			copy(data[int(at)%len(data):], part)
			if size > 0 {
				data = data[:min(len(data), int(size))]
			}
		}
		if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(file, served, 0o600), os.WriteFile(copied, data, 0o600)); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		defer stop()
		r, err := Restore(ctx, Options{URL: file, Logger: nobody}, copied, early)
		if ctx.Err() != nil {
			t.Fatal("it takes too long")
		}
		if got := must(os.ReadFile(copied)); !bytes.Equal(got, data) {
			t.Error("the copy was changed")
		}
		if err != nil {
			if got := must(os.ReadFile(file)); !bytes.Equal(got, served) {
				t.Errorf("it is refused (%v), and the database is another", err)
			}
			for _, e := range must(os.ReadDir(dir)) {
				if n := e.Name(); n != "v.db" && n != "copy.db" && !slices.Contains([]string{".lock", ".migrate", ".import"}, strings.TrimPrefix(n, "v.db")) {
					t.Errorf("it is refused (%v), and leaves %s", err, n)
				}
			}
			if !strings.Contains(err.Error(), copied) {
				t.Errorf("it is refused without its name: %v", err)
			}
			return
		}
		if len(r.Kept) != 1 || !bytes.Equal(must(os.ReadFile(r.Kept[0])), served) {
			t.Errorf("the old database is kept as %q", r.Kept)
		}
		s, err := Open(ctx, options)
		if err != nil {
			t.Fatalf("what was put back cannot be opened: %v", err)
		}
		s.Visits(ctx, "T1", Filter{Cancelled: true}) // what is in a cell may be anything
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
