package bot

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// What these tests hold: who is touched by a change hears of it within a minute, once, and
// nobody else does, nor whoever made it.

// A tellingOf is a message about a change that went out.
type tellingOf struct {
	to        string
	says      string
	broadcast bool
	threaded  bool
	files     []localslack.File
	message   localslack.Message
}

func (m tellingOf) String() string { return m.to + ": " + m.says }

// changesWait are the messages about changes that wait.
func (s *stage) changesWait() []visit.Occurrence {
	s.t.Helper()
	return must(s.bot.o.Store.Occurrences(context.Background(), s.TeamID(), store.OccurrenceFilter{States: []visit.State{visit.Pending}, Kinds: []visit.Kind{visit.Changed, visit.NewFile}}))
}

// tellings sends all that waits about changes, as the scheduler does a minute later.
func (s *stage) tellings() (all []tellingOf) {
	s.t.Helper()
	s.settled()
	s.bot.Wait()
	for range 3 {
		for _, o := range s.changesWait() {
			channel := o.To
			if visit.IsPerson(channel) {
				channel = must(s.bot.directory.direct(context.Background(), s.TeamID(), o.To))
			}
			before := len(s.Messages("", channel))
			d, sent := s.bot.reminders.Post(context.Background(), o), o
			switch d.Outcome {
			case visit.Delivered:
				sent.State, sent.TS = visit.Sent, d.TS
			case visit.NothingSaid:
				sent.State = visit.Cancelled
			default:
				s.t.Fatalf("telling %s: %+v", o.To, d)
			}
			must(s.bot.o.Store.Settle(context.Background(), o, sent))
			for _, m := range s.Messages("", channel)[before:] {
				all = append(all, tellingOf{o.To, says(m), m.Broadcast, m.ThreadTS != "", m.Files, m})
			}
		}
	}
	return all
}

// to is what one reader is told, with nothing else.
func to(all []tellingOf, reader string) (one tellingOf) {
	for _, m := range all {
		if m.to == reader && len(m.files) == 0 {
			one.says += m.says
			one.broadcast, one.threaded, one.message = m.broadcast, m.threaded, m.message
		}
	}
	return one
}

func contains(t *testing.T, what, got string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(got, w) {
			t.Errorf("%s: %q is missing in\n%s", what, w, got)
		}
	}
}

func lacks(t *testing.T, what, got string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(got, w) {
			t.Errorf("%s: %q stands in\n%s", what, w, got)
		}
	}
}

// moved moves a visit by some days, by somebody.
func (s *stage) movedBy(who string, v visit.Visit, days int) {
	s.t.Helper()
	must(s.bot.o.Store.By(who).ChangeVisit(context.Background(), s.TeamID(), v.Number, s.bot.o.Now(), func(v *visit.Visit) error {
		v.First, v.Last = v.First.AddDays(days), v.Last.AddDays(days)
		return nil
	}))
}

func TestMovedDaysAreToldToTheChannelAndDirectly(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Book the interpreter", Owner: jonas}, visit.Item{ID: 2, Milestone: -7, Text: "Mia's own", Owner: mia})
	s.show(v.Subject())
	s.movedBy(mia, v, 7)
	all := s.tellings()
	card := to(all, sourcing)
	contains(t, "in the thread", card.says, "Visit 1, Ningbo", "Mia Chen moved it from", "<@U0JONASWEB1>: please look at what you have booked")
	lacks(t, "in the thread", card.says, "<@U0MIACHEN01>")
	if !card.broadcast || !card.threaded {
		t.Errorf("a change of days is read by the whole channel, under the card: broadcast %t, in a thread %t", card.broadcast, card.threaded)
	}
	direct := to(all, jonas)
	contains(t, "to the owner of an item", direct.says, "Mia Chen moved it from", "What you have to do for it:", "Book the interpreter, by ", "Done")
	lacks(t, "to the owner of an item", direct.says, "Mia's own")
	if len(all) != 2 {
		t.Errorf("%d messages, want one in the thread and one to who has an item: %v", len(all), all)
	}
	if again := s.tellings(); len(again) > 0 {
		t.Errorf("it is told again: %v", again)
	}
	s.nothingRefused()
}

