// Package localslack is a small Slack of our own, for `visitprep try` and for
// tests: Web API, Socket Mode, signed HTTP, a Block Kit renderer and one page.
//
// It is strict: what Slack refuses it refuses, and says why in plain words. It
// imports nothing else of this module; a bot reaches it as it reaches Slack, by
// the API address and tokens alone.
//
// Where to look: api.go answers the bot's calls, act.go is what people do,
// oauth.go lets the app in, files.go what both upload, change.go what happens to the workspace, deliver.go and socket.go carry that to the
// bot, limit.go stands between it and the answers, and validate.go holds Block
// Kit's rules. page.go serves the page, page_view.go and page_change.go look up what
// it shows, and page_html.go, render.go, richtext.go and mrkdwn.go draw it. Everything lives in
// memory and is gone after Close. A method whose name ends in Locked is called
// with Workspace.mu held.
package localslack

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Person is somebody one can act as, or the app's bot user.
type Person struct {
	ID       string // "U…"
	Name     string // handle without @
	RealName string
	Title    string // what they do, shown in the switcher
	Phone    string // in their profile
	TeamID   string // home workspace; an outsider's differs from the app's, and it may be left out
	TZ       string // IANA zone
	Locale   string // in which Slack speaks to them; "en-US" where it is left out
	Bot      bool
	Admin    bool

	Guest   string   // Restricted or UltraRestricted
	Deleted bool     // deactivated
	Teams   []string // on Enterprise Grid: the organisation's workspaces that they are in
	Hidden  bool     // the Web API does not tell the app who this is: user_not_found
}

// A Channel is a channel, or a direct message between a person and the bot.
type Channel struct {
	ID        string // "C…", or "D…" for a direct message
	Name      string // without #; empty for a direct message
	Purpose   string
	Private   bool
	ExtShared bool     // shared with another company
	Pending   bool     // another company is invited to it
	OrgShared bool     // shared among workspaces of one organisation
	IM        bool     // a direct message
	Archived  bool     // nobody can write any more
	Members   []string // ids of people and of the bot user
}

// A Message is what one call or one person put into a channel.
type Message struct {
	Channel   string
	TS        string // "1700000000.000100", unique in its channel, in order
	ThreadTS  string // the parent's TS in a thread; empty outside
	Broadcast bool   // a thread's message that is shown in the channel too
	User      string // author
	BotID     string // "B…" for the bot's messages
	Text      string // mrkdwn; for the bot's block messages the notification text
	Blocks    []json.RawMessage
	Only      string // id of the one person who sees it (ephemeral); empty for all
	Edited    bool
	Subtype   string // "channel_join" and the like; empty for plain messages
	Metadata  json.RawMessage
	Files     []File // as they were when the message was asked for
	At        time.Time

	files    []*File
	pictures []*File // that its blocks show
}

// A View is a published Home tab or an open modal.
type View struct {
	ID     string
	User   string
	Hash   string
	Blocks []json.RawMessage
	PrivateMetadata,
	CallbackID,
	ExternalID string

	// Of a modal:
	Title, Submit, Close string
	Errors               map[string]string // beside the inputs, by block

	refused       int // how often it was sent off in vain
	notifyOnClose bool
	fields        map[string]any // title, submit and close as they were sent
	unchecked     []string       // of its blocks, for the notice
	pictures      []*File        // that its blocks show
}

// A Refusal is a breach that the workspace refused, in words for a person.
type Refusal struct {
	At     time.Time
	Call   string // "chat.postMessage", "ack", "response_url", …
	Error  string // Slack's error code
	Reason string // what was wrong, where, and how to put it right
	Notice bool   // Slack would let it pass; we think it is a mistake
}

// A SlashCommand is one command that the app registered in its manifest.
type SlashCommand struct {
	Name        string // with the slash
	Description string
	UsageHint   string
	// Escape is the manifest's should_escape: @name arrives as <@U…|name>.
	Escape bool
}

