package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/install"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// A many is what is needed to serve every workspace that has installed the app.
type many struct {
	settings  slackSettings
	publicURL string
	client    func(token string) *slack.Client
}

// open is what gives workspaces their tokens, and the pages on which they add the app. Keys that do
// not open what the database has are refused, before anything is done with it.
func (m *many) open(ctx context.Context, db *store.Store, p parts) (*install.Tokens, *install.Pages, error) {
	keys, err := m.settings.keys()
	if err != nil {
		return nil, nil, err
	}
	is, err := db.Installations(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := keys.Check(is); err != nil {
		return nil, nil, err
	}
	o := install.Options{
		Store: db, Keys: keys, ClientID: m.settings.ClientID, ClientSecret: string(m.settings.ClientSecret), APIURL: p.apiURL, HTTP: p.http,
		PublicURL: m.publicURL, Now: p.now, Logger: p.log.With("component", "install"),
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	for _, s := range bot.Permissions() {
		o.Scopes = append(o.Scopes, install.Scope(s))
	}
	pages, err := install.NewPages(o)
	if err != nil {
		return nil, nil, err
	}
	lasting := 0
	for _, i := range is {
		if i.Ended.IsZero() {
			lasting++
		}
	}
	o.Logger.Info("many workspaces are served", "installations", lasting, "page", m.publicURL+install.InstallPath)
	return install.NewTokens(o), pages, nil
}

// tokenOf is what the bot's clients ask for a token: where there is none, what waits for the workspace
// is held as where Slack says that the app is not installed.
func tokenOf(tokens *install.Tokens) func(context.Context, string) (string, error) {
	return func(ctx context.Context, workspace string) (string, error) {
		token, err := tokens.Token(ctx, workspace)
		switch {
		case errors.Is(err, visit.ErrNotFound):
			return "", fmt.Errorf("%w: %w", bot.ErrNotInstalled, slack.SlackErrorResponse{Err: string(store.Uninstalled)})
		case errors.Is(err, install.ErrNoKey): // nobody in the workspace can mend that
			return "", fmt.Errorf("%w: %w", err, slack.SlackErrorResponse{Err: string(visit.KeyMissing)})
		case errors.Is(err, install.ErrSealed):
			return "", fmt.Errorf("%w: %w", err, slack.SlackErrorResponse{Err: "invalid_auth"})
		}
		return token, err
	}
}

// manyBeside is what a command needs that calls Slack for a workspace, beside serve.
func manyBeside(cfg *config, s slackSettings) *many {
	transport := bot.DeadlineTransport(http.DefaultTransport)
	return &many{settings: s, publicURL: cfg.PublicURL, client: func(token string) *slack.Client { return s.clientOf(token, slackHTTP(transport)) }}
}

// tokens are those of the workspaces that have the app. Whoever asks for one waits for them before the
// database is closed: a token that was refreshed and is not kept is lost.
func (m *many) tokens(ctx context.Context, db *store.Store, log *slog.Logger) (*install.Tokens, error) {
	client := slackHTTP(bot.DeadlineTransport(http.DefaultTransport))
	installed, _, err := m.open(ctx, db, parts{apiURL: m.settings.APIURL, http: client, log: log})
	return installed, err
}

// add is what somebody of a workspace does that has not the app, and addAgain one that needs a new token.
func (m *many) add() string {
	return "have somebody there add it at " + cmp.Or(m.publicURL, "public_url of config.yaml, ") + install.InstallPath
}

func (m *many) addAgain() string { return strings.Replace(m.add(), "add it", "add the app again", 1) }

// refused words an error of a call with the token of a workspace. It is as that of a token in the
// environment, but nobody copies this one from anywhere.
func (m *many) refused(token string, err error) *refusal {
	r := refused(token, "", m.settings, err)
	var answer slack.SlackErrorResponse
	switch errors.As(err, &answer); answer.Err {
	case "invalid_auth", "not_authed", "not_allowed_token_type":
		r.line = fmt.Sprintf("%s: Slack does not know it: %s (%s)", token, m.addAgain(), answer.Err)
	case "invalid_refresh_token":
		return &refusal{line: fmt.Sprintf("%s: it has expired, and Slack refuses to refresh it: %s (%s)", token, m.addAgain(), answer.Err)}
	case string(visit.KeyMissing):
		return &refusal{line: fmt.Sprintf("%s: it is sealed with a key that this process lacks: set VISITPREP_TOKEN_KEY, or VISITPREP_TOKEN_KEY_OLD, as serve has it (%s)", token, answer.Err)}
	case string(store.Uninstalled):
		return &refusal{line: fmt.Sprintf("%s: the app was uninstalled: %s (%s)", token, m.addAgain(), answer.Err)}
	}
	r.line = strings.ReplaceAll(r.line, reinstall, m.addAgain())
	r.line = strings.ReplaceAll(r.line, manifestWay, strings.Replace(manifestWay, "reinstall the app", m.addAgain(), 1))
	return r
}

// notInstalled says why nothing serves a workspace, and what to do.
func (m *many) notInstalled(ctx context.Context, db database, workspace string) string {
	ws, err := statuses(ctx, db, time.Now())
	if err != nil {
		return err.Error()
	}
	for _, w := range ws {
		if w.Workspace == workspace && w.State == isEnded {
			return w.words() + ": " + m.addAgain()
		}
	}
	return "it was not installed there: " + m.add()
}
