package bot

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// now is a message as it stands in its channel.
func (s *stage) now(m localslack.Message) localslack.Message {
	s.t.Helper()
	s.bot.Wait()
	for _, o := range s.Messages("", m.Channel) {
		if o.TS == m.TS {
			return o
		}
	}
	s.t.Fatalf("%s is not there any more", m.TS)
	return m
}

// older posts a message as versions before this one did, with a button for each item.
func (s *stage) older(channel string, of visit.Subject, items ...visit.Item) localslack.Message {
	s.t.Helper()
	m := new(blocks.Message)
	m.Say("Visit 1: what should be done by now")
	for _, i := range items {
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Escape(i.Text)), nil, slack.NewAccessory(blocks.Button(actDone, itemSubject(of, i.ID), "Done"))))
		m.Text.Line("Open: " + i.Text)
	}
	_, ts, err := s.bot.o.Slack.one.PostMessageContext(context.Background(), channel, postOptions(m, "")...)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.now(localslack.Message{Channel: channel, TS: ts})
}

func (s *stage) pressLine(who string, m localslack.Message, verb blocks.ActionID, of visit.Subject, id int) {
	s.t.Helper()
	for _, raw := range s.now(m).Blocks {
		text := string(raw)
		if strings.Contains(text, `"action_id":"`+string(verb)+`"`) && strings.Contains(text, `"value":"`+string(itemSubject(of, id))+`"`) {
			a := s.element(localslack.Message{Channel: m.Channel, TS: m.TS, Blocks: []json.RawMessage{raw}}, false, map[blocks.ActionID]string{actDone: "Done", actUndo: "Undo"}[verb], "")
			if err := s.Act(who, a); err != nil {
				s.t.Fatal(err)
			}
			s.bot.Wait()
			return
		}
	}
	s.t.Fatalf("no %q for item %d in\n%s", verb, id, says(s.now(m)))
}

func TestDoneUnderAReminderIsSeenThere(t *testing.T) {
	owned := visit.Item{ID: 1, Milestone: -7, Text: "Book ~the~ room", Owner: jonas}
	for _, c := range []struct {
		name string
		of   func(s *stage, v visit.Visit) localslack.Message
	}{
		{"a reminder in the thread and the channel", func(s *stage, v visit.Visit) localslack.Message {
			return s.reminded(s.remindOf(v.Subject(), visit.Remind, -7), sourcing)
		}},
		{"a list of what should be done", func(s *stage, v visit.Visit) localslack.Message {
			return s.reminded(s.remindOf(v.Subject(), visit.CatchUp, -7), sourcing)
		}},
		{"a visit's day", func(s *stage, v visit.Visit) localslack.Message {
			v.Items[0].Milestone = 0
			s.changeVisit(v, func(w *visit.Visit) {
				for i := range w.Items {
					w.Items[i].Milestone = 0
				}
			})
			return s.reminded(s.remindOf(v.Subject(), visit.Remind, 0), sourcing)
		}},
		{"a message of an older version", func(s *stage, v visit.Visit) localslack.Message {
			return s.older(sourcing, v.Subject(), v.Items[0], v.Items[1])
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			v := s.visitIn(sourcing, owned)
			m := c.of(s, v)
			s.pressLine(mia, m, actDone, v.Subject(), 1)
			got := s.now(m)
			expect(t, got, "~Book ∼the∼ room~ – done by <@"+mia+">", "1 of ", " done", "Undo", "Done: Book ~the~ room")
			if !strings.Contains(says(got), "Step 2 – nobody yet") {
				t.Errorf("another line does not say whose it is:\n%s", says(got))
			}
			s.pressLine(jonas, m, actDone, v.Subject(), 2)
			expect(t, s.now(m), "~Step 2~ – done by <@"+jonas+">", "2 of ")
			s.pressLine(jonas, m, actUndo, v.Subject(), 1)
			expect(t, s.now(m), "Book ~the~ room – <@"+jonas+">", "1 of ", "Open: Book ~the~ room")
			s.pressLine(jonas, m, actUndo, v.Subject(), 2)
			if got := says(s.now(m)); strings.Contains(got, " of 8 done\n") || strings.Contains(got, " of 2 done\n") || strings.Contains(got, "done by <@") {
				t.Errorf("all undone it says\n%s", got)
			}
			if n := s.now(m); n.ThreadTS != m.ThreadTS || n.Broadcast != m.Broadcast || (m.Metadata != nil) != (n.Metadata != nil) {
				t.Errorf("it is another message: %+v", n)
			}
			s.nothingRefused()
		})
	}
}

