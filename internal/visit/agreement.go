package visit

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// OfAgreement is the kind of an agreement in its Subject.
const OfAgreement SubjectKind = "agreement"

// An AgreementKind says what sort of paper an agreement is.
type AgreementKind string

// The kinds of agreement.
const (
	NNN           AgreementKind = "nnn" // non-disclosure, non-use, non-circumvention
	Framework     AgreementKind = "framework"
	QualityTerms  AgreementKind = "quality"
	PriceList     AgreementKind = "price_list"
	PurchaseOrder AgreementKind = "order"
	Tooling       AgreementKind = "tooling"
	Minutes       AgreementKind = "minutes" // of a visit or a call, signed by both
	Certificate   AgreementKind = "certificate"
	Insurance     AgreementKind = "insurance"
	OtherPaper    AgreementKind = "other"
)

// AgreementKinds are all of them, as a menu offers them.
func AgreementKinds() []AgreementKind {
	return []AgreementKind{NNN, Framework, QualityTerms, PriceList, PurchaseOrder, Tooling, Minutes, Certificate, Insurance, OtherPaper}
}

// Words name the kind.
func (k AgreementKind) Words(p *lang.Printer) string {
	switch k {
	case NNN:
		return p.T("NNN agreement")
	case Framework:
		return p.T("Framework contract")
	case QualityTerms:
		return p.T("Quality agreement")
	case PriceList:
		return p.T("Price list")
	case PurchaseOrder:
		return p.T("Order")
	case Tooling:
		return p.T("Tooling agreement")
	case Minutes:
		return p.T("Minutes")
	case Certificate:
		return p.T("Certificate")
	case Insurance:
		return p.T("Insurance")
	}
	return p.T("Other agreement")
}

// An AgreementState is how far an agreement has come.
type AgreementState string

// The states of an agreement. A day decides whether one that is signed ends soon, see
// [Agreement.Ending].
const (
	AgreementDraft      AgreementState = "draft"   // nobody has said that it is signed
	AgreementSigned     AgreementState = "signed"  // it holds
	AgreementRenewed    AgreementState = "renewed" // it holds, and its last day was put off
	AgreementEnded      AgreementState = "ended"
	AgreementReplaced   AgreementState = "replaced"
	AgreementTerminated AgreementState = "terminated" // before its last day
)

// Words name the state.
func (s AgreementState) Words(p *lang.Printer) string {
	switch s {
	case AgreementSigned:
		return p.T("Signed")
	case AgreementRenewed:
		return p.T("Renewed")
	case AgreementEnded:
		return p.T("Ended")
	case AgreementReplaced:
		return p.T("Replaced")
	case AgreementTerminated:
		return p.T("Terminated")
	}
	return p.T("Draft")
}

// A Seal is what was stamped on the paper.
type Seal string

// The seals. A contract seal binds as a company seal does; a finance or a department's does not.
const (
	SealUnknown  Seal = "" // nobody has looked
	SealCompany  Seal = "company"
	SealContract Seal = "contract"
	SealNone     Seal = "none"
)

// Seals are all of them, as a menu offers them.
func Seals() []Seal { return []Seal{SealCompany, SealContract, SealNone, SealUnknown} }

// Words name the seal.
func (s Seal) Words(p *lang.Printer) string {
	switch s {
	case SealCompany:
		return p.T("Company seal")
	case SealContract:
		return p.T("Contract seal")
	case SealNone:
		return p.T("No seal")
	}
	return p.T("Seal not seen")
}

// The most that an agreement may say, in characters unless said otherwise.
const (
	MaxAgreementText = 200 // a line of its terms, who signed it
	MaxLink          = 500
	MaxNotice        = 3650 // days
	MaxRenews        = 120  // months
	MaxTermNumber    = 3650 // days, months or years of a term
	MaxRenewals      = 100
)

