package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// doing is who does the steps of these tests at an instant.
func doing(by string, now time.Time) visit.Doer {
	return visit.Doer{By: by, Lead: "U1", Now: now, Today: civil.Of(now)}
}

// follow runs steps on an action, which must all be possible.
func follow(t *testing.T, s *Store, number int, now time.Time, fs ...func(f *visit.Finding, a *visit.Action, d visit.Doer) error) visit.ActionOf {
	t.Helper()
	a, err := s.ChangeAction(context.Background(), "T1", number, now, func(f *visit.Finding, a *visit.Action) error {
		for _, do := range fs {
			if err := do(f, a, doing("U1", now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func answers(f *visit.Finding, a *visit.Action, d visit.Doer) error {
	return a.LogAnswer(f, visit.Answer{Proposal: "a sensor at the station", Cause: "nobody checked", SaidBy: "Mr Wang"}, d)
}

// agrees has it done by a day, and shown by a photo.
func agrees(due civil.Date) func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
	return func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
		return a.Agree(f, visit.Agreed{Due: due, Reviewer: "U2", Proofs: []visit.ProofKind{visit.ProofPhoto}}, d)
	}
}

func isDone(f *visit.Finding, a *visit.Action, d visit.Doer) error {
	return a.LogDone(f, visit.DoneClaim{Day: d.Today, Proofs: []visit.Proof{{Kind: visit.ProofRecord, Text: "first pieces of the week"}}}, d)
}

func lotIsGood(f *visit.Finding, a *visit.Action, d visit.Doer) error {
	return a.CheckLot(f, visit.NextLot{LotCheck: visit.LotCheck{Name: "order 4600", Checked: 80}, Day: d.Today, Sample: 80}, d)
}

func isVerified(f *visit.Finding, a *visit.Action, d visit.Doer) error {
	d.By = "U2"
	return a.Verify(f, visit.Verification{Day: d.Today, Proofs: []visit.Proof{{Kind: visit.ProofPhoto, Photos: []string{"F1"}}}}, d)
}

// found is a finding of a visit, with a photo.
func found(t *testing.T, s *Store, source string, of visit.Subject, change ...func(*visit.Finding)) visit.Finding {
	t.Helper()
	in := sampleFinding("T1", source, "F1")
	in.Subject = of
	for _, f := range change {
		f(&in)
	}
	f, _, err := s.AddFinding(context.Background(), in, noon)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// actionsPending are the reminders of actions that wait to be sent, in a line each.
func actionsPending(t *testing.T, s *Store, of visit.Subject) (lines []string) {
	t.Helper()
	for _, o := range must(s.Occurrences(context.Background(), "T1", OccurrenceFilter{Subject: of, States: []visit.State{visit.Pending}, Kinds: []visit.Kind{visit.RemindAction, visit.ActionOverdue}})) {
		lines = append(lines, fmt.Sprintf("%s %s %s", o.Day, o.Kind, o.To))
	}
	return lines
}

func TestAnActionIsKeptWholeWithItsSteps(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		f := found(t, s, "D1:1", v.Subject())
		a := must(s.Action(ctx, "T1", f.Number))
		if a.Action.State != visit.ActionOpen || a.Action.Rev != 0 || a.Owner != "U1" || a.Place.ChannelZone != "Europe/Berlin" || a.Place.Channel != "C1" || !reflect.DeepEqual(a.Finding, f) {
			t.Errorf("before anything was done it is %+v", a)
		}
		due := civil.On(2027, 2, 1)
		var want visit.Action
		a = follow(t, s, f.Number, noon, answers, agrees(due), isDone, lotIsGood, func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			if err := a.Contain(f, visit.Containment{SaidBy: "Mr Wang", What: "12 cartons repacked"}, d); err != nil {
				return err
			}
			err := isVerified(f, a, d)
			want = *a
			return err
		})
		got := must(s.Action(ctx, "T1", f.Number))
		if !reflect.DeepEqual(a, got) || got.Action.Rev != 1 || !reflect.DeepEqual(got.Action.ActionFacts, want.ActionFacts) || !reflect.DeepEqual(got.Action.Steps, want.Steps) {
			t.Errorf("kept is\n%+v, not\n%+v", got.Action, want)
		}
		before, after := got.Action.PhotosOf(&got.Finding)
		cleared := after[0]
		cleared.State, cleared.Cleared = visit.PhotoKept, visit.Mark{By: "U1", At: noon}
		if len(before) != 0 || len(after) != 1 || !cleared.AfterChange || cleared.ForFactory() || cleared.ToLookAt() {
			t.Errorf("the photo of the change is before %v, after %+v", before, after)
		}
		undone := follow(t, s, f.Number, noon, func(f *visit.Finding, a *visit.Action, d visit.Doer) error { return a.Undo(f, d) })
		if before, after := undone.Action.PhotosOf(&undone.Finding); len(before) != 1 || len(after) != 0 {
			t.Errorf("undone, the photo is before %v, after %+v", before, after)
		}
		if steps := must(s.Steps(ctx, "T1", f.Number)); len(steps) != 7 || steps[5].Kind != visit.StepVerify || steps[5].From != visit.ActionDone || !steps[5].At.Equal(noon) {
			t.Errorf("the steps are %+v", steps)
		}
		if _, err := s.Action(ctx, "T2", f.Number); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("another workspace reads it: %v", err)
		}
		if _, err := s.ChangeAction(ctx, "T2", f.Number, noon, func(*visit.Finding, *visit.Action) error { return nil }); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("another workspace changes it: %v", err)
		}
	})
}

