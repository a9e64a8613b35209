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
	"strings"
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
	// Next is when the next thing is due, zero if nothing is.
	Next func(ctx context.Context) (time.Time, error)
}

// Page serves the page and, beside it, the Web API, the socket and the
// response_urls, which have tokens of their own. A request to the page must name
// this machine (Host), come from the page itself (Origin) and carry the key.
// Serve it on a loopback address only. Every open page holds a stream that ends
// with the workspace: call Close before the server is shut down.
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

// policy allows what the page needs and nothing else: its own script and style,
// and the pictures that messages show. Text that slipped through as markup could
// still not run a script, load a style or send a form.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; connect-src 'self'; " +
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
// either side is noticed.
const heartbeat = 20 * time.Second

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
			case <-beat.C:
				if !send(": still here") {
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

// regions are the parts of the page that change, by the id of their element.
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
	case err == nil:
		rw.WriteHeader(http.StatusNoContent)
	case errors.As(err, &refused):
		writeError(rw, http.StatusUnprocessableEntity, refused.Message)
	case errors.As(err, &undelivered):
		writeError(rw, http.StatusBadGateway, undelivered.Message)
	default:
		p.w.log.Error("act for the page", "path", r.URL.Path, "err", err)
		writeError(rw, http.StatusInternalServerError, "That did not work. The log says why.")
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
		if _, ours := p.w.command(name); ours && !p.w.ours(person) {
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
				return &ActError{Message: "The clock cannot move by that."}
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

// file sends a file to be saved. It is never displayed, since what it is depends
// on the app's word alone.
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
