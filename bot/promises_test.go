package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// atFactory is the page of the first factory.
func (s *stage) atFactory(who string) func(label, words string) {
	return func(label, words string) {
		s.t.Helper()
		s.press(who, s.command(who, sourcing, "/factory "+visited), label)
		if words != "" {
			s.modal(who, words)
		}
	}
}

func TestAPromiseIsAskedAboutOnItsDayAndStandsInTheBrief(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	s.atFactory(mia)("Add promise", "Write it as if they will read it")
	v := s.top(mia)
	for field, value := range map[string]string{fieldSide: "theirs", fieldPromise: "send the sealed sample", fieldWho: "Director Wang", fieldDue: "2020-01-01"} {
		s.enter(mia, v, field, value)
	}
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldDue]; got != "That day has passed. Please pick today or a later day." {
		t.Errorf("of a day long past it says %q", got)
	}
	s.enter(mia, v, fieldDue, "2026-06-10")
	s.send(mia, v)
	expectIn(t, s.modal(mia, "Promise saved"), "Director Wang promised: send the sealed sample")
	if s.has("", sourcing, "sealed sample") {
		t.Error("the channel reads of it")
	}
	expect(t, s.command(mia, sourcing, "/factory "+visited), "Open promises: 1", "Director Wang promised: send the sealed sample")
	x := must(s.bot.o.Store.Promise(context.Background(), s.TeamID(), 1))
	if x.Ours || x.Owner != mia || x.Due != civil.On(2026, 6, 10) || x.Channel != sourcing {
		t.Errorf("kept is %+v", x)
	}

	vis := s.visitIn(sourcing)
	s.press(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Send me the brief")
	s.bot.Wait()
	if !s.has(mia, s.direct(mia), "Promised, and open") {
		t.Errorf("the brief of visit %d does not have the promise", vis.Number)
	}

	for _, tc := range []struct{ day, want string }{ // the day is a Wednesday
		{"2026-06-09", ""}, {"2026-06-10", "Promised for today"}, {"2026-06-11", ""}, {"2026-06-15", "was due 10 June"}, {"2026-06-16", ""}, {"2026-06-23", "Promised, and open"},
	} {
		got := s.dailyOfMia(tc.day)
		if !strings.Contains(got, tc.want) || strings.Contains(got, "sealed sample") != (tc.want != "") {
			t.Errorf("on %s she reads %q, and not %q", tc.day, got, tc.want)
		}
		if tc.want != "" { // as the store does where it is settled
			all := must(s.bot.o.Store.Daily(t.Context(), s.TeamID(), mia, s.bot.o.Now()))
			done(t, s.bot.o.Store.ToldInDaily(t.Context(), all.Tell(must(civil.Parse(tc.day))), must(civil.Parse(tc.day))))
		}
	}
	m := s.last(mia, s.direct(mia))
	s.press(mia, m, "Promise kept")
	s.bot.Wait()
	if x := must(s.bot.o.Store.Promise(context.Background(), s.TeamID(), 1)); !x.Kept.IsSet() || x.Kept.By != mia {
		t.Errorf("kept is %+v", x)
	}
	if m := s.command(mia, sourcing, "/factory "+visited); strings.Contains(says(m), "sealed sample") {
		t.Error("a promise that was kept is still open")
	}
}

