package bot

import (
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// newAutumnStage stands on the morning of 1 September 2026 in Berlin, and knows China's
// calendar.
func newAutumnStage(t *testing.T) *stage {
	t.Helper()
	s := newStage(t, overHTTP)
	china := must(holiday.China())
	s.bot.o.Calendar, s.bot.o.CalendarNotes, s.bot.o.SuggestDay = china, china.Warnings, china.Better
	s.goBy(func() time.Time { return time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC) })
	return s
}

// wants fills in and sends the form for a visit on some days; last may be empty.
func (s *stage) wants(channel, first, last string) localslack.View {
	s.t.Helper()
	s.command(mia, channel, "/visit-prep plan")
	v := s.modal(mia, "Factory's name")
	s.enter(mia, v, fieldName, visited)
	s.enter(mia, v, fieldCity, "Ningbo")
	s.enter(mia, v, fieldPurpose, "first_visit")
	s.enter(mia, v, fieldFirst, first)
	if last != "" {
		s.enter(mia, v, fieldLast, last)
	}
	s.send(mia, v)
	return s.top(mia)
}

func TestANewVisitIsAskedForWhatItCannotBeWithout(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.visitIn(sourcing) // so that a factory is known
	s.command(mia, sourcing, "/visit-prep plan")
	v := s.modal(mia, "Purpose")
	var fields []string
	for _, raw := range v.Blocks {
		if f, ok := inputOf(raw); ok {
			fields = append(fields, f)
		}
	}
	if got := strings.Join(fields, " "); got != "factory purpose first last channel" {
		t.Errorf("the form asks for %s", got)
	}
	s.enter(mia, v, fieldFactory, newFactory)
	s.redrawn(mia, v)
	s.modal(mia, "Address in Chinese")
	s.closeAll(mia)

	card := s.plan2(sourcing)
	form := s.opens(mia, card, "Add people, agenda…")
	for _, words := range []string{"Who is travelling", "People without Slack", "Agenda"} {
		if !strings.Contains(blockText(form.Blocks), words) {
			t.Errorf("the form behind the card lacks %q", words)
		}
	}
	s.nothingRefused()
}

func TestWhoeverPlansTravelsUnlessTheySayNo(t *testing.T) {
	t.Parallel()
	s := newAutumnStage(t)
	page := s.wants(sourcing, "2027-03-15", "2027-03-17")
	for _, words := range []string{"Visit 1 is planned", "Its card is in", "I'll remind the team, first on", "Next: add who else is travelling", "You are travelling."} {
		if text := page.Title + "\n" + blockText(page.Blocks); !strings.Contains(text, words) {
			t.Errorf("the page lacks %q:\n%s", words, text)
		}
	}
	travels := func(who string) bool { v := s.visit(1); return v.Travels(who) }
	if !travels(mia) || len(s.visit(1).People) != 1 {
		t.Errorf("on the visit are %+v", s.visit(1).People)
	}
	s.pressIn(mia, page, "I'm not going", "")
	page = s.redrawn(mia, page)
	if text := blockText(page.Blocks); !strings.Contains(text, "You are not travelling.") || travels(mia) {
		t.Errorf("she said no, and the page says\n%s", text)
	}
	s.pressIn(mia, page, "I'm going", "")
	page = s.redrawn(mia, page)
	if !travels(mia) {
		t.Error("she said yes again and does not travel")
	}
	s.closeAll(mia)

	// On the card, each for themselves.
	s.settled() // the card is redrawn behind what she pressed
	s.bot.Wait()
	card := s.untilSays(mia, sourcing, "Visit 1: "+visited)
	if got := s.reads(jonas, func() { s.press(jonas, card, "I'm not going") }); !strings.Contains(got, "You are not on visit 1, so nothing has changed") || !travels(mia) {
		t.Errorf("Jonas, who is not on it, reads\n%s", got)
	}
	got := s.reads(mia, func() { s.press(mia, card, "I'm not going") })
	if !strings.Contains(got, "You are not on visit 1 any more") || travels(mia) {
		t.Errorf("Mia reads\n%s", got)
	}
	s.press(mia, s.last(mia, sourcing), "I'm going")
	s.bot.Wait()
	if !travels(mia) {
		t.Error("she took it back and does not travel")
	}
	s.nothingRefused()
}

