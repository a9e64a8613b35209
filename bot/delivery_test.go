package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

func TestWhatAnAnswerOfSlacksMeans(t *testing.T) {
	type is = struct {
		outcome visit.Outcome
		fault   visit.Fault
	}
	word := func(w string) error { return fmt.Errorf("post: %w", slack.SlackErrorResponse{Err: w}) }
	code := func(c int) error { return slack.StatusCodeError{Code: c} }
	for _, c := range []struct {
		name        string
		err         error
		post, look  is
		wordingWait bool // wording waits as for a fault of the connection
	}{
		{"the token", word("token_revoked"), is{visit.NotSent, "token_revoked"}, is{visit.Unknown, "token_revoked"}, true},
		{"the workspace moves", word("team_added_to_org"), is{visit.NotSent, "team_added_to_org"}, is{visit.Unknown, "team_added_to_org"}, true},
		{"a permission", word("missing_scope"), is{visit.NotSent, "missing_scope"}, is{visit.CannotLook, ""}, false},
		{"keys of the company", word("ekm_access_denied"), is{visit.NotSent, "ekm_access_denied"}, is{visit.CannotLook, ""}, false},
		{"the channel", word("is_archived"), is{visit.Refused, ""}, is{visit.CannotLook, ""}, false},
		{"the message", word("msg_too_long"), is{visit.Refused, ""}, is{visit.CannotLook, ""}, false},
		{"Slack stumbles", word("internal_error"), is{visit.Unknown, ""}, is{visit.Unknown, ""}, false},
		{"Slack is away", word("service_unavailable"), is{visit.Unknown, "service_unavailable"}, is{visit.Unknown, "service_unavailable"}, true},
		{"slow down", &slack.RateLimitedError{RetryAfter: time.Second}, is{visit.Limited, ""}, is{visit.Limited, ""}, false},
		{"a proxy", code(407), is{visit.NotSent, "http_407"}, is{visit.Unknown, "http_407"}, false},
		{"another proxy", code(403), is{visit.NotSent, "http_403"}, is{visit.Unknown, "http_403"}, false},
		{"the request is too large", code(413), is{visit.Refused, ""}, is{visit.CannotLook, ""}, false},
		{"a server", code(502), is{visit.Unknown, "http_502"}, is{visit.Unknown, "http_502"}, false},
		{"no way there", fmt.Errorf("dial: %w", errNotWritten), is{visit.NotSent, visit.Unreachable}, is{visit.Unknown, visit.Unreachable}, false},
		{"no token, as its key is not here", &noClient{fmt.Errorf("%w: %w", errors.New("the key"), word("key_missing"))}, is{visit.NotSent, "key_missing"}, is{visit.Unknown, "key_missing"}, true},
		{"our own deadline", fmt.Errorf("post: %w", errTooLate), is{visit.NotSent, ""}, is{visit.Unknown, ""}, false},
		{"cut off", io.ErrUnexpectedEOF, is{visit.Unknown, visit.NoAnswer}, is{visit.Unknown, visit.NoAnswer}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := delivery("", c.err); (is{d.Outcome, d.Fault}) != c.post {
				t.Errorf("posted it is %+v, want %+v", d, c.post)
			}
			if d := cannotLook(c.err); (is{d.Outcome, d.Fault}) != c.look {
				t.Errorf("looked for it is %+v, want %+v", d, c.look)
			}
			if d := notWorded(c.err); d.Outcome != visit.NotSent || (d.Fault != "") != c.wordingWait {
				t.Errorf("not worded it is %+v, want a fault: %v", d, c.wordingWait)
			}
			if d := notWorded(unchecked(c.err)); d.Outcome != visit.NotSent || d.Fault == "" && d.RetryAfter == 0 {
				t.Errorf("where readers could not be checked it is %+v, want that it waits", d)
			}
		})
	}
	// Whoever waited for somebody else's question has not asked Slack, unlike who asked it.
	if d := notWorded(unchecked(context.DeadlineExceeded)); d.Fault != "" || d.RetryAfter == 0 {
		t.Errorf("waited for in vain it is %+v, want no fault", d)
	}
	if d := notWorded(unchecked(&url.Error{Op: "Post", URL: "https://slack.com/", Err: context.DeadlineExceeded})); d.Fault != visit.NoAnswer {
		t.Errorf("asked in vain it is %+v, want no answer", d)
	}
	// What net/http makes of an error of the transport's once the client's own time is up.
	late := &url.Error{Op: "Post", URL: "https://slack.com/", Err: words(errTooLate.Error() + " (Client.Timeout exceeded while awaiting headers)")}
	if d := delivery("", late); d.Outcome != visit.NotSent || d.Fault != "" {
		t.Errorf("held back until the client's time was up it is %+v", d)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := holdBack(ended, 0); !errors.Is(err, errTooLate) {
		t.Errorf("held back for too long it is %v", err)
	}
	if d := notWorded(errors.New("the database is busy")); d.Fault != "" {
		t.Errorf("an error of the database is %+v", d)
	}
}

// words are an error of which nothing else is left, and that a time was up.
type words string

func (w words) Error() string { return string(w) }
func (words) Timeout() bool   { return true }

