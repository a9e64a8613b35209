package report

import (
	"io"
	"strconv"

	"visitprep/internal/lang"
)

// WritePDF writes the report in the language of p.
func (r *AuditReport) WritePDF(w io.Writer, p *lang.Printer) error {
	a, err := newPaper(p, joined(" · ", p.T("Audit report"), r.Title), r.Company)
	if err != nil {
		return err
	}
	a.cover(p.T("Audit report"), &r.Cover)
	answer, mark := resultWords(p, r.Result)
	zero := 0
	for i := range r.Findings {
		if r.Findings[i].rank() == 0 {
			zero++
		}
	}
	tolerance := verdict{p.T("Zero tolerance"), p.T("Nothing found"), "", good}
	if zero > 0 {
		tolerance = verdict{p.T("Zero tolerance"), p.T("Points found: %d", zero), "", bad}
	}
	all := []verdict{{p.T("Result"), answer, r.ResultWhy, mark}, tolerance}
	if weakest, ok := Weakest(r.Scores); ok {
		all = append(all, verdict{p.T("Weakest group"), weakest.Group, weakest.words(p), doubt})
	}
	a.verdicts(all...)
	a.facts(fact{p.T("Audit"), r.Kind}, fact{p.T("Audited by"), joined(", ", r.People...)})
	if len(r.Scores) > 0 {
		a.heading(p.T("Score of each group"))
		var rows [][]string
		for _, s := range r.Scores {
			points, share := "–", "–"
			if s.Of > 0 {
				points, share = p.T("%d of %d", s.Points, s.Of), p.T("%s %%", percent(s.Points, s.Of))
			}
			rows = append(rows, []string{s.Group, points, share, strconv.Itoa(s.NotSeen)})
		}
		a.table([]column{{p.T("Group"), 50, false}, {p.T("Points"), 20, true}, {p.T("Percent"), 14, true}, {p.T("Not seen"), 16, true}}, rows)
	}
	if err := a.findings(r.Findings, true); err != nil {
		return err
	}
	a.part(p.T("What was good"), r.Strengths...)
	a.part(p.T("Notes"), r.Notes...)
	a.part(p.T("Not checked"), r.NotChecked...)
	a.part(p.T("Left blank"), append(r.Blanks(p), a.unreadBlank()...)...)
	return a.write(w, a.foot(&r.Cover))
}

// Blanks names what the report leaves open, a sentence each.
func (r *AuditReport) Blanks(p *lang.Printer) (said []string) {
	if r.Result == "" {
		said = append(said, p.T("Nobody has reported the result."))
	}
	if len(r.Scores) == 0 {
		said = append(said, p.T("There are no scores."))
	}
	unseen := 0
	for _, s := range r.Scores {
		unseen += s.NotSeen
	}
	if unseen > 0 {
		said = append(said, p.T("Questions without an answer: %d.", unseen))
	}
	return append(said, findingBlanks(p, r.Findings)...)
}

// Weakest is the group with the smallest share of its points, the first of several. Shares
// are compared as fractions; a group that could have none is none.
func Weakest(scores []Score) (weakest Score, ok bool) {
	for _, s := range scores {
		if s.Of > 0 && (!ok || s.Points*weakest.Of < weakest.Points*s.Of) {
			weakest, ok = s, true
		}
	}
	return weakest, ok
}

func (s *Score) words(p *lang.Printer) string {
	return p.T("%d of %d points, %s %%", s.Points, s.Of, percent(s.Points, s.Of))
}
