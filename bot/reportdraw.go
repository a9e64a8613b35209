package bot

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/lang"
	"visitprep/internal/report"
	"visitprep/internal/sampling"
	"visitprep/internal/visit"
)

// A document is a report that can be drawn.
type document interface {
	WritePDF(io.Writer, *lang.Printer) error
	WriteSheet(io.Writer, *lang.Printer) error
	Blanks(*lang.Printer) []string
}

// gather reads all that a report is made of.
func (rp *reports) gather(ctx context.Context, p blocks.Printer, a visit.Appointment, r *visit.Report) (*material, error) {
	m := &material{a: a, names: map[string]string{}}
	var err error
	if m.findings, err = rp.o.Store.Findings(ctx, r.Workspace, r.Subject); err != nil {
		return nil, err
	}
	m.defects = func(id string) string {
		if d, ok := rp.guide.Load().Base.Defects().Defect(id); ok {
			return d.Chinese
		}
		return ""
	}
	m.photo = func(id int) ([]byte, error) {
		b, err := rp.o.Store.Photo(ctx, r.Workspace, id)
		if err != nil && !errors.Is(err, visit.ErrNotFound) {
			m.failed = cmp.Or(m.failed, err)
		}
		return b, err
	}
	m.cropped = func(ph *visit.PhotoRef) ([]byte, error) { return rp.cropped(m.photo, ph) }
	people := []string{r.Made.By}
	for _, f := range m.findings {
		people = append(people, f.By)
	}
	switch a := a.(type) {
	case *visit.Visit:
		m.people = rp.visits.travellers(ctx, p, r.Workspace, a.People)
		for _, n := range a.Notes {
			people = append(people, n.By)
		}
		if r.Kind == visit.ReportVisit { // what the factory gets is made without them
			of, err := rp.gatherVisit(ctx, m, a)
			if err != nil {
				return nil, err
			}
			people = append(people, of...)
		}
	case *visit.Inspection:
		people = append(people, a.Decision.Said.By)
		for _, x := range a.Measured {
			if x.Against() {
				people = append(people, x.Said.By)
			}
		}
		if a.Inspector != "" {
			m.people = rp.visits.travellers(ctx, p, r.Workspace, []visit.Person{{User: a.Inspector}})
		}
		if err := rp.gatherLots(ctx, m, a); err != nil {
			return nil, err
		}
	}
	if r.Kind == visit.ReportVisit || r.Kind == visit.ReportAudit {
		if err := rp.gatherStrengths(ctx, m, r); err != nil {
			return nil, err
		}
	}
	rp.name(ctx, r.Workspace, m, r.Subject, people)
	if us, err := rp.api(ctx, a.Common().Workspace).AuthTestContext(ctx); err == nil {
		m.company = us.Team
	}
	return m, nil
}

// name asks what the people in a report are called.
func (rp *reports) name(ctx context.Context, team string, m *material, of visit.Subject, people []string) {
	for _, id := range people {
		if _, known := m.names[id]; id == "" || known {
			continue
		}
		who, err := rp.directory.person(ctx, team, id)
		if err != nil {
			rp.log.Warn("could not ask what somebody in a report is called", "subject", string(of), "err", err)
		}
		m.names[id] = who.name
	}
}

// cropped is a photo as it may go to a factory: what was cut away is in it nowhere.
func (rp *reports) cropped(photo func(id int) ([]byte, error), ph *visit.PhotoRef) ([]byte, error) {
	kept, err := photo(ph.ID)
	if err != nil || ph.Crop.IsZero() {
		return kept, err
	}
	whole, err := jpeg.DecodeConfig(bytes.NewReader(kept))
	if err != nil {
		return nil, fmt.Errorf("crop a photo: %w", err)
	}
	cut, err := rp.cutter.Cut(kept, image.Rect(ph.Crop.Of(whole.Width, whole.Height)))
	if err != nil {
		return nil, fmt.Errorf("crop a photo: %w", err)
	}
	return cut.JPEG, nil
}

// earlierLots is how many lots before this one a report shows.
const earlierLots = 10

