package bot

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// replies are how the bot answers: by response URL, by message or by a modal, at once
// or after the acknowledgement, and what it says where something goes wrong.
type replies struct{ *core }

// later runs f after the acknowledgement. An error or a panic is logged under a
// reference, and the person reads that reference at the response URL, if there is one.
func (r *replies) later(what, responseURL string, f func(context.Context) error) {
	r.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), workLimit)
		defer cancel()
		err := guard(f, ctx)
		if err == nil {
			return
		}
		ref := r.report(what, err)
		if responseURL == "" {
			return
		}
		if err := r.respond(ctx, responseURL, sorry(r.p, ref).EphemeralJSON()); err != nil {
			r.log.Warn("could not say that something went wrong", "reference", ref, "err", err)
		}
	})
}

// caught reports a panic and gives what the person reads instead of an answer.
func (r *replies) caught(what string, p any) []byte {
	return sorry(r.p, r.report(what, &panicked{value: p, stack: debug.Stack()})).EphemeralJSON()
}

// guard runs f and turns a panic into an error.
func guard(f func(context.Context) error, ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{value: p, stack: debug.Stack()}
		}
	}()
	return f(ctx)
}

// panicked is a panic that was caught, with the place it came from.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// report logs a cause under a new reference and returns the reference.
func (r *replies) report(what string, cause error) string {
	ref := rand.Text()[:6]
	attrs := []any{"reference", ref, "doing", what, "err", cause}
	if p, ok := errors.AsType[*panicked](cause); ok {
		attrs = append(attrs, "stack", string(p.stack))
	}
	r.log.Error("a request ended with an error", attrs...)
	return ref
}

func sorry(p blocks.Printer, ref string) *blocks.Message {
	return blocks.Said(p.T("That didn't work. Please try again. If it happens again, give the person who runs Visit Prep the reference %s.", ref))
}

// retryAfter is how long respond waits before its only second try.
const retryAfter = time.Second

// respond sends an encoded message to a response URL. Where the first try did
// not arrive, or Slack had a moment of trouble, it tries once more.
func (r *replies) respond(ctx context.Context, url string, body []byte) error {
	if len(body) == 0 || url == "" {
		return nil
	}
	retry, err := r.respondOnce(ctx, url, body)
	if !retry {
		return err
	}
	select {
	case <-ctx.Done():
		return err
	case <-time.After(retryAfter):
	}
	_, err = r.respondOnce(ctx, url, body)
	return err
}

// respondOnce reports whether another try may help.
func (r *replies) respondOnce(ctx context.Context, url string, body []byte) (retry bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return false, errors.New("answer at a response URL: not an address") // the address itself is a secret
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := r.o.HTTP.Do(req)
	if err != nil {
		return true, fmt.Errorf("answer at a response URL: %w", withoutURL(err))
	}
	defer res.Body.Close()
	reply, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if res.StatusCode != http.StatusOK || bytes.Contains(reply, []byte(`"ok":false`)) {
		retry := res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= http.StatusInternalServerError
		return retry, fmt.Errorf("answer at a response URL: status %d: %s", res.StatusCode, strings.TrimSpace(string(reply)))
	}
	return false, nil
}

// errorMessage words an error for the person who caused or met it: their own mistake
// as it is, what they can mend in Slack as such, and anything else as a reference.
func (r *replies) errorMessage(what string, err error) *blocks.Message {
	m := new(blocks.Message)
	var input *visit.InputError
	switch words, known := explain(r.p, err); {
	case errors.As(err, &input):
		m.Say(input.Words(r.p.Printer))
	case errors.Is(err, visit.ErrNotFound), errors.Is(err, errNotYours):
		m.Say(r.p.T("I can't find that number in your channels. It may belong to a channel you're not in; someone there can invite you."))
	case errors.Is(err, errElsewhere):
		m.Say(r.p.T("That belongs to a private channel. Open it there, or on my Home tab."))
	case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrFull), errors.Is(err, store.ErrReadOnly), errors.Is(err, store.ErrUnavailable):
		m.Say(r.p.T("I can't save anything right now, and nothing has changed. Please try again in a minute. If it keeps happening, give the person who runs Visit Prep the reference %s.", r.report(what, err)))
	case known:
		m.Say(words)
		r.log.Warn("could not do as asked; said what to do", "doing", what, "err", err)
	default:
		m = sorry(r.p, r.report(what, err))
	}
	return m
}

