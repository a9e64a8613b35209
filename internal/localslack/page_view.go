package localslack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// What the page shows to one person, looked up; page_html.go draws it.

type pageView struct {
	TeamName, BotName, BotHandle string

	Title       string
	Me          Person
	Here        string // channel id
	Name        string // "#general", or the other end of a direct message
	Purpose     string
	AtHome      bool
	ThreadTS    string
	ChannelLink string
	Shared      bool
	Outsiders   string // the people of another company who can read this
	Notice      string
	Invite      string

	People   []personView
	Channels []channelView
	Direct   []channelView
	HomeLink string
	Members  []personView

	Beginning, Stranger string
	Hints               []string
	Omitted             int
	Messages            []messageView
	Composer            composerView

	ThreadMessages []messageView
	ReplyCount     string
	ThreadComposer composerView

	HomePublished bool
	Home          g.Node

	Modal     *View // the top one
	ModalBody g.Node
	Shortcuts []Shortcut
	Clock     clockView

	Changes  []changeGroup
	Refusals []refusalView
	Breaches int
}

// A clockView is the time where the person is; the zero one is no clock.
type clockView struct {
	Now, Zone   string // "Mon 30 Nov 2026, 09:00", "Berlin"
	ISO, InFull string
	Tomorrow    string // the first day that it can be moved to
	Next        string // what is sent next
}

type personView struct {
	ID, Name, Role, Initials, Hue, Link string
	Note                                string // what is special about their account
	Current, Outsider, Bot              bool
}

type channelView struct {
	ID, Name, Link, Latest, Initials string
	Current, Shared, Private         bool
}

type messageView struct {
	ID, TS, Channel             string
	Author, Initials, Hue       string
	Time, ShortTime, FullTime   string
	ISO                         string
	Day, DayID                  string // set on the first message of a day
	App, Outsider, Only, Edited bool
	Grouped, System             bool
	Content                     g.Node
	Replies, LastReply          string
	ThreadLink                  string
	Root, RootLink              string // of a reply that also stands in the channel: the thread's first words
	AlsoInChannel               bool   // the same reply, in its thread

	Files  []File
	Own    []File // of them, those that the viewer may delete
	Viewer string
	// Shortcuts that can be used on it.
	Shortcuts []Shortcut
}

type composerView struct {
	ID, SendID, Channel, Thread, Label string
	Reason                             string // why the person cannot write here
	Commands, People                   string // JSON for completion
}

type refusalView struct {
	Call, Error, Reason, Time, ISO string
	Notice                         bool
}

// drawnMessages bounds the size of a region, which is sent whole when it changes.
const drawnMessages = 200

// view looks up what somebody sees at an address of the page. An address is never
// refused: what does not exist, or is not theirs to see, shows as such.
func (p *pageServer) view(q url.Values) *pageView {
	w := p.w
	v := &pageView{TeamName: w.opt.TeamName, BotName: w.opt.BotRealName, BotHandle: w.opt.BotName, Notice: p.o.Notice,
		Me: p.actor(q.Get("as")), Shortcuts: w.Shortcuts()}
	rd := w.reader(v.Me.ID)
	v.Clock = p.clockView(rd)
	if stack := w.Modals(v.Me.ID); len(stack) > 0 {
		v.Modal = &stack[len(stack)-1]
		v.ModalBody = renderModal(rd, v.Modal, w.entered(v.Modal))
	}
	if w.ours(v.Me) { // an outsider's workspace does not have the app
		v.HomeLink = homeLink(v.Me.ID)
		v.AtHome = q.Get("home") != ""
	}
	mine := w.Channels(v.Me.ID)
	if !v.AtHome {
		v.Here = cmp.Or(w.Moved(q.Get("channel")), firstChannel(mine, w.opt.BotUserID))
	}
	p.lists(v, mine, q.Get("thread"))
	p.refused(v, rd)
	v.Changes = p.changes(v.Me, v.Here)
	if !v.AtHome {
		p.channel(v, rd, q.Get("thread"))
		return v
	}
	v.Title = v.BotName
	if view, ok := w.Home(v.Me.ID); ok {
		v.HomePublished = true
		v.Home = renderHome(rd, view.Blocks)
	}
	return v
}

