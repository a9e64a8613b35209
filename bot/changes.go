package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack/slackevents"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// changes keep what is known of channels and people in step with Slack: by its events,
// and by looking, for events can be lost.
type changes struct {
	*core
	directory *directory
	live      *live
	news      *news
	talks     *talks
	looks     *rounds // of workspaces
}

// take acts on an event that tells of a change.
func (ch *changes) take(ctx context.Context, outer *slackevents.EventsAPICallbackEvent, event any) error {
	if done, err := ch.installation(ctx, outer, event); done {
		return err
	}
	team, err := ch.directory.home(ctx, installed(outer))
	if err != nil {
		return err
	}
	return errors.Join(ch.takeIn(ctx, team, outer, event), ch.takeElsewhere(ctx, team, outer, event))
}

// takeIn acts on it in the workspace for which it was delivered.
func (ch *changes) takeIn(ctx context.Context, team string, outer *slackevents.EventsAPICallbackEvent, event any) error {
	switch in := event.(type) {
	case *slackevents.ChannelSharedEvent:
		return ch.ask(ctx, team, in.Channel)
	case *slackevents.ChannelUnsharedEvent:
		return ch.ask(ctx, team, in.Channel)
	case *slackevents.ChannelArchiveEvent:
		return ch.ask(ctx, team, in.Channel)
	case *slackevents.ChannelUnarchiveEvent:
		return ch.ask(ctx, team, in.Channel)
	case *slackevents.ChannelRenameEvent:
		return ch.ask(ctx, team, in.Channel.ID)
	case *slackevents.ChannelDeletedEvent:
		return ch.closed(ctx, team, in.Channel, store.ChannelGone)
	case *slackevents.ChannelLeftEvent:
		return ch.closed(ctx, team, in.Channel, store.ChannelLeft)
	case *slackevents.ChannelIDChangedEvent:
		return ch.moved(ctx, team, in.OldChannelID, in.NewChannelID)
	// A private channel has events of its own, but for its id.
	case *slackevents.GroupArchiveEvent:
		return ch.ask(ctx, team, in.Channel)
	case *slackevents.GroupUnarchiveEvent:
		return ch.ask(ctx, team, in.Channel)
	case *slackevents.GroupRenameEvent:
		return ch.ask(ctx, team, in.Channel.ID)
	case *slackevents.GroupDeletedEvent:
		return ch.closed(ctx, team, in.Channel, store.ChannelGone)
	case *slackevents.GroupLeftEvent:
		return ch.closed(ctx, team, in.Channel, store.ChannelLeft)

	case *slackevents.MemberJoinedChannelEvent:
		return ch.joined(ctx, team, in.Channel, in.User, true)
	case *slackevents.MemberLeftChannelEvent:
		return ch.joined(ctx, team, in.Channel, in.User, false)
	case *slackevents.TeamJoinEvent, *slackevents.UserChangeEvent:
		return ch.person(ctx, team, outer)

	case *slackevents.TokensRevokedEvent:
		if len(in.Tokens.Bot) > 0 {
			return ch.disconnected(ctx, team, "token_revoked")
		}
	case *slackevents.AppUninstalledEvent:
		return ch.disconnected(ctx, team, "app_uninstalled")
	default:
		ch.passOver(kindEvent, typeOf(*outer.InnerEvent))
	}
	return nil
}

