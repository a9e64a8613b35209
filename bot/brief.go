package bot

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/report"
	"visitprep/internal/visit"
)

// How much a brief holds: one screen or two, and of the file one page.
const (
	briefItems   = 8
	briefPhrases = 8
	pagePhrases  = 5
	briefNotes   = 5
	briefManners = 3
	briefText    = 240 // bytes of each
)

// brief is a visit to carry along: what a traveller needs when there is no time
// to look things up. Its parts stand in the order in which a day needs them, from the
// taxi to the table, and one without content is left out whole.
func (wd *wording) brief(g *guide.Guide, v *visit.Visit) *blocks.Message {
	m := new(blocks.Message)
	m.Title(wd.p.T("Brief: %s, %s", v.Factory.Name, blocks.Days(wd.p, v.First, v.Last)))
	if !v.Open() {
		m.Say(wd.p.T("This visit is cancelled."))
	}
	part := func(name string, body blocks.Markup, plain string) {
		if body == "" {
			return
		}
		m.Add(blocks.Section(blocks.Bold(name) + "\n" + blocks.ClipLines(body, 2900)))
		m.Text.Line(wd.p.T("%s: %s", name, plain))
	}
	f := v.Factory
	if ask := askDriver(&f); ask != "" {
		part(wd.p.T("For the driver"), blocks.Escape(strings.TrimSpace(ask+"\n"+f.Chinese+"\n"+f.Address)), blocks.OneLine(ask+" "+f.Chinese+" "+f.Address))
	}
	if f.Address == "" {
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(wd.p.T("For the driver"))+"\n"+blocks.Escape(wd.p.T("There is no Chinese address yet. A driver may not be able to read an English one."))), nil,
			slack.NewAccessory(blocks.Button(actFactory, factorySubject(f.Number), wd.p.T("Add address")))))
		m.Text.Line(wd.p.T("For the driver: no Chinese address yet."))
	}
	part(wd.p.T("Contacts at the factory"), blocks.Escape(f.Contacts), blocks.OneLine(f.Contacts))
	part(wd.p.T("Who"), who(wd.p, v.People), whoPlain(wd.p, v.People))
	part(wd.p.T("Agenda"), blocks.Escape(v.Agenda), blocks.OneLine(v.Agenda))
	list := "• " + strings.Join(wd.stillOpen(v), "\n• ")
	part(wd.p.T("Still open"), blocks.Escape(list), blocks.OneLine(list))
	if ps := g.FirstPhrases(briefPhrases); len(ps) > 0 {
		var ms []blocks.Markup
		var plain []string
		for _, e := range ps {
			ms = append(ms, blocks.Bold(e.Chinese)+" "+blocks.Escape(e.Pinyin)+" – "+blocks.Escape(e.Title))
			plain = append(plain, wd.p.T("%s (%s)", e.Chinese+" "+e.Pinyin, e.Title))
		}
		part(wd.p.T("Phrases"), blocks.Join(ms, "\n"), strings.Join(plain, wd.p.Semicolon()))
	}
	if as := g.Manners(v.Purpose, briefManners); len(as) > 0 {
		var ms []blocks.Markup
		var plain []string
		for _, e := range as {
			text, shown, of := guide.Opening(e.Text, briefText, briefText)
			if of > 0 {
				text += "\n" + wd.p.T("The first %d of %d.", shown, of)
			}
			ms = append(ms, blocks.Bold(e.Title)+"\n"+blocks.Body(text))
			plain = append(plain, e.Title)
		}
		part(wd.p.T("At the factory and at the table"), blocks.Join(ms, "\n"), strings.Join(plain, wd.p.Semicolon()))
	}
	for _, n := range lastNotes(v.Notes, briefNotes) {
		part(wd.p.T("Note from a colleague"), blocks.Escape(n.Text), blocks.OneLine(n.Text))
	}
	if v.Open() && !v.Over(wd.o.Now()) {
		wd.addNotes(m, wd.o.CalendarNotes(wd.p.Printer, v.First, v.Last))
	}
	m.Add(blocks.Note(wd.p.M("Emergency numbers in mainland China: police 110, fire 119, ambulance 120. Check your embassy's number before you fly.")))
	m.Text.Line(wd.p.T("Emergency numbers in mainland China: police 110, fire 119, ambulance 120. Check your embassy's number before you fly."))
	m.Add(blocks.Actions(blocks.Button(actChecklist, visitSubject(v), wd.p.T("Open checklist")), blocks.Button(actCalendar, visitSubject(v), wd.p.T("Calendar file"))))
	return m
}

