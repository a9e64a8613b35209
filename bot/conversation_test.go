package bot

import (
	"strings"
	"testing"

	"visitprep/internal/localslack"
)

func TestConversations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		talk func(t *testing.T, s *stage)
	}{
		{"without words the menu offers every topic and phase", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, "/visit-prep")
			expect(t, m, "Quality checks", "Cultural exchange and etiquette", "Phrases", "Before the visit", "After the visit")
			if m.Only != mia {
				t.Error("the answer is visible to others")
			}
		}},
		{"a topic by any of its names shows what is asked for most, and its groups", func(t *testing.T, s *stage) {
			for _, line := range []string{"/visit-prep quality", "/visit-prep Quality-Checks", "/visit-prep  quality checks "} {
				expect(t, s.command(mia, sourcing, line), "Quality checks", "Asked for most", "A closed door is a warning", "On the line", "Samples")
			}
		}},
		{"pages turn in place, in both directions and by the menu of parts", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, "/visit-prep quality")
			count := len(s.Messages(mia, sourcing))
			s.press(mia, m, "Read from the start")
			m = s.untilSays(mia, sourcing, "Page 1 of 2")
			s.press(mia, m, "Next page")
			m = s.untilSays(mia, sourcing, "Page 2 of 2")
			s.press(mia, m, "Previous page")
			m = s.untilSays(mia, sourcing, "Page 1 of 2")
			s.pick(mia, m, "Go to …", "Samples")
			s.untilSays(mia, sourcing, "See samples from every stage")
			if n := len(s.Messages(mia, sourcing)); n != count {
				t.Errorf("%d messages after turning pages, want %d: nothing may pile up", n, count)
			}
		}},
		{"a phase lists what to do first", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, "/visit-prep before")
			expect(t, m, "Before the visit", "Pack your own gauges")
			if text := says(m); strings.Index(text, "Pack your own gauges") > strings.Index(text, "Do not bring a clock as a gift") {
				t.Error("something to read stands before something to do")
			}
		}},
		{"a question gets the direct answer, why, the source and what to see also", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, "/visit-prep what gift should I not bring")
			expect(t, m, "Do not bring a clock as a gift", "Why", "送终", "A page about gifts", "Reviewed 22 Nov 2026", "See also", "Share in channel")
		}},
		{"see also opens another advice and leaves the first", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, "/visit-prep toast")
			var related string
			for _, l := range strings.Split(blockText(m.Blocks), "\n") {
				if l == "Decline alcohol early and with a reason" {
					related = l
				}
			}
			if related == "" {
				t.Fatalf("no related advice in:\n%s", says(m))
			}
			s.press(mia, m, related)
			got := s.untilSays(mia, sourcing, "before the first glass")
			if got.Only != mia {
				t.Error("the related advice is visible to others")
			}
		}},
		{"a changing fact says to verify and where", func(t *testing.T, s *stage) {
			expect(t, s.command(mia, sourcing, "/visit-prep customs limit for gifts"), "This changes.", "China Customs, customs.gov.cn", "Reviewed 1 Nov 2026")
		}},
		{"a misspelt word is understood, and says so", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, "/visit-prep specificaton")
			expect(t, m, "Test against your specification", "specification")
		}},
		{"where the match is poor the corrected question is a button that runs, once", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, "/visit-prep specificaton giraffe")
			expect(t, m, "Did you mean “specification giraffe”?")
			a := s.element(m, false, "Did you mean “specification giraffe”?", "")
			before := len(s.Messages(mia, sourcing))
			s.Act(mia, a)
			s.Act(mia, a)
			s.until("the corrected question is answered", func() bool { return len(s.Messages(mia, sourcing)) > before })
			s.settled()
			if n := len(s.Messages(mia, sourcing)) - before; n != 1 {
				t.Errorf("%d answers to a double click, want one", n)
			}
		}},
		{"what is not in the base gets the way on, never silence", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, "/visit-prep how do I fix my printer")
			expect(t, m, "I have no advice on that", "How to ask")
			s.pick(mia, m, "Topics", "Phrases")
			s.untilSays(mia, sourcing, "What to say in Chinese")
		}},
		{"help shows how to ask", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, "/visit-prep help")
			expect(t, m, "How to ask", "/etiquette phrases dinner")
			s.press(mia, m, "All topics")
			s.untilSays(mia, sourcing, "Pick a topic")
		}},
		{"etiquette gives a tip, then another, and the themes", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, "/etiquette")
			first := m.Text
			s.press(mia, m, "Another tip")
			s.until("another tip is shown", func() bool { return s.last(mia, sourcing).Text != first })
			s.pick(mia, s.last(mia, sourcing), "Etiquette about …", "Gifts")
			s.untilSays(mia, sourcing, "Do not bring a clock as a gift")
		}},
		{"phrases by situation, with characters and pinyin", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, "/etiquette phrases")
			expect(t, m, "Greeting", "Dinner and toasts")
			s.press(mia, m, "Greeting")
			s.untilSays(mia, sourcing, "您好")
			for _, line := range []string{"/etiquette phrases dinner", "/etiquette phrases Dinner and toasts", "/etiquette phrases banquet"} {
				m := s.command(mia, sourcing, line)
				expect(t, m, "干杯", "gānbēi")
				if strings.Contains(says(m), "您好") {
					t.Errorf("%s shows another situation's phrases", line)
				}
			}
			expect(t, s.command(mia, sourcing, "/etiquette phrases bottoms up"), "干杯")
		}},
		{"chinese and pinyin find the phrase", func(t *testing.T, s *stage) {
			for _, line := range []string{"/visit-prep 干杯", "/visit-prep gan bei", "/etiquette ganbei"} {
				expect(t, s.command(mia, sourcing, line), "干杯")
			}
		}},
		{"a mention is answered in its thread, for all to read", func(t *testing.T, s *stage) {
			ts, err := s.Say(mia, sourcing, "", "@visitprep is a clock a good gift?")
			if err != nil {
				t.Fatal(err)
			}
			m := s.untilSays(jonas, sourcing, "Do not bring a clock as a gift")
			if m.ThreadTS != ts || m.Only != "" {
				t.Errorf("thread %q only %q, want a reply to %q that all see", m.ThreadTS, m.Only, ts)
			}
			// A colleague's click shows the colleague alone what it opens.
			s.press(jonas, m, "Check the customs limit for gifts")
			got := s.untilSays(jonas, sourcing, "Customs limits for gifts change.")
			if got.Only != jonas {
				t.Errorf("what Jonas opened is visible to %q", got.Only)
			}
		}},
		{"a direct message needs no mention and is answered where it stands", func(t *testing.T, s *stage) {
			dm := s.direct(mia)
			if _, err := s.Say(mia, dm, "", "hello"); err != nil {
				t.Fatal(err)
			}
			m := s.untilSays(mia, dm, "Pick a topic")
			s.press(mia, m, "Quality checks")
			m = s.untilSays(mia, dm, "Asked for most")
			s.press(mia, m, "Read from the start")
			s.untilSays(mia, dm, "Page 1 of 2")
			if n := len(s.Messages(mia, dm)); n != 3 {
				t.Errorf("%d messages, want 3: the bot must not answer itself", n)
			}
		}},
		{"invited into a channel it says once what it does", func(t *testing.T, s *stage) {
			if err := s.Invite(mia, general); err != nil {
				t.Fatal(err)
			}
			m := s.untilSays(jonas, general, "I help you prepare for factory visits")
			s.press(jonas, m, "Show topics")
			got := s.untilSays(jonas, general, "Pick a topic")
			if got.Only != jonas {
				t.Error("the menu is visible to others")
			}
		}},
		{"the Home tab shows topics and a tip, and leads there and back", func(t *testing.T, s *stage) {
			home := func() localslack.Message {
				v, _ := s.Home(mia)
				return localslack.Message{Blocks: v.Blocks}
			}
			shows := func(words string) {
				t.Helper()
				s.until("Home shows "+words, func() bool { return strings.Contains(says(home()), words) })
			}
			if err := s.OpenHome(mia); err != nil {
				t.Fatal(err)
			}
			shows("A tip for today")
			if err := s.Act(mia, s.element(home(), true, "Quality checks", "")); err != nil {
				t.Fatal(err)
			}
			shows("A closed door is a warning")
			if err := s.Act(mia, s.element(home(), true, "Back to Home", "")); err != nil {
				t.Fatal(err)
			}
			shows("A tip for today")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onBothTransports(t, func(t *testing.T, s *stage) {
				c.talk(t, s)
				s.nothingRefused()
			})
		})
	}
}

