package localslack

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// What happens to a workspace: channels that are shared, archived, deleted or
// renamed, people who become guests or leave, an app that is taken out. Each
// change sends the app the events that Slack sends, if it subscribed to them and
// Slack would let it see them. Changes that Slack tells an app nothing of send
// nothing. An error is an *ActError: nothing has changed then.

// hears tells whether the app is told of a channel: of a public one even where it is
// not a member, of a private one only as a member.
func (w *Workspace) hears(c *Channel) bool { return !c.Private && !c.IM || c.has(w.opt.BotUserID) }

// changeChannel finds a channel that is not a direct message, lets f change it and
// gives a copy from before and one from after.
func (w *Workspace) changeChannel(id string, f func(c *Channel) error) (before, after Channel, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channelLocked(id)
	if c == nil {
		return before, after, cannot("There is no channel with the id %s.", id)
	}
	if c.IM {
		return before, after, cannot("That cannot be done with a direct message.")
	}
	before = c.clone()
	if err := f(c); err != nil {
		return before, after, err
	}
	w.changedLocked()
	return before, c.clone(), nil
}

// channelEvent sends the event of a channel's kind: "channel_archive" of a public
// one, "group_archive" of a private one. seen is the channel in which the app's
// membership counts.
func (w *Workspace) channelEvent(seen *Channel, what string, inner map[string]any) {
	if !w.hears(seen) {
		return
	}
	name := map[bool]string{true: "group_", false: "channel_"}[seen.Private] + what
	inner = with(inner, "type", name)
	inner["event_ts"] = w.stamp()
	w.sendEvent(name, seen, inner, false)
}

func (w *Workspace) stamp() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stampLocked()
}

// said leaves Slack's line in a channel: who did what to it. Nobody is told of it
// by an event.
func (w *Workspace) said(channel, subtype, who, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.addLocked(Message{Channel: channel, User: who, Subtype: subtype, Text: fmt.Sprintf("<@%s> %s", who, text)})
}

// steward is the person who changes channels: the first administrator, or the first
// person of the workspace.
func (w *Workspace) steward() string {
	first := w.opt.BotUserID
	for _, p := range w.everybody() {
		if !w.ours(p) || p.Bot || p.Deleted {
			continue
		}
		if p.Admin {
			return p.ID
		}
		if first == w.opt.BotUserID {
			first = p.ID
		}
	}
	return first
}

// otherCompany is the workspace that a channel is shared with.
func (w *Workspace) otherCompany() string {
	for _, p := range w.everybody() {
		if p.TeamID != "" && !w.ours(p) && len(p.Teams) == 0 {
			return p.TeamID
		}
	}
	return "T0OTHERCOMP"
}

// ShareChannel shares a channel with another company: it is is_ext_shared from now
// on, and the app hears channel_shared. A private channel gets a new id, which Moved
// tells, and the app hears channel_id_changed before that; messages and members move
// along, and the old id answers channel_not_found. The other company's people are
// not in the channel until they Join it.
func (w *Workspace) ShareChannel(id string) error {
	before, after, err := w.changeChannel(id, func(c *Channel) error {
		if c.ExtShared {
			return cannot("#%s is shared already.", c.Name)
		}
		if c.Archived {
			return cannot("#%s is archived.", c.Name)
		}
		c.ExtShared, c.Pending = true, false
		if c.Private {
			w.moveLocked(c, "C"+strings.ToUpper(random(10)))
		}
		return nil
	})
	if err != nil || !w.hears(&after) {
		return err
	}
	if before.ID != after.ID {
		w.sendEvent("channel_id_changed", &after, map[string]any{
			"type": "channel_id_changed", "old_channel_id": before.ID, "new_channel_id": after.ID, "event_ts": w.stamp(),
		}, false)
	}
	w.sendEvent("channel_shared", &after, map[string]any{
		"type": "channel_shared", "connected_team_id": w.otherCompany(), "channel": after.ID, "event_ts": w.stamp(),
	}, false)
	return nil
}

