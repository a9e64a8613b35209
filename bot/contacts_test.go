package bot

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// knows records a contact of Mia's in a channel.
func (s *stage) knows(channel string, change func(*visit.Contact)) visit.Contact {
	s.t.Helper()
	c := visit.Contact{
		Workspace: s.TeamID(), Place: in(channel), By: mia, KnownBy: []string{mia}, Name: "Chen Jie", Chinese: "陈杰", Said: "chén jié", Title: "Manager Chen 陈经理", Firm: "Harbour Brokers",
		Roles: []visit.ContactRole{visit.Broker}, City: "Ningbo", Phone: "+86 574 1", WeChat: "chenjie", Trust: "cleared two lots", PaidBy: "us", Consent: visit.ConsentNo,
	}
	c.ChannelZone = "Europe/Berlin"
	if change != nil {
		change(&c)
	}
	return must(s.bot.o.Store.AddContact(context.Background(), c, s.bot.o.Now()))
}

// brokers is an open channel with Mia and the app in it, and without Jonas.
const brokers = "C0BROKERS01"

// newContactStage has that channel, and the private one.
func newContactStage(t *testing.T) *stage {
	t.Helper()
	s := newStage(t, overHTTP, localslack.Channel{ID: brokers, Name: "brokers", Members: []string{localslack.DefaultBotUserID, mia}},
		localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, mia}})
	s.at("2026-06-01T08:00:00Z")
	return s
}

func TestAContactFromFormToSearch(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2026-06-01T08:00:00Z")
	s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	expect(t, s.command(mia, sourcing, "/factory contacts"), "No contact is recorded yet")
	s.press(mia, s.command(mia, sourcing, "/factory contacts"), "Add contact")
	v := s.modal(mia, "Write it as if they will read it")
	s.send(mia, v)
	if errs := s.errorsIn(mia); errs[fieldRoles] == "" {
		t.Errorf("without a role: %q", errs)
	}
	s.enter(mia, v, fieldRoles, "broker")
	s.send(mia, v)
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldName], "Please give a name, or the firm") {
		t.Errorf("without a name: %q", errs)
	}
	for field, value := range map[string]string{fieldName: "Chen Jie", fieldChinese: "陈杰", fieldSaid: "chén jié", fieldTitle: "Manager Chen 陈经理", fieldCity: "Ningbo", fieldAt: "1", fieldEmail: "chen"} {
		s.enter(mia, v, field, value)
	}
	s.send(mia, v)
	if errs := s.errorsIn(mia); errs[fieldEmail] == "" {
		t.Errorf("an address without @: %q", errs)
	}
	s.enter(mia, v, fieldEmail, "chen@example.com")
	s.send(mia, v)
	expectIn(t, s.modal(mia, "Contact saved"), "deleted on")
	if s.has("", sourcing, "Chen Jie") {
		t.Error("the channel reads of it")
	}
	c := must(s.bot.o.Store.Contact(context.Background(), s.TeamID(), 1))
	if c.Factory != 1 || c.Channel != sourcing || c.Asker() != mia || c.Consent != visit.ConsentNo || c.Used != civil.On(2026, 6, 1) {
		t.Errorf("kept is %+v", c)
	}
	for _, typed := range []string{"customs ningbo", "who knows a broker in ningbo", "chen", "bright"} {
		expect(t, s.command(mia, sourcing, "/factory contacts "+typed), "Chen Jie", "Customs broker")
	}
	expect(t, s.command(mia, sourcing, "/factory contacts lawyer shanghai"), "No contact here has all of these words")
	card := s.command(mia, sourcing, "/factory contact 1")
	expect(t, card, "How the name is said: chén jié", "chen@example.com", "Addressed as: Manager Chen 陈经理")
	expect(t, s.command(mia, sourcing, "/factory "+visited), "Contacts: 1", "Chen Jie")

	s.press(mia, card, "Edit contact")
	v = s.modal(mia, "Which of us knows them?")
	s.enter(mia, v, fieldCity, "Shanghai")
	must(s.bot.o.Store.ChangeContact(context.Background(), s.TeamID(), 1, s.bot.o.Now(), func(c *visit.Contact) error { c.City, c.Phone = "Hangzhou", "+86 1"; return nil }))
	s.send(mia, v)
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldCity], "A colleague changed this contact") {
		t.Errorf("two people at once: %q", errs)
	}
	s.send(mia, v)
	s.modal(mia, "Contact saved")
	if c := must(s.bot.o.Store.Contact(context.Background(), s.TeamID(), 1)); c.City != "Shanghai" || c.Phone != "+86 1" {
		t.Errorf("kept is %+v", c)
	}

	s.press(mia, s.command(mia, sourcing, "/factory contact 1"), "Delete contact")
	s.bot.Wait()
	if c := must(s.bot.o.Store.Contact(context.Background(), s.TeamID(), 1)); c.State != visit.ContactForgotten || c.Name+c.Phone+c.Email != "" {
		t.Errorf("left is %+v", c)
	}
	expect(t, s.command(mia, sourcing, "/factory contacts"), "No contact is recorded yet")
}

