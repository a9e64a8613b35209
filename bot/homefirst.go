package bot

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// How much the first screen of Home shows of each question; the lists have the rest.
const (
	homeNeeds     = 8
	homeLate      = 6
	homeFactories = 3
	homeLateReads = 50 // inspections without a result that are read; the others are counted
)

// A firstPage answers on the Home tab, in this order: what needs me, what is late, which factory
// deserves a visit and why. What stands where is decided by [visit.FirstPage] and
// [visit.DeserveVisit]; each line comes from here.
type firstPage struct {
	team, person string
	channels     []string // that they are in
	p            blocks.Printer
	words        *wording // in their zone
	guide        *guide.Guide
	closed       map[string]store.ChannelState

	tasks   []store.Task // their own
	matters []visit.Matter
	unread  int // inspections that are late, and are counted without being read
	lines   map[visit.Matter]slack.Block
}

// add has a matter stand on the page with its line.
func (h *firstPage) add(m visit.Matter, line slack.Block) {
	h.matters = append(h.matters, m)
	h.lines[m] = line
}

// today is the day by which what has no clock of its own is late: that of most factories.
func (lv *live) today() civil.Date {
	place := visit.Place{Zone: visit.DefaultZone}
	return place.Today(lv.o.Now())
}

// readFirst reads what may need somebody or be late. Of what is nobody's in particular it reads
// what is late and no more.
func (lv *live) readFirst(ctx context.Context, h *firstPage) error {
	for n := range h.tasks {
		h.task(&h.tasks[n])
	}
	for _, read := range []func(context.Context, *firstPage) error{lv.withOthers, lv.homeInspections, lv.homeSteps, lv.homeLateActions, lv.homeAgreements} {
		if err := read(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// task is an item that the reader owns, with the button that ticks it.
func (h *firstPage) task(t *store.Task) {
	due, today := t.Due(), h.words.today(&t.Place)
	p := h.p
	when := p.T("by %s, %s", blocks.ShortDay(p, due), today.countdown(p, due))
	if due.Before(today.here) {
		when = p.T("Late: was due %s", blocks.ShortDay(p, due))
	}
	h.add(visit.Matter{Kind: visit.MatterItem, Subject: t.Subject, N: t.Item.ID, Mine: true, Due: due, Today: today.here},
		slack.NewSectionBlock(blocks.Mrkdwn(blocks.Escape(t.Item.Text)+"\n"+blocks.Escape(when+" · "+belongsTo(p, t))), nil,
			slack.NewAccessory(blocks.Button(actDone, itemSubject(t.Subject, t.Item.ID), p.T("Done")))))
}

// withOthers adds what is late with others, of what the reader planned: a line for each visit or
// inspection.
func (lv *live) withOthers(ctx context.Context, h *firstPage) error {
	ts, err := lv.o.Store.WithOthers(ctx, h.team, h.person)
	if err != nil {
		return err
	}
	of := map[visit.Subject][]store.Task{}
	var subjects []visit.Subject
	for _, t := range ts {
		if _, isClosed := h.closed[t.Channel]; t.Past(lv.o.Now()) || !isClosed && !slices.Contains(h.channels, t.Channel) || !t.Due().Before(h.words.today(&t.Place).here) {
			continue
		}
		if of[t.Subject] == nil {
			subjects = append(subjects, t.Subject)
		}
		of[t.Subject] = append(of[t.Subject], t)
	}
	for _, s := range subjects {
		first := of[s][0]
		name := h.p.T("Visit %d: %s", s.Number(), first.Factory)
		if kind, _ := s.Cut(); kind == visit.OfInspection {
			name = h.p.T("Inspection %d: %s", s.Number(), first.Factory)
		}
		words := h.p.T("1 item of a colleague is late, since %s", blocks.ShortDay(h.p, first.Due()))
		if n := len(of[s]); n > 1 {
			words = h.p.T("%d items of colleagues are late, the first since %s", n, blocks.ShortDay(h.p, first.Due()))
		}
		h.add(visit.Matter{Kind: visit.MatterItem, Subject: s, Due: first.Due(), Today: h.words.today(&first.Place).here},
			slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(name)+"\n"+blocks.Escape(words)), nil,
				slack.NewAccessory(blocks.Button(actChecklist.With("late-"+string(s)), showSubject(s, visit.ShowLate), h.p.T("Show late items")))))
	}
	return nil
}

// homeInspections adds inspections whose day has passed without a result, and those of the reader on
// which nobody has decided.
func (lv *live) homeInspections(ctx context.Context, h *firstPage) error {
	now := lv.o.Now()
	f := store.Filter{Channels: h.channels, Own: h.person, Before: civil.Of(now.UTC().AddDate(0, 0, 1)), Limit: homeLateReads}
	silent, err := lv.o.Store.Inspections(ctx, h.team, store.InspectionFilter{Silent: true, Filter: f})
	if err != nil {
		return err
	}
	undecided, err := lv.o.Store.Inspections(ctx, h.team, store.InspectionFilter{Undecided: true, Filter: f})
	if err != nil {
		return err
	}
	if len(silent) == homeLateReads {
		f.Before = lv.today()
		n, err := lv.o.Store.CountInspections(ctx, h.team, store.InspectionFilter{Silent: true, Filter: f})
		if err != nil {
			return err
		}
		h.unread = max(0, n-len(silent))
	}
	for _, i := range slices.Concat(silent, undecided) {
		today := i.Today(now)
		if !i.Due.Before(today) {
			continue
		}
		h.add(visit.Matter{Kind: visit.MatterInspection, Subject: i.Subject(), Mine: i.Owner == h.person || i.Inspector == h.person, Ours: i.Result == visit.Undecided, Due: i.Due, Today: today},
			h.words.inspectionLine(h.guide, &i, guide.Home, h.closed[i.Channel]))
	}
	return nil
}

// homeSteps adds the actions of which the next step is the reader's: to agree to an answer, or to
// verify what the factory has done. They wait from today on.
func (lv *live) homeSteps(ctx context.Context, h *firstPage) error {
	as, err := lv.o.Store.Actions(ctx, h.team, store.ActionFilter{Channels: h.channels, Of: h.person, States: []visit.ActionState{visit.ActionProposed, visit.ActionDone}})
	for _, a := range as {
		if err != nil || !hasFollowUp(&a) || !isFollowedBy(&a, h.person) || a.Action.WaitsForLot(&a.Finding) {
			continue
		}
		today := a.Place.Today(lv.o.Now())
		words := h.p.T("The factory has answered. Agree, or ask again.")
		if a.Action.State == visit.ActionDone {
			words = h.p.T("The factory says it is done. Verify it.")
		}
		if a.Finding.Factory != "" {
			words = h.p.T("%s · %s", words, a.Finding.Factory)
		}
		h.add(visit.Matter{Kind: visit.MatterAction, Subject: visit.Subject(findingSubject(a.Finding.Number)), Mine: true, Ours: true, Due: today, Today: today},
			slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(findingHead(h.p, &a.Finding))+"\n"+blocks.Escape(words)), nil,
				slack.NewAccessory(blocks.Button(actOpenFinding, findingSubject(a.Finding.Number), h.p.T("Open finding")))))
	}
	return err
}

