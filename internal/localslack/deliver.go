package localslack

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
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
	"slices"
	"strconv"
	"strings"
	"time"
)

// How payloads reach the app: by signed HTTP or over Socket Mode, with Slack's
// time limit, retries, trigger_ids and response_urls.

// A delivery is one payload on its way. form is set for slash commands,
// payload for everything else.
type delivery struct {
	kind    string // "slash_commands", "interactive", "events_api"
	form    map[string]string
	payload map[string]any
	raw     json.RawMessage // in place of payload, if it has the wrong shape
	attempt int             // 0 for the first time
	reason  string          // why it comes again
}

// content is the JSON of what is not a command.
func (d delivery) content() json.RawMessage {
	if d.raw != nil {
		return d.raw
	}
	return encode(d.payload)
}

// An ack is the body of the app's acknowledgement.
type ack struct {
	body []byte
	json bool
}

// A failure is why a payload was not acknowledged.
type failure struct {
	code    string // what Slack shows the person
	reason  string // for X-Slack-Retry-Reason
	detail  string // for Refusals
	noRetry bool   // the app asked for no retries
}

func (w *Workspace) late3s() *failure {
	return &failure{code: "operation_timeout", reason: "http_timeout", detail: fmt.Sprintf(
		"no acknowledgement within %s. Acknowledge at once and do slow work afterwards, with response_url or the Web API.", w.opt.AckTimeout)}
}

// deliver sends one payload and waits for its ack, at most AckTimeout. It must be
// called without the lock: the app calls the Web API before it acknowledges.
func (w *Workspace) deliver(d delivery) (ack, *failure) {
	if w.uninstalled.Load() {
		return ack{}, &failure{code: "dispatch_failed", detail: "the app is not installed any more.", noRetry: true}
	}
	w.begin()
	defer w.end()
	ctx, cancel := context.WithTimeout(w.ctx, w.opt.AckTimeout)
	defer cancel()
	var answer ack
	var failed *failure
	if w.opt.Deliver != nil || w.opt.RequestURL != "" {
		answer, failed = w.post(ctx, d)
	} else {
		answer, failed = w.push(ctx, d)
	}
	if failed == nil && w.loseAck() {
		<-ctx.Done()
		failed = w.late3s()
	}
	if w.ctx.Err() != nil {
		failed = &failure{code: "dispatch_failed", detail: "the workspace was closed", noRetry: true}
	}
	return answer, failed
}

// DropAcks loses the next n acknowledgements on their way: the app has done its
// work, and Slack waits in vain. Events come again later.
func (w *Workspace) DropAcks(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropAcks = n
}

func (w *Workspace) loseAck() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dropAcks == 0 {
		return false
	}
	w.dropAcks--
	return true
}

func deliveryClient() *http.Client {
	return &http.Client{
		// A transport of our own, so that Close can close its connections.
		Transport: &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > 2 {
				return errors.New("more than two redirects")
			}
			return nil
		},
	}
}

