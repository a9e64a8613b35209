package localslack

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

// code is Slack's error code in a slack-go error.
func code(err error) string {
	if err == nil {
		return ""
	}
	var s slack.SlackErrorResponse
	if errors.As(err, &s) {
		return s.Err
	}
	return err.Error()
}

func TestTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct{ method, kind, auth, body, want string }{
		"no token":                   {"auth.test", form, "", "", "not_authed"},
		"a wrong token":              {"auth.test", form, "Bearer xoxb-1", "", "invalid_auth"},
		"the token in the header":    {"auth.test", form, "Bearer " + r.BotToken(), "", ""},
		"the token in the form":      {"auth.test", form, "", "token=" + r.BotToken(), ""},
		"the token in JSON":          {"auth.test", "application/json", "", `{"token":"` + r.BotToken() + `"}`, "not_authed"},
		"the app token for the bot":  {"auth.test", form, "Bearer " + r.AppToken(), "", "not_allowed_token_type"},
		"the bot token for the app":  {"apps.connections.open", form, "Bearer " + r.BotToken(), "", "not_allowed_token_type"},
		"the app token":              {"apps.connections.open", form, "Bearer " + r.AppToken(), "", ""},
		"a method that is not there": {"chat.shout", form, "Bearer " + r.BotToken(), "", "unknown_method"},
		"broken JSON":                {"auth.test", "application/json", "Bearer " + r.BotToken(), "[", "json_not_object"},
		"another kind of body":       {"auth.test", "text/xml", "Bearer " + r.BotToken(), "<a/>", "invalid_post_type"},
	} {
		answer := r.send(c.method, c.kind, c.auth, c.body)
		if got, _ := answer["error"].(string); got != c.want {
			t.Errorf("%s: got %v, want %q", name, answer, c.want)
		}
		if _, ok := r.refused(c.want); c.want != "" && !ok {
			t.Errorf("%s: no refusal", name)
		}
	}
	if a, err := r.api.AuthTest(); err != nil || a.UserID != DefaultBotUserID || a.BotID != DefaultBotID || a.TeamID != DefaultTeamID || a.User != "visitprep" {
		t.Errorf("auth.test: %+v %v", a, err)
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Scopes, o.Events = []string{"chat:write", "channels:read"}, nil })
	for method, c := range map[string]struct {
		args   map[string]any
		needed string
	}{
		"users.info":            {map[string]any{"user": miaID}, "users:read"},
		"conversations.info":    {map[string]any{"channel": miaDM}, "im:read"},
		"conversations.history": {map[string]any{"channel": sourcingID}, "channels:history"},
		"users.conversations":   {map[string]any{"types": "public_channel,private_channel"}, "groups:read"},
		"conversations.open":    {map[string]any{"users": miaID}, "im:write"},
		"chat.postMessage":      {map[string]any{"channel": sourcingID, "text": "x", "username": "y"}, "chat:write.customize"},
	} {
		answer := r.call(method, c.args)
		if answer["error"] != "missing_scope" || answer["needed"] != c.needed || answer["provided"] != "chat:write,channels:read" {
			t.Errorf("%s: %v", method, answer)
		}
	}
	if _, err := r.api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: sourcingID}); err != nil {
		t.Error(err)
	}
	_, err := r.api.GetUserInfo(miaID)
	var s slack.SlackErrorResponse
	if !errors.As(err, &s) || s.Needed != "users:read" {
		t.Errorf("slack-go sees %#v", err)
	}
}

func TestWhereTheAppMayWrite(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) {
		o.Channels = append(o.Channels, Channel{ID: "C0OLD", Name: "old", Archived: true, Members: []string{miaID, DefaultBotUserID}},
			Channel{ID: "C0SECRET", Name: "secret", Private: true, Members: []string{miaID}})
	})
	for channel, want := range map[string]string{
		sourcingID: "", "#china-sourcing": "", miaID: "", miaDM: "",
		generalID: "not_in_channel", "C0NONE": "channel_not_found", "": "channel_not_found", liweiID: "channel_not_found", "C0SECRET": "channel_not_found", "C0OLD": "is_archived",
	} {
		if _, _, err := r.api.PostMessage(channel, slack.MsgOptionText("x", false)); code(err) != want {
			t.Errorf("%q: got %v, want %q", channel, err, want)
		}
	}
	if reason, _ := r.refused("not_in_channel"); !strings.Contains(reason, "/invite @visitprep") {
		t.Errorf("the refusal does not say what to do: %q", reason)
	}
	for c, want := range map[[2]string]string{
		{sourcingID, miaID}: "", {sourcingID, liweiID}: "user_not_in_channel", {sourcingID, "U0NONE"}: "user_not_found", {generalID, miaID}: "not_in_channel",
	} {
		if _, err := r.api.PostEphemeral(c[0], c[1], slack.MsgOptionText("x", false)); code(err) != want {
			t.Errorf("ephemeral %v: got %v, want %q", c, err, want)
		}
	}
}