func TestAPromiseIsCorrected(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	f := s.inFactory(visit.Factory{Name: visited}, sourcing)
	place := in(sourcing)
	place.ChannelZone = "Europe/Berlin"
	kept := func() visit.Promise { return must(s.bot.o.Store.Promise(context.Background(), s.TeamID(), 1)) }
	must(s.bot.o.Store.AddPromise(context.Background(), visit.Promise{Workspace: s.TeamID(), Factory: f, Place: place, Owner: mia, By: mia, Ours: true, Who: "Director Wang", What: "send the seal", Due: civil.On(2026, 6, 10)}, s.bot.o.Now()))
	card := must(s.bot.promises.shown(t.Context(), caller{team: s.TeamID(), user: mia}, 1))
	if words := string(must(json.Marshal(card.Blocks))); !strings.Contains(words, "Edit promise") {
		t.Errorf("the card has no way to correct it:\n%s", words)
	}
	edits := func(who string) localslack.View {
		t.Helper()
		s.pressAgain(who, actEditPromise, "promise/1")
		return s.top(who)
	}

	// Bad input is said beside its field, and nothing is lost.
	v := edits(mia)
	s.enter(mia, v, fieldPromise, "")
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldPromise]; got == "" || kept().What != "send the seal" {
		t.Errorf("without words it says %q, and kept is %+v", got, kept())
	}
	s.closeAll(mia)

	// What a colleague has changed meanwhile is not overwritten.
	v = edits(mia)
	must(s.bot.o.Store.ChangePromise(t.Context(), s.TeamID(), 1, s.bot.o.Now(), func(p *visit.Promise) error { p.What = "send the seals"; return nil }))
	s.enter(mia, v, fieldPromise, "send the sealed sample")
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldPromise]; !strings.Contains(got, "A colleague changed this promise") || kept().What != "send the seals" {
		t.Errorf("it says %q, and kept is %+v", got, kept())
	}
	s.closeAll(mia)

	v = edits(mia)
	s.enter(mia, v, fieldPromise, "send the sealed sample")
	s.enter(mia, v, fieldDue, "2026-06-17")
	s.send(mia, v)
	expectIn(t, s.modal(mia, "Promise saved"), "We promised Director Wang: send the sealed sample")
	s.closeAll(mia)
	if x := kept(); x.Number != 1 || x.What != "send the sealed sample" || x.Due != civil.On(2026, 6, 17) || !x.Ours || x.Who != "Director Wang" || x.Owner != mia || x.Channel != sourcing || x.Factory.Number != f.Number {
		t.Errorf("corrected is %+v", x)
	}
	s.at("2026-06-17T08:00:00Z") // and it is asked about on the new day
	expect(t, s.dailyOn(mia, 0), "Promised, and open", "send the sealed sample")

	// Its day has passed: it is corrected without another one, and not given one that has passed, too.
	s.at("2027-01-05T08:00:00Z")
	v = edits(mia)
	s.enter(mia, v, fieldDue, "2026-06-18")
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldDue]; !strings.Contains(got, "That day has passed") || kept().Due != civil.On(2026, 6, 17) {
		t.Errorf("it says %q, and kept is %+v", got, kept())
	}
	s.closeAll(mia)
	v = edits(mia)
	s.enter(mia, v, fieldPromise, "send both sealed samples")
	s.send(mia, v)
	expectIn(t, s.modal(mia, "Promise saved"), "send both sealed samples", "was due 17 June 2026")
	s.closeAll(mia)
	v = edits(mia)
	s.enter(mia, v, fieldDue, "2027-01-05") // today
	s.send(mia, v)
	expectIn(t, s.modal(mia, "Promise saved"), "by 5 January")
}

func TestAPromiseOfAPrivateChannelIsReadThereOnly(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	f := s.inFactory(visit.Factory{Name: visited}, sourcing)
	place := in(project)
	place.ChannelZone = "Europe/Berlin"
	must(s.bot.o.Store.AddPromise(context.Background(), visit.Promise{Workspace: s.TeamID(), Factory: f, Place: place, Owner: mia, By: mia, What: "secret mould", Due: civil.On(2026, 6, 10)}, s.bot.o.Now()))
	for _, who := range []string{mia, jonas} {
		if m := s.command(who, sourcing, "/factory "+visited); strings.Contains(says(m), "secret mould") {
			t.Errorf("%s reads of it in another channel", who)
		}
	}
	expect(t, s.command(mia, project, "/factory "+visited), "secret mould")
}

