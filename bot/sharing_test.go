package bot

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/role"
	"visitprep/internal/visit"
)

// chooses picks something in a menu of the form that somebody has open, and waits for the answer.
func (s *stage) chooses(who string, v localslack.View, block, value string) localslack.View {
	s.t.Helper()
	a := s.find(v.Blocks, "", block)
	a.View, a.Value = v.ID, value
	if err := s.Act(who, a); err != nil {
		s.t.Fatalf("choose %q in %s: %v", value, block, err)
	}
	return s.redrawn(who, v)
}

func sharedOut() []visit.Item {
	return []visit.Item{
		{ID: 1, Milestone: -56, Text: "Call the agent", Owner: jonas},
		{ID: 2, Milestone: -56, Text: "Ask for the licence", Owner: mia},
		{ID: 3, Milestone: -28, Text: "Book the flights"},
		{ID: 4, Milestone: -28, Text: "Book the hotel"},
		{ID: 5, Milestone: -28, Text: "Book the driver", Owner: mia, Done: visit.Mark{By: mia, At: time.Unix(1, 0)}},
	}
}

func TestAChecklistShowsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.visitIn(sourcing, append(sharedOut(), visit.Item{ID: 6, Milestone: -7, Due: civil.Of(time.Now()).AddDays(-9), Text: "Pay the deposit"})...)
	list := s.opens(jonas, s.command(jonas, sourcing, "/visit-prep show 1"), "Open checklist")
	for _, c := range []struct {
		show string
		has  []string
		not  []string
	}{
		{"mine", []string{"Mine (1)", "Call the agent"}, []string{"Ask for the licence", "Book the flights"}},
		{"open", []string{"Call the agent", "Book the flights", "Late: was due"}, []string{"Book the driver"}},
		{"late", []string{"Late (1)", "Pay the deposit", "Late: was due"}, []string{"Call the agent"}},
		{"nobody", []string{"Book the flights", "Book the hotel", "Pay the deposit"}, []string{"Call the agent", "Book the driver"}},
		{"all", []string{"All items (14)", "Call the agent", "Book the driver"}, nil},
	} {
		list = s.chooses(jonas, list, "show", c.show)
		says := blockText(list.Blocks)
		for _, words := range c.has {
			if !strings.Contains(says, words) {
				t.Errorf("%s lacks %q:\n%s", c.show, words, says)
			}
		}
		for _, words := range c.not {
			if strings.Contains(says, words) {
				t.Errorf("%s has %q:\n%s", c.show, words, says)
			}
		}
	}

	// What one acts on stays, so that it can be undone; it goes with the next choice.
	list = s.chooses(jonas, list, "show", "mine")
	s.pressIn(jonas, list, "Done", "item-1")
	list = s.redrawn(jonas, list)
	list = s.chooses(jonas, list, "show", "open")
	s.pressIn(jonas, list, "Done", "item-3")
	list = s.redrawn(jonas, list)
	if says := blockText(list.Blocks); !strings.Contains(says, "~Book the flights~") || strings.Contains(says, "Call the agent") {
		t.Errorf("after a tick among what is open the list says\n%s", says)
	}
	s.pressIn(jonas, list, "Reopen item", "item-3")
	list = s.redrawn(jonas, list)
	s.pressIn(jonas, list, "Done", "item-4")
	list = s.redrawn(jonas, list)
	list = s.chooses(jonas, list, "show", "open")
	if says := blockText(list.Blocks); strings.Contains(says, "Book the hotel") || !strings.Contains(says, "Book the flights") {
		t.Errorf("chosen again, what is open is\n%s", says)
	}
	list = s.chooses(jonas, list, "show", "late")
	s.pressIn(jonas, list, "Done", "item-6")
	list = s.redrawn(jonas, list)
	list = s.chooses(jonas, list, "show", "late")
	if says := blockText(list.Blocks); !strings.Contains(says, "Nothing is late.") {
		t.Errorf("once nothing is late the list says\n%s", says)
	}
	s.nothingRefused()
}

func TestAMilestonesItemsAreGivenAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.visitIn(sourcing, sharedOut()...)
	list := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Open checklist")
	list = s.chooses(mia, list, "show", "nobody")
	list = s.chooses(mia, list, "give--28", liwei)
	if says := blockText(list.Blocks); !strings.Contains(says, "@Li Wei is not a colleague here") {
		t.Errorf("somebody of another company gets them:\n%s", says)
	}
	list = s.chooses(mia, list, "give--28", jonas)
	owners := func() (ids []string) {
		for _, i := range s.visit(1).Items[:6] {
			ids = append(ids, i.Owner)
		}
		return ids
	}
	if got := owners(); !slices.Equal(got, []string{jonas, mia, jonas, jonas, mia, ""}) {
		t.Errorf("they belong to %q", got)
	}
	if says := blockText(list.Blocks); !strings.Contains(says, "2 items have been given") || strings.Contains(says, "Book the flights") {
		t.Errorf("then the list of what nobody has says\n%s", says)
	}
	list = s.chooses(mia, list, "show", "all")
	if says := blockText(list.Blocks); !strings.Contains(says, "Give all") {
		t.Errorf("the other milestone's can not be given:\n%s", says)
	}
	if slices.ContainsFunc(list.Blocks, func(b json.RawMessage) bool { return strings.Contains(string(b), `"give--28"`) }) {
		t.Error("there is nothing left to give of four weeks before, and it is offered")
	}
	s.nothingRefused()
}

func TestAnItemIsEdited(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	items := sharedOut()
	items[2].Entries = []string{"quality-golden-sample"}
	s.visitIn(sourcing, items...)
	list := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Open checklist")

	edit := func(item string, fields ...string) localslack.View {
		t.Helper()
		s.pressIn(mia, list, "Edit item", item)
		v := s.modal(mia, "What needs to be done?")
		for n := 0; n < len(fields); n += 2 {
			s.enter(mia, v, fields[n], fields[n+1])
		}
		s.send(mia, v)
		return v
	}
	edit("item-3", fieldItem, "Book flights over Hong Kong", fieldDue, inDays(20), fieldPlace, "2")
	list = s.redrawn(mia, list)
	v := s.visit(1)
	got := v.Items[3]
	if got.ID != 3 || got.Text != "Book flights over Hong Kong" || got.Original != "Book the flights" || got.Due.String() != inDays(20) || !got.Sensitive || len(got.Entries) != 1 {
		t.Errorf("it is %+v", got)
	}
	day, _ := civil.Parse(inDays(20))
	if says := blockText(list.Blocks); strings.Index(says, "Book the hotel") > strings.Index(says, "Hong Kong") || !strings.Contains(says, "By "+day.Format("2 January")) {
		t.Errorf("the list says\n%s", says)
	}

	// A colleague changes other words meanwhile: what was not touched stays theirs.
	s.pressIn(mia, list, "Edit item", "item-4")
	form := s.modal(mia, "What needs to be done?")
	if _, err := s.bot.o.Store.ChangeVisit(context.Background(), s.TeamID(), 1, time.Now(), func(v *visit.Visit) error {
		_, err := v.Items.Reword(4, "Book two rooms", false)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	s.enter(mia, form, fieldDue, inDays(21))
	s.send(mia, form)
	list = s.redrawn(mia, list)
	v = s.visit(1)
	if i, _ := v.Items.Find(4); i.Text != "Book two rooms" || i.Due.String() != inDays(21) {
		t.Errorf("after two changes it is %+v", i)
	}

	form = edit("item-3", fieldItem, "Book TWO rooms", fieldDue, inDays(-3))
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldItem], "already says that") || !strings.Contains(errs[fieldDue], "already passed") {
		t.Errorf("beside the fields stands %q", errs)
	}
	done(t, s.CloseModal(mia, form.ID))

	edit("item-3", fieldItem, "Book the flights", fieldDue, "")
	list = s.redrawn(mia, list)
	edit("item-1", fieldStays, freeItem)
	s.redrawn(mia, list)
	v = s.visit(1)
	if i, _ := v.Items.Find(3); i.Text != "Book the flights" || i.Original != "" || !i.Due.IsZero() {
		t.Errorf("edited back it is %+v", i)
	}
	if i, _ := v.Items.Find(1); i.Owner != "" {
		t.Errorf("given back it is %+v", i)
	}
	s.nothingRefused()
}