// A request that cannot have been written is told from one that may have arrived, on a real
// connection: by name, by certificate and by proxy.
func TestWhatWasNotWrittenIsKnown(t *testing.T) {
	quiet := func(s *httptest.Server) *httptest.Server {
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		t.Cleanup(s.Close)
		return s
	}
	untrusted := quiet(httptest.NewTLSServer(http.NotFoundHandler()))
	proxy := func(code int) http.RoundTripper {
		p := quiet(httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })))
		u, err := url.Parse(p.URL)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Transport{Proxy: http.ProxyURL(u)}
	}
	cut := quiet(httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	})))
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing: no handshake ends
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { deaf.Close() })
	for _, c := range []struct {
		name, url string
		next      http.RoundTripper
		outcome   visit.Outcome
		fault     visit.Fault
	}{
		{"nobody listens", "http://127.0.0.1:1/", http.DefaultTransport, visit.NotSent, visit.Unreachable},
		{"the certificate is not trusted", untrusted.URL + "/", http.DefaultTransport, visit.NotSent, visit.Unreachable},
		{"the handshake hangs", "https://" + deaf.Addr().String() + "/", http.DefaultTransport, visit.NotSent, visit.Unreachable},
		{"a proxy says 407", "https://slack.invalid/", proxy(407), visit.NotSent, "http_407"},
		{"a proxy says 403", "https://slack.invalid/", proxy(403), visit.NotSent, "http_403"},
		{"a proxy says 502", "https://slack.invalid/", proxy(502), visit.NotSent, visit.Unreachable},
		{"a proxy of plain HTTP says 407", "http://slack.invalid/", proxy(407), visit.NotSent, "http_407"},
		{"it is cut off once the request was read", cut.URL + "/", http.DefaultTransport, visit.Unknown, visit.NoAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := &http.Client{Transport: DeadlineTransport(c.next)}
			api := slack.New("xoxb-test", slack.OptionAPIURL(c.url), slack.OptionHTTPClient(client))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, _, err := api.PostMessageContext(ctx, "C1", slack.MsgOptionText("hello", false))
			if d := delivery("", err); d.Outcome != c.outcome || d.Fault != c.fault {
				t.Errorf("%v is %+v, want %s and %s", err, d, c.outcome, c.fault)
			}
		})
	}
}

// TestAnAnswerThatSaysNothingIsNone: "{}" refuses nothing and comes from something in between.
// Nothing was surely sent or surely not there, nobody is a stranger, and no channel is open to all.
func TestAnAnswerThatSaysNothingIsNone(t *testing.T) {
	t.Parallel()
	b, _ := botAlone(t, testBase(t))
	ctx, now := t.Context(), time.Date(2027, 3, 14, 9, 0, 0, 0, time.UTC)
	b.o.Now = func() time.Time { return now }
	w := visit.Work{Workspace: "T1", Factory: visit.Factory{Name: "Acme"}, Place: visit.Place{Channel: "C1", Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"}, Owner: "U1"}
	i := must(b.o.Store.AddInspection(ctx, visit.Inspection{Work: w, Type: "pre_shipment", Due: civil.On(2027, time.March, 15)}, now))
	i = must(b.o.Store.ChangeInspection(ctx, "T1", i.Number, now, func(i *visit.Inspection) error { i.Card = "1.0"; return nil }))
	o := visit.Occurrence{Workspace: "T1", Key: "k", Kind: visit.Remind, Subject: i.Subject(), Milestone: -1, To: "C1", Day: i.Due, Due: now, Zone: "Europe/Berlin", Posted: now}
	directly := o
	directly.Kind, directly.To = visit.Notice, "U1"
	good := answersOf{
		"users.info":            `{"ok":true,"user":{"id":"U1","team_id":"T1","tz":"Europe/Berlin"}}`,
		"users.list":            `{"ok":true,"members":[{"id":"U1","team_id":"T1","tz":"Europe/Berlin"}]}`,
		"conversations.info":    `{"ok":true,"channel":{"id":"C1","name":"sourcing","is_channel":true,"is_member":true}}`,
		"conversations.members": `{"ok":true,"members":["U1"]}`,
		"conversations.history": `{"ok":true,"messages":[]}`,
		"conversations.open":    `{"ok":true,"channel":{"id":"D1"}}`,
		"chat.postMessage":      `{"ok":true,"channel":"C1","ts":"1.1"}`,
	}
	var answers answersNow
	b.o.Slack = &Clients{one: slack.New("xoxb-test", slack.OptionAPIURL("http://slack.test/api/"), slack.OptionHTTPClient(&answers))}
	answering := func(method, answer string) {
		a := maps.Clone(good)
		if method != "" {
			a[method] = answer
		}
		answers.Store(&a)
		b.directory.forget("")
	}
	answering("", "")
	if d := b.reminders.Post(ctx, o); d.Outcome != visit.Delivered || d.TS != "1.1" {
		t.Fatalf("Slack's own answer is %+v", d)
	}
	if d := b.reminders.Find(ctx, directly); d.Outcome != visit.NotFound {
		t.Fatalf("an empty history is %+v", d)
	}
	for _, nothing := range []string{`{}`, `null`, `{"ok":false}`} {
		answering("chat.postMessage", nothing)
		if d := b.reminders.Post(ctx, o); d.Outcome != visit.Unknown || d.Fault != visit.NoAnswer {
			t.Errorf("a post answered %s is %+v", nothing, d)
		}
		for _, method := range []string{"conversations.history", "conversations.open"} {
			answering(method, nothing)
			if d := b.reminders.Find(ctx, directly); d.Outcome != visit.Unknown {
				t.Errorf("%s answered %s is %+v", method, nothing, d)
			}
		}
		answering("conversations.info", nothing)
		if to, err := b.directory.readers(ctx, "T1", "C1"); to != everyone || err != nil {
			t.Errorf("who reads the channel that is %s is %v, %v", nothing, to, err)
		}
		answering("users.info", nothing)
		if r, err := b.directory.relation(ctx, "T1", "U1"); !errors.Is(err, errUnchecked) {
			t.Errorf("who is %s is %v, %v", nothing, r, err)
		}
	}
}
