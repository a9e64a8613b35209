package bot

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// modalStep is the form of a step of an action; what it is about says which step.
const modalStep modalID = "action-step"

// The fields of the steps' forms. Their names are those of visit's mistakes; the day by which
// something is due is fieldDue, and a lot is fieldLot.
const (
	fieldProposal = "proposal"
	fieldCause    = "cause"
	fieldSaidBy   = "said_by"
	fieldLacks    = "lacks"
	fieldReviewer = "reviewer"
	fieldProofs   = "proofs"
	fieldDay      = "day"
	fieldStepText = "text"
	fieldSame     = "same"
	fieldWhat     = "what"
	fieldLotBy    = "contain_by"
	fieldChecked  = "checked"
	fieldLotSize  = "size"
	fieldEnough   = "enough" // the proofs that were enough, by their places
	fieldShows    = "shows"  // photos of the finding that show the change
)

// step is what stands in the form of a step, and is kept as a draft where it cannot be saved.
func (v values) step() form {
	f := form{}
	for block := range v {
		switch block {
		case fieldDue, fieldDay, fieldLotBy:
			f[block] = v.day(block)
		case fieldReviewer:
			f[block] = v.user(block)
		case fieldProofs, fieldEnough, fieldShows:
			f[block] = strings.Join(v.ticked(block), ",")
		case fieldPhotos: // Slack fills no files in again
		default:
			f[block] = v.text(block)
		}
	}
	return f
}

// listed are the values in a field of boxes.
func (f form) listed(field string) []string { return f.people(field) }

// dayIn is the day in a field; the zero one where none is picked.
func (f form) dayIn(field string) civil.Date {
	d, err := civil.Parse(f[field])
	if err != nil {
		return civil.Date{}
	}
	return d
}

// stepDraft is the draft of the step that a person is entering.
func stepDraft(person string, about blocks.Subject) string {
	return "action-step/" + person + "/" + string(about)
}

// action is the action of a finding, for who may see the finding.
func (fu *followUps) action(ctx context.Context, team, person string, number int) (visit.ActionOf, error) {
	if _, err := fu.access.finding(ctx, team, person, number); err != nil {
		return visit.ActionOf{}, err
	}
	return fu.o.Store.Action(ctx, team, number)
}

// stepClick opens the form of a step.
func (fu *followUps) stepClick(ctx context.Context, c click) error {
	number, kind := cutFinding(c.about)
	k := visit.StepKind(kind)
	return fu.replies.open(ctx, opening{c.caller, actStep, c.about, stepLabel(fu.directory.printerNow(c.team, c.user), k)}, func(ctx context.Context, team string) (*modal, error) {
		a, err := fu.action(ctx, team, c.user, number)
		if err != nil {
			return nil, err
		}
		p := fu.directory.printer(ctx, team, c.user)
		if !a.Action.MayDo(k, &a.Finding, c.user, a.Owner) {
			return fu.refused(p, &a, k, c.user), nil
		}
		f, kept := fu.begin(&a, k, c.user), false
		if d, err := fu.drafts.read(ctx, team, c.user, stepDraft(c.user, c.about)); err == nil && d.Mine != nil {
			f, kept = d.Mine, true
		}
		about := meta{About: c.about, Channel: c.channel, Copy: c.card(), Page: len(a.Action.Steps)}
		return fu.form(p, &a, k, c.user, f, about, kept), nil
	})
}

// card is the response URL of the card of a finding that was clicked, where only this person
// sees it: to draw it again.
func (c click) card() string {
	if c.view != "" || !c.ephemeral && !strings.HasPrefix(c.channel, "D") {
		return ""
	}
	return c.url
}

// refused is the page that says why a step cannot be taken now, with how the action stands.
func (fu *followUps) refused(p blocks.Printer, a *visit.ActionOf, k visit.StepKind, person string) *modal {
	m := blocks.Said(p.T("That step does not fit any more, or is for somebody else. This is how it stands:"))
	addAction(p, m, &actionView{ActionOf: a, reader: person, today: a.Place.Today(fu.o.Now()), zone: a.Place.ChannelZone})
	return &modal{title: stepLabel(p, k), blocks: m.Blocks}
}

