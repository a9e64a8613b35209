package report

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"

	"visitprep/internal/lang"
)

// A workbook has a sheet for each kind of thing in a report, one row each, so that people
// can count and sort. Text is text, whatever a spreadsheet could take it for.

// A tab is a sheet of a workbook. A cell is a string or an int. What nobody counted is an
// empty string: it is not 0.
type tab struct {
	name    string
	columns []tabColumn
	rows    [][]any
}

type tabColumn struct {
	head string
	wide float64 // signs
}

// WriteSheet writes findings, counts and tests as a workbook (.xlsx).
func (r *InspectionReport) WriteSheet(w io.Writer, p *lang.Printer) error {
	counts := tab{p.T("Counts"), []tabColumn{{p.T("Class"), 14}, {p.T("AQL"), 10}, {p.T("Code letter"), 12}, {p.T("Inspection"), 14}, {p.T("Sample size"), 12}, {p.T("Accept up to"), 14}, {p.T("Reject from"), 14}, {p.T("Bad pieces"), 12}, {p.T("Verdict"), 18},
		{p.T("Standard"), 40}, {p.T("Lot"), 12}, {p.T("Level"), 10}, {p.T("Code letter of the lot"), 18}, {p.T("Severity of inspection, and why"), 40}}, nil}
	if s := r.Sample; s != nil {
		for _, c := range s.Classes {
			var found any = ""
			if c.Counted {
				found = c.Bad
			}
			counts.rows = append(counts.rows, []any{severityLabel(p, c.Severity), c.AQL, c.Letter, c.By, c.N, c.Ac, c.Re, found, c.verdict(p), s.Standard, s.Lot, s.Level, s.Letter, s.Severity})
		}
	}
	tests := tab{p.T("Tests"), []tabColumn{{p.T("Test"), 36}, {p.T("Limit"), 24}, {p.T("Level"), 12}, {p.T("Pieces"), 10}, {p.T("Measured"), 24}, {p.T("Result"), 18}}, nil}
	for _, t := range r.Tests {
		tests.rows = append(tests.rows, []any{t.Name, t.Limit, t.Level, orEmpty(t.N), t.Value, testWords(p, &t)})
	}
	return writeWorkbook(w, &r.Cover, p.T("Inspection report"), findingsTab(p, r.Findings), counts, tests)
}

// WriteSheet writes findings and scores as a workbook (.xlsx).
func (r *AuditReport) WriteSheet(w io.Writer, p *lang.Printer) error {
	scores := tab{p.T("Scores"), []tabColumn{{p.T("Group"), 40}, {p.T("Points"), 10}, {p.T("Points that could be had"), 24}, {p.T("Not seen"), 12}}, nil}
	for _, s := range r.Scores {
		scores.rows = append(scores.rows, []any{s.Group, s.Points, s.Of, s.NotSeen})
	}
	return writeWorkbook(w, &r.Cover, p.T("Audit report"), findingsTab(p, r.Findings), scores)
}

// WriteSheet writes findings and actions as a workbook (.xlsx).
func (r *VisitReport) WriteSheet(w io.Writer, p *lang.Printer) error {
	actions := tab{p.T("Actions"), []tabColumn{{p.T("Finding"), 10}, {p.T("Action"), 60}, {p.T("Who"), 24}, {p.T("Until"), 18}, {p.T("State"), 18}}, nil}
	for _, t := range r.Actions {
		actions.rows = append(actions.rows, []any{orEmpty(t.Finding), t.Text, t.Who, t.Until, t.State})
	}
	return writeWorkbook(w, &r.Cover, p.T("Visit report"), findingsTab(p, r.Findings), actions)
}

