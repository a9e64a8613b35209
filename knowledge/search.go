package knowledge

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Match says how well an answer fits its question.
type Match string

// How well an answer fits.
const (
	Good Match = "good" // the first hit is about what was asked
	Weak Match = "weak" // the hits share a part of the question; say so
	None Match = "none" // nothing fits; there are no hits
)

// A Result is the answer to a question.
type Result struct {
	Match Match
	Hits  []Hit // the best first; empty with None

	// DidYouMean is the question with its misspelt words corrected, or empty
	// when there was nothing to correct. The hits are those of the corrected
	// question already.
	DidYouMean string
}

// A Hit is an entry that answers a question. Scores order the hits of one
// question; between questions they say nothing.
type Hit struct {
	Entry *Entry
	Score float64
}

// What the search was tuned by; TestOwnQuestions says what a change does.
const (
	synonymTrust     = 0.55 // how far a word is taken for another that says the same
	onlySynonymTrust = 0.8  // the same where no entry has the word itself
	prefixTrust      = 0.5  // how far the last word is taken for the beginning of another
	unknownMass      = 1    // what a word that no entry has tells: as much as the rarest that one has
	everydayMass     = 1.5  // and an ordinary word that none has: it speaks of something else
	unknownShort     = 0.3  // and a number, or two letters
	unknownHan       = 0.15 // and a han character, or two
	synonymMass      = 0.6  // what a word tells that no entry has, but others for the same
	prefixMass       = 0.5  // and the beginning of a word
	missedKnown      = 0.7  // part of its mass that a word counts which only other entries have
	likeBonus        = 3    // for a title or alias that says the same as the question
	phraseLost       = 0.4  // what a word of a title or alias that is not asked for takes from that
	askedLost        = 0.6  // and a word asked for that is not in it
	fillerTells      = 0.2  // of what another word tells
	unsaidPhrase     = 0.85 // on the score of a phrase where nobody asks how to say something
	saidOther        = 0.85 // on the score of anything else where somebody does
	coverage         = 0.65 // part of the score that depends on how much of the question is covered
	passing          = 0.2  // part of a word's mass that is covered wherever the document has it
	goodPart         = 0.8  // part of the question that a good match covers
	namedPart        = 0.5  // the same where the question has the document's name
	weakPart         = 0.3  // and a weak one
	plainPart        = 0.58 // of a word's highest score: it is in the title or an alias
)

// Bounds that keep the longest question as quick as any.
const (
	maxBytes    = 4096 // of a question that are looked at
	maxConcepts = 64   // different words of it
	maxMisspelt = 12   // words of it that are corrected
)

// Search answers a question in plain words with at most limit entries. It
// understands misspelt words, other forms and common other words, Chinese
// characters, and pinyin without tones. It may be called by many goroutines.
func (b *Base) Search(question string, limit int) Result {
	return b.index().search(question, limit)
}

// A concept is one word of the question, with what it may stand for.
type concept struct {
	readings []reading
	mass     float32 // how much it tells about the question
	weight   float32 // on the score
	filler   bool    // a filler word: see there
	number   bool
	everyday bool    // an ordinary word, though an entry has it
	exact    uint32  // the term that it most likely is, or noTerm
	tells    float32 // about the question, as terms tell by their idf
	text     string  // as it was asked, of a word that is not in the vocabulary
}

// A reading is a term that a word may stand for.
type reading struct {
	term  uint32
	trust float32 // 1 for the word itself
}

// scratch is what one search writes to.
type scratch struct {
	tokens    []token
	concepts  []concept
	readings  []reading
	found     []correction
	corrected []replacement
	said      []sense  // of each term: the concept that it is a reading of
	nearest   []uint32 // documents to compare with the question as a whole
	words     []string // of the question, as they are spoken
	verbatim  []uint32 // documents that the question names as they are named

	touched        []uint32 // documents with a hit
	score, covered []float32
	now            []uint32 // documents with a hit on the concept at hand
	best, bestCov  []float32
}

// A sense is the concept that a term says, and how far it does.
type sense struct {
	trust   float32
	concept uint8
}

// A replacement is a misspelt word's correction.
type replacement struct {
	start, end int
	text       string
}

// scratchPool hands out scratches for a number of documents.
type scratchPool struct {
	docs, terms int
	pool        sync.Pool
}

