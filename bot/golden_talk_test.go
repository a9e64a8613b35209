package bot

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// onAMonday plays a scene in a synctest bubble, in which it is Monday, 1 March 2027,
// half past nine at the factory.
func onAMonday(t *testing.T, scene func(t *testing.T, s *stage)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2027, 3, 1, 1, 30, 0, 0, time.UTC)))
		s := newStage(t, inProcess)
		china, err := holiday.China()
		if err != nil {
			t.Fatal(err)
		}
		s.bot.o.CalendarNotes, s.bot.o.SuggestDay = china.Warnings, china.Better
		scene(t, s)
		s.settled()
	})
}

// golden compares a message as Slack keeps it with the file of its name.
func (s *stage) golden(name string, m localslack.Message) {
	s.t.Helper()
	v := map[string]any{"text": m.Text, "blocks": withoutMadeUpIDs(s.t, m.Blocks)}
	if m.Only != "" {
		v["only"] = m.Only
	}
	s.goldenJSON(name, v)
}

// goldenForm compares a modal as Slack keeps it with the file of its name. Its
// private_metadata is left out: nobody reads it, and drafts have random names.
func (s *stage) goldenForm(name string, v localslack.View) {
	s.t.Helper()
	s.goldenJSON(name, map[string]any{"type": "modal", "title": v.Title, "submit": v.Submit, "close": v.Close, "blocks": withoutMadeUpIDs(s.t, v.Blocks)})
}

// goldenJSON leaves out what differs each time, or with every word of the knowledge.
func (s *stage) goldenJSON(name string, v any) {
	s.t.Helper()
	raw := strings.ReplaceAll(string(blocks.MustJSON(v)), "Knowledge version "+s.bot.guide.Load().Base.Version(), "Knowledge version ABC234")
	golden(s.t, name, []byte(logReference.ReplaceAllString(raw, "$1 ABC234")))
}

var logReference = regexp.MustCompile(`(the reference|the cause under) [A-Z2-7]{6}`)

// withoutMadeUpIDs drops the block ids that Slack makes up; only inputs have ids of ours.
func withoutMadeUpIDs(t *testing.T, blocks []json.RawMessage) []map[string]any {
	t.Helper()
	out := make([]map[string]any, len(blocks))
	for i, raw := range blocks {
		if err := json.Unmarshal(raw, &out[i]); err != nil {
			t.Fatal(err)
		}
		if out[i]["type"] != "input" {
			delete(out[i], "block_id")
		}
	}
	return out
}

// answer is what only who sees after a click; it is the newest message once all is quiet.
func (s *stage) answer(who, channel string) localslack.Message {
	s.t.Helper()
	s.settled()
	m := s.last(who, channel)
	if m.Only != who {
		s.t.Fatalf("the newest message is visible to %q:\n%s", m.Only, says(m))
	}
	return m
}

// schedule plans one inspection over its form, and returns the card. factory is the
// number of one that is known, or a name.
func (s *stage) schedule(who, channel, factory, day string) localslack.Message {
	s.t.Helper()
	s.command(who, channel, "/inspection schedule")
	v := s.modal(who, "How often?")
	if strings.Trim(factory, "0123456789") == "" {
		s.enter(who, v, fieldFactory, factory)
	} else {
		s.enter(who, v, fieldFactory, newFactory)
		v = s.redrawn(who, v)
		s.enter(who, v, fieldName, factory)
	}
	s.settled()
	s.enter(who, v, fieldType, "pre_shipment")
	s.enter(who, v, fieldDue, day)
	s.send(who, v)
	s.noModal(who)
	s.settled()
	return s.last(who, channel)
}

// reminders are those that wait to be sent.
func (s *stage) reminders() []visit.Occurrence {
	s.t.Helper()
	os, err := s.bot.o.Store.Occurrences(s.t.Context(), s.TeamID(), store.OccurrenceFilter{States: []visit.State{visit.Pending}, Limit: 50})
	if err != nil {
		s.t.Fatal(err)
	}
	return os
}

// opensForm presses a button that opens a form over Slack, and returns the form.
func (s *stage) opensForm(who string, m localslack.Message, label, words string) localslack.View {
	s.t.Helper()
	s.press(who, m, label)
	s.settled()
	return s.modal(who, words)
}

