package report

import (
	"fmt"
	"image/color"
	"image/png"
	"io"
	"math"
	"strings"

	"git.sr.ht/~sbinet/gg"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
)

// A Plot is figures by quarter as lines. Where there is no figure a line has a gap, with words that
// say so. What stands beside the figures says from how much they were counted.
type Plot struct {
	Title  string
	Unit   string   // what the figures are
	Labels []string // of the quarters, oldest first
	Lo, Hi int      // the ends of the axis
	Bands  []PlotBand
	Series []PlotSeries // the first one is what the plot is about; alone, its figures stand beside its points
	Gap    string       // stands where the first series has no figure
	None   string       // stands there where no series has one
}

// A PlotBand is a name for the figures from From to the next band, such as a grade.
type PlotBand struct {
	From float64
	Name string
}

// A PlotSeries is a line, with a point for each label.
type PlotSeries struct {
	Name   string
	Points []PlotPoint
}

// A PlotPoint is a figure, how it is said, and from what it was counted. One that is not said is a
// gap.
type PlotPoint struct {
	Value float64
	Said  string
	Note  string
}

// tones are the colours of a plot. The series are told by dashes and shapes too.
type tones struct {
	paper, ink, dim, grid, gap shade
	series                     []shade
}

// light is for paper and dark for a screen at night; both have a ground of their own, since a
// picture does not know on what it is shown. The lines are after Okabe and Ito, whose colours most
// colour-blind eyes tell apart, some darker here so that they stand out from the ground.
func light() tones {
	return tones{
		paper: shade{255, 255, 255}, ink: shade{20, 20, 20}, dim: dim, grid: shade{214, 214, 214}, gap: ground,
		series: []shade{{0, 114, 178}, {192, 79, 0}, {0, 121, 90}, {168, 72, 127}, {20, 20, 20}, {122, 106, 0}},
	}
}

func dark() tones {
	return tones{
		paper: shade{26, 29, 33}, ink: shade{232, 232, 232}, dim: shade{171, 171, 173}, grid: shade{66, 70, 76}, gap: shade{38, 42, 47},
		series: []shade{{86, 180, 233}, {230, 159, 0}, {47, 199, 154}, {231, 156, 198}, {255, 255, 255}, {240, 228, 66}},
	}
}

// A spot is a point of a page or picture, in points from its upper left corner.
type spot struct{ x, y float64 }

// A pen draws a plot, into a picture or on a page.
type pen interface {
	line(c shade, width float64, dash []float64, points ...spot)
	area(fill, edge shade, width float64, corners ...spot)
	write(c shade, size float64, at spot, text string) // cleaned text, its base at the spot
	width(text string, size float64) float64
	clean(text string) string
}

// Sizes of a plot, in points.
const (
	plotTitle    = 12.5
	plotLabel    = 9.0
	plotFigure   = 10.0
	plotNote     = 7.5
	plotLeast    = 6.0
	plotLeft     = 22.0 // for the figures of the axis
	plotRight    = 22.0 // for the names of the bands
	plotInset    = 16.0 // above the highest figure and below the lowest
	plotMarker   = 4.2
	pictureWide  = 640.0
	pictureHigh  = 300.0
	pictureScale = 2.0 // dots of a picture to a point
	pictureEdge  = 14.0
)

// WritePNG writes the plot as a picture, on a white ground or on a dark one.
func (pl *Plot) WritePNG(w io.Writer, atNight bool) error {
	t := light()
	if atNight {
		t = dark()
	}
	p, err := newCanvas(t.paper)
	if err != nil {
		return err
	}
	pl.draw(p, t, spot{pictureEdge, pictureEdge}, pictureWide-2*pictureEdge, pictureHigh-2*pictureEdge)
	if p.err != nil {
		return fmt.Errorf("draw a plot: %w", p.err)
	}
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(w, p.dc.Image()); err != nil {
		return fmt.Errorf("write a plot: %w", err)
	}
	return nil
}

// A plotFrame is where the figures of a plot stand.
type plotFrame struct {
	*Plot
	pen
	tones
	left, top, right, bottom float64
	slot                     float64 // as wide as a quarter
}

func (f *plotFrame) x(i int) float64 { return f.left + (float64(i)+0.5)*f.slot }

