package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// The first minutes: what somebody meets who has never used the app.

// subscriptions are those to tips, by where they go.
func (s *stage) subscriptions() map[visit.Subject]visit.Schedule {
	s.t.Helper()
	all := map[visit.Subject]visit.Schedule{}
	for _, sc := range must(s.bot.o.Store.Schedules(context.Background(), s.TeamID(), visit.RecurTip)) {
		all[sc.Subject] = sc
	}
	return all
}

func TestASubscriptionAsksForTheChannelsDoor(t *testing.T) {
	s := newStage(t, overHTTP)
	m := s.command(mia, general, "/etiquette subscribe weekly")
	expect(t, m, "not in <#"+general+"> yet")
	if n := len(s.subscriptions()); n != 0 {
		t.Fatalf("%d subscriptions where nothing can be posted", n)
	}
	got := s.reads(mia, func() { s.press(mia, m, "Try again") })
	if got != "" && !strings.Contains(got, "not in <#"+general+"> yet") {
		t.Errorf("still outside she reads\n%s", got)
	}
	if err := s.Invite(mia, general); err != nil {
		t.Fatal(err)
	}
	s.press(mia, m, "Try again")
	s.until("the tips are promised", func() bool { return s.has(mia, general, "I'll post a tip here weekly") })
	if sc := s.subscriptions()[visit.SubjectOf(visit.OfChannel, general)]; !strings.HasSuffix(sc.Rule, "* * 1") {
		t.Errorf("the rule is %q, want Mondays", sc.Rule)
	}
	s.nothingRefused()
}

func TestTipsAreChosenByButtons(t *testing.T) {
	s := newStage(t, overHTTP)
	for _, place := range []struct {
		channel string
		subject visit.Subject
	}{{sourcing, visit.SubjectOf(visit.OfChannel, sourcing)}, {s.direct(mia), visit.SubjectOf(visit.OfPerson, mia)}} {
		expect(t, s.command(mia, place.channel, "/etiquette subscribe"), "How often should tips")
		expect(t, s.command(mia, place.channel, "/etiquette subscribe monthly"), "Tips come daily or weekly.", "How often should tips")
		for _, c := range []struct{ label, rule string }{{"Daily tips", "1-5"}, {"Weekly tips", "* 1"}, {"Stop tips", ""}} {
			s.press(mia, s.last(mia, place.channel), c.label)
			s.bot.Wait()
			sc, ok := s.subscriptions()[place.subject]
			if ok != (c.rule != "") || !strings.HasSuffix(sc.Rule, c.rule) {
				t.Errorf("in %s after %q the rule is %q, %v", place.channel, c.label, sc.Rule, ok)
			}
		}
	}
	s.nothingRefused()
}

// Tips on the manners of one side are awkward where the other side reads them.
func TestASubscriptionAsksWhereOthersReadAlong(t *testing.T) {
	s := newStage(t, overHTTP)
	m := s.command(mia, acme, "/etiquette subscribe daily")
	expect(t, m, "They would see these tips")
	if n := len(s.subscriptions()); n != 0 {
		t.Fatalf("%d subscriptions before she agreed", n)
	}
	s.press(mia, m, "Post tips here anyway")
	s.bot.Wait()
	if n := len(s.subscriptions()); n != 1 {
		t.Errorf("%d subscriptions after she agreed", n)
	}
}

func TestAPersonsOwnTipIsStoppedFromTheirDailyMessage(t *testing.T) {
	s := newStage(t, overHTTP)
	s.command(mia, s.direct(mia), "/etiquette subscribe daily")
	day := dayAhead(3)
	ask := visit.Ask{Workspace: s.TeamID(), Person: mia, Kind: visit.AskTip, Subject: visit.SubjectOf(visit.OfPerson, mia), Day: day, Made: time.Now()}
	if err := s.bot.o.Store.Ask(context.Background(), ask, "Europe/Berlin"); err != nil {
		t.Fatal(err)
	}
	m := s.dailyOn(mia, 3)
	expect(t, m, "Your tip")
	s.press(mia, m, "Stop tips")
	s.bot.Wait()
	if n := len(s.subscriptions()); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
	expect(t, s.now(m), "Your tip") // the message stays
}