func (p *scratchPool) take() *scratch {
	if s, ok := p.pool.Get().(*scratch); ok {
		return s
	}
	return &scratch{
		score: make([]float32, p.docs), covered: make([]float32, p.docs),
		best: make([]float32, p.docs), bestCov: make([]float32, p.docs),
		said: make([]sense, p.terms),
	}
}

// put clears what the search wrote and gives the scratch back.
func (p *scratchPool) put(s *scratch) {
	for _, d := range s.touched {
		s.score[d], s.covered[d] = 0, 0
	}
	s.touched, s.now = s.touched[:0], s.now[:0]
	for _, r := range s.readings {
		s.said[r.term] = sense{}
	}
	clear(s.tokens) // do not hold on to the question
	clear(s.concepts)
	s.tokens, s.concepts, s.readings = s.tokens[:0], s.concepts[:0], s.readings[:0]
	s.corrected, s.nearest = s.corrected[:0], s.nearest[:0]
	s.words, s.verbatim = s.words[:0], s.verbatim[:0]
	p.pool.Put(s)
}

func (x *index) search(question string, limit int) Result {
	if len(question) > maxBytes {
		cut := maxBytes
		for cut > 0 && !utf8.RuneStart(question[cut]) {
			cut--
		}
		question = question[:cut]
	}
	s := x.scratch.take()
	defer x.scratch.put(s)

	s.tokens = tokens(s.tokens, question)
	x.read(s, question)
	var mass, unknown float32
	numbers, ordinary, fillers := true, true, !slices.ContainsFunc(s.concepts, func(c concept) bool { return !c.filler })
	for i := range s.concepts {
		c := &s.concepts[i]
		mass += c.mass
		if !c.number {
			numbers = false
		}
		if !c.everyday && !c.filler {
			ordinary = false
		}
		if len(c.readings) == 0 {
			unknown += c.mass
		}
		if fillers {
			c.weight = 1 // there is nothing else to go by
		}
		x.score(s, c)
	}
	said := asksHowToSay(question)
	for _, d := range s.touched {
		part := float32(1)
		if mass > 0 {
			part = min(s.covered[d]/mass, 1)
		}
		s.score[d] *= 1 - coverage + coverage*part
		if phrase := x.docs[d].Kind == Phrase; phrase && !said {
			s.score[d] *= unsaidPhrase
		} else if said && !phrase {
			s.score[d] *= saidOther
		}
	}
	x.compare(s, said)
	x.sayings(s)
	if len(s.touched) == 0 {
		return Result{Match: None}
	}
	first := s.touched[0]
	for _, d := range s.touched {
		if worse(s.score[first], first, s.score[d], d) {
			first = d
		}
	}
	_, whole := x.likeness(s, first)
	match := judge(s.covered[first], mass, unknown, goodPart)
	if whole {
		match = Good
	}
	if match != None && !whole && !x.plainly(s, first) {
		match = Weak
		if numbers {
			match = None
		}
	}
	if slices.Contains(s.verbatim, first) {
		// What it says beside the name may be small talk, or a subject of its own.
		if mass == 0 || judge(s.covered[first], mass, unknown, namedPart) == Good {
			match = Good
		} else if match == None {
			match = Weak
		}
	}
	if match == Good && ordinary && mass > 0 && !whole {
		match = Weak // "reset my password" is asked by everybody
	}
	if match == None {
		return Result{Match: None, DidYouMean: x.didYouMean(s, question)}
	}
	return Result{match, x.hits(s, limit), x.didYouMean(s, question)}
}

// judge says how well the best document fits: by the share of what the
// question tells that is in it. A word that no entry has counts more against
// it than one that only others have: it speaks of something else.
func judge(covered, mass, unknown, goodPart float32) Match {
	if mass == 0 { // nothing but filler words
		return Weak
	}
	missed := max(mass-unknown-covered, 0)
	switch part := covered / (covered + missedKnown*missed + unknown); {
	case part >= goodPart:
		return Good
	case part >= weakPart:
		return Weak
	}
	return None
}

