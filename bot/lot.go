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
	"visitprep/internal/sampling"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// The verbs of lots.
const (
	actDraw     blocks.ActionID = "draw"     // opens the form for the sample of an inspection
	actDecide   blocks.ActionID = "decide"   // opens the form for what becomes of its lot
	actUndecide blocks.ActionID = "undecide" // takes that back
)

// The modals of lots.
const (
	modalDraw   modalID = "draw"
	modalDecide modalID = "decide"
)

// The fields of the form for a sample.
const (
	fieldProduct     = "product" // number of a series, or newProduct
	fieldProductName = "product_name"
	fieldLot         = "lot"
	fieldCartons     = "cartons"
	fieldLotNo       = "lot_no" // among those of one day
	fieldLevel       = "level"
	fieldMajor       = "aql_major"
	fieldMinor       = "aql_minor"
	fieldStrictness  = "strictness"
	fieldOneLetter   = "one_letter"
	fieldReinspects  = "reinspects" // number of the inspection that had the lot before
	fieldWhyOn       = "why"        // why a stopped product goes on
	fieldDecision    = "decision"
)

// newProduct is the choice of a product that the factory has not made for this channel yet.
const newProduct = "new"

// strictByLots has the lots before say how strictly a lot is judged.
const strictByLots = "lots"

// lots are the samples of inspections, and what becomes of the lots that they are from.
type lots struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	live      *live
}

// sampled reports whether inspections of a type look at a sample of a lot.
func sampled(kind string) bool {
	switch kind {
	case "pre_shipment", "during_production", "initial_production", "container_loading":
		return true
	}
	return false
}

// A drawForm is what the form for a sample shows.
type drawForm struct {
	product, name, size, cartons, no, level, major, minor, strictness, oneLetter, again string
}

// drawn takes the form as it is filled in.
func (v values) drawn() drawForm {
	return drawForm{
		product: v.picked(fieldProduct), name: chars.Line(v.text(fieldProductName)), size: v.text(fieldLot), cartons: v.text(fieldCartons), no: v.text(fieldLotNo),
		level: v.picked(fieldLevel), major: v.picked(fieldMajor), minor: v.picked(fieldMinor), strictness: v.picked(fieldStrictness), oneLetter: v.picked(fieldOneLetter),
		again: v.picked(fieldReinspects),
	}
}

