package visit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
		"2027-03-10 09:00": "2027-03-16 15:00",
		"2027-03-16 15:00": "2027-03-17 07:00", // the eve ends on the first morning
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
	var kept []string
	for _, n := range v.Notes {
		kept = append(kept, n.Text)
	}
	if want := []string{"a", "b", "by hand", "by hand"}; !slices.Equal(kept, want) {
		t.Errorf("kept %q, want %q", kept, want)
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

func TestWhatIsPastComesAsOneList(t *testing.T) {
	timing := DefaultTiming()
	v := Visit{First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 15)}
	v.Channel, v.Zone, v.ChannelZone, v.Items = "C1", "Asia/Shanghai", "Asia/Shanghai", Checklist{{ID: 1, Milestone: -14, Text: "a"}, {ID: 2, Milestone: 1, Text: "b"}}
	for _, c := range []struct {
		name, now string
		catchUp   bool
		kind      Kind // of the first that comes
		past      Milestone
	}{
		{"with the item of the milestone that has just passed", "2027-03-02 12:00", true, CatchUp, -14},
		{"but not when nobody asks for it", "2027-03-02 12:00", false, Remind, -7},
		{"nor before anything has passed", "2027-01-04 12:00", true, Remind, -56},
		{"on the day itself, up to the day", "2027-03-15 12:00", true, CatchUp, 0},
		{"and not when the visit is over", "2027-03-17 12:00", true, Remind, 7},
	} {
		os := v.Reminders(&timing, at(t, c.now, "Asia/Shanghai"), c.catchUp)
		if os[0].Kind != c.kind || os[0].Milestone != c.past {
			t.Errorf("%s: the first is %s of %d, want %s of %d", c.name, os[0].Kind, os[0].Milestone, c.kind, c.past)
		}
	}
}

func TestWhoWorksWhen(t *testing.T) {
	holiday := func(d civil.Date) bool { return d == civil.On(2027, 3, 15) } // a Monday
	worked := func(d civil.Date) bool { return d == civil.On(2027, 3, 20) }  // a Saturday
	for _, c := range []struct {
		name string
		t    Timing
		on   civil.Date
		zone string
		want bool
	}{
		{"a weekday", Timing{Weekends: true, Holidays: true, Holiday: holiday}, civil.On(2027, 3, 16), "Europe/Berlin", true},
		{"a holiday", Timing{Weekends: true, Holidays: true, Holiday: holiday}, civil.On(2027, 3, 15), "Europe/Berlin", false},
		{"a holiday that the team works on", Timing{Weekends: true, Holiday: holiday}, civil.On(2027, 3, 15), "Europe/Berlin", true},
		{"a weekday where no holidays are known", Timing{Weekends: true, Holidays: true}, civil.On(2027, 3, 15), "Europe/Berlin", true},
		{"a Sunday", Timing{Weekends: true}, civil.On(2027, 3, 14), "Europe/Berlin", false},
		{"a Sunday that the team works on", Timing{}, civil.On(2027, 3, 14), "Europe/Berlin", true},
		{"a Saturday that China works on", Timing{Weekends: true, MakeUp: worked}, civil.On(2027, 3, 20), "Asia/Shanghai", true},
		{"elsewhere it is a Saturday", Timing{Weekends: true, MakeUp: worked}, civil.On(2027, 3, 20), "Europe/Berlin", false},
		{"another Saturday in China", Timing{Weekends: true, MakeUp: worked}, civil.On(2027, 3, 27), "Asia/Shanghai", false},
	} {
		if got := c.t.Working(c.on, c.zone); got != c.want {
			t.Errorf("%s: worked on %v, want %v", c.name, got, c.want)
		}
	}
}

// A calendar in which nobody ever works must not keep a reminder for ever.
func TestTheSearchForAWorkingDayEnds(t *testing.T) {
	d := civil.On(2027, 3, 1)
	for off, want := range map[int]civil.Date{maxOff - 1: d.AddDays(maxOff - 1), maxOff: d} {
		timing := Timing{Holidays: true, Holiday: func(o civil.Date) bool { return o.Before(d.AddDays(off)) }}
		if got := timing.Later(d, "UTC"); got != want {
			t.Errorf("after %d days off it is %s, want %s", off, got, want)
		}
	}
}

