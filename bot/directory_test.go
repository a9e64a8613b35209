package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/lang/zh"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

func TestADirectoryKnowsWhoIsAColleague(t *testing.T) {
	const (
		bot      = "U0OTHERBOT1"
		left     = "U0LEFT00001"
		both     = "U0GUESTLEFT"
		invited  = "U0GUESTREST"
		another  = "U0OTHERORG1" // in the organisation, and not in our workspace
		nobody   = "U0NOBODY001"
		hidden   = "U0HIDDEN001"
		admin    = "U0ADMIN0001"
		adminOut = "U0ADMINOUT1"
	)
	for _, listed := range []bool{false, true} {
		s := newStage(t, overHTTP)
		for _, p := range []localslack.Person{
			{ID: bot, Bot: true, TeamID: s.TeamID()},
			{ID: left, Deleted: true, TeamID: s.TeamID()},
			{ID: both, Deleted: true, Guest: localslack.Restricted, TeamID: s.TeamID()},
			{ID: invited, Guest: localslack.Restricted, TeamID: s.TeamID()},
			{ID: noor, TeamID: sister, Teams: []string{sister, s.TeamID()}},
			{ID: another, TeamID: sister, Teams: []string{sister}},
			{ID: hidden, TeamID: "T0ACMELIGHT", Hidden: true},
			{ID: admin, TeamID: s.TeamID(), Admin: true},
			{ID: adminOut, TeamID: s.TeamID(), Admin: true, Deleted: true},
		} {
			p.Name, p.RealName, p.TZ = strings.ToLower(p.ID), p.ID, "Europe/Berlin"
			done(t, s.AddPerson(p))
		}
		d := s.bot.directory
		ctx := t.Context()
		s.bot.Wait()
		d.listed.teams = nil
		if listed {
			done(t, d.list(ctx, s.TeamID()))
		}
		for id, want := range map[string]bool{
			mia: true, noor: true, admin: true,
			bot: false, left: false, both: false, invited: false, another: false, liwei: false, nobody: false, hidden: false, "USLACKBOT": false,
		} {
			if got, err := d.colleague(ctx, s.TeamID(), id); got != want || err != nil {
				t.Errorf("listed %v: %s is a colleague: %v, %v; want %v", listed, id, got, err, want)
			}
		}
		got := must(d.admins(ctx, s.TeamID()))
		if !slices.Contains(got, admin) || slices.Contains(got, adminOut) {
			t.Errorf("the admins are %v", got)
		}
		d.o.GuestsAreColleagues = true
		for id, want := range map[string]bool{invited: true, both: false, liwei: false} {
			if got, err := d.colleague(ctx, s.TeamID(), id); got != want || err != nil {
				t.Errorf("where guests are colleagues, %s is one: %v, %v", id, got, err)
			}
		}
	}
}

func TestAWorkspaceIsListedAndNotAskedAboutOneByOne(t *testing.T) {
	s := newStage(t, overHTTP)
	var crowd []string
	for n := range 2*peoplePage + 7 {
		id := fmt.Sprintf("U0CROWD%04d", n)
		done(t, s.AddPerson(localslack.Person{ID: id, Name: strings.ToLower(id), RealName: id, TZ: "Europe/Berlin", TeamID: s.TeamID()}))
		done(t, s.Join(id, sourcing))
		crowd = append(crowd, id)
	}
	s.settled()
	s.bot.Wait()
	s.bot.directory.listed.teams = nil
	before := s.Calls()
	d := s.bot.directory
	for range 2 {
		if to, err := d.readers(t.Context(), s.TeamID(), sourcing); to != insiders || err != nil {
			t.Errorf("it is read by %v, %v", to, err)
		}
		for _, id := range crowd {
			if err := d.canSee(t.Context(), s.TeamID(), id, sourcing); err != nil {
				t.Fatal(err)
			}
		}
	}
	now := s.Calls()
	for method, want := range map[string]int{"users.list": 3, "users.info": 0, "conversations.info": 1, "conversations.members": 2} {
		if n := now[method] - before[method]; n > want {
			t.Errorf("%s was called %d times, want %d", method, n, want)
		}
	}
}