// An Agreement is what was agreed with a factory, with the day by which to act on it. It
// belongs to a channel, as a visit does. Its paper is somewhere else, at Link.
type Agreement struct {
	Workspace string
	Number    int // short, its own in each workspace
	Rev       int // counts every change
	Schedule  int // counts the changes that its reminders follow from
	Factory   Factory
	Place
	Owner     string // who is reminded
	OwnerZone string // by whose clock and working days
	By        string // who recorded it
	Created   time.Time

	Kind   AgreementKind
	Title  string
	State  AgreementState
	Visit  int // on which it was signed; 0 where on none
	Signed civil.Date
	Signing
	Starts    civil.Date
	Ends      civil.Date // its last day; none where it is open-ended
	Renews    int        // months by which it renews itself; 0 where it does not
	Notice    int        // days before its end by which notice must have arrived
	NoticeHow string     // how notice must be given
	Link      string     // to the document: https
	Terms     AgreementTerms
	Talk      Talk

	NoticeGiven Mark       // somebody has said that it ends with its last day
	Early       bool       // its last day was moved up from LastDay
	LastDay     civil.Date // what its last day was before; none where it was open-ended
	Why         string     // why it was ended
	Closed      Mark       // who ended or replaced it
	ReplacedBy  int        // number of the agreement in its place
	Renewals    []Renewal
}

// Signing is who signed an agreement, and what is known of their right to.
type Signing struct {
	Company   string `json:"company,omitempty"` // their registered name in Chinese
	Code      string `json:"code,omitempty"`    // their unified social credit code, see [CheckCreditCode]
	ForUs     string `json:"for_us,omitempty"`
	ForThem   string `json:"for_them,omitempty"` // name and title
	Seal      Seal   `json:"seal,omitempty"`
	Authority string `json:"authority,omitempty"` // who was authorised, and what of that was seen
	Languages string `json:"languages,omitempty"` // and which one rules
}

// AgreementTerms are the terms of an agreement as somebody typed them; the document rules. A
// number that is 0 is not agreed.
type AgreementTerms struct {
	LeadDays       int    `json:"lead_days,omitempty"`
	LeadFrom       string `json:"lead_from,omitempty"` // the event that they count from, such as the deposit
	MOQ            string `json:"moq,omitempty"`
	Payment        string `json:"payment,omitempty"`
	Incoterm       string `json:"incoterm,omitempty"` // with its place
	WarrantyMonths int    `json:"warranty_months,omitempty"`
	ClaimDays      int    `json:"claim_days,omitempty"` // within which a claim must be made
	SpareYears     int    `json:"spare_years,omitempty"`
	Level          string `json:"level,omitempty"` // of inspection, as in a [Series]
	AQLMajor       string `json:"aql_major,omitempty"`
	AQLMinor       string `json:"aql_minor,omitempty"`
	Reinspection   string `json:"reinspection,omitempty"` // who pays it
	Penalty        string `json:"penalty,omitempty"`
	Law            string `json:"law,omitempty"` // and forum
}

// Talk is how both sides have agreed to talk to each other.
type Talk struct {
	Channels    string `json:"channels,omitempty"`     // such as a WeChat group
	AnswerHours int    `json:"answer_hours,omitempty"` // within which an answer is due; 0 where none is agreed
	TheirLadder string `json:"their_ladder,omitempty"` // whom of theirs to turn to when no answer comes
	OurLadder   string `json:"our_ladder,omitempty"`   // whom of ours they turn to
}

// A Renewal is one time that an agreement went on.
type Renewal struct {
	From  civil.Date `json:"from"` // the last day that it had
	Until civil.Date `json:"until"`
	Said  Mark       `json:"said,omitzero"` // nobody where it renewed itself
}

// Subject names the agreement.
func (a *Agreement) Subject() Subject { return SubjectOf(OfAgreement, a.Number) }

// Heading names the agreement in a line, such as "Agreement 3, NNN agreement: Lamp housings".
func (a *Agreement) Heading(p *lang.Printer) string {
	if kind := a.Kind.Words(p); !strings.HasPrefix(strings.ToLower(a.Title), strings.ToLower(kind)) {
		return p.T("Agreement %d, %s: %s", a.Number, kind, a.Title)
	}
	return p.T("Agreement %d: %s", a.Number, a.Title)
}

