package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/spf13/cobra"

	"visitprep/bot"
	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

// indexAfter is how long serve runs before it makes the search index unasked.
const indexAfter = 150 * time.Millisecond

// slackTimeout bounds one request to Slack's API or to a response URL.
const slackTimeout = 15 * time.Second

func serveCommand(getenv func(string) string) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use: "serve", Short: "Run against Slack: Socket Mode when SLACK_APP_TOKEN is set, otherwise signed HTTP", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			name, _ := cmd.Flags().GetString("config")
			cfg, err := loadConfig(name)
			if err != nil {
				return fmt.Errorf("mistakes in the settings:\n%w", err)
			}
			settings, err := loadSlackSettings(getenv)
			if err != nil {
				return err
			}
			if listen != "" {
				cfg.Listen = listen
			}
			return serve(cmd.Context(), cfg, settings, cfg.logger(cmd.ErrOrStderr()))
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "listen on this `ADDR` instead of the one in the settings")
	return cmd
}

// serve builds everything, top to bottom, and runs until ctx ends.
func serve(ctx context.Context, cfg *config, s slackSettings, log *slog.Logger) error {
	// Loading makes garbage once, several times what it keeps, and then next to
	// none is made: collecting it all at the end is faster and leaves less behind.
	collect := debug.SetGCPercent(-1)
	state := knowledge.StateOf(cfg.Knowledge.Dir)
	base, err := loadKnowledge(cfg)
	if err != nil {
		return err
	}
	china, err := holiday.China()
	if err != nil {
		return err
	}
	timing := cfg.timing(china)
	m := newMeters()
	client := &http.Client{Timeout: slackTimeout, Transport: m.calls(bot.Careful(http.DefaultTransport))}
	options := []slack.Option{slack.OptionHTTPClient(client), slack.OptionAppLevelToken(string(s.AppToken))}
	if s.APIURL != "" {
		options = append(options, slack.OptionAPIURL(s.APIURL))
	}
	api := slack.New(string(s.BotToken), options...)
	kept, err := store.Open(ctx, store.Options{URL: string(s.DatabaseURL), Timing: timing, Logger: log.With("component", "store"), Owner: true})
	if err != nil {
		return err
	}
	defer kept.Close()
	b, err := bot.New(bot.Options{
		Knowledge: base, Slack: api, HTTP: client, Store: kept, Timing: timing, Warnings: china.Warnings, Better: china.Better,
		Logger:        log.With("component", "bot"),
		SigningSecret: string(s.SigningSecret),
	})
	if err != nil {
		return err
	}
	defer b.Wait()
	sched, err := scheduler.New(scheduler.Options{
		Store: kept, Post: b.Post, Find: b.Find, Checklist: b.Checklist, Timing: timing,
		Logger: log.With("component", "scheduler"),
	})
	if err != nil {
		return err
	}
	b.Watch(func() bot.Health { return health(sched) })
	m.reminders(sched.Status, time.Now)
	ctx, stop := context.WithCancel(ctx)
	schedDone := make(chan error, 1)
	go func() { schedDone <- sched.Run(ctx) }()
	defer func() { stop(); <-schedDone }() // posts under way end before the database closes

	if cfg.Knowledge.Dir != "" {
		go knowledge.Watch(ctx, cfg.Knowledge.Dir, state, b.Reload)
	}
	// The search index waits until the first answers have gone out: topics, which
	// most people ask for first, need none, and a question makes it at once.
	settle := time.AfterFunc(indexAfter, func() {
		base.BuildIndex()
		debug.SetGCPercent(collect)
		debug.FreeOSMemory()
	})
	defer settle.Stop()

	if s.AppToken != "" {
		log.Info("visitprep is starting", "transport", "socket mode", "entries", len(base.All()))
		return b.ServeSocket(ctx, socketmode.New(api))
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen for Slack: %w", err)
	}
	log.Info("visitprep is starting", "transport", "http", "address", listener.Addr().String(), "path", "POST /slack/events", "entries", len(base.All()))
	mux := http.NewServeMux()
	mux.Handle("POST /slack/events", m.requests(b))
	mux.Handle("GET /metrics", m)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		// The knowledge is loaded before anything listens; the database may have gone since.
		if err := kept.Ping(r.Context()); err != nil {
			http.Error(w, "the database cannot be reached", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return serveHTTP(ctx, listener, mux)
}

// health is how the scheduler is doing, as the bot tells it.
func health(s *scheduler.Scheduler) bot.Health {
	st := s.Status()
	return bot.Health{Lag: st.Lag, LastError: st.LastError, Sent: st.Sent, Repeated: st.Repeated, Expired: st.Expired, Dead: st.Dead}
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

// serveHTTP serves until ctx ends, then lets running requests finish.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler) error {
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

func tryCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use: "try", Short: "Run against a built-in local Slack and print its address; no tokens needed", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			name, _ := cmd.Flags().GetString("config")
			cfg, err := loadConfig(name)
			if err != nil {
				return fmt.Errorf("mistakes in the settings:\n%w", err)
			}
			l, err := net.Listen("tcp", or(listen, cfg.Listen))
			if errors.Is(err, syscall.EADDRINUSE) && listen == "" {
				l, err = net.Listen("tcp", "127.0.0.1:0") // somebody tries it twice: any port will do
			}
			if err != nil {
				return fmt.Errorf("listen for the browser: %w", err)
			}
			if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
				l.Close()
				return fmt.Errorf("try shows its page on this machine only; --listen %s is open to others: write 127.0.0.1:PORT", or(listen, cfg.Listen))
			}
			return try(cmd.Context(), l, cfg, cfg.logger(cmd.ErrOrStderr()), func(address string) {
				fmt.Fprintf(cmd.OutOrStdout(), "\nVisit Prep is ready to try, in a local workspace on this machine:\n\n  %s\n\nOpen it in a browser and type /visit-prep quality. Press Ctrl+C to stop.\n\n", address)
			})
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "listen on this `ADDR` instead of the one in the settings")
	return cmd
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// try runs the same bot as serve, over the real protocol, against a local Slack
// that is served on l. ready is told the address of its page.
func try(ctx context.Context, l net.Listener, cfg *config, log *slog.Logger, ready func(string)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()

	at := new(clock)
	// The page is served before the scheduler is made: its clock waits for it.
	var sched *scheduler.Scheduler
	built := make(chan struct{})
	sample := localslack.Sample()
	sample.Now = at.Now
	sample.Logger = log.With("component", "localslack")
	sample.Scopes = bot.Scopes()
	for _, c := range bot.Commands() {
		sample.Commands = append(sample.Commands, localslack.SlashCommand{Name: c[0], Description: c[1], UsageHint: c[2]})
	}
	for _, c := range bot.Shortcuts() {
		sample.Shortcuts = append(sample.Shortcuts, localslack.Shortcut{Name: c[0], CallbackID: c[1], OnMessage: c[2] == "message"})
	}
	workspace, err := localslack.New(sample)
	if err != nil {
		return fmt.Errorf("start the local workspace: %w", err)
	}
	defer workspace.Close()
	address := "http://" + l.Addr().String()
	key := rand.Text()
	page := workspace.Page(localslack.PageOptions{Key: key, Clock: &localslack.Clock{
		Now: at.Now,
		Advance: func(ctx context.Context, to time.Time) error {
			select {
			case <-built:
				return sched.Advance(ctx, to, at.Set)
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		Next: func(ctx context.Context) (time.Time, error) {
			select {
			case <-built:
				return sched.Next(ctx, at.Now())
			case <-ctx.Done():
				return time.Time{}, ctx.Err()
			}
		},
	}, Hints: []string{
		"/visit-prep",
		"/visit-prep plan",
		"/visit-prep quality",
		"/visit-prep what gift should I not bring",
		"/etiquette",
		"/etiquette phrases dinner",
		"@visitprep what if the host wants me to drink?",
	}})
	pageDone := make(chan error, 1)
	go func() { pageDone <- serveHTTP(ctx, l, page) }()

	state := knowledge.StateOf(cfg.Knowledge.Dir)
	base, err := loadKnowledge(cfg)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: slackTimeout, Transport: bot.Careful(http.DefaultTransport)}
	api := slack.New(workspace.BotToken(),
		slack.OptionAPIURL(workspace.APIURL(address)),
		slack.OptionAppLevelToken(workspace.AppToken()),
		slack.OptionHTTPClient(client))
	china, err := holiday.China()
	if err != nil {
		return err
	}
	timing := cfg.timing(china)
	kept, err := store.Open(ctx, store.Options{URL: ":memory:", Timing: timing, Logger: log.With("component", "store")})
	if err != nil {
		return err
	}
	defer kept.Close()
	b, err := bot.New(bot.Options{Knowledge: base, Slack: api, HTTP: client, Store: kept, Timing: timing, Warnings: china.Warnings, Better: china.Better, Now: at.Now, Logger: log.With("component", "bot")})
	if err != nil {
		return err
	}
	defer b.Wait()
	if sched, err = scheduler.New(scheduler.Options{
		Store: kept, Post: b.Post, Find: b.Find, Checklist: b.Checklist, Timing: timing, Now: at.Now,
		Logger: log.With("component", "scheduler"),
	}); err != nil {
		return err
	}
	b.Watch(func() bot.Health { return health(sched) })
	close(built)
	if err := addSample(ctx, kept, b, at.Now()); err != nil {
		return err
	}
	schedDone := make(chan error, 1)
	go func() { schedDone <- sched.Run(ctx) }()
	defer func() { stop(); <-schedDone }()
	if cfg.Knowledge.Dir != "" {
		go knowledge.Watch(ctx, cfg.Knowledge.Dir, state, b.Reload)
	}
	socketDone := make(chan error, 1)
	go func() { socketDone <- b.ServeSocket(ctx, socketmode.New(api)) }()

	ready(address + "/?key=" + key)
	select {
	case err = <-pageDone:
		stop()
		return errors.Join(err, <-socketDone)
	case err = <-socketDone:
		stop()
		return errors.Join(err, <-pageDone)
	}
}