// Ids that New uses when Options names none.
const (
	DefaultTeamID    = "T0LOCALTEAM"
	DefaultAppID     = "A0LOCALAPP1"
	DefaultBotUserID = "U0LOCALBOT1"
	DefaultBotID     = "B0LOCALBOT1"

	DefaultEnterpriseID = "E0LOCALORG1"
)

// Slackbot is the author of what Slack itself tells a person.
const Slackbot = "USLACKBOT"

// Options are a workspace's people, channels and app. Sample fills them.
type Options struct {
	Logger *slog.Logger // required

	TeamID, TeamName, TeamDomain string
	EnterpriseID                 string // of the organisation, for people with Teams and OrgInstall
	Grid                         bool   // it is a workspace of the organisation, whoever installed the app
	AppID, BotUserID, BotID      string
	BotName                      string // handle of the bot user without @; required
	BotRealName                  string // shown name; BotName by default

	People   []Person  // without the bot
	Channels []Channel // direct messages are added for every person of TeamID

	Scopes    []string       // what the bot token may do; a method that needs more is refused
	Commands  []SlashCommand // the app's slash commands
	Shortcuts []Shortcut     // the app's shortcuts
	Events    []string       // bot events the app subscribed to, as in a manifest: "app_mention", "message.im"

	// Payloads go to Deliver if set, else to RequestURL by signed HTTP, else
	// over Socket Mode. Deliver stays in the process, so it works in a
	// testing/synctest bubble.
	Deliver    http.Handler
	RequestURL string

	// BaseURL is where Handler can be reached, for response_urls, permalinks
	// and the socket's address. Without it the address is taken from the
	// bot's latest call.
	BaseURL string

	// HistoryLag is how long after it was posted a message first shows in
	// conversations.history and replies. Slack does not promise that it does at once.
	HistoryLag time.Duration

	// ThumbLag is how long after its upload Slack is done with a file: before that a
	// picture has no size, no thumbs and cannot be shown in blocks.
	ThumbLag time.Duration

	AckTimeout    time.Duration // 3 s by default, as Slack's
	TriggerLife   time.Duration // how long a form can be opened for a click; 3 s by default, as Slack's
	BotToken      string        // random by default, like the next two
	AppToken      string
	SigningSecret string

	// For an app that is installed by a page: what tells it from others, the addresses that it may
	// send people back to, and how long its tokens are good; 0 is until they are revoked.
	ClientID     string
	ClientSecret string
	RedirectURLs []string
	TokenLife    time.Duration

	// Now dates what people see. Tokens, triggers, signatures and retries keep
	// to the wall clock, because a client checks them against its own.
	Now func() time.Time
}

// validate reports all mistakes at once, each with its field, hence one long list
// of conditions.
func (o *Options) validate() error {
	var errs []error
	bad := func(field, what string) { errs = append(errs, fmt.Errorf("localslack.Options.%s: %s", field, what)) }
	if o.Logger == nil {
		bad("Logger", "set one; slog.New(slog.DiscardHandler) says nothing")
	}
	if o.BotName == "" {
		bad("BotName", "name the bot user's handle")
	}
	if o.Deliver != nil && o.RequestURL != "" {
		bad("RequestURL", "leave it empty when Deliver is set")
	}
	known := map[string]bool{o.BotUserID: true}
	for i, p := range o.People {
		field := fmt.Sprintf("People[%d]", i)
		if known[p.ID] && p.ID != "" {
			bad(field, "the ID "+p.ID+" is taken")
		}
		if part, what := p.wrong(); what != "" {
			bad(field+"."+part, what)
		}
		known[p.ID] = true
	}
	for i, c := range o.Channels {
		field := fmt.Sprintf("Channels[%d]", i)
		if c.ID == "" {
			bad(field, "needs an ID")
		}
		for _, m := range c.Members {
			if !known[m] {
				bad(field+".Members", "nobody has the ID "+m)
			}
		}
	}
	for i, e := range o.Events {
		if !slices.Contains(knownEvents, e) {
			bad(fmt.Sprintf("Events[%d]", i), "this workspace sends no event "+e)
		}
	}
	for i, c := range o.Commands {
		if !strings.HasPrefix(c.Name, "/") {
			bad(fmt.Sprintf("Commands[%d].Name", i), "start it with a slash")
		}
	}
	return errors.Join(errs...)
}

