package bot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/letter"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// remindedActions is how many actions a reminder and the daily message list; the list has the
// rest.
const remindedActions = 10

// isOfActions reports whether an occurrence is a reminder of actions.
func isOfActions(k visit.Kind) bool { return k == visit.RemindAction || k == visit.ActionOverdue }

// actionsDue are the actions that a reminder tells of now, also instead of those before it that
// were never sent; none where all of it is settled.
func (rm *Reminders) actionsDue(ctx context.Context, o *visit.Occurrence) ([]visit.ActionDue, error) {
	as, err := rm.o.Store.Actions(ctx, o.Workspace, store.ActionFilter{Subject: o.Subject, Agreed: true})
	if err != nil {
		return nil, err
	}
	rows, err := rm.o.Store.Occurrences(ctx, o.Workspace, store.OccurrenceFilter{Subject: o.Subject, Until: o.Due})
	if err != nil {
		return nil, err
	}
	return o.ActionsAt(as, &rm.o.Timing, o.MissedActions(rows, rm.o.Now())...), nil
}

// actionsTo is where a reminder of actions goes, and what of it is for who reads there: to the
// person whom it is for while they may see it, else under the card in the channel. Where another
// company reads that, it goes to the reviewer instead, or to whoever planned the work where
// there are several. An empty one is nobody.
func (rm *Reminders) actionsTo(ctx context.Context, o *visit.Occurrence, due []visit.ActionDue) (string, []visit.ActionDue, error) {
	var people []string
	if visit.IsPerson(o.To) {
		people = []string{o.To}
	} else if to, err := rm.directory.readers(ctx, o.Workspace, o.To); err != nil || to == insiders {
		return o.To, due, err
	}
	for _, d := range due {
		if r := d.Action.Reviewer; r != "" && !slices.Contains(people, r) {
			people = append(people, r)
		}
	}
	if len(people) > 1 && !visit.IsPerson(o.To) {
		people = append([]string{due[0].Owner}, people...)
	}
	for _, p := range append(people, due[0].Owner) {
		if p == "" {
			continue
		}
		var theirs []visit.ActionDue
		for _, d := range due { // those of a factory alone may belong to several channels
			err := rm.access.mayRead(ctx, o.Workspace, p, &d.Finding)
			if err == nil {
				theirs = append(theirs, d)
			} else if !errors.Is(err, errNotYours) {
				return "", nil, err
			}
		}
		if len(theirs) > 0 {
			return p, theirs, nil
		}
	}
	return "", nil, nil
}

// actionReminder words a reminder of actions; nil where there is nothing to say any more. What
// it tells, to whom and under which card follow from the state of this moment, in this order.
func (rm *Reminders) actionReminder(ctx context.Context, o *visit.Occurrence) (*posting, error) {
	due, err := rm.actionsDue(ctx, o)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	to, due, err := rm.actionsTo(ctx, o, due)
	if err != nil || to == "" {
		return nil, err
	}
	o.To = to
	p := rm.directory.printerOf(ctx, o.Workspace, to) // of whoever reads it, and that may be another than was planned
	place := &posting{}
	title := due[0].Finding.Factory
	if kind, _ := o.Subject.Cut(); kind == visit.OfVisit || kind == visit.OfInspection {
		a, err := rm.o.Store.Appointment(ctx, o.Workspace, o.Subject)
		if err != nil {
			return nil, err
		}
		if a.Common().Card == "" && !visit.IsPerson(to) {
			if wait, err := rm.live.cardFirst(ctx, o.Workspace, o.Subject); wait || err != nil {
				return nil, cmp.Or(err, errCardFirst)
			}
		}
		title, place.thread = a.Title(p.Printer), a.Common().Card
	}
	var late []visit.ActionOf
	for _, d := range due {
		if slices.Contains(d.Points, visit.PointOwner) || d.Action.Escalates(o.Day) {
			late = append(late, d.ActionOf)
		}
	}
	ladders, err := rm.access.ladders(ctx, o.Workspace, to, late)
	if err != nil {
		return nil, err
	}
	place.Message = rm.words(p, "").actionsDue(title, due, o.Day, ladders)
	if !visit.IsPerson(to) {
		var people []string
		for _, d := range due {
			if p := cmp.Or(d.Action.Reviewer, d.Owner); p != "" && !slices.Contains(people, p) {
				people = append(people, p)
			}
		}
		if err := rm.name(ctx, place.Message, people, people, o); err != nil {
			return nil, err
		}
	}
	fewer(p, place.Message, blocks.Subject(o.Subject))
	return place, nil
}

