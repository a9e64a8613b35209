package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// keptZone is the zone that is kept of a person, "" while there is none.
func (s *stage) keptZone(person string) string {
	p, err := s.bot.o.Store.Person(context.Background(), s.TeamID(), person)
	if err != nil {
		return ""
	}
	return p.Zone
}

func (s *stage) digestZone(person string) string {
	sc, err := s.bot.o.Store.Schedule(context.Background(), s.TeamID(), visit.RecurDigest, visit.SubjectOf(visit.OfPerson, person))
	if err != nil {
		return ""
	}
	return sc.Zone
}

func TestWhoIsGivenSomethingIsAskedForTheirZone(t *testing.T) {
	const chicago = "America/Chicago"
	for name, give := range map[string]func(t *testing.T, s *stage){
		"an item of a checklist": func(t *testing.T, s *stage) {
			s.press(mia, s.plan(mia, sourcing), "Open checklist")
			list := s.modal(mia, "8 weeks before")
			a := s.find(list.Blocks, "", "item-2")
			a.View, a.ActionID, a.Value = list.ID, string(actOwner), jonas
			if err := s.Act(mia, a); err != nil {
				t.Fatal(err)
			}
		},
		"an item of the team's own": func(t *testing.T, s *stage) {
			s.press(mia, s.plan(mia, sourcing), "Add item")
			form := s.modal(mia, "What needs to be done?")
			s.enter(mia, form, fieldItem, "Bring a gauge")
			s.enter(mia, form, fieldOwner, jonas)
			s.send(mia, form)
		},
		"a seat on a visit": func(t *testing.T, s *stage) {
			s.press(mia, s.plan(mia, sourcing), "Add people, agenda…")
			form := s.modal(mia, "Who is travelling")
			s.enter(mia, form, fieldPeople, jonas)
			form = s.redrawn(mia, form)
			s.send(mia, form)
		},
		"inspections, in turn": func(t *testing.T, s *stage) {
			p := visit.Plan{Workspace: s.TeamID(), Factory: visit.Factory{Name: "Acme Lighting"}, Type: "pre_shipment", Rule: "every 2 weeks from " + inDays(30), Place: in(sourcing), Owner: mia}
			if _, err := s.bot.o.Store.AddPlan(t.Context(), p, time.Now()); err != nil {
				t.Fatal(err)
			}
			s.press(mia, s.command(mia, sourcing, "/inspection plan 1"), "Edit plan")
			form := s.modal(mia, "How often?")
			s.enter(mia, form, fieldInspectors, jonas)
			s.send(mia, form)
			s.noModal(mia)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			give(t, s)
			s.bot.Wait()
			if got := s.keptZone(jonas); got != chicago {
				t.Errorf("his zone is %q", got)
			}
			if got := s.digestZone(jonas); got != chicago && strings.Contains(name, "item") {
				t.Errorf("his items come by the clock of %q", got)
			}
		})
	}
}

