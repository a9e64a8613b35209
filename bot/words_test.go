package bot

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/visit"
)

// inAHurry runs check beside a visit, a plan and an inspection, each the first. What a
// line does is what it says and the form that it opens.
func inAHurry(t *testing.T, check func(s *stage, does func(line string) string)) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess)
		s.plan(mia, sourcing)
		p, err := s.bot.o.Store.AddPlan(context.Background(), visit.Plan{Workspace: s.TeamID(), Factory: visit.Factory{Name: "Ningbo Bright Metal"}, Type: "pre_shipment",
			Rule: "every 2 weeks from " + inDays(30) + " at 09:00", Place: visit.Place{Channel: sourcing}, Owner: mia, LeadDays: []int{3}}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		s.made(p, inDays(30))
		check(s, func(line string) string {
			s.closeAll(mia)
			text := strings.TrimSpace(says(s.command(mia, sourcing, line)))
			s.bot.Wait()
			for _, v := range s.Modals(mia) {
				text += "\nopens " + v.Title + "\n" + blockText(v.Blocks)
			}
			return text
		})
	})
}

// What is typed on a phone, on another keyboard, with the slash, marks, polite words or an
// article in it is the command that it plainly means.
func TestWhatIsPlainlyMeantIsDone(t *testing.T) {
	inAHurry(t, func(s *stage, does func(string) string) {
		for plain, lines := range map[string][]string{
			"/visit-prep show 1": {
				"show no. 1", "show no 1", "show No.1", "show#1", "show #1", "show # 1", "show number 1", "show nr 1", "Show Nr. 1.", "show №1", "show n° 1", "show num 1",
				"visit 1", "visit #1", "Visit no. 1", "visits 1", "#1", "1", "１", "＃１", "#1.", "no. 1", "show1", "visit1", "show visit1", "visit#1", "show visit no. 1", "show: 1", "show(1)", "show （1）", "show „1“", "show «1»", "show 「1」",
				"please show 1", "show 1 please", "Show me visit 1, please!", "show 1, thanks", "show the visit 1", "show me 1", "bitte show 1", "show 1 谢谢", "show 1 🙏", "show 1 :pray:", "pls show visit #1 thx",
				"show 01", "show 1 show 1", "show show 1", "SHOW VISIT NUMBER 1", "*show* 1", "`show` `1`", "visit-prep show 1", "@visitprep show 1", "／visit-prep show 1", "/show 1", "//visit-prep show 1", "/Visit-Prep Show 1", "show visit visit 1", "/visit-prep show 1 /visit-prep show 1",
				"ｓｈｏｗ　１", "show\u00a01", "show 1。", "show，1", "show １号", "show 1号", "show 1 號", "show1号", "show 第1号", "第1号", "第 1 号", "第1",
			},
			"/visit-prep list":              {"List", "lists", "list list", "visits", "my visits", "show visits", "show my visits", "list visits", "list all visits", "list all", "/list", "list please", "visit-prep list", "please list my visits", "《list》", "list！"},
			"/visit-prep plan":              {"plan visit", "plan a visit", "plan a new visit", "new visit", "a new visit", "add visit", "plan.", "Plan!", "plan please", "schedule a visit", "“plan”"},
			"/visit-prep guests":            {"guest", "guests.", "show guests", "list guests", "the guests"},
			"/visit-prep factories":         {"Factories", "show factories", "list factories", "list the factories", "my factories"},
			"/visit-prep factories ningbo":  {"factories Ningbo please", "factory ningbo", "factories: ningbo", "show factories ningbo"},
			"/visit-prep":                   {"next", "next visit", "my next visit", "show the next visit"},
			"/visit-prep status":            {"Status!", "show status", "status please", "the status"},
			"/visit-prep help":              {"help me", "help please", "Help!!", "HELP", "/help", "--help", "-h", "？"},
			"/visit-prep show inspection 1": {"inspection no. 1", "inspection#1", "inspections 1", "show inspection nr 1", "/inspection 1", "inspection show 1"},
			"/visit-prep show plan 1":       {"show the plan no. 1", "show plan#1", "inspection plan 1"},
			"/inspection show 1":            {"/inspection 1", "/inspection #1", "/inspection no. 1", "/inspection show inspection no 1", "/inspection inspection 1", "/inspection show1", "/inspection the inspection 1, please"},
			"/inspection done 1":            {"/inspection done #1", "/inspection done no. 1", "/inspection done the inspection 1", "/inspection Done 1!", "/inspection inspection done 1", "/visit-prep inspection done 1", "/inspection done1"},
			"/inspection report 1":          {"/inspection report #1", "/inspection report no. 1", "/inspection report the inspection 1, please", "/visit-prep inspection report 1"},
			"/visit-prep report 1":          {"report visit 1", "report no. 1", "report #1.", "please report the visit 1"},
			"/inspection skip 1":            {"/inspection skip no.1", "/inspection skip the inspection 1 please", "/inspection skip#1"},
			"/inspection move 1":            {"/inspection move no. 1", "/inspection move inspection nr. 1", "/inspection move inspection 1 to", "/inspection move 1 to …"},
			"/inspection plan 1":            {"/inspection plan no. 1", "/inspection plan#1", "/inspection the plan 1", "/inspection plans 1"},
			"/inspection list":              {"/inspection list inspections", "/inspection inspections", "/inspection due", "/inspection list list", "/inspection show inspections", "/inspection my inspections", "/inspection inspection list"},
			"/inspection plan":              {"/inspection schedule an inspection", "/inspection plan inspection", "/inspection new inspection", "/inspection new", "/inspection schedule.", "/visit-prep plan inspection", "/visit-prep schedule an inspection"},
			"/inspection history ningbo":    {"/inspection history of Ningbo", "/inspection history for ningbo", "/inspection history: Ningbo."},
			"/etiquette subscribe off":      {"/etiquette unsubscribe", "/etiquette Unsubscribe!", "/etiquette subscribe: off", "/etiquette subscribe off please"},
			"/etiquette phrases dinner":     {"/etiquette phrase dinner", "/etiquette phrases at dinner", "/etiquette phrases for “dinner”", "/etiquette the phrases for dinner", "/etiquette show phrases dinner"},
		} {
			want := does(plain)
			if plain != "/visit-prep help" && strings.Contains(want, "this page") {
				t.Errorf("%s gives the help:\n%s", plain, want)
			}
			for _, line := range lines {
				if !strings.HasPrefix(line, "/inspection") && !strings.HasPrefix(line, "/etiquette") || line == "/inspection 1" && strings.HasPrefix(plain, "/visit-prep") {
					line = "/visit-prep " + line
				}
				if got := does(line); got != want {
					t.Errorf("%s is not %s; it says\n%.300s", line, plain, got)
				}
			}
		}
	})
}

