package report

import (
	"io"

	"visitprep/internal/lang"
)

// WritePDF writes the report in the language of p.
func (r *VisitReport) WritePDF(w io.Writer, p *lang.Printer) error {
	a, err := newPaper(p, joined(" · ", p.T("Visit report"), r.Title), r.Company)
	if err != nil {
		return err
	}
	a.cover(p.T("Visit report"), &r.Cover)
	decision := r.Decision
	mark := calm
	if decision == "" {
		decision, mark = p.T("Not decided yet"), dim
	}
	a.verdicts(verdict{p.T("Decision"), decision, r.DecisionWhy, mark})
	a.facts(fact{p.T("Purpose"), r.Purpose}, fact{p.T("People"), joined(p.Semicolon(), r.People...)}, fact{p.T("Next visit"), r.Next})
	a.part(p.T("What was good"), r.Strengths...)
	if err := a.findings(r.Findings, false); err != nil {
		return err
	}
	if len(r.Actions) > 0 {
		a.heading(p.T("What happens next"))
		var rows [][]string
		for _, t := range r.Actions {
			rows = append(rows, []string{zeroless(t.Finding), t.Text, t.Who, t.Until, t.State})
		}
		a.table([]column{{p.T("Finding"), 10, true}, {p.T("Action"), 42, false}, {p.T("Who"), 18, false}, {p.T("Until"), 14, false}, {p.T("State"), 16, false}}, rows)
	}
	a.part(p.T("Agreements"), r.Agreements...)
	a.part(p.T("Notes on the market"), r.Market...)
	a.part(p.T("Open questions"), r.Open...)
	a.part(p.T("Notes"), r.Notes...)
	a.part(p.T("Not checked"), r.NotChecked...)
	a.part(p.T("Left blank"), append(r.Blanks(p), a.unreadBlank()...)...)
	return a.write(w, a.foot(&r.Cover))
}

// Blanks names what the report leaves open, a sentence each. What there need not be, such as an
// agreement or a next visit, is not among it.
func (r *VisitReport) Blanks(p *lang.Printer) (said []string) {
	if r.Decision == "" {
		said = append(said, p.T("Nobody has decided how to go on."))
	}
	return append(said, findingBlanks(p, r.Findings)...)
}

// WritePDF writes what the factory gets, in the language of p.
func (r *FactoryReport) WritePDF(w io.Writer, p *lang.Printer) error {
	a, err := newPaper(p, p.T("Feedback"), r.Company)
	if err != nil {
		return err
	}
	a.text(p.T("Feedback"), titleSize, black)
	a.text(joined("  ", r.Factory, r.FactoryZH), headSize, black)
	a.text(joined(" · ", r.Day, r.Company, r.From), bodySize, dim)
	a.y += gap
	a.facts(fact{p.T("Order"), r.Order}, fact{p.T("Product"), r.Product}, fact{p.T("Please answer by"), r.ReplyBy})
	a.part(p.T("What was good"), r.Strengths...)
	over := p.T("Points to work on together")
	for i := range r.Findings {
		f := &r.Findings[i]
		count := ""
		if f.Checked > 0 {
			count = p.T("%d of %d", f.Bad, f.Checked)
		}
		label := ""
		if f.Severity != "" {
			label = severityLabel(p, f.Severity)
		}
		drawn := &Finding{Text: f.Text, TextZH: f.TextZH, Requirement: f.Requirement, Request: f.Request, Photos: f.Photos}
		if err := a.finding(over, joined(" · ", p.T("Point %d", i+1), label, count, f.Place), drawn, calm); err != nil {
			return err
		}
		over = ""
	}
	return a.write(w, joined(" · ", r.Company, r.Day))
}
