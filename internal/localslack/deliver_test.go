package localslack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// Slack's worked example, from docs.slack.dev/authentication/verifying-requests-from-slack.
func TestSignatureIsAsSlackPublishesIt(t *testing.T) {
	t.Parallel()
	const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
		"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=" +
		"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
		"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	got := sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", []byte(body))
	if want := "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// verified checks an arrival's signature with slack-go.
func (r *rig) verified(a arrival) {
	r.t.Helper()
	v, err := slack.NewSecretsVerifier(a.header, r.SigningSecret())
	if err == nil {
		_, _ = v.Write(a.body)
		err = v.Ensure()
	}
	if err != nil {
		r.t.Errorf("signature: %v", err)
	}
}

// covers requires every field of a documented payload in ours, with its type.
func covers(t *testing.T, at string, documented, ours any) {
	t.Helper()
	switch d := documented.(type) {
	case map[string]any:
		o, ok := ours.(map[string]any)
		if !ok {
			t.Errorf("%s: documented as an object, ours is %T", at, ours)
			return
		}
		for k, v := range d {
			if _, ok := o[k]; !ok {
				t.Errorf("%s/%s is documented and missing in ours", at, k)
				continue
			}
			covers(t, at+"/"+k, v, o[k])
		}
	case []any:
		o, ok := ours.([]any)
		if !ok || len(o) == 0 && len(d) > 0 {
			t.Errorf("%s: documented as a list, ours is %v", at, ours)
		} else if len(d) > 0 {
			covers(t, at+"/0", d[0], o[0])
		}
	default:
		if documented != nil && fmt.Sprintf("%T", documented) != fmt.Sprintf("%T", ours) {
			t.Errorf("%s: documented as %T, ours is %T", at, documented, ours)
		}
	}
}

func coversFile(t *testing.T, name string, ours map[string]any) {
	t.Helper()
	var documented map[string]any
	if err := json.Unmarshal(files(t, "sent")[name], &documented); err != nil {
		t.Fatal(err)
	}
	covers(t, name, documented, ours)
}

