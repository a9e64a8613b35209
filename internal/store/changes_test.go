package store

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

func samplePlan(team string) visit.Plan {
	p := visit.Plan{Workspace: team, Type: "pre_shipment", Rule: "every 2 weeks from 2027-02-01 at 09:00", Owner: "U1", LeadDays: []int{14, 3}, Inspectors: []string{"U1", "U2"}}
	p.Factory.Name, p.Channel = "Acme", "C1"
	return p
}

func sampleInspection(team string) visit.Inspection {
	var i visit.Inspection
	i.Workspace, i.Factory.Name, i.Type, i.Channel, i.Owner, i.Due, i.LeadDays = team, "Acme", "pre_shipment", "C1", "U1", civil.On(2027, 3, 1), []int{7}
	i.Items = visit.Checklist{{ID: 1, Milestone: -3, Text: "a"}}
	return i
}

// TestAPlanThatBeginsIsToldOnce: with the plan its channel's message is recorded, and not
// for one that was imported.
func TestAPlanThatBeginsIsToldOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		told := func(p visit.Plan) []visit.Occurrence {
			return must(s.Occurrences(ctx, "T1", OccurrenceFilter{Subject: p.Subject(), Kinds: []visit.Kind{visit.PlanBegins}}))
		}
		p := must(s.BeginPlan(ctx, samplePlan("T1"), noon))
		if os := told(p); len(os) != 1 || os[0].To != p.Channel || os[0].State != visit.Pending || !os[0].Due.Equal(noon) {
			t.Errorf("of the plan is told %+v", os)
		}
		if os := told(must(s.AddPlan(ctx, samplePlan("T1"), noon))); len(os) != 0 {
			t.Errorf("of one that was added is told %+v", os)
		}
		p.Rule = ""
		if _, err := s.BeginPlan(ctx, p, noon); err == nil {
			t.Error("a plan without a rule begins")
		}
	})
}

func TestAPlanAndAnInspectionAreKeptWhole(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		p := must(s.AddPlan(ctx, samplePlan("T1"), noon))
		i := must(s.AddInspection(ctx, sampleInspection("T1"), noon))
		gotPlan, gotInspection := must(s.Plan(ctx, "T1", p.Number)), must(s.Inspection(ctx, "T1", i.Number))
		gotPlan.Created, p.Created, gotInspection.Created, i.Created = noon, noon, noon, noon
		if !reflect.DeepEqual(gotPlan, p) {
			t.Errorf("kept\n%+v, want\n%+v", gotPlan, p)
		}
		if !reflect.DeepEqual(gotInspection, i) {
			t.Errorf("kept\n%+v, want\n%+v", gotInspection, i)
		}
		if p.Factory.Number != i.Factory.Number {
			t.Errorf("the same factory is %d and %d", p.Factory.Number, i.Factory.Number)
		}
		// What is known of a factory counts, not what a form of yesterday says.
		o := samplePlan("T1")
		o.Factory = visit.Factory{Number: p.Factory.Number, Name: "an old name"}
		if o = must(s.AddPlan(ctx, o, noon)); o.Factory.Name != "Acme" {
			t.Errorf("the plan is at %q", o.Factory.Name)
		}
	})
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		errs := map[string]error{}
		_, errs["a visit"] = s.Visit(ctx, "T1", 1)
		_, errs["a plan"] = s.Plan(ctx, "T1", 1)
		_, errs["an inspection"] = s.Inspection(ctx, "T1", 1)
		_, errs["a factory"] = s.Factory(ctx, "T1", 1)
		_, errs["a reminder"] = s.Occurrence(ctx, "T1", "k")
		_, errs["a person"] = s.Person(ctx, "T1", "U1")
		_, errs["a draft"] = s.Draft(ctx, "T1", "d")
		_, errs["a schedule"] = s.Schedule(ctx, "T1", visit.RecurTip, "channel/C1")
		_, _, errs["an owner"] = s.OwnerOf(ctx, "T1", "visit/1")
		_, errs["a visit to change"] = s.ChangeVisit(ctx, "T1", 1, noon, func(*visit.Visit) error { return nil })
		_, errs["an inspection to change"] = s.ChangeInspection(ctx, "T1", 1, noon, func(*visit.Inspection) error { return nil })
		_, errs["a factory to change"] = s.ChangeFactory(ctx, "T1", 1, noon, func(*visit.Factory) error { return nil })
		_, _, errs["a plan to change"] = s.ChangePlan(ctx, "T1", 1, "U1", noon, func(*visit.Plan) error { return nil }, func(*visit.Plan, civil.Date) bool { return true })
		v := sampleVisit("T1")
		v.Factory.Number = 9
		_, errs["the factory of a visit"] = s.PlanVisit(ctx, v, noon)
		for what, err := range errs {
			if !errors.Is(err, visit.ErrNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := s.DropSchedule(ctx, "T1", visit.RecurTip, "channel/C1"); err != nil {
			t.Errorf("what recurs nowhere cannot be ended: %v", err)
		}
	})
}

func TestWhatIsEnteredWronglyIsNotKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		must(s.AddPlan(ctx, samplePlan("T1"), noon))
		must(s.AddInspection(ctx, sampleInspection("T1"), noon))
		was := everything(s, "T1")
		errs := map[string]error{}
		v, p, i := sampleVisit("T1"), samplePlan("T1"), sampleInspection("T1")
		v.Purpose, p.Rule, i.Type = "", "", ""
		_, errs["a visit without a purpose"] = s.PlanVisit(ctx, v, noon)
		_, errs["a plan without a rule"] = s.AddPlan(ctx, p, noon)
		_, errs["an inspection without a type"] = s.AddInspection(ctx, i, noon)
		v, p, i = sampleVisit("T1"), samplePlan("T1"), sampleInspection("T1")
		v.Factory.Name, p.Factory.Name, i.Factory.Name = "", "", ""
		_, errs["a visit to nowhere"] = s.PlanVisit(ctx, v, noon)
		_, errs["a plan for nowhere"] = s.AddPlan(ctx, p, noon)
		_, errs["an inspection of nothing"] = s.AddInspection(ctx, i, noon)
		_, errs["a factory without a name"] = s.AddFactory(ctx, visit.Factory{Workspace: "T1"}, noon)
		_, errs["a visit that loses its purpose"] = s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Purpose = ""; return nil })
		_, errs["an inspection that loses its type"] = s.ChangeInspection(ctx, "T1", 1, noon, func(i *visit.Inspection) error { i.Type = ""; return nil })
		_, errs["a factory that loses its name"] = s.ChangeFactory(ctx, "T1", 1, noon, func(f *visit.Factory) error { f.Name = ""; return nil })
		_, _, errs["a plan that loses its rule"] = s.ChangePlan(ctx, "T1", 1, "U1", noon, func(p *visit.Plan) error { p.Rule = ""; return nil }, func(*visit.Plan, civil.Date) bool { return true })
		for what, err := range errs {
			var input visit.InputErrors
			if !errors.As(err, &input) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if now := everything(s, "T1"); now != was {
			t.Errorf("kept is now\n%s\nwas\n%s", now, was)
		}
	})
}

func TestWhatMovesToAnotherFactoryIsThere(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		must(s.AddPlan(ctx, samplePlan("T1"), noon))
		must(s.AddInspection(ctx, sampleInspection("T1"), noon))
		other := must(s.AddFactory(ctx, visit.Factory{Workspace: "T1", Name: "Other"}, noon))
		v := must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Factory = visit.Factory{Number: other.Number}; return nil }))
		i := must(s.ChangeInspection(ctx, "T1", 1, noon, func(i *visit.Inspection) error { i.Factory = visit.Factory{Number: other.Number}; return nil }))
		p, _, err := s.ChangePlan(ctx, "T1", 1, "U1", noon, func(p *visit.Plan) error { p.Factory = visit.Factory{Number: other.Number}; return nil }, func(*visit.Plan, civil.Date) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		for what, f := range map[string]visit.Factory{
			"the visit": v.Factory, "the inspection": i.Factory, "the plan": p.Factory,
			"the visit, read again": must(s.Visit(ctx, "T1", 1)).Factory, "the inspection, read again": must(s.Inspection(ctx, "T1", 1)).Factory, "the plan, read again": must(s.Plan(ctx, "T1", 1)).Factory,
		} {
			if f.Name != "Other" {
				t.Errorf("%s is at %q", what, f.Name)
			}
		}
		if _, err := s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Factory = visit.Factory{Number: 99}; return nil }); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("a visit moves to a factory that is not there: %v", err)
		}
	})
}

