package exchange

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
	"github.com/xuri/nfp"

	"visitprep/internal/civil"
	"visitprep/internal/yamlfile"
)

// workbookLimit is how many bytes a workbook may unpack to: a hundred times what a team
// has, and less than the memory that a small machine has.
const workbookLimit = 64 << 20

func readXLSX(file string, data []byte) ([]row, yamlfile.Mistakes, error) {
	if err := noWorkbook(data); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: workbookLimit, UnzipXMLSizeLimit: workbookLimit, RawCellValue: true})
	if err != nil && strings.Contains(err.Error(), "unzip size exceeds") {
		return nil, nil, fmt.Errorf("%s: it unpacks to more than %d MB: delete what does not belong to it, or save it as CSV", file, workbookLimit>>20)
	} else if err != nil || len(f.GetSheetList()) == 0 {
		return nil, nil, fmt.Errorf("%s: %w", file, errDamaged)
	}
	defer f.Close() // no file of it is on the disk
	if err := checkReach(f); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	b := workbook{File: f}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		b.from1904 = *props.Date1904
	}
	t, doubts, err := b.table(file)
	if err != nil {
		return nil, nil, err
	}
	rows, more, err := t.read()
	return rows, append(doubts, more...), err
}

// The library keeps a cell for each place from the first to the last that has anything, row by
// row, and compares merged ranges with each other: a few bytes in the last column and the last
// row take the memory of millions of cells. So both are bounded: a hundred times what a team
// has, and some 400 MB.
const (
	cellLimit  = 2_000_000
	mergeLimit = 2_000
)

// checkReach refuses a workbook whose sheets reach too far, before the library unfolds them.
func checkReach(f *excelize.File) error {
	cells, merges := 0, 0
	f.Pkg.Range(func(_, part any) bool {
		data, _ := part.([]byte)
		d := xml.NewDecoder(bytes.NewReader(data))
		d.CharsetReader = f.CharsetReader
		row, last, column, widest := 0, 0, 0, 0
		for cells < cellLimit && merges <= mergeLimit {
			token, err := d.RawToken()
			if err != nil { // the end, or where the library stops, too
				break
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			switch start.Name.Local {
			case "row":
				if row++; attribute(start, "r") != "" {
					row, _ = strconv.Atoi(attribute(start, "r"))
				}
				cells += max(0, row-last)
				last, column, widest = max(last, row), 0, 0
			case "c":
				column++
				if x, y, err := excelize.CellNameToCoordinates(attribute(start, "r")); err == nil {
					column = max(column, x)
					cells += max(0, y-last)
					last = max(last, y)
				}
				cells += max(0, column-widest)
				widest = max(widest, column)
			case "mergeCell":
				merges++
			}
		}
		return cells < cellLimit && merges <= mergeLimit
	})
	switch {
	case cells >= cellLimit:
		return fmt.Errorf("its sheets reach over more than %d million cells: delete the empty columns and rows at the end, or save it as CSV", cellLimit/1_000_000)
	case merges > mergeLimit:
		return fmt.Errorf("it has more than %d merged cells: undo the merging, or save it as CSV", mergeLimit)
	}
	return nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

var errDamaged = errors.New("it is damaged, or no workbook: " + asWorkbook)

// noWorkbook says of a file that begins as no .xlsx does what it is.
func noWorkbook(data []byte) error {
	switch {
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")) && bytes.Contains(data, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")):
		return errors.New("a password protects it: save it without one")
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return errors.New("it is in the old format .xls: " + asWorkbook)
	case len(data) == 0:
		return errors.New("it is empty")
	case !bytes.HasPrefix(data, []byte("PK")):
		return errors.New("it is no workbook: " + asTable)
	case bytes.Contains(data[:min(len(data), 200)], []byte("opendocument")):
		return errors.New("it is an OpenDocument: " + asWorkbook)
	}
	return nil
}

// A workbook is the file of a spreadsheet program.
type workbook struct {
	*excelize.File
	from1904 bool // days are counted from 1904, as old Macs did
}

// A sheet is one of a workbook.
type sheet struct {
	name    string
	lines   []line // those with something in them
	visible bool
}

