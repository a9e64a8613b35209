package visit

import (
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
