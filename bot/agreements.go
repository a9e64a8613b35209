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
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// agreements are the register of what was agreed with factories: its list, its cards, and the
// forms that change it. It is read by one person at a time; nothing of it is posted in a
// channel that another company reads.
type agreements struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	factories *factories
	pages     *factoryPages
	drafts    *drafts
}

// The verbs of agreements. The value is "agreement/3" where nothing else is said.
const (
	actAgreements      blocks.ActionID = "agreements"      // list them: "factory/4:20:all" is those of factory 4 from the 20th on, with what is over
	actAddAgreement    blocks.ActionID = "add-agreement"   // the form for a new one; the value is a factory or nothing
	actSignedOn        blocks.ActionID = "signed-on"       // the same, of what was signed on a visit
	actEditAgreement   blocks.ActionID = "edit-agreement"  // the form of one
	actAgreementBack   blocks.ActionID = "agreement-back"  // from the second page of the form to the first
	actAgreementTerms  blocks.ActionID = "agreement-terms" // the form of its terms
	actRenew           blocks.ActionID = "renew-agreement"
	actEndAgreement    blocks.ActionID = "end-agreement"
	actReplace         blocks.ActionID = "replace-agreement"
	actAgreementUndone blocks.ActionID = "undo-agreement" // takes back that it ends, ended or was replaced
)

// agreement finds an agreement as it is now, if the person may see it.
func (acc *access) agreement(ctx context.Context, team, person string, number int) (visit.Agreement, error) {
	a, err := acc.o.Store.Agreement(ctx, team, number)
	if err == nil {
		err = acc.canSee(ctx, team, person, a.Subject(), a.Channel)
	}
	if err != nil {
		return visit.Agreement{}, err
	}
	a.RollOver(a.Today(acc.o.Now()))
	return a, nil
}

// agreements lists the agreements that a person may see where they stand: with one factory, or
// with 0 all; also those that are over where over is set.
func (acc *access) agreements(ctx context.Context, who caller, factory int, over bool) ([]visit.Agreement, error) {
	channels, err := acc.directory.channelsOf(ctx, who.team, who.user)
	if err != nil {
		return nil, err
	}
	f := store.Filter{Channels: append([]string{}, channels...), Own: who.user, Factory: factory, Cancelled: over}
	as, err := acc.o.Store.Agreements(ctx, who.team, f, acc.o.Now())
	return slices.DeleteFunc(as, func(a visit.Agreement) bool { return !visibleIn(a.Place, who.channel) }), err
}

// listSubject is the value of a button that lists agreements.
func listSubject(factory, from int, over bool) blocks.Subject {
	s := blocks.Subject(fmt.Sprintf("factory/%d:%d", factory, from))
	if over {
		s += ":all"
	}
	return s
}

// command lists the agreements, all or those with the factory that was typed.
func (ag *agreements) command(ctx context.Context, q request) (*blocks.Message, error) {
	if q.rest == "" {
		return ag.list(ctx, q.caller, 0, 0, false)
	}
	f, which, err := ag.pages.named(ctx, q.caller, q.rest, actAgreements)
	if f == nil {
		return which, err
	}
	return ag.list(ctx, q.caller, f.Number, 0, false)
}

func (ag *agreements) listClick(ctx context.Context, c click) error {
	about, rest, _ := strings.Cut(string(c.about), ":")
	from, all, _ := strings.Cut(rest, ":")
	n, _ := strconv.Atoi(from)
	m, err := ag.list(ctx, c.caller, factoryNumber(blocks.Subject(about)), n, all != "")
	m = ag.replies.orApologyTo(c.team, c.user, "list agreements", m, err)
	if c.on == guide.Public || c.on == guide.Home || c.on == guide.InModal {
		return ag.replies.replyPrivately(ctx, c, m)
	}
	return ag.replies.answerClick(ctx, c, m)
}