func TestCommandIsWhatSlackSends(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.Command(miaID, sourcingID, "/visit-prep  quality & <prices> "); err != nil {
		t.Fatal(err)
	}
	a := r.last()
	r.verified(a)
	coversFile(t, "slash_command", a.payload(t))
	c, err := slack.SlashCommandParse(a.request())
	if err != nil {
		t.Fatal(err)
	}
	want := slack.SlashCommand{
		Token: c.Token, TeamID: DefaultTeamID, TeamDomain: "northlight", ChannelID: sourcingID, ChannelName: "china-sourcing", UserID: miaID, UserName: "mia",
		Command: "/visit-prep", Text: "quality &amp; &lt;prices&gt;", ResponseURL: c.ResponseURL, TriggerID: c.TriggerID, APIAppID: DefaultAppID,
	}
	if c != want {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
	if err := r.Command(miaID, miaDM, "/visit-prep"); err != nil {
		t.Fatal(err)
	}
	if c, _ := slack.SlashCommandParse(r.last().request()); c.ChannelName != "directmessage" || c.Text != "" {
		t.Errorf("in a direct message: %+v", c)
	}
}

func TestCommandAnswers(t *testing.T) {
	t.Parallel()
	button := `[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Go"},"action_id":"go"}]}]`
	for _, c := range []struct {
		name, kind, body string
		mia, jonas       []string // what they read then
		failed           string   // what Slackbot names
	}{
		{name: "nothing", body: ""},
		{name: "an empty object", kind: "application/json", body: "{}"},
		{name: "plain text is for the asker", kind: "text/plain", body: "Hello", mia: []string{"Hello"}},
		{name: "a message is for the asker", kind: "application/json", body: `{"text":"Hello"}`, mia: []string{"Hello"}},
		{name: "in_channel is for all", kind: "application/json; charset=utf-8", body: `{"response_type":"in_channel","text":"Hello"}`, mia: []string{"Hello"}, jonas: []string{"Hello"}},
		{name: "blocks", kind: "application/json", body: `{"text":"Hello","blocks":` + button + `}`, mia: []string{"Hello"}},
		{name: "replace_original is ignored", kind: "application/json", body: `{"text":"Hello","replace_original":true}`, mia: []string{"Hello"}},
		{name: "broken JSON", kind: "application/json", body: `{"text":`, failed: "invalid_command_response"},
		{name: "broken blocks", kind: "application/json", body: `{"text":"x","blocks":[{"type":"x"}]}`, failed: "invalid_command_response"},
		{name: "an unknown response_type", kind: "application/json", body: `{"text":"x","response_type":"all"}`, failed: "invalid_command_response"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.answers(func(rw http.ResponseWriter, _ arrival) {
				rw.Header().Set("Content-Type", c.kind)
				_, _ = io.WriteString(rw, c.body)
			})
			err := r.Command(miaID, sourcingID, "/visit-prep x")
			if c.failed != "" {
				c.mia = []string{fmt.Sprintf("/visit-prep failed with the error %q", c.failed)}
				var d *DeliveryError
				if !errors.As(err, &d) || d.Code != c.failed {
					t.Errorf("got %v", err)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if got := r.texts(miaID, sourcingID); !slices.Equal(got, c.mia) {
				t.Errorf("Mia reads %q, want %q", got, c.mia)
			}
			if got := r.texts(jonasID, sourcingID); !slices.Equal(got, c.jonas) {
				t.Errorf("Jonas reads %q, want %q", got, c.jonas)
			}
		})
	}
}

func TestFailuresOfACommandInSlackbotsWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		want   string
	}{{500, "http_service_error"}, {404, "http_client_error"}} {
		r := newRig(t)
		r.answers(func(rw http.ResponseWriter, _ arrival) { rw.WriteHeader(c.status) })
		if err := r.Command(miaID, sourcingID, "/visit-prep"); err == nil {
			t.Error("no error")
		}
		m := r.Messages(miaID, sourcingID)
		if len(m) != 1 || m[0].User != Slackbot || m[0].Text != `/visit-prep failed with the error "`+c.want+`"` {
			t.Errorf("%d: %+v", c.status, m)
		}
	}
	r := newRig(t, func(o *Options) { o.Deliver, o.RequestURL = nil, "http://127.0.0.1:1/" })
	var d *DeliveryError
	if err := r.Command(miaID, sourcingID, "/visit-prep"); !errors.As(err, &d) || d.Code != "dispatch_failed" {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestLateAcknowledgement(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.answers(func(rw http.ResponseWriter, _ arrival) {
			time.Sleep(3500 * time.Millisecond)
			_, _ = io.WriteString(rw, "too late")
		})
		start := time.Now()
		var d *DeliveryError
		if err := r.Command(miaID, sourcingID, "/visit-prep x"); !errors.As(err, &d) || d.Code != "operation_timeout" {
			t.Fatalf("got %v", err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("Slack waited %s", took)
		}
		if got := r.texts(miaID, sourcingID); !slices.Equal(got, []string{`/visit-prep failed with the error "operation_timeout"`}) {
			t.Errorf("Mia reads %q", got)
		}
		if got := r.texts(jonasID, sourcingID); got != nil {
			t.Errorf("Jonas reads %q", got)
		}
		if reason, ok := r.refused("operation_timeout"); !ok || !strings.Contains(reason, "3s") {
			t.Errorf("refusal: %q", reason)
		}
		r.Wait() // for the late handler
		_ = r.Close()
	})
}

func TestDroppedAckLooksLikeATimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.answers(func(rw http.ResponseWriter, _ arrival) { _, _ = io.WriteString(rw, "hello") })
		r.DropAcks(1)
		if err := r.Command(miaID, sourcingID, "/visit-prep"); err == nil {
			t.Error("the first ack arrived")
		}
		if err := r.Command(miaID, sourcingID, "/visit-prep"); err != nil {
			t.Errorf("the second ack was lost too: %v", err)
		}
		if n := len(r.arrivals()); n != 2 {
			t.Errorf("the bot got %d commands", n)
		}
		_ = r.Close()
	})
}

func TestEventsAreRetriedAsSlackDoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		start := time.Now()
		var at []time.Duration
		r.answers(func(rw http.ResponseWriter, _ arrival) {
			at = append(at, time.Since(start))
			rw.WriteHeader(500)
		})
		if _, err := r.Say(miaID, sourcingID, "", "@visitprep hello"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if want := []time.Duration{0, 0, time.Minute, 6 * time.Minute}; !slices.Equal(at, want) {
			t.Errorf("deliveries at %v, want %v", at, want)
		}
		var id any
		for i, a := range r.arrivals() {
			num := a.header.Get("X-Slack-Retry-Num")
			if i == 0 {
				id = a.payload(t)["event_id"]
				if num != "" {
					t.Error("the first delivery is marked as a retry")
				}
				continue
			}
			if num != fmt.Sprint(i) || a.header.Get("X-Slack-Retry-Reason") != "http_error" || a.payload(t)["event_id"] != id {
				t.Errorf("retry %d: %v", i, a.header)
			}
		}
		_ = r.Close()
	})
}

func TestNoRetryWhenTheBotAsksForNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.answers(func(rw http.ResponseWriter, _ arrival) {
			rw.Header().Set("X-Slack-No-Retry", "1")
			rw.WriteHeader(500)
		})
		if _, err := r.Say(miaID, sourcingID, "", "@visitprep hello"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if n := len(r.arrivals()); n != 1 {
			t.Errorf("%d deliveries", n)
		}
		_ = r.Close()
	})
}

func TestCloseStopsRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.answers(func(rw http.ResponseWriter, _ arrival) { rw.WriteHeader(500) })
		if _, err := r.Say(miaID, sourcingID, "", "@visitprep hello"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		_ = r.Close() // the bubble fails if a goroutine stays
	})
}

func TestRedeliver(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.Redeliver(); err == nil {
		t.Error("redelivered nothing")
	}
	if _, err := r.Say(miaID, miaDM, "", "hello"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.Redeliver(); err != nil {
			t.Fatal(err)
		}
	}
	all := r.arrivals()
	if len(all) != 3 || string(all[0].body) != string(all[2].body) || all[1].header.Get("X-Slack-Retry-Num") != "1" ||
		all[2].header.Get("X-Slack-Retry-Num") != "2" || all[2].header.Get("X-Slack-Retry-Reason") != "http_timeout" {
		t.Errorf("%d arrivals: %+v", len(all), all)
	}
	r.verified(all[2])
}

// parsed is an event as slack-go reads it, compared with the documentation.
func (r *rig) parsed(documented string) (slackevents.EventsAPIEvent, map[string]any) {
	r.t.Helper()
	a := r.last()
	r.verified(a)
	m := a.payload(r.t)
	coversFile(r.t, documented, m)
	e, err := slackevents.ParseEvent(a.body, slackevents.OptionNoVerifyToken())
	if err != nil {
		r.t.Fatal(err)
	}
	if e.TeamID != DefaultTeamID || e.APIAppID != DefaultAppID {
		r.t.Errorf("%+v", e)
	}
	outer := e.Data.(*slackevents.EventsAPICallbackEvent)
	if auth := outer.Authorizations; len(auth) != 1 || auth[0].UserID != DefaultBotUserID || !auth[0].IsBot || auth[0].TeamID != DefaultTeamID {
		r.t.Errorf("authorizations: %+v", auth)
	}
	if outer.EventID == "" || time.Since(time.Unix(int64(outer.EventTime), 0)) > time.Minute {
		r.t.Errorf("event %q at %d", outer.EventID, outer.EventTime)
	}
	return e, m["event"].(map[string]any)
}

func TestMention(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ts, err := r.Say(miaID, sourcingID, "", "@visitprep what of #general & @jonas? see https://example.com/a?b=1.")
	if err != nil {
		t.Fatal(err)
	}
	e, raw := r.parsed("app_mention")
	want := "<@" + DefaultBotUserID + "> what of <#" + generalID + "|general> &amp; <@" + jonasID + ">? see <https://example.com/a?b=1>."
	m := e.InnerEvent.Data.(*slackevents.AppMentionEvent)
	if m.Text != want || m.User != miaID || m.Channel != sourcingID || m.TimeStamp != ts || m.UserTeam != "" || e.IsExtSharedChannel {
		t.Errorf("got %+v", m)
	}
	if raw["client_msg_id"] == "" {
		t.Error("no client_msg_id")
	}
	if _, err := r.Say(miaID, sourcingID, ts, "@visitprep again"); err != nil {
		t.Fatal(err)
	}
	e, _ = r.parsed("app_mention")
	if m := e.InnerEvent.Data.(*slackevents.AppMentionEvent); m.ThreadTimeStamp != ts {
		t.Errorf("in a thread: %+v", m)
	}
	if _, err := r.Say(miaID, sourcingID, "", "no mention"); err != nil || len(r.arrivals()) != 2 {
		t.Errorf("%v, %d arrivals", err, len(r.arrivals()))
	}
}

func TestMentionInASharedChannel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.Say(liweiID, acmeID, "", "@visitprep hello"); err != nil {
		t.Fatal(err)
	}
	e, _ := r.parsed("app_mention")
	m := e.InnerEvent.Data.(*slackevents.AppMentionEvent)
	if !e.IsExtSharedChannel || m.UserTeam != "T0ACMELIGHT" || m.SourceTeam != "T0ACMELIGHT" {
		t.Errorf("got %+v %+v", e, m)
	}
}

func TestMentionWhereTheAppIsNot(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.Say(miaID, shenzhenID, "", "@visitprep hello"); err != nil {
		t.Fatal(err)
	}
	if n := len(r.arrivals()); n != 0 {
		t.Errorf("%d events", n)
	}
	mia, jonas := r.Messages(miaID, shenzhenID), r.Messages(jonasID, shenzhenID)
	if len(mia) != 2 || mia[1].User != Slackbot || len(jonas) != 1 {
		t.Errorf("Mia sees %+v, Jonas %+v", mia, jonas)
	}
}

func TestDirectMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.Say(miaID, miaDM, "", "@visitprep hello"); err != nil {
		t.Fatal(err)
	}
	e, raw := r.parsed("message_im")
	m := e.InnerEvent.Data.(*slackevents.MessageEvent)
	if !m.IsIM() || m.User != miaID || m.BotID != "" || raw["channel_type"] != "im" || len(r.arrivals()) != 1 {
		t.Errorf("got %+v", m)
	}
	// The app hears itself, as in Slack.
	if _, _, err := r.api.PostMessage(miaDM, slack.MsgOptionText("hi", false)); err != nil {
		t.Fatal(err)
	}
	r.Wait()
	e, _ = r.parsed("message_im")
	if m := e.InnerEvent.Data.(*slackevents.MessageEvent); m.BotID != DefaultBotID || m.Text != "hi" {
		t.Errorf("got %+v", m)
	}
}

func TestAppHomeOpened(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.OpenHome(miaID); err != nil {
		t.Fatal(err)
	}
	if v, ok := r.last().payload(t)["event"].(map[string]any)["view"]; ok {
		t.Errorf("there is a view before one was published: %v", v)
	}
	if _, err := r.api.PublishView(miaID, homeView("first"), ""); err != nil {
		t.Fatal(err)
	}
	if err := r.OpenHome(miaID); err != nil {
		t.Fatal(err)
	}
	e, _ := r.parsed("app_home_opened")
	h := e.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent)
	if h.Tab != "home" || h.User != miaID || h.Channel != miaDM || h.View == nil || len(h.View.Blocks.BlockSet) != 1 {
		t.Errorf("got %+v", h)
	}
	if err := r.OpenHome(liweiID); err == nil {
		t.Error("an outsider opened Home")
	}
}

func homeView(text string) slack.HomeTabViewRequest {
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
		slack.NewActionBlock("home-block", slack.NewButtonBlockElement("home-go", "7", slack.NewTextBlockObject(slack.PlainTextType, text, false, false))),
	}}}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.Command(miaID, shenzhenID, "/invite @visitprep"); err != nil {
		t.Fatal(err)
	}
	e, raw := r.parsed("member_joined_channel")
	j := e.InnerEvent.Data.(*slackevents.MemberJoinedChannelEvent)
	if j.User != DefaultBotUserID || j.Channel != shenzhenID || j.Inviter != miaID || raw["channel_type"] != "C" {
		t.Errorf("got %+v", j)
	}
	if c, _ := r.Channel(shenzhenID); !slices.Contains(c.Members, DefaultBotUserID) {
		t.Error("the bot is no member")
	}
	if err := r.Invite(miaID, shenzhenID); err == nil {
		t.Error("invited twice")
	}
	if err := r.Invite(liweiID, acmeID); err == nil {
		t.Error("an outsider invited")
	}
}

// clicked is a click as slack-go reads it.
func (r *rig) clicked(documented string) (slack.InteractionCallback, map[string]any) {
	r.t.Helper()
	a := r.last()
	r.verified(a)
	m := a.payload(r.t)
	if documented != "" {
		coversFile(r.t, documented, m)
	}
	c, err := slack.InteractionCallbackParse(a.request())
	if err != nil {
		r.t.Fatal(err)
	}
	if c.Type != slack.InteractionTypeBlockActions || c.APIAppID != DefaultAppID || c.Team.ID != DefaultTeamID || c.TriggerID == "" || len(c.ActionCallback.BlockActions) != 1 {
		r.t.Fatalf("got %+v", c)
	}
	return c, m
}

// Every field of the payload is looked at once, as slack-go reads it: a missing one
// would show in no other test.
func TestClickOnAMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, ts, err := r.api.PostMessage(sourcingID, slack.MsgOptionText("text", false), oneButton("42"))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Act(miaID, Action{Channel: sourcingID, MessageTS: ts, BlockID: "block", ActionID: "go"}); err != nil {
		t.Fatal(err)
	}
	c, _ := r.clicked("block_actions_message")
	b := c.ActionCallback.BlockActions[0]
	if b.Value != "42" || b.ActionID != "go" || b.BlockID != "block" || b.ActionTs == "" || b.Text.Text != "Go" {
		t.Errorf("action: %+v", b)
	}
	if c.User.ID != miaID || c.User.TeamID != DefaultTeamID || c.Channel.ID != sourcingID || c.Channel.Name != "china-sourcing" ||
		c.Message.Timestamp != ts || c.Message.Text != "text" || len(c.Message.Blocks.BlockSet) != 1 || c.Container.MessageTs != ts || c.Container.IsEphemeral {
		t.Errorf("got %+v", c)
	}
}

func TestClickOnAnEphemeral(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ts, err := r.api.PostEphemeral(sourcingID, miaID, slack.MsgOptionText("text", false), oneButton("42"))
	if err != nil {
		t.Fatal(err)
	}
	a := Action{Channel: sourcingID, MessageTS: ts, BlockID: "block", ActionID: "go"}
	if err := r.Act(jonasID, a); err == nil {
		t.Error("Jonas clicked on what only Mia sees")
	}
	if err := r.Act(miaID, a); err != nil {
		t.Fatal(err)
	}
	c, raw := r.clicked("")
	if _, ok := raw["message"]; ok || !c.Container.IsEphemeral || c.ResponseURL == "" {
		t.Errorf("got %+v", c)
	}
}

func TestClickInAThreadOfADirectMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Events = nil })
	_, head, _ := r.api.PostMessage(miaDM, slack.MsgOptionText("head", false))
	_, ts, err := r.api.PostMessage(miaDM, slack.MsgOptionText("text", false), oneButton("42"), slack.MsgOptionTS(head))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Act(miaID, Action{Channel: miaDM, MessageTS: ts, BlockID: "block", ActionID: "go"}); err != nil {
		t.Fatal(err)
	}
	if c, _ := r.clicked("block_actions_message"); c.Channel.Name != "directmessage" || c.Container.ThreadTs != head || c.Message.ThreadTimestamp != head {
		t.Errorf("got %+v", c)
	}
}

func TestClickOnHome(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.api.PublishView(miaID, homeView("x"), ""); err != nil {
		t.Fatal(err)
	}
	if err := r.Act(miaID, Action{Home: true, BlockID: "home-block", ActionID: "home-go"}); err != nil {
		t.Fatal(err)
	}
	c, raw := r.clicked("block_actions_home")
	if _, ok := raw["response_url"]; ok || c.Container.Type != "view" || c.Container.ViewID != c.View.ID || c.View.Hash == "" || c.ActionCallback.BlockActions[0].Value != "7" {
		t.Errorf("got %+v", c)
	}
}

func TestClickOfAnOutsider(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, ts, _ := r.api.PostMessage(acmeID, slack.MsgOptionText("text", false), oneButton("42"))
	if err := r.Act(liweiID, Action{Channel: acmeID, MessageTS: ts, BlockID: "block", ActionID: "go"}); err != nil {
		t.Fatal(err)
	}
	if c, _ := r.clicked("block_actions_message"); c.Team.ID != DefaultTeamID || c.User.TeamID != "T0ACMELIGHT" {
		t.Errorf("got team %s, user's team %s", c.Team.ID, c.User.TeamID)
	}
}

func TestClickThatTheBotDoesNotTake(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, ts, _ := r.api.PostMessage(sourcingID, slack.MsgOptionText("text", false), oneButton("42"))
	r.answers(func(rw http.ResponseWriter, _ arrival) { rw.WriteHeader(500) })
	var d *DeliveryError
	if err := r.Act(miaID, Action{Channel: sourcingID, MessageTS: ts, BlockID: "block", ActionID: "go"}); !errors.As(err, &d) || d.Code != "http_service_error" {
		t.Errorf("got %v", err)
	}
	if m := r.Messages(miaID, sourcingID); m[len(m)-1].User != Slackbot {
		t.Errorf("got %+v", m)
	}
}

