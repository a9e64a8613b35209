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
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
	_ "modernc.org/sqlite"

	"visitprep/internal/visit"
)

// Options are what a Store needs.
type Options struct {
	// URL is the path of a SQLite file, ":memory:" for one that lives as long as
	// the Store, or the address of a PostgreSQL database (postgres://…), see [Address].
	// One in memory is refused to an owner, an import, and where it has to exist.
	URL string
	// Existing says that nothing is made: no SQLite file, and no first tables on PostgreSQL.
	Existing bool
	// Timing are the rules by which reminders are computed whenever a visit or an
	// inspection is written.
	Timing visit.Timing
	Logger *slog.Logger
	// Owner says that this process serves: it takes the lock of a SQLite file, of
	// which there is one. Other subcommands open the file beside it.
	Owner bool
	// Importing says that nobody waits for this process: while the database is busy it tries
	// again, for a minute. A restore is refused until it has ended.
	Importing bool
	// Reading says that this process reads a SQLite file for longer than a command: while it does, no other takes its place.
	Reading bool
	// Faster divides the pauses of a connection and the pace of look-ups, which are Slack's
	// and so too slow for the crash harness; 0 is 1.
	Faster int

	moving bool // a file that was moved is opened all the same
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
	faster     time.Duration
	importing  bool
	postgres   bool   // not SQLite
	file       string // of SQLite; empty in memory
	write      *pool  // SQLite: the one connection that writes
	read       *pool  // the same as write on PostgreSQL and in memory
	batchRows  int    // how many one statement inserts
	skipLocked string // what a claim adds on PostgreSQL, so that claimers do not wait for each other
	wakes      chan struct{}
	once       *handled // of the request for which it writes, see Once
	by         string   // the person for whom it writes, see By

	release func() error // releases the lock of a SQLite file
}

// maxReaders is how many connections read a SQLite file beside the one that writes. What they
// read takes a fraction of a millisecond, and each keeps up to 4 MiB of parsed statements.
const maxReaders = 2

