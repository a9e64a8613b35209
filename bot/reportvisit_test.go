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
	"visitprep/internal/localslack"
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
		{Finding: 7, Text: "It was our drawing", State: "Withdrawn"},
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

// TestAVisitsReportHasItsAgreements: those of the visit that its channel may read, and none that
// was moved elsewhere or is of another visit.
func TestAVisitsReportHasItsAgreements(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP, localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, mia}})
	v := s.visitedToday(sourcing)
	of := func(channel, title string, number int) {
		s.agreed(channel, func(a *visit.Agreement) {
			a.Title, a.Visit, a.Kind, a.Terms.Payment = title, number, visit.QualityTerms, "30 % in advance"
			a.Signed, a.Ends = civil.On(2026, 11, 27), civil.On(2027, 12, 31)
		})
	}
	of(sourcing, "Lamps DL-20", v.Number)
	of(sourcing, "Of no visit", 0)
	of(sourcing, "Of another visit", v.Number+1)
	of(project, "Of another channel", v.Number)
	pdf, _ := s.reportOf(jonas, v)
	for _, want := range []string{"Agreements", "Agreement 1, Quality agreement: Lamps DL-20 (signed on 27 November 2026; ends on 31 December 2027; what you decide must arrive by 1 November 2027)"} {
		if !strings.Contains(pdf, want) {
			t.Errorf("the PDF lacks %q:\n%s", want, pdf)
		}
	}
	for _, not := range []string{"Of no visit", "Of another", "30 % in advance"} {
		if strings.Contains(pdf, not) {
			t.Errorf("the PDF has %q", not)
		}
	}
	s.nothingRefused()
}

// TestTheWordsOfAnAgreementInAReport: how far it has come, in both languages.
func TestTheWordsOfAnAgreementInAReport(t *testing.T) {
	t.Parallel()
	signed, ends := civil.On(2026, 11, 27), civil.On(2027, 12, 31)
	for name, c := range map[string]struct {
		a      visit.Agreement
		en, zh string
	}{
		"a draft":            {visit.Agreement{State: visit.AgreementDraft, Ends: ends}, "not signed yet; ends on 31 December 2027", "尚未签署；2027年12月31日到期"},
		"without a last day": {visit.Agreement{State: visit.AgreementSigned, Signed: signed}, "signed on 27 November 2026; open-ended", "2026年11月27日签署；无固定期限"},
		"to be decided":      {visit.Agreement{State: visit.AgreementSigned, Signed: signed, Ends: ends, Notice: 60}, "signed on 27 November 2026; ends on 31 December 2027; what you decide must arrive by 1 November 2027", "2026年11月27日签署；2027年12月31日到期；决定须在2027年11月1日前送达"},
		"notice was given":   {visit.Agreement{State: visit.AgreementSigned, Signed: signed, Ends: ends, NoticeGiven: visit.Mark{By: mia, At: time.Now()}}, "signed on 27 November 2026; ends on 31 December 2027", "2026年11月27日签署；2027年12月31日到期"},
		"terminated":         {visit.Agreement{State: visit.AgreementTerminated, Signed: signed, Ends: signed.AddDays(1)}, "signed on 27 November 2026; ended on 28 November 2026", "2026年11月27日签署；已于2026年11月28日结束"},
		"replaced":           {visit.Agreement{State: visit.AgreementReplaced, Signed: signed, Ends: ends, ReplacedBy: 77}, "signed on 27 November 2026; replaced since", "2026年11月27日签署；后来已被取代"},
	} {
		c.a.Number, c.a.Kind, c.a.Title, c.a.Zone = 4, visit.Tooling, "DL-20", "Asia/Shanghai"
		r := &visit.Report{Made: visit.Mark{By: mia, At: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)}}
		pg := &pages{p: english, r: r, material: &material{agreements: []visit.Agreement{c.a}}}
		if got, want := pg.agreed()[0], "Agreement 4, Tooling agreement: DL-20 ("+c.en+")"; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		pg.p = blocks.Printer{Printer: zh.Printer()}
		if got := pg.agreed()[0]; !strings.HasSuffix(got, "DL-20（"+c.zh+"）") {
			t.Errorf("%s: %s, want %s", name, got, c.zh)
		}
	}
}