// Whoever says where they want to go gets the form with the factory in it.
func TestAVisitIsPlannedToWhatIsNamed(t *testing.T) {
	inAHurry(t, func(s *stage, does func(string) string) {
		for _, c := range []struct{ line, chosen string }{
			{"/visit-prep plan bright", ""},
			{"/visit-prep plan a visit to Ningbo Bright Metal", ""},
			{"/visit-prep please plan a trip to “Bright Metal”, thanks", ""},
			{"/visit-prep plan a visit to Zhongshan Glow", "Zhongshan Glow"},
			{"/visit-prep plan a visit to Zhongshan Glow in March", "Zhongshan Glow"},
			{"/visit-prep plan a visit to Ningbo Bright Metal next week please", ""},
			{"/visit-prep plan a visit to Zhongshan Glow on 12 May", "Zhongshan Glow"},
		} {
			if got := does(c.line); !strings.Contains(got, "opens Plan a visit") {
				t.Errorf("%s is answered\n%.300s", c.line, got)
				continue
			}
			form := fmt.Sprintf("%s", s.modal(mia, "Purpose").Blocks)
			if want := `"initial_value":"` + c.chosen; c.chosen != "" && !strings.Contains(form, want) {
				t.Errorf("%s opens a form without %s:\n%s", c.line, want, form)
			} else if c.chosen == "" && strings.Contains(form, fieldName) {
				t.Errorf("%s opens a form that asks for a name:\n%s", c.line, form)
			} else if !strings.Contains(form, `"initial_option"`) {
				t.Errorf("%s opens a form without a factory:\n%s", c.line, form)
			}
		}
		for _, line := range []string{"plan zhongshan", "plan a visit to bright?", "plan for the day", "plan a visit in May"} {
			if got := does("/visit-prep " + line); strings.Contains(got, "\nopens ") {
				t.Errorf("%s is no question any more:\n%.300s", line, got)
			}
		}
		s.closeAll(mia)
	})
}

