package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
)

// A message with items, a question or a reminder to snooze is drawn again where something
// of it was pressed. What it then shows is the state of that moment, line by line, and
// nothing of what was pressed: so it comes out the same whoever presses first, after a
// restart, and for a message that an older version sent.

// The blocks of a message that are made anew with it.
const (
	blockDone    = "lines-done"    // how many of its lines are done
	blockSnoozed = "lines-snoozed" // until when it was snoozed
)

// pressed answers a click with words, where the message that was pressed does not show
// what came of it.
func (lv *live) pressed(ctx context.Context, c click, words string) error {
	if lv.refresh(ctx, c) {
		return nil
	}
	return lv.replies.replyPrivately(ctx, c, blocks.Said(words))
}

// refresh draws the message again under which somebody clicked. It reports whether the
// message has changed; what could not be drawn is logged.
func (lv *live) refresh(ctx context.Context, c click) bool {
	if c.ephemeral || c.messageTS == "" || len(c.shown) == 0 {
		return false
	}
	defer lv.locks.lock("message/" + inTeam(c.team, c.channel) + "/" + c.messageTS)()
	changed := false
	for {
		d := &drawing{live: lv, team: c.team, channel: c.channel, text: c.text, found: map[visit.Subject]visit.Appointment{}}
		if d.p = lv.directory.channelPrinter(ctx, c.team); c.on == guide.Direct {
			d.reader, d.p = c.user, lv.directory.printer(ctx, c.team, c.user)
		}
		m, err := d.draw(ctx, c.shown)
		if err == nil && !d.changed && !changed {
			return false
		}
		if err == nil {
			_, _, _, err = lv.api(ctx, c.team).UpdateMessageContext(ctx, c.channel, c.messageTS, slack.MsgOptionText(d.text, false), slack.MsgOptionBlocks(m...))
		}
		if err != nil {
			lv.log.Warn("could not draw a message again that was pressed", "err", err)
			return changed
		}
		changed = true
		// Another replica may have drawn it meanwhile, from what was before.
		if stale, err := d.stale(ctx); err != nil || !stale {
			return true
		}
	}
}

// spot says in a modal which message it was opened from.
func (c click) spot() string {
	if c.ephemeral || c.messageTS == "" {
		return ""
	}
	return c.channel + "/" + c.messageTS + "/" + c.threadTS
}

// refreshSpot draws the message again from which a person opened a form. It has to be
// read before, for a form does not bring it along.
func (lv *live) refreshSpot(team, person, spot string) {
	channel, rest, _ := strings.Cut(spot, "/")
	ts, thread, ok := strings.Cut(rest, "/")
	if !ok {
		return
	}
	lv.replies.later("draw a message again from which a form was opened", "", func(ctx context.Context) error {
		var ms []slack.Message
		var err error
		if thread != "" {
			ms, _, _, err = lv.api(ctx, team).GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: channel, Timestamp: thread, Oldest: ts, Latest: ts, Inclusive: true, Limit: 10})
		} else {
			var h *slack.GetConversationHistoryResponse
			if h, err = lv.api(ctx, team).GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: channel, Oldest: ts, Latest: ts, Inclusive: true, Limit: 1}); err == nil {
				ms = h.Messages
			}
		}
		if err != nil {
			return fmt.Errorf("read the message: %w", err)
		}
		c := click{caller: caller{team: team, user: person, channel: channel, on: guide.Public}, messageTS: ts, threadTS: thread}
		if strings.HasPrefix(channel, "D") {
			c.on = guide.Direct
		}
		for _, m := range ms {
			if m.Timestamp == ts {
				c.shown, c.text = m.Blocks.BlockSet, m.Text
				lv.refresh(ctx, c)
			}
		}
		return nil
	})
}

// A drawing is one message while it is drawn again.
type drawing struct {
	*live
	p             blocks.Printer // the language of its readers
	team, channel string
	reader        string // of a direct message
	text          string // the fallback, escaped
	to            audience
	found         map[visit.Subject]visit.Appointment // nil is what is not for who reads here
	changed       bool
}

// seen is what a line is about, if it is for those who read the message: in a
// channel what it prepares, in a direct message what its reader may see.
func (d *drawing) seen(ctx context.Context, s visit.Subject) (visit.Appointment, error) {
	if a, ok := d.found[s]; ok {
		return a, nil
	}
	var a visit.Appointment
	var err error
	if d.reader != "" {
		a, err = d.access.appointment(ctx, d.team, d.reader, s)
	} else if a, err = d.o.Store.Appointment(ctx, d.team, s); err == nil && a.Common().Channel != d.channel {
		err = errNotYours
	}
	switch {
	case errors.Is(err, errNotYours), errors.Is(err, visit.ErrNotFound):
		a = nil
	case err != nil:
		return nil, err
	}
	d.found[s] = a
	return a, nil
}

