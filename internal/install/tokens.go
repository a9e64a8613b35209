package install

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// Options are what the pages and the tokens need.
type Options struct {
	Store        *store.Store
	Keys         *Keys
	ClientID     string
	ClientSecret string
	APIURL       string       // of another server than Slack's; ends in a slash
	HTTP         *http.Client // what goes to Slack
	PublicURL    string       // where people reach the pages, without a slash at its end
	Scopes       []Scope
	Now          func() time.Time // calendar time, for people to read
	Logger       *slog.Logger
}

// A Scope is what the app asks for, and what does not work Without it, as a clause.
type Scope struct {
	Name     string
	Optional bool // somebody may decline it
	Without  string
}

func (o *Options) oauth() []slack.OAuthOption {
	if o.APIURL == "" {
		return nil
	}
	return []slack.OAuthOption{slack.OAuthOptionAPIURL(o.APIURL)}
}

// Tokens give each workspace its bot token, and refresh those that expire.
type Tokens struct {
	o Options

	mu      sync.Mutex
	refused map[string]refusedRefresh // by installation
	dropped map[string]time.Time      // when the log last said so of a workspace
}

// A refusedRefresh is what Slack has said to a refresh token, and until when it is not asked again.
type refusedRefresh struct {
	turn  int
	err   error
	until time.Time
}

// NewTokens makes Tokens.
func NewTokens(o Options) *Tokens {
	return &Tokens{o: o, refused: map[string]refusedRefresh{}, dropped: map[string]time.Time{}}
}

// When a token is refreshed, and for how long.
const (
	// refreshBefore is how long before its end Keep refreshes a token, which lasts for 12 hours.
	refreshBefore = 2 * time.Hour
	// refreshNow is how long before its end a token is refreshed before it is used.
	refreshNow = time.Minute
	// keepEvery is how often Keep looks. It tries a token some twenty times before its end.
	keepEvery = 5 * time.Minute
	// refreshWithin bounds the question to Slack.
	refreshWithin = 15 * time.Second
	// refreshLease is for how long one process alone may refresh a token: longer than it can take,
	// so that no refresh token is used twice.
	refreshLease = time.Minute
	// lookAgain is how often a process looks whether another one has refreshed a token, and
	// waitWithin for how long.
	lookAgain  = 100 * time.Millisecond
	waitWithin = 10 * time.Second
	// refusedFor is how long Slack is not asked again after it has refused a refresh token.
	refusedFor = time.Minute
)

// Token is the bot token of a workspace: its own installation's, else its organisation's. The error
// is visit.ErrNotFound where it has neither, and Slack's word where its token has expired and cannot
// be refreshed.
func (t *Tokens) Token(ctx context.Context, workspace string) (string, error) {
	i, err := t.o.Store.Installation(ctx, workspace)
	if err != nil {
		return "", err
	}
	if !i.Expires.IsZero() && time.Until(i.Expires) < refreshNow {
		if i, err = t.refresh(ctx, i); err != nil {
			return "", err
		}
	}
	token, _, err := t.o.Keys.tokens(&i)
	return token, err
}

// Serves reports whether an installation serves a workspace of which a request came. organisation is
// whose installation the request is for, and told says that it names the organisation as the
// workspace's own: that is noted. Where nothing serves it the log says so, once an hour; where the
// database does not answer the request goes on, and fails with a reason.
func (t *Tokens) Serves(ctx context.Context, workspace, organisation string, told bool) bool {
	if told {
		if err := t.o.Store.NoteOrganisation(ctx, workspace, organisation, time.Now()); err != nil {
			t.o.Logger.Warn("could not note the organisation of a workspace", "workspace", workspace, "err", err)
		}
	}
	i, err := t.o.Store.Installation(ctx, workspace)
	switch {
	case err == nil && (told || organisation == "" || i.Organisation == organisation):
		return true
	case err != nil && !errors.Is(err, visit.ErrNotFound):
		return true
	}
	if t.says(workspace, time.Now()) {
		t.o.Logger.Warn("dropped what came of a workspace that has not installed the app, or has it no more; said once an hour", "workspace", workspace, "organisation", organisation)
	}
	return false
}

// saysAgain is how long the log is silent about what is dropped of one workspace, and maxDropped of
// how many it remembers that.
const (
	saysAgain  = time.Hour
	maxDropped = 10_000
)

func (t *Tokens) says(workspace string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last, ok := t.dropped[workspace]; ok && now.Sub(last) < saysAgain {
		return false
	}
	if len(t.dropped) >= maxDropped {
		clear(t.dropped)
	}
	t.dropped[workspace] = now
	return true
}

