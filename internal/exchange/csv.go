package exchange

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"visitprep/internal/yamlfile"
)

// byteOrderMark is what spreadsheets put before a CSV file in UTF-8, and what tells
// them that it is one.
const byteOrderMark = "\ufeff"

// separators are the signs between the cells of a line, as people call them, the usual first.
var separators = []struct {
	sign rune
	name string
}{{',', "commas"}, {';', "semicolons"}, {'\t', "tabs"}, {'|', "strokes"}}

func readCSV(file string, data []byte) ([]row, yamlfile.Mistakes, error) {
	s, doubt, err := decodeText(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	var doubts yamlfile.Mistakes
	if doubt != "" {
		doubts = yamlfile.Mistakes{{File: file, What: doubt}}
	}
	sign, s := separatorOf(lineEnds(strings.TrimLeft(s, byteOrderMark)))
	r := csv.NewReader(strings.NewReader(s))
	r.Comma = sign
	r.FieldsPerRecord = -1 // spreadsheets leave out what is empty at the end of a line
	t := table{file: file, next: func() (line, error) { return lineOf(r) }}
	for _, sep := range separators {
		if sep.sign == sign {
			t.separators = sep.name
		}
	}
	rows, more, err := t.read()
	return rows, append(doubts, more...), err
}

// lineOf reads the next line of r.
func lineOf(r *csv.Reader) (line, error) {
	fields, err := r.Read()
	l := line{cells: make([]cell, len(fields)), name: func(i int) string { return fmt.Sprintf("field %d", i+1) }}
	if bad := (*csv.ParseError)(nil); errors.As(err, &bad) {
		l.number = bad.StartLine
		return l, errors.New(`put a field with quotation marks into quotes, and write each of its own twice: "a ""good"" one"`)
	} else if err != nil {
		return l, err
	}
	l.number, _ = r.FieldPos(0)
	for i, f := range fields {
		l.cells[i].text = strings.TrimSpace(f)
	}
	return l, nil
}

// spoilt is what only a spreadsheet writes, of text that it took for a long number, a
// formula or a day: 8.61E+12, #NAME?, 4-Mar, Mar-27, 3月4日.
var spoilt = regexp.MustCompile(`^(-?\d([.,]\d+)?E[+-]\d+|#(NAME\?|VALUE!|REF!|DIV/0!|NUM!|NULL!|N/A|WERT!|BEZUG!|ZAHL!|NV)|\d{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d{2}|\d{1,2}月\d{1,2}日)$`)

// lineEnds makes a line end of each lone CR outside of quotes, as Excel on a Mac writes it.
func lineEnds(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	b, quoted := []byte(s), false
	for i, c := range b {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\r' && !quoted && (i+1 == len(b) || b[i+1] != '\n'):
			b[i] = '\n'
		}
	}
	return string(b)
}

// separatorLine is how Excel is told the separator in a file's first line.
var separatorLine = regexp.MustCompile(`(?i)^"?sep=([,;\t|])"?[,;\t| ]*\r?(\n|$)`)

// separatorOf finds the sign that separates the cells: the one that the first line names,
// or else the one that makes most columns of a line with their names. The line that
// named it is empty in what remains, so that the others keep their numbers.
func separatorOf(s string) (sign rune, rest string) {
	if m := separatorLine.FindStringSubmatch(s); m != nil {
		return rune(m[1][0]), m[2] + s[len(m[0]):]
	}
	sign, most, lines := separators[0].sign, 0, 0
	for l := range strings.Lines(s) {
		if !strings.ContainsFunc(l, unicode.IsLetter) {
			continue
		}
		for _, sep := range separators {
			known := 0
			for name := range strings.SplitSeq(l, string(sep.sign)) {
				if slices.Contains(columns, columnName(strings.TrimSpace(strings.Trim(strings.TrimSpace(name), `"`)))) {
					known++
				}
			}
			if known > most {
				sign, most = sep.sign, known
			}
		}
		if lines++; lines == headWithin {
			break
		}
	}
	return sign, s
}

// writeCSV begins with a byte order mark, without which a spreadsheet takes Chinese for
// the letters of its own country. Lines end in LF: spreadsheets read it as they read
// CRLF, and the line breaks in a cell stay what they are.
func writeCSV(w io.Writer, entries []entry) error {
	var b bytes.Buffer
	b.WriteString(byteOrderMark)
	c := csv.NewWriter(&b)
	columns := columnsOf(entries)
	c.Write(columns)
	for _, e := range entries {
		cells := make([]string, len(columns))
		for i, column := range columns {
			cells[i] = strings.TrimSpace(e.value(column))
			if !isDay(column) {
				cells[i] = guarded(cells[i])
			}
		}
		c.Write(cells)
	}
	c.Flush()
	if err := c.Error(); err != nil { // of the first write that failed
		return err
	}
	_, err := b.WriteTo(w)
	return err
}
