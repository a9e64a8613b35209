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
	p := visit.Plan{Workspace: team, Type: "pre_shipment", Rule: "every 2 weeks from 2027-02-01 at 09:00", Owner: "U1", Leads: []int{14, 3}, Inspectors: []string{"U1", "U2"}}
	p.Factory.Name, p.Channel = "Acme", "C1"
	return p
}

func sampleInspection(team string) visit.Inspection {
	var i visit.Inspection
	i.Workspace, i.Factory.Name, i.Type, i.Channel, i.Owner, i.Due, i.Leads = team, "Acme", "pre_shipment", "C1", "U1", civil.On(2027, 3, 1), []int{7}
	i.Items = visit.Checklist{{ID: 1, Milestone: -3, Text: "a"}}
	return i
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
		_, errs["a factory to change"] = s.ChangeFactory(ctx, "T1", 1, func(*visit.Factory) error { return nil })
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
		_, errs["a factory without a name"] = s.AddFactory(ctx, visit.Factory{Workspace: "T1"})
		_, errs["a visit that loses its purpose"] = s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Purpose = ""; return nil })
		_, errs["an inspection that loses its type"] = s.ChangeInspection(ctx, "T1", 1, noon, func(i *visit.Inspection) error { i.Type = ""; return nil })
		_, errs["a factory that loses its name"] = s.ChangeFactory(ctx, "T1", 1, func(f *visit.Factory) error { f.Name = ""; return nil })
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
		other := must(s.AddFactory(ctx, visit.Factory{Workspace: "T1", Name: "Other"}))
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
		looked := func() bool { // the planner is to look at the plan at once
			scs := must(s.DueSchedules(ctx, noon, 10))
			for _, sc := range scs {
				must(s.Fire(ctx, sc, far, nil))
			}
			return len(scs) > 0
		}
		bang := errors.New("bang")
		if _, _, err := change(func(p *visit.Plan) error { p.Leads = []int{1}; return bang }); !errors.Is(err, bang) {
			t.Errorf("got %v", err)
		}
		if got := must(s.Plan(ctx, "T1", 1)); !slices.Equal(got.Leads, p.Leads) || got.Rev != 1 || looked() {
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
			{"the leads", func(p *visit.Plan) { p.Leads = []int{7} }, []int{1, 2}, true, civil.On(2027, 3, 1)},
			{"the rule", func(p *visit.Plan) { p.Rule = "every 4 weeks from 2027-02-01 at 09:00" }, []int{2}, true, civil.Date{}},
			{"the zone", func(p *visit.Plan) { p.Zone = "Asia/Tokyo" }, []int{1}, true, civil.Date{}},
			{"its end", func(p *visit.Plan) { p.Ended = visit.Mark{By: "U2", At: noon} }, []int{1}, false, civil.Date{}},
			{"its end, again", func(p *visit.Plan) { p.Ended = visit.Mark{By: "U1", At: noon} }, nil, false, civil.Date{}},
			{"its leads while it has ended", func(p *visit.Plan) { p.Leads = []int{5} }, nil, false, civil.Date{}},
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
				if kept.Rev != revs[i.Number]+1 || kept.Result != i.Result || !slices.Equal(kept.Leads, i.Leads) {
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
