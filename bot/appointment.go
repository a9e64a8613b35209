package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visitprep/internal/guide"

	"visitprep/internal/blocks"

	"visitprep/internal/visit"
)

// errNotYours is returned where somebody asks for what belongs to a channel that
// they are not in. Its words are the same whether the number exists or not.
var errNotYours = errors.New("it belongs to a channel that the person is not in")

// errElsewhere is returned where somebody asks in one channel for what belongs to
// a private one.
var errElsewhere = errors.New("it belongs to a private channel")

// checkAccess reports whether a person may see and change what a subject names,
// without loading it: errNotYours, or that it does not exist.
func (b *Bot) checkAccess(ctx context.Context, team, person string, s visit.Subject) error {
	_, channel, err := b.o.Store.OwnerOf(ctx, team, s)
	if err == nil && !b.canSee(ctx, team, person, channel) {
		err = errNotYours
	}
	return err
}

// appointment is the visit or the inspection that a subject names, if the person may
// see it.
func (b *Bot) appointment(ctx context.Context, team, person string, s visit.Subject) (visit.Appointment, error) {
	a, err := b.o.Store.Appointment(ctx, team, s)
	if err == nil && !b.canSee(ctx, team, person, a.Common().Channel) {
		err = errNotYours
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// visit is the visit that a subject names, if the person may see it.
func (b *Bot) visit(ctx context.Context, team, person string, s visit.Subject) (*visit.Visit, error) {
	return only[*visit.Visit](b.appointment(ctx, team, person, s))
}

// inspection is the inspection that a subject names, if the person may see it.
func (b *Bot) inspection(ctx context.Context, team, person string, s visit.Subject) (*visit.Inspection, error) {
	return only[*visit.Inspection](b.appointment(ctx, team, person, s))
}

// only is a where it is of the kind A: a button of a visit that names an inspection
// names nothing.
func only[A visit.Appointment](a visit.Appointment, err error) (A, error) {
	found, ok := a.(A)
	if err == nil && !ok {
		err = fmt.Errorf("%s: %w", a.Subject(), visit.ErrNotFound)
	}
	return found, err
}

// changeItems changes a checklist and returns what it belongs to, as it is then.
func (b *Bot) changeItems(ctx context.Context, team string, s visit.Subject, now time.Time, change func(*visit.Checklist) error) (visit.Appointment, error) {
	return b.o.Store.ChangeAppointment(ctx, team, s, now, func(a visit.Appointment) error {
		items, err := a.OpenChecklist()
		if err != nil {
			return err
		}
		return change(items)
	})
}

// openSubject shows the person who clicked what the button is about, whatever it is.
func (b *Bot) openSubject(ctx context.Context, c click) error {
	m := b.orSorry("open "+string(c.about), func() (*blocks.Message, error) {
		return b.show(ctx, b.book.Load(), c.team, c.user, c.channel, visit.Subject(c.about))
	})
	return b.whisperTo(ctx, c, m)
}

// show is a visit, an inspection or a plan on one screen, for somebody who may see it
// where they stand.
func (b *Bot) show(ctx context.Context, k *guide.Guide, team, person, channel string, s visit.Subject) (*blocks.Message, error) {
	if kind, _ := s.Cut(); kind == visit.OfPlan {
		p, err := b.plan(ctx, team, person, s.Number())
		if err != nil {
			return nil, err
		}
		if !visibleIn(p.Place, channel) {
			return nil, errElsewhere
		}
		return b.planCard(k, &p), nil
	}
	a, err := b.appointment(ctx, team, person, s)
	if err != nil {
		return nil, err
	}
	if !visibleIn(a.Common().Place, channel) {
		return nil, errElsewhere
	}
	return b.cardOf(k, a, insiders), nil
}