func (p *pageServer) clockView(rd *reader) clockView {
	c := p.o.Clock
	if c == nil {
		return clockView{}
	}
	now := c.Now().In(rd.zone)
	city := rd.zone.String()
	v := clockView{
		Now: now.Format("Mon 2 Jan 2006, 15:04"), Zone: strings.ReplaceAll(city[strings.LastIndexByte(city, '/')+1:], "_", " "),
		ISO: now.Format(time.RFC3339), InFull: now.Format("Monday, 2 January 2006, 15:04 MST") + ", " + city, Tomorrow: now.AddDate(0, 0, 1).Format(time.DateOnly),
	}
	at, of := p.upcoming()
	if at.IsZero() {
		v.Next = "Nothing to send in sight"
		return v
	}
	layout := "Mon 2 Jan 15:04"
	if at.In(rd.zone).Year() != now.Year() {
		layout = "Mon 2 Jan 2006 15:04"
	}
	v.Next = "Next: " + at.In(rd.zone).Format(layout) + ", " + of
	return v
}

// actor is the person asked for, or the first.
func (p *pageServer) actor(id string) Person {
	var first Person
	for _, person := range p.w.People() {
		switch {
		case person.Bot:
		case person.ID == id:
			return person
		case first.ID == "":
			first = person
		}
	}
	return first
}

// lists fills the sidebar: the person's channels, and the people to act as. The
// link to a person stays at the same channel and thread if that person can see
// them, so that one can look at the same thing with other eyes.
func (p *pageServer) lists(v *pageView, mine []Channel, thread string) {
	w := p.w
	for _, c := range mine {
		cv := channelView{ID: c.ID, Name: c.Name, Link: link(v.Me.ID, c.ID, ""), Current: c.ID == v.Here, Shared: c.ExtShared, Private: c.Private, Latest: "0"}
		if ms := w.Messages(v.Me.ID, c.ID); len(ms) > 0 {
			cv.Latest = ms[len(ms)-1].TS
		}
		if c.IM {
			cv.Name, cv.Initials = v.BotName, initials(v.BotName)
			v.Direct = append(v.Direct, cv)
		} else {
			v.Channels = append(v.Channels, cv)
		}
	}
	here, _ := w.Channel(v.Here)
	for _, person := range w.People() {
		if person.Bot {
			continue
		}
		pv := p.person(person)
		pv.Current = person.ID == v.Me.ID
		switch {
		case v.AtHome && w.ours(person):
			pv.Link = homeLink(person.ID)
		case here.has(person.ID):
			pv.Link = link(person.ID, v.Here, thread)
		default:
			pv.Link = "?" + url.Values{"as": {person.ID}}.Encode()
		}
		v.People = append(v.People, pv)
	}
}

func (p *pageServer) refused(v *pageView, rd *reader) {
	for _, r := range slices.Backward(p.w.Refusals()) {
		at := r.At.In(rd.zone)
		v.Refusals = append(v.Refusals, refusalView{r.Call, r.Error, r.Reason, at.Format("15:04:05"), at.Format(time.RFC3339), r.Notice})
		if !r.Notice {
			v.Breaches++
		}
	}
}

// channel fills in what the person sees of the channel. Hints are offered only
// where a command would be the first message.
func (p *pageServer) channel(v *pageView, rd *reader, thread string) {
	c, member := rd.channels[v.Here]
	if !member {
		p.stranger(v)
		return
	}
	v.Name, v.Purpose, v.Shared = "#"+c.Name, c.Purpose, c.ExtShared
	v.Beginning = "This is the beginning of #" + c.Name
	label := "Message #" + c.Name
	if c.IM {
		v.Name, v.Purpose = v.BotName, "Between you and the app"
		v.Beginning = "You and " + v.BotName
		label = "Message " + v.BotName
	}
	v.Title = v.Name
	v.ChannelLink = link(v.Me.ID, c.ID, "")
	p.readers(v, &c)
	home := p.w.ours(v.Me)
	if !c.IM && !c.has(p.w.opt.BotUserID) && home && !c.Archived {
		v.Invite = "Add " + v.BotHandle + " to this channel"
	}
	all := p.w.Messages(v.Me.ID, c.ID)
	if len(all) == 0 && !c.Archived && v.Invite == "" && home {
		v.Hints = p.o.Hints
	}
	s := split(all, thread)
	p.stream(v, rd, s, all)
	v.Composer = p.composer(v, &c, "composer", "send", label, "")
	if thread != "" {
		p.thread(v, rd, &c, s, thread)
	}
}

