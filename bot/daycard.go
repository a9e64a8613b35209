package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// The verbs of a visit's day. The value of the first two names the visit and the day:
// "visit/12:2027-03-15".
const (
	actArrive   blocks.ActionID = "arrive"
	actUnarrive blocks.ActionID = "unarrive"
	actLogNote  blocks.ActionID = "log-note"
)

// modalLogNote takes a note about a visit.
const modalLogNote modalID = "log-note"

func daySubject(s visit.Subject, d civil.Date) blocks.Subject {
	return blocks.Subject(string(s) + ":" + d.String())
}

// cutDay undoes daySubject.
func cutDay(s blocks.Subject) (visit.Subject, civil.Date) {
	about, day, _ := strings.Cut(string(s), ":")
	d, err := civil.Parse(day)
	if err != nil {
		return "", civil.Date{}
	}
	return visit.Subject(about), d
}

// driverLine asks a driver to go to the address below it.
const driverLine = "请送我去这个地址："

// maxLarge is how much of an address stands in large letters: Slack's limit for a header.
const maxLarge = 150

// dayCard is what a team needs on a day of its visit: where, when, with whom, what is
// planned and what is to be done. Where another company reads along it says no more than
// what they know: the place, the day and the lines that they may read.
func (wd *wording) dayCard(v *visit.Visit, o *visit.Occurrence, to audience) *blocks.Message {
	p, f := wd.p, &v.Factory
	m := new(blocks.Message)
	head := p.T("%s: %s", v.Title(p.Printer), blocks.OnDay(p, o.Day))
	if days := v.Last.Sub(v.First) + 1; days > 1 {
		head = p.T("%s: day %d of %d, %s", v.Title(p.Printer), o.Day.Sub(v.First)+1, days, blocks.OnDay(p, o.Day))
	}
	m.Add(blocks.Section(blocks.Bold(head)))
	m.Text.Line(head)
	wd.driver(m, f, to)
	var about []*slack.TextBlockObject
	if to == insiders && f.Contacts != "" {
		about = append(about, blocks.Mrkdwn(blocks.Bold(p.T("At the factory"))+"\n"+blocks.ClipLines(blocks.Escape(f.Contacts), 1900)))
		m.Text.Line(p.T("At the factory: %s", blocks.OneLine(f.Contacts)))
	}
	if len(v.People) > 0 {
		about = append(about, blocks.Mrkdwn(blocks.Bold(p.T("Who"))+"\n"+blocks.Markup(blocks.ClipNames(who(p, v.People), 1900))))
	}
	if len(about) > 0 {
		m.Add(slack.NewSectionBlock(nil, about, nil))
	}
	if agenda := v.AgendaOn(o.Day); agenda != "" && to == insiders {
		m.Add(blocks.Section(blocks.Bold(p.T("Today")) + "\n" + blocks.ClipLines(blocks.Escape(agenda), 2900)))
		m.Text.Line(p.T("Today: %s", blocks.OneLine(agenda)))
	}
	emergency := p.M("Emergency: police 110, ambulance 120, fire 119.")
	if i := slices.IndexFunc(v.People, interprets); i >= 0 {
		emergency = p.M("%s Interpreter: %s.", emergency, who(p, []visit.Person{{User: v.People[i].User, Name: v.People[i].Name}}))
	}
	m.Add(blocks.Note(emergency))
	m.Text.Line(p.T("Emergency: police 110, ambulance 120, fire 119."))
	due := wd.itemsDue(v, o, to)
	due.next = ""
	addItems(p, m, v, &due, o.To)
	m.Add(arrivalLine(p, v, o.Day, visit.Mark{}))
	m.Add(blocks.Actions(
		blocks.Button(actAddFinding, visitSubject(v), p.T("Add finding")),
		blocks.Button(actLogNote, visitSubject(v), p.T("Log a note")),
		blocks.Button(actChecklist, visitSubject(v), p.T("Open checklist")),
		blocks.Button(actBrief, visitSubject(v), p.T("Send me the brief")),
	))
	return m
}