func TestDoneInADirectMessageIsSeenThere(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -56, Text: "Apply for the visa", Owner: mia})
	m := s.reminded(s.digestOf(mia, 1), s.direct(mia))
	s.pressLine(mia, m, actDone, v.Subject(), 1)
	got := s.now(m)
	expect(t, got, "~Apply for the visa~ – done by <@"+mia+">", visited, "1 of 1 done")
	s.pressLine(mia, m, actUndo, v.Subject(), 1)
	if got := says(s.now(m)); !strings.Contains(got, "\nApply for the visa\n") {
		t.Errorf("undone it says\n%s", got)
	}
	s.nothingRefused()
}

func TestWhatIsGivenBackIsSeenToBeNobodys(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -56, Text: "Apply for the visa", Owner: jonas})
	m := new(blocks.Message)
	m.Say("Given to you")
	m.Add(itemLine(s.bot.english, v.Subject(), &v.Items[0], jonas), blocks.Actions(blocks.Button(actNotMe, itemSubject(v.Subject(), 1), "Not me")))
	_, ts, err := s.bot.o.Slack.one.PostMessageContext(context.Background(), s.direct(jonas), postOptions(m, "")...)
	if err != nil {
		t.Fatal(err)
	}
	given := s.now(localslack.Message{Channel: s.direct(jonas), TS: ts})
	s.press(jonas, given, "Not me")
	if got := says(s.now(given)); !strings.Contains(got, "Apply for the visa – nobody yet") || strings.Contains(got, "Not me") {
		t.Errorf("given back it says\n%s", got)
	}
	s.nothingRefused()
}

func TestTwoWhoPressAtOnceAreBothSeen(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	m := s.reminded(s.remindOf(v.Subject(), visit.Remind, -7), sourcing)
	var both sync.WaitGroup
	for who, id := range map[string]int{mia: 1, jonas: 2} {
		both.Go(func() { s.pressLine(who, m, actDone, v.Subject(), id) })
	}
	both.Wait()
	expect(t, s.now(m), "~Step 1~ – done by <@"+mia+">", "~Step 2~ – done by <@"+jonas+">", "2 of 8 done")
	// Who presses what a colleague has ticked reads so, and the message stays.
	s.nothingRefused()
}

func TestAMessageInTheOldChannelTellsNothingNew(t *testing.T) {
	s := newPrivateStage(t)
	v := s.visitIn(sourcing)
	m := s.reminded(s.remindOf(v.Subject(), visit.Remind, -7), sourcing)
	s.changeVisit(v, func(v *visit.Visit) { v.Place = in(project) })
	s.postCards(s.bot, s.bot.o.Store)
	s.changeVisit(v, func(v *visit.Visit) { v.Items[1].Text = "Only for the project" })
	got := s.reads(mia, func() { s.pressLine(mia, m, actDone, v.Subject(), 1) })
	if !strings.Contains(got, "Done: Step 1") {
		t.Errorf("Mia reads\n%s", got)
	}
	if now := says(s.now(m)); now != says(m) {
		t.Errorf("the old channel reads\n%s", now)
	}
	s.nothingRefused()
}

func TestWhoeverPressesWhatCannotBeDrawnReadsWhatCameOfIt(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	m := s.reminded(s.remindOf(v.Subject(), visit.Remind, -7), sourcing)
	for _, why := range []string{"internal_error", "edit_window_closed"} {
		s.Fail("chat.update", why, 2) // the card's, too
		id := map[string]int{"internal_error": 1, "edit_window_closed": 2}[why]
		if got := s.reads(jonas, func() { s.pressLine(jonas, m, actDone, v.Subject(), id) }); !strings.Contains(got, "Done: Step") {
			t.Errorf("%s: Jonas reads\n%s", why, got)
		}
	}
	s.pressLine(jonas, m, actDone, v.Subject(), 3)
	expect(t, s.now(m), "~Step 1~", "~Step 2~", "~Step 3~", "3 of 8 done")
}