// homeLateActions adds where factories are late: a line for each.
func (lv *live) homeLateActions(ctx context.Context, h *firstPage) error {
	today := lv.today()
	late, err := lv.o.Store.LateActions(ctx, h.team, h.channels, h.person, today)
	for n, l := range late {
		words := h.p.T("1 corrective action is overdue, since %s", blocks.ShortDay(h.p, l.Since))
		if l.N > 1 {
			words = h.p.T("%d corrective actions are overdue, the first since %s", l.N, blocks.ShortDay(h.p, l.Since))
		}
		name := l.Name
		if name == "" {
			name = h.p.T("No factory")
		}
		h.add(visit.Matter{Kind: visit.MatterAction, Subject: visit.Subject(factorySubject(l.Factory)), N: n, Mine: l.Mine, Due: l.Since, Today: today},
			slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(name)+"\n"+blocks.Escape(words)), nil,
				slack.NewAccessory(blocks.Button(actActions, actionList{which: ofFactory, factory: l.Name}.value(), h.p.T("Show actions")))))
	}
	return err
}

// homeAgreements adds what is to be decided about agreements: soon of the reader's own, and what is
// past of all in their channels. What renews itself has decided itself by then.
func (lv *live) homeAgreements(ctx context.Context, h *firstPage) error {
	now := lv.o.Now()
	as, err := lv.o.Store.Undecided(ctx, h.team, h.channels, lv.today().AddDays(homeAgreementDays), now)
	for _, a := range as {
		today := a.Today(now)
		if err != nil || a.Renews > 0 && a.ActBy().Before(today) {
			continue
		}
		line, _ := agreementLine(h.p, &a, today, true)
		h.add(visit.Matter{Kind: visit.MatterAgreement, Subject: a.Subject(), Mine: a.Owner == h.person, Due: a.ActBy(), Today: today},
			slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actOpen, blocks.Subject(a.Subject()), h.p.T("Show agreement")))))
	}
	return err
}

// homeAgreementDays is how many days ahead agreements are read; [visit.FirstPage] decides.
const homeAgreementDays = 60

