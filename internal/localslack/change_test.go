package localslack

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

const secretID = "G0SECRET001" // private, and the app is in it

// listening subscribes to every event, and adds a private channel.
func listening(o *Options) {
	o.Events = slices.DeleteFunc(slices.Clone(knownEvents), func(e string) bool { return strings.HasPrefix(e, "message.") })
	o.Channels = append(o.Channels, Channel{ID: secretID, Name: "secret-supplier", Private: true, Members: []string{DefaultBotUserID, miaID, jonasID}})
}

// heard are the events since the last call: the inner event of each.
func (r *rig) heard() []map[string]any {
	r.t.Helper()
	r.mu.Lock()
	got := r.got
	r.got = nil
	r.mu.Unlock()
	var list []map[string]any
	for _, a := range got {
		// What slack-go cannot read, the app could not either.
		if _, err := slackevents.ParseEvent(a.body, slackevents.OptionNoVerifyToken()); err != nil {
			r.t.Errorf("slack-go cannot read %s: %v", a.body, err)
		}
		outer := a.payload(r.t)
		list = append(list, outer["event"].(map[string]any))
	}
	return list
}

// names are the types of events, joined.
func names(events []map[string]any) string {
	var list []string
	for _, e := range events {
		list = append(list, fmt.Sprint(e["type"]))
	}
	return strings.Join(list, " ")
}

func TestChannelChangesAreToldAsSlackTellsThem(t *testing.T) {
	type step = func(w *Workspace, id string) error
	archived := func(w *Workspace, id string) error { return w.ArchiveChannel(id) }
	shared := func(w *Workspace, id string) error { return w.ShareChannel(id) }
	invited := func(w *Workspace, id string) error { return w.InviteCompany(id) }
	cases := []struct {
		name   string
		before step
		do     step
		// What is heard of a public channel with the app in it, of one without, of a
		// private one with, and of a private one without.
		in, out, private, hidden string
		field                    string // of the first event, and
		value                    any    // what it says
	}{
		{"share", nil, shared, "channel_shared", "channel_shared", "channel_id_changed channel_shared", "", "", nil},
		{"unshare", shared, func(w *Workspace, id string) error { return w.UnshareChannel(w.Moved(id)) }, "channel_unshared", "channel_unshared", "channel_unshared", "", "is_ext_shared", false},
		{"invite a company", nil, invited, "", "", "", "", "", nil},
		{"withdraw the invitation", invited, func(w *Workspace, id string) error { return w.UnshareChannel(id) }, "", "", "", "", "", nil},
		{"archive", nil, archived, "channel_archive", "channel_archive", "group_archive", "", "user", miaID},
		{"unarchive", archived, func(w *Workspace, id string) error { return w.UnarchiveChannel(id) }, "channel_unarchive", "channel_unarchive", "group_unarchive", "", "user", miaID},
		{"delete", nil, func(w *Workspace, id string) error { return w.DeleteChannel(id) }, "channel_deleted", "channel_deleted", "group_deleted", "", "", nil},
		{"rename", nil, func(w *Workspace, id string) error { return w.RenameChannel(id, "#new-name") }, "channel_rename", "channel_rename", "group_rename", "", "", nil},
		{"make private", nil, func(w *Workspace, id string) error {
			if c, _ := w.Channel(id); c.Private {
				return nil
			}
			return w.MakePrivate(id)
		}, "", "", "", "", "", nil},
		{"join", func(w *Workspace, id string) error { return w.Leave(jonasID, id) }, func(w *Workspace, id string) error { return w.Join(jonasID, id) }, "member_joined_channel", "", "member_joined_channel", "", "user", jonasID},
		{"leave", nil, func(w *Workspace, id string) error { return w.Leave(jonasID, id) }, "member_left_channel", "", "member_left_channel", "", "user", jonasID},
		{"remove the app", nil, func(w *Workspace, id string) error {
			if c, _ := w.Channel(id); !c.has(DefaultBotUserID) {
				return nil
			}
			return w.RemoveApp(id)
		}, "channel_left", "", "group_left", "", "actor_id", miaID},
	}
	for _, c := range cases {
		for where, want := range map[string]string{sourcingID: c.in, generalID: c.out, secretID: c.private, "G0HIDDEN001": c.hidden} {
			t.Run(c.name+"/"+where, func(t *testing.T) {
				r := newRig(t, listening, func(o *Options) {
					o.Channels = append(o.Channels, Channel{ID: "G0HIDDEN001", Name: "hidden", Private: true, Members: []string{miaID, jonasID}})
				})
				if c.before != nil {
					if err := c.before(r.Workspace, where); err != nil {
						t.Fatal(err)
					}
					r.heard()
				}
				if err := c.do(r.Workspace, r.Moved(where)); err != nil {
					t.Fatal(err)
				}
				events := r.heard()
				if got := names(events); got != want {
					t.Fatalf("the app heard %q, want %q", got, want)
				}
				if want == "" {
					return
				}
				if c.field != "" && events[0][c.field] != c.value {
					t.Errorf("%s is %v, want %v", c.field, events[0][c.field], c.value)
				}
				last := events[len(events)-1]
				id, _ := last["channel"].(string)
				if about, ok := last["channel"].(map[string]any); ok {
					id = about["id"].(string)
				}
				if id != r.Moved(where) {
					t.Errorf("the event names the channel %v, want %s", last["channel"], r.Moved(where))
				}
				if last["event_ts"] == nil {
					t.Error("the event has no event_ts")
				}
			})
		}
	}
}