// open opens the form for the sample of an inspection.
func (lt *lots) open(ctx context.Context, c click) error {
	return lt.replies.open(ctx, opening{c.caller, actDraw, c.about, lt.directory.printerNow(c.team, c.user).T("Choose sample")}, func(ctx context.Context, team string) (*modal, error) {
		i, err := lt.access.inspection(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		f := drawForm{oneLetter: answerNo, strictness: strictByLots}
		if l := &i.Lot; !l.IsZero() {
			f.product, f.size, f.level, f.again = strconv.Itoa(l.Series), strconv.Itoa(l.Size), l.Level, strconv.Itoa(l.Reinspects)
			if l.Cartons > 0 {
				f.cartons = strconv.Itoa(l.Cartons)
			}
			if l.No > 0 {
				f.no = strconv.Itoa(l.No)
			}
		}
		return lt.form(ctx, lt.directory.printer(ctx, team, c.user), i, f, meta{About: c.about, Copy: c.copy()})
	})
}

// refresh draws the form again for the product that was picked.
func (lt *lots) refresh(ctx context.Context, c click) error {
	p := lt.directory.printer(ctx, c.team, c.user)
	i, err := lt.access.inspection(ctx, c.team, c.user, visit.Subject(c.meta.About))
	var m *modal
	if err == nil {
		f := c.values.drawn()
		f.level, f.major, f.minor, f.strictness, f.oneLetter, f.again = "", "", "", strictByLots, answerNo, "" // as agreed for the product
		m, err = lt.form(ctx, lt.directory.printer(ctx, c.team, c.user), i, f, c.meta)
	}
	if err != nil {
		m = lt.replies.errorPageTo(c.team, c.user, lt.directory.printerNow(c.team, c.user).T("Choose sample"), "fill a form", err)
	}
	return lt.replies.redraw(ctx, p, c.team, c.view, m)
}

// The answers of a question with yes and no.
const (
	answerYes = "yes"
	answerNo  = "no"
)

// form is the form for a sample. What was agreed for a product stands in it once the product
// is picked.
func (lt *lots) form(ctx context.Context, p blocks.Printer, i *visit.Inspection, f drawForm, about meta) (*modal, error) {
	m := &modal{id: modalDraw, title: p.T("Choose sample"), submit: p.T("Save sample"), meta: about}
	if !i.Open() || i.Lot.Counted.IsSet() {
		m.id, m.submit = "", ""
		m.blocks = []slack.Block{blocks.Section(blocks.Escape(p.T("Inspection %d is reported, so its sample stays. To choose another one, undo the result first.", i.Number)))}
		return m, nil
	}
	series, err := lt.o.Store.SeriesAt(ctx, i.Workspace, i.Factory.Number, i.Channel)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(series, func(s visit.Series) bool { return strconv.Itoa(s.Number) == f.product })
	if at < 0 && f.product != newProduct {
		if f.product = newProduct; len(series) > 0 {
			at, f.product = 0, strconv.Itoa(series[0].Number)
		}
	}
	one, agreed, err := lt.begins(ctx, i)
	if err != nil {
		return nil, err
	}
	if at >= 0 && f.product != newProduct {
		one = series[at]
	}
	m.blocks = append(m.blocks, blocks.Note(blocks.Escape(i.Title(p.Printer))))
	if len(series) > 0 {
		var options []*slack.OptionBlockObject
		for _, s := range series {
			options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(s.Number)), blocks.Clip(s.Product, 70)))
		}
		options = append(options, blocks.Option(newProduct, p.T("New product")))
		m.blocks = append(m.blocks, blocks.Refilling(blocks.Input(fieldProduct, p.T("Product"), blocks.Choice(p, string(actRefresh), p.T("Pick a product"), f.product, options))))
	}
	if f.product == newProduct {
		if agreed > 0 {
			m.blocks = append(m.blocks, blocks.Note(blocks.Escape(p.T("The level and the AQLs below are those of agreement %d.", agreed))))
		}
		m.blocks = append(m.blocks, blocks.Hinted(blocks.Input(fieldProductName, p.T("Name of the product"), blocks.TextInput(f.name, p.T("Desk lamp DL-3"), false)), p.T("The lots of one product at one factory are counted together.")))
	}
	judged := one
	if named := (visit.Series{Product: f.name}); f.product == newProduct && f.name != "" {
		if at := slices.IndexFunc(series, func(s visit.Series) bool { return s.FoldedProduct() == named.FoldedProduct() }); at >= 0 {
			judged = series[at]
		}
	}
	no, _ := strconv.Atoi(strings.Trim(chars.ASCII(f.no), " ."))
	reason, options, stopped, again, likely, err := lt.strictness(ctx, p, numbered(i, no), &judged)
	if err != nil {
		return nil, err
	}
	m.blocks = append(m.blocks,
		blocks.Input(fieldLot, p.T("Pieces in the lot"), blocks.TextInput(f.size, "3000", false)),
		blocks.Optional(blocks.Input(fieldCartons, p.T("Cartons"), blocks.TextInput(f.cartons, "100", false))),
	)
	// What belongs to the product gets other ids with it: Slack keeps what was picked before
	// where they are the same.
	own := func(picked, agreed, field, label string, values []string) {
		if picked == "" {
			picked = agreed
		}
		var os []*slack.OptionBlockObject
		for _, v := range values {
			os = append(os, blocks.Option(blocks.Subject(v), v))
		}
		m.blocks = append(m.blocks, blocks.Input(field, label, blocks.Choice(p, blocks.InputAction+"."+f.product, p.T("Pick one"), picked, os)))
	}
	own(f.level, one.Level, fieldLevel, p.T("Level"), levels())
	own(f.major, one.AQLMajor, fieldMajor, p.T("AQL for major defects"), aqls())
	own(f.minor, one.AQLMinor, fieldMinor, p.T("AQL for minor defects"), aqls())
	m.blocks = append(m.blocks, blocks.Hinted(blocks.Input(fieldStrictness, p.T("How strictly?"), blocks.Choice(p, blocks.InputAction+"."+f.product, p.T("Pick one"), f.strictness, options)), reason))
	if stopped {
		m.blocks = append(m.blocks, blocks.Hinted(blocks.Input(fieldWhyOn, p.T("Why does inspection go on?"), blocks.TextInput("", p.T("New press tool, first pieces measured and good"), true)), p.T("Inspection of this product is stopped: too many lots were not accepted. Write what the factory changed, and how you know that it works.")))
	}
	if one.OneLetter {
		f.oneLetter = answerYes
	}
	letters := slack.NewRadioButtonsBlockElement(blocks.InputAction+"."+f.product, blocks.Option(answerNo, p.T("No, each class has its own sample")), blocks.Option(answerYes, p.T("Yes, as agreed with the factory")))
	letters.InitialOption = letters.Options[0]
	if f.oneLetter == answerYes {
		letters.InitialOption = letters.Options[1]
	}
	m.blocks = append(m.blocks, blocks.Hinted(blocks.Input(fieldOneLetter, p.T("Use the larger sample for both classes?"), letters), p.T("It matters only where the classes have samples of different size.")))
	if f.again == "" && i.Lot.IsZero() {
		f.again = strconv.Itoa(likely)
	}
	if len(again) > 1 {
		m.blocks = append(m.blocks, blocks.Input(fieldReinspects, p.T("Was this lot inspected before?"), blocks.Choice(p, blocks.InputAction+"."+f.product, p.T("Pick one"), cmp.Or(f.again, "0"), again)))
	}
	m.blocks = append(m.blocks, blocks.Hinted(blocks.Optional(blocks.Input(fieldLotNo, p.T("Number of the lot"), blocks.TextInput(f.no, "1", false))), p.T("Only if several lots of the product are inspected on one day. They are counted in this order, one without a number first, and how strictly this lot is judged follows from those before it.")))
	return m, nil
}