func TestWhoIsKnownToBeAnOutsiderGetsNoAdvice(t *testing.T) {
	const question = "/visit-prep is a clock a good gift?"
	s := newStage(t, overHTTP)
	// Nothing is known yet, and Slack does not say who asks: advice is given.
	s.Fail("users.info", "internal_error", 2)
	for _, who := range []string{mia, liwei} {
		if got := s.types(who, acme, question); !strings.Contains(got, clock) {
			t.Errorf("%s reads\n%s", who, got)
		}
	}
	// Slack says: once for many questions.
	before := s.Calls()
	for range 3 {
		if got := s.types(mia, acme, question); !strings.Contains(got, clock) {
			t.Errorf("Mia reads\n%s", got)
		}
	}
	if now := s.Calls(); now["users.info"]-before["users.info"] != 1 || now["users.list"] != before["users.list"] {
		t.Errorf("three questions were answered by asking Slack: %v, before %v", now, before)
	}
	if got := s.types(liwei, acme, question); !strings.Contains(got, membersOnly) || strings.Contains(got, "clock") {
		t.Errorf("Li Wei, of whom Slack says that he is another company's, reads\n%s", got)
	}
	done(t, s.bot.directory.list(t.Context(), s.TeamID()))
	if got := s.types(mia, acme, question); !strings.Contains(got, clock) {
		t.Errorf("Mia reads\n%s", got)
	}
	if got := s.types(liwei, acme, question); !strings.Contains(got, membersOnly) || strings.Contains(got, "clock") {
		t.Errorf("Li Wei reads\n%s", got)
	}
	// Somebody who came a moment ago is asked about.
	s.LoseEvents(true)
	done(t, s.AddPerson(localslack.Person{ID: noor, Name: "noor", RealName: "Noor Haddad", TZ: "Europe/Berlin", TeamID: s.TeamID()}))
	done(t, s.Join(noor, sourcing))
	if got := s.types(noor, sourcing, question); !strings.Contains(got, clock) {
		t.Errorf("Noor reads\n%s", got)
	}
	// Her account ends, and Slack does not say of somebody else.
	s.LoseEvents(false)
	done(t, s.Deactivate(noor))
	s.settled()
	s.bot.Wait()
	if err := s.bot.directory.mayAsk(s.TeamID(), noor); !errors.Is(err, errNotColleague) {
		t.Errorf("of an account that has ended: %v", err)
	}
	s.Fail("users.info", "internal_error", 1)
	if err := s.bot.directory.mayAsk(s.TeamID(), "U0STRANGER1"); !errors.Is(err, errUnchecked) {
		t.Errorf("while Slack does not say: %v", err)
	}
}

func TestAMentionBesideAGuestIsAnsweredToTheAskerAlone(t *testing.T) {
	s := newStage(t, overHTTP)
	ask := func() { s.Say(mia, sourcing, "", "@visitprep is a clock a good gift?") }
	if got := s.reads(jonas, ask); !strings.Contains(got, clock) {
		t.Errorf("Jonas, a colleague, reads\n%s", got)
	}
	done(t, s.SetGuest(jonas, localslack.Restricted))
	s.bot.Wait() // until it has heard of it
	if got := s.reads(jonas, ask); strings.Contains(got, clock) {
		t.Errorf("Jonas, a guest, reads\n%s", got)
	}
	if got := s.reads(mia, ask); !strings.Contains(got, clock) || !strings.Contains(got, "only you can see this answer") {
		t.Errorf("Mia reads\n%s", got)
	}
}