// driver shows where to go: large enough to be held under a driver's eyes, and once more as
// text that can be copied.
func (wd *wording) driver(m *blocks.Message, f *visit.Factory, to audience) {
	p := wd.p
	if f.Address == "" {
		words := p.T("There is no Chinese address yet. A driver may not be able to read an English one.")
		section := slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(factoryLabel(p, f))+"\n"+blocks.Escape(words)), nil, nil)
		if to == insiders {
			section.Accessory = slack.NewAccessory(blocks.Button(actFactory, factorySubject(f.Number), p.T("Add address")))
		}
		m.Add(section)
		m.Text.Line(words)
		return
	}
	for large := range slices.Chunk([]rune(blocks.OneLine(f.Address)), maxLarge) {
		m.Add(blocks.Header(string(large)))
	}
	line := blocks.Bold(p.T("For the driver:")) + " " + driverLine + "\n" + blocks.Escape(strings.TrimSpace(f.Chinese+"\n"+f.Address))
	m.Add(blocks.Section(line))
	m.Text.Line(p.T("For the driver: %s", driverLine+f.Address))
}

// interprets reports whether somebody is the interpreter, by the role that people gave.
func interprets(p visit.Person) bool {
	role := strings.ToLower(p.Role)
	for _, word := range []string{"interpret", "translat", "dolmetsch", "翻译", "翻譯", "口译"} {
		if strings.Contains(role, word) {
			return true
		}
	}
	return false
}

// arrivalLine asks whether the team has arrived, or says who told so and when.
func arrivalLine(p blocks.Printer, v *visit.Visit, day civil.Date, here visit.Mark) *slack.SectionBlock {
	about := daySubject(v.Subject(), day)
	if !here.IsSet() {
		return slack.NewSectionBlock(blocks.Mrkdwn(p.M("Have you arrived? Let your colleagues know.")), nil, slack.NewAccessory(blocks.Button(actArrive, about, p.T("We are here"))))
	}
	at := blocks.Time(p, here.At.In(zoneOr(v.Zone)), "15:04")
	line := p.M("~We are here~ – %s at %s, factory time", blocks.Mention(here.By), at)
	return slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actUnarrive, about, p.T("Undo"))))
}

// arriveClick notes in the visit's thread that the team has arrived.
func (vis *visits) arriveClick(ctx context.Context, c click) error {
	p := vis.directory.printer(ctx, c.team, c.user)
	s, day := cutDay(c.about)
	v, err := vis.access.visit(ctx, c.team, c.user, s)
	if err != nil {
		return vis.replies.sayError(ctx, c, "find a visit", err)
	}
	now := vis.o.Now()
	switch today := v.Today(now); {
	case !v.Open():
		return vis.replies.replyPrivately(ctx, c, blocks.Said(p.T("Visit %d is cancelled, so nobody is told. Restore the visit first.", v.Number)))
	case today != day:
		return vis.replies.replyPrivately(ctx, c, blocks.Said(p.T("This card is for %s, and at the factory it is %s. Please press the button on the card of that day.", blocks.OnDay(p, day), blocks.OnDay(p, today))))
	}
	a, did, err := vis.o.Store.Arrive(ctx, store.Arrival{Workspace: c.team, Visit: v.Number, Day: day, Mark: visit.Mark{By: c.user, At: now}})
	if err != nil {
		return vis.replies.sayError(ctx, c, "note an arrival", err)
	}
	if did && v.Card != "" && vis.mayTell(ctx, c.team, v) {
		all, m := vis.directory.channelPrinter(ctx, c.team), new(blocks.Message)
		m.Add(blocks.Section(vis.arrived(all, v, &a)))
		m.Text.Line(all.T("The team has arrived at %s.", v.Factory.Name))
		if _, a.TS, err = vis.api(ctx, c.team).PostMessageContext(ctx, v.Channel, postOptions(m, v.Card)...); err == nil {
			err = vis.o.Store.NoteArrival(ctx, a)
		}
		if err != nil {
			vis.log.Warn("could not note an arrival in the visit's thread", "subject", string(v.Subject()), "err", err)
		}
	}
	words := p.T("Your colleagues know now.")
	if !did {
		words = p.T("A colleague has already said so.")
	}
	return vis.live.pressed(ctx, c, words)
}

