package scheduler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

// A crowd is a large workspace: so many people, channels with a visit each, owners of
// items who get a digest at nine, and channels whose people work with the app meanwhile.
type crowd struct{ people, channels, digests, active int }

func (c crowd) person(n int) string { return fmt.Sprintf("U0CROWD%04d", n) }

// members are the people of a channel, some forty.
func (c crowd) members(channel int) (in []string) {
	for n := range 40 {
		in = append(in, c.person((channel*17+n*n*7+n)%c.people))
	}
	slices.Sort(in)
	return slices.Compact(in)
}

// A tally counts calls by method and minute, as they leave.
type tally struct {
	next  http.RoundTripper
	mu    sync.Mutex
	calls map[string][]time.Time
}

func (y *tally) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, method, ok := strings.Cut(r.URL.Path, "/api/"); ok {
		y.mu.Lock()
		y.calls[method] = append(y.calls[method], time.Now())
		y.mu.Unlock()
	}
	return y.next.RoundTrip(r)
}

// busiest is the largest number of calls within a minute.
func busiest(at []time.Time) (most int) {
	for from, to := 0, 0; to < len(at); to++ {
		for at[to].Sub(at[from]) >= time.Minute {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

// tiers are Slack's limits, in calls a minute. The local Slack counts them; here they
// stand beside the numbers.
var tiers = map[string]int{
	"users.list": 20, "conversations.info": 50, "conversations.open": 50, "conversations.history": 50, "conversations.replies": 50, "chat.update": 50,
	"conversations.members": 100, "users.info": 100, "views.open": 100, "views.update": 100, "views.push": 100, "views.publish": 100,
}

// TestALargeWorkspaceAtNine is a Monday on which 400 people and 300 channels are reminded
// at nine, while others work with the app, within Slack's limits. It logs the calls.
func TestALargeWorkspaceAtNine(t *testing.T) {
	c := crowd{people: 5000, channels: 300, digests: 400, active: 20}
	if testing.Short() {
		c = crowd{people: 500, channels: 60, digests: 80, active: 5}
	}
	for _, run := range []struct {
		name    string
		running time.Duration // before nine
		later   bool          // people may have to try again: nothing is known yet
	}{
		{"an app that has run for an hour", time.Hour, false},
		{"an app that has just started", time.Minute, true},
	} {
		t.Run(run.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.atNine(t, run.running, run.later) })
		})
	}
}

