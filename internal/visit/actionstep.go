package visit

import (
	"cmp"
	"slices"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
)

// Every step takes what a form asked for, checks all of it, and either does the whole step or
// changes nothing and returns [InputErrors]: by the field of what was entered, or by "state"
// where somebody else was quicker.

// from are the states out of which a step leads.
func (k StepKind) from() []ActionState {
	switch k {
	case StepAnswer:
		return []ActionState{ActionOpen}
	case StepAskAgain, StepAgree:
		return []ActionState{ActionProposed}
	case StepDone:
		return []ActionState{ActionAgreed}
	case StepVerify, StepNotEnough:
		return []ActionState{ActionDone}
	case StepReopen:
		return []ActionState{ActionVerified}
	case StepWithdraw, StepAccept, StepContain, StepContainBy, StepReview:
		return []ActionState{ActionOpen, ActionProposed, ActionAgreed, ActionDone}
	case StepDue:
		return []ActionState{ActionOpen, ActionAgreed}
	case StepLot:
		return []ActionState{ActionDone, ActionVerified}
	}
	return nil
}

// Next are the steps that somebody may take now, in the order of their buttons. What they need
// besides is asked for by their forms.
func (a *Action) Next(f *Finding, by, lead string) (ks []StepKind) {
	for _, k := range []StepKind{StepAnswer, StepAgree, StepAskAgain, StepDone, StepLot, StepVerify, StepNotEnough, StepReopen,
		StepContain, StepContainBy, StepDue, StepReview, StepWithdraw, StepAccept, StepUndo} {
		if a.MayDo(k, f, by, lead) {
			ks = append(ks, k)
		}
	}
	return ks
}

// MayDo reports whether somebody may take a step now: whoever reads the finding may, but only
// its reviewer verifies, nobody accepts what is critical, and only who logged the finding, who
// reviews it, or who planned its visit, in lead, closes it without proof.
func (a *Action) MayDo(k StepKind, f *Finding, by, lead string) bool {
	return a.refuses(k, f, by, lead) == nil
}

// refuses says why somebody may not take a step now. The reasons stand in the order in which a
// person can do something about them: each would be true of the ones before it, too.
func (a *Action) refuses(k StepKind, f *Finding, by, lead string) *InputError {
	switch {
	case by == "" || !f.HasAction():
		return Invalid("finding", "Nothing is asked of the factory because of finding %d.", f.Number)
	case k == StepUndo:
		return a.refusesUndo(f, by, lead)
	case !slices.Contains(k.from(), a.State):
		return Invalid("state", "Finding %d has changed since you saw it. Please look at it again.", f.Number)
	case k == StepVerify && a.Reviewer != "" && a.Reviewer != by:
		return Invalid("by", "Finding %d has another reviewer. Ask them to verify it, or take over the review first.", f.Number)
	case (k == StepWithdraw || k == StepAccept) && !f.MayChange(by, lead) && by != a.Reviewer:
		return Invalid("finding", "Finding %d is somebody else's. Please ask who logged it.", f.Number)
	case k == StepAccept && f.Severity == Critical:
		return Invalid("severity", "Finding %d is critical, so it cannot be accepted as it is.", f.Number)
	case k == StepContainBy && a.Contained != nil:
		return Invalid("state", "What becomes of this lot is known already.")
	case k == StepAgree && !f.Sorted():
		return Invalid("severity", "Please say first how bad finding %d is.", f.Number)
	}
	return nil
}

func (a *Action) refusesUndo(f *Finding, by, lead string) *InputError {
	last := a.last()
	switch {
	case last == nil || last.Kind == StepUndo:
		return Invalid("state", "There is nothing to undo in finding %d.", f.Number)
	case by != last.By && by != lead && by != a.Reviewer:
		return Invalid("finding", "Somebody else did this. Please ask them, or the reviewer of finding %d.", f.Number)
	}
	return nil
}

func (a *Action) last() *Step {
	if len(a.Steps) == 0 {
		return nil
	}
	return &a.Steps[len(a.Steps)-1]
}

