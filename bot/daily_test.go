package bot

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// dailyOn sends the daily message of a person on a day, by the clock of that day, and
// returns it; it is empty where nothing is said.
func (s *stage) dailyOn(person string, ahead int) localslack.Message {
	s.t.Helper()
	defer s.goBy(*s.clock.Load())
	s.goBy(func() time.Time { return time.Now().AddDate(0, 0, ahead) })
	o := s.digestOf(person, ahead)
	o.Due = s.bot.o.Now()
	d := s.posted(o)
	if len(d.Told) > 0 { // as the store does where it is settled
		if err := s.bot.o.Store.ToldInDaily(context.Background(), d.Told, o.Day); err != nil {
			s.t.Fatal(err)
		}
	}
	for _, m := range s.Messages(person, s.direct(person)) {
		if d.Outcome == visit.Delivered && m.TS == d.TS {
			return m
		}
	}
	return localslack.Message{}
}

// Whoever planned a visit is asked who does what, and how it ended, and is told of what is
// due and nobody's; each once.
func TestWhoPlannedIsAskedInTheirDailyMessage(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Send the agenda", Owner: jonas})
	asks, err := s.bot.o.Store.Daily(context.Background(), s.TeamID(), mia, time.Now())
	if err != nil || len(asks.Asks) != 2 {
		t.Fatalf("she is to be asked %+v, %v", asks.Asks, err)
	}
	expect(t, s.dailyOn(mia, 4), "13 items have no owner. Who does what?")
	if m := s.dailyOn(mia, 5); m.TS != "" {
		t.Errorf("the next day she is told\n%s", says(m))
	}
	timing := &s.bot.o.Timing
	due := timing.RemindDay(-7, v.First.AddDays(-7), "Europe/Berlin").Sub(dayAhead(0))
	expect(t, s.dailyOn(mia, due), "Due, and nobody's yet")
	expect(t, s.dailyOn(mia, due), "Step 2")
	over := asks.Asks[1].Day.Sub(dayAhead(0))
	m := s.dailyOn(mia, over)
	expect(t, m, "Do you go ahead with this factory?")
	if strings.Contains(says(m), "Step 2") {
		t.Errorf("what was for before the visit is told after it:\n%s", says(m))
	}
	s.nothingRefused()
}

// A result that is pending is asked for in each daily message, until somebody decides it.
func TestAPendingResultIsAskedForEveryDay(t *testing.T) {
	s := newStage(t, overHTTP)
	i := s.inspectionIn(sourcing)
	report := func(r visit.Result) {
		must(s.bot.o.Store.ChangeInspection(t.Context(), s.TeamID(), i.Number, time.Now(), func(i *visit.Inspection) error {
			_, err := i.Report(r, "", jonas, time.Now())
			return err
		}))
	}
	report(visit.Undecided)
	asks := must(s.bot.o.Store.Daily(t.Context(), s.TeamID(), mia, time.Now())).Asks
	at := slices.IndexFunc(asks, func(a visit.Ask) bool { return a.Kind == visit.AskUndecided })
	if at < 0 {
		t.Fatalf("she is to be asked %+v", asks)
	}
	first := asks[at].Day.Sub(dayAhead(0))
	for _, in := range []int{first, first + 7} {
		m := s.dailyOn(mia, in)
		expect(t, m, "The result of inspection 1 at ", "has been pending since", "Did it pass?", "Passed", "Failed", "Undo answer")
		if in == first {
			continue
		}
		s.press(mia, m, "Failed")
		s.until("it is decided", func() bool {
			return must(s.bot.o.Store.Inspection(t.Context(), s.TeamID(), i.Number)).Result == visit.Failed
		})
	}
	if m := s.dailyOn(mia, first+8); strings.Contains(says(m), "pending") {
		t.Errorf("it is asked for once it is decided:\n%s", says(m))
	}
	s.nothingRefused()
}

func TestWhatIsGivenIsTold(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Send the agenda", Owner: jonas}, visit.Item{ID: 2, Milestone: -7, Text: "Pack", Owner: jonas})
	for id := range 2 {
		a := visit.Ask{Workspace: s.TeamID(), Person: jonas, Kind: visit.AskGiven, Subject: v.Subject(), About: strconv.Itoa(id + 1), Data: mia, Day: dayAhead(1), Made: time.Now()}
		if err := s.bot.o.Store.Ask(context.Background(), a, "Europe/Berlin"); err != nil {
			t.Fatal(err)
		}
	}
	s.changeVisit(v, func(v *visit.Visit) { v.Items[1].Owner = mia }) // taken back meanwhile
	m := s.dailyOn(jonas, 1)
	expect(t, m, "Given to you")
	expect(t, m, "Send the agenda")
	if strings.Contains(says(m), "Pack") {
		t.Errorf("it tells of what is not his any more:\n%s", says(m))
	}
	s.press(jonas, m, "Done")
	s.bot.Wait()
	if i := s.visit(1).Items[0]; i.Done.By != jonas {
		t.Errorf("the item is %+v", i)
	}
	s.nothingRefused()
}

