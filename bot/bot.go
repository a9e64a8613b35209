package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/lang"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// Options are what a Bot needs.
type Options struct {
	Knowledge *knowledge.Base
	Slack     *slack.Client
	// HTTP sends answers to the response URLs that Slack gives with a command or a click.
	HTTP interface {
		Do(*http.Request) (*http.Response, error)
	}
	Store  *store.Store
	Logger *slog.Logger
	// Timing are the rules by which reminders find their hour, the same as the store's.
	Timing visit.Timing
	// CalendarNotes says what China's calendar does to days of travel or inspection;
	// nil says nothing.
	CalendarNotes func(p *lang.Printer, first, last civil.Date) []string
	// SuggestDay is the nearest day on which a factory can be expected to run as usual; it
	// reports false where that is not known. Nil knows none.
	SuggestDay func(civil.Date) (civil.Date, bool)
	// Now is calendar time; nil is the machine's clock.
	Now func() time.Time
	// SigningSecret checks requests over HTTP. It may be empty in Socket Mode,
	// and then every request over HTTP is refused.
	SigningSecret string
}

func (o Options) validate() error {
	var errs []error
	for _, f := range []struct {
		name    string
		missing bool
	}{{"Knowledge", o.Knowledge == nil}, {"Slack", o.Slack == nil}, {"HTTP", o.HTTP == nil}, {"Store", o.Store == nil}, {"Logger", o.Logger == nil}} {
		if f.missing {
			errs = append(errs, fmt.Errorf("bot.Options.%s is missing", f.name))
		}
	}
	return errors.Join(errs...)
}

// A core is what every part of the bot is given: its options, its language, the
// guide that answers now, and what outlives one request. It is safe for concurrent use.
type core struct {
	o         Options
	p         blocks.Printer // the language in which the bot speaks
	log       *slog.Logger
	guide     atomic.Pointer[guide.Guide]
	locks     keyLock
	work      sync.WaitGroup // what goes on after an acknowledgement
	ackWithin time.Duration

	requests     *dedup // those that Slack may deliver again
	doubleClicks *dedup
}

// A Bot takes what Slack sends, finds the row of its table and gives the answer. What
// the rows run stands in a part for each noun. Its methods are safe for concurrent use.
type Bot struct {
	*core
	mistakes atomic.Pointer[error] // of the last reload, if it failed
	health   func() Health

	directory *directory
	access    *access
	replies   *replies
	words     *wording
	live      *live
	reminders *Reminders

	advice      *advice
	tips        *tips
	visits      *visits
	inspections *inspections
	checklists  *checklists
	factories   *factories
	results     *results
	settings    *settings

	commands  []command
	actions   []action
	forms     []formRow
	shortcuts []shortcut
}

// New makes a Bot. It calls nothing of Slack's, so it works while Slack is out of reach.
func New(o Options) (*Bot, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.CalendarNotes == nil {
		o.CalendarNotes = func(*lang.Printer, civil.Date, civil.Date) []string { return nil }
	}
	if o.SuggestDay == nil {
		o.SuggestDay = func(civil.Date) (civil.Date, bool) { return civil.Date{}, false }
	}
	c := &core{
		o: o, p: blocks.Printer{Printer: lang.English()}, log: o.Logger, ackWithin: ackWithin,
		requests: newDedup(keepDelivery), doubleClicks: newDedup(keepClick),
	}
	b := newBot(c)
	g, err := b.newGuide(o.Knowledge)
	if err != nil {
		return nil, fmt.Errorf("present the knowledge: %w", err)
	}
	c.guide.Store(g)
	return b, nil
}

// newBot puts the parts together. Each names the parts that it uses, and none uses
// one that stands below it here.
func newBot(c *core) *Bot {
	b := &Bot{core: c}
	b.directory = &directory{core: c, people: newCache[person](keepPerson), channels: newCache[channel](keepChannel), memberships: newCache[[]string](keepMembership)}
	b.access = &access{c, b.directory}
	b.replies = &replies{c}
	b.words = &wording{c}
	drafts := &drafts{c}
	b.live = &live{core: c, directory: b.directory, access: b.access, replies: b.replies, words: b.words}
	b.tips = &tips{c, b.directory}
	b.reminders = &Reminders{c, b.directory, b.access, b.replies, b.words, b.live, b.tips}
	b.advice = &advice{c, b.replies, b.live, b.tips}
	b.checklists = &checklists{c, b.access, b.replies, b.words, b.live}
	b.factories = &factories{c, b.directory, b.replies, b.live}
	b.results = &results{c, b.directory, b.replies, b.factories}
	b.inspections = &inspections{c, b.directory, b.access, b.replies, b.words, b.live, drafts, b.factories}
	b.visits = &visits{c, b.directory, b.access, b.replies, b.words, b.live, drafts, b.factories}
	b.settings = &settings{c, b.directory, b.replies, b.live}
	b.commands, b.actions, b.forms, b.shortcuts = commands(b), actions(b), forms(b), shortcuts(b)
	return b
}

