package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/chars"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// A refusal is what keeps us from Slack, in one line that names the mend. No secret
// stands in it.
type refusal struct {
	line    string
	passing bool          // it may end by itself, so it is tried again
	after   time.Duration // as Slack asked
}

func (r *refusal) Error() string { return r.line }

const (
	reinstall   = "install the app again and copy the new token"
	manifestWay = "paste the output of visitprep manifest into the app's App Manifest page again and reinstall the app"
)

// mends says what is wrong with a token where Slack answers with a word, and what to do.
// Any other word is tried again.
var mends = map[string]string{
	"not_authed":                "Slack was sent no token",
	"invalid_auth":              "Slack does not know this token: copy it again",
	"token_revoked":             "the token was revoked: " + reinstall,
	"token_expired":             "the token has expired: " + reinstall,
	"account_inactive":          "the app was uninstalled, or its workspace deleted: " + reinstall,
	"not_allowed_token_type":    "Slack takes no token of this kind here",
	"missing_scope":             "the token lacks a scope",
	"no_permission":             "the workspace does not allow the app this: ask an admin to allow it",
	"access_denied":             "the workspace does not allow the app this: ask an admin to allow it",
	"ekm_access_denied":         "the workspace does not allow the app this: ask an admin to allow it",
	"team_access_not_granted":   "the app was not given this workspace: ask an admin of the organisation to add it there",
	"enterprise_is_restricted":  "the app is installed for the whole organisation: install it in one workspace",
	"two_factor_setup_required": "the account of the app needs two factors: ask an admin",
	"accesslimited":             "Slack takes nothing from this network: ask an admin to allow this machine's address",
	"unknown_method":            "SLACK_API_URL is not the address of Slack's Web API: leave it out, or write one such as https://slack.com/api/",
	"deprecated_endpoint":       "Slack no longer takes what this version sends: update visitprep",
	"method_deprecated":         "Slack no longer takes what this version sends: update visitprep",
}

// slackWord is what Slack calls an error. Somebody else's answer may hold anything, such as
// the token that was sent.
var slackWord = regexp.MustCompile(`^[a-z0-9_]{1,60}$`)

// refused words an error of a call with the token of a variable.
func refused(variable, where string, s slackSettings, err error) *refusal {
	var answer slack.SlackErrorResponse
	if errors.As(err, &answer) {
		word := answer.Err
		if !slackWord.MatchString(word) {
			word = "what is no word of its own"
		}
		mend, known := mends[word]
		switch {
		case !known:
			return &refusal{line: fmt.Sprintf("%s: Slack answers %s", variable, word), passing: true}
		case word == "missing_scope" && variable == "SLACK_APP_TOKEN":
			mend += ", connections:write: generate a token with it (Basic Information, App-Level Tokens)"
		case word == "missing_scope":
			mend += ": " + manifestWay
		case word == "invalid_auth" || word == "not_allowed_token_type" || word == "not_authed":
			mend += "; it is " + where
		}
		return &refusal{line: fmt.Sprintf("%s: %s (%s)", variable, mend, word)}
	}
	return unreached(s, err)
}

