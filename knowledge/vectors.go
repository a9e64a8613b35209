package knowledge

import (
	_ "embed"
	"math"
	"slices"
	"sort"
	"strings"
)

// The word vectors are GloVe's (knowledge/SOURCES.md), made ready by
// knowledge/internal/vectors: the words in order, a line each, and a row of signed bytes for
// each word. They stay in the program's file and take no part of the heap.
var (
	//go:embed vectors.txt
	vectorWords string
	//go:embed vectors.bin
	vectorRows string
)

// dims is the length of a row.
const dims = 100

// A rowTable finds the row of a word.
type rowTable struct {
	words, rows string
	starts      []uint32 // of every stride-th line of words
}

const stride = 16

func newRowTable(words, rows string) rowTable {
	t := rowTable{words: words, rows: rows}
	line := 0
	for at := 0; at < len(words); line++ {
		if line%stride == 0 {
			t.starts = append(t.starts, uint32(at))
		}
		at += strings.IndexByte(words[at:], '\n') + 1
	}
	return t
}

// row returns the row of a word, or "" for a word that has none.
func (t *rowTable) row(word string) string {
	block := sort.Search(len(t.starts), func(i int) bool { return t.lineAt(int(t.starts[i])) > word }) - 1
	if block < 0 {
		return ""
	}
	at := int(t.starts[block])
	for n := block * stride; n < (block+1)*stride && at < len(t.words); n++ {
		line := t.lineAt(at)
		if line == word {
			return t.rows[n*dims : (n+1)*dims]
		}
		at += len(line) + 1
	}
	return ""
}

func (t *rowTable) lineAt(at int) string {
	return t.words[at : at+strings.IndexByte(t.words[at:], '\n')]
}

// A lexicon is what is known of words: what was taught comes before what GloVe says.
type lexicon struct {
	taught, given rowTable
}

func newLexicon() lexicon {
	return lexicon{newRowTable(taughtStems, taughtRows), newRowTable(vectorWords, vectorRows)}
}

// A vector is the direction in which a text points: two texts of one meaning point the
// same way. The zero vector is that of a text without a known word.
type vector [dims]int8

// A gather adds words up to a vector.
type gather [dims]float32

// add adds a word's row with a weight.
func (g *gather) add(row string, weight float32) {
	for d := range len(row) {
		g[d] += weight * float32(int8(row[d]))
	}
}

// vector returns the direction of the sum.
func (g *gather) vector() vector {
	var size float32
	for _, v := range g {
		size += v * v
	}
	if size == 0 {
		return vector{}
	}
	var most float32
	for _, v := range g {
		most = max(most, v, -v)
	}
	var v vector
	scale := 127 / most
	for d := range v {
		v[d] = int8(math.Floor(float64(g[d]*scale + 0.5)))
	}
	return v
}

// size is the vector's length.
func (v *vector) size() float32 { return float32(math.Sqrt(float64(v.dot(v)))) }

func (v *vector) dot(w *vector) int32 {
	var sum int32
	for d := range v {
		sum += int32(v[d]) * int32(w[d])
	}
	return sum
}

// manyDocs is the number of documents above which each has one vector, as a whole, and none a
// name: those of ten thousand would take 30 MB.
const manyDocs = 2000

// A pointer is where a word points, and how much it tells.
type pointer struct {
	row   string
	tells float32
}

// A counted word is one of a document's, with how much it counts there.
type counted struct {
	pointer
	counts float32
}

