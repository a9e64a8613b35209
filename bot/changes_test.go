package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// What these tests hold: a workspace changes while visits and reminders wait. Channels
// are shared, people become guests, a colleague sits in another workspace of the
// organisation, and Slack does not always answer.

// done is for a change that must not fail.
func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// noor is a colleague of a sister workspace in the same organisation.
const (
	noor   = "U0NOORSIST1"
	sister = "T0SISTER001"
)

// withSister is a stage with Noor in a channel that has a visit, an inspection with a
// result and a plan. home is the workspace that Slack names as hers.
func withSister(t *testing.T, home string) *stage {
	t.Helper()
	s := newStage(t, overHTTP)
	if err := s.AddPerson(localslack.Person{ID: noor, Name: "noor", RealName: "Noor Haddad", TZ: "Europe/Berlin", TeamID: home, Teams: []string{sister, s.TeamID()}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Join(noor, sourcing); err != nil {
		t.Fatal(err)
	}
	s.visitIn(sourcing, price)
	s.inspectionIn(sourcing)
	s.planIn(sourcing)
	s.bot.Wait()
	return s
}

// clock is the advice that answers the question of these tests.
const clock = "Do not bring a clock as a gift"

// ways are what somebody can do in a channel where a visit has its card, and a part of
// what a colleague then reads.
func (s *stage) ways(who, channel string) map[string]struct {
	do   func()
	says string
} {
	s.t.Helper()
	s.show("visit/1")
	card := s.card(channel, s.visit(1).Card)
	ts := must(s.Say(who, channel, "", "We are closed in February"))
	type way = struct {
		do   func()
		says string
	}
	return map[string]way{
		"a command":        {func() { s.Command(who, channel, "/visit-prep show 1") }, visited},
		"a question":       {func() { s.Command(who, channel, "/visit-prep is a clock a good gift?") }, clock},
		"a button":         {func() { s.press(who, card, "Open checklist") }, "Step 2"},
		"a shortcut":       {func() { s.Shortcut(who, shortcutPlan, "", "") }, "Purpose"},
		"one on a message": {func() { s.Shortcut(who, shortcutAddToVisit, channel, ts) }, visited},
		"Home":             {func() { s.OpenHome(who) }, visited},
		"a mention":        {func() { s.Say(who, channel, "", "@visitprep is a clock a good gift?") }, clock},
		"a direct message": {func() { s.Say(who, s.direct(who), "", "is a clock a good gift?") }, clock},
	}
}

func TestAColleagueOfASisterWorkspaceIsOne(t *testing.T) {
	for name, change := range map[string]func(s *stage){
		"":                                 func(*stage) {},
		"events and clicks name no origin": func(s *stage) { s.OmitUserTeam(true) },
		"for the whole organisation":       func(s *stage) { s.OmitUserTeam(true); s.OrgInstall(true) },
	} {
		for _, home := range []string{sister, ""} {
			s := withSister(t, home)
			change(s)
			for way, w := range s.ways(noor, sourcing) {
				if got := s.reads(noor, w.do); strings.Contains(got, membersOnly) || !strings.Contains(got, w.says) {
					t.Errorf("%s: of home %q, by %s Noor reads\n%s", name, home, way, got)
				}
			}
			s.nothingRefused()
		}
	}
}

func TestAColleagueIsOneThoughNothingSaysSo(t *testing.T) {
	for name, change := range map[string]func(s *stage){
		"events and clicks name no origin": func(s *stage) { s.OmitUserTeam(true) },
		"for the whole organisation":       func(s *stage) { s.OrgInstall(true) },
	} {
		s := newStage(t, overHTTP)
		s.visitIn(acme)
		change(s)
		for way, w := range s.ways(mia, acme) {
			if got := s.reads(mia, w.do); strings.Contains(got, membersOnly) || !strings.Contains(got, w.says) {
				t.Errorf("%s: by %s Mia reads\n%s", name, way, got)
			}
		}
		// And a supplier is none.
		for way, w := range s.ways(liwei, acme) {
			if way == "a direct message" || way == "Home" {
				continue // nobody of another company has one
			}
			if got := s.reads(liwei, w.do); way != "a question" && !strings.Contains(got, membersOnly) || tellsOf(got) {
				t.Errorf("%s: by %s Li Wei reads\n%s", name, way, got)
			}
		}
		s.nothingRefused()
	}
}

// sensitive is whether somebody reads of the price or the audit.
func sensitive(text string) bool { return strings.Contains(text, price.Text) }

// posted is what somebody reads of the card and of a reminder in a channel.
func (s *stage) cardAndReminder(reader string, about visit.Subject, channel string) string {
	s.t.Helper()
	s.show(about)
	card := must(s.bot.o.Store.Appointment(context.Background(), s.TeamID(), about)).Common().Card
	said := says(s.card(channel, card))
	return said + s.reads(reader, func() { s.reminded(s.remindOf(about, visit.Remind, -56), channel) })
}

func TestAGuestCountsAsAnotherCompany(t *testing.T) {
	for _, kind := range []string{localslack.Restricted, localslack.UltraRestricted} {
		s := newStage(t, overHTTP)
		done(t, s.SetGuest(jonas, kind))
		s.settled()
		s.bot.Wait()
		v := s.visitIn(sourcing, price)
		if got := s.cardAndReminder(mia, v.Subject(), sourcing); sensitive(got) || !strings.Contains(got, "0 of 13 done") {
			t.Errorf("%s: beside a guest stands\n%s", kind, got)
		}
		for way, w := range s.ways(jonas, sourcing) {
			got := s.reads(jonas, w.do)
			if sensitive(got) || strings.Contains(got, "Step 2") || strings.Contains(got, membersOnly) {
				t.Errorf("%s: by %s the guest reads\n%s", kind, way, got)
			}
			if w.says == clock && !strings.Contains(got, clock) {
				t.Errorf("%s: by %s the guest gets no advice:\n%s", kind, way, got)
			}
		}
		s.nothingRefused()
	}
}

func TestAChannelIsReadByWhoeverIsInItNow(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *stage)
		open   bool // nobody of another company reads it after all
		silent bool // there is no event
	}{
		{"shared with another company", func(s *stage) { done(t, s.ShareChannel(sourcing)) }, false, false},
		{"another company is invited", func(s *stage) { done(t, s.InviteCompany(sourcing)) }, false, true},
		{"shared, and then not", func(s *stage) { done(t, s.ShareChannel(sourcing)); done(t, s.UnshareChannel(sourcing)) }, true, false},
		{"a member becomes a guest", func(s *stage) { done(t, s.SetGuest(jonas, localslack.Restricted)) }, false, false},
		{"a guest comes", func(s *stage) {
			done(t, s.AddPerson(localslack.Person{ID: noor, Name: "noor", RealName: "Noor Haddad", TZ: "Europe/Berlin", TeamID: s.TeamID(), Guest: localslack.Restricted}))
			done(t, s.Join(noor, sourcing))
		}, false, false},
		{"a guest comes and goes", func(s *stage) {
			done(t, s.AddPerson(localslack.Person{ID: noor, Name: "noor", RealName: "Noor Haddad", TZ: "Europe/Berlin", TeamID: s.TeamID(), Guest: localslack.Restricted}))
			done(t, s.Join(noor, sourcing))
			done(t, s.Leave(noor, sourcing))
		}, true, false},
		{"a guest whose account has ended", func(s *stage) { done(t, s.SetGuest(jonas, localslack.Restricted)); done(t, s.Deactivate(jonas)) }, true, false},
		{"somebody of a sister workspace comes", func(s *stage) {
			done(t, s.AddPerson(localslack.Person{ID: noor, Name: "noor", RealName: "Noor Haddad", TZ: "Europe/Berlin", TeamID: sister, Teams: []string{sister, s.TeamID()}}))
			done(t, s.Join(noor, sourcing))
		}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			v := s.visitIn(sourcing, price)
			if got := s.cardAndReminder(mia, v.Subject(), sourcing); !sensitive(got) {
				t.Fatalf("before, there stands\n%s", got)
			}
			card := s.card(sourcing, s.visit(v.Number).Card)
			if !strings.Contains(says(card), "0 of 14 done") {
				t.Fatalf("before, the card says\n%s", says(card))
			}
			done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
			c.change(s)
			s.settled()
			s.bot.Wait()
			if c.silent { // Slack tells nobody; a minute later somebody asks
				s.bot.directory.channels.answers.Purge()
				s.reminded(s.remindOf(v.Subject(), visit.Remind, -58), sourcing)
				s.bot.Wait()
			}
			// The card that is there was redrawn.
			if got := says(s.card(sourcing, card.TS)); strings.Contains(got, "0 of 14 done") != c.open {
				t.Errorf("the card says\n%s", got)
			}
			if got := s.reads(mia, func() { s.reminded(s.remindOf(v.Subject(), visit.Remind, -57), sourcing) }); sensitive(got) == !c.open {
				t.Errorf("a reminder says\n%s", got)
			}
			s.nothingRefused()
		})
	}
}

