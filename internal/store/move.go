package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// A Moved is what came of a move.
type Moved struct {
	To     string // the address, without its password
	Tables []MovedTable
	// Cleaned are the columns in which texts had what PostgreSQL cannot keep, with how many had it: the
	// character NUL was left out, and bytes that are no text became U+FFFD.
	Cleaned map[string]int
}

// A MovedTable has as many rows, with the same sum, on both sides.
type MovedTable struct {
	Name string
	Rows int
	Sum  string
}

// A MovedError is returned by Open for a SQLite file of which all has been moved to PostgreSQL.
type MovedError struct {
	File, To string
	At       time.Time
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("%s was moved to %s on %s: set DATABASE_URL to that. To work with the file again, run visitprep move --undo", e.File, e.To, e.At.UTC().Format("2 January 2006 at 15:04 MST"))
}

// notMoved are tables that a file has and that are not copied: what counts migrations is made on
// the other side, an older version's count belongs to nobody any more, and the mark is the file's.
var notMoved = []string{migrationsTable, "goose_db_version", "moved"}

// Move copies all of the SQLite database at o.URL into an empty PostgreSQL database, in one transaction
// there, compares what arrived, and marks the file: no process opens it any more, until [UndoMove]. It
// refuses while somebody serves the file or imports into it.
//
// Killed at any moment it leaves the file as it was, or a marked file of which all has arrived, or, between
// the two commits, a marked file and an empty target: the same move, run again, does the rest.
func Move(ctx context.Context, o Options, target string, now time.Time) (m Moved, err error) {
	if m, err = move(ctx, o, target, now); err != nil {
		return Moved{}, fmt.Errorf("move the database: %w", err)
	}
	return m, nil
}

func move(ctx context.Context, o Options, target string, now time.Time) (m Moved, err error) {
	from, err := openMoving(ctx, o)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	release, err := lockImport(from.file, (*flock.Flock).TryLock)
	if err != nil {
		return m, err
	}
	defer release()
	if target, err = Address(target); err != nil {
		return m, errors.New(strings.ReplaceAll(err.Error(), "DATABASE_URL", "the address to move to"))
	}
	if !isPostgres(target) {
		return m, fmt.Errorf("%s is no PostgreSQL database: write %s", target, postgresForm)
	}
	m.To = withoutPassword(target)
	src, err := from.write.BeginTx(ctx, nil) // locks the file
	if err != nil {
		return m, classify(err)
	}
	defer src.Rollback()
	was, err := movedMark(ctx, src, from.file)
	if err != nil {
		return m, err
	}
	if was != nil && was.To != m.To {
		return m, was
	}
	to, err := Open(ctx, Options{URL: target, Timing: o.Timing, Logger: o.Logger})
	if err != nil {
		return m, errors.New(strings.ReplaceAll(err.Error(), "in DATABASE_URL", "in the address to move to"))
	}
	defer to.Close()
	conn, err := to.write.Conn(ctx)
	if err != nil {
		return m, classify(err)
	}
	defer conn.Close()
	dst, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return m, classify(err)
	}
	defer dst.Rollback()
	c := &moving{src: src, dst: dst, conn: conn, cleaned: map[string]int{}}
	if m.Tables, err = c.all(ctx, m.To, was); err != nil {
		return m, err
	}
	m.Cleaned = c.cleaned
	if _, err := src.ExecContext(ctx, `INSERT INTO moved (workspace, moved_to, moved_at) VALUES ('', $1, $2)
		ON CONFLICT (workspace) DO UPDATE SET moved_to = excluded.moved_to, moved_at = excluded.moved_at`, m.To, millis(now)); err != nil {
		return m, classify(err)
	}
	// The file first: were it the other way round, a kill in between would leave two that are served.
	if err := src.Commit(); err != nil {
		return m, classify(err)
	}
	if err := dst.Commit(); err != nil {
		return m, fmt.Errorf("it is not known whether all has arrived; run the same command again: %w", classify(err))
	}
	return m, nil
}

// openMoving opens the file that is moved, or moved back, as its owner.
func openMoving(ctx context.Context, o Options) (*Store, error) {
	var err error
	if o.URL, err = Address(o.URL); err != nil {
		return nil, err
	}
	if isPostgres(o.URL) {
		return nil, errors.New("DATABASE_URL names PostgreSQL, and only a SQLite file is moved: set DATABASE_URL to the file. There is no way from PostgreSQL into a file")
	}
	o.Owner, o.Existing, o.moving = true, true, true
	return Open(ctx, o)
}

