package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// feedback writes letters to factories. What it makes goes to whoever asked for it and to nobody
// else: they read it, and pass it on by themselves.
type feedback struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	live      *live
	drafts    *drafts
	reports   *reports // who cuts photos, and has Slack take files
}

// The verbs of letters. The value of the first is a visit or an inspection; of the others it is
// the letter: "letter/3".
const (
	actLetter        blocks.ActionID = "letter"         // the form for a new one
	actLetterEdit    blocks.ActionID = "letter-edit"    // the form of one
	actLetterWrite   blocks.ActionID = "letter-write"   // writes it as it is
	actLetterAsk     blocks.ActionID = "letter-ask"     // asks which colleague is to type the Chinese
	actLetterChinese blocks.ActionID = "letter-chinese" // the form for the Chinese that it lacks
	actLetterSent    blocks.ActionID = "letter-sent"
)

const (
	modalLetter        modalID = "letter"
	modalLetterAsk     modalID = "letter-ask"
	modalLetterChinese modalID = "letter-chinese"
)

// The fields of a letter's form. Findings beyond ten stand in more blocks: findings/1, findings/2.
const (
	fieldTo          = "to"
	fieldEscort      = "escort"
	fieldStrengths   = "strengths"
	fieldStrengthsZH = "strengths_zh"
	fieldTold        = "findings"
	fieldReplyBy     = "reply_by"
	fieldWrittenIn   = "languages"
	fieldSigns       = "from"
)

func letterSubject(number int) blocks.Subject {
	return blocks.Subject(visit.SubjectOf("letter", number))
}

// cutLetter is the number of the letter that a control names; 0 where it names something else.
func cutLetter(s blocks.Subject) int {
	if kind, _ := visit.Subject(s).Cut(); kind != "letter" {
		return 0
	}
	return visit.Subject(s).Number()
}

// letterForm is what stands in the form of a letter, as it is kept as a draft.
func (v values) letterForm() form {
	f := form{fieldReplyBy: v.day(fieldReplyBy), fieldWrittenIn: strings.Join(v.ticked(fieldWrittenIn), ",")}
	for _, field := range []string{fieldTo, fieldEscort, fieldStrengths, fieldStrengthsZH, fieldSigns} {
		f[field] = v.text(field)
	}
	var told []string
	for n := 0; v.has(toldBlock(n)); n++ {
		told = append(told, v.ticked(toldBlock(n))...)
	}
	f[fieldTold] = strings.Join(told, ",")
	return f
}

// toldBlock is the block of the n-th group of findings.
func toldBlock(n int) string {
	if n == 0 {
		return fieldTold
	}
	return fieldTold + "/" + strconv.Itoa(n)
}

// letterOf is the form as a letter; findings that are not offered are left out. The error has what
// cannot be read.
func (f form) letterOf(offered []visit.Finding) (l visit.Letter, err error) {
	l.To, l.Escort, l.From = visit.Forms(f[fieldTo]), visit.Forms(f[fieldEscort]), f[fieldSigns]
	en, zh := linesOf(f[fieldStrengths]), linesOf(f[fieldStrengthsZH])
	for n := range max(len(en), len(zh)) {
		var b visit.Bilingual
		if n < len(en) {
			b.EN = en[n]
		}
		if n < len(zh) {
			b.ZH = zh[n]
		}
		l.Strengths = append(l.Strengths, b)
	}
	picked := strings.Split(f[fieldTold], ",")
	for _, o := range offered {
		if slices.Contains(picked, strconv.Itoa(o.Number)) {
			l.Findings = append(l.Findings, o.Number)
		}
	}
	languages := strings.Split(f[fieldWrittenIn], ",")
	l.English, l.Chinese = slices.Contains(languages, "en"), slices.Contains(languages, "zh")
	if f[fieldReplyBy] != "" {
		if l.ReplyBy, err = civil.Parse(f[fieldReplyBy]); err != nil {
			return l, visit.Invalid(fieldReplyBy, "Please pick the day by which you ask for an answer.")
		}
	}
	if len(en) > 0 && len(zh) > 0 && len(en) != len(zh) {
		return l, visit.Invalid(fieldStrengthsZH, "That is %d lines, and %d in English. Please write one for each, in the same order, or none.", len(zh), len(en))
	}
	return l, nil
}