func TestSharedPrivateChannelMoves(t *testing.T) {
	r := newRig(t, listening)
	_, ts, err := r.api.PostMessage(secretID, oneButton("card"), slack.MsgOptionText("card", false))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.ShareChannel(secretID); err != nil {
		t.Fatal(err)
	}
	now := r.Moved(secretID)
	if now == secretID || !strings.HasPrefix(now, "C") {
		t.Fatalf("the channel's id is %s now", now)
	}
	events := r.heard()
	if events[0]["old_channel_id"] != secretID || events[0]["new_channel_id"] != now {
		t.Errorf("the event says %v", events[0])
	}
	for method, args := range map[string]map[string]any{
		"conversations.info":    {"channel": secretID},
		"conversations.members": {"channel": secretID},
		"conversations.history": {"channel": secretID},
		"chat.postMessage":      {"channel": secretID, "text": "late"},
		"chat.update":           {"channel": secretID, "ts": ts, "text": "late"},
		"chat.postEphemeral":    {"channel": secretID, "user": miaID, "text": "late"},
	} {
		if got := r.call(method, args)["error"]; got != "channel_not_found" {
			t.Errorf("%s of the old id answers %v, want channel_not_found", method, got)
		}
	}
	if got := r.call("chat.update", map[string]any{"channel": now, "ts": ts, "text": "moved"}); got["ok"] != true {
		t.Errorf("the message did not move along: %v", got)
	}
	info := r.call("conversations.info", map[string]any{"channel": now})["channel"].(map[string]any)
	if info["is_ext_shared"] != true || info["is_private"] != true || info["is_member"] != true {
		t.Errorf("the channel that moved is %v", info)
	}
	if err := r.ShareChannel(now); err == nil {
		t.Error("a channel was shared twice")
	}
	if err := r.UnshareChannel(now); err != nil || r.Moved(secretID) != now {
		t.Errorf("unsharing moved it again, or failed: %v", err)
	}
}

// The click on a message of a channel that moved carries the new id, and its
// response_url still works.
func TestClickAfterTheChannelMoved(t *testing.T) {
	r := newRig(t, listening)
	_, ts, err := r.api.PostMessage(secretID, oneButton("card"), slack.MsgOptionText("card", false))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Act(miaID, Action{Channel: secretID, MessageTS: ts, BlockID: "block", ActionID: "go"}); err != nil {
		t.Fatal(err)
	}
	answer := r.last().payload(t)["response_url"].(string)
	if err := r.ShareChannel(secretID); err != nil {
		t.Fatal(err)
	}
	if status, body := r.respond(answer, map[string]any{"text": "done", "replace_original": true}); status != http.StatusOK {
		t.Errorf("the response_url answered %d %s", status, body)
	}
	if err := r.Act(miaID, Action{Channel: r.Moved(secretID), MessageTS: ts, BlockID: "block", ActionID: "go"}); err == nil {
		t.Error("the replaced button could be used") // the text replaced the blocks
	}
	if got := r.texts(miaID, r.Moved(secretID)); !slices.Contains(got, "done") {
		t.Errorf("Mia reads %q", got)
	}
}

func TestWritingIntoAChannelThatChanged(t *testing.T) {
	cases := []struct {
		name         string
		do           func(w *Workspace, id string) error
		post, update string // by channel: public, then private
		secretPost   string
		secretUpdate string
	}{
		{"archived", (*Workspace).ArchiveChannel, "is_archived", "is_inactive", "is_archived", "is_inactive"},
		{"deleted", (*Workspace).DeleteChannel, "channel_not_found", "channel_not_found", "channel_not_found", "channel_not_found"},
		{"the app was removed", (*Workspace).RemoveApp, "not_in_channel", "not_in_channel", "channel_not_found", "channel_not_found"},
		{"renamed", func(w *Workspace, id string) error { return w.RenameChannel(id, "other-name") }, "", "", "", ""},
		{"invited", (*Workspace).InviteCompany, "", "", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for id, want := range map[string][2]string{sourcingID: {c.post, c.update}, secretID: {c.secretPost, c.secretUpdate}} {
				r := newRig(t, listening)
				_, ts, err := r.api.PostMessage(id, slack.MsgOptionText("before", false))
				if err != nil {
					t.Fatal(err)
				}
				if err := c.do(r.Workspace, id); err != nil {
					t.Fatal(err)
				}
				answer := func(method string, args map[string]any) string {
					code, _ := r.call(method, with(args, "channel", id))["error"].(string)
					return code
				}
				if got := answer("chat.postMessage", map[string]any{"text": "after"}); got != want[0] {
					t.Errorf("posting into %s answers %q, want %q", id, got, want[0])
				}
				if got := answer("chat.update", map[string]any{"ts": ts, "text": "after"}); got != want[1] {
					t.Errorf("updating in %s answers %q, want %q", id, got, want[1])
				}
			}
		})
	}
}