// stranger fills in what somebody sees of a channel that they are not in: its name
// if it is a public one of their workspace, and nothing otherwise, not even
// whether it exists.
func (p *pageServer) stranger(v *pageView) {
	v.Name = "Not a member"
	if c, ok := p.w.Channel(v.Here); ok && !c.Private && !c.IM && p.w.ours(v.Me) {
		v.Name = "#" + c.Name
	}
	v.Title = v.Name
	v.Stranger = v.Me.RealName + " is not in this channel"
	v.Composer = composerView{ID: "composer", Label: "Message", Reason: "You cannot write here: " + v.Me.RealName + " is not a member of this channel."}
}

// readers lists the members, and names those of another company than the viewer: a
// person who writes in a shared channel should see who reads it.
func (p *pageServer) readers(v *pageView, c *Channel) {
	var outsiders []string
	for _, id := range c.Members {
		person, ok := p.w.Person(id)
		if !ok {
			continue
		}
		v.Members = append(v.Members, p.person(person))
		if !p.w.ours(person) {
			outsiders = append(outsiders, person.RealName)
		}
	}
	v.Outsiders = "The people of " + v.TeamName
	if p.w.ours(v.Me) {
		v.Outsiders = strings.Join(outsiders, " and ")
	}
}

// A channelStream is a channel's messages as they are shown: those in the channel
// itself, and those of the open thread, its first message included.
type channelStream struct {
	main, thread []Message
	replies      map[string]int       // by the thread's TS; ephemerals do not count
	last         map[string]time.Time // when the last of them came
}

// split sorts messages into the channel and the open thread. A broadcast reply is
// in both.
func split(all []Message, thread string) channelStream {
	s := channelStream{replies: map[string]int{}, last: map[string]time.Time{}}
	for _, m := range all {
		root := m.ThreadTS
		reply := root != "" && root != m.TS
		if reply && m.Only == "" {
			s.replies[root]++
			s.last[root] = m.At
		}
		shown := !reply || m.Broadcast
		if thread != "" && (shown && m.TS == thread || reply && root == thread) {
			s.thread = append(s.thread, m)
		}
		if shown {
			s.main = append(s.main, m)
		}
	}
	return s
}

// stream draws the newest messages of the channel, with links to their threads.
func (p *pageServer) stream(v *pageView, rd *reader, s channelStream, all []Message) {
	main := s.main
	if over := len(main) - drawnMessages; over > 0 {
		v.Omitted, main = over, main[over:]
	}
	v.Messages = p.messages(rd, "m", main)
	texts := map[string]string{} // by TS
	for _, m := range all {
		texts[m.TS] = m.Text
	}
	for i, m := range main {
		mv := &v.Messages[i]
		if root := m.ThreadTS; root != "" && root != m.TS {
			mv.Root, mv.RootLink = cmp.Or(rd.beginning(texts[root]), "a message without words"), link(v.Me.ID, m.Channel, root)
		}
		n := s.replies[m.TS]
		// Ephemerals and what Slack itself says cannot be replied to.
		if n > 0 || m.Only == "" && (m.Subtype == "" || m.Subtype == "file_share") && (m.ThreadTS == "" || m.ThreadTS == m.TS) {
			mv.ThreadLink = link(v.Me.ID, m.Channel, m.TS)
		}
		if n > 0 {
			mv.Replies = plural(n, "reply", "replies")
			mv.LastReply = "last reply " + dayWords(s.last[m.TS], rd) + " at " + s.last[m.TS].In(rd.zone).Format("15:04")
		}
	}
}

