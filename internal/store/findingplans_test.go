package store

import (
	"path/filepath"
	"strings"
	"testing"

	"visitprep/internal/visit"
)

// TestFindingsAreReadByWhatTheyHangOn on SQLite, which has one writer: while it reads the findings of a
// whole workspace for one factory or one visit, everybody else waits. What a query goes through is its
// plan, which is the same whatever the tables hold: nobody has SQLite count what is in the file.
func TestFindingsAreReadByWhatTheyHangOn(t *testing.T) {
	t.Parallel()
	s := opened(t, filepath.Join(t.TempDir(), "v.db"))
	plan := func(query string, args []any) []string {
		t.Helper()
		return must(all(t.Context(), s.read, func(row scanner) (step string, err error) {
			var id, parent, unused int
			return step, row.Scan(&id, &parent, &unused, &step)
		}, `EXPLAIN QUERY PLAN `+query, args...))
	}
	check := func(what, query string, args []any) {
		t.Helper()
		for _, step := range plan(query, args) {
			// A step that gives the workspace alone, or also a kind, and no number reads most there is.
			if strings.HasSuffix(step, "(workspace=?)") || strings.HasSuffix(step, "(workspace=? AND of_kind=?)") || strings.HasPrefix(step, "SCAN ") && !strings.HasPrefix(step, "SCAN x") {
				t.Errorf("%s: it goes through everything by %s", what, step)
			}
		}
	}
	for what, f := range map[string]ActionFilter{
		"the actions of a visit":                  {Subject: "visit/1"},
		"the actions at a factory":                {At: 1},
		"the open ones at a factory in a channel": {At: 1, Channels: []string{"C1"}, States: []visit.ActionState{visit.ActionOpen}},
		"the actions at the factories of a name":  {Factory: "Bright", Channels: []string{"C1"}, Live: true},
		"verified ones of a defect at a factory":  {Factory: "Bright", Defect: "scratch", Channels: []string{"C1"}, States: []visit.ActionState{visit.ActionVerified}},
	} {
		var args arguments
		where := f.where("T1", &args)
		check(what, actionsFrom+where, args)
		check(what+", their photos", photosQuery(`SELECT n.number`+actionsJoin+where), args)
	}
	args := []any{"T1", "visit", 1}
	check("the findings of a visit", findingsQuery(onSubject), args)
	check("the findings of a visit, their photos", photosQuery(`SELECT n.number FROM findings n WHERE `+onSubject), args)
}
