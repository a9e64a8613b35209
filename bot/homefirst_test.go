package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// homeOf opens somebody's Home tab and returns it with its words.
func (s *stage) homeOf(who string) (localslack.View, string) {
	s.t.Helper()
	done(s.t, s.OpenHome(who))
	s.bot.Wait()
	v, _ := s.Home(who)
	return v, blockText(v.Blocks)
}

// part is what stands on a Home tab under a heading, up to another one.
func part(t *testing.T, text, from, to string) string {
	t.Helper()
	_, after, ok := strings.Cut(text, from)
	before, _, found := strings.Cut(after, to)
	if !ok || !found {
		t.Errorf("Home has no part from %q to %q:\n%s", from, to, text)
	}
	return before
}

// The first screen: what needs me, what is late, which factory deserves a visit; each of it once.
func TestHomeAnswersThreeQuestions(t *testing.T) {
	s := newPrivateStage(t)
	now := s.at("2027-03-15T08:00:00Z")
	ctx, st := context.Background(), s.bot.o.Store
	// Bright was visited 14 months ago; at Foshan there was a critical finding; of the new one an
	// inspection is planned. In the private channel the same is so of Secret Works.
	s.visitedAt("Bright", sourcing, civil.On(2026, 1, 10))
	s.visitedAt("Secret Works", project, civil.On(2026, 1, 10))
	s.inspectedAt("New Lamps", sourcing, civil.On(2027, 4, 10), "")
	s.inspectedAt("Foshan", sourcing, civil.On(2027, 3, 10), "") // late
	foshan := s.visitedAt("Foshan", sourcing, civil.On(2027, 2, 15))
	s.inspectedAt("Bright", sourcing, civil.On(2027, 1, 5), visit.Passed)
	doer := func(by string) visit.Doer {
		return visit.Doer{By: by, Lead: mia, Now: now, Today: civil.On(2027, 3, 15)}
	}
	log := func(severity visit.Severity, text string) visit.Finding {
		return s.logs(visit.Finding{Subject: foshan.Subject(), Kind: visit.OfProduct, Severity: severity, Text: text, By: jonas, At: time.Date(2027, 2, 16, 4, 0, 0, 0, time.UTC)}, 0)
	}
	critical, answered := log(visit.Critical, "sharp edge"), log(visit.Minor, "crooked label")
	must(st.ChangeAction(ctx, s.TeamID(), critical.Number, now, func(f *visit.Finding, a *visit.Action) error {
		before := doer(mia)
		before.Now, before.Today = now.AddDate(0, 0, -20), civil.On(2027, 2, 23)
		return a.SetDue(f, civil.On(2027, 3, 8), "", before)
	}))
	must(st.ChangeAction(ctx, s.TeamID(), answered.Number, now, func(f *visit.Finding, a *visit.Action) error {
		return a.LogAnswer(f, visit.Answer{Proposal: "a new guide", SaidBy: "Mr Wang", Cause: "worn"}, doer(mia))
	}))
	s.agreed(sourcing, func(a *visit.Agreement) {
		a.Factory.Name, a.Title, a.Ends, a.Notice = "Bright", "Lamp housings", civil.On(2027, 6, 1), 60
	})
	s.agreed(sourcing, func(a *visit.Agreement) {
		a.Factory.Name, a.Title, a.Ends, a.Owner = "Bright", "Old prices", civil.On(2027, 4, 1), jonas
	})
	v := visit.Visit{Work: visit.Work{Workspace: s.TeamID(), Owner: mia, Factory: visit.Factory{Name: "Planned"}, Place: in(sourcing), Items: visit.Checklist{
		{ID: 1, Milestone: -7, Text: "Book the train", Owner: mia},
		{ID: 2, Milestone: -30, Text: "Send the agenda", Owner: mia},
		{ID: 3, Milestone: -30, Text: "Get the samples", Owner: jonas},
	}}, Purpose: "first_visit", First: civil.On(2027, 4, 5), Last: civil.On(2027, 4, 6)}
	must(st.PlanVisit(ctx, v, now.AddDate(0, -3, 0)))

	home, text := s.homeOf(mia)
	needs := part(t, text, "What needs you (3)", "What is late (5)")
	for _, want := range []string{"Book the train", "The factory has answered. Agree, or ask again. · Foshan", "Lamp housings"} {
		if !strings.Contains(needs, want) {
			t.Errorf("what needs her lacks %q:\n%s", want, needs)
		}
	}
	late := part(t, text, "What is late (5)", "Which factory deserves a visit")
	for n, want := range []string{"overdue, since 8 March", "Send the agenda", "Inspection ", "Get the samples", "Old prices"} {
		if want == "Get the samples" {
			want = "1 item of a colleague is late"
		}
		if !strings.Contains(late, want) {
			t.Errorf("%d: what is late lacks %q:\n%s", n, want, late)
		}
	}
	deserve := part(t, text, "Which factory deserves a visit", "Next visits")
	at := -1
	for _, want := range []string{"Foshan*\nCritical finding in February, not seen since", "New Lamps*\nNew: before the first order", "Bright*\nNo visit for 14 months"} {
		next := strings.Index(deserve, want)
		if next <= at {
			t.Errorf("which factory deserves a visit lacks %q, or in this order:\n%s", want, deserve)
		}
		at = next
	}
	for _, once := range []string{"Book the train", "Send the agenda", "Old prices", "Lamp housings", "crooked label"} {
		if n := strings.Count(text, once); n > 1 {
			t.Errorf("Home says %q %d times", once, n)
		}
	}
	if s := part(t, text, "Next visits", "tip"); strings.Contains(s, "overdue since") {
		t.Errorf("an inspection that is late is among the next ones, too:\n%s", s)
	}
	if strings.Contains(deserve, "Secret Works") {
		t.Errorf("more than three deserve a visit:\n%s", deserve)
	}
	if !strings.Contains(deserve, "1 more factory may be due for a visit.") {
		t.Errorf("it does not say that there is another:\n%s", deserve)
	}
	_, theirs := s.homeOf(jonas)
	if strings.Contains(theirs, "Secret Works") || strings.Contains(theirs, "may be due") {
		t.Errorf("who is not in the private channel reads\n%s", theirs)
	}
	if jonas := part(t, theirs, "What is late", "Which factory"); !strings.Contains(jonas, "Get the samples") || strings.Contains(jonas, "Send the agenda") {
		t.Errorf("late for Jonas is\n%s", jonas)
	}
	// The button opens the form with the factory in it.
	a := s.find(home.Blocks, "Plan a visit", "")
	a.Home = true
	done(t, s.Act(mia, a))
	form := s.modal(mia, "Purpose")
	if raw := fmt.Sprintf("%s", form.Blocks); !strings.Contains(raw, `"initial_option"`) || !strings.Contains(raw, "Foshan") {
		t.Errorf("the form is\n%s", raw)
	}
	s.nothingRefused()
}