func TestLinesForARoleGoToWhoHasIt(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Call the driver", Role: role.Interpreter}, visit.Item{ID: 2, Milestone: -7, Text: "Pack the gauges", Role: role.Quality})
	form := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Edit visit")
	s.enter(mia, form, fieldPeople, jonas)
	form = s.modal(mia, "Role of Jonas Weber")
	s.enter(mia, form, fieldRole+jonas, "Interpreter (Mandarin)")
	s.send(mia, form)
	s.noModal(mia)
	if items := s.visit(1).Items; items[0].Owner != jonas || items[1].Owner != "" {
		t.Errorf("they belong to %q and %q", items[0].Owner, items[1].Owner)
	}
	s.nothingRefused()
}

func TestAChecklistStaysWithinSlacksLimits(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	var items []visit.Item
	for n := range visit.MaxItems {
		items = append(items, visit.Item{ID: n + 1, Milestone: visit.Milestone(-n), Due: civil.Of(time.Now()).AddDays(n - 60), Text: strings.Repeat("宽", visit.MaxItem-4) + string(rune('a'+n%26)), Custom: true, Entries: []string{"quality-golden-sample"}})
	}
	s.visitIn(sourcing, items...)
	list := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Open checklist")
	s.nothingRefused()
	for _, show := range []string{"nobody", "late", "open", "all"} {
		list = s.chooses(mia, list, "show", show)
		if len(list.Blocks) > 100 {
			t.Errorf("%s has %d blocks", show, len(list.Blocks))
		}
	}
	s.nothingRefused()
}

func TestWhoMayReadOtherWordsIsAskedWhereSomebodyElseReads(t *testing.T) {
	t.Parallel()
	for answer, sensitive := range map[string]bool{"": true, readersEveryone: false} {
		s := newStage(t, overHTTP)
		s.visitIn(acme, sharedOut()...)
		list := s.opens(mia, s.command(mia, acme, "/visit-prep show 1"), "Open checklist")
		s.pressIn(mia, list, "Edit item", "item-3")
		v := s.modal(mia, "Who may read it?")
		s.enter(mia, v, fieldItem, "Book the train")
		if answer != "" {
			s.enter(mia, v, fieldReaders, answer)
		}
		s.send(mia, v)
		s.redrawn(mia, list)
		kept := s.visit(1)
		if i, _ := kept.Items.Find(3); i.Text != "Book the train" || i.Sensitive != sensitive {
			t.Errorf("answered %q it is %+v", answer, i)
		}
		s.nothingRefused()
	}
}

