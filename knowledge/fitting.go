package knowledge

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// What follows is for go run ./knowledge/internal/fit, which finds the weights of the search
// by questions whose answers are known.

// Weights are what the search is fitted by: the weight of each feature of a candidate and of
// each signal of an answer, and where the lines are drawn.
type Weights struct {
	Rank  []float32 // of a candidate's features
	Ours  []float32 // of the signals that a question is for us
	Right []float32 // of the signals that the best candidate answers it

	LeastOurs  float32 // probability below which there is no answer
	SurelyOurs float32 // probability from which on an answer may stand by itself
	LeastRight float32 // probability that it is right from which on it does
}

// Evidence is what the search goes by for a question.
type Evidence struct {
	Entries  []*Entry    // the candidates, the best first
	Features [][]float32 // of each
	Signals  []float32
}

// FeatureNames are the names of a candidate's features, in their order: those by the whole
// question, then those by its best sentence.
func FeatureNames() []string {
	names := strings.Fields(featureNames)
	for _, name := range names {
		names = append(names, name+" of a sentence")
	}
	return names
}

// SignalNames are the names of the signals, in their order.
func SignalNames() []string { return strings.Fields(signalNames) }

// CommittedWeights are those that every base begins with.
func CommittedWeights() Weights { return fitted() }

// Weighted returns the base with other weights.
func (b *Base) Weighted(w Weights) *Base {
	x := *b.index()
	x.weights = w.fixed()
	return &Base{topics: b.topics, all: b.all, byID: b.byID, index: func() *index { return &x }}
}

// Lessons are the rows that words are taught, by their stems: [Dims] numbers each.
type Lessons map[string][]int8

// Dims is how many numbers a row has.
const Dims = dims

// Write returns the stems in order, a line each, and their rows.
func (l Lessons) Write() (stems, rows []byte) {
	for _, stem := range slices.Sorted(maps.Keys(l)) {
		stems = append(append(stems, stem...), '\n')
		for _, v := range l[stem] {
			rows = append(rows, byte(v))
		}
	}
	return stems, rows
}

// GivenRows finds the row of a word before anything is taught: [Dims] numbers, or nil where
// it has none.
func GivenRows() func(word string) []int8 {
	t := newRowTable(vectorWords, vectorRows)
	return func(word string) []int8 {
		var row []int8
		for _, c := range []byte(t.row(word)) {
			row = append(row, int8(c))
		}
		return row
	}
}

// Words are a text's words as they are looked up, each with its stem.
func Words(text string) iter.Seq2[string, string] {
	return func(yield func(word, stem string) bool) {
		for _, t := range tokens(nil, text) {
			if t.text != "" && !yield(t.text, stem(t.text)) {
				return
			}
		}
	}
}

// Evidence returns what the search goes by. Without candidates there is none.
func (b *Base) Evidence(question string) Evidence {
	x := b.index()
	s := x.scratch.take()
	defer x.scratch.put(s)
	found, ok := x.ask(s, truncate(question))
	if !ok {
		return Evidence{}
	}
	e := Evidence{Signals: found.signals[:]}
	for _, c := range found.list {
		e.Entries = append(e.Entries, x.docs[c.doc])
		e.Features = append(e.Features, append(c.whole[:], c.peak[:]...))
	}
	return e
}

// Accepts reports whether an entry is one that a set of questions names as an answer: by its
// id, or by the beginning of its id with "*".
func Accepts(want, id string) bool {
	prefix, many := strings.CutSuffix(want, "*")
	return id == want || many && strings.HasPrefix(id, prefix)
}

// A Fold is a part of what is asked, and the rest without it.
type Fold struct {
	Asks     map[string][]string // of the part, by entry
	Everyday []string            // questions of the part
	Entries  []*Entry            // the rest: they have the other asks
	Rest     []string            // the other everyday questions

	topics []*Topic
}

// Fold returns a part of the base's asks and of the everyday questions: those whose number
// leaves the rest n when it is divided by folds.
func (b *Base) Fold(n, folds int) Fold {
	f := Fold{Asks: map[string][]string{}, topics: b.topics}
	for i, e := range b.all {
		without := *e
		without.Asks = nil
		for k, ask := range e.Asks {
			if (i+k)%folds == n {
				f.Asks[e.ID] = append(f.Asks[e.ID], ask)
			} else {
				without.Asks = append(without.Asks, ask)
			}
		}
		f.Entries = append(f.Entries, &without)
	}
	k := 0
	for line := range questionsIn(everydayQuestions) {
		if k++; k%folds == n {
			f.Everyday = append(f.Everyday, line)
		} else {
			f.Rest = append(f.Rest, line)
		}
	}
	return f
}

// Base returns a base that knows nothing of the part, with words that are taught so.
func (f *Fold) Base(l Lessons) *Base {
	stems, rows := l.Write()
	known := lexicon{newRowTable(string(stems), string(rows)), newRowTable(vectorWords, vectorRows)}
	x := newIndex(f.Entries, strings.Join(f.Rest, "\n"), known)
	return &Base{topics: f.topics, all: f.Entries, index: func() *index { return x }}
}

// EverydayQuestions are the questions that are not for the knowledge base.
func EverydayQuestions() []string { return slices.Collect(questionsIn(everydayQuestions)) }
