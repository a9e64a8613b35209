package localslack

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// A socketRig is a workspace on a real listener.
type socketRig struct {
	*rig
	server *httptest.Server
	api    *slack.Client
}

func newSocketRig(t *testing.T, change ...func(*Options)) *socketRig {
	t.Helper()
	s := &socketRig{rig: newRig(t, append(change, func(o *Options) { o.Deliver = nil })...)}
	s.server = httptest.NewServer(s.Handler())
	t.Cleanup(s.server.Close)
	s.api = slack.New(s.BotToken(), slack.OptionAPIURL(s.APIURL(s.server.URL)), slack.OptionAppLevelToken(s.AppToken()))
	return s
}

func (s *socketRig) until(what string, cond func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	if err := s.WaitFor(ctx, cond); err != nil {
		s.t.Fatalf("waited in vain until %s: %v", what, err)
	}
}

// client runs slack-go's Socket Mode client until the test ends.
func (s *socketRig) client(handle func(c *socketmode.Client, e socketmode.Event)) {
	s.t.Helper()
	before := s.Connections()
	c := socketmode.New(s.api)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, 2)
	go func() { _ = c.RunContext(ctx); done <- struct{}{} }()
	go func() {
		defer func() { done <- struct{}{} }()
		for {
			select {
			case e := <-c.Events:
				handle(c, e)
			case <-ctx.Done():
				return
			}
		}
	}()
	s.t.Cleanup(func() { cancel(); <-done; <-done })
	s.until("the client is connected", func() bool { return s.Connections() > before })
}

