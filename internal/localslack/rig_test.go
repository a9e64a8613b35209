package localslack

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/slack-go/slack"
)

// The cast of Sample.
const (
	miaID, jonasID, liweiID = SampleMia, SampleJonas, SampleLiWei
	sourcingID, generalID   = SampleSourcing, SampleGeneral
	shenzhenID, acmeID      = SampleShenzhen, SampleShared
	miaDM                   = "D0MIACHEN01"
)

// A rig is a workspace with a bot that keeps what it is sent.
type rig struct {
	*Workspace
	t   *testing.T
	api *slack.Client

	mu     sync.Mutex
	got    []arrival
	answer func(rw http.ResponseWriter, a arrival) // nil for 200
}

// An arrival is one request as the bot got it.
type arrival struct {
	header http.Header
	body   []byte
}

// request is the arrival as slack-go's parsers want it.
func (a arrival) request() *http.Request {
	r, _ := http.NewRequest(http.MethodPost, "/", bytes.NewReader(a.body))
	r.Header = a.header
	return r
}

// payload is the JSON that came, or the form of a command.
func (a arrival) payload(t *testing.T) map[string]any {
	t.Helper()
	raw := a.body
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(a.body))
		if err != nil {
			t.Fatal(err)
		}
		if form.Get("payload") == "" {
			m := map[string]any{}
			for k := range form {
				m[k] = form.Get(k)
			}
			return m
		}
		raw = []byte(form.Get("payload"))
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return m
}

func newRig(t *testing.T, change ...func(*Options)) *rig {
	t.Helper()
	r := &rig{t: t}
	o := Sample()
	o.Deliver = r
	for _, c := range change {
		c(&o)
	}
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	r.Workspace = w
	r.api = slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL("http://slack.invalid")), slack.OptionHTTPClient(w.HTTPClient()), slack.OptionAppLevelToken(w.AppToken()))
	return r
}

func (r *rig) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	a := arrival{req.Header.Clone(), body}
	r.mu.Lock()
	r.got = append(r.got, a)
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(rw, a)
	}
}

func (r *rig) answers(f func(rw http.ResponseWriter, a arrival)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// arrivals are all requests so far.
func (r *rig) arrivals() []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *rig) last() arrival {
	r.t.Helper()
	all := r.arrivals()
	if len(all) == 0 {
		r.t.Fatalf("nothing was delivered; refused: %+v", r.Refusals())
	}
	return all[len(all)-1]
}

// call is a raw call with JSON, for what slack-go would not send.
func (r *rig) call(method string, args map[string]any) map[string]any {
	r.t.Helper()
	body, err := json.Marshal(args)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.send(method, "application/json; charset=utf-8", "Bearer "+r.BotToken(), string(body))
}

func (r *rig) send(method, contentType, auth, body string) map[string]any {
	r.t.Helper()
	req, _ := http.NewRequest(http.MethodPost, r.APIURL("http://slack.invalid")+method, strings.NewReader(body))
	req.Header.Set("Content-Type", contentType)
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	resp, err := r.HTTPClient().Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		r.t.Fatal(err)
	}
	return answer
}

// respond posts to a response_url.
func (r *rig) respond(url string, message map[string]any) (status int, body string) {
	r.t.Helper()
	resp, err := r.HTTPClient().Post(url, "application/json", bytes.NewReader(encode(message)))
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

// refused says whether a refusal with this code was recorded, and gives its
// reason.
func (r *rig) refused(code string) (reason string, ok bool) {
	for _, f := range r.Refusals() {
		if f.Error == code {
			return f.Reason, true
		}
	}
	return "", false
}

// texts are what the viewer reads in a channel.
func (r *rig) texts(viewer, channel string) []string {
	var list []string
	for _, m := range r.Messages(viewer, channel) {
		list = append(list, m.Text)
	}
	return list
}

// files are the test data of one folder, by name without ending.
func files(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/slackdocs/" + folder + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, n := range names {
		all[strings.TrimSuffix(filepath.Base(n), ".json")] = readFile(t, n)
	}
	return all
}

// oneButton is a message with a button.
func oneButton(value string) slack.MsgOption {
	return slack.MsgOptionBlocks(slack.NewActionBlock("block",
		slack.NewButtonBlockElement("go", value, slack.NewTextBlockObject(slack.PlainTextType, "Go", false, false))))
}

// form is the JSON of an interaction as it came.
func (a arrival) form(t *testing.T) string {
	t.Helper()
	form, err := url.ParseQuery(string(a.body))
	if err != nil {
		t.Fatal(err)
	}
	return form.Get("payload")
}
