package bot

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// Many workspaces have one bot, on one database. Their ids are all the same, but those of the
// workspaces: of channels, people, messages, requests, visits. The fake Slack knows them by their
// token alone. Each workspace has a word of its own wherever people write something, and no other
// may ever read it.

// A tenant is one of many workspaces.
type tenant struct {
	*stage
	mark string

	mu       sync.Mutex
	heard    []string          // what was sent to it, from the last look on
	requests int               // that it has sent
	triggers map[string]string // its own, by the one that the bot is given
}

// tenants are many workspaces of one bot.
type tenants struct {
	all  []*tenant
	bot  *Bot
	log  *lockedBuffer
	kept *store.Store
	t    *testing.T
}

// manyTenants is how many there are; fewer where everything takes longer.
const manyTenants = 200

// markOf is the word of a workspace.
func markOf(n int) string { return fmt.Sprintf("Mark%03dx", n) }

var anyMark = regexp.MustCompile(`Mark(\d{3})x`)

func teamOf(n int) string  { return fmt.Sprintf("T0TENANT%03d", n) }
func tokenOf(n int) string { return "xoxb-of-" + teamOf(n) }

const slackOfAll = "http://slack.invalid"

func newTenants(t *testing.T, many int) *tenants {
	ts := &tenants{t: t, log: new(lockedBuffer), kept: testStore(t)}
	var toBot http.Handler
	byToken := map[string]*tenant{}
	for n := range many {
		tn := &tenant{mark: markOf(n), triggers: map[string]string{}}
		o := localslack.Sample()
		o.Scopes, o.Events, o.Commands = Scopes(), Events(), nil
		for _, c := range Commands() {
			o.Commands = append(o.Commands, localslack.SlashCommand{Name: c[0], Description: c[1], UsageHint: c[2]})
		}
		for i := range o.People {
			o.People[i].RealName += " " + tn.mark
			if o.People[i].TeamID == o.TeamID {
				o.People[i].TeamID = teamOf(n)
			}
		}
		o.TeamID, o.BotToken, o.SigningSecret = teamOf(n), tokenOf(n), testSecret
		o.BaseURL = slackOfAll + "/" + o.TeamID
		o.Deliver = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tn.sends(toBot, w, r) })
		w, err := localslack.New(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Close() })
		tn.stage = &stage{Workspace: w, t: t, log: ts.log}
		byToken[tokenOf(n)] = tn
		ts.all = append(ts.all, tn)
	}
	network := &http.Client{Transport: byTokenAlone(byToken)}
	token := func(_ context.Context, workspace string) (string, error) {
		if byToken["xoxb-of-"+workspace] == nil {
			return "", ErrNotInstalled
		}
		return "xoxb-of-" + workspace, nil
	}
	client := func(token string) *slack.Client {
		return slack.New(token, slack.OptionAPIURL(slackOfAll+"/api/"), slack.OptionHTTPClient(&http.Client{Transport: PaceTransport(network.Transport)}))
	}
	b, err := New(Options{
		Knowledge: testBase(t), Slack: InstalledClients(token, client), APIURL: slackOfAll + "/api/", HTTP: network, Store: ts.kept,
		Timing: visit.DefaultTiming(), Logger: slog.New(slog.NewTextHandler(ts.log, nil)), SigningSecret: testSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Wait)
	b.live.redraws.pause = 0
	toBot, ts.bot = b, b
	for _, tn := range ts.all {
		tn.bot = b
	}
	return ts
}

var (
	ownTrigger = regexp.MustCompile(`("trigger_id": ?)"([^"]*)"`)
	ownEvent   = regexp.MustCompile(`("event_id": ?)"[^"]*"`)
)

// sends hands a request on to the bot under ids that the other workspaces use, too.
func (tn *tenant) sends(to http.Handler, w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	body := string(raw)
	tn.mu.Lock()
	tn.requests++
	same := fmt.Sprintf("same-%04d.", tn.requests)
	note := func(own string) string { tn.triggers[same] = own; return same }
	if form, err := url.ParseQuery(body); r.Header.Get("Content-Type") != eventType && err == nil {
		if form.Has("trigger_id") {
			form.Set("trigger_id", note(form.Get("trigger_id")))
		}
		if p := form.Get("payload"); p != "" {
			form.Set("payload", ownTrigger.ReplaceAllStringFunc(p, func(s string) string {
				m := ownTrigger.FindStringSubmatch(s)
				return m[1] + `"` + note(m[2]) + `"`
			}))
		}
		body = form.Encode()
	} else {
		body = ownEvent.ReplaceAllString(body, `$1"Ev0`+same+`"`)
	}
	tn.mu.Unlock()
	again := httptest.NewRequest(http.MethodPost, slackOfAll+"/slack/events", strings.NewReader(body))
	for k, v := range signed(body, time.Now(), r.Header.Get("Content-Type")) {
		again.Header.Set(k, v)
	}
	answer := httptest.NewRecorder()
	to.ServeHTTP(answer, again)
	tn.hears("the answer to a request", answer.Body.Bytes())
	for k, v := range answer.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
}