// list is a page of the agreements that a person may see, what ends next first.
func (ag *agreements) list(ctx context.Context, who caller, factory, from int, over bool) (*blocks.Message, error) {
	as, err := ag.access.agreements(ctx, who, factory, true)
	if err != nil {
		return nil, err
	}
	p, now := ag.directory.printer(ctx, who.team, who.user), ag.o.Now()
	m := new(blocks.Message)
	title := p.T("Agreements")
	if factory > 0 {
		f, err := ag.factories.factory(ctx, who.team, who.user, factory)
		if err != nil {
			return nil, err
		}
		title = p.T("Agreements with %s", f.Name)
	}
	m.Title(title)
	past := len(as)
	current := slices.DeleteFunc(slices.Clone(as), func(a visit.Agreement) bool { return a.Over(a.Today(now)) })
	past -= len(current)
	if !over {
		as = current
	}
	switch {
	case len(as) > 0:
	case past > 0:
		m.Say(p.T("No agreement holds here now."))
	default:
		m.Say(p.T("No agreement is recorded here yet. Record what you have signed, and I remind you before the day by which notice must arrive."))
	}
	from = min(max(from, 0), max(len(as)-1, 0))
	for _, a := range as[from:min(len(as), from+pageRows)] {
		line, plain := agreementLine(p, &a, a.Today(now), factory == 0)
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actOpen, blocks.Subject(a.Subject()), p.T("Show agreement")))))
		m.Text.Line(plain)
	}
	es := []slack.BlockElement{blocks.Button(actAddAgreement, factorySubject(factory), p.T("Add agreement"))}
	if from > 0 {
		es = append(es, blocks.Button(actAgreements.With("back"), listSubject(factory, max(0, from-pageRows), over), p.T("Previous agreements")))
	}
	if from+pageRows < len(as) {
		es = append(es, blocks.Button(actAgreements.With("on"), listSubject(factory, from+pageRows, over), p.T("More agreements")))
	}
	switch {
	case over:
		es = append(es, blocks.Button(actAgreements.With("open"), listSubject(factory, 0, false), p.T("Hide what is over")))
	case past > 0:
		es = append(es, blocks.Button(actAgreements.With("all"), listSubject(factory, 0, true), p.T("Also show what is over (%d)", past)))
	}
	m.Add(blocks.Actions(es...))
	return m, nil
}

// agreementLine is an agreement in a list, also as plain text. withFactory names the factory.
func agreementLine(p blocks.Printer, a *visit.Agreement, today civil.Date, withFactory bool) (blocks.Markup, string) {
	head := a.Heading(p.Printer)
	when := endsWords(p, a, today)
	line := blocks.Bold(head)
	if withFactory {
		line += "\n" + blocks.Escape(a.Factory.Name)
		head = p.T("%s (%s)", head, a.Factory.Name)
	}
	return line + "\n" + blocks.Escape(when), p.T("%s. %s", head, when)
}

// endsWords say in a line how far an agreement has come, when it ends, and by when to act.
func endsWords(p blocks.Printer, a *visit.Agreement, today civil.Date) string {
	state := stateWords(p, a, today)
	switch {
	case a.Over(today) || a.State == visit.AgreementDraft:
		return state
	case a.Ends.IsZero():
		return p.T("%s. Open-ended.", state)
	case a.NoticeGiven.IsSet():
		return p.T("%s. It ends on %s.", state, blocks.OnDay(p, a.Ends))
	case a.Renews > 0: // who does nothing is bound again, so that it ends is not the news
		state, on := a.State.Words(p.Printer), blocks.OnDay(p, a.Ends.AddDays(1))
		if a.ActBy().Before(today) {
			return p.T("%s. Renews itself on %s; notice had to arrive by %s (%s).", state, on, blocks.OnDay(p, a.ActBy()), blocks.Ahead(p, a.ActBy(), today))
		}
		return p.T("%s. Renews itself on %s unless notice arrives by %s (%s).", state, on, blocks.OnDay(p, a.ActBy()), blocks.Ahead(p, a.ActBy(), today))
	}
	if a.ActBy().Before(today) {
		return p.T("%s. Ends on %s; what you decide had to arrive by %s (%s).", state, blocks.OnDay(p, a.Ends), blocks.OnDay(p, a.ActBy()), blocks.Ahead(p, a.ActBy(), today))
	}
	return p.T("%s. Ends on %s; what you decide must arrive by %s (%s).", state, blocks.OnDay(p, a.Ends), blocks.OnDay(p, a.ActBy()), blocks.Ahead(p, a.ActBy(), today))
}

