package visit

import (
	"strings"
	"time"
)

// A Fault is what is wrong with the connection to Slack, not with one message: a word of
// Slack's such as token_revoked, http_407 for a code that something in between answers,
// or one of those below. The empty one is none.
type Fault string

// The faults that have no word of Slack's.
const (
	Unreachable Fault = "unreachable" // no request could be written
	NoAnswer    Fault = "no_answer"   // one was, and its answer was lost or made no sense
	// NotInstalled: the workspace has no token, or none any more.
	NotInstalled Fault = "not_installed"
	// KeyMissing: a process was started without the key that the token is sealed with.
	KeyMissing Fault = "key_missing"
)

// Passing reports whether a fault ends by itself. Any other waits for somebody to mend
// it: a token, a permission, a proxy.
func (f Fault) Passing() bool {
	switch f {
	case Unreachable, NoAnswer, "service_unavailable", "request_timeout", "http_408":
		return true
	}
	return strings.HasPrefix(string(f), "http_5")
}

// MaxPause is the longest pause between two tries of a connection.
const MaxPause = 5 * time.Minute

// Pause is how long nothing is sent after so many tries in a row that failed: from 2 s
// to a minute where it passes by itself, else from a minute to MaxPause.
func (f Fault) Pause(tries int) time.Duration {
	double := min(max(tries-1, 0), 10)
	if f.Passing() {
		return min(2*time.Second<<double, time.Minute)
	}
	return min(time.Minute<<double, MaxPause)
}
