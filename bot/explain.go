package bot

import (
	"errors"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// tokenIsGone are Slack's words for a workspace in which the app has no token that is taken.
var tokenIsGone = []string{
	"token_revoked", "token_expired", "account_inactive", "invalid_auth", "not_authed", "app_missing_action_url", "app_uninstalled", "invalid_refresh_token", string(visit.NotInstalled),
}

// explain says what a person can do about an error of Slack's. It reports false
// for an error that only we can mend.
func explain(p blocks.Printer, err error) (string, bool) {
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return p.T("Slack has asked me to slow down. Please try again in %d seconds.", int(math.Ceil(waitFor(limited).Seconds()))), true
	}
	var e slack.SlackErrorResponse
	if !errors.As(err, &e) {
		return "", false
	}
	if slices.Contains(tokenIsGone, e.Err) {
		return p.T("Visit Prep is no longer connected to this workspace. Ask the person who manages your Slack apps to reinstall it."), true
	}
	switch e.Err {
	case "not_in_channel", "channel_not_found":
		return p.T("I'm not in this channel yet. Type /invite @visitprep here, then try again."), true
	case "missing_scope":
		needed := p.T("a permission")
		if e.Needed != "" {
			needed = p.T("the permission %s", e.Needed)
		}
		return p.T("I'm missing %s. Ask the person who manages your Slack apps to add it to Visit Prep (OAuth & Permissions) and to reinstall the app.", needed), true
	case "is_archived":
		return p.T("This channel is archived, so I can't post in it. Please ask in another channel."), true
	case "restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel", "restricted_action_thread_locked", "posting_to_general_channel_denied":
		return p.T("Your workspace doesn't let me post in this channel. Please ask in another channel, or ask an admin to allow it."), true
	case "access_denied", "no_permission", "ekm_access_denied", "team_access_not_granted":
		return p.T("Your workspace doesn't allow me to do this. An admin can change that in the app's settings."), true
	}
	return "", false
}

// faultWords says what is wrong with the connection and what to do about it, as part of a
// sentence.
func faultWords(p blocks.Printer, f visit.Fault) string {
	switch {
	case f.Passing() || f == visit.KeyMissing || f == "team_added_to_org" || f == "org_login_required":
		return p.T("Slack can't be reached at the moment")
	case f == "missing_scope" || f == "not_allowed_token_type":
		return p.T("I lack a permission. Ask the person who manages your Slack apps to reinstall Visit Prep")
	case f == "ekm_access_denied" || f == "access_denied" || f == "no_permission" || f == "team_access_not_granted" || f == "enterprise_is_restricted" || f == "two_factor_setup_required":
		return p.T("your workspace doesn't allow me to post. Ask an admin to allow it in the app's settings")
	case strings.HasPrefix(string(f), "http_") || f == "accesslimited":
		return p.T("something between us and Slack, such as a proxy, refuses what I send. Ask the person who runs Visit Prep to look at it")
	case f == "deprecated_endpoint" || f == "method_deprecated":
		return p.T("Slack no longer takes what this version sends. Ask the person who runs Visit Prep to update it")
	}
	return p.T("Visit Prep is no longer connected to this workspace. Ask the person who manages your Slack apps to reinstall it")
}

// withoutURL drops the address from an error of net/http: response URLs are secrets.
func withoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
