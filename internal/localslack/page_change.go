package localslack

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// The panel from which a person changes the workspace, as it happens to real ones.
// It offers what can be done with the channel and the person in view as they are
// now, and only what it offers can be done.

// A changeGroup is a part of the panel.
type changeGroup struct {
	ID, Title string
	State     string // what is so now
	Changes   []change
}

// A change is one that the panel offers.
type change struct {
	ID, Label string
	Says      string // what it does, in one line
	Danger    bool
	Ask       string   // the label of the field for its value; no field if empty
	Choices   []choice // of the field; it is for text if there are none
	Do        func(value string) error
}

type choice struct{ Value, Words string }

// changes lists what the panel offers somebody who looks at a channel.
func (p *pageServer) changes(me Person, here string) []changeGroup {
	return []changeGroup{p.channelChanges(me, here), p.personChanges(me), p.connectionChanges(), p.deliveryChanges()}
}

// plain is the Do of a change without a value.
func plain(f func() error) func(string) error { return func(string) error { return f() } }

// settled is the Do of a change that cannot fail.
func settled(f func()) func(string) error { return func(string) error { f(); return nil } }

func (p *pageServer) channelChanges(me Person, here string) changeGroup {
	w := p.w
	group := changeGroup{ID: "channel", Title: "This channel", State: "No channel is in view."}
	c, ok := w.Channel(here)
	switch {
	case !ok && here != "":
		group.State = "This channel is gone."
		return group
	case !ok:
		return group
	case c.IM:
		group.State = "A direct message stays as it is. Open a channel to change it."
		return group
	}
	if c.has(me.ID) { // to others the page does not tell its name
		group.Title += ": #" + c.Name
	}
	pick := func(yes bool, a, b string) string {
		if yes {
			return a
		}
		return b
	}
	member := c.has(w.opt.BotUserID)
	state := []string{pick(c.Private, "Private", "Public"), "not shared"}
	if c.ExtShared {
		state[1] = "shared with another company"
	} else if c.Pending {
		state[1] = "another company is invited"
	}
	if c.Archived {
		state = append(state, "archived")
	}
	group.State = strings.Join(append(state, pick(member, w.opt.BotRealName+" is in it", w.opt.BotRealName+" is not in it"), plural(len(c.Members), "member", "members")), ", ") + "."

	add := func(ch change) { group.Changes = append(group.Changes, ch) }
	switch {
	case c.ExtShared:
		add(change{ID: "unshare", Label: "Stop sharing channel", Says: "The other company’s people leave. The app hears channel_unshared.", Do: plain(func() error { return w.UnshareChannel(c.ID) })})
	case !c.Archived:
		add(change{ID: "share", Label: "Share channel", Says: "People of another company may join and read it. The app hears channel_shared; a private channel gets a new id, and it hears channel_id_changed first.",
			Do: plain(func() error { return w.ShareChannel(c.ID) })})
	}
	if c.Pending {
		add(change{ID: "withdraw", Label: "Withdraw invitation", Says: "Nobody of the other company was here yet. The app hears nothing.", Do: plain(func() error { return w.UnshareChannel(c.ID) })})
	} else if !c.ExtShared && !c.Archived {
		add(change{ID: "invite-company", Label: "Invite another company", Says: "Nobody has accepted yet. The app hears nothing; conversations.info says is_pending_ext_shared.", Do: plain(func() error { return w.InviteCompany(c.ID) })})
	}
	if c.Archived {
		add(change{ID: "unarchive", Label: "Unarchive channel", Says: "People can write in it again. The app hears of it.", Do: plain(func() error { return w.UnarchiveChannel(c.ID) })})
	} else {
		add(change{ID: "archive", Label: "Archive channel", Says: "Nobody can write in it. The app hears of it.", Do: plain(func() error { return w.ArchiveChannel(c.ID) })})
		if c.has(w.opt.BotUserID) {
			add(change{ID: "remove-app", Label: "Remove app from channel", Says: "The app can no longer write here, nor read it. It hears that it left.", Do: plain(func() error { return w.RemoveApp(c.ID) })})
		} else {
			add(change{ID: "add-app", Label: "Add app to channel", Says: "As a member of it does with /invite. The app hears member_joined_channel.", Do: plain(func() error { return p.addApp(c) })})
		}
		if in := p.choices(func(o Person) bool { return !c.has(o.ID) && (c.ExtShared || !w.outside(o)) }); len(in) > 0 {
			add(change{ID: "join", Label: "Let person in", Says: "The app hears member_joined_channel.", Ask: "Who joins", Choices: in, Do: func(who string) error { return w.Join(who, c.ID) }})
		}
	}
	if out := p.choices(func(o Person) bool { return c.has(o.ID) }); len(out) > 0 {
		add(change{ID: "leave", Label: "Take person out", Says: "The app hears member_left_channel.", Ask: "Who leaves", Choices: out, Do: func(who string) error { return w.Leave(who, c.ID) }})
	}
	add(change{ID: "rename", Label: "Rename channel", Says: "Its id stays. The app hears of it.", Ask: "New name", Do: func(name string) error { return w.RenameChannel(c.ID, name) }})
	if !c.Private {
		add(change{ID: "make-private", Label: "Make channel private", Says: "Only members see it. Slack sends no event.", Do: plain(func() error { return w.MakePrivate(c.ID) })})
	}
	add(change{ID: "delete", Label: "Delete channel", Danger: true, Says: "It is gone with its messages, for good. The app hears of it.", Do: plain(func() error { return w.DeleteChannel(c.ID) })})
	return group
}