func TestStepsAreOnlyEverAdded(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		f := found(t, s, "D1:1", v.Subject())
		before := follow(t, s, f.Number, noon, answers, agrees(civil.On(2027, 2, 1)))
		if _, err := s.ChangeAction(ctx, "T1", f.Number, noon, func(_ *visit.Finding, a *visit.Action) error { a.Steps = a.Steps[:1]; return nil }); err == nil {
			t.Error("a step was taken away")
		}
		// What stands in the steps, and the action without a new one, nobody changes.
		after := must(s.ChangeAction(ctx, "T1", f.Number, noon, func(_ *visit.Finding, a *visit.Action) error {
			a.Steps[0].Text, a.Steps[0].By, a.State = "something else", "U9", visit.ActionVerified
			return nil
		}))
		if !reflect.DeepEqual(after.Action, before.Action) {
			t.Errorf("it has become %+v", after.Action)
		}
		undone := follow(t, s, f.Number, noon.Add(time.Hour), func(f *visit.Finding, a *visit.Action, d visit.Doer) error { return a.Undo(f, d) })
		if undone.Action.State != visit.ActionProposed || len(undone.Action.Steps) != 3 || undone.Action.Steps[2].Kind != visit.StepUndo || !reflect.DeepEqual(undone.Action.Steps[:2], before.Action.Steps) {
			t.Errorf("undone it is %+v", undone.Action)
		}
		if !reflect.DeepEqual(undone.Action.ActionFacts, before.Action.Steps[1].Was) {
			t.Errorf("undone it is %+v, and was %+v", undone.Action.ActionFacts, before.Action.Steps[1].Was)
		}
	})
}

func TestOfTwoWhoTakeAStepAtOnceOneDoes(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		f := found(t, s, "D1:1", v.Subject())
		follow(t, s, f.Number, noon, answers)
		var wg sync.WaitGroup
		errs := make([]error, 6)
		for n := range errs {
			wg.Go(func() {
				_, errs[n] = s.ChangeAction(ctx, "T1", f.Number, noon, func(f *visit.Finding, a *visit.Action) error {
					return agrees(civil.On(2027, 2, 1+n))(f, a, doing(fmt.Sprintf("U%d", n), noon))
				})
			})
		}
		wg.Wait()
		did := 0
		for _, err := range errs {
			var input visit.InputErrors
			switch {
			case err == nil:
				did++
			case !errors.As(err, &input) || input[0].Field != "state":
				t.Errorf("who came second is told %v", err)
			}
		}
		if a := must(s.Action(ctx, "T1", f.Number)); did != 1 || len(a.Action.Steps) != 2 || len(actionsPending(t, s, v.Subject())) != 4 {
			t.Errorf("%d have agreed: %+v", did, a.Action)
		}
	})
}