// actionsDue lists what is due of the actions of one visit, inspection or factory.
func (wd *wording) actionsDue(title string, due []visit.ActionDue, on civil.Date, ladders []ladder) *blocks.Message {
	p, m := wd.p, new(blocks.Message)
	head := p.T("%s: corrective actions", title)
	heading(m, head)
	var options []*slack.OptionBlockObject
	escalates := false
	for _, d := range due[:min(len(due), remindedActions)] {
		line := blocks.Bold(findingHead(p, &d.Finding)) + "\n" + blocks.Escape(actionState(p, &d.ActionOf, on))
		for _, point := range d.Points {
			if words := wd.pointWords(&d.ActionOf, point); words != "" {
				line += " · " + blocks.Escape(words)
			}
		}
		if d.Finding.Text != "" {
			line += "\n" + blocks.Escape(blocks.Clip(blocks.OneLine(d.Finding.Text), 200))
		}
		m.Add(weChatLine(p, line, &d.ActionOf, textReminder))
		m.Text.Line(p.T("%s, %s", findingHead(p, &d.Finding), actionState(p, &d.ActionOf, on)))
		options = append(options, blocks.Option(findingSubject(d.Finding.Number), blocks.Clip(findingHead(p, &d.Finding), 70)))
		escalates = escalates || d.Action.Escalates(on)
	}
	if more := len(due) - remindedActions; more > 0 {
		m.Say(p.T("And %d more.", more))
	}
	es := []slack.BlockElement{blocks.Choice(p, string(actOpenFinding), p.T("Open finding"), "", options)}
	addLadders(p, m, ladders)
	if escalates {
		es = wd.escalation(m, es)
	}
	m.Add(blocks.Actions(es...))
	return m
}

// escalation adds what helps where a reminder does not any more.
func (wd *wording) escalation(m *blocks.Message, es []slack.BlockElement) []slack.BlockElement {
	m.Say(wd.p.T("Something here is late by more than two weeks, or was not enough twice. A further reminder seldom helps; the next step of your ladder may."))
	if b := wd.adviceButton(escalationAdvice); b != nil {
		es = append(es, b)
	}
	return es
}

// A ladder is whom to turn to because of actions at one factory that are late, by the agreement
// with it.
type ladder struct {
	factory string
	of      visit.Agreement
}

// ladders are whom to turn to because of some actions, by the agreements that hold and that the
// reader may see: a person those of their channels, a channel its own.
func (acc *access) ladders(ctx context.Context, team, reader string, as []visit.ActionOf) (ls []ladder, err error) {
	for _, a := range as {
		if a.At == 0 || slices.ContainsFunc(ls, func(l ladder) bool { return l.of.Factory.Number == a.At }) {
			continue
		}
		var agreed []visit.Agreement
		if visit.IsPerson(reader) {
			agreed, err = acc.agreements(ctx, caller{team: team, user: reader}, a.At, false)
		} else {
			agreed, err = acc.o.Store.Agreements(ctx, team, store.Filter{Channels: []string{reader}, Factory: a.At}, acc.o.Now())
		}
		if err != nil {
			return nil, err
		}
		if of, ok := visit.AgreedTalk(agreed, a.Place.Today(acc.o.Now())); ok {
			ls = append(ls, ladder{a.Finding.Factory, of})
		}
	}
	return ls, nil
}

