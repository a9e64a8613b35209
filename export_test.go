package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
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