// begin is what the form of a step begins with.
func (fu *followUps) begin(a *visit.ActionOf, k visit.StepKind, person string) form {
	today := a.Place.Today(fu.o.Now())
	answer, done := visit.DefaultDue(a.Finding.Severity, today)
	f := form{fieldDay: today.String()}
	switch k {
	case visit.StepAgree:
		f[fieldDue], f[fieldReviewer] = fu.open(done, a), a.Action.Reviewer
		if f[fieldReviewer] == "" {
			f[fieldReviewer] = person
		}
		kinds := []string{string(visit.ProofPhoto)}
		if s := a.Finding.Severity; s == visit.Critical || s == visit.Major {
			kinds = append(kinds, string(visit.ProofNextLot))
		}
		f[fieldProofs] = strings.Join(kinds, ",")
	case visit.StepNotEnough, visit.StepReopen:
		f[fieldDue] = fu.open(answer, a)
	case visit.StepDue:
		f[fieldDue] = a.Action.Due.String()
	case visit.StepContainBy:
		if by := a.ContainBy(); !by.IsZero() {
			f[fieldLotBy] = civil.Of(by.In(zoneOr(a.Place.Zone))).String()
		}
	case visit.StepReview:
		f[fieldReviewer] = person
	}
	return f
}

// open is a day, or the next one on which the factory is expected to work.
func (fu *followUps) open(day civil.Date, a *visit.ActionOf) string {
	if day.IsZero() {
		return ""
	}
	if c, closed := fu.o.Timing.ClosedOn(day, a.Place.Zone); closed {
		day = c.Next
	}
	return day.String()
}

// A stepForm builds the form of a step.
type stepForm struct {
	p      blocks.Printer
	a      *visit.ActionOf
	f      form
	blocks []slack.Block
}

func (sf *stepForm) add(bs ...slack.Block) { sf.blocks = append(sf.blocks, bs...) }

// say adds a line that is there to be read; an empty one is left out.
func (sf *stepForm) say(m blocks.Markup) {
	if m != "" {
		sf.add(blocks.Note(m))
	}
}

func (sf *stepForm) text(field, label, example string, most int) *slack.InputBlock {
	return blocks.Input(field, label, bounded(blocks.TextInput(sf.f[field], example, true), most))
}

func (sf *stepForm) line(field, label, example string, most int) *slack.InputBlock {
	return blocks.Input(field, label, bounded(blocks.TextInput(sf.f[field], example, false), most))
}

func (sf *stepForm) day(field, label string) *slack.InputBlock {
	return blocks.Input(field, label, blocks.DayInput(sf.p, sf.f[field]))
}

// boxes are boxes to tick; nil where there is nothing to choose from.
func (sf *stepForm) boxes(field, label string, options []*slack.OptionBlockObject) *slack.InputBlock {
	if len(options) == 0 {
		return nil
	}
	e := slack.NewCheckboxGroupsBlockElement(blocks.InputAction, options...)
	chosen := sf.f.listed(field)
	for _, o := range options {
		if slices.Contains(chosen, o.Value) {
			e.InitialOptions = append(e.InitialOptions, o)
		}
	}
	return blocks.Input(field, label, e)
}

// proofs are the kinds of proof to tick, but for those in without.
func (sf *stepForm) proofs(label string, without ...visit.ProofKind) *slack.InputBlock {
	var options []*slack.OptionBlockObject
	for _, k := range visit.ProofKinds() {
		if !slices.Contains(without, k) {
			options = append(options, blocks.Option(blocks.Subject(k), k.Words(sf.p.Printer)))
		}
	}
	return sf.boxes(fieldProofs, label, options)
}

func (sf *stepForm) reviewer() *slack.InputBlock {
	p := sf.p
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(p.T("Pick a colleague")), blocks.InputAction)
	e.InitialUser = blocks.Person(sf.f[fieldReviewer])
	return blocks.Hinted(blocks.Input(fieldReviewer, p.T("Who on our side verifies it?"), e), p.T("They are reminded in the thread. Best is somebody other than the person who logs it as done."))
}

// saidBy asks who of the factory spoke.
func (sf *stepForm) saidBy() *slack.InputBlock {
	p := sf.p
	return blocks.Hinted(sf.line(fieldSaidBy, p.T("Who said so?"), p.T("Mr Wang"), visit.MaxName), p.T("As you address them: texts for WeChat begin with it."))
}

