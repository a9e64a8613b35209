package exchange

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"

	"visitprep/internal/visit"
)

// A program that saves a file in an encoding without Chinese writes a question mark for
// each letter, and one that reads UTF-8 as something else shows other letters for them. Both
// look like text, and would take the place of what is recorded.

// inProse are the columns in which people write what they like.
var inProse = []string{"factory", "factory_chinese", "city", "address", "contacts", "people", "agenda"}

// lost refuses a cell whose letters were lost on the way. From names what has is there.
func (r *reader) lost(column, from, is string) bool {
	here := r.value(column)
	if sameText(is, here) {
		return false
	}
	certain := isTurned(is, here) || isTurned(guarded(is), here) || isMisread(is, here) || isMisread(guarded(is), here)
	if !certain && !(slices.Contains(inProse, column) && (allTurned(column, here) || looksMisread(here))) {
		return false
	}
	what := fmt.Sprintf("%s is here", quoted(here))
	if is != "" {
		what = fmt.Sprintf("%s has %s, and %s", from, quoted(is), what)
	}
	r.wrongly(column, what+": its letters were lost when the file was saved", `save it as "CSV UTF-8" or .xlsx`)
	return true
}

// isMark reports whether programs write c for a letter that they cannot write or read.
func isMark(c rune) bool { return c == '?' || c == '\x1a' || c == utf8.RuneError }

// A letter that has a narrow or a bare form is written in it, with a sign before that tells.
const narrowed = '\x01'

// narrow writes the letters of s that have kin in ASCII as these, since some programs save
// them so: ， as a comma, é as e.
func narrow(s string) string {
	var b strings.Builder
	for _, c := range strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) {
		if kin := norm.NFKD.String(string(c))[0]; c >= 0x80 && kin < 0x80 {
			b.WriteRune(narrowed)
			c = rune(kin)
		}
		b.WriteRune(c)
	}
	return b.String()
}

// isTurned reports whether here is what is left of a text: some of its letters beyond ASCII
// have become marks, each one or a run of them one or several, and all else is as it was.
func isTurned(is, here string) bool {
	if !strings.ContainsFunc(here, isMark) || !strings.ContainsFunc(is, func(c rune) bool { return c >= 0x80 }) {
		return false
	}
	is, here = narrow(is), narrow(here)
	if bare := func(s string) string { return strings.ReplaceAll(s, string(narrowed), "") }; bare(is) == bare(here) {
		return false
	}
	const letter = `(?:\x01.|[^\x00-\x7f])`
	var p strings.Builder
	p.WriteString(`(?s)^`)
	marks := ""
	end := func() {
		if marks != "" { // marks that are meant, or some that stand for a letter
			as := regexp.QuoteMeta(marks)
			p.WriteString(`(?:` + as + `|[?\x1a]*` + letter + `(?:` + letter + `|[?\x1a])*)`)
		}
		marks = ""
	}
	for _, c := range here {
		switch {
		case isMark(c):
			marks += string(c)
			continue
		case c == narrowed:
			continue // the kin follows, and stands for both
		}
		end()
		if c < 0x80 {
			p.WriteString(`\x01?`)
		}
		p.WriteString(regexp.QuoteMeta(string(c)))
	}
	end()
	left, err := regexp.Compile(p.String() + `$`)
	return err == nil && left.MatchString(is)
}

// allTurned reports whether there is no letter in a cell, or in the name or the role of
// somebody, and marks in the place of them.
func allTurned(column, s string) bool {
	if column == "people" {
		return slices.ContainsFunc(visit.ParsePeople(s), func(p visit.Person) bool { return onlyMarks(p.Name) || onlyMarks(p.Role) })
	}
	return onlyMarks(s)
}

func onlyMarks(s string) bool {
	together, last := false, false
	for _, c := range s {
		together, last = together || last && isMark(c), isMark(c)
		if !last && !unicode.In(c, unicode.White_Space, unicode.N, unicode.P, unicode.S) {
			return false
		}
	}
	return together
}