func TestSeveralChangesInAMinuteAreOneAndWhatChangedBackIsNone(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Book the interpreter"})
	s.show(v.Subject())
	s.movedBy(mia, v, 7)
	s.movedBy(mia, v, 7)
	give := func(owner string) func(*visit.Visit) error {
		return func(v *visit.Visit) error { _, err := v.Items.Assign(1, owner); return err }
	}
	must(s.bot.o.Store.By(mia).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), give(jonas)))
	all := s.tellings()
	if len(all) != 1 {
		t.Errorf("three changes in a minute are %v", all)
	}
	contains(t, "in the thread", to(all, sourcing).says, "Mia Chen moved it from "+days(v, 0)+" to "+days(v, 14)+".")
	contains(t, "in the thread", to(all, sourcing).says, "Mia Chen gave <@U0JONASWEB1> an item: Book the interpreter, by ")

	s.movedBy(mia, v, 7)
	must(s.bot.o.Store.By(mia).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), give("")))
	must(s.bot.o.Store.By(mia).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), give(jonas)))
	s.movedBy(mia, v, -7)
	if back := s.tellings(); len(back) > 0 {
		t.Errorf("what has changed back is told: %v", back)
	}
	s.movedBy(mia, v, 7)
	s.movedBy(jonas, v, -7)
	all = s.tellings()
	contains(t, "to whose change was taken back", to(all, mia).says, "Jonas Weber moved it from "+days(v, 21)+" to "+days(v, 14)+".")
	if len(all) != 1 {
		t.Errorf("what a colleague has changed back is told to others: %v", all)
	}
}

// While a message is on its way somebody changes the same once more: each change is told
// once, and a message that is sent again says what it said.
func TestEachChangeIsToldOnceWhateverHappensOnTheWay(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	s.show(v.Subject())
	s.movedBy(mia, v, 7)
	var first visit.Occurrence
	for _, o := range s.changesWait() {
		if o.To == sourcing {
			first = o
		}
	}
	taken := first
	taken.State, taken.Posted = visit.Uncertain, time.Now()
	must(s.bot.o.Store.Settle(t.Context(), first, taken))
	s.movedBy(mia, v, 1)
	said := says(s.reminded(taken, sourcing))
	contains(t, "the first", said, days(v, 0)+" to "+days(v, 7))
	second := to(s.tellings(), sourcing).says
	contains(t, "the second", second, days(v, 7)+" to "+days(v, 8))
	lacks(t, "the second", second, days(v, 0))
}

// Who changes something while they are being told of something else is not told of their own
// change as that of somebody else.
func TestWhatSomebodyChangesOnTheWayIsNotToldThemAsAColleaguesChange(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Book the interpreter", Owner: jonas})
	s.show(v.Subject())
	change := func(do func(*visit.Visit)) {
		t.Helper()
		must(s.bot.o.Store.By(mia).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { do(v); return nil }))
	}
	change(func(v *visit.Visit) { v.Cancelled = visit.Mark{By: mia, At: time.Now()} })
	s.tellings()
	change(func(v *visit.Visit) { v.Restore() })
	for _, o := range s.changesWait() {
		taken := o
		taken.State, taken.Posted = visit.Uncertain, time.Now()
		must(s.bot.o.Store.Settle(t.Context(), o, taken))
		if o.To != jonas {
			continue
		}
		s.movedBy(jonas, v, 7)
		said := says(s.reminded(taken, must(s.bot.directory.direct(t.Context(), s.TeamID(), jonas))))
		contains(t, "to who moved it", said, "Mia Chen restored it: it takes place on")
		lacks(t, "to who moved it", said, "moved it")
	}
}

// days are the days of a visit, moved, as a message has them.
func days(v visit.Visit, by int) string {
	return daySpan(english, v.First.AddDays(by), v.Last.AddDays(by))
}

