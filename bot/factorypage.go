package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/spelling"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// factoryPages are what a person may know of one factory, on one page.
type factoryPages struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	factories *factories
	findings  *findings
}

// The verbs of the page.
const (
	actFactoryPage blocks.ActionID = "factory-page"
	actFactoryPart blocks.ActionID = "factory-part" // all of one part: "factory/3:visits:24" from the 24th line on
)

// registers are the words after /factory that name no factory, whether or not a row of the
// table has them: what a word means may not change with the next version.
var registers = set("agreements contacts gifts actions score market help")

// command shows the page of the factory that was typed.
func (ps *factoryPages) command(ctx context.Context, q request) (*blocks.Message, error) {
	if registers[plainWord(q.rest)] {
		return nil, errOtherwise
	}
	return ps.shownCommand(ctx, q)
}

// shownCommand shows the page of the factory that was typed, whatever it is called.
func (ps *factoryPages) shownCommand(ctx context.Context, q request) (*blocks.Message, error) {
	f, which, err := ps.named(ctx, q.caller, q.rest, actFactoryPage)
	if f == nil {
		return which, err
	}
	return ps.page(ctx, q.caller, f)
}

// click shows the page of the factory that a control names.
func (ps *factoryPages) click(ctx context.Context, c click) error {
	f, err := ps.factories.factory(ctx, c.team, c.user, factoryNumber(c.about))
	var m *blocks.Message
	if err == nil {
		m, err = ps.page(ctx, c.caller, &f)
	}
	return ps.replies.replyPrivately(ctx, c, ps.replies.orApologyTo(c.team, c.user, "show a factory", m, err))
}

// named is the factory that somebody means by some words, among those that they may know of.
// It is nil where that cannot be told, and then which asks: each factory that it can be is a
// button with the verb.
func (ps *factoryPages) named(ctx context.Context, who caller, words string, verb blocks.ActionID) (f *visit.Factory, which *blocks.Message, err error) {
	all, err := ps.factories.knownTo(ctx, who.team, who.user)
	if err != nil {
		return nil, nil, err
	}
	p := ps.directory.printer(ctx, who.team, who.user)
	m := new(blocks.Message)
	found := meant(all, words)
	switch {
	case len(all) == 0:
		m.Say(p.T("There are no factories in your channels yet. Plan a visit or schedule an inspection to add one."))
		return nil, m, nil
	case len(found) == 1:
		return &found[0], nil, nil
	case len(found) > 1:
		m.Say(p.T("Which factory do you mean?"))
	default:
		found = misspelt(all, words)
		if len(found) == 0 {
			m.Say(p.T("I can't find a factory like %q in your channels. Type /factory for all of them, or /factory help.", blocks.Clip(words, 80)))
			return nil, m, nil
		}
		m.Say(p.T("I can't find a factory like %q in your channels. Did you mean one of these?", blocks.Clip(words, 80)))
	}
	if more := len(found) - maxFactoryButtons; more > 0 {
		m.Add(blocks.Note(blocks.Escape(p.T("Showing the first %d of %d. Type more of the name.", maxFactoryButtons, len(found)))))
		found = found[:maxFactoryButtons]
	}
	var es []slack.BlockElement
	for _, f := range found {
		es = append(es, blocks.Button(verb.With(strconv.Itoa(f.Number)), factorySubject(f.Number), blocks.Clip(factoryLabel(p, &f), 70)))
		m.Text.Line(factoryLabel(p, &f))
	}
	m.Add(blocks.Actions(es...))
	return nil, m, nil
}

// meant are the factories that words name: the one that is called exactly so, or else all
// that have the words in their name or city. Marks count only where that finds one.
func meant(all []visit.Factory, words string) []visit.Factory {
	exact := slices.DeleteFunc(slices.Clone(all), func(f visit.Factory) bool {
		return letters(f.Name) != letters(words) && (f.Chinese == "" || letters(f.Chinese) != letters(words))
	})
	if len(exact) == 1 && letters(words) != "" {
		return exact
	}
	if found := matches(all, words); len(found) > 0 {
		return found
	}
	if letters(words) == "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(all), func(f visit.Factory) bool {
		return !strings.Contains(letters(f.Name)+"\n"+letters(f.Chinese)+"\n"+letters(f.City), letters(words))
	})
}

