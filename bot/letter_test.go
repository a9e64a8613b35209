package bot

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/letter"
	"visitprep/internal/localslack"
	"visitprep/internal/report"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// sam is of the workspace, and in none of its channels.
const sam = "U0SAMNOVAK1"

func withSam(t *testing.T) *stage {
	return newStageOf(t, overHTTP, []localslack.Person{{ID: sam, Name: "sam", RealName: "Sam Novak", TeamID: localslack.Sample().TeamID, TZ: "Europe/Berlin"}})
}

// ticks ticks boxes of a form that somebody has open.
func (s *stage) ticks(who string, v localslack.View, field string, values ...string) {
	s.t.Helper()
	a := s.find(v.Blocks, "", field)
	a.View, a.Values = v.ID, values
	if err := s.Act(who, a); err != nil {
		s.t.Fatalf("tick %s: %v", field, err)
	}
}

// inMarch is a visit of Monday 15 March 2027, which is today, with the three findings of the worked
// letter and photos at which somebody has looked.
func (s *stage) inMarch(channel string) visit.Visit {
	s.t.Helper()
	monday := time.Date(2027, time.March, 15, 8, 0, 0, 0, time.UTC)
	v := s.visitIn(channel)
	s.changeVisit(v, func(v *visit.Visit) {
		v.First, v.Last = civil.Of(monday), civil.Of(monday)
	})
	s.goBy(func() time.Time { return monday })
	for n, f := range []visit.Finding{
		{Severity: visit.Major, Bad: 6, Checked: 50, Text: "We opened 50 cartons; 6 had no corner protection, 2 of them were dented", TextZH: "包装护角。抽查50箱，其中6箱没有装护角，有2箱箱角已变形",
			Requirement: "The packing instruction, revision 4, asks for four corners per carton. The risk is damage in transport", RequirementZH: "包装作业指导书第4版要求每箱四角加护角，否则运输中容易碰伤产品",
			Request: "We can send a sample corner", RequestZH: "需要的话，我们可以寄护角样品"},
		{Severity: visit.Major, Bad: 4, Checked: 125, Text: "4 of 125 pieces have a surface scratch longer than 10 mm", TextZH: "表面划痕。抽检125件，4件划痕超过10毫米",
			Requirement: "; limit: defect list no. 12", RequirementZH: "，超出缺陷清单第12条的限度",
			Request: "Please tell us by 26 March at which step it arises. Our engineer can join a call", RequestZH: "请在3月26日前告知划痕出在哪道工序。我们的工程师可以一起开个视频会"},
		{Severity: visit.Minor, Bad: 2, Checked: 13, Text: "On 2 of 13 cartons the side barcode does not scan", TextZH: "侧唛条码。抽查13箱，2箱条码扫不出来",
			Request: "Please check print and position before the next lot. We attach the correct file", RequestZH: "请在下一批之前确认印刷和位置，正确的文件附后"},
	} {
		f.Subject, f.ForFactory, f.By = v.Subject(), true, mia
		f = s.logs(f, []int{2, 1, 1}[n])
		var looks []store.Look
		for _, p := range f.Photos {
			looks = append(looks, store.Look{Finding: f.Number, Photo: p.ID})
		}
		done(s.t, s.bot.o.Store.LookAtPhotos(context.Background(), s.TeamID(), looks, mia, monday))
	}
	return s.visit(v.Number)
}

// fills fills in the form of the worked letter.
func (s *stage) fills(who string, form localslack.View) {
	s.t.Helper()
	s.enter(who, form, fieldTo, "Mr Wang / 王总")
	s.enter(who, form, fieldEscort, "李经理／Manager Li")
	s.enter(who, form, fieldStrengths, "first-piece records were complete at all four stations\n- the incoming area is clearly divided and labelled.\n\nthe packing team answered every question precisely")
	s.enter(who, form, fieldStrengthsZH, "四个工位的首件记录都很完整\n来料区划分清楚、标识齐全\n包装组对我们的提问答得很准确")
	s.enter(who, form, fieldReplyBy, "2027-03-26")
}

// workedLetter is the letter of the design basis, word by word.
func workedLetter(t *testing.T, in letter.Lang) string {
	t.Helper()
	return strings.TrimSuffix(string(must(os.ReadFile("../internal/letter/testdata/letter."+string(in)+".txt"))), "\n")
}

// unbroken is a text without its line breaks and the spaces beside them.
func unbroken(s string) string {
	return strings.NewReplacer("\n", "", " ", "").Replace(s)
}