// What is late with others and does not fit leads to the checklists, and not to the reader's own
// items there.
func TestWhatIsLateWithOthersLeadsOn(t *testing.T) {
	s := newStage(t, overHTTP)
	h := &firstPage{p: s.bot.english, words: s.bot.words(s.bot.english, ""), lines: map[visit.Matter]slack.Block{}}
	for n := range homeLate + 2 {
		h.add(visit.Matter{Kind: visit.MatterItem, Subject: visit.SubjectOf(visit.OfVisit, n+1), Due: civil.On(2026, 12, 1), Today: civil.On(2026, 12, 7)}, slack.NewDividerBlock())
	}
	m := new(blocks.Message)
	h.addFirst(m, h.matters, homeLate, 0)
	text := blockText(raw(t, m.Blocks...))
	if !strings.Contains(text, "And 2 more:") || !strings.Contains(text, "Visit 7: late items") || !strings.Contains(text, "Visit 8: late items") || strings.Contains(text, "my items") {
		t.Errorf("it leads on by\n%s", text)
	}
}

// The buttons under what is not shown say how much each of them adds, and add up; what is late has
// other ones than what is not.
func TestTheRestOfHomeAddsUp(t *testing.T) {
	s := newStage(t, overHTTP)
	visit1, inspection2 := visit.SubjectOf(visit.OfVisit, 1), visit.SubjectOf(visit.OfInspection, 2)
	page := func(p blocks.Printer, due civil.Date, most int) string {
		h := &firstPage{p: p, words: s.bot.words(p, ""), lines: map[visit.Matter]slack.Block{}}
		for n := range 9 {
			of := visit1
			if n%3 == 0 {
				of = inspection2
			}
			h.add(visit.Matter{Kind: visit.MatterItem, Subject: of, N: n, Mine: true, Due: due, Today: civil.On(2026, 12, 7)}, slack.NewDividerBlock())
		}
		m := new(blocks.Message)
		h.addFirst(m, h.matters, most, 0)
		return string(blocks.MustJSON(m.Blocks))
	}
	for _, c := range []struct {
		due  civil.Date
		want []string
	}{
		{civil.On(2026, 12, 9), []string{"And 7 more:", "Visit 1: 5 more of mine", "Inspection 2: 2 more of mine", string(showSubject(visit1, visit.ShowMine))}},
		{civil.On(2026, 12, 1), []string{"And 7 more:", "Visit 1: 5 more late", "Inspection 2: 2 more late", string(showSubject(visit1, visit.ShowLate))}},
	} {
		text := page(s.bot.english, c.due, 2)
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("due %s: it lacks %q:\n%s", c.due, want, text)
			}
		}
		if n := strings.Count(text, `"type":"button"`); n != 2 {
			t.Errorf("due %s: there are %d buttons:\n%s", c.due, n, text)
		}
	}
	if text := page(s.bot.directory.chinese, civil.On(2026, 12, 1), 2); !strings.Contains(text, "拜访1：另有5项逾期") {
		t.Errorf("in Chinese it says\n%s", text)
	}
}