// Open opens the database, brings its tables up to date, and returns the Store.
func Open(ctx context.Context, o Options) (*Store, error) {
	err := o.validate()
	if err != nil {
		return nil, err
	}
	if o.URL, err = Address(o.URL); err != nil {
		return nil, err
	}
	s := &Store{log: o.Logger, timing: o.Timing, faster: time.Duration(max(o.Faster, 1)), wakes: make(chan struct{}, 1), importing: o.Importing}
	switch {
	case isPostgres(o.URL):
		err = s.openServer(ctx, o)
	case !inMemory(o.URL):
		o.URL = resolved(o.URL)
		err = explain(s.openFile(ctx, o), o.URL)
	case o.Owner || o.Existing || o.Importing:
		err = errNotKept
	default:
		err = s.openSQLite(ctx, o.URL)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// openServer opens a PostgreSQL database.
func (s *Store) openServer(ctx context.Context, o Options) error {
	s.postgres, s.skipLocked, s.batchRows = true, "FOR UPDATE SKIP LOCKED", 200
	db, err := openPostgres(ctx, o.URL, o.Logger)
	if err != nil {
		return fmt.Errorf("open %s: %w", describe(o.URL), err)
	}
	s.write = newPool(db, 0)
	s.read = s.write
	if o.Existing {
		if err := hasTables(ctx, db); err != nil {
			return fmt.Errorf("open %s: %w", describe(o.URL), err)
		}
	}
	return s.migrate(ctx, o.URL)
}

// openFile opens a SQLite file, once nothing keeps it from being opened. An owner locks it.
func (s *Store) openFile(ctx context.Context, o Options) error {
	marked, err := checkFile(ctx, &o)
	if err != nil {
		return err
	}
	switch {
	case o.Owner:
		s.release, err = lockFile(o.URL)
	case o.Importing, o.Reading:
		s.release, err = lockImport(o.URL, (*flock.Flock).TryRLock)
	}
	if err != nil {
		return err
	}
	if info, err := os.Stat(o.URL); err == nil && namesOf(info) > 1 {
		return fmt.Errorf("%s has another name as well (a hard link), and SQLite keeps a log for each, so that changes get lost: remove the other name, or copy the file", o.URL)
	}
	return withMigrationLock(ctx, o.URL, func() error { return s.openLocked(ctx, o, marked) })
}

// openLocked is openFile while no restore puts another file in its place: between two of its
// steps none is there.
func (s *Store) openLocked(ctx context.Context, o Options, marked bool) error {
	if pending := pendingRestore(o.URL); pending != "" {
		return fmt.Errorf("a restore of %s was cut off: run visitprep restore FILE again, or visitprep restore %s to finish it", o.URL, pending)
	}
	if marked {
		if err := takeCopy(ctx, o); err != nil {
			return err
		}
	}
	made, err := makeFile(o.URL)
	if err != nil {
		return err
	}
	if o.Owner && made {
		itself, err := lockItself(o.URL)
		if err != nil {
			return err
		}
		byName := s.release
		s.release = func() error { return errors.Join(itself(), byName()) }
	}
	if info, err := os.Stat(o.URL); o.Owner && err == nil && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		s.log.Warn("other accounts of this machine can read the database, or change it: chmod 600 keeps them out", "file", o.URL, "mode", info.Mode().Perm().String())
	}
	s.file = o.URL
	if err := s.openSQLite(ctx, o.URL); isDamaged(err) {
		return damaged(o.URL)
	} else if err != nil {
		return err
	}
	if was, err := movedMark(ctx, s.write.DB, o.URL); err != nil {
		return err
	} else if was != nil && !o.moving {
		return was
	}
	db, err := sql.Open("sqlite", sqliteName(o.URL, true))
	if err != nil {
		return fmt.Errorf("open the database for reading: %w", err)
	}
	s.read = newPool(db, maxStatements)
	s.read.SetMaxOpenConns(maxReaders)
	s.read.SetMaxIdleConns(maxReaders)
	return nil
}

// openSQLite opens a SQLite file, or one in memory, with one connection for all.
func (s *Store) openSQLite(ctx context.Context, name string) error {
	s.batchRows = 1
	db, err := sql.Open("sqlite", sqliteName(name, false))
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	s.write = newPool(db, maxStatements)
	s.write.SetMaxOpenConns(1)
	s.write.SetMaxIdleConns(1)
	s.read = s.write
	return s.migrate(ctx, name)
}

// migrate brings the tables of the database that has this address up to date. Of a SQLite file a copy is
// kept first.
func (s *Store) migrate(ctx context.Context, address string) error {
	err := s.bringUpToDate(ctx)
	if err != nil {
		return fmt.Errorf("bring the tables of %s up to date: %w", describe(address), err)
	}
	return nil
}

func (s *Store) bringUpToDate(ctx context.Context) error {
	known, err := allMigrations()
	if err != nil {
		return err
	}
	newest := known[len(known)-1].version
	from, err := versionOf(ctx, s.write.DB, s.postgres)
	if err != nil {
		return classify(err)
	}
	kept := ""
	if s.file != "" && from > 0 && from < newest {
		if kept, err = s.keepVersion(ctx, from); err != nil {
			return err
		}
	}
	if err := migrate(ctx, s.write.DB, s.postgres); err != nil {
		return err
	}
	if from > 0 && from < newest {
		s.log.Info("the tables were brought up to date", "from", from, "to", newest, "kept", kept)
	}
	return nil
}

func isPostgres(u string) bool {
	return strings.HasPrefix(u, "postgres://") || strings.HasPrefix(u, "postgresql://")
}

func inMemory(u string) bool { return u == ":memory:" }

// sqliteName is the name under which the driver opens a file: durable on every
// commit, and a writer waits for its turn, but less than the three seconds that Slack
// gives a form: the person who sent it then reads why it was not saved. What is deleted
// is overwritten. Whoever reads keeps few pages, for each commit of the writer makes them
// worthless, and the machine has those of the file.
func sqliteName(path string, reading bool) string {
	q := url.Values{"_pragma": {"busy_timeout(2000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}}
	if reading {
		q.Add("_pragma", "query_only(1)")
		q.Add("_pragma", "cache_size(-512)") // KiB
	} else {
		q.Set("_txlock", "immediate")
		q.Add("_pragma", "secure_delete(1)")
	}
	if inMemory(path) {
		q.Set("vfs", "memdb")
		path = "/" + rand.Text()
	}
	return fileName(path, q.Encode())
}

// describe names a database without its password, which may also stand behind it.
func describe(u string) string {
	if !isPostgres(u) {
		return u
	}
	p, err := url.Parse(u)
	if err != nil {
		return "the PostgreSQL database"
	}
	p.RawQuery = ""
	return p.Redacted()
}

// Close closes the database. On SQLite it waits, for at most two seconds, for what still
// uses a connection: a file that is open keeps its log, and then a copy cannot take its place.
func (s *Store) Close() error {
	var errs []error
	for began := time.Now(); !s.postgres && s.inUse() && time.Since(began) < closeWithin; {
		time.Sleep(time.Millisecond)
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	if s.read != s.write {
		errs = append(errs, s.read.Close())
	}
	if s.release != nil {
		errs = append(errs, s.release())
	}
	return errors.Join(errs...)
}

const closeWithin = 2 * time.Second

// inUse reports whether somebody has a connection: what was cancelled is rolled back after it
// has returned.
func (s *Store) inUse() bool {
	return s.write != nil && s.write.Stats().InUse > 0 || s.read != nil && s.read.Stats().InUse > 0
}

// pingWithin is how long a database has to answer Ping: a pooler lets a question wait for a server
// that is gone.
const pingWithin = 2 * time.Second

// Ping reports whether the database answers, within two seconds.
func (s *Store) Ping(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, pingWithin)
	defer stop()
	if err := s.read.PingContext(ctx); err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	return nil
}

// Room is how many bytes the disk of a SQLite file has left. Of another database, and on some
// systems, it is not known.
func (s *Store) Room() (bytes uint64, known bool) {
	if s.file == "" {
		return 0, false
	}
	return room(s.file)
}

// Wakes delivers after a commit of this process that wrote something which may
// be due sooner than what was waited for.
func (s *Store) Wakes() <-chan struct{} { return s.wakes }

// change runs f in a transaction that writes. What f returns an error from is
// rolled back.
func (s *Store) change(ctx context.Context, what string, f func(*txn) error) error {
	began := time.Now()
	for try := 1; ; try++ {
		err := s.changeOnce(ctx, f)
		if err == nil {
			return nil
		}
		if try < maxTries && isConflict(err) && ctx.Err() == nil {
			continue
		}
		if s.importing && errors.Is(classify(err), ErrBusy) && time.Since(began) < patience && s.LetOthersWrite(ctx) == nil {
			continue
		}
		return fmt.Errorf("%s: %w", what, classify(err))
	}
}

// patience is for how long an import tries to write what it cannot.
const patience = time.Minute

// maxTries is how often a transaction is run that another one got in the way of.
const maxTries = 5

func (s *Store) changeOnce(ctx context.Context, f func(*txn) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	t := &txn{tx: tx, pool: s.write, timing: &s.timing, by: s.by, batchRows: s.batchRows, skipLocked: s.skipLocked, stmts: make(map[string]*sql.Stmt)}
	if err = t.note(ctx, s.once); err == nil {
		err = f(t)
	}
	if err != nil {
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

// lastBefore is the last number before the first one of a workspace, $1: some stand in Slack that the database
// does not know of, or not any more.
const lastBefore = `(SELECT COALESCE(MAX(numbers), 0) FROM (SELECT numbers FROM restored WHERE workspace = ''
		UNION ALL SELECT numbers FROM forgotten WHERE workspace = $1 AND who = '` + Everything + `') AS n)`

// next draws the next number of a counter of the workspace.
func (t *txn) next(ctx context.Context, workspace, name string) (int, error) {
	var n int
	err := t.QueryRowContext(ctx, `INSERT INTO counters (workspace, name, last)
		VALUES ($1, $2, 1 + `+lastBefore+`)
		ON CONFLICT (workspace, name) DO UPDATE SET last = counters.last + 1 RETURNING last`, workspace, name).Scan(&n)
	return n, err
}

// lockCounter keeps others from drawing a number until the transaction ends.
func (t *txn) lockCounter(ctx context.Context, workspace, name string) error {
	_, err := t.ExecContext(ctx, `INSERT INTO counters (workspace, name, last)
		VALUES ($1, $2, `+lastBefore+`)
		ON CONFLICT (workspace, name) DO UPDATE SET last = counters.last`, workspace, name)
	return err
}

// notFound turns a missing row into visit.ErrNotFound.
func notFound(err error, what string, number any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %v: %w", what, number, visit.ErrNotFound)
	}
	return err
}