// stateWords name the state of an agreement on a day.
func stateWords(p blocks.Printer, a *visit.Agreement, today civil.Date) string {
	switch {
	case a.State == visit.AgreementReplaced:
		return p.T("Replaced by agreement %d", a.ReplacedBy)
	case a.State == visit.AgreementTerminated:
		return p.T("Terminated on %s", blocks.OnDay(p, a.Ends))
	case a.State == visit.AgreementEnded:
		return p.T("Ended on %s", blocks.OnDay(p, a.Ends))
	case a.Ending(today):
		return p.T("Ending")
	}
	return a.State.Words(p.Printer)
}

// shown is an agreement's card for somebody who may see it where they stand.
func (ag *agreements) shown(ctx context.Context, who caller, number int) (*blocks.Message, error) {
	a, err := ag.access.agreement(ctx, who.team, who.user, number)
	if err != nil {
		return nil, err
	}
	if !visibleIn(a.Place, who.channel) {
		return nil, errElsewhere
	}
	return ag.card(ctx, who.user, &a), nil
}

// showCommand shows the agreement of a number.
func (ag *agreements) showCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return ag.shown(ctx, q.caller, q.number)
}

// card is an agreement with its days, its terms and what can be done with it.
func (ag *agreements) card(ctx context.Context, person string, a *visit.Agreement) *blocks.Message {
	p := ag.directory.printer(ctx, a.Workspace, person)
	today := a.Today(ag.o.Now())
	m := new(blocks.Message)
	m.Title(a.Heading(p.Printer))
	say := func(lines ...string) {
		if len(lines) == 0 {
			return
		}
		m.Add(blocks.Section(blocks.Escape(strings.Join(lines, "\n"))))
		for _, l := range lines {
			m.Text.Line(l)
		}
	}
	m.Add(blocks.Section(blocks.Bold(stateWords(p, a, today)) + "\n" + blocks.Escape(p.T("With %s", a.Factory.Name))))
	m.Text.Line(p.T("%s. With %s", stateWords(p, a, today), a.Factory.Name))
	say(ag.dayLines(p, a, today)...)
	say(signingLines(p, a)...)
	if lines := termLines(p, &a.Terms); len(lines) > 0 {
		m.Add(blocks.Section(blocks.Bold(p.T("Terms")) + "\n" + blocks.Escape(strings.Join(lines, "\n"))))
		m.Text.Lines(strings.Join(lines, "\n"))
	}
	say(talkLines(p, &a.Talk)...)
	if a.Link != "" {
		m.Add(blocks.Section(blocks.Link(a.Link, p.T("Open the document"))))
	}
	if wrong := visit.CheckCreditCode(p.Printer, a.Code); wrong != "" {
		m.Add(blocks.Note(blocks.Bold(p.T("Note:")) + " " + blocks.Escape(wrong)))
		m.Text.Line(wrong)
	}
	if a.Kind == visit.Certificate {
		m.Add(blocks.Note(blocks.Escape(p.T("Verify with the issuing body: its number, its scope, its site and its last day. A copy proves nothing."))))
		m.Text.Line(p.T("Verify with the issuing body: its number, its scope, its site and its last day. A copy proves nothing."))
	}
	m.Add(blocks.Note(p.M("%s is reminded. Recorded by %s; the members of %s can see it.", blocks.Mention(a.Owner), blocks.Mention(a.By), channelName(a.Channel))))
	es := agreementButtons(p, a)
	if help := ag.adviceButton(endingAdvice); help != nil && a.Ending(today) {
		es = append(es, help)
	}
	m.Add(blocks.Actions(es...))
	m.Add(blocks.Note(blocks.Escape(lawyerWords(p))))
	m.Text.Line(lawyerWords(p))
	return m
}

// lawyerWords end whatever shows the terms of an agreement.
func lawyerWords(p blocks.Printer) string {
	return p.T("Terms as entered; the document rules. Have a lawyer who practises in China check it.")
}

