package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// The names of what SQLite keeps end with these: the file, and what lies beside it.
var endings = [...]string{"", "-wal", "-shm", "-journal"}

// What stands in a name beside the database while a copy is put in its place.
const (
	copying   = ".copying"    // not complete: a start does not mind it
	restoring = ".restoring-" // complete, with the time: from here on the restore has to be finished
	keptAs    = ".before-"    // what was there, with the same time
)

// A Restored is what came of a restore.
type Restored struct {
	Copied time.Time // when the copy was made, as far as is known
	Looked int64     // messages that may have been sent since, and are looked for
	Kept   []string  // the files that were there, under their new names
	Jumped bool      // new numbers leave room, for nobody knows which were given since
	// Installed are the workspaces that have installed the app since the copy was made, where the database that
	// it replaces can be read: the copy has nothing of them.
	Installed []string
}

// Restore puts a copy of a SQLite database in the place of the one at o.URL, at now. It
// refuses while somebody serves that one, and a file that is no copy of ours. What was
// there is kept beside it. What may have been sent since the copy was made is looked for
// before it is sent. The copy itself stays as it is.
//
// Killed at any moment it leaves the old database or the new one, or a state in which
// Open refuses the file until Restore has run again.
func Restore(ctx context.Context, o Options, file string, now time.Time) (Restored, error) {
	return (&restoration{file: file, now: now, step: func(string) error { return nil }}).run(ctx, o)
}

// TakeForRestored does for a PostgreSQL database what [Restore] does for a file, after a
// dump was put back in its place and before it is served. It refuses while others are connected to the
// database, which may be a serve, unless the caller knows that none of them is.
func TakeForRestored(ctx context.Context, o Options, noneServes bool, now time.Time) (r Restored, err error) {
	o.URL, err = Address(o.URL)
	switch {
	case err != nil:
	case inMemory(o.URL):
		err = errNotKept
	case !isPostgres(o.URL):
		err = errors.New("name the copy that is to take the place of " + o.URL + ": visitprep restore FILE")
	}
	if err == nil && !noneServes {
		err = unconnected(ctx, o)
	}
	var s *Store
	if err == nil {
		s, err = Open(ctx, o)
	}
	var given []numbered
	if err == nil {
		if given, err = notNumberedSince(ctx, s.write.DB); err == nil {
			r.Jumped = given == nil
			r.Looked, r.Copied, err = putBack(ctx, s.write.DB, given, now)
		}
		err = errors.Join(classify(err), s.Close())
	}
	if err != nil {
		return Restored{}, fmt.Errorf("restore the database: %w", err)
	}
	return r, nil
}

// disconnectWithin is for how long the server may still list a program that has just ended.
const disconnectWithin = 2 * time.Second

