package bot

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"

	"visitprep/internal/localslack"
)

// What these tests hold: what cannot be read is acknowledged, logged with its kind and
// counted, over both transports, and it loses nothing that can be read.

// A wire is a bot whose Slack is only what a test sends to it, over one transport.
type wire struct {
	bot    *Bot
	log    *lockedBuffer
	counts *tally
	said   recorded // what the bot answers at response URLs
	calls  chan call
	// send sends what kind of envelope with what payload, and gives the answer in the
	// acknowledgement; the test ends where there is none.
	send func(kind, payload string) (answer string)
	// asked, if set, is told of each method before it is answered.
	asked func(method string)
}

// A call is one of the bot's to the Web API.
type call struct {
	method string
	form   url.Values
}

// onWires runs a test over signed HTTP and over Socket Mode.
func onWires(t *testing.T, f func(t *testing.T, w *wire)) {
	t.Helper()
	t.Run("over signed HTTP", func(t *testing.T) {
		w := newWire(t, "")
		w.send = func(kind, payload string) string {
			body, of := payload, eventType
			switch kind {
			case "interactive":
				body, of = url.Values{"payload": {payload}}.Encode(), formType
			case "slash_commands":
				var fields map[string]any
				if err := json.Unmarshal([]byte(payload), &fields); err != nil {
					t.Skip("over HTTP a command is a form")
				}
				form := url.Values{}
				for k, v := range fields {
					form.Set(k, fmt.Sprint(v))
				}
				body, of = form.Encode(), formType
			}
			r := post(w.bot, body, signed(body, time.Now(), of))
			if r.Code != http.StatusOK {
				t.Fatalf("it is answered %d %s, not acknowledged", r.Code, r.Body)
			}
			w.bot.Wait()
			return r.Body.String()
		}
		f(t, w)
	})
	t.Run("over Socket Mode", func(t *testing.T) {
		s := newBareSocket(t)
		w := newWire(t, s.URL)
		w.send = func(kind, payload string) string {
			answer, ok := s.exchange(t, fmt.Sprintf(`{"envelope_id":"E%d","type":%q,"payload":%s}`, s.next(), kind, payload))
			if !ok {
				t.Fatal("it is not acknowledged")
			}
			// An event is acknowledged before it is taken; what comes next is taken after it.
			if _, ok := s.exchange(t, fmt.Sprintf(`{"envelope_id":"E%d","type":"slash_commands","payload":{"command":"/etiquette","text":"help"}}`, s.next())); !ok {
				t.Fatal("the next command is not answered")
			}
			w.bot.Wait()
			return answer
		}
		onSocket(t, w.bot)
		<-s.connected
		f(t, w)
	})
}

func newWire(t *testing.T, socket string) *wire {
	t.Helper()
	w := &wire{counts: new(tally), said: recorded{make(chan string, 20)}, calls: make(chan call, 50)}
	w.bot, w.log = botAlone(t, testBase(t))
	web := func(r *http.Request) (*http.Response, error) {
		if socket != "" && strings.HasSuffix(r.URL.Path, "/apps.connections.open") {
			return answerJSON(`{"ok":true,"url":"ws` + strings.TrimPrefix(socket, "http") + `"}`), nil
		}
		r.ParseForm()
		if w.asked != nil {
			w.asked(path.Base(r.URL.Path))
		}
		switch method := path.Base(r.URL.Path); method {
		case "users.info":
			return answerJSON(`{"ok":true,"user":` + wirePeople[r.PostForm.Get("user")] + `}`), nil
		case "users.list":
			return answerJSON(`{"ok":true,"members":[` + wirePeople["U0"] + `,` + wirePeople["U1"] + `]}`), nil
		case "conversations.info":
			return answerJSON(`{"ok":true,"channel":{"id":"C1","name":"c","is_member":true}}`), nil
		case "conversations.members":
			return answerJSON(`{"ok":true,"members":["U1","U0"]}`), nil
		default:
			w.calls <- call{method, r.PostForm}
			return answerJSON(`{"ok":true,"ts":"1.1","channel":"C1","view":{"id":"V1"},"user_id":"U0","team_id":"T1"}`), nil
		}
	}
	w.bot.o.Slack = &Clients{one: slack.New("xoxb-test", slack.OptionAppLevelToken("xapp-test"), slack.OptionHTTPClient(doer(web)))}
	w.bot.o.HTTP, w.bot.o.Undecodable = w.said, w.counts.add
	return w
}

