package bot

import (
	"context"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// The verbs of what a visit came to.
const (
	actOutcome     blocks.ActionID = "outcome"      // open the form; "visit/3:stop" has a verdict chosen in it
	actOutcomeBack blocks.ActionID = "outcome-back" // take it back
)

// modalOutcome is the form for what a visit came to.
const modalOutcome modalID = "outcome"

// The fields of the form for an outcome.
const (
	fieldVerdict = "verdict"
	fieldWhy     = "why"
)

// outcomeQuestion asks how a visit ended, with a button for each answer. It is for insiders.
func (wd *wording) outcomeQuestion(m *blocks.Message, v *visit.Visit) {
	m.Say(wd.p.T("%s, ended on %s. Do you go ahead with this factory?", v.Title(wd.p.Printer), blocks.ShortDay(wd.p, v.Last)))
	m.Add(wd.verdicts(v))
}

// verdicts are the buttons that say what a visit came to, or what somebody has said.
func (wd *wording) verdicts(v *visit.Visit) slack.Block {
	if !v.Outcome.IsSet() {
		return blocks.Actions(wd.verdictButtons(v)...)
	}
	return slack.NewSectionBlock(blocks.Mrkdwn(wd.outcomeLine(v)), nil, slack.NewAccessory(blocks.Button(actOutcomeBack, visitSubject(v), wd.p.T("Undo outcome"))))
}

// outcome is the answer to the question what a visit came to as it is now; any other block
// stays as it is.
func (d *drawing) outcome(ctx context.Context, was slack.Block) (slack.Block, error) {
	about := outcomeOf(was)
	if about == "" || d.to != insiders {
		return was, nil
	}
	a, err := d.seen(ctx, about)
	v, ok := a.(*visit.Visit)
	if !ok || err != nil {
		return was, err
	}
	return d.answered(was, d.words(d.p, "").verdicts(v)), nil
}

// outcomeOf is the visit whose outcome a block asks for, or tells.
func outcomeOf(b slack.Block) visit.Subject {
	if _, button := accessory(b); button != nil && blocks.Verb(button.ActionID) == actOutcomeBack {
		return visit.Subject(button.Value)
	}
	row, ok := b.(*slack.ActionBlock)
	if !ok || row.Elements == nil {
		return ""
	}
	for _, e := range row.Elements.ElementSet {
		if button, ok := e.(*slack.ButtonBlockElement); ok && blocks.Verb(button.ActionID) == actOutcome {
			if about, verdict, _ := strings.Cut(button.Value, ":"); verdict != "" {
				return visit.Subject(about)
			}
		}
	}
	return ""
}

// verdictButtons are a button for each verdict, which opens the form with it chosen.
func (wd *wording) verdictButtons(v *visit.Visit) (es []slack.BlockElement) {
	for _, d := range visit.Verdicts() {
		es = append(es, blocks.Button(actOutcome.With(string(d)), visitSubject(v)+":"+blocks.Subject(d), d.Words(wd.p.Printer)))
	}
	return es
}

// addOutcome says on a card what the visit came to. Another company does not read it.
func (wd *wording) addOutcome(m *blocks.Message, v *visit.Visit, to audience) {
	if !v.Outcome.IsSet() || to != insiders {
		return
	}
	m.Add(blocks.Section(wd.outcomeLine(v)))
	m.Text.Line(wd.p.T("Outcome: %s", v.Outcome.Verdict))
}

// outcomeLine is what a visit came to, who said so, and why.
func (wd *wording) outcomeLine(v *visit.Visit) blocks.Markup {
	o := v.Outcome
	words := wd.p.T("Outcome: %s", o.Verdict)
	line := wd.p.M("%s, said by %s on %s", blocks.Bold(words), blocks.Mention(o.Said.By), blocks.Time(wd.p, o.Said.At.In(zoneOr(v.ChannelZone)), "2 January 2006"))
	if o.Why != "" {
		line += "\n" + blocks.Escape(o.Why)
	}
	return line
}

// outcomeButton records what a visit came to, or takes it back. Where another company reads
// along, the button does not tell that there is one: its form does.
func (wd *wording) outcomeButton(v *visit.Visit, to audience) slack.BlockElement {
	if v.Outcome.IsSet() && to == insiders {
		return blocks.Button(actOutcomeBack, visitSubject(v), wd.p.T("Undo outcome"))
	}
	return blocks.Button(actOutcome, visitSubject(v), wd.p.T("Outcome"))
}

// outcomeForm asks what a visit came to.
func (vis *visits) outcomeForm(ctx context.Context, c click) error {
	p := vis.directory.printerNow(c.team, c.user)
	about, chosen, _ := strings.Cut(string(c.about), ":")
	return vis.replies.open(ctx, opening{c.caller, actOutcome, c.about, p.T("Outcome")}, func(ctx context.Context, team string) (*modal, error) {
		p := vis.directory.printer(ctx, team, c.user)
		v, err := vis.access.visit(ctx, team, c.user, visit.Subject(about))
		if err != nil {
			return nil, err
		}
		if v.Outcome.IsSet() {
			return vis.words(p, "").outcomeSaid(v), nil
		}
		verdicts := slack.NewRadioButtonsBlockElement(blocks.InputAction)
		for _, d := range visit.Verdicts() {
			verdicts.Options = append(verdicts.Options, blocks.Option(blocks.Subject(d), d.Words(p.Printer)))
			if string(d) == chosen {
				verdicts.InitialOption = verdicts.Options[len(verdicts.Options)-1]
			}
		}
		return &modal{id: modalOutcome, title: p.T("Outcome"), submit: p.T("Save outcome"), meta: meta{About: blocks.Subject(about), Spot: c.spot()}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(p.T("%s, %s", v.Title(p.Printer), blocks.Days(p, v.First, v.Last)))),
			blocks.Input(fieldVerdict, p.T("How did the visit end?"), verdicts),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldWhy, p.T("Why, or on which conditions"), blocks.TextInput("", p.T("Go once the second line has its own incoming inspection."), true))), p.T("Only your own people read it. In a channel that another company reads, it's left out of the card.")),
		}}, nil
	})
}

