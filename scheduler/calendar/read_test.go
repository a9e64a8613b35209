package calendar

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// proposals are what a mistake says to write.
func proposals(err error) (all []string) {
	_, how, _ := strings.Cut(err.Error(), "; write ")
	for _, m := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(how, -1) {
		all = append(all, m[1])
	}
	return all
}

var tuesday = civil.On(2026, time.December, 1)

// TestWhatPeopleType reads what people say of a rhythm. What can mean two things is refused
// with two proposals that are read.
func TestWhatPeopleType(t *testing.T) {
	data, err := os.ReadFile("testdata/typed.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		text, want, ok := strings.Cut(strings.TrimSpace(line), " | ")
		if strings.HasPrefix(line, "#") || !ok {
			continue
		}
		r, err := Read(text, tuesday)
		switch {
		case err == nil && (want == "?" || want == "-"):
			t.Errorf("%q is read as %q", text, r)
		case want == "-":
		case want == "?":
			ps := proposals(err)
			if len(ps) != 2 || ps[0] == ps[1] {
				t.Errorf("%q is refused with %v: not two proposals", text, err)
			}
			for _, p := range ps {
				if _, err := Read(p, tuesday); err != nil {
					t.Errorf("%q is refused with a proposal that is not read: %v", text, err)
				}
			}
		case err != nil:
			t.Errorf("%q: %v", text, err)
		default:
			var got []string
			for _, d := range r.NextDays(tuesday, time.UTC, 2) {
				got = append(got, d.String())
			}
			if s := strings.Join(got, " "); s != want {
				t.Errorf("%q is read as %q: %s, want %s", text, r, s, want)
			}
			if words := r.Describe(lang.English()); strings.ContainsAny(words, "*") || words == r.text {
				t.Errorf("%q is said back as %q", text, words)
			}
		}
	}
}

// TestARuleThatIsKeptKeepsItsDays: the months of a rule of an older version count from a
// day that may be none of its own, and editing its plan does not move them.
func TestARuleThatIsKeptKeepsItsDays(t *testing.T) {
	for _, text := range []string{"last Friday every 3 months from 2027-01-30 at 09:00", "last Friday every 3 months from 2027-01-30"} {
		r, err := Read(text, tuesday)
		if err != nil {
			t.Fatal(err)
		}
		if d := r.NextDay(tuesday, time.UTC); d.String() != "2027-04-30" {
			t.Errorf("%q comes first on %s", text, d)
		}
		if rh, ok := r.Rhythm(); ok {
			t.Errorf("%q is the rhythm %+v, which is another", text, rh)
		}
	}
	r, err := Read("every 3 months on the last Friday from 2027-01-30", tuesday)
	if d := r.NextDay(tuesday, time.UTC); err != nil || d.String() != "2027-02-26" {
		t.Errorf("what is typed begins on %s, %v: not the first such day", d, err)
	}
}

// TestARhythmIsItsRule: what a form's menus say is what they show when the plan is opened
// again.
func TestARhythmIsItsRule(t *testing.T) {
	for _, unit := range Units() {
		places := append(Places(), "")
		if unit == Weeks {
			places = append(Weekdays(), "")
		}
		for _, n := range []int{1, 2, 12} {
			for _, on := range places {
				for _, from := range []civil.Date{civil.On(2027, time.January, 15), civil.On(2028, time.February, 29), civil.On(2027, time.August, 31)} {
					rh := Rhythm{N: n, Unit: unit, On: on, From: from}
					r, err := Read(rh.Typed(), tuesday)
					if err != nil {
						t.Errorf("%+v: %v", rh, err)
						continue
					}
					first := r.NextDay(from.AddDays(-1), time.UTC)
					if first.Before(from) || first.Sub(from) > 366 && unit != Years || first.Sub(from) > 731 {
						t.Errorf("%+v begins on %s", rh, first)
					}
					kept, err := Parse(r.String())
					if err != nil {
						t.Fatalf("%+v is kept as %q: %v", rh, r, err)
					}
					again, ok := kept.Rhythm()
					if unit == Months && n == 12 {
						again.N, again.Unit = again.N*12, Months
					}
					if !ok || again.N != n || again.Unit != unit || on != "" && again.On != on {
						t.Errorf("%+v is kept as %q, whose rhythm is %+v, %v", rh, r, again, ok)
					}
					if words := PlaceWords(lang.English(), again.On); unit != Weeks && !strings.HasPrefix(words, "the ") {
						t.Errorf("%q is %q in words", again.On, words)
					}
				}
			}
		}
	}
}

func TestTheExamplesAreRead(t *testing.T) {
	ps := proposals(lang.Errorf("; write %s", lang.Errorf(examples)))
	if len(ps) != 5 {
		t.Fatalf("the examples are %q", ps)
	}
	for _, p := range ps {
		if _, err := Read(p, tuesday); err != nil {
			t.Error(err)
		}
	}
}