// photos asks for photos of the change: some of those that the finding has, and new ones.
func (sf *stepForm) photos() {
	p := sf.p
	var options []*slack.OptionBlockObject
	before, _ := sf.a.Action.PhotosOf(&sf.a.Finding)
	for _, photo := range before {
		n := slices.IndexFunc(sf.a.Finding.Photos, func(r visit.PhotoRef) bool { return r.FileID == photo.FileID })
		options = append(options, blocks.Option(blocks.Subject(photo.FileID), blocks.Clip(p.T("Photo %d: %s", n+1, photo.Name), 75)))
	}
	if boxes := sf.boxes(fieldShows, p.T("Photos of the finding that show the change"), options); boxes != nil {
		sf.add(blocks.Hinted(blocks.Optional(boxes), p.T("Leave those from before the change unticked.")))
	}
	sf.add(blocks.Hinted(blocks.Optional(blocks.Input(fieldPhotos, p.T("New photos after the change"),
		slack.NewFileInputBlockElement(blocks.InputAction).WithFileTypes(pictures...).WithMaxFiles(visit.MaxPhotos))), p.T("JPEG or PNG, at most 10 MB each. Photograph the goods, not people.")))
}

// form is the form of a step with f in it.
func (fu *followUps) form(p blocks.Printer, a *visit.ActionOf, k visit.StepKind, person string, f form, about meta, kept bool) *modal {
	sf := &stepForm{p: p, a: a, f: f}
	sf.say(blocks.Bold(findingHead(p, &a.Finding)) + " · " + blocks.Escape(blocks.Clip(blocks.OneLine(a.Finding.Text), 200)))
	if kept {
		sf.say(p.M("Filled in with what you entered last time."))
	}
	sf.fill(k, person)
	label := stepLabel(p, k)
	return &modal{id: modalStep, title: label, submit: label, close: p.T("Cancel"), meta: about, blocks: sf.blocks}
}

