package localslack

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The page. Go draws regions of HTML; GET /events sends those that changed and
// a small script patches them in. What a person does comes back as a POST.
// Who is looking at what stands in the address, so that two windows can be two
// people: ?as=U…&channel=C…&thread=TS, or ?as=U…&home=1.

//go:embed assets
var assets embed.FS

// PageOptions are what the page shows around the workspace.
type PageOptions struct {
	// Key is the secret of this start. The address that `try` prints carries
	// it once (/?key=…); a cookie has it from then on. Without one nobody is let in.
	Key    string
	Hints  []string // things to type first, offered in an empty channel
	Notice string   // a line above the messages
	Clock  *Clock   // one that can be moved; nil shows none
}

// A Clock is the time that the page shows and lets a person move ahead.
type Clock struct {
	Now     func() time.Time
	Advance func(ctx context.Context, to time.Time) error
	// Next is when something is next due; zero when nothing is.
	Next func(ctx context.Context) (time.Time, error)
}

// Page serves the page and, beside it, the Web API, the socket and the
// response_urls, which keep to their own tokens. Requests to the page must come
// to this machine by name (Host), from the page itself (Origin), with the key.
// Serve it on a loopback address only. Open pages hold a stream each, which
// ends with the workspace: Close it before the server is shut down.
func (w *Workspace) Page(o PageOptions) http.Handler {
	p := &pageServer{w: w, o: o, sameOrigin: http.NewCrossOriginProtection()}
	mux := http.NewServeMux()
	api := w.Handler()
	mux.Handle("/api/", api)
	mux.Handle("/link", api)
	mux.Handle("/link/", api)
	mux.Handle("/response/", api)
	mux.HandleFunc("GET /assets/{name}", p.asset)
	mux.HandleFunc("GET /{$}", p.keyed(p.show))
	mux.HandleFunc("GET /events", p.keyed(p.events))
	mux.HandleFunc("POST /act", p.keyed(p.act))
	mux.HandleFunc("POST /say", p.keyed(p.say))
	mux.HandleFunc("POST /clock", p.keyed(p.clock))
	mux.HandleFunc("POST /submit", p.keyed(p.submit))
	mux.HandleFunc("POST /close", p.keyed(p.closeModal))
	mux.HandleFunc("POST /shortcut", p.keyed(p.shortcut))
	mux.HandleFunc("GET /files/{id}", p.keyed(p.file))
	mux.Handle("/upload/", api)
	mux.HandleFunc("POST /home", p.keyed(p.home))
	mux.HandleFunc("POST /invite", p.keyed(p.invite))
	return mux
}

type pageServer struct {
	w          *Workspace
	o          PageOptions
	sameOrigin *http.CrossOriginProtection
}

// policy allows what the page needs: its own script and style, and pictures
// that a message shows.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

func secureHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// keyed lets a request through that comes from this machine's own page.
func (p *pageServer) keyed(next http.HandlerFunc) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		secureHeaders(rw.Header())
		if !localHost(r) {
			// Another name that leads here is how a foreign page reaches a local server.
			p.refuse(rw, r, http.StatusMisdirectedRequest, "Open this page at 127.0.0.1 or localhost.")
			return
		}
		if err := p.sameOrigin.Check(r); err != nil {
			p.refuse(rw, r, http.StatusForbidden, "That came from another site, so nothing was done.")
			return
		}
		cookie := cookieName(r)
		given := r.Header.Get("X-Key")
		if c, err := r.Cookie(cookie); given == "" && err == nil {
			given = c.Value
		}
		if key := r.URL.Query().Get("key"); key != "" && r.Method == http.MethodGet {
			given = key
		}
		if p.o.Key == "" || subtle.ConstantTimeCompare([]byte(given), []byte(p.o.Key)) != 1 {
			p.refuse(rw, r, http.StatusForbidden, "This address lacks the key of the running workspace. Open the one that “visitprep try” printed; after a restart it is a new one.")
			return
		}
		if r.URL.Query().Has("key") {
			// No redirect: a browser that came from elsewhere would not send a
			// strict cookie along. The script takes the key out of the address.
			http.SetCookie(rw, &http.Cookie{Name: cookie, Value: p.o.Key, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		}
		next(rw, r)
	}
}

