package bot

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/letter"
	"visitprep/internal/visit"
)

// fieldColleague is who is asked for the Chinese of a letter.
const fieldColleague = "colleague"

// gapsAtOnce is how many lines one form, and one list, has: a form has at most a hundred blocks.
const gapsAtOnce = 40

// A gap is a text of a letter that has no Chinese.
type gap struct {
	letter.Missing
	finding int // its number; 0 of what is the letter's own
	label   string
}

// typedChinese begins the blocks in which the Chinese of a letter is typed.
const typedChinese = "zh/"

// field is the block of the form in which its Chinese is typed. It has a sum of the words, so that
// no other words get what was typed for these.
func (g *gap) field() string {
	n, sum := g.N, sha256.Sum256([]byte(g.EN))
	if g.finding > 0 {
		n = g.finding
	}
	return fmt.Sprintf("%s%s/%d/%x", typedChinese, g.Part, n, sum[:4])
}

// fieldIn is the block in which its Chinese was typed, among those that were: what was good may stand
// in another line since then.
func (g *gap) fieldIn(typed map[string]string) string {
	moved := *g
	for moved.N = 1; g.Part == letter.PartStrength && typed[g.field()] == "" && moved.N <= visit.MaxStrengths; moved.N++ {
		if field := moved.field(); typed[field] != "" {
			return field
		}
	}
	return g.field()
}

// gapsOf are the texts for which a letter that is written in Chinese has none.
func gapsOf(p blocks.Printer, l *visit.Letter, made *madeLetter) (gs []gap) {
	if !l.Chinese {
		return nil
	}
	for _, ms := range made.letter.MissingChinese() {
		g := gap{Missing: ms}
		switch ms.Part {
		case letter.PartTo:
			g.label = p.T("To")
		case letter.PartEscort:
			g.label = p.T("Who looked after you?")
		case letter.PartStrength:
			g.label = p.T("What was good, line %d", ms.N)
		default:
			g.finding = made.findings[ms.N-1]
			g.label = p.T("Finding %d: what was seen", g.finding)
			switch ms.Part {
			case letter.PartRequirement:
				g.label = p.T("Finding %d: what is required", g.finding)
			case letter.PartRequest:
				g.label = p.T("Finding %d: what we ask", g.finding)
			}
		}
		gs = append(gs, g)
	}
	return gs
}

// listedGaps are the lines that lack Chinese, for a page or a message.
func listedGaps(p blocks.Printer, gs []gap) (bs []slack.Block) {
	const inASection, most = 8, 24
	shown := gs[:min(len(gs), most)]
	for part := range slices.Chunk(shown, inASection) {
		var ls []blocks.Markup
		for _, g := range part {
			ls = append(ls, "• "+blocks.Bold(g.label)+" · "+blocks.Escape(blocks.Clip(blocks.OneLine(g.EN), 250)))
		}
		bs = append(bs, blocks.Section(blocks.Join(ls, "\n")))
	}
	if more := len(gs) - len(shown); more > 0 {
		bs = append(bs, blocks.Note(p.M("And %d more.", more)))
	}
	return bs
}

// gaps reads a letter that the person may see, with what it has no Chinese for.
func (fb *feedback) gaps(ctx context.Context, p blocks.Printer, team, person string, about blocks.Subject) (l visit.Letter, a visit.Appointment, gs []gap, err error) {
	if l, a, err = fb.letter(ctx, team, person, cutLetter(about)); err != nil {
		return l, a, nil, err
	}
	made, err := fb.make(ctx, &l, a)
	if err != nil {
		return l, a, nil, err
	}
	return l, a, gapsOf(p, &l, made), nil
}