func TestHomeLeadsToWhatItDoesNotShow(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	var items []visit.Item
	for n := range homeNeeds + 4 {
		items = append(items, visit.Item{ID: n + 1, Milestone: -7, Owner: mia, Text: "Own " + strconv.Itoa(n+1)})
	}
	items[0].Due = civil.Of(time.Now()).AddDays(-9)
	items = append(items, visit.Item{ID: homeNeeds + 5, Milestone: -7, Text: "Find a driver"}, visit.Item{ID: homeNeeds + 6, Milestone: -7, Text: "Find a lab"})
	s.visitIn(sourcing, items...)
	press := func(who, label string) localslack.View {
		t.Helper()
		done(t, s.OpenHome(who))
		s.bot.Wait()
		home, _ := s.Home(who)
		a := s.find(home.Blocks, label, "")
		a.Home = true
		done(t, s.Act(who, a))
		return s.modal(who, "All items (")
	}
	done(t, s.OpenHome(mia))
	s.bot.Wait()
	home, _ := s.Home(mia)
	late := civil.Of(time.Now()).AddDays(-9)
	for _, words := range []string{"What needs you (11)", "What is late (1)", "Late: was due " + late.Format("2 January"), "And 3 more", "Nobody has taken yet", "Visit 1, " + visited + ": 2 items"} {
		if !strings.Contains(blockText(home.Blocks), words) {
			t.Errorf("Home lacks %q:\n%s", words, blockText(home.Blocks))
		}
	}
	list := press(mia, "Visit 1: 3 more of mine")
	if says := blockText(list.Blocks); !strings.Contains(says, "Own 12") || strings.Contains(says, "Find a driver") {
		t.Errorf("her items are\n%s", says)
	}
	done(t, s.CloseModal(mia, list.ID))
	list = press(mia, "Share out items")
	if says := blockText(list.Blocks); !strings.Contains(says, "Find a driver") || strings.Contains(says, "Own 1\n") {
		t.Errorf("what nobody has taken is\n%s", says)
	}
	done(t, s.OpenHome(jonas))
	s.bot.Wait()
	if home, _ = s.Home(jonas); strings.Contains(blockText(home.Blocks), "Nobody has taken") {
		t.Errorf("whoever did not plan is asked to share out:\n%s", blockText(home.Blocks))
	}
	s.nothingRefused()
}

func TestAReminderGoesByOwnDays(t *testing.T) {
	t.Parallel()
	for milestone, c := range map[visit.Milestone]struct{ has, not []string }{
		-10: {[]string{"Call the agent", "<@" + jonas + ">"}, []string{"Book the hotel"}}, // its own day
		-14: {[]string{"Book the hotel"}, []string{"Call the agent", "<@" + jonas + ">"}}, // that of its milestone
	} {
		s := newStage(t, overHTTP)
		s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -14, Text: "Call the agent", Owner: jonas, Due: dayAhead(50)}, visit.Item{ID: 2, Milestone: -14, Text: "Book the hotel", Owner: mia})
		got := says(s.reminded(s.remindOf("visit/1", visit.Remind, milestone), sourcing))
		for _, words := range c.has {
			if !strings.Contains(got, words) {
				t.Errorf("%d days before it lacks %q:\n%s", -milestone, words, got)
			}
		}
		for _, words := range c.not {
			if strings.Contains(got, words) {
				t.Errorf("%d days before it has %q:\n%s", -milestone, words, got)
			}
		}
		s.nothingRefused()
	}
}

func TestWhatDoesNotApplyIsNoTickUnderAReminder(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -14, Text: "Call the agent"}, visit.Item{ID: 2, Milestone: -14, Text: "Book the hotel"}, visit.Item{ID: 3, Milestone: -14, Text: "Book the train"})
	m := s.reminded(s.remindOf("visit/1", visit.Remind, -14), sourcing)
	if _, err := s.bot.o.Store.ChangeVisit(context.Background(), s.TeamID(), 1, time.Now(), func(v *visit.Visit) error {
		_, err := v.Items.Skip(2, "They live there", jonas, time.Now())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	s.press(jonas, m, "Done")
	s.until("the reminder counts", func() bool { return strings.Contains(says(s.card(sourcing, m.TS)), "1 of 2 done, 1 does not apply") })
	s.nothingRefused()
}

func TestWhoPlannedIsAskedToShareOut(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.visitIn(sourcing, sharedOut()...)
	m := s.reminded(s.digestOf(mia, 4), s.direct(mia))
	if got := says(m); !strings.Contains(got, "Visit 1, "+visited+": 11 items have no owner.") {
		t.Errorf("her message says\n%s", got)
	}
	s.press(mia, m, "Share out items")
	list := s.modal(mia, "Nobody's (11)")
	if got := blockText(list.Blocks); !strings.Contains(got, "Book the flights") || strings.Contains(got, "Call the agent") {
		t.Errorf("it opens\n%s", got)
	}
	s.nothingRefused()
}
