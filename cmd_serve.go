package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
	"visitprep/internal/visit"

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
			again := &reloading{name: cmd.Flag("config").Value.String(), started: *cfg, now: *cfg}
			cfg.Listen = cmp.Or(listen, cfg.Listen)
			if err := errors.Join(cfg.together(&fromSlack), cfg.reached(&fromSlack)); err != nil {
				return err
			}
			log := cfg.logger(cmd.ErrOrStderr())
			again.started.level = cfg.level
			for _, doubt := range fromSlack.Doubts {
				log.Warn(doubt)
			}
			for _, doubt := range cfg.doubts {
				log.Warn(doubt.Error())
			}
			return serve(cmd.Context(), cfg, again, fromSlack, calendar{now: time.Now}, log)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "listen on this `ADDR` instead of the one in the settings")
	return cmd
}

// indexAfter is how long serve runs before it makes the search index unasked.
const indexAfter = 150 * time.Millisecond

// A calendar is the time by which reminders are due: the machine's, but in internal/soak,
// where months pass while it runs.
type calendar struct {
	now   func() time.Time
	sleep time.Duration // the longest of the scheduler, which sees nobody move the calendar; zero is its own
}

// serve builds everything, top to bottom, and runs until ctx ends.
func serve(ctx context.Context, cfg *config, again *reloading, s slackSettings, c calendar, log *slog.Logger) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	// Loading makes garbage once, several times what it keeps, and then next to
	// none is made: collecting it all at the end is faster and leaves less behind.
	percent := debug.SetGCPercent(-1)
	collect := sync.OnceFunc(func() {
		if percent >= 0 { // else it was off before, and whoever turned it off turns it on
			debug.SetGCPercent(percent)
		}
	})
	defer collect()
	counts := newMeters()
	transport := counts.calls(bot.DeadlineTransport(http.DefaultTransport))
	client := slackHTTP(transport)
	api := s.client(client)
	p := parts{apiURL: s.APIURL, http: client, signingSecret: s.SigningSecret, database: string(s.DatabaseURL), owner: true, now: c.now, sleep: c.sleep, undecodable: counts.undecodable, log: log}
	if s.many() {
		p.many = &many{settings: s, publicURL: cfg.PublicURL, client: func(token string) *slack.Client { return s.clientOf(token, slackHTTP(transport)) }}
	} else {
		p.slack = bot.OneClient(api)
	}
	a, err := newApp(ctx, cfg, p)
	if err != nil {
		return err
	}
	defer a.close()
	if !s.many() {
		a.tokens = newTrial(api, s, a.db, log)
	}
	counts.reminders(a.scheduler.Status, c.now)
	counts.database(a.db.Ping, a.db.Room)
	// The search index waits until the first answers have gone out: topics, which
	// most people ask for first, need none, and a question makes it at once.
	indexing := time.AfterFunc(indexAfter, func() {
		a.knowledge.BuildIndex()
		collect()
		debug.FreeOSMemory()
	})
	defer indexing.Stop()

	watched, err := listenForWatchers(cfg.Metrics)
	if err != nil {
		return err
	}
	return a.run(ctx, func(ctx context.Context) error {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		go again.on(ctx, hangups, a)
		watching := make(chan error, 1)
		if watched != nil {
			log.Info("metrics are served", "address", watched.Addr().String(), "path", "GET /metrics")
			mux := http.NewServeMux()
			a.forWatchers(ctx, mux, counts)
			server, limited := guarded(watched, mux)
			go func() { defer stop(); watching <- serveHTTP(ctx, limited, server) }()
		} else {
			close(watching)
		}
		err := a.serveSlack(ctx, cfg, s, api, counts)
		stop()
		return errors.Join(err, <-watching)
	})
}

// listenForWatchers listens on the address that the people who run the program have for
// themselves; it is nil where they have none.
func listenForWatchers(address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	return listenOn(address, "metrics", "metrics")
}