// step does one: it asks whether it may be done, lets change say what is wrong with what was
// entered and change the standing, and records it.
func (a *Action) step(k StepKind, f *Finding, d Doer, text string, change func(s *ActionFacts, es *InputErrors), other ...int) error {
	if a.State == "" {
		a.State = ActionOpen
	}
	if e := a.refuses(k, f, d.By, d.Lead); e != nil {
		return InputErrors{e}
	}
	var es InputErrors
	s, had := a.ActionFacts.Clone(), len(a.Proofs)
	change(&s, &es)
	if len(s.Proofs) > MaxProofs {
		es.add("proofs", "Finding %d has %d proofs; it has at most %d.", f.Number, len(s.Proofs), MaxProofs)
	}
	if err := es.orNil(); err != nil {
		return err
	}
	a.record(k, d, text, s, had)
	for _, n := range other {
		a.last().Other = n
	}
	return nil
}

// record adds a step that leads to s; s has the first had proofs from before.
func (a *Action) record(k StepKind, d Doer, text string, s ActionFacts, had int) {
	st := Step{N: len(a.Steps) + 1, At: d.Now, By: d.By, Kind: k, From: a.State, To: s.State, Text: text, Was: a.ActionFacts}
	if had < len(s.Proofs) {
		st.Proofs = s.Clone().Proofs[had:]
	}
	a.Steps, a.ActionFacts = append(a.Steps, st), s
}

// An Answer is what the factory says that it will do.
type Answer struct {
	Proposal string // at most MaxProposal
	Cause    string // needed of critical and major findings
	SaidBy   string // who said so at the factory, at most MaxName
}

// LogAnswer: open → proposed. Fields: proposal, cause, said_by.
func (a *Action) LogAnswer(f *Finding, in Answer, d Doer) error {
	in.Proposal, in.Cause, in.SaidBy = chars.Prose(in.Proposal), chars.Prose(in.Cause), chars.Line(in.SaidBy)
	return a.step(StepAnswer, f, d, in.Proposal, func(s *ActionFacts, es *InputErrors) {
		es.checkText("proposal", "Please write what they will do.", in.Proposal, MaxProposal)
		if f.serious() {
			es.checkText("cause", "Please write what they say the cause is.", in.Cause, MaxCause)
		} else {
			es.checkText("cause", "", in.Cause, MaxCause)
		}
		es.checkText("said_by", "Please write who said so.", in.SaidBy, MaxName)
		s.State, s.Proposal, s.Cause, s.SaidBy, s.Lacks = ActionProposed, in.Proposal, in.Cause, in.SaidBy, ""
	})
}

// AskAgain: proposed → open, for what is missing in the answer. due is the new day by which they
// are to answer; the zero one leaves it. Fields: lacks, due.
func (a *Action) AskAgain(f *Finding, lacks string, due civil.Date, d Doer) error {
	lacks = chars.Prose(lacks)
	return a.step(StepAskAgain, f, d, lacks, func(s *ActionFacts, es *InputErrors) {
		es.checkText("lacks", "Please write what is missing.", lacks, MaxStepText)
		s.State, s.Lacks, s.Asked = ActionOpen, lacks, d.Now
		if !due.IsZero() {
			es.checkDue(due, d.Today)
			s.Due = due
		}
	})
}

// checkDue reports a day by which something cannot be done.
func (es *InputErrors) checkDue(due, today civil.Date) {
	switch {
	case due.IsZero():
		es.add("due", "Please pick a day.")
	case due.Before(today):
		es.add("due", "That day has passed. Please pick today or a later day.")
	case due.Year > MaxYear:
		es.add("due", "Please pick a day up to the year %d.", MaxYear)
	}
}

// An Agreed is what was agreed on.
type Agreed struct {
	Due      civil.Date // by which it is to be done
	Reviewer string     // who of us verifies it
	Proofs   []ProofKind
}

// Agree: proposed → agreed. Fields: due, reviewer, proofs.
func (a *Action) Agree(f *Finding, in Agreed, d Doer) error {
	return a.step(StepAgree, f, d, "", func(s *ActionFacts, es *InputErrors) {
		es.checkDue(in.Due, d.Today)
		if in.Reviewer == "" {
			es.add("reviewer", "Please pick who verifies it.")
		}
		if len(in.Proofs) == 0 {
			es.add("proofs", "Please pick what will show that it works.")
		}
		for _, k := range in.Proofs {
			if !slices.Contains(ProofKinds(), k) {
				es.add("proofs", "Please pick proofs from the list.")
			}
		}
		wanted := slices.Clone(in.Proofs)
		slices.Sort(wanted)
		s.State, s.Due, s.Reviewer, s.Wanted, s.Lacks = ActionAgreed, in.Due, in.Reviewer, slices.Compact(wanted), ""
	})
}

