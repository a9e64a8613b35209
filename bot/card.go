package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/slack-go/slack"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// The verbs of old messages for actOpen, of which each kind had one of its own.
const (
	actVisit      actionID = "visit"
	actInspectOne actionID = "inspection"
	actPlanShow   actionID = "show-plan"
)

// The verbs of visits and checklists. Each carries the subject that it is about;
// those of an item "visit/12:7", the item's id after the colon.
const (
	actPlan      actionID = "plan"         // open the form for a new visit
	actEdit      actionID = "edit"         // open the form of a visit
	actRefill    actionID = "refill"       // draw a form again: a choice brought other fields
	actRedraft   actionID = "redraft"      // show the form again with the draft in it
	actAnew      actionID = "anew"         // drop the draft and begin with an empty form
	actRetry     actionID = "retry"        // save a draft again
	actPostOK    actionID = "post-ok"      // save a draft although another company reads in its channel
	actOpen      actionID = "open"         // show the visit, inspection or plan
	actList      actionID = "list"         // show the visits, from a page on
	actChecklist actionID = "checklist"    // open the checklist
	actPage      actionID = "page"         // turn its page, in place
	actAdd       actionID = "add-item"     // open the form for an item
	actDone      actionID = "done"         // tick an item
	actUndo      actionID = "undo"         // open it again
	actOwner     actionID = "owner"        // give it to the person picked
	actSkip      actionID = "skip"         // ask why it does not apply
	actRemove    actionID = "remove"       // take out an item of the team's own
	actBrief     actionID = "brief"        // send the brief
	actCalendar  actionID = "calendar"     // send the calendar file
	actCancel    actionID = "cancel-visit" // cancel a visit
	actRestore   actionID = "restore-visit"
	actSettings  actionID = "settings" // open a person's settings
)

// visitSubject is what the buttons of a visit carry.
func visitSubject(v *visit.Visit) subject { return subject(v.Subject()) }

// audience is who reads a card: it decides what is left out.
type audience int

const (
	insiders audience = iota
	everyone          // another company reads along
)

func audienceOf(p visit.Place) audience {
	if p.Shared {
		return everyone
	}
	return insiders
}

// progress counts the items that the audience may know of.
func progress(items visit.Checklist, to audience) (done, all int) {
	if to == insiders {
		return items.Progress()
	}
	var open visit.Checklist
	for _, i := range items {
		if !i.Sensitive {
			open = append(open, i)
		}
	}
	return open.Progress()
}

// sensitivePurpose are the purposes of which nothing goes to another company
// without somebody saying so: audits and negotiations.
func sensitivePurpose(id string) bool {
	return strings.Contains(id, "audit") || strings.Contains(id, "negotiation")
}

// purposeFor is what a visit is for, as the audience reads it.
func purposeFor(k *book, v *visit.Visit, to audience) string {
	if to == everyone && sensitivePurpose(v.Purpose) {
		return "Visit"
	}
	return k.template(v.Purpose).Title
}

// who lists people for a line.
func who(people []visit.Person) markup {
	var names []markup
	for _, p := range people {
		n := text(p.Name)
		if p.User != "" {
			n = user(p.User)
		}
		if p.Role != "" {
			n += " (" + text(p.Role) + ")"
		}
		names = append(names, n)
	}
	return joinMarkup(names, ", ")
}