// post sends a payload as Slack's servers do: a form for commands and clicks,
// JSON for events, signed with the wall clock's time, against which the app
// checks that a request is not a replay. Slack waits three seconds and takes any
// 2xx for an acknowledgement.
func (w *Workspace) post(ctx context.Context, d delivery) (ack, *failure) {
	var body []byte
	contentType := "application/x-www-form-urlencoded"
	switch d.kind {
	case "slash_commands":
		form := url.Values{}
		for k, v := range d.form {
			form.Set(k, v)
		}
		body = []byte(form.Encode())
	case "interactive":
		body = []byte(url.Values{"payload": {string(d.content())}}.Encode())
	default:
		body, contentType = d.content(), "application/json"
	}
	target := w.opt.RequestURL
	if w.opt.Deliver != nil {
		target = "http://app.invalid/slack/events"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return ack{}, &failure{code: "dispatch_failed", reason: "connection_failed", detail: err.Error()}
	}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	req.Header.Set("Accept", "application/json,*/*")
	req.Header.Set("X-Slack-Request-Timestamp", timestamp)
	req.Header.Set("X-Slack-Signature", sign(w.opt.SigningSecret, timestamp, body))
	if d.attempt > 0 {
		req.Header.Set("X-Slack-Retry-Num", strconv.Itoa(d.attempt))
		req.Header.Set("X-Slack-Retry-Reason", d.reason)
	}

	status, header, answer, err := w.exchange(req)
	switch {
	case err != nil && (ctx.Err() != nil || isTimeout(err)):
		return ack{}, w.late3s()
	case err != nil:
		return ack{}, &failure{code: "dispatch_failed", reason: "connection_failed", detail: "the app could not be reached: " + err.Error()}
	case status >= 200 && status < 300:
		kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
		return ack{body: answer, json: kind == "application/json"}, nil
	}
	code := "http_service_error"
	if status < 500 {
		code = "http_client_error"
	}
	return ack{}, &failure{
		code: code, reason: "http_error", noRetry: header.Get("X-Slack-No-Retry") == "1",
		detail: fmt.Sprintf("the app answered with HTTP %d; Slack wants 200.", status),
	}
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// sign is Slack's v0 signature of a request body.
func sign(secret, timestamp string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(h, "v0:%s:", timestamp)
	_, _ = h.Write(body)
	return "v0=" + hex.EncodeToString(h.Sum(nil))
}

// exchange sends a request to the app, over the network or by calling its
// handler. The handler runs in a goroutine of its own, so that one that is late
// is left behind as a slow server would be; Close waits for it.
func (w *Workspace) exchange(req *http.Request) (int, http.Header, []byte, error) {
	if w.opt.Deliver == nil {
		resp, err := w.client.Do(req)
		if err != nil {
			return 0, nil, nil, err
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		return resp.StatusCode, resp.Header, body, err
	}
	done := make(chan *recorder, 1)
	started := w.start(func() {
		w.begin() // for Wait and Idle a late handler is still in progress
		defer w.end()
		done <- serve(w.opt.Deliver, req)
	})
	if !started {
		return 0, nil, nil, errors.New("the workspace was closed")
	}
	select {
	case r := <-done:
		if r.aborted {
			return 0, nil, nil, io.ErrUnexpectedEOF
		}
		return r.status, r.header, r.body.Bytes(), nil
	case <-req.Context().Done():
		return 0, nil, nil, req.Context().Err()
	}
}

// A recorder is the http.ResponseWriter of calls that stay in the process.
type recorder struct {
	status  int
	header  http.Header
	body    bytes.Buffer
	aborted bool // the handler cut the connection
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// serve runs a handler as a server would. ErrAbortHandler cuts the connection;
// any other panic is passed on, so that a test sees it.
func serve(h http.Handler, req *http.Request) (r *recorder) {
	r = &recorder{header: http.Header{}}
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			r.aborted = true
		} else if p != nil {
			panic(p)
		}
	}()
	in := req.Clone(req.Context())
	in.RequestURI = in.URL.RequestURI()
	in.RemoteAddr = "127.0.0.1:0"
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	h.ServeHTTP(r, in)
	r.WriteHeader(http.StatusOK)
	return r
}

// An event is one Events API payload, kept for its retries.
type event struct {
	payload map[string]any
	retries int // how often Redeliver sent it
}

// knownEvents are those that this workspace sends, as a manifest names them.
var knownEvents = []string{
	"app_home_opened", "app_mention", "app_uninstalled", "tokens_revoked",
	"message.channels", "message.groups", "message.im",
	"member_joined_channel", "member_left_channel",
	"channel_archive", "channel_deleted", "channel_left", "channel_rename", "channel_unarchive",
	"group_archive", "group_deleted", "group_left", "group_rename", "group_unarchive",
	"channel_id_changed", "channel_shared", "channel_unshared",
	"team_join", "user_change",
}

// eventScope is the scope without which Slack sends an app no such event, even if
// the manifest subscribes to it; "" if it needs none.
func eventScope(name string, c *Channel) string {
	kind, of, _ := strings.Cut(name, ".")
	switch {
	case kind == "message":
		return of + ":history"
	case name == "app_mention":
		return "app_mentions:read"
	case name == "team_join" || name == "user_change":
		return "users:read"
	case name == "channel_id_changed" || strings.HasPrefix(name, "group_"):
		return "groups:read"
	case c != nil:
		return c.kind() + ":read"
	}
	return ""
}

// sendMessageEvent sends a message event if the app listens to this kind of
// channel.
func (w *Workspace) sendMessageEvent(c *Channel, inner map[string]any, byPerson bool) {
	inner = with(inner, "type", "message")
	inner["channel_type"] = strings.TrimSuffix(c.kind(), "s")
	w.sendEvent("message."+c.kind(), c, inner, byPerson)
}

// sendEvent delivers an event if the app subscribed to it, and returns after the
// first attempt; retries go on in the background. c is nil for events outside
// channels. Events that a person caused (byPerson) are kept for Redeliver.
func (w *Workspace) sendEvent(name string, c *Channel, inner map[string]any, byPerson bool) {
	if !slices.Contains(w.opt.Events, name) || w.loseEvents.Load() || w.uninstalled.Load() || w.toldElsewhere(c) {
		return
	}
	if scope := eventScope(name, c); scope != "" && !slices.Contains(w.opt.Scopes, scope) {
		w.refuse("events_api", "missing_scope", fmt.Sprintf("The app subscribed to %s without the scope %s, so it gets no such event. Add the scope.", name, scope))
		return
	}
	e := &event{payload: w.envelope(c, inner)}
	if byPerson {
		w.mu.Lock()
		w.last = e
		w.mu.Unlock()
	}
	_, failed := w.deliver(delivery{kind: "events_api", payload: e.payload})
	if failed != nil && !w.eventFailed(e, failed, 0) {
		w.start(func() { w.retry(e, failed) }) // not inBackground: Wait would wait six minutes
	}
}

// envelope is an event as Slack wraps it.
func (w *Workspace) envelope(c *Channel, inner map[string]any) map[string]any {
	org := w.organisation()
	return map[string]any{
		"token":                 w.verification(),
		"team_id":               w.opt.TeamID,
		"context_team_id":       w.opt.TeamID,
		"context_enterprise_id": org,
		"api_app_id":            w.opt.AppID,
		"event":                 inner,
		"type":                  "event_callback",
		"event_id":              "Ev" + strings.ToUpper(random(10)),
		"event_time":            time.Now().Unix(),
		"event_context":         "4-" + random(24),
		"is_ext_shared_channel": c != nil && c.ExtShared,
		"authorizations": []any{map[string]any{
			"enterprise_id": org, "team_id": w.opt.TeamID, "user_id": w.opt.BotUserID, "is_bot": true, "is_enterprise_install": w.orgInstall.Load(),
		}},
	}
}

// organisation is the id of the organisation that the workspace is of, or nil.
func (w *Workspace) organisation() any {
	if w.orgInstall.Load() || w.opt.Grid {
		return w.opt.EnterpriseID
	}
	return nil
}

// aboutPerson adds to an event where its person belongs.
func (w *Workspace) aboutPerson(inner map[string]any, p Person, c *Channel) map[string]any {
	if p.TeamID == "" || w.omitUserTeam.Load() {
		return inner
	}
	inner["team"] = p.TeamID
	if c.ExtShared || c.OrgShared {
		inner["user_team"], inner["source_team"] = p.TeamID, p.TeamID
	}
	return inner
}

// retryAfter are Slack's pauses before it sends a failed event again: nearly at
// once, after a minute, after five.
var retryAfter = [...]time.Duration{0, time.Minute, 5 * time.Minute}

func (w *Workspace) retry(e *event, failed *failure) {
	for i, pause := range retryAfter {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-w.ctx.Done():
			timer.Stop()
			return
		}
		if w.loseEvents.Load() {
			return
		}
		_, again := w.deliver(delivery{kind: "events_api", payload: e.payload, attempt: i + 1, reason: failed.reason})
		if again == nil || w.eventFailed(e, again, i+1) {
			return
		}
		failed = again
	}
}