func TestConversationsInfoSaysWhatChanged(t *testing.T) {
	r := newRig(t, listening, func(o *Options) {
		o.Channels = append(o.Channels, Channel{ID: "C0ORGSHARED", Name: "org", OrgShared: true, Members: []string{DefaultBotUserID, miaID}})
	})
	check := func(id, field string, want any) {
		t.Helper()
		info, _ := r.call("conversations.info", map[string]any{"channel": id})["channel"].(map[string]any)
		if info[field] != want {
			t.Errorf("%s of %s is %v, want %v", field, id, info[field], want)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check("C0ORGSHARED", "is_org_shared", true)
	check("C0ORGSHARED", "is_ext_shared", false)
	do(r.InviteCompany(sourcingID))
	check(sourcingID, "is_pending_ext_shared", true)
	check(sourcingID, "is_ext_shared", false)
	do(r.ShareChannel(sourcingID))
	check(sourcingID, "is_pending_ext_shared", false)
	check(sourcingID, "is_ext_shared", true)
	do(r.Join(liweiID, sourcingID))
	do(r.UnshareChannel(sourcingID))
	check(sourcingID, "is_ext_shared", false)
	if c, _ := r.Channel(sourcingID); c.has(liweiID) || !c.has(miaID) {
		t.Errorf("after unsharing the members are %v", c.Members)
	}
	if err := r.Join(liweiID, sourcingID); err == nil {
		t.Error("somebody of another company joined a channel that is not shared")
	}
	do(r.ArchiveChannel(sourcingID))
	check(sourcingID, "is_archived", true)
	do(r.UnarchiveChannel(sourcingID))
	do(r.RenameChannel(sourcingID, "renamed"))
	check(sourcingID, "name", "renamed")
	do(r.MakePrivate(sourcingID))
	check(sourcingID, "is_private", true)
	do(r.RemoveApp(acmeID))
	check(acmeID, "is_member", false)
	do(r.Invite(miaID, acmeID))
	check(acmeID, "is_member", true)
}

func TestChangesOfUnknownThingsAreRefused(t *testing.T) {
	r := newRig(t, listening)
	before := len(r.arrivals())
	for name, err := range map[string]error{
		"share":             r.ShareChannel("C0NOWHERE"),
		"unshare":           r.UnshareChannel("C0NOWHERE"),
		"invite a company":  r.InviteCompany("C0NOWHERE"),
		"archive":           r.ArchiveChannel("C0NOWHERE"),
		"unarchive":         r.UnarchiveChannel("C0NOWHERE"),
		"delete":            r.DeleteChannel("C0NOWHERE"),
		"delete a DM":       r.DeleteChannel(miaDM),
		"rename":            r.RenameChannel("C0NOWHERE", "x"),
		"rename badly":      r.RenameChannel(sourcingID, "Two Words"),
		"rename to another": r.RenameChannel(sourcingID, "general"),
		"make private":      r.MakePrivate("C0NOWHERE"),
		"remove the app":    r.RemoveApp("C0NOWHERE"),
		"remove it again":   r.RemoveApp(generalID),
		"join":              r.Join(miaID, "C0NOWHERE"),
		"join twice":        r.Join(miaID, sourcingID),
		"join as nobody":    r.Join("U0NOBODY", sourcingID),
		"leave":             r.Leave(miaID, "C0NOWHERE"),
		"leave as the app":  r.Leave(DefaultBotUserID, sourcingID),
		"guest":             r.SetGuest("U0NOBODY", Restricted),
		"strange guest":     r.SetGuest(jonasID, "visiting"),
		"guest from afar":   r.SetGuest(liweiID, Restricted),
		"deactivate":        r.Deactivate("U0NOBODY"),
		"deactivate app":    r.Deactivate(DefaultBotUserID),
		"reactivate":        r.Reactivate("U0NOBODY"),
		"zone":              r.MoveZone(miaID, "Mars/Olympus"),
		"add without id":    r.AddPerson(Person{Name: "x"}),
		"add a known one":   r.AddPerson(Person{ID: miaID, Name: "mia2"}),
		"add the app":       r.AddPerson(Person{ID: DefaultBotUserID, Name: "x"}),
		"reload":            r.Reload("U0NOBODY"),
		"undecodable":       r.SendUndecodable("soup"),
		"unshare the plain": r.UnshareChannel(sourcingID),
		"unarchive a live":  r.UnarchiveChannel(sourcingID),
	} {
		var refused *ActError
		if !errors.As(err, &refused) {
			t.Errorf("%s: got %v, want an ActError", name, err)
		}
	}
	if n := len(r.arrivals()) - before; n != 0 {
		t.Errorf("%d events came of changes that did not happen", n)
	}
}

func TestPeopleChange(t *testing.T) {
	r := newRig(t, listening, func(o *Options) {
		o.People = append(o.People,
			Person{ID: "U0SISTER001", Name: "ana", RealName: "Ana", TeamID: "T0SISTER001", Teams: []string{"T0SISTER001", DefaultTeamID}},
			Person{ID: "U0SISTER002", Name: "eva", RealName: "Eva", Teams: []string{"T0SISTER001"}},
			Person{ID: "U0ROBOT0001", Name: "robot", TeamID: DefaultTeamID, Bot: true},
			Person{ID: "U0GONE00001", Name: "gone", TeamID: DefaultTeamID, Deleted: true},
			Person{ID: "U0GUEST0001", Name: "guest", TeamID: DefaultTeamID, Guest: UltraRestricted},
			Person{ID: "U0HIDDEN001", Name: "hidden", TeamID: "T0ELSE", Hidden: true},
		)
	})
	info := func(id string) map[string]any {
		u, _ := r.call("users.info", map[string]any{"user": id})["user"].(map[string]any)
		return u
	}
	sister := info("U0SISTER001")
	grid := sister["enterprise_user"].(map[string]any)
	if sister["team_id"] != "T0SISTER001" || grid["enterprise_id"] != DefaultEnterpriseID || fmt.Sprint(grid["teams"]) != "[T0SISTER001 "+DefaultTeamID+"]" {
		t.Errorf("the colleague of a sister workspace is %v", sister)
	}
	if _, has := info("U0SISTER002")["team_id"]; has {
		t.Error("a person without a home has a team_id")
	}
	for id, want := range map[string][4]any{ // deleted, is_bot, is_restricted, is_ultra_restricted
		miaID:         {false, false, false, false},
		"U0ROBOT0001": {false, true, false, false},
		"U0GONE00001": {true, false, false, false},
		"U0GUEST0001": {false, false, true, true},
		Slackbot:      {false, false, false, false},
	} {
		u := info(id)
		if got := [4]any{u["deleted"], u["is_bot"], u["is_restricted"], u["is_ultra_restricted"]}; got != want {
			t.Errorf("%s is %v, want %v", id, got, want)
		}
	}
	if got := r.call("users.info", map[string]any{"user": "U0HIDDEN001"})["error"]; got != "user_not_found" {
		t.Errorf("a person whom Slack hides answers %v", got)
	}
	if info(liweiID)["is_stranger"] != false {
		t.Error("Li Wei, who shares a channel with the app, is a stranger")
	}
	if err := r.Leave(liweiID, acmeID); err != nil {
		t.Fatal(err)
	}
	if info(liweiID)["is_stranger"] != true {
		t.Error("Li Wei, who shares no channel with the app, is no stranger")
	}
	r.heard()

	for _, c := range []struct {
		do    func() error
		field string
		want  any
	}{
		{func() error { return r.SetGuest(jonasID, Restricted) }, "is_restricted", true},
		{func() error { return r.SetGuest(jonasID, UltraRestricted) }, "is_ultra_restricted", true},
		{func() error { return r.SetGuest(jonasID, "") }, "is_restricted", false},
		{func() error { return r.MoveZone(jonasID, "Asia/Shanghai") }, "tz", "Asia/Shanghai"},
		{func() error { return r.Deactivate(jonasID) }, "deleted", true},
		{func() error { return r.Reactivate(jonasID) }, "deleted", false},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		events := r.heard()
		if names(events) != "user_change" {
			t.Fatalf("the app heard %q", names(events))
		}
		user := events[0]["user"].(map[string]any)
		if user["id"] != jonasID || user[c.field] != c.want || info(jonasID)[c.field] != c.want {
			t.Errorf("%s: the event says %v and users.info %v, want %v", c.field, user[c.field], info(jonasID)[c.field], c.want)
		}
	}

	if err := r.AddPerson(Person{ID: "U0NEW000001", Name: "neu", RealName: "Neu", TeamID: DefaultTeamID}); err != nil {
		t.Fatal(err)
	}
	if events := r.heard(); names(events) != "team_join" || events[0]["user"].(map[string]any)["id"] != "U0NEW000001" {
		t.Errorf("of somebody new the app heard %v", events)
	}
	if err := r.AddPerson(Person{ID: "U0OTHER0001", Name: "other", TeamID: "T0ACMELIGHT"}); err != nil {
		t.Fatal(err)
	}
	if events := r.heard(); len(events) != 0 {
		t.Errorf("of somebody of another company the app heard %v", events)
	}
	if all := r.People(); !all[len(all)-1].Bot || all[len(all)-1].ID != DefaultBotUserID {
		t.Error("the app is not the last of the people any more")
	}
}

func TestUsersListIsPaged(t *testing.T) {
	r := newRig(t, func(o *Options) {
		for i := range 250 {
			o.People = append(o.People, Person{ID: fmt.Sprintf("U0MANY%05d", i), Name: fmt.Sprintf("many%d", i), TeamID: DefaultTeamID, Deleted: i%2 == 0})
		}
		o.People = append(o.People, Person{ID: "U0SISTER001", Name: "ana", Teams: []string{"T0SISTER001"}})
	})
	all, err := r.api.GetUsers(slack.GetUsersOptionLimit(100))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, u := range all {
		if seen[u.ID] {
			t.Errorf("%s is listed twice", u.ID)
		}
		seen[u.ID] = true
	}
	if len(all) != 250+2+2 { // Mia, Jonas, the app and Slackbot
		t.Errorf("%d people are listed", len(all))
	}
	if seen[liweiID] || seen["U0SISTER001"] || !seen[Slackbot] || !seen[DefaultBotUserID] {
		t.Error("the list has the wrong people")
	}
	if n := r.Calls()["users.list"]; n != 3 {
		t.Errorf("the list took %d calls, want 3 pages", n)
	}

	for i := range 250 {
		if err := r.Join(fmt.Sprintf("U0MANY%05d", i), sourcingID); err != nil {
			t.Fatal(err)
		}
	}
	var members []string
	cursor := ""
	for {
		page, next, err := r.api.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: sourcingID, Limit: 100, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, page...)
		if cursor = next; next == "" {
			break
		}
	}
	if len(members) != 253 || !slices.Contains(members, "U0MANY00000") {
		t.Errorf("%d members are listed, deactivated ones among them: %v", len(members), slices.Contains(members, "U0MANY00000"))
	}
}

func TestDirectMessageToADeactivatedPerson(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.People = append(o.People, Person{ID: "U0GONE00001", Name: "gone", TeamID: DefaultTeamID, Deleted: true})
	})
	if err := r.Deactivate(jonasID); err != nil {
		t.Fatal(err)
	}
	if got := r.call("conversations.open", map[string]any{"users": jonasID})["error"]; got != "user_disabled" {
		t.Errorf("conversations.open answers %v", got)
	}
	// The conversation goes on, and nobody reads it: Slack refuses nothing.
	if got := r.call("chat.postMessage", map[string]any{"channel": jonasID, "text": "to nobody"}); got["ok"] != true {
		t.Errorf("chat.postMessage answers %v", got)
	}
	if got := r.call("chat.postMessage", map[string]any{"channel": "U0GONE00001", "text": "to nobody"})["error"]; got != "channel_not_found" {
		t.Errorf("chat.postMessage without a conversation answers %v", got)
	}
}

