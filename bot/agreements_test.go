package bot

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/sampling"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// at has the clock stand at an instant.
func (s *stage) at(when string) time.Time {
	s.t.Helper()
	now := must(time.Parse(time.RFC3339, when))
	s.goBy(func() time.Time { return now })
	return now
}

// agreed records an agreement with Ningbo Bright Metal, signed on 5 January 2026 and ending with
// that year, with 60 days of notice. Mia is reminded.
func (s *stage) agreed(channel string, change func(*visit.Agreement)) visit.Agreement {
	s.t.Helper()
	a := visit.Agreement{
		Workspace: s.TeamID(), Factory: visit.Factory{Name: visited}, Place: in(channel), Owner: mia, OwnerZone: "Europe/Berlin", By: mia,
		Kind: visit.Framework, Title: "Lamp housings", Signed: civil.On(2026, 1, 5), Ends: civil.On(2026, 12, 31), Notice: 60, NoticeHow: "by courier",
	}
	a.ChannelZone = "Europe/Berlin"
	if change != nil {
		change(&a)
	}
	return must(s.bot.o.Store.AddAgreement(context.Background(), a, s.bot.o.Now()))
}

func (s *stage) agreement(n int) visit.Agreement {
	s.t.Helper()
	return must(s.bot.o.Store.Agreement(context.Background(), s.TeamID(), n))
}

// next fills in the first page of an agreement's form and goes on to the second.
func (s *stage) next(who string, v localslack.View, fields map[string]string) localslack.View {
	s.t.Helper()
	for field, value := range fields {
		s.enter(who, v, field, value)
	}
	s.send(who, v)
	return s.modal(who, "All of this may stay empty")
}

// sends takes one occurrence that is due, posts it and notes that.
func (s *stage) sends(o visit.Occurrence) {
	s.t.Helper()
	ctx, st := context.Background(), s.bot.o.Store
	for _, taken := range must(st.Claim(ctx, store.Claim{Owner: "test", Now: s.bot.o.Now(), Elapsed: time.Now(), Lease: time.Minute, Limit: 10})) {
		after := taken
		after.State, after.Owner, after.Hold = visit.Pending, "", time.Time{}
		if taken.Key == o.Key {
			after.State, after.Sent = visit.Cancelled, o.Due
			if d := s.posted(taken); d.Outcome == visit.Delivered {
				after.State, after.TS = visit.Sent, d.TS
			}
		}
		if settled, err := st.Settle(ctx, taken, after); err != nil || !settled {
			s.t.Fatal(settled, err)
		}
	}
}

// addsAgreement is the form that Mia has open for an agreement with the first factory.
func (s *stage) addsAgreement() localslack.View {
	s.t.Helper()
	s.command(mia, sourcing, "/factory add agreement")
	v := s.modal(mia, "Kind of agreement")
	s.enter(mia, v, fieldFactory, "1")
	return s.redrawn(mia, v)
}