// fill adds what a step asks for. Each case is one form from top to bottom; apart they would
// have to be read one beside the other to see that they ask for the same in the same words.
func (sf *stepForm) fill(k visit.StepKind, person string) {
	p, s, finding := sf.p, &sf.a.Action.ActionFacts, &sf.a.Finding
	switch k {
	case visit.StepAnswer:
		cause := sf.text(fieldCause, p.T("What is the cause, as they see it?"), p.T("No check after packing"), visit.MaxCause)
		if finding.Severity != visit.Critical && finding.Severity != visit.Major {
			cause = blocks.Optional(cause)
		}
		sf.add(sf.text(fieldProposal, p.T("What will they do?"), p.T("A stop at the conveyor until four corners are in"), visit.MaxProposal), cause, sf.saidBy())
	case visit.StepAskAgain:
		sf.add(blocks.Hinted(sf.text(fieldLacks, p.T("What is missing?"), "工序上怎样防止再次漏装？", visit.MaxStepText), p.T("It goes into the text for WeChat just as you write it here, so Chinese is best.")),
			blocks.Optional(sf.day(fieldDue, p.T("New day for their answer"))))
	case visit.StepAgree:
		sf.say(p.M("Needed in any case: %s", needsWords(p, (&visit.ActionFacts{}).Missing(finding))))
		sf.say(blocks.Escape(nextLotWords(p, finding)))
		sf.add(sf.day(fieldDue, p.T("Done by")), sf.reviewer(), sf.proofs(p.T("What will show that it works?")))
	case visit.StepDone:
		sf.add(sf.day(fieldDay, p.T("Since when has it been done?")))
		sf.shown(p.T("What do they send as proof?"), p.T("What does the proof show?"))
	case visit.StepVerify:
		if missing := s.Missing(finding); len(missing) > 0 {
			sf.say(p.M("Still to be shown: %s", needsWords(p, missing)))
		}
		if s.DoneBy == person {
			sf.say(p.M("You logged it as done, so it will be marked as not independent. A colleague can take over the review with Change reviewer."))
		}
		sf.add(sf.day(fieldDay, p.T("On which day did you see that it works?")))
		sf.shown(p.T("What else shows that it works?"), p.T("How did you see it?"))
	case visit.StepNotEnough:
		sf.add(blocks.Hinted(sf.text(fieldLacks, p.T("What is missing?"), "照片上看不到护角。", visit.MaxStepText), p.T("It goes into the text for WeChat just as you write it here, so Chinese is best.")),
			sf.day(fieldDue, p.T("Done by")))
		sf.enough()
	case visit.StepReopen:
		sf.add(sf.text(fieldWhy, p.T("What has come back?"), p.T("3 of 80 cartons without corners in the lot of May"), visit.MaxStepText), sf.day(fieldDue, p.T("Done by")))
	case visit.StepWithdraw:
		sf.add(blocks.Optional(sf.text(fieldWhy, p.T("Why?"), p.T("The drawing allows it"), visit.MaxStepText)),
			blocks.Optional(sf.line(fieldSame, p.T("Or the same as finding"), "31", 12)))
	case visit.StepAccept:
		sf.add(sf.text(fieldWhy, p.T("Why is it accepted?"), p.T("Sales agrees: the customer does not see it"), visit.MaxStepText))
	case visit.StepContain:
		sf.add(sf.text(fieldWhat, p.T("What becomes of this lot?"), p.T("All 300 cartons are opened and sorted"), visit.MaxStepText), blocks.Optional(sf.saidBy()))
	case visit.StepLot:
		sf.say(blocks.Escape(nextLotWords(p, finding)))
		sf.add(blocks.Hinted(sf.line(fieldLot, p.T("Which lot?"), p.T("Order 4588, or inspection 12"), visit.MaxName), p.T("A lot that was made after the change. With the number of its inspection I know its sample.")),
			blocks.Hinted(sf.line(fieldChecked, p.T("Bad and checked pieces"), "0/50", 20), p.T("Count this fault alone.")),
			sf.day(fieldDay, p.T("Checked on")),
			blocks.Optional(sf.line(fieldLotSize, p.T("Pieces in the lot"), "3000", 12)),
			blocks.Optional(sf.text(fieldStepText, p.T("Note"), "", visit.MaxStepText)),
			blocks.Hinted(blocks.Optional(sf.day(fieldDue, p.T("Done by"))), p.T("Only if the fault is there again: by when they are to put it right.")))
	case visit.StepDue:
		label := p.T("Done by")
		if s.State == visit.ActionOpen {
			label = p.T("Answer by")
		}
		sf.add(sf.day(fieldDue, label), blocks.Optional(sf.text(fieldStepText, p.T("Why?"), "", visit.MaxStepText)))
	case visit.StepContainBy:
		sf.add(blocks.Hinted(sf.day(fieldLotBy, p.T("By when must they say what becomes of this lot?")), p.T("By 17:00 of that day at the factory.")))
	case visit.StepReview:
		sf.add(sf.reviewer())
	case visit.StepUndo:
		if n := len(sf.a.Action.Steps); n > 0 {
			last := &sf.a.Action.Steps[n-1]
			sf.say(p.M("This takes back “%s” by %s. Both stay on record.", stepPast(p, last.Kind), blocks.Mention(last.By)))
		}
	}
}

// shown asks for proofs, what they show, and photos.
func (sf *stepForm) shown(kinds, text string) {
	sf.add(blocks.Optional(sf.proofs(kinds, visit.ProofNextLot)), blocks.Optional(sf.text(fieldStepText, text, sf.p.T("Work instruction, revision 5, at the station"), visit.MaxStepText)))
	sf.photos()
}

// enough asks which proofs were enough; the last ones, as many as Slack has boxes for.
func (sf *stepForm) enough() {
	p := sf.p
	var options []*slack.OptionBlockObject
	for n, proof := range slices.Backward(sf.a.Action.Proofs) {
		if proof.Void || len(options) == visit.MaxPhotos {
			continue
		}
		options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(n)), blocks.Clip(p.T("%s, %s", proof.Kind, blocks.FullDay(p, proof.Day)), 75)))
	}
	if boxes := sf.boxes(fieldEnough, p.T("Which proofs still count?"), options); boxes != nil {
		sf.add(blocks.Hinted(blocks.Optional(boxes), p.T("The others do not count any more.")))
	}
}

