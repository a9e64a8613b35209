package bot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// errNotWritten marks an error of a request of which definitely nothing was sent.
var errNotWritten = errors.New("nothing was sent")

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
		return nil, fmt.Errorf("%w: %w", errNotWritten, err)
	}
	if d, ok := r.Context().Deadline(); ok && !time.Now().Before(d) {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, fmt.Errorf("%w: %w", errNotWritten, context.DeadlineExceeded)
	}
	res, err := t.next.RoundTrip(r)
	var op *net.OpError
	var dns *net.DNSError
	if errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns) {
		return nil, fmt.Errorf("%w: %w", errNotWritten, err)
	}
	return res, err
}
