package bot

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"visitprep/internal/guide"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// Options are what a Bot needs.
type Options struct {
	Knowledge *knowledge.Base
	Slack     *slack.Client
	// HTTP sends answers to the response URLs that Slack gives with a command or a click.
	HTTP interface {
		Do(*http.Request) (*http.Response, error)
	}
	Store  *store.Store
	Logger *slog.Logger
	// Timing are the rules by which reminders find their hour, the same as the store's.
	Timing visit.Timing
	// Warnings says what China's calendar does to days of travel or inspection;
	// nil says nothing.
	Warnings func(first, last civil.Date) []string
	// Better is the nearest day on which a factory can be expected to run as usual; it
	// reports false where that is not known. Nil knows none.
	Better func(civil.Date) (civil.Date, bool)
	// Now is calendar time; nil is the machine's clock.
	Now func() time.Time
	// SigningSecret checks requests over HTTP. It may be empty in Socket Mode,
	// and then every request over HTTP is refused.
	SigningSecret string
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

// A Bot answers Slack. Its methods are safe for concurrent use.
type Bot struct {
	o        Options
	p        blocks.Printer // the language in which it speaks
	log      *slog.Logger
	book     atomic.Pointer[guide.Guide]
	mistakes atomic.Pointer[error] // of the last reload, if it failed
	once     *once                 // requests that were there before
	double   *once                 // clicks that were there a moment ago
	work     sync.WaitGroup

	ackWithin time.Duration

	people      *cache[person]
	channels    *cache[channel]
	memberships *cache[[]string]
	locks       keyLock
	health      func() Health
	homes       openHomes
}

// New makes a Bot. It calls nothing of Slack's, so it works while Slack is out of reach.
func New(o Options) (*Bot, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Warnings == nil {
		o.Warnings = func(civil.Date, civil.Date) []string { return nil }
	}
	if o.Better == nil {
		o.Better = func(civil.Date) (civil.Date, bool) { return civil.Date{}, false }
	}
	p := blocks.Printer{Printer: lang.English()}
	k, err := guide.New(p, o.Knowledge, planning(p)...)
	if err != nil {
		return nil, fmt.Errorf("present the knowledge: %w", err)
	}
	b := &Bot{
		p: p,
		o: o, log: o.Logger, once: newOnce(keepDelivery), double: newOnce(keepClick), ackWithin: ackWithin,
		people: newCache[person](keepPerson), channels: newCache[channel](keepChannel), memberships: newCache[[]string](keepMembership),
	}
	b.book.Store(k)
	return b, nil
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

// Watch tells the bot where to ask how the reminders are doing, for /visit-prep
// status. Call it before requests come in.
func (b *Bot) Watch(ask func() Health) { b.health = ask }

// Reload takes what a changed knowledge folder loads as: another base, which
// answers from now on, or the mistakes that keep it from loading. Then the last
// good base goes on answering; the mistakes are logged once and shown by
// /visit-prep status.
func (b *Bot) Reload(base *knowledge.Base, err error) {
	var k *guide.Guide
	if err == nil {
		base.BuildIndex() // nobody waits for the index here, as the first question would
		k, err = guide.New(b.p, base, planning(b.p)...)
	}
	if err != nil {
		b.log.Error("the knowledge has mistakes; the last good version goes on answering", "err", err)
		b.mistakes.Store(&err)
		return
	}
	b.mistakes.Store(nil)
	b.book.Store(k)
	b.log.Info("the knowledge has changed", "version", base.Version(), "entries", len(base.All()))
}

// Wait returns when everything begun after an acknowledgement has ended. Call
// it once no further requests can come in.
func (b *Bot) Wait() { b.work.Wait() }

// ackWithin is how long an answer may take and still be the acknowledgement
// itself. Slack gives up after three seconds.
const ackWithin = 2 * time.Second

// workLimit bounds what runs after an acknowledgement. Response URLs are good
// for half an hour; a person has given up long before.
const workLimit = time.Minute

// command answers a slash command with the body of its acknowledgement; nil is
// an empty one. What takes longer follows by the response URL.
func (b *Bot) command(c slack.SlashCommand) (body []byte) {
	defer func() {
		if p := recover(); p != nil {
			body = b.caught("take "+c.Command, p)
		}
	}()
	if c.TriggerID != "" && !b.once.first(c.TriggerID, time.Now()) {
		return nil
	}
	ready := make(chan []byte, 1)
	b.work.Go(func() { ready <- b.answerCommand(c) })
	late := time.NewTimer(b.ackWithin)
	defer late.Stop()
	select {
	case body := <-ready:
		return body
	case <-late.C:
		b.later("answer a command late", c.ResponseURL, func(ctx context.Context) error {
			return b.respond(ctx, c.ResponseURL, <-ready)
		})
		return nil
	}
}

func (b *Bot) answerCommand(c slack.SlashCommand) (body []byte) {
	defer func() {
		if p := recover(); p != nil {
			body = b.caught("answer "+c.Command, p)
		}
	}()
	for _, row := range commands {
		if row.name == c.Command {
			return row.answer(b, b.book.Load(), c)
		}
	}
	m := new(blocks.Message)
	m.Say(b.p.T("I do not know %s. Try /visit-prep or /etiquette.", blocks.Clip(c.Command, 50)))
	m.Add(blocks.Actions(blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, b.p.T("All topics"))))
	return m.EphemeralJSON()
}

// later runs f after the acknowledgement. An error or a panic is logged under a
// reference, and the person reads that reference at the response URL, if there is one.
func (b *Bot) later(what, responseURL string, f func(context.Context) error) {
	b.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), workLimit)
		defer cancel()
		err := guard(f, ctx)
		if err == nil {
			return
		}
		ref := b.report(what, err)
		if responseURL == "" {
			return
		}
		if err := b.respond(ctx, responseURL, sorry(b.p, ref).EphemeralJSON()); err != nil {
			b.log.Warn("could not say that something went wrong", "reference", ref, "err", err)
		}
	})
}