// stale reports whether something has changed since it was drawn.
func (d *drawing) stale(ctx context.Context) (bool, error) {
	for s, a := range d.found {
		if a == nil {
			continue
		}
		now, err := d.o.Store.Appointment(ctx, d.team, s)
		if err != nil || now.Common().Rev != a.Common().Rev {
			return true, err
		}
	}
	return false, nil
}

// draw gives the blocks of a message as they are now. It goes through them once, in their
// order: a block that nobody here knows stays, so that messages sent by another version do too.
func (d *drawing) draw(ctx context.Context, old []slack.Block) (m []slack.Block, err error) {
	if d.reader == "" {
		if d.to, err = d.directory.readers(ctx, d.team, d.channel); err != nil {
			return nil, err
		}
	}
	var listed []blocks.Subject
	wasSnoozed := ""
	for _, b := range old {
		if _, button := accessory(b); button != nil && isLine(button) {
			listed = append(listed, blocks.Subject(button.Value))
		}
		if isNote(b, blockSnoozed) {
			wasSnoozed = noteText(b)
		}
	}
	var n visit.Progress
	last := 0
	for _, b := range old {
		section, button := accessory(b)
		switch {
		case isNote(b, blockDone), isNote(b, blockSnoozed):
			continue
		case button != nil && isLine(button):
			line, state, err := d.line(ctx, section, button)
			if err != nil {
				return nil, err
			}
			if line != nil {
				m = append(m, line)
				last = len(m)
			}
			n.Done, n.All, n.Skipped = n.Done+state.Done, n.All+state.All, n.Skipped+state.Skipped
			continue
		case button != nil:
			if b, err = d.part(ctx, section, button, listed); err != nil {
				return nil, err
			}
		case givenBack(b) != "":
			if b, err = d.notMe(ctx, b); err != nil {
				return nil, err
			}
		default:
			if b, err = d.question(ctx, b); err != nil {
				return nil, err
			}
		}
		if b != nil {
			m = append(m, b)
		}
		if key := snoozedBy(b); key != "" {
			until, err := d.snoozed(ctx, key)
			if err != nil {
				return nil, err
			}
			if until != "" {
				m = append(m, slack.NewContextBlock(blockSnoozed, blocks.Mrkdwn(until)))
			}
			d.changed = d.changed || string(until) != wasSnoozed
		}
	}
	if n.Done+n.Skipped > 0 {
		m = slices.Insert(m, last, slack.Block(slack.NewContextBlock(blockDone, blocks.Mrkdwn(blocks.Escape(n.Words(d.p.Printer))))))
	}
	return m, nil
}

// accessory is the button beside a section; nil where a block has none.
func accessory(b slack.Block) (*slack.SectionBlock, *slack.ButtonBlockElement) {
	s, ok := b.(*slack.SectionBlock)
	if !ok || s.Accessory == nil || s.Text == nil {
		return nil, nil
	}
	return s, s.Accessory.ButtonElement
}

// isLine reports whether a button ticks an item, or takes that back.
func isLine(b *slack.ButtonBlockElement) bool {
	v := blocks.Verb(b.ActionID)
	return v == actDone || v == actUndo
}

func isNote(b slack.Block, id string) bool {
	c, ok := b.(*slack.ContextBlock)
	return ok && c.BlockID == id
}

func noteText(b slack.Block) string {
	c, ok := b.(*slack.ContextBlock)
	if !ok {
		return ""
	}
	for _, e := range c.ContextElements.Elements {
		if t, ok := e.(*slack.TextBlockObject); ok {
			return t.Text
		}
	}
	return ""
}

