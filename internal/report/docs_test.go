package report

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"visitprep/internal/lang"
	"visitprep/internal/lang/zh"
)

var update = flag.Bool("update", false, "remake the pictures in docs/reports")

// poppler is a program that reads PDF and is not ours.
func poppler(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no %s on this machine, and CI must not skip what another reader says", program)
		}
		t.Skipf("no %s on this machine: install poppler-utils to have reports read by another program", program)
	}
	return path
}

// TestReportsByAnotherReader has every kind of report read by poppler: what was put in comes
// out, and it complains about nothing.
func TestReportsByAnotherReader(t *testing.T) {
	program := poppler(t, "pdftotext")
	for name, r := range map[string]pdfReport{"findings": many(8, 6), "Chinese": inChinese(), "audit": audit(), "visit": visited(), "factory": feedback()} {
		var b bytes.Buffer
		if err := r.WritePDF(&b, lang.English()); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "report.pdf")
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), program, "-raw", "-enc", "UTF-8", file, "-")
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		if err != nil || complaints.Len() > 0 {
			t.Fatalf("%s: %v\n%s", name, err, &complaints)
		}
		text := without(string(out))
		for _, s := range textsOf(reflect.ValueOf(r)) {
			if !strings.Contains(text, without(s)) {
				t.Errorf("%s: it does not find %q", name, s)
			}
		}
	}
}

// TestPictures are the first pages of three reports, in docs/reports.
func TestPictures(t *testing.T) {
	if !*update {
		t.Skip("only -update makes the pictures")
	}
	program := poppler(t, "pdftoppm")
	for name, r := range map[string]pdfReport{"two-findings": large(cartons()), "40-findings": large(many(40, 60)), "chinese": large(inChinese())} {
		p := lang.English()
		if name == "chinese" {
			p = zh.Printer()
		}
		var b bytes.Buffer
		if err := r.WritePDF(&b, p); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "report.pdf")
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join("..", "..", "docs", "reports", name)
		if out, err := exec.CommandContext(t.Context(), program, "-png", "-r", "72", "-f", "1", "-l", "1", "-singlefile", file, to).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

// large has photos of the size that the store keeps, and nothing that the app has nowhere from.
func large(r *InspectionReport) *InspectionReport {
	r.CartonNumbers, r.Notes, r.Sample.Severity = "", nil, r.Sample.Classes[0].By
	n := uint64(0)
	for i := range r.Findings {
		for j := range r.Findings[i].Photos {
			if photo := &r.Findings[i].Photos[j]; photo.JPEG != nil {
				n++
				*photo = drawnPhoto(n, 1280, 960)
			}
		}
	}
	return r
}
