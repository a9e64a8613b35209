package store

import (
	"context"
	"slices"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// TestTheAnswerTimeOfAnAgreementIsRemindedOf, whichever comes first: the agreement, or that the
// factory was asked. One of another channel, or of another factory, is none.
func TestTheAnswerTimeOfAnAgreementIsRemindedOf(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		f := found(t, s, "D1:1", v.Subject())
		asks := func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.SetDue(f, civil.On(2027, 3, 1), "", d)
		}
		letter := []string{"2027-02-24 action C1", "2027-03-01 action C1", "2027-03-02 action-overdue C1", "2027-03-08 action-overdue U1"}
		follow(t, s, f.Number, noon, asks)
		agreed := func(change func(*visit.Agreement)) visit.Agreement {
			a := sampleAgreement("T1")
			a.Factory = v.Factory
			change(&a)
			return must(s.AddAgreement(ctx, a, noon))
		}
		elsewhere := agreed(func(a *visit.Agreement) { a.Channel = "C2" })
		agreed(func(a *visit.Agreement) { a.Factory = visit.Factory{Name: "Dark"} })
		check := func(when string, want ...string) {
			t.Helper()
			if got := actionsPending(t, s, v.Subject()); !slices.Equal(got, append(want, letter...)) {
				t.Errorf("%s %q wait", when, got)
			}
		}
		check("with agreements of another channel and another factory")
		a := agreed(func(a *visit.Agreement) { a.Talk.AnswerHours = 48 })
		check("with one that says two days", "2027-01-06 action C1")
		change := func(f func(*visit.Agreement)) {
			t.Helper()
			must(s.ChangeAgreement(ctx, "T1", a.Number, noon, func(a *visit.Agreement) error { f(a); return nil }))
		}
		change(func(a *visit.Agreement) { a.Talk.AnswerHours = 72 })
		check("with three days", "2027-01-07 action C1")
		change(func(a *visit.Agreement) {
			if err := a.Terminate(civil.On(2027, 1, 4), civil.On(2027, 1, 4), "moved", "U1", noon); err != nil {
				t.Fatal(err)
			}
		})
		check("after it was ended")
		must(s.ChangeAgreement(ctx, "T1", elsewhere.Number, noon, func(a *visit.Agreement) error { a.Channel = "C1"; return nil }))
		check("with one that came into the channel", "2027-01-05 action C1")
		as := must(s.Actions(ctx, "T1", ActionFilter{Subject: v.Subject(), Agreed: true}))
		if len(as) != 1 || as[0].At != v.Factory.Number || len(as[0].Agreements) != 2 {
			t.Errorf("the action has %+v", as)
		}
		follow(t, s, f.Number, noon, answers)
		if got := actionsPending(t, s, v.Subject()); len(got) > 0 {
			t.Errorf("they have answered, and %q wait", got)
		}
	})
}