// plainly reports whether a document is about the question more than in
// passing: it has two of its words, or one in its title or aliases.
func (x *index) plainly(s *scratch, doc uint32) bool {
	words := 0
	for i := range s.concepts {
		c := &s.concepts[i]
		if c.filler {
			continue
		}
		var best float32
		for _, r := range c.readings {
			postings := x.of(r.term)
			if at, ok := slices.BinarySearchFunc(postings, doc, func(p posting, doc uint32) int { return cmp.Compare(p.doc, doc) }); ok {
				best = max(best, postings[at].score/(x.idf[r.term]*(saturation+1)))
			}
		}
		if best > 0 {
			words++
		}
		if best >= plainPart {
			return true
		}
	}
	return words >= 2
}

// hits returns the best documents, the best first. Ties keep reading order.
func (x *index) hits(s *scratch, limit int) []Hit {
	if limit <= 0 || limit > len(s.touched) {
		limit = len(s.touched)
	}
	top := make([]Hit, 0, limit)
	docs := make([]uint32, 0, limit)
	for _, d := range s.touched {
		score := s.score[d]
		at := len(top)
		if at == limit {
			last := docs[at-1]
			if worse(score, d, s.score[last], last) {
				continue
			}
			top, docs = top[:at-1], docs[:at-1]
		}
		at, _ = slices.BinarySearchFunc(docs, d, func(o, d uint32) int {
			if worse(score, d, s.score[o], o) {
				return -1
			}
			return 1
		})
		docs = slices.Insert(docs, at, d)
		top = slices.Insert(top, at, Hit{x.docs[d], float64(score)})
	}
	return top
}

// worse reports whether document d comes after document o.
func worse(score float32, d uint32, than float32, o uint32) bool {
	return score < than || score == than && d > o
}

// read turns the question's words into concepts.
func (x *index) read(s *scratch, question string) {
	misspelt := 0
	for i := 0; i < len(s.tokens) && len(s.concepts) < maxConcepts; i++ {
		t := s.tokens[i]
		if t.text == "" {
			continue
		}
		if t.text == "how" && i+1 < len(s.tokens) {
			if others := x.asked[s.tokens[i+1].text]; len(others) > 0 {
				x.others(s, others, synonymTrust, concept{weight: 0.5, exact: noTerm, filler: true})
				i++
				continue
			}
		}
		// Two words that are one in the vocabulary: "gan bei", "we chat".
		if i+1 < len(s.tokens) && s.tokens[i+1].start == t.end+1 && len(t.text) >= 2 && len(s.tokens[i+1].text) >= 2 &&
			len(t.text)+len(s.tokens[i+1].text) >= 5 {
			if w, ok := x.word(t.text + s.tokens[i+1].text); ok && w.term != noTerm && !w.filler && !x.small(t.text, s.tokens[i+1].text) {
				x.joined(s, w.term, t.text, s.tokens[i+1].text)
				i++
				continue
			}
		}
		w, ok := x.word(t.text)
		if !ok {
			w.term, ok = x.term(stem(t.text))
		}
		if ok {
			if w.term != noTerm {
				before := len(s.concepts)
				x.exact(s, w.term, w.filler)
				if len(s.concepts) > before {
					s.concepts[before].everyday = !w.filler && everyday(t.text)
				}
			}
			continue
		}
		if len(t.text) == 1 || slices.ContainsFunc(s.concepts, func(c concept) bool { return c.text == t.text }) {
			continue // a letter on its own, or seen already
		}
		if others := x.synonyms[stem(t.text)]; len(others) > 0 {
			x.others(s, others, onlySynonymTrust, concept{mass: synonymMass, exact: noTerm, text: t.text})
			continue
		}
		if isNumber(t.text) {
			s.concepts = append(s.concepts, concept{mass: unknownShort, number: true, exact: noTerm, text: t.text})
			continue
		}
		if x.split(s, t.text) || i == len(s.tokens)-1 && x.begin(s, t.text) {
			continue
		}
		if misspelt < maxMisspelt && !everyday(t.text) && !isName(question, t) && x.misspelt(s, t) {
			misspelt++
			continue
		}
		c := concept{mass: unknownMass, exact: noTerm, text: t.text}
		if isHan(t.text) { // three of four pairs of neighbours are no words
			c.mass = unknownHan
		} else if len(t.text) == 2 {
			c.mass = unknownShort
		} else if everyday(t.text) {
			c.mass = everydayMass
		}
		s.concepts = append(s.concepts, c)
	}
}