// orApology is m, or what is said about err.
func (r *replies) orApology(what string, m *blocks.Message, err error) *blocks.Message {
	if err != nil {
		return r.errorMessage(what, err)
	}
	return m
}

func outsider(p blocks.Printer) *blocks.Message {
	return blocks.Said(p.T("Visit Prep answers only members of the workspace that installed it. Please ask your contact there to share what you need."))
}

// gone is said when a button's subject is no longer in the knowledge base.
func gone(p blocks.Printer, g *guide.Guide, on guide.Surface) *blocks.Message {
	m := blocks.Said(p.T("That advice has changed since this message was sent. Here is what I have now:"))
	m.Add(g.TopicMenu(on))
	return m
}

// refuseOutsider answers a click by somebody of another company. In a shared
// channel such a click carries our workspace; only the person's own tells.
func (r *replies) refuseOutsider(ctx context.Context, c click) error {
	return r.respond(ctx, c.url, outsider(r.p).EphemeralJSON())
}

// sayError tells the person who clicked what was wrong, where they look.
func (r *replies) sayError(ctx context.Context, c click, what string, err error) error {
	m := r.errorMessage(what, err)
	if c.on == guide.InModal {
		return r.redraw(ctx, c.view, &modal{title: r.p.T("Visit Prep"), blocks: m.Blocks})
	}
	return r.replyPrivately(ctx, c, m)
}

// replyPrivately shows m to the person who clicked alone, and leaves what they clicked on.
func (r *replies) replyPrivately(ctx context.Context, c click, m *blocks.Message) error {
	if c.on == guide.Home || c.url == "" {
		return r.post(ctx, c.user, "", m)
	}
	return r.respond(ctx, c.url, blocks.Response{Message: m, ThreadTS: c.threadTS}.Encode())
}

// sent says that something went to the person directly, unless they are there.
func (r *replies) sent(ctx context.Context, c click, words string) error {
	if c.on == guide.Direct || c.on == guide.Home {
		return nil
	}
	return r.replyPrivately(ctx, c, blocks.Said(words))
}

// answerPrivately shows m to the asker alone.
func (r *replies) answerPrivately(ctx context.Context, c chat, m *blocks.Message) error {
	if c.on == guide.Direct {
		return r.post(ctx, c.channel, c.thread, m)
	}
	_, err := r.o.Slack.PostEphemeralContext(ctx, c.channel, c.person, postOptions(m, c.thread)...)
	return err
}

// post puts m into a channel or thread for all to read.
func (r *replies) post(ctx context.Context, channel, threadTS string, m *blocks.Message) error {
	_, _, err := r.o.Slack.PostMessageContext(ctx, channel, postOptions(m, threadTS)...)
	return err
}

// postOptions are m as the Web API takes it. Links to sources are not unfurled: an
// answer is long enough.
func postOptions(m *blocks.Message, threadTS string) []slack.MsgOption {
	os := []slack.MsgOption{
		slack.MsgOptionText(m.Text.Escaped(), false),
		slack.MsgOptionBlocks(m.Blocks...),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
	}
	if threadTS != "" {
		os = append(os, slack.MsgOptionTS(threadTS))
	}
	return os
}

// answerClick shows m where the click was made: in place for actTurn, below for
// the rest. On a message that others read too, only the person who clicked sees it.
func (r *replies) answerClick(ctx context.Context, c click, m *blocks.Message) error {
	if c.on == guide.Home {
		return r.publishHome(ctx, c.user, m)
	}
	w := blocks.Response{Message: m, ThreadTS: c.threadTS}
	switch {
	case c.verb != guide.ActShow && c.verb != guide.ActAsk && c.on != guide.Public:
		w.ReplaceOriginal = true
	case c.on == guide.Direct && !c.ephemeral:
		w.InChannel = true
	}
	return r.respond(ctx, c.url, w.Encode())
}

func isSlackError(err error, code string) bool {
	var e slack.SlackErrorResponse
	return errors.As(err, &e) && e.Err == code
}
