package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// access finds what belongs to a channel, for those who may see it: everything of a
// visit, an inspection or a plan goes through it before it is shown or changed.
type access struct {
	*core
	directory *directory
}

// errNotYours is returned where somebody asks for what belongs to a channel that
// they are not in. Its words are the same whether the number exists or not.
var errNotYours = errors.New("it belongs to a channel that the person is not in")

// errElsewhere is returned where somebody asks in one channel for what belongs to
// a private one.
var errElsewhere = errors.New("it belongs to a private channel")

// checkAccess reports whether a person may see and change what a subject names,
// without loading it: errNotYours, or that it does not exist.
func (acc *access) checkAccess(ctx context.Context, team, person string, s visit.Subject) error {
	_, channel, err := acc.o.Store.OwnerOf(ctx, team, s)
	if err != nil {
		return err
	}
	return acc.canSee(ctx, team, person, s, channel)
}

// canSee is nil where a person may see what a subject names, which stands in a channel:
// they are in it, or nobody can post there any more and the thing is their own. Otherwise
// nobody could find it again.
func (acc *access) canSee(ctx context.Context, team, person string, s visit.Subject, channel string) error {
	return acc.canSeeOwn(ctx, team, person, channel, func() (bool, error) { return acc.o.Store.Theirs(ctx, team, person, s) })
}

// canSeeOwn is canSee of what is the person's own where theirs says so.
func (acc *access) canSeeOwn(ctx context.Context, team, person, channel string, theirs func() (bool, error)) error {
	no := acc.directory.canSee(ctx, team, person, channel)
	if !errors.Is(no, errNotYours) || errors.Is(no, errNotColleague) || errors.Is(no, errGuest) {
		return no
	}
	now, err := acc.directory.facts(ctx, team, channel)
	if errors.Is(err, errUnchecked) {
		return err
	}
	if err != nil || now.State == store.ChannelOpen {
		return no
	}
	own, err := theirs()
	if err != nil {
		return err
	}
	if !own {
		return no
	}
	return nil
}