func lastNotes(ns []visit.Note, n int) []visit.Note { return ns[max(len(ns)-n, 0):] }

// stillOpen lists what is not done for the visit, as far as a brief has room, or says that
// everything is.
func (wd *wording) stillOpen(v *visit.Visit) (lines []string) {
	more := 0
	for _, i := range v.Items {
		switch {
		case !i.Open() || i.Falls(v.Days()) > 0:
		case len(lines) < briefItems:
			lines = append(lines, i.Text)
		default:
			more++
		}
	}
	if more > 0 {
		lines = append(lines, wd.p.T("And %d more on the checklist.", more))
	}
	if len(lines) == 0 {
		lines = []string{wd.p.T("Everything for the visit is done.")}
	}
	if v.Items.Progress() == (visit.Progress{}) {
		return lines
	}
	return append(lines, wd.p.T("Checklist: %s", v.Items.Progress().Words(wd.p.Printer)))
}

// driverHere is driverLine where only a name stands below it.
const driverHere = "请送我去这里："

// askDriver is what stands above name and address; empty where there is neither.
func askDriver(f *visit.Factory) string {
	switch {
	case f.Address != "":
		return driverLine
	case f.Chinese != "":
		return driverHere
	}
	return ""
}

// A traveller is one of a visit's people as a file names them: nobody can press a mention
// there.
type traveller struct{ name, role, phone string }

// travellers looks up what people are called, and the numbers that they gave Slack. Who
// cannot be looked up is left with what the visit has of them.
func (vis *visits) travellers(ctx context.Context, p blocks.Printer, team string, people []visit.Person) []traveller {
	var ts []traveller
	for _, who := range people {
		t := traveller{name: who.Name, role: who.Role}
		if who.User != "" {
			if known, err := vis.directory.person(ctx, team, who.User); err == nil {
				t.name, t.phone = cmp.Or(known.also[0], known.name), known.phone
			}
		}
		if t.name == "" {
			t.name = p.T("A colleague")
		}
		ts = append(ts, t)
	}
	return ts
}

// line is the traveller with role and number.
func (t *traveller) line(p blocks.Printer) string { return p.Details(t.name, t.role, t.phone) }

