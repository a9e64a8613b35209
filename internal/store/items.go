package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"visitprep/internal/visit"
)

const itemColumns = `workspace, subject, id, milestone, text, advice, sensitive, owner, done_by, done_at, skipped, own, removed, due_day, position, role, original`

// itemFields are what stands in the columns of an item after those of its subject.
func itemFields(i *visit.Item) []any {
	return []any{&i.ID, (*int)(&i.Milestone), &i.Text, list(&i.Entries), &i.Sensitive, &i.Owner,
		&i.Done.By, instantField{&i.Done.At}, &i.Skipped, &i.Custom, &i.Removed, &i.Due, &i.Position, (*string)(&i.Role), &i.Original}
}

func scanItem(row scanner) (i visit.Item, err error) {
	var workspace, subject string
	err = row.Scan(append([]any{&workspace, &subject}, itemFields(&i)...)...)
	return i, err
}

// items loads a checklist, in its order.
func items(ctx context.Context, r reader, workspace string, s visit.Subject) (visit.Checklist, error) {
	return all(ctx, r, scanItem, `SELECT `+itemColumns+` FROM items
		WHERE workspace = $1 AND subject = $2 ORDER BY milestone, position, id`, workspace, string(s))
}

// saveItems writes the items of now that are new, or differ from before. A person's
// first item starts a digest of their own items.
func (t *txn) saveItems(ctx context.Context, workspace string, s visit.Subject, before, now visit.Checklist, d digests) error {
	old := make(map[int]visit.Item, len(before))
	for _, i := range before {
		old[i.ID] = i
	}
	var rows [][]any
	var owners []string
	for _, i := range now {
		if o, ok := old[i.ID]; ok && sameItem(o, i) {
			continue
		}
		if i.Owner != "" && i.Open() && !slices.Contains(owners, i.Owner) {
			owners = append(owners, i.Owner)
		}
		rows = append(rows, stored(append([]any{workspace, string(s)}, itemFields(&i)...)))
	}
	tail := ""
	if len(before) > 0 {
		tail = `ON CONFLICT (workspace, subject, id) DO UPDATE SET
		milestone = excluded.milestone, text = excluded.text, advice = excluded.advice, sensitive = excluded.sensitive,
		owner = excluded.owner, done_by = excluded.done_by, done_at = excluded.done_at, skipped = excluded.skipped,
		own = excluded.own, removed = excluded.removed, due_day = excluded.due_day, position = excluded.position,
		role = excluded.role, original = excluded.original`
	}
	if err := t.insert(ctx, `items (`+itemColumns+`)`, rows, tail); err != nil {
		return err
	}
	return t.addDigests(ctx, workspace, owners, d)
}

// digests says when people get the list of their own items.
type digests struct {
	at   visit.TimeOfDay
	zone string // where nobody has said otherwise
	from time.Time
}

// addDigests schedules a digest of each person's items, once a day at most. The
// planner decides on which days there is something to tell.
func (t *txn) addDigests(ctx context.Context, workspace string, people []string, d digests) error {
	var rows [][]any
	for _, p := range people {
		zone := d.zone
		err := t.QueryRowContext(ctx, `SELECT zone FROM people WHERE workspace = $1 AND person = $2 AND zone <> ''`, workspace, p).Scan(&zone)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		rows = append(rows, []any{workspace, string(visit.RecurDigest), string(visit.SubjectOf(visit.OfPerson, p)),
			fmt.Sprintf("%d %d * * *", d.at.Minute, d.at.Hour), zone, millis(d.from), 1, false, ""})
	}
	if len(rows) == 0 {
		return nil
	}
	t.wake = true
	return t.insert(ctx, `schedules (`+scheduleColumns+`)`, rows, `ON CONFLICT (workspace, kind, subject) DO NOTHING`)
}

func sameItem(a, b visit.Item) bool {
	return a.ID == b.ID && a.Milestone == b.Milestone && a.Text == b.Text && slices.Equal(a.Entries, b.Entries) && a.Sensitive == b.Sensitive &&
		a.Owner == b.Owner && a.Done.By == b.Done.By && a.Done.At.Equal(b.Done.At) && a.Skipped == b.Skipped &&
		a.Custom == b.Custom && a.Removed == b.Removed && a.Due == b.Due && a.Position == b.Position && a.Role == b.Role && a.Original == b.Original
}

// insert writes rows, as many with one statement as the database likes: on PostgreSQL
// a round trip costs most, and 200 rows are far below its 65,535 parameters; on SQLite
// there is none, and one row needs no copy of the pages it may have to put back.
func (t *txn) insert(ctx context.Context, into string, rows [][]any, tail string) error {
	var text string
	var in int // rows that text inserts
	for part := range slices.Chunk(rows, t.batchRows) {
		if len(part) != in {
			in = len(part)
			text = insertText(into, in, len(part[0]), tail)
		}
		if _, err := t.ExecContext(ctx, text, slices.Concat(part...)...); err != nil {
			return err
		}
	}
	return nil
}

func insertText(into string, rows, columns int, tail string) string {
	b := append(make([]byte, 0, 512), "INSERT INTO "+into+" VALUES "...)
	for n := range rows * columns {
		switch {
		case n == 0:
			b = append(b, '(')
		case n%columns == 0:
			b = append(b, "), ("...)
		default:
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(append(b, '$'), int64(n+1), 10)
	}
	return string(b) + ") " + tail
}
