package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/chars"
)

// checkSlack asks Slack what only Slack knows: whose the tokens are, what they may do, and
// whether it takes what the app shows. It prints first what leaves this machine, then a
// line for each answer; a fault is in the error, after all the rest was asked.
func checkSlack(ctx context.Context, w io.Writer, cfg *config, s slackSettings) error {
	w = s.hiding(w)
	specimens, err := renderSpecimens(ctx, cfg)
	if err != nil {
		return fmt.Errorf("render messages for Slack to look at: %w", err)
	}
	tokens := "SLACK_BOT_TOKEN"
	if s.AppToken != "" {
		tokens += " and SLACK_APP_TOKEN"
	}
	fmt.Fprintf(w, "\nFor %s this leaves the machine: %s, and %d messages and forms of an invented team, with\nnothing in them of your team's. Slack is asked to look at them; nothing is posted.\n\n", apiAddress(s), tokens, len(specimens))
	client := slackHTTP(bot.DeadlineTransport(http.DefaultTransport))
	api := s.client(client)

	var faults []error
	report := func(what string, err error) {
		if err != nil {
			if r := new(refusal); errors.As(err, &r) && r.passing {
				err = fmt.Errorf("%w: try check --slack again in a while", err)
			}
			if !slices.ContainsFunc(faults, func(said error) bool { return said.Error() == err.Error() }) { // such as of the network
				faults = append(faults, err)
			}
			fmt.Fprintf(w, "fault  %s\n", what)
			return
		}
		fmt.Fprintf(w, "ok     %s\n", what)
	}
	known, r := tryBotToken(ctx, api, s)
	if r != nil {
		report("the bot token", r)
	} else {
		report(fmt.Sprintf("the bot token: @%s in %s (%s)", known.bot, known.team, known.teamID), nil)
		required, optional := known.scopeLines()
		for _, line := range required {
			report("the scopes", errors.New(line))
		}
		if len(required) == 0 {
			report("the scopes", nil)
		}
		for _, line := range optional {
			fmt.Fprintf(w, "note   %s\n", line)
		}
	}
	if s.AppToken != "" {
		var err error // a nil *refusal would be an error
		if r := tryAppToken(ctx, api, s); r != nil {
			err = r
		}
		report("the app token, for Socket Mode", err)
	}
	if r == nil {
		for _, sp := range specimens {
			err := validate(ctx, client, s, sp)
			report(sp.kind+": "+sp.name, err)
			if r := new(refusal); errors.As(err, &r) { // not of this one, and so of all
				break
			}
		}
	}
	return errors.Join(faults...)
}

// validateTries is how often Slack is asked about one specimen while it says to wait; it
// does not say how often it may be asked. Nobody waits for longer than validateWithin.
const (
	validateTries  = 5
	validateWithin = time.Minute
)

// validate asks Slack whether it would take a specimen; the error has Slack's words.
func validate(ctx context.Context, client *http.Client, s slackSettings, sp specimen) error {
	for tries := 1; ; tries++ {
		words, err := validateOnce(ctx, client, s, sp)
		var limited *slack.RateLimitedError
		switch {
		case errors.As(err, &limited) && tries < validateTries && limited.RetryAfter <= validateWithin:
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(waitFor(limited)):
			}
		case err != nil:
			return refused("SLACK_BOT_TOKEN", whereBotToken, s, err)
		case words != "":
			return fmt.Errorf("the %s %q is not taken by Slack: %s. Please report it: this is not a setting of yours", sp.kind, sp.name, words)
		default:
			return nil
		}
	}
}

// validateOnce calls blocks.validate. It returns Slack's words about the specimen, or the
// error of a call that was not about it.
func validateOnce(ctx context.Context, client *http.Client, s slackSettings, sp specimen) (words string, err error) {
	form := url.Values{sp.kind: {sp.payload}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, cmp.Or(s.APIURL, slack.APIURL)+"blocks.validate", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+string(s.BotToken))
	res, err := client.Do(req)
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
