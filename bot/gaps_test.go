package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/knowledge"
)

// gapStage is a stage with the advice that ships, where questions are kept. Its clock stands
// at noon of a day and is moved by the days of ahead.
func gapStage(t *testing.T, people ...localslack.Person) (s *stage, ahead func(days int)) {
	t.Helper()
	s = newStageOf(t, overHTTP, people)
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	s.bot.Reload(base, nil)
	s.bot.set().KeepMissed = 90
	now := gapDay.Start(time.UTC).Add(12 * time.Hour)
	s.goBy(func() time.Time { return now })
	return s, func(days int) { now = now.AddDate(0, 0, days) }
}

var gapDay = civil.On(2027, 3, 1)

// keptGaps are the questions that the database has of a workspace, with what they got, once
// nothing is under way.
func (s *stage) keptGaps(team string) (kept []string) {
	s.t.Helper()
	s.settled()
	s.bot.Wait()
	for _, m := range must(s.bot.o.Store.Missed(context.Background(), team, gapDay.AddDays(-400), gapDay.AddDays(400))) {
		kept = append(kept, fmt.Sprintf("%s %s %s %d %s", m.Day, m.Got, m.Entry, m.Times, m.Question))
	}
	return kept
}

// answeredWith finds a question that the search answers in a way, as it is now.
func (s *stage) answeredWith(match knowledge.Match, questions ...string) (question string, found knowledge.Result) {
	s.t.Helper()
	for _, q := range questions {
		found := s.bot.guide.Load().Base.Search(q, 3)
		if found.Match == match && (match == knowledge.Good || isGap(q, found)) {
			return q, found
		}
	}
	s.t.Fatalf("none of %q is answered with %s now: add one that is", questions, match)
	return "", knowledge.Result{}
}

// unanswered are questions that should find nothing, and nearly ones that should find what is
// near them.
var (
	unanswered = []string{
		"can the forklift drivers work at night without a licence", "who tests the zeppelin moulds", "how do I calibrate the zorblatt gauge",
		"who repairs the injection machine at night", "does the factory need a helipad",
		"who owns the zeppelin moulds", "what does a forklift at the supplier weigh", "does the supplier have a bowling team",
		"does the workshop have a ping-pong table", "does the boss own a horse", "how do I unjam the printer", "can you book me a dentist",
	}
	nearly = []string{
		"what gift should I not bring", "how many people at the meeting in the workshop", "which container for the printing samples",
		"who signs the inspection of the tooling storage", "can the factory keep our moulds for ten years", "sample room lighting",
	}
	answered = []string{"is a clock a good gift", "what is a golden sample", "who owns the mould", "AQL 2.5 meaning", "what does AQL mean"}
)

func none() knowledge.Result { return knowledge.Result{Match: knowledge.None, Ours: 0.5} }

func TestGapsAreKeptWithoutWhoAsked(t *testing.T) {
	t.Parallel()
	s, _ := gapStage(t, localslack.Person{ID: "U0QUENTIN01", Name: "qvoss77x", RealName: "Quentinus Vossing", TeamID: localslack.DefaultTeamID})
	const told = ", order 4711 of Brightwaymetal, says vossing"
	var withNames []string
	for _, q := range unanswered {
		withNames = append(withNames, q+told)
	}
	question, _ := s.answeredWith(knowledge.None, withNames...)
	question = strings.TrimSuffix(question, told)
	near, found := s.answeredWith(knowledge.Weak, nearly...)
	good, best := s.answeredWith(knowledge.Good, answered...)
	helpful := best.Hits[0].Entry.ID

	s.command(jonas, sourcing, "/visit-prep "+question+told)
	s.command(mia, sourcing, "/etiquette "+near)
	s.press(jonas, s.command(jonas, sourcing, "/visit-prep "+good), "Not helpful")
	s.untilSays(jonas, sourcing, "Thank you")
	s.press(jonas, s.command(jonas, sourcing, "/visit-prep "+good), "Helpful")

	kept := s.keptGaps(s.TeamID())
	want := []string{
		"2027-03-01 unhelpful " + helpful + " 1 " + good,
		"2027-03-01 weak " + found.Hits[0].Entry.ID + " 1 " + near,
	}
	for _, w := range want {
		if !slices.Contains(kept, w) {
			t.Errorf("%q is not among %q", w, kept)
		}
	}
	of := slices.IndexFunc(kept, func(k string) bool { return strings.Contains(k, question+", order …") })
	if of < 0 || len(kept) != 3 || strings.Contains(strings.Join(kept, "\n"), "4711") || strings.Contains(strings.Join(kept, "\n"), "Brightway") || strings.Contains(strings.Join(kept, "\n"), "vossing") {
		t.Errorf("kept %q, want three, and %q without its number and its name", kept, question)
	}
	s.nothingRefused()
}

