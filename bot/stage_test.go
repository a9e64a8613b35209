package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"visitprep/internal/blocks"
	"visitprep/internal/lang"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// The cast of localslack.Sample, by role.
const (
	mia      = "U0MIACHEN01" // sourcing manager, Berlin
	jonas    = "U0JONASWEB1" // quality engineer, Chicago
	liwei    = "U0LIWEI0001" // of the other company
	general  = "C0GENERAL01" // the bot is not a member
	sourcing = "C0SOURCING1"
	acme     = "C0ACMESHARE" // shared with the other company
)

// A stage is a bot and a local workspace that talk over one of the transports.
type stage struct {
	*localslack.Workspace
	t   *testing.T
	bot *Bot
	log *lockedBuffer

	clock atomic.Pointer[func() time.Time]

	// front has Slack's requests over HTTP go through a handler on their way to the bot.
	front      func(http.Handler)
	unreadable tally
	sources    atomic.Int64 // of findings
}

// A tally counts by kind.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *tally) add(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[kind]++
}

func (c *tally) of(kind string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[kind]
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
func (l *lockedBuffer) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

func (l *lockedBuffer) reset() { l.mu.Lock(); defer l.mu.Unlock(); l.b.Reset() }

// testBase is the small knowledge base of the tests.
func testBase(t testing.TB) *knowledge.Base {
	t.Helper()
	base, err := knowledge.Load(os.DirFS("testdata/knowledge"))
	if err != nil {
		t.Fatalf("load the tests' knowledge:\n%v", err)
	}
	return base
}

// testStore is an empty database that ends with the test.
func testStore(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{URL: ":memory:", Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// onBothTransports runs one conversation over signed HTTP and over Socket Mode, at once.
func onBothTransports(t *testing.T, talk func(t *testing.T, s *stage)) {
	t.Helper()
	for name, over := range map[string]transport{"over signed HTTP": overHTTP, "over Socket Mode": overSocket} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			talk(t, newStage(t, over))
		})
	}
}

type transport int

const (
	overHTTP transport = iota
	overSocket
	inProcess // signed HTTP without a network, for a synctest bubble
)

// newStage has the channels of localslack.Sample and more.
func newStage(t *testing.T, over transport, more ...localslack.Channel) *stage {
	t.Helper()
	return newStageOf(t, over, nil, more...)
}

// newStageOf has more people, too.
func newStageOf(t *testing.T, over transport, people []localslack.Person, more ...localslack.Channel) *stage {
	t.Helper()
	s := &stage{t: t, log: new(lockedBuffer)}
	o := localslack.Sample()
	o.Scopes, o.Events = Scopes(), Events()
	o.Channels, o.People = append(o.Channels, more...), append(o.People, people...)
	o.Commands = nil
	for _, c := range Commands() {
		o.Commands = append(o.Commands, localslack.SlashCommand{Name: c[0], Description: c[1], UsageHint: c[2]})
	}

	for _, c := range Shortcuts() {
		o.Shortcuts = append(o.Shortcuts, localslack.Shortcut{Name: c[0], CallbackID: c[1], OnMessage: c[2] == "message"})
	}

	// The workspace and the bot need each other's address, so both servers
	// start on a handler that is filled in afterwards.
	var slackSide, botSide http.Handler
	toSlack := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { slackSide.ServeHTTP(w, r) })
	toBot := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { botSide.ServeHTTP(w, r) })
	if over == inProcess {
		o.BaseURL, o.Deliver = "http://slack.invalid", toBot
	} else {
		slackServer := httptest.NewServer(toSlack)
		t.Cleanup(slackServer.Close)
		o.BaseURL = slackServer.URL
	}
	if over == overHTTP {
		botServer := httptest.NewServer(toBot)
		t.Cleanup(botServer.Close)
		o.RequestURL = botServer.URL + "/slack/events"
	}
	if over != inProcess { // in a bubble nothing is slow
		o.AckTimeout, o.TriggerLife = slower*3*time.Second, slower*3*time.Second
	}
	w, err := localslack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	slackSide = w.Handler()
	s.Workspace = w
	s.front = func(h http.Handler) { botSide = h }

	client := http.DefaultClient
	if over == inProcess {
		client = w.HTTPClient()
	}
	api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL(o.BaseURL)), slack.OptionAppLevelToken(w.AppToken()), slack.OptionHTTPClient(client))
	s.bot, err = New(Options{
		Knowledge: testBase(t), Slack: OneClient(api), APIURL: w.APIURL(o.BaseURL), HTTP: client, Store: testStore(t), Timing: visit.DefaultTiming(),
		Logger: slog.New(slog.NewTextHandler(s.log, nil)), SigningSecret: w.SigningSecret(), Undecodable: s.unreadable.add,
	})
	if err != nil {
		t.Fatal(err)
	}
	if over != inProcess {
		s.bot.patient()
	}
	t.Cleanup(s.bot.Wait)
	s.goBy(s.bot.o.Now)
	s.bot.o.Now = func() time.Time { return (*s.clock.Load())() }
	s.bot.live.redraws.pause = 0
	s.keepPosting(s.bot.o.Store)
	if over != overSocket {
		botSide = s.bot
		return s
	}
	onSocket(t, s.bot)
	s.until("the socket is connected", func() bool { return strings.Contains(s.log.String(), "connected to Slack") || s.sockets() > 0 })
	return s
}