// addLadders says whom to turn to at each factory and on our side, and what was agreed on answers.
func addLadders(p blocks.Printer, m *blocks.Message, ls []ladder) {
	for _, l := range ls {
		t := &l.of.Talk
		lines := []string{p.T("%s, by agreement %d:", l.factory, l.of.Number)}
		if t.TheirLadder != "" {
			lines = append(lines, p.T("At the factory, turn to: %s", t.TheirLadder))
		}
		if t.OurLadder != "" {
			lines = append(lines, p.T("On our side, it goes to: %s", t.OurLadder))
		}
		if t.AnswerHours > 0 {
			lines = append(lines, answerWords(p, t.AnswerHours))
		}
		m.Add(blocks.Section(blocks.Bold(lines[0]) + "\n" + blocks.Escape(strings.Join(lines[1:], "\n"))))
		m.Text.Lines(strings.Join(lines, "\n"))
	}
}

// answerWords say within which time an answer was agreed. Whole days are working days: nobody is
// to answer on a Sunday.
func answerWords(p blocks.Printer, hours int) string {
	switch days := hours / 24; {
	case hours == 1:
		return p.T("They agreed to answer within 1 hour.")
	case hours%24 != 0:
		return p.T("They agreed to answer within %d hours.", hours)
	case days == 1:
		return p.T("They agreed to answer within 1 working day.")
	default:
		return p.T("They agreed to answer within %d working days.", days)
	}
}

// pointWords say why an action stands in a reminder, where its state does not.
func (wd *wording) pointWords(a *visit.ActionOf, point visit.ActionPoint) string {
	p := wd.p
	switch point {
	case visit.PointAnswer:
		if of, _, ok := a.AgreedAnswer(&wd.o.Timing); ok {
			return p.T("No answer yet. %s", answerWords(p, of.Talk.AnswerHours))
		}
	case visit.PointContain:
		return p.T("ask what becomes of this lot")
	case visit.PointOwner:
		return p.T("you planned this, so please have a look")
	case visit.PointClaim:
		return p.T("a claim must be made by %s", blocks.FullDay(p, a.Finding.ClaimBy))
	}
	return ""
}

// weChatLine is a line about an action, with the button to a text for the factory where there
// is one.
func weChatLine(p blocks.Printer, line blocks.Markup, a *visit.ActionOf, which string) slack.Block {
	if !a.Finding.ForFactory || !a.Action.State.WithFactory() {
		return blocks.Section(line)
	}
	return slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actWeChat.With(strconv.Itoa(a.Finding.Number)), weChatSubject(a, which), p.T("Text for WeChat"))))
}

// weChatSubject is what the button to a text for the factory carries: which text of which
// finding, and how its action stood, so that a button from before does not give another text.
func weChatSubject(a *visit.ActionOf, which string) blocks.Subject {
	return findingSubject(a.Finding.Number) + ":" + blocks.Subject(which+":"+standsAt(a))
}

// standsAt is what the texts about an action follow from: its state, its day, whether it is still to
// be said what becomes of its lot, and what lacks.
func standsAt(a *visit.ActionOf) string {
	s := &a.Action.ActionFacts
	at := string(s.State) + "." + s.Due.String()
	if !a.ContainBy().IsZero() {
		at += ".lot"
	}
	if s.Lacks != "" {
		sum := sha256.Sum256([]byte(s.Lacks))
		at += "." + hex.EncodeToString(sum[:4])
	}
	return at
}

// fits reports whether a text still says what is so. Buttons from before they carried how the action
// stood have none.
func fits(a *visit.ActionOf, which, stood string) bool {
	s := &a.Action.ActionFacts
	if stood != "" && stood != standsAt(a) {
		return false
	}
	switch which {
	case textAskAgain:
		return s.State == visit.ActionOpen && s.Lacks != ""
	case textNotEnough:
		return s.State == visit.ActionAgreed && s.Lacks != ""
	case textVerified:
		return s.State == visit.ActionVerified
	}
	return s.State.WithFactory()
}

