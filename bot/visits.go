package bot

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// visits are the visits that a team prepares: their form, their lists and what their
// cards offer.
type visits struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	live      *live
	drafts    *drafts
	factories *factories
	contacts  *contacts

	drawing sync.Mutex // a page takes 20 ms and 28 MB while it is drawn: one at a time
}

// The verbs of visits. Each carries the subject that it is about.
const (
	actOpen     blocks.ActionID = "open" // of inspections and plans, too
	actPlan     blocks.ActionID = "plan"
	actEdit     blocks.ActionID = "edit"
	actList     blocks.ActionID = "list"
	actBrief    blocks.ActionID = "brief"
	actCalendar blocks.ActionID = "calendar"
	actCancel   blocks.ActionID = "cancel-visit"
	actRestore  blocks.ActionID = "restore-visit"
	actGoing    blocks.ActionID = "going" // whoever clicks travels, too
	actNotGoing blocks.ActionID = "not-going"
)

// The verbs of old messages for actOpen, of which each kind had one of its own.
const (
	actVisit      blocks.ActionID = "visit"
	actInspectOne blocks.ActionID = "inspection"
	actPlanShow   blocks.ActionID = "show-plan"
)

// nextCommand shows the visit that the channel prepares, if the person may see it;
// otherwise there are the topics.
func (vis *visits) nextCommand(ctx context.Context, q request) (*blocks.Message, error) {
	p := vis.directory.printer(ctx, q.team, q.user)
	v, err := vis.o.Store.NextVisit(ctx, q.team, q.channel, civil.Of(vis.o.Now().UTC().AddDate(0, 0, -1)))
	if errors.Is(err, visit.ErrNotFound) {
		return nil, errOtherwise
	}
	if err != nil {
		return nil, err
	}
	if !v.Active(vis.o.Now()) {
		return nil, errOtherwise
	}
	if err := vis.directory.canSee(ctx, q.team, q.user, q.channel); errors.Is(err, errNotColleague) {
		return nil, err
	} else if err != nil { // the topics are there, whatever Slack says
		return nil, errOtherwise
	}
	m := vis.words(p, vis.directory.zoneOf(ctx, q.team, q.user)).visitCard(q.guide, &v, insiders)
	m.Add(blocks.Actions(blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, p.T("All topics")), blocks.Button(actList, "0", p.T("All visits")), blocks.Button(actPlan, "", p.T("Plan a visit"))))
	return m, nil
}

func (vis *visits) listCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return vis.list(ctx, q.guide, q.caller, 0)
}

func (vis *visits) listClick(ctx context.Context, c click) error {
	p := vis.directory.printer(ctx, c.team, c.user)
	from, _ := strconv.Atoi(string(c.about))
	m, err := vis.list(ctx, vis.guide.Load().In(p), c.caller, from)
	return vis.replies.answerClick(ctx, c, vis.replies.orApologyTo(c.team, c.user, "list visits", m, err))
}

// list is a page of the visits that a person may see.
func (vis *visits) list(ctx context.Context, g *guide.Guide, who caller, from int) (*blocks.Message, error) {
	p := vis.directory.printer(ctx, who.team, who.user)
	vs, err := vis.access.upcoming(ctx, who.team, who.user, who.channel)
	if err != nil {
		return nil, err
	}
	closed, err := vis.o.Store.ClosedChannels(ctx, who.team)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Title(p.T("Visits"))
	if len(vs) == 0 {
		m.Say(p.T("No visits are planned in your channels."))
	}
	from = min(max(from, 0), max(len(vs)-1, 0))
	words := vis.words(p, vis.directory.zoneOf(ctx, who.team, who.user))
	for _, s := range vs[from:min(len(vs), from+pageRows)] {
		m.Add(words.visitLine(g, &s, who.on, closed[s.Channel]))
		m.Text.Line(p.T("Visit %d: %s, %s (%s), %s", s.Number, s.Factory.Name, blocks.Days(p, s.First, s.Last), countdown(p, &s.Visit, words.today(&s.Place)), s.Progress.Words(p.Printer)))
	}
	if from+pageRows >= len(vs) {
		past, err := vis.access.past(ctx, who, 0, pastRows)
		if err != nil {
			return nil, err
		}
		words.addPast(g, m, past)
	}
	var es []slack.BlockElement
	if from > 0 {
		es = append(es, blocks.Button(actList.With("back"), blocks.Subject(strconv.Itoa(max(from-pageRows, 0))), p.T("Earlier visits")))
	}
	if from+pageRows < len(vs) {
		es = append(es, blocks.Button(actList.With("on"), blocks.Subject(strconv.Itoa(from+pageRows)), p.T("Later visits")))
	}
	es = append(es, blocks.Button(actPlan, "", p.T("Plan a visit")))
	if who.on == guide.Home {
		es = append(es, blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, p.T("Back to Home")))
	}
	m.Add(blocks.Actions(es...))
	return m, nil
}

