package bot

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"visitprep/internal/blocks"
)

// pickySlack takes no message in which some words stand, and answers as it does at a response URL.
type pickySlack struct {
	words string
	code  int
	taken []string
	tries int
}

func (s *pickySlack) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.tries++
	code, answer := http.StatusOK, "ok"
	if s.words != "" && strings.Contains(string(body), s.words) {
		code, answer = s.code, `{"ok":false,"error":"invalid_blocks"}`
	} else {
		s.taken = append(s.taken, string(body))
	}
	return &http.Response{StatusCode: code, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

func charted() *blocks.Message {
	m := blocks.Said("Before it.")
	m.Chart(&blocks.Chart{Title: "Score by quarter", Categories: []string{"Q1 2027", "Q2 2027"}, Series: []blocks.ChartSeries{
		{Name: "Score", Values: []blocks.ChartValue{{Value: 3.6, Said: "3.6 B"}, {Value: 4.1, Said: "4.1 A"}}}}})
	return m
}

// TestWhereSlackTakesNoChartTheFiguresAreSaid: a message is not lost with its chart.
func TestWhereSlackTakesNoChartTheFiguresAreSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		refuses string
		code    int
		m       *blocks.Message
		tries   int
		chart   bool // it is taken with its chart
		lost    bool
	}{
		{"a chart is taken", "", 0, charted(), 1, true, false},
		{"no chart is taken", `"data_visualization"`, 400, charted(), 2, false, false},
		{"no chart is taken, and the answer is 200", `"data_visualization"`, 200, charted(), 2, false, false},
		{"it is not the chart that is wrong", "Before", 400, charted(), 2, false, true},
		{"a message without a chart is not tried again", "Before", 400, blocks.Said("Before it."), 1, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, log := botAlone(t, testBase(t))
			s := &pickySlack{words: c.refuses, code: c.code}
			b.o.HTTP = s
			err := b.replies.respondWith(t.Context(), "https://hooks.slack.com/commands/T1/2/SECRET", blocks.Response{Message: c.m})
			if lost := err != nil; lost != c.lost || s.tries != c.tries {
				t.Fatalf("after %d tries: %v", s.tries, err)
			}
			if strings.Contains(log.String(), "SECRET") {
				t.Errorf("the log says %s", log)
			}
			if c.lost {
				return
			}
			if got := s.taken[0]; strings.Contains(got, `"data_visualization"`) != c.chart || strings.Count(got, "Q1 2027 3.6 B · Q2 2027 4.1 A") != 2 || !strings.Contains(got, "Before it.") {
				t.Errorf("it reads %s", got)
			}
		})
	}
}

// TestAPostedMessageIsNotLostWithItsChart: the same for what is posted.
func TestAPostedMessageIsNotLostWithItsChart(t *testing.T) {
	s := newStage(t, overHTTP)
	s.Fail("chat.postMessage", "invalid_blocks", 1)
	done(t, s.bot.replies.post(t.Context(), s.TeamID(), mia, "", charted()))
	m := s.last(mia, s.direct(mia))
	if said := string(blocks.MustJSON(m.Blocks)); strings.Contains(said, "data_visualization") || !strings.Contains(said, "Q1 2027 3.6 B · Q2 2027 4.1 A") {
		t.Errorf("it reads %s", said)
	}
}
