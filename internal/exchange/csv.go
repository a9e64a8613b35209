package exchange

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"visitprep/internal/yamlfile"
)

// byteOrderMark is what Excel puts before a CSV file in UTF-8.
const byteOrderMark = "\ufeff"

func readCSV(file string, data []byte) ([]row, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte(byteOrderMark))))
	r.FieldsPerRecord = -1 // spreadsheets leave out what is empty at the end of a line
	return readTable(file, func() (cells []string, line int, err error) {
		cells, err = r.Read()
		if bad := (*csv.ParseError)(nil); errors.As(err, &bad) {
			return nil, bad.StartLine, err
		}
		if err == nil {
			line, _ = r.FieldPos(0)
		}
		return cells, line, err
	})
}

// readTable makes rows of a table whose first line names the columns. next gives one
// line of it after the other, with its number, and io.EOF after the last.
func readTable(file string, next func() (cells []string, line int, err error)) ([]row, error) {
	var ms yamlfile.Mistakes
	head, line, err := next()
	if err != nil {
		ms = append(ms, yamlfile.Mistake{File: file, Line: 1, What: "the columns are not named", How: "write a first line such as " + strings.Join(columns, ",")})
		return nil, ms
	}
	fields := make([]int, len(head)) // of an entry, by column
	for i, h := range head {
		name := strings.ToLower(strings.TrimSpace(h))
		if fields[i] = slices.Index(columns, name); fields[i] < 0 {
			ms = append(ms, unknownColumn(file, line, name))
		}
	}
	if len(ms) > 0 {
		return nil, ms // what the cells below mean is not clear
	}
	var rows []row
	for {
		cells, line, err := next()
		switch {
		case errors.Is(err, io.EOF):
			return rows, ms.Err()
		case err != nil: // where the next line begins is not clear any more
			ms = append(ms, yamlfile.Mistake{File: file, Line: line, What: "the line cannot be read", How: err.Error()})
			return nil, ms
		case len(cells) > len(head):
			ms = append(ms, yamlfile.Mistake{File: file, Line: line, What: fmt.Sprintf("%d fields for %d columns", len(cells), len(head)), How: "put fields with commas into quotes"})
			continue
		}
		r := row{line: func(string) int { return line }}
		into := reflect.ValueOf(&r.entry).Elem()
		for i, c := range cells {
			into.Field(fields[i]).SetString(strings.TrimSpace(c))
		}
		rows = append(rows, r)
	}
}

func writeCSV(w io.Writer, entries []entry) error {
	c := csv.NewWriter(w)
	c.Write(columns)
	for _, e := range entries {
		cells := make([]string, len(columns))
		for i := range cells {
			cells[i] = reflect.ValueOf(e).Field(i).String()
		}
		c.Write(cells)
	}
	c.Flush()
	return c.Error() // of the first write that failed
}
