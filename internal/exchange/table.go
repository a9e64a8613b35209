package exchange

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/yamlfile"
)

// A table is a file of lines and columns, whose first line names the columns.
type table struct {
	file string
	// next gives one line after the other, and io.EOF after the last.
	next func() (line, error)
	// separators are what people call the signs between the cells of a line, and nil where
	// a cell stands in its place whatever is in the others.
	separators string
}

// A line is one of a table, with its number in the file.
type line struct {
	number int
	cells  []cell
	name   func(i int) string // what people call the cell in place i
}

// A cell is what stands in one place of a table.
type cell struct {
	text string // without space around it
	// day is what a date cell holds. It is text to a column that wants text.
	day civil.Date
	// serial is the day that a bare number would be, if it was one.
	serial     civil.Date
	wrong, how string // why nothing can be read here, and what to do
	// blank says that a formula is there that may have been meant to show nothing. A line of
	// only such cells is empty.
	blank bool
}

func (c *cell) empty() bool { return c.text == "" && c.wrong == "" }

// unseen reports whether nothing can be seen in the cell.
func (c *cell) unseen() bool { return chars.Blank(c.text) && c.wrong == "" }

// fit checks the cell for a column, and is what is wrong there.
func (c *cell) fit(column string) (wrong, how string) {
	switch {
	case c.wrong != "":
		return c.wrong, c.how
	case isDay(column) && !c.serial.IsZero():
		return fmt.Sprintf("%s is a spreadsheet's number for the day %s", c.text, c.serial), fmt.Sprintf("write it as %s, or format the cell as a date", c.serial)
	case !isDay(column) && !c.day.IsZero():
		return fmt.Sprintf("the cell holds a date (%s), where text is wanted", c.day), "format the cell as text and write again what you meant"
	}
	return "", ""
}

// read makes rows of the table. Lines with nothing in them are left out, and so are
// columns: they are what remains after somebody emptied them. What stands above the
// names of the columns, such as a title, is among the doubts.
func (t *table) read() (rows []row, doubts yamlfile.Mistakes, err error) {
	var lines []line
	var ms yamlfile.Mistakes
	for {
		l, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil { // where the next line begins is not clear any more
			ms = yamlfile.Mistakes{{File: t.file, Line: l.number, What: "the line cannot be read", How: err.Error()}}
			break
		}
		if slices.ContainsFunc(l.cells, func(c cell) bool { return !c.unseen() }) {
			lines = append(lines, l)
		}
	}
	head := max(0, slices.IndexFunc(lines[:min(len(lines), headWithin)], line.isHead))
	if len(lines) == 0 && len(ms) == 0 {
		return nil, nil, yamlfile.Mistakes{{File: t.file, Line: 1, What: "the columns are not named", How: "write a first line such as " + strings.Join(columns, ",")}}
	} else if len(lines) == 0 {
		return nil, nil, ms
	}
	for _, l := range lines[:head] {
		doubts = append(doubts, yamlfile.Mistake{File: t.file, Line: l.number, What: "it stands above the names of the columns and was not read"})
	}
	fields, wrong := t.fields(lines[head]) // which field of an entry, by column
	if len(wrong) > 0 {
		return nil, nil, wrong // what the cells below mean is not clear
	}
	for _, l := range lines[head+1:] {
		r, wrong := t.row(lines[head], fields, l)
		ms = append(ms, wrong...)
		rows = append(rows, r)
	}
	ms.Sort()
	return rows, doubts, ms.Err()
}

// headWithin is how many lines with something in them may come before the names of the
// columns are not looked for any more.
const headWithin = 20

// isHead reports whether the line names the columns: one that every file needs is there.
func (l line) isHead() bool {
	return slices.ContainsFunc(l.cells, func(c cell) bool { return columnName(c.text) == "kind" })
}