// takeElsewhere has the other workspaces look that share the channel, or whose person it is: Slack
// delivers an event of a shared channel once. What it says is believed only of the workspace that it
// names; the others ask Slack.
func (ch *changes) takeElsewhere(ctx context.Context, team string, outer *slackevents.EventsAPICallbackEvent, event any) error {
	if ch.o.Slack.isOne() {
		return nil
	}
	if _, ok := event.(*slackevents.UserChangeEvent); ok {
		return ch.personElsewhere(ctx, team, outer)
	}
	channel, shared := channelOf(event), outer.IsExtSharedChannel
	if _, ok := event.(*slackevents.ChannelSharedEvent); ok {
		shared = true
	}
	if channel == "" {
		return nil
	}
	others, err := ch.o.Store.WorkspacesOf(ctx, channel, shared)
	if err != nil {
		return err
	}
	var errs []error
	for _, other := range others {
		if _, err := ch.o.Slack.For(ctx, other); other == team || errors.Is(err, ErrNotInstalled) {
			continue
		}
		ch.directory.members.drop(inTeam(other, channel))
		ch.directory.channels.drop(inTeam(other, channel))
		if in, ok := event.(*slackevents.ChannelIDChangedEvent); ok {
			ch.directory.channels.drop(inTeam(other, in.NewChannelID))
			now, err := ch.directory.look(ctx, other, in.NewChannelID)
			if err == nil && now.State == store.ChannelOpen {
				err = ch.moved(ctx, other, in.OldChannelID, in.NewChannelID)
			}
			errs = append(errs, err)
			continue
		}
		errs = append(errs, ch.ask(ctx, other, channel))
	}
	return errors.Join(errs...)
}

// channelOf is the channel of an event; "" of one that is about none. Each kind of event is a type of
// its own in slack-go, and they share no interface that tells it.
func channelOf(event any) string {
	switch in := event.(type) {
	case *slackevents.ChannelSharedEvent:
		return in.Channel
	case *slackevents.ChannelUnsharedEvent:
		return in.Channel
	case *slackevents.ChannelArchiveEvent:
		return in.Channel
	case *slackevents.ChannelUnarchiveEvent:
		return in.Channel
	case *slackevents.ChannelRenameEvent:
		return in.Channel.ID
	case *slackevents.ChannelDeletedEvent:
		return in.Channel
	case *slackevents.ChannelLeftEvent:
		return in.Channel
	case *slackevents.ChannelIDChangedEvent:
		return in.OldChannelID
	case *slackevents.GroupArchiveEvent:
		return in.Channel
	case *slackevents.GroupUnarchiveEvent:
		return in.Channel
	case *slackevents.GroupRenameEvent:
		return in.Channel.ID
	case *slackevents.GroupDeletedEvent:
		return in.Channel
	case *slackevents.GroupLeftEvent:
		return in.Channel
	case *slackevents.MemberJoinedChannelEvent:
		return in.Channel
	case *slackevents.MemberLeftChannelEvent:
		return in.Channel
	}
	return ""
}

// personElsewhere has the home workspace of somebody ask Slack about them anew, where the event was
// delivered for another one that sees them.
func (ch *changes) personElsewhere(ctx context.Context, team string, outer *slackevents.EventsAPICallbackEvent) error {
	u, _, err := userOf(outer.InnerEvent)
	if err != nil {
		return err
	}
	home := u.TeamID
	if home == "" || home == team {
		return nil
	}
	if _, err := ch.o.Slack.For(ctx, home); errors.Is(err, ErrNotInstalled) {
		return nil
	}
	ch.directory.listed.drop(home, u.ID)
	ch.directory.asked.drop(inTeam(home, u.ID))
	if err := ch.reread(ctx, home, u.ID); err != nil {
		return err
	}
	if is, err := ch.directory.colleague(ctx, home, u.ID); is || err != nil {
		return err
	}
	if err := ch.endTokens(ctx, home, u.ID); err != nil {
		return err
	}
	return ch.news.hasGone(ctx, home, u.ID)
}

// disconnected notes that nothing can be sent any more, before a reminder finds out.
func (ch *changes) disconnected(ctx context.Context, team string, fault visit.Fault) error {
	ch.forget(team)
	begins, err := ch.o.Store.NoteFault(ctx, team, fault, ch.o.Now(), time.Now())
	if begins {
		ch.log.Error("the connection to Slack has failed; reminders wait until it is back", "workspace", team, "fault", string(fault))
	}
	return err
}

