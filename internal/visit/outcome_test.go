package visit

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
)

func TestConclude(t *testing.T) {
	after := time.Date(2027, 3, 20, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		change  func(*Visit)
		verdict Verdict
		why     string
		now     time.Time
		field   string // of the mistake; empty where it is taken
	}{
		{"go needs no reason", nil, Go, "", after, ""},
		{"conditions are named", nil, GoConditions, " a second gauge ", after, ""},
		{"conditions without any", nil, GoConditions, " \u3000", after, "why"},
		{"a stop has a reason", nil, Stop, "Sampling is not theirs", after, ""},
		{"a stop without one", nil, Stop, "", after, "why"},
		{"no verdict", nil, "", "so so", after, "verdict"},
		{"a verdict that there is none of", nil, "perhaps", "so so", after, "verdict"},
		{"a reason that is too long", nil, Go, strings.Repeat("长", MaxNote+1), after, "why"},
		{"a cancelled visit", func(v *Visit) { v.Cancelled = Mark{By: "U1", At: after} }, Go, "", after, "verdict"},
		{"before it begins", nil, Go, "", time.Date(2027, 3, 14, 15, 59, 0, 0, time.UTC), "verdict"},
		{"on its first day at the factory", nil, Go, "", time.Date(2027, 3, 14, 16, 0, 0, 0, time.UTC), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Visit{First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 16), Work: Work{Place: Place{Zone: DefaultZone}}}
			if c.change != nil {
				c.change(&v)
			}
			did, err := v.Conclude(c.verdict, c.why, "U2", c.now)
			var wrong *InputError
			if errors.As(err, &wrong) != (c.field != "") || wrong != nil && wrong.Field != c.field || did != (c.field == "") {
				t.Fatalf("did %t, %v; want a mistake at %q", did, err, c.field)
			}
			want := VisitOutcome{}
			if did {
				want = VisitOutcome{c.verdict, strings.TrimSpace(c.why), Mark{"U2", c.now}}
			}
			if v.Outcome != want {
				t.Errorf("it is %+v, want %+v", v.Outcome, want)
			}
			// The first word counts, until it is taken back.
			if again, err := v.Conclude(Go, "", "U3", after); did && (again || err != nil || v.Outcome != want) {
				t.Errorf("a second outcome is taken: %+v, %v", v.Outcome, err)
			}
			if did && (!v.TakeBackOutcome() || v.Outcome.IsSet() || v.TakeBackOutcome()) {
				t.Error("it is not taken back once")
			}
		})
	}
}

func TestWhenAnOutcomeIsAskedFor(t *testing.T) {
	timing := DefaultTiming()
	v := Visit{First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 16), Work: Work{Owner: "U1", Place: Place{Zone: DefaultZone, ChannelZone: "Europe/Berlin"}}}
	asked := func(v Visit) (days []string) {
		for _, a := range v.Asks(&timing) {
			if a.Kind == AskOutcome {
				days = append(days, a.Day.String())
			}
		}
		return days
	}
	if got := asked(v); !slices.Equal(got, []string{"2027-03-23"}) {
		t.Errorf("it is asked on %v", got)
	}
	late := v.Clone()
	late.Last = civil.On(2027, 3, 13) // a week after is a Saturday
	if got := asked(late); !slices.Equal(got, []string{"2027-03-22"}) {
		t.Errorf("of one that ended on a Saturday it is asked on %v", got)
	}
	told, off := v.Clone(), v.Clone()
	told.Outcome.Verdict = Go
	off.Cancelled = Mark{By: "U1", At: time.Now()}
	if got := append(asked(told), asked(off)...); len(got) > 0 {
		t.Errorf("somebody is asked on %v of a visit that has one, or was cancelled", got)
	}
}

func TestAVisitThatIsOverIsNotCancelled(t *testing.T) {
	v := Visit{First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 16), Work: Work{Place: Place{Zone: DefaultZone}}}
	if did, err := v.Cancel("U1", time.Date(2027, 3, 16, 16, 0, 0, 0, time.UTC)); did || err == nil || v.Cancelled.IsSet() {
		t.Errorf("the day after its last it is cancelled: %t, %v", did, err)
	}
	if did, err := v.Cancel("U1", time.Date(2027, 3, 16, 15, 59, 0, 0, time.UTC)); !did || err != nil {
		t.Errorf("on its last day it is not: %v", err)
	}
}
