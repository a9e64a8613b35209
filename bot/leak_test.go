package bot

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// A leakable is something of ours of which a factory must read only what is said here, field by
// field. A field that comes fails the test until somebody has decided about it.
type leakable struct {
	name string
	of   any // a pointer to it, with what must be there for it to be kept
	// Each field stands in one of these lists, with those that it is in before it. What is plain, an id,
	// a number, a day or one of a few words, is not looked for.
	plain  string
	ours   string // nobody else ever reads it
	letter string // may stand in a letter
	shared string // may stand in a channel that another company reads
	both   string // may stand there, and in a host brief
	keep   func() // records it as it is then
}

// leakables are all of them. Who adds a noun that holds what a factory must not read adds a line.
func (s *stage) leakables(v *visit.Visit, i *visit.Inspection) []leakable {
	ctx, st, now := s.t.Context(), s.bot.o.Store, s.bot.o.Now()
	const place = "Place.Channel Place.Private Place.Shared Place.Zone Place.ChannelZone "
	const factory = "Factory.Workspace Factory.Number Factory.Zone Factory.Removed "
	work := "Work.Workspace Work.Number Work.Rev Work.Schedule Work.Owner Work.Card Work.Created Work.Items.ID Work.Items.Milestone Work.Items.Position Work.Items.Due Work.Items.Role Work.Items.Entries Work.Items.Sensitive " +
		"Work.Items.Owner Work.Items.Done.By Work.Items.Done.At Work.Items.Custom Work.Items.Removed " + strings.ReplaceAll(place+factory, "Place.", "Work.Place.")
	work = strings.NewReplacer(" Factory.", " Work.Factory.").Replace(work)
	const workShared = "Work.Factory.Name Work.Factory.Chinese Work.Factory.City Work.Factory.Address "
	const workOurs = "Work.Factory.Contacts Work.Items.Text Work.Items.Original Work.Items.Skipped "
	logged := func(f visit.Finding, kind visit.FindingKind, forFactory bool) *visit.Finding {
		f.Workspace, f.Subject, f.Kind, f.Severity, f.ForFactory, f.By, f.Bad, f.Checked = s.TeamID(), v.Subject(), kind, visit.Major, forFactory, mia, 6, 50
		f.Source = fmt.Sprintf("leak:%d", s.sources.Add(1))
		f.Photos = []visit.PhotoRef{{FileID: "F" + f.Source, State: visit.PhotoWaiting}}
		return &f
	}
	const findingPlain = "Workspace Number Rev Subject Seen Channel Factory Kind Severity Bad Checked Item ForFactory Source By At TakenAt Withdrawn.By Withdrawn.At Final ClaimBy Defect " +
		"Photos.ID Photos.FileID Photos.State Photos.Tries Photos.W Photos.H Photos.SHA256 Photos.TakenAt Photos.Cleared.By Photos.Cleared.At Photos.LeftOut Photos.Crop.Left Photos.Crop.Top Photos.Crop.Right Photos.Crop.Bottom Photos.AfterChange"
	const findingOurs = "Place Photos.Permalink Photos.Name Photos.Why"
	const findingTold = "Text TextZH Requirement Request RequirementZH RequestZH"
	finding := func(name string, f *visit.Finding) leakable {
		l := leakable{name: name, of: f, plain: findingPlain, ours: findingOurs, letter: findingTold}
		if !f.ForFactory {
			l.ours, l.letter = findingOurs+" "+findingTold, ""
		}
		l.keep = func() { *f = must2(st.AddFinding(ctx, *f, now)) }
		return l
	}
	told := logged(visit.Finding{}, visit.OfProduct, true)
	action := &visit.Action{ActionFacts: visit.ActionFacts{Proofs: []visit.Proof{{Kind: visit.ProofRecord}}}}
	agreement := &visit.Agreement{
		Workspace: s.TeamID(), Factory: v.Factory, Place: v.Place, Owner: mia, OwnerZone: "Europe/Berlin", By: mia, Kind: visit.Framework, Visit: v.Number,
		Signed: civil.Of(now).AddDays(-300), Ends: civil.Of(now).AddDays(61), Notice: 60, Renews: 12,
	}
	series := &visit.Series{Workspace: s.TeamID(), Factory: v.Factory, Channel: v.Channel, Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", By: mia, Created: now}
	note := &visit.MarketNote{
		Workspace: s.TeamID(), Factory: v.Factory, Place: v.Place, Visit: v.Number, Tags: []visit.MarketTag{visit.TagPrice}, By: mia,
		Idea: visit.MarketIdea{State: visit.IdeaOpen, Owner: mia, Due: civil.Of(now).AddDays(30)},
	}
	contact := &visit.Contact{Workspace: s.TeamID(), Place: v.Place, By: mia, KnownBy: []string{mia}, Roles: []visit.ContactRole{visit.FactoryStaff}, Factory: v.Factory.Number, Visit: v.Number, Consent: visit.ConsentYes}
	introduction := &visit.Introduction{Workspace: s.TeamID(), For: jonas, By: mia, Zone: "Europe/Berlin"}
	promise := &visit.Promise{Workspace: s.TeamID(), Factory: v.Factory, Place: v.Place, Owner: mia, By: mia, Due: civil.Of(now), Visit: v.Number}
	gift := &visit.Gift{Workspace: s.TeamID(), Factory: v.Factory, Place: v.Place, Owner: mia, By: mia, Value: visit.Money{Currency: "EUR"}, Day: civil.Of(now), Visit: v.Number}
	delivery := &visit.OrderDelivery{
		Workspace: s.TeamID(), Factory: v.Factory, Channel: v.Channel, Confirmed: civil.Of(now).AddDays(-100), Shipped: civil.Of(now).AddDays(-98), Quantity: 3000, Sent: 2900, OurDelay: true, By: mia,
	}
	over := visit.QuarterOf(civil.Of(now)).Add(-1)
	mark := &visit.FactoryMark{Workspace: s.TeamID(), Channel: v.Channel, Kind: visit.MarkCost, Quarter: over, Points: 3, By: mia}
	scorecard := &visit.Scorecard{Quarter: over}
	letterOf := &visit.Letter{Workspace: s.TeamID(), Subject: v.Subject(), ReplyBy: civil.Of(now).AddDays(20), English: true, Chinese: true, Made: visit.Mark{By: mia, At: now}}
	const actionPlain = "Workspace Finding Rev "
	facts := func(at string) (plain, ours string) {
		return strings.ReplaceAll("@State @Due @Reviewer @Wanted @Proofs.Kind @Proofs.Photos @Proofs.Day @Proofs.By @Proofs.At @Proofs.Void @DoneDay @DoneBy @Rejected @ContainTill @VerifiedDay @VerifiedBy @VerifiedAt @NotIndependent @SameAs @Asked @ContainSet ", "@", at),
			strings.ReplaceAll("@Cause @Proposal @SaidBy @Lacks @Proofs.Text @Proofs.Lot @Contained @Why ", "@", at)
	}
	factsPlain, factsOurs := facts("ActionFacts.")
	wasPlain, wasOurs := facts("Steps.Was.")
	return []leakable{
		{
			name: "visit", of: v, shared: workShared + "People.Role", both: "People.Name",
			plain: work + "Purpose First Last People.User Notes.By Notes.At Cancelled.By Cancelled.At Outcome.Verdict Outcome.Said.By Outcome.Said.At Broadcast Unannounced",
			ours:  workOurs + "Agenda Notes.Text Notes.Link Outcome.Why",
			keep: func() {
				marked := v.Clone()
				must(st.ChangeFactory(ctx, s.TeamID(), v.Factory.Number, now, func(f *visit.Factory) error { *f = marked.Factory; return nil }))
				s.changeVisit(*v, func(o *visit.Visit) { rev, card := o.Rev, o.Card; *o = marked; o.Rev, o.Card = rev, card })
				*v = s.visit(v.Number)
			},
		},
		{
			name: "inspection", of: i, shared: workShared + "Order",
			plain: work + "Plan Type Due Planned LeadDays Inspector Result Reported.By Reported.At NoteOpen Awaited.By Awaited.At Missed.By Missed.At MissedDay Lot.Series Lot.No Lot.Size Lot.Cartons Lot.Level Lot.OneLetter Lot.Classes.Class Lot.Classes.AQL Lot.Classes.Letter " +
				"Lot.Classes.N Lot.Classes.Ac Lot.Classes.Re Lot.Classes.All Lot.Classes.Strictness Lot.Classes.Bad Lot.Classes.TighterAc Lot.Reinspects Lot.Drawn.By Lot.Drawn.At Lot.Counted.By Lot.Counted.At Lot.Opened Decision.Decision Decision.Said.By Decision.Said.At " +
				"Ordered.Ordered Ordered.Made Ordered.Packed Firm.FileID Firm.Verdict Measured.Test.ID Measured.Test.Level Measured.Test.N Measured.N Measured.Bad Measured.Result Measured.Said.By Measured.Said.At",
			ours: workOurs + "Note Lot.Product Lot.Classes.Why Decision.Why Firm.Name Firm.Booking Firm.Contact Firm.Cost Firm.Link Firm.File Unchecked Measured.Test.Name Measured.Test.NameZH " +
				"Measured.Test.Limit.Lower Measured.Test.Limit.Upper Measured.Test.Limit.Unit Measured.Test.Limit.Words Measured.Value Measured.Note",
			keep: func() {
				marked := *i
				s.changeInspection(*i, func(o *visit.Inspection) {
					rev, card, f := o.Rev, o.Card, o.Factory
					*o = marked
					o.Rev, o.Card, o.Factory = rev, card, f
				})
				*i = s.inspection(i.Number)
			},
		},
		finding("finding for the factory", told),
		finding("finding for us alone", logged(visit.Finding{}, visit.OfProduct, false)),
		finding("red flag", logged(visit.Finding{}, visit.RedFlag, false)),
		{
			name: "action", of: action,
			plain: actionPlain + factsPlain + wasPlain + "Steps.N Steps.At Steps.By Steps.Kind Steps.From Steps.To Steps.Other Steps.Proofs.Kind Steps.Proofs.Photos Steps.Proofs.Day Steps.Proofs.By Steps.Proofs.At Steps.Proofs.Void",
			ours:  factsOurs + wasOurs + "Steps.Text Steps.Proofs.Text Steps.Proofs.Lot",
			keep: func() {
				d := visit.Doer{By: mia, Lead: mia, Now: now, Today: civil.Of(now)}
				due := s.bot.o.Timing.Later(civil.Of(now).AddDays(10), "Asia/Shanghai")
				must(st.ChangeAction(ctx, s.TeamID(), told.Number+1, now, func(f *visit.Finding, a *visit.Action) error { // it is what reminders are of
					return a.SetDue(f, due, "", d)
				}))
				must(st.ChangeAction(ctx, s.TeamID(), told.Number, now, func(f *visit.Finding, a *visit.Action) error {
					if err := a.LogAnswer(f, visit.Answer{Proposal: action.Proposal, Cause: action.Cause, SaidBy: action.SaidBy}, d); err != nil {
						return err
					}
					if err := a.AskAgain(f, action.Lacks, s.bot.o.Timing.Later(civil.Of(now).AddDays(7), "Asia/Shanghai"), d); err != nil {
						return err
					}
					if err := a.LogAnswer(f, visit.Answer{Proposal: action.Proposal, Cause: action.Cause, SaidBy: action.SaidBy}, d); err != nil {
						return err
					}
					if err := a.Agree(f, visit.Agreed{Due: due, Reviewer: jonas, Proofs: []visit.ProofKind{visit.ProofRecord, visit.ProofNextLot}}, d); err != nil {
						return err
					}
					return a.LogDone(f, visit.DoneClaim{Day: civil.Of(now), Proofs: []visit.Proof{{Kind: visit.ProofRecord, Text: action.Proofs[0].Text, Day: civil.Of(now)}}}, d)
				}))
			},
		},
		{
			name: "agreement", of: agreement, shared: strings.ReplaceAll(workShared, "Work.", ""),
			plain: place + factory + "Workspace Number Rev Schedule Owner OwnerZone By Created Kind State Visit Signed Signing.Seal Starts Ends Renews Notice Terms.LeadDays Terms.WarrantyMonths Terms.ClaimDays Terms.SpareYears Terms.Level Terms.AQLMajor Terms.AQLMinor " +
				"Talk.AnswerHours NoticeGiven.By NoticeGiven.At Early LastDay Closed.By Closed.At ReplacedBy Renewals.From Renewals.Until Renewals.Said.By Renewals.Said.At",
			ours: "Factory.Contacts Title Signing.Company Signing.Code Signing.ForUs Signing.ForThem Signing.Authority Signing.Languages NoticeHow Link Terms.LeadFrom Terms.MOQ Terms.Payment Terms.Incoterm Terms.Reinspection Terms.Penalty Terms.Law " +
				"Talk.Channels Talk.TheirLadder Talk.OurLadder Why",
			keep: func() {
				agreement.Factory = v.Factory
				*agreement = must(st.AddAgreement(ctx, *agreement, now))
			},
		},
		{
			name: "market note", of: note, shared: strings.ReplaceAll(workShared, "Work.", ""),
			plain: place + factory + "Workspace Number Rev Visit Question Tags By At Idea.State Idea.Owner Idea.Due Idea.Closed.By Idea.Closed.At",
			ours:  "Factory.Contacts Text Link Idea.Next",
			keep: func() {
				note.Factory = v.Factory
				*note = must(st.AddMarketNote(ctx, *note, now))
				next, _ := visit.Monthly.Period(civil.Of(now).AddMonths(2))
				sc := visit.Schedule{Workspace: s.TeamID(), Subject: visit.SubjectOf(visit.OfChannel, v.Channel), Kind: visit.RecurMarket, Rule: visit.Monthly.Rule(s.bot.o.Timing.At), Zone: "Europe/Berlin"}
				done(s.t, st.AddOccurrence(ctx, visit.MarketDigestOf(sc, next.Start(time.UTC).Add(9*time.Hour), &s.bot.o.Timing)))
			},
		},
		{
			name: "contact", of: contact,
			plain: place + "Workspace Number Rev Schedule By Created Factory Tier Roles Email Visit KnownBy Consent Used State Cleared.By Cleared.At",
			ours:  "Name Chinese Said Title Firm City Phone WeChat Speaks Met PaidBy Trust",
			keep:  func() { *contact = must(st.AddContact(ctx, *contact, now)) },
		},
		{
			name: "introduction", of: introduction,
			plain: "Workspace Number Rev Schedule Contact For By Zone Created Next State Theirs.By Theirs.At Ours.By Ours.At Made.By Made.At Ended.By Ended.At",
			ours:  "Who.EN Who.ZH Why.EN Why.ZH",
			keep: func() {
				introduction.Contact = contact.Number
				*introduction = must(st.AddIntroduction(ctx, *introduction, now))
			},
		},
		{
			name: "promise", of: promise, shared: strings.ReplaceAll(workShared, "Work.", ""),
			plain: place + factory + "Workspace Number Rev Owner OwnerZone By Created Ours Due Visit Kept.By Kept.At Dropped.By Dropped.At",
			ours:  "Factory.Contacts Who What",
			keep: func() {
				promise.Factory = v.Factory
				*promise = must(st.AddPromise(ctx, *promise, now))
			},
		},
		{
			name: "gift", of: gift, shared: strings.ReplaceAll(workShared, "Work.", ""),
			plain: place + factory + "Workspace Number Rev By Created Given Owner Value.Hundredths Value.Currency Day Visit Removed.By Removed.At",
			ours:  "Factory.Contacts Who What Approved",
			keep: func() {
				gift.Factory = v.Factory
				*gift = must(st.AddGift(ctx, *gift, now))
			},
		},
		{
			name: "delivery", of: delivery, shared: strings.ReplaceAll(workShared, "Work.", ""),
			plain: factory + "Workspace Number Rev Channel Confirmed Shipped Quantity Sent OurDelay By Created Revisions.Confirmed Revisions.Shipped Revisions.Quantity Revisions.Sent Revisions.OurDelay Revisions.Said.By Revisions.Said.At",
			ours:  "Factory.Contacts Order Why Revisions.Order Revisions.Why",
			keep: func() {
				delivery.Factory = v.Factory
				to, was := *delivery, *delivery
				was.Order, was.Revisions = delivery.Revisions[0].Order, nil
				*delivery = must2(st.AddDelivery(ctx, was, false, now))
				*delivery = must(st.ChangeDelivery(ctx, s.TeamID(), delivery.Number, now, func(d *visit.OrderDelivery, _ civil.Date) error {
					_, err := d.Correct(to, to.Revisions[0].Why, mia, now)
					return err
				}))
			},
		},
		{
			name: "mark", of: mark,
			plain: "Workspace Number Factory Channel Kind Name Quarter.Year Quarter.N Day Points Against By At",
			ours:  "Why",
			keep: func() {
				mark.Factory = v.Factory.Number
				done(s.t, st.AddMarks(ctx, []visit.FactoryMark{*mark}, now))
			},
		},
		{
			name: "scorecard", of: scorecard,
			plain: "Quarter.Year Quarter.N Groups.Group Groups.Measures.Kind Groups.Measures.N Groups.Measures.Of Groups.Measures.Points Groups.Measures.Rolling Groups.Measures.InQuarter " +
				"Share Value.Num Value.Den Grade Mean Weakest Critical Provisional Version FrozenAt By",
			ours: "Why",
			keep: func() {
				must(st.FreezeScore(ctx, s.TeamID(), v.Factory.Number, over, now))
				done(s.t, st.CorrectScore(ctx, s.TeamID(), v.Factory.Number, over, mia, scorecard.Why, now))
			},
		},
		{
			name: "product", of: series, shared: strings.ReplaceAll(workShared, "Work.", ""),
			plain: factory + "Workspace Number Rev Channel Level AQLMajor AQLMinor OneLetter Events.Kind Events.Class Events.Day Events.Said.By Events.Said.At Tests.ID Tests.Level Tests.N Tests.Limit.Lower Tests.Limit.Upper Sealed.Until By Created",
			ours:  "Factory.Contacts Product Events.Why Tests.Name Tests.NameZH Tests.Limit.Unit Tests.Limit.Words Sealed.Version Sealed.Where Note",
			keep: func() {
				series.Factory = v.Factory
				_, _, err := st.AddSeries(ctx, *series, now)
				done(s.t, err)
			},
		},
		{
			name: "letter", of: letterOf, letter: "To.EN To.ZH Escort.EN Escort.ZH Strengths.EN Strengths.ZH From",
			plain: "Workspace Number Rev Subject Findings ReplyBy LotBy English Chinese Made.By Made.At Sent.By Sent.At",
			keep: func() {
				letterOf.Findings = []int{told.Number, told.Number + 1, told.Number + 2}
				*letterOf = must(st.AddLetter(ctx, *letterOf))
			},
		},
	}
}

func must2[T any](v T, _ bool, err error) T { return must(v, err) }

// A secret is a mark that stands in one field.
type secret struct{ field, letter, shared, host string }

// marked fills in all that a factory might come to read with marks, and records it. Each is in one
// field, and in no other.
func (s *stage) marked(ls []leakable) map[string]secret {
	s.t.Helper()
	marks := map[string]secret{}
	for _, l := range ls {
		decided := map[string]int{}
		for _, list := range []string{l.plain, l.ours, l.letter, l.shared, l.both} {
			for _, field := range strings.Fields(list) {
				decided[field]++
			}
		}
		plain := strings.Fields(l.plain)
		leaves(reflect.ValueOf(l.of).Elem(), "", func(path string, f reflect.Value) {
			switch decided[path] {
			case 0:
				s.t.Errorf("nobody has decided who may read %s of a %s", path, l.name)
			case 1:
			default:
				s.t.Errorf("%s of a %s was decided twice", path, l.name)
			}
			delete(decided, path)
			if f.Kind() != reflect.String || f.Type() != reflect.TypeFor[string]() || slices.Contains(plain, path) {
				return
			}
			mark := fmt.Sprintf("SECRET%04dX", len(marks)+1)
			if strings.HasSuffix(path, "ZH") || strings.HasSuffix(path, "Chinese") {
				mark = "密" + mark
			}
			if strings.HasSuffix(path, "Link") {
				mark = "https://" + mark + ".example"
			}
			marks[strings.TrimSuffix(strings.TrimPrefix(mark, "https://"), ".example")] = secret{l.name + "." + path, l.letter, l.shared + " " + l.both, l.both}
			f.SetString(mark)
		})
		for field := range decided {
			s.t.Errorf("a %s has no %s", l.name, field)
		}
		l.keep()
	}
	return marks
}

// A heard is all that a bot has Slack show in one channel, also what it shows no more.
type heard struct {
	mu   sync.Mutex
	said bytes.Buffer
	n    int
}

// listens notes what is posted and redrawn in a channel from now on.
func (s *stage) listens(channel string) *heard {
	w := new(heard)
	s.bot.o.Slack = &Clients{one: slack.New(s.BotToken(), slack.OptionAPIURL(s.bot.o.APIURL), slack.OptionHTTPClient(doer(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, _ := url.ParseQuery(string(body))
		if (form.Get("channel") == channel || form.Get("channel_id") == channel) && !strings.Contains(r.URL.Path, "Ephemeral") {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.n++
			for _, values := range form {
				w.said.WriteString(strings.Join(values, "\n") + "\n")
			}
		}
		return http.DefaultClient.Do(r)
	})))}
	return w
}

