package report

import (
	"fmt"
	"strings"

	"visitprep/internal/lang"
)

// Sizes of photos on the page, in points.
const (
	beside     = 178.0 // wide, of one that stands beside its finding
	inARow     = 3
	photoMost  = 150.0 // high
	photoLeast = 20.0  // of what is very long and thin
)

// finding draws a finding with its evidence: one photo beside it, several below; over the
// first of a part stands its heading.
func (a *paper) finding(over, head string, f *Finding, mark shade) error {
	const indent = 3 * barWide
	const width = wide - indent
	text := func(width float64) []styled {
		seen := a.p.Details(f.By, f.At)
		parts := []styled{
			a.style(head, smallSize, width, dim),
			a.style(f.Text, bodySize, width, black),
			a.style(f.TextZH, bodySize, width, black),
		}
		for _, l := range []struct{ key, value string }{
			{a.p.T("Requirement: %s", f.Requirement), f.Requirement},
			{a.p.T("We ask: %s", f.Request), f.Request},
			{a.p.T("Checklist: %s", f.Line), f.Line},
		} {
			if strings.TrimSpace(l.value) != "" {
				parts = append(parts, a.style(l.key, smallSize, width, black))
			}
		}
		if seen != "" {
			parts = append(parts, a.style(a.p.T("Seen: %s", seen), smallSize, width, dim))
		}
		return parts
	}
	placed := make([]placedPhoto, len(f.Photos))
	for i := range f.Photos {
		placed[i] = a.placePhoto(f.Photos[i])
	}
	if len(placed) == 1 && placed[0].drawn {
		parts := text(width - beside - gap)
		w, h := placed[0].within(beside, photoMost)
		note := a.style(placed[0].note, footSize, beside, dim)
		high := max(highOf(parts), h+2+height(len(note.lines), footSize))
		if high < (pageBottom-margin)/2 {
			a.begin(over, high)
			top := a.y
			a.fill(mark)
			a.pdf.Rect(margin, top, barWide, high, "F")
			a.flow(margin+indent, parts, nil)
			x := margin + wide - beside
			if err := a.standIn(f.Photos[0], x, top, w, h); err != nil {
				return err
			}
			a.ink(dim)
			a.at(x, top+h+2, footSize, note.lines)
			a.y = top + high + gap
			return nil
		}
	}
	parts := text(width)
	rowHigh := 0.0
	if len(placed) > 0 {
		rowHigh = photoMost + 4 + 2*footSize
	}
	// Its first photos stand on the page of its words, unless those are a page of their own.
	a.begin(over, min(highOf(parts)+rowHigh, (pageBottom-margin)/2))
	a.flow(margin+indent, parts, &mark)
	if err := a.photoRows(margin+indent, width, f.Photos, placed, mark); err != nil {
		return err
	}
	a.y += gap
	return nil
}

// begin makes room for what is so high, and for the heading over it.
func (a *paper) begin(over string, high float64) {
	if over != "" {
		a.headingOver(over, high)
		return
	}
	a.room(high)
}

// placedPhoto is a photo that has its number.
type placedPhoto struct {
	drawn bool
	w, h  float64 // pixels
	note  string  // below it, or in its place
}

// placePhoto numbers a photo, and looks whether it can be drawn.
func (a *paper) placePhoto(p Photo) placedPhoto {
	a.number++
	name := a.p.T("Photo %d", a.number)
	if p.Missing != "" {
		return placedPhoto{note: a.p.T("%s: %s", name, p.Missing)}
	}
	c, err := p.size()
	if err != nil || c.Width == 0 || c.Height == 0 {
		a.unread++
		return placedPhoto{note: a.p.T("%s could not be read. The original is in Slack.", name)}
	}
	return placedPhoto{true, float64(c.Width), float64(c.Height), joined(" · ", name, p.Note)}
}

// within is the size of a photo in a space.
func (p *placedPhoto) within(width, high float64) (w, h float64) {
	by := min(width/p.w, high/p.h)
	return max(p.w*by, min(photoLeast, width)), max(p.h*by, min(photoLeast, high))
}

