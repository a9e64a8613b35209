package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// comes are the days from one until another on which a person's daily message comes.
func comes(t *testing.T, s *Store, person, zone string, from, until civil.Date) string {
	t.Helper()
	timing := visit.DefaultTiming()
	d := must(s.Daily(context.Background(), "T1", person, from.At(8, 0, time.UTC)))
	var days []string
	for on := from; !on.After(until); on = on.AddDays(1) {
		if timing.Working(on, zone) && d.Comes(on, zone, &timing) {
			d.Tell(on)
			days = append(days, on.Format("01-02"))
		}
	}
	return strings.Join(days, " ")
}

func TestADailyMessageComesForWhatNobodyElseTells(t *testing.T) {
	own := func(milestone visit.Milestone, sensitive bool) func(*visit.Visit) {
		return func(v *visit.Visit) {
			v.Items = visit.Checklist{{ID: 1, Milestone: milestone, Text: "a", Owner: "U2", Sensitive: sensitive}}
		}
	}
	cases := []struct {
		name   string
		change func(*visit.Visit)
		known  *ChannelFacts
		person string
		want   string
	}{
		{"the thread names the owner", own(-7, false), nil, "U2", ""},
		{"there is no reminder for the item's milestone", own(-10, false), nil, "U2", "03-05"},
		{"the item has a day of its own, of which there is a reminder", func(v *visit.Visit) {
			v.Items = visit.Checklist{{ID: 1, Milestone: -10, Text: "a", Owner: "U2", Due: civil.On(2027, 3, 8)}}
		}, nil, "U2", ""},
		{"the channel is closed", own(-7, false), &ChannelFacts{State: ChannelArchived}, "U2", "03-08"},
		{"others read in the channel who may not see the item", own(-7, true), &ChannelFacts{Shared: true}, "U2", "03-08"},
		{"others read in the channel, and the item is for all", own(-7, false), &ChannelFacts{Shared: true}, "U2", ""},
		{"nobody has said who reads in the channel", own(-7, true), nil, "U2", "03-08"},
		{"the item is for the day itself", own(0, false), nil, "U2", ""},
		{"nobody owns what is due", func(v *visit.Visit) {
			v.Items = visit.Checklist{{ID: 1, Milestone: -7, Text: "a"}, {ID: 2, Milestone: -10, Text: "b", Owner: "U2"}}
		}, nil, "U1", "01-05 03-08 03-24"}, // asked to share out, told, and asked how it ended
		{"all is somebody's", own(-10, false), nil, "U1", "03-24"},
		{"nobody owns something, and somebody else planned it", func(v *visit.Visit) { v.Owner = "U9" }, nil, "U1", ""},
	}
	onBoth(t, func(t *testing.T, s *Store) {
		for n, c := range cases {
			v, who := sampleVisit("T1"), fmt.Sprint(c.person, n)
			c.change(&v)
			v.Channel, v.Owner = fmt.Sprint("C", n), fmt.Sprint(v.Owner, n)
			for i := range v.Items {
				if v.Items[i].Owner != "" {
					v.Items[i].Owner += fmt.Sprint(n)
				}
			}
			must(s.PlanVisit(context.Background(), v, noon))
			if f := c.known; f != nil {
				f.Channel, f.Name, f.Checked = v.Channel, "room", noon
				must(0, second(s.NoteChannel(context.Background(), "T1", *f, noon)))
			}
			if got := comes(t, s, who, "Europe/Berlin", civil.On(2027, 1, 4), civil.On(2027, 4, 30)); got != c.want {
				t.Errorf("%s: it comes on %q, want %q", c.name, got, c.want)
			}
		}
	})
}

// tellDaily sends the daily message of a person on a day, with what is due by then.
func tellDaily(t *testing.T, s *Store, person string, on civil.Date) (kinds []string) {
	t.Helper()
	ctx := context.Background()
	d := must(s.Daily(ctx, "T1", person, on.At(8, 0, time.UTC)))
	sc := visit.Schedule{Workspace: "T1", Subject: visit.SubjectOf(visit.OfPerson, person), Zone: "UTC"}
	o := visit.DailyOf(sc, on, on.At(9, 0, time.UTC))
	if err := s.AddOccurrence(ctx, o); err != nil {
		t.Fatal(err)
	}
	elapsed := on.At(9, 0, time.UTC)
	for _, from := range must(s.Claim(ctx, Claim{Owner: "one", Now: elapsed, Elapsed: elapsed, Lease: time.Minute, Limit: 100})) {
		to := from
		to.State, to.Sent = visit.Sent, elapsed
		if from.Key == o.Key {
			to.Told = d.Tell(on)
			for _, a := range to.Told {
				kinds = append(kinds, string(a.Kind)+" "+a.About)
			}
		}
		must(s.Settle(ctx, from, to))
	}
	return kinds
}

func TestWhatAPersonIsAskedIsToldOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		day := civil.On(2027, 1, 4)
		ask := func(item string, on civil.Date, made time.Time) {
			a := visit.Ask{Workspace: "T1", Person: "U2", Kind: visit.AskGiven, Subject: "visit/1", About: item, Day: on, Made: made}
			if err := s.Ask(ctx, a, "UTC"); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(on civil.Date, want ...string) {
			t.Helper()
			if got := tellDaily(t, s, "U2", on); !slices.Equal(got, want) {
				t.Errorf("on %s they are told %q, want %q", on, got, want)
			}
		}
		ask("1", day, noon)
		ask("2", day.AddDays(1), noon)
		ask("3", day, noon)
		if err := s.Unask(ctx, "T1", visit.AskGiven, "visit/1", "3"); err != nil {
			t.Fatal(err)
		}
		expect(day, "given 1")
		expect(day.AddDays(1), "given 2")
		expect(day.AddDays(2))
		ask("1", day.AddDays(3), noon.Add(time.Hour)) // given back, and given once more
		expect(day.AddDays(3), "given 1")
		if got := comes(t, s, "U3", "UTC", day, day.AddDays(9)); got != "" {
			t.Errorf("somebody else is told on %q", got)
		}
	})
}

// What a person is asked follows the visit or the inspection that it is about.
func TestWhatIsAskedFollowsTheVisit(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := sampleVisit("T1")
		v.Items = visit.Checklist{{ID: 1, Milestone: -7, Text: "a"}}
		must(s.PlanVisit(ctx, v, noon))
		change := func(f func(*visit.Visit)) {
			must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { f(v); return nil }))
		}
		expect := func(why, who, want string) {
			t.Helper()
			d := must(s.Daily(ctx, "T1", who, noon))
			var got []string
			for _, a := range d.Asks {
				got = append(got, string(a.Kind)+" "+a.Day.String())
			}
			if g := strings.Join(got, ", "); g != want {
				t.Errorf("%s: %s is asked %q, want %q", why, who, g, want)
			}
		}
		expect("planned", "U1", "share-out 2027-01-05, outcome 2027-03-24")
		change(func(v *visit.Visit) { v.First, v.Last = v.First.AddDays(4), v.Last.AddDays(4) })
		expect("moved", "U1", "share-out 2027-01-05, outcome 2027-03-29")
		change(func(v *visit.Visit) { v.Items[0].Owner = "U2" })
		expect("all is somebody's", "U1", "outcome 2027-03-29")
		change(func(v *visit.Visit) { v.Cancel("U1", noon) })
		expect("cancelled", "U1", "")
		change(func(v *visit.Visit) { v.Restore(); v.Items[0].Owner, v.Owner = "", "U4" })
		expect("restored", "U1", "")
		expect("and somebody else's now", "U4", "share-out 2027-01-05, outcome 2027-03-29")
		if got := tellDaily(t, s, "U4", civil.On(2027, 1, 5)); !slices.Equal(got, []string{"share-out "}) {
			t.Fatalf("told %q", got)
		}
		change(func(v *visit.Visit) { v.Items[0].Owner = "U2" })
		change(func(v *visit.Visit) { v.Items[0].Owner = "" })
		expect("asked once", "U4", "outcome 2027-03-29")
	})
}

// A factory is proposed once to whoever planned the last visit in one of its channels, with what there is
// in all of them: what the person may see of it the caller knows.
func TestAFactoryIsProposedOnceOfAllChannels(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		visits := func(factory, channel, owner string, on civil.Date) {
			v := sampleVisit("T1")
			v.Factory.Name, v.Channel, v.Owner, v.First, v.Last, v.Items = factory, channel, owner, on, on, nil
			must(s.PlanVisit(context.Background(), v, noon))
		}
		visits("Two trips", "C1", "U1", civil.On(2027, 3, 17))
		visits("Two trips", "C2", "U1", civil.On(2028, 1, 17))
		visits("Theirs since", "C1", "U1", civil.On(2027, 3, 17))
		visits("Theirs since", "C1", "U2", civil.On(2027, 9, 1))
		visits("Long ago", "C1", "U1", civil.On(2025, 3, 17))
		visits("Just now", "C1", "U1", civil.On(2028, 2, 1))
		d := must(s.Daily(context.Background(), "T1", "U1", civil.On(2028, 2, 7).Start(time.UTC)))
		var got []string
		for _, p := range d.Proposals {
			got = append(got, fmt.Sprint(p.Person, " ", p.Factory.Name, " ", p.Facts.Channels(), " ", len(p.Facts.Visits)))
		}
		if want := "U1 Two trips [C1 C2] 2"; strings.Join(got, ", ") != want {
			t.Errorf("proposed is %q, want %q", got, want)
		}
	})
}