// Health is how the reminders are doing, since the process started.
type Health struct {
	Lag       time.Duration // of the latest message behind its time
	LastError error         // of the last step that failed, nil once one succeeds
	Sent      int
	Repeated  int // marked as a possible repeat
	Expired   int // too late to be of use
	Dead      int // refused by Slack for good
}

// SetHealth tells the bot where to ask how the reminders are doing, for /visit-prep
// status. Call it before requests come in.
func (b *Bot) SetHealth(ask func() Health) { b.health = ask }

// Reload takes what a changed knowledge folder loads as: another base, which
// answers from now on, or the mistakes that keep it from loading. Then the last
// good base goes on answering; the mistakes are logged once and shown by
// /visit-prep status.
func (b *Bot) Reload(base *knowledge.Base, err error) {
	var g *guide.Guide
	if err == nil {
		base.BuildIndex() // nobody waits for the index here, as the first question would
		g, err = b.newGuide(base)
	}
	if err != nil {
		b.log.Error("the knowledge has mistakes; the last good version goes on answering", "err", err)
		b.mistakes.Store(&err)
		return
	}
	b.mistakes.Store(nil)
	b.guide.Store(g)
	b.log.Info("the knowledge has changed", "version", base.Version(), "entries", len(base.All()))
}

// Wait returns when everything begun after an acknowledgement has ended. Call
// it once no further requests can come in.
func (b *Bot) Wait() { b.work.Wait() }

// ackWithin is how long an answer may take and still be the acknowledgement
// itself. Slack gives up after three seconds.
const ackWithin = 2 * time.Second

// workLimit bounds what runs after an acknowledgement. Response URLs are good
// for half an hour; a person has given up long before.
const workLimit = time.Minute

// command answers a slash command with the body of its acknowledgement; nil is
// an empty one. What takes longer follows by the response URL.
func (b *Bot) command(c slack.SlashCommand) (body []byte) {
	defer func() {
		if p := recover(); p != nil {
			body = b.replies.caught("take "+c.Command, p)
		}
	}()
	if c.TriggerID != "" && b.requests.seen(c.TriggerID, time.Now()) {
		return nil
	}
	ready := make(chan []byte, 1)
	b.work.Go(func() { ready <- b.answerCommand(c) })
	late := time.NewTimer(b.ackWithin)
	defer late.Stop()
	select {
	case body := <-ready:
		return body
	case <-late.C:
		b.replies.later("answer a command late", c.ResponseURL, func(ctx context.Context) error {
			return b.replies.respond(ctx, c.ResponseURL, <-ready)
		})
		return nil
	}
}

func (b *Bot) answerCommand(c slack.SlashCommand) (body []byte) {
	defer func() {
		if p := recover(); p != nil {
			body = b.replies.caught("answer "+c.Command, p)
		}
	}()
	for i := range b.commands {
		if cmd := &b.commands[i]; cmd.name == c.Command {
			return b.answer(cmd, request{
				team: c.TeamID, user: c.UserID, channel: c.ChannelID, trigger: c.TriggerID,
				on: onSurface(c.ChannelID), guide: b.guide.Load(), words: blocks.Incoming(c.Text),
			})
		}
	}
	m := blocks.Said(b.p.T("I do not know %s. Try /visit-prep or /etiquette.", blocks.Clip(c.Command, 50)))
	m.Add(blocks.Actions(blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, b.p.T("All topics"))))
	return m.EphemeralJSON()
}

// errOtherwise is returned by a row that leaves its words to what the command does
// with all others: they turned out to be a question.
var errOtherwise = errors.New("these words are none of the row's")

func useOtherwise(context.Context, request) (*blocks.Message, error) { return nil, errOtherwise }