func TestAnAgreementFromFormToEnd(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2026-06-01T08:00:00Z")
	s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	expect(t, s.command(mia, sourcing, "/factory agreements"), "No agreement is recorded here yet")
	s.press(mia, s.command(mia, sourcing, "/factory agreements"), "Add agreement")
	v := s.modal(mia, "Kind of agreement")
	s.enter(mia, v, fieldFactory, "1")
	v = s.redrawn(mia, v)
	s.send(mia, v)
	if errs := s.errorsIn(mia); errs[fieldKind] == "" && errs[fieldTitle] == "" {
		t.Errorf("without a kind and a title: %q", errs)
	}
	page2 := s.next(mia, v, map[string]string{fieldKind: "framework", fieldTitle: "Lamp housings", fieldSigned: "2026-01-05", fieldEnds: "2026-12-31", fieldNotice: "60", fieldRenews: "12",
		fieldLink: "https://acme.slack.com/archives/C1/p1"})
	s.enter(mia, page2, fieldCode, "91350100M000100Y44")
	s.enter(mia, page2, fieldSeal, "company")
	s.enter(mia, page2, fieldAnswer, "24")
	s.enter(mia, page2, fieldTheirs, "Ms Li, sales director")
	s.send(mia, page2)
	saved := s.modal(mia, "Agreement saved")
	for _, words := range []string{"Notice must arrive by Sun 1 November 2026", "Send it by", "renews itself by 12 months", "last character does not fit", "Have a lawyer who practises in China check it"} {
		if text := blockText(saved.Blocks); !strings.Contains(text, words) {
			t.Errorf("the page lacks %q:\n%s", words, text)
		}
	}
	if a := s.agreement(1); a.Owner != mia || a.Channel != sourcing || a.State != visit.AgreementSigned || a.Talk.AnswerHours != 24 || a.Seal != visit.SealCompany || a.OwnerZone != "Europe/Berlin" {
		t.Errorf("kept is %+v", a)
	}
	if got := len(s.pending("agreement/1")); got != 8 {
		t.Errorf("%d messages are to come", got)
	}
	if s.has("", sourcing, "Lamp housings") {
		t.Error("the channel reads of it")
	}

	// Terms, by the button on the page.
	s.pressIn(mia, saved, "Edit terms", "")
	v = s.modal(mia, "Lead time (days)")
	s.enter(mia, v, fieldClaimDays, "30")
	s.enter(mia, v, fieldSampling, "II 2.0 4.0")
	s.send(mia, v)
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldSampling], "1.5 or 2.5") {
		t.Errorf("an AQL of 2.0: %q", errs)
	}
	s.enter(mia, v, fieldSampling, "ii 2.5 4")
	s.send(mia, v)
	s.modal(mia, "Agreement saved")
	if terms := s.agreement(1).Terms; terms.ClaimDays != 30 || terms.Level != "II" || terms.AQLMajor != "2.5" || terms.AQLMinor != "4.0" {
		t.Errorf("the terms are %+v", terms)
	}
	s.closeAll(mia)

	// A colleague of the channel reads it, renews it and ends it.
	list := s.command(jonas, sourcing, "/factory agreements ningbo")
	expect(t, list, "Agreements with Ningbo Bright Metal", "Renews itself on Fri 1 January 2027 unless notice arrives by Sun 1 November 2026")
	s.press(jonas, list, "Show agreement")
	s.untilSays(jonas, sourcing, "Have a lawyer")
	card := s.command(jonas, sourcing, "/factory agreement 1")
	expect(t, card, "Claims within 30 days", "level II, AQL 2.5 for major defects", "If they do not answer, turn to: Ms Li", "Company seal", "https://acme.slack.com")
	s.press(jonas, card, "Renew agreement")
	v = s.modal(jonas, "New last day")
	s.enter(jonas, v, fieldUntil, "2026-06-01")
	s.send(jonas, v)
	if errs := s.errorsIn(jonas); !strings.Contains(errs[fieldUntil], "after 31 December 2026") {
		t.Errorf("renewed until before its end: %q", errs)
	}
	s.enter(jonas, v, fieldUntil, "2027-12-31")
	s.send(jonas, v)
	s.modal(jonas, "Agreement saved")
	s.closeAll(jonas)
	if a := s.agreement(1); a.State != visit.AgreementRenewed || a.Ends != civil.On(2027, 12, 31) || a.Renewals[0].Said.By != jonas {
		t.Errorf("renewed it is %+v", a)
	}
	s.press(jonas, card, "End agreement")
	v = s.modal(jonas, "How does it end?")
	s.enter(jonas, v, fieldHow, endsEarly)
	s.enter(jonas, v, fieldLastDay, "2026-06-01")
	s.send(jonas, v)
	if errs := s.errorsIn(jonas); !strings.Contains(errs[fieldWhy], "write why") {
		t.Errorf("without a reason: %q", errs)
	}
	s.enter(jonas, v, fieldWhy, "Quality")
	s.send(jonas, v)
	s.modal(jonas, "Agreement saved")
	s.closeAll(jonas)
	if got := s.pending("agreement/1"); len(got) != 0 {
		t.Errorf("of what is terminated comes %+v", got)
	}
	ended := s.command(jonas, sourcing, "/factory agreements")
	expect(t, ended, "No agreement holds here now.")
	if strings.Contains(says(ended), "No agreement is recorded here yet") {
		t.Errorf("of one that is over it says\n%s", says(ended))
	}
	if got := s.reads(jonas, func() {
		s.press(jonas, ended, "Also show what is over (1)")
	}); !strings.Contains(got, "Terminated on Mon 1 June 2026") {
		t.Errorf("with what is over Jonas reads\n%s", got)
	}
	over := s.command(jonas, sourcing, "/factory agreement 1")
	if got := s.reads(jonas, func() { s.press(jonas, over, "Restore agreement") }); !strings.Contains(got, "Renewed") {
		t.Errorf("taken back Jonas reads\n%s", got)
	}
	if a := s.agreement(1); a.Ends != civil.On(2027, 12, 31) || a.Closed.IsSet() {
		t.Errorf("taken back it is %+v", a)
	}
	s.nothingRefused()
}

// Whatever is wrong on a page stands beside its field, and nothing that was typed is lost.
func TestMistakesInAnAgreementStandBesideTheirFields(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2026-06-01T08:00:00Z")
	s.inFactory(visit.Factory{Name: visited}, sourcing)
	v := s.addsAgreement()
	for field, value := range map[string]string{fieldKind: "nnn", fieldTitle: "Lamps", fieldSigned: "2026-05-01"} {
		s.enter(mia, v, field, value)
	}
	for _, c := range []struct {
		field, words string
		typed        map[string]string
	}{
		{fieldSigned, "has not come yet", map[string]string{fieldSigned: "2026-06-02"}},
		{fieldEnds, "ends before it begins", map[string]string{fieldSigned: "2026-05-01", fieldEnds: "2026-04-30"}},
		{fieldNotice, "more than the 31 days", map[string]string{fieldEnds: "2026-05-31", fieldNotice: "32"}},
		{fieldNotice, "whole number", map[string]string{fieldNotice: "two months"}},
		{fieldRenews, "at most 120", map[string]string{fieldNotice: "３０", fieldRenews: "121"}},
		{fieldLink, "begins with https://", map[string]string{fieldRenews: "12", fieldLink: "contract.pdf"}},
	} {
		for field, value := range c.typed {
			s.enter(mia, v, field, value)
		}
		s.send(mia, v)
		if errs := s.errorsIn(mia); !strings.Contains(errs[c.field], c.words) || len(errs) != 1 {
			t.Errorf("with %v it says %q, want %q at %s", c.typed, errs, c.words, c.field)
		}
	}
	page2 := s.next(mia, v, map[string]string{fieldLink: "https://x.example/1"})
	s.enter(mia, page2, fieldForUs, "Mia Chen")
	s.pressIn(mia, page2, "Back to the first page", "")
	v = s.modal(mia, "Kind of agreement")
	page2 = s.next(mia, v, nil)
	if text := string(blocks.MustJSON(page2.Blocks)); !strings.Contains(text, "Mia Chen") {
		t.Error("what was typed on the second page is lost")
	}
	s.closeAll(mia)
	// Closed by mistake, it is filled in again.
	s.command(mia, sourcing, "/factory add agreement")
	v = s.modal(mia, "Filled in with what you entered last time")
	page2 = s.next(mia, v, nil)
	s.enter(mia, page2, fieldAnswer, "soon")
	s.send(mia, page2)
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldAnswer], "whole number") {
		t.Errorf("an answer soon: %q", errs)
	}
	s.enter(mia, page2, fieldAnswer, "24")
	s.send(mia, page2)
	s.modal(mia, "Agreement saved")
	if a := s.agreement(1); a.ForUs != "Mia Chen" || a.Notice != 30 || a.Link != "https://x.example/1" {
		t.Errorf("kept is %+v", a)
	}
	s.nothingRefused()
}

