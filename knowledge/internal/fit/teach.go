package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"visitprep/knowledge"
)

// What follows teaches words where they point: a small model of one layer, as word2vec and
// its kin are, that starts from the vectors of GloVe. A text points where its words point
// together, each as long as it tells something. The likelihood that an entry answers a
// question is a softmax over the cosines between the two, and over a constant for questions
// that none answers.

const (
	rounds    = 10
	batchSize = 512
	sharpness = 15.0 // of the softmax, for a cosine of 1
	dropped   = 0.1  // part of the words of a question that is left out each time it is asked
	half      = 0.5  // part of the asks that an entry has while the others are asked
	pull      = 1e-3 // towards where a word pointed before
	dims      = knowledge.Dims
)

// A lesson is a question, as the numbers of its words, and the places of the entries that
// answer it, or none.
type lesson struct {
	words  []int32
	right  []int32
	weight float32
}

// A learner is what is taught.
type learner struct {
	stems  map[string]int32
	names  []string
	start  []float32 // rows of the stems at first, each of unit length, one behind the other
	rows   []float32
	tells  []float32  // of each stem, as a natural logarithm
	before []float32  // the same at first
	none   [1]float32 // what no entry is as likely as

	entries []pupil
}

// A pupil is an entry while it is taught.
type pupil struct {
	base map[int32]float32 // counts of its words, without its asks
	asks [][]int32
}

