package bot

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// complains fills in the form of a finding of a factory alone, and sends it off.
func (s *stage) complains(who string, form localslack.View, channel, words string) {
	s.t.Helper()
	s.enter(who, form, fieldSeverity, string(visit.Major))
	s.enter(who, form, fieldSaw, words)
	s.enter(who, form, fieldChannel, channel)
	s.send(who, form)
}

// TestAFindingWithoutAVisit: a customer complains; the finding hangs on the factory, is for the
// members of its channel, and stands on the factory's page.
func TestAFindingWithoutAVisit(t *testing.T) {
	t.Parallel()
	onBothTransports(t, func(t *testing.T, s *stage) {
		f := s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
		s.command(mia, sourcing, "/factory ningbo finding")
		form := s.modal(mia, "What did you see?")
		expectForm(t, form.Blocks, visited+", without a visit", "Claim by", "Where was it seen?")
		s.send(mia, form)
		if s.errorsIn(mia)[fieldSeverity] == "" {
			t.Errorf("without anything: %v", s.errorsIn(mia))
		}
		s.enter(mia, form, fieldSeen, string(visit.SeenByCustomer))
		s.enter(mia, form, fieldClaim, inDays(-3))
		s.enter(mia, form, fieldCount, "3/0")
		s.complains(mia, form, sourcing, "hinge breaks")
		if got := s.errorsIn(mia); !strings.Contains(got[fieldClaim], "That day is over") || got[fieldCount] == "" {
			t.Errorf("a claim by a day that is over, and 3 of 0: %v", got)
		}
		s.enter(mia, form, fieldClaim, inDays(20))
		s.enter(mia, form, fieldCount, "2/40")
		s.complains(mia, form, acme, "hinge breaks")
		if got := s.errorsIn(mia); !strings.Contains(got[fieldChannel], "another company") {
			t.Errorf("in a channel that another company reads: %v", got)
		}
		s.attach(mia, form, s.uploaded(mia, 1)...)
		s.complains(mia, form, sourcing, "hinge breaks")
		page := s.modal(mia, "Finding 1 · Major · 2 of 40")
		got := s.finding(1)
		if got.Subject != visit.SubjectOf(visit.OfFactory, f.Number) || got.Channel != sourcing || got.Factory != visited || got.Seen != visit.SeenByCustomer || got.ClaimBy.String() != inDays(20) || len(got.Photos) != 1 || got.Loose() {
			t.Errorf("saved is %+v", got)
		}
		s.pressIn(mia, page, "Open finding 1", "")
		done(t, s.CloseModal(mia, page.ID))
		m := s.untilSays(mia, s.direct(mia), "Customer complaint")
		expect(t, m, "hinge breaks", visited+", without a visit", "Claim by")
		for _, m := range s.Messages(liwei, acme) {
			if strings.Contains(says(m), "hinge") {
				t.Errorf("another company reads\n%s", says(m))
			}
		}

		// It belongs to something: nobody is asked to sort it.
		if loose := must(s.bot.o.Store.LooseFindings(t.Context(), s.TeamID(), mia)); len(loose) != 0 {
			t.Errorf("%d findings belong to no visit", len(loose))
		}
		// Its words can be changed, its claim's day too; and it moves to a visit.
		s.press(mia, m, "Add words")
		form = s.modal(mia, "Claim by")
		s.enter(mia, form, fieldSaw, "hinge breaks at -10 °C")
		s.send(mia, form)
		s.modal(mia, "Finding saved")
		if got := s.finding(1); got.Text != "hinge breaks at -10 °C" || got.ClaimBy.String() != inDays(20) || got.Seen != visit.SeenByCustomer {
			t.Errorf("changed it is %+v", got)
		}
		s.nothingRefused()
	})
}