func TestWhyAFactoryDeservesAVisitInWords(t *testing.T) {
	s := newStage(t, overHTTP)
	march := visit.GraveFinding{Number: 3, Severity: visit.Major, Day: civil.On(2027, 3, 9)}
	for _, c := range []struct {
		r           visit.VisitReason
		words, said string
	}{
		{visit.VisitReason{Rule: visit.VisitCritical, Grave: march}, "Critical finding in March, not seen since", "3月发现致命问题，之后尚未到厂查看"},
		{visit.VisitReason{Rule: visit.VisitMajor, Grave: march, Class: visit.RiskMedium}, "Major finding in March, not seen since; medium risk", "3月发现严重问题，之后尚未到厂查看；中风险"},
		{visit.VisitReason{Rule: visit.VisitHigh, Class: visit.RiskHigh, Months: 8}, "No visit for 8 months; high risk", "8个月未拜访；高风险"},
		{visit.VisitReason{Rule: visit.VisitNew, Class: visit.RiskNew}, "New: before the first order", "新工厂：首张订单之前"},
		{visit.VisitReason{Rule: visit.VisitThird, Class: visit.RiskNew, Months: 5}, "New: after the third order", "新工厂：第三张订单之后"},
		{visit.VisitReason{Rule: visit.VisitNever, Class: visit.RiskLow}, "Never visited; low risk", "尚未拜访过；低风险"},
		{visit.VisitReason{Rule: visit.VisitInterval, Class: visit.RiskNew, Months: 14}, "No visit for 14 months", "14个月未拜访"},
		{visit.VisitReason{Rule: visit.VisitInterval, Months: 1}, "No visit for 1 month", "1个月未拜访"},
	} {
		if got := deservesWords(s.bot.english, &c.r); got != c.words {
			t.Errorf("%s is %q, want %q", c.r.Rule, got, c.words)
		}
		if got := deservesWords(s.bot.directory.chinese, &c.r); got != c.said {
			t.Errorf("in Chinese %s is %q, want %q", c.r.Rule, got, c.said)
		}
	}
}

