package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"visitprep/internal/lang"
)

// Sizes of a report's type, in points, and what stands between its parts.
const (
	titleSize   = 19.0
	verdictSize = 16.0
	headSize    = 13.0
	bodySize    = 10.5
	smallSize   = 9.0
	footSize    = 8.0

	wide       = pageWidth - 2*margin
	pageBottom = pageHeight - margin - 2*footSize // below it stands the foot
	gap        = 10.0
	barWide    = 3.0
	mostMissed = 40 // characters that are named
)

// A shade is a colour of type, line or ground. None of them says anything that no word
// does.
type shade struct{ r, g, b int }

var (
	black  = shade{0, 0, 0}
	dim    = shade{95, 95, 95}
	hair   = shade{190, 190, 190}
	ground = shade{242, 242, 242}
	calm   = shade{70, 100, 130}
	good   = shade{40, 120, 70}
	doubt  = shade{190, 120, 20}
	bad    = shade{160, 35, 40}
)

// A paper is a report that is being drawn, of as many pages as it takes. What does not fit
// on a page goes on to the next: nothing is cut.
type paper struct {
	*sheet
	p      *lang.Printer
	y      float64 // where the next thing stands
	photos []Photo // those that are drawn, in the order of their stand-ins
	number int     // of the last photo, drawn or missing
	unread int     // photos that should be there and could not be read
}

func newPaper(p *lang.Printer, title, company string) (*paper, error) {
	s, err := newSheet(title)
	if err != nil {
		return nil, err
	}
	// The factory need not know with what it was made, and nobody else does.
	s.pdf.SetCreator("", false)
	s.pdf.SetProducer("", false)
	s.pdf.SetAuthor(s.clean(company), true)
	s.lacks, s.missed = false, nil
	return &paper{sheet: s, p: p, y: margin}, s.pdf.Error()
}

func (a *paper) ink(c shade)    { a.pdf.SetTextColor(c.r, c.g, c.b) }
func (a *paper) fill(c shade)   { a.pdf.SetFillColor(c.r, c.g, c.b) }
func (a *paper) stroke(c shade) { a.pdf.SetDrawColor(c.r, c.g, c.b) }

// room begins a page where what is so high does not fit on this one, and says if it did.
func (a *paper) room(high float64) bool {
	if a.y+high <= pageBottom || a.y == margin {
		return false
	}
	a.pdf.AddPage()
	a.y = margin
	return true
}

// styled is text as it is to be drawn.
type styled struct {
	size  float64
	ink   shade
	lines []string
}

// style breaks text to a width; empty text has no lines.
func (a *paper) style(text string, size, width float64, c shade) styled {
	return styled{size, c, a.wrap(text, size, width)}
}

func highOf(parts []styled) (high float64) {
	for _, s := range parts {
		high += height(len(s.lines), s.size)
	}
	return high
}

// flow draws text line by line, over pages where it must, with a bar to its left if bar
// is not nil.
func (a *paper) flow(x float64, parts []styled, bar *shade) {
	for _, s := range parts {
		for _, l := range s.lines {
			high := leading * s.size
			a.room(high)
			if bar != nil {
				a.fill(*bar)
				a.pdf.Rect(margin, a.y, barWide, high, "F")
			}
			a.ink(s.ink)
			a.y = a.at(x, a.y, s.size, []string{l})
		}
	}
}

// heading begins a part. What follows has room for a few lines on the same page.
func (a *paper) heading(text string) { a.headingOver(text, 4*bodySize*leading) }

// headingOver begins a part whose first thing is so high, and stands on the same page.
func (a *paper) headingOver(text string, high float64) {
	a.y += gap
	a.room(2*headSize*leading + 6 + high)
	a.stroke(hair)
	a.pdf.SetLineWidth(0.8)
	a.pdf.Line(margin, a.y, margin+wide, a.y)
	a.y += 3
	a.text(text, headSize, calm)
	a.y += 3
}

// text draws a paragraph.
func (a *paper) text(text string, size float64, c shade) {
	a.flow(margin, []styled{a.style(text, size, wide, c)}, nil)
}

// list draws each text behind a dot.
func (a *paper) list(texts []string) {
	const indent = 11.0
	for _, t := range texts {
		lines := a.wrap(t, bodySize, wide-indent)
		for i, l := range lines {
			a.room(leading * bodySize)
			a.ink(black)
			if i == 0 {
				a.at(margin, a.y, bodySize, []string{"•"})
			}
			a.y = a.at(margin+indent, a.y, bodySize, []string{l})
		}
		a.y += 2
	}
}