// begins is the sample that a new product of an inspection's factory begins with: what was agreed
// in the channel, by an agreement of this number, and what is usual where nothing was, with 0.
func (lt *lots) begins(ctx context.Context, i *visit.Inspection) (one visit.Series, agreed int, err error) {
	one = visit.Series{Level: string(sampling.UsualLevel), AQLMajor: string(sampling.UsualMajor), AQLMinor: string(sampling.UsualMinor)}
	as, err := lt.o.Store.Agreements(ctx, i.Workspace, store.Filter{Channels: []string{i.Channel}, Factory: i.Factory.Number}, lt.o.Now())
	if err != nil {
		return one, 0, err
	}
	a, ok := visit.AgreedSampling(as, i.Today(lt.o.Now()))
	if !ok {
		return one, 0, nil
	}
	one.Level, one.AQLMajor, one.AQLMinor = cmp.Or(a.Terms.Level, one.Level), cmp.Or(a.Terms.AQLMajor, one.AQLMajor), cmp.Or(a.Terms.AQLMinor, one.AQLMinor)
	return one, a.Number, nil
}

// numbered is an inspection with the number that its lot is to have: that says which lots of
// its day come before it.
func numbered(i *visit.Inspection, no int) *visit.Inspection {
	c := i.Clone()
	c.Lot.No = no
	return &c
}

func levels() (vs []string) {
	for _, l := range sampling.Levels() {
		vs = append(vs, string(l))
	}
	return vs
}

func aqls() (vs []string) {
	for _, a := range sampling.AQLs() {
		vs = append(vs, string(a))
	}
	return vs
}

// strictness is how strictly the lots before have the lot of an inspection judged, in a line
// with the reason, and what may be picked; and which inspections may have had the same lot.
// Reduced inspection is on no list: it is looked up.
func (lt *lots) strictness(ctx context.Context, p blocks.Printer, i *visit.Inspection, s *visit.Series) (reason string, options []*slack.OptionBlockObject, stopped bool, again []*slack.OptionBlockObject, likely int, err error) {
	var before []visit.Inspection
	if s.Number > 0 {
		if before, err = lt.o.Store.Lots(ctx, i.Workspace, s.Number); err != nil {
			return "", nil, false, nil, 0, err
		}
	}
	major, minor := s.Standing(visit.Major, before, i), s.Standing(visit.Minor, before, i)
	stopped = major.Next == visit.Stopped || minor.Next == visit.Stopped
	words := p.T("As the lots before say: %s", bothWords(p, major.Next, minor.Next))
	options = []*slack.OptionBlockObject{blocks.Option(strictByLots, blocks.Clip(words, 75))}
	if mayChoose(visit.Normal, major.Next) && mayChoose(visit.Normal, minor.Next) {
		options = append(options, blocks.Option(blocks.Subject(visit.Normal), p.T("Normal for both classes")))
	}
	options = append(options, blocks.Option(blocks.Subject(visit.Tightened), p.T("Tightened for both classes")))
	var why []string
	for _, c := range []struct {
		class string
		st    visit.Standing
	}{{p.T("Major"), major}, {p.T("Minor"), minor}} {
		if w := standingWords(p, c.class, c.st); w != "" {
			why = append(why, w)
		}
	}
	if len(why) == 0 {
		why = append(why, p.T("Lots of this product so far: %d. Nothing speaks against normal inspection.", major.Lots))
	}
	again = []*slack.OptionBlockObject{blocks.Option("0", p.T("No"))}
	for n, b := range slices.Backward(before) {
		if b.Number != i.Number && b.Result == visit.Failed && !b.Due.After(i.Due) && len(before)-n <= 20 {
			again = append(again, blocks.Option(blocks.Subject(strconv.Itoa(b.Number)), blocks.Clip(p.T("Yes, as inspection %d on %s", b.Number, blocks.ShortDay(p, b.Due)), 75)))
		}
	}
	return strings.Join(why, " "), options, stopped, again, inspectedBefore(i, before), nil
}

