// Package store keeps what a team works with: factories, visits, checklists,
// inspection plans, inspections, and what is to be sent about them. It runs on
// SQLite, the default, and on PostgreSQL, with one SQL text.
//
// Package visit decides; the store runs the transaction. A change is a function
// on the thing itself: the store locks and loads it, calls the function, and
// writes what differs. Every row belongs to a workspace and every query names
// it. Instants are UTC milliseconds of the application's clock, never the
// database's.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite"

	"visitprep/internal/visit"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options are what a Store needs.
type Options struct {
	// URL is the path of a SQLite file, ":memory:" for one that lives as long as
	// the Store, or the address of a PostgreSQL database (postgres://…).
	URL string
	// Timing are the rules by which reminders are computed whenever a visit or an
	// inspection is written.
	Timing visit.Timing
	Logger *slog.Logger
	// Owner says that this process serves: it takes the lock of a SQLite file, of
	// which there is one. Other subcommands open the file beside it.
	Owner bool
}

func (o Options) validate() error {
	var errs []error
	if o.URL == "" {
		errs = append(errs, errors.New("store.Options.URL is missing"))
	}
	if o.Logger == nil {
		errs = append(errs, errors.New("store.Options.Logger is missing"))
	}
	return errors.Join(errs...)
}

// A Store is an open database. Its methods are safe for concurrent use.
type Store struct {
	log        *slog.Logger
	timing     visit.Timing
	write      *pool  // SQLite: the one connection that writes
	read       *pool  // the same as write on PostgreSQL and in memory
	batchRows  int    // how many one statement inserts
	skipLocked string // what a claim adds on PostgreSQL, so that claimers do not wait for each other
	wakes      chan struct{}

	release func() error // releases the lock of a SQLite file
}

// maxReaders is how many connections read a SQLite file beside the one that writes.
const maxReaders = 4

// Open opens the database, brings its tables up to date, and returns the Store.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	s := &Store{log: o.Logger, timing: o.Timing, wakes: make(chan struct{}, 1)}
	var dialect goose.Dialect
	if isPostgres(o.URL) {
		dialect, s.skipLocked, s.batchRows = goose.DialectPostgres, "FOR UPDATE SKIP LOCKED", 200
		db, err := sql.Open("pgx", o.URL)
		if err != nil {
			return nil, fmt.Errorf("open the database: %w", withoutPassword(err))
		}
		s.write = newPool(db, 0)
		s.write.SetMaxOpenConns(20)
		s.write.SetMaxIdleConns(20)
		s.read = s.write
	} else {
		dialect, s.batchRows = goose.DialectSQLite3, 1
		if o.Owner && !inMemory(o.URL) {
			if s.release, err = lockFile(o.URL); err != nil {
				return nil, err
			}
			defer func() {
				if err != nil {
					s.release()
				}
			}()
		}
		db, err := sql.Open("sqlite", sqliteName(o.URL, false))
		if err != nil {
			return nil, fmt.Errorf("open the database: %w", err)
		}
		s.write = newPool(db, maxStatements)
		s.write.SetMaxOpenConns(1)
		s.write.SetMaxIdleConns(1)
		s.read = s.write
	}
	if dialect == goose.DialectSQLite3 && !inMemory(o.URL) {
		err = withMigrationLock(ctx, o.URL, func() error { return migrate(ctx, s.write.DB, dialect) })
	} else {
		err = migrate(ctx, s.write.DB, dialect)
	}
	if err != nil {
		s.write.Close()
		return nil, fmt.Errorf("bring the tables of %s up to date: %w", describe(o.URL), err)
	}
	if dialect == goose.DialectSQLite3 && !inMemory(o.URL) {
		db, err := sql.Open("sqlite", sqliteName(o.URL, true))
		if err != nil {
			s.write.Close()
			return nil, fmt.Errorf("open the database for reading: %w", err)
		}
		s.read = newPool(db, maxStatements)
		s.read.SetMaxOpenConns(maxReaders)
		s.read.SetMaxIdleConns(maxReaders)
	}
	return s, nil
}

func isPostgres(u string) bool {
	return strings.HasPrefix(u, "postgres://") || strings.HasPrefix(u, "postgresql://")
}

func inMemory(u string) bool { return u == ":memory:" }

// sqliteName is the name under which the driver opens a file: durable on every
// commit, and a writer waits for its turn, but less than the three seconds that Slack
// gives a form: the person who sent it then reads why it was not saved.
func sqliteName(path string, reading bool) string {
	q := url.Values{"_pragma": {"busy_timeout(2000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}}
	if reading {
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Set("_txlock", "immediate")
	}
	if inMemory(path) {
		q.Set("vfs", "memdb")
		path = "/" + rand.Text()
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// describe names a database without its password.
func describe(u string) string {
	if p, err := url.Parse(u); err == nil && isPostgres(u) {
		return p.Redacted()
	}
	return u
}

// withoutPassword drops the address from an error of a driver.
func withoutPassword(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// migrate runs the numbered files of the folder migrations, once each. On
// PostgreSQL replicas that start together take turns.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger())}
	if dialect == goose.DialectPostgres {
		l, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(l))
	}
	p, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Close closes the database.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.read != s.write {
		err = errors.Join(err, s.read.Close())
	}
	if s.release != nil {
		err = errors.Join(err, s.release())
	}
	return err
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.read.PingContext(ctx); err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	return nil
}

// Wakes delivers after a commit of this process that wrote something which may
// be due sooner than what was waited for.
func (s *Store) Wakes() <-chan struct{} { return s.wakes }

// change runs f in a transaction that writes. What f returns an error from is
// rolled back.
func (s *Store) change(ctx context.Context, what string, f func(*txn) error) error {
	for try := 1; ; try++ {
		err := s.changeOnce(ctx, f)
		if err == nil {
			return nil
		}
		if try < maxTries && isConflict(err) && ctx.Err() == nil {
			continue
		}
		return fmt.Errorf("%s: %w", what, classify(err))
	}
}

// maxTries is how often a transaction is run that another one got in the way of.
const maxTries = 5

func (s *Store) changeOnce(ctx context.Context, f func(*txn) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	t := &txn{tx: tx, pool: s.write, batchRows: s.batchRows, stmts: make(map[string]*sql.Stmt)}
	if err := f(t); err != nil {
		tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	t.prepare(ctx)
	if t.wake {
		select {
		case s.wakes <- struct{}{}:
		default:
		}
	}
	return nil
}

// A reader is what can be asked: the database, or a transaction in it.
type reader interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// all collects what scan reads of every row.
func all[T any](ctx context.Context, r reader, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := r.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// millis and instant are how an instant is stored: 0 is none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// next draws the next number of a counter of the workspace.
func (t *txn) next(ctx context.Context, workspace, name string) (int, error) {
	var n int
	err := t.QueryRowContext(ctx, `INSERT INTO counters (workspace, name, last) VALUES ($1, $2, 1)
		ON CONFLICT (workspace, name) DO UPDATE SET last = counters.last + 1 RETURNING last`, workspace, name).Scan(&n)
	return n, err
}

// notFound turns a missing row into visit.ErrNotFound.
func notFound(err error, what string, number any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %v: %w", what, number, visit.ErrNotFound)
	}
	return err
}
