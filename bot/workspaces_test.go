package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
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
	silent   bool              // its Slack does not answer
	calls    int               // that came while it was
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
	if team, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); team != "api" && r.URL.Host != filesHost {
		tn = of["xoxb-of-"+team]
		r.URL.Path = "/" + rest
	}
	if tn != nil && (strings.HasSuffix(r.URL.Path, "/files.info") || r.URL.Host == filesHost) {
		return tn.photo(r), nil
	}
	if tn == nil {
		return nil, fmt.Errorf("%s: whose is the token %q?", r.URL.Path, token)
	}
	tn.hears(r.URL.Path, body)
	tn.mu.Lock()
	if tn.silent {
		tn.calls++
		tn.mu.Unlock()
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	for same, own := range tn.triggers {
		body = bytes.ReplaceAll(body, []byte(same), []byte(own))
	}
	tn.mu.Unlock()
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return tn.HTTPClient().Transport.RoundTrip(r)
}

// A photo has the same id, name and address in each workspace, and is another picture: it is as wide as
// the workspace's number says.
const (
	filesHost = "files.slack.com"
	photoID   = "F0SAMEPHOTO"
)

// wide is how wide the photo of a workspace is.
func (tn *tenant) wide() (pixels int) {
	fmt.Sscanf(tn.mark, "Mark%dx", &pixels)
	return 40 + pixels
}

// photo answers what Slack says of the photo, and its bytes.
func (tn *tenant) photo(r *http.Request) *http.Response {
	var body []byte
	kind := "image/jpeg"
	if r.URL.Host == filesHost {
		body = picture(tn.wide(), 8, grey)
	} else {
		kind = "application/json"
		body = blocks.MustJSON(map[string]any{"ok": true, "file": map[string]any{"id": photoID, "name": "IMG_1.jpg", "mimetype": "image/jpeg", "filetype": "jpg", "mode": "hosted", "size": 400,
			"url_private": at(photoID), "url_private_download": at(photoID), "original_w": tn.wide(), "original_h": 8}})
	}
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r, ProtoMajor: 1, ProtoMinor: 1}
}

// knowsSomebody records a contact whose name and number are the same everywhere.
func (tn *tenant) knowsSomebody() {
	c := tn.stage.knows(sourcing, func(c *visit.Contact) {
		c.Name, c.Firm, c.Phone, c.Trust = "Wang Wei", "Brokers "+tn.mark, "+86 "+tn.mark, "they paid "+tn.mark
	})
	if c.Number != 1 {
		tn.t.Errorf("the contact has number %d", c.Number)
	}
}

// findsSomething logs a finding with a photo, whose number and file are the same everywhere, and has the
// photo fetched.
func (tn *tenant) findsSomething() {
	f := visit.Finding{Workspace: tn.TeamID(), Subject: "inspection/1", Severity: visit.Major, Text: "Dents " + tn.mark, Source: "same:1", By: jonas}
	f.AddPhoto(visit.PhotoRef{FileID: photoID, Name: "IMG_1.jpg"})
	f, _, err := tn.bot.o.Store.AddFinding(context.Background(), f, time.Now())
	if err != nil || f.Number != 1 {
		tn.t.Errorf("the finding has number %d, %v", f.Number, err)
		return
	}
	tn.bot.photos.fetch(context.Background(), tn.TeamID(), 1)
}

