package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/slack-go/slack"
	"golang.org/x/sync/singleflight"

	"visitprep/internal/visit"
)

// How long what Slack said about people and channels is believed. Membership is
// the shortest: somebody who was just invited must not wait.
const (
	keepPerson     = 10 * time.Minute
	keepChannel    = time.Minute
	keepMembership = 20 * time.Second
)

// maxCached bounds the memory of a cache: one answer more, and the one that was not
// used for longest goes.
const maxCached = 10_000

// A cache keeps answers of Slack's for a while. About one key at most one question is
// on its way; whoever asks meanwhile shares its answer. An error is not kept.
type cache[T any] struct {
	keep    time.Duration
	answers *lru.Cache[string, answer[T]]
	asking  singleflight.Group
}

type answer[T any] struct {
	value T
	until time.Time // by the machine's clock: Slack knows nothing of a calendar that was moved ahead
}

func newCache[T any](keep time.Duration) *cache[T] {
	answers, err := lru.New[string, answer[T]](maxCached)
	if err != nil {
		panic(err) // only of a size below one
	}
	return &cache[T]{keep: keep, answers: answers}
}

// get returns the answer about key that is kept, or asks. It returns when ctx ends; the
// question goes on, at most for workLimit, for those who share it.
func (c *cache[T]) get(ctx context.Context, key string, ask func(context.Context) (T, error)) (T, error) {
	if v, ok := c.kept(key); ok {
		return v, nil
	}
	reply := c.asking.DoChan(key, func() (any, error) {
		v, ok := c.kept(key)
		if ok { // the question before this one was answered as this one came
			return v, nil
		}
		begun := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), workLimit) // not the first caller's, who may give up
		defer cancel()
		// Unguarded, a panic here would end the process: no caller stands above it.
		err := guard(func(ctx context.Context) (err error) { v, err = ask(ctx); return err }, ctx)
		if err == nil {
			c.answers.Add(key, answer[T]{v, begun.Add(c.keep)})
		}
		return v, err
	})
	select {
	case r := <-reply:
		return r.Val.(T), r.Err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

func (c *cache[T]) kept(key string) (v T, ok bool) {
	a, ok := c.answers.Get(key)
	if !ok || !time.Now().Before(a.until) {
		return v, false
	}
	return a.value, true
}

// drop forgets the answer about key, and lets nobody share a question that is on its way.
func (c *cache[T]) drop(key string) {
	c.asking.Forget(key)
	c.answers.Remove(key)
}

// directory is what Slack says of people and channels, each answer for a while. It
// decides who is of the workspace and in a channel; where Slack does not say, nobody.
type directory struct {
	*core
	people      *cache[person]
	channels    *cache[channel]
	memberships *cache[[]string]
}

// A person is what Slack tells of somebody.
type person struct {
	id, team, name, zone string
	admin                bool
}

// person asks Slack who somebody is.
func (d *directory) person(ctx context.Context, id string) (person, error) {
	return d.people.get(ctx, id, func(ctx context.Context) (person, error) {
		u, err := d.o.Slack.GetUserInfoContext(ctx, id)
		if err != nil {
			return person{}, fmt.Errorf("ask who a person is: %w", err)
		}
		p := person{id: u.ID, team: u.TeamID, name: cmp.Or(u.Profile.DisplayName, u.RealName, u.Name), zone: u.TZ, admin: u.IsAdmin || u.IsOwner}
		if _, err := visit.Zone(p.zone); err != nil {
			p.zone = visit.DefaultZone
		}
		return p, nil
	})
}

// insider reports whether a person belongs to the workspace. A slash command and
// a click in a shared channel carry our workspace even when somebody of another
// company is behind them; only their own account tells. Unknown is no.
func (d *directory) insider(ctx context.Context, team, id string) bool {
	p, err := d.person(ctx, id)
	if err != nil {
		d.log.Warn("could not see who a person is; refused", "err", err)
		return false
	}
	return p.team == team
}

// A channel is what Slack tells of a channel.
type channel struct {
	id, name string
	private  bool
	shared   bool // with another company, or about to be
	member   bool // the bot is in it
}

// channel asks Slack what a channel is.
func (d *directory) channel(ctx context.Context, id string) (channel, error) {
	return d.channels.get(ctx, id, func(ctx context.Context) (channel, error) {
		c, err := d.o.Slack.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		if err != nil {
			return channel{}, fmt.Errorf("ask what a channel is: %w", err)
		}
		return channel{id: c.ID, name: c.Name, private: c.IsPrivate, shared: c.IsExtShared || c.IsPendingExtShared, member: c.IsMember}, nil
	})
}

// isIn reports whether the bot is in a channel and so can post there. It asks Slack
// anew, for somebody who was just told to invite it does so and tries again. Where
// Slack does not say, it is.
func (d *directory) isIn(ctx context.Context, id string) bool {
	d.channels.drop(id)
	c, err := d.channel(ctx, id)
	return err != nil || c.member
}

// channelsOf lists the channels that a person and the bot share: those whose visits
// the person may see.
func (d *directory) channelsOf(ctx context.Context, id string) ([]string, error) {
	return d.memberships.get(ctx, id, func(ctx context.Context) ([]string, error) {
		var ids []string
		p := &slack.GetConversationsForUserParameters{UserID: id, Types: []string{"public_channel", "private_channel"}, ExcludeArchived: false, Limit: 999}
		for {
			cs, cursor, err := d.o.Slack.GetConversationsForUserContext(ctx, p)
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

// canSee reports whether a person may see what belongs to a channel: they are of
// the workspace and in the channel. Where Slack does not say, they may not.
func (d *directory) canSee(ctx context.Context, team, id, channel string) bool {
	if !d.insider(ctx, team, id) {
		return false
	}
	channels, err := d.channelsOf(ctx, id)
	if err != nil {
		d.log.Warn("could not see which channels a person is in; refused", "err", err)
		return false
	}
	return slices.Contains(channels, channel)
}

// zoneOf is the zone in which a person reads: the one they fixed, or what Slack says.
func (d *directory) zoneOf(ctx context.Context, team, id string) string {
	if own, err := d.o.Store.Person(ctx, team, id); err == nil && own.Fixed {
		return own.Zone
	}
	p, err := d.person(ctx, id)
	if err != nil {
		return visit.DefaultZone
	}
	return p.zone
}

// locationOf is zoneOf as a location.
func (d *directory) locationOf(ctx context.Context, team, id string) *time.Location {
	z, err := visit.Zone(d.zoneOf(ctx, team, id))
	if err != nil {
		return time.UTC
	}
	return z
}
