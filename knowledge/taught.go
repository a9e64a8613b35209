package knowledge

import (
	_ "embed"
	"math"
)

// The vectors of GloVe know how words are used in newspapers. Those of the words that
// people use when they ask us are taught besides: by go run ./knowledge/internal/fit, which
// moves them until each ask points where its entry does and nowhere else, and an everyday
// question nowhere. A row holds how much its word tells, too: a word that tells nothing has a
// short one. They are rows of stems, so that what is learnt of "dents" holds for "dented".
var (
	//go:embed taught.txt
	taughtStems string
	//go:embed taught.bin
	taughtRows string
)

// What an entry's words count, where it points as a whole: a logarithm of these sums. The
// fit goes by them as well.
const (
	TitleCounts = 2   // a word of its title; one of an alias or of an ask counts 1
	TextCounts  = 0.3 // a word of its text
)

// untaughtTells is how long the row is made of a word that is not taught, beside 127 for the
// highest number in a taught row.
const untaughtTells = 100

// pointer returns where a written word points. A word that nothing is known of points
// nowhere.
func (l *lexicon) pointer(word string) pointer {
	if row := l.taught.row(stem(word)); row != "" {
		return pointer{row, 1}
	}
	row := l.given.row(word)
	if row == "" {
		return pointer{}
	}
	var square float32
	for d := range len(row) {
		v := float32(int8(row[d]))
		square += v * v
	}
	if square == 0 {
		return pointer{}
	}
	return pointer{row, untaughtTells / float32(math.Sqrt(float64(square)))}
}