// Normalize tidies what was typed, and makes a draft that has a day of signing signed.
func (a *Agreement) Normalize() {
	for _, s := range []*string{&a.Title, &a.Company, &a.ForUs, &a.ForThem, &a.Authority, &a.Languages, &a.NoticeHow,
		&a.Terms.LeadFrom, &a.Terms.MOQ, &a.Terms.Payment, &a.Terms.Incoterm, &a.Terms.Level, &a.Terms.AQLMajor, &a.Terms.AQLMinor,
		&a.Terms.Reinspection, &a.Terms.Penalty, &a.Terms.Law, &a.Talk.Channels, &a.Talk.TheirLadder, &a.Talk.OurLadder} {
		*s = chars.Line(*s)
	}
	a.Why = chars.Prose(a.Why)
	a.Code = strings.ToUpper(strings.ReplaceAll(chars.Line(chars.ASCII(a.Code)), " ", ""))
	a.Link = chars.Line(a.Link)
	a.fillZones(&a.Factory)
	if a.OwnerZone == "" {
		a.OwnerZone = a.ChannelZone
	}
	switch {
	case a.Closed.IsSet() || a.State == AgreementEnded:
	case a.Signed.IsZero():
		a.State = AgreementDraft
	case len(a.Renewals) > 0:
		a.State = AgreementRenewed
	default:
		a.State = AgreementSigned
	}
}

// Check reports every mistake in a but those of its level and its AQLs, which package sampling
// reads. A wrong credit code is none, see [CheckCreditCode].
func (a *Agreement) Check() error {
	var es InputErrors
	if !slices.Contains(AgreementKinds(), a.Kind) {
		es.add("kind", "Please pick what kind of agreement it is.")
	}
	if a.Factory.Number == 0 {
		es.add("factory", "Please pick the factory.")
	}
	if a.Channel == "" {
		es.add("channel", "Please pick the channel whose members may see it.")
	}
	if a.Owner == "" {
		es.add("owner", "Please pick who is reminded.")
	}
	es.checkText("title", "Please give it a title, for example what it is about.", a.Title, MaxName)
	a.checkTexts(&es)
	a.checkDays(&es)
	es.checkLink(a.Link)
	if !slices.Contains(Seals(), a.Seal) {
		es.add("seal", "Please pick one of the seals.")
	}
	es.checkZone("zone", a.Zone)
	return es.orNil()
}

func (a *Agreement) checkTexts(es *InputErrors) {
	t := &a.Terms
	for _, f := range []struct {
		field, text string
		most        int
	}{
		{"company", a.Company, MaxName}, {"code", a.Code, MaxPlace}, {"for_us", a.ForUs, MaxAgreementText}, {"for_them", a.ForThem, MaxAgreementText},
		{"authority", a.Authority, MaxAgreementText}, {"languages", a.Languages, MaxPlace},
		{"notice_how", a.NoticeHow, MaxAgreementText}, {"lead_from", t.LeadFrom, MaxPlace}, {"moq", t.MOQ, MaxPlace}, {"payment", t.Payment, MaxAgreementText},
		{"incoterm", t.Incoterm, MaxPlace}, {"sampling", t.Level, MaxAQL}, {"sampling", t.AQLMajor, MaxAQL}, {"sampling", t.AQLMinor, MaxAQL},
		{"reinspection", t.Reinspection, MaxAgreementText}, {"penalty", t.Penalty, MaxAgreementText}, {"law", t.Law, MaxAgreementText},
		{"channels", a.Talk.Channels, MaxAgreementText}, {"their_ladder", a.Talk.TheirLadder, MaxAgreementText}, {"our_ladder", a.Talk.OurLadder, MaxAgreementText},
		{"why", a.Why, MaxReason},
	} {
		es.checkText(f.field, "", f.text, f.most)
	}
	for _, f := range []struct {
		field   string
		n, most int
	}{
		{"lead_days", t.LeadDays, MaxTermNumber}, {"warranty", t.WarrantyMonths, MaxTermNumber}, {"claim", t.ClaimDays, MaxTermNumber},
		{"spare", t.SpareYears, MaxTermNumber}, {"answer", a.Talk.AnswerHours, MaxTermNumber}, {"notice", a.Notice, MaxNotice}, {"renews", a.Renews, MaxRenews},
	} {
		if f.n < 0 || f.n > f.most {
			es.add(f.field, "Please give a whole number, at most %d, or leave it empty.", f.most)
		}
	}
}

