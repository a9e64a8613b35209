// Package lang words what people read in one language.
//
// The key of every text is its English form, with fmt's verbs where something is
// filled in: a language is added with a catalog that maps those keys, and no caller
// changes. What operators read, the log, the command line and the mistakes in
// settings, is English and does not come through here.
package lang

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// A Printer words texts in one language. It is safe for concurrent use.
type Printer struct{ p *message.Printer }

// New words texts in the language of tag, as c has them; what c lacks stays English.
func New(tag language.Tag, c catalog.Catalog) *Printer {
	return &Printer{message.NewPrinter(tag, message.Catalog(c))}
}

// T is the text with args filled in. Whole numbers are written as plain digits:
// most of them name something, and "Visit 1,204" is not what a person types.
func (p *Printer) T(text string, args ...any) string {
	args = slices.Clone(args)
	for i, a := range args {
		switch a := a.(type) {
		case int:
			args[i] = digits(a)
		case Worded:
			args[i] = a.Words(p)
		}
	}
	return p.p.Sprintf(text, args...)
}

// Comma is what stands between the things of a list.
func (p *Printer) Comma() string { return p.T(", ") }

// Semicolon is what stands between them where they may have commas of their own.
func (p *Printer) Semicolon() string { return p.T("; ") }

// Details puts behind a name what is said of it, as in "Ms Zhang, interpreter". What is empty
// is left out.
func (p *Printer) Details(name string, said ...string) string {
	for _, s := range said {
		switch {
		case name == "":
			name = s
		case s != "":
			name = p.T("%s, %s", name, s)
		}
	}
	return name
}

// Worded is what reads differently in each language. As an argument of T it is worded
// in the language of the text.
type Worded interface{ Words(*Printer) string }

// A Mistake is an error for the person who made it: Text with Args filled in, as T
// takes them. It is worded when it is shown; its Error is the English of it.
type Mistake struct {
	Text string
	Args []any
}

// Errorf makes a Mistake.
func Errorf(text string, args ...any) *Mistake { return &Mistake{text, args} }

func (m *Mistake) Error() string { return m.Words(English()) }

// Words is the mistake in the language of p.
func (m *Mistake) Words(p *Printer) string { return p.T(m.Text, m.Args...) }

// Err words err: in the language of p where it is a Mistake, otherwise as it is.
func (p *Printer) Err(err error) string {
	var m *Mistake
	if errors.As(err, &m) {
		return m.Words(p)
	}
	return err.Error()
}

// A Date is a time by one of Go's layouts. The layout is a key as every text is, so
// that a language can put the day behind the month, and so are the English names of the
// months and weekdays.
type Date struct {
	Time   time.Time
	Layout string
}

var dateNames = regexp.MustCompile("January|Jan|Monday|Mon")

// Words is the date in the language of p.
func (d Date) Words(p *Printer) string {
	layout := p.T(d.Layout)
	var b strings.Builder
	for {
		name := dateNames.FindStringIndex(layout)
		if name == nil {
			b.WriteString(d.Time.Format(layout))
			return b.String()
		}
		b.WriteString(d.Time.Format(layout[:name[0]]))
		b.WriteString(p.T(d.Time.Format(layout[name[0]:name[1]])))
		layout = layout[name[1]:]
	}
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