// pastRows is how many past visits a list shows: those that people still talk of.
const pastRows = 5

// addPast lists visits that are over, with what they came to. They are read by insiders.
func (wd *wording) addPast(g *guide.Guide, m *blocks.Message, past []store.Summary) {
	if len(past) == 0 {
		return
	}
	m.Add(blocks.Section(blocks.Bold(wd.p.T("Past visits"))))
	m.Text.Line(wd.p.T("Past visits:"))
	for _, s := range past {
		line := blocks.Bold(wd.p.T("Visit %d: %s", s.Number, s.Factory.Name)) + "\n" + blocks.Escape(blocks.Days(wd.p, s.First, s.Last)) + "\n" +
			wd.p.M("%s · Outcome: %s", wd.p.T(g.Template(s.Purpose).Title), s.Outcome.Verdict)
		if s.Outcome.Why != "" {
			line += "\n" + blocks.Escape(blocks.Clip(blocks.OneLine(s.Outcome.Why), 200))
		}
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actOpen, visitSubject(&s.Visit), wd.p.T("Show visit")))))
		m.Text.Line(wd.p.T("Visit %d: %s, %s, outcome: %s", s.Number, s.Factory.Name, blocks.Days(wd.p, s.First, s.Last), s.Outcome.Verdict))
	}
}

// visitLine is a visit in a list.
func (wd *wording) visitLine(g *guide.Guide, s *store.Summary, on guide.Surface, state store.ChannelState) slack.Block {
	line := blocks.Bold(wd.p.T("Visit %d: %s", s.Number, s.Factory.Name)) + "\n" +
		blocks.Escape(wd.p.T("%s, %s", blocks.Days(wd.p, s.First, s.Last), countdown(wd.p, &s.Visit, wd.today(&s.Place)))) + "\n" +
		wd.p.M("%s · %s · %s", wd.p.T(g.Template(s.Purpose).Title), s.Progress.Words(wd.p.Printer), channelOr(wd.p, s.Channel, state))
	open := blocks.Button(actOpen, visitSubject(&s.Visit), wd.p.T("Show visit"))
	if on == guide.Home && state == store.ChannelOpen {
		open = blocks.Button(actChecklist, visitSubject(&s.Visit), wd.p.T("Open checklist"))
	}
	return slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(open))
}

// A visitChange changes a visit for whoever clicked. said is what they read where others
// read the message that they clicked on too, and nothing else shows what happened.
type visitChange func(p blocks.Printer, c click, v *visit.Visit, now time.Time) (said *blocks.Message, err error)

// change changes the visit that a click names and shows it as it is then. In a modal that
// is the page that says that it is planned.
func (vis *visits) change(f visitChange) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		p := vis.directory.printer(ctx, c.team, c.user)
		return vis.changing(f, func(v *visit.Visit) *modal { return vis.words(p, "").planned(v, c.user) })(ctx, c)
	}
}

// changing runs f on the visit that a click names, and shows it as it is then; page is how a
// modal shows it.
func (vis *visits) changing(f visitChange, page func(*visit.Visit) *modal) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		p := vis.directory.printer(ctx, c.team, c.user)
		old, err := vis.access.visit(ctx, c.team, c.user, visit.Subject(c.about))
		if err != nil {
			return vis.replies.sayError(ctx, c, "find a visit", err)
		}
		var said *blocks.Message
		now := vis.o.Now()
		v, err := vis.o.Store.By(c.user).ChangeVisit(ctx, c.team, old.Number, now, func(v *visit.Visit) (err error) {
			said, err = f(p, c, v, now)
			return err
		})
		if err != nil {
			return vis.replies.sayError(ctx, c, "change a visit", err)
		}
		vis.live.changed(c.team, v.Subject(), append(concerned(&v), c.user)...)
		switch {
		case c.on == guide.InModal:
			return vis.replies.redraw(ctx, p, c.team, c.view, page(&v))
		case c.on == guide.Private || c.on == guide.Direct && c.ephemeral: // a card that only this person sees changes in its place
			return vis.replies.respond(ctx, c.url, blocks.Response{Message: vis.words(p, vis.directory.zoneOf(ctx, c.team, c.user)).shownVisit(vis.guide.Load().In(p), &v), ReplaceOriginal: true}.Encode())
		case vis.live.refresh(ctx, c):
		case said != nil:
			return vis.replies.replyPrivately(ctx, c, said)
		}
		return nil
	}
}