// What is wrong on the second page is kept as it was typed, and is asked about there again: who closes the
// form and comes back gets past the first page.
func TestAMistakeOnTheSecondPageDoesNotHoldUpTheFirst(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2026-06-01T08:00:00Z")
	s.inFactory(visit.Factory{Name: visited}, sourcing)
	page2 := s.next(mia, s.addsAgreement(), map[string]string{fieldKind: "nnn", fieldTitle: "Lamps"})
	s.enter(mia, page2, fieldAnswer, "24h")
	s.send(mia, page2)
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldAnswer], "whole number") {
		t.Errorf("an answer in 24h: %q", errs)
	}
	s.closeAll(mia)

	s.command(mia, sourcing, "/factory add agreement")
	v := s.modal(mia, "Filled in with what you entered last time")
	s.enter(mia, v, fieldNotice, "two months")
	s.send(mia, v)
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldNotice], "whole number") || len(errs) != 1 {
		t.Errorf("what is wrong on the first page: %q", errs)
	}
	page2 = s.next(mia, v, map[string]string{fieldNotice: ""})
	if text := string(blocks.MustJSON(page2.Blocks)); !strings.Contains(text, "24h") {
		t.Error("what was typed on the second page is lost")
	}
	s.send(mia, page2)
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldAnswer], "whole number") {
		t.Errorf("sent again as it was: %q", errs)
	}
	s.enter(mia, page2, fieldAnswer, "24")
	s.send(mia, page2)
	s.modal(mia, "Agreement saved")
	if a := s.agreement(1); a.Talk.AnswerHours != 24 {
		t.Errorf("kept is %+v", a)
	}
	s.nothingRefused()
}

// A form that is sent twice makes one agreement, and two people who change the same are told.
func TestAnAgreementIsSavedOnceAndTheSecondOfTwoPeopleIsTold(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2026-06-01T08:00:00Z")
	s.inFactory(visit.Factory{Name: visited}, sourcing)
	v := s.addsAgreement()
	page2 := s.next(mia, v, map[string]string{fieldKind: "nnn", fieldTitle: "Lamps"})
	sent := submission{team: s.TeamID(), user: mia, id: modalAgreementMore, view: page2.ID, values: values{fieldForUs: {"v": slack.BlockAction{Value: "Mia"}}}}
	kept := must(s.bot.agreements.drafts.read(context.Background(), s.TeamID(), mia, newAgreementDraft(mia)))
	for n, want := range []error{nil, store.ErrHandled} {
		done(t, s.bot.agreements.drafts.keep(context.Background(), s.TeamID(), mia, newAgreementDraft(mia), kept)) // as another process has it
		if _, err := s.bot.agreements.submitMore(context.Background(), sent); !errors.Is(err, want) {
			t.Errorf("delivery %d: %v", n+1, err)
		}
	}
	if as := must(s.bot.o.Store.Agreements(context.Background(), s.TeamID(), store.Filter{Cancelled: true}, s.bot.o.Now())); len(as) != 1 {
		t.Fatalf("there are %d agreements", len(as))
	}
	s.closeAll(mia)

	s.press(mia, s.command(mia, sourcing, "/factory agreement 1"), "Edit agreement")
	mias := s.next(mia, s.modal(mia, "Kind of agreement"), map[string]string{fieldTitle: "Mia's lamps"})
	s.press(jonas, s.command(jonas, sourcing, "/factory agreement 1"), "Edit agreement")
	s.send(jonas, s.next(jonas, s.modal(jonas, "Kind of agreement"), map[string]string{fieldTitle: "Jonas' lamps", fieldNotice: "10"}))
	s.modal(jonas, "Agreement saved")
	s.send(mia, mias)
	if errs := s.errorsIn(mia); len(errs) != 1 || !strings.Contains(slices.Collect(maps.Values(errs))[0], "A colleague changed this agreement") {
		t.Errorf("Mia reads %q", errs)
	}
	if a := s.agreement(1); a.Title != "Jonas' lamps" {
		t.Errorf("the first stands until the second decides, and it is %q", a.Title)
	}
	s.send(mia, mias)
	s.modal(mia, "Agreement saved")
	if a := s.agreement(1); a.Title != "Mia's lamps" || a.Notice != 10 {
		t.Errorf("saved again it is %q with %d days", a.Title, a.Notice)
	}
}

