package bot

import (
	"context"
	"slices"
	"strings"
	"time"

	"visitprep/internal/guide"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// commands is the table of slash commands: one row a command. The manifest is
// made from it too, so a command that works is also declared.
var commands = []struct {
	name, description, usage string
	answer                   func(*Bot, *guide.Guide, slack.SlashCommand) []byte
}{
	{"/visit-prep", "Advice for visiting a factory in China", "[question], plan, list, show N, factories", (*Bot).visitPrep},
	{"/inspection", "Inspections: what is due, plan, report", "[schedule, list, show N, done N, move N DATE, skip N, plan N, history]", (*Bot).inspections},
	{"/etiquette", "Manners, culture and phrases for your visit", "[question], phrases [situation], subscribe daily|weekly|off", (*Bot).etiquette},
}

// onSurface tells where the answer to a command will be read. Slack's ids say
// which conversations are direct messages.
func onSurface(channel string) guide.Surface {
	if strings.HasPrefix(channel, "D") {
		return guide.Direct
	}
	return guide.Private
}

// visitPrep answers /visit-prep.
func (b *Bot) visitPrep(k *guide.Guide, c slack.SlashCommand) []byte {
	words := blocks.Incoming(c.Text)
	on := onSurface(c.ChannelID)
	if strings.EqualFold(strings.Trim(words, " !.?"), "status") {
		return b.status(k, c).EphemeralJSON()
	}
	if m, ok := b.visitWords(k, c, words); ok {
		if m == nil {
			return nil // a form has opened
		}
		return m.EphemeralJSON()
	}
	s, ok := k.Lookup(words)
	if !ok {
		return k.Question(words, on).EphemeralJSON()
	}
	return k.EphemeralJSON(s, on)
}

// etiquette answers /etiquette: without words a tip, "phrases" and a situation,
// or any question.
func (b *Bot) etiquette(k *guide.Guide, c slack.SlashCommand) []byte {
	words := blocks.Incoming(c.Text)
	on := onSurface(c.ChannelID)
	first, rest, _ := strings.Cut(strings.ToLower(words), " ")
	switch {
	case words == "" || rest == "" && (first == "tip" || first == "tips"):
		return k.Tip(b.nextTip(k, c.TeamID, c.ChannelID), on).EphemeralJSON()
	case first == "subscribe":
		ctx, cancel := context.WithTimeout(context.Background(), workLimit)
		defer cancel()
		return b.orSorry("subscribe to tips", func() (*blocks.Message, error) { return b.subscribe(ctx, c.TeamID, c.UserID, c.ChannelID, rest) }).EphemeralJSON()
	case first == "phrases" || first == "phrase":
		if rest == "" {
			return k.EphemeralJSON(guide.SubjectPhrases, on)
		}
		t, _ := k.Base.Topic(guide.PhrasesTopic)
		for _, g := range t.Groups {
			names := append([]string{g.ID, g.Title}, g.Aliases...)
			if slices.ContainsFunc(names, func(n string) bool {
				return strings.EqualFold(n, rest) || strings.EqualFold(n, rest+" phrases")
			}) {
				return k.EphemeralJSON(guide.PageSubject(guide.GroupKey(t.ID, g.ID), 0), on)
			}
		}
		// Not a situation that we know by that word: what to say about it, then.
		words = "phrase " + rest
	}
	if s, ok := k.Lookup(words); ok {
		return k.EphemeralJSON(s, on)
	}
	return k.Question(words, on).EphemeralJSON()
}

// maxMistakes is how many mistakes the status shows; the log has all.
const maxMistakes = 10

// status tells how the app is doing.
func (b *Bot) status(k *guide.Guide, c slack.SlashCommand) *blocks.Message {
	m := new(blocks.Message)
	m.Add(blocks.Header(b.p.T("Status")))
	m.Text.Line(b.p.T("Status"))
	m.Say(b.p.T("Knowledge version %s: %d pieces of advice in %d topics.", k.Base.Version(), len(k.Base.All()), len(k.Base.Topics())))
	b.remindersStatus(m, c)
	err := b.mistakes.Load()
	if err == nil {
		m.Say(b.p.T("No mistakes in the knowledge."))
		m.Add(blocks.Actions(blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, b.p.T("All topics"))))
		return m
	}
	m.Say(b.p.T("The last edit of your knowledge folder has mistakes. The version before it goes on answering until they are put right:"))
	lines := strings.Split((*err).Error(), "\n")
	for _, l := range lines[:min(len(lines), maxMistakes)] {
		m.Add(blocks.Section(blocks.Code(blocks.Clip(blocks.OneLine(l), 500))))
		m.Text.Line(l)
	}
	if more := len(lines) - maxMistakes; more > 0 {
		m.Say(b.p.T("And %d more; the log has them all.", more))
	}
	return m
}

