package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"strings"
	"testing"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// alsoFrozen records and freezes the quarter before q2of27, too, so that there are two beside one another.
func (s *stage) alsoFrozen(f *visit.Factory, channel string) {
	s.t.Helper()
	for n := range 8 {
		s.lot(f, channel, civil.On(2027, 1, 18+n), visit.Passed, 0)
		s.order(f, channel, fmt.Sprint("44", n), civil.On(2027, 2, 15+n), 0)
	}
	must(s.bot.o.Store.FreezeScore(context.Background(), s.TeamID(), f.Number, q2of27.Add(-1), s.bot.o.Now()))
}

// sentFile presses a button of a factory's year and gives the file that comes.
func (s *stage) sentFile(who string, verb blocks.ActionID, about blocks.Subject) localslack.File {
	s.t.Helper()
	before := len(s.Messages(who, s.direct(who)))
	// Each time it is a button of the message of that day: a second click on the same one is the same wish.
	c := click{caller: caller{team: s.TeamID(), user: who, channel: s.direct(who), on: guide.Direct}, verb: verb, about: about, messageTS: s.bot.o.Now().String()}
	said := s.reads(who, func() { done(s.t, s.bot.act(s.t.Context(), c)) })
	for _, m := range s.Messages(who, s.direct(who))[before:] {
		if len(m.Files) == 1 {
			return m.Files[0]
		}
	}
	s.t.Fatalf("no file came of %s, and it says %q", verb, said)
	return localslack.File{}
}

// TestAScorecardHasItsChart: two quarters beside one another are drawn by Slack, and said as text below.
func TestAScorecardHasItsChart(t *testing.T) {
	onBothTransports(t, func(t *testing.T, s *stage) {
		s.at(afterQ2)
		f := s.visitedOn(sourcing, civil.On(2027, 1, 11))
		s.quarter(&f, sourcing)
		s.freeze(&f)
		s.alsoFrozen(&f, sourcing)
		s.command(mia, sourcing, "/factory score ningbo")
		m := s.untilSays(mia, sourcing, "Scorecard: "+visited)
		drawn, _ := json.Marshal(m.Blocks)
		if !strings.Contains(string(drawn), `"type":"data_visualization"`) || !strings.Contains(says(m), "Q1 2027 5.0 A · Q2 2027 3.4 B") || m.Only != mia {
			t.Errorf("it reads %s", drawn)
		}
		s.nothingRefused()

		// Where Slack takes no chart, the rest comes, with the figures.
		s.Fail("response_url", "invalid_blocks", 1)
		s.command(mia, sourcing, "/factory score ningbo")
		s.until("the scorecard comes without its chart", func() bool {
			last := s.last(mia, sourcing)
			drawn, _ := json.Marshal(last.Blocks)
			return last.TS != m.TS && strings.Contains(says(last), "Q1 2027 5.0 A · Q2 2027 3.4 B") && !strings.Contains(string(drawn), "data_visualization")
		})
	})
}

