package exchange_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"visitprep/internal/exchange"
)

var update = flag.Bool("update", false, "make the files in testdata/programs again")

// programs has the files as spreadsheet programs save them. Its README.md tells how each was made.
const programs = "testdata/programs"

// theSame is what every file says. City is where they differ: not every program can
// write every letter.
func theSame(t *testing.T, city string) exchange.Contents {
	c, err := exchange.Read("same.yaml", []byte(strings.ReplaceAll(`
- {kind: visit, factory: Alpha Works, city: CITY, contacts: +86 574 5550 0188, purpose: first_visit, first: 2027-03-15, last: 2027-03-16, people: "U0MIACHEN01: leads; Ms Zhang: interpreter", agenda: "Day 1: tour\nDay 2: \"records\", and lunch", channel: C0SOURCING1, owner: U0MIACHEN01}
- {kind: visit, factory: "007", city: CITY, contacts: "=1+1", purpose: follow_up, first: 2027-11-30, agenda: "3-4", channel: C0SOURCING1, owner: U0JONASWEB1}
- {kind: plan, factory: Alpha Works, city: CITY, type: pre_shipment, rule: every 2 weeks from 2027-03-15, leads: 14, inspectors: U0JONASWEB1; U0MIACHEN01, channel: C0SOURCING1, owner: U0MIACHEN01}
`, "CITY", city)), "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	return c.Contents
}

// TestFilesOfPrograms reads what Excel, WPS, Numbers and LibreOffice save.
func TestFilesOfPrograms(t *testing.T) {
	if *update {
		makeFiles(t)
	}
	files, err := filepath.Glob(programs + "/*.[cx]*")
	if err != nil || len(files) < 14 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := exchange.Read(file, data, "T1", kinds, exchange.Recorded{})
			if err != nil {
				t.Fatal(err)
			}
			got.Doubts = nil
			city := "宁波"
			if len(got.Visits) > 0 && got.Visits[0].Factory.City == "München" {
				city = "München"
			}
			if diff := cmp.Diff(theSame(t, city), got.Contents); diff != "" {
				t.Errorf("-wanted +read:\n%s", diff)
			}
		})
	}
}

// makeFiles makes those that are made by hand, and leaves those of LibreOffice.
func makeFiles(t *testing.T) {
	for _, f := range []struct {
		name, city, day, end string
		comma                rune
		encoding             encoding.Encoding
		before               string
		last                 string // what the program leaves at the end
	}{
		{"excel-de.csv", "München", "02.01.2006", "\r\n", ';', charmap.Windows1252, "", ""},
		{"excel-de-utf8.csv", "München", "02.01.2006", "\r\n", ';', unicode.UTF8BOM, "", ";;;;;\r\n"},
		{"excel-us.csv", "München", "1/2/2006", "\r\n", ',', charmap.Windows1252, "", ""},
		{"excel-us-utf8.csv", "宁波", "1/2/2006", "\r\n", ',', unicode.UTF8BOM, "", ",,,,,\r\n"},
		{"excel-cn.csv", "宁波", "2006/1/2", "\r\n", ',', simplifiedchinese.GB18030, "", ",,,,,\r\n"},
		{"excel-cn-unicode.csv", "宁波", "2006年1月2日", "\r\n", '\t', unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "", ""},
		{"excel-mac.csv", "宁波", "2006/1/2", "\r", ';', unicode.UTF8BOM, "sep=;\r", ""},
		{"wps.csv", "宁波", "2006/1/2", "\r\n", ',', simplifiedchinese.GB18030, "", ""},
		{"numbers.csv", "宁波", "2 Jan 2006", "\n", ',', unicode.UTF8, "Table 1\n", ""},
	} {
		records := tableOf(t, theSame(t, f.city))
		for _, r := range records[1:] {
			for i := range r {
				if day, err := time.Parse(time.DateOnly, r[i]); err == nil {
					r[i] = day.Format(f.day)
				}
			}
		}
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Comma = f.comma
		if err := w.WriteAll(records); err != nil {
			t.Fatal(err)
		}
		lines := b.String()
		if f.end != "\n" { // in cells it stays
			quoted := false
			var s strings.Builder
			for _, c := range lines {
				quoted = quoted != (c == '"')
				if c == '\n' && !quoted {
					s.WriteString(f.end)
					continue
				}
				s.WriteRune(c)
			}
			lines = s.String()
		}
		out, err := f.encoding.NewEncoder().String(f.before + lines + f.last)
		if err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		if err := os.WriteFile(filepath.Join(programs, f.name), []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	from1900 := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	for _, f := range []struct {
		name, city, format string
		builtin            int
		from               time.Time // the day that is counted as 0
		after              func(b *book, last string)
	}{
		{"excel-de.xlsx", "München", "", 14, from1900, func(*book, string) {}},
		{"excel-us.xlsx", "宁波", `[$-409]mmmm d, yyyy;@`, 0, from1900, func(b *book, last string) {
			b.try(b.AddTable("Sheet1", &excelize.Table{Range: "A1:" + last + "4"}))
			_, err := b.NewSheet("Sheet2")
			b.try(err)
		}},
		{"excel-cn.xlsx", "宁波", `yyyy"年"m"月"d"日";@`, 0, from1900, func(b *book, last string) { b.try(b.SetSheetName("Sheet1", "工作表1")) }},
		{"excel-1904.xlsx", "宁波", "d-mmm-yy", 0, time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC), func(b *book, last string) {
			yes := true
			b.try(b.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
		}},
		{"wps.xlsx", "宁波", "yyyy/m/d;@", 0, from1900, func(b *book, last string) { b.try(b.SetRowVisible("Sheet1", 3, false)) }},
		{"numbers.xlsx", "宁波", "d mmm yyyy", 0, from1900, func(b *book, last string) {
			b.try(b.InsertRows("Sheet1", 1, 1))
			b.set("A1", "Table 1")
			b.try(b.MergeCell("Sheet1", "A1", last+"1"))
			_, err := b.NewSheet("Export Summary")
			b.try(err)
			b.try(b.SetCellValue("Export Summary", "B3", "This document was exported from Numbers. Each table was converted to an Excel worksheet."))
			b.try(b.MoveSheet("Export Summary", "Sheet1"))
		}},
	} {
		b := &book{excelize.NewFile(), t}
		style := &excelize.Style{NumFmt: f.builtin}
		if f.format != "" {
			style = &excelize.Style{CustomNumFmt: &f.format}
		}
		id, err := b.NewStyle(style)
		b.try(err)
		var last string
		for y, r := range tableOf(t, theSame(t, f.city)) {
			last, err = excelize.ColumnNumberToName(len(r))
			b.try(err)
			for x, value := range r {
				ref, err := excelize.CoordinatesToCellName(x+1, y+1)
				b.try(err)
				switch day, notDay := time.Parse(time.DateOnly, value); {
				case notDay == nil:
					b.set(ref, int(day.Sub(f.from)/(24*time.Hour)))
					b.try(b.SetCellStyle("Sheet1", ref, ref, id))
				case value == "14": // typed into a cell that is not formatted as text
					b.set(ref, 14)
				case value != "":
					b.set(ref, value)
				}
			}
		}
		f.after(b, last)
		b.try(os.WriteFile(filepath.Join(programs, f.name), b.bytes(), 0o644))
	}
}

// tableOf is the exported table of c, line by line.
func tableOf(t *testing.T, c exchange.Contents) [][]string {
	var b bytes.Buffer
	if err := exchange.Write(&b, "csv", c); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(records)
}
