package bot

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// daily words the one message that a person gets by themselves on a working day, at their
// hour. It is made of sections: each reads the state and adds nothing where there is
// nothing to say; where none has anything to say, nothing is sent.
//
// That it comes is decided by [store.Daily.Comes]. Whoever has something to tell or to ask
// a person records it with [store.Store.Ask], for a [visit.AskKind] of its own, and has a
// section here that words what [dailyOf.of] gives of that kind. The store notes it as told
// in the transaction that settles the message, whether or not there still was something
// to say.
type daily struct {
	*core
	directory *directory
	access    *access
	news      *news
	tips      *tips
}

// A section adds its part of the daily message.
type section func(context.Context, *dailyOf, *blocks.Message) error

// sections are the parts of the message, in its order.
func (dl *daily) sections() []section {
	return []section{dl.given, dl.returned, dl.due, dl.unowned, dl.shareOut, dl.unreported, dl.undecided, dl.outcome, dl.promised, dl.actions, dl.proposed, dl.tip}
}

// Of how many things a section tells; the lists have the rest. A section that does not fit
// into the blocks that Slack takes, with what stands around them, waits for the next message.
const (
	dailyBlocks = 44

	dailyGiven = 5 // that were given to the person, each with a button
	dailyItems = 8 // of one's own, each with a button
	dailyLate  = 2 // of those, how many of what is late for longest, beside what is reminded of today
	dailyLines = 8 // in a list
	dailyLists = 3 // checklists to open
)

// A dailyOf is what the daily message of a person on a day is worded from.
type dailyOf struct {
	team, person string
	on           civil.Date
	words        *wording // in their zone
	guide        *guide.Guide
	store.Daily                  // what they may see of it, without told
	told         []visit.Ask     // that the message tells
	asked        []visit.AskKind // of it, by the section that is being made

	seen map[visit.Subject]visit.Appointment // nil for what they may not see
}

// of is what the message tells of a kind.
func (d *dailyOf) of(k visit.AskKind) (as []visit.Ask) {
	for _, a := range d.told {
		if a.Kind == k {
			as = append(as, a)
		}
	}
	d.asked = append(d.asked, k)
	return as
}

// putOff leaves what a section asked for to the next message.
func (d *dailyOf) putOff() {
	d.told = slices.DeleteFunc(d.told, func(a visit.Ask) bool { return slices.Contains(d.asked, a.Kind) })
}

// about is what a subject names, or nil where the person may not see it any more.
func (dl *daily) about(ctx context.Context, d *dailyOf, s visit.Subject) (visit.Appointment, error) {
	if a, ok := d.seen[s]; ok {
		return a, nil
	}
	a, err := dl.access.appointment(ctx, d.team, d.person, s)
	if errors.Is(err, errNotYours) || errors.Is(err, visit.ErrNotFound) {
		a, err = nil, nil
	}
	if err == nil {
		d.seen[s] = a
	}
	return a, err
}

// tells reads what there is to tell, and what of that o tells.
func (dl *daily) tells(ctx context.Context, o *visit.Occurrence) (all store.Daily, told []visit.Ask, err error) {
	all, err = dl.o.Store.Daily(ctx, o.Workspace, o.To, dl.o.Now())
	return all, all.Tell(o.Day), err
}

// message words the daily message of o. It is nil where there is nothing to say.
func (dl *daily) message(ctx context.Context, g *guide.Guide, o *visit.Occurrence) (*blocks.Message, error) {
	p := dl.directory.printer(ctx, o.Workspace, o.To)
	all, told, err := dl.tells(ctx, o)
	if err != nil {
		return nil, err
	}
	d := &dailyOf{
		team: o.Workspace, person: o.To, on: o.Day, words: dl.core.words(p, dl.directory.zoneOf(ctx, o.Workspace, o.To)), guide: g,
		Daily: all, told: told, seen: map[visit.Subject]visit.Appointment{},
	}
	proposes := dl.onlyProposes(d)
	switch err := dl.onlyVisible(ctx, d); {
	case errors.Is(err, errNotYours): // they own something and are no colleague any more
		return nil, dl.news.hasGone(ctx, o.Workspace, o.To)
	case err != nil:
		return nil, err
	case proposes && len(d.Proposals) == 0: // what they may not see brings them nothing
		return nil, nil
	}
	m := new(blocks.Message)
	for _, add := range dl.sections() {
		part := new(blocks.Message)
		d.asked = nil
		if err := add(ctx, d, part); err != nil {
			return nil, err
		}
		switch n := len(part.Blocks); {
		case n == 0:
		case len(m.Blocks)+n > dailyBlocks:
			d.putOff()
		default:
			m.Append(part)
		}
	}
	if len(m.Blocks) == 0 { // what was to be told is so no more
		return nil, dl.o.Store.ToldInDaily(ctx, told, d.on)
	}
	o.Told = d.told
	title := p.T("For you today, %s", blocks.OnDay(p, d.on))
	whole := new(blocks.Message)
	whole.Add(blocks.Section(blocks.Bold(title)))
	whole.Text.Line(title)
	whole.Append(m)
	return whole, nil
}