// TestZonesAreAskedUntilSlackGivesThem and again after a day: those of people whom an
// import has named, those that could not be asked, and those who have moved.
func TestZonesAreAskedUntilSlackGivesThem(t *testing.T) {
	s := newStage(t, overHTTP)
	ctx := t.Context()
	day := civil.Of(time.Now()).AddDays(60)
	w := visit.Work{Workspace: s.TeamID(), Factory: visit.Factory{Name: "Acme"}, Place: in(sourcing), Owner: mia}
	w.Items = visit.Checklist{{ID: 1, Milestone: -7, Text: "Ask", Owner: jonas}, {ID: 2, Milestone: -7, Text: "Ask too", Owner: "U0NOBODY001"}}
	defer s.bot.holdCards()()
	if _, err := s.bot.o.Store.Import(ctx, []visit.Visit{{Work: w, Purpose: "first_visit", First: day, Last: day}}, nil, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := s.digestZone(jonas); got != visit.DefaultZone {
		t.Fatalf("until it is known, his zone is %q", got)
	}
	ask := func() error { return s.bot.directory.askZones(ctx, s.TeamID()) }
	began := time.Now()
	left := func() int { return len(must(s.bot.o.Store.ZonesToAsk(ctx, s.TeamID(), began, 10))) }
	s.Fail("users.info", "ratelimited", 1)
	if err := ask(); err == nil || s.keptZone(jonas) != "" {
		t.Errorf("Slack asked to wait, and the zone is %q, %v", s.keptZone(jonas), err)
	}
	s.Fail("users.info", "internal_error", 1) // of one; the others are asked
	if err := ask(); err == nil || left() != 1 {
		t.Errorf("Slack failed once, and %d are left, %v", left(), err)
	}
	if err := ask(); err != nil || left() != 0 {
		t.Errorf("then %d are left, %v; one is nobody, and is not asked about every minute", left(), err)
	}
	if s.keptZone(jonas) != "America/Chicago" || s.digestZone(jonas) != "America/Chicago" || s.keptZone(mia) != "Europe/Berlin" {
		t.Errorf("zones %q, %q, %q", s.keptZone(jonas), s.digestZone(jonas), s.keptZone(mia))
	}
	// He moves, and the event is lost. Not asked again within a day, then he is.
	s.LoseEvents(true)
	if err := s.MoveZone(jonas, "Asia/Shanghai"); err != nil {
		t.Fatal(err)
	}
	if err := ask(); err != nil || s.digestZone(jonas) != "America/Chicago" {
		t.Errorf("asked again at once: %q, %v", s.digestZone(jonas), err)
	}
	if err := s.bot.o.Store.NoteZone(ctx, s.TeamID(), jonas, "America/Chicago", time.Now(), time.Now().Add(-keepZone-time.Minute)); err != nil {
		t.Fatal(err)
	}
	s.bot.directory.asked.drop(inTeam(s.TeamID(), jonas)) // half an hour has passed
	if err := ask(); err != nil || s.digestZone(jonas) != "Asia/Shanghai" || s.keptZone(jonas) != "Asia/Shanghai" {
		t.Errorf("a day later: %q, %v", s.digestZone(jonas), err)
	}
}

// TestWhoMovesIsFollowedAtOnce by Slack's event, and of whom nothing is kept, nothing is.
func TestWhoMovesIsFollowedAtOnce(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	if _, err := s.bot.o.Store.ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error {
		_, err := v.Items.Assign(1, jonas)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.bot.directory.noteZone(t.Context(), s.TeamID(), jonas); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{jonas, mia} {
		if err := s.MoveZone(who, "Asia/Tokyo"); err != nil {
			t.Fatal(err)
		}
	}
	s.bot.Wait()
	if got := s.digestZone(jonas); got != "Asia/Tokyo" {
		t.Errorf("his items come by the clock of %q", got)
	}
	if got := s.keptZone(mia); got != "" {
		t.Errorf("of Mia, who has nothing here, %q is kept", got)
	}
}

// TestSettingsKeepTheZoneThatIsKnown where Slack does not answer.
func TestSettingsKeepTheZoneThatIsKnown(t *testing.T) {
	s := newStage(t, overHTTP)
	ctx := t.Context()
	if err := s.bot.o.Store.PutPerson(ctx, store.Person{Workspace: s.TeamID(), ID: jonas, Zone: "Asia/Tokyo", Quiet: store.DefaultQuiet}, time.Now()); err != nil {
		t.Fatal(err)
	}
	s.Fail("users.info", "internal_error", 10)
	if got := s.bot.directory.slackZone(ctx, s.TeamID(), jonas); got != "Asia/Tokyo" {
		t.Errorf("his zone is %q", got)
	}
	if got := s.bot.directory.zoneOf(ctx, s.TeamID(), jonas); got != "Asia/Tokyo" {
		t.Errorf("he reads in %q", got)
	}
	if got := s.bot.directory.slackZone(ctx, s.TeamID(), mia); got != "" {
		t.Errorf("a zone that nobody knows is %q", got)
	}
}
