package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

func FuzzCommand(f *testing.F) {
	for _, s := range []string{"", "help", "quality", "phrases dinner", "before the visit", "what gift should I not bring", "topic/quality-checks:2", "<@U1|x> 干杯", strings.Repeat("clock ", 2000)} {
		f.Add("/visit-prep", s, "C1")
		f.Add("/etiquette", s, "D1")
	}
	base := must(declared().newGuide(testBase(f)))
	b, _ := botAlone(f, testBase(f))
	b.guide.Store(base)
	f.Fuzz(func(t *testing.T, name, words, channel string) {
		c := slashCommand(name, words, channel)
		body := b.answerCommand(c)
		m := decodes(t, body)
		if m.Text == "" || len(m.Blocks.BlockSet) == 0 || len(m.Blocks.BlockSet) > 50 {
			t.Errorf("%s %q: %d blocks, text %q", name, words, len(m.Blocks.BlockSet), m.Text)
		}
		if strings.Contains(m.Text, "the reference ") {
			t.Errorf("%s %q: %s", name, words, m.Text)
		}
	})
}

// FuzzPayload reads what Slack may send over either transport, and holds that reading
// only what is needed loses nothing of what is used.
func FuzzPayload(f *testing.F) {
	for _, s := range []string{
		`{"type":"block_actions","trigger_id":"1","response_url":"x","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"container":{"type":"message","channel_id":"C1","message_ts":"1.1","thread_ts":"1.0","is_ephemeral":true},"actions":[{"action_id":"turn","block_id":"b","value":"menu"},{"action_id":"owner","block_id":"item-1","selected_user":"U2"},{"action_id":"page.go","block_id":"n","selected_option":{"value":"1.7"}}]}`,
		`{"type":"block_actions","actions":[{"action_id":"turn","block_id":null,"value":"menu"}]}`,
		`{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"view":{"id":"V1","type":"modal","callback_id":"visit","private_metadata":"{\"a\":\"visit/1\"}","state":{"values":{"first":{"a":{"type":"datepicker","selected_date":"2027-03-15"}},"people":{"a":{"selected_users":["U1","U2"]}},"channel":{"a":{"selected_conversation":"C1"}},"name":{"a":{"value":"x"}}}},"blocks":[{"type":"input","block_id":"name","element":{"type":"scent_input"}}]}}`,
		`{"type":"message_action","callback_id":"add-to-visit","message":{"ts":"1.1","text":"x","blocks":[{"type":"context","elements":[{"type":"hologram"}]}]},"channel":{"id":"C1"}}`,
		`{"type":"event_callback","event_id":"Ev1","team_id":"T1","is_ext_shared_channel":true,"authorizations":[{"team_id":"T1","user_id":"U0","is_bot":true}],"event":{"type":"app_mention","user":"U1","user_team":"T2","text":"<@U0> hi","ts":"1.1","thread_ts":"1.0","channel":"C1","blocks":[{"type":"actions","elements":[{"type":"hologram"}]}]}}`,
		`{"type":"event_callback","event_id":"Ev2","team_id":"T1","event":{"type":"message","channel_type":"im","subtype":"me_message","user":"U1","text":"hi","ts":"1.1","channel":"D1"}}`,
		`{"type":"event_callback","event_id":"Ev3","team_id":"T1","event":{"type":"app_home_opened","tab":"home","user":"U1"}}`,
		`{"command":"/visit-prep","text":"quality","is_enterprise_install":"perhaps"}`,
		`{"envelope_id":"E1","type":"events_api","payload":{}}`, `[]`, `null`, `7`, `"`,
	} {
		f.Add([]byte(s))
	}
	b, log := botAlone(f, testBase(f))
	b.o.HTTP, b.o.Slack = nowhere{}, &Clients{one: refusing()}
	in := intake{b}
	f.Fuzz(func(t *testing.T, payload []byte) {
		in.event(payload)
		in.interaction(payload)
		if c, _, err := readCommand(payload); err == nil {
			b.command(c)
		}
		b.Wait()
		if strings.Contains(log.String(), "panic") {
			t.Fatalf("a handler panicked:\n%s", log)
		}
		log.reset()

		var whole slack.InteractionCallback
		var needed slack.InteractionCallback
		if json.Unmarshal(payload, &whole) == nil && isWhole(&whole) {
			if p, err := narrowed(payload, new(interactionNeed)); err == nil && json.Unmarshal(p, &needed) == nil {
				if w, n := used(whole), used(needed); w != n {
					t.Errorf("of %s is used\n%s\nread in part it is\n%s", payload, w, n)
				}
			}
		}
		event := func(payload []byte) (slackevents.EventsAPIEvent, error) {
			return slackevents.ParseEvent(payload, slackevents.OptionNoVerifyToken())
		}
		if w, err := event(payload); err == nil {
			if p, err := narrowed(payload, new(eventNeed)); err == nil {
				n, err := event(p)
				if err != nil || said(w) != said(n) {
					t.Errorf("of %s is used\n%s\nread in part it is, with %v,\n%s", payload, said(w), err, said(n))
				}
			}
		}
	})
}

