package bot

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// TestAMarketFormForgetsAChannelThatWasLeft: who has left the channel since a form was opened, or was
// never in it, neither reads nor saves anything of its factory.
func TestAMarketFormForgetsAChannelThatWasLeft(t *testing.T) {
	t.Parallel()
	filled := func(s *stage, form localslack.View) {
		s.enter(mia, form, fieldNote, "late words")
		s.tags(mia, form, "people")
	}
	for name, saves := range map[string]func(*stage, visit.Visit) localslack.View{
		"an answer": func(s *stage, v visit.Visit) localslack.View {
			s.pressAgain(mia, actNoteAnswer, visitSubject(&v)+":trends-ask-roadmap")
			form := s.modal(mia, "What did they say?")
			filled(s, form)
			return form
		},
		"a note of its factory": func(s *stage, v visit.Visit) localslack.View {
			s.pressAgain(mia, actAddMarket, factorySubject(v.Factory.Number))
			form := s.modal(mia, "What did they say?")
			filled(s, form)
			s.enter(mia, form, fieldChannel, sourcing)
			return form
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := marketStage(t)
			s.inFactory(visit.Factory{Name: visited}, sourcing)
			secret := visit.Visit{Purpose: "first_visit", First: dayAhead(0), Last: dayAhead(1)}
			secret.Workspace, secret.Owner, secret.Factory.Name, secret.Place = s.TeamID(), mia, "Secret Works", in(project)
			secret = must(s.bot.o.Store.PlanVisit(t.Context(), secret, s.bot.o.Now()))
			for verb, about := range map[blocks.ActionID]blocks.Subject{
				actMarket: marketList{factory: secret.Factory.Number}.value(), actAddMarket: factorySubject(0), actNoteAnswer: visitSubject(&secret) + ":trends-ask-roadmap",
			} {
				read := s.reads(jonas, func() { s.pressAgain(jonas, verb, about) })
				for _, m := range s.Modals(jonas) {
					read += blockText(m.Blocks)
				}
				if strings.Contains(read, "Secret Works") {
					t.Errorf("%s: Jonas reads\n%s", verb, read)
				}
				s.closeAll(jonas)
			}
			form := saves(s, secret)
			done(t, s.Leave(mia, project))
			s.settled()
			s.bot.directory.forget(s.TeamID())
			s.send(mia, form)
			s.settled()
			if ns := s.marketNotes(); len(ns) > 0 {
				t.Errorf("saved is %+v", ns)
			}
		})
	}
}

// TestTheDigestIsTurnedOffInOnesOwnChannels: not in one that somebody is not in.
func TestTheDigestIsTurnedOffInOnesOwnChannels(t *testing.T) {
	t.Parallel()
	s := marketStage(t)
	s.types(mia, project, "/factory market subscribe monthly")
	s.pressAgain(jonas, actMarketDigest, blocks.Subject(digestOff+":"+project))
	if scs := must(s.bot.o.Store.Schedules(t.Context(), s.TeamID(), visit.RecurMarket)); len(scs) != 1 {
		t.Errorf("after Jonas there are %+v", scs)
	}
	s.pressAgain(mia, actMarketDigest, blocks.Subject(digestOff+":"+project))
	if scs := must(s.bot.o.Store.Schedules(t.Context(), s.TeamID(), visit.RecurMarket)); len(scs) != 0 {
		t.Errorf("turned off there are %+v", scs)
	}
}

// TestAnIdeaIsLookedAfterByAColleague: by nobody of another company.
func TestAnIdeaIsLookedAfterByAColleague(t *testing.T) {
	t.Parallel()
	s := marketStage(t)
	s.noted(visit.Factory{Name: visited}, sourcing, "two robots", nil)
	s.pressAgain(mia, actPursue, "market/1")
	form := s.modal(mia, "Who looks after it?")
	s.enter(mia, form, fieldNext, "Ask for a sample")
	s.enter(mia, form, fieldDue, inDays(40))
	s.enter(mia, form, fieldOwner, liwei)
	s.send(mia, form)
	if errs := s.errorsIn(mia); errs[fieldOwner] == "" || s.marketNotes()[0].Idea.Owner != "" {
		t.Errorf("the form says %q, and the idea is %+v", errs, s.marketNotes()[0].Idea)
	}
}

// TestAnIdeaThatAColleagueClosedIsNotOpenedAgain by whoever has its form of before open.
func TestAnIdeaThatAColleagueClosedIsNotOpenedAgain(t *testing.T) {
	t.Parallel()
	s := marketStage(t)
	s.noted(visit.Factory{Name: visited}, sourcing, "two robots", func(n *visit.MarketNote) {
		n.Idea = visit.MarketIdea{State: visit.IdeaOpen, Owner: mia, Next: "Ask for a sample", Due: dayAhead(3)}
	})
	updates := func(who string) localslack.View {
		t.Helper()
		s.pressAgain(who, actPursue, "market/1")
		return s.modal(who, "How far has it come?")
	}
	late, first := updates(jonas), updates(mia)
	s.enter(mia, first, fieldState, string(visit.IdeaDone))
	s.send(mia, first)
	s.modal(mia, "Idea saved")
	s.closeAll(mia)
	s.enter(jonas, late, fieldNext, "Ask for a sample again")
	for range 2 { // it is refused however often
		s.send(jonas, late)
		if got, i := s.errorsIn(jonas)[fieldNext], s.marketNotes()[0].Idea; !strings.Contains(got, "A colleague changed this market note") || i.State != visit.IdeaDone || i.Closed.By != mia {
			t.Errorf("it says %q, and kept is %+v", got, i)
		}
	}
	s.closeAll(jonas)
	again := updates(jonas)
	s.enter(jonas, again, fieldState, string(visit.IdeaDropped))
	s.send(jonas, again)
	s.modal(jonas, "Idea saved")
	if i := s.marketNotes()[0].Idea; i.State != visit.IdeaDropped || i.Closed.By != jonas {
		t.Errorf("dropped it is %+v", i)
	}
}

// TestAnIdeaIsDrawnAgainForWhoMaySeeIt: in a direct message it stays as it was for whoever has left.
func TestAnIdeaIsDrawnAgainForWhoMaySeeIt(t *testing.T) {
	t.Parallel()
	s := marketStage(t)
	n := s.noted(visit.Factory{Name: visited}, project, "two robots", func(n *visit.MarketNote) {
		n.Idea = visit.MarketIdea{State: visit.IdeaOpen, Owner: mia, Next: "hidden step", Due: dayAhead(3)}
	})
	was := slack.NewSectionBlock(blocks.Mrkdwn("as it was"), nil, slack.NewAccessory(pursueButton(english, &n)))
	for who, sees := range map[string]bool{mia: true, jonas: false} {
		d := &drawing{live: s.bot.live, p: s.bot.english, team: s.TeamID(), channel: s.direct(who), reader: who, to: insiders}
		now, err := d.marketIdea(t.Context(), was, was.Accessory.ButtonElement)
		if text := string(blocks.MustJSON(now)); err != nil || strings.Contains(text, "hidden step") != sees {
			t.Errorf("%s reads %s, %v", who, text, err)
		}
	}
}
