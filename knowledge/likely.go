package knowledge

import (
	"math"
	"slices"
)

// How likely an entry's names are to hold the words of a question tells near twins apart: a
// word that many of its names have says more than one that stands in a single ask, and what
// is missing counts against it. This is multinomial naive Bayes over the entries; that its
// words are counted as if they were independent is mended by the fitted weight.
const (
	unseen      = 0.1 // how often each word is taken to be met in every entry beyond what was counted
	textCounts  = 0.3 // how often a word of the text counts, where one of a name counts once
	ownWords    = 0.9 // the part of a question that is in an entry's own words, for [gain.beside]
	likelyScale = 10  // natural logarithms from a likelihood of 1 down to 0
)

// A gain is what a word adds, as a natural logarithm, to the likelihood of an entry that has it.
type gain struct {
	doc  uint32
	more float32
	// beside is how much likelier the word is here than in all entries together, likewise,
	// where a tenth of what is asked of an entry comes from anywhere.
	beside float32
}

// buildLikely counts the words of each entry's names, each name's once.
func (x *index) buildLikely(b *builder, termOf []uint32) {
	terms := len(x.stems.end)
	counts := make([]map[uint32]float64, len(x.docs))
	sizes := make([]float64, len(x.docs))
	perTerm := make([]uint32, terms+1)
	seen := make([]uint32, terms) // the name by which a term was counted last, from 1
	for d := range x.docs {
		counts[d] = map[uint32]float64{}
		for n := x.namesOf[d]; n < x.namesOf[d+1]; n++ {
			for _, t := range x.nameTerms[x.names[n]:x.names[n+1]] {
				if seen[t] != n+1 {
					seen[t] = n + 1
					counts[d][t]++
					sizes[d]++
				}
			}
		}
	}
	start := 0
	for d, end := range b.ends {
		text := map[uint32]bool{}
		for _, s := range b.stream[start:end] {
			if t := termOf[s>>3]; s&7 == inText && !text[t] {
				text[t] = true
				counts[d][t] += textCounts
				sizes[d] += textCounts
			}
		}
		start = end
		for t := range counts[d] {
			perTerm[t+1]++
		}
	}
	for t := range terms {
		perTerm[t+1] += perTerm[t]
	}
	total, all := make([]float64, terms), 0.0
	for d := range counts {
		for t, n := range counts[d] {
			total[t] += n
		}
		all += sizes[d]
	}
	x.gainsOf = perTerm
	x.gains = make([]gain, perTerm[terms])
	x.unlikely = make([]float32, len(x.docs))
	next := slices.Clone(perTerm[:terms])
	for d, words := range counts {
		for t, n := range words {
			x.gains[next[t]] = gain{uint32(d), float32(math.Log1p(n / unseen)), float32(math.Log1p(ownWords / (1 - ownWords) * n / sizes[d] * all / total[t]))}
			next[t]++
		}
		x.unlikely[d] = float32(math.Log1p(sizes[d] / (unseen * float64(terms))))
	}
}

// likely adds up what the question's words say of each document, each word once, and returns
// how many words say something.
func (x *index) likely(s *scratch) (words float32) {
	clear(s.fits)
	clear(s.beside)
	s.terms = s.terms[:0]
	for text := range s.meantWords() {
		w, ok := x.word(text)
		if !ok || w.term == noTerm || slices.Contains(s.terms, w.term) {
			continue
		}
		s.terms = append(s.terms, w.term)
		for _, g := range x.gains[x.gainsOf[w.term]:x.gainsOf[w.term+1]] {
			s.fits[g.doc] += g.more
			s.beside[g.doc] += g.beside
		}
	}
	return float32(len(s.terms))
}