func TestChangesOfAPlan(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		p := must(s.AddPlan(ctx, samplePlan("T1"), noon))
		scs := must(s.DueSchedules(ctx, noon, 10))
		far := noon.AddDate(0, 1, 0)
		if _, fired, err := s.FirePlan(ctx, scs[0], far, civil.On(2027, 3, 1), []visit.Inspection{p.Inspection(civil.On(2027, 2, 1), noon), p.Inspection(civil.On(2027, 2, 15), noon)}, noon); !fired || err != nil {
			t.Fatal(fired, err)
		}
		change := func(f func(*visit.Plan) error) (visit.Plan, []visit.Inspection, error) {
			return s.ChangePlan(ctx, "T1", p.Number, "U2", noon, f, func(p *visit.Plan, d civil.Date) bool {
				return d != civil.On(2027, 2, 15) || p.Rule == samplePlan("T1").Rule
			})
		}
		looked := func() (plan bool) { // the planner is to look at the plan at once
			for _, sc := range must(s.DueSchedules(ctx, noon, 10)) {
				plan = plan || sc.Kind == visit.RecurPlan // not somebody's daily message
				must(s.Fire(ctx, sc, far, nil))
			}
			return plan
		}
		bang := errors.New("bang")
		if _, _, err := change(func(p *visit.Plan) error { p.LeadDays = []int{1}; return bang }); !errors.Is(err, bang) {
			t.Errorf("got %v", err)
		}
		if got := must(s.Plan(ctx, "T1", 1)); !slices.Equal(got.LeadDays, p.LeadDays) || got.Rev != 1 || looked() {
			t.Errorf("after a change that failed the plan is %+v", got)
		}
		for _, c := range []struct {
			name    string
			change  func(*visit.Plan)
			touched []int // inspections that follow
			looked  bool
			next    civil.Date // of the plan; it is forgotten with another rhythm
		}{
			{"nothing", func(*visit.Plan) {}, nil, false, civil.On(2027, 3, 1)},
			{"the owner", func(p *visit.Plan) { p.Owner = "U9" }, nil, false, civil.On(2027, 3, 1)},
			{"the leads", func(p *visit.Plan) { p.LeadDays = []int{7} }, []int{1, 2}, true, civil.On(2027, 3, 1)},
			{"the rule", func(p *visit.Plan) { p.Rule = "every 4 weeks from 2027-02-01 at 09:00" }, []int{2}, true, civil.Date{}},
			{"the zone", func(p *visit.Plan) { p.Zone = "Asia/Tokyo" }, []int{1}, true, civil.Date{}},
			{"its end", func(p *visit.Plan) { p.Ended = visit.Mark{By: "U2", At: noon} }, []int{1}, false, civil.Date{}},
			{"its end, again", func(p *visit.Plan) { p.Ended = visit.Mark{By: "U1", At: noon} }, nil, false, civil.Date{}},
			{"its leads while it has ended", func(p *visit.Plan) { p.LeadDays = []int{5} }, nil, false, civil.Date{}},
			{"that it goes on", func(p *visit.Plan) { p.Ended = visit.Mark{} }, []int{1}, true, civil.Date{}},
		} {
			revs := map[int]int{}
			for n := 1; n <= 2; n++ {
				revs[n] = must(s.Inspection(ctx, "T1", n)).Rev
			}
			got, touched, err := change(func(p *visit.Plan) error { c.change(p); return nil })
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			var numbers []int
			for _, i := range touched {
				numbers = append(numbers, i.Number)
				kept := must(s.Inspection(ctx, "T1", i.Number))
				if kept.Rev != revs[i.Number]+1 || kept.Result != i.Result || !slices.Equal(kept.LeadDays, i.LeadDays) {
					t.Errorf("%s: inspection %d was revision %d and is kept as %+v", c.name, i.Number, revs[i.Number], kept)
				}
			}
			kept := must(s.Plan(ctx, "T1", 1))
			kept.Ended.At, got.Ended.At = time.Time{}, time.Time{}
			got.Rev = kept.Rev
			if l := looked(); !slices.Equal(numbers, c.touched) || l != c.looked || got.Next != c.next || !reflect.DeepEqual(kept, got) {
				t.Errorf("%s: %v followed, looked at once: %v, next %v; want %v, %v, %v\nkept\n%+v, got\n%+v", c.name, numbers, l, got.Next, c.touched, c.looked, c.next, kept, got)
			}
		}
	})
}

