package guide_test

import (
	"regexp"
	"strings"
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

func TestOpening(t *testing.T) {
	t.Parallel()
	const list = "Take these. There are three:\n- one thing\n- another thing\n- a third thing\nGo."
	const table = "Add these:\nWhat | Price\nSample | 10\nTool | 900\nFreight | 80\nGo."
	for _, c := range []struct {
		s         string
		n, whole  int
		want      string
		shown, of int
	}{
		{"One. Two. Three.", 9, 9, "One. Two.", 0, 0},
		{"One. Two. Three.", 100, 100, "One. Two. Three.", 0, 0},
		{"A long first sentence. Two.", 5, 5, "A long first sentence.", 0, 0},
		{"First 1. wait for a seat. 2. Let the host start.", 28, 28, "First 1. wait for a seat.", 0, 0},
		{"No end at all", 3, 3, "No end at all", 0, 0},
		{"It costs 900. Wait! Who pays? They do.", 30, 30, "It costs 900. Wait! Who pays?", 0, 0},
		{`Say: "We came far. We are glad." Then sit. Eat.`, 20, 20, `Say: "We came far. We are glad."`, 0, 0},
		{`Ask "Why?" five times. Go.`, 10, 10, `Ask "Why?" five times.`, 0, 0},
		{"Rest (an hour. Or two.) at noon. Go.", 20, 20, "Rest (an hour. Or two.) at noon.", 0, 0},
		{list, 12, 12, "Take these.", 0, 0},
		{list, 30, 300, list[:len(list)-4], 0, 0},
		{list, 60, 60, "Take these. There are three:\n- one thing\n- another thing", 2, 3},
		{list[12:], 20, 20, "There are three:\n- one thing\n- another thing", 2, 3},
		{table, 10, 10, "Add these:\nWhat | Price\nSample | 10\nTool | 900", 2, 3},
		{"In turn:\n1. Wait.\n2. Ask.\n3. Go.\nEnd.", 26, 26, "In turn:\n1. Wait.\n2. Ask.", 2, 3},
	} {
		if got, shown, of := guide.Opening(c.s, c.n, c.whole); got != c.want || shown != c.shown || of != c.of {
			t.Errorf("opening(%q, %d, %d) = %q, %d of %d, want %q, %d of %d", c.s, c.n, c.whole, got, shown, of, c.want, c.shown, c.of)
		}
	}
}

// Whoever asks reads the short form first. Of no entry may it stop where the reader waits for what
// comes next.
func TestNoEntryOpensWithHalfAThought(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	isItem := regexp.MustCompile(`^ *(- |[0-9]+\. )|.+ \| `).MatchString
	for _, e := range base.All() {
		for _, n := range []int{120, 220, 240, 320} {
			got, shown, of := guide.Opening(e.Text, n, 320)
			rest := strings.TrimLeft(e.Text[len(got):], "\n")
			next, _, _ := strings.Cut(rest, "\n")
			last := got[strings.LastIndex(got, "\n")+1:]
			switch {
			case !strings.HasPrefix(e.Text, got) || got == "":
				t.Errorf("%s, %d: it does not open with its own words: %q", e.ID, n, got)
			case strings.HasSuffix(got, ":"):
				t.Errorf("%s, %d: it stops after a colon: %q", e.ID, n, got)
			case strings.Count(got, `"`)%2 != 0:
				t.Errorf("%s, %d: it stops inside a quotation: %q", e.ID, n, got)
			case strings.Count(got, "(") != strings.Count(got, ")"):
				t.Errorf("%s, %d: it stops inside brackets: %q", e.ID, n, got)
			case isItem(last) && isItem(next) && strings.HasPrefix(last, "- ") == strings.HasPrefix(next, "- ") && (shown < 2 || of <= shown):
				t.Errorf("%s, %d: it stops in a list and says %d of %d: %q", e.ID, n, shown, of, got)
			case of > 0 && !isItem(next):
				t.Errorf("%s, %d: it says %d of %d where the list is whole: %q", e.ID, n, shown, of, got)
			case len(got) > max(n, 400):
				t.Errorf("%s, %d: it is %d bytes: %q", e.ID, n, len(got), got)
			}
		}
	}
}