// submit takes the step that a form says.
func (fu *followUps) submit(ctx context.Context, s submission) ([]byte, error) {
	d := draft{Mine: s.values.step()}
	page, err := fu.save(ctx, s.changing(fu.o.Store), stepping{s.team, s.user, s.meta, s.values.files(fieldPhotos)}, d)
	if err != nil {
		if err2 := fu.drafts.keep(ctx, s.team, s.user, stepDraft(s.user, s.meta.About), d); err2 != nil {
			fu.log.Warn("could not keep what was entered of an action", "err", err2)
		}
		return nil, err
	}
	return updated(fu.directory.printerNow(s.team, s.user), page), nil
}

// A stepping is who takes a step in which form.
type stepping struct {
	team, user string
	meta       meta
	files      []slack.File
}

// save takes a step, in a store of its own, and gives the page that says so, or the one that
// asks about a day on which the factory is closed; then what was entered is kept.
func (fu *followUps) save(ctx context.Context, st *store.Store, by stepping, d draft) (*modal, error) {
	number, kind := cutFinding(by.meta.About)
	k := visit.StepKind(kind)
	old, err := fu.action(ctx, by.team, by.user, number)
	if err != nil {
		return nil, err
	}
	if err := fu.checkReviewer(ctx, by.team, &old, k, d.Mine[fieldReviewer]); err != nil {
		return nil, err
	}
	lot, err := fu.nextLot(ctx, by, &old, k, d.Mine)
	if err != nil {
		return nil, err
	}
	now := fu.o.Now()
	doer := visit.Doer{By: by.user, Lead: old.Owner, Now: now, Today: old.Place.Today(now)}
	step := func(f *visit.Finding, a *visit.Action) error {
		if unseen(k, a.Steps, by.meta.Page) {
			return visit.Invalid("state", "Finding %d has changed since you saw it. Please look at it again.", number)
		}
		if k == visit.StepContainBy {
			return a.SetContainBy(f, visit.LotTill(d.Mine.dayIn(fieldLotBy), old.Place.Zone), doer)
		}
		return takeStep(k, f, a, d.Mine, by.files, lot, doer)
	}
	// What is wrong is said before what is asked about.
	trial, tried := old.Finding.Clone(), old.Action
	if err := step(&trial, &tried); err != nil {
		return nil, err
	}
	p := fu.directory.printer(ctx, by.team, by.user)
	if ask := fu.askAboutDue(p, &old, d, by.meta); ask != nil {
		return ask, fu.drafts.keep(ctx, by.team, by.user, stepDraft(by.user, by.meta.About), d)
	}
	a, err := st.ChangeAction(ctx, by.team, number, now, step)
	if err != nil {
		return nil, err
	}
	fu.drafts.drop(ctx, by.team, stepDraft(by.user, by.meta.About))
	fu.show(ctx, by, &old, &a)
	return fu.saved(p, &a, k), nil
}

// unseen reports whether a step would act on what its form did not show, which was drawn after some
// of the steps: take back another one than it named, or judge an answer or proofs that came later.
func unseen(k visit.StepKind, steps []visit.Step, shown int) bool {
	judged := []visit.StepKind{visit.StepAnswer, visit.StepDone, visit.StepLot, visit.StepUndo, visit.StepReopen, visit.StepNotEnough}
	switch k {
	case visit.StepUndo:
		return len(steps) != shown
	case visit.StepAgree, visit.StepAskAgain, visit.StepVerify, visit.StepNotEnough:
		return slices.ContainsFunc(steps[min(shown, len(steps)):], func(s visit.Step) bool { return slices.Contains(judged, s.Kind) })
	}
	return false
}