func TestWhoMayNotSeeAnEscalationAnyMoreDoesNotGetIt(t *testing.T) {
	for name, change := range map[string]func(s *stage){
		"out of the channel": func(s *stage) { done(s.t, s.Leave(mia, sourcing)) },
		"a guest":            func(s *stage) { done(s.t, s.SetGuest(mia, localslack.Restricted)) },
	} {
		s := newStage(t, overHTTP)
		i := s.inspectionIn(sourcing, price)
		o := s.remindOf(i.Subject(), visit.Escalation, 0)
		if o.To != mia {
			t.Fatalf("it goes to %s", o.To)
		}
		change(s)
		s.settled()
		s.bot.Wait()
		var d visit.Delivery
		if got := s.reads(mia, func() { d = s.posted(o) }); name != "a guest" && tellsOf(got) || sensitive(got) {
			t.Errorf("%s: Mia reads\n%s", name, got)
		}
		if !s.has(jonas, sourcing, "How did inspection 1 at") {
			t.Errorf("%s: the channel hears nothing", name)
		}
		// Where its answer was lost it is found again.
		o.Posted = time.Now()
		if found := s.bot.reminders.Find(t.Context(), o); found.Outcome != visit.Delivered || found.TS != d.TS {
			t.Errorf("%s: looked for, it is %+v, want %s", name, found, d.TS)
		}
	}
}

func TestWhoSaysThatAGuestWorksForUs(t *testing.T) {
	const planner, idle = "U0PLANNER01", "U0IDLE00001" // Mia is an admin
	s := newStage(t, overHTTP)
	for _, id := range []string{planner, idle} {
		done(t, s.AddPerson(localslack.Person{ID: id, Name: strings.ToLower(id), RealName: id, TZ: "Europe/Berlin", TeamID: s.TeamID()}))
		done(t, s.Join(id, sourcing))
	}
	done(t, s.AddPerson(localslack.Person{ID: noor, Name: "noor", RealName: "Noor Haddad", TZ: "Europe/Berlin", TeamID: s.TeamID(), Guest: localslack.Restricted, Admin: true}))
	done(t, s.SetGuest(jonas, localslack.Restricted))
	s.settled()
	s.bot.Wait()
	v := s.visitIn(sourcing, price)
	s.changeVisit(v, func(v *visit.Visit) { v.Owner = planner })
	done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
	s.show(v.Subject())
	d, ctx := s.bot.directory, t.Context()
	card := func() string { s.bot.Wait(); return says(s.card(sourcing, s.visit(v.Number).Card)) }
	if got := card(); !strings.Contains(got, "0 of 13 done") {
		t.Fatalf("beside a guest the card says\n%s", got)
	}
	for by, want := range map[string]error{jonas: errGuest, noor: errGuest, liwei: errNotColleague, "U0NOBODY001": errNotColleague, idle: errNotYours} {
		if err := d.vouch(ctx, s.TeamID(), by, jonas); !errors.Is(err, want) {
			t.Errorf("by %s: %v, want %v", by, err, want)
		}
	}
	if err := d.vouch(ctx, s.TeamID(), planner, noor); !errors.Is(err, errNotYours) {
		t.Errorf("of a guest who is in none of the planner's channels: %v", err)
	}
	for _, id := range []string{liwei, mia, "U0NOBODY001"} {
		if err := d.vouch(ctx, s.TeamID(), mia, id); err == nil {
			t.Errorf("%s, who is no guest, works for us", id)
		}
	}
	for _, by := range []string{mia, planner} {
		done(t, d.vouch(ctx, s.TeamID(), by, jonas))
		if ok, err := d.colleague(ctx, s.TeamID(), jonas); !ok || err != nil {
			t.Errorf("after %s said so Jonas is a colleague: %v, %v", by, ok, err)
		}
		if got := card(); !strings.Contains(got, "0 of 14 done") {
			t.Errorf("after %s said so the card says\n%s", by, got)
		}
		done(t, d.unvouch(ctx, s.TeamID(), by, jonas))
		if got := card(); !strings.Contains(got, "0 of 13 done") {
			t.Errorf("after %s took it back the card says\n%s", by, got)
		}
	}
}

// An idle Slack answers every call at once, and counts them.
type countingWire struct {
	at     []time.Time
	answer func(n int) *http.Response
}

func (w *countingWire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.at = append(w.at, time.Now())
	res := &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r, Header: http.Header{}}
	if w.answer != nil {
		res = w.answer(len(w.at))
		res.Request = r
	}
	return res, nil
}

