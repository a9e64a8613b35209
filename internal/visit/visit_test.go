package visit

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
)

func at(t *testing.T, s, zone string) time.Time {
	t.Helper()
	z, err := Zone(zone)
	if err != nil {
		t.Fatal(err)
	}
	v, err := time.ParseInLocation("2006-01-02 15:04", s, z)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhenAVisitIsRemindedOf(t *testing.T) {
	timing := DefaultTiming()
	monday, friday := civil.On(2027, 3, 8), civil.On(2027, 3, 12)
	timing.Holiday = func(d civil.Date) bool { return d == monday || d == friday }
	v := Visit{
		Work:  Work{Workspace: "T1", Number: 3, Schedule: 2, Place: Place{Channel: "C1", Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"}},
		First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 16),
	}
	got := map[string]string{}
	for _, o := range v.Reminders(&timing, at(t, "2027-01-01 09:00", "Europe/Berlin"), true) {
		z, _ := Zone(o.Zone)
		got[o.Key] = o.Due.In(z).Format("Mon 2006-01-02 15:04 ") + o.Zone
	}
	for key, want := range map[string]string{
		"T1/visit/3/r2/m-56/C1":        "Mon 2027-01-18 09:00 Europe/Berlin",
		"T1/visit/3/r2/m-7/C1":         "Fri 2027-03-05 09:00 Europe/Berlin", // the Monday is a holiday
		"T1/visit/3/r2/m-1/C1":         "Thu 2027-03-11 15:00 Europe/Berlin", // Sunday, and Friday is a holiday
		"T1/visit/3/r2/d2027-03-15/C1": "Mon 2027-03-15 07:00 Asia/Shanghai",
		"T1/visit/3/r2/d2027-03-16/C1": "Tue 2027-03-16 07:00 Asia/Shanghai",
		"T1/visit/3/r2/m30/C1":         "Thu 2027-04-15 09:00 Europe/Berlin",
		"T1/visit/3/r2/m90/C1":         "Mon 2027-06-14 09:00 Europe/Berlin",
	} {
		if got[key] != want {
			t.Errorf("%s is at %q, want %q", key, got[key], want)
		}
	}
	if len(got) != 11 {
		t.Errorf("%d reminders, want 5 before, 2 days, 4 after: %v", len(got), got)
	}
	// Planned late, what is past comes as one list, at once, and only if something is open.
	late := at(t, "2027-03-03 15:00", "Europe/Berlin")
	v.Items = Checklist{{ID: 1, Milestone: -28, Text: "a"}}
	os := v.Reminders(&timing, late, true)
	if os[0].Kind != CatchUp || !os[0].Due.Equal(late) || os[0].Milestone != -14 {
		t.Errorf("planned late the first is %+v", os[0])
	}
	v.Items[0].Done = Mark{"U1", late}
	if os := v.Reminders(&timing, late, true); os[0].Kind != Remind {
		t.Errorf("with nothing open the first is %+v", os[0])
	}
	v.Cancel("U1", late)
	if os := v.Reminders(&timing, late, true); len(os) != 0 {
		t.Errorf("cancelled, and %d are to come", len(os))
	}
}

func TestQuietHours(t *testing.T) {
	q, err := ParseQuiet("20:00-08:00")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, now, want string }{
		{"in the day", "2027-03-10 12:00", "2027-03-10 12:00"},
		{"at their end", "2027-03-10 08:00", "2027-03-10 08:00"},
		{"in the evening", "2027-03-10 21:30", "2027-03-11 08:00"},
		{"in the morning", "2027-03-10 05:00", "2027-03-10 08:00"},
		{"in the night in which the clock goes ahead", "2027-03-28 01:30", "2027-03-28 08:00"},
	} {
		z, _ := Zone("Europe/Berlin")
		if got := q.Over(at(t, c.now, "Europe/Berlin"), z).In(z).Format("2006-01-02 15:04"); got != c.want {
			t.Errorf("%s: quiet until %s, want %s", c.name, got, c.want)
		}
	}
	for _, bad := range []string{"8-20", "20:00", "25:00-08:00", "20:00-08:00-09:00"} {
		if _, err := ParseQuiet(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestChecklist(t *testing.T) {
	now := at(t, "2027-03-01 09:00", "UTC")
	c := Checklist{{ID: 1, Milestone: -7, Text: "a"}, {ID: 2, Milestone: -7, Text: "b"}}
	says := func(err error, words string) {
		t.Helper()
		var input *InputError
		if !errors.As(err, &input) || !strings.Contains(input.Error(), words) {
			t.Errorf("got %v, want words about %q", err, words)
		}
	}
	if did, err := c.Tick(1, "U1", now); !did || err != nil {
		t.Fatal(did, err)
	}
	if did, _ := c.Tick(1, "U2", now); did || c[0].Done.By != "U1" {
		t.Error("the second tick took the first one's place")
	}
	if _, err := c.Tick(9, "U1", now); !errors.Is(err, ErrNotFound) {
		t.Errorf("an item that is not there: %v", err)
	}
	_, err := c.Skip(2, "  ", "U1", now)
	says(err, "why this does not apply")
	if did, err := c.Skip(2, "ours", "U1", now); !did || err != nil {
		t.Fatal(did, err)
	}
	if did, _ := c.Reopen(2); !did || c[1].Skipped != "" || !c[1].Open() {
		t.Errorf("opened again it is %+v", c[1])
	}
	id, err := c.Add(Item{Milestone: -14, Text: " bring   a gauge "}, false)
	if err != nil || c[0].ID != id || c[0].Text != "bring a gauge" || !c[0].Custom {
		t.Errorf("added %d, %v: %+v", id, err, c)
	}
	if again, err := c.Add(Item{Milestone: -14, Text: "Bring a gauge"}, false); again != id || err != nil {
		t.Errorf("the same words are another item: %d, %v", again, err)
	}
	says(c.Remove(1), "not applicable")
	if err := c.Remove(id); err != nil {
		t.Error(err)
	}
	if n := c.Progress(); n != (Progress{Done: 1, All: 2}) {
		t.Errorf("the progress is %+v", n)
	}
	// A change of purpose and back: ticks stay, nothing is doubled.
	if _, err := c.Reopen(1); err != nil {
		t.Error(err)
	}
	if _, err := c.Tick(1, "U1", now); err != nil {
		t.Error(err)
	}
	first := []Item{{Milestone: -7, Text: "a"}, {Milestone: -7, Text: "b"}}
	c.ApplyTemplate([]Item{{Milestone: -7, Text: "other"}})
	c.ApplyTemplate(first)
	var open, done []string
	for _, i := range c {
		switch {
		case i.Open():
			open = append(open, i.Text)
		case !i.Removed:
			done = append(done, i.Text)
		}
	}
	if !slices.Equal(open, []string{"b"}) || !slices.Equal(done, []string{"a"}) {
		t.Errorf("after there and back open %q, done %q", open, done)
	}
}

func TestInspection(t *testing.T) {
	now := at(t, "2027-03-01 09:00", "Asia/Shanghai")
	i := Inspection{
		Work: Work{Number: 4, Place: Place{Channel: "C1", Zone: "Asia/Shanghai", ChannelZone: "Asia/Shanghai"}, Owner: "U1"},
		Type: "pre_shipment", Due: civil.On(2027, 3, 5), LeadDays: []int{3},
	}
	if err := i.Move(civil.On(2027, 2, 1), now); err == nil {
		t.Error("moved to a day that is over")
	}
	if _, err := i.Report(Skipped, "", "U1", now); err == nil {
		t.Error("skipped without a reason")
	}
	if i.Overdue(at(t, "2027-03-05 23:00", "Asia/Shanghai")) || !i.Overdue(at(t, "2027-03-06 01:00", "Asia/Shanghai")) {
		t.Error("overdue on the wrong day")
	}
	timing := DefaultTiming()
	var kinds []Kind
	for _, o := range i.Reminders(&timing, now, false) {
		kinds = append(kinds, o.Kind)
	}
	if want := []Kind{Remind, Remind, Overdue}; !slices.Equal(kinds, want) {
		t.Errorf("it brings %q, want %q", kinds, want)
	}
	if did, err := i.Report(Passed, "", "U1", now); !did || err != nil {
		t.Fatal(did, err)
	}
	if did, _ := i.Report(Failed, "", "U2", now); did || i.Result != Passed {
		t.Error("the second result took the first one's place")
	}
	if len(i.Reminders(&timing, now, false)) != 0 || i.Move(civil.On(2027, 4, 1), now) == nil {
		t.Error("with a result it is still reminded of, or moved")
	}
	for in, want := range map[string][]int{"14, 3": {14, 3}, "3;14": {14, 3}, "": nil} {
		if got, err := ParseLeads(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("ParseLeads(%q) = %v, %v", in, got, err)
		}
	}
	for _, bad := range []string{"soon", "-3", "0", "500"} {
		if _, err := ParseLeads(bad); err == nil {
			t.Errorf("ParseLeads takes %q", bad)
		}
	}
}

func TestAnInspectionFollowsItsPlan(t *testing.T) {
	now := at(t, "2027-03-01 09:00", "Asia/Shanghai")
	place := Place{Channel: "C1", Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"}
	plan := Plan{Number: 2, Place: place, LeadDays: []int{7}, Inspectors: []string{"U7"}}
	for _, c := range []struct {
		name   string
		change func(i *Inspection)
		asked  bool
		result Result
		did    bool
	}{
		{"one that is not asked for is withdrawn", func(*Inspection) {}, false, Withdrawn, true},
		{"one that is asked for takes over what the plan says", func(*Inspection) {}, true, "", true},
		{"and is left alone when it says that already", func(i *Inspection) { i.LeadDays, i.Inspector = []int{7}, "U7" }, true, "", false},
		{"a withdrawn one comes back", func(i *Inspection) { i.Result = Withdrawn }, true, "", true},
		{"or stays withdrawn", func(i *Inspection) { i.Result = Withdrawn }, false, Withdrawn, false},
		{"one that was moved stays", func(i *Inspection) { i.Due = i.Due.AddDays(1) }, false, "", false},
		{"one that was begun stays", func(i *Inspection) { i.Items = Checklist{{ID: 1, Text: "a", Done: Mark{"U1", now}}} }, false, "", false},
		{"today's stays", func(i *Inspection) { i.Due = civil.On(2027, 3, 1); i.Planned = i.Due }, false, "", false},
		{"one that was skipped stays so", func(i *Inspection) { i.Result = Skipped }, true, Skipped, false},
	} {
		i := Inspection{Work: Work{Number: 4, Place: place}, Plan: 2, Type: "pre_shipment", Due: civil.On(2027, 4, 5), Planned: civil.On(2027, 4, 5), LeadDays: []int{3}}
		c.change(&i)
		if did := i.SyncWithPlan(&plan, c.asked, "U9", now); did != c.did || i.Result != c.result {
			t.Errorf("%s: it did %v and is %q", c.name, did, i.Result)
		}
		if c.did && c.asked && (!slices.Equal(i.LeadDays, plan.LeadDays) || i.Inspector != "U7") {
			t.Errorf("%s: leads %v, inspector %s", c.name, i.LeadDays, i.Inspector)
		}
		if c.result == Withdrawn && c.did && i.Reported.By != "U9" {
			t.Errorf("%s: by %q", c.name, i.Reported.By)
		}
	}
	i := Inspection{Result: Withdrawn}
	if i.Reopen() {
		t.Error("a person takes back what a plan withdrew")
	}
}
