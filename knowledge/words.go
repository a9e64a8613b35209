package knowledge

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
	"golang.org/x/text/unicode/norm"
)

// A token is one word of a text, in the form that is looked up: lower-case and
// without accents. Start and end are its place in the text it comes from.
type token struct {
	text       string
	start, end int
}

// tokens appends the words of s to dst. Letters and digits make words; an
// apostrophe, and an "&" between letters, join them (don't → dont, R&D → rd);
// a point joins digits (2.5); every Chinese character is a word of its own, as
// is each pair of neighbours.
func tokens(dst []token, s string) []token {
	if isASCII(s) {
		return asciiTokens(dst, s)
	}
	return unicodeTokens(dst, s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// unicodeTokens goes through the text once and by itself, although splitting,
// folding and finding Chinese pairs could be three passes: a correction is put
// back into the question by its place there, and every pass before would lose it.
func unicodeTokens(dst []token, s string) []token {
	var word []rune
	start, han := 0, rune(0) // han is the Chinese character just before, or 0
	flush := func(end int) {
		if len(word) > 0 {
			dst = append(dst, token{stripApostrophes(string(word)), start, end})
			word = word[:0]
		}
	}
	for i, r := range s {
		if unicode.Is(unicode.Han, r) {
			flush(i)
			end := i + utf8.RuneLen(r)
			dst = append(dst, token{string(r), i, end})
			if han != 0 {
				dst = append(dst, token{string(han) + string(r), i - utf8.RuneLen(han), end})
			}
			han = r
			continue
		}
		han = 0
		if unicode.Is(unicode.Mn, r) { // an accent of the letter before
			continue
		}
		r = foldRune(unicode.ToLower(r))
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if len(word) == 0 {
				start = i
			}
			word = append(word, r)
		case len(word) > 0 && joins(r, word[len(word)-1], s[i:]):
			if r == '.' || r == '\'' || r == '’' {
				word = append(word, r)
			}
		default:
			flush(i)
		}
	}
	flush(len(s))
	return dst
}

// joins reports whether r makes one word of the letter before it and what
// follows. The text after starts with r.
func joins(r, before rune, after string) bool {
	of := unicode.IsLetter
	switch r {
	case '.', ',':
		of = unicode.IsDigit
	case '\'', '’', '&':
	default:
		return false
	}
	_, n := utf8.DecodeRuneInString(after)
	next, _ := utf8.DecodeRuneInString(after[n:])
	return of(before) && of(next)
}

// asciiTokens is tokens for plain English, which nearly every question and entry
// is: it works on bytes, and a word that is lower-case already is not copied.
func asciiTokens(dst []token, s string) []token {
	for i := 0; i < len(s); {
		if !isWordByte(s[i]) {
			i++
			continue
		}
		start, clean := i, true
		for i < len(s) {
			c := s[i]
			if isWordByte(c) {
				clean = clean && (c < 'A' || c > 'Z')
			} else if joins(rune(c), rune(s[i-1]), s[i:]) {
				clean = false
			} else {
				break
			}
			i++
		}
		text := s[start:i]
		if !clean {
			text = cleanASCII(text)
		}
		dst = append(dst, token{text, start, i})
	}
	return dst
}

// cleanASCII brings a word with capitals or joining characters into the form that
// is looked up.
func cleanASCII(word string) string {
	b := make([]byte, 0, len(word))
	for i := range len(word) {
		c := word[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c == '&' || c == ',':
			continue
		}
		b = append(b, c)
	}
	return stripApostrophes(string(b))
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// stripApostrophes removes a possessive 's, and any other apostrophe.
func stripApostrophes(word string) string {
	if !strings.ContainsAny(word, "'’") {
		return word
	}
	word = strings.ReplaceAll(word, "’", "'")
	word = strings.TrimSuffix(word, "'s")
	return strings.ReplaceAll(word, "'", "")
}

// fold returns the text in lower case and without accents.
func fold(s string) string {
	s = strings.ToLower(s)
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return foldRune(r)
	}, s)
}

