package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/visit"
)

// A scanner is a row that was read.
type scanner interface{ Scan(...any) error }

// A record says how visits, inspections or plans are kept: in which table, and which
// field stands in which column. Each has a factory. In its queries v is the table, f
// the factories.
type record[T any] struct {
	table string
	kind  visit.SubjectKind
	a     string // one of them in an error, such as "a visit"
	// fields are pointers to what stands in the columns, in their order: a row is read
	// into them and written from them. The first two are the workspace and the number.
	fields  func(*T) []any
	factory func(*T) *visit.Factory

	columns, from          string // of a SELECT, with the factory's
	insertText, updateText string
}

// newRecord makes the SQL of a record. columns are names with spaces between.
func newRecord[T any](r record[T], columns string) record[T] {
	names := strings.Fields(columns)
	var set, places []string
	for n, name := range names {
		places = append(places, "$"+strconv.Itoa(n+1))
		if n > 1 {
			set = append(set, name+" = "+places[n])
		}
	}
	r.columns = "v." + strings.Join(names, ", v.") + ", f." + strings.ReplaceAll(factoryColumns, ", ", ", f.")
	r.from = " FROM " + r.table + " v JOIN factories f ON f.workspace = v.workspace AND f.number = v.factory "
	r.insertText = "INSERT INTO " + r.table + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(places, ", ") + ")"
	r.updateText = "UPDATE " + r.table + " SET " + strings.Join(set, ", ") + " WHERE workspace = $1 AND number = $2"
	return r
}

// into are the places of a row's columns in x.
func (r record[T]) into(x *T) []any { return append(r.fields(x), factoryFields(r.factory(x))...) }

func (r record[T]) scan(row scanner) (x T, err error) {
	err = row.Scan(r.into(&x)...)
	return x, err
}

func (r record[T]) get(ctx context.Context, db reader, workspace string, number int) (T, error) {
	x, err := r.scan(db.QueryRowContext(ctx, `SELECT `+r.columns+r.from+`WHERE v.workspace = $1 AND v.number = $2`, workspace, number))
	return x, notFound(err, string(r.kind), number)
}

func (r record[T]) insert(ctx context.Context, t *txn, x *T) error {
	_, err := t.ExecContext(ctx, r.insertText, stored(r.fields(x))...)
	return err
}

func (r record[T]) update(ctx context.Context, t *txn, x *T) error {
	_, err := t.ExecContext(ctx, r.updateText, stored(r.fields(x))...)
	return err
}

// lock counts a change, which keeps others from changing the same until the
// transaction ends.
func (r record[T]) lock(ctx context.Context, t *txn, workspace string, number int) error {
	_, err := t.ExecContext(ctx, `UPDATE `+r.table+` SET rev = rev + 1 WHERE workspace = $1 AND number = $2`, workspace, number)
	return err
}

// stored are the values behind fields. The drivers can do that too, but with
// reflection.
func stored(fields []any) []any {
	for n, f := range fields {
		switch f := f.(type) {
		case *string:
			fields[n] = *f
		case *int:
			fields[n] = *f
		case *bool:
			fields[n] = *f
		}
	}
	return fields
}

// A jsonList is a field that is stored as JSON, and as the empty text when it is empty.
type jsonList[T any] struct{ of *[]T }

func list[T any](of *[]T) jsonList[T] { return jsonList[T]{of} }

func (l jsonList[T]) Value() (driver.Value, error) {
	if len(*l.of) == 0 {
		return "", nil
	}
	b, err := json.Marshal(*l.of)
	return string(b), err
}

func (l jsonList[T]) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("a list is stored as text, not as %T", v)
	}
	*l.of = nil
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), l.of)
}

// An instantField is a field that is stored in milliseconds, 0 for none.
type instantField struct{ of *time.Time }

func (i instantField) Value() (driver.Value, error) { return millis(*i.of), nil }

func (i instantField) Scan(v any) error {
	ms, ok := v.(int64)
	if !ok {
		return fmt.Errorf("an instant is stored as a number, not as %T", v)
	}
	*i.of = instant(ms)
	return nil
}
