package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

// slackTimeout bounds one request to Slack's API or to a response URL.
const slackTimeout = 15 * time.Second

// parts are where serve and try differ.
type parts struct {
	slack         *slack.Client
	http          *http.Client // what slack goes through, and answers to response URLs
	signingSecret secret       // over HTTP
	database      string       // a URL
	owner         bool         // nobody else may serve the database
	now           func() time.Time
	log           *slog.Logger
}

// An app is what serve and try have in common: the bot and its scheduler, on one
// database. Package bot and package scheduler do not know each other; they meet here.
type app struct {
	knowledge *knowledge.Base
	db        *store.Store
	bot       *bot.Bot
	scheduler *scheduler.Scheduler
	follow    func(context.Context) // the team's own advice, as its files change
}

// newApp makes an app that does nothing before run. The caller closes it.
func newApp(ctx context.Context, cfg *config, p parts) (*app, error) {
	// The state of the files is taken before they are read: a change made in between
	// is then noticed.
	dir := cfg.Knowledge.Dir
	state := knowledge.StateOf(dir)
	base, err := loadKnowledge(cfg)
	if err != nil {
		return nil, err
	}
	timing, china, err := cfg.timing()
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Options{URL: p.database, Timing: timing, Logger: p.log.With("component", "store"), Owner: p.owner})
	if err != nil {
		return nil, err
	}
	b, err := bot.New(bot.Options{
		Knowledge: base, Slack: p.slack, HTTP: p.http, Store: db, Timing: timing, CalendarNotes: china.Warnings, SuggestDay: china.Better, Now: p.now,
		Logger:        p.log.With("component", "bot"),
		SigningSecret: string(p.signingSecret),
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s, err := scheduler.New(scheduler.Options{
		Store: db, Post: b.Reminders().Post, Find: b.Reminders().Find, Checklist: b.Checklist, Timing: timing, Now: p.now,
		Logger: p.log.With("component", "scheduler"),
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	b.SetHealth(func() bot.Health {
		st := s.Status()
		return bot.Health{Lag: st.Lag, LastError: st.LastError, Sent: st.Sent, Repeated: st.Repeated, Expired: st.Expired, Dead: st.Dead}
	})
	follow := func(context.Context) {}
	if dir != "" {
		follow = func(ctx context.Context) { knowledge.Watch(ctx, dir, state, b.Reload) }
	}
	return &app{base, db, b, s, follow}, nil
}

// run sends what is due, and follows the team's advice, for as long as serve runs. It
// returns what serve does, once the posts under way have ended.
func (a *app) run(ctx context.Context, serve func(context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	sending := make(chan error, 1)
	go func() { sending <- a.scheduler.Run(ctx) }()
	defer func() { stop(); <-sending }()
	go a.follow(ctx)
	return serve(ctx)
}

// close lets answers under way end before the database does.
func (a *app) close() {
	a.bot.Wait()
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
	if err != nil {
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

// serveHTTP serves until ctx ends, then lets running requests finish.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler) error {
	// Slow writers are cut off. Slow readers are not: a page of "try" is sent changes for
	// as long as it is open.
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		server.Close() // pages that listen for changes never finish by themselves
	}
	return nil
}
