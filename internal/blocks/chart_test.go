package blocks

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

// scores is a chart of one series; "" is a quarter without a score.
func scores(said ...string) *Chart {
	c := &Chart{Title: "Score by quarter", Unit: "1 to 5", Missing: "no score", Series: []ChartSeries{{Name: "Score"}}}
	for i, s := range said {
		c.Categories = append(c.Categories, fmt.Sprintf("Q%d %d", i%4+1, 2026+i/4))
		v := ChartValue{Said: s}
		if s != "" {
			if _, err := fmt.Sscan(s, &v.Value); err != nil {
				panic(err)
			}
		}
		c.Series[0].Values = append(c.Series[0].Values, v)
	}
	return c
}

func TestChart(t *testing.T) {
	long := scores("1", "2")
	long.Title, long.Unit, long.Series[0].Name = strings.Repeat("长", 60), strings.Repeat("u", 60), strings.Repeat("n", 30)
	twice := scores("1", "2")
	twice.Series = append(twice.Series, twice.Series[0])
	longLabel := scores("1", "2")
	longLabel.Categories[0] = strings.Repeat("q", 21)
	bars := scores("1", "2")
	bars.Bars = true
	uneven := scores("1", "2")
	uneven.Series = append(uneven.Series, ChartSeries{Name: "Quality", Values: uneven.Series[0].Values[:1]})
	two := scores("1", "2")
	two.Series = append(two.Series, ChartSeries{Name: "Quality", Values: scores("3", "4").Series[0].Values})
	for _, c := range []struct {
		name   string
		chart  *Chart
		points string // as they are sent
		words  string
	}{
		{"every quarter has a score", scores("3.6", "3.4", "4.0"), "line Q1 2026=3.6 Q2 2026=3.4 Q3 2026=4", "Q1 2026 3.6 · Q2 2026 3.4 · Q3 2026 4.0"},
		{"bars", bars, "bar Q1 2026=1 Q2 2026=2", "Q1 2026 1 · Q2 2026 2"},
		{"gaps at both ends are left out of the chart and said", scores("", "3.4", "4.0", ""), "line Q2 2026=3.4 Q3 2026=4", "Q1 2026 no score · Q2 2026 3.4 · Q3 2026 4.0 · Q4 2026 no score"},
		{"a gap in between is not drawn", scores("3.6", "", "4.0"), "", "Q1 2026 3.6 · Q2 2026 no score · Q3 2026 4.0"},
		{"one point is no line", scores("", "3.6"), "", "Q1 2026 no score · Q2 2026 3.6"},
		{"no point", scores("", ""), "", "Q1 2026 no score · Q2 2026 no score"},
		{"nothing at all", scores(), "", ""},
		{"twenty points are the most", scores(strings.Fields(strings.Repeat("1 ", 21))...), "", strings.TrimSuffix(scores(strings.Fields(strings.Repeat("1 ", 21))...).Words(), "")},
		{"what is long is cut", long, "line Q1 2026=1 Q2 2026=2", "Q1 2026 1 · Q2 2026 2"},
		{"a label that is too long names nothing", longLabel, "", strings.Repeat("q", 21) + " 1 · Q2 2026 2"},
		{"two series of one name cannot be told apart", twice, "", "Score: Q1 2026 1 · Q2 2026 2\nScore: Q1 2026 1 · Q2 2026 2"},
		{"a gap of the second series", uneven, "", "Score: Q1 2026 1 · Q2 2026 2\nQuality: Q1 2026 1 · Q2 2026 no score"},
		{"two series", two, "line Q1 2026=1 Q2 2026=2 Q1 2026=3 Q2 2026=4", "Score: Q1 2026 1 · Q2 2026 2\nQuality: Q1 2026 3 · Q2 2026 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := new(Message)
			drawn := m.Chart(c.chart)
			var points string
			if b := c.chart.Block(); b != nil {
				points = sentPoints(t, b)
			}
			if drawn != (c.points != "") || points != c.points {
				t.Errorf("the chart is %v, %q, want %q", drawn, points, c.points)
			}
			if got := c.chart.Words(); got != c.words {
				t.Errorf("it says\n%s\nwant\n%s", got, c.words)
			}
			for line := range strings.Lines(c.words) {
				if line = strings.TrimSpace(line); !strings.Contains(m.Text.String(), line) || !strings.Contains(string(MustJSON(m.Blocks)), line) {
					t.Errorf("the text or the blocks lack %q", line)
				}
			}
		})
	}
}

// sentPoints reads a chart back from what is sent.
func sentPoints(t *testing.T, b slack.Block) string {
	t.Helper()
	var read slack.DataVisualizationBlock
	if err := json.Unmarshal(MustJSON(b), &read); err != nil {
		t.Fatal(err)
	}
	if err := read.Validate(); err != nil {
		t.Error(err)
	}
	var series []slack.DataVisualizationDataSeries
	switch c := read.Chart.(type) {
	case *slack.DataVisualizationLineChart:
		series = c.Series
	case *slack.DataVisualizationBarChart:
		series = c.Series
	}
	said := []string{string(read.Chart.DataVisualizationChartType())}
	for _, s := range series {
		for _, p := range s.Data {
			said = append(said, fmt.Sprintf("%s=%v", p.Label, p.Value))
		}
	}
	return strings.Join(said, " ")
}

func TestAMessageHasTwoChartsAtMost(t *testing.T) {
	m := new(Message)
	for n := range 3 {
		if drawn := m.Chart(scores("1", "2")); drawn != (n < 2) {
			t.Errorf("chart %d is %v", n+1, drawn)
		}
	}
	without := m.WithoutCharts()
	if without.charts() != 0 || len(without.Blocks) != len(m.Blocks) || m.charts() != 2 {
		t.Errorf("without its charts it has %d blocks of %d", len(without.Blocks), len(m.Blocks))
	}
	for _, words := range []string{"Q1 2026 1", "*Score by quarter*"} {
		if n := strings.Count(string(MustJSON(without.Blocks)), words); n != 3 {
			t.Errorf("it says %q %d times", words, n)
		}
	}
	if without.WithoutCharts() != nil {
		t.Error("a message without charts has a version without charts")
	}
}
