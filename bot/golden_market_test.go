package bot

import (
	"testing"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// TestGoldenMarket: the card of a visit day with its questions and an idea, the list, a note, its
// forms, and the digest.
func TestGoldenMarket(t *testing.T) {
	onAMonday(t, func(t *testing.T, s *stage) {
		s.asksMarket()
		ctx, st, team, now := t.Context(), s.bot.o.Store, s.TeamID(), s.bot.o.Now()
		f := must(st.AddFactory(ctx, visit.Factory{Workspace: team, Name: "Ningbo Bright Metal", Chinese: "宁波光明金属制品有限公司", City: "Ningbo", Address: "浙江省宁波市江北区 88号"}, now))
		w := visit.Work{Workspace: team, Owner: mia, Factory: f, Place: in(sourcing)}
		w.Place.Zone = f.Zone
		today := civil.Of(now)
		v := must(st.PlanVisit(ctx, visit.Visit{Work: w, Purpose: "first_visit", First: today, Last: today.AddDays(1)}, now))
		s.postCards(s.bot, st)
		s.noted(f, sourcing, "resin gets <scarce>, says the head of purchasing", func(n *visit.MarketNote) {
			n.At, n.Tags, n.Question, n.Link = now.AddDate(0, -1, 0), []visit.MarketTag{visit.TagMaterials, visit.TagPrice}, "trends-ask-materials", "https://acme.slack.com/files/U1/F1"
			n.Idea = visit.MarketIdea{State: visit.IdeaOpen, Owner: mia, Next: "Ask for a sample with recycled resin", Due: today.AddDays(20)}
		})
		s.noted(f, sourcing, "two robots since May", func(n *visit.MarketNote) {
			n.By, n.Visit, n.Question = jonas, v.Number, "trends-ask-robot-payback"
		})
		card := s.visitDay(v)
		s.golden("market visit day", card)
		s.golden("market list", s.command(mia, sourcing, "/factory market"))
		note := s.command(mia, sourcing, "/factory market note 1")
		s.golden("market note", note)
		s.goldenForm("market note form", s.opensForm(mia, note, "Edit note", "What did they say?"))
		s.closeAll(mia)
		s.goldenForm("market idea form", s.opensForm(mia, note, "Update idea", "How far has it come?"))
		s.closeAll(mia)
		s.digestOn(sourcing, visit.Monthly, today)
		s.golden("market digest", s.last(mia, sourcing))
		s.bot.set().MarketNotes = false
		s.golden("market off", s.command(mia, sourcing, "/factory market"))
	})
}