// gatherLots reads what stands about the product of an inspection.
func (rp *reports) gatherLots(ctx context.Context, m *material, i *visit.Inspection) error {
	s, err := rp.o.Store.SeriesOf(ctx, i)
	if errors.Is(err, visit.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	m.series = &s
	lots, err := rp.o.Store.Lots(ctx, i.Workspace, i.Lot.Series)
	if err != nil {
		return err
	}
	for n := len(lots) - 1; n >= 0 && len(m.lots) < earlierLots; n-- {
		// One that moved to another channel is not read in this one, and of one that nobody has
		// decided, or whose result was taken back, there is no verdict.
		l := &lots[n]
		judged := l.Lot.Counted.IsSet() && (l.Result == visit.Passed || l.Result == visit.Failed)
		if l.Number != i.Number && l.Channel == i.Channel && judged && l.Due.Compare(i.Due) <= 0 {
			m.lots = append(m.lots, *l)
		}
	}
	return nil
}

// document is the report itself, in the language of pg.
func (rp *reports) document(pg *pages) document {
	g := rp.guide.Load()
	t := g.Template(kindOf(pg.a))
	switch pg.r.Kind {
	case visit.ReportAudit:
		return pg.auditReport(t, func(entry string) string {
			if e, ok := g.Base.Entry(entry); ok {
				return e.Topic().Title
			}
			return pg.p.T("Other points")
		})
	case visit.ReportInspection:
		return pg.inspectionReport(t)
	}
	return pg.visitReport(t)
}

// draw makes the files of a report and words the message beside them.
func (rp *reports) draw(ctx context.Context, at *spot, a visit.Appointment, r *visit.Report, h *handing) (*drawnReport, error) {
	m, err := rp.gather(ctx, rp.directory.printer(ctx, r.Workspace, r.Made.By), a, r)
	if err != nil {
		return nil, err
	}
	all, err := rp.o.Store.Reports(ctx, r.Workspace, r.Subject)
	if err != nil {
		return nil, err
	}
	pg := &pages{p: rp.directory.printer(ctx, r.Workspace, r.Made.By), material: m, r: r, version: versionOf(all, r), final: h.Final}
	said := *pg // of the message, which others read too
	if said.p = rp.directory.channelPrinter(ctx, r.Workspace); at.person != "" {
		said.p = rp.directory.printer(ctx, r.Workspace, at.person)
	}
	if r.Kind == visit.ReportFactory {
		return rp.drawFactory(pg, &said)
	}
	doc := rp.document(pg)
	d := &drawnReport{findings: m.findings}
	pdf, err := rp.drawn(doc.WritePDF, pg.p)
	if err = cmp.Or(err, m.failed); err != nil { // never without a photo that is there
		return nil, err
	}
	sheet, err := rp.drawn(doc.WriteSheet, pg.p)
	if err != nil {
		return nil, err
	}
	d.sha256 = digest(pdf)
	name, title := pg.fileName(), said.heading()
	d.files = []reportFile{
		{name: name + ".pdf", title: title, alt: said.alt(), content: pdf},
		{name: name + ".xlsx", title: said.p.T("%s, as a sheet", title), alt: said.p.T("The same as a sheet, one finding in each row."), content: sheet},
	}
	blanks := rp.document(&said).Blanks(said.p.Printer)
	d.says = func(final bool) *blocks.Message {
		said.final = final
		return said.summary(blanks, d)
	}
	return d, nil
}

// drawn draws one file at a time: that takes a moment, and memory.
func (rp *reports) drawn(write func(io.Writer, *lang.Printer) error, p blocks.Printer) ([]byte, error) {
	rp.visits.drawing.Lock()
	defer rp.visits.drawing.Unlock()
	var b bytes.Buffer
	if err := write(&b, p.Printer); err != nil {
		return nil, fmt.Errorf("draw a report: %w", err)
	}
	return b.Bytes(), nil
}

// drawFactory makes the version for the factory. Nothing in its name, its title or its words
// for those who do not see it tells what is ours.
func (rp *reports) drawFactory(pg, said *pages) (*drawnReport, error) {
	doc := pg.factoryReport()
	pdf, err := rp.drawn(doc.WritePDF, pg.p)
	if err = cmp.Or(err, pg.failed); err != nil {
		return nil, err
	}
	_, last := pg.a.Days()
	return &drawnReport{
		sha256: digest(pdf),
		files:  []reportFile{{name: "feedback-" + last.String() + ".pdf", title: said.p.T("Feedback"), alt: said.p.T("Feedback as PDF. Points: %d.", len(doc.Findings)), content: pdf}},
		says:   func(bool) *blocks.Message { return said.forFactory(doc) },
	}, nil
}

// fileName is the name of the files of a report, without what comes after the dot.
func (pg *pages) fileName() string {
	name := fmt.Sprintf("%s-report-v%d", fileName(pg.a), pg.version)
	if !pg.final {
		name += "-draft"
	}
	return name
}

// heading names a report in a line.
func (pg *pages) heading() string {
	if pg.final {
		return pg.p.T("%s: final report, version %d", pg.a.Title(pg.p.Printer), pg.version)
	}
	return pg.p.T("%s: draft report, version %d", pg.a.Title(pg.p.Printer), pg.version)
}

// alt is what somebody hears who does not see the file.
func (pg *pages) alt() string {
	fs := pg.stand()
	photos := 0
	for _, f := range fs {
		photos += len(f.Photos)
	}
	return blocks.Clip(pg.p.T("%s, as PDF. %s: %s. Findings: %d. Photos: %d.", pg.heading(), pg.answerLabel(), pg.answer(), len(fs), photos), 1000)
}

// answerLabel and answer are what the report says first.
func (pg *pages) answerLabel() string {
	if _, ok := pg.a.(*visit.Inspection); ok {
		return pg.p.T("Result")
	}
	return pg.p.T("Decision")
}

func (pg *pages) answer() string {
	switch a := pg.a.(type) {
	case *visit.Visit:
		return a.Outcome.Verdict.Words(pg.p.Printer)
	case *visit.Inspection:
		if !a.Open() {
			return a.Result.Words(pg.p.Printer)
		}
	}
	return pg.p.T("none yet")
}

// counts are how many findings there are of each severity, as they are to be read.
func (pg *pages) counts() string {
	var words []string
	var n int
	fs := pg.stand()
	for i := range fs { // the worst first, and each of a kind together
		n++
		if class := severityWord(pg.p, &fs[i]); i == len(fs)-1 || severityWord(pg.p, &fs[i+1]) != class {
			words = append(words, pg.p.T("%s: %d", class, n))
			n = 0
		}
	}
	if len(words) == 0 {
		return pg.p.T("none")
	}
	return strings.Join(words, " · ")
}

// What the message beside a report holds: one screen of a phone.
const (
	summaryFindings = 8
	summaryText     = 160 // characters of each
	summaryBlanks   = 10
)

// line is a finding in one line.
func (pg *pages) line(f *visit.Finding) (m blocks.Markup, plain string) {
	var about []string
	if f.Counted() {
		about = append(about, pg.p.T("%d of %d", f.Bad, f.Checked))
	}
	about = append(about, blocks.Clip(blocks.OneLine(f.Text), summaryText))
	if f.Place != "" {
		about = append(about, "@"+f.Place)
	}
	if zh := pg.chinese(f); zh != "" && zh != f.Text {
		about = append(about, blocks.Clip(blocks.OneLine(zh), summaryText/2))
	}
	words := strings.Join(about, " · ")
	return "• " + blocks.Bold(severityWord(pg.p, f)) + " · " + blocks.Escape(words), pg.p.T("%s: %s", severityWord(pg.p, f), words)
}

// summary is the message beside the files of a report, which says the same without them.
func (pg *pages) summary(blanks []string, d *drawnReport) *blocks.Message {
	p := pg.p
	m := new(blocks.Message)
	m.Title(pg.heading())
	fields := []*slack.TextBlockObject{
		blocks.Mrkdwn(blocks.Bold(pg.answerLabel()) + "\n" + blocks.Escape(blocks.Sentence(pg.answer()))),
		blocks.Mrkdwn(blocks.Bold(p.T("Findings")) + "\n" + blocks.Escape(pg.counts())),
	}
	m.Text.Line(p.T("%s: %s. Findings: %s.", pg.answerLabel(), pg.answer(), pg.counts()))
	for _, f := range pg.besides() {
		fields = append(fields, blocks.Mrkdwn(blocks.Bold(f[0])+"\n"+blocks.Escape(f[1])))
		m.Text.Line(p.T("%s: %s", f[0], strings.ReplaceAll(f[1], "\n", p.Semicolon())))
	}
	m.Add(slack.NewSectionBlock(nil, fields, nil))
	var lines []blocks.Markup
	fs := pg.stand()
	for n := range fs[:min(len(fs), summaryFindings)] {
		l, plain := pg.line(&fs[n])
		lines = append(lines, l)
		m.Text.Line(plain)
	}
	if more := len(fs) - summaryFindings; more > 0 {
		words := p.T("And %d more in the report.", more)
		lines = append(lines, blocks.Escape(words))
		m.Text.Line(words)
	}
	if len(lines) > 0 {
		m.Add(blocks.Section(blocks.ClipLines(blocks.Join(lines, "\n"), 2900)))
	}
	if len(blanks) > 0 {
		shown := blanks[:min(len(blanks), summaryBlanks)]
		if more := len(blanks) - len(shown); more > 0 {
			shown = append(shown[:len(shown):len(shown)], p.T("And %d more in the report.", more))
		}
		words := strings.Join(shown, " ")
		m.Add(blocks.Section(blocks.Bold(p.T("Left blank")) + "\n" + blocks.Escape(words)))
		m.Text.Line(p.T("Left blank: %s", words))
	}
	about := versionSubject(pg.r.Subject, pg.version)
	factory := blocks.Button(actFactoryReport, blocks.Subject(pg.r.Subject), p.T("Version for the factory"))
	if pg.final {
		m.Add(blocks.Note(p.M("Final since %s, by %s. Its findings can't be undone. What changes from now on is version %d. SHA-256 of the PDF: %s",
			blocks.Time(p, pg.at(), "2 January 2006, 15:04"), blocks.Mention(pg.r.Made.By), pg.version+1, blocks.Code(d.sha256))))
		m.Text.Line(p.T("Final since %s. SHA-256 of the PDF: %s", blocks.Time(p, pg.at(), "2 January 2006, 15:04"), d.sha256))
		m.Add(blocks.Actions(factory))
		return m
	}
	m.Add(blocks.Note(p.M("A draft of what is there now, made for %s.", blocks.Mention(pg.r.Made.By))))
	final := blocks.Confirmed(blocks.Button(actFinalReport, about, p.T("Make report final")), p.T("Make this report final?"),
		p.T("It is made once more from what is there then. Its findings can't be undone afterwards, and later changes make a new version."), p.T("Keep draft"))
	m.Add(blocks.Actions(final, factory))
	return m
}

// at is when a report was asked for, by the clock of the channel.
func (pg *pages) at() time.Time { return pg.r.Made.At.In(pg.zone()) }

// besides are what else the message says, a name and a value each.
func (pg *pages) besides() (facts [][2]string) {
	p := pg.p
	i, ok := pg.a.(*visit.Inspection)
	if !ok {
		return [][2]string{{p.T("When"), pg.days()}}
	}
	if i.Decision.IsSet() {
		facts = append(facts, [2]string{p.T("Decision about the lot"), blocks.Sentence(decisionWords(p, i.Decision.Decision))})
	}
	if i.Order != "" {
		facts = append(facts, [2]string{p.T("Order"), i.Order})
	}
	if !i.Lot.IsZero() {
		var classes []string
		for _, c := range i.Lot.Classes {
			words := p.T("%s: sample %d, accept up to %d", severityName(p, c.Class), c.N, c.Ac)
			if i.Lot.Counted.IsSet() {
				words = p.T("%s: %d bad of %d, accept up to %d", severityName(p, c.Class), c.Bad, c.N, c.Ac)
			}
			classes = append(classes, words)
		}
		facts = append(facts, [2]string{p.T("Sample of %d pieces, %s", i.Lot.Size, sampling.Standard), strings.Join(classes, "\n")})
	}
	return facts
}

// forFactory is the message beside the version for the factory, which its person reads alone.
func (pg *pages) forFactory(doc *report.FactoryReport) *blocks.Message {
	p := pg.p
	photos, left, unseen := 0, 0, 0
	for _, f := range doc.Findings {
		photos += len(f.Photos)
	}
	for _, f := range pg.stand() {
		if !f.ForFactory || f.Kind == visit.RedFlag {
			left++
			continue
		}
		for _, ph := range f.Photos {
			if ph.ToLookAt() {
				unseen++
			}
		}
	}
	m := new(blocks.Message)
	m.Title(p.T("Version for the factory: %s", pg.a.Title(p.Printer)))
	m.Say(p.T("Points: %d. Photos: %d. Please read the file once, and pass it on yourself, for example by WeChat. I send it to nobody.", len(doc.Findings), photos))
	if len(doc.Findings) == 0 {
		m.Say(p.T("No finding is marked for the factory, so there is nothing to pass on yet."))
	}
	if left > 0 {
		m.Say(p.T("Findings that stay with us: %d.", left))
	}
	if unseen > 0 {
		m.Say(p.T("Photos that nobody has looked at yet, and that are left out: %d.", unseen))
		m.Add(blocks.Actions(lookButton(p, pg.r.Subject)))
	}
	return m
}
