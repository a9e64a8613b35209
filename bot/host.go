package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/lang"
	"visitprep/internal/letter"
	"visitprep/internal/report"
	"visitprep/internal/visit"
)

// hosts make what the factory of a visit is told before it: who comes when, why, and what to
// prepare. It comes to whoever asks for it, in their direct messages alone, and they pass it on:
// nothing of it is ever posted in a channel. What stands in it was typed or ticked for the factory
// in the form; of a visit itself it has the days, and the form begins with names.
type hosts struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	live      *live
	visits    *visits // who knows what people are called, and draws one file at a time
	drafts    *drafts
}

// The verbs of briefs for a host.
const (
	actHost      blocks.ActionID = "host"       // the form
	actHostAgain blocks.ActionID = "host-again" // sends a revision once more: "visit/3:2"
)

// hostButton opens the form of a brief for the host of v.
func hostButton(p blocks.Printer, v *visit.Visit) *slack.ButtonBlockElement {
	return blocks.Button(actHost, visitSubject(v), p.T("Host brief"))
}

// command opens the form for the visit that was typed.
func (hs *hosts) command(ctx context.Context, q request) (*blocks.Message, error) {
	return nil, hs.open(ctx, click{caller: q.caller, about: blocks.Subject(visit.SubjectOf(visit.OfVisit, q.number))})
}

