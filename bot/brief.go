package bot

import (
	"bytes"
	"context"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
)

// How much a brief holds: one screen or two.
const (
	briefItems   = 12
	briefPhrases = 8
	briefManners = 3
	briefText    = 240 // bytes of each
)

// brief is a visit to carry along: what a traveller needs when there is no time
// to look things up. Its parts stand in the order in which a day needs them, from the
// taxi to the table, and one without content is left out whole.
func (wd *wording) brief(g *guide.Guide, v *visit.Visit) *blocks.Message {
	m := new(blocks.Message)
	m.Title(wd.p.T("Brief: %s, %s", v.Factory.Name, blocks.Days(wd.p, v.First, v.Last)))
	part := func(name string, body blocks.Markup, plain string) {
		if body == "" {
			return
		}
		m.Add(blocks.Section(blocks.Bold(name) + "\n" + blocks.ClipLines(body, 2900)))
		m.Text.Line(name + ": " + plain)
	}
	f := v.Factory
	if f.Chinese != "" || f.Address != "" {
		part(wd.p.T("For the driver"), blocks.Escape(strings.TrimSpace(f.Chinese+"\n"+f.Address)), f.Chinese+" "+f.Address)
	}
	if f.Address == "" {
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(wd.p.T("For the driver"))+"\n"+blocks.Escape(wd.p.T("There is no Chinese address yet. A driver may not be able to read an English one."))), nil,
			slack.NewAccessory(blocks.Button(actFactory, factorySubject(f.Number), wd.p.T("Add address")))))
		m.Text.Line(wd.p.T("For the driver: no Chinese address yet."))
	}
	part(wd.p.T("Contacts at the factory"), blocks.Escape(f.Contacts), blocks.OneLine(f.Contacts))
	part(wd.p.T("Who"), who(v.People), whoPlain(wd.p, v.People))
	part(wd.p.T("Agenda"), blocks.Escape(v.Agenda), blocks.OneLine(v.Agenda))
	var open []string
	more := 0
	for _, i := range v.Items {
		if i.Open() && i.Milestone <= 0 {
			if len(open) < briefItems {
				open = append(open, i.Text)
			} else {
				more++
			}
		}
	}
	list := "• " + strings.Join(open, "\n• ")
	if more > 0 {
		list += "\n" + wd.p.T("And %d more on the checklist.", more)
	}
	if len(open) == 0 {
		list = wd.p.T("Everything for the visit is done.")
	}
	part(wd.p.T("Still open"), blocks.Escape(list), blocks.OneLine(list))
	if ps := g.FirstPhrases(briefPhrases); len(ps) > 0 {
		var ms []blocks.Markup
		var plain []string
		for _, e := range ps {
			ms = append(ms, blocks.Bold(e.Chinese)+" "+blocks.Escape(e.Pinyin)+" – "+blocks.Escape(e.Title))
			plain = append(plain, e.Chinese+" "+e.Pinyin+" ("+e.Title+")")
		}
		part(wd.p.T("Phrases"), blocks.Join(ms, "\n"), strings.Join(plain, "; "))
	}
	if as := g.Manners(v.Purpose, briefManners); len(as) > 0 {
		var ms []blocks.Markup
		var plain []string
		for _, e := range as {
			ms = append(ms, blocks.Bold(e.Title)+"\n"+blocks.Escape(guide.Opening(e.Text, briefText)))
			plain = append(plain, e.Title)
		}
		part(wd.p.T("At the factory and at the table"), blocks.Join(ms, "\n"), strings.Join(plain, "; "))
	}
	for _, n := range lastNotes(v.Notes, 5) {
		part(wd.p.T("Note from a colleague"), blocks.Escape(n.Text), blocks.OneLine(n.Text))
	}
	m.Add(blocks.Note(wd.p.M("Emergency numbers in mainland China: police 110, fire 119, ambulance 120. Check your embassy's number before you fly.")))
	m.Text.Line(wd.p.T("Emergency numbers in mainland China: police 110, fire 119, ambulance 120. Check your embassy's number before you fly."))
	m.Add(blocks.Actions(blocks.Button(actChecklist, visitSubject(v), wd.p.T("Open checklist")), blocks.Button(actCalendar, visitSubject(v), wd.p.T("Calendar file"))))
	return m
}