// addApp lets the first member who can invite the app.
func (p *pageServer) addApp(c Channel) error {
	for _, id := range c.Members {
		if member, ok := p.w.Person(id); ok && p.w.ours(member) && !member.Bot {
			return p.w.Invite(id, c.ID)
		}
	}
	return cannot("Nobody of %s is in this channel to invite the app.", p.w.opt.TeamName)
}

// choices are the people whom a change can be about.
func (p *pageServer) choices(of func(Person) bool) []choice {
	var list []choice
	for _, person := range p.w.everybody() {
		if !person.Bot && of(person) {
			list = append(list, choice{person.ID, displayName(person)})
		}
	}
	return list
}

// newcomers are the people that the panel can add, each once.
func (w *Workspace) newcomers() []Person {
	const sister = "T0SISTERORG"
	return []Person{
		{ID: "U0SAMNOVAK1", Name: "sam", RealName: "Sam Novak", Title: "Buyer, new here", TeamID: w.opt.TeamID, TZ: "Europe/Berlin"},
		{ID: "U0ZHANGMIN1", Name: "zhangmin", RealName: "Zhang Min", Title: "Interpreter, a guest", TeamID: w.opt.TeamID, TZ: "Asia/Shanghai", Guest: Restricted},
		{ID: "U0ANASILVA1", Name: "ana", RealName: "Ana Silva", Title: "Quality, of a sister workspace", TeamID: sister, TZ: "America/Sao_Paulo", Teams: []string{sister, w.opt.TeamID}},
	}
}

// zones are offered for the person in view.
// locales are those of the page's own people, by the names that their speakers give them.
var locales = []choice{{"en-US", "English"}, {"zh-CN", "简体中文"}, {"de-DE", "Deutsch"}}

var zones = []choice{{"Europe/Berlin", "Berlin"}, {"America/Chicago", "Chicago"}, {"America/Sao_Paulo", "São Paulo"}, {"Asia/Shanghai", "Shanghai"}, {"Asia/Tokyo", "Tokyo"}}