func (f *plotFrame) y(v float64) float64 {
	v = min(max(v, float64(f.Lo)), float64(f.Hi))
	return f.top + plotInset + (float64(f.Hi)-v)/float64(max(f.Hi-f.Lo, 1))*(f.bottom-f.top-2*plotInset)
}

// draw draws the plot into a rectangle, which holds all of it.
func (pl *Plot) draw(p pen, t tones, at spot, wide, high float64) {
	f := &plotFrame{Plot: pl, pen: p, tones: t, left: at.x + plotLeft, right: at.x + wide - plotRight, top: at.y, bottom: at.y + high - 2*leading*plotLabel}
	if pl.Title != "" {
		f.write(t.ink, plotTitle, spot{at.x, f.top + ascent*plotTitle}, f.short(pl.Title, plotTitle, wide))
		f.top += leading*plotTitle + 3
	}
	if len(pl.Series) > 1 {
		f.legend(at.x, at.x+wide)
	}
	if pl.Unit != "" {
		f.write(t.dim, plotNote, spot{at.x, f.top + ascent*plotNote}, f.short(pl.Unit, plotNote, wide))
		f.top += leading * plotNote
	}
	f.slot = (f.right - f.left) / float64(max(len(pl.Labels), 1))
	said := f.gaps()
	f.axes()
	said()
	for n := range pl.Series {
		f.series(len(pl.Series) - 1 - n) // the first one lies on top
	}
	if len(pl.Series) == 1 {
		f.figures(&pl.Series[0])
	}
}

// short is text of one line that is cut where it is too long.
func (f *plotFrame) short(text string, size, wide float64) string {
	text = f.clean(text)
	if f.pen.width(text, size) <= wide {
		return text
	}
	r := []rune(text)
	for len(r) > 0 && f.pen.width(string(r)+" …", size) > wide {
		r = r[:len(r)-1]
	}
	return strings.TrimRight(string(r), " ") + " …"
}

// amid writes text with its middle at x, in one line or, where it is too long, in two, and smaller
// where that is too long as well. It goes on downwards from base.
func (f *plotFrame) amid(c shade, size, x, base, wide float64, text string) {
	lines := []string{f.clean(text)}
	if first, rest, ok := strings.Cut(lines[0], " "); ok && f.pen.width(lines[0], size) > wide {
		lines = []string{first, rest}
	}
	for _, l := range lines {
		fits := size
		for fits > plotLeast && f.pen.width(l, fits) > wide {
			fits -= 0.5
		}
		l = f.short(l, fits, wide)
		f.write(c, fits, spot{x - f.pen.width(l, fits)/2, base}, l)
		base += leading * fits
	}
}

// legend names the series in one row or several, and moves what follows below it.
func (f *plotFrame) legend(left, right float64) {
	const sign, between = 26.0, 14.0
	x, y := left, f.top+leading*plotLabel/2
	for n, s := range f.Series {
		name := f.short(s.Name, plotLabel, right-left-sign)
		if long := sign + f.pen.width(name, plotLabel); x > left && x+long > right {
			x, y = left, y+leading*plotLabel
		}
		f.line(f.tones.series[n%len(f.tones.series)], 1.8, plotDash(n), spot{x, y}, spot{x + sign - 5, y})
		f.mark(n, spot{x + (sign-5)/2, y})
		f.write(f.ink, plotLabel, spot{x + sign, y + plotLabel*0.36}, name)
		x += sign + f.pen.width(name, plotLabel) + between
	}
	f.top = y + leading*plotLabel/2 + 2
}

// gaps draws a ground where the first series has no figure. What it returns says so on it, between
// two lines of the axis.
func (f *plotFrame) gaps() (say func()) {
	var all []func()
	say = func() {
		for _, one := range all {
			one()
		}
	}
	if len(f.Series) == 0 {
		return say
	}
	first := f.Series[0].Points
	for from := 0; from < len(f.Labels); from++ {
		to := from
		for to < len(f.Labels) && (to >= len(first) || first[to].Said == "") {
			to++
		}
		if to == from {
			continue
		}
		left, right := f.left+float64(from)*f.slot, f.left+float64(to)*f.slot
		f.area(f.gap, f.gap, 0, spot{left, f.top}, spot{right, f.top}, spot{right, f.bottom}, spot{left, f.bottom})
		words := f.Gap
		if from == 0 && to == len(f.Labels) {
			words = f.None
		}
		between := (f.y(float64(f.Lo)) + f.y(float64(f.Lo+1))) / 2
		all = append(all, func() { f.amid(f.dim, plotLabel, (left+right)/2, between+plotLabel*0.36, right-left-4, words) })
		from = to
	}
	return say
}