// Jonas is not in the channel in which Mia has entered the contact.
func TestWhatColleaguesElsewhereMayKnowOfAContact(t *testing.T) {
	t.Parallel()
	hidden := []string{"Chen", "陈杰", "Harbour", "+86 574", "chenjie", "cleared two lots"}
	for _, c := range []struct {
		name    string
		change  func(*visit.Contact)
		private bool
		want    []string
		not     []string
	}{
		{"without consent: what they do, the city, and whom to ask", nil, false, []string{"Customs broker", "Ningbo", "Ask"}, hidden},
		{"with consent: how to reach them, and none of our notes", func(c *visit.Contact) { c.Consent = visit.ConsentYes }, false, []string{"Chen Jie", "+86 574 1", "chenjie"}, []string{"cleared two lots"}},
		{"of a private channel: nothing, even with consent", func(c *visit.Contact) { c.Consent, c.Private = visit.ConsentYes, true }, true, nil, append(hidden, "Ningbo", "broker")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newContactStage(t)
			channel := brokers
			if c.private {
				channel = project
			}
			s.knows(channel, c.change)
			for _, typed := range []string{"/factory contacts", "/factory contact 1", "/factory contacts customs"} {
				m := s.command(jonas, sourcing, typed)
				text := says(m)
				for _, words := range c.not {
					if strings.Contains(text, words) && !(words == "broker" && strings.Contains(text, "brokers, forwarders")) {
						t.Errorf("%s says %q:\n%s", typed, words, text)
					}
				}
				if typed == "/factory contact 1" && c.want != nil {
					expect(t, m, c.want...)
				}
			}
			for _, words := range []string{"harbour", "chen"} {
				if m := s.command(jonas, sourcing, "/factory contacts "+words); c.change == nil && strings.Contains(blockText(m.Blocks), "Customs broker") {
					t.Errorf("searching for %q finds whose name is not passed on", words)
				}
			}
		})
	}
}

// introduced is what Mia has last read of an introduction.
func (s *stage) introduced() localslack.Message {
	s.t.Helper()
	m, err := s.bot.intros.shown(context.Background(), caller{team: s.TeamID(), user: mia}, 1)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.bot.replies.post(context.Background(), s.TeamID(), mia, "", m); err != nil {
		s.t.Fatal(err)
	}
	return s.last(mia, s.direct(mia))
}

func TestAnIntroductionIsMadeOnceBothHaveAgreed(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	s.knows(brokers, nil)
	s.press(jonas, s.command(jonas, sourcing, "/factory contact 1"), "Ask for an introduction")
	v := s.modal(jonas, "is asked. The name is passed on only if both of you agree")
	for field, value := range map[string]string{fieldWho: "Jonas Weber, quality engineer", fieldWhy: "we look for a broker", fieldWhyZH: "我们想找一家报关行"} {
		s.enter(jonas, v, field, value)
	}
	s.send(jonas, v)
	s.modal(jonas, "I tell you when the introduction is made")
	ctx := context.Background()
	is := must(s.bot.o.Store.Introductions(ctx, s.TeamID(), 1))
	if len(is) != 1 || is[0].By != mia || is[0].For != jonas || !is[0].Ours.IsSet() || is[0].Theirs.IsSet() {
		t.Fatalf("kept is %+v", is)
	}
	s.sends(s.pending("introduction/1")[0])
	if !s.has(mia, s.direct(mia), "A colleague asks you for an introduction") {
		t.Error("Mia is not told")
	}
	card := s.introduced()
	for _, label := range []string{"Text for contact", "Introduction made"} {
		if strings.Contains(blockText(card.Blocks), label) {
			t.Errorf("before the contact agreed there is a button %q", label)
		}
	}
	if _, _, err := s.bot.intros.texts(ctx, click{caller: caller{team: s.TeamID(), user: mia}, about: "introduction/1"}); err == nil {
		t.Error("the text is shown before both have agreed")
	}
	i := must(s.bot.o.Store.ChangeIntroduction(ctx, s.TeamID(), 1, s.bot.o.Now(), func(i *visit.Introduction) error { _, err := i.Agree(true, true, mia, s.bot.o.Now()); return err }))
	if i.State != visit.IntroAgreed {
		t.Errorf("the state is %q", i.State)
	}
	texts, _, err := s.bot.intros.texts(ctx, click{caller: caller{team: s.TeamID(), user: mia}, about: "introduction/1"})
	if err != nil || len(texts) != 2 || !strings.Contains(texts[0], "陈经理，您好！") || !strings.Contains(texts[1], "Hello Manager Chen, may I introduce Jonas Weber, quality engineer? The reason: we look for a broker.") {
		t.Errorf("the texts are %q, %v", texts, err)
	}
	if _, _, err := s.bot.intros.texts(ctx, click{caller: caller{team: s.TeamID(), user: jonas}, about: "introduction/1"}); err == nil {
		t.Error("Jonas reads the name before the introduction is made")
	}
	s.press(mia, s.introduced(), "Introduction made")
	s.bot.Wait()
	left := s.pending("introduction/1")
	told := slices.IndexFunc(left, func(o visit.Occurrence) bool { return o.Milestone == visit.IntroTold })
	if told < 0 {
		t.Fatalf("nobody tells Jonas: %+v", left)
	}
	s.sends(left[told])
	if !s.has(jonas, s.direct(jonas), "has introduced you to Chen Jie 陈杰, Harbour Brokers") {
		t.Error("Jonas is not told")
	}
	left = slices.Delete(left, told, told+1)
	if len(left) != 2 || left[0].Milestone != visit.IntroFirst || left[1].Milestone != visit.IntroSecond {
		t.Fatalf("to be asked is %+v", left)
	}
	s.at("2026-06-08T12:00:00Z")
	s.sends(left[0])
	if !s.has(mia, s.direct(mia), "How did this introduction go?") {
		t.Error("Mia is not asked how it went")
	}
	s.press(mia, s.introduced(), "It was useful")
	s.bot.Wait()
	if left := s.pending("introduction/1"); len(left) != 0 {
		t.Errorf("to be asked is %+v", left)
	}
}