// Two inspections at a factory have items of the same words and of the same day: a line says which
// of them it is for.
func TestAnItemSaysWhatItIsFor(t *testing.T) {
	s := newStage(t, overHTTP)
	item := visit.Item{ID: 1, Milestone: -7, Text: "Send the checklist", Owner: mia}
	s.inspectionIn(sourcing, item)
	s.inspectionIn(sourcing, item)
	s.visitIn(sourcing, item)
	of := []visit.Subject{visit.SubjectOf(visit.OfInspection, 1), visit.SubjectOf(visit.OfInspection, 2), visit.SubjectOf(visit.OfVisit, 1)}
	names := []string{"Inspection 1, " + inspected, "Inspection 2, " + inspected, "Visit 1, " + visited}
	ts := must(s.bot.o.Store.Tasks(context.Background(), s.TeamID(), mia))
	_, home := s.homeOf(mia)
	for n, name := range names {
		if !strings.Contains(home, " · "+name) {
			t.Errorf("Home does not say %q:\n%s", name, home)
		}
		at := slices.IndexFunc(ts, func(t store.Task) bool { return t.Subject == of[n] })
		for _, on := range []civil.Date{ts[at].Due(), ts[at].Due().AddDays(1)} {
			d := &dailyOf{on: on}
			if when := d.when(s.bot.english, &ts[at]); !strings.HasSuffix(when, " · "+name) {
				t.Errorf("on %s the daily message says %q, without %q", on, when, name)
			}
		}
	}
}

// What is late comes before what is not due yet, as a number and with what is late for longest.
func TestWhatIsLateComesFirst(t *testing.T) {
	s := newStage(t, overHTTP)
	on := civil.On(2026, 12, 4)
	own := func(days ...int) (ts []store.Task) {
		for n, day := range days {
			ts = append(ts, store.Task{Subject: visit.SubjectOf(visit.OfVisit, 1), Factory: visited, First: civil.On(2027, 3, 8), Last: civil.On(2027, 3, 9),
				Item: visit.Item{ID: n + 1, Text: fmt.Sprintf("item %d of December", day), Owner: mia, Due: civil.On(2026, 11, 30).AddDays(day)}})
		}
		return ts
	}
	for _, c := range []struct {
		days []int // of December, on which they were or are due
		told bool
		want string
	}{
		{[]int{3, 1, 2, 1, 2, 3, 2, 5, 6, 7, 8, 5, 6, 7, 8}, false, // 5 and 6 are a weekend, of which they are reminded on Friday
			"7 of your items are late\nitem 1 item 1 5 more are late.\nYour open items\nitem 5 item 6 item 5 item 6 item 7 item 8 2 more of your items are open."},
		{[]int{3, 1, 2, 5, 6, 5, 6, 5, 6, 5, 26, 27, 28}, false, // what is due later is open, too
			"3 of your items are late\nitem 1 item 2 1 more is late.\nYour open items\nitem 5 item 6 item 5 item 6 item 5 item 6 4 more of your items are open."},
		{[]int{5, 6, 5, 6, 5, 6, 5, 6, 5}, false, "Your open items\nitem 5 item 6 item 5 item 6 item 5 item 6 item 5 item 6 1 more of your items is open."},
		{[]int{3, 5}, false, "1 of your items is late\nitem 3 Your open items\nitem 5 "},
		{[]int{5, 6}, false, "Your open items\nitem 5 item 6 "},
		{[]int{3, 2, 1}, true, "3 of your items are late\nitem 1 item 2 1 more is late."},
		{[]int{3, 2, 1}, false, "3 of your items are late\nitem 1 item 2 item 3 "},
		{nil, false, ""},
	} {
		m := new(blocks.Message)
		d := &dailyOf{team: s.TeamID(), person: mia, on: on, words: s.bot.words(s.bot.english, "")}
		d.Own = own(c.days...)
		if c.told {
			d.told = []visit.Ask{{}}
		}
		done(t, s.bot.reminders.daily.due(context.Background(), d, m))
		said := regexp.MustCompile(` of December.*\n?`).ReplaceAllString(m.Text.String(), " ")
		if said = strings.TrimSuffix(said, "\n"); said != c.want {
			t.Errorf("with items of %v it says\n%s\nwant\n%s", c.days, said, c.want)
		}
	}
}

