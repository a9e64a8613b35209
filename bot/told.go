package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/visit"
)

// told words what somebody changed about a visit or an inspection, for those whom it
// touches: for all of them in the thread of its card, and directly for those who have to do
// something about it at once. What is said is the difference between before and now, so what
// has changed back is no news.
type told struct {
	*core
	directory *directory
	access    *access
	visits    *visits
}

// How much is listed of what changed; the checklist has the rest.
const (
	toldItems  = 3 // items that one person was given
	toldPeople = 1000
)

// message words what has changed, for the reader of o. It is nil where that is nothing to
// them. thread is the card that it goes under; aloud, the whole channel is to read it.
func (td *told) message(ctx context.Context, o *visit.Occurrence) (m *blocks.Message, thread string, aloud bool, err error) {
	a, err := td.o.Store.Appointment(ctx, o.Workspace, o.Subject)
	if err != nil {
		return nil, "", false, err
	}
	w := a.Common()
	direct := visit.IsPerson(o.To)
	to := insiders
	switch {
	case direct:
		if err := td.access.canSee(ctx, o.Workspace, o.To, o.Subject, w.Channel); errors.Is(err, errNotYours) {
			return nil, "", false, nil
		} else if err != nil {
			return nil, "", false, err
		}
	case o.Elsewhere(w):
		return nil, "", false, td.o.Store.AddOccurrence(ctx, o.MovedTo(w))
	default:
		if to, err = td.directory.readers(ctx, o.Workspace, w.Channel); err != nil {
			return nil, "", false, err
		}
		if v, ok := a.(*visit.Visit); ok && v.Unannounced && to != insiders {
			return nil, "", false, nil
		}
		thread = w.Card
	}
	c, err := td.change(ctx, o, a, to)
	if err != nil {
		return nil, "", false, err
	}
	if direct {
		c.onlyFor(o.To)
		paused, err := td.o.Store.Pauses(ctx, o.Workspace, []string{o.To})
		if err != nil {
			return nil, "", false, err
		}
		if paused[o.To][string(o.Subject)] && c.pausable() {
			return nil, "", false, nil
		}
	}
	if m = td.words(ctx, c); m == nil {
		return nil, "", false, nil
	}
	if direct {
		td.addTheirs(m, c)
	}
	td.addButtons(m, c)
	if direct && c.pausable() {
		fewer(c.p, m, blocks.Subject(o.Subject))
	}
	return m, thread, c.aloud() && td.o.Timing.BroadcastsChanges(a), nil
}

// A change is what has changed about something, as one reader may know of it.
type change struct {
	visit.Telling
	p      blocks.Printer // the language of its reader
	a      visit.Appointment
	now    visit.Facts
	facts  []visit.Fact
	to     audience
	reader string // of a direct message
}

// change is what a message tells of.
func (td *told) change(ctx context.Context, o *visit.Occurrence, a visit.Appointment, to audience) (*change, error) {
	c := &change{p: td.directory.printerOf(ctx, o.Workspace, o.To), a: a, to: to}
	rows, err := td.o.Store.ToldTo(ctx, o.Workspace, o.Subject, o.To)
	if err != nil {
		return nil, err
	}
	if c.Telling, err = o.Telling(); err != nil {
		return nil, err
	}
	if c.now, err = o.Until(a, rows); err != nil {
		return nil, err
	}
	for _, f := range c.Was.Changed(c.now) {
		if by := c.by(f); by != "" && !f.OfThemselves(c.now, by) {
			c.facts = append(c.facts, f)
		}
	}
	return c, nil
}

// by is who changed a fact; nobody where that came after what o tells of, and is told by
// another message, or is its reader's own.
func (c *change) by(f visit.Fact) string { return c.By[f] }

// has reports whether a fact is told.
func (c *change) has(f visit.Fact) bool { return slices.Contains(c.facts, f) }

// onlyFor leaves what is told to one person directly.
func (c *change) onlyFor(person string) {
	c.reader = person
	c.facts = slices.DeleteFunc(c.facts, func(f visit.Fact) bool {
		return c.by(f) == person || !slices.Contains(f.Direct(c.a, c.Was), person)
	})
}

// aloud reports whether the whole channel is to read it: that days have changed, that it
// takes place or not, and that an inspection failed. What a plan withdraws was in nobody's
// calendar yet.
func (c *change) aloud() bool {
	i, ok := c.a.(*visit.Inspection)
	return c.has(visit.FactDays) || c.has(visit.FactOff) && !(ok && i.Result == visit.Withdrawn) || c.has(visit.FactResult) && c.now.Result == visit.Failed
}

