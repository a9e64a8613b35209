package bot

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/report"
	"visitprep/internal/sampling"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// How a visit or an inspection becomes a report: what stands in the database goes into the
// plain structs of package report, and nothing is made up. What is missing stays empty, and
// the report names it.

// A material is all that a report is made of, read at one moment: what changes afterwards is
// in the next one.
type material struct {
	a        visit.Appointment
	findings []visit.Finding
	series   *visit.Series
	lots     []visit.Inspection // earlier ones of the series, read in the same channel
	// Of a visit, for us alone, and all of its channel. The version for the factory is made without.
	actions    []visit.ActionOf  // of its findings
	agreements []visit.Agreement // signed on it, or drafted there
	strengths  []visit.Bilingual // of its letters; also of an audit
	market     []visit.MarketNote
	question   func(id string) string // that a market note answers
	next       *visit.Visit           // to the same factory
	people     []traveller
	company    string
	names      map[string]string // of people, by their id in Slack
	photo      func(id int) ([]byte, error)
	failed     error // of the first photo that is there, and could not be read now
	cropped    func(*visit.PhotoRef) ([]byte, error)
	defects    func(id string) (zh string)
}

// name is what somebody is called, or nothing where Slack does not know them.
func (m *material) name(id string) string { return m.names[id] }

// stand are the findings that nobody has taken back, the worst first.
func (m *material) stand() []visit.Finding {
	fs := slices.DeleteFunc(slices.Clone(m.findings), func(f visit.Finding) bool { return f.Withdrawn.IsSet() })
	slices.SortStableFunc(fs, visit.CompareFindings)
	return fs
}

// isAudit reports whether a visit or an inspection asks whether the system works.
func isAudit(a visit.Appointment) bool { return strings.Contains(kindOf(a), "audit") }

// kindOf is the id of the template of a visit or an inspection.
func kindOf(a visit.Appointment) string {
	switch a := a.(type) {
	case *visit.Visit:
		return a.Purpose
	case *visit.Inspection:
		return a.Type
	}
	return ""
}

// reportKind is the kind of the report that a visit or an inspection comes to.
func reportKind(a visit.Appointment) visit.ReportKind {
	_, inspected := a.(*visit.Inspection)
	switch {
	case isAudit(a):
		return visit.ReportAudit
	case inspected:
		return visit.ReportInspection
	}
	return visit.ReportVisit
}

// pages words what a report says in one language. It asks nobody anything.
type pages struct {
	p blocks.Printer
	*material
	r       *visit.Report
	version int // that it is, or is a draft of
	final   bool
}

// cover is what a report begins with.
func (pg *pages) cover() report.Cover {
	w := pg.a.Common()
	c := report.Cover{
		Title: pg.title(), Company: pg.company, Factory: factoryLabel(pg.p, &w.Factory), FactoryZH: w.Factory.Chinese, Days: pg.days(),
		Version: pg.version, Final: pg.final, By: pg.name(pg.r.Made.By), At: pg.at(),
	}
	for i := range pg.people {
		c.People = append(c.People, pg.people[i].named(pg.p))
	}
	return c
}

// zone is the channel's, or the factory's.
func (pg *pages) zone() *time.Location {
	w := pg.a.Common()
	return zoneOr(cmp.Or(w.ChannelZone, w.Zone))
}

// days are those of the visit or the inspection.
func (pg *pages) days() string {
	first, last := pg.a.Days()
	return blocks.Days(pg.p, first, last)
}

// named is the traveller with role, without a number that is theirs alone.
func (t *traveller) named(p blocks.Printer) string { return p.Details(t.name, t.role) }

// title names what the report is about, without its factory, which stands beside it.
func (pg *pages) title() string {
	if _, ok := pg.a.(*visit.Inspection); ok {
		return pg.p.T("Inspection %d", pg.a.Common().Number)
	}
	return pg.p.T("Visit %d", pg.a.Common().Number)
}

// shown is a finding with its photos, as we alone read it.
func (pg *pages) shown(f *visit.Finding) report.Finding {
	out := report.Finding{
		Number: f.Number, Kind: report.FindingKind(f.Kind), Severity: report.Severity(f.Severity), Text: f.Text, TextZH: pg.chinese(f), Place: f.Place,
		Bad: f.Bad, Checked: f.Checked, Requirement: f.Requirement, Request: f.Request, By: pg.name(f.By), At: pg.moment(f),
	}
	if i, err := pg.a.Common().Items.Find(f.Item); f.Item > 0 && err == nil {
		out.Line = i.Text
	}
	for n := range f.Photos {
		out.Photos = append(out.Photos, pg.picture(&f.Photos[n]))
	}
	return out
}