// photoRows draws photos in rows, and says in a line of its own what could not be drawn.
func (a *paper) photoRows(x, width float64, photos []Photo, placed []placedPhoto, mark shade) error {
	const column = (wide - 3*barWide - (inARow-1)*gap) / inARow
	var row []int
	flush := func() error {
		if len(row) == 0 {
			return nil
		}
		high := 0.0
		for _, i := range row {
			_, h := placed[i].within(column, photoMost)
			high = max(high, h+2+height(len(a.wrap(placed[i].note, footSize, column)), footSize))
		}
		high += 4
		a.room(high)
		a.fill(mark)
		a.pdf.Rect(margin, a.y, barWide, high, "F")
		for k, i := range row {
			left := x + float64(k)*(column+gap)
			w, h := placed[i].within(column, photoMost)
			if err := a.standIn(photos[i], left, a.y+4, w, h); err != nil {
				return err
			}
			a.ink(dim)
			a.at(left, a.y+4+h+2, footSize, a.wrap(placed[i].note, footSize, column))
		}
		a.y += high
		row = nil
		return nil
	}
	for i := range placed {
		if !placed[i].drawn {
			continue
		}
		if row = append(row, i); len(row) == inARow {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	for _, p := range placed {
		if !p.drawn {
			a.flow(x, []styled{a.style(p.note, smallSize, width, dim)}, &mark)
		}
	}
	return nil
}

// findings draws a report's findings, the worst first.
func (a *paper) findings(fs []Finding, audit bool) error {
	if len(fs) == 0 {
		a.heading(a.p.T("Findings"))
		a.text(a.p.T("Nothing was found."), bodySize, black)
		return nil
	}
	fs = ranked(fs)
	counts := make(map[int]int)
	for i := range fs {
		counts[fs[i].rank()]++
	}
	for i := range fs {
		f := &fs[i]
		over := ""
		if i == 0 || f.rank() != fs[i-1].rank() {
			over = fmt.Sprintf("%s (%d)", a.group(f, audit), counts[f.rank()])
		}
		count := ""
		if f.Checked > 0 {
			count = a.p.T("%d of %d", f.Bad, f.Checked)
		}
		head := joined(" · ", a.p.T("Finding %d", f.Number), a.label(f), count, f.Place)
		if err := a.finding(over, head, f, marks[f.rank()]); err != nil {
			return err
		}
	}
	return nil
}

// marks are the bars beside findings by their rank; the words say the same.
var marks = [...]shade{bad, doubt, calm, dim, bad, good}

// group is the heading over a finding and those of its kind.
func (a *paper) group(f *Finding, audit bool) string {
	switch f.rank() {
	case 0:
		if audit {
			return a.p.T("Zero tolerance")
		}
		return a.p.T("Critical findings")
	case 1:
		if audit {
			return a.p.T("Major nonconformities")
		}
		return a.p.T("Major findings")
	case 2:
		if audit {
			return a.p.T("Minor nonconformities")
		}
		return a.p.T("Minor findings")
	case 3:
		return a.p.T("Findings that nobody has sorted yet")
	case 4:
		return a.p.T("Red flags, for us only")
	}
	return a.p.T("Ideas")
}

// label is the word for how bad a finding is, or for its kind.
func (a *paper) label(f *Finding) string { return findingLabel(a.p, f.Kind, f.Severity) }

func findingLabel(p *lang.Printer, kind FindingKind, s Severity) string {
	switch kind {
	case RedFlag:
		return p.T("Red flag")
	case Idea:
		return p.T("Idea")
	case System: // an audit has words of its own, in Chinese above all
		switch s {
		case Critical:
			return p.T("Zero tolerance")
		case Major:
			return p.T("Major nonconformity")
		case Minor:
			return p.T("Minor nonconformity")
		}
	}
	return severityLabel(p, s)
}

func severityLabel(p *lang.Printer, s Severity) string {
	switch s {
	case Critical:
		return p.T("Critical")
	case Major:
		return p.T("Major")
	case Minor:
		return p.T("Minor")
	}
	return p.T("Not sorted yet")
}
