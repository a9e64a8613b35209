package visit

import (
	"testing"
	"time"

	"visitprep/internal/civil"
)

func TestAfterAVisitAReminderMovesToALaterWorkingDay(t *testing.T) {
	timing := DefaultTiming()
	timing.Holiday = func(d civil.Date) bool { return d == civil.On(2027, 3, 15) }
	v := Visit{First: civil.On(2027, 3, 12), Last: civil.On(2027, 3, 12)} // a Friday
	v.Channel, v.Zone, v.ChannelZone = "C1", "Asia/Shanghai", "Europe/Berlin"
	os := v.Reminders(&timing, at(t, "2027-03-12 12:00", "Europe/Berlin"), false)
	if len(os) == 0 || os[0].Milestone != 1 || os[0].Day != civil.On(2027, 3, 16) {
		t.Errorf("the day after is Saturday, and the reminders are %+v; the first is for Tuesday", os)
	}
}

// A reminder lists what the one before it would have, so that one is of no use any
// more. The last of a row, and one with nothing soon after it, has a fortnight.
func TestAReminderEndsWhenTheNextBegins(t *testing.T) {
	timing := DefaultTiming()
	v := Visit{First: civil.On(2027, 3, 17), Last: civil.On(2027, 3, 18)} // a Wednesday
	v.Channel, v.Zone, v.ChannelZone = "C1", "Asia/Shanghai", "Asia/Shanghai"
	const layout = "2006-01-02 15:04"
	got := map[string]string{}
	z, _ := Zone("Asia/Shanghai")
	for _, o := range v.Reminders(&timing, at(t, "2027-01-01 09:00", "Asia/Shanghai"), false) {
		got[o.Due.In(z).Format(layout)] = o.Expires.In(z).Format(layout)
	}
	for due, expires := range map[string]string{
		"2027-01-20 09:00": "2027-02-03 09:00", // eight weeks before: four weeks before is too far off
		"2027-03-03 09:00": "2027-03-10 09:00", // two weeks before ends when one week before begins
		"2027-03-10 09:00": "2027-03-16 09:00",
		"2027-03-16 09:00": "2027-03-17 07:00", // the eve ends on the first morning
		"2027-03-17 07:00": "2027-03-18 00:00", // a visit day ends with its day
		"2027-03-18 07:00": "2027-03-19 00:00",
		"2027-03-19 09:00": "2027-03-25 09:00",
		"2027-06-16 09:00": "2027-06-30 09:00", // the last
	} {
		if got[due] != expires {
			t.Errorf("the reminder of %s ends on %q, want %s", due, got[due], expires)
		}
	}
}

func TestTheSameMessageIsOneNote(t *testing.T) {
	var v Visit
	for _, n := range []Note{{Text: "a", Link: "x"}, {Text: "a, again", Link: "x"}, {Text: "b", Link: "y"}, {Text: "by hand"}, {Text: "by hand"}} {
		if err := v.AddNote(n); err != nil {
			t.Fatal(err)
		}
	}
	if len(v.Notes) != 4 || v.Notes[0].Text != "a" {
		t.Errorf("kept %+v", v.Notes)
	}
}

func TestAnotherPurposeKeepsWhatPeopleHaveTouched(t *testing.T) {
	now := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	c := Checklist{
		{ID: 1, Text: "untouched"},
		{ID: 2, Text: "assigned", Owner: "U1"},
		{ID: 3, Text: "ticked", Done: Mark{"U1", now}},
		{ID: 4, Text: "added", Custom: true},
		{ID: 5, Text: "in both"},
		{ID: 6, Text: "taken out", Custom: true, Removed: true},
	}
	c.ApplyTemplate([]Item{{Text: "in both"}, {Text: "new"}, {Text: "taken out"}})
	on := map[string]int{}
	for _, i := range c {
		if !i.Removed {
			on[i.Text] = i.ID
		}
	}
	for text, id := range map[string]int{"untouched": 0, "assigned": 2, "ticked": 3, "added": 4, "in both": 5, "taken out": 0, "new": 7} {
		if on[text] != id {
			t.Errorf("%q is item %d, want %d", text, on[text], id)
		}
	}
}
