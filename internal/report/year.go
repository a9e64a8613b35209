package report

import (
	"io"
	"math"
	"slices"
	"strings"

	"visitprep/internal/lang"
)

// A YearPage is a factory's year on one A4 page, for the yearly review. What is long is drawn
// smaller and then cut, with a line that says how much; it never becomes two pages. Every part may
// be empty, and then the page says so.
type YearPage struct {
	Factory, FactoryZH string
	Year               string // the year, or the quarters: "2027", "Q2 2027 to Q1 2028"
	Company            string // ours
	By, Made           string // for whom it was made, from what they may see, and when
	Risk, RiskRule     string // the class, and the rule that made it
	Next               string // when the next visit is proposed
	Quarters           []YearQuarter
	Plot               *Plot
	Visits             []string // visits and inspections of the year
	Actions            []string // that are open
	Agreements         []string // that end
	Missing            []string // what is not known, and why
}

// A YearQuarter is a quarter's score with what it was counted from.
type YearQuarter struct {
	Label  string
	Score  string // "3.6 B"; empty where there is none
	Why    string // why there is none, or what the grade hangs on
	Groups []YearGroup
}

// A YearGroup is one group of a score: its points, and beside them the counts.
type YearGroup struct{ Name, Points, Counts string }

// Sizes of the page, in points.
const (
	yearPlotHigh  = 130.0
	yearLineHigh  = 21.0 // of a line to write on
	yearLines     = 4    // at least
	yearLinesMost = 9
	yearQuarters  = 4
	yearCount     = 7.0 // of type, for what a figure was counted from
	yearCellLines = 4
	yearFootMost  = 4 // lines that say what is missing
)

// WritePDF writes the page.
func (y *YearPage) WritePDF(w io.Writer, p *lang.Printer) error {
	a, err := newPaper(p, p.T("Year %s: %s", y.Year, y.Factory), y.Company)
	if err != nil {
		return err
	}
	y.head(a)
	y.table(a)
	if y.Plot != nil {
		a.y += 6
		high := yearPlotHigh
		if a.y < pageHeight*0.4 { // there is room
			high *= 1.3
		}
		y.Plot.draw(pagePen{a.sheet}, light(), spot{margin, a.y}, wide, high)
		a.y += high + 6
	}
	foot := y.foot(a)
	boxes := []styled{{footSize, dim, a.wrap(p.T("□ stands for a character that this file cannot show."), footSize, wide)}}
	bottom := pageHeight - margin/2 - highOf(foot) - highOf(boxes)
	end := a.columns(&Brief{
		Parts: []Part{
			{Head: p.T("Visits and inspections in %s", y.Year), Lines: orNone(y.Visits, p.T("None in %s.", y.Year))},
			{Head: p.T("Open actions"), Lines: orNone(y.Actions, p.T("None open."))},
			{Head: p.T("Agreements that end"), Lines: orNone(y.Agreements, p.T("None ends within a year."))},
		},
		More:    func(n int) string { return p.T("… and %d more lines", n) },
		Gone:    func(n int) string { return p.T("Parts left out for lack of space: %d.", n) },
		largest: bodySize,
	}, a.y, bottom-yearLines*yearLineHigh-leading*bodySize-12)
	y.agreed(a, end+6, bottom-8)
	if a.lacks {
		foot = append(foot, boxes...)
	}
	for _, f := range foot {
		a.ink(f.ink)
		bottom = a.at(margin, bottom, f.size, f.lines)
	}
	return a.writePhotos(w)
}

// head draws whose year it is and its risk class.
func (y *YearPage) head(a *paper) {
	p := a.p
	a.ink(black)
	a.y = a.at(margin, a.y, titleSize-2, a.clipped(joined("  ", y.Factory, y.FactoryZH), titleSize-2, wide, 2))
	a.ink(dim)
	a.y = a.at(margin, a.y, bodySize, a.clipped(joined(" · ", p.T("Yearly page %s", y.Year), y.Company, y.Made, y.By), bodySize, wide, 1))
	risk := p.T("Risk class: not known.")
	if y.Risk != "" {
		risk = p.T("Risk class: %s.", y.Risk)
	}
	a.ink(black)
	a.y = a.at(margin, a.y+2, bodySize, a.clipped(joined(" ", risk, y.RiskRule, y.Next), bodySize, wide, 2)) + 5
}