// noLine stands in the place of a line that one of two languages lacks, so that the others stay
// beside theirs.
const noLine = "–"

// linesOf are those of a text that say something, and an empty one for each noLine.
func linesOf(s string) (ls []string) {
	for l := range strings.Lines(s) {
		if l = chars.Line(l); l == noLine {
			ls = append(ls, "")
		} else if l = strings.TrimLeft(l, "-•· "); l != "" {
			ls = append(ls, l)
		}
	}
	return ls
}

// orNoLine is a line as [linesOf] reads it.
func orNoLine(l string) string {
	if l == "" {
		return noLine
	}
	return l
}

// formOfLetter is the form with a letter in it.
func formOfLetter(l *visit.Letter) form {
	f := form{fieldTo: l.To.Both(), fieldEscort: l.Escort.Both(), fieldReplyBy: l.ReplyBy.String(), fieldSigns: l.From}
	var en, zh, told, languages []string
	for _, s := range l.Strengths {
		en, zh = append(en, orNoLine(s.EN)), append(zh, orNoLine(s.ZH))
	}
	says := func(l string) bool { return l != noLine }
	if !slices.ContainsFunc(en, says) {
		en = nil
	}
	if !slices.ContainsFunc(zh, says) {
		zh = nil
	}
	for _, n := range l.Findings {
		told = append(told, strconv.Itoa(n))
	}
	if l.Chinese {
		languages = append(languages, "zh")
	}
	if l.English {
		languages = append(languages, "en")
	}
	f[fieldStrengths], f[fieldStrengthsZH] = strings.Join(en, "\n"), strings.Join(zh, "\n")
	f[fieldTold], f[fieldWrittenIn] = strings.Join(told, ","), strings.Join(languages, ",")
	return f
}

// toTell are the findings of which a letter may tell, and how many others there are.
func toTell(fs []visit.Finding) (may []visit.Finding, others int) {
	for _, f := range fs {
		if f.ForLetter() {
			may = append(may, f)
		} else {
			others++
		}
	}
	return may, others
}

// answered are the findings of which a letter is not to ask by itself, in the words of how far their
// actions have come: the factory has answered, or nothing is asked of it any more.
func (fb *feedback) answered(ctx context.Context, p blocks.Printer, a visit.Appointment) (map[int]string, error) {
	as, err := fb.o.Store.Actions(ctx, a.Common().Workspace, store.ActionFilter{Subject: a.Subject()})
	if err != nil {
		return nil, err
	}
	states := map[int]string{}
	for _, x := range as {
		if x.Action.State != visit.ActionOpen {
			states[x.Finding.Number] = actionState(p, &x, civil.Date{}) // the form may stand open over midnight
		}
	}
	return states, nil
}

// letterButton writes a letter about a.
func letterButton(p blocks.Printer, s visit.Subject) slack.BlockElement {
	return blocks.Button(actLetter, blocks.Subject(s), p.T("Write letter"))
}

// newLetterDraft is the draft of the letter that a person is writing about something.
func newLetterDraft(person string, about visit.Subject) string {
	return "new-letter/" + person + "/" + string(about)
}

// command opens the form for a letter about what was typed.
func (fb *feedback) command(kind visit.SubjectKind) func(context.Context, request) (*blocks.Message, error) {
	return func(ctx context.Context, q request) (*blocks.Message, error) {
		return nil, fb.newClick(ctx, click{caller: q.caller, about: blocks.Subject(visit.SubjectOf(kind, q.number))})
	}
}

