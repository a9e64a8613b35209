package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// followUps are the corrective actions of findings: how each stands on the card of its finding
// and in lists, the forms of its steps, and the texts that a person sends to the factory.
type followUps struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	live      *live
	drafts    *drafts
	findings  *findings
	factories *factories
}

// The verbs of actions.
const (
	actStep    blocks.ActionID = "action-step" // opens the form of a step: "finding/31:answer"
	actActions blocks.ActionID = "actions"     // lists them: see actionList
	actWeChat  blocks.ActionID = "wechat-text" // a text for the factory: "finding/31:remind"
	actDueTo   blocks.ActionID = "due-to"      // the day in the value instead of one on which the factory is closed
	actDueOK   blocks.ActionID = "due-ok"      // that day all the same
)

// stepSubject is what the control of a step carries.
func stepSubject(finding int, k visit.StepKind) blocks.Subject {
	return findingSubject(finding) + ":" + blocks.Subject(k)
}

// stepLabel is what the button of a step says.
func stepLabel(p blocks.Printer, k visit.StepKind) string {
	switch k {
	case visit.StepAnswer:
		return p.T("Log answer")
	case visit.StepAskAgain:
		return p.T("Ask again")
	case visit.StepAgree:
		return p.T("Agree on action")
	case visit.StepDone:
		return p.T("Log as done")
	case visit.StepVerify:
		return p.T("Verify finding")
	case visit.StepNotEnough:
		return p.T("Not enough")
	case visit.StepReopen:
		return p.T("Reopen finding")
	case visit.StepWithdraw:
		return p.T("Withdraw finding")
	case visit.StepAccept:
		return p.T("Accept as is")
	case visit.StepContain:
		return p.T("Log containment")
	case visit.StepLot:
		return p.T("Log next lot")
	case visit.StepDue:
		return p.T("Change due day")
	case visit.StepContainBy:
		return p.T("Change day for this lot")
	case visit.StepReview:
		return p.T("Change reviewer")
	}
	return p.T("Undo last step")
}

// stepPast is a step as something that somebody has done.
func stepPast(p blocks.Printer, k visit.StepKind) string {
	switch k {
	case visit.StepAnswer:
		return p.T("answer logged")
	case visit.StepAskAgain:
		return p.T("asked again")
	case visit.StepAgree:
		return p.T("agreed on")
	case visit.StepDone:
		return p.T("logged as done")
	case visit.StepVerify:
		return p.T("verified")
	case visit.StepNotEnough:
		return p.T("not enough")
	case visit.StepReopen:
		return p.T("reopened")
	case visit.StepWithdraw:
		return p.T("withdrawn")
	case visit.StepAccept:
		return p.T("accepted as is")
	case visit.StepContain:
		return p.T("containment logged")
	case visit.StepLot:
		return p.T("next lot checked")
	case visit.StepDue:
		return p.T("due day changed")
	case visit.StepContainBy:
		return p.T("day for this lot set")
	case visit.StepReview:
		return p.T("reviewer changed")
	}
	return p.T("last step undone")
}

// hasFollowUp reports whether the action of a finding is shown: somebody has done something with
// it, or it is clear that something is asked of the factory.
func hasFollowUp(a *visit.ActionOf) bool {
	f := &a.Finding
	return f.HasAction() && !f.Loose() && (a.Action.Rev > 0 || f.Sorted() && f.Kind != visit.Idea)
}

// actionState says in a few words how far an action has come, by when the next thing is to happen, and
// whether it should be known by now what becomes of the lot. Without a day of today nothing is called
// late: a list in a channel stands for weeks.
func actionState(p blocks.Printer, a *visit.ActionOf, today civil.Date) string {
	words := actionStanding(p, a, today)
	if !today.IsZero() && a.LotUnknownOn(today) {
		return p.T("%s; what becomes of this lot was to be known by %s", words, blocks.FullDay(p, a.Place.Today(a.ContainBy())))
	}
	return words
}

// actionStanding is actionState without the lot, of which a card has a line.
func actionStanding(p blocks.Printer, a *visit.ActionOf, today civil.Date) string {
	s := &a.Action.ActionFacts
	words := actionStage(p, a)
	switch {
	case s.State == visit.ActionVerified && !s.VerifiedDay.IsZero():
		return p.T("Verified on %s", blocks.FullDay(p, s.VerifiedDay))
	case s.State == visit.ActionWithdrawn && s.SameAs > 0:
		return p.T("Withdrawn: same as finding %d", s.SameAs)
	case !s.State.WithFactory() || s.Due.IsZero():
		return words
	case !today.IsZero() && s.OverdueOn(today):
		return p.T("%s, was due %s", words, blocks.FullDay(p, s.Due))
	}
	return p.T("%s, due %s", words, blocks.FullDay(p, s.Due))
}

