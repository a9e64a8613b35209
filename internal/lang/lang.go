// Package lang words what people read in one language.
//
// The key of every text is its English form, with fmt's verbs where something is
// filled in: a language is added with a catalog that maps those keys, and no caller
// changes. What operators read, the log, the command line and the mistakes in
// settings, is English and does not come through here.
package lang

import (
	"fmt"
	"slices"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// A Printer words texts in one language. It is safe for concurrent use.
type Printer struct{ p *message.Printer }

// English words every text as its key says.
func English() *Printer { return New(language.English, catalog.NewBuilder()) }

// New words texts in the language of tag, as c has them; what c lacks stays English.
func New(tag language.Tag, c catalog.Catalog) *Printer {
	return &Printer{message.NewPrinter(tag, message.Catalog(c))}
}

// T is the text with args filled in. Whole numbers are written as plain digits:
// most of them name something, and "Visit 1,204" is not what a person types.
func (p *Printer) T(text string, args ...any) string {
	args = slices.Clone(args)
	for i, a := range args {
		if n, ok := a.(int); ok {
			args[i] = digits(n)
		}
	}
	return p.p.Sprintf(text, args...)
}

// digits is a number that the language's way of grouping leaves alone.
type digits int

func (d digits) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), int(d))
}

// PluralForm lets a catalog choose the plural by the number; package plural looks at
// the kinds of number that it knows, and this type is none of them.
func (d digits) PluralForm(t language.Tag, _ int) (plural.Form, int) {
	n := max(int(d), -int(d))
	return plural.Cardinal.MatchPlural(t, n, 0, 0, 0, 0), n
}
