package bot

import (
	"context"
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
	g := q.guide
	m := new(blocks.Message)
	m.Title(b.p.T("Status"))
	m.Say(b.p.T("Knowledge version %s: %d pieces of advice in %d topics.", g.Base.Version(), len(g.Base.All()), len(g.Base.Topics())))
	b.remindersStatus(ctx, m, q)
	err := b.mistakes.Load()
	if err == nil {
		m.Say(b.p.T("No mistakes in the knowledge files."))
		m.Add(blocks.Actions(blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, b.p.T("All topics"))))
		return m, nil
	}
	m.Say(b.p.T("The last edit to your knowledge folder has mistakes. The previous version stays in use until they are fixed:"))
	lines := strings.Split((*err).Error(), "\n")
	for _, l := range lines[:min(len(lines), maxMistakes)] {
		m.Add(blocks.Section(blocks.Code(blocks.Clip(blocks.OneLine(l), 500))))
		m.Text.Line(l)
	}
	if more := len(lines) - maxMistakes; more > 0 {
		m.Say(b.p.T("And %d more; the log lists them all.", more))
	}
	return m, nil
}

// nextShown is how many reminders the status announces.
const nextShown = 5

// remindersStatus tells how the reminders are doing, and what comes next in the
// channels of whoever asks.
func (b *Bot) remindersStatus(ctx context.Context, m *blocks.Message, q request) {
	if b.health != nil {
		h := b.health()
		m.Say(b.p.T("Reminders since the start: %d sent, the latest %s late; %d expired, %d refused, %d possible repeats.", h.Sent, h.Lag.Round(time.Second), h.Expired, h.Dead, h.Repeated))
		if h.LastError != nil {
			ref := b.replies.report("send reminders", h.LastError)
			m.Say(b.p.T("Reminders are delayed and will resume by themselves; the log has the cause under %s.", ref))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, b.ackWithin)
	defer cancel()
	channels, err := b.directory.channelsOf(ctx, q.user)
	if err != nil || !b.directory.insider(ctx, q.team, q.user) {
		return
	}
	b.opinionsStatus(ctx, m, q)
	now := b.o.Now()
	os, err := b.o.Store.Occurrences(ctx, q.team, store.OccurrenceFilter{States: []visit.State{visit.Pending}, From: now, Limit: 50})
	if err != nil {
		m.Say(b.p.T("The database isn't responding right now, so I can't say what comes next."))
		return
	}
	shown := 0
	for _, o := range os {
		if shown == nextShown {
			break
		}
		if !slices.Contains(channels, o.To) && o.To != q.user || !b.access.mayTell(ctx, &o, q.channel) {
			continue
		}
		shown++
		due := blocks.Time(b.p, o.Due.In(b.directory.locationOf(ctx, q.team, q.user)), "Mon 2 January 15:04 MST")
		line := b.p.T("Next: %s, %s", due, b.reminders.about(ctx, &o))
		m.Add(blocks.Note(blocks.Escape(line)))
		m.Text.Line(line)
	}
}

// opinionsShown is how many opinions the status lists.
const opinionsShown = 10

// opinionsStatus lists for admins which advice people found helpful or not, the
// least helpful first.
func (b *Bot) opinionsStatus(ctx context.Context, m *blocks.Message, q request) {
	p, err := b.directory.person(ctx, q.user)
	if err != nil || !p.admin {
		return
	}
	fs, err := b.o.Store.Feedback(ctx, q.team)
	if err != nil || len(fs) == 0 {
		return
	}
	m.Say(b.p.T("What people say about the advice:"))
	for _, f := range fs[:min(len(fs), opinionsShown)] {
		title := f.Entry
		if e, ok := q.guide.Base.Entry(f.Entry); ok {
			title = e.Title
		}
		line := b.p.T("%s: helpful %d, not helpful %d (%s)", title, f.Helpful, f.Not, f.Entry)
		m.Add(blocks.Note(blocks.Escape(line)))
		m.Text.Line(line)
	}
}