// handsIn has the reports of a workspace drawn that wait.
func (tn *tenant) handsIn() {
	for range 20 {
		if tn.handInStep() == 0 {
			return
		}
	}
	tn.t.Errorf("a report of %s is never handed in", tn.TeamID())
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
		// Contacts, photos and reports: the same name, the same number, the same file.
		ts.each("a contact is known", false, (*tenant).knowsSomebody)
		ts.each("the contacts are listed", true, func(tn *tenant) { tn.types("/factory contacts wang") })
		ts.each("a finding has a photo", false, (*tenant).findsSomething)
		ts.each("the findings are listed", true, func(tn *tenant) { tn.types("/inspection findings 1") })
		for _, tn := range ts.all {
			f := must(ts.kept.Finding(context.Background(), tn.TeamID(), 1))
			if len(f.Photos) != 1 || f.Photos[0].State != visit.PhotoKept {
				t.Fatalf("in %s the photo is %+v", tn.TeamID(), f.Photos)
			}
			kept, _, err := image.DecodeConfig(bytes.NewReader(must(ts.kept.Photo(context.Background(), tn.TeamID(), f.Photos[0].ID))))
			if err != nil || kept.Width != tn.wide() {
				t.Errorf("%s keeps a photo that is %d wide, want its own, of %d: %v", tn.TeamID(), kept.Width, tn.wide(), err)
			}
		}
		draws := map[*tenant]bool{ts.all[0]: true, ts.all[many/2]: true, ts.all[many-1]: true} // all of them would take long
		ts.each("reports are asked for", false, func(tn *tenant) {
			if draws[tn] {
				tn.changeInspection(must(ts.kept.Inspection(context.Background(), tn.TeamID(), 1)), func(i *visit.Inspection) { i.Due = dayAhead(-1) })
				tn.types("/inspection report 1")
			}
		})
		ts.each("reports are handed in", false, func(tn *tenant) {
			if draws[tn] {
				tn.handsIn()
			}
		})
		for _, tn := range ts.all {
			own := false
			for _, f := range tn.files(mia, sourcing) {
				for _, m := range anyMark.FindAllString(pdfText(t, f.Content), -1) {
					if own = own || m == tn.mark; m != tn.mark {
						t.Errorf("the report of %s has the word of another, %s", tn.TeamID(), m)
					}
				}
			}
			if own != draws[tn] {
				t.Errorf("in %s there is a report with its own word: %v, want %v", tn.TeamID(), own, draws[tn])
			}
		}
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

// strangers are two companies that both have the app and share a channel. Nina is of the second,
// and both Slacks know it.
func strangers(t *testing.T) (ts *tenants, a, b *tenant) {
	ts = newTenants(t, 2)
	a, b = ts.all[0], ts.all[1]
	for _, tn := range ts.all {
		done(t, tn.AddPerson(localslack.Person{ID: nina, Name: "nina", RealName: "Nina " + b.mark, TZ: "Europe/Berlin", TeamID: b.TeamID()}))
		done(t, tn.ShareChannel(sourcing))
		done(t, tn.Join(nina, sourcing))
	}
	ts.each("visits are planned", false, func(tn *tenant) { tn.visits() })
	return ts, a, b
}

const nina = "U0NINAOFB01"

// interacts sends what Slack sends of a control or a form, and returns what is answered to the
// request, and by it.
func (ts *tenants) interacts(payload map[string]any) string {
	ts.t.Helper()
	body := url.Values{"payload": {string(blocks.MustJSON(payload))}}.Encode()
	w := post(ts.bot, body, signed(body, time.Now(), formType))
	synctest.Wait()
	ts.bot.Wait()
	said := w.Body.String()
	for _, tn := range ts.all {
		tn.mu.Lock()
		said += strings.Join(tn.heard, "\n")
		tn.heard = nil
		tn.mu.Unlock()
	}
	return said
}

// ticked are the workspaces in which the item of visit 1 is done.
func (ts *tenants) ticked() (teams string) {
	for _, tn := range ts.all {
		if v := must(ts.kept.Visit(context.Background(), tn.TeamID(), 1)); v.Items[0].Done.By != "" {
			teams += tn.TeamID() + " "
		}
	}
	return teams
}

// The buttons of a message hold numbers of the workspace whose bot posted it, whoever presses them.
func TestWhoseMessageWasPressed(t *testing.T) {
	for _, c := range []struct {
		name, person, team, bots, profile string
		ticks                             int // which workspace's item; -1 for nobody's
	}{
		{"the second company's person on the first's message, though Slack names theirs", nina, teamOf(1), teamOf(0), teamOf(0), -1},
		{"the same, named by the message alone", nina, teamOf(1), teamOf(0), "", -1},
		{"the same, as Slack names the app's", nina, teamOf(0), teamOf(0), teamOf(0), -1},
		{"the first company's person, though Slack names the second", mia, teamOf(1), teamOf(0), teamOf(0), 0},
		{"the second company's person on their own message", nina, teamOf(1), teamOf(1), teamOf(1), 1},
		{"on one that says nothing of its bot", nina, teamOf(1), "", "", 1},
		{"of an organisation, whose message names it", nina, teamOf(1), "E0ORGANISE", "E0ORGANISE", 1},
		{"where Slack names none, the person's own", nina, "", "", "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ts, _, _ := strangers(t)
				said := ts.interacts(map[string]any{
					"type": "block_actions", "trigger_id": "1.1", "response_url": slackOfAll + "/" + teamOf(1) + "/nowhere",
					"team": map[string]any{"id": c.team}, "user": map[string]any{"id": c.person, "team_id": teamOf(1)},
					"container": map[string]any{"type": "message", "channel_id": sourcing, "message_ts": "1.1"},
					"message":   map[string]any{"ts": "1.1", "bot_id": "B1", "team": c.bots, "bot_profile": map[string]any{"id": "B1", "team_id": c.profile}},
					"actions":   []any{map[string]any{"action_id": string(actDone), "block_id": "b", "value": "visit/1:1", "type": "button"}},
				})
				want := ""
				if c.ticks >= 0 {
					want = teamOf(c.ticks) + " "
				} else if !strings.Contains(said, "answers only members") {
					t.Errorf("they read %s", said)
				}
				if got := ts.ticked(); got != want {
					t.Errorf("ticked in %q, want in %q; they read %s", got, want, said)
				}
			})
		})
	}
}