// The letter of three findings, from the command to the button that it was sent: in both languages
// word for word, as messages that are nothing else, as a PDF that says the same, and for whoever
// asked alone.
func TestTheLetterOfThreeFindings(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.inMarch(sourcing)
	s.command(mia, sourcing, fmt.Sprintf("/visit-prep letter %d", v.Number))
	form := s.modal(mia, "What was good? Be specific")
	expectForm(t, form.Blocks, "Visit 1, "+visited, "Finding 1 · Major · 6 of 50", "Finding 3 · Minor · 2 of 13")
	s.fills(mia, form)
	s.send(mia, form)
	s.modal(mia, "Your letter comes to you alone")
	dm := s.direct(mia)
	head := s.untilSays(mia, dm, "Letter 1: Visit 1, "+visited)
	s.settled()
	var texts []string
	var files []localslack.File
	for _, m := range s.Messages(mia, dm) {
		if len(m.Blocks) == 0 && len(m.Files) == 0 {
			texts = append(texts, m.Text)
		}
		files = append(files, m.Files...)
	}
	if want := []string{workedLetter(t, letter.Chinese), workedLetter(t, letter.English)}; !slices.Equal(texts, want) {
		t.Errorf("the texts are\n%s\nwant\n%s", strings.Join(texts, "\n---\n"), strings.Join(want, "\n---\n"))
	}
	if len(files) != 1 || files[0].Name != "feedback-2027-03-15.pdf" || files[0].AltText != "Feedback as PDF. Points: 3." {
		t.Fatalf("the files are %+v", files)
	}
	drawn := unbroken(strings.Join(pdfLines(t, files[0].Content), ""))
	want := unbroken(workedLetter(t, letter.Chinese) + workedLetter(t, letter.English) + "照片1·Photo1照片2·Photo2照片3·Photo3照片4·Photo4")
	if drawn != want {
		t.Errorf("the PDF says\n%s\nwant\n%s", drawn, want)
	}
	if n := bytes.Count(files[0].Content, []byte("/DCTDecode")); n != 4 {
		t.Errorf("it has %d photos", n)
	}
	expect(t, head, "Points: 3. Photos: 4.", "I send it to nobody.", "Draft wording: no native speaker has signed")
	for _, m := range s.Messages(jonas, sourcing) {
		if strings.Contains(says(m), "王总") || len(m.Files) > 0 {
			t.Errorf("it stands in the channel:\n%s", says(m))
		}
	}

	// Sent, its open findings are due on its day. Pressed again, it changes nothing.
	if a := must(s.bot.o.Store.Action(t.Context(), s.TeamID(), 1)); !a.Action.Due.IsZero() {
		t.Errorf("before it was sent finding 1 is due %v", a.Action.Due)
	}
	s.press(mia, head, "I have sent it")
	sent := s.untilSays(mia, dm, "Sent by Mia Chen on 15 March 2027.")
	expect(t, sent, "due on Fri 26 March 2027")
	if strings.Contains(says(sent), "Draft wording") || strings.Contains(blockText(sent.Blocks), "I have sent it") {
		t.Errorf("sent, it still says\n%s", says(sent))
	}
	for n := 1; n <= 3; n++ {
		a := must(s.bot.o.Store.Action(t.Context(), s.TeamID(), n))
		steps := []int{2, 2, 1}[n-1] // of the two major ones it asks by when the lot is known, too
		if a.Action.Due.String() != "2027-03-26" || len(a.Action.Steps) != steps {
			t.Errorf("finding %d is due %v after %d steps", n, a.Action.Due, len(a.Action.Steps))
		}
	}
	s.goBy(func() time.Time { return time.Date(2027, time.March, 16, 8, 0, 0, 0, time.UTC) })
	s.pressAgain(mia, actLetterSent, letterSubject(1))
	if a := must(s.bot.o.Store.Action(t.Context(), s.TeamID(), 1)); len(a.Action.Steps) != 2 {
		t.Errorf("pressed again there are %d steps", len(a.Action.Steps))
	}
	if l := must(s.bot.o.Store.Letter(t.Context(), s.TeamID(), 1)); l.Sent.By != mia || l.Sent.At.Day() != 15 {
		t.Errorf("it was sent by %+v", l.Sent)
	}
	s.pressAgain(mia, actLetterWrite, letterSubject(1))
	s.untilSays(mia, dm, "Letter 1 was sent, so it stays as it is.")
	s.nothingRefused()
}

// pressAgain uses a control that stood in a message before it changed.
func (s *stage) pressAgain(who string, verb blocks.ActionID, about blocks.Subject) {
	s.t.Helper()
	kept := blocks.Said("A control of before.")
	kept.Add(blocks.Actions(blocks.Button(verb, about, "Before")))
	done(s.t, s.bot.replies.post(context.Background(), s.TeamID(), who, "", kept))
	s.press(who, s.untilSays(who, s.direct(who), "A control of before."), "Before")
	s.settled()
}