func TestDaysOnWhichTheFactoryIsLikelyClosedAreAskedAboutBefore(t *testing.T) {
	t.Parallel()
	const anyway, back = "Plan anyway", "Back to the form"
	for _, c := range []struct {
		name, first, last string
		says              string // empty where nothing is asked
		press             string
		on                string // the days of the visit, once it is planned
	}{
		{"New Year's day, all the same", "2027-02-06", "2027-02-07", "Spring Festival", anyway, "2027-02-06 2027-02-07"},
		{"better days before it", "2027-02-06", "2027-02-07", "Spring Festival", "Plan for Thu 21 to Fri 22 January 2027", "2027-01-21 2027-01-22"},
		{"better days after it", "2027-02-06", "2027-02-07", "Spring Festival", "Plan for Mon 8 to Tue 9 March 2027", "2027-03-08 2027-03-09"},
		{"one day of National Day", "2026-10-05", "", "offices are closed 1 to 7 October 2026", "Plan for Thu 8 October 2026", "2026-10-08 2026-10-08"},
		{"the slow weeks", "2027-01-26", "2027-01-27", "many factories wind down", anyway, "2027-01-26 2027-01-27"},
		{"a Sunday", "2027-03-21", "", "Sun 21 March 2027 is a weekend day", anyway, "2027-03-21 2027-03-21"},
		{"a worked Saturday", "2026-10-10", "", "", "", "2026-10-10 2026-10-10"},
		{"a weekend within the visit", "2027-03-18", "2027-03-23", "", "", "2027-03-18 2027-03-23"},
		{"an ordinary day", "2027-03-15", "", "", "", "2027-03-15 2027-03-15"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newAutumnStage(t)
			page := s.wants(sourcing, c.first, c.last)
			text := page.Title + "\n" + blockText(page.Blocks)
			if c.says != "" {
				if !strings.Contains(text, "Will the factory run?") || !strings.Contains(text, c.says) {
					t.Errorf("she reads\n%s", text)
				}
				if n := len(must(s.bot.o.Store.Visits(t.Context(), s.TeamID(), storeFilter()))); n != 0 {
					t.Fatal("it is saved before she has answered")
				}
				// The way back loses nothing.
				s.pressIn(mia, page, back, "")
				form := s.redrawn(mia, page)
				if got := string(must(jsonOf(form.Blocks))); !strings.Contains(got, `"initial_value":"`+visited+`"`) || !strings.Contains(got, `"initial_date":"`+c.first+`"`) || !strings.Contains(got, `"initial_value":"Ningbo"`) {
					t.Errorf("the form has lost something:\n%s", got)
				}
				s.send(mia, form)
				page = s.top(mia)
				s.pressIn(mia, page, c.press, "")
				page = s.redrawn(mia, page)
				text = page.Title + "\n" + blockText(page.Blocks)
			}
			if !strings.Contains(text, "Visit 1 is planned") {
				t.Fatalf("she reads\n%s", text)
			}
			if v := s.visit(1); v.First.String()+" "+v.Last.String() != c.on || v.Factory.City != "Ningbo" {
				t.Errorf("the visit is on %s to %s, want %s", v.First, v.Last, c.on)
			}
			s.nothingRefused()
		})
	}
}

func TestTheSixWeeksBeforeNewYearAreSaidAndNotAsked(t *testing.T) {
	t.Parallel()
	s := newAutumnStage(t)
	page := s.wants(sourcing, "2027-01-18", "2027-01-19")
	const words = "six weeks before Chinese New Year (6 February 2027)"
	if text := page.Title + "\n" + blockText(page.Blocks); !strings.Contains(text, "Visit 1 is planned") || !strings.Contains(text, words) {
		t.Errorf("she reads\n%s", text)
	}
	if card := s.untilSays(mia, sourcing, "Visit 1: "+visited); !strings.Contains(says(card), words) {
		t.Errorf("the card says\n%s", says(card))
	}
}

