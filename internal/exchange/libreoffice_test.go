package exchange_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"visitprep/internal/exchange"
)

// office is LibreOffice, with a profile of its own.
type office struct {
	t       *testing.T
	program string
	dir     string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	program, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no LibreOffice on this machine, and CI must not skip the tests of files that it saves")
		}
		t.Skip("no LibreOffice on this machine: install libreoffice-calc-nogui to run the tests of files that it saves")
	}
	return &office{t, program, t.TempDir()}
}

// The filters of LibreOffice. That of tables takes separator, quotation mark, encoding
// (76 is UTF-8), first line, formats of columns, language, and whether quoted fields are
// text, special numbers are found, and formulas are run; on saving, whether cells are
// written as shown.
const workbookFilter = "xlsx:Calc MS Excel 2007 XML"

func tableFilter(columns string, language int) string {
	return fmt.Sprintf("Text - txt - csv (StarCalc):44,34,76,1,%s,%d,false,true,false,false,0,true", columns, language)
}

func savedTable(language int) string {
	return fmt.Sprintf("csv:Text - txt - csv (StarCalc):44,34,76,1,,%d,false,true", language)
}

// saved is a file after LibreOffice opened it and saved it as another.
func (o *office) saved(name string, data []byte, as, opened string) []byte {
	o.t.Helper()
	in := filepath.Join(o.dir, name)
	if err := os.WriteFile(in, data, 0o600); err != nil {
		o.t.Fatal(err)
	}
	out := filepath.Join(o.dir, "out")
	args := []string{"--headless", "-env:UserInstallation=file://" + filepath.Join(o.dir, "profile"), "--convert-to", as, "--outdir", out}
	if opened != "" {
		args = append(args, "--infilter="+opened)
	}
	ctx, stop := context.WithTimeout(o.t.Context(), 2*time.Minute)
	defer stop()
	if said, err := exec.CommandContext(ctx, o.program, append(args, in)...).CombinedOutput(); err != nil {
		o.t.Fatalf("LibreOffice: %v\n%s", err, said)
	}
	end, _, _ := strings.Cut(as, ":")
	saved, err := os.ReadFile(filepath.Join(out, strings.TrimSuffix(name, filepath.Ext(name))+"."+end))
	if err != nil {
		o.t.Fatal(err)
	}
	return saved
}

// awkward are visits and plans whose text a spreadsheet would like to change, one each.
func awkward(t *testing.T) exchange.Contents {
	c := theSame(t, "宁波")
	for i, s := range []string{
		"=1+1", "+86 574 5550 0188", "-5", "@mia", "＝1", "007", "1E5", "3-4", "10:30", "1/2", "TRUE", "WAHR", "真", "12345678901234567890", "1.50", "1,5", "Mar 5", "5. März", "3月5日", "$5", "5 €", "50%", "14",
		"'s-Hertogenbosch", "'007", "''=1", "#N/A", "(5)", "2027-03-15", "_x0041_", "a, b; c", `12" pipe`, "Łódź", "💡 idea", "<b>&amp;", "line\nbreak", "tab\tbed",
	} {
		v := c.Visits[0]
		v.Factory.Name, v.Factory.City, v.Agenda = fmt.Sprint("Works of ", i), strings.NewReplacer("\n", " ", "\t", " ").Replace(s), s
		if i%2 == 1 { // a day that can mean two when it is written in numbers alone
			v.First, v.Last = v.First.AddMonths(i).AddDays(-11), v.First.AddMonths(i).AddDays(-10)
		}
		c.Visits = append(c.Visits, v)
	}
	return c
}