// appointment is the visit or the inspection that a subject names, if the person may
// see it.
func (acc *access) appointment(ctx context.Context, team, person string, s visit.Subject) (visit.Appointment, error) {
	a, err := acc.o.Store.Appointment(ctx, team, s)
	if err == nil {
		err = acc.canSee(ctx, team, person, s, a.Common().Channel)
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// visit is the visit that a subject names, if the person may see it.
func (acc *access) visit(ctx context.Context, team, person string, s visit.Subject) (*visit.Visit, error) {
	return only[*visit.Visit](acc.appointment(ctx, team, person, s))
}

// inspection is the inspection that a subject names, if the person may see it.
func (acc *access) inspection(ctx context.Context, team, person string, s visit.Subject) (*visit.Inspection, error) {
	return only[*visit.Inspection](acc.appointment(ctx, team, person, s))
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

// plan finds an inspection plan, if the person may see it.
func (acc *access) plan(ctx context.Context, team, person string, number int) (visit.Plan, error) {
	p, err := acc.o.Store.Plan(ctx, team, number)
	if err == nil {
		err = acc.canSee(ctx, team, person, p.Subject(), p.Channel)
	}
	if err != nil {
		return visit.Plan{}, err
	}
	return p, nil
}

// visibleIn reports whether something may be shown in a channel: what belongs to a
// private one is shown there and in direct messages only. The Home tab is "".
func visibleIn(p visit.Place, channel string) bool {
	return !p.Private || channel == "" || channel == p.Channel || strings.HasPrefix(channel, "D")
}

// mayTell reports whether a reminder may be announced in a channel: one about a
// private channel is announced there and in direct messages only.
func (acc *access) mayTell(ctx context.Context, o *visit.Occurrence, channel string) bool {
	if a, err := acc.o.Store.Appointment(ctx, o.Workspace, o.Subject); err == nil {
		return visibleIn(a.Common().Place, channel)
	}
	if kind, _ := o.Subject.Cut(); kind == visit.OfPerson {
		return true
	}
	r, err := acc.directory.channel(ctx, o.Workspace, o.To)
	return err == nil && visibleIn(visit.Place{Channel: o.To, Private: r.private}, channel)
}

// upcoming lists the visits that a person may see in a channel and that are not over.
func (acc *access) upcoming(ctx context.Context, team, person, channel string) ([]store.Summary, error) {
	channels, err := acc.directory.channelsOf(ctx, team, person)
	if err != nil {
		return nil, err
	}
	now := acc.o.Now()
	all, err := acc.o.Store.Visits(ctx, team, store.Filter{Channels: append([]string{}, channels...), Own: person, From: civil.Of(now.UTC().AddDate(0, 0, -1))})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s store.Summary) bool { return s.Over(now) || !visibleIn(s.Place, channel) }), nil
}

// past lists the visits that a person may see where they stand and that are over, the last
// first: so many of them or, with 0, all; at one factory or, with 0, at all.
func (acc *access) past(ctx context.Context, who caller, factory, most int) (past []store.Summary, err error) {
	channels, err := acc.directory.channelsOf(ctx, who.team, who.user)
	if err != nil {
		return nil, err
	}
	now := acc.o.Now()
	f := store.Filter{
		Channels: append([]string{}, channels...), Own: who.user, Factory: factory,
		Before: civil.Of(now.UTC().AddDate(0, 0, 1)), Limit: 4 * most,
	}
	for { // some of a page may belong to private channels, or not be over at the factory
		page, err := acc.o.Store.Visits(ctx, who.team, f)
		if err != nil {
			return nil, err
		}
		for _, s := range page {
			if s.Over(now) && visibleIn(s.Place, who.channel) {
				past = append(past, s)
			}
			if most > 0 && len(past) == most {
				return past, nil
			}
		}
		if most == 0 || len(page) < f.Limit {
			return past, nil
		}
		f.Offset += f.Limit
	}
}

// place looks at the channel that somebody chose. Where the bot is not in it, or
// another company reads there and nobody has agreed yet, it returns what to say.
func (acc *access) place(ctx context.Context, team, person, channel string, sharedOK bool) (visit.Place, *modal, error) {
	p := acc.directory.printer(ctx, team, person)
	notThere := func() *modal {
		m := &modal{title: p.T("One thing is missing")}
		m.blocks = []slack.Block{
			blocks.Section(p.M("I'm not in %s yet. Type %s there, then press Try again. What you entered is saved.", channelName(channel), blocks.Code("/invite @visitprep"))),
			blocks.Actions(blocks.Button(actRetry, blocks.Subject(channel), p.T("Try again")), blocks.Button(actReopenDraft, "", p.T("Choose another channel"))),
		}
		return m
	}
	acc.directory.channels.drop(inTeam(team, channel)) // invited a moment ago?
	r, err := acc.directory.channel(ctx, team, channel)
	if err == nil && !r.member {
		return visit.Place{}, notThere(), nil
	}
	if err != nil {
		return visit.Place{}, nil, unchecked(err)
	}
	if err := acc.directory.canSee(ctx, team, person, channel); errors.Is(err, errNotYours) {
		return visit.Place{}, nil, visit.Invalid(fieldChannel, "You're not in this channel. Pick one of yours, or join it first.")
	} else if err != nil {
		return visit.Place{}, nil, err
	}
	to, err := acc.directory.readers(ctx, team, channel)
	if err != nil {
		return visit.Place{}, nil, err
	}
	shared := to == everyone
	if shared && !sharedOK {
		m := &modal{title: p.T("Shared channel")}
		ok := blocks.Button(actPostOK, blocks.Subject(channel), p.T("Use this channel"))
		ok.Style = slack.StyleDanger
		m.blocks = []slack.Block{
			blocks.Section(acc.whyShared(p, channel, r.shared) + " " + p.M("They would see the visit's card and reminders. Items about audits, prices, negotiation and red flags are left out there.")),
			blocks.Actions(ok, blocks.Button(actReopenDraft, "", p.T("Choose another channel"))),
		}
		return visit.Place{}, m, nil
	}
	return visit.Place{Channel: channel, Private: r.private, Shared: shared}, nil, nil
}

// whyShared says why a channel counts as one that another company reads.
func (acc *access) whyShared(p blocks.Printer, channel string, connected bool) blocks.Markup {
	if connected {
		return p.M("%s is shared with another company.", channelName(channel))
	}
	return p.M("A guest is in %s, and guests count as another company.", channelName(channel))
}
