package knowledge

import (
	_ "embed"
	"strings"
	"unicode"

	"visitprep/internal/yamlfile"
)

// A Remark is what can be said of a question that no entry answers.
type Remark string

// The remarks.
const (
	NoRemark     Remark = ""
	Courtesy     Remark = "courtesy" // "thanks", "hello": nothing is asked
	OtherCountry Remark = "country"  // the question is about another country
	OtherTongue  Remark = "language" // it is not English, nor a few Chinese words
)

//go:embed remarks.yaml
var remarksFile []byte

// remarks is what knowledge/remarks.yaml says.
type remarks struct {
	courtesies map[string]bool
	countries  map[string]bool
	languages  []map[string]bool // small words of each
}

func newRemarks() remarks {
	var file struct {
		Courtesies []string            `yaml:"courtesies"`
		Countries  []string            `yaml:"countries"`
		Languages  map[string][]string `yaml:"languages"`
	}
	if err := yamlfile.Decode("remarks.yaml", remarksFile, &file); err != nil {
		panic(err) // it is part of the program, and a test reads it
	}
	setOf := func(list []string) map[string]bool {
		m := map[string]bool{}
		for _, s := range list {
			m[s] = true
		}
		return m
	}
	r := remarks{courtesies: setOf(file.Courtesies), countries: setOf(file.Countries)}
	for _, words := range file.Languages {
		r.languages = append(r.languages, setOf(words))
	}
	return r
}

// of returns what can be said of a question.
func (r *remarks) of(question string) Remark {
	switch {
	case r.isCourtesy(question):
		return Courtesy
	case r.isForeign(question):
		return OtherTongue
	case r.namesCountry(question):
		return OtherCountry
	}
	return NoRemark
}

// isCourtesy reports whether every part of the question is a courtesy.
func (r *remarks) isCourtesy(question string) bool {
	parts := strings.FieldsFunc(question, func(c rune) bool { return strings.ContainsRune(",.!?;:…()\n-–", c) })
	for _, part := range parts {
		var words []string
		for _, t := range tokens(nil, part) {
			words = append(words, t.text)
		}
		if len(words) > 0 && !r.courtesies[strings.Join(words, " ")] {
			return false
		}
	}
	return len(parts) > 0
}

// isForeign reports whether a question is in another script, is a whole sentence of Chinese,
// or has the small words of another language.
func (r *remarks) isForeign(question string) bool {
	letters, other, han := 0, 0, 0
	for _, c := range question {
		switch {
		case !unicode.IsLetter(c):
			continue
		case unicode.Is(unicode.Han, c):
			han++
		case !unicode.Is(unicode.Latin, c):
			other++
		}
		letters++
	}
	if letters == 0 {
		return false
	}
	if 2*other > letters || han >= 6 && 2*han > letters {
		return true
	}
	words := strings.FieldsFunc(strings.ToLower(question), func(c rune) bool { return !unicode.IsLetter(c) })
	for _, small := range r.languages {
		n := 0
		for _, w := range words {
			if small[w] {
				n++
			}
		}
		if n >= 2 && 3*n >= len(words) {
			return true
		}
	}
	return false
}

func (r *remarks) namesCountry(question string) bool {
	before := ""
	for _, t := range tokens(nil, question) {
		if r.countries[t.text] || r.countries[before+" "+t.text] {
			return true
		}
		before = t.text
	}
	return false
}