// openSettings opens a person's settings from their Home tab.
func (s *stage) openSettings(who string) localslack.View {
	s.t.Helper()
	if err := s.OpenHome(who); err != nil {
		s.t.Fatal(err)
	}
	var home localslack.View
	s.until("Home is drawn", func() (drawn bool) { home, drawn = s.Home(who); return drawn })
	s.settled()
	a := s.find(home.Blocks, "Settings", "")
	a.Home = true
	if err := s.Act(who, a); err != nil {
		s.t.Fatal(err)
	}
	return s.modal(who, "Quiet hours")
}

func TestGoldenCommands(t *testing.T) {
	onAMonday(t, func(t *testing.T, s *stage) {
		ask := func(name, who, channel, line string) localslack.Message {
			t.Helper()
			m := s.command(who, channel, line)
			s.golden(name, m)
			return m
		}
		ask("question weak", mia, sourcing, "/visit-prep specificaton giraffe")
		ask("phase during", mia, sourcing, "/visit-prep during")
		ask("phase after", mia, sourcing, "/visit-prep after")
		ask("factories none", mia, sourcing, "/visit-prep factories")
		ask("inspection list none", mia, sourcing, "/inspection")
		ask("visit list none", mia, sourcing, "/visit-prep list")
		ask("inspection help", mia, sourcing, "/inspection what")
		ask("status", jonas, sourcing, "/visit-prep status")

		s.plan(mia, sourcing)
		s.schedule(jonas, sourcing, "Acme Lighting", "2027-03-17")
		s.schedule(jonas, sourcing, "1", "2027-04-05")
		ask("factories", mia, sourcing, "/visit-prep factories")
		ask("inspection history none", mia, sourcing, "/inspection history acme")
		ask("inspection history no such factory", mia, sourcing, "/inspection history nobody")
		ask("inspection history which factory", mia, sourcing, "/inspection history i")
		for n := range 10 {
			s.schedule(mia, sourcing, "1", civil.On(2027, 4, 6).AddDays(7*n).String())
			if _, err := s.bot.o.Store.AddFactory(t.Context(), visit.Factory{Workspace: s.TeamID(), Name: fmt.Sprintf("Factory %d", n), City: "Foshan"}, s.bot.o.Now()); err != nil {
				t.Fatal(err)
			}
		}
		ask("inspection history too many factories", mia, sourcing, "/inspection history")
		ask("inspection list long", mia, sourcing, "/inspection")
		s.press(mia, ask("factories page one", mia, sourcing, "/visit-prep factories"), "More factories")
		s.golden("factories page two", s.answer(mia, sourcing))

		// What comes next, and what only an admin reads.
		s.press(jonas, s.command(jonas, sourcing, "/visit-prep what gift should I not bring"), "Not helpful")
		s.golden("opinion kept", s.answer(jonas, sourcing))
		s.bot.SetHealth(func() Health {
			return Health{Sent: 212, Lag: 41 * time.Second, Expired: 3, Dead: 2, Repeated: 1, LastError: errors.New("the database is busy")}
		}, nil)
		ask("status for an admin", mia, sourcing, "/visit-prep status")
		mistakes := []string{"own/quality-checks.yaml:3: kind: \"rule\" is none of guide, etiquette, phrase"}
		for n := range 11 {
			mistakes = append(mistakes, fmt.Sprintf("own/line-%d.yaml:1: topic: it is missing", n))
		}
		s.bot.Reload(nil, errors.New(strings.Join(mistakes, "\n")))
		s.bot.SetHealth(func() Health { return Health{} }, nil)
		ask("status with mistakes", jonas, sourcing, "/visit-prep status")

		ask("subscribe daily", mia, sourcing, "/etiquette subscribe daily")
		ask("subscribe weekly", mia, s.direct(mia), "/etiquette subscribe weekly")
		ask("subscribe off", mia, sourcing, "/etiquette subscribe off")
		ask("subscribe how", mia, sourcing, "/etiquette subscribe")
		ask("subscribe where the bot is not", mia, general, "/etiquette subscribe daily")

		golden(t, "unknown command", s.bot.command(slack.SlashCommand{Command: "/weather", TeamID: s.TeamID(), UserID: mia, ChannelID: sourcing}))
		s.nothingRefused()
	})
}

