package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/visit"
)

// The result of an inspection with a sample begins with what was counted. The counts propose
// it, and a person decides.

// byCounts is the choice of a result that the counts propose. No inspection has it.
const byCounts visit.Result = "counts"

// fieldOpened is how many cartons were opened.
const fieldOpened = "opened"

// fieldBad is where the bad pieces of a class are typed, as [visit.Inspection.Count] names it.
func fieldBad(class visit.Severity) string { return "bad_" + string(class) }

// asksCounts reports whether a result begins with counts: there is a sample, and the result
// is not one whose counts stand.
func asksCounts(i *visit.Inspection) bool { return i.Open() && !i.Lot.IsZero() }

// badPieces are what the form of a result say was counted.
type badPieces struct {
	asked  bool // whether the form asks for counts at all
	bad    map[visit.Severity]int
	opened int
	by     string
}

// countInputs ask for the bad pieces of each class, filled in from the findings.
func (ins *inspections) countInputs(ctx context.Context, p blocks.Printer, i *visit.Inspection) (bs []slack.Block, err error) {
	fs, err := ins.o.Store.Findings(ctx, i.Workspace, i.Subject())
	if err != nil {
		return nil, err
	}
	seen := visit.BadPieces(fs)
	if i.Lot.Counted.IsSet() { // before a result that was taken back; more may have been found since
		for _, c := range i.Lot.Classes {
			seen[c.Class] = max(seen[c.Class], c.Bad)
		}
	}
	for _, c := range i.Lot.Classes {
		label := p.T("%s: bad pieces of %d", severityName(p, c.Class), c.N)
		if c.CountsDefects() {
			label = p.T("%s: defects in %d pieces", severityName(p, c.Class), c.N)
		}
		hint := p.T("Accepted up to %d.", c.Ac)
		if from := findingsOf(fs, c.Class); len(from) > 0 {
			which := p.T("From finding %d.", from[0])
			if len(from) > 1 {
				which = p.T("From findings %s.", blocks.Clip(numbers(from, p.Comma()), 100))
			}
			hint += " " + which + " " + p.T("Is any piece counted twice? A piece with several defects counts once, under the worst.")
		}
		bs = append(bs, blocks.Hinted(blocks.Optional(blocks.Input(fieldBad(c.Class), label, blocks.TextInput(strconv.Itoa(seen[c.Class]), "0", false))), hint))
	}
	bs = append(bs, unsortedNote(p, fs)...)
	if i.Lot.Cartons > 0 {
		opened := ""
		if i.Lot.Opened > 0 {
			opened = strconv.Itoa(i.Lot.Opened)
		}
		bs = append(bs, blocks.Optional(blocks.Input(fieldOpened, p.T("Cartons opened, of %d", i.Lot.Cartons), blocks.TextInput(opened, "10", false))))
	}
	return bs, nil
}

// findingsOf are the numbers of the product's findings of a class.
func findingsOf(fs []visit.Finding, class visit.Severity) (ns []int) {
	for _, f := range fs {
		if f.Kind == visit.OfProduct && f.Severity == class && !f.Withdrawn.IsSet() {
			ns = append(ns, f.Number)
		}
	}
	slices.Sort(ns)
	return ns
}

// unsortedNote says how many findings stand in no count; there is none where all do.
func unsortedNote(p blocks.Printer, fs []visit.Finding) []slack.Block {
	switch n := visit.Unsorted(fs); n {
	case 0:
		return nil
	case 1:
		return []slack.Block{blocks.Note(p.M("1 finding is not sorted and counts nowhere."))}
	default:
		return []slack.Block{blocks.Note(p.M("%d findings are not sorted and count nowhere.", n))}
	}
}

// resultInputs ask for the result and a note to it.
func (ins *inspections) resultInputs(p blocks.Printer, i *visit.Inspection, chosen visit.Result) []slack.Block {
	results := slack.NewRadioButtonsBlockElement(blocks.InputAction)
	add := func(r visit.Result, label string) {
		o := blocks.Option(blocks.Subject(r), label)
		results.Options = append(results.Options, o)
		if r == chosen {
			results.InitialOption = o
		}
	}
	if chosen == byCounts {
		add(byCounts, p.T("As the counts say: show me first"))
	}
	add(visit.Passed, p.T("Passed"))
	add(visit.Failed, p.T("Failed"))
	if i.Open() {
		add(visit.Undecided, p.T("Pending: it took place, and is not decided yet"))
		add(visit.CouldNot, p.T("Could not be done: the goods were not ready, or access was refused"))
		add(visit.Skipped, p.T("Skipped: it did not or will not take place"))
	}
	bs := []slack.Block{blocks.Input(fieldResult, p.T("Result"), results)}
	if i.Due.After(i.Today(ins.o.Now())) {
		bs = append(bs, ins.earlyInput(p, i))
	}
	return append(bs, blocks.Hinted(blocks.Optional(blocks.Input(fieldNote, p.T("Note"), blocks.TextInput("", p.T("3 major defects of 125 pieces; reinspection on 20 March"), true))), p.T("If it was skipped or could not be done, say why.")))
}

