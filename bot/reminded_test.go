package bot

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// What the scheduler does on the stage of a test: it hands the bot what is due.

func occurrenceFilter() store.OccurrenceFilter { return store.OccurrenceFilter{} }

// remindOf records a reminder that is due.
func (s *stage) remindOf(subject visit.Subject, kind visit.Kind, milestone visit.Milestone) visit.Occurrence {
	s.t.Helper()
	a, err := s.bot.o.Store.Appointment(context.Background(), s.TeamID(), subject)
	if err != nil {
		s.t.Fatal(err)
	}
	o := visit.Occurrence{
		Workspace: s.TeamID(), Key: "k/" + string(subject) + "/" + string(kind), Kind: kind, Subject: subject, Schedule: 1, Milestone: milestone,
		To: a.Common().Channel, Zone: "Europe/Berlin", Day: civil.Of(s.bot.o.Now().In(must(time.LoadLocation("Asia/Shanghai")))), Due: s.bot.o.Now(),
	}
	if kind == visit.Escalation {
		o.To = mia
	}
	if err := s.bot.o.Store.AddOccurrence(context.Background(), o); err != nil {
		s.t.Fatal(err)
	}
	return o
}

// digestOf is a person's own items on a day.
func (s *stage) digestOf(person string, ahead int) visit.Occurrence {
	return visit.Occurrence{Workspace: s.TeamID(), Key: "k/" + person, Kind: visit.Digest, Subject: visit.SubjectOf(visit.OfPerson, person), To: person, Zone: "Europe/Berlin", Day: dayAhead(ahead), Due: time.Now()}
}

// posted sends an occurrence.
func (s *stage) posted(o visit.Occurrence) visit.Delivery {
	d := s.bot.reminders.Post(context.Background(), o)
	if errors.Is(d.Err, errCardFirst) {
		s.postCards(s.bot, s.bot.o.Store)
		d = s.bot.reminders.Post(context.Background(), o)
	}
	s.bot.Wait()
	return d
}

// reminded sends an occurrence and returns its message.
func (s *stage) reminded(o visit.Occurrence, channel string) localslack.Message {
	s.t.Helper()
	d := s.posted(o)
	for _, m := range s.Messages("", channel) {
		if d.Outcome == visit.Delivered && m.TS == d.TS {
			return m
		}
	}
	s.t.Fatalf("not sent: %+v", d)
	return localslack.Message{}
}

// pending are the reminders about something that are still to be sent.
func (s *stage) pending(subject visit.Subject) []visit.Occurrence {
	s.t.Helper()
	os, err := s.bot.o.Store.Occurrences(context.Background(), s.TeamID(), store.OccurrenceFilter{Subject: subject, States: []visit.State{visit.Pending}})
	if err != nil {
		s.t.Fatal(err)
	}
	return os
}

func TestASnoozedReminderComesBackOnceOnTheNextWorkingDay(t *testing.T) {
	for _, c := range []struct{ name, now, back string }{
		{"on a Monday", "2027-03-01T15:30:00Z", "Tue 2 March at 09:00"},
		{"on a Friday", "2027-03-05T15:30:00Z", "Mon 8 March at 09:00"},
		{"before a holiday", "2027-03-09T15:30:00Z", "Fri 12 March at 09:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			now := must(time.Parse(time.RFC3339, c.now))
			s.goBy(func() time.Time { return now })
			s.bot.o.Timing.Holiday = func(d civil.Date) bool { return d == civil.On(2027, 3, 10) || d == civil.On(2027, 3, 11) }
			v := s.visitIn(sourcing)
			before := len(s.pending(v.Subject()))
			m := s.reminded(s.remindOf(v.Subject(), visit.Remind, -7), sourcing)
			for _, who := range []string{mia, jonas, mia} {
				got := s.reads(who, func() { s.press(who, m, "Snooze reminder") })
				if !strings.Contains(got, "remind this channel again on "+c.back) {
					t.Errorf("they read\n%s", got)
				}
			}
			var again []visit.Occurrence
			for _, o := range s.pending(v.Subject()) {
				if strings.Contains(o.Key, "snooze") {
					again = append(again, o)
				}
			}
			if len(again) != 1 || len(s.pending(v.Subject())) != before+2 { // the one that was posted, by the test, and its return
				t.Fatalf("%d come back: %+v", len(again), again)
			}
			z := must(time.LoadLocation("Europe/Berlin"))
			if got := again[0].Due.In(z).Format("Mon 2 January at 15:04"); got != c.back {
				t.Errorf("it comes back on %s, want %s", got, c.back)
			}
			expect(t, s.reminded(again[0], sourcing), "Step 1")
			s.nothingRefused()
		})
	}
}

