package bot

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
)

// What these tests hold: people of another company are refused politely, wherever
// they come from, and nobody reads or sends off what somebody else was typing.

const membersOnly = "answers only members of the workspace that installed it"

// membersSay is what a guest reads of what is the team's.
const membersSay = "Visits, inspections and factories are for members of this workspace"

// newShared is a stage on which a visit, an inspection with a result, one without
// and a plan are in the channel that the other company shares.
func newShared(t *testing.T) *stage {
	t.Helper()
	s := newStage(t, overHTTP)
	s.visitIn(acme)
	s.inspectionIn(acme)
	s.planIn(acme)
	s.reported(s.inspectionIn(acme).Number)
	return s
}

func TestAnOutsidersCommandsShowAndChangeNothing(t *testing.T) {
	for _, c := range []struct {
		line, says string // says is part of the answer
		colleague  string // what a colleague reads there
	}{
		{"/visit-prep", membersOnly, visited},
		{"/visit-prep list", membersOnly, visited},
		{"/visit-prep show 1", membersOnly, visited},
		{"/visit-prep plan", membersOnly, visited}, // in the menu of factories
		{"/visit-prep factories", membersOnly, visited},
		{"/visit-prep status", membersOnly, "Visit 1,"},
		{"/inspection", membersOnly, inspected},
		{"/inspection show 1", membersOnly, inspected},
		{"/inspection done 1", membersOnly, inspected},
		{"/inspection skip 1", membersOnly, inspected},
		{"/inspection move 1", membersOnly, inspected},
		{"/inspection move 1 " + inDays(20), membersOnly, inspected},
		{"/inspection schedule", membersOnly, inspected},
		{"/inspection plan 1", membersOnly, planned},
		{"/inspection history", membersOnly, inspected}, // asks which factory
		{"/inspection history dongguan", membersOnly, "Burrs on the rim"},
		{"/etiquette subscribe daily", membersOnly, "They would see these tips"},
	} {
		t.Run(strings.TrimPrefix(c.line, "/"), func(t *testing.T) {
			s := newShared(t)
			was := s.state()
			got := s.types(liwei, acme, c.line)
			if tellsOf(got) || strings.Contains(got, c.colleague) || !strings.Contains(got, c.says) {
				t.Errorf("Li Wei reads\n%s", got)
			}
			if now := s.state(); now != was {
				t.Errorf("it is now\n%swas\n%s", now, was)
			}
			done(t, s.SetGuest(jonas, localslack.Restricted))
			s.settled()
			s.bot.Wait()
			was = s.state() // the channel counts as one with a guest
			says := membersSay
			if general, ok := map[string]string{"/visit-prep": "Pick a topic", "/visit-prep status": "Status"}[c.line]; ok {
				says = general
			}
			got = s.types(jonas, acme, c.line)
			if tellsOf(got) || strings.Contains(got, c.colleague) || !strings.Contains(got, says) {
				t.Errorf("a guest reads\n%s", got)
			}
			if now := s.state(); now != was {
				t.Errorf("it is now\n%swas\n%s", now, was)
			}
			if got := s.types(mia, acme, c.line); !strings.Contains(got, c.colleague) {
				t.Errorf("Mia reads\n%s", got)
			}
			s.nothingRefused()
		})
	}
}

// A rewriter is the way to Slack on which one method answers otherwise: old becomes
// new in every answer that has about in it.
type rewriter struct {
	*http.Client
	method, about, old, new string
}

