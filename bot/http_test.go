package bot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/guide"
	"visitprep/knowledge"
)

// Slack's worked example: docs.slack.dev, authentication/verifying-requests-from-slack.
const (
	exampleTime      = "1531420618"
	exampleSignature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
	exampleBody      = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)

func TestSlacksOwnExampleOfASignature(t *testing.T) {
	t.Parallel()
	header := http.Header{}
	header.Set("X-Slack-Request-Timestamp", exampleTime)
	header.Set("X-Slack-Signature", exampleSignature)
	sent := time.Unix(1531420618, 0)
	for _, c := range []struct {
		name string
		at   time.Time
		body string
		ok   bool
	}{
		{"on time it is taken", sent, exampleBody, true},
		{"just under five minutes late it is taken", sent.Add(4*time.Minute + 59*time.Second), exampleBody, true},
		{"over five minutes late it is stale", sent.Add(5*time.Minute + 2*time.Second), exampleBody, false},
		{"over five minutes early it is refused", sent.Add(-5*time.Minute - 2*time.Second), exampleBody, false},
		{"with one byte changed it is forged", sent, exampleBody + "0", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(c.at)) // the bubble's clock, not ours
				bot := &core{o: Options{SigningSecret: testSecret}, unverified: newUnverified()}
				r := httptest.NewRequest(http.MethodPost, "/slack/events", strings.NewReader(c.body))
				r.Header = header
				if _, err := bot.verified(httptest.NewRecorder(), r); (err == nil) != c.ok {
					t.Errorf("verified: %v, want taken: %v", err, c.ok)
				}
			})
		})
	}
}

// signed gives the headers with which Slack would send body.
func signed(body string, at time.Time, contentType string) map[string]string {
	ts := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(testSecret))
	fmt.Fprintf(mac, "v0:%s:%s", ts, body)
	return map[string]string{
		"Content-Type":              contentType,
		"X-Slack-Request-Timestamp": ts,
		"X-Slack-Signature":         "v0=" + hex.EncodeToString(mac.Sum(nil)),
	}
}

const (
	formType  = "application/x-www-form-urlencoded"
	eventType = "application/json"
)

func slashForm(words, trigger string) string {
	return url.Values{"command": {"/visit-prep"}, "text": {words}, "team_id": {"T1"}, "channel_id": {"C1"}, "user_id": {"U1"}, "trigger_id": {trigger}}.Encode()
}

// What Slack signed is acknowledged, whatever it is: it would be no better a second time.
func TestRequestsThatAreNotSlacksOrCannotBeRead(t *testing.T) {
	t.Parallel()
	now := time.Now()
	good := signed(slashForm("quality", "1"), now, formType)
	without := func(drop string) map[string]string {
		h := map[string]string{}
		for k, v := range good {
			if k != drop {
				h[k] = v
			}
		}
		return h
	}
	for _, c := range []struct {
		name   string
		body   string
		header map[string]string
		status int
		logged int
	}{
		{"unsigned", slashForm("quality", "1"), map[string]string{"Content-Type": formType}, 401, 1},
		{"without a timestamp", slashForm("quality", "1"), without("X-Slack-Request-Timestamp"), 401, 1},
		{"without a signature", slashForm("quality", "1"), without("X-Slack-Signature"), 401, 1},
		{"forged", slashForm("price", "1"), good, 401, 1},
		{"stale", slashForm("quality", "1"), signed(slashForm("quality", "1"), now.Add(-6*time.Minute), formType), 401, 1},
		{"too large", strings.Repeat("x", maxBody+1), good, 413, 0},
		{"a broken form", "text=%zz", signed("text=%zz", now, formType), 200, 1},
		{"an empty form", "", signed("", now, formType), 200, 1},
		{"a broken payload", "payload=%7B", signed("payload=%7B", now, formType), 200, 1},
		{"broken JSON", "{", signed("{", now, eventType), 200, 1},
		{"JSON that is no object", "[]", signed("[]", now, eventType), 200, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, log := botAlone(t, testBase(t))
			w := post(b, c.body, c.header)
			if w.Code != c.status {
				t.Errorf("status %d, want %d", w.Code, c.status)
			}
			if strings.Contains(w.Body.String(), "blocks") {
				t.Errorf("it was answered: %s", w.Body)
			}
			if n := strings.Count(log.String(), "\n"); n != c.logged {
				t.Errorf("%d lines in the log, want %d:\n%s", n, c.logged, log)
			}
			if strings.Contains(log.String(), testSecret) {
				t.Error("the log holds the secret")
			}
		})
	}
	t.Run("a bot without a signing secret takes nothing over HTTP", func(t *testing.T) {
		b, _ := botAlone(t, testBase(t))
		b.o.SigningSecret = ""
		if w := post(b, slashForm("quality", "1"), good); w.Code != 401 {
			t.Errorf("status %d, want 401", w.Code)
		}
	})
}