// A form is of the workspace whose app opened it, though Slack names that of whoever sends it off.
func TestWhoseFormIsSentOff(t *testing.T) {
	for person, want := range map[string]int{nina: -1, mia: 0} {
		synctest.Test(t, func(t *testing.T) {
			ts, _, _ := strangers(t)
			said := ts.interacts(map[string]any{
				"type": "view_submission", "team": map[string]any{"id": teamOf(1)}, "user": map[string]any{"id": person, "team_id": teamOf(1)},
				"view": map[string]any{
					"id": "V1", "type": "modal", "team_id": teamOf(1), "app_installed_team_id": teamOf(0), "callback_id": string(modalAdd), "private_metadata": string(blocks.MustJSON(meta{About: "visit/1"})),
					"state": map[string]any{"values": map[string]any{
						fieldItem:      map[string]any{blocks.InputAction: map[string]any{"type": "plain_text_input", "value": "Bring a lamp"}},
						fieldMilestone: map[string]any{blocks.InputAction: map[string]any{"type": "static_select", "selected_option": map[string]any{"value": "-7"}}},
					}},
				},
			})
			for n, tn := range ts.all {
				items := len(must(ts.kept.Visit(context.Background(), tn.TeamID(), 1)).Items)
				if want := map[bool]int{true: 2, false: 1}[n == want]; items != want {
					t.Errorf("%s sends it off: in %s the visit has %d items, want %d; they read %s", person, tn.TeamID(), items, want, said)
				}
			}
			if want < 0 && !strings.Contains(said, "answers only members") {
				t.Errorf("%s reads %s", person, said)
			}
		})
	}
}

// Where both companies have the app, Slack delivers an event for each of them.
func TestAnEventIsForTheInstallationThatItNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ts, _, _ := strangers(t)
		for range 2 { // and once more, as it does without an acknowledgement
			for _, tn := range ts.all {
				body := string(blocks.MustJSON(map[string]any{
					"type": "event_callback", "team_id": teamOf(1), "event_id": "Ev0ONE", "event_time": time.Now().Unix(), "is_ext_shared_channel": true,
					"authorizations": []any{map[string]any{"team_id": tn.TeamID(), "user_id": tn.BotUserID(), "is_bot": true}},
					"event":          map[string]any{"type": "app_mention", "user": mia, "text": "<@" + tn.BotUserID() + "> what gift should I not bring", "ts": "1700000000.000100", "channel": sourcing},
				}))
				post(ts.bot, body, signed(body, time.Now(), eventType))
			}
		}
		synctest.Wait()
		ts.bot.Wait()
		for _, tn := range ts.all {
			n := 0
			for _, words := range tn.heard {
				if strings.Contains(words, "clock") {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s answers %d times, want once: %q", tn.TeamID(), n, tn.heard)
			}
		}
	})
}

