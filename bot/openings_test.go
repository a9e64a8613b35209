package bot

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/localslack"
)

// An asking is a way to ask for a form.
type asking struct {
	name    string
	push    bool   // over a form that is open
	prepare func() // puts there what is pressed
	ask     func()
}

// askings are all forms in all ways in which Mia can ask for them: every row of openings
// by a button in a channel, in a direct message, on Home and in a form, and what can be
// typed or picked.
func (s *stage) askings() []asking {
	s.t.Helper()
	s.visitIn(sourcing)
	s.inspectionIn(sourcing)
	s.planIn(sourcing)
	ts := must(s.Say(jonas, sourcing, "", "The mould was repaired"))
	s.bot.Wait()
	abouts := map[blocks.ActionID]blocks.Subject{
		actEdit: "visit/1", actReport: "inspection/1", actMove: "inspection/1", actPlanEdit: "plan/1", actChecklist: "visit/1",
		actAdd: "visit/1", actSkip: "visit/1:1", actFactory: "factory/1", actHelp: "advice/quality-ask",
		actAddTo: blocks.Subject(blocks.MustJSON(chosenMessage{sourcing, ts, "The mould was repaired"})),
	}
	ctx := context.Background()
	fatal := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	var all []asking
	for _, row := range s.bot.openings {
		verb := row.verb
		button := func() *blocks.Message {
			m := blocks.Said("Here")
			m.Add(blocks.Actions(blocks.Button(verb, abouts[verb], "Open it")))
			return m
		}
		for name, channel := range map[string]string{"in a channel": sourcing, "in a direct message": s.direct(mia)} {
			all = append(all, asking{string(verb) + " " + name, false,
				func() { fatal(s.bot.replies.post(ctx, s.TeamID(), channel, "", button())) },
				func() { s.press(mia, s.last(mia, channel), "Open it") }})
		}
		all = append(all, asking{string(verb) + " on Home", false,
			func() { fatal(s.bot.replies.publishHome(ctx, s.TeamID(), mia, button())) },
			func() {
				home, _ := s.Home(mia)
				fatal(s.Act(mia, s.element(localslack.Message{Blocks: home.Blocks}, true, "Open it", "")))
			}}, asking{string(verb) + " in a form", true,
			func() {
				fatal(s.Shortcut(mia, shortcutPlan, "", ""))
				s.bot.Wait()
				fatal(s.bot.replies.redraw(ctx, english, s.TeamID(), s.Modals(mia)[0].ID, &modal{title: "Page", blocks: button().Blocks}))
			},
			func() { s.pressIn(mia, s.Modals(mia)[0], "Open it", "") }})
	}
	for _, line := range []string{"/visit-prep plan", "/inspection schedule", "/inspection plan", "/inspection done 1", "/inspection skip 1", "/inspection move 1"} {
		all = append(all, asking{line, false, func() {}, func() {
			_, err := s.Ask(mia, sourcing, line)
			fatal(err)
		}})
	}
	return append(all,
		asking{"a shortcut", false, func() {}, func() { fatal(s.Shortcut(mia, shortcutPlan, "", "")) }},
		asking{"a shortcut on a message", false, func() {}, func() { fatal(s.Shortcut(mia, shortcutAddToVisit, sourcing, ts)) }})
}

// lookUps are what the bot asks Slack for to find out who somebody is and what they may see.
var lookUps = []string{"users.list", "users.info", "conversations.info", "conversations.members", "auth.test", "chat.getPermalink"}

// inEachWay asks for every form in every way, each in a workspace of its own time.
func inEachWay(t *testing.T, check func(t *testing.T, s *stage, a asking)) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess)
		for _, a := range s.askings() {
			s.closeAll(mia)
			a.prepare()
			check(t, s, a)
			s.bot.Wait()
			s.settled()
		}
	})
}

// closeAll closes the forms that somebody has open.
func (s *stage) closeAll(who string) {
	s.t.Helper()
	for vs := s.Modals(who); len(vs) > 0; vs = s.Modals(who) {
		if err := s.CloseModal(who, vs[len(vs)-1].ID); err != nil {
			s.t.Fatal(err)
		}
	}
}

func unfilled(v localslack.View) bool { return strings.Contains(blockText(v.Blocks), "One moment") }

func TestEveryFormOpensBeforeAnythingIsLookedUp(t *testing.T) {
	inEachWay(t, func(t *testing.T, s *stage, a asking) {
		before := 0
		if a.push {
			before = 1
		}
		s.bot.directory.forget("")
		for _, m := range lookUps {
			s.AnswerSlowly(m, 4*time.Second)
			defer s.AnswerSlowly(m, 0)
		}
		began := time.Now()
		a.ask()
		for len(s.Modals(mia)) <= before && time.Since(began) < 3*time.Second {
			time.Sleep(100 * time.Millisecond)
		}
		if len(s.Modals(mia)) <= before {
			t.Errorf("%s: nothing is open after three seconds", a.name)
		}
		s.bot.Wait()
		if vs := s.Modals(mia); len(vs) == before || unfilled(vs[len(vs)-1]) {
			t.Errorf("%s: the form is not filled", a.name)
		}
	})
}

