package store

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// sampleMarketNote has something in every field.
func sampleMarketNote(team string) visit.MarketNote {
	return visit.MarketNote{
		Workspace: team, Factory: visit.Factory{Name: "Ningbo Bright", Chinese: "宁波光明"}, Place: visit.Place{Channel: "C1", Private: true, ChannelZone: "Europe/Berlin"},
		Visit: 7, Question: "trends-ask-roadmap", Text: "two robots since May", Tags: []visit.MarketTag{visit.TagAutomation, visit.TagCapacity}, Link: "https://x.example/1",
		By: "U1", At: noon.Add(-time.Hour), Idea: visit.MarketIdea{State: visit.IdeaDone, Owner: "U2", Next: "ask for a sample", Due: civil.On(2027, 4, 1), Closed: visit.Mark{By: "U3", At: noon}},
	}
}

func TestAMarketNoteIsKeptWhole(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		in := sampleMarketNote("T1")
		n := must(s.AddMarketNote(ctx, in, noon))
		want := in
		want.Number, want.Rev, want.Factory, want.Zone = 1, 1, n.Factory, "Asia/Shanghai"
		if got := must(s.MarketNote(ctx, "T1", 1)); !reflect.DeepEqual(got, want) {
			t.Errorf("kept is\n%+v, not\n%+v", got, want)
		}
		if other := must(s.AddMarketNote(ctx, sampleMarketNote("T2"), noon)); other.Number != 1 {
			t.Errorf("the first of another workspace is %d", other.Number)
		}
		changed := must(s.ChangeMarketNote(ctx, "T1", 1, func(n *visit.MarketNote) error {
			n.Text, n.By, n.Channel, n.Factory = "three robots", "U9", "C9", visit.Factory{Number: 9}
			return nil
		}))
		if got := must(s.MarketNote(ctx, "T1", 1)); got.Text != "three robots" || got.By != "U1" || got.Channel != "C1" || got.Factory.Number != n.Factory.Number || got.Rev != changed.Rev {
			t.Errorf("changed it is %+v", got)
		}
		var es visit.InputErrors
		if _, err := s.ChangeMarketNote(ctx, "T1", 1, func(n *visit.MarketNote) error { n.Text = ""; return nil }); !errors.As(err, &es) || es[0].Field != "note" {
			t.Errorf("without words: %v", err)
		}
		if _, channel, err := s.OwnerOf(ctx, "T1", "market/1"); err != nil || channel != "C1" {
			t.Errorf("it stands in %s, %v", channel, err)
		}
		for person, want := range map[string]bool{"U1": true, "U2": true, "U3": false} {
			if theirs := must(s.Theirs(ctx, "T1", person, "market/1")); theirs != want {
				t.Errorf("it is %s's: %v", person, theirs)
			}
		}
		no := errors.New("no")
		if err := s.DeleteMarketNote(ctx, "T1", 1, func(*visit.MarketNote) error { return no }); !errors.Is(err, no) {
			t.Errorf("deleted by somebody who may not: %v", err)
		}
		for range 2 {
			if err := s.DeleteMarketNote(ctx, "T1", 1, func(*visit.MarketNote) error { return nil }); err != nil {
				t.Errorf("deleted: %v", err)
			}
		}
		if _, err := s.MarketNote(ctx, "T1", 1); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("what was deleted is %v", err)
		}
		if got := must(s.MarketNote(ctx, "T2", 1)); got.Text != in.Text {
			t.Error("that of another workspace went with it")
		}
	})
}