// thread draws the open thread. If its first message is gone, it stays empty.
func (p *pageServer) thread(v *pageView, rd *reader, c *Channel, s channelStream, thread string) {
	v.ThreadTS = thread
	if len(s.thread) == 0 || s.thread[0].TS != thread {
		return
	}
	v.ThreadMessages = p.messages(rd, "t", s.thread)
	for i := range v.ThreadMessages {
		v.ThreadMessages[i].Day = ""
		v.ThreadMessages[i].AlsoInChannel = s.thread[i].Broadcast && i > 0
	}
	v.ReplyCount = "No replies yet"
	if n := s.replies[thread]; n > 0 {
		v.ReplyCount = plural(n, "reply", "replies")
	}
	v.ThreadComposer = p.composer(v, c, "thread", "thread-send", "Reply…", thread)
}

func firstChannel(cs []Channel, bot string) string {
	for _, c := range cs {
		if !c.IM && !c.ExtShared && c.has(bot) {
			return c.ID
		}
	}
	if len(cs) > 0 {
		return cs[0].ID
	}
	return ""
}

// composer is the message box of the channel or a thread, with what it completes:
// commands, and the people of the channel. The app is offered even where it is not
// a member, since mentioning it there is a way to find out how to invite it.
func (p *pageServer) composer(v *pageView, c *Channel, id, send, label, thread string) composerView {
	cv := composerView{ID: id, SendID: send, Channel: c.ID, Thread: thread, Label: label}
	if c.Archived {
		cv.Reason = "You cannot write here: #" + c.Name + " is archived."
		return cv
	}
	if v.Me.Deleted {
		cv.Reason = "You cannot write here: the account of " + v.Me.RealName + " is deactivated."
		return cv
	}
	type command struct {
		Name  string `json:"name"`
		Usage string `json:"usage,omitempty"`
		About string `json:"about,omitempty"`
	}
	var commands []command
	// Commands do not work in threads, and an outsider's workspace has none.
	if thread == "" && p.w.ours(v.Me) {
		for _, sc := range p.w.Commands() {
			commands = append(commands, command{sc.Name, sc.UsageHint, sc.Description})
		}
		if v.Invite != "" {
			commands = append(commands, command{"/invite", "@" + v.BotHandle, v.Invite})
		}
	}
	type handle struct {
		Handle string `json:"handle"`
		Name   string `json:"name"`
	}
	var people []handle
	for _, person := range slices.Backward(p.w.People()) { // the app first
		if person.ID != v.Me.ID && (c.has(person.ID) || person.Bot) {
			people = append(people, handle{person.Name, displayName(person)})
		}
	}
	if len(commands) > 0 {
		cv.Commands = toJSON(commands)
	}
	cv.People = toJSON(people)
	return cv
}

func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// messages draws messages, with a line before the first of each day. scope keeps
// the ids of the channel and of the thread apart.
func (p *pageServer) messages(rd *reader, scope string, ms []Message) []messageView {
	views := make([]messageView, 0, len(ms))
	day := ""
	for i, m := range ms {
		v := p.message(rd, scope, &m)
		if d := m.At.In(rd.zone).Format(time.DateOnly); d != day {
			day = d
			v.Day, v.DayID = dayName(m.At, rd), v.ID+"-day"
		} else if i > 0 && !v.System {
			v.Grouped = follows(&m, &ms[i-1])
		}
		views = append(views, v)
	}
	return views
}

// follows reports whether a message stands under the one before it without a name
// of its own, as in Slack: plain messages of one author within five minutes.
func follows(m, before *Message) bool {
	return before.User == m.User && before.Only == m.Only && before.Subtype == m.Subtype && !before.Broadcast && !m.Broadcast &&
		len(m.Blocks) == 0 && len(before.Blocks) == 0 && m.At.Sub(before.At).Abs() < 5*time.Minute
}

// writtenTypes are the subtypes of messages that somebody wrote. The others are
// notices of Slack's, for example of a member who joined.
var writtenTypes = []string{"", "bot_message", "file_share", "thread_broadcast"}