// A revision of the schedule is in the key of every reminder, so that those of the
// days before are never taken for those of now.
func TestWhatRemindersFollowFrom(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		for name, c := range map[string]struct {
			change  func(*visit.Visit)
			follows bool
		}{
			"the first day":      {func(v *visit.Visit) { v.First = v.First.AddDays(-1) }, true},
			"the last day":       {func(v *visit.Visit) { v.Last = v.Last.AddDays(1) }, true},
			"the channel":        {func(v *visit.Visit) { v.Channel = "C2" }, true},
			"the factory's zone": {func(v *visit.Visit) { v.Zone = "Asia/Tokyo" }, true},
			"the channel's zone": {func(v *visit.Visit) { v.ChannelZone = "America/Chicago" }, true},
			"that it is off":     {func(v *visit.Visit) { v.Cancel("U1", noon) }, true},
			"the agenda":         {func(v *visit.Visit) { v.Agenda = "x" }, false},
			"the purpose":        {func(v *visit.Visit) { v.Purpose = "x" }, false},
			"the people":         {func(v *visit.Visit) { v.People = nil }, false},
			"the card":           {func(v *visit.Visit) { v.Card = "1.1" }, false},
			"whether private":    {func(v *visit.Visit) { v.Private = true }, false},
			"an item's owner":    {func(v *visit.Visit) { v.Items[0].Owner = "U2" }, false},
			"nothing whatever":   {func(*visit.Visit) {}, false},
		} {
			v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
			now := must(s.ChangeVisit(ctx, "T1", v.Number, noon, func(v *visit.Visit) error { c.change(v); return nil }))
			if (now.Schedule != v.Schedule) != c.follows || now.Rev != v.Rev+1 {
				t.Errorf("%s changes: schedule %d, revision %d", name, now.Schedule, now.Rev)
			}
			if keys := pending(t, s, "T1", v.Subject()); !slices.Equal(keys, wanted(now, noon)) {
				t.Errorf("%s changes: %q wait, want %q", name, keys, wanted(now, noon))
			}
		}
		timing := visit.DefaultTiming()
		for name, c := range map[string]struct {
			change  func(*visit.Inspection)
			follows bool
		}{
			"the day":             {func(i *visit.Inspection) { i.Due = i.Due.AddDays(1) }, true},
			"its result":          {func(i *visit.Inspection) { must(i.Report(visit.Passed, "", "U1", noon)) }, true},
			"the channel":         {func(i *visit.Inspection) { i.Channel = "C2" }, true},
			"the factory's zone":  {func(i *visit.Inspection) { i.Zone = "Asia/Tokyo" }, true},
			"the channel's zone":  {func(i *visit.Inspection) { i.ChannelZone = "America/Chicago" }, true},
			"who hears of it":     {func(i *visit.Inspection) { i.Owner = "U9" }, true},
			"the leads":           {func(i *visit.Inspection) { i.LeadDays = []int{3} }, true},
			"the order":           {func(i *visit.Inspection) { i.Order = "4512" }, false},
			"the inspector":       {func(i *visit.Inspection) { i.Inspector = "U2" }, false},
			"the card":            {func(i *visit.Inspection) { i.Card = "1.1" }, false},
			"nothing of it":       {func(*visit.Inspection) {}, false},
			"an item that is new": {func(i *visit.Inspection) { must(i.Items.Add(visit.Item{Text: "x"}, false)) }, false},
		} {
			i := must(s.AddInspection(ctx, sampleInspection("T1"), noon))
			now := must(s.ChangeInspection(ctx, "T1", i.Number, noon, func(i *visit.Inspection) error { c.change(i); return nil }))
			if (now.Schedule != i.Schedule) != c.follows || must(s.Inspection(ctx, "T1", i.Number)).Rev != i.Rev+1 {
				t.Errorf("%s changes: schedule %d", name, now.Schedule)
			}
			var want []string
			for _, o := range now.Reminders(&timing, noon, false) {
				want = append(want, o.Key)
			}
			slices.Sort(want)
			if keys := pending(t, s, "T1", i.Subject()); !slices.Equal(keys, want) {
				t.Errorf("%s changes: %q wait, want %q", name, keys, want)
			}
		}
	})
}

func TestEveryChangeOfAnItemIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		for name, change := range map[string]func(*visit.Item){
			"when":           func(i *visit.Item) { i.Milestone = -7 },
			"the words":      func(i *visit.Item) { i.Text = "x" },
			"what explains":  func(i *visit.Item) { i.Entries = []string{"z"} },
			"who may know":   func(i *visit.Item) { i.Sensitive = !i.Sensitive },
			"who does it":    func(i *visit.Item) { i.Owner = "U7" },
			"who ticked it":  func(i *visit.Item) { i.Done.By = "U8" },
			"when it was":    func(i *visit.Item) { i.Done.At = noon.AddDate(0, 0, 1) },
			"why it is none": func(i *visit.Item) { i.Skipped = "ours" },
			"whose it is":    func(i *visit.Item) { i.Custom = true },
			"that it goes":   func(i *visit.Item) { i.Removed = true },
		} {
			var want visit.Item
			must(s.ChangeVisit(ctx, "T1", v.Number, noon, func(v *visit.Visit) error {
				for n := range v.Items {
					if v.Items[n].ID == 1 {
						change(&v.Items[n])
						want = v.Items[n]
					}
				}
				return nil
			}))
			for _, i := range must(s.Visit(ctx, "T1", v.Number)).Items {
				if i.ID == 1 && !reflect.DeepEqual(i, want) {
					t.Errorf("%s changes, and %+v is kept, want %+v", name, i, want)
				}
			}
		}
	})
}

func TestWhatIsDueForAPersonAndWhoPlannedIt(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := sampleVisit("T1") // from 15 to 17 March
		v.Items = visit.Checklist{
			{ID: 1, Milestone: -14, Text: "before", Owner: "U1", Entries: []string{"x"}},
			{ID: 2, Milestone: 0, Text: "on its days", Owner: "U1"},
			{ID: 3, Milestone: 7, Text: "after", Owner: "U1"},
			{ID: 4, Milestone: -14, Text: "somebody else's", Owner: "U2"},
			{ID: 5, Milestone: -14, Text: "nobody's"},
		}
		must(s.PlanVisit(ctx, v, noon))
		i := sampleInspection("T1") // on 1 March
		i.Items[0].Owner = "U1"
		must(s.AddInspection(ctx, i, noon))
		p := must(s.AddPlan(ctx, samplePlan("T1"), noon))
		var got []string
		for _, k := range must(s.Tasks(ctx, "T1", "U1")) {
			got = append(got, k.Due().String()+" "+string(k.Subject)+" "+k.Item.Text)
		}
		if want := []string{"2027-02-26 inspection/1 a", "2027-03-01 visit/1 before", "2027-03-17 visit/1 on its days", "2027-03-24 visit/1 after"}; !slices.Equal(got, want) {
			t.Errorf("due are %q, want %q", got, want)
		}
		if k := must(s.Tasks(ctx, "T1", "U1"))[1]; !slices.Equal(k.Item.Entries, []string{"x"}) || k.Number != 1 || k.Factory != "Ningbo Bright" || k.Channel != "C1" {
			t.Errorf("the second is %+v", k)
		}
		for subject, want := range map[visit.Subject][2]string{
			"visit/1": {"U1", "C1"}, "inspection/1": {"U1", "C1"}, p.Subject(): {"U1", "C1"}, "person/U7": {"U7", ""}, "channel/C7": {"", "C7"},
		} {
			owner, channel, err := s.OwnerOf(ctx, "T1", subject)
			if owner != want[0] || channel != want[1] || err != nil {
				t.Errorf("%s is %q's in %q, %v", subject, owner, channel, err)
			}
		}
	})
}

// The scheduler sleeps until it is told that something may be due sooner.
func TestWhatMayBeDueSoonerWakes(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		woken := func() bool {
			select {
			case <-s.Wakes():
				return true
			default:
				return false
			}
		}
		for _, c := range []struct {
			name string
			do   func()
			want bool
		}{
			{"a visit is planned", func() { must(s.PlanVisit(ctx, sampleVisit("T1"), noon)) }, true},
			{"its agenda changes", func() {
				must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Agenda = "x"; return nil }))
			}, false},
			{"it is cancelled", func() {
				must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Cancel("U1", noon); return nil }))
			}, false},
			{"it comes back", func() {
				must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Restore(); return nil }))
			}, true},
			{"an item is given to somebody", func() {
				must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { _, err := v.Items.Assign(3, "U5"); return err }))
			}, true},
			{"a plan is made", func() { must(s.AddPlan(ctx, samplePlan("T1"), noon)) }, true},
			{"a tip is seen", func() { must(true, s.SeeTip(ctx, "T1", "C1", "x", noon)) }, false},
		} {
			c.do()
			if got := woken(); got != c.want {
				t.Errorf("%s: woken %v, want %v", c.name, got, c.want)
			}
		}
	})
}