// takeStep does with an action what a form says. It is one case for each kind of step, and in
// each of them stands which field goes where.
func takeStep(k visit.StepKind, f *visit.Finding, a *visit.Action, in form, files []slack.File, lot visit.NextLot, d visit.Doer) error {
	due, day := in.dayIn(fieldDue), in.dayIn(fieldDay)
	switch k {
	case visit.StepAnswer:
		return a.LogAnswer(f, visit.Answer{Proposal: in[fieldProposal], Cause: in[fieldCause], SaidBy: in[fieldSaidBy]}, d)
	case visit.StepAskAgain:
		return a.AskAgain(f, in[fieldLacks], due, d)
	case visit.StepAgree:
		var kinds []visit.ProofKind
		for _, k := range in.listed(fieldProofs) {
			kinds = append(kinds, visit.ProofKind(k))
		}
		return a.Agree(f, visit.Agreed{Due: due, Reviewer: in[fieldReviewer], Proofs: kinds}, d)
	case visit.StepDone, visit.StepVerify:
		proofs, err := in.proofs(f, files, day)
		if err != nil {
			return err
		}
		if k == visit.StepVerify {
			return a.Verify(f, visit.Verification{Day: day, Text: in[fieldStepText], Proofs: proofs}, d)
		}
		return a.LogDone(f, visit.DoneClaim{Day: day, Text: in[fieldStepText], Proofs: proofs}, d)
	case visit.StepNotEnough:
		var keep []int
		for _, n := range in.listed(fieldEnough) {
			if n, err := strconv.Atoi(n); err == nil {
				keep = append(keep, n)
			}
		}
		return a.NotEnough(f, in[fieldLacks], due, keep, d)
	case visit.StepReopen:
		return a.Reopen(f, in[fieldWhy], due, d)
	case visit.StepWithdraw:
		same, err := readFinding(in[fieldSame])
		if err != nil {
			return err
		}
		return a.Withdraw(f, in[fieldWhy], same, d)
	case visit.StepAccept:
		return a.Accept(f, in[fieldWhy], d)
	case visit.StepContain:
		return a.Contain(f, visit.Containment{What: in[fieldWhat], SaidBy: in[fieldSaidBy]}, d)
	case visit.StepLot:
		return a.CheckLot(f, lot, d)
	case visit.StepDue:
		return a.SetDue(f, due, in[fieldStepText], d)
	case visit.StepReview:
		return a.SetReviewer(f, in[fieldReviewer], d)
	case visit.StepUndo:
		return a.Undo(f, d)
	}
	return fmt.Errorf("unknown step %q", blocks.Clip(string(k), 40))
}

// readFinding reads the number of a finding; an empty text is none.
func readFinding(s string) (int, error) {
	s = strings.TrimSpace(strings.TrimLeft(chars.ASCII(s), "# "))
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, visit.Invalid(fieldSame, "Please give the number of a finding, such as 31.")
	}
	return n, nil
}

// proofs are the proofs that a form brings: each kind that was ticked, with all the photos. A
// photo is a proof whether its box was ticked or not.
func (f form) proofs(of *visit.Finding, files []slack.File, day civil.Date) ([]visit.Proof, error) {
	if err := addFiles(of, files); err != nil {
		return nil, err
	}
	photos, kinds := f.listed(fieldShows), f.listed(fieldProofs)
	for _, file := range files {
		photos = append(photos, file.ID)
	}
	if len(photos) > 0 && !slices.Contains(kinds, string(visit.ProofPhoto)) {
		kinds = append([]string{string(visit.ProofPhoto)}, kinds...)
	}
	var proofs []visit.Proof
	for _, k := range kinds {
		proofs = append(proofs, visit.Proof{Kind: visit.ProofKind(k), Text: f[fieldStepText], Photos: photos, Day: day})
	}
	return proofs, nil
}

// checkReviewer reports somebody who cannot verify, because they are no colleague or may not see
// the finding.
func (fu *followUps) checkReviewer(ctx context.Context, team string, a *visit.ActionOf, k visit.StepKind, reviewer string) error {
	if k != visit.StepAgree && k != visit.StepReview || reviewer == "" {
		return nil
	}
	wrong, err := fu.directory.noColleagues(ctx, team, fieldReviewer, []string{reviewer})
	if err == nil && len(wrong) > 0 {
		err = wrong
	}
	if err != nil {
		return err
	}
	err = fu.access.mayRead(ctx, team, reviewer, &a.Finding)
	if errors.Is(err, errNotYours) {
		return visit.Invalid(fieldReviewer, "They are not in the channel of this finding. Pick somebody who is, or invite them first.")
	}
	return err
}

// inspectionWords are how people name an inspection.
var inspectionWords = regexp.MustCompile(`(?i)^(?:inspection|insp\.?|验货)\s*#?\s*(\d{1,9})$`)

