package bot

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// TestAReportDoesNotStandInTheWayOfTheNext: where the database was away just when its message was
// posted, or given up, its row says for ever that it is being made.
func TestAReportDoesNotStandInTheWayOfTheNext(t *testing.T) {
	t.Parallel()
	for state, want := range map[visit.State]visit.ReportState{visit.Sent: visit.ReportShown, visit.Dead: visit.ReportLost, visit.Expired: visit.ReportLost} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			ctx := context.Background()
			i := s.inspectedToday(sourcing)
			command := fmt.Sprintf("/inspection report %d", i.Number)
			expect(t, s.command(mia, sourcing, command), "Making the report…")
			expect(t, s.command(mia, sourcing, command), "is being made already")
			var ts string
			for _, o := range must(s.bot.o.Store.Occurrences(ctx, s.TeamID(), store.OccurrenceFilter{Kinds: []visit.Kind{visit.NewReport}})) {
				over := o
				over.State, over.TS, over.Sent, ts = state, "1.2", time.Now(), "1.2"
				must(s.bot.o.Store.Settle(ctx, o, over))
			}
			if state != visit.Sent {
				ts = ""
			}
			if m := s.command(mia, sourcing, command); !strings.Contains(says(m), "Making the report…") {
				t.Errorf("asked for again it says\n%s", says(m))
			}
			rs := must(s.bot.o.Store.Reports(ctx, s.TeamID(), i.Subject()))
			if len(rs) != 2 || rs[1].State != want || rs[1].TS != ts || rs[0].Settled() {
				t.Fatalf("the reports are %+v", rs)
			}
			s.handIn()
			if fs := s.files(mia, sourcing); len(fs) != 2 {
				t.Errorf("there are %d files of the new one", len(fs))
			}
		})
	}
}

// TestAReportThatCouldNotBeNotedIsAskedForAgain: nobody is told that it is being made already.
func TestAReportThatCouldNotBeNotedIsAskedForAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	file := filepath.Join(t.TempDir(), "visits.db")
	kept, err := store.Open(t.Context(), store.Options{URL: file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	done(t, err)
	t.Cleanup(func() { kept.Close() })
	s.bot.o.Store = kept
	i := s.inspectedToday(sourcing)
	db := must(sql.Open("sqlite", "file:"+file))
	t.Cleanup(func() { db.Close() })
	must(db.Exec(`CREATE TRIGGER full BEFORE INSERT ON reports BEGIN SELECT RAISE(FAIL, 'no room'); END`))
	who := caller{team: s.TeamID(), user: mia, channel: sourcing}
	if m, err := s.bot.reports.ask(t.Context(), who, wish{about: i.Subject()}); err == nil {
		t.Errorf("a report that is not noted says\n%s", m.Text)
	}
	must(db.Exec(`DROP TRIGGER full`))
	m, err := s.bot.reports.ask(t.Context(), who, wish{about: i.Subject()})
	if err != nil || !strings.Contains(m.Text.String(), "Making the report…") {
		t.Errorf("asked for again it says\n%s, %v", m.Text, err)
	}
}
