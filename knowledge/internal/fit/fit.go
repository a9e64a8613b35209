package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/format"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"visitprep/internal/yamlfile"
	"visitprep/knowledge"
)

// folds is how many parts the asks are divided into: each part is asked of a base that does
// not have it.
const folds = 5

// A question is one whose answer is known.
type question struct {
	Ask   string   `yaml:"ask"`
	Want  []string `yaml:"want"` // ids of entries, or beginnings of ids with "*"; none is off topic
	Style string   `yaml:"style"`
	kind  kind
}

type kind int

const (
	ask kind = iota
	name
	ours
	scene
	everyday
	kinds
)

// weightOf is how much a question of the kind counts: there are many asks, and each entry
// has a dozen that are like each other.
var weightOf = [kinds]float64{ask: 0.03, name: 0.2, ours: 1, scene: 3, everyday: 1}

func (k kind) String() string { return [kinds]string{"asks", "names", "own", "scenes", "everyday"}[k] }

// wants reports whether an entry answers the question.
func (q question) wants(id string) bool {
	return slices.ContainsFunc(q.Want, func(want string) bool { return knowledge.Accepts(want, id) })
}

// ownQuestions reads the questions that are written for fitting.
func ownQuestions(dir string) ([]question, error) {
	var own struct {
		Tuned         []question `yaml:"tuned"`
		Held          []question `yaml:"held"`
		Unrelated     []string   `yaml:"unrelated"`
		HeldUnrelated []string   `yaml:"heldUnrelated"`
		Nothing       []string   `yaml:"nothing"`
	}
	var read struct {
		Questions []question `yaml:"questions"`
	}
	var judged struct {
		Questions []question `yaml:"questions"`
	}
	var scenes struct {
		Scenes []question `yaml:"scenes"`
	}
	for name, into := range map[string]any{"own-questions.yaml": &own, "questions.yaml": &read, "scenes.yaml": &scenes, "blind/judged.yaml": &judged} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if err := yamlfile.Decode(name, data, into); err != nil {
			return nil, err
		}
	}
	var all []question
	for _, q := range slices.Concat(own.Tuned, own.Held, read.Questions) {
		if q.kind = ours; len(q.Want) == 0 {
			q.kind = everyday
		}
		all = append(all, q)
	}
	for _, q := range slices.Concat(scenes.Scenes, judged.Questions) {
		if q.kind = scene; len(q.Want) == 0 {
			q.kind = everyday
		}
		all = append(all, q)
	}
	for _, q := range slices.Concat(own.Unrelated, own.HeldUnrelated) {
		all = append(all, question{Ask: q, kind: everyday})
	}
	return all, nil
}

// An example is a question with what the search has to go by.
type example struct {
	question
	knowledge.Evidence
	right []bool // of each candidate
}

// A fold is a base that knows nothing of a part of the questions, and that part.
type fold struct {
	base      *knowledge.Base
	questions []question
}

func foldsOf(base *knowledge.Base, own []question) []fold {
	all := make([]fold, folds)
	var work sync.WaitGroup
	for n := range all {
		work.Go(func() { all[n] = foldOf(base, own, n) })
	}
	work.Wait()
	return all
}

func foldOf(base *knowledge.Base, own []question, n int) fold {
	var f fold
	part := base.Fold(n, folds)
	for id, list := range part.Asks {
		for _, a := range list {
			f.questions = append(f.questions, question{Ask: a, Want: []string{id}, kind: ask})
		}
	}
	slices.SortFunc(f.questions, func(a, b question) int {
		return cmp.Or(strings.Compare(a.Ask, b.Ask), strings.Compare(a.Want[0], b.Want[0]))
	})
	for i, e := range base.All() {
		if i%folds == n {
			for _, text := range namesOf(e) {
				f.questions = append(f.questions, question{Ask: text, Want: []string{e.ID}, kind: name})
			}
		}
	}
	var rest []question
	for i, q := range own {
		if i%folds == n {
			f.questions = append(f.questions, q)
		} else {
			rest = append(rest, q)
		}
	}
	for _, q := range part.Everyday {
		f.questions = append(f.questions, question{Ask: q, kind: everyday})
	}
	f.base = part.Base(Teach(part.Entries, rest, part.Rest))
	return f
}

// namesOf are some of the names by which people know an entry. They are not held back: who
// types a name whole means the entry.
func namesOf(e *knowledge.Entry) []string {
	names := append([]string{e.Title}, e.Aliases[:min(len(e.Aliases), 3)]...)
	if e.Chinese != "" {
		names = append(names, e.Chinese, e.Pinyin)
	}
	return names
}

// examples are all questions that find anything.
func examples(all []fold, w knowledge.Weights) []example {
	var list []example
	for _, f := range all {
		base := f.base.Weighted(w)
		for _, q := range f.questions {
			e := example{question: q, Evidence: base.Evidence(q.Ask)}
			for _, c := range e.Entries {
				e.right = append(e.right, q.wants(c.ID))
			}
			if len(e.Entries) > 0 {
				list = append(list, e)
			}
		}
	}
	return list
}