func TestQuietHoursToTheMinute(t *testing.T) {
	z, _ := Zone("Europe/Berlin")
	for _, c := range []struct{ quiet, now, want string }{
		{"20:30-07:45", "2027-03-10 20:29", "2027-03-10 20:29"},
		{"20:30-07:45", "2027-03-10 20:30", "2027-03-11 07:45"},
		{"20:30-07:45", "2027-03-10 20:31", "2027-03-11 07:45"},
		{"20:30-07:45", "2027-03-11 07:44", "2027-03-11 07:45"},
		{"20:30-07:45", "2027-03-11 07:45", "2027-03-11 07:45"},
		{"12:15-12:45", "2027-03-10 12:14", "2027-03-10 12:14"},
		{"12:15-12:45", "2027-03-10 12:15", "2027-03-10 12:45"},
		{"12:15-12:45", "2027-03-10 12:45", "2027-03-10 12:45"},
		{"12:15-14:00", "2027-03-10 13:30", "2027-03-10 14:00"},
		{"20:45-20:15", "2027-03-10 20:14", "2027-03-10 20:15"}, // all but half an hour
		{"20:45-20:15", "2027-03-10 20:30", "2027-03-10 20:30"},
		{"20:45-20:15", "2027-03-10 20:45", "2027-03-11 20:15"},
		{"", "2027-03-10 03:00", "2027-03-10 03:00"},
	} {
		q, err := ParseQuiet(c.quiet)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Over(at(t, c.now, "Europe/Berlin"), z).Format("2006-01-02 15:04"); got != c.want {
			t.Errorf("quiet %s, at %s: until %s, want %s", c.quiet, c.now, got, c.want)
		}
	}
}

func TestTheMostThatAChecklistAVisitAndAnInspectionHold(t *testing.T) {
	var c Checklist
	for n := range MaxItems {
		if _, err := c.Add(Item{Text: strings.Repeat("x", n+1)}, false); err != nil {
			t.Fatalf("item %d: %v", n+1, err)
		}
	}
	if _, err := c.Add(Item{Text: "one more"}, false); err == nil {
		t.Errorf("it takes %d items", len(c))
	}
	var v Visit
	for n := range MaxNotes {
		if err := v.AddNote(Note{Text: "x"}); err != nil {
			t.Fatalf("note %d: %v", n+1, err)
		}
	}
	if err := v.AddNote(Note{Text: "one more"}); err == nil {
		t.Errorf("it takes %d notes", len(v.Notes))
	}
	for leads, ok := range map[string]bool{"1, 120": true, "0": false, "121": false, "1 2 3 4 5 6": true, "1 2 3 4 5 6 7": false, "3x": false, "03": false} {
		if _, err := ParseLeads(leads); (err == nil) != ok {
			t.Errorf("ParseLeads(%q): %v, want taken: %v", leads, err, ok)
		}
	}
}

func TestItemsThatAreAlikeAndItemsThatAreNotThere(t *testing.T) {
	c := Checklist{{ID: 1, Milestone: -7, Text: "bring a gauge"}, {ID: 2, Milestone: -7, Text: "count", Custom: true, Removed: true}}
	for _, i := range []struct {
		item Item
		id   int
	}{
		{Item{Milestone: -7, Text: "Bring a gauge"}, 1},
		{Item{Milestone: -14, Text: "bring a gauge"}, 3}, // at another milestone it is another
		{Item{Milestone: -7, Text: "count"}, 4},          // taken out, and wanted again
		{Item{Milestone: -7, Text: "weigh"}, 5},
	} {
		if id, err := c.Add(i.item, false); id != i.id || err != nil {
			t.Errorf("%+v is item %d, %v; want %d", i.item, id, err, i.id)
		}
	}
	now := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	if did, err := c.Skip(99, "why", "U1", now); did || !errors.Is(err, ErrNotFound) {
		t.Errorf("one that is not there was skipped: %v, %v", did, err)
	}
	if did, err := c.Reopen(99); did || !errors.Is(err, ErrNotFound) {
		t.Errorf("and opened again: %v, %v", did, err)
	}
	if did, err := c.Reopen(1); did || err != nil {
		t.Errorf("an open one was opened again: %v, %v", did, err)
	}
	if did, err := c.Tick(1, "U1", now); !did || err != nil {
		t.Fatal(did, err)
	}
	if did, err := c.Skip(1, "why", "U2", now); did || err != nil || c[0].Skipped != "" {
		t.Errorf("a ticked one was skipped: %v, %v", did, err)
	}
}

