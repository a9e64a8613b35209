package main

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// TestFindingsLeaveAndComeBack exports what was found, with its photos as files, and imports
// it into another database, twice.
func TestFindingsLeaveAndComeBack(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	ctx, now := t.Context(), time.Date(2027, 1, 4, 4, 0, 0, 0, time.UTC)
	open := func(name string) *store.Store {
		s, err := store.Open(ctx, store.Options{URL: filepath.Join(dir, name), Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	cmd := func(database string, args ...string) (code int, out, errs string) {
		t.Helper()
		var said, wrong strings.Builder
		code = run(ctx, args, strings.NewReader(""), &said, &wrong, func(name string) string {
			if name == "DATABASE_URL" {
				return filepath.Join(dir, database)
			}
			return ""
		})
		return code, said.String(), wrong.String()
	}
	inspection := visit.Inspection{Work: visit.Work{Workspace: "T0TEAM", Factory: visit.Factory{Name: "Ningbo Bright"}, Place: visit.Place{Channel: "C0TEAM001"}, Owner: "U0MIA0001"},
		Type: "pre_shipment", Due: civil.On(2027, 3, 15)}
	from := open("from.db")
	i, err := from.AddInspection(ctx, inspection, now)
	if err != nil {
		t.Fatal(err)
	}
	if code, out, _ := cmd("from.db", "export", "--output", "empty.yaml"); code != 0 || strings.Contains(out, "folder") || present(filepath.Join(dir, "empty-findings")) {
		t.Errorf("where nothing was found, export says %q", out)
	}
	series, _, err := from.AddSeries(ctx, visit.Series{Workspace: "T0TEAM", Factory: i.Factory, Channel: "C0TEAM001", Product: "Lamp", Level: "II", By: "U0MIA0001"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := from.ChangeInspection(ctx, "T0TEAM", i.Number, now, func(i *visit.Inspection) error {
		return i.Draw(visit.Lot{Series: series.Number, Size: 3000, Classes: []visit.LotClass{{Class: visit.Major, N: 125, Ac: 7, Re: 8}}}, "U0MIA0001", now)
	}); err != nil {
		t.Fatal(err)
	}
	then := now.AddDate(-5, 0, 0)
	var numbers []int
	for _, source := range []string{"D1:1", "D1:2", "D1:3"} {
		f := visit.Finding{Workspace: "T0TEAM", Subject: i.Subject(), Text: "dents " + source, Severity: visit.Critical, Source: source, By: "U0MIA0001", At: then}
		f.AddPhoto(visit.PhotoRef{FileID: "F" + source})
		f, _, err := from.AddFinding(ctx, f, now)
		if err != nil {
			t.Fatal(err)
		}
		photo := "\xff\xd8\xff" + source
		sum := sha256.Sum256([]byte(photo))
		if _, _, err := from.KeepPhoto(ctx, "T0TEAM", f.Photos[0].ID, store.Copy{JPEG: []byte(photo), W: 1, H: 1, SHA256: hex.EncodeToString(sum[:])}); err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, f.Number)
	}
	if _, err := from.ChangeFinding(ctx, "T0TEAM", numbers[2], now, func(f *visit.Finding) error { _, err := f.Withdraw("U0MIA0001", "", now); return err }); err != nil {
		t.Fatal(err)
	}

	// The first is the same as the second, in whose action something has happened.
	d := visit.Doer{By: "U0MIA0001", Now: now, Today: civil.Of(now)}
	for n, step := range []func(f *visit.Finding, a *visit.Action) error{
		func(f *visit.Finding, a *visit.Action) error { return a.Withdraw(f, "", numbers[1], d) },
		func(f *visit.Finding, a *visit.Action) error {
			f.ClaimBy = d.Today.AddDays(400)
			return a.LogAnswer(f, visit.Answer{Proposal: "a softer box", Cause: "the box", SaidBy: "Mr Wang"}, d)
		},
	} {
		if _, err := from.ChangeAction(ctx, "T0TEAM", numbers[n], now, step); err != nil {
			t.Fatal(err)
		}
	}

	if code, _, errs := cmd("from.db", "export"); code != 0 || !strings.Contains(errs, "Findings (2) and their photos go to a folder beside a file") {
		t.Errorf("to the screen, export says %q", errs)
	}
	code, out, errs := cmd("from.db", "export", "--output", "out.yaml")
	if want := "Findings (2), products (1), inspections of lots (1) and photos (2) are in the folder out-findings."; code != 0 || !strings.Contains(out, want) {
		t.Fatalf("export ends with %d and says %q %q", code, out, errs)
	}
	if b, err := os.ReadFile("out-findings/photos/1-1.jpg"); err != nil || string(b) != "\xff\xd8\xffD1:1" {
		t.Errorf("the photo is %q, %v", b, err)
	}
	if err := os.Remove("out.yaml"); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := cmd("from.db", "export", "--output", "out.yaml"); code == 0 || !strings.Contains(errs, "the folder out-findings exists already") || present("out.yaml") {
		t.Errorf("over the folder, export ends with %d and says %q", code, errs)
	}

	to := open("to.db")
	j, err := to.AddInspection(ctx, inspection, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"import", "out-findings", "--dry-run"}, "This would be: added: findings (2), products (1), inspections of lots (1) and photos (0); as they were: 0. Nothing was written."},
		{[]string{"import", "out-findings"}, "added: findings (2), products (1), inspections of lots (1) and photos (2); as they were: 0."},
		{[]string{"import", "out-findings"}, "added: findings (0), products (0), inspections of lots (0) and photos (0); as they were: 4."},
	} {
		if code, out, errs := cmd("to.db", c.args...); code != 0 || !strings.Contains(out, c.want) || errs != "" {
			t.Errorf("%q ends with %d and says %q %q", c.args, code, out, errs)
		}
	}
	fs, err := to.Findings(ctx, "T0TEAM", j.Subject())
	if err != nil || len(fs) != 2 || fs[0].Text != "dents D1:1" || !fs[0].At.Equal(then) || fs[0].Photos[0].State != visit.PhotoKept {
		t.Fatalf("there are %+v, %v", fs, err)
	}
	if b, err := to.Photo(ctx, "T0TEAM", fs[1].Photos[0].ID); err != nil || string(b) != "\xff\xd8\xffD1:2" {
		t.Errorf("the photo there is %q, %v", b, err)
	}
	got, err := to.Inspection(ctx, "T0TEAM", j.Number)
	if err != nil || got.Lot.Size != 3000 || got.Lot.Series == 0 || !slices.Equal(got.Lot.Classes, []visit.LotClass{{Class: visit.Major, N: 125, Ac: 7, Re: 8}}) {
		t.Errorf("the inspection there is %+v, %v", got, err)
	}

	// Actions come with their steps, by the numbers that findings have here.
	for n, want := range []visit.ActionState{visit.ActionWithdrawn, visit.ActionProposed} {
		was, err := from.Action(ctx, "T0TEAM", numbers[n])
		if err != nil {
			t.Fatal(err)
		}
		is, err := to.Action(ctx, "T0TEAM", fs[n].Number)
		if err != nil || is.Action.State != want || n == 0 && (is.Action.SameAs != fs[1].Number || is.Action.Steps[0].Other != fs[1].Number) ||
			n == 1 && (!reflect.DeepEqual(is.Action.ActionFacts, was.Action.ActionFacts) || !reflect.DeepEqual(is.Action.Steps, was.Action.Steps) || is.Finding.ClaimBy != was.Finding.ClaimBy) {
			t.Errorf("the action of finding %d is %+v, %v, not %+v", fs[n].Number, is.Action, err, was.Action)
		}
	}

	if os, err := to.Occurrences(ctx, "T0TEAM", store.OccurrenceFilter{Kinds: []visit.Kind{visit.RemindAction, visit.ActionOverdue}}); err != nil || len(os) != 2 || os[0].Due.Before(now) {
		t.Errorf("of what is past, or of more than the claim, there is to be told %+v, %v", os, err)
	}

	// Where the inspection is not there, the findings come all the same.
	elsewhere := open("elsewhere.db")
	inspection.Factory.Name = "Another"
	if _, err := elsewhere.AddInspection(ctx, inspection, now); err != nil {
		t.Fatal(err)
	}
	code, out, errs = cmd("elsewhere.db", "import", "out-findings")
	if code != 0 || !strings.Contains(out, "findings (2), products (0), inspections of lots (0) and photos (2)") {
		t.Errorf("import ends with %d and says %q %q", code, out, errs)
	}
	for _, want := range []string{"product 1 is not recorded: there is no factory Ningbo Bright here", "inspection 1 is not recorded", "finding 1 belongs to none now: there is no inspection 1 at Ningbo Bright here"} {
		if !strings.Contains(errs, want) {
			t.Errorf("import does not say %q: %q", want, errs)
		}
	}
	if loose, err := elsewhere.LooseFindings(ctx, "T0TEAM", "U0MIA0001"); err != nil || len(loose) != 2 {
		t.Errorf("%+v belong to none, %v", loose, err)
	}
}
