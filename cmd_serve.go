package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/spf13/cobra"

	"visitprep/bot"
	"visitprep/internal/holiday"
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
		log.Info("visitprep is starting", "transport", "socket mode", "advice", len(base.All()))
		return b.ServeSocket(ctx, socketmode.New(api))
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen for Slack: %w", err)
	}
	log.Info("visitprep is starting", "transport", "http", "address", listener.Addr().String(), "path", "POST /slack/events", "advice", len(base.All()))
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
