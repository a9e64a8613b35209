package exchange

import (
	"archive/zip"
	"bytes"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"visitprep/internal/yamlfile"
)

// A workbookOf has one part of a workbook be another text.
type workbookOf struct{ parts map[string]string }

// newWorkbookOf takes apart a workbook that is whole.
func newWorkbookOf(t testing.TB) workbookOf {
	t.Helper()
	var whole bytes.Buffer
	if err := writeXLSX(&whole, []entry{{Kind: "visit", Factory: "A", Purpose: "first_visit", First: "2027-03-15"}}); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(whole.Bytes()), int64(whole.Len()))
	if err != nil {
		t.Fatal(err)
	}
	w := workbookOf{map[string]string{}}
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		w.parts[part.Name] = string(text)
	}
	return w
}

func (w workbookOf) with(t testing.TB, other map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range w.parts {
		if o, ok := other[name]; ok {
			text = o
		}
		part, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Parts of a workbook.
const (
	partSheet   = "xl/worksheets/sheet1.xml"
	partStrings = "xl/sharedStrings.xml"
)

// taken is how many bytes of memory do takes, also where it gives them back.
func taken(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// FuzzSheet has a workbook with any sheet and any texts. What is read is what stands there:
// rows in their order, each in a line of the sheet, in memory that has a bound.
func FuzzSheet(f *testing.F) {
	w := newWorkbookOf(f)
	f.Add(w.parts[partSheet], w.parts[partStrings])
	const open, closed = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`, `</sheetData></worksheet>`
	head := `<row r="1"><c r="A1" t="inlineStr"><is><t>kind</t></is></c><c r="B1" t="str"><v>first</v></c></row>`
	for _, rows := range []string{
		`<row r="2"><c r="A2" t="inlineStr"><is><t>visit</t></is></c><c r="B2" s="1"><v>46461</v></c></row>`,
		`<row r="40"><c r="AB40"><v>1</v></c></row>`, `<row><c r="B9"/><c/></row><row r="3"><c r="A2"><f>1+1</f></c></row>`,
		`<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2" t="b"><v>1</v></c></row><row r="2"><c r="A2" t="d"><v>2027-03-15</v></c></row>`,
		`<row r="2"><c t="s"><v>99</v></c><c r="A2" t="s"><v>-1</v></c></row>`, `<row r="-1"><c r="A0"/></row>`, `<row r="2"><c r="B2" s="-7"><v>1e400</v></c></row>`,
	} {
		f.Add(open+head+rows+closed, w.parts[partStrings])
		f.Add(strings.Replace(open+head+rows+closed, "</worksheet>", `<mergeCells><mergeCell ref="A1:B3"/><mergeCell ref="A1:XFD1048576"/><mergeCell ref="C1"/></mergeCells></worksheet>`, 1), `<sst><si/><si><t>kind</t></si></sst>`)
	}
	f.Fuzz(func(t *testing.T, sheet, texts string) {
		data := w.with(t, map[string]string{partSheet: sheet, partStrings: texts})
		var rows []row
		var doubts yamlfile.Mistakes
		var err error
		if n, most := taken(func() { rows, doubts, err = readXLSX("a.xlsx", data) }), uint64(2<<30); n > most {
			t.Errorf("it takes %d MB in all", n>>20)
		}
		line := 0
		for _, r := range rows {
			if n := r.line("kind"); n <= line {
				t.Errorf("line %d comes after line %d", n, line)
			} else {
				line = n
			}
		}
		if err != nil && !strings.HasPrefix(err.Error(), "a.xlsx:") {
			t.Errorf("the mistake is %q", err)
		}
		for _, d := range doubts {
			if d.File != "a.xlsx" || d.What == "" {
				t.Errorf("the doubt is %+v", d)
			}
		}
	})
}

// TestSheetsThatReachFar has a few bytes in far-off places, for which a library would take
// gigabytes or hours.
func TestSheetsThatReachFar(t *testing.T) {
	w := newWorkbookOf(t)
	const open, closed = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`, `</sheetData></worksheet>`
	many := func(n int, each string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(each, "N", strconv.Itoa(i+1)))
		}
		return b.String()
	}
	const tooFar, tooMany = "a.xlsx: its sheets reach over more than 2 million cells: delete the empty columns", "a.xlsx: it has more than 2000 merged cells: undo the merging"
	for name, c := range map[string]struct{ sheet, want string }{
		"a cell at the end of each line":       {open + many(200, `<row r="N"><c r="XFDN"/></row>`) + closed, tooFar},
		"the same with another prefix":         {open + many(200, `<x:row r="N"><x:c r="XFDN"/></x:row>`) + closed, tooFar},
		"lines without numbers":                {open + many(200, `<row><c r="XFDN"/></row>`) + closed, tooFar},
		"cells of other lines":                 {open + many(200, `<row r="1"><c r="XFDN"/></row>`) + closed, tooFar},
		"the last cell of two lines, far down": {open + `<row r="1048575"><c r="XFD1048575"/></row>` + many(80, `<row r="N"><c r="XFDN"/></row>`) + closed, tooFar},
		"ranges that touch each other":         {strings.Replace(open+closed, "</sheetData>", "</sheetData><mergeCells>"+many(3000, `<mergeCell ref="AN:B1048576"/>`)+"</mergeCells>", 1), tooMany},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			n := taken(func() { _, _, err = readXLSX("a.xlsx", w.with(t, map[string]string{partSheet: c.sheet})) })
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || n > 64<<20 {
				t.Errorf("it takes %d MB and says %v, want %s", n>>20, err, c.want)
			}
		})
	}
	// Whole columns that are merged, and one cell at the very end, are as before.
	whole := strings.NewReplacer("</sheetData>", `<row r="1048576"><c r="A1048576"/></row></sheetData><mergeCells><mergeCell ref="AZ1:XFD1048576"/></mergeCells>`).Replace(w.parts[partSheet])
	if rows, _, err := readXLSX("a.xlsx", w.with(t, map[string]string{partSheet: whole})); err != nil || len(rows) != 1 {
		t.Errorf("it is read as %+v, %v", rows, err)
	}
}