// forget frees what is kept in memory of a workspace that has the app no more.
func (ch *changes) forget(team string) {
	ch.directory.forgetWorkspace(team)
	ch.live.homes.forget(team)
	ch.talks.forget(team)
}

// ask has Slack say anew what a channel is, where it matters.
func (ch *changes) ask(ctx context.Context, team, channel string) error {
	ch.directory.channels.drop(inTeam(team, channel))
	if ours, err := ch.ours(ctx, team, channel); err != nil || !ours {
		return err
	}
	return ch.check(ctx, team, channel)
}

func (ch *changes) ours(ctx context.Context, team, channel string) (bool, error) {
	cs, err := ch.o.Store.Channels(ctx, team)
	if err != nil {
		return false, err
	}
	for _, c := range cs {
		if c == channel {
			return true, nil
		}
	}
	return false, nil
}

// check looks at a channel and notes what it is.
func (ch *changes) check(ctx context.Context, team, channel string) error {
	defer ch.locks.lock("channel/" + team + "/" + channel)() // so that what is noted last was seen last
	now, err := ch.directory.look(ctx, team, channel)
	if err != nil {
		return err
	}
	return ch.note(ctx, team, now)
}

// closed notes that a channel is there no more, or that we are not in it. Slack need not
// be asked, and would not say it of a private one.
func (ch *changes) closed(ctx context.Context, team, channel string, state store.ChannelState) error {
	ch.directory.channels.drop(inTeam(team, channel))
	ch.directory.members.drop(inTeam(team, channel))
	return ch.note(ctx, team, channelNow{Channel: channel, State: state, Checked: time.Now()})
}

// note records what is known of a channel, and acts where it is new.
func (ch *changes) note(ctx context.Context, team string, now channelNow) error {
	before, changed, err := ch.o.Store.NoteChannel(ctx, team, now, ch.o.Now())
	if err != nil || !changed {
		return err
	}
	return ch.channelChanged(ctx, team, before, now.After(before))
}

// seen takes what was seen of a channel while something was worded for it. It goes on
// after the question.
func (ch *changes) seen(ctx context.Context, team string, now channelNow) {
	ch.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workLimit)
		defer cancel()
		if err := guard(func(ctx context.Context) error { return ch.note(ctx, team, now) }, ctx); err != nil {
			ch.log.Warn("could not note what a channel is", "err", err)
		}
	})
}

// channelChanged acts on what has changed about a channel: reports do not stand there where
// another company reads, and the cards, those of what is over too, show what those may read who
// read there now.
func (ch *changes) channelChanged(ctx context.Context, team string, before, now channelNow) error {
	ch.log.Info("a channel has changed", "channel", now.Channel, "shared", now.Shared, "guests", now.Guests, "private", now.Private, "state", string(now.State))
	if before.ForAll() == now.ForAll() && before.Private == now.Private && before.State == now.State {
		return nil
	}
	if now.State != store.ChannelOpen {
		return nil // nothing can be redrawn there
	}
	if now.ForAll() {
		ch.live.takeDownReports(ctx, healMost)
	}
	cards, err := ch.o.Store.Cards(ctx, team, now.Channel)
	if err != nil {
		return err
	}
	for _, s := range cards {
		ch.live.changed(team, s)
	}
	return nil
}

// yesterday is a day before which a visit is over wherever its factory is.
func (ch *changes) yesterday() civil.Date { return civil.Of(ch.o.Now().UTC().AddDate(0, 0, -1)) }

// moved moves all that stands in a channel to its new id.
func (ch *changes) moved(ctx context.Context, team, from, to string) error {
	for _, id := range []string{from, to} {
		ch.directory.channels.drop(inTeam(team, id))
		ch.directory.members.drop(inTeam(team, id))
	}
	if err := ch.o.Store.MoveChannel(ctx, team, from, to); err != nil {
		return err
	}
	return ch.ask(ctx, team, to)
}