func TestEveryKindOfInput(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	opts := `"options":[{"text":{"type":"plain_text","text":"One"},"value":"1"},{"text":{"type":"plain_text","text":"Two"},"value":"2"}]`
	answer := r.call("chat.postMessage", map[string]any{"channel": sourcingID, "text": "x", "blocks": json.RawMessage(`[{"type":"actions","block_id":"b","elements":[
		{"type":"static_select","action_id":"static_select",` + opts + `},
		{"type":"radio_buttons","action_id":"radio_buttons",` + opts + `,"initial_option":{"text":{"type":"plain_text","text":"One"},"value":"1"}},
		{"type":"users_select","action_id":"users_select"},
		{"type":"conversations_select","action_id":"conversations_select"},
		{"type":"multi_users_select","action_id":"multi_users_select"},
		{"type":"datepicker","action_id":"datepicker"},
		{"type":"button","action_id":"button","value":"2","text":{"type":"plain_text","text":"Go"}},
		{"type":"checkboxes","action_id":"checkboxes",` + opts + `},
		{"type":"timepicker","action_id":"timepicker"}]},
		{"type":"input","block_id":"quiet","label":{"type":"plain_text","text":"Note"},"element":{"type":"plain_text_input","action_id":"note"}},
		{"type":"input","block_id":"loud","dispatch_action":true,"label":{"type":"plain_text","text":"Note"},"element":{"type":"plain_text_input","action_id":"note"}}]`)})
	ts, _ := answer["ts"].(string)
	act := func(block, id, value string, values ...string) *slack.BlockAction {
		t.Helper()
		before := len(r.arrivals())
		if err := r.Act(miaID, Action{Channel: sourcingID, MessageTS: ts, BlockID: block, ActionID: id, Value: value, Values: values}); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if len(r.arrivals()) == before {
			return nil
		}
		c, _ := r.clicked("")
		return c.ActionCallback.BlockActions[0]
	}
	check := func(id string, ok bool) {
		t.Helper()
		if !ok {
			t.Errorf("%s: %s", id, r.last().payload(t))
		}
	}
	check("button", act("b", "button", "").Value == "2")
	check("static_select", act("b", "static_select", "2").SelectedOption.Text.Text == "Two")
	check("radio_buttons", act("b", "radio_buttons", "2").SelectedOption.Value == "2")
	check("users_select", act("b", "users_select", jonasID).SelectedUser == jonasID)
	check("conversations_select", act("b", "conversations_select", generalID).SelectedConversation == generalID)
	check("multi_users_select", slices.Equal(act("b", "multi_users_select", "", miaID, jonasID).SelectedUsers, []string{miaID, jonasID}))
	boxes := act("b", "checkboxes", "", "2", "1").SelectedOptions
	check("checkboxes", len(boxes) == 2 && boxes[0].Text.Text == "Two")
	if err := r.Act(miaID, Action{Channel: sourcingID, MessageTS: ts, BlockID: "b", ActionID: "checkboxes", Values: []string{"3"}}); err == nil {
		t.Error("ticked a box that is not there")
	}
	check("datepicker", act("b", "datepicker", "2026-11-22").SelectedDate == "2026-11-22")
	if a := act("quiet", "note", "kept"); a != nil {
		t.Errorf("an input without dispatch_action sent %+v", a)
	}
	check("plain_text_input", act("loud", "note", "said").Value == "said")

	c, _ := r.clicked("")
	state := c.BlockActionState.Values
	if state["quiet"]["note"].Value != "kept" || state["b"]["radio_buttons"].SelectedOption.Value != "2" || state["b"]["datepicker"].SelectedDate != "2026-11-22" {
		t.Errorf("state: %+v", state)
	}
	if _, ok := state["b"]["button"]; ok {
		t.Error("a button has no state")
	}
	if err := r.Act(miaID, Action{Channel: sourcingID, MessageTS: ts, BlockID: "b", ActionID: "timepicker", Value: "12:00"}); err == nil || !strings.Contains(err.Error(), "cannot be used") {
		t.Errorf("an element that is not drawn: %v", err)
	}
	if err := r.Act(miaID, Action{Channel: sourcingID, MessageTS: ts, BlockID: "b", ActionID: "static_select", Value: "3"}); err == nil {
		t.Error("chose what is not offered")
	}
	// Each person has their own entries.
	if err := r.Act(jonasID, Action{Channel: sourcingID, MessageTS: ts, BlockID: "b", ActionID: "button"}); err != nil {
		t.Fatal(err)
	}
	c, _ = r.clicked("")
	if got := c.BlockActionState.Values["b"]["radio_buttons"].SelectedOption.Value; got != "1" {
		t.Errorf("Jonas has Mia's choice %s", got)
	}
}

// url is the response_url of what came last.
func (r *rig) url() string {
	r.t.Helper()
	u, _ := r.last().payload(r.t)["response_url"].(string)
	return u
}

