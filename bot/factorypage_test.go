package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// inFactory plans a visit to a factory in a channel, and gives the factory.
func (s *stage) inFactory(f visit.Factory, channel string) visit.Factory {
	s.t.Helper()
	v := visit.Visit{Purpose: "first_visit", First: dayAhead(20), Last: dayAhead(21)}
	v.Workspace, v.Owner, v.Factory, v.Place = s.TeamID(), mia, f, in(channel)
	v.Items = visit.Checklist{{ID: 1, Milestone: -7, Text: "Step"}}
	saved, err := s.bot.o.Store.PlanVisit(context.Background(), v, time.Now())
	done(s.t, err)
	return saved.Factory
}

// TestAFactoryIsFoundByItsName: by a part of it, in either language, with or without marks;
// what may be several asks.
func TestAFactoryIsFoundByItsName(t *testing.T) {
	t.Parallel()
	s := newStage(t, inProcess)
	expect(t, s.command(mia, sourcing, "/factory bright"), "There are no factories in your channels yet")
	for _, f := range []visit.Factory{
		{Name: "Ningbo Bright Metal Co., Ltd.", Chinese: "宁波光明金属", City: "Ningbo", Contacts: "Ms Zhang"},
		{Name: "Bright", City: "Dongguan"},
		{Name: "A&B <Plastics> *Co*", Chinese: "甲乙（塑料）", City: "Yuyao"},
		{Name: "Actions", City: "Suzhou"},
		{Name: "Lucky Lamps", City: "Zhongshan"},
		{Name: "Lucky Lights", City: "Zhongshan"},
	} {
		s.inFactory(f, sourcing)
	}
	for _, c := range []struct{ typed, says string }{
		{"/factory ningbo", "Ms Zhang"},
		{"/factory NINGBO  bright", "Ms Zhang"},
		{"/factory 光明", "Ms Zhang"},
		{"/factory ningbo bright metal co ltd", "Ms Zhang"},
		{"/factory Bright", "Dongguan"}, // exactly its name
		{"/factory bright", "Dongguan"},
		{"/factory `lamps`", "Lucky Lamps"},
		{"/factory A&B <Plastics> *Co*", "甲乙（塑料）"},
		{"/factory a b plastics", "甲乙（塑料）"},
		{"/factory 甲乙(塑料)", "甲乙（塑料）"},
		{"/factory show actions", "Suzhou"},
		{"/factory Suzhou", "No address for the driver yet"},
		{"/factory lucky", "Which factory do you mean?"},
		{"/factory brigth", "Did you mean one of these?"},
		{"/factory " + strings.Repeat("x", 300), "I can't find a factory like"},
		{"/factory …", "what can be typed after /factory"},
		{"/factory", "Lucky Lights"},
		{"/factory actions", "No action is open here."},
		{"/factory Score", "Scores of your factories"},
		{"/factory help", "/factory show NAME"},
	} {
		m := s.command(mia, sourcing, c.typed)
		if expect(t, m, c.says); m.Only != mia {
			t.Errorf("%s: the answer is visible to others", c.typed)
		}
	}

	// The menu of several opens each.
	m := s.command(mia, sourcing, "/factory lucky")
	s.press(mia, m, "Lucky Lights, Zhongshan")
	if m := s.untilSays(mia, sourcing, "No address for the driver yet"); !strings.Contains(says(m), "Lucky Lights") || m.Only != mia {
		t.Errorf("the button opens\n%s", says(m))
	}
	s.nothingRefused()
}

// TestAFactoryOfAPrivateChannelDoesNotExistForOthers: not by name, not by a button.
func TestAFactoryOfAPrivateChannelDoesNotExistForOthers(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.inFactory(visit.Factory{Name: "Secret Works", Chinese: "秘密厂", City: "Hefei"}, project)
	s.inFactory(visit.Factory{Name: "Open Works", City: "Wuhu"}, sourcing)
	for _, typed := range []string{"/factory secret", "/factory secert", "/factory 秘密", "/factory hefei", "/factory show secret", "/factory works"} {
		if text := says(s.command(jonas, sourcing, typed)); strings.Contains(text, "Hefei") || strings.Contains(text, "Secret Works") {
			t.Errorf("%s tells somebody who is not in the channel:\n%s", typed, text)
		}
	}
	for verb, about := range map[blocks.ActionID]blocks.Subject{
		actFactoryPage: factorySubject(1), actFactoryPart: partSubject(1, partVisits, 0), actFactoryFinding: factorySubject(1), actFindings: factorySubject(1) + ":0",
	} {
		if text := s.reads(jonas, func() { s.pressAgain(jonas, verb, about) }); strings.Contains(text, "Hefei") || strings.Contains(text, "Secret Works") {
			t.Errorf("%s tells somebody who is not in the channel:\n%s", verb, text)
		}
		if text := s.reads(mia, func() { s.pressAgain(mia, verb, about) }); !strings.Contains(text, "Secret Works") {
			t.Errorf("%s does not tell Mia, who is in the channel:\n%s", verb, text)
		}
		s.closeAll(jonas)
		s.closeAll(mia)
	}
}

