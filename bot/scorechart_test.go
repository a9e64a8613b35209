package bot

import (
	"cmp"
	"strings"
	"testing"

	"visitprep/internal/visit"
)

// aYear are the last quarters of a factory up to the last one of 2027, as they were scored: in tenths with the grade, or
// "" for no score.
func aYear(scores ...string) *visit.ScoreYear {
	y := &visit.ScoreYear{Factory: visit.Factory{Number: 1, Name: "Bright Star Lighting Co., Ltd of Zhongshan, Guangdong"}}
	for n, s := range scores {
		q := visit.Scorecard{Quarter: visit.Quarter{Year: 2027, N: 4}.Add(n - len(scores) + 1), Share: 50}
		q.Groups = []visit.GroupScore{{Group: visit.ScoreQuality, Measures: []visit.Measure{{Kind: visit.MeasureFirstPass, N: 7, Of: 8, Points: 3}}}}
		if figure, grade, ok := strings.Cut(s, " "); ok {
			q.Value = visit.Fraction{Num: int64(figure[0]-'0')*10 + int64(figure[2]-'0'), Den: 10}
			q.Grade, q.Share, q.Version = visit.Grade(grade), 100, 1
		}
		y.Quarters = append(y.Quarters, q)
	}
	return y
}

// TestAScoreByQuarter: the chart, its text and the plot say the same.
func TestAScoreByQuarter(t *testing.T) {
	t.Parallel()
	b, _ := botAlone(t, testBase(t))
	for _, c := range []struct {
		name    string
		scores  []string
		drawn   bool // by Slack
		words   string
		figures string // beside the points of the plot
	}{
		{"every quarter is scored", []string{"3.6 B", "4.2 C"}, true, "Q3 2027 3.6 B · Q4 2027 4.2 C", "3.6 B 8 + 0|4.2 C 8 + 0"},
		{"a quarter in between is not", []string{"3.6 B", "", "4.2 A"}, false, "Q2 2027 3.6 B · Q3 2027 no score · Q4 2027 4.2 A", "3.6 B 8 + 0||4.2 A 8 + 0"},
		{"one quarter is scored", []string{"", "3.6 B"}, false, "Q4 2027 3.6 B", "|3.6 B 8 + 0"},
		{"none is", []string{"", ""}, false, "", "|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := aYear(c.scores...)
			chart := scoreChart(b.english, y)
			if drawn := chart.Block() != nil; drawn != c.drawn || chart.Words() != c.words {
				t.Errorf("Slack draws it: %v; it says %q", drawn, chart.Words())
			}
			var figures []string
			for _, pt := range scorePlot(b.english, y).Series[0].Points {
				figures = append(figures, strings.TrimSpace(pt.Said+" "+pt.Note))
			}
			if got := strings.Join(figures, "|"); got != c.figures {
				t.Errorf("the plot says %q", got)
			}
			if alt := plotAlt(b.english, y); !strings.HasSuffix(alt, ": "+cmp.Or(c.words, "No quarter has a score yet.")) {
				t.Errorf("who does not see the plot reads %q", alt)
			}
		})
	}
}