// caught reports a panic and gives what the person reads instead of an answer.
func (b *Bot) caught(what string, p any) []byte {
	return sorry(b.p, b.report(what, &panicked{value: p, stack: debug.Stack()})).EphemeralJSON()
}

// guard runs f and turns a panic into an error.
func guard(f func(context.Context) error, ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{value: p, stack: debug.Stack()}
		}
	}()
	return f(ctx)
}

// panicked is a panic that was caught, with the place it came from.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// report logs a cause under a new reference and returns the reference.
func (b *Bot) report(what string, cause error) string {
	ref := rand.Text()[:6]
	attrs := []any{"reference", ref, "doing", what, "err", cause}
	if p, ok := errors.AsType[*panicked](cause); ok {
		attrs = append(attrs, "stack", string(p.stack))
	}
	b.log.Error("a request ended with an error", attrs...)
	return ref
}

func sorry(p blocks.Printer, ref string) *blocks.Message {
	m := new(blocks.Message)
	m.Say(p.T("That did not work. Please try again. If it happens again, tell whoever runs Visit Prep the reference %s.", ref))
	return m
}

// retryAfter is how long respond waits before its only second try.
const retryAfter = time.Second

// respond sends an encoded message to a response URL. Where the first try did
// not arrive, or Slack had a moment of trouble, it tries once more.
func (b *Bot) respond(ctx context.Context, url string, body []byte) error {
	if len(body) == 0 || url == "" {
		return nil
	}
	again, err := b.respondOnce(ctx, url, body)
	if !again {
		return err
	}
	select {
	case <-ctx.Done():
		return err
	case <-time.After(retryAfter):
	}
	_, err = b.respondOnce(ctx, url, body)
	return err
}

// respondOnce reports whether another try may help.
func (b *Bot) respondOnce(ctx context.Context, url string, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return false, errors.New("answer at a response URL: not an address") // the address itself is a secret
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := b.o.HTTP.Do(req)
	if err != nil {
		return true, fmt.Errorf("answer at a response URL: %w", withoutURL(err))
	}
	defer res.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if res.StatusCode != http.StatusOK || bytes.Contains(said, []byte(`"ok":false`)) {
		again := res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= http.StatusInternalServerError
		return again, fmt.Errorf("answer at a response URL: status %d: %s", res.StatusCode, strings.TrimSpace(string(said)))
	}
	return false, nil
}

// planning is what the menu of topics begins with.
func planning(p blocks.Printer) []slack.BlockElement {
	return []slack.BlockElement{blocks.Button(actPlan, "", p.T("Plan a visit")), blocks.Button(actList, "0", p.T("All visits"))}
}