// actions are, in the first message of a week, the actions that are late and that the person
// follows or whose visit they planned.
func (dl *daily) actions(ctx context.Context, d *dailyOf, m *blocks.Message) error {
	if !dl.o.Timing.BeginsWeek(d.on, d.words.zone) {
		return nil
	}
	var late []visit.ActionOf
	for _, a := range d.Actions {
		if a.LateOn(d.on) || a.Action.Escalates(d.on) {
			late = append(late, a)
		}
	}
	if len(late) == 0 {
		return nil
	}
	shown := late[:min(len(late), dailyItems)]
	ladders, err := dl.access.ladders(ctx, d.team, d.person, slices.DeleteFunc(slices.Clone(shown), func(a visit.ActionOf) bool { return !a.Action.Escalates(d.on) }))
	if err != nil {
		return err
	}
	p := d.words.p
	heading(m, p.T("Corrective actions that are late"))
	escalates := false
	for _, a := range shown {
		m.Add(weChatLine(p, actionLine(p, &a, d.on), &a, textReminder))
		m.Text.Line(p.T("%s, %s", findingHead(p, &a.Finding), actionState(p, &a, d.on)))
		escalates = escalates || a.Action.Escalates(d.on)
	}
	if more := len(late) - dailyItems; more > 0 {
		m.Say(p.T("And %d more.", more))
	}
	addLadders(p, m, ladders)
	es := []slack.BlockElement{blocks.Button(actActions, actionList{which: overdueActions}.value(), p.T("Show actions"))}
	if escalates {
		es = d.words.escalation(m, es)
	}
	m.Add(blocks.Actions(es...))
	return nil
}

// The texts for WeChat.
const (
	textReminder  = "remind"
	textAskAgain  = "ask_again"
	textNotEnough = "not_enough"
	textVerified  = "verified"
)

// textAfter is the text that tells the factory of a step; empty where there is none.
func textAfter(k visit.StepKind) string {
	switch k {
	case visit.StepAskAgain:
		return textAskAgain
	case visit.StepNotEnough:
		return textNotEnough
	case visit.StepVerify:
		return textVerified
	case visit.StepDue:
		return textReminder
	}
	return ""
}

// maxAbout is how long the words of a finding are that stand in a text to name it.
const maxAbout = 40

// told is the last letter that was sent of a finding; the zero one where there is none.
func (fu *followUps) told(ctx context.Context, f *visit.Finding) (visit.Letter, error) {
	if !f.OfWork() {
		return visit.Letter{}, nil
	}
	ls, err := fu.o.Store.Letters(ctx, f.Workspace, f.Subject)
	if n := slices.IndexFunc(ls, func(l visit.Letter) bool { return l.Sent.IsSet() && slices.Contains(l.Findings, f.Number) }); n >= 0 {
		return ls[n], err
	}
	return visit.Letter{}, err
}

// topic is what a text for the factory is about, from what the factory may know of it. It is
// addressed as told is, the letter that told of it, and has the number that it has there, or none:
// ours means nothing to the factory.
func topic(a *visit.ActionOf, told *visit.Letter, in letter.Lang) letter.Topic {
	f, s := &a.Finding, &a.Action.ActionFacts
	to := letter.Text{EN: cmp.Or(s.SaidBy, told.To.EN, told.To.ZH, "everyone"), ZH: cmp.Or(s.SaidBy, told.To.ZH, told.To.EN, "各位")}
	if to.EN == told.To.EN && told.To.ZH != "" {
		to.ZH = told.To.ZH
	}
	number := slices.Index(told.Findings, f.Number) + 1
	short := func(text string, most int) string {
		if text = blocks.OneLine(text); utf8.RuneCountInString(text) > most {
			return ""
		}
		return text
	}
	// Without its Chinese the Chinese text does without: nothing is translated.
	about := letter.Text{ZH: short(f.TextZH, maxAbout/2)}
	if in == letter.English {
		about = letter.Text{EN: short(f.Text, maxAbout)}
	}
	return letter.Topic{To: to, Day: civil.Of(f.At.In(zoneOr(a.Place.Zone))), N: number, About: about, Due: s.Due,
		Agreed: s.State == visit.ActionAgreed, Lot: !a.ContainBy().IsZero()}
}