func TestALineForInsidersGoesWhenOthersReadAlong(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: price.Text, Sensitive: true})
	m := s.reminded(s.remindOf(v.Subject(), visit.Remind, -7), sourcing)
	expect(t, m, price.Text)
	done(t, s.SetGuest(jonas, localslack.Restricted))
	s.bot.Wait()
	s.pressLine(mia, m, actDone, v.Subject(), 2)
	got := says(s.now(m))
	if body := strings.Join(strings.Split(got, "\n")[len(strings.Split(m.Text, "\n")):], "\n"); strings.Contains(body, price.Text) || !strings.Contains(got, "~Step 2~") {
		t.Errorf("it says\n%s", got)
	}
	s.nothingRefused()
}

func TestWhatIsHiddenFromAReaderStaysAsItWas(t *testing.T) {
	s := newPrivateStage(t)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -56, Text: "Apply for the visa", Owner: jonas})
	other := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -56, Text: "Book the hotel", Owner: jonas})
	m := s.reminded(s.digestOf(jonas, 1), s.direct(jonas))
	s.changeVisit(v, func(v *visit.Visit) {
		v.Place = in(project) // in which Jonas is not
		v.Items[0].Text, v.Items[0].Done = "Apply for the secret visa", visit.Mark{By: mia, At: time.Now()}
	})
	s.postCards(s.bot, s.bot.o.Store)
	s.pressLine(jonas, m, actDone, other.Subject(), 1)
	got := says(s.now(m))
	if strings.Contains(got, "secret") || !strings.Contains(got, "\nApply for the visa\n") || !strings.Contains(got, "~Book the hotel~") {
		t.Errorf("Jonas reads\n%s", got)
	}
	s.nothingRefused()
}

func TestASnoozedReminderSaysSoItself(t *testing.T) {
	s := newStage(t, overHTTP)
	at := must(time.Parse(time.RFC3339, "2027-03-01T15:30:00Z"))
	s.goBy(func() time.Time { return at })
	v := s.visitIn(sourcing)
	m := s.reminded(s.remindOf(v.Subject(), visit.Remind, -7), sourcing)
	s.press(mia, m, "Snooze reminder")
	expect(t, s.now(m), "I'll remind this channel again on Tue 2 March at 09:00.")
	s.pressLine(jonas, m, actDone, v.Subject(), 1)
	expect(t, s.now(m), "I'll remind this channel again on Tue 2 March at 09:00.", "~Step 1~")
	if n := strings.Count(says(s.now(m)), "again on"); n != 1 {
		t.Errorf("it says so %d times", n)
	}
	s.nothingRefused()
}

func TestAPrivateAnswerStandsWhereABroadcastReminderWasPressed(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	v = s.visit(v.Number)
	m := new(blocks.Message)
	m.Say("An old reminder")
	m.Add(blocks.Actions(blocks.Button(actBrief, visitSubject(&v), "Send me the brief")))
	for _, broadcast := range []bool{true, false} {
		options := postOptions(m, v.Card)
		if broadcast {
			options = append(options, slack.MsgOptionBroadcast())
		}
		_, ts, err := s.bot.o.Slack.one.PostMessageContext(context.Background(), sourcing, options...)
		if err != nil {
			t.Fatal(err)
		}
		before := len(s.Messages(mia, sourcing))
		s.press(mia, s.now(localslack.Message{Channel: sourcing, TS: ts}), "Send me the brief")
		s.bot.Wait()
		inThread, inChannel := 0, 0
		for _, m := range s.Messages(mia, sourcing)[before:] {
			switch {
			case m.Only != mia:
				t.Errorf("others read %q", m.Text)
			case m.ThreadTS == v.Card:
				inThread++
			case m.ThreadTS == "":
				inChannel++
			}
		}
		if want := map[bool]int{true: 1}[broadcast]; inThread != 1 || inChannel != want {
			t.Errorf("broadcast %t: %d answers in the thread and %d in the channel", broadcast, inThread, inChannel)
		}
		s.changeVisit(v, func(v *visit.Visit) { v.Agenda += "more\n" }) // so that there is another brief
	}
	s.nothingRefused()
}

