package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// maxMistakes is how many mistakes the status shows; the log has all.
const maxMistakes = 10

// statusCommand tells how the app is doing.
func (b *Bot) statusCommand(ctx context.Context, q request) (*blocks.Message, error) {
	p := b.directory.printer(ctx, q.team, q.user)
	if _, err := b.admit(ctx, q.team, q.user); errors.Is(err, errNotColleague) {
		return nil, err // whatever else Slack does, the status can be read
	}
	g := q.guide
	m := new(blocks.Message)
	m.Title(p.T("Status"))
	m.Say(p.T("Knowledge version %s: %d pieces of advice in %d topics.", g.Base.Version(), len(g.Base.All()), len(g.Base.Topics())))
	b.remindersStatus(ctx, m, q)
	if b.set().MarketNotes {
		m.Say(p.T("Market notes are on. %s", MarketCounsel(p.Printer)))
	}
	err := b.mistakes.Load()
	doubts := slices.Concat(g.Base.Doubts(), b.letters.Load().Doubts())
	if err == nil && len(doubts) == 0 {
		m.Say(p.T("No mistakes in the knowledge files."))
		m.Add(blocks.Actions(blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, p.T("All topics"))))
		return m, nil
	}
	if err != nil {
		m.Say(p.T("The last edit to your knowledge folder has mistakes. The previous version stays in use until they are fixed:"))
		fileLines(p, m, *err)
	}
	if len(doubts) > 0 {
		m.Say(p.T("Please check these lines in your knowledge folder. They are in use, but they may not say what you meant:"))
		fileLines(p, m, doubts)
	}
	return m, nil
}

// fileLines shows what is wrong with files, a line each.
func fileLines(p blocks.Printer, m *blocks.Message, wrong error) {
	lines := strings.Split(wrong.Error(), "\n")
	for _, l := range lines[:min(len(lines), maxMistakes)] {
		m.Add(blocks.Section(blocks.Code(blocks.Clip(blocks.OneLine(l), 500))))
		m.Text.Line(l)
	}
	if more := len(lines) - maxMistakes; more > 0 {
		m.Say(p.T("And %d more; the log lists them all.", more))
	}
}

// nextShown is how many messages the status announces, and nextWithin how far it looks for
// tips and lists of open items, which come for ever.
const (
	nextShown  = 5
	nextWithin = 7 * 24 * time.Hour
)

// lostFor is how long the status tells of what could not be delivered.
const lostFor = 14 * 24 * time.Hour