func TestAGiftAboveTheLimitIsLoggedAndSaid(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	s.bot.set().Gifts = visit.GiftLimit{Money: visit.Money{Hundredths: 5000, Currency: "EUR"}, Approver: "the compliance officer"}
	s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	logs := func(value, currency, day string) string {
		s.atFactory(mia)("Log gift", "Your company's limit: EUR 50.00 per person and year")
		v := s.top(mia)
		for field, typed := range map[string]string{fieldSide: "given", fieldWho: "Director Wang", fieldPromise: "a book", fieldValue: value, fieldCurrency: currency, fieldGiftDay: day} {
			s.enter(mia, v, field, typed)
		}
		s.send(mia, v)
		if errs := s.errorsIn(mia); len(errs) > 0 {
			defer s.closeAll(mia)
			return errs[fieldValue] + errs[fieldGiftDay] + errs[fieldCurrency]
		}
		saved := s.modal(mia, "Gift logged")
		defer s.closeAll(mia)
		return blockText(saved.Blocks)
	}
	for _, c := range []struct{ value, currency, day, want, not string }{
		{"thirty", "EUR", "2026-05-01", "Please give its value", ""},
		{"30", "EUR", "2026-06-20", "has not come yet", ""},
		{"30", "euro", "2026-05-01", "three letters", ""},
		{"30", "eur", "2026-05-01", "a book, EUR 30.00", "above the limit"},
		{"30", "EUR", "2025-12-30", "a book", "above the limit"}, // of another year
		{"20,50", "EUR", "2026-05-02", "Director Wang was given EUR 50.50 in 2026, and EUR 50.00 is allowed", ""},
		{"1", "EUR", "2026-05-03", "It must be approved by the compliance officer", ""},
		{"200", "CNY", "2026-05-04", "What is in CNY is not added up", ""},
	} {
		got := logs(c.value, c.currency, c.day)
		if !strings.Contains(got, c.want) || c.not != "" && strings.Contains(got, c.not) {
			t.Errorf("%s %s on %s:\n%s", c.value, c.currency, c.day, got)
		}
	}
	if gs := must(s.bot.o.Store.Gifts(context.Background(), s.TeamID(), store.Filter{})); len(gs) != 5 {
		t.Errorf("%d gifts are logged: what is above the limit is kept, too", len(gs))
	}
	m := s.command(mia, sourcing, "/factory gifts")
	expect(t, m, "Given to Director Wang: a book, EUR 20.50")
	s.press(mia, m, "Remove gift")
	s.bot.Wait()
	if gs := must(s.bot.o.Store.Gifts(context.Background(), s.TeamID(), store.Filter{})); len(gs) != 4 {
		t.Errorf("%d gifts are left", len(gs))
	}
	if s.has(jonas, sourcing, "a book") {
		t.Error("the channel reads of it")
	}
}

// Whoever removes a gift goes on in the list that they were reading, on the same page of it.
func TestAGiftIsRemovedFromTheListThatIsRead(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	gifts := func(name string, n int) visit.Factory {
		f := s.inFactory(visit.Factory{Name: name, City: "Ningbo"}, sourcing)
		for i := range n {
			must(s.bot.o.Store.AddGift(t.Context(), visit.Gift{Workspace: s.TeamID(), Factory: f, Place: in(sourcing), By: mia, Owner: mia, Given: true, Who: "Ms Li", What: fmt.Sprintf("%s %d", name, i),
				Value: visit.Money{Hundredths: 100, Currency: "EUR"}, Day: civil.On(2026, 5, 1).AddDays(i)}, s.bot.o.Now()))
		}
		return f
	}
	gifts("Aurora", 1)
	f := gifts(visited, pageRows+2)   // two on the second page, the earliest last
	s.postCards(s.bot, s.bot.o.Store) // the cards of what brought the factories here are no answer
	s.settled()
	on := func(number, factory, from int) string {
		return s.reads(mia, func() {
			s.pressAgain(mia, actRemoveGift, blocks.Subject(visit.SubjectOf(visit.OfGift, number))+":"+giftsSubject(factory, from))
		})
	}
	if got := on(3, f.Number, pageRows); !strings.Contains(got, visited+" 0") || strings.Contains(got, visited+" 1,") || strings.Contains(got, visited+" 2,") || strings.Contains(got, "Aurora") {
		t.Errorf("after one of the second page of the factory's she reads\n%s", got)
	}
	if got := on(2, f.Number, pageRows); !strings.Contains(got, visited+" 2,") || strings.Contains(got, "Aurora") {
		t.Errorf("after the last one of the second page she reads\n%s", got)
	}
	if got := on(4, 0, 0); !strings.Contains(got, "Gifts given and received") || !strings.Contains(got, "Aurora 0") {
		t.Errorf("after one of all factories' she reads\n%s", got)
	}
	m := s.command(mia, sourcing, "/factory gifts "+visited)
	s.press(mia, m, "Remove gift")
	s.bot.Wait()
	expect(t, s.command(mia, sourcing, "/factory gifts "+visited), "Gifts: "+visited)
	if got := s.reads(mia, func() { s.press(mia, s.command(mia, sourcing, "/factory gifts "+visited), "Remove gift") }); !strings.Contains(got, "Gifts: "+visited) || strings.Contains(got, "Aurora") {
		t.Errorf("by the button in the list she reads\n%s", got)
	}
}

