package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// The verbs of the question how an inspection ended. The value of each names the
// inspection and the answer: "inspection/3:passed".
const (
	actAnswer   blocks.ActionID = "answer"
	actUnanswer blocks.ActionID = "unanswer"
	actCouldNot blocks.ActionID = "could-not" // asks why, and for another day
)

// modalCouldNot asks why an inspection could not be done.
const modalCouldNot modalID = "could-not"

func answerSubject(s visit.Subject, r visit.Result) blocks.Subject {
	return blocks.Subject(string(s) + ":" + string(r))
}

// cutAnswer undoes answerSubject.
func cutAnswer(s blocks.Subject) (visit.Subject, visit.Result) {
	about, answer, _ := strings.Cut(string(s), ":")
	return visit.Subject(about), visit.Result(answer)
}

// resultQuestion asks how an inspection ended; nil where somebody has answered.
func (wd *wording) resultQuestion(i *visit.Inspection, to audience) *blocks.Message {
	if i.Answer(wd.o.Now()) != "" {
		return nil
	}
	m := new(blocks.Message)
	words := wd.p.T("How did inspection %d at %s end? It was due on %s.", i.Number, i.Factory.Name, blocks.OnDay(wd.p, i.Due))
	m.Add(blocks.Section(blocks.Bold(words)), wd.answers(i, to))
	m.Text.Line(words)
	return m
}

// answers are the buttons that answer how an inspection ended, or what somebody answered.
func (wd *wording) answers(i *visit.Inspection, to audience) slack.Block {
	s := i.Subject()
	answer := i.Answer(wd.o.Now())
	if answer == "" && !i.Lot.IsZero() { // its pieces are counted first
		return blocks.Actions(
			blocks.Button(actReport, blocks.Subject(s), wd.p.T("Report result")),
			blocks.Button(actAnswer.With("pending"), answerSubject(s, visit.Awaited), wd.p.T("Ask again in a week")),
			blocks.Button(actCouldNot, blocks.Subject(s), wd.p.T("Could not be done")),
		)
	}
	if answer == "" {
		return blocks.Actions(
			blocks.Button(actAnswer.With("passed"), answerSubject(s, visit.Passed), wd.p.T("Passed")),
			blocks.Button(actAnswer.With("failed"), answerSubject(s, visit.Failed), wd.p.T("Failed")),
			blocks.Button(actAnswer.With("pending"), answerSubject(s, visit.Awaited), wd.p.T("Ask again in a week")),
			blocks.Button(actCouldNot, blocks.Subject(s), wd.p.T("Could not be done")),
		)
	}
	if answer == visit.Undecided && !i.Lot.IsZero() { // against its counts with a reason only
		return blocks.Actions(
			blocks.Button(actReport, blocks.Subject(s), wd.p.T("Report result")),
			blocks.Button(actUnanswer, answerSubject(s, answer), wd.p.T("Undo answer")),
		)
	}
	if answer == visit.Undecided {
		return blocks.Actions(
			blocks.Button(actAnswer.With("passed"), answerSubject(s, visit.Passed), wd.p.T("Passed")),
			blocks.Button(actAnswer.With("failed"), answerSubject(s, visit.Failed), wd.p.T("Failed")),
			blocks.Button(actUnanswer, answerSubject(s, answer), wd.p.T("Undo answer")),
		)
	}
	section := slack.NewSectionBlock(blocks.Mrkdwn(wd.answered(i, to)), nil, nil)
	if answer != visit.Withdrawn {
		section.Accessory = slack.NewAccessory(blocks.Button(actUnanswer, answerSubject(s, answer), wd.p.T("Undo answer")))
	}
	return section
}

