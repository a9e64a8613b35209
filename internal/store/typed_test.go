package store

import (
	"context"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// What cannot be seen is taken out alike on both databases: PostgreSQL would refuse a NUL
// and SQLite keep it.
func TestControlCharactersAreKeptNowhere(t *testing.T) {
	const bad = "A\x00B\rC\u202eD\u2028E"
	clean := func(t *testing.T, texts ...string) {
		t.Helper()
		for _, s := range texts {
			if !strings.HasPrefix(s, "AB") || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == '\u202e' || r == '\u2028' }) {
				t.Errorf("%q is kept", s)
			}
		}
	}
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := sampleVisit("T1")
		v.Agenda, v.People = bad, []visit.Person{{Name: bad, Role: bad}}
		v.Factory = visit.Factory{Name: bad, Chinese: bad, City: bad, Address: bad, Contacts: bad}
		v, err := s.PlanVisit(ctx, v, noon)
		if err != nil {
			t.Fatal(err)
		}
		v, err = s.ChangeVisit(ctx, "T1", v.Number, noon, func(v *visit.Visit) error {
			v.Agenda += bad
			if _, err := v.Items.Add(visit.Item{Text: bad}, true); err != nil {
				return err
			}
			if _, err := v.Items.Skip(1, bad, "U1", noon); err != nil {
				return err
			}
			return v.AddNote(visit.Note{By: "U1", At: noon, Text: bad})
		})
		if err != nil {
			t.Fatal(err)
		}
		v = must(s.Visit(ctx, "T1", v.Number))
		clean(t, v.Agenda, v.People[0].Name, v.People[0].Role, v.Notes[0].Text, v.Factory.Name, v.Factory.Chinese, v.Factory.City, v.Factory.Address, v.Factory.Contacts)
		for _, i := range v.Items {
			if i.Custom {
				clean(t, i.Text)
			}
			if i.ID == 1 {
				clean(t, i.Skipped)
			}
		}
		f, err := s.ChangeFactory(ctx, "T1", v.Factory.Number, noon, func(f *visit.Factory) error { f.Contacts = bad; return nil })
		if err != nil {
			t.Fatal(err)
		}
		clean(t, f.Contacts, must(s.Factory(ctx, "T1", f.Number)).Contacts)

		i, err := s.AddInspection(ctx, visit.Inspection{Work: visit.Work{Workspace: "T1", Factory: f, Place: visit.Place{Channel: "C1"}, Owner: "U1"}, Type: "pre_shipment", Order: bad, Due: civil.On(2027, 3, 15)}, noon)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.ChangeInspection(ctx, "T1", i.Number, noon, func(i *visit.Inspection) error {
			_, err := i.Report(visit.Failed, bad, "U1", noon)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		i = must(s.Inspection(ctx, "T1", i.Number))
		clean(t, i.Order, i.Note)
	})
}
