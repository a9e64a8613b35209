package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/slack-go/slack"

	"visitprep/internal/visit"
)

// ErrNotInstalled is returned for a workspace in which the app is not installed, or no more.
// Its reminders wait, as where Slack has revoked the token.
var ErrNotInstalled = errors.New("the app is not installed in the workspace")

// Clients give each workspace its client of Slack's API. They are safe for concurrent use.
type Clients struct {
	one *slack.Client // of every workspace; nil where each has its own

	token     func(ctx context.Context, workspace string) (string, error)
	newClient func(token string) *slack.Client
	mu        sync.Mutex
	kept      *lru.Cache[string, tokenClient]
}

// A tokenClient is the client that was made with a token.
type tokenClient struct {
	token string
	api   *slack.Client
}

// OneClient has every workspace use api: the app is installed by the token of the
// environment, in one workspace or in one organisation.
func OneClient(api *slack.Client) *Clients {
	if api == nil {
		return nil
	}
	return &Clients{one: answering(api)}
}

// InstalledClients has each workspace use a client of its own, made by newClient with its
// token, and made again once the token has changed. Slack's limits are of a workspace, so
// newClient gives every client a PaceTransport of its own; below that they may share one.
//
// token is asked before each call of Slack's, so that a token that was taken back is used no
// more. Its error is ErrNotInstalled for a workspace that has none.
func InstalledClients(token func(ctx context.Context, workspace string) (string, error), newClient func(token string) *slack.Client) *Clients {
	kept, err := lru.New[string, tokenClient](maxCached)
	if err != nil {
		panic(err) // only of a size below one
	}
	return &Clients{token: token, newClient: newClient, kept: kept}
}

// isOne reports whether every workspace has the same client.
func (cs *Clients) isOne() bool { return cs.one != nil }

// For is the client of a workspace, by its id. The error is ErrNotInstalled, or that the
// token could not be read at this moment.
func (cs *Clients) For(ctx context.Context, workspace string) (*slack.Client, error) {
	if cs.isOne() {
		return cs.one, nil
	}
	if workspace == "" { // whose token would that be?
		return nil, fmt.Errorf("no workspace is named: %w", ErrNotInstalled)
	}
	token, err := cs.token(ctx, workspace)
	if errors.Is(err, ErrNotInstalled) {
		cs.kept.Remove(workspace)
	}
	if err != nil {
		return nil, fmt.Errorf("find the token of a workspace: %w", err)
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c, ok := cs.kept.Get(workspace); ok && c.token == token {
		return c.api, nil
	}
	api := answering(cs.newClient(token))
	cs.kept.Add(workspace, tokenClient{token, api})
	return api, nil
}

// api is the client with which a workspace's own things are read, shown and changed. Where it
// has none, each call fails with the reason, and is handled where errors of Slack are.
func (c *core) api(ctx context.Context, workspace string) *slack.Client {
	api, err := c.o.Slack.For(ctx, workspace)
	if err != nil {
		return slack.New("", slack.OptionHTTPClient(&noClient{err}))
	}
	return api
}

// A noClient is why nothing can be asked of Slack for a workspace.
type noClient struct{ err error }

func (n *noClient) Error() string { return n.err.Error() }

// Unwrap makes the error what it is to those who ask: an answer of Slack's where the app is not
// installed, as of a token that was revoked, and else a request that was never written.
func (n *noClient) Unwrap() []error {
	if errors.Is(n.err, ErrNotInstalled) {
		return []error{n.err, slack.SlackErrorResponse{Err: string(visit.NotInstalled)}}
	}
	return []error{n.err, errNotWritten}
}

// Do implements what a client of Slack's sends its requests with: it sends none.
func (n *noClient) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body.Close()
	}
	return nil, n
}
