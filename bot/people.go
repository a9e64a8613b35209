package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// How long what Slack said of people is believed. Changes come as events; the rest is
// for those that were lost.
const (
	keepPerson   = 30 * time.Minute // somebody who was asked about alone
	keepStranger = time.Minute      // that they are no colleague
	keepList     = time.Hour        // the list of a workspace
)

// A directory is what Slack says of people and channels. It alone decides who is a
// colleague, who is in a channel and who reads there.
type directory struct {
	*core
	listed listed
	asked  *cache[person] // those who stand in no list
	lists  *cache[bool]   // whether the list of a workspace was read
	homes  *cache[string]
	zones  *cache[struct{}] // those that the store has

	channels *cache[channel]
	members  *cache[map[string]bool]
	// changed is told what is now known of a channel where it differs from what was.
	changed func(ctx context.Context, team string, now channelNow)
}

func newDirectory(c *core) *directory {
	d := &directory{core: c, asked: newCache[person](keepPerson), lists: newCache[bool](keepList), homes: newCache[string](keepHome), zones: newCache[struct{}](keepPerson),
		channels: newCache[channel](keepChannel), members: newCache[map[string]bool](keepMembers)}
	d.lists.limit = listLimit
	return d
}

// forgetWorkspace frees all that is kept of a workspace. Should it come back, Slack is asked anew.
func (d *directory) forgetWorkspace(team string) {
	d.listed.forget(team)
	d.asked.forget(team)
	d.lists.forget(team)
	d.zones.forget(team)
	d.channels.forget(team)
	d.members.forget(team)
}

// sweep frees what Slack said so long ago that it is believed no more. The people of a workspace
// that is listed again and again go with its lists.
func (d *directory) sweep() {
	d.asked.sweep()
	d.lists.sweep()
	d.zones.sweep()
	d.channels.sweep()
	d.members.sweep()
}

// A person is what Slack tells of somebody.
type person struct {
	id, name, zone string
	locale         string   // in which Slack speaks to them, such as "zh-CN"; empty where it did not say
	phone          string   // as they wrote it
	also           []string // what else they are called: their full name, their handle
	teams          []string // the workspaces that they belong to: their home, and in an organisation others
	admin          bool
	bot            bool
	deactivated    bool
	guest          bool  // an account that is let into some channels only
	updated        int64 // seconds, by Slack
}

func personOf(u *slack.User) person {
	p := person{
		id: u.ID, name: cmp.Or(u.Profile.DisplayName, u.RealName, u.Name), zone: u.TZ, locale: u.Locale, updated: int64(u.Updated),
		admin: u.IsAdmin || u.IsOwner || u.IsPrimaryOwner, bot: u.IsBot || u.IsWorkflowBot || u.IsConnectorBot || u.ID == "USLACKBOT",
		also: []string{u.RealName, u.Name}, phone: chars.Line(u.Profile.Phone), deactivated: u.Deleted, guest: u.IsRestricted || u.IsUltraRestricted,
	}
	if !u.IsStranger {
		p.teams = slices.Clone(u.Enterprise.Teams)
		if u.TeamID != "" && !slices.Contains(p.teams, u.TeamID) {
			p.teams = append(p.teams, u.TeamID)
		}
	}
	if _, err := visit.Zone(p.zone); err != nil {
		p.zone = ""
	}
	return p
}

// A relation is how somebody stands to a workspace.
type relation int

const (
	stranger  relation = iota // of another company, a bot, or an account that was deactivated
	guest                     // counts as another company in all that belongs to the team
	colleague                 // also a guest who works for us
)

// errUnchecked is returned where Slack did not answer, so that nobody knows whether
// somebody may see something. It wraps the cause.
var errUnchecked = errors.New("it could not be checked")

// unchecked is err as what keeps us from knowing; nil stays nil.
func unchecked(err error) error {
	if err == nil || errors.Is(err, errUnchecked) {
		return err
	}
	return fmt.Errorf("%w: %w", errUnchecked, err)
}

