package visit

import (
	"errors"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
)

// TestADayTooFarOff is refused wherever one is given: what is counted from it would run out of
// the calendar, and the thing could not be read again.
func TestADayTooFarOff(t *testing.T) {
	now := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	for _, last := range []civil.Date{civil.On(9999, 12, 31), civil.On(2200, 1, 1)} {
		v := Visit{Work: Work{Place: Place{Channel: "C1", Zone: DefaultZone}}, Purpose: "first_visit", First: last.AddDays(-1), Last: last}
		i := Inspection{Work: Work{Place: Place{Channel: "C1", Zone: DefaultZone}}, Type: "pre_shipment", Due: last}
		moved := Inspection{Due: civil.On(2027, 3, 15)}
		for what, err := range map[string]error{"a visit": v.Check(), "its days": v.CheckDays(now), "an inspection": i.Check(), "a move": moved.Move(last, now)} {
			if err == nil || !strings.Contains(err.Error(), "is too far off. Please pick a day before 2200.") {
				t.Errorf("%s on %v: %v", what, last, err)
			}
		}
		if moved.Due != civil.On(2027, 3, 15) {
			t.Errorf("it was moved to %v", moved.Due)
		}
	}
	ok := Inspection{}
	if err := ok.Move(civil.On(2199, 12, 31), now); err != nil {
		t.Errorf("the last day of 2199: %v", err)
	}
}

// A mistake in the days of a visit is told of the one that has it: a file may have no column for
// the other.
func TestDaysOfAnotherAge(t *testing.T) {
	const ago, off = "is too long ago. Please pick a day after 1989.", "is too far off. Please pick a day before 2200."
	for _, c := range []struct {
		name        string
		first, last civil.Date
		field, says string // empty where there is no mistake
	}{
		{"a year of two figures", civil.On(27, 3, 15), civil.On(27, 3, 16), "first", "15 March 0027 " + ago},
		{"a slip in the first figure", civil.On(1027, 3, 15), civil.On(2027, 3, 16), "first", "15 March 1027 " + ago},
		{"the day before the first", civil.On(1989, 12, 31), civil.On(1990, 1, 1), "first", ago},
		{"the first day", civil.On(1990, 1, 1), civil.On(1990, 1, 1), "", ""},
		{"both too far off", civil.On(9999, 12, 31), civil.On(9999, 12, 31), "first", "31 December 9999 " + off},
		{"the last one is", civil.On(2199, 12, 31), civil.On(2200, 1, 1), "last", "1 January 2200 " + off},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Visit{Work: Work{Place: Place{Channel: "C1", Zone: DefaultZone}}, Purpose: "first_visit", First: c.first, Last: c.last}
			err := v.Check()
			var wrong InputErrors
			if c.field == "" {
				if err != nil {
					t.Error(err)
				}
			} else if !errors.As(err, &wrong) || len(wrong) != 1 || wrong[0].Field != c.field || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v", err)
			}
		})
	}
}