func (a *Agreement) checkDays(es *InputErrors) {
	for _, d := range []struct {
		field string
		day   civil.Date
	}{{"signed", a.Signed}, {"starts", a.Starts}, {"ends", a.Ends}} {
		switch {
		case d.day.IsZero():
		case d.day.Year < MinYear:
			es.add(d.field, "%s is too long ago. Please pick a day after 1989.", dayOf(d.day))
		case d.day.Year > MaxYear:
			es.add(d.field, "%s is too far off. Please pick a day before 2200.", dayOf(d.day))
		}
	}
	begins := a.begins()
	switch {
	case a.Ends.IsZero():
		if a.Renews > 0 {
			es.add("renews", "Only an agreement with a last day renews itself. Please give its last day, or leave this empty.")
		}
	case begins.IsZero():
	case a.dropped(): // maybe before its first day
	case a.Ends.Before(begins):
		es.add("ends", "It ends before it begins. Please pick %s or later.", dayOf(begins))
	case !a.Early && a.Notice > a.Ends.Sub(begins)+1:
		es.add("notice", "%d days of notice are more than the %d days that it lasts.", a.Notice, a.Ends.Sub(begins)+1)
	}
}

// dropped reports whether nobody signed it, and nobody will.
func (a *Agreement) dropped() bool { return a.Early && a.Closed.IsSet() && a.Signed.IsZero() }

// begins is the first day of its term, as far as it is known.
func (a *Agreement) begins() civil.Date {
	if !a.Starts.IsZero() {
		return a.Starts
	}
	return a.Signed
}

// checkLink reports a link that is none to a document.
func (es *InputErrors) checkLink(link string) {
	es.checkText("link", "", link, MaxLink)
	host, _, _ := strings.Cut(strings.TrimPrefix(link, "https://"), "/")
	if link != "" && (!strings.HasPrefix(link, "https://") || !strings.Contains(host, ".") || strings.ContainsAny(link, " <>|\"@")) {
		es.add("link", "Please give a link that begins with https://, such as that of a message in Slack. I keep no files.")
	}
}

// CheckNow reports days that an agreement entered on a day cannot have.
func (a *Agreement) CheckNow(today civil.Date) error {
	if a.Signed.After(today) {
		return Invalid("signed", "%s has not come yet. Leave this empty until it is signed.", dayOf(a.Signed))
	}
	return nil
}

// Clone is a copy that shares nothing which can be changed.
func (a *Agreement) Clone() Agreement {
	c := *a
	c.Renewals = slices.Clone(a.Renewals)
	return c
}

// Holds reports whether it is signed, and has neither ended nor been replaced by today; one
// that renews itself goes on.
func (a *Agreement) Holds(today civil.Date) bool {
	return a.live() && (a.Ends.IsZero() || !a.Ends.Before(today) || a.renewsItself())
}

func (a *Agreement) live() bool { return a.State == AgreementSigned || a.State == AgreementRenewed }

// Over reports whether it is a thing of the past: ended, replaced or terminated.
func (a *Agreement) Over(today civil.Date) bool {
	return a.State != AgreementDraft && !a.Holds(today)
}

// renewsItself reports whether it goes on after its last day if nobody does anything.
func (a *Agreement) renewsItself() bool { return a.Renews > 0 && !a.NoticeGiven.IsSet() }

// Undecided reports whether it holds, has a last day, and nobody has said what becomes of it
// then.
func (a *Agreement) Undecided() bool { return a.live() && !a.Ends.IsZero() && !a.NoticeGiven.IsSet() }

// ActBy is the day by which notice, or the wish to go on, must have arrived: its last day
// less the notice, in calendar days. It is no day where it is open-ended.
func (a *Agreement) ActBy() civil.Date {
	if a.Ends.IsZero() {
		return civil.Date{}
	}
	return a.Ends.AddDays(-a.Notice)
}