// TestAFindingWithoutAVisitIsForItsChannel: a colleague who is not in it does not see it, by
// whatever button, nor that there is one.
func TestAFindingWithoutAVisitIsForItsChannel(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	f := s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	hidden := visit.Finding{Workspace: s.TeamID(), Kind: visit.OfProduct, Severity: visit.Major, Text: "hidden burrs", Source: "form/V0", By: mia}
	hidden.HangOn(&f, project)
	_, _, err := s.bot.o.Store.AddFinding(t.Context(), hidden, time.Now())
	done(t, err)
	for verb, about := range map[blocks.ActionID]blocks.Subject{
		actOpenFinding: "finding/1", actFindings: blocks.Subject(hidden.Subject) + ":0", actSort: "finding/1:minor", actFactoryPage: factorySubject(f.Number), actWords: "finding/1", actWithdraw: "finding/1",
	} {
		dm := s.direct(jonas)
		m := blocks.Said("Here")
		m.Add(blocks.Actions(blocks.Button(verb, about, "Use it")))
		done(t, s.bot.replies.post(t.Context(), s.TeamID(), dm, "", m))
		read := s.reads(jonas, func() { s.press(jonas, s.last(jonas, dm), "Use it") })
		if strings.Contains(read, "hidden burrs") || strings.Contains(read, "Finding 1") || strings.Contains(read, "1 major") {
			t.Errorf("%s: Jonas reads\n%s", verb, read)
		}
	}
	if now := s.finding(1); now.Severity != visit.Major || now.Withdrawn.IsSet() {
		t.Error("he has changed it")
	}
	// Mia does, but not where others may look over her shoulder.
	for channel, sees := range map[string]bool{sourcing: false, project: true, s.direct(mia): true} {
		if text := says(s.command(mia, channel, "/factory ningbo")); strings.Contains(text, "1 major") != sees {
			t.Errorf("in %s she reads\n%s", channel, text)
		}
	}
}

// TestAFindingWithoutAVisitIsCheckedWhenItIsSent: it goes into a channel that its person is in,
// and not from a form of a factory that they may no longer know of.
func TestAFindingWithoutAVisitIsCheckedWhenItIsSent(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	f := s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	s.command(jonas, sourcing, "/factory ningbo finding")
	form := s.modal(jonas, visited+", without a visit")
	s.complains(jonas, form, project, "hinge breaks")
	if got := s.errorsIn(jonas)[fieldChannel]; !strings.Contains(got, "not in this channel") {
		t.Errorf("in a channel that he is not in: %v", s.errorsIn(jonas))
	}
	s.hide()
	s.complains(jonas, form, sourcing, "hinge breaks")
	s.settled()
	if fs := s.findings(visit.SubjectOf(visit.OfFactory, f.Number)); len(fs) != 0 {
		t.Errorf("of a factory that he may not know of he saved %+v", fs)
	}
}

// TestTheClaimWindowOfAnAgreement fills in the day by which a claim must be made.
func TestTheClaimWindowOfAnAgreement(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	f := s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	for channel, days := range map[string]int{sourcing: 30, project: 10} {
		a := visit.Agreement{Workspace: s.TeamID(), Factory: f, Place: in(channel), Owner: mia, By: mia, Kind: visit.QualityTerms, Title: "Lamps", Signed: dayAhead(-40), Starts: dayAhead(-30)}
		a.Terms.ClaimDays = days
		must(s.bot.o.Store.AddAgreement(t.Context(), a, time.Now()))
	}
	for channel, days := range map[string]int{sourcing: 30, project: 10} {
		s.command(mia, channel, "/factory ningbo finding")
		form := s.modal(mia, "days for a claim")
		place := visit.Place{Zone: f.Zone}
		by := place.Today(s.bot.o.Now()).AddDays(days)
		if text := string(blocks.MustJSON(form.Blocks)); !strings.Contains(text, `"`+by.String()+`"`) {
			t.Errorf("in %s the form has no %s:\n%s", channel, by, blockText(form.Blocks))
		}
		done(t, s.CloseModal(mia, form.ID))
	}
}

// TestAFormForOneOfSeveralFactories asks which first.
func TestAFormForOneOfSeveralFactories(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inFactory(visit.Factory{Name: "Lucky Lamps"}, sourcing)
	s.inFactory(visit.Factory{Name: "Lucky Lights"}, sourcing)
	s.command(mia, sourcing, "/factory lucky finding")
	which := s.modal(mia, "Which factory do you mean?")
	s.pressIn(mia, which, "Lucky Lights", "")
	s.modal(mia, "Lucky Lights, without a visit")
	s.command(jonas, sourcing, "/factory unlucky finding")
	s.modal(jonas, "I can't find a factory like")
	s.nothingRefused()
}