// table finds the sheet to read: the first that can be seen and names the columns. What
// other sheets hold is told.
func (b workbook) table(file string) (*table, yamlfile.Mistakes, error) {
	var sheets []sheet // with something in them
	for _, name := range b.GetSheetList() {
		lines, err := b.lines(name)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: the sheet %q: %w", file, name, errDamaged)
		}
		visible, err := b.GetSheetVisible(name)
		if len(lines) > 0 {
			sheets = append(sheets, sheet{name, lines, visible && err == nil})
		}
	}
	chosen := slices.IndexFunc(sheets, func(s sheet) bool {
		return s.visible && slices.ContainsFunc(s.lines[:min(len(s.lines), headWithin)], line.isHead)
	})
	if chosen < 0 && len(sheets) == 1 && sheets[0].visible {
		chosen = 0 // the mistake is in its columns
	} else if chosen < 0 && len(sheets) > 0 {
		return nil, nil, yamlfile.Mistakes{{File: file, What: `no sheet that can be seen names its columns`, How: "write a first line such as kind, factory, purpose, first; kind has to be there"}}
	}
	t := &table{file: file}
	var doubts yamlfile.Mistakes
	for i, s := range sheets {
		if i != chosen {
			doubts = append(doubts, yamlfile.Mistake{File: file, What: fmt.Sprintf("the sheet %q was not read, only %q", s.name, sheets[chosen].name)})
		}
	}
	var lines []line
	if chosen >= 0 {
		lines = sheets[chosen].lines
	}
	if len(b.GetSheetList()) > 1 {
		for i := range lines {
			cell := lines[i].name
			lines[i].name = func(place int) string { return cell(place) + " of the sheet " + sheets[chosen].name }
		}
	}
	t.next = func() (line, error) {
		if len(lines) == 0 {
			return line{}, io.EOF
		}
		l := lines[0]
		lines = lines[1:]
		return l, nil
	}
	return t, doubts, nil
}

// lines are those of a sheet with something in them, also where they are hidden.
func (b workbook) lines(name string) ([]line, error) {
	values, err := b.GetRows(name)
	if err != nil {
		return nil, err
	}
	// GetRows stops at XML that is broken and does not say so. This reads the sheet whole.
	merged, err := b.GetMergeCells(name, true)
	if err != nil {
		return nil, err
	}
	in := map[string]string{} // the range that a cell was merged into
	for _, m := range merged {
		if err := eachOf(m, values, func(ref string) { in[ref] = m.GetStartAxis() + ":" + m.GetEndAxis() }); err != nil {
			return nil, err
		}
	}
	var lines []line
	for y, texts := range values {
		l := line{number: y + 1, cells: make([]cell, len(texts)), name: func(x int) string {
			ref, _ := excelize.CoordinatesToCellName(x+1, y+1)
			return "cell " + ref
		}}
		filled := false
		for x, raw := range texts {
			ref, err := excelize.CoordinatesToCellName(x+1, y+1)
			if err != nil {
				return nil, err
			}
			c, err := b.cell(name, ref, raw)
			if err != nil {
				return nil, err
			}
			if merger := in[ref]; merger != "" && !c.empty() {
				c.wrong, c.how = fmt.Sprintf("the cells %s are merged", merger), "undo the merging, and fill in each cell"
			}
			l.cells[x] = c
			filled = filled || !c.unseen() && !c.blank
		}
		if filled {
			lines = append(lines, l)
		}
	}
	return lines, nil
}

// eachOf calls do with every cell of a merged range in whose place there is a value: whoever
// merges whole columns merges a million cells that are empty.
func eachOf(m excelize.MergeCell, values [][]string, do func(ref string)) error {
	x1, y1, err := excelize.CellNameToCoordinates(m.GetStartAxis())
	if err != nil {
		return err
	}
	x2, y2, err := excelize.CellNameToCoordinates(m.GetEndAxis())
	if err != nil {
		return err
	}
	for y := y1; y <= min(y2, len(values)); y++ {
		for x := x1; x <= min(x2, len(values[y-1])); x++ {
			ref, err := excelize.CoordinatesToCellName(x, y)
			if err != nil {
				return err
			}
			do(ref)
		}
	}
	return nil
}

