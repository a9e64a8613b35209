package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/holiday"
	"visitprep/internal/lang"
	"visitprep/internal/lang/zh"
	"visitprep/internal/letter"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// Settings are what may change while a Bot runs, see [Bot.Set].
type Settings struct {
	// Welcome has whoever first uses the app told what it does, in a direct message.
	Welcome bool
	// KeepMissed is for how many days questions are kept that were not answered well; 0 keeps
	// none.
	KeepMissed int
	// MarketNotes has visits ask about the market of their factories, and keeps the answers.
	MarketNotes bool
	// SubTier has the suppliers of a factory kept among contacts.
	SubTier bool
	// Gifts is what the company allows; nothing is no limit.
	Gifts visit.GiftLimit
}

// Options are what a Bot needs.
type Options struct {
	Settings  Settings // to begin with
	Knowledge *knowledge.Base
	// Slack are the clients of the workspaces, see OneClient and InstalledClients.
	Slack *Clients
	// Serves reports whether the app is installed in a workspace, and notes to which organisation
	// one belongs, see (*core).serves; nil is one workspace, and all that comes is its.
	Serves func(ctx context.Context, workspace, organisation string, said time.Time) bool
	// APIURL is the address of Slack's API where it is not Slack's own. Answers go to its
	// host too.
	APIURL string
	// HTTP sends answers to the response URLs that Slack gives with a command or a click.
	// It follows no redirect: Slack sends none.
	HTTP interface {
		Do(*http.Request) (*http.Response, error)
	}
	Store  *store.Store
	Logger *slog.Logger
	// Timing are the rules by which reminders find their hour, the same as the store's.
	Timing visit.Timing
	// GuestsAreColleagues lets guests of the workspace see what colleagues see.
	GuestsAreColleagues bool
	// CalendarNotes says what China's calendar does to days of travel or inspection;
	// nil says nothing.
	CalendarNotes func(p *lang.Printer, first, last civil.Date) []string
	// SuggestDay is the nearest day on which a factory can be expected to run as usual; it
	// reports false where that is not known. Nil knows none.
	SuggestDay func(civil.Date) (civil.Date, bool)
	// Calendar answers questions about days; nil answers none.
	Calendar *holiday.Calendar
	// Now is calendar time; nil is the machine's clock.
	Now func() time.Time
	// ToolsAt is the address at which tools of people read, for them to be told; empty offers no tokens.
	ToolsAt string
	// SigningSecret checks requests over HTTP. It may be empty in Socket Mode,
	// and then every request over HTTP is refused.
	SigningSecret string
	// Undecodable counts what Slack sent and could not be read, or not all of it, by its
	// kind; nil does not count.
	Undecodable func(kind string)
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
	o                Options
	english, chinese blocks.Printer // see (*directory).printer and channelPrinter
	log              *slog.Logger
	guide            atomic.Pointer[guide.Guide]
	current          atomic.Pointer[Settings]
	letters          atomic.Pointer[letter.Book]
	locks            keyLock
	work             group // what goes on after an acknowledgement

	ackWithin, submitWithin, languageWithin time.Duration // fields, so that a test can have another patience

	unverified   *unverified
	requests     *dedup // those that Slack may deliver again
	doubleClicks *dedup
}

// A Bot takes what Slack sends, finds the row of its table and gives the answer. What
// the rows run stands in a part for each noun. Its methods are safe for concurrent use.
type Bot struct {
	*core
	mistakes atomic.Pointer[error] // of the last reload, if it failed
	health   func() Health
	regular  func(ctx context.Context, workspace string, to []string, until time.Time) ([]visit.Occurrence, error)

	directory *directory
	access    *access
	replies   *replies
	live      *live
	changes   *changes
	reminders *Reminders
	told      *told

	advice      *advice
	tips        *tips
	welcomes    *welcomes
	news        *news
	moves       *moves
	guests      *guests
	visits      *visits
	inspections *inspections
	checklists  *checklists
	findings    *findings
	followUps   *followUps
	factories   *factories
	pages       *factoryPages
	agreements  *agreements
	market      *market
	contacts    *contacts
	intros      *introductions
	scores      *scores
	promises    *promises
	gifts       *gifts
	yearlies    *yearlies
	results     *results
	samples     *samples
	lots        *lots
	measures    *measures
	reports     *reports
	hosts       *hosts
	feedback    *feedback
	settings    *settings
	gaps        *gaps
	pauses      *pauses
	toolTokens  *toolTokens
	photos      *photos
	defects     *defects

	commands    []command
	actions     []action
	openings    []action
	forms       []formRow
	suggestions []suggestion
	shortcuts   []shortcut
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
	if o.Undecodable == nil {
		o.Undecodable = func(string) {}
	}
	if o.SuggestDay == nil {
		o.SuggestDay = func(civil.Date) (civil.Date, bool) { return civil.Date{}, false }
	}
	c := &core{
		o: o, english: blocks.Printer{Printer: lang.English()}, chinese: blocks.Printer{Printer: zh.Printer()}, log: o.Logger, ackWithin: ackWithin, submitWithin: submitWithin, languageWithin: languageWithin,
		unverified: newUnverified(), requests: newDedup(keepDelivery), doubleClicks: newDedup(keepClick),
	}
	c.current.Store(&o.Settings)
	b := newBot(c)
	g, err := b.newGuide(o.Knowledge)
	if err != nil {
		return nil, fmt.Errorf("present the knowledge: %w", err)
	}
	book, err := Letters(o.Knowledge.Letters())
	if err != nil {
		return nil, fmt.Errorf("read the sentences of letters: %w", err)
	}
	c.guide.Store(g)
	c.letters.Store(book)
	logDoubts(c.log, o.Knowledge, book)
	return b, nil
}

