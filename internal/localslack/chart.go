package localslack

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// The rules of a chart are those of Slack's page on the block, which slack-go's
// DataVisualizationBlock.Validate has too: 1 to 6 series or segments, each series with
// exactly one point for every category. Slack has no empty point. Others report that it
// takes 12 series; the page says 6. That a message has two charts at most stands on no page:
// Slack's answer says so.
const (
	chartSeriesMost = 6
	chartPointsMost = 20
	chartsMost      = 2
)

func charts(kind field) map[string]shape {
	label := must(str(1, 20))
	series := shape{
		fields: map[string]field{
			"type": kind,
			"series": must(listOf(1, chartSeriesMost, objectOf(shape{fields: map[string]field{
				"name": label,
				"data": must(listOf(1, chartPointsMost, objectOf(shape{fields: map[string]field{"label": label, "value": must(isNumber)}}))),
			}}))),
			"axis_config": must(objectOf(shape{fields: map[string]field{
				"categories": must(listOf(1, chartPointsMost, str(1, 20))), "x_label": may(str(0, 50)), "y_label": may(str(0, 50)),
			}})),
		},
		also: pointsFitCategories,
	}
	return map[string]shape{
		"bar": series, "area": series, "line": series,
		"pie": {fields: map[string]field{"type": kind, "segments": must(listOf(1, chartSeriesMost, objectOf(shape{
			fields: map[string]field{"label": label, "value": must(isNumber)},
			also: func(c *checker, at string, m map[string]any) {
				n, _ := m["value"].(json.Number)
				if v, err := n.Float64(); err == nil && v <= 0 {
					c.bad(at+"/value", "must be more than 0", "a slice of a pie is greater than 0; leave this one out.")
				}
			},
		})))}},
	}
}

// oneChartMore counts the charts of a message.
func oneChartMore(c *checker, at string, _ map[string]any) {
	if c.charts++; c.charts > chartsMost {
		c.bad(at, fmt.Sprintf("no more than %d data_visualization blocks allowed", chartsMost), "a message can have %d charts. Send the rest separately.", chartsMost)
	}
}

// pointsFitCategories requires one point of each series for each category, and names that differ.
func pointsFitCategories(c *checker, at string, m map[string]any) {
	axis, _ := m["axis_config"].(map[string]any)
	var categories []string
	for i, v := range items(axis["categories"]) {
		category, _ := v.(string)
		if slices.Contains(categories, category) {
			c.bad(fmt.Sprintf("%s/axis_config/categories/%d", at, i), "categories must be unique", "category %q is there twice.", category)
		}
		categories = append(categories, category)
	}
	var names []string
	for i, v := range items(m["series"]) {
		s, _ := v.(map[string]any)
		name, _ := s["name"].(string)
		if slices.Contains(names, name) {
			c.bad(fmt.Sprintf("%s/series/%d/name", at, i), "series names must be unique", "series %q is there twice; the legend could not tell them apart.", name)
		}
		names = append(names, name)
		var labels []string
		for j, v := range items(s["data"]) {
			p, _ := v.(map[string]any)
			label, _ := p["label"].(string)
			where := fmt.Sprintf("%s/series/%d/data/%d/label", at, i, j)
			switch {
			case !slices.Contains(categories, label):
				c.bad(where, "label must match a category", "%q is none of axis_config.categories.", label)
			case slices.Contains(labels, label):
				c.bad(where, "labels must be unique", "series %q has two points for %q.", name, label)
			}
			labels = append(labels, label)
		}
		for _, category := range categories {
			if !slices.Contains(labels, category) {
				c.bad(fmt.Sprintf("%s/series/%d/data", at, i), "data must have one point for every category",
					"series %q has no point for %q. Slack cannot leave a gap: leave the category out of all series, or say it in words.", name, category)
			}
		}
	}
}

// items are those of a list; none of anything else.
func items(v any) []any {
	list, _ := v.([]any)
	return list
}

type kitChart struct {
	Title string `json:"title"`
	Chart struct {
		Type       string       `json:"type"`
		Segments   []chartPoint `json:"segments"`
		Series     []kitSeries  `json:"series"`
		AxisConfig struct {
			Categories []string `json:"categories"`
			XLabel     string   `json:"x_label"`
			YLabel     string   `json:"y_label"`
		} `json:"axis_config"`
	} `json:"chart"`
}

type kitSeries struct {
	Name string       `json:"name"`
	Data []chartPoint `json:"data"`
}

// of is the value for a category. Slack orders points by category, not as they were sent.
func (s *kitSeries) of(category string) (float64, bool) {
	for _, p := range s.Data {
		if p.Label == category {
			return p.Value, true
		}
	}
	return 0, false
}

