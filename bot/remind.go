package bot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
)

// Reminders words and sends what is due. When that is, is the scheduler's; what is
// said is the state of the moment in which it is sent.
type Reminders struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	words     *wording
	live      *live
	tips      *tips
}

// actSnooze brings a reminder back on the next working day. Its value is the key of
// the occurrence.
const actSnooze blocks.ActionID = "snooze"

// metadataEvent is the kind of the metadata that reminders carry.
const metadataEvent = "visitprep_reminder"

// metadataKey is what stands in a message's metadata for an occurrence. Other apps can
// read it, so it says nothing.
func metadataKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}

// delivery says what an answer of Slack's to a post means.
func delivery(ts string, err error) visit.Delivery {
	d := visit.Delivery{TS: ts, Err: withoutURL(err)}
	var limited *slack.RateLimitedError
	var answer slack.SlackErrorResponse
	var status slack.StatusCodeError
	switch {
	case err == nil:
		d.Outcome = visit.Delivered
	case errors.As(err, &limited):
		d.Outcome, d.RetryAfter = visit.Limited, limited.RetryAfter
	case errors.Is(err, errNotWritten):
		d.Outcome = visit.NotSent
	case errors.As(err, &answer):
		switch answer.Err {
		case "internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org":
			d.Outcome = visit.Unknown // Slack itself does not know
		case "ratelimited", "rate_limited":
			d.Outcome, d.RetryAfter = visit.Limited, time.Minute
		default:
			d.Outcome = visit.Refused
		}
	case errors.As(err, &status) && status.Code < 500:
		d.Outcome = visit.Refused
	default: // cut off, timed out, 5xx: it may have arrived
		d.Outcome = visit.Unknown
	}
	return d
}

// Post words one occurrence from the state of this moment and sends it.
func (rm *Reminders) Post(ctx context.Context, o visit.Occurrence) visit.Delivery {
	m, thread, err := rm.message(ctx, &o)
	if errors.Is(err, visit.ErrNotFound) {
		return visit.Delivery{Outcome: visit.NothingSaid, Err: err}
	}
	if err != nil {
		return visit.Delivery{Outcome: visit.NotSent, Err: err}
	}
	if m == nil {
		return visit.Delivery{Outcome: visit.NothingSaid}
	}
	options := postOptions(m, thread)
	if thread != "" {
		options = append(options, slack.MsgOptionBroadcast())
	}
	options = append(options, slack.MsgOptionMetadata(slack.SlackMetadata{EventType: metadataEvent, EventPayload: map[string]any{"key": metadataKey(o.Key)}}))
	_, ts, err := rm.o.Slack.PostMessageContext(ctx, o.To, options...)
	if err == nil && thread != "" {
		rm.live.changed(o.Workspace, o.Subject) // its countdown goes on
	}
	return delivery(ts, err)
}

// lookBack is how much before the first request for a message is looked: clocks
// differ.
const lookBack = 2 * time.Minute

// Find looks in Slack for the message of an occurrence that may have been sent. A
// reminder goes into its card's thread, and there Slack's history of the channel has it
// only where it was broadcast: so the thread is read first, then the channel, each page
// by page since shortly before the first request.
func (rm *Reminders) Find(ctx context.Context, o visit.Occurrence) visit.Delivery {
	channel, thread := o.To, ""
	if strings.HasPrefix(o.To, "U") || strings.HasPrefix(o.To, "W") {
		dm, _, _, err := rm.o.Slack.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{o.To}, ReturnIM: true})
		if err != nil {
			return cannotLook(err)
		}
		channel = dm.ID
	} else if a, err := rm.o.Store.Appointment(ctx, o.Workspace, o.Subject); err == nil {
		thread = a.Common().Card
	}
	oldest := strconv.FormatInt(o.Posted.Add(-lookBack).Unix(), 10)
	sought := func(m slack.Message) bool {
		return m.Metadata.EventType == metadataEvent && m.Metadata.EventPayload["key"] == metadataKey(o.Key)
	}
	cursor := ""
	for thread != "" {
		ms, more, next, err := rm.o.Slack.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: channel, Timestamp: thread, Oldest: oldest, Cursor: cursor, Limit: 200, IncludeAllMetadata: true})
		if isSlackError(err, "thread_not_found") {
			break
		}
		if err != nil {
			return cannotLook(err)
		}
		for _, m := range ms {
			if sought(m) {
				return visit.Delivery{Outcome: visit.Delivered, TS: m.Timestamp}
			}
		}
		if !more || next == "" {
			break
		}
		cursor = next
	}
	cursor = ""
	for {
		h, err := rm.o.Slack.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: channel, Oldest: oldest, Cursor: cursor, Limit: 200, IncludeAllMetadata: true})
		if err != nil {
			return cannotLook(err)
		}
		for _, m := range h.Messages {
			if sought(m) {
				return visit.Delivery{Outcome: visit.Delivered, TS: m.Timestamp}
			}
		}
		if cursor = h.ResponseMetaData.NextCursor; !h.HasMore || cursor == "" {
			return visit.Delivery{Outcome: visit.NotFound}
		}
	}
}

