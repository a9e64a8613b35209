package localslack

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Socket Mode: the app dials in and payloads travel as envelopes.

const (
	socketsMost   = 10               // Slack's limit for one app
	ackMost       = 20480            // Slack drops an answer of this many bytes
	pingEvery     = 5 * time.Second  // slack-go gives up after 30 s without one
	ticketLife    = 30 * time.Second // from apps.connections.open to the dial
	writeDeadline = 5 * time.Second
)

// A socket is one connection of the app.
type socket struct {
	ws   *websocket.Conn
	send sync.Mutex // gorilla allows one writer at a time
	once sync.Once
}

func (s *socket) write(v any) error {
	s.send.Lock()
	defer s.send.Unlock()
	_ = s.ws.SetWriteDeadline(time.Now().Add(writeDeadline))
	return s.ws.WriteMessage(websocket.TextMessage, encode(v))
}

// shut closes the connection; its reader returns and cleans up.
func (s *socket) shut() {
	s.once.Do(func() {
		_ = s.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
		_ = s.ws.Close()
	})
}

func (w *Workspace) connectionsOpen(*call) (map[string]any, *apiError) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(w.tickets, func(_ string, t time.Time) bool { return now.Sub(t) > ticketLife })
	ticket := random(32)
	w.tickets[ticket] = now
	address := "ws" + strings.TrimPrefix(w.baseLocked(), "http") + "/link/?" + url.Values{"ticket": {ticket}, "app_id": {w.opt.AppID}}.Encode()
	return map[string]any{"url": address}, nil
}

var upgrader = websocket.Upgrader{
	// slack-go names api.slack.com as Origin. The ticket is the protection: a
	// page of another site cannot get one without the app token.
	CheckOrigin: func(*http.Request) bool { return true },
}

// serveSocket takes a connection of the app and reads its acknowledgements until
// it ends. It registers the socket and its goroutines under the lock that Close
// takes, so that Close misses none.
func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	w.mu.Lock()
	issued, ok := w.tickets[ticket]
	delete(w.tickets, ticket)
	full := len(w.sockets) >= socketsMost
	w.mu.Unlock()
	switch {
	case !ok || time.Since(issued) > ticketLife:
		w.refuse("socket", "invalid_ticket", "The socket's address is good for one dial within 30 s. Call apps.connections.open again.")
		http.Error(rw, "invalid ticket", http.StatusForbidden)
		return
	case full:
		w.refuse("socket", "too_many_websockets", fmt.Sprintf("The app has %d sockets open, which is the limit.", socketsMost))
		http.Error(rw, "too many websockets", http.StatusTooManyRequests)
		return
	}
	ws, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	s := &socket{ws: ws}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		s.shut()
		return
	}
	w.sockets = append(w.sockets, s)
	count := len(w.sockets)
	w.background.Go(func() { w.ping(s) })
	w.background.Add(1) // for the reader below, which runs in the server's goroutine
	w.mu.Unlock()
	defer w.background.Done()

	// hello goes first: the client may be sent payloads only after it, and
	// w.push takes sockets that are ready.
	err = s.write(map[string]any{
		"type": "hello", "num_connections": count,
		"debug_info":      map[string]any{"host": "applink-local", "build_number": 1, "approximate_connection_time": 18060},
		"connection_info": map[string]any{"app_id": w.opt.AppID},
	})
	w.mu.Lock()
	w.changedLocked()
	w.mu.Unlock()
	for err == nil {
		var frame []byte
		if _, frame, err = ws.ReadMessage(); err == nil {
			w.received(frame)
		}
	}
	s.shut()
	w.mu.Lock()
	w.sockets = slices.DeleteFunc(w.sockets, func(o *socket) bool { return o == s })
	w.changedLocked()
	w.mu.Unlock()
}

// ping keeps the client sure of us until the socket or the workspace ends.
func (w *Workspace) ping(s *socket) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		if err := s.ws.WriteControl(websocket.PingMessage, []byte("Ping from local Slack"), time.Now().Add(writeDeadline)); err != nil {
			s.shut()
			return
		}
		select {
		case <-tick.C:
		case <-w.ctx.Done():
			s.shut()
			return
		}
	}
}