// table draws the quarters beside one another: the score, and each group with its counts.
func (y *YearPage) table(a *paper) {
	p := a.p
	quarters := y.Quarters[max(len(y.Quarters)-yearQuarters, 0):]
	if len(quarters) == 0 {
		a.text(p.T("No quarter of %s has figures.", y.Year), bodySize, black)
		a.y += 8
		return
	}
	names := []string{}
	for _, q := range quarters {
		for _, g := range q.Groups {
			if !slices.Contains(names, g.Name) {
				names = append(names, g.Name)
			}
		}
	}
	const first, inner = 66.0, 4.0
	column := (wide - first) / float64(len(quarters))
	rule := func(c shade) {
		a.stroke(c)
		a.pdf.SetLineWidth(0.5)
		a.pdf.Line(margin, a.y, margin+wide, a.y)
		a.y += 2
	}
	// In a cell stands a figure and, beside it in small type, where it comes from.
	row := func(name string, size, figure float64, cell func(q *YearQuarter) (said, from string)) {
		top := a.y
		a.ink(dim)
		end := a.at(margin, top, smallSize, a.clipped(name, smallSize, first-inner, 2))
		for i := range quarters {
			said, from := cell(&quarters[i])
			x := margin + first + float64(i)*column
			a.ink(black)
			end = max(end, a.at(x, top, size, a.clipped(said, size, figure, 1)))
			a.ink(dim)
			end = max(end, a.at(x+figure, top+(size-yearCount)/2, yearCount, a.clipped(from, yearCount, column-figure-inner, yearCellLines)))
		}
		a.y = end + 2
	}
	rule(dim)
	row("", smallSize, column-inner, func(q *YearQuarter) (string, string) { return q.Label, "" })
	rule(hair)
	row(p.T("Score"), headSize, 40, func(q *YearQuarter) (string, string) {
		if q.Score == "" {
			return "–", orText(q.Why, p.T("no score"))
		}
		return q.Score, q.Why
	})
	for _, name := range names {
		rule(hair)
		row(name, bodySize, 22, func(q *YearQuarter) (string, string) {
			for _, g := range q.Groups {
				if g.Name == name && g.Points != "" {
					return g.Points, g.Counts
				}
			}
			return "–", p.T("not known")
		})
	}
	rule(dim)
}

// agreed draws lines on which to write what both agreed to work on: as many as there is room for
// above bottom, and no more than a review fills.
func (y *YearPage) agreed(a *paper, top, bottom float64) {
	lines := min((bottom-top-leading*bodySize)/yearLineHigh, yearLinesMost)
	top = bottom - math.Floor(lines)*yearLineHigh - leading*bodySize
	a.ink(calm)
	a.at(margin, top, bodySize, a.clipped(a.p.T("What we agreed to work on, who does it and by when"), bodySize, wide, 1))
	a.stroke(hair)
	a.pdf.SetLineWidth(0.6)
	for at := bottom; at > top+yearLineHigh; at -= yearLineHigh {
		a.pdf.Line(margin, at, margin+wide, at)
	}
}

// foot says what is missing, and whose figures these are.
func (y *YearPage) foot(a *paper) []styled {
	p := a.p
	var missing []string
	for keep := len(y.Missing); ; keep-- {
		words := p.T("Nothing is missing.")
		switch less := len(y.Missing) - keep; {
		case less > 0:
			words = p.T("Missing: %s, and %d more.", strings.Join(y.Missing[:keep], p.Semicolon()), less)
		case keep > 0:
			words = p.T("Missing: %s.", strings.Join(y.Missing, p.Semicolon()))
		}
		if y.By != "" { // nothing tells whether there is more
			words += " " + p.T("Counted from what %s may see.", y.By)
		}
		if missing = a.wrap(words, footSize, wide); len(missing) <= yearFootMost || keep == 0 {
			break
		}
	}
	return []styled{
		{footSize, dim, missing[:min(len(missing), yearFootMost)]},
		{footSize, dim, a.wrap(p.T("These figures are our own. Please go through them with the factory before anybody uses them."), footSize, wide)},
	}
}

func orNone(lines []string, none string) []string {
	if len(lines) == 0 {
		return []string{none}
	}
	dotted := make([]string, len(lines))
	for i, l := range lines {
		dotted[i] = "• " + strings.Join(strings.Fields(l), " ")
	}
	return dotted
}

func orText(text, otherwise string) string {
	if strings.TrimSpace(text) == "" {
		return otherwise
	}
	return text
}
