package bot

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"visitprep/internal/store"
)

// What comes of a workspace without the app is acknowledged, and nothing is called, posted or
// written for it.
func TestWhatIsNotInstalledIsDropped(t *testing.T) {
	onBothTransports(t, func(t *testing.T, s *stage) {
		var installed atomic.Bool
		installed.Store(true)
		s.bot.o.Serves = func(_ context.Context, workspace, _ string, _ time.Time) bool {
			if workspace != s.TeamID() {
				t.Errorf("asked for %q", workspace)
			}
			return installed.Load()
		}
		answer := s.command(mia, sourcing, "/visit-prep is a clock a good gift?")
		expect(t, answer, "clock")
		installed.Store(false)
		s.settled()
		s.bot.Wait()
		calls := total(s.Calls())
		expect(t, s.command(mia, sourcing, "/visit-prep"), "not installed in this workspace any more")
		if _, err := s.Say(mia, sourcing, "", "@visitprep is a clock a good gift?"); err != nil {
			t.Fatal(err)
		}
		s.press(mia, answer, "Share in channel")
		if err := s.OpenHome(mia); err != nil {
			t.Fatal(err)
		}
		s.settled()
		s.bot.Wait()
		if n := total(s.Calls()); n != calls {
			t.Errorf("Slack was called %d times for it: %v", n-calls, s.Calls())
		}
		if last := s.last(jonas, sourcing); !strings.Contains(last.Text, "clock") || last.User != mia {
			t.Errorf("the channel reads %q of %s", last.Text, last.User)
		}
		s.nothingRefused()
	})
}

func total(calls map[string]int) (n int) {
	for method, m := range calls {
		if method != "apps.connections.open" {
			n += m
		}
	}
	return n
}

// Whoever clicks or types may be of another organisation than the workspace, as in a channel of two
// companies; whose the workspace is, only an event says by whom it is authorised.
func TestOnlyAnEventSaysWhoseAWorkspaceIs(t *testing.T) {
	s := newStage(t, inProcess)
	var asked string
	s.bot.o.Serves = func(_ context.Context, workspace, organisation string, said time.Time) bool {
		asked = workspace + " " + organisation
		if !said.IsZero() {
			asked += " " + said.UTC().Format(time.TimeOnly)
		}
		return false
	}
	at := int(time.Date(2026, 11, 30, 7, 0, 0, 0, time.UTC).Unix())
	click := slack.InteractionCallback{Team: slack.Team{ID: "T1"}, Enterprise: slack.Enterprise{ID: "E2"}}
	nameless := slack.InteractionCallback{Enterprise: slack.Enterprise{ID: "E1"}, User: slack.User{TeamID: "T2"}}
	for name, c := range map[string]struct {
		ask  func()
		want string
	}{
		"a click":   {func() { s.bot.servesInteraction(&click) }, "T1 "},
		"a command": {func() { s.bot.command(slack.SlashCommand{TeamID: "T1", EnterpriseID: "E2"}) }, "T1 "},
		"an event that nobody has authorised": {func() {
			s.bot.servesEvent(&slackevents.EventsAPICallbackEvent{TeamID: "T1", EnterpriseID: "E2", EventTime: at})
		}, "T1 "},
		"an event": {func() {
			s.bot.servesEvent(&slackevents.EventsAPICallbackEvent{TeamID: "T7", EnterpriseID: "E2", EventTime: at, Authorizations: []slack.EventAuthorization{{TeamID: "T1", EnterpriseID: "E1"}}})
		}, "T1 E1 07:00:00"},
		"an event for an organisation's installation": {func() {
			s.bot.servesEvent(&slackevents.EventsAPICallbackEvent{TeamID: "T1", EnterpriseID: "E2", EventTime: at, Authorizations: []slack.EventAuthorization{{EnterpriseID: "E1"}}})
		}, "T1 E1"},
		"a click that names no workspace": {func() { s.bot.servesInteraction(&nameless) }, " "},
	} {
		if c.ask(); asked != c.want {
			t.Errorf("%s asks for %q, want %q", name, asked, c.want)
		}
	}
}