func TestWhichMarketNotesAreListed(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		add := func(channel, text string, at time.Time, change func(*visit.MarketNote)) {
			n := sampleMarketNote("T1")
			n.Channel, n.Private, n.Text, n.At, n.Idea, n.Visit = channel, false, text, at, visit.MarketIdea{}, 0
			if change != nil {
				change(&n)
			}
			must(s.AddMarketNote(ctx, n, noon))
		}
		add("C1", "old", noon.AddDate(0, -2, 0), nil)
		add("C1", "new", noon, func(n *visit.MarketNote) { n.Visit = 4 })
		add("C2", "elsewhere", noon.Add(-time.Hour), func(n *visit.MarketNote) {
			n.Idea = visit.MarketIdea{State: visit.IdeaOpen, Owner: "U2", Next: "ask", Due: civil.On(2027, 4, 1)}
		})
		add("C1", "of another factory", noon.Add(-2*time.Hour), func(n *visit.MarketNote) { n.Factory = visit.Factory{Name: "Wenzhou Steel"} })
		for name, c := range map[string]struct {
			f    MarketFilter
			want []string
		}{
			"all, the newest first":           {MarketFilter{}, []string{"new", "elsewhere", "of another factory", "old"}},
			"of a channel":                    {MarketFilter{Filter: Filter{Channels: []string{"C1"}}}, []string{"new", "of another factory", "old"}},
			"of no channel":                   {MarketFilter{Filter: Filter{Channels: []string{}}}, nil},
			"of a factory":                    {MarketFilter{Filter: Filter{Factory: 1}}, []string{"new", "elsewhere", "old"}},
			"of a visit":                      {MarketFilter{Visit: 4}, []string{"new"}},
			"open ideas":                      {MarketFilter{OpenIdeas: true}, []string{"elsewhere"}},
			"from an instant on":              {MarketFilter{Since: noon.Add(-time.Hour)}, []string{"new", "elsewhere"}},
			"before an instant":               {MarketFilter{Until: noon.Add(-time.Hour)}, []string{"of another factory", "old"}},
			"a page":                          {MarketFilter{Filter: Filter{Limit: 2, Offset: 1}}, []string{"elsewhere", "of another factory"}},
			"of a person in a closed channel": {MarketFilter{Filter: Filter{Channels: []string{"C2"}, Own: "U1"}}, []string{"elsewhere"}},
		} {
			var got []string
			for _, n := range must(s.MarketNotes(ctx, "T1", c.f)) {
				got = append(got, n.Text)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	})
}

// A visit keeps its questions, the next one at the same factory gets others, and what was said in
// a private channel is not known elsewhere.
func TestTheMarketQuestionsOfAVisitAreKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		var all []visit.MarketQuestion
		for _, id := range []string{"a", "b", "c", "d", "e", "f", "g"} {
			all = append(all, visit.MarketQuestion{ID: id, Purposes: []string{"first_visit"}})
		}
		plan := func(factory, channel string, first civil.Date) visit.Visit {
			t.Helper()
			v := sampleVisit("T1")
			v.Factory, v.Channel, v.Purpose, v.First, v.Last = visit.Factory{Name: factory}, channel, "first_visit", first, first
			return must(s.PlanVisit(ctx, v, noon))
		}
		expect := func(what string, v visit.Visit, want ...string) {
			t.Helper()
			if got := must(s.MarketQuestions(ctx, &v, all)); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		first, second := plan("Ningbo", "C1", civil.On(2027, 3, 15)), plan("Ningbo", "C1", civil.On(2027, 6, 15))
		expect("the first visit", first, "a", "b", "c")
		expect("once more", first, "a", "b", "c")
		expect("the second", second, "d", "e", "f")
		expect("one at another factory", plan("Wenzhou", "C1", civil.On(2027, 6, 15)), "a", "b", "c")
		note := sampleMarketNote("T1")
		note.Factory, note.Question, note.Channel, note.Private, note.At = first.Factory, "g", "C2", true, noon
		must(s.AddMarketNote(ctx, note, noon))
		expect("answered in a private channel, elsewhere", plan("Ningbo", "C1", civil.On(2027, 9, 15)), "g", "a", "b")
		expect("and there", plan("Ningbo", "C2", civil.On(2027, 9, 16)), "c", "d", "e")
		hidden := plan("Taizhou", "G9", civil.On(2027, 3, 15))
		if _, _, err := s.NoteChannel(ctx, "T1", ChannelFacts{Channel: "G9", Name: "g9", Private: true, Checked: noon}, noon); err != nil {
			t.Fatal(err)
		}
		expect("a visit in a private channel", hidden, "a", "b", "c")
		next := func(channel string, first civil.Date) visit.Visit {
			t.Helper()
			v := sampleVisit("T1")
			v.Factory, v.Channel, v.Purpose, v.First, v.Last = hidden.Factory, channel, "first_visit", first, first
			return must(s.PlanVisit(ctx, v, noon))
		}
		expect("one in an open channel does not show what was asked there", next("C1", civil.On(2027, 6, 15)), "a", "b", "c")
		expect("the next one there", next("G9", civil.On(2027, 9, 15)), "d", "e", "f")
		all = all[1:]
		expect("a question that is no longer asked makes room", first, "b", "c", "f")
	})
}