// whoPlain is who for the fallback, which shows no mentions.
func whoPlain(people []visit.Person) string {
	named := 0
	var names []string
	for _, p := range people {
		if p.User == "" {
			names = append(names, p.Name)
		} else {
			named++
		}
	}
	if named > 0 {
		names = append([]string{count(named, "colleague", "colleagues")}, names...)
	}
	return strings.Join(names, ", ")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// visitCard is a visit on one screen, with what can be done.
func (b *Bot) visitCard(k *book, v *visit.Visit, to audience) *message {
	m := new(message)
	today := v.Today(b.o.Now())
	title := fmt.Sprintf("Visit %d: %s", v.Number, v.Factory.Name)
	m.add(header(title))
	m.text.line(title)
	when := days(v.First, v.Last)
	where := text(cmp.Or(v.Factory.City, "—"))
	if v.Factory.Chinese != "" {
		where = text(v.Factory.Chinese)
		if v.Factory.City != "" {
			where += ", " + text(v.Factory.City)
		}
	}
	done, all := progress(v.Items, to)
	fields := []*slack.TextBlockObject{
		mrkdwn(bold("When") + "\n" + text(when) + "\n" + text(sentence(countdown(v, today)))),
		mrkdwn(bold("Where") + "\n" + where),
		mrkdwn(bold("Purpose") + "\n" + text(purposeFor(k, v, to))),
		mrkdwn(bold("Checklist") + "\n" + text(fmt.Sprintf("%d of %d done", done, all))),
	}
	if len(v.People) > 0 {
		fields = append(fields, mrkdwn(bold("Who")+"\n"+markup(clipMarkup(who(v.People), 1900))))
	}
	m.add(slack.NewSectionBlock(nil, fields, nil))
	m.text.line(when + ", " + countdown(v, today))
	m.text.line(purposeFor(k, v, to) + ". Checklist: " + fmt.Sprintf("%d of %d done", done, all))
	if w := whoPlain(v.People); w != "" {
		m.text.line("Who: " + w)
	}
	if v.Cancelled.IsSet() {
		m.add(section("This visit is cancelled, by " + user(v.Cancelled.By) + ". No reminders are sent."))
		m.text.line("This visit is cancelled. No reminders are sent.")
		m.add(actions(button(actRestore, visitSubject(v), "Bring visit back"), button(actChecklist, visitSubject(v), "Open checklist")))
		return m
	}
	if v.First.After(today) {
		for _, w := range b.o.Warnings(v.First, v.Last) {
			m.add(note(bold("Note:") + " " + text(w)))
			m.text.line("Note: " + w)
		}
	}
	if next, ok := nextMilestone(v, to); ok && !v.Over(b.o.Now()) {
		m.add(note(text(next)))
		m.text.line(next)
	}
	cancel := button(actCancel, visitSubject(v), "Cancel visit")
	cancel.Style = slack.StyleDanger
	cancel.Confirm = slack.NewConfirmationBlockObject(plain("Cancel this visit?"), plain("Its reminders will not be sent. You can bring it back from its card."), plain("Cancel visit"), plain("Keep visit"))
	m.add(actions(
		button(actChecklist, visitSubject(v), "Open checklist"),
		button(actAdd, visitSubject(v), "Add item"),
		button(actEdit, visitSubject(v), "Edit visit"),
		button(actBrief, visitSubject(v), "Send me the brief"),
		button(actCalendar, visitSubject(v), "Calendar file"),
		cancel,
	))
	m.add(note("Planned by " + user(v.Owner) + " · Days at the factory, " + text(v.Zone)))
	return m
}

// nextMilestone says what is to be done next.
func nextMilestone(v *visit.Visit, to audience) (string, bool) {
	for _, ms := range v.Items.Milestones() {
		open := 0
		for i := range v.Items {
			if it := &v.Items[i]; it.Milestone == ms && it.Open() && (to == insiders || !it.Sensitive) {
				open++
			}
		}
		if open > 0 {
			return fmt.Sprintf("Next: %s, %s (%s)", count(open, "item", "items"), ms.Label(), "by "+shortDay(v.DueDay(ms))), true
		}
	}
	return "", false
}

// Show puts the card of a visit or an inspection into its channel, or brings the
// one that is there up to date.
func (b *Bot) Show(ctx context.Context, team string, s visit.Subject) error {
	return b.putCard(ctx, team, s)
}

// putCard brings the card of a visit or an inspection in its channel up to date: it
// changes the one that is there, or posts it.
func (b *Bot) putCard(ctx context.Context, team string, s visit.Subject) error {
	defer b.locks.lock("card/" + team + "/" + string(s))()
	a, err := b.o.Store.Appointment(ctx, team, s)
	if err != nil {
		return err
	}
	w := a.Common()
	m := b.cardOf(b.book.Load(), a, audienceOf(w.Place))
	if w.Card != "" {
		_, _, _, err := b.o.Slack.UpdateMessageContext(ctx, w.Channel, w.Card, postOptions(m, "")...)
		if err == nil || !isSlackError(err, "message_not_found") {
			return err
		}
		// Somebody deleted it: it is posted anew.
	}
	_, ts, err := b.o.Slack.PostMessageContext(ctx, w.Channel, postOptions(m, "")...)
	if err != nil {
		return fmt.Errorf("post a card: %w", err)
	}
	_, err = b.o.Store.ChangeAppointment(ctx, team, s, b.o.Now(), func(a visit.Appointment) error { a.Common().Card = ts; return nil })
	return err
}

// cardOf is the card of a, which is where a visit and an inspection really differ.
func (b *Bot) cardOf(k *book, a visit.Appointment, to audience) *message {
	switch a := a.(type) {
	case *visit.Visit:
		return b.visitCard(k, a, to)
	case *visit.Inspection:
		return b.inspectionCard(k, a, to)
	}
	panic(fmt.Sprintf("no card for a %T", a))
}

func isSlackError(err error, code string) bool {
	var e slack.SlackErrorResponse
	return errors.As(err, &e) && e.Err == code
}

// changed shows everywhere what somebody changed: on the card, and on
// the Home tabs of those whom it concerns. What cannot be shown is logged; the
// change itself is kept.
func (b *Bot) changed(team string, s visit.Subject, people ...string) {
	b.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), workLimit)
		defer cancel()
		if err := guard(func(ctx context.Context) error { return b.putCard(ctx, team, s) }, ctx); err != nil {
			b.log.Warn("could not bring a card up to date", "subject", string(s), "err", err)
		}
		for _, p := range b.homes.open(team, people) {
			if err := guard(func(ctx context.Context) error { return b.openHome(ctx, team, p) }, ctx); err != nil {
				b.log.Warn("could not bring a Home tab up to date", "err", err)
			}
		}
	})
}