// joined takes that somebody has come into a channel or left it. A guest who comes makes
// it one that another company reads.
func (ch *changes) joined(ctx context.Context, team, channel, person string, in bool) error {
	ch.directory.joined(team, channel, person, in)
	if ours, err := ch.ours(ctx, team, channel); err != nil || !ours {
		return err
	}
	p, err := ch.directory.person(ctx, team, person)
	if err == nil && !p.guest && !p.bot {
		return nil
	}
	return ch.ask(ctx, team, channel) // a guest, ourselves, or somebody of whom nothing is known
}

// person takes what Slack tells of somebody. One who becomes a guest, or is none any
// more, changes who reads their channels.
func (ch *changes) person(ctx context.Context, team string, outer *slackevents.EventsAPICallbackEvent) error {
	u, at, err := userOf(outer.InnerEvent)
	if err != nil {
		return err
	}
	before, now, known := ch.directory.heard(team, u, at)
	if err := ch.endTokens(ctx, team, now.id); err != nil {
		return err
	}
	if before.zone != now.zone {
		if err := ch.directory.movedZone(ctx, team, now.id); err != nil {
			return err
		}
	}
	if known && before.guest == now.guest && before.deactivated == now.deactivated {
		return nil
	}
	if !known && !now.guest {
		return nil
	}
	if err := ch.reread(ctx, team, now.id); err != nil {
		return err
	}
	if is, err := ch.directory.colleague(ctx, team, now.id); is || err != nil {
		return err
	}
	return ch.news.hasGone(ctx, team, now.id)
}

// endTokens ends the tokens of tools of somebody whose account is known to be deactivated: none is good
// again where the account is.
func (ch *changes) endTokens(ctx context.Context, team, person string) error {
	if p, known := ch.directory.known(team, person); !known || !p.deactivated {
		return nil
	}
	return ch.o.Store.DropToolTokens(ctx, team, person)
}

// reread looks again at the channels that somebody is in: who reads there may have
// changed with them.
func (ch *changes) reread(ctx context.Context, team, person string) error {
	ours, err := ch.o.Store.Channels(ctx, team)
	if err != nil {
		return err
	}
	theirs, err := ch.directory.in(ctx, team, person, ours)
	if err != nil {
		return err
	}
	for _, c := range theirs {
		if err := ch.check(ctx, team, c); err != nil {
			return err
		}
	}
	return nil
}

// How often all is looked at, whatever events said, and how often somebody sees to it.
const (
	lookDaily = 24 * time.Hour
	lookEvery = time.Minute
)

// Watch looks at channels and people for as long as ctx lasts, for events can be lost: each
// channel in which something is open is looked at once a day, as are people's time zones, and
// where anything is open the people of the workspace are listed anew before the list is old. What
// is remembered of workspaces that have the app no more, and what is believed no more, is freed.
// Once a day it deletes the questions that have been kept for long enough.
//
// No workspace waits for another that Slack has wait, or whose Slack does not answer: it is looked
// at every minute, unless a look at it is still under way. Looks end with ctx, too; Wait waits for them.
func (b *Bot) Watch(ctx context.Context) {
	ctx = unattended(ctx)
	failed := func(team string, err error) {
		if ctx.Err() == nil {
			b.log.Warn("could not look at all channels of a workspace; tried again soon", "workspace", team, "err", err)
		}
	}
	var forgot civil.Date // the day on which old questions were last deleted
	for {
		if err := guard(func(ctx context.Context) error { return b.changes.beginLooks(ctx, time.Now(), failed) }, ctx); err != nil && ctx.Err() == nil {
			b.log.Warn("could not look at all channels; tried again soon", "err", err)
		}
		if today := civil.Of(b.o.Now().UTC()); today != forgot {
			if err := b.gaps.forget(ctx); err == nil {
				forgot = today
			} else if ctx.Err() == nil {
				b.log.Warn("could not delete old questions; tried again soon", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery):
		}
	}
}

// How workspaces are looked at side by side: so many, and each counts among them for so long.
const (
	teamsAtOnce = 8
	placeFor    = 5 * time.Second
)

// rounds do something in each workspace again and again, in some of them side by side. One where it
// takes longer holds up no other.
type rounds struct {
	work   *group
	places chan struct{} // holds something for each that has one
	mu     sync.Mutex
	under  map[string]bool // workspaces in which it is under way, or waits for a place
}

func newRounds(work *group, atOnce int) *rounds {
	return &rounds{work: work, places: make(chan struct{}, atOnce), under: map[string]bool{}}
}

// begin begins f in a workspace once there is a place, unless what was begun there before has not
// ended. What takes longer than placeFor goes on without its place.
func (r *rounds) begin(ctx context.Context, team string, f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.under[team] {
		return
	}
	r.under[team] = true
	r.work.Go(func() {
		defer func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			delete(r.under, team)
		}()
		select {
		case <-ctx.Done():
			return
		case r.places <- struct{}{}:
		}
		leave := sync.OnceFunc(func() { <-r.places })
		late := time.AfterFunc(placeFor, leave)
		defer func() { late.Stop(); leave() }()
		f()
	})
}

