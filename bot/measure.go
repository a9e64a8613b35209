package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/sampling"
	"visitprep/internal/visit"
)

// The verbs of what is measured, and of who measured.
const (
	actDetails blocks.ActionID = "details" // opens the form for quantities and the inspection firm
	actMeasure blocks.ActionID = "measure" // opens the form for tests and measurements
	actSealed  blocks.ActionID = "sealed"  // opens the form for the sealed sample
)

const (
	modalDetails modalID = "details"
	modalMeasure modalID = "measure"
	modalSealed  modalID = "sealed"
)

// The fields of these forms. Their names are those of visit's mistakes.
const (
	fieldOrdered     = "ordered"
	fieldMade        = "made"
	fieldPacked      = "packed"
	fieldUnchecked   = "unchecked"
	fieldFirm        = "firm"
	fieldFirmBooking = "firm_booking"
	fieldFirmContact = "firm_contact"
	fieldFirmCost    = "firm_cost"
	fieldFirmVerdict = "firm_verdict"
	fieldFirmReport  = "firm_report"
	fieldFirmDefects = "firm_defects"

	fieldWhichTest  = "which_test" // its id, or newTest
	fieldTest       = "test"
	fieldLower      = "limit"
	fieldUpper      = "limit_upper"
	fieldLimitWords = "limit_words"
	fieldTestLevel  = "test_level"
	fieldValue      = "value"

	fieldSealedVersion = "sealed_version"
	fieldSealedWhere   = "sealed_where"
	fieldSealedUntil   = "sealed_until"
)

const (
	newTest     = "new"
	byLimit     = "limit" // the limit says whether a test passed
	noVerdict   = "none"
	noLevelEver = "none" // a test that follows from no level
)

// measures are what is measured of a product at an inspection, how much of it there is, and
// the firm that inspects.
type measures struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	live      *live
	known     *defects
}

// measureButtons are what can be noted about an inspection besides its sample.
func (wd *wording) measureButtons(i *visit.Inspection) (es []slack.BlockElement) {
	if i.Result.Off() || !sampled(i.Type) && i.Lot.IsZero() && i.Firm.IsZero() {
		return nil
	}
	about := blocks.Subject(i.Subject())
	es = append(es, blocks.Button(actDetails, about, wd.p.T("Quantities and firm")))
	if i.Lot.Series > 0 {
		es = append(es, blocks.Button(actMeasure, about, wd.p.T("Tests and measurements")), blocks.Button(actSealed, about, wd.p.T("Sealed sample")))
	}
	return es
}

// measureLines are quantities, tests and the firm, on a card that only our own people read.
func (wd *wording) measureLines(i *visit.Inspection) (bs []slack.Block) {
	p := wd.p
	if words := quantityWords(p, i.Ordered); words != "" {
		bs = append(bs, blocks.Section(p.M("%s: %s", blocks.Bold(p.T("Pieces")), words)))
	}
	if len(i.Measured) > 0 {
		count := map[visit.TestOutcome]int{}
		for _, m := range i.Measured {
			count[m.Result]++
		}
		bs = append(bs, blocks.Section(p.M("%s: %d passed, %d failed, %d not done or open", blocks.Bold(p.T("Tests")), count[visit.TestPassed], count[visit.TestFailed], count[visit.TestNotDone]+count[""])))
	}
	if f := &i.Firm; !f.IsZero() {
		parts := []blocks.Markup{blocks.Escape(f.Name)}
		for _, part := range []struct{ text, value string }{{p.T("booking %s", f.Booking), f.Booking}, {f.Contact, f.Contact}, {p.T("cost %s", f.Cost), f.Cost}} {
			if part.value != "" {
				parts = append(parts, blocks.Escape(part.text))
			}
		}
		if f.Verdict != "" {
			parts = append(parts, blocks.Escape(p.T("its own verdict: %s", f.Verdict)))
		}
		if f.Link != "" {
			parts = append(parts, blocks.Link(f.Link, p.T("its report, %s", blocks.Clip(cmp.Or(f.File, "PDF"), 60))))
		}
		bs = append(bs, blocks.Section(p.M("%s: %s", blocks.Bold(p.T("Inspection firm")), p.List(parts))))
	}
	if i.Unchecked != "" {
		bs = append(bs, blocks.Section(p.M("%s: %s", blocks.Bold(p.T("Not checked")), blocks.Clip(i.Unchecked, 500))))
	}
	return bs
}

