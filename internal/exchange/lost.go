package exchange

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"

	"visitprep/internal/visit"
)

// A program that saves a file in an encoding without Chinese writes a question mark for
// each letter, and one that reads UTF-8 as something else shows other letters for them. Both
// look like text, and would take the place of what is recorded.

// inProse are the columns in which people write what they like.
var inProse = []string{"factory", "factory_chinese", "city", "address", "contacts", "people", "agenda", "title", "company", "for_us", "for_them", "authority", "they_turn_to", "we_turn_to"}

// lost refuses a cell whose letters were lost on the way. From names what has is there.
func (r *reader) lost(column, from, is string) bool {
	here := r.value(column)
	if sameText(is, here) {
		return false
	}
	certain := isTurned(is, here) || isTurned(guarded(is), here) || isMisread(is, here) || isEscaped(is, here) || isBare(is, here) || isReadTwice(is, here)
	if !certain && !(slices.Contains(inProse, column) && (allTurned(column, here) || looksMisread(here))) {
		return false
	}
	r.lostIn(column, from, is, here, "")
	return true
}

// lostIn notes the letters that a column has lost.
func (r *reader) lostIn(column, from, is, here, besides string) {
	what := fmt.Sprintf("%s is here", quoted(here))
	if is != "" {
		what = fmt.Sprintf("%s has %s, and %s", from, quoted(is), what)
	}
	r.wrongly(column, what+": its letters were lost when the file was saved", `save it as "CSV UTF-8" or .xlsx`+besides)
}

// isMark reports whether programs write c for a letter that they cannot write or read.
func isMark(c rune) bool { return strings.ContainsRune("?\x1a\ufffd□▯〓", c) }

// stands reports whether c may be a mark where it is known what was there: people draw lines of
// it too.
func stands(c rune) bool { return isMark(c) || c == '_' }

func isForeign(c rune) bool { return c >= 0x80 }

