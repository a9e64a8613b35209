package knowledge

import (
	"cmp"
	"slices"
)

// Related returns at most n other entries about the same things, the nearest
// first. Entries of the same topic are preferred, and those of the same group
// more so. The same call always has the same answer.
func (b *Base) Related(e *Entry, n int) []*Entry {
	return b.index().related(e, n)
}

const (
	sameTopicFactor = 1.25 // on the score of an entry of the same topic
	sameGroupFactor = 1.15 // and, beyond that, of the same group
	maxShared       = 0.2  // part of all documents above which sharing a word says nothing
)

// related searches for the words of the entry's title, aliases and text.
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
			if !ok || w.term == noTerm || w.filler || float64(x.frequency(w.term)) > max(maxShared*float64(len(x.docs)), 3) {
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
			s.score[d] *= sameTopicFactor
			if o.Group == e.Group {
				s.score[d] *= sameGroupFactor
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