// Two people who change the terms at once both have what they typed, and the second is told where both changed
// the same.
func TestTermsThatAColleagueSavedMeanwhileStay(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2026-06-01T08:00:00Z")
	s.agreed(sourcing, func(a *visit.Agreement) { a.Terms.Payment = "in advance" })
	terms := map[string]localslack.View{}
	for _, who := range []string{mia, jonas} {
		terms[who] = s.opens(who, s.command(who, sourcing, "/factory agreement 1"), "Edit terms")
	}
	s.enter(jonas, terms[jonas], fieldPayment, "after the inspection")
	s.send(jonas, terms[jonas])
	s.modal(jonas, "Agreement saved")
	s.closeAll(jonas)
	jonass := s.opens(jonas, s.command(jonas, sourcing, "/factory agreement 1"), "Edit terms")
	s.enter(mia, terms[mia], fieldMOQ, "500 pieces")
	s.enter(mia, terms[mia], fieldSampling, "II 2.5 4.0")
	s.send(mia, terms[mia])
	s.modal(mia, "Agreement saved")
	if a := s.agreement(1).Terms; a.Payment != "after the inspection" || a.MOQ != "500 pieces" || a.AQLMinor != "4.0" {
		t.Errorf("kept is %+v", a)
	}

	s.enter(jonas, jonass, fieldMOQ, "300 pieces")
	s.send(jonas, jonass)
	if errs := s.errorsIn(jonas); len(errs) != 1 || !strings.Contains(errs[fieldMOQ], "A colleague changed this agreement") {
		t.Errorf("Jonas reads %q", errs)
	}
	if a := s.agreement(1).Terms; a.MOQ != "500 pieces" {
		t.Errorf("the first stands until the second decides, and it is %q", a.MOQ)
	}
	s.send(jonas, jonass)
	s.modal(jonas, "Agreement saved")
	if a := s.agreement(1).Terms; a.MOQ != "300 pieces" || a.AQLMinor != "4.0" {
		t.Errorf("saved again it is %+v", a)
	}
	s.nothingRefused()
}

// What belongs to a private channel is shown to its members only, and nowhere else.
func TestAgreementsOfAPrivateChannelStayThere(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.agreed(project, func(a *visit.Agreement) { a.Private = true; a.Factory.Name = planned })
	for _, line := range []string{"/factory agreements", "/factory agreements foshan", "/factory foshan", "/factory agreement 1"} {
		if got := s.types(jonas, sourcing, line); strings.Contains(got, "Lamp housings") || strings.Contains(got, planned) {
			t.Errorf("%s: Jonas reads\n%s", line, got)
		}
		if got := s.types(mia, sourcing, line); strings.Contains(got, "Lamp housings") {
			t.Errorf("%s in another channel: Mia reads\n%s", line, got)
		}
	}
	for _, line := range []string{"/factory agreements", "/factory agreement 1"} {
		if got := s.types(jonas, s.direct(jonas), line); strings.Contains(got, "Lamp housings") {
			t.Errorf("%s: directly, Jonas reads\n%s", line, got)
		}
	}
	if got := s.types(mia, s.direct(mia), "/factory agreements"); !strings.Contains(got, "Lamp housings") {
		t.Errorf("Mia reads\n%s", got)
	}
	dm := s.direct(jonas)
	m := blocks.Said("Here")
	m.Add(blocks.Actions(blocks.Button(actAgreements, listSubject(1, 0, true), "Use it")))
	done(t, s.bot.replies.post(t.Context(), s.TeamID(), dm, "", m))
	if got := s.reads(jonas, func() { s.press(jonas, s.last(jonas, dm), "Use it") }); strings.Contains(got, planned) || got == "" {
		t.Errorf("by a button of a factory that he may not know of Jonas reads\n%s", got)
	}
	if raw := string(blocks.MustJSON(s.opens(jonas, s.command(jonas, sourcing, "/factory agreements"), "Add agreement").Blocks)); strings.Contains(raw, planned) {
		t.Error("Jonas may pick a factory that he may not know of")
	}
	s.closeAll(jonas)
	before := s.agreement(1)
	for _, verb := range []blocks.ActionID{actOpen, actAgreementUndone, actEditAgreement, actAgreementTerms, actRenew, actEndAgreement, actReplace} {
		m := blocks.Said("Here")
		m.Add(blocks.Actions(blocks.Button(verb, "agreement/1", "Use it")))
		done(t, s.bot.replies.post(t.Context(), s.TeamID(), dm, "", m))
		if got := s.reads(jonas, func() { s.press(jonas, s.last(jonas, dm), "Use it") }); strings.Contains(got, "Lamp housings") || got == "" {
			t.Errorf("%s: Jonas reads\n%s", verb, got)
		}
		s.closeAll(jonas)
	}
	for _, f := range []formRow{{modalAgreementTerms, s.bot.agreements.submitTerms}, {modalRenew, s.bot.agreements.submitRenew}, {modalEndAgreement, s.bot.agreements.submitEnd}} {
		if _, err := f.submit(context.Background(), submission{team: s.TeamID(), user: jonas, id: f.id, meta: meta{About: "agreement/1"}, view: "V" + string(f.id)}); err == nil {
			t.Errorf("Jonas sent off %s", f.id)
		}
	}
	if now := s.agreement(1); now.Rev != before.Rev {
		t.Error("Jonas has changed it")
	}
}

