package store

import (
	"slices"
	"strings"
	"testing"

	"visitprep/internal/civil"
	"visitprep/internal/role"
	"visitprep/internal/visit"
)

func TestHowAChecklistIsSharedOutIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		v := sampleVisit("T1")
		v.Items = append(v.Items, visit.Item{ID: 4, Milestone: -14, Text: "e"}, visit.Item{ID: 5, Milestone: -14, Text: "f"})
		if v = must(s.PlanVisit(ctx, v, noon)); v.Items[1].Owner != "" {
			t.Fatalf("nobody is an interpreter, and a line is of %q", v.Items[1].Owner)
		}
		plain := pending(t, s, "T1", v.Subject())
		change := func(f func(*visit.Visit) error) {
			t.Helper()
			must(s.ChangeVisit(ctx, "T1", v.Number, noon, f))
			v = must(s.Visit(ctx, "T1", v.Number))
		}

		// Order, own day, and a reminder on it as long as it is open.
		due := civil.On(2027, 3, 9)
		change(func(v *visit.Visit) error {
			_, err := v.Items.SetDue(4, due, civil.On(2027, 1, 1))
			if err == nil {
				_, err = v.Items.Move(5, 1)
			}
			return err
		})
		var order []int
		for _, i := range v.Items {
			order = append(order, i.ID)
		}
		if i := must(v.Items.Find(4)); !slices.Equal(order, []int{1, 5, 4, 2, 3}) || i.Due != due {
			t.Errorf("they stand %d, and one is due on %q", order, i.Due)
		}
		if os := pending(t, s, "T1", v.Subject()); len(os) != len(plain)+1 || !slices.ContainsFunc(os, func(k string) bool { return strings.Contains(k, "m-6") }) {
			t.Errorf("with an item due six days before, the reminders are %q", os)
		}
		change(func(v *visit.Visit) error { _, err := v.Items.Tick(4, "U1", noon); return err })
		if os := pending(t, s, "T1", v.Subject()); len(os) != len(plain) {
			t.Errorf("once it is done the reminders are %q", os)
		}

		// Somebody gets a role, by whatever way the visit changes.
		change(func(v *visit.Visit) error {
			v.People = append(v.People, visit.Person{User: "U7", Role: "Interpreter"})
			return nil
		})
		if i := must(v.Items.Find(2)); i.Owner != "U7" || i.Role != role.Interpreter || i.Original != "d" {
			t.Errorf("the interpreter's line is %+v", i)
		}
		if ts := must(s.Tasks(ctx, "T1", "U7")); len(ts) != 1 || ts[0].Due() != civil.On(2027, 3, 1) || ts[0].Falls() != -14 {
			t.Errorf("the interpreter's tasks are %+v", ts)
		}
		change(func(v *visit.Visit) error {
			_, err := v.Items.SetDue(2, civil.On(2027, 3, 16), civil.On(2027, 1, 1))
			return err
		})
		if ts := must(s.Tasks(ctx, "T1", "U7")); len(ts) != 1 || ts[0].Due() != civil.On(2027, 3, 16) || ts[0].Falls() != 0 {
			t.Errorf("with a day of its own they are %+v", ts)
		}

		// What does not apply is neither done nor to do.
		change(func(v *visit.Visit) error { _, err := v.Items.Skip(5, "no", "U1", noon); return err })
		if vs := must(s.Visits(ctx, "T1", Filter{})); vs[0].Progress != (visit.Progress{Done: 1, All: 4, Skipped: 1}) || vs[0].Unowned != 2 {
			t.Errorf("the list counts %+v, of which nobody has %d", vs[0].Progress, vs[0].Unowned)
		}
	})
}

func TestAnInspectorGetsTheLinesOnQuality(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		i := visit.Inspection{Type: "pre_shipment", Due: civil.On(2027, 3, 15), Inspector: "U7"}
		i.Workspace, i.Factory, i.Place, i.Owner = "T1", visit.Factory{Name: "Ningbo Bright"}, visit.Place{Channel: "C1", ChannelZone: "Europe/Berlin"}, "U1"
		i.Items = visit.Checklist{{ID: 1, Text: "Count", Role: role.Quality}, {ID: 2, Text: "Call", Role: role.Interpreter}}
		i = must(s.AddInspection(t.Context(), i, noon))
		if i.Items[0].Owner != "U7" || i.Items[1].Owner != "" {
			t.Errorf("its lines are %+v", i.Items)
		}
		if is := must(s.Inspections(t.Context(), "T1", InspectionFilter{})); is[0].All != 2 || is[0].Unowned != 1 {
			t.Errorf("the list counts %+v", is[0])
		}
	})
}