// One message goes through all that chat.update documents, since each change
// depends on what was there before.
func TestMessageIsChanged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	channel, ts, err := r.api.PostMessage(sourcingID, slack.MsgOptionText("one", false), oneButton("1"),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "reminder", EventPayload: map[string]any{"key": "k1"}}))
	if err != nil || channel != sourcingID {
		t.Fatal(channel, err)
	}
	// Blocks without text, then text without blocks, as the page of chat.update says.
	if _, _, _, err := r.api.UpdateMessage(sourcingID, ts, slack.MsgOptionText("two", false), oneButton("2")); err != nil {
		t.Fatal(err)
	}
	if m := r.Messages(miaID, sourcingID)[0]; m.Edited || len(m.Blocks) != 1 || m.Metadata == nil {
		t.Errorf("updated with blocks: %+v", m)
	}
	if _, _, _, err := r.api.UpdateMessage(sourcingID, ts, slack.MsgOptionText("three", false)); err != nil {
		t.Fatal(err)
	}
	if m := r.Messages(miaID, sourcingID)[0]; !m.Edited || len(m.Blocks) != 0 || m.Text != "three" {
		t.Errorf("updated with text: %+v", m)
	}
	link, err := r.api.GetPermalink(&slack.PermalinkParameters{Channel: sourcingID, Ts: ts})
	if err != nil || !strings.HasSuffix(link, "/archives/"+sourcingID+"/p"+strings.Replace(ts, ".", "", 1)) {
		t.Error(link, err)
	}
	h, err := r.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: sourcingID, IncludeAllMetadata: true})
	if err != nil || len(h.Messages) != 1 || h.Messages[0].Metadata.EventPayload["key"] != "k1" {
		t.Errorf("history: %+v %v", h, err)
	}
}

// A thread is a message of the bot with three replies: the bot's own, one that
// is shown in the channel too, and Mia's.
type thread struct{ head, reply, loud, mine string }

func (r *rig) thread() thread {
	r.t.Helper()
	post := func(text string, options ...slack.MsgOption) string {
		_, ts, err := r.api.PostMessage(sourcingID, append(options, slack.MsgOptionText(text, false))...)
		if err != nil {
			r.t.Fatal(err)
		}
		return ts
	}
	var h thread
	h.head = post("head")
	h.reply = post("reply", slack.MsgOptionTS(h.head))
	h.loud = post("loud", slack.MsgOptionTS(h.reply), slack.MsgOptionBroadcast())
	mine, err := r.Say(miaID, sourcingID, h.head, "from Mia")
	if err != nil {
		r.t.Fatal(err)
	}
	h.mine = mine
	return h
}

func TestOnlyItsOwnMessagesAreChanged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	thread := r.thread()
	secret, _ := r.api.PostEphemeral(sourcingID, miaID, slack.MsgOptionText("secret", false))
	for at, want := range map[string]string{thread.mine: "cant_update_message", secret: "message_not_found", "1.2": "message_not_found"} {
		if _, _, _, err := r.api.UpdateMessage(sourcingID, at, slack.MsgOptionText("x", false)); code(err) != want {
			t.Errorf("update of %s: got %v, want %s", at, err, want)
		}
	}
	if _, err := r.Say(miaID, sourcingID, secret, "x"); err == nil {
		t.Error("replied to an ephemeral")
	}
}