// eventFailed notes a failed attempt and reports whether it was the last.
func (w *Workspace) eventFailed(e *event, failed *failure, attempt int) (last bool) {
	if w.ctx.Err() != nil {
		return true
	}
	inner, _ := e.payload["event"].(map[string]any)
	w.refuse("events_api", failed.code, fmt.Sprintf("%v %v, attempt %d: %s", inner["type"], e.payload["event_id"], attempt+1, failed.detail))
	return failed.noRetry || attempt == len(retryAfter)
}

// Redeliver sends the latest event that a person caused once more, with the same
// event_id and marked as a retry, as Slack does when an acknowledgement was lost.
func (w *Workspace) Redeliver() error {
	w.mu.Lock()
	e := w.last
	attempt := 0
	if e != nil {
		e.retries++
		attempt = e.retries
	}
	w.mu.Unlock()
	if e == nil {
		return errors.New("localslack: no event was sent yet")
	}
	if _, failed := w.deliver(delivery{kind: "events_api", payload: e.payload, attempt: attempt, reason: "http_timeout"}); failed != nil {
		return &DeliveryError{failed.code, failed.detail}
	}
	return nil
}

// verification is Slack's deprecated token. Slack still sends it and nobody should
// rely on it, so here it is not a secret.
func (w *Workspace) verification() string { return "local-verification-token" }