// errNotColleague is returned where somebody of another company asks for what is the
// team's; errGuest where it is a guest who counts as one.
var (
	errNotColleague = fmt.Errorf("the person is of another company: %w", errNotYours)
	errGuest        = fmt.Errorf("the person is a guest: %w", errNotYours)
)

// relation says how somebody stands to a workspace: by their own account, for what a
// request carries of them is no proof of either. A channel that is shared delivers a
// supplier's click with our workspace, and an organisation delivers a colleague's with
// another or none.
func (d *directory) relation(ctx context.Context, team, id string) (relation, error) {
	if p, ok := d.known(team, id); ok && !slices.Contains(p.teams, team) {
		d.asked.dropOlder(inTeam(team, id), keepStranger) // invited meanwhile?
	}
	p, err := d.person(ctx, team, id)
	if isSlackError(err, "user_not_found") || isSlackError(err, "user_not_visible") {
		return stranger, nil
	}
	if err != nil {
		return stranger, unchecked(err)
	}
	return d.relationOf(ctx, team, &p)
}

func (d *directory) relationOf(ctx context.Context, team string, p *person) (relation, error) {
	if p.bot || p.deactivated || !slices.Contains(p.teams, team) {
		return stranger, nil
	}
	if !p.guest || d.o.GuestsAreColleagues {
		return colleague, nil
	}
	vouched, err := d.o.Store.Vouched(ctx, team)
	if err != nil {
		return guest, unchecked(err)
	}
	if vouched[p.id] {
		return colleague, nil
	}
	return guest, nil
}

// colleague reports whether somebody may be told what is the team's. The error says that
// Slack did not answer, errUnchecked.
func (d *directory) colleague(ctx context.Context, team, id string) (bool, error) {
	s, err := d.relation(ctx, team, id)
	return s == colleague && err == nil, err
}

// checkColleague is nil for a colleague. Otherwise the error says why not: of another
// company, a guest, or that it could not be checked.
func (d *directory) checkColleague(ctx context.Context, team, id string) error {
	switch s, err := d.relation(ctx, team, id); {
	case err != nil:
		return err
	case s == stranger:
		return errNotColleague
	case s == guest:
		return errGuest
	}
	return nil
}

// mayAsk is nil for those who may have general advice, which guests may. It costs one
// look-up in memory where somebody is known, or where the people of the one workspace were
// not listed yet, as where Slack did not tell their language: then advice is given, and
// nothing of the team's. About anybody else Slack is asked.
func (d *directory) mayAsk(team, id string) error {
	p, ok := d.known(team, id)
	if ok && !p.bot && !p.deactivated && slices.Contains(p.teams, team) {
		return nil
	}
	if _, listed := d.lists.kept(team); !ok && !listed && d.o.Slack.isOne() {
		return nil // of many workspaces some are never listed
	}
	ctx, cancel := context.WithTimeout(context.Background(), d.ackWithin)
	defer cancel()
	s, err := d.relation(ctx, team, id)
	if err == nil && s == stranger {
		err = errNotColleague
	}
	return err
}

// known is what is known of somebody without asking.
func (d *directory) known(team, id string) (person, bool) {
	if p, ok := d.listed.get(team, id); ok {
		return p, true
	}
	return d.asked.kept(inTeam(team, id))
}

// person tells who somebody is. Who stands in no list is asked about.
func (d *directory) person(ctx context.Context, team, id string) (person, error) {
	if p, ok := d.listed.get(team, id); ok {
		return p, nil
	}
	return d.ask(ctx, team, id)
}

func (d *directory) ask(ctx context.Context, team, id string) (person, error) {
	return d.asked.get(ctx, inTeam(team, id), func(ctx context.Context) (person, error) {
		u, err := d.api(ctx, team).GetUserInfoContext(ctx, id)
		if err == nil && u.ID == "" {
			err = errNotSlacks
		}
		if err != nil {
			return person{}, fmt.Errorf("ask who a person is: %w", err)
		}
		return personOf(u), nil
	})
}

