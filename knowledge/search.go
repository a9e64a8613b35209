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

// The search is tuned by these numbers; TestOwnQuestions shows what a change does.
// The mass of a word is what it contributes to the question, from 0 to 1 for words
// that an entry has.
const (
	synonymTrust     = 0.55 // how far a word is taken for a synonym
	onlySynonymTrust = 0.8  // the same where no entry has the word itself
	prefixTrust      = 0.5  // how far the last word is taken for the beginning of another
	unknownMass      = 1    // mass of a word that no entry has: that of the rarest that one has
	everydayMass     = 1.5  // the same of an everyday word: it speaks of something else
	unknownShort     = 0.3  // the same of a number, or of two letters
	unknownHan       = 0.15 // the same of a Chinese character, or of a pair
	synonymMass      = 0.6  // mass of a word that no entry has, where one has a synonym
	prefixMass       = 0.5  // mass of the beginning of a word
	missedKnown      = 0.7  // part of its mass that a word counts which only other entries have
	likeBonus        = 3    // for a title or alias that says the same as the question
	nameLost         = 0.4  // what a word of a title or alias that is not asked for takes from that
	askedLost        = 0.6  // and a word asked for that is not in it
	fillerInfo       = 0.2  // part of its information that a filler word counts
	unaskedPhrase    = 0.85 // on the score of a phrase where nobody asks how to say something
	askedPhrase      = 0.85 // on the score of anything else where somebody does
	coverage         = 0.65 // part of the score that depends on how much of the question is covered
	passing          = 0.2  // part of a word's mass that is covered wherever the document has it
	goodPart         = 0.8  // part of the question that a good match covers
	namedPart        = 0.5  // the same where the question has the document's name
	weakPart         = 0.3  // the same of a weak match
	aboutPart        = 0.58 // part of a word's highest score that it has in a title or an alias
)

// Bounds that keep the longest question as quick as any.
const (
	maxBytes    = 4096 // of a question that are looked at
	maxConcepts = 64   // different words of it
	maxMisspelt = 12   // words of it that are corrected
	maxCompared = 20   // documents that are compared with the question as a whole
)

// Search answers a question in plain words with at most limit entries, or with all
// that fit when limit is 0. It understands misspelt words, other forms of a word and
// common synonyms, Chinese characters, and pinyin without tones. Any number of
// goroutines may call it.
func (b *Base) Search(question string, limit int) Result {
	return b.index().search(question, limit)
}

// scratch is what one search writes to.
type scratch struct {
	tokens    []token
	concepts  []concept
	readings  []reading
	found     []correction
	corrected []replacement
	senses    []sense  // of each term
	nearest   []uint32 // documents to compare with the question as a whole
	words     []string // of the question, for its exact phrases
	exact     []uint32 // documents that have an exact phrase of the question

	touched                []uint32 // documents with a hit
	score, covered         []float32
	current                []uint32 // documents with a hit on the concept at hand
	bestScore, bestCovered []float32
}

// A sense is the concept that a term stands for in the question, and how likely.
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
		bestScore: make([]float32, p.docs), bestCovered: make([]float32, p.docs),
		senses: make([]sense, p.terms),
	}
}

// put clears what the search wrote and gives the scratch back.
func (p *scratchPool) put(s *scratch) {
	for _, d := range s.touched {
		s.score[d], s.covered[d] = 0, 0
	}
	s.touched, s.current = s.touched[:0], s.current[:0]
	for _, r := range s.readings {
		s.senses[r.term] = sense{}
	}
	clear(s.tokens) // do not hold on to the question
	clear(s.concepts)
	s.tokens, s.concepts, s.readings = s.tokens[:0], s.concepts[:0], s.readings[:0]
	s.corrected, s.nearest = s.corrected[:0], s.nearest[:0]
	s.words, s.exact = s.words[:0], s.exact[:0]
	p.pool.Put(s)
}

func (x *index) search(question string, limit int) Result {
	question = truncate(question)
	s := x.scratch.take()
	defer x.scratch.put(s)

	s.tokens = tokens(s.tokens, question)
	x.interpret(s, question)
	g := x.scoreConcepts(s)
	howToSay := asksHowToSay(question)
	x.weighCoverage(s, g.mass, howToSay)
	x.compareNames(s, howToSay)
	x.scoreExactPhrases(s)
	if len(s.touched) == 0 {
		return Result{Match: None}
	}
	match := x.match(s, g)
	if match == None {
		return Result{Match: None, DidYouMean: x.didYouMean(s, question)}
	}
	return Result{match, x.hits(s, limit), x.didYouMean(s, question)}
}

