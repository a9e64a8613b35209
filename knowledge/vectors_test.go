package knowledge

import "testing"

func TestWordsOfOneMeaningPointTheSameWay(t *testing.T) {
	t.Parallel()
	l := newLexicon()
	of := func(words ...string) vector {
		var g gather
		for _, w := range words {
			row := l.given.row(w)
			if row == "" {
				t.Fatalf("%q has no row", w)
			}
			g.add(row, 1)
		}
		return g.vector()
	}
	near := func(a, b vector) float32 { return float32(a.dot(&b)) / (a.size() * b.size()) }
	for _, c := range []struct{ word, like, unlike string }{
		{"supplier", "vendor", "violin"},
		{"refuse", "reject", "banana"},
		{"dinner", "banquet", "invoice"},
		{"aa", "aa", "zinc"},
		{"zy", "zy", "the"},
	} {
		like, unlike := near(of(c.word), of(c.like)), near(of(c.word), of(c.unlike))
		if like <= unlike {
			t.Errorf("%s is %.2f like %s and %.2f like %s", c.word, like, c.like, unlike, c.unlike)
		}
	}
	if same := near(of("factory", "visit"), of("visit", "factory")); same < 0.99 {
		t.Errorf("the order of the words matters: %.2f", same)
	}
	for _, w := range []string{"", "A", "xyzzyxyzzy", "zzzzzz", "a\nb"} {
		if l.given.row(w) != "" {
			t.Errorf("%q has a row", w)
		}
	}
}
