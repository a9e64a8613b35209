package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// TestWhatTheTeamWritesItselfIsForInsiders: nobody can tell what an item or a note of the
// team's own says, so in a channel that another company reads it is left out, until
// whoever wrote it says that they may read it.
func TestWhatTheTeamWritesItselfIsForInsiders(t *testing.T) {
	const item, note = "Walk away unless the price drops 15 percent", "We would take them at half the price"
	for _, c := range []struct {
		name, readers string
		told          bool
	}{
		{"nothing is said about who may read it", "", false},
		{"it is for colleagues", readersInsiders, false},
		{"it is for everyone", readersEveryone, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			choose := func(form string) {
				v := s.top(mia)
				if c.readers != "" {
					s.enter(mia, v, fieldReaders, c.readers)
				}
				s.send(mia, v)
				s.bot.Wait()
				if e := s.errorsIn(mia); len(e) > 0 {
					t.Fatalf("%s: %v", form, e)
				}
			}
			i := s.inspectionIn(acme)
			s.press(mia, s.command(mia, acme, "/inspection show 1"), "Add item")
			s.bot.Wait()
			s.enter(mia, s.top(mia), fieldItem, item)
			choose("an item")
			reminder := s.reads(liwei, func() { s.reminded(s.remindOf(i.Subject(), visit.Remind, 0), acme) })
			if strings.Contains(reminder, item) != c.told {
				t.Errorf("the supplier reads\n%s", reminder)
			}

			s.command(mia, acme, "/inspection done 1")
			s.bot.Wait()
			s.enter(mia, s.top(mia), fieldResult, string(visit.Failed))
			s.enter(mia, s.top(mia), fieldEarly, earlyYes)
			s.enter(mia, s.top(mia), fieldNote, note)
			choose("a result")
			card := s.reads(liwei, func() {
				s.show(i.Subject())
			})
			if card += s.seesAll(liwei); strings.Contains(card, note) != c.told || !strings.Contains(card, "Result: failed") {
				t.Errorf("the supplier reads\n%s", card)
			}
			expect(t, s.command(mia, acme, "/inspection show 1"), note)
			s.nothingRefused()
		})
	}
}

// TestWhoMayReadIsAskedOnlyWhereSomebodyElseReads: elsewhere the question has no sense, and
// what was written stays for insiders if the channel is shared later.
func TestWhoMayReadIsAskedOnlyWhereSomebodyElseReads(t *testing.T) {
	s := newStage(t, overHTTP)
	s.visitIn(sourcing)
	s.press(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Add item")
	s.bot.Wait()
	v := s.top(mia)
	if words := blockText(v.Blocks); strings.Contains(words, "Who may read it?") {
		t.Errorf("the form asks\n%s", words)
	}
	s.enter(mia, v, fieldItem, "Bring a gauge")
	s.send(mia, v)
	s.bot.Wait()
	saved := must(s.bot.o.Store.Visit(context.Background(), s.TeamID(), 1))
	last := saved.Items[len(saved.Items)-1]
	for _, i := range saved.Items {
		if i.Custom {
			last = i
		}
	}
	if last.Text != "Bring a gauge" || !last.Sensitive {
		t.Errorf("it is kept as %+v", last)
	}
}

// seesAll is everything that somebody sees now.
func (s *stage) seesAll(who string) string {
	s.t.Helper()
	var all []string
	for _, words := range s.sees(who) {
		all = append(all, words)
	}
	return strings.Join(all, "\n")
}

// TestTheFormAsksWhoMayReadByWhoReadsNow goes by what the channel is at the moment, not by
// what it was when the visit was planned.
func TestTheFormAsksWhoMayReadByWhoReadsNow(t *testing.T) {
	const question = "Who may read it?"
	for name, c := range map[string]struct {
		change func(s *stage) error
		asks   bool
		hint   string
	}{
		"as it was":    {func(*stage) error { return nil }, false, ""},
		"shared":       {func(s *stage) error { return s.ShareChannel(sourcing) }, true, "This channel is shared with another company."},
		"with a guest": {func(s *stage) error { return s.SetGuest(jonas, localslack.Restricted) }, true, "A guest reads this channel"},
		"not any more": {func(s *stage) error { return firstOf(s.ShareChannel(sourcing), s.UnshareChannel(sourcing)) }, false, ""},
	} {
		s := newStage(t, overHTTP)
		s.visitIn(sourcing)
		s.inspectionIn(sourcing)
		done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
		done(t, c.change(s))
		s.settled()
		s.bot.Wait()
		for command, button := range map[string]string{"/visit-prep show 1": "Add item", "/inspection show 1": "Report result"} {
			got := blockText(s.opens(mia, s.command(mia, sourcing, command), button).Blocks)
			if strings.Contains(got, question) != c.asks || !strings.Contains(got, c.hint) {
				t.Errorf("%s: the form behind %q says\n%s", name, button, got)
			}
		}
		s.nothingRefused()
	}
}
