package guide

import (
	"strings"
	"testing"

	"visitprep/internal/blocks"
	"visitprep/internal/lang"
	"visitprep/knowledge"
)

// inEnglish is the guide of the knowledge that comes with the program.
func inEnglish(t *testing.T) *Guide {
	t.Helper()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(blocks.Printer{Printer: lang.English()}, base, func(blocks.Printer) Options { return Options{} })
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// A phase of 40 pages opens with what people ask for, and the way to each part.
func TestAPhaseOpensWithWhatIsAskedForMost(t *testing.T) {
	g := inEnglish(t)
	for _, p := range phases {
		s, ok := g.Lookup(string(p))
		if !ok {
			t.Fatalf("%s is nothing", p)
		}
		m, ok := g.Answer(s, Private)
		if !ok {
			t.Fatalf("there is no answer about %s", s)
		}
		text := string(blocks.MustJSON(m.Blocks))
		if strings.Contains(text, "Page 1 of") || !strings.Contains(text, "Asked for most") || !strings.Contains(text, "Read from the start") {
			t.Errorf("%s opens with\n%s", p, m.Text.String())
		}
		for _, mk := range g.Listings[PhaseKey(p)].marks {
			if !strings.Contains(m.Text.String(), mk.title) {
				t.Errorf("%s does not lead to %s", p, mk.title)
			}
		}
		if n := strings.Count(text, `"show.related`) + strings.Count(text, `"turn.related`); n != maxButtons {
			t.Errorf("%s opens with %d entries, want %d", p, n, maxButtons)
		}
		if first, ok := g.Answer(PageSubject(PhaseKey(p), 0), Private); !ok || !strings.Contains(first.Text.String(), "Page 1 of") {
			t.Errorf("the button of an old message no longer leads to the first page of %s", p)
		}
	}
}

func TestTheNextBestAnswerIsTheOneBehind(t *testing.T) {
	g := inEnglish(t)
	const asked = "what gift should I not bring"
	hits := g.search(asked).Hits
	if len(hits) < 3 {
		t.Fatalf("%d answers, want three", len(hits))
	}
	for n, want := range []string{hits[1].Entry.ID, hits[2].Entry.ID} {
		b := string(blocks.MustJSON(g.NextBest(hits[n].Entry.ID, asked)))
		if !strings.Contains(b, want+"?"+asked) {
			t.Errorf("behind %s comes %s, want %s", hits[n].Entry.ID, b, want)
		}
	}
	if b := g.NextBest(hits[0].Entry.ID, ""); b == nil {
		t.Error("without a question nothing is offered")
	}
	if b := g.NextBest("no-such-entry", ""); b != nil {
		t.Error("what is gone has something near it")
	}
}

// Whoever sees a part of a list is told so, and whoever has read all is offered no more of it.
func TestAShortAnswerSaysHowMuchOfAListItHas(t *testing.T) {
	g := inEnglish(t)
	for asked, want := range map[string]string{
		"I have dinner with the boss tomorrow": "The first 3 of 6.",
		"visitors of chinese descent":          `"`,
		"how do I drink little baijiu":         ".",
	} {
		hits := g.search(asked).Hits
		if len(hits) == 0 {
			t.Fatalf("%q finds nothing", asked)
		}
		m := g.short(hits[0].Entry)
		if m == nil || !strings.Contains(m.Text.String(), want) {
			t.Errorf("%q opens with\n%v\nwithout %q", asked, m, want)
		}
	}
	for _, e := range g.Base.All() {
		if m := g.short(e); m != nil && e.Why == "" && strings.Contains(m.Text.String(), blocks.PlainBody(e.Text)) {
			t.Errorf("%s offers more of itself and has no more", e.ID)
		}
	}
}
