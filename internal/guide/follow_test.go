package guide

import (
	"strings"
	"testing"
	"time"

	"visitprep/knowledge"
)

// after answers words that follow a question in a conversation, and returns what is read and
// with which question the next is read.
func after(t *testing.T, g *Guide, before, words string) (read, next string) {
	t.Helper()
	m, next := g.Reply(Asking{Words: words, Before: before, Now: time.Date(2027, 3, 3, 1, 30, 0, 0, time.UTC), Zone: func() *time.Location { return time.UTC }}, Direct)
	return m.Text.String(), next
}

func TestAQuestionThatDoesNotStandAloneIsReadWithTheOneBefore(t *testing.T) {
	g := shipped(t)
	for _, k := range []struct{ before, words, says string }{
		{"can I give a clock as a gift", "and a watch?", "Answer for: can I give a clock as a gift, and a watch\n"},
		{"can I give a clock as a gift?", "why?", "Answer for: can I give a clock as a gift, why\n"},
		{"can I give a clock as a gift", "what about flowers?", "Answer for: can I give a clock as a gift, what about flowers\n"},
		{"should I tip the driver", "how much?", "Answer for: should I tip the driver, how much\n"},
		{"can I record the meeting", "is it legal?", "Answer for: can I record the meeting, is it legal\n"},
		{"are factories open on 3 october", "and on a sunday?", "Sunday 7 March 2027 is a weekend day"},
		{"are factories open on 3 october", "what about 10 October 2026?", "Saturday 10 October 2026 is a working day in China"},
		{"what time is it in china", "and in tokyo?", "in Tokyo, and"},
		{"time difference to new york in January", "and in July?", "12 hours ahead of New York"},
	} {
		read, next := after(t, g, k.before, k.words)
		if !strings.Contains(read, k.says) {
			t.Errorf("%q after %q is answered\n%s\nwant\n%s", k.words, k.before, read, k.says)
		}
		if next != k.before {
			t.Errorf("after %q the next question is read with %q, want %q", k.words, next, k.before)
		}
	}
}

func TestAQuestionThatStandsAloneIsReadAlone(t *testing.T) {
	g := shipped(t)
	const before = "can I give a clock as a gift"
	for _, words := range []string{
		"what about vietnam?", "thanks", "thank you, that helps", "how do I fix my printer", "tell me a joke", "pizza recipe", "what is aql",
		"do I need a visa for China", "is 10 october 2026 a working day", "what time is it in China", "wie ist das Wetter und wer hat den Schirm", "hello", "quality checks",
		"how do I know it is a real factory",
	} {
		if read, next := after(t, g, before, words); strings.Contains(read, "Answer for: "+before) || next == before {
			t.Errorf("%q is read with the question before:\n%s", words, read)
		}
	}
}

func TestCourtesyIsAnsweredAsCourtesy(t *testing.T) {
	g := shipped(t)
	for words, says := range map[string]string{
		"thanks": "You're welcome. ", "Thank you so much!": "You're welcome. ", "ok thanks": "You're welcome. ", "that helps": "You're welcome. ",
		"bye": "Goodbye, and have a good visit.", "see you tomorrow": "Goodbye, and have a good visit.",
		"never mind": "All right. ", "ok": "All right. ",
		"good morning": "Visit Prep\n", "hi there": "Visit Prep\n",
	} {
		if read := g.courteous(words, Direct).Text.String(); !strings.HasPrefix(read, says) {
			t.Errorf("%q is answered\n%s\nwant\n%s", words, read, says)
		}
	}
}

func TestWhatIsNotChinaOrNotEnglishIsSaid(t *testing.T) {
	g := shipped(t)
	for words, says := range map[string]string{
		"holidays in bangladesh":                    "I know China only, not Bangladesh. ",
		"beaches of sri lanka":                      "I know China only, not Sri Lanka. ",
		"wo ist der Bahnhof und wann kommt der Zug": "I read English, and Chinese words. Try it in English",
	} {
		if read, _ := after(t, g, "", words); !strings.HasPrefix(read, says) {
			t.Errorf("%q is answered\n%s\nwant\n%s", words, read, says)
		}
	}
	if said := g.nothing("what?", knowledge.OtherCountry); !strings.HasPrefix(said, "I know China only. ") {
		t.Errorf("of a country that is not found again it says %q", said)
	}
}
