package knowledge

import (
	"math"
	"slices"
)

// The candidates of a question are the documents that share its rarest words (search.go).
// Which of them answers it is told by the features below, each between about 0 and 1, added
// up with the weights in weights.go. The weights are not chosen by hand: they are fitted by
// go run ./knowledge/internal/fit.

// What a candidate is weighed by.
const (
	hasScore   = iota // its score beside the best candidate's
	hasCovered        // the part of the question that it covers
	likeName          // how near its nearest title or alias comes to the question as a whole
	likeAsk           // how near its nearest ask comes
	isWhole           // a title or alias says the same as the question, and nothing else
	hasExact          // the part of the question that is an exact phrase of it
	hasPairs          // the part of the question's neighbours that are neighbours in it, too
	isNamed           // the part of the question that its titles, aliases and asks have
	nearName          // the likeness in meaning of its nearest title or alias
	nearAsk           // and of its nearest ask
	asAsked           // 1 but for what is no phrase where somebody asks how to say something
	nearAll           // the likeness in meaning of all its names together
	nearThree         // the likeness in meaning of the three nearest names and asks, on average
	likeThree         // the same of likeName and likeAsk
	namedScore        // its score by title, aliases and asks alone, beside the best candidate
	plainScore        // its score, on a scale of its own
	isLikely          // how likely its names are to hold the question's words, beside the likeliest candidate's
	isBeside          // how much likelier the question's words are there than elsewhere, on average
	featureCount
)

// What the best candidate, and the question, are judged by.
const (
	always       = iota // 1: the bias
	shareCovered        // the part of the question that the best candidate covers
	shareUnknown        // the part that no entry has
	howLong             // how many words it has that say something, a logarithm
	isWord              // 1 for one such word, a half for two
	bestLike            // the best of likeName and likeAsk
	bestNear            // the best of nearName and nearAsk
	meanOdds            // the log-odds of its words, on average
	wholeName           // isWhole
	exactPart           // hasExact
	ahead               // the probability of the best among the candidates
	rawScore            // the most that a candidate scores by its words, a logarithm
	rootOdds            // the log-odds of its words in all, over the root of their number
	peakOdds            // the highest rootOdds of a sentence
	bestAll             // nearAll of the best candidate
	agreed              // the part of the best features in which the best candidate leads
	bestLikely          // isLikely of the best candidate
	bestBeside          // isBeside
	rootBeside          // the same over the root of their number
	mostAll             // the highest nearAll of a candidate
	signalCount
)

// featureNames and signalNames are the names above in their order.
const (
	featureNames = "hasScore hasCovered likeName likeAsk isWhole hasExact hasPairs isNamed nearName nearAsk asAsked nearAll nearThree likeThree namedScore plainScore isLikely isBeside"
	signalNames  = "always shareCovered shareUnknown howLong isWord bestLike bestNear meanOdds wholeName exactPart ahead rawScore rootOdds peakOdds bestAll agreed bestLikely bestBeside rootBeside mostAll"
)

type (
	features [featureCount]float32
	signals  [signalCount]float32
)

// weights are [Weights] in the form that is counted with.
type weights struct {
	whole, peak features
	ours, right signals

	leastOurs, surelyOurs, leastRight float32
}

// fixed returns the weights; one that is not there counts nothing.
func (w Weights) fixed() weights {
	f := weights{leastOurs: w.LeastOurs, surelyOurs: w.SurelyOurs, leastRight: w.LeastRight}
	copy(f.whole[:], w.Rank)
	copy(f.peak[:], w.Rank[min(featureCount, len(w.Rank)):])
	copy(f.ours[:], w.Ours)
	copy(f.right[:], w.Right)
	return f
}

// How many documents are weighed: by the words that they share with the question, and by
// where they point.
const (
	maxCandidates = 60
	maxNear       = 12
)

// A candidate is a document that may answer. Its features are those by the whole question,
// and the highest by any sentence of it.
type candidate struct {
	doc         uint32
	whole, peak features
	weight      float32
	verbatim    bool // it has the question itself among its asks
}

// dotOf weighs features or signals.
func dotOf[T features | signals](a, b T) float32 {
	var sum float32
	for i := range len(a) {
		sum += a[i] * b[i]
	}
	return sum
}

// logistic turns a weight into a probability.
func logistic(w float32) float32 { return 1 / (1 + exp(-w)) }

func exp(w float32) float32 { return float32(math.Exp(float64(w))) }