// newClick opens the form for a letter.
func (fb *feedback) newClick(ctx context.Context, c click) error {
	return fb.replies.open(ctx, opening{c.caller, actLetter, c.about, fb.directory.printerNow(c.team, c.user).T("Letter to the factory")}, func(ctx context.Context, team string) (*modal, error) {
		a, err := fb.access.appointment(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		fs, err := fb.o.Store.Findings(ctx, team, a.Subject())
		if err != nil {
			return nil, err
		}
		ls, err := fb.o.Store.Letters(ctx, team, a.Subject())
		if err != nil {
			return nil, err
		}
		p := fb.directory.printer(ctx, team, c.user)
		there := fb.written(ctx, p, ls)
		may, others := toTell(fs)
		if len(may) == 0 {
			return nothingToSend(p, a, others, there...), nil
		}
		if len(there) > 0 {
			there = append(there, blocks.Note(p.M("The form below is for another letter.")))
		}
		answered, err := fb.answered(ctx, p, a)
		if err != nil {
			return nil, err
		}
		f, kept := fb.blank(ctx, a, c.user, may, answered), blocks.Markup("")
		if d, err := fb.drafts.read(ctx, team, c.user, newLetterDraft(c.user, a.Subject())); err == nil && d.Mine != nil {
			f, kept = d.Mine, p.M("Filled in with what you entered last time.")
		}
		above := slices.Concat(noted(blocks.Escape(a.Title(p.Printer))), there, noted(kept, leftAtHome(p, others)))
		return fb.modal(p, p.T("Letter to the factory"), f, may, answered, meta{About: c.about}, above), nil
	})
}

// leftAtHome says how many findings are not offered.
func leftAtHome(p blocks.Printer, others int) blocks.Markup {
	if others == 0 {
		return ""
	}
	return p.M("Findings that are not offered: %d. They are only for us, not sorted yet, or have no words.", others)
}

// nothingToSend says why there is no letter yet, or no other than those that are there.
func nothingToSend(p blocks.Printer, a visit.Appointment, others int, there ...slack.Block) *modal {
	about := blocks.Subject(a.Subject())
	m := &modal{title: p.T("Letter to the factory"), blocks: append(there, blocks.Section(p.M("Nothing to send yet: there is no finding that may go to the factory.")))}
	if note := leftAtHome(p, others); note != "" {
		m.blocks = append(m.blocks, blocks.Note(note))
	}
	m.blocks = append(m.blocks, blocks.Actions(blocks.Button(actAddFinding, about, p.T("Add finding"))))
	return m
}

// offeredStrengths is how many lines of the checklist a form begins with.
const offeredStrengths = 3

// blank is the form of a new letter: the findings that wait for an answer, both languages, the lines
// of the checklist that were all right, and a day on which the factory works.
func (fb *feedback) blank(ctx context.Context, a visit.Appointment, person string, may []visit.Finding, answered map[int]string) form {
	w := a.Common()
	var good []string
	for _, i := range w.Items {
		found := slices.ContainsFunc(may, func(f visit.Finding) bool { return f.Item == i.ID })
		if i.Milestone == 0 && i.Done.IsSet() && i.Skipped == "" && !i.Removed && !i.Sensitive && !found && len(good) < offeredStrengths {
			good = append(good, i.Text)
		}
	}
	day := w.Today(fb.o.Now()).AddDays(10)
	if closed, is := fb.o.Timing.ClosedOn(day, w.Zone); is {
		day = closed.Next
	}
	l := visit.Letter{ReplyBy: day, English: true, Chinese: true}
	if who, err := fb.directory.person(ctx, a.Common().Workspace, person); err == nil {
		l.From = who.name
	}
	if to, err := fb.access.addressee(ctx, w.Workspace, person, w); err == nil { // else they type it
		l.To = to
	}
	for _, f := range may {
		if answered[f.Number] == "" && len(l.Findings) < visit.MaxPoints {
			l.Findings = append(l.Findings, f.Number)
		}
	}
	f := formOfLetter(&l)
	f[fieldStrengths] = strings.Join(good, "\n")
	return f
}

// editClick opens the form of a letter that was not sent yet.
func (fb *feedback) editClick(ctx context.Context, c click) error {
	title := fb.directory.printerNow(c.team, c.user).T("Letter to the factory")
	return fb.replies.open(ctx, opening{c.caller, actLetterEdit, c.about, title}, func(ctx context.Context, team string) (*modal, error) {
		l, a, err := fb.letter(ctx, team, c.user, cutLetter(c.about))
		if err != nil {
			return nil, err
		}
		p := fb.directory.printer(ctx, team, c.user)
		if l.Sent.IsSet() {
			return fb.sentPage(ctx, p, &l, a)
		}
		fs, err := fb.o.Store.Findings(ctx, team, l.Subject)
		if err != nil {
			return nil, err
		}
		may, others := toTell(fs)
		if len(may) == 0 {
			return nothingToSend(p, a, others), nil
		}
		answered, err := fb.answered(ctx, p, a)
		if err != nil {
			return nil, err
		}
		return fb.modal(p, p.T("Letter %d", l.Number), formOfLetter(&l), may, answered, meta{About: c.about, Page: l.Rev}, noted(blocks.Escape(a.Title(p.Printer)), leftAtHome(p, others))), nil
	})
}

// letter is a letter and what it is about, if the person may see that.
func (fb *feedback) letter(ctx context.Context, team, person string, number int) (visit.Letter, visit.Appointment, error) {
	l, err := fb.o.Store.Letter(ctx, team, number)
	if err != nil {
		return l, nil, err
	}
	a, err := fb.access.appointment(ctx, team, person, l.Subject)
	return l, a, err
}

// noted are the notes that say something.
func noted(ns ...blocks.Markup) (bs []slack.Block) {
	for _, n := range ns {
		if n != "" {
			bs = append(bs, blocks.Note(n))
		}
	}
	return bs
}

// modal is the form of a letter with f in it, below some blocks.
func (fb *feedback) modal(p blocks.Printer, title string, f form, may []visit.Finding, answered map[int]string, about meta, above []slack.Block) *modal {
	m := &modal{id: modalLetter, title: title, submit: p.T("Write letter"), close: p.T("Cancel"), meta: about, blocks: above}
	m.blocks = append(m.blocks,
		blocks.Hinted(blocks.Input(fieldTo, p.T("To"), bounded(blocks.TextInput(f[fieldTo], p.T("Mr Wang / 王总"), false), visit.MaxName)), p.T("As they are addressed, in both languages if you know it: Mr Wang / 王总.")),
		blocks.Optional(blocks.Input(fieldEscort, p.T("Who looked after you?"), bounded(blocks.TextInput(f[fieldEscort], p.T("Manager Li / 李经理"), false), visit.MaxName))),
		blocks.Hinted(blocks.Input(fieldStrengths, p.T("What was good? Be specific"), bounded(blocks.TextInput(f[fieldStrengths], p.T("first-piece records were complete at all four stations"), true), visit.MaxStrengths*visit.MaxStrength)),
			p.T("Two or three lines, each the end of the sentence “what stood out:”. Lines of the checklist that were all right may stand here already: please reword them.")),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldStrengthsZH, p.T("The same in Chinese"), bounded(blocks.TextInput(f[fieldStrengthsZH], "四个工位的首件记录都很完整", true), visit.MaxStrengths*visit.MaxStrength))), p.T("One line for each, in the same order; a – for one that has none.")),
	)
	m.blocks = append(m.blocks, toldFields(p, f, may, answered)...)
	chosen := strings.Split(f[fieldWrittenIn], ",")
	languages := slack.NewCheckboxGroupsBlockElement(blocks.InputAction, blocks.Option("zh", p.T("Chinese")), blocks.Option("en", p.T("English")))
	for _, o := range languages.Options {
		if slices.Contains(chosen, o.Value) {
			languages.InitialOptions = append(languages.InitialOptions, o)
		}
	}
	m.blocks = append(m.blocks,
		blocks.Hinted(blocks.Input(fieldReplyBy, p.T("Answer by"), blocks.DayInput(p, f[fieldReplyBy])), p.T("When you have sent the letter, the open findings in it are due on this day.")),
		blocks.Input(fieldWrittenIn, p.T("Languages"), languages),
		blocks.Input(fieldSigns, p.T("From"), bounded(blocks.TextInput(f[fieldSigns], p.T("Your name"), false), visit.MaxName)),
	)
	return m
}