// TestActionsOfAFactoryShowWhereTheyStand: what customers found is listed where its channel may be
// read, also while nothing else has told whether that channel is private.
func TestActionsOfAFactoryShowWhereTheyStand(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	f := s.inFactory(visit.Factory{Name: visited}, sourcing)
	for channel, text := range map[string]string{project: "hidden burrs", brokers: "loose hinge"} {
		s.logs(visit.Finding{Subject: visit.SubjectOf(visit.OfFactory, f.Number), Seen: visit.SeenByCustomer, Channel: channel, Factory: f.Name,
			Kind: visit.OfProduct, Severity: visit.Major, Text: text, By: mia, At: s.bot.o.Now()}, 0)
	}
	for channel, hidden := range map[string]bool{sourcing: true, project: false, s.direct(mia): false} {
		m := s.command(mia, channel, "/factory actions")
		expect(t, m, "loose hinge")
		if strings.Contains(says(m), "hidden burrs") == hidden {
			t.Errorf("in %s she reads\n%s", channel, says(m))
		}
	}
	if m := s.command(jonas, sourcing, "/factory actions"); strings.Contains(says(m), "loose hinge") {
		t.Errorf("who is in neither channel reads\n%s", says(m))
	}
}

// TestARefusedFindingIsDrawnForThoseWhoMaySeeIt: a card that cannot be changed says why, and is drawn
// as the finding is now for nobody who may not see that.
func TestARefusedFindingIsDrawnForThoseWhoMaySeeIt(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.hiddenFinding(false)
	f := s.finding(1)
	for who, sees := range map[string]bool{mia: true, jonas: false} {
		heard := new(lockedBuffer)
		card := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(heard, r.Body)
			io.WriteString(w, "ok")
		}))
		s.bot.o.APIURL = card.URL + "/api/" // where answers may go to
		c := click{caller: caller{team: s.TeamID(), user: who, channel: s.direct(who), on: guide.Direct}, url: card.URL}
		err := s.bot.findings.refused(t.Context(), c, &f, "change a finding", visit.Invalid("finding", "It already has an action."))
		s.bot.Wait()
		card.Close()
		if said := heard.String(); err != nil || strings.Contains(said, "hidden burrs") != sees || !strings.Contains(said, "It already has an action.") {
			t.Errorf("%s: %v, and the card says %q", who, err, said)
		}
	}
}

// TestALostReminderOfAFactoryAloneIsToldToWhoLoggedIt, then to who reviews it, and only then to the admins; a
// notice of it that is lost as well goes on to the next of them.
func TestALostReminderOfAFactoryAloneIsToldToWhoLoggedIt(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ctx, now := t.Context(), s.bot.o.Now()
	f := s.inFactory(visit.Factory{Name: visited}, sourcing)
	about := visit.SubjectOf(visit.OfFactory, f.Number)
	for n, severity := range []visit.Severity{visit.Major, visit.Minor} { // the second is due much later
		s.logs(visit.Finding{Subject: about, Seen: visit.SeenByCustomer, Channel: sourcing, Factory: f.Name,
			Kind: visit.OfProduct, Severity: severity, Text: "loose hinge", By: []string{jonas, liwei}[n], At: now}, 0)
		doer := visit.Doer{By: jonas, Lead: jonas, Now: now, Today: dayAhead(0)}
		must(s.bot.o.Store.ChangeAction(ctx, s.TeamID(), n+1, now, func(f *visit.Finding, a *visit.Action) error {
			if err := a.SetReviewer(f, []string{mia, liwei}[n], doer); err != nil {
				return err
			}
			return a.SetDue(f, dayAhead(20+60*n), "", doer)
		}))
	}
	os := s.pending(about)
	lost := os[slices.IndexFunc(os, func(o visit.Occurrence) bool { return isOfActions(o.Kind) && o.To == sourcing })]
	s.gaveUp(lost, visit.Dead, "restricted_action", 0)
	lost = must(s.bot.o.Store.Occurrence(ctx, s.TeamID(), lost.Key))
	notice := visit.Occurrence{Workspace: s.TeamID(), Kind: visit.Notice, Subject: about, Payload: lost.Key, To: jonas}
	for _, o := range []visit.Occurrence{lost, notice} {
		if people, err := s.bot.reminders.concerned(ctx, &o); err != nil || !slices.Equal(people, []string{jonas, mia}) {
			t.Errorf("of a %s it concerns %q, %v", o.Kind, people, err)
		}
	}
	if who, err := s.bot.reminders.Tell(ctx, lost, nil); who != jonas || err != nil {
		t.Errorf("%q is told, %v", who, err)
	}
}
