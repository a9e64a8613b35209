package exchange_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"visitprep/internal/exchange"
)

// A book is a workbook in the making.
type book struct {
	*excelize.File
	t *testing.T
}

// newBook has a sheet with the names of the columns and a visit that reads well.
func newBook(t *testing.T) *book {
	b := &book{excelize.NewFile(), t}
	b.row("A1", "kind", "factory", "city", "purpose", "first", "last", "channel", "agenda", "owner")
	b.row("A2", "visit", "A", "Ningbo", "first_visit", "2040-01-15", "2040-01-16", "C0AAAAAAA1", "tour", "U0AAAAAAA1")
	return b
}

func (b *book) try(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *book) row(ref string, values ...any) {
	b.t.Helper()
	b.try(b.SetSheetRow("Sheet1", ref, &values))
}

func (b *book) set(ref string, value any) {
	b.t.Helper()
	b.try(b.SetCellValue("Sheet1", ref, value))
}

// as writes a value with a format.
func (b *book) as(ref, format string, value any) {
	b.t.Helper()
	id, err := b.NewStyle(&excelize.Style{CustomNumFmt: &format})
	b.try(err)
	b.set(ref, value)
	b.try(b.SetCellStyle("Sheet1", ref, ref, id))
}

func (b *book) bytes() []byte {
	b.t.Helper()
	out, err := b.WriteToBuffer()
	b.try(err)
	return out.Bytes()
}

// TestWorkbooksAsProgramsSaveThem reads the same visit from each.
func TestWorkbooksAsProgramsSaveThem(t *testing.T) {
	const want = "A from 2040-01-15 to 2040-01-16"
	day := time.Date(2040, 1, 15, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		change func(*book)
		told   string
	}{
		{"days as text", func(*book) {}, ""},
		{"days as text in another form", func(b *book) { b.set("E2", "15.01.2040"); b.set("F2", "2040年1月16日") }, ""},
		{"days", func(b *book) { b.as("E2", "yyyy-mm-dd", day); b.as("F2", "yyyy-mm-dd", day.AddDate(0, 0, 1)) }, ""},
		{"days in the forms of countries", func(b *book) { b.as("E2", "dd.mm.yyyy", day); b.as("F2", "m/d/yy", day.AddDate(0, 0, 1)) }, ""},
		{"days in the forms of others", func(b *book) {
			b.as("E2", `[$-F800]dddd\,\ mmmm\ dd\,\ yyyy`, day)
			b.as("F2", `[$-804]yyyy"年"m"月"d"日";@`, day.AddDate(0, 0, 1))
		}, ""},
		{"a day with a time that is midnight", func(b *book) { b.as("E2", "yyyy-mm-dd hh:mm", day) }, ""},
		{"a day in the form that is the system's", func(b *book) {
			id, err := b.NewStyle(&excelize.Style{NumFmt: 14})
			b.try(err)
			b.set("E2", 51150)
			b.try(b.SetCellStyle("Sheet1", "E2", "E2", id))
		}, ""},
		{"a day as a number", func(b *book) { b.set("E2", 20400115) }, ""},
		{"a line of formulas that show nothing", func(b *book) {
			b.try(b.SetCellFormula("Sheet1", "A3", `IF(B3="","","visit")`))
			b.try(b.SetCellFormula("Sheet1", "F3", `IF(B3="","",E3)`))
		}, ""},
		{"text in several fonts", func(b *book) {
			b.try(b.SetCellRichText("Sheet1", "B2", []excelize.RichTextRun{{Text: "A", Font: &excelize.Font{Bold: true}}, {Text: " "}}))
		}, ""},
		{"an empty line and an empty column before the table", func(b *book) {
			b.try(b.InsertRows("Sheet1", 1, 2))
			b.try(b.InsertCols("Sheet1", "A", 1))
		}, ""},
		{"emptied lines and columns", func(b *book) {
			b.try(b.InsertRows("Sheet1", 2, 1))
			b.try(b.InsertCols("Sheet1", "C", 1))
			b.set("A9", " ")
		}, ""},
		{"a title above the table, as Numbers writes it", func(b *book) {
			b.try(b.InsertRows("Sheet1", 1, 1))
			b.set("A1", "Table 1")
			b.try(b.MergeCell("Sheet1", "A1", "H1"))
		}, "a.xlsx:1: it stands above the names of the columns and was not read"},
		{"lines and columns that are hidden", func(b *book) {
			b.try(b.SetRowVisible("Sheet1", 2, false))
			b.try(b.SetColVisible("Sheet1", "E", false))
		}, ""},
		{"a table with a filter", func(b *book) { b.try(b.AddTable("Sheet1", &excelize.Table{Range: "A1:H2"})) }, ""},
		{"another sheet with something", func(b *book) {
			_, err := b.NewSheet("Notes")
			b.try(err)
			b.try(b.SetCellValue("Notes", "A1", "tea"))
		}, `a.xlsx: the sheet "Notes" was not read, only "Sheet1"`},
		{"another sheet before it", func(b *book) {
			_, err := b.NewSheet("Export Summary")
			b.try(err)
			b.try(b.SetCellValue("Export Summary", "A1", "kindly read this"))
			b.try(b.MoveSheet("Export Summary", "Sheet1"))
		}, `a.xlsx: the sheet "Export Summary" was not read, only "Sheet1"`},
		{"a hidden sheet before it", func(b *book) {
			_, err := b.NewSheet("Old")
			b.try(err)
			b.try(b.SetSheetRow("Old", "A1", &[]any{"kind", "factory"}))
			b.try(b.MoveSheet("Old", "Sheet1"))
			b.try(b.SetSheetVisible("Old", false))
		}, `a.xlsx: the sheet "Old" was not read, only "Sheet1"`},
		{"an empty sheet", func(b *book) {
			_, err := b.NewSheet("Sheet2")
			b.try(err)
		}, ""},
		{"merged cells with nothing in them", func(b *book) { b.try(b.MergeCell("Sheet1", "A5", "C9")) }, ""},
		{"an apostrophe that a table had", func(b *book) { b.set("E2", "'2040-01-15") }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBook(t)
			c.change(b)
			contents, err := exchange.Read("a.xlsx", b.bytes(), "T1", kinds, exchange.Recorded{})
			if err != nil {
				t.Fatal(err)
			}
			if got := inWords(contents); got != want {
				t.Errorf("it is %q, want %q", got, want)
			}
			if got := contents.Doubts.Error(); got != c.told {
				t.Errorf("it tells %q, want %q", got, c.told)
			}
		})
	}
}