// Slack takes fifty blocks. What does not fit stands in the next message.
func TestADailyMessageFits(t *testing.T) {
	s := newStage(t, overHTTP)
	var items []visit.Item
	for n := range 12 {
		items = append(items, visit.Item{ID: n + 1, Milestone: -9, Text: "Item " + strconv.Itoa(n), Owner: mia})
	}
	for range 4 {
		s.visitIn(sourcing, items...)
	}
	ask := func(k visit.AskKind, subject visit.Subject, about string) {
		a := visit.Ask{Workspace: s.TeamID(), Person: mia, Kind: k, Subject: subject, About: about, Data: jonas, Day: dayAhead(1), Made: time.Now()}
		if err := s.bot.o.Store.Ask(context.Background(), a, "Europe/Berlin"); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 3 {
		for item := range 12 {
			ask(visit.AskGiven, visit.SubjectOf(visit.OfVisit, n+1), strconv.Itoa(item+1))
		}
	}
	ask(visit.AskTip, visit.SubjectOf(visit.OfPerson, mia), "")
	all := ""
	for ahead := 4; ahead < 9; ahead++ {
		m := s.dailyOn(mia, ahead)
		if len(m.Blocks) > 50 {
			t.Errorf("%d blocks", len(m.Blocks))
		}
		all += says(m)
	}
	for _, want := range []string{"Visit 1, ", "Visit 2, ", "Visit 3, ", "Visit 4, "} {
		if !strings.Contains(all, want+visited+": ") {
			t.Errorf("she is not asked who does what of %s:\n%s", want, all)
		}
	}
	if !strings.Contains(all, "Your tip") {
		t.Errorf("the tip never came:\n%s", all)
	}
	s.nothingRefused()
}

// Who has left a channel is asked nothing of what it prepares.
func TestADailyMessageAsksOnlyWhatOneMaySee(t *testing.T) {
	s := newPrivateStage(t)
	s.visitIn(project)
	i := s.inspectionIn(project)
	done(t, s.Leave(mia, project))
	s.settled()
	for _, ahead := range []int{4, i.Due.AddDays(6).Sub(dayAhead(0)), 90} {
		if m := s.dailyOn(mia, ahead); m.TS != "" {
			t.Errorf("%d days ahead she reads\n%s", ahead, says(m))
		}
	}
}

// Fewer of these is for one's own messages only, and can be undone.
func TestFewerOfTheseAreOnesOwn(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Send the agenda", Owner: jonas}, visit.Item{ID: 2, Milestone: -7, Text: "Pack", Owner: mia})
	n := 0
	remind := func() localslack.Message {
		o := s.remindOf(v.Subject(), visit.Remind, -7)
		n++
		o.Key += strconv.Itoa(n)
		return s.reminded(o, sourcing)
	}
	named := func(m localslack.Message) string {
		var who []string
		for _, p := range []string{mia, jonas} {
			for _, b := range m.Blocks {
				if strings.Contains(string(b), "@"+p) {
					who = append(who, p)
					break
				}
			}
		}
		return strings.Join(who, " ")
	}
	m := remind()
	if got := named(m); got != mia+" "+jonas {
		t.Fatalf("named are %q", got)
	}
	pause := func(m localslack.Message, what string) {
		t.Helper()
		s.pressIn(jonas, s.opens(jonas, m, "Fewer of these"), what, "")
		s.bot.Wait()
		s.closeAll(jonas)
	}
	for _, c := range []struct{ pause, resume string }{{"Pause visit 1", "Resume visit 1"}, {"Pause naming me", "Resume naming me"}, {"Pause my items", "Resume my items"}} {
		pause(m, c.pause)
		m = remind()
		if got := named(m); got != mia {
			t.Errorf("%s: named are %q", c.pause, got)
		}
		expect(t, m, "Send the agenda")
		pause(m, c.resume)
		m = remind()
		if got := named(m); got != mia+" "+jonas {
			t.Errorf("%s: named are %q", c.resume, got)
		}
	}
	pause(m, "Pause visit 1")
	o := s.remindOf(v.Subject(), visit.Remind, 0)
	o.Day = v.First
	s.changeVisit(v, func(v *visit.Visit) { v.People = []visit.Person{{User: jonas}} })
	if got := named(s.reminded(o, sourcing)); !strings.Contains(got, jonas) {
		t.Errorf("on the day of the visit named are %q", got)
	}
	if err := s.OpenHome(jonas); err != nil {
		t.Fatal(err)
	}
	s.settled()
	home, _ := s.Home(jonas)
	s.find(home.Blocks, "What you have paused", "")
	s.nothingRefused()
}

// What somebody may not see has no name in what they can pause.
func TestFewerOfTheseNamesOnlyWhatOneMaySee(t *testing.T) {
	s := newPrivateStage(t)
	v := s.visitIn(project)
	for who, knows := range map[string]bool{mia: true, jonas: false} {
		m, err := s.bot.pauses.page(context.Background(), s.TeamID(), who, visitSubject(&v))
		if err != nil {
			t.Fatal(err)
		}
		all := ""
		for _, b := range raw(t, m.blocks...) {
			all += string(b)
		}
		if strings.Contains(all, visited) != knows || strings.Contains(all, "Pause visit 1") != knows {
			t.Errorf("%s reads\n%s", who, all)
		}
	}
}