// sendAhead is how many working days before it must arrive something is sent, at the latest:
// a courier to China takes a week, and has a bad day.
const sendAhead = 10

// SendBy is the day by which it must be on its way to arrive by ActBy: ten working days
// before, by the working days of whoever is reminded.
func (a *Agreement) SendBy(t *Timing) civil.Date {
	d := a.ActBy()
	if d.IsZero() {
		return d
	}
	for range sendAhead {
		d = t.Earlier(d.AddDays(-1), a.OwnerZone)
	}
	return d
}

// endingDays is how long before ActBy an agreement counts as ending.
const endingDays = 90

// Ending reports whether it holds and its end is near, or it is known to end.
func (a *Agreement) Ending(today civil.Date) bool {
	return a.Holds(today) && !a.Ends.IsZero() && (a.NoticeGiven.IsSet() || !a.ActBy().AddDays(-endingDays).After(today))
}

// Renew puts off its last day, also of one that has ended: papers come late. The day that it has
// is refused: saying that it is saved would change nothing.
func (a *Agreement) Renew(until civil.Date, by string, now time.Time) (bool, error) {
	switch {
	case !a.live() && a.State != AgreementEnded:
		return false, a.notNow()
	case a.Ends.IsZero():
		return false, Invalid("until", "Agreement %d has no last day, so it goes on by itself.", a.Number)
	case until.IsZero() || !until.After(a.Ends):
		return false, Invalid("until", "Please pick a day after %s, its last day now.", dayOf(a.Ends))
	case until.Year > MaxYear:
		return false, Invalid("until", "%s is too far off. Please pick a day before 2200.", dayOf(until))
	case len(a.Renewals) >= MaxRenewals:
		return false, Invalid("until", "Agreement %d was renewed %d times. Please record it anew.", a.Number, len(a.Renewals))
	}
	a.Renewals = append(slices.Clip(a.Renewals), Renewal{From: a.Ends, Until: until, Said: Mark{by, now}})
	a.Ends, a.State, a.NoticeGiven, a.Early, a.LastDay, a.Why = until, AgreementRenewed, Mark{}, false, civil.Date{}, ""
	return true, nil
}

// notNow says that what can be done with an agreement that holds cannot be done with this one.
func (a *Agreement) notNow() error {
	if a.State == AgreementDraft {
		return Invalid("", "Agreement %d is a draft. Press Edit agreement first, and give the day it was signed.", a.Number)
	}
	return Invalid("", "Agreement %d is over already.", a.Number)
}

// GiveNotice records that it ends with its last day: notice was given, or nobody renews it. It
// reports false where that was said before.
func (a *Agreement) GiveNotice(why, by string, now time.Time) (bool, error) {
	switch {
	case !a.live():
		return false, a.notNow()
	case a.Ends.IsZero():
		return false, Invalid("last", "Agreement %d has no last day. Please give the day on which it ends.", a.Number)
	case a.NoticeGiven.IsSet():
		return false, nil
	}
	a.NoticeGiven, a.Why = Mark{by, now}, why
	return true, nil
}

// Terminate ends it on another day than its last one, today or before; one in the future
// becomes its last day. A reason is needed. A draft is dropped at once.
func (a *Agreement) Terminate(day, today civil.Date, why, by string, now time.Time) error {
	var es InputErrors
	es.checkText("why", "Please write why it ends early.", why, MaxReason)
	switch {
	case !a.live() && a.State != AgreementDraft:
		return a.notNow()
	case day.IsZero():
		es.add("last", "Please pick the day on which it ends.")
	case !a.Ends.IsZero() && day.After(a.Ends):
		es.add("last", "Its last day is %s. Please pick an earlier one, or renew it.", dayOf(a.Ends))
	case a.State == AgreementDraft: // it binds nobody, so it may go before it begins
		if day.After(today) {
			es.add("last", "A draft ends at once. Please pick %s or an earlier day.", dayOf(today))
		}
	case !a.begins().IsZero() && day.Before(a.begins()):
		es.add("last", "It ends before it begins. Please pick %s or later.", dayOf(a.begins()))
	}
	if err := es.orNil(); err != nil {
		return err
	}
	if !a.Early {
		a.Early, a.LastDay = true, a.Ends
	} else { // the same decision, for another day
		a.NoticeGiven = Mark{}
	}
	a.Ends, a.Why = day, why
	if day.After(today) && a.live() {
		a.NoticeGiven = Mark{by, now}
		return nil
	}
	a.State, a.Closed = AgreementTerminated, Mark{by, now}
	return nil
}

