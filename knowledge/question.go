package knowledge

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A concept is one word of the question, with what it may stand for.
type concept struct {
	readings []reading
	mass     float32 // what it contributes to the question
	weight   float32 // on the score
	filler   bool    // one of fillerWords
	exact    uint32  // the term that it most likely is, or noTerm
	info     float32 // how much it tells, on the scale of a term's idf
	text     string  // as it was asked, of a word that is not in the vocabulary
}

// A reading is a term that a word may stand for.
type reading struct {
	term  uint32
	trust float32 // 1 for the word itself
}

// interpret turns the question's words into concepts. A word is taken for the
// first of these that it can be: two words that mean one thing, a word of the
// vocabulary, a synonym of one, a number, two words written as one, the beginning
// of a word, a misspelt one, something that no entry speaks of.
func (x *index) interpret(s *scratch, question string) {
	for i := 0; i < len(s.tokens) && len(s.concepts) < maxConcepts; i++ {
		t := s.tokens[i]
		last := i == len(s.tokens)-1
		if t.text == "" {
			continue
		}
		if !last && x.addPair(s, t, s.tokens[i+1]) {
			i++
			continue
		}
		if x.addKnown(s, t.text) || len(t.text) == 1 || s.asked(t.text) {
			continue
		}
		switch {
		case x.addSynonyms(s, t.text):
		case isNumber(t.text):
			s.concepts = append(s.concepts, concept{mass: unknownShort, exact: noTerm, text: t.text})
		case x.addSplit(s, t.text):
		case last && x.addPrefix(s, t.text):
		case len(s.corrected) < maxMisspelt && !everyday(t.text) && !isName(question, t) && x.addMisspelt(s, t):
		case isCapital(question, t):
			// "Ruth", "Gaomi": who and where, and not what.
		default:
			s.concepts = append(s.concepts, unknownConcept(t.text))
		}
	}
}

// asked reports whether a word that is not in the vocabulary is a concept already.
func (s *scratch) asked(text string) bool {
	for i := range s.concepts {
		if s.concepts[i].text == text {
			return true
		}
	}
	return false
}

// isName reports whether a short word within a sentence has a capital: it is more likely
// somebody's name than a misspelt word.
func isName(question string, t token) bool { return len(t.text) < 6 && isCapital(question, t) }

// isCapital reports whether a word within a sentence has a capital and small letters.
func isCapital(question string, t token) bool {
	if t.start == 0 || t.start+1 >= len(question) || question[t.start] < 'A' || question[t.start] > 'Z' || question[t.start+1] < 'a' {
		return false
	}
	before := strings.TrimRight(question[:t.start], " \"'(“‘")
	return before != "" && !strings.HasSuffix(before, ".") && !strings.HasSuffix(before, "?") && !strings.HasSuffix(before, "!") && !strings.HasSuffix(before, ":")
}

// add appends a concept whose readings are those from the place on.
func (x *index) add(s *scratch, from int, c concept) {
	c.readings = s.readings[from:len(s.readings):len(s.readings)]
	if c.weight == 0 {
		c.weight = 1
	}
	s.concepts = append(s.concepts, c)
}

// addTerms adds a concept that is known by other words only.
func (x *index) addTerms(s *scratch, terms []uint32, trust float32, c concept) {
	from := len(s.readings)
	for _, t := range terms {
		s.readings = append(s.readings, reading{t, trust})
	}
	x.add(s, from, c)
}

// addPair reads two words as one thing: "how long" asks for hours or days, and
// "gan bei" and "we chat" are one word in the vocabulary.
func (x *index) addPair(s *scratch, first, second token) bool {
	if first.text == "how" {
		if answers := x.howAnswers[second.text]; len(answers) > 0 {
			x.addTerms(s, answers, synonymTrust, concept{weight: 0.5, exact: noTerm, filler: true})
			return true
		}
	}
	a, b := first.text, second.text
	if second.start != first.end+1 || len(a) < 2 || len(b) < 2 || len(a)+len(b) < 5 {
		return false
	}
	w, ok := x.word(a + b)
	if !ok || w.term == noTerm || w.filler || x.sayNothing(a, b) {
		return false
	}
	s.joined = append(s.joined, a+b)
	from := len(s.readings)
	s.readings = append(s.readings, reading{w.term, 1})
	for _, text := range []string{a, b} { // the words themselves are other readings
		if part, ok := x.word(text); ok && part.term != noTerm && !part.filler {
			s.readings = append(s.readings, reading{part.term, synonymTrust})
		}
	}
	x.add(s, from, concept{mass: x.idf[w.term] / x.maxIDF, exact: w.term})
	return true
}