// Whoever asked for tips hears that they cannot come, and not every day.
func TestWhoSubscribedIsToldThatTipsCannotCome(t *testing.T) {
	s := newStage(t, overHTTP)
	ctx := context.Background()
	s.command(jonas, sourcing, "/etiquette subscribe daily")
	if err := s.RemoveApp(sourcing); err != nil {
		t.Fatal(err)
	}
	lost := visit.Occurrence{Workspace: s.TeamID(), Key: "tip/1", Kind: visit.Tip, Subject: visit.SubjectOf(visit.OfChannel, sourcing), To: sourcing, Zone: "Europe/Berlin", Day: dayAhead(0)}
	s.gaveUp(lost, visit.Dead, "not_in_channel", 0)
	lost = must(s.bot.o.Store.Occurrence(ctx, s.TeamID(), lost.Key))
	if who, err := s.bot.reminders.Tell(ctx, lost, nil); who != jonas || err != nil {
		t.Fatalf("%q is told, %v", who, err)
	}
	n := visit.Occurrence{Workspace: s.TeamID(), Key: "notice/1", Kind: visit.Notice, Subject: lost.Subject, Payload: lost.Key, To: jonas, Zone: "America/Chicago", Day: dayAhead(0), Due: time.Now(), AnyHour: true, State: visit.Pending}
	if err := s.bot.o.Store.AddOccurrence(ctx, n); err != nil {
		t.Fatal(err)
	}
	if who, err := s.bot.reminders.Tell(ctx, lost, nil); who != "" || err != nil {
		t.Errorf("%q is told again, %v", who, err)
	}
	m := s.reminded(n, s.direct(jonas))
	expect(t, m, "the tips for #", "/invite @visitprep")
	s.press(jonas, m, "Stop tips")
	s.bot.Wait()
	if n := len(s.subscriptions()); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
}

func TestAnUnhelpfulAnswerOffersTheNextBest(t *testing.T) {
	s, _ := gapStage(t)
	m := s.command(jonas, sourcing, "/visit-prep what gift should I not bring")
	read := s.reads(jonas, func() { s.press(jonas, m, "Not helpful") })
	if !strings.Contains(read, "Thank you") || !strings.Contains(read, "This may come closer") {
		t.Fatalf("he reads\n%s", read)
	}
	v := s.opens(jonas, s.last(jonas, sourcing), "Say what was missing")
	s.enter(jonas, v, "missing", "how early to be at the gate, ask Mr Zhang, 0574 5550 0188")
	s.send(jonas, v)
	kept := strings.Join(s.keptGaps(s.TeamID()), "\n")
	if !strings.Contains(kept, "remark") || !strings.Contains(kept, "how early to be at the gate") || strings.Contains(kept, "0188") || strings.Contains(kept, "Zhang") {
		t.Errorf("kept is\n%s", kept)
	}
}

