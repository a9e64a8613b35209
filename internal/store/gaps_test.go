package store

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

func putMissed(t *testing.T, s *Store, workspace, question string, day civil.Date, got Got, entry, asker string) bool {
	t.Helper()
	return must(s.PutMissed(context.Background(), Missed{Workspace: workspace, Question: question, Day: day, Got: got, Entry: entry}, asker))
}

func TestAGapIsCountedOnItsDay(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		monday := civil.On(2027, 1, 4)
		for range 3 {
			if !putMissed(t, s, "T1", "who tests the zeppelin", monday, GotNone, "", "U1") {
				t.Error("a question was not kept")
			}
		}
		putMissed(t, s, "T1", "who tests the zeppelin", monday.AddDays(1), GotNone, "", "U2")
		putMissed(t, s, "T1", "who tests the zeppelin", monday, GotUnhelpful, "quality-aql", "U1")
		putMissed(t, s, "T2", "theirs", monday, GotWeak, "quality-aql", "U1")

		want := []Missed{
			{"T1", "who tests the zeppelin", monday, GotNone, "", 3},
			{"T1", "who tests the zeppelin", monday, GotUnhelpful, "quality-aql", 1},
			{"T1", "who tests the zeppelin", monday.AddDays(1), GotNone, "", 1},
		}
		if diff := cmp.Diff(want, must(s.Missed(ctx, "T1", monday, monday.AddDays(1)))); diff != "" {
			t.Errorf("kept (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want[2:], must(s.Missed(ctx, "T1", monday.AddDays(1), monday.AddDays(9)))); diff != "" {
			t.Errorf("from Tuesday on (-want +got):\n%s", diff)
		}
		if ws := must(s.Workspaces(ctx)); !slices.Equal(ws, []string{"T1", "T2"}) {
			t.Errorf("the database is of %q", ws)
		}
		if err := s.DropMissed(ctx, monday.AddDays(1)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[2:], must(s.Missed(ctx, "T1", monday, monday.AddDays(9)))); diff != "" {
			t.Errorf("after Monday was deleted (-want +got):\n%s", diff)
		}
		if gs := must(s.Missed(ctx, "T2", monday, monday.AddDays(9))); len(gs) > 0 {
			t.Errorf("after Monday was deleted another workspace has %+v", gs)
		}
	})
}

func TestAGapOfWhoeverWantsNoneIsNotKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		monday := civil.On(2027, 1, 4)
		if err := s.PutPerson(ctx, Person{Workspace: "T1", ID: "U1", Quiet: DefaultQuiet, Unkept: true}, noon); err != nil {
			t.Fatal(err)
		}
		// What Slack says of somebody leaves their choice as it is.
		if err := s.NoteZone(ctx, "T1", "U1", "Europe/Berlin", noon, noon); err != nil {
			t.Fatal(err)
		}
		if p := must(s.Person(ctx, "T1", "U1")); !p.Unkept {
			t.Error("the choice is forgotten")
		}
		if putMissed(t, s, "T1", "mine", monday, GotNone, "", "U1") {
			t.Error("it says that it kept the question")
		}
		if !putMissed(t, s, "T1", "of a colleague", monday, GotNone, "", "U2") || !putMissed(t, s, "T2", "mine elsewhere", monday, GotNone, "", "U1") {
			t.Error("the choice of one is that of others")
		}
		if gs := must(s.Missed(ctx, "T1", monday, monday)); len(gs) != 1 || gs[0].Question != "of a colleague" {
			t.Errorf("kept %+v", gs)
		}
		if err := s.PutPerson(ctx, Person{Workspace: "T1", ID: "U1", Quiet: DefaultQuiet}, noon); err != nil {
			t.Fatal(err)
		}
		if !putMissed(t, s, "T1", "mine again", monday, GotNone, "", "U1") {
			t.Error("the choice cannot be taken back")
		}
	})
}

// The table has no column that could say who asked, where, or when on the day.
func TestAGapHasNoAsker(t *testing.T) {
	text := string(must(migrations.ReadFile("migrations/0004_gaps.sql")))
	_, columns, _ := strings.Cut(text, "CREATE TABLE missed (")
	columns, _, _ = strings.Cut(columns, ");")
	var names []string
	for line := range strings.Lines(columns) {
		if f := strings.Fields(line); len(f) > 1 && strings.HasPrefix(line, "  ") {
			names = append(names, f[0])
		}
	}
	if want := []string{"workspace", "question", "day", "got", "entry", "times", "PRIMARY"}; !slices.Equal(names, want) {
		t.Errorf("its columns are %q, want %q", names, want)
	}
}

func TestNamesOfAGapsWorkspace(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := sampleVisit("T1")
		v.Factory.Contacts = "Ms Zhang, +86 574 8765 4321"
		must(s.PlanVisit(ctx, v, noon))
		if _, _, err := s.NoteChannel(ctx, "T1", ChannelFacts{Channel: "C1", Name: "project-aurora", Checked: noon}, noon); err != nil {
			t.Fatal(err)
		}
		// One that was imported has nobody yet.
		nobody := sampleVisit("T1")
		nobody.Factory, nobody.People = visit.Factory{Workspace: "T1", Name: "Ningbo Bright", Chinese: "宁波光明"}, nil
		must(s.PlanVisit(ctx, nobody, noon))
		v = sampleVisit("T2")
		v.Factory.Name, v.Factory.Chinese, v.People = "Foshan Clear Glass", "", []visit.Person{{Name: "Herr Weber"}}
		must(s.PlanVisit(ctx, v, noon))
		want := Names{
			Factories: []string{"Ningbo Bright", "宁波光明"}, Channels: []string{"project-aurora"},
			People: []string{"Ms Zhang"}, Contacts: []string{"Ms Zhang, +86 574 8765 4321"},
		}
		if diff := cmp.Diff(want, must(s.Names(ctx, "T1"))); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
	})
}
