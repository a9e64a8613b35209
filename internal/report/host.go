package report

import (
	"io"

	"visitprep/internal/lang"
)

// A HostPlan is what a factory is told before a visit, in Chinese with the English beside it. It
// is a whitelist: its words were written for the factory, and it can hold no others.
type HostPlan struct {
	Title   string // of the page and of the file
	Company string // ours; the file says it and its title, and nothing else about itself
	Rows    []HostRow
}

// A HostRow is a paragraph in both languages. Either may be empty.
type HostRow struct{ ZH, EN string }

// WritePDF writes the plan; the words around it, such as the number of a page, are in the language
// of p.
func (r *HostPlan) WritePDF(w io.Writer, p *lang.Printer) error {
	a, err := newPaper(p, r.Title, r.Company)
	if err != nil {
		return err
	}
	a.text(r.Title, titleSize, black)
	a.y += gap
	for _, row := range r.Rows {
		a.beside(row.ZH, row.EN)
	}
	return a.write(w, "")
}

// zhShare is the part of the page's width that Chinese has beside English: it is the one that is
// read first, in larger type.
const zhShare = 0.54

// beside draws a paragraph in two columns, below a line, over pages where it must.
func (a *paper) beside(zh, en string) {
	const between = 16.0
	left := wide*zhShare - between/2
	right := wide - left - between
	l, r := a.wrap(zh, bodySize+1, left), a.wrap(en, smallSize+0.5, right)
	high := leading * (bodySize + 1)
	a.room(min(float64(max(len(l), len(r))), 3)*high + 8)
	a.stroke(hair)
	a.pdf.SetLineWidth(0.5)
	a.pdf.Line(margin, a.y, margin+wide, a.y)
	a.y += 4
	for i := range max(len(l), len(r)) {
		a.room(high)
		if i < len(l) {
			a.ink(black)
			a.at(margin, a.y, bodySize+1, l[i:i+1])
		}
		if i < len(r) {
			a.ink(dim)
			a.at(margin+left+between, a.y, smallSize+0.5, r[i:i+1])
		}
		a.y += high
	}
	a.y += 4
}
