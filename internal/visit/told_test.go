package visit

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
)

// toldVisit is a visit of U1 on which U2 travels, with an item of U3 and one of nobody.
func toldVisit() *Visit {
	return &Visit{
		Work: Work{
			Workspace: "T1", Number: 3, Rev: 7, Schedule: 2, Owner: "U1", Place: Place{Channel: "C1", Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"},
			Items: Checklist{{ID: 1, Text: "a", Owner: "U3"}, {ID: 2, Text: "b"}, {ID: 3, Text: "c", Owner: "U4", Done: Mark{By: "U4"}}},
		},
		First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 16), People: []Person{{User: "U2"}, {Name: "Ms Zhang"}},
	}
}

func TestAChangeIsToldToThoseWhomItTouches(t *testing.T) {
	now := time.Date(2027, 1, 11, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		by     string
		change func(*Visit)
		facts  string
		to     string
	}{
		{"nothing changes", "U1", func(*Visit) {}, "", ""},
		{"what nobody is told of", "U1", func(v *Visit) { v.Agenda = "09:00"; v.Items[1].Done = Mark{By: "U1"} }, "", ""},
		{"days are told to all but who moved them", "U1", func(v *Visit) { v.Last = v.Last.AddDays(1) }, "days", "C1 U2 U3"},
		{"and to who planned it", "U2", func(v *Visit) { v.First = v.First.AddDays(-1) }, "days", "C1 U1 U3"},
		{"who has nothing left to do is not written to", "U1", func(v *Visit) { v.Items[0].Done = Mark{By: "U3"}; v.Last = v.Last.AddDays(1) }, "days", "C1 U2"},
		{"cancelled", "U5", func(v *Visit) { v.Cancel("U5", now) }, "off", "C1 U1 U2 U3"},
		{"of what is cancelled nothing else is told", "U1", func(v *Visit) { v.Cancel("U1", now); v.Items[1].Owner = "U2"; v.First = v.First.AddDays(-1) }, "off", "C1 U2 U3"},
		{"an item is given", "U1", func(v *Visit) { v.Items[1].Owner = "U2" }, "item/2", "C1"},
		{"an item goes to somebody else", "U1", func(v *Visit) { v.Items[0].Owner = "U2" }, "item/1", "C1"},
		{"an item is given to nobody", "U1", func(v *Visit) { v.Items[0].Owner = "" }, "", ""},
		{"an item is taken by oneself", "U2", func(v *Visit) { v.Items[1].Owner = "U2" }, "item/2", ""},
		{"somebody is added", "U1", func(v *Visit) { v.People = append(v.People, Person{User: "U4"}) }, "person/U4", "C1"},
		{"somebody adds themselves", "U4", func(v *Visit) { v.People = append(v.People, Person{User: "U4"}) }, "person/U4", ""},
		{"somebody is taken off", "U1", func(v *Visit) { v.People = nil }, "person/U2", "C1 U2"},
		{"another role is no news", "U1", func(v *Visit) { v.People[0].Role = "leads" }, "", ""},
	} {
		before, after := toldVisit(), toldVisit()
		c.change(after)
		var facts []string
		for _, f := range FactsOf(before).Changed(FactsOf(after)) {
			facts = append(facts, string(f))
		}
		timing := DefaultTiming()
		_, added, err := Tell(before, after, c.by, nil, &timing, now)
		if err != nil {
			t.Fatal(err)
		}
		var to []string
		for _, o := range added {
			to = append(to, o.To)
			if o.Due.Before(now.Add(toldAfter)) || o.Kind != Changed || o.State != Pending {
				t.Errorf("%s: %+v", c.name, o)
			}
		}
		slices.Sort(to)
		if got := strings.Join(facts, " "); got != c.facts {
			t.Errorf("%s: changed is %q, want %q", c.name, got, c.facts)
		}
		if got := strings.Join(to, " "); got != c.to {
			t.Errorf("%s: told are %q, want %q", c.name, got, c.to)
		}
	}
}

