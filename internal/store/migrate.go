package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5/pgconn"
)

// The numbered files that make the tables. A file that has been released is never edited.
//
//go:embed migrations/*.sql
var migrations embed.FS

// A migration is one of the files. All that a start has to run is one transaction on one
// connection: it happens whole or not at all, and behind a pooler no lock outlives it.
type migration struct {
	version int
	name    string
	text    string
}

func allMigrations() ([]migration, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql") // in order
	if err != nil {
		return nil, err
	}
	var all []migration
	for _, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		name = strings.TrimPrefix(name, "migrations/")
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("the number of the migration %s: %w", name, err)
		}
		all = append(all, migration{version, name, string(text)})
	}
	return all, nil
}

// migrationsTable counts the migrations that have been run. The name is ours alone in a database that
// other programs use too.
const migrationsTable = "visitprep_migrations"

// migrationsLock is what replicas that start together on PostgreSQL take turns by: any number
// will do that is ours alone in a database.
const migrationsLock = 7_318_349_394_477_056

// migrate brings the tables up to date. Replicas that start together take turns, and one that
// dies in the middle leaves everything as it was.
func migrate(ctx context.Context, db *sql.DB, postgres bool) error {
	all, err := allMigrations()
	if err != nil {
		return err
	}
	// Most starts have nothing to do. They wait for no lock, and may read a server that
	// takes no changes.
	done, err := versions(ctx, db, postgres)
	if err != nil {
		return err
	}
	newest := all[len(all)-1].version
	if len(done) > 0 && slices.Max(done) > newest {
		return &NewerError{slices.Max(done), newest}
	}
	if slices.Contains(done, newest) {
		return nil
	}
	tx, err := db.BeginTx(ctx, nil) // SQLite's is locked by that
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if postgres {
		if _, err := tx.ExecContext(ctx, `SET LOCAL lock_timeout = '60s'`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, migrationsLock)); err != nil {
			return fmt.Errorf("wait for another process that does it: %w", classify(err))
		}
	}
	if done, err = versions(ctx, tx, postgres); err != nil {
		return err
	}
	if done == nil {
		if _, err := tx.ExecContext(ctx, `CREATE TABLE `+migrationsTable+` (version BIGINT NOT NULL PRIMARY KEY)`); err != nil {
			return err
		}
		if done, err = adopt(ctx, tx, postgres); err != nil {
			return err
		}
	}
	for _, m := range all {
		if slices.Contains(done, m.version) {
			continue
		}
		if _, err := tx.ExecContext(ctx, m.text); err != nil {
			return leftBehind(fmt.Errorf("%s: %w", m.name, classify(err)))
		}
		if err := note(ctx, tx, m.version); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// leftBehind says what to do where PostgreSQL has a table, an index or a column already that is to be made.
func leftBehind(err error) error {
	var p *pgconn.PgError
	if errors.As(err, &p) && (p.Code == "42P07" || p.Code == "42701") {
		return fmt.Errorf("%w; tables of a newer version are still there, under a dump that was put back over them: put it back into an empty database, as docs/operate.md says (Back up and restore), and run visitprep restore", err)
	}
	return err
}

// A NewerError is returned by Open for a database that a newer version of the program has brought up to date.
type NewerError struct{ Tables, Program int }

func (e *NewerError) Error() string {
	return fmt.Sprintf("it is of a newer visitprep (its tables are version %d, this one knows %d): start that one, or have it take the tables back first, with visitprep migrate --to %[2]d", e.Tables, e.Program)
}

// Tables says of which version the tables of the database at o.URL are, 0 for none, and which one a start
// of this program brings them to. It changes nothing.
func Tables(ctx context.Context, o Options) (tables, program int, err error) {
	known, err := allMigrations()
	if err != nil {
		return 0, 0, err
	}
	program = known[len(known)-1].version
	if o.URL, err = Address(o.URL); err != nil {
		return 0, 0, err
	}
	var db *sql.DB
	if isPostgres(o.URL) {
		if db, err = openPostgres(ctx, o.URL, o.Logger); err != nil {
			return 0, 0, fmt.Errorf("open %s: %w", describe(o.URL), err)
		}
	} else {
		o.URL, o.Existing = resolved(o.URL), true
		if inMemory(o.URL) {
			return 0, 0, errNotKept
		}
		if _, err := checkFile(ctx, &o); err != nil {
			return 0, 0, err
		}
		if db, err = sql.Open("sqlite", fileName(o.URL, "mode=ro&_pragma=busy_timeout(2000)")); err != nil {
			return 0, 0, err
		}
	}
	defer db.Close()
	tables, err = versionOf(ctx, db, isPostgres(o.URL))
	if err != nil {
		return 0, 0, fmt.Errorf("read which version the tables of %s are: %w", describe(o.URL), classify(err))
	}
	return tables, program, nil
}

// versionOf is the version of the tables, also of those of a version that noted it elsewhere; 0 for none.
func versionOf(ctx context.Context, r reader, postgres bool) (int, error) {
	done, err := versions(ctx, r, postgres)
	if err != nil || len(done) > 0 {
		return slices.Max(append(done, 0)), err
	}
	for n, tables := range before() {
		if there, err := exists(ctx, r, postgres, tables[0]); err != nil || !there {
			return n, err
		}
	}
	return len(before()), nil
}

// TakeBack takes the tables of the database at o.URL back to an older version, which then starts on them. What only
// newer versions keep is deleted; of a SQLite file a copy is kept, whose name it returns. Nobody may serve it.
func TakeBack(ctx context.Context, o Options, to int) (kept string, err error) {
	if kept, err = takeBack(ctx, o, to); err != nil {
		return "", fmt.Errorf("take the tables back: %w", err)
	}
	return kept, nil
}

// takeBack asks everything that speaks against it before it changes anything, and then takes one
// version after another back in one transaction.
func takeBack(ctx context.Context, o Options, to int) (kept string, err error) {
	known, err := allMigrations()
	if err != nil {
		return "", err
	}
	newest := known[len(known)-1].version
	if to < 1 || to >= newest {
		return "", fmt.Errorf("version %d: write one from 1 to %d; this program's own is %d", to, newest-1, newest)
	}
	o.Owner, o.Existing = true, true
	s, err := Open(ctx, o)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if !s.postgres {
		release, err := lockImport(s.file, (*flock.Flock).TryLock)
		if err != nil {
			return "", err
		}
		defer release()
		if kept, err = s.keepVersion(ctx, newest); err != nil {
			return "", err
		}
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return "", classify(err)
	}
	defer tx.Rollback()
	if s.postgres {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, migrationsLock)); err != nil {
			return "", classify(err)
		}
	}
	for _, m := range slices.Backward(known) {
		if m.version <= to {
			break
		}
		back, err := m.back()
		if err != nil {
			return "", err
		}
		for _, statement := range append(back, fmt.Sprintf(`DELETE FROM `+migrationsTable+` WHERE version = %d`, m.version)) {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return "", fmt.Errorf("%s: %w", m.name, classify(err))
			}
		}
	}
	return kept, tx.Commit()
}

