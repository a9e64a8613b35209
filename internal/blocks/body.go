package blocks

import (
	"strings"

	"golang.org/x/text/width"
)

// Text of more than one line has items, "- " at the beginning of a line, and tables, lines
// with " | " between their cells. Body is such text in Slack: items get their dots, and a
// table stands in columns.
func Body(text string) Markup { return body(text, "```\n", "\n```", Escape) }

// PlainBody is the same where there is no markup: in a terminal, in a notification, for a
// screen reader.
func PlainBody(text string) string {
	return string(body(text, "", "", func(s string) Markup { return Markup(s) }))
}

func body(text, before, after string, escape func(string) Markup) Markup {
	var lines []Markup
	var table [][]string
	end := func() {
		switch {
		case len(table) == 1: // a line that happens to have a bar
			lines = append(lines, escape(strings.Join(table[0], " | ")))
		case len(table) > 1:
			lines = append(lines, Markup(before)+escape(columns(table))+Markup(after))
		}
		table = nil
	}
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		item, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "- ")
		switch {
		case ok:
			end()
			lines = append(lines, "• "+escape(item))
		case strings.Contains(line, " | "):
			table = append(table, strings.Split(line, " | "))
		default:
			end()
			lines = append(lines, escape(line))
		}
	}
	end()
	return Join(lines, "\n")
}

// columns sets a table in columns, two spaces apart. A Chinese character is two wide.
func columns(table [][]string) string {
	var widest []int
	for _, row := range table {
		for i, cell := range row {
			if i == len(widest) {
				widest = append(widest, 0)
			}
			widest[i] = max(widest[i], wide(strings.TrimSpace(cell)))
		}
	}
	var b strings.Builder
	for n, row := range table {
		if n > 0 {
			b.WriteByte('\n')
		}
		for i, cell := range row {
			cell = strings.TrimSpace(cell)
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widest[i]-wide(cell)+2))
			}
		}
	}
	return b.String()
}

func wide(s string) int {
	n := 0
	for _, r := range s {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

// Paragraph adds text that may have lines, both as a block and to the fallback.
func (m *Message) Paragraph(text string) {
	m.Add(Section(Body(text)))
	m.Text.Lines(PlainBody(text))
}