// A letter lacks something, or asks by a day on which nobody answers: it is said beside the field,
// and nothing that was typed is lost.
func TestTheFormOfALetter(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.inMarch(sourcing)
	s.changeVisit(v, func(v *visit.Visit) {
		v.Items = append(v.Items, visit.Item{ID: 90, Text: "Look at the incoming area", Done: visit.Mark{By: mia, At: time.Now()}},
			visit.Item{ID: 91, Text: "Ask for the audit", Sensitive: true, Done: visit.Mark{By: mia, At: time.Now()}}, visit.Item{ID: 92, Text: "Count the cartons"})
	})
	s.logs(visit.Finding{Subject: v.Subject(), Severity: visit.Minor, Text: "Only for us", By: mia}, 0)
	s.logs(visit.Finding{Subject: v.Subject(), Kind: visit.RedFlag, Text: "Two sets of books", By: mia}, 0)
	s.logs(visit.Finding{Subject: v.Subject(), Text: "Nobody has sorted it", ForFactory: true, By: mia}, 0)
	m := s.command(mia, sourcing, "/visit-prep findings 1")
	s.press(mia, m, "Write letter")
	form := s.modal(mia, "What was good? Be specific")
	text := blockText(form.Blocks)
	for _, words := range []string{"Findings that are not offered: 3."} {
		if !strings.Contains(text, words) {
			t.Errorf("the form lacks %q:\n%s", words, text)
		}
	}
	raw := fmt.Sprintf("%s", form.Blocks)
	for _, words := range []string{"Only for us\"", "Two sets of books", "Nobody has sorted it", "Ask for the audit", "Count the cartons"} {
		if strings.Contains(raw, words) {
			t.Errorf("the form offers %q", words)
		}
	}
	for _, words := range []string{"Look at the incoming area", "Mia Chen", "2027-03-25"} {
		if !strings.Contains(raw, words) {
			t.Errorf("the form is not filled in with %q:\n%s", words, raw)
		}
	}
	for _, c := range []struct {
		name, field, value, at, want string
	}{
		{"to nobody", fieldTo, " ", fieldTo, "whom the letter is to"},
		{"without a strength", fieldStrengths, "\n - \n", fieldStrengths, "Nothing to send yet: a letter begins with what was good."},
		{"with more lines in Chinese than in English", fieldStrengthsZH, "一\n二\n三\n四", fieldStrengthsZH, "That is 4 lines, and 3 in English."},
		{"by yesterday", fieldReplyBy, "2027-03-12", fieldReplyBy, "That day is over."},
		{"by a Saturday", fieldReplyBy, "2027-03-27", fieldReplyBy, "Its next working day is Mon 29 March 2027: did you mean that?"},
		{"by no day", fieldReplyBy, "", fieldReplyBy, "Please pick the day"},
		{"signed by nobody", fieldSigns, "", fieldSigns, "who signs"},
	} {
		s.fills(mia, form)
		s.enter(mia, form, fieldSigns, "Mia Chen")
		s.enter(mia, form, c.field, c.value)
		if c.field == fieldStrengths { // one in Chinese alone would do
			s.enter(mia, form, fieldStrengthsZH, "")
		}
		if err := s.Submit(mia, form.ID); err != nil { // Slack itself does not let it go
			continue
		}
		if got := s.errorsIn(mia)[c.at]; !strings.Contains(got, c.want) && got != "Please complete this required field." { // which Slack says
			t.Errorf("%s: it says %v, want %q at %s", c.name, s.errorsIn(mia), c.want, c.at)
		}
	}
	s.fills(mia, form)
	s.enter(mia, form, fieldSigns, "Mia Chen")
	s.ticks(mia, form, fieldTold)
	s.send(mia, form)
	if got := s.errorsIn(mia)[fieldTold]; got != "Nothing to send yet: please pick one finding at least." {
		t.Errorf("without a finding: %v", s.errorsIn(mia))
	}
	s.ticks(mia, form, fieldTold, "2")
	s.ticks(mia, form, fieldWrittenIn, "en")
	s.enter(mia, form, fieldReplyBy, "2027-03-28")
	s.send(mia, form)
	done(t, s.CloseModal(mia, form.ID))
	if ls := must(s.bot.o.Store.Letters(t.Context(), s.TeamID(), v.Subject())); len(ls) != 0 {
		t.Errorf("there are letters: %+v", ls)
	}

	// Opened again, it has what was typed.
	s.command(mia, sourcing, "/visit-prep letter 1")
	form = s.modal(mia, "Filled in with what you entered last time.")
	s.enter(mia, form, fieldReplyBy, "2027-03-29")
	s.send(mia, form)
	s.modal(mia, "Your letter comes to you alone")
	s.untilSays(mia, s.direct(mia), "Points: 1. Photos: 1.")
	l := must(s.bot.o.Store.Letter(t.Context(), s.TeamID(), 1))
	if !slices.Equal(l.Findings, []int{2}) || !l.English || l.Chinese || l.To != (visit.Bilingual{EN: "Mr Wang", ZH: "王总"}) || len(l.Strengths) != 3 || l.LotBy.String() != "2027-03-17" {
		t.Errorf("the letter is %+v", l)
	}
	if n := s.count(mia, s.direct(mia), "王总，您好"); n != 0 {
		t.Error("it came in Chinese, too")
	}
	if got := says(s.last(mia, s.direct(mia))); strings.Contains(got, "Draft wording") {
		t.Errorf("of a letter in English it says\n%s", got)
	}

	// Edited, it is the same letter, and comes anew.
	s.press(mia, s.last(mia, s.direct(mia)), "Edit letter")
	form = s.modal(mia, "What was good? Be specific")
	s.ticks(mia, form, fieldTold, "2", "3")
	s.send(mia, form)
	s.untilSays(mia, s.direct(mia), "Points: 2. Photos: 2.")
	if ls := must(s.bot.o.Store.Letters(t.Context(), s.TeamID(), v.Subject())); len(ls) != 1 || len(ls[0].Findings) != 2 {
		t.Errorf("the letters are %+v", ls)
	}
	s.nothingRefused()
}