// letters are a name as it is said: its letters and figures, in lower case.
func letters(s string) string {
	return strings.Join(wordsOf(s), " ")
}

// wordsOf are the words of a name, without marks.
func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(chars.ASCII(s)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// misspelt are the factories whose name has a word that somebody may have misspelt.
func misspelt(all []visit.Factory, words string) (found []visit.Factory) {
	typed := wordsOf(words)
	for _, f := range all {
		known := slices.DeleteFunc(wordsOf(f.Name+" "+f.City), func(w string) bool { return companyWords[w] })
		if slices.ContainsFunc(typed, func(w string) bool { return len(w) > 2 && spelling.Nearest(w, known) != "" }) {
			found = append(found, f)
		}
	}
	return found
}

// A factoryPart is one part of the page: a list, of which the page shows the first lines.
type factoryPart struct {
	id    string
	title string // with how many there are
	all   string // the button for all of them
	lines []blocks.Markup
	plain []string                   // the lines as text
	open  blocks.ActionID            // opens one of them
	menu  string                     // what the menu says that opens one
	each  []*slack.OptionBlockObject // one for each line
	first int                        // so many lines the page shows at least: those that need somebody
	done  int                        // so many lines at the end are only in the whole: those that are closed
}

// add adds a line about s, which it names first.
func (pt *factoryPart) add(s visit.Subject, name string, rest ...string) {
	more := blocks.Clip(strings.Join(rest, " · "), lineClip)
	pt.lines = append(pt.lines, blocks.Bold(name)+" · "+blocks.Escape(more))
	pt.plain = append(pt.plain, name+" · "+more)
	pt.each = append(pt.each, blocks.Option(blocks.Subject(s), blocks.Clip(name+" · "+more, 70)))
}

// How many lines the page and a part of it show.
const (
	pageLines = 4
	partLines = 12
	lineClip  = 170 // characters
)

// to adds the lines of a part from one on.
func (pt *factoryPart) to(p blocks.Printer, m *blocks.Message, from, most int) {
	end := min(len(pt.lines), from+most)
	text := blocks.Bold(pt.title) + "\n" + blocks.Join(pt.lines[from:end], "\n")
	menu := blocks.Choice(p, string(pt.open.With(pt.id)), pt.menu, "", pt.each[from:end])
	m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.ClipLines(text, 2900)), nil, slack.NewAccessory(menu)))
	m.Text.Line(pt.title)
	for _, l := range pt.plain[from:end] {
		m.Text.Line(l)
	}
}

// A factoryReader is who reads the page of a factory, and where.
type factoryReader struct {
	caller
	p        blocks.Printer
	f        *visit.Factory
	channels []string // which they are in
	today    civil.Date
}

func (ps *factoryPages) reader(ctx context.Context, who caller, f *visit.Factory) (factoryReader, error) {
	channels, err := ps.directory.channelsOf(ctx, who.team, who.user)
	place := visit.Place{Zone: f.Zone}
	return factoryReader{who, ps.directory.printer(ctx, who.team, who.user), f, append([]string{}, channels...), place.Today(ps.o.Now())}, err
}

func (rd *factoryReader) filter() store.Filter {
	return store.Filter{Channels: rd.channels, Own: rd.user, Factory: rd.f.Number}
}