// line is the line of an item as it is now, and what it counts as: nil where it is not for
// who reads here, and as it was where what it belongs to is not.
func (d *drawing) line(ctx context.Context, was *slack.SectionBlock, button *slack.ButtonBlockElement) (b slack.Block, n visit.Progress, err error) {
	s, id := cutItem(blocks.Subject(button.Value))
	a, err := d.seen(ctx, s)
	if err != nil {
		return nil, n, err
	}
	if a == nil {
		if n.All = 1; blocks.Verb(button.ActionID) == actUndo {
			n.Done = 1
		}
		return was, n, nil
	}
	items := a.Common().Items
	at := slices.IndexFunc(items, func(i visit.Item) bool { return i.ID == id })
	if at < 0 {
		return was, visit.Progress{All: 1}, nil
	}
	i := &items[at]
	if hidden(i, d.to) {
		d.changed = true
		return nil, n, nil
	}
	line := itemLine(d.p, s, i, d.reader)
	if _, below, ok := strings.Cut(was.Text.Text, "\n"); ok { // when it is due, and where
		line.Text.Text += "\n" + below
	}
	d.replaces(was, line)
	open, closed := string(blocks.Escape(d.p.T("Open: %s", i.Text))), string(blocks.Escape(d.p.T("Done: %s", i.Text)))
	if i.Open() {
		d.text = strings.Replace(d.text, closed, open, 1)
	} else {
		d.text = strings.Replace(d.text, open, closed, 1)
	}
	return line, items[at : at+1].Progress(), nil
}

// replaces notes whether a section says something else than the one that stood there.
func (d *drawing) replaces(was, now *slack.SectionBlock) {
	label := func(s *slack.SectionBlock) string {
		if _, b := accessory(s); b != nil {
			return b.ActionID + " " + b.Value
		}
		return ""
	}
	if was == nil || was.Text.Text != now.Text.Text || label(was) != label(now) {
		d.changed = true
	}
}

// part is another section that has a button: how many items more there are, whether the
// team has arrived, or what was answered. Any other stays as it is.
func (d *drawing) part(ctx context.Context, was *slack.SectionBlock, button *slack.ButtonBlockElement, listed []blocks.Subject) (slack.Block, error) {
	switch blocks.Verb(button.ActionID) {
	case actChecklist:
		return d.rest(ctx, was, button, listed)
	case actArrive, actUnarrive:
		return d.arrival(ctx, was, button)
	case actUnanswer, actOutcomeBack:
		return d.question(ctx, was)
	case actNoteAnswer:
		return d.marketQuestion(ctx, was, button)
	case actPursue:
		return d.marketIdea(ctx, was, button)
	}
	return was, nil
}

// rest counts the items again that a reminder does not list.
func (d *drawing) rest(ctx context.Context, was *slack.SectionBlock, button *slack.ButtonBlockElement, listed []blocks.Subject) (slack.Block, error) {
	r, ok := readRest(button.ActionID)
	if !ok {
		return was, nil
	}
	about, _ := cutShow(blocks.Subject(button.Value))
	a, err := d.seen(ctx, about)
	if a == nil || err != nil {
		return was, err
	}
	n := 0
	for _, i := range a.Common().Items {
		if i.Open() && !hidden(&i, d.to) && r.has(i.Falls(a.Days())) && !slices.Contains(listed, itemSubject(a.Subject(), i.ID)) {
			n++
		}
	}
	if n == 0 {
		d.changed = true
		return nil, nil
	}
	now := r.line(d.p, a.Subject(), n)
	d.replaces(was, now)
	return now, nil
}

// givenBack is the item that a row with nothing but "Not me" gives back.
func givenBack(b slack.Block) blocks.Subject {
	row, ok := b.(*slack.ActionBlock)
	if !ok || row.Elements == nil || len(row.Elements.ElementSet) != 1 {
		return ""
	}
	button, ok := row.Elements.ElementSet[0].(*slack.ButtonBlockElement)
	if !ok || blocks.Verb(button.ActionID) != actNotMe {
		return ""
	}
	return blocks.Subject(button.Value)
}

// notMe is that row while the item is open and the reader's.
func (d *drawing) notMe(ctx context.Context, was slack.Block) (slack.Block, error) {
	s, id := cutItem(givenBack(was))
	a, err := d.seen(ctx, s)
	if a == nil || err != nil {
		return was, err
	}
	if i, err := a.Common().Items.Find(id); err == nil && i.Open() && i.Owner == d.reader {
		return was, nil
	}
	d.changed = true
	return nil, nil
}

// snoozedBy is the key of the reminder that a row of buttons snoozes.
func snoozedBy(b slack.Block) string {
	row, ok := b.(*slack.ActionBlock)
	if !ok || row.Elements == nil {
		return ""
	}
	for _, e := range row.Elements.ElementSet {
		if button, ok := e.(*slack.ButtonBlockElement); ok && blocks.Verb(button.ActionID) == actSnooze {
			return button.Value
		}
	}
	return ""
}

