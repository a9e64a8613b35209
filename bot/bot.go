package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
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

// workLimit bounds what runs after an acknowledgement. Response URLs are good
// for half an hour; a person has given up long before.
const workLimit = time.Minute

// newGuide presents a base with the table's help.
func (b *Bot) newGuide(base *knowledge.Base) (*guide.Guide, error) {
	var help []guide.CommandHelp
	for _, c := range b.commands {
		if c.question != "" {
			help = append(help, c.help()...)
		} else { // it has a help page of its own
			help = append(help, guide.CommandHelp{Command: c.name + " help", Meaning: b.p.T(c.description)})
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