// Teach returns the rows of the words of entries and questions: those of others are left as
// they are. The same arguments give the same rows.
func Teach(entries []*knowledge.Entry, own []question, everyday []string) knowledge.Lessons {
	l := learner{stems: map[string]int32{}}
	given := knowledge.GivenRows()
	spread := rand.New(rand.NewPCG(1, 2))
	add := func(text string) []int32 {
		var list []int32
		for word, stem := range knowledge.Words(text) {
			n, ok := l.stems[stem]
			if !ok {
				n = int32(len(l.names))
				l.stems[stem] = n
				l.names = append(l.names, stem)
				row, square := [dims]float32{}, float32(0)
				for d, v := range given(word) {
					row[d] = float32(v)
					square += row[d] * row[d]
				}
				for d := range row {
					if square > 0 {
						row[d] /= sqrt(square)
					} else {
						row[d] = 0.05 * float32(spread.NormFloat64())
					}
				}
				l.start = append(l.start, row[:]...)
			}
			if !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
		return list
	}
	place := map[string]int32{}
	for i, e := range entries {
		place[e.ID] = int32(i)
		p := pupil{base: map[int32]float32{}}
		count := func(text string, counts float32) {
			for _, w := range add(text) {
				p.base[w] += counts
			}
		}
		count(e.Title, knowledge.TitleCounts)
		for _, alias := range e.Aliases {
			count(alias, 1)
		}
		count(e.Text, knowledge.TextCounts)
		for _, ask := range e.Asks {
			p.asks = append(p.asks, add(ask))
		}
		l.entries = append(l.entries, p)
	}
	var fixed []lesson
	for _, q := range own {
		s := lesson{words: add(q.Ask), weight: 2}
		if len(q.Want) > 0 {
			for i, e := range entries {
				if q.wants(e.ID) {
					s.right = append(s.right, int32(i))
				}
			}
			if len(s.right) == 0 {
				continue
			}
		} else {
			s.weight = 1
		}
		fixed = append(fixed, s)
	}
	for _, q := range everyday {
		fixed = append(fixed, lesson{words: add(q), weight: 1})
	}
	l.begin()
	l.learn(fixed)
	return l.lessons()
}

// begin has each stem tell what it tells by the number of entries that have it.
func (l *learner) begin() {
	frequency := make([]float64, len(l.names))
	for _, p := range l.entries {
		seen := map[int32]bool{}
		for w := range p.base {
			seen[w] = true
		}
		for _, ask := range p.asks {
			for _, w := range ask {
				seen[w] = true
			}
		}
		for w := range seen {
			frequency[w]++
		}
	}
	l.rows = slices.Clone(l.start)
	for _, f := range frequency {
		l.before = append(l.before, float32(math.Log(math.Log1p(float64(len(l.entries))/(1+f)))))
	}
	l.tells = slices.Clone(l.before)
	l.none[0] = sharpness / 2
}

// A counted word is one of an entry's, with how much it counts.
type counted struct {
	word   int32
	counts float32
}

// bag is what an entry consists of with some of its asks.
func (p *pupil) bag(asks []int) []counted {
	counts := map[int32]float32{}
	for w, n := range p.base {
		counts[w] = n
	}
	for _, k := range asks {
		for _, w := range p.asks[k] {
			counts[w]++
		}
	}
	list := make([]counted, 0, len(counts))
	for w, n := range counts {
		list = append(list, counted{w, float32(math.Log1p(float64(n)))})
	}
	slices.SortFunc(list, func(a, b counted) int { return int(a.word - b.word) })
	return list
}

func (l *learner) learn(fixed []lesson) {
	r := rand.New(rand.NewPCG(3, 4))
	rows, tells, none := newDescent(len(l.rows), 0.01), newDescent(len(l.tells), 0.02), newDescent(1, 0.03)
	for range rounds {
		lessons := slices.Clone(fixed)
		bags := make([][]counted, len(l.entries))
		for i, p := range l.entries {
			order := r.Perm(len(p.asks))
			kept := int(half * float64(len(order)))
			bags[i] = p.bag(order[:kept])
			for _, k := range order[kept:] {
				lessons = append(lessons, lesson{p.asks[k], []int32{int32(i)}, 1})
			}
		}
		r.Shuffle(len(lessons), func(i, j int) { lessons[i], lessons[j] = lessons[j], lessons[i] })
		for batch := range slices.Chunk(lessons, batchSize) {
			g := l.gradient(batch, bags, r)
			rows.step(l.rows, g.rows)
			tells.step(l.tells, g.tells)
			none.step(l.none[:], g.none[:])
		}
	}
}

// A slope is the gradient of what is taught.
type slope struct {
	rows, tells []float32
	none        [1]float32
}

// gradient is that of the unlikelihood of a batch, and of the pull back.
func (l *learner) gradient(batch []lesson, bags [][]counted, r *rand.Rand) slope {
	g := slope{rows: make([]float32, len(l.rows)), tells: make([]float32, len(l.tells))}
	tells := make([]float32, len(l.tells))
	left := make([]bool, len(l.tells))
	for w, v := range l.tells {
		tells[w] = exp(v)
		left[w] = r.Float64() < dropped
		g.tells[w] = pull * (v - l.before[w])
	}
	for i, v := range l.rows {
		g.rows[i] = pull * (v - l.start[i])
	}
	entries := make([]direction, len(bags))
	for i, bag := range bags {
		e := &entries[i]
		for _, c := range bag {
			addTo(e.at[:], l.row(c.word), c.counts*tells[c.word])
		}
		e.turn()
	}
	back := make([][dims]float32, len(bags))
	p := make([]float32, len(bags)+1)
	for _, q := range batch {
		var asked direction
		for _, w := range q.words {
			if !left[w] {
				addTo(asked.at[:], l.row(w), tells[w])
			}
		}
		asked.turn()
		l.blame(p, q, &asked, entries)
		var behind [dims]float32
		for i := range entries {
			// Nearly all are unlikely from the first round on, and move nothing.
			if v := p[i] * sharpness; v > 1e-7 || v < -1e-7 {
				addTo(behind[:], entries[i].at[:], v)
				addTo(back[i][:], asked.at[:], v)
			}
		}
		g.none[0] += p[len(bags)]
		asked.unturn(&behind)
		for _, w := range q.words {
			if !left[w] {
				addTo(g.row(w), behind[:], tells[w])
				g.tells[w] += tells[w] * dot32(behind[:], l.row(w))
			}
		}
	}
	for i, bag := range bags {
		entries[i].unturn(&back[i])
		for _, c := range bag {
			addTo(g.row(c.word), back[i][:], c.counts*tells[c.word])
			g.tells[c.word] += c.counts * tells[c.word] * dot32(back[i][:], l.row(c.word))
		}
	}
	return g
}

// blame fills p with how much likelier each entry, and none of them, was taken to answer a
// question than it is, for its part of a batch.
func (l *learner) blame(p []float32, q lesson, asked *direction, entries []direction) {
	none := len(entries)
	most := l.none[0]
	p[none] = most
	for i := range entries {
		p[i] = sharpness * dot32(asked.at[:], entries[i].at[:])
		most = max(most, p[i])
	}
	var all, right float32
	for i, v := range p {
		p[i] = exp(v - most)
		all += p[i]
	}
	rights := q.right
	if len(rights) == 0 {
		rights = []int32{int32(none)}
	}
	for _, i := range rights {
		right += p[i]
	}
	part := q.weight / batchSize
	for _, i := range rights {
		p[i] -= p[i] / (right + 1e-9) * all
	}
	for i := range p {
		p[i] *= part / all
	}
}

func (l *learner) row(w int32) []float32 { return l.rows[int(w)*dims : (int(w)+1)*dims] }

func (g *slope) row(w int32) []float32 { return g.rows[int(w)*dims : (int(w)+1)*dims] }

// A direction is where a text points, at a distance of 1, and how far it did.
type direction struct {
	at  [dims]float32
	far float32
}

func (d *direction) turn() {
	d.far = max(sqrt(dot32(d.at[:], d.at[:])), 1e-6)
	for i := range d.at {
		d.at[i] /= d.far
	}
}

// unturn makes a slope for the direction one for the sum that it was made of.
func (d *direction) unturn(slope *[dims]float32) {
	along := dot32(slope[:], d.at[:])
	for i := range slope {
		slope[i] = (slope[i] - d.at[i]*along) / d.far
	}
}

func addTo(sum, row []float32, weight float32) {
	sum = sum[:len(row)]
	for i, v := range row {
		sum[i] += weight * v
	}
}

func dot32(a, b []float32) float32 {
	b = b[:len(a)]
	var s, t, u, v float32
	for i := 0; i+3 < len(a); i += 4 {
		s += a[i] * b[i]
		t += a[i+1] * b[i+1]
		u += a[i+2] * b[i+2]
		v += a[i+3] * b[i+3]
	}
	return s + t + u + v
}

// A descent goes downhill by Adam.
type descent struct {
	mean, square []float32
	rate         float64
	steps        int
}

func newDescent(n int, rate float64) *descent {
	return &descent{mean: make([]float32, n), square: make([]float32, n), rate: rate}
}

func (d *descent) step(values, slope []float32) {
	const keep, keepSquare = 0.9, 0.99
	d.steps++
	rate := float32(d.rate / (1 - math.Pow(keep, float64(d.steps))))
	scale := float32(1 / (1 - math.Pow(keepSquare, float64(d.steps))))
	for i, g := range slope {
		d.mean[i] = keep*d.mean[i] + (1-keep)*g
		d.square[i] = keepSquare*d.square[i] + (1-keepSquare)*g*g
		values[i] -= rate * d.mean[i] / (sqrt(d.square[i]*scale) + 1e-8)
	}
}

// lessons are the rows, each as long as its word tells, in numbers up to 127.
func (l *learner) lessons() knowledge.Lessons {
	all := knowledge.Lessons{}
	rows := slices.Clone(l.rows)
	var sizes []float32
	for w := range l.names {
		for d := range dims {
			v := &rows[w*dims+d]
			*v *= exp(l.tells[w])
			sizes = append(sizes, max(*v, -*v))
		}
	}
	slices.Sort(sizes)
	scale := 127 / sizes[len(sizes)*(reach-1)/reach]
	for w, name := range l.names {
		row := make([]int8, dims)
		for d := range row {
			row[d] = int8(max(-127, min(127, math.Round(float64(rows[w*dims+d]*scale)))))
		}
		all[name] = row
	}
	return all
}

// reach is the part of the numbers, one in so many, that are cut off at 127: the others keep
// more of their digits.
const reach = 10_000

func sqrt(v float32) float32 { return float32(math.Sqrt(float64(v))) }

func exp(v float32) float32 { return float32(math.Exp(float64(v))) }