// A workspace that has no token any more waits, and no other with it.
func TestAWorkspaceWithoutTheAppWaitsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ts, a, b := strangers(t)
		c := ts.bot.o.Slack
		gone := errors.New("the database is away")
		token := c.token
		c.token = func(ctx context.Context, workspace string) (string, error) {
			if workspace == a.TeamID() {
				return "", gone
			}
			return token(ctx, workspace)
		}
		for _, w := range []struct {
			why   error
			fault visit.Fault
		}{{gone, visit.Unreachable}, {fmt.Errorf("no row: %w", ErrNotInstalled), visit.NotInstalled}} {
			gone = w.why
			for _, tn := range ts.all {
				for _, o := range must(ts.kept.Occurrences(t.Context(), tn.TeamID(), store.OccurrenceFilter{States: []visit.State{visit.Pending}, Kinds: []visit.Kind{visit.Remind}})) {
					d := ts.bot.reminders.Post(t.Context(), o)
					if tn == a && (d.Outcome != visit.NotSent || d.Fault != w.fault) {
						t.Errorf("with %v a reminder is %+v", w.why, d)
					}
					if tn == b && d.Outcome != visit.Delivered && d.Outcome != visit.NothingSaid {
						t.Errorf("a reminder of the other is %+v", d)
					}
				}
			}
			if d := ts.bot.reminders.Check(t.Context(), a.TeamID()); d.Fault != w.fault {
				t.Errorf("with %v the connection is %+v", w.why, d)
			}
		}
		if err := ts.bot.changes.lookAround(unattended(t.Context()), time.Now()); err != nil {
			t.Errorf("the round of all workspaces: %v", err)
		}
		if _, known := ts.bot.directory.known(b.TeamID(), jonas); !known {
			t.Error("the people of the other were not listed")
		}
	})
}

// A client is kept as long as its token, each with a pace of its own.
func TestAClientIsKeptWhileItsTokenIs(t *testing.T) {
	tokens, made := map[string]string{"T1": "one", "T2": "two"}, []string(nil)
	cs := InstalledClients(func(_ context.Context, workspace string) (string, error) {
		if tokens[workspace] == "" {
			return "", ErrNotInstalled
		}
		return tokens[workspace], nil
	}, func(token string) *slack.Client { made = append(made, token); return slack.New(token) })
	first := must(cs.For(t.Context(), "T1"))
	if must(cs.For(t.Context(), "T1")) != first || must(cs.For(t.Context(), "T2")) == first {
		t.Error("not every workspace has a client of its own")
	}
	tokens["T1"] = "three"
	if must(cs.For(t.Context(), "T1")) == first {
		t.Error("a client outlives its token")
	}
	delete(tokens, "T1")
	for _, none := range []string{"T1", "T3", ""} {
		if api, err := cs.For(t.Context(), none); !errors.Is(err, ErrNotInstalled) {
			t.Errorf("%q has the client %v, %v", none, api, err)
		}
	}
	if want := []string{"one", "two", "three"}; !slices.Equal(made, want) {
		t.Errorf("made with %q, want %q", made, want)
	}
}

// Slack delivers an event once where several workspaces of a shared channel have the app, and names
// one of them. The others come to know of it all the same.
func TestAnEventOfASharedChannelReachesAllWhoShareIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ts, a, b := strangers(t)
		ctx := context.Background()
		for _, tn := range ts.all {
			done(t, ts.bot.changes.check(ctx, tn.TeamID(), sourcing))
			if v := must(ts.kept.Visit(ctx, tn.TeamID(), 1)); !v.Shared {
				t.Fatalf("in %s the channel is not shared", tn.TeamID())
			}
		}
		if is, err := ts.bot.directory.colleague(ctx, b.TeamID(), nina); err != nil || !is {
			t.Fatal(is, err)
		}
		must(ts.kept.ChangeVisit(ctx, b.TeamID(), 1, time.Now(), func(v *visit.Visit) error { v.Items[0].Owner = nina; return nil }))
		_, kept := visit.NewToolToken(b.TeamID(), nina, [visit.ToolTokenBytes]byte{1}, civil.On(2027, 1, 4))
		done(t, ts.kept.AddToolToken(ctx, kept))
		b.LoseEvents(true) // they come for the other one
		for what, do := range map[string]func(*tenant) error{
			"nina is deactivated":           func(tn *tenant) error { return tn.Deactivate(nina) },
			"the channel is shared no more": func(tn *tenant) error { return tn.UnshareChannel(sourcing) },
		} {
			done(t, do(b))
			done(t, do(a))
			for range 3 {
				synctest.Wait()
				ts.bot.Wait()
			}
			switch what {
			case "nina is deactivated":
				if is, err := ts.bot.directory.colleague(ctx, b.TeamID(), nina); err != nil || is {
					t.Errorf("%s, and is a colleague still, %v", what, err)
				}
				told := false
				for _, o := range must(ts.kept.Occurrences(ctx, b.TeamID(), store.OccurrenceFilter{States: []visit.State{visit.Pending}})) {
					told = told || strings.Contains(o.Key, nina) && o.To == mia
				}
				if !told {
					t.Error("nobody is told that an item is hers still")
				}
				if kept := must(ts.kept.ToolTokens(ctx, b.TeamID(), nina)); len(kept) != 0 {
					t.Errorf("her tools have the tokens %+v", kept)
				}
			default:
				if v := must(ts.kept.Visit(ctx, b.TeamID(), 1)); v.Shared {
					t.Errorf("%s, and %s does not know it", what, b.TeamID())
				}
			}
		}
	})
}

