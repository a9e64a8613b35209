package bot

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// newPeopleStage has a factory of the private channel with a visit, a contact, a promise and a gift
// there, and one of the open channel. Jonas is only in the open one.
func newPeopleStage(t *testing.T) (s *stage, secret visit.Factory) {
	t.Helper()
	s = newContactStage(t)
	s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	secret = s.inFactory(visit.Factory{Name: "Secret Works"}, project)
	there := in(project)
	there.Private, there.ChannelZone = true, "Europe/Berlin"
	s.knows(project, func(c *visit.Contact) { c.Name, c.Place, c.Factory = "Hidden Person", there, secret.Number })
	must(s.bot.o.Store.AddPromise(t.Context(), visit.Promise{Workspace: s.TeamID(), Factory: secret, Place: there, Owner: mia, By: mia, What: "hidden mould", Due: civil.On(2026, 6, 10)}, s.bot.o.Now()))
	must(s.bot.o.Store.AddGift(t.Context(), visit.Gift{Workspace: s.TeamID(), Factory: secret, Place: there, Owner: mia, By: mia, Given: true, Who: "Mr Wang", What: "hidden book",
		Value: visit.Money{Hundredths: 1000, Currency: "EUR"}, Day: civil.On(2026, 5, 20)}, s.bot.o.Now()))
	return s, secret
}

// gone has somebody leave a channel, and nothing of before be remembered.
func (s *stage) gone(who, channel string) {
	s.t.Helper()
	done(s.t, s.Leave(who, channel))
	s.settled()
	s.bot.directory.forget(s.TeamID())
}

// TestPeopleOfAPrivateChannelAreReadThereOnly: contacts, promises and gifts show in their channel and
// in direct messages, and to nobody who is not in it.
func TestPeopleOfAPrivateChannelAreReadThereOnly(t *testing.T) {
	t.Parallel()
	s, _ := newPeopleStage(t)
	hidden := []string{"Hidden Person", "hidden mould", "hidden book", "Secret Works"}
	tells := func(text string) bool {
		for _, h := range hidden {
			if strings.Contains(text, h) {
				return true
			}
		}
		return false
	}
	for _, line := range []string{"/factory contacts", "/factory contact 1", "/factory gifts"} {
		for channel, sees := range map[string]bool{sourcing: false, project: true, s.direct(mia): true} {
			if text := says(s.command(mia, channel, line)); tells(text) != sees {
				t.Errorf("%s in %s: Mia reads\n%s", line, channel, text)
			}
		}
		if text := says(s.command(jonas, s.direct(jonas), line)); tells(text) {
			t.Errorf("%s: Jonas reads\n%s", line, text)
		}
	}
	for channel, sees := range map[string]bool{sourcing: false, project: true, s.direct(mia): true} {
		if _, err := s.bot.access.promise(t.Context(), caller{team: s.TeamID(), user: mia, channel: channel}, 1); (err == nil) != sees {
			t.Errorf("the promise in %s: %v", channel, err)
		}
	}
	for verb, about := range map[blocks.ActionID]blocks.Subject{actOpen: "promise/1", actPromiseKept: "promise/1", actRemoveGift: "gift/1"} {
		if read := s.reads(jonas, func() { s.pressAgain(jonas, verb, about) }); tells(read) {
			t.Errorf("%s: Jonas reads\n%s", verb, read)
		}
	}
	s.pressAgain(jonas, actEditPromise, "promise/1")
	for _, m := range s.Modals(jonas) {
		if text := string(must(json.Marshal(m.Blocks))); tells(text) {
			t.Errorf("in a form Jonas reads\n%s", text)
		}
	}
	s.closeAll(jonas)
	if x := must(s.bot.o.Store.Promise(t.Context(), s.TeamID(), 1)); !x.Open() {
		t.Error("Jonas has kept a promise")
	}
	if gs := must(s.bot.o.Store.Gifts(t.Context(), s.TeamID(), store.Filter{})); len(gs) != 1 {
		t.Error("Jonas has removed a gift")
	}
	ps := must(s.bot.access.promisesAt(t.Context(), caller{team: s.TeamID(), user: jonas}, 2))
	if len(ps) > 0 {
		t.Errorf("Jonas is told of %+v", ps)
	}
}