func TestRemindersGoWithTheAction(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		plain := pending(t, s, "T1", v.Subject())
		f, g := found(t, s, "D1:1", v.Subject()), found(t, s, "D1:2", v.Subject())
		due := civil.On(2027, 2, 1) // a Monday
		want := []string{"2027-01-27 action C1", "2027-02-01 action C1", "2027-02-02 action-overdue C1", "2027-02-08 action-overdue U1"}
		check := func(what string, of visit.Subject, want []string) {
			t.Helper()
			if got := actionsPending(t, s, of); !slices.Equal(got, want) {
				t.Errorf("%s: %q wait, want %q", what, got, want)
			}
		}
		follow(t, s, f.Number, noon, answers)
		check("an answer", v.Subject(), nil)
		follow(t, s, f.Number, noon, agrees(due))
		check("agreed", v.Subject(), want)
		follow(t, s, g.Number, noon, answers, agrees(due))
		check("two by one day", v.Subject(), want)
		follow(t, s, f.Number, noon, isDone)
		check("one of them is done", v.Subject(), want)
		follow(t, s, g.Number, noon, isDone)
		check("both are", v.Subject(), nil)
		follow(t, s, f.Number, noon, func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.NotEnough(f, "it is blurred", due, nil, d)
		})
		check("one was not enough", v.Subject(), want)

		must(s.ChangeVisit(ctx, "T1", v.Number, noon, func(v *visit.Visit) error { _, err := v.Cancel("U1", noon); return err }))
		check("the visit is cancelled", v.Subject(), want)
		must(s.ChangeVisit(ctx, "T1", v.Number, noon, func(v *visit.Visit) error { v.Channel, v.Owner = "C7", "U3"; return nil }))
		moved := strings.Split(strings.ReplaceAll(strings.ReplaceAll(strings.Join(want, "\n"), "C1", "C7"), "U1", "U3"), "\n")
		check("the visit has moved to another channel, and another plans it", v.Subject(), moved)
		must(s.ChangeVisit(ctx, "T1", v.Number, noon, func(v *visit.Visit) error { v.ChannelZone = "America/Chicago"; return nil }))
		check("the channel has another clock", v.Subject(), moved)
		for _, o := range must(s.Occurrences(ctx, "T1", OccurrenceFilter{Subject: v.Subject(), States: []visit.State{visit.Pending}, Kinds: []visit.Kind{visit.RemindAction}})) {
			if o.Zone != "America/Chicago" || o.Due.UTC().Hour() != 15 {
				t.Errorf("it comes at %s by %s", o.Due.UTC(), o.Zone)
			}
		}
		must(s.ChangeVisit(ctx, "T1", v.Number, noon, func(v *visit.Visit) error { v.Channel, v.Owner = "C1", "U1"; return nil }))
		check("it has moved back", v.Subject(), want)
		if err := s.MoveChannel(ctx, "T1", "C1", "C8"); err != nil {
			t.Fatal(err)
		}
		renumbered := strings.Split(strings.ReplaceAll(strings.Join(want, "\n"), "C1", "C8"), "\n")
		check("its channel has another id", v.Subject(), renumbered)
		follow(t, s, g.Number, noon, func(f *visit.Finding, a *visit.Action, d visit.Doer) error { return a.SetReviewer(f, "U3", d) })
		check("and then something changes", v.Subject(), renumbered)

		w := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		must(s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error { return f.BelongTo(&w) }))
		check("the finding has gone to another visit", v.Subject(), nil)
		check("the finding has come from another visit", w.Subject(), want)
		must(s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error { _, err := f.Withdraw("U1", "", noon); return err }))
		check("the finding is undone", w.Subject(), nil)
		must(s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error { _, err := f.Restore("U1", ""); return err }))
		check("the finding is back", w.Subject(), want)
		must(s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error { f.Sort(visit.RedFlag, ""); return nil }))
		check("it is a red flag", w.Subject(), nil)
		if got := pending(t, s, "T1", w.Subject()); len(got) != len(plain) {
			t.Errorf("of the visit itself wait %q", got)
		}
	})
}