// moveLocked gives a channel another id.
func (w *Workspace) moveLocked(c *Channel, to string) {
	from := c.ID
	c.ID = to
	w.moved[from] = to
	w.messages[to] = w.messages[from]
	delete(w.messages, from)
	for _, m := range w.messages[to] {
		m.Channel = to
	}
	for _, r := range w.replies {
		if r.channel == from {
			r.channel = to
		}
	}
	for k, v := range w.inputs {
		if rest, ok := strings.CutPrefix(k.place, from+"/"); ok {
			delete(w.inputs, k)
			k.place = to + "/" + rest
			w.inputs[k] = v
		}
	}
}

// Moved is the id that a channel has now: another than it was given if it was
// private and then shared.
func (w *Workspace) Moved(id string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.moved[id] != "" {
		id = w.moved[id]
	}
	return id
}

// UnshareChannel ends the sharing of a channel, or an invitation that nobody has
// accepted. The other company's people leave. The id stays what it is.
func (w *Workspace) UnshareChannel(id string) error {
	before, after, err := w.changeChannel(id, func(c *Channel) error {
		if !c.ExtShared && !c.Pending {
			return cannot("#%s is not shared.", c.Name)
		}
		c.ExtShared, c.Pending = false, false
		c.Members = slices.DeleteFunc(c.Members, func(m string) bool {
			p, _ := w.Person(m)
			return w.outside(p)
		})
		return nil
	})
	if err == nil && before.ExtShared && w.hears(&before) {
		w.sendEvent("channel_unshared", &after, map[string]any{
			"type": "channel_unshared", "previously_connected_team_id": w.otherCompany(), "channel": after.ID, "is_ext_shared": false, "event_ts": w.stamp(),
		}, false)
	}
	return err
}

// InviteCompany invites another company to a channel: it is is_pending_ext_shared
// until ShareChannel or UnshareChannel. Slack tells the app nothing.
func (w *Workspace) InviteCompany(id string) error {
	_, _, err := w.changeChannel(id, func(c *Channel) error {
		if c.ExtShared || c.Pending {
			return cannot("#%s is shared, or about to be.", c.Name)
		}
		c.Pending = true
		return nil
	})
	return err
}

// ArchiveChannel archives a channel: it can be read, and nobody can write in it.
func (w *Workspace) ArchiveChannel(id string) error { return w.archive(id, true, "archive") }

// UnarchiveChannel brings an archived channel back.
func (w *Workspace) UnarchiveChannel(id string) error { return w.archive(id, false, "unarchive") }

func (w *Workspace) archive(id string, archived bool, what string) error {
	_, after, err := w.changeChannel(id, func(c *Channel) error {
		if c.Archived == archived {
			return cannot("#%s is %s.", c.Name, map[bool]string{true: "archived already", false: "not archived"}[archived])
		}
		c.Archived = archived
		return nil
	})
	if err != nil {
		return err
	}
	by := w.steward()
	w.said(after.ID, "channel_"+what, by, what+"d the channel")
	w.channelEvent(&after, what, map[string]any{"channel": after.ID, "user": by})
	return nil
}

// DeleteChannel deletes a channel with its messages. Its id answers
// channel_not_found.
func (w *Workspace) DeleteChannel(id string) error {
	before, _, err := w.changeChannel(id, func(c *Channel) error {
		w.channels = slices.DeleteFunc(w.channels, func(o *Channel) bool { return o == c })
		delete(w.messages, id)
		return nil
	})
	if err == nil {
		w.channelEvent(&before, "deleted", map[string]any{"channel": id})
	}
	return err
}

// RenameChannel gives a channel another name, without the #.
func (w *Workspace) RenameChannel(id, name string) error {
	name = strings.TrimPrefix(strings.TrimSpace(name), "#")
	_, after, err := w.changeChannel(id, func(c *Channel) error {
		if name == "" || len(name) > 80 || name != strings.ToLower(name) || strings.ContainsAny(name, " .,#@") {
			return cannot("A channel's name has up to 80 small letters, digits, hyphens and underscores.")
		}
		if slices.ContainsFunc(w.channels, func(o *Channel) bool { return !o.IM && o.Name == name }) {
			return cannot("There is a channel #%s already.", name)
		}
		c.Name = name
		return nil
	})
	if err == nil {
		w.said(id, "channel_name", w.steward(), "renamed the channel to "+name)
		w.channelEvent(&after, "rename", map[string]any{"channel": map[string]any{"id": id, "name": name, "created": channelCreated}})
	}
	return err
}

