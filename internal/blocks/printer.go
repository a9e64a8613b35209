package blocks

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/lang"
)

// A Printer words what people read in Slack: T as plain text, M as markup.
type Printer struct{ *lang.Printer }

// M is the text with args filled in, as markup. What is already Markup stays as it is;
// every other text among args is escaped, so that a name cannot become a mention.
func (p Printer) M(text string, args ...any) Markup {
	safe := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case Markup:
			safe[i] = string(a)
			if a == former { // who stands there under no id any more
				safe[i] = p.T("a former colleague")
			}
		case lang.Worded:
			safe[i] = string(Escape(a.Words(p.Printer)))
		case string:
			safe[i] = string(Escape(a))
		case fmt.Stringer:
			safe[i] = string(Escape(a.String()))
		case error:
			safe[i] = string(Escape(a.Error()))
		default:
			safe[i] = a
		}
	}
	return Markup(p.T(text, safe...))
}

// former is what [Mention] makes of somebody who was forgotten.
const former Markup = "a former colleague"

// List has commas between ms, of which each is worded as M words what is filled in.
func (p Printer) List(ms []Markup) Markup {
	worded := make([]Markup, len(ms))
	for i, m := range ms {
		worded[i] = p.M("%s", m)
	}
	return Join(worded, Markup(p.Comma()))
}

// Sentence begins s with a capital letter.
func Sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToTitle(r)) + s[n:]
}
