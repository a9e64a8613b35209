package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/pgtest"
	"visitprep/internal/visit"
)

// everyRow is all that a database has, one line a row, sorted, but for what a move leaves behind. It
// knows the tables by the catalogue of the database alone.
func everyRow(t *testing.T, driver, url string) []string {
	t.Helper()
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	catalogue := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
	if driver == "pgx" {
		catalogue = `SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid) AND relname NOT LIKE 'pg\_%' AND relname NOT LIKE 'sql\_%'`
	}
	tables := must(all(ctx, db, func(row scanner) (name string, err error) { return name, row.Scan(&name) }, catalogue))
	var lines []string
	for _, table := range tables {
		if table == migrationsTable || table == "goose_db_version" || table == "moved" {
			continue
		}
		rows, err := db.QueryContext(ctx, `SELECT * FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for n := range values {
				into[n] = &values[n]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			line := table
			for n, c := range columns {
				if b, ok := values[n].(bool); ok { // SQLite says 1 and 0
					values[n] = int64(0)
					if b {
						values[n] = int64(1)
					}
				}
				line += fmt.Sprintf(" %s=%T %[2]v", c, values[n])
			}
			lines = append(lines, line)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(lines)
	return lines
}

// fillEveryTable puts two rows into each table that the file has, made of the types of its columns.
func fillEveryTable(t *testing.T, file string) (tables []string) {
	t.Helper()
	db, err := sql.Open("sqlite", fileName(file, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := t.Context()
	tables = must(all(ctx, db, func(row scanner) (name string, err error) { return name, row.Scan(&name) },
		`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('visitprep_migrations', 'moved') AND name NOT LIKE 'sqlite%'`))
	for _, table := range tables {
		rows, err := db.QueryContext(ctx, `SELECT * FROM `+table+` WHERE 1 = 0`)
		if err != nil {
			t.Fatal(err)
		}
		types, err := rows.ColumnTypes()
		if err = closeRows(rows, err); err != nil {
			t.Fatal(err)
		}
		for n := range 2 {
			var marks []string
			var values []any
			for i, c := range types {
				marks = append(marks, fmt.Sprintf("$%d", i+1))
				switch c.DatabaseTypeName() {
				case "TEXT":
					values = append(values, fmt.Sprintf("T%d 宁波 \"%s\" \\N\t{\"a\": [1, null]}\n%d", n, c.Name(), i))
				case "BIGINT":
					values = append(values, int64(n+1)<<40+int64(i))
				case "BOOLEAN":
					values = append(values, n == 0)
				case "BYTEA", "BLOB":
					values = append(values, []byte{0xff, 0xd8, 0, 0xff}[:4-4*n]) // of the second no byte
				default:
					t.Fatalf("%s.%s is of the type %s, which this test does not know", table, c.Name(), c.DatabaseTypeName())
				}
			}
			if _, err := db.ExecContext(ctx, `INSERT INTO `+table+` VALUES (`+strings.Join(marks, ", ")+`)`, values...); err != nil {
				t.Fatalf("%s: %v", table, err)
			}
		}
	}
	return tables
}

func moveOptions(file string) Options {
	return Options{URL: file, Timing: visit.DefaultTiming(), Logger: nobody}
}

// Most installations have no refresh token, and one that has ended has no token at all: neither is NULL.
func TestAMoveTakesInstallationsWithoutTokens(t *testing.T) {
	file, target := filepath.Join(t.TempDir(), "v.db"), pgtest.URL(t)
	s := opened(t, file)
	for _, id := range []string{"T0LASTS", "T0ENDED"} {
		must(s.Install(t.Context(), Installation{Workspace: id, Name: id, Token: []byte{7, 0, 9}, Key: "k", By: "U1", At: noon}))
	}
	must(s.End(t.Context(), Ending{Workspace: "T0ENDED", Why: Uninstalled, At: noon.Add(time.Hour)}, noon.Add(time.Hour), noon.Add(time.Hour)))
	want := must(s.Installations(t.Context()))
	s.Close()
	if _, err := Move(t.Context(), moveOptions(file), target, noon); err != nil {
		t.Fatal(err)
	}
	if got := must(opened(t, target).Installations(t.Context())); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("PostgreSQL has\n%v\nthe file had\n%v", got, want)
	}
}

// A table or a column that a later migration makes is moved without anybody thinking of it.
func TestAMoveTakesEveryTable(t *testing.T) {
	for name, at := range map[string]func(testing.TB) string{"directly": pgtest.URL, "behind a pooler": pgtest.Pooled} {
		t.Run(name, func(t *testing.T) {
			file, target := filepath.Join(t.TempDir(), "v.db"), at(t)
			opened(t, file).Close()
			tables := fillEveryTable(t, file)
			want := everyRow(t, "sqlite", fileName(file, ""))
			m, err := Move(t.Context(), moveOptions(file), target, noon)
			if err != nil {
				t.Fatal(err)
			}
			if got := everyRow(t, "pgx", target+"&default_query_exec_mode=simple_protocol"); !slices.Equal(got, want) {
				t.Errorf("PostgreSQL has\n%s\nthe file had\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if len(m.Tables) != len(tables) || len(tables) < 40 || len(want) != 2*len(tables) {
				t.Errorf("%d tables of %d were moved, with %d rows", len(m.Tables), len(tables), len(want))
			}
			sums := map[string]bool{}
			for _, table := range m.Tables {
				if table.Rows != 2 || sums[table.Sum] {
					t.Errorf("of %s it says %+v", table.Name, table)
				}
				sums[table.Sum] = true
			}
			if len(m.Cleaned) != 0 {
				t.Errorf("texts were changed: %v", m.Cleaned)
			}
			// Nothing counts on the server beside the tables.
			if n := raw(t, "pgx", target, `SELECT COUNT(*) FROM pg_class WHERE relkind = 'S' AND pg_table_is_visible(oid)`); n[0] != "0" {
				t.Errorf("there are %s sequences, whose numbers a move does not know", n[0])
			}
		})
	}
}

// visited makes a file with a visit in it.
func visited(t *testing.T) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "v.db")
	s := opened(t, file)
	must(s.PlanVisit(t.Context(), sampleVisit("T1"), noon))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAMovedFileIsOpenedByNobody(t *testing.T) {
	file, target := visited(t), pgtest.URL(t)
	if _, err := Move(t.Context(), moveOptions(file), strings.Replace(target, "postgres@", "postgres:hunter2@", 1), noon); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{"serve": {Owner: true}, "an import": {Importing: true}, "what only reads": {Existing: true}} {
		o.URL, o.Timing, o.Logger = file, visit.DefaultTiming(), nobody
		_, err := Open(t.Context(), o)
		if was := new(MovedError); !errors.As(err, &was) || !strings.Contains(err.Error(), "was moved to postgres://postgres@127.0.0.1:") || !strings.Contains(err.Error(), "on 4 January 2027 at 04:00 UTC") {
			t.Errorf("%s opens it: %v", name, err)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password is in %v", err)
		}
	}
	s := opened(t, target)
	if v := must(s.PlanVisit(t.Context(), sampleVisit("T1"), noon)); v.Number != 2 {
		t.Errorf("the next visit has the number %d: the counters stayed behind", v.Number)
	}

	// It is moved once, and to one place.
	if _, err := Move(t.Context(), moveOptions(file), pgtest.URL(t), noon); !strings.Contains(fmt.Sprint(err), "was moved to") {
		t.Errorf("it is moved to a second place: %v", err)
	}
	if _, err := Move(t.Context(), moveOptions(file), target, noon); !strings.Contains(fmt.Sprint(err), "was moved to") {
		t.Errorf("it is moved again over what was done since: %v", err)
	}

	// Back to the file: it is a copy, of the moment of the move.
	was, err := UndoMove(t.Context(), moveOptions(file))
	if err != nil || was.At.Sub(noon) != 0 {
		t.Fatal(was, err)
	}
	if marked, err := isMarked(t.Context(), file); err != nil || !marked {
		t.Errorf("serve takes it for what it was: %v", err)
	}
	back, err := open(t, file, true)
	if err != nil {
		t.Fatal(err)
	}
	if g := must(back.Gap(t.Context())); !g.From.Equal(noon) {
		t.Errorf("what was sent since %s is not looked for", g.From)
	}
	back.Close()
	if _, err := UndoMove(t.Context(), moveOptions(file)); !strings.Contains(fmt.Sprint(err), "was not moved") {
		t.Errorf("undone twice: %v", err)
	}
}

func TestWhatIsNotMoved(t *testing.T) {
	filled, empty := pgtest.URL(t), pgtest.URL(t)
	s := opened(t, filled)
	must(s.PlanVisit(t.Context(), sampleVisit("T2"), noon))
	s.Close()
	for _, c := range []struct {
		name   string
		before func(t *testing.T, file string)
		from   string
		target string
		says   string
	}{
		{"into a database with rows", nil, "", filled, "is not empty (asks has rows): move copies into an empty database only"},
		{"while somebody serves the file", func(t *testing.T, file string) { must(open(t, file, true)) }, "", empty, "is served by another visitprep already"},
		{"while somebody imports", func(t *testing.T, file string) {
			o := moveOptions(file)
			o.Importing = true
			s := must(Open(t.Context(), o))
			t.Cleanup(func() { s.Close() })
		}, "", empty, "an import writes to it"},
		{"with another program's table", func(t *testing.T, file string) {
			raw(t, "sqlite", file, `CREATE TABLE recipes (id BIGINT)`, `SELECT id FROM recipes`)
		}, "", empty, "the file has a table recipes that is not Visit Prep's"},
		{"into a file", nil, "", "other.db", "other.db is no PostgreSQL database: write postgres://"},
		{"into nowhere", nil, "", "postgres://u:hunter2@127.0.0.1:1/d", "PostgreSQL cannot be reached at 127.0.0.1:1 (connection refused): start it, or mend host and port in the address to move to"},
		{"into what cannot be read", nil, "", "postgres://u:hunter2#x@h/d", "the address to move to cannot be read"},
		{"out of PostgreSQL", nil, filled, empty, "There is no way from PostgreSQL into a file"},
		{"what is not there", nil, filepath.Join(t.TempDir(), "none.db"), empty, "there is no database none.db"},
		{"a value of another type", func(t *testing.T, file string) {
			raw(t, "sqlite", file, `UPDATE visits SET rev = 1.5`, `SELECT number FROM visits`)
		}, "", empty, "copy the table visits: visits.rev holds a value of the type float64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := visited(t)
			if c.before != nil {
				c.before(t, file)
			}
			from := file
			if c.from != "" {
				from = c.from
			}
			_, err := Move(t.Context(), moveOptions(from), c.target, noon)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("it says %v, want %q", err, c.says)
			}
			if n := raw(t, "sqlite", file, `SELECT COUNT(*) FROM moved`); n[0] != "0" {
				t.Error("the file is marked as moved")
			}
			if isPostgres(c.target) && strings.Contains(c.target, "postgres@") && c.target != filled {
				s := opened(t, c.target)
				if w := must(s.Workspaces(t.Context())); len(w) != 0 {
					t.Errorf("%v has arrived", w)
				}
			}
		})
	}
}

// PostgreSQL keeps no NUL and nothing that is no text. Such texts arrive without it, and it is told.
func TestWhatPostgreSQLCannotKeepIsTold(t *testing.T) {
	file, target := visited(t), pgtest.URL(t)
	raw(t, "sqlite", file, `UPDATE visits SET agenda = 'Day' || char(0) || ' 1' || CAST(x'ff' AS TEXT)`, `SELECT agenda FROM visits`)
	m, err := Move(t.Context(), moveOptions(file), target, noon)
	if err != nil || len(m.Cleaned) != 1 || m.Cleaned["visits.agenda"] != 1 {
		t.Fatal(m.Cleaned, err)
	}
	if v := must(opened(t, target).Visit(t.Context(), "T1", 1)); v.Agenda != "Day 1\ufffd" {
		t.Errorf("the agenda is %q", v.Agenda)
	}
}

// Killed between the two commits, the file is marked and nothing has arrived: the same move does the rest.
func TestAMoveThatWasCutOffIsRunAgain(t *testing.T) {
	file, target := visited(t), pgtest.URL(t)
	raw(t, "sqlite", file, `INSERT INTO moved (workspace, moved_to, moved_at) VALUES ('', '`+withoutPassword(target)+`', 7)`, `SELECT moved_to FROM moved`)
	if _, err := Move(t.Context(), moveOptions(file), target, noon); err != nil {
		t.Fatal(err)
	}
	if v := must(opened(t, target).Visit(t.Context(), "T1", 1)); v.Number != 1 {
		t.Error("nothing has arrived")
	}
}

// The target is marked by its rows alone: what a move that failed left there is nothing.
func TestAMoveThatFailsLeavesTheTargetEmpty(t *testing.T) {
	file, target := visited(t), pgtest.URL(t)
	raw(t, "sqlite", file, `UPDATE visits SET rev = 1.5`, `SELECT number FROM visits`)
	if _, err := Move(t.Context(), moveOptions(file), target, noon); err == nil {
		t.Fatal("it was moved")
	}
	raw(t, "sqlite", file, `UPDATE visits SET rev = 1`, `SELECT number FROM visits`)
	if _, err := Move(t.Context(), moveOptions(file), target, noon); err != nil {
		t.Error(err)
	}
}

func TestTheAddressOfAMoveIsComparedWithAllButItsPassword(t *testing.T) {
	for _, c := range []struct {
		name, one, other string
		same             bool
	}{
		{"another password", "postgres://u:x@h/d?sslmode=require", "postgres://u:y@h:5432/d?sslmode=require", true},
		{"parameters in another order", "postgres://u@h/d?sslmode=require&options=-c", "postgres://u@h/d?options=-c&sslmode=require", true},
		{"another password of the key", "postgres://u@h/d?sslpassword=x", "postgres://u@h/d?sslpassword=y", true},
		{"another host among the parameters", "postgres:///d?host=one", "postgres:///d?host=two", false},
		{"another port", "postgres://u@h/d", "postgres://u@h:5433/d", false},
		{"another schema", "postgres://u@h/d?search_path=a", "postgres://u@h/d?search_path=b", false},
	} {
		if one, other := withoutPassword(c.one), withoutPassword(c.other); (one == other) != c.same {
			t.Errorf("%s: %s and %s", c.name, one, other)
		}
	}
	if got := withoutPassword("postgres://u:hunter2@h/d?sslmode=verify-full&sslpassword=hunter2"); got != "postgres://u@h:5432/d?sslmode=verify-full" {
		t.Errorf("it says %s", got)
	}
}

// What mcp read of a file that was moved, or that another has taken the place of, would be of before.
func TestAFileThatToolsReadIsNeitherMovedNorReplaced(t *testing.T) {
	file, copied := filepath.Join(t.TempDir(), "v.db"), filepath.Join(t.TempDir(), "copy.db")
	s := opened(t, file)
	noErr(t, s.Backup(t.Context(), copied))
	noErr(t, s.Close())
	o := moveOptions(file)
	o.Existing, o.Reading = true, true
	one, two := must(Open(t.Context(), o)), must(Open(t.Context(), o))
	want := "or mcp reads it"
	if _, err := Restore(t.Context(), moveOptions(file), copied, noon); !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("restore says %v", err)
	}
	if _, err := Move(t.Context(), moveOptions(file), "postgres://h/d", noon); !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("move says %v", err)
	}
	noErr(t, errors.Join(one.Close(), two.Close()))
	must(Restore(t.Context(), moveOptions(file), copied, noon))
}