// answered says who answered what to the question how an inspection ended, and when;
// nothing where nobody has.
func (wd *wording) answered(i *visit.Inspection, to audience) blocks.Markup {
	day := func(m visit.Mark) string {
		return blocks.OnDay(wd.p, civil.Of(m.At.In(zoneOr(i.ChannelZone))))
	}
	var words blocks.Markup
	switch i.Answer(wd.o.Now()) {
	case visit.Passed:
		words = wd.p.M("*Passed*, says %s on %s.", blocks.Mention(i.Reported.By), day(i.Reported))
	case visit.Failed:
		words = wd.p.M("*Failed*, says %s on %s.", blocks.Mention(i.Reported.By), day(i.Reported))
	case visit.Skipped:
		words = wd.p.M("*Could not be done*, says %s on %s. It is skipped.", blocks.Mention(i.Reported.By), day(i.Reported))
	case visit.CouldNot:
		words = wd.p.M("*Could not be done*, says %s on %s.", blocks.Mention(i.Reported.By), day(i.Reported))
	case visit.Undecided:
		words = wd.p.M("*Not decided yet*, says %s on %s. It took place; whoever planned it is asked every day.", blocks.Mention(i.Reported.By), day(i.Reported))
	case visit.Awaited:
		return wd.p.M("*No result yet*, says %s on %s. I'll ask again in a week.", blocks.Mention(i.Awaited.By), day(i.Awaited))
	case visit.Missed:
		words = wd.p.M("*Could not be done* on %s, says %s. It is on %s now.", blocks.OnDay(wd.p, i.MissedDay), blocks.Mention(i.Missed.By), blocks.OnDay(wd.p, i.Due))
	case visit.Withdrawn:
		return wd.p.M("Withdrawn: its plan has ended or its schedule has changed.")
	}
	if note := noteFor(i, to); note != "" && words != "" {
		words += "\n" + blocks.Escape(note)
	}
	return words
}

// question is the answers to the question how an inspection ended as they are now; any
// other block stays as it is.
func (d *drawing) question(ctx context.Context, was slack.Block) (slack.Block, error) {
	about := questionOf(was)
	if about == "" {
		return d.outcome(ctx, was)
	}
	a, err := d.seen(ctx, about)
	i, ok := a.(*visit.Inspection)
	if !ok || err != nil {
		return was, err
	}
	return d.answered(was, d.words(d.p, "").answers(i, d.to)), nil
}

// answered puts what asks, or says what was answered, in the place of what did.
func (d *drawing) answered(was, now slack.Block) slack.Block {
	section, says := now.(*slack.SectionBlock)
	if old, said := was.(*slack.SectionBlock); says && said {
		d.replaces(old, section)
	} else if says != said || !slices.Equal(asks(was), asks(now)) {
		d.changed = true
	}
	return now
}

// asks are the verbs of the buttons in a row.
func asks(b slack.Block) (verbs []blocks.ActionID) {
	row, ok := b.(*slack.ActionBlock)
	if !ok || row.Elements == nil {
		return nil
	}
	for _, e := range row.Elements.ElementSet {
		if button, ok := e.(*slack.ButtonBlockElement); ok {
			verbs = append(verbs, blocks.ActionID(button.ActionID))
		}
	}
	return verbs
}

// questionOf is the inspection whose end a block asks for, or tells.
func questionOf(b slack.Block) visit.Subject {
	if _, button := accessory(b); button != nil && blocks.Verb(button.ActionID) == actUnanswer {
		s, _ := cutAnswer(blocks.Subject(button.Value))
		return s
	}
	row, ok := b.(*slack.ActionBlock)
	if !ok || row.Elements == nil {
		return ""
	}
	for _, e := range row.Elements.ElementSet {
		button, ok := e.(*slack.ButtonBlockElement)
		if !ok {
			continue
		}
		if verb := blocks.Verb(button.ActionID); verb == actAnswer || verb == actUnanswer {
			s, _ := cutAnswer(blocks.Subject(button.Value))
			return s
		}
	}
	return ""
}

// report changes what is known of the end of an inspection, and shows that everywhere. It
// reports false where change did nothing.
func (ins *inspections) report(ctx context.Context, st *store.Store, team, person string, number int, change func(*visit.Inspection) (bool, error)) (i visit.Inspection, did bool, err error) {
	i, err = st.ChangeInspection(ctx, team, number, ins.o.Now(), func(i *visit.Inspection) (err error) {
		did, err = change(i)
		return err
	})
	if err == nil && did {
		ins.live.changed(team, i.Subject(), person, i.Inspector)
	}
	return i, did, err
}