// With all that a person can have Home keeps to the hundred blocks of Slack, and its last line is
// there.
func TestHomeOfSomebodyWhoHasEverything(t *testing.T) {
	s := newStage(t, overHTTP)
	now := s.at("2027-03-15T08:00:00Z")
	ctx, st := context.Background(), s.bot.o.Store
	for n := range 20 {
		name := fmt.Sprintf("Factory %02d", n)
		old := s.visitedAt(name, sourcing, civil.On(2025, 11, 1).AddDays(n))
		s.inspectedAt(name, sourcing, civil.On(2027, 3, 1).AddDays(n%10), "")
		s.agreed(sourcing, func(a *visit.Agreement) {
			a.Factory.Name, a.Title, a.Ends = name, "Old "+name, civil.On(2027, 4, 1).AddDays(n)
		})
		s.agreed(sourcing, func(a *visit.Agreement) {
			a.Factory.Name, a.Title, a.Ends = name, "Soon "+name, civil.On(2027, 5, 20).AddDays(n)
		})
		f := s.logs(visit.Finding{Subject: old.Subject(), Kind: visit.OfProduct, Severity: visit.Major, Text: "dents", By: mia, At: now.AddDate(0, -4, 0)}, 0)
		must(st.ChangeAction(ctx, s.TeamID(), f.Number, now, func(f *visit.Finding, a *visit.Action) error {
			return a.SetDue(f, civil.On(2027, 3, 1), "", visit.Doer{By: mia, Lead: mia, Now: now.AddDate(0, -1, 0), Today: civil.On(2027, 2, 15)})
		}))
		s.logs(visit.Finding{Kind: visit.OfProduct, Severity: visit.Major, Text: "loose", By: mia, At: now, Channel: s.direct(mia)}, 0)
		v := visit.Visit{Work: visit.Work{Workspace: s.TeamID(), Owner: mia, Factory: visit.Factory{Name: fmt.Sprintf("Next %02d", n)}, Place: in(sourcing)}, Purpose: "first_visit", First: civil.On(2027, 4, 5).AddDays(n), Last: civil.On(2027, 4, 6).AddDays(n)}
		for i := range 6 {
			v.Items = append(v.Items, visit.Item{ID: i + 1, Milestone: visit.Milestone(-7 - 10*i), Text: fmt.Sprintf("Item %d of %d", i, n), Owner: []string{mia, jonas, ""}[i%3]})
		}
		v = must(st.PlanVisit(ctx, v, now.AddDate(0, -3, 0)))
		must(st.ChangeVisit(ctx, s.TeamID(), v.Number, now, func(v *visit.Visit) error {
			_, err := v.Items.Tick(4, mia, now)
			return err
		}))
	}
	home, text := s.homeOf(mia)
	if n := len(home.Blocks); n > maxHomeBlocks*3/4 {
		t.Errorf("Home has %d blocks: that leaves too little for what comes after it", n)
	}
	for _, want := range []string{"What needs you (", "findings belong to no visit", "Nobody has taken yet", "What is late (", "Which factory deserves a visit", "17 more factories may be due", "Next visits", "All visits", "Settings", "All agreements", "All inspections", "Overdue actions", "A tip for today"} {
		if !strings.Contains(text, want) {
			t.Errorf("Home lacks %q:\n%s", want, text)
		}
	}
	s.nothingRefused()
}

