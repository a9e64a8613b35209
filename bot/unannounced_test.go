package bot

import (
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// markedUnannounced has a visit be one of which the factory does not know.
func (s *stage) markedUnannounced(v visit.Visit) visit.Visit {
	s.t.Helper()
	s.changeVisit(v, func(v *visit.Visit) { v.Unannounced = true })
	return s.visit(v.Number)
}

func TestAnUnannouncedVisitHasNoHostBrief(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.hosted(sourcing, "supplier_audit")
	s.command(mia, sourcing, "/visit-prep host 1")
	form := s.modal(mia, "Who it is for")
	s.enter(mia, form, visit.HostTo, "王总")
	v = s.markedUnannounced(v) // a colleague, while the form is open
	before := len(s.Messages(mia, s.direct(mia)))
	s.send(mia, form)
	const words = "so it has no host brief: that would tell the factory that you come."
	if got := s.errorsIn(mia)[visit.HostReplyBy]; !strings.HasSuffix(got, words) {
		t.Errorf("the form says %v", s.errorsIn(mia))
	}
	s.closeAll(mia)
	s.command(mia, sourcing, "/visit-prep host 1")
	s.modal(mia, words)
	s.closeAll(mia)
	s.pressAgain(mia, actHost, visitSubject(&v))
	s.modal(mia, words)
	s.closeAll(mia)
	s.pressAgain(mia, actHostAgain, "visit/1:1")
	s.untilSays(mia, s.direct(mia), words)
	if len(s.hostBriefs(1)) > 0 || s.has(mia, s.direct(mia), "王总") || len(s.Messages(mia, s.direct(mia))) < before {
		t.Error("a host brief was made")
	}
	card := says(s.command(mia, sourcing, "/visit-prep show 1"))
	if strings.Contains(card, "Host brief") || !strings.Contains(card, "Unannounced: the factory does not know about it") {
		t.Errorf("the card says\n%s", card)
	}
	s.nothingRefused()
}

// The mark is asked of audits, when one is planned and when it is edited, and with it goes what
// would ask the factory for something beforehand.
func TestAVisitIsMarkedAsUnannounced(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.command(mia, sourcing, "/visit-prep plan")
	form := s.modal(mia, "Purpose")
	if strings.Contains(blockText(form.Blocks), "Does the factory know?") {
		t.Error("a visit without a purpose is asked about")
	}
	s.enter(mia, form, fieldPurpose, "first_visit")
	form = s.redrawn(mia, form)
	if strings.Contains(blockText(form.Blocks), "Does the factory know?") {
		t.Error("a first visit is asked about")
	}
	s.enter(mia, form, fieldPurpose, "supplier_audit")
	form = s.modal(mia, "Does the factory know?")
	s.enter(mia, form, fieldName, visited)
	s.enter(mia, form, fieldFirst, inDays(60))
	s.tick(mia, form, fieldUnannounced, isUnannounced)
	s.enter(mia, form, fieldChannel, acme)
	s.send(mia, form)
	if got := s.errorsIn(mia)[fieldChannel]; !strings.Contains(got, "would learn of an unannounced visit") {
		t.Fatalf("where another company reads it says %v", s.errorsIn(mia))
	}
	s.enter(mia, form, fieldChannel, sourcing)
	s.send(mia, form)
	s.settled()
	asks := func() (n int) {
		for _, l := range s.bot.guide.Load().Template("supplier_audit").Lines {
			for _, i := range s.visit(1).Items {
				if i.Text == l.Item && !l.Host.IsZero() && i.Milestone < 0 && !i.Removed {
					n++
				}
			}
		}
		return n
	}
	if v := s.visit(1); !v.Unannounced || len(v.Items) < 5 || asks() > 0 {
		t.Fatalf("planned, it is %v, with %d lines that ask the factory", v.Unannounced, asks())
	}
	if said := s.count(liwei, acme, visited); said > 0 {
		t.Error("the supplier has read of it")
	}
	s.closeAll(mia)

	// Announced after all, it asks the factory; and back.
	edit := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Add people, agenda…")
	if typedIn(edit, fieldUnannounced) != isUnannounced {
		t.Error("the form has forgotten it")
	}
	s.tick(mia, edit, fieldUnannounced)
	s.send(mia, edit)
	s.settled()
	if s.visit(1).Unannounced || asks() == 0 {
		t.Errorf("announced, it has %d lines that ask the factory", asks())
	}
	edit = s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Add people, agenda…")
	s.tick(mia, edit, fieldUnannounced, isUnannounced)
	s.send(mia, edit)
	s.settled()
	if !s.visit(1).Unannounced || asks() > 0 {
		t.Errorf("unannounced again, it has %d", asks())
	}
	s.nothingRefused()
}

// A visit that is in a channel of ours keeps quiet once another company reads there: its card says
// nothing, and its reminders come to whoever planned it.
func TestAnUnannouncedVisitWhereOthersHaveComeToRead(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.visitOn(acme, 0, 1)
	s.changeVisit(v, func(v *visit.Visit) { v.Purpose = "supplier_audit" })
	edit := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Edit visit")
	s.tick(mia, edit, fieldUnannounced, isUnannounced)
	s.send(mia, edit)
	if got := s.errorsIn(mia)[fieldChannel]; !strings.Contains(got, "would learn of an unannounced visit") {
		t.Fatalf("marked where others read already, it says %v", s.errorsIn(mia))
	}
	s.closeAll(mia)
	v = s.markedUnannounced(s.visit(1)) // it was marked before they came
	said := s.listens(acme)
	s.show(v.Subject())
	if card := says(s.card(acme, s.visit(1).Card)); strings.Contains(card, visited) || !strings.Contains(card, "not shown while another company can read here") {
		t.Errorf("its card says\n%s", card)
	}
	for _, ms := range []visit.Milestone{-7, 0, 1} {
		m := s.reminded(s.remindOf(v.Subject(), visit.Remind, ms), s.direct(mia))
		expect(t, m, visited)
	}
	s.clicked(jonas, localslack.Message{Channel: acme}, actArrive, daySubject(v.Subject(), civil.Of(s.bot.o.Now())))
	s.movedBy(jonas, s.visit(1), 1)
	told := s.tellings()
	if to(told, acme).says != "" || to(told, mia).says == "" {
		t.Errorf("of other days is told %v", told)
	}
	s.changeVisit(s.visit(1), func(v *visit.Visit) { v.Cancelled = visit.Mark{By: mia, At: time.Now()} })
	s.show(v.Subject())
	for _, words := range []string{visited, "udit", "Visit 1", "visit begins"} {
		if strings.Contains(said.text(), words) {
			t.Errorf("the channel was told %q:\n%s", words, said.text())
		}
	}
	s.nothingRefused()
}

// Who planned it and has left the channel is not told there of what others read nothing about.
func TestWhoLeftIsNotRemindedOfAnUnannouncedVisit(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.markedUnannounced(s.visitOn(acme, 0, 1))
	s.reminded(s.remindOf(v.Subject(), visit.Remind, -7), s.direct(mia))
	done(t, s.Leave(mia, acme))
	s.settled()
	s.bot.directory.forget(s.TeamID())
	before := len(s.Messages(mia, s.direct(mia)))
	if d := s.posted(s.remindOf(v.Subject(), visit.Remind, 0)); d.Outcome != visit.NothingSaid || len(s.Messages(mia, s.direct(mia))) > before {
		t.Errorf("it is %+v, and she reads\n%s", d, says(s.last(mia, s.direct(mia))))
	}
}