// chinese is what a person wrote of the finding in Chinese, or the vocabulary's word for it; empty
// where its words, which stand before it, are the same.
func (pg *pages) chinese(f *visit.Finding) string {
	words := f.TextZH
	if words == "" && f.Defect != "" && pg.defects != nil {
		words = pg.defects(f.Defect)
	}
	if words == f.Text {
		return ""
	}
	return words
}

// moment is when a finding was seen, by the clock of the factory: its photo's hour, or when
// it was logged.
func (pg *pages) moment(f *visit.Finding) string {
	at := f.TakenAt
	if at.IsZero() {
		at = f.At
	}
	if at.IsZero() {
		return ""
	}
	return blocks.Time(pg.p, at.In(zoneOr(pg.a.Common().Zone)), "2 January 2006, 15:04")
}

// picture is a photo as the report has it, or why it has none.
func (pg *pages) picture(ph *visit.PhotoRef) report.Photo {
	switch ph.State {
	case visit.PhotoKept:
		id := ph.ID
		out := report.Photo{JPEG: func() ([]byte, error) { return pg.photo(id) }}
		if !ph.TakenAt.IsZero() {
			out.Note = blocks.Time(pg.p, ph.TakenAt.In(zoneOr(pg.a.Common().Zone)), "2 January 2006, 15:04")
		}
		return out
	case visit.PhotoWaiting:
		return report.Photo{Missing: pg.p.T("This photo is still on its way from Slack. Make the report again in a minute.")}
	}
	if ph.Why == visit.PhotoOld {
		return report.Photo{Missing: pg.p.T("This photo is no longer kept: %s", cmp.Or(ph.Name, ph.FileID))}
	}
	return report.Photo{Missing: pg.p.T("This photo stays in Slack: %s", cmp.Or(ph.Name, ph.FileID))}
}

func (pg *pages) internal() (out []report.Finding) {
	for _, f := range pg.stand() {
		out = append(out, pg.shown(&f))
	}
	return out
}

// notChecked are the lines of the day on which nobody looked, each with why, if somebody said
// so.
func (pg *pages) notChecked() (lines []string) {
	for _, i := range pg.a.Common().Items {
		switch {
		case i.Removed || i.Milestone != 0:
		case i.Open():
			lines = append(lines, i.Text)
		case i.Skipped != "":
			lines = append(lines, pg.p.T("%s (%s)", i.Text, i.Skipped))
		}
	}
	return lines
}

// result is a result as a report has it.
func result(r visit.Result) report.Result {
	switch r {
	case visit.Passed:
		return report.Passed
	case visit.Failed:
		return report.Failed
	case visit.Undecided:
		return report.Pending
	case visit.CouldNot, visit.Skipped:
		return report.CouldNot
	}
	return ""
}

