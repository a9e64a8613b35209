// Package chars reads what people type, paste and keep in files, where that differs from
// what a program expects: the full-width characters of a Chinese or Japanese keyboard, and
// characters that are seen nowhere and break things further on.
//
// [ASCII] and [List] are for words that the program reads: numbers, days, times, ids, names
// of zones, lists of them; [WordSet] holds those that a reader knows. [Line] and [Prose] are for words that people read: names and
// notes, which stay as they were typed but for what nobody can see.
package chars

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// kin are the characters that have no narrow form of their own but stand where ASCII has
// this one. Dashes of every length are the hyphen of a day or of a range.
var kin = strings.NewReplacer(
	"、", ",", "﹑", ",", "﹐", ",", "﹔", ";", "﹕", ":", "。", ".",
	"‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "―", "-", "−", "-", "﹣", "-", "～", "-", "〜", "-", "∼", "-",
)

// ASCII is s with each full-width character as its ASCII kin, each dash and wave as a
// hyphen, each kind of blank as a space, and without what cannot be seen, such as the marks
// of direction that come along when a day is copied. Other characters stay.
func ASCII(s string) string {
	if plain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, kin.Replace(width.Fold.String(kin.Replace(s))))
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// List is the words of a list of numbers or ids, separated by commas, semicolons or white
// space, on whatever keyboard, as ASCII.
func List(s string) []string {
	return strings.FieldsFunc(ASCII(s), func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) })
}

// Line is s as one line, without space around it and without what must not be kept: control
// characters, bytes that are no text (they become U+FFFD), and the marks that turn the
// direction of what follows, with which a name can show as another. The newer isolates do
// the same within bounds and stay; one that is not closed is closed at the end. What joins
// characters, as in emoji and Indic scripts, stays.
func Line(s string) string { return clean(s, ' ', ' ') }

// Prose is [Line] for text of several lines, each of which ends in "\n" whatever it
// ended in. Tabs stay.
func Prose(s string) string { return clean(s, '\n', '\t') }

// Blank reports whether nothing of s can be seen.
func Blank(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.In(r, unicode.Zs, unicode.Cf, unicode.Cc, unicode.M) }) < 0
}

// The characters that begin and end an isolate, a part of a text with a direction of
// its own.
const (
	firstIsolate = '\u2066'
	lastIsolate  = '\u2068'
	popIsolate   = '\u2069'
)

// clean is Line and Prose: a line's end becomes newLine and a tab becomes tab.
func clean(s string, newLine, tab rune) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return tab
		case strings.ContainsRune("\n\v\f\r\u0085\u2028\u2029", r):
			return newLine
		case unicode.IsControl(r), r == '\ufeff', r == '\ufffe', r == '\uffff', r >= '\u202a' && r <= '\u202e':
			return -1
		}
		return r
	}, s))
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= firstIsolate && r <= lastIsolate }) {
		return s
	}
	var b strings.Builder
	open := 0
	closeAll := func() {
		for ; open > 0; open-- {
			b.WriteRune(popIsolate)
		}
	}
	for _, r := range s {
		switch {
		case r >= firstIsolate && r <= lastIsolate:
			open++
		case r == popIsolate:
			open = max(0, open-1)
		case r == '\n':
			closeAll()
		}
		b.WriteRune(r)
	}
	closeAll()
	return b.String()
}

// markOf is the mark, of those that people put around words that are meant as they stand, or
// 0: one for both sides, and one for all that stand for each other.
func markOf(r rune) rune {
	switch r {
	case '“', '”', '„', '«', '»', '「', '」', '『', '』', '＂':
		return '"'
	case '‘', '’', '‚', '‹', '›', '＇':
		return '\''
	case '(', ')', '（', '）':
		return '('
	case '[', ']', '【', '】':
		return '['
	case '<', '>':
		return '<'
	case '"', '\'', '`', '*', '_', '~':
		return r
	}
	return 0
}

// Unwrapped is s without the pairs of marks around it, however often they stand there, and
// without the sign of a quoted line: “quality”, **quality**, ```quality``` and > quality are
// the word, and “yes” or “maybe” stays. What is nothing but marks stays too.
func Unwrapped(s string) string {
	for s = strings.TrimSpace(s); ; {
		first, _ := utf8.DecodeRuneInString(s)
		mark := markOf(first)
		if mark == 0 {
			return s
		}
		isMark := func(r rune) bool { return markOf(r) == mark }
		around := func(r rune) bool { return isMark(r) || unicode.IsSpace(r) }
		in := strings.TrimLeftFunc(s, around)
		before := s[:len(s)-len(in)]
		in = strings.TrimRightFunc(in, around)
		after := s[len(before)+len(in):]
		quotes := after == "" && strings.Trim(before, "> ") == "" && startsWord(in)
		if in == "" || strings.ContainsFunc(in, isMark) || !quotes && count(before, isMark) != count(after, isMark) {
			return s
		}
		s = in
	}
}

// startsWord reports whether s begins with a word, or with a mark before one: in "> 5 mm" the
// sign is said of a number.
func startsWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || markOf(r) != 0
}

func count(s string, is func(rune) bool) (n int) {
	for _, r := range s {
		if is(r) {
			n++
		}
	}
	return n
}

// WordSet is the set of the words of a text that are divided by white space.
func WordSet(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}