// maxLooks is how many channels of a workspace one round looks at.
const maxLooks = 25

// beginLooks begins to look, in each workspace, at what is due to be looked at, by the machine's
// clock, and tells failed of those where that fails. It waits for none.
func (ch *changes) beginLooks(ctx context.Context, now time.Time, failed func(team string, err error)) error {
	ch.directory.sweep()
	teams, err := ch.o.Store.Workspaces(ctx)
	if err != nil {
		return err
	}
	teams = append(teams, ch.directory.listed.workspaces()...) // one may have been deleted since
	own := ""
	if ch.o.Slack.isOne() {
		if own, err = ch.directory.home(ctx, ""); err != nil {
			return err
		}
		teams = append(teams, own)
	}
	slices.Sort(teams)
	for _, team := range slices.Compact(teams) {
		ch.looks.begin(ctx, team, func() {
			look := func(ctx context.Context) error { return ch.lookAtTeam(ctx, team, team == own, now) }
			if err := guard(look, ctx); err != nil {
				failed(team, err)
			}
		})
	}
	return nil
}

// lookAtTeam looks at what is due of one workspace, and asks for time zones. Where there are many, its
// people are listed while anything is open; where there is one, those of the own one always are.
func (ch *changes) lookAtTeam(ctx context.Context, team string, own bool, now time.Time) error {
	if _, err := ch.o.Slack.For(ctx, team); errors.Is(err, ErrNotInstalled) {
		ch.forget(team)
		return nil
	}
	people, err := own, error(nil)
	if !ch.o.Slack.isOne() {
		people, err = ch.o.Store.HasOpen(ctx, team, ch.yesterday())
	}
	if err != nil {
		return err
	}
	return errors.Join(ch.lookAtChannels(ctx, team, people, now), ch.directory.askZones(ctx, team))
}

// lookAtChannels looks at the channels of a workspace that are due, and before at its people, if they are to be listed.
func (ch *changes) lookAtChannels(ctx context.Context, team string, people bool, now time.Time) error {
	if people {
		ch.directory.lists.dropOlder(team, keepList-2*lookEvery)
		if err := ch.directory.list(ctx, team); err != nil {
			return err
		}
	} else {
		ch.directory.listed.forgetOlder(team, time.Now())
	}
	cs, err := ch.o.Store.ChannelsToCheck(ctx, team, ch.yesterday(), now.Add(-lookDaily), now.Add(time.Minute), maxLooks)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range cs {
		if err := ch.check(ctx, team, c); err != nil {
			errs = append(errs, fmt.Errorf("look at channel %s: %w", c, err))
			if noAnswer(err) {
				break
			}
		}
	}
	if people {
		errs = append(errs, ch.directory.renewMembers(ctx, team))
	}
	return errors.Join(errs...)
}