// cookieName differs by port, since cookies do not: two workspaces can run.
func cookieName(r *http.Request) string {
	_, port, _ := net.SplitHostPort(r.Host)
	return "localslack-" + port
}

// localHost checks the name, and the port where the server's own is known.
func localHost(r *http.Request) bool {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, port = strings.Trim(r.Host, "[]"), "80"
	}
	if host != "127.0.0.1" && host != "localhost" && host != "::1" {
		return false
	}
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		return port == fmt.Sprint(a.Port)
	}
	return true
}

func (p *pageServer) refuse(rw http.ResponseWriter, r *http.Request, status int, text string) {
	if r.Method != http.MethodGet || r.URL.Path == "/events" {
		writeError(rw, status, text)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.WriteHeader(status)
	_ = notThisWay(text).Render(rw) // to nobody, if the browser is gone
}

func writeError(rw http.ResponseWriter, status int, text string) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(map[string]string{"error": text})
}

func (p *pageServer) asset(rw http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	kind := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}[path.Ext(name)]
	data, err := assets.ReadFile("assets/" + name)
	if err != nil || kind == "" || !localHost(r) {
		http.NotFound(rw, r)
		return
	}
	sum := sha256.Sum256(data)
	secureHeaders(rw.Header())
	rw.Header().Set("Cache-Control", "no-cache")
	rw.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	rw.Header().Set("Content-Type", kind)
	http.ServeContent(rw, r, name, time.Time{}, strings.NewReader(string(data)))
}

func (p *pageServer) show(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(rw, draw(document(p.view(r.URL.Query()))))
}

// heartbeat is how often a quiet stream shows that it lives.
const heartbeat = 20 * time.Second

// events streams the regions that changed. Changes that come while one is
// drawn fall together.
func (p *pageServer) events(rw http.ResponseWriter, r *http.Request) {
	changed, cancel := p.w.Subscribe()
	defer cancel()
	control := http.NewResponseController(rw)
	_ = control.SetWriteDeadline(time.Time{})
	rw.Header().Set("Content-Type", "text/event-stream")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	sent := map[string]string{}
	for {
		regions := p.regions(r.URL.Query())
		news := map[string]string{}
		for name, region := range regions {
			if old, ok := sent[name]; !ok || old != region {
				news[name] = region
			}
		}
		sent = regions
		if len(news) > 0 {
			data, err := json.Marshal(news) // one line, as SSE wants it
			if err != nil {
				return
			}
			if _, err := fmt.Fprintf(rw, "event: patch\ndata: %s\n\n", data); err != nil {
				return
			}
			if control.Flush() != nil {
				return
			}
		}
	waiting:
		for {
			select {
			case <-changed:
				break waiting
			case <-beat.C:
				if _, err := fmt.Fprint(rw, ": still here\n\n"); err != nil || control.Flush() != nil {
					return
				}
			case <-r.Context().Done():
				return
			case <-p.w.ctx.Done():
				return
			}
		}
	}
}

// regions are the parts of the page that change, by the id they are patched into.
func (p *pageServer) regions(q url.Values) map[string]string {
	v := p.view(q)
	parts := map[string]string{"sidebar": draw(sidebar(v)), "head": draw(head(v)), "notices": draw(notices(v)), "refused": draw(refusals(v))}
	parts["modal"] = draw(modalDialog(v))
	parts["clock"] = draw(clockBar(v))
	if v.AtHome {
		parts["home"] = draw(homeTab(v))
	} else {
		parts["messages"], parts["composer"] = draw(messageStream(v)), draw(composebox(v.Composer))
	}
	if v.ThreadTS != "" {
		parts["thread"] = draw(threadPane(v))
	}
	return parts
}

// A deed is what the page posts.
type deed struct {
	As      string   `json:"as"`
	Channel string   `json:"channel"`
	TS      string   `json:"ts"`
	Home    bool     `json:"home"`
	Block   string   `json:"block"`
	Action  string   `json:"action"`
	Value   string   `json:"value"`
	Values  []string `json:"values"`
	Thread  string   `json:"thread"`
	Text    string   `json:"text"`
	View    string   `json:"view"`
}