// Replace puts another agreement in its place. It reports false where that one stands there
// already.
func (a *Agreement) Replace(with *Agreement, by string, now time.Time) (bool, error) {
	switch {
	case a.State == AgreementReplaced && a.ReplacedBy == with.Number:
		return false, nil
	case !a.live() && a.State != AgreementDraft:
		return false, a.notNow()
	case with.Number == a.Number || with.ReplacedBy == a.Number:
		return false, Invalid("with", "Agreement %d cannot replace agreement %d.", with.Number, a.Number)
	case with.Factory.Number != a.Factory.Number:
		return false, Invalid("with", "Agreement %d is with another factory. Please pick one with %s.", with.Number, a.Factory.Name)
	}
	a.State, a.ReplacedBy, a.Closed = AgreementReplaced, with.Number, Mark{by, now}
	return true, nil
}

// TakeBack undoes Terminate, GiveNotice and Replace, the last one first: notice that was given before
// stands. It reports false where there is nothing to take back.
func (a *Agreement) TakeBack() bool {
	replaced := a.State == AgreementReplaced
	switch {
	case a.State == AgreementEnded || !a.Closed.IsSet() && !a.NoticeGiven.IsSet():
		return false
	case !a.Closed.IsSet():
		a.NoticeGiven = Mark{}
	}
	if !replaced {
		if a.Early {
			a.Ends = a.LastDay
		}
		a.Early, a.LastDay, a.Why = false, civil.Date{}, ""
	}
	a.State, a.Closed, a.ReplacedBy = "", Mark{}, 0
	a.Normalize()
	return true
}

// RollOver has the days that have passed by today count: what has ended is ended, and what
// renews itself has a new last day. It reports whether anything changed. What is read of an
// agreement is read after it.
func (a *Agreement) RollOver(today civil.Date) (changed bool) {
	for a.live() && !a.Ends.IsZero() && a.Ends.Before(today) {
		changed = true
		if !a.renewsItself() || len(a.Renewals) >= MaxRenewals {
			a.State = AgreementEnded
			break
		}
		until := a.EndsAfter(a.Renews)
		if until.Year > MaxYear {
			a.State = AgreementEnded
			break
		}
		a.Renewals = append(slices.Clip(a.Renewals), Renewal{From: a.Ends, Until: until})
		a.Ends, a.State = until, AgreementRenewed
	}
	return changed
}

// EndsAfter is the last day that it has when it goes on for some months. It keeps the day of the month
// that it had at first: after the end of February, in place of 31 August, comes 31 August again.
func (a *Agreement) EndsAfter(months int) civil.Date {
	in := func(month civil.Date, day int) civil.Date { // of the month, or its last
		d := civil.Date{Year: month.Year, Month: month.Month, Day: 1}.AddMonths(1).AddDays(-1)
		d.Day = min(d.Day, day)
		return d
	}
	day, ends := a.Ends.Day, a.Ends
	for n, r := range slices.Backward(a.Renewals) {
		if r.Until != ends { // somebody gave it another last day meanwhile
			break
		}
		if !slices.ContainsFunc(a.Renewals[n:], func(o Renewal) bool { return o.Until != in(o.Until, r.From.Day) }) {
			day = r.From.Day
		}
		ends = r.From
	}
	return in(a.Ends.AddMonths(months), day)
}

// Follow has an agreement that was changed, as it was before, be what the day says: see
// RollOver. One that had ended and was given another last day holds again.
func (a *Agreement) Follow(before *Agreement, today civil.Date) {
	if a.State == AgreementEnded && a.Ends != before.Ends {
		a.State = ""
		a.Normalize()
	}
	a.RollOver(today)
}