func lastNotes(ns []visit.Note, n int) []visit.Note { return ns[max(len(ns)-n, 0):] }

// briefClick sends the brief to the person who asked, directly.
func (vis *visits) briefClick(ctx context.Context, c click) error {
	v, err := vis.access.visit(ctx, c.team, c.user, visit.Subject(c.about))
	if err != nil {
		return vis.replies.sayError(ctx, c, "find a visit", err)
	}
	if vis.isDouble(c) {
		return nil
	}
	if err := vis.replies.post(ctx, c.user, "", vis.words.brief(vis.guide.Load(), v)); err != nil {
		return vis.replies.sayError(ctx, c, "send a brief", err)
	}
	return vis.replies.sent(ctx, c, vis.p.T("I've sent you the brief. It is in your direct messages with Visit Prep."))
}

// calendarClick sends the visit's or inspection's days as a calendar file.
func (vis *visits) calendarClick(ctx context.Context, c click) error {
	a, err := vis.access.appointment(ctx, c.team, c.user, visit.Subject(c.about))
	if err != nil {
		return vis.replies.sayError(ctx, c, "find a visit", err)
	}
	if vis.isDouble(c) {
		return nil
	}
	dm, _, _, err := vis.o.Slack.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{c.user}, ReturnIM: true})
	if err != nil {
		return vis.replies.sayError(ctx, c, "open a direct message", err)
	}
	file := calendarFile(vis.p, vis.guide.Load(), a, vis.o.Now())
	name := strings.ReplaceAll(string(a.Subject()), "/", "-") + ".ics"
	_, err = vis.o.Slack.UploadFileContext(ctx, slack.UploadFileParameters{
		Channel: dm.ID, Filename: name, Title: a.Title(vis.p.Printer), FileSize: len(file), Reader: bytes.NewReader(file),
		InitialComment: vis.p.T("Open the file to add %s to your calendar. If the date changes, press Calendar file again: the new file replaces the old entry.", a.Title(vis.p.Printer)),
	})
	if err != nil {
		return vis.replies.sayError(ctx, c, "send a calendar file", err)
	}
	return vis.replies.sent(ctx, c, vis.p.T("I've sent you the calendar file. It is in your direct messages with Visit Prep."))
}

// calendarFile is a visit or an inspection as iCalendar (RFC 5545): whole days without
// a zone, so that they stay those of the factory wherever it is read. The same one keeps
// its UID, and each change raises its sequence.
func calendarFile(p blocks.Printer, g *guide.Guide, a visit.Appointment, now time.Time) []byte {
	w := a.Common()
	cal := ics.NewCalendarFor("Visit Prep")
	cal.SetMethod(ics.MethodPublish)
	e := cal.AddEvent(strings.ReplaceAll(string(a.Subject()), "/", "-") + "-" + w.Workspace + "@visitprep")
	first, last := a.Days()
	e.SetAllDayStartAt(first.Start(time.UTC))
	e.SetAllDayEndAt(last.AddDays(1).Start(time.UTC)) // the end is not part of it
	e.SetSequence(w.Rev)
	e.SetDtStampTime(now)
	switch a := a.(type) {
	case *visit.Visit:
		e.SetSummary(p.T("Factory visit: %s", w.Factory.Name))
		e.SetDescription(strings.TrimSpace(g.Template(a.Purpose).Title + "\n" + a.Agenda))
		if a.Cancelled.IsSet() {
			cal.SetMethod(ics.MethodCancel)
			e.SetStatus(ics.ObjectStatusCancelled)
		}
	case *visit.Inspection:
		e.SetSummary(g.Template(a.Type).Title + ": " + w.Factory.Name)
		e.SetDescription(a.Order)
	}
	if where := strings.TrimSpace(w.Factory.Chinese + " " + w.Factory.Address); where != "" {
		e.SetLocation(where)
	} else {
		e.SetLocation(strings.TrimSpace(w.Factory.Name + " " + w.Factory.City))
	}
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}
