package bot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// Reminders words and sends what is due. When that is, is the scheduler's; what is
// said is the state of the moment in which it is sent.
type Reminders struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	live      *live
	tips      *tips
	news      *news
	daily     *daily
	told      *told
	reports   *reports
	monthly   *monthly
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

// Post words one occurrence from the state of this moment and sends it.
func (rm *Reminders) Post(ctx context.Context, o visit.Occurrence) visit.Delivery {
	ctx = unattended(ctx)
	if o.Kind == visit.NewFile {
		return rm.told.sendFile(ctx, &o)
	}
	if o.Kind == visit.NewReport {
		return rm.reports.send(ctx, &o)
	}
	claimed := o.To
	p, err := rm.message(ctx, &o)
	if errors.Is(err, visit.ErrNotFound) {
		return visit.Delivery{Outcome: visit.NothingSaid, Err: err}
	}
	if err != nil {
		return notWorded(err)
	}
	if p == nil {
		return visit.Delivery{Outcome: visit.NothingSaid}
	}
	if rm.gone(ctx, &o) {
		return visit.Delivery{Outcome: visit.Refused, Err: errDeactivated}
	}
	ts, err := rm.post(ctx, &o, p)
	if plain := rm.replies.withoutCharts(p.Message, err); plain != nil {
		p.Message = plain
		ts, err = rm.post(ctx, &o, p)
	}
	if err == nil && p.thread != "" {
		rm.live.changed(o.Workspace, o.Subject) // its countdown goes on
	}
	rm.directory.refused(o.Workspace, o.To, err)
	if isSlackError(err, "channel_not_found") {
		// Between its claim and the post the channel may have got another id.
		if now, err := rm.o.Store.Occurrence(ctx, o.Workspace, o.Key); err == nil && now.To != claimed {
			return visit.Delivery{Outcome: visit.NotSent, RetryAfter: time.Second, Err: errRenumbered}
		}
	}
	d := posted(ts, err)
	d.Shows, d.Told = o.Shows, o.Told
	return d
}

// post sends a posting with the key by which it is found again.
func (rm *Reminders) post(ctx context.Context, o *visit.Occurrence, p *posting) (ts string, err error) {
	options := postOptions(p.Message, p.thread)
	if p.thread != "" && p.broadcast {
		options = append(options, slack.MsgOptionBroadcast())
	}
	options = append(options, slack.MsgOptionMetadata(slack.SlackMetadata{EventType: metadataEvent, EventPayload: map[string]any{"key": metadataKey(o.Key)}}))
	_, ts, err = rm.api(ctx, o.Workspace).PostMessageContext(ctx, o.To, options...)
	return ts, err
}

var errRenumbered = errors.New("the channel has got another id")

// lookBack is how much before the first request for a message is looked: clocks
// differ.
const lookBack = 2 * time.Minute

// Find looks in Slack for the message of an occurrence that may have been sent. A
// reminder goes into its card's thread, and there Slack's history of the channel has it
// only where it was broadcast: so the thread is read first, then the channel, each page
// by page since shortly before the first request.
//
// Slack dates its messages, and our clock the request: where ours turns out to be ahead, it
// is looked for once more from as much before.
func (rm *Reminders) Find(ctx context.Context, o visit.Occurrence) visit.Delivery {
	if o.Kind == visit.NewFile { // a file has no metadata, and twice it is the same entry
		return visit.Delivery{Outcome: visit.CannotLook}
	}
	ctx, ahead := comparingClocks(unattended(ctx))
	d := rm.find(ctx, o, lookBack)
	if by := ahead(); d.Outcome == visit.NotFound && by > lookBack/2 {
		rm.log.Warn("our clock is ahead of Slack's; please set it", "by", by.Round(time.Second))
		d = rm.find(ctx, o, by+lookBack)
	}
	if d.Outcome == visit.Delivered && o.Kind == visit.Digest {
		_, told, err := rm.daily.tells(ctx, &o)
		if err != nil { // told twice is better than never
			rm.log.Warn("could not see what a daily message has told", "err", err)
		}
		d.Told = told
	}
	return d
}

