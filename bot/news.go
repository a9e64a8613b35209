package bot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// news is what people are told, once and directly, when a channel or a person has changed
// on which something of theirs rests. What is told is so when it is told; what has
// changed back meanwhile is no news.
type news struct {
	*core
	directory *directory
	access    *access
}

// How much news names; the rest is counted.
const (
	newsWork   = 8 // visits, inspections and plans
	newsGuests = 3
)

// message words news for its reader. It is nil where there is nothing to say any more, or
// not to them; then somebody else of the same visits may get it.
func (n *news) message(ctx context.Context, o *visit.Occurrence) (*blocks.Message, error) {
	_, id := o.Subject.Cut()
	switch c, of := o.Change(); c {
	case visit.Opened:
		return n.opened(ctx, o, id, of)
	case visit.Closed:
		return n.closed(ctx, o, id)
	case visit.Gone:
		return n.gone(ctx, o, id, of)
	}
	return nil, nil
}

// A work is an open visit, inspection or plan, as news names it.
type work struct {
	subject visit.Subject
	title   string
	channel string
	people  []string // whom it concerns, who planned it first
	plan    int      // of an inspection, the plan that made it
}

// plannedBy reports whether somebody planned it.
func (w *work) plannedBy(person string) bool { return len(w.people) > 0 && w.people[0] == person }

// in lists what is open in a channel.
func (n *news) in(ctx context.Context, p blocks.Printer, team, channel string) (ws []work, err error) {
	here := store.Filter{Channels: []string{channel}}
	f := here
	f.From = civil.Of(n.o.Now().UTC().AddDate(0, 0, -1))
	vs, err := n.o.Store.Visits(ctx, team, f)
	if err != nil {
		return nil, err
	}
	for _, v := range vs {
		ws = append(ws, work{v.Subject(), v.Title(p.Printer), channel, v.Concerned(), 0})
	}
	ps, err := n.o.Store.Plans(ctx, team, here)
	if err != nil {
		return nil, err
	}
	for _, plan := range ps {
		ws = append(ws, work{plan.Subject(), p.T("Inspection plan %d: %s", plan.Number, plan.Factory.Name), channel, plan.Concerned(), 0})
	}
	is, err := n.o.Store.Inspections(ctx, team, store.InspectionFilter{Open: true, Filter: here})
	if err != nil {
		return nil, err
	}
	for _, i := range is {
		ws = append(ws, work{i.Subject(), i.Title(p.Printer), channel, i.Concerned(), i.Plan})
	}
	return ws, nil
}

// mayRead are those of some works that a reader may see.
func (n *news) mayRead(ctx context.Context, team, reader string, ws []work) (seen []work, err error) {
	for _, w := range ws {
		switch err := n.access.canSee(ctx, team, reader, w.subject, w.channel); {
		case errors.Is(err, errNotYours):
		case err != nil:
			return nil, err
		default:
			seen = append(seen, w)
		}
	}
	return seen, nil
}

// everybodyOf are the people whom works concern.
func everybodyOf(ws []work) (people []string) {
	for _, w := range ws {
		for _, p := range w.people {
			if !slices.Contains(people, p) {
				people = append(people, p)
			}
		}
	}
	return people
}

// passOn gives news to the next of the people whom its works concern, who may see them.
func (n *news) passOn(ctx context.Context, o *visit.Occurrence, ws []work) error {
	line := everybodyOf(ws)
	for _, p := range line[slices.Index(line, o.To)+1:] { // of all, where it was told to an admin
		theirs, err := n.mayRead(ctx, o.Workspace, p, ws)
		if err != nil {
			return err
		}
		if len(theirs) > 0 {
			return n.o.Store.AddOccurrence(ctx, o.PassedOn(p, n.o.Now()))
		}
	}
	n.log.Warn("nobody could be told of a change", "workspace", o.Workspace, "news", o.Key)
	return nil
}