func TestWhatIsGivenIsToldInTheThreadAlone(t *testing.T) {
	for _, c := range []struct {
		name, channel string
		sensitive     bool
		says          string
	}{
		{"an item", sourcing, false, "Mia Chen gave <@U0JONASWEB1> an item: Book the interpreter, by "},
		{"one that is only for colleagues", sourcing, true, "Mia Chen gave <@U0JONASWEB1> an item: Book the interpreter, by "},
		{"where another company reads", acme, false, "Mia Chen gave <@U0JONASWEB1> an item: Book the interpreter, by "},
		{"one that another company must not read", acme, true, ""},
	} {
		s := newStage(t, overHTTP)
		v := s.visitIn(c.channel, visit.Item{ID: 1, Milestone: -7, Text: "Book the interpreter", Sensitive: c.sensitive})
		s.show(v.Subject())
		must(s.bot.o.Store.By(mia).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { _, err := v.Items.Assign(1, jonas); return err }))
		all := s.tellings()
		got := to(all, c.channel)
		switch {
		case c.says == "" && len(all) > 0:
			t.Errorf("%s is told: %v", c.name, all)
		case c.says != "" && (!strings.Contains(got.says, c.says) || got.broadcast || !got.threaded || len(all) != 1):
			t.Errorf("%s is told as %v", c.name, all)
		}
		must(s.bot.o.Store.By(jonas).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { _, err := v.Items.Assign(2, jonas); return err }))
		if own := s.tellings(); len(own) > 0 {
			t.Errorf("%s: what somebody takes themselves is told: %+v", c.name, own)
		}
	}
}

func TestWhoIsAddedIsNamedAndWhoIsTakenOffIsWrittenTo(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	s.show(v.Subject())
	people := func(ps ...visit.Person) {
		t.Helper()
		must(s.bot.o.Store.By(mia).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { v.People = ps; return nil }))
	}
	people(visit.Person{User: jonas}, visit.Person{User: mia})
	all := s.tellings()
	contains(t, "who is added", to(all, sourcing).says, "Mia Chen added <@U0JONASWEB1>: they take part from now on.")
	if len(all) != 1 || to(all, sourcing).broadcast {
		t.Errorf("who is added is told as %v", all)
	}
	people(visit.Person{User: mia})
	all = s.tellings()
	contains(t, "who is taken off", to(all, sourcing).says, "Mia Chen took <@U0JONASWEB1> off it.")
	contains(t, "who is taken off, directly", to(all, jonas).says, "Mia Chen took you off it: you no longer take part.")
	if len(all) != 2 {
		t.Errorf("who is taken off is told as %v", all)
	}
}

func TestACancelledVisitIsToldAndTakenOutOfCalendars(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Book the interpreter", Owner: jonas})
	s.show(v.Subject())
	card := func() localslack.Message {
		t.Helper()
		a := must(s.bot.o.Store.Visit(t.Context(), s.TeamID(), v.Number))
		for _, m := range s.Messages(jonas, sourcing) {
			if m.TS == a.Card {
				return m
			}
		}
		t.Fatal("there is no card")
		return localslack.Message{}
	}
	file := func(all []tellingOf, reader string) string {
		var got string
		for _, m := range all {
			for _, f := range m.files {
				if m.to == reader {
					got += string(f.Content)
				}
			}
		}
		return got
	}
	s.press(jonas, card(), "Calendar file")
	s.settled()
	s.press(mia, card(), "Cancel visit")
	all := s.tellings()
	contains(t, "in the channel", to(all, sourcing).says, "Mia Chen cancelled it. It was to be on", "<@U0JONASWEB1>: please cancel what you have booked.")
	if !to(all, sourcing).broadcast {
		t.Error("that it is cancelled is not read by the whole channel")
	}
	contains(t, "directly", to(all, jonas).says, "Mia Chen cancelled it.")
	lacks(t, "directly", to(all, jonas).says, "Book the interpreter")
	contains(t, "the file", file(all, jonas), "METHOD:CANCEL", "STATUS:CANCELLED")
	if got := file(all, mia); got != "" {
		t.Errorf("who had no file gets one:\n%s", got)
	}
	s.settled()
	s.press(mia, card(), "Restore visit")
	all = s.tellings()
	contains(t, "in the channel", to(all, sourcing).says, "Mia Chen restored it: it takes place on")
	contains(t, "the file", file(all, jonas), "METHOD:PUBLISH", "STATUS:CONFIRMED")
	contains(t, "directly", to(all, jonas).says, "Book the interpreter")

	s.movedBy(mia, v, 7)
	s.movedBy(mia, v, -7)
	if back := s.tellings(); len(back) > 0 {
		t.Errorf("what has changed back is told: %v", back)
	}
	s.movedBy(jonas, v, 7)
	contains(t, "the file of whoever moved it", file(s.tellings(), jonas), "METHOD:PUBLISH")
	s.nothingRefused()
}