func (tn *tenant) hears(what string, body []byte) {
	tn.mu.Lock()
	defer tn.mu.Unlock()
	text, err := url.QueryUnescape(string(body))
	if err != nil {
		text = string(body)
	}
	tn.heard = append(tn.heard, what+": "+text)
}

// byTokenAlone is the way to all Slacks: a call goes to the one whose token it brings, an answer
// to the one that gave its address.
type byTokenAlone map[string]*tenant

func (of byTokenAlone) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body.Close()
	}
	r = r.Clone(r.Context())
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get("token") != "" {
		token = form.Get("token")
	}
	tn := of[token]
	if team, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); team != "api" {
		tn = of["xoxb-of-"+team]
		r.URL.Path = "/" + rest
	}
	if tn == nil {
		return nil, fmt.Errorf("%s: whose is the token %q?", r.URL.Path, token)
	}
	tn.hears(r.URL.Path, body)
	tn.mu.Lock()
	for same, own := range tn.triggers {
		body = bytes.ReplaceAll(body, []byte(same), []byte(own))
	}
	tn.mu.Unlock()
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return tn.HTTPClient().Transport.RoundTrip(r)
}

// each has every workspace do something, all at once, and waits until all has come of it. Each
// must then have read its own word, if own, and none that of another.
func (ts *tenants) each(what string, own bool, do func(tn *tenant)) {
	ts.t.Helper()
	var all sync.WaitGroup
	for _, tn := range ts.all {
		all.Go(func() { do(tn) })
	}
	all.Wait()
	for range 3 { // what an event sets off may set off another
		synctest.Wait()
		ts.bot.Wait()
	}
	silent, mixed := 0, 0
	for _, tn := range ts.all {
		tn.mu.Lock()
		read := false
		for _, words := range tn.heard {
			for _, m := range anyMark.FindAllString(words, -1) {
				read = read || m == tn.mark
				if m != tn.mark {
					if mixed++; mixed == 1 {
						ts.t.Errorf("%s: %s reads the word of another, %s: %.600s", what, tn.TeamID(), m, words)
					}
				}
			}
		}
		if own && !read {
			if silent++; silent == 1 {
				ts.t.Errorf("%s: %s does not read its own word; it reads %q", what, tn.TeamID(), tn.heard)
			}
		}
		tn.heard = nil
		tn.mu.Unlock()
	}
	if silent+mixed > 2 {
		ts.t.Errorf("%s: %d workspaces do not read their own word, and another's is read %d times", what, silent, mixed)
	}
	if m := anyMark.FindString(ts.log.String()); m != "" {
		ts.t.Errorf("%s: the log has a word that somebody wrote: %s", what, m)
	}
	if ts.t.Failed() {
		ts.t.Fatalf("the log:\n%.3000s", ts.log)
	}
}

// visit plans the visit and the inspection of a workspace. Their numbers and the name of the
// visit's factory are the same everywhere.
func (tn *tenant) visits() {
	ctx, now := context.Background(), time.Now()
	var v visit.Visit
	v.Workspace, v.Owner, v.Purpose, v.Place = tn.TeamID(), mia, "supplier_audit", visit.Place{Channel: sourcing}
	v.Factory.Name, v.Factory.Contacts, v.Agenda = "Bright Metalworks", "Ms Lin "+tn.mark, "09:30 "+tn.mark
	v.First, v.Last = dayAhead(60), dayAhead(62)
	v.People = []visit.Person{{User: jonas}}
	v.Items = visit.Checklist{{ID: 1, Milestone: -7, Text: "Ask " + tn.mark, Owner: mia}}
	v.Notes = []visit.Note{{By: mia, At: now, Text: "Their bank called " + tn.mark}}
	saved := must(tn.bot.o.Store.PlanVisit(ctx, v, now))
	i := visit.Inspection{}
	i.Workspace, i.Owner, i.Type, i.Factory.Name, i.Place = tn.TeamID(), mia, "pre_shipment", "Lamps "+tn.mark, visit.Place{Channel: sourcing}
	i.Due, i.LeadDays, i.Items = dayAhead(30), []int{14}, visit.Checklist{{ID: 1, Milestone: -3, Text: "Tell " + tn.mark}}
	must(tn.bot.o.Store.AddInspection(ctx, i, now))
	if saved.Number != 1 {
		tn.t.Errorf("the visit has number %d", saved.Number)
	}
	for _, s := range []visit.Subject{"visit/1", "inspection/1"} {
		if err := tn.bot.Show(ctx, tn.TeamID(), s); err != nil {
			tn.t.Error(err)
		}
	}
}

