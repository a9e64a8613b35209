package exchange_test

import (
	"strings"
	"testing"

	"visitprep/internal/exchange"
	"visitprep/internal/visit"
)

func TestAnOutcomeIsWrittenAndNotReadBack(t *testing.T) {
	concluded := func() exchange.Recorded {
		r := team()
		r.Visits[0].Outcome = visit.VisitOutcome{Verdict: visit.GoConditions, Why: "=a second gauge # soon", Said: visit.Mark{By: "U0MIACHEN01"}}
		return r
	}
	for _, c := range []struct {
		name     string
		of, with func() exchange.Recorded // written from, and compared with
		edit     func(s sheet)
		want     string
	}{
		{"as it was written", concluded, concluded, nil, "4 same"},
		{"said in Slack since", team, concluded, nil, "4 same"},
		{"said in Slack since, and the row moves the visit", team, concluded, func(s sheet) { s.set(2, "first", "2027-03-14") }, `2: visit 1 first: "2027-03-15" to "2027-03-14"`},
		{"emptied", concluded, concluded, func(s sheet) { s.set(2, "outcome", ""); s.set(2, "outcome_why", "") }, "4 same"},
		{"another", concluded, concluded, func(s sheet) { s.set(2, "outcome", "go") }, "a.csv:2: outcome: that of visit 1 is conditions and cannot be changed by a file: say it in Slack"},
		{"one where there is none", team, team, func(s sheet) { s.set(2, "outcome_why", "they are good") }, "a.csv:2: outcome_why: that of visit 1 is empty and cannot be changed by a file: say it in Slack"},
		{"of a plan", team, team, func(s sheet) { s.set(5, "outcome", "go") }, "a.csv:5: outcome: a plan has none: leave it empty"},
		{"of a visit that is added", team, team, func(s sheet) {
			s.set(4, "number", "")
			s.set(4, "exported", "")
			s.set(4, "first", "2027-08-02")
			s.set(4, "last", "")
			s.set(4, "outcome", "go")
		}, "doubt a.csv:4: outcome: the outcome of a visit that is added is not recorded: say it in Slack"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := exported(t, c.of())
			if c.edit != nil {
				c.edit(s)
			}
			im, err := s.read(c.with())
			got := asked(im)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, c.want) {
				t.Errorf("it asks for\n%s\nwant %s", got, c.want)
			}
		})
	}
	s := exported(t, concluded())
	var head []string
	for i, column := range s[0] {
		if strings.HasPrefix(column, "outcome") {
			head = append(head, column+": "+s[1][i])
		}
	}
	if got := strings.Join(head, "; "); got != "outcome: conditions; outcome_why: '=a second gauge # soon" {
		t.Errorf("written is %s", got)
	}
}
