package bot

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"visitprep/internal/blocks"
	"visitprep/internal/report"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// What the report of a visit has besides its findings: what has come of them, and what else was
// recorded there. It is read by the members of the channel of the visit, so nothing of another
// channel is in it. The version for the factory is made without it.

// gatherVisit reads what has come of a visit besides its findings, and who is named there.
func (rp *reports) gatherVisit(ctx context.Context, m *material, v *visit.Visit) (people []string, err error) {
	if m.actions, err = rp.o.Store.Actions(ctx, v.Workspace, store.ActionFilter{Subject: v.Subject()}); err != nil {
		return nil, err
	}
	for _, a := range m.actions {
		people = append(people, a.Action.Reviewer, a.Owner, a.Action.VerifiedBy)
	}
	as, err := rp.o.Store.Agreements(ctx, v.Workspace, store.Filter{Channels: []string{v.Channel}, Cancelled: true}, rp.o.Now())
	if err != nil {
		return nil, err
	}
	m.agreements = slices.DeleteFunc(as, func(a visit.Agreement) bool { return a.Visit != v.Number })
	if rp.set().MarketNotes { // what was noted before they were turned off stays in the list
		if m.market, err = rp.access.answersOf(ctx, v); err != nil {
			return nil, err
		}
	}
	m.question = rp.questionTitle
	return people, rp.gatherNext(ctx, m, v)
}

// gatherNext reads which visit to the factory of a visit comes after it.
func (rp *reports) gatherNext(ctx context.Context, m *material, v *visit.Visit) error {
	if v.Factory.Number == 0 {
		return nil
	}
	vs, err := rp.o.Store.Visits(ctx, v.Workspace, store.Filter{Channels: []string{v.Channel}, Factory: v.Factory.Number, From: v.Last.AddDays(1)})
	if n := slices.IndexFunc(vs, func(o store.Summary) bool { return o.First.After(v.Last) }); n >= 0 {
		m.next = &vs[n].Visit
	}
	return err
}

// gatherStrengths reads what was good, as the letters say it: those that were sent, the first one
// first, or while none was, the last one that was written.
func (rp *reports) gatherStrengths(ctx context.Context, m *material, r *visit.Report) error {
	ls, err := rp.o.Store.Letters(ctx, r.Workspace, r.Subject)
	if sent := slices.DeleteFunc(slices.Clone(ls), func(l visit.Letter) bool { return !l.Sent.IsSet() }); len(sent) > 0 {
		ls = sent
	} else {
		ls = ls[:min(1, len(ls))]
	}
	for _, l := range slices.Backward(ls) {
		for _, b := range l.Strengths {
			if !slices.Contains(m.strengths, b) {
				m.strengths = append(m.strengths, b)
			}
		}
	}
	return err
}

// visitReport is the report that says whether we shall work with a factory.
func (pg *pages) visitReport(t *knowledge.Template) *report.VisitReport {
	v := pg.a.(*visit.Visit)
	out := &report.VisitReport{Cover: pg.cover(), Purpose: pg.p.T(t.Title), Findings: pg.internal(), Actions: pg.actionRows(), Agreements: pg.agreed(), Strengths: pg.good(), Market: pg.heard(), NotChecked: pg.notChecked()}
	if n := pg.next; n != nil {
		out.Next = pg.p.T("%s: %s", pg.p.T("Visit %d", n.Number), blocks.Days(pg.p, n.First, n.Last))
	}
	if v.Outcome.IsSet() {
		out.Decision, out.DecisionWhy = v.Outcome.Verdict.Words(pg.p.Printer), v.Outcome.Why
	}
	for _, i := range v.Items {
		if i.Open() && i.Milestone != 0 {
			out.Open = append(out.Open, i.Text)
		}
	}
	for _, n := range v.Notes {
		out.Notes = append(out.Notes, pg.note(n))
	}
	return out
}

// actionRows are the actions of the findings: what is still to happen, by its day, and then what is
// closed. A finding of which nothing is asked yet has none.
func (pg *pages) actionRows() (out []report.Action) {
	as := slices.DeleteFunc(slices.Clone(pg.actions), func(a visit.ActionOf) bool {
		return !hasFollowUp(&a) || a.Action.Rev == 0 && a.Finding.Request == ""
	})
	slices.SortStableFunc(as, func(a, b visit.ActionOf) int {
		switch x, y := a.Action.State.Live(), b.Action.State.Live(); {
		case x == y:
			return visit.CompareActions(a, b)
		case x:
			return -1
		}
		return 1
	})
	for n := range as {
		out = append(out, pg.action(&as[n]))
	}
	return out
}

