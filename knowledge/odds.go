package knowledge

import (
	_ "embed"
	"iter"
	"math"
	"strings"
)

// everydayQuestions are what people ask anybody else, one a line; lines that start with #
// are skipped. A word that is common there and rare in what our entries are asked says that
// a question is not for us.
//
//go:embed everyday-questions.txt
var everydayQuestions string

// Odds are logarithms, to the base of oddsBase, of how much likelier a word is in a question
// to our entries than in an everyday one.
const (
	oddsBase   = 1.1
	maxOdds    = 3.5 // of one word, as a natural logarithm
	nameCounts = 4   // how often a word of a title or alias counts: there are fewer of them than asks, and none by chance
	smoothing  = 0.5 // how often a word is taken to be met beyond what was counted
)

// questionsIn are the questions of a list as everydayQuestions is one.
func questionsIn(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(list) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

// buildOdds counts in how many names and asks, and in how many everyday questions, each stem
// is met. Those of neither have no odds.
func (x *index) buildOdds(everyday string) {
	terms := len(x.stems.end)
	ours, theirs := make([]float64, terms), make([]float64, terms)
	elsewhere := map[string]float64{}
	var allOurs, allTheirs float64
	for doc := range x.docs {
		for n := x.namesOf[doc]; n < x.namesOf[doc+1]; n++ {
			counts := 1.0
			if n < x.asksOf[doc] {
				counts = nameCounts
			}
			for _, t := range x.nameTerms[x.names[n]:x.names[n+1]] {
				ours[t] += counts
				allOurs += counts
			}
		}
	}
	var buffer []token
	for line := range questionsIn(everyday) {
		buffer = tokens(buffer[:0], line)
		for _, t := range buffer {
			if w, ok := x.word(t.text); ok && w.term == noTerm {
				continue
			}
			allTheirs++
			if term, ok := x.term(stem(t.text)); ok {
				theirs[term]++
			} else {
				elsewhere[stem(t.text)]++
			}
		}
	}
	odds := func(ours, theirs float64) int8 {
		if ours+theirs == 0 {
			return 0
		}
		o := math.Log((ours+smoothing)/(allOurs+1)) - math.Log((theirs+smoothing)/(allTheirs+1))
		return int8(math.Round(max(min(o, maxOdds), -maxOdds) / math.Log(oddsBase)))
	}
	x.odds = make([]int8, terms)
	for t := range x.odds {
		x.odds[t] = odds(ours[t], theirs[t])
	}
	x.elsewhere = map[string]int8{}
	for s, n := range elsewhere {
		x.elsewhere[s] = odds(0, n)
	}
}

func (x *index) oddsOfWord(text string) float32 {
	stem := stem(text)
	o := x.elsewhere[stem] // 0 for a word that nobody asks
	if term, ok := x.term(stem); ok {
		o = x.odds[term]
	}
	return float32(o) * float32(math.Log(oddsBase))
}

// A verdict is what the words of a question say about whom it is for.
type verdict struct {
	words      int // that say something
	mean, root float32
}

// oddsOf adds up what the question's words say. A word that nobody asks, here or elsewhere,
// says nothing.
func (x *index) oddsOf(s *scratch) verdict {
	var v verdict
	var sum float32
	for text := range s.meantWords() {
		if w, ok := x.word(text); ok && w.term == noTerm {
			continue
		}
		v.words++
		sum += x.oddsOfWord(text)
	}
	if v.words > 0 {
		v.mean = sum / float32(v.words)
		v.root = sum / float32(math.Sqrt(float64(v.words)))
	}
	return v
}
