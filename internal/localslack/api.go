package localslack

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The Web API: what the bot calls.

// An apiError is a refusal in Slack's terms: the code goes to the bot, the
// reason to the people who read Refusals.
type apiError struct {
	code     string
	reason   string
	messages []string      // response_metadata.messages
	errors   []any         // in place of messages, of blocks.validate
	needed   string        // for missing_scope
	wait     time.Duration // for HTTP 429
}

func fail(code, reason string) *apiError { return &apiError{code: code, reason: reason} }

// A call is one request to a method.
type call struct {
	method string
	args   map[string]string // JSON for what is not a string
	r      *http.Request
}

func (c *call) flag(name string) bool { return c.args[name] == "true" || c.args[name] == "1" }

// A method answers a call. The map that run returns is the answer without "ok".
type method struct {
	scope string // what the bot token needs; "" if nothing, or if it depends on the channel
	app   bool   // needs the app token
	open  bool   // needs no token
	tier  int    // of Slack's rate limits; 0 if it has one of its own
	run   func(w *Workspace, c *call) (map[string]any, *apiError)
}

// methods are those that the app calls; no others are answered.
var methods = map[string]method{
	"auth.test":             {run: (*Workspace).authTest},
	"oauth.v2.access":       {open: true, tier: 4, run: (*Workspace).oauthAccess},
	"blocks.validate":       {run: (*Workspace).validateBlocks},
	"apps.connections.open": {app: true, tier: 1, run: (*Workspace).connectionsOpen},
	"chat.postMessage":      {scope: "chat:write", run: (*Workspace).postMessage},
	"chat.postEphemeral":    {scope: "chat:write", tier: 4, run: (*Workspace).postEphemeral},
	"chat.update":           {scope: "chat:write", tier: 3, run: (*Workspace).updateMessage},
	"chat.getPermalink":     {run: (*Workspace).permalink},
	"views.publish":         {tier: 4, run: (*Workspace).publishView},
	"views.open":            {tier: 4, run: (*Workspace).openView},
	"views.push":            {tier: 4, run: (*Workspace).pushView},
	"views.update":          {tier: 4, run: (*Workspace).updateView},
	"conversations.open":    {scope: "im:write", tier: 3, run: (*Workspace).openConversation},
	"conversations.info":    {tier: 3, run: (*Workspace).conversationInfo},
	"conversations.members": {tier: 4, run: (*Workspace).conversationMembers},
	"conversations.history": {tier: 3, run: (*Workspace).history},
	"conversations.replies": {tier: 3, run: (*Workspace).threadReplies},
	"users.info":            {scope: "users:read", tier: 4, run: (*Workspace).userInfo},
	"users.list":            {scope: "users:read", tier: 2, run: (*Workspace).userList},
	"users.conversations":   {tier: 3, run: (*Workspace).userConversations},

	"files.getUploadURLExternal":   {scope: "files:write", tier: 4, run: (*Workspace).uploadURL},
	"files.completeUploadExternal": {scope: "files:write", tier: 4, run: (*Workspace).completeUpload},
	"files.info":                   {scope: "files:read", tier: 4, run: (*Workspace).fileInfo},
	"files.delete":                 {scope: "files:write", tier: 3, run: (*Workspace).deleteFile},
}

// Handler serves the bot: /api/METHOD, the socket at /link, response_urls
// under /response/. Mount it at the root of the address given as BaseURL.
func (w *Workspace) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", w.serveAPI)
	mux.HandleFunc("/link", w.serveSocket)
	mux.HandleFunc("/link/", w.serveSocket)
	mux.HandleFunc("POST /upload/{id}", w.serveUpload)
	mux.HandleFunc("GET /files-pri/", w.serveFile)
	mux.HandleFunc("GET /files-tmb/", w.serveFile)
	mux.HandleFunc("GET /{$}", w.serveSignIn)
	mux.HandleFunc("GET /oauth/v2/authorize", w.serveAuthorize)
	mux.HandleFunc("POST /oauth/v2/authorize", w.serveAuthorize)
	mux.HandleFunc("/response/", func(rw http.ResponseWriter, r *http.Request) {
		w.begin()
		defer w.end()
		w.serveResponse(rw, r)
	})
	return mux
}

// ServeHTTP is Handler, for tests that hand the workspace to a server.
func (w *Workspace) ServeHTTP(rw http.ResponseWriter, r *http.Request) { w.Handler().ServeHTTP(rw, r) }

// HTTPClient runs requests against Handler inside the process, whatever host
// they name. Give it to slack.OptionHTTPClient and to whatever posts to
// response_urls. It uses neither goroutines nor the network, so it works in a
// synctest bubble.
func (w *Workspace) HTTPClient() *http.Client { return &http.Client{Transport: inProcess{w.Handler()}} }

type inProcess struct{ handler http.Handler }

func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	r := serve(t.handler, req)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if r.aborted {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)), StatusCode: r.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.header, Body: io.NopCloser(&r.body), ContentLength: int64(r.body.Len()), Request: req,
	}, nil
}

// A fault is an error that a test asked for.
type fault struct {
	method string
	times  int
	code   string      // Slack's error; or
	status int         // an HTTP status with
	header http.Header // these headers; or
	lost   bool        // the call is done and its answer is cut off
}

// Fail makes the next calls of a method answer with an error code. "*" is any
// method, "response_url" a response_url.
func (w *Workspace) Fail(method, code string, times int) {
	w.addFault(&fault{method: method, times: times, code: code})
}

// FailHTTP makes the next calls of a method answer with an HTTP status; for
// 429 set Retry-After in header.
func (w *Workspace) FailHTTP(method string, status int, header http.Header, times int) {
	w.addFault(&fault{method: method, times: times, status: status, header: header})
}

// LoseAnswer carries out the next calls of a method and cuts the connection
// before the answer, so that the bot cannot know whether its message was posted.
func (w *Workspace) LoseAnswer(method string, times int) {
	w.addFault(&fault{method: method, times: times, lost: true})
}

func (w *Workspace) addFault(f *fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, f)
}

func (w *Workspace) takeFault(method string, lost bool) *fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		if (f.method == method || f.method == "*") && f.lost == lost && f.times > 0 {
			f.times--
			return f
		}
	}
	return nil
}

