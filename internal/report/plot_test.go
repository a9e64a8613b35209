package report

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// scored is a plot of eight quarters as most are; "" is a quarter without a score.
func scored(said ...string) *Plot {
	pl := &Plot{
		Title: "Ningbo Dongfang Lighting · 宁波东方灯具: score by quarter", Unit: "Points, 1 to 5. n: lots and orders counted.",
		Lo: 1, Hi: 5, Bands: []PlotBand{{1, "D"}, {2, "C"}, {3, "B"}, {4, "A"}},
		Series: []PlotSeries{{Name: "Score"}}, Gap: "no score", None: "No quarter has a score yet.",
	}
	for i, s := range said {
		pl.Labels = append(pl.Labels, fmt.Sprintf("Q%d %d", i%4+1, 2026+i/4))
		pt := PlotPoint{Said: s}
		if s != "" {
			if _, err := fmt.Sscan(s, &pt.Value); err != nil {
				panic(err)
			}
			pt.Note = fmt.Sprintf("n %d", 5+i)
		}
		pl.Series[0].Points = append(pl.Series[0].Points, pt)
	}
	return pl
}

// also adds another series.
func (pl *Plot) also(name string, values ...float64) *Plot {
	s := PlotSeries{Name: name}
	for _, v := range values {
		pt := PlotPoint{Value: v, Said: fmt.Sprint(v)}
		if v == 0 {
			pt.Said = ""
		}
		s.Points = append(s.Points, pt)
	}
	pl.Series = append(pl.Series, s)
	return pl
}

// specimens are the plots that docs/score shows.
func specimens() map[string]*Plot {
	groups := scored("3.6", "3.4", "", "3.9", "4.1", "4.1", "3.2", "3.8")
	groups.also("Quality 质量", 3, 3, 4, 4, 4, 4.5, 3, 4).also("Delivery", 4, 4, 0, 4, 5, 4, 2, 3).
		also("Service", 5, 3, 0, 2, 3, 4, 4, 4).also("Cost", 4, 4, 0, 4, 4, 4, 3, 3).also("Compliance", 5, 5, 5, 5, 5, 5, 4, 5)
	return map[string]*Plot{
		"gaps":   scored("3.6", "3.4", "", "3.9", "", "", "4.1", "3.8"),
		"groups": groups,
		"one":    scored("", "", "", "", "", "", "", "3.6"),
		"none":   scored("", "", "", "", "", "", "", ""),
	}
}

func plotted(t *testing.T, pl *Plot, atNight bool) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := pl.WritePNG(&b, atNight); err != nil {
		t.Fatal(err)
	}
	im, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// dots counts the dots of a colour in a quarter's column, which of how many.
func dots(im image.Image, c shade, quarter, of int) (n int) {
	slot := (pictureWide - 2*pictureEdge - plotLeft - plotRight) / float64(of)
	left := pictureEdge + plotLeft + slot*float64(quarter)
	for x := int((left + 1) * pictureScale); x < int((left+slot-1)*pictureScale); x++ {
		for y := range im.Bounds().Dy() {
			if im.At(x, y) == c.colour() {
				n++
			}
		}
	}
	return n
}

func TestPlot(t *testing.T) {
	for _, c := range []struct {
		name  string
		said  []string
		drawn string // one letter for each quarter: l for a line or point in it, g for the ground of a gap
	}{
		{"every quarter", []string{"3.6", "3.4", "4.0", "5.0"}, "llll"},
		{"a gap has no line across", []string{"3.6", "", "4.0", "1.0"}, "lgll"},
		{"gaps beside one another, and a point alone", []string{"3.6", "3", "", "", "4.0"}, "llggl"},
		{"gaps at the ends", []string{"", "3.6", "3", ""}, "gllg"},
		{"one point", []string{"", "", "3.6"}, "ggl"},
		{"two points", []string{"3.6", "3.6"}, "ll"},
		{"no point", []string{"", "", ""}, "ggg"},
		{"one quarter", []string{"2.0"}, "l"},
	} {
		for _, night := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, at night %v", c.name, night), func(t *testing.T) {
				tone := light()
				if night {
					tone = dark()
				}
				im := plotted(t, scored(c.said...), night)
				for i, want := range c.drawn {
					line, gap := dots(im, tone.series[0], i, len(c.said)), dots(im, tone.gap, i, len(c.said))
					if (line > 0) != (want == 'l') || (gap > 5000) != (want == 'g') {
						t.Errorf("quarter %d has %d dots of the line and %d of a gap", i+1, line, gap)
					}
				}
				if im.At(0, 0) != tone.paper.colour() || im.At(im.Bounds().Dx()-1, im.Bounds().Dy()-1) != tone.paper.colour() {
					t.Error("it has no ground of its own")
				}
			})
		}
	}
}

