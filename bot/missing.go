package bot

import (
	"context"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// Whoever did not find an answer helpful gets the next best one, and is asked in one line
// what was missing. The line is kept as questions are: see gaps.

// actMissing opens the form for what an answer lacks; its value is the answer's subject.
const actMissing blocks.ActionID = "missing"

const modalMissing modalID = "missing"

const fieldMissing = "missing"

// afterUnhelpful keeps the question whose answer somebody did not find helpful, unless it was
// kept a moment ago, and gives what they read.
func (gp *gaps) afterUnhelpful(c click, asked, id string, again bool) *blocks.Message {
	p := gp.directory.printerNow(c.team, c.user)
	if !again {
		gp.unhelpful(c.team, c.user, asked, id)
	}
	g := gp.guide.Load().In(p)
	m := blocks.Said(p.T("Thank you. Your feedback goes to the people who look after this advice."))
	var es []slack.BlockElement
	if next := g.NextBest(id, asked); next != nil {
		m.Say(p.T("This may come closer:"))
		m.Text.Line(next.Text.Text)
		es = append(es, next)
	}
	if e, ok := g.Base.Entry(id); ok && gp.mayRemark(e, asked) {
		es = append(es, blocks.Button(actMissing, guide.EntrySubject(id), p.T("Say what was missing")))
	}
	if len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	return m
}

// mayRemark reports whether something that was said about an answer may be kept.
func (gp *gaps) mayRemark(e *knowledge.Entry, said string) bool {
	if gp.set().KeepMissed == 0 || e.IsDelicate() || utf8.RuneCountInString(said) > maxGap {
		return false
	}
	return said == "" || !knowledge.IsDelicate(said, gp.guide.Load().Base.Search(said, 3).Hits)
}

func (gp *gaps) missingClick(ctx context.Context, c click) error {
	p := gp.directory.printerNow(c.team, c.user)
	return gp.replies.open(ctx, opening{c.caller, actMissing, c.about, p.T("What was missing?")}, func(context.Context, string) (*modal, error) {
		in := blocks.TextInput("", p.T("How much to give, and who pays for dinner"), false)
		in.MaxLength = maxGap
		return &modal{id: modalMissing, title: p.T("What was missing?"), submit: p.T("Send"), meta: meta{About: c.about}, blocks: []slack.Block{
			blocks.Hinted(blocks.Input(fieldMissing, p.T("What did you want to know?"), in), p.T("It goes to the people who look after this advice, without your name. Names and numbers are struck out.")),
		}}, nil
	})
}

// submitMissing keeps what somebody missed in an answer.
func (gp *gaps) submitMissing(ctx context.Context, s submission) ([]byte, error) {
	p := gp.directory.printer(ctx, s.team, s.user)
	id, _, ok := guide.CutAsked(s.meta.About)
	said := s.values.text(fieldMissing)
	if said == "" {
		return nil, visit.Invalid(fieldMissing, "Please write what you wanted to know.")
	}
	if e, found := gp.guide.Load().Base.Entry(id); ok && found && gp.mayRemark(e, said) {
		gp.keep(s.team, s.user, said, store.GotRemark, id)
	}
	return updated(p, &modal{title: p.T("What was missing?"), blocks: []slack.Block{blocks.Section(p.M("Thank you. The people who look after this advice read it in a week, without your name."))}}), nil
}