// toldFields are the findings of which the letter may tell, in groups as large as Slack takes. What
// was answered stands below its finding.
func toldFields(p blocks.Printer, f form, may []visit.Finding, answered map[int]string) (bs []slack.Block) {
	picked := strings.Split(f[fieldTold], ",")
	for n := 0; n*boxesAGroup < len(may); n++ {
		group := slack.NewCheckboxGroupsBlockElement(blocks.InputAction)
		for _, o := range may[n*boxesAGroup : min(len(may), (n+1)*boxesAGroup)] {
			option := blocks.Option(blocks.Subject(strconv.Itoa(o.Number)), blocks.Clip(fmt.Sprintf("%s: %s", findingHead(p, &o), blocks.OneLine(o.Text)), 75))
			if state := answered[o.Number]; state != "" {
				option.Description = blocks.Plain(blocks.Clip(state, 75))
			}
			group.Options = append(group.Options, option)
			if slices.Contains(picked, option.Value) {
				group.InitialOptions = append(group.InitialOptions, option)
			}
		}
		label := p.T("Findings in the letter")
		if n > 0 {
			label = p.T("More findings")
		}
		bs = append(bs, blocks.Optional(blocks.Input(toldBlock(n), label, group)))
	}
	return bs
}

// submit saves a letter, new or not, and writes it unless it lacks Chinese.
func (fb *feedback) submit(ctx context.Context, s submission) ([]byte, error) {
	mine := s.values.letterForm()
	number, about := cutLetter(s.meta.About), visit.Subject(s.meta.About)
	if number > 0 {
		l, err := fb.o.Store.Letter(ctx, s.team, number)
		if err != nil {
			return nil, err
		}
		about = l.Subject
	}
	a, err := fb.access.appointment(ctx, s.team, s.user, about)
	if err != nil {
		return nil, err
	}
	l, err := fb.save(ctx, s, a, number, mine)
	if err != nil {
		if number > 0 { // the letter itself keeps what was there
			return nil, err
		}
		if err := fb.drafts.keep(ctx, s.team, s.user, newLetterDraft(s.user, about), draft{Mine: mine}); err != nil {
			fb.log.Warn("could not keep what was typed of a letter", "err", err)
		}
		return nil, err
	}
	fb.drafts.drop(ctx, s.team, newLetterDraft(s.user, about))
	page, err := fb.saved(ctx, s.team, s.user, &l, a)
	if err != nil {
		return nil, err
	}
	return updated(fb.directory.printerNow(s.team, s.user), page), nil
}