// inspectionReport is the report that says whether a lot may be shipped.
func (pg *pages) inspectionReport(t *knowledge.Template) *report.InspectionReport {
	i := pg.a.(*visit.Inspection)
	out := &report.InspectionReport{
		Cover: pg.cover(), Kind: pg.p.T(t.Title), Result: result(i.Result), ResultWhy: i.Note,
		Decision: report.Decision(i.Decision.Decision), DecisionWhy: i.Decision.Why, DecisionBy: pg.name(i.Decision.Said.By),
		Order: i.Order, Ordered: i.Ordered.Ordered, Made: i.Ordered.Made, Packed: i.Ordered.Packed,
		Firm:     report.Firm{Name: i.Firm.Name, Booking: i.Firm.Booking, Contact: i.Firm.Contact, Cost: i.Firm.Cost, Result: result(i.Firm.Verdict), File: i.Firm.File},
		Findings: pg.internal(), NotChecked: pg.notChecked(), Cartons: i.Lot.Cartons, CartonsOpened: i.Lot.Opened,
	}
	if !i.Lot.IsZero() {
		out.Sample = pg.sample(&i.Lot)
	}
	if i.Unchecked != "" {
		out.NotChecked = append(out.NotChecked, i.Unchecked)
	}
	measured := map[int]bool{}
	for _, m := range i.Measured {
		measured[m.Test.ID] = true
		out.Tests = append(out.Tests, pg.test(&m))
		if m.Result == visit.TestNotDone {
			out.NotChecked = append(out.NotChecked, pg.because(pg.testName(&m.Test), m.Note))
		}
	}
	out.Product = i.Lot.Product
	if pg.series == nil {
		return out
	}
	for _, t := range pg.series.Tests {
		if !measured[t.ID] {
			out.Tests = append(out.Tests, pg.test(&visit.Measured{Test: t}))
			out.NotChecked = append(out.NotChecked, pg.testName(&t))
		}
	}
	if s := pg.series.Sealed; !s.IsZero() {
		out.Sealed = report.Sealed{Version: s.Version, Where: s.Where}
		switch {
		case s.Until.IsZero():
		case s.Expired(i.Due):
			out.Sealed.Until = pg.p.T("%s (it had expired on the day)", blocks.FullDay(pg.p, s.Until))
		default:
			out.Sealed.Until = blocks.FullDay(pg.p, s.Until)
		}
	}
	for _, l := range pg.lots {
		out.Lots = append(out.Lots, pg.lot(&l))
	}
	return out
}

// sample is what was drawn, by which rules, and what was counted.
func (pg *pages) sample(l *visit.Lot) *report.Sample {
	out := &report.Sample{Standard: sampling.Standard, Lot: l.Size, Level: l.Level, Severity: lotStrictness(pg.p, l), Sees: strings.Join(lotNotes(pg.p, l), " ")}
	if letter, err := sampling.Letter(l.Size, sampling.Level(l.Level)); err == nil { // else of a file that somebody else wrote
		out.Letter = letter
	}
	for _, c := range l.Classes {
		out.Classes = append(out.Classes, report.Class{
			Severity: report.Severity(c.Class), AQL: c.AQL, Letter: c.Letter, By: strictnessWord(pg.p, sampling.Severity(c.Strictness)), N: c.N, Ac: c.Ac, Re: c.Re, All: c.All, Counted: l.Counted.IsSet(), Bad: c.Bad, Accepted: c.Accepted(),
		})
	}
	if l.OneLetter {
		out.Note = pg.p.T("The code letter of the largest sample is used for all classes, as agreed.")
	}
	return out
}

// because is something with its reason, if there is one.
func (pg *pages) because(what, why string) string {
	if why == "" {
		return what
	}
	return pg.p.T("%s (%s)", what, why)
}

func (pg *pages) testName(t *visit.Test) string {
	if t.NameZH != "" && t.NameZH != t.Name {
		return t.Name + " " + t.NameZH
	}
	return t.Name
}

// test is a test with what it gave.
func (pg *pages) test(m *visit.Measured) report.Test {
	out := report.Test{Name: pg.testName(&m.Test), Limit: limitWords(pg.p, m.Test.Limit), Level: m.Test.Level, N: cmp.Or(m.N, m.Test.N), Value: strings.TrimSpace(m.Value + " " + m.Test.Limit.Unit)}
	if m.Value == "" {
		out.Value = ""
	}
	if m.N > 0 && m.Bad > 0 {
		out.Value = strings.TrimSpace(out.Value + " " + pg.p.T("(%d of %d bad)", m.Bad, m.N))
	}
	switch m.Result {
	case visit.TestPassed:
		out.Result = report.Passed
	case visit.TestFailed:
		out.Result = report.Failed
	case visit.TestNotDone:
		out.Result = report.NotDone
	}
	if m.Against() {
		out.Against, out.By = true, pg.name(m.Said.By)
	}
	return out
}

// limitWords is between what a value has to be.
func limitWords(p blocks.Printer, l visit.Limit) string {
	unit := ""
	if l.Unit != "" {
		unit = " " + l.Unit
	}
	words := ""
	switch {
	case l.Lower != "" && l.Upper != "":
		words = p.T("%s to %s", l.Lower, l.Upper) + unit
	case l.Lower != "":
		words = p.T("at least %s", l.Lower) + unit
	case l.Upper != "":
		words = p.T("at most %s", l.Upper) + unit
	}
	return p.Details(words, l.Words)
}

