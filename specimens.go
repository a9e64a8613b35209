package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/localslack"
)

// A specimen is a message or a view of the sample, as the bot sends it to Slack.
type specimen struct {
	name    string
	kind    string // "message" or "view", as blocks.validate calls it
	payload string // JSON
}

// specimens takes down what a bot sends to a local Slack.
type specimens struct {
	slack http.RoundTripper

	mu  sync.Mutex
	all []specimen
}

// RoundTrip implements http.RoundTripper.
func (s *specimens) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		if form, err := url.ParseQuery(string(body)); err == nil && form.Get("blocks") != "" {
			text, _ := json.Marshal(form.Get("text"))
			s.message(text, []byte(form.Get("blocks")))
		} else {
			s.add(body)
		}
	}
	return s.slack.RoundTrip(r)
}

// answers takes down what a bot answers over HTTP.
func (s *specimens) answers(bot http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &copied{ResponseWriter: w}
		bot.ServeHTTP(c, r)
		s.add(c.body.Bytes())
	})
}

// copied is a response of which a copy stays.
type copied struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (c *copied) Write(p []byte) (int, error) {
	c.body.Write(p)
	return c.ResponseWriter.Write(p)
}

// add takes down the JSON of a call or an answer, if it holds a view or blocks.
func (s *specimens) add(body []byte) {
	var call struct {
		Text, Blocks, View json.RawMessage
	}
	switch err := json.Unmarshal(body, &call); {
	case err != nil:
	case len(call.View) > 0:
		var view struct {
			Title struct{ Text string }
		}
		if json.Unmarshal(call.View, &view) == nil {
			s.keep(specimen{name: cmp.Or(view.Title.Text, "Home"), kind: "view", payload: string(call.View)})
		}
	case len(call.Blocks) > 0:
		s.message(call.Text, call.Blocks)
	}
}

func (s *specimens) message(text, blocks json.RawMessage) {
	var words string
	payload, err := json.Marshal(map[string]json.RawMessage{"text": text, "blocks": blocks})
	if err != nil || json.Unmarshal(text, &words) != nil {
		return
	}
	name, _, _ := strings.Cut(words, "\n")
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:59]) + "…"
	}
	s.keep(specimen{name: name, kind: "message", payload: string(payload)})
}

// keep keeps the latest of each name: a form is sent empty, and then filled in.
func (s *specimens) keep(sp specimen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(other specimen) bool { return other.kind == sp.kind && other.name == sp.name })
	s.all = append(s.all, sp)
}

// renderSpecimens has the bot show the sample of "try" to a local Slack inside the process:
// cards, reminders, answers, a form and the Home tab. Nothing of the team's is in it, not
// even its own advice.
func renderSpecimens(ctx context.Context, of *config) ([]specimen, error) {
	ours := *of
	ours.Knowledge.Dir = ""
	cfg := &ours
	var toBot http.Handler
	calendar, s, o := new(clock), new(specimens), sampleWorkspace()
	o.Now, o.BaseURL = calendar.Now, "http://slack.invalid"
	o.Deliver = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { toBot.ServeHTTP(w, r) })
	workspace, err := localslack.New(o)
	if err != nil {
		return nil, fmt.Errorf("start the local workspace: %w", err)
	}
	defer workspace.Close()
	s.slack = workspace.HTTPClient().Transport
	client := &http.Client{Transport: s}
	api := slack.New(workspace.BotToken(), slack.OptionAPIURL(workspace.APIURL(o.BaseURL)), slack.OptionHTTPClient(client))
	a, err := newApp(ctx, cfg, parts{slack: bot.OneClient(api), apiURL: workspace.APIURL(o.BaseURL), http: client, signingSecret: secret(workspace.SigningSecret()), database: ":memory:", now: calendar.Now, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer a.close()
	toBot = s.answers(a.bot)

	if err := addSample(ctx, a.db, a.bot, calendar.Now()); err != nil {
		return nil, err
	}
	if err := postSample(ctx, a, calendar.Now); err != nil {
		return nil, err
	}
	types := func(line string) func() error {
		return func() error { return workspace.Command(localslack.SampleMia, localslack.SampleSourcing, line) }
	}
	for _, step := range []func() error{
		func() error { return workspace.OpenHome(localslack.SampleMia) },
		types("/visit-prep quality"),
		types("/visit-prep what gift should I not bring"),
		types("/visit-prep plan"),
		func() error { // what a week brings: reminders, and the digest of Monday
			return a.scheduler.Advance(ctx, calendar.Now().AddDate(0, 0, 7), calendar.Set)
		},
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("show the sample: %w", err)
		}
	}
	a.bot.Wait()
	if err := workspace.Idle(ctx); err != nil {
		return nil, fmt.Errorf("show the sample: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(s.all, func(a, b specimen) int {
		return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.name, b.name))
	})
	return s.all, nil
}
