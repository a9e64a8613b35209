package knowledge

import (
	"cmp"
	"slices"
)

// Related returns at most n other entries about the same things, the nearest
// first. Advice of the same topic is preferred, and that of the same group
// more so. The same question always has the same answer.
func (b *Base) Related(e *Entry, n int) []*Entry {
	return b.index().related(e, n)
}

// sameTopic and sameGroup raise the score of neighbours.
const (
	sameTopic = 1.25
	sameGroup = 1.15
	// commonest is the part of all documents above which a word says nothing
	// about two of them being alike.
	commonest = 0.2
)

// related asks for the words of a's title, aliases and text.
func (x *index) related(e *Entry, n int) []*Entry {
	if e == nil || n <= 0 {
		return nil
	}
	s := x.scratch.take()
	defer x.scratch.put(s)
	ask := func(text string, weight float32) {
		s.tokens = tokens(s.tokens[:0], text)
		for _, t := range s.tokens {
			w, ok := x.word(t.text)
			if !ok || w.term == noTerm || w.filler || float64(x.frequency(w.term)) > max(commonest*float64(len(x.docs)), 3) {
				continue
			}
			x.score(s, &concept{readings: []reading{{w.term, 1}}, weight: weight})
		}
	}
	ask(e.Title, 1)
	for _, alias := range e.Aliases {
		ask(alias, 0.7)
	}
	ask(e.Text, 0.3)
	for _, d := range s.touched {
		if o := x.docs[d]; o.topic == e.topic {
			s.score[d] *= sameTopic
			if o.Group == e.Group {
				s.score[d] *= sameGroup
			}
		}
	}
	slices.SortFunc(s.touched, func(c, d uint32) int {
		return cmp.Or(cmp.Compare(s.score[d], s.score[c]), cmp.Compare(c, d))
	})
	others := make([]*Entry, 0, n)
	for _, d := range s.touched {
		if o := x.docs[d]; o.ID != e.ID && len(others) < n {
			others = append(others, o)
		}
	}
	return others
}
