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

func TestAChannelGetsOneMessageASecond(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		for _, o := range []struct{ workspace, key, to string }{{"T1", "a", "C1"}, {"T1", "b", "C1"}, {"T2", "c", "C1"}} {
			if err := s.AddOccurrence(ctx, visit.Occurrence{Workspace: o.workspace, Key: o.key, Kind: visit.Remind, Subject: "visit/1", To: o.to, Zone: "UTC", Due: noon}); err != nil {
				t.Fatal(err)
			}
		}
		elapsed := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		taken := func(after time.Duration) string {
			var keys []string
			for _, o := range must(s.Claim(ctx, Claim{Owner: "one", Now: noon, Elapsed: elapsed.Add(after), Lease: time.Hour, Limit: 10})) {
				keys = append(keys, o.Key)
				sent := o
				sent.State, sent.Sent = visit.Sent, elapsed.Add(after)
				must(s.Settle(ctx, o, sent))
			}
			slices.Sort(keys)
			return strings.Join(keys, " ")
		}
		for _, c := range []struct {
			after time.Duration
			want  string
		}{
			{0, "a c"}, // the same channel's id in another workspace is another channel
			{0, ""},
			{999 * time.Millisecond, ""},
			{time.Second, "b"},
		} {
			if got := taken(c.after); got != c.want {
				t.Errorf("after %s it takes %q, want %q", c.after, got, c.want)
			}
		}
	})
}

// everything is all that the methods of a Store tell of a workspace.
func everything(s *Store, team string) string {
	ctx := context.Background()
	var b strings.Builder
	tell := func(what string, v any, err error) {
		if err != nil {
			v = "nothing"
		}
		fmt.Fprintf(&b, "%s: %+v\n", what, v)
	}
	v, err := s.Visit(ctx, team, 1)
	tell("the visit", v, err)
	v, err = s.NextVisit(ctx, team, "C1", civil.Date{})
	tell("the channel's next visit", v, err)
	vs, err := s.Visits(ctx, team, Filter{Cancelled: true})
	tell("the visits", vs, err)
	p, err := s.Plan(ctx, team, 1)
	tell("the plan", p, err)
	ps, err := s.Plans(ctx, team, Filter{Cancelled: true})
	tell("the plans", ps, err)
	i, err := s.Inspection(ctx, team, 1)
	tell("the inspection", i, err)
	is, err := s.Inspections(ctx, team, InspectionFilter{Filter: Filter{Cancelled: true}})
	tell("the inspections", is, err)
	f, err := s.Factory(ctx, team, 1)
	tell("the factory", f, err)
	fs, err := s.Factories(ctx, team)
	tell("the factories", fs, err)
	o, err := s.Occurrence(ctx, team, "key")
	tell("the reminder", o, err)
	os, err := s.Occurrences(ctx, team, OccurrenceFilter{})
	tell("the reminders", os, err)
	owner, channel, err := s.OwnerOf(ctx, team, "visit/1")
	tell("the owner", owner+channel, err)
	ts, err := s.Tasks(ctx, team, "U1")
	tell("the tasks", ts, err)
	person, err := s.Person(ctx, team, "U1")
	tell("the person", person, err)
	opinions, err := s.Feedback(ctx, team)
	tell("the opinions", opinions, err)
	tips, err := s.SeenTips(ctx, team, "C1")
	tell("the tips", tips, err)
	d, err := s.Draft(ctx, team, "draft")
	tell("the draft", d, err)
	sc, err := s.Schedule(ctx, team, visit.RecurTip, "channel/C1")
	tell("the subscription", sc, err)
	for _, kind := range []visit.RecurKind{visit.RecurTip, visit.RecurPlan, visit.RecurDigest} {
		scs, err := s.Schedules(ctx, team, kind)
		tell("what recurs", scs, err)
	}
	return b.String()
}