// quantityWords say how many pieces there are, as far as somebody has said.
func quantityWords(p blocks.Printer, q visit.Quantities) string {
	var parts []string
	if q.Ordered > 0 {
		parts = append(parts, p.T("%d ordered", q.Ordered))
	}
	if q.Made > 0 {
		parts = append(parts, p.T("%d made", q.Made))
	}
	if q.Packed > 0 {
		parts = append(parts, p.T("%d packed", q.Packed))
	}
	return strings.Join(parts, p.Comma())
}

// orEmpty is a number as it stands in a field; 0 is what nobody has said.
func orEmpty(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// details opens the form for quantities and the firm.
func (ms *measures) details(ctx context.Context, c click) error {
	return ms.replies.open(ctx, opening{c.caller, actDetails, c.about, ms.directory.printerNow(c.team, c.user).T("Quantities and firm")}, func(ctx context.Context, team string) (*modal, error) {
		i, err := ms.access.inspection(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		p := ms.directory.printer(ctx, team, c.user)
		verdicts := []*slack.OptionBlockObject{blocks.Option(noVerdict, p.T("None yet"))}
		for _, r := range []visit.Result{visit.Passed, visit.Failed, visit.Undecided, visit.CouldNot} {
			verdicts = append(verdicts, blocks.Option(blocks.Subject(r), blocks.Sentence(r.Words(p.Printer))))
		}
		report := slack.NewFileInputBlockElement(blocks.InputAction).WithFileTypes("pdf").WithMaxFiles(1)
		hint := p.T("A PDF of at most 10 MB.")
		if i.Firm.File != "" {
			hint = p.T("There is %s already; another one takes its place.", blocks.Clip(i.Firm.File, 60))
		}
		f := &i.Firm
		text := func(field, label, value, example string, lines bool) slack.Block {
			return blocks.Optional(blocks.Input(field, label, blocks.TextInput(value, example, lines)))
		}
		return &modal{id: modalDetails, title: p.T("Quantities and firm"), submit: p.T("Save details"), meta: meta{About: c.about, Copy: c.copy()}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(i.Title(p.Printer))),
			text(fieldOrdered, p.T("Pieces ordered"), orEmpty(i.Ordered.Ordered), "3000", false),
			text(fieldMade, p.T("Pieces made"), orEmpty(i.Ordered.Made), "3000", false),
			text(fieldPacked, p.T("Pieces packed"), orEmpty(i.Ordered.Packed), "2400", false),
			text(fieldUnchecked, p.T("What was not checked, and why"), i.Unchecked, p.T("Drop test: no room at the factory"), true),
			text(fieldFirm, p.T("Inspection firm"), f.Name, p.T("Harbour Inspection"), false),
			text(fieldFirmBooking, p.T("Its booking number"), f.Booking, "HI-20417", false),
			text(fieldFirmContact, p.T("Its contact"), f.Contact, p.T("Ms Liu, phone or WeChat"), false),
			text(fieldFirmCost, p.T("What it costs"), f.Cost, "USD 298", false),
			blocks.Input(fieldFirmVerdict, p.T("Its verdict"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), cmp.Or(string(f.Verdict), noVerdict), verdicts)),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldFirmReport, p.T("Its report"), report)), hint),
			blocks.Hinted(text(fieldFirmDefects, p.T("Defects in its report"), "", p.T("major 6/50 no corner guard @packing"), true).(*slack.InputBlock), p.T("One a line, as you would write them under a photo. Each becomes a finding. The result stays yours: report it by itself.")),
		}}, nil
	})
}