// What has a button on a card can be typed, and what is nearly a command is asked about, with a
// button that does it; what has advice stays a question.
func TestWhatIsNearlyACommandLeadsOn(t *testing.T) {
	inAHurry(t, func(s *stage, does func(string) string) {
		for line, want := range map[string]string{
			"/visit-prep checklist 1": "opens Checklist",
			"/inspection checklist 1": "opens Checklist",
			"/visit-prep outcome 1":   "opens Outcome",
			"/visit-prep outcome 1?":  "That was a question",
			"/visit-prep brief 1":     "I've sent you the brief",
			"/visit-prep show abc":    "Which one? Type its number too, such as /visit-prep show 3.",
			"/visit-prep pln":         "Did you mean /visit-prep plan?",
			"/visit-prep pln visit":   "Did you mean /visit-prep plan visit?",
		} {
			if got := does(line); !strings.Contains(got, want) {
				t.Errorf("%s is answered\n%.300s\nwant %s", line, got, want)
			}
		}
		for _, line := range []string{"show samples", "show toasts", "brief the interpreter", "checklist for the first visit", "plan for a power cut", "gift", "outline of the agenda"} {
			if got := does("/visit-prep " + line); strings.Contains(got, "Did you mean /") || strings.Contains(got, "Which one?") || strings.Contains(got, "\nopens ") {
				t.Errorf("%s is no question any more:\n%.300s", line, got)
			}
		}
		s.closeAll(mia)
		s.press(mia, s.command(mia, sourcing, "/visit-prep pln"), "/visit-prep plan")
		s.modal(mia, "Purpose")
		s.nothingRefused()
	})
}

// A day that comes with a word before it, as people write days.
func TestAnInspectionIsMovedToADayInWords(t *testing.T) {
	inAHurry(t, func(s *stage, does func(string) string) {
		for n, line := range []string{"move 1 to %s", "move inspection no. 1 on %s", "move#1 to: %s.", "Move the inspection 1 to the %s, please", "move inspection 1 to “%s”", "move 1 → %s"} {
			day := inDays(40 + n)
			does("/inspection " + strings.Replace(line, "%s", day, 1))
			if due := s.inspection(1).Due.String(); due != day {
				t.Errorf("after %s it is on %s, want %s", line, due, day)
			}
		}
	})
}

// A day that can mean two is not guessed: the answer has both, and each is taken.
func TestADayOfTwoMeaningsIsAnsweredWithBoth(t *testing.T) {
	inAHurry(t, func(s *stage, does func(string) string) {
		before := s.inspection(1).Due
		if over := does("/inspection move 1 3/4/1999"); strings.Contains(over, "1999-") {
			t.Errorf("a day that is over is offered: %s", over)
		}
		year := time.Now().AddDate(2, 0, 0).Format("2006")
		text := does("/inspection move 1 3/4/" + year)
		for _, form := range []string{"/inspection move 1 " + year + "-04-03 for 3 April", "/inspection move 1 " + year + "-03-04 for 4 March"} {
			if !strings.Contains(text, form) {
				t.Errorf("there is no %q in %q", form, text)
			}
		}
		if s.inspection(1).Due != before {
			t.Error("it was moved")
		}
		forms := proposed(text)
		if len(forms) != 2 {
			t.Errorf("the forms are %q", forms)
		}
		for _, form := range forms {
			does(form)
			if _, day, _ := strings.Cut(form, "move 1 "); s.inspection(1).Due.String() != day {
				t.Errorf("after %s it is on %s", form, s.inspection(1).Due)
			}
		}
	})
}

