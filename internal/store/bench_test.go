package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/pgtest"
	"visitprep/internal/visit"
)

// fill writes visits straight into the tables: the benchmarks measure reading.
func fill(b *testing.B, s *Store, workspaces, each int) {
	b.Helper()
	ctx := context.Background()
	for w := range workspaces {
		err := s.change(ctx, "fill", func(t *txn) error {
			team := fmt.Sprintf("T%d", w)
			var visits, items [][]any
			for n := 1; n <= each; n++ {
				first := civil.On(2027, 1, 1).AddDays(n)
				visits = append(visits, []any{team, n, 1, 1, 1, "first_visit", first.String(), first.AddDays(1).String(), fmt.Sprintf("C%d", n%10), false, false, "Asia/Shanghai", "Asia/Shanghai", "U1", "", "", "", "", "", 0, 0})
				for i := 1; i <= 4; i++ {
					items = append(items, []any{team, fmt.Sprintf("visit/%d", n), i, -7, "do it", "", false, fmt.Sprintf("U%d", i), "", 0, "", false, false})
				}
			}
			if err := t.insert(ctx, "factories (workspace, number, name, chinese, city, address, zone, contacts, removed, rev)", [][]any{{team, 1, "A", "", "", "", "Asia/Shanghai", "", false, 1}}, ""); err != nil {
				return err
			}
			if err := t.insert(ctx, "visits (workspace, number, rev, schedule, factory, purpose, first_day, last_day, channel, private, shared, zone, home, owner, people, agenda, notes, card, cancelled_by, cancelled_at, created_at)", visits, ""); err != nil {
				return err
			}
			return t.insert(ctx, "items (workspace, subject, id, milestone, text, advice, sensitive, owner, done_by, done_at, skipped, own, removed)", items, "")
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNextVisit is what /visit-prep in a channel costs the database, with ten
// visits and with 100,000 in 1,000 workspaces (which have 400,000 items).
func BenchmarkNextVisit(b *testing.B) {
	for _, db := range []struct {
		name string
		url  func() string
	}{
		{"SQLite", func() string { return filepath.Join(b.TempDir(), "v.db") }},
		{"PostgreSQL", func() string { return pgtest.URL(b) }},
	} {
		for _, size := range []struct{ workspaces, each int }{{1, 10}, {1000, 100}} {
			b.Run(fmt.Sprintf("%s/%d-visits", db.name, size.workspaces*size.each), func(b *testing.B) {
				s := opened(b, db.url())
				fill(b, s, size.workspaces, size.each)
				if s.postgres {
					if _, err := s.write.Exec("ANALYZE"); err != nil {
						b.Fatal(err)
					}
				}
				ctx := context.Background()
				var took []time.Duration
				for b.Loop() {
					from := time.Now()
					if _, err := s.NextVisit(ctx, "T0", "C5", civil.On(2027, 1, 2)); err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(from))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			})
		}
	}
}

// BenchmarkTasks lists the 500 open items of one person in a workspace with 500
// visits and 2,000 items.
func BenchmarkTasks(b *testing.B) {
	s := opened(b, filepath.Join(b.TempDir(), "v.db"))
	fill(b, s, 1, 500)
	for b.Loop() {
		if ts, err := s.Tasks(context.Background(), "T0", "U1"); err != nil || len(ts) != 500 {
			b.Fatalf("%d tasks, %v", len(ts), err)
		}
	}
}

// BenchmarkTasksDone lists what a person has ticked lately, which Home shows, with four items
// to a visit.
func BenchmarkTasksDone(b *testing.B) {
	for _, visits := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprintf("%d-visits", visits), func(b *testing.B) {
			s := opened(b, filepath.Join(b.TempDir(), "v.db"))
			fill(b, s, 1, visits)
			if _, err := s.write.Exec("UPDATE items SET done_by = 'U1', done_at = $1 WHERE id = 1 AND subject = 'visit/7'", millis(noon)); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if ts, err := s.TasksDone(context.Background(), "T0", "U1", noon.AddDate(0, 0, -1)); err != nil || len(ts) != 1 {
					b.Fatalf("%d done, %v", len(ts), err)
				}
			}
		})
	}
}

// BenchmarkRewrite writes a file anew, as the end of forgetting does, with 100 visits and 400 items in each
// of so many workspaces.
func BenchmarkRewrite(b *testing.B) {
	for _, workspaces := range []int{10, 100, 1000, 5000} {
		b.Run(fmt.Sprintf("%d-workspaces", workspaces), func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "v.db")
			s := opened(b, file)
			fill(b, s, workspaces, 100)
			for b.Loop() {
				if err := s.Rewrite(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			info, err := os.Stat(file)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/(1<<20), "MiB")
		})
	}
}

