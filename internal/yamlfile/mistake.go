// Package yamlfile decodes the YAML files that people write for Visit Prep,
// strictly, and says what is wrong with them in words for somebody who knows
// the file but not the program.
//
// [Decode] reports every mistake that it can find, not only the first, each
// with the line to look at and a way to write it. [Lines] finds the line of a
// value again, for mistakes of meaning that only the caller can see.
package yamlfile

import (
	"slices"
	"strconv"
	"strings"

	"visitprep/internal/chars"
)

// A Mistake is one thing wrong in a file.
type Mistake struct {
	File string
	Line int    // counted from 1; 0 when no line can be named
	What string // what is wrong
	How  string // how to write it instead
}

// String returns the mistake as "file:line: what: how", in one line: what it repeats of the
// file may have control characters.
func (m Mistake) String() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		b.WriteString(":")
		b.WriteString(strconv.Itoa(m.Line))
	}
	b.WriteString(": ")
	b.WriteString(m.What)
	if m.How != "" {
		b.WriteString(": ")
		b.WriteString(m.How)
	}
	return chars.Line(b.String())
}

// Error lets a type's UnmarshalText or UnmarshalYAML return a Mistake with
// only What and How: Decode adds the file and the line.
func (m Mistake) Error() string { return m.String() }

// Mistakes are the mistakes of one or more files. As an error it has one
// mistake a line.
type Mistakes []Mistake

// Error returns one mistake a line.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

// Sort orders the mistakes by file and line, and keeps the order of those on
// the same line.
func (ms Mistakes) Sort() {
	slices.SortStableFunc(ms, func(a, b Mistake) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
}

// Err returns the mistakes as an error, or nil when there are none.
func (ms Mistakes) Err() error {
	if len(ms) == 0 {
		return nil
	}
	return ms
}