// small reports whether two words say nothing by themselves: "over time" is
// not "overtime".
func (x *index) small(first, second string) bool {
	a, _ := x.word(first)
	b, _ := x.word(second)
	return a.term == noTerm && b.filler
}

// isName reports whether a short word within the question has a capital: it
// is more likely somebody's name than a misspelt word.
func isName(question string, t token) bool {
	return t.start > 0 && len(t.text) < 6 && question[t.start] >= 'A' && question[t.start] <= 'Z' &&
		t.start+1 < len(question) && question[t.start+1] >= 'a'
}

// add appends a concept whose readings are those from the place on.
func (x *index) add(s *scratch, from int, c concept) {
	c.readings = s.readings[from:len(s.readings):len(s.readings)]
	if c.weight == 0 {
		c.weight = 1
	}
	s.concepts = append(s.concepts, c)
}

// others adds a concept that is known by other words only.
func (x *index) others(s *scratch, terms []uint32, trust float32, c concept) {
	from := len(s.readings)
	for _, t := range terms {
		s.readings = append(s.readings, reading{t, trust})
	}
	x.add(s, from, c)
}

// exact adds a word that is in the vocabulary, with its synonyms.
func (x *index) exact(s *scratch, term uint32, filler bool) {
	for _, c := range s.concepts {
		if c.exact == term {
			return
		}
	}
	from := len(s.readings)
	s.readings = append(s.readings, reading{term, 1})
	c := concept{mass: x.idf[term] / x.top, weight: 1, exact: term, number: isNumber(x.stems.at(int(term)))}
	if filler {
		c.filler, c.mass, c.weight = true, 0, 0.3
	} else {
		for _, o := range x.synonyms[x.stems.at(int(term))] {
			s.readings = append(s.readings, reading{o, synonymTrust})
		}
	}
	x.add(s, from, c)
}

// joined adds two words that the vocabulary has as one, with the words
// themselves as other readings.
func (x *index) joined(s *scratch, term uint32, words ...string) {
	from := len(s.readings)
	s.readings = append(s.readings, reading{term, 1})
	for _, text := range words {
		if w, ok := x.word(text); ok && w.term != noTerm && !w.filler {
			s.readings = append(s.readings, reading{w.term, synonymTrust})
		}
	}
	x.add(s, from, concept{mass: x.idf[term] / x.top, exact: term})
}