// What was moved and then taken off is told in one message, which names the days that its card had last.
func TestWhatIsTakenOffIsToldWithTheDaysThatItStoodAt(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	s.show(v.Subject())
	cancel := func(v *visit.Visit) error { v.Cancelled = visit.Mark{By: mia, At: time.Now()}; return nil }
	s.movedBy(mia, v, 7)
	must(s.bot.o.Store.By(mia).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), cancel))
	all := s.tellings()
	contains(t, "moved and cancelled in a minute", to(all, sourcing).says, "Mia Chen cancelled it. It was to be on "+days(v, 7)+";")
	lacks(t, "moved and cancelled in a minute", to(all, sourcing).says, days(v, 0))
	must(s.bot.o.Store.By(mia).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { v.Restore(); return nil }))
	contains(t, "restored", to(s.tellings(), sourcing).says, "it takes place on "+days(v, 7))
	s.movedBy(mia, v, 7)
	s.tellings()
	must(s.bot.o.Store.By(mia).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), cancel))
	contains(t, "cancelled after the move was told", to(s.tellings(), sourcing).says, "It was to be on "+days(v, 14)+";")

	for r, want := range map[visit.Result]string{
		visit.Skipped: "Mia Chen skipped it: it does not take place on %.", visit.CouldNot: "Mia Chen reports that it could not be done on %.", visit.Withdrawn: "It does not take place on % any more",
	} {
		i := s.inspectionIn(sourcing)
		s.show(i.Subject())
		for _, change := range []func(*visit.Inspection){
			func(i *visit.Inspection) { i.Due = i.Due.AddDays(7) },
			func(i *visit.Inspection) {
				i.Result, i.Note, i.Reported = r, "no goods", visit.Mark{By: mia, At: time.Now()}
			},
		} {
			must(s.bot.o.Store.By(mia).ChangeInspection(t.Context(), s.TeamID(), i.Number, time.Now(), func(i *visit.Inspection) error { change(i); return nil }))
		}
		day := i.Due.AddDays(7)
		contains(t, string(r), to(s.tellings(), sourcing).says, strings.Replace(want, "%", daySpan(english, day, day), 1))
	}
	s.nothingRefused()
}

func TestNobodyIsToldOfAVisitThatTheyMayNotSee(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Book the interpreter", Owner: jonas})
	s.show(v.Subject())
	must(true, s.bot.o.Store.NoteFile(t.Context(), &v, jonas))
	done(t, s.Leave(jonas, sourcing))
	s.settled()
	s.movedBy(mia, v, 7)
	for _, m := range s.tellings() {
		if m.to == jonas {
			t.Errorf("who is not in the channel is told %q", m.says)
		}
	}
}

