package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"visitprep/internal/lang"
)

// WritePDF writes the report in the language of p.
func (r *InspectionReport) WritePDF(w io.Writer, p *lang.Printer) error {
	a, err := newPaper(p, joined(" · ", p.T("Inspection report"), r.Title), r.Company)
	if err != nil {
		return err
	}
	a.cover(p.T("Inspection report"), &r.Cover)
	answer, mark := resultWords(p, r.Result)
	decision, decided := decisionWords(p, r.Decision)
	a.verdicts(verdict{p.T("Result"), answer, r.ResultWhy, mark},
		verdict{p.T("Decision about the lot"), decision, joined(" · ", r.DecisionWhy, r.DecisionBy), decided})
	a.facts(
		fact{p.T("Inspection"), r.Kind}, fact{p.T("Order"), r.Order}, fact{p.T("Product"), r.Product},
		fact{p.T("Ordered"), r.pieces(p, r.Ordered)}, fact{p.T("Made"), r.pieces(p, r.Made)}, fact{p.T("Packed"), r.pieces(p, r.Packed)},
		fact{p.T("Inspected by"), joined(", ", r.People...)}, fact{p.T("Cartons opened"), r.cartons(p)},
	)
	a.firm(&r.Firm)
	a.sample(r.Sample)
	if err := a.findings(r.Findings, false); err != nil {
		return err
	}
	a.tests(r.Tests)
	if r.Sealed != (Sealed{}) {
		a.heading(p.T("Sealed sample"))
		a.facts(fact{p.T("Version"), r.Sealed.Version}, fact{p.T("Where it is"), r.Sealed.Where}, fact{p.T("Valid until"), r.Sealed.Until})
	}
	a.lots(r.Lots)
	a.part(p.T("Notes"), r.Notes...)
	a.part(p.T("Not checked"), r.NotChecked...)
	a.part(p.T("Left blank"), append(r.Blanks(p), a.unreadBlank()...)...)
	return a.write(w, a.foot(&r.Cover))
}

func (r *InspectionReport) pieces(p *lang.Printer, n int) string {
	if n == 0 {
		return ""
	}
	if r.Ordered > 0 && n != r.Ordered {
		return p.T("%s, %s %% of the order", thousands(n), percent(n, r.Ordered))
	}
	return thousands(n)
}

func (r *InspectionReport) cartons(p *lang.Printer) string {
	switch {
	case r.CartonsOpened == 0:
		return ""
	case r.Cartons > 0 && r.CartonNumbers != "":
		return p.T("%d of %d: %s", r.CartonsOpened, r.Cartons, r.CartonNumbers)
	case r.Cartons > 0:
		return p.T("%d of %d", r.CartonsOpened, r.Cartons)
	}
	return joined(": ", strconv.Itoa(r.CartonsOpened), r.CartonNumbers)
}

// firm draws who inspected for us, and what they say.
func (a *paper) firm(f *Firm) {
	if *f == (Firm{}) {
		return
	}
	a.heading(a.p.T("Inspection firm"))
	result := ""
	if f.Result != "" {
		result, _ = resultWords(a.p, f.Result)
	}
	a.facts(fact{a.p.T("Firm"), f.Name}, fact{a.p.T("Booking"), f.Booking}, fact{a.p.T("Contact"), f.Contact},
		fact{a.p.T("Their result"), result}, fact{a.p.T("Cost"), f.Cost}, fact{a.p.T("Their report"), f.File})
}

// sample draws what was drawn, why, and what was counted.
func (a *paper) sample(s *Sample) {
	p := a.p
	if s == nil {
		return
	}
	a.heading(p.T("Sample and count"))
	a.facts(fact{p.T("Lot"), zeroless(s.Lot)}, fact{p.T("Level and code letter"), joined(", ", s.Level, s.Letter)}, fact{p.T("Severity of inspection, and why"), s.Severity})
	if len(s.Classes) > 0 {
		var rows [][]string
		for _, c := range s.Classes {
			sample, found := strconv.Itoa(c.N), "–"
			if c.All {
				sample = p.T("%d (all)", c.N)
			}
			if c.Counted {
				found = strconv.Itoa(c.Bad)
			}
			rows = append(rows, []string{severityLabel(p, c.Severity), orDash(c.AQL), c.Letter, c.By, sample, strconv.Itoa(c.Ac), strconv.Itoa(c.Re), found, c.verdict(p)})
		}
		a.table([]column{{p.T("Class"), 12, false}, {p.T("AQL"), 8, true}, {p.T("Code letter"), 13, false}, {p.T("Inspection"), 13, false}, {p.T("Sample size"), 13, true}, {p.T("Accept up to"), 14, true}, {p.T("Reject from"), 13, true}, {p.T("Bad pieces"), 12, true}, {p.T("Verdict"), 15, false}}, rows)
	}
	for _, l := range []string{s.Sees, s.Note} {
		a.text(l, smallSize, dim)
	}
	if s.Standard != "" {
		a.text(p.T("Sampled by %s.", s.Standard), smallSize, dim)
	}
}

func (c *Class) verdict(p *lang.Printer) string {
	switch {
	case !c.Counted:
		return p.T("not counted")
	case c.Accepted:
		return p.T("accepted")
	}
	return p.T("not accepted")
}

func (a *paper) tests(ts []Test) {
	p := a.p
	if len(ts) == 0 {
		return
	}
	a.heading(p.T("Tests and measurements"))
	var rows [][]string
	for _, t := range ts {
		rows = append(rows, []string{t.Name, t.Limit, t.Level, zeroless(t.N), t.Value, testWords(p, &t)})
	}
	a.table([]column{{p.T("Test"), 28, false}, {p.T("Limit"), 22, false}, {p.T("Level"), 10, false}, {p.T("Pieces"), 9, true}, {p.T("Measured"), 20, false}, {p.T("Result"), 17, false}}, rows)
}

