package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// How long what Slack said of channels is believed. Changes come as events; the rest is
// for those that were lost.
const (
	keepChannel = time.Minute
	keepMembers = 10 * time.Minute // an event reaches one replica only
	// keepAbsence is how long somebody is believed not to be in a channel: who was just
	// invited must not wait for an event that was lost.
	keepAbsence = 20 * time.Second
)

// A channel is what Slack tells of a channel.
type channel struct {
	id, name string
	private  bool
	shared   bool // with another company, or about to be
	archived bool
	member   bool // the bot is in it
	gone     bool // or private and hidden from us; then nothing else is known
}

// channelNow is what is known of a channel that something stands in.
type channelNow = store.ChannelFacts

// channel asks Slack what a channel is. That it is part of an organisation's other
// workspaces too (is_org_shared) makes it no other company's.
func (d *directory) channel(ctx context.Context, team, id string) (channel, error) {
	return d.channels.get(ctx, inTeam(team, id), func(ctx context.Context) (channel, error) {
		c, err := d.api(ctx, team).GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		if isSlackError(err, "channel_not_found") {
			return channel{id: id, private: true, gone: true}, nil
		}
		if err == nil && c.ID == "" {
			err = errNotSlacks
		}
		if err != nil {
			return channel{}, fmt.Errorf("ask what a channel is: %w", err)
		}
		return channel{id: c.ID, name: c.Name, private: c.IsPrivate, shared: c.IsExtShared || c.IsPendingExtShared, archived: c.IsArchived, member: c.IsMember}, nil
	})
}

// direct is the conversation in which the bot writes to a person.
func (d *directory) direct(ctx context.Context, team, person string) (string, error) {
	dm, _, _, err := d.api(ctx, team).OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{person}, ReturnIM: true})
	if err == nil && (dm == nil || dm.ID == "") {
		err = errNotSlacks
	}
	if err != nil {
		return "", err
	}
	return dm.ID, nil
}

// isIn reports whether the bot is in a channel and so can post there. It asks Slack
// anew, for somebody who was just told to invite it does so and tries again. Where
// Slack does not say, it is.
func (d *directory) isIn(ctx context.Context, team, id string) bool {
	d.channels.drop(inTeam(team, id))
	c, err := d.channel(ctx, team, id)
	return err != nil || c.member
}

// membersPage is how many members a call lists; Slack takes fewer than a thousand.
const membersPage = 999

// membersOf tells who is in a channel. A channel that the bot cannot look into has, for
// us, nobody in it. The map belongs to the cache.
func (d *directory) membersOf(ctx context.Context, team, id string) (map[string]bool, error) {
	return d.membersFor(ctx, team, id, 0)
}

// membersFor is membersOf for an answer that is good for some time more.
func (d *directory) membersFor(ctx context.Context, team, id string, more time.Duration) (map[string]bool, error) {
	return d.members.renewed(ctx, inTeam(team, id), more, func(ctx context.Context) (map[string]bool, error) {
		in := map[string]bool{}
		p := &slack.GetUsersInConversationParameters{ChannelID: id, Limit: membersPage}
		for {
			ids, cursor, err := d.api(ctx, team).GetUsersInConversationContext(ctx, p)
			if isSlackError(err, "channel_not_found") || isSlackError(err, "fetch_members_failed") {
				return in, nil
			}
			if err != nil {
				return nil, fmt.Errorf("ask who is in a channel: %w", err)
			}
			for _, id := range ids {
				in[id] = true
			}
			if cursor == "" {
				return in, nil
			}
			p.Cursor = cursor
		}
	})
}

// renewMembers asks who is in the channels with something of ours before what is known
// gets too old. A Home tab needs all of them at once, more than may be asked in a moment.
func (d *directory) renewMembers(ctx context.Context, team string) error {
	ours, err := d.o.Store.Channels(ctx, team)
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ours {
		_, err := d.membersFor(ctx, team, id, keepMembers/2)
		errs = append(errs, err)
		if noAnswer(err) {
			break
		}
	}
	return errors.Join(errs...)
}

// joined takes that somebody is in a channel from now on, or no more.
func (d *directory) joined(team, id, person string, in bool) {
	d.members.amend(inTeam(team, id), func(old map[string]bool) map[string]bool {
		now := maps.Clone(old)
		if now[person] = true; !in {
			delete(now, person)
		}
		return now
	})
}

// in are those of some channels that a person is in.
func (d *directory) in(ctx context.Context, team, person string, channels []string) ([]string, error) {
	var theirs []string
	for _, id := range channels {
		members, err := d.membersOf(ctx, team, id)
		if err != nil {
			return nil, unchecked(err)
		}
		if members[person] {
			theirs = append(theirs, id)
		}
	}
	return theirs, nil
}

// channelsOf lists the channels with something of ours that a colleague is in: those
// whose visits the person may see. For somebody else the error says why they may not.
func (d *directory) channelsOf(ctx context.Context, team, person string) ([]string, error) {
	ours, err := d.o.Store.Channels(ctx, team)
	if err != nil {
		return nil, err
	}
	return d.visible(ctx, team, person, ours)
}

// visible are those of some channels whose visits a person may see.
func (d *directory) visible(ctx context.Context, team, person string, channels []string) ([]string, error) {
	if err := d.checkColleague(ctx, team, person); err != nil {
		return nil, err
	}
	return d.in(ctx, team, person, channels)
}

// canSee is nil where a person may see what belongs to a channel: they are a colleague
// and in the channel. It is errNotYours where they may not, and errUnchecked where Slack
// does not say.
func (d *directory) canSee(ctx context.Context, team, person, channel string) error {
	if err := d.checkColleague(ctx, team, person); err != nil {
		return err
	}
	for range 2 {
		members, err := d.membersOf(ctx, team, channel)
		if err != nil {
			return unchecked(err)
		}
		if members[person] {
			return nil
		}
		d.members.dropOlder(inTeam(team, channel), keepAbsence)
	}
	return errNotYours
}