// counts reads what a form says was counted: typed, or carried from the page before. One that
// did not take place has none.
func (s *submission) counts(i *visit.Inspection, result visit.Result) (found badPieces, _ error) {
	found = badPieces{bad: map[visit.Severity]int{}, by: s.user}
	if i.Lot.IsZero() || result == visit.Skipped || result == visit.CouldNot || result == "" {
		return found, nil
	}
	if len(s.meta.Shown) > 0 {
		found.asked = true
		for _, counted := range s.meta.Shown {
			what, n, _ := strings.Cut(counted, "=")
			number, _ := strconv.Atoi(n)
			if what == fieldOpened {
				found.opened = number
			} else {
				found.bad[visit.Severity(what)] = number
			}
		}
		return found, nil
	}
	var errs visit.InputErrors
	whole := func(field string) (n int) {
		typed := strings.Trim(chars.ASCII(s.values.text(field)), " .")
		if typed == "" && field == fieldOpened {
			return 0
		}
		n, err := strconv.Atoi(typed)
		if err != nil || n < 0 {
			errs.Collect(visit.Invalid(field, "%q is not a number. Please type 0 for none.", blocks.Clip(typed, 40)))
			return 0
		}
		return n
	}
	for _, c := range i.Lot.Classes {
		if field := fieldBad(c.Class); s.values.has(field) {
			found.asked, found.bad[c.Class] = true, whole(field)
		}
	}
	if s.values.has(fieldOpened) {
		found.opened = whole(fieldOpened)
	}
	if found.asked {
		tried := i.Clone()
		if _, err := tried.Recount(found.bad, found.opened, s.user, time.Time{}.Add(time.Hour)); err != nil {
			errs.Collect(err)
		}
	}
	if len(errs) > 0 {
		return found, errs
	}
	if result == byCounts && !found.asked {
		return found, visit.Invalid(fieldResult, "Nothing is counted. Please pick the result.")
	}
	return found, nil
}

// of is the lot of an inspection with what was counted, to see what that comes to; the zero one
// where a result has come first.
func (found badPieces) of(i *visit.Inspection) visit.Lot {
	tried := i.Clone()
	if did, err := tried.Recount(found.bad, found.opened, found.by, time.Time{}.Add(time.Hour)); !did || err != nil {
		return visit.Lot{}
	}
	return tried.Lot
}

// keep puts the counts on the inspection, before its result.
func (found badPieces) keep(i *visit.Inspection, now time.Time) error {
	if !found.asked {
		return nil
	}
	_, err := i.Recount(found.bad, found.opened, found.by, now)
	return err
}

// verdictPage shows what the counts propose and where the findings tell of more, and asks for
// the result.
func (ins *inspections) verdictPage(p blocks.Printer, i *visit.Inspection, found badPieces, fs []visit.Finding, about meta, readers *channelNow) *modal {
	counted := found.of(i)
	proposed := counted.Proposal()
	about.Shown = nil
	words := []string{p.T("The counts propose: %s.", proposed)}
	for _, c := range i.Lot.Classes {
		bad := found.bad[c.Class]
		about.Shown = append(about.Shown, string(c.Class)+"="+strconv.Itoa(bad))
		verdict := p.T("accepted")
		if bad > c.Ac {
			verdict = p.T("not accepted")
		}
		words = append(words, p.T("%s: %d bad in %d pieces, accepted up to %d: %s.", severityName(p, c.Class), bad, c.N, c.Ac, verdict))
	}
	for _, s := range counted.Shortfalls(fs) {
		words = append(words, p.T("%s: findings tell of %d bad, and %d are counted. Please write why.", s.Class, s.Found, s.Counted))
	}
	about.Shown = append(about.Shown, fieldOpened+"="+strconv.Itoa(found.opened))
	m := &modal{id: modalReport, title: p.T("Report result"), submit: p.T("Save result"), meta: about, blocks: []slack.Block{
		blocks.Section(blocks.Escape(strings.Join(words, "\n"))),
	}}
	m.blocks = append(m.blocks, unsortedNote(p, fs)...)
	m.blocks = append(m.blocks, blocks.Note(p.M("You decide. If your result differs from the counts, write why.")))
	m.blocks = append(m.blocks, ins.resultInputs(p, i, proposed)...)
	if readers.ForAll() {
		m.blocks = append(m.blocks, readersInput(p, readers))
	}
	return m
}
