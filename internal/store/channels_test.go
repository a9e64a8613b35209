package store

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

func TestAChannelsFactsStandOnAllThatIsInIt(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		i := sampleInspection("T1")
		i.Channel = "C1"
		i = must(s.AddInspection(ctx, i, noon))
		p := samplePlan("T1")
		p.Channel = "C1"
		p = must(s.AddPlan(ctx, p, noon))
		other := must(s.PlanVisit(ctx, sampleVisit("T2"), noon))

		open := ChannelFacts{Channel: "C1", Name: "sourcing", Checked: noon}
		if before, changed, err := s.NoteChannel(ctx, "T1", open, noon); err != nil || changed || before.ForAll() || before.Private {
			t.Fatalf("of a channel that is as it was planned it was %+v, changed %v, %v", before, changed, err)
		}
		if _, changed, err := s.NoteChannel(ctx, "T1", open, noon); err != nil || changed {
			t.Fatalf("noted twice it changed %v, %v", changed, err)
		}
		shared := open
		shared.Shared, shared.Private, shared.Checked = true, true, noon.Add(time.Hour)
		before, changed, err := s.NoteChannel(ctx, "T1", shared, noon)
		if err != nil || !changed || before.Shared || before.Private || before.Name != "sourcing" {
			t.Fatalf("it was %+v, changed %v, %v", before, changed, err)
		}
		if got := must(s.ChannelFacts(ctx, "T1", "C1")); got != (ChannelFacts{Channel: "C1", Name: "sourcing", Shared: true, Private: true, Checked: noon.Add(time.Hour)}) {
			t.Errorf("known is %+v", got)
		}
		if got := must(s.Visit(ctx, "T1", v.Number)); !got.Shared || !got.Private || got.Rev <= v.Rev {
			t.Errorf("the visit is %+v", got.Work)
		}
		if got := must(s.Inspection(ctx, "T1", i.Number)); !got.Shared || !got.Private {
			t.Errorf("the inspection is %+v", got.Work)
		}
		if got := must(s.Plan(ctx, "T1", p.Number)); !got.Shared || !got.Private {
			t.Errorf("the plan is %+v", got)
		}
		if got := must(s.Visit(ctx, "T2", other.Number)); got.Shared {
			t.Error("another workspace's visit changed with it")
		}

		// Of what is closed to us nothing else is seen, and a private channel stays private.
		gone := ChannelFacts{Channel: "C1", State: ChannelLeft, Checked: noon.Add(2 * time.Hour)}
		if before, changed, err := s.NoteChannel(ctx, "T1", gone, noon); err != nil || !changed || before.State != ChannelOpen {
			t.Errorf("left: it was %+v, changed %v, %v", before, changed, err)
		}
		gone.State = ChannelGone
		if _, changed, err := s.NoteChannel(ctx, "T1", gone, noon); err != nil || changed {
			t.Errorf("that those who left see nothing of it is no change; changed %v, %v", changed, err)
		}
		if got := must(s.Visit(ctx, "T1", v.Number)); !got.Private || !got.Shared {
			t.Errorf("after the app left, the visit is %+v", got.Work)
		}

		if _, changed, err := s.NoteChannel(ctx, "T1", ChannelFacts{Channel: "C9", Name: "lunch", Shared: true}, noon); err != nil || changed {
			t.Errorf("a channel with nothing in it: changed %v, %v", changed, err)
		}
		if _, err := s.ChannelFacts(ctx, "T1", "C9"); err == nil {
			t.Error("a channel with nothing in it is recorded")
		}
	})
}

func TestWhatWasAgreedToIsNoChangeOfTheChannel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := sampleVisit("T1")
		v.Shared = true
		must(s.PlanVisit(ctx, v, noon))
		now := ChannelFacts{Channel: "C1", Name: "joint", Shared: true, Checked: noon}
		before, changed, err := s.NoteChannel(ctx, "T1", now, noon)
		if err != nil || changed || !before.Shared {
			t.Errorf("planned where another company reads: it was %+v, changed %v, %v", before, changed, err)
		}
		// One that was imported knew nothing of it.
		v.Shared, v.Channel = false, "C2"
		must(s.PlanVisit(ctx, v, noon))
		now.Channel = "C2"
		if before, changed, err := s.NoteChannel(ctx, "T1", now, noon); err != nil || !changed || before.Shared {
			t.Errorf("imported: it was %+v, changed %v, %v", before, changed, err)
		}
	})
}