// visit is one as it is now.
func (s *stage) visit(n int) visit.Visit {
	s.t.Helper()
	return must(s.bot.o.Store.Visit(context.Background(), s.TeamID(), n))
}

func TestWhatWasImportedAsksWhoReadsItsChannel(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(acme, price)
	s.changeVisit(v, func(v *visit.Visit) { v.Shared = false }) // the file did not say
	if got := s.cardAndReminder(liwei, v.Subject(), acme); sensitive(got) || !strings.Contains(got, "0 of 13 done") {
		t.Errorf("the supplier reads\n%s", got)
	}
	s.nothingRefused()
}

// forgets has the directory ask Slack anew.
func (s *stage) forgets() {
	s.settled()
	s.bot.Wait()
	d := s.bot.directory
	d.members.answers.Purge()
	d.asked.answers.Purge()
	d.channels.answers.Purge()
	d.lists.answers.Purge()
	d.listed.mu.Lock()
	defer d.listed.mu.Unlock()
	d.listed.teams = nil
}

func TestWhoCannotBeCheckedIsToldSo(t *testing.T) {
	for _, method := range []string{"users.info", "conversations.members"} {
		for _, line := range []string{"/visit-prep show 1", "/visit-prep list", "/inspection", "/inspection history bright"} {
			s := newPrivateStage(t)
			s.visitIn(sourcing)
			s.show("visit/1")
			s.forgets()
			times := 1
			if method == "users.info" { // which is asked for the language first, of the answer and of what is in it
				times = 3
			}
			s.Fail(method, "internal_error", times)
			if got := s.types(mia, sourcing, line); !strings.Contains(got, "I could not check that just now. Please try again in a moment.") || tellsOf(got) {
				t.Errorf("%s, while %s fails: Mia reads\n%s", line, method, got)
			}
		}
	}
	s := newStage(t, overHTTP)
	s.visitIn(sourcing)
	s.show("visit/1")
	s.forgets()
	s.FailHTTP("conversations.members", 429, map[string][]string{"Retry-After": {"30"}}, 1)
	if got := s.types(mia, sourcing, "/visit-prep show 1"); !strings.Contains(got, "Slack has asked me to slow down") || tellsOf(got) {
		t.Errorf("during a 429 Mia reads\n%s", got)
	}
}