// The real client goes through one connection from hello to its renewal. To connect
// takes most of the time, so all is asked of the same one.
func TestSocketModeWithSlackGo(t *testing.T) {
	t.Parallel()
	s := newSocketRig(t)
	type said struct{ kind, text string }
	heard := make(chan said, 10)
	s.client(func(c *socketmode.Client, e socketmode.Event) {
		switch e.Type {
		case socketmode.EventTypeSlashCommand:
			_ = c.Ack(*e.Request, map[string]any{"text": "you said " + e.Data.(slack.SlashCommand).Text})
		case socketmode.EventTypeInteractive:
			_ = c.Ack(*e.Request)
			heard <- said{"interactive", e.Data.(slack.InteractionCallback).ActionCallback.BlockActions[0].Value}
		case socketmode.EventTypeEventsAPI:
			_ = c.Ack(*e.Request)
			inner := e.Data.(slackevents.EventsAPIEvent).InnerEvent
			heard <- said{inner.Type, e.Request.RetryReason}
		case socketmode.EventTypeErrorBadMessage, socketmode.EventTypeIncomingError:
			heard <- said{"error", string(e.Type)}
		}
	})
	if err := s.Command(miaID, sourcingID, "/visit-prep quality"); err != nil {
		t.Fatal(err)
	}
	if got := s.texts(miaID, sourcingID); !slices.Equal(got, []string{"you said quality"}) {
		t.Errorf("Mia reads %q", got)
	}
	_, ts, err := s.api.PostMessage(sourcingID, slack.MsgOptionText("x", false), oneButton("42"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Act(miaID, Action{Channel: sourcingID, MessageTS: ts, BlockID: "block", ActionID: "go"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Say(miaID, sourcingID, "", "@visitprep hello"); err != nil {
		t.Fatal(err)
	}
	if err := s.Redeliver(); err != nil {
		t.Fatal(err)
	}
	if err := s.OpenHome(miaID); err != nil {
		t.Fatal(err)
	}
	for _, want := range []said{{"interactive", "42"}, {"app_mention", ""}, {"app_mention", "timeout"}, {"app_home_opened", ""}} {
		select {
		case got := <-heard:
			if got != want {
				t.Errorf("heard %v, want %v", got, want)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("did not hear %v", want)
		}
	}

	// The address was good for one dial only.
	_, address, err := s.api.StartSocketModeContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if ws, _, err := websocket.DefaultDialer.Dial(address, nil); err != nil {
		t.Fatal(err)
	} else {
		defer func() { _ = ws.Close() }()
	}
	if _, _, err := websocket.DefaultDialer.Dial(address, nil); err == nil {
		t.Error("dialled twice with one ticket")
	}
}

func TestSocketIsRefreshed(t *testing.T) {
	t.Parallel()
	s := newSocketRig(t)
	connected := make(chan struct{}, 10)
	s.client(func(c *socketmode.Client, e socketmode.Event) {
		switch e.Type {
		case socketmode.EventTypeHello:
			connected <- struct{}{}
		case socketmode.EventTypeSlashCommand:
			_ = c.Ack(*e.Request)
		}
	})
	<-connected
	s.CloseSockets()
	select {
	case <-connected:
	case <-time.After(10 * time.Second):
		t.Fatal("the client did not come back")
	}
	s.until("one socket is open", func() bool { return s.Connections() == 1 })
	if err := s.Command(miaID, sourcingID, "/visit-prep"); err != nil {
		t.Error(err)
	}
}

// rawSocket is a connection without a client's help.
func (s *socketRig) rawSocket() *websocket.Conn {
	s.t.Helper()
	_, address, err := s.api.StartSocketModeContext(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	ws, _, err := websocket.DefaultDialer.Dial(address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = ws.Close() })
	var hello struct {
		Type           string
		NumConnections int `json:"num_connections"`
		ConnectionInfo struct {
			AppID string `json:"app_id"`
		} `json:"connection_info"`
	}
	if err := ws.ReadJSON(&hello); err != nil || hello.Type != "hello" || hello.NumConnections != s.Connections() || hello.ConnectionInfo.AppID != DefaultAppID {
		s.t.Fatalf("%+v %v", hello, err)
	}
	return ws
}

type envelope struct {
	EnvelopeID             string `json:"envelope_id"`
	Type                   string
	Payload                json.RawMessage
	AcceptsResponsePayload bool `json:"accepts_response_payload"`
	Reason                 string
}

// The ways in which an acknowledgement can be wrong, in one connection, so that a
// wrong one must not disturb the next.
func TestSocketAcks(t *testing.T) {
	t.Parallel()
	s := newSocketRig(t, func(o *Options) { o.AckTimeout = 300 * time.Millisecond })
	ws := s.rawSocket()
	frames := make(chan envelope, 10)
	go func() {
		defer close(frames)
		for {
			var e envelope
			if ws.ReadJSON(&e) != nil {
				return
			}
			frames <- e
		}
	}()
	command := func() chan error {
		done := make(chan error, 1)
		go func() { done <- s.Command(miaID, sourcingID, "/visit-prep") }()
		return done
	}

	done := command()
	e := <-frames
	if e.Type != "slash_commands" || !e.AcceptsResponsePayload || !strings.Contains(string(e.Payload), `"command":"/visit-prep"`) {
		t.Errorf("%+v", e)
	}
	big := map[string]any{"envelope_id": e.EnvelopeID, "payload": map[string]any{"text": strings.Repeat("x", ackMost)}}
	if err := ws.WriteJSON(big); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil {
		t.Error("an ack of more than 20 kB was taken")
	}
	if reason, ok := s.refused("response_too_large"); !ok || !strings.Contains(reason, "20480") {
		t.Errorf("refusal: %q", reason)
	}

	// The same envelope again is late now.
	if err := ws.WriteJSON(map[string]any{"envelope_id": e.EnvelopeID}); err != nil {
		t.Fatal(err)
	}
	s.until("the late ack is refused", func() bool { _, ok := s.refused("late_ack"); return ok })

	done = command()
	e = <-frames
	if err := ws.WriteJSON(map[string]any{"envelope_id": e.EnvelopeID}); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("an ack without a payload: %v", err)
	}

	s.WarnSockets()
	if e := <-frames; e.Type != "disconnect" || e.Reason != "warning" {
		t.Errorf("%+v", e)
	}
	s.CloseSockets()
	if e := <-frames; e.Type != "disconnect" || e.Reason != "refresh_requested" {
		t.Errorf("%+v", e)
	}
	if _, open := <-frames; open {
		t.Error("the socket is still open")
	}
	s.until("no socket is open", func() bool { return s.Connections() == 0 })
	if err := s.Command(miaID, sourcingID, "/visit-prep"); err == nil {
		t.Error("a command without a socket")
	}
}

func TestPayloadsGoToOneOfSeveralSockets(t *testing.T) {
	t.Parallel()
	s := newSocketRig(t)
	seen := make(chan int, 10)
	for i := range 3 {
		ws := s.rawSocket()
		go func() {
			for {
				var e envelope
				if ws.ReadJSON(&e) != nil {
					return
				}
				seen <- i
				_ = ws.WriteJSON(map[string]any{"envelope_id": e.EnvelopeID})
			}
		}()
	}
	for range 6 {
		if err := s.Command(miaID, sourcingID, "/visit-prep"); err != nil {
			t.Fatal(err)
		}
	}
	count := map[int]int{}
	for range 6 {
		count[<-seen]++
	}
	if len(count) != 3 || len(seen) != 0 {
		t.Errorf("sockets got %v", count)
	}
}

// Not parallel: it counts the goroutines of the whole process.
func TestCloseLeavesNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	s := newSocketRig(t, func(o *Options) { o.AckTimeout = 100 * time.Millisecond })
	for range 3 {
		s.rawSocket()
	}
	if _, err := s.Say(miaID, sourcingID, "", "@visitprep never acknowledged"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.server.CloseClientConnections()
	s.server.Close()
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			b := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, b[:runtime.Stack(b, true)])
		}
	}
}