// UndoMove takes the mark of [Move] from a SQLite file. What its new place has done since is not known
// here, so the file is a copy that is put back: what may have been sent is looked for before it is sent.
func UndoMove(ctx context.Context, o Options) (*MovedError, error) {
	s, err := openMoving(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("undo the move: %w", err)
	}
	var was *MovedError
	err = s.change(ctx, "undo the move", func(t *txn) (err error) {
		if was, err = movedMark(ctx, t, s.file); err != nil {
			return err
		}
		if was == nil {
			return fmt.Errorf("%s was not moved", s.file)
		}
		if _, err := t.ExecContext(ctx, `DELETE FROM moved WHERE workspace = ''`); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, markAsCopy, millis(was.At))
		return err
	})
	return was, errors.Join(err, s.Close())
}

// movedMark is the mark of a move, or nil.
func movedMark(ctx context.Context, r reader, file string) (*MovedError, error) {
	e := &MovedError{File: file}
	err := r.QueryRowContext(ctx, `SELECT moved_to, moved_at FROM moved WHERE workspace = ''`).Scan(&e.To, instantField{&e.At})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read whether the database was moved: %w", classify(err))
	}
	return e, nil
}

// withoutPassword is an address as others may read it, in one form: two that differ in more than a password may be
// of different databases.
func withoutPassword(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the PostgreSQL database"
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	q.Del("password")
	q.Del("sslpassword")
	u.RawQuery = q.Encode()
	if u.Hostname() != "" && u.Port() == "" && !q.Has("port") {
		u.Host += ":5432"
	}
	return u.String()
}

// A moving is one move at work.
type moving struct {
	src, dst *sql.Tx
	conn     *sql.Conn // of dst
	cleaned  map[string]int
}

// all copies every table that the file has, whatever migration made it.
func (c *moving) all(ctx context.Context, to string, was *MovedError) (done []MovedTable, err error) {
	names, err := all(ctx, c.src, func(row scanner) (name string, err error) { return name, row.Scan(&name) },
		`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return nil, classify(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(notMoved, name) })
	for _, name := range names {
		there, err := exists(ctx, c.dst, true, name)
		if err != nil {
			return nil, classify(err)
		}
		if !there {
			return nil, fmt.Errorf("the file has a table %s that is not Visit Prep's: take it out first (DROP TABLE %[1]s)", name)
		}
		// Whoever serves the target already waits, and finds what has arrived.
		if _, err := c.dst.ExecContext(ctx, `LOCK TABLE `+name+` IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return nil, classify(err)
		}
		var filled bool
		if err := c.dst.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+name+`)`).Scan(&filled); err != nil {
			return nil, classify(err)
		}
		if filled && was != nil {
			return nil, was
		}
		if filled {
			return nil, fmt.Errorf("%s is not empty (%s has rows): move copies into an empty database only; name another, or make that one empty", to, name)
		}
	}
	for _, name := range names {
		t, err := c.table(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("copy the table %s: %w", name, err)
		}
		done = append(done, t)
	}
	return done, nil
}

// table copies a table and compares what has arrived.
func (c *moving) table(ctx context.Context, name string) (MovedTable, error) {
	columns, err := c.columns(ctx, name)
	if err != nil {
		return MovedTable{}, classify(err)
	}
	names := make([]string, len(columns))
	for n, col := range columns {
		names[n] = col.name
	}
	query := `SELECT ` + strings.Join(names, ", ") + ` FROM ` + name
	rows, err := c.src.QueryContext(ctx, query)
	if err != nil {
		return MovedTable{}, classify(err)
	}
	defer rows.Close()
	sent := &movedRows{rows: rows, table: name, columns: columns, cleaned: c.cleaned}
	if err := c.conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{name}, names, sent)
		return err
	}); sent.wrong != nil { // the server only says that the copy ended
		return MovedTable{}, sent.wrong
	} else if err != nil {
		return MovedTable{}, classify(err)
	}
	arrived, err := c.dst.QueryContext(ctx, query)
	if err != nil {
		return MovedTable{}, classify(err)
	}
	defer arrived.Close()
	got := &movedRows{rows: arrived, table: name, columns: columns, cleaned: map[string]int{}}
	for got.Next() {
		if _, err := got.Values(); err != nil {
			return MovedTable{}, err
		}
	}
	if err := got.Err(); err != nil {
		return MovedTable{}, classify(err)
	}
	if got.count != sent.count || got.sum != sent.sum {
		return MovedTable{}, fmt.Errorf("%d rows with the sum %s were sent, and %d with %s have arrived; nothing was moved", sent.count, sent.sum, got.count, got.sum)
	}
	return MovedTable{name, sent.count, sent.sum.String()}, nil
}

