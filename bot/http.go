package bot

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// maxBody is the largest request that is read: many times what Slack sends.
const maxBody = 1 << 20

// ServeHTTP takes everything that Slack sends over signed HTTP: commands,
// interactivity, events and the verification of the address. Mount it on
// POST /slack/events.
//
// Forged, unsigned and stale requests get 401 and one line in the log; what
// cannot be read gets 4xx; a request that was there before gets 200 and has no
// second effect.
func (b *Bot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			http.Error(w, "the request is larger than 1 MiB", http.StatusRequestEntityTooLarge)
			return
		}
		http.Error(w, "the request could not be read", http.StatusBadRequest)
		return
	}
	if err := verify(r.Header, b.o.SigningSecret, body); err != nil {
		b.log.Warn("refused a request that Slack did not sign", "err", err, "from", r.RemoteAddr)
		http.Error(w, "the request is not signed by Slack, or is older than five minutes", http.StatusUnauthorized)
		return
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		b.serveEvent(w, body)
		return
	}
	b.serveForm(w, r, body)
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limited := http.MaxBytesReader(w, r.Body, maxBody)
	if n := r.ContentLength; n > 0 && n <= maxBody {
		body := make([]byte, n)
		_, err := io.ReadFull(limited, body)
		return body, err
	}
	return io.ReadAll(limited)
}

// verify checks Slack's signature, version v0, over the raw body, and that it is
// at most five minutes old.
func verify(h http.Header, secret string, body []byte) error {
	v, err := slack.NewSecretsVerifier(h, secret)
	if err != nil {
		return err
	}
	v.Write(body) // writes to a hash, which never fails
	return v.Ensure()
}

func (b *Bot) serveForm(w http.ResponseWriter, r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, "the form could not be read", http.StatusBadRequest)
		return
	}
	r.Form, r.PostForm = form, form // what the library's parsers read; the address has no say
	switch {
	case r.PostForm.Has("payload"):
		i, err := slack.InteractionCallbackParse(r)
		if err != nil {
			http.Error(w, "the payload could not be read", http.StatusBadRequest)
			return
		}
		writeJSON(w, b.interaction(i))
	case r.PostForm.Get("command") != "":
		c, err := slack.SlashCommandParse(r)
		if err != nil {
			http.Error(w, "the command could not be read", http.StatusBadRequest)
			return
		}
		writeJSON(w, b.command(c))
	case r.PostForm.Get("ssl_check") == "1": // Slack looks whether the address is alive
		w.WriteHeader(http.StatusOK)
	default:
		http.Error(w, "neither a command nor a payload", http.StatusBadRequest)
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
	var kind struct {
		Type      string
		Challenge string
	}
	if err := json.Unmarshal(body, &kind); err != nil {
		http.Error(w, "the event could not be read", http.StatusBadRequest)
		return
	}
	if kind.Type == slackevents.URLVerification {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, kind.Challenge)
		return
	}
	e, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
	if err != nil {
		// A kind of event that the library does not know: acknowledged, so that
		// Slack does not send it again.
		b.log.Debug("left an event alone", "err", err)
		w.WriteHeader(http.StatusOK)
		return
	}
	b.event(e)
	w.WriteHeader(http.StatusOK)
}
