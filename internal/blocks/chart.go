package blocks

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// Slack's limits of a chart.
const (
	maxChartTitle  = 50 // characters
	maxChartLabel  = 20 // characters, of a category and of a series
	maxChartSeries = 6
	maxChartPoints = 20
	maxCharts      = 2 // in a message
)

// A Chart is figures by category, such as a score by quarter. It is said twice: as a block, which
// not every reader sees, and as text.
type Chart struct {
	Title      string
	Categories []string // in their order
	Unit       string   // what the figures are, such as "points, 1 to 5"
	Bars       bool     // bars instead of lines
	Series     []ChartSeries
	Missing    string // what is said where there is no figure, such as "no score"
}

// A ChartSeries is one line of a chart, with a value for each category.
type ChartSeries struct {
	Name   string
	Values []ChartValue
}

// A ChartValue is a figure and how it is said: "3.6 B". One that is not said is a gap.
type ChartValue struct {
	Value float64
	Said  string
}

func (v *ChartValue) gap() bool { return v.Said == "" }

// Block is the chart as Slack draws it; nil where that would say what is not so. Slack has no
// gap: every series needs a value for every category, and neither a nought nor a line across says
// "not known". So quarters without a figure before the first and after the last are left out, and
// with one in between there is no block. Nor is there one for a single point, which makes no line.
func (c *Chart) Block() slack.Block {
	first, last := len(c.Categories), -1
	for i := range c.Categories {
		if slices.ContainsFunc(c.Series, func(s ChartSeries) bool { return i < len(s.Values) && !s.Values[i].gap() }) {
			first, last = min(first, i), i
		}
	}
	if last-first < 1 || last-first >= maxChartPoints || len(c.Series) > maxChartSeries {
		return nil
	}
	axis := slack.NewDataVisualizationAxisConfig(c.Categories[first : last+1]...).WithYLabel(Clip(c.Unit, maxChartTitle))
	var series []slack.DataVisualizationDataSeries
	for _, s := range c.Series {
		var points []slack.DataVisualizationDataPoint
		for i := first; i <= last; i++ {
			if i >= len(s.Values) || s.Values[i].gap() {
				return nil
			}
			points = append(points, slack.NewDataVisualizationDataPoint(c.Categories[i], s.Values[i].Value))
		}
		series = append(series, slack.NewDataVisualizationDataSeries(Clip(s.Name, maxChartLabel), points...))
	}
	var drawn slack.DataVisualizationChart = slack.NewDataVisualizationLineChart(axis, series...)
	if c.Bars {
		drawn = slack.NewDataVisualizationBarChart(axis, series...)
	}
	b := slack.NewDataVisualizationBlock(Clip(c.Title, maxChartTitle), drawn)
	if b.Validate() != nil { // a label that is too long, or two that are the same
		return nil
	}
	return b
}

// Words are the figures as text, a line for each series: "Q1 2027 3.6 · Q2 2027 no score".
func (c *Chart) Words() string {
	var lines []string
	for _, s := range c.Series {
		var said []string
		for i, category := range c.Categories {
			figure := c.Missing
			if i < len(s.Values) && !s.Values[i].gap() {
				figure = s.Values[i].Said
			}
			said = append(said, category+" "+figure)
		}
		line := strings.Join(said, " · ")
		if len(c.Series) > 1 {
			line = s.Name + ": " + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// maxNote is how long a line in small print may be.
const maxNote = 2900

// Chart adds a chart, where Slack can draw it and has room for it, and in any case its figures as
// text. It reports whether Slack draws it.
func (m *Message) Chart(c *Chart) (drawn bool) {
	if b := c.Block(); b != nil && m.charts() < maxCharts {
		m.Add(b)
		drawn = true
	} else if c.Title != "" {
		m.Add(Section(Bold(c.Title)))
	}
	words := c.Words()
	m.Text.Line(c.Title)
	m.Text.Lines(words)
	if utf8.RuneCountInString(words) > maxNote/5 { // and nothing that could be longer when it is escaped
		m.Add(Section(ClipLines(Escape(words), maxNote)))
	} else {
		m.Add(Note(Escape(words)))
	}
	return drawn
}

func (m *Message) charts() (n int) {
	for _, b := range m.Blocks {
		if b.BlockType() == slack.MBTDataVisualization {
			n++
		}
	}
	return n
}

// WithoutCharts is the message for where Slack does not take its charts, or its pictures of files: the
// figures stand below a chart as text, and a link leads to a file. It is nil where there are none.
func (m *Message) WithoutCharts() *Message {
	if m.charts() == 0 && !slices.ContainsFunc(m.Blocks, isPicture) {
		return nil
	}
	o := &Message{Text: m.Text}
	for _, b := range m.Blocks {
		if chart, ok := b.(*slack.DataVisualizationBlock); ok {
			b = Section(Bold(chart.Title))
		}
		if !isPicture(b) {
			o.Add(b)
		}
	}
	return o
}

// isPicture reports whether a block shows a file of Slack's.
func isPicture(b slack.Block) bool {
	picture, ok := b.(*slack.ImageBlock)
	return ok && picture.SlackFile != nil
}