// submitDetails keeps quantities and what is known of the firm; each defect in its report
// becomes a finding.
func (ms *measures) submitDetails(ctx context.Context, s submission) ([]byte, error) {
	old, err := ms.access.inspection(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	q, errs := quantities(&s)
	firm := old.Firm
	firm.Name, firm.Booking, firm.Contact, firm.Cost = s.values.text(fieldFirm), s.values.text(fieldFirmBooking), s.values.text(fieldFirmContact), s.values.text(fieldFirmCost)
	if firm.Verdict = visit.Result(s.values.picked(fieldFirmVerdict)); firm.Verdict == noVerdict {
		firm.Verdict = ""
	}
	for _, file := range s.values.files(fieldFirmReport) {
		if file.Mimetype != "application/pdf" && file.Filetype != "pdf" {
			errs.Collect(visit.Invalid(fieldFirmReport, "%s is not a PDF.", blocks.Clip(file.Name, 60)))
		}
		firm.FileID, firm.Link, firm.File = file.ID, file.Permalink, chars.Line(file.Name)
	}
	defects, err := ms.defects(ctx, s, old)
	errs.Collect(err)
	tried := old.Clone()
	tried.Firm, tried.Ordered, tried.Unchecked = firm, q, s.values.text(fieldUnchecked)
	tried.Normalize()
	errs.Collect(tried.Check())
	if len(errs) > 0 {
		return nil, errs
	}
	now := ms.o.Now()
	kept := s.changing(ms.o.Store)
	if len(defects) > 0 { // a line that is corrected after its finding was made does not change it
		kept = s.making(ms.o.Store)
	}
	i, err := kept.InspectWith(ctx, s.team, old.Number, defects, now, func(i *visit.Inspection) error {
		i.Firm, i.Ordered, i.Unchecked = firm, q, tried.Unchecked
		return nil
	})
	if err != nil {
		return nil, err
	}
	ms.live.changed(s.team, i.Subject(), s.user, i.Inspector)
	ms.replies.later("draw a card again", "", func(ctx context.Context) error { return ms.live.drawCopy(ctx, s.meta.Copy, &i, s.user) })
	if firm.FileID != old.Firm.FileID && firm.Link != "" {
		p := ms.directory.channelPrinter(ctx, s.team)
		words := p.M("The report of %s on inspection %d: %s", firm.Name, i.Number, blocks.Link(firm.Link, blocks.Clip(firm.File, 100)))
		m := new(blocks.Message)
		m.Add(blocks.Section(words))
		m.Text.Line(p.T("The report of %s on inspection %d: %s", firm.Name, i.Number, firm.File))
		ms.replies.later("tell of a report", "", func(ctx context.Context) error { return ms.live.underCard(ctx, &i, m) })
	}
	return nil, nil
}

// quantities reads the pieces ordered, made and packed, with all mistakes.
func quantities(s *submission) (q visit.Quantities, errs visit.InputErrors) {
	for _, in := range []struct {
		field string
		n     *int
	}{{fieldOrdered, &q.Ordered}, {fieldMade, &q.Made}, {fieldPacked, &q.Packed}} {
		typed := strings.Trim(chars.ASCII(s.values.text(in.field)), " .")
		if typed == "" {
			continue
		}
		n, err := strconv.Atoi(strings.NewReplacer(",", "", "'", "", " ", "").Replace(typed))
		if err != nil || n < 0 || n > visit.MaxQuantity {
			errs.Collect(visit.Invalid(in.field, "%q is not a number of pieces.", blocks.Clip(typed, 40)))
			continue
		}
		*in.n = n
	}
	return q, errs
}

// mostDefects is how many defects of a firm's report are typed at once.
const mostDefects = 40

// defects are the findings that the lines of a form are.
func (ms *measures) defects(ctx context.Context, s submission, i *visit.Inspection) (fs []visit.Finding, _ error) {
	words, err := ms.o.Store.SeverityWords(ctx, s.team, i.Channel)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(s.values.text(fieldFirmDefects)) {
		if chars.Blank(line) {
			continue
		}
		said := visit.ReadCaption(strings.TrimSpace(line), words)
		if said.Odd != "" {
			return nil, visit.Invalid(fieldFirmDefects, "%s cannot be: there are more bad pieces than were checked.", said.Odd)
		}
		if said.Checked > 0 && said.Bad == 0 {
			return nil, visit.Invalid(fieldFirmDefects, "0 of %d pieces is no finding. Leave out that line, or write how many are bad.", said.Checked)
		}
		f := visit.Finding{
			Workspace: s.team, Kind: said.Kind, Text: cmp.Or(said.Text, strings.TrimSpace(line)), Place: said.Place, Bad: said.Bad, Checked: said.Checked, ForFactory: true,
			Source: fmt.Sprintf("%s#%d", made(s.view), len(fs)), By: s.user, At: ms.o.Now(),
		}
		if !said.Unsure {
			f.Severity = said.Severity
		}
		if visit.HasHan(f.Text) {
			f.TextZH = f.Text
		}
		ms.known.named(&f)
		if err := f.BelongTo(i); err != nil {
			return nil, err
		}
		f.Normalize()
		if err := f.Check(); err != nil {
			return nil, visit.Invalid(fieldFirmDefects, "%s", blocks.Clip(ms.directory.printerNow(s.team, s.user).Err(firstMistake(err)), 300))
		}
		fs = append(fs, f)
	}
	if len(fs) > mostDefects {
		return nil, visit.Invalid(fieldFirmDefects, "That is %d lines; please send at most %d at once.", len(fs), mostDefects)
	}
	return fs, nil
}

// firstMistake is the first of the mistakes in err, without its field.
func firstMistake(err error) error {
	var es visit.InputErrors
	if es.Collect(err); len(es) > 0 {
		return &es[0].Mistake
	}
	return err
}

// measure opens the form for tests and measurements.
func (ms *measures) measure(ctx context.Context, c click) error {
	return ms.replies.open(ctx, opening{c.caller, actMeasure, c.about, ms.directory.printerNow(c.team, c.user).T("Tests and measurements")}, func(ctx context.Context, team string) (*modal, error) {
		i, err := ms.access.inspection(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		return ms.testForm(ctx, ms.directory.printer(ctx, team, c.user), i, "", "", meta{About: c.about, Copy: c.copy()})
	})
}

// refresh draws the form for tests again, for the test that was picked.
func (ms *measures) refresh(ctx context.Context, c click) error {
	p := ms.directory.printer(ctx, c.team, c.user)
	i, err := ms.access.inspection(ctx, c.team, c.user, visit.Subject(c.meta.About))
	var m *modal
	if err == nil {
		m, err = ms.testForm(ctx, ms.directory.printer(ctx, c.team, c.user), i, c.values.picked(fieldWhichTest), "", c.meta)
	}
	if err != nil {
		m = ms.replies.errorPageTo(c.team, c.user, ms.directory.printerNow(c.team, c.user).T("Tests and measurements"), "fill a form", err)
	}
	return ms.replies.redraw(ctx, p, c.team, c.view, m)
}

// testForm is the form for one test of the product of an inspection. saved says what was kept
// a moment ago.
func (ms *measures) testForm(ctx context.Context, p blocks.Printer, i *visit.Inspection, which, saved string, about meta) (*modal, error) {
	m := &modal{id: modalMeasure, title: p.T("Tests and measurements"), submit: p.T("Save test"), meta: about}
	series, err := ms.o.Store.SeriesOf(ctx, i)
	if errors.Is(err, visit.ErrNotFound) {
		m.id, m.submit = "", ""
		m.blocks = []slack.Block{blocks.Section(p.M("Tests belong to a product. Press Choose sample on the card first, and name the product there."))}
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	if saved != "" {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(saved)))
	}
	m.blocks = append(m.blocks, blocks.Note(blocks.Escape(p.T("%s: %s", i.Title(p.Printer), series.Product))), blocks.Note(blocks.Escape(sealedWords(p, series.Sealed, i.Due))))
	var lines []blocks.Markup
	for _, x := range i.Measured {
		lines = append(lines, blocks.Escape(measuredWords(p, &x)))
	}
	if len(lines) > 0 {
		m.blocks = append(m.blocks, blocks.Section(blocks.ClipLines(blocks.Join(lines, "\n"), 2500)))
	}
	var options []*slack.OptionBlockObject
	var test visit.Test
	for _, t := range series.Tests {
		id := strconv.Itoa(t.ID)
		options = append(options, blocks.Option(blocks.Subject(id), blocks.Clip(t.Name, 70)))
		open := !slices.ContainsFunc(i.Measured, func(x visit.Measured) bool { return x.Test.ID == t.ID })
		if which == "" && open || which == id {
			which, test = id, t
		}
	}
	if which == "" || test.ID == 0 {
		which = newTest
	}
	options = append(options, blocks.Option(newTest, p.T("New test")))
	m.blocks = append(m.blocks, blocks.Refilling(blocks.Input(fieldWhichTest, p.T("Test"), blocks.Choice(p, string(actRefresh), p.T("Pick a test"), which, options))))
	anew := "." + which + "." + strconv.Itoa(len(i.Measured)) // another test begins empty
	own := func(e *slack.PlainTextInputBlockElement) *slack.PlainTextInputBlockElement {
		e.ActionID += anew
		return e
	}
	if which == newTest {
		levels := []*slack.OptionBlockObject{blocks.Option(noLevelEver, p.T("As many as I like"))}
		for _, l := range sampling.Levels() {
			levels = append(levels, blocks.Option(blocks.Subject(l), p.T("Level %s", string(l))))
		}
		m.blocks = append(m.blocks,
			blocks.Input(fieldTest, p.T("Name of the test"), own(blocks.TextInput("", p.T("Width of the base"), false))),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldLower, p.T("At least"), own(blocks.TextInput("", "12.0", false)))), p.T("A number, without its unit.")),
			blocks.Optional(blocks.Input(fieldUpper, p.T("At most"), own(blocks.TextInput("", "12.5", false)))),
			blocks.Optional(blocks.Input(fieldUnit, p.T("Unit"), own(blocks.TextInput("", "mm", false)))),
			blocks.Optional(blocks.Input(fieldLimitWords, p.T("Or in words"), own(blocks.TextInput("", p.T("No crack after a drop from 80 cm"), false)))),
			blocks.Input(fieldTestLevel, p.T("How many pieces?"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), noLevelEver, levels)),
		)
	} else {
		words := limitSentence(p, test.Limit)
		if n := testSize(&test, i.Lot.Size); n > 0 {
			words = p.T("%s Test %d pieces.", words, n)
		}
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(words)))
	}
	results := slack.NewRadioButtonsBlockElement(blocks.InputAction+anew, blocks.Option(byLimit, p.T("As the limit says")), blocks.Option(blocks.Subject(visit.TestPassed), p.T("Passed")),
		blocks.Option(blocks.Subject(visit.TestFailed), p.T("Failed")), blocks.Option(blocks.Subject(visit.TestNotDone), p.T("Not done")))
	results.InitialOption = results.Options[0]
	m.blocks = append(m.blocks,
		blocks.Hinted(blocks.Optional(blocks.Input(fieldValue, p.T("What was measured"), own(blocks.TextInput("", "12.3", false)))), p.T("The worst value, if several pieces were measured.")),
		blocks.Optional(blocks.Input(fieldCount, p.T("Bad of how many pieces"), own(blocks.TextInput("", "0/8", false)))),
		blocks.Input(fieldResult, p.T("Did it pass?"), results),
		blocks.Optional(blocks.Input(fieldNote, p.T("Note"), own(blocks.TextInput("", p.T("Calliper 0217, calibrated in May"), true)))),
	)
	return m, nil
}