// Whatever is typed, what is proposed is something else, and is taken when it is typed; no
// two proposals are one.
func TestAProposalIsTaken(t *testing.T) {
	t.Parallel()
	b := declared()
	verbs := []string{"1", "lsit", "hsow", "skipped", "reschedule", "show", "visit", "inspection", "done", "report", "move", "skip", "plan", "cancel", "edit", "postpone", "shwo", "dnoe", "mvoe", "failed", "phrases", "list", "new"}
	proposes := 0
	for _, cmd := range b.commands {
		for _, verb := range verbs {
			for _, noun := range []string{"", "visit", "inspection", "plan", "the visit no."} {
				for _, rest := range []string{"", "1", "1 2", "1, 2", "-1", "0", "2027-03-15", "2027-03-15 3", "3 2027-03-15", "15.04.27", "15.04.27 3", "3 15.04.27", "15 March 2027 3", "1 passed", "1 because of the holiday", "passed", "1-2", "1/2"} {
					typed := oneLine(verb, noun, rest)
					if _, row, _, _ := rowIn(b.commands, &cmd, typed); row != nil {
						continue
					}
					m := b.almost(english, &cmd, typed)
					if m == nil {
						continue
					}
					said := m.Text.String()
					forms := regexp.MustCompile(`/(?:visit-prep|inspection|etiquette) [a-z0-9 -]+[a-z0-9]`).FindAllString(said, -1)
					proposes += len(forms)
					for n, form := range forms {
						name, after, _ := strings.Cut(form, " ")
						if _, row, _, _ := rowIn(b.commands, commandOf(b.commands, name), after); row == nil || name == cmd.name && after == typed || slices.Contains(forms[:n], form) {
							t.Errorf("%s %s: %s", cmd.name, typed, said)
						}
					}
					if len(forms) == 0 {
						t.Errorf("%s %s proposes nothing: %s", cmd.name, typed, said)
					}
				}
			}
		}
	}
	if proposes < 500 {
		t.Errorf("%d proposals", proposes)
	}
}

// proposed are the commands that an answer tells people to type.
func proposed(text string) []string {
	forms := regexp.MustCompile(`/(?:visit-prep|inspection|etiquette) [a-z]+(?: (?:plan|inspection|visit))? \d+(?: \d{4}-\d\d-\d\d)?`).FindAllString(text, -1)
	slices.Sort(forms)
	return slices.Compact(forms) // each stands in the blocks and in their fallback
}