// Of a critical finding it is asked what becomes of the lot, before anybody does anything with it.
func TestACriticalFindingIsAskedAbout(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		critical := func(f *visit.Finding) { f.Severity = visit.Critical }
		f := found(t, s, "D1:1", v.Subject(), critical)
		want := []string{"2027-01-05 action C1", "2027-01-07 action-overdue C1"}
		if got := actionsPending(t, s, v.Subject()); !slices.Equal(got, want) {
			t.Errorf("%q wait, want %q", got, want)
		}
		must(s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error { f.Severity = visit.Minor; return nil }))
		if got := actionsPending(t, s, v.Subject()); len(got) > 0 {
			t.Errorf("it is minor, and %q wait", got)
		}
		must(s.ChangeFinding(ctx, "T1", f.Number, noon, func(f *visit.Finding) error { f.Severity = visit.Critical; return nil }))
		if got := actionsPending(t, s, v.Subject()); !slices.Equal(got, want) {
			t.Errorf("sorted anew, %q wait, want %q", got, want)
		}
		follow(t, s, f.Number, noon, func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.Contain(f, visit.Containment{What: "12 cartons repacked"}, d)
		})
		if got := actionsPending(t, s, v.Subject()); len(got) > 0 {
			t.Errorf("it was said, and %q wait", got)
		}
	})
}

// What was sent is not sent again by a later change of the same day.
func TestAReminderOfActionsComesOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		f, g := found(t, s, "D1:1", v.Subject()), found(t, s, "D1:2", v.Subject())
		follow(t, s, f.Number, noon, answers, agrees(civil.On(2027, 2, 1)))
		clock := noon.AddDate(0, 0, 23).Add(10 * time.Hour) // of 27 January
		sent := 0
		for _, o := range must(s.Claim(ctx, Claim{Owner: "p", Now: clock, Elapsed: clock, Lease: time.Minute, Limit: 100})) {
			done := o
			done.State, done.TS, done.Sent = visit.Sent, "1.1", clock
			if ok := must(s.Settle(ctx, o, done)); ok && o.Kind == visit.RemindAction {
				sent++
			}
		}
		for range 20 { // the others of its channel
			for _, o := range must(s.Claim(ctx, Claim{Owner: "p", Now: clock, Elapsed: clock.Add(time.Minute), Lease: time.Minute, Limit: 100})) {
				done := o
				done.State, done.TS, done.Sent = visit.Sent, "1.1", clock
				if ok := must(s.Settle(ctx, o, done)); ok && o.Kind == visit.RemindAction {
					sent++
				}
			}
			clock = clock.Add(2 * time.Minute)
		}
		follow(t, s, g.Number, clock, answers, agrees(civil.On(2027, 2, 1)))
		if got := actionsPending(t, s, v.Subject()); sent != 1 || !slices.Equal(got, []string{"2027-02-01 action C1", "2027-02-02 action-overdue C1", "2027-02-08 action-overdue U1"}) {
			t.Errorf("%d were sent, %q wait", sent, got)
		}
	})
}