// What a response_url may do and when it ends, each in a workspace of its own.
func TestMenuThatTheAppFills(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	answer := r.call("chat.postMessage", map[string]any{"channel": sourcingID, "text": "x", "blocks": json.RawMessage(`[{"type":"input","block_id":"defect","label":{"type":"plain_text","text":"Defect"},
		"dispatch_action":true,"element":{"type":"external_select","action_id":"it","min_query_length":2}}]`)})
	ts, _ := answer["ts"].(string)
	menu := Action{Channel: sourcingID, MessageTS: ts, BlockID: "defect", ActionID: "it"}
	typed := func(value string) ([]Option, error) {
		a := menu
		a.Value = value
		return r.Suggest(miaID, a)
	}
	offer := func(body string) {
		r.answers(func(rw http.ResponseWriter, _ arrival) {
			rw.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(rw, body)
		})
	}
	const scratch, guard = `{"text":{"type":"plain_text","text":"Scratch"},"value":"scratch"}`, `{"text":{"type":"plain_text","text":"No corner guard"},"value":"corner-guard"}`
	offer(`{"options":[` + scratch + `,` + guard + `]}`)
	if got, err := typed("s"); err != nil || got != nil || len(r.arrivals()) != 0 {
		t.Errorf("asked for too few letters: %v %v", got, err)
	}
	got, err := typed("sc")
	if want := []Option{{"Scratch", "scratch"}, {"No corner guard", "corner-guard"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	var c slack.InteractionCallback
	if err := json.Unmarshal([]byte(r.last().form(t)), &c); err != nil {
		t.Fatal(err)
	}
	if c.Type != slack.InteractionTypeBlockSuggestion || c.ActionID != "it" || c.BlockID != "defect" || c.Value != "sc" || c.Container.MessageTs != ts || c.User.ID != miaID {
		t.Errorf("got %+v", c)
	}
	offer("")
	menu.Value = "bent"
	if err := r.Act(miaID, menu); err == nil {
		t.Error("took what was not offered")
	}
	menu.Value = "corner-guard"
	if err := r.Act(miaID, menu); err != nil {
		t.Fatal(err)
	}
	if c, _ := r.clicked(""); c.BlockActionState.Values["defect"]["it"].SelectedOption.Text.Text != "No corner guard" {
		t.Errorf("got %+v", c.BlockActionState)
	}
	offer(`{"option_groups":[{"label":{"type":"plain_text","text":"Packing"},"options":[` + guard + `]}]}`)
	if got, err := typed("corner"); err != nil || len(got) != 1 {
		t.Errorf("groups: %v, %v", got, err)
	}
	for _, wrong := range []string{"", "no JSON", `{}`, `{"options":[{"text":"Scratch","value":"scratch"}]}`, `{"options":[],"option_groups":[]}`} {
		offer(wrong)
		if got, err := typed("corner"); err == nil {
			t.Errorf("%s was taken as %v", wrong, got)
		}
		if _, ok := r.refused("invalid_options"); !ok {
			t.Errorf("%s was not refused", wrong)
		}
	}
	offer(`{"options":[]}`)
	if got, err := typed("corner"); err != nil || len(got) != 0 {
		t.Errorf("nothing fits: %v, %v", got, err)
	}
}

func TestResponseURL(t *testing.T) {
	t.Parallel()
	command := func(t *testing.T) (*rig, string) {
		r := newRig(t)
		if err := r.Command(miaID, sourcingID, "/visit-prep"); err != nil {
			t.Fatal(err)
		}
		return r, r.url()
	}
	t.Run("ephemeral by default, in_channel on request", func(t *testing.T) {
		r, u := command(t)
		for _, m := range []map[string]any{{"text": "for Mia"}, {"text": "for all", "response_type": "in_channel"}} {
			if status, body := r.respond(u, m); status != 200 || body != "ok" {
				t.Errorf("%d %s", status, body)
			}
		}
		if mia, jonas := r.texts(miaID, sourcingID), r.texts(jonasID, sourcingID); len(mia) != 2 || !slices.Equal(jonas, []string{"for all"}) {
			t.Errorf("Mia reads %q, Jonas %q", mia, jonas)
		}
	})
	t.Run("works where the app is no member", func(t *testing.T) {
		r := newRig(t)
		if err := r.Command(miaID, shenzhenID, "/visit-prep"); err != nil {
			t.Fatal(err)
		}
		if err := slack.PostWebhookCustomHTTP(r.url(), r.HTTPClient(), &slack.WebhookMessage{Text: "hi"}); err != nil {
			t.Error(err)
		}
	})
	t.Run("slack-go's client", func(t *testing.T) {
		r, u := command(t)
		if _, _, err := r.api.PostMessage(sourcingID, slack.MsgOptionText("hi", false), slack.MsgOptionResponseURL(u, slack.ResponseTypeEphemeral)); err != nil {
			t.Error(err)
		}
	})
	t.Run("five times", func(t *testing.T) {
		r, u := command(t)
		for range 5 {
			if status, _ := r.respond(u, map[string]any{"text": "x"}); status != 200 {
				t.Errorf("status %d", status)
			}
		}
		status, body := r.respond(u, map[string]any{"text": "x"})
		if _, ok := r.refused("used_url"); status != 404 || !strings.Contains(body, "used_url") || !ok {
			t.Errorf("%d %s", status, body)
		}
	})
	t.Run("half an hour", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, u := command(t)
			time.Sleep(29 * time.Minute)
			if status, _ := r.respond(u, map[string]any{"text": "x"}); status != 200 {
				t.Errorf("status %d after 29 minutes", status)
			}
			time.Sleep(2 * time.Minute)
			status, body := r.respond(u, map[string]any{"text": "x"})
			if status != 404 || !strings.Contains(body, "expired_url") {
				t.Errorf("%d %s", status, body)
			}
			_ = r.Close()
		})
	})
	t.Run("broken blocks", func(t *testing.T) {
		r, u := command(t)
		if status, body := r.respond(u, map[string]any{"text": "x", "blocks": []any{map[string]any{"type": "x"}}}); status != 400 || !strings.Contains(body, "invalid_blocks") {
			t.Errorf("%d %s", status, body)
		}
	})
	t.Run("an invented address", func(t *testing.T) {
		r, u := command(t)
		if status, _ := r.respond(u+"x", map[string]any{"text": "x"}); status != 404 {
			t.Errorf("status %d", status)
		}
	})
}