// The people and channels of Sample, by which tests and sample data name them.
const (
	SampleMia   = "U0MIACHEN01" // sourcing manager, Berlin
	SampleJonas = "U0JONASWEB1" // quality engineer, Chicago
	SampleLiWei = "U0LIWEI0001" // of the other company

	SampleGeneral  = "C0GENERAL01" // the app is not a member
	SampleSourcing = "C0SOURCING1"
	SampleShenzhen = "C0SHENZHEN1" // the app is not a member
	SampleShared   = "C0ACMESHARE" // shared with the other company
)

// Sample is the cast of `visitprep try`: two people of the home team, one of
// the factory who is an outsider, and four channels. The app is in
// #china-sourcing and in the channel shared with the factory.
func Sample() Options {
	home := []string{SampleMia, SampleJonas}
	return Options{
		Logger:      slog.New(slog.DiscardHandler),
		TeamID:      DefaultTeamID,
		TeamName:    "Northlight",
		TeamDomain:  "northlight",
		AppID:       DefaultAppID,
		BotUserID:   DefaultBotUserID,
		BotID:       DefaultBotID,
		BotName:     "visitprep",
		BotRealName: "Visit Prep",
		People: []Person{
			{ID: SampleMia, Name: "mia", RealName: "Mia Chen", Title: "Sourcing manager", Phone: "+49 30 5550 1234", TeamID: DefaultTeamID, TZ: "Europe/Berlin", Admin: true},
			{ID: SampleJonas, Name: "jonas", RealName: "Jonas Weber", Title: "Quality engineer", Phone: "+1 312 555 0142", TeamID: DefaultTeamID, TZ: "America/Chicago"},
			{ID: SampleLiWei, Name: "liwei", RealName: "Li Wei", Title: "Sales manager at the factory", TeamID: "T0ACMELIGHT", TZ: "Asia/Shanghai"},
		},
		Channels: []Channel{
			{ID: SampleGeneral, Name: "general", Purpose: "Everyone at Northlight", Members: home},
			{ID: SampleSourcing, Name: "china-sourcing", Purpose: "Suppliers, visits, inspections", Members: append([]string{DefaultBotUserID}, home...)},
			{ID: SampleShenzhen, Name: "shenzhen-visit", Purpose: "The visit to Shenzhen; the app is not here yet", Members: home},
			{ID: SampleShared, Name: "acme-lighting-shared", Purpose: "With the people of Acme Lighting", ExtShared: true,
				Members: append([]string{DefaultBotUserID, SampleLiWei}, home...)},
		},
		Scopes: []string{
			"app_mentions:read", "channels:history", "channels:read", "chat:write", "commands", "files:read", "files:write",
			"groups:history", "groups:read", "im:history", "im:read", "im:write", "users:read",
		},
		Commands: []SlashCommand{
			{Name: "/visit-prep", Description: "Advice and checklists for factory visits", UsageHint: "[question | plan | list | show N | help]"},
			{Name: "/inspection", Description: "Periodic inspections", UsageHint: "[schedule | list | show N | done N | help]"},
			{Name: "/etiquette", Description: "Working with people in China", UsageHint: "[question | phrases | subscribe daily|weekly|off]"},
		},
		Events: []string{"app_home_opened", "app_mention", "member_joined_channel", "message.im"},
	}
}