// save records the letter that a form has.
func (fb *feedback) save(ctx context.Context, s submission, a visit.Appointment, number int, mine form) (visit.Letter, error) {
	w, now := a.Common(), fb.o.Now()
	fs, err := fb.o.Store.Findings(ctx, s.team, a.Subject())
	if err != nil {
		return visit.Letter{}, err
	}
	may, _ := toTell(fs)
	l, err := mine.letterOf(may)
	var errs visit.InputErrors
	errs.Collect(err)
	l.Normalize()
	errs.Collect(l.Check(&fb.o.Timing, w.Today(now), w.Zone))
	if len(errs) > 0 {
		return l, errs
	}
	l.AskOfLot(&fb.o.Timing, w.Today(now), w.Zone)
	if number == 0 {
		l.Workspace, l.Subject, l.Made = s.team, a.Subject(), visit.Mark{By: s.user, At: now}
		return s.making(fb.o.Store).AddLetter(ctx, l)
	}
	return s.changing(fb.o.Store).ChangeLetter(ctx, s.team, number, func(old *visit.Letter) error {
		if old.Sent.IsSet() {
			return visit.Invalid("", "Letter %d was sent meanwhile, so it stays as it is.", old.Number)
		}
		mine := l
		if old.Rev != s.meta.Page+1 { // this change is one, too; who saw the Chinese may empty it
			mine.KeepChinese(old)
		}
		*old = mine
		return nil
	})
}

// saved is the page after a letter was saved: what it has no Chinese for, or that it comes.
func (fb *feedback) saved(ctx context.Context, team, person string, l *visit.Letter, a visit.Appointment) (*modal, error) {
	p := fb.directory.printer(ctx, team, person)
	made, err := fb.make(ctx, l, a)
	if err != nil {
		return nil, err
	}
	m := &modal{title: p.T("Letter %d", l.Number)}
	gaps := gapsOf(p, l, made)
	if len(gaps) == 0 {
		fb.writeLater(team, person, l.Number)
		m.blocks = []slack.Block{blocks.Section(p.M("Your letter comes to you alone in a moment, in your direct messages with Visit Prep. You pass it on yourself."))}
		return m, nil
	}
	about := letterSubject(l.Number)
	m.blocks = []slack.Block{blocks.Section(p.M("The letter is saved. These lines have no Chinese yet, and I translate nothing. They would stand in the Chinese letter in English:"))}
	m.blocks = append(m.blocks, listedGaps(p, gaps)...)
	m.blocks = append(m.blocks, blocks.Actions(
		blocks.Button(actLetterAsk, about, p.T("Ask a colleague for the Chinese")),
		blocks.Button(actLetterChinese, about, p.T("Type the Chinese")),
		blocks.Button(actLetterWrite, about, p.T("Write letter without it")),
	), blocks.Note(foundAgain(p, l.Subject)))
	return m, nil
}
