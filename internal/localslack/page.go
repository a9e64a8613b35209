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
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The page. Go draws regions of HTML; GET /events sends those that changed, and
// a small script patches them in. What a person does comes back as a POST. Who is
// looking, and at what, is in the address, so that two windows can be two people:
// ?as=U…&channel=C…&thread=TS, or ?as=U…&home=1.

//go:embed assets
var assets embed.FS

// PageOptions are what the page shows around the workspace.
type PageOptions struct {
	// Key is the secret of this start. The address that `try` prints carries it
	// once (/?key=…); from then on a cookie does. If it is empty, nobody is let in.
	Key    string
	Hints  []string // things to type first, offered in an empty channel
	Notice string   // a line above the messages
	Clock  *Clock   // shown and moved; none if nil
}

// A Clock is the time that the page shows, and that a person can move ahead.
type Clock struct {
	Now     func() time.Time
	Advance func(ctx context.Context, to time.Time) error
	// Next is when something is next due, zero if nothing is. It may turn out then that
	// there is nothing to send.
	Next func(ctx context.Context) (time.Time, error)
	// Upcoming is what will next be sent if nobody changes anything, and what it is of,
	// such as "Visit 2". A zero time is that nothing is in sight.
	Upcoming func(ctx context.Context) (at time.Time, of string, err error)
}

// Page serves the page and, beside it, the Web API, the socket and the
// response_urls, which have tokens of their own. A request to the page must name
// this machine (Host), come from the page itself (Origin) and carry the key.
// Serve it on a loopback address only. Every open page holds a stream that ends
// with the workspace: call Close before the server is shut down.
func (w *Workspace) Page(o PageOptions) http.Handler {
	p := &pageServer{w: w, o: o, sameOrigin: http.NewCrossOriginProtection(), moving: make(chan struct{}, 1)}
	mux := http.NewServeMux()
	api := w.Handler()
	mux.Handle("/api/", api)
	mux.Handle("/link", api)
	mux.Handle("/link/", api)
	mux.Handle("/response/", api)
	mux.HandleFunc("GET /assets/{name}", p.asset)
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("redir") { // the app's own way to what it may not have
			w.serveSignIn(rw, r)
			return
		}
		p.keyed(p.show)(rw, r)
	})
	mux.HandleFunc("GET /events", p.keyed(p.events))
	mux.HandleFunc("POST /act", p.keyed(p.act))
	mux.HandleFunc("POST /say", p.keyed(p.say))
	mux.HandleFunc("POST /clock", p.keyed(p.clock))
	mux.HandleFunc("POST /submit", p.keyed(p.submit))
	mux.HandleFunc("POST /close", p.keyed(p.closeModal))
	mux.HandleFunc("POST /shortcut", p.keyed(p.shortcut))
	mux.HandleFunc("GET /files/{id}", p.keyed(p.file))
	mux.HandleFunc("POST /attach", p.keyed(p.attach))
	mux.HandleFunc("POST /suggest", p.keyed(p.suggest))
	mux.HandleFunc("POST /delete-file", p.keyed(p.deleteFile))
	mux.Handle("/upload/", api)
	mux.Handle("/files-pri/", api)
	mux.Handle("/files-tmb/", api)
	mux.HandleFunc("POST /home", p.keyed(p.home))
	mux.HandleFunc("POST /invite", p.keyed(p.invite))
	mux.HandleFunc("POST /change", p.keyed(p.change))
	return mux
}

type pageServer struct {
	w          *Workspace
	o          PageOptions
	sameOrigin *http.CrossOriginProtection

	moving chan struct{} // holds one while the clock is moved

	next struct { // what is sent next, as it was looked up last
		sync.Mutex
		looked time.Time
		at     time.Time
		of     string
	}
}

// policy allows what the page needs and nothing else: its own script and style,
// and the pictures that messages show or that the script was handed (blob). Text that slipped through as markup could
// still not run a script, load a style or send a form.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: https:; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

func secureHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// keyed lets a request through that comes from this machine's own page. Without
// it any website that is open in the same browser could act in the workspace, and
// with that in the app under test: a server on a loopback address is not private.
func (p *pageServer) keyed(next http.HandlerFunc) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		secureHeaders(rw.Header())
		if !localHost(r) {
			p.refuse(rw, r, http.StatusMisdirectedRequest, "Open this page at 127.0.0.1 or localhost.")
			return
		}
		if err := p.sameOrigin.Check(r); err != nil {
			p.refuse(rw, r, http.StatusForbidden, "That request came from another site, so it was ignored.")
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
			p.refuse(rw, r, http.StatusForbidden, "This address lacks the key of the running workspace. Open the address that “visitprep try” printed; every start prints a new one.")
			return
		}
		if r.URL.Query().Has("key") {
			// Not by a redirect: a browser that comes from elsewhere does not send a
			// strict cookie along. The script removes the key from the address.
			http.SetCookie(rw, &http.Cookie{Name: cookie, Value: p.o.Key, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		}
		next(rw, r)
	}
}

