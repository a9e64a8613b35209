package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
)

// The verbs of the notes of a visit.
const (
	actNotes      blocks.ActionID = "notes"       // open them
	actRemoveNote blocks.ActionID = "remove-note" // the one in the value: "visit/3:1772000000000:U123"
)

// shownNotes is how many notes a visit shows besides its card. The page of its notes has all.
const shownNotes = 3

// shownVisit is a visit as one person reads it: its card, and what a channel is not told again
// and again.
func (wd *wording) shownVisit(g *guide.Guide, v *visit.Visit) *blocks.Message {
	m := wd.visitCard(g, v, insiders)
	if len(v.Notes) == 0 {
		return m
	}
	for _, n := range lastNotes(v.Notes, shownNotes) {
		m.Add(blocks.Section(wd.noteLine(v, &n, 300)))
		m.Text.Line(wd.p.T("Note: %s", blocks.OneLine(n.Text)))
	}
	label := wd.p.T("Notes (%d)", len(v.Notes))
	m.Add(blocks.Actions(blocks.Button(actNotes, visitSubject(v), label)))
	return m
}

// noteLine is a note with who wrote it, cut to so many characters.
func (wd *wording) noteLine(v *visit.Visit, n *visit.Note, most int) blocks.Markup {
	line := wd.p.M("%s by %s, %s", blocks.Bold(wd.p.T("Note")), blocks.Mention(n.By), blocks.Time(wd.p, n.At.In(zoneOr(v.ChannelZone)), "2 January 2006"))
	if n.Link != "" {
		line += " · " + blocks.Link(n.Link, wd.p.T("the message"))
	}
	return line + "\n" + blocks.Escape(blocks.Clip(n.Text, most))
}

// notesClick shows all notes of a visit.
func (vis *visits) notesClick(ctx context.Context, c click) error {
	p := vis.directory.printerNow(c.team, c.user)
	return vis.replies.open(ctx, opening{c.caller, actNotes, c.about, p.T("Notes")}, func(ctx context.Context, team string) (*modal, error) {
		v, err := vis.access.visit(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		return vis.words(p, "").notesPage(v), nil
	})
}

// notesPage is all notes of a visit, the last first, each with a button that removes it.
// They are fewer than the blocks that a modal may have.
func (wd *wording) notesPage(v *visit.Visit) *modal {
	m := &modal{title: wd.p.T("Notes of visit %d", v.Number)}
	if len(v.Notes) == 0 {
		m.blocks = append(m.blocks, blocks.Section(wd.p.M("This visit has no notes. To add one, open the menu of a message and pick Add to visit.")))
	}
	for _, n := range slices.Backward(v.Notes) {
		about := blocks.Subject(string(v.Subject()) + ":" + strconv.FormatInt(n.At.UnixMilli(), 10) + ":" + n.By)
		remove := blocks.Confirmed(blocks.Button(actRemoveNote, about, wd.p.T("Remove note")), wd.p.T("Remove this note?"), wd.p.T("It goes from the visit and from its brief. This can't be undone."), wd.p.T("Keep note"))
		m.blocks = append(m.blocks, slack.NewSectionBlock(blocks.Mrkdwn(wd.noteLine(v, &n, visit.MaxNote)), nil, slack.NewAccessory(remove)))
	}
	return m
}

// removeNote takes a note off a visit, and shows those that stay.
func (vis *visits) removeNote(ctx context.Context, c click) error {
	p := vis.directory.printer(ctx, c.team, c.user)
	about, which, _ := strings.Cut(string(c.about), ":")
	at, by, _ := strings.Cut(which, ":")
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return err
	}
	c.about = blocks.Subject(about)
	return vis.changing(func(_ blocks.Printer, _ click, v *visit.Visit, _ time.Time) (*blocks.Message, error) {
		v.RemoveNote(by, time.UnixMilli(ms)) // or a colleague has, and it is gone
		return nil, nil
	}, vis.words(p, "").notesPage)(ctx, c)
}
