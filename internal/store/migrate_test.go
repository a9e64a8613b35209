package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"visitprep/internal/pgtest"
	"visitprep/internal/visit"
)

// engines are the databases that a test of migrations opens: the driver, an empty one, and what
// 0.1.0 left behind on it.
var engines = map[string]struct {
	driver string
	dump   string
	url    func(t testing.TB) string
}{
	"SQLite":                      {"sqlite", "testdata/0.1.0.sqlite.sql", func(t testing.TB) string { return filepath.Join(t.TempDir(), "v.db") }},
	"PostgreSQL":                  {"pgx", "testdata/0.1.0.postgres.sql", func(t testing.TB) string { return pgtest.URL(t) }},
	"PostgreSQL behind pgbouncer": {"pgx", "testdata/0.1.0.postgres.sql", func(t testing.TB) string { return pgtest.Pooled(t) }},
}

// raw runs statements on a database as another program does, and answers with the rows of the last.
func raw(t *testing.T, driver, url string, statements ...string) []string {
	t.Helper()
	if driver == "pgx" {
		url += "&default_query_exec_mode=simple_protocol"
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	last := len(statements) - 1
	for _, s := range statements[:last] {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	rows, err := db.Query(statements[last])
	if err != nil {
		t.Fatalf("%s: %v", statements[last], err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	gooseRows = `SELECT version_id FROM goose_db_version ORDER BY id`
	ourRows   = `SELECT version FROM visitprep_migrations ORDER BY version`
)

// allVersions is what visitprep_migrations holds when all has been run.
func allVersions(t *testing.T) (rows []string) {
	t.Helper()
	for _, m := range must(allMigrations()) {
		rows = append(rows, fmt.Sprint(m.version))
	}
	return rows
}

// Another program that uses the library goose keeps its tables in the same database, and has counted
// its migrations in goose_db_version.
func TestAnotherProgramCountsInGooseDBVersion(t *testing.T) {
	theirs := map[string][]string{
		"sqlite": {`CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))`},
		"pgx":    {`CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now())`},
	}
	const rows = `INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true)`
	for name, on := range engines {
		t.Run(name, func(t *testing.T) {
			url := on.url(t)
			raw(t, on.driver, url, append(theirs[on.driver], rows, gooseRows)...)
			s := opened(t, url)
			if v, err := s.PlanVisit(context.Background(), sampleVisit("T1"), noon); err != nil || v.Number != 1 {
				t.Errorf("plan a visit there: number %d, %v", v.Number, err)
			}
			if got := raw(t, on.driver, url, gooseRows); !slices.Equal(got, []string{"0", "1", "2"}) {
				t.Errorf("of the other program's rows there are %q now", got)
			}
		})
	}
}

// Both count in goose_db_version: ours has run its first migration there, the other one many. What
// ours has run is seen by its tables.
func TestAnotherProgramCountsInOursToo(t *testing.T) {
	for name, on := range engines {
		t.Run(name, func(t *testing.T) {
			url := on.url(t)
			restore(t, on.driver, url, on.dump)
			theirs := `INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, true), (3, true), (4, true), (20270101000000, true)`
			before := raw(t, on.driver, url, theirs, gooseRows)
			s := opened(t, url)
			if v, err := s.PlanVisit(context.Background(), sampleVisit("T1"), noon); err != nil || v.Number != 4 {
				t.Errorf("plan a visit there: number %d, %v", v.Number, err)
			}
			if got := raw(t, on.driver, url, ourRows); !slices.Equal(got, allVersions(t)) {
				t.Errorf("%q have been run, want %q", got, allVersions(t))
			}
			if got := raw(t, on.driver, url, gooseRows); !slices.Equal(got, before) {
				t.Errorf("goose_db_version has %q, want what it had: %q", got, before)
			}
		})
	}
}

// The last version that counted in goose_db_version had run two migrations.
func TestTheSecondMigrationIsAdopted(t *testing.T) {
	for name, on := range engines {
		t.Run(name, func(t *testing.T) {
			url := on.url(t)
			restore(t, on.driver, url, on.dump)
			raw(t, on.driver, url, must(allMigrations())[1].text, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, true)`,
				`UPDATE items SET sensitive = FALSE`, gooseRows)
			opened(t, url)
			if got := raw(t, on.driver, url, ourRows); !slices.Equal(got, allVersions(t)) {
				t.Errorf("%q have been run, want %q", got, allVersions(t))
			}
			if n := raw(t, on.driver, url, `SELECT COUNT(*) FROM items WHERE sensitive`); n[0] != "0" {
				t.Errorf("the second migration was run again: it closed %s items", n[0])
			}
			// It is adopted once: what the tables look like later says nothing.
			raw(t, on.driver, url, `DROP TABLE handled`, `CREATE TABLE handled (workspace TEXT NOT NULL, key TEXT NOT NULL, handled_at BIGINT NOT NULL, PRIMARY KEY (workspace, key))`, ourRows)
			opened(t, url)
			if got := raw(t, on.driver, url, gooseRows); !slices.Equal(got, []string{"0", "1", "2"}) {
				t.Errorf("an older version finds %q, want what it left", got)
			}
		})
	}
}

// Tables of other programs may have the names of ours.
func TestTablesThatAreNotOurs(t *testing.T) {
	for name, on := range engines {
		t.Run(name, func(t *testing.T) {
			url := on.url(t)
			raw(t, on.driver, url, `CREATE TABLE visits (id INTEGER)`, `CREATE TABLE people (id INTEGER)`, `SELECT id FROM visits`)
			_, err := Open(context.Background(), Options{URL: url, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
			if err == nil || !strings.Contains(err.Error(), "it has visits, people but not counters") || !strings.Contains(err.Error(), "give Visit Prep one of its own") {
				t.Errorf("it was opened: %v", err)
			}
			if got := raw(t, on.driver, url, `SELECT COUNT(*) FROM visits`); got[0] != "0" {
				t.Error(got)
			}
		})
	}
}

// Replicas of a new version start together on what the old one left.
func TestThreeReplicasAdoptAtOnce(t *testing.T) {
	for name, on := range engines {
		t.Run(name, func(t *testing.T) {
			url := on.url(t)
			restore(t, on.driver, url, on.dump)
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					s, err := Open(context.Background(), Options{URL: url, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
					if err != nil {
						t.Errorf("one of three did not start: %v", err)
						return
					}
					s.Close()
				})
			}
			wg.Wait()
			if got := raw(t, on.driver, url, ourRows); !slices.Equal(got, allVersions(t)) {
				t.Errorf("%q have been run, want %q", got, allVersions(t))
			}
		})
	}
}

// A replica dies while it migrates: the machine closes its connection, and nothing else says so. The
// one that waits for it begins where the dead one did. (SQLite's lock is of the file, and goes with
// the process.)
func TestAReplicaDiesWhileItMigrates(t *testing.T) {
	ctx := context.Background()
	for name, through := range map[string]func(direct string) string{
		"PostgreSQL":                  func(direct string) string { return direct },
		"PostgreSQL behind pgbouncer": pgtest.Shared(t).Pooler(t).URL,
	} {
		t.Run(name, func(t *testing.T) {
			direct := pgtest.URL(t)
			restore(t, "pgx", direct, "testdata/0.1.0.postgres.sql")
			url := through(direct)
			dies, err := pgx.Connect(ctx, url+"&default_query_exec_mode=simple_protocol")
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range []string{
				`BEGIN`, fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, migrationsLock),
				`CREATE TABLE visitprep_migrations (version BIGINT NOT NULL PRIMARY KEY)`, `INSERT INTO visitprep_migrations (version) VALUES (1), (2), (99)`,
				must(allMigrations())[1].text,
			} {
				if _, err := dies.Exec(ctx, s); err != nil {
					t.Fatal(err)
				}
			}
			started := make(chan error)
			go func() {
				s, err := Open(ctx, Options{URL: url, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
				if err == nil {
					s.Close()
				}
				started <- err
			}()
			waits := `SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
			for late := time.Now().Add(20 * time.Second); raw(t, "pgx", direct, waits)[0] == "0"; {
				select {
				case err := <-started:
					t.Fatalf("it did not wait: %v", err)
				default:
				}
				if time.Now().After(late) {
					t.Fatal("it waits for nothing, and has not started")
				}
			}
			dies.PgConn().Conn().Close()
			if err := <-started; err != nil {
				t.Errorf("it did not start: %v", err)
			}
			if got := raw(t, "pgx", direct, ourRows); !slices.Equal(got, allVersions(t)) {
				t.Errorf("%q have been run, want %q", got, allVersions(t))
			}
		})
	}
}

// Each file is run whole, in a transaction, in order.
func TestMigrationsAreNumbered(t *testing.T) {
	for n, m := range must(allMigrations()) {
		if m.version != n+1 {
			t.Errorf("%s is the %d. file", m.name, n+1)
		}
		for _, words := range []string{"+goose Down", "COMMIT", "CONCURRENTLY", "VACUUM"} {
			if strings.Contains(m.text, words) {
				t.Errorf("%s has %q", m.name, words)
			}
		}
	}
}

// What only reads makes no tables, on PostgreSQL either.
func TestNoTablesAreMadeWhereOnlySomethingIsRead(t *testing.T) {
	url := pgtest.URL(t)
	o := Options{URL: url, Existing: true, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)}
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "has no tables of Visit Prep") {
		t.Fatalf("an empty database is opened: %v", err)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var tables int
	if err := db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid) AND relname NOT LIKE 'pg_%'`).Scan(&tables); err != nil || tables != 0 {
		t.Errorf("it has %d tables, %v", tables, err)
	}
	opened(t, url)
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("once serve has made them: %v", err)
	}
	s.Close()
}
