package knowledge

import (
	_ "embed"
	"slices"
	"strings"
)

// IsDelicate reports whether the entry is about what is nobody else's business, such as
// faith, illness or harassment: by itself or with its group. What is asked about it must
// not be kept.
func (e *Entry) IsDelicate() bool {
	if e.Delicate || e.topic == nil {
		return e.Delicate
	}
	g, ok := e.topic.Group(e.Group)
	return ok && g.Delicate
}

// delicateWords are words of questions that no entry answers and that are nobody else's
// business, one a line, with "*" for any ending.
//
//go:embed delicate.txt
var delicateWords string

// IsDelicate reports whether a question is nobody else's business: by its words, or by what
// the search found for it, of which the first three count.
func IsDelicate(question string, found []Hit) bool {
	for _, h := range found[:min(len(found), 3)] {
		if h.Entry.IsDelicate() {
			return true
		}
	}
	var words strings.Builder
	for _, t := range tokens(nil, question) {
		words.WriteString(" " + t.text)
	}
	asked := words.String() + " "
	for line := range strings.Lines(delicateWords) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, any := strings.CutSuffix(line, "*")
		if !any {
			word += " "
		}
		if isHan(word) {
			if strings.Contains(question, strings.TrimSpace(word)) {
				return true
			}
			continue
		}
		if strings.Contains(asked, " "+word) {
			return true
		}
	}
	return false
}

// Knows reports whether an entry has the word, in this form or another, or whether it is
// one of those that any question is made of.
func (b *Base) Knows(word string) bool {
	x := b.index()
	ts := tokens(nil, word)
	for _, t := range ts {
		if _, ok := x.word(t.text); ok {
			continue
		}
		if _, ok := x.term(stem(t.text)); !ok {
			return false
		}
	}
	return len(ts) > 0
}

// IsEnglish reports whether the word is among the 40,000 that are most common in English
// texts, names among them.
func (b *Base) IsEnglish(word string) bool {
	return b.index().lexicon.given.row(strings.ToLower(word)) != ""
}

// ContentWords are the words that say what a question is about, without their endings, each
// once and sorted: questions with the same are alike.
func ContentWords(question string) []string {
	var words []string
	for _, t := range tokens(nil, question) {
		if t.text != "" && !stopWords[t.text] && !fillerWords[t.text] {
			words = append(words, stem(t.text))
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}