// TestGoldenForms holds what opens over Slack, and what it turns into when it is sent off.
func TestGoldenForms(t *testing.T) {
	onAMonday(t, func(t *testing.T, s *stage) {
		form := func(name, who, words string) localslack.View {
			t.Helper()
			s.modal(who, words)
			s.settled()
			v := s.modal(who, words)
			s.goldenForm(name, v)
			return v
		}
		ts, err := s.Say(jonas, sourcing, "", "The mould was repaired in May")
		if err != nil {
			t.Fatal(err)
		}
		keep := func() {
			t.Helper()
			if err := s.Shortcut(jonas, shortcutAddToVisit, sourcing, ts); err != nil {
				t.Fatal(err)
			}
		}
		keep()
		form("add to visit none", jonas, "No visits are planned")
		if err := s.Shortcut(liwei, shortcutPlan, "", ""); err != nil {
			t.Fatal(err)
		}
		form("outsider form", liwei, "members of the workspace")

		// A visit: where it cannot be prepared, and where somebody has to agree.
		fill := func(channel string) localslack.View {
			t.Helper()
			s.command(mia, channel, "/visit-prep plan")
			v := s.modal(mia, "Factory's name")
			s.enter(mia, v, fieldName, "Acme Lighting")
			s.enter(mia, v, fieldPurpose, "first_visit")
			s.enter(mia, v, fieldFirst, "2027-05-03")
			s.send(mia, v)
			return s.modal(mia, "Choose another channel")
		}
		s.goldenForm("visit where the bot is not", fill("C0SHENZHEN1"))
		s.command(mia, sourcing, "/visit-prep plan")
		v := form("visit form of a draft", mia, "what you entered last time")
		s.pressIn(mia, v, "Start with an empty form", "")
		s.redrawn(mia, v)
		v = fill(acme)
		s.goldenForm("visit in a shared channel", v)
		s.pressIn(mia, v, "Use this channel", "")
		form("visit planned", mia, "Visit 1 is planned")
		card := s.last(mia, acme)

		// Its checklist, and a message that is put on it.
		list := s.opensForm(mia, card, "Open checklist", "8 weeks before")
		s.pressIn(mia, list, "Does not apply", "item-3")
		form("item skip", mia, "Why doesn't it apply?")
		s.press(mia, card, "Add item")
		form("item form", mia, "What needs to be done?")
		list = s.opensForm(mia, card, "Open checklist", "8 weeks before")
		s.pressIn(jonas, s.opensForm(jonas, card, "Open checklist", "8 weeks before"), "Done", "item-1")
		s.bot.Wait() // he is the first
		s.pressIn(mia, list, "Done", "item-1")
		form("visit checklist ticked by a colleague", mia, "A colleague has already")
		s.press(mia, s.card(acme, card.TS), "Send me the brief")
		s.settled()
		sent := s.Messages(mia, s.direct(mia))
		s.golden("visit brief without an address", sent[len(sent)-2])
		s.golden("visit brief as a file", sent[len(sent)-1])
		keep()
		v = form("add to visit", jonas, "Add as")
		s.send(jonas, v)
		form("add to visit done", jonas, "Added to visit 1")

		// An inspection is moved and reported.
		card = s.schedule(jonas, sourcing, "1", "2027-03-17")
		s.press(mia, card, "Move inspection")
		v = form("inspection move", mia, "New day")
		s.enter(mia, v, fieldDue, "2027-04-05")
		s.send(mia, v)
		form("inspection moved", mia, "is now on")
		s.command(mia, sourcing, "/inspection skip 1")
		form("inspection skip", mia, "If it was skipped")
		s.settled() // the card has the new day
		card = s.card(sourcing, card.TS)
		s.press(mia, card, "Report result")
		hers := form("inspection report", mia, "If it was skipped")
		s.press(jonas, card, "Report result")
		his := s.modal(jonas, "If it was skipped")
		s.enter(mia, hers, fieldResult, "failed")
		s.enter(mia, hers, fieldEarly, earlyYes)
		s.send(mia, hers)
		s.enter(jonas, his, fieldResult, "passed")
		s.enter(jonas, his, fieldEarly, earlyYes)
		s.send(jonas, his)
		form("inspection report too late", jonas, "A colleague has already")
		s.command(jonas, sourcing, "/inspection done 1")
		form("inspection report done already", jonas, "already has a result")
		s.command(jonas, sourcing, "/inspection done 77")
		form("form of nothing", jonas, "can't find that number")

		// A series, over a Chinese holiday.
		s.command(mia, sourcing, "/inspection schedule")
		v = s.modal(mia, "How often?")
		s.enter(mia, v, fieldRepeat, repeatWritten)
		v = s.redrawn(mia, v)
		s.enter(mia, v, fieldFactory, "1")
		v = s.redrawn(mia, v)
		s.enter(mia, v, fieldType, "during_production")
		s.enter(mia, v, fieldRule, "every 2 weeks from 2027-03-22 at 09:00")
		s.send(mia, v)
		v = form("inspection plan dates", mia, "Next dates")
		s.send(mia, v)
		s.noModal(mia)

		// A factory, and a person's settings.
		s.press(mia, s.command(mia, sourcing, "/visit-prep factories"), "Edit factory")
		v = form("factory form", mia, "Address in Chinese")
		s.pressIn(mia, v, "Remove factory", "")
		form("factory form removed", mia, "This factory is hidden")
		s.openSettings(jonas)
		form("settings", jonas, "Quiet hours")
		s.nothingRefused()
	})
}