// languageWithin bounds how long anything waits for the language of its reader.
const languageWithin = time.Second

// printer words what one person alone reads: in Chinese where Slack speaks Chinese to them,
// of whichever characters, and otherwise in English, as where Slack does not say. What several
// people read is worded by channelPrinter.
func (d *directory) printer(ctx context.Context, team, id string) blocks.Printer {
	ctx, cancel := context.WithTimeout(ctx, d.languageWithin)
	defer cancel()
	p, err := d.person(ctx, team, id)
	if err == nil && p.locale == "" { // an event named them, without a language
		p, err = d.ask(ctx, team, id)
	}
	if err != nil || !speaksChinese(p.locale) {
		return d.english
	}
	return d.chinese
}

// printerNow is printer without asking Slack: for what is said before anybody knows who it is.
func (d *directory) printerNow(team, id string) blocks.Printer {
	if p, ok := d.known(team, id); ok && speaksChinese(p.locale) {
		return d.chinese
	}
	return d.english
}

// channelPrinter words what the channels of a workspace read, in the language that its admins chose.
// Where that cannot be read, it is English.
func (d *directory) channelPrinter(ctx context.Context, team string) blocks.Printer {
	l, err := d.o.Store.ChannelLanguage(ctx, team)
	if err != nil {
		d.log.Warn("could not read the language of channels", "workspace", team, "err", err)
	}
	if l == store.Chinese {
		return d.chinese
	}
	return d.english
}

// printerOf words what to reads, a person or a channel of a workspace.
func (d *directory) printerOf(ctx context.Context, team, to string) blocks.Printer {
	if visit.IsPerson(to) {
		return d.printer(ctx, team, to)
	}
	return d.channelPrinter(ctx, team)
}

func speaksChinese(locale string) bool { return locale == "zh" || strings.HasPrefix(locale, "zh-") }

// admins lists the workspace's admins and owners.
func (d *directory) admins(ctx context.Context, team string) ([]string, error) {
	if err := d.list(ctx, team); err != nil {
		return nil, err
	}
	var ids []string
	d.listed.each(team, func(p *person) {
		if p.admin && !p.bot && !p.deactivated && slices.Contains(p.teams, team) {
			ids = append(ids, p.id)
		}
	})
	slices.Sort(ids)
	return ids, nil
}

// peoplePage is how many people a call lists: five thousand are ten calls of the twenty
// that Slack allows in a minute. listLimit bounds a list of many pages.
const (
	peoplePage = 500
	listLimit  = 15 * time.Minute
)

// list makes sure that the workspace's people are known. Each page counts as it comes.
func (d *directory) list(ctx context.Context, team string) error {
	_, err := d.lists.get(ctx, team, func(ctx context.Context) (bool, error) {
		begun := time.Now()
		page := d.api(ctx, team).GetUsersPaginated(slack.GetUsersOptionLimit(peoplePage), slack.GetUsersOptionTeamID(team), slack.GetUsersOptionIncludeLocale(true))
		for {
			asked := time.Now()
			next, err := page.Next(ctx)
			if page.Done(err) {
				d.listed.forgetOlder(team, begun)
				return true, nil
			}
			var limited *slack.RateLimitedError
			if errors.As(err, &limited) && pauseFor(ctx, limited.RetryAfter) {
				continue // the pages before need not be asked for again
			}
			if err != nil {
				return false, fmt.Errorf("list the people of the workspace: %w", err)
			}
			page = next
			for i := range page.Users {
				d.listed.put(team, personOf(&page.Users[i]), asked)
			}
		}
	})
	return err
}