// A Workspace is one running fake Slack. Its methods may be called from any
// goroutine. Stop it with Close.
type Workspace struct {
	opt    Options
	log    *slog.Logger
	client *http.Client // to the bot's RequestURL

	// These are read with and without the lock. Who changes people holds it.
	people       atomic.Pointer[roster]
	botID        atomic.Pointer[string]
	uninstalled  atomic.Bool
	loseEvents   atomic.Bool
	omitUserTeam atomic.Bool
	orgInstall   atomic.Bool

	ctx        context.Context // ends with Close
	cancel     context.CancelFunc
	background sync.WaitGroup // goroutines of ours; only start adds to it

	mu       sync.Mutex
	closed   bool
	base     string
	channels []*Channel
	messages map[string][]*Message // by channel, in order of TS
	homes    map[string]*View      // by user
	stacks   map[string][]*View    // open modals by user, the top one last
	files    map[string]*File
	inputs   map[inputKey]json.RawMessage
	offered  map[inputKey][]any // by the app, while somebody types
	refusals []Refusal
	lastTS   int64 // µs, so that no two messages share a TS

	triggers   map[string]*trigger
	replies    map[string]*replyURL // response_urls by their last path segment
	faults     []*fault
	dropAcks   int
	lostShares int
	last       *event // the latest event a person caused, for Redeliver

	sockets    []*socket
	nextSocket int
	tickets    map[string]time.Time // of apps.connections.open, good for one dial
	waiting    map[string]chan ack  // by envelope id
	late       map[string]time.Time // envelopes given up on, to word a late ack

	moved     map[string]string        // ids of channels that have another by now
	connected map[string]connection    // channels that are in another workspace too, by their ids
	codes     map[string]*grant        // of the page that allows the app
	tokens    map[string]time.Time     // given for them, with their ends; zero is none
	refreshes map[string]bool          // refresh tokens, and whether they are good
	granted   string                   // the scopes that the page allowed
	refreshed int                      // tokens
	tokenCode string                   // what the bot token's methods answer; "" while it is good
	proxy     int                      // the HTTP status of a proxy that lets nothing through
	rateScale float64                  // 0 is no limits
	spent     map[string][]time.Time   // by method: its latest calls
	slow      map[string]time.Duration // by method, "" being all
	calls     map[string]int           // answered, by method
	limited   map[string]int           // refused with 429, by method

	posted   int    // messages that the app wrote
	busy     int    // deliveries and calls being answered
	activity uint64 // counts every start and end of one
	watchers map[chan struct{}]struct{}
}