// TestGoldenEvents holds what comes unasked, and what a click brings.
func TestGoldenEvents(t *testing.T) {
	onAMonday(t, func(t *testing.T, s *stage) {
		after := func(name string, m localslack.Message, label string) localslack.Message {
			t.Helper()
			s.press(mia, m, label)
			got := s.answer(mia, m.Channel)
			s.golden(name, got)
			return got
		}
		const question = "/visit-prep what gift should I not bring"
		after("share where the bot is not", s.command(mia, general, question), "Share in channel")
		if err := s.Invite(mia, general); err != nil {
			t.Fatal(err)
		}
		s.settled()
		s.golden("greeting", s.last(mia, general))
		if _, err := s.Say(mia, acme, "", "@visitprep is a clock a good gift?"); err != nil {
			t.Fatal(err)
		}
		s.golden("mention in a shared channel", s.answer(mia, acme))
		m := s.command(mia, sourcing, question)
		s.press(mia, m, "Share in channel")
		s.settled()
		ms := s.Messages(mia, sourcing)
		s.golden("shared", ms[0]) // in the place of the answer
		s.golden("shared answer", ms[1])
		m = s.command(mia, sourcing, question)
		s.Fail("conversations.info", "missing_scope", 1)
		s.bot.directory.channels.drop(inTeam(s.TeamID(), sourcing))
		after("ask before sharing unseen", m, "Share in channel")
		m = s.command(mia, sourcing, question)
		base, err := with(t, "cultural-exchange.yaml", "topic: cultural-exchange\nhide: [culture-clock]\n")
		s.bot.Reload(base, err)
		after("advice that is gone", m, "Share in channel")

		// About a visit.
		card := s.plan(mia, sourcing)
		after("brief sent", card, "Send me the brief")
		after("calendar file sent", card, "Calendar file")
		s.golden("calendar file", s.last(mia, s.direct(mia)))
		s.Fail("chat.update", "internal_error", 1) // the card lags behind
		s.press(jonas, card, "Cancel visit")
		s.settled()
		after("visit cancelled already", card, "Cancel visit")
		s.press(jonas, s.card(sourcing, card.TS), "Restore visit")
		s.settled()
		for _, o := range s.reminders() {
			if o.Milestone == -28 {
				if d := s.bot.reminders.Post(t.Context(), o); d.Outcome != visit.Delivered {
					t.Fatalf("the reminder: %+v", d)
				}
			}
		}
		s.settled()
		s.press(mia, card, "Add people, agenda…")
		v := s.modal(mia, "Agenda")
		s.enter(mia, v, fieldChannel, general)
		s.send(mia, v)
		s.settled()
		s.golden("visit card left behind", s.card(sourcing, card.TS))

		tip := visit.Occurrence{Workspace: s.TeamID(), Key: "tip", Kind: visit.Tip, Subject: visit.SubjectOf(visit.OfChannel, sourcing), To: sourcing, Zone: "Europe/Berlin", Due: time.Now()}
		if d := s.bot.reminders.Post(t.Context(), tip); d.Outcome != visit.Delivered {
			t.Fatalf("the tip: %+v", d)
		}
		s.golden("tip post", s.last(mia, sourcing))

		home := func(name, method string) {
			t.Helper()
			if method != "" {
				s.Fail(method, "internal_error", 1)
			}
			s.bot.directory.members.answers.Purge()
			if err := s.OpenHome(mia); err != nil {
				t.Fatal(err)
			}
			s.settled()
			v, _ := s.Home(mia)
			s.goldenJSON(name, map[string]any{"blocks": withoutMadeUpIDs(t, v.Blocks)})
		}
		home("home of somebody who owns nothing", "")
		home("home that cannot be shown", "views.publish")
		home("home without channels", "conversations.members")
	})
}

