package bot

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/letter"
	"visitprep/internal/report"
	"visitprep/internal/visit"
)

// A madeLetter is a letter as the factory reads it, with its photos.
type madeLetter struct {
	letter   letter.Letter
	findings []int            // the number of the finding that each point is
	photos   []visit.PhotoRef // in the order of their numbers
	unseen   int              // photos at which nobody has looked, and which it lacks
}

// make puts a letter together from what was typed and the findings as they are now.
func (fb *feedback) make(ctx context.Context, l *visit.Letter, a visit.Appointment) (*madeLetter, error) {
	fs, err := fb.o.Store.Findings(ctx, l.Workspace, l.Subject)
	if err != nil {
		return nil, err
	}
	defects := fb.guide.Load().Base.Defects()
	first, last := a.Days()
	return makeLetter(l, first, last, fs, func(id string) string {
		if d, ok := defects.Defect(id); ok {
			return d.Chinese
		}
		return ""
	}), nil
}

// makeLetter names each field that the factory may read: nothing comes into a letter by not being
// left out. defect is the Chinese of a defect in the vocabulary.
func makeLetter(l *visit.Letter, first, last civil.Date, fs []visit.Finding, defect func(id string) string) *madeLetter {
	m := &madeLetter{letter: letter.Letter{To: letter.Text(l.To), Escort: letter.Text(l.Escort), First: first, Last: last, From: l.From}}
	for _, s := range l.Strengths {
		m.letter.Strengths = append(m.letter.Strengths, letter.Text(s))
	}
	for _, number := range l.Findings {
		for n := range fs {
			if f := &fs[n]; f.Number == number && f.ForLetter() {
				m.add(l, f, defect)
			}
		}
	}
	return m
}

// add adds a finding as the next point.
func (m *madeLetter) add(l *visit.Letter, f *visit.Finding, defect func(id string) string) {
	p := letter.Point{
		Severity: letter.Severity(f.Severity), Seen: inBoth(f.Text, cmp.Or(f.TextZH, defect(f.Defect))), Bad: f.Bad, Checked: f.Checked,
		Requirement: inBoth(f.Requirement, f.RequirementZH), Request: inBoth(f.Request, f.RequestZH), AnswerBy: l.ReplyBy,
	}
	if f.Kind == visit.Idea {
		p.Severity = letter.Idea
	}
	if l.AsksOfLot(f) {
		p.LotBy = l.LotBy
	}
	for _, ph := range f.Photos {
		switch {
		case ph.ForFactory():
			m.photos = append(m.photos, ph)
			p.Photos = append(p.Photos, len(m.photos))
		case ph.ToLookAt():
			m.unseen++
		}
	}
	m.letter.Points = append(m.letter.Points, p)
	m.findings = append(m.findings, f.Number)
}

// inBoth is a text with its Chinese. What was typed in Chinese alone is its own.
func inBoth(text, zh string) letter.Text {
	if zh == "" && visit.HasHan(text) {
		zh = text
	}
	return letter.Text{EN: text, ZH: zh}
}

// langsOf are the languages of a letter, the factory's first.
func langsOf(l *visit.Letter) (ls []letter.Lang) {
	if l.Chinese {
		ls = append(ls, letter.Chinese)
	}
	if l.English {
		ls = append(ls, letter.English)
	}
	return ls
}

// letterFileName is the name of a letter's PDF: the factory reads no number of ours in it.
func letterFileName(last civil.Date) string { return "feedback-" + last.String() + ".pdf" }

// file is the letter as a PDF. jpeg gives a photo as it may go to the factory.
func (m *madeLetter) file(book *letter.Book, in []letter.Lang, title, company string, jpeg func(*visit.PhotoRef) ([]byte, error)) *report.LetterFile {
	doc := &report.LetterFile{Title: title, Company: company}
	for _, l := range in {
		doc.Texts = append(doc.Texts, book.Letter(&m.letter, l))
	}
	for n := range m.photos {
		var label []string
		for _, l := range in {
			label = append(label, book.PhotoLabel(n+1, l))
		}
		doc.Photos = append(doc.Photos, report.LetterPhoto{Label: strings.Join(label, " · "), JPEG: func() ([]byte, error) { return jpeg(&m.photos[n]) }})
	}
	return doc
}