// Keep refreshes tokens before they expire, until ctx ends.
func (t *Tokens) Keep(ctx context.Context) {
	for {
		is, err := t.o.Store.Installations(ctx)
		if err != nil && ctx.Err() == nil {
			t.o.Logger.Warn("could not look which tokens expire; looked again in a while", "err", err)
		}
		for _, i := range is {
			if ctx.Err() != nil || !i.Ended.IsZero() || i.Expires.IsZero() || time.Until(i.Expires) > refreshBefore {
				continue
			}
			if _, err := t.refresh(ctx, i); err != nil && ctx.Err() == nil {
				t.o.Logger.Warn("could not refresh a token; it is tried again", "workspace", i.Workspace, "expires", i.Expires, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(keepEvery):
		}
	}
}

// refresh has the token of an installation refreshed, by this process or by another one that is
// about to, and returns what there is then. While the old token lasts it is good enough.
func (t *Tokens) refresh(ctx context.Context, i store.Installation) (store.Installation, error) {
	for began := time.Now(); ; {
		if err := t.wasRefused(&i); err != nil {
			return i, err
		}
		now := time.Now()
		mine, err := t.o.Store.RefreshBy(ctx, &i, now, now.Add(refreshLease))
		if err != nil {
			return i, err
		}
		if mine {
			return t.use(ctx, i)
		}
		is, err := t.o.Store.Installation(ctx, i.Workspace)
		switch {
		case err != nil:
			return i, err
		case is.Turn != i.Turn || is.Workspace != i.Workspace:
			return is, nil
		case time.Until(is.Expires) > 0:
			return is, nil
		case time.Since(began) > waitWithin:
			return i, fmt.Errorf("wait until another process has refreshed the token of %s: %w", i.Workspace, slack.SlackErrorResponse{Err: "token_expired"})
		}
		select {
		case <-ctx.Done():
			return i, ctx.Err()
		case <-time.After(lookAgain):
		}
	}
}

func (t *Tokens) wasRefused(i *store.Installation) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r, ok := t.refused[i.Workspace]; ok && r.turn == i.Turn && time.Now().Before(r.until) {
		return r.err
	}
	return nil
}

// use uses the refresh token, for which this process has the right, and keeps what came.
// Whoever waits for it may go: a token that has come and is not kept is lost.
func (t *Tokens) use(ctx context.Context, i store.Installation) (store.Installation, error) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), refreshLease-refreshWithin)
	defer stop()
	_, refresh, err := t.o.Keys.tokens(&i)
	if err != nil {
		return i, errors.Join(err, t.o.Store.NotRefreshed(ctx, &i))
	}
	asking, stopAsking := context.WithTimeout(ctx, refreshWithin)
	defer stopAsking()
	asked := time.Now()
	res, err := slack.RefreshOAuthV2TokenContext(asking, t.o.HTTP, t.o.ClientID, t.o.ClientSecret, refresh, t.o.oauth()...)
	if err == nil && (res.AccessToken == "" || res.ExpiresIn <= 0 || res.RefreshToken == "") {
		err = errors.New("the answer is not Slack's: it has no token that expires")
	}
	if err != nil {
		return i, errors.Join(t.notRefreshed(ctx, &i, err), t.o.Store.NotRefreshed(ctx, &i))
	}
	next := i
	t.o.Keys.Put(&next, res.AccessToken, res.RefreshToken)
	next.Expires, next.Turn = asked.Add(time.Duration(res.ExpiresIn)*time.Second), i.Turn+1
	for {
		err = t.o.Store.Refreshed(ctx, &i, next.Token, next.Refresh, next.Expires, next.Key)
		if err == nil {
			t.o.Logger.Info("a bot token was refreshed", "workspace", i.Workspace, "expires", next.Expires.UTC())
			return next, nil
		}
		select { // the old one is gone, so this one is not given up while the right to it lasts
		case <-ctx.Done():
			return i, err
		case <-time.After(lookAgain):
		}
	}
}

// notRefreshed words what came instead of a token. What Slack refuses waits for a person: the
// workspaces are held, and Slack is not asked again at once.
func (t *Tokens) notRefreshed(ctx context.Context, i *store.Installation, err error) error {
	err = fmt.Errorf("refresh the token of %s: %w", i.Workspace, withoutAddress(err))
	var answer slack.SlackErrorResponse
	if !errors.As(err, &answer) || passing[answer.Err] {
		return err
	}
	if time.Until(i.Expires) < refreshNow {
		held, holding := t.o.Store.Hold(ctx, i.Workspace, visit.Fault(answer.Err), t.o.Now(), time.Now())
		for _, w := range held {
			t.o.Logger.Error("the bot token has expired and Slack refuses to refresh it: reminders wait until the app is installed again", "workspace", w, "fault", answer.Err)
		}
		err = errors.Join(err, holding)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refused[i.Workspace] = refusedRefresh{i.Turn, err, time.Now().Add(refusedFor)}
	return err
}

// passing are words of Slack's after which the same request may be answered later.
var passing = map[string]bool{"internal_error": true, "fatal_error": true, "service_unavailable": true, "request_timeout": true, "ratelimited": true, "team_added_to_org": true}
