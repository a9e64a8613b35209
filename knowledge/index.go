package knowledge

import (
	"hash/maphash"
	"math"
	"slices"
	"strings"
)

// An index is built once for a Base and only read afterwards. It is made of
// sorted slices rather than maps: a loaded base is a part of the memory that an
// idle bot holds for days.
//
// A document is an entry, by its place in docs. A word is what stands in a text; a
// term is the stem that words of one meaning share, by its place in stems.
type index struct {
	docs []*Entry

	words      []word      // aligned with vocabulary
	vocabulary stringTable // the words as they are written, sorted
	stems      stringTable // sorted
	idf        []float32   // of each term: how much it tells
	maxIDF     float32     // the highest that a term could have
	filler     []bool      // of each term: all its words are filler words

	start    []uint32  // postings of term t are those from start[t] to start[t+1]
	postings []posting // by term, then by document

	exactPhrases []exactPhrase // sorted by hash
	verbatim     []exactPhrase // whole asks, aliases and phrases, likewise
	seed         maphash.Seed

	// The names of a document are its title, its aliases, then its asks, as rows of terms:
	// those of document d are names[namesOf[d]:namesOf[d+1]], its asks begin at asksOf[d],
	// and name n is nameTerms[names[n]:names[n+1]].
	namesOf   []uint32
	asksOf    []uint32
	names     []uint32
	nameTerms []uint32

	// The vectors of document d are vectors[vectorsOf[d]:vectorsOf[d+1]], one a name, those of
	// its asks from askVectors[d] on. Where there are many documents there are only wholes.
	lexicon    lexicon
	vectorsOf  []uint32
	askVectors []uint32
	vectors    []vector
	sizes      []float32 // of each vector
	wholes     []vector  // of each document: the sum of its names
	wholeSizes []float32

	pairsOf []uint32 // pairs of document d are those from pairsOf[d] to pairsOf[d+1]
	pairs   []uint32 // neighbours in a name, hashed, sorted within a document

	gainsOf  []uint32  // gains of term t are those from gainsOf[t] to gainsOf[t+1] (likely.go)
	gains    []gain    // by term, then by document
	unlikely []float32 // of each document: what a word of a question costs it by its size

	odds      []int8          // of each term (odds.go)
	elsewhere map[string]int8 // of the stems that only everyday questions have

	byLength    []uint32 // places in words, the shortest first, for correcting
	lengthStart [maxCorrected + 2]uint32
	letters     []uint64 // aligned with byLength: which letters the word has

	synonyms   map[string][]uint32 // stem → terms that say the same
	howAnswers map[string][]uint32 // word after "how" → terms of the answer

	remarks remarks
	weights weights
	scratch *scratchPool
}

// noTerm is the term of a word that is not looked for.
const noTerm = math.MaxUint32

// A word is one word as it is written in the entries, or a stop word.
type word struct {
	term   uint32
	filler bool
}

// A posting says that a term is in a document, and what a hit on it scores.
type posting struct {
	doc   uint32
	score float32 // by all fields
	named float32 // by title, aliases and asks alone
}

// The fields of an entry that are searched.
const (
	inTitle = iota
	inAliases
	inText
	inWhy
	inAsks
	inContext // words for the kind, the topic and the group
	fieldCount
)

var (
	// fieldWeight is how much a word in the field says about the entry.
	fieldWeight = [fieldCount]float64{inTitle: 3, inAliases: 2.5, inAsks: 2.5, inText: 1, inWhy: 0.6, inContext: 0.4}
	// fieldBalance is BM25's b: how much a word loses in a field longer than usual.
	fieldBalance = [fieldCount]float64{inTitle: 0.4, inAliases: 0.3, inAsks: 0.3, inText: 0.5, inWhy: 0.5, inContext: 0}
)

// saturation is BM25's k1: how soon more of the same word stops helping.
const saturation = 1.2

