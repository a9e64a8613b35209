package bot

import (
	"context"
	"strings"
	"testing"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

func TestAFormOfAFormerColleagueOpens(t *testing.T) {
	t.Parallel()
	if got := blocks.Person(store.FormerColleague); got != "" || blocks.Person(mia) != mia {
		t.Errorf("a menu of people begins with %q", got)
	}
	s := newStage(t, overHTTP)
	s.at("2026-06-01T08:00:00Z")
	s.knows(sourcing, func(c *visit.Contact) { c.KnownBy = []string{store.FormerColleague, mia} })
	s.press(mia, s.command(mia, sourcing, "/factory contact 1"), "Edit contact")
	if body := string(blocks.MustJSON(s.modal(mia, "Which of us knows them?").Blocks)); strings.Contains(body, `"`+store.FormerColleague+`"`) || !strings.Contains(body, `"initial_users":["`+mia+`"]`) {
		t.Errorf("the form says\n%s", body)
	}
}

// Whoever logs a gift in one channel learns no amount of what was logged in a channel that they are not in.
func TestAGiftSaysNoAmountsOfOtherChannels(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	s.bot.set().Gifts = visit.GiftLimit{Money: visit.Money{Hundredths: 5000, Currency: "EUR"}, Approver: "the compliance officer"}
	f := s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	place := in(project)
	place.ChannelZone = "Europe/Berlin"
	for _, currency := range []string{"EUR", "CNY"} {
		must(s.bot.o.Store.AddGift(context.Background(), visit.Gift{Workspace: s.TeamID(), Factory: f, Place: place, Owner: mia, By: mia, Given: true, Who: "Director Wang", What: "a watch",
			Value: visit.Money{Hundredths: 4321, Currency: currency}, Day: civil.On(2026, 5, 1)}, s.bot.o.Now()))
	}
	s.atFactory(jonas)("Log gift", "Your company's limit: EUR 50.00 per person and year")
	v := s.top(jonas)
	for field, typed := range map[string]string{fieldSide: "given", fieldWho: "Director Wang", fieldPromise: "a book", fieldValue: "10", fieldCurrency: "EUR", fieldGiftDay: "2026-05-02"} {
		s.enter(jonas, v, field, typed)
	}
	s.send(jonas, v)
	text := blockText(s.modal(jonas, "Gift logged").Blocks)
	if !strings.Contains(text, "With what others have logged it may be above the limit. Ask the compliance officer.") {
		t.Errorf("nothing is said of what others logged:\n%s", text)
	}
	for _, words := range []string{"53.21", "43.21", "CNY"} {
		if strings.Contains(text, words) {
			t.Errorf("it says %q:\n%s", words, text)
		}
	}
}

func TestWhoDeletesAContactReadsWhereTheNameStillStands(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	f := s.inFactory(visit.Factory{Name: visited}, sourcing)
	place := in(brokers)
	place.ChannelZone = "Europe/Berlin"
	must(s.bot.o.Store.AddPromise(context.Background(), visit.Promise{Workspace: s.TeamID(), Factory: f, Place: place, Owner: mia, By: mia, What: "send it to Chen Jie", Due: civil.On(2026, 6, 10)}, s.bot.o.Now()))
	s.knows(brokers, nil)
	s.press(mia, s.command(mia, brokers, "/factory contact 1"), "Delete contact")
	s.bot.Wait()
	if !s.has(mia, brokers, "promises, what (1)") {
		t.Error("Mia does not learn where the name still stands")
	}
}

func TestConsentThatIsTakenBackEndsWhatWasAgreed(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	ctx := context.Background()
	s.knows(brokers, func(c *visit.Contact) { c.Consent = visit.ConsentAsk })
	st := s.bot.o.Store
	must(st.AddIntroduction(ctx, visit.Introduction{Workspace: s.TeamID(), Contact: 1, For: jonas, By: mia, Zone: "Europe/Berlin", Who: visit.Bilingual{EN: "Jonas"}, Why: visit.Bilingual{EN: "a broker"}}, s.bot.o.Now()))
	must(st.ChangeIntroduction(ctx, s.TeamID(), 1, s.bot.o.Now(), func(i *visit.Introduction) error { _, err := i.Agree(true, true, mia, s.bot.o.Now()); return err }))
	text := func() error {
		_, _, err := s.bot.intros.texts(ctx, click{caller: caller{team: s.TeamID(), user: mia}, about: "introduction/1"})
		return err
	}
	if err := text(); err != nil {
		t.Fatalf("once both agreed: %v", err)
	}
	must(st.ChangeIntroduction(ctx, s.TeamID(), 1, s.bot.o.Now(), func(i *visit.Introduction) error { _, err := i.Make(mia, s.bot.o.Now()); return err }))
	must(st.ChangeContact(ctx, s.TeamID(), 1, s.bot.o.Now(), func(c *visit.Contact) error { c.Consent = visit.ConsentNo; return nil }))
	if err := text(); err == nil {
		t.Error("the text is shown although the contact took it back")
	}
	for _, o := range s.pending("introduction/1") {
		if o.Milestone == visit.IntroTold {
			s.sends(o)
		}
	}
	if s.has(jonas, s.direct(jonas), "Chen Jie") {
		t.Error("Jonas gets the name although the contact took it back")
	}
}

// Mia has left the company; Jonas, who knows the contact too, is asked in her place.
func TestTheNextWhoKnowsAContactIsAskedOnceTheFirstHasLeft(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2026-06-01T08:00:00Z")
	c := s.knows(sourcing, func(c *visit.Contact) { c.KnownBy = []string{"U0LEFT00001", store.FormerColleague, jonas} })
	o := s.pending("contact/1")[0]
	s.at(o.Due.Format("2006-01-02T15:04:05Z07:00"))
	s.sends(o)
	if !s.has(jonas, s.direct(jonas), "Is this contact still right?") {
		t.Error("Jonas is not asked")
	}
	c.KnownBy, c.By = nil, store.FormerColleague
	if id := must(s.bot.access.asker(context.Background(), &c)); id == "" {
		t.Error("where nobody is left who knows it, no member of the channel is asked")
	}
}

func TestWhoEditsAContactLeavesItAtAFactoryThatTheirMenuDoesNotHave(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2026-06-01T08:00:00Z")
	s.knows(sourcing, func(c *visit.Contact) { c.Factory = 77 })
	edit := func(field, value string) int {
		s.press(mia, s.command(mia, sourcing, "/factory contact 1"), "Edit contact")
		v := s.modal(mia, "Which of us knows them?")
		s.enter(mia, v, field, value)
		s.send(mia, v)
		s.modal(mia, "Contact saved")
		s.closeAll(mia)
		return must(s.bot.o.Store.Contact(context.Background(), s.TeamID(), 1)).Factory
	}
	if at := edit(fieldCity, "Shanghai"); at != 77 {
		t.Errorf("it is at factory %d", at)
	}
	if at := edit(fieldAt, noFactory); at != 0 {
		t.Errorf("with no factory picked it is at factory %d", at)
	}
}
