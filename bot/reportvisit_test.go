package bot

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/lang/zh"
	"visitprep/internal/report"
	"visitprep/internal/visit"
)

// reportOf makes the report of a visit where it stands, and returns what is written in its two files.
func (s *stage) reportOf(who string, v visit.Visit) (pdf, sheet string) {
	s.t.Helper()
	s.command(who, v.Channel, fmt.Sprintf("/visit-prep report %d", v.Number))
	s.handIn()
	fs := s.files(who, v.Channel)
	if len(fs) < 2 {
		s.t.Fatalf("there are %d files", len(fs))
	}
	fs = fs[len(fs)-2:]
	return strings.Join(pdfLines(s.t, fs[0].Content), " "), strings.Join(sheetTexts(s.t, fs[1].Content), "|")
}

// TestTheActionsInAReport: each action of which something is asked says what, who does the next
// thing, by when, and how far it has come. What is to happen stands first, by its day.
func TestTheActionsInAReport(t *testing.T) {
	t.Parallel()
	due := civil.On(2027, 3, 26)
	at := func(number int, request string, rev int, facts visit.ActionFacts) visit.ActionOf {
		return visit.ActionOf{
			Finding: visit.Finding{Number: number, Subject: "visit/1", Kind: visit.OfProduct, Severity: visit.Major, Text: "no corner guard", Request: request},
			Action:  visit.Action{Finding: number, Rev: rev, ActionFacts: facts}, Owner: mia,
		}
	}
	proofs := []visit.Proof{{Kind: visit.ProofRecord}}
	idea := at(9, "", 0, visit.ActionFacts{State: visit.ActionOpen})
	idea.Finding.Kind, idea.Finding.Severity, idea.Finding.Request = visit.Idea, "", "Two cartons to a layer"
	all := []visit.ActionOf{
		at(1, "Say what you change", 4, visit.ActionFacts{State: visit.ActionVerified, Proposal: "A stop at the conveyor", Due: due.AddDays(-9), Reviewer: jonas, VerifiedBy: jonas, VerifiedDay: due, Proofs: proofs}),
		at(2, "Say what you change", 0, visit.ActionFacts{State: visit.ActionOpen}),
		at(3, "", 2, visit.ActionFacts{State: visit.ActionAgreed, Proposal: "A second lamp\nat the packing table", SaidBy: "Mr Wang", Due: due.AddDays(1), Reviewer: jonas}),
		at(4, "", 1, visit.ActionFacts{State: visit.ActionOpen, Due: due}),
		at(5, "", 1, visit.ActionFacts{State: visit.ActionProposed, Proposal: "Train the worker", SaidBy: "Mr Wang", Due: due.AddDays(-1)}),
		at(6, "", 3, visit.ActionFacts{State: visit.ActionDone, Proposal: "New jig", SaidBy: "Mr Wang", Due: due.AddDays(2), Reviewer: jonas, Proofs: proofs}),
		at(7, "", 1, visit.ActionFacts{State: visit.ActionWithdrawn, Why: "It was our drawing", SameAs: 31}),
		at(8, "", 0, visit.ActionFacts{State: visit.ActionOpen}), // nothing is asked yet
		idea,
	}
	pg := &pages{p: english, r: new(visit.Report), material: &material{a: new(visit.Visit), actions: all, names: map[string]string{mia: "Mia Chen", jonas: "Jonas Weber"}}}
	want := []report.Action{
		{Finding: 5, Text: "Train the worker", Who: "Mia Chen", State: "Proposed"},
		{Finding: 4, Text: "Nothing is proposed yet.", Who: "The factory", Until: "26 March 2027", State: "Open"},
		{Finding: 3, Text: "A second lamp\nat the packing table", Who: "Mr Wang", Until: "27 March 2027", State: "Agreed"},
		{Finding: 6, Text: "New jig", Who: "Jonas Weber", State: "Waits for the next lot"},
		{Finding: 2, Text: "Say what you change", Who: "The factory", State: "Open"},
		{Finding: 1, Text: "A stop at the conveyor", Who: "Jonas Weber", State: "Verified on 26 March 2027"},
		{Finding: 7, Text: "Nothing is proposed yet.", State: "Withdrawn: It was our drawing"},
	}
	if got := pg.actionRows(); !reflect.DeepEqual(got, want) {
		t.Errorf("the report has\n%+v\nwant\n%+v", got, want)
	}
	pg.p = blocks.Printer{Printer: zh.Printer()}
	if got := pg.actionRows()[1]; got != (report.Action{Finding: 4, Text: "尚未提出措施。", Who: "工厂", Until: "2027年3月26日", State: "待回复"}) {
		t.Errorf("in Chinese it has %+v", got)
	}
}

