package report

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"visitprep/internal/lang"
)

// awkward are texts that a spreadsheet would like to change.
var awkward = []string{
	"=cmd()", "=1+1", "+86 574 5550 0188", "-5", "@mia", "＝1", "007", "1E5", "3-4", "10:30", "1/2", "TRUE", "真", "12345678901234567890", "1.50", "1,5", "Mar 5", "3月5日", "$5", "50%",
	"'007", "''=1", "#N/A", "(5)", "2027-03-15", "_x0041_", "a, b; c", `12" pipe`, "Łódź", "💡 idea", "<b>&amp;", "line\nbreak", "tab\tbed", "=HYPERLINK(\"http://example.com\",\"x\")", "宁波光明五金喆堃",
}

// sheets reads a workbook back.
func sheets(t *testing.T, data []byte) map[string][][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := make(map[string][][]string)
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows { // what is empty at the end of a row is left out by some
			for len(row) > 0 && row[len(row)-1] == "" {
				row = row[:len(row)-1]
			}
			rows[i] = row
			for x := range row {
				ref, err := excelize.CoordinatesToCellName(x+1, i+1)
				if err != nil {
					t.Fatal(err)
				}
				if formula, err := f.GetCellFormula(name, ref); err != nil || formula != "" {
					t.Errorf("%s %s is the formula %q (%v)", name, ref, formula, err)
				}
			}
		}
		all[name] = rows
	}
	return all
}