// A reminder that is sent after its visit or inspection has changed says what is true
// then, and nothing where nothing is.
func TestAReminderSaysWhatIsTrueWhenItIsSent(t *testing.T) {
	const none = "nothing is said"
	report := func(i *visit.Inspection) { must(i.Report(visit.Passed, "", mia, time.Now())) }
	for _, c := range []struct {
		name       string
		change     func(s *stage, v visit.Visit, i visit.Inspection)
		visit      string // said of a week before the visit
		inspection string // of the overdue inspection
		where      string
	}{
		{"nothing has changed", func(*stage, visit.Visit, visit.Inspection) {}, "the visit begins", "How did inspection 1", sourcing},
		{"the days moved later", func(s *stage, v visit.Visit, i visit.Inspection) {
			s.changeVisit(v, func(v *visit.Visit) { v.First, v.Last = v.First.AddDays(7), v.Last.AddDays(7) })
			s.changeInspection(i, func(i *visit.Inspection) { i.Due = i.Due.AddDays(7) })
		}, "the visit begins", none, sourcing},
		{"the days moved, and the list for them is due", func(s *stage, v visit.Visit, i visit.Inspection) {
			s.changeVisit(v, func(v *visit.Visit) { v.First, v.Last = dayAhead(-1), dayAhead(1) })
			s.changeInspection(i, func(i *visit.Inspection) { i.Due, i.LeadDays = dayAhead(1), []int{3} })
		}, "what should be done by now", "what should be done by now", sourcing},
		{"they are about to be overdue in another way", func(s *stage, v visit.Visit, i visit.Inspection) {
			s.changeVisit(v, func(v *visit.Visit) { v.Last = v.Last.AddDays(1) })
			s.changeInspection(i, func(i *visit.Inspection) { i.Due = dayAhead(-3) })
		}, "the visit begins", "How did inspection 1", sourcing},
		{"it was cancelled, or has its result", func(s *stage, v visit.Visit, i visit.Inspection) {
			s.changeVisit(v, func(v *visit.Visit) { v.Cancel(mia, time.Now()) })
			s.changeInspection(i, report)
		}, none, none, sourcing},
		{"it was cancelled and restored", func(s *stage, v visit.Visit, i visit.Inspection) {
			s.changeVisit(v, func(v *visit.Visit) { v.Cancel(mia, time.Now()) })
			s.changeVisit(v, func(v *visit.Visit) { v.Restore() })
			s.changeInspection(i, report)
			s.changeInspection(i, func(i *visit.Inspection) { i.Reopen() })
		}, "the visit begins", none, sourcing},
		{"it moved to another channel", func(s *stage, v visit.Visit, i visit.Inspection) {
			s.changeVisit(v, func(v *visit.Visit) { v.Place = in(project) })
			s.changeInspection(i, func(i *visit.Inspection) { i.Place = in(project); i.Due = dayAhead(-3) })
		}, "the visit begins", "How did inspection 1", project},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newPrivateStage(t)
			v, i := s.visitIn(sourcing), s.inspectionIn(sourcing)
			ofVisit, ofInspection := s.remindOf(v.Subject(), visit.Remind, -7), s.remindOf(i.Subject(), visit.Overdue, 0)
			for _, o := range []visit.Occurrence{ofVisit, ofInspection} { // it is on its way
				sending := o
				sending.State = visit.Sending
				must(s.bot.o.Store.Settle(context.Background(), must(s.bot.o.Store.Occurrence(context.Background(), o.Workspace, o.Key)), sending))
			}
			c.change(s, v, i)
			for o, want := range map[*visit.Occurrence]string{&ofVisit: c.visit, &ofInspection: c.inspection} {
				d := s.posted(*o)
				if c.where != sourcing {
					if d.Outcome != visit.NothingSaid {
						t.Errorf("%s: in the old channel it is %q", o.Subject, d.Outcome)
					}
					n := 0
					for _, p := range s.pending(o.Subject) {
						if p.Kind != visit.Card && p.Due.Equal(o.Due.Truncate(time.Millisecond)) && p.To == c.where {
							n++
							d = s.posted(p)
						}
					}
					if n != 1 {
						t.Fatalf("%s: %d wait for the new channel", o.Subject, n)
					}
				}
				said := none
				for _, m := range s.Messages("", c.where) {
					if d.Outcome == visit.Delivered && m.TS == d.TS {
						said = m.Text
					}
				}
				if !strings.Contains(said, want) {
					t.Errorf("%s: said %q, want %q", o.Subject, said, want)
				}
			}
			s.nothingRefused()
		})
	}
}

