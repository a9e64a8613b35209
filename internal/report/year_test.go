package report

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"visitprep/internal/lang"
	"visitprep/internal/lang/zh"
)

// yearly is a year as most are.
func yearly() *YearPage {
	y := &YearPage{
		Factory: "Ningbo Dongfang Lighting", FactoryZH: "宁波东方灯具有限公司", Year: "2027", Company: "Northlight", By: "Mia Chen", Made: "12 Jan 2028, 10:00 CET",
		Risk: "Medium", RiskRule: "None of the other rules fits.", Next: "Next visit proposed by 15 March 2028.",
		Visits:     []string{"Visit 12, 15–16 Mar 2027: order 4512", "Inspection 7, 3 Jun 2027: passed, lot 3,200", "Inspection 9, 2 Sep 2027: failed, 8 majors of 200"},
		Actions:    []string{"Finding 31, major: cartons without corner protection; due 26 Jan 2028"},
		Agreements: []string{"NDA: ends 30 Jun 2028, act by 1 May 2028"},
		Missing:    []string{"no deliveries for Q3", "no mark for cost in Q3"},
	}
	for n, score := range []string{"3.6 B", "3.4 B", "", "4.2 C"} {
		q := YearQuarter{Label: fmt.Sprintf("Q%d 2027", n+1), Score: score}
		switch n {
		case 2:
			q.Why = "50 % of the weights are known; 60 % are needed"
			q.Groups = []YearGroup{{"Quality", "4.0", "lots passed first time 9 of 10; major faults 5 of 1,250"}, {"Cost", "4.0", "mark"}}
		default:
			if n == 3 {
				q.Why = "critical finding 40 is open; 4.2 would be A"
			}
			q.Groups = []YearGroup{
				{"Quality", "3.0", "lots passed first time 7 of 8; major faults 11 of 1,000"}, {"Delivery", "4.0", "orders in full and on time 9 of 10"},
				{"Service", "3.0", "actions verified by their day 5 of 6 (four quarters)"}, {"Cost", "4.0", "mark"}, {"Compliance", "5.0", "certificates 3 of 3"},
			}
		}
		y.Quarters = append(y.Quarters, q)
	}
	y.Plot = scored("3.6", "3.4", "", "3.9", "3.6", "3.4", "", "4.2")
	y.Plot.Title = ""
	return y
}

// fullest is the most that a page could be asked for.
func fullest() *YearPage {
	y := yearly()
	long := strings.Repeat("很长的名字 a very long name ", 40)
	y.Factory, y.FactoryZH, y.Company, y.By, y.RiskRule, y.Next = long, long, long, long, long, long
	for i := range y.Quarters {
		y.Quarters[i].Why, y.Quarters[i].Label, y.Quarters[i].Score = long, long, "3.6 B"
		y.Quarters[i].Groups = nil
		for n := range 5 {
			y.Quarters[i].Groups = append(y.Quarters[i].Groups, YearGroup{fmt.Sprintf("%d %s", n, long), "5.0", long})
		}
	}
	for n := range 60 {
		line := fmt.Sprintf("%d %s", n, long)
		y.Visits, y.Actions, y.Agreements, y.Missing = append(y.Visits, line), append(y.Actions, line), append(y.Agreements, line), append(y.Missing, line)
	}
	y.Plot.Labels[0], y.Plot.Series[0].Points[0].Said = long, long
	return y
}

func yearPDF(t *testing.T, y *YearPage, p *lang.Printer) ([]byte, []drawn) {
	t.Helper()
	var b bytes.Buffer
	if err := y.WritePDF(&b, p); err != nil {
		t.Fatal(err)
	}
	checkParts(t, b.Bytes())
	texts, pages := page(t, b.Bytes())
	if pages != 1 {
		t.Errorf("it has %d pages", pages)
	}
	for _, d := range texts {
		if d.x < margin-1 || d.y < margin-1 || d.y > pageHeight-8 {
			t.Errorf("%q stands outside, at %g, %g", d.text, d.x, d.y)
		}
	}
	return b.Bytes(), texts
}

