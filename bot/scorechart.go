package bot

import (
	"fmt"
	"strings"

	"visitprep/internal/blocks"
	"visitprep/internal/report"
	"visitprep/internal/visit"
)

// quarterLabel is a quarter as people say it.
func quarterLabel(p blocks.Printer, q visit.Quarter) string { return p.T("Q%d %d", q.N, q.Year) }

// scoreFigure is a score with its grade; empty where there is none.
func scoreFigure(s *visit.Scorecard) string {
	if !s.Scored() {
		return ""
	}
	return strings.TrimSpace(s.Value.String() + " " + string(s.Grade))
}

// scoreChart is the score by quarter for a message, from the first quarter that has one: of a new
// factory the others would say the same eight times. It is empty where none has.
func scoreChart(p blocks.Printer, y *visit.ScoreYear) *blocks.Chart {
	c := &blocks.Chart{Title: p.T("Score by quarter: %s", y.Factory.Name), Unit: p.T("points, 1 to 5"), Missing: p.T("no score")}
	s := blocks.ChartSeries{Name: p.T("Score")}
	for n := range y.Quarters {
		q := &y.Quarters[n]
		if !q.Scored() && len(s.Values) == 0 {
			continue
		}
		v := blocks.ChartValue{Said: scoreFigure(q)}
		if q.Scored() {
			v.Value = float64(q.Value.Tenths()) / 10
		}
		c.Categories = append(c.Categories, quarterLabel(p, q.Quarter))
		s.Values = append(s.Values, v)
	}
	c.Series = append(c.Series, s)
	return c
}

// scorePlot is the same as lines of our own, with the gaps that Slack's charts cannot have, and
// with how much each score was counted from.
func scorePlot(p blocks.Printer, y *visit.ScoreYear) *report.Plot {
	pl := &report.Plot{
		Title: p.T("Score by quarter: %s", y.Factory.Name), Unit: p.T("Points, 1 to 5, and the grades. Below a point: how many lots + orders it was counted from."),
		Lo: 1, Hi: 5, Bands: []report.PlotBand{{From: 1, Name: "D"}, {From: 2, Name: "C"}, {From: 3, Name: "B"}, {From: 4, Name: "A"}},
		Gap: p.T("no score"), None: p.T("No quarter has a score yet."),
	}
	s := report.PlotSeries{Name: p.T("Score")}
	for n := range y.Quarters {
		q := &y.Quarters[n]
		pt := report.PlotPoint{Said: scoreFigure(q)}
		if q.Scored() {
			pt.Value = float64(q.Value.Tenths()) / 10
			pt.Note = fmt.Sprintf("%d + %d", countedFrom(q, visit.MeasureFirstPass), countedFrom(q, visit.MeasureOnTime))
		}
		pl.Labels = append(pl.Labels, quarterLabel(p, q.Quarter))
		s.Points = append(s.Points, pt)
	}
	pl.Series = append(pl.Series, s)
	return pl
}

// countedFrom is from how much a measure of a quarter was counted.
func countedFrom(s *visit.Scorecard, k visit.MeasureKind) int {
	for _, g := range s.Groups {
		for _, m := range g.Measures {
			if m.Kind == k {
				return m.Of
			}
		}
	}
	return 0
}

// plotAlt is a plot for those who do not see it.
func plotAlt(p blocks.Printer, y *visit.ScoreYear) string {
	words := scoreChart(p, y).Words()
	if words == "" {
		words = p.T("No quarter has a score yet.")
	}
	return blocks.Clip(p.T("Score by quarter: %s", y.Factory.Name)+": "+words, 1000)
}