// A channel that gets another id in one workspace has it in another only where that one's Slack says so.
func TestAnotherCompanysChannelIsFollowedWhereSlackHasIt(t *testing.T) {
	for _, c := range []struct{ name, to, want string }{
		{"a channel that the other has", acme, acme},
		{"one of which its bot is no member", general, sourcing},
		{"a channel that the other has not", "C0ONLYOFA01", sourcing},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ts, a, b := strangers(t)
				for _, tn := range ts.all {
					done(t, ts.bot.changes.check(t.Context(), tn.TeamID(), sourcing))
				}
				body := string(blocks.MustJSON(map[string]any{
					"type": "event_callback", "team_id": a.TeamID(), "event_id": "Ev0MOVED", "event_time": time.Now().Unix(), "is_ext_shared_channel": true,
					"authorizations": []any{map[string]any{"team_id": a.TeamID(), "user_id": "U0BOTOFA", "is_bot": true}},
					"event":          map[string]any{"type": "channel_id_changed", "old_channel_id": sourcing, "new_channel_id": c.to, "event_ts": "1700000000.000100"},
				}))
				post(ts.bot, body, signed(body, time.Now(), eventType))
				for range 3 {
					synctest.Wait()
					ts.bot.Wait()
				}
				if v := must(ts.kept.Visit(t.Context(), b.TeamID(), 1)); v.Channel != c.want {
					t.Errorf("the other's visit is in %s, want %s", v.Channel, c.want)
				}
			})
		})
	}
}

// A mention in a shared channel is for the workspace whose bot it names, and where that says nothing
// for the person's own.
func TestWhoseBotIsMentioned(t *testing.T) {
	for _, c := range []struct {
		name, text, of string
		answers        int
	}{
		{"the bot of the one for which it came", "<@U0BOTOFA>", teamOf(0), 0},
		{"the bot of the other", "<@U0BOTOFB|visitprep>", teamOf(0), 1},
		{"a bot that nobody knows", "<@U0BOTOFC>", teamOf(1), 1},
		{"a bot that nobody knows, by a person of another company", "<@U0BOTOFC>", "T0ELSEWHERE", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ts, _, _ := strangers(t)
				for n, bot := range []string{"U0BOTOFA", "U0BOTOFB"} {
					must(ts.kept.Install(context.Background(), store.Installation{Workspace: teamOf(n), BotUser: bot, At: time.Now()}))
				}
				body := string(blocks.MustJSON(map[string]any{
					"type": "event_callback", "team_id": teamOf(0), "event_id": "Ev0ONE", "event_time": time.Now().Unix(), "is_ext_shared_channel": true,
					"authorizations": []any{map[string]any{"team_id": teamOf(0), "user_id": "U0BOTOFA", "is_bot": true}},
					"event":          map[string]any{"type": "app_mention", "user": mia, "user_team": c.of, "text": c.text + " what gift should I not bring", "ts": "1700000000.000100", "channel": sourcing},
				}))
				post(ts.bot, body, signed(body, time.Now(), eventType))
				synctest.Wait()
				ts.bot.Wait()
				for n, tn := range ts.all {
					if answers := strings.Contains(strings.Join(tn.heard, "\n"), "clock"); answers != (n == c.answers) {
						t.Errorf("%s answers: %v", tn.TeamID(), answers)
					}
				}
			})
		})
	}
}

