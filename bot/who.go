package bot

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/visit"
)

// How long what Slack said about people and channels is believed. Membership is
// the shortest: somebody who was just invited must not wait.
const (
	keepPerson     = 10 * time.Minute
	keepChannel    = time.Minute
	keepMembership = 20 * time.Second
)

// A cache keeps answers of Slack's for a while. The zero cache is ready to use.
type cache[T any] struct {
	mu sync.Mutex
	m  map[string]cached[T]
}

type cached[T any] struct {
	value T
	until time.Time
}

// maxCached bounds the memory; beyond it everything is asked again.
const maxCached = 10_000

func (c *cache[T]) get(key string, keep time.Duration, ask func() (T, error)) (T, error) {
	now := time.Now()
	c.mu.Lock()
	v, ok := c.m[key]
	c.mu.Unlock()
	if ok && now.Before(v.until) {
		return v.value, nil
	}
	fresh, err := ask()
	if err != nil {
		return fresh, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= maxCached {
		c.m = map[string]cached[T]{}
	}
	c.m[key] = cached[T]{fresh, now.Add(keep)}
	return fresh, nil
}

func (c *cache[T]) drop(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.m, key)
}

// A person is what Slack tells of somebody.
type person struct {
	id, team, name, zone string
	admin                bool
}

// person asks Slack who somebody is.
func (b *Bot) person(ctx context.Context, id string) (person, error) {
	return b.people.get(id, keepPerson, func() (person, error) {
		u, err := b.o.Slack.GetUserInfoContext(ctx, id)
		if err != nil {
			return person{}, fmt.Errorf("ask who a person is: %w", err)
		}
		p := person{id: u.ID, team: u.TeamID, name: or(u.Profile.DisplayName, or(u.RealName, u.Name)), zone: u.TZ, admin: u.IsAdmin || u.IsOwner}
		if _, err := visit.Zone(p.zone); err != nil {
			p.zone = visit.DefaultZone
		}
		return p, nil
	})
}

// insider reports whether a person belongs to the workspace. A slash command and
// a click in a shared channel carry our workspace even when somebody of another
// company is behind them; only their own account tells. Unknown is no.
func (b *Bot) insider(ctx context.Context, team, id string) bool {
	p, err := b.person(ctx, id)
	if err != nil {
		b.log.Warn("could not see who a person is; refused", "err", err)
		return false
	}
	return p.team == team
}

// A room is what Slack tells of a channel.
type room struct {
	id, name string
	private  bool
	shared   bool // with another company, or about to be
	member   bool // the bot is in it
}

// room asks Slack what a channel is.
func (b *Bot) room(ctx context.Context, id string) (room, error) {
	return b.rooms.get(id, keepChannel, func() (room, error) {
		c, err := b.o.Slack.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		if err != nil {
			return room{}, fmt.Errorf("ask what a channel is: %w", err)
		}
		return room{id: c.ID, name: c.Name, private: c.IsPrivate, shared: c.IsExtShared || c.IsPendingExtShared, member: c.IsMember}, nil
	})
}

// roomsOf lists the channels that a person and the bot share: those whose visits
// the person may see.
func (b *Bot) roomsOf(ctx context.Context, id string) ([]string, error) {
	return b.memberships.get(id, keepMembership, func() ([]string, error) {
		var ids []string
		p := &slack.GetConversationsForUserParameters{UserID: id, Types: []string{"public_channel", "private_channel"}, ExcludeArchived: false, Limit: 999}
		for {
			cs, cursor, err := b.o.Slack.GetConversationsForUserContext(ctx, p)
			if err != nil {
				return nil, fmt.Errorf("ask which channels a person is in: %w", err)
			}
			for _, c := range cs {
				ids = append(ids, c.ID)
			}
			if cursor == "" {
				return ids, nil
			}
			p.Cursor = cursor
		}
	})
}

// mayEnter reports whether a person may see what belongs to a channel: they are of
// the workspace and in the channel. Where Slack does not say, they may not.
func (b *Bot) mayEnter(ctx context.Context, team, id, channel string) bool {
	if !b.insider(ctx, team, id) {
		return false
	}
	rooms, err := b.roomsOf(ctx, id)
	if err != nil {
		b.log.Warn("could not see which channels a person is in; refused", "err", err)
		return false
	}
	return slices.Contains(rooms, channel)
}

// zoneOf is the zone in which a person reads: the one they fixed, or what Slack says.
func (b *Bot) zoneOf(ctx context.Context, team, id string) string {
	if kept, err := b.o.Store.Person(ctx, team, id); err == nil && kept.Fixed {
		return kept.Zone
	}
	p, err := b.person(ctx, id)
	if err != nil {
		return visit.DefaultZone
	}
	return p.zone
}

// locationOf is zoneOf as a location.
func (b *Bot) locationOf(ctx context.Context, team, id string) *time.Location {
	z, err := visit.Zone(b.zoneOf(ctx, team, id))
	if err != nil {
		return time.UTC
	}
	return z
}