// truncate cuts a question off where it is longer than anybody asks.
func truncate(question string) string {
	if len(question) <= maxBytes {
		return question
	}
	cut := maxBytes
	for cut > 0 && !utf8.RuneStart(question[cut]) {
		cut--
	}
	return question[:cut]
}

// A gist is what the words of a question come to together.
type gist struct {
	mass    float32 // of all words
	unknown float32 // of those that no entry has
	numbers bool    // there is nothing but numbers
	vague   bool    // there is nothing but everyday and filler words
}

// scoreConcepts adds the hits of all concepts.
func (x *index) scoreConcepts(s *scratch) gist {
	g := gist{numbers: true, vague: true}
	onlyFillers := !slices.ContainsFunc(s.concepts, func(c concept) bool { return !c.filler })
	for i := range s.concepts {
		c := &s.concepts[i]
		g.mass += c.mass
		g.numbers = g.numbers && c.number
		g.vague = g.vague && (c.everyday || c.filler)
		if len(c.readings) == 0 {
			g.unknown += c.mass
		}
		if onlyFillers {
			c.weight = 1 // there is nothing else to go by
		}
		x.score(s, c)
	}
	return g
}

// weighCoverage lowers the scores of documents that cover little of the question,
// or that are not the kind of answer asked for.
func (x *index) weighCoverage(s *scratch, mass float32, howToSay bool) {
	for _, d := range s.touched {
		part := float32(1)
		if mass > 0 {
			part = min(s.covered[d]/mass, 1)
		}
		s.score[d] *= 1 - coverage + coverage*part
		s.score[d] *= x.kindFactor(d, howToSay)
	}
}

// kindFactor prefers phrases where somebody asks how to say something, and other
// entries where nobody does.
func (x *index) kindFactor(doc uint32, howToSay bool) float32 {
	isPhrase := x.docs[doc].Kind == Phrase
	switch {
	case isPhrase && !howToSay:
		return unaskedPhrase
	case !isPhrase && howToSay:
		return askedPhrase
	}
	return 1
}

// match says how well the best document fits.
func (x *index) match(s *scratch, g gist) Match {
	best := s.touched[0]
	for _, d := range s.touched {
		if ranksAfter(s.score[best], best, s.score[d], d) {
			best = d
		}
	}
	m := judge(s.covered[best], g.mass, g.unknown, goodPart)
	_, whole := x.likeness(s, best)
	switch {
	case whole:
		m = Good
	case m != None && !x.isAbout(s, best):
		m = Weak
		if g.numbers {
			m = None
		}
	}
	if slices.Contains(s.exact, best) {
		// What the question says beside the name may be small talk, or a subject of its own.
		if g.mass == 0 || judge(s.covered[best], g.mass, g.unknown, namedPart) == Good {
			m = Good
		} else if m == None {
			m = Weak
		}
	}
	if m == Good && g.vague && g.mass > 0 && !whole {
		m = Weak // "reset my password" is asked about everything
	}
	return m
}

// judge compares what the best document covers of the question with what it misses.
// A word that no entry has counts more against it than one that only others have:
// it speaks of something else.
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

// isAbout reports whether a document has the question's words in more than passing:
// two of them, or one in its title or aliases.
func (x *index) isAbout(s *scratch, doc uint32) bool {
	words := 0
	for i := range s.concepts {
		c := &s.concepts[i]
		if c.filler {
			continue
		}
		var best float32
		for _, r := range c.readings {
			postings := x.postingsOf(r.term)
			if at, ok := slices.BinarySearchFunc(postings, doc, func(p posting, doc uint32) int { return cmp.Compare(p.doc, doc) }); ok {
				best = max(best, postings[at].score/(x.idf[r.term]*(saturation+1)))
			}
		}
		if best > 0 {
			words++
		}
		if best >= aboutPart {
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
			if ranksAfter(score, d, s.score[last], last) {
				continue
			}
			top, docs = top[:at-1], docs[:at-1]
		}
		at = s.rank(docs, d)
		docs = slices.Insert(docs, at, d)
		top = slices.Insert(top, at, Hit{x.docs[d], float64(score)})
	}
	return top
}