// testSize is how many pieces a test takes of a lot, 0 where nobody has said.
func testSize(t *visit.Test, lot int) int {
	if t.N > 0 || t.Level == "" {
		return t.N
	}
	letter, err := sampling.Letter(lot, sampling.Level(t.Level))
	if err != nil {
		return 0
	}
	return min(sampling.SizeOf(letter), lot)
}

// limitSentence says between what a value has to be.
func limitSentence(p blocks.Printer, l visit.Limit) string {
	if l.IsZero() {
		return p.T("No limit is written down.")
	}
	return p.T("Limit: %s.", strings.TrimRight(limitWords(p, l), "."))
}

// measuredWords are what a test gave, in a line.
func measuredWords(p blocks.Printer, m *visit.Measured) string {
	what := m.Test.Name
	if m.Value != "" {
		what = p.T("%s: %s", what, blocks.OneLine(m.Value+" "+m.Test.Limit.Unit))
	}
	if m.N > 0 {
		what = p.T("%s, %d bad of %d", what, m.Bad, m.N)
	}
	switch m.Result {
	case visit.TestPassed:
		return p.T("%s, passed", what)
	case visit.TestFailed:
		return p.T("%s, failed", what)
	case visit.TestNotDone:
		return p.T("%s, not done", what)
	}
	return p.T("%s, open", what)
}