// used is what the bot uses of an interaction.
func used(i slack.InteractionCallback) string {
	state := func(v values) string {
		var all []string
		for block := range v {
			f := v.form(form{})
			all = append(all, block+"="+f[block]+"|"+v.text(block)+"|"+v.picked(block)+"|"+strings.Join(v.users(block), ",")+"|"+v.user(block)+"|"+v.day(block)+"|"+v.conversation(block))
		}
		slices.Sort(all)
		return strings.Join(all, "\n")
	}
	s := fmt.Sprint(i.Type, i.CallbackID, i.TriggerID, i.ResponseURL, i.Team.ID, i.User.ID, i.User.TeamID, i.Channel.ID, i.Message.Timestamp, i.Message.Text,
		i.View.ID, i.View.Type, i.View.CallbackID, i.View.PrivateMetadata)
	if i.View.State != nil && one(i.View.State.Values) {
		s += state(i.View.State.Values)
	}
	if i.Type != slack.InteractionTypeBlockActions { // only its controls are looked at
		return s
	}
	ours := &Bot{core: &core{o: Options{Slack: &Clients{one: refusing()}}}}
	for _, a := range i.ActionCallback.BlockActions {
		c := newClick(ours.workspaceOf(&i), i, a)
		c.values = nil // above
		s += fmt.Sprintf("\n%+v", c)
	}
	return s
}

// one reports whether each block of a form has one input, as ours do.
func one(v values) bool {
	for _, actions := range v {
		if len(actions) != 1 {
			return false
		}
	}
	return true
}

// said is what the bot uses of an event about something said.
func said(e slackevents.EventsAPIEvent) string {
	outer, ok := e.Data.(*slackevents.EventsAPICallbackEvent)
	if !ok {
		return e.Type
	}
	s := fmt.Sprint(outer.EventID, outer.TeamID, outer.IsExtSharedChannel, outer.Authorizations)
	switch in := e.InnerEvent.Data.(type) {
	case *slackevents.AppMentionEvent:
		return fmt.Sprint(s, in.User, in.UserTeam, in.Text, in.TimeStamp, in.ThreadTimeStamp, in.Channel, in.BotID, in.Edited != nil)
	case *slackevents.MessageEvent:
		return fmt.Sprint(s, in.User, in.UserTeam, in.Text, in.TimeStamp, in.ThreadTimeStamp, in.Channel, in.ChannelType, in.SubType, in.BotID)
	case *slackevents.AppHomeOpenedEvent:
		return fmt.Sprint(s, in.User, in.Tab)
	}
	return s
}

