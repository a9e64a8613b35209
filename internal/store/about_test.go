package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"visitprep/internal/visit"
)

// notOfPeople are the tables of which an export of one person has nothing, and why.
var notOfPeople = map[string]string{
	"forgotten":     "has who is not to be kept",
	migrationsTable: "counts the migrations",
}

// inText is a text with a person in it, as each table can be read with.
func inText(who string) func(table, column string, n int) string {
	return func(table, column string, n int) string {
		switch {
		case table == "contacts" && (column == "known_by" || column == "roles"):
			return `["` + who + `"]`
		case column == "who" && table == "introductions", column == "why":
			return `{"EN": "` + who + `"}`
		case table == "contacts" && strings.HasSuffix(column, "_day"):
			return "2027-01-04"
		}
		return fmt.Sprintf("%s %s %d", who, column, n)
	}
}

func TestEveryTableIsInTheExportOfAPersonOrHasAReason(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		fillWith(t, s, "T1", 1, 1, []byte("SEALED TOKEN"), inText("UMIA00001"))
		fillWith(t, s, "T1", 2, 1, []byte("SEALED TOKEN"), inText("UMIA000012"))
		fillWith(t, s, "T2", 1, 1, []byte("SEALED TOKEN"), inText("UMIA00001"))
		got := must(s.RowsAbout(ctx, "T1", "UMIA00001"))
		for table, columns := range schema(t, s) {
			if notOfPeople[table] != "" {
				if len(got[table]) > 0 {
					t.Errorf("%s is in it", table)
				}
				continue
			}
			texts := 0
			for _, c := range columns {
				if strings.EqualFold(c.DatabaseTypeName(), "TEXT") && c.Name() != "workspace" {
					texts++
					if table == "tool_tokens" && c.Name() == "hash" {
						if got[table][0][c.Name()] != nil {
							t.Error("by what a token is known is in it")
						}
						continue
					}
					if len(got[table]) == 1 && got[table][0][c.Name()] == nil {
						t.Errorf("%s of %s is not in it", c.Name(), table)
					}
				}
			}
			if want := min(texts, 1); len(got[table]) != want && table != "photos" {
				t.Errorf("of %s there are %d rows in it, want %d: %v", table, len(got[table]), want, got[table])
			}
		}
		if text := string(must(json.Marshal(got))); strings.Contains(text, "SEALED TOKEN") || strings.Contains(text, "U0VBTEVE") || strings.Contains(text, "UMIA000012") {
			t.Errorf("it has a file, a sealed token or somebody else: %s", text)
		}
	})
}

// TestEveryTableForgetsAPerson fails for a table in which somebody still stands afterwards, and for one with rows of one
// person each that are not deleted.
func TestEveryTableForgetsAPerson(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		fillWith(t, s, "T1", 1, 1, []byte("x"), inText("UMIA00001"))
		fillWith(t, s, "T2", 1, 1, []byte("x"), inText("UMIA00001"))
		beside := rowsOf(t, s, "T2")
		must(s.Forget(ctx, "T1", "UMIA00001", "", noon))
		for _, row := range rowsOf(t, s, "T1") {
			if strings.Contains(row, "UMIA00001") && !strings.HasPrefix(row, "forgotten") {
				t.Errorf("left is %s", row)
			}
		}
		if after := rowsOf(t, s, "T2"); strings.Join(after, "\n") != strings.Join(beside, "\n") {
			t.Error("another workspace was changed")
		}
		deleted := strings.Join(ofOnePerson, "\n")
		for table, columns := range schema(t, s) {
			if has(columns, "person") && !strings.Contains(deleted, "DELETE FROM "+table+" ") {
				t.Errorf("the rows of %s are one person's each, and are not deleted with them", table)
			}
		}
	})
}

func TestTheExportOfAContactHasItsIntroductions(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.AddContact(ctx, sampleContact("T1"), noon))
		other := sampleContact("T1")
		other.Name, other.Chinese = "Fang Li", "方丽"
		must(s.AddContact(ctx, other, noon))
		for _, of := range []int{1, 2} {
			must(s.AddIntroduction(ctx, visit.Introduction{Workspace: "T1", Contact: of, For: "UJON00001", By: "UMIA00001", Zone: "Europe/Berlin",
				Who: visit.Bilingual{EN: "Jonas Weber, engineer", ZH: "韦伯先生"}, Why: visit.Bilingual{EN: "a broker"}}, noon))
		}
		must(s.AddPromise(ctx, samplePromise("T1"), noon))
		got := must(s.RowsAbout(ctx, "T1", "contact/1"))
		if len(got["contacts"]) != 1 || len(got["introductions"]) != 1 || len(got["promises"]) != 1 {
			t.Errorf("it has %+v", got)
		}
	})
}

func TestTheExportOfAColleagueHasThePhotosOfWhatTheyFound(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		for n, by := range []string{"UMIA00001", "UJON00001"} {
			f := sampleFinding("T1", fmt.Sprint("D1:", n), fmt.Sprint("F", n))
			f.By = by
			if _, _, err := s.AddFinding(context.Background(), f, noon); err != nil {
				t.Fatal(err)
			}
		}
		got := must(s.RowsAbout(context.Background(), "T1", "UMIA00001"))
		if len(got["findings"]) != 1 || len(got["photos"]) != 1 || got["photos"][0]["file_id"] != "F0" || got["findings"][0]["made_at"] != "2027-01-04T04:00:00Z" || got["findings"][0]["for_factory"] != true {
			t.Errorf("it has %+v", got)
		}
	})
}
