package bot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/knowledge"
)

// newTalkingStage has the calendar, and the advice that comes with the program.
func newTalkingStage(t *testing.T, over transport) *stage {
	t.Helper()
	s := newStage(t, over)
	s.bot.o.Calendar = must(holiday.China())
	s.bot.guide.Store(must(s.bot.newGuide(must(knowledge.Embedded()))))
	return s
}

// asks says words in a channel, in a thread or in none, and returns the answer and the
// thread in which the words stand.
func (s *stage) asks(who, channel, thread, words string) (answer localslack.Message, ts string) {
	s.t.Helper()
	ts = must(s.Say(who, channel, thread, words))
	s.until(words+" is answered", func() bool {
		answer = s.last(who, channel)
		return answer.TS > ts
	})
	return answer, ts
}

func TestAQuestionInAThreadIsReadWithTheOneBefore(t *testing.T) {
	t.Parallel()
	onBoth := map[string]transport{"over signed HTTP": overHTTP, "over Socket Mode": overSocket}
	for name, over := range onBoth {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTalkingStage(t, over)
			_, thread := s.asks(mia, sourcing, "", "@visitprep can I give a clock as a gift")
			answer, _ := s.asks(jonas, sourcing, thread, "@visitprep and a watch?")
			expect(t, answer, "Answer for: can I give a clock as a gift, and a watch")
			// The days are read with days, and the clock is still what comes before.
			_, other := s.asks(mia, sourcing, "", "@visitprep are factories open on 1 october 2026")
			answer, _ = s.asks(mia, sourcing, other, "@visitprep and on 10 october 2026?")
			expect(t, answer, "Saturday 10 October 2026 is a working day in China")
			answer, _ = s.asks(mia, sourcing, thread, "@visitprep why?")
			expect(t, answer, "Answer for: can I give a clock as a gift, why")
			s.nothingRefused()
		})
	}
}

func TestAQuestionIsNeverReadWithOneOfAnotherConversation(t *testing.T) {
	t.Parallel()
	s := newTalkingStage(t, overHTTP)
	_, thread := s.asks(mia, sourcing, "", "@visitprep can I give a clock as a gift")
	s.asks(mia, s.direct(mia), "", "should I tip the driver")
	for _, c := range []struct{ name, who, channel, thread string }{
		{"a new thread of the channel", mia, sourcing, ""},
		{"direct messages of somebody else", jonas, s.direct(jonas), ""},
	} {
		answer, _ := s.asks(c.who, c.channel, c.thread, "@visitprep why?")
		if strings.Contains(says(answer), "Answer for") {
			t.Errorf("in %s it is read with another question:\n%s", c.name, says(answer))
		}
	}
	answer, _ := s.asks(mia, s.direct(mia), "", "how much?")
	expect(t, answer, "Answer for: should I tip the driver, how much")
	answer, _ = s.asks(mia, sourcing, thread, "@visitprep why?")
	expect(t, answer, "Answer for: can I give a clock as a gift, why")
	s.nothingRefused()
}