func TestAReminderListsWhatIsDueNowFirst(t *testing.T) {
	s := newStage(t, overHTTP)
	var items []visit.Item
	for n := 1; n <= 9; n++ {
		items = append(items, visit.Item{ID: n, Milestone: -56, Text: "Old " + string(rune('A'+n-1))})
	}
	items = append(items, visit.Item{ID: 10, Milestone: -7, Text: "Send the agenda", Owner: jonas}, visit.Item{ID: 11, Milestone: -10, Text: "Between two milestones"}, visit.Item{ID: 12, Milestone: 0, Text: "Not due"})
	v := s.visitIn(sourcing, items...)
	s.changeVisit(v, func(v *visit.Visit) {
		for i := range v.Items {
			v.Items[i].Removed = v.Items[i].ID > 12
		}
	})
	m := s.reminded(s.remindOf(v.Subject(), visit.Remind, -7), sourcing)
	got := says(m)
	expect(t, m, "Send the agenda – <@"+jonas+">", "Between two milestones – nobody yet", "9 older are open.", "Show open items")
	if strings.Contains(got, "Old A") || strings.Contains(got, "Not due") || strings.Index(got, "Send the agenda") > strings.Index(got, "Between two") {
		t.Errorf("it says\n%s", got)
	}
	// One of the older ones is done elsewhere: what is pressed says so.
	s.changeVisit(v, func(v *visit.Visit) { must(v.Items.Tick(1, mia, time.Now())) })
	s.pressLine(mia, m, actDone, v.Subject(), 10)
	expect(t, s.now(m), "8 older are open.")
	// Those that are due and do not fit are counted, and the button opens the list.
	crowded := s.visitIn(sourcing)
	m = s.reminded(s.remindOf(crowded.Subject(), visit.Remind, -7), sourcing)
	expect(t, m, "And 6 more are due.")
	s.press(mia, m, "Show open items")
	s.modal(mia, "Step 1")
	// After the visit, what was to be done before it is over.
	m = s.reminded(s.remindOf(v.Subject(), visit.Remind, 1), sourcing)
	if got := says(m); strings.Contains(got, "Old") || strings.Contains(got, "older") || strings.Contains(got, "Not due") {
		t.Errorf("after the visit it says\n%s", got)
	}
	s.nothingRefused()
}

func TestHowDidItEndIsAnsweredInItsPlace(t *testing.T) {
	at := must(time.Parse(time.RFC3339, "2026-12-08T08:00:00Z"))
	overdue := func(t *testing.T) (*stage, visit.Inspection, localslack.Message) {
		s := newStage(t, overHTTP)
		s.goBy(func() time.Time { return at })
		i := s.inspectionIn(sourcing)
		s.changeInspection(i, func(i *visit.Inspection) { i.Due = civil.On(2026, 12, 7) })
		m := s.reminded(s.remindOf(i.Subject(), visit.Overdue, 0), sourcing)
		expect(t, m, "How did inspection 1 at Dongguan Plastics end? It was due on Mon 7 December 2026.", "Passed", "Failed", "Ask again in a week", "Could not be done")
		if strings.Contains(says(m), "Tell the factory") {
			t.Errorf("it lists items:\n%s", says(m))
		}
		return s, i, m
	}
	for _, c := range []struct {
		button, says string
		result       visit.Result
	}{
		{"Passed", "*Passed*, says <@" + jonas + "> on Tue 8 December 2026.", visit.Passed},
		{"Failed", "*Failed*, says <@" + jonas + "> on Tue 8 December 2026.", visit.Failed},
		{"Ask again in a week", "*No result yet*, says <@" + jonas + "> on Tue 8 December 2026. I'll ask again in a week.", ""},
	} {
		t.Run(c.button, func(t *testing.T) {
			s, i, m := overdue(t)
			s.press(jonas, m, c.button)
			got := s.now(m)
			expect(t, got, c.says, "Undo answer")
			if i := s.inspection(i.Number); i.Result != c.result || strings.Contains(says(got), "Could not be done") {
				t.Errorf("the result is %q:\n%s", i.Result, says(got))
			}
			// Whoever answers the message as it was reads who was first.
			if err := s.Act(mia, s.element(got, false, "Undo answer", "")); err != nil {
				t.Fatal(err)
			}
			expect(t, s.now(m), "Passed", "Ask again in a week", "Could not be done")
			if i := s.inspection(i.Number); i.Answer(at) != "" {
				t.Errorf("undone it is %q", i.Answer(at))
			}
			s.nothingRefused()
		})
	}
	t.Run("Could not be done, on another day", func(t *testing.T) {
		s, i, m := overdue(t)
		s.press(jonas, m, "Could not be done")
		form := s.modal(jonas, "Why could it not be done?")
		s.enter(jonas, form, fieldNote, "The goods were not ready")
		s.enter(jonas, form, fieldDue, "2026-12-14")
		s.send(jonas, form)
		expect(t, s.now(m), "*Could not be done* on Mon 7 December 2026, says <@"+jonas+">. It is on Mon 14 December 2026 now.", "The goods were not ready", "Undo answer")
		if i := s.inspection(i.Number); i.Due != civil.On(2026, 12, 14) || !i.Open() {
			t.Errorf("it is %+v", i)
		}
		s.press(mia, s.now(m), "Undo answer")
		expect(t, s.now(m), "Passed", "Ask again in a week")
		if i := s.inspection(i.Number); i.Due != civil.On(2026, 12, 7) {
			t.Errorf("undone it is on %s", i.Due)
		}
		s.nothingRefused()
	})
	t.Run("Could not be done, and is skipped", func(t *testing.T) {
		s, i, m := overdue(t)
		s.press(jonas, m, "Could not be done")
		form := s.modal(jonas, "Why could it not be done?")
		s.enter(jonas, form, fieldNote, "The order is cancelled")
		s.send(jonas, form)
		expect(t, s.now(m), "It is skipped.", "The order is cancelled")
		if i := s.inspection(i.Number); i.Result != visit.Skipped {
			t.Errorf("it is %q", i.Result)
		}
		s.nothingRefused()
	})
	t.Run("what is awaited is asked for again a week later", func(t *testing.T) {
		s, i, m := overdue(t)
		s.press(jonas, m, "Ask again in a week")
		s.bot.Wait()
		o := s.remindOf(i.Subject(), visit.Overdue, 0)
		for days, want := range map[int]visit.Outcome{1: visit.NothingSaid, 7: visit.Delivered} {
			now := at.AddDate(0, 0, days)
			s.goBy(func() time.Time { return now })
			if d := s.posted(o); d.Outcome != want {
				t.Errorf("after %d days it is %q", days, d.Outcome)
			}
		}
		s.nothingRefused()
	})
}