// inspectedBefore is the inspection that probably had the lot of i before: the last of the
// same order that failed. It is 0 where none is.
func inspectedBefore(i *visit.Inspection, before []visit.Inspection) int {
	for _, b := range slices.Backward(before) {
		if b.Number != i.Number && b.Result == visit.Failed && !b.Due.After(i.Due) && i.Order != "" && b.Order == i.Order {
			return b.Number
		}
	}
	return 0
}

// bothWords are the strictnesses of both classes.
func bothWords(p blocks.Printer, major, minor visit.Strictness) string {
	if major == minor {
		return strictnessWord(p, sampling.Severity(major))
	}
	return p.T("%s for major, %s for minor", strictnessWord(p, sampling.Severity(major)), strictnessWord(p, sampling.Severity(minor)))
}

// standingWords say why a class is judged as it is; empty where it is judged normally from
// the beginning.
func standingWords(p blocks.Printer, class string, st visit.Standing) string {
	if st.Why == "" {
		return ""
	}
	return p.T("%s: %s, because %s.", class, strictnessWord(p, sampling.Severity(st.Next)), reasonWords(p, st.Why, st.Since))
}

// reasonWords say why a severity changed; inspection is the one that brought it, or 0 where
// that is not known.
func reasonWords(p blocks.Printer, why sampling.Reason, inspection int) string {
	words := ""
	switch why {
	case sampling.TwoOfFive:
		words = p.T("2 of at most 5 lots in a row were not accepted")
	case sampling.FiveAccepted:
		words = p.T("5 lots in a row were accepted")
	case sampling.FiveRefused:
		words = p.T("5 lots were not accepted while it was tightened")
	case sampling.OneRefused:
		words = p.T("a lot was not accepted under reduced inspection")
	case sampling.Score:
		return p.T("the lots ran well for long, and somebody allowed reduced inspection")
	case sampling.Irregular:
		return p.T("somebody noted that production does not run evenly")
	case sampling.Resumed:
		return p.T("somebody resumed it after a stop")
	case visit.Chosen:
		return p.T("somebody chose so")
	default:
		return p.T("nothing speaks against it")
	}
	if inspection == 0 {
		return words
	}
	return p.T("%s, the last in inspection %d", words, inspection)
}

// lotStrictness says how strictly a lot was judged, and why: of both classes where they differ.
func lotStrictness(p blocks.Printer, l *visit.Lot) string {
	var words, parts []string
	for _, c := range l.Classes {
		if c.AQL == "" {
			continue
		}
		w := strictnessWord(p, sampling.Severity(c.Strictness))
		if c.Why != "" {
			w = p.T("%s, because %s", w, reasonWords(p, sampling.Reason(c.Why), 0))
		}
		words, parts = append(words, w), append(parts, p.T("%s: %s", severityName(p, c.Class), w))
	}
	if len(words) == 2 && words[0] == words[1] {
		return words[0]
	}
	return strings.Join(parts, p.Semicolon())
}

// lotNotes are the words for what the table of a lot's sample does not show: arrows, samples
// of different size, disputed cells, what the sample can see.
func lotNotes(p blocks.Printer, l *visit.Lot) []string {
	plans := l.Plans()
	if len(plans) != 2 {
		return nil
	}
	return sampleNotes(p, plans)
}