// listenOn listens for somebody. The error says what to do about the address, which a
// setting has.
func listenOn(address, whom, setting string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err == nil {
		return l, nil
	}
	what := reason(err)
	var noHost *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		what = "another program has this address: end it, or write another into " + setting + " in config.yaml"
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &noHost):
		what = "this machine has no such address: write one of its own, such as 127.0.0.1 or 0.0.0.0, into " + setting + " in config.yaml"
	case errors.Is(err, fs.ErrPermission):
		what = "ports below 1024 are the system's: write a higher one into " + setting + " in config.yaml"
	}
	return nil, fmt.Errorf("listen for %s on %s: %s", whom, address, what)
}

// serveSlack takes what Slack sends, in the way that s says, until ctx ends.
func (a *app) serveSlack(ctx context.Context, cfg *config, s slackSettings, api *slack.Client, counts *meters) error {
	entries := len(a.knowledge.All())
	if s.AppToken != "" {
		a.log.Info("visitprep is starting", "transport", "socket mode", "entries", entries)
		if err := a.bot.ServeSocket(ctx, socketmode.New(api)); err != nil {
			return refused("SLACK_APP_TOKEN", whereAppToken, s, err)
		}
		return nil
	}
	listener, err := listenOn(cfg.Listen, "Slack", "listen")
	if err != nil {
		return err
	}
	a.log.Info("visitprep is starting", "transport", "http", "address", listener.Addr().String(), "path", "POST /slack/events", "entries", entries)
	mux := http.NewServeMux()
	a.forSlack(mux, counts)
	if cfg.Metrics == "" {
		a.forWatchers(ctx, mux, counts)
	}
	server, limited := guarded(listener, closing(mux))
	return serveHTTP(ctx, limited, server)
}

// slackPath is where Slack posts to.
const slackPath = "/slack/events"

// forSlack is what serve answers to Slack over HTTP.
func (a *app) forSlack(mux *http.ServeMux, counts *meters) {
	mux.Handle("POST "+slackPath, counts.requests(a.bot))
	if a.pages != nil {
		a.pages.Mount(mux)
	}
}

// closing keeps a connection for another request only where Slack may be at its other end,
// so that strangers cannot hold many.
func closing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != slackPath {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// forWatchers is what serve answers to the people who run the program. Once ctx has ended it is ready
// for nothing more.
func (a *app) forWatchers(ctx context.Context, mux *http.ServeMux, counts *meters) {
	mux.Handle("GET /metrics", counts)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if ctx.Err() != nil {
			http.Error(w, "visitprep is stopping", http.StatusServiceUnavailable)
			return
		}
		// The knowledge is loaded before anything listens; the database may have gone since.
		if err := a.db.Ping(r.Context()); err != nil {
			http.Error(w, "the database cannot be reached", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
		// People are answered all the same, so it is ready.
		if fault := a.tokens.fault(); fault != "" {
			fmt.Fprintln(w, "the bot token could not be tried yet:", fault)
		}
		a.waits(r.Context(), w)
	})
}

// faultAndMend is a fault with what ends it, where the word alone says nothing to whoever runs the program.
func faultAndMend(f visit.Fault) string {
	if f == visit.KeyMissing {
		return string(f) + ": a process lacks the key of the token: start it again with it"
	}
	return string(f)
}

// waits says what waits. Strangers may reach this address, so where many workspaces are served it counts
// them for each reason, and names none: visitprep status does.
func (a *app) waits(ctx context.Context, w io.Writer) {
	cs, err := a.db.Connections(ctx)
	if err != nil {
		fmt.Fprintln(w, "how Slack is connected could not be read")
	}
	of := map[visit.Fault]int{}
	for _, c := range cs { // the longest first
		of[c.Fault]++
	}
	for _, c := range cs {
		n := of[c.Fault]
		if n == 0 {
			continue
		}
		whose := ""
		if a.installed != nil {
			whose, of[c.Fault] = fmt.Sprintf(" of %d of the workspaces", n), 0
		}
		fmt.Fprintf(w, "reminders%s wait: Slack cannot be sent to since %s (%s)\n", whose, c.Since.UTC().Format("2006-01-02 15:04 MST"), faultAndMend(c.Fault))
	}
}
