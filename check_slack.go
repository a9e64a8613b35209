package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/chars"
	"visitprep/internal/install"
)

// checkSlack asks Slack what only Slack knows: whose the tokens are, what they may do, and
// whether it takes what the app shows. It prints first what leaves this machine, then a
// line for each answer; a fault is in the error, after all the rest was asked.
func checkSlack(ctx context.Context, w io.Writer, cfg *config, s slackSettings) error {
	c := &slackCheck{ctx: ctx, w: s.hiding(w), settings: s}
	tokens := "SLACK_BOT_TOKEN"
	if s.AppToken != "" {
		tokens += " and SLACK_APP_TOKEN"
	}
	specimens, err := c.begin(cfg, tokens)
	if err != nil {
		return err
	}
	api := s.client(slackHTTP(bot.DeadlineTransport(http.DefaultTransport)))
	known, r := tryBotToken(ctx, api, s)
	if r != nil {
		c.report("the bot token", r)
	} else {
		c.report(fmt.Sprintf("the bot token: @%s in %s (%s)", known.bot, known.team, known.teamID), nil)
		required, optional := known.scopeLines()
		for _, line := range required {
			c.report("the scopes", errors.New(line))
		}
		if len(required) == 0 {
			c.report("the scopes", nil)
		}
		for _, line := range optional {
			fmt.Fprintf(c.w, "note   %s\n", line)
		}
	}
	if s.AppToken != "" {
		var err error // a nil *refusal would be an error
		if r := tryAppToken(ctx, api, s); r != nil {
			err = r
		}
		c.report("the app token, for Socket Mode", err)
	}
	if r == nil {
		c.validate(specimens, string(s.BotToken), func(err error) *refusal { return refused("SLACK_BOT_TOKEN", whereBotToken, s, err) })
	}
	return errors.Join(c.faults...)
}

// A slackCheck prints what Slack answers, and keeps what is wrong.
type slackCheck struct {
	ctx      context.Context
	w        io.Writer
	settings slackSettings
	faults   []error
}

// begin says what leaves this machine, and returns the messages and forms that do.
func (c *slackCheck) begin(cfg *config, tokens string) ([]specimen, error) {
	specimens, err := renderSpecimens(c.ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("render messages for Slack to look at: %w", err)
	}
	fmt.Fprintf(c.w, "\nFor %s this leaves the machine: %s, and %d messages and forms of an invented team, with\nnothing in them of your team's. Slack is asked to look at them; nothing is posted.\n\n", apiAddress(c.settings), tokens, len(specimens))
	return specimens, nil
}

// report prints whether something is as it should be.
func (c *slackCheck) report(what string, err error) {
	if err == nil {
		fmt.Fprintf(c.w, "ok     %s\n", what)
		return
	}
	if r := new(refusal); errors.As(err, &r) && r.passing {
		err = fmt.Errorf("%w: try check --slack again in a while", err)
	}
	if !slices.ContainsFunc(c.faults, func(said error) bool { return said.Error() == err.Error() }) { // such as of the network
		c.faults = append(c.faults, err)
	}
	fmt.Fprintf(c.w, "fault  %s\n", what)
}

// validate asks Slack with a bot token whether it takes what the app shows.
func (c *slackCheck) validate(specimens []specimen, token string, refuse func(error) *refusal) {
	v := validator{client: slackHTTP(bot.DeadlineTransport(http.DefaultTransport)), settings: c.settings, token: token, refuse: refuse}
	for _, sp := range specimens {
		err := v.validate(c.ctx, sp)
		c.report(sp.kind+": "+sp.name, err)
		if r := new(refusal); errors.As(err, &r) { // not of this one, and so of all
			break
		}
	}
}

// triedAtOnce is of how many workspaces the token is tried at once.
const triedAtOnce = 4