// cannotLook tells temporary errors from permanent ones.
func cannotLook(err error) visit.Delivery {
	d := delivery("", err)
	switch d.Outcome {
	case visit.Limited:
	case visit.Refused:
		d.Outcome = visit.CannotLook
	default:
		d.Outcome = visit.Unknown
	}
	return d
}

// message words an occurrence. A nil message says that there is nothing to say any
// more. thread is the card that it goes under, for the whole channel to read.
func (rm *Reminders) message(ctx context.Context, o *visit.Occurrence) (m *blocks.Message, thread string, err error) {
	g, now := rm.guide.Load(), rm.o.Now()
	switch o.Kind {
	case visit.Digest:
		m, err = rm.digest(ctx, o)
	case visit.Tip:
		m, err = rm.tip(ctx, g, o)
	case visit.Notice:
		m, err = rm.notice(ctx, o)
	default:
		var a visit.Appointment
		if a, err = rm.reminded(ctx, o); err == nil && a != nil {
			m = rm.words.reminder(g, a, o)
			thread = a.Common().Card
		}
	}
	if m == nil || err != nil {
		return nil, "", err
	}
	if o.Kind == visit.Escalation {
		thread = "" // it goes to a person
	}
	if o.Repeat {
		m.Add(blocks.Note(rm.p.M("You may have seen this before: I couldn't tell whether it had arrived.")))
		m.Text.Line(rm.p.T("You may have seen this before."))
	}
	if o.Late(now) {
		m.Add(blocks.Note(rm.p.M("This is late: it was due on %s.", blocks.Time(rm.p, o.Due.In(zoneOr(o.Zone)), "Mon 2 January at 15:04"))))
		m.Text.Line(rm.p.T("This is late."))
	}
	return m, thread, nil
}

// reminded is what a reminder is about, with a card for it to stand under; nil where
// nothing is to be reminded of any more.
func (rm *Reminders) reminded(ctx context.Context, o *visit.Occurrence) (visit.Appointment, error) {
	a, err := rm.o.Store.Appointment(ctx, o.Workspace, o.Subject)
	if err != nil {
		return nil, err
	}
	if w := a.Common(); !a.Open() || o.Schedule != w.Schedule {
		return nil, nil
	} else if kind, _ := o.Subject.Cut(); w.Card != "" || kind != visit.OfInspection || o.Kind == visit.Escalation {
		return a, nil
	}
	// Its plan made it and nobody has looked at it yet: it has no card.
	if err := rm.live.putCard(ctx, o.Workspace, o.Subject); err != nil {
		rm.log.Warn("could not post an inspection's card", "err", err)
		return a, nil
	}
	return rm.o.Store.Appointment(ctx, o.Workspace, o.Subject)
}

// remindItems is how many open items a reminder shows; the checklist has the rest.
const remindItems = 8

// reminder words a reminder of a visit or an inspection.
func (wd *wording) reminder(g *guide.Guide, a visit.Appointment, o *visit.Occurrence) *blocks.Message {
	w := a.Common()
	to := insiders
	if o.Kind != visit.Escalation {
		to = audienceOf(w.Place)
	}
	m := new(blocks.Message)
	head := headline(wd.p, a, o, w.Today(wd.o.Now()))
	m.Add(blocks.Section(blocks.Bold(head)))
	m.Text.Line(head)
	open, next := itemsDue(wd.p, a, o, to)
	addItems(wd.p, m, a.Subject(), open, next)
	m.Add(blocks.Actions(reminderButtons(wd.p, g, a, o, open)...))
	return m
}

// missing reports whether a reminder is about a result that nobody has reported.
func missing(o *visit.Occurrence) bool {
	return o.Kind == visit.Overdue || o.Kind == visit.Escalation
}

