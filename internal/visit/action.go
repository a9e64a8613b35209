package visit

import (
	"cmp"
	"math"
	"slices"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// An ActionState is how far a factory's corrective action of a finding has come.
type ActionState string

// The states of an action. In the first four it is live; the last three close it.
const (
	ActionOpen      ActionState = "open"     // the factory is to answer
	ActionProposed  ActionState = "proposed" // it has; we are to agree or to ask again
	ActionAgreed    ActionState = "agreed"   // it is to do what was agreed
	ActionDone      ActionState = "done"     // it says so; we are to verify
	ActionVerified  ActionState = "verified" // we say so
	ActionWithdrawn ActionState = "withdrawn"
	ActionAccepted  ActionState = "accepted" // as it is
)

// ActionStates are all of them, in their order.
func ActionStates() []ActionState {
	return []ActionState{ActionOpen, ActionProposed, ActionAgreed, ActionDone, ActionVerified, ActionWithdrawn, ActionAccepted}
}

// Live reports whether something is still to happen.
func (s ActionState) Live() bool {
	return s == ActionOpen || s == ActionProposed || s == ActionAgreed || s == ActionDone
}

// WithFactory reports whether the factory is to do the next thing, so that its clock runs.
func (s ActionState) WithFactory() bool { return s == ActionOpen || s == ActionAgreed }

// Words are its name. "Done" is the factory's word, "verified" is ours.
func (s ActionState) Words(p *lang.Printer) string {
	switch s {
	case ActionOpen:
		return p.T("Open")
	case ActionProposed:
		return p.T("Proposed")
	case ActionAgreed:
		return p.T("Agreed")
	case ActionDone:
		return p.T("Done, says the factory")
	case ActionVerified:
		return p.T("Verified")
	case ActionWithdrawn:
		return p.T("Withdrawn")
	case ActionAccepted:
		return p.T("Accepted as is")
	}
	return string(s)
}

// A ProofKind says what shows that an action works.
type ProofKind string

// The kinds of proof.
const (
	ProofPhoto       ProofKind = "photo"       // of the change
	ProofRecord      ProofKind = "record"      // since the change
	ProofInstruction ProofKind = "instruction" // the changed one
	ProofTraining    ProofKind = "training"    // the list of who was trained
	ProofTest        ProofKind = "test"        // test data
	ProofNextLot     ProofKind = "next_lot"    // a lot made after the change, checked by us
	ProofOnSite      ProofKind = "on_site"     // one of us has seen it there
)

// ProofKinds are all of them.
func ProofKinds() []ProofKind {
	return []ProofKind{ProofPhoto, ProofRecord, ProofInstruction, ProofTraining, ProofTest, ProofNextLot, ProofOnSite}
}

// Words are its name.
func (k ProofKind) Words(p *lang.Printer) string {
	switch k {
	case ProofPhoto:
		return p.T("Photo of the change")
	case ProofRecord:
		return p.T("Record since the change")
	case ProofInstruction:
		return p.T("Changed instruction")
	case ProofTraining:
		return p.T("Training list")
	case ProofTest:
		return p.T("Test data")
	case ProofNextLot:
		return p.T("Next lot")
	case ProofOnSite:
		return p.T("Seen on site")
	}
	return string(k)
}

// A Proof is one thing that shows, or was meant to show, that an action works.
type Proof struct {
	Kind   ProofKind
	Text   string     `json:",omitempty"`
	Photos []string   `json:",omitempty"` // ids in Slack of photos of the finding that show it after the change
	Day    civil.Date // on which it was made, seen or checked
	Lot    *LotCheck  `json:",omitempty"` // of a next lot
	By     string     // who logged it
	At     time.Time
	// Void: it was not enough, or the fault came back after it. It stays on record and proves
	// nothing any more.
	Void bool `json:",omitempty"`
}

// A LotCheck is what the check of a lot that was made after the change gave.
type LotCheck struct {
	Subject      Subject `json:",omitempty"` // the inspection it was checked in, where there was one
	Name         string  `json:",omitempty"` // else what names the lot, such as its order
	Bad, Checked int     // pieces, by the measure of the finding alone
}

// same reports whether two checks are of the same lot.
func (l *LotCheck) same(o *LotCheck) bool {
	if l.Subject != "" || o.Subject != "" {
		return l.Subject == o.Subject
	}
	return folded(l.Name) == folded(o.Name)
}

// A StepKind says what somebody did with an action. Where it is offered it is a button.
type StepKind string

// The kinds of step.
const (
	StepAnswer    StepKind = "answer"     // the factory has proposed something
	StepAskAgain  StepKind = "ask_again"  // that is not enough to agree to
	StepAgree     StepKind = "agree"      // it is
	StepDone      StepKind = "done"       // the factory says that it is done
	StepVerify    StepKind = "verify"     // it works
	StepNotEnough StepKind = "not_enough" // the proof does not show that
	StepReopen    StepKind = "reopen"     // the fault is back
	StepWithdraw  StepKind = "withdraw"   // it was no finding, or is another one
	StepAccept    StepKind = "accept"     // as it is
	StepContain   StepKind = "contain"    // what becomes of this lot
	StepLot       StepKind = "lot"        // a next lot was checked
	StepDue       StepKind = "due"        // another day was set, as by a letter
	StepContainBy StepKind = "contain_by" // and by when to say what becomes of this lot
	StepReview    StepKind = "review"     // somebody else verifies
	StepUndo      StepKind = "undo"       // the step before it is taken back
)

// A Step is one thing that was done with an action. Steps are only ever added.
type Step struct {
	N        int // from 1, of its finding
	At       time.Time
	By       string
	Kind     StepKind
	From, To ActionState
	Text     string
	Other    int         // the finding that it is the same as, or that shows the fault again; 0 for none
	Proofs   []Proof     // those that it brought
	Was      ActionFacts // how the action stood before it
}

// A Containment is what becomes of the goods that are there already.
type Containment struct {
	SaidBy string // who says so at the factory; empty where one of us does it
	What   string
	Mark   // who logged it
}

// A ActionFacts is all that can be said of an action but its past.
type ActionFacts struct {
	State    ActionState
	Cause    string `json:",omitempty"`
	Proposal string `json:",omitempty"` // what the factory will do
	SaidBy   string `json:",omitempty"` // who proposed it there
	Lacks    string `json:",omitempty"` // what was missing in an answer or in a proof, until the next one
	// Due is the day by which the factory is to answer, while it is open, and to have done it,
	// once it is agreed; zero where none was set.
	Due         civil.Date
	Asked       time.Time    `json:",omitzero"`  // when the factory was asked last for its answer, as far as somebody logged it
	Reviewer    string       `json:",omitempty"` // who verifies, and is reminded
	Wanted      []ProofKind  `json:",omitempty"` // agreed on, besides those that [Needs] asks for
	Proofs      []Proof      `json:",omitempty"`
	DoneDay     civil.Date   // on which the factory had done it; lateness and score go by it
	DoneBy      string       `json:",omitempty"` // who of us logged that
	Rejected    int          `json:",omitempty"` // how often a proof was not enough
	Contained   *Containment `json:",omitempty"`
	ContainTill time.Time    // by when to say what becomes of the lot, where it was set: see [ActionOf.ContainBy]
	ContainSet  time.Time    `json:",omitzero"` // when that was set
	VerifiedDay civil.Date
	VerifiedBy  string `json:",omitempty"`
	VerifiedAt  time.Time
	// NotIndependent: who verified it is who had logged that it was done.
	NotIndependent bool   `json:",omitempty"`
	Why            string `json:",omitempty"` // of what was withdrawn or accepted
	SameAs         int    `json:",omitempty"` // the finding that it is the same as, of one withdrawn
}

// An Action is what the factory does about a finding, followed to its proof. A finding that
// nobody has done anything with has one that is open.
type Action struct {
	Workspace string
	Finding   int // the finding's number
	Rev       int // counts every change; 0 before the first
	ActionFacts
	Steps []Step // in order; a list of actions leaves them out
}

// An ActionOf is an action with its finding, and with what those who list or remind of it
// need to know of its visit, inspection or factory.
type ActionOf struct {
	Finding Finding // its Channel is who may read it
	Action  Action  // without its steps
	Owner   string  // who planned the visit or inspection; who logged a finding of the factory alone
	Place   Place   // whose clocks count: the factory's, and those of the channel
	At      int     // the number of its factory; 0 where it is not known
	// Agreements are those with the factory, in the channel of the finding; only where reminders
	// are made or worded.
	Agreements []Agreement
}

// CompareActions orders actions as people read them: what is due first stands first, what has no
// day last, and of one day the worst first.
func CompareActions(a, b ActionOf) int {
	x, y := a.Action.Due, b.Action.Due
	if x.IsZero() != y.IsZero() {
		if x.IsZero() {
			return 1
		}
		return -1
	}
	return cmp.Or(x.Compare(y), CompareFindings(a.Finding, b.Finding))
}

// A Doer is who does a step, and when. Who they are and that they may read the finding the
// caller has checked.
type Doer struct {
	By    string
	Lead  string // who planned the visit or inspection
	Now   time.Time
	Today civil.Date // at the factory
}

// The most that steps may say, in characters unless said otherwise.
const (
	MaxProposal = 500
	MaxCause    = 500
	MaxProofs   = 40 // of one action
	MaxStepText = 500
)

// Clone is a copy that shares nothing which can be changed.
func (s ActionFacts) Clone() ActionFacts {
	s.Wanted, s.Proofs = slices.Clone(s.Wanted), slices.Clone(s.Proofs)
	for n := range s.Proofs {
		p := &s.Proofs[n]
		p.Photos = slices.Clone(p.Photos)
		if p.Lot != nil {
			lot := *p.Lot
			p.Lot = &lot
		}
	}
	if s.Contained != nil {
		c := *s.Contained
		s.Contained = &c
	}
	return s
}

// Begun reports whether somebody has done something because of a finding, so that it is not simply
// undone, moved or split any more: what was done stays on record.
func (a *Action) Begun(f *Finding) bool { return a.Rev > 0 && f.HasAction() && !f.Loose() }

// Forget takes out of an action, and out of its past, that it is the same as another finding.
func (a *Action) Forget(same int) {
	forget := func(n *int) {
		if *n == same {
			*n = 0
		}
	}
	forget(&a.SameAs)
	for n := range a.Steps {
		st := &a.Steps[n]
		forget(&st.Was.SameAs)
		if st.Kind == StepWithdraw {
			forget(&st.Other)
		}
	}
}

// Check reports what cannot be in an action that comes from a file: what no step leads to, or what
// no form would have taken.
func (a *Action) Check() error {
	var es InputErrors
	known := func(s ActionState) bool { return slices.Contains(ActionStates(), s) }
	if len(a.Steps) == 0 || a.Steps[len(a.Steps)-1].To != a.State {
		es.add("steps", "the steps do not lead to the state %q", string(a.State))
	}
	from := ActionOpen
	for n, s := range a.Steps {
		if s.N != n+1 || s.From != from || s.Was.State != from || !known(s.To) || s.By == "" || s.At.IsZero() {
			es.add("steps", "step %d does not follow from the one before it", n+1)
		}
		es.checkText("steps", "", s.Text, MaxProposal)
		from = s.To
	}
	for _, p := range a.Proofs {
		if !slices.Contains(ProofKinds(), p.Kind) || (p.Kind == ProofNextLot) != (p.Lot != nil) {
			es.add("proofs", "a proof of the kind %q cannot be", string(p.Kind))
		}
	}
	es.checkText("proposal", "", a.Proposal, MaxProposal)
	es.checkText("cause", "", a.Cause, MaxCause)
	if len(a.Proofs) > MaxProofs || a.Due.Year > MaxYear {
		es.add("proofs", "there are %d proofs by %s", len(a.Proofs), a.Due.String())
	}
	return es.orNil()
}

// HasAction reports whether something is asked of the factory because of the finding: never
// because of a red flag, and not any more once it is withdrawn.
func (f *Finding) HasAction() bool { return f.Kind != RedFlag && !f.Withdrawn.IsSet() }

// SameReminders reports whether nothing of the finding alone has its action reminded of otherwise
// than o's.
func (f *Finding) SameReminders(o *Finding) bool {
	critical := func(f *Finding) bool { return f.Severity == Critical }
	return f.Subject == o.Subject && f.HasAction() == o.HasAction() && critical(f) == critical(o) && f.ClaimBy == o.ClaimBy
}

// serious reports whether a finding asks for more than a minor one does.
func (f *Finding) serious() bool { return f.Severity == Critical || f.Severity == Major }

// NextLotSize is how many pieces of the next lot have to be good for it to be seen with 95 %
// that a fault found on bad of checked pieces has become rarer; 0 where nobody counted, or
// nothing was bad.
func NextLotSize(bad, checked int) int {
	switch {
	case bad < 1 || checked < bad:
		return 0
	case bad == checked:
		return 1
	}
	return int(math.Ceil(math.Log(0.05) / math.Log(1-float64(bad)/float64(checked))))
}

// lotsForCritical is how many next lots in a row show that a critical fault is gone.
const lotsForCritical = 3

// LotsNeeded is how many next lots have to be good for them to be the proof.
func (f *Finding) LotsNeeded() int {
	if f.Severity == Critical {
		return lotsForCritical
	}
	return 1
}

// A Need is one proof that is still needed.
type Need struct {
	OneOf []ProofKind // each of them will do
	Lots  int         // how many more next lots, where that is one of them
}

// Needs are the kinds of proof that a severity asks for: of critical findings seen on site or
// the next lots, and one more; of major ones the next lot and one more; else any one.
func Needs(s Severity) [][]ProofKind {
	switch s {
	case Critical:
		return [][]ProofKind{{ProofOnSite, ProofNextLot}, ProofKinds()}
	case Major:
		return [][]ProofKind{{ProofNextLot}, ProofKinds()}
	}
	return [][]ProofKind{ProofKinds()}
}

// DefaultDue are the days that are usual for an answer, and for having it done; zero for what
// has no severity.
func DefaultDue(s Severity, from civil.Date) (answer, done civil.Date) {
	switch s {
	case Critical:
		return from.AddDays(7), from.AddDays(30)
	case Major:
		return from.AddDays(14), from.AddDays(30)
	case Minor:
		return from.AddDays(14), from.AddDays(60)
	}
	return civil.Date{}, civil.Date{}
}