// outcomeSaid is the page that shows an outcome instead of asking for it.
func (wd *wording) outcomeSaid(v *visit.Visit) *modal {
	said := new(blocks.Message)
	wd.addOutcome(said, v, insiders)
	return &modal{title: wd.p.T("Outcome"), blocks: append(said.Blocks, blocks.Actions(blocks.Button(actOutcomeBack, visitSubject(v), wd.p.T("Undo outcome"))))}
}

// submitOutcome keeps what a visit came to.
func (vis *visits) submitOutcome(ctx context.Context, s submission) ([]byte, error) {
	p := vis.directory.printer(ctx, s.team, s.user)
	old, err := vis.access.visit(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	now, did := vis.o.Now(), false
	v, err := s.changing(vis.o.Store).ChangeVisit(ctx, s.team, old.Number, now, func(v *visit.Visit) (err error) {
		did, err = v.Conclude(visit.Verdict(s.values.picked(fieldVerdict)), s.values.text(fieldWhy), s.user, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !did { // a colleague was quicker
		return updated(p, vis.words(p, "").outcomeSaid(&v)), nil
	}
	vis.live.changed(s.team, v.Subject(), concerned(&v)...)
	vis.live.refreshSpot(s.team, s.user, s.meta.Spot)
	return nil, nil
}

// takenBack takes an outcome back.
func (vis *visits) takenBack(ctx context.Context, c click) error {
	p := vis.directory.printer(ctx, c.team, c.user)
	return vis.changing(func(_ blocks.Printer, _ click, v *visit.Visit, _ time.Time) (*blocks.Message, error) {
		return vis.unlessDone(p, v.TakeBackOutcome()), nil
	}, vis.words(p, "").outcomeGone)(ctx, c)
}

// outcomeGone is the page from which an outcome was taken back.
func (wd *wording) outcomeGone(v *visit.Visit) *modal {
	return &modal{title: wd.p.T("Outcome"), blocks: []slack.Block{
		blocks.Section(blocks.Escape(wd.p.T("Visit %d has no outcome any more.", v.Number))),
		blocks.Actions(wd.verdictButtons(v)...),
	}}
}
