package bot

import (
	"context"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// moves take visits, inspections and plans to another channel: because another company
// reads the one they stand in, or nothing can be posted there.
type moves struct {
	*core
	access      *access
	replies     *replies
	live        *live
	inspections *inspections
}

// actRelocate asks for another channel of what the value names.
const actRelocate blocks.ActionID = "relocate"

// modalRelocate is the form for another channel.
const modalRelocate modalID = "relocate"

// moveLabel is the button that moves what a subject names.
func moveLabel(p blocks.Printer, s visit.Subject) string {
	switch kind, _ := s.Cut(); kind {
	case visit.OfInspection: // "Move inspection" gives it another day
		return p.T("Change inspection's channel")
	case visit.OfPlan:
		return p.T("Move plan")
	}
	return p.T("Move visit")
}

func moveButton(p blocks.Printer, s visit.Subject) *slack.ButtonBlockElement {
	return blocks.Button(actRelocate, blocks.Subject(s), moveLabel(p, s))
}

// offered is the card of something, with the offer to move it where its channel is
// closed.
func (mv *moves) offered(ctx context.Context, p blocks.Printer, m *blocks.Message, team string, s visit.Subject, channel string) *blocks.Message {
	f, err := mv.o.Store.ChannelFacts(ctx, team, channel)
	if err != nil || f.State == store.ChannelOpen {
		return m
	}
	words := closedWords(p, &f)
	m.Add(blocks.Section(blocks.Escape(words)), blocks.Actions(moveButton(p, s)))
	m.Text.Line(words)
	return m
}

// form asks for another channel.
func (mv *moves) form(ctx context.Context, c click) error {
	p := mv.access.directory.printerNow(c.team, c.user)
	s := visit.Subject(c.about)
	title := moveTitle(p, s)
	return mv.replies.open(ctx, opening{c.caller, actRelocate, c.about, title}, func(ctx context.Context, team string) (*modal, error) {
		p := mv.access.directory.printer(ctx, team, c.user)
		name, err := mv.name(ctx, team, c.user, s)
		if err != nil {
			return nil, err
		}
		return &modal{id: modalRelocate, title: title, submit: title, meta: meta{About: c.about}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(name)),
			blocks.Hinted(blocks.Input(fieldChannel, p.T("New channel"), blocks.ChannelInput(p, "")), p.T("The card and the reminders go with it, and the members of that channel see it.")),
		}}, nil
	})
}

func moveTitle(p blocks.Printer, s visit.Subject) string {
	if kind, _ := s.Cut(); kind == visit.OfInspection {
		return p.T("Change channel")
	}
	return moveLabel(p, s)
}

// name is what somebody who may see it calls what a subject names.
func (mv *moves) name(ctx context.Context, team, person string, s visit.Subject) (string, error) {
	p := mv.access.directory.printer(ctx, team, person)
	if kind, _ := s.Cut(); kind == visit.OfPlan {
		plan, err := mv.access.plan(ctx, team, person, s.Number())
		return p.T("Inspection plan %d: %s", plan.Number, plan.Factory.Name), err
	}
	a, err := mv.access.appointment(ctx, team, person, s)
	if err != nil {
		return "", err
	}
	return a.Title(p.Printer), nil
}

// submit moves what the form is about.
func (mv *moves) submit(ctx context.Context, s submission) ([]byte, error) {
	p := mv.access.directory.printer(ctx, s.team, s.user)
	about := visit.Subject(s.meta.About)
	if err := mv.access.checkAccess(ctx, s.team, s.user, about); err != nil {
		return nil, err
	}
	place, blocked, err := mv.access.place(ctx, s.team, s.user, s.values.conversation(fieldChannel), false)
	if err != nil {
		return nil, err
	}
	if blocked != nil {
		return nil, visit.Invalid(fieldChannel, "I can't move it there. Invite me with /invite @visitprep first, and pick a channel that no other company and no guest reads.")
	}
	if kind, _ := about.Cut(); kind == visit.OfPlan {
		err = mv.carryPlan(ctx, s, about.Number(), place)
	} else {
		err = mv.carry(ctx, s.changing(mv.o.Store), s.team, about, place, s.user)
	}
	if err != nil {
		return nil, err
	}
	title := moveTitle(p, about)
	return updated(p, &modal{title: title, blocks: []slack.Block{blocks.Section(p.M("Done. The card and the reminders are in %s from now on.", channelName(place.Channel)))}}), nil
}

// carry moves a visit or an inspection, in a store.
func (mv *moves) carry(ctx context.Context, st *store.Store, team string, s visit.Subject, to visit.Place, by string) error {
	a, err := st.ChangeAppointment(ctx, team, s, mv.o.Now(), func(a visit.Appointment) error {
		w := a.Common()
		if w.Channel == to.Channel {
			return errThereAlready()
		}
		w.Channel, w.Private, w.Shared, w.Card = to.Channel, to.Private, to.Shared, ""
		return nil
	})
	if err != nil {
		return err
	}
	mv.live.leave()
	mv.live.changed(team, s, append(peopleConcerned(a), by)...)
	return nil
}

// carryPlan moves a plan, and before it what it has made that stands where the plan stands.
func (mv *moves) carryPlan(ctx context.Context, s submission, number int, to visit.Place) error {
	p, err := mv.o.Store.Plan(ctx, s.team, number)
	if err != nil {
		return err
	}
	if p.Channel == to.Channel {
		return errThereAlready()
	}
	made, err := mv.o.Store.Inspections(ctx, s.team, store.InspectionFilter{Open: true, Plan: number, Filter: store.Filter{Channels: []string{p.Channel}}})
	if err != nil {
		return err
	}
	for _, i := range made {
		if err := mv.carry(ctx, mv.o.Store, s.team, i.Subject(), to, s.user); err != nil {
			return err
		}
	}
	_, err = mv.inspections.changePlan(ctx, s.changing(mv.o.Store), s.team, s.user, number, func(p *visit.Plan) error {
		p.Channel, p.Private, p.Shared = to.Channel, to.Private, to.Shared
		return nil
	})
	return err
}

func errThereAlready() error {
	return visit.Invalid(fieldChannel, "It is in that channel already. Pick another one.")
}

// peopleConcerned are whoever planned a visit or an inspection or takes part.
func peopleConcerned(a visit.Appointment) []string {
	switch a := a.(type) {
	case *visit.Visit:
		return a.Concerned()
	case *visit.Inspection:
		return a.Concerned()
	}
	return nil
}