// FuzzFrame takes what may come over a socket and is no envelope that the library reads.
func FuzzFrame(f *testing.F) {
	for _, s := range []string{
		`{"envelope_id":"E1","type":"events_api","payload":{"type":"event_callback","event":{"type":"app_mention","user":"U1","text":"hi","ts":"1.1","channel":"C1"}}}`,
		`{"envelope_id":"E1","type":"interactive","payload":{"type":"view_submission","view":{"callback_id":"visit"}}}`,
		`{"envelope_id":"E1","type":"slash_commands","payload":{"command":"/visit-prep","text":"quality","is_enterprise_install":7}}`,
		`{"envelope_id":"E1","type":"hologram","payload":null}`, `{"envelope_id":"","type":"events_api"}`, `{"envelope_id":7}`, `{`, `[]`, `null`,
	} {
		f.Add([]byte(s))
	}
	b, log := botAlone(f, testBase(f))
	b.o.HTTP, b.o.Slack = nowhere{}, &Clients{one: refusing()}
	over, end := context.WithCancel(context.Background())
	end() // nobody takes the acknowledgements
	s := socket{intake{b}, socketmode.New(b.o.Slack.one)}
	f.Fuzz(func(t *testing.T, frame []byte) {
		s.take(over, socketmode.Event{Type: socketmode.EventTypeErrorBadMessage, Data: &socketmode.ErrorBadMessage{Cause: errors.New("no envelope"), Message: frame}})
		b.Wait()
		if strings.Contains(log.String(), "panic") {
			t.Fatalf("a handler panicked:\n%s", log)
		}
		log.reset()
	})
}

// oneAnswer is a Slack that gives one answer to all.
type oneAnswer struct {
	code  int
	body  []byte
	after string // its Retry-After
}

func (a oneAnswer) Do(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: a.code, Header: http.Header{"Retry-After": {a.after}}, Body: io.NopCloser(bytes.NewReader(a.body))}, nil
}

// refusing is a Slack that refuses all at once, so that nobody tries again.
func refusing() *slack.Client {
	return slack.New("xoxb-test", slack.OptionHTTPClient(oneAnswer{code: 200, body: []byte(`{"ok":false,"error":"not_authed"}`)}))
}

// FuzzAnswer has Slack, or what stands in its place, answer anything. A message is found
// only where its key is, sent only where Slack says so, and given up or sent again only where
// Slack does not say so. What people are told is a sentence. An answer is its first value, as
// the library reads it: what follows that in the body counts for nothing.
func FuzzAnswer(f *testing.F) {
	const key = "tip"
	for _, s := range []string{
		`{"ok":true,"messages":[{"ts":"1.1","bot_id":"B1","metadata":{"event_type":"` + metadataEvent + `","event_payload":{"key":"` + metadataKey(key) + `"}}}]}`,
		`{"ok":true,"messages":[{"ts":"1.1","metadata":{"event_type":7,"event_payload":[]}},null],"has_more":true,"response_metadata":{"next_cursor":"x"}}`,
		`{"ok":false,"error":"missing_scope","needed":"channels:history"}`, `{"ok":false}`, `{"ok":true}`, `{"ok":true,"channel":{"id":"C1","is_private":true,"is_ext_shared":true}}`,
		`{"ok":true,"user":{"id":"U1","team_id":"T1","tz":"Europe/Berlin"},"members":["U1"]}`, `<html>`, ``, `null`,
	} {
		f.Add(200, "", []byte(s))
	}
	f.Add(503, "", []byte(`{"ok":true}`))
	f.Add(200, "", []byte(`{"ok":true,"channel":"C1","ts":"1.1"}`))
	f.Add(200, "", []byte(`{"ok":true,"channel":"C1","ts":"1.1"}F`))
	f.Add(200, "", []byte(`{"channel":"C1","ts":"1.1"}F`))
	f.Add(200, "", []byte(`{"ok":false,"error":"a\nb <!channel>","needed":"<!here>"}`))
	for _, after := range []string{"", "30", "-1", "99999999999", "9223372036854775807", "Wed, 21 Oct 2026 07:28:00 GMT"} {
		f.Add(429, after, []byte(`{"ok":false,"error":"ratelimited"}`))
	}
	b, log := botAlone(f, testBase(f))
	f.Fuzz(func(t *testing.T, code int, after string, body []byte) {
		b.o.Slack = &Clients{one: slack.New("xoxb-test", slack.OptionHTTPClient(oneAnswer{code, body, after}))}
		ctx, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer stop()
		reads := func(into any) bool { return json.NewDecoder(bytes.NewReader(body)).Decode(into) == nil }
		var answer struct{ OK bool }
		ok := reads(&answer) && answer.OK
		o := visit.Occurrence{Workspace: "T1", Key: key, Kind: visit.Tip, Subject: "channel/C1", To: "C1", Posted: time.Now()}
		if d := b.reminders.Find(ctx, o); d.Outcome == visit.Delivered && !bytes.Contains(body, []byte(metadataKey(key))) && !bytes.Contains(body, []byte(`\u`)) {
			t.Errorf("found in %d %s", code, body)
		}
		direct := visit.Occurrence{Workspace: "T1", Key: key, Kind: visit.Notice, Subject: "visit/1", To: "U1", Posted: time.Now()}
		if d := b.reminders.Find(ctx, direct); d.Outcome == visit.NotFound && !ok {
			t.Errorf("it is taken as not sent after %d %s", code, body)
		}
		_, ts, err := b.o.Slack.one.PostMessageContext(ctx, "C1", slack.MsgOptionText("x", false))
		switch d := posted(ts, err); d.Outcome {
		case visit.Delivered:
			var stands struct {
				TS, Message_TS string
			}
			if code != 200 || !reads(&stands) || stands.TS+stands.Message_TS == "" {
				t.Errorf("it is taken as sent after %d %s", code, body)
			}
		case visit.Refused, visit.NotSent:
			if code == 200 && ok {
				t.Errorf("it is taken as not sent after %d %s", code, body)
			}
		case visit.Limited:
			if code == 200 && ok || d.RetryAfter < time.Second || d.RetryAfter > store.MaxHold {
				t.Errorf("it is sent again after %v, for %d %s %s", d.RetryAfter, code, after, body)
			}
		}
		if err != nil {
			if said := b.replies.errorIn(english, "post", err).Text.String(); said == "" || !utf8.ValidString(said) || strings.Contains(said, "in -") || strings.Contains(said, "\n") {
				t.Errorf("of %d %s %s it says %q", code, after, body, said)
			}
		}
		b.directory.forget("")
		b.directory.channel(ctx, "T1", "C1")
		b.directory.person(ctx, "T1", "U1")
		b.directory.channelsOf(ctx, "T1", "U1")
		b.access.canSee(ctx, "T1", "U1", "visit/1", "C1")
		if strings.Contains(log.String(), "panic") {
			t.Fatalf("it panicked:\n%s", log)
		}
		log.reset()
	})
}