func (a *paper) lots(ls []Lot) {
	p := a.p
	if len(ls) == 0 {
		return
	}
	a.heading(p.T("Earlier lots of this product"))
	var rows [][]string
	for _, l := range ls {
		said := p.T("not accepted")
		if l.Accepted {
			said = p.T("accepted")
		}
		if l.Again {
			said = p.T("%s, inspected again", said)
		}
		rows = append(rows, []string{l.Name, thousands(l.Size), l.Severity, l.Bad, said})
	}
	a.table([]column{{p.T("Inspection"), 30, false}, {p.T("Pieces"), 12, true}, {p.T("Severity of inspection"), 22, false}, {p.T("Bad pieces"), 24, false}, {p.T("Verdict"), 20, false}}, rows)
}

// Blanks names what the report leaves open, a sentence each.
func (r *InspectionReport) Blanks(p *lang.Printer) (said []string) {
	blank := func(is bool, text string) {
		if is {
			said = append(said, text)
		}
	}
	blank(r.Result == "", p.T("Nobody has reported the result."))
	blank(r.Decision == "", p.T("Nobody has decided about the lot."))
	blank(r.Ordered == 0, p.T("The quantity ordered is not given."))
	blank(r.Made == 0, p.T("The quantity made is not given."))
	blank(r.Packed == 0, p.T("The quantity packed is not given."))
	if r.Sample == nil {
		said = append(said, p.T("There is no sampling plan."))
	} else {
		var open []string
		for _, c := range r.Sample.Classes {
			if !c.Counted {
				open = append(open, severityLabel(p, c.Severity))
			}
		}
		blank(len(open) > 0, p.T("The bad pieces were not counted: %s.", strings.Join(open, p.Comma())))
	}
	blank(r.CartonsOpened == 0, p.T("How many cartons were opened is not given."))
	blank(len(r.Tests) == 0, p.T("There are no tests or measurements."))
	open := 0
	for _, t := range r.Tests {
		if t.Result == "" {
			open++
		}
	}
	blank(open > 0, p.T("Tests and measurements without a result: %d.", open))
	blank(r.Sealed == Sealed{}, p.T("There is no sealed sample on record."))
	return append(said, findingBlanks(p, r.Findings)...)
}

func findingBlanks(p *lang.Printer, fs []Finding) (said []string) {
	unsorted, unasked, unseen := 0, 0, 0
	for i := range fs {
		f := &fs[i]
		fault := f.Kind != RedFlag && f.Kind != Idea
		if fault && f.Severity == "" {
			unsorted++
		}
		if fault && f.Requirement == "" {
			unasked++
		}
		for _, photo := range f.Photos {
			if photo.Missing != "" {
				unseen++
			}
		}
	}
	for _, l := range []struct {
		n    int
		text string
	}{
		{unsorted, p.T("Findings without a severity: %d.", unsorted)},
		{unasked, p.T("Findings without a requirement: %d.", unasked)},
		{unseen, p.T("Photos that stand only in Slack: %d.", unseen)},
	} {
		if l.n > 0 {
			said = append(said, l.text)
		}
	}
	return said
}

// unreadBlank names photos that should be here; it is asked after the findings are drawn.
func (a *paper) unreadBlank() []string {
	if a.unread == 0 {
		return nil
	}
	return []string{a.p.T("Photos that could not be read: %d.", a.unread)}
}

// foot is what stands below each page.
func (a *paper) foot(c *Cover) string {
	state := a.p.T("Draft, version %d", c.Version)
	if c.Final {
		state = a.p.T("Final, version %d", c.Version)
	}
	return joined(" · ", c.Title, state, c.Factory)
}

func resultWords(p *lang.Printer, r Result) (string, shade) {
	switch r {
	case Passed:
		return p.T("Passed"), good
	case Failed:
		return p.T("Failed"), bad
	case Pending:
		return p.T("Pending"), doubt
	case CouldNot:
		return p.T("Could not be done"), doubt
	case OnConditions:
		return p.T("On conditions"), doubt
	}
	return p.T("Not reported yet"), dim
}

func decisionWords(p *lang.Printer, d Decision) (string, shade) {
	switch d {
	case Release:
		return p.T("Release the lot"), good
	case Hold:
		return p.T("Hold the lot"), bad
	case Rework:
		return p.T("Rework and inspect again"), doubt
	case AcceptAs:
		return p.T("Accept as it is"), doubt
	}
	return p.T("Not decided yet"), dim
}

// testWords say what a test gave. What a person chose against the limit never reads as what the
// limit says.
func testWords(p *lang.Printer, t *Test) string {
	switch {
	case t.Against && t.Result == Passed && t.By != "":
		return p.T("passed although outside the limit, says %s", t.By)
	case t.Against && t.Result == Passed:
		return p.T("passed although outside the limit")
	case t.Against && t.Result == Failed && t.By != "":
		return p.T("failed although within the limit, says %s", t.By)
	case t.Against && t.Result == Failed:
		return p.T("failed although within the limit")
	}
	switch t.Result {
	case Passed:
		return p.T("within the limit")
	case Failed:
		return p.T("outside the limit")
	case NotDone:
		return p.T("not done")
	}
	return p.T("no result")
}

// thousands groups the digits of a quantity, as English and Chinese do.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func zeroless(n int) string {
	if n == 0 {
		return ""
	}
	return thousands(n)
}

// percent has one decimal, cut and not rounded: 99.96 % of an order is not all of it.
func percent(n, of int) string {
	tenths := n * 1000 / of
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}