// checkInstalled asks Slack about each workspace that has the app as checkSlack does about the one of the
// environment, a line for each. One that has the app no more, or that is held already and that Slack still
// refuses, is listed as held and is no fault.
func checkInstalled(ctx context.Context, w io.Writer, db database, s slackSettings) error {
	m := manyBeside(db.cfg, s)
	installed, err := m.tokens(ctx, db.Store, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer installed.Wait()
	ws, err := statuses(ctx, db, time.Now())
	if err != nil {
		return err
	}
	c := &slackCheck{ctx: ctx, w: s.hiding(w), settings: s}
	tries := make([]chan tried, len(ws)) // nil of one that has no token of its own
	of := 0
	for n := range ws {
		if ws[n].State != isEnded && !ws[n].InstalledAt.IsZero() {
			tries[n] = make(chan tried, 1)
			of++
		}
	}
	specimens, err := c.begin(db.cfg, english().Sprintf("the tokens of those that have the app (%d)", of))
	if err != nil {
		return err
	}
	free := make(chan struct{}, triedAtOnce)
	go func() {
		for n, trying := range tries {
			if trying == nil {
				continue
			}
			free <- struct{}{}
			go func() {
				defer func() { <-free }()
				trying <- m.try(ctx, installed, ws[n].Workspace)
			}()
		}
	}()
	token, whose := "", ""
	for n, trying := range tries {
		if trying == nil {
			c.untried(m, &ws[n])
			continue
		}
		if t := <-trying; c.told(&ws[n], ws, t) && token == "" {
			token, whose = t.token, ws[n].Workspace
		}
	}
	switch {
	case token != "":
		c.validate(specimens, token, func(err error) *refusal { return m.refused("the token of "+whose, err) })
	case of > 0:
		fmt.Fprintln(c.w, "note   no token is good, so Slack was not asked about the messages and forms")
	default:
		fmt.Fprintf(c.w, "note   no workspace has the app, so there is no token to ask Slack with: %s\n", m.add())
	}
	return errors.Join(c.faults...)
}

// told prints what Slack says to the token of an installation, and reports whether it is good.
func (c *slackCheck) told(w *workspaceStatus, ws []workspaceStatus, t tried) bool {
	name := w.Workspace + " " + orDash(w.Name)
	var serves []string
	for _, of := range ws {
		if of.Organisation == w.Workspace && of.State != isEnded && of.InstalledAt.IsZero() {
			serves = append(serves, of.Workspace)
		}
	}
	if len(serves) > 0 {
		name += ", which serves " + strings.Join(serves, " and ")
	}
	switch {
	case t.why != nil && w.State == isHeld && !t.why.passing:
		fmt.Fprintf(c.w, "held   %s: %s; %s\n", name, w.words(), t.why.line)
		return false
	case t.why != nil:
		c.report(name, t.why)
		return false
	}
	required, optional := t.known.scopeLines()
	for _, line := range required {
		c.report(name, errors.New(w.Workspace+": "+line))
	}
	if len(required) == 0 {
		c.report(fmt.Sprintf("%s: @%s", name, t.known.bot), nil)
	}
	for _, line := range optional {
		fmt.Fprintf(c.w, "note   %s: %s\n", w.Workspace, line)
	}
	return true
}

// untried prints how a workspace is that has no token of its own.
func (c *slackCheck) untried(m *many, w *workspaceStatus) {
	switch {
	case w.State != isConnected:
		fmt.Fprintf(c.w, "held   %s %s: %s\n", w.Workspace, orDash(w.Name), w.words())
	case w.Organisation == "": // else its organisation's line has it
		fmt.Fprintf(c.w, "note   %s has visits but not the app: %s\n", w.Workspace, m.add())
	}
}

// A tried token is what Slack says to it.
type tried struct {
	token string // "" is none
	known workspaceKnown
	why   *refusal // that it is not good
}

// try tries the token of a workspace.
func (m *many) try(ctx context.Context, installed *install.Tokens, workspace string) tried {
	token, err := installed.Token(ctx, workspace)
	if err != nil {
		return tried{why: m.refused("the token of "+workspace, err)}
	}
	known, err := askAboutToken(ctx, m.client(token))
	if err != nil {
		return tried{why: m.refused("the token of "+workspace, err)}
	}
	return tried{token: token, known: known}
}

// validateTries is how often Slack is asked about one specimen while it says to wait; it
// does not say how often it may be asked. Nobody waits for longer than validateWithin.
const (
	validateTries  = 5
	validateWithin = time.Minute
)

// A validator asks Slack about what the app shows.
type validator struct {
	client   *http.Client
	settings slackSettings
	token    string
	refuse   func(error) *refusal // says what an error means that is not of what is shown
}

// validate asks Slack whether it would take a specimen; the error has Slack's words.
func (v *validator) validate(ctx context.Context, sp specimen) error {
	for tries := 1; ; tries++ {
		words, err := v.once(ctx, sp)
		var limited *slack.RateLimitedError
		switch {
		case errors.As(err, &limited) && tries < validateTries && limited.RetryAfter <= validateWithin:
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(waitFor(limited)):
			}
		case err != nil:
			return v.refuse(err)
		case words != "":
			return fmt.Errorf("the %s %q is not taken by Slack: %s. Please report it: this is not a setting of yours", sp.kind, sp.name, words)
		default:
			return nil
		}
	}
}

// once calls blocks.validate. It returns Slack's words about the specimen, or the
// error of a call that was not about it.
func (v *validator) once(ctx context.Context, sp specimen) (words string, err error) {
	s := v.settings
	form := url.Values{sp.kind: {sp.payload}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, cmp.Or(s.APIURL, slack.APIURL)+"blocks.validate", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+v.token)
	res, err := v.client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusTooManyRequests {
		wait, err := time.ParseDuration(res.Header.Get("Retry-After") + "s")
		if err != nil {
			wait = time.Second
		}
		return "", &slack.RateLimitedError{RetryAfter: wait}
	}
	if res.StatusCode != http.StatusOK {
		return "", slack.StatusCodeError{Code: res.StatusCode, Status: res.Status}
	}
	var answer struct {
		OK     bool
		Error  string
		Errors []json.RawMessage
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&answer); err != nil {
		return "", err
	}
	if _, ours := mends[answer.Error]; ours && answer.Error != "unknown_method" {
		return "", slack.SlackErrorResponse{Err: answer.Error}
	}
	if answer.OK {
		return "", nil
	}
	if answer.Error == "" {
		return "", errNotSlacks
	}
	found := []string{answer.Error}
	for _, raw := range answer.Errors {
		var e struct{ Pointer, Message string }
		if json.Unmarshal(raw, &e) == nil {
			found = append(found, e.Pointer+" "+e.Message)
		}
	}
	words = string(s.struckOut([]byte(chars.Line(strings.Join(found, "; ")))))
	if runes := []rune(words); len(runes) > mostWords {
		words = string(runes[:mostWords]) + "…"
	}
	return words, nil
}

// mostWords bounds what is shown of Slack's words, in characters.
const mostWords = 400
