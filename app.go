package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	_ "golang.org/x/crypto/x509roots/fallback" // the roots of certificates on machines that have none, such as an empty container
	"golang.org/x/net/netutil"

	"visitprep/bot"
	"visitprep/internal/install"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

// slackTimeout bounds one request to Slack's API or to a response URL.
const slackTimeout = 15 * time.Second

// slackHTTP is what goes to Slack: at its pace, and nowhere else than it was sent to.
// Slack redirects nothing; whoever does is not to read what we say.
func slackHTTP(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Timeout: slackTimeout, Transport: bot.PaceTransport(transport),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// parts are where serve and try differ.
type parts struct {
	slack         *bot.Clients // nil where many are served
	apiURL        string       // of what slack reaches, where that is not Slack itself
	http          *http.Client // what slack goes through, and answers to response URLs
	signingSecret secret       // over HTTP
	database      string       // a URL
	owner         bool         // nobody else may serve the database
	many          *many        // every workspace that has installed the app is served, not one
	now           func() time.Time
	sleep         time.Duration     // the longest of the scheduler; zero is its own
	undecodable   func(kind string) // counts what cannot be read; nil does not count
	log           *slog.Logger
}

// An app is what serve and try have in common: the bot and its scheduler, on one
// database. Package bot and package scheduler do not know each other; they meet here.
type app struct {
	knowledge *knowledge.Base
	db        *store.Store
	timing    visit.Timing
	bot       *bot.Bot
	scheduler *scheduler.Scheduler
	log       *slog.Logger
	own       folder          // the team's own advice, as it was read at the start
	elsewhere chan folder     // which is to be followed from now on
	tokens    *trial          // of serve of one workspace; nil tries nothing
	installed *install.Tokens // of many; nil is one
	pages     *install.Pages  // on which they add the app
	keeper    *keeper
	over      chan struct{} // closed when nothing is waited for any more; nil before run
}

// newApp makes an app that does nothing before run. The caller closes it.
func newApp(ctx context.Context, cfg *config, p parts) (*app, error) {
	own, err := folderOf(cfg)
	if err != nil {
		return nil, err
	}
	base := own.base
	timing, china, err := cfg.timing()
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Options{URL: p.database, Timing: timing, Logger: p.log.With("component", "store"), Owner: p.owner})
	if err != nil {
		return nil, err
	}
	var installed *install.Tokens
	var pages *install.Pages
	var serves func(ctx context.Context, workspace, organisation string, said time.Time) bool
	if p.many != nil {
		if installed, pages, err = p.many.open(ctx, db, p); err != nil {
			return nil, errors.Join(err, db.Close())
		}
		p.slack, serves = bot.InstalledClients(tokenOf(installed), p.many.client), installed.Serves
	}
	b, err := bot.New(bot.Options{
		Knowledge: base, Slack: p.slack, Serves: serves, APIURL: p.apiURL, HTTP: p.http, Store: db, Timing: timing, GuestsAreColleagues: cfg.Guests == guestsColleagues, CalendarNotes: china.Warnings, SuggestDay: china.Better, Calendar: china, Now: p.now, ToolsAt: cfg.Tools,
		Settings:      cfg.forBot(),
		Logger:        p.log.With("component", "bot"),
		SigningSecret: string(p.signingSecret), Undecodable: p.undecodable,
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s, err := scheduler.New(scheduler.Options{
		Store: db, Post: b.Reminders().Post, Find: b.Reminders().Find, Check: b.Reminders().Check, Tell: b.Reminders().Tell, Checklist: b.Checklist, Timing: timing, Now: p.now, MaxSleep: p.sleep,
		Logger: p.log.With("component", "scheduler"),
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	b.SetHealth(func() bot.Health {
		st := s.Status()
		return bot.Health{Lag: st.Lag, LastError: st.LastError, Sent: st.Sent, Repeated: st.Repeated, Expired: st.Expired, Dead: st.Dead}
	}, func(ctx context.Context, workspace string, to []string, until time.Time) ([]visit.Occurrence, error) {
		return scheduler.Regular(ctx, scheduler.Options{Store: db, Timing: timing, Checklist: b.Checklist, Now: p.now}, workspace, to, until)
	})
	return &app{knowledge: base, db: db, timing: timing, bot: b, scheduler: s, log: p.log, own: *own, elsewhere: make(chan folder), installed: installed, pages: pages,
		keeper: &keeper{db: db, deleteAfterDays: cfg.DeleteAfterDays, reminders: cfg.Keep.Reminders, photos: cfg.Keep.Photos, many: p.many != nil, log: p.log.With("component", "keeper")}}, nil
}

// run sends what is due, and follows the team's advice, for as long as serve runs. It
// returns what serve does, once the posts under way have ended. Nothing is sent before the
// tokens were tried once, and it ends with what a person must mend of them.
func (a *app) run(ctx context.Context, serve func(context.Context) error) error {
	ctx, end := context.WithCancelCause(ctx)
	stop := func() { end(nil) }
	a.over = make(chan struct{})
	context.AfterFunc(ctx, func() { time.AfterFunc(workWithin, func() { close(a.over) }) })
	tried, tokens := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(tokens)
		first := sync.OnceFunc(func() { close(tried) })
		defer first()
		if a.tokens == nil {
			return
		}
		if err := a.tokens.run(ctx, first); err != nil {
			end(err)
		}
	}()
	defer func() { stop(); <-tokens }()
	// A copy that was put back has people and workspaces who were forgotten since; nobody is to see them.
	if err := a.keeper.goOn(ctx, time.Now()); err != nil && ctx.Err() == nil {
		a.log.Error("could not forget once more whoever was forgotten; run visitprep forget --again", "err", err)
	}
	// A token may have been mended before the program was started again.
	if err := a.db.RetryConnections(ctx); err != nil {
		a.log.Warn("could not try the connections again at once", "err", err)
	}
	sending := make(chan error, 1)
	go func() { <-tried; sending <- a.scheduler.Run(ctx) }()
	keeping := make(chan struct{})
	go func() { defer close(keeping); <-tried; a.bot.KeepCards(ctx) }()
	fetching := make(chan struct{})
	go func() { defer close(fetching); <-tried; a.bot.KeepPhotos(ctx) }()
	refreshing := make(chan struct{})
	go func() {
		defer close(refreshing)
		if a.installed != nil {
			a.installed.Keep(ctx)
		}
	}()
	deleting := make(chan struct{})
	go func() { defer close(deleting); a.keeper.run(ctx, time.Now) }()
	defer func() {
		stop()
		<-sending
		<-keeping
		<-fetching
		<-deleting
		<-refreshing
	}()
	go a.follow(ctx, a.own)
	watching := make(chan struct{})
	go func() { defer close(watching); <-tried; a.bot.Watch(ctx) }()
	defer func() { stop(); <-watching }()
	err := serve(ctx)
	if r := new(refusal); errors.As(context.Cause(ctx), &r) {
		return r
	}
	return err
}

// What is under way has the ten seconds of a service manager to end, in this order. The scheduler and
// what looks after cards and photos begin nothing new from the first moment on.
const (
	// drainFor is how long a server that a service manager stops still answers, while /readyz says
	// no: whoever balances the load asks every second or so, and sends elsewhere then.
	drainFor = 3 * time.Second
	// shutWithin is how long requests under way have; Slack waits three seconds for each.
	shutWithin = 3 * time.Second
	// workWithin is how long after the first moment what goes on after an acknowledgement has.
	workWithin = 8 * time.Second
)

// close lets answers under way end before the database does, but for those that Slack keeps: the
// process ends with them, and what they were about stands in the database.
func (a *app) close() {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.bot.Wait()
		// A token that Slack has given and nobody keeps is lost.
		if a.pages != nil {
			a.pages.Wait()
		}
		if a.installed != nil {
			a.installed.Wait()
		}
	}()
	select {
	case <-ended:
	case <-a.over:
		a.log.Warn("stopped while answers were under way; nothing that was saved is lost")
	}
	a.db.Close()
}

// loadKnowledge loads the advice that comes with the program, and the team's own
// over it. Its error lists every mistake.
func loadKnowledge(cfg *config) (*knowledge.Base, error) {
	load := knowledge.Embedded
	if dir := cfg.Knowledge.Dir; dir != "" {
		load = func() (*knowledge.Base, error) { return knowledge.WithDir(dir) }
	}
	base, err := load()
	_, letters := bot.Letters(knowledge.LettersIn(cfg.Knowledge.Dir))
	if err := errors.Join(err, letters); err != nil {
		return nil, fmt.Errorf("mistakes in the knowledge:\n%w", err)
	}
	return base, nil
}

// loadTemplates loads the checklists that visits and inspections begin with.
func loadTemplates(cfg *config) (knowledge.Templates, error) {
	base, err := loadKnowledge(cfg)
	if err != nil {
		return nil, err
	}
	return knowledge.EmbeddedTemplates(base)
}

// checklistsOf gives the items with which a visit or an inspection begins; one of a
// kind that no template knows begins with none.
func checklistsOf(templates knowledge.Templates) func(kind string) visit.Checklist {
	return func(kind string) visit.Checklist {
		if t, ok := templates.Template(kind); ok {
			return bot.Lines(t)
		}
		return nil
	}
}

// ofVisits gives the items with which a visit begins, by its purpose and whether the factory knows of it.
func ofVisits(templates knowledge.Templates) func(purpose string, unannounced bool) visit.Checklist {
	return func(purpose string, unannounced bool) visit.Checklist {
		t, ok := templates.Template(purpose)
		switch {
		case !ok:
			return nil
		case unannounced:
			return bot.UnannouncedLines(t)
		}
		return bot.Lines(t)
	}
}

// Strangers can reach the address that Slack posts to. These bounds hold before anything
// is known of them; package bot bounds the bodies.
const (
	// maxConnections is how many may be open at once; the next wait. Each takes some 20 kB,
	// as long as its head has few lines, and is given up in seconds unless something honest
	// comes.
	maxConnections = 1000
	// maxHeaders is the largest head of a request, in bytes; Slack's have less than a tenth.
	maxHeaders = 16 << 10
	// maxLines is how many lines a head may have: each takes memory of its own, however short
	// it is. Slack's have some 20.
	maxLines = 100
	// headersWithin is how long a head may take to arrive, and requestWithin all of it.
	headersWithin = 5 * time.Second
	requestWithin = 10 * time.Second
	// answerWithin is how long an answer may take, together with whoever reads it. Slack
	// has gone after three seconds.
	answerWithin = 15 * time.Second
)

// headSlop is what net/http reads of a head beyond the bound that it is given.
const headSlop = 4 << 10

// guarded is a server for an address that strangers can reach, and its listener.
func guarded(l net.Listener, h http.Handler) (*http.Server, net.Listener) {
	return &http.Server{
		Handler: h, MaxHeaderBytes: maxHeaders - headSlop,
		ReadHeaderTimeout: headersWithin, ReadTimeout: requestWithin, WriteTimeout: answerWithin, IdleTimeout: idleFor,
		ConnState: func(c net.Conn, s http.ConnState) {
			if s == http.StateIdle {
				c.(*headConn).head = head{}
			}
		},
	}, headListener{netutil.LimitListener(l, maxConnections)}
}

// A headListener bounds the lines of the heads on its connections.
type headListener struct{ net.Listener }

func (l headListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &headConn{Conn: c}, nil
}

// A headConn is a connection that breaks off where the head of a request has too many lines.
// The server reads from one goroutine at a time.
type headConn struct {
	net.Conn
	head head
}

// A head is what was read of the head of a request.
type head struct {
	lines       int
	begun, text bool // a line that is not empty was there; the present one is none
	over        bool
}

var errManyLines = errors.New("the head of the request has too many lines")

func (c *headConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.head.read(p[:n]); c.head.lines > maxLines {
		return 0, errManyLines
	}
	return n, err
}

// read counts the lines up to the empty one with which a head ends.
func (h *head) read(p []byte) {
	for _, b := range p {
		switch {
		case h.over:
			return
		case b == '\n':
			h.lines++
			h.over = h.begun && !h.text
			h.begun, h.text = h.begun || h.text, false
		case b != '\r':
			h.text = true
		}
	}
}

// idleFor is how long a connection waits for another request: longer than the proxies that
// may stand before us, so that it is theirs to close.
const idleFor = 2 * time.Minute

// opened is a server for pages on this machine. Slow writers are cut off. Slow readers are
// not: a page of "try" is sent changes for as long as it is open.
func opened(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: requestWithin, ReadTimeout: 30 * time.Second, IdleTimeout: idleFor}
}

// serveHTTP serves until ctx ends, then lets running requests finish. Where it ends with
// errTerminated, it first goes on for drainFor.
func serveHTTP(ctx context.Context, l net.Listener, server *http.Server) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	if errors.Is(context.Cause(ctx), errTerminated) {
		select {
		case err := <-ended:
			return err
		case <-time.After(drainFor):
		}
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutWithin)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		server.Close() // pages that listen for changes never finish by themselves
	}
	return nil
}