// nextShown is how many reminders the status announces.
const nextShown = 5

// remindersStatus tells how the reminders are doing, and what comes next in the
// channels of whoever asks.
func (b *Bot) remindersStatus(m *blocks.Message, c slack.SlashCommand) {
	if b.health != nil {
		h := b.health()
		m.Say(b.p.T("Reminders since the start: %d sent, the latest %s after its time; %d too late, %d refused, %d possible repeats.", h.Sent, h.Lag.Round(time.Second), h.Expired, h.Dead, h.Repeated))
		if h.LastError != nil {
			ref := b.report("send reminders", h.LastError)
			m.Say(b.p.T("The reminders are held up and go on by themselves; the log has the cause under %s.", ref))
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), b.ackWithin)
	defer cancel()
	channels, err := b.channelsOf(ctx, c.UserID)
	if err != nil || !b.insider(ctx, c.TeamID, c.UserID) {
		return
	}
	b.opinionsStatus(ctx, m, c)
	now := b.o.Now()
	os, err := b.o.Store.Occurrences(ctx, c.TeamID, store.OccurrenceFilter{States: []visit.State{visit.Pending}, From: now, Limit: 50})
	if err != nil {
		m.Say(b.p.T("The database does not answer right now, so I cannot say what comes next."))
		return
	}
	shown := 0
	for _, o := range os {
		if shown == nextShown {
			break
		}
		if !slices.Contains(channels, o.To) && o.To != c.UserID || !b.mayTell(ctx, &o, c.ChannelID) {
			continue
		}
		shown++
		line := o.Due.In(b.locationOf(ctx, c.TeamID, c.UserID)).Format("Mon 2 January 15:04 MST") + ": " + string(o.Subject)
		m.Add(blocks.Note(blocks.Escape(line)))
		m.Text.Line(b.p.T("Next: %s", line))
	}
}

// mayTell reports whether a reminder may be announced in a channel: one about a
// private channel is announced there and in direct messages only.
func (b *Bot) mayTell(ctx context.Context, o *visit.Occurrence, channel string) bool {
	if a, err := b.o.Store.Appointment(ctx, o.Workspace, o.Subject); err == nil {
		return visibleIn(a.Common().Place, channel)
	}
	if kind, _ := o.Subject.Cut(); kind == visit.OfPerson {
		return true
	}
	r, err := b.channel(ctx, o.To)
	return err == nil && visibleIn(visit.Place{Channel: o.To, Private: r.private}, channel)
}

// opinionsShown is how many opinions the status lists.
const opinionsShown = 10

// opinionsStatus lists for admins which advice people found helpful or not, the
// least helpful first.
func (b *Bot) opinionsStatus(ctx context.Context, m *blocks.Message, c slack.SlashCommand) {
	p, err := b.person(ctx, c.UserID)
	if err != nil || !p.admin {
		return
	}
	fs, err := b.o.Store.Feedback(ctx, c.TeamID)
	if err != nil || len(fs) == 0 {
		return
	}
	m.Say(b.p.T("What people say of the advice:"))
	for _, f := range fs[:min(len(fs), opinionsShown)] {
		title := f.Entry
		if e, ok := b.book.Load().Base.Entry(f.Entry); ok {
			title = e.Title
		}
		line := b.p.T("%s: helpful %d, not helpful %d (%s)", title, f.Helpful, f.Not, f.Entry)
		m.Add(blocks.Note(blocks.Escape(line)))
		m.Text.Line(line)
	}
}