// rank returns the place of a document among ranked ones.
func (s *scratch) rank(docs []uint32, d uint32) int {
	at, _ := slices.BinarySearchFunc(docs, d, func(o, d uint32) int {
		if ranksAfter(s.score[d], d, s.score[o], o) {
			return -1
		}
		return 1
	})
	return at
}

// ranksAfter reports whether document d with its score comes after document o.
func ranksAfter(score float32, d uint32, than float32, o uint32) bool {
	return score < than || score == than && d > o
}

// score adds a concept's hits. A document counts its best reading only.
func (x *index) score(s *scratch, c *concept) {
	for _, r := range c.readings {
		// How near a hit comes to the most that the term could score says
		// whether the word is in the title or in passing.
		most := x.idf[r.term] * (saturation + 1)
		for _, p := range x.postingsOf(r.term) {
			v := p.score * r.trust
			if s.bestScore[p.doc] == 0 {
				s.current = append(s.current, p.doc)
			}
			if v > s.bestScore[p.doc] {
				s.bestScore[p.doc] = v
			}
			if cov := min(passing+(1.35-passing)*p.score/most, 1) * (0.4 + 0.6*r.trust); cov > s.bestCovered[p.doc] {
				s.bestCovered[p.doc] = cov
			}
		}
	}
	for _, d := range s.current {
		if s.score[d] == 0 {
			s.touched = append(s.touched, d)
		}
		s.score[d] += s.bestScore[d] * c.weight
		s.covered[d] += s.bestCovered[d] * c.mass
		s.bestScore[d], s.bestCovered[d] = 0, 0
	}
	s.current = s.current[:0]
}

// compareNames raises the best documents so far by how much one of their titles or
// aliases is like the question as a whole.
func (x *index) compareNames(s *scratch, howToSay bool) {
	var asked float32
	for i := range s.concepts {
		c := &s.concepts[i]
		c.info = c.mass * x.maxIDF
		if c.filler {
			c.info = fillerInfo * x.idf[c.readings[0].term]
		}
		asked += c.info
		for _, r := range c.readings {
			if r.trust > s.senses[r.term].trust {
				s.senses[r.term] = sense{r.trust, uint8(i)}
			}
		}
	}
	for _, d := range s.touched {
		if len(s.nearest) == maxCompared {
			if last := s.nearest[maxCompared-1]; ranksAfter(s.score[d], d, s.score[last], last) {
				continue
			}
			s.nearest = s.nearest[:maxCompared-1]
		}
		s.nearest = slices.Insert(s.nearest, s.rank(s.nearest, d), d)
	}
	for _, d := range s.nearest {
		like, _ := x.likeness(s, d)
		s.score[d] += likeBonus * like * asked * x.kindFactor(d, howToSay)
	}
}

// likeness says, from 0 to 1, how near the question comes to the nearest of a
// document's title and aliases, and whether it has the whole of one and nothing else.
func (x *index) likeness(s *scratch, doc uint32) (best float32, whole bool) {
	var asked float32
	var content uint64 // a bit for each concept that is no filler
	for i := range s.concepts {
		asked += s.concepts[i].info
		if !s.concepts[i].filler {
			content |= 1 << i
		}
	}
	for n := x.namesOf[doc]; n < x.namesOf[doc+1]; n++ {
		var all, said, answered float32 // of the name, of it in the question, of the question in it
		var seen uint64                 // a bit for each concept in the name
		for _, t := range x.nameTerms[x.names[n]:x.names[n+1]] {
			info := x.idf[t]
			if x.filler[t] {
				info *= fillerInfo
			}
			all += info
			if sense := s.senses[t]; sense.trust > 0 {
				said += info * sense.trust
				if seen&(1<<sense.concept) == 0 {
					seen |= 1 << sense.concept
					answered += s.concepts[sense.concept].info * sense.trust
				}
			}
		}
		same := (said + answered) / 2
		if same == 0 {
			continue
		}
		best = max(best, same/(same+nameLost*(all-said)+askedLost*(asked-answered)))
		whole = whole || said >= 0.9*all && content&^seen == 0
	}
	return best, whole
}

// asksHowToSay reports whether a question is about words, not about what they mean.
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

// didYouMean returns the question with its misspelt words replaced.
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
