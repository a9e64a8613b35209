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

// buildExactPhrases collects the aliases, the openings of titles, and what is asked or said whole.
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
			x.verbatim = append(x.verbatim, exactPhrase{x.hashOf([]string{written(buffer)}), uint32(doc)})
		}
		for _, ask := range e.Asks {
			buffer = tokens(buffer[:0], ask)
			words = exactWords(words[:0], buffer)
			if len(words) >= minExactWords {
				x.verbatim = append(x.verbatim, exactPhrase{x.hashOf(words), uint32(doc)})
			}
		}
		if e.Kind == Phrase {
			for _, text := range []string{e.Chinese, e.Pinyin} {
				buffer = tokens(buffer[:0], text)
				x.verbatim = append(x.verbatim, exactPhrase{x.hashOf([]string{written(buffer)}), uint32(doc)})
			}
		}
	}
	x.exactPhrases, x.verbatim = sortedPhrases(x.exactPhrases), sortedPhrases(x.verbatim)
}

func sortedPhrases(list []exactPhrase) []exactPhrase {
	slices.SortFunc(list, func(a, b exactPhrase) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.doc, b.doc))
	})
	return slices.Clone(slices.Compact(list))
}

// asksVerbatim returns the document that has the whole question, small words and all, among
// its asks, or is called that, or is that phrase. One that several documents have is none's.
func (x *index) asksVerbatim(s *scratch) (doc uint32, ok bool) {
	if len(s.words) >= minExactWords {
		if doc, ok := x.verbatimOf(s.words); ok {
			return doc, true
		}
	}
	if !slices.ContainsFunc(s.concepts, func(c concept) bool { return !c.filler }) {
		return 0, false // "how much" is what somebody asks on with
	}
	return x.verbatimOf([]string{written(s.tokens)})
}

func (x *index) verbatimOf(words []string) (doc uint32, ok bool) {
	hash := x.hashOf(words)
	at, ok := slices.BinarySearchFunc(x.verbatim, hash, func(p exactPhrase, hash uint32) int { return cmp.Compare(p.hash, hash) })
	if !ok || at+1 < len(x.verbatim) && x.verbatim[at+1].hash == hash {
		return 0, false
	}
	return x.verbatim[at].doc, true
}

// saidWhole reports whether the question is what phrase d is in Chinese: in characters, or in
// pinyin, with or without tones and spaces.
func (x *index) saidWhole(s *scratch, d uint32) bool {
	e := x.docs[d]
	if e.Kind != Phrase || len(s.tokens) == 0 {
		return false
	}
	asked := written(s.tokens)
	return asked == written(tokens(nil, e.Pinyin)) || e.Chinese != "" && asked == written(tokens(nil, e.Chinese))
}

// written is a text without spaces, punctuation and tones.
func written(words []token) string {
	var b strings.Builder
	for _, t := range words {
		b.WriteString(t.text)
	}
	return b.String()
}

// An exactHit is a document that has an exact phrase of the question, and its words.
type exactHit struct {
	doc   uint32
	words int
}

// findExactPhrases lists in s.exact the documents that have an exact phrase of the question,
// each with its longest, and raises them among the candidates.
func (x *index) findExactPhrases(s *scratch) {
	s.words = exactWords(s.words[:0], s.tokens)
	words := s.words[:min(len(s.words), maxConcepts)]
	for n := min(maxExactWords, len(words)); n >= minExactWords; n-- {
		for i := 0; i+n <= len(words); i++ {
			hash := x.hashOf(words[i : i+n])
			at, ok := slices.BinarySearchFunc(x.exactPhrases, hash, func(p exactPhrase, hash uint32) int { return cmp.Compare(p.hash, hash) })
			for ok && at < len(x.exactPhrases) && x.exactPhrases[at].hash == hash {
				d := x.exactPhrases[at].doc
				at++
				if slices.ContainsFunc(s.exact, func(e exactHit) bool { return e.doc == d }) {
					continue
				}
				s.exact = append(s.exact, exactHit{d, n})
				if s.score[d] == 0 {
					s.touched = append(s.touched, d)
				}
				s.score[d] += exactPhraseBonus * float32(n)
			}
		}
	}
}