// A DoneClaim is the factory's word that it is done.
type DoneClaim struct {
	Day    civil.Date // on which it was done; lateness and score go by it
	Proofs []Proof    // at least one; a next lot is for [Action.CheckLot]
	Text   string
}

// LogDone: agreed → done. Fields: day, proofs, text.
func (a *Action) LogDone(f *Finding, in DoneClaim, d Doer) error {
	in.Text = chars.Prose(in.Text)
	return a.step(StepDone, f, d, in.Text, func(s *ActionFacts, es *InputErrors) {
		es.checkDay(in.Day, f, d)
		es.checkText("text", "", in.Text, MaxStepText)
		if len(in.Proofs) == 0 {
			es.add("proofs", "Please add at least one proof.")
		}
		s.addProofs(f, in.Proofs, d, es)
		s.State, s.DoneDay, s.DoneBy, s.Lacks = ActionDone, in.Day, d.By, ""
	})
}

// checkDay reports a day on which something cannot have happened.
func (es *InputErrors) checkDay(day civil.Date, f *Finding, d Doer) {
	switch {
	case day.IsZero():
		es.add("day", "Please pick a day.")
	case day.After(d.Today):
		es.add("day", "That day is still to come. Please pick today or an earlier day.")
	case !f.At.IsZero() && day.Before(civil.Of(f.At).AddDays(-1)): // whatever the zone
		es.add("day", "That day is before the finding. Please pick a later day.")
	}
}

// addProofs adds proofs that somebody logs.
func (s *ActionFacts) addProofs(f *Finding, ps []Proof, d Doer, es *InputErrors) {
	for _, p := range ps {
		p.Text, p.Photos = chars.Prose(p.Text), slices.Clone(p.Photos)
		p.By, p.At, p.Void, p.Lot = d.By, d.Now, false, nil
		if p.Day.IsZero() {
			p.Day = d.Today
		}
		es.checkText("proofs", "", p.Text, MaxStepText)
		switch {
		case !slices.Contains(ProofKinds(), p.Kind):
			es.add("proofs", "Please pick proofs from the list.")
		case p.Kind == ProofNextLot:
			es.add("proofs", "Please log the check of the next lot by itself, with its pieces.")
		case p.Kind == ProofPhoto && len(p.Photos) == 0:
			es.add("proofs", "Please add the photo of the change.")
		case p.Kind != ProofOnSite && len(p.Photos) == 0 && chars.Blank(p.Text):
			es.add("proofs", "Please write what the proof shows, or add a photo of it.")
		case p.Day.After(d.Today):
			es.add("day", "That day is still to come. Please pick today or an earlier day.")
		}
		es.checkPhotos(f, p.Photos)
		s.Proofs = append(s.Proofs, p)
	}
}

// A Verification says that an action works.
type Verification struct {
	Day    civil.Date // on which that was seen
	Text   string
	Proofs []Proof // those that the verifier adds, such as seen on site
}

// Verify: done → verified, with all proofs that are needed, by its reviewer. Where that is who
// logged that it was done, the action says so. Fields: day, proofs, text, by.
func (a *Action) Verify(f *Finding, in Verification, d Doer) error {
	in.Text = chars.Prose(in.Text)
	return a.step(StepVerify, f, d, in.Text, func(s *ActionFacts, es *InputErrors) {
		es.checkDay(in.Day, f, d)
		es.checkText("text", "", in.Text, MaxStepText)
		if in.Day.Before(s.DoneDay) {
			es.add("day", "That day is before the one on which they had done it. Please pick a later day.")
		}
		if !f.Sorted() {
			es.add("severity", "Please say first how bad finding %d is.", f.Number)
		}
		s.addProofs(f, in.Proofs, d, es)
		if len(s.Missing(f)) > 0 {
			es.add("proofs", "This does not show yet that it works: proofs are missing.")
		}
		s.State, s.VerifiedDay, s.VerifiedBy, s.VerifiedAt, s.NotIndependent = ActionVerified, in.Day, d.By, d.Now, d.By == s.DoneBy
	})
}