// TestAFactorysYearComesToOnePerson: the page and the plot go to who pressed, with what they may see.
func TestAFactorysYearComesToOnePerson(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	s.quarter(&f, sourcing)
	s.freeze(&f)
	about := factorySubject(f.Number)
	s.visitedOn(sourcing, civil.On(2027, 6, 30)) // until 1 July
	s.visitedOn(sourcing, civil.On(2027, 7, 1))  // after the quarters of the page, as the lot below
	s.lot(&f, sourcing, civil.On(2027, 7, 12), visit.Passed, 0)

	page := s.sentFile(mia, actYearPage, about)
	if page.Name != "factory-year.pdf" || !strings.HasPrefix(string(page.Content), "%PDF-") || !strings.Contains(page.AltText, visited) {
		t.Errorf("the file is %s, %q", page.Name, page.AltText)
	}
	text := pdfText(t, page.Content)
	for _, want := range []string{visited, "Q3 2026 to Q2 2027", "Risk class: Medium.", "3.4 B", "7 of 8 lots passed", "Visit 1,", "Inspection 1,", "None open.", "None ends within a year.",
		"Counted from what Mia Chen may see.", "These figures are our own"} {
		if !strings.Contains(strings.ReplaceAll(text, "\n", " "), want) && !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if !strings.Contains(text, "Visit 2,") || strings.Contains(text, "Visit 3,") || strings.Contains(text, "12 July") {
		t.Errorf("the page lists what came after its last quarter, or not what was in it:\n%s", text)
	}

	plot := s.sentFile(mia, actScorePlot, about)
	light, err := png.Decode(bytes.NewReader(plot.Content))
	if err != nil || !strings.HasSuffix(plot.AltText, ": Q2 2027 3.4 B") {
		t.Fatalf("the plot is %s, %q, %v", plot.Name, plot.AltText, err)
	}
	dark, err := png.Decode(bytes.NewReader(s.sentFile(mia, actScorePlot, about+atNight).Content))
	if err != nil || dark.At(0, 0) == light.At(0, 0) {
		t.Errorf("on a dark ground it begins with %v, %v", dark.At(0, 0), err)
	}
	for _, channel := range []string{sourcing, general} {
		for _, m := range s.Messages(jonas, channel) {
			if len(m.Files) > 0 {
				t.Errorf("in %s others see %s", channel, m.Files[0].Name)
			}
		}
	}
	s.nothingRefused()
}

// TestNobodyReadsInAYearWhatTheyMayNotSee: what belongs to a channel that somebody is not in stands neither on
// the page nor in the plot, and who is in no channel of the factory gets neither.
func TestNobodyReadsInAYearWhatTheyMayNotSee(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.at(afterQ2)
	f := s.visitedOn(sourcing, civil.On(2027, 1, 11))
	s.quarter(&f, sourcing)
	s.freeze(&f)
	before := [2]string{pdfText(t, s.sentFile(jonas, actYearPage, factorySubject(f.Number)).Content), s.sentFile(jonas, actScorePlot, factorySubject(f.Number)).AltText}
	s.visitedOn(project, civil.On(2027, 6, 7))
	s.lot(&f, project, civil.On(2027, 7, 6), visit.Failed, 99)
	_, _, err := s.bot.o.Store.AddFinding(t.Context(), visit.Finding{Workspace: s.TeamID(), Subject: visit.SubjectOf(visit.OfFactory, f.Number), Seen: visit.SeenByCustomer, Channel: project, Factory: f.Name,
		Kind: visit.OfProduct, Severity: visit.Critical, Text: "burns", Source: "x", By: mia}, s.bot.o.Now())
	done(t, err)
	s.agreed(project, func(a *visit.Agreement) {
		a.Factory, a.Signed, a.Ends = f, civil.On(2027, 1, 5), civil.On(2027, 12, 31)
	})
	s.at("2027-07-21T08:00:01Z")
	after := [2]string{pdfText(t, s.sentFile(jonas, actYearPage, factorySubject(f.Number)).Content), s.sentFile(jonas, actScorePlot, factorySubject(f.Number)).AltText}
	if before != after {
		t.Error("what Jonas may not see changes his page or his plot")
	}
	if text := pdfText(t, s.sentFile(mia, actYearPage, factorySubject(f.Number)).Content); !strings.Contains(text, "burns") || !strings.Contains(text, "Visit 2,") {
		t.Error("Mia's page lacks what she may see")
	}

	secret := s.inFactory(visit.Factory{Name: "Secret Works"}, project)
	for _, verb := range []blocks.ActionID{actYearPage, actScorePlot} {
		got := s.reads(jonas, func() { s.clicks(jonas, verb, factorySubject(secret.Number)) })
		if strings.Contains(got, "Secret") || !strings.Contains(got, "I can't find that number") {
			t.Errorf("%s tells somebody who is in no channel of the factory %q", verb, got)
		}
	}
}

// TestAYearThatCannotBeSent: what went wrong is said, and the next click works.
func TestAYearThatCannotBeSent(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	s.Fail("files.getUploadURLExternal", "internal_error", 1)
	if got := s.reads(mia, func() { s.clicks(mia, actYearPage, factorySubject(f.Number)) }); !strings.Contains(got, "That didn't work") || !strings.Contains(got, "Yearly page as PDF") {
		t.Errorf("it says %q", got)
	}
}