// submit keeps a sample.
func (lt *lots) submit(ctx context.Context, s submission) ([]byte, error) {
	i, err := lt.access.inspection(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	p := lt.directory.printer(ctx, s.team, s.user)
	f := s.values.drawn()
	l, err := f.lot(p)
	if err != nil {
		return nil, err
	}
	place := numbered(i, l.No)
	series, err := lt.seriesOf(ctx, s, place, f)
	if errors.Is(err, errStopped) {
		m, err := lt.form(ctx, p, i, f, s.meta)
		if err != nil {
			return nil, err
		}
		return updated(p, m), nil
	}
	if err != nil {
		return nil, err
	}
	before, err := lt.o.Store.Lots(ctx, s.team, series.Number)
	if err != nil {
		return nil, err
	}
	if l.Reinspects > 0 && !slices.ContainsFunc(before, func(b visit.Inspection) bool { return b.Number == l.Reinspects }) {
		l.Reinspects = 0
	}
	l.Series, l.Product = series.Number, series.Product
	rules := rulesOf(&series, f, before, place)
	if err := l.Sample(rules); err != nil {
		return nil, err
	}
	now := lt.o.Now()
	kept, err := s.changing(lt.o.Store).ChangeInspection(ctx, s.team, i.Number, now, func(i *visit.Inspection) error { return i.Draw(l, s.user, now) })
	if err != nil {
		return nil, err
	}
	lt.live.changed(s.team, kept.Subject(), s.user, kept.Inspector)
	lt.replies.later("draw a card again", "", func(ctx context.Context) error { return lt.live.drawCopy(ctx, s.meta.Copy, &kept, s.user) })
	return updated(p, lt.words(p, "").drawnPage(p, &kept, &series, before)), nil
}

// lot reads the lot that was typed, with all its mistakes at once.
func (f drawForm) lot(p blocks.Printer) (l visit.Lot, _ error) {
	var errs visit.InputErrors
	q, trouble := sampling.Read(f.size)
	if trouble != nil {
		words := troubleWords(p, trouble)
		if trouble.Problem == sampling.LotUnclear {
			words = p.T("Did you mean %d? Then please write it so.", trouble.Asked.Lot)
		}
		errs.Collect(visit.Invalid(fieldLot, "%s", blocks.Clip(words, 300)))
	}
	whole := func(field, typed string, most int) int {
		if typed == "" {
			return 0
		}
		n, err := strconv.Atoi(strings.Trim(chars.ASCII(typed), " ."))
		if err != nil || n < 1 || n > most {
			errs.Collect(visit.Invalid(field, "%q is not a number from 1 to %d.", blocks.Clip(typed, 40), most))
		}
		return n
	}
	l.Size, l.Cartons, l.No = q.Lot, whole(fieldCartons, f.cartons, visit.MaxCartons), whole(fieldLotNo, f.no, 10_000)
	l.Level, l.OneLetter = f.level, f.oneLetter == answerYes
	l.Reinspects, _ = strconv.Atoi(f.again)
	if f.product == "" && f.name == "" || f.product == newProduct && f.name == "" {
		errs.Collect(visit.Invalid(fieldProductName, "Please name the product."))
	}
	if len(errs) > 0 {
		return l, errs
	}
	return l, nil
}

// errStopped says that a product is stopped, and that the form did not ask yet why it goes on.
var errStopped = errors.New("inspection of the product is stopped")

// seriesOf finds or begins the series of the product that a form names, with what was picked
// as agreed. Where it is stopped, it goes on with the reason that was written.
func (lt *lots) seriesOf(ctx context.Context, s submission, i *visit.Inspection, f drawForm) (series visit.Series, err error) {
	agreed := func(x *visit.Series) {
		x.Level, x.AQLMajor, x.AQLMinor, x.OneLetter = f.level, f.major, f.minor, f.oneLetter == answerYes
	}
	if f.product == "" || f.product == newProduct {
		x := visit.Series{Workspace: s.team, Factory: i.Factory, Channel: i.Channel, Product: f.name, By: s.user}
		agreed(&x)
		if series, _, err = lt.o.Store.AddSeries(ctx, x, lt.o.Now()); err != nil {
			return series, atField(err, "product", fieldProductName)
		}
	} else {
		all, err := lt.o.Store.SeriesAt(ctx, s.team, i.Factory.Number, i.Channel)
		if err != nil {
			return series, err
		}
		at := slices.IndexFunc(all, func(x visit.Series) bool { return strconv.Itoa(x.Number) == f.product })
		if at < 0 {
			return series, fmt.Errorf("product %s: %w", f.product, visit.ErrNotFound)
		}
		series = all[at]
	}
	before, err := lt.o.Store.Lots(ctx, s.team, series.Number)
	if err != nil {
		return series, err
	}
	var stopped []visit.Severity
	for _, class := range []visit.Severity{visit.Major, visit.Minor} {
		if series.Standing(class, before, i).Next == visit.Stopped {
			stopped = append(stopped, class)
		}
	}
	if len(stopped) > 0 && !s.values.has(fieldWhyOn) {
		return series, errStopped
	}
	was := series
	agreed(&was)
	if len(stopped) == 0 && was.Level == series.Level && was.AQLMajor == series.AQLMajor && was.AQLMinor == series.AQLMinor && was.OneLetter == series.OneLetter {
		return series, nil
	}
	return lt.o.Store.ChangeSeries(ctx, s.team, series.Number, func(x *visit.Series) error {
		agreed(x)
		for _, class := range stopped {
			if x.Standing(class, before, i).Next != visit.Stopped {
				continue // a colleague was first
			}
			x.Say(visit.SeriesEvent{Kind: visit.Resumed, Class: class, Day: i.Due, Why: s.values.text(fieldWhyOn), Said: visit.Mark{By: s.user, At: lt.o.Now()}})
		}
		return nil
	})
}

// atField has the mistakes in one field of err stand at another, which the form has.
func atField(err error, from, to string) error {
	var moved visit.InputErrors
	moved.Collect(err)
	for _, e := range moved {
		if e.Field == from {
			e.Field = to
		}
	}
	if len(moved) == 0 {
		return err
	}
	return moved
}

// rulesOf are the rules for the classes of a lot, as a form picked them.
func rulesOf(s *visit.Series, f drawForm, before []visit.Inspection, i *visit.Inspection) []visit.ClassRule {
	rules := []visit.ClassRule{{Class: visit.Major, AQL: f.major}, {Class: visit.Minor, AQL: f.minor}}
	for n := range rules {
		r := &rules[n]
		st := s.Standing(r.Class, before, i)
		r.Strictness, r.Why = st.Next, string(st.Why)
		if picked := visit.Strictness(f.strictness); picked != st.Next && mayChoose(picked, st.Next) {
			r.Strictness, r.Why = picked, visit.Chosen
		}
	}
	return rules
}

// mayChoose reports whether a class may be judged by a strictness that somebody picks, where the
// lots before ask for another: never by a laxer one, and not at all while it is stopped.
func mayChoose(picked, asked visit.Strictness) bool {
	switch picked {
	case visit.Normal:
		return asked == visit.Normal || asked == visit.Reduced
	case visit.Tightened:
		return asked != visit.Stopped
	}
	return false
}

// drawnPage is the sample of an inspection once it is kept.
func (wd *wording) drawnPage(p blocks.Printer, i *visit.Inspection, s *visit.Series, lots []visit.Inspection) *modal {
	m := &modal{title: p.T("Sample saved")}
	m.blocks = append(m.blocks, blocks.Note(blocks.Escape(p.T("%s: %s", i.Title(p.Printer), i.Lot.Product))))
	m.blocks = append(m.blocks, sampleMessage(p, i.Lot.Plans()).Blocks...)
	if i.Lot.Cartons > 0 {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(p.T("Open %d of %d cartons.", sampling.ToOpen(i.Lot.Cartons), i.Lot.Cartons))))
	}
	var notes []string
	for _, c := range i.Lot.Classes {
		if c.AQL == "" || c.Why == "" {
			continue
		}
		class := className(p, 0)
		if c.Class == visit.Minor {
			class = className(p, 1)
		}
		st := s.Standing(c.Class, lots, i)
		notes = append(notes, p.T("%s: %s, because %s.", class, strictnessWord(p, sampling.Severity(c.Strictness)), reasonWords(p, sampling.Reason(c.Why), st.Since)))
	}
	if i.Lot.Reinspects > 0 {
		notes = append(notes, p.T("It is inspected again after inspection %d, so it counts for nothing but itself.", i.Lot.Reinspects))
	}
	if s.InTheYearTo(i.Due, lots) < fewLots {
		notes = append(notes, p.T("Fewer than %d lots of this product were counted in a year. For single lots the standard has other plans, those for limiting quality (ISO 2859-2), which I don't have.", fewLots))
	}
	for _, words := range notes {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(words)))
	}
	m.blocks = append(m.blocks, blocks.Note(blocks.Escape(standing(p, i.Lot.Plans()))))
	return m
}