// wirePeople are the bot, a colleague and somebody of another company.
var wirePeople = map[string]string{
	"U0": `{"id":"U0","team_id":"T1","is_bot":true}`,
	"U1": `{"id":"U1","team_id":"T1","name":"a","tz":"Europe/Berlin"}`,
	"U9": `{"id":"U9","team_id":"T9","name":"b","tz":"Asia/Shanghai","is_stranger":true}`,
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

func answerJSON(body string) *http.Response {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	w.WriteString(body)
	return w.Result()
}

// did are the calls of a method since it was asked for.
func (w *wire) did(method string) (forms []url.Values) {
	w.bot.Wait()
	for range len(w.calls) {
		c := <-w.calls
		if c.method == method {
			forms = append(forms, c.form)
		} else {
			w.calls <- c
		}
	}
	return forms
}

// unread checks that the log and the count tell of one payload of a kind, and that
// nothing of it stands in the log.
func (w *wire) unread(t *testing.T, kind, typ string, secrets ...string) {
	t.Helper()
	if n := w.counts.of(kind); n != 1 {
		t.Errorf("counted %d of the kind %s, want 1: %v", n, kind, w.counts.n)
	}
	log := w.log.String()
	if strings.Count(log, "could not read") != 1 || !strings.Contains(log, "kind="+kind) || !strings.Contains(log, "type="+typ) {
		t.Errorf("the log does not tell of one %s of the type %s:\n%s", kind, typ, log)
	}
	for _, s := range secrets {
		if strings.Contains(log, s) {
			t.Errorf("%q stands in the log:\n%s", s, log)
		}
	}
}

// A bareSocket is a server of Socket Mode that sends what a test says, as it is.
type bareSocket struct {
	*httptest.Server
	connected chan struct{}
	out, in   chan string
	n         int
}

func newBareSocket(t *testing.T) *bareSocket {
	t.Helper()
	s := &bareSocket{connected: make(chan struct{}, 10), out: make(chan string, 10), in: make(chan string, 10)}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		c.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello","num_connections":1}`))
		s.connected <- struct{}{}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for {
				_, frame, err := c.ReadMessage()
				if err != nil {
					return
				}
				s.in <- string(frame)
			}
		}()
		for {
			select {
			case f := <-s.out:
				c.WriteMessage(websocket.TextMessage, []byte(f))
			case <-ended:
				return
			}
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *bareSocket) next() int { s.n++; return s.n }

// exchange sends a frame and waits for its acknowledgement.
func (s *bareSocket) exchange(t *testing.T, frame string) (answer string, ok bool) {
	t.Helper()
	s.out <- frame
	select {
	case f := <-s.in:
		var ack struct {
			EnvelopeID string `json:"envelope_id"`
			Payload    json.RawMessage
		}
		if err := json.Unmarshal([]byte(f), &ack); err != nil || !strings.Contains(frame, `"envelope_id":"`+ack.EnvelopeID+`"`) {
			t.Errorf("the acknowledgement is %s", f)
		}
		return strings.TrimPrefix(string(ack.Payload), "null"), true
	case <-time.After(slower * 3 * time.Second):
		return "", false
	}
}

// strange are blocks of somebody's message that the library cannot read, or not all of.
var strange = map[string]string{
	"a block without an id":            `{"type":"section","block_id":null,"text":{"type":"mrkdwn","text":"x"}}`,
	"a block whose id is a number":     `{"type":"section","block_id":7}`,
	"an unknown block":                 `{"type":"hologram","block_id":null,"depth":{"of":[1,"two",null]}}`,
	"an unknown control":               `{"type":"actions","elements":[{"type":"hologram"}]}`,
	"an unknown input":                 `{"type":"input","element":{"type":"scent_input"}}`,
	"an unknown element of a context":  `{"type":"context","elements":[{"type":"hologram"}]}`,
	"a block that is a text":           `"a block"`,
	"a block whose type is a number":   `{"type":5}`,
	"an element that is none":          `{"type":"actions","elements":7}`,
	"rich text of an unknown kind":     `{"type":"rich_text","elements":[{"type":"rich_text_hologram","elements":{"a":1}}]}`,
	"an image whose width is a phrase": `{"type":"image","image_width":"wide","image_url":5}`,
}

func TestAMessageWithStrangeBlocksIsAnswered(t *testing.T) {
	for name, block := range strange {
		t.Run(name, func(t *testing.T) {
			onWires(t, func(t *testing.T, w *wire) {
				for n, more := range []string{
					`"blocks":[` + block + `]`,
					`"attachments":[{"id":"one","blocks":[` + block + `]}]`,
					`"files":{"none":1},"upload":"yes","blocks":[` + block + `]`,
				} {
					w.send("events_api", fmt.Sprintf(`{"type":"event_callback","event_id":"Ev%d","team_id":"T1","event_time":"now","authorizations":[{"team_id":"T1","user_id":"U0","is_bot":true}],
						"event":{"type":"app_mention","user":"U1","user_team":"T1","text":"<@U0> is a clock a good gift?","ts":"1.1","channel":"C1",%s}}`, n, more))
					if ps := w.did("chat.postMessage"); len(ps) != 1 || !strings.Contains(ps[0].Get("text"), "Do not bring a clock") || ps[0].Get("thread_ts") != "1.1" {
						t.Errorf("with %s the answer to a mention is %v; the log says:\n%s", more, ps, w.log)
					}
					w.send("events_api", fmt.Sprintf(`{"type":"event_callback","event_id":"Ev1%d","team_id":"T1","event":{"type":"message","channel_type":"im","user":"U1","user_team":"T1","text":"is a clock a good gift?","ts":"1.1","channel":"D1",%s}}`, n, more))
					if ps := w.did("chat.postMessage"); len(ps) != 1 || !strings.Contains(ps[0].Get("text"), "Do not bring a clock") {
						t.Errorf("with %s the answer to a direct message is %v", more, ps)
					}
				}
				if strings.Contains(w.log.String(), "clock") {
					t.Errorf("what was said stands in the log:\n%s", w.log)
				}
			})
		})
	}
}

func TestWhatIsReadInPartKeepsItsMeaning(t *testing.T) {
	const odd = `"blocks":[{"type":"actions","elements":[{"type":"hologram"}]}]`
	for name, inner := range map[string]string{
		"an edited mention":           `"type":"app_mention","user":"U1","edited":{"user":"U1","ts":"1.2"}`,
		"a mention by a bot":          `"type":"app_mention","user":"U1","bot_id":"B1"`,
		"an edited direct message":    `"type":"message","channel_type":"im","user":"U1","subtype":"message_changed"`,
		"a message in a channel":      `"type":"message","channel_type":"channel","user":"U1"`,
		"a direct message by the bot": `"type":"message","channel_type":"im","user":"U1","bot_id":"B1"`,
	} {
		t.Run(name+" is left alone", func(t *testing.T) {
			onWires(t, func(t *testing.T, w *wire) {
				w.send("events_api", `{"type":"event_callback","event_id":"Ev1","team_id":"T1","event":{`+inner+`,"text":"<@U0> is a clock a good gift?","ts":"1.1","channel":"C1",`+odd+`}}`)
				if ps := w.did("chat.postMessage"); len(ps) != 0 {
					t.Errorf("it is answered: %v", ps)
				}
				w.unread(t, kindEvent, strings.Split(inner, `"`)[3], "clock")
			})
		})
	}
	// In a shared channel only what is said of the installation tells who is a stranger.
	for name, authorizations := range map[string]string{
		"that can be read":    `[{"team_id":"T1","user_id":"U0","is_bot":true}]`,
		"that cannot be read": `[{"team_id":["T1"]}]`,
	} {
		t.Run("another company reads nothing by an installation "+name, func(t *testing.T) {
			onWires(t, func(t *testing.T, w *wire) {
				w.send("events_api", `{"type":"event_callback","event_id":"Ev1","team_id":"T9","is_ext_shared_channel":true,"authorizations":`+authorizations+`,
					"event":{"type":"app_mention","user":"U9","user_team":"T9","text":"<@U0> is a clock a good gift?","ts":"1.1","channel":"C1",`+odd+`}}`)
				for _, method := range []string{"chat.postMessage", "chat.postEphemeral"} {
					for _, said := range w.did(method) {
						if strings.Contains(said.Get("text"), "clock") {
							t.Errorf("they read %v", said)
						}
					}
				}
				w.unread(t, kindEvent, "app_mention", "clock")
			})
		})
	}
}

func TestAClickWithSomethingStrangeInItCounts(t *testing.T) {
	for name, more := range map[string]string{
		"in the message":                     `"message":{"ts":"1.1","blocks":[{"type":"actions","elements":[{"type":"hologram"}]}]},"actions":[{"action_id":"turn","block_id":"b","value":"menu"}]`,
		"in the block's id":                  `"actions":[{"action_id":"turn","block_id":null,"value":"menu"}]`,
		"in the control":                     `"actions":[{"action_id":"turn","block_id":"b","value":"menu","text":"Topics","confirm":7,"initial_option":[],"rich_text_value":{"elements":[{"type":5}]}}]`,
		"in the channel and in the person":   `"channel":{"id":"C1","topic":"none"},"user":{"id":"U1","team_id":"T1","profile":7},"actions":[{"action_id":"turn","block_id":"b","value":"menu"}]`,
		"in what was entered in the message": `"state":{"values":{"b":{"a":{"type":"hologram","selected_options":"all"}}}},"actions":[{"action_id":"turn","block_id":"b","value":"menu"}]`,
	} {
		also := `,"attachment_id":"one"`
		if name == "in the block's id" { // which the library does not call a mistake
			also = ""
		}
		t.Run(name, func(t *testing.T) {
			onWires(t, func(t *testing.T, w *wire) {
				answer := w.send("interactive", `{"type":"block_actions","trigger_id":"1.1","response_url":"http://slack.test/answer","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},
					"container":{"type":"message","message_ts":"1.1","channel_id":"C1","is_ephemeral":true`+also+`},`+more+`}`)
				if answer != "" {
					t.Errorf("a click is acknowledged with %s", answer)
				}
				select {
				case said := <-w.said.sent:
					if !strings.Contains(said, "Pick a topic") {
						t.Errorf("it is answered %s", said)
					}
				default:
					t.Errorf("it is not answered; the log says:\n%s", w.log)
				}
				w.unread(t, kindInteraction, "block_actions", "menu")
			})
		})
	}
}

func TestAFormWithSomethingStrangeInItIsSaved(t *testing.T) {
	const entered = `"zone":{"a":{"type":"plain_text_input","value":"Asia/Tokyo"}},"quiet":{"a":{"type":"plain_text_input","value":""%s}}`
	form := func(values, more string) string {
		return `{"type":"view_submission","trigger_id":"1.1","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"view":{"id":"V1","type":"modal","callback_id":"settings","private_metadata":"{}","state":{"values":{` + values + `}}` + more + `}}`
	}
	for name, payload := range map[string]string{
		"in its blocks":            form(fmt.Sprintf(entered, ""), `,"blocks":[{"type":"input","block_id":"zone","element":{"type":"scent_input"}}]`),
		"in the id of a block":     form(fmt.Sprintf(entered, ""), `,"blocks":[{"type":"section","block_id":7},7]`),
		"in what an input can be":  form(fmt.Sprintf(entered, `,"rich_text_value":{"elements":7},"files":{},"selected_options":"all"`), ""),
		"in the title of the view": form(fmt.Sprintf(entered, ""), `,"title":"Settings","notify_on_close":"no"`),
	} {
		t.Run(name, func(t *testing.T) {
			onWires(t, func(t *testing.T, w *wire) {
				if answer := w.send("interactive", payload); answer != "" {
					t.Errorf("it is answered %s, not closed", answer)
				}
				if p, err := w.bot.o.Store.Person(t.Context(), "T1", "U1"); err != nil || p.Zone != "Asia/Tokyo" {
					t.Errorf("kept is %+v, %v", p, err)
				}
				w.unread(t, kindInteraction, "view_submission", "Tokyo")
			})
		})
	}
}

func TestAShortcutOnAMessageWithStrangeBlocksOpensItsForm(t *testing.T) {
	onWires(t, func(t *testing.T, w *wire) {
		w.send("interactive", `{"type":"message_action","callback_id":"add-to-visit","trigger_id":"1.1","response_url":"http://slack.test/answer","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},
			"channel":{"id":"C1"},"message":{"ts":"1.1","text":"Ask for the moulds","blocks":[{"type":"context","elements":[{"type":"hologram"}]}]}}`)
		if vs := w.did("views.open"); len(vs) != 1 {
			t.Errorf("%d forms open, want 1; the log says:\n%s", len(vs), w.log)
		}
		w.unread(t, kindInteraction, "message_action", "moulds")
	})
}

func TestWhatCannotBeReadIsAcknowledgedLoggedAndCounted(t *testing.T) {
	for _, c := range []struct {
		name, envelope, payload string
		kind, typ               string
		says                    string // part of the answer
	}{
		{"an event of a kind that nobody knows", "events_api", `{"type":"event_callback","event_id":"Ev1","team_id":"T1","event":{"type":"channel_hummed","tune":["secret"]}}`, kindEvent, "channel_hummed", ""},
		{"an event that is no object", "events_api", `{"type":"event_callback","event_id":"Ev1","team_id":"T1","event":"secret"}`, kindEvent, "unknown", ""},
		{"an event without the event", "events_api", `{"type":"event_callback","event_id":"Ev1","team_id":"secret"}`, kindEvent, "event_callback", ""},
		{"a payload that is a list", "events_api", `["secret"]`, kindEvent, "unknown", ""},
		{"a mention whose text is an object", "events_api", `{"type":"event_callback","event_id":"Ev1","team_id":"T1","event":{"type":"app_mention","user":"U1","channel":"C1","text":{"of":"secret"}}}`, kindEvent, "app_mention", ""},
		{"an event that says nothing", "events_api", `{"of":"secret"}`, kindEvent, "unknown", ""},
		{"a click that says nothing", "interactive", `{"of":"secret"}`, kindInteraction, "unknown", ""},
		{"a payload that is none", "events_api", `null`, kindEvent, "unknown", ""},
		{"a type that is a sentence", "events_api", `{"type":"event_callback","event_id":"Ev1","team_id":"T1","event":{"type":"the secret is out"}}`, kindEvent, "unknown", ""},
		{"a click that is a list", "interactive", `["secret"]`, kindInteraction, "unknown", ""},
		{"a click whose controls are a text", "interactive", `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"actions":"secret"}`, kindInteraction, "block_actions", ""},
		{"a form of whose inputs one cannot be read", "interactive", `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"view":{"id":"V1","callback_id":"settings","state":{"values":{"zone":{"a":{"value":{"of":"secret"}}}}}}}`, kindInteraction, "view_submission", `"push"`},
		{"a form whose photos cannot be read", "interactive", `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"view":{"id":"V1","callback_id":"finding","state":{"values":{"photos":{"a":{"type":"file_input","files":{"of":"secret"}}}}}}}`, kindInteraction, "view_submission", `"push"`},
		{"a form whose ticks cannot be read", "interactive", `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"view":{"id":"V1","callback_id":"lot","state":{"values":{"letter":{"a":{"type":"checkboxes","selected_options":"secret"}}}}}}`, kindInteraction, "view_submission", `"push"`},
		{"a command whose words are a list", "slash_commands", `{"command":"/visit-prep","text":["secret"],"team_id":"T1","user_id":"U1","channel_id":"C1"}`, kindCommand, "unknown", "Please try again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onWires(t, func(t *testing.T, w *wire) {
				if c.envelope == "slash_commands" && strings.Contains(t.Name(), "HTTP") {
					t.Skip("over HTTP every field of a command is a text")
				}
				answer := w.send(c.envelope, c.payload)
				if (answer == "") != (c.says == "") || !strings.Contains(answer, c.says) {
					t.Errorf("it is acknowledged with %q", answer)
				}
				w.unread(t, c.kind, c.typ, "secret")
				if ps := w.did("chat.postMessage"); len(ps) != 0 {
					t.Errorf("something was posted: %v", ps)
				}
			})
		})
	}
}

