package bot

import (
	"context"
	"encoding/json"
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
// Slack says that the tokens are wrong. While Slack is out of reach it keeps trying.
func (b *Bot) ServeSocket(ctx context.Context, client *socketmode.Client) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-client.Events:
				b.fromSocket(ctx, client, e)
			}
		}
	}()
	err := client.RunContext(ctx)
	over := ctx.Err() != nil
	stop()
	<-reading
	if over {
		return nil
	}
	return fmt.Errorf("connect to Slack: %w", err)
}

// fromSocket handles one envelope. It never blocks: a slow handler must not
// keep the others from their acknowledgement. When to acknowledge differs by kind: a
// command and a form are answered in the acknowledgement itself, a click is acknowledged
// before anything is done about it.
func (b *Bot) fromSocket(ctx context.Context, client *socketmode.Client, e socketmode.Event) {
	defer func() {
		if p := recover(); p != nil { // one broken envelope must not end the process
			b.replies.report("take an envelope", &panicked{value: p, stack: debug.Stack()})
		}
	}()
	ack := func(payload any) {
		ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		if err := client.AckCtx(ctx, e.Request.EnvelopeID, payload); err != nil && ctx.Err() == nil {
			b.log.Warn("could not acknowledge", "err", err)
		}
	}
	switch data := e.Data.(type) {
	case slack.SlashCommand:
		b.work.Go(func() {
			body := b.command(data)
			switch {
			case len(body) == 0:
				ack(nil)
			case len(body) <= maxSocketAnswer:
				ack(json.RawMessage(body))
			default:
				ack(nil)
				b.replies.later("answer a command", data.ResponseURL, func(ctx context.Context) error {
					return b.replies.respond(ctx, data.ResponseURL, body)
				})
			}
		})
	case slack.InteractionCallback:
		if data.Type != slack.InteractionTypeViewSubmission {
			ack(nil)
			b.interaction(data)
			return
		}
		b.work.Go(func() {
			if body := b.interaction(data); len(body) > 0 {
				ack(json.RawMessage(body))
			} else {
				ack(nil)
			}
		})
	case slackevents.EventsAPIEvent:
		ack(nil)
		b.event(data)
	default:
		switch e.Type {
		case socketmode.EventTypeConnected:
			b.log.Info("connected to Slack")
		case socketmode.EventTypeConnectionError, socketmode.EventTypeInvalidAuth:
			b.log.Warn("no connection to Slack", "kind", string(e.Type), "err", fmt.Sprint(e.Data))
		case socketmode.EventTypeHello, socketmode.EventTypeConnecting, socketmode.EventTypeDisconnect:
			b.log.Debug("socket", "kind", string(e.Type))
		default:
			if e.Request != nil && e.Request.EnvelopeID != "" {
				ack(nil) // a kind that the app does not use
			}
		}
	}
}