// Missing are the proofs without which it cannot be verified: those that its severity asks for,
// and those that were agreed on. Proofs that are void are none.
func (s *ActionFacts) Missing(f *Finding) (ns []Need) {
	have, lots := s.proven(f)
	need := func(ks []ProofKind) {
		n := Need{OneOf: ks}
		if slices.Contains(ks, ProofNextLot) {
			n.Lots = f.LotsNeeded() - lots
		}
		if !slices.ContainsFunc(ns, func(o Need) bool { return slices.Equal(o.OneOf, ks) }) {
			ns = append(ns, n)
		}
	}
	// Those that were agreed on come anyway, and count for what the severity asks for.
	will := slices.Clone(have)
	for _, k := range s.Wanted {
		if !slices.Contains(will, k) {
			need([]ProofKind{k})
			will = append(will, k)
		}
	}
	groups, others := Needs(f.Severity), len(will)
	for _, g := range groups[:len(groups)-1] {
		if slices.ContainsFunc(g, func(k ProofKind) bool { return slices.Contains(will, k) }) {
			others--
		} else {
			need(g)
		}
	}
	if others < 1 {
		need(slices.DeleteFunc(slices.Clone(groups[len(groups)-1]), func(k ProofKind) bool { return slices.Contains(will, k) }))
	}
	return ns
}

// proven are the kinds of which there is a proof that counts, and how many next lots are good.
func (s *ActionFacts) proven(f *Finding) (have []ProofKind, lots int) {
	for _, p := range s.Proofs {
		switch {
		case p.Void:
		case p.Kind == ProofNextLot:
			lots++
		case !slices.Contains(have, p.Kind):
			have = append(have, p.Kind)
		}
	}
	if lots >= f.LotsNeeded() {
		have = append(have, ProofNextLot)
	}
	return have, lots
}

// WaitsForLot reports whether the factory has done it, and only a lot that is still to be made
// can show that it works: nobody is late meanwhile.
func (s *ActionFacts) WaitsForLot(f *Finding) bool {
	return s.State == ActionDone && slices.ContainsFunc(s.Missing(f), func(n Need) bool { return slices.Equal(n.OneOf, []ProofKind{ProofNextLot}) })
}

// GoodIn is how many pieces of lots made after the change were checked without finding the
// fault again: "not as before in N pieces" is all that they show.
func (s *ActionFacts) GoodIn() (pieces int) {
	for _, p := range s.Proofs {
		if p.Lot != nil && !p.Void {
			pieces += p.Lot.Checked
		}
	}
	return pieces
}

// NotEnough: done → agreed, by a new day. keep are the places in Proofs of those that were
// enough; the others prove nothing any more. Fields: lacks, due.
func (a *Action) NotEnough(f *Finding, lacks string, due civil.Date, keep []int, d Doer) error {
	lacks = chars.Prose(lacks)
	return a.step(StepNotEnough, f, d, lacks, func(s *ActionFacts, es *InputErrors) {
		es.checkText("lacks", "Please write what is missing.", lacks, MaxStepText)
		es.checkDue(due, d.Today)
		s.reject(lacks, due, keep)
	})
}

// reject has the factory do it once more.
func (s *ActionFacts) reject(lacks string, due civil.Date, keep []int) {
	for n := range s.Proofs {
		s.Proofs[n].Void = s.Proofs[n].Void || !slices.Contains(keep, n)
	}
	s.State, s.Lacks, s.Due = ActionAgreed, lacks, due
	s.Rejected++
	s.DoneDay, s.DoneBy = civil.Date{}, ""
}

// Reopen: verified → agreed, because the fault is back. Its number stays, and no proof from
// before counts any more. Fields: why, due.
func (a *Action) Reopen(f *Finding, why string, due civil.Date, d Doer) error {
	why = chars.Prose(why)
	return a.step(StepReopen, f, d, why, func(s *ActionFacts, es *InputErrors) {
		es.checkText("why", "Please write why it is open again.", why, MaxStepText)
		es.checkDue(due, d.Today)
		s.reopen(why, due)
	})
}