// TestNothingLeaks has a visit, an inspection, their findings, actions, agreements, deliveries, marks,
// scorecard, product, notes and letter with a mark in every field, in a channel that the factory reads. Whatever the bot then
// posts there, and what it makes for the factory, holds no mark that it was not decided to hold.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.bot.set().MarketNotes = true
	vv, ii := s.visitOn(acme, -1, 3), s.inspectionIn(acme, visit.Item{ID: 1, Milestone: -14, Text: "x", Sensitive: true})
	prepared := func(w *visit.Work) {
		w.Items = visit.Checklist{{ID: 1, Milestone: -7, Text: "x", Sensitive: true, Custom: true}, {ID: 2, Milestone: 0, Text: "See the floor"}}
	}
	prepared(&vv.Work)
	prepared(&ii.Work)
	ii.Lot = visit.Lot{Size: 3000, Level: "II", Classes: []visit.LotClass{{Class: visit.Major, AQL: "2.5", Letter: "K", N: 125, Ac: 7, Re: 8}}}
	vv.Purpose, vv.Owner = "first_visit", mia
	vv.People = []visit.Person{{Name: "x", Role: "x"}, {User: mia}, {User: jonas}}
	vv.Notes = []visit.Note{{By: mia, At: time.Now(), Text: "x"}}
	wire := s.listens(acme)
	ls := s.leakables(&vv, &ii)
	marks := s.marked(ls)
	var toldOf *visit.Finding
	for _, l := range ls {
		if f, ok := l.of.(*visit.Finding); ok && f.ForFactory {
			toldOf = f
		}
	}
	for n := range 3 {
		f := s.finding(toldOf.Number + n)
		must2(s.bot.o.Store.KeepPhoto(t.Context(), s.TeamID(), f.Photos[0].ID, store.Copy{JPEG: oneCopy(), W: 400, H: 300}))
	}
	s.goesOn(&vv, &ii, toldOf)
	read := wire.text()
	if wire.n < 15 {
		t.Errorf("only %d things were posted where the factory reads: what is looked for?", wire.n)
	}
	for _, m := range s.Messages(liwei, acme) {
		read += says(m)
		for _, f := range m.Files {
			read += f.Name + f.Title + f.AltText + pdfText(t, f.Content)
		}
	}
	found := s.leaked(marks, "the shared channel", read, func(sc secret) string { return sc.shared })
	for _, field := range []string{"visit.Work.Factory.Name", "visit.People.Name"} {
		if !found[field] {
			t.Errorf("the channel lacks %s: what is looked for?", field)
		}
	}
	// The report of the visit has them, and so came to Mia alone.
	report := ""
	for _, f := range s.files(mia, s.direct(mia)) {
		if strings.HasPrefix(f.Name, "visit-") && strings.HasSuffix(f.Name, ".pdf") {
			report += strings.Join(pdfLines(t, f.Content), "")
		}
	}
	for mark, sc := range marks {
		ours := []string{"action.ActionFacts.Proposal", "agreement.Title", "market note.Text", "letter.Strengths.EN", "letter.Strengths.ZH"}
		if slices.Contains(ours, sc.field) && !strings.Contains(report, mark) {
			t.Errorf("our own report lacks %s: what is looked for?", sc.field)
		}
	}

	// What is made for the factory, by the buttons that make it.
	since := len(s.Messages(mia, s.direct(mia)))
	s.pressAgain(mia, actLetterWrite, letterSubject(1))
	made := s.outwards(since)
	found = s.leaked(marks, "the letter", made, func(sc secret) string { return sc.letter })
	for _, field := range strings.Fields("letter.To.ZH letter.Strengths.EN finding#for#the#factory.TextZH finding#for#the#factory.RequestZH") {
		if field = strings.ReplaceAll(field, "#", " "); !found[field] {
			t.Errorf("the letter lacks %s: what is looked for?\n%s", field, made)
		}
	}
	// What the host is told before.
	since = len(s.Messages(mia, s.direct(mia)))
	s.hostBrief(mia, acme, 1)
	found = s.leaked(marks, "the host brief", s.outwards(since), func(sc secret) string { return sc.host })
	if !found["visit.People.Name"] {
		t.Error("the host brief lacks who comes: what is looked for?")
	}

	// What a colleague is asked to put into Chinese is of the letter, and nothing else.
	must(s.bot.o.Store.ChangeFinding(t.Context(), s.TeamID(), toldOf.Number, time.Now(), func(f *visit.Finding) error { f.RequestZH = ""; return nil }))
	l := must(s.bot.o.Store.Letter(t.Context(), s.TeamID(), 1))
	v := s.visit(1)
	asked := s.bot.feedback.request(t.Context(), mia, jonas, &l, &v)
	found = s.leaked(marks, "the request to a colleague", string(blocks.MustJSON(asked.Blocks))+fmt.Sprint(asked.Text), func(sc secret) string {
		return strings.Replace(sc.letter+" ", "Text ", " ", 1) + "Work.Factory.Name" // which visit it is
	})
	if !found["finding for the factory.Request"] {
		t.Error("the request lacks the line that it is about")
	}
	s.nothingRefused()
}