// whereSent is the conversation, and the thread in it, in which a message would stand. Only
// there is a reminder found that was not broadcast: so its card is found first.
func (rm *Reminders) whereSent(ctx context.Context, o *visit.Occurrence) (channel, thread string, err error) {
	channel, err = rm.readerOf(ctx, o)
	if errors.Is(err, visit.ErrNotFound) || err == nil && channel == "" {
		channel, err = o.To, nil // nobody else has got it
	}
	if err != nil {
		return "", "", err
	}
	a, noneErr := rm.o.Store.Appointment(ctx, o.Workspace, o.Subject)
	if noneErr == nil && !isOfActions(o.Kind) && o.Kind != visit.Notice && o.Kind != visit.News && o.Kind != visit.Changed && o.Kind != visit.BriefBehind && visit.IsPerson(o.To) {
		if channel, _, err = rm.recipient(ctx, o, a); err != nil {
			return "", "", err
		}
	}
	if visit.IsPerson(channel) {
		dm, err := rm.directory.direct(ctx, o.Workspace, channel)
		return dm, "", err
	}
	if noneErr != nil || o.Kind == visit.Card {
		return channel, "", nil
	}
	if thread = a.Common().Card; thread == "" {
		// A copy that was put back may know of the message and not of the card above it.
		wait, err := rm.live.cardFirst(ctx, o.Workspace, o.Subject)
		if wait || err != nil {
			return "", "", cmp.Or(err, errCardFirst)
		}
	}
	return channel, thread, nil
}

// readerOf is who gets a message of a kind whose words choose their reader by the state of the moment, or has
// got it; nobody where none is left. All others have the reader for whom they were made.
func (rm *Reminders) readerOf(ctx context.Context, o *visit.Occurrence) (string, error) {
	switch {
	case isOfActions(o.Kind):
		due, err := rm.actionsDue(ctx, o)
		if err != nil || len(due) == 0 {
			return "", err
		}
		to, _, err := rm.actionsTo(ctx, o, due)
		return to, err
	case o.Kind == visit.AgreementDue:
		a, err := rm.o.Store.Agreement(ctx, o.Workspace, o.Subject.Number())
		if err != nil || !visit.IsPerson(o.To) {
			return a.Channel, err
		}
		read := *o
		err = rm.agreementReader(ctx, &read, &a)
		return read.To, err
	case o.Kind == visit.ContactDue:
		c, err := rm.o.Store.Contact(ctx, o.Workspace, o.Subject.Number())
		if err != nil {
			return "", err
		}
		return rm.access.asker(ctx, &c)
	case o.Kind == visit.PlanBegins:
		plan, err := rm.o.Store.Plan(ctx, o.Workspace, o.Subject.Number())
		return plan.Channel, err
	}
	return o.To, nil
}

// find looks once, from so much before the first request on. The thread comes first, for
// the history of its channel has a message of it only where that was broadcast.
func (rm *Reminders) find(ctx context.Context, o visit.Occurrence, lookBack time.Duration) visit.Delivery {
	channel, thread, err := rm.whereSent(ctx, &o)
	if errors.Is(err, errCardFirst) {
		return visit.Delivery{Outcome: visit.NotSent, Err: err} // looked for again soon
	}
	if err != nil {
		return cannotLook(err)
	}
	oldest := strconv.FormatInt(o.Posted.Add(-lookBack).Unix(), 10)
	sought := func(m slack.Message) bool {
		return m.Metadata.EventType == metadataEvent && m.Metadata.EventPayload["key"] == metadataKey(o.Key)
	}
	cursor := ""
	for thread != "" {
		ms, more, next, err := rm.api(ctx, o.Workspace).GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: channel, Timestamp: thread, Oldest: oldest, Cursor: cursor, Limit: 200, IncludeAllMetadata: true})
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
		h, err := rm.api(ctx, o.Workspace).GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: channel, Oldest: oldest, Cursor: cursor, Limit: 200, IncludeAllMetadata: true})
		if err == nil && !h.Ok {
			err = errNotSlacks
		}
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

// A posting is a message and its place.
type posting struct {
	*blocks.Message
	thread    string // the card that it stands under; empty is none
	broadcast bool   // it stands in the channel, too
}

