package localslack

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	g "maragu.dev/gomponents"
)

const pageKey = "the-key"

// A pageDemo is a workspace with a small app that answers, and its page.
type pageDemo struct {
	t      testing.TB
	w      *Workspace
	server *httptest.Server
	client *http.Client // holds the cookie

	// extra takes what the app is sent, and reports whether it has answered.
	extra func(rw http.ResponseWriter, r *http.Request) bool
}

func newPageDemo(t testing.TB) *pageDemo {
	t.Helper()
	d := &pageDemo{t: t}
	o := Sample()
	// A Sunday, so that dates in messages do not move.
	o.Now = func() time.Time { return time.Date(2026, 11, 22, 13, 4, 0, 0, time.UTC) }
	o.Deliver = http.HandlerFunc(d.app)
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	d.w = w
	d.server = httptest.NewServer(w.Page(PageOptions{Key: pageKey, Notice: "Sample data: nothing leaves this computer.",
		Hints: []string{"/visit-prep quality", "/visit-prep list of documents for a visa", "/etiquette business cards"}}))
	w.SetBaseURL(d.server.URL)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d.client = &http.Client{Jar: jar}
	t.Cleanup(func() {
		_ = w.Close() // first, so that open streams end
		d.server.Close()
	})
	return d
}

// app is the smallest bot that shows everything the page can do.
func (d *pageDemo) app(rw http.ResponseWriter, r *http.Request) {
	if d.extra != nil && d.extra(rw, r) {
		return
	}
	if r.Header.Get("Content-Type") == "application/json" {
		var e struct {
			Event struct{ Type, User, Channel, TS string }
		}
		_ = json.NewDecoder(r.Body).Decode(&e)
		switch e.Event.Type {
		case "app_home_opened":
			d.api("views.publish", map[string]any{"user_id": e.Event.User, "view": map[string]any{"type": "home", "blocks": []any{
				kit("header", "text", kitPlain("Your visits")),
				map[string]any{"type": "section", "block_id": "v3", "text": kitMrkdwn("*Shenzhen Acme Lighting* · 3–4 Dec\n5 of 12 items left"),
					"accessory": map[string]any{"type": "button", "action_id": "open", "text": kitPlain("Open visit 3"), "value": "3"}},
			}}})
		case "app_mention":
			d.api("chat.postMessage", map[string]any{"channel": e.Event.Channel, "thread_ts": e.Event.TS, "text": "Here is what I know."})
		}
		return
	}
	if form := r.FormValue("payload"); form != "" {
		var p struct {
			ResponseURL string `json:"response_url"`
			Actions     []struct {
				ActionID string `json:"action_id"`
				Value    string
				Selected struct{ Value string } `json:"selected_option"`
			}
		}
		_ = json.Unmarshal([]byte(form), &p)
		if len(p.Actions) == 0 {
			return
		}
		a := p.Actions[0]
		body, _ := json.Marshal(map[string]any{"replace_original": false, "text": a.ActionID + " " + a.Value + a.Selected.Value})
		if p.ResponseURL != "" {
			resp, err := d.w.HTTPClient().Post(p.ResponseURL, "application/json", strings.NewReader(string(body)))
			if err == nil {
				_ = resp.Body.Close()
			}
		}
		return
	}
	if strings.Contains(r.FormValue("text"), "fail") {
		rw.WriteHeader(http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(rw).Encode(map[string]any{"response_type": "ephemeral", "text": "Advice for " + r.FormValue("text"), "blocks": sampleAnswer(r.FormValue("text"))})
}

func kitPlain(s string) map[string]any  { return map[string]any{"type": "plain_text", "text": s} }
func kitMrkdwn(s string) map[string]any { return map[string]any{"type": "mrkdwn", "text": s} }
func kit(kind, field string, v any) map[string]any {
	return map[string]any{"type": kind, field: v}
}

// sampleAnswer looks like what the real bot sends.
func sampleAnswer(question string) []any {
	option := func(text, value string) map[string]any {
		return map[string]any{"text": kitPlain(text), "value": value}
	}
	button := func(id, text, value string) map[string]any {
		return map[string]any{"type": "button", "action_id": id, "text": kitPlain(text), "value": value}
	}
	share := button("share", "Share in channel", question)
	share["style"] = "primary"
	share["confirm"] = map[string]any{"title": kitPlain("Share this here?"), "text": kitMrkdwn("*Everyone* in the channel will see it."), "confirm": kitPlain("Share"), "deny": kitPlain("Keep it to me")}
	return []any{
		kit("header", "text", kitPlain("Quality: what to check on the floor")),
		kit("section", "text", kitMrkdwn(":mag: You asked: *"+question+"*\nStart with incoming material, then follow one order through the line.")),
		map[string]any{"type": "section", "block_id": "a1", "text": kitMrkdwn("*Ask for the inspection records* of the last three lots.\nCompare the lot numbers with the labels on the cartons: <https://example.com/aql|how sampling works>."),
			"accessory": button("more", "Why?", "why")},
		map[string]any{"type": "section", "fields": []any{kitMrkdwn("*Phase*\nDuring the visit"), kitMrkdwn("*Who*\nQuality engineer")}},
		kit("divider", "type", "divider"),
		map[string]any{"type": "actions", "block_id": "do", "elements": []any{share, button("next", "More advice", "2"),
			map[string]any{"type": "static_select", "action_id": "topic", "placeholder": kitPlain("Another topic"), "option_groups": []any{
				map[string]any{"label": kitPlain("On site"), "options": []any{option("Safety", "safety"), option("Workers", "workers")}},
				map[string]any{"label": kitPlain("Paper"), "options": []any{option("Contracts", "contracts")}}}}}},
		kit("context", "elements", []any{kitMrkdwn("From the article · checked 22 Nov 2026")}),
	}
}

// api calls a Web API method as the bot.
func (d *pageDemo) api(method string, args map[string]any) map[string]any {
	body, _ := json.Marshal(args)
	req, err := http.NewRequest(http.MethodPost, d.w.APIURL("http://slack.invalid")+method, strings.NewReader(string(body)))
	if err != nil {
		d.t.Error(err)
		return nil
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+d.w.BotToken())
	resp, err := d.w.HTTPClient().Do(req)
	if err != nil {
		d.t.Error(err)
		return nil
	}
	defer func() { _ = resp.Body.Close() }()
	var out map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&out)
	return out
}

// post is what the page's script sends; it returns the status and the error shown.
func (d *pageDemo) post(path string, body map[string]any) (int, string) {
	d.t.Helper()
	raw, _ := json.Marshal(body)
	req, _ := http.NewRequest(http.MethodPost, d.server.URL+path, strings.NewReader(string(raw)))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Key", pageKey)
	return d.send(req)
}

func (d *pageDemo) send(req *http.Request) (int, string) {
	d.t.Helper()
	resp, err := d.client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var out struct{ Error string }
	_ = json.NewDecoder(resp.Body).Decode(&out)
	return resp.StatusCode, out.Error
}

// get is a page of the workspace.
func (d *pageDemo) get(path string) string {
	d.t.Helper()
	req, _ := http.NewRequest(http.MethodGet, d.server.URL+path, nil)
	req.Header.Set("X-Key", pageKey)
	resp, err := d.client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		d.t.Fatalf("GET %s: %d %s", path, resp.StatusCode, body)
	}
	return string(body)
}

