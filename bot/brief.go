package bot

import (
	"bytes"
	"context"
	"strings"
	"time"

	"visitprep/internal/guide"

	"visitprep/internal/blocks"

	ics "github.com/arran4/golang-ical"
	"github.com/slack-go/slack"

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
// to look things up.
func (b *Bot) brief(k *guide.Guide, v *visit.Visit) *blocks.Message {
	m := new(blocks.Message)
	title := b.p.T("Brief: %s, %s", v.Factory.Name, blocks.Days(b.p, v.First, v.Last))
	m.Add(blocks.Header(title))
	m.Text.Line(title)
	part := func(name string, body blocks.Markup, plain string) {
		if body == "" {
			return
		}
		m.Add(blocks.Section(blocks.Bold(name) + "\n" + blocks.ClipLines(body, 2900)))
		m.Text.Line(name + ": " + plain)
	}
	f := v.Factory
	if f.Chinese != "" || f.Address != "" {
		part(b.p.T("For the driver"), blocks.Escape(strings.TrimSpace(f.Chinese+"\n"+f.Address)), f.Chinese+" "+f.Address)
	}
	if f.Address == "" {
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(b.p.T("For the driver"))+"\n"+blocks.Escape(b.p.T("There is no address in Chinese yet. A driver may not be able to use an English one."))), nil,
			slack.NewAccessory(blocks.Button(actFactory, factorySubject(f.Number), b.p.T("Add address")))))
		m.Text.Line(b.p.T("For the driver: no address in Chinese yet."))
	}
	part(b.p.T("Contacts at the factory"), blocks.Escape(f.Contacts), blocks.OneLine(f.Contacts))
	part(b.p.T("Who"), who(v.People), whoPlain(v.People))
	part(b.p.T("Agenda"), blocks.Escape(v.Agenda), blocks.OneLine(v.Agenda))
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
		list += b.p.T("\nAnd %d more, in the checklist.", more)
	}
	if len(open) == 0 {
		list = b.p.T("Everything for the visit is done.")
	}
	part(b.p.T("Still open"), blocks.Escape(list), blocks.OneLine(list))
	if ps := k.FirstPhrases(briefPhrases); len(ps) > 0 {
		var ms []blocks.Markup
		var plain []string
		for _, e := range ps {
			ms = append(ms, blocks.Bold(e.Chinese)+" "+blocks.Escape(e.Pinyin)+" – "+blocks.Escape(e.Title))
			plain = append(plain, e.Chinese+" "+e.Pinyin+" ("+e.Title+")")
		}
		part(b.p.T("Phrases"), blocks.Join(ms, "\n"), strings.Join(plain, "; "))
	}
	if as := k.Manners(v.Purpose, briefManners); len(as) > 0 {
		var ms []blocks.Markup
		var plain []string
		for _, e := range as {
			ms = append(ms, blocks.Bold(e.Title)+"\n"+blocks.Escape(guide.Opening(e.Text, briefText)))
			plain = append(plain, e.Title)
		}
		part(b.p.T("At the factory and at the table"), blocks.Join(ms, "\n"), strings.Join(plain, "; "))
	}
	for _, n := range lastNotes(v.Notes, 5) {
		part(b.p.T("Note by a colleague"), blocks.Escape(n.Text), blocks.OneLine(n.Text))
	}
	m.Add(blocks.Note(b.p.M("Numbers to keep at hand in mainland China: police 110, fire 119, ambulance 120. Verify your embassy's number before you fly.")))
	m.Text.Line(b.p.T("Numbers to keep at hand in mainland China: police 110, fire 119, ambulance 120. Verify your embassy's number before you fly."))
	m.Add(blocks.Actions(blocks.Button(actChecklist, visitSubject(v), b.p.T("Open checklist")), blocks.Button(actCalendar, visitSubject(v), b.p.T("Calendar file"))))
	return m
}

func lastNotes(ns []visit.Note, n int) []visit.Note { return ns[max(len(ns)-n, 0):] }

// sendBrief sends the brief to the person who asked, directly.
func (b *Bot) sendBrief(ctx context.Context, c click, v *visit.Visit) error {
	if b.isDouble(c) {
		return nil
	}
	if err := b.post(ctx, c.user, "", b.brief(b.book.Load(), v)); err != nil {
		return b.sayError(ctx, c, "send a brief", err)
	}
	return b.sent(ctx, c, b.p.T("I sent you the brief directly. You find it under Visit Prep in your direct messages."))
}

// sent says that something went to the person directly, unless they are there.
func (b *Bot) sent(ctx context.Context, c click, words string) error {
	if c.on == guide.Direct || c.on == guide.Home {
		return nil
	}
	m := new(blocks.Message)
	m.Say(words)
	return b.whisperTo(ctx, c, m)
}

// sendCalendar sends the visit's or inspection's days as a calendar file.
func (b *Bot) sendCalendar(ctx context.Context, c click, a visit.Appointment) error {
	if b.isDouble(c) {
		return nil
	}
	dm, _, _, err := b.o.Slack.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{c.user}, ReturnIM: true})
	if err != nil {
		return b.sayError(ctx, c, "open a direct message", err)
	}
	file := calendarFile(b.p, b.book.Load(), a, b.o.Now())
	name := strings.ReplaceAll(string(a.Subject()), "/", "-") + ".ics"
	_, err = b.o.Slack.UploadFileContext(ctx, slack.UploadFileParameters{
		Channel: dm.ID, Filename: name, Title: a.Title(), FileSize: len(file), Reader: bytes.NewReader(file),
		InitialComment: b.p.T("Open the file to put %s into your calendar. After a change, press Calendar file again: the entry is replaced.", a.Title()),
	})
	if err != nil {
		return b.sayError(ctx, c, "send a calendar file", err)
	}
	return b.sent(ctx, c, b.p.T("I sent you the calendar file directly. You find it under Visit Prep in your direct messages."))
}

// calendarFile is a visit or an inspection as iCalendar (RFC 5545): whole days without
// a zone, so that they stay those of the factory wherever it is read. The same one keeps
// its UID, and each change raises its sequence.
func calendarFile(p blocks.Printer, k *guide.Guide, a visit.Appointment, now time.Time) []byte {
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
		e.SetDescription(strings.TrimSpace(k.Template(a.Purpose).Title + "\n" + a.Agenda))
		if a.Cancelled.IsSet() {
			cal.SetMethod(ics.MethodCancel)
			e.SetStatus(ics.ObjectStatusCancelled)
		}
	case *visit.Inspection:
		e.SetSummary(k.Template(a.Type).Title + ": " + w.Factory.Name)
		e.SetDescription(a.Order)
	}
	if where := strings.TrimSpace(w.Factory.Chinese + " " + w.Factory.Address); where != "" {
		e.SetLocation(where)
	} else {
		e.SetLocation(strings.TrimSpace(w.Factory.Name + " " + w.Factory.City))
	}
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}