// pausable reports whether its reader may go without it: all that there is to tell is a
// result that asks nothing of them, and nobody goes on believing that it failed.
func (c *change) pausable() bool {
	return !slices.ContainsFunc(c.facts, func(f visit.Fact) bool { return f != visit.FactResult }) && c.now.Result != visit.Failed && c.Was.Result != visit.Failed
}

// words are the sentences of a change under the name of what has changed; nil where there
// is none for its reader.
func (td *told) words(ctx context.Context, c *change) *blocks.Message {
	var lines []blocks.Markup
	for _, f := range []visit.Fact{visit.FactOff, visit.FactDays, visit.FactResult} {
		if c.has(f) {
			lines = append(lines, td.sentence(ctx, c, f))
		}
	}
	lines = append(lines, td.people(ctx, c)...)
	lines = append(lines, td.given(ctx, c)...)
	if len(lines) == 0 {
		return nil
	}
	m := new(blocks.Message)
	title := c.a.Title(c.p.Printer)
	body := blocks.Join(lines, "\n")
	m.Add(blocks.Section(blocks.Bold(title) + "\n" + blocks.ClipLines(body, 2900)))
	m.Text.Line(c.p.T("%s: %s", title, td.plain(ctx, c, body)))
	return m
}

// mention is a mention in markup.
var mention = regexp.MustCompile(`<@([A-Z0-9]+)>`)

// plain is markup for the fallback, which shows names for mentions.
func (td *told) plain(ctx context.Context, c *change, m blocks.Markup) string {
	return blocks.OneLine(blocks.Unescape.Replace(mention.ReplaceAllStringFunc(string(m), func(s string) string {
		return td.name(ctx, c, mention.FindStringSubmatch(s)[1])
	})))
}

// name is what the team calls whoever changed something.
func (td *told) name(ctx context.Context, c *change, id string) string {
	if id == visit.ByImport {
		return c.p.T("An import")
	}
	if who, err := td.directory.person(ctx, c.a.Common().Workspace, id); err == nil && who.name != "" {
		return who.name
	}
	return c.p.T("Somebody")
}

// sentence says in one what has become of a fact that there is one of, with those who have
// to do something about it.
func (td *told) sentence(ctx context.Context, c *change, f visit.Fact) blocks.Markup {
	p, by := c.p, td.name(ctx, c, c.by(f))
	days := daySpan(p, c.now.First, c.now.Last) // of what is off: those on which it was to be last, told of or not
	i, _ := c.a.(*visit.Inspection)
	var s blocks.Markup
	ask := p.T("please look at what you have booked.")
	switch {
	case f == visit.FactDays:
		s = p.M("%s moved it from %s to %s.", by, daySpan(p, c.Was.First, c.Was.Last), days)
		ask = p.T("please look at what you have booked, and at the new days of your items.")
	case f == visit.FactOff && i != nil && i.Result == visit.CouldNot:
		s = p.M("%s reports that it could not be done on %s.", by, days)
		if note := noteFor(i, c.to); note != "" {
			s += " " + p.M("The reason: %s", blocks.OneLine(note))
		}
	case f == visit.FactOff && !c.now.Off && i != nil:
		s = p.M("%s took back that it is skipped: it takes place on %s.", by, days)
	case f == visit.FactOff && !c.now.Off:
		s = p.M("%s restored it: it takes place on %s, and its reminders go on.", by, days)
	case f == visit.FactOff && i != nil && i.Result == visit.Withdrawn:
		s = p.M("It does not take place on %s any more: its plan has ended or has other days.", days)
	case f == visit.FactOff && i != nil:
		s = p.M("%s skipped it: it does not take place on %s.", by, days)
		if note := noteFor(i, c.to); note != "" {
			s += " " + p.M("The reason: %s", blocks.OneLine(note))
		}
	case f == visit.FactOff:
		s = p.M("%s cancelled it. It was to be on %s; no more reminders about it are sent.", by, days)
		ask = p.T("please cancel what you have booked.")
	case c.now.Result == visit.Failed:
		return td.reported(c, p.M("It failed, reports %s.", by))
	case c.now.Result == visit.Passed:
		return td.reported(c, p.M("It passed, reports %s.", by))
	case c.now.Result == visit.Undecided:
		return td.reported(c, p.M("It was done, and its result is pending, reports %s.", by))
	default:
		return p.M("%s took its result back, so it is open again.", by)
	}
	if c.reader != "" {
		return s
	}
	var touched []blocks.Markup
	for _, id := range f.Direct(c.a, c.Was) {
		if id != c.by(f) {
			touched = append(touched, blocks.Mention(id))
		}
	}
	if len(touched) == 0 {
		return s
	}
	return s + " " + p.M("%s: %s", blocks.ClipNames(p.List(touched), toldPeople), ask)
}