// Who had an agreement before them when it moved into a channel that they are not in can do
// nothing with it any more.
func TestAnAgreementThatMovesToAPrivateChannelCloses(t *testing.T) {
	for name, c := range map[string]struct {
		before string // the button that is pressed while it may be seen, whose form is sent after
		after  string // the button that is pressed after
		fill   map[string]string
	}{
		"its card":                {after: "Show agreement"},
		"its form":                {after: "Edit agreement"},
		"its terms":               {after: "Edit terms"},
		"what takes back its end": {after: "Restore agreement"},
		"a form that is open":     {before: "Edit agreement"},
		"terms that are open":     {before: "Edit terms", fill: map[string]string{fieldMOQ: "1"}},
		"a renewal that is open":  {before: "Renew agreement", fill: map[string]string{fieldUntil: "2029-12-31"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newPrivateStage(t)
			s.at("2026-06-01T08:00:00Z")
			s.agreed(sourcing, func(a *visit.Agreement) { a.NoticeGiven = visit.Mark{By: mia, At: s.bot.o.Now()} })
			m := s.command(jonas, sourcing, "/factory agreement 1")
			if c.after == "Show agreement" {
				m = s.command(jonas, sourcing, "/factory agreements")
			}
			var form localslack.View
			if c.before != "" {
				form = s.opens(jonas, m, c.before)
				if c.before == "Edit agreement" {
					form = s.next(jonas, form, map[string]string{fieldNotice: "30"}) // which nobody else changes
				}
				for field, value := range c.fill {
					s.enter(jonas, form, field, value)
				}
			}
			hidden := must(s.bot.o.Store.ChangeAgreement(context.Background(), s.TeamID(), 1, s.bot.o.Now(), func(a *visit.Agreement) error {
				a.Channel, a.Private, a.Title = project, true, "Aurora"
				return nil
			}))
			got := s.reads(jonas, func() {
				if c.before != "" {
					s.Submit(jonas, form.ID)
				} else {
					s.press(jonas, m, c.after)
				}
			})
			for _, v := range s.Modals(jonas) { // also what stands in its fields
				got += string(blocks.MustJSON(v.Blocks))
			}
			if strings.Contains(got, "Aurora") || c.before == "" && strings.Contains(got, "by courier") || got == "" {
				t.Errorf("Jonas reads\n%s", got)
			}
			if now := s.agreement(1); now.Rev != hidden.Rev {
				t.Errorf("Jonas has changed it: %+v", now)
			}
		})
	}
}

// What is signed on a visit is of those who may see the visit.
func TestTheFormOfWhatIsSignedOnAVisitIsOfItsChannel(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.onVisit(sourcing)
	m := s.command(jonas, sourcing, "/visit-prep show 1")
	s.hide()
	if got := s.reads(jonas, func() { s.press(jonas, m, "Signed on the visit") }); strings.Contains(got, "Kind of agreement") || strings.Contains(got, visited) {
		t.Errorf("Jonas reads\n%s", got)
	}
}

// Whatever number a form carries, its person may see the visit.
func TestAnAgreementIsSignedOnAVisitThatItsPersonMaySee(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	own := s.onVisit(sourcing)
	hidden := s.onVisit(project)
	if own.Factory.Number != hidden.Factory.Number {
		t.Fatal("the visits are to two factories")
	}
	for _, c := range []struct {
		number int
		want   error
	}{{own.Number, nil}, {hidden.Number, errNotYours}} {
		f := form{fieldFactory: strconv.Itoa(own.Factory.Number), fieldKind: "nnn", fieldTitle: "Lamps", fieldChannel: sourcing, fieldOwner: jonas, fieldSignedOn: strconv.Itoa(c.number)}
		a, err := s.bot.agreements.read(context.Background(), s.TeamID(), jonas, f, meta{})
		if !errors.Is(err, c.want) || err == nil && a.Visit != c.number {
			t.Errorf("signed on visit %d: %+v, %v", c.number, a, err)
		}
	}
}

// It is recorded in a channel of its person's, and a colleague is reminded.
func TestWhereAnAgreementMayBeRecordedAndWhoIsReminded(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	at := s.inFactory(visit.Factory{Name: visited}, sourcing)
	for _, c := range []struct{ field, value, words string }{
		{fieldChannel, project, "not in this channel"},
		{fieldChannel, general, "/invite @visitprep"},
		{fieldOwner, liwei, "colleague"},
		{fieldFactory, "99", "can't find"},
		{fieldFactory, "", "Please pick a factory"},
	} {
		f := form{fieldFactory: strconv.Itoa(at.Number), fieldKind: "nnn", fieldTitle: "Lamps", fieldChannel: sourcing, fieldOwner: jonas}
		f[c.field] = c.value
		_, err := s.bot.agreements.read(context.Background(), s.TeamID(), jonas, f, meta{})
		if err == nil || !strings.Contains(err.Error(), c.words) && !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("with %s %s: %v", c.field, c.value, err)
		}
	}
}

