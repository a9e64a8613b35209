package knowledge

import (
	"math/bits"
	"slices"
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
// one wrong letter in words of four to seven, two in longer ones.
func (x *index) correct(text string, found []correction) []correction {
	found = found[:0]
	n := len(text)
	if n < 4 || n > maxCorrected || !isLowerASCII(text) {
		return found
	}
	most := 1
	if n >= 8 {
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
		d := edits(text, candidate, most)
		if d > most {
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

// sameConsonants compares two words without their vowels, and with double
// letters as one.
func sameConsonants(a, b string) bool {
	i, j := 0, 0
	for {
		for i < len(a) && (vowel(a[i]) || i > 0 && a[i] == a[i-1]) {
			i++
		}
		for j < len(b) && (vowel(b[j]) || j > 0 && b[j] == b[j-1]) {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if a[i] != b[j] {
			return false
		}
		i++
		j++
	}
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

// edits counts the letters to add, drop, change or swap to turn a into b, and
// stops counting above most.
func edits(a, b string, most int) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 0 || len(b) == 0 {
		return max(len(a), len(b))
	}
	if most == 1 { // what is left must be one letter, or two swapped
		if len(a) == 1 && len(b) == 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0] {
			return 1
		}
		return 2
	}
	var rows [3][maxCorrected + 2]uint8
	for j := range len(b) + 1 {
		rows[0][j] = uint8(j)
	}
	for i := 1; i <= len(a); i++ {
		this, last, before := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		this[0] = uint8(i)
		least := this[0]
		for j := 1; j <= len(b); j++ {
			cost := last[j-1]
			if a[i-1] != b[j-1] {
				cost++
			}
			cost = min(cost, last[j]+1, this[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cost = min(cost, before[j-2]+1)
			}
			this[j] = cost
			least = min(least, cost)
		}
		if int(least) > most+1 { // a swap looks back one row more
			return most + 1
		}
	}
	return int(rows[len(a)%3][len(b)])
}