func (p *pageServer) personChanges(me Person) changeGroup {
	w := p.w
	kinds := map[string]string{"": "Full member", Restricted: "Guest in several channels", UltraRestricted: "Guest in one channel"}
	kind := kinds[me.Guest]
	if w.outside(me) {
		kind = "Of another company"
	} else if me.TeamID != w.opt.TeamID {
		kind = "Colleague of a sister workspace"
	}
	account := "account active"
	if me.Deleted {
		account = "account deactivated"
	}
	group := changeGroup{ID: "person", Title: "This person: " + me.RealName, State: fmt.Sprintf("%s, %s, time zone %s, language %s.", kind, account, me.TZ, cmp.Or(me.Locale, "en-US"))}
	add := func(ch change) { group.Changes = append(group.Changes, ch) }
	if !w.outside(me) {
		for _, guest := range []change{
			{ID: "guest", Label: "Make person a guest", Says: "In several channels: is_restricted. The app hears user_change.", Do: plain(func() error { return w.SetGuest(me.ID, Restricted) })},
			{ID: "single-guest", Label: "Make person a guest of one channel", Says: "is_restricted and is_ultra_restricted. The app hears user_change.", Do: plain(func() error { return w.SetGuest(me.ID, UltraRestricted) })},
			{ID: "full-member", Label: "Make person a full member", Says: "The app hears user_change.", Do: plain(func() error { return w.SetGuest(me.ID, "") })},
		} {
			if now := map[string]string{"": "full-member", Restricted: "guest", UltraRestricted: "single-guest"}[me.Guest]; guest.ID != now {
				add(guest)
			}
		}
	}
	if me.Deleted {
		add(change{ID: "reactivate", Label: "Reactivate account", Says: "The app hears user_change.", Do: plain(func() error { return w.Reactivate(me.ID) })})
	} else {
		add(change{ID: "deactivate", Label: "Deactivate account", Danger: true, Says: "The person can no longer read or write. The app hears user_change; what it writes to them directly reaches nobody.", Do: plain(func() error { return w.Deactivate(me.ID) })})
	}
	add(change{ID: "zone", Label: "Change time zone", Says: "The app hears user_change.", Ask: "Time zone", Choices: zones, Do: func(zone string) error { return w.MoveZone(me.ID, zone) }})
	add(change{ID: "locale", Label: "Change language", Says: "Slack speaks it to this person from now on. The app hears user_change.", Ask: "Language", Choices: locales, Do: func(locale string) error { return w.Speak(me.ID, locale) }})
	add(change{ID: "reload", Label: "Reload Slack", Says: "What only this person could see is gone. The app hears nothing.", Do: plain(func() error { return w.Reload(me.ID) })})
	var others []choice
	for _, n := range w.newcomers() {
		if _, there := w.Person(n.ID); !there {
			others = append(others, choice{n.ID, n.RealName + ": " + n.Title})
		}
	}
	if len(others) > 0 {
		add(change{ID: "add-person", Label: "Add person", Says: "Somebody joins the workspace. The app hears team_join.", Ask: "Who comes", Choices: others, Do: p.addPerson})
	}
	return group
}

func (p *pageServer) addPerson(id string) error {
	for _, n := range p.w.newcomers() {
		if n.ID == id {
			return p.w.AddPerson(n)
		}
	}
	return cannot("Choose somebody to add.")
}

// tokenCodes are what the methods can be made to answer.
var tokenCodes = []choice{
	{"token_revoked", "token_revoked"}, {"invalid_auth", "invalid_auth"}, {"not_authed", "not_authed"}, {"token_expired", "token_expired"}, {"account_inactive", "account_inactive"},
	{"missing_scope", "missing_scope"}, {"team_access_not_granted", "team_access_not_granted"}, {"org_login_required", "org_login_required"}, {"ekm_access_denied", "ekm_access_denied"},
}