func TestACommandWithSomethingStrangeInItIsAnswered(t *testing.T) {
	onWires(t, func(t *testing.T, w *wire) {
		answer := w.send("slash_commands", `{"command":"/visit-prep","text":"quality","team_id":"T1","user_id":"U1","channel_id":"C1","is_enterprise_install":"perhaps","channel_name":7}`)
		if !strings.Contains(answer, "A closed door is a warning") {
			t.Errorf("it is answered %s", answer)
		}
	})
}

func TestFramesThatAreNoEnvelopes(t *testing.T) {
	s := newBareSocket(t)
	w := newWire(t, s.URL)
	onSocket(t, w.bot)
	<-s.connected
	for n, c := range []struct{ frame, kind string }{
		{`secret`, kindFrame},
		{`["secret"]`, kindFrame},
		{`{"type":"events_api","payload":{"of":"secret"}}`, kindFrame},
		{`{"envelope_id":7,"type":"events_api","payload":"secret"}`, kindFrame},
	} {
		s.out <- c.frame
		poll(t, w.log, func() bool { return w.counts.of(c.kind) == n+1 })
	}
	if answer, ok := s.exchange(t, `{"envelope_id":"E1","type":"hum","payload":{"of":"secret"}}`); !ok || answer != "" {
		t.Errorf("an envelope of an unknown type: acknowledged is %v, with %q", ok, answer)
	}
	poll(t, w.log, func() bool { return w.counts.of(kindEnvelope) == 1 })
	if answer, ok := s.exchange(t, `{"envelope_id":"E2","type":"slash_commands","payload":{"command":"/visit-prep","text":"quality","team_id":"T1","user_id":"U1","channel_id":"C1"}}`); !ok || !strings.Contains(answer, "A closed door is a warning") {
		t.Errorf("afterwards a command is answered %q", answer)
	}
	if log := w.log.String(); strings.Contains(log, "secret") || strings.Count(log, "could not read what Slack sent") != 5 {
		t.Errorf("the log says:\n%s", log)
	}
}