// outwards is all that Mia has got since there were so many messages that she passes on: texts, and
// files with what is said about them.
func (s *stage) outwards(since int) (all string) {
	for _, m := range s.brought(mia, since) {
		if len(m.Blocks) == 0 || len(m.Files) > 0 {
			all += m.Text + "\n"
		}
		for _, f := range m.Files {
			all += f.Name + f.Title + f.AltText + pdfText(s.t, f.Content) + strings.Join(pdfLines(s.t, f.Content), "") + string(f.Content)
		}
	}
	return all
}

// goesOn has happen what happens to a visit and an inspection, and sends all that comes of it.
func (s *stage) goesOn(v *visit.Visit, i *visit.Inspection, f *visit.Finding) {
	s.t.Helper()
	ctx, st, team := s.t.Context(), s.bot.o.Store, s.TeamID()
	here := localslack.Message{Channel: acme}
	s.show(v.Subject())
	s.show(i.Subject())
	today := civil.Of(s.bot.o.Now())
	for _, verb := range []blocks.ActionID{actArrive, actUnarrive, actArrive} {
		s.clicked(mia, here, verb, daySubject(v.Subject(), today))
	}
	for _, of := range []visit.Subject{v.Subject(), i.Subject()} {
		s.bot.live.changed(team, of, mia, jonas)
		s.clicked(mia, here, actMakeReport, blocks.Subject(of))
		s.handIn()
		for _, kind := range []visit.Kind{visit.Remind, visit.CatchUp, visit.Overdue} {
			for _, ms := range []visit.Milestone{-56, -14, -7, -1, 0, 1, 7, 30} {
				s.posted(s.remindOf(of, kind, ms))
			}
		}
	}
	s.clicks(mia, actFindings, blocks.Subject(v.Subject()))
	about := factorySubject(v.Factory.Number)
	for _, verb := range []blocks.ActionID{actScore, actScores, actDeliveries, actScorePlot, actYearPage} {
		read := s.reads(mia, func() { s.clicked(mia, here, verb, about) })
		if verb == actDeliveries && !strings.Contains(read, "SECRET") {
			s.t.Errorf("%s shows Mia nothing of ours: what is looked for?\n%s", verb, read)
		}
	}
	by := st.By(jonas)
	must(by.ChangeVisit(ctx, team, v.Number, s.bot.o.Now(), func(v *visit.Visit) error { v.Last = v.Last.AddDays(1); v.Items[0].Owner = mia; return nil }))
	must(by.ChangeInspection(ctx, team, i.Number, s.bot.o.Now(), func(i *visit.Inspection) error {
		i.Result, i.Reported = visit.Failed, visit.Mark{By: jonas, At: s.bot.o.Now()}
		return nil
	}))
	s.tellings()
	_, err := s.bot.o.Store.ChangeFinding(ctx, team, f.Number, s.bot.o.Now(), func(f *visit.Finding) error { f.Bad = 7; return nil })
	done(s.t, err)
	s.bot.live.changed(team, v.Subject(), mia)
	s.settled()
	// All that is still to come, each at its time: of the visit and the inspection, their actions and the agreement.
	for range 3 {
		for _, o := range must(st.Occurrences(ctx, team, store.OccurrenceFilter{States: []visit.State{visit.Pending}})) {
			s.goBy(func() time.Time { return o.Due })
			sent := o
			sent.State = visit.Cancelled
			if d := s.posted(o); d.Outcome == visit.Delivered {
				sent.State, sent.TS, sent.Shows = visit.Sent, d.TS, d.Shows
			}
			must(st.Settle(ctx, o, sent))
		}
	}
	s.goBy(time.Now)
	s.show(v.Subject())
	s.show(i.Subject())
	s.settled()
}

func (w *heard) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.said.String()
}

// leaked reports the marks in a text whose fields may not be there, and returns the fields that are.
func (s *stage) leaked(marks map[string]secret, where, text string, may func(secret) string) map[string]bool {
	s.t.Helper()
	found := map[string]bool{}
	for _, mark := range slices.Sorted(maps.Keys(marks)) {
		if !strings.Contains(text, mark) {
			continue
		}
		sc := marks[mark]
		found[sc.field] = true
		_, path, _ := strings.Cut(sc.field, ".")
		if !slices.Contains(strings.Fields(may(sc)), path) {
			s.t.Errorf("%s has %s", where, sc.field)
		}
	}
	return found
}
