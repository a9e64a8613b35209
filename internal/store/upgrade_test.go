package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"visitprep/internal/pgtest"
	"visitprep/internal/visit"
)

// TestTheFirstMigrationIsFrozen: a database that ran it never runs it again, so
// whatever is edited there reaches new databases only.
func TestTheFirstMigrationIsFrozen(t *testing.T) {
	const frozen = "92ad8ab2ddf4c51bcb8301552126d346043fac921d21c27d83b456dd245e37e6"
	text, err := migrations.ReadFile("migrations/0001_begin.sql")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != frozen {
		t.Error("migrations/0001_begin.sql has changed: put it back and add 0002 (or the next free number) instead")
	}
}

// TestUpgrade opens a database that version 0.1.0 (commit 04e5bb2) left behind, with
// one of everything in it, and expects to read what that version read: its answer,
// the same on both engines, is testdata/0.1.0.txt, written by readBack at that commit,
// but for what a later migration changes on purpose.
// The dumps were made by "sqlite3 FILE .dump" and "pg_dump --inserts --no-owner".
func TestUpgrade(t *testing.T) {
	for name, at := range map[string]func(*testing.T) (driver, url string){
		"sqlite":   func(t *testing.T) (string, string) { return "sqlite", filepath.Join(t.TempDir(), "v.db") },
		"postgres": func(t *testing.T) (string, string) { return "pgx", pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			driver, url := at(t)
			restore(t, driver, url, "testdata/0.1.0."+name+".sql")
			s := opened(t, url)
			if got := raw(t, driver, url, ourRows); !slices.Equal(got, allVersions(t)) {
				t.Errorf("%q have been run, want %q", got, allVersions(t))
			}
			if got := raw(t, driver, url, gooseRows); !slices.Equal(got, []string{"0", "1"}) {
				t.Errorf("an older version finds %q in goose_db_version, want what it left", got)
			}
			want, err := os.ReadFile("testdata/0.1.0.txt")
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(string(want), "\n")
			for n, line := range lines { // what people added themselves is for insiders since 0002
				if strings.Contains(line, " own=true ") {
					lines[n] = strings.Replace(line, "sensitive=false", "sensitive=true", 1)
				}
			}
			if diff := cmp.Diff(lines, strings.Split(readBack(t, s), "\n")); diff != "" {
				t.Errorf("the upgraded database reads differently (-0.1.0 +now):\n%s", diff)
			}
			sendUpgraded(t, s)
			changeUpgraded(t, s)
		})
	}
}

func restore(t *testing.T, driver, url, dump string) {
	t.Helper()
	script, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if driver == "pgx" { // a dump empties the search path, and a pooler keeps the connection
		script = append(script, "RESET ALL;"...)
	}
	if _, err := db.Exec(string(script)); err != nil {
		t.Fatalf("restore %s: %v", dump, err)
	}
}

// sendUpgraded plays the dispatcher: every reminder that waited for a day up to the
// first of March is claimed once, what 0.1.0 was sending is looked for, and a pause
// that Slack asked 0.1.0 for still holds.
func sendUpgraded(t *testing.T, s *Store) {
	t.Helper()
	ctx := context.Background()
	now, elapsed := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC), noon.Add(5*time.Minute)
	pauseEnds := noon.Add(10 * time.Minute) // of channel C9
	waiting := make(map[string]int)
	for _, workspace := range []string{"T1", "T2"} {
		for _, o := range must(s.Occurrences(ctx, workspace, OccurrenceFilter{States: []visit.State{visit.Pending}})) {
			if !o.Wake.After(now) {
				waiting[o.Key] = 1
			}
		}
	}
	claimed := make(map[string]int)
	for {
		os := must(s.Claim(ctx, Claim{Owner: "new", Now: now, Elapsed: elapsed, Lease: 30 * time.Second, Limit: 10}))
		if len(os) == 0 && elapsed.After(pauseEnds) {
			break
		}
		for _, o := range os {
			claimed[o.Key]++
			if o.To == "C9" && elapsed.Before(pauseEnds) {
				t.Errorf("%s went to C9 while it was paused", o.Key)
			}
			sent := o
			sent.State, sent.Sent, sent.Settled, sent.TS = visit.Sent, elapsed, now, "1.1"
			if !must(s.Settle(ctx, o, sent)) {
				t.Errorf("%s could not be settled", o.Key)
			}
		}
		elapsed = elapsed.Add(time.Minute)
	}
	if !maps.Equal(claimed, waiting) || claimed["T1/paused"] != 1 || claimed["T1/visit/1/r2/m-28/C1"] != 1 {
		t.Errorf("claimed %v, want each of %v", claimed, waiting)
	}
	must(s.ReleaseExpiredLeases(ctx, elapsed, time.Second))
	var looked []string
	for _, o := range must(s.ClaimUncertain(ctx, Claim{Owner: "new", Elapsed: elapsed.Add(time.Minute), Lease: 30 * time.Second, Limit: 10})) {
		looked = append(looked, o.Key)
	}
	slices.Sort(looked)
	if want := []string{"T1/sending", "T1/uncertain"}; !slices.Equal(looked, want) {
		t.Errorf("%q are looked for, want %q", looked, want)
	}
}