// poll waits for what nothing in the workspace tells of.
func poll(t *testing.T, log fmt.Stringer, is func() bool) {
	t.Helper()
	late := time.After(slower * 10 * time.Second)
	for !is() {
		select {
		case <-late:
			t.Fatalf("waited in vain; the log says:\n%s", log)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestWhatTheLocalSlackMakesUnreadable has its four kinds come over both transports.
func TestWhatTheLocalSlackMakesUnreadable(t *testing.T) {
	for kind, counted := range map[string]string{
		localslack.UndecodableMessage: kindEvent, localslack.UndecodableInteraction: kindInteraction,
		localslack.UndecodableEvent: kindEvent, localslack.UndecodableGarbage: kindEvent,
	} {
		t.Run(kind, func(t *testing.T) {
			onBothTransports(t, func(t *testing.T, s *stage) {
				if err := s.SendUndecodable(kind); err != nil {
					t.Fatalf("it was not acknowledged: %v", err)
				}
				poll(t, s.log, func() bool { return s.unreadable.of(counted) == 1 }) // after it is acknowledged
				if kind == localslack.UndecodableMessage {
					s.until("it is answered in its thread", func() bool {
						for _, c := range s.Channels(mia) {
							for _, m := range s.Messages(mia, c.ID) {
								if m.BotID != "" && m.ThreadTS != "" {
									return true
								}
							}
						}
						return false
					})
				}
			})
		})
	}
}

// What Slack signed and nothing here takes is acknowledged, counted, and in the log of who
// looks for it.
func TestWhatNothingTakesIsCounted(t *testing.T) {
	for _, c := range []struct{ name, kind, payload, logged string }{
		{"an event that the app did not ask for", "events_api", `{"type":"event_callback","team_id":"T1","event_id":"Ev1","event":{"type":"reaction_added","user":"U1","item":{"type":"message","channel":"C1","ts":"1.1"}}}`, "type=reaction_added"},
		{"an event of the app itself", "events_api", `{"type":"app_rate_limited","team_id":"T1","api_app_id":"A1","minute_rate_limited":1}`, "type=app_rate_limited"},
		{"an event without an id", "events_api", `{"type":"event_callback","team_id":"T1","event":{"type":"app_home_opened","user":"U1","tab":"home"}}`, "type=app_home_opened"},
		{"a click in a menu that Slack fills by asking", "interactive", `{"type":"block_suggestion","team":{"id":"T1"},"user":{"id":"U1"},"action_id":"x","block_id":"b","value":"ni"}`, "type=block_suggestion"},
		{"a click of a kind to come", "interactive", `{"type":"block_weather","team":{"id":"T1"},"user":{"id":"U1"}}`, "type=block_weather"},
		{"a button that is no longer there", "interactive", `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"trigger_id":"t1","container":{"type":"message","channel_id":"C1","message_ts":"1.1"},"actions":[{"type":"button","action_id":"weather","block_id":"b","value":"x"}]}`, "type=weather"},
		{"a form that is no longer there", "interactive", `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"id":"V1","type":"modal","callback_id":"weather","state":{"values":{}}}}`, "type=weather"},
		{"a shortcut that is no longer there", "interactive", `{"type":"shortcut","callback_id":"weather","trigger_id":"t2","team":{"id":"T1"},"user":{"id":"U1"}}`, "type=weather"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onWires(t, func(t *testing.T, w *wire) {
				w.send(c.kind, c.payload)
				if n := w.counts.of(kindOther); n != 1 {
					t.Errorf("it is counted %d times in\n%s", n, w.log.String())
				}
				if log := w.log.String(); !strings.Contains(log, "level=DEBUG") || strings.Count(log, c.logged) != 1 {
					t.Errorf("without %s the log is\n%s", c.logged, log)
				}
			})
		})
	}
}
