package store

import (
	"context"
	"slices"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// cardsOf are the cards of a subject that are in some state, by key.
func cardsOf(t *testing.T, s *Store, of visit.Subject, states ...visit.State) []visit.Occurrence {
	t.Helper()
	os, err := s.Occurrences(context.Background(), "T1", OccurrenceFilter{Subject: of, States: states})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(os, func(o visit.Occurrence) bool { return o.Kind != visit.Card })
}

// taken takes what is due.
func taken(t *testing.T, s *Store, now time.Time) []visit.Occurrence {
	t.Helper()
	os, err := s.Claim(context.Background(), Claim{Owner: "me", Now: now, Elapsed: now, Lease: 30 * time.Second, Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	return os
}

func settle(t *testing.T, s *Store, o visit.Occurrence, change func(*visit.Occurrence)) bool {
	t.Helper()
	to := o
	change(&to)
	ok, err := s.Settle(context.Background(), o, to)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// sent settles a card as sent with a timestamp, showing a revision.
func sent(ts string, shows int) func(*visit.Occurrence) {
	return func(o *visit.Occurrence) { o.State, o.TS, o.Shows = visit.Sent, ts, shows }
}

func TestACardIsRecordedWithItsVisitAndKeptWithItsSettlement(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		i := visit.Inspection{Work: visit.Work{Workspace: "T1", Factory: v.Factory, Place: visit.Place{Channel: "C2"}, Owner: "U1"}, Type: "x", Due: v.First}
		i = must(s.AddInspection(ctx, i, noon))
		os := taken(t, s, noon)
		if len(os) != 2 || os[0].Kind != visit.Card || os[1].Kind != visit.Card || !os[0].AnyHour || !os[0].Expires.IsZero() {
			t.Fatalf("taken are %+v", os)
		}
		for _, o := range os {
			// A process whose lease somebody else has keeps nothing.
			other := o
			other.Owner = "somebody else"
			if settle(t, s, other, sent("9.9", 1)) {
				t.Error("settled behind the fence")
			}
			if !settle(t, s, o, sent("1."+o.To, 1)) {
				t.Error("not settled")
			}
		}
		got, of := must(s.Visit(ctx, "T1", v.Number)), must(s.Inspection(ctx, "T1", i.Number))
		if got.Card != "1.C1" || of.Card != "1.C2" || got.Rev != 1 || got.Schedule != 1 {
			t.Errorf("kept are %q and %q; revision %d, schedule %d", got.Card, of.Card, got.Rev, got.Schedule)
		}
		if cs := must(s.StaleCards(ctx, 10)); len(cs) != 0 {
			t.Errorf("behind are %+v", cs)
		}
	})
}

func TestAReminderWaitsForTheCardOfItsSubjectAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		soon := sampleVisit("T1")
		soon.First = soon.First.AddDays(-65) // past milestones make one message at once
		soon.Last = soon.First
		v := must(s.PlanVisit(ctx, soon, noon))
		other := must(s.PlanVisit(ctx, sampleVisit("T1"), noon.Add(-time.Hour)))
		for _, o := range cardsOf(t, s, other.Subject()) {
			settle(t, s, o, sent("1.0", 1))
		}
		remind := visit.Occurrence{Workspace: "T1", Key: "other", Kind: visit.Remind, Subject: other.Subject(), To: "C1", AnyHour: true, Due: noon}
		direct := visit.Occurrence{Workspace: "T1", Key: "direct", Kind: visit.Escalation, Subject: v.Subject(), To: "U1", AnyHour: true, Due: noon}
		for _, o := range []visit.Occurrence{remind, direct} {
			if err := s.AddOccurrence(ctx, o); err != nil {
				t.Fatal(err)
			}
		}
		keys := func(os []visit.Occurrence) (ks []string) {
			for _, o := range os {
				ks = append(ks, string(o.Kind)+" to "+o.To)
			}
			slices.Sort(ks)
			return ks
		}
		at := noon
		first := taken(t, s, at)
		if got, want := keys(first), []string{"card to C1", "escalation to U1"}; !slices.Equal(got, want) {
			t.Fatalf("first come %q, want %q", got, want)
		}
		// Nobody knows whether the card came: what is about another visit goes on, the
		// catch-up does not.
		settle(t, s, first[slices.IndexFunc(first, func(o visit.Occurrence) bool { return o.Kind == visit.Card })], func(o *visit.Occurrence) { o.State, o.Hold = visit.Uncertain, at.Add(time.Hour) })
		at = at.Add(5 * time.Second)
		second := taken(t, s, at)
		if got, want := keys(second), []string{"remind to C1"}; !slices.Equal(got, want) {
			t.Fatalf("then comes %q, want %q", got, want)
		}
		settle(t, s, second[0], func(o *visit.Occurrence) { o.State, o.TS, o.Sent = visit.Sent, "1.5", at })
		at = at.Add(5 * time.Second)
		if got := taken(t, s, at); len(got) != 0 {
			t.Fatalf("before its card comes %q", keys(got))
		}
		settle(t, s, cardsOf(t, s, v.Subject())[0], sent("2.0", 1))
		at = at.Add(5 * time.Second)
		if got, want := keys(taken(t, s, at)), []string{"catch-up to C1"}; !slices.Equal(got, want) {
			t.Errorf("under the card comes %q, want %q", got, want)
		}
	})
}