func years() map[string]*YearPage {
	noPlot := yearly()
	noPlot.Plot = nil
	emoji := yearly()
	emoji.Factory, emoji.Actions = "Factory 🏭", []string{"🧰 tools, 堃 喆 祎"}
	return map[string]*YearPage{"usual": yearly(), "nothing": {Factory: "Bright Star", Year: "2027"}, "fullest": fullest(), "no plot": noPlot, "emoji": emoji}
}

func TestAYearIsOnePage(t *testing.T) {
	for name, y := range years() {
		for _, p := range []*lang.Printer{lang.English(), zh.Printer()} {
			t.Run(name, func(t *testing.T) {
				pdf, texts := yearPDF(t, y, p)
				var again bytes.Buffer
				if err := y.WritePDF(&again, p); err != nil || !bytes.Equal(pdf, again.Bytes()) {
					t.Error("the same year is other bytes", err)
				}
				text := all(texts)
				if boxes := strings.Contains(text, "□"); boxes != (name == "emoji") {
					t.Errorf("boxes: %v", boxes)
				}
			})
		}
	}
}

// TestAYearSaysWhatItLacks: a factory of which nothing is known has a page that says so.
func TestAYearSaysWhatItLacks(t *testing.T) {
	_, texts := yearPDF(t, &YearPage{Factory: "Bright Star", Year: "2027", Missing: []string{"no lots", "no deliveries"}, By: "Mia Chen"}, lang.English())
	got := without(all(texts))
	for _, want := range []string{"Bright Star", "Risk class: not known.", "No quarter of 2027 has figures.", "None in 2027.", "None open.", "None ends within a year.",
		"What we agreed to work on, who does it and by when", "Missing: no lots; no deliveries.", "Counted from what Mia Chen may see.",
		"These figures are our own. Please go through them with the factory before anybody uses them."} {
		if !strings.Contains(got, without(want)) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
}

// TestAYearSaysHowMuchIsLeftOut: what is cut is counted.
func TestAYearSaysHowMuchIsLeftOut(t *testing.T) {
	_, texts := yearPDF(t, fullest(), lang.English())
	if got := all(texts); !strings.Contains(got, "more lines") && !strings.Contains(got, "left out") {
		t.Error("it says nowhere that something was left out")
	}
}

// TestAYearByAnotherReader has a usual page read by poppler: each text is in it.
func TestAYearByAnotherReader(t *testing.T) {
	program := poppler(t, "pdftotext")
	y := yearly()
	pdf, texts := yearPDF(t, y, lang.English())
	file := filepath.Join(t.TempDir(), "year.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), program, "-raw", "-enc", "UTF-8", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	read, mine := without(string(out)), without(all(texts))
	for _, s := range []string{y.Factory, y.FactoryZH, y.RiskRule, y.Next, y.Visits[2], y.Actions[0], y.Agreements[0], y.Missing[1], y.Quarters[2].Why, y.Quarters[3].Why, "3.6 B", "n 12", "no score"} {
		if s = without(s); !strings.Contains(mine, s) {
			t.Errorf("it lacks %q", s)
		}
	}
	for _, g := range y.Quarters[0].Groups {
		for word := range strings.FieldsSeq(g.Counts) {
			if !strings.Contains(read, word) {
				t.Errorf("poppler does not find %q", word)
			}
		}
	}
	if letters(read) != letters(mine) {
		t.Error("poppler reads other letters than stand there")
	}
}

// letters counts the letters of a text: in which order a reader takes what stands beside one another
// is its affair.
func letters(s string) string {
	counts := map[rune]int{}
	for _, r := range s {
		counts[r]++
	}
	return fmt.Sprint(counts)
}

// TestPicturesOfYears are the pages in docs/score.
func TestPicturesOfYears(t *testing.T) {
	if !*update {
		t.Skip("only -update makes the pictures")
	}
	program := poppler(t, "pdftoppm")
	for name, y := range map[string]*YearPage{"year": yearly(), "year-nothing": {Factory: "Bright Star", Year: "2027", Missing: []string{"no lots", "no deliveries"}}, "year-fullest": fullest()} {
		pdf, _ := yearPDF(t, y, lang.English())
		file := filepath.Join(t.TempDir(), "year.pdf")
		if err := os.WriteFile(file, pdf, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), program, "-png", "-r", "80", "-singlefile", file, filepath.Join("..", "..", "docs", "score", name)).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}