// actionStage is how far an action has come, without a day.
func actionStage(p blocks.Printer, a *visit.ActionOf) string {
	if a.Action.WaitsForLot(&a.Finding) {
		return p.T("Waits for the next lot")
	}
	return a.Action.State.Words(p.Printer)
}

// actionStates are how the actions of a visit's or an inspection's findings stand, by their
// number. Those with which nobody has done anything are among them only where untouched is set.
func (c *core) actionStates(ctx context.Context, p blocks.Printer, team string, of visit.Subject, today civil.Date, untouched bool) (map[int]string, error) {
	as, err := c.o.Store.Actions(ctx, team, store.ActionFilter{Subject: of})
	if err != nil {
		return nil, err
	}
	states := map[int]string{}
	for _, a := range as {
		if hasFollowUp(&a) && (untouched || a.Action.Rev > 0) {
			states[a.Finding.Number] = actionState(p, &a, today)
		}
	}
	return states, nil
}

// An actionView is an action as one person sees it.
type actionView struct {
	*visit.ActionOf
	reader string
	today  civil.Date    // at the factory
	zone   string        // of the reader
	pair   []slack.Block // a photo before the change and one after it
}

// addAction adds to the card of a finding how its action stands, what speaks for it, who did
// what, and what may be done next.
func addAction(p blocks.Printer, m *blocks.Message, v *actionView) {
	lines := append([]blocks.Markup{blocks.Bold(p.T("Action:")) + " " + blocks.Escape(actionStanding(p, v.ActionOf, v.today))}, v.facts(p)...)
	m.Add(blocks.Section(blocks.ClipLines(blocks.Join(lines, "\n"), 2900)))
	m.Text.Line(p.T("Action: %s", actionStanding(p, v.ActionOf, v.today)))
	if b := v.evidence(p); b != nil {
		m.Add(b)
	}
	m.Add(v.pair...)
	if history := v.history(p); history != "" {
		m.Add(blocks.Note(history))
	}
}

// facts are what is known of an action, a line each.
func (v *actionView) facts(p blocks.Printer) (lines []blocks.Markup) {
	s, f := &v.Action.ActionFacts, &v.Finding
	add := func(said bool, line blocks.Markup) {
		if said {
			lines = append(lines, line)
		}
	}
	proposal := p.M("They will: %s", blocks.Clip(s.Proposal, 500))
	if s.SaidBy != "" {
		proposal = p.M("They will: %s (says %s)", blocks.Clip(s.Proposal, 500), s.SaidBy)
	}
	add(s.Proposal != "", proposal)
	add(s.Cause != "", p.M("Cause, as they see it: %s", blocks.Clip(s.Cause, 500)))
	add(s.Lacks != "" && s.State.Live(), p.M("Still open because: %s", s.Lacks))
	add(s.Why != "", p.M("Why: %s", s.Why))
	lines = append(lines, v.contained(p)...)
	if s.State == visit.ActionAgreed || s.State == visit.ActionDone {
		missing := s.Missing(f)
		add(len(missing) > 0, p.M("Still to be shown: %s", needsWords(p, missing)))
		lotsMissing := slices.ContainsFunc(missing, func(n visit.Need) bool { return slices.Contains(n.OneOf, visit.ProofNextLot) && n.Lots > 0 })
		add(lotsMissing, blocks.Escape(nextLotWords(p, f)))
	}
	add(s.GoodIn() > 0, p.M("Later lots: not seen again in %d pieces", s.GoodIn()))
	add(s.Rejected > 0, p.M("Not enough so far: %d", s.Rejected))
	add(s.NotIndependent, p.M("Not independent: the person who verified it had logged it as done."))
	add(s.Reviewer != "", p.M("Reviewer: %s", blocks.Mention(s.Reviewer)))
	return lines
}

// contained says what becomes of the goods that are there already, or until when that is to be
// known.
func (v *actionView) contained(p blocks.Printer) []blocks.Markup {
	c := v.Action.Contained
	switch by := v.ContainBy(); {
	case c != nil && c.SaidBy != "":
		return []blocks.Markup{p.M("This lot: %s (says %s)", c.What, c.SaidBy)}
	case c != nil:
		return []blocks.Markup{p.M("This lot: %s", c.What)}
	case by.IsZero() || !v.Action.State.Live():
		return nil
	case civil.Of(by.In(zoneOr(v.Place.Zone))).Before(v.today):
		return []blocks.Markup{p.M("This lot: nobody has noted what becomes of it; it was to be known by %s.", blocks.Time(p, by.In(zoneOr(v.zone)), "Mon 2 January at 15:04"))}
	default:
		return []blocks.Markup{p.M("This lot: ask them to stop it; to be known by %s.", blocks.Time(p, by.In(zoneOr(v.zone)), "Mon 2 January at 15:04"))}
	}
}