// What was noted in a channel follows it to its new id, and so does the digest; and one that
// becomes private takes its notes along.
func TestMarketNotesFollowTheirChannel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		n := sampleMarketNote("T1")
		n.Private = false
		must(s.AddMarketNote(ctx, n, noon))
		sc := visit.Schedule{Workspace: "T1", Subject: "channel/C1", Kind: visit.RecurMarket, Rule: "0 9 1 * *", Zone: "UTC", Next: noon}
		if err := s.PutSchedule(ctx, sc); err != nil {
			t.Fatal(err)
		}
		if hidden := must(s.HiddenFactories(ctx, "T1")); len(hidden) != 0 {
			t.Errorf("hidden are %v", hidden)
		}
		if _, _, err := s.NoteChannel(ctx, "T1", ChannelFacts{Channel: "C1", Name: "sourcing", Private: true, Checked: noon}, noon); err != nil {
			t.Fatal(err)
		}
		if got := must(s.MarketNote(ctx, "T1", 1)); !got.Private {
			t.Error("its channel is private and it is not")
		}
		if hidden := must(s.HiddenFactories(ctx, "T1")); !slices.Equal(hidden[1], []string{"C1"}) {
			t.Errorf("hidden are %v", hidden)
		}
		if err := s.MoveChannel(ctx, "T1", "C1", "C7"); err != nil {
			t.Fatal(err)
		}
		if got := must(s.MarketNote(ctx, "T1", 1)); got.Channel != "C7" {
			t.Errorf("it stands in %s", got.Channel)
		}
		if _, err := s.Schedule(ctx, "T1", visit.RecurMarket, "channel/C7"); err != nil {
			t.Errorf("the digest: %v", err)
		}
		// Ended, what it has made and not sent is not sent.
		o := visit.MarketDigestOf(visit.Schedule{Workspace: "T1", Subject: "channel/C7", Zone: "UTC", Rule: "0 9 1 * *"}, noon, &visit.Timing{})
		if err := s.AddOccurrence(ctx, o); err != nil {
			t.Fatal(err)
		}
		if err := s.DropSchedule(ctx, "T1", visit.RecurMarket, "channel/C7"); err != nil {
			t.Fatal(err)
		}
		if os := must(s.Occurrences(ctx, "T1", OccurrenceFilter{Subject: "channel/C7", Kinds: []visit.Kind{visit.MarketDigest}, States: []visit.State{visit.Pending}})); len(os) != 0 {
			t.Errorf("%d digests wait", len(os))
		}
	})
}

func TestMarketNotesAreImportedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		other := sampleMarketNote("T1")
		other.Text = "wages rise"
		later, asked := other.Clone(), other.Clone()
		later.At, asked.Question = other.At.AddDate(0, 0, 1), "market.other"
		ns := []visit.MarketNote{sampleMarketNote("T1"), other, later, asked}
		for n, want := range []int{4, 0} {
			if added := must(s.ImportMarketNotes(ctx, ns, noon)); added != want {
				t.Errorf("import %d adds %d, want %d", n+1, added, want)
			}
		}
		if got := must(s.MarketNotes(ctx, "T1", MarketFilter{})); len(got) != 4 || !slices.ContainsFunc(got, func(n visit.MarketNote) bool { return n.At.Equal(noon.Add(-time.Hour)) }) {
			t.Errorf("there are %+v", got)
		}
	})
}