// One thread is read in every way that the scheduler's search for a lost message
// could read it.
func TestHistoryAndReplies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	thread := r.thread()
	ts, loud := thread.head, thread.loud
	h, err := r.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: sourcingID})
	if err != nil || len(h.Messages) != 2 {
		t.Fatalf("%+v %v", h, err)
	}
	if top := h.Messages[1]; h.Messages[0].Timestamp != loud || top.Timestamp != ts || top.ReplyCount != 3 {
		t.Errorf("history: %+v", h.Messages)
	}
	h, _ = r.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: sourcingID, Oldest: ts, Latest: loud})
	if len(h.Messages) != 0 {
		t.Errorf("between the two: %+v", h.Messages)
	}
	h, _ = r.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: sourcingID, Oldest: ts, Inclusive: true, Limit: 1})
	if len(h.Messages) != 1 || !h.HasMore || h.ResponseMetaData.NextCursor == "" || h.Messages[0].Metadata.EventType != "" {
		t.Errorf("one page: %+v", h)
	}
	all, _, _, err := r.api.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: sourcingID, Timestamp: thread.reply})
	if err != nil || len(all) != 4 || all[0].Timestamp != ts || all[3].Timestamp != thread.mine {
		t.Errorf("replies: %+v %v", all, err)
	}
	if _, _, _, err := r.api.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: sourcingID, Timestamp: "1.2"}); code(err) != "thread_not_found" {
		t.Error(err)
	}
}

func TestBadContent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, c := range map[string]struct {
		args map[string]any
		want string
	}{
		"a metadata string":        {map[string]any{"text": "x", "metadata": "k"}, "invalid_metadata_format"},
		"metadata without payload": {map[string]any{"text": "x", "metadata": map[string]any{"event_type": "a"}}, "invalid_metadata_schema"},
		"Markdown":                 {map[string]any{"markdown_text": "**y**"}, "invalid_arguments"},
		"a long number of blocks":  {map[string]any{"text": "x", "blocks": "[" + strings.Repeat(`{"type":"divider"},`, 50) + `{"type":"divider"}]`}, "invalid_blocks"},
	} {
		c.args["channel"] = sourcingID
		if answer := r.call("chat.postMessage", c.args); answer["error"] != c.want {
			t.Errorf("%s: %v", name, answer)
		}
	}
}

// Bots branch on these fields: each is looked at for each kind of channel.
func TestConversations(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	shared, err := r.api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: acmeID, IncludeNumMembers: true})
	if err != nil || !shared.IsExtShared || !shared.IsMember || shared.IsIM || shared.NumMembers != 4 || !slices.Equal(shared.ConnectedTeamIDs, []string{"T0ACMELIGHT"}) {
		t.Errorf("%+v %v", shared, err)
	}
	if c, _ := r.api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: shenzhenID}); c.IsMember || c.IsExtShared || c.Name != "shenzhen-visit" {
		t.Errorf("%+v", c)
	}
	if c, _ := r.api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: miaDM}); !c.IsIM || c.User != miaID {
		t.Errorf("%+v", c)
	}
	list := func(user, cursor string, limit int, types ...string) ([]slack.Channel, string) {
		t.Helper()
		list, next, err := r.api.GetConversationsForUser(&slack.GetConversationsForUserParameters{UserID: user, Cursor: cursor, Limit: limit, Types: types})
		if err != nil {
			t.Error(err)
		}
		return list, next
	}
	page, next := list(miaID, "", 3)
	if len(page) != 3 || next == "" {
		t.Errorf("%d %q", len(page), next)
	}
	if page, next = list(miaID, next, 3, "public_channel"); len(page) != 1 || next != "" {
		t.Errorf("second page: %d %q", len(page), next)
	}
	if page, _ := list(miaID, "", 0, "im"); len(page) != 1 {
		t.Errorf("%d direct messages", len(page))
	}
	if page, _ := list("", "", 0, "public_channel"); len(page) != 2 {
		t.Errorf("the app is in %d channels", len(page))
	}
}

func TestOpeningADirectMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	im, _, open, err := r.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{jonasID}, ReturnIM: true})
	if err != nil || im.ID != "D0JONASWEB1" || !open {
		t.Error(im, open, err)
	}
	if _, _, _, err := r.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{liweiID}}); err == nil {
		t.Error("a direct message with an outsider")
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mia, err := r.api.GetUserInfo(miaID)
	if err != nil || mia.TZ != "Europe/Berlin" || mia.TZOffset < 3600 || mia.RealName != "Mia Chen" || mia.TeamID != DefaultTeamID || mia.IsBot {
		t.Errorf("%+v %v", mia, err)
	}
	if li, _ := r.api.GetUserInfo(liweiID); li.TeamID != "T0ACMELIGHT" || li.TZ != "Asia/Shanghai" {
		t.Errorf("%+v", li)
	}
	if _, err := r.api.GetUserInfo("U0NONE"); code(err) != "user_not_found" {
		t.Error(err)
	}
}

