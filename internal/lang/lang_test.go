package lang_test

import (
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

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

// What is counted is said of one as of one, whichever number it is that counts.
func TestOneIsCountedAsOne(t *testing.T) {
	p := lang.English()
	for _, c := range []struct {
		want, text string
		args       []any
	}{
		{"1 of 1 lot passed first time", "%d of %d lots passed first time", []any{1, 1}},
		{"0 of 1 lot passed first time", "%d of %d lots passed first time", []any{0, 1}},
		{"1 of 2 lots passed first time", "%d of %d lots passed first time", []any{1, 2}},
		{"11 of 21 lots passed first time", "%d of %d lots passed first time", []any{11, 21}},
		{"1 of 1 certificate is valid", "%d of %d certificates are valid", []any{1, 1}},
		{"1 of 3 certificates is valid", "%d of %d certificates are valid", []any{1, 3}},
		{"2 of 3 certificates are valid", "%d of %d certificates are valid", []any{2, 3}},
		{"1 major fault in 80 pieces", "%d major faults in %d pieces", []any{1, 80}},
		{"2 major faults in 80 pieces", "%d major faults in %d pieces", []any{2, 80}},
		{"corrected once: The forwarder's list", "corrected %d times, the last: %s", []any{1, "The forwarder's list"}},
		{"1 day late", "%d days late", []any{1}},
		{"0 days late", "%d days late", []any{0}},
		{"1 hour and 30 minutes", "%d hours and %d minutes", []any{1, 30}},
		{"1 of 1 point, 100 %", "%d of %d points, %s %%", []any{1, 1, "100"}},
	} {
		if got := p.T(c.text, c.args...); got != c.want {
			t.Errorf("%v in %q are %q, want %q", c.args, c.text, got, c.want)
		}
	}
	if got, want := lang.Errorf("The code has %d characters; a unified social credit code has 18.", 1).Error(), "The code has 1 character; a unified social credit code has 18."; got != want {
		t.Errorf("a mistake says %q, want %q", got, want)
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

// A date's layout and its names are keys, so that a language can order and name them. A
// translated name may look like a part of a layout, as "Mon" in "Montag" does.
// What is said of a name stands behind it, as far as something is.
func TestDetails(t *testing.T) {
	c := catalog.NewBuilder()
	if err := c.SetString(language.German, "%s, %s", "%s / %s"); err != nil {
		t.Fatal(err)
	}
	for want, words := range map[string][]string{
		"Ms Zhang": {"Ms Zhang"}, "Ms Zhang / interpreter": {"Ms Zhang", "interpreter"}, "Ms Zhang / +86": {"Ms Zhang", "", "+86"}, "interpreter": {"", "interpreter"}, "": {"", ""},
		"Ms Zhang / interpreter / +86": {"Ms Zhang", "interpreter", "+86"},
	} {
		if got := lang.New(language.German, c).Details(words[0], words[1:]...); got != want {
			t.Errorf("of %q it reads %q, want %q", words, got, want)
		}
	}
}

func TestDatesAreWorded(t *testing.T) {
	b := catalog.NewBuilder()
	for key, words := range map[string]string{
		"Monday 2 January 2006": "Monday, 2. January 2006", "Monday": "Montag", "March": "März", "due %s": "fällig %s",
	} {
		if err := b.SetString(language.German, key, words); err != nil {
			t.Fatal(err)
		}
	}
	d := lang.Date{Time: time.Date(2027, 3, 15, 9, 0, 0, 0, time.UTC), Layout: "Monday 2 January 2006"}
	for _, c := range []struct {
		p    *lang.Printer
		want string
	}{
		{lang.English(), "due Monday 15 March 2027"},
		{lang.New(language.German, b), "fällig Montag, 15. März 2027"},
	} {
		if got := c.p.T("due %s", d); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// A mistake that stands in another is worded with it.
func TestMistakesAreWorded(t *testing.T) {
	b := catalog.NewBuilder()
	for key, words := range map[string]string{"no day in %q; %s": "kein Tag in %q; %s", "write it as %s": "schreib %s"} {
		if err := b.SetString(language.German, key, words); err != nil {
			t.Fatal(err)
		}
	}
	p := lang.New(language.German, b)
	err := fmt.Errorf("read a rule: %w", lang.Errorf("no day in %q; %s", "x", lang.Errorf("write it as %s", "2027-03-15")))
	if got, want := err.Error(), `read a rule: no day in "x"; write it as 2027-03-15`; got != want {
		t.Errorf("in the log %q, want %q", got, want)
	}
	if got, want := p.Err(err), `kein Tag in "x"; schreib 2027-03-15`; got != want {
		t.Errorf("to the person %q, want %q", got, want)
	}
	if got := p.Err(io.EOF); got != "EOF" {
		t.Errorf("another error is %q, want EOF", got)
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