// FuzzResponseURL holds that an answer goes to Slack, as what sends it reads the address.
func FuzzResponseURL(f *testing.F) {
	for _, s := range []string{"https://hooks.slack.com/commands/T1/2/x", "https://hooks.slack.com@evil.example/", "https://evil.example#.slack.com", "https://evil.example\\.slack.com", "https://.slack.com:443/", "https://[::1]%25.slack.com/"} {
		f.Add(s)
	}
	b, _ := botAlone(f, testBase(f))
	b.o.APIURL = ""
	f.Fuzz(func(t *testing.T, to string) {
		a := new(addressed)
		b.o.HTTP = a
		b.replies.respond(t.Context(), to, []byte(`{}`))
		for _, url := range a.to {
			r, err := http.NewRequest(http.MethodPost, url, nil)
			host := strings.ToLower(r.URL.Hostname())
			if err != nil || r.URL.Scheme != "https" || !strings.HasSuffix(host, ".slack.com") && !strings.HasSuffix(host, ".slack-gov.com") || r.URL.User != nil {
				t.Errorf("an answer goes to %q", url)
			}
		}
	})
}

// answersOf is a Slack that answers each method in its own way.
type answersOf map[string]string

func (a answersOf) Do(r *http.Request) (*http.Response, error) {
	_, method, _ := strings.Cut(r.URL.Path, "/api/")
	answer, ok := a[method]
	if !ok {
		answer = `{"ok":false,"error":"unknown_method"}`
	}
	return oneAnswer{code: 200, body: []byte(answer)}.Do(r)
}

// answersNow are answers that change while somebody asks.
type answersNow struct{ atomic.Pointer[answersOf] }

func (a *answersNow) Do(r *http.Request) (*http.Response, error) { return a.Load().Do(r) }