// split reads one word as two of the vocabulary: "preshipment".
func (x *index) split(s *scratch, text string) bool {
	for i := 3; i+3 <= len(text); i++ {
		if !utf8.RuneStart(text[i]) {
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
		x.exact(s, a.term, a.filler)
		x.exact(s, b.term, b.filler)
		return true
	}
	return false
}

// begin reads the last word as the beginning of one: somebody is still
// typing, or cut it short.
func (x *index) begin(s *scratch, text string) bool {
	if len(text) < 3 || everyday(text) {
		return false
	}
	i, _ := x.texts.find(text)
	from := len(s.readings)
	for ; i < len(x.words) && strings.HasPrefix(x.texts.at(i), text) && len(s.readings)-from < 16; i++ {
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

// misspelt reads a word as the words of the vocabulary nearest to it.
func (x *index) misspelt(s *scratch, t token) bool {
	s.found = x.correct(t.text, s.found)
	if len(s.found) == 0 {
		return false
	}
	first := x.words[s.found[0].word]
	s.corrected = append(s.corrected, replacement{t.start, t.end, x.texts.at(int(s.found[0].word))})
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
	c := concept{mass: x.idf[first.term] / x.top, exact: first.term, text: t.text}
	if first.filler {
		c.filler, c.mass, c.weight = true, 0, 0.3
	}
	x.add(s, from, c)
	return true
}

// score adds a concept's hits. A document counts its best reading only.
func (x *index) score(s *scratch, c *concept) {
	for _, r := range c.readings {
		// How near a hit comes to the most that the term could score says
		// whether the word is in the title or in passing.
		full := x.idf[r.term] * (saturation + 1)
		for _, p := range x.of(r.term) {
			v := p.score * r.trust
			if s.best[p.doc] == 0 {
				s.now = append(s.now, p.doc)
			}
			if v > s.best[p.doc] {
				s.best[p.doc] = v
			}
			if cov := min(passing+(1.35-passing)*p.score/full, 1) * (0.4 + 0.6*r.trust); cov > s.bestCov[p.doc] {
				s.bestCov[p.doc] = cov
			}
		}
	}
	for _, d := range s.now {
		if s.score[d] == 0 {
			s.touched = append(s.touched, d)
		}
		s.score[d] += s.best[d] * c.weight
		s.covered[d] += s.bestCov[d] * c.mass
		s.best[d], s.bestCov[d] = 0, 0
	}
	s.now = s.now[:0]
}

// compared is how many documents, those with the best words, are compared
// with the question as a whole.
const compared = 20

// compare adds to the score of the best documents so far what they have a
// title or alias for that says the same as the question.
func (x *index) compare(s *scratch, said bool) {
	var asked float32
	for i := range s.concepts {
		c := &s.concepts[i]
		c.tells = c.mass * x.top
		if c.filler {
			c.tells = fillerTells * x.idf[c.readings[0].term]
		}
		asked += c.tells
		for _, r := range c.readings {
			if r.trust > s.said[r.term].trust {
				s.said[r.term] = sense{r.trust, uint8(i)}
			}
		}
	}
	for _, d := range s.touched {
		if len(s.nearest) == compared {
			if last := s.nearest[compared-1]; worse(s.score[d], d, s.score[last], last) {
				continue
			}
			s.nearest = s.nearest[:compared-1]
		}
		at, _ := slices.BinarySearchFunc(s.nearest, d, func(o, d uint32) int {
			if worse(s.score[d], d, s.score[o], o) {
				return -1
			}
			return 1
		})
		s.nearest = slices.Insert(s.nearest, at, d)
	}
	for _, d := range s.nearest {
		like, _ := x.likeness(s, d)
		bonus := likeBonus * like * asked
		if phrase := x.docs[d].Kind == Phrase; phrase && !said {
			bonus *= unsaidPhrase
		} else if said && !phrase {
			bonus *= saidOther
		}
		s.score[d] += bonus
	}
}

// likeness says, from 0 to 1, how near the question comes to the nearest of a
// document's title and aliases, and whether it is that with all its words.
func (x *index) likeness(s *scratch, doc uint32) (best float32, whole bool) {
	var asked float32
	var content uint64
	for i := range s.concepts {
		asked += s.concepts[i].tells
		if !s.concepts[i].filler {
			content |= 1 << i
		}
	}
	for p := x.ofDoc[doc]; p < x.ofDoc[doc+1]; p++ {
		var all, said, answered float32 // of the phrase, of it in the question, of the question in it
		var seen uint64
		for _, t := range x.phraseTerms[x.phrases[p]:x.phrases[p+1]] {
			tells := x.idf[t]
			if x.filler[t] {
				tells *= fillerTells
			}
			all += tells
			if sense := s.said[t]; sense.trust > 0 {
				said += tells * sense.trust
				if seen&(1<<sense.concept) == 0 {
					seen |= 1 << sense.concept
					answered += s.concepts[sense.concept].tells * sense.trust
				}
			}
		}
		same := (said + answered) / 2
		if same == 0 {
			continue
		}
		best = max(best, same/(same+phraseLost*(all-said)+askedLost*(asked-answered)))
		whole = whole || said >= 0.9*all && content&^seen == 0
	}
	return best, whole
}

// asksHowToSay reports whether a question is about words, not about the thing.
func asksHowToSay(question string) bool {
	for _, r := range question {
		if unicode.Is(unicode.Han, r) {
			return true
		}
	}
	question = strings.ToLower(question)
	for _, cue := range []string{"say", "mandarin", "in chinese", "chinese for", "chinese word", "word for", "pinyin", "translate", "pronounce", "phrase"} {
		if strings.Contains(question, cue) {
			return true
		}
	}
	return false
}

// didYouMean writes the question with its misspelt words replaced.
func (x *index) didYouMean(s *scratch, question string) string {
	if len(s.corrected) == 0 {
		return ""
	}
	var b strings.Builder
	at := 0
	for _, r := range s.corrected {
		b.WriteString(question[at:r.start])
		b.WriteString(r.text)
		at = r.end
	}
	b.WriteString(question[at:])
	return b.String()
}
