package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
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
	if slices.Contains(done, all[len(all)-1].version) {
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
			return fmt.Errorf("%s: %w", m.name, classify(err))
		}
		if err := note(ctx, tx, m.version); err != nil {
			return err
		}
	}
	return tx.Commit()
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
