package report

import "cmp"

// A Brief is one A4 page for travellers: what to show the driver in large type, and the
// rest in two columns below. Every text may have several lines.
type Brief struct {
	Title  string
	Under  string // the days, in a smaller type
	Driver Driver
	Parts  []Part
	Foot   string

	More  func(lines int) string // says how many lines of a part were left out
	Gone  func(parts int) string // says how many parts were left out whole
	Boxes string                 // says what a box stands for; stands there if there is one

	largest float64 // of the type of the parts; 0 is textLargest
}

// A Driver is what a driver reads, at arm's length.
type Driver struct {
	Head    string // for the traveller
	Ask     string // for the driver
	Name    string
	Address string
	Contact string // beside it, for who calls
	Note    string // what the traveller has to know of it
}

// A Part is a heading with lines below it.
type Part struct {
	Head  string
	Lines []string
	Whole bool // it is left out rather than cut
}

// Sizes of type, in points. A driver reads the address from the back seat; the rest is
// read on a phone a column at a time.
const (
	addressLargest  = 32.0
	addressDriver   = 24.0 // what is larger than that is given up first
	addressLeast    = 14.0
	driverShare     = 0.40 // of the page, for an address in large type
	driverMost      = 0.58 // of the page
	textLargest     = 13.0
	textReadable    = 9.0
	textLeast       = 7.0
	columnGap       = 20.0
	padding         = 12.0
	contactLines    = 5
	noMost, fewMost = 1 << 20, 24 // lines of a part
)

// PDF draws the page.
func (b *Brief) PDF() ([]byte, error) {
	s, err := newSheet(b.Title)
	if err != nil {
		return nil, err
	}
	const wide = pageWidth - 2*margin
	y := margin
	s.grey(0)
	y = s.at(margin, y, 17, s.clipped(b.Title, 17, wide, 2))
	s.grey(70)
	y = s.at(margin, y, 12, s.clipped(b.Under, 12, wide, 2)) + 8
	y = s.driver(&b.Driver, b.More, y) + 12

	foot := s.wrap(b.Foot, 8, wide)
	boxes := s.wrap(b.Boxes, 8, wide)
	bottom := pageHeight - margin - height(len(foot)+len(boxes), 8) - 4
	s.columns(b, y, bottom)

	s.grey(90)
	below := s.at(margin, bottom+4, 8, foot)
	if s.lacks {
		s.at(margin, below, 8, boxes)
	}
	return s.bytes()
}

// driver draws what a driver reads in a frame, and returns where that ends.
func (s *sheet) driver(d *Driver, more func(int) string, top float64) float64 {
	const wide = pageWidth - 2*margin - 2*padding
	lay := func(size float64) (ask, name, address []string) {
		return s.wrap(d.Ask, min(size, addressDriver), wide), s.wrap(d.Name, size, wide), s.wrap(d.Address, size, wide)
	}
	head, note := s.wrap(d.Head, 10, wide), s.clipped(d.Note, 11, wide, 3)
	contact := s.cut(s.wrap(d.Contact, 14, wide), contactLines, more)
	size := addressLargest
	var ask, name, address []string
	var high float64
	for ; ; size -= 2 {
		ask, name, address = lay(size)
		high = height(len(head), 10) + height(len(ask), min(size, addressDriver)) + height(len(name)+len(address), size) +
			height(len(contact), 14) + height(len(note), 11) + 2*padding + 10
		most := driverMost
		if size > addressDriver {
			most = driverShare
		}
		if high <= most*pageHeight || size <= addressLeast {
			break
		}
	}
	if over := high - driverMost*pageHeight; over > 0 { // only what nobody can call an address
		lines := max(2, len(address)-int(over/(leading*size))-1)
		high -= height(len(address)-lines, size)
		address = s.cut(address, lines, more)
	}
	s.pdf.SetDrawColor(0, 0, 0)
	s.pdf.SetLineWidth(1.5)
	s.pdf.Rect(margin, top, pageWidth-2*margin, high, "D")
	x, y := margin+padding, top+padding-4
	s.grey(90)
	y = s.at(x, y, 10, head) + 2
	s.grey(0)
	y = s.at(x, y, min(size, addressDriver), ask) + 2
	y = s.at(x, y, size, name)
	y = s.at(x, y, size, address) + 4
	y = s.at(x, y, 14, contact)
	s.grey(70)
	s.at(x, y, 11, note)
	return top + high
}