// Repeats reports whether the finding may show the fault of another one again.
func (f *Finding) Repeats() bool {
	return f.Defect != "" && f.HasAction() && f.Channel != "" && f.Factory != "" && !f.OfNone()
}

// ShowsAgain reports whether the finding shows the fault of another one again, of the same factory,
// after that was verified.
func (f *Finding) ShowsAgain(a *ActionOf) bool {
	return f.Repeats() && a.Action.State == ActionVerified && a.Finding.Number != f.Number && a.Finding.Defect == f.Defect &&
		a.Finding.Factory == f.Factory && a.Finding.Channel == f.Channel && f.At.After(a.Action.VerifiedAt)
}

// ReopenFor is [Action.Reopen] because another finding shows the fault again, by the day that is
// usual.
func (a *Action) ReopenFor(f, again *Finding, d Doer) error {
	return a.step(StepReopen, f, d, "", func(s *ActionFacts, _ *InputErrors) {
		_, due := DefaultDue(cmp.Or(f.Severity, Minor), d.Today)
		s.reopen("", due)
	}, again.Number)
}

func (s *ActionFacts) reopen(why string, due civil.Date) {
	rejected := s.Rejected
	s.reject(why, due, nil)
	s.Rejected = rejected
	s.VerifiedDay, s.VerifiedBy, s.VerifiedAt, s.NotIndependent = civil.Date{}, "", time.Time{}, false
}

// Withdraw: live → withdrawn, for a reason or because it is the same as another finding, whose
// number is in same. Fields: why, same.
func (a *Action) Withdraw(f *Finding, why string, same int, d Doer) error {
	why = chars.Prose(why)
	return a.step(StepWithdraw, f, d, why, func(s *ActionFacts, es *InputErrors) {
		es.checkText("why", "", why, MaxStepText)
		switch {
		case same == f.Number || same < 0:
			es.add("same", "Please give the number of another finding.")
		case same == 0 && chars.Blank(why):
			es.add("why", "Please write why, or give the number of the finding that it is the same as.")
		}
		s.State, s.Why, s.SameAs = ActionWithdrawn, why, same
	}, same)
}

// Accept: live → accepted as it is, for a reason; never of what is critical. Fields: why.
func (a *Action) Accept(f *Finding, why string, d Doer) error {
	why = chars.Prose(why)
	return a.step(StepAccept, f, d, why, func(s *ActionFacts, es *InputErrors) {
		es.checkText("why", "Please write why it is accepted.", why, MaxStepText)
		s.State, s.Why = ActionAccepted, why
	})
}

// Contain logs what becomes of the goods that are there already; the last one counts. Fields: what,
// said_by.
func (a *Action) Contain(f *Finding, in Containment, d Doer) error {
	in.What, in.SaidBy, in.Mark = chars.Prose(in.What), chars.Line(in.SaidBy), Mark{d.By, d.Now}
	return a.step(StepContain, f, d, in.What, func(s *ActionFacts, es *InputErrors) {
		es.checkText("what", "Please write what becomes of this lot.", in.What, MaxStepText)
		es.checkText("said_by", "", in.SaidBy, MaxName)
		s.Contained = &in
	})
}

// containWithin is how long the factory of a critical finding has to say what becomes of the
// lot; it is asked at half of that.
const containWithin = 48 * time.Hour

// ContainBy is by when the factory is to say what becomes of the lot; zero where nobody waits
// for that.
func (a *ActionOf) ContainBy() time.Time {
	s := &a.Action.ActionFacts
	switch {
	case s.Contained != nil || !s.State.Live() || !a.Finding.HasAction():
		return time.Time{}
	case !s.ContainTill.IsZero():
		return s.ContainTill
	case a.Finding.Severity == Critical:
		return a.Finding.At.Add(containWithin)
	}
	return time.Time{}
}

// LotUnknownOn reports whether it was to be known before a day at the factory what becomes of the lot,
// and is not.
func (a *ActionOf) LotUnknownOn(day civil.Date) bool {
	by := a.ContainBy()
	return !by.IsZero() && a.Place.Today(by).Before(day)
}

