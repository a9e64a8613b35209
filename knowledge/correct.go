package knowledge

import (
	"math/bits"
	"slices"

	"visitprep/internal/spelling"
)

// maxCorrected is the length of the longest word that is corrected.
const maxCorrected = 24

// buildLengths sorts the words that a misspelt word may be corrected to by length.
func (x *index) buildLengths() {
	for i := range x.words {
		if text := x.vocabulary.at(i); len(text) >= 3 && len(text) <= maxCorrected && isLowerASCII(text) {
			x.byLength = append(x.byLength, uint32(i))
		}
	}
	slices.SortStableFunc(x.byLength, func(a, b uint32) int { return len(x.vocabulary.at(int(a))) - len(x.vocabulary.at(int(b))) })
	x.byLength = slices.Clip(x.byLength)
	x.letters = make([]uint64, len(x.byLength))
	at := 0
	for n := range x.lengthStart {
		for at < len(x.byLength) && len(x.vocabulary.at(int(x.byLength[at]))) < n {
			at++
		}
		x.lengthStart[n] = uint32(at)
	}
	for i, w := range x.byLength {
		x.letters[i] = letterBits(x.vocabulary.at(int(w)))
	}
}

// letterBits has a bit for each letter that the word has, and another for each
// that it has twice. One wrong letter changes at most two of them, so words that
// differ in more need no closer look.
func letterBits(s string) uint64 {
	var b uint64
	for i := range len(s) {
		bit := uint64(1) << (s[i] - 'a')
		if b&bit != 0 {
			bit <<= 26
		}
		b |= bit
	}
	return b
}

// A correction is a word that a misspelt word may stand for.
type correction struct {
	word uint32 // place in words
	cost float32
}

// maxCorrections is the number of readings of one misspelt word that are kept.
const maxCorrections = 3

// correct finds the likeliest words for a misspelt one, the likeliest first:
// one wrong letter in words of four to seven, two in longer ones, and in words of six or
// seven two wrong vowels.
func (x *index) correct(text string, found []correction) []correction {
	found = found[:0]
	n := len(text)
	if n < 4 || n > maxCorrected || !isLowerASCII(text) {
		return found
	}
	most := 1
	if n >= 6 {
		most = 2
	}
	shape := letterBits(text)
	from, to := x.lengthStart[n-most], x.lengthStart[min(n+most, maxCorrected)+1]
	for i := from; i < to; i++ {
		if bits.OnesCount64(x.letters[i]^shape) > 2*most {
			continue
		}
		w := x.byLength[i]
		candidate := x.vocabulary.at(int(w))
		d := spelling.Distance(text, candidate, most)
		if d > most || d == 2 && n < 8 && !sameConsonants(text, candidate) {
			continue
		}
		cost, ok := x.correctionCost(text, int(w), d)
		if !ok {
			continue
		}
		at := len(found)
		for at > 0 && found[at-1].cost > cost {
			at--
		}
		if at < maxCorrections {
			if len(found) == maxCorrections {
				found = found[:maxCorrections-1]
			}
			found = slices.Insert(found, at, correction{w, cost})
		}
	}
	// Keep only readings about as likely as the first.
	for i := range found {
		if found[i].cost > found[0].cost+0.5 {
			return found[:i]
		}
	}
	return found
}

// correctionCost says how unlikely it is that somebody meant the word with number
// w by text, which is d wrong letters away. It reports false for a short word with
// another first letter: people seldom get that one wrong.
func (x *index) correctionCost(text string, w, d int) (float32, bool) {
	candidate := x.vocabulary.at(w)
	cost := float32(d)
	if candidate[0] != text[0] && !soundAlike(candidate[0], text[0]) {
		if len(text) < 5 {
			return 0, false
		}
		cost += 0.6
	}
	if len(candidate) < 4 {
		cost += 0.5
	}
	if sameConsonants(text, candidate) { // vowels are what people get wrong
		cost -= 0.3
	}
	if term := x.words[w].term; term != noTerm { // of two words as near, the one more in use
		cost -= min(float32(bits.Len(uint(x.frequency(term))))*0.03, 0.3)
	} else {
		cost -= 0.2
	}
	return cost, true
}

// sameConsonants compares two words by their consonants as they are heard: double letters,
// and a c beside a k, are one.
func sameConsonants(a, b string) bool {
	i, j := 0, 0
	for {
		for i < len(a) && (vowel(a[i]) || i > 0 && sound(a[i]) == sound(a[i-1])) {
			i++
		}
		for j < len(b) && (vowel(b[j]) || j > 0 && sound(b[j]) == sound(b[j-1])) {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if sound(a[i]) != sound(b[j]) {
			return false
		}
		i++
		j++
	}
}

// sound is the letter that stands for those that sound like it.
func sound(c byte) byte {
	switch c {
	case 'c', 'q':
		return 'k'
	case 'z':
		return 's'
	}
	return c
}

// soundAlike reports whether two letters at the beginning of a word are mixed up
// by ear: kard, wisa.
func soundAlike(a, b byte) bool {
	switch string([]byte{min(a, b), max(a, b)}) {
	case "ck", "ei", "fp", "fv", "sz", "vw":
		return true
	}
	return false
}

func vowel(c byte) bool { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' }