// nextLotWords say how many pieces of the next lot show something; empty where nobody counted.
func nextLotWords(p blocks.Printer, f *visit.Finding) string {
	if n := visit.NextLotSize(f.Bad, f.Checked); n > 0 {
		return p.T("Next lot: check at least %d pieces, or the AQL sample where that is more.", n)
	}
	return p.T("Next lot: check at least the AQL sample.")
}

// needsWords are the proofs that are still to come.
func needsWords(p blocks.Printer, ns []visit.Need) string {
	var parts []string
	for _, n := range ns {
		var kinds []string
		for _, k := range n.OneOf {
			words := k.Words(p.Printer)
			if k == visit.ProofNextLot && n.Lots > 1 {
				words = p.T("%d next lots", n.Lots)
			}
			kinds = append(kinds, words)
		}
		if len(kinds) > 2 { // any one
			kinds = []string{p.T("one more proof")}
		}
		parts = append(parts, strings.Join(kinds, p.T(" or ")))
	}
	return strings.Join(parts, p.Semicolon())
}

// shownProofs is how many proofs stand on a card, the last ones.
const shownProofs = 5

// evidence is what was found and what shows the change, side by side; nil while nothing does.
func (v *actionView) evidence(p blocks.Printer) slack.Block {
	s, f := &v.Action.ActionFacts, &v.Finding
	if len(s.Proofs) == 0 {
		return nil
	}
	photos, _ := s.PhotosOf(f)
	before := []blocks.Markup{blocks.Bold(p.T("Before"))}
	if f.Counted() {
		before = append(before, p.M("%d of %d", f.Bad, f.Checked))
	}
	for _, photo := range photos {
		before = append(before, photoLink(p, f, photo.FileID))
	}
	after := []blocks.Markup{blocks.Bold(p.T("After"))}
	for _, proof := range s.Proofs[max(0, len(s.Proofs)-shownProofs):] {
		after = append(after, proofLine(p, f, &proof))
	}
	return slack.NewSectionBlock(nil, []*slack.TextBlockObject{
		blocks.Mrkdwn(blocks.ClipLines(blocks.Join(before, "\n"), 1900)), blocks.Mrkdwn(blocks.ClipLines(blocks.Join(after, "\n"), 1900)),
	}, nil)
}

// photoLink is a photo of a finding by its place there.
func photoLink(p blocks.Printer, f *visit.Finding, file string) blocks.Markup {
	n := slices.IndexFunc(f.Photos, func(r visit.PhotoRef) bool { return r.FileID == file })
	if n < 0 {
		return ""
	}
	name := p.T("Photo %d", n+1)
	if link := f.Photos[n].Permalink; link != "" {
		return blocks.Link(link, name)
	}
	return blocks.Escape(name)
}

// proofLine is one proof, and whether it still counts.
func proofLine(p blocks.Printer, f *visit.Finding, proof *visit.Proof) blocks.Markup {
	line := p.M("%s, %s", proof.Kind, blocks.FullDay(p, proof.Day))
	if lot := proof.Lot; lot != nil {
		line = p.M("Next lot: %s · %s · %d of %d", lotName(p, lot), blocks.FullDay(p, proof.Day), lot.Bad, lot.Checked)
	}
	for _, file := range proof.Photos {
		if link := photoLink(p, f, file); link != "" {
			line = p.M("%s, %s", line, link)
		}
	}
	if proof.Text != "" {
		line = p.M("%s: %s", line, blocks.Clip(blocks.OneLine(proof.Text), 150))
	}
	if proof.Void {
		line += " " + p.M("(does not count any more)")
	}
	return line
}

// lotName names a lot that was checked.
func lotName(p blocks.Printer, l *visit.LotCheck) string {
	if l.Subject != "" {
		return p.T("of inspection %d", l.Subject.Number())
	}
	return l.Name
}

// shownSteps is how many steps stand on a card, the last ones.
const shownSteps = 4

// history says who did what with an action of late.
func (v *actionView) history(p blocks.Printer) blocks.Markup {
	steps := v.Action.Steps
	var lines []blocks.Markup
	for _, s := range steps[max(0, len(steps)-shownSteps):] {
		lines = append(lines, p.M("%s: %s by %s", blocks.Time(p, s.At.In(zoneOr(v.zone)), "2 January 2006"), stepPast(p, s.Kind), blocks.Mention(s.By)))
	}
	return blocks.Join(lines, " · ")
}