// The page of a factory plans a visit to it, and says that gifts are logged there. The log of all
// factories has a way to log one, too.
func TestAFactoryPagePlansAVisitAndShowsItsGifts(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	f := s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	page := s.command(mia, sourcing, "/factory "+visited)
	if strings.Contains(says(page), "Gifts:") {
		t.Errorf("of no gift it says\n%s", says(page))
	}
	s.press(mia, page, "Plan a visit")
	form := s.modal(mia, "What the visit is for")
	if !strings.Contains(fmt.Sprintf("%s", form.Blocks), `"initial_option":{"text":{"text":"`+visited+`, Ningbo"`) {
		t.Errorf("the form is not of the factory:\n%s", form.Blocks)
	}
	s.closeAll(mia)
	s.settled()

	m := s.command(mia, sourcing, "/factory gifts")
	expect(t, m, "No gift is logged here yet.")
	s.pick(mia, m, "Log gift at …", visited+", Ningbo")
	v := s.modal(mia, "Given or received?")
	for field, typed := range map[string]string{fieldSide: "given", fieldWho: "Director Wang", fieldPromise: "a book", fieldValue: "20", fieldCurrency: "EUR", fieldGiftDay: "2026-05-01"} {
		s.enter(mia, v, field, typed)
	}
	s.send(mia, v)
	s.modal(mia, "Gift logged")
	s.closeAll(mia)
	gift := func(private bool, channel string) {
		g := visit.Gift{Workspace: s.TeamID(), Factory: f, Place: in(channel), By: mia, Owner: mia, Given: true, Who: "Ms Li", What: "tea", Value: visit.Money{Hundredths: 100, Currency: "EUR"}, Day: civil.On(2026, 5, 2)}
		g.Private = private
		must(s.bot.o.Store.AddGift(t.Context(), g, s.bot.o.Now()))
	}
	gift(false, sourcing)
	gift(true, project)
	page = s.command(mia, sourcing, "/factory "+visited)
	expect(t, page, "*Gifts: 2*", "Show gifts")
	s.press(mia, page, "Show gifts")
	s.untilSays(mia, sourcing, "Given to Director Wang: a book, EUR 20.00")
	s.nothingRefused()
}

func TestTheNextFestivalHasItsText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, on, want, text string }{
		{"in January the Spring Festival", "2026-01-20T08:00:00Z", "Spring Festival", "新春快乐"},
		{"after Labour Day the Dragon Boat Festival, whose words are disputed", "2026-06-01T08:00:00Z", "That is disputed", "端午安康"},
		{"in September Mid-Autumn", "2026-09-10T08:00:00Z", "Mooncakes", "中秋快乐"},
		{"after Mid-Autumn National Day", "2026-09-28T08:00:00Z", "National Day", "国庆快乐"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newContactStage(t)
			s.at(c.on)
			s.bot.o.Calendar = must(holiday.China())
			s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
			s.press(mia, s.command(mia, sourcing, "/factory "+visited), "Text for a greeting")
			s.bot.Wait()
			for _, words := range []string{c.want, c.text, "Qingming and the Ghost Festival are for the dead"} {
				if !s.has(mia, sourcing, words) {
					t.Errorf("nothing of %q", words)
				}
			}
		})
	}
}

func TestAContactCanReadWhatIsKept(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	s.knows(sourcing, nil)
	s.press(mia, s.command(mia, sourcing, "/factory contact 1"), "What we keep about you")
	s.bot.Wait()
	for _, words := range []string{"Have counsel read it first", "We keep nothing about your family, your health or your opinions", "我们不记录您的家庭、健康和个人观点"} {
		if !s.has(mia, sourcing, words) {
			t.Errorf("nothing of %q", words)
		}
	}
}