// TestAVisitsReportHasItsActions: in both files, as they stand; and what is final stays as it was
// when an action goes on.
func TestAVisitsReportHasItsActions(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.visitedToday(sourcing)
	other := s.visitedToday(sourcing)
	until := s.bot.o.Timing.Later(civil.Of(time.Now()).AddDays(14), "Asia/Shanghai")
	answers := func(f visit.Finding, words string) {
		t.Helper()
		d := visit.Doer{By: mia, Lead: mia, Now: time.Now(), Today: civil.Of(time.Now())}
		must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), f.Number, time.Now(), func(f *visit.Finding, a *visit.Action) error {
			return a.LogAnswer(f, visit.Answer{Proposal: words, Cause: "Nobody looks", SaidBy: "Mr Wang"}, d)
		}))
	}
	f := must(s.bot.o.Store.Findings(t.Context(), s.TeamID(), v.Subject()))[0]
	answers(f, "A key hangs beside the door")
	answers(must(s.bot.o.Store.Findings(t.Context(), s.TeamID(), other.Subject()))[0], "Of another visit")
	pdf, sheet := s.reportOf(mia, v)
	for _, want := range []string{"What happens next", "A key hangs beside the door", "Proposed", "Mia Chen"} {
		if !strings.Contains(pdf, want) {
			t.Errorf("the PDF lacks %q:\n%s", want, pdf)
		}
	}
	for _, want := range []string{"Actions", "A key hangs beside the door", "Proposed", "Mia Chen"} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the workbook lacks %q:\n%s", want, sheet)
		}
	}
	if strings.Contains(pdf+sheet, "Of another visit") {
		t.Error("it has what came of another visit")
	}

	s.press(mia, s.last(mia, sourcing), "Make report final")
	s.settled()
	s.handIn()
	final := must(s.bot.o.Store.Reports(t.Context(), s.TeamID(), v.Subject()))[0]
	was := s.files(mia, sourcing)
	must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), f.Number, time.Now(), func(f *visit.Finding, a *visit.Action) error {
		return a.Agree(f, visit.Agreed{Due: until, Reviewer: jonas, Proofs: []visit.ProofKind{visit.ProofRecord, visit.ProofNextLot, visit.ProofOnSite}}, visit.Doer{By: mia, Lead: mia, Now: time.Now(), Today: civil.Of(time.Now())})
	}))
	s.handIn()
	now := s.files(mia, sourcing)
	kept := must(s.bot.o.Store.Reports(t.Context(), s.TeamID(), v.Subject()))[0]
	if !final.IsFinal() || !reflect.DeepEqual(kept, final) || len(now) != len(was) || digest(now[len(now)-2].Content) != final.SHA256 {
		t.Errorf("what is final became %+v of %d files, and was %+v of %d", kept, len(now), final, len(was))
	}
	if pdf, sheet = s.reportOf(mia, v); !strings.Contains(pdf, "Agreed") || !strings.Contains(sheet, blocks.FullDay(english, until)) || !strings.Contains(pdf, "Mr Wang") {
		t.Errorf("the next version has\n%s\n%s", pdf, sheet)
	}
	s.nothingRefused()
}