func TestTokenRevoked(t *testing.T) {
	for _, code := range []string{"token_revoked", "invalid_auth", "account_inactive", "token_expired", "missing_scope", "team_access_not_granted"} {
		t.Run(code, func(t *testing.T) {
			r := newRig(t, listening)
			r.RevokeToken(code)
			for _, method := range []string{"auth.test", "chat.postMessage", "users.info", "views.open"} {
				answer := r.call(method, map[string]any{"channel": sourcingID, "text": "x"})
				if answer["error"] != code {
					t.Errorf("%s answers %v", method, answer)
				}
				if code == "missing_scope" && answer["needed"] == nil {
					t.Error("the answer does not say which scope is missing")
				}
			}
			events := r.heard()
			if want := map[bool]string{true: "tokens_revoked"}[code == "token_revoked"]; names(events) != want {
				t.Errorf("the app heard %q, want %q", names(events), want)
			}
			if code == "token_revoked" {
				tokens := events[0]["tokens"].(map[string]any)
				if fmt.Sprint(tokens["bot"]) != "["+DefaultBotUserID+"]" {
					t.Errorf("the event names the tokens %v", tokens)
				}
			}
			if err := r.Command(miaID, sourcingID, "/visit-prep"); err != nil {
				t.Errorf("a command did not reach the app: %v", err)
			}
			r.RestoreToken()
			if answer := r.call("auth.test", nil); answer["ok"] != true {
				t.Errorf("a good token answers %v", answer)
			}
		})
	}
	socket := newSocketRig(t)
	socket.RevokeToken("token_revoked")
	if _, _, err := socket.api.StartSocketModeContext(t.Context()); err != nil {
		t.Errorf("the app token went with the bot token: %v", err)
	}
}

