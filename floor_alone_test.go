package main

import (
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// A floorMove takes what was found from one database to another, as export and import do.
type floorMove struct {
	t        *testing.T
	from, to *store.Store
	dir      string
}

func newFloorMove(t *testing.T) *floorMove {
	t.Helper()
	dir := t.TempDir()
	open := func(name string) *store.Store {
		s, err := store.Open(t.Context(), store.Options{URL: filepath.Join(dir, name), Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	return &floorMove{t, open("from.db"), open("to.db"), dir}
}

// run runs a command on one of the databases, which must end well, and gives all that it says.
func (m *floorMove) run(database string, args ...string) string {
	m.t.Helper()
	var said strings.Builder
	code := run(m.t.Context(), args, strings.NewReader(""), &said, &said, func(name string) string {
		if name == "DATABASE_URL" {
			return filepath.Join(m.dir, database)
		}
		return ""
	})
	if code != 0 {
		m.t.Fatalf("%q ends with %d and says %q", args, code, said.String())
	}
	return said.String()
}

// moves exports all and imports the folder of what was found, twice: the second time nothing is
// new. It gives what the first import said.
func (m *floorMove) moves() string {
	m.t.Helper()
	m.run("from.db", "export", "--output", filepath.Join(m.dir, "out.yaml"))
	folder := filepath.Join(m.dir, "out-findings")
	m.run("to.db", "import", folder, "--workspace", "T0TEAM", "--dry-run")
	said := m.run("to.db", "import", folder, "--workspace", "T0TEAM")
	if again := m.run("to.db", "import", folder, "--workspace", "T0TEAM"); !strings.Contains(again, "findings (0)") {
		m.t.Errorf("imported once more it says %q", again)
	}
	return said
}

func (m *floorMove) found(f visit.Finding) visit.Finding {
	m.t.Helper()
	f.Workspace, f.By, f.Kind = "T0TEAM", "U0MIA0001", visit.OfProduct
	f, _, err := m.from.AddFinding(m.t.Context(), f, f.At)
	if err != nil {
		m.t.Fatal(err)
	}
	return f
}

// here is the finding of a source in the new database, with its action.
func (m *floorMove) here(source string) visit.ActionOf {
	m.t.Helper()
	f, err := m.to.FindingBySource(m.t.Context(), "T0TEAM", source)
	if err != nil {
		m.t.Fatal(err)
	}
	a, err := m.to.Action(m.t.Context(), "T0TEAM", f.Number)
	if err != nil {
		m.t.Fatal(err)
	}
	return a
}

// TestAFindingWithoutAVisitLeavesAndComesBack: in a workspace that knows nothing of its factory it
// has the same factory, day, severity and claim.
func TestAFindingWithoutAVisitLeavesAndComesBack(t *testing.T) {
	m := newFloorMove(t)
	now := time.Date(2027, 1, 4, 4, 0, 0, 0, time.UTC)
	for _, f := range []visit.Factory{{Name: "Dark"}, {Name: "Ningbo Bright", Chinese: "宁波光明", City: "Ningbo", Address: "1 Road", Zone: "Asia/Urumqi"}} {
		f.Workspace = "T0TEAM"
		if _, err := m.from.AddFactory(t.Context(), f, now); err != nil {
			t.Fatal(err)
		}
	}
	at, err := m.from.Factory(t.Context(), "T0TEAM", 2)
	if err != nil {
		t.Fatal(err)
	}
	f := visit.Finding{Severity: visit.Critical, Text: "hinge breaks", Source: "form/V1", At: now.AddDate(0, 0, -40), TakenAt: now.AddDate(0, 0, -41), Seen: visit.SeenByCustomer, ClaimBy: civil.On(2027, 6, 1)}
	f.HangOn(&at, "C0TEAM001")
	f = m.found(f)
	if said := m.moves(); strings.Contains(said, "Please check") {
		t.Errorf("import says %q", said)
	}
	got := m.here("form/V1").Finding
	got.Number, got.Rev, got.Subject = f.Number, f.Rev, f.Subject
	if !reflect.DeepEqual(got, f) {
		t.Errorf("it is\n%+v, not\n%+v", got, f)
	}
	there, err := m.to.Factories(t.Context(), "T0TEAM")
	if err != nil || len(there) != 1 {
		t.Fatalf("the factories are %+v, %v", there, err)
	}
	is := there[0]
	is.Number = at.Number
	if !reflect.DeepEqual(is, at) || m.here("form/V1").At != there[0].Number {
		t.Errorf("its factory is\n%+v, not\n%+v", is, at)
	}
}

// TestTheLotOfAnActionIsThatOfItsInspection, which has another number in the new workspace; where
// it is not there, the lot has a name.
func TestTheLotOfAnActionIsThatOfItsInspection(t *testing.T) {
	for name, there := range map[string]bool{"the inspection is there": true, "it is not": false} {
		t.Run(name, func(t *testing.T) {
			m := newFloorMove(t)
			now := time.Date(2027, 3, 4, 4, 0, 0, 0, time.UTC)
			inspection := visit.Inspection{Work: visit.Work{Workspace: "T0TEAM", Factory: visit.Factory{Name: "Ningbo Bright"}, Place: visit.Place{Channel: "C0TEAM001"}, Owner: "U0MIA0001"},
				Type: "pre_shipment", Due: civil.On(2027, 3, 15)}
			i, err := m.from.AddInspection(t.Context(), inspection, now)
			if err != nil {
				t.Fatal(err)
			}
			f := visit.Finding{Severity: visit.Minor, Text: "dents", Source: "D1:1", At: now}
			f.HangOn(&i.Factory, "C0TEAM001")
			f = m.found(f)
			d := visit.Doer{By: "U0MIA0001", Lead: "U0MIA0001", Now: now, Today: civil.Of(now)}
			if _, err := m.from.ChangeAction(t.Context(), "T0TEAM", f.Number, now, func(f *visit.Finding, a *visit.Action) error {
				for _, step := range []func() error{
					func() error { return a.LogAnswer(f, visit.Answer{Proposal: "a box", SaidBy: "Mr Wang"}, d) },
					func() error {
						return a.Agree(f, visit.Agreed{Due: d.Today, Reviewer: "U0MIA0001", Proofs: []visit.ProofKind{visit.ProofRecord}}, d)
					},
					func() error {
						return a.LogDone(f, visit.DoneClaim{Day: d.Today, Proofs: []visit.Proof{{Kind: visit.ProofRecord, Text: "seen"}}}, d)
					},
					func() error {
						return a.CheckLot(f, visit.NextLot{LotCheck: visit.LotCheck{Subject: i.Subject(), Checked: 50}, Day: d.Today}, d)
					},
					func() error { return a.SetReviewer(f, "U0JONAS01", d) },
				} {
					if err := step(); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			other := inspection
			other.Due = civil.On(2027, 5, 1) // has its number there
			if _, err := m.to.AddInspection(t.Context(), other, now); err != nil {
				t.Fatal(err)
			}
			want := visit.LotCheck{Name: "inspection 1 of before the import", Checked: 50}
			if there {
				j, err := m.to.AddInspection(t.Context(), inspection, now)
				if err != nil || j.Number == i.Number {
					t.Fatal(j.Number, err)
				}
				want = visit.LotCheck{Subject: j.Subject(), Checked: 50}
			}
			m.moves()
			a := m.here("D1:1").Action
			if *a.Proofs[1].Lot != want || *a.Steps[3].Proofs[0].Lot != want || *a.Steps[4].Was.Proofs[1].Lot != want {
				t.Errorf("its lot is %+v, %+v in its step, not %+v", a.Proofs[1].Lot, a.Steps[3].Proofs[0].Lot, want)
			}
		})
	}
}

// TestAnImportGoesOnWhereTwoFindingsStandApart, and says what is left out.
func TestAnImportGoesOnWhereTwoFindingsStandApart(t *testing.T) {
	m := newFloorMove(t)
	now := time.Date(2027, 3, 4, 4, 0, 0, 0, time.UTC)
	work := visit.Work{Workspace: "T0TEAM", Factory: visit.Factory{Name: "Ningbo Bright"}, Place: visit.Place{Channel: "C0TEAM001"}, Owner: "U0MIA0001"}
	inspection := visit.Inspection{Work: work, Type: "pre_shipment", Due: civil.On(2027, 3, 15)}
	i, err := m.from.AddInspection(t.Context(), inspection, now)
	if err != nil {
		t.Fatal(err)
	}
	inspection.Channel = "C0OTHER01" // where it stands there
	if _, err := m.to.AddInspection(t.Context(), inspection, now); err != nil {
		t.Fatal(err)
	}
	of := m.found(visit.Finding{Subject: i.Subject(), Severity: visit.Minor, Text: "dents", Source: "D1:1", At: now})
	for _, source := range []string{"D1:2", "D1:3"} {
		f := visit.Finding{Severity: visit.Minor, Text: "dents again", Source: source, At: now}
		f.HangOn(&i.Factory, "C0TEAM001")
		f = m.found(f)
		d := visit.Doer{By: "U0MIA0001", Now: now, Today: civil.Of(now)}
		if _, err := m.from.ChangeAction(t.Context(), "T0TEAM", f.Number, now, func(f *visit.Finding, a *visit.Action) error {
			if source == "D1:2" {
				return a.Withdraw(f, "", of.Number, d)
			}
			return a.LogAnswer(f, visit.Answer{Proposal: "a box", SaidBy: "Mr Wang"}, d)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if said := m.moves(); !strings.Contains(said, "finding 2 is withdrawn here too, but not as the same as finding 1: the two stand in different channels here") {
		t.Errorf("import says %q", said)
	}
	if a := m.here("D1:2").Action; a.State != visit.ActionWithdrawn || a.SameAs != 0 {
		t.Errorf("it is %+v", a.ActionFacts)
	}
	if a := m.here("D1:3").Action; a.State != visit.ActionProposed {
		t.Errorf("after it the import has stopped: %+v", a.ActionFacts)
	}
}
