package knowledge

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
)

// A verbatim is an alias, or a short title as far as its colon or bracket, as it
// is spoken, small words and all. "Two weeks before" and "day before" are made of
// words that say nothing one by one; only the whole has a meaning.
type verbatim struct {
	hash uint32
	doc  uint32
}

// How many words a verbatim has.
const (
	minVerbatim = 2
	maxVerbatim = 5
)

// number words are read as numbers: people write both.
var numberWords = map[string]string{
	"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
	"thirty": "30", "ninety": "90",
}

// spoken reduces words to what is compared: without articles, with numbers as
// digits, and without the s of a plural.
func spoken(dst []string, words []token) []string {
	for _, t := range words {
		w := t.text
		switch w {
		case "", "a", "an", "the", "my", "our", "your", "their":
			continue
		}
		if n, ok := numberWords[w]; ok {
			w = n
		} else if len(w) > 3 && w[len(w)-1] == 's' && w[len(w)-2] != 's' {
			w = w[:len(w)-1]
		}
		dst = append(dst, w)
	}
	return dst
}

func (x *index) hashOf(words []string) uint32 {
	var h maphash.Hash
	h.SetSeed(x.seed)
	for _, w := range words {
		h.WriteString(w)
		h.WriteByte(' ')
	}
	return uint32(h.Sum64()) // that two of them share it is rare, and harmless
}

// addVerbatim collects the aliases and the openings of titles.
func (x *index) addVerbatim() {
	x.seed = maphash.MakeSeed()
	var buffer []token
	var words []string
	for doc, e := range x.docs {
		add := func(text string) {
			buffer = tokens(buffer[:0], text)
			words = spoken(words[:0], buffer)
			if n := len(words); n >= minVerbatim && n <= maxVerbatim {
				x.verbatim = append(x.verbatim, verbatim{x.hashOf(words), uint32(doc)})
			}
		}
		opening, _, _ := strings.Cut(e.Title, ":")
		opening, _, _ = strings.Cut(opening, " (")
		add(opening)
		for _, alias := range e.Aliases {
			add(alias)
		}
	}
	slices.SortFunc(x.verbatim, func(a, b verbatim) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.doc, b.doc))
	})
	x.verbatim = slices.Clone(slices.Compact(x.verbatim))
}

// verbatimBonus is what each word of a verbatim adds to the score.
const verbatimBonus = 2.2

// sayings raises the documents of which the question has a verbatim, and notes
// them: each by its longest.
func (x *index) sayings(s *scratch) {
	s.words = spoken(s.words[:0], s.tokens)
	words := s.words[:min(len(s.words), maxConcepts)]
	for n := min(maxVerbatim, len(words)); n >= minVerbatim; n-- {
		for i := 0; i+n <= len(words); i++ {
			hash := x.hashOf(words[i : i+n])
			at, ok := slices.BinarySearchFunc(x.verbatim, hash, func(v verbatim, hash uint32) int { return cmp.Compare(v.hash, hash) })
			for ok && at < len(x.verbatim) && x.verbatim[at].hash == hash {
				d := x.verbatim[at].doc
				at++
				if slices.Contains(s.verbatim, d) {
					continue
				}
				s.verbatim = append(s.verbatim, d)
				if s.score[d] == 0 {
					s.touched = append(s.touched, d)
				}
				s.score[d] += verbatimBonus * float32(n)
			}
		}
	}
}