func (tn *tenant) types(line string) {
	if err := tn.Command(mia, sourcing, line); err != nil {
		tn.t.Errorf("%s: %v", line, err)
	}
}

// visitCard is the card of the visit as Mia sees it.
func (tn *tenant) visitCard() localslack.Message {
	return tn.card(sourcing, must(tn.bot.o.Store.Visit(context.Background(), tn.TeamID(), 1)).Card)
}

func (tn *tenant) lastModal() localslack.View {
	vs := tn.Modals(mia)
	if len(vs) == 0 {
		tn.t.Errorf("%s has no form open", tn.TeamID())
		return localslack.View{}
	}
	return vs[len(vs)-1]
}

func TestNoWorkspaceReadsWhatIsAnothers(t *testing.T) {
	many := manyTenants
	if slower > 1 {
		many = 40
	}
	synctest.Test(t, func(t *testing.T) {
		ts := newTenants(t, many)
		ts.each("a visit and an inspection are planned", true, (*tenant).visits)
		cards := map[string]bool{}
		for _, tn := range ts.all {
			cards[tn.visitCard().TS] = true
		}
		if len(cards) != 1 {
			t.Errorf("the cards of %d workspaces stand at %d places, so that nothing collides", many, len(cards))
		}
		for _, line := range []string{"/visit-prep show 1", "/visit-prep list", "/inspection show 1", "/inspection list", "/factory lamps"} {
			own := line != "/visit-prep list"
			ts.each(line, own, func(tn *tenant) { tn.types(line) })
		}
		ts.each("the status", false, func(tn *tenant) { tn.types("/visit-prep status") })
		ts.each("the Home tab", true, func(tn *tenant) {
			if err := tn.OpenHome(mia); err != nil {
				t.Error(err)
			}
		})
		ts.each("the checklist is opened", true, func(tn *tenant) { tn.press(mia, tn.visitCard(), "Open checklist") })
		ts.each("an item is ticked", true, func(tn *tenant) { tn.pressIn(mia, tn.lastModal(), "Done", "item-1") })
		for _, tn := range ts.all {
			if v := must(ts.kept.Visit(context.Background(), tn.TeamID(), 1)); v.Items[0].Done.By != mia {
				t.Fatalf("in %s nobody has ticked the item", tn.TeamID())
			}
		}
		ts.each("the form for an item", false, func(tn *tenant) { tn.pressIn(mia, tn.lastModal(), "Add item", "") })
		ts.each("an item is added", true, func(tn *tenant) {
			form := tn.lastModal()
			tn.enter(mia, form, fieldItem, "Bring "+tn.mark)
			tn.send(mia, form)
		})
		ts.each("a question in the channel", false, func(tn *tenant) {
			must(tn.Say(mia, sourcing, "", "@visitprep what gift should I not bring"))
		})
		ts.each("a question, and its answer is shared", false, func(tn *tenant) { tn.types("/visit-prep what gift should I not bring") })
		for _, tn := range ts.all {
			if n := tn.count(mia, sourcing, "clock"); n < 2 {
				t.Fatalf("%s has %d answers in its channel, want that to the mention and that to the command", tn.TeamID(), n)
			}
		}
		ts.each("an answer is shared", false, func(tn *tenant) { tn.press(mia, tn.last(mia, sourcing), "Share in channel") })
		for _, tn := range ts.all {
			if m := tn.last(mia, sourcing); m.Only != "" {
				t.Fatalf("%s has nothing shared: %s", tn.TeamID(), says(m))
			}
		}
		ts.each("reminders", true, func(tn *tenant) {
			ctx := context.Background()
			for _, o := range must(ts.kept.Occurrences(ctx, tn.TeamID(), store.OccurrenceFilter{States: []visit.State{visit.Pending}, Kinds: []visit.Kind{visit.Remind}})) {
				if d := ts.bot.reminders.Post(ctx, o); d.Outcome != visit.Delivered && d.Outcome != visit.NothingSaid {
					t.Errorf("a reminder of %s: %+v", tn.TeamID(), d)
				}
			}
		})
		// What an event tells of one workspace's people changes nobody of another's.
		first := ts.all[0]
		ts.each("one moves to another zone", false, func(tn *tenant) {
			if tn == first {
				if err := tn.MoveZone(mia, "America/Chicago"); err != nil {
					t.Error(err)
				}
			}
		})
		for _, tn := range ts.all {
			want := "Europe/Berlin"
			if tn == first {
				want = "America/Chicago"
			}
			if p := must(ts.bot.directory.person(context.Background(), tn.TeamID(), mia)); p.zone != want || !strings.Contains(p.name, tn.mark) {
				t.Errorf("in %s Mia is %q in %q, want in %q", tn.TeamID(), p.name, p.zone, want)
			}
		}
		for _, tn := range ts.all {
			tn.nothingRefused()
		}
	})
}