func TestAContactThatNobodyUsesIsAskedAboutWarnedOfAndDeleted(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2026-06-01T08:00:00Z")
	s.knows(sourcing, nil)
	all := s.pending("contact/1")
	if len(all) != 3 {
		t.Fatalf("to be said is %+v", all)
	}
	for n, want := range []string{"Is this contact still right?", "This contact is deleted on", "has not been used for 24 months"} {
		s.at(all[n].Due.Format("2006-01-02T15:04:05Z07:00"))
		s.sends(all[n])
		if !s.has(mia, s.direct(mia), want) {
			t.Errorf("Mia is not told %q", want)
		}
	}
	if c := must(s.bot.o.Store.Contact(context.Background(), s.TeamID(), 1)); c.State != visit.ContactUnused || c.Name+c.Phone+c.Trust != "" {
		t.Errorf("left is %+v", c)
	}
}

// TestWhereTheNameOfAContactStandsIsNotLost: that a contact is deleted is worded again where it could not be sent, and
// it may be a colleague's click that has time clear it.
func TestWhereTheNameOfAContactStandsIsNotLost(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(*stage, *visit.Occurrence){
		"worded again": func(s *stage, o *visit.Occurrence) { must(s.bot.reminders.contactDue(s.t.Context(), o)) },
		"cleared by a click": func(s *stage, _ *visit.Occurrence) {
			must(s.bot.o.Store.ChangeContact(s.t.Context(), s.TeamID(), 1, s.bot.o.Now(), func(*visit.Contact) error { return nil }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			s.at("2026-06-01T08:00:00Z")
			s.knows(sourcing, nil)
			g := visit.Gift{Workspace: s.TeamID(), Factory: visit.Factory{Name: visited}, Place: in(sourcing), By: mia, Owner: mia, Who: "the firm", What: "a book for Chen Jie", Value: visit.Money{Hundredths: 2550, Currency: "EUR"}, Day: civil.On(2026, 5, 4)}
			must(s.bot.o.Store.AddGift(t.Context(), g, s.bot.o.Now()))
			ends := s.pending("contact/1")[2]
			s.at(ends.Due.Format(time.RFC3339))
			before(s, &ends)
			s.sends(ends)
			expect(t, s.last(mia, s.direct(mia)), "Contact 1 has not been used for 24 months", "These texts still have the name", "gifts, what (1)")
		})
	}
}

func TestAnInspectionFirmThatIsAnAgentIsNoted(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.at("2026-06-01T08:00:00Z")
	s.knows(sourcing, func(c *visit.Contact) { c.Roles = []visit.ContactRole{visit.InspectionFirm} })
	s.knows(sourcing, func(c *visit.Contact) { c.Firm, c.Roles = "harbour  brokers", []visit.ContactRole{visit.Agent} })
	expect(t, s.command(mia, sourcing, "/factory contact 1"), "see contact 2", "Nobody should inspect what they are paid to sell")
}