// TestAVisitsReportSaysWhatWasGood: in the words of the letters that were sent, each once, or of
// the last one while none was; an audit's as well.
func TestAVisitsReportSaysWhatWasGood(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]string{"visit": "first_visit", "audit": "supplier_audit"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			v := s.visitedToday(sourcing)
			s.changeVisit(v, func(v *visit.Visit) {
				v.Purpose = kind
				v.Items[0].Milestone, v.Items[0].Text, v.Items[0].Done = 0, "Ask who decides", visit.Mark{By: mia, At: time.Now()}
			})
			f := must(s.bot.o.Store.Findings(t.Context(), s.TeamID(), v.Subject()))[0]
			letter := func(of visit.Subject, good ...visit.Bilingual) visit.Letter {
				return must(s.bot.o.Store.AddLetter(t.Context(), visit.Letter{Workspace: s.TeamID(), Subject: of, Strengths: good, Findings: []int{f.Number}, ReplyBy: must(civil.Parse(s.workday(12))), English: true, Made: visit.Mark{By: mia, At: time.Now()}}))
			}
			records := visit.Bilingual{EN: "first-piece records were complete", ZH: "首件记录都很完整"}
			letter("visit/99", visit.Bilingual{EN: "of another visit"})
			first := letter(v.Subject(), records, visit.Bilingual{EN: "the yard was tidy"})
			letter(v.Subject(), visit.Bilingual{ZH: "现场整洁"}, records)
			pdf, _ := s.reportOf(mia, v)
			if !strings.Contains(pdf, "What was good") || !strings.Contains(pdf, "First-piece records were complete 首件记录都很完整") || !strings.Contains(pdf, "现场整洁") || strings.Contains(pdf, "yard") {
				t.Errorf("of two letters that nobody has sent it has\n%s", pdf)
			}
			must3(s.bot.o.Store.SendLetter(t.Context(), s.TeamID(), first.Number, visit.Doer{By: mia, Lead: mia, Now: time.Now(), Today: civil.Of(time.Now())}))
			pdf, _ = s.reportOf(mia, v)
			if strings.Count(pdf, "首件记录都很完整") != 1 || !strings.Contains(pdf, "The yard was tidy") || strings.Contains(pdf, "现场整洁") {
				t.Errorf("of one that was sent it has\n%s", pdf)
			}
			if strings.Contains(pdf, "another visit") || strings.Contains(pdf, "Ask who decides") {
				t.Errorf("it has what is no strength of this visit:\n%s", pdf)
			}
			s.nothingRefused()
		})
	}
}

func must3[A, B, C any](a A, _ B, _ C, err error) A { return must(a, err) }

// TestAVisitsReportHasItsMarketNotes: those of the visit in its channel, with the question that
// each answers, while a setting has market notes on.
func TestAVisitsReportHasItsMarketNotes(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP, localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, mia}})
	s.asksMarket()
	v := s.visitedToday(sourcing)
	question := s.bot.marketQuestions()[0].ID
	s.noted(v.Factory, sourcing, "Two robots since May", func(n *visit.MarketNote) {
		n.Visit, n.Question, n.At = v.Number, question, time.Now().Add(-time.Hour)
		n.Idea = visit.MarketIdea{State: visit.IdeaOpen, Owner: mia, Next: "Ask for small lots", Due: civil.Of(time.Now()).AddDays(30)}
	})
	s.noted(v.Factory, sourcing, "Resin is up by 8 %", func(n *visit.MarketNote) { n.Visit, n.Tags = v.Number, []visit.MarketTag{visit.TagPrice} })
	s.noted(v.Factory, sourcing, "Of no visit", nil)
	s.noted(v.Factory, project, "Of another channel", func(n *visit.MarketNote) { n.Visit = v.Number })
	pdf, _ := s.reportOf(jonas, v)
	first, second := "Automation · "+s.bot.questionTitle(question)+" Two robots since May", "Price: Resin is up by 8 % This may be out of date: verify it before you rely on it."
	if at := strings.Index(pdf, first); at < 0 || strings.Index(pdf, second) < at || !strings.Contains(pdf, "Notes on the market") {
		t.Errorf("it lacks %q and %q in this order:\n%s", first, second, pdf)
	}
	for _, not := range []string{"Of no visit", "Of another channel", "Ask for small lots"} {
		if strings.Contains(pdf, not) {
			t.Errorf("the PDF has %q", not)
		}
	}
	s.bot.set().MarketNotes = false
	if pdf, _ = s.reportOf(jonas, v); strings.Contains(pdf, "robots") || strings.Contains(pdf, "market") {
		t.Errorf("while market notes are off it has\n%s", pdf)
	}
	s.nothingRefused()
}

// TestAVisitsReportSaysWhenTheNextOneIs: the first visit to the factory after it that is planned in
// its channel and not cancelled.
func TestAVisitsReportSaysWhenTheNextOneIs(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP, localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, mia}})
	v := s.visitedToday(sourcing)
	plans := func(channel string, ahead int, change func(*visit.Visit)) visit.Visit {
		o := s.visitIn(channel)
		s.changeVisit(o, func(o *visit.Visit) {
			o.First, o.Last = dayAhead(ahead), dayAhead(ahead+1)
			if change != nil {
				change(o)
			}
		})
		return s.visit(o.Number)
	}
	pdf, _ := s.reportOf(mia, v)
	if strings.Contains(pdf, "Next visit") {
		t.Errorf("none is planned, and it has\n%s", pdf)
	}
	plans(project, 20, nil)
	plans(sourcing, 30, func(o *visit.Visit) { o.Cancelled = visit.Mark{By: mia, At: time.Now()} })
	elsewhere := s.inspectionIn(sourcing).Factory
	plans(sourcing, 35, func(o *visit.Visit) { o.Factory = elsewhere })
	later, next := plans(sourcing, 90, nil), plans(sourcing, 40, nil)
	pdf, _ = s.reportOf(mia, v)
	want := fmt.Sprintf("Visit %d: %s", next.Number, blocks.Days(english, next.First, next.Last))
	if words := strings.Join(strings.Fields(pdf), " "); !strings.Contains(words, "Next visit "+want) || strings.Contains(words, fmt.Sprintf("Visit %d", later.Number)) {
		t.Errorf("it lacks %q:\n%s", want, pdf)
	}
	s.nothingRefused()
}