// needsYou adds what needs the reader.
func (h *firstPage) needsYou(m *blocks.Message, needs []visit.Matter) {
	title := h.p.T("What needs you")
	if len(needs) > 0 {
		title = h.p.T("What needs you (%d)", len(needs))
	}
	m.Add(blocks.Header(title))
	if len(needs) == 0 {
		m.Add(blocks.Section(h.p.M("Nothing is waiting for you. Checklist items that you own appear here.")))
	}
	h.addFirst(m, needs, homeNeeds, 0)
}

// isLate adds what is late, theirs first; where nothing is, nothing.
func (h *firstPage) isLate(m *blocks.Message, late []visit.Matter) {
	if len(late) == 0 {
		return
	}
	m.Add(blocks.Header(h.p.T("What is late (%d)", len(late)+h.unread)))
	h.addFirst(m, late, homeLate, h.unread)
}

// addFirst adds the first lines, and buttons that lead on to the others; so many more were not read.
func (h *firstPage) addFirst(m *blocks.Message, ms []visit.Matter, most, unread int) {
	for _, matter := range ms[:min(len(ms), most)] {
		m.Add(h.lines[matter])
	}
	if len(ms) <= most {
		return
	}
	rest := ms[most:]
	m.Add(blocks.Note(blocks.Escape(h.p.T("And %d more:", len(rest)+unread))))
	kinds := map[visit.MatterKind]bool{}
	var lists []visit.Subject
	of := map[visit.Subject][]visit.Matter{}
	for _, r := range rest {
		if kinds[r.Kind] = true; r.Kind != visit.MatterItem {
			continue
		}
		if of[r.Subject] == nil {
			lists = append(lists, r.Subject)
		}
		of[r.Subject] = append(of[r.Subject], r)
	}
	var es []slack.BlockElement
	for _, s := range lists[:min(len(lists), homeRest)] {
		es = append(es, h.restButton(s, of[s]))
	}
	if kinds[visit.MatterInspection] {
		es = append(es, blocks.Button(actInspections, "0", h.p.T("All inspections")))
	}
	if kinds[visit.MatterAction] {
		es = append(es, blocks.Button(actActions.With("all"), actionList{which: overdueActions}.value(), h.p.T("Overdue actions")))
	}
	if kinds[visit.MatterAgreement] {
		es = append(es, blocks.Button(actAgreements.With("home"), listSubject(0, 0, false), h.p.T("All agreements")))
	}
	m.Add(blocks.Actions(es...))
}

// homeRest is how many checklists the lines that are not shown lead to.
const homeRest = 12

// restButton opens the checklist of items that are not shown, and says how many they are: of those
// that are late, only what is late. How many a colleague has is said in their line, so that no
// number stands for them here.
func (h *firstPage) restButton(s visit.Subject, items []visit.Matter) *slack.ButtonBlockElement {
	p, n, show := h.p, len(items), visit.ShowMine
	kind, _ := s.Cut()
	var label string
	switch ofInspection := kind == visit.OfInspection; {
	case !items[0].Late() && ofInspection:
		label = p.T("Inspection %d: %d more of mine", s.Number(), n)
	case !items[0].Late():
		label = p.T("Visit %d: %d more of mine", s.Number(), n)
	default:
		show = visit.ShowLate
		mine := !slices.ContainsFunc(items, func(m visit.Matter) bool { return !m.Mine })
		switch {
		case mine && ofInspection:
			label = p.T("Inspection %d: %d more late", s.Number(), n)
		case mine:
			label = p.T("Visit %d: %d more late", s.Number(), n)
		case ofInspection:
			label = p.T("Inspection %d: late items", s.Number())
		default:
			label = p.T("Visit %d: late items", s.Number())
		}
	}
	return blocks.Button(actChecklist.With("rest-"+string(show)+"-"+string(s)), showSubject(s, show), label)
}

// How many factories are looked at whole for the three that are shown: a few at a time, until
// there are enough.
const (
	homeWhole  = 12
	homeRounds = 4
)