// inspectionHelp is what can be typed after /inspection.
func (b *Bot) inspectionHelp(request) []byte {
	m := new(blocks.Message)
	m.Title(b.p.T("Inspections"))
	var list blocks.Markup
	for _, c := range b.commands {
		if c.name != "/inspection" {
			continue
		}
		for _, l := range c.help() {
			list += blocks.Code(l.Command) + "  " + blocks.Escape(l.Meaning) + "\n"
			m.Text.Line(l.Command + ": " + l.Meaning)
		}
	}
	m.Add(blocks.Section(list))
	return m.EphemeralJSON()
}

// answer runs the row of a command that takes the words.
func (b *Bot) answer(cmd *command, q request) []byte {
	ctx, cancel := context.WithTimeout(context.Background(), workLimit)
	defer cancel()
	words := strings.Fields(strings.ToLower(q.words))
	for _, row := range cmd.rows {
		number, rest, ok := row.match(words)
		if !ok {
			continue
		}
		q.number, q.rest = number, rest
		m, err := row.run(ctx, q)
		switch {
		case errors.Is(err, errOtherwise):
			return cmd.otherwise(q)
		case err != nil:
			m = b.replies.errorMessage("answer "+cmd.name+" "+row.usage, err)
		case m == nil:
			return nil // a form has opened
		}
		return m.EphemeralJSON()
	}
	return cmd.otherwise(q)
}

// onSurface tells where the answer to a command will be read. Slack's ids say
// which conversations are direct messages.
func onSurface(channel string) guide.Surface {
	if strings.HasPrefix(channel, "D") {
		return guide.Direct
	}
	return guide.Private
}

// standsIn is the channel in which a form begins: none where somebody writes to the
// bot directly, and then the form asks.
func standsIn(channel string, on guide.Surface) string {
	if on == guide.Direct {
		return ""
	}
	return channel
}

// newGuide presents a base with the table's help.
func (b *Bot) newGuide(base *knowledge.Base) (*guide.Guide, error) {
	var help []guide.CommandHelp
	for _, c := range b.commands {
		if c.question != "" {
			help = append(help, c.help()...)
		} else { // it has a help page of its own
			help = append(help, guide.CommandHelp{Command: c.name + " help", Meaning: c.description})
		}
	}
	return guide.New(b.p, base, guide.Options{Planning: planning(b.p), Commands: help})
}

// planning is what the menu of topics begins with.
func planning(p blocks.Printer) []slack.BlockElement {
	return []slack.BlockElement{blocks.Button(actPlan, "", p.T("Plan a visit")), blocks.Button(actList, "0", p.T("All visits"))}
}

// Reminders words and sends what is due.
func (b *Bot) Reminders() *Reminders { return b.reminders }

// Show puts the card of a visit or an inspection into its channel, or brings the
// one that is there up to date.
func (b *Bot) Show(ctx context.Context, team string, s visit.Subject) error {
	return b.live.putCard(ctx, team, s)
}

// Checklist gives the lines with which an inspection of a type begins.
func (b *Bot) Checklist(kind string) visit.Checklist { return lines(b.guide.Load(), kind) }

// openClick shows the person who clicked what the button is about, whatever it is.
func (b *Bot) openClick(ctx context.Context, c click) error {
	m, err := b.show(ctx, b.guide.Load(), c.team, c.user, c.channel, visit.Subject(c.about))
	return b.replies.replyPrivately(ctx, c, b.replies.orApology("open "+string(c.about), m, err))
}

// showCommand shows the visit, inspection or plan of a number.
func (b *Bot) showCommand(kind visit.SubjectKind) func(context.Context, request) (*blocks.Message, error) {
	return func(ctx context.Context, q request) (*blocks.Message, error) {
		return b.show(ctx, q.guide, q.team, q.user, q.channel, visit.SubjectOf(kind, q.number))
	}
}

// show is a visit, an inspection or a plan on one screen, for somebody who may see it
// where they stand.
func (b *Bot) show(ctx context.Context, g *guide.Guide, team, person, channel string, s visit.Subject) (*blocks.Message, error) {
	if kind, _ := s.Cut(); kind == visit.OfPlan {
		p, err := b.access.plan(ctx, team, person, s.Number())
		if err != nil {
			return nil, err
		}
		if !visibleIn(p.Place, channel) {
			return nil, errElsewhere
		}
		return b.words.planCard(g, &p), nil
	}
	a, err := b.access.appointment(ctx, team, person, s)
	if err != nil {
		return nil, err
	}
	if !visibleIn(a.Common().Place, channel) {
		return nil, errElsewhere
	}
	return b.words.card(g, a, insiders), nil
}