// open opens the form, filled in with the last revision, or with what the visit says.
func (hs *hosts) open(ctx context.Context, c click) error {
	return hs.replies.open(ctx, opening{c.caller, actHost, c.about, hs.directory.printerNow(c.team, c.user).T("Host brief")}, func(ctx context.Context, team string) (*modal, error) {
		v, err := hs.mayHost(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		made, err := hs.o.Store.HostBriefs(ctx, team, v.Number, 1)
		if err != nil {
			return nil, err
		}
		p := hs.directory.printer(ctx, team, c.user)
		m := hostForm{hosts: hs, p: p, v: v, f: form{}}
		switch d, err := hs.drafts.read(ctx, team, c.user, hostDraft(c.user, v)); {
		case err == nil && d.Mine != nil:
			m.f, m.kept = d.Mine, true
		case len(made) > 0:
			m.f = hs.formOf(v, &made[0].Host)
		default:
			m.f = hs.firstForm(ctx, team, c.user, v)
		}
		if len(made) > 0 {
			m.last = &made[0]
		}
		return m.modal(meta{About: c.about, Shown: m.shown()}), nil
	})
}

// mayHost is the visit that a subject names, if somebody may make a brief for its host.
func (hs *hosts) mayHost(ctx context.Context, team, person string, s visit.Subject) (*visit.Visit, error) {
	v, err := hs.access.visit(ctx, team, person, s)
	if err != nil {
		return nil, err
	}
	return v, v.MayHost(hs.o.Now())
}

// hostDraft is the draft of the brief that a person is writing for a visit.
func hostDraft(person string, v *visit.Visit) string {
	return "host/" + person + "/" + strconv.Itoa(v.Number)
}

// refresh draws the form again after another purpose was picked: with its agenda and what goes
// with it, where nobody has changed them.
func (hs *hosts) refresh(ctx context.Context, c click) error {
	p := hs.directory.printer(ctx, c.team, c.user)
	v, err := hs.mayHost(ctx, c.team, c.user, visit.Subject(c.meta.About))
	var m *modal
	if err == nil {
		f := hostForm{hosts: hs, p: p, v: v, f: c.values.hostForm()}
		var made []visit.HostBrief
		if made, err = hs.o.Store.HostBriefs(ctx, c.team, v.Number, 1); len(made) > 0 {
			f.last = &made[0]
		}
		f.repurpose(shownPurposes(c.meta.Shown))
		c.meta.Shown = f.shown()
		m = f.modal(c.meta)
	}
	if err != nil {
		m = hs.replies.errorPageTo(c.team, c.user, p.T("Host brief"), "fill a form", err)
	}
	return hs.replies.redraw(ctx, p, c.team, c.view, m)
}

// submit keeps a brief as the next revision, and sends it to its person.
func (hs *hosts) submit(ctx context.Context, s submission) ([]byte, error) {
	v, err := hs.mayHost(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	p := hs.directory.printer(ctx, s.team, s.user)
	f := s.values.hostForm()
	page, err := hs.save(ctx, s, v, f, p)
	if err == nil {
		hs.drafts.drop(ctx, s.team, hostDraft(s.user, v))
		return updated(p, page), nil
	}
	if err2 := hs.drafts.keep(ctx, s.team, s.user, hostDraft(s.user, v), draft{Mine: f}); err2 != nil {
		hs.log.Warn("could not keep what was typed of a brief for a host", "err", err2)
	}
	return nil, err
}

// save keeps what the form says, and gives the page that says so. Sending goes on after it.
func (hs *hosts) save(ctx context.Context, s submission, v *visit.Visit, f form, p blocks.Printer) (*modal, error) {
	if !sameDays(s.meta.Shown, v) {
		return nil, visit.Invalid(visit.HostReplyBy, "Somebody has moved the visit meanwhile. Please close this form and open it again: what you entered is kept.")
	}
	h, err := hs.host(v, f)
	if err != nil {
		return nil, err
	}
	if err := tooLong(hs.letters.Load().Host(h, nil)); err != nil {
		return nil, err
	}
	b, made, err := s.making(hs.o.Store).PutHost(ctx, s.team, v.Number, *h, s.user, hs.o.Now())
	if err != nil {
		return nil, err
	}
	if made {
		hs.live.changed(s.team, v.Subject(), concerned(v)...)
	}
	hs.replies.later("send a brief for a host", "", func(ctx context.Context) error { return hs.send(ctx, s.team, s.user, v, b.Revision) })
	said := p.T("Host brief of visit %d, revision %d, is on its way to your direct messages with Visit Prep: the Chinese, the English, and a PDF with both. Nothing is posted in a channel; you pass it on.", v.Number, b.Revision)
	if !made {
		said = p.T("Nothing is different from revision %d, so I'm sending you that one again, in your direct messages with Visit Prep.", b.Revision)
	}
	return &modal{title: p.T("Host brief"), blocks: []slack.Block{blocks.Section(blocks.Escape(said))}}, nil
}

// mostText is how many characters of a message Slack shows whole everywhere.
const mostText = 10_000

// tooLong reports a text that one message cannot hold.
func tooLong(t *letter.HostText) error {
	for _, in := range letter.Langs() {
		if n := len([]rune(t.In(in))); n > mostText {
			return visit.Invalid(visit.HostAgendaOn(0), "The whole brief has %d characters, and one message holds at most %d. Please shorten the agenda or the lists.", n, mostText)
		}
	}
	return nil
}

// againClick sends a revision once more, to whoever asks.
func (hs *hosts) againClick(ctx context.Context, c click) error {
	p := hs.directory.printer(ctx, c.team, c.user)
	about, n, _ := strings.Cut(string(c.about), ":")
	revision, err := strconv.Atoi(n)
	if err != nil {
		return fmt.Errorf("read the button of a brief for a host: %w", err)
	}
	v, err := hs.mayHost(ctx, c.team, c.user, visit.Subject(about))
	if err != nil {
		return hs.replies.sayError(ctx, c, "send a brief for a host", err)
	}
	sent, err := hs.postOnce(ctx, c, fmt.Sprintf("host/%s/%s", c.about, c.view), func() error { return hs.send(ctx, c.team, c.user, v, revision) })
	if err != nil {
		return hs.replies.sayError(ctx, c, "send a brief for a host", err)
	}
	if !sent {
		return nil
	}
	said := hs.directory.printer(ctx, c.team, c.user).T("I've sent you revision %d of the host brief. It is in your direct messages with Visit Prep.", revision)
	if c.on == guide.InModal {
		return hs.replies.redraw(ctx, p, c.team, c.view, &modal{title: hs.directory.printerNow(c.team, c.user).T("Host brief"), blocks: []slack.Block{blocks.Section(blocks.Escape(said))}})
	}
	return hs.replies.sent(ctx, c, said)
}

// send gives somebody a revision in their direct messages: what it is, each language as a message
// that is only the text, and the page with both. What does not come is said, with the way to it.
func (hs *hosts) send(ctx context.Context, team, person string, v *visit.Visit, revision int) error {
	made, err := hs.o.Store.HostBriefs(ctx, team, v.Number, 1_000)
	if err != nil {
		return err
	}
	var b, before *visit.HostBrief
	for i := range made {
		switch made[i].Revision {
		case revision:
			b = &made[i]
		case revision - 1:
			before = &made[i]
		}
	}
	if b == nil {
		return fmt.Errorf("revision %d of visit %d: %w", revision, v.Number, visit.ErrNotFound)
	}
	var changes []visit.HostChange
	if before != nil {
		changes = b.Host.Changes(&before.Host)
	}
	book := hs.letters.Load()
	text := book.Host(&b.Host, changes)
	p := hs.directory.printer(ctx, team, person)
	err = hs.replies.post(ctx, team, person, "", hostIntro(p, v, b, text, book.Draft(letter.HostBriefs)))
	for _, in := range letter.Langs() {
		if err == nil {
			err = hs.replies.postText(ctx, team, person, text.In(in))
		}
	}
	if err == nil {
		err = hs.sendPage(ctx, p, person, b, text)
	}
	if err == nil {
		return nil
	}
	m := blocks.Said(p.T("Not all of the host brief came: Slack didn't take it. Please press Send host brief again."))
	m.Add(blocks.Actions(blocks.Button(actHostAgain, hostRevision(b), p.T("Send host brief again"))))
	return errors.Join(fmt.Errorf("send a brief for a host: %w", err), hs.replies.postSurely(ctx, team, person, m))
}

// hostRevision names a revision in a button.
func hostRevision(b *visit.HostBrief) blocks.Subject {
	return versionSubject(visit.SubjectOf(visit.OfVisit, b.Visit), b.Revision)
}

// hostIntro says to its person what comes below it, what has no Chinese, and that nobody has read
// the wording yet. It stands apart from the texts, so that Copy gives exactly them.
func hostIntro(p blocks.Printer, v *visit.Visit, b *visit.HostBrief, text *letter.HostText, draft bool) *blocks.Message {
	m := new(blocks.Message)
	m.Title(p.T("Host brief of visit %d, revision %d", b.Visit, b.Revision))
	m.Say(p.T("Below come the Chinese and the English, each as a message that is only the text, and a PDF with both. Copy the Chinese into WeChat, or pass the PDF on. Nothing is posted in a channel."))
	if len(text.Missing) > 0 {
		words := p.T("These lines have no Chinese, so the Chinese is without them. Write it in front of each line, with | between:")
		list := "• " + strings.Join(text.Missing, "\n• ")
		m.Add(blocks.Section(blocks.ClipLines(blocks.Escape(words+"\n"+list), 2900)))
		m.Text.Line(words)
		m.Text.Lines(list)
	}
	if draft {
		m.Say(draftWording(p))
	}
	if len(b.Items) > 0 {
		m.Say(p.T("What the factory is asked to answer is on the checklist of the visit, due on %s.", blocks.OnDay(p, b.Host.ReplyBy)))
	} else {
		m.Say(p.T("The checklist of the visit is full, so the three questions to the factory are not on it."))
	}
	m.Add(blocks.Actions(blocks.Button(actHost, visitSubject(v), p.T("Edit host brief")), blocks.Button(actChecklist, visitSubject(v), p.T("Open checklist"))))
	return m
}

// sendPage sends the page with both languages. Neither its name nor what it says of itself has a
// number or a name of ours but the company's, as it was typed for the factory.
func (hs *hosts) sendPage(ctx context.Context, p blocks.Printer, person string, b *visit.HostBrief, text *letter.HostText) error {
	plan := hostPlan(b, text)
	var page bytes.Buffer
	hs.visits.drawing.Lock()
	err := plan.WritePDF(&page, lang.English())
	hs.visits.drawing.Unlock()
	if err != nil {
		return fmt.Errorf("draw a brief for a host: %w", err)
	}
	return hs.visits.sendFile(ctx, b.Workspace, person, slack.UploadFileParameters{
		Filename: "host-brief-" + b.Host.First.String() + ".pdf", Title: plan.Title, AltTxt: hostAlt,
		InitialComment: p.T("Both languages side by side, to pass on as a file."),
	}, page.Bytes())
}

// hostAlt is what those read who do not see the page.
const hostAlt = "Host brief in Chinese and English"

func hostPlan(b *visit.HostBrief, text *letter.HostText) *report.HostPlan {
	company := b.Host.Company.EN
	if company == "" {
		company = b.Host.Company.ZH
	}
	plan := &report.HostPlan{Title: "拜访计划 Host brief " + b.Host.First.String(), Company: company}
	for _, r := range text.Rows {
		plan.Rows = append(plan.Rows, report.HostRow(r))
	}
	return plan
}