func TestTheSameRequestAgain(t *testing.T) {
	t.Parallel()
	b, _ := botAlone(t, testBase(t))
	body := slashForm("quality", "13345224609.1")
	header := signed(body, time.Now(), formType)
	first, second := post(b, body, header), post(b, body, header)
	if first.Code != 200 || !strings.Contains(first.Body.String(), "A closed door is a warning") {
		t.Errorf("first: %d %s", first.Code, first.Body)
	}
	if second.Code != 200 || second.Body.Len() != 0 {
		t.Errorf("second: %d %q, want 200 and no second answer", second.Code, second.Body)
	}
}

func TestTheSameClickAgain(t *testing.T) {
	t.Parallel()
	b, _ := botAlone(t, testBase(t))
	r := recorded{make(chan string, 2)}
	b.o.HTTP = r
	click := slack.InteractionCallback{
		Type: slack.InteractionTypeBlockActions, TriggerID: "13345224609.2", Team: slack.Team{ID: "T1"}, User: slack.User{ID: "U1", TeamID: "T1"}, ResponseURL: "http://slack.test/answer",
		ActionCallback: slack.ActionCallbacks{BlockActions: []*slack.BlockAction{{ActionID: string(guide.ActHelpful), Value: "advice/a"}}},
	}
	b.interaction(click)
	b.interaction(click)
	b.Wait()
	if n := len(r.sent); n != 1 {
		t.Errorf("answered %d times, want once", n)
	}
}

func TestEventsDeliveredAgainAreAnsweredOnce(t *testing.T) {
	t.Parallel()
	onBothTransports(t, func(t *testing.T, s *stage) {
		if _, err := s.Say(mia, sourcing, "", "@visitprep is a clock a good gift?"); err != nil {
			t.Fatal(err)
		}
		s.untilSays(jonas, sourcing, "Do not bring a clock as a gift")
		for range 3 {
			if err := s.Redeliver(); err != nil {
				t.Fatal(err)
			}
		}
		s.bot.Wait()
		if n := s.count(jonas, sourcing, "Do not bring a clock as a gift"); n != 1 {
			t.Errorf("answered %d times, want once", n)
		}
	})
}

func TestAddressVerification(t *testing.T) {
	t.Parallel()
	b, _ := botAlone(t, testBase(t))
	body := `{"token":"x","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}`
	w := post(b, body, signed(body, time.Now(), eventType))
	if w.Code != 200 || w.Body.String() != "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P" {
		t.Errorf("%d %q, want the challenge", w.Code, w.Body)
	}
}

func TestUnknownEventsAreAcknowledged(t *testing.T) {
	t.Parallel()
	b, _ := botAlone(t, testBase(t))
	body := `{"type":"event_callback","team_id":"T1","event_id":"Ev1","event":{"type":"something_new"}}`
	if w := post(b, body, signed(body, time.Now(), eventType)); w.Code != 200 {
		t.Errorf("status %d, want 200, so that Slack does not send it again", w.Code)
	}
}