// writeClick writes a letter as it is, with English in the place of the Chinese that it lacks.
func (fb *feedback) writeClick(ctx context.Context, c click) error {
	p := fb.directory.printer(ctx, c.team, c.user)
	l, _, err := fb.letter(ctx, c.team, c.user, cutLetter(c.about))
	if err == nil && l.Sent.IsSet() {
		err = visit.Invalid("", "Letter %d was sent, so it stays as it is. You can write another one.", l.Number)
	}
	m := blocks.Said(p.T("Your letter comes to you alone in a moment, in your direct messages with Visit Prep. You pass it on yourself."))
	if err != nil {
		m = fb.replies.errorTo(c.team, c.user, "write a letter", err)
	} else if _, err := fb.postOnce(ctx, c, string(c.about), func() error { fb.writeLater(c.team, c.user, l.Number); return nil }); err != nil {
		return err
	}
	if c.view != "" {
		return fb.replies.redraw(ctx, p, c.team, c.view, &modal{title: p.T("Letter %d", cutLetter(c.about)), blocks: m.Blocks})
	}
	return fb.replies.replyPrivately(ctx, c, m)
}

// writeLater writes a letter after the acknowledgement. Whoever asked for it reads what went wrong,
// and can ask again.
func (fb *feedback) writeLater(team, person string, number int) {
	fb.replies.later("write a letter", "", func(ctx context.Context) error {
		err := fb.write(ctx, team, person, number)
		if err == nil {
			return nil
		}
		p := fb.directory.printer(ctx, team, person)
		m := fb.replies.errorTo(team, person, "write a letter", err)
		if errors.Is(err, errNotWhole) {
			m = blocks.Said(p.T("Not all of letter %d came: Slack didn't take it. Please press Write letter: then all of it comes again.", number))
		}
		m.Add(writeOrEdit(p, number))
		return fb.replies.postSurely(ctx, team, person, m)
	})
}

// writeOrEdit are the buttons with which somebody mends a letter that did not come.
func writeOrEdit(p blocks.Printer, number int) slack.Block {
	return blocks.Actions(blocks.Button(actLetterWrite, letterSubject(number), p.T("Write letter")), blocks.Button(actLetterEdit, letterSubject(number), p.T("Edit letter")))
}

// inTime has a letter that is written again later ask by no day that is over: what becomes of the
// lot by a new one, and for the day of the answer it asks whoever wants the letter.
func (fb *feedback) inTime(ctx context.Context, l *visit.Letter, w *visit.Work) (err error) {
	now := fb.o.Now()
	switch today := w.Today(now); {
	case l.Sent.IsSet():
	case l.ReplyBy.Before(today):
		return visit.ReplyOver()
	case l.LotOver(w.Zone, now):
		*l, err = fb.o.Store.ChangeLetter(ctx, l.Workspace, l.Number, func(l *visit.Letter) error {
			if !l.Sent.IsSet() {
				l.AskOfLot(&fb.o.Timing, today, w.Zone)
			}
			return nil
		})
	}
	return err
}

// errNotWhole is why a letter came in part.
var errNotWhole = errors.New("not all of it came")

// write sends a letter to the person who passes it on: the PDF, each text as a message that is
// nothing else, and what to do with them.
func (fb *feedback) write(ctx context.Context, team, person string, number int) error {
	l, a, err := fb.letter(ctx, team, person, number)
	if err == nil {
		err = fb.inTime(ctx, &l, a.Common())
	}
	if err != nil {
		return err
	}
	made, err := fb.make(ctx, &l, a)
	if err != nil {
		return err
	}
	if len(made.letter.Points) == 0 {
		return visit.Invalid("", "Nothing to send any more: the findings of letter %d are withdrawn, or only for us now.", number)
	}
	dm, err := fb.directory.direct(ctx, team, person)
	if err != nil {
		return err
	}
	book := fb.core.letters.Load()
	refused := fb.sendFile(ctx, dm, person, &l, a, made, book)
	for _, in := range langsOf(&l) {
		if err := fb.replies.postText(ctx, team, dm, book.Letter(&made.letter, in)); err != nil {
			return errors.Join(errNotWhole, err)
		}
	}
	m := fb.head(ctx, person, &l, a, made)
	if refused != nil {
		fb.log.Error("could not hand in the PDF of a letter", "letter", number, "err", withoutURL(refused))
		m.Say(fb.directory.printer(ctx, team, person).T("Its PDF is missing: it could not be made, or Slack did not take it. The texts are whole without it. To try again, press Write letter."))
		m.Add(blocks.Actions(blocks.Button(actLetterWrite, letterSubject(number), fb.directory.printer(ctx, team, person).T("Write letter"))))
	}
	if err := fb.replies.post(ctx, team, dm, "", m); err != nil {
		return errors.Join(errNotWhole, err)
	}
	return nil
}

