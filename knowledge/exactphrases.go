package knowledge

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
)

// An exactPhrase is an alias, or a title as far as its colon or bracket, with its
// small words. "Two weeks before" and "day before" are made of words that say
// nothing one by one; only the whole has a meaning.
type exactPhrase struct {
	hash uint32
	doc  uint32
}

// How many words an exact phrase has.
const (
	minExactWords = 2
	maxExactWords = 5
)

// exactPhraseBonus is what each word of an exact phrase adds to the score.
const exactPhraseBonus = 2.2

// numberWords are read as numbers: people write both.
var numberWords = map[string]string{
	"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
	"thirty": "30", "ninety": "90",
}

// exactWords appends to dst what of the words is compared: no articles, numbers
// as digits, and no s of a plural.
func exactWords(dst []string, words []token) []string {
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
	return uint32(h.Sum64()) // that two phrases share one is rare, and harmless
}

// buildExactPhrases collects the aliases and the openings of titles.
func (x *index) buildExactPhrases() {
	x.seed = maphash.MakeSeed()
	var buffer []token
	var words []string
	for doc, e := range x.docs {
		add := func(text string) {
			buffer = tokens(buffer[:0], text)
			words = exactWords(words[:0], buffer)
			if n := len(words); n >= minExactWords && n <= maxExactWords {
				x.exactPhrases = append(x.exactPhrases, exactPhrase{x.hashOf(words), uint32(doc)})
			}
		}
		opening, _, _ := strings.Cut(e.Title, ":")
		opening, _, _ = strings.Cut(opening, " (")
		add(opening)
		for _, alias := range e.Aliases {
			add(alias)
		}
	}
	slices.SortFunc(x.exactPhrases, func(a, b exactPhrase) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.doc, b.doc))
	})
	x.exactPhrases = slices.Clone(slices.Compact(x.exactPhrases))
}

// scoreExactPhrases raises the documents that have an exact phrase of the question,
// each once and by its longest, and lists them in s.exact.
func (x *index) scoreExactPhrases(s *scratch) {
	s.words = exactWords(s.words[:0], s.tokens)
	words := s.words[:min(len(s.words), maxConcepts)]
	for n := min(maxExactWords, len(words)); n >= minExactWords; n-- {
		for i := 0; i+n <= len(words); i++ {
			hash := x.hashOf(words[i : i+n])
			at, ok := slices.BinarySearchFunc(x.exactPhrases, hash, func(p exactPhrase, hash uint32) int { return cmp.Compare(p.hash, hash) })
			for ok && at < len(x.exactPhrases) && x.exactPhrases[at].hash == hash {
				d := x.exactPhrases[at].doc
				at++
				if slices.Contains(s.exact, d) {
					continue
				}
				s.exact = append(s.exact, d)
				if s.score[d] == 0 {
					s.touched = append(s.touched, d)
				}
				s.score[d] += exactPhraseBonus * float32(n)
			}
		}
	}
}
