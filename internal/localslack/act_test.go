package localslack

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) {
		o.Channels = append(o.Channels, Channel{ID: "C0OLD", Name: "old", Archived: true, Members: []string{miaID, DefaultBotUserID}})
	})
	say := func(user, channel, text string) error { _, err := r.Say(user, channel, "", text); return err }
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"an outsider in a channel of the home team": {say(liweiID, sourcingID, "x"), "not in #china-sourcing"},
		"an outsider's command in such a channel":   {r.Command(liweiID, sourcingID, "/visit-prep x"), "not in #china-sourcing"},
		"an unknown command":                        {r.Command(miaID, sourcingID, "/weather"), "/weather is not a valid command"},
		"an archived channel":                       {say(miaID, "C0OLD", "x"), "archived"},
		"an unknown channel":                        {say(miaID, "C0NONE", "x"), "no such channel"},
		"nobody":                                    {say("U0NONE", sourcingID, "x"), "Nobody"},
		"the bot":                                   {say(DefaultBotUserID, sourcingID, "x"), "Nobody"},
		"nothing said":                              {say(miaID, sourcingID, " \n"), "nothing to send"},
		"a message that is not there":               {r.Act(miaID, Action{Channel: sourcingID, MessageTS: "1.2", ActionID: "x"}), "no longer there"},
		"Home before it was published":              {r.Act(miaID, Action{Home: true, ActionID: "x"}), "empty"},
		"inviting into a direct message":            {r.Invite(miaID, miaDM), "direct message"},
	} {
		var a *ActError
		if !errors.As(c.err, &a) || !strings.Contains(a.Message, c.want) {
			t.Errorf("%s: got %v, want %q", name, c.err, c.want)
		}
	}
	if n := len(r.arrivals()); n != 0 {
		t.Errorf("%d payloads went out all the same", n)
	}
}

func TestOutsidersCommandReachesTheApp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.Command(liweiID, acmeID, "/visit-prep x"); err != nil {
		t.Fatal(err)
	}
	got := r.last().payload(t)
	for field, want := range map[string]string{"team_id": DefaultTeamID, "user_id": liweiID, "channel_id": acmeID, "command": "/visit-prep", "text": "x"} {
		if got[field] != want {
			t.Errorf("%s is %v, want %s", field, got[field], want)
		}
	}
}

func TestWhatEachPersonSees(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if got := len(r.People()); got != 4 || !r.People()[3].Bot {
		t.Errorf("%d people", got)
	}
	names := func(viewer string) (list []string) {
		for _, c := range r.Channels(viewer) {
			list = append(list, c.Name)
		}
		return list
	}
	if got := names(liweiID); !slices.Equal(got, []string{"acme-lighting-shared"}) {
		t.Errorf("Li Wei sees %q", got)
	}
	if got := names(miaID); len(got) != 5 {
		t.Errorf("Mia sees %q", got)
	}
	if _, err := r.api.PostEphemeral(acmeID, liweiID, slack.MsgOptionText("for Li Wei", false)); err != nil {
		t.Fatal(err)
	}
	if mia, li, all := r.texts(miaID, acmeID), r.texts(liweiID, acmeID), r.texts("", acmeID); mia != nil || len(li) != 1 || len(all) != 1 {
		t.Errorf("Mia reads %q, Li Wei %q, all %q", mia, li, all)
	}
	if _, err := r.Say(miaID, sourcingID, "", "not for the factory"); err != nil {
		t.Fatal(err)
	}
	if got := r.Messages(liweiID, sourcingID); got != nil {
		t.Errorf("an outsider sees %+v", got)
	}
	if p, ok := r.Person(Slackbot); !ok || p.RealName != "Slackbot" {
		t.Error(p, ok)
	}
}

func TestCommandWithEscapedNames(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Commands[0].Escape = true })
	if err := r.Command(miaID, sourcingID, "/visit-prep ask @jonas or mail a@mia.example"); err != nil {
		t.Fatal(err)
	}
	if got, want := r.last().payload(t)["text"], "ask <@"+jonasID+"|jonas> or mail a@mia.example"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSubscribeFallsTogether(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	changed, cancel := r.Subscribe()
	for range 10 {
		if _, err := r.Say(miaID, generalID, "", "x"); err != nil {
			t.Fatal(err)
		}
	}
	<-changed
	select {
	case <-changed:
		t.Error("ten changes were told more than once")
	default:
	}
	cancel()
	if _, err := r.Say(miaID, generalID, "", "x"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
		t.Error("told after cancel")
	default:
	}
}

