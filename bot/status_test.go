package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack/slackevents"

	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// gaveUp records a message that was given up days ago.
func (s *stage) gaveUp(o visit.Occurrence, state visit.State, why string, days int) {
	s.t.Helper()
	ctx, now := context.Background(), time.Now()
	o.Workspace, o.Zone, o.AnyHour = s.TeamID(), "Europe/Berlin", true
	o.Due = now.AddDate(0, 0, -days)
	if err := s.bot.o.Store.AddOccurrence(ctx, o); err != nil {
		s.t.Fatal(err)
	}
	from, err := s.bot.o.Store.Occurrence(ctx, o.Workspace, o.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	to := from
	to.State, to.Error = state, why
	if ok, err := s.bot.o.Store.Settle(ctx, from, to); err != nil || !ok {
		s.t.Fatal(ok, err)
	}
}

// What could not be delivered stands in the database: the status names it, with the
// reason, to those who may see it, and counts the rest for admins.
func TestTheStatusNamesWhatCouldNotBeDelivered(t *testing.T) {
	s := newStage(t, overHTTP,
		localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, jonas}},
		localslack.Channel{ID: "C0ELSEWHERE", Name: "elsewhere", Members: []string{localslack.DefaultBotUserID}})
	v := s.visitIn(sourcing)
	secret := s.visitIn(project)
	about := func(key string, kind visit.Kind, a visit.Visit, to string) visit.Occurrence {
		return visit.Occurrence{Key: key, Kind: kind, Milestone: -7, Subject: a.Subject(), Schedule: a.Schedule, To: to}
	}
	s.gaveUp(about("a", visit.Remind, v, sourcing), visit.Dead, "is_archived", 3)
	s.gaveUp(about("b", visit.Remind, v, sourcing), visit.Expired, "token_revoked", 2)
	s.gaveUp(about("c", visit.Escalation, v, "U0GONE00001"), visit.Dead, "user_disabled", 1)
	s.gaveUp(about("c2", visit.Escalation, secret, "U0GONE00001"), visit.Dead, "user_disabled", 1)
	s.gaveUp(about("d", visit.Remind, secret, project), visit.Dead, "channel_not_found", 1)
	s.gaveUp(visit.Occurrence{Key: "e", Kind: visit.Digest, Subject: visit.SubjectOf(visit.OfPerson, jonas), To: jonas}, visit.Expired, "", 1)
	s.gaveUp(visit.Occurrence{Key: "f", Kind: visit.Tip, Subject: visit.SubjectOf(visit.OfChannel, "C0ELSEWHERE"), To: "C0ELSEWHERE"}, visit.Dead, "not_in_channel", 1)
	s.gaveUp(about("g", visit.Notice, v, mia), visit.Dead, "user_disabled", 1)
	s.gaveUp(about("h", visit.Remind, v, sourcing), visit.Dead, "invalid_blocks", 15)
	title := fmt.Sprintf("Visit %d, ", v.Number)
	for _, c := range []struct {
		who, where  string
		says, never []string
	}{
		{mia, sourcing, []string{"3 reminders could not be delivered:", title, "the channel is archived", "Visit Prep was not connected", "its reader can't be reached", "4 more could not be delivered in two weeks"},
			[]string{fmt.Sprintf("Visit %d, ", secret.Number), "your daily message", "Slack rejected it", "a tip on"}},
		{jonas, sourcing, []string{"4 reminders could not be delivered:", title, "your daily message"}, []string{fmt.Sprintf("Visit %d, ", secret.Number), "in two weeks"}},
		{jonas, s.direct(jonas), []string{"6 reminders could not be delivered:", fmt.Sprintf("Visit %d, ", secret.Number), "the channel was deleted"}, nil},
		{mia, s.direct(mia), []string{title}, []string{fmt.Sprintf("Visit %d, ", secret.Number), "the channel was deleted"}},
		{liwei, acme, nil, []string{"could not be delivered", title}},
	} {
		t.Run(c.who+" in "+c.where, func(t *testing.T) {
			got := says(s.command(c.who, c.where, "/visit-prep status"))
			for _, w := range c.says {
				if !strings.Contains(got, w) {
					t.Errorf("nothing of %q in:\n%s", w, got)
				}
			}
			for _, w := range c.never {
				if strings.Contains(got, w) {
					t.Errorf("%q in:\n%s", w, got)
				}
			}
		})
	}
}

