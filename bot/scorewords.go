package bot

import (
	"cmp"
	"fmt"
	"strings"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// scoreHead is what a frozen quarter came to, in a line.
func scoreHead(p blocks.Printer, s *visit.Scorecard) string {
	if !s.Scored() {
		return p.T("%s: no score", quarterLabel(p, s.Quarter))
	}
	return p.T("%s: %s, grade %s", quarterLabel(p, s.Quarter), s.Value.String(), string(s.Grade))
}

// scoreLines say what a score hangs on.
func scoreLines(p blocks.Printer, s *visit.Scorecard) (lines []string) {
	switch {
	case !s.Scored():
		lines = append(lines, p.T("Only %d %% of what counts is known; a score needs %d %%.", s.Share, visit.MinScoreShare))
	case s.Share < 100:
		lines = append(lines, p.T("Based on %d %% of what counts; nothing is known of the rest.", s.Share))
	}
	if s.Scored() {
		var names []string
		for _, g := range s.Weakest {
			names = append(names, strings.ToLower(g.Words(p.Printer)))
		}
		lines = append(lines, p.T("Weakest: %s", strings.Join(names, p.Comma())))
	}
	switch {
	case s.Mean != "":
		lines = append(lines, p.T("%s. Without it the grade would be %s.", criticalWords(p, s.Critical), string(s.Mean)))
	case len(s.Critical) > 0:
		lines = append(lines, criticalWords(p, s.Critical)+".")
	}
	if s.Grade == visit.GradeC {
		lines = append(lines, p.T("Grade C: agree a plan with the factory within 90 days."))
	}
	if s.Version > 1 {
		lines = append(lines, p.T("Version %d. Corrected because: %s", s.Version, s.Why))
	}
	return lines
}

// criticalWords name the critical findings that were open when a quarter ended.
func criticalWords(p blocks.Printer, numbers []int) string {
	if len(numbers) == 1 {
		return p.T("Critical finding %d was open at the end", numbers[0])
	}
	var ns []string
	for _, n := range numbers {
		ns = append(ns, fmt.Sprint(n))
	}
	return p.T("Critical findings %s were open at the end", strings.Join(ns, p.Comma()))
}

// groupLines are the groups of a quarter, each with what it was counted from.
func groupLines(p blocks.Printer, s *visit.Scorecard) (lines []string) {
	var missing []string
	for n := range s.Groups {
		g := &s.Groups[n]
		if g.Missing() {
			missing = append(missing, strings.ToLower(g.Group.Words(p.Printer)))
			continue
		}
		line := p.T("%s %s: %s", g.Group.Words(p.Printer), g.Value().String(), measuresSaid(p, g))
		lines = append(lines, line)
	}
	if len(missing) > 0 {
		lines = append(lines, p.T("Not known: %s", strings.Join(missing, p.Comma())))
	}
	return lines
}

// measuresSaid are the measures of a group.
func measuresSaid(p blocks.Printer, g *visit.GroupScore) string {
	var said []string
	for _, m := range g.Measures {
		words := measureWords(p, &m)
		switch {
		case len(g.Measures) < 2 || m.Of == 0: // the group has these points
		case m.Points == 1:
			words = p.T("%s (1 point)", words)
		default:
			words = p.T("%s (%d points)", words, m.Points)
		}
		if m.Rolling {
			words = p.T("%s, rolling year", words)
		}
		said = append(said, words)
	}
	return strings.Join(said, p.Semicolon())
}

// measureWords are a measure with its counts. That there was no fault is never said without how
// many there could be.
func measureWords(p blocks.Printer, m *visit.Measure) string {
	switch m.Kind {
	case visit.MeasureFirstPass:
		return p.T("%d of %d lots passed first time", m.N, m.Of)
	case visit.MeasureMajors:
		if m.N == 0 {
			return p.T("0 major faults in %d pieces (could be up to %s)", m.Of, permille(p, visit.UpTo(m.Of)))
		}
		return p.T("%d major faults in %d pieces", m.N, m.Of)
	case visit.MeasureOnTime:
		return p.T("%d of %d orders in full and on time", m.N, m.Of)
	case visit.MeasureActions:
		return p.T("%d of %d actions done by their day and verified", m.N, m.Of)
	case visit.MeasureCertificates:
		return p.T("%d of %d certificates are valid", m.N, m.Of)
	}
	return p.T("mark %d", m.Points)
}

// permille is a number of thousandths in per cent.
func permille(p blocks.Printer, n int) string { return p.T("%d.%d %%", n/10, n%10) }

// riskWords say which rule made a class.
func riskWords(p blocks.Printer, r *visit.Risk) string {
	words := ruleWords(p, r)
	if r.Product != "" {
		return p.T("%s: %s", r.Product, words)
	}
	return words
}

func ruleWords(p blocks.Printer, r *visit.Risk) string {
	switch r.Rule {
	case visit.RuleLastLot:
		return p.T("The last lot was not accepted.")
	case visit.RuleTwoOfFive:
		return p.T("%d of the last %d lots were not accepted.", r.N, r.Of)
	case visit.RuleCritical:
		if r.N == 1 {
			return p.T("A critical finding is open.")
		}
		return p.T("%d critical findings are open.", r.N)
	case visit.RuleMajorLate:
		if r.N == 1 {
			return p.T("A major finding is late by more than 14 days.")
		}
		return p.T("%d major findings are late by more than 14 days.", r.N)
	case visit.RuleFlag:
		return p.T("%s: %d of %d lots accepted in a row since.", r.Flag.Words(p.Printer), r.N, r.Of)
	case visit.RuleFewLots:
		if r.N == 0 {
			return p.T("No lot was inspected yet.")
		}
		return p.T("Lots inspected: %d, fewer than %d.", r.N, r.Of)
	case visit.RuleSteady:
		return p.T("%d lots accepted in a row, few major faults, and nothing open above minor.", r.N)
	case visit.RuleSpringFestival:
		words := p.T("Lots finished around Spring Festival are treated as high risk. Otherwise it would be %s.", strings.ToLower(r.Counted.Words(p.Printer)))
		if r.Ruled != "" { // what a person thinks is never told as if the rules said it
			return words + " " + setWords(p, r.Why, r.Ruled)
		}
		return words
	case visit.RuleSet:
		return setWords(p, r.Why, r.Counted)
	}
	return p.T("%d lots accepted in a row; no rule for high or low applies.", r.N)
}

// setWords say that a colleague set a class, why, and what the rules say.
func setWords(p blocks.Printer, why string, ruled visit.RiskClass) string {
	class := strings.ToLower(ruled.Words(p.Printer))
	if why == "" {
		return p.T("A colleague set it. The rules say %s.", class)
	}
	return p.T("A colleague set it: %s. The rules say %s.", strings.TrimSuffix(why, "."), class)
}

// stageWords say how closely the orders of a class are looked at.
func stageWords(p blocks.Printer, c visit.RiskClass) string {
	switch c {
	case visit.RiskHigh:
		return p.T("On each lot: initial, during production and pre-shipment, tightened.")
	case visit.RiskNew:
		return p.T("On each order: initial, during production and pre-shipment.")
	case visit.RiskMedium:
		return p.T("On each order: pre-shipment; during production if it is large or changed.")
	}
	return p.T("On each order: pre-shipment. Never skip it, and never announce a lighter check.")
}

// cadenceWords say when the next visit is proposed, and why then.
func cadenceWords(p blocks.Printer, c *visit.Cadence, today civil.Date) (lines []string) {
	add := func(words string) { lines = append(lines, words) }
	switch {
	case c.Last.IsZero():
		add(p.T("No visit is recorded yet. Visit before the first order."))
	case c.FollowUp:
		add(p.T("A follow-up between %s and %s: the last visit had a major finding.", blocks.FullDay(p, c.From), blocks.FullDay(p, c.Next)))
	case c.Months > 0 && c.Next.Before(today):
		add(p.T("It was due by %s: every %d months, and the last one was on %s.", blocks.FullDay(p, c.Next), c.Months, blocks.FullDay(p, c.Last)))
	case c.Months > 0:
		add(p.T("By %s: every %d months, and the last one was on %s.", blocks.FullDay(p, c.Next), c.Months, blocks.FullDay(p, c.Last)))
	case !c.Next.IsZero() && c.Next.Before(today):
		add(p.T("It was due by %s: a new factory is visited again after its third order.", blocks.FullDay(p, c.Next)))
	case !c.Next.IsZero():
		add(p.T("By %s: a new factory is visited again after its third order.", blocks.FullDay(p, c.Next)))
	default:
		add(p.T("After the third order. The last visit was on %s.", blocks.FullDay(p, c.Last)))
	}
	switch {
	case c.Planned > 0:
		add(p.T("Visit %d is planned.", c.Planned))
	case c.Paused.After(today):
		add(p.T("Not proposed before %s.", blocks.FullDay(p, c.Paused)))
	case len(c.Dates) > 0:
		var days []string
		for _, d := range c.Dates {
			days = append(days, blocks.OnDay(p, d))
		}
		add(p.T("Days on which the factory should run: %s", strings.Join(days, p.Semicolon())))
	case !c.Propose.IsZero() && c.Propose.After(today):
		add(p.T("I'll propose it from %s.", blocks.FullDay(p, c.Propose)))
	}
	return lines
}

// rowWords are a factory in the table.
func rowWords(p blocks.Printer, y *visit.ScoreYear) []string {
	var parts []string
	if s := lastScored(y); s != nil {
		said := p.T("no score")
		if s.Scored() {
			said = scoreFigure(s)
		}
		parts = append(parts, p.T("%s %s", quarterLabel(p, s.Quarter), said))
	}
	risk := p.T("risk %s", strings.ToLower(y.Risk.Class.Words(p.Printer)))
	if y.Risk.Rule == visit.RuleSpringFestival { // the next visit goes by the other class
		risk = p.T("risk %s around Spring Festival, otherwise %s", strings.ToLower(y.Risk.Class.Words(p.Printer)), strings.ToLower(y.Risk.Counted.Words(p.Printer)))
	}
	parts = append(parts, risk)
	switch c := &y.Cadence; {
	case c.Planned > 0:
		parts = append(parts, p.T("visit %d planned", c.Planned))
	case !c.Next.IsZero() && c.Next.Before(y.Today):
		parts = append(parts, p.T("next visit was due by %s", blocks.FullDay(p, c.Next)))
	case !c.Next.IsZero():
		parts = append(parts, p.T("next visit by %s", blocks.FullDay(p, c.Next)))
	}
	return parts
}

// oursWords end whatever shows scores.
func oursWords(p blocks.Printer) string {
	return p.T("These figures are our own. Go through them with the factory before anybody uses them.")
}

// deliveryWords are a delivery in a list.
func deliveryWords(p blocks.Printer, d *visit.OrderDelivery, today civil.Date) string {
	parts := []string{p.T("confirmed for %s", blocks.FullDay(p, d.Confirmed))}
	switch {
	case d.Shipped.IsZero() && d.Confirmed.Before(today):
		parts = append(parts, p.T("not shipped, and late"))
	case d.Shipped.IsZero():
		parts = append(parts, p.T("not shipped yet"))
	default:
		parts = append(parts, p.T("shipped on %s: %d of %d pieces", blocks.FullDay(p, d.Shipped), d.Sent, d.Quantity), keptWords(p, d))
	}
	if d.OurDelay {
		parts = append(parts, p.T("our delay: %s", d.Why))
	}
	if n := len(d.Revisions); n > 0 {
		last := d.Revisions[n-1]
		parts = append(parts, p.T("corrected %d times, the last: %s", n, cmp.Or(last.Why, "–")))
	}
	return strings.Join(parts, " · ")
}

// keptWords say whether a delivery was as confirmed.
func keptWords(p blocks.Printer, d *visit.OrderDelivery) string {
	late := d.Shipped.Sub(d.Confirmed)
	switch {
	case d.Kept():
		return p.T("in full and on time")
	case late > 0 && d.Sent < d.Quantity:
		return p.T("%d days late and not in full", late)
	case late > 0:
		return p.T("%d days late", late)
	}
	return p.T("not in full")
}