func TestReplaceAndDeleteOriginal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ts, _ := r.api.PostEphemeral(sourcingID, miaID, slack.MsgOptionText("first", false), oneButton("1"))
	_, _, _ = r.api.PostMessage(sourcingID, slack.MsgOptionText("after", false))
	if err := r.Act(miaID, Action{Channel: sourcingID, MessageTS: ts, BlockID: "block", ActionID: "go"}); err != nil {
		t.Fatal(err)
	}
	u := r.url()
	if status, body := r.respond(u, map[string]any{"text": "second", "replace_original": true}); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	m := r.Messages(miaID, sourcingID)
	if m[0].Text != "second" || m[0].TS != ts || m[0].Only != miaID || len(m[0].Blocks) != 0 || m[0].Edited {
		t.Errorf("replaced: %+v", m[0])
	}
	if got := r.texts(jonasID, sourcingID); !slices.Equal(got, []string{"after"}) {
		t.Errorf("Jonas reads %q", got)
	}
	if status, _ := r.respond(u, map[string]any{"delete_original": true}); status != 200 {
		t.Error(status)
	}
	if got := r.texts(miaID, sourcingID); !slices.Equal(got, []string{"after"}) {
		t.Errorf("Mia reads %q", got)
	}
	if status, _ := r.respond(u, map[string]any{"text": "x", "replace_original": true}); status != 400 {
		t.Errorf("replaced what is gone: %d", status)
	}
}

func TestTriggerOpensOneModalWithinThreeSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		trigger := func() string {
			if err := r.Command(miaID, sourcingID, "/visit-prep"); err != nil {
				t.Fatal(err)
			}
			id, _ := r.last().payload(t)["trigger_id"].(string)
			return id
		}
		modal := slack.ModalViewRequest{Type: slack.VTModal, Title: slack.NewTextBlockObject(slack.PlainTextType, "Plan", false, false),
			Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}}
		open := func(id, want string) {
			t.Helper()
			v, err := r.api.OpenView(id, modal)
			if want == "" && (err != nil || v.ID == "" || v.Title.Text != "Plan") {
				t.Errorf("got %v, %v", v, err)
			} else if want != "" && (err == nil || err.Error() != want) {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		id := trigger()
		open(id, "")
		open(id, "exchanged_trigger_id")
		if reason, ok := r.refused("exchanged_trigger_id"); !ok || !strings.Contains(reason, "used before") {
			t.Errorf("the refusal says %q", reason)
		}
		id = trigger()
		time.Sleep(3100 * time.Millisecond)
		open(id, "expired_trigger_id")
		open("1.2.3", "invalid_trigger_id")
		_ = r.Close()
	})
}

func TestOverRealHTTP(t *testing.T) {
	t.Parallel()
	got := make(chan arrival, 10)
	bot := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		got <- arrival{req.Header, body}
		_, _ = io.WriteString(rw, "hello")
	}))
	defer bot.Close()
	r := newRig(t, func(o *Options) { o.Deliver, o.RequestURL = nil, bot.URL+"/slack/events" })
	if err := r.Command(miaID, sourcingID, "/visit-prep"); err != nil {
		t.Fatal(err)
	}
	r.verified(<-got)
	if got := r.texts(miaID, sourcingID); !slices.Equal(got, []string{"hello"}) {
		t.Errorf("Mia reads %q", got)
	}
}

func TestIdleAndWaitFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.answers(func(_ http.ResponseWriter, a arrival) {
			go func() { // the bot works on after its ack
				time.Sleep(20 * time.Millisecond)
				_, _, _ = r.api.PostMessage(sourcingID, slack.MsgOptionText("done", false))
			}()
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := r.Command(miaID, sourcingID, "/visit-prep"); err != nil {
			t.Fatal(err)
		}
		if err := r.Idle(ctx); err != nil || len(r.texts(miaID, sourcingID)) != 1 {
			t.Errorf("%v, Mia reads %q", err, r.texts(miaID, sourcingID))
		}
		if err := r.Command(miaID, sourcingID, "/visit-prep"); err != nil {
			t.Fatal(err)
		}
		if err := r.WaitFor(ctx, func() bool { return len(r.texts(miaID, sourcingID)) == 2 }); err != nil {
			t.Error(err)
		}
		if err := r.WaitFor(ctx, func() bool { return false }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		_ = r.Close()
		if err := r.WaitFor(t.Context(), func() bool { return false }); err == nil {
			t.Error("waits on after Close")
		}
	})
}

func TestEveryArrivalHasTheDocumentedKeysOnly(t *testing.T) {
	t.Parallel()
	// Guards against a typo in a key that slack-go would silently drop.
	r := newRig(t)
	if err := r.Command(miaID, sourcingID, "/visit-prep"); err != nil {
		t.Fatal(err)
	}
	want := []string{"api_app_id", "channel_id", "channel_name", "command", "is_enterprise_install", "response_url", "team_domain", "team_id", "text", "token", "trigger_id", "user_id", "user_name"}
	if got := slices.Sorted(maps.Keys(r.last().payload(t))); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