// A letter asks by itself only about what waits for an answer. What the factory has answered, and
// what was verified, is offered with how it stands, and comes in for whoever ticks it.
func TestALetterAsksOnceMoreOnlyWhatIsOpen(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.inMarch(sourcing)
	now := s.bot.o.Now()
	today := civil.Of(now)
	d := visit.Doer{By: mia, Lead: mia, Now: now, Today: today}
	for n, steps := range map[int][]func(*visit.Finding, *visit.Action) error{
		1: {
			func(f *visit.Finding, a *visit.Action) error {
				return a.LogAnswer(f, visit.Answer{Cause: "No stock", Proposal: "A card", SaidBy: "Li Na"}, d)
			},
			func(f *visit.Finding, a *visit.Action) error {
				return a.Agree(f, visit.Agreed{Due: today.AddDays(30), Reviewer: jonas, Proofs: []visit.ProofKind{visit.ProofPhoto}}, d)
			},
		},
		2: {func(f *visit.Finding, a *visit.Action) error { return a.SetDue(f, today.AddDays(9), "", d) }},
		3: {
			func(f *visit.Finding, a *visit.Action) error {
				return a.LogAnswer(f, visit.Answer{Proposal: "A new print file", SaidBy: "Li Na"}, d)
			},
			func(f *visit.Finding, a *visit.Action) error {
				return a.Agree(f, visit.Agreed{Due: today.AddDays(7), Reviewer: jonas, Proofs: []visit.ProofKind{visit.ProofRecord}}, d)
			},
			func(f *visit.Finding, a *visit.Action) error {
				return a.LogDone(f, visit.DoneClaim{Day: today, Proofs: []visit.Proof{{Kind: visit.ProofRecord, Text: "Scan log"}}}, d)
			},
			func(f *visit.Finding, a *visit.Action) error {
				return a.Verify(f, visit.Verification{Day: today, Text: "Scanned five cartons"}, visit.Doer{By: jonas, Lead: mia, Now: now, Today: today})
			},
		},
	} {
		for _, step := range steps {
			must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), n, now, step))
		}
	}
	s.command(mia, sourcing, fmt.Sprintf("/visit-prep letter %d", v.Number))
	form := s.modal(mia, "What was good? Be specific")
	raw := fmt.Sprintf("%s", form.Blocks)
	for _, words := range []string{`"description":{"text":"Agreed, due 14 April 2027"`, `"description":{"text":"Verified on 15 March 2027"`} {
		if strings.Count(raw, words) != 1 {
			t.Errorf("the form has not once %s:\n%s", words, raw)
		}
	}
	s.fills(mia, form)
	s.send(mia, form)
	s.modal(mia, "Your letter comes to you alone")
	s.untilSays(mia, s.direct(mia), "Letter 1: ")
	if l := must(s.bot.o.Store.Letter(t.Context(), s.TeamID(), 1)); !slices.Equal(l.Findings, []int{2}) {
		t.Errorf("the letter asks of %v", l.Findings)
	}

	// Opened again, it says so too.
	s.command(mia, sourcing, "/visit-prep letter 1")
	form = s.modal(mia, "The form below is for another letter.")
	s.pressIn(mia, form, "Open letter 1", "")
	s.settled()
	if raw := fmt.Sprintf("%s", s.modal(mia, "What was good? Be specific").Blocks); !strings.Contains(raw, "Verified on 15 March 2027") || strings.Count(raw, "initial_options") != 2 { // a finding and the languages
		t.Errorf("opened again the form has\n%s", raw)
	}
	s.nothingRefused()
}