// fields finds for each column of the head the field of an entry, or -1 where it has no name.
func (t *table) fields(head line) ([]int, yamlfile.Mistakes) {
	var ms yamlfile.Mistakes
	fields := make([]int, len(head.cells))
	for i, c := range head.cells {
		name := columnName(c.text)
		fields[i] = slices.Index(columns, name)
		switch first := slices.Index(fields[:i], fields[i]); {
		case c.empty():
		case c.wrong != "":
			ms = append(ms, yamlfile.Mistake{File: t.file, Line: head.number, What: head.name(i) + ": " + c.wrong, How: c.how})
		case fields[i] < 0:
			ms = append(ms, unknownColumn(t.file, head.number, name))
		case first >= 0:
			ms = append(ms, yamlfile.Mistake{File: t.file, Line: head.number, What: fmt.Sprintf("the column %q is there twice, in %s and %s", name, head.name(first), head.name(i)), How: "delete one of them"})
		}
	}
	if len(ms) == 0 && !slices.Contains(fields, slices.Index(columns, "kind")) {
		ms = append(ms, yamlfile.Mistake{File: t.file, Line: head.number, What: `there is no column "kind"`, How: "add it, with visit or plan in each line"})
	}
	return fields, ms
}

// columnName is the name that somebody wrote, as the columns are written.
func columnName(s string) string { return strings.ToLower(strings.Trim(s, byteOrderMark)) }

// row makes a row of a line.
func (t *table) row(head line, fields []int, l line) (row, yamlfile.Mistakes) {
	var ms yamlfile.Mistakes
	places := make([]int, len(columns)) // of the cells in the line, counted from 1, by field
	for i, f := range fields {
		if f >= 0 {
			places[f] = i + 1
		}
	}
	r := row{
		given: func(column string) bool { return places[slices.Index(columns, column)] > 0 },
		line:  func(string) int { return l.number },
		cell: func(column string) string {
			if f := slices.Index(columns, column); t.separators == "" && f >= 0 && places[f] > 0 {
				return l.name(places[f] - 1)
			}
			return ""
		},
	}
	into := reflect.ValueOf(&r.entry).Elem()
	for i, c := range l.cells {
		if c.empty() {
			continue
		}
		if i >= len(fields) && t.separators != "" {
			what := fmt.Sprintf("%d fields for %d columns", len(l.cells), len(fields))
			return row{}, append(ms, yamlfile.Mistake{File: t.file, Line: l.number, What: what, How: "put fields with " + t.separators + " into quotes"})
		}
		if i >= len(fields) || fields[i] < 0 {
			what := fmt.Sprintf("%s holds %q, and line %d names no column there", l.name(i), cmp.Or(c.text, c.wrong), head.number)
			ms = append(ms, yamlfile.Mistake{File: t.file, Line: l.number, What: what, How: "name the column, or empty it"})
			continue
		}
		column := columns[fields[i]]
		if other := t.otherSeparator(c.text); other != "" && column == "kind" {
			what := fmt.Sprintf("the line has %s between its cells, and line %d has %s", other, head.number, t.separators)
			return row{}, append(ms, yamlfile.Mistake{File: t.file, Line: l.number, What: what, How: "use the same in every line"})
		}
		wrong, how := c.fit(column)
		if wrong == "" && t.separators != "" && !isDay(column) && spoilt.MatchString(c.text) {
			wrong, how = fmt.Sprintf("%q looks like what a spreadsheet made of something else", c.text), "write again what it was; if it is meant like that, put an apostrophe before it"
		}
		if wrong != "" {
			ms = append(ms, yamlfile.Mistake{File: t.file, Line: l.number, What: r.at(column) + ": " + wrong, How: how})
			continue
		}
		into.Field(fields[i]).SetString(unguarded(c.text))
	}
	return r, ms
}

// otherSeparator is what people call a sign in s that separates cells in other files than this.
func (t *table) otherSeparator(s string) string {
	for _, sep := range separators {
		if t.separators != "" && sep.name != t.separators && strings.ContainsRune(s, sep.sign) {
			return sep.name
		}
	}
	return ""
}

// at names a column of the row, and its cell where the file has cells.
func (r *row) at(column string) string {
	if r.cell != nil {
		if name := r.cell(column); name != "" {
			return fmt.Sprintf("%s (%s)", column, name)
		}
	}
	return column
}
