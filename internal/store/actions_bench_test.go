package store

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/pgtest"
	"visitprep/internal/visit"
)

// fillActions writes factories with a visit, ten inspections and 100 findings each, of which every
// tenth has a photo, half are verified, a few more wait for an answer, and a twentieth is of one defect.
func fillActions(b *testing.B, s *Store, factories int) {
	b.Helper()
	at := fmt.Sprintf(`RECURSIVE at(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM at WHERE n < %d)`, factories)
	each := func(n int) string {
		return fmt.Sprintf(`, xs(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM xs WHERE x < %d)`, n-1)
	}
	const channel, due = `'C' || (n % 10)`, `'2027-0' || (n % 9 + 1) || '-0' || (x % 9 + 1)`
	const facts = `'{"State":"' || CASE WHEN x < 50 THEN 'verified' ELSE 'open' END || '","Due":"' || ` + due + ` || '","Asked":"2027-01-01T00:00:00Z","VerifiedAt":"2026-04-25T00:00:00Z"}'`
	for _, q := range []string{
		`INSERT INTO factories (workspace, number, name, chinese, city, address, zone, contacts, removed, rev)
			WITH ` + at + ` SELECT 'T1', n, 'Works ' || n, '', 'Ningbo', '', 'Asia/Shanghai', '', false, 1 FROM at`,
		`INSERT INTO visits (workspace, number, rev, schedule, factory, purpose, first_day, last_day, channel, private, shared, zone, home, owner, people, agenda, notes, card, cancelled_by, cancelled_at, created_at)
			WITH ` + at + ` SELECT 'T1', n, 1, 1, n, 'first_visit', '2026-03-15', '2026-03-16', ` + channel + `, false, false, 'Asia/Shanghai', 'Europe/Berlin', 'U1', '', '', '', '', '', 0, 0 FROM at`,
		`INSERT INTO inspections (workspace, number, rev, schedule, factory, channel, private, shared, zone, home, owner, card, created_at, plan, type, due_day, planned_day, leads, inspector, order_name, result, reported_by, reported_at, note, lot)
			WITH ` + at + each(10) + ` SELECT 'T1', n * 10 + x, 1, 1, n, ` + channel + `, false, false, 'Asia/Shanghai', 'Europe/Berlin', 'U1', '', 0, 0, 'pre_shipment', '2026-0' || (x % 9 + 1) || '-15', '', '', '', '', 'passed', 'U1', 1, '', '' FROM at, xs`,
		`INSERT INTO findings (workspace, number, rev, of_kind, of_number, channel, factory, kind, severity, text, text_zh, place, bad, checked, requirement, request, defect, item, for_factory, source, made_by, made_at, taken_at, withdrawn_by, withdrawn_at, final)
			WITH ` + at + each(100) + ` SELECT 'T1', n * 100 + x, 1, CASE WHEN x % 5 = 0 THEN 'visit' ELSE 'inspection' END, CASE WHEN x % 5 = 0 THEN n ELSE n * 10 + x % 10 END, '', '', 'product', 'minor', 'Scratch', '', '', 1, 50, '', '', 'defect-' || (x % 20), 0, true, 's' || (n * 100 + x), 'U1', 1771000000000, 0, '', 0, false FROM at, xs`,
		`INSERT INTO actions (workspace, finding, rev, state, due, reviewer, facts)
			WITH ` + at + each(60) + ` SELECT 'T1', n * 100 + x, 1, CASE WHEN x < 50 THEN 'verified' ELSE 'open' END, ` + due + `, 'U1', ` + facts + ` FROM at, xs`,
		`INSERT INTO photos (workspace, id, finding, file_id, permalink, name, state, why, tries, retry_at, width, height, sha256, taken_at, cleared_by, cleared_at, left_out, crop)
			WITH ` + at + each(10) + ` SELECT 'T1', n * 10 + x, n * 100 + x * 10, 'F' || (n * 10 + x), '', '', 'kept', '', 0, 0, 1280, 960, '', 0, '', 0, false, '' FROM at, xs`,
		`INSERT INTO counters (workspace, name, last) VALUES ('T1', 'finding', ` + fmt.Sprint(factories*100+1000) + `)`,
	} {
		if _, err := s.write.Exec(q); err != nil {
			b.Fatalf("%v\n%s", err, q)
		}
	}
	if s.postgres {
		if _, err := s.write.Exec("ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkActions is what the findings of one factory cost among those of all: 1,000 in a workspace
// with ten factories, and 200,000 with 2,000.
func BenchmarkActions(b *testing.B) {
	for _, db := range []struct {
		name string
		url  func() string
	}{
		{"SQLite", func() string { return filepath.Join(b.TempDir(), "v.db") }},
		{"PostgreSQL", func() string { return pgtest.URL(b) }},
	} {
		for _, factories := range []int{10, 2000} {
			b.Run(fmt.Sprintf("%s/%d-findings", db.name, factories*100), func(b *testing.B) {
				s := opened(b, db.url())
				fillActions(b, s, factories)
				ctx, n := context.Background(), 0
				run := func(name string, f func() error) {
					b.Run(name, func(b *testing.B) {
						var took []time.Duration
						for b.Loop() {
							from := time.Now()
							n++
							if err := f(); err != nil {
								b.Fatal(err)
							}
							took = append(took, time.Since(from))
						}
						slices.Sort(took)
						b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
					})
				}
				log := func(defect string) func() error {
					return func() error {
						f := visit.Finding{Workspace: "T1", Subject: "inspection/41", Kind: visit.OfProduct, Severity: visit.Minor, Text: "Scratch", Defect: defect, Source: fmt.Sprint("bench ", n), By: "U1"}
						_, _, err := s.AddFinding(ctx, f, noon)
						return err
					}
				}
				run("a-finding-without-a-defect", log(""))
				run("a-finding-with-a-defect", log("defect-99"))
				run("an-agreement", func() error {
					a := visit.Agreement{Workspace: "T1", Factory: visit.Factory{Number: 5, Name: "Works 5"}, Place: visit.Place{Channel: "C5", Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"}, Owner: "U1", By: "U1",
						Kind: visit.Framework, Title: fmt.Sprint("Lamps ", n), Signed: civil.On(2027, 1, 2), Starts: civil.On(2027, 1, 3), Ends: civil.On(2027, 12, 31)}
					_, err := s.AddAgreement(ctx, a, noon)
					return err
				})
				run("the-findings-of-an-inspection", func() error {
					fs, err := s.Findings(ctx, "T1", "inspection/61")
					if err == nil && len(fs) != 10 {
						err = fmt.Errorf("there are %d", len(fs))
					}
					return err
				})
				run("the-actions-of-a-factory", func() error {
					as, err := s.Actions(ctx, "T1", ActionFilter{At: 6})
					if err == nil && len(as) != 100 {
						err = fmt.Errorf("there are %d", len(as))
					}
					return err
				})
				open := ActionFilter{Channels: []string{"C0", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9"}, Live: true}
				run("all-that-are-open", func() error {
					_, err := s.Actions(ctx, "T1", open)
					return err
				})
				run("a-page-of-them", func() error {
					page, n, err := s.ActionsPage(ctx, "T1", open, func(*visit.ActionOf) bool { return true }, 20, 10)
					if err == nil && (len(page) != 10 || n < factories*50) {
						err = fmt.Errorf("there are %d of %d", len(page), n)
					}
					return err
				})
				run("those-of-a-name-in-a-channel", func() error {
					as, err := s.Actions(ctx, "T1", ActionFilter{Factory: "Works 6", Channels: []string{"C6"}, Live: true})
					if err == nil && len(as) != 50 {
						err = fmt.Errorf("there are %d", len(as))
					}
					return err
				})
			})
		}
	}
}