type chartPoint struct {
	Label string  `json:"label"`
	Value float64 `json:"value"`
}

// chart draws a chart, with its numbers as a table below: for those who do not see it, and
// for whoever wants to check that the right ones arrived. A pie is its table alone.
func (d *drawing) chart(k kitChart) g.Node {
	if k.Chart.Type == "pie" {
		k.Chart.Series = []kitSeries{{Name: "Value", Data: k.Chart.Segments}}
		for _, s := range k.Chart.Segments {
			k.Chart.AxisConfig.Categories = append(k.Chart.AxisConfig.Categories, s.Label)
		}
	}
	if len(k.Chart.Series) > chartSeriesMost || len(k.Chart.AxisConfig.Categories) > chartPointsMost {
		return notDrawn("data_visualization", "more than Slack takes", nil)
	}
	numbers := scrolling("Numbers of the chart", h.Table(
		h.THead(h.Tr(h.Th(h.Scope("col"), g.Text(k.Chart.AxisConfig.XLabel)), g.Map(k.Chart.Series, func(s kitSeries) g.Node {
			return h.Th(h.Scope("col"), h.Class("align-right"), g.Text(s.Name))
		}))),
		h.TBody(g.Map(k.Chart.AxisConfig.Categories, func(category string) g.Node {
			return h.Tr(h.Th(h.Scope("row"), g.Text(category)), g.Map(k.Chart.Series, func(s kitSeries) g.Node {
				v, ok := s.of(category)
				return h.Td(h.Class("align-right"), g.If(ok, g.Text(shortNumber(v))))
			}))
		}))))
	title := h.FigCaption(plainText(k.Title, true))
	if k.Chart.Type == "pie" {
		return h.Figure(h.Class("chart"), title, numbers)
	}
	return h.Figure(h.Class("chart"), title, k.picture(), k.legend(), h.Details(h.Summary(g.Text("Numbers")), numbers))
}

func shortNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Where things of a chart stand, in the units of its picture.
const (
	chartWide, chartHigh     = 560.0, 240.0
	chartLeft, chartRight    = 44.0, 12.0
	chartAbove, chartBelow   = 24.0, 30.0
	chartLetter, chartMarker = 5.2, 4.5 // as wide as a letter of a label; half of a marker
	chartPhone               = 2        // times as much room that a label takes on a phone, whose letters are larger
)

// A chartFrame says where a value stands.
type chartFrame struct {
	lo, hi, step float64
	slot         float64 // as wide as a category
}

func (f *chartFrame) x(i int) float64 { return chartLeft + (float64(i)+0.5)*f.slot }

func (f *chartFrame) y(v float64) float64 {
	return chartAbove + (f.hi-v)/(f.hi-f.lo)*(chartHigh-chartAbove-chartBelow)
}

// frame has zero in it, as Slack's charts do, and four to eight lines at round numbers.
func (k *kitChart) frame() *chartFrame {
	f := new(chartFrame)
	for _, s := range k.Chart.Series {
		for _, p := range s.Data {
			f.lo, f.hi = min(f.lo, p.Value), max(f.hi, p.Value)
		}
	}
	if f.lo == f.hi {
		f.hi = 1
	}
	rough := f.hi/4 - f.lo/4
	f.step = math.Pow(10, math.Floor(math.Log10(rough)))
	for _, times := range []float64{5, 2} {
		if f.step*times <= rough {
			f.step *= times
			break
		}
	}
	f.lo, f.hi = math.Floor(f.lo/f.step)*f.step, math.Ceil(f.hi/f.step)*f.step
	f.slot = (chartWide - chartLeft - chartRight) / float64(max(len(k.Chart.AxisConfig.Categories), 1))
	return f
}

// picture is the chart itself. A series is told by its dashes and the shape of its points,
// and not by its colour alone.
func (k *kitChart) picture() g.Node {
	f := k.frame()
	var parts g.Group
	for n := 0; n <= 10; n++ {
		v := f.lo + float64(n)*f.step
		if v > f.hi+f.step/2 {
			break
		}
		parts = append(parts, svgLine("grid", chartLeft, f.y(v), chartWide-chartRight, f.y(v)),
			svgText("end", chartLeft-6, f.y(v)+4, strconv.FormatFloat(v, 'g', 4, 64)))
	}
	if label := k.Chart.AxisConfig.YLabel; label != "" {
		parts = append(parts, svgText("start", 2, 11, label))
	}
	longest := 1
	for _, c := range k.Chart.AxisConfig.Categories {
		longest = max(longest, len([]rune(c)))
	}
	each := max(1, int(math.Ceil(float64(longest)*chartLetter/f.slot)))
	onPhone := int(math.Ceil(float64(longest) * chartLetter * chartPhone / (f.slot * float64(each)))) // of those
	for i, c := range k.Chart.AxisConfig.Categories {
		label := svgText("middle", f.x(i), chartHigh-10, c)
		switch {
		case i%each != 0:
		case i/each%onPhone == 0:
			parts = append(parts, label)
		default:
			parts = append(parts, g.El("g", h.Class("roomy"), label))
		}
	}
	for n := range k.Chart.Series {
		parts = append(parts, k.drawSeries(f, n))
	}
	label := k.Title + ": a chart (" + k.Chart.Type + "). Its numbers are in the table below."
	return h.SVG(g.Attr("viewBox", fmt.Sprintf("0 0 %g %g", chartWide, chartHigh)), h.Role("img"), h.Aria("label", label), parts)
}

