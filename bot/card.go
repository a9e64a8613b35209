package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"visitprep/internal/guide"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// The verbs of old messages for actOpen, of which each kind had one of its own.
const (
	actVisit      blocks.ActionID = "visit"
	actInspectOne blocks.ActionID = "inspection"
	actPlanShow   blocks.ActionID = "show-plan"
)

// The verbs of visits and checklists. Each carries the subject that it is about;
// those of an item "visit/12:7", the item's id after the colon.
const (
	actPlan      blocks.ActionID = "plan"         // open the form for a new visit
	actEdit      blocks.ActionID = "edit"         // open the form of a visit
	actRefill    blocks.ActionID = "refill"       // draw a form again: a choice brought other fields
	actRedraft   blocks.ActionID = "redraft"      // show the form again with the draft in it
	actAnew      blocks.ActionID = "anew"         // drop the draft and begin with an empty form
	actRetry     blocks.ActionID = "retry"        // save a draft again
	actPostOK    blocks.ActionID = "post-ok"      // save a draft although another company reads in its channel
	actOpen      blocks.ActionID = "open"         // show the visit, inspection or plan
	actList      blocks.ActionID = "list"         // show the visits, from a page on
	actChecklist blocks.ActionID = "checklist"    // open the checklist
	actPage      blocks.ActionID = "page"         // turn its page, in place
	actAdd       blocks.ActionID = "add-item"     // open the form for an item
	actDone      blocks.ActionID = "done"         // tick an item
	actUndo      blocks.ActionID = "undo"         // open it again
	actOwner     blocks.ActionID = "owner"        // give it to the person picked
	actSkip      blocks.ActionID = "skip"         // ask why it does not apply
	actRemove    blocks.ActionID = "remove"       // take out an item of the team's own
	actBrief     blocks.ActionID = "brief"        // send the brief
	actCalendar  blocks.ActionID = "calendar"     // send the calendar file
	actCancel    blocks.ActionID = "cancel-visit" // cancel a visit
	actRestore   blocks.ActionID = "restore-visit"
	actSettings  blocks.ActionID = "settings" // open a person's settings
)

// visitSubject is what the buttons of a visit carry.
func visitSubject(v *visit.Visit) blocks.Subject { return blocks.Subject(v.Subject()) }

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
func purposeFor(p blocks.Printer, k *guide.Guide, v *visit.Visit, to audience) string {
	if to == everyone && sensitivePurpose(v.Purpose) {
		return p.T("Visit")
	}
	return k.Template(v.Purpose).Title
}