// action is what is to happen because of a finding, who does the next thing, and how far it has
// come. It names no other finding: that may be one of another channel.
func (pg *pages) action(a *visit.ActionOf) report.Action {
	s := &a.Action.ActionFacts
	out := report.Action{Finding: a.Finding.Number, Text: cmp.Or(s.Proposal, a.Finding.Request, pg.p.T("Nothing is proposed yet.")), State: s.State.Words(pg.p.Printer)}
	switch {
	case s.WaitsForLot(&a.Finding):
		out.State, out.Who = pg.p.T("Waits for the next lot"), pg.name(pg.follows(a))
	case s.State.WithFactory():
		if out.Who = cmp.Or(s.SaidBy, pg.p.T("The factory")); !s.Due.IsZero() {
			out.Until = blocks.FullDay(pg.p, s.Due)
		}
	case s.State.Live():
		out.Who = pg.name(pg.follows(a))
	case s.State == visit.ActionVerified:
		if out.Who = pg.name(s.VerifiedBy); !s.VerifiedDay.IsZero() {
			out.State = pg.p.T("Verified on %s", blocks.FullDay(pg.p, s.VerifiedDay))
		}
	default:
		out.Text = cmp.Or(s.Why, out.Text)
	}
	return out
}

// follows is the one of us who sees to an action: its reviewer, and before there is one whoever
// planned the visit.
func (pg *pages) follows(a *visit.ActionOf) string { return cmp.Or(a.Action.Reviewer, a.Owner) }

// agreed are the agreements of the visit, a line each: what it is, when it was signed and when it
// ends. Its terms stay on its card, beside the sentence that the document rules.
func (pg *pages) agreed() (lines []string) {
	p := pg.p
	for n := range pg.agreements {
		a := &pg.agreements[n]
		var said []string
		over := a.Over(a.Today(pg.r.Made.At))
		switch {
		case a.Signed.IsZero() && over && a.State != visit.AgreementReplaced:
			said = append(said, p.T("never signed"))
		case a.Signed.IsZero():
			said = append(said, p.T("not signed yet"))
		default:
			said = append(said, p.T("signed on %s", blocks.FullDay(p, a.Signed)))
		}
		switch {
		case a.Signed.IsZero() && over && a.State != visit.AgreementReplaced: // what it has of days never held
		case a.State == visit.AgreementReplaced:
			said = append(said, p.T("replaced since"))
		case a.Ends.IsZero():
			said = append(said, p.T("open-ended"))
		case a.State != visit.AgreementDraft && over:
			said = append(said, p.T("ended on %s", blocks.FullDay(p, a.Ends)))
		case a.Undecided() && a.Renews > 0:
			said = append(said, p.T("renews itself by %d months after %s unless notice arrives by %s", a.Renews, blocks.FullDay(p, a.Ends), blocks.FullDay(p, a.ActBy())))
		case a.Undecided():
			said = append(said, p.T("ends on %s", blocks.FullDay(p, a.Ends)), p.T("what you decide must arrive by %s", blocks.FullDay(p, a.ActBy())))
		default:
			said = append(said, p.T("ends on %s", blocks.FullDay(p, a.Ends)))
		}
		lines = append(lines, p.T("%s (%s)", a.Heading(p.Printer), strings.Join(said, p.Semicolon())))
	}
	return lines
}

// good is what was good, in the words of the letters to the factory. A line of the checklist that
// is ticked is something done, and says nothing of the factory.
func (pg *pages) good() (lines []string) {
	for _, b := range pg.strengths {
		line := blocks.Sentence(b.EN)
		if b.ZH != b.EN {
			line = strings.TrimSpace(line + " " + b.ZH)
		}
		lines = append(lines, line)
	}
	return lines
}

// heard are the market notes of the visit, the first one first, each with what it is about and the
// question that it answers. What we make of a note, and who noted it, is in its list.
func (pg *pages) heard() (lines []string) {
	for _, n := range slices.Backward(pg.market) {
		line := pg.p.T("%s: %s", tagWords(pg.p, &n), n.Text)
		if asked := pg.question(n.Question); asked != "" {
			line = tagWords(pg.p, &n) + " · " + asked + "\n" + n.Text
		}
		if n.Ages() {
			line += "\n" + verifyWords(pg.p)
		}
		lines = append(lines, line)
	}
	return lines
}