// What somebody says was missing is not kept where a question would not be.
func TestWhatWasMissingIsKeptOnlyWhereQuestionsAre(t *testing.T) {
	s, _ := gapStage(t)
	m := s.command(jonas, sourcing, "/visit-prep what gift should I not bring")
	s.press(jonas, m, "Not helpful")
	s.until("he is thanked", func() bool { return s.has(jonas, sourcing, "Thank you") })
	v := s.opens(jonas, s.last(jonas, sourcing), "Say what was missing")
	s.enter(jonas, v, "missing", "how much bribe do they expect")
	s.send(jonas, v)
	if kept := strings.Join(s.keptGaps(s.TeamID()), "\n"); strings.Contains(kept, "bribe") {
		t.Errorf("kept is\n%s", kept)
	}
	s.bot.set().KeepMissed = 0
	read := s.reads(jonas, func() {
		s.press(jonas, s.command(jonas, sourcing, "/visit-prep is a clock a good gift"), "Not helpful")
	})
	if !strings.Contains(read, "Thank you") || strings.Contains(read, "Say what was missing") {
		t.Errorf("where nothing is kept he reads\n%s", read)
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	s := newStage(t, overHTTP)
	help := says(s.command(mia, sourcing, "/visit-prep help"))
	for _, c := range s.bot.commands {
		for _, row := range c.rows {
			if row.help != "" && !strings.Contains(help, strings.TrimSpace(c.name+" "+row.usage)) {
				t.Errorf("the help does not name %s %s", c.name, row.usage)
			}
		}
	}
	s.nothingRefused()
}

func TestNoMessageIsNamedByTheKeysOfOurTables(t *testing.T) {
	s := newStage(t, overHTTP)
	v, i, p := s.visitIn(sourcing), s.inspectionIn(sourcing), s.planIn(sourcing)
	for want, o := range map[string]visit.Occurrence{
		v.Title(s.bot.english.Printer):     {Subject: v.Subject(), Kind: visit.Card, To: sourcing},
		i.Title(s.bot.english.Printer):     {Subject: i.Subject(), Kind: visit.Remind, To: sourcing},
		p.Factory.Name:                     {Subject: p.Subject(), Kind: visit.Notice, To: mia},
		"visit 77":                         {Subject: visit.SubjectOf(visit.OfVisit, 77), Kind: visit.Remind, To: sourcing},
		"inspection 77":                    {Subject: visit.SubjectOf(visit.OfInspection, 77), Kind: visit.Escalation, To: sourcing},
		"plan 77":                          {Subject: visit.SubjectOf(visit.OfPlan, 77), Kind: visit.Notice, To: mia},
		"your daily message":               {Subject: visit.SubjectOf(visit.OfPerson, mia), Kind: visit.Notice, To: mia},
		"your channel":                     {Subject: visit.SubjectOf(visit.OfChannel, sourcing), Kind: visit.Notice, To: mia},
		"a tip on manners and culture":     {Subject: visit.SubjectOf(visit.OfChannel, sourcing), Kind: visit.Tip, To: sourcing},
		"a change of your channel or team": {Subject: visit.SubjectOf(visit.OfChannel, sourcing), Kind: visit.News, To: mia},
	} {
		o.Workspace = s.TeamID()
		if got := s.bot.reminders.about(context.Background(), english, &o); !strings.Contains(got, want) || strings.Contains(got, "/") {
			t.Errorf("%s of %s is called %q, want %q", o.Kind, o.Subject, got, want)
		}
	}
}

func TestHomeBeginsWithThreeButtons(t *testing.T) {
	s := newStage(t, overHTTP)
	home := func(who string) localslack.View {
		if err := s.OpenHome(who); err != nil {
			t.Fatal(err)
		}
		s.bot.Wait()
		v, _ := s.Home(who)
		return v
	}
	has := func(v localslack.View, words ...string) {
		t.Helper()
		for _, w := range words {
			if !strings.Contains(blockText(v.Blocks), w) {
				t.Errorf("Home does not say %q:\n%s", w, blockText(v.Blocks))
			}
		}
	}
	first := home(mia)
	has(first, "Nothing is planned in your channels yet", "Plan a visit", "Show example visit", "Schedule inspection")
	if strings.Contains(blockText(first.Blocks), "What needs you") {
		t.Errorf("an empty list is shown:\n%s", blockText(first.Blocks))
	}
	s.visitIn(sourcing)
	has(home(mia), "Next visits", "Settings")
}

// The example is for whoever asks and for nobody else, and nothing comes of it.
func TestTheExampleVisitIsNotSaved(t *testing.T) {
	s := newStage(t, overHTTP)
	if err := s.OpenHome(mia); err != nil {
		t.Fatal(err)
	}
	s.bot.Wait()
	before := s.state()
	read := s.reads(mia, func() { s.clicks(mia, actExample, "") })
	for _, want := range []string{"Example: a first visit", "Nothing is planned or saved", "Ningbo", "Its checklist has", "Plan a visit"} {
		if !strings.Contains(read, want) {
			t.Errorf("the example does not say %q:\n%s", want, read)
		}
	}
	if strings.Contains(read, "Visit 0") || strings.Contains(read, "Cancel visit") {
		t.Errorf("the example offers what acts on a visit:\n%s", read)
	}
	if after := s.state(); after != before {
		t.Errorf("something was saved:\n%s", after)
	}
	s.nothingRefused()
}