// cookieName contains the port, which cookies disregard, so that two workspaces
// can run side by side.
func cookieName(r *http.Request) string {
	_, port, _ := net.SplitHostPort(r.Host)
	return "localslack-" + port
}

// localHost checks the name in the request, and the port if the server's own is
// known: another name that resolves to this machine is how a foreign page gets
// here (DNS rebinding).
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
	_ = noEntry(text).Render(rw) // an error means that the browser is gone
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

// heartbeat is how often a quiet stream sends a sign of life, so that the end of
// either side is noticed, and looks at the clock.
const heartbeat = 10 * time.Second

// events streams the regions that changed since they were last sent. Changes that
// come while the page is drawn are sent together: a slow browser gets fewer
// drawings, not older ones.
func (p *pageServer) events(rw http.ResponseWriter, r *http.Request) {
	changed, cancel := p.w.Subscribe()
	defer cancel()
	control := http.NewResponseController(rw)
	_ = control.SetWriteDeadline(time.Time{})
	rw.Header().Set("Content-Type", "text/event-stream")
	send := func(event string) bool {
		_, err := io.WriteString(rw, event+"\n\n")
		return err == nil && control.Flush() == nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	sent := map[string]string{}
	for {
		regions := p.regions(r.URL.Query())
		news := maps.Clone(regions)
		maps.DeleteFunc(news, func(name, region string) bool { old, ok := sent[name]; return ok && old == region })
		sent = regions
		if len(news) > 0 && !send("event: patch\ndata: "+toJSON(news)) { // one line, as SSE wants it
			return
		}
		for waiting := true; waiting; {
			select {
			case <-changed:
				waiting = false
			case <-beat.C: // the clock has moved on by itself
				if !send(": still here") {
					return
				}
				waiting = p.o.Clock == nil
			case <-r.Context().Done():
				return
			case <-p.w.ctx.Done():
				return
			}
		}
	}
}

// regions are the parts of the page that change, by the id of their element.
func (p *pageServer) regions(q url.Values) map[string]string {
	v := p.view(q)
	parts := map[string]string{"sidebar": draw(sidebar(v)), "head": draw(head(v)), "notices": draw(notices(v)), "refused": draw(refusals(v)), "changes": draw(changePanel(v))}
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

// A deed is what the page posts: something that a person did.
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
	Files   []string `json:"files"`
}

// do runs a deed and words what went wrong: 422 for what the person cannot do,
// 502 for what the app did not take, which the page both shows as they are.
func (p *pageServer) do(rw http.ResponseWriter, r *http.Request, f func(d deed) error) {
	// A form cannot send JSON, and a script of another site must ask first.
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
	case err == nil && rw.Header().Get("Content-Type") != "": // it has answered
	case err == nil:
		rw.WriteHeader(http.StatusNoContent)
	case errors.As(err, &refused):
		writeError(rw, http.StatusUnprocessableEntity, refused.Message)
	case errors.As(err, &undelivered):
		writeError(rw, http.StatusBadGateway, undelivered.Message)
	case r.Context().Err() != nil: // nobody waits for the answer
	default:
		p.w.log.Error("act for the page", "path", r.URL.Path, "err", err)
		writeError(rw, http.StatusInternalServerError, "That did not work. The log says why.")
	}
}

// suggest asks the app what fits what somebody types.
func (p *pageServer) suggest(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error {
		options, err := p.w.Suggest(d.As, Action{Channel: d.Channel, MessageTS: d.TS, Home: d.Home, View: d.View, BlockID: d.Block, ActionID: d.Action, Value: d.Value})
		if err != nil {
			return err
		}
		rw.Header().Set("Content-Type", "application/json")
		return json.NewEncoder(rw).Encode(append([]Option{}, options...))
	})
}

func (p *pageServer) act(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error {
		return p.w.Act(d.As, Action{Channel: d.Channel, MessageTS: d.TS, Home: d.Home, View: d.View,
			BlockID: d.Block, ActionID: d.Action, Value: d.Value, Values: d.Values})
	})
}

func (p *pageServer) say(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error {
		if !strings.HasPrefix(d.Text, "/") || len(d.Files) > 0 {
			_, err := p.w.Share(d.As, d.Channel, d.Thread, strings.TrimSpace(d.Text), d.Files...)
			return err
		}
		name, _, _ := strings.Cut(strings.TrimSpace(d.Text), " ")
		if d.Thread != "" {
			return &ActError{Message: name + " is not supported in threads. Sorry!"}
		}
		// An app's commands belong to the workspaces that installed it: for an
		// outsider in a shared channel they do not exist.
		person, _ := p.w.Person(d.As)
		if _, ours := p.w.command(name); ours && !p.w.ours(person) {
			return noCommand(name)
		}
		return p.w.Command(d.As, d.Channel, d.Text)
	})
}

