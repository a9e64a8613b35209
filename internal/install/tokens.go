package install

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/singleflight"

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
	o          Options
	refreshing singleflight.Group // one refresh, or one wait for that of another process, of a token
	under      sync.WaitGroup     // refreshes
	stopped    chan struct{}      // closed once none begins any more
	wait       time.Duration      // for what another process refreshes; waitWithin but in tests

	mu      sync.Mutex
	asked   map[string]time.Time      // when Slack was last asked what it thinks of an installation's token
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
	return &Tokens{o: o, stopped: make(chan struct{}), wait: waitWithin, asked: map[string]time.Time{}, refused: map[string]refusedRefresh{}, dropped: map[string]time.Time{}}
}

// When a token is refreshed, and for how long.
const (
	// refreshBefore is how long before its end Keep refreshes a token, which lasts for 12 hours.
	refreshBefore = 2 * time.Hour
	// refreshNow is how long before its end a token is refreshed before it is used.
	refreshNow = time.Minute
	// keepEvery is how often Keep looks. It tries a token some twenty times before its end.
	keepEvery = 5 * time.Minute
	// refreshWithin bounds the question to Slack: a program that stops has the time.
	refreshWithin = 6 * time.Second
	// refreshLease is for how long one process alone may refresh a token: longer than it can take,
	// so that no refresh token is used twice.
	refreshLease = time.Minute
	// lookAgain is how often a process looks whether another one has refreshed a token, and
	// waitWithin for how long.
	lookAgain  = 100 * time.Millisecond
	waitWithin = 10 * time.Second
	// refusedFor is how long Slack is not asked again after it has refused a refresh token.
	refusedFor = time.Minute
	// askAfter is how long after Slack was asked about a token it is asked again; of one whose
	// workspace is held, each time that Keep looks. It is less than a token lasts that expires.
	askAfter = 6 * time.Hour
	// askAtOnce is how many it is asked about each time.
	askAtOnce = 20
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
// whose installation the request is for, "" where it does not matter. At said, unless it is zero, Slack
// said that the workspace is of it: that is noted. Where nothing serves it the log says so, once an
// hour; where the database does not answer the request goes on, and fails with a reason.
func (t *Tokens) Serves(ctx context.Context, workspace, organisation string, said time.Time) bool {
	if !said.IsZero() {
		if err := t.o.Store.NoteOrganisation(ctx, workspace, organisation, said); err != nil {
			t.o.Logger.Warn("could not note the organisation of a workspace", "workspace", workspace, "err", err)
		}
	}
	i, err := t.o.Store.Installation(ctx, workspace)
	switch {
	case err == nil && (!said.IsZero() || organisation == "" || i.Organisation == organisation):
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

// Keep refreshes tokens before they expire, and ends installations of which Slack has told in vain
// that they are over, until ctx ends. None is refreshed after that.
func (t *Tokens) Keep(ctx context.Context) {
	defer t.stop()
	defer context.AfterFunc(ctx, t.stop)()
	for {
		is, err := t.o.Store.Installations(ctx)
		if err != nil && ctx.Err() == nil {
			t.o.Logger.Warn("could not look which tokens expire; looked again in a while", "err", err)
		}
		is = slices.DeleteFunc(is, func(i store.Installation) bool { return !i.Ended.IsZero() })
		for _, i := range is {
			if ctx.Err() != nil || i.Expires.IsZero() || time.Until(i.Expires) > refreshBefore {
				continue
			}
			if _, err := t.refresh(ctx, i); err != nil && ctx.Err() == nil {
				t.o.Logger.Warn("could not refresh a token; it is tried again", "workspace", i.Workspace, "expires", i.Expires, "err", err)
			}
		}
		if err := t.ask(ctx, time.Now()); err != nil && ctx.Err() == nil {
			t.o.Logger.Warn("could not ask Slack which tokens are still good; asked again in a while", "err", withoutAddress(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(keepEvery):
		}
	}
}

// gone are Slack's words for a token that is none any more. The event that says so may have been lost,
// and no other word of these comes of a network, a permission or a token that only has to be refreshed.
var gone = map[string]bool{"token_revoked": true, "account_inactive": true, "app_uninstalled": true}

// ask asks Slack about the tokens that it was not asked about for long and those of workspaces that are
// held, the longest ago first, and ends the installations whose token is gone. Its error says that the
// rest was left for the next time.
func (t *Tokens) ask(ctx context.Context, now time.Time) error {
	is, err := t.o.Store.Installations(ctx)
	if err != nil {
		return err
	}
	cs, err := t.o.Store.Connections(ctx)
	if err != nil {
		return err
	}
	held := map[string]bool{}
	for _, c := range cs {
		if i, err := t.o.Store.Installation(ctx, c.Workspace); err == nil {
			held[i.Workspace] = true
		}
	}
	t.mu.Lock()
	is = slices.DeleteFunc(is, func(i store.Installation) bool {
		return !i.Ended.IsZero() || !held[i.Workspace] && now.Sub(t.asked[i.Workspace]) < askAfter
	})
	slices.SortStableFunc(is, func(a, b store.Installation) int { return t.asked[a.Workspace].Compare(t.asked[b.Workspace]) })
	is = is[:min(len(is), askAtOnce)]
	t.mu.Unlock()
	for _, i := range is {
		t.mu.Lock()
		t.asked[i.Workspace] = now // those after one that cannot be asked about are asked about at the next look
		t.mu.Unlock()
		if err := t.askOf(ctx, &i); err != nil {
			return err
		}
	}
	return nil
}

// askOf asks Slack about one token. Where another has come meanwhile nothing ends.
func (t *Tokens) askOf(ctx context.Context, i *store.Installation) error {
	token, _, err := t.o.Keys.tokens(i)
	if err != nil {
		return err
	}
	asking, stop := context.WithTimeout(ctx, refreshWithin)
	defer stop()
	_, err = slack.New(token, slack.OptionHTTPClient(t.o.HTTP), slack.OptionAPIURL(cmp.Or(t.o.APIURL, slack.APIURL))).AuthTestContext(asking)
	var answer slack.SlackErrorResponse
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &answer):
		return err
	case !gone[answer.Err]:
		return nil
	}
	e := store.Ending{Workspace: i.Workspace, Turn: i.Turn, Why: visit.Fault(answer.Err), At: time.Now()}
	held, err := t.o.Store.End(ctx, e, t.o.Now(), time.Now())
	if err != nil {
		return err
	}
	t.o.Logger.Error("Slack says that the app is not installed any more, though no event has: reminders wait until it is installed again", "installation", i.Workspace, "because", answer.Err, "held", held)
	return nil
}

// stop has no refresh begin any more.
func (t *Tokens) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.isStopped() {
		close(t.stopped)
	}
}

func (t *Tokens) isStopped() bool {
	select {
	case <-t.stopped:
		return true
	default:
		return false
	}
}

// Wait returns once what has begun to refresh a token has kept what came. Nothing begins any more.
func (t *Tokens) Wait() {
	t.stop()
	t.under.Wait()
}

// begin reports whether a refresh may begin, which ends with under.Done.
func (t *Tokens) begin() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.isStopped() {
		return false
	}
	t.under.Add(1)
	return true
}

// refresh has the token of an installation refreshed, by this process or by another one that is
// about to, and returns what there is then. While the old token lasts it is good enough. Whoever waits
// for it may go: it goes on.
func (t *Tokens) refresh(ctx context.Context, i store.Installation) (store.Installation, error) {
	done := t.refreshing.DoChan(i.Workspace+" "+strconv.Itoa(i.Turn), func() (any, error) {
		if !t.begin() {
			return t.lasting(i, errStopping)
		}
		defer t.under.Done()
		return t.refreshOrWait(context.WithoutCancel(ctx), i)
	})
	select {
	case <-ctx.Done():
		return i, ctx.Err()
	case r := <-done:
		return r.Val.(store.Installation), r.Err
	}
}

// errSlow is no word of Slack's: the token may be there a moment later, and nobody is to be told that
// the app is connected no more.
var errSlow = errors.New("it takes too long")

var errStopping = errors.New("the program is about to stop, and refreshes no token")

// lasting is an installation whose token still lasts, or an error.
func (t *Tokens) lasting(i store.Installation, err error) (store.Installation, error) {
	if time.Until(i.Expires) > 0 {
		return i, nil
	}
	return i, err
}

func (t *Tokens) refreshOrWait(ctx context.Context, i store.Installation) (store.Installation, error) {
	for began := time.Now(); ; {
		if err := t.wasRefused(&i); err != nil {
			return i, err
		}
		now := time.Now()
		holder, err := t.o.Store.RefreshBy(ctx, &i, now, now.Add(refreshLease))
		if err != nil {
			return i, err
		}
		if holder != "" {
			return t.use(ctx, i, holder)
		}
		is, err := t.o.Store.Installation(ctx, i.Workspace)
		switch {
		case err != nil:
			return i, err
		case is.Turn != i.Turn || is.Workspace != i.Workspace:
			return is, nil
		case time.Until(is.Expires) > 0:
			return is, nil
		case time.Since(began) > t.wait:
			return i, fmt.Errorf("wait until another process has refreshed the token of %s: %w", i.Workspace, errSlow)
		}
		select {
		case <-t.stopped:
			return i, errStopping
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

// use uses the refresh token, for which the holder has the right, and keeps what came. Its context is
// not the one of whoever waits for it: a token that has come and is not kept is lost.
func (t *Tokens) use(ctx context.Context, i store.Installation, holder string) (store.Installation, error) {
	ctx, stop := context.WithTimeout(ctx, refreshLease-refreshWithin)
	defer stop()
	_, refresh, err := t.o.Keys.tokens(&i)
	if err != nil {
		return i, errors.Join(err, t.o.Store.NotRefreshed(ctx, &i, holder))
	}
	asking, stopAsking := context.WithTimeout(ctx, refreshWithin)
	defer stopAsking()
	asked := time.Now()
	res, err := slack.RefreshOAuthV2TokenContext(asking, t.o.HTTP, t.o.ClientID, t.o.ClientSecret, refresh, t.o.oauth()...)
	if err == nil && (res.AccessToken == "" || res.ExpiresIn <= 0 || res.RefreshToken == "") {
		err = errors.New("the answer is not Slack's: it has no token that expires")
	}
	if err != nil {
		return i, errors.Join(t.notRefreshed(ctx, &i, err), t.o.Store.NotRefreshed(ctx, &i, holder))
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