// injected answers with a fault if one is due.
func (w *Workspace) injected(rw http.ResponseWriter, method string) bool {
	f := w.takeFault(method, false)
	if f == nil {
		return false
	}
	if f.status == http.StatusTooManyRequests {
		w.count(w.limited, method)
	} else {
		w.count(w.calls, method)
	}
	for k, v := range f.header {
		rw.Header()[http.CanonicalHeaderKey(k)] = v
	}
	if f.status == http.StatusForbidden || f.status == http.StatusProxyAuthRequired {
		proxyPage(rw, f.status) // not Slack's own: its refusals come with 200
		return true
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	code := f.code
	if f.status != 0 {
		if f.status == http.StatusTooManyRequests && rw.Header().Get("Retry-After") == "" {
			rw.Header().Set("Retry-After", "1")
		}
		rw.WriteHeader(f.status)
		code = map[bool]string{true: "ratelimited", false: "internal_error"}[f.status == http.StatusTooManyRequests]
	}
	_, _ = rw.Write(encode(map[string]any{"ok": false, "error": code}))
	return true
}

// serveAPI answers with HTTP 200 whether a call is refused or not, as Slack does:
// only rate limits and outages have a status of their own.
func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	w.begin()
	defer w.end()
	name := r.PathValue("method")
	if w.proxied(rw) || w.injected(rw, name) {
		return
	}
	answer, refused := w.answer(name, r)
	if refused != nil && refused.wait > 0 {
		w.count(w.limited, name)
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
		rw.Header().Set("Retry-After", strconv.Itoa(retryAfterSeconds(refused.wait)))
		rw.WriteHeader(http.StatusTooManyRequests)
		_, _ = rw.Write(encode(map[string]any{"ok": false, "error": "ratelimited"}))
		return
	}
	w.count(w.calls, name)
	w.hold(r, name)
	if w.takeFault(name, true) != nil {
		panic(http.ErrAbortHandler)
	}
	if refused != nil {
		w.refuse(name, refused.code, refused.reason)
		answer = map[string]any{"ok": false, "error": refused.code}
		if len(refused.messages) > 0 {
			tagged := make([]string, len(refused.messages))
			for i, m := range refused.messages {
				tagged[i] = "[ERROR] " + m
			}
			answer["errors"] = refused.messages
			answer["response_metadata"] = map[string]any{"messages": tagged}
		}
		if len(refused.errors) > 0 {
			answer["errors"] = refused.errors
		}
		if refused.needed != "" {
			answer["needed"], answer["provided"] = refused.needed, strings.Join(w.opt.Scopes, ",")
		}
	} else {
		if answer == nil {
			answer = map[string]any{}
		}
		answer["ok"] = true
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.Header().Set("X-OAuth-Scopes", strings.Join(w.opt.Scopes, ","))
	rw.Header().Set("X-Slack-Req-Id", random(32))
	_, _ = rw.Write(encode(answer))
}

// answer checks the token before the scope and both before the arguments: of
// several mistakes the bot is told the one to fix first.
func (w *Workspace) answer(name string, r *http.Request) (map[string]any, *apiError) {
	args, token, refused := arguments(r)
	if refused != nil {
		return nil, refused
	}
	m, ok := methods[name]
	if !ok {
		return nil, fail("unknown_method", "This workspace does not answer "+name+", which the app does not call. Either the name is wrong, or it must be added here first.")
	}
	if m.open {
		return m.run(w, &call{method: name, args: args, r: r})
	}
	want, other := w.opt.BotToken, w.opt.AppToken
	known, expired := w.given(token)
	if m.app {
		want, other, known = other, want, false
	}
	switch {
	case known && expired:
		return nil, fail("token_expired", "The bot token has ended. Refresh it with oauth.v2.access.")
	case known, token == want:
	case token == "":
		return nil, fail("not_authed", "The call carried no token. Send it as \"Authorization: Bearer …\".")
	case token == other:
		return nil, fail("not_allowed_token_type", name+" wants the "+map[bool]string{true: "app token (xapp-…).", false: "bot token (xoxb-…)."}[m.app])
	default:
		return nil, fail("invalid_auth", "The token does not belong to this workspace. Every start makes a new one unless it is set.")
	}
	w.learnBase(r)
	if !m.app {
		if refused := w.tokenRefused(m); refused != nil {
			return nil, refused
		}
	}
	in := &call{method: name, args: args, r: r}
	if wait := w.overLimit(m, in); wait > 0 {
		return nil, &apiError{code: "ratelimited", wait: wait}
	}
	if m.scope != "" {
		if refused := w.need(m.scope); refused != nil {
			return nil, refused
		}
	}
	return m.run(w, in)
}

// tokenRefused is what a bot token that is no longer good gets from every method.
func (w *Workspace) tokenRefused(m method) *apiError {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch w.tokenCode {
	case "":
		return nil
	case "missing_scope":
		return &apiError{code: w.tokenCode, needed: cmp.Or(m.scope, "chat:write"), reason: "The bot token lost its scopes."}
	}
	return fail(w.tokenCode, "The bot token is not good any more.")
}

// learnBase keeps the address that the bot called, if none was set. It is only
// reached by calls with a valid token: response_urls will lead to that address.
func (w *Workspace) learnBase(r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.opt.BaseURL != "" || r.Host == "" {
		return
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	w.base = scheme + r.Host
}

// arguments reads a form or JSON, and the query. Slack takes the token from the
// header or a form field, and ignores one in JSON or in the query.
func arguments(r *http.Request) (args map[string]string, token string, refused *apiError) {
	args = map[string]string{}
	for k, v := range r.URL.Query() {
		args[k] = v[0]
	}
	delete(args, "token")
	token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if r.Method == http.MethodGet {
		return args, token, nil
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
		if err != nil {
			return nil, "", fail("request_timeout", err.Error())
		}
		if len(body) == 0 {
			return args, token, nil
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(body, &fields); err != nil {
			return nil, "", fail("json_not_object", "The body is not a JSON object: "+err.Error())
		}
		for k, v := range fields {
			var s string
			if json.Unmarshal(v, &s) == nil {
				args[k] = s
			} else {
				args[k] = string(v)
			}
		}
		delete(args, "token")
	case "application/x-www-form-urlencoded", "multipart/form-data", "":
		err := r.ParseMultipartForm(4 << 20)
		if err != nil && !errors.Is(err, http.ErrNotMultipart) {
			return nil, "", fail("invalid_form_data", err.Error())
		}
		for k, v := range r.PostForm {
			args[k] = v[0]
		}
		if args["token"] != "" {
			token = args["token"]
		}
		delete(args, "token")
	default:
		return nil, "", fail("invalid_post_type", "Content-Type is "+kind+"; send application/json or a form.")
	}
	return args, token, nil
}

// need refuses a call for which the bot token lacks the scope.
func (w *Workspace) need(scope string) *apiError {
	if slices.Contains(w.opt.Scopes, scope) {
		return nil
	}
	return &apiError{code: "missing_scope", needed: scope, reason: "The bot token lacks the scope " + scope + ". Add it to the manifest and install the app again."}
}

// conversation finds the channel of a call that reads: one that the bot is in,
// or a public one. Which scope that takes depends on the kind of channel:
// "channels:read", "im:history".
func (w *Workspace) conversation(c *call, verb string) (Channel, *apiError) {
	id := c.args["channel"]
	ch, ok := w.Channel(id)
	if !ok || (ch.Private || ch.IM) && !ch.has(w.opt.BotUserID) {
		return ch, w.unknownChannel(id)
	}
	return ch, w.need(ch.kind() + ":" + verb)
}

func (w *Workspace) unknownChannel(id string) *apiError {
	return fail("channel_not_found", fmt.Sprintf("The app sees no channel %q: no such id, or it is private and the app was not invited.", id))
}

// target finds the channel of a call that writes. With openIM, as for
// chat.postMessage, it may be given as #name or as a person's id for the direct
// message, and chat:write.public lets the app write where it is not a member. A
// private channel that the app is not in is unknown to it, so that an answer does
// not reveal that there is one.
func (w *Workspace) target(id string, openIM bool) (Channel, *apiError) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channelLocked(id)
	if ch == nil && openIM {
		ch = w.namedLocked(id)
	}
	if ch == nil {
		return Channel{}, w.unknownChannel(id)
	}
	switch member := ch.has(w.opt.BotUserID); {
	case !member && (ch.Private || ch.IM):
		return Channel{}, w.unknownChannel(id)
	case !member && !(openIM && slices.Contains(w.opt.Scopes, "chat:write.public")):
		return Channel{}, fail("not_in_channel", fmt.Sprintf("The app is not in #%s. Invite it with /invite @%s.", ch.Name, w.opt.BotName))
	case ch.Archived:
		return Channel{}, fail("is_archived", "#"+ch.Name+" is archived.")
	}
	return ch.clone(), nil
}

// namedLocked finds a channel by #name, or the direct message of a person of
// the team by their id.
func (w *Workspace) namedLocked(id string) *Channel {
	name := strings.TrimPrefix(id, "#")
	for _, c := range w.channels {
		if !c.IM && name != "" && c.Name == name {
			return c
		}
	}
	p, err := w.human(id)
	switch {
	case err != nil || !w.ours(p) || p.Bot:
		return nil
	case p.Deleted: // nobody opens a conversation with them, and an old one goes on
		return w.openedLocked(id)
	}
	return w.directLocked(id)
}

func (w *Workspace) authTest(*call) (map[string]any, *apiError) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return map[string]any{
		"url": w.baseLocked() + "/", "team": w.opt.TeamName, "user": w.opt.BotName, "team_id": w.opt.TeamID,
		"user_id": w.opt.BotUserID, "bot_id": *w.botID.Load(), "is_enterprise_install": w.orgInstall.Load(), "enterprise_id": w.organisation(),
	}, nil
}

// validateBlocks checks a message, blocks or a view by the rules of those that are sent,
// and posts nothing.
func (w *Workspace) validateBlocks(c *call) (map[string]any, *apiError) {
	var given []string
	for _, k := range []string{"blocks", "message", "view"} {
		if c.args[k] != "" {
			given = append(given, k)
		}
	}
	if len(given) != 1 {
		return nil, &apiError{code: "invalid_arguments", messages: []string{"must provide exactly one of `blocks`, `view`, or `message`"}, reason: "Send one of blocks, view and message; there are " + strconv.Itoa(len(given)) + "."}
	}
	kind := given[0]
	payload, err := decodeAny([]byte(c.args[kind]))
	if err != nil {
		return nil, fail("invalid_arguments", kind+" is not JSON: "+err.Error())
	}
	found, at := checked(kind, payload)
	if found == nil {
		return nil, fail("invalid_arguments", kind+" holds no list of blocks.")
	}
	w.mu.Lock()
	w.uncheckedLocked(c.method, at, found.unchecked)
	_, wrong := w.picturesLocked(blocksIn(kind, payload))
	w.mu.Unlock()
	for _, b := range wrong {
		b.at = strings.TrimPrefix(b.at, at) // as those of checked are
		found.breaches = append(found.breaches, b)
	}
	if len(found.breaches) == 0 {
		return nil, nil
	}
	refused := &apiError{code: "invalid_" + kind, reason: refusedBlocks("", at, found.breaches).reason}
	for _, b := range found.breaches {
		refused.errors = append(refused.errors, map[string]any{"pointer": at + b.at, "code": "failed_constraint", "message": b.slack})
	}
	return nil, refused
}

// blocksIn are the blocks of one argument of blocks.validate, and where they are.
func blocksIn(kind string, payload any) (blocks any, at string) {
	if kind == "blocks" {
		return payload, ""
	}
	object, _ := payload.(map[string]any)
	return object["blocks"], "/blocks"
}

// checked checks one argument of blocks.validate; at is where its blocks are. It is nil of
// what is nothing of the kind.
func checked(kind string, payload any) (found *checker, at string) {
	object, isObject := payload.(map[string]any)
	if kind == "view" && isObject {
		if object["type"] == "modal" {
			return checkView(object, "modal"), ""
		}
		return checkView(object, "home"), "" // which says so of any other
	}
	if kind == "message" && isObject {
		payload, at = object["blocks"], "/blocks"
	} else if kind != "blocks" {
		return nil, ""
	}
	items, isList := payload.([]any)
	if !isList {
		return nil, ""
	}
	found = checkMessage(items)
	if n := blockText(items); n > messageTextMost {
		found.bad("", "msg_blocks_too_long", "the blocks hold %d characters of text; Slack allows about %d in one message.", n, messageTextMost)
	}
	return found, at
}

// Limits of a message's text, in characters. Slack cuts at 40,000 without a
// word, which is refused here; it advises 4,000.
const (
	textMost    = 40000
	textAdvised = 4000
)

// contentLocked checks the text and blocks of a message and makes one of them.
// It notes what Slack accepts without a word although somebody will miss it:
// attachments, blocks without a text to be notified of, a text too long to read.
func (w *Workspace) contentLocked(call string, args map[string]string) (Message, *apiError) {
	text := args["text"]
	m := Message{Text: text}
	if args["markdown_text"] != "" {
		return m, fail("invalid_arguments", "markdown_text is Slack's, but this workspace does not draw it. Send mrkdwn in text, or blocks.")
	}
	attached := !emptyList(args["attachments"])
	if attached {
		w.noticeLocked(call, "attachments", "Attachments are Slack's old layout and are not shown here. Use blocks.")
	}
	spoken := strings.TrimSpace(text) != ""
	if blocks := args["blocks"]; !emptyList(blocks) {
		var refused *apiError
		if refused = w.blocksLocked(call, blocks, &m); refused != nil {
			return m, refused
		}
		if !spoken {
			w.noticeLocked(call, "no_fallback_text", "The message has blocks and no top-level text. Slack accepts it, but notifications and screen readers have nothing to say: add text.")
		}
	} else if !spoken && !attached {
		return m, fail("no_text", "The message has neither text nor blocks.")
	}
	if n := utf8.RuneCountInString(text); n > textMost {
		return m, fail("msg_too_long", fmt.Sprintf("text has %d characters; Slack allows %d and advises %d.", n, textMost, textAdvised))
	} else if n > textAdvised && m.Blocks == nil {
		w.noticeLocked(call, "long_text", fmt.Sprintf("text has %d characters; Slack advises %d at most.", n, textAdvised))
	}
	return m, nil
}

// emptyList reports whether a list argument was left out or lists nothing.
func emptyList(arg string) bool { return arg == "" || arg == "[]" || arg == "null" }

// blocksLocked checks the blocks of a message, completes them and puts them into it.
func (w *Workspace) blocksLocked(call, raw string, into *Message) *apiError {
	list, err := decodeAny([]byte(raw))
	items, isList := list.([]any)
	if err != nil || !isList {
		return fail("invalid_blocks_format", "blocks is not a JSON array of blocks.")
	}
	found := checkMessage(items)
	pictures, wrong := w.picturesLocked(items, "")
	if found.breaches = append(found.breaches, wrong...); len(found.breaches) > 0 {
		return refusedBlocks("invalid_blocks", "/blocks", found.breaches)
	}
	w.uncheckedLocked(call, "/blocks", found.unchecked)
	if n := blockText(items); n > messageTextMost {
		return fail("msg_blocks_too_long", fmt.Sprintf("The blocks hold %d characters of text; Slack allows about %d in one message. Post several, or link to the rest.", n, messageTextMost))
	}
	into.Blocks, into.pictures = complete(items), pictures
	return nil
}

// refusedBlocks puts breaches into Slack's words for the bot, and into plain
// words with all that is known for people.
func refusedBlocks(code, at string, breaches []breach) *apiError {
	e := &apiError{code: code}
	var reasons []string
	for _, b := range breaches {
		e.messages = append(e.messages, fmt.Sprintf("%s [json-pointer:%s%s]", b.slack, at, b.at))
		reasons = append(reasons, fmt.Sprintf("%s%s: %s", at, b.at, b.mend))
	}
	e.reason = strings.Join(reasons, "\n")
	return e
}

// uncheckedLocked leaves a notice of each part that was accepted unchecked.
func (w *Workspace) uncheckedLocked(call, at string, found []string) {
	for _, f := range found {
		w.noticeLocked(call, "not_checked", at+f)
	}
}

// postMessage posts into a thread when thread_ts is given. The ts of a reply
// leads to its parent, since threads do not branch; an unknown one is only noted,
// because Slack posts such a message into a thread that nobody finds.
func (w *Workspace) postMessage(c *call) (map[string]any, *apiError) {
	ch, refused := w.target(c.args["channel"], true)
	if refused != nil {
		return nil, refused
	}
	for _, k := range []string{"username", "icon_url", "icon_emoji"} {
		if c.args[k] != "" {
			if refused := w.need("chat:write.customize"); refused != nil {
				return nil, refused
			}
		}
	}
	metadata, refused := checkMetadata(c.args["metadata"])
	if refused != nil {
		return nil, refused
	}
	w.mu.Lock()
	m, refused := w.contentLocked(c.method, c.args)
	if refused != nil {
		w.mu.Unlock()
		return nil, refused
	}
	m.Channel, m.User, m.BotID, m.Metadata = ch.ID, w.opt.BotUserID, *w.botID.Load(), metadata
	if thread := c.args["thread_ts"]; thread != "" {
		parent := w.messageLocked(ch.ID, thread)
		switch {
		case parent == nil:
			w.noticeLocked(c.method, "thread_not_found", "There is no message "+thread+" in this channel; Slack posts into a thread that nobody finds.")
		case parent.Only != "":
			w.mu.Unlock()
			return nil, fail("cannot_reply_to_message", "The message is visible to one person only, so it has no thread.")
		case parent.ThreadTS != "":
			thread = parent.ThreadTS
		}
		m.ThreadTS, m.Broadcast = thread, c.flag("reply_broadcast")
		if m.Broadcast {
			m.Subtype = "thread_broadcast"
		}
	}
	posted := w.addLocked(m)
	answer := map[string]any{"channel": ch.ID, "ts": posted.TS, "message": w.messageJSON(posted, true)}
	inner := w.messageJSON(posted, false)
	w.mu.Unlock()
	w.echo(&ch, inner)
	return answer, nil
}

// echo sends the app the event of its own message, as Slack does where the app
// listens: an app that answers messages must recognise its own.
func (w *Workspace) echo(ch *Channel, inner map[string]any) {
	if !ch.has(w.opt.BotUserID) || !slices.Contains(w.opt.Events, "message."+ch.kind()) {
		return
	}
	inner = with(w.pushed(ch, inner), "channel", ch.ID)
	if _, ok := inner["event_ts"]; !ok {
		inner["event_ts"] = inner["ts"]
	}
	w.inBackground(func() { w.sendMessageEvent(ch, inner, false) })
}

func (w *Workspace) postEphemeral(c *call) (map[string]any, *apiError) {
	ch, refused := w.target(c.args["channel"], false)
	if refused != nil {
		return nil, refused
	}
	user := c.args["user"]
	if _, ok := w.Person(user); !ok {
		return nil, fail("user_not_found", fmt.Sprintf("There is no user %q.", user))
	}
	if !ch.has(user) {
		return nil, fail("user_not_in_channel", "Only members of #"+ch.Name+" can see an ephemeral message there.")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	m, refused := w.contentLocked(c.method, c.args)
	if refused != nil {
		return nil, refused
	}
	m.Channel, m.User, m.BotID, m.Only, m.ThreadTS = ch.ID, w.opt.BotUserID, *w.botID.Load(), user, c.args["thread_ts"]
	return map[string]any{"message_ts": w.addLocked(m).TS}, nil
}

// ownLocked finds the bot's message that a call wants to change.
func (w *Workspace) ownLocked(c *call, ch Channel) (*Message, *apiError) {
	m := w.messageLocked(ch.ID, c.args["ts"])
	switch {
	case m == nil:
		return nil, fail("message_not_found", fmt.Sprintf("There is no message %q in this channel.", c.args["ts"]))
	case m.Only != "":
		return nil, fail("message_not_found", "Ephemeral messages cannot be changed by their timestamp; use the response_url of a click on them.")
	case m.BotID != *w.botID.Load():
		return nil, fail("cant_update_message", "The message is not from this app, or from before it was installed again.")
	}
	return m, nil
}

// updateMessage replaces text and blocks, as chat.update documents: text alone
// removes the blocks, and a call with neither keeps both. For an archived channel it
// has another word than the methods that post.
func (w *Workspace) updateMessage(c *call) (map[string]any, *apiError) {
	ch, refused := w.target(c.args["channel"], false)
	if refused != nil && refused.code == "is_archived" {
		refused.code = "is_inactive"
	}
	if refused != nil {
		return nil, refused
	}
	metadata, refused := checkMetadata(c.args["metadata"])
	if refused != nil {
		return nil, refused
	}
	w.mu.Lock()
	m, refused := w.ownLocked(c, ch)
	if refused != nil {
		w.mu.Unlock()
		return nil, refused
	}
	args := c.args
	if _, hasText := args["text"]; args["blocks"] == "" && !hasText && len(m.Blocks) > 0 {
		// Neither given: Slack keeps the blocks.
		args = maps.Clone(args)
		args["text"], args["blocks"] = m.Text, string(encode(m.Blocks))
	}
	content, refused := w.contentLocked(c.method, args)
	if refused != nil {
		w.mu.Unlock()
		return nil, refused
	}
	before := w.messageJSON(m, false)
	m.Text, m.Blocks, m.pictures = content.Text, content.Blocks, content.pictures
	m.Edited = m.Edited || len(m.Blocks) == 0 // Slack shows "edited" only without blocks
	if metadata != nil {
		m.Metadata = metadata
	}
	w.changedLocked()
	answer := map[string]any{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": w.messageJSON(m, true)}
	inner := map[string]any{
		"subtype": "message_changed", "message": w.messageJSON(m, false), "previous_message": before,
		"hidden": true, "ts": w.stampLocked(),
	}
	w.mu.Unlock()
	w.echo(&ch, inner)
	return answer, nil
}

func (w *Workspace) permalink(c *call) (map[string]any, *apiError) {
	ch, ok := w.Channel(c.args["channel"])
	if !ok || (ch.Private || ch.IM) && !ch.has(w.opt.BotUserID) {
		return nil, w.unknownChannel(c.args["channel"])
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.messageLocked(ch.ID, c.args["message_ts"])
	if m == nil || m.Only != "" {
		return nil, fail("message_not_found", fmt.Sprintf("There is no message %q in this channel.", c.args["message_ts"]))
	}
	link := w.baseLocked() + "/archives/" + ch.ID + "/p" + strings.ReplaceAll(m.TS, ".", "")
	if m.ThreadTS != "" {
		link += "?" + url.Values{"thread_ts": {m.ThreadTS}, "cid": {ch.ID}}.Encode()
	}
	return map[string]any{"channel": ch.ID, "permalink": link}, nil
}

// checkMetadata requires Slack's event_type and event_payload. An app finds its
// messages again by them, so a mistake must not pass.
func checkMetadata(raw string) (json.RawMessage, *apiError) {
	if raw == "" {
		return nil, nil
	}
	var m struct {
		Type    string                     `json:"event_type"`
		Payload map[string]json.RawMessage `json:"event_payload"`
	}
	if err := json.Unmarshal([]byte(raw), &m); err != nil {
		return nil, fail("invalid_metadata_format", "metadata is not a JSON object with event_type and event_payload: "+err.Error())
	}
	if m.Type == "" || m.Payload == nil {
		return nil, fail("invalid_metadata_schema", "metadata needs event_type (a word) and event_payload (an object).")
	}
	if len(raw) > 8<<10 {
		return nil, fail("metadata_too_large", "metadata is larger than 8 kB.")
	}
	return json.RawMessage(raw), nil
}

// messageJSON is a message as Slack shows it to the app. Events leave the
// metadata out, and so does history unless it is asked for.
func (w *Workspace) messageJSON(m *Message, metadata bool) map[string]any {
	j := map[string]any{"type": "message", "user": m.User, "ts": m.TS, "text": m.Text}
	if p, ok := w.Person(m.User); ok {
		j["team"] = p.TeamID
	}
	if m.BotID != "" {
		j["bot_id"], j["app_id"] = m.BotID, w.opt.AppID
		j["bot_profile"] = map[string]any{
			"id": *w.botID.Load(), "app_id": w.opt.AppID, "name": w.opt.BotRealName, "deleted": false, "team_id": w.opt.TeamID, "updated": 0, "icons": map[string]any{},
		}
	}
	if m.Subtype != "" {
		j["subtype"] = m.Subtype
	}
	if m.ThreadTS != "" {
		j["thread_ts"] = m.ThreadTS
	}
	if len(m.Blocks) > 0 {
		j["blocks"] = m.Blocks
	}
	if len(m.files) > 0 {
		j["files"], j["upload"] = w.filesJSON(m), false
	}
	if m.Edited {
		j["edited"] = map[string]any{"user": m.User, "ts": m.TS}
	}
	if metadata && m.Metadata != nil {
		j["metadata"] = m.Metadata
	}
	return j
}

func (w *Workspace) filesJSON(m *Message) []any {
	var list []any
	for _, f := range m.files {
		list = append(list, w.fileJSON(f))
	}
	return list
}

// viewMost is Slack's limit for a view, in bytes.
const viewMost = 250_000

// viewLocked decodes and checks the "view" argument; kind is "home" or "modal".
func (w *Workspace) viewLocked(c *call, kind string) (*View, map[string]any, *apiError) {
	raw := c.args["view"]
	if len(raw) > viewMost {
		return nil, nil, fail("view_too_large", fmt.Sprintf("The view is %d bytes; Slack allows 250 kB.", len(raw)))
	}
	decoded, err := decodeAny([]byte(raw))
	fields, isObject := decoded.(map[string]any)
	if err != nil || !isObject {
		return nil, nil, fail("invalid_arguments", "view is not a JSON object.")
	}
	found := checkView(fields, kind)
	pictures, wrong := w.picturesLocked(fields["blocks"], "/blocks")
	if found.breaches = append(found.breaches, wrong...); len(found.breaches) > 0 {
		return nil, nil, refusedBlocks("invalid_arguments", "/view", found.breaches)
	}
	if found.asksForFiles {
		if refused := w.need("files:read"); refused != nil {
			return nil, nil, refused
		}
	}
	word := func(k string) string { s, _ := fields[k].(string); return s }
	items, _ := fields["blocks"].([]any)
	return &View{
		Hash: fmt.Sprintf("%d.%s", time.Now().Unix(), random(8)), Blocks: complete(items),
		PrivateMetadata: word("private_metadata"), CallbackID: word("callback_id"), ExternalID: word("external_id"), unchecked: found.unchecked, pictures: pictures,
	}, fields, nil
}

// publishView replaces a Home tab. With the hash of the view that the app read,
// Slack refuses an update that would overwrite a newer one.
func (w *Workspace) publishView(c *call) (map[string]any, *apiError) {
	p, ok := w.Person(c.args["user_id"])
	if !ok || !w.ours(p) || p.Bot {
		return nil, fail("user_not_found", fmt.Sprintf("%q is not somebody who has a Home tab of this app.", c.args["user_id"]))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	v, _, refused := w.viewLocked(c, "home")
	if refused != nil {
		return nil, refused
	}
	old := w.homes[p.ID]
	if hash := c.args["hash"]; hash != "" && (old == nil || old.Hash != hash) {
		return nil, fail("hash_conflict", "The Home tab was published again since this hash was read. Render it from the latest state and publish once more.")
	}
	v.User, v.ID = p.ID, "V0"+strings.ToUpper(random(9))
	if old != nil {
		v.ID = old.ID
	}
	w.homes[p.ID] = v
	w.uncheckedLocked(c.method, "/view", v.unchecked)
	w.changedLocked()
	return map[string]any{"view": w.homeJSON(v)}, nil
}

// homeJSON is a Home tab as Slack shows it to the app.
func (w *Workspace) homeJSON(v *View) map[string]any {
	return w.viewJSON(v, "home", w.stateLocked(inputKey{user: v.User, place: v.ID}, v.Blocks))
}

// viewJSON is a view as Slack shows it to the app.
func (w *Workspace) viewJSON(v *View, kind string, state map[string]any) map[string]any {
	blocks := v.Blocks
	if blocks == nil {
		blocks = []json.RawMessage{}
	}
	installed := w.opt.TeamID
	if w.orgInstall.Load() {
		installed = w.opt.EnterpriseID
	}
	return map[string]any{
		"id": v.ID, "team_id": w.opt.TeamID, "type": kind, "blocks": blocks, "private_metadata": v.PrivateMetadata,
		"callback_id": v.CallbackID, "external_id": v.ExternalID, "hash": v.Hash, "state": state,
		"clear_on_close": false, "notify_on_close": false, "close": nil, "submit": nil, "previous_view_id": nil, "root_view_id": v.ID,
		"title":  map[string]any{"type": "plain_text", "text": "View Title", "emoji": true},
		"app_id": w.opt.AppID, "app_installed_team_id": installed, "bot_id": *w.botID.Load(),
	}
}

// openConversation finds or makes the direct message with one person. Slack also
// makes groups of several, which the app does not use.
func (w *Workspace) openConversation(c *call) (map[string]any, *apiError) {
	if id := c.args["channel"]; id != "" {
		ch, ok := w.Channel(id)
		if !ok || !ch.has(w.opt.BotUserID) {
			return nil, w.unknownChannel(id)
		}
		return map[string]any{"channel": map[string]any{"id": ch.ID}, "no_op": true, "already_open": true}, nil
	}
	users := strings.Split(strings.ReplaceAll(c.args["users"], " ", ""), ",")
	if len(users) != 1 {
		return nil, fail("not_enough_users", "This workspace only has direct messages with one person; give one id in users.")
	}
	p, ok := w.Person(users[0])
	switch {
	case !ok || p.Hidden:
		return nil, fail("user_not_found", fmt.Sprintf("There is no user %q.", users[0]))
	case p.Deleted:
		return nil, fail("user_disabled", p.RealName+"'s account is deactivated.")
	case p.Bot:
		return nil, fail("cannot_dm_bot", "A bot cannot write to itself.")
	case !w.ours(p):
		return nil, fail("user_not_found", p.RealName+" belongs to another company; the app cannot write to them directly.")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	known := slices.ContainsFunc(w.channels, func(ch *Channel) bool { return ch.IM && ch.has(p.ID) })
	ch := w.directLocked(p.ID)
	answer := map[string]any{"channel": map[string]any{"id": ch.ID}}
	if c.flag("return_im") {
		answer["channel"] = w.channelJSON(ch)
	}
	if known {
		answer["no_op"], answer["already_open"] = true, true
	}
	return answer, nil
}

// kindsWanted reads the types of a call that lists conversations. Each kind
// takes its own scope.
func (w *Workspace) kindsWanted(types string) (map[string]bool, *apiError) {
	if types == "" {
		types = "public_channel"
	}
	kinds := map[string]string{"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
	want := map[string]bool{}
	for t := range strings.SplitSeq(types, ",") {
		kind := kinds[strings.TrimSpace(t)]
		if kind == "" {
			return nil, fail("invalid_types", fmt.Sprintf("types has %q; write public_channel, private_channel, im or mpim.", t))
		}
		if refused := w.need(kind + ":read"); refused != nil {
			return nil, refused
		}
		want[kind] = true
	}
	return want, nil
}

// userConversations lists the channels of a person that the app can see.
func (w *Workspace) userConversations(c *call) (map[string]any, *apiError) {
	if refused := w.namesTeam(c); refused != nil {
		return nil, refused
	}
	user := cmp.Or(c.args["user"], w.opt.BotUserID)
	if _, ok := w.Person(user); !ok {
		return nil, fail("user_not_found", fmt.Sprintf("There is no user %q.", user))
	}
	want, refused := w.kindsWanted(c.args["types"])
	if refused != nil {
		return nil, refused
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []any
	for _, ch := range w.channels {
		visible := ch.kind() == "channels" || ch.has(w.opt.BotUserID)
		hidden := ch.Archived && c.flag("exclude_archived")
		if want[ch.kind()] && visible && !hidden && ch.has(user) {
			list = append(list, w.channelJSON(ch))
		}
	}
	return paged(c, "channels", list, 100)
}

func (w *Workspace) conversationInfo(c *call) (map[string]any, *apiError) {
	ch, refused := w.conversation(c, "read")
	if refused != nil {
		return nil, refused
	}
	j := w.channelJSON(&ch)
	if c.flag("include_num_members") && !ch.IM {
		j["num_members"] = len(ch.Members)
	}
	return map[string]any{"channel": j}, nil
}

// conversationMembers lists who is in a channel, people whose accounts are deactivated
// included, as in Slack.
func (w *Workspace) conversationMembers(c *call) (map[string]any, *apiError) {
	ch, refused := w.conversation(c, "read")
	if refused != nil {
		return nil, refused
	}
	var list []any
	for _, id := range ch.Members {
		list = append(list, id)
	}
	return paged(c, "members", list, 100)
}

// channelJSON is a channel as conversations.info prints it. It has the fields
// that Slack prints, also where they say nothing here: an app may look at any. A
// direct message has few of them, in Slack as here.
func (w *Workspace) channelJSON(ch *Channel) map[string]any {
	j := map[string]any{
		"id": ch.ID, "created": 1577836800, "is_archived": ch.Archived, "is_im": ch.IM, "is_org_shared": ch.OrgShared,
		"context_team_id": w.opt.TeamID, "updated": 1577836800000,
	}
	if ch.IM {
		j["user"] = ch.other(w.opt.BotUserID)
		p, _ := w.Person(ch.other(w.opt.BotUserID))
		j["is_user_deleted"], j["priority"], j["is_open"] = p.Deleted, 0, true
		return j
	}
	teams := []string{w.opt.TeamID}
	connected := []string{}
	for _, id := range ch.Members {
		if p, ok := w.Person(id); ok && w.outside(p) && !slices.Contains(teams, p.TeamID) {
			teams, connected = append(teams, p.TeamID), append(connected, p.TeamID)
		}
	}
	about := func(s string) map[string]any { return map[string]any{"value": s, "creator": "", "last_set": 0} }
	for k, v := range map[string]any{
		"name": ch.Name, "name_normalized": ch.Name, "is_channel": !ch.Private, "is_group": false, "is_mpim": false, "is_private": ch.Private,
		"is_general": ch.Name == "general", "unlinked": 0, "is_shared": ch.ExtShared || ch.OrgShared, "is_ext_shared": ch.ExtShared, "is_pending_ext_shared": ch.Pending,
		"pending_shared": []string{}, "pending_connected_team_ids": []string{}, "parent_conversation": nil, "creator": "", "shared_team_ids": teams,
		"is_member": ch.has(w.opt.BotUserID), "topic": about(""), "purpose": about(ch.Purpose), "previous_names": []string{},
	} {
		j[k] = v
	}
	if ch.ExtShared {
		j["connected_team_ids"], j["conversation_host_id"] = connected, w.opt.TeamID
	}
	return j
}

// memberOf is conversation for what Slack shows to members only.
func (w *Workspace) memberOf(c *call) (Channel, *apiError) {
	ch, refused := w.conversation(c, "history")
	if refused == nil && !ch.has(w.opt.BotUserID) {
		refused = fail("not_in_channel", fmt.Sprintf("The app is not in #%s and cannot read it. Invite it with /invite @%s.", ch.Name, w.opt.BotName))
	}
	return ch, refused
}

// history lists the channel itself, newest first: replies show in their thread
// only, unless they were broadcast, and ephemerals nowhere.
func (w *Workspace) history(c *call) (map[string]any, *apiError) {
	ch, refused := w.memberOf(c)
	if refused != nil {
		return nil, refused
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []any
	for _, m := range slices.Backward(w.messages[ch.ID]) {
		if m.Only == "" && (m.ThreadTS == "" || m.Broadcast) && c.within(m.TS) && w.shows(m) {
			list = append(list, w.threadJSON(m, c.flag("include_all_metadata")))
		}
	}
	answer, refused := paged(c, "messages", list, 100)
	if refused == nil {
		answer["has_more"] = answer["response_metadata"] != nil
		answer["pin_count"] = 0
	}
	return answer, refused
}

// shows reports whether history has caught up with a message (HistoryLag).
func (w *Workspace) shows(m *Message) bool {
	return w.opt.HistoryLag == 0 || w.opt.Now().Sub(m.At) >= w.opt.HistoryLag
}

// within reports whether a timestamp lies between oldest and latest, which
// themselves count only if the call says inclusive.
func (c *call) within(ts string) bool {
	oldest, latest := c.args["oldest"], c.args["latest"]
	if c.flag("inclusive") && (compareTS(oldest, ts) == 0 && oldest != "" || compareTS(latest, ts) == 0 && latest != "") {
		return true
	}
	return (oldest == "" || oldest == "0" || compareTS(oldest, ts) < 0) && (latest == "" || compareTS(ts, latest) < 0)
}

// compareTS compares timestamps as numbers: bots also send "0" and whole seconds.
func compareTS(a, b string) int {
	number := func(s string) int64 {
		whole, part, _ := strings.Cut(s, ".")
		n, _ := strconv.ParseInt(whole, 10, 64)
		f, _ := strconv.ParseInt((part + "000000")[:6], 10, 64)
		return n*1_000_000 + f
	}
	x, y := number(a), number(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// threadJSON is a message with what Slack adds to the head of a thread.
func (w *Workspace) threadJSON(m *Message, metadata bool) map[string]any {
	j := w.messageJSON(m, metadata)
	var users []string
	count, latest := 0, ""
	for _, r := range w.messages[m.Channel] {
		if r.ThreadTS == m.TS && r.Only == "" {
			count, latest = count+1, r.TS
			if !slices.Contains(users, r.User) {
				users = append(users, r.User)
			}
		}
	}
	if count > 0 {
		j["thread_ts"], j["reply_count"], j["reply_users"], j["reply_users_count"], j["latest_reply"] = m.TS, count, users, len(users), latest
	}
	return j
}

// threadReplies lists a thread from its head on. ts may be that of any reply.
func (w *Workspace) threadReplies(c *call) (map[string]any, *apiError) {
	ch, refused := w.memberOf(c)
	if refused != nil {
		return nil, refused
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	head := w.messageLocked(ch.ID, c.args["ts"])
	if head == nil || head.Only != "" {
		return nil, fail("thread_not_found", fmt.Sprintf("There is no message %q in this channel.", c.args["ts"]))
	}
	if head.ThreadTS != "" {
		if parent := w.messageLocked(ch.ID, head.ThreadTS); parent != nil {
			head = parent
		}
	}
	list := []any{w.threadJSON(head, c.flag("include_all_metadata"))}
	for _, m := range w.messages[ch.ID] {
		if m.ThreadTS == head.TS && m.Only == "" && c.within(m.TS) && w.shows(m) {
			list = append(list, w.messageJSON(m, c.flag("include_all_metadata")))
		}
	}
	answer, refused := paged(c, "messages", list, 1000)
	if refused == nil {
		answer["has_more"] = answer["response_metadata"] != nil
	}
	return answer, refused
}

// paged cuts a list by limit and cursor. The cursor is base64, as Slack's is, so
// that a bot must pass it on as it came.
func paged(c *call, field string, list []any, usual int) (map[string]any, *apiError) {
	limit := usual
	if s := c.args["limit"]; s != "" && s != "0" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 1000 {
			return nil, fail("invalid_limit", fmt.Sprintf("limit is %q; write a number from 1 to 1000.", s))
		}
		limit = n
	}
	start := 0
	if s := c.args["cursor"]; s != "" {
		b, err := base64.StdEncoding.DecodeString(s)
		n, err2 := strconv.Atoi(strings.TrimPrefix(string(b), "next:"))
		if err != nil || err2 != nil || n < 0 || n > len(list) {
			return nil, fail("invalid_cursor", "cursor is not one that this workspace gave out.")
		}
		start = n
	}
	end := min(start+limit, len(list))
	part := list[start:end]
	if part == nil {
		part = []any{}
	}
	answer := map[string]any{field: part}
	if end < len(list) {
		answer["response_metadata"] = map[string]any{"next_cursor": base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "next:%d", end))}
	}
	return answer, nil
}

func (w *Workspace) userInfo(c *call) (map[string]any, *apiError) {
	p, ok := w.Person(c.args["user"])
	if !ok || p.Hidden {
		return nil, fail("user_not_found", fmt.Sprintf("There is no user %q.", c.args["user"]))
	}
	return map[string]any{"user": w.userJSON(p, c.flag("include_locale"))}, nil
}

// userList lists the workspace's people: deactivated ones, bots and Slackbot too, and
// nobody of another workspace.
func (w *Workspace) userList(c *call) (map[string]any, *apiError) {
	if refused := w.namesTeam(c); refused != nil {
		return nil, refused
	}
	slackbot, _ := w.Person(Slackbot)
	list := []any{slackbot}
	for _, p := range w.everybody() {
		if w.ours(p) && !p.Hidden {
			list = append(list, p)
		}
	}
	answer, refused := paged(c, "members", list, len(list))
	if refused != nil {
		return nil, refused
	}
	page := []any{}
	for _, p := range answer["members"].([]any) {
		page = append(page, w.userJSON(p.(Person), c.flag("include_locale")))
	}
	answer["members"], answer["cache_ts"] = page, time.Now().Unix()
	return answer, nil
}

// namesTeam refuses a call of a method that lists what a workspace has, where the token is that of an
// organisation and the call does not say which of its workspaces it means.
func (w *Workspace) namesTeam(c *call) *apiError {
	switch team := c.args["team_id"]; {
	case !w.orgInstall.Load() || team == w.opt.TeamID:
		return nil
	case team == "":
		return fail("missing_argument", "The token is an organisation's. Say with team_id which of its workspaces "+c.method+" is for.")
	default:
		return fail("team_access_not_granted", "The token is not good for the workspace "+team+".")
	}
}

// userJSON is a person as users.info prints them. is_stranger is there for people of
// other workspaces only, and false for those who share a channel with the app. That
// Slackbot is no bot is Slack's word.
func (w *Workspace) userJSON(p Person, locale bool) map[string]any {
	offset, label := 0, p.TZ
	if loc, err := time.LoadLocation(p.TZ); err == nil {
		label, offset = w.opt.Now().In(loc).Zone()
	}
	j := map[string]any{
		"id": p.ID, "team_id": p.TeamID, "name": p.Name, "deleted": p.Deleted, "color": "4a5568", "real_name": p.RealName,
		"tz": p.TZ, "tz_label": label, "tz_offset": offset,
		"profile": map[string]any{
			"title": p.Title, "phone": p.Phone, "real_name": p.RealName, "real_name_normalized": p.RealName, "display_name": p.RealName,
			"display_name_normalized": p.RealName, "status_text": "", "status_emoji": "", "team": p.TeamID,
		},
		"is_admin": p.Admin, "is_owner": false, "is_primary_owner": false, "is_restricted": p.Guest != "", "is_ultra_restricted": p.Guest == UltraRestricted,
		"is_bot": p.Bot && p.ID != Slackbot, "is_app_user": false, "updated": 1577836800,
	}
	if p.TeamID == "" {
		delete(j, "team_id")
	}
	if len(p.Teams) > 0 {
		j["enterprise_user"] = map[string]any{
			"id": p.ID, "enterprise_id": w.opt.EnterpriseID, "enterprise_name": w.opt.TeamName,
			"is_admin": false, "is_owner": false, "is_primary_owner": false, "teams": p.Teams,
		}
	}
	if !w.ours(p) {
		j["is_stranger"] = !slices.ContainsFunc(w.Channels(p.ID), func(c Channel) bool { return w.hears(&c) })
	}
	if locale {
		j["locale"] = cmp.Or(p.Locale, "en-US")
	}
	return j
}
