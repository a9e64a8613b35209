package visit

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/role"
)

func TestWhatDoesNotApplyIsNotDone(t *testing.T) {
	at := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	c := Checklist{{ID: 1}, {ID: 2}, {ID: 3}, {ID: 4}, {ID: 5, Removed: true}}
	words := func() string { return c.Progress().Words(lang.English()) }
	if got := words(); got != "0 of 4 done" {
		t.Errorf("at first: %q", got)
	}
	c.Tick(1, "U1", at)
	c.Skip(2, "We own the mould", "U1", at)
	if got := words(); got != "1 of 3 done, 1 does not apply" {
		t.Errorf("with one that does not apply: %q", got)
	}
	c.Skip(3, "No audit", "U1", at)
	if got := words(); got != "1 of 2 done, 2 do not apply" {
		t.Errorf("with two that do not apply: %q", got)
	}
	c.Reopen(2)
	c.Reopen(3)
	if got := words(); got != "1 of 4 done" {
		t.Errorf("opened again: %q", got)
	}
}

func sharingVisit(items ...Item) *Visit {
	v := &Visit{Purpose: "audit", First: civil.On(2027, 6, 15), Last: civil.On(2027, 6, 16)}
	v.Workspace, v.Number, v.Channel, v.Schedule = "T1", 1, "C1", 1
	v.Zone, v.ChannelZone, v.Items = "Asia/Shanghai", "Europe/Berlin", items
	return v
}

func TestAnItemGoesByItsOwnDay(t *testing.T) {
	v := sharingVisit(Item{ID: 1, Milestone: -14}, Item{ID: 2, Milestone: -14}, Item{ID: 3, Milestone: 7})
	today := civil.On(2027, 4, 1)
	for _, c := range []struct {
		name  string
		due   civil.Date
		falls Milestone
	}{
		{"before the visit", civil.On(2027, 6, 5), -10},
		{"the day before", civil.On(2027, 6, 14), -1},
		{"on its first day", civil.On(2027, 6, 15), 0},
		{"on its last day", civil.On(2027, 6, 16), 0},
		{"after it", civil.On(2027, 6, 20), 4},
	} {
		if did, err := v.Items.SetDue(1, c.due, today); !did || err != nil {
			t.Fatalf("%s: %v, %v", c.name, did, err)
		}
		if got := v.Items[0].DueDay(v.Days()); got != c.due {
			t.Errorf("%s it is due on %s", c.name, got)
		}
		if got := v.Items[0].Falls(v.Days()); got != c.falls {
			t.Errorf("%s it falls on %d, want %d", c.name, got, c.falls)
		}
	}
	if got := v.Items[1].DueDay(v.Days()); got != civil.On(2027, 6, 1) {
		t.Errorf("the other one is due on %s", got)
	}
	if did, err := v.Items.SetDue(1, civil.Date{}, today); !did || err != nil || v.Items[0].DueDay(v.Days()) != civil.On(2027, 6, 1) {
		t.Errorf("without a day of its own it is due on %s (%v, %v)", v.Items[0].DueDay(v.Days()), did, err)
	}
	for says, due := range map[string]civil.Date{"already passed": today.AddDays(-1), "too far off": civil.On(2200, 1, 1)} {
		var wrong *InputError
		if _, err := v.Items.SetDue(2, due, today); !errors.As(err, &wrong) || wrong.Field != "due" || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", due, err)
		}
	}
}