func TestUninstalledAndInstalledAgain(t *testing.T) {
	r := newRig(t, listening)
	_, ts, err := r.api.PostMessage(sourcingID, oneButton("card"), slack.MsgOptionText("card", false))
	if err != nil {
		t.Fatal(err)
	}
	r.Uninstall()
	if got := names(r.heard()); got != "app_uninstalled" {
		t.Errorf("the app heard %q", got)
	}
	if err := r.ArchiveChannel(generalID); err != nil {
		t.Fatal(err)
	}
	if err := r.Command(miaID, sourcingID, "/visit-prep"); err == nil {
		t.Error("a command of an app that is gone was sent")
	}
	if err := r.Act(miaID, Action{Channel: sourcingID, MessageTS: ts, BlockID: "block", ActionID: "go"}); err == nil {
		t.Error("a click on a message of an app that is gone was sent")
	}
	if got := r.heard(); len(got) != 0 {
		t.Errorf("after it was uninstalled the app heard %v", got)
	}
	if got := r.call("auth.test", nil)["error"]; got != "account_inactive" {
		t.Errorf("the token answers %v", got)
	}

	r.Reinstall()
	answer := r.call("auth.test", nil)
	if answer["ok"] != true || answer["bot_id"] == DefaultBotID || answer["user_id"] != DefaultBotUserID {
		t.Errorf("after it was installed again it is %v", answer)
	}
	if got := r.call("chat.update", map[string]any{"channel": sourcingID, "ts": ts, "text": "x"})["error"]; got != "cant_update_message" {
		t.Errorf("the old message: %v", got)
	}
	posted := r.call("chat.postMessage", map[string]any{"channel": sourcingID, "text": "new"})
	if got := r.call("chat.update", map[string]any{"channel": sourcingID, "ts": posted["ts"], "text": "x"}); got["ok"] != true {
		t.Errorf("the new message: %v", got)
	}
	r.Fail("chat.update", "edit_window_closed", 1)
	if got := r.call("chat.update", map[string]any{"channel": sourcingID, "ts": posted["ts"], "text": "x"})["error"]; got != "edit_window_closed" {
		t.Errorf("a message whose time is up: %v", got)
	}
}

