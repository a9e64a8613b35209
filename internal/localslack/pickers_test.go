package localslack

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var optionValue = lazily(`value="([CDUW][^"]*)"`)

// TestPickersObeyTheirFilters: what Slack would not offer is not offered.
func TestPickersObeyTheirFilters(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	const gone, far = "U0GONE00001", "U0STRANGER1"
	for _, err := range []error{
		d.w.AddPerson(Person{ID: gone, Name: "gone", RealName: "Gone", TeamID: DefaultTeamID, TZ: "UTC"}),
		d.w.AddPerson(Person{ID: far, Name: "far", RealName: "Far Away", TeamID: "T0FARAWAY", TZ: "UTC"}),
		d.w.Deactivate(gone), d.w.MakePrivate(shenzhenID),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	rd := d.w.reader(miaID)
	channels, people := []string{acmeID, generalID, shenzhenID, sourcingID}, []string{jonasID, liweiID, miaID, DefaultBotUserID}
	noBots := []string{jonasID, liweiID, miaID}
	for _, c := range []struct {
		name, element string
		want          []string
	}{
		{"people", `"type":"users_select"`, people},
		{"several people", `"type":"multi_users_select"`, people},
		{"conversations of all kinds", `"type":"conversations_select"`, slices.Concat(channels, people)},
		{"channels", `"type":"conversations_select","filter":{"include":["public","private"],"exclude_bot_users":true}`, channels},
		{"public channels", `"type":"conversations_select","filter":{"include":["public"]}`, []string{acmeID, generalID, sourcingID}},
		{"private channels", `"type":"conversations_select","filter":{"include":["private"]}`, []string{shenzhenID}},
		{"direct messages", `"type":"conversations_select","filter":{"include":["im"]}`, people},
		{"direct messages with people", `"type":"conversations_select","filter":{"include":["im"],"exclude_bot_users":true}`, noBots},
		{"all but bots", `"type":"conversations_select","filter":{"exclude_bot_users":true}`, slices.Concat(channels, noBots)},
		{"all but what is shared", `"type":"conversations_select","filter":{"exclude_external_shared_channels":true}`, slices.Concat([]string{generalID, shenzhenID, sourcingID}, people)},
		{"group messages, of which there are none", `"type":"conversations_select","filter":{"include":["mpim"]}`, nil},
	} {
		raw := json.RawMessage(`{"type":"actions","block_id":"b","elements":[{"action_id":"a",` + c.element + `}]}`)
		var got []string
		for _, m := range optionValue().FindAllStringSubmatch(draw(renderBlocks(rd, "m1", []json.RawMessage{raw})), -1) {
			got = append(got, m[1])
		}
		slices.Sort(got)
		want := slices.Clone(c.want)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: offered %v, want %v", c.name, got, want)
		}
	}
}

// A reply that also stands in the channel says so, in both places.
func TestBroadcastIsMarked(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	root, _ := d.api("chat.postMessage", map[string]any{"channel": sourcingID, "text": "*Visit 1*: <@" + miaID + "> goes to <https://example.com|Ningbo>, and this goes on for so long that nobody wants to read all of it here"})["ts"].(string)
	d.api("chat.postMessage", map[string]any{"channel": sourcingID, "text": "One week to go", "thread_ts": root, "reply_broadcast": true})
	page := d.get("/" + link(miaID, sourcingID, root))
	in := regexp.MustCompile(`(?s)replied to a thread: <a[^>]*href="([^"]*)"[^>]*>([^<]*)</a>`).FindStringSubmatch(page)
	if in == nil {
		t.Fatal("the copy in the channel does not say that it is a reply")
	}
	if want := strings.ReplaceAll(link(miaID, sourcingID, root), "&", "&amp;"); in[1] != want {
		t.Errorf("it leads to %s, want %s", in[1], want)
	}
	if want := "Visit 1: @Mia Chen goes to Ningbo, and this goes on for so …"; in[2] != want {
		t.Errorf("it names the thread as %q, want %q", in[2], want)
	}
	if n := strings.Count(page, "Also sent to the channel"); n != 1 {
		t.Errorf("in the thread it is marked %d times", n)
	}
}