// daySpan are days in a sentence that names two spans: as short as can be.
func daySpan(p blocks.Printer, first, last civil.Date) string {
	switch {
	case first == last:
		return blocks.OnDay(p, last)
	case first.Year == last.Year && first.Month == last.Month:
		return p.T("%s–%s", lang.Date{Time: first.Start(time.UTC), Layout: "2"}, blocks.FullDay(p, last)) // a language may want the month first
	case first.Year == last.Year:
		return p.T("%s – %s", blocks.ShortDay(p, first), blocks.FullDay(p, last))
	}
	return p.T("%s – %s", blocks.FullDay(p, first), blocks.FullDay(p, last))
}

// reported adds to a result what was noted to it, and what comes next.
func (td *told) reported(c *change, s blocks.Markup) blocks.Markup {
	i, ok := c.a.(*visit.Inspection)
	if !ok {
		return s
	}
	if note := noteFor(i, c.to); note != "" {
		s += " " + c.p.M("The note: %s", blocks.OneLine(note))
	}
	var next []blocks.Markup
	following := i.Following()
	for _, it := range i.Items {
		if !it.Open() || !slices.Contains(following, it.Falls(i.Days())) || it.Sensitive && c.to != insiders {
			continue
		}
		line := c.p.M("• %s, by %s", it.Text, blocks.ShortDay(c.p, it.DueDay(i.Days())))
		if it.Owner != "" {
			line = c.p.M("%s – %s", line, blocks.Mention(it.Owner))
		}
		next = append(next, line)
	}
	if len(next) == 0 {
		return s
	}
	shown := next[:min(len(next), remindItems)]
	s += "\n" + c.p.M("What comes next:") + "\n" + blocks.Join(shown, "\n")
	if more := len(next) - len(shown); more > 0 {
		s += "\n" + c.p.M("And %d more on the checklist.", more)
	}
	return s
}

// people says who takes part now and who no longer does, in a sentence for each who changed
// that.
func (td *told) people(ctx context.Context, c *change) (lines []blocks.Markup) {
	type doing struct {
		by     string
		joined bool
	}
	var order []doing
	who := map[doing][]blocks.Markup{}
	for _, f := range c.facts {
		id := f.Person()
		if id == "" {
			continue
		}
		d := doing{c.by(f), slices.Contains(c.now.People, id)}
		if who[d] == nil {
			order = append(order, d)
		}
		who[d] = append(who[d], blocks.Mention(id))
	}
	_, inspected := c.a.(*visit.Inspection)
	for _, d := range order {
		by, ms := td.name(ctx, c, d.by), blocks.ClipNames(c.p.List(who[d]), toldPeople)
		switch {
		case c.reader != "" && !d.joined && inspected:
			lines = append(lines, c.p.M("%s took you off it: you are no longer its inspector.", by))
		case c.reader != "" && !d.joined:
			lines = append(lines, c.p.M("%s took you off it: you no longer take part.", by))
		case inspected && d.joined:
			lines = append(lines, c.p.M("%s made %s its inspector, on %s.", by, ms, daySpan(c.p, c.now.First, c.now.Last)))
		case inspected:
			lines = append(lines, c.p.M("%s took %s off it, who was its inspector.", by, ms))
		case d.joined:
			lines = append(lines, c.p.M("%s added %s: they take part from now on.", by, ms))
		default:
			lines = append(lines, c.p.M("%s took %s off it.", by, ms))
		}
	}
	return lines
}