func TestAFailedInspectionSaysWhatComesNext(t *testing.T) {
	s := newStage(t, overHTTP)
	i := s.inspectionIn(sourcing, visit.Item{ID: 1, Milestone: 1, Text: "Read the whole report", Sensitive: true}, visit.Item{ID: 2, Milestone: 7, Text: "Ask for the cause", Owner: mia})
	s.show(i.Subject())
	must(s.bot.o.Store.By(jonas).ChangeInspection(t.Context(), s.TeamID(), i.Number, time.Now(), func(i *visit.Inspection) error {
		i.Order, i.Inspector = "4512", jonas
		_, err := i.Report(visit.Failed, "3 major defects", jonas, time.Now())
		return err
	}))
	all := s.tellings()
	got := to(all, sourcing)
	contains(t, "in the channel", got.says, "Inspection 1, ", "It failed, reports Jonas Weber. The note: 3 major defects", "What comes next:", "Read the whole report, by ", "Ask for the cause, by ", "Plan re-inspection", "Open checklist")
	if !got.broadcast || !got.threaded {
		t.Errorf("that it failed is read by the whole channel, under the card: %v", got)
	}
	direct := to(all, mia)
	contains(t, "to who planned it", direct.says, "It failed, reports Jonas Weber.", "Plan re-inspection")
	if len(all) != 2 {
		t.Errorf("%d messages: %v", len(all), all)
	}

	var next []string
	for _, o := range s.pending(i.Subject()) {
		if o.Kind == visit.Remind {
			next = append(next, says(s.reminded(o, sourcing)))
		}
	}
	if len(next) != 2 {
		t.Fatalf("what follows is reminded of %d times, want on 2 days: %q", len(next), next)
	}
	contains(t, "what follows", next[0], "what follows from the result", "Read the whole report")
	contains(t, "what follows", next[1], "Ask for the cause")
	lacks(t, "what follows", next[0]+next[1], "Tell the factory", "Report result")

	s.press(mia, direct.message, "Plan re-inspection")
	s.until("the form is open", func() bool {
		return len(s.Modals(mia)) > 0 && strings.Contains(blockText(s.Modals(mia)[0].Blocks), "Type of inspection")
	})
	form := s.Modals(mia)[0]
	raw := ""
	for _, b := range form.Blocks {
		raw += string(b)
	}
	contains(t, "the form", raw, `"4512"`, jonas, sourcing, `"initial_date"`)
	s.nothingRefused()
}

func TestAResultThatIsPendingAndWhatCouldNotBeDone(t *testing.T) {
	for r, want := range map[visit.Result]string{
		visit.Undecided: "It was done, and its result is pending, reports Jonas Weber. The note: the goods were wet",
		visit.CouldNot:  "Jonas Weber reports that it could not be done on ",
	} {
		s := newStage(t, overHTTP)
		i := s.inspectionIn(sourcing)
		s.show(i.Subject())
		must(s.bot.o.Store.By(jonas).ChangeInspection(t.Context(), s.TeamID(), i.Number, time.Now(), func(i *visit.Inspection) error {
			_, err := i.Report(r, "the goods were wet", jonas, time.Now())
			return err
		}))
		got := to(s.tellings(), sourcing)
		contains(t, string(r), got.says, want, "the goods were wet")
		lacks(t, string(r), got.says, "took its result back", "skipped")
		if got.broadcast != (r == visit.CouldNot) {
			t.Errorf("%s: read by the whole channel: %v", r, got.broadcast)
		}
		s.nothingRefused()
	}
}

func TestReinspectionIsForThoseWhoMaySeeIt(t *testing.T) {
	s := newStage(t, overHTTP)
	i := s.inspectionIn(sourcing)
	must(s.bot.o.Store.By(jonas).ChangeInspection(t.Context(), s.TeamID(), i.Number, time.Now(), func(i *visit.Inspection) error {
		i.Order = "4512"
		_, err := i.Report(visit.Failed, "", jonas, time.Now())
		return err
	}))
	direct := to(s.tellings(), mia)
	done(t, s.Leave(mia, sourcing))
	s.settled()
	s.bot.directory.forget("")
	s.press(mia, direct.message, "Plan re-inspection")
	s.until("there is an answer", func() bool {
		return len(s.Modals(mia)) > 0 && !strings.Contains(blockText(s.Modals(mia)[0].Blocks), "One moment")
	})
	for _, b := range s.Modals(mia)[0].Blocks {
		lacks(t, "who is not in the channel", string(b), "4512", "Type of inspection")
	}
}