// What is said to the app directly or in a mention is kept as what is typed after a command,
// and whom it mentions is left out.
func TestGapsOfChatsAreKept(t *testing.T) {
	t.Parallel()
	s, _ := gapStage(t)
	question, _ := s.answeredWith(knowledge.None, unanswered...)
	must(s.Say(jonas, s.direct(jonas), "", question))
	must(s.Say(jonas, sourcing, "", "@visitprep "+question))
	if kept := s.keptGaps(s.TeamID()); len(kept) != 1 || !strings.HasSuffix(kept[0], " 2 "+question) {
		t.Errorf("kept %q", kept)
	}
	c := slashCommand("/visit-prep", "<@"+mia+"|miachen> "+question+" <https://brightway.example|brightway>", sourcing)
	c.TeamID, c.UserID = s.TeamID(), jonas
	s.bot.command(c)
	if kept := s.keptGaps(s.TeamID()); len(kept) != 1 || !strings.HasSuffix(kept[0], " 3 "+question) {
		t.Errorf("kept %q", kept)
	}
}

func TestGapsThatAreNobodyElsesBusinessAreNotKept(t *testing.T) {
	t.Parallel()
	s, _ := gapStage(t)
	team := s.TeamID()
	base := s.bot.guide.Load().Base
	note := func(asked string, found knowledge.Result) { s.bot.gaps.noted(team, jonas, asked, found) }
	for _, asked := range []string{
		"is there a mosque near the workshop", "where can a muslim pray", "can women lead the audit", "I am pregnant, may I enter the paint shop",
		"the manager harassed my colleague", "they made racist jokes at dinner", "should we bribe the inspector", "they want a kickback",
		"the police took my passport", "my colleague was detained", "I am ill, which doctor", "my diabetes and the banquet", "is it safe to be gay there",
		"what about Taiwan on our packaging", "may I talk about politics", "are there drugs in the club", "我们要不要给红包 in the office", "lactation room please",
	} {
		note(asked, none())
		note(asked, knowledge.Result{Match: knowledge.Weak, Ours: 0.9, Hits: []knowledge.Hit{{Entry: base.All()[0]}}})
	}
	// What was found tells, too, whatever the words were: the first three count.
	delicate, _ := base.Entry("etiquette-harassed")
	other, _ := base.Entry("quality-golden-sample")
	own := &knowledge.Entry{ID: "ours", Delicate: true}
	for _, hits := range [][]*knowledge.Entry{{delicate}, {other, other, delicate}, {own}} {
		found := knowledge.Result{Match: knowledge.Weak, Ours: 0.9}
		for _, e := range hits {
			found.Hits = append(found.Hits, knowledge.Hit{Entry: e})
		}
		note("he stood behind me all evening", found)
	}
	// Nor is what is no question to this app.
	note("many thanks", knowledge.Result{Match: knowledge.None, Ours: 0.9, Remark: knowledge.Courtesy})
	note("wo ist der Bahnhof", knowledge.Result{Match: knowledge.None, Ours: 0.9, Remark: knowledge.OtherTongue})
	note("write a poem about moulds", knowledge.Result{Match: knowledge.None, Ours: 0.019})
	note("AQL for zeppelins", knowledge.Result{Match: knowledge.Good, Ours: 0.9})
	note("Annegret Wagnerin 4711", none()) // nothing is left of it
	note(strings.Repeat("zeppelin moulds ", 40), none())
	if kept := s.keptGaps(team); len(kept) > 0 {
		t.Errorf("kept %q", kept)
	}
	note("who tests zeppelin moulds", none())
	if kept := s.keptGaps(team); len(kept) != 1 {
		t.Errorf("kept %q, want what is left", kept)
	}
}