func TestHomeIsPublishedWithItsHash(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first, err := r.api.PublishView(miaID, homeView("one"), "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.api.PublishView(miaID, homeView("two"), first.Hash)
	if err != nil || second.ID != first.ID || second.Hash == first.Hash {
		t.Fatalf("%+v %v", second, err)
	}
	if _, err := r.api.PublishView(miaID, homeView("three"), first.Hash); code(err) != "hash_conflict" {
		t.Error(err)
	}
	if v, ok := r.Home(miaID); !ok || !strings.Contains(string(v.Blocks[0]), "two") || v.Hash != second.Hash {
		t.Errorf("%+v", v)
	}
	if _, ok := r.Home(jonasID); ok {
		t.Error("Jonas has Mia's Home")
	}
	if _, err := r.api.PublishView(liweiID, homeView("x"), ""); code(err) != "user_not_found" {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	post := func() error {
		_, _, err := r.api.PostMessage(sourcingID, slack.MsgOptionText("x", false))
		return err
	}
	r.Fail("chat.postMessage", "fatal_error", 2)
	r.FailHTTP("chat.postMessage", 429, http.Header{"Retry-After": {"7"}}, 1)
	r.FailHTTP("chat.postMessage", 500, nil, 1)
	r.LoseAnswer("chat.postMessage", 1)
	for range 2 {
		if err := post(); code(err) != "fatal_error" {
			t.Error(err)
		}
	}
	var limited *slack.RateLimitedError
	if err := post(); !errors.As(err, &limited) || limited.RetryAfter != 7*time.Second {
		t.Error(err)
	}
	var status slack.StatusCodeError
	if err := post(); !errors.As(err, &status) || status.Code != 500 {
		t.Error(err)
	}
	if n := len(r.Messages("", sourcingID)); n != 0 {
		t.Fatalf("%d messages came through", n)
	}
	if err := post(); !errors.Is(err, io.ErrUnexpectedEOF) || len(r.Messages("", sourcingID)) != 1 {
		t.Errorf("a lost answer: %v, %d messages", err, len(r.Messages("", sourcingID)))
	}
	if err := post(); err != nil {
		t.Error(err)
	}
	r.Fail("response_url", "expired_url", 1)
	if err := r.Command(miaID, sourcingID, "/visit-prep"); err != nil {
		t.Fatal(err)
	}
	if _, body := r.respond(r.url(), map[string]any{"text": "x"}); !strings.Contains(body, "expired_url") {
		t.Error(body)
	}
}

func TestLostAnswerOverTheNetwork(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := httptest.NewServer(r.Handler())
	defer server.Close()
	api := slack.New(r.BotToken(), slack.OptionAPIURL(r.APIURL(server.URL)))
	r.LoseAnswer("auth.test", 1)
	if _, err := api.AuthTest(); err == nil {
		t.Error("the answer came")
	}
	a, err := api.AuthTest()
	if err != nil || a.URL != server.URL+"/" {
		t.Errorf("%+v %v: the address should be the one of the call", a, err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	o := Sample()
	o.Logger, o.BotName = nil, ""
	o.Deliver, o.RequestURL = http.NotFoundHandler(), "http://x"
	o.People = append(o.People, Person{ID: miaID, Name: "x", TZ: "Mars/Base"})
	o.Channels = append(o.Channels, Channel{ID: "C1", Members: []string{"U0NONE"}})
	o.Commands = []SlashCommand{{Name: "x"}}
	_, err := New(o)
	for _, field := range []string{"Logger", "BotName", "RequestURL", "People[3]", "People[3].TZ", "Channels[4].Members", "Commands[0].Name"} {
		if err == nil || !strings.Contains(err.Error(), "localslack.Options."+field+":") {
			t.Errorf("%s is not named in %v", field, err)
		}
	}
}