// deserve adds which factories deserve a visit and why. The first that the cheap facts name are
// looked at whole, with the class of their risk; no other factory is read.
func (lv *live) deserve(ctx context.Context, h *firstPage, m *blocks.Message) error {
	today := lv.today()
	needs, err := lv.o.Store.FactoryNeeds(ctx, h.team, h.channels, today)
	if err != nil {
		return err
	}
	of := map[int]visit.FactoryNeed{}
	for _, n := range needs {
		of[n.Factory.Number] = n
	}
	rest := visit.DeserveVisit(needs, today)
	var whole []visit.FactoryNeed
	var rs []visit.VisitReason
	for range homeRounds {
		if len(rs) >= homeFactories || len(rest) == 0 {
			break
		}
		part := rest[:min(len(rest), homeWhole)]
		rest = rest[len(part):]
		for _, r := range part {
			whole = append(whole, of[r.Factory.Number])
		}
		if err := lv.readWhole(ctx, h, whole[len(whole)-len(part):], today); err != nil {
			return err
		}
		rs = visit.DeserveVisit(whole, today)
	}
	if len(rs) == 0 {
		return nil
	}
	shown := rs[:min(len(rs), homeFactories)]
	grades, err := lv.gradesOf(ctx, h, shown, today)
	if err != nil {
		return err
	}
	m.Add(blocks.Header(h.p.T("Which factory deserves a visit")))
	for _, r := range shown {
		words := deservesWords(h.p, &r)
		if s, ok := grades[r.Factory.Number]; ok {
			words = h.p.T("%s · score %s %s in %s", words, s.Value.String(), string(s.Grade), quarterLabel(h.p, s.Quarter))
		}
		line := blocks.Bold(r.Factory.Name) + "\n" + blocks.Escape(words)
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(line), nil,
			slack.NewAccessory(blocks.Button(actPlan.With(strconv.Itoa(r.Factory.Number)), factorySubject(r.Factory.Number), h.p.T("Plan a visit")))))
	}
	if more := len(rs) + len(rest) - len(shown); more == 1 {
		m.Add(blocks.Note(h.p.M("1 more factory may be due for a visit. %s lists yours.", blocks.Code("/factory"))))
	} else if more > 1 {
		m.Add(blocks.Note(h.p.M("%d more factories may be due for a visit. %s lists yours.", more, blocks.Code("/factory"))))
	}
	return nil
}

// readWhole completes some needs with what takes reading all of their factories: of what is in the
// channels of the reader, the class of the risk and what was said about the next visit.
func (lv *live) readWhole(ctx context.Context, h *firstPage, needs []visit.FactoryNeed, today civil.Date) error {
	var numbers []int
	for _, n := range needs {
		numbers = append(numbers, n.Factory.Number)
	}
	all, err := lv.o.Store.ScoreFacts(ctx, h.team, numbers)
	if err != nil {
		return err
	}
	for n := range needs {
		facts := all[needs[n].Factory.Number].In(func(c string) bool { return slices.Contains(h.channels, c) })
		needs[n].Look(facts.Cadence(facts.Risk(today, lv.access.festival), today, lv.access.runs))
	}
	return nil
}

// gradesOf are the last frozen scores of some factories, where the reader may see all that they
// were counted from.
func (lv *live) gradesOf(ctx context.Context, h *firstPage, rs []visit.VisitReason, today civil.Date) (map[int]visit.Scorecard, error) {
	var numbers []int
	for _, r := range rs {
		numbers = append(numbers, r.Factory.Number)
	}
	frozen, err := lv.o.Store.Scores(ctx, h.team, numbers, visit.QuarterOf(today).Add(-4))
	of := map[int]visit.Scorecard{}
	for _, f := range frozen { // by quarter, the last version first
		if was, ok := of[f.Factory]; ok && was.Quarter == f.Quarter {
			continue
		}
		delete(of, f.Factory)
		if f.ReadBy(func(c string) bool { return slices.Contains(h.channels, c) }) {
			of[f.Factory] = f.Scorecard
		}
	}
	maps.DeleteFunc(of, func(_ int, s visit.Scorecard) bool { return !s.Scored() })
	return of, err
}

// deservesWords say why a factory deserves a visit.
func deservesWords(p blocks.Printer, r *visit.VisitReason) string {
	why := ""
	switch r.Rule {
	case visit.VisitCritical:
		why = p.T("Critical finding in %s, not seen since", monthOf(p, r.Grave.Day))
	case visit.VisitMajor:
		why = p.T("Major finding in %s, not seen since", monthOf(p, r.Grave.Day))
	case visit.VisitNew:
		return p.T("New: before the first order")
	case visit.VisitNever:
		why = p.T("Never visited")
	case visit.VisitThird:
		return p.T("New: after the third order")
	default:
		why = p.T("No visit for %d months", r.Months)
		if r.Months == 1 {
			why = p.T("No visit for 1 month")
		}
	}
	switch r.Class {
	case visit.RiskHigh:
		return p.T("%s; high risk", why)
	case visit.RiskMedium:
		return p.T("%s; medium risk", why)
	case visit.RiskLow:
		return p.T("%s; low risk", why)
	}
	return why
}

// monthOf names the month of a day that is less than a year ago.
func monthOf(p blocks.Printer, d civil.Date) string {
	return blocks.Time(p, d.Start(time.UTC), "January")
}