// headline is the first line of a reminder on a day at the factory.
func headline(p blocks.Printer, a visit.Appointment, o *visit.Occurrence, today civil.Date) string {
	name, title := a.Common().Factory.Name, a.Title(p.Printer)
	first, _ := a.Days()
	v, _ := a.(*visit.Visit)
	switch {
	case o.Kind == visit.CatchUp:
		return p.T("%s: what should be done by now", title)
	case o.Kind == visit.Overdue:
		return p.T("Inspection %d at %s was due on %s and has no result yet", a.Common().Number, name, blocks.ShortDay(p, first))
	case o.Kind == visit.Escalation:
		return p.T("Nobody has reported the result of inspection %d at %s, due on %s", a.Common().Number, name, blocks.OnDay(p, first))
	case v == nil:
		return p.T("%s: due %s, on %s", title, blocks.Ahead(p, first, today), blocks.OnDay(p, first))
	case o.Milestone == 0:
		return p.T("%s: %s", title, countdown(p, v, o.Day))
	case o.Milestone > 0:
		return p.T("%s: %s the visit", title, o.Milestone.Label(p.Printer))
	}
	return p.T("%s: the visit begins %s, on %s", title, blocks.Ahead(p, first, today), blocks.OnDay(p, first))
}

// itemsDue are the open items that a reminder is about, and in words the first one
// after them.
func itemsDue(p blocks.Printer, a visit.Appointment, o *visit.Occurrence, to audience) (open []visit.Item, next string) {
	upTo := o.Milestone
	if missing(o) {
		upTo = 0
	}
	// After the visit, what was to be done before it is over.
	from := visit.Milestone(math.MinInt)
	if upTo > 0 {
		from = 1
	}
	for _, i := range a.Common().Items {
		if !i.Open() || i.Sensitive && to != insiders || i.Milestone < from {
			continue
		}
		if i.Milestone <= upTo {
			open = append(open, i)
		} else if next == "" {
			next = p.T("%s, by %s", i.Text, blocks.ShortDay(p, a.DueDay(i.Milestone)))
		}
	}
	if upTo == 0 { // the day's own come first
		slices.SortStableFunc(open, func(a, b visit.Item) int { return cmp.Compare(b.Milestone, a.Milestone) })
	}
	return open, next
}

// addItems lists open items, each with a button that ticks it. Where there is none, it
// says what comes next.
func addItems(p blocks.Printer, m *blocks.Message, s visit.Subject, open []visit.Item, next string) {
	for _, i := range open[:min(len(open), remindItems)] {
		line := blocks.Escape(i.Text)
		if i.Owner != "" {
			line += " – " + blocks.Mention(i.Owner)
		}
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actDone, itemSubject(s, i.ID), p.T("Done")))))
		m.Text.Line(p.T("Open: %s", i.Text))
	}
	switch {
	case len(open) == 0:
		words := p.T("Nothing is left to do.")
		if next != "" {
			words = p.T("Nothing is due yet. Next: %s.", next)
		}
		m.Add(blocks.Note(blocks.Escape(words)))
		m.Text.Line(words)
	case len(open) > remindItems:
		m.Add(blocks.Note(blocks.Escape(p.T("And %d more on the checklist.", len(open)-remindItems))))
	}
}

// reminderButtons are what can be done about a reminder.
func reminderButtons(p blocks.Printer, g *guide.Guide, a visit.Appointment, o *visit.Occurrence, open []visit.Item) []slack.BlockElement {
	about := blocks.Subject(a.Subject())
	list := blocks.Button(actChecklist, about, p.T("Open checklist"))
	report := blocks.Button(actReport, about, p.T("Report result"))
	if missing(o) {
		report.Style = slack.StylePrimary
		return []slack.BlockElement{report, blocks.Button(actMove, about, p.T("Move inspection")), list}
	}
	es := []slack.BlockElement{list}
	for _, i := range open {
		if len(i.Entries) == 0 {
			continue
		}
		if e, ok := g.Base.Entry(i.Entries[0]); ok {
			es = append(es, blocks.Button(guide.ActShow.With("how"), guide.EntrySubject(e.ID), e.Title))
			break
		}
	}
	if _, ok := a.(*visit.Inspection); ok {
		es = append(es, report)
	} else {
		es = append(es, blocks.Button(actBrief, about, p.T("Send me the brief")))
	}
	if o.Milestone != 0 {
		es = append(es, blocks.Button(actSnooze, blocks.Subject(o.Key), p.T("Snooze reminder")))
	}
	return es
}