func TestOneOfManySeesThatAChannelChanged(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		for round, shared := range []bool{true, false, true} {
			var saw atomic.Int64
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					before, changed, err := s.NoteChannel(ctx, "T1", ChannelFacts{Channel: "C1", Name: "sourcing", Shared: shared, Checked: noon}, noon)
					if err != nil {
						t.Error(err)
					}
					if changed != (before.Shared != shared) {
						t.Errorf("round %d: it was %+v, changed %v", round, before, changed)
					}
					if changed {
						saw.Add(1)
					}
				})
			}
			all.Wait()
			if n := saw.Load(); n != 1 {
				t.Errorf("round %d: %d saw the change, want 1", round, n)
			}
		}
	})
}

// TestOfAChangeEachIsToldOnce goes by what many processes note at the same time.
func TestOfAChangeEachIsToldOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := sampleVisit("T1")
		v.Owner, v.People = "U1", []visit.Person{{User: "U2"}, {Name: "a driver"}}
		v.Items = append(v.Items, visit.Item{ID: 90, Milestone: -1, Text: "Book the train", Owner: "U3"})
		must(s.PlanVisit(ctx, v, noon))
		must(s.PlanVisit(ctx, v, noon))
		other := v
		other.Channel = "C9"
		must(s.PlanVisit(ctx, other, noon))
		told := func() string {
			var to []string
			for _, o := range must(s.Occurrences(ctx, "T1", OccurrenceFilter{Kinds: []visit.Kind{visit.News}})) {
				c, _ := o.Change()
				to = append(to, string(c)+" "+o.To)
			}
			slices.Sort(to)
			return strings.Join(to, ", ")
		}
		want := ""
		for n, c := range []struct {
			now  ChannelFacts
			more []string
		}{
			{ChannelFacts{Name: "sourcing"}, nil},
			{ChannelFacts{Name: "sourcing", Guests: true}, []string{"opened U1"}},
			{ChannelFacts{Name: "sourcing", Shared: true}, nil}, // it is read by others already
			{ChannelFacts{Name: "sourcing"}, nil},
			{ChannelFacts{Name: "sourcing", Shared: true}, []string{"opened U1"}},
			{ChannelFacts{Name: "sourcing", Shared: true, State: ChannelArchived}, []string{"closed U1", "closed U2", "closed U3"}},
			{ChannelFacts{State: ChannelGone}, nil},
			{ChannelFacts{Name: "sourcing", Shared: true}, nil},
		} {
			c.now.Channel, c.now.Checked = "C1", noon.Add(time.Duration(n)*time.Minute)
			var all sync.WaitGroup
			for range 6 {
				all.Go(func() {
					if _, _, err := s.NoteChannel(ctx, "T1", c.now, noon); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			both := append(strings.Split(want, ", "), c.more...)
			both = slices.DeleteFunc(both, func(s string) bool { return s == "" })
			slices.Sort(both)
			if want = strings.Join(both, ", "); told() != want {
				t.Fatalf("after step %d told are %q, want %q", n, told(), want)
			}
		}
	})
}

