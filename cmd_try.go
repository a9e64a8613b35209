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
	"strings"
	"syscall"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/spf13/cobra"

	"visitprep/bot"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
	"visitprep/scheduler"
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
			cfg.Market.Notes = true // what is noted is of invented factories
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
				fmt.Fprintf(cmd.OutOrStdout(), "\nVisit Prep is ready to try, in a local workspace on this machine:\n\n  %s\n\nOpen it in a browser and type /visit-prep what gift should I not bring, or /visit-prep plan; /factory for what is known of a factory, /factory score for two years of three of them, or /visit-prep letter 2 for the letter after a visit. An inspection is on today: send Visit Prep a photo as Jonas Weber. Press Ctrl+C to stop.\n\n", page)
			})
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "listen on this `ADDR` instead of the one in the settings")
	return cmd
}

// hints are what the page offers to type.
var hints = []string{
	"/visit-prep what gift should I not bring",
	"/visit-prep plan",
	"/visit-prep",
	"/visit-prep quality",
	"/inspection sample 3000",
	"/visit-prep is 10 October 2026 a working day",
	"/factory bright",
	"/factory score",
	"/visit-prep letter 2",
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
	options := sampleWorkspace()
	options.ThumbLag = time.Second // as in Slack, a picture is not ready at once
	options.Now, options.Logger = calendar.Now, log.With("component", "localslack")
	workspace, err := localslack.New(options)
	if err != nil {
		return fmt.Errorf("start the local workspace: %w", err)
	}
	defer workspace.Close()
	address := "http://" + l.Addr().String()
	client := slackHTTP(bot.DeadlineTransport(http.DefaultTransport))
	api := slack.New(workspace.BotToken(),
		slack.OptionAPIURL(workspace.APIURL(address)),
		slack.OptionAppLevelToken(workspace.AppToken()),
		slack.OptionHTTPClient(client))
	a, err := newApp(ctx, cfg, parts{slack: bot.OneClient(api), apiURL: workspace.APIURL(address), http: client, database: ":memory:", now: calendar.Now, log: log})
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
		Upcoming: func(ctx context.Context) (time.Time, string, error) {
			return upcoming(ctx, a, workspace, calendar.Now)
		},
	}})
	pageEnded := make(chan error, 1)
	go func() { pageEnded <- serveHTTP(ctx, l, opened(page)) }()
	if err := addSample(ctx, a.db, a.bot, calendar.Now()); err != nil {
		return err
	}
	if err := postSample(ctx, a, calendar.Now); err != nil {
		return err
	}
	return a.run(ctx, func(ctx context.Context) error {
		socketEnded := make(chan error, 1)
		go func() { socketEnded <- a.bot.ServeSocket(ctx, socketmode.New(api)) }()
		sent := make(chan struct{})
		defer func() { <-sent }()
		go func() {
			defer close(sent)
			if err := sendSightings(ctx, workspace, calendar.Now()); err != nil && ctx.Err() == nil {
				log.Warn("the sample has no findings", "err", err)
			}
		}()
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

// sights are how far ahead the page looks for what is sent next: not far at first, since it
// looks each time it is drawn.
var sights = []int{10, 92} // days

// upcoming is what is sent next if nobody changes anything, and what it is of.
func upcoming(ctx context.Context, a *app, workspace *localslack.Workspace, now func() time.Time) (time.Time, string, error) {
	from := now()
	for _, days := range sights {
		expected, err := scheduler.Forecast(ctx, scheduler.Options{Store: a.db, Timing: a.timing, Checklist: a.bot.Checklist, Now: now}, from, from.AddDate(0, 0, days))
		if err != nil {
			return time.Time{}, "", err
		}
		var first scheduler.Expected
		var at time.Time
		for _, e := range expected {
			sent := e.Due
			if e.Wake.After(sent) {
				sent = e.Wake
			}
			if e.Kind != visit.Card && sent.After(from) && (at.IsZero() || sent.Before(at)) {
				first, at = e, sent
			}
		}
		if !at.IsZero() {
			return at, about(first, workspace), nil
		}
	}
	return time.Time{}, "", nil
}

// about says what a message is of.
func about(e scheduler.Expected, workspace *localslack.Workspace) string {
	kind, id := e.Subject.Cut()
	switch {
	case e.Kind == visit.Tip:
		return "a tip"
	case kind == visit.OfPerson:
		person, _ := workspace.Person(id)
		return "to " + cmp.Or(person.RealName, id)
	}
	return strings.ToUpper(string(kind[:1])) + string(kind[1:]) + " " + id
}

// sampleWithin bounds how long try waits until the sample's cards stand in their channel,
// one a second, so that nobody opens an empty page.
const sampleWithin = 10 * time.Second

func postSample(ctx context.Context, a *app, now func() time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, sampleWithin)
	defer cancel()
	for {
		next, err := a.scheduler.RunDue(ctx, now())
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil // what is missing comes later
		}
		if err != nil {
			return fmt.Errorf("post the sample's cards: %w", err)
		}
		wait := time.Until(next)
		if next.IsZero() || wait > 2*time.Second {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(wait, 10*time.Millisecond)):
		}
	}
}