// cardSteps is how many steps are buttons; the others stand in the menu beside them.
const cardSteps = 3

// stepButtons are what may be done next by whoever reads: the usual steps out of the state as
// buttons, and the others in a menu.
func stepButtons(p blocks.Printer, v *actionView) []slack.BlockElement {
	usual := []visit.StepKind{visit.StepAnswer, visit.StepAgree, visit.StepAskAgain, visit.StepDone, visit.StepLot, visit.StepVerify, visit.StepNotEnough, visit.StepReopen}
	if !v.ContainBy().IsZero() {
		usual = append([]visit.StepKind{visit.StepContain}, usual...)
	}
	var es []slack.BlockElement
	var more []*slack.OptionBlockObject
	for _, k := range v.Action.Next(&v.Finding, v.reader, v.Owner) {
		about := stepSubject(v.Finding.Number, k)
		switch {
		case k == visit.StepContainBy && v.ContainBy().IsZero(): // nobody waits for that
		case k == visit.StepWithdraw && v.Action.Rev == 0 && !v.Finding.Final: // it can simply be undone
		case slices.Contains(usual, k) && len(es) < cardSteps:
			es = append(es, blocks.Button(actStep.With(string(k)), about, stepLabel(p, k)))
		default:
			more = append(more, blocks.Option(about, stepLabel(p, k)))
		}
	}
	if len(more) > 0 {
		es = append(es, blocks.Choice(p, string(actStep), p.T("More steps"), "", more))
	}
	return es
}

// An actionList is a page of a list of actions.
type actionList struct {
	which   string // mineActions, overdueActions, everyAction or ofFactory
	from    int
	factory string // the name, of ofFactory
}

// What a list of actions shows.
const (
	mineActions    = "mine"
	overdueActions = "overdue"
	everyAction    = "all"
	ofFactory      = "factory"
)

// value is a list in the value of a control: "factory:10:Bright Metal".
func (l actionList) value() blocks.Subject {
	return blocks.Subject(fmt.Sprintf("%s:%d:%s", l.which, l.from, l.factory))
}

// at is the list from another one on.
func (l actionList) at(from int) actionList { l.from = from; return l }

func cutActionList(s blocks.Subject) (l actionList) {
	which, rest, _ := strings.Cut(string(s), ":")
	from, factory, _ := strings.Cut(rest, ":")
	l.which, l.factory = which, factory
	l.from, _ = strconv.Atoi(from)
	return l
}

// has reports whether an action is in the list of somebody.
func (l actionList) has(a *visit.ActionOf, person string, today civil.Date) bool {
	switch l.which {
	case mineActions:
		return isFollowedBy(a, person)
	case overdueActions:
		return a.LateOn(today)
	}
	return true
}

// isFollowedBy reports whether it is for somebody to see that an action goes on: for its
// reviewer, and before there is one for whoever planned the visit or the inspection.
func isFollowedBy(a *visit.ActionOf, person string) bool {
	if a.Action.Reviewer != "" {
		return a.Action.Reviewer == person
	}
	return a.Owner == person
}

// followed lists the actions that are not closed and that wanted takes, of what a person may see where
// they stand, at the factory of a name or, with none, at all of them. What is due first stands first. They
// are so many, from one on, and all is how many there are.
func (acc *access) followed(ctx context.Context, who caller, factory string, wanted func(*visit.ActionOf) bool, from, most int) (page []visit.ActionOf, all int, err error) {
	channels, err := acc.directory.channelsOf(ctx, who.team, who.user)
	if err != nil {
		return nil, 0, err
	}
	return acc.o.Store.ActionsPage(ctx, who.team, store.ActionFilter{Channels: append([]string{}, channels...), Factory: factory, Live: true},
		func(a *visit.ActionOf) bool { return hasFollowUp(a) && acc.shownIn(ctx, a, who.channel) && wanted(a) }, from, most)
}

// shownIn reports whether an action may show in a channel. Of one that the store knows nothing
// about Slack is asked.
func (acc *access) shownIn(ctx context.Context, a *visit.ActionOf, channel string) bool {
	if visibleIn(a.Place, channel) || !a.Finding.OfFactory() {
		return visibleIn(a.Place, channel)
	}
	r, err := acc.directory.channel(ctx, a.Finding.Workspace, a.Finding.Channel)
	return err == nil && visibleIn(visit.Place{Channel: a.Finding.Channel, Private: r.private}, channel)
}