func TestQuestionsOfAnyShape(t *testing.T) {
	t.Parallel()
	b, log := botAlone(t, testBase(t))
	for name, words := range map[string]string{
		"10,000 characters":      strings.Repeat("what gift should I not bring ", 345),
		"10,000 without a space": strings.Repeat("x", 10_000),
		"emoji only":             "🎁🎁🎁",
		"emoji codes":            ":gift: :tada:",
		"right to left":          "ما هي الهدية المناسبة؟",
		"Chinese":                "送什么礼物好？",
		"control characters":     "gift\x00\x07\u202egift",
		"broken UTF-8":           "gift \xff\xfe",
		"Slack's references":     "<@U123|robin> gave <#C1|general> a <https://example.com|clock> &amp; more",
		"markup":                 "*<!channel>* `@here` #general",
		"a NUL":                  "\x00",
		"a command word of ours": "status now please",
	} {
		t.Run(name, func(t *testing.T) {
			body := slashForm(words, name)
			w := post(b, body, signed(body, time.Now(), formType))
			if w.Code != 200 {
				t.Fatalf("status %d", w.Code)
			}
			m := decodes(t, w.Body.Bytes())
			if len(m.Blocks.BlockSet) == 0 || m.Text == "" {
				t.Errorf("no useful answer: %s", w.Body)
			}
			if s := w.Body.String(); strings.Contains(s, "<!channel>") || strings.Contains(s, `\u003c!channel`) {
				t.Error("a broad mention would fire")
			}
		})
	}
	if s := log.String(); s != "" {
		t.Errorf("something went wrong:\n%s", s)
	}
}

// decodes reads a message with slack-go's own types and checks that nothing is lost.
func decodes(t *testing.T, body []byte) slack.Msg {
	t.Helper()
	var m slack.Msg
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatalf("slack-go cannot read it: %v\n%s", err, body)
	}
	for _, b := range m.Blocks.BlockSet {
		if u, ok := b.(*slack.UnknownBlock); ok {
			t.Errorf("slack-go does not know the block %q", u.BlockType())
		}
	}
	return m
}

func TestAPanicIsAnsweredPolitelyAndLogged(t *testing.T) {
	t.Parallel()
	b, log := botAlone(t, testBase(t))
	b.guide.Store(nil) // every handler panics now
	body := slashForm("quality", "1")
	w := post(b, body, signed(body, time.Now(), formType))
	m := decodes(t, w.Body.Bytes())
	_, after, ok := strings.Cut(m.Text, "the reference ")
	if w.Code != 200 || !ok {
		t.Fatalf("%d %s, want a calm sentence with a reference", w.Code, w.Body)
	}
	ref := strings.TrimSuffix(after, ".")
	if l := log.String(); !strings.Contains(l, "reference="+ref) || !strings.Contains(l, "bot.(*Bot).command") {
		t.Errorf("the log has neither the reference %s nor the place:\n%s", ref, l)
	}
	b.guide.Store(must(declared().newGuide(testBase(t))))
	body = slashForm("quality", "2")
	if w := post(b, body, signed(body, time.Now(), formType)); !strings.Contains(w.Body.String(), "A closed door") {
		t.Error("it does not answer after the panic")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestASlowAnswerIsAcknowledgedInTimeAndFollows(t *testing.T) {
	t.Parallel()
	answered := make(chan string, 1)
	responses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m slack.Msg
		json.NewDecoder(r.Body).Decode(&m)
		answered <- m.Text
	}))
	defer responses.Close()
	b, _ := botAlone(t, testBase(t))
	b.o.APIURL, b.ackWithin = responses.URL, 20*time.Millisecond
	release := sync.OnceFunc(b.locks.lock("tip/T1/C1")) // /etiquette needs it to choose a tip
	defer release()
	body := url.Values{"command": {"/etiquette"}, "team_id": {"T1"}, "channel_id": {"C1"}, "response_url": {responses.URL}, "trigger_id": {"1"}}.Encode()
	w := post(b, body, signed(body, time.Now(), formType))
	if w.Code != 200 || w.Body.Len() != 0 {
		t.Fatalf("%d %q, want an empty acknowledgement", w.Code, w.Body)
	}
	release()
	select {
	case text := <-answered:
		if text == "" {
			t.Error("the answer that follows is empty")
		}
	case <-time.After(slower * 10 * time.Second):
		t.Error("the answer never followed")
	}
}