// pauseFor waits, unless ctx ends sooner.
func pauseFor(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// heard takes what an event of a time tells of somebody of a workspace, and returns what was
// known of them before. The other workspaces of an organisation in which they are, or were, ask
// anew.
func (d *directory) heard(team string, u *slack.User, at time.Time) (before, now person, known bool) {
	now = personOf(u)
	before, known = d.known(team, u.ID)
	now.locale = cmp.Or(now.locale, before.locale) // not every event names it
	if !d.listed.put(team, now, at) {
		now = before // an event that was late
	}
	d.asked.drop(inTeam(team, u.ID))
	for _, sister := range slices.Concat(before.teams, now.teams) {
		if sister != team {
			d.listed.drop(sister, u.ID)
			d.asked.drop(inTeam(sister, u.ID))
		}
	}
	return before, now, known
}

// listed are the people whom lists and events named, by their workspace. Its zero value is
// ready.
type listed struct {
	mu    sync.RWMutex
	teams map[string]map[string]heardOf
}

type heardOf struct {
	person
	at time.Time
}

// get is what was last told of somebody. What no list has confirmed for long is not
// believed: then Slack is asked.
func (l *listed) get(team, id string) (person, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	p, ok := l.teams[team][id]
	return p.person, ok && time.Since(p.at) < 2*keepList
}

// put takes what was told at a time, unless something newer is known.
func (l *listed) put(team string, p person, at time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.teams == nil {
		l.teams = map[string]map[string]heardOf{}
	}
	if l.teams[team] == nil {
		l.teams[team] = map[string]heardOf{}
	}
	if old, ok := l.teams[team][p.id]; ok && (p.updated < old.updated || p.updated == old.updated && at.Before(old.at)) {
		return false
	}
	l.teams[team][p.id] = heardOf{p, at}
	return true
}

// forgetOlder drops those of a workspace whom nothing has named for so long that they are not
// believed.
func (l *listed) forgetOlder(team string, begun time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, p := range l.teams[team] {
		if begun.Sub(p.at) >= 2*keepList {
			delete(l.teams[team], id)
		}
	}
	if len(l.teams[team]) == 0 {
		delete(l.teams, team)
	}
}

// workspaces are those of whom anybody was named.
func (l *listed) workspaces() []string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Collect(maps.Keys(l.teams))
}

// drop drops one person of a workspace: whoever asks for them next asks Slack.
func (l *listed) drop(team, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.teams[team], id)
}

// forget drops all people of a workspace.
func (l *listed) forget(team string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.teams, team)
}

// dropOlder forgets what was told of somebody longer ago than that.
func (l *listed) dropOlder(team, id string, age time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p, ok := l.teams[team][id]; ok && time.Since(p.at) > age {
		delete(l.teams[team], id)
	}
}

func (l *listed) each(team string, f func(*person)) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, p := range l.teams[team] {
		f(&p.person)
	}
}

// keepHome is how long the app's own workspace is believed: it does not change.
const keepHome = 24 * time.Hour

// home is the workspace of a request: the one that it names, or where an organisation's
// installation names none, the app's own.
func (d *directory) home(ctx context.Context, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	return d.homes.get(ctx, "", func(ctx context.Context) (string, error) {
		who, err := d.api(ctx, "").AuthTestContext(ctx)
		if err != nil {
			return "", fmt.Errorf("learn the app's own workspace: %w", err)
		}
		return who.TeamID, nil
	})
}

// vouch records that a guest works for us, for an admin or somebody who planned something
// in a channel that the guest is in; unvouch takes it back.
func (d *directory) vouch(ctx context.Context, team, by, id string) error {
	return d.setVouched(ctx, team, by, id, by)
}

func (d *directory) unvouch(ctx context.Context, team, by, id string) error {
	return d.setVouched(ctx, team, by, id, "")
}

func (d *directory) setVouched(ctx context.Context, team, by, id, voucher string) error {
	if err := d.mayVouch(ctx, team, by, id); err != nil {
		return err
	}
	p, err := d.person(ctx, team, id)
	if err != nil {
		return unchecked(err)
	}
	if !p.guest || p.bot || p.deactivated || !slices.Contains(p.teams, team) {
		return errNotColleague
	}
	if err := d.o.Store.Vouch(ctx, team, id, p.zone, voucher); err != nil {
		return err
	}
	d.lookAgain(ctx, team, id)
	return nil
}