// message words an occurrence. It is nil where there is nothing to say any more.
func (rm *Reminders) message(ctx context.Context, o *visit.Occurrence) (*posting, error) {
	p := rm.directory.printerOf(ctx, o.Workspace, o.To)
	g, now := rm.guide.Load().In(p), rm.o.Now()
	words, zone := rm.words(p, ""), o.Zone
	if visit.IsPerson(o.To) {
		zone = rm.directory.zoneOf(ctx, o.Workspace, o.To)
		words.zone = zone
	}
	place := posting{}
	m, alone, err := rm.alone(ctx, g, o)
	switch {
	case alone:
	case o.Kind == visit.Card:
		// What it shows is kept up to date, so it is neither late nor twice.
		if m, err = rm.live.newCard(ctx, o); m == nil || err != nil {
			return nil, err
		}
		return &posting{Message: m}, nil
	case o.Kind == visit.Changed:
		m, place.thread, place.broadcast, err = rm.told.message(ctx, o)
	case isOfActions(o.Kind):
		var p *posting
		if p, err = rm.actionReminder(ctx, o); p != nil {
			m, place = p.Message, *p
		}
	default:
		var a visit.Appointment
		if a, err = rm.reminded(ctx, o); err == nil && a != nil {
			var to audience
			if o.To, to, err = rm.recipient(ctx, o, a); err != nil || o.To == "" {
				return nil, err
			}
			p = rm.directory.printerOf(ctx, o.Workspace, o.To)
			words.p = p
			if m = words.reminder(g, a, o, to); m == nil { // somebody has answered meanwhile
				return nil, nil
			}
			if err = rm.call(ctx, m, a, o, to); err != nil {
				return nil, err
			}
			if v, ok := a.(*visit.Visit); ok && to == insiders && o.Kind == visit.Remind && o.Milestone == 0 {
				rm.access.addMarket(ctx, p, m, v)
			}
			fewer(p, m, blocks.Subject(o.Subject))
			place = posting{thread: a.Common().Card, broadcast: rm.o.Timing.Broadcasts(a, o)}
			zone = cmp.Or(words.zone, a.Common().ChannelZone) // a visit day's hour is the factory's
		}
	}
	if m == nil || err != nil {
		return nil, err
	}
	place.Message = m
	if visit.IsPerson(o.To) {
		place.thread = ""
	}
	if o.Repeat {
		m.Add(blocks.Note(p.M("You may have seen this before: I couldn't tell whether it had arrived.")))
		m.Text.Line(p.T("You may have seen this before."))
	}
	if o.Late(now) && o.Kind != visit.News && o.Kind != visit.Changed && o.Kind != visit.BriefBehind { // which tell what is so now
		m.Add(blocks.Note(p.M("This is late: it was due on %s.", blocks.Time(p, o.Due.In(zoneOr(zone)), "Mon 2 January at 15:04"))))
		m.Text.Line(p.T("This is late."))
	}
	return &place, nil
}

// alone words what stands by itself, under no card, and reports whether o is of such a kind. It has a
// branch for each kind, and nothing to follow between them.
func (rm *Reminders) alone(ctx context.Context, g *guide.Guide, o *visit.Occurrence) (m *blocks.Message, alone bool, err error) {
	p := rm.directory.printerOf(ctx, o.Workspace, o.To)
	switch o.Kind {
	case visit.Digest:
		if m, err = rm.daily.message(ctx, g, o); m != nil {
			fewer(p, m, "")
		}
	case visit.Tip:
		if m, err = rm.tip(ctx, g, o); m != nil {
			fewer(p, m, blocks.Subject(o.Subject))
		}
	case visit.Overview:
		m, err = rm.monthly.message(ctx, o)
	case visit.Notice:
		m, err = rm.notice(ctx, o)
	case visit.News:
		m, err = rm.news.message(ctx, o)
	case visit.PlanBegins:
		m, err = rm.seriesStart(ctx, o)
	case visit.AgreementDue:
		m, err = rm.agreementDue(ctx, o)
	case visit.MarketDigest:
		m, err = rm.marketDigest(ctx, o)
	case visit.ContactDue:
		m, err = rm.contactDue(ctx, o)
	case visit.IntroCheck:
		m, err = rm.introCheck(ctx, o)
	case visit.BriefBehind:
		m, err = rm.briefBehind(ctx, o)
	default:
		return nil, false, nil
	}
	return m, true, err
}

// call names below the first line of a reminder in a channel those whom it is for: a reply
// in a thread rings for nobody else. Who does not want to be named there is told in their
// daily message, and stands in the lines without being called.
func (rm *Reminders) call(ctx context.Context, m *blocks.Message, a visit.Appointment, o *visit.Occurrence, to audience) error {
	if visit.IsPerson(o.To) {
		return nil
	}
	people := called(a, o, to)
	inLines := slices.Clone(people)
	for _, i := range a.Common().Items {
		if i.Owner != "" && !slices.Contains(inLines, i.Owner) {
			inLines = append(inLines, i.Owner)
		}
	}
	return rm.name(ctx, m, people, inLines, o)
}

