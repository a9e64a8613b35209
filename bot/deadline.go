package bot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
)

// errNotWritten marks an error of a request of which definitely nothing was sent.
var errNotWritten = errors.New("nothing was sent")

// errTooLate marks those of our own doing: the request came after its deadline, which says
// nothing of the connection.
var errTooLate = fmt.Errorf("the deadline had passed: %w", errNotWritten)

// DeadlineTransport is a transport for the bot's calls to Slack. It writes nothing once a
// request's deadline has passed, for then another process may be sending the same
// message; and it marks the errors after which definitely nothing was sent.
func DeadlineTransport(next http.RoundTripper) http.RoundTripper { return deadlineTransport{next} }

type deadlineTransport struct{ next http.RoundTripper }

func (t deadlineTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, fmt.Errorf("%w: %w", errTooLate, err)
	}
	if d, ok := r.Context().Deadline(); ok && !time.Now().Before(d) {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, fmt.Errorf("%w: %w", errTooLate, context.DeadlineExceeded)
	}
	// Nothing is written before there is a connection: a name that is not found, a
	// certificate that is not trusted and a proxy that refuses all come before.
	var asked, got atomic.Bool
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	}
	res, err := t.next.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if ahead, ok := r.Context().Value(clockAhead{}).(*atomic.Int64); ok && err == nil {
		if slacks, err := http.ParseTime(res.Header.Get("Date")); err == nil {
			ahead.Store(int64(time.Now().Round(0).Sub(slacks)))
		}
	}
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case err == nil:
	case asked.Load() && !got.Load():
		return nil, fmt.Errorf("%w: %w", errNotWritten, errors.Join(err, refusedByProxy(err)))
	case errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns):
		return nil, fmt.Errorf("%w: %w", errNotWritten, err)
	}
	return res, err
}

// clockAhead is the key under which a context has by how much our clock is ahead of
// Slack's, once an answer has told.
type clockAhead struct{}

// comparingClocks is a context whose requests tell by how much our clock is ahead of
// Slack's.
func comparingClocks(ctx context.Context) (_ context.Context, ahead func() time.Duration) {
	by := new(atomic.Int64)
	return context.WithValue(ctx, clockAhead{}, by), func() time.Duration { return time.Duration(by.Load()) }
}

// refusedByProxy is the code with which a proxy refused to connect us, if that is what an
// error of net/http says: it has no more than the code's words.
func refusedByProxy(err error) error {
	for _, code := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired} {
		if err.Error() == http.StatusText(code) {
			return slack.StatusCodeError{Code: code, Status: err.Error()}
		}
	}
	return nil
}