// TestAFactoryOfAPrivateChannelIsInNoFormOfPeople: neither by an old button nor in a menu.
func TestAFactoryOfAPrivateChannelIsInNoFormOfPeople(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		verb  blocks.ActionID
		about func(secret blocks.Subject) blocks.Subject
	}{
		{"its gifts", actGifts, func(s blocks.Subject) blocks.Subject { return s + ":0" }},
		{"a gift", actAddGift, func(s blocks.Subject) blocks.Subject { return s }},
		{"a promise", actAddPromise, func(s blocks.Subject) blocks.Subject { return s }},
		{"a greeting", actGreeting, func(s blocks.Subject) blocks.Subject { return s }},
		{"a contact", actAddContact, func(blocks.Subject) blocks.Subject { return "" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, secret := newPeopleStage(t)
			read := s.reads(jonas, func() { s.pressAgain(jonas, c.verb, c.about(factorySubject(secret.Number))) })
			for _, m := range s.Modals(jonas) {
				read += blockText(m.Blocks)
			}
			if strings.Contains(read, "Secret Works") || strings.Contains(read, "A greeting for") {
				t.Errorf("Jonas reads\n%s", read)
			}
		})
	}
	t.Run("the line of a contact", func(t *testing.T) {
		t.Parallel()
		s, secret := newPeopleStage(t)
		s.knows(sourcing, func(c *visit.Contact) { c.Factory = secret.Number })
		if text := says(s.command(jonas, sourcing, "/factory contacts")); strings.Contains(text, "Secret Works") || !strings.Contains(text, "Chen Jie") {
			t.Errorf("Jonas reads\n%s", text)
		}
	})
}

// TestACorrectedPromiseIsCheckedWhenItIsSent: who has left its channel meanwhile changes nothing of it.
func TestACorrectedPromiseIsCheckedWhenItIsSent(t *testing.T) {
	t.Parallel()
	s, secret := newPeopleStage(t)
	was := must(s.bot.o.Store.Promise(t.Context(), s.TeamID(), 1))
	was.Factory, was.What = must(s.bot.o.Store.Factory(t.Context(), s.TeamID(), secret.Number-1)), "hidden tool" // one that she goes on to know
	was = must(s.bot.o.Store.AddPromise(t.Context(), was, s.bot.o.Now()))
	s.pressAgain(mia, actEditPromise, blocks.Subject(was.Subject()))
	form := s.top(mia)
	s.gone(mia, was.Channel)
	s.enter(mia, form, fieldPromise, "something else")
	s.enter(mia, form, fieldChannel, sourcing)
	s.send(mia, form)
	if x := must(s.bot.o.Store.Promise(t.Context(), s.TeamID(), was.Number)); x.What != was.What || x.Channel != was.Channel {
		t.Errorf("it is now %+v", x)
	}
}

// TestAFormOfPeopleIsCheckedWhenItIsSent: who has left the channel meanwhile saves nothing of its
// factory, and nobody picks a channel or a colleague who is none.
func TestAFormOfPeopleIsCheckedWhenItIsSent(t *testing.T) {
	t.Parallel()
	nothing := func(s *stage) {
		s.t.Helper()
		ctx := s.t.Context()
		if _, err := s.bot.o.Store.Contact(ctx, s.TeamID(), 2); !errors.Is(err, visit.ErrNotFound) {
			s.t.Error("a contact is saved")
		}
		if _, err := s.bot.o.Store.Promise(ctx, s.TeamID(), 2); !errors.Is(err, visit.ErrNotFound) {
			s.t.Error("a promise is saved")
		}
		if _, err := s.bot.o.Store.Gift(ctx, s.TeamID(), 2); !errors.Is(err, visit.ErrNotFound) {
			s.t.Error("a gift is saved")
		}
	}
	contact := map[string]string{fieldName: "Li Na", fieldRoles: "broker", fieldChannel: sourcing}
	promise := map[string]string{fieldSide: "theirs", fieldPromise: "send it", fieldDue: "2026-06-10", fieldChannel: sourcing}
	gift := map[string]string{fieldSide: "given", fieldWho: "Mr Wang", fieldPromise: "a book", fieldValue: "10", fieldChannel: sourcing}
	with := func(of map[string]string, field, value string) map[string]string {
		all := map[string]string{field: value}
		for k, v := range of {
			if k != field {
				all[k] = v
			}
		}
		return all
	}
	for _, c := range []struct {
		name   string
		who    string
		verb   blocks.ActionID
		secret bool // opened at the factory of the private channel, which is left then
		fields map[string]string
		wrong  string // the field that says why
	}{
		{"a contact of a factory whose channel was left", mia, actAddContact, true, contact, ""},
		{"a promise of one", mia, actAddPromise, true, promise, ""},
		{"a contact that was met on a visit elsewhere", jonas, actAddContact, false, with(contact, fieldVisit, "2"), fieldVisit},
		{"a gift on one", jonas, actAddGift, false, with(gift, fieldVisit, "2"), fieldVisit},
		{"a contact whom another company knows", jonas, actAddContact, false, with(contact, fieldKnownBy, liwei), fieldKnownBy},
		{"a promise that another company looks after", jonas, actAddPromise, false, with(promise, fieldOwner, liwei), fieldOwner},
		{"a contact in a channel of others", jonas, actAddContact, false, with(contact, fieldChannel, project), fieldChannel},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, secret := newPeopleStage(t)
			at := 1
			if c.secret {
				at = secret.Number
			}
			s.pressAgain(c.who, c.verb, factorySubject(at))
			form := s.top(c.who)
			for field, value := range c.fields {
				s.enter(c.who, form, field, value)
			}
			if c.secret {
				s.gone(c.who, project)
			}
			s.send(c.who, form)
			s.settled()
			if errs := s.errorsIn(c.who); c.wrong != "" && errs[c.wrong] == "" {
				t.Errorf("the form says %q", errs)
			}
			nothing(s)
		})
	}
}