// A question about a command changes nothing: it is answered with what to type, which does it.
func TestAQuestionChangesNothing(t *testing.T) {
	inAHurry(t, func(s *stage, does func(string) string) {
		day := inDays(40)
		state := s.state()
		for line, form := range map[string]string{
			"/inspection move 1 " + day + "?":            "/inspection move 1 " + day,
			"/inspection move 1 to " + day + " ??":       "/inspection move 1 " + day,
			"/inspection move inspection 1 " + day + "？": "/inspection move inspection 1 " + day,
			"/inspection “move 1 " + day + "?”":          "/inspection move 1 " + day,
			"/inspection move 1 " + day + "? thanks":     "/inspection move 1 " + day,
			"/visit-prep inspection move 1 " + day + "?": "/inspection move 1 " + day,
			"/inspection move 1?":                        "/inspection move 1",
			"/inspection done 1?":                        "/inspection done 1",
			"/inspection report #1 ?":                    "/inspection report 1",
			"/inspection skip 1?!":                       "/inspection skip 1",
			"/etiquette subscribe weekly?":               "/etiquette subscribe weekly",
			"/etiquette subscribe?":                      "/etiquette subscribe",
			"/etiquette unsubscribe?":                    "/etiquette unsubscribe",
		} {
			text := does(line)
			if !strings.Contains(text, "I have changed nothing. To do it, type "+form+".") || strings.Contains(text, "opens ") || s.state() != state {
				t.Errorf("%s says, without %s:\n%.300s", line, form, text)
			}
		}
		if text := does("/inspection show 1?"); text != does("/inspection show 1") {
			t.Errorf("a question about what is shown says\n%.300s", text)
		}
		does("/inspection move 1 " + day)
		if due := s.inspection(1).Due.String(); due != day {
			t.Errorf("it is on %s", due)
		}
	})
}

