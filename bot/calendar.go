package bot

import (
	"context"
	"fmt"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
)

// calendarClick sends the visit's or inspection's days as a calendar file.
func (vis *visits) calendarClick(ctx context.Context, c click) error {
	p := vis.directory.printer(ctx, c.team, c.user)
	a, err := vis.access.appointment(ctx, c.team, c.user, visit.Subject(c.about))
	if err != nil {
		return vis.replies.sayError(ctx, c, "find a visit", err)
	}
	sent, err := vis.postOnce(ctx, c, fmt.Sprintf("calendar/%s/%d", a.Subject(), a.Common().Rev), func() error { return vis.sendCalendar(ctx, c.user, a) })
	if err != nil {
		return vis.replies.sayError(ctx, c, "send a calendar file", err)
	}
	if !sent {
		return nil
	}
	return vis.replies.sent(ctx, c, p.T("I've sent you the calendar file. It is in your direct messages with Visit Prep."))
}

// sendCalendar sends a calendar file to a person directly. Of what is called off, the file
// takes the entries out again.
func (vis *visits) sendCalendar(ctx context.Context, person string, a visit.Appointment) error {
	p := vis.directory.printer(ctx, a.Common().Workspace, person)
	file := calendarFile(p, vis.guide.Load().In(p), a, vis.beside(ctx, p, a), vis.o.Now())
	what := p.T("Open the file to add %s to your calendar. If something changes, press Calendar file again: the new file replaces the old entries. An hour that is no longer on the agenda may stay: please delete it yourself.", a.Title(p.Printer))
	if calledOff(a) {
		what = p.T("%s no longer takes place. Open the file, and look whether the entry is gone from your calendar: many calendars leave it, so please take it out by hand.", a.Title(p.Printer))
	}
	err := vis.sendFile(ctx, a.Common().Workspace, person, slack.UploadFileParameters{Filename: fileName(a) + ".ics", Title: a.Title(p.Printer), InitialComment: what}, file)
	if err != nil {
		return err
	}
	if err := vis.o.Store.NoteFile(ctx, a, person); err != nil {
		vis.log.Warn("could not note who has a calendar file; it is not replaced when the days change", "subject", string(a.Subject()), "err", err)
	}
	return nil
}

// calledOff reports whether a visit or an inspection does not take place any more.
func calledOff(a visit.Appointment) bool {
	switch a := a.(type) {
	case *visit.Visit:
		return a.Cancelled.IsSet()
	case *visit.Inspection:
		return a.Result.Off()
	}
	return false
}

// besides is what a calendar file says of an appointment that the appointment does not
// have itself.
type besides struct {
	people []traveller
	link   string // to its card
}

// beside looks it up. What Slack does not tell is left out.
func (vis *visits) beside(ctx context.Context, p blocks.Printer, a visit.Appointment) besides {
	var b besides
	switch a := a.(type) {
	case *visit.Visit:
		b.people = vis.travellers(ctx, p, a.Common().Workspace, a.People)
	case *visit.Inspection:
		if a.Inspector != "" {
			b.people = vis.travellers(ctx, p, a.Common().Workspace, []visit.Person{{User: a.Inspector}})
		}
	}
	if w := a.Common(); w.Card != "" {
		if link, err := vis.api(ctx, a.Common().Workspace).GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: w.Channel, Ts: w.Card}); err == nil {
			b.link = chars.Line(link)
		}
	}
	return b
}

// organizer is who sends calendar files. RFC 5546 asks for an address; this one is nobody's.
const organizer = "mailto:visitprep@visitprep.invalid"

// When a calendar reminds: in the evening before the days, and shortly before an hour.
const (
	alarmEve  = "-PT6H"
	alarmHour = "-PT15M"
)