// agreementButtons are what can be done with an agreement.
func agreementButtons(p blocks.Printer, a *visit.Agreement) []slack.BlockElement {
	about := blocks.Subject(a.Subject())
	es := []slack.BlockElement{
		blocks.Button(actEditAgreement, about, p.T("Edit agreement")),
		blocks.Button(actAgreementTerms, about, p.T("Edit terms")),
	}
	live := a.State == visit.AgreementSigned || a.State == visit.AgreementRenewed
	if (live || a.State == visit.AgreementEnded) && !a.Ends.IsZero() {
		es = append(es, blocks.Button(actRenew, about, p.T("Renew agreement")))
	}
	if (live || a.State == visit.AgreementDraft) && !a.NoticeGiven.IsSet() {
		es = append(es, blocks.Button(actEndAgreement, about, p.T("End agreement")))
	}
	if live || a.State == visit.AgreementDraft {
		es = append(es, blocks.Button(actReplace, about, p.T("Replace agreement")))
	}
	if a.Closed.IsSet() || a.NoticeGiven.IsSet() && a.State != visit.AgreementEnded {
		es = append(es, blocks.Button(actAgreementUndone, about, p.T("Restore agreement")))
	}
	return es
}

// dayLines are the days of an agreement, and what is to be done by when.
func (ag *agreements) dayLines(p blocks.Printer, a *visit.Agreement, today civil.Date) (lines []string) {
	add := func(words string) { lines = append(lines, words) }
	switch {
	case a.Signed.IsZero():
		add(p.T("Not signed yet. Press Edit agreement when it is."))
	case a.Visit > 0:
		add(p.T("Signed on %s, on visit %d", blocks.OnDay(p, a.Signed), a.Visit))
	default:
		add(p.T("Signed on %s", blocks.OnDay(p, a.Signed)))
	}
	if !a.Starts.IsZero() && a.Starts != a.Signed {
		add(p.T("Begins on %s", blocks.OnDay(p, a.Starts)))
	}
	lines = append(lines, ag.endLines(p, a, today)...)
	if a.NoticeHow != "" && !a.Over(today) {
		add(p.T("How notice must be given: %s", a.NoticeHow))
	}
	if n := len(a.Renewals); n > 0 {
		last := a.Renewals[n-1]
		if last.Said.IsSet() {
			add(p.T("Renewed: its last day was %s before.", blocks.OnDay(p, last.From)))
		} else {
			add(p.T("It renewed itself after %s.", blocks.OnDay(p, last.From)))
		}
	}
	if a.Why != "" {
		add(p.T("Why it ends: %s", a.Why))
	}
	return lines
}

// endLines say when an agreement ends, and by when to act.
func (ag *agreements) endLines(p blocks.Printer, a *visit.Agreement, today civil.Date) (lines []string) {
	add := func(words string) { lines = append(lines, words) }
	switch {
	case a.Ends.IsZero():
		add(p.T("No last day: it holds until somebody ends it."))
		if a.Notice > 0 {
			add(p.T("Notice: %d days", a.Notice))
		}
	case a.Undecided() && a.Renews > 0:
		add(p.T("Ends on %s, and then renews itself by %d months unless notice is given", blocks.OnDay(p, a.Ends), a.Renews))
		add(p.T("Notice must arrive by %s (%s). Send it by %s.", blocks.OnDay(p, a.ActBy()), blocks.Ahead(p, a.ActBy(), today), blocks.OnDay(p, a.SendBy(&ag.o.Timing))))
	case a.Undecided():
		add(p.T("Ends on %s", blocks.OnDay(p, a.Ends)))
		add(p.T("What you decide must arrive by %s (%s). Send it by %s.", blocks.OnDay(p, a.ActBy()), blocks.Ahead(p, a.ActBy(), today), blocks.OnDay(p, a.SendBy(&ag.o.Timing))))
	case a.NoticeGiven.IsSet() && !a.Over(today):
		add(p.T("Its last day is %s, and it is not renewed.", blocks.OnDay(p, a.Ends)))
	}
	return lines
}