// opened says that people of another company read a channel in which somebody, of, has
// planned something.
func (n *news) opened(ctx context.Context, o *visit.Occurrence, channel, of string) (*blocks.Message, error) {
	p := n.directory.printer(ctx, o.Workspace, o.To)
	now, err := n.directory.facts(ctx, o.Workspace, channel)
	if err != nil {
		return nil, unchecked(err)
	}
	if !now.ForAll() || now.State != store.ChannelOpen {
		return nil, nil
	}
	all, err := n.in(ctx, p, o.Workspace, channel)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(w work) bool { return !w.plannedBy(of) })
	if len(all) == 0 {
		return nil, nil
	}
	ws, err := n.mayRead(ctx, o.Workspace, o.To, all)
	if err != nil {
		return nil, err
	}
	if len(ws) == 0 {
		return nil, n.passOn(ctx, o, all)
	}
	guests, strangers, err := n.directory.others(ctx, o.Workspace, channel)
	if err != nil {
		return nil, unchecked(err)
	}
	m := new(blocks.Message)
	plain := "#" + now.Name
	if now.Shared {
		m.Add(blocks.Section(p.M("%s is now shared with another company.", channelName(channel))))
		m.Text.Line(p.T("%s is now shared with another company.", plain))
		if len(strangers) > 0 {
			m.Add(blocks.Section(p.M("People of other companies who read there now: %s.", mentions(p, strangers))))
			m.Text.Line(p.T("People of other companies who read there now: %s.", names(p, strangers)))
		}
	} else if len(guests) > 1 {
		m.Add(blocks.Section(p.M("Guests read %s now: %s. Guests count as another company.", channelName(channel), mentions(p, guests))))
		m.Text.Line(p.T("Guests read %s now: %s. Guests count as another company.", plain, names(p, guests)))
	} else {
		m.Add(blocks.Section(p.M("A guest reads %s now: %s. Guests count as another company.", channelName(channel), mentions(p, guests))))
		m.Text.Line(p.T("A guest reads %s now: %s. Guests count as another company.", plain, names(p, guests)))
	}
	m.Say(p.T("From now on, cards and reminders there leave out items about audits, prices, negotiation and red flags, your team's own items and notes on results. Nothing is lost: your colleagues still see all of it in the checklist, in lists and in the brief."))
	m.Say(p.T("Reports and lists of findings that I posted there are taken down; make a report again, and it comes to you alone. What else was posted before stays readable there: earlier reminders, messages about results, and what people wrote or sent."))
	n.list(p, m, ws)
	var es []slack.BlockElement
	for i := range guests[:min(len(guests), newsGuests)] {
		es = append(es, vouchButton(p, &guests[i]))
	}
	if len(es) > 0 && !now.Shared {
		m.Say(p.T("If a guest works for you, such as an interpreter or an inspector, say so, and nothing is left out for them."))
		m.Add(blocks.Actions(es...))
	}
	return m, nil
}

// closed says that nothing can be posted in a channel any more.
func (n *news) closed(ctx context.Context, o *visit.Occurrence, channel string) (*blocks.Message, error) {
	p := n.directory.printer(ctx, o.Workspace, o.To)
	now, err := n.directory.facts(ctx, o.Workspace, channel)
	if err != nil {
		return nil, unchecked(err)
	}
	if now.State == store.ChannelOpen {
		return nil, nil
	}
	all, err := n.in(ctx, p, o.Workspace, channel)
	if err != nil {
		return nil, err
	}
	var ws []work
	for _, w := range all {
		theirs, err := n.o.Store.Theirs(ctx, o.Workspace, o.To, w.subject)
		if err != nil {
			return nil, err
		}
		if theirs {
			ws = append(ws, w)
		}
	}
	if ws, err = n.mayRead(ctx, o.Workspace, o.To, ws); err != nil || len(ws) == 0 {
		return nil, err
	}
	m := new(blocks.Message)
	m.Say(closedWords(p, &now))
	n.list(p, m, ws)
	return m, nil
}

// closedWords say what has become of a channel and what can be done. Its name is known to
// whoever reads this.
func closedWords(p blocks.Printer, f *channelNow) string {
	name := "#" + f.Name
	switch {
	case f.State == store.ChannelArchived && f.Name != "":
		return p.T("%s is archived, so nothing can be posted there. Move what is prepared there to another channel; its card and reminders go with it. If the channel comes back, everything carries on as before.", name)
	case f.State == store.ChannelLeft && f.Name != "":
		return p.T("I'm no longer in %s, so I can't post there. Type /invite @visitprep there, or move what is prepared there to another channel; its card and reminders go with it.", name)
	case f.Name != "":
		return p.T("%s was deleted, or I was taken out of it, so I can't post there. Move what is prepared there to another channel; its card and reminders go with it.", name)
	}
	return p.T("I can no longer post in the channel where this is prepared. Move it to another one; its card and reminders go with it.")
}