// kindWords are words that people use for a kind of entry.
var kindWords = map[Kind]string{
	Guide:     "guide",
	Checklist: "checklist",
	Question:  "question ask",
	RedFlag:   "red flag warning sign",
	Etiquette: "etiquette manners custom culture",
	Phrase:    "phrase say chinese mandarin",
}

// A builder collects what the index is made of.
type builder struct {
	ids    map[string]uint32 // word → order of first sight
	texts  []string
	stream []uint32 // word<<3 | field, document after document
	ends   []int    // where each document ends in stream
	buffer []token

	lexicon   lexicon
	asked     []uint32 // the same of the asks
	endsAsked []int

	written map[string]word // the vocabulary
}

// id returns the number of a word, and gives it one when it is new.
func (b *builder) id(text string) uint32 {
	id, ok := b.ids[text]
	if !ok {
		id = uint32(len(b.texts))
		text = strings.Clone(text) // a word must not hold a whole text
		b.ids[text] = id
		b.texts = append(b.texts, text)
	}
	return id
}

// add adds a field's words.
func (b *builder) add(field uint32, text string) {
	b.buffer = tokens(b.buffer[:0], text)
	for i, t := range b.buffer {
		if t.text != "" && !stopWords[t.text] && (field <= inAliases || !fillerWords[t.text]) {
			b.stream = append(b.stream, b.id(t.text)<<3|field)
		}
		// People ask for pre-shipment as preshipment, too.
		if i > 0 && t.start > 0 && text[t.start-1] == '-' && b.buffer[i-1].end == t.start-1 {
			b.stream = append(b.stream, b.id(b.buffer[i-1].text+t.text)<<3|field)
		}
	}
}

// addAsks adds the asks of all documents, when everything else is there. People ask with
// mistakes; a word that is in no text and in no dictionary is none that others should be
// corrected to.
func (b *builder) addAsks(docs []*Entry) {
	for _, e := range docs {
		for _, ask := range e.Asks {
			b.buffer = tokens(b.buffer[:0], ask)
			for _, t := range b.buffer {
				if t.text == "" || stopWords[t.text] || fillerWords[t.text] {
					continue
				}
				id, ok := b.ids[t.text]
				if !ok {
					if isLowerASCII(t.text) && b.lexicon.given.row(t.text) == "" {
						continue
					}
					id = b.id(t.text)
				}
				b.asked = append(b.asked, id<<3|inAsks)
			}
		}
		b.endsAsked = append(b.endsAsked, len(b.asked))
	}
}

// addPinyin adds syllables, and the words they make when they are written
// together: people write ganbei as well as gan bei.
func (b *builder) addPinyin(text string) {
	b.buffer = tokens(b.buffer[:0], text)
	for i, t := range b.buffer {
		if !stopWords[t.text] { // yǒu is not "you"
			b.stream = append(b.stream, b.id(t.text)<<3|inAliases)
		}
		if i > 0 {
			b.stream = append(b.stream, b.id(b.buffer[i-1].text+t.text)<<3|inAliases)
		}
	}
	if n := len(b.buffer); n > 2 && n <= 4 {
		var whole strings.Builder
		for _, t := range b.buffer {
			whole.WriteString(t.text)
		}
		b.stream = append(b.stream, b.id(whole.String())<<3|inAliases)
	}
}

func newIndex(docs []*Entry, everyday string, known lexicon) *index {
	x := &index{docs: docs, lexicon: known, remarks: newRemarks(), weights: fitted().fixed()}
	b := builder{ids: map[string]uint32{}, lexicon: x.lexicon}
	for _, e := range docs {
		b.add(inTitle, e.Title)
		b.add(inText, e.Text)
		b.add(inWhy, e.Why)
		for _, alias := range e.Aliases {
			b.add(inAliases, alias)
		}
		b.add(inAliases, e.Chinese)
		b.addPinyin(e.Pinyin)
		b.add(inContext, kindWords[e.Kind])
		if e.topic != nil {
			b.add(inContext, e.topic.Title)
			if g, ok := e.topic.Group(e.Group); ok {
				b.add(inContext, g.Title)
			}
		}
		b.ends = append(b.ends, len(b.stream))
	}
	b.addAsks(docs)
	termOf := x.buildVocabulary(&b)
	x.buildPostings(&b, termOf)
	x.buildNames(b.written)
	x.buildVectors()
	x.buildPairs()
	x.buildLikely(&b, termOf)
	x.buildOdds(everyday)
	x.buildExactPhrases()
	x.buildLengths()
	x.buildSynonyms()
	x.scratch = &scratchPool{docs: len(docs), terms: len(x.stems.end)}
	return x
}