// TestTextOfCells reads what a cell shows where text is wanted.
func TestTextOfCells(t *testing.T) {
	for _, c := range []struct {
		name, want string
		set        func(b *book, ref string)
	}{
		{"text that looks like a number", "007", func(b *book, ref string) { b.set(ref, "007") }},
		{"text that looks like a formula", "=1+1", func(b *book, ref string) { b.set(ref, "=1+1") }},
		{"a number", "7", func(b *book, ref string) { b.set(ref, 7) }},
		{"a number with decimals", "7.25", func(b *book, ref string) { b.set(ref, 7.25) }},
		{"a number with the noise of arithmetic", "0.3", func(b *book, ref string) { b.set(ref, 0.1+0.2) }},
		{"a number that files write with an exponent", "8613812345678", func(b *book, ref string) { b.set(ref, 8.613812345678e12) }},
		{"a number shown with zeros before it", "007", func(b *book, ref string) { b.as(ref, "000", 7) }},
		{"a share", "50%", func(b *book, ref string) { b.as(ref, "0%", 0.5) }},
		{"yes", "TRUE", func(b *book, ref string) { b.set(ref, true) }},
		{"no", "FALSE", func(b *book, ref string) { b.set(ref, false) }},
		{"line breaks", "one\ntwo", func(b *book, ref string) { b.set(ref, "one\ntwo") }},
		{"a character that is escaped", "Café", func(b *book, ref string) { b.set(ref, "Caf_x00E9_") }},
		{"an apostrophe that belongs there", "'s-Hertogenbosch", func(b *book, ref string) { b.set(ref, "'s-Hertogenbosch") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBook(t)
			c.set(b, "H2")
			contents, err := exchange.Read("a.xlsx", b.bytes(), "T1", kinds, exchange.Recorded{})
			if err != nil {
				t.Fatal(err)
			}
			if got := contents.Visits[0].Agenda; got != c.want {
				t.Errorf("it is %q, want %q", got, c.want)
			}
		})
	}
}