// A trigger is a trigger_id: it opens one modal within Options.TriggerLife.
type trigger struct {
	user   string
	issued time.Time
	used   bool
}

func (w *Workspace) triggerLocked(user string) string {
	now := time.Now()
	maps.DeleteFunc(w.triggers, func(_ string, t *trigger) bool { return now.Sub(t.issued) > time.Hour })
	id := fmt.Sprintf("%d.%d.%s", now.UnixMilli(), len(w.triggers)+1, random(32))
	w.triggers[id] = &trigger{user: user, issued: now}
	return id
}

// useTrigger spends a trigger_id and returns whose it was.
func (w *Workspace) useTrigger(id string) (user string, refused *apiError) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.triggers[id]
	switch {
	case t == nil:
		return "", fail("invalid_trigger_id", "No command or click came with this trigger_id. Pass on the one in the payload.")
	case t.used:
		return "", fail("exchanged_trigger_id", "This trigger_id was used before; each opens one modal. Use that of the latest click.")
	case time.Since(t.issued) > w.opt.TriggerLife:
		return "", fail("expired_trigger_id", fmt.Sprintf("This trigger_id is %.1f s old; it is good for %s. Open the modal first and fill it afterwards.", time.Since(t.issued).Seconds(), w.opt.TriggerLife))
	}
	t.used = true
	return t.user, nil
}

// A replyURL is a response_url: five uses within half an hour.
type replyURL struct {
	user, channel string
	ts            string // of the message that was clicked on
	command       bool   // it came with a slash command, so there is no message
	newest        string // ts of the last message that came by it
	uses          int
	issued        time.Time
}

const (
	replyUses = 5
	replyLife = 30 * time.Minute
)

func (w *Workspace) replyURLLocked(kind string, r *replyURL) string {
	r.issued = time.Now()
	maps.DeleteFunc(w.replies, func(_ string, o *replyURL) bool { return r.issued.Sub(o.issued) > 2*replyLife })
	id := random(32)
	w.replies[id] = r
	return fmt.Sprintf("%s/response/%s/%s/%s", w.baseLocked(), kind, w.opt.TeamID, id)
}

// commandAck posts the message that the acknowledgement of a slash command may
// carry: JSON, or plain text.
func (w *Workspace) commandAck(to *replyURL, a ack) *failure {
	text := strings.TrimSpace(string(a.body))
	if text == "" || text == "{}" || text == "null" {
		return nil
	}
	body := a.body
	if !a.json {
		body = encode(map[string]string{"text": text})
	}
	if refused := w.reply("ack", body, to); refused != nil {
		return &failure{code: "invalid_command_response", detail: refused.code + ": " + refused.reason}
	}
	return nil
}

// A response is the message that an acknowledgement or a response_url carries.
type response struct {
	ResponseType    string          `json:"response_type"`
	Text            string          `json:"text"`
	Blocks          json.RawMessage `json:"blocks"`
	Attachments     json.RawMessage `json:"attachments"`
	ReplaceOriginal bool            `json:"replace_original"`
	DeleteOriginal  bool            `json:"delete_original"`
	ThreadTS        string          `json:"thread_ts"`
}

func decodeResponse(body []byte) (in response, refused *apiError) {
	if err := json.Unmarshal(body, &in); err != nil {
		return in, fail("invalid_payload", "The body is not a JSON message: "+err.Error())
	}
	if in.ResponseType != "" && in.ResponseType != "ephemeral" && in.ResponseType != "in_channel" {
		return in, fail("invalid_response_type", fmt.Sprintf("response_type is %q; write \"ephemeral\" or \"in_channel\".", in.ResponseType))
	}
	return in, nil
}