// New makes a workspace. It starts no goroutine: those begin with deliveries and
// sockets, and end with Close.
func New(o Options) (*Workspace, error) {
	def := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	def(&o.TeamID, DefaultTeamID)
	def(&o.TeamName, "Local workspace")
	def(&o.TeamDomain, "local")
	def(&o.AppID, DefaultAppID)
	def(&o.BotUserID, DefaultBotUserID)
	def(&o.BotID, DefaultBotID)
	def(&o.EnterpriseID, DefaultEnterpriseID)
	def(&o.BotRealName, o.BotName)
	def(&o.BotToken, "xoxb-local-"+random(24))
	def(&o.AppToken, "xapp-1-local-"+random(24))
	def(&o.SigningSecret, random(32))
	o.AckTimeout = cmp.Or(o.AckTimeout, 3*time.Second)
	o.TriggerLife = cmp.Or(o.TriggerLife, 3*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := o.validate(); err != nil {
		return nil, err
	}

	w := &Workspace{
		opt:       o,
		log:       o.Logger,
		base:      strings.TrimRight(o.BaseURL, "/"),
		messages:  map[string][]*Message{},
		homes:     map[string]*View{},
		stacks:    map[string][]*View{},
		files:     map[string]*File{},
		inputs:    map[inputKey]json.RawMessage{},
		offered:   map[inputKey][]any{},
		triggers:  map[string]*trigger{},
		replies:   map[string]*replyURL{},
		tickets:   map[string]time.Time{},
		waiting:   map[string]chan ack{},
		late:      map[string]time.Time{},
		watchers:  map[chan struct{}]struct{}{},
		moved:     map[string]string{},
		connected: map[string]connection{},
		codes:     map[string]*grant{},
		tokens:    map[string]time.Time{},
		refreshes: map[string]bool{},
		spent:     map[string][]time.Time{},
		slow:      map[string]time.Duration{},
		calls:     map[string]int{},
		limited:   map[string]int{},
	}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.client = deliveryClient()
	people := append(slices.Clone(o.People), Person{
		ID: o.BotUserID, Name: o.BotName, RealName: o.BotRealName, Title: "App", TeamID: o.TeamID, TZ: "UTC", Bot: true,
	})
	w.people.Store(enrol(people))
	w.botID.Store(&o.BotID)
	for _, c := range o.Channels {
		c.Members = slices.Clone(c.Members)
		w.channels = append(w.channels, &c)
	}
	for _, p := range o.People {
		if w.ours(p) && !p.Bot && !p.Deleted {
			w.directLocked(p.ID)
		}
	}
	return w, nil
}

// Close stops retries, sockets and deliveries in progress and waits until they
// have returned. Nothing is delivered afterwards. It may be called twice.
func (w *Workspace) Close() error {
	w.mu.Lock()
	w.closed = true
	sockets := slices.Clone(w.sockets)
	w.mu.Unlock()
	w.cancel()
	for _, s := range sockets {
		s.shut()
	}
	w.background.Wait()
	w.client.CloseIdleConnections()
	return nil
}

// start runs f in a goroutine that Close waits for, unless Close was called.
func (w *Workspace) start(f func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.background.Go(f)
	return true
}

// inBackground is start for work that Wait and Idle must see. It counts as begun
// at once, so that there is no gap before the goroutine runs.
func (w *Workspace) inBackground(f func()) {
	w.begin()
	if !w.start(func() { defer w.end(); f() }) {
		w.end()
	}
}

// BotToken is the "xoxb-…" token for the Web API.
func (w *Workspace) BotToken() string { return w.opt.BotToken }

// AppToken is the "xapp-…" token for Socket Mode.
func (w *Workspace) AppToken() string { return w.opt.AppToken }

// SigningSecret is the secret that requests over HTTP are signed with.
func (w *Workspace) SigningSecret() string { return w.opt.SigningSecret }

// TeamID is the workspace that installed the app.
func (w *Workspace) TeamID() string { return w.opt.TeamID }

// BotUserID is the "U…" id of the app's bot user.
func (w *Workspace) BotUserID() string { return w.opt.BotUserID }

// AppID is the "A…" id of the app.
func (w *Workspace) AppID() string { return w.opt.AppID }

// Commands are the app's slash commands, for completion.
func (w *Workspace) Commands() []SlashCommand { return slices.Clone(w.opt.Commands) }

// APIURL is the address for slack.OptionAPIURL when Handler is served at base.
func (w *Workspace) APIURL(base string) string { return strings.TrimRight(base, "/") + "/api/" }

// SetBaseURL says where Handler is served, once that is known.
func (w *Workspace) SetBaseURL(base string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.base = strings.TrimRight(base, "/")
	w.opt.BaseURL = w.base
}

func (w *Workspace) baseLocked() string {
	if w.base == "" {
		return "http://slack.invalid"
	}
	return w.base
}

// Refusals are the breaches and notices so far, oldest first.
func (w *Workspace) Refusals() []Refusal {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.refusals)
}

func (w *Workspace) refuse(call, code, reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuseLocked(call, code, reason)
}

// refuseLocked records a breach. The latest thousand are kept, so that a bot in a
// loop does not fill the memory.
func (w *Workspace) refuseLocked(call, code, reason string) {
	w.addRefusalLocked(Refusal{Call: call, Error: code, Reason: reason})
}

func (w *Workspace) noticeLocked(call, code, reason string) {
	w.addRefusalLocked(Refusal{Call: call, Error: code, Reason: reason, Notice: true})
}

func (w *Workspace) addRefusalLocked(r Refusal) {
	r.At = w.opt.Now()
	if len(w.refusals) >= 1000 {
		w.refusals = slices.Delete(w.refusals, 0, 1)
	}
	w.refusals = append(w.refusals, r)
	w.log.Debug("refused", "call", r.Call, "error", r.Error, "reason", r.Reason, "notice", r.Notice)
	w.changedLocked()
}

