package knowledge

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
)

// A token is one word of a text, in the form that is looked up. The text of
// it is lower-case and without accents; start and end are where it stands in
// the text it comes from.
type token struct {
	text       string
	start, end int
}

// tokens appends the words of s to dst. Letters and digits make words; an
// apostrophe, and a "&" between letters, join them (don't → dont, R&D → rd);
// a point joins digits (2.5); every han character is a word of its own, as
// is each pair of neighbours.
func tokens(dst []token, s string) []token {
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return asciiTokens(dst, s)
	}

	var word []rune
	start, han := 0, rune(0) // han is the han character just before, or 0
	flush := func(end int) {
		if len(word) > 0 {
			dst = append(dst, token{clip(string(word)), start, end})
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
		case (r == '\'' || r == '’' || r == '&' || r == '.' || r == ',') && len(word) > 0 && joins(r, word[len(word)-1], s[i:]):
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

// joins reports whether r holds the letter before and the text after it,
// which starts with r, together.
func joins(r, before rune, after string) bool {
	_, n := utf8.DecodeRuneInString(after)
	next, _ := utf8.DecodeRuneInString(after[n:])
	if r == '.' || r == ',' {
		return unicode.IsDigit(before) && unicode.IsDigit(next)
	}
	return unicode.IsLetter(before) && unicode.IsLetter(next)
}

// asciiTokens is tokens for text without accents: no copy where the text is
// lower-case already.
func asciiTokens(dst []token, s string) []token {
	for i := 0; i < len(s); {
		if !wordByte(s[i]) {
			i++
			continue
		}
		start, clean := i, true
		for i < len(s) {
			c := s[i]
			if wordByte(c) {
				if c >= 'A' && c <= 'Z' {
					clean = false
				}
			} else if (c == '\'' || c == '&' || c == '.' || c == ',') && i+1 < len(s) && joins(rune(c), rune(s[i-1]), s[i:]) {
				clean = false
			} else {
				break
			}
			i++
		}
		text := s[start:i]
		if !clean {
			b := make([]byte, 0, len(text))
			for j := range len(text) {
				c := text[j]
				switch {
				case c >= 'A' && c <= 'Z':
					c += 'a' - 'A'
				case c == '&' || c == ',':
					continue
				}
				b = append(b, c)
			}
			text = clip(string(b))
		}
		dst = append(dst, token{text, start, i})
	}
	return dst
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// clip takes a possessive 's off, and apostrophes out.
func clip(word string) string {
	if !strings.ContainsAny(word, "'’") {
		return word
	}
	word = strings.ReplaceAll(word, "’", "'")
	word = strings.TrimSuffix(word, "'s")
	return strings.ReplaceAll(word, "'", "")
}

// fold brings text into lower-case letters without accents.
func fold(s string) string {
	s = strings.ToLower(s)
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return foldRune(r)
	}, s)
}

// foldRune takes the accent off a lower-case Latin letter, tones of pinyin
// included, and makes full-width letters plain.
func foldRune(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case r >= 0xFF01 && r <= 0xFF5E: // ａ, １
		r -= 0xFF01 - '!'
		return unicode.ToLower(r)
	case r > 0x1EFF:
		return r
	}
	for plain, accented := range accents {
		if strings.ContainsRune(accented, r) {
			return rune('a' + plain)
		}
	}
	return r
}

// accents are the accented forms of a to z.
var accents = [26]string{
	0: "àáâãäåāăąǎ", 2: "çćĉċč", 3: "ďđð", 4: "èéêëēĕėęěẽ", 6: "ĝğġģǧ", 7: "ĥħ", 8: "ìíîïĩīĭįıǐ", 9: "ĵ",
	10: "ķ", 11: "ĺļľŀł", 12: "ḿ", 13: "ñńņňŉǹ", 14: "òóôõöøōŏőǒ", 17: "ŕŗř", 18: "śŝşšș", 19: "ţťŧț",
	20: "ùúûüũūŭůűųǔǖǘǚǜ", 22: "ŵ", 24: "ýÿŷ", 25: "źżž",
}

// stem returns the word's Porter2 stem; other words than plain English ones
// are their own.
func stem(word string) string {
	if len(word) <= 3 {
		return word
	}
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return word
		}
	}
	return english.Stem(word, true)
}

// isHan reports whether the word is of han characters.
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
whose why will with within without wont would wouldnt yes yet you youre your yours hey ok okay mr mrs ms
是 什 么 什么 的 了 吗 呢 我 你 您 他 她 们 我们 怎 怎么 么样 样 可以 请 请问 有 没 没有 在 和
`)

// fillerWords are what people wrap a question in. They are looked for, at
// little weight, and not missed where they are not found.
var fillerWords = set(`
able advice advise always another anybody anyone anything around ask asking bad best better bit bring care certain come correct
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

// everyday reports whether the word, or what it is a plural of, is an
// ordinary one.
func everyday(word string) bool {
	return everydayWords[word] || everydayWords[strings.TrimSuffix(word, "s")] || everydayWords[strings.TrimSuffix(word, "es")]
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
