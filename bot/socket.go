package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// maxSocketAnswer is the largest acknowledgement that Slack takes over a socket,
// in bytes; it silently drops a larger one. A longer answer goes by response URL.
const maxSocketAnswer = 19 << 10

// ServeSocket takes what Slack sends over Socket Mode until ctx ends, or until
// Slack says that the app token is wrong. While Slack is out of reach it keeps trying.
func (b *Bot) ServeSocket(ctx context.Context, client *socketmode.Client) error {
	asked := ctx
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-client.Events:
				if err := wrongToken(e); err != nil {
					stop(err)
				}
				socket{intake{b}, client}.take(ctx, e)
			}
		}
	}()
	err := client.RunContext(ctx)
	if wrong := context.Cause(ctx); wrong != nil {
		err = wrong
	}
	over := asked.Err() != nil
	stop(nil)
	<-reading
	if over {
		return nil
	}
	return fmt.Errorf("connect to Slack: %w", err)
}

// wrongToken is Slack's word for an app token with which no connection is ever opened,
// where the library would go on asking.
func wrongToken(e socketmode.Event) error {
	failed, ok := e.Data.(*slack.ConnectionErrorEvent)
	if !ok {
		return nil
	}
	for _, word := range []string{"missing_scope", "not_allowed_token_type", "token_expired"} {
		if isSlackError(failed.ErrorObj, word) {
			return failed.ErrorObj
		}
	}
	return nil
}

// A socket takes what comes over Socket Mode.
type socket struct {
	intake
	client *socketmode.Client
}

// take handles one envelope. It never blocks: a slow handler must not keep the others
// from their acknowledgement.
func (s socket) take(ctx context.Context, e socketmode.Event) {
	defer func() {
		if p := recover(); p != nil { // one broken envelope must not end the process
			s.b.replies.report("take an envelope", &panicked{value: p, stack: debug.Stack()})
		}
	}()
	switch data := e.Data.(type) {
	case *socketmode.ErrorBadMessage:
		s.unread(ctx, data)
		return
	case *slack.IncomingEventError:
		if !isConnection(data.ErrorObj) {
			s.b.replies.unread(kindFrame, nil, data.ErrorObj)
		}
		return
	}
	switch e.Type {
	case socketmode.EventTypeConnected:
		s.b.log.Info("connected to Slack")
	case socketmode.EventTypeConnectionError, socketmode.EventTypeInvalidAuth:
		s.b.log.Warn("no connection to Slack", "kind", string(e.Type), "err", fmt.Sprint(e.Data))
	case socketmode.EventTypeHello, socketmode.EventTypeConnecting, socketmode.EventTypeDisconnect:
		s.b.log.Debug("socket", "kind", string(e.Type))
	default:
		if e.Request == nil {
			return // the library speaks of itself
		}
		if e.Request.EnvelopeID == "" {
			s.b.replies.unread(kindFrame, e.Request.Payload, noID)
			return
		}
		ack := s.acknowledge(ctx, e.Request.EnvelopeID)
		switch data := e.Data.(type) {
		case slack.SlashCommand:
			s.command(data, ack)
		case slack.InteractionCallback:
			s.interact(e.Request.Payload, ack)
		case slackevents.EventsAPIEvent:
			s.event(e.Request.Payload, ack)
		default:
			ack(nil) // a kind that the app does not use
		}
	}
}

// event acknowledges an event before it is taken, but for what somebody saw: that is kept
// first, beside what comes next, so that Slack sends it again where this process dies in between.
func (s socket) event(payload []byte, ack func(answer []byte)) {
	e, ok := s.read(payload)
	if ok && tellsSighting(&e) {
		s.b.work.Go(func() {
			defer ack(nil)
			defer func() {
				if p := recover(); p != nil {
					s.b.replies.report("take an event", &panicked{value: p, stack: debug.Stack()})
				}
			}()
			s.b.event(e)
		})
		return
	}
	ack(nil)
	if ok {
		s.b.event(e)
	}
}

// command answers a command in the acknowledgement itself, unless the answer is too long
// for it.
func (s socket) command(c slack.SlashCommand, ack func(answer []byte)) {
	s.b.work.Go(func() {
		body := s.b.command(c)
		if len(body) <= maxSocketAnswer {
			ack(body)
			return
		}
		ack(nil)
		s.b.replies.later("answer a command", c.ResponseURL, func(ctx context.Context) error {
			return s.b.replies.respond(ctx, c.ResponseURL, body)
		})
	})
}

// interact answers a form, and what is typed in a menu, in the acknowledgement as well; a
// click is acknowledged before anything is done about it.
func (s socket) interact(payload []byte, ack func(answer []byte)) {
	switch slack.InteractionType(typeOf(payload)) {
	case slack.InteractionTypeViewSubmission, slack.InteractionTypeBlockSuggestion:
		s.b.work.Go(func() { ack(s.interaction(payload)) })
	default:
		ack(nil)
		s.interaction(payload)
	}
}

// unread takes an envelope that the library could not read, or not its payload.
func (s socket) unread(ctx context.Context, bad *socketmode.ErrorBadMessage) {
	var envelope struct {
		ID      string          `json:"envelope_id"`
		Type    string          `json:"type"`
		Payload json.RawMessage `json:"payload"`
	}
	err := json.Unmarshal(bad.Message, &envelope)
	if err == nil && envelope.ID == "" {
		err = noID
	}
	if err != nil {
		s.b.replies.unread(kindFrame, bad.Message, err)
		return
	}
	ack := s.acknowledge(ctx, envelope.ID)
	switch envelope.Type {
	case socketmode.RequestTypeEventsAPI:
		s.event(envelope.Payload, ack)
	case socketmode.RequestTypeInteractive:
		s.interact(envelope.Payload, ack)
	case socketmode.RequestTypeSlashCommands:
		c, left, err := readCommand(envelope.Payload)
		if err != nil {
			ack(s.b.replies.unreadCommand(envelope.Payload, err))
			return
		}
		s.b.replies.readInPart(kindCommand, envelope.Payload, left)
		s.command(c, ack)
	default:
		ack(nil)
		s.b.replies.unread(kindEnvelope, bad.Message, bad.Cause)
	}
}

// acknowledge gives the function that acknowledges an envelope, with an answer or, where
// there is none, without.
func (s socket) acknowledge(ctx context.Context, envelope string) func(answer []byte) {
	return func(answer []byte) {
		ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		var payload any
		if len(answer) > 0 {
			payload = json.RawMessage(answer)
		}
		if err := s.client.AckCtx(ctx, envelope, payload); err != nil && ctx.Err() == nil {
			s.b.log.Warn("could not acknowledge", "err", err)
		}
	}
}

// isConnection reports whether an error is of the connection and not of what came over
// it. The library tells of both alike, and connects again by itself.
func isConnection(err error) bool {
	var s *json.SyntaxError
	var t *json.UnmarshalTypeError
	return !errors.As(err, &s) && !errors.As(err, &t)
}