func TestWhoMovesAChannelMovesAllOfItOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		i := sampleInspection("T1")
		i.Channel = "C1"
		i = must(s.AddInspection(ctx, i, noon))
		p := samplePlan("T1")
		p.Channel = "C1"
		p = must(s.AddPlan(ctx, p, noon))
		other := must(s.PlanVisit(ctx, sampleVisit("T2"), noon))
		tips := visit.Schedule{Workspace: "T1", Subject: visit.SubjectOf(visit.OfChannel, "C1"), Kind: visit.RecurTip, Rule: "0 9 * * 1", Zone: "UTC", Next: noon}
		if err := s.PutSchedule(ctx, tips); err != nil {
			t.Fatal(err)
		}
		timing := visit.DefaultTiming()
		if err := s.AddOccurrence(ctx, visit.TipOf(tips, noon, &timing)); err != nil {
			t.Fatal(err)
		}
		if err := s.SeeTip(ctx, "T1", "C1", "clock", noon); err != nil {
			t.Fatal(err)
		}
		if err := s.KeepDraft(ctx, Draft{Workspace: "T1", ID: "d", Person: "U1", Kind: "visit", Body: `{"channel":"C1","name":"C11"}`, Kept: noon}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.NoteChannel(ctx, "T1", ChannelFacts{Channel: "C1", Name: "sourcing", Checked: noon}, noon); err != nil {
			t.Fatal(err)
		}
		// One was being sent and may be there already: its key is in its message.
		tried := visit.Occurrence{Workspace: "T1", Key: "T1/visit/1/r1/m-2/C1", Kind: visit.Remind, Subject: v.Subject(), Schedule: 1, To: "C1", Zone: "UTC", Due: noon, State: visit.Pending}
		if err := s.AddOccurrence(ctx, tried); err != nil {
			t.Fatal(err)
		}
		if _, err := s.write.ExecContext(ctx, `UPDATE occurrences SET state = 'uncertain', posted_at = 7 WHERE workspace = 'T1' AND key = $1`, tried.Key); err != nil {
			t.Fatal(err)
		}
		for _, m := range []Shown{
			{Workspace: "T1", About: "findings/" + string(v.Subject()), Channel: "C1", TS: "1.2", Note: "n"},
			{Workspace: "T2", About: "findings/visit/1", Channel: "C1", TS: "1.2", Note: "n"},
		} {
			if err := s.NoteShown(ctx, m); err != nil {
				t.Fatal(err)
			}
		}
		before := pending(t, s, "T1", v.Subject())
		for range 2 {
			if err := s.MoveChannel(ctx, "T1", "C1", "C2"); err != nil {
				t.Fatal(err)
			}
		}

		if a, b, c := must(s.Visit(ctx, "T1", v.Number)), must(s.Inspection(ctx, "T1", i.Number)), must(s.Plan(ctx, "T1", p.Number)); a.Channel != "C2" || b.Channel != "C2" || c.Channel != "C2" || a.Rev <= v.Rev {
			t.Errorf("they are in %s, %s and %s", a.Channel, b.Channel, c.Channel)
		}
		if got := must(s.Visit(ctx, "T2", other.Number)); got.Channel != "C1" {
			t.Error("another workspace's visit moved with it")
		}
		if m := must(s.Shown(ctx, "T1", "findings/"+string(v.Subject()))); m.Channel != "C2" || m.TS != "1.2" || m.Note != "n" {
			t.Errorf("what is kept up to date there is %+v", m)
		}
		if m := must(s.Shown(ctx, "T2", "findings/visit/1")); m.Channel != "C1" {
			t.Error("another workspace's message moved with it")
		}
		after := pending(t, s, "T1", v.Subject())
		if len(after) != len(before) {
			t.Errorf("%d reminders wait, want %d", len(after), len(before))
		}
		for _, k := range after {
			if !strings.HasSuffix(k, "/C2") {
				t.Errorf("a reminder has the key %s", k)
			}
		}
		// Made again, they are the same reminders.
		if err := s.change(ctx, "make the reminders again", func(x *txn) error {
			v := must(whole[visit.Visit](ctx, x, visits, "T1", v.Number))
			return x.insertOccurrences(ctx, v.Reminders(&timing, noon, false))
		}); err != nil {
			t.Fatal(err)
		}
		if again := pending(t, s, "T1", v.Subject()); !slices.Equal(again, after) {
			t.Errorf("made again they are\n%q, want\n%q", again, after)
		}
		if o := must(s.Occurrence(ctx, "T1", tried.Key)); o.To != "C2" || o.State != visit.Uncertain {
			t.Errorf("what may have been sent is %+v", o)
		}
		moved := visit.SubjectOf(visit.OfChannel, "C2")
		if sc, err := s.Schedule(ctx, "T1", visit.RecurTip, moved); err != nil || !sc.Next.Equal(noon) {
			t.Errorf("the subscription is %+v, %v", sc, err)
		}
		if _, err := s.Schedule(ctx, "T1", visit.RecurTip, tips.Subject); err == nil {
			t.Error("the old subscription goes on")
		}
		if keys := pending(t, s, "T1", moved); len(keys) != 1 || strings.Contains(keys[0], "C1") {
			t.Errorf("the tip waits as %q", keys)
		}
		if seen := must(s.SeenTips(ctx, "T1", "C2")); !seen["clock"] {
			t.Error("the tips that were seen are forgotten")
		}
		if d := must(s.Draft(ctx, "T1", "d")); d.Body != `{"channel":"C2","name":"C11"}` {
			t.Errorf("the draft is %s", d.Body)
		}
		if f := must(s.ChannelFacts(ctx, "T1", "C2")); f.Name != "sourcing" || !f.Checked.IsZero() {
			t.Errorf("known is %+v", f)
		}
		if _, err := s.ChannelFacts(ctx, "T1", "C1"); err == nil {
			t.Error("the old id is still known")
		}
	})
}

