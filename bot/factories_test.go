package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

func TestFactoriesAreEdited(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	expect(t, s.command(mia, sourcing, "/visit-prep factories"), "There are no factories in your channels yet")
	card := s.plan(mia, sourcing)
	if _, err := s.bot.o.Store.ChangeFactory(context.Background(), s.TeamID(), 1, s.bot.o.Now(), func(f *visit.Factory) error { f.Address = ""; return nil }); err != nil {
		t.Fatal(err)
	}

	// The brief offers what is missing.
	s.press(mia, card, "Send me the brief")
	s.until("the brief has come", func() bool { return s.has(mia, s.direct(mia), "There is no Chinese address yet") })
	s.press(mia, s.last(mia, s.direct(mia)), "Add address")
	v := s.modal(mia, "Address in Chinese")
	s.enter(mia, v, fieldName, "")
	if err := s.Submit(mia, v.ID); err == nil && len(s.errorsIn(mia)) == 0 {
		t.Error("a factory without a name was saved")
	}
	s.enter(mia, v, fieldName, "Ningbo Bright Metal & Co")
	s.enter(mia, v, fieldAddress, "浙江省宁波市江北区 88号")
	s.send(mia, v)
	s.noModal(mia)
	s.until("the card has the new name", func() bool { return strings.Contains(says(s.card(sourcing, card.TS)), "Ningbo Bright Metal &amp; Co") })
	s.press(jonas, s.card(sourcing, card.TS), "Send me the brief")
	s.until("a colleague's brief has the address", func() bool { return s.has(jonas, s.direct(jonas), "江北区 88号") })

	// Out of the menus, and back.
	s.press(mia, s.command(mia, sourcing, "/visit-prep factories bright"), "Edit factory")
	v = s.modal(mia, "Address in Chinese")
	s.pressIn(mia, v, "Remove factory", "")
	v = s.modal(mia, "This factory is hidden from menus")
	expect(t, s.command(jonas, sourcing, "/visit-prep factories"), "There are no factories in your channels yet") // the only one was removed
	s.pressIn(mia, v, "Restore factory", "")
	s.modal(mia, "Remove factory")
	expect(t, s.command(jonas, sourcing, "/visit-prep factories"), "Ningbo Bright Metal")

	// A question that begins with the word is a question.
	if m := s.command(mia, sourcing, "/visit-prep factories close in february?"); strings.Contains(says(m), "Edit factory") {
		t.Errorf("a question lists factories:\n%s", says(m))
	}
	s.nothingRefused()
}

func TestMenusOfManyFactories(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	for n := range 230 {
		if _, err := s.bot.o.Store.AddFactory(context.Background(), visit.Factory{Workspace: s.TeamID(), Name: fmt.Sprintf("Factory %03d", n)}, s.bot.o.Now()); err != nil {
			t.Fatal(err)
		}
	}
	s.command(mia, sourcing, "/visit-prep plan")
	v := s.modal(mia, "Purpose")
	s.enter(mia, v, fieldFactory, "230")
	v = s.redrawn(mia, v)
	s.enter(mia, v, fieldPurpose, "first_visit")
	s.enter(mia, v, fieldFirst, inDays(60))
	s.send(mia, v)
	s.planned(mia)
	s.untilSays(mia, sourcing, "Visit 1: Factory 229")
	m := s.command(mia, sourcing, "/visit-prep factories")
	s.press(mia, m, "More factories")
	s.until("the second page is shown", func() bool { return s.has(mia, sourcing, "Factory 019") })
	s.nothingRefused()
}