// sendFile has Slack share the PDF in the direct message of whoever asked for it.
func (fb *feedback) sendFile(ctx context.Context, dm, person string, l *visit.Letter, a visit.Appointment, made *madeLetter, book *letter.Book) error {
	paper := fb.english
	if l.Chinese {
		paper = fb.chinese
	}
	company := ""
	if us, err := fb.api(ctx, l.Workspace).AuthTestContext(ctx); err == nil {
		company = us.Team
	}
	photo := func(id int) ([]byte, error) { return fb.o.Store.Photo(ctx, l.Workspace, id) }
	doc := made.file(book, langsOf(l), paper.T("Feedback"), company, func(ph *visit.PhotoRef) ([]byte, error) { return fb.reports.cropped(photo, ph) })
	pdf, err := fb.reports.drawn(func(w io.Writer, p *lang.Printer) error { return doc.WritePDF(w, p) }, paper)
	if err != nil {
		return err
	}
	_, last := a.Days()
	p := fb.directory.printer(ctx, l.Workspace, person)
	f := reportFile{name: letterFileName(last), title: p.T("Feedback"), alt: p.T("Feedback as PDF. Points: %d.", len(made.letter.Points)), content: pdf}
	id, err := fb.reports.upload(ctx, l.Workspace, f)
	if err != nil {
		return err
	}
	_, err = fb.api(ctx, l.Workspace).CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{Files: []slack.FileSummary{{ID: id, Title: f.title}}, Channel: dm})
	return err
}

// head is what stands below the texts of a letter, for the person who passes it on.
func (fb *feedback) head(ctx context.Context, person string, l *visit.Letter, a visit.Appointment, made *madeLetter) *blocks.Message {
	p := fb.directory.printer(ctx, l.Workspace, person)
	about := letterSubject(l.Number)
	m := new(blocks.Message)
	m.Title(p.T("Letter %d: %s", l.Number, a.Title(p.Printer)))
	if l.Sent.IsSet() {
		m.Say(fb.sentWords(ctx, p, l))
		return m
	}
	m.Say(p.T("Each text above is a message of its own: press it on a phone and pick Copy. Points: %d. Photos: %d. Please read it once, and pass it on yourself. I send it to nobody.", len(made.letter.Points), len(made.photos)))
	if l.Chinese && fb.core.letters.Load().Draft(letter.FactoryLetters) {
		m.Say(draftWording(p))
	}
	if gaps := gapsOf(p, l, made); len(gaps) > 0 {
		m.Say(p.T("Lines in English in the Chinese letter, because nobody has typed their Chinese: %d.", len(gaps)))
		m.Add(blocks.Actions(blocks.Button(actLetterAsk, about, p.T("Ask a colleague for the Chinese")), blocks.Button(actLetterChinese, about, p.T("Type the Chinese"))))
	}
	if made.unseen > 0 {
		m.Say(p.T("Photos that nobody has looked at yet, and that are left out: %d.", made.unseen))
		m.Add(blocks.Actions(lookButton(p, l.Subject)))
	}
	m.Add(blocks.Actions(blocks.Button(actLetterSent, about, p.T("I have sent it")), blocks.Button(actLetterEdit, about, p.T("Edit letter"))))
	return m
}

// sentWords say that a letter was sent, and what follows.
func (fb *feedback) sentWords(ctx context.Context, p blocks.Printer, l *visit.Letter) string {
	who := l.Sent.By
	if person, err := fb.directory.person(ctx, l.Workspace, who); err == nil {
		who = person.name
	}
	return p.T("Sent by %s on %s. The findings in it that are open are due on %s.", who, blocks.FullDay(p, fb.sentOn(ctx, l)), blocks.OnDay(p, l.ReplyBy))
}

// sentClick notes that somebody has sent a letter. Its findings that are open are due then on the
// day that the letter names; a second click changes nothing.
func (fb *feedback) sentClick(ctx context.Context, c click) error {
	l, a, err := fb.letter(ctx, c.team, c.user, cutLetter(c.about))
	did := false
	if err == nil {
		now, w := fb.o.Now(), a.Common()
		l, _, did, err = fb.o.Store.By(c.user).SendLetter(ctx, c.team, l.Number, visit.Doer{By: c.user, Lead: w.Owner, Now: now, Today: w.Today(now)})
	}
	if err != nil {
		m, wrong := fb.replies.errorTo(c.team, c.user, "note that a letter was sent", err), new(visit.InputError)
		if errors.As(err, &wrong) {
			m.Add(writeOrEdit(fb.directory.printer(ctx, c.team, c.user), cutLetter(c.about)))
		}
		return fb.replies.replyPrivately(ctx, c, m)
	}
	if did {
		fb.live.changed(c.team, l.Subject, c.user)
	}
	made, err := fb.make(ctx, &l, a)
	if err != nil {
		return err
	}
	return fb.replies.answerClick(ctx, c, fb.head(ctx, c.user, &l, a, made))
}
