package bot

import (
	"context"
	"maps"
	"slices"
	"visitprep/internal/lang"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// guests are people with an account that lets them into some channels only. They count
// as another company until somebody says that they work for us.
type guests struct {
	*core
	directory *directory
	replies   *replies
}

// noColleagues are those of some people who are no colleagues, as mistakes at a field: owners,
// inspectors and travellers get what is the team's in their direct messages. Slack's
// menus offer guests, apps and people of other companies too.
func (d *directory) noColleagues(ctx context.Context, team, field string, people []string) (wrong visit.InputErrors, err error) {
	for _, id := range people {
		s, err := d.relation(ctx, team, id)
		if err != nil {
			return nil, err
		}
		if s == colleague {
			continue
		}
		var name any = lang.Errorf("That person")
		p, err := d.person(ctx, team, id)
		if err == nil {
			name = "@" + p.name
		}
		switch {
		case p.bot:
			wrong = append(wrong, visit.Invalid(field, "%s is an app. Pick a colleague.", name))
		case p.deactivated && field == fieldPeople:
			wrong = append(wrong, visit.Invalid(field, "%s has left: the account is deactivated. Pick a colleague, or enter the name under “People without Slack”.", name))
		case p.deactivated:
			wrong = append(wrong, visit.Invalid(field, "%s has left: the account is deactivated. Pick a colleague.", name))
		case s == guest && field == fieldPeople:
			wrong = append(wrong, visit.Invalid(field, "%s is a guest and counts as another company. Enter the name under “People without Slack”, or type /visit-prep guests to say that they work for you.", name))
		case s == guest:
			wrong = append(wrong, visit.Invalid(field, "%s is a guest and counts as another company. Pick a colleague, or type /visit-prep guests to say that they work for you.", name))
		case field == fieldPeople:
			wrong = append(wrong, visit.Invalid(field, "%s is not a colleague here. Pick a colleague, or enter the name under “People without Slack”.", name))
		default:
			wrong = append(wrong, visit.Invalid(field, "%s is not a colleague here. Pick a colleague.", name))
		}
	}
	return wrong, nil
}

// command lists the guests about whom somebody may say whether they work for us: an admin
// of all channels that they are in, anybody else of those in which they planned something.
func (gs *guests) command(ctx context.Context, q request) (*blocks.Message, error) {
	p := gs.directory.printer(ctx, q.team, q.user)
	channels, err := gs.directory.channelsOf(ctx, q.team, q.user)
	if err != nil {
		return nil, err
	}
	me, err := gs.directory.person(ctx, q.team, q.user)
	if err != nil {
		return nil, unchecked(err)
	}
	if !me.admin {
		planned, err := gs.o.Store.PlannedIn(ctx, q.team, q.user)
		if err != nil {
			return nil, err
		}
		channels = slices.DeleteFunc(channels, func(c string) bool { return !slices.Contains(planned, c) })
	}
	vouched, err := gs.o.Store.Vouched(ctx, q.team)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Title(p.T("Guests"))
	var listed []string
	for _, c := range channels {
		members, err := gs.directory.membersOf(ctx, q.team, c)
		if err != nil {
			return nil, unchecked(err)
		}
		for _, id := range slices.Sorted(maps.Keys(members)) {
			g, ok := gs.directory.known(q.team, id)
			if !ok || !g.guest || g.bot || g.deactivated || slices.Contains(listed, id) || !slices.Contains(g.teams, q.team) {
				continue
			}
			if listed = append(listed, id); len(listed) > guestsListed {
				continue
			}
			b := vouchButton(p, &g)
			words := p.T("%s is in one of your channels and counts as another company.", g.name)
			if vouched[id] {
				b, words = unvouchButton(p, &g), p.T("%s works for us and sees what colleagues see.", g.name)
			}
			m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Escape(words)), nil, slack.NewAccessory(b)))
			m.Text.Line(words)
		}
	}
	switch {
	case len(listed) == 0:
		m.Say(p.T("There are no guests in the channels where you have planned something."))
	case len(listed) > guestsListed:
		m.Say(p.T("And %d more.", len(listed)-guestsListed))
	}
	return m, nil
}

// guestsListed is how many guests the list shows.
const guestsListed = 20

// The verbs of guests.
const (
	actVouch   blocks.ActionID = "works-for-us"
	actUnvouch blocks.ActionID = "works-elsewhere"
)

// vouched records that a guest works for us, or that they do not.
func (gs *guests) vouched(yes bool) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		m, err := gs.vouch(ctx, c, yes)
		return gs.replies.replyPrivately(ctx, c, gs.replies.orApologyTo(c.team, c.user, "note whether a guest works for us", m, err))
	}
}

func (gs *guests) vouch(ctx context.Context, c click, yes bool) (*blocks.Message, error) {
	p := gs.directory.printer(ctx, c.team, c.user)
	id := string(c.about)
	note := gs.directory.vouch
	if !yes {
		note = gs.directory.unvouch
	}
	if err := note(ctx, c.team, c.user, id); err != nil {
		return nil, err
	}
	g, err := gs.directory.person(ctx, c.team, id)
	if err != nil {
		return nil, unchecked(err)
	}
	m := new(blocks.Message)
	if yes {
		m.Say(p.T("Noted: %s works for you and sees what your colleagues see, audits and prices too.", g.name))
		m.Add(blocks.Actions(unvouchButton(p, &g)))
		return m, nil
	}
	m.Say(p.T("Noted: %s counts as another company again. What is sensitive is left out where they read.", g.name))
	m.Add(blocks.Actions(vouchButton(p, &g)))
	return m, nil
}

// vouchButton says that a guest works for us.
func vouchButton(p blocks.Printer, g *person) *slack.ButtonBlockElement {
	return blocks.Confirmed(blocks.Button(actVouch.With(g.id), blocks.Subject(g.id), blocks.Clip(p.T("%s works for us", g.name), 75)),
		p.T("Does this guest work for you?"), p.T("They will see what your colleagues see in their channels: audits, prices, negotiation and red flags too."), p.T("Cancel"))
}

// unvouchButton takes that back.
func unvouchButton(p blocks.Printer, g *person) *slack.ButtonBlockElement {
	return blocks.Button(actUnvouch.With(g.id), blocks.Subject(g.id), blocks.Clip(p.T("%s does not work for us", g.name), 75))
}