// snoozed says when a reminder that stands in its channel comes back; empty where nobody
// has snoozed it.
func (d *drawing) snoozed(ctx context.Context, key string) (blocks.Markup, error) {
	o, err := d.o.Store.Occurrence(ctx, d.team, key)
	if errors.Is(err, visit.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	a, err := d.seen(ctx, o.Subject)
	if a == nil || err != nil {
		return "", err
	}
	waiting, err := d.o.Store.Occurrences(ctx, d.team, waitingAbout(o.Subject))
	if err != nil {
		return "", err
	}
	for _, w := range waiting {
		if w.Promised() && w.Kind == o.Kind && w.Milestone == o.Milestone && w.Day == o.Day && w.Key != o.Key {
			return blocks.Escape(snoozedUntil(d.p, &w)), nil
		}
	}
	return "", nil
}

// hidden reports whether an item is kept from who reads along.
func hidden(i *visit.Item, to audience) bool { return i.Sensitive && to != insiders }

// itemLine is an item in a message: open with a button that ticks it, or struck, with who
// did it and a button that takes that back. It says whose the item is, unless that is the
// reader of a direct message.
func itemLine(p blocks.Printer, s visit.Subject, i *visit.Item, reader string) *slack.SectionBlock {
	about := itemSubject(s, i.ID)
	struck := "~" + blocks.Markup(strings.ReplaceAll(string(blocks.Escape(i.Text)), "~", "∼")) + "~"
	undo := blocks.Button(actUndo, about, p.T("Undo"))
	var line blocks.Markup
	button := undo
	switch {
	case i.Removed:
		line, button = p.M("%s – taken off the checklist", struck), nil
	case i.Skipped != "":
		line = p.M("%s – does not apply, says %s", struck, blocks.Mention(i.Done.By))
	case i.Done.IsSet():
		line = p.M("%s – done by %s", struck, blocks.Mention(i.Done.By))
	default:
		button = blocks.Button(actDone, about, p.T("Done"))
		switch i.Owner {
		case "":
			line = p.M("%s – nobody yet", i.Text)
		case reader:
			line = blocks.Escape(i.Text)
		default:
			line = p.M("%s – %s", i.Text, blocks.Mention(i.Owner))
		}
	}
	section := slack.NewSectionBlock(blocks.Mrkdwn(line), nil, nil)
	if button != nil {
		section.Accessory = slack.NewAccessory(button)
	}
	return section
}

// itemNow says in a line what an item is now.
func itemNow(p blocks.Printer, a visit.Appointment, id int) string {
	i, err := a.Common().Items.Find(id)
	switch {
	case err != nil:
		return p.T("That item is no longer on the checklist.")
	case i.Open():
		return p.T("Open: %s", i.Text)
	}
	return p.T("Done: %s", i.Text)
}

// A rest is which items a reminder does not list: those between two milestones, and
// whether these are its own or older ones.
type rest struct {
	kind     string
	from, to visit.Milestone
}

const (
	restMore  = "more"
	restOlder = "older"
)

func (r rest) has(m visit.Milestone) bool { return r.from <= m && m <= r.to }

func (r rest) action() blocks.ActionID {
	return actChecklist.With(fmt.Sprintf("%s:%d:%d", r.kind, r.from, r.to))
}

// readRest undoes action.
func readRest(id string) (r rest, ok bool) {
	_, detail, _ := strings.Cut(id, ".")
	parts := strings.Split(detail, ":")
	if len(parts) != 3 || parts[0] != restMore && parts[0] != restOlder {
		return r, false
	}
	from, err1 := strconv.Atoi(parts[1])
	to, err2 := strconv.Atoi(parts[2])
	return rest{parts[0], visit.Milestone(from), visit.Milestone(to)}, err1 == nil && err2 == nil
}

// line says how many there are, beside a button that shows them.
func (r rest) line(p blocks.Printer, s visit.Subject, n int) *slack.SectionBlock {
	words := p.T("And %d more are due.", n)
	switch {
	case r.kind == restMore && n == 1:
		words = p.T("And 1 more is due.")
	case r.kind == restOlder && n == 1:
		words = p.T("1 older is open.")
	case r.kind == restOlder:
		words = p.T("%d older are open.", n)
	}
	return slack.NewSectionBlock(blocks.Mrkdwn(blocks.Escape(words)), nil, slack.NewAccessory(blocks.Button(r.action(), showSubject(s, visit.ShowOpen), p.T("Show open items"))))
}