// columns draws the parts in two columns between top and bottom: in the largest type in
// which all fit, then with the longest parts cut, and at last without the last ones. It returns
// where they end.
func (s *sheet) columns(b *Brief, top, bottom float64) (end float64) {
	for keep := len(b.Parts); keep >= 0; keep-- {
		parts := b.Parts
		if gone := len(parts) - keep; gone > 0 {
			parts = append(parts[:keep:keep], Part{Head: b.Gone(gone), Whole: true})
		}
		if end, ok := s.fit(parts, b.More, cmp.Or(b.largest, textLargest), top, bottom); ok {
			return end
		}
	}
	return top
}

// fit draws the parts, if they fit, and returns where they end.
func (s *sheet) fit(parts []Part, more func(int) string, largest, top, bottom float64) (end float64, ok bool) {
	try := func(most int, from, to float64) bool {
		for size := from; size >= to; size -= 0.5 {
			if placed, ok := s.place(parts, more, size, most, top, bottom); ok {
				end = s.draw(placed, size)
				return true
			}
		}
		return false
	}
	if try(noMost, largest, textReadable) {
		return end, true
	}
	for most := fewMost; most > 0; most = most * 3 / 4 {
		least := textReadable
		if most < fewMost/3 {
			least = textLeast
		}
		if try(most, textReadable, least) {
			return end, true
		}
	}
	return 0, false
}

// placed is a part on the page.
type placed struct {
	x, y        float64
	head, lines []string
}

// place lays parts out, whole ones and those of at most so many lines, one below the other
// in the left column and then in the right one.
func (s *sheet) place(parts []Part, more func(int) string, size float64, most int, top, bottom float64) ([]placed, bool) {
	const wide = (pageWidth - 2*margin - columnGap) / 2
	var out []placed
	var highs []float64
	all := 0.0
	for _, p := range parts {
		q := placed{head: s.wrap(p.Head, size, wide)}
		for _, l := range p.Lines {
			q.lines = append(q.lines, s.wrap(l, size, wide)...)
		}
		if !p.Whole {
			q.lines = s.cut(q.lines, most, more)
		}
		out = append(out, q)
		highs = append(highs, height(len(q.head)+len(q.lines), size)+size*0.8)
		all += highs[len(highs)-1]
	}
	// The columns are as even as the order allows.
	n, least := 0, all
	for i, left := 0, 0.0; i < len(out); i++ {
		left += highs[i]
		if longer := max(left, all-left); longer < least {
			n, least = i+1, longer
		}
	}
	for i, y := 0, top; i < len(out); i++ {
		if i == n {
			y = top
		}
		out[i].x, out[i].y = margin, y
		if i >= n {
			out[i].x += wide + columnGap
		}
		if y += highs[i]; y-size*0.8 > bottom {
			return nil, false
		}
	}
	return out, true
}

// draw draws the parts, and returns where the last line ends.
func (s *sheet) draw(parts []placed, size float64) (end float64) {
	const wide = (pageWidth - 2*margin - columnGap) / 2
	s.pdf.SetDrawColor(150, 150, 150)
	s.pdf.SetLineWidth(0.6)
	for _, p := range parts {
		s.pdf.Line(p.x, p.y, p.x+wide, p.y)
		s.grey(90)
		y := s.at(p.x, p.y+1, size, p.head)
		s.grey(0)
		end = max(end, s.at(p.x, y, size, p.lines))
	}
	return end
}

// cut keeps at most so many lines, and says below them how many were left out.
func (s *sheet) cut(lines []string, most int, more func(int) string) []string {
	if len(lines) <= most+1 { // the line that says so takes a line
		return lines
	}
	return append(lines[:most:most], s.clean(more(len(lines)-most)))
}

// clipped is text in at most so many lines; the end of what is longer, which is said
// elsewhere too, gives way to dots.
func (s *sheet) clipped(text string, size, width float64, most int) []string {
	lines := s.wrap(text, size, width)
	if len(lines) <= most {
		return lines
	}
	const dots = " …"
	last := []rune(lines[most-1])
	for len(last) > 0 && s.width(string(last)+dots, size) > width {
		last = last[:len(last)-1]
	}
	return append(lines[:most-1:most-1], string(last)+dots)
}