func isForeignLetter(c rune) bool { return c >= 0x80 && unicode.IsLetter(c) }

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
	if !strings.ContainsFunc(here, stands) || !strings.ContainsFunc(is, isForeign) {
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
			p.WriteString(`(?:` + as + `|[?\x1a_]*` + letter + `(?:` + letter + `|[?\x1a_])*)`)
		}
		marks = ""
	}
	for _, c := range here {
		switch {
		case stands(c):
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

// readings are the encodings in which bytes may be read that were written in another one. In
// each of them, ASCII is ASCII.
var readings = slices.DeleteFunc(slices.Concat(charmap.All, japanese.All, korean.All, simplifiedchinese.All, traditionalchinese.All), func(e encoding.Encoding) bool {
	a, err := e.NewDecoder().String("A")
	return err != nil || a != "A"
})

// isMisread reports whether here is what a text looks like when its bytes are read in
// another encoding. Programs differ in what they make of broken letters: most of the bytes are
// those of the text and in their order, which those of no other text are by chance.
func isMisread(is, here string) bool {
	if !strings.ContainsFunc(is, isForeign) || !strings.ContainsFunc(here, isForeign) {
		return false
	}
	const most = 100 // signs tell what was made of a text
	begins := beginning(is, most)
	here = beginning(here, 3*most)
	for _, way := range []encoding.Encoding{xunicode.UTF8, simplifiedchinese.GB18030} {
		written, again := bytesIn(begins, way), bytesIn(here, way)
		for _, e := range readings {
			read := bytesIn(here, e)
			part := read
			if bytes.Equal(read, again) { // both write Chinese alike
				continue
			}
			if len(begins) < len(is) {
				part = read[:min(len(read), len(written))]
			}
			if mostOf(highOf(written), highOf(part)) && mostOf(written, part) {
				return true
			}
		}
	}
	return false
}

// beginning is as much of a text.
func beginning(s string, most int) string {
	if rs := []rune(s); len(rs) > most {
		return string(rs[:most])
	}
	return s
}

// highOf are the bytes beyond ASCII.
func highOf(data []byte) []byte {
	return slices.DeleteFunc(slices.Clone(data), func(b byte) bool { return b < 0x80 })
}

// mostOf reports whether most of here stands in a text too, in the same order, and is not only a
// little of it.
func mostOf(text, here []byte) bool {
	enough := func(n int) bool { return n > 0 && 10*n >= 7*len(here) && 10*n >= 4*len(text) }
	some, counts := 0, [256]int{}
	for _, b := range text {
		counts[b]++
	}
	for _, b := range here {
		if counts[b]--; counts[b] >= 0 {
			some++
		}
	}
	if !enough(some) {
		return false
	}
	above, line := make([]int, len(here)+1), make([]int, len(here)+1) // the longest they have in common
	for _, b := range text {
		for i, h := range here {
			if line[i+1] = max(above[i+1], line[i]); b == h {
				line[i+1] = above[i] + 1
			}
		}
		above, line = line, above
	}
	return enough(above[len(here)])
}

// escapes are letters as programs write them that have ASCII only: &#23425; and \u5b81.
const escapes = `(?i)(?:&#(?:[0-9]{3,7}|x[0-9a-f]{2,6});|\\u[0-9a-f]{4}|\\x[0-9a-f]{2})`

var (
	anEscape     = regexp.MustCompile(escapes)
	manyEscapes  = regexp.MustCompile(escapes + `{2}`)
	signOfLetter = regexp.MustCompile(`&[A-Za-z]+;`)
)

// isEscaped reports whether letters are written in here as a program would, that of is or, of
// what is new, several together.
func isEscaped(is, here string) bool {
	if !strings.ContainsFunc(is, isForeign) {
		return is == "" && manyEscapes.MatchString(here)
	}
	return anEscape.MatchString(here) && !anEscape.MatchString(is) || signOfLetter.MatchString(here) && sameText(html.UnescapeString(here), is)
}

// isBare reports whether here is all of a text but its foreign letters, and one of them belonged
// to a word of which others are left: Mller, as nobody corrects Müller.
func isBare(is, here string) bool {
	if !strings.ContainsFunc(is, isForeign) || !sameText(here, without(is)) {
		return false
	}
	rs := []rune(is)
	for i, c := range rs {
		if c >= 0x80 && unicode.Is(unicode.Latin, c) && (i > 0 && isASCIILetter(rs[i-1]) || i+1 < len(rs) && isASCIILetter(rs[i+1])) {
			return true
		}
	}
	return false
}

// without is s without what is beyond ASCII.
func without(s string) string {
	return strings.Map(func(c rune) rune {
		if isForeign(c) {
			return -1
		}
		return c
	}, s)
}

// bare refuses a file in which no letter is left beyond ASCII, where several columns had some and
// all else is as it was: what saved it left them out.
func (c *comparison) bare() {
	type place struct {
		*reader
		column string
	}
	var places []place
	columns := map[string]bool{}
	for _, rd := range c.readers {
		for _, column := range inProse {
			if !rd.given(column) {
				continue
			}
			here, is := rd.value(column), ""
			if rd.base != nil {
				is = rd.base.value(column)
			}
			switch {
			case strings.ContainsFunc(here, isForeignLetter):
				return
			case !strings.ContainsFunc(is, isForeignLetter):
			case !sameText(here, without(is)):
				return
			default:
				places, columns[column] = append(places, place{rd, column}), true
			}
		}
	}
	if len(columns) < 2 {
		return
	}
	for _, p := range places {
		p.lostIn(p.column, p.what(), p.base.value(p.column), p.value(p.column), "; what is to be empty, empty in Slack")
	}
}

// twice is the sign of a lost letter, and what it becomes, written as UTF-8 and read in another
// encoding: 锟斤拷 in GBK.
var twice = func() []string {
	signs := []string{string(utf8.RuneError)}
	for _, e := range readings {
		if s, err := e.NewDecoder().String("\ufffd\ufffd"); err == nil && !strings.ContainsFunc(s, func(c rune) bool { return isMark(c) || unicode.IsControl(c) }) {
			signs = append(signs, s)
		}
	}
	return signs
}()

// isReadTwice reports whether letters were lost in here, and what stood for them was then read
// as something else.
func isReadTwice(is, here string) bool {
	return slices.ContainsFunc(twice, func(sign string) bool { return strings.Count(here, sign) > strings.Count(is, sign) })
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
	encoder := e.NewEncoder()
	for _, c := range s {
		b, err := encoder.Bytes([]byte(string(c)))
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
