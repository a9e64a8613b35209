package store

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"visitprep/internal/pgtest"
	"visitprep/internal/visit"
)

// changing are the statements of migrations that do more than add, with why an older program on the tables
// lives with each.
var changing = map[string]string{
	"UPDATE visits SET card_rev = rev":                  "0002: of a column that it added",
	"UPDATE inspections SET card_rev = rev":             "0002: of a column that it added",
	"UPDATE items SET sensitive = TRUE WHERE own":       "0002: an older program shows less to other companies",
	"UPDATE reports SET channel = COALESCE((SELECT MAX": "0012: corrects where a report is, in a column that older programs read the same",
}

// While replicas are exchanged one by one, the old program works on the new tables for a minute, and may
// for longer: so a migration only adds, and nothing that the old program does not know must be written.
func TestMigrationsOnlyAdd(t *testing.T) {
	column := regexp.MustCompile(`^ALTER TABLE \w+ ADD COLUMN \w+ \w+( NOT NULL DEFAULT \S+)?$`)
	for _, m := range must(allMigrations()) {
		made := map[string]bool{}
		for _, s := range m.statements() {
			switch index := addsIndex.FindStringSubmatch(s); {
			case addsTable.MatchString(s):
				made[addsTable.FindStringSubmatch(s)[1]] = true
			case index != nil && (!strings.HasPrefix(s, "CREATE UNIQUE") || made[index[2]]):
			case addsColumn.MatchString(s):
				if !column.MatchString(s) {
					t.Errorf("%s: an older program does not know this column, so it needs a DEFAULT: %s", m.name, s)
				}
			default:
				known := false
				for begins := range changing {
					known = known || strings.HasPrefix(s, begins)
				}
				if !known {
					t.Errorf("%s does more than add, and an older program may be at work: add a table, a column with a default or an index, or name it in this test with the reason: %s", m.name, s)
				}
			}
		}
	}
}

// A tableColumn is a column of a table, with its type.
type tableColumn struct{ table, name, kind string }