// given says who was given what, in a sentence for each two people, and who had it before.
func (td *told) given(ctx context.Context, c *change) (lines []blocks.Markup) {
	type hands struct{ by, owner, before string }
	var order []hands
	items := map[hands][]visit.Item{}
	for _, f := range c.facts {
		i, err := c.a.Common().Items.Find(f.Item())
		if f.Item() == 0 || err != nil || !i.Open() || i.Sensitive && c.to != insiders {
			continue
		}
		h := hands{c.by(f), c.now.Owners[i.ID], c.Was.Owners[i.ID]}
		if items[h] == nil {
			order = append(order, h)
		}
		items[h] = append(items[h], *i)
	}
	for _, h := range order {
		by, owner, is := td.name(ctx, c, h.by), blocks.Mention(h.owner), items[h]
		slices.SortStableFunc(is, func(x, y visit.Item) int { return x.DueDay(c.a.Days()).Compare(y.DueDay(c.a.Days())) })
		var before blocks.Markup
		if h.before != "" && h.before != h.by {
			before = " " + c.p.M("Until now it was for %s.", blocks.Mention(h.before))
		}
		if len(is) == 1 {
			lines = append(lines, c.p.M("%s gave %s an item: %s, by %s.", by, owner, is[0].Text, blocks.ShortDay(c.p, is[0].DueDay(c.a.Days())))+before)
			continue
		}
		if before != "" {
			before = " " + c.p.M("Until now they were for %s.", blocks.Mention(h.before))
		}
		var texts []string
		for _, i := range is[:min(len(is), toldItems)] {
			texts = append(texts, c.p.T("%s, by %s", i.Text, blocks.ShortDay(c.p, i.DueDay(c.a.Days()))))
		}
		if more := len(is) - toldItems; more > 0 {
			texts = append(texts, c.p.T("and %d more", more))
		}
		lines = append(lines, c.p.M("%s gave %s %d items: %s.", by, owner, len(is), strings.Join(texts, c.p.Semicolon()))+before)
	}
	return lines
}

// addTheirs lists what the reader of a direct message still has to do, with its days as they
// are now.
func (td *told) addTheirs(m *blocks.Message, c *change) {
	if c.now.Off {
		return
	}
	var theirs []visit.Item
	for _, i := range c.a.Common().Items {
		if i.Owner == c.reader && i.Open() && (c.a.Open() || i.Falls(c.a.Days()) > 0) {
			theirs = append(theirs, i)
		}
	}
	if len(theirs) == 0 {
		return
	}
	m.Say(c.p.T("What you have to do for it:"))
	for _, i := range theirs[:min(len(theirs), remindItems)] {
		day := c.p.T("by %s", blocks.ShortDay(c.p, i.DueDay(c.a.Days())))
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Escape(i.Text)+"\n"+blocks.Escape(day)), nil, slack.NewAccessory(blocks.Button(actDone, itemSubject(c.a.Subject(), i.ID), c.p.T("Done")))))
		m.Text.Line(c.p.T("%s, %s", i.Text, day))
	}
	if more := len(theirs) - remindItems; more > 0 {
		m.Say(c.p.T("And %d more on the checklist.", more))
	}
}

// addButtons are what can be done about a change.
func (td *told) addButtons(m *blocks.Message, c *change) {
	s := c.a.Subject()
	var es []slack.BlockElement
	if c.has(visit.FactResult) && c.now.Result == visit.Failed {
		again := blocks.Button(actReinspect, blocks.Subject(s), c.p.T("Plan re-inspection"))
		again.Style = slack.StylePrimary
		es = append(es, again)
	}
	if c.reader != "" {
		es = append(es, openButton(c.p, s))
	}
	if !c.now.Off && (c.reader != "" || c.has(visit.FactResult) || slices.ContainsFunc(c.facts, func(f visit.Fact) bool { return f.Item() > 0 })) {
		es = append(es, blocks.Button(actChecklist, blocks.Subject(s), c.p.T("Open checklist")))
	}
	if len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
}

// sendFile sends somebody the calendar file of what has other days than theirs says, or does
// not take place, if they may see it.
func (td *told) sendFile(ctx context.Context, o *visit.Occurrence) visit.Delivery {
	a, err := td.o.Store.Appointment(ctx, o.Workspace, o.Subject)
	if err != nil {
		return notWorded(err)
	}
	has, err := td.o.Store.File(ctx, o.Workspace, o.Subject, o.To)
	if errors.Is(err, visit.ErrNotFound) || err == nil && !has.Stale(a) {
		return visit.Delivery{Outcome: visit.NothingSaid}
	}
	if err != nil {
		return notWorded(err)
	}
	switch err := td.access.canSee(ctx, o.Workspace, o.To, o.Subject, a.Common().Channel); {
	case errors.Is(err, errNotYours):
		return visit.Delivery{Outcome: visit.NothingSaid}
	case err != nil:
		return notWorded(err)
	}
	return delivery("", td.visits.sendCalendar(ctx, o.To, a))
}