func TestWhatIsToldInTheChannelWaitsForTheMorningUnlessTheVisitIsNear(t *testing.T) {
	timing := DefaultTiming()
	for _, c := range []struct{ name, now, due string }{
		{"by day", "2027-01-11T09:00:00Z", "2027-01-11T09:01:00Z"},
		{"in the night where the channel is", "2027-01-11T20:30:00Z", "2027-01-12T07:00:00Z"},
		{"two days before", "2027-03-13T22:30:00Z", "2027-03-13T22:31:00Z"},
	} {
		before, after := toldVisit(), toldVisit()
		after.Last = after.Last.AddDays(1)
		now, _ := time.Parse(time.RFC3339, c.now)
		_, added, err := Tell(before, after, "U1", nil, &timing, now)
		if err != nil {
			t.Fatal(err)
		}
		given := toldVisit()
		given.Items[1].Owner = "U2"
		_, waiting, err := Tell(before, given, "U1", nil, &timing, now)
		if err != nil || waiting[0].AnyHour {
			t.Errorf("%s: an item is given at any hour, %v", c.name, err)
		}
		joined, _, err := Tell(before, after, "U1", waiting, &timing, now)
		if err != nil || len(joined) != 1 || joined[0].AnyHour != (c.name == "two days before") {
			t.Errorf("%s: what waits is told at any hour: %+v, %v", c.name, joined, err)
		}
		if got := added[0].Due.UTC().Format(time.RFC3339); added[0].To != "C1" || got != c.due {
			t.Errorf("%s: told to %s at %s, want %s", c.name, added[0].To, got, c.due)
		}
	}
}

// A result has its after-items reminded of, from the day that it was reported on; while
// there is none, and where it did not take place, nothing follows.
func TestWhatFollowsFromAResultIsRemindedOf(t *testing.T) {
	timing := DefaultTiming()
	of := func() Inspection {
		return Inspection{
			Work: Work{Workspace: "T1", Number: 1, Schedule: 1, Owner: "U1", Place: Place{Channel: "C1", Zone: "Asia/Shanghai", ChannelZone: "Asia/Shanghai"},
				Items: Checklist{{ID: 1, Milestone: -3, Text: "a"}, {ID: 2, Milestone: 1, Text: "b"}, {ID: 3, Milestone: 7, Text: "c"}, {ID: 4, Milestone: 7, Text: "d", Done: Mark{By: "U1"}}}},
			Due: civil.On(2027, 3, 1), Planned: civil.On(2027, 3, 1), LeadDays: []int{3},
		}
	}
	on := func(day int) time.Time { return time.Date(2027, 3, day, 3, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name   string
		change func(*Inspection)
		day    int
		want   string
	}{
		{"failed on its day", func(i *Inspection) { i.Result, i.Reported = Failed, Mark{"U1", on(1)} }, 1, "1 of 2027-03-02, 7 of 2027-03-08"},
		{"passed on its day", func(i *Inspection) { i.Result, i.Reported = Passed, Mark{"U1", on(1)} }, 1, "1 of 2027-03-02, 7 of 2027-03-08"},
		{"reported later: what was to follow by then comes in the morning", func(i *Inspection) { i.Result, i.Reported = Failed, Mark{"U1", on(10)} }, 10, "7 of 2027-03-11"},
		{"skipped", func(i *Inspection) { i.Result, i.Reported = Skipped, Mark{"U1", on(1)} }, 1, ""},
		{"its after-items are done", func(i *Inspection) {
			i.Result, i.Reported = Failed, Mark{"U1", on(1)}
			i.Items[1].Done, i.Items[2].Done = Mark{By: "U1"}, Mark{By: "U1"}
		}, 1, ""},
	} {
		before, after := of(), of()
		c.change(&after)
		_, added := after.Replan(&timing, on(c.day), &before, nil)
		var got []string
		for _, o := range added {
			got = append(got, strconv.Itoa(int(o.Milestone))+" of "+o.Day.String())
			if _, says := o.Present(&after, &timing, o.Due); !says {
				t.Errorf("%s: %d days after has nothing to say", c.name, int(o.Milestone))
			}
			if _, says := o.Present(&before, &timing, o.Due); says {
				t.Errorf("%s: %d days after is said although its result was taken back", c.name, int(o.Milestone))
			}
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %q waits, want %q", c.name, s, c.want)
		}
	}
}