// gone says that somebody who owns items of what a person, of, has planned is no
// colleague any more.
func (n *news) gone(ctx context.Context, o *visit.Occurrence, id, of string) (*blocks.Message, error) {
	p := n.directory.printer(ctx, o.Workspace, o.To)
	who, err := n.directory.person(ctx, o.Workspace, id)
	if err != nil && !isSlackError(err, "user_not_found") {
		return nil, unchecked(err)
	}
	s, err := n.directory.relation(ctx, o.Workspace, id)
	if err != nil {
		return nil, err
	}
	if s == colleague {
		return nil, nil
	}
	all, count, err := n.owned(ctx, p, o.Workspace, id)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(w work) bool { return !w.plannedBy(of) })
	ws, err := n.mayRead(ctx, o.Workspace, o.To, all)
	if err != nil {
		return nil, err
	}
	if len(ws) == 0 {
		if len(all) > 0 {
			err = n.passOn(ctx, o, all)
		}
		return nil, err
	}
	m := new(blocks.Message)
	if s == guest {
		m.Add(blocks.Section(p.M("%s is a guest now and counts as another company, so I no longer send them their open items.", blocks.Mention(id))))
		m.Text.Line(p.T("%s is a guest now and counts as another company, so I no longer send them their open items.", who.name))
	} else {
		m.Add(blocks.Section(p.M("%s is no longer a colleague here, so I no longer send them their open items.", blocks.Mention(id))))
		m.Text.Line(p.T("%s is no longer a colleague here, so I no longer send them their open items.", who.name))
	}
	m.Say(p.T("Please give these items to somebody else:"))
	for _, w := range ws[:min(len(ws), newsWork)] {
		line := p.T("%s: %d open items", w.title, count[w.subject])
		if count[w.subject] == 1 {
			line = p.T("%s: 1 open item", w.title)
		}
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Escape(line)), nil, slack.NewAccessory(blocks.Button(actChecklist, blocks.Subject(w.subject), p.T("Open checklist")))))
		m.Text.Line(line)
	}
	n.more(p, m, len(ws))
	if s == guest {
		m.Add(blocks.Actions(vouchButton(p, &who)))
	}
	return m, nil
}

// owned are the open visits and inspections with open items of somebody, and how many
// items.
func (n *news) owned(ctx context.Context, p blocks.Printer, team, id string) (ws []work, count map[visit.Subject]int, err error) {
	tasks, err := n.o.Store.Tasks(ctx, team, id)
	if err != nil {
		return nil, nil, err
	}
	count = map[visit.Subject]int{}
	for _, t := range tasks {
		if count[t.Subject]++; count[t.Subject] > 1 {
			continue
		}
		a, err := n.o.Store.Appointment(ctx, team, t.Subject)
		if err != nil {
			return nil, nil, err
		}
		ws = append(ws, work{t.Subject, a.Title(p.Printer), t.Channel, peopleConcerned(a), 0})
	}
	return ws, count, nil
}

// hasGone tells those who planned something of which somebody owns items that this person
// is no colleague any more: each once.
func (n *news) hasGone(ctx context.Context, team, id string) error {
	ws, _, err := n.owned(ctx, n.english, team, id)
	if err != nil {
		return err
	}
	for _, w := range ws {
		if len(w.people) == 0 || w.people[0] == id && len(w.people) == 1 {
			continue
		}
		a, err := n.o.Store.Appointment(ctx, team, w.subject)
		if err != nil {
			return err
		}
		o := visit.GoneNews(team, id, w.people[0], a.Common().ChannelZone, n.o.Now())
		if err := n.o.Store.AddOccurrence(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// list lists works, each with the button that moves it. What a plan has made moves with
// the plan.
func (n *news) list(p blocks.Printer, m *blocks.Message, ws []work) {
	ws = slices.DeleteFunc(slices.Clone(ws), func(w work) bool {
		return w.plan > 0 && slices.ContainsFunc(ws, func(p work) bool { return p.subject == visit.SubjectOf(visit.OfPlan, w.plan) })
	})
	for _, w := range ws[:min(len(ws), newsWork)] {
		m.Add(blocks.Section(blocks.Escape(w.title)), blocks.Actions(moveButton(p, w.subject), openButton(p, w.subject)))
		m.Text.Line(w.title)
	}
	n.more(p, m, len(ws))
}

func (n *news) more(p blocks.Printer, m *blocks.Message, all int) {
	if all > newsWork {
		m.Say(p.T("And %d more; /visit-prep list and /inspection list show them.", all-newsWork))
	}
}

// openButton shows what a subject names.
func openButton(p blocks.Printer, s visit.Subject) *slack.ButtonBlockElement {
	label := p.T("Show visit")
	switch kind, _ := s.Cut(); kind {
	case visit.OfInspection:
		label = p.T("Show inspection")
	case visit.OfPlan:
		label = p.T("Show plan")
	}
	return blocks.Button(actOpen, blocks.Subject(s), label)
}

func mentions(p blocks.Printer, who []person) blocks.Markup {
	var ms []blocks.Markup
	for _, one := range who {
		ms = append(ms, blocks.Mention(one.id))
	}
	return blocks.ClipNames(p.List(ms), 1000)
}

// names is mentions for the fallback, which shows no mentions.
func names(p blocks.Printer, who []person) string {
	ns := make([]string, len(who))
	for i, one := range who {
		ns[i] = one.name
	}
	return blocks.Clip(strings.Join(ns, p.Comma()), 1000)
}