// calendarFile is a visit or an inspection as iCalendar (RFC 5545): its days as whole days
// without a zone, so that they stay those of the factory wherever it is read, and do not
// block anybody's time; and what its agenda has an hour for, at that instant. The same
// ones keep their UID, and each change raises their sequence; what is called off says so
// (RFC 5546). People stand in the text and are not invited: the file is published.
func calendarFile(p blocks.Printer, g *guide.Guide, a visit.Appointment, b besides, now time.Time) []byte {
	w := a.Common()
	cal := ics.NewCalendarFor("Visit Prep")
	cal.SetMethod(ics.MethodPublish)
	status := ics.ObjectStatusConfirmed
	if calledOff(a) {
		cal.SetMethod(ics.MethodCancel)
		status = ics.ObjectStatusCancelled
	}
	where := calendarPlace(&w.Factory)
	event := func(part, summary, description, alarm string) *ics.VEvent {
		// What was kept before such characters were taken out may still have a bare CR, and
		// the library writes it as it is.
		e := cal.AddEvent(fileName(a) + "-" + w.Workspace + part + "@visitprep")
		e.SetSequence(w.Rev)
		e.SetDtStampTime(now)
		e.SetOrganizer(organizer, ics.WithCN("Visit Prep"))
		e.SetStatus(status)
		e.SetSummary(chars.Line(summary))
		e.SetDescription(chars.Prose(description))
		e.SetLocation(where)
		if b.link != "" {
			e.SetURL(b.link)
		}
		if status == ics.ObjectStatusConfirmed {
			bell := e.AddAlarm()
			bell.SetAction(ics.ActionDisplay)
			bell.SetTrigger(alarm)
			bell.SetProperty(ics.ComponentPropertyDescription, chars.Line(summary))
		}
		return e
	}
	at := factoryLabel(p, &w.Factory)
	if strings.Contains(strings.ToLower(w.Factory.Name), strings.ToLower(w.Factory.City)) {
		at = w.Factory.Name
	}
	var summary string
	var about []string
	say := func(words ...string) {
		if last := words[len(words)-1]; !chars.Blank(last) {
			about = append(about, strings.Join(words, "\n"))
		}
	}
	switch a := a.(type) {
	case *visit.Visit:
		summary = p.T("Factory visit: %s", at)
		say(p.T(g.Template(a.Purpose).Title))
	case *visit.Inspection:
		summary = p.T("%s: %s", p.T(g.Template(a.Type).Title), at)
		say(a.Order)
	}
	var who []string
	for i := range b.people {
		who = append(who, b.people[i].line(p))
	}
	contacts := func() { say(p.T("Contacts at the factory"), w.Factory.Contacts) }
	contacts()
	say(p.T("Who"), strings.Join(who, "\n"))
	v, isVisit := a.(*visit.Visit)
	if isVisit {
		say(p.T("Agenda"), v.Agenda)
	}
	link := func() { say(p.T("In Slack"), b.link) }
	link()
	first, last := a.Days()
	e := event("", summary, strings.Join(about, "\n\n"), alarmEve)
	e.SetAllDayStartAt(first.Start(time.UTC))
	e.SetAllDayEndAt(last.AddDays(1).Start(time.UTC)) // the end is not part of it
	e.SetTimeTransparency(ics.TransparencyTransparent)
	if !isVisit {
		return []byte(cal.Serialize(ics.WithNewLineWindows))
	}
	about = nil
	contacts()
	link()
	for i, s := range v.Slots() {
		e := event(fmt.Sprintf("-hour-%d", i+1), s.Text+" · "+at, strings.Join(about, "\n\n"), alarmHour)
		zone := zoneOr(v.Zone)
		e.SetStartAt(s.Day.At(s.From/60, s.From%60, zone))
		e.SetEndAt(s.Day.At(s.To/60, s.To%60, zone))
	}
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}

// calendarPlace is where a factory is, in its script and in ours, so that maps find it and
// people read it.
func calendarPlace(f *visit.Factory) string {
	place := chars.Line(strings.TrimSpace(f.Chinese + " " + f.Address))
	if place == "" {
		place = chars.Line(f.Name)
	}
	if f.City == "" || strings.Contains(strings.ToLower(place), strings.ToLower(f.City)) {
		return place
	}
	return place + ", " + chars.Line(f.City)
}