// channelCreated is when every channel was made, in seconds since 1970.
const channelCreated = 1577836800

// MakePrivate makes a public channel private. Its id stays. Slack sends no event
// but the message about it; an app that is not a member no longer sees the channel.
func (w *Workspace) MakePrivate(id string) error {
	_, _, err := w.changeChannel(id, func(c *Channel) error {
		if c.Private {
			return cannot("#%s is private already.", c.Name)
		}
		c.Private = true
		return nil
	})
	if err == nil {
		w.said(id, "channel_convert_to_private", w.steward(), "made this channel private")
	}
	return err
}

// RemoveApp takes the app out of a channel, as its members can. Invite brings it
// back.
func (w *Workspace) RemoveApp(id string) error {
	before, _, err := w.changeChannel(id, func(c *Channel) error {
		if !c.has(w.opt.BotUserID) {
			return cannot("%s is not in this channel.", w.opt.BotRealName)
		}
		c.Members = slices.DeleteFunc(c.Members, func(m string) bool { return m == w.opt.BotUserID })
		return nil
	})
	if err == nil {
		by := w.steward()
		w.said(id, "channel_leave", by, "removed <@"+w.opt.BotUserID+"> from the channel")
		w.channelEvent(&before, "left", map[string]any{"channel": id, "actor_id": by})
	}
	return err
}

// Join lets a person into a channel: somebody of another company only into one that
// is shared. In one that Connect has connected they are in both workspaces.
func (w *Workspace) Join(person, id string) error {
	return w.everywhere(person, id, "member_joined_channel", (*Workspace).enter)
}

// Leave lets a person leave a channel, as Join lets them in.
func (w *Workspace) Leave(person, id string) error {
	return w.everywhere(person, id, "member_left_channel", (*Workspace).exit)
}

// everywhere changes who is in a channel, in the other workspace too that it is connected with. Once all
// is done the apps hear of it.
func (w *Workspace) everywhere(person, id, event string, do func(at *Workspace, p Person, id string) (*Channel, error)) error {
	p, err := w.human(person)
	if err != nil {
		return err
	}
	other := w.connectedTo(id)
	if other != nil {
		if _, err := other.human(person); err != nil {
			return err
		}
	}
	here, err := do(w, p, id)
	if err != nil {
		return err
	}
	if other != nil {
		if there, err := do(other, p, id); err == nil { // else they were in it, or out of it, already
			defer other.memberEvent(event, there, p)
		}
	}
	w.memberEvent(event, here, p)
	return nil
}

func (w *Workspace) enter(p Person, id string) (*Channel, error) {
	_, after, err := w.changeChannel(id, func(c *Channel) error {
		switch {
		case c.has(p.ID):
			return cannot("%s is in this channel already.", p.RealName)
		case c.Archived:
			return cannot("#%s is archived.", c.Name)
		case w.outside(p) && !c.ExtShared:
			return cannot("%s belongs to another company, and #%s is not shared with it.", p.RealName, c.Name)
		}
		c.Members = append(c.Members, p.ID)
		return nil
	})
	if err == nil {
		w.said(id, "channel_join", p.ID, "has joined the channel")
	}
	return &after, err
}

func (w *Workspace) exit(p Person, id string) (*Channel, error) {
	_, after, err := w.changeChannel(id, func(c *Channel) error {
		if !c.has(p.ID) {
			return cannot("%s is not in this channel.", p.RealName)
		}
		c.Members = slices.DeleteFunc(c.Members, func(m string) bool { return m == p.ID })
		return nil
	})
	if err == nil {
		w.said(id, "channel_leave", p.ID, "has left the channel")
	}
	return &after, err
}

// A connection is the other workspace in which a channel is, and whether Slack tells of the channel here.
type connection struct {
	to    *Workspace
	tells bool
}