// Who reports a result reads that it is kept, and their own copy of the card shows it.
func TestWhoReportsAResultSeesIt(t *testing.T) {
	s := newStage(t, overHTTP)
	i := s.inspectionIn(sourcing, visit.Item{ID: 1, Milestone: 7, Text: "Ask for the cause"})
	s.changeInspection(i, func(i *visit.Inspection) { i.Due = dayAhead(0) })
	s.show(i.Subject())
	copy := s.command(mia, sourcing, "/inspection show 1")
	s.press(mia, copy, "Report result")
	form := s.modal(mia, "Result")
	s.enter(mia, form, fieldResult, string(visit.Failed))
	done(t, s.Submit(mia, form.ID))
	s.until("the page says that it is kept", func() bool {
		return len(s.Modals(mia)) > 0 && strings.Contains(blockText(s.Modals(mia)[0].Blocks), "Inspection 1, "+inspected+": failed.")
	})
	contains(t, "the page", blockText(s.Modals(mia)[0].Blocks), "Plan re-inspection", "Open checklist")
	s.until("the copy shows the result", func() bool {
		for _, m := range s.Messages(mia, sourcing) {
			if m.TS == copy.TS {
				return strings.Contains(says(m), "Result: failed")
			}
		}
		return false
	})
	s.nothingRefused()
}

// unnamed is a change for which nobody is named, so that nobody would be told of it.
var unnamed = regexp.MustCompile(`o\.Store\.Change(Visit|Inspection|Appointment)\(|(changeItems|\.report)\(ctx, [a-z]+\.o\.Store,`)

func TestWhoChangesSomethingIsNamed(t *testing.T) {
	for _, name := range must(filepath.Glob("*.go")) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for n, line := range strings.Split(string(must(os.ReadFile(name))), "\n") {
			if unnamed.MatchString(line) {
				t.Errorf("%s:%d: name who changes it, with Store.By: %s", name, n+1, strings.TrimSpace(line))
			}
		}
	}
}

func TestWhatAnotherCompanyReadsOfAResultIsNotTheTeamsOwn(t *testing.T) {
	s := newStage(t, overHTTP)
	i := s.inspectionIn(acme, visit.Item{ID: 1, Milestone: 1, Text: "Read the whole report", Sensitive: true}, visit.Item{ID: 2, Milestone: 7, Text: "Ask for the cause"})
	s.show(i.Subject())
	must(s.bot.o.Store.By(jonas).ChangeInspection(t.Context(), s.TeamID(), i.Number, time.Now(), func(i *visit.Inspection) error {
		_, err := i.Report(visit.Failed, "3 major defects", jonas, time.Now())
		return err
	}))
	got := to(s.tellings(), acme).says
	contains(t, "where another company reads", got, "It failed, reports Jonas Weber.", "Ask for the cause")
	lacks(t, "where another company reads", got, "3 major defects", "Read the whole report")
}

// What somebody is given stands in their next daily message, with a way to give it back;
// then whoever gave it reads so in theirs.
func TestWhatIsGivenCanBeGivenBack(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Book the interpreter"})
	s.show(v.Subject())
	daily := func(who string) string {
		t.Helper()
		o := s.digestOf(who, 1)
		d := s.posted(o)
		if d.Outcome == visit.NothingSaid {
			return ""
		}
		for _, m := range s.Messages("", s.direct(who)) {
			if m.TS == d.TS {
				must(true, s.bot.o.Store.ToldInDaily(t.Context(), d.Told, o.Day))
				return says(m)
			}
		}
		t.Fatalf("not sent: %+v", d)
		return ""
	}
	give := func(owner string) {
		t.Helper()
		must(s.bot.o.Store.By(mia).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { _, err := v.Items.Assign(1, owner); return err }))
	}
	give(jonas)
	got := daily(jonas)
	contains(t, "the daily message", got, "Given to you", "Book the interpreter", "Done", "Not me", "<@U0MIACHEN01> gave it to you.")
	s.press(jonas, s.last(jonas, s.direct(jonas)), "Not me")
	s.untilSays(jonas, s.direct(jonas), "It has nobody now.")
	if owner := must(must(s.bot.o.Store.Visit(t.Context(), s.TeamID(), v.Number)).Items.Find(1)).Owner; owner != "" {
		t.Errorf("the item is with %s", owner)
	}
	back := daily(mia)
	contains(t, "to who gave it", back, "Given back to you to share out", "<@U0JONASWEB1> says this is not for them: Book the interpreter (Visit 1, Ningbo")
	if again := daily(mia); strings.Contains(again, "Given back") {
		t.Errorf("it is told again: %s", again)
	}
	give(jonas)
	give("")
	lacks(t, "what was taken away again", daily(jonas), "Given to you")
	s.nothingRefused()
}