func TestDaysAreAskedAboutAfterTheChannelAndBothAnswersAreKept(t *testing.T) {
	t.Parallel()
	s := newAutumnStage(t)
	page := s.wants(acme, "2026-10-05", "")
	s.pressIn(mia, page, "Use this channel", "")
	page = s.redrawn(mia, page)
	if text := blockText(page.Blocks); !strings.Contains(text, "National Day") {
		t.Fatalf("after the channel she reads\n%s", text)
	}
	s.pressIn(mia, page, "Plan anyway", "")
	page = s.redrawn(mia, page)
	if !strings.Contains(page.Title, "Visit 1 is planned") {
		t.Errorf("after the days she reads\n%s", blockText(page.Blocks))
	}
}

func TestAFactoryElsewhereHasHolidaysOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newAutumnStage(t)
	must(s.bot.o.Store.AddFactory(t.Context(), visit.Factory{Workspace: s.TeamID(), Name: "Hanoi Tools", Zone: "Asia/Ho_Chi_Minh"}, s.bot.o.Now()))
	s.command(mia, sourcing, "/visit-prep plan")
	v := s.modal(mia, "Purpose")
	s.enter(mia, v, fieldFactory, "1")
	v = s.redrawn(mia, v)
	s.enter(mia, v, fieldPurpose, "first_visit")
	s.enter(mia, v, fieldFirst, "2026-10-05")
	s.send(mia, v)
	s.modal(mia, "Visit 1 is planned")
}

func TestOtherDaysOfAVisitAreAskedAboutToo(t *testing.T) {
	t.Parallel()
	s := newAutumnStage(t)
	s.wants(sourcing, "2027-03-15", "2027-03-16")
	s.closeAll(mia)
	edit := func(who string) localslack.View {
		t.Helper()
		card := s.command(who, sourcing, "/visit-prep show 1")
		label := "Edit visit"
		if strings.Contains(says(card), "Add people, agenda…") {
			label = "Add people, agenda…"
		}
		return s.opens(who, card, label)
	}
	form := edit(mia)
	s.enter(mia, form, fieldAgenda, "09:00 opening")
	s.enter(mia, form, fieldFirst, "2026-10-05")
	s.enter(mia, form, fieldLast, "2026-10-06")
	s.send(mia, form)
	page := s.top(mia)
	if text := blockText(page.Blocks); !strings.Contains(text, "National Day") || s.visit(1).First != civil.On(2027, 3, 15) {
		t.Fatalf("she reads\n%s", text)
	}
	s.pressIn(mia, page, "Back to the form", "")
	form = s.redrawn(mia, page)
	if got := string(must(jsonOf(form.Blocks))); !strings.Contains(got, "09:00 opening") || !strings.Contains(got, `"initial_date":"2026-10-05"`) {
		t.Errorf("the form has lost something:\n%s", got)
	}
	s.send(mia, form)
	page = s.top(mia)
	s.pressIn(mia, page, "Move to Thu 8 to Fri 9 October 2026", "")
	s.redrawn(mia, page)
	if v := s.visit(1); v.First != civil.On(2026, 10, 8) || v.Last != civil.On(2026, 10, 9) || v.Agenda != "09:00 opening" {
		t.Errorf("it is %s to %s, %q", v.First, v.Last, v.Agenda)
	}
	s.closeAll(mia)

	// While she decides, a colleague changes the same.
	form = edit(mia)
	s.enter(mia, form, fieldFirst, "2026-10-03")
	s.enter(mia, form, fieldLast, "2026-10-03")
	s.send(mia, form)
	page = s.top(mia)
	s.changeVisit(s.visit(1), func(v *visit.Visit) { v.First, v.Last = civil.On(2026, 10, 13), civil.On(2026, 10, 13) })
	s.pressIn(mia, page, "Move anyway", "")
	page = s.redrawn(mia, page)
	if text := blockText(page.Blocks); !strings.Contains(text, "A colleague changed this visit") || s.visit(1).First != civil.On(2026, 10, 13) {
		t.Fatalf("she reads\n%s", text)
	}
	s.send(mia, page) // she insists, and has agreed to the days
	s.noModal(mia)
	if v := s.visit(1); v.First != civil.On(2026, 10, 3) {
		t.Errorf("it is on %s", v.First)
	}
	// The agenda alone asks nothing.
	form = edit(mia)
	s.enter(mia, form, fieldAgenda, "10:00 opening")
	s.send(mia, form)
	s.noModal(mia)
	s.nothingRefused()
}
