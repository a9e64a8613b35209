package chars_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/chars"
)

func TestASCII(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"what is ASCII stays", "every 2 weeks from 2027-03-15; a, b: c", "every 2 weeks from 2027-03-15; a, b: c"},
		{"separators of a Chinese keyboard", "14；3，7、1：x。", "14;3,7,1:x."},
		{"those of an older standard", "14﹔3﹐7﹑1﹕x", "14;3,7,1:x"},
		{"half-width ones of a Japanese keyboard", "14､3｡", "14,3."},
		{"digits, letters and signs", "２０２７－０３／１５ ＵＴＣ＋８＊", "2027-03/15 UTC+8*"},
		{"a colon between digits", "０９：００", "09:00"},
		{"dashes and waves as ranges", "22:00–07:00 — 1―2 − 3‑4 〜 5～6", "22:00-07:00 - 1-2 - 3-4 - 5-6"},
		{"blanks of every width", "a\u3000b\u00a0c\u2009d", "a b c d"},
		{"marks that come along when a day is copied", "\u200e2027\u200b-03-15\u202c\ufeff", "2027-03-15"},
		{"other letters", "宁波 Zürich", "宁波 Zürich"},
		{"a raised digit is none", "14²", "14²"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := chars.ASCII(c.in); got != c.want {
				t.Errorf("%q becomes %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestList(t *testing.T) {
	for in, want := range map[string][]string{
		"":               nil,
		" ；， 、":          nil,
		"14; 3":          {"14", "3"},
		"14；3":           {"14", "3"},
		"１４、３，１\n7\t5 2": {"14", "3", "1", "7", "5", "2"},
		"U0123ABCD，Ｕ０４５６ＥＦＧＨ": {"U0123ABCD", "U0456EFGH"},
	} {
		if got := chars.List(in); !slices.Equal(got, want) {
			t.Errorf("the list %q is %q, want %q", in, got, want)
		}
	}
}

func TestLineAndProse(t *testing.T) {
	const family = "👨\u200d👩\u200d👧 ❤\ufe0f" // joined by ZWJ, with a variation selector
	for _, c := range []struct{ name, in, line, prose string }{
		{"what people type stays", "宁波（光明）；A，B  c", "宁波（光明）；A，B  c", "宁波（光明）；A，B  c"},
		{"space around it goes", "\u3000 A \u00a0\n", "A", "A"},
		{"NUL and other controls go", "A\x00B\x07\x1b[31m\u0090\x7f", "AB[31m", "AB[31m"},
		{"a lone CR is the end of a line", "A\rB", "A B", "A\nB"},
		{"and so are the others", "A\r\nB\u2028C\u2029D\u0085E\vF\fG", "A B C D E F G", "A\nB\nC\nD\nE\nF\nG"},
		{"tabs", "A\tB", "A B", "A\tB"},
		{"a byte order mark within", "A\ufeffB", "AB", "AB"},
		{"bytes that are no text", "M\xfcnchen \xed\xa0\x80", "M\ufffdnchen \ufffd", "M\ufffdnchen \ufffd"},
		{"what XML cannot hold", "A\ufffeB\uffff", "AB", "AB"},
		{"joiners and selectors stay", family, family, family},
		{"a joiner in Hindi stays", "क्\u200dष", "क्\u200dष", "क्\u200dष"},
		{"overrides and embeddings go", "gpj.\u202eexe\u202c \u202aa\u202b", "gpj.exe a", "gpj.exe a"},
		{"marks of direction stay", "A\u200eB\u200f", "A\u200eB\u200f", "A\u200eB\u200f"},
		{"isolates stay", "\u2068שלום\u2069 Ltd", "\u2068שלום\u2069 Ltd", "\u2068שלום\u2069 Ltd"},
		{"and are closed", "\u2067A \u2066B", "\u2067A \u2066B\u2069\u2069", "\u2067A \u2066B\u2069\u2069"},
		{"in each line", "\u2067A\nB", "\u2067A B\u2069", "\u2067A\u2069\nB"},
		{"one end too many is none", "A\u2069\u2068B", "A\u2069\u2068B\u2069", "A\u2069\u2068B\u2069"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := chars.Line(c.in); got != c.line {
				t.Errorf("the line %q becomes %q, want %q", c.in, got, c.line)
			}
			if got := chars.Prose(c.in); got != c.prose {
				t.Errorf("the text %q becomes %q, want %q", c.in, got, c.prose)
			}
		})
	}
}

func TestBlank(t *testing.T) {
	for in, want := range map[string]bool{"": true, " \u3000\n": true, "\u200b\u200d\ufe0f": true, "A": false, "。": false, "👍": false} {
		if got := chars.Blank(in); got != want {
			t.Errorf("Blank(%q) is %v", in, got)
		}
	}
}

// TestUnwrapped: what people, keyboards and Slack put around words is no part of them.
func TestUnwrapped(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"quotation marks", "“quality”", "quality"},
		{"of both kinds", "„ «quality» “", "quality"},
		{"bold", "*quality*", "quality"},
		{"twice", "**quality**", "quality"},
		{"code", "``quality``", "quality"},
		{"a block of code", "```quality```", "quality"},
		{"a block of code with its own lines", "``` quality ```", "quality"},
		{"four of a kind", "````quality````", "quality"},
		{"several kinds", "*_`quality`_*", "quality"},
		{"a quoted line", "> quality", "quality"},
		{"a quoted line of a quoted line", ">> *quality*", "quality"},
		{"a bound is no quoted line", "> 5 mm gap", "> 5 mm gap"},
		{"nor with its other sign", ">= 5 mm gap", ">= 5 mm gap"},
		{"two quotations", "“yes” or “maybe”", "“yes” or “maybe”"},
		{"one at an end", "major “made in” missing “x”", "major “made in” missing “x”"},
		{"more on one side", "**quality*", "**quality*"},
		{"one side only", "“quality", "“quality"},
		{"nothing but marks", "``", "``"},
		{"nothing but the sign of a quoted line", "> ", ">"},
		{"nothing", " ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := chars.Unwrapped(c.in); got != c.want {
				t.Errorf("%q is %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func FuzzChars(f *testing.F) {
	for _, s := range []string{"A\x00B\rC", "\u2067A\n\u2066B", "M\xfcnchen", "１４；３", "\u202e\u200b", "\u2068 \u2069"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, read := range map[string]func(string) string{"Line": chars.Line, "Prose": chars.Prose} {
			got := read(s)
			if again := read(got); again != got {
				t.Errorf("%s of %q is %q, and %q when it is read again", name, s, got, again)
			}
			if !utf8.ValidString(got) {
				t.Errorf("%s of %q is not valid: %q", name, s, got)
			}
			if strings.TrimSpace(got) != got {
				t.Errorf("%s of %q has space around it: %q", name, s, got)
			}
			for _, r := range got {
				prose := name == "Prose" && (r == '\n' || r == '\t')
				if unicode.IsControl(r) && !prose || strings.ContainsRune("\u2028\u2029\ufeff\u202e", r) {
					t.Errorf("%s of %q has U+%04X", name, s, r)
				}
			}
		}
		if got := chars.ASCII(s); chars.ASCII(got) != got {
			t.Errorf("ASCII of %q is %q, and %q when it is read again", s, got, chars.ASCII(got))
		}
		if plain := strings.ToValidUTF8(s, ""); !strings.ContainsFunc(plain, func(r rune) bool { return r > 126 }) && chars.ASCII(plain) != plain {
			t.Errorf("ASCII changes %q, which is ASCII", plain)
		}
	})
}