// part is a heading with a list below it; without a text it is left out.
func (a *paper) part(head string, texts ...string) {
	var said []string
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			said = append(said, t)
		}
	}
	if len(said) > 0 {
		a.heading(head)
		a.list(said)
	}
}

// A fact is a value with what it is; one without a value is left out.
type fact struct{ label, value string }

// facts draws values below their labels, three beside one another.
func (a *paper) facts(all ...fact) {
	const n = 3
	const column = (wide - (n-1)*gap) / n
	var said []fact
	for _, f := range all {
		if strings.TrimSpace(f.value) != "" {
			said = append(said, f)
		}
	}
	for i := 0; i < len(said); i += n {
		row := said[i:min(i+n, len(said))]
		high, longest := 0.0, 0
		cells := make([][]styled, len(row))
		for j, f := range row {
			cells[j] = []styled{a.style(f.label, smallSize, column, dim), a.style(f.value, bodySize, column, black)}
			high, longest = max(high, highOf(cells[j])), max(longest, len(cells[j][1].lines))
		}
		if longest > 20 { // nobody's name: it has the page's width
			for _, f := range row {
				a.flow(margin, []styled{a.style(f.label, smallSize, wide, dim), a.style(f.value, bodySize, wide, black)}, nil)
				a.y += 5
			}
			continue
		}
		a.room(high)
		top, page := a.y, a.pdf.PageNo()
		for j := range cells {
			a.y = top
			a.flow(margin+float64(j)*(column+gap), cells[j], nil)
		}
		if a.pdf.PageNo() == page {
			a.y = top + high
		}
		a.y += 5
	}
}

// A column of a table has a share of the page's width.
type column struct {
	head  string
	share float64
	right bool // figures stand below one another
}

// table draws rows below their heads, which stand on each page again. A column in which
// nothing stands is left out.
func (a *paper) table(columns []column, rows [][]string) {
	columns, rows = filled(columns, rows)
	const inner, between = 5.0, 3.0
	all := 0.0
	for _, c := range columns {
		all += c.share
	}
	width := func(i int) float64 { return wide * columns[i].share / all }
	draw := func(cells [][]string, size float64, c shade) {
		x := margin
		for i, lines := range cells {
			a.ink(c)
			for j, l := range lines {
				left := x + inner
				if columns[i].right {
					left = x + width(i) - inner - a.width(l, size)
				}
				a.at(left, a.y+between+float64(j)*leading*size, size, []string{l})
			}
			x += width(i)
		}
	}
	broken := func(texts []string, size float64) (cells [][]string, most int) {
		for i, t := range texts {
			cells = append(cells, a.wrap(t, size, width(i)-2*inner))
			most = max(most, len(cells[i]))
		}
		return cells, max(most, 1)
	}
	var heads []string
	for _, c := range columns {
		heads = append(heads, c.head)
	}
	headCells, headMost := broken(heads, smallSize)
	headHigh := height(headMost, smallSize) + 2*between
	head := func() {
		a.fill(ground)
		a.pdf.Rect(margin, a.y, wide, headHigh, "F")
		draw(headCells, smallSize, dim)
		a.y += headHigh
	}
	a.room(headHigh + 2*bodySize*leading)
	head()
	most := int((pageBottom - margin - headHigh - 2*between) / (leading * smallSize))
	for _, r := range rows {
		cells, n := broken(r, smallSize)
		for n > 0 { // a row that is longer than a page goes on on the next
			some := min(n, most)
			high := height(some, smallSize) + 2*between
			if a.room(high) {
				head()
			}
			first := make([][]string, len(cells))
			for i, lines := range cells {
				k := min(some, len(lines))
				first[i], cells[i] = lines[:k], lines[k:]
			}
			draw(first, smallSize, black)
			a.y += high
			n -= some
		}
		a.stroke(hair)
		a.pdf.SetLineWidth(0.4)
		a.pdf.Line(margin, a.y, margin+wide, a.y)
	}
	a.y += 4
}

// filled is a table without its empty columns.
func filled(columns []column, rows [][]string) (some []column, their [][]string) {
	their = make([][]string, len(rows))
	for i, c := range columns {
		if !slices.ContainsFunc(rows, func(r []string) bool { return strings.TrimSpace(r[i]) != "" }) {
			continue
		}
		some = append(some, c)
		for y, r := range rows {
			their[y] = append(their[y], r[i])
		}
	}
	return some, their
}

