package store

import (
	"strconv"
	"strings"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// A Filter says what to list; its zero value is everything that is not cancelled.
type Filter struct {
	Channels      []string   // only in these; nil is in all
	Own           string     // with Channels, also what is this person's own and stands in a closed channel
	Factory       int        // only at this one; 0 is at all
	From          civil.Date // only what ends on or after the day
	Before        civil.Date // only what ends before the day; the last to end comes first
	Cancelled     bool       // also what is cancelled or ended
	Limit, Offset int        // Limit 0 is all
}

// where builds the condition of a filter; day is the column that From and Before are about.
func (f *Filter) where(workspace, table, day string, kind visit.SubjectKind, arg func(any) string) string {
	w := "WHERE " + table + ".workspace = " + arg(workspace)
	if f.Channels != nil {
		marks := make([]string, len(f.Channels))
		for i, c := range f.Channels {
			marks[i] = arg(c)
		}
		if len(marks) == 0 {
			marks = []string{"''"} // no channel has that name
		}
		in := table + ".channel IN (" + strings.Join(marks, ", ") + ")"
		if f.Own != "" {
			in = "(" + in + " OR " + closedTo(table) + " AND " + ownRows[kind].where(table, f.Own, arg) + ")"
		}
		w += " AND " + in
	}
	if f.Factory > 0 {
		w += " AND " + table + ".factory = " + arg(f.Factory)
	}
	if !f.From.IsZero() {
		w += " AND " + table + "." + day + " >= " + arg(f.From.String())
	}
	if !f.Before.IsZero() {
		w += " AND " + table + "." + day + " < " + arg(f.Before.String())
	}
	return w
}

// page is the end of a query that lists.
func (f *Filter) page() string {
	if f.Limit <= 0 {
		return ""
	}
	return " LIMIT " + strconv.Itoa(f.Limit) + " OFFSET " + strconv.Itoa(max(f.Offset, 0))
}

// arguments collects the values of a query and names each by its place.
type arguments []any

func (a *arguments) add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// counts are the columns that sum up the checklists of a kind: what is done, what there is to do
// with it, what does not apply, and what is open and nobody has taken.
func counts(kind visit.SubjectKind) string {
	const items = `(SELECT COUNT(*) FROM items i WHERE i.workspace = v.workspace AND NOT i.removed AND i.subject = `
	subject := `'` + string(kind) + `/' || CAST(v.number AS TEXT)`
	return items + subject + ` AND i.done_by <> '' AND i.skipped = ''), ` + items + subject + ` AND i.skipped = ''), ` + items + subject + ` AND i.skipped <> ''), ` +
		items + subject + ` AND i.done_by = '' AND i.owner = '')`
}