// digest is what a person has to do, in one message.
func (rm *Reminders) digest(ctx context.Context, o *visit.Occurrence) (*blocks.Message, error) {
	tasks, err := rm.o.Store.Tasks(ctx, o.Workspace, o.To)
	if err != nil {
		return nil, err
	}
	channels, err := rm.directory.channelsOf(ctx, o.To)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Add(blocks.Section(blocks.Bold(rm.p.T("Your open items"))))
	m.Text.Line(rm.p.T("Your open items"))
	shown := 0
	soon := o.Day.AddDays(7)
	for _, t := range tasks {
		if !slices.Contains(channels, t.Channel) || t.Due().After(soon) || shown == 2*remindItems {
			continue
		}
		shown++
		when := rm.p.T("by %s", blocks.ShortDay(rm.p, t.Due()))
		if t.Due().Before(o.Day) {
			when = rm.p.T("was due %s", blocks.ShortDay(rm.p, t.Due()))
		}
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Escape(t.Item.Text)+"\n"+blocks.Escape(when+" · "+t.Factory)), nil,
			slack.NewAccessory(blocks.Button(actDone, itemSubject(t.Subject, t.Item.ID), rm.p.T("Done")))))
		m.Text.Line(rm.p.T("%s, %s", t.Item.Text, when))
	}
	if shown == 0 {
		return nil, nil
	}
	return m, nil
}

// notice tells whoever planned something that a reminder reached nobody.
func (rm *Reminders) notice(ctx context.Context, o *visit.Occurrence) (*blocks.Message, error) {
	lost, err := rm.o.Store.Occurrence(ctx, o.Workspace, o.Payload)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	why := rm.p.T("Slack rejected it")
	switch {
	case lost.State == visit.Expired:
		why = rm.p.T("it was too late to be useful")
	case strings.Contains(lost.Error, "is_archived"):
		why = rm.p.T("the channel is archived")
	case strings.Contains(lost.Error, "not_in_channel"), strings.Contains(lost.Error, "channel_not_found"):
		why = rm.p.T("I'm not in the channel; type /invite @visitprep there")
	case strings.Contains(lost.Error, "token"), strings.Contains(lost.Error, "invalid_auth"), strings.Contains(lost.Error, "account_inactive"):
		why = rm.p.T("Visit Prep was not connected to this workspace")
	}
	m.Say(rm.p.T("A reminder about %s, due on %s, could not be delivered: %s.", rm.about(ctx, &lost), blocks.OnDay(rm.p, civil.Of(lost.Due.In(zoneOr(lost.Zone)))), why))
	show := rm.p.T("Show visit")
	if kind, _ := o.Subject.Cut(); kind == visit.OfInspection {
		show = rm.p.T("Show inspection")
	}
	m.Add(blocks.Actions(blocks.Button(actOpen, blocks.Subject(o.Subject), show)))
	return m, nil
}

// tip is a tip that fits the channel's next visit and was not seen there.
func (rm *Reminders) tip(ctx context.Context, g *guide.Guide, o *visit.Occurrence) (*blocks.Message, error) {
	e, err := rm.tips.stored(ctx, g, o.Workspace, o.To)
	if err != nil || e == nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Add(blocks.Note(rm.p.M("A tip for your team")))
	full := g.View(e).Full
	m.Add(full.Blocks...)
	m.Text.Lines(full.Text.String())
	m.Add(blocks.Actions(blocks.Button(guide.ActTip, guide.EntrySubject(e.ID), rm.p.T("Another tip"))))
	return m, nil
}

// snooze brings a reminder back on the next working day.
func (rm *Reminders) snooze(ctx context.Context, c click) error {
	o, err := rm.o.Store.Occurrence(ctx, c.team, string(c.about))
	if err != nil {
		return rm.replies.sayError(ctx, c, "snooze a reminder", err)
	}
	if err := rm.access.checkAccess(ctx, c.team, c.user, o.Subject); err != nil {
		return rm.replies.sayError(ctx, c, "snooze a reminder", err)
	}
	until := rm.o.Timing.NextMorning(rm.o.Now(), o.Zone)
	if err := rm.o.Store.AddOccurrence(ctx, o.Snoozed(until)); err != nil {
		return rm.replies.sayError(ctx, c, "snooze a reminder", err)
	}
	return rm.replies.replyPrivately(ctx, c, blocks.Said(rm.p.T("I'll remind this channel again on %s.", blocks.Time(rm.p, until.In(zoneOr(o.Zone)), "Mon 2 January at 15:04"))))
}

// about names what a reminder is about in a line: "Visit 3, Ningbo Bright Metal".
func (rm *Reminders) about(ctx context.Context, o *visit.Occurrence) string {
	if a, err := rm.o.Store.Appointment(ctx, o.Workspace, o.Subject); err == nil {
		return a.Title(rm.p.Printer)
	}
	switch o.Kind {
	case visit.Tip:
		return rm.p.T("a tip on manners and culture")
	case visit.Digest:
		return rm.p.T("your open items")
	}
	return string(o.Subject)
}
