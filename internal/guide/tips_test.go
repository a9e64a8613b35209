package guide_test

import (
	"testing"
	"testing/fstest"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/lang"
	"visitprep/knowledge"
)

func newGuide(t *testing.T) *guide.Guide {
	t.Helper()
	const head = "title: T\nsummary: S.\norder: 1\nentries:\n"
	entry := func(id, kind, phase string) string {
		return "  - id: " + id + "\n    kind: " + kind + "\n    phase: " + phase + "\n    title: Title of " + id + "\n    text: Text of " + id + ".\n    article: QC1\n    reviewed: 2026-11-28\n"
	}
	base, err := knowledge.Load(fstest.MapFS{
		"cultural-exchange.yaml": {Data: []byte("topic: cultural-exchange\n" + head + entry("tip-a", "etiquette", "before") + entry("tip-b", "etiquette", "during") + entry("tip-c", "etiquette", "during"))},
		"phrases.yaml":           {Data: []byte("topic: phrases\n" + head + entry("guide-x", "guide", "before"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	g, err := guide.New(blocks.Printer{Printer: lang.English()}, base, func(blocks.Printer) guide.Options { return guide.Options{} })
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestATipFitsThePhaseThenComesAnyThatIsNewThenNone(t *testing.T) {
	t.Parallel()
	g := newGuide(t)
	seen := map[string]bool{}
	for n, phase := range []knowledge.Phase{knowledge.During, knowledge.During, knowledge.Before} {
		e := g.UnseenTip("T1/C1", seen, knowledge.During)
		if e == nil || seen[e.ID] || e.Phase != phase {
			t.Fatalf("tip %d is %+v, want an unseen one of the phase %q", n+1, e, phase)
		}
		seen[e.ID] = true
	}
	if e := g.UnseenTip("T1/C1", seen, knowledge.During); e != nil {
		t.Errorf("when all were seen, %s comes again", e.ID)
	}
}

func TestTheTipOfTheDayStaysAllDay(t *testing.T) {
	t.Parallel()
	g := newGuide(t)
	morning := time.Date(2027, 3, 1, 7, 0, 0, 0, time.UTC)
	first := g.TipOfTheDay("T1/U1", morning)
	if e := g.TipOfTheDay("T1/U1", morning.Add(12*time.Hour)); e != first {
		t.Errorf("in the evening it is %s, in the morning %s", e.ID, first.ID)
	}
	if e := g.TipOfTheDay("T1/U1", morning.AddDate(0, 0, 1)); e == first {
		t.Errorf("the next day it is %s again", e.ID)
	}
}