func TestWhichActionsAreListed(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		in := sampleVisit("T1")
		in.Factory, in.Channel, in.Owner = visit.Factory{Name: "Dull Works"}, "C2", "U3"
		w := must(s.PlanVisit(ctx, in, noon))
		untouched := found(t, s, "D1:1", v.Subject())
		late := found(t, s, "D1:2", v.Subject(), func(f *visit.Finding) { f.Severity = visit.Critical })
		done := found(t, s, "D1:3", w.Subject())
		idea := found(t, s, "D1:4", w.Subject(), func(f *visit.Finding) { f.Kind = visit.Idea })
		found(t, s, "D1:5", w.Subject(), func(f *visit.Finding) { f.Kind = visit.RedFlag })
		loose := found(t, s, "D1:6", "", func(f *visit.Finding) { f.Channel = "" })
		undone := found(t, s, "D1:7", v.Subject())
		must(s.ChangeFinding(ctx, "T1", undone.Number, noon, func(f *visit.Finding) error { _, err := f.Withdraw("U1", "", noon); return err }))
		follow(t, s, late.Number, noon, answers, agrees(civil.On(2027, 1, 20)))
		follow(t, s, done.Number, noon, answers, agrees(civil.On(2027, 1, 10)), isDone)
		closed := found(t, s, "D1:8", v.Subject())
		follow(t, s, closed.Number, noon, func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.Accept(f, "it is within the limit", d)
		})
		if _, _, err := s.AddFinding(ctx, sampleFinding("T2", "D1:1"), noon); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name string
			f    ActionFilter
			want []int
		}{
			{"every one, what is due first and then the worst", ActionFilter{}, []int{done.Number, late.Number, untouched.Number, loose.Number, closed.Number, idea.Number}},
			{"those in which something is to happen", ActionFilter{Live: true}, []int{done.Number, late.Number, untouched.Number, loose.Number}},
			{"in one channel", ActionFilter{Channels: []string{"C2"}}, []int{done.Number, idea.Number}},
			{"in no channel", ActionFilter{Channels: []string{}}, nil},
			{"in one channel, and one's own", ActionFilter{Channels: []string{"C2"}, Own: "U1"}, []int{done.Number, loose.Number, idea.Number}},
			{"in one channel, and another's own", ActionFilter{Channels: []string{"C2"}, Own: "U5"}, []int{done.Number, idea.Number}},
			{"of a visit", ActionFilter{Subject: v.Subject()}, []int{late.Number, untouched.Number, closed.Number}},
			{"of a factory", ActionFilter{Factory: "Dull Works"}, []int{done.Number, idea.Number}},
			{"of a reviewer", ActionFilter{Reviewer: "U2"}, []int{done.Number, late.Number}},
			{"in a state", ActionFilter{States: []visit.ActionState{visit.ActionOpen}}, []int{untouched.Number, loose.Number, idea.Number}},
			{"late on a day: what is done is not", ActionFilter{OverdueOn: civil.On(2027, 1, 21)}, []int{late.Number}},
			{"on the day itself nothing is late", ActionFilter{OverdueOn: civil.On(2027, 1, 20)}, nil},
		} {
			var got []int
			for _, a := range must(s.Actions(ctx, "T1", c.f)) {
				got = append(got, a.Finding.Number)
				if len(a.Finding.Photos) != 1 || a.Finding.Photos[0].FileID != "F1" || a.Action.Steps != nil {
					t.Errorf("%s: %d has the photos %+v and the steps %v", c.name, a.Finding.Number, a.Finding.Photos, a.Action.Steps)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
		if as := must(s.Actions(ctx, "T1", ActionFilter{Subject: w.Subject()})); as[0].Owner != "U3" || as[0].Place.Channel != "C2" {
			t.Errorf("it is %s's, in %s", as[0].Owner, as[0].Place.Channel)
		}
	})
}

func TestAFindingOfTheFactoryAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		of := visit.SubjectOf(visit.OfFactory, v.Factory.Number)
		claim := civil.On(2027, 2, 1)
		in := func(f *visit.Finding) { f.Channel, f.Factory, f.ClaimBy, f.By = "C1", "", claim, "U4" }
		f, g := found(t, s, "D1:1", of, in), found(t, s, "D1:2", of, in)
		if f.Factory != "Ningbo Bright" || f.Channel != "C1" || f.Subject != of || f.ClaimBy != claim || f.Loose() {
			t.Fatalf("it is %+v", f)
		}
		if loose := must(s.LooseFindings(ctx, "T1", "U4")); len(loose) != 0 {
			t.Errorf("%+v belong to nothing", loose)
		}
		if fs := must(s.Findings(ctx, "T1", of)); len(fs) != 2 {
			t.Errorf("the factory has %+v", fs)
		}
		if owner, channel, err := s.OwnerOf(ctx, "T1", of); err != nil || owner != "U4" || channel != "" {
			t.Errorf("its owner is %q, in %q, %v", owner, channel, err)
		}
		if _, _, err := s.OwnerOf(ctx, "T1", "factory/99"); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("a factory without findings has an owner: %v", err)
		}
		claims := []string{"2027-01-27 action C1", "2027-02-01 action C1"}
		if got := actionsPending(t, s, of); !slices.Equal(got, claims) {
			t.Errorf("of the claim %q wait, want %q", got, claims)
		}
		// Two at once see each other's: one message tells of both.
		var wg sync.WaitGroup
		for n, number := range []int{f.Number, g.Number} {
			wg.Go(func() { follow(t, s, number, noon, answers, agrees(civil.On(2027, 3, 1+n))) })
		}
		wg.Wait()
		want := append(claims, "2027-02-24 action C1", "2027-02-25 action C1", "2027-03-01 action C1", "2027-03-02 action-overdue C1", "2027-03-03 action-overdue C1", "2027-03-08 action-overdue U4", "2027-03-09 action-overdue U4")
		if got := actionsPending(t, s, of); !slices.Equal(got, want) {
			t.Errorf("of both %q wait, want %q", got, want)
		}
		if a := must(s.Action(ctx, "T1", f.Number)); a.Owner != "U4" || a.Place.ChannelZone != "Europe/Berlin" || a.Place.Zone != "Asia/Shanghai" {
			t.Errorf("it goes by %+v", a.Place)
		}
		// Without the claim, that is not reminded of.
		for _, n := range []int{f.Number, g.Number} {
			must(s.ChangeFinding(ctx, "T1", n, noon, func(f *visit.Finding) error { f.ClaimBy = civil.Date{}; return nil }))
		}
		if got := actionsPending(t, s, of); !slices.Equal(got, want[2:]) {
			t.Errorf("without the claims %q wait", got)
		}
	})
}