func TestWhichChannelsAreLookedAt(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		in := func(channel string) visit.Visit {
			v := sampleVisit("T1")
			v.Channel = channel
			return must(s.PlanVisit(ctx, v, noon))
		}
		in("CNEW")
		in("CLATE")
		in("CSEEN")
		in("CAHEAD") // by a clock that was ahead
		cancelled := in("CCANCELLED")
		must(s.ChangeVisit(ctx, "T1", cancelled.Number, noon, func(v *visit.Visit) error { v.Cancel("U1", noon); return nil }))
		for channel, at := range map[string]time.Time{"CLATE": noon.Add(-25 * time.Hour), "CSEEN": noon.Add(-time.Hour), "CAHEAD": noon.Add(6 * time.Hour)} {
			if _, _, err := s.NoteChannel(ctx, "T1", ChannelFacts{Channel: channel, Name: "x", Checked: at}, noon); err != nil {
				t.Fatal(err)
			}
		}
		got := must(s.ChannelsToCheck(ctx, "T1", civil.On(2027, 1, 3), noon.Add(-24*time.Hour), noon, 10))
		want := []string{"CNEW", "CLATE", "CAHEAD"}
		if !slices.Equal(got, want) {
			t.Errorf("to be looked at are %v, want %v", got, want)
		}
		if got := must(s.ChannelsToCheck(ctx, "T1", civil.On(2027, 1, 3), noon.Add(-24*time.Hour), noon, 1)); !slices.Equal(got, want[:1]) {
			t.Errorf("at most one: %v", got)
		}
		other := sampleVisit("T2")
		other.Channel = "CSEEN" // which is another channel there
		must(s.PlanVisit(ctx, other, noon))
		if got := must(s.ChannelsToCheck(ctx, "T2", civil.On(2027, 1, 3), noon.Add(-24*time.Hour), noon, 10)); !slices.Equal(got, []string{"CSEEN"}) {
			t.Errorf("of another workspace are to be looked at %v", got)
		}
		if got := must(s.Channels(ctx, "T1")); !slices.Equal(got, []string{"CAHEAD", "CCANCELLED", "CLATE", "CNEW", "CSEEN"}) {
			t.Errorf("channels with something in them: %v", got)
		}
	})
}

func TestWhereAnythingIsOpen(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		sent := func(team string) { // all that waits
			for _, o := range must(s.Occurrences(ctx, team, OccurrenceFilter{States: []visit.State{visit.Pending}})) {
				if _, err := s.write.ExecContext(ctx, `UPDATE occurrences SET state = 'sent' WHERE workspace = $1 AND key = $2`, team, o.Key); err != nil {
					t.Fatal(err)
				}
			}
		}
		open := must(s.PlanVisit(ctx, sampleVisit("TOPEN"), noon))
		cancelled := must(s.PlanVisit(ctx, sampleVisit("TCANCELLED"), noon))
		must(s.ChangeVisit(ctx, "TCANCELLED", cancelled.Number, noon, func(v *visit.Visit) error { v.Cancel("U1", noon); return nil }))
		told := must(s.PlanVisit(ctx, sampleVisit("TTOLD"), noon)) // of a cancelled one, something is still to be sent
		must(s.ChangeVisit(ctx, "TTOLD", told.Number, noon, func(v *visit.Visit) error { v.Cancel("U1", noon); return nil }))
		must(s.NeedCard(ctx, "TTOLD", told.Subject(), "", true, noon))
		sent("TOPEN")
		sent("TCANCELLED")
		for team, want := range map[string]bool{"TOPEN": true, "TCANCELLED": false, "TTOLD": true, "TNOBODY": false} {
			if got := must(s.HasOpen(ctx, team, civil.On(2027, 1, 4))); got != want {
				t.Errorf("in %s something is open: %v", team, got)
			}
		}
		if must(s.HasOpen(ctx, "TOPEN", open.Last.AddDays(1))) {
			t.Error("a visit that is over is open")
		}
	})
}

func TestWhoVouchesForAGuestIsKeptBesideTheirSettings(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		if err := s.Vouch(ctx, "T1", "UGUEST", "Asia/Shanghai", "U1"); err != nil {
			t.Fatal(err)
		}
		if err := s.PutPerson(ctx, Person{Workspace: "T1", ID: "UGUEST", Zone: "Europe/Berlin", Fixed: true, Quiet: ""}, noon); err != nil {
			t.Fatal(err)
		}
		if v := must(s.Vouched(ctx, "T1")); !v["UGUEST"] || len(v) != 1 {
			t.Errorf("those who work for us are %v", v)
		}
		if v := must(s.Vouched(ctx, "T2")); len(v) != 0 {
			t.Errorf("and in another workspace %v", v)
		}
		if err := s.Vouch(ctx, "T1", "UGUEST", "Asia/Shanghai", ""); err != nil {
			t.Fatal(err)
		}
		if v := must(s.Vouched(ctx, "T1")); len(v) != 0 {
			t.Errorf("taken back: %v", v)
		}
		if p := must(s.Person(ctx, "T1", "UGUEST")); p.Zone != "Europe/Berlin" || !p.Fixed || p.Quiet != "" {
			t.Errorf("their settings are %+v", p)
		}
	})
}
