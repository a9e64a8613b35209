package knowledge

import (
	"cmp"
	"iter"
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

	// Remark is what can be said where Match is not Good.
	Remark Remark

	// Ours and Right are the probabilities by which Match was decided: that the question
	// is one for the knowledge base, and that the first hit answers it.
	Ours, Right float32
}

// A Hit is an entry that answers a question. Scores order the hits of one
// question; between questions they say nothing.
type Hit struct {
	Entry *Entry
	Score float64
}

// The candidates are found by these numbers, which no fit touches; after a change of one the
// weights are fitted again. The mass of a word is what it contributes to the question, from 0 to 1 for words
// that an entry has.
const (
	synonymTrust     = 0.55 // how far a word is taken for a synonym
	onlySynonymTrust = 0.8  // the same where no entry has the word itself
	prefixTrust      = 0.5  // how far the last word is taken for the beginning of another
	unknownMass      = 1    // mass of a word that no entry has: that of the rarest that one has
	unknownShort     = 0.3  // the same of a number, or of two letters
	unknownHan       = 0.15 // the same of a Chinese character, or of a pair
	synonymMass      = 0.6  // mass of a word that no entry has, where one has a synonym
	prefixMass       = 0.5  // mass of the beginning of a word
	nameLost         = 0.4  // what a word of a title or alias that is not asked for takes from that
	askedLost        = 0.6  // and a word asked for that is not in it
	fillerInfo       = 0.2  // part of its information that a filler word counts
	unaskedPhrase    = 0.85 // on the score of a phrase where nobody asks how to say something
	askedPhrase      = 0.85 // on the score of anything else where somebody does
	coverage         = 0.65 // part of the score that depends on how much of the question is covered
	passing          = 0.2  // part of a word's mass that is covered wherever the document has it
)

// Bounds that keep the longest question as quick as any.
const (
	maxBytes    = 4096 // of a question that are looked at
	maxConcepts = 64   // different words of it
	maxMisspelt = 12   // words of it that are corrected
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
	senses    []sense     // of each term
	nearest   []uint32    // documents to compare with the question as a whole
	words     []string    // of the question, for its exact phrases
	exact     []exactHit  // documents that have an exact phrase of the question
	pairs     []askedPair // of the question

	touched                []uint32 // documents with a hit
	score, covered         []float32
	current                []uint32 // documents with a hit on the concept at hand
	named                  []float32
	bestScore, bestCovered []float32
	bestNamed              []float32

	fits   []float32 // of each document, by likely
	beside []float32
	terms  []uint32 // of the question, each once
	said   []string // its words, likewise
	joined []string // pairs of them that are one word
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
		named: make([]float32, p.docs), bestNamed: make([]float32, p.docs),
		fits: make([]float32, p.docs), beside: make([]float32, p.docs),
		senses: make([]sense, p.terms),
	}
}

// put clears the scratch and gives it back.
func (p *scratchPool) put(s *scratch) {
	s.clear()
	p.pool.Put(s)
}

// clear removes what a search wrote.
func (s *scratch) clear() {
	for _, d := range s.touched {
		s.score[d], s.covered[d], s.named[d] = 0, 0, 0
	}
	s.touched, s.current = s.touched[:0], s.current[:0]
	for _, r := range s.readings {
		s.senses[r.term] = sense{}
	}
	clear(s.tokens) // do not hold on to the question
	clear(s.said[:cap(s.said)])
	clear(s.joined)
	s.joined = s.joined[:0]
	clear(s.concepts)
	s.tokens, s.concepts, s.readings = s.tokens[:0], s.concepts[:0], s.readings[:0]
	s.corrected, s.nearest = s.corrected[:0], s.nearest[:0]
	s.words, s.exact, s.pairs = s.words[:0], s.exact[:0], s.pairs[:0]
}

func (x *index) search(question string, limit int) Result {
	question = truncate(question)
	s := x.scratch.take()
	defer x.scratch.put(s)
	remark := x.remarks.of(question)
	found, ok := x.ask(s, question)
	if !ok {
		return Result{Match: None, Remark: remark}
	}
	r := Result{
		Match: x.weights.decide(found), Ours: found.ours, Right: found.right,
		DidYouMean: x.didYouMean(s, question),
	}
	if remark == Courtesy {
		r.Match = None
	}
	if r.Match != Good {
		r.Remark = remark
	}
	if r.Match != None {
		r.Hits = x.hits(s, found.list, limit)
	}
	return r
}