// isMisread reports whether here is what a text looks like when its bytes are read in
// another encoding. What no letter came of may be anything there.
func isMisread(is, here string) bool {
	foreign := func(s string) bool { return strings.ContainsFunc(s, func(c rune) bool { return c >= 0x80 }) }
	if !foreign(is) || !foreign(here) {
		return false
	}
	here = strings.ReplaceAll(here, "\r\n", "\n")
	for _, way := range []struct{ written, read encoding.Encoding }{
		{xunicode.UTF8, simplifiedchinese.GB18030}, {xunicode.UTF8, simplifiedchinese.GBK},
		{xunicode.UTF8, charmap.Windows1252}, {xunicode.UTF8, charmap.ISO8859_1}, {xunicode.UTF8, charmap.Macintosh},
		{simplifiedchinese.GB18030, charmap.Windows1252}, {simplifiedchinese.GB18030, charmap.ISO8859_1},
	} {
		written, err := way.written.NewEncoder().String(strings.TrimSpace(strings.ReplaceAll(is, "\r\n", "\n")))
		if err != nil {
			continue
		}
		read, err := way.read.NewDecoder().String(written)
		if err != nil {
			continue
		}
		var p strings.Builder
		p.WriteString(`(?s)^`)
		kept, broken := false, false
		for _, c := range strings.TrimSpace(read) {
			switch {
			case c == utf8.RuneError, unicode.In(c, unicode.Co), c >= 0x80 && unicode.IsControl(c):
				p.WriteString(`.{0,3}`)
				broken = true
				continue
			case c >= 0x80:
				kept = true
			}
			p.WriteString(regexp.QuoteMeta(string(c)))
			if broken && c < 0x80 { // some programs take it for the rest of a letter
				p.WriteString(`?`)
			}
			broken = false
		}
		if so, err := regexp.Compile(p.String() + `$`); err == nil && kept && so.MatchString(strings.TrimSpace(here)) {
			return true
		}
	}
	return false
}

// looksMisread reports whether the letters of s are the bytes of others: read as what they
// were written in, they are words, which those of a language never are by chance.
func looksMisread(s string) bool {
	for _, e := range []encoding.Encoding{charmap.Windows1252, charmap.Macintosh} {
		if letters, han, broken := letters8(bytesIn(s, e)); broken == 0 && (letters > 1 || han > 0) {
			return true
		}
	}
	// A pair that GBK lacks breaks the letters around it, and leaves most of the others.
	_, han, broken := letters8(bytesIn(s, simplifiedchinese.GBK))
	return han > 3 && broken <= han
}

// bytesIn is what s was written as. A letter that an encoding lacks becomes a byte that is
// no UTF-8; but what Windows-1252 could not read were bytes within a letter.
func bytesIn(s string, e encoding.Encoding) (data []byte) {
	for _, c := range s {
		b, err := e.NewEncoder().Bytes([]byte(string(c)))
		switch {
		case e != simplifiedchinese.GBK && c == utf8.RuneError:
			data = append(data, 0x81)
		case e == simplifiedchinese.GBK && c == '€': // of Windows
			data = append(data, 0x80)
		case err == nil && len(b) > 0:
			data = append(data, b...)
		case e != simplifiedchinese.GBK && c <= 0xff: // Latin-1, and what Windows-1252 leaves open
			data = append(data, byte(c))
		default:
			data = append(data, 0xff)
		}
	}
	return data
}

// letters8 counts the letters of UTF-8 beyond ASCII, those of Chinese, and the bytes that are
// broken. A letter that was cut off at the end is none: it may have ended in a blank.
func letters8(data []byte) (letters, han, broken int) {
	for len(data) > 0 {
		c, n := utf8.DecodeRune(data)
		switch {
		case c == utf8.RuneError && n == 1:
			if !utf8.FullRune(data) {
				return letters, han, broken
			}
			broken++
		case isHan(c):
			han++
			letters++
		case c >= 0x80 && unicode.In(c, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Hangul, unicode.Hiragana, unicode.Katakana):
			letters++
		}
		data = data[n:]
	}
	return letters, han, broken
}
