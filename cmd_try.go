package main

import (
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
	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

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