// newBot puts the parts together. Each names the parts that it uses, and none uses
// one that stands below it here.
func newBot(c *core) *Bot {
	b := &Bot{core: c}
	b.directory = newDirectory(c)
	b.access = &access{c, b.directory}
	b.replies = &replies{c, b.admit, b.directory.printerNow}
	drafts := &drafts{c}
	b.live = &live{core: c, directory: b.directory, access: b.access, replies: b.replies, redraws: redraws{pause: redrawPause}}
	b.news = &news{c, b.directory, b.access}
	talks := newTalks()
	b.changes = &changes{core: c, directory: b.directory, live: b.live, news: b.news, talks: talks, looks: newRounds(&c.work, teamsAtOnce)}
	b.directory.changed = b.changes.seen
	b.tips = &tips{c, b.directory, b.replies}
	b.welcomes = &welcomes{c, b.directory, b.replies, newDedup(keepWelcome)}
	b.guests = &guests{c, b.directory, b.replies}
	b.gaps = &gaps{c, b.directory, b.replies}
	b.advice = &advice{c, b.replies, b.live, b.tips, b.gaps, b.directory, talks}
	b.checklists = &checklists{c, b.access, b.replies, b.live}
	b.defects = &defects{c, b.directory}
	b.photos = newPhotos(c, b.directory, b.access, b.replies)
	b.factories = &factories{c, b.directory, b.access, b.replies, b.live}
	b.findings = &findings{c, b.directory, b.access, b.replies, b.live, drafts, b.checklists, b.defects, b.factories, b.photos.isShown, b.photos.fetch}
	b.photos.changed = b.findings.redraw
	b.pages = &factoryPages{c, b.directory, b.access, b.replies, b.factories, b.findings}
	b.agreements = &agreements{c, b.directory, b.access, b.replies, b.factories, b.pages, drafts}
	b.contacts = &contacts{c, b.directory, b.access, b.replies, b.factories, drafts}
	b.promises = &promises{c, b.directory, b.access, b.replies, b.factories}
	b.gifts = &gifts{c, b.directory, b.access, b.replies, b.factories, b.pages}
	b.intros = &introductions{c, b.directory, b.access, b.replies}
	b.scores = &scores{c, b.directory, b.access, b.replies, b.factories, b.pages}
	b.followUps = &followUps{c, b.directory, b.access, b.replies, b.live, drafts, b.findings, b.factories}
	b.market = &market{c, b.directory, b.access, b.replies, b.live, b.factories, b.pages, b.checklists}
	b.results = &results{c, b.directory, b.replies, b.factories}
	b.samples = &samples{c, b.directory, b.replies}
	b.lots = &lots{c, b.directory, b.access, b.replies, b.live}
	b.measures = &measures{c, b.directory, b.access, b.replies, b.live, b.defects}
	b.inspections = &inspections{c, b.directory, b.access, b.replies, b.live, drafts, b.factories, b.lots}
	b.visits = &visits{core: c, contacts: b.contacts, directory: b.directory, access: b.access, replies: b.replies, live: b.live, drafts: drafts, factories: b.factories}
	b.reports = &reports{core: c, directory: b.directory, access: b.access, replies: b.replies, live: b.live, visits: b.visits, looks: shareLooks()}
	b.hosts = &hosts{c, b.directory, b.access, b.replies, b.live, b.visits, drafts}
	b.feedback = &feedback{c, b.directory, b.access, b.replies, b.live, drafts, b.reports}
	b.yearlies = &yearlies{c, b.directory, b.access, b.replies, b.visits, b.reports}
	b.told = &told{c, b.directory, b.access, b.visits}
	b.reminders = &Reminders{c, b.directory, b.access, b.replies, b.live, b.tips, b.news, &daily{c, b.directory, b.access, b.news, b.tips}, b.told, b.reports, &monthly{c, b.directory}}
	b.moves = &moves{c, b.access, b.replies, b.live, b.inspections}
	b.toolTokens = &toolTokens{c, b.directory, b.replies}
	b.settings = &settings{c, b.directory, b.replies, b.live, b.reminders.monthly, b.toolTokens}
	b.pauses = &pauses{c, b.access, b.replies, b.live}
	b.commands, b.actions, b.openings, b.forms, b.suggestions, b.shortcuts = commands(b), actions(b), openings(b), forms(b), suggestions(b), shortcuts(b)
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

// SetHealth tells the bot where to ask how the reminders are doing, and what subscriptions
// and people's own items bring to some channels and people until an instant, for /visit-prep
// status. Call it before requests come in.
func (b *Bot) SetHealth(ask func() Health, regular func(ctx context.Context, workspace string, to []string, until time.Time) ([]visit.Occurrence, error)) {
	b.health, b.regular = ask, regular
}

// Set has the bot go by other settings from the next request on.
func (b *Bot) Set(s Settings) { b.current.Store(&s) }

// set is what the settings say now. A request that asks twice may be told twice.
func (c *core) set() *Settings {
	if s := c.current.Load(); s != nil {
		return s
	}
	return new(Settings)
}

// Reload takes what a changed knowledge folder loads as: another base, which
// answers from now on, or the mistakes that keep it from loading. Then the last
// good base goes on answering; the mistakes are logged once and shown by
// /visit-prep status.
func (b *Bot) Reload(base *knowledge.Base, err error) {
	var g *guide.Guide
	var book *letter.Book
	if err == nil {
		base.BuildIndex() // nobody waits for the index here, as the first question would
		g, err = b.newGuide(base)
	}
	if err == nil {
		book, err = Letters(base.Letters())
	}
	if err != nil {
		b.log.Error("the knowledge has mistakes; the last good version goes on answering", "err", err)
		b.mistakes.Store(&err)
		return
	}
	b.mistakes.Store(nil)
	b.guide.Store(g)
	b.letters.Store(book)
	b.log.Info("the knowledge has changed", "version", base.Version(), "entries", len(base.All()))
	logDoubts(b.log, base, book)
}

// logDoubts says what is in use and probably not meant; /visit-prep status shows it too.
func logDoubts(log *slog.Logger, base *knowledge.Base, letters *letter.Book) {
	for _, d := range slices.Concat(base.Doubts(), letters.Doubts()) {
		log.Warn("please check the knowledge", "doubt", d)
	}
}

// Wait returns when everything begun after an acknowledgement has ended. What is
// begun while it waits is waited for too.
func (b *Bot) Wait() { b.work.Wait() }

// A group is what goes on at once. Unlike that of package sync it may be waited for while
// more begins: requests that a stopping server cuts off are still being taken.
type group struct {
	mu      sync.Mutex
	running int
	ended   chan struct{} // closed when nothing is; nil while nobody waits
}

// Go runs f beside what is under way.
func (g *group) Go(f func()) {
	g.mu.Lock()
	g.running++
	g.mu.Unlock()
	go func() {
		defer func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			if g.running--; g.running == 0 && g.ended != nil {
				close(g.ended)
				g.ended = nil
			}
		}()
		f()
	}()
}