// actNotMe gives an item back that somebody was given.
const actNotMe blocks.ActionID = "not-me"

// notMe gives an item of whoever clicked back to nobody. Whoever gave it to them reads so in
// their next daily message.
func (cl *checklists) notMe(ctx context.Context, c click) error {
	p := cl.access.directory.printer(ctx, c.team, c.user)
	s, id := cutItem(c.about)
	if err := cl.access.checkAccess(ctx, c.team, c.user, s); err != nil {
		return cl.replies.sayError(ctx, c, "find a checklist", err)
	}
	did := false
	_, err := cl.changeItems(ctx, cl.o.Store.By(c.user), c.team, s, cl.o.Now(), func(l *visit.Checklist) error {
		i, err := l.Find(id)
		if err == nil && i.Owner == c.user {
			did, err = l.Assign(id, "")
		}
		return err
	})
	if err != nil {
		return cl.replies.sayError(ctx, c, "give an item back", err)
	}
	if !did {
		return cl.replies.replyPrivately(ctx, c, blocks.Said(p.T("This item is not yours, so there is nothing to give back.")))
	}
	cl.live.changed(c.team, s, c.user)
	cl.live.refresh(ctx, c)
	return cl.replies.replyPrivately(ctx, c, blocks.Said(p.T("It has nobody now. Whoever gave it to you reads that in their next daily message.")))
}

// returned are items that the person gave to somebody who says that they are not theirs.
func (dl *daily) returned(ctx context.Context, d *dailyOf, m *blocks.Message) error {
	p := d.words.p
	var of []visit.Subject
	for _, ask := range d.of(visit.AskReturned) {
		a, err := dl.about(ctx, d, ask.Subject)
		if err != nil {
			return err
		}
		if a == nil || !a.Reminded() {
			continue
		}
		id, _ := strconv.Atoi(ask.About)
		i, err := a.Common().Items.Find(id)
		if err != nil || !i.Open() || i.Owner != "" { // it is done, or somebody has it
			continue
		}
		if len(m.Blocks) == 0 {
			heading(m, p.T("Given back to you to share out"))
		}
		m.Add(blocks.Section(p.M("%s says this is not for them: %s (%s)", blocks.Mention(ask.Data), i.Text, a.Title(p.Printer))))
		m.Text.Line(p.T("Nobody has it any more: %s (%s)", i.Text, a.Title(p.Printer)))
		if !slices.Contains(of, ask.Subject) {
			of = append(of, ask.Subject)
		}
	}
	var es []slack.BlockElement
	for _, s := range of {
		es = append(es, checklistButton(p, s, visit.ShowUnowned))
	}
	if len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	return nil
}

// actReinspect opens the form for an inspection that repeats the one in its value.
const actReinspect blocks.ActionID = "reinspect"

// reinspectAfter is how many days a factory is given to put right what failed.
const reinspectAfter = 14

// reinspect opens the form for an inspection of what has failed, with all that is known
// already: the same kind of the same order at the same factory, two weeks on.
func (ins *inspections) reinspect(ctx context.Context, c click) error {
	p := ins.directory.printerNow(c.team, c.user)
	return ins.replies.open(ctx, opening{c.caller, actReinspect, c.about, p.T("Schedule inspection")}, func(ctx context.Context, team string) (*modal, error) {
		i, err := ins.access.inspection(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		leads := make([]string, len(i.LeadDays))
		for n, l := range i.LeadDays {
			leads[n] = strconv.Itoa(l)
		}
		return ins.form(ctx, team, c.user, form{
			fieldFactory: strconv.Itoa(i.Factory.Number), fieldType: i.Type, fieldRepeat: repeatOnce, fieldOrder: i.Order, fieldInspectors: i.Inspector,
			fieldDue: ins.againOn(i).String(), fieldLeads: strings.Join(leads, ", "), fieldChannel: i.Channel,
		}, meta{Draft: rand.Text()[:12]})
	})
}

// againOn is a working day on which what failed can be inspected again.
func (ins *inspections) againOn(i *visit.Inspection) civil.Date {
	today := i.Today(ins.o.Now())
	due := ins.o.Timing.Later(today.AddDays(reinspectAfter), i.Zone)
	if better, ok := ins.o.SuggestDay(due); ok && better.After(today) {
		return better
	}
	return due
}