func (p *pageServer) connectionChanges() changeGroup {
	w := p.w
	w.mu.Lock()
	code, proxy, scale, slow := w.tokenCode, w.proxy, w.rateScale, w.slow[""]
	refused := 0
	for _, n := range w.limited {
		refused += n
	}
	w.mu.Unlock()
	gone := w.uninstalled.Load()
	state := []string{"The token is good"}
	if code != "" {
		state[0] = "Every call answers " + code
	}
	if gone {
		state = append(state, "the app is uninstalled")
	}
	if proxy != 0 {
		state = append(state, fmt.Sprintf("a proxy answers HTTP %d", proxy))
	}
	if scale > 0 {
		state = append(state, "rate limits are on")
	} else {
		state = append(state, "rate limits are off")
	}
	if refused > 0 {
		state = append(state, plural(refused, "call", "calls")+" got HTTP 429")
	}
	if slow > 0 {
		state = append(state, fmt.Sprintf("answers take %s", slow))
	}
	group := changeGroup{ID: "connection", Title: "The connection", State: strings.Join(state, ", ") + "."}
	add := func(ch change) { group.Changes = append(group.Changes, ch) }
	if code == "" {
		add(change{ID: "revoke", Label: "Revoke token", Says: "Every call answers this. With token_revoked the app hears tokens_revoked.", Ask: "Every call answers", Choices: tokenCodes,
			Do: func(code string) error { w.RevokeToken(code); return nil }})
		add(change{ID: "uninstall", Label: "Uninstall app", Danger: true, Says: "Its commands and buttons are gone. The app hears app_uninstalled, and nothing after that.", Do: settled(w.Uninstall)})
	} else {
		add(change{ID: "restore", Label: map[bool]string{true: "Install app again", false: "Restore token"}[gone], Says: "Calls are answered as before. The app hears nothing.", Do: settled(w.RestoreToken)})
	}
	add(change{ID: "reinstall", Label: "Install app anew", Says: "It comes back with another bot id, and can no longer change what it wrote before.", Do: settled(w.Reinstall)})
	if proxy == 0 {
		statuses := []choice{{"407", "407: wants a password"}, {"403", "403: forbidden"}}
		add(change{ID: "proxy", Label: "Put proxy in the way", Says: "It answers every call instead of Slack.", Ask: "It answers", Choices: statuses, Do: func(value string) error {
			status, err := strconv.Atoi(value)
			w.ProxyRefuses(status)
			return err
		}})
	} else {
		add(change{ID: "no-proxy", Label: "Take proxy away", Says: "Calls reach Slack again.", Do: settled(func() { w.ProxyRefuses(0) })})
	}
	if scale > 0 {
		add(change{ID: "no-limits", Label: "Turn rate limits off", Says: "Every call is answered, however many there are.", Do: settled(func() { w.LimitRates(0) })})
	} else {
		add(change{ID: "limits", Label: "Turn rate limits on", Says: "By the tiers of Slack: 20, 50 or 100 calls a minute of each method, and one message a second in each channel.", Do: settled(func() { w.LimitRates(1) })})
	}
	if slow > 0 {
		add(change{ID: "quick", Label: "Answer at once", Says: "Answers come without delay.", Do: settled(func() { w.AnswerSlowly("", 0) })})
	} else {
		waits := []choice{{"1s", "1 second"}, {"4s", "4 seconds"}, {"20s", "20 seconds"}}
		add(change{ID: "slow", Label: "Answer slowly", Says: "Calls are carried out at once and answered late.", Ask: "Answers take", Choices: waits, Do: func(value string) error {
			d, err := time.ParseDuration(value)
			w.AnswerSlowly("", d)
			return err
		}})
	}
	return group
}