// page is what a person may know of a factory, where they stand: what is known of it, and of
// each part the first lines. What they may not see is not counted either.
func (ps *factoryPages) page(ctx context.Context, who caller, f *visit.Factory) (*blocks.Message, error) {
	rd, err := ps.reader(ctx, who, f)
	if err != nil {
		return nil, err
	}
	p := rd.p
	m := new(blocks.Message)
	m.Title(f.Name)
	m.Add(slack.NewSectionBlock(blocks.Mrkdwn(factoryFacts(p, f)), nil, slack.NewAccessory(blocks.Button(actFactory, factorySubject(f.Number), p.T("Edit factory")))))
	for _, part := range []string{f.Chinese, f.City, f.Address, f.Contacts} {
		if part != "" {
			m.Text.Line(blocks.OneLine(part))
		}
	}
	risk, err := ps.riskLine(ctx, &rd)
	if err != nil {
		return nil, err
	}
	if risk != "" {
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Escape(risk)), nil, slack.NewAccessory(blocks.Button(actScore, factorySubject(f.Number), p.T("Open scorecard")))))
		m.Text.Line(risk)
	}
	var es []slack.BlockElement
	empty := true
	for _, id := range factoryParts {
		pt, err := ps.part(ctx, &rd, id)
		if err != nil {
			return nil, err
		}
		if len(pt.lines) == 0 {
			continue
		}
		empty = false
		most := min(max(pageLines, pt.first), 2*pageLines, len(pt.lines)-pt.done)
		if most > 0 {
			pt.to(p, m, 0, most)
		}
		if len(pt.lines) > most {
			es = append(es, blocks.Button(actFactoryPart.With(id), partSubject(f.Number, id, 0), pt.all))
		}
	}
	gs, err := ps.access.gifts(ctx, rd.caller, f.Number)
	if err != nil {
		return nil, err
	}
	if len(gs) > 0 {
		empty = false
		words := p.T("Gifts: %d", len(gs))
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(words)), nil, slack.NewAccessory(blocks.Button(actGifts, giftsSubject(f.Number, 0), p.T("Show gifts")))))
		m.Text.Line(words)
	}
	if empty {
		m.Say(p.T("There is nothing about this factory in your channels yet."))
	}
	es = append(es, blocks.Button(actPlan.With("factory"), factorySubject(f.Number), p.T("Plan a visit")), blocks.Button(actFactoryFinding, factorySubject(f.Number), p.T("Add finding")), blocks.Button(actAddAgreement, factorySubject(f.Number), p.T("Add agreement")),
		blocks.Button(actAddContact, factorySubject(f.Number), p.T("Add contact")), blocks.Button(actAddPromise, factorySubject(f.Number), p.T("Add promise")),
		blocks.Button(actAddGift, factorySubject(f.Number), p.T("Log gift")), blocks.Button(actGreeting, factorySubject(f.Number), p.T("Text for a greeting")))
	if ps.set().MarketNotes {
		es = append(es, blocks.Button(actAddMarket, factorySubject(f.Number), p.T("Add market note")))
	}
	m.Add(blocks.Actions(es...))
	return m, nil
}

// factoryParts are the parts of the page in their order.
var factoryParts = []string{partActions, partVisits, partInspections, partFindings, partAgreements, partMarket, partPromises, partContacts}

// The parts, by their names in buttons.
const (
	partActions     = "actions"
	partVisits      = "visits"
	partInspections = "inspections"
	partFindings    = "findings" // those of the factory alone
	partAgreements  = "agreements"
	partMarket      = "market"
	partContacts    = "contacts"
	partPromises    = "promises"
)

func partSubject(factory int, part string, from int) blocks.Subject {
	return factorySubject(factory) + ":" + blocks.Subject(part) + ":" + blocks.Subject(strconv.Itoa(from))
}

// partClick shows all of a part, from one line on.
func (ps *factoryPages) partClick(ctx context.Context, c click) error {
	about, rest, _ := strings.Cut(string(c.about), ":")
	id, at, _ := strings.Cut(rest, ":")
	at, turns := strings.CutSuffix(at, inPlace)
	from, err := strconv.Atoi(at)
	if err != nil || !slices.Contains(factoryParts, id) {
		return fmt.Errorf("read the button of a part of a factory's page: %q", blocks.Clip(string(c.about), 80))
	}
	m, err := ps.whole(ctx, c.caller, visit.Subject(about).Number(), id, from)
	m = ps.replies.orApologyTo(c.team, c.user, "show a part of a factory's page", m, err)
	if turns {
		return ps.replies.answerClick(ctx, c, m)
	}
	return ps.replies.replyPrivately(ctx, c, m)
}