// nextLot reads the check of a next lot. Of an inspection it takes what is known of its lot.
func (fu *followUps) nextLot(ctx context.Context, by stepping, a *visit.ActionOf, k visit.StepKind, in form) (lot visit.NextLot, err error) {
	if k != visit.StepLot {
		return lot, nil
	}
	lot.Name, lot.Text = chars.Line(in[fieldLot]), in[fieldStepText]
	lot.Day, lot.Due = in.dayIn(fieldDay), in.dayIn(fieldDue)
	var errs visit.InputErrors
	lot.Bad, lot.Checked, err = readCount(in[fieldChecked])
	errs.Collect(atField(err, fieldCount, fieldChecked))
	if size := strings.TrimSpace(strings.ReplaceAll(chars.ASCII(in[fieldLotSize]), ",", "")); size != "" {
		if lot.Size, err = strconv.Atoi(size); err != nil || lot.Size < 1 {
			errs.Collect(visit.Invalid(fieldLotSize, "Please write the pieces in the lot as a number, such as 3000."))
		}
	}
	if named := inspectionWords.FindStringSubmatch(lot.Name); named != nil {
		i, err := fu.access.inspection(ctx, by.team, by.user, visit.Subject("inspection/"+named[1]))
		switch {
		case errors.Is(err, errNotYours), errors.Is(err, visit.ErrNotFound), err == nil && i.Factory.Name != a.Finding.Factory:
			errs.Collect(visit.Invalid(fieldLot, "I can't find that inspection at this factory in your channels."))
		case err != nil:
			return lot, err
		default:
			lot.Subject, lot.Name, lot.Held, lot.Sample = i.Subject(), "", i.Due, largestPieces(&i.Lot)
			if lot.Size == 0 {
				lot.Size = i.Lot.Size
			}
		}
	}
	if len(errs) > 0 {
		return lot, errs
	}
	return lot, nil
}

// askAboutDue is the question whether a day is meant on which the factory is expected to be
// closed; nil where it works, or where somebody has said so of this day.
func (fu *followUps) askAboutDue(p blocks.Printer, a *visit.ActionOf, d draft, about meta) *modal {
	due := d.Mine.dayIn(fieldDue)
	if due.IsZero() || d.DaysOK == due.String() {
		return nil
	}
	closed, is := fu.o.Timing.ClosedOn(due, a.Place.Zone)
	if !is {
		return nil
	}
	return &modal{title: p.T("Will the factory work?"), meta: about, blocks: []slack.Block{
		blocks.Section(p.M("The factory is expected to be closed on %s. Its next working day is %s.", blocks.OnDay(p, closed.Day), blocks.OnDay(p, closed.Next))),
		blocks.Actions(
			blocks.Button(actDueTo, blocks.Subject(closed.Next.String()), p.T("Take %s", blocks.FullDay(p, closed.Next))),
			blocks.Button(actDueOK, blocks.Subject(closed.Day.String()), p.T("Keep %s", blocks.FullDay(p, closed.Day))),
			blocks.Button(actStep.With("back"), about.About, p.T("Back to the form")),
		),
		blocks.Note(p.M("Nothing is saved yet. What you entered is kept.")),
	}}
}

// dueInstead takes another day.
func dueInstead(d *draft, day blocks.Subject) { d.Mine[fieldDue] = string(day) }

// again saves a step once more, with what somebody said to the question about its day.
func (fu *followUps) again(say agreement) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		p := fu.directory.printer(ctx, c.team, c.user)
		number, kind := cutFinding(c.meta.About)
		once := fu.o.Store.By(c.user).Once(c.team, time.Now(), made(c.view))
		d, err := fu.drafts.read(ctx, c.team, c.user, stepDraft(c.user, c.meta.About))
		var m *modal
		if err == nil && number > 0 {
			say(&d, c.about)
			m, err = fu.save(ctx, once, stepping{c.team, c.user, c.meta, nil}, d)
		}
		if saved, _ := fu.o.Store.Handled(ctx, c.team, made(c.view)); saved && err != nil {
			return nil // the first of two clicks has saved it, and shows so
		}
		if err != nil {
			m = fu.replies.errorPageTo(c.team, c.user, stepLabel(p, visit.StepKind(kind)), "save a step of an action", err)
			m.meta = c.meta
			m.blocks = append(m.blocks, blocks.Actions(blocks.Button(actStep.With("back"), c.meta.About, p.T("Back to the form"))))
		}
		return fu.replies.redraw(ctx, p, c.team, c.view, m)
	}
}