func TestAFormThatSlackDoesNotOpenIsOfferedInADirectMessage(t *testing.T) {
	refusals := []string{"expired_trigger_id", "exchanged_trigger_id", "429", "internal_error"}
	n := 0
	inEachWay(t, func(t *testing.T, s *stage, a asking) {
		refusal := refusals[n%len(refusals)]
		n++
		method, dm := "views.open", s.direct(mia)
		refuse := func() {
			if refusal == "429" {
				s.FailHTTP(method, 429, http.Header{"Retry-After": {"30"}}, 1)
			} else {
				s.Fail(method, refusal, 1)
			}
		}
		before := 0
		if a.push {
			method, before = "views.push", 1
		}
		refuse()
		a.ask()
		s.bot.Wait()
		if n := len(s.Modals(mia)); n != before {
			t.Fatalf("%s, %s: %d forms are open", a.name, refusal, n)
		}
		said := s.last(mia, dm)
		if !strings.Contains(said.Text, "couldn't open the form") {
			t.Fatalf("%s, %s: she is told %q; log: %s", a.name, refusal, said.Text, s.log)
		}
		s.closeAll(mia)
		s.settled()
		if refusal == "429" {
			time.Sleep(30 * time.Second)
		}
		s.press(mia, said, strings.TrimSpace(s.buttonOf(said)))
		s.bot.Wait()
		if vs := s.Modals(mia); len(vs) != 1 || unfilled(vs[0]) {
			t.Errorf("%s: the button opens %d forms", a.name, len(vs))
		}
	})
}

// buttonOf is what the only button of a message says.
func (s *stage) buttonOf(m localslack.Message) string {
	_, label, _ := strings.Cut(blockText(m.Blocks), "Open “")
	label, _, _ = strings.Cut(label, "”")
	return "Open “" + label + "”"
}

func TestAFormIsNeverLeftWaiting(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  func(s *stage)
		filled bool   // in the end
		told   string // by direct message
	}{
		{"asked to wait", func(s *stage) { s.FailHTTP("views.update", 429, http.Header{"Retry-After": {"10"}}, 1) }, true, ""},
		{"a server error, twice", func(s *stage) { s.FailHTTP("views.update", 503, nil, 2) }, true, ""},
		{"internal_error", func(s *stage) { s.Fail("views.update", "internal_error", 1) }, true, ""},
		{"a lost answer", func(s *stage) { s.LoseAnswer("views.update", 1) }, true, ""},
		{"a lost answer to the opening", func(s *stage) { s.LoseAnswer("views.open", 1) }, true, ""},
		{"asked to wait too long", func(s *stage) { s.FailHTTP("views.update", 429, http.Header{"Retry-After": {"300"}}, 99) }, false, "couldn't fill the form"},
		{"Slack is down", func(s *stage) { s.FailHTTP("views.update", 503, nil, 999) }, false, "couldn't fill the form"},
		{"Slack does not take the form", func(s *stage) { s.Fail("views.update", "invalid_blocks", 1) }, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, inProcess)
				s.visitIn(sourcing)
				c.fault(s)
				began := time.Now()
				if _, err := s.Ask(mia, sourcing, "/visit-prep plan"); err != nil {
					t.Fatal(err)
				}
				s.bot.Wait()
				if d := time.Since(began); d > workLimit {
					t.Errorf("it took %s", d)
				}
				vs := s.Modals(mia)
				if len(vs) != 1 || unfilled(vs[0]) == c.filled {
					t.Errorf("%d forms, filled %v", len(vs), len(vs) > 0 && !unfilled(vs[0]))
				}
				said := s.last(mia, s.direct(mia)).Text
				if c.told == "" && said != "" || !strings.Contains(said, c.told) {
					t.Errorf("she is told %q", said)
				}
			})
		})
	}
}

// Whatever goes wrong with us, the sentence stands at the last input, run after run.
func TestWhatWentWrongWithUsStandsAtTheEndOfTheForm(t *testing.T) {
	s := newStage(t, overHTTP)
	s.command(mia, sourcing, "/visit-prep plan")
	v := s.modal(mia, "Factory's name")
	s.enter(mia, v, fieldName, "Ningbo Bright Metal")
	s.enter(mia, v, fieldPurpose, "first_visit")
	s.enter(mia, v, fieldFirst, inDays(60))
	s.bot.o.Store.Close()
	for range 50 {
		s.send(mia, v)
		s.bot.Wait()
		errs := s.errorsIn(mia)
		if words, ok := errs[fieldChannel]; len(errs) != 1 || !ok || words == "" {
			t.Fatalf("the form says %q", errs)
		}
	}
}

// What answers a click by a response URL, and Home, wait where Slack asks to.
func TestAnswersWaitWhereSlackAsksTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess)
		m := s.command(mia, sourcing, "/visit-prep")
		s.FailHTTP("response_url", 429, http.Header{"Retry-After": {"20"}}, 2)
		s.press(mia, m, "Plan a visit")
		s.bot.Wait()
		s.closeAll(mia)
		s.press(mia, m, "All visits")
		s.bot.Wait()
		if got := s.last(mia, sourcing); !strings.Contains(says(got), "No visits are planned") {
			t.Errorf("she reads %s", says(got))
		}
		s.FailHTTP("views.publish", 429, http.Header{"Retry-After": {"20"}}, 2)
		if err := s.OpenHome(mia); err != nil {
			t.Fatal(err)
		}
		s.bot.Wait()
		if home, _ := s.Home(mia); !strings.Contains(blockText(home.Blocks), "Prepare your factory visit") {
			t.Errorf("Home says %s", blockText(home.Blocks))
		}
	})
}
