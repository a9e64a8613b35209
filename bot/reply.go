package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
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
type replies struct {
	*core
	// admit says for which workspace of ours a person asks, or why they may not.
	admit func(ctx context.Context, team, person string) (string, error)
	// speaksTo is the language of somebody, as far as it is known.
	speaksTo func(team, person string) blocks.Printer
}

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
		ctx, cancel = context.WithTimeout(context.Background(), sayLimit) // what failed may have taken all its time
		defer cancel()
		if err := r.respond(ctx, responseURL, sorry(r.english, ref).EphemeralJSON()); err != nil {
			r.log.Warn("could not say that something went wrong", "reference", ref, "err", err)
		}
	})
}

// caught reports a panic and gives what the person reads instead of an answer.
func (r *replies) caught(team, person, what string, p any) []byte {
	return sorry(r.speaksTo(team, person), r.report(what, &panicked{value: p, stack: debug.Stack()})).EphemeralJSON()
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
	ref := reference()
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

// sayLimit bounds how long it may take to say that something went wrong.
const sayLimit = 15 * time.Second

// retryAfter is the pause before another try where Slack names none.
const retryAfter = time.Second

// respond sends an encoded message to a response URL. Where Slack asks to wait, it does,
// if ctx has the time. Where the first try did not arrive, or Slack had a moment of
// trouble, it tries once more.
func (r *replies) respond(ctx context.Context, url string, body []byte) error {
	if len(body) == 0 || url == "" {
		return nil
	}
	troubles := 0
	for {
		wait, err := r.respondOnce(ctx, url, body)
		if err == nil || wait == 0 {
			return err
		}
		if limited := new(slack.RateLimitedError); !errors.As(err, &limited) {
			if troubles++; troubles > 1 {
				return err
			}
		}
		if !pause(ctx, wait) {
			return err
		}
	}
}

// pause waits. It reports false, at once, where ctx would end first.
func pause(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// respondOnce returns after which wait another try may help; 0 is never.
func (r *replies) respondOnce(ctx context.Context, to string, body []byte) (wait time.Duration, err error) {
	// The address itself is a secret.
	u, err := url.Parse(to)
	if err != nil {
		return 0, errors.New("answer at a response URL: not an address")
	}
	if !r.isSlacks(u) {
		return 0, fmt.Errorf("answer at a response URL: %s at %s is not Slack's", u.Scheme, u.Host)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("answer at a response URL: not an address")
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := r.o.HTTP.Do(req)
	if err != nil {
		return retryAfter, fmt.Errorf("answer at a response URL: %w", withoutURL(err))
	}
	defer res.Body.Close()
	reply, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if res.StatusCode == http.StatusTooManyRequests {
		seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		wait = max(time.Duration(seconds)*time.Second, retryAfter)
		return wait, fmt.Errorf("answer at a response URL: %w", &slack.RateLimitedError{RetryAfter: wait})
	}
	if res.StatusCode != http.StatusOK || bytes.Contains(reply, []byte(`"ok":false`)) {
		if res.StatusCode >= http.StatusInternalServerError {
			wait = retryAfter
		}
		return wait, fmt.Errorf("answer at a response URL: status %d: %s", res.StatusCode, strings.TrimSpace(string(reply)))
	}
	return 0, nil
}

// isSlacks reports whether what the bot has to say may go to an address: to one of Slack's
// own hosts, or to the one whose API the bot was told to use.
func (c *core) isSlacks(u *url.URL) bool {
	if u.User != nil {
		return false
	}
	if api, err := url.Parse(c.o.APIURL); err == nil && api.Host != "" && u.Scheme == api.Scheme && strings.EqualFold(u.Host, api.Host) {
		return true
	}
	host := strings.ToLower(u.Host) // with its port, which Slack's addresses do not have
	return u.Scheme == "https" && (strings.HasSuffix(host, ".slack.com") || strings.HasSuffix(host, ".slack-gov.com"))
}

// errorTo words an error for the person who caused or met it: their own mistake
// as it is, what they can mend in Slack as such, and anything else as a reference.
func (r *replies) errorTo(team, person, what string, err error) *blocks.Message {
	return r.errorIn(r.speaksTo(team, person), what, err)
}

func (r *replies) errorIn(p blocks.Printer, what string, err error) *blocks.Message {
	m := new(blocks.Message)
	var input *visit.InputError
	switch words, known := explain(p, err); {
	case errors.As(err, &input):
		m.Say(input.Words(p.Printer))
	case errors.Is(err, errNotColleague):
		m = outsider(p)
	case errors.Is(err, errGuest):
		m.Say(p.T("Visits, inspections and factories are for members of this workspace. If you work for the team, an admin or whoever planned the visit can say so with /visit-prep guests."))
	case errors.Is(err, errUnchecked) && !known:
		m.Say(p.T("I could not check that just now. Please try again in a moment."))
		r.log.Warn("could not check whether somebody may see something", "doing", what, "err", err)
	case errors.Is(err, visit.ErrNotFound), errors.Is(err, errNotYours):
		m.Say(p.T("I can't find that number in your channels. It may belong to a channel you're not in; someone there can invite you."))
	case errors.Is(err, errElsewhere):
		m.Say(p.T("That belongs to a private channel. Open it there, or on my Home tab."))
	case isStoreDown(err):
		m.Say(p.T("I can't save anything right now, and nothing has changed. Please try again in a minute. If it keeps happening, give the person who runs Visit Prep the reference %s.", r.report(what, err)))
	case isKeyMissing(err):
		m.Say(p.T("I can't reach Slack just now. Please try again in a few minutes. If it keeps happening, give the person who runs Visit Prep the reference %s.", r.report(what, err)))
	case known:
		m.Say(words)
		r.log.Warn("could not do as asked; said what to do", "doing", what, "err", err)
	default:
		m = sorry(p, r.report(what, err))
	}
	return m
}

// isKeyMissing reports whether the process that answers cannot open the workspace's token: whoever runs it has to
// start it again with the key, and reinstalling the app mends nothing.
func isKeyMissing(err error) bool {
	var e slack.SlackErrorResponse
	return errors.As(err, &e) && e.Err == string(visit.KeyMissing)
}

// isStoreDown reports whether the database can't do anything at the moment, whatever it is asked.
func isStoreDown(err error) bool {
	return errors.Is(err, store.ErrBusy) || errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrReadOnly) || errors.Is(err, store.ErrUnavailable)
}

// orApologyTo is m, or what is said to somebody about err.
func (r *replies) orApologyTo(team, person, what string, m *blocks.Message, err error) *blocks.Message {
	if err != nil {
		return r.errorTo(team, person, what, err)
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

// sayError tells the person who clicked what was wrong, where they look.
func (r *replies) sayError(ctx context.Context, c click, what string, err error) error {
	m := r.errorTo(c.team, c.user, what, err)
	if c.on == guide.InModal {
		return r.redraw(ctx, r.speaksTo(c.team, c.user), c.team, c.view, &modal{title: r.speaksTo(c.team, c.user).T("Visit Prep"), blocks: m.Blocks})
	}
	return r.replyPrivately(ctx, c, m)
}

// replyPrivately shows m to the person who clicked alone, and leaves what they clicked on.
func (r *replies) replyPrivately(ctx context.Context, c click, m *blocks.Message) error {
	if c.on == guide.Home || c.url == "" {
		return r.post(ctx, c.team, c.user, "", m)
	}
	return r.whisper(ctx, c, m)
}

// postSurely posts to somebody what they must read, that something did not come: it is tried three
// times, for what keeps a message from being taken often passes in a moment.
func (r *replies) postSurely(ctx context.Context, team, person string, m *blocks.Message) error {
	var err error
	for _, pause := range []time.Duration{0, time.Second, 5 * time.Second} {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
		err = r.post(ctx, team, person, "", m)
		if refused := (slack.SlackErrorResponse{}); err == nil || errors.As(err, &refused) && !noAnswer(err) && refused.Err != "internal_error" {
			return err
		}
	}
	return err
}

// whisper shows m to the person who clicked alone, in the channel or the thread where the
// message stands. A message that was broadcast stands in both, and Slack does not say in
// which of them it was pressed: so it is said in both.
func (r *replies) whisper(ctx context.Context, c click, m *blocks.Message) error {
	err := r.respondWith(ctx, c.url, blocks.Response{Message: m, ThreadTS: c.threadTS})
	if err == nil && c.broadcast {
		err = r.respondWith(ctx, c.url, blocks.Response{Message: m})
	}
	return err
}

// respondWith is respond for a message. Where Slack does not take its charts, it is said without
// them: their figures stand below them as text.
func (r *replies) respondWith(ctx context.Context, url string, w blocks.Response) error {
	err := r.respond(ctx, url, w.Encode())
	if plain := r.withoutCharts(w.Message, err); plain != nil {
		w.Message = plain
		return r.respond(ctx, url, w.Encode())
	}
	return err
}

// withoutCharts is a message for another try, where Slack has refused the blocks of m and there are
// charts among them. It is nil where another try would help nothing.
func (r *replies) withoutCharts(m *blocks.Message, err error) *blocks.Message {
	if err == nil || !strings.Contains(err.Error(), "invalid_blocks") {
		return nil
	}
	plain := m.WithoutCharts()
	if plain != nil {
		r.log.Warn("Slack did not take a chart; its figures are said as text", "err", withoutURL(err))
	}
	return plain
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
		return r.post(ctx, c.team, c.channel, c.thread, m)
	}
	_, err := r.api(ctx, c.team).PostEphemeralContext(ctx, c.channel, c.person, postOptions(m, c.thread)...)
	return err
}

// post puts m into a channel or thread for all to read.
func (r *replies) post(ctx context.Context, team, channel, threadTS string, m *blocks.Message) error {
	_, _, err := r.api(ctx, team).PostMessageContext(ctx, channel, postOptions(m, threadTS)...)
	if plain := r.withoutCharts(m, err); plain != nil {
		_, _, err = r.api(ctx, team).PostMessageContext(ctx, channel, postOptions(plain, threadTS)...)
	}
	return err
}

// postText posts a text alone to a person, or into their direct message: Slack reads no markup in
// it, and nothing stands beside it, so that Copy on a phone gives exactly it.
func (r *replies) postText(ctx context.Context, team, to, text string) error {
	_, _, err := r.api(ctx, team).PostMessageContext(ctx, to, slack.MsgOptionText(string(blocks.Escape(text)), false),
		slack.MsgOptionDisableMarkdown(), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
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
		return r.publishHome(ctx, c.team, c.user, m)
	}
	w := blocks.Response{Message: m, ThreadTS: c.threadTS}
	switch {
	case c.verb != guide.ActShow && c.verb != guide.ActAsk && c.on != guide.Public:
		w.ReplaceOriginal = true
	case c.on == guide.Direct && !c.ephemeral:
		w.InChannel = true
	default:
		return r.whisper(ctx, c, m)
	}
	return r.respondWith(ctx, c.url, w)
}

func isSlackError(err error, code string) bool {
	var e slack.SlackErrorResponse
	return errors.As(err, &e) && e.Err == code
}