// In a workspace with many channels the next five are those of whoever asks.
func TestTheNextRemindersAreTheAskersOwn(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	ctx := context.Background()
	add := func(key, to string, kind visit.Kind, subject visit.Subject, due time.Time) {
		t.Helper()
		if err := s.bot.o.Store.AddOccurrence(ctx, visit.Occurrence{Workspace: s.TeamID(), Key: key, Kind: kind, Milestone: -7, Subject: subject, Schedule: 1, To: to, Zone: "Europe/Berlin", Due: due}); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	for n := range 300 {
		to := fmt.Sprintf("C0OTHER%04d", n)
		add(to, to, visit.Tip, visit.SubjectOf(visit.OfChannel, to), now.Add(time.Minute))
	}
	add("mine", sourcing, visit.Remind, v.Subject(), now.Add(2*time.Hour))
	add("list", jonas, visit.Digest, visit.SubjectOf(visit.OfPerson, jonas), now.Add(3*time.Hour))
	add("held", sourcing, visit.Remind, v.Subject(), now.Add(-2*time.Hour))
	got := says(s.command(jonas, sourcing, "/visit-prep status"))
	for _, w := range []string{"Late: ", fmt.Sprintf("Visit %d, ", v.Number), "your daily message"} {
		if !strings.Contains(got, w) {
			t.Errorf("nothing of %q in:\n%s", w, got)
		}
	}
	if strings.Contains(got, "a tip on") {
		t.Errorf("a tip of another channel is announced:\n%s", got)
	}
}

// What subscriptions and people's own items bring is announced with what waits already,
// and once; a tip says in which channel.
func TestTheStatusAnnouncesTipsAndOpenItems(t *testing.T) {
	s := newStage(t, overHTTP, localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, jonas}})
	v := s.visitIn(sourcing)
	ctx, now := context.Background(), time.Now()
	next := visit.Occurrence{Workspace: s.TeamID(), Key: "next", Kind: visit.Remind, Milestone: -7, Subject: v.Subject(), Schedule: 1, To: sourcing, Zone: "Europe/Berlin", Due: now.Add(30 * time.Hour)}
	own := visit.Occurrence{Workspace: s.TeamID(), Key: "list", Kind: visit.Digest, Subject: visit.SubjectOf(visit.OfPerson, jonas), To: jonas, Zone: "Europe/Berlin", Due: now.Add(20 * time.Hour)}
	for _, o := range []visit.Occurrence{next, own} {
		if err := s.bot.o.Store.AddOccurrence(ctx, o); err != nil {
			t.Fatal(err)
		}
	}
	tip := func(to string, due time.Duration) visit.Occurrence {
		return visit.Occurrence{Workspace: s.TeamID(), Key: "tip " + to, Kind: visit.Tip, Subject: visit.SubjectOf(visit.OfChannel, to), To: to, Zone: "Europe/Berlin", Due: now.Add(due)}
	}
	var asked []string
	s.bot.SetHealth(nil, func(_ context.Context, workspace string, to []string, until time.Time) ([]visit.Occurrence, error) {
		if d := until.Sub(now); workspace != s.TeamID() || d < nextWithin || d > nextWithin+time.Minute {
			t.Errorf("asked for %s until %s", workspace, until)
		}
		asked = to
		return []visit.Occurrence{tip(project, time.Hour), tip(sourcing, 10*time.Hour), own}, nil
	})
	got := says(s.command(jonas, sourcing, "/visit-prep status"))
	if !slices.Contains(asked, jonas) || !slices.Contains(asked, sourcing) || slices.Contains(asked, acme) {
		t.Errorf("asked what comes to %q", asked)
	}
	places := []int{strings.Index(got, "a tip on manners and culture"), strings.Index(got, "your daily message"), strings.Index(got, fmt.Sprintf("Visit %d, ", v.Number))}
	if places[0] < 0 || !slices.IsSorted(places) {
		t.Errorf("a tip, the open items and the visit do not stand in order, %v:\n%s", places, got)
	}
	if !strings.Contains(got, "a tip on manners and culture, in <#"+sourcing+">") {
		t.Errorf("the tip does not say in which channel:\n%s", got)
	}
	if strings.Contains(got, project) {
		t.Errorf("a tip in a private channel is announced elsewhere:\n%s", got)
	}
	if n := strings.Count(got, "your daily message"); n > 2 { // in the blocks and in their fallback
		t.Errorf("the open items are announced twice:\n%s", got)
	}
	s.bot.SetHealth(nil, func(context.Context, string, []string, time.Time) ([]visit.Occurrence, error) {
		return nil, errors.New("no database")
	})
	expect(t, s.command(jonas, sourcing, "/visit-prep status"), "can't say what comes next")
}