// textFor is a text to the factory about an action.
func textFor(b *letter.Book, a *visit.ActionOf, told *visit.Letter, which string, today civil.Date, in letter.Lang) string {
	t, lacks := topic(a, told, in), letter.Text{EN: a.Action.Lacks, ZH: a.Action.Lacks}
	switch {
	case which == textAskAgain && a.Action.Lacks != "":
		return b.AskAgain(lacks, in)
	case which == textNotEnough && a.Action.Lacks != "":
		return b.NotEnough(t, lacks, in)
	case which == textVerified:
		return b.Verified(t, in)
	}
	return b.Reminder(t, today, in)
}

// weChat shows a text for the factory to whoever clicked, in both languages. Each is a message
// of its own with nothing else in it, so that a phone copies exactly it.
func (fu *followUps) weChat(ctx context.Context, c click) error {
	number, chosen := cutFinding(c.about)
	which, stood, _ := strings.Cut(chosen, ":")
	a, err := fu.action(ctx, c.team, c.user, number)
	if err != nil {
		return fu.replies.sayError(ctx, c, "make a text for WeChat", err)
	}
	p, book := fu.directory.printer(ctx, c.team, c.user), fu.letters.Load()
	if !a.Finding.ForFactory || !a.Finding.HasAction() {
		return fu.replies.sayError(ctx, c, "make a text for WeChat", visit.Invalid("for_factory", "Finding %d is only for us, so there is no text for the factory.", number))
	}
	if !fits(&a, which, stood) {
		return fu.outdated(ctx, c, &a)
	}
	told, err := fu.told(ctx, &a.Finding)
	if err != nil {
		return fu.replies.sayError(ctx, c, "make a text for WeChat", err)
	}
	m := new(blocks.Message)
	m.Say(p.T("For finding %d, in Chinese and in English. Copy one, change it as you like, and send it by WeChat.", number))
	if book.Draft(letter.WeChat) {
		m.Add(blocks.Note(blocks.Escape(draftWording(p))))
	}
	if err := fu.replies.replyPrivately(ctx, c, m); err != nil {
		return err
	}
	today := a.Place.Today(fu.o.Now())
	for _, in := range letter.Langs() {
		if err := fu.replies.onlyText(ctx, c, textFor(book, &a, &told, which, today, in)); err != nil {
			return err
		}
	}
	if c.view == "" {
		return nil
	}
	return fu.replies.redraw(ctx, p, c.team, c.view, &modal{title: p.T("Text for WeChat"), blocks: []slack.Block{blocks.Section(p.M("It stands in our direct message, in Chinese and in English, so that you can copy it there."))}})
}

// outdated says that an action has changed since a button to a text for the factory was made, and
// how it stands, with the text that fits now where there is one.
func (fu *followUps) outdated(ctx context.Context, c click, a *visit.ActionOf) error {
	p := fu.directory.printer(ctx, c.team, c.user)
	m := blocks.Said(p.T("Finding %d has changed since then, so that text is out of date.", a.Finding.Number))
	m.Say(actionState(p, a, a.Place.Today(fu.o.Now())))
	es := []slack.BlockElement{openFindingButton(p, a.Finding.Number)}
	if a.Action.State.WithFactory() {
		es = append(es, blocks.Button(actWeChat.With("now"), weChatSubject(a, textReminder), p.T("Text for WeChat")))
	}
	m.Add(blocks.Actions(es...))
	if c.view != "" {
		return fu.replies.redraw(ctx, p, c.team, c.view, &modal{title: p.T("Text for WeChat"), blocks: m.Blocks})
	}
	return fu.replies.replyPrivately(ctx, c, m)
}

// onlyText shows whoever clicked a message that is nothing but a text, as it is.
func (r *replies) onlyText(ctx context.Context, c click, text string) error {
	if c.on == guide.Home || c.url == "" {
		return r.postText(ctx, c.team, c.user, text)
	}
	body := map[string]any{"text": blocks.Escape(text), "response_type": slack.ResponseTypeEphemeral, "mrkdwn": false}
	if c.threadTS != "" {
		body["thread_ts"] = c.threadTS
	}
	return r.respond(ctx, c.url, blocks.MustJSON(body))
}