// A letter, and the brief for a host, begin with the one person of the factory whom whoever writes
// knows, as they are addressed in each language; and with nobody where that is not clear.
func TestWhomALetterIsTo(t *testing.T) {
	t.Parallel()
	staff := func(of int) func(*visit.Contact) {
		return func(c *visit.Contact) { c.Factory, c.Roles = of, []visit.ContactRole{visit.FactoryStaff} }
	}
	for _, c := range []struct {
		name string
		know func(s *stage, of int)
		want visit.Bilingual
	}{
		{"one person", func(s *stage, of int) { s.knows(sourcing, staff(of)) }, visit.Bilingual{EN: "Manager Chen", ZH: "陈经理"}},
		{"a broker beside them", func(s *stage, of int) {
			s.knows(sourcing, staff(of))
			s.knows(sourcing, func(c *visit.Contact) { c.Factory, c.Title = of, "Ms Li 李女士" })
		}, visit.Bilingual{EN: "Manager Chen", ZH: "陈经理"}},
		{"nobody", func(*stage, int) {}, visit.Bilingual{}},
		{"two", func(s *stage, of int) { s.knows(sourcing, staff(of)); s.knows(sourcing, staff(of)) }, visit.Bilingual{}},
		{"of another factory", func(s *stage, of int) { s.knows(sourcing, staff(of+7)) }, visit.Bilingual{}},
		{"one without a title", func(s *stage, of int) {
			s.knows(sourcing, func(c *visit.Contact) { staff(of)(c); c.Title = "" })
		}, visit.Bilingual{}},
		{"one of a private channel elsewhere", func(s *stage, of int) {
			s.knows(project, func(c *visit.Contact) { staff(of)(c); c.Private = true })
		}, visit.Bilingual{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newContactStage(t)
			v := s.inMarch(sourcing)
			c.know(s, v.Factory.Number)
			to := must(s.bot.access.addressee(t.Context(), s.TeamID(), mia, &v.Work))
			if to != c.want {
				t.Errorf("it is to %+v, want %+v", to, c.want)
			}
			f := s.bot.feedback.blank(t.Context(), &v, mia, nil, nil)
			if got := visit.Forms(f[fieldTo]); got != c.want {
				t.Errorf("the form of a letter has %q, want %+v", f[fieldTo], c.want)
			}
			if f := s.bot.hosts.firstForm(t.Context(), s.TeamID(), mia, &v); visit.Forms(f[visit.HostTo]) != c.want {
				t.Errorf("the form of a host brief has %q, want %+v", f[visit.HostTo], c.want)
			}
		})
	}
}

// An address in both languages that are not separated by a stroke stands in each letter in one.
func TestALetterTakesAnAddressApart(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inMarch(sourcing)
	s.command(mia, sourcing, "/visit-prep letter 1")
	form := s.modal(mia, "As they are addressed, in both languages if you know it: Mr Wang / 王总.")
	s.fills(mia, form)
	s.enter(mia, form, fieldTo, "Mr Wang 王总")
	s.send(mia, form)
	s.modal(mia, "Your letter comes to you alone")
	s.untilSays(mia, s.direct(mia), "Letter 1: ")
	for _, in := range letter.Langs() {
		if !slices.ContainsFunc(s.Messages(mia, s.direct(mia)), func(m localslack.Message) bool { return m.Text == workedLetter(t, in) }) {
			t.Errorf("the letter in %s is not the worked one", in)
		}
	}
}

// More findings than Slack takes in one block stand in several, and all come.
func TestALetterOfManyFindings(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.inMarch(sourcing)
	for n := range 20 {
		s.logs(visit.Finding{Subject: v.Subject(), Severity: visit.Minor, Text: fmt.Sprintf("label %d is crooked", n), TextZH: "标签歪斜", ForFactory: true, By: mia}, 0)
	}
	s.command(mia, sourcing, "/visit-prep letter 1")
	form := s.modal(mia, "What was good? Be specific")
	expectForm(t, form.Blocks, "More findings")
	s.fills(mia, form)
	s.ticks(mia, form, toldBlock(2), "21", "23")
	s.send(mia, form)
	s.modal(mia, "Your letter comes to you alone")
	s.untilSays(mia, s.direct(mia), "Points: 22. Photos: 4.")
	s.nothingRefused()
}

func TestNothingToSendToTheFactory(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	s.logs(visit.Finding{Subject: v.Subject(), Severity: visit.Minor, Text: "Only for us", By: mia}, 0)
	s.command(mia, sourcing, "/visit-prep letter 1")
	page := s.modal(mia, "Nothing to send yet: there is no finding that may go to the factory.")
	expectForm(t, page.Blocks, "Findings that are not offered: 1.", "Add finding")
	if m := s.command(mia, sourcing, "/visit-prep findings 1"); strings.Contains(blockText(m.Blocks), "Write letter") {
		t.Error("a letter of nothing is offered")
	}
	// Without a number it is a question, and of what is not there nothing is said.
	if got := says(s.command(mia, sourcing, "/visit-prep letter")); strings.Contains(got, "Nothing to send") {
		t.Errorf("without a number it says\n%s", got)
	}
	done(t, s.CloseModal(mia, page.ID))
	s.command(mia, sourcing, "/visit-prep letter 99")
	s.modal(mia, "I can't find that number in your channels.")
	s.nothingRefused()
}