// onDay records a visit whose first of two days it is at the factory.
func (s *stage) onDay(channel string) visit.Visit {
	s.t.Helper()
	at := must(time.Parse(time.RFC3339, "2027-03-08T01:12:00Z"))
	s.goBy(func() time.Time { return at })
	v := s.visitIn(channel, visit.Item{ID: 1, Milestone: -7, Text: "Old A"}, visit.Item{ID: 2, Milestone: 0, Text: "See the incoming inspection"}, visit.Item{ID: 3, Milestone: 0, Text: price.Text, Sensitive: true})
	s.changeVisit(v, func(v *visit.Visit) {
		v.First, v.Last = civil.On(2027, 3, 8), civil.On(2027, 3, 9)
		v.Agenda = "Day 1: 09:30 opening\nDay 2: 10:00 warehouse"
		v.People = []visit.Person{{User: mia}, {Name: "Ms Li", Role: "Interpreter"}}
	})
	must(s.bot.o.Store.ChangeFactory(context.Background(), s.TeamID(), v.Factory.Number, at, func(f *visit.Factory) error {
		f.Chinese, f.Address, f.Contacts = "宁波光明金属有限公司", "浙江省宁波市江北区 88号", "Ms Zhang, +86 574 0000 0000"
		return nil
	}))
	return s.visit(v.Number)
}

func TestAVisitsDayHasWhatATeamNeeds(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.onDay(sourcing)
	m := s.reminded(s.remindOf(v.Subject(), visit.Remind, 0), sourcing)
	expect(t, m, "day 1 of 2, Mon 8 March 2027", "浙江省宁波市江北区 88号", "请送我去这个地址", "宁波光明金属有限公司", "Ms Zhang, +86 574 0000 0000", "09:30 opening",
		"police 110, ambulance 120, fire 119. Interpreter: Ms Li.", "See the incoming inspection – nobody yet", "We are here", "Log a note", "Open checklist", "older are open")
	if strings.Contains(says(m), "warehouse") || strings.Contains(says(m), "Old A") {
		t.Errorf("the first day has the second's:\n%s", says(m))
	}
	second := s.remindOf(v.Subject(), visit.Remind, 0)
	second.Key, second.Day = "k/second", civil.On(2027, 3, 9)
	m = s.reminded(second, sourcing)
	expect(t, m, "day 2 of 2, Tue 9 March 2027", "10:00 warehouse")
	if strings.Contains(says(m), "09:30") {
		t.Errorf("the second day has the first's:\n%s", says(m))
	}
	s.nothingRefused()
}