// Connect makes a channel that is shared in two workspaces one channel of two companies that both have
// the app. Whoever joins or leaves it does so in both, and Slack delivers an event of it once: for this
// workspace, as long as the app is installed in it, and not for the other. Everything else in it is
// changed in each.
func (w *Workspace) Connect(id string, other *Workspace) error {
	for _, at := range []*Workspace{w, other} {
		if c, ok := at.Channel(id); !ok || !c.ExtShared {
			return cannot("%s is not shared in %s.", id, at.opt.TeamID)
		}
	}
	for _, end := range []struct{ at, to *Workspace }{{w, other}, {other, w}} {
		end.at.mu.Lock()
		end.at.connected[id] = connection{to: end.to, tells: end.at == w}
		end.at.mu.Unlock()
	}
	return nil
}

// connectedTo is the workspace with which a channel is connected while it is shared, or nil.
func (w *Workspace) connectedTo(id string) *Workspace {
	c, _ := w.Channel(id)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !c.ExtShared {
		return nil
	}
	return w.connected[id].to
}

// toldElsewhere reports whether Slack tells of a channel in the other workspace with which it is connected.
func (w *Workspace) toldElsewhere(c *Channel) bool {
	if c == nil || !c.ExtShared {
		return false
	}
	w.mu.Lock()
	is, ok := w.connected[c.ID]
	w.mu.Unlock()
	return ok && !is.tells && !is.to.uninstalled.Load()
}

// memberEvent tells an app that is in the channel who came or went.
func (w *Workspace) memberEvent(name string, c *Channel, p Person) {
	if c.has(w.opt.BotUserID) {
		w.sendEvent(name, c, map[string]any{
			"type": name, "user": p.ID, "channel": c.ID, "channel_type": c.letter(), "team": p.TeamID, "event_ts": w.stamp(),
		}, false)
	}
}

// everybody is all people and the bot, for reading only.
func (w *Workspace) everybody() []Person { return w.people.Load().list }

// outside reports whether somebody is of another company: not of the workspace, and
// not of the same organisation.
func (w *Workspace) outside(p Person) bool {
	return p.TeamID != "" && !w.ours(p) && len(p.Teams) == 0 && p.ID != w.opt.BotUserID
}

// changePerson lets f change a person, and tells the app.
func (w *Workspace) changePerson(id string, f func(p *Person) error) error {
	p, err := w.alter(id, f)
	if err == nil {
		w.sendEvent("user_change", nil, map[string]any{
			"type": "user_change", "user": w.userJSON(p, true), "cache_ts": time.Now().Unix(), "event_ts": w.stamp(),
		}, false)
	}
	return err
}

func (w *Workspace) alter(id string, f func(p *Person) error) (Person, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	people := w.People()
	i := slices.IndexFunc(people, func(p Person) bool { return p.ID == id })
	if i < 0 || id == w.opt.BotUserID {
		return Person{}, cannot("Nobody has the id %s.", id)
	}
	if err := f(&people[i]); err != nil {
		return Person{}, err
	}
	w.people.Store(enrol(people))
	w.changedLocked()
	return people[i], nil
}

// The kinds of guest.
const (
	Restricted      = "restricted"       // in several channels
	UltraRestricted = "ultra_restricted" // in one
)

// SetGuest makes a person a guest, or with "" a full member again.
func (w *Workspace) SetGuest(person, kind string) error {
	return w.changePerson(person, func(p *Person) error {
		if !slices.Contains([]string{"", Restricted, UltraRestricted}, kind) {
			return cannot("A guest is %q or %q.", Restricted, UltraRestricted)
		}
		if w.outside(*p) {
			return cannot("%s belongs to another company.", p.RealName)
		}
		p.Guest = kind
		return nil
	})
}

// Deactivate ends a person's account. They stay on the lists of members, as in
// Slack.
func (w *Workspace) Deactivate(person string) error {
	return w.changePerson(person, func(p *Person) error { p.Deleted = true; return nil })
}

// Reactivate gives a person their account back.
func (w *Workspace) Reactivate(person string) error {
	return w.changePerson(person, func(p *Person) error { p.Deleted = false; return nil })
}

// Speak changes the language in which Slack speaks to a person, such as "zh-CN".
func (w *Workspace) Speak(person, locale string) error {
	return w.changePerson(person, func(p *Person) error {
		if _, err := language.Parse(locale); err != nil {
			return cannot("%q is not a locale.", locale)
		}
		p.Locale = locale
		return nil
	})
}

