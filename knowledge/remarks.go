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
	english    map[string]bool   // small words of English
	brings     map[string]bool   // words beside which a country is where somebody or something comes from
}

func newRemarks() remarks {
	var file struct {
		Courtesies []string            `yaml:"courtesies"`
		Countries  []string            `yaml:"countries"`
		Languages  map[string][]string `yaml:"languages"`
		English    []string            `yaml:"english"`
		Brings     []string            `yaml:"brings"`
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
	r := remarks{courtesies: setOf(file.Courtesies), countries: setOf(file.Countries), english: setOf(file.English), brings: setOf(file.Brings)}
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
// or has the small words of another language, and more of them than of English: "to do" is
// Polish too.
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
	english := countIn(r.english, words)
	for _, small := range r.languages {
		if n := countIn(small, words); n >= 2 && 3*n >= len(words) && n > english {
			return true
		}
	}
	return false
}

func countIn(set map[string]bool, words []string) (n int) {
	for _, w := range words {
		if set[w] {
			n++
		}
	}
	return n
}

// namesCountry reports whether a question names another country, but for where its asker or a
// gift comes from: "I'm bringing wine from France".
func (r *remarks) namesCountry(question string) bool {
	var words []string
	for _, t := range tokens(nil, question) {
		words = append(words, t.text)
	}
	brings := countIn(r.brings, words) > 0
	for n, w := range words {
		name := n
		switch {
		case r.countries[w]:
		case n > 0 && r.countries[words[n-1]+" "+w]:
			name = n - 1
		default:
			continue
		}
		if !brings || name == 0 || words[name-1] != "from" {
			return true
		}
	}
	return false
}