func workbook(t *testing.T, r interface {
	WriteSheet(io.Writer, *lang.Printer) error
}) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteSheet(&b, lang.English()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withAwkward is a report with awkward texts wherever a text can be.
func withAwkward() *InspectionReport {
	r := cartons()
	for i, s := range awkward {
		r.Findings = append(r.Findings, Finding{Number: 100 + i, Kind: Product, Severity: Minor, Text: s, TextZH: s, Place: s, Requirement: s, Request: s, Line: s, By: s, At: s})
		r.Tests = append(r.Tests, Test{s, s, s, i, s, Failed, true, s})
	}
	return r
}

// TestWorkbook: each finding, count and test has a row; text stays text, and numbers are
// numbers.
func TestWorkbook(t *testing.T) {
	got := sheets(t, workbook(t, withAwkward()))
	findings := [][]string{
		{"Finding", "Severity", "Text", "Chinese", "Place", "Bad pieces", "Checked", "Requirement", "We ask", "Checklist", "Seen by", "When", "Photos"},
		{"31", "Major", "No corner protection in the carton, two corners are dented", "包装箱内没有护角，有2箱箱角已变形", "packing", "6", "50", "Packing instruction, revision 4: four corners per carton", "Say what will be done with this lot by Wednesday 17 March", "", "Mia Chen", "10:42", "1"},
		{"32", "Minor", "Side barcode does not scan", "侧唛条码扫不出来", "packing", "2", "13", "Every barcode scans at grade C", "Check print and position before the next lot", "", "Mia Chen", "11:05", "2, 3"},
	}
	tests := [][]string{
		{"Test", "Limit", "Level", "Pieces", "Measured", "Result"},
		{"Hi-pot, 3 kV for 3 s", "no breakdown", "S-2", "8", "none", "within the limit"},
		{"Drop, 76 cm, 10 drops", "no damage", "1 carton", "1", "corner dented", "outside the limit"},
		{"Cord length", "≥ 1,800 mm", "S-2", "8", "1,812 to 1,825 mm", "within the limit"},
	}
	for i, s := range awkward {
		findings = append(findings, []string{strconv.Itoa(100 + i), "Minor", s, s, s, "", "", s, s, s, s, s})
		n := strconv.Itoa(i)
		if i == 0 {
			n = ""
		}
		tests = append(tests, []string{s, s, s, n, s, "failed although within the limit, says " + s})
	}
	why := []string{"ISO 2859-1:1999 / GB/T 2828.1-2012", "3000", "II", "K", "Normal: the two lots before were accepted"}
	want := map[string][][]string{"Findings": findings, "Tests": tests, "Counts": {
		{"Class", "AQL", "Code letter", "Inspection", "Sample size", "Accept up to", "Reject from", "Bad pieces", "Verdict", "Standard", "Lot", "Level", "Code letter of the lot", "Severity of inspection, and why"},
		slices.Concat([]string{"Critical", "", "K", "normal", "125", "0", "1", "0", "accepted"}, why),
		slices.Concat([]string{"Major", "2.5", "K", "normal", "125", "7", "8", "9", "not accepted"}, why),
		slices.Concat([]string{"Minor", "4.0", "K", "normal", "125", "10", "11", "3", "accepted"}, why),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the workbook differs (-want +got):\n%s", diff)
	}
	f, err := excelize.OpenReader(bytes.NewReader(workbook(t, cartons())))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for ref, want := range map[string]excelize.CellType{"A2": excelize.CellTypeUnset, "F2": excelize.CellTypeUnset, "C2": excelize.CellTypeSharedString} { // unset is a number
		if kind, err := f.GetCellType("Findings", ref); err != nil || kind != want {
			t.Errorf("%s has type %v, not %v (%v)", ref, kind, want, err)
		}
	}
}

// TestWorkbooksOfOthers: what an audit scored and what is done after a visit has rows, too;
// 300 findings have 300, and what no file can hold is left out.
func TestWorkbooksOfOthers(t *testing.T) {
	a := sheets(t, workbook(t, audit()))
	if diff := cmp.Diff([]string{"Process control", "22", "40", "0"}, a["Scores"][2]); diff != "" || len(a["Findings"]) != 3 {
		t.Errorf("the audit has %q", a)
	}
	v := sheets(t, workbook(t, visited()))
	if diff := cmp.Diff([]string{"31", "Corner boards in every carton", "Mr Wang", "26 March", "agreed"}, v["Actions"][1]); diff != "" || len(v["Findings"]) != 3 {
		t.Errorf("the visit has %q", v)
	}
	r := many(298, 0)
	r.Findings[0].Text, r.Findings[0].TextZH = "a\x00b\x1bc\ufffe\xffd", "_x0041_x0042_" // which LibreOffice saves wrongly
	got := sheets(t, workbook(t, r))["Findings"]
	if len(got) != 301 || !slices.ContainsFunc(got, func(row []string) bool { return row[2] == "abc\ufffdd" && row[3] == "_x0041_x0042_" }) {
		t.Errorf("300 findings have %d rows", len(got)-1)
	}
	sheets(t, workbook(t, &InspectionReport{}))
}

// TestWorkbookThroughLibreOffice: opened and saved, each cell is what it was.
func TestWorkbookThroughLibreOffice(t *testing.T) {
	program, err := exec.LookPath("soffice")
	switch {
	case os.Getenv("CI") != "true":
		t.Skip("only CI opens the workbook in LibreOffice: set CI=true to see it")
	case err != nil:
		t.Fatal("no LibreOffice on this machine, and CI must not skip what it makes of a workbook")
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "report.xlsx")
	data := workbook(t, withAwkward())
	if err := os.WriteFile(in, data, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	out := filepath.Join(dir, "out")
	said, err := exec.CommandContext(ctx, program, "--headless", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, in).CombinedOutput()
	if err != nil {
		t.Fatalf("LibreOffice: %v\n%s", err, said)
	}
	saved, err := os.ReadFile(filepath.Join(out, "report.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sheets(t, data), sheets(t, saved)); diff != "" {
		t.Errorf("opened and saved it changed (-before +after):\n%s", diff)
	}
}

// BenchmarkWorkbook writes 300 findings.
func BenchmarkWorkbook(b *testing.B) {
	r := many(298, 0)
	for b.Loop() {
		if err := r.WriteSheet(io.Discard, lang.English()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReport writes 40 findings with 60 photos of 1,280 pixels, and says how far the
// heap went above what it was before.
func BenchmarkReport(b *testing.B) {
	r := many(40, 0)
	for i := range 60 {
		f := &r.Findings[i*i%40]
		f.Photos = append(f.Photos, fromDisk(b, i))
	}
	for b.Loop() {
		f, err := os.Create(filepath.Join(b.TempDir(), "report.pdf"))
		if err != nil {
			b.Fatal(err)
		}
		above := heapAbove(func() {
			if err := r.WritePDF(f, lang.English()); err != nil {
				b.Fatal(err)
			}
		})
		b.ReportMetric(above, "MiB-above")
		if info, err := f.Stat(); err == nil {
			b.ReportMetric(float64(info.Size())/1e6, "MB-file")
		}
		f.Close()
	}
}

// fromDisk is a photo that is held nowhere but in a file, as those of the store are.
func fromDisk(b *testing.B, i int) Photo {
	p := drawnPhoto(uint64(i), 1280, 960)
	data, err := p.JPEG()
	if err != nil {
		b.Fatal(err)
	}
	name := filepath.Join(b.TempDir(), fmt.Sprint(i))
	if err := os.WriteFile(name, data, 0o600); err != nil {
		b.Fatal(err)
	}
	return Photo{JPEG: func() ([]byte, error) { return os.ReadFile(name) }}
}