// TestAnIntroductionIsBetweenColleagues: one who is a guest by now neither reads of it nor is told,
// and nobody of another company is introduced.
func TestAnIntroductionIsBetweenColleagues(t *testing.T) {
	t.Parallel()
	asked := func(t *testing.T) *stage {
		s := newContactStage(t)
		s.knows(brokers, nil)
		must(s.bot.o.Store.AddIntroduction(t.Context(), visit.Introduction{Workspace: s.TeamID(), Contact: 1, For: jonas, By: mia, Zone: "Europe/Berlin", Next: visit.WriteWeChat,
			Who: visit.Bilingual{EN: "Jonas Weber"}, Why: visit.Bilingual{EN: "a broker"}, Ours: visit.Mark{By: jonas, At: s.bot.o.Now()}}, s.bot.o.Now()))
		return s
	}
	t.Run("who asked is a guest", func(t *testing.T) {
		t.Parallel()
		s := asked(t)
		if _, err := s.bot.access.introduction(t.Context(), s.TeamID(), jonas, 1); err != nil {
			t.Fatal(err)
		}
		done(t, s.SetGuest(jonas, localslack.Restricted))
		s.settled()
		s.bot.directory.forget(s.TeamID())
		if _, err := s.bot.access.introduction(t.Context(), s.TeamID(), jonas, 1); !errors.Is(err, errGuest) {
			t.Errorf("it is %v", err)
		}
		i := must(s.bot.o.Store.ChangeIntroduction(t.Context(), s.TeamID(), 1, s.bot.o.Now(), func(i *visit.Introduction) error {
			if _, err := i.Agree(true, true, mia, s.bot.o.Now()); err != nil {
				return err
			}
			_, err := i.Make(mia, s.bot.o.Now())
			return err
		}))
		for _, o := range s.pending(i.Subject()) {
			if o.Milestone == visit.IntroTold {
				if d := s.posted(o); d.Outcome != visit.NothingSaid || s.has(jonas, s.direct(jonas), "Chen Jie") {
					t.Errorf("he is told: %+v", d)
				}
			}
		}
	})
	t.Run("who introduces is a guest", func(t *testing.T) {
		t.Parallel()
		s := asked(t)
		done(t, s.SetGuest(mia, localslack.Restricted))
		s.settled()
		s.bot.directory.forget(s.TeamID())
		for _, o := range s.pending("introduction/1") {
			if d := s.posted(o); d.Outcome != visit.NothingSaid {
				t.Errorf("she is told: %+v", d)
			}
		}
	})
	t.Run("another company is introduced", func(t *testing.T) {
		t.Parallel()
		s := newContactStage(t)
		s.knows(brokers, nil)
		s.press(mia, s.command(mia, brokers, "/factory contact 1"), "Introduce somebody")
		v := s.top(mia)
		for field, value := range map[string]string{fieldFor: liwei, fieldWho: "Li Wei", fieldWhy: "we look for a broker"} {
			s.enter(mia, v, field, value)
		}
		s.send(mia, v)
		if errs := s.errorsIn(mia); errs[fieldFor] == "" {
			t.Errorf("the form says %q", errs)
		}
		if is := must(s.bot.o.Store.Introductions(t.Context(), s.TeamID(), 1)); len(is) > 0 {
			t.Errorf("kept is %+v", is)
		}
	})
}

// TestWhoIsAskedForAContactIsAColleague: not somebody who is a guest by now.
func TestWhoIsAskedForAContactIsAColleague(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	c := s.knows(brokers, func(c *visit.Contact) { c.KnownBy = []string{jonas, mia} })
	done(t, s.SetGuest(jonas, localslack.Restricted))
	s.settled()
	s.bot.directory.forget(s.TeamID())
	if id, err := s.bot.access.asker(t.Context(), &c); err != nil || id != mia {
		t.Errorf("%q is asked, %v", id, err)
	}
}