func TestWhatIsSnoozedComesWhereItsVisitIsThen(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(v *visit.Visit)
		says   string
		to     string // where it comes back
	}{
		{"in the channel", func(*visit.Visit) {}, "remind this channel again on", sourcing},
		{"the visit was moved to another", func(v *visit.Visit) { v.Place = in(project) }, "remind the channel that prepares it now", project},
		{"the visit was cancelled", func(v *visit.Visit) { v.Cancel(mia, time.Now()) }, "nothing to snooze", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newPrivateStage(t)
			v := s.visitIn(sourcing)
			m := s.reminded(s.remindOf(v.Subject(), visit.Remind, -7), sourcing)
			s.changeVisit(v, c.change)
			if got := s.reads(mia, func() { s.press(mia, m, "Snooze reminder") }); !strings.Contains(got, c.says) {
				t.Errorf("they read\n%s", got)
			}
			to := ""
			for _, o := range s.pending(v.Subject()) {
				if o.Promised() {
					to += o.To
				}
			}
			if to != c.to {
				t.Errorf("it comes back in %q, want %q", to, c.to)
			}
			s.nothingRefused()
		})
	}
}

func (s *stage) changeVisit(v visit.Visit, change func(*visit.Visit)) {
	s.t.Helper()
	if _, err := s.bot.o.Store.ChangeVisit(context.Background(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { change(v); return nil }); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) changeInspection(i visit.Inspection, change func(*visit.Inspection)) {
	s.t.Helper()
	if _, err := s.bot.o.Store.ChangeInspection(context.Background(), s.TeamID(), i.Number, time.Now(), func(i *visit.Inspection) error { change(i); return nil }); err != nil {
		s.t.Fatal(err)
	}
}

// TestOnItsDayAnInspectionIsDueAndTheChecklistIsNot: what is to be done after the result comes
// next, and does not contradict the day.
func TestOnItsDayAnInspectionIsDueAndTheChecklistIsNot(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	at := must(time.Parse(time.RFC3339, "2026-12-07T08:00:00Z"))
	s.goBy(func() time.Time { return at })
	i := s.inspectionIn(sourcing, visit.Item{ID: 1, Milestone: 1, Text: "Answer in writing"})
	s.changeInspection(i, func(i *visit.Inspection) {
		i.Due = civil.On(2026, 12, 7)
		must(i.Items.Tick(2, mia, at))
	})
	m := s.reminded(s.remindOf(i.Subject(), visit.Remind, 0), sourcing)
	expect(t, m, "due today, on Mon 7 December", "On the checklist, nothing is due right now. Next: Answer in writing, by 8 December.")
}