// What can mean two things, or lacks one, does nothing: a sentence has the right form, and
// that works.
func TestWhatIsNotPlainGetsTheRightForm(t *testing.T) {
	inAHurry(t, func(s *stage, does func(string) string) {
		state := s.state()
		for line, form := range map[string]string{
			"/visit-prep show":                   "/visit-prep show 3",
			"/visit-prep show no.":               "/visit-prep show 3",
			"/visit-prep show N":                 "/visit-prep show 3",
			"/visit-prep show 1 2":               "/visit-prep show 1",
			"/visit-prep show 1 and 2":           "/visit-prep show 1",
			"/visit-prep show 1, 2":              "/visit-prep show 1",
			"/visit-prep show 1,2":               "/visit-prep show 1",
			"/visit-prep show -1":                "/visit-prep show 3",
			"/visit-prep show 0":                 "/visit-prep show 3",
			"/visit-prep cancel 1":               "/visit-prep show 1",
			"/visit-prep delete visit #1":        "/visit-prep show 1",
			"/visit-prep edit visit no. 1":       "/visit-prep show 1",
			"/visit-prep change 1 please":        "/visit-prep show 1",
			"/visit-prep done 1":                 "/inspection done 1",
			"/visit-prep skip 1":                 "/inspection skip 1",
			"/visit-prep move 1 to " + inDays(9): "/inspection move 1 " + inDays(9),
			"/visit-prep move visit 1":           "/visit-prep show 1",
			"/visit-prep plan 1":                 "/inspection plan 1",
			"/visit-prep shwo 1":                 "/visit-prep show 1",
			"/visit-prep vist #1":                "/visit-prep visit 1",
			"/inspection show":                   "/inspection show 3",
			"/inspection done":                   "/inspection done 3",
			"/inspection done inspection":        "/inspection done inspection 3",
			"/inspection move":                   "/inspection move 3",
			"/inspection skip 1 2":               "/inspection skip 1",
			"/inspection cancel 1":               "/inspection show 1",
			"/inspection end plan 1":             "/inspection plan 1",
			"/inspection delete the plan no. 1":  "/inspection plan 1",
			"/inspection dnoe 1":                 "/inspection done 1",
			"/inspection move 1 tomorrowish":     "/inspection move 1 2027-03-15",

			"/inspection skip visit 1":                  "Type /visit-prep show 1",
			"/inspection done visit no. 1":              "Type /visit-prep show 1",
			"/inspection move visit 1":                  "Type /visit-prep show 1",
			"/inspection skip plan 1":                   "Type /inspection plan 1",
			"/inspection skip visit":                    "/inspection skip 3",
			"/inspection move " + inDays(9) + " 1":      "Did you mean /inspection move 1 " + inDays(9) + "?",
			"/inspection move to " + inDays(9) + " 1":   "Did you mean /inspection move 1 " + inDays(9) + "?",
			"/inspection move " + inDays(9):             "Which one? Type its number too, such as /inspection move 3",
			"/visit-prep show " + inDays(9):             "/visit-prep show 3",
			"/etiquette show 1":                         "Did you mean /visit-prep show 1, or /inspection show 1?",
			"/etiquette visit 1":                        "Did you mean /visit-prep show 1?",
			"/etiquette done 1":                         "Did you mean /inspection done 1, or /visit-prep show 1?",
			"/inspection move 1 15.04.75":               "Then type /inspection move 1 2075-04-15.",
			"/inspection failed 1":                      "Did you mean /inspection done 1?",
			"/inspection failed #1, 3 major defects":    "Did you mean /inspection done 1?",
			"/inspection skipped 1":                     "Did you mean /inspection skip 1?",
			"/inspection 1 done":                        "Did you mean /inspection done 1?",
			"/inspection 1 failed":                      "Did you mean /inspection done 1?",
			"/inspection 1 skip":                        "Did you mean /inspection skip 1?",
			"/inspection postpone 1 " + inDays(9):       "Did you mean /inspection move 1 " + inDays(9) + "?",
			"/inspection reschedule 1 to " + inDays(9):  "Did you mean /inspection move 1 " + inDays(9) + "?",
			"/inspection reschedule 1":                  "Did you mean /inspection move 1?",
			"/visit-prep failed 1":                      "Did you mean /inspection done 1?",
			"/visit-prep lsit visits":                   "Did you mean /visit-prep list visits?",
			"/visit-prep paln a visit":                  "Did you mean /visit-prep plan visit?",
			"/visit-prep hlep me":                       "Did you mean /visit-prep help?",
			"/visit-prep stauts":                        "Did you mean /visit-prep status?",
			"/visit-prep hsow visit 1":                  "Did you mean /visit-prep show visit 1?",
			"/inspection lsit inspections":              "Did you mean /inspection list inspections?",
			"/etiquette tpis":                           "Did you mean /etiquette tips?",
			"/etiquette pharses dinner":                 "Did you mean /etiquette phrases dinner?",
			"/inspection done 1 passed":                 "Did you mean /inspection done 1?",
			"/inspection skip 1 because of the holiday": "Did you mean /inspection skip 1?",
		} {
			text := does(line)
			if !strings.Contains(text, form) || strings.Contains(text, "opens ") || strings.Count(text, "/inspection ") > 3 {
				t.Errorf("%s says, without %s:\n%.300s", line, form, text)
			}
		}
		if s.state() != state {
			t.Error("something was done")
		}
		for _, line := range []string{"/visit-prep show 1 2", "/visit-prep done 1", "/visit-prep plan 1", "/inspection cancel 1", "/inspection end plan 1", "/visit-prep shwo 1"} {
			for _, form := range proposed(does(line)) {
				if text := does(form); !strings.Contains(text, "Ningbo Bright Metal") {
					t.Errorf("%s proposes %s, which says\n%.300s", line, form, text)
				}
			}
		}
	})
}

// What may be a question is asked, although it begins as a command does.
func TestAQuestionStaysOne(t *testing.T) {
	inAHurry(t, func(s *stage, does func(string) string) {
		for _, question := range []string{
			"list of documents for a visa", "show 3 slides", "plan b", "visit a factory in winter", "next steps after a visit", "cancel 1 meeting room", "can I show 1 photo", "is 1 week enough",
			"no 1 rule of guanxi", "the number of samples", "guest of honour", "help with customs", "status of my samples", "inspection plan", "inspection list", "schedule", "please", "thank you", "2 visits a year", "move",
			"new", "factory", "factory tour etiquette", "how do I say no", "1 or 2 gifts",
		} {
			text := does("/visit-prep " + question)
			for _, words := range []string{"Ningbo Bright Metal", "opens ", "this page", "Which one?", "One at a time", "Did you mean /", "Type /"} {
				if strings.Contains(text, words) {
					t.Errorf("%s is taken for a command:\n%.300s", question, text)
				}
			}
		}
	})
}