// LateOn reports whether the factory is late on a day: with its answer or with what it was to do, or
// with what becomes of the lot, which has no due day of its own.
func (a *ActionOf) LateOn(day civil.Date) bool {
	return a.Action.OverdueOn(day) || a.LotUnknownOn(day)
}

// SetDue has the factory answer, or have it done, by another day: that of a letter that was
// sent, for one. text says why. Fields: due, text.
func (a *Action) SetDue(f *Finding, due civil.Date, text string, d Doer) error {
	text = chars.Prose(text)
	return a.step(StepDue, f, d, text, func(s *ActionFacts, es *InputErrors) {
		es.checkDue(due, d.Today)
		es.checkText("text", "", text, MaxStepText)
		if s.Due = due; s.State == ActionOpen {
			s.Asked = d.Now
		}
	})
}

// SetContainBy has the factory say by an instant what becomes of the lot. Fields: contain_by.
func (a *Action) SetContainBy(f *Finding, till time.Time, d Doer) error {
	return a.step(StepContainBy, f, d, "", func(s *ActionFacts, es *InputErrors) {
		if !till.After(d.Now) {
			es.add("contain_by", "That time has passed. Please pick a later one.")
		}
		s.ContainTill, s.ContainSet = till, d.Now
	})
}

// SetReviewer has somebody else verify it. Fields: reviewer.
func (a *Action) SetReviewer(f *Finding, reviewer string, d Doer) error {
	return a.step(StepReview, f, d, "", func(s *ActionFacts, es *InputErrors) {
		if reviewer == "" {
			es.add("reviewer", "Please pick who verifies it.")
		}
		s.Reviewer = reviewer
	})
}

// A NextLot is the check of a lot that was made after the change.
type NextLot struct {
	LotCheck
	Day    civil.Date // on which it was checked
	Held   civil.Date // the day of the inspection that it names; zero where it names none
	Sample int        // pieces that the AQL asks for, of this lot; 0 where no sample was drawn
	Size   int        // pieces of the lot; 0 where nobody knows
	Photos []string
	Text   string
	Due    civil.Date // by which they are to have mended it, where the fault was found again; zero for what is usual
}

// Enough is how many pieces of the lot have to be checked: what the next-lot size and the AQL
// ask for, but not more than it has.
func (in *NextLot) Enough(f *Finding) int {
	n := max(NextLotSize(f.Bad, f.Checked), in.Sample, 1)
	if in.Size > 0 {
		n = min(n, in.Size)
	}
	return n
}

// CheckLot logs the check of a next lot. Without the fault it is a proof; with it, what was done
// is agreed once more, and what was verified is open again. Fields: lot, checked, bad, day, due,
// text.
func (a *Action) CheckLot(f *Finding, in NextLot, d Doer) error {
	in.Name, in.Text = chars.Line(in.Name), chars.Prose(in.Text)
	return a.step(StepLot, f, d, in.Text, func(s *ActionFacts, es *InputErrors) {
		es.checkDay(in.Day, f, d)
		es.checkText("text", "", in.Text, MaxStepText)
		es.checkText("lot", "", in.Name, MaxName)
		in.check(f, s, es)
		lot := in.LotCheck
		p := Proof{Kind: ProofNextLot, Text: in.Text, Photos: slices.Clone(in.Photos), Day: in.Day, Lot: &lot, By: d.By, At: d.Now, Void: in.Bad > 0}
		s.Proofs = append(s.Proofs, p)
		if in.Bad == 0 {
			return
		}
		if in.Due.IsZero() {
			_, in.Due = DefaultDue(f.Severity, d.Today)
		}
		es.checkDue(in.Due, d.Today)
		if s.State == ActionVerified {
			s.reopen(in.Text, in.Due)
		} else {
			s.reject(in.Text, in.Due, nil)
		}
	})
}