// patient gives the bot as much longer as everything takes.
func (b *Bot) patient() {
	b.ackWithin, b.submitWithin, b.languageWithin = slower*ackWithin, slower*submitWithin, slower*languageWithin
}

// goBy has the bot go by another clock, whatever it is doing.
func (s *stage) goBy(now func() time.Time) { s.clock.Store(&now) }

// keepPosting posts the cards that wait in a database, as the scheduler does, until the
// test ends. Reminders are left where they are.
func (s *stage) keepPosting(kept *store.Store) {
	b := s.bot // a test may begin another one meanwhile
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-kept.Wakes():
				s.postCards(b, kept)
			}
		}
	}()
	s.t.Cleanup(func() { close(stop); <-stopped })
}

// postCards has a bot post the cards that wait.
func (s *stage) postCards(b *Bot, kept *store.Store) {
	if err := b.postCards(context.Background(), s.TeamID(), kept); err != nil {
		s.t.Errorf("post the cards that wait: %v", err)
	}
}

// cardPosts are, by *Bot, what is taken while its cards are posted. Waiting for a channel,
// unlike for a mutex, lets the time of a synctest bubble go on.
var cardPosts sync.Map

// holdCards keeps cards from being posted until free is called.
func (b *Bot) holdCards() (free func()) {
	held, _ := cardPosts.LoadOrStore(b, make(chan struct{}, 1))
	held.(chan struct{}) <- struct{}{}
	return func() { <-held.(chan struct{}) }
}

// withoutCard plans a visit whose card is not posted.
func (s *stage) withoutCard(v visit.Visit) visit.Visit {
	s.t.Helper()
	ctx := context.Background()
	defer s.bot.holdCards()()
	v = must(s.bot.o.Store.PlanVisit(ctx, v, time.Now()))
	for _, o := range must(s.bot.o.Store.Occurrences(ctx, s.TeamID(), store.OccurrenceFilter{Subject: v.Subject(), States: []visit.State{visit.Pending}, Kinds: []visit.Kind{visit.Card}})) {
		withdrawn := o
		withdrawn.State = visit.Cancelled
		must(s.bot.o.Store.Settle(ctx, o, withdrawn))
	}
	return v
}

func (b *Bot) postCards(ctx context.Context, team string, kept *store.Store) error {
	defer b.holdCards()()
	waiting, err := kept.Occurrences(ctx, team, store.OccurrenceFilter{States: []visit.State{visit.Pending}})
	for _, o := range waiting {
		if o.Kind != visit.Card && o.Kind != visit.PlanBegins {
			continue
		}
		d, sent := b.reminders.Post(ctx, o), o
		switch d.Outcome {
		case visit.Delivered:
			sent.State, sent.TS, sent.Shows = visit.Sent, d.TS, d.Shows
		case visit.NothingSaid:
			sent.State = visit.Cancelled
		default:
			sent.State, sent.Error = visit.Dead, d.Err.Error()
		}
		if _, err2 := kept.Settle(ctx, o, sent); err2 != nil {
			err = err2
		}
	}
	return err
}