func (k *kitChart) drawSeries(f *chartFrame, n int) g.Node {
	s := &k.Chart.Series[n]
	var line []string
	var points g.Group
	width := f.slot * 0.7 / float64(len(k.Chart.Series))
	for i, c := range k.Chart.AxisConfig.Categories {
		v, ok := s.of(c)
		if !ok {
			continue
		}
		x, y := f.x(i), f.y(v)
		if k.Chart.Type == "bar" {
			left := x + (float64(n)-float64(len(k.Chart.Series))/2)*width
			points = append(points, g.El("rect", svgAttrs("x y width height", left, min(y, f.y(0)), max(width-1, 1), math.Abs(y-f.y(0)))))
			continue
		}
		line = append(line, fmt.Sprintf("%.1f,%.1f", x, y))
		points = append(points, marker(n, x, y))
	}
	group := g.Group{h.Class(fmt.Sprintf("series series-%d %s", n, k.Chart.Type))}
	if k.Chart.Type != "bar" {
		group = append(group, g.El("polyline", g.Attr("points", strings.Join(line, " ")), dashes(n)))
	}
	return g.El("g", append(group, points...))
}

// marker is the shape of the points of a series.
func marker(n int, x, y float64) g.Node {
	const r = chartMarker
	corners := [][][2]float64{
		{{-r, -r}, {r, -r}, {r, r}, {-r, r}},
		{{0, -r - 1}, {r + 1, r}, {-r - 1, r}},
		{{0, -r - 1}, {r + 1, 0}, {0, r + 1}, {-r - 1, 0}},
		{{-r - 1, -r}, {r + 1, -r}, {0, r + 1}},
		{{-r, -r - 1}, {r, -r - 1}, {r, r + 1}, {-r, r + 1}},
	}
	if n == 0 {
		return g.El("circle", svgAttrs("cx cy r", x, y, r))
	}
	var points []string
	for _, c := range corners[(n-1)%len(corners)] {
		points = append(points, fmt.Sprintf("%.1f,%.1f", x+c[0], y+c[1]))
	}
	return g.El("polygon", g.Attr("points", strings.Join(points, " ")))
}

func dashes(n int) g.Node {
	return g.Attr("stroke-dasharray", []string{"none", "7 4", "2 3", "9 3 2 3", "12 5", "4 2"}[n%6])
}

// legend names the series, where there is more than one.
func (k *kitChart) legend() g.Node {
	if len(k.Chart.Series) < 2 {
		return nil
	}
	n := -1
	return h.Ul(h.Class("legend"), g.Map(k.Chart.Series, func(s kitSeries) g.Node {
		n++
		sign := g.Group{svgLine("", 0, 8, 30, 8, dashes(n)), marker(n, 15, 8)}
		if k.Chart.Type == "bar" {
			sign = g.Group{g.El("rect", svgAttrs("x y width height", 9, 2, 12, 12))}
		}
		return h.Li(h.SVG(g.Attr("width", "30"), g.Attr("height", "16"), decoration(),
			g.El("g", h.Class(fmt.Sprintf("series series-%d %s", n, k.Chart.Type)), sign)), h.Span(g.Text(s.Name)))
	}))
}

func svgLine(class string, x1, y1, x2, y2 float64, more ...g.Node) g.Node {
	return g.El("line", g.If(class != "", h.Class(class)), svgAttrs("x1 y1 x2 y2", x1, y1, x2, y2), g.Group(more))
}

func svgText(anchor string, x, y float64, text string) g.Node {
	return g.El("text", g.Attr("text-anchor", anchor), svgAttrs("x y", x, y), g.Text(text))
}

// svgAttrs are attributes that are numbers, by their names.
func svgAttrs(names string, values ...float64) g.Node {
	var attributes g.Group
	for i, name := range strings.Fields(names) {
		attributes = append(attributes, g.Attr(name, strings.TrimSuffix(fmt.Sprintf("%.1f", values[i]), ".0")))
	}
	return attributes
}
