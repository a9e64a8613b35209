package lang_test

import (
	"sync"
	"testing"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message/catalog"

	"visitprep/internal/lang"
)

func TestEnglishIsTheKeyWithItsArgumentsFilledIn(t *testing.T) {
	p := lang.English()
	for _, c := range []struct {
		what, want, text string
		args             []any
	}{
		{"a plain text", "Cancel visit", "Cancel visit", nil},
		{"a name that looks like a verb stays as it is", "Visit 3: 100%d steel", "Visit %d: %s", []any{3, "100%d steel"}},
		{"a number that names something has no separator", "Visit 12045", "Visit %d", []any{12045}},
		{"padding and quotes are fmt's", `007 "a"`, "%03d %q", []any{7, "a"}},
		{"a percent sign", "5 % done", "%d %% done", []any{5}},
		{"arguments by their place", "b a", "%[2]s %[1]s", []any{"a", "b"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := p.T(c.text, c.args...); got != c.want {
				t.Errorf("T(%q, %v) = %q, want %q", c.text, c.args, got, c.want)
			}
		})
	}
}

// A language is a catalog: it may put the arguments in another order and choose the
// plural by a number, and what it lacks is English.
func TestAnotherLanguageNeedsACatalogAndNothingElse(t *testing.T) {
	b := catalog.NewBuilder()
	if err := b.SetString(language.German, "Visit %d: %s", "%[2]s, Besuch %[1]d"); err != nil {
		t.Fatal(err)
	}
	if err := b.Set(language.German, "%d of %d done", plural.Selectf(1, "%d", "=1", "Einer von %[2]d erledigt", "other", "%[1]d von %[2]d erledigt")); err != nil {
		t.Fatal(err)
	}
	p := lang.New(language.German, b)
	for want, got := range map[string]string{
		"Ningbo Bright, Besuch 12":   p.T("Visit %d: %s", 12, "Ningbo Bright"),
		"Einer von 8 erledigt":       p.T("%d of %d done", 1, 8),
		"3 von 8 erledigt":           p.T("%d of %d done", 3, 8),
		"This has no German yet (4)": p.T("This has no German yet (%d)", 4),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestManyGoroutinesShareAPrinter(t *testing.T) {
	p := lang.English()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 1000 {
				if got, want := p.T("%d of %d", i, 8), string(rune('0'+i))+" of 8"; got != want {
					t.Errorf("got %q, want %q", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkT(b *testing.B) {
	p := lang.English()
	for b.Loop() {
		p.T("Visit %d: %s", 12, "Ningbo Bright")
	}
}