// name names people below the first line of a reminder, but those who do not want that; they
// are called in none of the lines either, in which some people stand.
func (rm *Reminders) name(ctx context.Context, m *blocks.Message, people, inLines []string, o *visit.Occurrence) error {
	p := rm.directory.printerOf(ctx, o.Workspace, o.To)
	ofDay := o.Kind == visit.Remind && o.Milestone == 0 // which nobody pauses
	paused, err := rm.o.Store.Pauses(ctx, o.Workspace, inLines)
	if err != nil {
		return err
	}
	for p, of := range paused {
		if ofDay || of.Named(o.Subject) {
			continue
		}
		who, err := rm.directory.person(ctx, o.Workspace, p)
		if err != nil {
			return unchecked(err)
		}
		blocks.Unmention(m.Blocks, p, who.name)
		people = slices.DeleteFunc(people, func(o string) bool { return o == p })
	}
	var ms []blocks.Markup
	for _, p := range people {
		ms = append(ms, blocks.Mention(p))
	}
	if len(ms) > 0 {
		m.Blocks = slices.Insert(m.Blocks, min(1, len(m.Blocks)), blocks.Note(blocks.ClipNames(p.M("For %s", p.List(ms)), 2900)))
	}
	return nil
}

// called are those whom a reminder in a channel is for: who owns a line that is due with
// it, who travels on that day, who inspects. How an inspection ended is asked of its
// inspector, or of whoever planned it.
func called(a visit.Appointment, o *visit.Occurrence, to audience) (people []string) {
	name := func(p string) {
		if p != "" && !slices.Contains(people, p) {
			people = append(people, p)
		}
	}
	i, _ := a.(*visit.Inspection)
	v, _ := a.(*visit.Visit)
	if missing(o) {
		if i != nil {
			name(cmp.Or(i.Inspector, i.Owner))
		}
		return people
	}
	if v != nil && o.Kind == visit.Remind && o.Milestone == 0 {
		for _, p := range v.People {
			name(p.User)
		}
	}
	if i != nil {
		name(i.Inspector)
	}
	for _, item := range a.Common().Items {
		on := item.Falls(a.Days())
		due := on == o.Milestone || o.Kind == visit.CatchUp && on <= o.Milestone && (on > 0) == (o.Milestone > 0)
		if due && item.Open() && !hidden(&item, to) {
			name(item.Owner)
		}
	}
	return people
}

// recipient is who gets a reminder of a, and who reads it. A person who may not see it
// any more gets nothing: those in the channel do. Of an unannounced visit nothing goes where another
// company reads, but to whoever planned it; with nobody left it has no reader.
func (rm *Reminders) recipient(ctx context.Context, o *visit.Occurrence, a visit.Appointment) (string, audience, error) {
	to := o.To
	if visit.IsPerson(to) {
		err := rm.access.canSee(ctx, o.Workspace, to, o.Subject, a.Common().Channel)
		if !errors.Is(err, errNotYours) {
			return to, insiders, err
		}
		to = a.Common().Channel
	}
	who, err := rm.directory.readers(ctx, o.Workspace, to)
	if v, ok := a.(*visit.Visit); ok && err == nil && who != insiders && v.Unannounced {
		err := rm.access.canSee(ctx, o.Workspace, v.Owner, o.Subject, v.Channel)
		if errors.Is(err, errNotYours) {
			return "", insiders, nil
		}
		return v.Owner, insiders, err
	}
	return to, who, err
}

// reminded is what a reminder is about, with a card for it to stand under, and o becomes
// what it has to say now; nil where nothing is to be reminded of any more. A reminder
// that was on its way when the work moved to another channel, and has not arrived, comes
// there instead.
func (rm *Reminders) reminded(ctx context.Context, o *visit.Occurrence) (visit.Appointment, error) {
	a, err := rm.o.Store.Appointment(ctx, o.Workspace, o.Subject)
	if err != nil {
		return nil, err
	}
	present, says := o.Present(a, &rm.o.Timing, rm.o.Now())
	if !says {
		return nil, nil
	}
	w := a.Common()
	if o.Schedule != w.Schedule && o.Elsewhere(w) {
		return nil, rm.o.Store.AddOccurrence(ctx, o.MovedTo(w))
	}
	*o = present
	if w.Card != "" || o.Kind == visit.Escalation {
		return a, nil
	}
	// Its plan made it, or it was imported, and nobody has looked at it yet: it has no card.
	if wait, err := rm.live.cardFirst(ctx, o.Workspace, o.Subject); wait || err != nil {
		return nil, cmp.Or(err, errCardFirst)
	}
	return rm.o.Store.Appointment(ctx, o.Workspace, o.Subject)
}