// axes draws a line for each whole figure, the labels and the bands.
func (f *plotFrame) axes() {
	for v := f.Lo; v <= f.Hi; v++ {
		y := f.y(float64(v))
		f.line(f.grid, 0.6, nil, spot{f.left, y}, spot{f.right, y})
		words := fmt.Sprint(v)
		f.write(f.dim, plotLabel, spot{f.left - 6 - f.pen.width(words, plotLabel), y + plotLabel*0.36}, words)
	}
	for i, b := range f.Bands {
		to := float64(f.Hi)
		for _, o := range f.Bands {
			if o.From > b.From {
				to = min(to, o.From)
			}
		}
		f.amid(f.dim, plotLabel, f.right+plotRight/2+2, (f.y(b.From)+f.y(to))/2+plotLabel*0.36, plotRight-4, f.Bands[i].Name)
	}
	f.line(f.dim, 0.8, nil, spot{f.left, f.bottom}, spot{f.right, f.bottom})
	each := max(int(math.Ceil(26/f.slot)), 1)
	for i, label := range f.Labels {
		if (len(f.Labels)-1-i)%each == 0 { // the last one is the newest
			f.amid(f.ink, plotLabel, f.x(i), f.bottom+leading*plotLabel, float64(each)*f.slot-4, label)
		}
	}
}

// series draws a line, which ends before a gap and begins anew behind it, and then its points.
func (f *plotFrame) series(n int) {
	c := f.tones.series[n%len(f.tones.series)]
	var run, all []spot
	end := func() {
		if len(run) > 1 {
			f.line(c, 1.8, plotDash(n), run...)
		}
		run = nil
	}
	for i, pt := range f.Series[n].Points[:min(len(f.Series[n].Points), len(f.Labels))] {
		if pt.Said == "" {
			end()
			continue
		}
		run = append(run, spot{f.x(i), f.y(pt.Value)})
		all = append(all, run[len(run)-1])
	}
	end()
	for _, at := range all {
		f.mark(n, at)
	}
}

// figures writes what the points of a series are above them, and from how much below.
func (f *plotFrame) figures(s *PlotSeries) {
	if f.slot < 26 {
		return
	}
	for i, pt := range s.Points[:min(len(s.Points), len(f.Labels))] {
		if pt.Said == "" {
			continue
		}
		x, y := f.x(i), f.y(pt.Value)
		said := f.short(pt.Said, plotFigure, f.slot-2)
		f.write(f.ink, plotFigure, spot{x - f.pen.width(said, plotFigure)/2, y - plotMarker - 4}, said)
		if pt.Note != "" {
			f.amid(f.dim, plotNote, x, y+plotMarker+plotNote+1, f.slot-2, pt.Note)
		}
	}
}

// mark draws a point of a series in its shape. The first is full and the others are hollow, so that
// one that lies below another is seen.
func (f *plotFrame) mark(n int, at spot) {
	const r = plotMarker
	shapes := [][]spot{
		nil, // a circle
		{{-r, -r}, {r, -r}, {r, r}, {-r, r}},
		{{0, -r - 1}, {r + 1, r}, {-r - 1, r}},
		{{0, -r - 2}, {r + 2, 0}, {0, r + 2}, {-r - 2, 0}},
		{{-r - 1, -r}, {r + 1, -r}, {0, r + 1}},
		{{-r, -r / 2}, {r, -r / 2}, {r, r / 2}, {-r, r / 2}},
	}
	c := f.tones.series[n%len(f.tones.series)]
	fill := f.paper
	if n == 0 {
		fill = c
	}
	var corners []spot
	for _, s := range shapes[n%len(shapes)] {
		corners = append(corners, spot{at.x + s.x, at.y + s.y})
	}
	if corners == nil {
		for i := range 24 {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / 24)
			corners = append(corners, spot{at.x + r*cos, at.y + r*sin})
		}
	}
	f.area(fill, c, 1.4, corners...)
}