func TestOnlyWhoMaySeeAnItemGivesItBack(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Book the interpreter"})
	s.show(v.Subject())
	must(s.bot.o.Store.By(mia).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { _, err := v.Items.Assign(1, jonas); return err }))
	m := s.reminded(s.digestOf(jonas, 1), s.direct(jonas))
	done(t, s.Leave(jonas, sourcing))
	s.settled()
	s.bot.directory.forget("")
	s.press(jonas, m, "Not me")
	s.settled()
	s.bot.Wait()
	if owner := must(must(s.bot.o.Store.Visit(t.Context(), s.TeamID(), v.Number)).Items.Find(1)).Owner; owner != jonas {
		t.Errorf("who left the channel has given the item back: it is with %q", owner)
	}
}

// What was given back is named to nobody who may not see it any more.
func TestWhatWasGivenBackIsForThoseWhoMaySeeIt(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Book the interpreter"})
	s.show(v.Subject())
	for _, c := range []struct{ by, owner string }{{mia, jonas}, {jonas, ""}} {
		must(s.bot.o.Store.By(c.by).ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { _, err := v.Items.Assign(1, c.owner); return err }))
	}
	done(t, s.Leave(mia, sourcing))
	s.settled()
	s.bot.directory.forget("")
	if d := s.posted(s.digestOf(mia, 1)); d.Outcome == visit.Delivered {
		lacks(t, "who left the channel", says(s.last(mia, s.direct(mia))), "Book the interpreter")
	}
}

// That an inspection passed asks nothing of anybody, so whoever paused it goes without. That
// it failed is told whatever is paused.
func TestAResultThatAsksNothingCanBePaused(t *testing.T) {
	s := newStage(t, overHTTP)
	i := s.inspectionIn(sourcing)
	s.show(i.Subject())
	report := func(r visit.Result) tellingOf {
		t.Helper()
		must(s.bot.o.Store.By(jonas).ChangeInspection(t.Context(), s.TeamID(), i.Number, time.Now(), func(i *visit.Inspection) error {
			i.Reopen()
			if r == "" {
				return nil
			}
			_, err := i.Report(r, "", jonas, time.Now())
			return err
		}))
		return to(s.tellings(), mia)
	}
	passed := report(visit.Passed)
	contains(t, "to who planned it", passed.says, "It passed, reports Jonas Weber.", "Fewer of these")
	s.pressIn(mia, s.opens(mia, passed.message, "Fewer of these"), "Pause inspection 1", "")
	s.bot.Wait()
	s.closeAll(mia)

	if got := report(""); got.says != "" {
		t.Errorf("that its result was taken back, although it is paused: %s", got)
	}
	failed := report(visit.Failed)
	contains(t, "that it failed, although it is paused", failed.says, "It failed, reports Jonas Weber.")
	lacks(t, "that it failed, although it is paused", failed.says, "Fewer of these")
	contains(t, "that it passed after all, although it is paused", report(visit.Passed).says, "It passed, reports Jonas Weber.")
	s.nothingRefused()
}

// Where the settings or the visit say that nothing stands in the channel, a change of days
// does not either.
func TestChangesStandInTheChannelAsTheSettingsAndTheVisitSay(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	s.show(v.Subject())
	for _, c := range []struct {
		settings, ofVisit visit.Broadcast
		want              bool
	}{
		{"", "", true}, {visit.BroadcastNever, "", false}, {visit.BroadcastNever, visit.BroadcastDay, true}, {visit.BroadcastAll, visit.BroadcastNever, false},
	} {
		s.bot.o.Timing.Broadcast = c.settings
		s.changeVisit(v, func(v *visit.Visit) { v.Broadcast = c.ofVisit })
		s.movedBy(mia, v, 1)
		if got := to(s.tellings(), sourcing); got.says == "" || !got.threaded || got.broadcast != c.want {
			t.Errorf("settings %q, visit %q: under the card %v, in the channel %v: %s", c.settings, c.ofVisit, got.threaded, got.broadcast, got)
		}
	}
	s.nothingRefused()
}