func TestAReminderWaitsWhereNobodyKnowsWhoReadsIt(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, price)
	s.show(v.Subject())
	s.forgets()
	s.FailHTTP("conversations.info", 429, map[string][]string{"Retry-After": {"30"}}, 1)
	if d := s.posted(s.remindOf(v.Subject(), visit.Remind, -56)); d.Outcome != visit.NotSent || d.RetryAfter.Seconds() != 30 {
		t.Errorf("during a 429: %+v", d)
	}
	// Any other error is taken for a shared channel.
	s.Fail("conversations.info", "internal_error", 1)
	if got := says(s.reminded(s.remindOf(v.Subject(), visit.Remind, -56), sourcing)); sensitive(got) {
		t.Errorf("while Slack does not say, there stands\n%s", got)
	}
}

func TestWhoWasJustInvitedDoesNotWaitForALostEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess)
		s.visitIn(sourcing)
		done(t, s.Leave(jonas, sourcing))
		s.bot.Wait()
		if err := s.bot.directory.canSee(t.Context(), s.TeamID(), jonas, sourcing); !errors.Is(err, errNotYours) {
			t.Errorf("before it is %v", err)
		}
		s.LoseEvents(true)
		done(t, s.Join(jonas, sourcing))
		time.Sleep(keepAbsence + time.Second)
		if err := s.bot.directory.canSee(t.Context(), s.TeamID(), jonas, sourcing); err != nil {
			t.Errorf("afterwards it is %v", err)
		}
	})
}

func TestALostEventIsMadeUpFor(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, price)
	ctx := context.Background()
	s.show(v.Subject())
	look := func() {
		t.Helper()
		s.bot.directory.channels.answers.Purge() // a minute has passed
		done(t, s.bot.changes.lookAround(ctx, time.Now().Add(25*time.Hour)))
		s.bot.Wait()
	}
	look()
	s.LoseEvents(true)
	done(t, s.ShareChannel(sourcing))
	look()
	if got := says(s.card(sourcing, s.visit(v.Number).Card)); !strings.Contains(got, "0 of 13 done") {
		t.Errorf("once the channel was looked at, the card says\n%s", got)
	}
	done(t, s.UnshareChannel(sourcing))
	done(t, s.SetGuest(jonas, localslack.Restricted))
	s.bot.directory.lists.answers.Purge() // an hour has passed
	look()
	if f := must(s.bot.o.Store.ChannelFacts(ctx, s.TeamID(), sourcing)); f.Shared || !f.Guests {
		t.Errorf("known is %+v", f)
	}
	done(t, s.SetGuest(jonas, ""))
	s.bot.directory.lists.answers.Purge()
	look()
	if got := says(s.card(sourcing, s.visit(v.Number).Card)); !strings.Contains(got, "0 of 14 done") {
		t.Errorf("once nobody else reads it, the card says\n%s", got)
	}
}