// cell reads a cell as people see it, whose value is raw.
func (b workbook) cell(sheet, ref, raw string) (cell, error) {
	formula, err := b.GetCellFormula(sheet, ref)
	if err != nil {
		return cell{}, err
	}
	kind, err := b.GetCellType(sheet, ref)
	if err != nil {
		return cell{}, err
	}
	raw = strings.TrimSpace(raw)
	switch {
	case kind == excelize.CellTypeError:
		return cell{wrong: "the cell shows an error, " + raw, how: "write what it should hold"}, nil
	case raw == "" && formula != "":
		c := cell{wrong: fmt.Sprintf("the formula =%s has no result", formula), how: "open the file in your spreadsheet program and save it, or write the value"}
		c.blank = kind == excelize.CellTypeFormula // text, which may be empty
		return c, nil
	case raw == "":
		return cell{}, nil
	case kind == excelize.CellTypeBool:
		return cell{text: map[string]string{"0": "FALSE", "1": "TRUE"}[raw]}, nil
	case kind == excelize.CellTypeDate: // ISO 8601
		d, wrong, how := civil.Read(raw)
		return cell{text: raw, day: d, wrong: wrong, how: how}, nil
	case kind == excelize.CellTypeUnset, kind == excelize.CellTypeNumber:
		return b.number(sheet, ref, raw)
	}
	return cell{text: raw}, nil
}

// number reads a cell that holds a number, which is a day where its format says so.
func (b workbook) number(sheet, ref, raw string) (cell, error) {
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return cell{text: raw}, nil
	}
	id, err := b.GetCellStyle(sheet, ref)
	if err != nil {
		return cell{}, err
	}
	style, err := b.GetStyle(id)
	if err != nil {
		return cell{}, err
	}
	// More digits than a spreadsheet keeps are the noise of its arithmetic: 0.1+0.2.
	text := plain(n)
	switch f := formatOf(style); {
	case f.day || f.clock:
		return b.moment(n, text), nil
	case math.Abs(n) >= 1e15:
		return cell{wrong: text + " is longer than the 15 digits that a spreadsheet keeps", how: "format the cell as text and write it again"}, nil
	case f.exponent:
		return cell{wrong: fmt.Sprintf("the cell shows the number %s with an exponent", text), how: "format the cell as text and write again what you meant"}, nil
	case f.asItIs:
	default:
		shown, err := b.GetCellValue(sheet, ref, excelize.Options{RawCellValue: false})
		if err != nil {
			return cell{}, err
		}
		text = cmp.Or(strings.TrimSpace(shown), text)
	}
	c := cell{text: text}
	if n == math.Trunc(n) && n > 0 && n < 1e6 {
		if c.serial = civil.OfSerial(int(n)); !c.serial.IsZero() && b.from1904 {
			c.serial = c.serial.AddDays(1462)
		}
	}
	return c, nil
}

// plain writes a number with the 15 digits that a spreadsheet keeps, without an exponent.
func plain(n float64) string {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64)
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// moment reads a number that is shown as a day or a time.
func (b workbook) moment(n float64, text string) cell {
	at, err := excelize.ExcelDateToTime(n, b.from1904)
	if err != nil || n < 1 && !b.from1904 {
		return cell{wrong: fmt.Sprintf("the cell holds a time without a day (%s)", text), how: "format the cell as text and write again what you meant"}
	}
	d := civil.Of(at.Round(time.Second))
	if whole := at.Round(time.Second); !whole.Equal(whole.Truncate(24 * time.Hour)) {
		return cell{wrong: fmt.Sprintf("the cell holds a day with a time (%s)", whole.Format("2006-01-02 15:04:05")), how: "write " + d.String()}
	}
	return cell{text: d.String(), day: d}
}

// A format is what the format of a cell makes of a number.
type format struct {
	day, clock, exponent bool
	asItIs               bool
}

// formatOf reads a style. The numbers are those that the file format gives to the
// formats that every program knows.
func formatOf(s *excelize.Style) (f format) {
	if s.CustomNumFmt == nil {
		switch id := s.NumFmt; {
		case id == 0, id == 1, id == 49:
			f.asItIs = true
		case id == 11, id == 48:
			f.exponent = true
		case id >= 18 && id <= 21, id >= 45 && id <= 47:
			f.clock = true
		case id >= 14 && id <= 22, id >= 27 && id <= 36, id >= 50 && id <= 58:
			f.day = true
		}
		return f
	}
	parser := nfp.NumberFormatParser()
	sections := parser.Parse(*s.CustomNumFmt)
	if len(sections) == 0 {
		return format{asItIs: true}
	}
	for _, token := range sections[0].Items {
		switch sign := strings.ToLower(token.TValue); token.TType {
		case nfp.TokenTypeDateTimes:
			f.day = f.day || strings.ContainsAny(sign, "yde") || strings.HasPrefix(sign, "mmm")
			f.clock = true
		case nfp.TokenTypeElapsedDateTimes:
			f.clock = true
		case nfp.TokenTypeExponential:
			f.exponent = true
		case nfp.TokenTypeGeneral, nfp.TokenTypeTextPlaceHolder:
			f.asItIs = true
		}
	}
	return f
}