// briefPage is the brief on one page, to keep on a phone or to print.
func (wd *wording) briefPage(g *guide.Guide, v *visit.Visit, people []traveller) *report.Brief {
	f := &v.Factory
	under := blocks.Days(wd.p, v.First, v.Last) + "\n" + wd.p.T(g.Template(v.Purpose).Title)
	if !v.Open() {
		under = wd.p.T("This visit is cancelled.") + "\n" + under
	}
	driver := report.Driver{Head: wd.p.T("For the driver"), Ask: askDriver(f), Name: f.Chinese, Address: f.Address, Contact: f.Contacts}
	switch {
	case f.Address == "":
		driver.Name = cmp.Or(f.Chinese, factoryLabel(wd.p, f))
		driver.Note = wd.p.T("There is no Chinese address yet. A driver may not be able to read an English one.")
	case !strings.ContainsFunc(f.Chinese+f.Address, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
		driver.Name = cmp.Or(f.Chinese, f.Name)
		driver.Note = wd.p.T("The address is not in Chinese. A driver may not be able to read it.")
	}
	b := &report.Brief{
		Title: wd.p.T("Brief: %s", factoryLabel(wd.p, f)), Under: under, Driver: driver,
		Foot:  wd.p.T("Made on %s. If plans have changed since, ask for the brief again in Slack.", blocks.FullDay(wd.p, wd.today(&v.Place).here)),
		More:  func(lines int) string { return wd.p.T("… %d more lines in Slack", lines) },
		Gone:  func(parts int) string { return wd.p.T("%d more parts in Slack", parts) },
		Boxes: wd.p.T("□ stands for a character that this file cannot show. The brief in Slack has it."),
	}
	part := func(whole bool, head string, lines ...string) {
		if strings.Join(lines, "") != "" {
			b.Parts = append(b.Parts, report.Part{Head: head, Lines: lines, Whole: whole})
		}
	}
	var who, phrases, notes []string
	for i := range people {
		who = append(who, people[i].line(wd.p))
	}
	for _, e := range g.FirstPhrases(pagePhrases) {
		phrases = append(phrases, e.Chinese+"\n"+e.Pinyin+" – "+e.Title)
	}
	for _, n := range lastNotes(v.Notes, briefNotes) {
		notes = append(notes, "• "+n.Text)
	}
	part(false, wd.p.T("Agenda"), v.Agenda)
	part(false, wd.p.T("Who"), who...)
	part(true, wd.p.T("Emergency numbers"), wd.p.T("Mainland China: police 110, fire 119, ambulance 120. Check your embassy's number before you fly."))
	part(false, wd.p.T("Notes from colleagues"), notes...)
	part(true, wd.p.T("Phrases"), phrases...)
	if v.Open() && !v.Over(wd.o.Now()) {
		part(false, wd.p.T("On these days in China"), wd.o.CalendarNotes(wd.p.Printer, v.First, v.Last)...)
	}
	var open []string
	for _, l := range wd.stillOpen(v) {
		open = append(open, "• "+l)
	}
	part(false, wd.p.T("Still open"), open...)
	return b
}

// briefClick sends the brief to the person who asked, directly: as a message, and as a file
// that opens without a network. Where only the file failed, another press sends it alone.
func (vis *visits) briefClick(ctx context.Context, c click) error {
	p := vis.directory.printer(ctx, c.team, c.user)
	v, err := vis.access.visit(ctx, c.team, c.user, visit.Subject(c.about))
	if err != nil {
		return vis.replies.sayError(ctx, c, "find a visit", err)
	}
	sent, err := vis.postOnce(ctx, c, fmt.Sprintf("brief/%s/%d", v.Subject(), v.Rev), func() error {
		m := vis.words(p, "").brief(vis.guide.Load().In(p), v)
		if err := vis.addPromises(ctx, m, caller{team: c.team, user: c.user}, v); err != nil {
			return err
		}
		vis.access.addMarket(ctx, p, m, v)
		return vis.replies.post(ctx, c.team, c.user, "", m)
	})
	if err != nil {
		return vis.replies.sayError(ctx, c, "send a brief", err)
	}
	filed, err := vis.postOnce(ctx, c, fmt.Sprintf("brief-file/%s/%d", v.Subject(), v.Rev), func() error { return vis.sendBriefPage(ctx, c.team, c.user, v) })
	if err != nil {
		return vis.replies.sayError(ctx, c, "send a brief as a file", err)
	}
	vis.live.refresh(ctx, c)
	if !sent && !filed {
		return nil
	}
	return vis.replies.sent(ctx, c, p.T("I've sent you the brief, as a message and as a file for your phone. It is in your direct messages with Visit Prep."))
}

func (vis *visits) sendBriefPage(ctx context.Context, team, person string, v *visit.Visit) error {
	p := vis.directory.printer(ctx, team, person)
	words := vis.words(p, vis.directory.zoneOf(ctx, team, person))
	brief := words.briefPage(vis.guide.Load().In(p), v, vis.travellers(ctx, p, v.Workspace, v.People))
	ask, err := vis.access.marketAsk(ctx, v)
	if err != nil {
		return err
	}
	if lines := vis.access.marketLines(p, &ask); len(lines) > 0 {
		brief.Parts = append(brief.Parts, report.Part{Head: p.T("Ask about their market"), Lines: lines})
	}
	vis.drawing.Lock()
	page, err := brief.PDF()
	vis.drawing.Unlock()
	if err != nil {
		return fmt.Errorf("draw a brief: %w", err)
	}
	return vis.sendFile(ctx, team, person, slack.UploadFileParameters{
		Filename: fileName(v) + "-brief.pdf", Title: p.T("Brief: %s", factoryLabel(p, &v.Factory)),
		InitialComment: p.T("The brief on one page, to keep on your phone or to print. It opens without a network."),
	}, page)
}

// fileName begins the names of files about a: visit-12.
func fileName(a visit.Appointment) string { return strings.ReplaceAll(string(a.Subject()), "/", "-") }

// sendFile sends a file to a person directly.
func (vis *visits) sendFile(ctx context.Context, team, person string, as slack.UploadFileParameters, content []byte) error {
	dm, err := vis.directory.direct(ctx, team, person)
	if err != nil {
		return fmt.Errorf("open a direct message: %w", err)
	}
	as.Channel, as.FileSize, as.Reader = dm, len(content), bytes.NewReader(content)
	_, err = vis.api(ctx, team).UploadFileContext(ctx, as)
	return err
}