// remindersStatus tells how the reminders are doing, what could not be delivered and
// what comes next in the channels of whoever asks.
func (b *Bot) remindersStatus(ctx context.Context, m *blocks.Message, q request) {
	p := b.directory.printer(ctx, q.team, q.user)
	if b.health != nil {
		h := b.health()
		m.Say(p.T("Reminders since the start: %d sent, the latest %s late; %d expired, %d refused, %d possible repeats.", h.Sent, h.Lag.Round(time.Second), h.Expired, h.Dead, h.Repeated))
		if h.LastError != nil {
			ref := b.replies.report("send reminders", h.LastError)
			m.Say(p.T("Reminders are delayed and will resume by themselves; the log has the cause under %s.", ref))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, b.ackWithin)
	defer cancel()
	b.connectionStatus(ctx, m, q)
	b.scopesStatus(ctx, p, q.team, m)
	b.photos.status(ctx, p, m, q.team)
	channels, err := b.directory.channelsOf(ctx, q.team, q.user)
	if err != nil {
		return
	}
	b.opinionsStatus(ctx, m, q)
	mine := append([]string{q.user}, channels...)
	if err := errors.Join(b.lostStatus(ctx, m, q, mine), b.nextStatus(ctx, m, q, mine)); err != nil {
		m.Say(p.T("The database isn't responding right now, so I can't say what comes next."))
	}
}

// connectionStatus tells that nothing can be sent, and what to do.
func (b *Bot) connectionStatus(ctx context.Context, m *blocks.Message, q request) {
	p := b.directory.printer(ctx, q.team, q.user)
	cs, err := b.o.Store.Connections(ctx)
	if err != nil {
		return // the status says so below
	}
	for _, c := range cs {
		if c.Workspace != q.team {
			continue
		}
		m.Say(p.T("I can't send reminders: %s. They wait, and come late.", faultWords(p, c.Fault)))
		since := p.T("Since %s; Slack's word for it is %s.", blocks.Time(p, c.Since.UTC(), "Mon 2 January 15:04 MST"), string(c.Fault))
		m.Add(blocks.Note(blocks.Escape(since)))
		m.Text.Line(since)
	}
}

// scopesStatus tells which permissions are missing, what does not work without them and
// what still does.
func (c *core) scopesStatus(ctx context.Context, p blocks.Printer, team string, m *blocks.Message) {
	a, err := c.api(ctx, team).AuthTestContext(ctx)
	if err != nil || a.Header.Get("X-OAuth-Scopes") == "" {
		return // something between us and Slack leaves it out, and then nothing is known of them
	}
	has := strings.FieldsFunc(a.Header.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' })
	lacking := slices.DeleteFunc(Permissions(), func(p Permission) bool { return p.Optional || slices.Contains(has, p.Name) })
	if len(lacking) == 0 {
		return
	}
	var others []string
	for _, l := range lacking {
		switch l.Name {
		case filesRead:
			m.Say(p.T("I lack the permission %s, so photos stay in Slack: I save what people write with them, and reports come without pictures.", l.Name))
		case "im:history":
			m.Say(p.T("I lack the permission %s, so I see nothing that people send me directly: their photos and questions get no answer. Commands, buttons and forms still work; please log findings with them.", l.Name))
		default:
			others = append(others, l.Name)
		}
	}
	if len(others) > 0 {
		m.Say(p.T("I lack these permissions, so some things do not work: %s.", strings.Join(others, p.Comma())))
	}
	m.Say(p.T("Ask the person who manages your Slack apps to add what is missing (OAuth & Permissions) and to reinstall Visit Prep."))
}

// nextStatus tells what comes next in the channels of whoever asks, and what is late.
func (b *Bot) nextStatus(ctx context.Context, m *blocks.Message, q request, mine []string) error {
	p := b.directory.printer(ctx, q.team, q.user)
	os, err := b.shown(ctx, q, store.OccurrenceFilter{States: []visit.State{visit.Pending}, To: mine}, nextShown)
	if err != nil {
		return err
	}
	now := b.o.Now()
	if b.regular != nil {
		waiting := os
		rs, err := b.regular(ctx, q.team, mine, now.Add(nextWithin))
		if err != nil {
			return err
		}
		for _, r := range rs {
			known := slices.ContainsFunc(waiting, func(o visit.Occurrence) bool { return o.Key == r.Key })
			if !known && b.access.mayTell(ctx, &r, q.channel) {
				os = append(os, r)
			}
		}
		slices.SortStableFunc(os, func(x, y visit.Occurrence) int { return x.Due.Compare(y.Due) })
	}
	for _, o := range os[:min(len(os), nextShown)] {
		due, about := b.localTime(ctx, q, o.Due), b.reminders.about(ctx, p, &o)
		line := p.T("Next: %s, %s", due, about)
		if o.Late(now) {
			line = p.T("Late: %s, %s", due, about)
		}
		note := blocks.Escape(line)
		if (o.Kind == visit.Tip || o.Kind == visit.MarketDigest) && !visit.IsPerson(o.To) {
			note = p.M("%s, in %s", line, channelName(o.To))
		}
		m.Add(blocks.Note(note))
		m.Text.Line(line)
	}
	return nil
}

// lostStatus tells of what was lately given up, which the database remembers: by name of
// what whoever asks may see, and admins how many more there are.
func (b *Bot) lostStatus(ctx context.Context, m *blocks.Message, q request, mine []string) error {
	p := b.directory.printer(ctx, q.team, q.user)
	lost := store.OccurrenceFilter{States: []visit.State{visit.Dead, visit.Expired}, NoNotices: true, From: b.o.Now().Add(-lostFor), Newest: true, To: mine}
	os, err := b.shown(ctx, q, lost, 0)
	if err != nil {
		return err
	}
	// What was meant for whoever planned something is its channel's as well.
	others := lost
	others.To, others.Kinds = nil, []visit.Kind{visit.Escalation}
	es, err := b.o.Store.Occurrences(ctx, q.team, others)
	if err != nil {
		return err
	}
	for _, o := range es {
		if _, channel, err := b.o.Store.OwnerOf(ctx, q.team, o.Subject); err == nil && o.To != q.user && slices.Contains(mine, channel) && b.access.mayTell(ctx, &o, q.channel) {
			os = append(os, o)
		}
	}
	slices.SortStableFunc(os, func(x, y visit.Occurrence) int { return y.Due.Compare(x.Due) })
	switch len(os) {
	case 0:
	case 1:
		m.Say(p.T("1 reminder could not be delivered:"))
	default:
		m.Say(p.T("%d reminders could not be delivered:", len(os)))
	}
	for _, o := range os[:min(len(os), lostShown)] {
		line := p.T("%s, due %s: %s", b.reminders.about(ctx, p, &o), b.localTime(ctx, q, o.Due), Reason(p.Printer, &o))
		m.Add(blocks.Note(blocks.Escape(line)))
		m.Text.Line(line)
	}
	if more := len(os) - lostShown; more > 0 {
		m.Say(p.T("And %d more.", more))
	}
	if me, err := b.directory.person(ctx, q.team, q.user); err != nil || !me.admin {
		return nil
	}
	all := lost
	all.To = nil
	n, err := b.o.Store.CountOccurrences(ctx, q.team, all)
	if elsewhere := n - len(os); err == nil && elsewhere > 0 {
		m.Say(p.T("Elsewhere in the workspace %d more could not be delivered in two weeks.", elsewhere))
	}
	return err
}

// shown lists reminders that may be told of where the status was asked for, up to a limit;
// 0 is all.
func (b *Bot) shown(ctx context.Context, q request, f store.OccurrenceFilter, limit int) (os []visit.Occurrence, err error) {
	all, err := b.o.Store.Occurrences(ctx, q.team, f)
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if limit > 0 && len(os) == limit {
			break
		}
		if b.access.mayTell(ctx, &o, q.channel) {
			os = append(os, o)
		}
	}
	return os, nil
}

// localTime is an instant as whoever asks reads it.
func (b *Bot) localTime(ctx context.Context, q request, t time.Time) string {
	p := b.directory.printer(ctx, q.team, q.user)
	return blocks.Time(p, t.In(b.directory.locationOf(ctx, q.team, q.user)), "Mon 2 January 15:04 MST")
}

// opinionsShown is how many opinions the status lists.
const opinionsShown = 10

// opinionsStatus lists for admins which advice people found helpful or not, the
// least helpful first.
func (b *Bot) opinionsStatus(ctx context.Context, m *blocks.Message, q request) {
	p := b.directory.printer(ctx, q.team, q.user)
	me, err := b.directory.person(ctx, q.team, q.user)
	if err != nil || !me.admin {
		return
	}
	fs, err := b.o.Store.Feedback(ctx, q.team)
	if err != nil || len(fs) == 0 {
		return
	}
	m.Say(p.T("What people say about the advice:"))
	for _, f := range fs[:min(len(fs), opinionsShown)] {
		title := f.Entry
		if e, ok := q.guide.Base.Entry(f.Entry); ok {
			title = e.Title
		}
		line := p.T("%s: helpful %d, not helpful %d (%s)", title, f.Helpful, f.Not, f.Entry)
		m.Add(blocks.Note(blocks.Escape(line)))
		m.Text.Line(line)
	}
}