// What has no Chinese is named before anything is written. A colleague of the channel types it, and
// it stays with the finding.
func TestTheChineseOfALetter(t *testing.T) {
	t.Parallel()
	s := withSam(t)
	s.inMarch(sourcing)
	must(s.bot.o.Store.ChangeFinding(t.Context(), s.TeamID(), 2, time.Now(), func(f *visit.Finding) error { f.TextZH, f.RequestZH = "", ""; return nil }))
	s.command(mia, sourcing, "/visit-prep letter 1")
	form := s.modal(mia, "What was good? Be specific")
	s.fills(mia, form)
	s.enter(mia, form, fieldTo, "Mr Wang")
	s.enter(mia, form, fieldStrengthsZH, "")
	s.send(mia, form)
	page := s.modal(mia, "These lines have no Chinese yet, and I translate nothing.")
	expectForm(t, page.Blocks, "*To* · Mr Wang", "*What was good, line 2* · the incoming area", "*Finding 2: what was seen* · 4 of 125 pieces", "*Finding 2: what we ask* · Please tell us by 26 March")
	if strings.Contains(blockText(page.Blocks), "Finding 1") {
		t.Error("it names what has its Chinese")
	}
	s.settled()
	if s.has(mia, s.direct(mia), "Letter 1") {
		t.Error("it was written all the same")
	}
	s.pressIn(mia, page, "Ask a colleague for the Chinese", "")
	ask := s.modal(mia, "Who writes the Chinese?")
	for whom, want := range map[string]string{mia: "That is you.", liwei: "Li Wei", sam: "They are not in the channel"} {
		s.enter(mia, ask, fieldColleague, whom)
		if err := s.Submit(mia, ask.ID); err != nil {
			continue
		}
		if got := s.errorsIn(mia)[fieldColleague]; got == "" || !strings.Contains(got, want) {
			t.Errorf("asking %s: %v", whom, s.errorsIn(mia))
		}
	}
	s.enter(mia, ask, fieldColleague, jonas)
	s.send(mia, ask)
	s.modal(mia, "has the lines in a direct message")
	asked := s.untilSays(jonas, s.direct(jonas), "asks you for the Chinese of some lines")
	expect(t, asked, "4 of 125 pieces")
	if got := says(asked); strings.Contains(got, "corner") || strings.Contains(got, "Manager Li") {
		t.Errorf("it has more than those lines:\n%s", got)
	}
	typing := s.opens(jonas, asked, "Type the Chinese")
	s.enter(jonas, typing, inChinese(t, typing, "zh/to/0"), "Wang")
	s.enter(jonas, typing, inChinese(t, typing, "zh/text/2"), "表面划痕。抽检125件，4件划痕超过10毫米")
	s.send(jonas, typing)
	if got := s.errorsIn(jonas)[inChinese(t, typing, "zh/to/0")]; got != "Please write it in Chinese characters, or leave it empty." {
		t.Errorf("what is not Chinese: %v", s.errorsIn(jonas))
	}
	s.enter(jonas, typing, inChinese(t, typing, "zh/to/0"), "王总")
	s.enter(jonas, typing, inChinese(t, typing, "zh/strength/1"), "四个工位的首件记录都很完整")
	s.enter(jonas, typing, inChinese(t, typing, "zh/strength/2"), "来料区划分清楚、标识齐全")
	s.enter(jonas, typing, inChinese(t, typing, "zh/strength/3"), "包装组对我们的提问答得很准确")
	s.send(jonas, typing)
	s.modal(jonas, "Saved. Lines that still have no Chinese: 1.")
	if f := s.finding(2); f.TextZH != "表面划痕。抽检125件，4件划痕超过10毫米" || f.RequestZH != "" {
		t.Errorf("the finding has %q and %q", f.TextZH, f.RequestZH)
	}
	told := s.untilSays(mia, s.direct(mia), "has typed the Chinese for letter 1")
	expect(t, told, "Lines that still have none: 1.")
	s.press(jonas, asked, "Type the Chinese")
	typing = s.modal(jonas, "Finding 2: what we ask")
	s.enter(jonas, typing, inChinese(t, typing, "zh/request/2"), "请在3月26日前告知划痕出在哪道工序。我们的工程师可以一起开个视频会")
	s.send(jonas, typing)
	s.modal(jonas, "Every line of letter 1 has its Chinese now.")
	told = s.untilSays(mia, s.direct(mia), "Lines that still have none: 0.")
	s.press(mia, told, "Write letter")
	s.untilSays(mia, s.direct(mia), "Letter 1: ")
	if !slices.ContainsFunc(s.Messages(mia, s.direct(mia)), func(m localslack.Message) bool { return m.Text == workedLetter(t, letter.Chinese) }) {
		t.Error("the letter with what the colleague typed is not the worked one")
	}
	if s.has(jonas, s.direct(jonas), "Letter 1: ") {
		t.Error("the colleague has the letter")
	}
	s.nothingRefused()
}

// A letter can be written without the Chinese, and says so below it, not in it.
func TestALetterWithoutChinese(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inMarch(sourcing)
	must(s.bot.o.Store.ChangeFinding(t.Context(), s.TeamID(), 3, time.Now(), func(f *visit.Finding) error { f.TextZH = ""; return nil }))
	s.command(mia, sourcing, "/visit-prep letter 1")
	form := s.modal(mia, "What was good? Be specific")
	s.fills(mia, form)
	s.send(mia, form)
	page := s.modal(mia, "These lines have no Chinese yet")
	s.pressIn(mia, page, "Write letter without it", "")
	head := s.untilSays(mia, s.direct(mia), "Letter 1: ")
	expect(t, head, "Lines in English in the Chinese letter, because nobody has typed their Chinese: 1.")
	if !s.has(mia, s.direct(mia), "3.【轻微 MIN】On 2 of 13 cartons the side barcode does not scan（照片4）。") {
		t.Error("the line in English is not there")
	}
	s.nothingRefused()
}