// unreached words an error that is not Slack's word: of the network, of something in
// between, or of an address that is not Slack's. Its branches are a table: a line for each
// thing that can stand in the way, the ones that say more first.
func unreached(s slackSettings, err error) *refusal {
	api := apiAddress(s)
	own := s.APIURL != "" // it may be a wrong one
	wrongAddress := "SLACK_API_URL: what answers at " + api + " is not Slack's Web API (%s): leave it out, or write one such as https://slack.com/api/"
	var (
		limited     *slack.RateLimitedError
		status      slack.StatusCodeError
		syntax      *json.SyntaxError
		unknownRoot x509.UnknownAuthorityError
		otherHost   x509.HostnameError
		badTime     x509.CertificateInvalidError
		noTLS       tls.RecordHeaderError
		noHost      *net.DNSError
		way         *net.OpError
	)
	switch {
	case errors.As(err, &limited):
		after := waitFor(limited)
		return &refusal{line: fmt.Sprintf("Slack asks to wait %v", after), passing: true, after: after}
	case errors.As(err, &status) && status.Code == http.StatusProxyAuthRequired:
		return &refusal{line: "the proxy wants a name and a password (407): write them into HTTPS_PROXY, as http://NAME:PASSWORD@HOST:PORT"}
	case errors.As(err, &status) && status.Code == http.StatusNotFound && own:
		return &refusal{line: fmt.Sprintf(wrongAddress, "404")}
	case errors.As(err, &status) && status.Code >= 300 && status.Code < 400 && own:
		return &refusal{line: fmt.Sprintf(wrongAddress, "it sends on to another address")}
	case errors.As(err, &status) && status.Code < 500:
		return &refusal{line: fmt.Sprintf("something between here and %s, such as a proxy, refuses what is sent (%d): ask who runs it to let it through", api, status.Code), passing: true}
	case errors.As(err, &status):
		return &refusal{line: fmt.Sprintf("Slack cannot answer at the moment (%d)", status.Code), passing: true}
	case isNotSlacks(err) && own:
		what := "its answer lacks what Slack's have"
		if errors.As(err, &syntax) || errors.Is(err, io.EOF) {
			what = "its answer is not JSON"
		}
		return &refusal{line: fmt.Sprintf(wrongAddress, what)}
	case isNotSlacks(err):
		return &refusal{line: "something between here and Slack, such as a proxy, answers in its place: ask who runs it to let slack.com through", passing: true}
	case errors.As(err, &unknownRoot):
		return &refusal{line: "the certificate of " + api + " is signed by somebody whom this machine does not know, as a proxy that reads along does: add its root to this machine, or name the file in SSL_CERT_FILE"}
	case errors.As(err, &otherHost):
		return &refusal{line: "the certificate of " + api + " is for another host: look at SLACK_API_URL and at the proxy"}
	case errors.As(err, &badTime):
		return &refusal{line: "the certificate of " + api + " is not valid today: look at the clock of this machine", passing: true}
	case errors.As(err, &noTLS), err != nil && strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return &refusal{line: "what answers at " + api + " does not speak HTTPS: write http:// in SLACK_API_URL, or look at the proxy"}
	case errors.As(err, &way) && way.Op == "proxyconnect":
		return &refusal{line: fmt.Sprintf("the proxy that %s names cannot be reached (%s): look at the variable, and at the network", s.proxyVariable(), chars.Line(way.Err.Error())), passing: true}
	case errors.As(err, &noHost):
		return &refusal{line: fmt.Sprintf("no address is found for %s: look at the network and its DNS", noHost.Name), passing: true}
	}
	return &refusal{line: fmt.Sprintf("%s cannot be reached (%s): look at the network, and at HTTPS_PROXY if there is a proxy", api, reason(err)), passing: true}
}

// errNotSlacks is of an answer that may say "ok" and does not hold what Slack's does.
var errNotSlacks = errors.New("an answer that is not Slack's")

// isNotSlacks reports whether an answer came, and not from Slack's Web API. One that was cut
// off may be.
func isNotSlacks(err error) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var lost *url.Error
	return errors.Is(err, errNotSlacks) || errors.As(err, &syntax) || errors.As(err, &kind) || errors.Is(err, io.EOF) && !errors.As(err, &lost)
}

// waitFor is how long Slack asks to wait, within what it ever asks for.
func waitFor(limited *slack.RateLimitedError) time.Duration {
	return min(max(limited.RetryAfter, 0), time.Hour)
}

// apiAddress is where Slack's Web API is called, without a name and a password.
func apiAddress(s slackSettings) string {
	if u, err := url.Parse(s.APIURL); err == nil && s.APIURL != "" {
		u.User = nil
		return u.String()
	}
	return slack.APIURL
}

// reason is the innermost cause of a failed request: what is around it repeats the address.
func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	return chars.Line(strings.ReplaceAll(err.Error(), "\n", "; "))
}

// A workspaceKnown is what a good bot token is good for.
type workspaceKnown struct {
	team, teamID, bot string
	organisation      bool             // it is part of an Enterprise organisation
	missing           []bot.Permission // scopes that Slack has not granted
}

// tryBotToken asks Slack whose the token of the environment is and what it may do.
func tryBotToken(ctx context.Context, api *slack.Client, s slackSettings) (workspaceKnown, *refusal) {
	k, err := askAboutToken(ctx, api)
	if err != nil {
		return k, refused("SLACK_BOT_TOKEN", whereBotToken, s, err)
	}
	return k, nil
}