// buildVocabulary sorts the vocabulary and gives each stem a term. It returns the
// term of each of the builder's words.
func (x *index) buildVocabulary(b *builder) []uint32 {
	stems := make([]string, len(b.texts))
	for i, text := range b.texts {
		stems[i] = stem(text)
		if stems[i] == text {
			stems[i] = text // one string for both
		}
	}
	x.stems = newStringTable(sortedSet(stems))

	termOf := make([]uint32, len(b.texts))
	type written struct {
		text string
		word
	}
	all := make([]written, 0, len(b.texts)+len(stopWords)+len(fillerWords))
	for i, text := range b.texts {
		term, _ := x.term(stems[i])
		termOf[i] = term
		all = append(all, written{text, word{term, fillerWords[text]}})
	}
	for w := range stopWords {
		all = append(all, written{w, word{noTerm, false}})
	}
	for w := range fillerWords {
		if _, ok := b.ids[w]; !ok {
			term, known := x.term(stem(w))
			if !known {
				term = noTerm
			}
			all = append(all, written{w, word{term, true}})
		}
	}
	slices.SortFunc(all, func(a, b written) int { return strings.Compare(a.text, b.text) })
	list := make([]string, len(all))
	x.words = make([]word, len(all))
	b.written = make(map[string]word, len(all))
	for i, w := range all {
		list[i], x.words[i] = w.text, w.word
		b.written[w.text] = w.word
	}
	x.vocabulary = newStringTable(list)
	return termOf
}

// buildPostings weighs each term of each document (BM25 over weighted fields).
func (x *index) buildPostings(b *builder, termOf []uint32) {
	terms := len(x.stems.end)
	var sum [fieldCount]float64
	for _, s := range b.stream {
		sum[s&7]++
	}
	n := float64(len(x.docs))

	// Count documents first: all of a term, to give it its part of the
	// postings, and those that have it outside their context, for its idf.
	count, df := make([]uint32, terms+1), make([]uint32, terms)
	seen, seenOutside := make([]uint32, terms), make([]uint32, terms) // document+1
	eachDoc(b, func(doc uint32, stream []uint32) {
		for _, s := range stream {
			t := termOf[s>>3]
			if seen[t] != doc+1 {
				seen[t] = doc + 1
				count[t+1]++
			}
			if s&7 != inContext && seenOutside[t] != doc+1 {
				seenOutside[t] = doc + 1
				df[t]++
			}
		}
	})
	for t := range terms {
		count[t+1] += count[t]
	}
	x.start = count
	x.postings = make([]posting, count[terms])
	x.idf = make([]float32, terms)
	for t := range x.idf {
		d := max(float64(df[t]), 1)
		x.idf[t] = float32(math.Log(1 + (n-d+0.5)/(d+0.5)))
	}
	x.maxIDF = float32(math.Log(1 + (max(n, 2)-0.5)/1.5))

	next := slices.Clone(count[:terms])
	weight, named := make([]float64, terms), make([]float64, terms)
	var touched []uint32
	eachDoc(b, func(doc uint32, stream []uint32) {
		var length [fieldCount]float64
		for _, s := range stream {
			length[s&7]++
		}
		var share [fieldCount]float64
		for f := range share {
			mean := sum[f] / n
			share[f] = fieldWeight[f] / (1 - fieldBalance[f] + fieldBalance[f]*length[f]/max(mean, 1))
		}
		touched = touched[:0]
		for _, s := range stream {
			t := termOf[s>>3]
			if weight[t] == 0 {
				touched = append(touched, t)
			}
			weight[t] += share[s&7]
			if f := s & 7; f == inTitle || f == inAliases || f == inAsks {
				named[t] += share[f]
			}
		}
		for _, t := range touched {
			w, n := weight[t], named[t]
			weight[t], named[t] = 0, 0
			x.postings[next[t]] = posting{doc, x.idf[t] * saturated(w), x.idf[t] * saturated(n)}
			next[t]++
		}
	})
}