func pagePath(as, channel string) string { return "/" + link(as, channel, "") }

func pageHas(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func pageHasNot(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if strings.Contains(page, want) {
			t.Errorf("the page has %q", want)
		}
	}
}

func TestVendoredScriptsAreWhatTheySay(t *testing.T) {
	t.Parallel()
	for folder, notes := range map[string]string{"assets": "VENDORED.md", "testdata/axe": "SOURCES.md"} {
		doc, err := os.ReadFile(filepath.Join(folder, notes))
		if err != nil {
			t.Fatal(err)
		}
		rows := regexp.MustCompile(`(?m)^\| (\S+\.js) .*\| ([0-9a-f]{64}) \|$`).FindAllStringSubmatch(string(doc), -1)
		if len(rows) != 1 {
			t.Fatalf("%s has %d files", notes, len(rows))
		}
		data, err := os.ReadFile(filepath.Join(folder, rows[0][1]))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != rows[0][2] {
			t.Errorf("%s has the hash %x", rows[0][1], sum)
		}
	}
}

func TestPageLetsNobodyElseIn(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	host := strings.TrimPrefix(d.server.URL, "http://")
	_, port, _ := strings.Cut(host, ":")
	for _, c := range []struct {
		name, method, path string
		host               string
		header             map[string]string
		want               int
	}{
		{name: "without the key", path: "/", want: 403},
		{name: "with a wrong key", path: "/?key=guess", want: 403},
		{name: "a wrong key beside a right cookie", path: "/?key=guess", header: map[string]string{"Cookie": "localslack-" + port + "=" + pageKey}, want: 403},
		{name: "with the key", path: "/?key=" + pageKey, want: 200},
		{name: "with the cookie", path: "/", header: map[string]string{"Cookie": "localslack-" + port + "=" + pageKey}, want: 200},
		{name: "with another workspace's cookie", path: "/", header: map[string]string{"Cookie": "localslack-1=" + pageKey}, want: 403},
		{name: "by the name localhost", path: "/?key=" + pageKey, host: "localhost:" + port, want: 200},
		{name: "by a foreign name", path: "/?key=" + pageKey, host: "evil.example:" + port, want: 421},
		{name: "by a name that only begins like ours", path: "/?key=" + pageKey, host: "127.0.0.1.evil.example:" + port, want: 421},
		{name: "by another port", path: "/?key=" + pageKey, host: "127.0.0.1:1", want: 421},
		{name: "stream without the key", path: "/events", want: 403},
		{name: "stream by a foreign name", path: "/events?key=" + pageKey, host: "evil.example", want: 421},
		{name: "style by a foreign name", path: "/assets/page.css", host: "evil.example", want: 404},
		{name: "style", path: "/assets/page.css", want: 200},
		{name: "the notes beside the assets are none", path: "/assets/VENDORED.md", want: 404},
		{name: "no way out of the assets", path: "/assets/..%2fpage.go", want: 404},
		{name: "post without the key", method: "POST", path: "/say", want: 403},
		{name: "post with the key in the address only", method: "POST", path: "/say?key=" + pageKey, want: 403},
		{name: "post of another site", method: "POST", path: "/say", header: map[string]string{"X-Key": pageKey, "Origin": "https://evil.example"}, want: 403},
		{name: "post that the browser calls cross-site", method: "POST", path: "/act", header: map[string]string{"X-Key": pageKey, "Sec-Fetch-Site": "cross-site"}, want: 403},
		{name: "post of another port of this host", method: "POST", path: "/home", header: map[string]string{"X-Key": pageKey, "Sec-Fetch-Site": "same-site"}, want: 403},
		{name: "post by a foreign name", method: "POST", path: "/invite", host: "evil.example", header: map[string]string{"X-Key": pageKey}, want: 421},
		{name: "post that is a form", method: "POST", path: "/say", header: map[string]string{"X-Key": pageKey, "Content-Type": "text/plain"}, want: 415},
		{name: "post of our own page", method: "POST", path: "/home", header: map[string]string{"X-Key": pageKey, "Origin": d.server.URL, "Sec-Fetch-Site": "same-origin"}, want: 204},
		{name: "a file without the key", method: "POST", path: "/attach?as=" + miaID + "&name=a.txt", header: map[string]string{"Content-Type": "application/octet-stream"}, want: 403},
		{name: "a file of another site", method: "POST", path: "/attach?as=" + miaID + "&name=a.txt", header: map[string]string{"X-Key": pageKey, "Content-Type": "application/octet-stream", "Origin": "https://evil.example"}, want: 403},
		{name: "a file that a form could send", method: "POST", path: "/attach?as=" + miaID + "&name=a.txt", header: map[string]string{"X-Key": pageKey, "Content-Type": "text/plain"}, want: 415},
		{name: "a file of our own page", method: "POST", path: "/attach?as=" + miaID + "&name=a.txt", header: map[string]string{"X-Key": pageKey, "Content-Type": "application/octet-stream", "Origin": d.server.URL}, want: 200},
		{name: "a file of nobody", method: "POST", path: "/attach?as=U1&name=a.txt", header: map[string]string{"X-Key": pageKey, "Content-Type": "application/octet-stream"}, want: 422},
		{name: "the bytes keep to the app's token, and lead elsewhere", path: "/files-pri/T0LOCALTEAM-F1/a.jpg", want: 200},
		{name: "the Web API keeps to its own token", method: "POST", path: "/api/auth.test", header: map[string]string{"Authorization": "Bearer " + d.w.BotToken()}, want: 200},
		{name: "another path", path: "/other?key=" + pageKey, want: 404},
		{name: "GET of a deed", path: "/say?key=" + pageKey, want: 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.method == "" {
				c.method = http.MethodGet
			}
			req, err := http.NewRequest(c.method, d.server.URL+c.path, strings.NewReader(`{"as":"`+miaID+`"}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			for k, v := range c.header {
				req.Header.Set(k, v)
			}
			if c.host != "" {
				req.Host = c.host
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != c.want {
				t.Errorf("answered %d, want %d", resp.StatusCode, c.want)
			}
		})
	}
	for _, m := range d.w.Messages("", sourcingID) {
		t.Errorf("a refused request left a message: %s", m.Text)
	}
}

func TestPageWithoutAKeyOpensForNobody(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	s := httptest.NewServer(d.w.Page(PageOptions{}))
	defer s.Close()
	for _, path := range []string{"/", "/?key="} {
		resp, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("GET %s: %d", path, resp.StatusCode)
		}
	}
}

func TestFirstAddressLeavesACookie(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	resp, err := d.client.Get(d.server.URL + "/?key=" + pageKey)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	cookie := resp.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q lacks %s", cookie, want)
		}
	}
	if got := resp.Header.Get("Content-Security-Policy"); got != "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: https:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'" {
		t.Errorf("policy: %s", got)
	}
	resp, err = d.client.Get(d.server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the cookie does not open the page: %d", resp.StatusCode)
	}
	if found := regexp.MustCompile(`(?i)<script>|<style| style="| on[a-z]+="`).FindString(string(body)); found != "" {
		t.Errorf("the policy forbids %q", found)
	}
}

func TestEachPersonSeesTheirOwn(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	page := d.get(pagePath(miaID, sourcingID))
	pageHas(t, page, "Northlight", "Local workspace", "#china-sourcing", "Suppliers, visits, inspections", `data-as="`+jonasID+`"`,
		`data-channel="`+acmeID+`"`, "other company", `id="open-home"`, "/visit-prep quality", "Sample data")
	pageHasNot(t, page, "Shared with another company.", `id="invite"`)
	page = d.get(pagePath(miaID, acmeID))
	pageHas(t, page, "Shared with another company.", "Li Wei can read everything here")
	page = d.get(pagePath(liweiID, ""))
	pageHas(t, page, "#acme-lighting-shared", "The people of Northlight can read everything here")
	pageHasNot(t, page, `data-channel="`+sourcingID, `id="open-home"`, "Direct messages", "/visit-prep")
	page = d.get(pagePath(liweiID, sourcingID))
	pageHas(t, page, "You cannot write here: Li Wei is not a member of this channel.", "disabled")
	pageHasNot(t, page, "china-sourcing", "Suppliers, visits")
	page = d.get(pagePath("U_NOBODY", "C_NOWHERE"))
	pageHas(t, page, "Mia Chen is not in this channel")
}

func TestEphemeralStaysWithItsPerson(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	if status, err := d.post("/say", map[string]any{"as": miaID, "channel": sourcingID, "text": "/visit-prep quality"}); status != 204 {
		t.Fatal(status, err)
	}
	pageHas(t, d.get(pagePath(miaID, sourcingID)), "Only visible to you", "Quality: what to check on the floor", `data-action="share"`, `<dialog class="confirm"`, "Another topic")
	pageHasNot(t, d.get(pagePath(jonasID, sourcingID)), "Only visible to you", "Quality: what")
	if got := d.transcript(miaID, sourcingID); got != "Visit Prep (only to you): Advice for quality\n" {
		t.Errorf("transcript: %q", got)
	}
}

func TestDeeds(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	must := func(path string, body map[string]any) {
		t.Helper()
		if status, err := d.post(path, body); status != http.StatusNoContent {
			t.Fatalf("%s: %d %s", path, status, err)
		}
	}
	refused := func(path string, body map[string]any, wantStatus int, want string) {
		t.Helper()
		if status, err := d.post(path, body); status != wantStatus || !strings.Contains(err, want) {
			t.Errorf("%s %v: %d %q, want %d and %q", path, body, status, err, wantStatus, want)
		}
	}
	must("/say", map[string]any{"as": miaID, "channel": sourcingID, "text": "Hello <b>*all*</b> & @visitprep\n"})
	pageHas(t, d.get(pagePath(jonasID, sourcingID)), "Hello &lt;b&gt;<strong>all</strong>&lt;/b&gt; &amp; ", ">@Visit Prep</span>", "Mia Chen")
	ts := d.w.Messages("", sourcingID)[0].TS
	pageHas(t, d.get(pagePath(jonasID, sourcingID)), "1 reply", `data-thread="`+ts)
	pageHas(t, d.get("/"+link(jonasID, sourcingID, ts)), `id="thread"`, "Here is what I know.", `id="thread-text"`, "thread-send")
	must("/say", map[string]any{"as": jonasID, "channel": sourcingID, "thread": ts, "text": "thanks"})
	pageHas(t, d.get(pagePath(miaID, sourcingID)), "2 replies")

	must("/say", map[string]any{"as": miaID, "channel": sourcingID, "text": "/visit-prep quality"})
	all := d.w.Messages(miaID, sourcingID)
	eph := all[len(all)-1].TS
	must("/act", map[string]any{"as": miaID, "channel": sourcingID, "ts": eph, "block": "a1", "action": "more"})
	pageHas(t, d.transcript(miaID, sourcingID), "more why")
	must("/act", map[string]any{"as": miaID, "channel": sourcingID, "ts": eph, "block": "do", "action": "topic", "value": "contracts"})
	pageHas(t, d.transcript(miaID, sourcingID), "topic contracts")
	refused("/act", map[string]any{"as": jonasID, "channel": sourcingID, "ts": eph, "block": "a1", "action": "more", "value": "why"}, 422, "no longer there")
	refused("/act", map[string]any{"as": miaID, "channel": sourcingID, "ts": eph, "block": "a1", "action": "none"}, 422, "")

	refused("/say", map[string]any{"as": miaID, "channel": sourcingID, "text": "/nonsense"}, 422, "not a valid command")
	refused("/say", map[string]any{"as": miaID, "channel": sourcingID, "text": "/visit-prep x", "thread": ts}, 422, "/visit-prep is not supported in threads")
	refused("/say", map[string]any{"as": miaID, "channel": sourcingID, "text": "/visit-prep fail"}, 502, "/visit-prep failed")
	refused("/say", map[string]any{"as": liweiID, "channel": sourcingID, "text": "hi"}, 422, "not in #")
	refused("/say", map[string]any{"as": liweiID, "channel": acmeID, "text": "/visit-prep x"}, 422, "/visit-prep is not a valid command")
	refused("/say", map[string]any{"as": miaID, "channel": sourcingID, "text": "  "}, 422, "nothing to send")
	pageHas(t, d.get(pagePath(miaID, sourcingID)), "Slack’s code: <code>http_service_error</code>", `aria-label="1 refused"`)

	pageHas(t, d.get(pagePath(miaID, shenzhenID)), `id="invite"`, "Visit Prep is not in this channel.")
	must("/invite", map[string]any{"as": miaID, "channel": shenzhenID})
	page := d.get(pagePath(miaID, shenzhenID))
	pageHas(t, page, "has joined the channel")
	pageHasNot(t, page, `id="invite"`)
	refused("/invite", map[string]any{"as": miaID, "channel": shenzhenID}, 422, "already in this channel")
	must("/say", map[string]any{"as": miaID, "channel": generalID, "text": "/invite @visitprep"})
	pageHasNot(t, d.get(pagePath(miaID, generalID)), `id="invite"`)

	pageHas(t, d.get("/?as="+miaID+"&home=1"), "has not published a Home tab for Mia Chen")
	must("/home", map[string]any{"as": miaID})
	pageHas(t, d.get("/?as="+miaID+"&home=1"), "Your visits", `data-action="open"`, `data-home="true"`)
	pageHas(t, d.get("/?as="+jonasID+"&home=1"), "has not published a Home tab for Jonas Weber")
	must("/act", map[string]any{"as": miaID, "home": true, "block": "v3", "action": "open"})
	refused("/home", map[string]any{"as": liweiID}, 422, "no Home")
	refused("/home", map[string]any{"as": "U1"}, 422, "Nobody")
}

// get1 is one answer of the page, with its headers.
func (d *pageDemo) get1(path string) (status int, header http.Header, body []byte) {
	d.t.Helper()
	req, _ := http.NewRequest(http.MethodGet, d.server.URL+path, nil)
	req.Header.Set("X-Key", pageKey)
	resp, err := d.client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ = io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, body
}

func TestFilesOnThePage(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	photo := drawnJPEG(900, 600, 0)
	f, err := d.w.Upload(miaID, `"><script>.jpg`, photo)
	if err != nil {
		t.Fatal(err)
	}
	at := "/" + fileAt(f.ID, jonasID, 0)
	if status, _, _ := d.get1(at); status != 404 {
		t.Errorf("a file that was not sent: %d", status)
	}
	if _, err := d.w.Share(miaID, sourcingID, "", "", f.ID); err != nil {
		t.Fatal(err)
	}
	// As it came it is only saved, since what it is depends on who sent it.
	status, header, body := d.get1(at)
	if status != 200 || !bytes.Equal(body, photo) || header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file: %d %v", status, header)
	}
	status, header, body = d.get1("/" + fileAt(f.ID, jonasID, 480))
	if p, _, err := image.DecodeConfig(bytes.NewReader(body)); status != 200 || header.Get("Content-Type") != "image/jpeg" || err != nil || p.Width != 480 {
		t.Errorf("its thumb: %d %v %v", status, header, err)
	}
	for name, path := range map[string]string{"a thumb that is larger": "/" + fileAt(f.ID, jonasID, 1024), "a thumb of no size": at + "&thumb=x", "for an outsider": "/" + fileAt(f.ID, liweiID, 0)} {
		if status, _, _ := d.get1(path); status != 404 {
			t.Errorf("%s: %d", name, status)
		}
	}
	pageHas(t, d.get(pagePath(jonasID, sourcingID)), `alt="Picture &#34;&gt;&lt;script&gt;.jpg"`, `thumb=480`, "JPEG, ")
	pageHasNot(t, d.get(pagePath(jonasID, sourcingID)), "data-delete-file")
	pageHas(t, d.get(pagePath(miaID, sourcingID)), `data-delete-file="`+f.ID+`"`)
	if status, err := d.post("/delete-file", map[string]any{"as": jonasID, "value": f.ID}); status != 422 || !strings.Contains(err, "your own") {
		t.Errorf("deleted by somebody else: %d %s", status, err)
	}
	if status, err := d.post("/delete-file", map[string]any{"as": miaID, "value": f.ID}); status != 204 {
		t.Errorf("deleted: %d %s", status, err)
	}
	pageHas(t, d.get(pagePath(jonasID, sourcingID)), "This file was deleted.")
	if status, _, _ := d.get1(at); status != 404 {
		t.Errorf("a deleted file: %d", status)
	}
}

func TestTimesAreTheViewersOwn(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	if _, err := d.w.Say(miaID, sourcingID, "", "hello"); err != nil {
		t.Fatal(err)
	}
	pageHas(t, d.get(pagePath(miaID, sourcingID)), ">14:04</time>", ">Today<", "14:04:00 CET")
	pageHas(t, d.get(pagePath(jonasID, sourcingID)), ">07:04</time>", "07:04:00 CST")
}

func TestStreamSendsWhatChanged(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	req, _ := http.NewRequest(http.MethodGet, d.server.URL+"/events"+link(miaID, sourcingID, ""), nil)
	req.Header.Set("X-Key", pageKey)
	resp, err := d.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("type %q", got)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	next := func() map[string]string {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var regions map[string]string
				if err := json.Unmarshal([]byte(data), &regions); err != nil {
					t.Fatal(err)
				}
				return regions
			}
		}
		t.Fatal("the stream ended")
		return nil
	}
	first := next()
	for _, id := range []string{"sidebar", "head", "notices", "messages", "composer", "refused"} {
		if first[id] == "" {
			t.Errorf("the first event lacks %s", id)
		}
	}
	if _, err := d.w.Say(jonasID, sourcingID, "", "from the other window"); err != nil {
		t.Fatal(err)
	}
	for {
		regions := next()
		if _, ok := regions["composer"]; ok {
			t.Error("the composer was sent again without a change")
		}
		if strings.Contains(regions["messages"], "from the other window") {
			break
		}
	}
	// The end of the workspace ends the stream, or a server could not stop.
	if err := d.w.Close(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
}

// transcript is a channel as its person reads it: "Author: text", with what only
// they see marked.
func (d *pageDemo) transcript(viewer, channel string) string {
	var b strings.Builder
	for _, m := range d.w.Messages(viewer, channel) {
		author, _ := d.w.Person(m.User)
		b.WriteString(displayName(author))
		if m.Only != "" {
			b.WriteString(" (only to you)")
		}
		b.WriteString(": " + m.Text + "\n")
	}
	return b.String()
}

func TestLongChannelIsCut(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	for i := range drawnMessages + 5 {
		if _, err := d.w.Say(miaID, generalID, "", fmt.Sprintf("message %d.", i)); err != nil {
			t.Fatal(err)
		}
	}
	page := d.get(pagePath(miaID, generalID))
	pageHas(t, page, "5 older messages are not shown.", "message 5.")
	pageHasNot(t, page, "message 4.")
}

// populate makes a channel that looks used, one of every block, and returns a thread.
func (d *pageDemo) populate() (thread string) {
	say := func(as, channel, thread, text string) string {
		ts, err := d.w.Say(as, channel, thread, text)
		if err != nil {
			d.t.Fatal(err)
		}
		return ts
	}
	say(miaID, sourcingID, "", "Flights to Shenzhen are booked: we land on 2 December, two days before the audit.")
	say(miaID, sourcingID, "", "Who brings the colour samples? The supplier asked for *three* of each.")
	thread = say(jonasID, sourcingID, "", "I do. @visitprep what should I check on the floor?")
	d.w.Wait()
	say(miaID, sourcingID, thread, "Thanks, Jonas – take the light box too.")
	d.api("chat.postMessage", map[string]any{"channel": sourcingID, "text": "Visit 3 begins in a week", "blocks": []any{
		kit("header", "text", kitPlain("Shenzhen Acme Lighting: one week to go")),
		kit("section", "text", kitMrkdwn("3–4 December · first audit · <@"+miaID+">, <@"+jonasID+">\n:white_check_mark: 7 done   :hourglass_flowing_sand: 5 left")),
		map[string]any{"type": "section", "block_id": "i1", "text": kitMrkdwn("*Confirm the hotel pick-up* with the factory\nDue tomorrow, <@" + miaID + ">"),
			"accessory": map[string]any{"type": "button", "action_id": "tick", "text": kitPlain("Done"), "value": "1", "style": "primary"}},
		map[string]any{"type": "section", "block_id": "i2", "text": kitMrkdwn("*Print the checklist in Chinese*\nDue in 3 days, <@" + jonasID + ">"),
			"accessory": map[string]any{"type": "button", "action_id": "tick", "text": kitPlain("Done"), "value": "2", "style": "primary"}},
		kit("context", "elements", []any{kitMrkdwn("`/visit-prep show 3` shows everything")}),
	}})
	if err := d.w.Command(miaID, sourcingID, "/visit-prep quality"); err != nil {
		d.t.Fatal(err)
	}
	say(jonasID, acmeID, "", "Hello Li Wei, could you send the floor plan?")
	say(liweiID, acmeID, "", "Of course. 我明天发给你。")
	if err := d.w.Command(miaID, sourcingID, "/visit-prep fail"); err == nil {
		d.t.Fatal("the app takes everything")
	}
	files, err := filepath.Glob("testdata/render/*.json")
	if err != nil {
		d.t.Fatal(err)
	}
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	for _, file := range files {
		raw, _ := os.ReadFile(file)
		var blocks []json.RawMessage
		_ = json.Unmarshal(raw, &blocks)
		d.w.addLocked(Message{Channel: generalID, User: DefaultBotUserID, BotID: DefaultBotID, Text: file, Blocks: blocks})
	}
	return thread
}

func TestLinksOfThePageLeadNowhereElse(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"?as=U1&channel=C1":       "?as=U1&amp;channel=C1",
		"https://example.com/?a":  "https://example.com/?a",
		"javascript:alert(1)":     "#",
		"JavaScript:alert(1)":     "#",
		"data:text/html,<script>": "#",
		"//evil.example":          "#",
		`?"onclick="alert(1)`:     "?&#34;onclick=&#34;alert(1)",
		"":                        "#",
	} {
		if got := draw(href(to)); got != ` href="`+want+`"` {
			t.Errorf("%q leads to%s", to, got)
		}
	}
}

func TestNamesAreTextOnThePage(t *testing.T) {
	t.Parallel()
	const bad = `"><script>alert('1')</script>&` + "\x00"
	m := messageView{ID: bad, TS: bad, Channel: bad, Author: bad, Initials: bad, Hue: bad, Time: bad, ISO: bad, Day: bad, DayID: bad, ThreadLink: bad,
		Replies: bad, LastReply: bad, Content: g.Raw("<i>safe</i>")}
	box := composerView{ID: bad, SendID: bad, Channel: bad, Label: bad, Commands: bad, People: bad}
	page := draw(document(&pageView{TeamName: bad, BotName: bad, Title: bad, Me: Person{ID: bad, RealName: bad}, Here: bad, Name: bad, Purpose: bad, ThreadTS: bad,
		ChannelLink: bad, Shared: true, Outsiders: bad, Notice: bad, Invite: bad, People: []personView{{ID: bad, Name: bad, Link: bad}}, HomeLink: bad,
		Channels: []channelView{{ID: bad, Name: bad, Link: bad}}, Direct: []channelView{{ID: bad, Name: bad}}, Members: []personView{{Name: bad}}, Beginning: bad,
		Hints: []string{bad}, Messages: []messageView{m}, Composer: box, ThreadMessages: []messageView{m}, ThreadComposer: composerView{Reason: bad},
		Refusals: []refusalView{{Call: bad, Error: bad, Reason: bad, Time: bad}}}))
	pageHas(t, page, "<i>safe</i>", "&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\uFFFD")
	pageHasNot(t, page, `">`+"<script>", "\x00")
}