func callThrough(ctx context.Context, t http.RoundTripper, method string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://slack.test/api/"+method, nil)
	if err != nil {
		return err
	}
	res, err := t.RoundTrip(r)
	if err == nil {
		res.Body.Close()
	}
	return err
}

func TestNoMinuteHasMoreCallsThanTheTier(t *testing.T) {
	for method, tier := range perMinute {
		for _, attended := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				w := new(countingWire)
				p := PaceTransport(w)
				ctx, most := t.Context(), tier
				if !attended {
					ctx, most = unattended(ctx), tier*7/10
				}
				for range 3 * tier {
					for callThrough(ctx, p, method) != nil { // somebody tries again and again
						time.Sleep(time.Second)
					}
				}
				for i, from := range w.at {
					n := 0
					for _, at := range w.at[i:] {
						if at.Sub(from) < time.Minute {
							n++
						}
					}
					if n > most {
						t.Fatalf("%s, attended %v: %d calls in a minute, want at most %d", method, attended, n, most)
					}
				}
				if took := w.at[len(w.at)-1].Sub(w.at[0]); took > 6*time.Minute {
					t.Errorf("%s, attended %v: three minutes' worth took %s", method, attended, took)
				}
			})
		}
	}
}

func TestWhatNobodyWaitsForLeavesCallsToPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := PaceTransport(new(countingWire))
		ctx, stop := context.WithCancel(unattended(t.Context()))
		var reminders sync.WaitGroup
		defer func() { stop(); reminders.Wait() }()
		for range 50 { // as fast as they may
			reminders.Go(func() {
				for ctx.Err() == nil {
					if callThrough(ctx, p, "conversations.info") != nil {
						time.Sleep(time.Second)
					}
				}
			})
		}
		time.Sleep(5 * time.Minute)
		for range 8 { // a form of somebody's
			begun := time.Now()
			if err := callThrough(t.Context(), p, "conversations.info"); err != nil || time.Since(begun) > 0 {
				t.Errorf("a person waits %s, %v", time.Since(begun), err)
			}
		}
	})
}

func TestACallThatWouldWaitTooLongIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := new(countingWire)
		w.answer = func(n int) *http.Response {
			if n == 1 {
				return &http.Response{StatusCode: http.StatusTooManyRequests, Body: http.NoBody, Header: http.Header{"Retry-After": {"30"}}}
			}
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}
		}
		p := PaceTransport(w)
		done(t, callThrough(t.Context(), p, "users.info"))
		begun := time.Now()
		err := callThrough(t.Context(), p, "users.info")
		var limited *slack.RateLimitedError
		if !errors.As(err, &limited) || limited.RetryAfter != 30*time.Second || time.Since(begun) != 0 || len(w.at) != 1 {
			t.Errorf("during a pause a person's call has %v after %s, %d were sent", err, time.Since(begun), len(w.at))
		}
		if d := delivery("", fmt.Errorf("post: %w", err)); d.Outcome != visit.Limited || d.RetryAfter != 30*time.Second {
			t.Errorf("to a reminder that is %+v", d)
		}
		if words, known := explain(english, err); !known || !strings.Contains(words, "slow down") {
			t.Errorf("to a person it is %q", words)
		}
		done(t, callThrough(t.Context(), p, "views.open")) // another method
		done(t, callThrough(t.Context(), p, "chat.postMessage"))
		short, cancel := context.WithTimeout(unattended(t.Context()), 10*time.Second)
		defer cancel()
		if err := callThrough(short, p, "users.info"); !errors.As(err, &limited) || time.Since(begun) != 0 {
			t.Errorf("a reminder with ten seconds has %v after %s", err, time.Since(begun))
		}
		done(t, callThrough(unattended(t.Context()), p, "users.info")) // one with time
		if waited := time.Since(begun); waited != 30*time.Second {
			t.Errorf("it waited %s", waited)
		}
	})
}

