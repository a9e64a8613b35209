package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"visitprep/internal/visit"
)

func TestFactoriesAreEdited(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	expect(t, s.command(mia, sourcing, "/visit-prep factories"), "There are no factories yet")
	card := s.plan(mia, sourcing)
	if _, err := s.bot.o.Store.ChangeFactory(context.Background(), s.TeamID(), 1, func(f *visit.Factory) error { f.Address = ""; return nil }); err != nil {
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
	expect(t, s.command(jonas, sourcing, "/visit-prep factories"), "There are no factories yet") // the only one was removed
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
		if _, err := s.bot.o.Store.AddFactory(context.Background(), visit.Factory{Workspace: s.TeamID(), Name: fmt.Sprintf("Factory %03d", n)}); err != nil {
			t.Fatal(err)
		}
	}
	s.command(mia, sourcing, "/visit-prep plan")
	v := s.modal(mia, "Who is travelling")
	s.enter(mia, v, fieldFactory, "230")
	v = s.redrawn(mia, v)
	s.enter(mia, v, fieldPurpose, "first_visit")
	s.enter(mia, v, fieldFirst, inDays(60))
	s.send(mia, v)
	s.noModal(mia)
	s.untilSays(mia, sourcing, "Visit 1: Factory 229")
	m := s.command(mia, sourcing, "/visit-prep factories")
	s.press(mia, m, "More factories")
	s.until("the second page is shown", func() bool { return s.has(mia, sourcing, "Factory 019") })
	s.nothingRefused()
}