func TestACardThatIsDeadHoldsNothingBack(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		settle(t, s, cardsOf(t, s, v.Subject())[0], func(o *visit.Occurrence) { o.State = visit.Dead })
		must(s.PlanVisit(ctx, sampleVisit("T2"), noon.Add(time.Hour))) // whose card is another
		o := visit.Occurrence{Workspace: "T1", Key: "k", Kind: visit.Remind, Subject: v.Subject(), To: "C1", AnyHour: true, Due: noon}
		if err := s.AddOccurrence(ctx, o); err != nil {
			t.Fatal(err)
		}
		if os := taken(t, s, noon); len(os) != 1 || os[0].Key != "k" {
			t.Errorf("taken is %+v", os)
		}
		// A reminder does not ask for it anew, but somebody who changes the visit does.
		for _, c := range []struct{ again, coming bool }{{false, false}, {true, true}, {true, true}} {
			if coming := must(s.NeedCard(ctx, "T1", v.Subject(), "", c.again, noon)); coming != c.coming {
				t.Errorf("asked again %v: coming %v", c.again, coming)
			}
		}
		if n := len(cardsOf(t, s, v.Subject(), visit.Pending)); n != 1 {
			t.Errorf("%d cards are pending", n)
		}
	})
}

func TestALostCardIsReplacedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		ts := ""
		for n, next := range []string{"1.0", "2.0", "3.0"} {
			if n > 0 {
				for range 2 { // two replicas notice
					must(s.NeedCard(ctx, "T1", v.Subject(), ts, true, noon))
				}
			}
			waiting := cardsOf(t, s, v.Subject(), visit.Pending)
			if len(waiting) != 1 {
				t.Fatalf("%d cards are pending after %d", len(waiting), n)
			}
			settle(t, s, waiting[0], sent(next, 1))
			if got := must(s.Visit(ctx, "T1", v.Number)); got.Card != next || got.Rev != 1 || got.Schedule != 1 {
				t.Fatalf("kept is %q at revision %d", got.Card, got.Rev)
			}
			ts = next
		}
		if n := len(cardsOf(t, s, v.Subject())); n != 3 {
			t.Errorf("%d cards in all", n)
		}
		if coming := must(s.NeedCard(ctx, "T1", v.Subject(), "1.0", true, noon)); coming {
			t.Error("a card that was replaced long ago was replaced again")
		}
	})
}