// Whoever reads alone reads the language in which Slack speaks to them, however the bot
// heard of them; what Slack does not say is English.
func TestAPersonReadsTheirLanguage(t *testing.T) {
	const (
		taipei = "U0TAIPEI001"
		berlin = "U0BERLIN001"
		unsaid = "U0UNSAID001"
	)
	for _, heard := range []string{"asked about", "listed", "named by an event"} {
		s := newStage(t, overHTTP)
		for id, locale := range map[string]string{qian: "zh-CN", taipei: "zh-TW", berlin: "de-DE", unsaid: ""} {
			done(t, s.AddPerson(localslack.Person{ID: id, Name: strings.ToLower(id), RealName: id, TZ: "Asia/Shanghai", TeamID: s.TeamID(), Locale: locale}))
		}
		s.bot.Wait()
		d := s.bot.directory
		switch heard {
		case "asked about":
			d.listed.teams = nil
		case "listed":
			d.listed.teams = nil
			done(t, d.list(t.Context(), s.TeamID()))
		}
		for id, want := range map[string]string{qian: "周一", taipei: "周一", berlin: "Mon", unsaid: "Mon", mia: "Mon", "U0NOBODY001": "Mon"} {
			if got := d.printer(t.Context(), s.TeamID(), id).T("Mon"); got != want {
				t.Errorf("%s, %s reads %q, want %q", heard, id, got, want)
			}
		}
	}
}

// An event about a person may leave their language out, which is then as it was.
func TestAnEventWithoutALanguageKeepsIt(t *testing.T) {
	s := newStage(t, overHTTP)
	done(t, s.AddPerson(localslack.Person{ID: qian, Name: "qian", RealName: "Qian", TZ: "Asia/Shanghai", TeamID: s.TeamID(), Locale: "zh-CN"}))
	d := s.bot.directory
	done(t, d.list(t.Context(), s.TeamID()))
	d.heard(s.TeamID(), &slack.User{ID: qian, TeamID: s.TeamID(), Name: "qian2", Updated: 1577836801}, time.Now())
	if p, _ := d.known(s.TeamID(), qian); p.also[1] != "qian2" || p.locale != "zh-CN" {
		t.Errorf("after the event they are %+v", p)
	}
	d.heard(s.TeamID(), &slack.User{ID: qian, TeamID: s.TeamID(), Name: "qian2", Locale: "en-GB", Updated: 1577836802}, time.Now())
	if got := d.printer(t.Context(), s.TeamID(), qian).T("Mon"); got != "Mon" {
		t.Errorf("after an event with another language they read %q", got)
	}
}

// The first answer to somebody is in their language, and so is each later one, whatever was forgotten
// meanwhile; while Slack does not say which, it is in English, and not late.
func TestTheFirstAnswerToACommandIsInTheLanguageOfItsReader(t *testing.T) {
	t.Parallel()
	p := zh.Printer()
	for line, want := range map[string]string{
		"/visit-prep help": p.T("Share in channel"), "/visit-prep is a clock a good gift?": p.T("Share in channel"), "/etiquette": p.T("Share in channel"),
		"/inspection help": p.T("Inspections"), "/factory help": p.T("Factories"), "/visit-prep lsit": "您是指",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			done(t, s.AddPerson(localslack.Person{ID: qian, Name: "qian", RealName: "Qian", TZ: "Asia/Shanghai", TeamID: s.TeamID(), Locale: "zh-CN"}))
			done(t, s.Join(qian, sourcing))
			s.settled()
			s.bot.directory.listed.teams = nil // events may have told of them
			s.bot.directory.asked.drop(inTeam(s.TeamID(), qian))
			s.FailHTTP("users.info", http.StatusTooManyRequests, http.Header{"Retry-After": {"1"}}, 1)
			if got := s.types(qian, sourcing, line); got == "" || strings.Contains(got, want) {
				t.Errorf("while Slack does not say they read\n%s", got)
			}
			s.bot.Wait()
			for range 2 {
				s.bot.directory.asked.drop(inTeam(s.TeamID(), qian))
				if got := s.types(qian, sourcing, line); !strings.Contains(got, want) {
					t.Errorf("they read\n%s", got)
				}
			}
		})
	}
}

const qian = "U0QIAN00001" // an inspector to whom Slack speaks Chinese