// Where nobody of its people may see an agreement any more, its channel reads of it, unless
// another company reads there.
func TestAnAgreementWithoutPeopleIsToldToItsChannel(t *testing.T) {
	const other = "C0OTHERSHR1"
	for channel, told := range map[string]bool{project: true, other: false} {
		s := newStage(t, overHTTP, localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, mia}},
			localslack.Channel{ID: other, Name: "other", ExtShared: true, Members: []string{localslack.DefaultBotUserID, mia, liwei}})
		s.at("2026-02-01T08:00:00Z")
		s.agreed(channel, func(a *visit.Agreement) { a.Owner, a.By, a.Private = jonas, jonas, channel == project })
		o := s.pending("agreement/1")[0]
		s.at("2026-08-03T08:00:00Z")
		s.posted(o)
		if s.has("", channel, "Lamp housings") != told || s.has(jonas, s.direct(jonas), "Lamp housings") {
			t.Errorf("in %s it is told: %v", channel, !told)
		}
	}
}

// An agreement is replaced by one that its person may see.
func TestAnAgreementIsReplaced(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.at("2026-06-01T08:00:00Z")
	first := s.agreed(sourcing, nil)
	s.agreed(sourcing, func(a *visit.Agreement) { a.Title, a.Factory = "Lamps 2", first.Factory })
	s.agreed(project, func(a *visit.Agreement) { a.Title, a.Private, a.Factory = "Aurora", true, first.Factory })
	if got := s.types(jonas, sourcing, "/factory ningbo"); strings.Contains(got, "Aurora") || !strings.Contains(got, "Lamps 2") {
		t.Errorf("on the factory's page Jonas reads\n%s", got)
	}
	v := s.opens(jonas, s.command(jonas, sourcing, "/factory agreement 1"), "Replace agreement")
	if raw := string(blocks.MustJSON(v.Blocks)); strings.Contains(raw, "Aurora") || !strings.Contains(raw, "Lamps 2") {
		t.Errorf("Jonas may pick of\n%s", raw)
	}
	hidden := submission{team: s.TeamID(), user: jonas, id: modalReplace, meta: meta{About: "agreement/1"}, view: "V1", values: values{fieldWith: {"v": slack.BlockAction{SelectedOption: slack.OptionBlockObject{Value: "3"}}}}}
	if _, err := s.bot.agreements.submitReplace(context.Background(), hidden); !errors.Is(err, errNotYours) {
		t.Errorf("by one that he may not see: %v", err)
	}
	s.enter(jonas, v, fieldWith, "2")
	s.send(jonas, v)
	s.modal(jonas, "Agreement saved")
	if a := s.agreement(1); a.State != visit.AgreementReplaced || a.ReplacedBy != 2 || len(s.pending("agreement/1")) != 0 {
		t.Errorf("replaced it is %+v", a)
	}
	s.nothingRefused()
}

// What is signed on a visit begins as its minutes.
func TestSignedOnTheVisit(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	form := s.opens(mia, s.command(mia, sourcing, "/visit-prep show "+strconv.Itoa(v.Number)), "Signed on the visit")
	raw := string(blocks.MustJSON(form.Blocks))
	minutes, nnn := strings.Index(raw, `"minutes"`), strings.Index(raw, `"nnn"`)
	if minutes < 0 || nnn < minutes {
		t.Error("minutes are not offered first")
	}
	if !strings.Contains(raw, "Minutes of visit 1") || !strings.Contains(raw, inDays(0)) {
		t.Errorf("the form is not filled in:\n%s", raw)
	}
	s.send(mia, s.next(mia, form, nil))
	s.modal(mia, "Agreement saved")
	if a := s.agreement(1); a.Kind != visit.Minutes || a.Visit != v.Number || a.Factory.Number != v.Factory.Number || a.Signed != dayAhead(0) {
		t.Errorf("kept is %+v", a)
	}
	expect(t, s.command(mia, sourcing, "/factory agreement 1"), "on visit 1")
	s.nothingRefused()
}