func TestWhatWasAskedIsRememberedForItsConversationAndForAWhile(t *testing.T) {
	now := time.Date(2027, 3, 1, 1, 30, 0, 0, time.UTC)
	talks := newTalks()
	talks.note("T1", "C1", "1.1", "is a clock a good gift", now)
	talks.note("T1", "D1", "", "should I tip", now)
	for _, c := range []struct {
		name                  string
		team, channel, thread string
		after                 time.Duration
		want                  string
	}{
		{"the thread", "T1", "C1", "1.1", 0, "is a clock a good gift"},
		{"the thread half an hour later", "T1", "C1", "1.1", 30 * time.Minute, "is a clock a good gift"},
		{"the thread later than that", "T1", "C1", "1.1", 31 * time.Minute, ""},
		{"another thread", "T1", "C1", "1.2", 0, ""},
		{"another channel", "T1", "C2", "1.1", 0, ""},
		{"another workspace", "T2", "C1", "1.1", 0, ""},
		{"direct messages", "T1", "D1", "", 10 * time.Minute, "should I tip"},
		{"direct messages later than that", "T1", "D1", "", 11 * time.Minute, ""},
	} {
		if got := talks.before(c.team, c.channel, c.thread, now.Add(c.after)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	talks.note("T1", "C1", "1.1", "", now)
	if got := talks.before("T1", "C1", "1.1", now); got != "is a clock a good gift" {
		t.Errorf("what is no question takes the place of one: %q", got)
	}
	for i := range 2 * maxTalks {
		talks.note("T1", "C1", fmt.Sprint(i), "why", now)
	}
	if n := talks.last.Len(); n > maxTalks {
		t.Errorf("%d conversations are remembered", n)
	}
}

func TestDaysAreAnsweredAndHoursAreThoseOfTheAsker(t *testing.T) {
	t.Parallel()
	s := newTalkingStage(t, overHTTP)
	// Slack does not say which is his zone, and the answer does not wait for it.
	s.Fail("users.info", "internal_error", 2)
	answer := s.command(jonas, sourcing, "/visit-prep call at 15:30 their time")
	expect(t, answer, "15:30 in China is 07:30 UTC.", "I don't know your time zone yet")
	s.bot.Wait()
	expect(t, s.command(jonas, sourcing, "/visit-prep call at 15:30 their time"), "15:30 in China is ", " in Chicago.", "I take Chicago as your time")
	expect(t, s.command(jonas, sourcing, "/visit-prep is 10 October 2026 a working day"), "Saturday 10 October 2026 is a working day in China")
	expect(t, s.command(jonas, sourcing, "/visit-prep can we visit on 3 october 2026?"), "is a day off in China: National Day")
	direct, _ := s.asks(mia, s.direct(mia), "", "9 am in Ningbo is when here")
	expect(t, direct, "09:00 in Ningbo is ", " in Berlin.")
	s.nothingRefused()
}

// TestACommandInAConversationIsAnsweredWithWhatToType: in direct messages and in mentions; it does
// nothing, and what may be a question stays one.
func TestACommandInAConversationIsAnsweredWithWhatToType(t *testing.T) {
	t.Parallel()
	s := newTalkingStage(t, overHTTP)
	s.inspectionIn(sourcing)
	state := s.state()
	for words, want := range map[string]string{
		"list":                  "Did you mean /visit-prep list, or /inspection list?",
		"List please!":          "Did you mean /visit-prep list, or /inspection list?",
		"plan.":                 "Did you mean /visit-prep plan, or /inspection plan?",
		"show 1":                "Did you mean /visit-prep show 1, or /inspection show 1?",
		"show no. 1":            "Did you mean /visit-prep show 1, or /inspection show 1?",
		"done 1":                "Did you mean /inspection done 1?",
		"inspection 1":          "Did you mean /visit-prep inspection 1?",
		"visit #1":              "Did you mean /visit-prep visit 1?",
		"plan a visit":          "Did you mean /visit-prep plan visit?",
		"move 1 to 2027-03-15.": "Did you mean /inspection move 1 2027-03-15?",
		"`/inspection list`":    "Did you mean /inspection list?",
		"settings":              "Did you mean /visit-prep settings?",
		"unsubscribe":           "Did you mean /etiquette unsubscribe?",
	} {
		answer, _ := s.asks(mia, s.direct(mia), "", words)
		if got := says(answer); !strings.Contains(got, want) {
			t.Errorf("%q is answered\n%s\nwant\n%s", words, got, want)
		}
	}
	for words, button := range map[string]string{"plan a visit": "/visit-prep plan visit", "plan a visit to Zhongshan Glow": "/visit-prep plan visit to Zhongshan Glow"} {
		answer, _ := s.asks(mia, s.direct(mia), "", words)
		s.press(mia, answer, button)
		s.modal(mia, "Purpose")
		s.closeAll(mia)
	}
	answer, _ := s.asks(mia, sourcing, "", "@visitprep list")
	expect(t, answer, "Did you mean /visit-prep list, or /inspection list?")
	for _, words := range []string{"help", "quality", "hi", "thanks", "aql", "list of documents for a visa", "show 3 slides", "factories in ningbo", "when is the next visit"} {
		answer, _ := s.asks(mia, s.direct(mia), "", words)
		if strings.Contains(says(answer), "Did you mean /") {
			t.Errorf("%q is taken for a command:\n%s", words, says(answer))
		}
	}
	if s.state() != state {
		t.Error("something has changed")
	}
	s.nothingRefused()
}
