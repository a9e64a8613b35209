package store

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// changesOf are the messages about changes of something, as kind, reader and state.
func changesOf(s *Store, subject visit.Subject) (rows []string) {
	for _, o := range must(s.Occurrences(context.Background(), "T1", OccurrenceFilter{Subject: subject, Kinds: []visit.Kind{visit.Changed, visit.NewFile}})) {
		rows = append(rows, strings.Join([]string{string(o.Kind), o.To, string(o.State)}, " "))
	}
	slices.Sort(rows)
	return rows
}

// What is told of a change is written with it: several changes in a minute are one message,
// what is on its way tells no more than it did, and nobody is told of what was not kept.
func TestAChangeAndWhoIsToldAreOne(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		now := on("2027-01-11 10:00")
		v := sampleVisit("T1")
		v.People = []visit.Person{{User: "U2"}}
		v.Channel, v.Owner, v.First, v.Last = "C1", "U1", civil.On(2027, 3, 15), civil.On(2027, 3, 16)
		v = must(s.PlanVisit(ctx, v, now))
		of := v.Subject()
		move := func(by string, days int) error {
			_, err := s.By(by).ChangeVisit(ctx, "T1", v.Number, now, func(v *visit.Visit) error {
				v.First, v.Last = v.First.AddDays(days), v.Last.AddDays(days)
				return nil
			})
			return err
		}
		told := func(what string, want ...string) {
			t.Helper()
			if got := changesOf(s, of); !slices.Equal(got, want) {
				t.Errorf("%s: there are %q, want %q", what, got, want)
			}
		}
		must(s.ChangeVisit(ctx, "T1", v.Number, now, func(v *visit.Visit) error { v.Last = v.Last.AddDays(1); return nil }))
		told("what nobody has changed")
		must(true, move("U1", 7))
		told("moved", "changed C1 pending", "changed U2 pending")
		if _, err := s.By("U1").ChangeVisit(ctx, "T1", v.Number, now, func(v *visit.Visit) error { v.First = civil.Date{}; return nil }); err == nil {
			t.Error("a visit without a day was kept")
		}
		told("what was not kept", "changed C1 pending", "changed U2 pending")
		must(true, s.NoteFile(ctx, &v, "U3"))
		must(true, move("U1", 7))
		told("moved again in the same minute", "changed C1 pending", "changed U2 pending", "new-file U3 pending")
		later := now.Add(2 * time.Minute)
		taken := must(s.Claim(ctx, Claim{Owner: "one", Now: later, Elapsed: later, Lease: time.Minute, Limit: 10}))
		for _, o := range taken {
			if o.Kind == visit.Changed && o.To == "C1" {
				told("on its way", "changed C1 sending", "changed U2 sending", "new-file U3 sending")
			}
		}
		must(true, move("U2", 1))
		got := changesOf(s, of)
		if n := len(slices.DeleteFunc(slices.Clone(got), func(r string) bool { return !strings.HasSuffix(r, "pending") })); n < 2 || !slices.Contains(got, "changed U1 pending") {
			t.Errorf("what changes while a message is on its way is in none that waits: %q", got)
		}
	})
}

// What a plan does to an inspection for which nobody has been reminded yet is told to nobody.
func TestWhatAPlanChangesFarOffIsNotTold(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		made := on("2027-03-01 12:00")
		p := must(s.AddPlan(ctx, visit.Plan{Workspace: "T1", Factory: visit.Factory{Name: "A"}, Type: "pre_shipment", Rule: "every 2 weeks from 2027-03-15 at 09:00", Place: visit.Place{Channel: "C1"}, Owner: "U1", LeadDays: []int{7}, Inspectors: []string{"U2"}}, made))
		sc := must(s.Schedule(ctx, "T1", visit.RecurPlan, p.Subject()))
		if _, _, err := s.FirePlan(ctx, sc, time.Time{}, civil.On(2027, 4, 12), []visit.Inspection{p.Inspection(civil.On(2027, 3, 15), made), p.Inspection(civil.On(2027, 3, 29), made)}, made); err != nil {
			t.Fatal(err)
		}
		now := on("2027-03-10 12:00")
		if _, _, err := s.ChangePlan(ctx, "T1", p.Number, "U1", now, func(p *visit.Plan) error { p.Ended = visit.Mark{By: "U1", At: now}; return nil }, nil); err != nil {
			t.Fatal(err)
		}
		if got := changesOf(s, "inspection/1"); !slices.Contains(got, "changed C1 pending") || !slices.Contains(got, "changed U2 pending") {
			t.Errorf("of what is near %q is told", got)
		}
		if got := changesOf(s, "inspection/2"); len(got) > 0 {
			t.Errorf("of what is far off %q is told", got)
		}
	})
}