func TestMistakesNameTheCell(t *testing.T) {
	day := time.Date(2040, 1, 15, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		change func(*book)
		want   []string
	}{
		{"a day that is none", func(b *book) { b.set("E2", "soon") }, []string{`a.xlsx:2: first (cell E2): "soon" is not a day: write it as 2027-03-15`}},
		{"a day that can mean two", func(b *book) { b.set("E2", "3/4/2040") }, []string{`a.xlsx:2: first (cell E2): "3/4/2040" can mean 2040-03-04 (4 March 2040) or 2040-04-03`}},
		{"the place of the table counts", func(b *book) { b.try(b.InsertRows("Sheet1", 1, 3)); b.set("E5", "soon") }, []string{`a.xlsx:5: first (cell E5): "soon"`}},
		{"and the sheet where there are several", func(b *book) {
			_, err := b.NewSheet("Notes")
			b.try(err)
			b.set("E2", "soon")
		}, []string{`a.xlsx:2: first (cell E2 of the sheet Sheet1): "soon"`}},
		{"a time of day", func(b *book) { b.as("E2", "yyyy-mm-dd", day.Add(14*time.Hour+30*time.Minute)) }, []string{`a.xlsx:2: first (cell E2): the cell holds a day with a time (2040-01-15 14:30:00): write 2040-01-15`}},
		{"a time without a day", func(b *book) { b.as("E2", "hh:mm", 0.5) }, []string{`a.xlsx:2: first (cell E2): the cell holds a time without a day`}},
		{"the number of a day", func(b *book) { b.set("E2", 51150) }, []string{`a.xlsx:2: first (cell E2): 51150 is a spreadsheet's number for the day 2040-01-15: write it as 2040-01-15, or format the cell as a date`}},
		{"the number of a day, counted from 1904", func(b *book) {
			yes := true
			b.try(b.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
			b.set("E2", 51150-1462)
		}, []string{`a.xlsx:2: first (cell E2): 49688 is a spreadsheet's number for the day 2040-01-15`}},
		{"a day where text is wanted", func(b *book) { b.as("C2", "d-mmm", day) }, []string{`a.xlsx:2: city (cell C2): the cell holds a date (2040-01-15), where text is wanted: format the cell as text and write again what you meant`}},
		{"a formula without a result", func(b *book) { b.set("C2", nil); b.try(b.SetCellFormula("Sheet1", "C2", "B2")) }, []string{`a.xlsx:2: city (cell C2): the formula =B2 has no result: open the file in your spreadsheet program and save it, or write the value`}},
		{"a formula without a result at the end of a line", func(b *book) { b.set("H2", nil); b.try(b.SetCellFormula("Sheet1", "H2", "B2")) }, []string{`a.xlsx:2: agenda (cell H2): the formula =B2 has no result`}},
		{"a number that a spreadsheet made of text", func(b *book) { b.as("B2", "0.00E+00", 100000) }, []string{`a.xlsx:2: factory (cell B2): the cell shows the number 100000 with an exponent: format the cell as text`}},
		{"more digits than are kept", func(b *book) { b.set("B2", 1.2345678901234567e19) }, []string{`a.xlsx:2: factory (cell B2): 12345678901234500000 is longer than the 15 digits`}},
		{"merged cells", func(b *book) {
			b.row("A3", "visit", "", "Ningbo", "first_visit", "2040-02-15", "", "C0AAAAAAA1")
			b.try(b.MergeCell("Sheet1", "B2", "B3"))
		}, []string{`a.xlsx:2: factory (cell B2): the cells B2:B3 are merged: undo the merging, and fill in each cell`}},
		{"merged columns", func(b *book) { b.try(b.MergeCell("Sheet1", "E2", "F2")) }, []string{`a.xlsx:2: first (cell E2): the cells E2:F2 are merged`}},
		{"a column twice", func(b *book) { b.set("I1", "City") }, []string{`a.xlsx:1: the column "city" is there twice, in cell C1 and cell I1: delete one of them`}},
		{"a column that is none", func(b *book) { b.set("I1", "frist") }, []string{`a.xlsx:1: there is no column "frist": did you mean first?`}},
		{"something beside the table", func(b *book) { b.set("K2", "tea") }, []string{`a.xlsx:2: cell K2 holds "tea", and line 1 names no column there: name the column, or empty it`}},
		{"no sheet for visits", func(b *book) {
			_, err := b.NewSheet("Notes")
			b.try(err)
			b.set("A1", "what")
			b.try(b.SetCellValue("Notes", "A1", "tea"))
		}, []string{`a.xlsx: no sheet that can be seen names its columns: write a first line such as kind, factory, purpose, first; kind has to be there`}},
		{"one sheet without a column for the kind", func(b *book) { b.set("A1", "knd") }, []string{`a.xlsx:1: there is no column "knd": did you mean kind?`}},
		{"nothing at all", func(b *book) { b.try(b.RemoveRow("Sheet1", 1)); b.try(b.RemoveRow("Sheet1", 1)) }, []string{`a.xlsx:1: the columns are not named: write a first line such as kind,number,factory_number,factory`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBook(t)
			c.change(b)
			contents, err := exchange.Read("a.xlsx", b.bytes(), "T1", kinds, exchange.Recorded{})
			if err == nil {
				t.Fatalf("it was read as %q", inWords(contents))
			}
			got := strings.Split(err.Error(), "\n")
			for _, want := range c.want {
				if !slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, want) }) {
					t.Errorf("the mistakes are\n%s\nand not %s", err, want)
				}
			}
			if len(got) > len(c.want) {
				t.Errorf("the mistakes are\n%s\nwant %d", err, len(c.want))
			}
		})
	}
}