// A letter belongs to its channel: who is not in it cannot read it, change it or say that it was
// sent, whatever they press.
func TestALetterIsOfItsChannel(t *testing.T) {
	t.Parallel()
	s := withSam(t)
	v := s.inMarch(sourcing)
	l := must(s.bot.o.Store.AddLetter(t.Context(), visit.Letter{Workspace: s.TeamID(), Subject: v.Subject(), To: visit.Bilingual{EN: "Mr Wang"}, Strengths: []visit.Bilingual{{EN: "good"}}, Findings: []int{1},
		ReplyBy: civil.On(2027, 3, 26), English: true, From: "Mia", Made: visit.Mark{By: mia, At: s.bot.o.Now()}}))
	for _, verb := range []blocks.ActionID{actLetterWrite, actLetterSent} {
		s.pressAgain(sam, verb, letterSubject(l.Number))
		s.untilSays(sam, s.direct(sam), "I can't find that number in your channels.")
	}
	for _, verb := range []blocks.ActionID{actLetter, actLetterEdit, actLetterAsk, actLetterChinese} {
		about := letterSubject(l.Number)
		if verb == actLetter {
			about = blocks.Subject(v.Subject())
		}
		s.pressAgain(sam, verb, about)
		page := s.modal(sam, "I can't find that number in your channels.")
		done(t, s.CloseModal(sam, page.ID))
	}
	if got := must(s.bot.o.Store.Letter(t.Context(), s.TeamID(), l.Number)); got.Sent.IsSet() || got.Rev != 1 {
		t.Errorf("it became %+v", got)
	}
	if s.has(sam, s.direct(sam), "corner") {
		t.Error("somebody who is not in the channel has read it")
	}

	// Who left while the form was open saves nothing.
	done(t, s.Join(sam, sourcing))
	s.bot.directory.members.drop(inTeam(s.TeamID(), sourcing))
	s.command(sam, sourcing, "/visit-prep letter 1")
	form := s.modal(sam, "What was good? Be specific")
	s.fills(sam, form)
	done(t, s.Leave(sam, sourcing))
	s.settled()
	s.bot.directory.members.drop(inTeam(s.TeamID(), sourcing))
	s.send(sam, form)
	s.settled()
	if ls := must(s.bot.o.Store.Letters(t.Context(), s.TeamID(), v.Subject())); len(ls) != 1 {
		t.Errorf("who has left made a letter: %+v", ls)
	}

	// Nor are they told that their letter has its Chinese.
	theirs := must(s.bot.o.Store.AddLetter(t.Context(), visit.Letter{Workspace: s.TeamID(), Subject: v.Subject(), To: visit.Bilingual{EN: "Mr Wang"}, Strengths: []visit.Bilingual{{EN: "good"}}, Findings: []int{1},
		ReplyBy: civil.On(2027, 3, 26), Chinese: true, From: "Sam", Made: visit.Mark{By: sam, At: s.bot.o.Now()}}))
	a := must(s.bot.o.Store.Appointment(t.Context(), s.TeamID(), v.Subject()))
	s.bot.feedback.tellTyped(submission{team: s.TeamID(), user: jonas}, &theirs, a, 0)
	s.settled()
	s.bot.Wait()
	if s.has(sam, s.direct(sam), "has typed the Chinese") {
		t.Error("who has left is told of the letter")
	}
}

// Where Slack takes no file the texts come all the same, and it is said.
func TestALetterWithoutItsPDF(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inMarch(sourcing)
	s.Fail("files.getUploadURLExternal", "internal_error", 1)
	s.command(mia, sourcing, "/visit-prep letter 1")
	form := s.modal(mia, "What was good? Be specific")
	s.fills(mia, form)
	s.send(mia, form)
	head := s.untilSays(mia, s.direct(mia), "Its PDF is missing")
	if !s.has(mia, s.direct(mia), "王总，您好！") {
		t.Error("the text is missing, too")
	}
	s.press(mia, head, "Write letter")
	s.until("the file comes", func() bool {
		return slices.ContainsFunc(s.Messages(mia, s.direct(mia)), func(m localslack.Message) bool { return len(m.Files) == 1 })
	})
}