// answerClick keeps an answer, or takes one back, and shows it in the place of the
// question.
func (ins *inspections) answerClick(ctx context.Context, c click) error {
	p := ins.directory.printer(ctx, c.team, c.user)
	about, answer := cutAnswer(c.about)
	old, err := ins.access.inspection(ctx, c.team, c.user, about)
	if err != nil {
		return ins.replies.sayError(ctx, c, "find an inspection", err)
	}
	if c.verb == actAnswer && answer != visit.Awaited && !old.Lot.IsZero() { // of a message from before it had a sample
		ins.live.refreshSpot(c.team, c.user, c.spot())
		return ins.reportForm(ctx, c.caller, about, false, c.copy())
	}
	now := ins.o.Now()
	i, did, err := ins.report(ctx, ins.o.Store.By(c.user), c.team, c.user, old.Number, func(i *visit.Inspection) (bool, error) {
		switch {
		case c.verb == actUnanswer:
			return i.Unanswer(answer, now), nil
		case i.Answer(now) == answer:
			return false, nil
		case answer == visit.Awaited:
			return i.Await(c.user, now), nil
		case answer == visit.Passed, answer == visit.Failed:
			return i.Report(answer, "", c.user, now)
		}
		return false, fmt.Errorf("unknown answer %q", answer)
	})
	if err != nil {
		return ins.replies.sayError(ctx, c, "report a result", err)
	}
	words := p.T("That is noted for inspection %d.", i.Number)
	if !did {
		words = p.T("A colleague has already answered that. It stands on the card of inspection %d.", i.Number)
	}
	return ins.live.pressed(ctx, c, words)
}

// couldNotClick asks why an inspection could not be done, and for another day.
func (ins *inspections) couldNotClick(ctx context.Context, c click) error {
	p := ins.directory.printerNow(c.team, c.user)
	s := visit.Subject(c.about)
	return ins.replies.open(ctx, opening{c.caller, actCouldNot, c.about, p.T("Could not be done")}, func(ctx context.Context, team string) (*modal, error) {
		p := ins.directory.printer(ctx, team, c.user)
		i, err := ins.access.inspection(ctx, team, c.user, s)
		if err != nil {
			return nil, err
		}
		if !i.Open() {
			return &modal{title: p.T("Could not be done"), blocks: []slack.Block{blocks.Section(blocks.Escape(p.T("Inspection %d already has a result: %s.", i.Number, i.Result)))}}, nil
		}
		m := &modal{id: modalCouldNot, title: p.T("Could not be done"), submit: p.T("Save answer"), meta: meta{About: c.about, Spot: c.spot()}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(p.T("%s, on %s", i.Title(p.Printer), blocks.OnDay(p, i.Due)))),
			blocks.Input(fieldNote, p.T("Why could it not be done?"), blocks.TextInput("", p.T("The goods were not ready"), true)),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldDue, p.T("New day"), blocks.DayInput(p, ""))), p.T("Its reminders move to that day. Without one the inspection is skipped.")),
		}}
		if now := ins.access.readBy(ctx, i.Common()); now.ForAll() {
			m.blocks = append(m.blocks, readersInput(p, now))
		}
		return m, nil
	})
}

// submitCouldNot notes that an inspection could not be done, and gives it another day.
func (ins *inspections) submitCouldNot(ctx context.Context, s submission) ([]byte, error) {
	p := ins.directory.printer(ctx, s.team, s.user)
	old, err := ins.access.inspection(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	var to civil.Date
	if day := s.values.day(fieldDue); day != "" {
		if to, err = civil.Parse(day); err != nil {
			return nil, visit.Invalid(fieldDue, "Please pick a day.")
		}
	}
	now := ins.o.Now()
	i, did, err := ins.report(ctx, s.changing(ins.o.Store), s.team, s.user, old.Number, func(i *visit.Inspection) (bool, error) {
		did, err := i.Miss(s.values.text(fieldNote), to, s.user, now)
		i.NoteOpen = i.NoteOpen || did && s.values.picked(fieldReaders) == readersEveryone
		return did, err
	})
	if err != nil {
		return nil, err
	}
	ins.live.refreshSpot(s.team, s.user, s.meta.Spot)
	if !did {
		return updated(p, &modal{title: p.T("Could not be done"), blocks: []slack.Block{blocks.Section(blocks.Escape(p.T("A colleague has already reported the result: %s.", i.Result)))}}), nil
	}
	return nil, nil
}

// arrival is whether the team has arrived on a day of a visit, as it is now.
func (d *drawing) arrival(ctx context.Context, was *slack.SectionBlock, button *slack.ButtonBlockElement) (slack.Block, error) {
	s, day := cutDay(blocks.Subject(button.Value))
	a, err := d.seen(ctx, s)
	v, ok := a.(*visit.Visit)
	if !ok || err != nil {
		return was, err
	}
	here, err := d.o.Store.Arrival(ctx, d.team, v.Number, day)
	if err != nil && !errors.Is(err, visit.ErrNotFound) {
		return nil, err
	}
	now := arrivalLine(d.p, v, day, here.Mark)
	d.replaces(was, now)
	return now, nil
}