// show shows everywhere what somebody did with an action.
func (fu *followUps) show(ctx context.Context, by stepping, old, a *visit.ActionOf) {
	number, subject := a.Finding.Number, a.Finding.Subject
	if !slices.Equal(old.Finding.Photos, a.Finding.Photos) {
		fu.findings.fetch(ctx, by.team, number)
	}
	if kind, _ := subject.Cut(); kind == visit.OfVisit || kind == visit.OfInspection {
		fu.live.changed(by.team, subject, by.user, a.Owner, a.Action.Reviewer, old.Action.Reviewer)
	}
	fu.replies.later("draw the answer to a finding again", "", func(ctx context.Context) error {
		shown, err := fu.o.Store.Shown(ctx, by.team, string(findingSubject(number)))
		if err != nil || shown.TS == "" {
			return err
		}
		return fu.findings.redraw(ctx, by.team, number)
	})
	if by.meta.Copy == "" {
		return
	}
	fu.replies.later("draw a finding again", "", func(ctx context.Context) error {
		m, err := fu.findings.card(ctx, by.user, by.meta.Channel, &a.Finding, answerNote{}, false)
		if err != nil {
			return err
		}
		return fu.replies.respond(ctx, by.meta.Copy, blocks.Response{Message: m, ReplaceOriginal: true}.Encode())
	})
}

// escalationAdvice and trainingAdvice are the entries that help where a reminder does not, and
// where training is all that is offered.
const (
	escalationAdvice = "feedback-escalation-steps"
	trainingAdvice   = "feedback-weak-answer"
)

// adviceButton opens an entry over Slack; nil where there is none with the id.
func (c *core) adviceButton(id string) slack.BlockElement {
	if e, ok := c.guide.Load().Base.Entry(id); ok {
		return blocks.Button(actHelp.With(id), guide.EntrySubject(e.ID), blocks.Clip(e.Title, 75))
	}
	return nil
}

// training finds an answer that speaks of training, and process one that changes how the work is
// done.
var (
	training = regexp.MustCompile(`(?i)\b(re)?train(s|ed|ing)?\b|\b(more )?careful\b|培训|教育|加强`)
	process  = regexp.MustCompile(`(?i)\b(fixture|jig|instruction|gauge|sensor|stop|check|inspect|machine|mould|mold|tool|design|sampl|poka)|工序|工装|治具|夹具|指导书|防错|检查|检验|设备|模具`)
)

// saved says how an action stands after a step, and what comes next.
func (fu *followUps) saved(p blocks.Printer, a *visit.ActionOf, k visit.StepKind) *modal {
	today, s := a.Place.Today(fu.o.Now()), &a.Action.ActionFacts
	m := &modal{title: stepLabel(p, k)}
	say := func(mk blocks.Markup) { m.blocks = append(m.blocks, blocks.Section(mk)) }
	say(blocks.Bold(findingHead(p, &a.Finding)) + "\n" + blocks.Escape(actionState(p, a, today)))
	var es []slack.BlockElement
	help := func(id string) {
		if b := fu.adviceButton(id); b != nil {
			es = append(es, b)
		}
	}
	switch {
	case k == visit.StepAnswer && training.MatchString(s.Proposal) && !process.MatchString(s.Proposal):
		say(p.M("Training is good. Ask them, too: what in the process keeps it from coming back when somebody new works there?"))
		help(trainingAdvice)
	case k == visit.StepAgree:
		say(blocks.Escape(nextLotWords(p, &a.Finding)))
	case k == visit.StepLot && s.State == visit.ActionAgreed:
		say(p.M("The fault is there again, so it is open again: nothing from before proves anything any more."))
	case k == visit.StepVerify && s.NotIndependent:
		say(p.M("Not independent: the person who verified it had logged it as done."))
	}
	if which := textAfter(k); which != "" && a.Finding.ForFactory {
		es = append(es, blocks.Button(actWeChat, weChatSubject(a, which), p.T("Text for WeChat")))
	}
	if s.Escalates(today) {
		help(escalationAdvice)
	}
	es = append(es, openFindingButton(p, a.Finding.Number))
	m.blocks = append(m.blocks, blocks.Actions(es...))
	return m
}