// TestWhoTakesOverAVisitHearsOfItsLateActions: they get the daily message, unless nothing is to
// be told of.
func TestWhoTakesOverAVisitHearsOfItsLateActions(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		in := sampleVisit("T1")
		in.Items = nil // which would be for who takes it over
		v := must(s.PlanVisit(ctx, in, noon))
		f := found(t, s, "D1:1", v.Subject())
		digest := func(who string) int {
			t.Helper()
			n := 0
			if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM schedules WHERE workspace = 'T1' AND kind = 'digest' AND subject = $1`, "person/"+who).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		takes := func(who string) {
			t.Helper()
			must(s.ChangeVisit(ctx, "T1", v.Number, noon, func(v *visit.Visit) error { v.Owner = who; return nil }))
		}
		must(s.ChangeVisit(ctx, "T1", v.Number, noon, func(v *visit.Visit) error { // nobody is asked for its outcome
			v.Outcome.Verdict = visit.Go
			return nil
		}))
		takes("U7")
		if n := digest("U7"); n != 0 {
			t.Errorf("nobody has done anything, and they get a message a day")
		}
		follow(t, s, f.Number, noon, answers, agrees(civil.On(2027, 2, 1)))
		takes("U8")
		if n := digest("U8"); n != 1 {
			t.Errorf("who took over a visit with an action has %d schedules", n)
		}
	})
}

// TestAChannelThatNobodyHasAskedAboutIsPrivate until Slack has said what it is.
func TestAChannelThatNobodyHasAskedAboutIsPrivate(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		at := must(s.AddFactory(ctx, visit.Factory{Workspace: "T1", Name: "Bright"}, noon))
		f := found(t, s, "D1:1", "", func(f *visit.Finding) { f.HangOn(&at, "C9") })
		if p := must(s.Action(ctx, "T1", f.Number)).Place; !p.Private || !p.Shared {
			t.Errorf("nobody has asked, and it is %+v", p)
		}
		if _, _, err := s.NoteChannel(ctx, "T1", ChannelFacts{Channel: "C9"}, noon); err != nil {
			t.Fatal(err)
		}
		if p := must(s.Action(ctx, "T1", f.Number)).Place; p.Private || p.Shared {
			t.Errorf("it is public, and counts as %+v", p)
		}
	})
}

// TestAnImportedActionThatIsTheSameAsOneElsewhere is recorded, and says that it is not.
func TestAnImportedActionThatIsTheSameAsOneElsewhere(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		in := sampleVisit("T1")
		in.Channel = "C2"
		w := must(s.PlanVisit(ctx, in, noon))
		f, here, there := found(t, s, "D1:1", v.Subject()), found(t, s, "D1:2", v.Subject()), found(t, s, "D1:3", w.Subject())
		as := func(same int) visit.Action {
			a := visit.Action{Workspace: "T1", Finding: f.Number, ActionFacts: visit.ActionFacts{State: visit.ActionOpen}}
			for range 2 { // the first one was taken back
				if err := a.Withdraw(&f, "", same, doing("U1", noon)); err != nil {
					t.Fatal(err)
				}
				if len(a.Steps) == 1 {
					if err := a.Undo(&f, doing("U1", noon)); err != nil {
						t.Fatal(err)
					}
				}
			}
			return a
		}
		if apart := must(s.AddAction(ctx, as(there.Number), noon)); !apart {
			t.Error("it is not said that the two stand apart")
		}
		a := must(s.Action(ctx, "T1", f.Number)).Action
		if a.State != visit.ActionWithdrawn || a.SameAs != 0 || len(a.Steps) != 3 || a.Steps[0].Other != 0 || a.Steps[1].Was.SameAs != 0 || a.Steps[2].Other != 0 {
			t.Errorf("recorded is %+v", a)
		}
		if apart := must(s.AddAction(ctx, as(there.Number), noon)); apart {
			t.Error("imported again it is said once more")
		}
		f = here
		if apart := must(s.AddAction(ctx, as(1), noon)); apart || must(s.Action(ctx, "T1", f.Number)).Action.SameAs != 1 {
			t.Error("one of the same channel is taken for one of another")
		}
	})
}

// TestANewFactoryIsRecordedWithTheChangeOfItsAgreement, or not at all.
func TestANewFactoryIsRecordedWithTheChangeOfItsAgreement(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		a := must(s.AddAgreement(ctx, sampleAgreement("T1"), noon))
		to := func(title string) func(a *visit.Agreement) error {
			return func(a *visit.Agreement) error {
				a.Factory, a.Title = visit.Factory{Workspace: "T1", Name: "Dark"}, title
				return nil
			}
		}
		if _, err := s.ChangeAgreement(ctx, "T1", a.Number, noon, to("")); err == nil {
			t.Fatal("an agreement has no title")
		}
		if fs := must(s.Factories(ctx, "T1")); len(fs) != 1 {
			t.Errorf("nothing was saved, and there are %+v", fs)
		}
		changed := must(s.ChangeAgreement(ctx, "T1", a.Number, noon.Add(time.Hour), to("Lamps")))
		if fs := must(s.Factories(ctx, "T1")); len(fs) != 2 || changed.Factory.Name != "Dark" || changed.Factory.Number == a.Factory.Number {
			t.Errorf("the factories are %+v, the agreement is with %+v", fs, changed.Factory)
		}
	})
}