// expect checks that a reader of m finds all the words.
func expect(t *testing.T, m localslack.Message, words ...string) {
	t.Helper()
	text := says(m)
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("nothing of %q in:\n%s", w, text)
		}
	}
}

// direct is the channel of a person's direct messages with the bot.
func (s *stage) direct(person string) string {
	s.t.Helper()
	for _, c := range s.Channels(person) {
		if c.IM {
			return c.ID
		}
	}
	s.t.Fatal("no direct message channel")
	return ""
}

func TestSharing(t *testing.T) {
	t.Parallel()
	const question = "/visit-prep what gift should I not bring"
	for _, c := range []struct {
		name string
		talk func(t *testing.T, s *stage)
	}{
		{"an answer is shared in the channel by its button", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, question)
			s.press(mia, m, "Share in channel")
			s.until("Jonas reads it", func() bool { return strings.Contains(says(s.last(jonas, sourcing)), "Do not bring a clock as a gift") })
			expect(t, s.last(jonas, sourcing), "Shared by <@"+mia+">")
			s.until("Mia's own view says so", func() bool { return s.has(mia, sourcing, "Shared in this channel.") })
			s.nothingRefused()
		}},
		{"a double click shares once", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, question)
			a := s.element(m, false, "Share in channel", "")
			s.Act(mia, a)
			s.Act(mia, a)
			s.until("it is shared", func() bool { return s.has(mia, sourcing, "Shared in this channel.") })
			s.settled()
			if n := s.count(jonas, sourcing, "Do not bring a clock as a gift"); n != 1 {
				t.Errorf("shared %d times, want once", n)
			}
		}},
		{"where the bot is not a member it says how to invite it, and sharing again works", func(t *testing.T, s *stage) {
			m := s.command(mia, general, question)
			s.press(mia, m, "Share in channel")
			m = s.untilSays(mia, general, "/invite @visitprep")
			if n := s.count(jonas, general, "clock"); n != 0 {
				t.Error("it was shared all the same")
			}
			if err := s.Command(mia, general, "/invite @visitprep"); err != nil {
				t.Fatal(err)
			}
			s.press(mia, m, "Share again")
			s.until("Jonas reads it", func() bool { return s.count(jonas, general, "Do not bring a clock as a gift") == 1 })
		}},
		{"in a channel shared with another company it asks first, and can keep it private", func(t *testing.T, s *stage) {
			m := s.command(mia, acme, question)
			s.press(mia, m, "Share in channel")
			m = s.untilSays(mia, acme, "shared with another company")
			if s.count(liwei, acme, "clock") != 0 {
				t.Fatal("the other company reads it before anybody agreed")
			}
			s.press(mia, m, "Keep it private")
			m = s.untilSays(mia, acme, "Do not bring a clock as a gift")
			s.press(mia, m, "Share in channel")
			m = s.untilSays(mia, acme, "shared with another company")
			s.press(mia, m, "Share with everyone here")
			s.until("Li Wei reads it", func() bool { return s.count(liwei, acme, "Do not bring a clock as a gift") == 1 })
			s.nothingRefused()
		}},
		{"when Slack does not say whether a channel is shared it asks as well", func(t *testing.T, s *stage) {
			s.Fail("conversations.info", "missing_scope", 1)
			m := s.command(mia, sourcing, question)
			s.press(mia, m, "Share in channel")
			s.untilSays(mia, sourcing, "I can't tell whether this channel is shared")
			if s.count(jonas, sourcing, "clock") != 0 {
				t.Error("it was shared without asking")
			}
		}},
		{"an outsider's click is refused politely and shows nothing", func(t *testing.T, s *stage) {
			m := s.command(mia, acme, "/visit-prep quality")
			s.press(mia, m, "Share in channel")
			s.press(mia, s.untilSays(mia, acme, "shared with another company"), "Share with everyone here")
			s.until("Li Wei reads it", func() bool { return s.count(liwei, acme, "A closed door is a warning") == 1 })
			s.press(liwei, s.last(liwei, acme), "A closed door is a warning")
			m = s.untilSays(liwei, acme, "members of the workspace that installed it")
			if m.Only != liwei {
				t.Error("others see the refusal")
			}
		}},
		{"an outsider's mention is refused, a colleague's there is answered to the colleague alone", func(t *testing.T, s *stage) {
			s.Say(liwei, acme, "", "@visitprep which red flags do they look for?")
			s.untilSays(liwei, acme, "members of the workspace that installed it")
			s.Say(mia, acme, "", "@visitprep is a clock a good gift?")
			m := s.untilSays(mia, acme, "only you can see this answer")
			if m.Only != mia {
				t.Errorf("visible to %q", m.Only)
			}
			if s.count(liwei, acme, "Do not bring a clock as a gift") != 0 {
				t.Error("the other company reads the answer")
			}
		}},
		{"an error of Slack's becomes what to do next", func(t *testing.T, s *stage) {
			for code, words := range map[string]string{
				"missing_scope":     "Ask the person who manages your Slack apps",
				"is_archived":       "archived",
				"restricted_action": "doesn't let me post",
				"token_revoked":     "no longer connected",
				"key_missing":       "I can't reach Slack just now. Please try again in a few minutes. If it keeps happening, give the person who runs Visit Prep the reference ",
			} {
				m := s.command(mia, sourcing, question)
				s.Fail("chat.postMessage", code, 1)
				s.press(mia, m, "Share in channel")
				s.untilSays(mia, sourcing, words)
			}
		}},
		{"an error of our own is one calm sentence with a reference that is in the log", func(t *testing.T, s *stage) {
			m := s.command(mia, sourcing, question)
			s.Fail("chat.postMessage", "fatal_error", 1)
			s.press(mia, m, "Share in channel")
			got := s.untilSays(mia, sourcing, "the reference ")
			_, after, _ := strings.Cut(got.Text, "the reference ")
			ref := strings.TrimSuffix(strings.TrimSpace(after), ".")
			if len(ref) != 6 || !strings.Contains(s.log.String(), "reference="+ref) {
				t.Errorf("reference %q is not in the log:\n%s", ref, s.log)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onBothTransports(t, c.talk)
		})
	}
}

// has reports whether viewer sees words anywhere in a channel.
func (s *stage) has(viewer, channel, words string) bool { return s.count(viewer, channel, words) > 0 }

// count counts the messages with words that viewer sees in a channel.
func (s *stage) count(viewer, channel, words string) int {
	n := 0
	for _, m := range s.Messages(viewer, channel) {
		if strings.Contains(says(m), words) {
			n++
		}
	}
	return n
}