// isWhole reports whether a column holds whole numbers. All others but days hold text.
func isWhole(column string) bool {
	return slices.Contains([]string{"number", "factory_number", "quantity", "shipped_pieces"}, column)
}

// widths are those of columns that are wider or narrower than the others, in signs.
var widths = map[string]float64{
	"kind": 8, "number": 9, "factory_number": 9, "factory": 28, "factory_chinese": 28, "address": 40, "contacts": 28, "people": 36, "agenda": 60, "outcome_why": 40, "why": 40, "rule": 32, "inspectors": 24,
}

// writeXLSX writes days as days and text as text, in columns that are formatted as a
// whole: what somebody adds or changes stays a day or text, too.
func writeXLSX(w io.Writer, entries []entry) error {
	f := excelize.NewFile()
	defer f.Close() // nothing of it is on the disk
	const name = "Visits"
	b := &builder{File: f, sheet: name}
	b.try(f.SetSheetName("Sheet1", name))
	top := &excelize.Alignment{Vertical: "top"}
	textStyle := b.style(&excelize.Style{NumFmt: 49, Alignment: top})
	wrapped := b.style(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	day := "yyyy-mm-dd"
	dayStyle := b.style(&excelize.Style{CustomNumFmt: &day, Alignment: top})
	wholeStyle := b.style(&excelize.Style{NumFmt: 1, Alignment: top})
	headStyle := b.style(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}})
	columns := columnsOf(entries)
	for i, column := range columns {
		letter, err := excelize.ColumnNumberToName(i + 1)
		b.try(err)
		style := textStyle
		switch {
		case isDay(column):
			style = dayStyle
		case isWhole(column):
			style = wholeStyle
		case column == "agenda" || column == "outcome_why":
			style = wrapped
		}
		b.try(f.SetColStyle(name, letter, style))
		b.try(f.SetColWidth(name, letter, letter, cmp.Or(widths[column], 15)))
		b.try(f.SetCellStr(name, letter+"1", column))
		b.try(f.SetCellStyle(name, letter+"1", letter+"1", headStyle))
	}
	for y, e := range entries {
		for x, column := range columns {
			b.set(x+1, y+2, column, strings.TrimSpace(e.value(column)))
		}
	}
	last, err := excelize.CoordinatesToCellName(len(columns), len(entries)+1)
	b.try(err)
	b.try(f.AutoFilter(name, "A1:"+last, nil))
	b.try(f.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	b.try(f.SetDocProps(&excelize.DocProperties{Creator: "Visit Prep", Title: "Visits and inspection plans"}))
	b.try(f.SetAppProps(&excelize.AppProperties{Application: "Visit Prep"}))
	if b.err != nil {
		return fmt.Errorf("make the workbook: %w", b.err)
	}
	return f.Write(w)
}

// A builder makes a sheet, and keeps the first error.
type builder struct {
	*excelize.File
	sheet string
	err   error
}

func (b *builder) try(err error) { b.err = cmp.Or(b.err, err) }

func (b *builder) style(s *excelize.Style) int {
	id, err := b.NewStyle(s)
	b.try(err)
	return id
}

// set writes a cell. Text needs no guard here, but what looks guarded does: reading takes
// it off whatever the file, since a workbook may have been a table before.
func (b *builder) set(x, y int, column, value string) {
	ref, err := excelize.CoordinatesToCellName(x, y)
	b.try(err)
	d, notDay := civil.Parse(value)
	switch {
	case value == "":
	case isDay(column) && notDay == nil && d.Year >= 1901:
		b.try(b.SetCellInt(b.sheet, ref, int64(d.Sub(civil.On(1899, time.December, 30)))))
	case isWhole(column) && plainNumber.MatchString(value):
		n, err := strconv.ParseInt(value, 10, 64)
		b.try(err)
		b.try(b.SetCellInt(b.sheet, ref, n))
	case strings.HasPrefix(value, "'"):
		b.try(b.SetCellStr(b.sheet, ref, escaped(guarded(value))))
	default:
		b.try(b.SetCellStr(b.sheet, ref, escaped(value)))
	}
}

// escaped keeps text that looks like the file format's escape of a character, such as
// _x0041_, from being read as that character. The library undoes it and does not do it.
func escaped(s string) string {
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