func TestWhatMovesGetsItsCardWhereItIs(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		move := func(to string) {
			v = must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Channel = to; return nil }))
		}
		old := cardsOf(t, s, v.Subject())[0]
		move("C2")
		move("C1")
		move("C2")
		waiting := cardsOf(t, s, v.Subject(), visit.Pending)
		if len(waiting) != 1 || waiting[0].To != "C2" {
			t.Fatalf("waiting are %+v", waiting)
		}
		// The first was on its way when the visit moved.
		settle(t, s, func() visit.Occurrence { o := old; o.State = visit.Cancelled; return o }(), sent("1.0", 1))
		if got := must(s.Visit(ctx, "T1", 1)); got.Card != "" {
			t.Errorf("kept is the card of the old channel, %q", got.Card)
		}
		settle(t, s, waiting[0], sent("2.0", v.Rev))
		if got := must(s.Visit(ctx, "T1", 1)); got.Card != "2.0" {
			t.Errorf("kept is %q", got.Card)
		}
		// Other changes leave the card alone, and what waits of it.
		move("C3")
		must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.First, v.Last = v.First.AddDays(1), v.Last.AddDays(1); return nil }))
		must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Cancel("U1", noon); return nil }))
		if waiting := cardsOf(t, s, v.Subject(), visit.Pending); len(waiting) != 1 || waiting[0].To != "C3" {
			t.Errorf("waiting are %+v", waiting)
		}
	})
}

func TestWhatAPlanMadeHasNoCardUntilItIsAskedFor(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		p := must(s.AddPlan(ctx, samplePlan("T1"), noon))
		sc := must(s.Schedule(ctx, "T1", visit.RecurPlan, p.Subject()))
		if _, _, err := s.FirePlan(ctx, sc, time.Time{}, civil.On(2027, 3, 29), []visit.Inspection{p.Inspection(civil.On(2027, 3, 15), noon)}, noon); err != nil {
			t.Fatal(err)
		}
		v := must(s.Inspection(ctx, "T1", 1))
		if n := len(cardsOf(t, s, v.Subject())); n != 0 {
			t.Errorf("%d cards", n)
		}
		must(s.ChangeInspection(ctx, "T1", 1, noon, func(i *visit.Inspection) error { i.Channel = "C2"; return nil }))
		if n := len(cardsOf(t, s, v.Subject())); n != 0 {
			t.Errorf("%d cards after it moved", n)
		}
		for range 2 {
			if coming := must(s.NeedCard(ctx, "T1", v.Subject(), "", false, noon)); !coming {
				t.Error("none is coming")
			}
		}
		if cs := cardsOf(t, s, v.Subject()); len(cs) != 1 || cs[0].To != "C2" {
			t.Errorf("cards are %+v", cs)
		}
	})
}

func TestWhichCardsAreBehind(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		behind := func(what string, want ...int) {
			t.Helper()
			var revs []int
			for _, c := range must(s.StaleCards(ctx, 10)) {
				if c.Workspace != "T1" || c.Subject != v.Subject() {
					t.Errorf("%s: %+v", what, c)
				}
				revs = append(revs, c.Rev)
			}
			if !slices.Equal(revs, want) {
				t.Errorf("%s: behind are %v, want %v", what, revs, want)
			}
		}
		tick := func() {
			must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Agenda += "x"; return nil }))
		}
		tick()
		behind("without a card")
		settle(t, s, cardsOf(t, s, v.Subject())[0], sent("1.0", 1))
		behind("posted with what was so before", 2)
		drawn := func(ts string, rev int, want bool) {
			t.Helper()
			if last := must(s.CardDrawn(ctx, "T1", v.Subject(), ts, rev)); last != want {
				t.Errorf("revision %d of %s is the last: %v", rev, ts, last)
			}
		}
		drawn("1.0", 2, true)
		behind("redrawn")
		tick()
		tick()
		drawn("1.0", 4, true)
		drawn("1.0", 3, false) // by a replica that was slow
		behind("the later one counts")
		drawn("0.5", 9, true) // a card that is replaced
		tick()
		behind("changed again", 5)
		if got := must(s.Visit(ctx, "T1", 1)); got.Rev != 5 || got.Schedule != 1 || got.Card != "1.0" {
			t.Errorf("drawing made it %d, %d, %q", got.Rev, got.Schedule, got.Card)
		}
		if _, _, err := s.NoteChannel(ctx, "T1", ChannelFacts{Channel: "C1", Name: "c", State: ChannelArchived, Checked: noon}, noon); err != nil {
			t.Fatal(err)
		}
		behind("its channel is archived")
	})
}