// A verdict is what a report answers, in large type.
type verdict struct {
	label, answer, why string
	mark               shade
}

// verdicts draws answers beside one another.
func (a *paper) verdicts(all ...verdict) {
	const inner = 9.0
	column := (wide - float64(len(all)-1)*gap) / float64(len(all))
	cells := make([][]styled, len(all))
	high := 0.0
	for i, v := range all {
		w := column - 2*inner - barWide
		cells[i] = []styled{a.style(v.label, smallSize, w, dim), a.style(v.answer, verdictSize, w, black), a.style(v.why, bodySize, w, black)}
		high = max(high, highOf(cells[i])+2*inner)
	}
	if high > pageBottom-a.y { // why is a story, and has the page's width
		for i, v := range all {
			cells[i][2] = a.style(v.why, bodySize, wide-2*barWide, black)
			a.flow(margin+2*barWide, cells[i], &all[i].mark)
			a.y += gap
		}
		return
	}
	top := a.y
	for i, v := range all {
		x := margin + float64(i)*(column+gap)
		a.fill(ground)
		a.pdf.Rect(x, top, column, high, "F")
		a.fill(v.mark)
		a.pdf.Rect(x, top, 2*barWide, high, "F")
		a.y = top + inner
		a.flow(x+inner+barWide, cells[i], nil)
	}
	a.y = top + high + gap
}

// cover draws what every report begins with: its kind, what it is about, whether it is
// final, and who made it when.
func (a *paper) cover(kind string, c *Cover) {
	state := a.p.T("Draft, version %d", c.Version)
	if c.Final {
		state = a.p.T("Final, version %d", c.Version)
	}
	tag := a.clean(state)
	tagWide := a.width(tag, bodySize) + 14
	a.stroke(dim)
	a.pdf.SetLineWidth(0.8)
	a.pdf.Rect(margin+wide-tagWide, a.y+3, tagWide, bodySize*leading+5, "D")
	a.ink(black)
	a.at(margin+wide-tagWide+7, a.y+5, bodySize, []string{tag})
	a.flow(margin, []styled{a.style(kind, titleSize, wide-tagWide-gap, black)}, nil)
	a.text(joined(" · ", c.Title, c.Days), headSize, dim)
	a.y += 2
	a.text(joined("  ", c.Factory, c.FactoryZH), headSize, black)
	a.text(joined(" · ", c.Company, a.p.T("Made by %s on %s at %s.", orDash(c.By), lang.Date{Time: c.At, Layout: "2 Jan 2006"}, c.At.Format("15:04 MST"))), smallSize, dim)
	a.y += gap
}

// write ends the report: what could not be drawn is named, each page says which one it is,
// and the photos go where they belong.
func (a *paper) write(w io.Writer, foot string) error {
	a.nameMissed()
	pages := a.pdf.PageCount()
	for i := 1; i <= pages; i++ {
		a.pdf.SetPage(i)
		a.ink(dim)
		number := a.clean(a.p.T("Page %d of %d", i, pages))
		left := wide - a.width(number, footSize) - gap
		y := pageHeight - margin - footSize
		a.at(margin, y, footSize, a.clipped(foot, footSize, left, 1))
		a.at(margin+wide-a.width(number, footSize), y, footSize, []string{number})
	}
	return a.writePhotos(w)
}

// nameMissed says what could not be drawn.
func (a *paper) nameMissed() {
	if len(a.missed) == 0 {
		return
	}
	var names []string
	for _, r := range a.missed[:min(len(a.missed), mostMissed)] {
		names = append(names, fmt.Sprintf("U+%04X", r))
	}
	more := ""
	if n := len(a.missed) - mostMissed; n > 0 {
		more = " " + a.p.T("There are %d more.", n)
	}
	a.y += gap
	a.room(2 * smallSize * leading)
	a.text(a.p.T("□ stands for a character that this file cannot show: %s.", strings.Join(names, a.p.Comma()))+more, smallSize, dim)
}

// writePhotos writes the file with the photos where they belong.
func (a *paper) writePhotos(w io.Writer) error {
	skeleton, err := a.bytes()
	if err != nil {
		return err
	}
	return withPhotos(w, skeleton, a.photos)
}

// joined puts what is said of texts together.
func joined(between string, texts ...string) string {
	var said []string
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			said = append(said, t)
		}
	}
	return strings.Join(said, between)
}

func orDash(text string) string {
	if strings.TrimSpace(text) == "" {
		return "–"
	}
	return text
}