func TestSlackOutOfReachDoesNotKeepCommandsFromAnswering(t *testing.T) {
	t.Parallel()
	b, _ := botAlone(t, must(knowledge.Embedded()))
	body := slashForm("quality-checks", "1")
	w := post(b, body, signed(body, time.Now(), formType))
	m := decodes(t, w.Body.Bytes())
	if n := len(m.Blocks.BlockSet); n < 6 || w.Body.Len() < 3500 {
		t.Errorf("%d blocks and %d bytes, want the whole answer", n, w.Body.Len())
	}
}

func TestDedupForgetsOldKeysAndBoundsItsMemory(t *testing.T) {
	t.Parallel()
	o := newDedup(time.Minute)
	t0 := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	steps := []struct {
		name  string
		key   string
		after time.Duration
		seen  bool
	}{
		{"a new key was not seen", "a", 0, false},
		{"at once again it was", "a", 0, true},
		{"and within the time", "a", time.Minute, true},
		{"another key was not", "b", time.Minute, false},
		{"long after, the first key is new again", "a", 10 * time.Minute, false},
	}
	for _, s := range steps {
		if got := o.seen(s.key, t0.Add(s.after)); got != s.seen {
			t.Errorf("%s: seen = %v", s.name, got)
		}
	}
	for i := range 3 * maxDedup {
		o.seen(strconv.Itoa(i), t0.Add(time.Hour))
	}
	if n := len(o.now) + len(o.old); n > 2*maxDedup {
		t.Errorf("%d keys kept, want at most %d", n, 2*maxDedup)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add(slashForm("quality", "1"), formType)
	f.Add(exampleBody, formType)
	f.Add(`payload=`+url.QueryEscape(`{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"container":{"type":"message","channel_id":"C1"},"actions":[{"action_id":"show","value":"menu"}]}`), formType)
	f.Add(`{"type":"event_callback","event_id":"Ev1","team_id":"T1","event":{"type":"app_mention","user":"U1","text":"<@U0> hi","ts":"1.1","channel":"C1"}}`, eventType)
	f.Add(`{"type":"url_verification","challenge":"x"}`, eventType)
	base, err := knowledge.Load(os.DirFS("testdata/knowledge"))
	if err != nil {
		f.Fatal(err)
	}
	b, log := botAlone(f, base)
	b.o.HTTP = nowhere{}
	b.o.Slack = &Clients{one: refusing()}
	f.Fuzz(func(t *testing.T, body, contentType string) {
		w := post(b, body, signed(body, time.Now(), contentType))
		if w.Code != 200 && len(body) <= maxBody {
			t.Errorf("status %d for what Slack signed", w.Code)
		}
		if w.Code == 200 && w.Body.Len() > 0 && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
			decodes(t, w.Body.Bytes())
		}
		b.Wait()
		if strings.Contains(log.String(), "panic") {
			t.Fatalf("a handler panicked:\n%s", log)
		}
		log.reset()
	})
}

// nowhere is a network on which nothing answers.
type nowhere struct{}

func (nowhere) Do(*http.Request) (*http.Response, error) { return nil, fmt.Errorf("no network here") }

func TestACommandOfWhichPartIsBrokenIsAnswered(t *testing.T) {
	t.Parallel()
	b, log := botAlone(t, testBase(t))
	body := "command=%2Fvisit-prep&text=%zz"
	w := post(b, body, signed(body, time.Now(), formType))
	if m := decodes(t, w.Body.Bytes()); w.Code != 200 || !strings.Contains(m.Text, "Please try again") || !strings.Contains(log.String(), "kind=command") {
		t.Errorf("%d %s\n%s", w.Code, w.Body, log)
	}
}