// oneOfEach records one of each thing in a workspace.
func oneOfEach(s *Store, team string) {
	ctx := context.Background()
	v := sampleVisit(team)
	v.Items[0].Owner = "U1"
	must(s.PlanVisit(ctx, v, noon))
	var i visit.Inspection
	i.Workspace, i.Factory.Name, i.Type, i.Channel, i.Owner, i.Due = team, "Acme", "pre_shipment", "C1", "U1", civil.On(2027, 3, 1)
	i.Items = visit.Checklist{{ID: 1, Text: "a", Owner: "U1"}}
	must(s.AddInspection(ctx, i, noon))
	p := visit.Plan{Workspace: team, Type: "pre_shipment", Rule: "every 2 weeks from 2027-02-01 at 09:00", Owner: "U1"}
	p.Factory.Name, p.Channel = "Acme", "C1"
	must(s.AddPlan(ctx, p, noon))
	for _, err := range []error{
		s.AddOccurrence(ctx, visit.Occurrence{Workspace: team, Key: "key", Kind: visit.Tip, Subject: "channel/C1", To: "C1", Zone: "UTC", Due: noon}),
		s.PutPerson(ctx, Person{Workspace: team, ID: "U1", Zone: "Europe/Berlin", Quiet: DefaultQuiet}),
		s.PutFeedback(ctx, team, "advice", "U1", true, noon),
		s.SeeTip(ctx, team, "C1", "advice", noon),
		s.KeepDraft(ctx, Draft{Workspace: team, ID: "draft", Person: "U1", Kind: "visit", Body: "{}", Kept: noon}),
		s.PutSchedule(ctx, visit.Schedule{Workspace: team, Subject: "channel/C1", Kind: visit.RecurTip, Rule: "0 9 * * 1", Zone: "UTC", Next: noon}),
	} {
		if err != nil {
			panic(err)
		}
	}
}

// changeEach changes each of them.
func changeEach(s *Store, team string) {
	ctx, later := context.Background(), noon.AddDate(0, 2, 0)
	must(s.ChangeVisit(ctx, team, 1, later, func(v *visit.Visit) error {
		v.First, v.Agenda = v.First.AddDays(1), "changed"
		_, err := v.Items.Tick(1, "U1", later)
		return err
	}))
	must(s.ChangeInspection(ctx, team, 1, later, func(i *visit.Inspection) error {
		must(i.Items.Tick(1, "U1", later))
		return i.Move(civil.On(2027, 4, 1), later)
	}))
	if _, _, err := s.ChangePlan(ctx, team, 1, "U1", later, func(p *visit.Plan) error { p.Ended = visit.Mark{By: "U1", At: later}; return nil }, func(*visit.Plan, civil.Date) bool { return true }); err != nil {
		panic(err)
	}
	must(s.ChangeFactory(ctx, team, 1, func(f *visit.Factory) error { f.Name, f.Removed = "changed", true; return nil }))
	key := must(s.Occurrence(ctx, team, "key"))
	gone := key
	gone.State = visit.Dead
	must(s.Settle(ctx, key, gone))
	sc := must(s.Schedule(ctx, team, visit.RecurTip, "channel/C1"))
	must(s.Fire(ctx, sc, later, nil))
	for _, err := range []error{
		s.PutPerson(ctx, Person{Workspace: team, ID: "U1", Zone: "UTC", Fixed: true}),
		s.PutFeedback(ctx, team, "advice", "U1", false, later),
		s.ForgetTips(ctx, team, "C1"),
		s.DropDraft(ctx, team, "draft"),
		s.DropSchedule(ctx, team, visit.RecurTip, "channel/C1"),
	} {
		if err != nil {
			panic(err)
		}
	}
}

// The package says that every row belongs to a workspace and every query names it.
func TestAWorkspaceSeesAndChangesOnlyWhatIsItsOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		empty := everything(s, "T1")
		oneOfEach(s, "T2")
		if got := everything(s, "T1"); got != empty {
			t.Errorf("a workspace that has nothing sees\n%s", got)
		}
		oneOfEach(s, "T1")
		was := everything(s, "T2")
		changeEach(s, "T1")
		if got := everything(s, "T2"); got != was {
			t.Errorf("a change in one workspace makes of another's\n%s\nthis:\n%s", was, got)
		}
		if got := everything(s, "T1"); got == strings.ReplaceAll(was, "T2", "T1") {
			t.Error("nothing was changed in the first one either")
		}
	})
}

// What lies behind a visit that moves to a later day was told of before.
func TestOnlyAVisitThatMovesToAnEarlierDayBringsAListOfWhatIsPast(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		for _, c := range []struct {
			days int
			want bool
		}{{7, false}, {-7, true}} {
			v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
			now := v.First.AddDays(-20).Start(time.UTC) // 8 and 4 weeks before are past, and so they are a week later
			must(s.ChangeVisit(ctx, "T1", v.Number, now, func(v *visit.Visit) error {
				v.First, v.Last = v.First.AddDays(c.days), v.Last.AddDays(c.days)
				return nil
			}))
			found := false
			for _, o := range must(s.Occurrences(ctx, "T1", OccurrenceFilter{Subject: v.Subject(), States: []visit.State{visit.Pending}})) {
				found = found || o.Kind == visit.CatchUp
			}
			if found != c.want {
				t.Errorf("moved by %d days it brings a list: %v, want %v", c.days, found, c.want)
			}
		}
	})
}