// command lists the actions of all factories, or of the one that was typed.
func (fu *followUps) command(ctx context.Context, q request) (*blocks.Message, error) {
	l := actionList{which: everyAction}
	if q.rest != "" {
		known, err := fu.factories.knownTo(ctx, q.team, q.user)
		if err != nil {
			return nil, err
		}
		found := meant(known, q.rest)
		if len(found) != 1 {
			return blocks.Said(fu.directory.printer(ctx, q.team, q.user).T("I can't tell which factory you mean. Type more of its name, or /factory actions for all.")), nil
		}
		l = actionList{which: ofFactory, factory: found[0].Name}
	}
	return fu.page(ctx, q.caller, l)
}

// listClick shows a list of actions to whoever clicked, and turns it in its place.
func (fu *followUps) listClick(ctx context.Context, c click) error {
	m, err := fu.page(ctx, c.caller, cutActionList(c.about))
	return fu.findings.showList(ctx, c, fu.replies.orApologyTo(c.team, c.user, "list actions", m, err))
}

// page is a page of the actions that a person follows where they stand.
func (fu *followUps) page(ctx context.Context, who caller, l actionList) (*blocks.Message, error) {
	now, only, several := fu.o.Now(), "", false
	wanted := func(a *visit.ActionOf) bool {
		if !l.has(a, who.user, a.Place.Today(now)) {
			return false
		}
		several = several || only != "" && a.Finding.Factory != only
		only = a.Finding.Factory
		return true
	}
	var part []visit.ActionOf
	n := 0
	for l.from = max(l.from, 0); ; l.from = n - 1 { // again where some are gone since
		var err error
		if part, n, err = fu.access.followed(ctx, who, l.factory, wanted, l.from, pageRows); err != nil {
			return nil, err
		}
		if n == 0 || l.from < n {
			break
		}
	}
	p := fu.directory.printer(ctx, who.team, who.user)
	m := new(blocks.Message)
	m.Title(p.T("Corrective actions (%d)", n))
	if n == 0 {
		m.Say(p.T("No action is open here. Log a finding, and its action is listed here."))
	}
	var options []*slack.OptionBlockObject
	for _, a := range part {
		m.Add(blocks.Section(actionLine(p, &a, a.Place.Today(now))))
		m.Text.Line(p.T("%s, %s", findingHead(p, &a.Finding), actionState(p, &a, a.Place.Today(now))))
		options = append(options, blocks.Option(findingSubject(a.Finding.Number), blocks.Clip(findingHead(p, &a.Finding), 70)))
	}
	var es []slack.BlockElement
	if len(options) > 0 {
		es = append(es, blocks.Choice(p, string(actOpenFinding), p.T("Open finding"), "", options))
	}
	filters := []*slack.OptionBlockObject{
		blocks.Option(actionList{which: mineActions}.value(), p.T("Those that I follow")), blocks.Option(actionList{which: overdueActions}.value(), p.T("Overdue")),
		blocks.Option(actionList{which: everyAction}.value(), p.T("All that are open")),
	}
	if l.factory != "" {
		filters = append(filters, blocks.Option(l.at(0).value(), blocks.Clip(l.factory, 70)))
	} else if len(part) > 0 && !several {
		filters = append(filters, blocks.Option(actionList{which: ofFactory, factory: only}.value(), blocks.Clip(only, 70)))
	}
	es = append(es, blocks.Choice(p, string(actActions), p.T("Show"), string(l.at(0).value()), filters))
	if l.from > 0 {
		es = append(es, blocks.Button(actActions.With("back"), l.at(max(l.from-pageRows, 0)).value(), p.T("Earlier actions")))
	}
	if l.from+pageRows < n {
		es = append(es, blocks.Button(actActions.With("on"), l.at(l.from+pageRows).value(), p.T("More actions")))
	}
	m.Add(blocks.Actions(es...))
	return m, nil
}

// actionLine is an action in a list over several visits.
func actionLine(p blocks.Printer, a *visit.ActionOf, today civil.Date) blocks.Markup {
	line := blocks.Bold(findingHead(p, &a.Finding)) + "\n" + blocks.Escape(actionState(p, a, today))
	if a.Finding.Factory != "" {
		line += " · " + blocks.Escape(a.Finding.Factory)
	}
	if a.Action.Reviewer != "" {
		line += " · " + p.M("Reviewer: %s", blocks.Mention(a.Action.Reviewer))
	}
	if a.Finding.Text != "" {
		line += "\n" + blocks.Escape(blocks.Clip(blocks.OneLine(a.Finding.Text), 150))
	}
	return line
}