func TestTheSameDefectOpensAVerifiedFindingAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		f := found(t, s, "D1:1", v.Subject())
		later := noon.AddDate(0, 0, 10)
		follow(t, s, f.Number, later, answers, agrees(civil.On(2027, 2, 1)), isDone, lotIsGood, isVerified)
		found(t, s, "D1:2", v.Subject(), func(f *visit.Finding) { f.At = noon.Add(time.Hour) }) // logged late
		found(t, s, "D1:3", v.Subject(), func(f *visit.Finding) { f.At, f.Defect = later.Add(time.Hour), "scratch" })
		if a := must(s.Action(ctx, "T1", f.Number)); a.Action.State != visit.ActionVerified {
			t.Fatalf("another finding has made it %s", a.Action.State)
		}
		now := later.AddDate(0, 0, 30)
		in := sampleFinding("T1", "D1:4")
		in.Subject, in.By, in.Defect = v.Subject(), "U7", ""
		again, _, err := s.AddFinding(ctx, in, now)
		if err != nil {
			t.Fatal(err)
		}
		must(s.ChangeFinding(ctx, "T1", again.Number, now, func(f *visit.Finding) error { f.Defect = "no-corner-guard"; return nil }))
		a := must(s.Action(ctx, "T1", f.Number))
		last := a.Action.Steps[len(a.Action.Steps)-1]
		if a.Action.State != visit.ActionAgreed || last.Kind != visit.StepReopen || last.Other != again.Number || last.By != "U7" || a.Action.Due != civil.Of(now).AddDays(30) {
			t.Errorf("it is %+v, by %+v", a.Action.ActionFacts, last)
		}
		if got := actionsPending(t, s, v.Subject()); len(got) != 4 {
			t.Errorf("%q wait", got)
		}
	})
}

func TestAFindingThatIsTheSameAsAnother(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		in := sampleVisit("T1")
		in.Channel = "C2"
		w := must(s.PlanVisit(ctx, in, noon))
		f, g := found(t, s, "D1:1", v.Subject()), found(t, s, "D1:2", v.Subject())
		secret := found(t, s, "D1:3", w.Subject())
		flag := found(t, s, "D1:4", v.Subject(), func(f *visit.Finding) { f.Kind = visit.RedFlag })
		in = sampleVisit("T1")
		in.Factory = visit.Factory{Name: "Other Works"}
		far := must(s.PlanVisit(ctx, in, noon))
		elsewhere := found(t, s, "D1:5", far.Subject())
		same := func(number, as int) string {
			_, err := s.ChangeAction(ctx, "T1", number, noon, func(f *visit.Finding, a *visit.Action) error { return a.Withdraw(f, "", as, doing("U1", noon)) })
			var input visit.InputErrors
			if errors.As(err, &input) {
				return input[0].Mistake.Error()
			}
			return fmt.Sprint(err)
		}
		unknown := same(f.Number, 99)
		for name, n := range map[string]int{"of another channel": secret.Number, "a red flag": flag.Number} {
			if got := same(f.Number, n); got != strings.Replace(unknown, "99", fmt.Sprint(n), 1) {
				t.Errorf("%s: %s, as of none: %s", name, got, unknown)
			}
		}
		if got := same(f.Number, elsewhere.Number); !strings.Contains(got, "of another factory") {
			t.Errorf("the same as one of another factory: %s", got)
		}
		if got := same(f.Number, g.Number); got != "<nil>" {
			t.Errorf("the same as another is %s", got)
		}
		if got := same(g.Number, f.Number); !strings.Contains(got, "already") {
			t.Errorf("each is the same as the other: %s", got)
		}
	})
}