// unconnected refuses a PostgreSQL database to which others are connected. What the server does in it by itself,
// such as its vacuuming, has no user.
func unconnected(ctx context.Context, o Options) error {
	db, err := openPostgres(ctx, o.URL, o.Logger)
	if err != nil {
		return fmt.Errorf("open %s: %w", describe(o.URL), err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for began := time.Now(); ; {
		others, err := all(ctx, db, func(row scanner) (s string, err error) { return s, row.Scan(&s) },
			`SELECT COALESCE(NULLIF(application_name, ''), 'a program') || ' from ' || COALESCE(host(client_addr), 'that machine') FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL AND COALESCE(backend_type, 'client backend') = 'client backend' GROUP BY 1 ORDER BY 1`)
		switch {
		case err != nil:
			return classify(err)
		case len(others) == 0:
			return nil
		case time.Since(began) > disconnectWithin:
			return fmt.Errorf("others are connected to the database (%s): stop every serve and mcp first. If none of these is one, such as an open psql, a pooler or a monitor: visitprep restore --yes", strings.Join(others, ", "))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// notNumberedSince are the last numbers where none was given since the database was last taken for restored,
// and else nil. That one wrote the counters and its mark in one transaction, whose number rows keep
// until somebody changes them. A dump that is put back writes each table in one of its own, or
// all tables in the same.
func notNumberedSince(ctx context.Context, r reader) (ns []numbered, err error) {
	var same bool
	err = r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM restored r WHERE r.workspace = '' AND r.restored_at > 0 AND r.numbers > 0
		AND NOT EXISTS (SELECT 1 FROM counters c WHERE c.xmin::text <> r.xmin::text)
		AND NOT EXISTS (SELECT 1 FROM `+migrationsTable+` m WHERE m.xmin::text = r.xmin::text))`).Scan(&same)
	if err != nil || !same {
		return nil, err
	}
	ns, err = all(ctx, r, func(row scanner) (n numbered, err error) { return n, row.Scan(&n.workspace, &n.name, &n.last) }, `SELECT workspace, name, last FROM counters`)
	return append([]numbered{}, ns...), err
}

// A restoration is one call of Restore.
type restoration struct {
	file string // the copy
	now  time.Time
	step func(done string) error // for tests, which end it there

	database string // its place
	id       string // the time in the names
	Restored
}

func (r *restoration) run(ctx context.Context, o Options) (Restored, error) {
	var err error
	if o.URL, err = Address(o.URL); err == nil {
		err = r.refuse(ctx, o.URL)
	}
	if err == nil {
		var release func() error
		if release, err = lockFile(r.database); err == nil {
			err = errors.Join(r.alone(ctx), release())
		}
		err = explain(err, r.database)
	}
	if err != nil {
		return Restored{}, fmt.Errorf("restore the database: %w", err)
	}
	return r.Restored, nil
}

// alone puts the copy in place while nobody imports.
func (r *restoration) alone(ctx context.Context) error {
	release, err := lockImport(r.database, (*flock.Flock).TryLock)
	if err != nil {
		return err
	}
	return errors.Join(withMigrationLock(ctx, r.database, func() error { return r.put(ctx) }), release())
}

// refuse finds what is wrong before anything is written. There are many ways to name the
// wrong file, and of each somebody is told what to do instead.
func (r *restoration) refuse(ctx context.Context, database string) error {
	if isPostgres(database) {
		return errors.New("it is PostgreSQL's; put the dump back with psql or pg_restore, then run visitprep restore without a file")
	}
	if inMemory(database) {
		return errNotKept
	}
	if err := checkPlace(database); err != nil {
		return err
	}
	database = resolved(database)
	r.database, r.id = database, r.now.UTC().Format("20060102T150405Z")
	info, err := os.Stat(r.file)
	if pending := pendingRestore(database); errors.Is(err, fs.ErrNotExist) && pending != "" {
		return fmt.Errorf("there is no file %s; a copy that is half put back is in %s: run visitprep restore %[2]s", r.file, pending)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %s", r.file)
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", r.file)
	}
	marked, err := isMarked(ctx, r.file)
	if err == nil && info.Size() < fileHead {
		err = errNotADatabase
	}
	if err != nil {
		return r.unreadable(err)
	}
	if own, err := os.Stat(database); err == nil && os.SameFile(own, info) {
		if !marked {
			return fmt.Errorf("%s is the database itself; name a copy that visitprep backup made", r.file)
		}
		return nil
	}
	if log := logBeside(r.file); log != "" {
		return fmt.Errorf("%s lies beside %s, so that is a database somebody has worked with and not a copy; name a copy that visitprep backup made", log, r.file)
	}
	return nil
}

// logBeside is the log of a file, if there is one with anything in it.
func logBeside(file string) string {
	for _, suffix := range []string{"-wal", "-journal"} {
		if info, err := os.Stat(file + suffix); err == nil && info.Size() > 0 {
			return file + suffix
		}
	}
	return ""
}

// pendingRestore is the copy that a restore which was cut off was about to put in the
// place of a database.
func pendingRestore(database string) string {
	entries, err := os.ReadDir(filepath.Dir(database))
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(database)+restoring) {
			return filepath.Join(filepath.Dir(database), e.Name())
		}
	}
	return ""
}

// put does the work, under the locks.
//
// The order: the new file is made ready beside the old one; under its last name it says
// that the old one is not to be opened any more; the old one goes, with its logs; the new
// one takes its name. So no start ever finds the old logs beside the copy, nor the old
// database without them.
func (r *restoration) put(ctx context.Context) error {
	pending := pendingRestore(r.database)
	if pending != "" { // it goes on under the names that it began with
		r.id = strings.TrimPrefix(filepath.Base(pending), filepath.Base(r.database)+restoring)
		if err := r.setAside(); err != nil {
			return err
		}
	}
	for n := 2; pending == "" && r.taken(); n++ {
		r.id = r.now.UTC().Format("20060102T150405Z") + "-" + strconv.Itoa(n)
	}
	ready := r.database + copying
	if err := r.prepare(ctx, ready); err != nil {
		removeWithLogs(ready)
		return err
	}
	dir := filepath.Dir(r.database)
	if err := errors.Join(r.step("the copy is ready"), syncDir(dir)); err != nil {
		return err
	}
	next := r.database + restoring + r.id
	if err := os.Rename(ready, next); err != nil {
		return err
	}
	if err := errors.Join(syncDir(dir), r.step("the copy waits")); err != nil {
		return err
	}
	if err := r.setAside(); err != nil {
		return err
	}
	if err := os.Rename(next, r.database); err != nil {
		return err
	}
	for _, suffix := range endings {
		if kept := r.database + keptAs + r.id + suffix; present(kept) {
			r.Kept = append(r.Kept, kept)
		}
	}
	return errors.Join(syncDir(dir), r.step("in its place"))
}

// setAside renames the old database and what is beside it. What is set aside already has
// its new name.
func (r *restoration) setAside() error {
	for _, suffix := range endings {
		old, kept := r.database+suffix, r.database+keptAs+r.id+suffix
		if !present(old) {
			continue
		}
		if present(kept) {
			return fmt.Errorf("%s would be overwritten; move it away", kept)
		}
		if err := os.Rename(old, kept); err != nil {
			return err
		}
		if err := r.step("set aside " + suffix); err != nil {
			return err
		}
	}
	return syncDir(filepath.Dir(r.database))
}

func present(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// taken reports whether something else was kept under the names of this restore.
func (r *restoration) taken() bool {
	return slices.ContainsFunc(endings[:], func(suffix string) bool { return present(r.database + keptAs + r.id + suffix) })
}

func removeWithLogs(file string) {
	for _, suffix := range endings {
		os.Remove(file + suffix)
	}
}

// prepare copies the copy to a new file, checks that, and makes a database of it that can
// be served.
func (r *restoration) prepare(ctx context.Context, ready string) error {
	removeWithLogs(ready) // of one that was cut off
	if err := copyNew(ctx, r.file, ready); err != nil {
		return err
	}
	if err := r.adopt(ready); err != nil {
		return err
	}
	if err := r.step("copied"); err != nil {
		return err
	}
	db, err := openAlone(ctx, ready)
	if err != nil {
		return r.unreadable(err)
	}
	if err := r.check(ctx, db); err != nil {
		return errors.Join(err, db.Close())
	}
	if err := migrate(ctx, db, false); err != nil {
		return errors.Join(fmt.Errorf("bring the tables of %s up to date: %w", r.file, err), db.Close())
	}
	given := r.given(ctx, db)
	r.Jumped = given == nil
	if r.Looked, r.Copied, err = putBack(ctx, db, given, r.now); err != nil {
		return errors.Join(fmt.Errorf("mark in the copy of %s what may have been sent: %w", r.file, err), db.Close())
	}
	if err := r.keepForgotten(ctx, db); err != nil {
		return errors.Join(fmt.Errorf("note in the copy of %s who was forgotten since: %w", r.file, err), db.Close())
	}
	r.Installed = r.installedSince(ctx, db)
	return errors.Join(db.Close(), syncFile(ready))
}

// adopt gives the new file, and the locks beside it, to whom the old one belongs, or the
// folder.
func (r *restoration) adopt(ready string) error {
	like, err := os.Stat(r.database)
	if err == nil {
		err = os.Chmod(ready, like.Mode().Perm())
	} else {
		like, err = os.Stat(filepath.Dir(r.database))
	}
	if err == nil {
		err = giveTo(ready, like)
	}
	for _, lock := range locks {
		if name := r.database + lock; err == nil && present(name) {
			err = giveTo(name, like)
		}
	}
	return err
}

// putBack runs takeForRestored.
func putBack(ctx context.Context, db *sql.DB, given []numbered, now time.Time) (looked int64, copied time.Time, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, copied, err
	}
	looked, err = takeForRestored(ctx, tx, given, now)
	if err != nil {
		tx.Rollback()
		return 0, copied, err
	}
	g, err := gapOf(ctx, tx)
	if err != nil {
		tx.Rollback()
		return 0, copied, err
	}
	return looked, g.From, tx.Commit()
}

func (r *restoration) unreadable(err error) error {
	if notADatabase(err) || errors.Is(err, errNotADatabase) {
		return fmt.Errorf("%s is not a SQLite database; name a copy that visitprep backup made", r.file)
	}
	if isDamaged(err) {
		return fmt.Errorf("%s is damaged; name another copy", r.file)
	}
	return fmt.Errorf("%s cannot be read: %w", r.file, classify(err))
}

func notADatabase(err error) bool {
	var s *sqlite.Error
	return errors.As(err, &s) && s.Code()&0xff == lib.SQLITE_NOTADB
}

func isDamaged(err error) bool {
	var s *sqlite.Error
	return errors.As(err, &s) && s.Code()&0xff == lib.SQLITE_CORRUPT
}

// check refuses what is damaged, not ours, or newer than this program.
func (r *restoration) check(ctx context.Context, db *sql.DB) error {
	var found string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&found); err != nil {
		return r.unreadable(err)
	}
	if found != "ok" {
		return fmt.Errorf("%s is damaged; name another copy", r.file)
	}
	done, err := versions(ctx, db, false)
	if err != nil {
		return r.unreadable(err)
	}
	if done == nil { // of a version that noted them elsewhere
		for _, table := range before()[0] {
			if there, err := exists(ctx, db, false, table); err != nil || !there {
				return errors.Join(err, fmt.Errorf("%s is another program's database; name a copy that visitprep backup made", r.file))
			}
		}
		return nil
	}
	known, err := allMigrations()
	if err != nil {
		return err
	}
	if version, newest := slices.Max(done), known[len(known)-1].version; version > newest {
		return fmt.Errorf("%s is of a newer visitprep (its tables are version %d, this one knows %d); restore it with that one", r.file, version, newest)
	}
	return nil
}

// replaced opens the database that is replaced, for reading; it is nil where it is not there, or nobody has
// served it, or it cannot be read, which may be why a copy is put back.
func (r *restoration) replaced(ctx context.Context) *sql.DB {
	old := r.database
	if !present(old) { // by a restore that was cut off
		old = r.database + keptAs + r.id
	}
	if !present(old) {
		return nil
	}
	if marked, err := isMarked(ctx, old); err != nil || marked {
		return nil
	}
	options := "mode=ro"
	if logBeside(old) == "" {
		options += "&immutable=1" // or an empty log is made
	}
	db, err := sql.Open("sqlite", fileName(old, options))
	if err != nil {
		return nil
	}
	return db
}

// installedSince are the workspaces, by name and id, that have the app in the database that is replaced and not
// in the copy.
func (r *restoration) installedSince(ctx context.Context, copied *sql.DB) (names []string) {
	db := r.replaced(ctx)
	if db == nil {
		return nil
	}
	defer db.Close()
	read := func(db *sql.DB) ([][2]string, error) {
		return all(ctx, db, func(row scanner) (i [2]string, err error) { return i, row.Scan(&i[0], &i[1]) },
			`SELECT workspace, name FROM installations WHERE ended_at = 0 ORDER BY workspace`)
	}
	have, err := read(db)
	had, err2 := read(copied)
	if err != nil || err2 != nil { // of a version that knew of no installations
		return nil
	}
	for _, i := range have {
		if !slices.ContainsFunc(had, func(h [2]string) bool { return h[0] == i[0] }) {
			names = append(names, strings.TrimSpace(i[1]+" ("+i[0]+")"))
		}
	}
	return names
}

// given are the last numbers of the database that is replaced, where it can be read and is
// what became of the copied one: it has what the copy has last. Else they are nil.
func (r *restoration) given(ctx context.Context, copied *sql.DB) []numbered {
	db := r.replaced(ctx)
	if db == nil {
		return nil
	}
	defer db.Close()
	const last = `SELECT kind, workspace, number, created_at FROM (
		SELECT 'visits' AS kind, workspace, number, created_at FROM visits UNION ALL
		SELECT 'plans', workspace, number, created_at FROM plans UNION ALL
		SELECT 'inspections', workspace, number, created_at FROM inspections) AS a `
	var kind, workspace string
	var number, created, same int64
	if err := copied.QueryRowContext(ctx, last+`ORDER BY created_at DESC, kind, number DESC LIMIT 1`).Scan(&kind, &workspace, &number, &created); err != nil {
		return nil // nothing tells
	}
	if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM (`+last+`) AS b WHERE kind = $1 AND workspace = $2 AND number = $3 AND created_at = $4`,
		kind, workspace, number, created).Scan(&same); err != nil || same == 0 {
		return nil
	}
	ns, err := all(ctx, db, func(row scanner) (n numbered, err error) { return n, row.Scan(&n.workspace, &n.name, &n.last) },
		`SELECT workspace, name, last FROM counters`)
	if err != nil {
		return nil
	}
	return ns
}

// keepForgotten notes in the copy who was forgotten in the database that it replaces, where that can be
// read: whoever serves the copy forgets them once more.
func (r *restoration) keepForgotten(ctx context.Context, copied *sql.DB) error {
	db := r.replaced(ctx)
	if db == nil {
		return nil
	}
	defer db.Close()
	type noted struct {
		ForgottenPerson
		numbers int
	}
	scan := func(row scanner) (f noted, err error) {
		return f, row.Scan(&f.Workspace, &f.Who, instantField{&f.At}, &f.numbers)
	}
	people, err := all(ctx, db, scan, `SELECT workspace, who, at, numbers FROM forgotten WHERE workspace <> ''`)
	if err != nil { // of a version that kept no numbers
		people, err = all(ctx, db, scan, `SELECT workspace, who, at, 0 FROM forgotten WHERE workspace <> ''`)
	}
	if err != nil {
		return nil // of a version that forgot nobody, or damaged
	}
	for _, p := range people {
		if _, err := copied.ExecContext(ctx, `INSERT INTO forgotten (workspace, who, at, numbers) VALUES ($1, $2, 0, $4)
			ON CONFLICT (workspace, who) DO UPDATE SET numbers = CASE WHEN forgotten.numbers > $4 THEN forgotten.numbers ELSE $4 END,
			at = CASE WHEN forgotten.at < $3 OR $3 = 0 THEN 0 ELSE forgotten.at END`, p.Workspace, p.Who, millis(p.At), p.numbers); err != nil {
			return err
		}
	}
	return nil
}

var errNotADatabase = errors.New("the file is not a SQLite database")

// fileName is the name under which the driver opens a SQLite file.
func fileName(file, options string) string {
	return "file:" + (&url.URL{Path: file}).EscapedPath() + "?" + options
}

// isMarked reports whether a SQLite file is a copy that nobody has put back yet. Only the
// file counts, whatever lies beside it.
func isMarked(ctx context.Context, file string) (bool, error) {
	db, err := sql.Open("sqlite", fileName(file, "mode=ro&immutable=1"))
	if err != nil {
		return false, err
	}
	defer db.Close()
	var marked int
	err = db.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'restored'`).Scan(&marked)
	if err == nil && marked > 0 {
		err = db.QueryRowContext(ctx, `SELECT COUNT(*) FROM restored WHERE restored_at = 0`).Scan(&marked)
	}
	if notADatabase(err) {
		err = errNotADatabase
	}
	return marked > 0, err
}

// takeCopy looks at a copy before it is opened: the log of another database beside it would
// be played over it. With serve it is taken for restored. The caller has found the mark, and
// holds the lock now: somebody else may have taken the copy meanwhile.
func takeCopy(ctx context.Context, o Options) error {
	if marked, err := isMarked(ctx, o.URL); err != nil || !marked { // what is wrong with it is seen when it is opened
		return nil
	}
	if log := logBeside(o.URL); log != "" {
		return fmt.Errorf("%s is a copy, and %s beside it is another database's: run visitprep restore %[1]s, which sets that aside", o.URL, log)
	}
	if !o.Owner {
		return nil
	}
	db, err := openAlone(ctx, o.URL)
	if err != nil {
		return fmt.Errorf("open the copy %s: %w", o.URL, classify(err))
	}
	err = migrate(ctx, db, false)
	var looked int64
	if err == nil {
		looked, _, err = putBack(ctx, db, nil, time.Now())
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("take the copy %s for restored: %w", o.URL, classify(err))
	}
	o.Logger.Warn("the database is a copy that was put back; what may have been sent since is looked for before it is sent", "messages", looked)
	return nil
}