func TestEventsNeedTheirScope(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) {
		o.Scopes = slices.DeleteFunc(o.Scopes, func(s string) bool { return s == "app_mentions:read" })
	})
	if _, err := r.Say(miaID, sourcingID, "", "@visitprep x"); err != nil {
		t.Fatal(err)
	}
	if reason, ok := r.refused("missing_scope"); !ok || !strings.Contains(reason, "app_mentions:read") || len(r.arrivals()) != 0 {
		t.Errorf("%q", reason)
	}
}

// Everybody acts at once; run with -race.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Events = append(o.Events, "message.channels") })
	r.answers(func(rw http.ResponseWriter, a arrival) {
		if strings.Contains(string(a.body), "command=") {
			_, _, _ = r.api.PostMessage(sourcingID, slack.MsgOptionText("answer", false), oneButton("1"))
		}
	})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			user := []string{miaID, jonasID}[i%2]
			for j := range 5 {
				if err := r.Command(user, sourcingID, "/visit-prep x"); err != nil {
					t.Error(err)
				}
				if _, err := r.Say(user, sourcingID, "", fmt.Sprintf("@visitprep %d %d", i, j)); err != nil {
					t.Error(err)
				}
				for _, m := range r.Messages(user, sourcingID) {
					if len(m.Blocks) > 0 {
						if err := r.Act(user, Action{Channel: sourcingID, MessageTS: m.TS, BlockID: "block", ActionID: "go"}); err != nil {
							t.Error(err)
						}
						break
					}
				}
				if err := r.OpenHome(user); err != nil {
					t.Error(err)
				}
				_, _ = r.api.PublishView(user, homeView("x"), "")
				r.Channels(user)
				r.Refusals()
			}
		})
	}
	wg.Wait()
	r.Wait()
	all := r.Messages("", sourcingID)
	if len(all) != 80 || !slices.IsSortedFunc(all, func(a, b Message) int { return strings.Compare(a.TS, b.TS) }) {
		t.Errorf("%d messages, or not in order", len(all))
	}
	if r.last().header == nil || time.Since(all[0].At) > time.Minute {
		t.Error("time")
	}
}

func TestAskGivesTheAnswerOfItsOwnCommand(t *testing.T) {
	r := newRig(t)
	another := func() {
		if _, _, err := r.api.PostMessage(sourcingID, slack.MsgOptionText("Something else", false)); err != nil {
			t.Error(err)
		}
	}
	ask := func(line, ack string) func() (Message, bool) {
		t.Helper()
		r.answers(func(rw http.ResponseWriter, _ arrival) { _, _ = io.WriteString(rw, ack); another() })
		answer, err := r.Ask(miaID, sourcingID, line)
		if err != nil {
			t.Fatal(err)
		}
		another()
		return answer
	}
	first, second, late, form := ask("/visit-prep one", "One"), ask("/visit-prep two", "Two"), ask("/visit-prep later", ""), ask("/visit-prep form", "")
	says := func(name string, answer func() (Message, bool), text string, ok bool) {
		t.Helper()
		if m, got := answer(); m.Text != text || got != ok {
			t.Errorf("%s: %q, %v; want %q, %v", name, m.Text, got, text, ok)
		}
	}
	says("in the acknowledgement", first, "One", true)
	says("the next command's", second, "Two", true)
	says("not yet", late, "", false)
	says("no form yet", form, "", false)
	got := r.arrivals()
	r.respond(got[2].payload(t)["response_url"].(string), map[string]any{"text": "Late"})
	another()
	says("at the response_url", late, "Late", true)
	if _, err := r.api.OpenView(got[3].payload(t)["trigger_id"].(string), slack.ModalViewRequest{Type: slack.VTModal, Title: slack.NewTextBlockObject(slack.PlainTextType, "Form", false, false)}); err != nil {
		t.Fatal(err)
	}
	says("a form", form, "", true)
}