func (c crowd) atNine(t *testing.T, running time.Duration, later bool) {
	nine := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	kept := openStore(t, ":memory:")
	var toBot http.Handler
	w := c.slack(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { toBot.ServeHTTP(w, r) }))
	time.Sleep(time.Until(nine.Add(-running)))
	c.plan(t, kept, civil.Of(nine).AddDays(7))

	var said lockedBuffer
	log := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))
	calls := &tally{next: w.HTTPClient().Transport, calls: map[string][]time.Time{}}
	client := &http.Client{Timeout: 15 * time.Second, Transport: bot.PaceTransport(bot.DeadlineTransport(calls))}
	api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL("http://slack.test")), slack.OptionHTTPClient(client))
	timing := visit.DefaultTiming()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	b, err := bot.New(bot.Options{Knowledge: base, Slack: bot.OneClient(api), HTTP: client, Store: kept, Timing: timing, Logger: log, SigningSecret: w.SigningSecret()})
	if err != nil {
		t.Fatal(err)
	}
	toBot = b
	sched, err := scheduler.New(scheduler.Options{Store: kept, Post: b.Reminders().Post, Find: b.Reminders().Find, Checklist: b.Checklist, Timing: timing, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var at sync.WaitGroup
	at.Go(func() { sched.Run(ctx) })
	at.Go(func() { b.KeepCards(ctx) })
	at.Go(func() { b.Watch(ctx) })
	time.Sleep(time.Until(nine))
	read := c.work(t, w, nine.Add(10*time.Minute))
	time.Sleep(time.Until(nine.Add(30 * time.Minute)))
	stop()
	at.Wait()
	b.Wait()
	time.Sleep(time.Hour) // questions that nobody waits for end by themselves

	late := map[visit.Kind][]time.Duration{}
	os, err := kept.Occurrences(context.Background(), team, store.OccurrenceFilter{States: []visit.State{visit.Sent}})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range os {
		late[o.Kind] = append(late[o.Kind], o.Sent.Sub(nine))
	}
	for _, kind := range []visit.Kind{visit.Digest, visit.Remind} {
		slices.Sort(late[kind])
		t.Logf("%d sent of the kind %s, the last %s after nine", len(late[kind]), kind, late[kind][max(0, len(late[kind])-1):])
	}
	if n := len(late[visit.Digest]); n != c.digests || late[visit.Digest][n-1] > 10*time.Minute {
		t.Errorf("%d digests were sent, want %d within ten minutes", n, c.digests)
	}
	if n := len(late[visit.Remind]); n != c.channels {
		t.Errorf("%d reminders were sent, want %d", n, c.channels)
	}
	limited := w.Limited()
	for _, method := range slices.Sorted(maps.Keys(calls.calls)) {
		times, tier := calls.calls[method], "     "
		if n := tiers[method]; n > 0 {
			tier = fmt.Sprintf("of %3d", n)
		}
		t.Logf("%-22s %5d calls, at most %3d %s in a minute, %d refused", method, len(times), busiest(times), tier, limited[method])
		if limited[method] > 0 {
			t.Errorf("Slack refused %d calls of %s", limited[method], method)
		}
	}
	t.Logf("people read: %v", read)
	for _, words := range falsehoods {
		if read[words] > 0 {
			t.Errorf("%d times somebody reads %q", read[words], words)
		}
	}
	for _, words := range delays {
		if read[words] > 0 && !later {
			t.Errorf("%d times somebody reads %q", read[words], words)
		}
	}
	if t.Failed() {
		t.Logf("the log says\n%.3000s", said.String())
	}
}

// slack is the crowd's workspace, within Slack's limits.
func (c crowd) slack(t *testing.T, toBot http.Handler) *localslack.Workspace {
	t.Helper()
	o := localslack.Sample()
	o.Scopes, o.Events, o.BaseURL, o.Deliver, o.Channels = bot.Scopes(), bot.Events(), "http://slack.test", toBot, nil
	for n := range c.people {
		o.People = append(o.People, localslack.Person{ID: c.person(n), Name: fmt.Sprintf("p%d", n), RealName: fmt.Sprintf("Person %d", n), TeamID: team, TZ: "Europe/London"})
	}
	for n := range c.channels {
		o.Channels = append(o.Channels, localslack.Channel{ID: room(n), Name: fmt.Sprintf("room-%d", n), Members: append([]string{localslack.DefaultBotUserID}, c.members(n)...)})
	}
	w, err := localslack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	w.LimitRates(1)
	return w
}

// plan plans a visit in each channel, whose items have c.digests owners among them.
func (c crowd) plan(t *testing.T, kept *store.Store, day civil.Date) {
	t.Helper()
	owners := map[string]bool{}
	for n := range c.channels {
		in := c.members(n)
		v := visit.Visit{Purpose: "first_visit", First: day, Last: day}
		v.Workspace, v.Owner, v.Factory.Name = team, in[0], fmt.Sprintf("Factory of room %d", n)
		v.Place = visit.Place{Channel: room(n), ChannelZone: "Europe/London", Zone: visit.DefaultZone}
		for _, who := range in[:5] {
			if owners[who] || len(owners) < c.digests {
				owners[who] = true
				// They want to be written to, and not to be named in the thread.
				if err := kept.Pause(context.Background(), team, who, visit.PauseMentions, true, time.Now()); err != nil {
					t.Fatal(err)
				}
				v.Items = append(v.Items, visit.Item{ID: len(v.Items) + 1, Milestone: -7, Text: "Pack the gauge blocks", Owner: who})
			}
		}
		if _, err := kept.PlanVisit(context.Background(), v, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

// What is counted of those whom nothing of the visit was shown, or no Home tab.
const (
	unanswered = "(nothing of the visit)"
	homeless   = "(no Home tab)"
)

// What nobody may read to whom the visit of their channel belongs; and what they may read
// only where Slack could not be asked yet.
var (
	falsehoods = []string{"can't find that number", "You're not in this channel", "answers only members", "are for members of this workspace", "That didn't work", "No visits are planned", unanswered, homeless}
	delays     = []string{"I could not check that just now", "I can't see your channels", "One moment"}
)

// work is what people of some channels do with the app, one every few seconds. It returns
// how often somebody read what.
func (c crowd) work(t *testing.T, w *localslack.Workspace, until time.Time) (read map[string]int) {
	t.Helper()
	read = map[string]int{}
	for n := 0; time.Now().Before(until); n++ {
		channel := n % c.active
		who := c.members(channel)[n%30]
		for _, do := range []func() error{
			func() error { return w.OpenHome(who) },
			func() error { return w.Command(who, room(channel), "/visit-prep") },
			func() error { return w.Command(who, room(channel), fmt.Sprintf("/visit-prep show %d", channel+1)) },
			func() error { return w.Command(who, room(channel), "/visit-prep plan") },
		} {
			if err := do(); err != nil {
				t.Errorf("%s: %v", who, err)
			}
			time.Sleep(3 * time.Second)
		}
		text := seesAll(w, who)
		for _, words := range slices.Concat(falsehoods, delays) {
			if strings.Contains(text, words) {
				read[words]++
			}
		}
		if !strings.Contains(text, fmt.Sprintf("Visit %d", channel+1)) && !strings.Contains(text, "just now") {
			read[unanswered]++
		}
		if _, ok := w.Home(who); !ok {
			read[homeless]++
		}
		for _, v := range w.Modals(who) {
			if err := w.CloseModal(who, v.ID); err != nil {
				t.Error(err)
			}
		}
		if err := w.Reload(who); err != nil {
			t.Error(err)
		}
	}
	return read
}

// seesAll is all that somebody has before them.
func seesAll(w *localslack.Workspace, who string) string {
	var b bytes.Buffer
	show := func(text string, blocks []json.RawMessage) {
		b.WriteString(text + "\n")
		for _, raw := range blocks {
			b.Write(raw)
		}
	}
	for _, c := range w.Channels(who) {
		for _, m := range w.Messages(who, c.ID) {
			if m.Only == who || c.IM {
				show(m.Text, m.Blocks)
			}
		}
	}
	for _, v := range w.Modals(who) {
		show(v.Title, v.Blocks)
	}
	if h, ok := w.Home(who); ok {
		show("", h.Blocks)
	}
	return b.String()
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