func TestAFactoryIsForThoseWhoseChannelsHaveSomethingWithIt(t *testing.T) {
	s := newPrivateStage(t) // Jonas is not in the private channel
	s.visitIn(project)
	s.inspectionIn(sourcing)
	if got := s.types(jonas, sourcing, "/visit-prep factories"); strings.Contains(got, visited) || !strings.Contains(got, inspected) {
		t.Errorf("Jonas reads\n%s", got)
	}
	s.reported(1)
	if got := s.types(jonas, sourcing, "/inspection history"); strings.Contains(got, visited) || !strings.Contains(got, inspected) {
		t.Errorf("asked which factory, Jonas reads\n%s", got)
	}
	m := s.command(mia, project, "/visit-prep factories ningbo")
	v := s.opens(mia, m, "Edit factory")
	if !strings.Contains(v.Title+blockText(v.Blocks), "Edit factory") {
		t.Errorf("Mia's form is\n%s", blockText(v.Blocks))
	}
	// Jonas had it open when all with that factory moved into the private channel.
	for name, do := range map[string]func(s *stage, m localslack.Message, v localslack.View){
		"sends it off":       func(s *stage, _ localslack.Message, v localslack.View) { s.send(jonas, v) },
		"removes it":         func(s *stage, _ localslack.Message, v localslack.View) { s.pressIn(jonas, v, "Remove factory", "") },
		"opens it once more": func(s *stage, m localslack.Message, _ localslack.View) { s.press(jonas, m, "Edit factory") },
		"types its name": func(s *stage, _ localslack.Message, _ localslack.View) {
			s.Command(jonas, sourcing, "/visit-prep factories ningbo")
		},
		"asks for its results": func(s *stage, _ localslack.Message, _ localslack.View) {
			s.Command(jonas, sourcing, "/inspection history ningbo")
		},
		"asks for all of those": func(s *stage, _ localslack.Message, _ localslack.View) {
			s.Command(jonas, sourcing, "/inspection history")
		},
	} {
		s := newPrivateStage(t)
		s.visitIn(sourcing)
		m := s.command(jonas, sourcing, "/visit-prep factories ningbo")
		v := s.opens(jonas, m, "Edit factory")
		s.enter(jonas, v, fieldName, "Somebody Else")
		s.hide()
		was := s.state()
		if got := s.reads(jonas, func() { do(s, m, v) }); strings.Contains(got, visited) || s.state() != was {
			t.Errorf("Jonas %s and reads\n%s\nit is now\n%swas\n%s", name, got, s.state(), was)
		}
	}
}

// TestNobodyLearnsOfAFactoryFromAPrivateChannel goes every way on which Jonas could learn
// of a factory that only a private channel which he is not in has something with.
func TestNobodyLearnsOfAFactoryFromAPrivateChannel(t *testing.T) {
	const phone, name = "+86 574 5550 0188", "Zhuhai Optics"
	s := newPrivateStage(t)
	v := s.visitIn(project)
	s.inspectionIn(project)
	s.reported(1)
	must(s.bot.o.Store.ChangeFactory(context.Background(), s.TeamID(), v.Factory.Number, s.bot.o.Now(), func(f *visit.Factory) error { f.Name, f.Contacts = name, "Ms Li, "+phone; return nil }))
	for who, knows := range map[string]bool{mia: true, jonas: false} {
		ways := map[string]func(){
			"the list":                     func() { s.command(who, s.direct(who), "/visit-prep factories") },
			"the list, by name":            func() { s.command(who, s.direct(who), "/visit-prep factories zhuhai") },
			"the menu of a visit":          func() { s.command(who, sourcing, "/visit-prep plan") },
			"the menu of an inspection":    func() { s.command(who, sourcing, "/inspection schedule") },
			"the menu of earlier results":  func() { s.command(who, s.direct(who), "/inspection history") },
			"earlier results, by a button": func() { s.clicks(who, actHistory, historySubject(2, 0)) },
		}
		for way, do := range ways {
			if got := s.reads(who, do); (strings.Contains(got, name) || strings.Contains(got, inspected)) != knows {
				t.Errorf("%s, by %s, reads\n%s", who, way, got)
			}
		}
	}
	if got := s.types(jonas, s.direct(jonas), "/visit-prep factories zhuhai"); strings.Contains(got, "No factory has") || strings.Contains(got, "There are no factories") {
		t.Errorf("that name is taken for a factory's: Jonas reads\n%s", got)
	}
	// And a factory that he enters by its name is another one.
	s.command(jonas, sourcing, "/visit-prep plan")
	f := s.top(jonas)
	for _, in := range [][2]string{{fieldName, name}, {fieldPurpose, "first_visit"}, {fieldFirst, inDays(30)}} {
		s.enter(jonas, f, in[0], in[1])
	}
	s.send(jonas, f)
	s.bot.Wait()
	his := s.visit(2)
	if his.Factory.Number == v.Factory.Number || his.Factory.Contacts != "" {
		t.Errorf("his visit is at %+v", his.Factory)
	}
}