// clock moves the time ahead: by hours or days, to a day, or until something is sent. One
// move begins where the one before it has ended: four quick presses are four steps.
func (p *pageServer) clock(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error {
		c := p.o.Clock
		if c == nil {
			return cannot("This page has no clock to move.")
		}
		select {
		case p.moving <- struct{}{}:
		case <-r.Context().Done():
			return r.Context().Err()
		}
		defer func() {
			p.forgetNext()
			p.w.redraw()
			<-p.moving
		}()
		if d.Value == "next" {
			return p.untilSent(r.Context())
		}
		to, err := moved(c.Now().In(p.w.reader(d.As).zone), d.Value)
		if err != nil {
			return err
		}
		return c.Advance(r.Context(), to)
	})
}

// nextFor is how long what is sent next is taken for granted: a page is drawn many times a
// second while much happens.
const nextFor = time.Second

// upcoming is the clock's Upcoming, looked up not too often.
func (p *pageServer) upcoming() (at time.Time, of string) {
	p.next.Lock()
	defer p.next.Unlock()
	if time.Since(p.next.looked) < nextFor {
		return p.next.at, p.next.of
	}
	at, of, err := p.o.Clock.Upcoming(p.w.ctx)
	if err != nil && p.w.ctx.Err() == nil {
		p.w.log.Warn("could not find out what is sent next", "err", err)
	}
	p.next.looked, p.next.at, p.next.of = time.Now(), at, of
	return at, of
}

func (p *pageServer) forgetNext() {
	p.next.Lock()
	defer p.next.Unlock()
	p.next.looked = time.Time{}
}

// morning is the hour at which a day begins that the clock is moved to.
const morning = 9

// moved is the time that a person asks for: so much later, or a day. Whole days keep the
// hour where the person is.
func moved(now time.Time, by string) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, by, now.Location()); err == nil {
		to := time.Date(day.Year(), day.Month(), day.Day(), morning, 0, 0, 0, now.Location())
		switch {
		case !to.After(now):
			return now, cannot("The clock only moves ahead. Choose a day from tomorrow on.")
		case to.After(now.AddDate(2, 0, 0)):
			return now, cannot("The clock moves by two years at most. Choose an earlier day.")
		}
		return to, nil
	}
	step, err := time.ParseDuration(by)
	switch {
	case err != nil || step <= 0 || step > 366*24*time.Hour:
		return now, cannot("The clock cannot move by that.")
	case step%(24*time.Hour) == 0:
		return now.AddDate(0, 0, int(step/(24*time.Hour))), nil
	}
	return now.Add(step), nil
}

// untilSent moves the clock from one thing that is due to the next until the app has
// written a message. Much that is due turns out to be nothing, such as a look whether
// somebody has anything to do.
func (p *pageServer) untilSent(ctx context.Context) error {
	c := p.o.Clock
	posted := func() int {
		p.w.mu.Lock()
		defer p.w.mu.Unlock()
		return p.w.posted
	}
	// What is due already and was only held back comes first, and is not the next.
	if err := c.Advance(ctx, c.Now()); err != nil {
		return err
	}
	before, end := posted(), c.Now().AddDate(1, 0, 0)
	for {
		next, err := c.Next(ctx)
		if err != nil {
			return err
		}
		if now := c.Now(); !next.IsZero() && !next.After(now) {
			next = now.Add(time.Minute) // it is held back, by what another try may end
		}
		if next.IsZero() || next.After(end) {
			return cannot("Nothing is due within a year.")
		}
		if err := c.Advance(ctx, next); err != nil {
			return err
		}
		if posted() > before {
			return nil
		}
	}
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

// attach takes the bytes of a file that a person picked, before it is sent.
func (p *pageServer) attach(rw http.ResponseWriter, r *http.Request) {
	// A form cannot send this type, and a script of another site must ask first.
	if r.Header.Get("Content-Type") != "application/octet-stream" {
		writeError(rw, http.StatusUnsupportedMediaType, "Send the bytes of the file.")
		return
	}
	name := r.URL.Query().Get("name")
	content, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, fileMost))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		writeError(rw, http.StatusRequestEntityTooLarge, fmt.Sprintf("%s is too large: this workspace keeps %d MB at most.", name, fileMost>>20))
		return
	} else if err != nil {
		writeError(rw, http.StatusBadRequest, name+" did not come through. Add it again.")
		return
	}
	f, err := p.w.Upload(r.URL.Query().Get("as"), name, content)
	if err != nil {
		writeError(rw, http.StatusUnprocessableEntity, err.Error())
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(rw).Encode(map[string]any{"id": f.ID})
}

func (p *pageServer) deleteFile(rw http.ResponseWriter, r *http.Request) {
	p.do(rw, r, func(d deed) error { return p.w.DeleteFile(d.As, d.Value) })
}

// file sends a file to be saved. It is never displayed, since what it is depends
// on somebody's word alone; its thumbs are, which this workspace made.
func (p *pageServer) file(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f, ok := p.w.File(r.PathValue("id"), q.Get("as"))
	most, _ := strconv.Atoi(q.Get("thumb"))
	small, made := f.thumbs[most]
	if !ok || q.Has("thumb") && !made {
		p.refuse(rw, r, http.StatusNotFound, "There is no such file.")
		return
	}
	if made {
		rw.Header().Set("Content-Type", small.kind)
		_, _ = rw.Write(small.content)
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
