package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"visitprep/internal/pgtest"
	"visitprep/internal/visit"
)

// busy has people plan and move visits, photos arrive and tokens change, as fast as the database takes it,
// while it runs work, and returns once they have stopped.
func busy(t *testing.T, s *Store, work func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	begun := make(chan struct{}, 100)
	writer := func(write func(n int) error) {
		writers.Go(func() {
			for n := 1; ctx.Err() == nil; n++ {
				if err := write(n); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
				select {
				case begun <- struct{}{}:
				default:
				}
			}
		})
	}
	all := context.Background()
	first := must(s.PlanVisit(all, sampleVisit("T1"), noon))
	writer(func(int) error { _, err := s.PlanVisit(all, sampleVisit("T1"), noon); return err })
	writer(func(n int) error {
		_, err := s.ChangeVisit(all, "T1", first.Number, noon, func(v *visit.Visit) error {
			v.First, v.Last = v.First.AddDays(1-2*(n%2)), v.Last.AddDays(1-2*(n%2))
			return nil
		})
		return err
	})
	writer(func(n int) error {
		f, _, err := s.AddFinding(all, sampleFinding("T1", fmt.Sprintf("D%d:1", n), "F1"), noon)
		if err != nil || len(f.Photos) == 0 {
			return err
		}
		jpeg := []byte(strings.Repeat(fmt.Sprintf("\xff\xd8\x00 %d ", n), 2000))
		sum := sha256.Sum256(jpeg)
		_, _, err = s.KeepPhoto(all, "T1", f.Photos[0].ID, Copy{JPEG: jpeg, W: 4, H: 3, SHA256: hex.EncodeToString(sum[:])})
		return err
	})
	writer(func(n int) error {
		sealed := []byte(fmt.Sprintf("\x00sealed %d", n))
		_, err := s.write.ExecContext(all, `INSERT INTO installations (workspace, organisation, app, bot_user, name, scopes, token, refresh, expires_at, key_id, turn, refresh_until, installed_by, installed_at, ended_at, ended_why)
			VALUES ('T1', '', 'A1', 'UB', 'n', '', $1, $1, 0, 'k', $2, 0, 'U1', 1, 0, '') ON CONFLICT (workspace) DO UPDATE SET token = $1, refresh = $1, turn = $2`, sealed, n)
		return err
	})
	for range 40 {
		<-begun
	}
	work()
	for range 20 {
		<-begun
	}
	stop()
	writers.Wait()
}