func TestAFactoryIsPickedByWhoMayKnowOfIt(t *testing.T) {
	s := newPrivateStage(t)
	v := s.visitIn(project)
	for who, knows := range map[string]bool{mia: true, jonas: false} {
		if f, err := s.bot.factories.complete(context.Background(), s.TeamID(), who, visit.Factory{Number: v.Factory.Number}); (err == nil) != knows {
			t.Errorf("%s picks %+v, %v", who, f, err)
		}
	}
}

// clicks uses a button that somebody may have before them in an old message.
func (s *stage) clicks(who string, verb blocks.ActionID, about blocks.Subject) {
	s.t.Helper()
	c := click{caller: caller{team: s.TeamID(), user: who, channel: s.direct(who), on: guide.Direct}, verb: verb, about: about}
	s.bot.act(context.Background(), c)
	s.bot.Wait()
}

func TestOfAFactoryOneReadsTheResultsOfOnesOwnChannels(t *testing.T) {
	s := newPrivateStage(t)
	s.inspectionIn(sourcing)
	s.reported(s.inspectionIn(project).Number)
	if got := s.types(jonas, s.direct(jonas), "/inspection history dongguan"); strings.Contains(got, "Burrs") || !strings.Contains(got, "No inspection at this factory has a result in your channels yet") {
		t.Errorf("Jonas reads\n%s", got)
	}
	if got := s.types(mia, s.direct(mia), "/inspection history dongguan"); !strings.Contains(got, "Burrs") {
		t.Errorf("Mia reads\n%s", got)
	}
}

// Two sites of one firm are two factories in Slack too, and nothing that is typed is dropped
// without a word.
func TestANewFactoryInAnotherCityIsAnotherOne(t *testing.T) {
	s := newStage(t, overHTTP)
	ctx := context.Background()
	plans := func(in ...[2]string) localslack.View {
		s.command(mia, sourcing, "/visit-prep plan")
		v := s.top(mia)
		s.enter(mia, v, fieldFactory, newFactory)
		v = s.redrawn(mia, v)
		for _, f := range append([][2]string{{fieldName, "Sunrise Electronics"}, {fieldPurpose, "first_visit"}, {fieldFirst, inDays(30 + len(in))}}, in...) {
			s.enter(mia, v, f[0], f[1])
		}
		s.send(mia, v)
		s.bot.Wait()
		return v
	}
	must(s.bot.o.Store.AddFactory(ctx, visit.Factory{Workspace: s.TeamID(), Name: "Sunrise Electronics", City: "Dongguan", Chinese: "东莞日升电子有限公司"}, s.bot.o.Now()))
	plans([2]string{fieldCity, "Suzhou"}, [2]string{fieldAddress, "木渎镇2号"})
	if f := s.visit(1).Factory; f.Number != 2 || f.City != "Suzhou" {
		t.Errorf("the visit is at %+v", f)
	}
	// What was not known of a site is kept.
	plans([2]string{fieldCity, "dongguan"}, [2]string{fieldContact, "Ms Li"}, [2]string{fieldAddress, "振安路1号"})
	if f := s.visit(2).Factory; f.Number != 1 || f.Contacts != "Ms Li" || f.Address != "振安路1号" || f.City != "Dongguan" {
		t.Errorf("the visit is at %+v", f)
	}
	// What is recorded otherwise, and what several are called, is the person's decision.
	for _, c := range []struct {
		in   [][2]string
		says string
	}{
		{[][2]string{{fieldCity, "Dongguan"}, {fieldChinese, "东莞日昇"}}, "This factory is in the list with 东莞日升电子有限公司"},
		{nil, "Several factories have this name: Sunrise Electronics, Dongguan, 振安路1号; Sunrise Electronics, Suzhou"},
	} {
		plans(c.in...)
		if got := fmt.Sprint(s.errorsIn(mia)); !strings.Contains(got, c.says) {
			t.Errorf("of %v she reads %s", c.in, got)
		}
	}
	if fs := must(s.bot.o.Store.Factories(ctx, s.TeamID())); len(fs) != 2 {
		t.Errorf("the factories are %+v", fs)
	}
	s.nothingRefused()
}