// A channel of which an event of another workspace says that it has a new id is moved where the app is in
// the one with that id, and nowhere else.
func TestANewIDOfASharedChannelIsBelievedOnceSlackKnowsIt(t *testing.T) {
	for to, want := range map[string]string{localslack.SampleShared: localslack.SampleShared, "C0NOWHERE01": sourcing} {
		synctest.Test(t, func(t *testing.T) {
			ts, a, b := strangers(t)
			ctx := context.Background()
			done(t, ts.bot.changes.check(ctx, b.TeamID(), sourcing))
			body := string(blocks.MustJSON(map[string]any{
				"type": "event_callback", "team_id": a.TeamID(), "event_id": "Ev0MOVED", "event_time": time.Now().Unix(), "is_ext_shared_channel": true,
				"authorizations": []any{map[string]any{"team_id": a.TeamID(), "user_id": a.BotUserID(), "is_bot": true}},
				"event":          map[string]any{"type": "channel_id_changed", "old_channel_id": sourcing, "new_channel_id": to, "event_ts": "1700000000.000100"},
			}))
			post(ts.bot, body, signed(body, time.Now(), eventType))
			synctest.Wait()
			ts.bot.Wait()
			if v := must(ts.kept.Visit(ctx, b.TeamID(), 1)); v.Channel != want {
				t.Errorf("with the new id %s the visit of %s stands in %s, want %s", to, b.TeamID(), v.Channel, want)
			}
		})
	}
}

// Slack tells of a shared channel once, for the second company: the first learns all the same who has come
// into it, and who has gone.
func TestWhoComesIntoASharedChannelIsKnownToBothWhoShareIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ts, a, b := strangers(t)
		ctx := context.Background()
		const guest, colleague, third = "U0GUESTOFA1", "U0LENAOFA01", "U0OFANOTHER"
		for _, tn := range ts.all {
			done(t, tn.AddPerson(localslack.Person{ID: guest, Name: "guest", RealName: "Gus Guest", TZ: "Europe/Berlin", TeamID: a.TeamID(), Guest: localslack.Restricted}))
			done(t, tn.AddPerson(localslack.Person{ID: colleague, Name: "lena", RealName: "Lena Colleague", TZ: "Europe/Berlin", TeamID: a.TeamID()}))
			done(t, tn.AddPerson(localslack.Person{ID: third, Name: "third", RealName: "Tom Third", TZ: "Europe/Berlin", TeamID: "T0ELSEWHERE"}))
			done(t, ts.bot.changes.check(ctx, tn.TeamID(), sourcing))
		}
		done(t, b.Connect(sourcing, a.Workspace))
		settled := func() {
			for range 3 {
				synctest.Wait()
				ts.bot.Wait()
			}
		}
		// is says who of them is known to be in the channel in each workspace.
		is := func() (known string) {
			for _, tn := range ts.all {
				known += tn.mark + ":"
				in := must(ts.bot.directory.membersOf(ctx, tn.TeamID(), sourcing))
				for _, person := range []string{guest, colleague, third} {
					if in[person] {
						known += " " + person
					}
				}
				known += "; "
			}
			return known
		}
		everywhere := func(who string) string { return a.mark + ":" + who + "; " + b.mark + ":" + who + "; " }
		requests := func() (of [2]int) {
			for n, tn := range ts.all {
				tn.mu.Lock()
				of[n] = tn.requests
				tn.mu.Unlock()
			}
			return of
		}
		settled()
		if got := is(); got != everywhere("") {
			t.Fatalf("before anybody comes it is %s", got)
		}
		for _, c := range []struct {
			name string
			do   func() error
			want string
		}{
			{"a colleague of the first comes", func() error { return a.Join(colleague, sourcing) }, everywhere(" " + colleague)},
			{"and goes", func() error { return a.Leave(colleague, sourcing) }, everywhere("")},
			{"a stranger of a third company comes", func() error { return b.Join(third, sourcing) }, everywhere(" " + third)},
			{"and goes", func() error { return b.Leave(third, sourcing) }, everywhere("")},
			{"a guest of the first comes", func() error { return a.Join(guest, sourcing) }, everywhere(" " + guest)},
			{"and goes", func() error { return a.Leave(guest, sourcing) }, everywhere("")},
		} {
			before := requests()
			done(t, c.do())
			settled()
			if after := requests(); after != [2]int{before[0], before[1] + 1} {
				t.Errorf("%s: Slack tells the first %d times and the second %d times, want once the second", c.name, after[0]-before[0], after[1]-before[1])
			}
			if got := is(); got != c.want {
				t.Errorf("%s: it is %s, want %s", c.name, got, c.want)
			}
		}
	})
}