// buildVectors points every name somewhere, and every document as a whole.
func (x *index) buildVectors() {
	var buffer []token
	many := len(x.docs) > manyDocs
	known := map[string]*counted{}
	var words []*counted // of the document at hand, each once
	point := func(text string, counts float32) gather {
		var g gather
		buffer = tokens(buffer[:0], text)
		for _, t := range buffer {
			w, ok := known[t.text]
			if !ok {
				w = &counted{pointer: x.lexicon.pointer(t.text)}
				known[t.text] = w
			}
			if w.counts == 0 {
				words = append(words, w)
			}
			w.counts += counts
			g.add(w.row, w.tells)
		}
		return g
	}
	name := func(text string, counts float32) {
		if g := point(text, counts); !many {
			x.addVector(&g)
		}
	}
	for _, e := range x.docs {
		x.vectorsOf = append(x.vectorsOf, uint32(len(x.vectors)))
		name(e.Title, TitleCounts)
		for _, alias := range e.Aliases {
			name(alias, 1)
		}
		x.askVectors = append(x.askVectors, uint32(len(x.vectors)))
		for _, ask := range e.Asks {
			name(ask, 1)
		}
		point(e.Text, TextCounts)
		var whole gather
		for _, w := range words {
			whole.add(w.row, w.tells*float32(math.Log1p(float64(w.counts))))
			w.counts = 0
		}
		words = words[:0]
		x.wholes = append(x.wholes, whole.vector())
		x.wholeSizes = append(x.wholeSizes, x.wholes[len(x.wholes)-1].size())
	}
	x.vectorsOf = append(x.vectorsOf, uint32(len(x.vectors)))
	x.vectors, x.sizes = slices.Clip(x.vectors), slices.Clip(x.sizes)
	x.wholes, x.wholeSizes = slices.Clip(x.wholes), slices.Clip(x.wholeSizes)
}

func (x *index) addVector(g *gather) {
	if v := g.vector(); v != (vector{}) {
		x.vectors, x.sizes = append(x.vectors, v), append(x.sizes, v.size())
	}
}

// meaning returns where the question points, with its misspelt words corrected. A word that
// is said twice says no more.
func (x *index) meaning(s *scratch) vector {
	var g gather
	s.said = s.said[:0]
	add := func(text string) {
		if !slices.Contains(s.said, text) {
			s.said = append(s.said, text)
			p := x.lexicon.pointer(text)
			g.add(p.row, p.tells)
		}
	}
	for text := range s.meantWords() {
		add(text)
	}
	for _, text := range s.joined {
		add(text)
	}
	return g.vector()
}

// nearness says how near a document's nearest title or alias, and its nearest ask, come in
// meaning, and its three nearest names on average: the cosine of the angle, or 0 where it is
// obtuse.
func (x *index) nearness(doc uint32, meant *vector, size float32) (name, ask, average float32) {
	var best three
	for n := x.vectorsOf[doc]; n < x.vectorsOf[doc+1]; n++ {
		near := float32(meant.dot(&x.vectors[n])) / (size * x.sizes[n])
		best.add(near)
		if n < x.askVectors[doc] {
			name = max(name, near)
		} else {
			ask = max(ask, near)
		}
	}
	return name, ask, best.mean()
}

// nearWhole says how near a document comes in meaning as a whole.
func (x *index) nearWhole(doc uint32, meant *vector, size float32) float32 {
	if x.wholeSizes[doc] == 0 {
		return 0
	}
	return max(float32(meant.dot(&x.wholes[doc]))/(size*x.wholeSizes[doc]), 0)
}

// nearestWholes appends to list the documents that are nearest as a whole and not yet there,
// the nearest first.
func (x *index) nearestWholes(list []uint32, n int, meant *vector, size float32) []uint32 {
	from := len(list)
	var near [maxNear]float32
	for d := range uint32(len(x.docs)) {
		v := x.nearWhole(d, meant, size)
		at := len(list) - from
		if at == n {
			if v <= near[n-1] {
				continue
			}
			at--
		}
		if slices.Contains(list[:from], d) {
			continue
		}
		if len(list)-from < n {
			list = append(list, d)
		}
		for at > 0 && near[at-1] < v {
			near[at], list[from+at] = near[at-1], list[from+at-1]
			at--
		}
		near[at], list[from+at] = v, d
	}
	return list
}
