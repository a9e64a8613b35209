package bot

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"golang.org/x/sync/semaphore"
)

// Anybody can send a request, and only its last byte tells whether Slack did. These are
// the bounds until then.
const (
	// maxBody is the largest request that is read: many times what Slack sends.
	maxBody = 1 << 20
	// bodyWithin is how long a body may take to arrive. Slack waits as long for an answer.
	bodyWithin = 3 * time.Second
	// partSize is how much of a body, in bytes, is held in one piece. A first part is always
	// taken; nearly all of Slack's requests are smaller.
	partSize = 16 << 10
	// maxParts is how many parts beyond the first of each all bodies hold together: 4 MiB.
	maxParts = 256
	// lingering is how long what a refused request still sends is thrown away, so that its
	// sender reads the answer.
	lingering = 250 * time.Millisecond
)

// ServeHTTP takes everything that Slack sends over signed HTTP: commands,
// interactivity, events and the verification of the address. Mount it on
// POST /slack/events.
//
// Forged, unsigned and stale requests get 401 and one line in the log. What Slack signed
// gets 200: a request that was there before has no second effect, and one that cannot be
// read is logged and counted, for it would be no better the next time.
//
// Without a signature of this moment nothing of a body is read. Otherwise one has to
// arrive in three seconds, takes memory as it arrives, and what all of them take until
// they are verified is bounded: beyond that they get 503.
func (b *Bot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := b.verified(w, r)
	var bad *badRequest
	switch {
	case errors.As(err, &bad):
		refuse(w, bad.code, bad.words)
		return
	case err != nil:
		b.log.Warn("refused a request that Slack did not sign", "err", err, "from", r.RemoteAddr)
		refuse(w, http.StatusUnauthorized, "the request is not signed by Slack, or is older than five minutes")
		return
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		b.serveEvent(w, body)
		return
	}
	b.serveForm(w, r, body)
}

// refuse answers a request that is not Slack's and keeps the connection no longer.
func refuse(w http.ResponseWriter, code int, words string) {
	w.Header().Set("Connection", "close")
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(lingering)) // where there is a connection
	http.Error(w, words, code)
}

// A badRequest says why a body was not read.
type badRequest struct {
	code  int
	words string
}

func (e *badRequest) Error() string { return e.words }

// verified reads a body and checks Slack's signature over it, version v0, and that it is
// at most five minutes old.
func (c *core) verified(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	v, err := slack.NewSecretsVerifier(r.Header, c.o.SigningSecret)
	if err != nil {
		return nil, err
	}
	arriving := http.NewResponseController(w)
	arriving.SetReadDeadline(time.Now().Add(bodyWithin)) // where there is a connection
	parts, err := c.unverified.read(r)
	defer c.unverified.release(parts)
	if err != nil {
		return nil, err
	}
	arriving.SetReadDeadline(time.Time{})
	for _, p := range parts {
		v.Write(p) // writes to a hash, which never fails
	}
	if err := v.Ensure(); err != nil {
		return nil, err
	}
	return slices.Concat(parts...), nil
}

// An unverified is what requests hold that may not be Slack's. It is used again, so that
// many of them make no garbage.
type unverified struct {
	beyond *semaphore.Weighted // the parts after the first of each request
	free   sync.Pool           // of *[partSize]byte
}

func newUnverified() *unverified {
	return &unverified{beyond: semaphore.NewWeighted(maxParts), free: sync.Pool{New: func() any { return new([partSize]byte) }}}
}

// read reads a body into parts, as it arrives. The caller releases them, after an error too.
func (u *unverified) read(r *http.Request) (parts [][]byte, err error) {
	large := &badRequest{http.StatusRequestEntityTooLarge, "the request is larger than 1 MiB"}
	length := r.ContentLength // -1 is unknown
	if length > maxBody {
		return nil, large
	}
	for read := int64(0); read != length; {
		if len(parts) > 0 && !u.beyond.TryAcquire(1) {
			return parts, &badRequest{http.StatusServiceUnavailable, "too many large requests at once"}
		}
		part := u.free.Get().(*[partSize]byte)[:]
		n, err := io.ReadFull(r.Body, part)
		parts, read = append(parts, part[:n]), read+int64(n)
		switch ended := err == io.EOF || err == io.ErrUnexpectedEOF; {
		case read > maxBody:
			return parts, large
		case ended && (length < 0 || read == length):
			return parts, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return parts, &badRequest{http.StatusRequestTimeout, "the request took longer than three seconds to arrive"}
		case err != nil:
			return parts, &badRequest{http.StatusBadRequest, "the request could not be read"}
		}
	}
	return parts, nil
}

func (u *unverified) release(parts [][]byte) {
	for _, p := range parts {
		u.free.Put((*[partSize]byte)(p[:partSize]))
	}
	u.beyond.Release(int64(max(len(parts)-1, 0)))
}

func (b *Bot) serveForm(w http.ResponseWriter, r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	r.Form, r.PostForm = form, form // what the library's parser reads; the address has no say
	switch {
	case err == nil && form.Has("payload"):
		writeJSON(w, intake{b}.interaction([]byte(form.Get("payload"))))
	case err == nil && form.Get("command") != "":
		c, err := slack.SlashCommandParse(r)
		if err != nil {
			writeJSON(w, b.replies.unreadCommand(nil, err))
			return
		}
		writeJSON(w, b.command(c))
	case err == nil && form.Get("ssl_check") == "1": // Slack looks whether the address is alive
		w.WriteHeader(http.StatusOK)
	case form.Get("command") != "":
		writeJSON(w, b.replies.unreadCommand(nil, err))
	default:
		if err == nil {
			err = noKind
		}
		b.replies.unread(kindRequest, nil, err)
		w.WriteHeader(http.StatusOK)
	}
}

// writeJSON writes an acknowledgement; an empty one is only the status.
func writeJSON(w http.ResponseWriter, body []byte) {
	if len(body) == 0 {
		w.WriteHeader(http.StatusOK)
		return
	}
	// With the length known the answer goes out unchunked, in fewer writes.
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.Write(body)
}

var jsonType = []string{"application/json; charset=utf-8"}

func (b *Bot) serveEvent(w http.ResponseWriter, body []byte) {
	var verification struct {
		Type      string
		Challenge string
	}
	if json.Unmarshal(body, &verification) == nil && verification.Type == slackevents.URLVerification {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, verification.Challenge)
		return
	}
	intake{b}.event(body)
	w.WriteHeader(http.StatusOK)
}
