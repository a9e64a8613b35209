package main

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"visitprep/knowledge"
)

// lessonsOfTwo teaches a base of two entries that share no word with each other's asks.
func lessonsOfTwo() knowledge.Lessons {
	dents := &knowledge.Entry{ID: "dents", Title: "Dents in a kettle", Text: "Write down the size of each dent."}
	toasts := &knowledge.Entry{ID: "toasts", Title: "Toasts at a banquet", Text: "Raise the glass with both hands."}
	for n := range 8 {
		dents.Asks = append(dents.Asks, fmt.Sprintf("the kettle has a bump, case %c", 'a'+n))
		toasts.Asks = append(toasts.Asks, fmt.Sprintf("how do I raise my cup, evening %c", 'a'+n))
	}
	return Teach([]*knowledge.Entry{dents, toasts}, []question{{Ask: "his hooch burned", Want: []string{"toasts"}}}, []string{"the printer is out of toner"})
}

// cosine is between the directions of two texts.
func cosine(l knowledge.Lessons, a, b string) float64 {
	sum := func(text string) (v [dims]float64) {
		for _, stem := range knowledge.Words(text) {
			for d, n := range l[stem] {
				v[d] += float64(n)
			}
		}
		return v
	}
	x, y := sum(a), sum(b)
	var xy, xx, yy float64
	for d := range x {
		xy += x[d] * y[d]
		xx += x[d] * x[d]
		yy += y[d] * y[d]
	}
	return xy / math.Sqrt(xx*yy)
}

// A word that only askers use points to what they ask for, and an everyday question nowhere.
func TestWordsArePointedToWhatAnswersThem(t *testing.T) {
	t.Parallel()
	l := lessonsOfTwo()
	for _, c := range []struct{ ask, right, wrong string }{
		{"a bump", "Dents in a kettle", "Toasts at a banquet"},
		{"raise my cup", "Toasts at a banquet", "Dents in a kettle"},
		{"hooch", "Toasts at a banquet", "Dents in a kettle"},
		{"bumps", "Dents in a kettle", "printer"},
	} {
		if right, wrong := cosine(l, c.ask, c.right), cosine(l, c.ask, c.wrong); right < wrong+0.1 {
			t.Errorf("%q is %.2f near %q and %.2f near %q", c.ask, right, c.right, wrong, c.wrong)
		}
	}
	for _, title := range []string{"Dents in a kettle", "Toasts at a banquet"} {
		if near := cosine(l, "printer toner", title); near > 0.4 {
			t.Errorf("an everyday question is %.2f near %q", near, title)
		}
	}
}

func TestTheSameLessonsGiveTheSameRows(t *testing.T) {
	t.Parallel()
	stems, rows := lessonsOfTwo().Write()
	again, rowsAgain := lessonsOfTwo().Write()
	if !bytes.Equal(stems, again) || !bytes.Equal(rows, rowsAgain) {
		t.Error("two runs taught different rows")
	}
	if n := bytes.Count(stems, []byte("\n")); len(rows) != n*dims {
		t.Errorf("%d stems have %d numbers", n, len(rows))
	}
}
