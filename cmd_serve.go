package main

import (
	"cmp"
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
)

func serveCommand(getenv func(string) string) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use: "serve", Short: "Run against Slack: Socket Mode when SLACK_APP_TOKEN is set, otherwise signed HTTP", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := settings(cmd)
			if err != nil {
				return err
			}
			fromSlack, err := loadSlackSettings(getenv)
			if err != nil {
				return err
			}
			cfg.Listen = cmp.Or(listen, cfg.Listen)
			return serve(cmd.Context(), cfg, fromSlack, cfg.logger(cmd.ErrOrStderr()))
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "listen on this `ADDR` instead of the one in the settings")
	return cmd
}

// indexAfter is how long serve runs before it makes the search index unasked.
const indexAfter = 150 * time.Millisecond

// serve builds everything, top to bottom, and runs until ctx ends.
func serve(ctx context.Context, cfg *config, s slackSettings, log *slog.Logger) error {
	// Loading makes garbage once, several times what it keeps, and then next to
	// none is made: collecting it all at the end is faster and leaves less behind.
	percent := debug.SetGCPercent(-1)
	counts := newMeters()
	client := &http.Client{Timeout: slackTimeout, Transport: counts.calls(bot.DeadlineTransport(http.DefaultTransport))}
	options := []slack.Option{slack.OptionHTTPClient(client), slack.OptionAppLevelToken(string(s.AppToken))}
	if s.APIURL != "" {
		options = append(options, slack.OptionAPIURL(s.APIURL))
	}
	api := slack.New(string(s.BotToken), options...)
	a, err := newApp(ctx, cfg, parts{slack: api, http: client, signingSecret: s.SigningSecret, database: string(s.DatabaseURL), owner: true, log: log})
	if err != nil {
		return err
	}
	defer a.close()
	counts.reminders(a.scheduler.Status, time.Now)
	// The search index waits until the first answers have gone out: topics, which
	// most people ask for first, need none, and a question makes it at once.
	indexing := time.AfterFunc(indexAfter, func() {
		a.knowledge.BuildIndex()
		debug.SetGCPercent(percent)
		debug.FreeOSMemory()
	})
	defer indexing.Stop()

	return a.run(ctx, func(ctx context.Context) error {
		entries := len(a.knowledge.All())
		if s.AppToken != "" {
			log.Info("visitprep is starting", "transport", "socket mode", "entries", entries)
			return a.bot.ServeSocket(ctx, socketmode.New(api))
		}
		listener, err := net.Listen("tcp", cfg.Listen)
		if err != nil {
			return fmt.Errorf("listen for Slack: %w", err)
		}
		log.Info("visitprep is starting", "transport", "http", "address", listener.Addr().String(), "path", "POST /slack/events", "entries", entries)
		return serveHTTP(ctx, listener, a.endpoints(counts))
	})
}

// endpoints are what serve answers over HTTP: Slack, and the people who run the
// program.
func (a *app) endpoints(counts *meters) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /slack/events", counts.requests(a.bot))
	mux.Handle("GET /metrics", counts)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		// The knowledge is loaded before anything listens; the database may have gone since.
		if err := a.db.Ping(r.Context()); err != nil {
			http.Error(w, "the database cannot be reached", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return mux
}