func (p *pageServer) do(rw http.ResponseWriter, r *http.Request, f func(d deed) error) {
	// A form of another site cannot send JSON without asking first.
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" {
		writeError(rw, http.StatusUnsupportedMediaType, "Send JSON.")
		return
	}
	var d deed
	if err := json.NewDecoder(http.MaxBytesReader(rw, r.Body, 1<<20)).Decode(&d); err != nil {
		writeError(rw, http.StatusBadRequest, "That is not the JSON this page sends.")
		return
	}
	err := f(d)
	var refused *ActError
	var undelivered *DeliveryError
	switch {
	case err == nil:
		rw.WriteHeader(http.StatusNoContent)
	case errors.As(err, &refused):
		writeError(rw, http.StatusUnprocessableEntity, refused.Message)
	case errors.As(err, &undelivered):
		writeError(rw, http.StatusBadGateway, undelivered.Message)
	default:
		p.w.log.Error("act for the page", "path", r.URL.Path, "err", err)
		writeError(rw, http.StatusInternalServerError, "That did not work; the log says why.")
	}
}

func (p *pageServer) act(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error {
		return p.w.Act(d.As, Action{Channel: d.Channel, MessageTS: d.TS, Home: d.Home, View: d.View,
			BlockID: d.Block, ActionID: d.Action, Value: d.Value, Values: d.Values})
	})
}

func (p *pageServer) say(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error {
		if !strings.HasPrefix(d.Text, "/") {
			_, err := p.w.Say(d.As, d.Channel, d.Thread, strings.TrimSpace(d.Text))
			return err
		}
		name, _, _ := strings.Cut(strings.TrimSpace(d.Text), " ")
		if d.Thread != "" {
			return &ActError{Message: name + " is not supported in threads. Sorry!"}
		}
		// An app's commands belong to the workspaces that installed it: for an
		// outsider in a shared channel they do not exist.
		person, _ := p.w.Person(d.As)
		if _, ours := p.w.command(name); ours && person.TeamID != p.w.opt.TeamID {
			return noCommand(name)
		}
		return p.w.Command(d.As, d.Channel, d.Text)
	})
}

// clock moves the time ahead: by a duration, or to what is next due.
func (p *pageServer) clock(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error {
		c := p.o.Clock
		if c == nil {
			return &ActError{Message: "This page has no clock to move."}
		}
		to := c.Now()
		if d.Value == "next" {
			next, err := c.Next(r.Context())
			if err != nil {
				return err
			}
			if next.IsZero() {
				return &ActError{Message: "Nothing is due."}
			}
			to = next
		} else {
			by, err := time.ParseDuration(d.Value)
			if err != nil || by <= 0 || by > 366*24*time.Hour {
				return &ActError{Message: "That is no time to move by."}
			}
			to = to.Add(by)
		}
		err := c.Advance(r.Context(), to)
		p.w.mu.Lock()
		p.w.changedLocked()
		p.w.mu.Unlock()
		return err
	})
}

func (p *pageServer) submit(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error { return p.w.Submit(d.As, d.View) })
}

func (p *pageServer) closeModal(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error { return p.w.CloseModal(d.As, d.View) })
}

func (p *pageServer) shortcut(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error { return p.w.Shortcut(d.As, d.Action, d.Channel, d.TS) })
}

// file sends one file for saving. It is never shown: its kind is the app's word.
func (p *pageServer) file(rw http.ResponseWriter, r *http.Request) {
	f, ok := p.w.File(r.PathValue("id"), r.URL.Query().Get("as"))
	if !ok {
		p.refuse(rw, r, http.StatusNotFound, "There is no such file.")
		return
	}
	rw.Header().Set("Content-Type", "application/octet-stream")
	rw.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	_, _ = rw.Write(f.Content)
}

func (p *pageServer) home(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error { return p.w.OpenHome(d.As) })
}

func (p *pageServer) invite(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error { return p.w.Invite(d.As, d.Channel) })
}

// reader is the person that text is drawn for.
func (p *pageServer) reader(id string) *reader { return p.w.reader(id) }

func (w *Workspace) reader(id string) *reader {
	r := &reader{viewer: id, people: map[string]Person{}, channels: map[string]Channel{}, zone: time.UTC, now: w.opt.Now()}
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
	return r
}

// --- What page_html.go draws ---

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
	Outsiders   string // who of another company reads along
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
	HomeHTML      safeHTML

	Modal     *View // the top one
	ModalHTML safeHTML
	Shortcuts []Shortcut
	Clock     string // date and time where the person is

	Refusals []refusalView
	Breaches int
}

