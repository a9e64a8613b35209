package bot

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// wholeFaults are Slack's words for what is wrong with the connection, whatever was asked:
// the token, the account behind it, the workspace, or the network from which we ask.
var wholeFaults = map[string]bool{
	"not_authed": true, "invalid_auth": true, "account_inactive": true, "token_revoked": true, "token_expired": true,
	"app_uninstalled": true, "invalid_refresh_token": true, // of a workspace that has no token, or none that lasts
	"team_access_not_granted": true, "org_login_required": true, "team_added_to_org": true,
	"two_factor_setup_required": true, "accesslimited": true,
	"service_unavailable": true, "request_timeout": true,
	string(visit.NotInstalled): true, string(visit.KeyMissing): true, // our own words
}

// postFaults are those that may be about one method. Where a post gets one, nothing can be
// posted; where a look-up gets one, posting may well go on.
var postFaults = map[string]bool{
	"missing_scope": true, "not_allowed_token_type": true, "ekm_access_denied": true, "access_denied": true, "no_permission": true,
	"enterprise_is_restricted": true, "deprecated_endpoint": true, "method_deprecated": true,
}

// unsure are the words after which a request may have had its effect all the same.
var unsure = map[string]bool{"internal_error": true, "fatal_error": true, "service_unavailable": true, "request_timeout": true}

// errNotSlacks is returned where an answer that refuses nothing has not what Slack's has, as
// "{}" of something in between. The library takes it for success.
var errNotSlacks = errors.New("the answer is not Slack's")

// waitFor is how long Slack asks to wait, within bounds: a header may say anything.
func waitFor(limited *slack.RateLimitedError) time.Duration {
	return min(max(limited.RetryAfter, time.Second), store.MaxHold)
}

// posted says what an answer of Slack's to a post means. What was posted has a timestamp.
func posted(ts string, err error) visit.Delivery {
	if err == nil && ts == "" {
		err = errNotSlacks
	}
	return delivery(ts, err)
}

// delivery says what an answer of Slack's means.
func delivery(ts string, err error) visit.Delivery {
	d := visit.Delivery{TS: ts, Err: withoutURL(err)}
	var limited *slack.RateLimitedError
	var answer slack.SlackErrorResponse
	var status slack.StatusCodeError
	switch {
	case err == nil:
		d.Outcome = visit.Delivered
	case errors.As(err, &limited):
		d.Outcome, d.RetryAfter = visit.Limited, waitFor(limited)
	case isTooLate(err):
		d.Outcome = visit.NotSent
	case errors.Is(err, errNotWritten):
		d.Outcome, d.Fault = visit.NotSent, visit.Unreachable
		if errors.As(err, &status) { // a proxy's
			_, d.Fault = httpFault(status.Code)
		}
		if errors.As(err, &answer) && wholeFaults[answer.Err] { // why there is no token
			d.Fault = visit.Fault(answer.Err)
		}
	case errors.As(err, &answer):
		if wholeFaults[answer.Err] || postFaults[answer.Err] {
			d.Fault = visit.Fault(answer.Err)
		}
		switch {
		case answer.Err == "ratelimited" || answer.Err == "rate_limited":
			d.Outcome, d.RetryAfter = visit.Limited, time.Minute
		case unsure[answer.Err]:
			d.Outcome = visit.Unknown
		case d.Fault != "":
			d.Outcome = visit.NotSent
		default:
			d.Outcome = visit.Refused
		}
	case errors.As(err, &status):
		d.Outcome, d.Fault = httpFault(status.Code)
	default: // cut off, timed out, an answer that is not Slack's: it may have arrived
		d.Outcome, d.Fault = visit.Unknown, visit.NoAnswer
	}
	return d
}

// isTooLate reports whether nothing was sent because a deadline of ours had passed. After
// its own timeout net/http's client keeps no more of an error than its words.
func isTooLate(err error) bool {
	return errors.Is(err, errTooLate) || os.IsTimeout(err) && strings.Contains(err.Error(), errTooLate.Error())
}

// httpFault says what a code of HTTP means. Slack refuses in words, with a code of 200: any
// other comes from a server in trouble or from something in between, but for those that
// say that the request itself is at fault.
func httpFault(code int) (visit.Outcome, visit.Fault) {
	fault := visit.Fault(fmt.Sprintf("http_%d", code))
	switch {
	case code == 400 || code == 413 || code == 414 || code == 422 || code == 431:
		return visit.Refused, ""
	case code == 408 || code >= 500:
		return visit.Unknown, fault
	}
	return visit.NotSent, fault
}

// cannotLook says what an answer of Slack's to a look-up means: what it refuses for good
// is told from what it may answer later. A fault of one method stops no posts.
func cannotLook(err error) visit.Delivery {
	d := delivery("", err)
	if postFaults[string(d.Fault)] {
		d.Outcome, d.Fault = visit.Refused, ""
	}
	switch d.Outcome {
	case visit.Limited:
	case visit.Refused:
		d.Outcome = visit.CannotLook
	default:
		d.Outcome = visit.Unknown
	}
	return d
}

// askAgain is when it is looked again who may read a message, where Slack did not say.
const askAgain = 15 * time.Second

// notWorded says what it means that a message could not be worded: nothing was sent, and
// it waits. Where that is because Slack did not say who reads it, the connection may be at
// fault; a method that it does not let us use is no such fault, nor is the database.
func notWorded(err error) visit.Delivery {
	d := delivery("", err)
	if !errors.Is(err, errUnchecked) && !wholeFaults[string(d.Fault)] || postFaults[string(d.Fault)] {
		d.Fault = ""
	}
	// Who waited for a question of somebody else's until it was too late has not asked Slack.
	if asked := (*url.Error)(nil); errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &asked) {
		d.Fault = ""
	}
	d.Outcome = visit.NotSent
	if d.Fault == "" && d.RetryAfter == 0 && errors.Is(err, errUnchecked) {
		d.RetryAfter = askAgain
	}
	return d
}

// Check asks whether Slack knows our token, where nothing is due that would tell.
func (rm *Reminders) Check(ctx context.Context, workspace string) visit.Delivery {
	_, err := rm.api(ctx, workspace).AuthTestContext(ctx)
	return delivery("", err)
}