// MoveZone changes the zone that a person's Slack tells.
func (w *Workspace) MoveZone(person, zone string) error {
	return w.changePerson(person, func(p *Person) error {
		if _, err := time.LoadLocation(zone); err != nil || zone == "" {
			return cannot("%q is not an IANA zone.", zone)
		}
		p.TZ = zone
		return nil
	})
}

// AddPerson adds somebody to the people, and with that to the workspace unless they
// are of another.
func (w *Workspace) AddPerson(p Person) error {
	if field, what := p.wrong(); what != "" {
		return cannot("The person's %s %s.", field, what)
	}
	w.mu.Lock()
	people := w.People()
	if slices.ContainsFunc(people, func(o Person) bool { return o.ID == p.ID }) || p.ID == Slackbot {
		w.mu.Unlock()
		return cannot("The id %s is taken.", p.ID)
	}
	people = slices.Insert(people, len(people)-1, p) // the bot stays last
	w.people.Store(enrol(people))
	if w.ours(p) && !p.Bot && !p.Deleted {
		w.directLocked(p.ID)
	}
	w.changedLocked()
	w.mu.Unlock()
	if w.ours(p) {
		w.sendEvent("team_join", nil, map[string]any{"type": "team_join", "user": w.userJSON(p, false), "event_ts": w.stamp()}, false)
	}
	return nil
}

// wrong says what is wrong with a person's data.
func (p Person) wrong() (field, what string) {
	if p.ID == "" || p.Name == "" {
		return "ID", "is missing, or the Name"
	}
	if _, err := time.LoadLocation(p.TZ); err != nil {
		return "TZ", "is not an IANA zone: " + p.TZ
	}
	if !slices.Contains([]string{"", Restricted, UltraRestricted}, p.Guest) {
		return "Guest", "is " + p.Guest + ", not restricted or ultra_restricted"
	}
	return "", ""
}

// RevokeToken makes every method that takes the bot token answer a code, such as
// "token_revoked", "invalid_auth", "account_inactive" or "missing_scope", until
// RestoreToken. With "token_revoked" the app hears tokens_revoked. Events, commands
// and clicks go on.
func (w *Workspace) RevokeToken(code string) {
	w.mu.Lock()
	w.tokenCode = code
	w.changedLocked()
	w.mu.Unlock()
	if code == "token_revoked" {
		w.sendEvent("tokens_revoked", nil, map[string]any{
			"type": "tokens_revoked", "tokens": map[string]any{"oauth": []string{}, "bot": []string{w.opt.BotUserID}}, "event_ts": w.stamp(),
		}, false)
	}
}

// RestoreToken makes the bot token good again, and installs the app again if it was
// uninstalled.
func (w *Workspace) RestoreToken() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tokenCode = ""
	w.uninstalled.Store(false)
	w.changedLocked()
}

// Uninstall removes the app from the workspace: it hears app_uninstalled and nothing
// after that, its commands are gone, and its token answers account_inactive.
// RestoreToken installs it again.
func (w *Workspace) Uninstall() {
	w.RevokeToken("account_inactive")
	w.sendEvent("app_uninstalled", nil, map[string]any{"type": "app_uninstalled", "event_ts": w.stamp()}, false)
	w.uninstalled.Store(true)
}

// Reinstall lets the app come back with another bot id: what it posted before is no
// longer its own, and chat.update answers cant_update_message. The bot's user id and
// the tokens stay.
func (w *Workspace) Reinstall() {
	id := "B0" + strings.ToUpper(random(9))
	w.botID.Store(&id)
	w.RestoreToken()
}

// LoseEvents makes that events are not sent at all, as Slack does when an app was
// down for long or sends too many.
func (w *Workspace) LoseEvents(lose bool) { w.flag(&w.loseEvents, lose) }

// OmitUserTeam leaves out of events, clicks and forms where their person belongs:
// user_team, source_team, team and user.team_id. Slack does not always send them.
func (w *Workspace) OmitUserTeam(omit bool) { w.flag(&w.omitUserTeam, omit) }

// OrgInstall makes the app installed for a whole organisation: clicks, forms and
// shortcuts come with "team": null and the organisation in "enterprise".
func (w *Workspace) OrgInstall(org bool) { w.flag(&w.orgInstall, org) }