// BenchmarkPlanVisit records a whole visit, 40 items and its reminders in one
// transaction, beside one append-and-fsync on the same disk.
func BenchmarkPlanVisit(b *testing.B) {
	dir := b.TempDir()
	s := opened(b, filepath.Join(dir, "v.db"))
	f, err := os.Create(filepath.Join(dir, "plain"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	v := sampleVisit("T1")
	v.First = civil.Of(noon).AddDays(10) // eight reminders: one for what is past, two before, the day, four after
	v.Last = v.First
	v.Items = nil
	for i := range 40 {
		v.Items = append(v.Items, visit.Item{ID: i + 1, Milestone: visit.Milestone([]int{-56, -28, -14, -7, -1, 0, 1, 7}[i%8]), Text: fmt.Sprintf("%s, number %d", strings.Repeat("do this ", 5), i), Entries: []string{"quality-licence"}})
	}
	ctx := context.Background()
	v.Factory.Workspace = "T1"
	if v.Factory, err = s.AddFactory(ctx, v.Factory, noon); err != nil { // picked from the menu
		b.Fatal(err)
	}
	var planned, appended []time.Duration
	for b.Loop() {
		from := time.Now()
		if _, err := s.PlanVisit(ctx, v, noon); err != nil {
			b.Fatal(err)
		}
		planned = append(planned, time.Since(from))
		from = time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		appended = append(appended, time.Since(from))
	}
	slices.Sort(planned)
	slices.Sort(appended)
	p, a := planned[len(planned)/2], appended[len(appended)/2]
	os_, err := s.Occurrences(ctx, "T1", OccurrenceFilter{Subject: "visit/1"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(p.Microseconds()), "plan-p50-µs")
	b.ReportMetric(float64(a.Microseconds()), "fsync-p50-µs")
	b.ReportMetric(float64(p)/float64(a), "plan/fsync")
	b.ReportMetric(float64(len(os_)), "reminders")
}

// BenchmarkBehindAPooler plans a visit and claims a reminder by turns on a PostgreSQL, directly
// and behind pgbouncer, in each of the driver's modes that works there.
func BenchmarkBehindAPooler(b *testing.B) {
	type way struct {
		name           string
		s              *Store
		plan, claim    []time.Duration
		planned, taken time.Duration
	}
	ways := []*way{{name: "direct", s: opened(b, pgtest.URL(b))}, {name: "pooled", s: opened(b, pgtest.Pooled(b))}}
	for _, mode := range []string{"cache_describe", "simple_protocol"} {
		ways = append(ways, &way{name: mode, s: opened(b, pgtest.Pooled(b)+"&default_query_exec_mode="+mode)})
	}
	ctx := context.Background()
	v := sampleVisit("T1")
	v.First = civil.Of(noon).AddDays(10)
	v.Last = v.First
	at := noon
	for b.Loop() {
		for _, w := range ways {
			from := time.Now()
			if _, err := w.s.PlanVisit(ctx, v, noon); err != nil {
				b.Fatal(err)
			}
			w.plan = append(w.plan, time.Since(from))
			from = time.Now()
			os, err := w.s.Claim(ctx, Claim{Owner: "one", Now: noon.AddDate(0, 0, 5), Elapsed: at, Lease: 30 * time.Second, Limit: 1})
			if err != nil || len(os) != 1 {
				b.Fatal(len(os), err)
			}
			w.claim = append(w.claim, time.Since(from))
			sent := os[0]
			sent.State, sent.Sent, sent.TS = visit.Sent, at, "1.1"
			if ok, err := w.s.Settle(ctx, os[0], sent); err != nil || !ok {
				b.Fatal(ok, err)
			}
		}
		at = at.Add(time.Minute)
	}
	for n, w := range ways {
		slices.Sort(w.plan)
		slices.Sort(w.claim)
		w.planned, w.taken = w.plan[len(w.plan)/2], w.claim[len(w.claim)/2]
		if n == 0 {
			b.ReportMetric(float64(w.planned.Microseconds()), "plan-p50-µs")
			b.ReportMetric(float64(w.taken.Microseconds()), "claim-p50-µs")
			continue
		}
		b.ReportMetric(float64(w.planned)/float64(ways[0].planned), w.name+"-plan/direct")
		b.ReportMetric(float64(w.taken)/float64(ways[0].taken), w.name+"-claim/direct")
	}
}