// schemaOf are the columns and the indexes that a database has.
func schemaOf(t *testing.T, tx *sql.Tx, postgres bool) (columns []tableColumn, indexes []string) {
	t.Helper()
	tables, index := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`, `SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name`
	if postgres {
		tables, index = `SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname`, `SELECT relname FROM pg_class WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace ORDER BY relname`
	}
	name := func(row scanner) (name string, err error) { return name, row.Scan(&name) }
	for _, table := range must(all(t.Context(), tx, name, tables)) {
		rows, err := tx.QueryContext(t.Context(), `SELECT * FROM `+table+` WHERE 1 = 0`)
		if err != nil {
			t.Fatal(err)
		}
		types, err := rows.ColumnTypes()
		if err = closeRows(rows, err); err != nil {
			t.Fatal(err)
		}
		for _, c := range types {
			columns = append(columns, tableColumn{table, c.Name(), c.DatabaseTypeName()})
		}
	}
	return columns, must(all(t.Context(), tx, name, index))
}

// What a program of any version writes, it can write on the newest tables; and each version's tables come
// back when the newer migrations are taken out.
func TestOlderProgramsWorkOnNewerTables(t *testing.T) {
	for name, on := range map[string]struct {
		driver string
		url    string
	}{"SQLite": {"sqlite", filepath.Join(t.TempDir(), "v.db")}, "PostgreSQL": {"pgx", pgtest.URL(t) + "&default_query_exec_mode=exec"}} {
		t.Run(name, func(t *testing.T) {
			db, err := sql.Open(on.driver, on.url)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			db.SetMaxOpenConns(1)
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			run := func(what, statement string, args ...any) {
				t.Helper()
				if _, err := tx.ExecContext(t.Context(), statement, args...); err != nil {
					t.Fatalf("%s: %v: %s", what, err, statement)
				}
			}
			ms, columns, indexes := must(allMigrations()), [][]tableColumn{nil}, [][]string{nil}
			for _, m := range ms {
				run(m.name, m.text)
				c, i := schemaOf(t, tx, on.driver == "pgx")
				columns, indexes = append(columns, c), append(indexes, i)
			}
			for version, known := range columns {
				byTable := map[string][]string{}
				for _, c := range known {
					byTable[c.table] = append(byTable[c.table], c.name)
				}
				for table, names := range byTable {
					var marks []string
					var values []any
					for n, column := range names {
						kind := known[slices.IndexFunc(known, func(c tableColumn) bool { return c.table == table && c.name == column })].kind
						marks = append(marks, fmt.Sprintf("$%d", n+1))
						values = append(values, map[string]any{"TEXT": fmt.Sprintf("of %d", version), "BIGINT": int64(version), "INT8": int64(version), "BOOLEAN": true, "BOOL": true, "BYTEA": []byte{1}}[kind])
					}
					what := fmt.Sprintf("a program of version %d", version)
					run(what, `INSERT INTO `+table+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(marks, ", ")+`)`, values...)
					run(what, `UPDATE `+table+` SET `+names[len(names)-1]+` = `+names[len(names)-1]+` WHERE workspace = 'of `+fmt.Sprint(version)+`'`)
				}
			}
			for _, m := range slices.Backward(ms) {
				for _, s := range must(m.back()) {
					run("back from "+m.name, s)
				}
				c, i := schemaOf(t, tx, on.driver == "pgx")
				if !slices.Equal(c, columns[m.version-1]) || !slices.Equal(i, indexes[m.version-1]) {
					t.Errorf("back from %s the tables are not what they were before it:\n%v %v\nwant\n%v %v", m.name, c, i, columns[m.version-1], indexes[m.version-1])
				}
			}
		})
	}
}

// An older program does not start on tables that it does not know, and says how it would.
func TestAnOlderProgramOnNewerTables(t *testing.T) {
	for name, on := range engines {
		t.Run(name, func(t *testing.T) {
			url := on.url(t)
			opened(t, url).Close()
			raw(t, on.driver, url, `INSERT INTO visitprep_migrations (version) VALUES (9001)`, ourRows)
			_, err := Open(t.Context(), Options{URL: url, Timing: visit.DefaultTiming(), Logger: nobody})
			newest := len(must(allMigrations()))
			want := fmt.Sprintf("it is of a newer visitprep (its tables are version 9001, this one knows %d): start that one, or have it take the tables back first, with visitprep migrate --to %[1]d", newest)
			if newer := new(NewerError); !errors.As(err, &newer) || !strings.Contains(err.Error(), want) {
				t.Errorf("it says %v, want %q", err, want)
			}
			if tables, program, err := Tables(t.Context(), Options{URL: url, Logger: nobody}); tables != 9001 || program != newest || err != nil {
				t.Errorf("the status is %d, %d, %v", tables, program, err)
			}
		})
	}
}

// The way back and on again, with what was there on the way.
func TestTablesAreTakenBack(t *testing.T) {
	for name, on := range engines {
		t.Run(name, func(t *testing.T) {
			url := on.url(t)
			s := opened(t, url)
			v := must(s.PlanVisit(t.Context(), sampleVisit("T1"), noon))
			must(0, s.Close())
			newest := len(must(allMigrations()))
			o := Options{URL: url, Logger: nobody}
			for _, to := range []int{0, -1, newest, 9001} {
				if _, err := TakeBack(t.Context(), o, to); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("write one from 1 to %d", newest-1)) {
					t.Errorf("to %d: %v", to, err)
				}
			}
			kept, err := TakeBack(t.Context(), o, 5)
			if err != nil {
				t.Fatal(err)
			}
			if on.driver == "sqlite" && kept != fmt.Sprintf("%s.version-%d", url, newest) {
				t.Errorf("kept is %q", kept)
			}
			if tables, _, err := Tables(t.Context(), o); tables != 5 || err != nil {
				t.Errorf("the tables are version %d, %v", tables, err)
			}
			if got := must(opened(t, url).Visit(t.Context(), "T1", 1)); got.First != v.First || len(got.Items) != len(v.Items) {
				t.Errorf("on again the visit is %+v", got)
			}
		})
	}
}

// An upgrade keeps the file as it was, and that can be put back.
func TestAnUpgradeKeepsACopy(t *testing.T) {
	for version, begin := range map[int]func(t *testing.T, file string){
		1: func(t *testing.T, file string) { restore(t, "sqlite", file, "testdata/0.1.0.sqlite.sql") },
		7: func(t *testing.T, file string) {
			s := opened(t, file)
			must(s.PlanVisit(t.Context(), sampleVisit("T1"), noon))
			must(0, s.Close())
			must(TakeBack(t.Context(), Options{URL: file, Logger: nobody}, 7))
		},
	} {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "v.db")
			begin(t, file)
			opened(t, file).Close()
			kept := fmt.Sprintf("%s.version-%d", file, version)
			if tables, _, err := Tables(t.Context(), Options{URL: kept, Logger: nobody}); tables != version || err != nil {
				t.Fatalf("kept are tables of version %d, %v", tables, err)
			}
			if n := raw(t, "sqlite", kept, `SELECT COUNT(*) FROM visits`); n[0] == "0" {
				t.Error("what was kept is empty")
			}
			opened(t, file).Close() // a start that upgrades nothing keeps nothing
			if more := must(filepath.Glob(kept + "-*")); len(more) > 0 {
				t.Errorf("also kept: %v", more)
			}
			if _, err := Restore(t.Context(), Options{URL: file, Logger: nobody}, kept, early); err != nil {
				t.Errorf("it cannot be put back: %v", err)
			}
		})
	}
}