// An answer is what a question gets in the end.
type answer struct {
	question
	knowledge.Result
	at int // place of the first hit that answers, from 0, or -1
}

func answers(all []fold, w knowledge.Weights) []answer {
	var list []answer
	for _, f := range all {
		base := f.base.Weighted(w)
		for _, q := range f.questions {
			a := answer{question: q, Result: base.Search(q.Ask, 60)}
			a.at = slices.IndexFunc(a.Hits, func(h knowledge.Hit) bool { return q.wants(h.Entry.ID) })
			list = append(list, a)
		}
	}
	return list
}

// A fit is the weights that the data give, with what they were found from.
type fit struct {
	knowledge.Weights
	ranked      []example
	ours, right []labelled
	figures     string // how well they do
}

// Fit finds the weights.
func Fit(base *knowledge.Base, own []question) fit {
	features, signals := len(knowledge.FeatureNames()), len(knowledge.SignalNames())
	f := fit{Weights: knowledge.Weights{Rank: make([]float32, features), Ours: make([]float32, signals), Right: make([]float32, signals)}}
	all := foldsOf(base, own)
	f.ranked = examples(all, f.Weights)
	f.Rank = fitRank(f.ranked, features)
	for _, e := range examples(all, f.Weights) {
		weight := weightOf[e.kind]
		f.ours = append(f.ours, labelled{e.Signals, e.kind != everyday, weight})
		f.right = append(f.right, labelled{e.Signals, e.right[0], weight})
	}
	f.Ours, f.Right = fitLogistic(f.ours, signals), fitLogistic(f.right, signals)
	draw(&f.Weights, answers(all, f.Weights))
	f.figures = report(answers(all, f.Weights))
	return f
}

// ranks reports whether an example teaches the order.
func (e *example) ranks() bool { return e.kind != name && slices.Contains(e.right, true) }

// odds fills p with how likely each candidate is to be the first, to be divided by all; right
// is the part of those that answer.
func (e *example) odds(w []float64, p []float64) (odds []float64, all, right float64) {
	p = p[:0]
	most := math.Inf(-1)
	for _, f := range e.Features {
		p = append(p, dot(w, f))
		most = max(most, p[len(p)-1])
	}
	for i := range p {
		p[i] = math.Exp(p[i] - most)
		all += p[i]
		if e.right[i] {
			right += p[i]
		}
	}
	return p, all, right
}

// fitRank fits a softmax over the candidates: the likelihood that one of those that answer is
// the first.
func fitRank(data []example, features int) []float32 {
	return descend(features, 400, true, func(w, gradient []float64) {
		var p []float64
		for _, e := range data {
			if !e.ranks() {
				continue
			}
			var all, right float64
			p, all, right = e.odds(w, p)
			for i, f := range e.Features {
				g := p[i] / all
				if e.right[i] {
					g -= p[i] / right
				}
				g *= weightOf[e.kind]
				for d, v := range f {
					gradient[d] += g * float64(v)
				}
			}
		}
	})
}

// rankLoss is what fitRank makes small.
func rankLoss(data []example, weights []float32) float64 {
	w := wide(weights)
	loss := ridgeLoss(w)
	var p []float64
	for _, e := range data {
		if e.ranks() {
			var all, right float64
			p, all, right = e.odds(w, p)
			loss -= weightOf[e.kind] * math.Log(right/all)
		}
	}
	return loss
}

// A labelled answer is one that is known to be right or not.
type labelled struct {
	signals []float32
	yes     bool
	weight  float64
}

func fitLogistic(data []labelled, signals int) []float32 {
	return descend(signals, 1500, false, func(w, gradient []float64) {
		for _, l := range data {
			g := 1 / (1 + math.Exp(-dot(w, l.signals)))
			if l.yes {
				g--
			}
			for d, v := range l.signals {
				gradient[d] += l.weight * g * float64(v)
			}
		}
	})
}

// logisticLoss is what fitLogistic makes small.
func logisticLoss(data []labelled, weights []float32) float64 {
	w := wide(weights)
	loss := ridgeLoss(w)
	for _, l := range data {
		against := dot(w, l.signals)
		if l.yes {
			against = -against
		}
		loss += l.weight * math.Log1p(math.Exp(against))
	}
	return loss
}

func wide(weights []float32) (w []float64) {
	for _, v := range weights {
		w = append(w, float64(v))
	}
	return w
}

// ridgeLoss is the part of a loss that keeps weights small.
func ridgeLoss(w []float64) (loss float64) {
	for _, v := range w {
		loss += ridge / 2 * v * v
	}
	return loss
}

// ridge is how much is paid for a weight.
const ridge = 1.0