// Which installation an event ends, and which it does not.
func TestWhatEndsAnInstallation(t *testing.T) {
	uninstalled := &slackevents.AppUninstalledEvent{}
	revoked := func(bots ...string) *slackevents.TokensRevokedEvent {
		e := &slackevents.TokensRevokedEvent{}
		e.Tokens.Bot, e.Tokens.Oauth = bots, []string{"U0MIACHEN01"}
		return e
	}
	of := func(team, organisation string, wide bool) []slack.EventAuthorization {
		return []slack.EventAuthorization{{TeamID: team, EnterpriseID: organisation, IsEnterpriseInstall: wide}}
	}
	// T1 and T2 are of the organisation E1, which has installed the app; T1 has it on its own as well.
	// T9 is a stranger's.
	for name, c := range map[string]struct {
		event any
		auth  []slack.EventAuthorization
		late  bool
		lasts string
	}{
		"a stranger uninstalls it":             {uninstalled, of("T9", "", false), false, "T1:T1 T2:E1 T9:"},
		"T1 uninstalls its own":                {uninstalled, of("T1", "E1", false), false, "T1:E1 T2:E1 T9:T9"},
		"the organisation uninstalls it":       {uninstalled, of("T1", "E1", true), false, "T1:T1 T2: T9:T9"},
		"the organisation, without a team":     {uninstalled, of("", "E1", true), false, "T1:T1 T2: T9:T9"},
		"the bot's token is revoked":           {revoked("UBOT"), of("T9", "", false), false, "T1:T1 T2:E1 T9:"},
		"another bot's token is revoked":       {revoked("UOTHER"), of("T9", "", false), false, "T1:T1 T2:E1 T9:T9"},
		"a person's token is revoked":          {revoked(), of("T9", "", false), false, "T1:T1 T2:E1 T9:T9"},
		"an event of before it was installed":  {uninstalled, of("T9", "", false), true, "T1:T1 T2:E1 T9:T9"},
		"the organisation takes it from T2":    {&slackevents.TeamAccessRevokedEvent{TeamIDs: []string{"T2"}}, of("T1", "E1", false), false, "T1:T1 T2: T9:T9"},
		"the organisation gives it to T2 anew": {&slackevents.TeamAccessGrantedEvent{TeamIDs: []string{"T2"}}, of("T1", "E1", false), false, "T1:T1 T2:E1 T9:T9"},
		"nothing says who":                     {uninstalled, nil, false, "T1:T1 T2:E1 T9:T9"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, inProcess)
			kept, ctx := s.bot.o.Store, context.Background()
			s.bot.o.Serves = func(context.Context, string, string, time.Time) bool { return false }
			began := time.Now().Add(-time.Minute)
			for _, id := range []string{"E1", "T1", "T9"} {
				i := store.Installation{Workspace: id, BotUser: "UBOT", Token: []byte("x"), At: began}
				if id != "T9" {
					i.Organisation = "E1"
				}
				if _, err := kept.Install(ctx, i); err != nil {
					t.Fatal(err)
				}
			}
			for _, w := range []string{"T1", "T2"} {
				if err := kept.NoteOrganisation(ctx, w, "E1", began); err != nil {
					t.Fatal(err)
				}
			}
			at := time.Now()
			if c.late {
				at = began.Add(-time.Minute)
			}
			outer := &slackevents.EventsAPICallbackEvent{Type: "event_callback", EventID: "Ev1", EventTime: int(at.Unix()), Authorizations: c.auth}
			s.bot.event(slackevents.EventsAPIEvent{Data: outer, InnerEvent: slackevents.EventsAPIInnerEvent{Data: c.event}})
			s.bot.Wait()
			var lasts []string
			for _, w := range []string{"T1", "T2", "T9"} {
				i, err := kept.Installation(ctx, w)
				if err != nil {
					i.Workspace = ""
				}
				lasts = append(lasts, w+":"+i.Workspace)
			}
			if got := strings.Join(lasts, " "); got != c.lasts {
				t.Errorf("left are %s, want %s", got, c.lasts)
			}
			cs, err := kept.Connections(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range []string{"T2", "T9"} {
				held := false
				for _, c := range cs {
					held = held || c.Workspace == w
				}
				if ended := strings.Contains(c.lasts+" ", w+": "); held != ended {
					t.Errorf("%s is held: %v", w, held)
				}
			}
		})
	}
}