// reply posts what an ack or a response_url carries, to the one person unless
// response_type is in_channel. It does not need the app to be a member. The
// caller records the refusal, which ends differently for the two.
func (w *Workspace) reply(call string, body []byte, to *replyURL) *apiError {
	in, refused := decodeResponse(body)
	if refused != nil {
		return refused
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if to.command && (in.ReplaceOriginal || in.DeleteOriginal) {
		w.noticeLocked(call, "no_original", "A slash command has no message to replace or delete; Slack ignores replace_original and delete_original here.")
		if in.DeleteOriginal {
			return nil
		}
		in.ReplaceOriginal = false
	}
	original := w.messageLocked(to.channel, to.ts)
	if in.DeleteOriginal {
		if original == nil {
			w.noticeLocked(call, "message_not_found", "The message to delete is gone already.")
		} else {
			w.removeLocked(original)
		}
		return nil
	}
	content, refused := w.contentLocked(call, map[string]string{"text": in.Text, "blocks": string(in.Blocks), "attachments": string(in.Attachments)})
	switch {
	case refused != nil:
		return refused
	case in.ReplaceOriginal && original == nil:
		return fail("message_not_found", "The message to replace is gone.")
	case in.ReplaceOriginal:
		original.Text, original.Blocks, original.pictures = content.Text, content.Blocks, content.pictures
		original.Edited = original.Edited || original.Only == "" && len(content.Blocks) == 0
		w.changedLocked()
		return nil
	}
	content.Channel, content.ThreadTS, content.User, content.BotID = to.channel, in.ThreadTS, w.opt.BotUserID, *w.botID.Load()
	if in.ResponseType != "in_channel" {
		content.Only = to.user
	}
	to.newest = w.addLocked(content).TS
	return nil
}

// serveResponse answers a POST to a response_url. The address is its own key, as
// in Slack: anyone who has it may use it, five times within half an hour. A use
// counts before the message is looked at, so a refused one is gone too.
func (w *Workspace) serveResponse(rw http.ResponseWriter, r *http.Request) {
	refuse := func(status int, e *apiError) {
		w.refuse("response_url", e.code, e.reason)
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
		rw.WriteHeader(status)
		_, _ = rw.Write(encode(map[string]any{"ok": false, "error": e.code}))
	}
	if r.Method != http.MethodPost {
		refuse(http.StatusMethodNotAllowed, fail("invalid_request", "POST JSON to a response_url."))
		return
	}
	if w.proxied(rw) || w.injected(rw, "response_url") {
		return
	}
	defer w.hold(r, "response_url")
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		refuse(http.StatusBadRequest, fail("invalid_payload", err.Error()))
		return
	}
	w.mu.Lock()
	u := w.replies[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]
	var spent *apiError
	switch {
	case u == nil:
		spent = fail("invalid_url", "No command or click came with this response_url.")
	case time.Since(u.issued) > replyLife:
		spent = fail("expired_url", "This response_url is older than 30 minutes. Use chat.postMessage or chat.postEphemeral.")
	case u.uses >= replyUses:
		spent = fail("used_url", "This response_url was used five times, which is the limit. Use chat.postMessage or chat.postEphemeral.")
	default:
		u.uses++
	}
	w.mu.Unlock()
	if spent != nil {
		refuse(http.StatusNotFound, spent)
		return
	}
	if refused := w.reply("response_url", body, u); refused != nil {
		refuse(http.StatusBadRequest, refused)
		return
	}
	if w.takeFault("response_url", true) != nil {
		panic(http.ErrAbortHandler)
	}
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(rw, "ok")
}

// encode writes JSON without the escapes for HTML, so that texts compare equal to
// what was sent.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("localslack: encode: %v", err)) // our own maps and strings
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// decodeAny reads one JSON value and keeps numbers as they were written.
func decodeAny(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("there is more after the first JSON value")
	}
	return v, nil
}

// with is a copy of m with one more entry.
func with(m map[string]any, key string, value any) map[string]any {
	n := maps.Clone(m)
	n[key] = value
	return n
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

func uuid() string {
	r := random(32)
	return strings.Join([]string{r[:8], r[8:12], r[12:16], r[16:20], r[20:]}, "-")
}