// cancelled cancels visits, or brings them back.
func (vis *visits) cancelled(yes bool) visitChange {
	return func(p blocks.Printer, c click, v *visit.Visit, now time.Time) (said *blocks.Message, err error) {
		did := false
		if yes {
			did, err = v.Cancel(c.user, now)
		} else {
			did = v.Restore()
		}
		return vis.unlessDone(p, did), err
	}
}

// unlessDone is what somebody reads whose click came after a colleague's.
func (vis *visits) unlessDone(p blocks.Printer, did bool) *blocks.Message {
	if did {
		return nil
	}
	return blocks.Said(p.T("A colleague has already done that."))
}

// travels puts whoever clicks on a visit, or takes them off it.
func (vis *visits) travels(yes bool) visitChange {
	return func(p blocks.Printer, c click, v *visit.Visit, _ time.Time) (*blocks.Message, error) {
		var did bool
		var said *blocks.Message
		if yes {
			did, said = v.Join(c.user), blocks.Said(p.T("You are on visit %d again.", v.Number))
		} else {
			did, said = v.Leave(c.user), blocks.Said(p.T("You are not on visit %d any more.", v.Number))
			said.Add(blocks.Actions(blocks.Button(actGoing, visitSubject(v), p.T("I'm going"))))
		}
		if !did && yes {
			said = blocks.Said(p.T("You are on visit %d already.", v.Number))
		} else if !did {
			said = blocks.Said(p.T("You are not on visit %d, so nothing has changed.", v.Number))
		}
		return said, v.Check()
	}
}

// visitCard is a visit on one screen, with what can be done.
func (wd *wording) visitCard(g *guide.Guide, v *visit.Visit, to audience) *blocks.Message {
	if v.Unannounced && to != insiders { // the channel has come to be read by others since
		return blocks.Said(wd.p.T("This is not shown while another company can read here."))
	}
	m := new(blocks.Message)
	today := wd.today(&v.Place)
	m.Title(wd.p.T("Visit %d: %s", v.Number, v.Factory.Name))
	when := blocks.Days(wd.p, v.First, v.Last)
	where := blocks.Escape(cmp.Or(v.Factory.City, "—"))
	if v.Factory.Chinese != "" {
		where = blocks.Escape(v.Factory.Chinese)
		if v.Factory.City != "" {
			where = wd.p.M("%s, %s", where, v.Factory.City)
		}
	}
	done := progress(v.Items, to).Words(wd.p.Printer)
	fields := []*slack.TextBlockObject{
		blocks.Mrkdwn(blocks.Bold(wd.p.T("When")) + "\n" + blocks.Escape(wd.dated(when, blocks.Sentence(countdown(wd.p, v, today)), "%s\n%s"))),
		blocks.Mrkdwn(blocks.Bold(wd.p.T("Where")) + "\n" + where),
		blocks.Mrkdwn(blocks.Bold(wd.p.T("Purpose")) + "\n" + blocks.Escape(purposeFor(wd.p, g, v, to))),
		blocks.Mrkdwn(blocks.Bold(wd.p.T("Checklist")) + "\n" + blocks.Escape(done)),
	}
	if len(v.People) > 0 {
		fields = append(fields, blocks.Mrkdwn(blocks.Bold(wd.p.T("Who"))+"\n"+blocks.Markup(blocks.ClipNames(who(wd.p, v.People), 1900))))
	}
	m.Add(slack.NewSectionBlock(nil, fields, nil))
	m.Text.Line(wd.dated(when, countdown(wd.p, v, today), "%s, %s"))
	if v.Unannounced {
		m.Say(wd.p.T("Unannounced: the factory does not know about it, and should not hear of it from you."))
	}
	m.Text.Line(wd.p.T("%s. Checklist: %s", purposeFor(wd.p, g, v, to), done))
	if w := whoPlain(wd.p, v.People); w != "" {
		m.Text.Line(wd.p.T("Who: %s", w))
	}
	if v.Cancelled.IsSet() {
		m.Add(blocks.Section(wd.p.M("%s cancelled this visit. No reminders are sent.", blocks.Mention(v.Cancelled.By))))
		m.Text.Line(wd.p.T("This visit is cancelled. No reminders are sent."))
		m.Add(blocks.Actions(blocks.Button(actRestore, visitSubject(v), wd.p.T("Restore visit")), blocks.Button(actChecklist, visitSubject(v), wd.p.T("Open checklist"))))
		return m
	}
	if v.First.After(today.there) {
		wd.addNotes(m, wd.daysNotes(v))
	}
	wd.addOutcome(m, v, to)
	if next, ok := nextMilestone(wd.p, v, to); ok && !v.Over(wd.o.Now()) {
		m.Add(blocks.Note(blocks.Escape(next)))
		m.Text.Line(next)
	}
	m.Add(blocks.Actions(wd.visitButtons(v, to)...))
	m.Add(blocks.Note(wd.p.M("Planned by %s · Dates in the factory's time zone, %s", blocks.Mention(v.Owner), v.Zone)))
	return m
}

