package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

const ordersCSV = `kind,factory,factory_chinese,city,order,confirmed,shipped,quantity,shipped_pieces,our_delay,why,channel,owner
delivery,Ningbo Bright Metal,宁波光明金属,Ningbo,4512,2026-03-10,2026-03-10,3000,2000,,,C0SOURCING1,U0MIACHEN01
delivery,Ningbo Bright Metal,宁波光明金属,Ningbo,4512,2026-03-10,2026-03-20,3000,1000,,,C0SOURCING1,U0MIACHEN01
delivery,Foshan Glass,,Foshan,=4513+1,2026-04-10,2026-04-12,500,500,yes,"artwork, a week late",C0QUALITY01,U0JONASWEB1
delivery,Foshan Glass,,Foshan,0007,2026-05-10,,500,,,,C0QUALITY01,U0JONASWEB1
`

// TestDeliveriesMoveToAFreshDatabase exports deliveries, takes away the numbers that a fresh
// database does not have, imports the file there twice, and exports the same again.
func TestDeliveriesMoveToAFreshDatabase(t *testing.T) {
	dir := t.TempDir()
	command := func(db string, args ...string) string {
		t.Helper()
		var out, said bytes.Buffer
		env := func(name string) string { return map[string]string{"DATABASE_URL": filepath.Join(dir, db)}[name] }
		if code := run(t.Context(), args, strings.NewReader(""), &out, &said, env); code != 0 || said.Len() > 0 {
			t.Fatalf("%v ends with %d and says %q", args, code, said.String())
		}
		return out.String()
	}
	file := func(name, content string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	if said := command("old.db", "import", file("orders.csv", ordersCSV), "--workspace", "T0TEAM"); said != "4 added, 0 changed, 0 as they were.\n" {
		t.Fatalf("it says %q", said)
	}
	for format, unnumbered := range map[string]func(string) string{"yaml": withoutKeys, "csv": withoutColumns} {
		exported := command("old.db", "export", "--format", format)
		moved := file("moved."+format, unnumbered(exported))
		for _, want := range []string{"4 added, 0 changed, 0 as they were.\n", "0 added, 0 changed, 4 as they were.\n"} {
			if said := command(format+".db", "import", moved, "--workspace", "T0TEAM"); said != want {
				t.Errorf("%s: it says %q; want %q", format, said, want)
			}
		}
		if again := command(format+".db", "export", "--format", format); unnumbered(again) != unnumbered(exported) {
			t.Errorf("%s: what is exported there is\n%s\nand was\n%s", format, again, exported)
		}
	}
}

var ofThisDatabase = regexp.MustCompile(`(?m)^  (number|factory_number|exported): .*\n`)

func withoutKeys(yaml string) string { return ofThisDatabase.ReplaceAllString(yaml, "") }

func withoutColumns(table string) string {
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	for _, row := range rows {
		w.Write(append(slices.Clone(row[:1]), row[3:len(row)-1]...))
	}
	w.Flush()
	return b.String()
}

// TestWorkbookIsNotShown exports to a device, as a terminal is one.
func TestWorkbookIsNotShown(t *testing.T) {
	screen, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	var said strings.Builder
	if code := run(t.Context(), []string{"export", "--format", "xlsx"}, strings.NewReader(""), screen, &said, func(string) string { return "" }); code == 0 || !strings.Contains(said.String(), "write export --output visits.xlsx") {
		t.Errorf("it ends with %d and says %q", code, said.String())
	}
}

// TestWhatCannotBeImportedIsExportedForReading has what an export left out once: introductions, closed promises, marks
// and frozen scores.
func TestWhatCannotBeImportedIsExportedForReading(t *testing.T) {
	dir := t.TempDir()
	ctx := t.Context()
	file := filepath.Join(dir, "v.db")
	db, err := store.Open(ctx, store.Options{URL: file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	at := visit.Factory{Name: "Ningbo Bright"}
	var errs []error
	did := func(_ any, err error) { errs = append(errs, err) }
	did(db.AddContact(ctx, visit.Contact{Workspace: "T0TEAM", Place: visit.Place{Channel: "C0SOURCING1"}, By: "U0JONASWEB1", Name: "Chen Jie", Roles: []visit.ContactRole{"factory"}, KnownBy: []string{"U0JONASWEB1"}, Consent: "yes", Used: civil.Of(now)}, now))
	did(db.AddIntroduction(ctx, visit.Introduction{Workspace: "T0TEAM", Contact: 1, For: "U0MIACHEN01", By: "U0JONASWEB1", Zone: "Europe/Berlin", Who: visit.Bilingual{EN: "Mia Chen, buyer"}, Why: visit.Bilingual{EN: "lamps"}}, now))
	for n, what := range []string{"send the sample", "send the price"} {
		did(db.AddPromise(ctx, visit.Promise{Workspace: "T0TEAM", Factory: at, Place: visit.Place{Channel: "C0SOURCING1"}, By: "U0JONASWEB1", Owner: "U0JONASWEB1", Who: "Chen Jie", What: what, Due: civil.Of(now).AddDays(9)}, now))
		if n == 0 {
			did(db.ChangePromise(ctx, "T0TEAM", 1, now, func(p *visit.Promise) error { p.Settle(true, "U0JONASWEB1", now); return nil }))
		}
	}
	errs = append(errs, db.AddMarks(ctx, []visit.FactoryMark{{Workspace: "T0TEAM", Factory: 1, Channel: "C0SOURCING1", Kind: visit.MarkCost, Quarter: visit.Quarter{Year: 2026, N: 2}, Points: 4, Why: "fair", By: "U0JONASWEB1", At: now}}, now))
	if err := errors.Join(append(errs, db.Close())...); err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) string {
		t.Helper()
		var out, said bytes.Buffer
		env := func(name string) string { return map[string]string{"DATABASE_URL": file}[name] }
		if code := run(ctx, args, strings.NewReader(""), &out, &said, env); code != 0 {
			t.Fatalf("%v ends with %d and says %q", args, code, said.String())
		}
		return out.String() + said.String()
	}
	said := command("export", "--output", filepath.Join(dir, "out.yaml"))
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	people, scores := read("out-people.json"), read("out-scores.json")
	for what, in := range map[string]struct{ text, words string }{
		"that introductions are there":     {said, "Introductions (1) and closed promises (1) are in it for reading: import leaves them out."},
		"that marks are there":             {said, "Marks (1) and frozen scores (0) of factories are in the file"},
		"whom somebody introduced":         {people, "Mia Chen, buyer"},
		"the promise that is kept":         {people, `"what": "send the sample"`},
		"who kept it":                      {people, `"kept_by": "U0JONASWEB1"`},
		"that these are not imported":      {people, "visitprep import leaves these out"},
		"the mark":                         {scores, `"why": "fair"`},
		"of which factory it is":           {scores, `"factory_name": "Ningbo Bright"`},
		"that the file cannot be imported": {scores, "visitprep import does not take this file"},
		"that an import leaves them out":   {command("import", filepath.Join(dir, "out-people.json")), "Left out are introductions (1) and closed promises (1), which cannot be imported."},
		"where they are":                   {command("export"), "Marks and frozen scores of factories (1) go to a file of their own: write export --output visits.yaml"},
	} {
		if !strings.Contains(in.text, in.words) {
			t.Errorf("it does not say %s, %q:\n%s", what, in.words, in.text)
		}
	}
}