// RenewedItself is the last time that it went on because nobody did anything.
func (a *Agreement) RenewedItself() (Renewal, bool) {
	if n := len(a.Renewals); n > 0 && !a.Renewals[n-1].Said.IsSet() {
		return a.Renewals[n-1], true
	}
	return Renewal{}, false
}

// CompareAgreements orders agreements as people read them: what ends next first, then what is
// open-ended, drafts, and what is over, the last to end first. today is the day it is.
func CompareAgreements(today civil.Date) func(a, b Agreement) int {
	weight := func(a *Agreement) int {
		switch {
		case a.Over(today):
			return 3
		case a.State == AgreementDraft:
			return 2
		case a.Ends.IsZero():
			return 1
		}
		return 0
	}
	return func(a, b Agreement) int {
		w := weight(&a)
		by := cmp.Compare(w, weight(&b))
		ends := a.Ends.Compare(b.Ends)
		if w == 3 {
			ends = -ends
		}
		return cmp.Or(by, ends, cmp.Compare(a.Number, b.Number))
	}
}

// A Claim is the day by which a claim must be made, and of which agreement that follows.
type Claim struct {
	By        civil.Date
	Days      int // the window
	Agreement int // its number
}

// ClaimBy is the day by which a claim about something must be made that was seen, or received,
// on a day: by the shortest window of the agreements that held then. It reports false where
// none has one. The document says from which event the window counts.
func ClaimBy(as []Agreement, seen civil.Date) (c Claim, ok bool) {
	for _, a := range as {
		if n := a.Terms.ClaimDays; n > 0 && a.HeldOn(seen) && (!ok || n < c.Days) {
			c, ok = Claim{By: seen.AddDays(n), Days: n, Agreement: a.Number}, true
		}
	}
	return c, ok
}

// HeldOn reports whether the agreement held on a day, as far as is known. What was never signed never
// did, whatever became of the draft.
func (a *Agreement) HeldOn(d civil.Date) bool {
	switch {
	case a.Signed.IsZero() || d.Before(a.begins()):
		return false
	case a.live():
		return a.Holds(d)
	case a.State == AgreementReplaced:
		return d.Before(civil.Of(a.Closed.At)) && (a.Ends.IsZero() || !a.Ends.Before(d))
	}
	return a.Ends.IsZero() || !a.Ends.Before(d)
}

// AgreedSampling is the agreement that says how lots are sampled on a day: of those that hold,
// the one signed last. It reports false where none says so.
func AgreedSampling(as []Agreement, d civil.Date) (found Agreement, ok bool) {
	for _, a := range as {
		if a.Terms.Sampling() && a.HeldOn(d) && a.Holds(d) && (!ok || a.Signed.After(found.Signed)) {
			found, ok = a, true
		}
	}
	return found, ok
}

// AgreedTalk is the agreement that says how both sides talk on a day: of those that hold, the one
// signed last that has an answer time or somebody to turn to. It reports false where none has.
func AgreedTalk(as []Agreement, d civil.Date) (found Agreement, ok bool) {
	for _, a := range as {
		if a.Talk.Escalates() && a.HeldOn(d) && a.Holds(d) && (!ok || a.Signed.After(found.Signed)) {
			found, ok = a, true
		}
	}
	return found, ok
}

// Escalates reports whether it is agreed what comes where no answer does.
func (t *Talk) Escalates() bool { return t.AnswerHours > 0 || t.TheirLadder != "" || t.OurLadder != "" }

// SameTalk reports whether a and b say the same of how both sides talk, on the same days and for
// the same findings.
func (a *Agreement) SameTalk(b *Agreement) bool {
	return a.Talk == b.Talk && a.State == b.State && a.Factory.Number == b.Factory.Number && a.Channel == b.Channel &&
		a.Signed == b.Signed && a.Starts == b.Starts && a.Ends == b.Ends && a.renewsItself() == b.renewsItself()
}

// Sampling reports whether a level or an AQL is agreed.
func (t *AgreementTerms) Sampling() bool {
	return t.Level != "" || t.AQLMajor != "" || t.AQLMinor != ""
}