// onlyProposes reports whether the message comes for nothing but visits that may be proposed.
func (dl *daily) onlyProposes(d *dailyOf) bool {
	besides := d.Daily
	besides.Proposals = nil
	comes := func(of *store.Daily) bool { return of.Comes(d.on, d.words.zone, &dl.o.Timing) }
	return len(d.told) == 0 && comes(&d.Daily) && !comes(&besides)
}

// onlyVisible takes out the items and actions that the person may not see any more, and leaves the visits
// that are proposed to them today because of what they may see, the longest ago first.
func (dl *daily) onlyVisible(ctx context.Context, d *dailyOf) error {
	d.Proposals = slices.DeleteFunc(d.Proposals, func(p visit.Proposal) bool { return !p.MayBeTold(d.on, d.words.zone, &dl.o.Timing) })
	var channels []string
	for _, t := range slices.Concat(d.Own, d.Unowned) {
		if !slices.Contains(channels, t.Channel) {
			channels = append(channels, t.Channel)
		}
	}
	for _, a := range d.Actions {
		if !slices.Contains(channels, a.Finding.Channel) {
			channels = append(channels, a.Finding.Channel)
		}
	}
	for _, p := range d.Proposals {
		for _, c := range p.Facts.Channels() {
			if !slices.Contains(channels, c) {
				channels = append(channels, c)
			}
		}
	}
	channels, err := dl.directory.visible(ctx, d.team, d.person, channels)
	if err != nil {
		return err
	}
	for n := range d.Proposals {
		d.Proposals[n] = d.Proposals[n].SeenIn(func(c string) bool { return slices.Contains(channels, c) })
	}
	d.Proposals = slices.DeleteFunc(d.Proposals, func(p visit.Proposal) bool { return !p.Told(d.on, d.words.zone, &dl.o.Timing) })
	slices.SortStableFunc(d.Proposals, func(a, b visit.Proposal) int { return a.LastVisit(d.on).Compare(b.LastVisit(d.on)) })
	closed, err := dl.o.Store.ClosedChannels(ctx, d.team)
	if err != nil {
		return err
	}
	hidden := func(t store.Task) bool {
		_, isClosed := closed[t.Channel] // where an item is, its owner still sees it
		return !isClosed && !slices.Contains(channels, t.Channel)
	}
	d.Own, d.Unowned = slices.DeleteFunc(d.Own, hidden), slices.DeleteFunc(d.Unowned, hidden)
	d.Actions = slices.DeleteFunc(d.Actions, func(a visit.ActionOf) bool { return !slices.Contains(channels, a.Finding.Channel) })
	return nil
}

// when says by which day a task is to be done, and for what.
func (d *dailyOf) when(p blocks.Printer, t *store.Task) string {
	if t.Due().Before(d.on) {
		return p.T("was due %s · %s", blocks.ShortDay(p, t.Due()), belongsTo(p, t))
	}
	return p.T("by %s · %s", blocks.ShortDay(p, t.Due()), belongsTo(p, t))
}

// belongsTo names what a task is for: two inspections at a factory have items of the same words.
func belongsTo(p blocks.Printer, t *store.Task) string {
	if kind, _ := t.Subject.Cut(); kind == visit.OfInspection {
		return p.T("Inspection %d, %s", t.Subject.Number(), t.Factory)
	}
	return p.T("Visit %d, %s", t.Subject.Number(), t.Factory)
}

// soon is until how many days ahead what is due is listed.
const soon = 7