func TestAResultIsAskedForOnlyWhereThatIsWanted(t *testing.T) {
	asked := func(timing Timing, owner string) (ks []string) {
		i := Inspection{Due: civil.On(2027, 3, 5)}
		i.Owner, i.Inspector, i.Channel, i.Zone, i.ChannelZone = owner, "U2", "C1", "Asia/Shanghai", "Asia/Shanghai"
		for _, o := range i.Reminders(&timing, at(t, "2027-03-01 09:00", "Asia/Shanghai"), false) {
			ks = append(ks, string(o.Kind))
		}
		for _, a := range i.Asks(&timing) {
			ks = append(ks, string(a.Kind)+" of "+a.Person+" on "+a.Day.String())
		}
		return ks
	}
	never, noEscalation := DefaultTiming(), DefaultTiming()
	never.Overdue, never.Escalate, noEscalation.Escalate = 0, 0, 0
	for _, c := range []struct {
		name string
		got  []string
		want []string
	}{
		{"as usual", asked(DefaultTiming(), "U1"), []string{"remind", "overdue", "unreported of U1 on 2027-03-10"}},
		{"never", asked(never, "U1"), []string{"remind"}},
		{"without telling whoever planned it", asked(noEscalation, "U1"), []string{"remind", "overdue"}},
		{"with nobody to tell", asked(DefaultTiming(), ""), []string{"remind", "overdue"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: it brings %q, want %q", c.name, c.got, c.want)
		}
	}
}

// The result is asked for on the first, third and seventh working day after the inspection,
// then every week, whenever it was asked for last.
func TestAResultIsAskedForAgain(t *testing.T) {
	timing := DefaultTiming()
	timing.Holiday = func(d civil.Date) bool { return d == civil.On(2027, 3, 23) }
	i := Inspection{Due: civil.On(2027, 3, 5)} // a Friday
	i.Channel, i.Zone, i.ChannelZone = "C1", "Asia/Shanghai", "Europe/Berlin"
	first := slices.IndexFunc(i.Reminders(&timing, at(t, "2027-03-01 09:00", "Asia/Shanghai"), false), func(o Occurrence) bool { return o.Kind == Overdue && o.Day == civil.On(2027, 3, 8) })
	if first < 0 {
		t.Error("it is not asked for on the first working day")
	}
	for asked, want := range map[string]string{
		"2027-03-08": "2027-03-10", // Wednesday
		"2027-03-09": "2027-03-10",
		"2027-03-10": "2027-03-16",
		"2027-03-16": "2027-03-24", // not on the holiday
		"2027-03-24": "2027-03-30",
		"2027-03-30": "2027-04-06",
		"2027-06-01": "2027-06-08", // Tuesdays, for as long as it takes
		"2027-06-02": "2027-06-08",
		"2029-06-01": "2029-06-05",
	} {
		day, err := civil.Parse(asked)
		if err != nil {
			t.Fatal(err)
		}
		o := i.AskAgain(&timing, day)
		if o.Day.String() != want || o.Kind != Overdue || o.To != "C1" || !o.Due.Equal(at(t, want+" 09:00", "Europe/Berlin")) {
			t.Errorf("asked for on %s, then on %s at %s; want %s", asked, o.Day, o.Due, want)
		}
	}
}

// Follow says that an inspection has changed when any one thing of it has.
func TestWhateverAnInspectionTakesOverFromItsPlanIsAChange(t *testing.T) {
	now := at(t, "2027-03-01 09:00", "Asia/Shanghai")
	place := Place{Channel: "C1", Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"}
	for name, change := range map[string]func(*Plan){
		"nothing":       func(*Plan) {},
		"the channel":   func(p *Plan) { p.Channel = "C2" },
		"the leads":     func(p *Plan) { p.LeadDays = []int{7} },
		"the inspector": func(p *Plan) { p.Inspectors = []string{"U8"} },
		"no inspector":  func(p *Plan) { p.Inspectors = nil },
	} {
		p := Plan{Number: 2, Place: place, LeadDays: []int{3}, Inspectors: []string{"U7"}}
		i := Inspection{Work: Work{Number: 4}, Plan: 2, Due: civil.On(2027, 4, 5), Planned: civil.On(2027, 4, 5), LeadDays: []int{3}, Inspector: "U7"}
		i.Place = place
		change(&p)
		if did := i.SyncWithPlan(&p, true, "U9", now); did != (name != "nothing") {
			t.Errorf("%s changed, and it says %v", name, did)
		}
	}
}

// The last reminder before a visit comes on a working day, in the afternoon, while nobody
// is on their way.
func TestTheEveComesBeforeTheJourney(t *testing.T) {
	timing := DefaultTiming()
	timing.Holiday = func(d civil.Date) bool { return d == civil.On(2027, 3, 24) }
	for _, c := range []struct{ name, first, zone, want string }{
		{"a Monday, seven hours away", "2027-03-15", "Europe/Berlin", "Fri 2027-03-12 15:00"},
		{"a Tuesday: on Monday they fly", "2027-03-16", "Europe/Berlin", "Fri 2027-03-12 15:00"},
		{"a Wednesday", "2027-03-17", "Europe/Berlin", "Mon 2027-03-15 15:00"},
		{"a Friday after a holiday", "2027-03-26", "Europe/Berlin", "Tue 2027-03-23 15:00"},
		{"thirteen hours away", "2027-03-17", "America/Chicago", "Fri 2027-03-12 15:00"},
		{"from the other side", "2027-03-17", "Pacific/Auckland", "Mon 2027-03-15 15:00"},
		{"a Tuesday, from next door", "2027-03-16", "Asia/Shanghai", "Mon 2027-03-15 15:00"},
		{"a Monday, from next door", "2027-03-15", "Asia/Tokyo", "Fri 2027-03-12 15:00"},
	} {
		first, err := civil.Parse(c.first)
		if err != nil {
			t.Fatal(err)
		}
		v := Visit{First: first, Last: first.AddDays(1)}
		v.Owner, v.Channel, v.Zone, v.ChannelZone = "U1", "C1", "Asia/Shanghai", c.zone
		for _, o := range v.Reminders(&timing, at(t, "2027-01-01 09:00", "Asia/Shanghai"), false) {
			if got := o.Due.In(mustZone(c.zone)).Format("Mon 2006-01-02 15:04"); o.Milestone == Eve && (got != c.want || o.Day != civil.Of(o.Due.In(mustZone(c.zone)))) {
				t.Errorf("%s: it comes on %s, of %s; want %s", c.name, got, o.Day, c.want)
			}
		}
	}
	timing.Eve = TimeOfDay{11, 30}
	if got := timing.EveOf(civil.On(2027, 3, 16), "Asia/Shanghai", "Asia/Shanghai").In(mustZone("Asia/Shanghai")).Format("Mon 15:04"); got != "Mon 11:30" {
		t.Errorf("with another hour it comes on %s", got)
	}
}

func TestWhichRemindersStandInTheChannel(t *testing.T) {
	visited, inspected := new(Visit), new(Inspection)
	day, before := &Occurrence{Kind: Remind, Milestone: 0}, &Occurrence{Kind: Remind, Milestone: -7}
	for _, c := range []struct {
		name              string
		settings, ofVisit Broadcast
		want              string // of the day, a week before, an overdue inspection, and a change of dates
	}{
		{"where nothing was said", "", "", "true false false true"},
		{"days", BroadcastDay, "", "true false false true"},
		{"all", BroadcastAll, "", "true true true true"},
		{"none", BroadcastNever, "", "false false false false"},
		{"none, but the visit says all", BroadcastNever, BroadcastAll, "true true false true"},
		{"all, but the visit says none", BroadcastAll, BroadcastNever, "false false true false"},
		{"all, but the visit says days", BroadcastAll, BroadcastDay, "true false true true"},
	} {
		timing := Timing{Broadcast: c.settings}
		visited.Broadcast = c.ofVisit
		got := fmt.Sprint(timing.Broadcasts(visited, day), timing.Broadcasts(visited, before), timing.Broadcasts(inspected, &Occurrence{Kind: Overdue}), timing.BroadcastsChanges(visited))
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