// holdsWhole fails where the database holds a part of what was written in one transaction.
func holdsWhole(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	var visits, last, newest, cards, stale, photos, turn int
	var token, refresh []byte
	if err := s.read.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM visits), (SELECT last FROM counters WHERE name = 'visit'), (SELECT MAX(number) FROM visits),
		(SELECT COUNT(*) FROM occurrences WHERE kind = 'card' AND subject LIKE 'visit/%'),
		(SELECT COUNT(*) FROM occurrences o JOIN visits v ON v.workspace = o.workspace AND o.subject = 'visit/' || CAST(v.number AS TEXT) WHERE o.kind = 'remind' AND o.state = 'pending' AND o.schedule <> v.schedule),
		(SELECT COUNT(*) FROM photos WHERE state = 'kept'), turn, token, refresh FROM installations`).Scan(&visits, &last, &newest, &cards, &stale, &photos, &turn, &token, &refresh); err != nil {
		t.Fatal(err)
	}
	if visits < 3 || last < newest || visits != newest || cards != visits || stale != 0 {
		t.Errorf("%d visits up to number %d, counted to %d, with %d cards; %d reminders are of other days", visits, newest, last, cards, stale)
	}
	if want := fmt.Sprintf("\x00sealed %d", turn); string(token) != want || string(refresh) != want {
		t.Errorf("the tokens are %q and %q, want %q", token, refresh, want)
	}
	if photos < 2 {
		t.Errorf("%d photos are kept", photos)
	}
	for _, p := range must(all(ctx, s.read, func(row scanner) (p [2]string, err error) {
		var jpeg []byte
		err = row.Scan(&p[0], &jpeg)
		sum := sha256.Sum256(jpeg)
		p[1] = hex.EncodeToString(sum[:])
		return p, err
	}, `SELECT sha256, jpeg FROM photos WHERE state = 'kept'`)) {
		if p[0] != p[1] {
			t.Errorf("a photo has the sum %s, want %s", p[1], p[0])
		}
	}
}

// A copy that is made while everybody writes holds whole transactions, with photos and sealed tokens.
func TestACopyOfABusyFileIsWhole(t *testing.T) {
	file, copied := filepath.Join(t.TempDir(), "v.db"), filepath.Join(t.TempDir(), "copy.db")
	s, err := open(t, file, true)
	if err != nil {
		t.Fatal(err)
	}
	busy(t, s, func() { must(0, s.Backup(t.Context(), copied)) })
	must(0, s.Close())
	if _, err := Restore(t.Context(), Options{URL: file, Logger: nobody}, copied, early); err != nil {
		t.Fatal(err)
	}
	back, err := open(t, file, true)
	if err != nil {
		t.Fatal(err)
	}
	holdsWhole(t, back)
}

// The commands of docs/operate.md do the same on PostgreSQL.
func TestADumpOfABusyServerIsWhole(t *testing.T) {
	database := pgtest.URL(t)
	command := manual(t, database)
	s := opened(t, database)
	busy(t, s, func() { command("pg_dump") })
	s.Close()
	command("psql")
	command("pg_restore")
	o := Options{URL: database, Timing: visit.DefaultTiming(), Logger: nobody}
	if _, err := TakeForRestored(t.Context(), o, false, noon); err != nil {
		t.Fatal(err)
	}
	// After a restore new numbers leave room; what is there is whole.
	holdsWhole(t, opened(t, database))
}

// manual runs the first line of docs/operate.md that begins with a program, or a line that is given whole, on a
// PostgreSQL database.
func manual(t *testing.T, database string) func(begins string) {
	t.Helper()
	manual, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	return func(begins string) {
		t.Helper()
		line := begins
		if !strings.Contains(begins, " ") {
			line = regexp.MustCompile(`(?m)^` + begins + ` .*$`).FindString(string(manual))
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		cmd := exec.CommandContext(ctx, "sh", "-c", line)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "DATABASE_URL="+database)
		if out, err := cmd.CombinedOutput(); err != nil || line == "" {
			t.Fatalf("%q: %v\n%s", line, err, out)
		}
	}
}

// A dump from before an upgrade does not have the tables that the upgrade made: it is put back into an empty
// database, and put back over them the start says so.
func TestADumpFromBeforeAnUpgradeIsPutBack(t *testing.T) {
	database := pgtest.URL(t)
	command := manual(t, database)
	s := opened(t, database)
	must(s.PlanVisit(t.Context(), sampleVisit("T1"), noon))
	s.Close()
	o := Options{URL: database, Timing: visit.DefaultTiming(), Logger: nobody}
	must(TakeBack(t.Context(), o, 23))
	command("pg_dump")
	opened(t, database).Close() // the upgrade
	command(`pg_restore --clean --if-exists --no-owner --dbname "$DATABASE_URL" visits.dump`)
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "put it back into an empty database") {
		t.Errorf("put back over newer tables: %v", err)
	}
	command("psql")
	command("pg_restore")
	if r := must(TakeForRestored(t.Context(), o, false, noon)); !r.Jumped {
		t.Errorf("it came to %+v", r)
	}
	if vs := must(opened(t, database).Visits(t.Context(), "T1", Filter{})); len(vs) != 1 {
		t.Errorf("it has %d visits", len(vs))
	}
}

// A dump that was put back is marked while nobody serves the database, and again to no harm.
func TestADumpIsMarkedAsPutBack(t *testing.T) {
	database := pgtest.URL(t)
	command := manual(t, database)
	o := Options{URL: database, Timing: visit.DefaultTiming(), Logger: nobody}
	mark := func(want int, jumped bool, first string) {
		t.Helper()
		r := must(TakeForRestored(t.Context(), o, false, noon))
		s := opened(t, database)
		defer s.Close()
		var last int
		if err := s.read.QueryRowContext(t.Context(), `SELECT last FROM counters WHERE workspace = 'T1' AND name = 'visit'`).Scan(&last); err != nil || last != want || r.Jumped != jumped {
			t.Errorf("%s: the last number is %d, %v; jumped %v", first, last, err, r.Jumped)
		}
	}
	s := opened(t, database)
	must(s.PlanVisit(t.Context(), sampleVisit("T1"), noon))
	if _, err := TakeForRestored(t.Context(), o, false, noon); err == nil || !strings.Contains(err.Error(), "stop every serve and mcp first") || strings.Contains(err.Error(), "\n") {
		t.Errorf("beside a program that is connected: %v", err)
	}
	must(TakeForRestored(t.Context(), o, true, noon)) // who says that it serves nothing
	s.Close()
	mark(10000, false, "once more")
	mark(10000, false, "a third time")
	command("pg_dump")
	command("psql")
	command("pg_restore")
	mark(20000, true, "after a dump was put back")
	mark(20000, false, "and once more")
	s = opened(t, database)
	if v := must(s.PlanVisit(t.Context(), sampleVisit("T1"), noon)); v.Number != 20001 {
		t.Errorf("the next number is %d", v.Number)
	}
	s.Close()
	mark(30000, true, "after a number was given")
	command("psql")
	command(`pg_restore --single-transaction --no-owner --dbname "$DATABASE_URL" visits.dump`)
	mark(20000, true, "after a dump was put back in one transaction")
}
