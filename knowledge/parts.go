package knowledge

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// People tell the scene before they ask: who comes, where to, when. Each sentence of such a
// question is asked by itself, and so is the whole: a document is weighed by both.

// maxParts is how many sentences are asked at most, the last ones where there are more: people
// ask at the end.
const maxParts = 6

// sentences divides a question, and returns nothing where it is one sentence.
func sentences(question string) []string {
	var list []string
	start := 0
	cut := func(end int) {
		if part := strings.TrimSpace(question[start:end]); strings.ContainsFunc(part, unicode.IsLetter) {
			list = append(list, part)
		}
		start = end
	}
	for i, r := range question {
		after := i + utf8.RuneLen(r)
		switch r {
		case '。', '？', '！', '；', '\n':
			cut(after)
		case '.', '?', '!', ';':
			if after == len(question) || question[after] == ' ' || question[after] == '\n' {
				cut(after)
			}
		}
	}
	cut(len(question))
	if len(list) < 2 {
		return nil
	}
	return list[max(len(list)-maxParts, 0):]
}

// A finding is what a question finds: its candidates, the best first.
type finding struct {
	list        []candidate
	signals     signals
	ours, right float32 // probabilities: that it is for us, that the first candidate answers it
	said        bool    // the first candidate is a phrase, and the question is that phrase
}

// ask looks up a question and its sentences, and judges what they find. It leaves in s what
// the whole found.
func (x *index) ask(s *scratch, question string) (finding, bool) {
	var list []candidate
	var parts []facts
	at := map[uint32]int{}
	for _, part := range sentences(question) {
		found, f := x.find(s, part)
		parts = append(parts, f)
		for _, c := range found {
			c.whole, c.verbatim = features{}, false
			i, ok := at[c.doc]
			if !ok {
				at[c.doc] = len(list)
				list = append(list, c)
				continue
			}
			list[i].peak.raise(&c.peak)
		}
		s.clear()
	}
	found, whole := x.find(s, question)
	if len(parts) == 0 {
		list = found
	} else {
		for _, c := range found {
			if i, ok := at[c.doc]; ok {
				list[i].whole, list[i].verbatim = c.whole, c.verbatim
			} else {
				c.peak = features{}
				list = append(list, c)
			}
		}
	}
	if len(list) == 0 {
		return finding{}, false
	}
	w := &x.weights
	for i := range list {
		c := &list[i]
		c.weight = dotOf(c.whole, w.whole) + dotOf(c.peak, w.peak)
		if c.verbatim {
			c.weight += verbatimBonus
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.weight, a.weight) })
	v := signalsOf(list, whole, parts)
	return finding{list, v, logistic(dotOf(v, w.ours)), logistic(dotOf(v, w.right)), x.saidWhole(s, list[0].doc)}, true
}

// verbatimBonus puts an entry first that has the question itself among its asks.
const verbatimBonus = 20

// raise keeps the higher of each feature.
func (f *features) raise(other *features) {
	for i := range f {
		f[i] = max(f[i], other[i])
	}
}