// lot is an earlier lot of the series.
func (pg *pages) lot(i *visit.Inspection) report.Lot {
	out := report.Lot{
		Name: pg.p.T("Inspection %d, %s", i.Number, blocks.FullDay(pg.p, i.Due)), Size: i.Lot.Size, Accepted: i.Result == visit.Passed, Again: !i.Lot.Original(),
	}
	var bad []string
	for _, c := range i.Lot.Classes {
		bad = append(bad, pg.p.T("%s %d of %d", severityName(pg.p, c.Class), c.Bad, c.N))
		if c.Class == visit.Major || out.Severity == "" {
			out.Severity = strictnessWord(pg.p, sampling.Severity(c.Strictness))
		}
	}
	out.Bad = strings.Join(bad, pg.p.Comma())
	return out
}

func severityName(p blocks.Printer, s visit.Severity) string {
	return s.Words(p.Printer)
}

func (pg *pages) note(n visit.Note) string {
	if who := pg.name(n.By); who != "" {
		return pg.p.T("%s: %s", who, n.Text)
	}
	return n.Text
}

// auditReport is the report that says whether the system works. Its scores are of the lines of the
// checklist, by the topic of the advice that explains them: a line that was looked at has its
// point, unless a finding was opened from it.
func (pg *pages) auditReport(t *knowledge.Template, topic func(entry string) string) *report.AuditReport {
	out := &report.AuditReport{Cover: pg.cover(), Kind: pg.p.T(t.Title), Findings: pg.internal(), Strengths: pg.good(), NotChecked: pg.notChecked()}
	switch a := pg.a.(type) {
	case *visit.Inspection:
		out.Result, out.ResultWhy = result(a.Result), a.Note
	case *visit.Visit:
		if a.Outcome.IsSet() {
			out.Result = map[visit.Verdict]report.Result{visit.Go: report.Passed, visit.GoConditions: report.OnConditions, visit.Stop: report.Failed}[a.Outcome.Verdict]
			out.ResultWhy = pg.said(a.Outcome.Verdict.Words(pg.p.Printer), a.Outcome.Why)
		}
		for _, n := range a.Notes {
			out.Notes = append(out.Notes, pg.note(n))
		}
	}
	bad := map[int]bool{}
	for _, f := range pg.stand() {
		if f.Item > 0 {
			bad[f.Item] = true
		}
	}
	for _, i := range pg.a.Common().Items {
		if i.Removed || i.Milestone != 0 || len(i.Entries) == 0 || i.Skipped != "" {
			continue
		}
		group := topic(i.Entries[0])
		n := slices.IndexFunc(out.Scores, func(s report.Score) bool { return s.Group == group })
		if n < 0 {
			out.Scores = append(out.Scores, report.Score{Group: group})
			n = len(out.Scores) - 1
		}
		s := &out.Scores[n]
		switch {
		case bad[i.ID]:
			s.Of++
		case i.Open():
			s.NotSeen++
		default:
			s.Of++
			s.Points++
		}
	}
	return out
}

// said is a verdict with its reason behind it, if there is one.
func (pg *pages) said(verdict, why string) string {
	if why == "" {
		return verdict
	}
	return pg.p.T("%s: %s", verdict, why)
}

// factoryReport is what the factory may read: fields that are named here and no others, of findings
// that are for it, with photos that somebody has looked at.
func (pg *pages) factoryReport() *report.FactoryReport {
	w := pg.a.Common()
	out := &report.FactoryReport{
		Company: pg.company, Factory: w.Factory.Name, FactoryZH: w.Factory.Chinese, Day: pg.days(), From: pg.name(pg.r.Made.By),
	}
	if i, ok := pg.a.(*visit.Inspection); ok {
		out.Order, out.Product = i.Order, i.Lot.Product
	}
	for _, f := range pg.stand() {
		if !f.ForFactory || f.Kind == visit.RedFlag {
			continue
		}
		ff := report.FactoryFinding{
			Severity: report.Severity(f.Severity), Text: f.Text, TextZH: pg.chinese(&f), Place: f.Place,
			Bad: f.Bad, Checked: f.Checked, Requirement: f.Requirement, Request: f.Request,
		}
		for _, ph := range f.Photos {
			if ph.ForFactory() {
				ff.Photos = append(ff.Photos, report.Photo{JPEG: func() ([]byte, error) { return pg.cropped(&ph) }})
			}
		}
		out.Findings = append(out.Findings, ff)
	}
	return out
}