// readers tells who reads a channel at this moment. A 429, our own pace or a request
// that ended is no answer: errUnchecked. Any other error of Slack's is taken for a
// channel that is shared.
func (d *directory) readers(ctx context.Context, team, id string) (audience, error) {
	now, err := d.facts(ctx, team, id)
	if errors.Is(err, errUnchecked) {
		return everyone, err
	}
	if err != nil {
		d.log.Warn("could not see who reads a channel; taken as shared", "err", err)
		return everyone, nil
	}
	if now.ForAll() || now.State != store.ChannelOpen {
		return everyone, nil
	}
	return insiders, nil
}

// facts are what a channel is at this moment, as Slack says and as was noted. The error
// is errUnchecked where nobody can know at this moment.
func (d *directory) facts(ctx context.Context, team, id string) (channelNow, error) {
	now, err := d.look(ctx, team, id)
	if noAnswer(err) {
		err = unchecked(err)
	}
	if err != nil {
		return now, err
	}
	// Another replica may have heard of a guest first.
	was, err := d.o.Store.ChannelFacts(ctx, team, id)
	if errors.Is(err, visit.ErrNotFound) {
		return now, nil
	}
	if err != nil {
		return now, unchecked(err)
	}
	if now = now.After(was); now.Differs(was) {
		d.changed(ctx, team, now)
	}
	return now, nil
}

// refused has a channel looked at anew in which Slack did not let us post: it may have
// been archived, deleted or renumbered, or the app taken out, and the event lost.
func (d *directory) refused(team, id string, err error) {
	if !isOneOf(err, channelIsClosed) {
		return
	}
	d.channels.drop(inTeam(team, id))
	d.members.drop(inTeam(team, id))
	d.work.Go(func() {
		ctx, cancel := context.WithTimeout(unattended(context.Background()), workLimit)
		defer cancel()
		err := guard(func(ctx context.Context) error {
			now, err := d.look(ctx, team, id)
			if err == nil {
				d.changed(ctx, team, now)
			}
			return err
		}, ctx)
		if err != nil {
			d.log.Warn("could not look at a channel in which nothing can be posted", "err", err)
		}
	})
}

// noAnswer reports whether an error says nothing of what was asked: Slack, or we, are to
// slow down, or the time was up.
func noAnswer(err error) bool {
	var limited *slack.RateLimitedError
	return errors.As(err, &limited) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		isSlackError(err, "ratelimited") || isSlackError(err, "rate_limited")
}

// look is what Slack says of a channel at this moment, and whether a guest who counts
// as another company is in it.
func (d *directory) look(ctx context.Context, team, id string) (channelNow, error) {
	asked := time.Now()
	c, err := d.channel(ctx, team, id)
	if err != nil {
		return channelNow{}, err
	}
	if c.gone {
		return channelNow{Channel: id, State: store.ChannelGone, Checked: asked}, nil
	}
	now := channelNow{Channel: id, Name: c.name, Private: c.private, Shared: c.shared, Checked: asked}
	switch {
	case c.archived:
		now.State = store.ChannelArchived
	case !c.member:
		now.State = store.ChannelLeft
	}
	if c.shared || now.State != store.ChannelOpen {
		return now, nil // whoever the guests are
	}
	now.Guests, err = d.guestsIn(ctx, team, id)
	return now, err
}

// maxUnlisted is how many members of a channel that stand in no list are asked about at
// once. The others are next time; until then the channel counts as one with a guest.
const maxUnlisted = 20

// guestsIn reports whether a guest who counts as another company is in a channel.
func (d *directory) guestsIn(ctx context.Context, team, id string) (bool, error) {
	if d.o.GuestsAreColleagues {
		return false, nil
	}
	members, err := d.membersOf(ctx, team, id)
	if err != nil {
		return true, err
	}
	if err := d.list(ctx, team); err != nil {
		return true, err
	}
	var vouched map[string]bool
	unlisted := 0
	for m := range members {
		p, ok := d.known(team, m)
		if !ok {
			if unlisted++; unlisted > maxUnlisted {
				return true, nil
			}
			p, err = d.person(ctx, team, m)
			if isSlackError(err, "user_not_found") || isSlackError(err, "user_not_visible") {
				return true, nil // whoever that is, they are not of the team
			}
			if err != nil {
				return true, err
			}
		}
		if !p.guest || p.bot || p.deactivated {
			continue
		}
		if vouched == nil {
			if vouched, err = d.o.Store.Vouched(ctx, team); err != nil {
				return true, err
			}
		}
		if !vouched[m] {
			return true, nil
		}
	}
	return false, nil
}

// others are the people of other companies who are in a channel: guests who count as
// such, and those whose account is elsewhere. Of many who stand in no list, some are
// left out.
func (d *directory) others(ctx context.Context, team, id string) (guests, strangers []person, err error) {
	members, err := d.membersOf(ctx, team, id)
	if err != nil {
		return nil, nil, err
	}
	unlisted := 0
	for _, m := range slices.Sorted(maps.Keys(members)) {
		if _, ok := d.known(team, m); !ok {
			if unlisted++; unlisted > maxUnlisted {
				continue
			}
		}
		p, err := d.person(ctx, team, m)
		if err != nil {
			return nil, nil, err
		}
		s, err := d.relationOf(ctx, team, &p)
		switch {
		case err != nil:
			return nil, nil, err
		case s == guest:
			guests = append(guests, p)
		case s == stranger && !p.bot && !p.deactivated:
			strangers = append(strangers, p)
		}
	}
	return guests, strangers, nil
}