func TestEventsAreLost(t *testing.T) {
	r := newRig(t, listening)
	r.LoseEvents(true)
	if err := r.ShareChannel(sourcingID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Say(miaID, sourcingID, "", "@visitprep hello"); err != nil {
		t.Fatal(err)
	}
	if err := r.Command(miaID, sourcingID, "/visit-prep"); err != nil {
		t.Errorf("a command was lost too: %v", err)
	}
	if n := len(r.arrivals()); n != 1 {
		t.Errorf("%d payloads arrived, want the command alone", n)
	}
	if len(r.Refusals()) != 0 {
		t.Errorf("refused: %+v", r.Refusals())
	}
	r.LoseEvents(false)
	if err := r.ArchiveChannel(sourcingID); err != nil {
		t.Fatal(err)
	}
	if n := len(r.arrivals()); n != 2 {
		t.Errorf("%d payloads arrived, want one more", n)
	}
}

func TestUserTeamIsOmittedAndTheInstallIsOfTheOrganisation(t *testing.T) {
	r := newRig(t, listening, func(o *Options) {
		o.Shortcuts = []Shortcut{{Name: "Plan", CallbackID: "plan"}}
	})
	_, ts, err := r.api.PostMessage(acmeID, oneButton("card"), slack.MsgOptionText("card", false))
	if err != nil {
		t.Fatal(err)
	}
	both := func() (mention, click, shortcut map[string]any) {
		t.Helper()
		if _, err := r.Say(miaID, acmeID, "", "@visitprep hello"); err != nil {
			t.Fatal(err)
		}
		mention = r.last().payload(t)
		if err := r.Act(miaID, Action{Channel: acmeID, MessageTS: ts, BlockID: "block", ActionID: "go"}); err != nil {
			t.Fatal(err)
		}
		click = r.last().payload(t)
		if err := r.Shortcut(miaID, "plan", "", ""); err != nil {
			t.Fatal(err)
		}
		return mention, click, r.last().payload(t)
	}
	mention, click, _ := both()
	if mention["event"].(map[string]any)["user_team"] != DefaultTeamID || click["user"].(map[string]any)["team_id"] != DefaultTeamID || click["team"] == nil {
		t.Errorf("as usual: %v and %v", mention, click)
	}

	r.OmitUserTeam(true)
	mention, click, shortcut := both()
	inner := mention["event"].(map[string]any)
	for _, f := range []string{"user_team", "source_team", "team"} {
		if _, has := inner[f]; has {
			t.Errorf("the event has %s", f)
		}
	}
	for _, p := range []map[string]any{click, shortcut} {
		if _, has := p["user"].(map[string]any)["team_id"]; has {
			t.Errorf("%v has user.team_id", p["type"])
		}
		if p["team"] == nil {
			t.Errorf("%v lost its team too", p["type"])
		}
	}
	r.OmitUserTeam(false)

	r.OrgInstall(true)
	mention, click, shortcut = both()
	auth := mention["authorizations"].([]any)[0].(map[string]any)
	if auth["is_enterprise_install"] != true || auth["enterprise_id"] != DefaultEnterpriseID {
		t.Errorf("the event is authorised by %v", auth)
	}
	for _, p := range []map[string]any{click, shortcut} {
		team, has := p["team"]
		org, _ := p["enterprise"].(map[string]any)
		if !has || team != nil || org["id"] != DefaultEnterpriseID || p["is_enterprise_install"] != true {
			t.Errorf("%v comes with team %v and enterprise %v", p["type"], team, org)
		}
	}
	for team, want := range map[string]string{"": "missing_argument", "T0ELSEWHERE": "team_access_not_granted", DefaultTeamID: ""} {
		_, err := r.api.GetUsers(slack.GetUsersOptionTeamID(team))
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && got != want {
			t.Errorf("by the organisation's token, the people of %q: %v", team, err)
		}
	}
	if err := r.Command(miaID, sourcingID, "/visit-prep"); err != nil {
		t.Fatal(err)
	}
	if form := r.last().payload(t); form["team_id"] != DefaultTeamID || form["enterprise_id"] != DefaultEnterpriseID {
		t.Errorf("the command comes with %v", form)
	}
}

func TestReloadDropsEphemerals(t *testing.T) {
	r := newRig(t)
	for _, who := range []string{miaID, jonasID} {
		if _, err := r.api.PostEphemeral(sourcingID, who, slack.MsgOptionText("for "+who, false)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := r.api.PostMessage(sourcingID, slack.MsgOptionText("for all", false)); err != nil {
		t.Fatal(err)
	}
	if err := r.Reload(miaID); err != nil {
		t.Fatal(err)
	}
	if got := r.texts(miaID, sourcingID); !slices.Equal(got, []string{"for all"}) {
		t.Errorf("Mia reads %q", got)
	}
	if got := r.texts(jonasID, sourcingID); !slices.Equal(got, []string{"for " + jonasID, "for all"}) {
		t.Errorf("Jonas reads %q", got)
	}
}

func TestUndecodableByHTTP(t *testing.T) {
	for _, kind := range []string{UndecodableMessage, UndecodableInteraction, UndecodableEvent, UndecodableGarbage} {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t)
			if err := r.SendUndecodable(kind); err != nil {
				t.Fatalf("it was acknowledged: %v", err)
			}
			a := r.last()
			if kind == UndecodableInteraction {
				// slack-go can read it or not; the JSON itself is right.
				if p := a.payload(t); p["type"] != "view_submission" {
					t.Errorf("what came is %v", p)
				}
				var in slack.InteractionCallback
				if err := json.Unmarshal([]byte(a.form(t)), &in); err == nil {
					t.Error("slack-go reads it")
				}
			} else if _, err := slackevents.ParseEvent(a.body, slackevents.OptionNoVerifyToken()); err == nil {
				t.Errorf("slack-go reads %s", a.body)
			}
			if len(r.Refusals()) != 0 {
				t.Errorf("refused: %+v", r.Refusals())
			}

			r.answers(func(rw http.ResponseWriter, _ arrival) { rw.WriteHeader(http.StatusBadRequest) })
			var undelivered *DeliveryError
			if err := r.SendUndecodable(kind); !errors.As(err, &undelivered) {
				t.Errorf("it was not acknowledged: got %v", err)
			}
		})
	}
}