// Over a moved clock each reminder is seen: by its owner, and at the end by the channel too,
// unless another company reads there.
func TestTheRemindersOfAnAgreementAreSeen(t *testing.T) {
	for name, c := range map[string]struct {
		channel string
		renews  int
		want    []string // who reads what, in order
	}{
		"one that ends": {sourcing, 0, []string{
			"mia: What you decide must arrive by Sun 1 November 2026 (in 13 weeks)", "mia: (in 9 weeks)", "mia: (in 4 weeks)", "mia: Send it by Mon 19 October 2026", "mia: The day to send it, Mon 19 October 2026, has passed", "mia: (in 2 days)",
			"mia: it ended on Thu 31 December 2026"}},
		"one that renews itself": {sourcing, 12, []string{
			"mia: unless notice arrives by Sun 1 November 2026 (in 13 weeks)", "mia: (in 9 weeks)", "mia: (in 4 weeks)", "mia: Send it by Mon 19 October 2026", "mia: How notice must be given: by courier",
			"sourcing: it renews itself by 12 months", "mia: (in 2 days)", "mia: it renewed itself after Thu 31 December 2026, until Fri 31 December 2027"}},
		"one in a shared channel": {acme, 12, []string{
			"mia: (in 13 weeks)", "mia: (in 9 weeks)", "mia: (in 4 weeks)", "mia: (in 18 days)", "mia: (in 9 days)", "", "mia: (in 2 days)", "mia: it renewed itself"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			s.at("2026-02-01T08:00:00Z")
			s.agreed(c.channel, func(a *visit.Agreement) { a.Renews = c.renews })
			for _, want := range c.want {
				next := s.pending("agreement/1")
				if len(next) == 0 {
					t.Fatalf("nothing comes where %q should", want)
				}
				o := next[0]
				s.goBy(func() time.Time { return o.Due })
				got := s.reads(mia, func() { s.sends(o) })
				where, words, _ := strings.Cut(want, ": ")
				if want == "" && strings.Contains(got, "Lamp") || want != "" && !strings.Contains(got, words) {
					t.Errorf("on %s Mia reads\n%s\nwant %q", o.Day, got, want)
				}
				if where == "sourcing" != s.has("", sourcing, "Lamp housings") && where != "mia" {
					t.Errorf("on %s the channel reads otherwise", o.Day)
				}
			}
			if s.has(liwei, acme, "Lamp housings") {
				t.Error("the other company reads of it")
			}
			a := s.agreement(1)
			if c.renews > 0 && (a.Ends != civil.On(2027, 12, 31) || len(s.pending("agreement/1")) != 8) || c.renews == 0 && a.State != visit.AgreementEnded {
				t.Errorf("in the end it is %s until %s, with %d to come", a.State, a.Ends, len(s.pending("agreement/1")))
			}
		})
	}
}

// A reminder about which somebody has decided meanwhile says nothing.
func TestNothingIsSaidOfAnAgreementThatSomebodyHasDecidedOn(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2026-02-01T08:00:00Z")
	s.agreed(sourcing, nil)
	first := s.pending("agreement/1")[0]
	now := s.at("2026-08-03T08:00:00Z")
	must(s.bot.o.Store.ChangeAgreement(context.Background(), s.TeamID(), 1, now, func(a *visit.Agreement) error { _, err := a.GiveNotice("", jonas, now); return err }))
	if d := s.posted(first); d.Outcome != visit.NothingSaid {
		t.Errorf("it came to %+v", d)
	}
}

// The owner who has left the channel is not told of it any more; whoever recorded it is.
func TestWhoMayNotSeeAnAgreementIsNotReminded(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.at("2026-02-01T08:00:00Z")
	s.agreed(project, func(a *visit.Agreement) { a.Owner, a.By, a.Private = jonas, mia, true })
	o := s.pending("agreement/1")[0]
	s.at("2026-08-03T08:00:00Z")
	got := ""
	jonasReads := s.reads(jonas, func() { got = s.reads(mia, func() { s.posted(o) }) })
	if strings.Contains(jonasReads, "Lamp") || !strings.Contains(got, "Lamp housings") {
		t.Errorf("Jonas, who is not in the channel, reads\n%s\nMia reads\n%s", jonasReads, got)
	}
}

// A reminder is in the language of whom it goes to, not of the owner who may not see it any more.
func TestAReminderOfAnAgreementIsInTheLanguageOfWhoReadsIt(t *testing.T) {
	t.Parallel()
	for locale, want := range map[string]string{"zh-CN": "What you decide must arrive by", "": "决定须在"} {
		s := newPrivateStage(t)
		s.at("2026-02-01T08:00:00Z")
		s.agreed(project, func(a *visit.Agreement) { a.Owner, a.By, a.Private = jonas, mia, true })
		s.speaks(jonas, locale)
		if locale == "" {
			s.speaks(mia, "zh-CN")
		}
		o := s.pending("agreement/1")[0]
		s.at("2026-08-03T08:00:00Z")
		if got := s.reads(mia, func() { s.posted(o) }); !strings.Contains(got, want) {
			t.Errorf("Mia reads\n%s", got)
		}
	}
}

// The sample that was agreed is offered for a new product of the factory, in that channel.
func TestTheAgreedSampleIsOffered(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectionOn(0, "4512")
	s.agreed(sourcing, func(a *visit.Agreement) {
		a.Factory, a.Ends, a.Notice = i.Factory, civil.Date{}, 0
		a.Terms.Level, a.Terms.AQLMajor, a.Terms.AQLMinor = string(sampling.LevelIII), "1.5", "6.5"
	})
	one, agreed, err := s.bot.lots.begins(context.Background(), &i)
	if err != nil || agreed != 1 || one.Level != "III" || one.AQLMajor != "1.5" || one.AQLMinor != "6.5" {
		t.Errorf("it begins with %+v of agreement %d, %v", one, agreed, err)
	}
	i.Channel = project
	if one, agreed, err := s.bot.lots.begins(context.Background(), &i); err != nil || agreed != 0 || one.Level != "II" {
		t.Errorf("in another channel it begins with %+v of agreement %d, %v", one, agreed, err)
	}
}