// fewLots is how many lots a year a product has at least for its switching to protect.
const fewLots = 5

// lotLines are the sample of an inspection, what was found and what becomes of the lot, on its
// card. Only our own people read them.
func (wd *wording) lotLines(i *visit.Inspection) []slack.Block {
	p := wd.p
	var bs []slack.Block
	l := &i.Lot
	switch {
	case !l.IsZero():
		bs = append(bs, blocks.Section(wd.sampleLine(l)))
	case sampled(i.Type) && i.Open():
		bs = append(bs, blocks.Section(p.M("%s: none yet. Press Choose sample and give the number of pieces in the lot.", blocks.Bold(p.T("Sample")))))
	}
	if i.Decision.IsSet() {
		words := p.M("%s: %s, says %s.", blocks.Bold(p.T("Lot")), decisionWords(p, i.Decision.Decision), blocks.Mention(i.Decision.Said.By))
		if i.Decision.Why != "" {
			words += "\n" + blocks.Escape(i.Decision.Why)
		}
		bs = append(bs, blocks.Section(words))
	}
	return append(bs, wd.measureLines(i)...)
}

// sampleLine is a sample in a few lines.
func (wd *wording) sampleLine(l *visit.Lot) blocks.Markup {
	p := wd.p
	first := p.M("%s: %d of %d pieces, %s", blocks.Bold(p.T("Sample")), largestPieces(l), l.Size, l.Product)
	if l.Product == "" {
		first = p.M("%s: %d of %d pieces", blocks.Bold(p.T("Sample")), largestPieces(l), l.Size)
	}
	lines := []blocks.Markup{first}
	for _, c := range l.Classes {
		words := p.T("%s: accept %d, reject %d in %d pieces", severityName(p, c.Class), c.Ac, c.Re, c.N)
		if l.Counted.IsSet() {
			words = p.T("%s: %d bad in %d pieces, accept %d", severityName(p, c.Class), c.Bad, c.N, c.Ac)
			if c.Bad == 0 && !c.All {
				words = p.T("%s: 0 bad in %d pieces (up to %s %% possible), accept %d", severityName(p, c.Class), c.N, oneDecimal(100*sampling.AtMost(c.N)), c.Ac)
			}
		}
		lines = append(lines, blocks.Escape(words))
	}
	if l.Cartons > 0 {
		words := p.T("Open %d of %d cartons", sampling.ToOpen(l.Cartons), l.Cartons)
		if l.Opened > 0 {
			words = p.T("Opened %d of %d cartons", l.Opened, l.Cartons)
		}
		lines = append(lines, blocks.Escape(words))
	}
	if plans := l.Plans(); len(plans) == 2 {
		lines = append(lines, blocks.Escape(standing(p, plans)))
	}
	return blocks.Join(lines, "\n")
}