// Reload is what a person sees after they reloaded Slack: the messages that only
// they could see are gone, in every channel.
func (w *Workspace) Reload(person string) error {
	if _, err := w.human(person); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, list := range w.messages {
		w.messages[id] = slices.DeleteFunc(list, func(m *Message) bool { return m.Only == person })
	}
	w.changedLocked()
	return nil
}

// The kinds of SendUndecodable.
const (
	UndecodableMessage     = "message"
	UndecodableInteraction = "interaction"
	UndecodableEvent       = "event"
	UndecodableGarbage     = "garbage"
)

// SendUndecodable sends the app something that a library for Slack may not be able to
// decode, once, over whichever transport is in use:
//
//   - "message": a mention of the app in a message with a block whose block_id is
//     null and a block of a type that nobody knows. The message is posted too.
//   - "interaction": a submitted form whose state has a field of an unknown type,
//     with values of unknown shapes.
//   - "event": an event of a kind that nobody knows, whether subscribed or not.
//   - "garbage": an envelope or a signed request as always, with a payload of the
//     wrong shape.
//
// The error is a *DeliveryError if the app did not acknowledge it.
func (w *Workspace) SendUndecodable(kind string) error {
	who, where, err := w.somewhere()
	if err != nil {
		return err
	}
	d := delivery{kind: "events_api"}
	switch kind {
	case UndecodableMessage:
		text := fmt.Sprintf("<@%s> how do I know it is a real factory", w.opt.BotUserID)
		w.mu.Lock()
		ts := w.addLocked(Message{Channel: where.ID, User: who.ID, Text: text}).TS
		w.mu.Unlock()
		d.payload = w.envelope(&where, w.aboutPerson(map[string]any{
			"type": "app_mention", "user": who.ID, "text": text, "ts": ts, "channel": where.ID, "event_ts": ts, "client_msg_id": uuid(),
			"blocks": []any{
				map[string]any{"type": "section", "block_id": nil, "text": map[string]any{"type": "mrkdwn", "text": text}},
				map[string]any{"type": "hologram", "block_id": 7, "depth": map[string]any{"unit": "mm", "of": []any{1, "two", nil}}},
			},
		}, who, &where))
	case UndecodableInteraction:
		d.kind = "interactive"
		w.mu.Lock()
		d.payload = w.payload(who, "view_submission")
		view := &View{ID: "V0UNDECODED", User: who.ID, CallbackID: "undecodable"}
		d.payload["view"] = w.viewJSON(view, "modal", map[string]any{"values": map[string]any{
			"scent": map[string]any{"smell": map[string]any{
				"type": "scent_input", "value": map[string]any{"notes": []any{"oak"}}, "selected_option": "oak", "selected_users": 3, "selected_date": []any{},
			}},
		}})
		d.payload["trigger_id"] = w.triggerLocked(who.ID)
		d.payload["response_urls"] = []any{}
		w.mu.Unlock()
	case UndecodableEvent:
		d.payload = w.envelope(&where, map[string]any{"type": "channel_hummed", "channel": where.ID, "tune": []any{1, 2}, "event_ts": w.stamp()})
	case UndecodableGarbage:
		d.raw = encode(map[string]any{"type": "event_callback", "team_id": []any{w.opt.TeamID}, "event": "not an object", "event_id": 7, "event_time": "now"})
	default:
		return cannot("%q is not a kind of what cannot be decoded.", kind)
	}
	if _, failed := w.deliver(d); failed != nil {
		w.refuse("ack", failed.code, "undecodable "+kind+": "+failed.detail)
		return &DeliveryError{failed.code, failed.detail}
	}
	return nil
}

// somewhere is a channel that the app and a person of the workspace are in.
func (w *Workspace) somewhere() (Person, Channel, error) {
	for _, c := range w.Channels(w.opt.BotUserID) {
		for _, id := range c.Members {
			if p, ok := w.Person(id); ok && !c.IM && !c.Archived && !p.Bot && !p.Deleted && w.ours(p) {
				return p, c, nil
			}
		}
	}
	return Person{}, Channel{}, cannot("There is no channel with the app and a person in it.")
}
