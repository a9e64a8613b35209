package bot

import (
	"testing"

	"visitprep/internal/guide"
)

func TestOpening(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"One. Two. Three.", 9, "One. Two."},
		{"One. Two. Three.", 100, "One. Two. Three."},
		{"A long first sentence. Two.", 5, "A long first sentence."},
		{"1. Wait for a seat. 2. Let the host start.", 25, "1. Wait for a seat."},
		{"No end at all", 3, "No end at all"},
	} {
		if got := guide.Opening(c.s, c.n); got != c.want {
			t.Errorf("opening(%q, %d) = %q, want %q", c.s, c.n, got, c.want)
		}
	}
}