// findingsTab has findings in the order of the PDF, and the numbers of their photos there.
func findingsTab(p *lang.Printer, fs []Finding) tab {
	t := tab{p.T("Findings"), []tabColumn{{p.T("Finding"), 10}, {p.T("Severity"), 14}, {p.T("Text"), 60}, {p.T("Chinese"), 40}, {p.T("Place"), 18}, {p.T("Bad pieces"), 10}, {p.T("Checked"), 10},
		{p.T("Requirement"), 40}, {p.T("We ask"), 40}, {p.T("Checklist"), 30}, {p.T("Seen by"), 18}, {p.T("When"), 18}, {p.T("Photos"), 12}}, nil}
	number := 0
	for _, f := range ranked(fs) {
		var photos []string
		for range f.Photos {
			number++
			photos = append(photos, strconv.Itoa(number))
		}
		var found, checked any = "", ""
		if f.Checked > 0 {
			found, checked = f.Bad, f.Checked
		}
		t.rows = append(t.rows, []any{f.Number, findingLabel(p, f.Kind, f.Severity), f.Text, f.TextZH, f.Place, found, checked, f.Requirement, f.Request, f.Line, f.By, f.At, strings.Join(photos, p.Comma())})
	}
	return t
}

func orEmpty(n int) any {
	if n == 0 {
		return ""
	}
	return n
}

// writeWorkbook writes sheets in which text stays text: in cells and columns that are
// formatted so.
func writeWorkbook(w io.Writer, c *Cover, kind string, tabs ...tab) error {
	f := excelize.NewFile()
	defer f.Close() // nothing of it is on the disk
	var err error
	try := func(e error) { err = cmp.Or(err, e) }
	style := func(s *excelize.Style) int {
		id, e := f.NewStyle(s)
		try(e)
		return id
	}
	const asText = 49 // the format of text
	text := style(&excelize.Style{NumFmt: asText, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	whole := style(&excelize.Style{NumFmt: 1, Alignment: &excelize.Alignment{Vertical: "top"}})
	head := style(&excelize.Style{NumFmt: asText, Font: &excelize.Font{Bold: true}})
	at := func(x, y int) string {
		ref, e := excelize.CoordinatesToCellName(x, y)
		try(e)
		return ref
	}
	for i, t := range tabs {
		if i == 0 {
			try(f.SetSheetName(f.GetSheetName(0), t.name))
		} else {
			_, e := f.NewSheet(t.name)
			try(e)
		}
		for x, column := range t.columns {
			letter, e := excelize.ColumnNumberToName(x + 1)
			try(e)
			try(f.SetColStyle(t.name, letter, text))
			try(f.SetColWidth(t.name, letter, letter, column.wide))
			try(f.SetCellStr(t.name, letter+"1", column.head))
			try(f.SetCellStyle(t.name, letter+"1", letter+"1", head))
		}
		for y, row := range t.rows {
			for x, value := range row {
				ref := at(x+1, y+2)
				switch v := value.(type) {
				case int:
					try(f.SetCellInt(t.name, ref, int64(v)))
					try(f.SetCellStyle(t.name, ref, ref, whole))
				case string:
					if v != "" {
						try(f.SetCellStr(t.name, ref, written(v)))
					}
				}
			}
		}
		try(f.AutoFilter(t.name, "A1:"+at(len(t.columns), len(t.rows)+1), nil))
		try(f.SetPanes(t.name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	}
	try(f.SetDocProps(&excelize.DocProperties{Title: written(joined(" · ", kind, c.Title)), Creator: written(c.Company)}))
	if err != nil {
		return fmt.Errorf("make the workbook: %w", err)
	}
	return f.Write(w)
}

// written is text as the file has it: without what XML cannot hold, and with what looks
// like the format's escape of a character, such as _x0041_, kept from being read as that
// character. The library undoes the escape and does not do it.
func written(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	var b strings.Builder
	for i, c := range s {
		if c == '_' && escape.MatchString(s[i:]) {
			b.WriteString("_x005F")
		}
		b.WriteRune(c)
	}
	return b.String()
}

var escape = regexp.MustCompile(`^_x[0-9a-fA-F]{4}_`)