func plotDash(n int) []float64 {
	return [][]float64{nil, {6, 3}, {1.5, 2.5}, {8, 3, 1.5, 3}, {11, 4}, {3.5, 2}}[n%6]
}

// A canvas is a picture that is being drawn.
type canvas struct {
	glyphs
	dc    *gg.Context
	font  *opentype.Font
	faces map[float64]font.Face
	err   error // the first that came up
}

func newCanvas(ground shade) (*canvas, error) {
	g, err := readFont()
	if err != nil {
		return nil, err
	}
	p := &canvas{glyphs: g, font: g.face, dc: gg.NewContext(int(pictureWide*pictureScale), int(pictureHigh*pictureScale)), faces: map[float64]font.Face{}}
	p.dc.SetColor(ground.colour())
	p.dc.Clear()
	p.dc.SetLineJoinRound()
	return p, nil
}

func (s shade) colour() color.Color { return color.RGBA{uint8(s.r), uint8(s.g), uint8(s.b), 255} }

func (p *canvas) path(points []spot) {
	for _, at := range points {
		p.dc.LineTo(at.x*pictureScale, at.y*pictureScale)
	}
}

func (p *canvas) line(c shade, width float64, dash []float64, points ...spot) {
	var dots []float64
	for _, d := range dash {
		dots = append(dots, d*pictureScale)
	}
	p.dc.SetDash(dots...)
	p.dc.SetLineCapButt()
	p.dc.SetColor(c.colour())
	p.dc.SetLineWidth(width * pictureScale)
	p.path(points)
	p.dc.Stroke()
}

func (p *canvas) area(fill, edge shade, width float64, corners ...spot) {
	p.path(corners)
	p.dc.ClosePath()
	p.dc.SetColor(fill.colour())
	if width == 0 {
		p.dc.Fill()
		return
	}
	p.dc.FillPreserve()
	p.dc.SetDash()
	p.dc.SetColor(edge.colour())
	p.dc.SetLineWidth(width * pictureScale)
	p.dc.Stroke()
}

// sized is the font in a size; nil where it cannot be had, which is said at the end.
func (p *canvas) sized(size float64) font.Face {
	if face, ok := p.faces[size]; ok {
		return face
	}
	face, err := opentype.NewFace(p.font, &opentype.FaceOptions{Size: size * pictureScale, DPI: 72})
	if err != nil {
		p.err = err
		return nil
	}
	p.faces[size] = face
	return face
}

func (p *canvas) width(text string, size float64) float64 {
	face := p.sized(size)
	if face == nil {
		return 0
	}
	return float64(font.MeasureString(face, text)) / 64 / pictureScale
}

func (p *canvas) write(c shade, size float64, at spot, text string) {
	face := p.sized(size)
	if face == nil {
		return
	}
	p.dc.SetFontFace(face)
	p.dc.SetColor(c.colour())
	p.dc.DrawString(text, at.x*pictureScale, at.y*pictureScale)
}

// A pagePen draws a plot on a page, as lines and letters.
type pagePen struct{ *sheet }

func (p pagePen) line(c shade, width float64, dash []float64, points ...spot) {
	p.pdf.SetDrawColor(c.r, c.g, c.b)
	p.pdf.SetLineWidth(width)
	p.pdf.SetDashPattern(dash, 0)
	for i, at := range points {
		if i == 0 {
			p.pdf.MoveTo(at.x, at.y)
		} else {
			p.pdf.LineTo(at.x, at.y)
		}
	}
	p.pdf.DrawPath("D")
	p.pdf.SetDashPattern(nil, 0)
}

func (p pagePen) area(fill, edge shade, width float64, corners ...spot) {
	p.pdf.SetFillColor(fill.r, fill.g, fill.b)
	p.pdf.SetDrawColor(edge.r, edge.g, edge.b)
	p.pdf.SetLineWidth(width)
	for i, at := range corners {
		if i == 0 {
			p.pdf.MoveTo(at.x, at.y)
		} else {
			p.pdf.LineTo(at.x, at.y)
		}
	}
	p.pdf.ClosePath()
	style := "FD"
	if width == 0 {
		style = "F"
	}
	p.pdf.DrawPath(style)
}

func (p pagePen) write(c shade, size float64, at spot, text string) {
	p.pdf.SetTextColor(c.r, c.g, c.b)
	p.pdf.SetFontSize(size)
	p.pdf.Text(at.x, at.y, text)
}
