package exchange

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestGuard(t *testing.T) {
	for _, s := range []string{
		"=1+1", "+86 574 5550 0188", "-", "- tour", "@SUM(A1)", "＝1", "＋86", "－5", "＠mia", "−5", "\t=1",
		"007", "00", "1E5", "1e+5", "3-4", "10:30", "1/2", "1 1/2", "TRUE", "falsch", "真", "12345678901234567890", "1.50", "1,5", "1.5", "１２３",
		"Mar 5", "5. März", "SEPT2", "15-Mar-27", "May 5, 2027", "2027-03-15", "2027年3月15日", "3月5日", "上午9时", "10 am", "10h30", "R9.3.15", "15 мар", "三月 15", "15 x 2027",
		"$5", "5 €", "50%", "(5)", "US$5", "5 EUR", "￥5", "#N/A", "#DIV/0!", "#BEZUG!", "4-Mar", "Qwe-27", "31-Abc", "'007", "'''=1",
	} {
		if g := guarded(s); g != "'"+s {
			t.Errorf("%q is written as %q", s, g)
		}
	}
	for _, s := range []string{
		"", "14", "0", "999999999999999", "14; 3", "0 9 * * 1", "Ningbo Bright Metal", "Hall 7", "3号楼", "B-12", "3M", "宁波", "U0MIACHEN01: leads; Mr Wu",
		"every 2 weeks from 2027-03-15", "'s-Hertogenbosch", "'t Hooft", "C0123ABCD", "Asia/Shanghai", "Day 1: tour\nDay 2: lunch", "first_visit", "No. 5 Road", "ABCDEF", "'", "''",
	} {
		if g := guarded(s); g != s {
			t.Errorf("%q is written as %q", s, g)
		}
		if u := unguarded(s); u != s {
			t.Errorf("%q is read as %q", s, u)
		}
	}
}

// FuzzTable holds that any text comes back from a table as it was written.
func FuzzTable(f *testing.F) {
	for _, s := range []string{"=1", "'=1", "''007", "a,b;c\td", "\"", "a\nb", "'", " x ", "007", "31-Abc", "\ufeff", "sep=;", "1E5", "#N/A"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) || strings.ContainsAny(a+b, "\r\x00") {
			return
		}
		e := entry{Kind: "visit", Factory: text(strings.TrimSpace(a)), Agenda: text(strings.TrimSpace(b)), First: "2027-03-15"}
		var out bytes.Buffer
		if err := writeCSV(&out, []entry{e}); err != nil {
			t.Fatal(err)
		}
		rows, _, err := readCSV("a.csv", out.Bytes())
		if err != nil || len(rows) != 1 || rows[0].entry != e {
			t.Errorf("%+v is read as %+v, %v of\n%s", e, rows, err, out.String())
		}
	})
}

// FuzzWorkbook holds the same of a workbook.
func FuzzWorkbook(f *testing.F) {
	for _, s := range []string{"=1", "'=1", "''007", "a\nb", "'", "007", "1E5", "#N/A", "_x0041_", "_x0041_x0042_", "__x005F_x0041_", "2027-03-15", "TRUE", "<b>&amp;"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) || strings.ContainsFunc(a+b, func(c rune) bool { return c < ' ' && c != '\n' || c == 0xfffe || c == 0xffff }) {
			return
		}
		e := entry{Kind: "visit", Factory: text(strings.TrimSpace(a)), Agenda: text(strings.TrimSpace(b)), First: "2027-03-15"}
		var out bytes.Buffer
		if err := writeXLSX(&out, []entry{e}); err != nil {
			t.Fatal(err)
		}
		rows, _, err := readXLSX("a.xlsx", out.Bytes())
		if err != nil || len(rows) != 1 || rows[0].entry != e {
			t.Errorf("%+v is read as %+v, %v", e, rows, err)
		}
	})
}