// Show brings the card of a visit or an inspection up to date at once, or has it posted.
func (b *Bot) Show(ctx context.Context, team string, of visit.Subject) error {
	if err := b.live.drawCard(ctx, team, of); err != nil {
		return err
	}
	return b.postCards(ctx, team, b.o.Store)
}

func (s *stage) show(of visit.Subject) {
	s.t.Helper()
	if err := s.bot.Show(context.Background(), s.TeamID(), of); err != nil {
		s.t.Fatal(err)
	}
}

// onSocket connects a bot to its workspace until the test ends.
func onSocket(t *testing.T, b *Bot) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.ServeSocket(ctx, socketmode.New(b.o.Slack.one)) }()
	t.Cleanup(func() { cancel(); <-done })
}

func (s *stage) sockets() int { return s.Connections() }

// until waits for a condition. It is looked at after every change of the workspace, and now
// and then: what the database has is no change of the workspace.
func (s *stage) until(what string, cond func() bool) {
	s.t.Helper()
	late := time.After(slower * 10 * time.Second)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		err := s.WaitFor(ctx, cond)
		cancel()
		if err == nil {
			return
		}
		select {
		case <-late:
			s.t.Fatalf("waited in vain until %s; log:\n%s\nrefused: %+v", what, s.log, s.Refusals())
		default:
		}
	}
}

// settled waits until nothing happens any more, in the workspace and in the bot: a slow
// machine has the bot at work while the workspace is quiet.
func (s *stage) settled() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), slower*10*time.Second)
	defer cancel()
	done(s.t, s.Idle(ctx))
	s.bot.Wait()
	done(s.t, s.Idle(ctx))
}

// says is what a reader of m reads: every text in its blocks, or its text.
func says(m localslack.Message) string { return m.Text + "\n" + blockText(m.Blocks) }