func (w rewriter) Do(r *http.Request) (*http.Response, error) {
	res, err := w.Client.Do(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/"+w.method) {
		return res, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(body, []byte(w.about)) {
		body = bytes.ReplaceAll(body, []byte(w.old), []byte(w.new))
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// slackSays has a method of Slack's answer otherwise from now on.
func (s *stage) slackSays(method, about, old, new string) {
	s.bot.o.Slack = &Clients{one: slack.New(s.BotToken(), slack.OptionAPIURL(s.APIURL("http://slack.test")),
		slack.OptionHTTPClient(rewriter{s.HTTPClient(), method, about, old, new}))}
}

// accountIsElsewhere has Slack say that Jonas's account is another company's. So
// looks who acts from behind a shared channel: their commands, clicks and forms carry
// our workspace, and only the account tells.
func (s *stage) accountIsElsewhere() {
	s.slackSays("users.info", `"id":"`+jonas+`"`, `"team_id":"`+s.TeamID()+`"`, `"team_id":"T0ACMELIGHT"`)
	s.bot.directory.forget(jonas)
}

func TestWhoseAccountIsElsewhereOrAGuestsIsRefusedThoughTheirRequestsCarryOurWorkspace(t *testing.T) {
	press := func(command, label string) func(s *stage) func() {
		return func(s *stage) func() {
			m := s.command(jonas, sourcing, command)
			return func() { s.press(jonas, m, label) }
		}
	}
	for _, c := range []struct {
		name  string
		way   func(s *stage) (then func())
		guest string // what a guest reads; membersSay where it is empty
	}{
		{"a visit by its number", func(s *stage) func() { return func() { s.command(jonas, sourcing, "/visit-prep show 1") } }, ""},
		{"the form for a visit, by a button", press("/visit-prep list", "Plan a visit"), ""},
		{"the form for a visit, by a shortcut", func(s *stage) func() { return func() { s.Shortcut(jonas, shortcutPlan, "", "") } }, ""},
		{"the form that puts a message on a visit", func(s *stage) func() {
			ts := must(s.Say(jonas, sourcing, "", "The mould was repaired"))
			return func() { s.Shortcut(jonas, shortcutAddToVisit, sourcing, ts) }
		}, ""},
		{"the form for an inspection", press("/inspection", "Schedule inspection"), ""},
		{"the form of a factory", press("/visit-prep factories dongguan", "Edit factory"), ""},
		{"a factory that was being edited", func(s *stage) func() {
			v := s.opens(jonas, s.command(jonas, sourcing, "/visit-prep factories dongguan"), "Edit factory")
			s.enter(jonas, v, fieldName, "Somebody Else")
			return func() { s.send(jonas, v) }
		}, ""},
		{"a factory to be removed", func(s *stage) func() {
			v := s.opens(jonas, s.command(jonas, sourcing, "/visit-prep factories dongguan"), "Edit factory")
			return func() { s.pressIn(jonas, v, "Remove factory", "") }
		}, ""},
		{"earlier results", press("/inspection show 1", "Earlier results"), ""},
		{"the Home tab", func(s *stage) func() { return func() { s.OpenHome(jonas) } }, "A tip for today"},
		{"what comes next", func(s *stage) func() { return func() { s.command(jonas, s.direct(jonas), "/visit-prep status") } }, "Status"},
		{"a subscription", func(s *stage) func() {
			return func() { s.command(jonas, s.direct(jonas), "/etiquette subscribe daily") }
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for says, become := range map[string]func(s *stage){
				membersOnly: (*stage).accountIsElsewhere,
				cmp.Or(c.guest, membersSay): func(s *stage) {
					done(s.t, s.SetGuest(jonas, localslack.UltraRestricted))
					s.settled()
					s.bot.Wait()
				},
			} {
				s := newStage(t, overHTTP)
				s.visitIn(sourcing)
				s.planIn(sourcing)
				s.inspectionIn(sourcing)
				s.reported(s.inspectionIn(sourcing).Number)
				then := c.way(s)
				s.bot.Wait()
				become(s)
				was := s.state()
				got := s.reads(jonas, then)
				if tellsOf(got) || strings.Contains(got, "Visit 1,") || strings.Contains(got, "What needs you") || !strings.Contains(got, says) {
					t.Errorf("Jonas reads\n%s\nwant %q", got, says)
				}
				if now := s.state(); now != was {
					t.Errorf("it is now\n%swas\n%s", now, was)
				}
				s.nothingRefused()
			}
		})
	}
}

func TestAnOutsidersClicksAndShortcutsAreRefused(t *testing.T) {
	s := newShared(t)
	s.show("visit/1")
	card := s.card(acme, must(s.bot.o.Store.Visit(context.Background(), s.TeamID(), 1)).Card)
	ts := must(s.Say(liwei, acme, "", "We are closed in February"))
	answer := s.command(mia, acme, "/visit-prep is a clock a good gift?")
	s.press(mia, answer, "Share in channel")
	s.bot.Wait()
	s.press(mia, s.last(mia, acme), "Share with everyone here")
	s.bot.Wait()
	advice := s.last(liwei, acme)
	was := s.state()
	for name, do := range map[string]func(){
		"opens the checklist":       func() { s.press(liwei, card, "Open checklist") },
		"cancels the visit":         func() { s.press(liwei, card, "Cancel visit") },
		"asks for more advice":      func() { s.press(liwei, advice, "Check the customs limit for gifts") },
		"plans a visit":             func() { s.Shortcut(liwei, shortcutPlan, "", "") },
		"puts a message on a visit": func() { s.Shortcut(liwei, shortcutAddToVisit, acme, ts) },
	} {
		if got := s.reads(liwei, do); !strings.Contains(got, membersOnly) || tellsOf(got) {
			t.Errorf("Li Wei %s and reads\n%s", name, got)
		}
	}
	if now := s.state(); now != was {
		t.Errorf("it is now\n%swas\n%s", now, was)
	}
	s.nothingRefused()
}

// slackSends signs a request as Slack does, for those that the local one does not
// make. It returns the answer.
func (s *stage) slackSends(contentType, body string) string {
	s.t.Helper()
	now := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(s.SigningSecret()))
	fmt.Fprintf(mac, "v0:%s:%s", now, body)
	w := post(s.bot, body, map[string]string{"Content-Type": contentType, "X-Slack-Request-Timestamp": now, "X-Slack-Signature": "v0=" + hex.EncodeToString(mac.Sum(nil))})
	if w.Code != http.StatusOK {
		s.t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	s.bot.Wait()
	return w.Body.String()
}

// event is an event of the Events API.
func (s *stage) event(shared bool, inner map[string]any) {
	s.t.Helper()
	s.eventOf(s.TeamID(), shared, inner)
}

// eventOf is an event that names a company: in a shared channel it may be the other one.
func (s *stage) eventOf(team string, shared bool, inner map[string]any) {
	s.t.Helper()
	s.slackSends(eventType, string(blocks.MustJSON(map[string]any{
		"type": "event_callback", "team_id": team, "api_app_id": s.AppID(), "event_id": "Ev0UNSEEN001", "event_time": time.Now().Unix(),
		"is_ext_shared_channel": shared, "authorizations": []any{map[string]any{"team_id": s.TeamID(), "user_id": s.BotUserID(), "is_bot": true}},
		"event": inner,
	})))
}

func TestInASharedChannelWhoIsOfUnknownOriginIsAnOutsider(t *testing.T) {
	mention := map[string]any{"type": "app_mention", "user": liwei, "text": "<@" + localslack.DefaultBotUserID + "> is a clock a good gift?", "ts": "1700000000.000100", "channel": acme}
	s := newStage(t, overHTTP)
	if got := s.reads(liwei, func() { s.event(true, mention) }); !strings.Contains(got, membersOnly) || strings.Contains(got, "clock") {
		t.Errorf("Li Wei reads\n%s", got)
	}
	s.nothingRefused()
}

func TestWhoIsOfAnotherCompanyIsRefusedThoughTheEventNamesTheirs(t *testing.T) {
	mention := map[string]any{"type": "app_mention", "user": liwei, "user_team": "T0ACMELIGHT", "text": "<@" + localslack.DefaultBotUserID + "> is a clock a good gift?", "ts": "1700000000.000100", "channel": acme}
	s := newStage(t, overHTTP)
	if got := s.reads(liwei, func() { s.eventOf("T0ACMELIGHT", true, mention) }); !strings.Contains(got, membersOnly) || strings.Contains(got, "clock") {
		t.Errorf("Li Wei reads\n%s", got)
	}
	s.nothingRefused()
}

func TestTheAccountDecidesInADirectMessageWhateverTheEventSays(t *testing.T) {
	said := func(s *stage, team string) map[string]any {
		return map[string]any{"type": "message", "channel_type": "im", "user": jonas, "user_team": team, "text": "is a clock a good gift?", "ts": "1700000000.000100", "channel": s.direct(jonas)}
	}
	s := newStage(t, overHTTP)
	s.accountIsElsewhere()
	if got := s.reads(jonas, func() { s.event(false, said(s, s.TeamID())) }); !strings.Contains(got, membersOnly) || strings.Contains(got, "clock") {
		t.Errorf("of another company he reads\n%s", got)
	}
	for _, team := range []string{"T0SISTER001", ""} { // in an organisation events name another workspace, or none
		s = newStage(t, overHTTP)
		if got := s.reads(jonas, func() { s.event(false, said(s, team)) }); !strings.Contains(got, "Do not bring a clock as a gift") {
			t.Errorf("of our company, by an event of %q, he reads\n%s", team, got)
		}
		s.nothingRefused()
	}
}

// sendsOff sends off a form as somebody who has it only if Slack is mistaken.
func (s *stage) sendsOff(person, team, form, metadata string, fields map[string]string) (answer string) {
	s.t.Helper()
	state := map[string]any{}
	for field, value := range fields {
		state[field] = map[string]any{blocks.InputAction: map[string]any{"type": "plain_text_input", "value": value}}
	}
	return s.slackSends(formType, url.Values{"payload": {string(blocks.MustJSON(map[string]any{
		"type": "view_submission", "team": map[string]any{"id": s.TeamID()}, "user": map[string]any{"id": person, "team_id": team}, "api_app_id": s.AppID(),
		"view": map[string]any{"id": "V0UNSEEN01", "type": "modal", "callback_id": form, "private_metadata": metadata, "state": map[string]any{"values": state}},
	}))}}.Encode())
}

func TestAnOutsidersFormIsRefused(t *testing.T) {
	for _, team := range []string{"T0ACMELIGHT", ""} {
		s := newStage(t, overHTTP)
		answer := s.sendsOff(liwei, team, string(modalSettings), "", map[string]string{fieldZone: "Asia/Shanghai", fieldQuiet: ""})
		if !strings.Contains(answer, membersOnly) {
			t.Errorf("Li Wei of %q reads\n%s", team, answer)
		}
		if p, err := s.bot.o.Store.Person(context.Background(), s.TeamID(), liwei); err == nil {
			t.Errorf("%+v was kept", p)
		}
	}
}

func TestNobodySendsOffOrReadsWhatSomebodyElseWasTyping(t *testing.T) {
	s := newStage(t, overHTTP)
	s.visitIn(sourcing)
	hers := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Edit visit")
	was := s.state()
	answer := s.sendsOff(jonas, s.TeamID(), string(modalVisit), hers.PrivateMetadata, map[string]string{fieldAgenda: "09:00 opening"})
	if !strings.Contains(answer, nothingThere) || s.state() != was {
		t.Errorf("Jonas sends off Mia's form and reads\n%s\nit is now\n%swas\n%s", answer, s.state(), was)
	}
	answer = s.sendsOff(mia, s.TeamID(), string(modalVisit), hers.PrivateMetadata, map[string]string{fieldAgenda: "09:00 opening"})
	if answer != "" || s.state() == was {
		t.Errorf("Mia sends off her own form and reads\n%s", answer)
	}

	// What she could not save yet is hers too.
	const shenzhen = "C0SHENZHEN1" // the app is not there
	s.command(mia, shenzhen, "/visit-prep plan")
	v := s.top(mia)
	for field, value := range map[string]string{fieldFactory: newFactory, fieldPurpose: "first_visit", fieldFirst: inDays(30)} {
		s.enter(mia, v, field, value)
	}
	s.bot.Wait()
	s.enter(mia, s.top(mia), fieldName, "Acme Lighting")
	s.send(mia, s.top(mia))
	again := func(who string) string {
		return s.reads(who, func() { s.command(who, shenzhen, "/visit-prep plan") })
	}
	if got := again(jonas); strings.Contains(got, "entered last time") || strings.Contains(got, "Acme Lighting") {
		t.Errorf("Jonas's form is\n%s", got)
	}
	if got := again(mia); !strings.Contains(got, "entered last time") {
		t.Errorf("Mia's form is\n%s", got)
	}
}

func TestAChannelThatIsAboutToBeSharedIsAskedAboutAsIfItWere(t *testing.T) {
	s := newStage(t, overHTTP)
	s.slackSays("conversations.info", sourcing, `"is_pending_ext_shared":false`, `"is_pending_ext_shared":true`)
	m := s.command(mia, sourcing, "/visit-prep what gift should I not bring")
	if got := s.reads(mia, func() { s.press(mia, m, "Share in channel") }); !strings.Contains(got, "shared with another company") || s.has(jonas, sourcing, "clock") {
		t.Errorf("Mia shares an answer and reads\n%s", got)
	}
	s.command(mia, sourcing, "/visit-prep plan")
	v := s.top(mia)
	for field, value := range map[string]string{fieldName: "Acme Lighting", fieldPurpose: "first_visit", fieldFirst: inDays(30)} {
		s.enter(mia, v, field, value)
	}
	if got := s.reads(mia, func() { s.send(mia, v) }); !strings.Contains(got, "is shared with another company") || len(must(s.bot.o.Store.Visits(context.Background(), s.TeamID(), store.Filter{}))) != 0 {
		t.Errorf("Mia plans a visit and reads\n%s", got)
	}
	s.nothingRefused()
}