func TestAPrivateChannelKeepsItsVisitsUnderItsNewID(t *testing.T) {
	s := newPrivateStage(t)
	v := s.visitIn(project, price)
	s.show(v.Subject())
	done(t, s.ShareChannel(project))
	s.settled()
	s.bot.Wait()
	now := s.Moved(project)
	if now == "" || now == project {
		t.Fatalf("the channel has the id %q", now)
	}
	moved := s.visit(v.Number)
	if moved.Channel != now || !moved.Shared || !moved.Private {
		t.Errorf("the visit is in %+v, want %s", moved.Place, now)
	}
	if got := says(s.card(now, moved.Card)); !strings.Contains(got, "0 of 13 done") {
		t.Errorf("the card says\n%s", got)
	}
	for _, o := range s.pending(v.Subject()) {
		if o.To != now {
			t.Errorf("a reminder goes to %s", o.To)
		}
	}
	if got := s.types(mia, now, "/visit-prep show 1"); !tellsOf(got) {
		t.Errorf("Mia reads there\n%s", got)
	}
}

func TestAReminderThatIsOnItsWayWhenItsChannelGetsAnotherIDWaits(t *testing.T) {
	s := newPrivateStage(t)
	v := s.visitIn(project)
	weekBefore := func() visit.Occurrence {
		t.Helper()
		for _, o := range s.pending(v.Subject()) {
			if o.Kind == visit.Remind && o.Milestone == -7 {
				return o
			}
		}
		t.Fatal("there is no reminder a week before")
		return visit.Occurrence{}
	}
	o := weekBefore() // as the scheduler has read it
	done(t, s.ShareChannel(project))
	s.settled()
	s.bot.Wait()
	o.Key = weekBefore().Key // what is being sent keeps its own
	if d := s.posted(o); d.Outcome != visit.NotSent || d.RetryAfter <= 0 {
		t.Errorf("it is %+v", d)
	}
}

func TestAChannelInWhichNothingCanBePostedIsLookedAt(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *stage) error
		want   store.ChannelState
	}{
		"archived": {func(s *stage) error { return s.ArchiveChannel(sourcing) }, store.ChannelArchived},
		"deleted":  {func(s *stage) error { return s.DeleteChannel(sourcing) }, store.ChannelGone},
		"left":     {func(s *stage) error { return s.RemoveApp(sourcing) }, store.ChannelLeft},
	} {
		for by, post := range map[string]func(s *stage, v visit.Visit){
			"a reminder": func(s *stage, v visit.Visit) { s.posted(s.remindOf(v.Subject(), visit.Remind, -56)) },
			"a card":     func(s *stage, v visit.Visit) { s.bot.live.redraw(context.Background(), s.TeamID(), v.Subject()) },
		} {
			if name == "archived" && by == "a card" {
				continue // what stands in an archived channel can still be changed
			}
			s := newStage(t, overHTTP)
			v := s.visitIn(sourcing)
			s.show(v.Subject())
			if _, err := s.bot.directory.readers(t.Context(), s.TeamID(), sourcing); err != nil {
				t.Fatal(err)
			}
			s.LoseEvents(true)
			done(t, c.change(s))
			post(s, v)
			s.bot.Wait()
			if f, err := s.bot.o.Store.ChannelFacts(t.Context(), s.TeamID(), sourcing); err != nil || f.State != c.want {
				t.Errorf("%s, by %s: known is %+v, %v", name, by, f, err)
			}
		}
	}
}

func TestWhatBecomesOfAChannelIsKnown(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *stage, channel string) error
		want   store.ChannelState
	}{
		"archived":         {func(s *stage, ch string) error { return s.ArchiveChannel(ch) }, store.ChannelArchived},
		"archived and not": {func(s *stage, ch string) error { return firstOf(s.ArchiveChannel(ch), s.UnarchiveChannel(ch)) }, store.ChannelOpen},
		"deleted":          {func(s *stage, ch string) error { return s.DeleteChannel(ch) }, store.ChannelGone},
		"left":             {func(s *stage, ch string) error { return s.RemoveApp(ch) }, store.ChannelLeft},
	} {
		for _, channel := range []string{sourcing, project} {
			t.Run(fmt.Sprintf("%s, %s", name, channel), func(t *testing.T) {
				s := newPrivateStage(t)
				v := s.visitIn(channel)
				s.cardAndReminder(mia, v.Subject(), channel)
				if err := c.change(s, channel); err != nil {
					t.Fatal(err)
				}
				s.settled()
				s.bot.Wait()
				f := must(s.bot.o.Store.ChannelFacts(context.Background(), s.TeamID(), channel))
				if f.State != c.want || f.Private != (channel == project) {
					t.Errorf("known is %+v", f)
				}
				if got := s.visit(v.Number); got.Private != (channel == project) {
					t.Errorf("the visit is %+v", got.Place)
				}
			})
		}
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