func largestPieces(l *visit.Lot) (n int) {
	for _, c := range l.Classes {
		n = max(n, c.N)
	}
	return n
}

// decisionWords are what becomes of a lot.
func decisionWords(p blocks.Printer, d visit.LotDecision) string {
	switch d {
	case visit.Release:
		return p.T("release")
	case visit.Hold:
		return p.T("hold")
	case visit.Rework:
		return p.T("rework and inspect again")
	}
	return p.T("accept as it is")
}

// lotButtons are what can be done about the lot of an inspection.
func (wd *wording) lotButtons(i *visit.Inspection) (es []slack.BlockElement) {
	about := blocks.Subject(i.Subject())
	if i.Open() && (sampled(i.Type) || !i.Lot.IsZero()) {
		label := wd.p.T("Choose sample")
		if !i.Lot.IsZero() {
			label = wd.p.T("Change sample")
		}
		es = append(es, blocks.Button(actDraw, about, label))
	}
	if i.Result.TookPlace() && (sampled(i.Type) || !i.Lot.IsZero()) {
		if !i.Decision.IsSet() || i.Decision.Decision == visit.Hold {
			es = append(es, blocks.Button(actDecide, about, wd.p.T("Decide on the lot")))
		}
		if i.Decision.IsSet() {
			es = append(es, blocks.Button(actUndecide, about, wd.p.T("Undo decision")))
		}
	}
	return append(es, wd.measureButtons(i)...)
}

// addLotButtons adds them to a card that only our own people read.
func (wd *wording) addLotButtons(m *blocks.Message, i *visit.Inspection, to audience) {
	if es := wd.lotButtons(i); to == insiders && len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
}

// decideForm asks what becomes of a lot.
func (lt *lots) decideForm(ctx context.Context, c click) error {
	return lt.replies.open(ctx, opening{c.caller, actDecide, c.about, lt.directory.printerNow(c.team, c.user).T("Decide on the lot")}, func(ctx context.Context, team string) (*modal, error) {
		i, err := lt.access.inspection(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		p := lt.directory.printer(ctx, team, c.user)
		if i.Decision.IsSet() && i.Decision.Decision != visit.Hold {
			return lt.decidedAlready(p, i), nil
		}
		choices := slack.NewRadioButtonsBlockElement(blocks.InputAction)
		for _, o := range []struct {
			d     visit.LotDecision
			label string
		}{
			{visit.Release, p.T("Release: the goods may go")}, {visit.Hold, p.T("Hold: nothing moves until something is known")},
			{visit.Rework, p.T("Rework and inspect again")}, {visit.AcceptAsIs, p.T("Accept as it is: the goods go although they failed")},
		} {
			if o.d == visit.Release && i.Result != visit.Passed || o.d == visit.Hold && i.Decision.IsSet() {
				continue
			}
			choices.Options = append(choices.Options, blocks.Option(blocks.Subject(o.d), o.label))
		}
		return &modal{id: modalDecide, title: p.T("Decide on the lot"), submit: p.T("Save decision"), meta: meta{About: c.about, Copy: c.copy()}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(p.T("%s: %s", i.Title(p.Printer), i.Result))),
			blocks.Input(fieldDecision, p.T("What becomes of the lot?"), choices),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldNote, p.T("Reason"), blocks.TextInput("", p.T("The label is put right here; agreed with sales"), true))), p.T("If it is accepted as it is, or released with a critical finding, say why.")),
		}}, nil
	})
}

// decidedAlready is the page for a decision that a colleague made first.
func (lt *lots) decidedAlready(p blocks.Printer, i *visit.Inspection) *modal {
	return &modal{title: p.T("Decide on the lot"), blocks: []slack.Block{blocks.Section(p.M("%s has already decided: %s. To decide anew, undo the decision on the card first.", blocks.Mention(i.Decision.Said.By), decisionWords(p, i.Decision.Decision)))}}
}