// The class of a factory is counted from the channels of the reader, and its grade is shown to who
// may see all that it was counted from.
func TestHomeLooksOnlyAtWhatItsReaderMaySee(t *testing.T) {
	s := newPrivateStage(t)
	now := s.at("2027-07-20T08:00:00Z")
	f := s.visitedOn(sourcing, civil.On(2026, 5, 5))
	s.quarter(&f, sourcing)
	s.freeze(&f)
	s.inspectedAt(visited, project, civil.On(2026, 12, 5), visit.Passed)
	done(t, s.bot.o.Store.AddMarks(context.Background(), []visit.FactoryMark{{Workspace: s.TeamID(), Factory: f.Number, Channel: project, Kind: visit.MarkRisk, Name: string(visit.RiskHigh), Why: "hidden", By: mia}}, now))
	_, text := s.homeOf(mia)
	if deserve := part(t, text, "Which factory deserves a visit", "Plan a visit"); !strings.Contains(deserve, "No visit for 14 months; high risk · score 3.4 B in Q2 2027") {
		t.Errorf("Mia reads\n%s", deserve)
	}
	_, text = s.homeOf(jonas)
	if strings.Contains(text, "high risk") || !strings.Contains(text, "medium risk · score 3.4 B in Q2 2027") {
		t.Errorf("who is not in the private channel reads\n%s", text)
	}
}

// TestHomeForgetsActionsOfAChannelThatWasLeft: what is theirs to verify goes with the channel.
func TestHomeForgetsActionsOfAChannelThatWasLeft(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	now := s.at("2027-03-15T08:00:00Z")
	v := s.visitedAt("Secret Works", project, civil.On(2027, 3, 1))
	f := s.logs(visit.Finding{Subject: v.Subject(), Kind: visit.OfProduct, Severity: visit.Major, Text: "hidden burrs", By: mia, At: now.AddDate(0, 0, -13)}, 0)
	must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), f.Number, now, func(f *visit.Finding, a *visit.Action) error {
		return a.LogAnswer(f, visit.Answer{Proposal: "a new guide", SaidBy: "Mr Wang", Cause: "worn"}, visit.Doer{By: mia, Lead: mia, Now: now, Today: civil.On(2027, 3, 15)})
	}))
	if _, text := s.homeOf(mia); !strings.Contains(text, "The factory has answered. Agree, or ask again. · Secret Works") {
		t.Fatalf("before, her Home says\n%s", text)
	}
	done(t, s.Leave(mia, project))
	s.settled()
	s.bot.directory.forget(s.TeamID())
	if _, text := s.homeOf(mia); strings.Contains(text, "hidden burrs") || strings.Contains(text, "The factory has answered") {
		t.Errorf("her Home still says\n%s", text)
	}
}

// TestMoreThanIsReadIsCounted: of many inspections without a result some are read, and all are counted; those on
// which nobody has decided are none of them and take no place.
func TestMoreThanIsReadIsCounted(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2027-04-01T08:00:00Z")
	s.subscribes(jonas, monthlyOn)
	const late = homeLateReads + 7
	for range homeLateReads + 3 {
		s.inspectedAt(visited, sourcing, civil.On(2027, 1, 2), visit.Undecided) // before all others
	}
	for range late {
		s.inspectedAt(visited, sourcing, civil.On(2027, 2, 3), "")
	}
	_, m := s.overview(jonas, "2027-03")
	expect(t, m, fmt.Sprintf("%d overdue", late), fmt.Sprintf("And %d more.", late-monthlyLines))
	done(t, s.bot.live.openHome(t.Context(), s.TeamID(), jonas))
	home, _ := s.Home(jonas)
	if text := blockText(home.Blocks); !strings.Contains(text, fmt.Sprintf("What is late (%d)", late)) || !strings.Contains(text, fmt.Sprintf("And %d more:", late-homeLate)) {
		t.Errorf("Home says\n%s", text)
	}
}