// signingLines say who signed, and what is known of it.
func signingLines(p blocks.Printer, a *visit.Agreement) (lines []string) {
	for _, l := range []struct{ words, said string }{
		{p.T("Their registered name: %s", a.Company), a.Company}, {p.T("Their credit code: %s", a.Code), a.Code},
		{p.T("Signed for us: %s", a.ForUs), a.ForUs}, {p.T("Signed for them: %s", a.ForThem), a.ForThem},
		{p.T("Seal: %s", a.Seal.Words(p.Printer)), string(a.Seal)}, {p.T("Who was authorised: %s", a.Authority), a.Authority},
		{p.T("Languages: %s", a.Languages), a.Languages},
	} {
		if l.said != "" {
			lines = append(lines, l.words)
		}
	}
	return lines
}

// termLines are the terms that somebody entered.
func termLines(p blocks.Printer, t *visit.AgreementTerms) (lines []string) {
	number := func(n int, words func() string) {
		if n > 0 {
			lines = append(lines, words())
		}
	}
	text := func(s string, words func() string) {
		if s != "" {
			lines = append(lines, words())
		}
	}
	number(t.LeadDays, func() string {
		if t.LeadFrom != "" {
			return p.T("Lead time: %d days from %s", t.LeadDays, t.LeadFrom)
		}
		return p.T("Lead time: %d days. From which event is not said.", t.LeadDays)
	})
	text(t.MOQ, func() string { return p.T("Minimum order: %s", t.MOQ) })
	text(t.Payment, func() string { return p.T("Payment: %s", t.Payment) })
	text(t.Incoterm, func() string { return p.T("Incoterm: %s", t.Incoterm) })
	number(t.WarrantyMonths, func() string { return p.T("Warranty: %d months", t.WarrantyMonths) })
	number(t.ClaimDays, func() string { return p.T("Claims within %d days", t.ClaimDays) })
	number(t.SpareYears, func() string { return p.T("Spare parts for %d years", t.SpareYears) })
	text(samplingTyped(t), func() string { return p.T("Samples: %s", samplingWords(p, t)) })
	text(t.Reinspection, func() string { return p.T("Who pays a re-inspection: %s", t.Reinspection) })
	text(t.Penalty, func() string { return p.T("Penalty: %s", t.Penalty) })
	text(t.Law, func() string { return p.T("Law and forum: %s", t.Law) })
	return lines
}

// samplingWords are the level and the AQLs that are agreed.
func samplingWords(p blocks.Printer, t *visit.AgreementTerms) string {
	var parts []string
	if t.Level != "" {
		parts = append(parts, p.T("level %s", t.Level))
	}
	if t.AQLMajor != "" {
		parts = append(parts, p.T("AQL %s for major defects", t.AQLMajor))
	}
	if t.AQLMinor != "" {
		parts = append(parts, p.T("AQL %s for minor defects", t.AQLMinor))
	}
	return strings.Join(parts, p.Comma())
}

// talkLines say how both sides have agreed to talk to each other.
func talkLines(p blocks.Printer, t *visit.Talk) (lines []string) {
	if t.Channels != "" {
		lines = append(lines, p.T("We talk by: %s", t.Channels))
	}
	if t.AnswerHours > 0 {
		lines = append(lines, p.T("An answer is due within %d hours.", t.AnswerHours))
	}
	if t.TheirLadder != "" {
		lines = append(lines, p.T("If they do not answer, turn to: %s", t.TheirLadder))
	}
	if t.OurLadder != "" {
		lines = append(lines, p.T("If we do not answer, they turn to: %s", t.OurLadder))
	}
	return lines
}

// agreementsPart are the agreements on the page of a factory, what ends next first.
func (ps *factoryPages) agreementsPart(ctx context.Context, rd *factoryReader) (*factoryPart, error) {
	as, err := ps.access.agreements(ctx, rd.caller, rd.f.Number, false)
	if err != nil {
		return nil, err
	}
	p := rd.p
	pt := &factoryPart{id: partAgreements, all: p.T("All agreements"), open: actOpen, menu: p.T("Open an agreement")}
	for _, a := range as {
		pt.add(a.Subject(), p.T("Agreement %d", a.Number), a.Title, endsWords(p, &a, a.Today(ps.o.Now())))
	}
	pt.title = p.T("Agreements: %d", len(pt.lines))
	return pt, nil
}