// foldRune removes the accents of a lower-case Latin letter, tones of pinyin
// included, and makes full-width characters plain. It keeps one character one, so
// that places in the text still hold.
func foldRune(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return r
	case r >= '！' && r <= '～': // full-width ASCII, in the order of ASCII
		return unicode.ToLower(r - '！' + '!')
	case !unicode.Is(unicode.Latin, r):
		return r
	}
	var b [utf8.UTFMax]byte
	if parts := norm.NFD.Properties(utf8.AppendRune(b[:0], r)).Decomposition(); parts != nil {
		r, _ = utf8.DecodeRune(parts)
	}
	switch r { // letters of their own, which Unicode does not take apart
	case 'đ', 'ð':
		return 'd'
	case 'ħ':
		return 'h'
	case 'ı':
		return 'i'
	case 'ł', 'ŀ':
		return 'l'
	case 'ø':
		return 'o'
	case 'ŧ':
		return 't'
	}
	return r
}

// stem returns the word's Porter2 stem, and any word that is not plain English as
// it is.
func stem(word string) string {
	if len(word) <= 3 || !isLowerASCII(word) {
		return word
	}
	return english.Stem(word, true)
}

func isLowerASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return true
}

// isHan reports whether the word is Chinese.
func isHan(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.Is(unicode.Han, r)
}

// isNumber reports whether the word has no letters.
func isNumber(word string) bool {
	return strings.IndexFunc(word, unicode.IsLetter) < 0
}

// stopWords carry no meaning in a question: they are neither looked for nor
// missed.
var stopWords = set(`
a about after again all also am an and any are arent as at be because been before being both but by can cant cannot could couldnt
did didnt do does doesnt doing dont during each either else ever every few for from further had has hasnt have havent having he
her here hers him his how however i id if ill im in into is isnt it its itself ive just like lot lots many may me might more most much
must my myself neither no nor not now of off on once one only onto or other our ours out over own per please pls really same shall she
should shouldnt so some such than that thats the their theirs them then there theres these they theyre thing things this
those though through to too under until up upon us very was wasnt we well were werent what whats when where which while who whom
whose why will with within without wont wat wot wut shud cud wud abt bcoz coz cuz plz thru thx u ur r would wouldnt yes yet you youre your yours hey ok okay mr mrs ms
是 什 么 什么 的 了 吗 呢 我 你 您 他 她 们 我们 怎 怎么 么样 样 可以 请 请问 有 没 没有 在 和
`)

// fillerWords are what people wrap a question in. They are looked for, with
// little weight, and not missed where they are not found.
var fillerWords = set(`
giv gonna gotta ppl tmrw tmr able advice advise always another anybody anyone anything around ask asking bad best better bit bring care certain come correct
consider day days deal decide difference different easy enough even everyone everything example exactly expect explain find first
fine full general get gets getting give given go goes going gonna good got great guy guys happen happens hard help helpful
important info information instead keep kind know last least less let lets little long look looking main make makes making matter
maybe mean means mind mine moment myself near need needs never new next nice nobody normal normally nothing often old part people
person place point possible practice problem proper properly put question questions quick quickly quite rather ready
reason recommend recommended right said say see seem send show side simple since small somebody someone something sometimes soon
sort sorts still stuff suggest suggestion suggestions sure take talk tell think thinking time times tip tips together told tomorrow
today try trying type understand use used useful using usual usually vs wait want wanted wants way ways wanna week whether
thank thanks hi hello whole wonder wondering word words work works worry wrong year years etc actually already almost
`)

//go:embed everyday.txt
var everydayList string

// everydayWords is everyday.txt, which says what the words are for.
var everydayWords = set(everydayList)

// everyday reports whether the word, or what it is the plural of, is an everyday one.
func everyday(word string) bool {
	return everydayWords[word] || everydayWords[strings.TrimSuffix(word, "s")] || everydayWords[strings.TrimSuffix(word, "es")]
}

// set returns the words of a text, without the lines that start with #.
func set(text string) map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for w := range strings.FieldsSeq(line) {
			m[w] = true
		}
	}
	return m
}