func TestAgreementsGolden(t *testing.T) {
	s := newStage(t, overHTTP)
	s.at("2026-10-05T08:00:00Z")
	s.agreed(sourcing, func(a *visit.Agreement) {
		a.Renews, a.Company, a.Code, a.Seal, a.ForThem, a.Link = 12, "宁波光明金属制品有限公司", "91350100M000100Y44", visit.SealContract, "Mr Wang, general manager", "https://acme.slack.com/archives/C1/p1"
		a.Terms = visit.AgreementTerms{LeadDays: 45, LeadFrom: "the deposit", ClaimDays: 30, Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", Law: "Chinese law, CIETAC"}
		a.Talk = visit.Talk{Channels: "WeChat group", AnswerHours: 24, TheirLadder: "Ms Li", OurLadder: "Jonas Weber"}
	})
	s.agreed(sourcing, func(a *visit.Agreement) {
		a.Kind, a.Title, a.Ends, a.Notice, a.NoticeHow = visit.NNN, "Drawings", civil.Date{}, 0, ""
	})
	s.agreed(sourcing, func(a *visit.Agreement) { a.Kind, a.Title, a.Notice = visit.Certificate, "ISO 9001", 0 })
	s.agreed(sourcing, func(a *visit.Agreement) { a.Kind, a.Title, a.Signed = visit.Tooling, "Mould 7", civil.Date{} })
	s.agreed(sourcing, func(a *visit.Agreement) {
		a.Kind, a.Title, a.Ends = visit.PriceList, "2026 prices", civil.On(2026, 9, 30)
	})
	s.golden("agreements-list", s.command(mia, sourcing, "/factory agreements"))
	s.golden("agreement-card", s.command(mia, sourcing, "/factory agreement 1"))
	s.golden("agreement-certificate", s.command(mia, sourcing, "/factory agreement 3"))
	s.press(mia, s.command(mia, sourcing, "/factory agreement 1"), "Edit agreement")
	v := s.modal(mia, "Kind of agreement")
	s.goldenForm("agreement-form", v)
	s.goldenForm("agreement-form-2", s.next(mia, v, nil))
	s.closeAll(mia)
	o := s.pending("agreement/1")[0]
	s.golden("agreement-reminder", s.reminded(o, s.direct(mia)))
	s.nothingRefused()
}

// What was signed on a visit and any other agreement are two forms: one does not empty the other,
// and what is signed with another factory was not signed on the visit.
func TestWhatWasSignedOnAVisitIsAFormOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	other := s.inFactory(visit.Factory{Name: "Dongguan Plastics"}, sourcing)
	s.command(mia, sourcing, "/factory add agreement")
	form := s.modal(mia, "Kind of agreement")
	s.enter(mia, form, fieldFactory, strconv.Itoa(v.Factory.Number))
	s.redrawn(mia, form)
	s.next(mia, s.top(mia), map[string]string{fieldKind: "nnn", fieldTitle: "Lamps"})
	s.closeAll(mia)
	card := s.command(mia, sourcing, "/visit-prep show "+strconv.Itoa(v.Number))
	if raw := string(blocks.MustJSON(s.opens(mia, card, "Signed on the visit").Blocks)); !strings.Contains(raw, "Minutes of visit 1") {
		t.Errorf("of the visit the form has\n%s", raw)
	}
	s.closeAll(mia)
	s.command(mia, sourcing, "/factory add agreement")
	form = s.modal(mia, "Filled in with what you entered last time.")
	if raw := string(blocks.MustJSON(form.Blocks)); !strings.Contains(raw, `"Lamps"`) || strings.Contains(raw, "Minutes of visit 1") {
		t.Errorf("the other form has\n%s", raw)
	}
	s.closeAll(mia)
	form = s.opens(mia, card, "Signed on the visit")
	s.enter(mia, form, fieldFactory, strconv.Itoa(other.Number))
	form = s.redrawn(mia, form)
	s.send(mia, s.next(mia, form, nil))
	s.modal(mia, "Agreement saved")
	if a := s.agreement(1); a.Factory.Number != other.Number || a.Visit != 0 {
		t.Errorf("kept is %+v", a)
	}
	s.nothingRefused()
}

// A February moves one last day only: the form for the next one has the day of before.
func TestARenewalIsOfferedForTheDayOfTheMonthThatWasAgreed(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2027-02-10T08:00:00Z")
	s.agreed(sourcing, func(a *visit.Agreement) { a.Ends, a.Renews = civil.On(2026, 8, 31), 6 })
	card := s.command(mia, sourcing, "/factory agreement 1")
	expect(t, card, "28 February 2027")
	s.press(mia, card, "Renew agreement")
	v := s.modal(mia, "New last day")
	if form := string(must(json.Marshal(v.Blocks))); !strings.Contains(form, `"initial_date":"2027-08-31"`) {
		t.Errorf("the form offers %s", form)
	}
}

// A button of before, at an agreement that has no last day any more, says so.
func TestWhatIsOpenEndedIsNotRenewed(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2026-06-01T08:00:00Z")
	a := s.agreed(sourcing, nil)
	card := s.command(mia, sourcing, "/factory agreement 1")
	must(s.bot.o.Store.ChangeAgreement(t.Context(), s.TeamID(), a.Number, s.bot.o.Now(), func(a *visit.Agreement) error { a.Ends, a.Notice = civil.Date{}, 0; return nil }))
	s.press(mia, card, "Renew agreement")
	s.modal(mia, "Agreement 1 has no last day, so it goes on by itself.")
	s.nothingRefused()
}