// slack-go's Socket Mode client tells of each as a bad message, and acknowledges none
// by itself.
func TestUndecodableOverTheSocket(t *testing.T) {
	t.Parallel()
	s := newSocketRig(t, func(o *Options) { o.AckTimeout = 300 * time.Millisecond })
	var acknowledge atomic.Bool
	bad := make(chan string, 10)
	s.client(func(c *socketmode.Client, e socketmode.Event) {
		message, ok := e.Data.(*socketmode.ErrorBadMessage)
		if !ok {
			return
		}
		bad <- fmt.Sprint(message.Cause)
		var request socketmode.Request
		if acknowledge.Load() && json.Unmarshal(message.Message, &request) == nil {
			_ = c.Ack(request)
		}
	})
	for _, kind := range []string{UndecodableMessage, UndecodableInteraction, UndecodableEvent, UndecodableGarbage} {
		for _, acknowledged := range []bool{true, false} {
			acknowledge.Store(acknowledged)
			err := s.SendUndecodable(kind)
			if e := new(DeliveryError); acknowledged != (err == nil) || err != nil && !errors.As(err, &e) {
				t.Errorf("%s, acknowledged: %v, ended with %v", kind, acknowledged, err)
			}
			select {
			case <-bad:
			case <-time.After(5 * time.Second):
				t.Errorf("slack-go could read %s", kind)
			}
		}
	}
}

func TestEventsOfChangesNeedTheirScope(t *testing.T) {
	for scope, do := range map[string]func(w *Workspace) error{
		"channels:read": func(w *Workspace) error { return w.ShareChannel(sourcingID) },
		"groups:read":   func(w *Workspace) error { return w.ArchiveChannel(secretID) },
		"users:read":    func(w *Workspace) error { return w.Deactivate(jonasID) },
	} {
		r := newRig(t, listening, func(o *Options) {
			o.Scopes = slices.DeleteFunc(slices.Clone(o.Scopes), func(s string) bool { return s == scope })
		})
		if err := do(r.Workspace); err != nil {
			t.Fatal(err)
		}
		if len(r.arrivals()) != 0 {
			t.Errorf("without %s an event came", scope)
		}
		if _, ok := r.refused("missing_scope"); !ok {
			t.Errorf("without %s nothing was refused", scope)
		}
	}
	o := Sample()
	o.Events = []string{"channel_hummed"}
	if _, err := New(o); err == nil {
		t.Error("an event that nobody sends was accepted")
	}
}

func TestRateLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.Close()
		burst := func(n int, method string, args map[string]any) (ok int) {
			for range n {
				if r.call(method, args)["ok"] == true {
					ok++
				}
			}
			return ok
		}
		info := map[string]any{"user": miaID}
		if ok := burst(300, "users.info", info); ok != 300 {
			t.Fatalf("without limits %d of 300 calls were answered", ok)
		}
		r.LimitRates(1)
		for method, want := range map[string]int{"users.list": 20, "conversations.info": 50, "users.info": 100, "auth.test": 150} {
			args := map[string]any{"user": miaID, "channel": sourcingID}
			if ok := burst(150, method, args); ok != want {
				t.Errorf("%s: %d of 150 were answered, want %d", method, ok, want)
			}
		}
		if got := r.Limited(); got["users.list"] != 130 || got["users.info"] != 50 || got["auth.test"] != 0 {
			t.Errorf("limited: %v", got)
		}
		if got := r.Calls(); got["users.info"] != 400 || got["users.list"] != 20 {
			t.Errorf("calls: %v", got)
		}
		ask := &slack.GetConversationInfoInput{ChannelID: sourcingID}
		_, err := r.api.GetConversationInfo(ask)
		var limited *slack.RateLimitedError
		if !errors.As(err, &limited) || limited.RetryAfter != time.Minute {
			t.Fatalf("slack-go reads %v", err)
		}
		time.Sleep(limited.RetryAfter)
		if _, err := r.api.GetConversationInfo(ask); err != nil {
			t.Errorf("after Retry-After: %v", err)
		}

		post := func(channel string) bool {
			return r.call("chat.postMessage", map[string]any{"channel": channel, "text": "x"})["ok"] == true
		}
		if !post(sourcingID) || post(sourcingID) || !post(acmeID) {
			t.Error("a channel takes one message a second, and another channel its own")
		}
		if !post(miaID) || post(miaDM) {
			t.Error("a person and their direct message are not one channel")
		}
		time.Sleep(time.Second)
		if !post(sourcingID) {
			t.Error("after a second the channel takes no other message")
		}
		if len(r.Refusals()) != 0 {
			t.Errorf("refused: %+v", r.Refusals())
		}
		r.LimitRates(2)
		if ok := burst(50, "users.list", nil); ok != 40 {
			t.Errorf("at twice the rate %d of 50 were answered", ok)
		}
		r.LimitRates(0)
		if ok := burst(50, "users.list", nil); ok != 50 {
			t.Errorf("without limits %d of 50 were answered", ok)
		}
	})
}

func TestSlowAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.Close()
		took := func(method string, args map[string]any) time.Duration {
			start := time.Now()
			r.call(method, args)
			return time.Since(start)
		}
		r.AnswerSlowly("users.info", 4*time.Second)
		if d := took("users.info", map[string]any{"user": miaID}); d != 4*time.Second {
			t.Errorf("users.info took %v", d)
		}
		if d := took("auth.test", nil); d != 0 {
			t.Errorf("auth.test took %v", d)
		}
		r.AnswerSlowly("", time.Second)
		if d := took("auth.test", nil); d != time.Second {
			t.Errorf("of all methods auth.test took %v", d)
		}
		r.AnswerSlowly("", 0)
		r.AnswerSlowly("users.info", 0)
		if d := took("users.info", map[string]any{"user": miaID}); d != 0 {
			t.Errorf("afterwards users.info took %v", d)
		}

		// Who gives up does not know that it was done.
		r.AnswerSlowly("chat.postMessage", time.Minute)
		client := r.HTTPClient()
		client.Timeout = 2 * time.Second
		api := slack.New(r.BotToken(), slack.OptionAPIURL(r.APIURL("http://slack.invalid")), slack.OptionHTTPClient(client))
		start := time.Now()
		_, _, err := api.PostMessage(sourcingID, slack.MsgOptionText("late", false))
		if err == nil || time.Since(start) != 2*time.Second {
			t.Errorf("after %v the call ended with %v", time.Since(start), err)
		}
		if got := r.texts(miaID, sourcingID); !slices.Equal(got, []string{"late"}) {
			t.Errorf("Mia reads %q", got)
		}
	})
}