// TestFormulas reads what they showed when the file was saved.
func TestFormulas(t *testing.T) {
	b := newBook(t)
	b.as("F2", "yyyy-mm-dd", 51151)
	data := rewritten(t, b.bytes(), func(name, text string) string {
		if strings.HasSuffix(name, "sheet1.xml") {
			text = strings.Replace(text, "<v>51151</v>", "<f>E2+1</f><v>51151</v>", 1)
			text = regexp.MustCompile(`<c r="H2" t="s"><v>\d+</v></c>`).ReplaceAllString(text, `<c r="H2" t="str"><f>"Hall "&amp;7</f><v>Hall 7</v></c>`)
		}
		return text
	})
	c, err := exchange.Read("a.xlsx", data, "T1", kinds, exchange.Recorded{})
	if err != nil || inWords(c) != "A from 2040-01-15 to 2040-01-16" || c.Visits[0].Agenda != "Hall 7" {
		t.Errorf("it is %q with %+v, %v", inWords(c), c.Visits, err)
	}
}

func TestDaysCountedFrom1904(t *testing.T) {
	b := newBook(t)
	yes := true
	b.try(b.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
	b.as("E2", "yyyy-mm-dd", 51150-1462)
	c, err := exchange.Read("a.xlsx", b.bytes(), "T1", kinds, exchange.Recorded{})
	if err != nil || c.Visits[0].First.String() != "2040-01-15" {
		t.Errorf("it is %q, %v", inWords(c), err)
	}
}

func TestFilesThatAreNoWorkbook(t *testing.T) {
	whole := newBook(t).bytes()
	secret, err := newBook(t).WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	locked, err := excelize.Encrypt(secret.Bytes(), &excelize.Options{Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	const damaged = "a.xlsx: it is damaged, or no workbook: open it in your spreadsheet program and save it as .xlsx"
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"a password", locked, "a.xlsx: a password protects it: save it without one"},
		{"the old format", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on"), "a.xlsx: it is in the old format .xls: open it in your spreadsheet program and save it as .xlsx"},
		{"text", []byte("kind,factory\n"), "a.xlsx: it is no workbook: if it is a table in text, let its name end in .csv"},
		{"nothing", nil, "a.xlsx: it is empty"},
		{"half of a workbook", whole[:len(whole)/2], damaged},
		{"another archive", archive(t, map[string]string{"a.txt": "hello"}), damaged},
		{"an OpenDocument", append([]byte("PK\x03\x04..........................mimetypeapplication/vnd.oasis.opendocument.spreadsheet"), make([]byte, 300)...), "a.xlsx: it is an OpenDocument: open it in your spreadsheet program and save it as .xlsx"},
		{"a sheet that is cut off", rewritten(t, whole, func(name, text string) string {
			return map[bool]string{true: text[:len(text)*2/3], false: text}[strings.HasSuffix(name, "sheet1.xml")]
		}), `a.xlsx: the sheet "Sheet1": it is damaged`},
		{"an archive that unpacks to very much", rewritten(t, whole, func(name, text string) string {
			return text + map[bool]string{true: strings.Repeat(" ", 70<<20)}[strings.HasSuffix(name, "sheet1.xml")]
		}), "a.xlsx: it unpacks to more than 64 MB: delete what does not belong to it, or save it as CSV"},
	} {
		t.Run(c.name, func(t *testing.T) {
			contents, err := exchange.Read("a.xlsx", c.data, "T1", kinds, exchange.Recorded{})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("it is %q, %v; want %s", inWords(contents), err, c.want)
			}
		})
	}
}

// archive packs files.
func archive(t *testing.T, files map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
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

// rewritten is a workbook with its parts changed.
func rewritten(t *testing.T, data []byte, change func(name, text string) string) []byte {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = change(f.Name, string(text))
	}
	return archive(t, files)
}

func TestExportedWorkbook(t *testing.T) {
	whole, err := exchange.Read("team.yaml", []byte(wholeYAML), "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	whole.Visits[0].Factory.Contacts = "+8657455500188"
	whole.Visits[0].Factory.City = "'007"
	whole.Plans[0].Factory.Name = "007"
	var b, again bytes.Buffer
	if err := exchange.Write(&b, "xlsx", whole.Contents); err != nil {
		t.Fatal(err)
	}
	if err := exchange.Write(&again, "xlsx", whole.Contents); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the same contents make another file, %v", err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Visits")
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) string {
		letter, err := excelize.ColumnNumberToName(slices.Index(rows[0], name) + 1)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return letter
	}
	for _, c := range []struct{ ref, shown, format string }{
		{column("first") + "2", "2040-03-15", "yyyy-mm-dd"},
		{column("first") + "99", "", "yyyy-mm-dd"}, // where somebody adds a line
		{column("contacts") + "2", "+8657455500188", "@"},
		{column("factory") + "3", "007", "@"},
		{column("leads") + "99", "", "@"},
	} {
		shown, err := f.GetCellValue("Visits", c.ref)
		if err != nil || shown != c.shown {
			t.Errorf("%s shows %q, %v; want %q", c.ref, shown, err, c.shown)
		}
		id, err := f.GetCellStyle("Visits", c.ref)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		format := map[int]string{49: "@"}[style.NumFmt]
		if style.CustomNumFmt != nil {
			format = *style.CustomNumFmt
		}
		if format != c.format {
			t.Errorf("%s has the format %q, want %q", c.ref, format, c.format)
		}
	}
	if kind, err := f.GetCellType("Visits", column("first")+"2"); err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("the first day is of the type %v, %v; want a number that is shown as a day", kind, err)
	}
	if panes, err := f.GetPanes("Visits"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the names of the columns do not stay in sight: %+v, %v", panes, err)
	}
	if props, err := f.GetDocProps(); err != nil || props.Creator != "Visit Prep" || props.LastModifiedBy != "" {
		t.Errorf("its properties are %+v, %v", props, err)
	}
	read, err := exchange.Read("a.xlsx", b.Bytes(), "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole.Contents, read.Contents); diff != "" {
		t.Errorf("what is read is not what was written (-written +read):\n%s", diff)
	}
}

// BenchmarkWorkbook writes and reads 3,000 visits.
func BenchmarkWorkbook(b *testing.B) {
	one, err := exchange.Read("team.yaml", []byte(wholeYAML), "T1", kinds, exchange.Recorded{})
	if err != nil {
		b.Fatal(err)
	}
	var c exchange.Contents
	for i := range 3000 {
		v := one.Visits[0]
		v.Factory.Name = fmt.Sprint("Factory ", i)
		c.Visits = append(c.Visits, v)
	}
	var out bytes.Buffer
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			out.Reset()
			if err := exchange.Write(&out, "xlsx", c); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := exchange.Read("a.xlsx", out.Bytes(), "T1", kinds, exchange.Recorded{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