// inPlace ends the subject of a button that turns the page where it stands.
const inPlace = ":turn"

// whole is a page of all that a part has.
func (ps *factoryPages) whole(ctx context.Context, who caller, number int, id string, from int) (*blocks.Message, error) {
	f, err := ps.factories.factory(ctx, who.team, who.user, number)
	if err != nil {
		return nil, err
	}
	rd, err := ps.reader(ctx, who, &f)
	if err != nil {
		return nil, err
	}
	pt, err := ps.part(ctx, &rd, id)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Title(f.Name)
	if len(pt.lines) == 0 {
		m.Say(rd.p.T("There is nothing about this factory in your channels yet."))
		return m, nil
	}
	from = min(max(from, 0), len(pt.lines)-1)
	pt.to(rd.p, m, from, partLines)
	var es []slack.BlockElement
	if from > 0 {
		es = append(es, blocks.Button(actFactoryPart.With("back"), partSubject(number, id, max(0, from-partLines))+inPlace, rd.p.T("Newer")))
	}
	if from+partLines < len(pt.lines) {
		es = append(es, blocks.Button(actFactoryPart.With("on"), partSubject(number, id, from+partLines)+inPlace, rd.p.T("Older")))
	}
	m.Add(blocks.Actions(append(es, blocks.Button(actFactoryPage, factorySubject(number), rd.p.T("Open factory")))...))
	return m, nil
}

// part is one of the parts, as its reader may see it.
func (ps *factoryPages) part(ctx context.Context, rd *factoryReader, id string) (*factoryPart, error) {
	switch id {
	case partActions:
		return ps.actionsPart(ctx, rd)
	case partInspections:
		return ps.inspectionsPart(ctx, rd)
	case partFindings:
		return ps.findingsPart(ctx, rd)
	case partAgreements:
		return ps.agreementsPart(ctx, rd)
	case partMarket:
		return ps.marketPart(ctx, rd)
	case partPromises:
		return ps.promisesPart(ctx, rd)
	case partContacts:
		return ps.contactsPart(ctx, rd)
	}
	return ps.visitsPart(ctx, rd)
}

// visitsPart are the visits, the newest first.
func (ps *factoryPages) visitsPart(ctx context.Context, rd *factoryReader) (*factoryPart, error) {
	vs, err := ps.o.Store.Visits(ctx, rd.team, rd.filter())
	if err != nil {
		return nil, err
	}
	p := rd.p
	pt := &factoryPart{id: partVisits, all: p.T("All visits of this factory"), open: actOpen, menu: p.T("Open a visit")}
	for _, v := range slices.Backward(vs) {
		if !visibleIn(v.Place, rd.channel) {
			continue
		}
		rest := []string{blocks.Days(p, v.First, v.Last), p.T(ps.guide.Load().Template(v.Purpose).Title)}
		if v.Last.Before(rd.today) {
			rest = append(rest, p.T("Outcome: %s", v.Outcome.Verdict))
		}
		pt.add(v.Subject(), p.T("Visit %d", v.Number), rest...)
	}
	pt.title = p.T("Visits: %d", len(pt.lines))
	return pt, nil
}

// inspectionsPart are the inspections with their results, the newest first.
func (ps *factoryPages) inspectionsPart(ctx context.Context, rd *factoryReader) (*factoryPart, error) {
	is, err := ps.o.Store.Inspections(ctx, rd.team, store.InspectionFilter{Filter: rd.filter()})
	if err != nil {
		return nil, err
	}
	p := rd.p
	pt := &factoryPart{id: partInspections, all: p.T("All inspections at this factory"), open: actOpen, menu: p.T("Open an inspection")}
	for _, i := range slices.Backward(is) {
		if !visibleIn(i.Place, rd.channel) {
			continue
		}
		kind := p.T(ps.guide.Load().Template(i.Type).Title)
		if i.Order != "" {
			kind = p.T("%s, order %s", kind, i.Order)
		}
		name, day := p.T("Inspection %d", i.Number), blocks.FullDay(p, i.Due)
		switch {
		case !i.Open():
			pt.add(i.Subject(), name, i.Result.Words(p.Printer), day, kind)
		case i.Due.Before(rd.today):
			pt.add(i.Subject(), name, p.T("result missing"), day, kind)
		default:
			pt.add(i.Subject(), name, p.T("due %s", day), kind)
		}
	}
	pt.title = p.T("Inspections: %d", len(pt.lines))
	return pt, nil
}