// visitButtons are what can be done with a visit that is not cancelled.
func (wd *wording) visitButtons(v *visit.Visit, to audience) []slack.BlockElement {
	about := visitSubject(v)
	es := []slack.BlockElement{
		blocks.Button(actChecklist, about, wd.p.T("Open checklist")),
		blocks.Button(actAdd, about, wd.p.T("Add item")),
		blocks.Button(actEdit, about, wd.editLabel(v)),
		blocks.Button(actBrief, about, wd.p.T("Send me the brief")),
		blocks.Button(actCalendar, about, wd.p.T("Calendar file")),
	}
	if to == insiders && !v.Unannounced && v.First.After(v.Today(wd.o.Now())) {
		es = append(es, hostButton(wd.p, v))
	}
	if to == insiders && !v.First.After(v.Today(wd.o.Now())) {
		es = append(es, blocks.Button(actAddFinding, about, wd.p.T("Add finding")), blocks.Button(actSignedOn, about, wd.p.T("Signed on the visit")))
	}
	if to == insiders && visit.MayReport(v, false, wd.o.Now()) == nil {
		es = append(es, wd.reportButton(v))
	}
	if v.Over(wd.o.Now()) {
		return append(es, wd.outcomeButton(v, to))
	}
	if slices.ContainsFunc(v.People, func(p visit.Person) bool { return p.User != "" }) {
		es = append(es, blocks.Button(actNotGoing, about, wd.p.T("I'm not going")))
	}
	return append(es, blocks.Confirmed(blocks.Button(actCancel, about, wd.p.T("Cancel visit")), wd.p.T("Cancel this visit?"), wd.p.T("Its reminders won't be sent. You can restore it from its card."), wd.p.T("Keep visit")))
}

// editLabel names the button that edits a visit. One that was just planned lacks what its
// form does not ask for.
func (wd *wording) editLabel(v *visit.Visit) string {
	if v.Agenda == "" && len(v.People) == 1 && v.Travels(v.Owner) && !v.Over(wd.o.Now()) {
		return wd.p.T("Add people, agenda…")
	}
	return wd.p.T("Edit visit")
}

// daysNotes are what China's calendar has to do with the days of a visit.
func (wd *wording) daysNotes(v *visit.Visit) []string {
	notes := wd.o.CalendarNotes(wd.p.Printer, v.First, v.Last)
	if wd.o.Calendar != nil {
		if busy := wd.o.Calendar.Busy(wd.p.Printer, v.First, v.Last); busy != "" {
			notes = append(notes, busy)
		}
	}
	return notes
}

// nextMilestone says what is to be done next.
func nextMilestone(p blocks.Printer, v *visit.Visit, to audience) (string, bool) {
	for _, ms := range v.Items.OpenDays(v.Days()) {
		open := 0
		for i := range v.Items {
			if it := &v.Items[i]; it.Falls(v.Days()) == ms && it.Open() && (to == insiders || !it.Sensitive) {
				open++
			}
		}
		switch by := blocks.OnDay(p, v.DueDay(ms)); {
		case open == 1:
			return p.T("Next: 1 item, %s (by %s)", ms.Label(p.Printer), by), true
		case open > 1:
			return p.T("Next: %d items, %s (by %s)", open, ms.Label(p.Printer), by), true
		}
	}
	return "", false
}