func TestProxyStandsInTheWay(t *testing.T) {
	r := newRig(t)
	for _, status := range []int{http.StatusForbidden, http.StatusProxyAuthRequired} {
		r.ProxyRefuses(status)
		_, err := r.api.AuthTest()
		var answered slack.StatusCodeError
		if !errors.As(err, &answered) || answered.Code != status {
			t.Errorf("slack-go reads %v, want HTTP %d", err, status)
		}
		r.ProxyRefuses(0)
		r.FailHTTP("auth.test", status, nil, 1)
		if _, err := r.api.AuthTest(); !errors.As(err, &answered) || answered.Code != status {
			t.Errorf("slack-go reads %v, want HTTP %d", err, status)
		}
		if _, err := r.api.AuthTest(); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
}

// Two companies that both have the app share a channel: who joins it is in both workspaces, and Slack tells
// the app once.
func TestAChannelOfTwoWorkspacesIsToldOfOnce(t *testing.T) {
	ours := newRig(t, listening)
	theirs := newRig(t, listening, func(o *Options) { o.TeamID = "T0OTHERTEAM" })
	const robin = "U0ROBIN0001"
	for _, r := range []*rig{ours, theirs} {
		if err := r.AddPerson(Person{ID: robin, Name: "robin", RealName: "Robin Roe", TeamID: DefaultTeamID, TZ: "Europe/Berlin"}); err != nil {
			t.Fatal(err)
		}
		r.heard()
	}
	if err := ours.Connect(SampleSourcing, theirs.Workspace); err == nil {
		t.Error("a channel that is not shared is connected")
	}
	for _, r := range []*rig{ours, theirs} {
		if err := r.ShareChannel(SampleSourcing); err != nil {
			t.Fatal(err)
		}
		r.heard()
	}
	if err := ours.Connect(SampleSourcing, theirs.Workspace); err != nil {
		t.Fatal(err)
	}
	members := func() (in string) {
		for _, r := range []*rig{ours, theirs} {
			if c, _ := r.Channel(SampleSourcing); c.has(robin) {
				in += r.TeamID() + " "
			}
		}
		return in
	}
	for _, c := range []struct {
		name            string
		do              func() error
		in, here, there string
	}{
		{"they join it here", func() error { return ours.Join(robin, SampleSourcing) }, DefaultTeamID + " T0OTHERTEAM ", "member_joined_channel", ""},
		{"they leave it there", func() error { return theirs.Leave(robin, SampleSourcing) }, "", "member_left_channel", ""},
		{"somebody joins whom the other does not know", func() error {
			if err := ours.AddPerson(Person{ID: "U0UNKNOWN01", Name: "un", RealName: "Un Known", TeamID: DefaultTeamID, TZ: "Europe/Berlin"}); err != nil {
				t.Fatal(err)
			}
			ours.heard()
			if err := ours.Join("U0UNKNOWN01", SampleSourcing); err == nil {
				t.Error("they are in it")
			}
			return nil
		}, "", "", ""},
		{"they join another channel", func() error { return ours.Join(robin, secretID) }, "", "member_joined_channel", ""},
		{"here the app is uninstalled", func() error { ours.Uninstall(); ours.heard(); return theirs.Join(robin, SampleSourcing) }, DefaultTeamID + " T0OTHERTEAM ", "", "member_joined_channel"},
	} {
		if err := c.do(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := members(); got != c.in {
			t.Errorf("%s: they are in it in %q, want %q", c.name, got, c.in)
		}
		if here, there := names(ours.heard()), names(theirs.heard()); here != c.here || there != c.there {
			t.Errorf("%s: the app hears %q here and %q there, want %q and %q", c.name, here, there, c.here, c.there)
		}
	}
}

// What docs/design.md says of team_id is what the methods do under an organisation's token, and it has them all.
func TestMethodsAskForTheWorkspaceAsTheDocsSay(t *testing.T) {
	r := newRig(t)
	r.OrgInstall(true)
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "design.md"))
	if err != nil {
		t.Fatal(err)
	}
	says := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\| ([^|]*) \\|$").FindAllStringSubmatch(string(page), -1) {
		for _, m := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(row[1], -1) {
			says[m[1]] = row[2]
		}
	}
	for name, m := range methods {
		_, refused := m.run(r.Workspace, &call{method: name, args: map[string]string{}, r: httptest.NewRequest(http.MethodPost, "/api/"+name, http.NoBody)})
		asks := refused != nil && refused.code == "missing_argument" && strings.Contains(refused.reason, "team_id")
		if want := strings.HasPrefix(says[name], "required"); says[name] == "" || asks != want {
			t.Errorf("%s asks for team_id: %v; the page says %q", name, asks, says[name])
		}
	}
}