// openHomes remember who has looked at their Home tab since the process started:
// only theirs are kept up to date, all others are made when they are opened.
type openHomes struct {
	mu   sync.Mutex
	seen map[string]bool
}

// maxHomes bounds the memory.
const maxHomes = 50_000

func (h *openHomes) see(team, person string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen == nil || len(h.seen) >= maxHomes {
		h.seen = map[string]bool{}
	}
	h.seen[team+"/"+person] = true
}

func (h *openHomes) open(team string, people []string) (open []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range people {
		if p != "" && h.seen[team+"/"+p] {
			open = append(open, p)
		}
	}
	return open
}

// inspectionCard is an inspection on one screen.
func (b *Bot) inspectionCard(k *book, i *visit.Inspection, to audience) *message {
	m := new(message)
	title := fmt.Sprintf("Inspection %d: %s", i.Number, i.Factory.Name)
	m.add(header(title))
	m.text.line(title)
	done, all := progress(i.Items, to)
	kind := k.template(i.Type).Title
	if to == everyone && sensitivePurpose(i.Type) {
		kind = "Inspection"
	}
	when := onDay(i.Due) + ", " + ahead(i.Due, i.Today(b.o.Now()))
	m.add(slack.NewSectionBlock(nil, []*slack.TextBlockObject{
		mrkdwn(bold("When") + "\n" + text(when)),
		mrkdwn(bold("Type") + "\n" + text(kind)),
		mrkdwn(bold("Checklist") + "\n" + text(fmt.Sprintf("%d of %d done", done, all))),
	}, nil))
	m.text.line(kind + ", " + when)
	if i.Result == visit.Withdrawn {
		words := "Withdrawn: its plan has ended or has another rhythm."
		m.add(section(text(words)))
		m.text.line(words)
		m.add(actions(button(actOpen, subject(visit.SubjectOf(visit.OfPlan, i.Plan)), "Show plan")))
		return m
	}
	if !i.Open() {
		words := fmt.Sprintf("Result: %s", i.Result)
		m.add(section(bold(words) + ", says " + user(i.Reported.By) + "\n" + text(i.Note)))
		m.text.line(words)
		m.add(actions(button(actReopen, subject(i.Subject()), "Take result back"), button(actChecklist, subject(i.Subject()), "Open checklist")))
		return m
	}
	warnings := b.o.Warnings(i.Due, i.Due)
	for _, w := range warnings {
		m.add(note(bold("Note:") + " " + text(w)))
		m.text.line("Note: " + w)
	}
	if better, ok := b.o.Better(i.Due); ok && len(warnings) > 0 && better != i.Due && !better.Before(i.Today(b.o.Now())) {
		m.add(actions(button(actMoveTo, subject(string(i.Subject())+":"+better.String()), "Move to "+onDay(better))))
	}
	var about []markup
	if i.Order != "" {
		about = append(about, text("Order "+i.Order))
	}
	if i.Inspector != "" {
		about = append(about, "Inspector: "+user(i.Inspector))
	}
	if len(about) > 0 {
		m.add(note(joinMarkup(about, " · ")))
	}
	m.add(actions(
		button(actReport, subject(i.Subject()), "Report result"),
		button(actMove, subject(i.Subject()), "Move inspection"),
		button(actChecklist, subject(i.Subject()), "Open checklist"),
		button(actAdd, subject(i.Subject()), "Add item"),
		button(actCalendar, subject(i.Subject()), "Calendar file"),
	))
	if to == insiders {
		es := []slack.BlockElement{button(actHistory, historySubject(i.Factory.Number, 0), "Earlier results here")}
		if i.Plan > 0 {
			es = append(es, button(actOpen, subject(visit.SubjectOf(visit.OfPlan, i.Plan)), "Show plan"))
		}
		m.add(actions(es...))
	}
	return m
}

// countdown says where a visit stands on a day at the factory.
func countdown(v *visit.Visit, today civil.Date) string {
	switch {
	case v.Cancelled.IsSet():
		return "cancelled"
	case v.Last.Before(today):
		return "over since " + shortDay(v.Last)
	case v.First.After(today):
		return ahead(v.First, today)
	case v.First == v.Last:
		return "today"
	}
	return fmt.Sprintf("today is day %d of %d", today.Sub(v.First)+1, v.Last.Sub(v.First)+1)
}

// lines are the checklist that a template begins with.
func lines(k *book, id string) visit.Checklist { return Lines(k.template(id)) }

// Lines are a template's lines as the checklist of a visit or an inspection.
func Lines(t *knowledge.Template) visit.Checklist {
	items := make(visit.Checklist, len(t.Lines))
	for i, l := range t.Lines {
		items[i] = visit.Item{ID: i + 1, Milestone: visit.Milestone(l.Milestone.Days()), Text: l.Item, Sensitive: l.Sensitive}
		for _, a := range l.Entries {
			items[i].Entries = append(items[i].Entries, a.ID)
		}
	}
	return items
}

// Checklist gives the lines with which an inspection of a type begins.
func (b *Bot) Checklist(kind string) visit.Checklist { return lines(b.book.Load(), kind) }