// saturated is what a weight comes to when more of the same word stops helping.
func saturated(w float64) float32 { return float32(w * (saturation + 1) / (w + saturation)) }

func eachDoc(b *builder, do func(doc uint32, stream []uint32)) {
	var both []uint32
	start, startAsked := 0, 0
	for doc, end := range b.ends {
		both = append(append(both[:0], b.stream[start:end]...), b.asked[startAsked:b.endsAsked[doc]]...)
		do(uint32(doc), both)
		start, startAsked = end, b.endsAsked[doc]
	}
}

// buildNames turns titles and aliases into rows of terms.
func (x *index) buildNames(written map[string]word) {
	x.filler = make([]bool, len(x.stems.end))
	for i := range x.filler {
		x.filler[i] = true
	}
	for _, w := range x.words {
		if w.term != noTerm && !w.filler {
			x.filler[w.term] = false
		}
	}
	var buffer []token
	add := func(text string) {
		buffer = tokens(buffer[:0], text)
		start := len(x.nameTerms)
		for _, t := range buffer {
			if w, ok := written[t.text]; ok && w.term != noTerm {
				x.nameTerms = append(x.nameTerms, w.term)
			}
		}
		if len(x.nameTerms) > start {
			x.names = append(x.names, uint32(start))
		}
	}
	for _, e := range x.docs {
		x.namesOf = append(x.namesOf, uint32(len(x.names)))
		add(e.Title)
		for _, alias := range e.Aliases {
			add(alias)
		}
		add(e.Chinese)
		add(e.Pinyin)
		x.asksOf = append(x.asksOf, uint32(len(x.names)))
		for _, ask := range e.Asks {
			add(ask)
		}
	}
	x.namesOf = append(x.namesOf, uint32(len(x.names)))
	x.names = append(x.names, uint32(len(x.nameTerms)))
	x.namesOf, x.names, x.nameTerms = slices.Clone(x.namesOf), slices.Clone(x.names), slices.Clone(x.nameTerms)
}

// word looks a written word up.
func (x *index) word(text string) (word, bool) {
	i, ok := x.vocabulary.find(text)
	if !ok {
		return word{}, false
	}
	return x.words[i], true
}

// term looks a stem up.
func (x *index) term(stem string) (uint32, bool) {
	i, ok := x.stems.find(stem)
	return uint32(i), ok
}

// postingsOf returns the documents that have a term.
func (x *index) postingsOf(term uint32) []posting {
	return x.postings[x.start[term]:x.start[term+1]]
}

// frequency is the number of documents that have a term.
func (x *index) frequency(term uint32) int {
	return int(x.start[term+1] - x.start[term])
}

// buildSynonyms resolves the tables to terms of this vocabulary.
func (x *index) buildSynonyms() {
	x.howAnswers = map[string][]uint32{}
	for how, words := range howAnswers {
		for _, w := range strings.Fields(words) {
			if t, ok := x.term(stem(w)); ok {
				x.howAnswers[how] = append(x.howAnswers[how], t)
			}
		}
	}
	x.synonyms = map[string][]uint32{}
	var stems []string
	for _, group := range synonyms {
		stems = stems[:0]
		for _, w := range strings.Fields(group) {
			stems = append(stems, stem(w))
		}
		for _, other := range stems {
			t, ok := x.term(other)
			if !ok {
				continue
			}
			for _, s := range stems {
				if s != other && !slices.Contains(x.synonyms[s], t) {
					x.synonyms[s] = append(x.synonyms[s], t)
				}
			}
		}
	}
}