// submitDecision keeps what becomes of a lot.
func (lt *lots) submitDecision(ctx context.Context, s submission) ([]byte, error) {
	old, err := lt.access.inspection(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	fs, err := lt.o.Store.Findings(ctx, s.team, old.Subject())
	if err != nil {
		return nil, err
	}
	now, critical, did := lt.o.Now(), visit.AnyCritical(fs), false
	i, err := s.changing(lt.o.Store).ChangeInspection(ctx, s.team, old.Number, now, func(i *visit.Inspection) (err error) {
		did, err = i.Decide(visit.LotDecision(s.values.picked(fieldDecision)), s.values.text(fieldNote), critical, s.user, now)
		return err
	})
	if err != nil {
		return nil, atField(err, "why", fieldNote)
	}
	if !did {
		p := lt.directory.printer(ctx, s.team, s.user)
		return updated(p, lt.decidedAlready(p, &i)), nil
	}
	lt.live.changed(s.team, i.Subject(), s.user, i.Inspector)
	lt.replies.later("draw a card again", "", func(ctx context.Context) error { return lt.live.drawCopy(ctx, s.meta.Copy, &i, s.user) })
	return nil, nil
}

// undecide takes a decision back.
func (lt *lots) undecide(ctx context.Context, c click) error {
	old, err := lt.access.inspection(ctx, c.team, c.user, visit.Subject(c.about))
	if err != nil {
		return lt.replies.sayError(ctx, c, "find an inspection", err)
	}
	i, err := lt.o.Store.By(c.user).ChangeInspection(ctx, c.team, old.Number, lt.o.Now(), func(i *visit.Inspection) error { i.TakeBackDecision(); return nil })
	if err != nil {
		return lt.replies.sayError(ctx, c, "change an inspection", err)
	}
	lt.live.changed(c.team, i.Subject(), c.user, i.Inspector)
	return lt.live.drawCopy(ctx, c.copy(), &i, c.user)
}

// words are the changes of strictness that a lot has brought: what holds from the next lot
// on, and lots that were judged in another way than is counted now.
func (t *turning) words(p blocks.Printer) (words []string) {
	if t == nil {
		return nil
	}
	for n, class := range []visit.Severity{visit.Major, visit.Minor} {
		was, now := t.series.Standing(class, t.before, nil), t.series.Standing(class, t.after, nil)
		if was.Next != now.Next {
			words = append(words, turnWords(p, &t.series, className(p, n), now))
		}
		for _, d := range now.Differ {
			if slices.Contains(was.Differ, d) || d.Inspection == t.inspection.Number {
				continue
			}
			words = append(words, p.T("%s: inspection %d was judged as %s. With this lot before it, it would have been %s. Its result stays.",
				className(p, n), d.Inspection, strictnessWord(p, sampling.Severity(d.Judged)), strictnessWord(p, sampling.Severity(d.Would))))
		}
	}
	return words
}

// turnWords say how the next lot is judged, and why.
func turnWords(p blocks.Printer, s *visit.Series, class string, now visit.Standing) string {
	why := reasonWords(p, now.Why, now.Since)
	switch now.Next {
	case visit.Stopped:
		return p.T("%s: inspection of %s is stopped, because %s. Lots are not accepted until the factory has put it right and somebody says why inspection goes on.", class, s.Product, why)
	case visit.Tightened:
		return p.T("%s: from the next lot on %s is judged tightened, because %s.", class, s.Product, why)
	}
	return p.T("%s: from the next lot on %s is judged %s, because %s.", class, s.Product, strictnessWord(p, sampling.Severity(now.Next)), why)
}

// tell posts what a lot has brought.
func (lt *lots) tell(ctx context.Context, i *visit.Inspection, brings *turning) error {
	words := brings.words(lt.directory.channelPrinter(ctx, i.Workspace))
	if len(words) == 0 {
		return nil
	}
	m := new(blocks.Message)
	for _, w := range words {
		m.Say(w)
	}
	return lt.live.underCard(ctx, i, m)
}

// A turning is what a lot brings for the next ones of its product.
type turning struct {
	series        visit.Series
	before, after []visit.Inspection // its lots, without that of the inspection and with it
	inspection    *visit.Inspection
}

// brings is what the lot of an inspection brings; nil where it counts for nothing.
func (lt *lots) brings(ctx context.Context, i *visit.Inspection) (*turning, error) {
	if !i.CountsForSeries() {
		return nil, nil
	}
	s, err := lt.o.Store.SeriesOf(ctx, i)
	if errors.Is(err, visit.ErrNotFound) { // it has come from another channel
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	after, err := lt.o.Store.Lots(ctx, i.Workspace, s.Number)
	if err != nil {
		return nil, err
	}
	before := slices.DeleteFunc(slices.Clone(after), func(o visit.Inspection) bool { return o.Number == i.Number })
	return &turning{s, before, after, i}, nil
}