// TestGoldenMistakes holds what stands beside the fields of a form that was filled in wrong.
func TestGoldenMistakes(t *testing.T) {
	onAMonday(t, func(t *testing.T, s *stage) {
		said := map[string]map[string]string{}
		send := func(name, who string, v localslack.View, entered ...string) {
			t.Helper()
			for i := 0; i < len(entered); i += 2 {
				s.enter(who, v, entered[i], entered[i+1])
			}
			s.send(who, v)
			if said[name] = s.errorsIn(who); len(said[name]) == 0 {
				t.Errorf("%s: nothing is said beside the fields", name)
			}
		}
		send("settings", mia, s.openSettings(mia), fieldZone, "Asia/Shangai", fieldQuiet, "at night")

		card := s.plan(mia, sourcing)
		edit := func(who, label string) localslack.View {
			t.Helper()
			return s.opensForm(who, s.card(sourcing, card.TS), label, "Agenda")
		}
		hers, his := edit(mia, "Add people, agenda…"), edit(jonas, "Add people, agenda…")
		s.enter(jonas, his, fieldAgenda, "09:00 opening")
		s.enter(jonas, his, fieldFirst, "2027-05-01")
		s.send(jonas, his)
		s.noModal(jonas)
		s.settled()
		send("a visit that a colleague changed", mia, hers, fieldAgenda, "10:00 opening", fieldFirst, "2027-05-03")
		send("a visit in a channel without the bot", mia, edit(mia, "Edit visit"), fieldChannel, general)

		s.command(mia, sourcing, "/inspection schedule")
		v := s.modal(mia, "How often?")
		s.enter(mia, v, fieldFactory, "1")
		v = s.redrawn(mia, v)
		s.enter(mia, v, fieldType, "pre_shipment")
		send("an inspection", mia, v, fieldDue, "2027-02-01", fieldBefore, "ten", fieldLeads, "soon")
		send("an inspection on a day that is over", mia, v, fieldBefore, "", fieldLeads, "14")
		send("an inspection in a channel without the bot", mia, v, fieldDue, "2027-04-01", fieldChannel, general)
		s.enter(mia, v, fieldRepeat, repeatWritten)
		v = s.redrawn(mia, v)
		send("a plan", mia, v, fieldRule, "every fortnight or so")
		send("a plan that can mean two things", mia, v, fieldRule, "every second Tuesday")
		s.goldenJSON("mistakes", said)
		s.nothingRefused()
	})
}

// TestGoldenErrors holds what a person reads of every kind of error.
func TestGoldenErrors(t *testing.T) {
	t.Parallel()
	b, _ := botAlone(t, testBase(t))
	s := &stage{t: t, bot: b}
	type said struct {
		Error string
		Says  json.RawMessage
	}
	var all []said
	for _, c := range []struct {
		name string
		err  error
	}{
		{"a mistake of the person's", visit.InputErrors{visit.Invalid(fieldFirst, "Please pick a day.")}},
		{"not found", visit.ErrNotFound},
		{"of a channel that the person is not in", errNotYours},
		{"of a private channel", errElsewhere},
		{"the database is busy", store.ErrBusy},
		{"the disk is full", store.ErrFull},
		{"the database cannot be written", store.ErrReadOnly},
		{"the database cannot be reached", store.ErrUnavailable},
		{"Slack: too many requests", &slack.RateLimitedError{RetryAfter: 1500 * time.Millisecond}},
		{"Slack: missing_scope, which it names", slack.SlackErrorResponse{Err: "missing_scope", Needed: "groups:read"}},
		{"Slack: missing_scope", slack.SlackErrorResponse{Err: "missing_scope"}},
		{"Slack: not_in_channel", slack.SlackErrorResponse{Err: "not_in_channel"}},
		{"Slack: is_archived", slack.SlackErrorResponse{Err: "is_archived"}},
		{"Slack: restricted_action", slack.SlackErrorResponse{Err: "restricted_action"}},
		{"Slack: access_denied", slack.SlackErrorResponse{Err: "access_denied"}},
		{"Slack: token_revoked", slack.SlackErrorResponse{Err: "token_revoked"}},
		{"Slack: an error that only we can mend", slack.SlackErrorResponse{Err: "invalid_blocks"}},
		{"anything else", errors.New("no such column: x")},
	} {
		all = append(all, said{c.name, b.replies.errorIn(english, "do a thing", fmt.Errorf("do a thing: %w", c.err)).EphemeralJSON()})
	}
	s.goldenJSON("errors", all)
}