// chineseClick opens the form in which somebody types the Chinese that a letter lacks.
func (fb *feedback) chineseClick(ctx context.Context, c click) error {
	title := fb.directory.printerNow(c.team, c.user).T("Chinese for a letter")
	return fb.replies.open(ctx, opening{c.caller, actLetterChinese, c.about, title}, func(ctx context.Context, team string) (*modal, error) {
		p := fb.directory.printer(ctx, team, c.user)
		l, a, gs, err := fb.gaps(ctx, p, team, c.user, c.about)
		if err != nil {
			return nil, err
		}
		if len(gs) == 0 || l.Sent.IsSet() {
			return fb.allInChinese(p, &l), nil
		}
		m := &modal{id: modalLetterChinese, title: title, submit: p.T("Save Chinese"), close: p.T("Cancel"), meta: meta{About: c.about, Root: c.view}}
		m.blocks = []slack.Block{blocks.Section(p.M("%s. Please write each line as you would say it to the factory. What you leave empty stays in English.", blocks.Escape(a.Title(p.Printer))))}
		for _, g := range gs[:min(len(gs), gapsAtOnce)] {
			m.blocks = append(m.blocks, blocks.Section(blocks.Bold(g.label)+"\n"+blocks.Escape(blocks.Clip(g.EN, 2500))),
				blocks.Optional(blocks.Input(g.field(), p.T("In Chinese"), bounded(blocks.TextInput("", "", g.Part == letter.PartSeen), g.most()))))
		}
		if more := len(gs) - gapsAtOnce; more > 0 {
			m.blocks = append(m.blocks, blocks.Note(p.M("%d more come after these.", more)))
		}
		return m, nil
	})
}

// most is how long its Chinese may be, in characters.
func (g *gap) most() int {
	switch g.Part {
	case letter.PartTo, letter.PartEscort:
		return visit.MaxName
	case letter.PartStrength:
		return visit.MaxStrength
	case letter.PartSeen:
		return visit.MaxFinding
	}
	return visit.MaxAsk
}

// allInChinese says that nothing is left to type.
func (fb *feedback) allInChinese(p blocks.Printer, l *visit.Letter) *modal {
	m := &modal{title: p.T("Letter %d", l.Number)}
	if l.Sent.IsSet() {
		m.blocks = []slack.Block{blocks.Section(p.M("Letter %d was sent, so it stays as it is. You can write another one.", l.Number))}
		return m
	}
	m.blocks = []slack.Block{blocks.Section(p.M("Every line of letter %d has its Chinese now.", l.Number)),
		blocks.Actions(blocks.Button(actLetterWrite, letterSubject(l.Number), p.T("Write letter")))}
	return m
}

// submitChinese keeps the Chinese that somebody typed: with the finding, for whatever is written
// of it later, or with the letter.
func (fb *feedback) submitChinese(ctx context.Context, s submission) ([]byte, error) {
	p := fb.directory.printer(ctx, s.team, s.user)
	l, a, gs, err := fb.gaps(ctx, p, s.team, s.user, s.meta.About)
	if err != nil {
		return nil, err
	}
	if l.Sent.IsSet() {
		return updated(p, fb.allInChinese(p, &l)), nil
	}
	typed := map[string]string{}
	for field := range s.values {
		if text := s.values.text(field); text != "" && strings.HasPrefix(field, typedChinese) {
			typed[field] = text
		}
	}
	var errs visit.InputErrors
	for _, g := range gs {
		if field := g.fieldIn(typed); typed[field] != "" && !visit.HasHan(typed[field]) {
			errs.Collect(visit.Invalid(field, "Please write it in Chinese characters, or leave it empty."))
		}
	}
	if len(errs) > 0 {
		return nil, errs
	}
	lost, err := fb.keepTyped(ctx, s, l.Number, gs, typed)
	if err != nil {
		return nil, err
	}
	if l, _, gs, err = fb.gaps(ctx, p, s.team, s.user, s.meta.About); err != nil {
		return nil, err
	}
	fb.live.changed(s.team, a.Subject(), s.user)
	if l.Sent.IsSet() { // while it was typed: what is of findings stays with them
		return updated(p, fb.allInChinese(p, &l)), nil
	}
	if s.user != l.Made.By && len(typed) > len(lost) {
		fb.tellTyped(s, &l, a, len(gs))
	}
	page := fb.allInChinese(p, &l)
	if left := len(gs); left > 0 {
		page.blocks = []slack.Block{
			blocks.Section(p.M("Saved. Lines that still have no Chinese: %d.", left)),
			blocks.Actions(blocks.Button(actLetterChinese, letterSubject(l.Number), p.T("Type the Chinese")), blocks.Button(actLetterWrite, letterSubject(l.Number), p.T("Write letter without it"))),
		}
	}
	if len(lost) > 0 {
		page.blocks = append(page.blocks, blocks.Section(p.M("Left out, because the English was changed meanwhile or a colleague was quicker: %d. Here is what you typed:", len(lost))))
		for _, text := range lost {
			page.blocks = append(page.blocks, blocks.Section(blocks.Escape(blocks.Clip(text, 2500))))
		}
	}
	if s.meta.Root != "" { // it names the lines that had no Chinese
		fb.replies.later("draw a letter's page again", "", func(ctx context.Context) error { return fb.replies.redraw(ctx, p, s.team, s.meta.Root, page) })
	}
	return updated(p, page), nil
}