func TestGapsAreNotWrittenWhereNoneAreWanted(t *testing.T) {
	t.Parallel()
	s, _ := gapStage(t)
	question, _ := s.answeredWith(knowledge.None, unanswered...)
	good, _ := s.answeredWith(knowledge.Good, answered...)

	s.bot.set().KeepMissed = 0
	s.command(jonas, sourcing, "/visit-prep "+question)
	s.press(jonas, s.command(jonas, sourcing, "/visit-prep "+good), "Not helpful")
	s.untilSays(jonas, sourcing, "Thank you")
	if kept := s.keptGaps(s.TeamID()); len(kept) > 0 {
		t.Errorf("the settings say that nothing is kept, and kept is %q", kept)
	}
	expect(t, s.command(mia, sourcing, "/visit-prep gaps"), "Questions are not kept here")

	// One person wants it so: their own choice, in the form that the command opens.
	s.bot.set().KeepMissed = 90
	s.command(jonas, sourcing, "/visit-prep settings")
	v := s.modal(jonas, "Questions without a good answer")
	s.enter(jonas, v, fieldKeep, keepNone)
	s.send(jonas, v)
	s.noModal(jonas)
	s.command(jonas, sourcing, "/visit-prep "+question)
	s.press(jonas, s.command(jonas, sourcing, "/visit-prep "+good), "Not helpful")
	s.untilSays(jonas, sourcing, "Thank you")
	if kept := s.keptGaps(s.TeamID()); len(kept) > 0 {
		t.Errorf("of somebody who wants nothing kept is %q", kept)
	}
	// A form without the choice leaves it as it is.
	s.bot.set().KeepMissed = 0
	s.command(jonas, sourcing, "/visit-prep settings")
	v = s.modal(jonas, "Quiet hours")
	s.send(jonas, v)
	s.noModal(jonas)
	s.bot.set().KeepMissed = 90
	s.command(jonas, sourcing, "/visit-prep "+question)
	if kept := s.keptGaps(s.TeamID()); len(kept) > 0 {
		t.Errorf("after another change of the settings kept is %q", kept)
	}
	s.command(mia, sourcing, "/visit-prep "+question)
	if kept := s.keptGaps(s.TeamID()); len(kept) != 1 {
		t.Errorf("of a colleague is kept %q", kept)
	}
}

func TestGapsAreShownToAdminsAfterSevenDays(t *testing.T) {
	t.Parallel()
	s, ahead := gapStage(t)
	ctx := context.Background()
	put := func(team, question string, day civil.Date, got store.Got, entry string, times int) {
		for range times {
			must(s.bot.o.Store.PutMissed(ctx, store.Missed{Workspace: team, Question: question, Day: day, Got: got, Entry: entry}, jonas))
		}
	}
	team := s.TeamID()
	put(team, "who tests the zeppelin moulds", gapDay, store.GotNone, "", 2)
	put(team, "Who tests a zeppelin's mould?", gapDay, store.GotWeak, "quality-golden-sample", 3)
	put(team, "seen once", gapDay, store.GotUnhelpful, "quality-golden-sample", 1)
	put(team, "of yesterday", gapDay.AddDays(6), store.GotNone, "", 9)
	put("T0OTHER0001", "of another workspace", gapDay, store.GotNone, "", 9)
	for n := range 11 {
		put(team, fmt.Sprintf("filler%c questions", 'a'+n), gapDay.AddDays(-1), store.GotNone, "", 1)
	}

	ahead(6)
	if m := says(s.command(mia, sourcing, "/visit-prep gaps")); strings.Contains(m, "zeppelin") || strings.Contains(m, "yesterday") || !strings.Contains(m, "filler") {
		t.Errorf("on the sixth day after it was asked stands\n%s", m)
	}
	ahead(1)
	first := s.command(mia, sourcing, "/visit-prep gaps")
	got := says(first)
	for _, want := range []string{
		"Who tests a zeppelin's mould?", "asked 5 times; no answer: 2; only something near it: 3. The nearest: ", "(quality-golden-sample)", "after 90",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("nothing of %q in\n%s", want, got)
		}
	}
	for _, not := range []string{"of yesterday", "of another workspace", "who tests the zeppelin moulds", "seen once"} {
		if strings.Contains(got, not) {
			t.Errorf("%q is in\n%s", not, got)
		}
	}
	if most := strings.Index(got, "zeppelin"); most > strings.Index(got, "filler") {
		t.Errorf("what was asked most does not stand first in\n%s", got)
	}
	s.press(mia, first, "More questions")
	last := s.untilSays(mia, sourcing, "seen once")
	if got := says(last); !strings.Contains(got, "Previous questions") || strings.Contains(got, "zeppelin") {
		t.Errorf("the second page is\n%s", got)
	}
	// Who is no admin sees nothing, and neither does a page's button help.
	for _, who := range []string{jonas} {
		m := s.command(who, sourcing, "/visit-prep gaps")
		expect(t, m, "Only admins")
		if strings.Contains(says(m), "filler") {
			t.Errorf("%s reads\n%s", who, says(m))
		}
	}
	if m := must(s.bot.gaps.list(ctx, s.bot.guide.Load(), caller{team: team, user: jonas}, 10)); strings.Contains(m.Text.String(), "seen") {
		t.Errorf("by a button jonas reads\n%s", m.Text.String())
	}
	if _, err := s.bot.gaps.list(ctx, s.bot.guide.Load(), caller{team: team, user: liwei}, 0); err == nil {
		t.Error("somebody of another company reads them")
	}
	s.nothingRefused()
}