// askAboutToken asks Slack whose a bot token is and what it may do.
func askAboutToken(ctx context.Context, api *slack.Client) (workspaceKnown, error) {
	ctx, cancel := context.WithTimeout(ctx, slackTimeout)
	defer cancel()
	a, err := api.AuthTestContext(ctx)
	if err == nil && (strings.TrimSpace(a.TeamID) == "" || strings.TrimSpace(a.UserID) == "") {
		err = errNotSlacks
	}
	if err != nil {
		return workspaceKnown{}, err
	}
	k := workspaceKnown{team: chars.Line(a.Team), teamID: chars.Line(a.TeamID), bot: chars.Line(a.User), organisation: a.EnterpriseID != ""}
	// A proxy may have left the header out, and then nothing is known of them.
	if granted := a.Header.Get("X-OAuth-Scopes"); granted != "" {
		has := strings.FieldsFunc(granted, func(r rune) bool { return r == ',' || r == ' ' })
		k.missing = slices.DeleteFunc(bot.Permissions(), func(p bot.Permission) bool { return slices.Contains(has, p.Name) })
	}
	return k, nil
}

// tryAppToken asks Slack for a connection of Socket Mode, and does not take it.
func tryAppToken(ctx context.Context, api *slack.Client, s slackSettings) *refusal {
	ctx, cancel := context.WithTimeout(ctx, slackTimeout)
	defer cancel()
	_, connection, err := api.StartSocketModeContext(ctx)
	if err == nil && connection == "" {
		err = errNotSlacks
	}
	if err != nil {
		return refused("SLACK_APP_TOKEN", whereAppToken, s, err)
	}
	return nil
}

// strange says that a database is of other workspaces than the token: its reminders would
// be refused one after the other, for none of its channels is there. Workspaces of one
// organisation share channels.
func (k *workspaceKnown) strange(ctx context.Context, db *store.Store) (*refusal, error) {
	ws, err := db.Workspaces(ctx)
	if err != nil || k.teamID == "" || k.organisation || len(ws) == 0 || slices.Contains(ws, k.teamID) {
		return nil, err
	}
	return &refusal{line: fmt.Sprintf("SLACK_BOT_TOKEN is of the workspace %s (%s), and the database holds visits of %s: take that workspace's token, or name another database in DATABASE_URL", k.teamID, k.team, strings.Join(ws, ", "))}, nil
}

// scopeLines says what Slack has not granted and what does not work without it, a line
// each.
func (k *workspaceKnown) scopeLines() (required, optional []string) {
	for _, p := range k.missing {
		if p.Optional {
			optional = append(optional, fmt.Sprintf("the optional scope %s was declined: %s", p.Name, p.Without))
			continue
		}
		required = append(required, fmt.Sprintf("the scope %s is missing: %s; %s", p.Name, p.Without, manifestWay))
	}
	return required, optional
}

// A trial tries the bot token beside the start of serve: nobody's answer waits for it,
// and reminders wait only for its first try.
type trial struct {
	api      *slack.Client
	settings slackSettings
	db       *store.Store
	log      *slog.Logger
	pause    func(tries int) time.Duration

	line atomic.Pointer[string] // what keeps us from Slack; nil is nothing
}

func newTrial(api *slack.Client, s slackSettings, db *store.Store, log *slog.Logger) *trial {
	return &trial{api: api, settings: s, db: db, log: log, pause: visit.Unreachable.Pause}
}

// fault is what keeps us from Slack for the time being; "" is nothing that is known.
func (t *trial) fault() string {
	if t == nil {
		return ""
	}
	if l := t.line.Load(); l != nil {
		return *l
	}
	return ""
}

// run tries until Slack has answered. It calls first once after the first try, unless that
// found what a person must mend; that it returns.
func (t *trial) run(ctx context.Context, first func()) error {
	for tries := 1; ; tries++ {
		r, err := t.once(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			t.log.Warn("could not compare the workspace with the database's", "err", err)
		case r != nil && !r.passing:
			return r
		}
		if tries == 1 {
			first()
		}
		if r == nil {
			t.line.Store(nil)
			return nil
		}
		if t.fault() != r.line {
			t.log.Warn("the bot token could not be tried yet and is tried again; everything starts all the same", "because", r.line)
		}
		t.line.Store(&r.line)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(r.after, t.pause(tries))):
		}
	}
}

func (t *trial) once(ctx context.Context) (*refusal, error) {
	k, r := tryBotToken(ctx, t.api, t.settings)
	if r != nil {
		return r, nil
	}
	if r, err := k.strange(ctx, t.db); r != nil || err != nil {
		return r, err
	}
	t.log.Info("Slack knows the bot token", "workspace", k.teamID)
	required, optional := k.scopeLines()
	for _, line := range required {
		t.log.Error(line)
	}
	for _, line := range optional {
		t.log.Info(line)
	}
	return nil, nil
}
