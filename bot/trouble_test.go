package bot

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// TestAnotherProcessHoldsTheDatabase has a second process keep a transaction open
// while somebody saves a form: nothing that was typed is lost, and once the other is
// done the same form saves. SQLite's patience of 2 s and the 2.5 s of a form are close
// together: only in a bubble does a busy machine not make them one.
func TestAnotherProcessHoldsTheDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess)
		path := filepath.Join(t.TempDir(), "v.db")
		kept, err := store.Open(context.Background(), store.Options{URL: path, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { kept.Close() })
		s.bot.o.Store = kept
		s.keepPosting(kept)
		other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()

		s.command(mia, sourcing, "/visit-prep plan")
		v := s.modal(mia, "Factory's name")
		s.enter(mia, v, fieldName, "Ningbo Bright Metal")
		s.enter(mia, v, fieldPurpose, "first_visit")
		s.enter(mia, v, fieldFirst, inDays(60))
		tx, err := other.Begin()
		if err != nil {
			t.Fatal(err)
		}
		s.send(mia, v)
		said := ""
		s.until("the form says what to do", func() bool {
			for _, words := range s.errorsIn(mia) {
				said = words
			}
			return said != ""
		})
		ref := regexp.MustCompile(`reference ([^ .]+)`).FindStringSubmatch(said)
		if !strings.Contains(said, "nothing has changed") || ref == nil {
			t.Fatalf("the form says %q", said)
		}
		if !strings.Contains(s.log.String(), ref[1]) || !strings.Contains(s.log.String(), "locked") {
			t.Errorf("the log does not have the cause under %s:\n%s", ref[1], s.log)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		s.send(mia, v)
		s.planned(mia)
		s.untilSays(mia, sourcing, "Visit 1: Ningbo Bright Metal")
		vs, err := kept.Visits(context.Background(), s.TeamID(), storeFilter())
		if err != nil || len(vs) != 1 {
			t.Errorf("%d visits, %v", len(vs), err)
		}
	})
}