func TestGapsAreDeletedAfterTheDaysOfTheSettings(t *testing.T) {
	t.Parallel()
	s, ahead := gapStage(t)
	ctx := context.Background()
	put := func(question string, day civil.Date) {
		must(s.bot.o.Store.PutMissed(ctx, store.Missed{Workspace: s.TeamID(), Question: question, Day: day, Got: store.GotNone}, jonas))
	}
	put("first", gapDay)
	put("second", gapDay.AddDays(1))
	forget := func() {
		t.Helper()
		if err := s.bot.gaps.forget(ctx); err != nil {
			t.Fatal(err)
		}
	}
	ahead(89)
	forget()
	if kept := s.keptGaps(s.TeamID()); len(kept) != 2 {
		t.Errorf("on the ninetieth day is kept %q", kept)
	}
	ahead(1)
	if m := says(s.command(mia, sourcing, "/visit-prep gaps")); strings.Contains(m, "first") || !strings.Contains(m, "second") {
		t.Errorf("what is to be deleted is shown, or more is not:\n%s", m)
	}
	forget()
	if kept := s.keptGaps(s.TeamID()); len(kept) != 1 || !strings.HasSuffix(kept[0], "second") {
		t.Errorf("a day later is kept %q", kept)
	}
	s.bot.set().KeepMissed = 0
	put("of today", civil.Of(s.bot.o.Now()))
	forget()
	if kept := s.keptGaps(s.TeamID()); len(kept) > 0 {
		t.Errorf("the settings say that nothing is kept, and kept is %q", kept)
	}
}

// The program deletes them by itself, once a day.
func TestGapsAreDeletedWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess)
		s.bot.set().KeepMissed = 90
		ctx, stop := context.WithCancel(context.Background())
		put := func(day civil.Date) {
			must(s.bot.o.Store.PutMissed(ctx, store.Missed{Workspace: s.TeamID(), Question: "zeppelin", Day: day, Got: store.GotNone}, jonas))
		}
		count := func() int {
			return len(must(s.bot.o.Store.Missed(context.Background(), s.TeamID(), civil.On(1990, 1, 1), civil.On(2090, 1, 1))))
		}
		today := civil.Of(time.Now().UTC())
		put(today.AddDays(-90))
		put(today.AddDays(-89))
		put(today)
		ended := make(chan struct{})
		go func() { defer close(ended); s.bot.Watch(ctx) }()
		time.Sleep(2 * lookEvery)
		if n := count(); n != 2 {
			t.Errorf("after the start %d are kept, want 2", n)
		}
		time.Sleep(25 * time.Hour)
		if n := count(); n != 1 {
			t.Errorf("a day later %d are kept, want 1", n)
		}
		stop()
		<-ended
	})
}

func TestGapsThatAreAlikeAreOne(t *testing.T) {
	t.Parallel()
	got := Gaps([]store.Missed{
		{Question: "Who tests the zeppelin moulds?", Got: store.GotNone, Times: 1},
		{Question: "who is testing a zeppelin mould", Got: store.GotWeak, Entry: "a", Times: 2},
		{Question: "zeppelin paint", Got: store.GotUnhelpful, Entry: "b", Times: 1},
	})
	type gap struct {
		Questions             []string
		Times                 int
		None, Weak, Unhelpful int
		Entry                 string
	}
	var list []gap
	for _, g := range got {
		list = append(list, gap{g.Questions, g.Times, g.None, g.Weak, g.Unhelpful, g.Entry})
	}
	want := []gap{
		{[]string{"who is testing a zeppelin mould", "Who tests the zeppelin moulds?"}, 3, 1, 2, 0, "a"},
		{[]string{"zeppelin paint"}, 1, 0, 0, 1, "b"},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}