// People are the people of the workspace, in the order of Options, and the bot
// last.
func (w *Workspace) People() []Person { return slices.Clone(w.everybody()) }

// Person finds a person, the bot or Slackbot by id.
func (w *Workspace) Person(id string) (Person, bool) {
	if id == Slackbot {
		return Person{ID: Slackbot, Name: "slackbot", RealName: "Slackbot", TeamID: w.opt.TeamID, TZ: "UTC", Bot: true}, true
	}
	people := w.people.Load()
	i, ok := people.at[id]
	if !ok {
		return Person{}, false
	}
	return people.list[i], true
}

// A roster is all people and the bot, which is last. It is not written to: who changes
// people puts another in its place.
type roster struct {
	list []Person
	at   map[string]int // by id, since a large workspace is asked for many of its people
}

func enrol(people []Person) *roster {
	r := &roster{list: people, at: make(map[string]int, len(people))}
	for i, p := range people {
		r.at[p.ID] = i
	}
	return r
}

// ours reports whether somebody belongs to the workspace that installed the app.
// On Enterprise Grid somebody may belong to several.
func (w *Workspace) ours(p Person) bool {
	return p.TeamID == w.opt.TeamID || slices.Contains(p.Teams, w.opt.TeamID)
}

// Channels are the channels that the viewer is in, in the order in which they were
// made; for an empty viewer, all.
func (w *Workspace) Channels(viewer string) []Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []Channel
	for _, c := range w.channels {
		if viewer == "" || c.has(viewer) {
			list = append(list, c.clone())
		}
	}
	return list
}

// Channel finds a channel by id.
func (w *Workspace) Channel(id string) (Channel, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.channelLocked(id); c != nil {
		return c.clone(), true
	}
	return Channel{}, false
}

func (c *Channel) has(id string) bool { return slices.Contains(c.Members, id) }

func (c *Channel) clone() Channel {
	d := *c
	d.Members = slices.Clone(c.Members)
	return d
}

// kind is the word in Slack's scopes: "channels:read", "groups:history".
func (c *Channel) kind() string {
	switch {
	case c.IM:
		return "im"
	case c.Private:
		return "groups"
	}
	return "channels"
}

// other is the person at the other end of a direct message.
func (c *Channel) other(bot string) string {
	for _, m := range c.Members {
		if m != bot {
			return m
		}
	}
	return ""
}