// TestPlotsThatFailNowhere draws what nobody should ask for: all of it stays in the picture, and
// its edge stays empty.
func TestPlotsThatFailNowhere(t *testing.T) {
	long := scored("3.6", "", "4.0")
	long.Title, long.Unit, long.Gap = strings.Repeat("长 long 🏭 ", 60), strings.Repeat("unit ", 90), strings.Repeat("nothing ", 20)
	long.Labels[0], long.Series[0].Points[0].Said, long.Series[0].Points[0].Note = strings.Repeat("标签", 40), strings.Repeat("9", 90), strings.Repeat("n", 200)
	long.also(strings.Repeat("name ", 80), 1).also(strings.Repeat("名", 90), 2)
	outside := scored("3.6", "900", "-7")
	more := scored("3")
	more.Labels = more.Labels[:0]
	for name, pl := range map[string]*Plot{
		"nothing": {}, "no labels": more, "long": long, "outside": outside, "40 quarters": scored(strings.Fields(strings.Repeat("3.6 ", 40))...),
		"fewer points than labels": func() *Plot { pl := scored("1", "2"); pl.Series[0].Points = nil; return pl }(),
	} {
		im := plotted(t, pl, false)
		for x := range im.Bounds().Dx() {
			for y := range im.Bounds().Dy() {
				inner := image.Rect(8, 8, im.Bounds().Dx()-8, im.Bounds().Dy()-8)
				if !(image.Point{x, y}).In(inner) && im.At(x, y) != light().paper.colour() {
					t.Fatalf("%s: something stands at the edge, at %d, %d", name, x, y)
				}
			}
		}
	}
}

// TestColoursOfPlots holds that each line stands out from its ground and from the ground of a gap,
// and what is written too: 3:1 and 4.5:1, as WCAG has it.
func TestColoursOfPlots(t *testing.T) {
	for name, tone := range map[string]tones{"light": light(), "dark": dark()} {
		for n, c := range tone.series {
			for _, under := range []shade{tone.paper, tone.gap} {
				if r := contrast(c, under); r < 3 {
					t.Errorf("%s: line %d has a contrast of %.2f", name, n+1, r)
				}
			}
		}
		for _, c := range []shade{tone.ink, tone.dim} {
			for _, under := range []shade{tone.paper, tone.gap} {
				if r := contrast(c, under); r < 4.5 {
					t.Errorf("%s: %v on %v has a contrast of %.2f", name, c, under, r)
				}
			}
		}
	}
}

func contrast(a, b shade) float64 {
	bright := func(s shade) float64 {
		part := func(v int) float64 {
			c := float64(v) / 255
			if c <= 0.03928 {
				return c / 12.92
			}
			return math.Pow((c+0.055)/1.055, 2.4)
		}
		return 0.2126*part(s.r) + 0.7152*part(s.g) + 0.0722*part(s.b)
	}
	high, low := max(bright(a), bright(b)), min(bright(a), bright(b))
	return (high + 0.05) / (low + 0.05)
}

// TestPicturesOfPlots are the plots in docs/score.
func TestPicturesOfPlots(t *testing.T) {
	if !*update {
		t.Skip("only -update makes the pictures")
	}
	for name, pl := range specimens() {
		for _, night := range []bool{false, true} {
			var b bytes.Buffer
			if err := pl.WritePNG(&b, night); err != nil {
				t.Fatal(err)
			}
			ground := map[bool]string{false: "light", true: "dark"}[night]
			if err := os.WriteFile(filepath.Join("..", "..", "docs", "score", "plot-"+name+"-"+ground+".png"), b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