// A movedColumn is a column with its type on PostgreSQL.
type movedColumn struct{ name, kind string }

func (c *moving) columns(ctx context.Context, table string) (columns []movedColumn, err error) {
	of := func(tx *sql.Tx) ([]movedColumn, error) {
		rows, err := tx.QueryContext(ctx, `SELECT * FROM `+table+` WHERE 1 = 0`)
		if err != nil {
			return nil, err
		}
		types, err := rows.ColumnTypes()
		var out []movedColumn
		for _, t := range types {
			out = append(out, movedColumn{t.Name(), t.DatabaseTypeName()})
		}
		return out, closeRows(rows, err)
	}
	here, err := of(c.src)
	if err != nil {
		return nil, err
	}
	there, err := of(c.dst)
	if err != nil {
		return nil, err
	}
	for _, col := range here {
		n := slices.IndexFunc(there, func(o movedColumn) bool { return o.name == col.name })
		if n < 0 {
			return nil, fmt.Errorf("the target has no column %s", col.name)
		}
		columns = append(columns, there[n])
	}
	if len(here) != len(there) {
		return nil, fmt.Errorf("the target has %d columns, the file %d", len(there), len(here))
	}
	return columns, nil
}

// A rowSum is a sum over rows in any order: of the first 16 bytes of each one's SHA-256, in two halves.
type rowSum [2]uint64

func (s rowSum) String() string {
	b := binary.BigEndian.AppendUint64(nil, s[0])
	return hex.EncodeToString(binary.BigEndian.AppendUint64(b, s[1]))
}

// movedRows reads rows of either side as PostgreSQL keeps them, counts them and adds them up. It is
// what pgx copies from.
type movedRows struct {
	rows    *sql.Rows
	table   string
	columns []movedColumn
	cleaned map[string]int
	count   int
	sum     rowSum
	wrong   error // with a value
}

func (r *movedRows) Next() bool { return r.rows.Next() }
func (r *movedRows) Err() error { return r.rows.Err() }

func (r *movedRows) Values() ([]any, error) {
	values, into := make([]any, len(r.columns)), make([]any, len(r.columns))
	for n := range values {
		into[n] = &values[n]
	}
	if err := r.rows.Scan(into...); err != nil {
		return nil, err
	}
	h := sha256.New()
	for n, col := range r.columns {
		v, err := r.value(col, values[n])
		if err != nil {
			r.wrong = err
			return nil, err
		}
		values[n] = v
		text := fmt.Append(nil, v)
		if b, ok := v.([]byte); ok {
			text = b
		}
		fmt.Fprintf(h, "%T %d ", v, len(text))
		h.Write(text)
	}
	row := h.Sum(nil)
	r.count++
	r.sum[0] += binary.BigEndian.Uint64(row)
	r.sum[1] += binary.BigEndian.Uint64(row[8:])
	return values, nil
}

// value is what PostgreSQL keeps for what a column holds. SQLite takes a value of any type in any column.
func (r *movedRows) value(col movedColumn, v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case bool:
		if col.kind == "BOOL" {
			return x, nil
		}
	case int64:
		switch {
		case col.kind == "INT8":
			return x, nil
		case col.kind == "BOOL" && (x == 0 || x == 1):
			return x == 1, nil
		}
	case []byte:
		switch col.kind {
		case "BYTEA":
			return notNull(x), nil // nil is SQLite's for no bytes, and PostgreSQL's for NULL
		case "TEXT":
			return r.text(col, string(x)), nil
		}
	case string:
		switch col.kind {
		case "BYTEA":
			return []byte(x), nil
		case "TEXT":
			return r.text(col, x), nil
		}
	}
	return nil, fmt.Errorf("%s.%s holds a value of the type %T, which is none of its own (%s)", r.table, col.name, v, col.kind)
}

func (r *movedRows) text(col movedColumn, s string) string {
	if utf8.ValidString(s) && !strings.ContainsRune(s, 0) {
		return s
	}
	r.cleaned[r.table+"."+col.name]++
	return strings.ReplaceAll(strings.ToValidUTF8(s, string(utf8.RuneError)), "\x00", "")
}
