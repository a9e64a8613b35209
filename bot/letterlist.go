package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// listedLetters is how many letters there are above the form for another one: nobody has written
// so many after one visit, and a form has at most a hundred blocks.
const listedLetters = 20

// written are the letters of a visit or an inspection that there are, each to be opened again:
// those that wait to be sent first, and of each kind the newest first.
func (fb *feedback) written(ctx context.Context, p blocks.Printer, ls []visit.Letter) (bs []slack.Block) {
	slices.SortStableFunc(ls, func(a, b visit.Letter) int {
		switch {
		case a.Sent.IsSet() == b.Sent.IsSet():
			return 0
		case b.Sent.IsSet():
			return -1
		}
		return 1
	})
	for _, l := range ls[:min(len(ls), listedLetters)] {
		head := p.T("Letter %d, not sent", l.Number)
		if l.Sent.IsSet() {
			head = p.T("Letter %d, sent on %s", l.Number, blocks.FullDay(p, fb.sentOn(ctx, &l)))
		}
		bs = append(bs, slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(head)+" · "+blocks.Escape(blocks.OneLine(l.To.Both()))), nil,
			slack.NewAccessory(blocks.Button(actLetterEdit, letterSubject(l.Number), p.T("Open letter %d", l.Number)))))
	}
	if more := len(ls) - listedLetters; more > 0 {
		bs = append(bs, blocks.Note(p.M("And %d more.", more)))
	}
	return bs
}

// foundAgain says how a letter about something is opened later.
func foundAgain(p blocks.Printer, s visit.Subject) blocks.Markup {
	command := "/visit-prep"
	if kind, _ := s.Cut(); kind == visit.OfInspection {
		command = "/inspection"
	}
	return p.M("Later you open it with %s.", blocks.Code(fmt.Sprintf("%s letter %d", command, s.Number())))
}

// sentOn is the day on which a letter was sent, where its sender lives.
func (fb *feedback) sentOn(ctx context.Context, l *visit.Letter) civil.Date {
	return civil.Of(l.Sent.At.In(fb.directory.locationOf(ctx, l.Workspace, l.Sent.By)))
}

// sentPage is a letter that was sent, to read.
func (fb *feedback) sentPage(ctx context.Context, p blocks.Printer, l *visit.Letter, a visit.Appointment) (*modal, error) {
	made, err := fb.make(ctx, l, a)
	if err != nil {
		return nil, err
	}
	m := &modal{title: p.T("Letter %d", l.Number), blocks: []slack.Block{
		blocks.Section(p.M("Letter %d was sent, so it stays as it is. You can write another one.", l.Number)),
		blocks.Note(blocks.Escape(fb.sentWords(ctx, p, l))),
		// What was sent is in the messages of whoever sent it; here its findings speak for themselves.
		blocks.Note(p.M("Below it is with the words that its findings have today.")),
	}}
	book := fb.core.letters.Load()
	for _, in := range langsOf(l) {
		m.blocks = append(m.blocks, slack.NewDividerBlock())
		for _, part := range inSections(book.Letter(&made.letter, in)) {
			m.blocks = append(m.blocks, slack.NewSectionBlock(blocks.Plain(part), nil, nil))
		}
	}
	m.blocks = append(m.blocks, blocks.Actions(letterButton(p, l.Subject)))
	return m, nil
}

// inSections are the lines of a text in as few parts as Slack takes: a section has at most 3000
// characters.
func inSections(text string) (parts []string) {
	const most = 2900
	var part strings.Builder
	n := 0
	for line := range strings.Lines(text) {
		if n += utf8.RuneCountInString(line); n > most && part.Len() > 0 {
			parts, n = append(parts, part.String()), utf8.RuneCountInString(line)
			part.Reset()
		}
		part.WriteString(blocks.Clip(line, most))
	}
	return append(parts, part.String())
}