// changeUpgraded moves a visit of 0.1.0, which replaces its reminders, and plans
// another one at the same factory.
func changeUpgraded(t *testing.T, s *Store) {
	t.Helper()
	ctx := context.Background()
	v := must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error {
		v.First, v.Last = v.First.AddDays(1), v.Last.AddDays(1)
		return nil
	}))
	if keys := pending(t, s, "T1", "visit/1"); v.Schedule != 3 || !slices.Equal(keys, wanted(v, noon)) {
		t.Errorf("moved, %q wait, want %q", keys, wanted(v, noon))
	}
	if v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon)); v.Number != 4 || v.Factory.Number != 1 {
		t.Errorf("a new visit has number %d and factory %d, want 4 and 1", v.Number, v.Factory.Number)
	}
}

// readBack reads everything of every workspace through the Store and writes it as
// text, under the names of 0.1.0's columns. Names in Go may change; this is the one
// place in the test of an upgrade that knows them all.
func readBack(t *testing.T, s *Store) string {
	t.Helper()
	ctx := context.Background()
	var b strings.Builder
	at := func(i time.Time) string {
		if i.IsZero() {
			return "-"
		}
		return i.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	mark := func(m visit.Mark) string { return m.By + "@" + at(m.At) }
	place := func(p visit.Place) string {
		return fmt.Sprintf("channel=%s private=%t shared=%t zone=%s home=%s", p.Channel, p.Private, p.Shared, p.Zone, p.ChannelZone)
	}
	list := func(c visit.Checklist) {
		for _, i := range c {
			fmt.Fprintf(&b, "  item %d milestone=%d text=%q advice=%q sensitive=%t owner=%s done=%s skipped=%q own=%t removed=%t\n",
				i.ID, i.Milestone, i.Text, i.Entries, i.Sensitive, i.Owner, mark(i.Done), i.Skipped, i.Custom, i.Removed)
		}
	}
	for _, w := range must(s.Workspaces(ctx)) {
		fmt.Fprintf(&b, "workspace %s\n", w)
		for n := 1; ; n++ {
			f, err := s.Factory(ctx, w, n)
			if errors.Is(err, visit.ErrNotFound) {
				break
			}
			must(f, err)
			fmt.Fprintf(&b, "factory %d name=%q chinese=%q city=%q address=%q zone=%s contacts=%q removed=%t\n",
				f.Number, f.Name, f.Chinese, f.City, f.Address, f.Zone, f.Contacts, f.Removed)
		}
		for _, m := range must(s.Visits(ctx, w, Filter{Cancelled: true})) {
			v := must(s.Visit(ctx, w, m.Number))
			fmt.Fprintf(&b, "visit %d rev=%d schedule=%d factory=%d purpose=%s first=%s last=%s %s owner=%s agenda=%q card=%s cancelled=%s created=%s done=%d/%d\n",
				v.Number, v.Rev, v.Schedule, v.Factory.Number, v.Purpose, v.First, v.Last, place(v.Place), v.Owner, v.Agenda, v.Card, mark(v.Cancelled), at(v.Created), m.Done+m.Skipped, m.All+m.Skipped)
			for _, p := range v.People {
				fmt.Fprintf(&b, "  person user=%s name=%q role=%q\n", p.User, p.Name, p.Role)
			}
			for _, n := range v.Notes {
				fmt.Fprintf(&b, "  note by=%s at=%s text=%q link=%s\n", n.By, at(n.At), n.Text, n.Link)
			}
			list(v.Items)
		}
		for _, p := range must(s.Plans(ctx, w, Filter{Cancelled: true})) {
			fmt.Fprintf(&b, "plan %d rev=%d factory=%d type=%s rule=%q %s leads=%d inspectors=%q owner=%s next=%s made=%d ended=%s created=%s\n",
				p.Number, p.Rev, p.Factory.Number, p.Type, p.Rule, place(p.Place), p.LeadDays, p.Inspectors, p.Owner, p.Next, p.InspectionsMade, mark(p.Ended), at(p.Created))
		}
		for n := 1; ; n++ {
			i, err := s.Inspection(ctx, w, n)
			if errors.Is(err, visit.ErrNotFound) {
				break
			}
			must(i, err)
			fmt.Fprintf(&b, "inspection %d rev=%d schedule=%d plan=%d factory=%d type=%s order=%q due=%s planned=%s %s leads=%d inspector=%s owner=%s result=%s reported=%s note=%q card=%s created=%s\n",
				i.Number, i.Rev, i.Schedule, i.Plan, i.Factory.Number, i.Type, i.Order, i.Due, i.Planned, place(i.Place), i.LeadDays, i.Inspector, i.Owner, i.Result, mark(i.Reported), i.Note, i.Card, at(i.Created))
			list(i.Items)
		}
		for _, k := range []visit.RecurKind{visit.RecurPlan, visit.RecurDigest, visit.RecurTip} {
			for _, sc := range must(s.Schedules(ctx, w, k)) {
				fmt.Fprintf(&b, "schedule %s %s rule=%q zone=%s next=%s rev=%d paused=%t\n", sc.Kind, sc.Subject, sc.Rule, sc.Zone, at(sc.Next), sc.Rev, sc.Paused)
			}
		}
		for _, o := range must(s.Occurrences(ctx, w, OccurrenceFilter{})) {
			fmt.Fprintf(&b, "occurrence %s kind=%s subject=%s schedule=%d milestone=%d day=%s to=%s zone=%s any_hour=%t payload=%q due=%s wake=%s expires=%s state=%s hold=%s owner=%s attempt=%d posted=%s sent=%s ts=%s error=%q repeated=%t\n",
				o.Key, o.Kind, o.Subject, o.Schedule, o.Milestone, o.Day, o.To, o.Zone, o.AnyHour, o.Payload, at(o.Due), at(o.Wake), at(o.Expires), o.State,
				at(o.Hold), o.Owner, o.Attempt, at(o.Posted), at(o.Sent), o.TS, o.Error, o.Repeat)
		}
		for _, id := range []string{"U1", "U2"} {
			if p, err := s.Person(ctx, w, id); err == nil {
				fmt.Fprintf(&b, "person %s zone=%s fixed=%t quiet=%q\n", p.ID, p.Zone, p.Fixed, p.Quiet)
			}
		}
		for _, k := range must(s.Tasks(ctx, w, "U2")) {
			fmt.Fprintf(&b, "task of U2 %s item=%d due=%s\n", k.Subject, k.Item.ID, k.Due())
		}
		for _, f := range must(s.Feedback(ctx, w)) {
			fmt.Fprintf(&b, "feedback %s helpful=%d not=%d last=%s\n", f.Entry, f.Helpful, f.Not, at(f.Last))
		}
		fmt.Fprintf(&b, "tips seen in C1 %q\n", slices.Sorted(maps.Keys(must(s.SeenTips(ctx, w, "C1")))))
		if d, err := s.Draft(ctx, w, "d1"); err == nil {
			fmt.Fprintf(&b, "draft %s person=%s kind=%s body=%s kept=%s\n", d.ID, d.Person, d.Kind, d.Body, at(d.Kept))
		}
	}
	return b.String()
}