// Wait returns once nothing is under way.
func (g *group) Wait() {
	g.mu.Lock()
	if g.running == 0 {
		g.mu.Unlock()
		return
	}
	if g.ended == nil {
		g.ended = make(chan struct{})
	}
	ended := g.ended
	g.mu.Unlock()
	<-ended
}

// workLimit bounds what runs after an acknowledgement. Response URLs are good
// for half an hour; a person has given up long before.
const workLimit = time.Minute

// newGuide presents a base with the table's help, in English; its In has the other languages.
func (b *Bot) newGuide(base *knowledge.Base) (*guide.Guide, error) {
	in := func(p blocks.Printer) guide.Options {
		var help []guide.CommandHelp
		for _, c := range b.commands {
			help = append(help, c.help(p)...)
		}
		return guide.Options{Planning: planning(p), Commands: help, Calendar: b.o.Calendar, Registers: registersOf(p)}
	}
	return guide.New(b.english, base, in)
}

// registersOf are the buttons from the advice of a topic to what the team has recorded of it.
func registersOf(p blocks.Printer) map[string]slack.BlockElement {
	return map[string]slack.BlockElement{
		"agreements":    blocks.Button(actAgreements, listSubject(0, 0, false), p.T("Your agreements")),
		"market-trends": blocks.Button(actMarket, marketList{}.value(), p.T("Your market notes")),
		"feedback":      blocks.Button(actActions, actionList{which: everyAction}.value(), p.T("Your actions")),
	}
}

// planning is what the menu of topics begins with.
func planning(p blocks.Printer) []slack.BlockElement {
	return []slack.BlockElement{blocks.Button(actPlan, "", p.T("Plan a visit")), blocks.Button(actList, "0", p.T("All visits"))}
}

// Reminders words and sends what is due.
func (b *Bot) Reminders() *Reminders { return b.reminders }

// KeepCards brings the cards up to date that show less than they should, until ctx ends:
// because Slack could not be reached, or because a process died. Every replica may run it.
func (b *Bot) KeepCards(ctx context.Context) { b.live.keepCards(ctx) }

// KeepPhotos fetches the photos of findings from Slack that wait, until ctx ends. Every
// replica may run it.
func (b *Bot) KeepPhotos(ctx context.Context) { b.photos.keep(ctx) }

// Checklist gives the lines with which an inspection of a type begins.
func (b *Bot) Checklist(kind string) visit.Checklist { return lines(b.guide.Load(), kind) }