// find returns the candidates of a text, in no order, and what it says by itself.
func (x *index) find(s *scratch, text string) ([]candidate, facts) {
	s.tokens = tokens(s.tokens, text)
	x.interpret(s, text)
	g := x.scoreConcepts(s)
	howToSay := asksHowToSay(text)
	x.weighCoverage(s, g.mass, howToSay)
	x.findExactPhrases(s)
	return x.candidates(s, g, howToSay), x.factsOf(s, g)
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
}

// scoreConcepts adds the hits of all concepts.
func (x *index) scoreConcepts(s *scratch) gist {
	var g gist
	onlyFillers := !slices.ContainsFunc(s.concepts, func(c concept) bool { return !c.filler })
	for i := range s.concepts {
		c := &s.concepts[i]
		g.mass += c.mass
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

// hits returns the best documents, the best first: the candidates in their order, then
// whatever else shares a word.
func (x *index) hits(s *scratch, list []candidate, limit int) []Hit {
	// What is near in meaning alone stands beside what shares a word, and is no further hit;
	// where nothing shares one the best is all there is.
	most := max(len(s.touched), 1)
	if limit <= 0 || limit > most {
		limit = most
	}
	top := make([]Hit, 0, limit)
	for _, c := range list[:min(len(list), limit)] {
		top = append(top, Hit{x.docs[c.doc], 1 + float64(logistic(c.weight))})
	}
	if limit == len(top) {
		return top
	}
	rest := slices.DeleteFunc(slices.Clone(s.touched), func(d uint32) bool {
		return slices.ContainsFunc(list, func(c candidate) bool { return c.doc == d })
	})
	slices.SortFunc(rest, func(a, b uint32) int { return cmp.Or(cmp.Compare(s.score[b], s.score[a]), cmp.Compare(a, b)) })
	for _, d := range rest[:min(len(rest), limit-len(top))] {
		top = append(top, Hit{x.docs[d], float64(s.score[d] / (1 + s.score[d]))})
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
			s.bestNamed[p.doc] = max(s.bestNamed[p.doc], p.named*r.trust)
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
		s.named[d] += s.bestNamed[d] * c.weight
		s.bestScore[d], s.bestCovered[d], s.bestNamed[d] = 0, 0, 0
	}
	s.current = s.current[:0]
}

// weighConcepts says of each concept how much it tells, and what each term stands for. It
// returns how much all tell together.
func (x *index) weighConcepts(s *scratch) float32 {
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
	return asked
}

// A likeness says, from 0 to 1, how near a document comes to a question as a whole.
type likeness struct {
	name, ask float32 // of its nearest title or alias, of its nearest ask
	best      three
	named     float32 // part of the question that is in any of them
	whole     bool    // one of them says the whole question and nothing else
}

func (x *index) likeness(s *scratch, doc uint32, asked float32) (l likeness) {
	var content, anywhere uint64 // a bit for each concept: that is no filler, that a name has
	for i := range s.concepts {
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
		anywhere |= seen
		same := (said + answered) / 2
		if same == 0 {
			continue
		}
		like := same / (same + nameLost*(all-said) + askedLost*(asked-answered))
		l.best.add(like)
		if n < x.asksOf[doc] {
			l.name = max(l.name, like)
		} else {
			l.ask = max(l.ask, like)
		}
		l.whole = l.whole || n < x.asksOf[doc] && said >= 0.9*all && content&^seen == 0
	}
	for i := range s.concepts {
		if anywhere&(1<<i) != 0 {
			l.named += s.concepts[i].info
		}
	}
	if asked > 0 {
		l.named /= asked
	}
	return l
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

// meantWords are the question's words, with the misspelt ones corrected.
func (s *scratch) meantWords() iter.Seq[string] {
	return func(yield func(string) bool) {
		fixed := 0
		for _, t := range s.tokens {
			if fixed < len(s.corrected) && s.corrected[fixed].start == t.start {
				t.text = s.corrected[fixed].text
				fixed++
			}
			if !yield(t.text) {
				return
			}
		}
	}
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