// check reports what is wrong with the check of a lot.
func (in *NextLot) check(f *Finding, s *ActionFacts, es *InputErrors) {
	switch {
	case in.Subject == "" && in.Name == "":
		es.add("lot", "Please say which lot that was.")
	case slices.ContainsFunc(s.Proofs, func(p Proof) bool { return p.Lot != nil && !p.Void && p.Lot.same(&in.LotCheck) }):
		es.add("lot", "This lot has been logged already.")
	case in.Subject != "" && in.Subject == f.Subject: // bad or good, it is no lot of after the change
		es.add("lot", "The finding itself is of that inspection. Please give a lot that was made after the change.")
	case !in.Held.IsZero() && in.Held.Before(s.DoneDay):
		es.add("lot", "That inspection was before the day on which they had done it. Please give a lot that was made after the change.")
	}
	es.checkPhotos(f, in.Photos)
	switch enough := in.Enough(f); {
	case in.Checked < 1 || in.Bad < 0 || in.Bad > in.Checked || in.Checked > MaxChecked:
		es.add("checked", "Please write bad and checked pieces as 0/50.")
	case in.Size > 0 && in.Checked > in.Size:
		es.add("checked", "%d pieces of a lot of %d cannot be. Please write bad and checked pieces of this lot.", in.Checked, in.Size)
	case in.Bad > 0: // however few there were
	case in.Checked < enough:
		es.add("checked", "That is too few to show it: please check at least %d pieces of this lot.", enough)
	case in.Day.Before(s.DoneDay):
		es.add("day", "That day is before the one on which they had done it, so the lot shows nothing. Please pick a later day.")
	}
}

// checkPhotos reports photos of a proof that are not at the finding.
func (es *InputErrors) checkPhotos(f *Finding, files []string) {
	for _, id := range files {
		if !slices.ContainsFunc(f.Photos, func(o PhotoRef) bool { return o.FileID == id }) {
			es.add("proofs", "A photo of this proof is not with finding %d. Please add it again.", f.Number)
		}
	}
}

// Undo takes the last step back: the action stands as before it. Both stay on record.
func (a *Action) Undo(f *Finding, d Doer) error {
	if e := a.refuses(StepUndo, f, d.By, d.Lead); e != nil {
		return InputErrors{e}
	}
	was := a.last().Was.Clone()
	a.record(StepUndo, d, "", was, len(was.Proofs))
	return nil
}

// OverdueOn reports whether the factory is late on a day.
func (s *ActionFacts) OverdueOn(day civil.Date) bool {
	return s.State.WithFactory() && !s.Due.IsZero() && s.Due.Before(day)
}

// DaysLate is by how many days the factory is late on a day, or was when it had done it; 0
// where it was in time, or no day was set.
func (s *ActionFacts) DaysLate(day civil.Date) int {
	switch {
	case s.Due.IsZero() || s.State == ActionWithdrawn || s.State == ActionAccepted || s.State == ActionProposed:
		return 0
	case !s.DoneDay.IsZero():
		day = s.DoneDay
	}
	return max(0, day.Sub(s.Due))
}

// Escalates reports whether more than a reminder helps on a day: it is late by more than two
// weeks, or was not enough twice.
func (s *ActionFacts) Escalates(day civil.Date) bool {
	return s.State.Live() && (s.Rejected >= 2 || s.OverdueOn(day) && s.DaysLate(day) > 14)
}

// PhotosOf are the photos of a finding that show the fault, and those that show it after the
// change.
func (s *ActionFacts) PhotosOf(f *Finding) (before, after []PhotoRef) {
	for _, p := range f.Photos {
		if p.AfterChange || slices.ContainsFunc(s.Proofs, func(o Proof) bool { return slices.Contains(o.Photos, p.FileID) }) {
			after = append(after, p)
		} else {
			before = append(before, p)
		}
	}
	return before, after
}

// A ClosedDay says that a factory is expected to be closed on a day.
type ClosedDay struct{ Day, Next civil.Date } // Next is its next working day

// ClosedOn reports whether a factory in a zone is expected to be closed on a day: at a weekend
// that is not worked, and in China on its public holidays. Whoever entered the day is asked
// whether they mean Next; nothing is ever moved without that.
func (t *Timing) ClosedOn(day civil.Date, zone string) (c ClosedDay, closed bool) {
	factory := t.atFactory(zone)
	if factory.Working(day, zone) {
		return ClosedDay{}, false
	}
	return ClosedDay{day, factory.Later(day, zone)}, true
}

// atFactory are the rules by which a factory in a zone works: whatever our reminders keep off.
func (t *Timing) atFactory(zone string) *Timing {
	factory := *t
	factory.Weekends, factory.Holidays = true, slices.Contains(chinaTime, zone)
	return &factory
}