func (p *pageServer) message(rd *reader, scope string, m *Message) messageView {
	at := m.At.In(rd.zone)
	author, ok := p.w.Person(m.User)
	if !ok {
		author = Person{ID: m.User, Name: m.User}
	}
	pv := p.person(author)
	v := messageView{
		ID: safeID(scope + "-" + m.TS), TS: m.TS, Channel: m.Channel,
		Author: pv.Name, Initials: pv.Initials, Hue: pv.Hue, Outsider: pv.Outsider,
		Time: at.Format("15:04"), ShortTime: at.Format("15:04"), FullTime: at.Format("Monday, 2 January 2006, 15:04:05 MST"), ISO: at.Format(time.RFC3339),
		App: m.BotID != "" || m.User == p.w.opt.BotUserID, Only: m.Only != "", Edited: m.Edited, System: !slices.Contains(writtenTypes, m.Subtype),
		Content: rd.message(scope, m), Files: m.Files, Viewer: rd.viewer,
	}
	for _, f := range m.Files {
		if f.User == rd.viewer && !f.Deleted {
			v.Own = append(v.Own, f)
		}
	}
	if m.Only == "" && !v.System {
		for _, sc := range p.w.opt.Shortcuts {
			if sc.OnMessage {
				v.Shortcuts = append(v.Shortcuts, sc)
			}
		}
	}
	return v
}

func (r *reader) message(scope string, m *Message) g.Node {
	if len(m.Blocks) > 0 {
		return renderBlocks(r, scope+m.TS, m.Blocks)
	}
	return h.Div(h.Class("text"), r.mrkdwn(m.Text, false))
}

// beginning is the first words of a text, without markup.
func (r *reader) beginning(text string) string {
	const most = 60
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line = html.UnescapeString(markup().ReplaceAllString(draw(r.mrkdwn(line, false)), ""))
	words := []rune(line)
	if len(words) <= most {
		return line
	}
	cut := string(words[:most])
	if at := strings.LastIndexByte(cut, ' '); at > most/2 {
		cut = cut[:at]
	}
	return cut + " …"
}

var markup = lazily(`<[^>]*>`)

// reader is the person that text is drawn for.
func (w *Workspace) reader(id string) *reader {
	r := &reader{viewer: id, people: map[string]Person{}, channels: map[string]Channel{}, files: map[string]File{}, zone: time.UTC, now: w.opt.Now()}
	for _, p := range w.People() {
		r.people[p.ID] = p
		if p.ID == id {
			if zone, err := time.LoadLocation(p.TZ); err == nil {
				r.zone = zone
			}
		}
	}
	for _, c := range w.Channels(id) {
		r.channels[c.ID] = c
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, f := range w.files {
		r.files[id] = *f
	}
	return r
}

func dayName(at time.Time, rd *reader) string {
	name := dayWords(at, rd)
	return strings.ToUpper(name[:1]) + name[1:]
}

// dayWords names a day within a sentence.
func dayWords(at time.Time, rd *reader) string {
	at = at.In(rd.zone)
	now := rd.now.In(rd.zone)
	layout := "Monday, 2 January"
	if at.Year() != now.Year() {
		layout += " 2006"
	}
	return near(at, now, at.Format(layout))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (p *pageServer) person(person Person) personView {
	hue := "bot"
	if !person.Bot {
		hue = fmt.Sprintf("h%d", max(0, slices.IndexFunc(p.w.everybody(), func(o Person) bool { return o.ID == person.ID }))%6)
	}
	name := displayName(person)
	note := ""
	if person.Guest != "" {
		note = "guest"
	}
	if person.Deleted {
		note = "deactivated"
	}
	return personView{Note: note, ID: person.ID, Name: name, Role: person.Title, Initials: initials(name), Hue: hue,
		Outsider: person.TeamID != "" && !p.w.ours(person), Bot: person.Bot}
}

// initials are at most two letters of a name, or one character of a Chinese name.
func initials(name string) string {
	var s strings.Builder
	for i, part := range strings.Fields(name) {
		r, _ := utf8.DecodeRuneInString(part)
		if i == 2 {
			break
		}
		s.WriteRune(unicode.ToUpper(r))
		if unicode.Is(unicode.Han, r) {
			break
		}
	}
	return s.String()
}

func homeLink(as string) string { return "?" + url.Values{"as": {as}, "home": {"1"}}.Encode() }

func link(as, channel, thread string) string {
	q := url.Values{"as": {as}, "channel": {channel}}
	if thread != "" {
		q.Set("thread", thread)
	}
	return "?" + q.Encode()
}