// keepTyped keeps what was typed for the words that had no Chinese, by the blocks in which it was. lost
// is what was left out: it is of words that are others now, or that have their Chinese.
func (fb *feedback) keepTyped(ctx context.Context, s submission, number int, gs []gap, typed map[string]string) (lost []string, err error) {
	kept, own := map[string]bool{}, map[string]bool{}
	for _, g := range gs {
		field := g.fieldIn(typed)
		switch {
		case typed[field] == "":
		case g.finding == 0:
			own[field] = true
		default:
			if _, err := fb.o.Store.By(s.user).ChangeFinding(ctx, s.team, g.finding, fb.o.Now(), func(f *visit.Finding) error {
				kept[field] = g.keep(f, typed[field])
				return nil
			}); err != nil {
				return nil, err
			}
		}
	}
	if len(own) > 0 {
		if _, err := fb.o.Store.ChangeLetter(ctx, s.team, number, func(l *visit.Letter) error {
			for _, g := range gs {
				if field := g.fieldIn(typed); own[field] && g.keepOwn(l, typed[field]) {
					kept[field] = true
				}
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	for _, field := range slices.Sorted(maps.Keys(typed)) {
		if !kept[field] {
			lost = append(lost, typed[field])
		}
	}
	return lost, nil
}

// keep writes the Chinese into a finding, unless somebody was quicker or its words are others now.
func (g *gap) keep(f *visit.Finding, text string) bool {
	en, to := &f.Text, &f.TextZH
	switch g.Part {
	case letter.PartRequirement:
		en, to = &f.Requirement, &f.RequirementZH
	case letter.PartRequest:
		en, to = &f.Request, &f.RequestZH
	}
	if *en != g.EN || *to != "" || f.Withdrawn.IsSet() {
		return false
	}
	*to = text
	return true
}

// keepOwn writes the Chinese into a letter, if it still lacks it for the same words.
// What was sent stays as it is.
func (g *gap) keepOwn(l *visit.Letter, text string) bool {
	var to *visit.Bilingual
	switch {
	case l.Sent.IsSet():
	case g.Part == letter.PartTo:
		to = &l.To
	case g.Part == letter.PartEscort:
		to = &l.Escort
	case g.N <= len(l.Strengths):
		l.Strengths = slices.Clone(l.Strengths)
		to = &l.Strengths[g.N-1]
	}
	if to == nil || to.ZH != "" || to.EN != g.EN {
		return false
	}
	to.ZH = text
	return true
}

// tellTyped tells whoever writes the letter that a colleague has typed Chinese for it.
func (fb *feedback) tellTyped(s submission, l *visit.Letter, a visit.Appointment, left int) {
	person, about := l.Made.By, letterSubject(l.Number)
	fb.replies.later("tell who writes a letter of its Chinese", "", func(ctx context.Context) error {
		if err := fb.access.canSee(ctx, s.team, person, a.Subject(), a.Common().Channel); err != nil {
			return err
		}
		p := fb.directory.printer(ctx, s.team, person)
		m := new(blocks.Message)
		m.Add(blocks.Section(p.M("%s has typed the Chinese for letter %d (%s). Lines that still have none: %d.", blocks.Mention(s.user), l.Number, blocks.Escape(a.Title(p.Printer)), left)))
		m.Text.Line(p.T("The Chinese for letter %d is there. Lines that still have none: %d.", l.Number, left))
		m.Add(blocks.Actions(blocks.Button(actLetterWrite, about, p.T("Write letter")), blocks.Button(actLetterEdit, about, p.T("Edit letter"))))
		return fb.replies.post(ctx, s.team, person, "", m)
	})
}

// askClick asks which colleague is to type the Chinese.
func (fb *feedback) askClick(ctx context.Context, c click) error {
	title := fb.directory.printerNow(c.team, c.user).T("Ask for the Chinese")
	return fb.replies.open(ctx, opening{c.caller, actLetterAsk, c.about, title}, func(ctx context.Context, team string) (*modal, error) {
		p := fb.directory.printer(ctx, team, c.user)
		l, _, gs, err := fb.gaps(ctx, p, team, c.user, c.about)
		if err != nil {
			return nil, err
		}
		if len(gs) == 0 || l.Sent.IsSet() {
			return fb.allInChinese(p, &l), nil
		}
		who := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(p.T("Pick a colleague")), blocks.InputAction)
		m := &modal{id: modalLetterAsk, title: title, submit: p.T("Ask colleague"), close: p.T("Cancel"), meta: meta{About: c.about}}
		m.blocks = append([]slack.Block{blocks.Section(p.M("They get these lines in a direct message, and nothing else of the letter:"))}, listedGaps(p, gs)...)
		m.blocks = append(m.blocks, blocks.Hinted(blocks.Input(fieldColleague, p.T("Who writes the Chinese?"), who), p.T("Somebody in the same channel. What they type is saved, and you are told.")))
		return m, nil
	})
}

// submitAsk sends a colleague the lines that lack Chinese.
func (fb *feedback) submitAsk(ctx context.Context, s submission) ([]byte, error) {
	p := fb.directory.printer(ctx, s.team, s.user)
	l, a, gs, err := fb.gaps(ctx, p, s.team, s.user, s.meta.About)
	if err != nil {
		return nil, err
	}
	if len(gs) == 0 || l.Sent.IsSet() {
		return updated(p, fb.allInChinese(p, &l)), nil
	}
	whom := s.values.user(fieldColleague)
	if err := fb.mayType(ctx, s, a, whom); err != nil {
		return nil, err
	}
	first, err := fb.first(ctx, s.team, s.once(), keepPost)
	if err != nil {
		return nil, err
	}
	if first {
		if err := fb.replies.post(ctx, s.team, whom, "", fb.request(ctx, s.user, whom, &l, a)); err != nil {
			fb.takeBack(ctx, s.team, s.once())
			return nil, err
		}
	}
	return updated(p, &modal{title: p.T("Letter %d", l.Number), blocks: []slack.Block{
		blocks.Section(p.M("%s has the lines in a direct message. The letter is saved, and you are told when the Chinese is there.", blocks.Mention(whom))),
	}}), nil
}

// mayType reports whether somebody can be asked: a colleague who reads the channel of the letter,
// and no stranger to what it is about.
func (fb *feedback) mayType(ctx context.Context, s submission, a visit.Appointment, whom string) error {
	switch whom {
	case "":
		return visit.Invalid(fieldColleague, "Please pick a colleague.")
	case s.user:
		return visit.Invalid(fieldColleague, "That is you. Please pick a colleague, or close this and press Type the Chinese.")
	}
	wrong, err := fb.directory.noColleagues(ctx, s.team, fieldColleague, []string{whom})
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return wrong
	}
	if fb.directory.canSee(ctx, s.team, whom, a.Common().Channel) != nil {
		return visit.Invalid(fieldColleague, "They are not in the channel that this belongs to. Please pick somebody who is.")
	}
	return nil
}

// request is what the colleague reads.
func (fb *feedback) request(ctx context.Context, asker, whom string, l *visit.Letter, a visit.Appointment) *blocks.Message {
	p := fb.directory.printer(ctx, l.Workspace, whom)
	m := new(blocks.Message)
	m.Add(blocks.Section(p.M("%s asks you for the Chinese of some lines of a letter to a factory (%s). Please write each as you would say it to them.", blocks.Mention(asker), blocks.Escape(a.Title(p.Printer)))))
	m.Text.Line(p.T("You are asked for the Chinese of some lines of a letter to a factory."))
	if made, err := fb.make(ctx, l, a); err == nil {
		m.Add(listedGaps(p, gapsOf(p, l, made))...)
	}
	m.Add(blocks.Actions(blocks.Button(actLetterChinese, letterSubject(l.Number), p.T("Type the Chinese"))))
	return m
}
