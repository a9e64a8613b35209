package bot

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// How a call that somebody waits for is repeated where Slack says 429.
const (
	maxRetries  = 4
	retryJitter = 250 * time.Millisecond // so that those who were told to wait together do not come back together
)

// answering is a client like c that waits as long as Slack asks for, if the request has
// the time, and then calls again. Nothing but a 429 is repeated: of that alone it is known
// that nothing was posted.
func answering(c *slack.Client) *slack.Client {
	a := *c
	cfg := slack.RetryConfig{MaxRetries: maxRetries, RetryAfterDuration: retryAfter, RetryAfterJitter: retryJitter}
	cfg.Handlers = []slack.RetryHandler{inTime{slack.NewRateLimitErrorRetryHandler(cfg)}}
	slack.OptionRetryConfig(cfg)(&a)
	return &a
}

// inTime does not begin a wait that the deadline of the request would end, nor a long one
// for what is only looked up: the person is told at once, and asks again. Where nobody
// waits there is no patience either: the outbox notes the pause for all replicas.
type inTime struct{ slack.RetryHandler }

// ShouldRetry implements slack.RetryHandler.
func (h inTime) ShouldRetry(state *slack.RetryState, req *http.Request, resp *http.Response, err error) (bool, time.Duration) {
	again, wait := h.RetryHandler.ShouldRetry(state, req, resp, err)
	if !again || req.Context().Value(unattendedKey{}) != nil || wait > maxPatience && looksUp(req) {
		return false, 0
	}
	deadline, ok := req.Context().Deadline()
	return !ok || time.Until(deadline) > wait, wait
}

// looksUp reports whether a call only asks something of Slack.
func looksUp(req *http.Request) bool {
	_, method, _ := strings.Cut(req.URL.Path, "/api/")
	return strings.HasPrefix(method, "users.") || strings.HasPrefix(method, "conversations.") || method == "files.info" || method == "auth.test"
}

// definite reports whether err says that a call was not done and will not be if it is
// repeated at once.
func definite(err error) bool {
	var answer slack.SlackErrorResponse
	if errors.As(err, &answer) {
		switch answer.Err {
		case "internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org":
			return false
		}
		return true
	}
	var limited *slack.RateLimitedError // and there was no time to wait
	return errors.As(err, &limited)
}