func blockText(blocks []json.RawMessage) string {
	var b strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if s, ok := v["text"].(string); ok {
				b.WriteString(s + "\n")
			}
			for _, k := range []string{"text", "elements", "fields", "accessory", "placeholder", "options", "confirm", "label", "element", "hint"} {
				if _, isText := v[k].(string); !isText {
					walk(v[k])
				}
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	for _, raw := range blocks {
		var v any
		json.Unmarshal(raw, &v)
		walk(v)
	}
	return b.String()
}

// last is the newest message that viewer sees in a channel.
func (s *stage) last(viewer, channel string) localslack.Message {
	ms := s.Messages(viewer, channel)
	if len(ms) == 0 {
		return localslack.Message{}
	}
	return ms[len(ms)-1]
}

// element finds a button or menu by what it says, and gives the action of using it.
// option names the choice of a menu.
func (s *stage) element(m localslack.Message, home bool, label, option string) localslack.Action {
	s.t.Helper()
	type elem struct {
		Type, Value string
		ActionID    string `json:"action_id"`
		Text        struct{ Text string }
		Placeholder struct{ Text string }
		Options     []struct {
			Value string
			Text  struct{ Text string }
		}
	}
	var labels []string
	for _, raw := range m.Blocks {
		var b struct {
			BlockID   string `json:"block_id"`
			Elements  json.RawMessage
			Accessory elem
		}
		json.Unmarshal(raw, &b)
		var es []elem
		json.Unmarshal(b.Elements, &es)
		es = append(es, b.Accessory)
		for _, e := range es {
			if e.ActionID == "" {
				continue
			}
			name := e.Text.Text + e.Placeholder.Text
			labels = append(labels, name)
			if name != label {
				continue
			}
			a := localslack.Action{Channel: m.Channel, MessageTS: m.TS, BlockID: b.BlockID, ActionID: e.ActionID}
			if home {
				a = localslack.Action{Home: true, BlockID: b.BlockID, ActionID: e.ActionID}
			}
			for _, o := range e.Options {
				if o.Text.Text == option {
					a.Value = o.Value
				}
			}
			if option != "" && a.Value == "" {
				s.t.Fatalf("menu %q has no option %q", label, option)
			}
			return a
		}
	}
	s.t.Fatalf("no button or menu %q; there are %q", label, labels)
	return localslack.Action{}
}

// press uses a button of a message.
func (s *stage) press(who string, m localslack.Message, label string) {
	s.t.Helper()
	if err := s.Act(who, s.element(m, false, label, "")); err != nil {
		s.t.Fatalf("press %q: %v", label, err)
	}
}

// pick uses a menu of a message.
func (s *stage) pick(who string, m localslack.Message, menu, option string) {
	s.t.Helper()
	if err := s.Act(who, s.element(m, false, menu, option)); err != nil {
		s.t.Fatalf("pick %q in %q: %v", option, menu, err)
	}
}

// command types a slash command and returns its own answer, whatever else is posted
// meanwhile; it is empty where a form has opened. An answer is for the asker alone.
func (s *stage) command(who, channel, line string) (answer localslack.Message) {
	s.t.Helper()
	answered, err := s.Ask(who, channel, line)
	if err != nil {
		s.t.Fatalf("%s: %v", line, err)
	}
	s.until(line+" is answered", func() (ok bool) { answer, ok = answered(); return ok })
	if answer.TS != "" && answer.Only != who {
		s.t.Errorf("the answer to %s is visible to %q, want to %s alone", line, answer.Only, who)
	}
	return answer
}

// untilSays waits until the newest message that who sees contains words. It is for what
// a click or an event brings; the answer to a command is what command returns.
func (s *stage) untilSays(who, channel, words string) localslack.Message {
	s.t.Helper()
	s.until("the newest message says "+words, func() bool { return strings.Contains(says(s.last(who, channel)), words) })
	return s.last(who, channel)
}

// untilTold waits for what who alone reads. Messages for all may come before it or after it.
func (s *stage) untilTold(who, channel, words string) (m localslack.Message) {
	s.t.Helper()
	s.until(who+" alone is told "+words, func() bool {
		for _, m = range slices.Backward(s.Messages(who, channel)) {
			if m.Only == who {
				return strings.Contains(says(m), words)
			}
		}
		return false
	})
	return m
}

// nothingRefused fails the test when the workspace refused anything of the bot's.
func (s *stage) nothingRefused() {
	s.t.Helper()
	for _, r := range s.Refusals() {
		s.t.Errorf("the workspace refused %s: %s: %s", r.Call, r.Error, r.Reason)
	}
}

// post sends raw bytes to the bot over HTTP as anybody on the internet could.
func post(b *Bot, body string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/slack/events", strings.NewReader(body))
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// botAlone is a bot whose Slack is out of reach, and all that it logs.
func botAlone(t testing.TB, base *knowledge.Base) (*Bot, *lockedBuffer) {
	t.Helper()
	log := new(lockedBuffer)
	b, err := New(Options{
		Knowledge: base, Slack: &Clients{one: slack.New("xoxb-test", slack.OptionAPIURL("http://127.0.0.1:1/"))}, APIURL: "http://slack.test/api/", HTTP: http.DefaultClient, Store: testStore(t), Timing: visit.DefaultTiming(),
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), SigningSecret: testSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Wait)
	return b, log
}

const testSecret = "8f742231b10e8888abcd99yyyzzz85a5"

func slashCommand(name, words, channel string) slack.SlashCommand {
	return slack.SlashCommand{Command: name, Text: words, TeamID: "T1", ChannelID: channel, UserID: "U1"}
}

func storeFilter() store.Filter { return store.Filter{Cancelled: true} }

// english is the language of the tests.
var english = blocks.Printer{Printer: lang.English()}

// lookAround looks at all that is due, and returns once that is done.
func (ch *changes) lookAround(ctx context.Context, now time.Time) error {
	var mu sync.Mutex
	var errs []error
	err := ch.beginLooks(ctx, now, func(_ string, err error) {
		mu.Lock()
		defer mu.Unlock()
		errs = append(errs, err)
	})
	ch.work.Wait()
	return errors.Join(append(errs, err)...)
}

// forget has Slack be asked anew about everybody and every channel.
func (d *directory) forget(string) {
	d.channels.answers.Purge()
	d.members.answers.Purge()
	d.listed.mu.Lock()
	d.listed.teams = nil
	d.listed.mu.Unlock()
	d.asked.answers.Purge()
	d.lists.answers.Purge()
}