func TestAnOwnDayIsRemindedOf(t *testing.T) {
	timing := DefaultTiming()
	now := time.Date(2027, 4, 1, 9, 0, 0, 0, time.UTC)
	days := func(v *Visit) (ds []string) {
		for _, o := range v.Reminders(&timing, now, false) {
			ds = append(ds, o.Day.String())
		}
		return ds
	}
	v := sharingVisit(Item{ID: 1, Milestone: -14}, Item{ID: 2, Milestone: -7})
	before, usual := v.Clone(), days(v)
	if _, err := v.Items.SetDue(1, civil.On(2027, 5, 26), civil.On(2027, 4, 1)); err != nil {
		t.Fatal(err)
	}
	if got := days(v); !slices.Contains(got, "2027-05-26") || len(got) != len(usual)+1 {
		t.Errorf("with an item due on 26 May the reminders are on %s", got)
	}
	if v.SameReminders(&before) {
		t.Error("an own day changes no reminders")
	}
	v.Items.SetDue(2, civil.On(2027, 6, 1), civil.On(2027, 4, 1)) // a milestone falls on it
	if got := days(v); len(got) != len(usual)+1 {
		t.Errorf("with an item due on a milestone the reminders are on %s", got)
	}
	v.Items.Tick(1, "U1", now)
	if got := days(v); !slices.Equal(got, usual) {
		t.Errorf("once it is done the reminders are on %s", got)
	}
	i := &Inspection{Due: civil.On(2027, 6, 15), LeadDays: []int{14}}
	i.Workspace, i.Channel, i.Zone, i.ChannelZone = "T1", "C1", "Asia/Shanghai", "Europe/Berlin"
	i.Items = Checklist{{ID: 1, Milestone: -14, Due: civil.On(2027, 6, 10)}}
	if !slices.ContainsFunc(i.Reminders(&timing, now, false), func(o Occurrence) bool { return o.Day == civil.On(2027, 6, 10) && o.Milestone == -5 }) {
		t.Errorf("the reminders of an inspection are %+v", i.Reminders(&timing, now, false))
	}
}