// TestNothingOfOursIsInALetter fills every field of a visit, an inspection, their findings and the
// letter with marks: a field that is not named here may stand neither in the texts, nor in the PDF or
// about it, nor in its name. A field that somebody adds is a secret until it is named.
func TestNothingOfOursIsInALetter(t *testing.T) {
	t.Parallel()
	may := []string{
		"letter.To.EN", "letter.To.ZH", "letter.Escort.EN", "letter.Escort.ZH", "letter.Strengths.EN", "letter.Strengths.ZH", "letter.From",
		"finding for the factory.Text", "finding for the factory.TextZH", "finding for the factory.Requirement", "finding for the factory.Request",
		"finding for the factory.RequirementZH", "finding for the factory.RequestZH",
	}
	book := must(Letters(must(knowledge.Embedded()).Letters()))
	for _, name := range []string{"visit", "inspection"} {
		t.Run(name, func(t *testing.T) {
			m := &marking{marks: map[string]string{}}
			var a visit.Appointment
			if name == "visit" {
				v := new(visit.Visit)
				m.fill(reflect.ValueOf(v).Elem(), name)
				v.First, v.Last, v.Zone = civil.On(2027, 3, 15), civil.On(2027, 3, 16), "Asia/Shanghai"
				a = v
			} else {
				i := new(visit.Inspection)
				m.fill(reflect.ValueOf(i).Elem(), name)
				i.Due, i.Zone = civil.On(2027, 3, 15), "Asia/Shanghai"
				a = i
			}
			a.Common().Number = 4711
			l := new(visit.Letter)
			m.fill(reflect.ValueOf(l).Elem(), "letter")
			l.Number, l.ReplyBy, l.LotBy, l.English, l.Chinese, l.Findings = 4712, civil.On(2027, 3, 26), civil.On(2027, 3, 17), true, true, nil
			var fs []visit.Finding
			for _, kind := range []struct {
				name   string
				change func(*visit.Finding)
			}{
				{"for the factory", func(*visit.Finding) {}},
				{"for us alone", func(f *visit.Finding) { f.ForFactory = false }},
				{"a red flag", func(f *visit.Finding) { f.Kind = visit.RedFlag }},
				{"withdrawn", func(f *visit.Finding) { f.Withdrawn = visit.Mark{By: mia, At: time.Now()} }},
				{"not sorted", func(f *visit.Finding) { f.Severity = "" }},
			} {
				var f visit.Finding
				m.fill(reflect.ValueOf(&f).Elem(), "finding "+kind.name)
				f.Number, f.Kind, f.Severity, f.Bad, f.Checked, f.ForFactory, f.Withdrawn = len(fs)+987601, visit.OfProduct, visit.Major, 6, 50, true, visit.Mark{}
				looked := f.Photos[0]
				looked.State, looked.Cleared, looked.ID = visit.PhotoKept, visit.Mark{By: jonas, At: time.Now()}, 1
				unseen, out := looked, looked
				unseen.ID, unseen.Cleared, out.ID, out.LeftOut = 2, visit.Mark{}, 3, true
				f.Photos = []visit.PhotoRef{looked, unseen, out}
				kind.change(&f)
				fs, l.Findings = append(fs, f), append(l.Findings, f.Number)
			}
			first, last := a.Days()
			made := makeLetter(l, first, last, fs, func(string) string { return "" })
			if len(made.letter.Points) != 1 || len(made.photos) != 1 || made.photos[0].ID != 1 || made.unseen != 1 {
				t.Fatalf("it has %d points and %+v", len(made.letter.Points), made.photos)
			}
			var texts []string
			for _, in := range langsOf(l) {
				texts = append(texts, book.Letter(&made.letter, in))
			}
			doc := made.file(book, langsOf(l), "Feedback", "Northlight", func(*visit.PhotoRef) ([]byte, error) { return oneCopy(), nil })
			var b bytes.Buffer
			if err := doc.WritePDF(&b, english.Printer); err != nil {
				t.Fatal(err)
			}
			file := letterFileName(last)
			if !regexp.MustCompile(`^feedback-2027-03-1[56]\.pdf$`).MatchString(file) {
				t.Errorf("the file is called %s", file)
			}
			all := strings.Join(texts, "\n") + file + pdfText(t, b.Bytes()) + strings.Join(pdfLines(t, b.Bytes()), "")
			seen := map[string]bool{}
			for mark, field := range m.marks {
				if !strings.Contains(all, mark) {
					continue
				}
				seen[field] = true
				if !slices.Contains(may, field) {
					t.Errorf("%s is in the letter", field)
				}
			}
			for _, field := range may {
				if !seen[field] {
					t.Errorf("the test does not find %s, which may be there", field)
				}
			}
			for _, number := range []string{"4711", "4712", "98760"} {
				if strings.Contains(all, number) {
					t.Errorf("our number %s is in it", number)
				}
			}
			for _, word := range []string{"Visit Prep", "fpdf", "Slack", "CreationDate (D:2027"} {
				if strings.Contains(all, word) {
					t.Errorf("the file says %q", word)
				}
			}
		})
	}
}

// What a letter is written from is a list of fields, and so is its file: whoever adds one decides
// here that a factory may read it.
func TestWhatALetterIsWrittenFrom(t *testing.T) {
	t.Parallel()
	for of, want := range map[reflect.Type]string{
		reflect.TypeFor[letter.Letter]():      "To Escort First Last Strengths Points From",
		reflect.TypeFor[letter.Point]():       "Severity Seen Bad Checked Photos Requirement Request AnswerBy LotBy",
		reflect.TypeFor[letter.Text]():        "EN ZH",
		reflect.TypeFor[report.LetterFile]():  "Title Company Texts Photos",
		reflect.TypeFor[report.LetterPhoto](): "Label JPEG",
	} {
		var fields []string
		for n := range of.NumField() {
			fields = append(fields, of.Field(n).Name)
		}
		if got := strings.Join(fields, " "); got != want {
			t.Errorf("a %s has the fields %s, want %s: may a factory read the others?", of, got, want)
		}
	}
}