// who lists people for a line.
func who(people []visit.Person) blocks.Markup {
	var names []blocks.Markup
	for _, p := range people {
		n := blocks.Escape(p.Name)
		if p.User != "" {
			n = blocks.Mention(p.User)
		}
		if p.Role != "" {
			n += " (" + blocks.Escape(p.Role) + ")"
		}
		names = append(names, n)
	}
	return blocks.Join(names, ", ")
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
func (b *Bot) visitCard(k *guide.Guide, v *visit.Visit, to audience) *blocks.Message {
	m := new(blocks.Message)
	today := v.Today(b.o.Now())
	title := b.p.T("Visit %d: %s", v.Number, v.Factory.Name)
	m.Add(blocks.Header(title))
	m.Text.Line(title)
	when := blocks.Days(b.p, v.First, v.Last)
	where := blocks.Escape(cmp.Or(v.Factory.City, "—"))
	if v.Factory.Chinese != "" {
		where = blocks.Escape(v.Factory.Chinese)
		if v.Factory.City != "" {
			where += ", " + blocks.Escape(v.Factory.City)
		}
	}
	done, all := progress(v.Items, to)
	fields := []*slack.TextBlockObject{
		blocks.Mrkdwn(blocks.Bold(b.p.T("When")) + "\n" + blocks.Escape(when) + "\n" + blocks.Escape(blocks.Sentence(countdown(b.p, v, today)))),
		blocks.Mrkdwn(blocks.Bold(b.p.T("Where")) + "\n" + where),
		blocks.Mrkdwn(blocks.Bold(b.p.T("Purpose")) + "\n" + blocks.Escape(purposeFor(b.p, k, v, to))),
		blocks.Mrkdwn(blocks.Bold(b.p.T("Checklist")) + "\n" + blocks.Escape(b.p.T("%d of %d done", done, all))),
	}
	if len(v.People) > 0 {
		fields = append(fields, blocks.Mrkdwn(blocks.Bold(b.p.T("Who"))+"\n"+blocks.Markup(blocks.ClipNames(who(v.People), 1900))))
	}
	m.Add(slack.NewSectionBlock(nil, fields, nil))
	m.Text.Line(when + ", " + countdown(b.p, v, today))
	m.Text.Line(b.p.T("%s. Checklist: %d of %d done", purposeFor(b.p, k, v, to), done, all))
	if w := whoPlain(v.People); w != "" {
		m.Text.Line(b.p.T("Who: %s", w))
	}
	if v.Cancelled.IsSet() {
		m.Add(blocks.Section(b.p.M("This visit is cancelled, by %s. No reminders are sent.", blocks.Mention(v.Cancelled.By))))
		m.Text.Line(b.p.T("This visit is cancelled. No reminders are sent."))
		m.Add(blocks.Actions(blocks.Button(actRestore, visitSubject(v), b.p.T("Bring visit back")), blocks.Button(actChecklist, visitSubject(v), b.p.T("Open checklist"))))
		return m
	}
	if v.First.After(today) {
		for _, w := range b.o.Warnings(v.First, v.Last) {
			m.Add(blocks.Note(blocks.Bold(b.p.T("Note:")) + " " + blocks.Escape(w)))
			m.Text.Line(b.p.T("Note: %s", w))
		}
	}
	if next, ok := nextMilestone(b.p, v, to); ok && !v.Over(b.o.Now()) {
		m.Add(blocks.Note(blocks.Escape(next)))
		m.Text.Line(next)
	}
	cancel := blocks.Button(actCancel, visitSubject(v), b.p.T("Cancel visit"))
	cancel.Style = slack.StyleDanger
	cancel.Confirm = slack.NewConfirmationBlockObject(blocks.Plain(b.p.T("Cancel this visit?")), blocks.Plain(b.p.T("Its reminders will not be sent. You can bring it back from its card.")), blocks.Plain(b.p.T("Cancel visit")), blocks.Plain(b.p.T("Keep visit")))
	m.Add(blocks.Actions(
		blocks.Button(actChecklist, visitSubject(v), b.p.T("Open checklist")),
		blocks.Button(actAdd, visitSubject(v), b.p.T("Add item")),
		blocks.Button(actEdit, visitSubject(v), b.p.T("Edit visit")),
		blocks.Button(actBrief, visitSubject(v), b.p.T("Send me the brief")),
		blocks.Button(actCalendar, visitSubject(v), b.p.T("Calendar file")),
		cancel,
	))
	m.Add(blocks.Note(b.p.M("Planned by %s · Days at the factory, %s", blocks.Mention(v.Owner), v.Zone)))
	return m
}

// nextMilestone says what is to be done next.
func nextMilestone(p blocks.Printer, v *visit.Visit, to audience) (string, bool) {
	for _, ms := range v.Items.Milestones() {
		open := 0
		for i := range v.Items {
			if it := &v.Items[i]; it.Milestone == ms && it.Open() && (to == insiders || !it.Sensitive) {
				open++
			}
		}
		if open > 0 {
			return p.T("Next: %s, %s (%s)", count(open, "item", "items"), ms.Label(), p.T("by %s", blocks.ShortDay(v.DueDay(ms)))), true
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
func (b *Bot) cardOf(k *guide.Guide, a visit.Appointment, to audience) *blocks.Message {
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
func (b *Bot) inspectionCard(k *guide.Guide, i *visit.Inspection, to audience) *blocks.Message {
	m := new(blocks.Message)
	title := b.p.T("Inspection %d: %s", i.Number, i.Factory.Name)
	m.Add(blocks.Header(title))
	m.Text.Line(title)
	done, all := progress(i.Items, to)
	kind := k.Template(i.Type).Title
	if to == everyone && sensitivePurpose(i.Type) {
		kind = b.p.T("Inspection")
	}
	when := blocks.OnDay(i.Due) + ", " + blocks.Ahead(b.p, i.Due, i.Today(b.o.Now()))
	m.Add(slack.NewSectionBlock(nil, []*slack.TextBlockObject{
		blocks.Mrkdwn(blocks.Bold(b.p.T("When")) + "\n" + blocks.Escape(when)),
		blocks.Mrkdwn(blocks.Bold(b.p.T("Type")) + "\n" + blocks.Escape(kind)),
		blocks.Mrkdwn(blocks.Bold(b.p.T("Checklist")) + "\n" + blocks.Escape(b.p.T("%d of %d done", done, all))),
	}, nil))
	m.Text.Line(kind + ", " + when)
	if i.Result == visit.Withdrawn {
		words := b.p.T("Withdrawn: its plan has ended or has another rhythm.")
		m.Add(blocks.Section(blocks.Escape(words)))
		m.Text.Line(words)
		m.Add(blocks.Actions(blocks.Button(actOpen, blocks.Subject(visit.SubjectOf(visit.OfPlan, i.Plan)), b.p.T("Show plan"))))
		return m
	}
	if !i.Open() {
		words := b.p.T("Result: %s", i.Result)
		m.Add(blocks.Section(b.p.M("%s, says %s\n%s", blocks.Bold(words), blocks.Mention(i.Reported.By), i.Note)))
		m.Text.Line(words)
		m.Add(blocks.Actions(blocks.Button(actReopen, blocks.Subject(i.Subject()), b.p.T("Take result back")), blocks.Button(actChecklist, blocks.Subject(i.Subject()), b.p.T("Open checklist"))))
		return m
	}
	warnings := b.o.Warnings(i.Due, i.Due)
	for _, w := range warnings {
		m.Add(blocks.Note(blocks.Bold(b.p.T("Note:")) + " " + blocks.Escape(w)))
		m.Text.Line(b.p.T("Note: %s", w))
	}
	if better, ok := b.o.Better(i.Due); ok && len(warnings) > 0 && better != i.Due && !better.Before(i.Today(b.o.Now())) {
		m.Add(blocks.Actions(blocks.Button(actMoveTo, blocks.Subject(string(i.Subject())+":"+better.String()), b.p.T("Move to %s", blocks.OnDay(better)))))
	}
	var about []blocks.Markup
	if i.Order != "" {
		about = append(about, blocks.Escape(b.p.T("Order %s", i.Order)))
	}
	if i.Inspector != "" {
		about = append(about, b.p.M("Inspector: %s", blocks.Mention(i.Inspector)))
	}
	if len(about) > 0 {
		m.Add(blocks.Note(blocks.Join(about, " · ")))
	}
	m.Add(blocks.Actions(
		blocks.Button(actReport, blocks.Subject(i.Subject()), b.p.T("Report result")),
		blocks.Button(actMove, blocks.Subject(i.Subject()), b.p.T("Move inspection")),
		blocks.Button(actChecklist, blocks.Subject(i.Subject()), b.p.T("Open checklist")),
		blocks.Button(actAdd, blocks.Subject(i.Subject()), b.p.T("Add item")),
		blocks.Button(actCalendar, blocks.Subject(i.Subject()), b.p.T("Calendar file")),
	))
	if to == insiders {
		es := []slack.BlockElement{blocks.Button(actHistory, historySubject(i.Factory.Number, 0), b.p.T("Earlier results here"))}
		if i.Plan > 0 {
			es = append(es, blocks.Button(actOpen, blocks.Subject(visit.SubjectOf(visit.OfPlan, i.Plan)), b.p.T("Show plan")))
		}
		m.Add(blocks.Actions(es...))
	}
	return m
}

// countdown says where a visit stands on a day at the factory.
func countdown(p blocks.Printer, v *visit.Visit, today civil.Date) string {
	switch {
	case v.Cancelled.IsSet():
		return "cancelled"
	case v.Last.Before(today):
		return p.T("over since %s", blocks.ShortDay(v.Last))
	case v.First.After(today):
		return blocks.Ahead(p, v.First, today)
	case v.First == v.Last:
		return "today"
	}
	return p.T("today is day %d of %d", today.Sub(v.First)+1, v.Last.Sub(v.First)+1)
}

// lines are the checklist that a template begins with.
func lines(k *guide.Guide, id string) visit.Checklist { return Lines(k.Template(id)) }

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