func write(t *testing.T, format string, c exchange.Contents) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := exchange.Write(&b, format, c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t *testing.T, file string, data []byte) exchange.Contents {
	t.Helper()
	c, err := exchange.Read(file, data, "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	return c.Contents
}

// TestWorkbookThroughLibreOffice: opened and saved, nothing changes, and one changed cell
// changes one visit.
func TestWorkbookThroughLibreOffice(t *testing.T) {
	o := newOffice(t)
	want := awkward(t)
	saved := o.saved("a.xlsx", write(t, "xlsx", want), workbookFilter, "")
	if diff := cmp.Diff(want, read(t, "a.xlsx", saved)); diff != "" {
		t.Errorf("opened and saved it changed (-before +after):\n%s", diff)
	}
	f, err := excelize.OpenReader(bytes.NewReader(saved))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for x, name := range rows[0] {
		ref, err := excelize.CoordinatesToCellName(x+1, 4)
		if err != nil {
			t.Fatal(err)
		}
		if name == "city" {
			if err := f.SetCellStr(sheet, ref, "Foshan"); err != nil {
				t.Fatal(err)
			}
		}
	}
	changed, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	want.Visits[2].Factory.City = "Foshan"
	if diff := cmp.Diff(want, read(t, "a.xlsx", o.saved("b.xlsx", changed.Bytes(), workbookFilter, ""))); diff != "" {
		t.Errorf("one changed cell changed something else, too (-wanted +read):\n%s", diff)
	}
}

// TestTableThroughLibreOffice: opened with every column as text nothing changes. Opened as
// it comes, each visit reads as before, or its day is refused.
func TestTableThroughLibreOffice(t *testing.T) {
	o := newOffice(t)
	want := awkward(t)
	table := write(t, "csv", want)
	var text []string
	for i := range tableOf(t, want)[0] {
		text = append(text, fmt.Sprintf("%d/2", i+1))
	}
	asText := o.saved("text.csv", table, savedTable(1033), tableFilter(strings.Join(text, "/"), 1033))
	if diff := cmp.Diff(want, read(t, "text.csv", asText)); diff != "" {
		t.Errorf("opened with every column as text it changed (-before +after):\n%s", diff)
	}
	for country, language := range map[string]int{"United States": 1033, "Germany": 1031, "China": 2052} {
		// What people write themselves has days in the form of their country, and no guard.
		days := map[int]string{1033: "1/2/2006", 1031: "02.01.2006", 2052: "2006/1/2"}[language]
		t.Run(country, func(t *testing.T) {
			o := &office{t, o.program, t.TempDir()}
			for name, in := range map[string][]byte{"exported": table, "rewritten": withDays(t, table, days)} {
				checkEach(t, name+" as a table", want, o.saved(name+".csv", in, savedTable(language), tableFilter("", language)))
			}
			checkBook(t, want, o.saved("book.csv", table, workbookFilter, tableFilter("", language)))
		})
	}
}

// withDays is a table with its days in another form.
func withDays(t *testing.T, table []byte, form string) []byte {
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(table, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		for i := range r {
			if day, err := time.Parse(time.DateOnly, r[i]); err == nil {
				r[i] = day.Format(form)
			}
		}
	}
	return tableFrom(t, records)
}

func tableFrom(t *testing.T, records [][]string) []byte {
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(records); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// checkEach reads a table line by line: each is what it was, or its day is refused by name.
func checkEach(t *testing.T, name string, want exchange.Contents, table []byte) {
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(table, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 1+len(want.Visits)+len(want.Plans) {
		t.Fatalf("%s: %d lines", name, len(records))
	}
	refused := 0
	for i, record := range records[1:] {
		got, err := exchange.Read("a.csv", tableFrom(t, [][]string{records[0], record}), "T1", kinds, exchange.Recorded{})
		if err != nil {
			refused++
			for l := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(l, "a.csv:2: first: ") && !strings.HasPrefix(l, "a.csv:2: last: ") || !strings.Contains(l, "can mean") {
					t.Errorf("%s: %q is refused: %s", name, record, l)
				}
			}
			continue
		}
		var one exchange.Contents
		if i < len(want.Visits) {
			one.Visits = want.Visits[i : i+1]
		} else {
			one.Plans = want.Plans[i-len(want.Visits) : i-len(want.Visits)+1]
		}
		if diff := cmp.Diff(one, got.Contents); diff != "" {
			t.Errorf("%s: a visit changed without a word (-before +after):\n%s", name, diff)
		}
	}
	if refused == len(want.Visits) {
		t.Errorf("%s: every visit was refused", name)
	}
	t.Logf("%s: %d of %d refused for a day that can mean two", name, refused, len(records)-1)
}

// checkBook reads the table that was saved as a workbook: its days are days.
func checkBook(t *testing.T, want exchange.Contents, data []byte) {
	got, err := exchange.Read("a.xlsx", data, "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Contents); diff != "" {
		t.Errorf("as a workbook it changed (-before +after):\n%s", diff)
	}
}