// keepVersion keeps a copy of a SQLite file beside it before its tables change, and returns its name.
func (s *Store) keepVersion(ctx context.Context, version int) (string, error) {
	name := s.file + keptVersion + strconv.Itoa(version)
	if present(name) {
		name += "-" + time.Now().UTC().Format("20060102T150405Z")
	}
	if err := s.writeCopy(ctx, name, os.Link); err != nil {
		return "", fmt.Errorf("copy it before its tables are changed: %w", err)
	}
	if err := giveOver(s.file, name); err != nil {
		return "", fmt.Errorf("give the copy to whom the database belongs: %w", err)
	}
	return name, nil
}

// keptVersion stands in the name of a copy that is kept before tables change, with their version.
const keptVersion = ".version-"

// A migration only adds; these are the forms of it.
var (
	addsTable  = regexp.MustCompile(`^CREATE TABLE (\w+) `)
	addsIndex  = regexp.MustCompile(`^CREATE (?:UNIQUE )?INDEX (\w+) ON (\w+) `)
	addsColumn = regexp.MustCompile(`^ALTER TABLE (\w+) ADD COLUMN (\w+) `)
)

// statements are those of a migration, without comments, each on one line.
func (m *migration) statements() (all []string) {
	var text strings.Builder
	for line := range strings.Lines(m.text) {
		line, _, _ = strings.Cut(line, "--")
		text.WriteString(line + " ")
	}
	for s := range strings.SplitSeq(text.String(), ";") {
		if s = strings.Join(strings.Fields(s), " "); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// back are the statements that take out what a migration added, the last first. Rows that it changed stay so.
func (m *migration) back() (back []string, err error) {
	for _, s := range slices.Backward(m.statements()) {
		switch {
		case addsTable.MatchString(s):
			back = append(back, addsTable.ReplaceAllString(addsTable.FindString(s), `DROP TABLE $1`))
		case addsIndex.MatchString(s):
			back = append(back, addsIndex.ReplaceAllString(addsIndex.FindString(s), `DROP INDEX $1`))
		case addsColumn.MatchString(s):
			back = append(back, addsColumn.ReplaceAllString(addsColumn.FindString(s), `ALTER TABLE $1 DROP COLUMN $2`))
		case !strings.HasPrefix(s, "UPDATE "):
			return nil, fmt.Errorf("%s has no way back: %s", m.name, s)
		}
	}
	return back, nil
}

// versions are the migrations that have been run; nil where none of them has been noted.
func versions(ctx context.Context, r reader, postgres bool) ([]int, error) {
	there, err := exists(ctx, r, postgres, migrationsTable)
	if err != nil || !there {
		return nil, err
	}
	return all(ctx, r, func(row scanner) (version int, err error) {
		err = row.Scan(&version)
		return version, err
	}, `SELECT version FROM `+migrationsTable)
}

func note(ctx context.Context, tx *sql.Tx, version int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO `+migrationsTable+` (version) VALUES ($1)`, version)
	return err
}

func exists(ctx context.Context, r reader, postgres bool, table string) (is bool, err error) {
	query := `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1)`
	if postgres { // to_regclass answers from a cache that a lock of ours does not renew
		query = `SELECT EXISTS (SELECT 1 FROM pg_class WHERE relkind = 'r' AND relname = $1 AND pg_table_is_visible(oid))`
	}
	err = r.QueryRowContext(ctx, query, table).Scan(&is)
	return is, err
}

// hasTables refuses a PostgreSQL database in which nothing of ours is.
func hasTables(ctx context.Context, db *sql.DB) error {
	for _, table := range []string{migrationsTable, before()[0][0]} { // the second is of a version before the first
		if there, err := exists(ctx, db, true, table); err != nil || there {
			return err
		}
	}
	return errors.New("it has no tables of Visit Prep: set DATABASE_URL as serve has it")
}

// before are the tables that a version without migrationsTable made, by migration.
func before() [][]string {
	return [][]string{
		{"counters", "factories", "visits", "items", "plans", "inspections", "schedules", "occurrences", "channel_gate", "people", "tips_seen", "feedback", "drafts"},
		{"channels", "connections", "handled"},
	}
}

// adopt notes what a version before migrationsTable has run. That one kept its count in
// goose_db_version, which any program that uses the library goose shares if it keeps its tables in
// the same database: the numbers there may be of either. The tables cannot be, so they are asked, and
// goose_db_version is neither read nor changed: it is the other program's, and an older version of
// ours that is started again finds it as it was.
func adopt(ctx context.Context, tx *sql.Tx, postgres bool) (done []int, err error) {
	for n, tables := range before() {
		var here, missing []string
		for _, table := range tables {
			there, err := exists(ctx, tx, postgres, table)
			if err != nil {
				return nil, err
			}
			if there {
				here = append(here, table)
			} else {
				missing = append(missing, table)
			}
		}
		switch {
		case len(here) == 0:
			return done, nil
		case len(missing) > 0:
			return nil, fmt.Errorf("it has %s but not %s: some tables of Visit Prep have gone, or these are another program's; restore the database, or give Visit Prep one of its own",
				strings.Join(here, ", "), strings.Join(missing, ", "))
		}
		if err := note(ctx, tx, n+1); err != nil {
			return nil, err
		}
		done = append(done, n+1)
	}
	return done, nil
}
