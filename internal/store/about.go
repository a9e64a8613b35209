package store

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"visitprep/internal/visit"
)

// A Row is a row of a table as people read it: what is JSON in it stands as such, an instant as its time, and
// what is empty, or a file, is left out.
type Row map[string]any

// RowsAbout are all rows of a workspace in which somebody stands, by table: a colleague by their id, with the
// photos of what they found; a contact by its number and its name, with its introductions. Texts are searched in
// every column of every table, so that one which comes later is among them. The note that somebody was forgotten
// is not.
func (s *Store) RowsAbout(ctx context.Context, workspace, who string) (rows map[string][]Row, err error) {
	err = s.change(ctx, "list what is kept of a person", func(t *txn) error {
		rows = map[string][]Row{}
		words := []string{who}
		also := map[string]string{"photos": `finding IN (SELECT number FROM findings WHERE workspace = $1 AND made_by = $2)`}
		key := any(who)
		if kind, _ := visit.Subject(who).Cut(); kind == visit.OfContact {
			number := visit.Subject(who).Number()
			c, err := getContact(ctx, t, workspace, number)
			if err != nil {
				return err
			}
			for _, name := range []string{c.Name, c.Chinese} {
				if utf8.RuneCountInString(name) > 1 { // one letter is in too many words
					words = append(words, name)
				}
			}
			also, key = map[string]string{"contacts": `number = $2`, "introductions": `contact = $2`}, any(number)
		}
		tables, err := t.tables(ctx)
		if err != nil {
			return err
		}
		for table, columns := range tables {
			found, err := t.rowsWith(ctx, workspace, table, columns, words)
			if err == nil && also[table] != "" {
				var more []Row
				if more, err = t.rows(ctx, table, also[table], workspace, key); err == nil {
					found = append(found, more...)
				}
			}
			if err != nil {
				return err
			}
			if found = inOrder(found); len(found) > 0 {
				rows[table] = found
			}
		}
		return nil
	})
	return rows, err
}

// rowsWith are the rows of a table that have one of some words in a text. An id is no part of a longer one.
func (t *txn) rowsWith(ctx context.Context, workspace, table string, columns, words []string) (found []Row, err error) {
	if len(columns) == 0 {
		return nil, nil
	}
	for _, word := range words {
		where := strings.Join(columns, ` LIKE $2 ESCAPE '!' OR `) + ` LIKE $2 ESCAPE '!'`
		rows, err := t.rows(ctx, table, `(`+where+`)`, workspace, "%"+like.Replace(word)+"%")
		if err != nil {
			return nil, err
		}
		id := regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\b`)
		isID := visit.IsPersonID(word) || visit.Subject(word).Number() > 0
		for _, r := range rows {
			if text, err := json.Marshal(r); err != nil {
				return nil, err
			} else if !isID || id.Match(text) {
				found = append(found, r)
			}
		}
	}
	return found, nil
}

// rows are the rows of a table of a workspace, which is $1, that meet a condition.
func (t *txn) rows(ctx context.Context, table, where string, args ...any) (found []Row, err error) {
	rows, err := t.QueryContext(ctx, `SELECT * FROM `+table+` WHERE workspace = $1 AND `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for n := range values {
		into[n] = &values[n]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		r := Row{}
		for n, c := range columns {
			if yes, ok := values[n].(int64); ok && strings.HasPrefix(c.DatabaseTypeName(), "BOOL") { // SQLite's
				values[n] = yes != 0
			}
			if c.Name() == "workspace" || table == "tool_tokens" && c.Name() == "hash" { // nobody need know by what a token is known
				continue
			}
			if v := readableValue(c.Name(), values[n]); v != nil {
				r[c.Name()] = v
			}
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

// readableValue is a value as people read it; nil for what is empty, or a file.
func readableValue(column string, v any) any {
	switch v := v.(type) {
	case string:
		switch {
		case v == "":
			return nil
		case v[0] == '{' || v[0] == '[':
			if json.Valid([]byte(v)) {
				return json.RawMessage(v)
			}
		}
		return v
	case int64:
		if v == 0 {
			return nil
		}
		if strings.HasSuffix(column, "_at") || column == "at" || column == "since" {
			return instant(v).Format(time.RFC3339)
		}
		return v
	case bool:
		if v {
			return v
		}
	}
	return nil
}

// inOrder sorts rows by what stands in them, each once.
func inOrder(rows []Row) []Row {
	texts := make(map[string]Row, len(rows))
	for _, r := range rows {
		text, _ := json.Marshal(r) // of strings, numbers and JSON that was checked
		texts[string(text)] = r
	}
	keys := make([]string, 0, len(texts))
	for k := range texts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if c := number(texts[a]) - number(texts[b]); c != 0 {
			return int(c)
		}
		return strings.Compare(a, b)
	})
	rows = rows[:0]
	for _, k := range keys {
		rows = append(rows, texts[k])
	}
	return rows
}

func number(r Row) int64 { n, _ := r["number"].(int64); return n }

// Unimported is what an export has for people to read, and import leaves out.
type Unimported struct {
	Introductions, Promises   []Row // of promises those that were kept or dropped
	Marks, Scores, ScoredFrom []Row // of factories; ScoredFrom are the channels of a score
}

// Unimported lists what no import takes: introductions and closed promises, and of factories the marks and the
// frozen scores. Each row of a factory has its name.
func (s *Store) Unimported(ctx context.Context, workspace string) (u Unimported, err error) {
	err = s.change(ctx, "list what cannot be imported", func(t *txn) error {
		u = Unimported{}
		factories := map[int64]string{}
		if _, err := all(ctx, t, func(row scanner) (_ struct{}, err error) {
			var n int64
			var name string
			err = row.Scan(&n, &name)
			factories[n] = name
			return struct{}{}, err
		}, `SELECT number, name FROM factories WHERE workspace = $1`, workspace); err != nil {
			return err
		}
		for _, list := range []struct {
			into         *[]Row
			table, where string
		}{
			{&u.Introductions, "introductions", `TRUE`},
			{&u.Promises, "promises", `(kept_by <> '' OR dropped_by <> '')`},
			{&u.Marks, "factory_marks", `TRUE`},
			{&u.Scores, "scores", `TRUE`},
			{&u.ScoredFrom, "score_channels", `TRUE`},
		} {
			rows, err := t.rows(ctx, list.table, list.where, workspace)
			if err != nil {
				return fmt.Errorf("%s: %w", list.table, err)
			}
			for _, r := range rows {
				if n, ok := r["factory"].(int64); ok {
					r["factory_name"] = factories[n]
				}
			}
			*list.into = inOrder(rows)
		}
		return nil
	})
	return u, err
}