func TestWhereTheSupplierReadsAVisitsDayTellsWhatTheyKnow(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.onDay(acme)
	m := s.reminded(s.remindOf(v.Subject(), visit.Remind, 0), acme)
	expect(t, m, "浙江省宁波市江北区 88号", "See the incoming inspection", "We are here")
	for _, inner := range []string{"opening", "Ms Zhang", price.Text} {
		if strings.Contains(says(m), inner) {
			t.Errorf("it tells %q:\n%s", inner, says(m))
		}
	}
	s.nothingRefused()
}

func TestWeAreHere(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.onDay(sourcing)
	m := s.reminded(s.remindOf(v.Subject(), visit.Remind, 0), sourcing)
	note := "<@" + mia + ">: we are at " + visited + ". It is 09:12 there, on Mon 8 March 2027."
	s.press(mia, m, "We are here")
	expect(t, s.now(m), "~We are here~ – <@"+mia+"> at 09:12, factory time", "Undo")
	if n := s.count("", sourcing, note); n != 1 {
		t.Fatalf("it is noted %d times", n)
	}
	for _, o := range s.Messages("", sourcing) {
		if strings.Contains(says(o), note) && o.ThreadTS != v.Card {
			t.Errorf("it is noted under %q, want %q", o.ThreadTS, v.Card)
		}
	}
	// A second time, by somebody who has not seen it yet, it is not noted again.
	got := s.reads(jonas, func() {
		s.clicked(jonas, m, actArrive, daySubject(v.Subject(), civil.On(2027, 3, 8)))
	})
	if n := s.count("", sourcing, "we are at "+visited); n != 1 || !strings.Contains(got, "already said so") {
		t.Errorf("it is noted %d times, and Jonas reads\n%s", n, got)
	}
	s.press(jonas, s.now(m), "Undo")
	expect(t, s.now(m), "We are here")
	if s.count("", sourcing, "Taken back by <@"+jonas+">") != 1 || strings.Contains(says(s.now(m)), "~We are here~") {
		t.Errorf("it is not taken back:\n%s", says(s.now(m)))
	}
	// The card of one day is for that day.
	later := s.bot.o.Now().AddDate(0, 0, 1)
	s.goBy(func() time.Time { return later })
	if got := s.reads(mia, func() { s.press(mia, s.now(m), "We are here") }); !strings.Contains(got, "This card is for Mon 8 March 2027") {
		t.Errorf("a day later Mia reads\n%s", got)
	}
	s.nothingRefused()
}

// clicked sends a click on a message that shows something else by now.
func (s *stage) clicked(who string, m localslack.Message, verb blocks.ActionID, about blocks.Subject) {
	s.t.Helper()
	c := click{caller: caller{team: s.TeamID(), user: who, channel: m.Channel, on: guide.Public}, messageTS: m.TS, verb: verb, about: about}
	if err := s.bot.act(context.Background(), c); err != nil {
		s.t.Fatal(err)
	}
}

func TestANoteIsLoggedOnTheDay(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.onDay(sourcing)
	m := s.reminded(s.remindOf(v.Subject(), visit.Remind, 0), sourcing)
	s.press(jonas, m, "Log a note")
	form := s.modal(jonas, "What did you see or hear?")
	s.enter(jonas, form, fieldNote, "Line 2 stood still")
	s.send(jonas, form)
	s.modal(jonas, "Noted for visit 1")
	if ns := s.visit(1).Notes; len(ns) != 1 || ns[0].Text != "Line 2 stood still" || ns[0].By != jonas {
		t.Errorf("kept %+v", ns)
	}
	if s.has("", sourcing, "Line 2") {
		t.Error("the channel reads it")
	}
	s.nothingRefused()
}

func TestATickOnHomeCanBeTakenBackThere(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -56, Text: "Apply for the visa", Owner: mia})
	done(t, s.OpenHome(mia))
	s.bot.Wait()
	home := func() localslack.Message {
		h, _ := s.Home(mia)
		return localslack.Message{Blocks: h.Blocks}
	}
	done(t, s.Act(mia, s.element(home(), true, "Done", "")))
	s.bot.Wait()
	expect(t, home(), "~Apply for the visa~ – done by <@"+mia+">", "Undo")
	done(t, s.Act(mia, s.element(home(), true, "Undo", "")))
	s.bot.Wait()
	if got := says(home()); strings.Contains(got, "~Apply") || !strings.Contains(got, "Apply for the visa") || s.visit(v.Number).Items[0].Done.IsSet() {
		t.Errorf("Home says\n%s", got)
	}
	s.nothingRefused()
}