// submitTest keeps what a test gave, and a new test with its product.
func (ms *measures) submitTest(ctx context.Context, s submission) ([]byte, error) {
	old, err := ms.access.inspection(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	series, err := ms.o.Store.SeriesOf(ctx, old)
	if err != nil {
		return nil, err
	}
	p, now := ms.directory.printer(ctx, s.team, s.user), ms.o.Now()
	m := visit.Measured{Value: s.values.text(fieldValue), Note: s.values.text(fieldNote), Said: visit.Mark{By: s.user, At: now}}
	var errs visit.InputErrors
	if typed := s.values.text(fieldCount); typed != "" {
		if m.Bad, m.N, err = readCount(typed); err != nil {
			errs.Collect(err)
		}
	}
	if r := s.values.picked(fieldResult); r != byLimit {
		m.Result = visit.TestOutcome(r)
	}
	if m.Test, err = testOf(&s, &series); errors.Is(err, visit.ErrNotFound) {
		return nil, err
	}
	errs.Collect(err)
	tried := old.Clone()
	errs.Collect(tried.Measure(m))
	if len(errs) > 0 {
		return nil, errs
	}
	if m.Test.ID == 0 {
		if m.Test, err = ms.addTest(ctx, s, series.Number, m.Test); err != nil {
			return nil, err
		}
	}
	i, err := s.changing(ms.o.Store).ChangeInspection(ctx, s.team, old.Number, now, func(i *visit.Inspection) error { return i.Measure(m) })
	if err != nil {
		return nil, err
	}
	ms.live.changed(s.team, i.Subject(), s.user, i.Inspector)
	at := slices.IndexFunc(i.Measured, func(x visit.Measured) bool { return x.Test.ID == m.Test.ID })
	next, err := ms.testForm(ctx, p, &i, "", p.T("Saved: %s.", measuredWords(p, &i.Measured[at])), s.meta)
	if err != nil {
		return nil, err
	}
	return updated(p, next), nil
}

// testOf is the test that a form is about: one of the product's, or a new one without an id.
func testOf(s *submission, series *visit.Series) (visit.Test, error) {
	if which := s.values.picked(fieldWhichTest); which != newTest {
		at := slices.IndexFunc(series.Tests, func(t visit.Test) bool { return strconv.Itoa(t.ID) == which })
		if at < 0 {
			return visit.Test{}, fmt.Errorf("test %s: %w", which, visit.ErrNotFound)
		}
		return series.Tests[at], nil
	}
	t := visit.Test{Name: s.values.text(fieldTest), Limit: visit.Limit{
		Lower: s.values.text(fieldLower), Upper: s.values.text(fieldUpper), Unit: s.values.text(fieldUnit), Words: s.values.text(fieldLimitWords),
	}}
	if l := s.values.picked(fieldTestLevel); l != noLevelEver {
		t.Level = l
	}
	t.Normalize()
	for _, have := range series.Tests { // the form was sent twice, or a colleague was first
		if strings.EqualFold(have.Name, t.Name) {
			return have, nil
		}
	}
	return t, t.Check()
}

// addTest adds a test to a product, once.
func (ms *measures) addTest(ctx context.Context, s submission, series int, t visit.Test) (visit.Test, error) {
	_, err := ms.o.Store.ChangeSeries(ctx, s.team, series, func(x *visit.Series) error {
		for _, have := range x.Tests {
			if strings.EqualFold(have.Name, t.Name) {
				t = have
				return nil
			}
		}
		t = x.AddTest(t)
		return nil
	})
	return t, err
}

// sealedWords say which sample the product is judged by.
func sealedWords(p blocks.Printer, s visit.SealedSample, day civil.Date) string {
	if s.IsZero() {
		return p.T("No sealed sample is noted for this product.")
	}
	words := p.T("Sealed sample: %s.", p.Details(s.Version, s.Where))
	switch {
	case s.Until.IsZero():
		return words
	case s.Expired(day):
		return words + " " + p.T("It was good until %s: ask for a new one.", blocks.FullDay(p, s.Until))
	}
	return words + " " + p.T("Good until %s.", blocks.FullDay(p, s.Until))
}

// sealed opens the form for the sealed sample of a product.
func (ms *measures) sealed(ctx context.Context, c click) error {
	return ms.replies.open(ctx, opening{c.caller, actSealed, c.about, ms.directory.printerNow(c.team, c.user).T("Sealed sample")}, func(ctx context.Context, team string) (*modal, error) {
		i, err := ms.access.inspection(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		p := ms.directory.printer(ctx, team, c.user)
		series, err := ms.o.Store.SeriesOf(ctx, i)
		if errors.Is(err, visit.ErrNotFound) {
			return &modal{title: p.T("Sealed sample"), blocks: []slack.Block{
				blocks.Section(p.M("A sealed sample belongs to a product. Press Choose sample on the card first, and name the product there.")),
			}}, nil
		}
		if err != nil {
			return nil, err
		}
		until := ""
		if !series.Sealed.Until.IsZero() {
			until = series.Sealed.Until.String()
		}
		return &modal{id: modalSealed, title: p.T("Sealed sample"), submit: p.T("Save sealed sample"), meta: meta{About: c.about}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(p.T("%s: %s", i.Title(p.Printer), series.Product))),
			blocks.Optional(blocks.Input(fieldSealedVersion, p.T("Version"), blocks.TextInput(series.Sealed.Version, p.T("Version 3, sealed on 2 March"), false))),
			blocks.Optional(blocks.Input(fieldSealedWhere, p.T("Where is it?"), blocks.TextInput(series.Sealed.Where, p.T("Sample room, shelf B2; ours in Berlin"), false))),
			blocks.Optional(blocks.Input(fieldSealedUntil, p.T("Good until"), blocks.DayInput(p, until))),
		}}, nil
	})
}

// submitSealed keeps the sealed sample of a product.
func (ms *measures) submitSealed(ctx context.Context, s submission) ([]byte, error) {
	i, err := ms.access.inspection(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	sealed := visit.SealedSample{Version: s.values.text(fieldSealedVersion), Where: s.values.text(fieldSealedWhere)}
	if day := s.values.day(fieldSealedUntil); day != "" {
		if sealed.Until, err = civil.Parse(day); err != nil {
			return nil, visit.Invalid(fieldSealedUntil, "Please pick a day.")
		}
	}
	x, err := ms.o.Store.SeriesOf(ctx, i)
	if err != nil {
		return nil, err
	}
	x, err = ms.o.Store.ChangeSeries(ctx, s.team, x.Number, func(x *visit.Series) error {
		x.Sealed = sealed
		return nil
	})
	if err != nil {
		return nil, err
	}
	p := ms.directory.printer(ctx, s.team, s.user)
	return updated(p, &modal{title: p.T("Sealed sample"), blocks: []slack.Block{blocks.Section(blocks.Escape(sealedWords(p, x.Sealed, i.Due)))}}), nil
}