func (p *pageServer) deliveryChanges() changeGroup {
	w := p.w
	state := []string{}
	group := changeGroup{ID: "delivery", Title: "The delivery"}
	toggle := func(on bool, set func(bool), onState, offState, id, label, says, offLabel, offSays string) {
		ch := change{ID: id, Label: label, Says: says, Do: settled(func() { set(true) })}
		now := offState
		if on {
			ch = change{ID: "no-" + id, Label: offLabel, Says: offSays, Do: settled(func() { set(false) })}
			now = onState
		}
		state, group.Changes = append(state, now), append(group.Changes, ch)
	}
	toggle(w.loseEvents.Load(), w.LoseEvents, "Events are lost", "Events are delivered",
		"lose", "Lose events", "The app hears no event at all. Commands, clicks and forms still come.", "Deliver events", "Lost ones do not come later.")
	toggle(w.omitUserTeam.Load(), w.OmitUserTeam, "nothing says which workspace a person is of", "each says which workspace its person is of",
		"omit-team", "Omit user_team", "Events, clicks and forms come without it, and without user.team_id.", "Send user_team", "Events, clicks and forms say where their person belongs.")
	toggle(w.orgInstall.Load(), w.OrgInstall, "the app is installed for the organisation", "the app is installed for this workspace",
		"org", "Install for the organisation", "Clicks and forms come with “team”: null.", "Install for this workspace", "Clicks and forms name the workspace.")
	kinds := []choice{
		{UndecodableMessage, "A mention beside a block nobody knows"}, {UndecodableInteraction, "A form with fields nobody knows"},
		{UndecodableEvent, "An event of a kind nobody knows"}, {UndecodableGarbage, "A payload of the wrong shape"},
	}
	group.Changes = append(group.Changes, change{ID: "undecodable", Label: "Send unreadable payload", Says: "You are told if the app does not acknowledge it.", Ask: "What is sent", Choices: kinds, Do: w.SendUndecodable})
	group.State = strings.Join(state, ", ") + "."
	return group
}

// change does what the panel offers. A channel may have another id by the time.
func (p *pageServer) change(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error {
		me, ok := p.w.Person(d.As)
		if !ok {
			return cannot("Nobody has the id %s.", d.As)
		}
		for _, group := range p.changes(me, p.w.Moved(d.Channel)) {
			for _, ch := range group.Changes {
				if ch.ID != d.Action {
					continue
				}
				if len(ch.Choices) > 0 && !slices.ContainsFunc(ch.Choices, func(c choice) bool { return c.Value == d.Value }) {
					return cannot("Choose one of what is offered.")
				}
				return ch.Do(d.Value)
			}
		}
		return cannot("That cannot be done as things are now.")
	})
}

// changePanel draws the panel. What is said of a group's state is read out when it
// changes.
func changePanel(v *pageView) g.Node {
	return g.Group{
		h.Header(h.Class("drawer-head"), h.H2(g.Text("Change the workspace")),
			h.Button(h.Type("button"), h.Class("icon-button"), h.PopoverTarget("changes"), h.PopoverTargetAction("hide"), h.Aria("label", "Close"), g.Text("×"))),
		h.P(h.Class("quiet"), g.Text("What happens to real workspaces, done to the channel and the person in view. The app hears what Slack would tell it.")),
		h.Div(h.Class("change-groups"), g.Map(v.Changes, func(group changeGroup) g.Node {
			id := "changes-" + group.ID
			return h.FieldSet(h.ID(id), h.Class("change-group"), h.Aria("describedby", id+"-state"),
				h.Legend(g.Text(group.Title)),
				h.P(h.ID(id+"-state"), h.Class("change-state"), h.Role("status"), h.Strong(g.Text("Now: ")), g.Text(group.State)),
				g.Map(group.Changes, changeRow),
			)
		})),
	}
}

func changeRow(ch change) g.Node {
	id := "change-" + ch.ID
	var field g.Node
	if len(ch.Choices) > 0 {
		field = h.Select(h.ID(id+"-value"), h.Data("change-value", ch.ID), g.Map(ch.Choices, func(o choice) g.Node {
			return h.Option(h.Value(o.Value), g.Text(o.Words))
		}))
	} else if ch.Ask != "" {
		field = h.Input(h.ID(id+"-value"), h.Type("text"), h.Data("change-value", ch.ID), h.MaxLength("80"), h.AutoComplete("off"))
	}
	class := "button"
	if ch.Danger {
		class += " danger"
	}
	return h.Div(h.ID(id), h.Class("change"),
		g.If(ch.Ask != "", h.Label(h.For(id+"-value"), g.Text(ch.Ask))), field,
		h.Button(h.Type("button"), h.Class(class), h.Data("change", ch.ID), h.Aria("describedby", id+"-says"), g.Text(ch.Label)),
		h.P(h.ID(id+"-says"), h.Class("quiet"), g.Text(ch.Says)),
	)
}