// mayTell reports whether an arrival may stand in the thread of a visit.
func (vis *visits) mayTell(ctx context.Context, team string, v *visit.Visit) bool {
	if !v.Unannounced {
		return true
	}
	to, err := vis.directory.readers(ctx, team, v.Channel)
	return err == nil && to == insiders
}

// arrived says who is where since when.
func (vis *visits) arrived(p blocks.Printer, v *visit.Visit, a *store.Arrival) blocks.Markup {
	at := blocks.Time(p, a.At.In(zoneOr(v.Zone)), "15:04")
	return p.M("%s: we are at %s. It is %s there, on %s.", blocks.Mention(a.By), v.Factory.Name, at, blocks.OnDay(p, a.Day))
}

// unarriveClick takes back that the team has arrived.
func (vis *visits) unarriveClick(ctx context.Context, c click) error {
	p := vis.directory.printer(ctx, c.team, c.user)
	s, day := cutDay(c.about)
	v, err := vis.access.visit(ctx, c.team, c.user, s)
	if err != nil {
		return vis.replies.sayError(ctx, c, "find a visit", err)
	}
	a, did, err := vis.o.Store.Unarrive(ctx, c.team, v.Number, day)
	if err != nil {
		return vis.replies.sayError(ctx, c, "take an arrival back", err)
	}
	if did && a.TS != "" {
		all, m := vis.directory.channelPrinter(ctx, c.team), new(blocks.Message)
		m.Add(blocks.Section(all.M("~%s~\nTaken back by %s.", vis.arrived(all, v, &a), blocks.Mention(c.user))))
		m.Text.Line(all.T("Taken back: the team has arrived at %s.", v.Factory.Name))
		if _, _, _, err := vis.api(ctx, c.team).UpdateMessageContext(ctx, v.Channel, a.TS, postOptions(m, "")...); err != nil {
			vis.log.Warn("could not take back an arrival in the visit's thread", "subject", string(v.Subject()), "err", err)
		}
	}
	return vis.live.pressed(ctx, c, p.T("It is taken back."))
}

// logNoteClick opens the form for a note about a visit.
func (vis *visits) logNoteClick(ctx context.Context, c click) error {
	p := vis.directory.printerNow(c.team, c.user)
	return vis.replies.open(ctx, opening{c.caller, actLogNote, c.about, p.T("Log a note")}, func(ctx context.Context, team string) (*modal, error) {
		p := vis.directory.printer(ctx, team, c.user)
		v, err := vis.access.visit(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		return &modal{id: modalLogNote, title: p.T("Log a note"), submit: p.T("Save note"), meta: meta{About: c.about}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(v.Title(p.Printer))),
			blocks.Hinted(blocks.Input(fieldNote, p.T("What did you see or hear?"), blocks.TextInput("", p.T("Line 2 stood still; they wait for a mould"), true)), p.T("Your colleagues find it in the brief. It is not shown in the channel.")),
		}}, nil
	})
}

// submitNote keeps a note about a visit.
func (vis *visits) submitNote(ctx context.Context, s submission) ([]byte, error) {
	p := vis.directory.printer(ctx, s.team, s.user)
	about := visit.Subject(s.meta.About)
	if err := vis.access.checkAccess(ctx, s.team, s.user, about); err != nil {
		return nil, err
	}
	now := vis.o.Now()
	v, err := s.making(vis.o.Store).ChangeVisit(ctx, s.team, about.Number(), now, func(v *visit.Visit) error {
		return v.AddNote(visit.Note{By: s.user, At: now, Text: s.values.text(fieldNote)})
	})
	if err != nil {
		return nil, fmt.Errorf("keep a note: %w", err)
	}
	vis.live.changed(s.team, about, s.user)
	return updated(p, &modal{title: p.T("Log a note"), blocks: []slack.Block{blocks.Section(blocks.Escape(p.T("Noted for visit %d. Notes stand in the brief.", v.Number)))}}), nil
}