// lookAgain looks at the channels of somebody who reads there as another company, or
// no more. What cannot be seen now is seen later.
func (d *directory) lookAgain(ctx context.Context, team, id string) {
	ours, err := d.o.Store.Channels(ctx, team)
	if err == nil {
		ours, err = d.in(ctx, team, id, ours)
	}
	for _, channel := range ours {
		var now channelNow
		if now, err = d.look(ctx, team, channel); err != nil {
			break
		}
		d.changed(ctx, team, now)
	}
	if err != nil {
		d.log.Warn("could not look again at the channels of a person", "err", err)
	}
}

// mayVouch is nil for those who may say whether a guest works for us.
func (d *directory) mayVouch(ctx context.Context, team, by, id string) error {
	if err := d.checkColleague(ctx, team, by); err != nil {
		return err
	}
	p, err := d.person(ctx, team, by)
	if err != nil {
		return unchecked(err)
	}
	if p.admin {
		return nil
	}
	planned, err := d.o.Store.PlannedIn(ctx, team, by)
	if err != nil {
		return err
	}
	theirs, err := d.in(ctx, team, id, planned)
	if err == nil && len(theirs) == 0 {
		err = errNotYours
	}
	return err
}

// zoneOf is the zone in which a person reads: the one they fixed, or what Slack says, or
// said last.
func (d *directory) zoneOf(ctx context.Context, team, id string) string {
	own, err := d.o.Store.Person(ctx, team, id)
	if err == nil && own.Fixed {
		return own.Zone
	}
	p, err := d.person(ctx, team, id)
	if err != nil {
		return cmp.Or(own.Zone, visit.DefaultZone)
	}
	return cmp.Or(p.zone, own.Zone, visit.DefaultZone)
}

// knownZone is zoneOf without waiting for Slack; nil where it is not known yet. Then Slack
// is asked, so that it is known the next time.
func (d *directory) knownZone(team, id string) *time.Location {
	ctx, cancel := context.WithTimeout(context.Background(), claimWithin)
	defer cancel()
	own, err := d.o.Store.Person(ctx, team, id)
	name := own.Zone
	if p, ok := d.known(team, id); ok && p.zone != "" && !(err == nil && own.Fixed) {
		name = p.zone
	}
	if name == "" {
		d.work.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), workLimit)
			defer cancel()
			if _, err := d.person(ctx, team, id); err != nil {
				d.log.Warn("could not ask for a person's time zone", "err", err)
			}
		})
		return nil
	}
	zone, err := visit.Zone(name)
	if err != nil {
		return nil
	}
	return zone
}

// locationOf is zoneOf as a location.
func (d *directory) locationOf(ctx context.Context, team, id string) *time.Location {
	z, err := visit.Zone(d.zoneOf(ctx, team, id))
	if err != nil {
		return time.UTC
	}
	return z
}

// userOf reads the person of an event, and when it was: events overtake each other.
// slackevents has a type of its own for it, which knows neither organisations nor
// strangers.
func userOf(raw *json.RawMessage) (u *slack.User, at time.Time, err error) {
	var e struct {
		User slack.User `json:"user"`
		At   string     `json:"event_ts"`
	}
	if raw != nil {
		err = json.Unmarshal(*raw, &e)
	}
	if err != nil || e.User.ID == "" {
		return nil, at, fmt.Errorf("an event about a person names none: %w", err)
	}
	at = time.Now()
	if seconds, err := strconv.ParseFloat(e.At, 64); err == nil {
		if told := time.UnixMicro(int64(seconds * 1e6)); told.Before(at) {
			at = told
		}
	}
	return &e.User, at, nil
}

// inTeam is the key of what is kept of somebody or something of a workspace: an id of Slack's
// is unique only within an organisation, and what one workspace is told of it is not another's.
func inTeam(team, id string) string { return team + "/" + id }