// candidates returns the best documents by the words that they share with the question,
// with their features.
func (x *index) candidates(s *scratch, g gist, howToSay bool) []candidate {
	asked := x.weighConcepts(s)
	s.nearest = s.nearest[:0]
	for _, d := range s.touched {
		if len(s.nearest) == maxCandidates {
			if last := s.nearest[maxCandidates-1]; ranksAfter(s.score[d], d, s.score[last], last) {
				continue
			}
			s.nearest = s.nearest[:maxCandidates-1]
		}
		s.nearest = slices.Insert(s.nearest, s.rank(s.nearest, d), d)
	}
	meant := x.meaning(s)
	size := meant.size()
	if size > 0 {
		s.nearest = x.nearestWholes(s.nearest, maxNear, &meant, size)
	}
	var most float32
	if len(s.touched) > 0 {
		most = s.score[s.nearest[0]]
	}
	x.pairsAsked(s)
	var mostNamed float32
	for _, d := range s.nearest {
		mostNamed = max(mostNamed, s.named[d])
	}
	itself, verbatim := x.asksVerbatim(s)
	if verbatim && !slices.Contains(s.nearest, itself) {
		s.nearest = append(s.nearest, itself)
	}
	words := x.likely(s)
	likeliest := float32(math.Inf(-1))
	for _, d := range s.nearest {
		s.fits[d] -= words * x.unlikely[d]
		likeliest = max(likeliest, s.fits[d])
	}
	list := make([]candidate, len(s.nearest))
	for i, d := range s.nearest {
		c := &list[i]
		c.doc = d
		f := &c.whole
		if most > 0 {
			f[hasScore] = s.score[d] / most
			f[plainScore] = s.score[d] / 10
		}
		if mostNamed > 0 {
			f[namedScore] = s.named[d] / mostNamed
		}
		if g.mass > 0 {
			f[hasCovered] = min(s.covered[d]/g.mass, 1)
		}
		l := x.likeness(s, d, asked)
		f[likeName], f[likeAsk], f[isNamed], f[likeThree] = l.name, l.ask, l.named, l.best.mean()
		if l.whole {
			f[isWhole] = 1
		}
		if i := slices.IndexFunc(s.exact, func(e exactHit) bool { return e.doc == d }); i >= 0 {
			f[hasExact] = float32(s.exact[i].words) / float32(max(len(s.words), 1))
		}
		f[hasPairs] = x.pairsIn(s, d)
		f[isLikely] = max(0, 1-(likeliest-s.fits[d])/likelyScale)
		f[isBeside] = s.beside[d] / max(words, 1) / 4
		if size > 0 {
			f[nearName], f[nearAsk], f[nearThree] = x.nearness(d, &meant, size)
			f[nearAll] = x.nearWhole(d, &meant, size)
		}
		if x.docs[d].Kind == Phrase || !howToSay {
			f[asAsked] = 1
		}
		c.peak = c.whole
		c.verbatim = verbatim && d == itself
	}
	return list
}

// facts are what a text says by itself, whatever is found.
type facts struct {
	mass, unknown float32
	odds          verdict
	score         float32 // the most that a document scores by the text's words
}

func (x *index) factsOf(s *scratch, g gist) facts {
	f := facts{mass: g.mass, unknown: g.unknown, odds: x.oddsOf(s)}
	for _, d := range s.touched {
		f.score = max(f.score, s.score[d])
	}
	return f
}

// signalsOf judges the best candidate. Facts are those of the whole question, and of its
// sentences.
func signalsOf(list []candidate, whole facts, sentences []facts) signals {
	best := list[0].peak
	var v signals
	v[always] = 1
	v[shareCovered] = list[0].whole[hasCovered]
	if whole.mass > 0 {
		v[shareUnknown] = whole.unknown / whole.mass
	}
	v[howLong] = float32(math.Log1p(float64(whole.odds.words)))
	v[isWord] = max(1.5-float32(whole.odds.words)/2, 0)
	v[bestLike] = max(best[likeName], best[likeAsk])
	v[bestNear] = max(best[nearName], best[nearAsk])
	v[meanOdds], v[rootOdds] = whole.odds.mean, whole.odds.root
	v[peakOdds] = whole.odds.root
	score := whole.score
	for _, f := range sentences {
		v[peakOdds] = max(v[peakOdds], f.odds.root)
		score = max(score, f.score)
	}
	v[rawScore] = float32(math.Log1p(float64(score)))
	v[bestAll] = best[nearAll]
	v[bestLikely], v[bestBeside] = best[isLikely], best[isBeside]
	v[rootBeside] = best[isBeside] * float32(math.Sqrt(float64(max(whole.odds.words, 1))))
	for _, c := range list {
		v[mostAll] = max(v[mostAll], c.peak[nearAll])
	}
	if v[mostAll] == 0 {
		v[mostAll] = pointsNowhere
	}
	v[wholeName] = best[isWhole]
	v[exactPart] = best[hasExact]
	var all float32
	for _, c := range list {
		all += exp(c.weight - list[0].weight)
	}
	v[ahead] = 1 / all
	v[agreed] = agreement(list)
	return v
}

// pointsNowhere is mostAll of a question no word of which points anywhere: that says nothing
// about whom it is for.
const pointsNowhere = 0.5

// leading are the features by which candidates are compared one by one.
var leading = [...]int{hasScore, likeName, likeAsk, nearName, nearAsk, nearAll}

// agreement is the part of the leading features in which the first candidate is ahead.
func agreement(list []candidate) float32 {
	led := 0
	for _, f := range leading {
		best := list[0].peak[f]
		if best > 0 && !slices.ContainsFunc(list[1:], func(c candidate) bool { return c.peak[f] > best }) {
			led++
		}
	}
	return float32(led) / float32(len(leading))
}

// three are the three highest of some figures, the highest first.
type three [3]float32

func (t *three) add(v float32) {
	for i := range t {
		if v > t[i] {
			t[i], v = v, t[i]
		}
	}
}

func (t *three) mean() float32 { return (t[0] + t[1] + t[2]) / 3 }