// TestThePageShowsWhatItsReaderMaySee: of a factory that several channels work with, each reader
// sees what belongs to theirs, where they stand, and no count of the rest.
func TestThePageShowsWhatItsReaderMaySee(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	f := s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	for _, channel := range []string{sourcing, project} {
		v := visit.Visit{Purpose: "first_visit", First: dayAhead(-9), Last: dayAhead(-8)}
		v.Workspace, v.Owner, v.Factory, v.Place = s.TeamID(), mia, f, in(channel)
		v, err := s.bot.o.Store.PlanVisit(t.Context(), v, time.Now())
		done(t, err)
		x := visit.Finding{Workspace: s.TeamID(), Severity: visit.Major, Text: "burrs in " + channel, Source: "form/" + channel, By: mia}
		done(t, x.BelongTo(&v))
		_, _, err = s.bot.o.Store.AddFinding(t.Context(), x, time.Now())
		done(t, err)
		i := visit.Inspection{Type: "pre_shipment", Order: "order of " + channel, Due: dayAhead(30)}
		i.Workspace, i.Owner, i.Factory, i.Place = s.TeamID(), mia, f, in(channel)
		must(s.bot.o.Store.AddInspection(t.Context(), i, time.Now()))
	}
	for _, c := range []struct {
		who, channel string
		all          bool
	}{{jonas, sourcing, false}, {jonas, s.direct(jonas), false}, {mia, sourcing, false}, {mia, project, true}, {mia, s.direct(mia), true}} {
		text := says(s.command(c.who, c.channel, "/factory ningbo"))
		counts := []string{"Open actions: 1", "Visits: 2", "Inspections: 1", "burrs in " + sourcing}
		if c.all {
			counts = []string{"Open actions: 2", "Visits: 3", "Inspections: 2", "burrs in " + project}
		}
		for _, words := range counts {
			if !strings.Contains(text, words) {
				t.Errorf("%s in %s: nothing of %q in\n%s", c.who, c.channel, words, text)
			}
		}
		if !c.all && strings.Contains(text, project) {
			t.Errorf("%s in %s reads of the private channel:\n%s", c.who, c.channel, text)
		}
	}
	s.nothingRefused()
}

// TestTheWholeOfAPart turns its pages in place.
func TestTheWholeOfAPart(t *testing.T) {
	t.Parallel()
	s := newStage(t, inProcess)
	var f visit.Factory
	for range partLines + 3 {
		f = s.inFactory(visit.Factory{Name: visited, City: "Ningbo", Number: f.Number}, sourcing)
	}
	m := s.command(mia, sourcing, "/factory ningbo")
	expect(t, m, "Visits: 15", "Visit 15", "Visit 12")
	if strings.Contains(says(m), "Visit 11") {
		t.Errorf("the page shows more than the newest:\n%s", says(m))
	}
	s.press(mia, m, "All visits of this factory")
	m = s.untilTold(mia, sourcing, "Visit 4 ·")
	count := s.count(mia, sourcing, "Visits: 15")
	s.press(mia, m, "Older")
	m = s.untilTold(mia, sourcing, "Visit 3 ·")
	s.press(mia, m, "Newer")
	m = s.untilTold(mia, sourcing, "Visit 4 ·")
	if now := s.count(mia, sourcing, "Visits: 15"); now != count {
		t.Errorf("%d messages after turning pages, want %d", now, count)
	}
	s.pick(mia, m, "Open a visit", "Visit 15 · "+blocks.Days(s.bot.english, dayAhead(20), dayAhead(21))+" · First visit")
	s.untilTold(mia, sourcing, "Visit 15: "+visited)
	s.nothingRefused()
}