// sayNothing reports whether two words mean nothing by themselves: "over time" is
// not "overtime".
func (x *index) sayNothing(first, second string) bool {
	a, _ := x.word(first)
	b, _ := x.word(second)
	return a.term == noTerm && b.filler
}

// addKnown reads a word that is in the vocabulary, in this form or another. A stop
// word is known, and adds nothing.
func (x *index) addKnown(s *scratch, text string) bool {
	w, ok := x.word(text)
	if !ok {
		w.term, ok = x.term(stem(text))
	}
	if !ok {
		return false
	}
	if w.term == noTerm {
		return true
	}
	x.addTerm(s, w.term, w.filler)
	return true
}

// addTerm adds a term with its synonyms, unless the question has had it.
func (x *index) addTerm(s *scratch, term uint32, filler bool) {
	for i := range s.concepts {
		if s.concepts[i].exact == term {
			return
		}
	}
	from := len(s.readings)
	s.readings = append(s.readings, reading{term, 1})
	stem := x.stems.at(int(term))
	c := concept{mass: x.idf[term] / x.maxIDF, weight: 1, exact: term}
	if filler {
		c.filler, c.mass, c.weight = true, 0, 0.3
	} else {
		for _, o := range x.synonyms[stem] {
			s.readings = append(s.readings, reading{o, synonymTrust})
		}
	}
	x.add(s, from, c)
}

// addSynonyms reads a word as those of the vocabulary that say the same.
func (x *index) addSynonyms(s *scratch, text string) bool {
	others := x.synonyms[stem(text)]
	if len(others) == 0 {
		return false
	}
	x.addTerms(s, others, onlySynonymTrust, concept{mass: synonymMass, exact: noTerm, text: text})
	return true
}

// longPart is the length of the longer of two words that are written as one: of two short
// ones many a misspelt word can be made.
const longPart = 5

// addSplit reads one word as two of the vocabulary: "preshipment".
func (x *index) addSplit(s *scratch, text string) bool {
	for i := 3; i+3 <= len(text); i++ {
		if !utf8.RuneStart(text[i]) || max(i, len(text)-i) < longPart {
			continue
		}
		a, ok := x.word(text[:i])
		if !ok || a.term == noTerm {
			continue
		}
		b, ok := x.word(text[i:])
		if !ok || b.term == noTerm {
			continue
		}
		x.addTerm(s, a.term, a.filler)
		x.addTerm(s, b.term, b.filler)
		return true
	}
	return false
}

// addPrefix reads the last word as the beginning of one: somebody is still typing,
// or cut it short.
func (x *index) addPrefix(s *scratch, text string) bool {
	if len(text) < 3 || everyday(text) {
		return false
	}
	i, _ := x.vocabulary.find(text)
	from := len(s.readings)
	for ; i < len(x.words) && strings.HasPrefix(x.vocabulary.at(i), text) && len(s.readings)-from < 16; i++ {
		if t := x.words[i].term; t != noTerm && !slices.Contains(s.readings[from:], reading{t, prefixTrust}) {
			s.readings = append(s.readings, reading{t, prefixTrust})
		}
	}
	if len(s.readings) == from {
		return false
	}
	x.add(s, from, concept{mass: prefixMass, exact: noTerm})
	return true
}

// addMisspelt reads a word as the words of the vocabulary nearest to it.
func (x *index) addMisspelt(s *scratch, t token) bool {
	s.found = x.correct(t.text, s.found)
	if len(s.found) == 0 {
		return false
	}
	first := x.words[s.found[0].word]
	s.corrected = append(s.corrected, replacement{t.start, t.end, x.vocabulary.at(int(s.found[0].word))})
	if first.term == noTerm {
		return true
	}
	from := len(s.readings)
	for i, f := range s.found {
		w := x.words[f.word]
		if w.term == noTerm {
			continue
		}
		trust := 0.95 - 0.15*max(f.cost, 0)
		if i > 0 {
			trust *= 0.6
		}
		s.readings = append(s.readings, reading{w.term, trust})
	}
	c := concept{mass: x.idf[first.term] / x.maxIDF, exact: first.term, text: t.text}
	if first.filler {
		c.filler, c.mass, c.weight = true, 0, 0.3
	}
	x.add(s, from, c)
	return true
}

// unknownConcept is a word that no entry has.
func unknownConcept(text string) concept {
	c := concept{mass: unknownMass, exact: noTerm, text: text}
	switch {
	case isHan(text): // three of four pairs of neighbours are no words
		c.mass = unknownHan
	case len(text) == 2:
		c.mass = unknownShort
	}
	return c
}