type personView struct {
	ID, Name, Role, Initials, Hue, Link string
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
	HTML                        safeHTML
	Replies, LastReply          string
	ThreadLink                  string
	Reactions                   []reactionView

	Files  []File
	Viewer string
	// Shortcuts that can be used on it.
	Shortcuts []Shortcut
}

type reactionView struct {
	Emoji, Who string
	Count      int
}

type composerView struct {
	ID, SendID, Channel, Thread, Label string
	Reason                             string // why one cannot write here
	Commands, People                   string // JSON for completion
}

type refusalView struct {
	Call, Error, Reason, Time, ISO string
	Notice                         bool
}

// drawnMessages bounds what one region holds.
const drawnMessages = 200

func (p *pageServer) view(q url.Values) *pageView {
	w := p.w
	people := w.People()
	v := &pageView{TeamName: w.opt.TeamName, BotName: w.opt.BotRealName, BotHandle: w.opt.BotName, Notice: p.o.Notice}
	for _, person := range people {
		if !person.Bot && (v.Me.ID == "" || person.ID == q.Get("as")) {
			v.Me = person // the one asked for, or the first
		}
	}
	rd := p.reader(v.Me.ID)
	home := v.Me.TeamID == w.opt.TeamID
	v.Shortcuts = w.Shortcuts()
	if p.o.Clock != nil {
		v.Clock = p.o.Clock.Now().In(rd.zone).Format("Mon 2 January 2006, 15:04")
	}
	if stack := w.Modals(v.Me.ID); len(stack) > 0 {
		v.Modal = &stack[len(stack)-1]
		v.ModalHTML = renderView(rd, v.Modal.ID, v.Modal.Blocks, v.Modal.Errors)
	}
	v.AtHome = home && q.Get("home") != ""

	mine := w.Channels(v.Me.ID)
	here := q.Get("channel")
	if here == "" && !v.AtHome {
		here = firstChannel(mine, w.opt.BotUserID)
	}
	if v.AtHome {
		here = ""
	}
	v.Here = here
	for _, c := range mine {
		cv := channelView{ID: c.ID, Name: c.Name, Link: link(v.Me.ID, c.ID, ""), Current: c.ID == here, Shared: c.ExtShared, Private: c.Private, Latest: "0"}
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
	if home {
		v.HomeLink = "?" + url.Values{"as": {v.Me.ID}, "home": {"1"}}.Encode()
	}
	for _, person := range people {
		if person.Bot {
			continue
		}
		pv := p.person(person)
		pv.Current = person.ID == v.Me.ID
		pv.Link = "?" + url.Values{"as": {person.ID}}.Encode()
		if v.AtHome && person.TeamID == w.opt.TeamID {
			pv.Link = "?" + url.Values{"as": {person.ID}, "home": {"1"}}.Encode()
		} else if c, ok := w.Channel(here); ok && c.has(person.ID) {
			pv.Link = link(person.ID, here, q.Get("thread"))
		}
		v.People = append(v.People, pv)
	}
	for _, r := range slices.Backward(w.Refusals()) {
		at := r.At.In(rd.zone)
		v.Refusals = append(v.Refusals, refusalView{r.Call, r.Error, r.Reason, at.Format("3:04:05 PM"), at.Format(time.RFC3339), r.Notice})
		if !r.Notice {
			v.Breaches++
		}
	}

	if v.AtHome {
		v.Title = v.BotName
		if view, ok := w.Home(v.Me.ID); ok {
			v.HomePublished = true
			v.HomeHTML = renderBlocks(rd, "home", view.Blocks)
		}
		return v
	}
	p.channel(v, rd, q.Get("thread"))
	return v
}

// channel fills in what one sees of the channel.
func (p *pageServer) channel(v *pageView, rd *reader, thread string) {
	w := p.w
	c, member := rd.channels[v.Here]
	if !member {
		v.Name, v.Title = "Not your channel", "Not your channel"
		if known, ok := w.Channel(v.Here); ok && !known.Private && !known.IM && v.Me.TeamID == w.opt.TeamID {
			v.Name, v.Title = "#"+known.Name, "#"+known.Name
		}
		v.Stranger = v.Me.RealName + " is not in this channel"
		v.Composer = composerView{ID: "composer", Label: "Message", Reason: "You cannot write here: " + v.Me.RealName + " is not a member of this channel."}
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
	var outsiders []string
	for _, id := range c.Members {
		person, ok := w.Person(id)
		if !ok {
			continue
		}
		v.Members = append(v.Members, p.person(person))
		if person.TeamID != w.opt.TeamID {
			outsiders = append(outsiders, person.RealName)
		}
	}
	home := v.Me.TeamID == w.opt.TeamID
	v.Shortcuts = w.Shortcuts()
	if p.o.Clock != nil {
		v.Clock = p.o.Clock.Now().In(rd.zone).Format("Mon 2 January 2006, 15:04")
	}
	if stack := w.Modals(v.Me.ID); len(stack) > 0 {
		v.Modal = &stack[len(stack)-1]
		v.ModalHTML = renderView(rd, v.Modal.ID, v.Modal.Blocks, v.Modal.Errors)
	}
	v.Outsiders = "The people of " + v.TeamName
	if home {
		v.Outsiders = strings.Join(outsiders, " and ")
	}
	v.ChannelLink = link(v.Me.ID, c.ID, "")
	if !c.IM && !c.has(w.opt.BotUserID) && home && !c.Archived {
		v.Invite = "Add " + v.BotHandle + " to this channel"
	}

	all := w.Messages(v.Me.ID, c.ID)
	if len(all) == 0 && !c.Archived && v.Invite == "" && home {
		v.Hints = p.o.Hints
	}
	var main, replies []Message
	count := map[string]int{}
	last := map[string]time.Time{}
	for _, m := range all {
		root := m.ThreadTS
		if root != "" && root != m.TS {
			if m.Only == "" {
				count[root]++
				last[root] = m.At
			}
			if root == thread {
				replies = append(replies, m)
			}
			if !m.Broadcast {
				continue
			}
		}
		main = append(main, m)
		if m.TS == thread {
			replies = append([]Message{m}, replies...)
		}
	}
	if over := len(main) - drawnMessages; over > 0 {
		v.Omitted, main = over, main[over:]
	}
	v.Messages = p.messages(rd, "m", main)
	for i, m := range main {
		mv := &v.Messages[i]
		if m.Only == "" && m.Subtype == "" && (m.ThreadTS == "" || m.ThreadTS == m.TS) {
			mv.ThreadLink = link(v.Me.ID, c.ID, m.TS)
		}
		if n := count[m.TS]; n > 0 {
			mv.ThreadLink = link(v.Me.ID, c.ID, m.TS)
			mv.Replies = plural(n, "reply", "replies")
			mv.LastReply = "last reply " + dayWords(last[m.TS], rd) + " at " + last[m.TS].In(rd.zone).Format("3:04 PM")
		}
	}
	v.Composer = p.composer(v, &c, "composer", "send", label, "")
	if thread == "" {
		return
	}
	v.ThreadTS = thread
	if len(replies) > 0 && replies[0].TS == thread {
		v.ThreadMessages = p.messages(rd, "t", replies)
		for i := range v.ThreadMessages {
			v.ThreadMessages[i].Day = ""
		}
		v.ReplyCount = plural(count[thread], "reply", "replies")
		if count[thread] == 0 {
			v.ReplyCount = "No replies yet"
		}
		v.ThreadComposer = p.composer(v, &c, "thread", "thread-send", "Reply…", thread)
	}
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

func (p *pageServer) composer(v *pageView, c *Channel, id, send, label, thread string) composerView {
	cv := composerView{ID: id, SendID: send, Channel: c.ID, Thread: thread, Label: label}
	if c.Archived {
		cv.Reason = "You cannot write here: #" + c.Name + " is archived."
		return cv
	}
	type command struct {
		Name  string `json:"name"`
		Usage string `json:"usage,omitempty"`
		About string `json:"about,omitempty"`
	}
	var commands []command
	// Commands do not work in threads, and an outsider's workspace has none.
	if thread == "" && v.Me.TeamID == p.w.opt.TeamID {
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

func (p *pageServer) messages(rd *reader, scope string, ms []Message) []messageView {
	views := make([]messageView, 0, len(ms))
	day := ""
	for i, m := range ms {
		at := m.At.In(rd.zone)
		v := messageView{
			ID: safeID(scope + "-" + m.TS), TS: m.TS, Channel: m.Channel,
			Time: at.Format("3:04 PM"), ShortTime: at.Format("3:04"), FullTime: at.Format("Monday, 2 January 2006, 15:04:05 MST"), ISO: at.Format(time.RFC3339),
			App: m.BotID != "" || m.User == p.w.opt.BotUserID, Only: m.Only != "", Edited: m.Edited, System: m.Subtype != "" && m.Subtype != "bot_message" && m.Subtype != "file_share" && m.Subtype != "thread_broadcast",
			HTML: rd.message(scope, &m), Files: m.Files, Viewer: rd.viewer,
		}
		if m.Only == "" && !v.System {
			for _, sc := range p.w.opt.Shortcuts {
				if sc.OnMessage {
					v.Shortcuts = append(v.Shortcuts, sc)
				}
			}
		}
		author, ok := p.w.Person(m.User)
		if !ok {
			author = Person{ID: m.User, Name: m.User}
		}
		pv := p.person(author)
		v.Author, v.Initials, v.Hue, v.Outsider = pv.Name, pv.Initials, pv.Hue, pv.Outsider
		if d := at.Format(time.DateOnly); d != day {
			day = d
			v.Day, v.DayID = dayName(m.At, rd), v.ID+"-day"
		}
		if i > 0 && v.Day == "" {
			before := ms[i-1]
			v.Grouped = before.User == m.User && before.Only == m.Only && before.Subtype == m.Subtype && !v.System &&
				len(m.Blocks) == 0 && len(before.Blocks) == 0 && m.At.Sub(before.At).Abs() < 5*time.Minute
		}
		for _, r := range m.Reactions {
			glyph, ok := emojiNamed(r.Name)
			if !ok {
				glyph = ":" + r.Name + ":"
			}
			var who []string
			for _, id := range r.Users {
				if person, ok := p.w.Person(id); ok {
					who = append(who, displayName(person))
				}
			}
			v.Reactions = append(v.Reactions, reactionView{glyph, strings.Join(who, ", ") + ": " + r.Name, len(r.Users)})
		}
		views = append(views, v)
	}
	return views
}

func (r *reader) message(scope string, m *Message) safeHTML {
	if len(m.Blocks) > 0 {
		return renderBlocks(r, scope+m.TS, m.Blocks)
	}
	return `<div class="text">` + r.mrkdwn(m.Text, false) + `</div>`
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
		hue = fmt.Sprintf("h%d", max(0, slices.IndexFunc(p.w.people, func(o Person) bool { return o.ID == person.ID }))%6)
	}
	name := displayName(person)
	return personView{ID: person.ID, Name: name, Role: person.Title, Initials: initials(name), Hue: hue,
		Outsider: person.TeamID != "" && person.TeamID != p.w.opt.TeamID, Bot: person.Bot}
}

// initials are at most two letters of a name; one for a name in Chinese.
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

func link(as, channel, thread string) string {
	q := url.Values{"as": {as}, "channel": {channel}}
	if thread != "" {
		q.Set("thread", thread)
	}
	return "?" + q.Encode()
}

// Transcript is the channel as a notification or a screen reader would say it
// to the viewer: "Author: text", replies indented, ephemerals marked. A message
// with blocks is its text, as in a notification.
func (w *Workspace) Transcript(viewer, channel string) string {
	rd := w.reader(viewer)
	var b strings.Builder
	for _, m := range w.Messages(viewer, channel) {
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			b.WriteString("  ")
		}
		author, _ := w.Person(m.User)
		b.WriteString(displayName(author))
		if m.Only != "" {
			b.WriteString(" (only to you)")
		}
		spoken := rd.mrkdwn(m.Text, false)
		if m.Text == "" {
			spoken = rd.message("", &m)
		}
		b.WriteString(": " + strings.ReplaceAll(spokenText(string(spoken)), "\n", "\n    ") + "\n")
	}
	return b.String()
}

var (
	lineEnd = lazily(`<br>|</(?:div|p|li|tr|h[1-6]|blockquote|pre|button|option|label)>|<(?:blockquote|pre)>`)
	markup  = lazily(`<[^>]*>`)
	blanks  = lazily(`\s*\n\s*`)
)

func spokenText(drawn string) string {
	s := markup().ReplaceAllString(lineEnd().ReplaceAllString(drawn, "\n"), "")
	return strings.TrimSpace(blanks().ReplaceAllString(html.UnescapeString(s), "\n"))
}
