package spelling

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"title", "text", "topic", "IDs"}
	for _, c := range []struct{ name, word, want string }{
		{"two letters swapped", "titel", "title"},
		{"a letter too few", "tile", "title"},
		{"a letter too many", "topicc", "topic"},
		{"capitals do not count", "TITEL", "title"},
		{"the known word is returned as it is known", "ids", "IDs"},
		{"the nearer of two", "tect", "text"},
		{"more than a third is wrong", "tales", ""},
		{"a word too short to be recognised", "tx", ""},
		{"no word", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Nearest(c.word, known); got != c.want {
				t.Errorf("Nearest(%q) is %q, want %q", c.word, got, c.want)
			}
		})
	}
}

// TestDistance compares all words of up to five letters a and b, and some with
// a c, with the definition.
func TestDistance(t *testing.T) {
	words := []string{"", "c", "ac", "cab", "abcab", "bacba"}
	for n, last := 0, []string{""}; n < 5; n++ {
		var longer []string
		for _, w := range last {
			longer = append(longer, w+"a", w+"b")
		}
		words, last = append(words, longer...), longer
	}
	for _, a := range words {
		for _, b := range words {
			whole := defined(a, b)
			for most := range 6 {
				if got, want := Distance(a, b, most), min(whole, most+1); got != want {
					t.Errorf("Distance(%q, %q, %d) is %d, want %d", a, b, most, got, want)
				}
			}
		}
	}
}

func TestDistanceOfLongWords(t *testing.T) {
	for n, want := range map[int]int{64: 64, 65: 101} {
		if got := Distance(strings.Repeat("a", n), strings.Repeat("b", n), 100); got != want {
			t.Errorf("words of %d letters: %d, want %d", n, got, want)
		}
	}
	long := strings.Repeat("a", 200)
	if got := Distance(long+"bc"+long, long+"cb"+long, 3); got != 1 {
		t.Errorf("long words with two letters swapped: %d, want 1", got)
	}
}

// defined is the distance as it is defined, without a bound.
func defined(a, b string) int {
	if a == "" || b == "" {
		return len(a) + len(b)
	}
	changed := defined(a[1:], b[1:])
	if a[0] != b[0] {
		changed++
	}
	d := min(changed, defined(a[1:], b)+1, defined(a, b[1:])+1)
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		d = min(d, defined(a[2:], b[2:])+1)
	}
	return d
}
