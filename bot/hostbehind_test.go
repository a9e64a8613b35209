package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// behind sends what waits about host briefs that are behind, and returns what Mia reads.
func (s *stage) behind() (said []localslack.Message) {
	s.t.Helper()
	s.settled()
	ctx, st := context.Background(), s.bot.o.Store
	since := len(s.Messages(mia, s.direct(mia)))
	for _, o := range must(st.Occurrences(ctx, s.TeamID(), store.OccurrenceFilter{States: []visit.State{visit.Pending}, Kinds: []visit.Kind{visit.BriefBehind}})) {
		sent := o
		if sent.State = visit.Cancelled; s.posted(o).Outcome == visit.Delivered {
			sent.State = visit.Sent
		}
		must(st.Settle(ctx, o, sent))
	}
	return s.brought(mia, since)
}

func TestWhatChangesAfterAHostBriefIsTold(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	v := s.hosted(sourcing, "first_visit")
	s.movedBy(jonas, v, 1)
	if ms := s.behind(); len(ms) > 0 {
		t.Fatalf("before there is a brief she reads %v", ms)
	}
	s.hostBrief(mia, sourcing, 1)

	s.movedBy(jonas, s.visit(1), 7)
	must(s.bot.o.Store.By(mia).ChangeVisit(t.Context(), s.TeamID(), 1, time.Now(), func(v *visit.Visit) error { // her own change counts, too
		v.People = []visit.Person{{User: mia, Role: "leads"}, {Name: "Ms Zhang"}, {User: jonas}}
		v.Agenda = "another"
		return nil
	}))
	ms := s.behind()
	if len(ms) != 1 {
		t.Fatalf("she reads %v", ms)
	}
	was, is := daySpan(english, dayAhead(61), dayAhead(62)), daySpan(english, dayAhead(68), dayAhead(69))
	expect(t, ms[0], "Visit 1, "+visited+" no longer matches your host brief, revision 1: it was planned for "+was+" and is now on "+is+"; now also going: Ms Zhang; no longer going: Ms Liu.")
	s.press(mia, ms[0], "Open the host brief")
	s.modal(mia, "Who it is for")
	s.closeAll(mia)

	// What the brief does not say, and what has changed back, is no news. Nor is it once a new revision was made.
	s.changeVisit(s.visit(1), func(v *visit.Visit) { v.Agenda, v.Items[0].Owner = "once more", jonas })
	s.movedBy(jonas, s.visit(1), 2)
	s.movedBy(jonas, s.visit(1), -2)
	if ms := s.behind(); len(ms) > 0 {
		t.Errorf("of what has changed back she reads %s", says(ms[0]))
	}
	s.movedBy(jonas, s.visit(1), 2)
	s.hostBrief(mia, sourcing, 1)
	if ms := s.behind(); len(ms) > 0 {
		t.Errorf("of what the new revision says she reads %s", says(ms[0]))
	}
	s.changeVisit(s.visit(1), func(v *visit.Visit) { v.Cancelled = visit.Mark{By: jonas, At: time.Now()} })
	if ms = s.behind(); len(ms) != 1 || !strings.Contains(says(ms[0]), "is cancelled, and the factory may have your host brief, revision 2. Please tell them.") {
		t.Errorf("of a cancelled visit she reads %v", ms)
	}
	s.nothingRefused()
}

// Whoever is not in the channel of the visit any more is told nothing of it.
func TestOfAHostBriefThatIsBehindItsReaderMustSee(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.hosted(sourcing, "first_visit")
	s.hostBrief(mia, sourcing, 1)
	s.movedBy(jonas, s.visit(1), 7)
	done(t, s.Leave(mia, sourcing))
	s.settled()
	s.bot.directory.members.drop(inTeam(s.TeamID(), sourcing))
	if ms := s.behind(); len(ms) > 0 {
		t.Errorf("she reads %s", says(ms[0]))
	}
}
