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
			{time.Second, ""}, // what was sent at 0.9 ms is kept as sent at 0
			{time.Second + time.Millisecond, "b"},
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
	daily, err := s.Daily(ctx, team, "U1", noon)
	tell("the daily message", daily, err)
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
	facts, err := s.ChannelFacts(ctx, team, "C1")
	tell("the channel", facts, err)
	cs, err := s.Channels(ctx, team)
	tell("the channels", cs, err)
	cs, err = s.PlannedIn(ctx, team, "U1")
	tell("where somebody planned", cs, err)
	cards, err := s.Cards(ctx, team, "C1")
	tell("the cards", cards, err)
	where, err := s.FactoryChannels(ctx, team)
	tell("where there is something with the factory", where, err)
	vouched, err := s.Vouched(ctx, team)
	tell("the guests who work for us", vouched, err)
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
	v.Items[0].Owner, v.Card = "U1", "1.2"
	must(s.PlanVisit(ctx, v, noon))
	must(0, second(s.NoteChannel(ctx, team, ChannelFacts{Channel: "C1", Name: "sourcing", Checked: noon}, noon)))
	must(0, s.Vouch(ctx, team, "UGUEST", "UTC", "U1"))
	var i visit.Inspection
	i.Workspace, i.Factory.Name, i.Type, i.Channel, i.Owner, i.Due = team, "Acme", "pre_shipment", "C1", "U1", civil.On(2027, 3, 1)
	i.Items = visit.Checklist{{ID: 1, Text: "a", Owner: "U1"}}
	must(s.AddInspection(ctx, i, noon))
	p := visit.Plan{Workspace: team, Type: "pre_shipment", Rule: "every 2 weeks from 2027-02-01 at 09:00", Owner: "U1"}
	p.Factory.Name, p.Channel = "Acme", "C1"
	must(s.AddPlan(ctx, p, noon))
	for _, err := range []error{
		s.AddOccurrence(ctx, visit.Occurrence{Workspace: team, Key: "key", Kind: visit.Tip, Subject: "channel/C1", To: "C1", Zone: "UTC", Due: noon}),
		s.PutPerson(ctx, Person{Workspace: team, ID: "U1", Zone: "Europe/Berlin", Quiet: DefaultQuiet}, noon),
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
	must(s.ChangeFactory(ctx, team, 1, noon, func(f *visit.Factory) error { f.Name, f.Removed = "changed", true; return nil }))
	key := must(s.Occurrence(ctx, team, "key"))
	gone := key
	gone.State = visit.Dead
	must(s.Settle(ctx, key, gone))
	sc := must(s.Schedule(ctx, team, visit.RecurTip, "channel/C1"))
	must(s.Fire(ctx, sc, later, nil))
	for _, err := range []error{
		s.PutPerson(ctx, Person{Workspace: team, ID: "U1", Zone: "UTC", Fixed: true}, noon),
		s.PutFeedback(ctx, team, "advice", "U1", false, later),
		s.ForgetTips(ctx, team, "C1"),
		s.DropDraft(ctx, team, "draft"),
		s.DropSchedule(ctx, team, visit.RecurTip, "channel/C1"),
		second(s.NoteChannel(ctx, team, ChannelFacts{Channel: "C1", Name: "renamed", Shared: true, Private: true, Checked: later}, noon)),
		s.Vouch(ctx, team, "UGUEST", "UTC", ""),
		s.MoveChannel(ctx, team, "C1", "C2"),
	} {
		if err != nil {
			panic(err)
		}
	}
}

func second(_ ChannelFacts, _ bool, err error) error { return err }

// The package says that every row belongs to a workspace and every query names it.
func TestAWorkspaceSeesAndChangesOnlyWhatIsItsOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		empty := everything(s, "T1")
		oneOfEach(s, "T2")
		if got := everything(s, "T1"); got != empty {
			t.Errorf("a workspace that has nothing sees\n%s", got)
		}
		was := everything(s, "T2")
		oneOfEach(s, "T1")
		if got := everything(s, "T2"); got != was {
			t.Errorf("what one workspace plans makes of another's\n%s\nthis:\n%s", was, got)
		}
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

// Channels of two workspaces may have the same id, and so may reminders.
func TestAWorkspaceIsNotHeldUpByAnother(t *testing.T) {
	elapsed := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		in   func(s *Store) // what happens to a reminder in the first workspace
		want string         // what can be sent then of both workspaces
	}{
		{"nothing", func(*Store) {}, "T1/a T2/a"},
		{"one is on its way", func(s *Store) { claimed(s, elapsed) }, "T2/a"},
		{"one was sent", func(s *Store) {
			o := claimed(s, elapsed)
			sent := o
			sent.State, sent.Sent = visit.Sent, elapsed
			must(s.Settle(context.Background(), o, sent))
		}, "T2/a"},
		{"its channel is told to wait", func(s *Store) { pause(s, "T1", "C1", elapsed) }, "T2/a"},
		{"a channel of each is told to wait", func(s *Store) {
			pause(s, "T1", "C2", elapsed)
			pause(s, "T2", "C3", elapsed)
		}, "T1/a T2/a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *Store) {
				addReminder(s, "T1", "a", noon)
				c.in(s)
				addReminder(s, "T2", "a", noon)
				var got []string
				for _, o := range must(s.Claim(context.Background(), Claim{Owner: "two", Now: noon, Elapsed: elapsed, Lease: time.Hour, Limit: 10})) {
					got = append(got, o.Workspace+"/"+o.Key)
				}
				slices.Sort(got)
				if strings.Join(got, " ") != c.want {
					t.Errorf("it takes %q, want %s", got, c.want)
				}
			})
		})
	}
}

