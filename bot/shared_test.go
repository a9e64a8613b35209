package bot

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// What these tests hold is the README's second sentence of "Who sees what": lines
// about audits, prices, negotiation and red flags are left out of what is posted in
// a channel that another company shares.

// allThatIsPosted is what somebody reads of all that is ever posted in a channel about
// a visit or an inspection with a checklist.
func (s *stage) allThatIsPosted(tm *knowledge.Template, reader, channel string) string {
	s.t.Helper()
	kinds := []visit.Kind{visit.Remind, visit.CatchUp}
	var about visit.Subject
	if tm.For == knowledge.ForVisit {
		v := s.visitIn(channel, s.bot.Checklist(tm.ID)...)
		about = v.Subject()
	} else {
		i := s.inspectionIn(channel, s.bot.Checklist(tm.ID)...)
		about, kinds = i.Subject(), append(kinds, visit.Overdue)
	}
	return s.reads(reader, func() {
		s.show(about)
		for _, kind := range kinds {
			for _, m := range []visit.Milestone{-56, -28, -14, -7, -3, -1, 0, 1, 7, 30, 90} {
				if m > 0 && kind == visit.Remind && tm.For != knowledge.ForVisit {
					continue // it comes after a result
				}
				s.reminded(s.remindOf(about, kind, m), channel)
			}
		}
		if tm.For != knowledge.ForVisit {
			s.changeInspection(visit.Inspection{Work: visit.Work{Number: about.Number()}}, func(i *visit.Inspection) { i.Result, i.Reported = visit.Failed, visit.Mark{By: mia, At: time.Now()} })
			for _, m := range []visit.Milestone{1, 7, 30, 90} {
				s.reminded(s.remindOf(about, visit.Remind, m), channel)
			}
		}
	})
}

func TestNoSensitiveLineOfAnyChecklistIsPostedInASharedChannel(t *testing.T) {
	templates := must(knowledge.EmbeddedTemplates(must(knowledge.Embedded())))
	for _, c := range []struct {
		reader, channel string
		shared          bool
	}{{liwei, acme, true}, {jonas, sourcing, false}} {
		s := newStage(t, overHTTP)
		read, unread := 0, 0 // sensitive lines
		for _, tm := range templates {
			said := s.allThatIsPosted(tm, c.reader, c.channel)
			for _, line := range tm.Lines {
				switch {
				case !line.Sensitive:
				case !strings.Contains(said, line.Item):
					unread++
				case c.shared:
					t.Errorf("%s: the supplier reads %q", tm.ID, line.Item)
				default:
					read++
				}
			}
		}
		if c.shared && unread < 20 || !c.shared && read < 20 {
			t.Errorf("in %s %d sensitive lines are read and %d are not: what is looked for?", c.channel, read, unread)
		}
		s.nothingRefused()
	}
}

func TestTheSupplierIsNotToldThatAnAuditOrANegotiationIsAhead(t *testing.T) {
	for _, c := range []struct{ reader, channel string }{{liwei, acme}, {jonas, sourcing}} {
		s := newStage(t, overHTTP)
		for _, kind := range []string{"negotiation", "supplier_audit", "process_audit", "social_audit", "routine_audit"} {
			var about visit.Subject
			if kind == "routine_audit" {
				i := s.inspectionIn(c.channel)
				s.changeInspection(i, func(i *visit.Inspection) { i.Type = kind })
				about = i.Subject()
			} else {
				v := s.visitIn(c.channel)
				s.changeVisit(v, func(v *visit.Visit) { v.Purpose = kind })
				about = v.Subject()
			}
			card := strings.ToLower(s.reads(c.reader, func() {
				s.show(about)
			}))
			if told := strings.Contains(card, "audit") || strings.Contains(card, "negotiation"); card == "" || told != (c.channel == sourcing) {
				t.Errorf("%s in %s: the card says\n%s", kind, c.channel, card)
			}
		}
		s.nothingRefused()
	}
}