// Connections is how many sockets the app has open.
func (w *Workspace) Connections() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sockets)
}

// WarnSockets sends Slack's warning that connections will be refreshed soon.
func (w *Workspace) WarnSockets() { w.disconnect("warning") }

// CloseSockets asks every client to connect again and closes its connection,
// as Slack does every few hours.
func (w *Workspace) CloseSockets() {
	for _, s := range w.disconnect("refresh_requested") {
		s.shut()
	}
}

func (w *Workspace) disconnect(reason string) []*socket {
	w.mu.Lock()
	sockets := slices.Clone(w.sockets)
	w.mu.Unlock()
	for _, s := range sockets {
		_ = s.write(map[string]any{"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "applink-local"}})
	}
	return sockets
}

// push sends a payload over one of the sockets, in turn, and waits for the ack of
// its envelope, which may come over any of them. A socket that cannot be written
// to is passed over: it has died and nobody has noticed yet.
func (w *Workspace) push(ctx context.Context, d delivery) (ack, *failure) {
	id := uuid()
	var payload any = d.form
	if d.kind != "slash_commands" {
		payload = d.content()
	}
	envelope := map[string]any{"envelope_id": id, "type": d.kind, "payload": payload, "accepts_response_payload": d.kind != "events_api"}
	if d.kind == "events_api" {
		envelope["retry_attempt"], envelope["retry_reason"] = d.attempt, ""
		if d.attempt > 0 {
			envelope["retry_reason"] = "timeout"
		}
	}
	answered := make(chan ack, 1)
	w.mu.Lock()
	w.waiting[id] = answered
	sockets := slices.Clone(w.sockets)
	w.nextSocket++
	next := w.nextSocket
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.waiting, id)
		w.mu.Unlock()
	}()

	sent := false
	for i := range sockets {
		if sockets[(next+i)%len(sockets)].write(envelope) == nil {
			sent = true
			break
		}
	}
	if !sent {
		return ack{}, &failure{code: "dispatch_failed", reason: "connection_failed", detail: "the app has no socket open. Start it, or look at its log."}
	}
	select {
	case a := <-answered:
		return a, nil
	case <-ctx.Done():
		w.mu.Lock()
		maps.DeleteFunc(w.late, func(_ string, sent time.Time) bool { return time.Since(sent) > 10*time.Minute })
		w.late[id] = time.Now().Add(-w.opt.AckTimeout)
		w.mu.Unlock()
		return ack{}, w.late3s()
	}
}

// received takes an ack. One that is late is named with its delay, for which the
// envelope's time was kept; one that nobody waits for is only noted, since Slack
// ignores it.
func (w *Workspace) received(frame []byte) {
	if len(frame) >= ackMost {
		w.refuse("ack", "response_too_large", fmt.Sprintf("The answer to an envelope has %d bytes; Slack silently drops %d and more. "+
			"Acknowledge without a payload and send the message with response_url or the Web API.", len(frame), ackMost))
		return
	}
	var in struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(frame, &in); err != nil || in.EnvelopeID == "" {
		w.refuse("ack", "invalid_ack", "A frame came that is not {\"envelope_id\": …}.")
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if answered := w.waiting[in.EnvelopeID]; answered != nil {
		delete(w.waiting, in.EnvelopeID)
		answered <- ack{body: in.Payload, json: true}
		return
	}
	if sent, ok := w.late[in.EnvelopeID]; ok {
		delete(w.late, in.EnvelopeID)
		w.refuseLocked("ack", "late_ack", fmt.Sprintf("The acknowledgement came after %.1f s; the limit is %s. Acknowledge first, work afterwards.", time.Since(sent).Seconds(), w.opt.AckTimeout))
		return
	}
	w.noticeLocked("ack", "unknown_envelope", "An acknowledgement names an envelope that is not waiting: it was acknowledged before, or never sent.")
}