// tip is a tip that fits the channel's next visit and was not seen there.
func (rm *Reminders) tip(ctx context.Context, g *guide.Guide, o *visit.Occurrence) (*blocks.Message, error) {
	p := rm.directory.printerOf(ctx, o.Workspace, o.To)
	e, err := rm.tips.stored(ctx, g, o.Workspace, o.To)
	if err != nil || e == nil {
		return nil, err
	}
	m := new(blocks.Message)
	heading := p.M("A tip for your team")
	if visit.IsPerson(o.To) {
		heading = p.M("A tip for you")
	}
	m.Add(blocks.Note(heading))
	full := g.View(e).Full
	m.Add(full.Blocks...)
	m.Text.Lines(full.Text.String())
	m.Add(blocks.Actions(blocks.Button(guide.ActTip, guide.EntrySubject(e.ID), p.T("Another tip")), stopTips(p, "")))
	return m, nil
}

// snooze brings a reminder back on the next working day, where its visit is then.
func (rm *Reminders) snooze(ctx context.Context, c click) error {
	p := rm.directory.printer(ctx, c.team, c.user)
	refuse := func(err error) error { return rm.replies.sayError(ctx, c, "snooze a reminder", err) }
	o, err := rm.o.Store.Occurrence(ctx, c.team, string(c.about))
	if err != nil {
		return refuse(err)
	}
	if err := rm.access.checkAccess(ctx, c.team, c.user, o.Subject); err != nil {
		return refuse(err)
	}
	a, err := rm.o.Store.Appointment(ctx, o.Workspace, o.Subject)
	if err != nil {
		return refuse(err)
	}
	if !a.Reminded() {
		return rm.replies.replyPrivately(ctx, c, blocks.Said(p.T("%s was cancelled or has its result, so there is nothing to snooze. Restore the visit or undo the result first.", a.Title(p.Printer))))
	}
	until := rm.o.Timing.NextMorning(rm.o.Now(), o.Zone)
	when := blocks.Time(p, until.In(zoneOr(o.Zone)), "Mon 2 January at 15:04")
	words := snoozedUntil(p, &visit.Occurrence{Due: until, Zone: o.Zone})
	if o.Elsewhere(a.Common()) {
		o = o.MovedTo(a.Common())
		words = p.T("I'll remind the channel that prepares it now, on %s.", when)
	}
	if err := rm.o.Store.AddOccurrence(ctx, o.Snoozed(until)); err != nil {
		return refuse(err)
	}
	return rm.live.pressed(ctx, c, words)
}

// snoozedUntil says when a reminder that was snoozed comes back.
func snoozedUntil(p blocks.Printer, o *visit.Occurrence) string {
	return p.T("I'll remind this channel again on %s.", blocks.Time(p, o.Due.In(zoneOr(o.Zone)), "Mon 2 January at 15:04"))
}

// waitingAbout finds what is still to be sent about something.
func waitingAbout(s visit.Subject) store.OccurrenceFilter {
	return store.OccurrenceFilter{Subject: s, States: []visit.State{visit.Pending}}
}

// about names what a reminder is about in a line: "Visit 3, Ningbo Bright Metal".
func (rm *Reminders) about(ctx context.Context, p blocks.Printer, o *visit.Occurrence) string {
	if a, err := rm.o.Store.Appointment(ctx, o.Workspace, o.Subject); err == nil {
		return a.Title(p.Printer)
	}
	switch o.Kind {
	case visit.Tip:
		return p.T("a tip on manners and culture")
	case visit.MarketDigest:
		return p.T("the digest of market notes")
	case visit.Digest:
		return p.T("your daily message")
	case visit.Overview:
		return p.T("your monthly overview")
	case visit.PlanBegins:
		return p.T("a new inspection plan")
	case visit.News:
		return p.T("a change of your channel or team")
	case visit.AgreementDue:
		return p.T("agreement %d", o.Subject.Number())
	case visit.ContactDue:
		return p.T("contact %d", o.Subject.Number())
	case visit.IntroCheck:
		return p.T("introduction %d", o.Subject.Number())
	}
	return rm.subjectName(ctx, p, o)
}

// subjectName names what a message is about by its kind and number, where it is no longer there or
// its kind says less. Nobody reads the keys of our tables.
func (rm *Reminders) subjectName(ctx context.Context, p blocks.Printer, o *visit.Occurrence) string {
	kind, id := o.Subject.Cut()
	switch kind {
	case visit.OfVisit:
		return p.T("visit %d", o.Subject.Number())
	case visit.OfInspection:
		return p.T("inspection %d", o.Subject.Number())
	case visit.OfPlan:
		plan, err := rm.o.Store.Plan(ctx, o.Workspace, o.Subject.Number())
		if err != nil {
			return p.T("plan %d", o.Subject.Number())
		}
		return p.T("plan %d, %s", plan.Number, plan.Factory.Name)
	case visit.OfPerson:
		if id != o.To {
			return p.T("somebody's open items")
		}
		return p.T("your daily message")
	}
	return p.T("your channel")
}