func TestWhatHasTheSameKeyInAnotherWorkspaceIsNotTakenWithIt(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		elapsed := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		addReminder(s, "T1", "a", noon)
		addReminder(s, "T2", "a", noon.AddDate(0, 0, 1))
		claim := Claim{Owner: "one", Now: noon, Elapsed: elapsed, Lease: time.Minute, Limit: 10}
		if os := must(s.Claim(ctx, claim)); len(os) != 1 || os[0].Workspace != "T1" {
			t.Errorf("it takes %+v, want what is due", os)
		}
		claim.Now = noon.AddDate(0, 0, 1)
		if os := must(s.Claim(ctx, claim)); len(os) != 1 || os[0].Workspace != "T2" {
			t.Errorf("it takes %+v, want what is due", os)
		}
		must(s.ReleaseExpiredLeases(ctx, elapsed.Add(time.Hour), 0))
		claim.Elapsed, claim.Limit = elapsed.Add(time.Hour), 1
		if os := must(s.ClaimUncertain(ctx, claim)); len(os) != 1 {
			t.Errorf("it looks for %d, want one", len(os))
		}
	})
}

// addReminder records a reminder to the channel C1.
func addReminder(s *Store, team, key string, due time.Time) {
	o := visit.Occurrence{Workspace: team, Key: key, Kind: visit.Remind, Subject: "visit/1", To: "C1", Zone: "UTC", Due: due}
	if err := s.AddOccurrence(context.Background(), o); err != nil {
		panic(err)
	}
}

// claimed takes the reminder that is due.
func claimed(s *Store, elapsed time.Time) visit.Occurrence {
	return must(s.Claim(context.Background(), Claim{Owner: "one", Now: noon, Elapsed: elapsed, Lease: time.Hour, Limit: 10}))[0]
}

// pause has a channel wait for a minute.
func pause(s *Store, team, channel string, elapsed time.Time) {
	if err := s.PauseChannel(context.Background(), team, channel, elapsed, elapsed.Add(time.Minute)); err != nil {
		panic(err)
	}
}

func TestWhatAnotherWorkspaceHasIsImportedThere(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		for _, c := range []struct {
			team string
			want int
		}{{"T1", 2}, {"T2", 2}, {"T1", 0}} {
			p := visit.Plan{Workspace: c.team, Type: "pre_shipment", Rule: "every 2 weeks from 2027-02-01 at 09:00", Owner: "U1"}
			p.Factory.Name, p.Channel = "Ningbo Bright", "C1"
			n := must(s.Import(context.Background(), []visit.Visit{sampleVisit(c.team)}, []visit.Plan{p}, noon))
			if n != c.want {
				t.Errorf("in %s %d are new, want %d", c.team, n, c.want)
			}
		}
	})
}

func TestAPlanMakesAndChangesWhatIsOfItsOwnWorkspace(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx, first := context.Background(), civil.On(2027, 2, 1)
		for _, team := range []string{"T2", "T1"} {
			p := visit.Plan{Workspace: team, Type: "pre_shipment", Rule: "every 2 weeks from 2027-02-01 at 09:00", Owner: "U1"}
			p.Factory.Name, p.Channel = "Acme", "C1"
			p = must(s.AddPlan(ctx, p, noon))
			if team == "T2" { // so that what its plan makes has a number that the other workspace lacks
				i := p.Inspection(first, noon)
				i.Plan = 0
				must(s.AddInspection(ctx, i, noon))
			}
			sc := must(s.Schedule(ctx, team, visit.RecurPlan, p.Subject()))
			made, fired, err := s.FirePlan(ctx, sc, noon.AddDate(0, 0, 7), first.AddDays(14), []visit.Inspection{p.Inspection(first, noon)}, noon)
			if err != nil || !fired || len(made) != 1 {
				t.Fatalf("in %s it made %d, %v, %v", team, len(made), fired, err)
			}
		}
		was := must(s.Plan(ctx, "T2", 1))
		if was.InspectionsMade != 1 {
			t.Errorf("the plan of one workspace counts %d inspections, want its own", was.InspectionsMade)
		}
		_, changed, err := s.ChangePlan(ctx, "T1", 1, "U1", noon,
			func(p *visit.Plan) error { p.Ended = visit.Mark{By: "U1", At: noon}; return nil }, func(*visit.Plan, civil.Date) bool { return true })
		if err != nil || len(changed) != 1 {
			t.Errorf("ended, it withdraws %d, %v, want its own", len(changed), err)
		}
	})
}

func TestADraftOfAnotherWorkspaceAndAPersonsZoneThereCountForNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		later := noon.Add(keepDrafts + time.Hour)
		for _, err := range []error{
			s.PutPerson(ctx, Person{Workspace: "T2", ID: "U1", Zone: "Asia/Tokyo", Fixed: true}, noon),
			s.KeepDraft(ctx, Draft{Workspace: "T2", ID: "old", Person: "U1", Kind: "visit", Body: "{}", Kept: noon}),
			s.KeepDraft(ctx, Draft{Workspace: "T1", ID: "new", Person: "U1", Kind: "visit", Body: "{}", Kept: later}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Draft(ctx, "T2", "old"); err != nil {
			t.Errorf("a draft in one workspace dropped another's: %v", err)
		}
		v := sampleVisit("T1")
		v.Items[0].Owner = "U1"
		must(s.PlanVisit(ctx, v, noon))
		if sc := must(s.Schedule(ctx, "T1", visit.RecurDigest, visit.SubjectOf(visit.OfPerson, "U1"))); sc.Zone != v.ChannelZone {
			t.Errorf("a person's items come by the clock of %s, want %s", sc.Zone, v.ChannelZone)
		}
	})
}