// While nothing can be sent the status says so, since when, and what to do.
func TestTheStatusTellsOfABrokenConnection(t *testing.T) {
	for fault, words := range map[visit.Fault]string{
		"token_revoked": "is no longer connected to this workspace", "missing_scope": "I lack a permission", "http_407": "a proxy",
		visit.Unreachable: "Slack can't be reached", visit.KeyMissing: "Slack can't be reached", "ekm_access_denied": "doesn't allow me to post", "method_deprecated": "update it",
	} {
		t.Run(string(fault), func(t *testing.T) {
			s := newStage(t, overHTTP)
			now := time.Now()
			if _, err := s.bot.o.Store.NoteFault(context.Background(), "T0SOMEBODY", "invalid_auth", now, now); err != nil {
				t.Fatal(err)
			}
			if m := s.command(mia, sourcing, "/visit-prep status"); strings.Contains(says(m), "can't send") {
				t.Errorf("the fault of another workspace is told:\n%s", says(m))
			}
			if _, err := s.bot.o.Store.NoteFault(context.Background(), s.TeamID(), fault, now, now); err != nil {
				t.Fatal(err)
			}
			expect(t, s.command(mia, sourcing, "/visit-prep status"), "I can't send reminders: ", words, "They wait, and come late.", string(fault))
		})
	}
}

// What Slack tells of the token and of the installation is noted before a reminder finds
// out; the token of a person is not ours.
func TestARevokedTokenIsNotedWhenSlackTellsOfIt(t *testing.T) {
	for fault, change := range map[visit.Fault]func(*stage){
		"token_revoked":   func(s *stage) { s.RevokeToken("token_revoked") },
		"app_uninstalled": func(s *stage) { s.Uninstall() },
	} {
		t.Run(string(fault), func(t *testing.T) {
			s := newStage(t, overHTTP)
			change(s)
			s.settled()
			s.bot.Wait()
			cs, err := s.bot.o.Store.Connections(context.Background())
			if err != nil || len(cs) != 1 || cs[0].Fault != fault || cs[0].Workspace != s.TeamID() {
				t.Errorf("the connections are %+v, %v", cs, err)
			}
		})
	}
	s := newStage(t, inProcess)
	person := &slackevents.TokensRevokedEvent{}
	person.Tokens.Oauth = []string{mia}
	if err := s.bot.changes.take(context.Background(), &slackevents.EventsAPICallbackEvent{TeamID: s.TeamID()}, person); err != nil {
		t.Fatal(err)
	}
	if cs, err := s.bot.o.Store.Connections(context.Background()); err != nil || len(cs) != 0 {
		t.Errorf("when a person's token is revoked they are %+v, %v", cs, err)
	}
}