func TestAListHasWhatTheThingsThemselvesHave(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := sampleVisit("T1")
		v.Notes = []visit.Note{{By: "U1", At: noon, Text: "They moved.", Link: "x"}}
		must(s.PlanVisit(ctx, v, noon))
		must(s.AddInspection(ctx, sampleInspection("T1"), noon))
		must(s.AddPlan(ctx, samplePlan("T1"), noon))
		must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error {
			v.Cancel("U1", noon)
			_, err := v.Items.Tick(1, "U1", noon)
			return err
		}))
		must(s.ChangeInspection(ctx, "T1", 1, noon, func(i *visit.Inspection) error { _, err := i.Report(visit.Passed, "", "U1", noon); return err }))
		all := Filter{Cancelled: true}

		one, listed := must(s.Visit(ctx, "T1", 1)), must(s.Visits(ctx, "T1", all))[0]
		if one.Items = nil; !reflect.DeepEqual(listed.Visit, one) || listed.Done != 1 || listed.All != 3 || len(one.Notes) != 1 || !one.Notes[0].At.Equal(noon) {
			t.Errorf("the list has\n%+v, the visit is\n%+v", listed, one)
		}
		inspection, inList := must(s.Inspection(ctx, "T1", 1)), must(s.Inspections(ctx, "T1", InspectionFilter{Filter: all}))[0]
		if inspection.Items = nil; !reflect.DeepEqual(inList.Inspection, inspection) || inList.All != 1 || len(inspection.LeadDays) != 1 {
			t.Errorf("the list has\n%+v, the inspection is\n%+v", inList, inspection)
		}
		if os := must(s.Occurrences(ctx, "T1", OccurrenceFilter{})); len(os) == 0 {
			t.Error("without a state to look for no reminder is listed")
		}
		if plan, listed := must(s.Plan(ctx, "T1", 1)), must(s.Plans(ctx, "T1", all))[0]; !reflect.DeepEqual(listed, plan) {
			t.Errorf("the list has\n%+v, the plan is\n%+v", listed, plan)
		}
	})
}

func TestWhatRecursFiresByWhatWasReadAndEndsByItsKind(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		const person = visit.Subject("person/U1")
		tip := visit.Occurrence{Workspace: "T1", Key: "tip", Kind: visit.Tip, Subject: person, To: "U1", Zone: "UTC", Due: noon}
		for _, kind := range []visit.RecurKind{visit.RecurTip, visit.RecurDigest} {
			if err := s.PutSchedule(ctx, visit.Schedule{Workspace: "T1", Subject: person, Kind: kind, Rule: "0 9 * * *", Zone: "UTC", Next: noon}); err != nil {
				t.Fatal(err)
			}
		}
		sc := must(s.Schedule(ctx, "T1", visit.RecurTip, person))
		if fired := must(s.Fire(ctx, sc, noon.AddDate(0, 0, 1), []visit.Occurrence{tip})); !fired {
			t.Error("it did not fire")
		}
		again := tip
		again.Key = "again"
		if fired := must(s.Fire(ctx, sc, noon.AddDate(0, 0, 2), []visit.Occurrence{again})); fired {
			t.Error("it fired by what was read before")
		}
		if keys := pending(t, s, "T1", person); !slices.Equal(keys, []string{"tip"}) {
			t.Errorf("%q wait", keys)
		}
		p := must(s.AddPlan(ctx, samplePlan("T1"), noon))
		old := must(s.Schedule(ctx, "T1", visit.RecurPlan, p.Subject()))
		must(s.Fire(ctx, old, noon.AddDate(0, 0, 1), nil))
		made := []visit.Inspection{p.Inspection(civil.On(2027, 2, 1), noon)}
		if out, fired, err := s.FirePlan(ctx, old, noon.AddDate(0, 0, 2), civil.On(2027, 2, 15), made, noon); len(out) != 0 || fired || err != nil {
			t.Errorf("a plan made %d inspections by what was read before: %v, %v", len(out), fired, err)
		}
		if is := must(s.Inspections(ctx, "T1", InspectionFilter{})); len(is) != 0 || !must(s.Plan(ctx, "T1", p.Number)).Next.IsZero() {
			t.Errorf("%d inspections are kept", len(is))
		}
		if err := s.DropSchedule(ctx, "T1", visit.RecurDigest, person); err != nil {
			t.Fatal(err)
		}
		if keys := pending(t, s, "T1", person); !slices.Equal(keys, []string{"tip"}) {
			t.Errorf("own items end, and %q wait", keys)
		}
		if err := s.DropSchedule(ctx, "T1", visit.RecurTip, person); err != nil {
			t.Fatal(err)
		}
		if keys := pending(t, s, "T1", person); len(keys) != 0 {
			t.Errorf("the subscription ends, and %q wait", keys)
		}
	})
}