// price is a line that the supplier must not know of, nor that there is one.
var price = visit.Item{ID: 1, Milestone: -56, Text: "Agree the target price among yourselves", Sensitive: true}

func TestTheSupplierIsNotToldHowManySensitiveLinesThereAre(t *testing.T) {
	for _, c := range []struct{ channel, progress, next string }{
		{acme, "0 of 13 done", "Next: 13 items, 1 week before"},
		{sourcing, "0 of 14 done", "Next: 1 item, 8 weeks before"},
	} {
		s := newStage(t, overHTTP)
		v := s.visitIn(c.channel, price)
		s.show(v.Subject())
		expect(t, s.last(mia, c.channel), c.progress, c.next)
	}
}

func TestWhatGoesToOnePersonLeavesNothingOut(t *testing.T) {
	s := newStage(t, overHTTP)
	i := s.inspectionIn(acme, price)
	o := s.remindOf(i.Subject(), visit.Remind, -14)
	o.To = mia
	expect(t, s.reminded(o, s.direct(mia)), price.Text)
	s.nothingRefused()
}

func TestEarlierResultsAndPlansAreNotOfferedWhereTheSupplierReads(t *testing.T) {
	for _, channel := range []string{acme, sourcing} {
		s := newStage(t, overHTTP)
		i := s.inspectionIn(channel)
		s.show(i.Subject())
		if got := says(s.last(mia, channel)); strings.Contains(got, "Earlier results") != (channel == sourcing) {
			t.Errorf("in %s the card says\n%s", channel, got)
		}
	}
}

func TestNothingIsPlannedWhereAnotherCompanyReadsBeforeSomebodyAgrees(t *testing.T) {
	const joint = "C0JOINTLY01" // shared, and the app is not there yet
	for _, c := range []struct {
		name string
		form func(s *stage) (v localslack.View)
		says string
	}{
		{"a visit", func(s *stage) localslack.View {
			s.command(mia, joint, "/visit-prep plan")
			v := s.top(mia)
			for _, f := range [][2]string{{fieldName, visited}, {fieldPurpose, "first_visit"}, {fieldFirst, inDays(30)}} {
				s.enter(mia, v, f[0], f[1])
			}
			s.send(mia, v)
			if err := s.Invite(mia, joint); err != nil {
				s.t.Fatal(err)
			}
			s.bot.Wait()
			s.pressIn(mia, s.top(mia), "Try again", "")
			return s.top(mia)
		}, "is shared with another company"},
		{"a visit that moves there", func(s *stage) localslack.View {
			s.visitIn(sourcing)
			v := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Edit visit")
			s.enter(mia, v, fieldChannel, acme)
			s.send(mia, v)
			return s.top(mia)
		}, "pick a channel that isn't shared with another company"},
		{"an inspection", func(s *stage) localslack.View {
			s.command(mia, acme, "/inspection schedule")
			v := s.top(mia)
			for _, f := range [][2]string{{fieldName, inspected}, {fieldType, "pre_shipment"}, {fieldDue, inDays(30)}} {
				s.enter(mia, v, f[0], f[1])
			}
			s.send(mia, v)
			return s.top(mia)
		}, "pick a channel that isn't shared with another company"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, overHTTP, localslack.Channel{ID: joint, Name: "joint", ExtShared: true, Members: []string{mia, liwei}})
			v := c.form(s)
			got := v.Title + "\n" + blockText(v.Blocks)
			for _, words := range v.Errors {
				got += "\n" + words
			}
			if !strings.Contains(got, c.says) {
				t.Errorf("the form says\n%s", got)
			}
			for _, channel := range []string{acme, joint} {
				if slices.ContainsFunc(s.Messages(liwei, channel), func(m localslack.Message) bool { return tellsOf(says(m)) }) {
					t.Errorf("the supplier reads of it in %s", channel)
				}
			}
			for _, v := range must(s.bot.o.Store.Visits(context.Background(), s.TeamID(), store.Filter{})) {
				if v.Channel != sourcing {
					t.Errorf("a visit is in %s", v.Channel)
				}
			}
		})
	}
}