// due are the person's own items: how many are late, with those for longest; those of which
// nothing but this message reminds them today; what is due soon. What else is late is counted, and
// where not all of the others fit, what else is open.
func (dl *daily) due(_ context.Context, d *dailyOf, m *blocks.Message) error {
	p := d.words.p
	var late, now, ahead, rest []store.Task
	for _, t := range d.Own {
		switch {
		case dl.today(d, &t) && t.Named: // the reminder in its channel calls them today
		case t.Due().Before(d.on):
			late = append(late, t)
		case dl.today(d, &t):
			now = append(now, t)
		case !t.Due().After(d.on.AddDays(soon)):
			ahead = append(ahead, t)
		}
	}
	now = append(now, ahead...)
	slices.SortStableFunc(late, func(a, b store.Task) int { return a.Due().Compare(b.Due()) })
	longest := len(late)
	if len(now) > 0 || len(d.told) > 0 || len(dl.unownedToday(d)) > 0 { // else what it was for is done
		longest = min(longest, dailyLate)
	}
	switch len(late) {
	case 0:
	case 1:
		heading(m, p.T("1 of your items is late"))
	default:
		heading(m, p.T("%d of your items are late", len(late)))
	}
	left := dailyItems
	for n, t := range late {
		if left == 0 || n >= longest && !dl.today(d, &t) {
			rest = append(rest, t)
			continue
		}
		left--
		dl.item(d, m, &t)
	}
	switch len(rest) { // said here: after what is due later they would read as not due yet
	case 0:
	case 1:
		dl.more(m, p, p.T("1 more is late."), rest)
	default:
		dl.more(m, p, p.T("%d more are late.", len(rest)), rest)
	}
	if len(now) > 0 && left > 0 {
		heading(m, p.T("Your open items"))
	}
	shown := min(len(now), left)
	for _, t := range now[:shown] {
		dl.item(d, m, &t)
	}
	if shown == len(now) {
		return nil
	}
	if open := len(d.Own) - len(late) - shown; open > 1 { // all, as Home counts them, and not only what is due soon
		dl.more(m, p, p.T("%d more of your items are open.", open), now[shown:])
	} else {
		dl.more(m, p, p.T("1 more of your items is open."), now[shown:])
	}
	return nil
}

// more counts items that are not listed, and opens their checklists.
func (dl *daily) more(m *blocks.Message, p blocks.Printer, words string, of []store.Task) {
	m.Say(words)
	m.Add(blocks.Actions(dl.checklistButtons(p, of, visit.ShowMine)...))
}

// today reports whether the person is reminded of a task today.
func (dl *daily) today(d *dailyOf, t *store.Task) bool {
	return t.RemindedOn(d.on, d.words.zone, &dl.o.Timing)
}

// unownedToday is what nobody owns and they are reminded of today.
func (dl *daily) unownedToday(d *dailyOf) []store.Task {
	return slices.DeleteFunc(slices.Clone(d.Unowned), func(t store.Task) bool { return !dl.today(d, &t) })
}

// heading begins a section.
func heading(m *blocks.Message, s string) {
	m.Add(blocks.Section(blocks.Bold(s)))
	m.Text.Line(s)
}

// item is a line with the button that ticks it.
func (dl *daily) item(d *dailyOf, m *blocks.Message, t *store.Task) {
	p := d.words.p
	when := d.when(p, t)
	line := itemLine(p, t.Subject, &t.Item, d.person)
	line.Text.Text += "\n" + string(blocks.Escape(when))
	m.Add(line)
	m.Text.Line(p.T("%s, %s", t.Item.Text, when))
}

// checklistButtons open the checklists of some tasks, the first ones', and show a part of them.
func (dl *daily) checklistButtons(p blocks.Printer, ts []store.Task, show visit.Show) (es []slack.BlockElement) {
	var of []visit.Subject
	for _, t := range ts {
		if slices.Contains(of, t.Subject) || len(of) == dailyLists {
			continue
		}
		of = append(of, t.Subject)
		es = append(es, checklistButton(p, t.Subject, show))
	}
	return es
}

// checklistButton opens the checklist of what a subject names, and says which.
func checklistButton(p blocks.Printer, s visit.Subject, show visit.Show) *slack.ButtonBlockElement {
	label := p.T("Open checklist of visit %d", s.Number())
	if kind, _ := s.Cut(); kind == visit.OfInspection {
		label = p.T("Open checklist of inspection %d", s.Number())
	}
	return blocks.Button(actChecklist.With(string(s)), showSubject(s, show), label)
}

// given are items that were given to the person since the last message.
func (dl *daily) given(ctx context.Context, d *dailyOf, m *blocks.Message) error {
	p := d.words.p
	var more []store.Task
	for shown, ask := range d.of(visit.AskGiven) {
		id, err := strconv.Atoi(ask.About)
		if err != nil {
			continue
		}
		n := slices.IndexFunc(d.Own, func(t store.Task) bool { return t.Subject == ask.Subject && t.Item.ID == id })
		if n < 0 { // it is done, or somebody else's
			continue
		}
		t := d.Own[n]
		d.Own = slices.Delete(d.Own, n, n+1) // it is not listed twice
		if len(m.Blocks) == 0 {
			heading(m, p.T("Given to you"))
		}
		if shown >= dailyGiven {
			more = append(more, t)
			continue
		}
		dl.item(d, m, &t)
		m.Add(blocks.Actions(blocks.Button(actNotMe, itemSubject(t.Subject, t.Item.ID), p.T("Not me"))))
		if ask.Data != "" {
			m.Add(blocks.Note(p.M("%s gave it to you.", blocks.Mention(ask.Data))))
		}
	}
	if len(more) > 0 {
		m.Say(p.T("And %d more.", len(more)))
		m.Add(blocks.Actions(dl.checklistButtons(p, more, visit.ShowMine)...))
	}
	return nil
}