// descend follows the gradient downhill (Adam), with a ridge that keeps weights small.
func descend(n, steps int, positive bool, add func(w, gradient []float64)) []float32 {
	const rate, keep, keepSquare = 0.05, 0.9, 0.999
	w, gradient := make([]float64, n), make([]float64, n)
	mean, square := make([]float64, n), make([]float64, n)
	for step := 1; step <= steps; step++ {
		clear(gradient)
		add(w, gradient)
		for d := range w {
			g := gradient[d] + ridge*w[d]
			mean[d] = keep*mean[d] + (1-keep)*g
			square[d] = keepSquare*square[d] + (1-keepSquare)*g*g
			m := mean[d] / (1 - math.Pow(keep, float64(step)))
			v := square[d] / (1 - math.Pow(keepSquare, float64(step)))
			w[d] -= rate * m / (math.Sqrt(v) + 1e-8)
			if positive {
				w[d] = max(w[d], 0)
			}
		}
	}
	out := make([]float32, n)
	for d := range w {
		out[d] = float32(math.Round(w[d]*1000) / 1000)
	}
	return out
}

func dot(w []float64, v []float32) float64 {
	var sum float64
	for i := range w {
		sum += w[i] * float64(v[i])
	}
	return sum
}

// Where the lines are drawn.
const (
	lost  = 0.03  // part of the questions for us that may be left without an answer
	doubt = 0.015 // part of the everyday questions that may pass for surely ours
	wrong = 0.03  // part of the questions for us that may be answered wrongly with confidence
	stray = 0.01  // part of the everyday questions that may be answered with confidence
)

// draw sets the lines. Which answers are right is known of our own questions alone: an ask
// names one entry, and others may answer it as well.
func draw(w *knowledge.Weights, all []answer) {
	var ours, theirs []float32
	var judged []answer
	var n, strays float64
	for _, a := range all {
		switch a.kind {
		case everyday:
			strays++
			theirs = append(theirs, a.Ours)
		case ask, name:
			continue
		default:
			n++
			ours = append(ours, a.Ours)
		}
		judged = append(judged, a)
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	w.LeastOurs = ours[int(lost*float64(len(ours)))]
	w.SurelyOurs = max(w.LeastOurs, theirs[int((1-doubt)*float64(len(theirs)))])
	slices.SortStableFunc(judged, func(a, b answer) int { return cmp.Compare(b.Right, a.Right) })
	var bad, strayed float64
	w.LeastRight = 1
	for _, a := range judged {
		switch {
		case a.Ours < w.SurelyOurs:
		case a.kind == everyday:
			strayed++
		case a.at != 0:
			bad++
		}
		if bad > wrong*n || strayed > stray*strays {
			break
		}
		w.LeastRight = a.Right
	}
}

// figures are how the questions of a kind, or of a style, fare.
type figures struct{ n, first, three, candidates, none, good, goodRight int }

func (f *figures) add(a answer) {
	f.n++
	if a.at == 0 {
		f.first++
	}
	if a.at >= 0 && a.at < 3 {
		f.three++
	}
	if a.at >= 0 {
		f.candidates++
	}
	switch a.Match {
	case knowledge.None:
		f.none++
	case knowledge.Good:
		f.good++
		if a.at == 0 {
			f.goodRight++
		}
	}
}

func (f *figures) String() string {
	part := func(n int) float64 { return float64(n) / float64(f.n) }
	return fmt.Sprintf("%5d questions: first %.3f, three %.3f, candidates %.3f, none %.3f, good and right %.3f, good and wrong %.3f\n",
		f.n, part(f.first), part(f.three), part(f.candidates), part(f.none), part(f.goodRight), part(f.good-f.goodRight))
}

// report says how the questions fare, by kind and, of the scenes, by style.
func report(all []answer) string {
	of := map[string]*figures{}
	add := func(name string, a answer) {
		if of[name] == nil {
			of[name] = new(figures)
		}
		of[name].add(a)
	}
	for _, a := range all {
		add(a.kind.String(), a)
		if a.kind == scene {
			add("  "+a.Style, a)
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(of)) {
		fmt.Fprintf(&b, "%-12s %s", name, of[name])
	}
	return b.String()
}

// source writes the weights as Go.
func source(w knowledge.Weights, figures string, now time.Time) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Code generated by go run ./knowledge/internal/fit; DO NOT EDIT.\n\npackage knowledge\n\n")
	fmt.Fprintf(&b, "// fitted are the weights as of %s. Held back while fitting:\n//\n", now.Format(time.DateOnly))
	for line := range strings.Lines(figures) {
		b.WriteString("//\t" + line)
	}
	b.WriteString("func fitted() Weights {\n\treturn Weights{\n")
	list := func(name string, names []string, values []float32) {
		fmt.Fprintf(&b, "%s: []float32{\n", name)
		for i, v := range values {
			fmt.Fprintf(&b, "%v, // %s\n", v, names[i])
		}
		b.WriteString("},\n")
	}
	list("Rank", knowledge.FeatureNames(), w.Rank)
	list("Ours", knowledge.SignalNames(), w.Ours)
	list("Right", knowledge.SignalNames(), w.Right)
	fmt.Fprintf(&b, "LeastOurs: %.4f, SurelyOurs: %.4f, LeastRight: %.4f,\n}\n}\n", w.LeastOurs, w.SurelyOurs, w.LeastRight)
	src, err := format.Source(b.Bytes())
	if err != nil {
		panic(err) // what is written above is Go
	}
	return src
}
