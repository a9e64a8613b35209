package main

import (
	"context"
	"errors"
	"fmt"
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
		case errors.Is(err, install.ErrSealed):
			return "", fmt.Errorf("%w: %w", err, slack.SlackErrorResponse{Err: "invalid_auth"})
		}
		return token, err
	}
}