// unowned are items that nobody owns and that are due, of what the person planned.
func (dl *daily) unowned(ctx context.Context, d *dailyOf, m *blocks.Message) error {
	p := d.words.p
	due := dl.unownedToday(d)
	if len(due) == 0 {
		return nil
	}
	heading(m, p.T("Due, and nobody's yet"))
	var lines []blocks.Markup
	for _, t := range due[:min(len(due), dailyLines)] {
		lines = append(lines, p.M("• %s (%s)", t.Item.Text, d.when(p, &t)))
		m.Text.Line(p.T("%s, %s", t.Item.Text, d.when(p, &t)))
	}
	if more := len(due) - dailyLines; more > 0 {
		lines = append(lines, p.M("And %d more.", more))
	}
	m.Add(blocks.Section(blocks.ClipLines(blocks.Join(lines, "\n"), 2900)), blocks.Actions(dl.checklistButtons(p, due, visit.ShowUnowned)...))
	return nil
}

// each does something with what the message tells of a kind and the person may still see.
func (dl *daily) each(ctx context.Context, d *dailyOf, k visit.AskKind, do func(visit.Appointment)) error {
	for _, ask := range d.of(k) {
		a, err := dl.about(ctx, d, ask.Subject)
		if err != nil {
			return err
		}
		if a != nil {
			do(a)
		}
	}
	return nil
}

// shareOut asks whoever planned something to share out what nobody owns.
func (dl *daily) shareOut(ctx context.Context, d *dailyOf, m *blocks.Message) error {
	p := d.words.p
	return dl.each(ctx, d, visit.AskShareOut, func(a visit.Appointment) {
		if !a.Open() {
			return
		}
		n := 0
		for _, i := range a.Common().Items {
			if i.Unowned() {
				n++
			}
		}
		switch n {
		case 0:
			return
		case 1:
			m.Say(p.T("%s: 1 item has no owner. Who does it?", a.Title(p.Printer)))
		default:
			m.Say(p.T("%s: %d items have no owner. Who does what?", a.Title(p.Printer), n))
		}
		m.Add(blocks.Actions(blocks.Button(actChecklist.With(string(a.Subject())), showSubject(a.Subject(), visit.ShowUnowned), p.T("Share out items"))))
	})
}

// unreported tells whoever planned an inspection that nobody has reported its result.
func (dl *daily) unreported(ctx context.Context, d *dailyOf, m *blocks.Message) error {
	p := d.words.p
	return dl.each(ctx, d, visit.AskUnreported, func(a visit.Appointment) {
		i, ok := a.(*visit.Inspection)
		if !ok || !i.Overdue(dl.o.Now()) || i.Answer(dl.o.Now()) != "" {
			return
		}
		m.Say(p.T("Nobody has reported the result of inspection %d at %s, due on %s.", i.Number, i.Factory.Name, blocks.OnDay(p, i.Due)))
		m.Add(d.words.answers(i, insiders))
	})
}

// undecided asks whoever planned an inspection every day for the result that is pending.
func (dl *daily) undecided(ctx context.Context, d *dailyOf, m *blocks.Message) error {
	p := d.words.p
	return dl.each(ctx, d, visit.AskUndecided, func(a visit.Appointment) {
		i, ok := a.(*visit.Inspection)
		if !ok || i.Result != visit.Undecided {
			return
		}
		m.Say(p.T("The result of inspection %d at %s has been pending since %s. Did it pass?", i.Number, i.Factory.Name,
			blocks.OnDay(p, civil.Of(i.Reported.At.In(zoneOr(i.ChannelZone))))))
		m.Add(d.words.answers(i, insiders))
	})
}

// outcome asks whoever planned a visit how it ended.
func (dl *daily) outcome(ctx context.Context, d *dailyOf, m *blocks.Message) error {
	return dl.each(ctx, d, visit.AskOutcome, func(a visit.Appointment) {
		v, ok := a.(*visit.Visit)
		if ok && v.Open() && v.Over(dl.o.Now()) && !v.Outcome.IsSet() {
			d.words.outcomeQuestion(m, v)
		}
	})
}

// tip is the tip that the person has subscribed to.
func (dl *daily) tip(ctx context.Context, d *dailyOf, m *blocks.Message) error {
	p := d.words.p
	if len(d.of(visit.AskTip)) == 0 {
		return nil
	}
	e, err := dl.tips.stored(ctx, d.guide, d.team, d.person)
	if err != nil || e == nil {
		return err
	}
	heading(m, p.T("Your tip"))
	full := d.guide.View(e).Full
	m.Add(full.Blocks...)
	m.Text.Lines(full.Text.String())
	m.Add(blocks.Actions(stopTips(p, "")))
	return nil
}