// FuzzMove types any words after "move": a day that is said to be the new one is, and nothing
// is changed by words that are refused or are a question.
func FuzzMove(f *testing.F) {
	for _, s := range []string{
		"", "2027-03-20", "to 2027-03-20", "on 20.3.2027", "20 March 2027", "tomorrow", "3/4/2027", "2027-02-30", "１ ２０２７－０３－２０", "2020-01-01", "2027-03-20 00:00", "2027-03-20 14:00",
		"“20.3.2027”", "`2027-03-20`.", "二〇二七年三月二十日", "9999-12-31", "2027-03-15", "2027-03-20 and skip 1", "to", "\xff", "inspection 1", strings.Repeat("1", 5000), "<!date^1^x|2027-03-20>",
	} {
		f.Add("/inspection", "move 1 "+s)
		f.Add("/visit-prep", "move 1 "+s)
	}
	for _, s := range []string{"move #1 2027-03-20", "Move inspection 1 2027-03-20", "/inspection move 1 2027-03-20", "move 2 2027-03-20", "move -1 2027-03-20", "move 1", "move", "skip 1", "done 1", "move 99999999999999999999 2027-03-20", "move 1 2 2027-03-20"} {
		f.Add("/inspection", s)
	}
	b, log := botAlone(f, testBase(f))
	b.o.HTTP = nowhere{}
	b.o.Slack = &Clients{one: slack.New("xoxb-test", slack.OptionAPIURL("http://slack.test/api/"), slack.OptionHTTPClient(answersOf{
		"users.info":            `{"ok":true,"user":{"id":"U1","team_id":"T1","tz":"Europe/Berlin"}}`,
		"users.list":            `{"ok":true,"members":[{"id":"U1","team_id":"T1","tz":"Europe/Berlin"}]}`,
		"conversations.info":    `{"ok":true,"channel":{"id":"C1","name":"sourcing","is_channel":true,"is_member":true}}`,
		"conversations.members": `{"ok":true,"members":["U1"]}`,
		"views.open":            `{"ok":true,"view":{"id":"V1"}}`,
		"views.update":          `{"ok":true,"view":{"id":"V1"}}`,
	}))}
	now := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	b.o.Now = func() time.Time { return now }
	ctx := context.Background()
	w := visit.Work{Workspace: "T1", Factory: visit.Factory{Name: "Acme"}, Place: visit.Place{Channel: "C1", Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"}, Owner: "U1"}
	due := civil.On(2027, time.March, 15)
	must(b.o.Store.AddInspection(ctx, visit.Inspection{Work: w, Type: "pre_shipment", Due: due}, now))
	f.Fuzz(func(t *testing.T, command, words string) {
		before := must(b.o.Store.Inspection(ctx, "T1", 1))
		said := ""
		if body := b.answerCommand(slashCommand(command, words, "C1")); body != nil {
			said = decodes(t, body).Text
		}
		after := must(b.o.Store.Inspection(ctx, "T1", 1))
		moved := strings.HasPrefix(said, "Inspection 1 at Acme is now on "+blocks.OnDay(b.english, after.Due))
		if before.Due != after.Due && !moved {
			t.Errorf("%s %q moves it from %v to %v and says %q", command, words, before.Due, after.Due, said)
		}
		if strings.Contains(said, "is now on") && !moved {
			t.Errorf("%s %q says %q, and it is on %v", command, words, said, after.Due)
		}
		if moved {
			if typed := strings.ToLower(chars.ASCII(command + " " + words)); !strings.Contains(typed, "move") || !strings.Contains(typed, "inspection") || after.Due.Before(civil.Of(now)) {
				t.Errorf("%s %q moves it to %v", command, words, after.Due)
			}
		}
		if before.Result != after.Result || before.Place != after.Place || before.Factory != after.Factory {
			t.Errorf("%s %q changes %+v to %+v", command, words, before, after)
		}
		if strings.Contains(said, "the reference ") || strings.Contains(log.String(), "panic") {
			t.Errorf("%s %q: %s\n%s", command, words, said, log)
		}
		log.reset()
	})
}
