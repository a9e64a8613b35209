package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/spf13/cobra"

	"visitprep/bot"
	"visitprep/internal/localslack"
)

func tryCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use: "try", Short: "Run against a built-in local Slack and print its address; no tokens needed", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := settings(cmd)
			if err != nil {
				return err
			}
			address := cmp.Or(listen, cfg.Listen)
			l, err := net.Listen("tcp", address)
			if errors.Is(err, syscall.EADDRINUSE) && listen == "" {
				l, err = net.Listen("tcp", "127.0.0.1:0") // another try is running: any port will do
			}
			if err != nil {
				return fmt.Errorf("listen for the browser: %w", err)
			}
			defer l.Close()
			if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
				return fmt.Errorf("try shows its page on this machine only; --listen %s is open to others: write 127.0.0.1:PORT", address)
			}
			return try(cmd.Context(), l, cfg, cfg.logger(cmd.ErrOrStderr()), func(page string) {
				fmt.Fprintf(cmd.OutOrStdout(), "\nVisit Prep is ready to try, in a local workspace on this machine:\n\n  %s\n\nOpen it in a browser and type /visit-prep quality. Press Ctrl+C to stop.\n\n", page)
			})
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "listen on this `ADDR` instead of the one in the settings")
	return cmd
}

// hints are what the page offers to type.
var hints = []string{
	"/visit-prep",
	"/visit-prep plan",
	"/visit-prep quality",
	"/visit-prep what gift should I not bring",
	"/etiquette",
	"/etiquette phrases dinner",
	"@visitprep what if the host wants me to drink?",
}

// try runs the same app as serve, over the real protocol, against a local Slack that
// is served on l. ready gets the address of its page.
func try(ctx context.Context, l net.Listener, cfg *config, log *slog.Logger, ready func(page string)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()

	calendar := new(clock)
	options := localslack.Sample()
	options.Now, options.Logger, options.Scopes = calendar.Now, log.With("component", "localslack"), bot.Scopes()
	options.Commands = nil // the sample's are of an app that nobody serves
	for _, c := range bot.Commands() {
		options.Commands = append(options.Commands, localslack.SlashCommand{Name: c[0], Description: c[1], UsageHint: c[2]})
	}
	for _, c := range bot.Shortcuts() {
		options.Shortcuts = append(options.Shortcuts, localslack.Shortcut{Name: c[0], CallbackID: c[1], OnMessage: c[2] == "message"})
	}
	workspace, err := localslack.New(options)
	if err != nil {
		return fmt.Errorf("start the local workspace: %w", err)
	}
	defer workspace.Close()
	address := "http://" + l.Addr().String()
	client := &http.Client{Timeout: slackTimeout, Transport: bot.DeadlineTransport(http.DefaultTransport)}
	api := slack.New(workspace.BotToken(),
		slack.OptionAPIURL(workspace.APIURL(address)),
		slack.OptionAppLevelToken(workspace.AppToken()),
		slack.OptionHTTPClient(client))
	a, err := newApp(ctx, cfg, parts{slack: api, http: client, database: ":memory:", now: calendar.Now, log: log})
	if err != nil {
		return err
	}
	defer a.close()

	// The page and the workspace's API are one server: nothing of the app reaches
	// Slack before it runs.
	key := rand.Text()
	page := workspace.Page(localslack.PageOptions{Key: key, Hints: hints, Clock: &localslack.Clock{
		Now:     calendar.Now,
		Advance: func(ctx context.Context, to time.Time) error { return a.scheduler.Advance(ctx, to, calendar.Set) },
		Next:    func(ctx context.Context) (time.Time, error) { return a.scheduler.Next(ctx, calendar.Now()) },
	}})
	pageEnded := make(chan error, 1)
	go func() { pageEnded <- serveHTTP(ctx, l, page) }()
	if err := addSample(ctx, a.db, a.bot, calendar.Now()); err != nil {
		return err
	}
	return a.run(ctx, func(ctx context.Context) error {
		socketEnded := make(chan error, 1)
		go func() { socketEnded <- a.bot.ServeSocket(ctx, socketmode.New(api)) }()
		ready(address + "/?key=" + key)
		select {
		case err := <-pageEnded:
			stop()
			return errors.Join(err, <-socketEnded)
		case err := <-socketEnded:
			stop()
			return errors.Join(err, <-pageEnded)
		}
	})
}
