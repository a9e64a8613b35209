package knowledge

import "slices"

// A pair is two words that stand side by side, but for the words that say nothing: "late
// delivery" is more than late and delivery.

// pairOf is a pair as a number. That two share one is rare, and harmless.
func pairOf(first, second uint32) uint32 { return first*0x9E3779B1 ^ second*0x85EBCA77 }

// buildPairs collects the pairs in each document's names.
func (x *index) buildPairs() {
	for doc := range x.docs {
		x.pairsOf = append(x.pairsOf, uint32(len(x.pairs)))
		from := len(x.pairs)
		for n := x.namesOf[doc]; n < x.namesOf[doc+1]; n++ {
			before := uint32(noTerm)
			for _, t := range x.nameTerms[x.names[n]:x.names[n+1]] {
				if x.filler[t] {
					continue
				}
				if before != noTerm {
					x.pairs = append(x.pairs, pairOf(before, t))
				}
				before = t
			}
		}
		own := x.pairs[from:]
		slices.Sort(own)
		x.pairs = x.pairs[:from+len(slices.Compact(own))]
	}
	x.pairsOf = append(x.pairsOf, uint32(len(x.pairs)))
	x.pairs = slices.Clip(x.pairs)
}

// An askedPair is a pair of the question, and how much it tells.
type askedPair struct {
	pair uint32
	info float32
}

// pairsAsked lists the pairs of the question.
func (x *index) pairsAsked(s *scratch) {
	before := -1
	for i := range s.concepts {
		c := &s.concepts[i]
		if c.filler {
			continue
		}
		if before >= 0 && c.exact != noTerm && s.concepts[before].exact != noTerm {
			s.pairs = append(s.pairs, askedPair{pairOf(s.concepts[before].exact, c.exact), c.info + s.concepts[before].info})
		}
		before = i
	}
}

// pairsIn returns the part of the question's pairs that a document has.
func (x *index) pairsIn(s *scratch, doc uint32) float32 {
	var has, all float32
	own := x.pairs[x.pairsOf[doc]:x.pairsOf[doc+1]]
	for _, p := range s.pairs {
		all += p.info
		if _, ok := slices.BinarySearch(own, p.pair); ok {
			has += p.info
		}
	}
	if all == 0 {
		return 0
	}
	return has / all
}