func TestFiltersOfAChecklist(t *testing.T) {
	done := Mark{"U1", time.Unix(1, 0)}
	c := Checklist{
		{ID: 1, Milestone: -14, Owner: "U1"},
		{ID: 2, Milestone: -14, Owner: "U1", Done: done},
		{ID: 3, Milestone: -14, Owner: "U2"},
		{ID: 4, Milestone: -14, Due: civil.On(2027, 6, 14)},
		{ID: 5, Milestone: -7},
		{ID: 6, Milestone: -7, Done: done, Skipped: "no"},
		{ID: 7, Milestone: -7, Removed: true, Owner: "U1"},
	}
	w := View{Reader: "U1", First: civil.On(2027, 6, 15), Last: civil.On(2027, 6, 15), Today: civil.On(2027, 6, 2)}
	for s, want := range map[Show][]int{
		ShowAll: {1, 2, 3, 4, 5, 6}, ShowMine: {1, 2}, ShowOpen: {1, 3, 4, 5}, ShowLate: {1, 3}, ShowUnowned: {4, 5},
	} {
		var got []int
		for n := range c {
			if w.Shown(&c[n], s) {
				got = append(got, c[n].ID)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q shows %d, want %d", s, got, want)
		}
	}
	if n := c.AssignAll(-14, "U3"); n != 1 || c[3].Owner != "U3" || c[0].Owner != "U1" || c[4].Owner != "" {
		t.Errorf("%d were given: %+v", n, c)
	}
}

func TestTheOrderOfItems(t *testing.T) {
	c := Checklist{{ID: 1, Milestone: -7, Text: "a"}, {ID: 2, Milestone: -7, Text: "b"}, {ID: 3, Milestone: -7, Text: "c"}, {ID: 4, Milestone: -1, Text: "d"}}
	order := func() (s string) {
		for _, i := range c {
			if !i.Removed {
				s += i.Text
			}
		}
		return s
	}
	move := func(id, place int, want string) {
		t.Helper()
		if _, err := c.Move(id, place); err != nil || order() != want {
			t.Errorf("item %d to place %d gives %s, %v; want %s", id, place, order(), err, want)
		}
	}
	move(3, 1, "cabd")
	move(3, 2, "acbd")
	move(1, 99, "cbad")
	move(1, -5, "acbd")
	if did, _ := c.Move(1, 1); did {
		t.Error("a move to its own place changes something")
	}
	if _, err := c.Add(Item{Milestone: -7, Text: "e"}, false); err != nil || order() != "acbed" {
		t.Errorf("a new item stands %s, %v", order(), err)
	}
	c.ApplyTemplate([]Item{{Milestone: -7, Text: "a"}, {Milestone: -7, Text: "f"}, {Milestone: -7, Text: "c"}})
	if order() != "acef" {
		t.Errorf("with another template they stand %s", order())
	}
	if place, of := c.Place(3); place != 2 || of != 4 {
		t.Errorf("c is %d of %d", place, of)
	}
}

func TestAnItemInOtherWords(t *testing.T) {
	c := Checklist{{ID: 1, Milestone: -7, Text: "Check the moulds", Entries: []string{"quality-mould"}}, {ID: 2, Milestone: -7, Text: "Own", Custom: true}, {ID: 3, Milestone: -7, Text: "Call"}}
	if did, err := c.Reword(1, "  Check mould  7 ", false); !did || err != nil {
		t.Fatal(did, err)
	}
	if i := c[0]; i.Text != "Check mould 7" || i.Original != "Check the moulds" || !i.Sensitive || i.Entries[0] != "quality-mould" {
		t.Errorf("it is %+v", i)
	}
	c.Reword(1, "Check moulds 7 and 8", true)
	if i := c[0]; i.Original != "Check the moulds" || i.Sensitive {
		t.Errorf("worded again for all it is %+v", i)
	}
	c.ApplyTemplate([]Item{{Milestone: -7, Text: "Check the moulds"}, {Milestone: -7, Text: "Call"}})
	if n := c.Progress().All; n != 3 {
		t.Errorf("its line came again with a template: %+v", c)
	}
	c.ApplyTemplate([]Item{{Milestone: -7, Text: "Other"}})
	if c[0].Removed || !c[2].Removed {
		t.Errorf("of a template without them the reworded one stays and the other goes: %+v", c)
	}
	if did, err := c.Reword(1, "Check the moulds", false); !did || err != nil || c[0].Original != "" {
		t.Errorf("worded as it was: %v, %v, %+v", did, err, c[0])
	}
	if did, err := c.Reword(2, "Ours", false); !did || err != nil || c[1].Original != "" {
		t.Errorf("the team's own: %v, %v, %+v", did, err, c[1])
	}
	for text, says := range map[string]string{" ": "what needs to be done", strings.Repeat("x", 151): "151 characters", "check THE moulds": "already says that"} {
		if _, err := c.Reword(2, text, false); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRolesFillOwners(t *testing.T) {
	lines := func() Checklist {
		return Checklist{
			{ID: 1, Milestone: -7, Text: "Call the driver", Role: role.Interpreter},
			{ID: 2, Milestone: -7, Text: "Pack gauges", Role: role.Quality},
			{ID: 3, Milestone: -7, Text: "Book flights"},
			{ID: 4, Milestone: -7, Text: "Lead", Role: role.Lead, Owner: "U9"},
			{ID: 5, Milestone: -7, Text: "Prices", Role: role.Purchasing},
		}
	}
	owners := func(v *Visit) (s string) {
		for _, i := range v.Items {
			s += i.Owner + " "
		}
		return s
	}
	v := sharingVisit(lines()...)
	v.People = []Person{{User: "U1", Role: "Leads, quality"}, {User: "U2", Role: "Quality engineer"}, {Name: "Ms Zhang", Role: "interpreter"}, {User: "U3"}}
	v.ShareOut(nil)
	if got := owners(v); got != " U2  U9  " {
		t.Errorf("when planned they are of %q", got)
	}
	before := v.Clone()
	v.People[3].Role = "Interpreter (Mandarin)"
	v.ShareOut(&before)
	if got := owners(v); got != "U3 U2  U9  " {
		t.Errorf("when somebody gets a role they are of %q", got)
	}
	before = v.Clone()
	v.Items.Assign(1, "")
	v.ShareOut(&before)
	if got := owners(v); got != " U2  U9  " {
		t.Errorf("what was taken away came back: %q", got)
	}
	before = v.Clone()
	v.Items = append(v.Items, Item{ID: 6, Role: role.Interpreter, Text: "Brief"})
	v.ShareOut(&before)
	if got := owners(v); got != " U2  U9  U3 " {
		t.Errorf("with a new line they are of %q", got)
	}

	v = sharingVisit(lines()...)
	v.People = []Person{{User: "U2", Role: "quality"}}
	v.ShareOut(nil)
	v.Items.Assign(3, "U2")
	v.ApplyTemplate([]Item{{Milestone: -7, Text: "Lead"}})
	var left []string
	for _, i := range v.Items {
		if !i.Removed {
			left = append(left, i.Text)
		}
	}
	if !slices.Equal(left, []string{"Book flights", "Lead"}) {
		t.Errorf("after a change of purpose there are %q", left)
	}

	i := &Inspection{Inspector: "U5"}
	i.Items = lines()
	i.ShareOut(nil)
	if i.Items[1].Owner != "U5" || i.Items[0].Owner != "" || i.Items[3].Owner != "U9" {
		t.Errorf("the lines of an inspection are %+v", i.Items)
	}
}