func (w *Workspace) channelLocked(id string) *Channel {
	for _, c := range w.channels {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// openedLocked is the direct message between a person and the bot, if there is one.
func (w *Workspace) openedLocked(user string) *Channel {
	for _, c := range w.channels {
		if c.IM && c.has(user) && c.has(w.opt.BotUserID) {
			return c
		}
	}
	return nil
}

// directLocked is openedLocked, and makes it.
func (w *Workspace) directLocked(user string) *Channel {
	if c := w.openedLocked(user); c != nil {
		return c
	}
	c := &Channel{ID: "D" + strings.TrimPrefix(user, "U"), IM: true, Members: []string{user, w.opt.BotUserID}}
	w.channels = append(w.channels, c)
	w.changedLocked()
	return c
}

// Messages are what the viewer sees in a channel, oldest first, with the replies
// of threads and their own ephemerals: nothing if they are not a member. For an
// empty viewer it is all there is, the ephemerals of everybody included.
func (w *Workspace) Messages(viewer, channel string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channelLocked(channel)
	if c == nil || viewer != "" && !c.has(viewer) {
		return nil
	}
	var list []Message
	for _, m := range w.messages[channel] {
		if m.Only == "" || viewer == "" || m.Only == viewer {
			list = append(list, m.clone())
		}
	}
	return list
}

func (m *Message) clone() Message {
	d := *m
	d.Blocks = slices.Clone(m.Blocks)
	d.Files = make([]File, len(m.files))
	for i, f := range m.files {
		d.Files[i] = *f
	}
	return d
}

func (w *Workspace) messageLocked(channel, ts string) *Message {
	for _, m := range w.messages[channel] {
		if m.TS == ts {
			return m
		}
	}
	return nil
}

// addLocked stamps and stores a message.
func (w *Workspace) addLocked(m Message) *Message {
	if m.TS == "" {
		m.TS = w.stampLocked()
	}
	m.At = w.opt.Now()
	w.messages[m.Channel] = append(w.messages[m.Channel], &m)
	if m.BotID != "" {
		w.posted++
	}
	w.changedLocked()
	return &m
}

func (w *Workspace) removeLocked(m *Message) {
	w.messages[m.Channel] = slices.DeleteFunc(w.messages[m.Channel], func(o *Message) bool { return o == m })
	w.changedLocked()
}

// stampLocked makes the next timestamp: microseconds, and later than any before.
func (w *Workspace) stampLocked() string {
	w.lastTS = max(w.lastTS+1, time.Now().UnixMicro())
	return fmt.Sprintf("%d.%06d", w.lastTS/1e6, w.lastTS%1e6)
}

// slackbotLocked lets Slackbot tell one person something in a channel.
func (w *Workspace) slackbotLocked(user, channel, thread, text string) {
	w.addLocked(Message{Channel: channel, ThreadTS: thread, User: Slackbot, Only: user, Text: text})
}

// Home is the Home tab that was published for a person.
func (w *Workspace) Home(user string) (View, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, ok := w.homes[user]
	if !ok {
		return View{}, false
	}
	d := *v
	d.Blocks = slices.Clone(v.Blocks)
	return d, true
}

// Subscribe returns a channel that receives after something has changed. Changes
// that come faster than they are read are reported as one. Call cancel when done.
func (w *Workspace) Subscribe() (changed <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	w.watchers[ch] = struct{}{}
	w.mu.Unlock()
	return ch, func() {
		w.mu.Lock()
		delete(w.watchers, ch)
		w.mu.Unlock()
	}
}

func (w *Workspace) changedLocked() {
	for ch := range w.watchers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// redraw lets the pages look again.
func (w *Workspace) redraw() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changedLocked()
}

// begin and end surround a delivery or the answer to a call, for Wait and Idle.
func (w *Workspace) begin() {
	w.mu.Lock()
	w.busy++
	w.activity++
	w.mu.Unlock()
}

func (w *Workspace) end() {
	w.mu.Lock()
	w.busy--
	w.activity++
	w.changedLocked()
	w.mu.Unlock()
}

// WaitFor returns once cond is true; it is asked now and after every change. The
// error is the context's, or says that the workspace was closed. cond may call any
// method of the workspace.
func (w *Workspace) WaitFor(ctx context.Context, cond func() bool) error {
	changed, cancel := w.Subscribe()
	defer cancel()
	for {
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-w.ctx.Done():
			return errors.New("localslack: the workspace was closed")
		}
	}
}

// Wait returns once no delivery and no call is in progress. An event that waits
// for its next retry is not in progress.
func (w *Workspace) Wait() {
	_ = w.WaitFor(context.Background(), func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.busy == 0
	})
}

// quiet is for how long nothing must happen before Idle believes it.
const quiet = 50 * time.Millisecond

// Idle waits until every delivery is acknowledged, every call answered, and nothing
// has begun for 50 ms. It cannot see into the bot: one that works longer than that
// between two calls looks idle. Use WaitFor if the test knows what it waits for.
func (w *Workspace) Idle(ctx context.Context) error {
	for {
		var before uint64
		err := w.WaitFor(ctx, func() bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			before = w.activity
			return w.busy == 0
		})
		if err != nil {
			return err
		}
		select {
		case <-time.After(quiet):
		case <-ctx.Done():
			return ctx.Err()
		}
		w.mu.Lock()
		still := w.busy == 0 && w.activity == before
		w.mu.Unlock()
		if still {
			return nil
		}
	}
}

// random is n hexadecimal digits that cannot be guessed.
func random(n int) string {
	b := make([]byte, (n+1)/2)
	_, _ = rand.Read(b) // never fails, says its documentation
	return hex.EncodeToString(b)[:n]
}