// actionsPart are the open actions, what is due first before the rest, and then those that are
// closed.
func (ps *factoryPages) actionsPart(ctx context.Context, rd *factoryReader) (*factoryPart, error) {
	as, err := ps.o.Store.Actions(ctx, rd.team, store.ActionFilter{At: rd.f.Number})
	if err != nil {
		return nil, err
	}
	p := rd.p
	pt := &factoryPart{id: partActions, all: p.T("All actions"), open: actOpenFinding, menu: p.T("Open a finding")}
	live, late := 0, 0
	for _, closed := range []bool{false, true} {
		for _, a := range as {
			if a.Action.State.Live() == closed || !closed && a.Finding.Kind == visit.Idea && a.Action.Rev == 0 {
				continue
			}
			err := ps.access.maySee(ctx, rd.caller, &a)
			if isHidden(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			rest := []string{severityWord(p, &a.Finding), actionStage(p, &a)}
			if closed {
				pt.done++
			} else {
				live++
				if !a.Action.Due.IsZero() && a.Action.State.WithFactory() {
					rest = append(rest, p.T("due %s", blocks.ShortDay(p, a.Action.Due)))
				}
				if a.Action.OverdueOn(rd.today) {
					late++
					rest = append(rest, p.T("overdue by %d days", a.Action.DaysLate(rd.today)))
				}
			}
			if text := blocks.OneLine(a.Finding.Text); text != "" {
				rest = append(rest, blocks.Clip(text, 60))
			}
			pt.add(visit.SubjectOf(ofFinding, a.Finding.Number), p.T("Finding %d", a.Finding.Number), rest...)
		}
	}
	pt.title = p.T("Open actions: %d", live)
	if late > 0 {
		pt.title = p.T("Open actions: %d, overdue: %d", live, late)
	}
	pt.first = late
	return pt, nil
}

// findingsPart are the findings of the factory alone, the worst first.
func (ps *factoryPages) findingsPart(ctx context.Context, rd *factoryReader) (*factoryPart, error) {
	fs, err := ps.findings.access.ofFactory(ctx, rd.caller, rd.f.Number)
	if err != nil {
		return nil, err
	}
	p := rd.p
	pt := &factoryPart{id: partFindings, all: p.T("All findings without a visit"), open: actOpenFinding, menu: p.T("Open a finding")}
	for _, f := range fs {
		rest := []string{severityWord(p, &f)}
		if f.Seen != "" {
			rest = append(rest, f.Seen.Words(p.Printer))
		}
		if !f.ClaimBy.IsZero() {
			rest = append(rest, p.T("claim by %s", blocks.FullDay(p, f.ClaimBy)))
		}
		if text := blocks.OneLine(f.Text); text != "" {
			rest = append(rest, blocks.Clip(text, 60))
		}
		pt.add(visit.SubjectOf(ofFinding, f.Number), p.T("Finding %d", f.Number), rest...)
	}
	pt.title = p.T("Findings without a visit: %s", counted(p, fs))
	return pt, nil
}

// maySee is nil where a person may see an action where they stand.
func (acc *access) maySee(ctx context.Context, who caller, a *visit.ActionOf) error {
	if a.Finding.OfFactory() {
		return acc.mayReadIn(ctx, who, &a.Finding)
	}
	if err := acc.mayRead(ctx, who.team, who.user, &a.Finding); err != nil {
		return err
	}
	if !visibleIn(a.Place, who.channel) {
		return errElsewhere
	}
	return nil
}

// isHidden reports whether something is not for somebody, or not for where they stand. What
// could not be checked is an error still.
func isHidden(err error) bool { return errors.Is(err, errNotYours) || errors.Is(err, errElsewhere) }
