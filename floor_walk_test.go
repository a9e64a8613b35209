package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"visitprep/internal/localslack"
	"visitprep/internal/photo/phototest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// onFloor is the inspection of today that the sample has.
const onFloor = "Inspection 2: Ningbo Bright Metal"

// TestSampleHasFindings: whoever tries the app finds an inspection of today with what was
// seen there and its photos, so that there is something to report.
func TestSampleHasFindings(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	v.sees("the inspection of today", cardOf(onFloor))
	v.actsAs("U0JONASWEB1")
	v.follows(`[data-channel^="D"]`, `document.body.dataset.here.startsWith('D')`)
	const page = `document.querySelector('#messages')`
	v.sees("both findings", page+`.innerText.includes(' · Major · 6 of 50 · packing') && `+page+`.innerText.includes(' · Minor · 2 of 13 · packing')`)
	v.sees("their photos, upright", `(all => all.length >= 2 && all.every(i => i.complete && i.naturalHeight > i.naturalWidth))([...`+page+`.querySelectorAll('.picture img')])`)
	v.actsAs("U0MIACHEN01")
	v.opens("C0SOURCING1")
	v.readsBelow(onFloor, "no corner guard")
}

// TestSampleHasAPast: a visit that is over, with three findings in three states, an agreement
// that ends soon, and a letter to open; the factory's page shows how they stand.
func TestSampleHasAPast(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	v.sees("the visit that is over", cardOf("Visit 2: Ningbo Bright Metal"))
	v.types("/factory bright", "Open actions: ")
	const page = `[...document.querySelectorAll('#messages article.message')].at(-1)`
	for _, words := range []string{"Finding 1 · Major · Agreed", "Finding 3 · Major · Open", "Visit 2 · ", "Inspections: ", "Agreements: 2", "Edit factory"} {
		v.sees(words, page+`.innerText.includes(`+strconv.Quote(words)+`)`)
	}
	v.fits("docs/factory/01-page", page)
	v.presses("All actions")
	v.sees("the one that is verified", page+`.innerText.includes('Finding 2 · Minor · Verified')`)
}

// drops lets go of a JPEG over a part of the page.
func (v *visitor) drops(part, name string, content []byte) {
	v.t.Helper()
	v.sees("where "+name+" is dropped", fmt.Sprintf("document.querySelector(%q)", part))
	v.do("drop "+name, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const data = new DataTransfer();
		data.items.add(new File([Uint8Array.from(atob(%q), c => c.charCodeAt(0))], %q, { type: 'image/jpeg' }));
		for (const kind of ['dragover', 'drop']) document.querySelector(%q).dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
	})()`, base64.StdEncoding.EncodeToString(content), name, part)))
}

// TestFloorWalk is an inspector's day: a photo with a caption becomes a finding, the one list
// under the card grows, and a report comes that another program reads. With -update it takes
// the pictures in docs/floor.
func TestFloorWalk(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	v.actsAs("U0JONASWEB1")
	v.opens("C0SOURCING1")
	const thread = `document.querySelector('#thread-messages')`
	list := func(all ...string) string {
		at := thread + `&& [...` + thread + `.querySelectorAll('article.message')].some(m => m.innerText.includes('no corner guard')`
		for _, words := range all {
			at += ` && m.innerText.includes(` + strconv.Quote(words) + `)`
		}
		return at + `)`
	}
	v.readsBelow(onFloor, "no corner guard")
	v.sees("two findings in the list", list("barcode")+` && !`+thread+`.innerText.includes('switch')`)
	v.sees("no advice about its day, which has come", `!`+cardOf(onFloor)+`.innerText.includes('Ask the factory')`)
	v.fits("docs/floor/01-card", cardOf(onFloor))

	v.follows(`[data-channel^="D"]`, `document.body.dataset.here.startsWith('D')`)
	v.drops("#messages", "IMG_0431.jpg", phototest.Draw(7, 1200, 1600, 6, time.Now()))
	v.sees("the photo, ready to send", `(i => i && i.complete && i.naturalWidth > 0)(document.querySelector('#composer .attached img')) && document.activeElement.id === 'composer-text'`)
	v.keys("the caption", "critical 1/125 switch is live when off 开关带电 @line 2\r")
	const answer = `[...document.querySelectorAll('#messages article.message')].at(-1)`
	v.sees("the finding with its photo", answer+`?.innerText.includes(' · Critical · 1 of 125 · line 2') && `+answer+`.innerText.includes('1 photo saved')`)
	v.sees("nothing left to send", `document.querySelector('#composer .attached').hidden && document.querySelector('#composer .said').textContent === ''`)
	v.fits("docs/floor/02-finding", answer)

	v.opens("C0SOURCING1")
	v.readsBelow(onFloor, "switch is live")
	v.sees("the list with it", list("barcode", "switch is live when off"))
	if n := v.eval(`[...` + thread + `.querySelectorAll('article.message')].filter(m => m.innerText.includes('no corner guard')).length`); n != "1" {
		t.Errorf("there are %s lists", n)
	}
	v.fits("docs/floor/03-list", thread)

	v.pressesIn(cardOf(onFloor), "Report result")
	v.sees("the counts filled in from the findings", `/From findings? \d+\. Is any piece counted twice\?/.test(`+formOpen+`?.innerText)`)
	v.fits("docs/floor/04-result", formOpen)
	v.pressesIn(formOpen, "Cancel")
	v.sees("no form", `!`+formOpen)

	v.pressesIn(cardOf(onFloor), "Make report")
	const file = `document.querySelector('#thread-messages a[download$=".pdf"]')`
	v.sees("the report", file)
	v.sees("what it says in short", thread+`.innerText.includes('Make report final')`)
	v.fits("docs/floor/05-report", `[...`+thread+`.querySelectorAll('article.message')].at(-1)`)
	text, read := textOfPDF(t, v.downloads(file, v.eval(file+`.download`)))
	for _, words := range []string{
		"Ningbo Bright Metal", "宁波光明金属制品有限公司", "4498", "ISO 2859-1:1999 / GB/T 2828.1-2012",
		"no corner guard", "barcode on the side mark does not scan", "switch is live when off", "开关带电", "Left blank",
	} {
		if read && !strings.Contains(strings.Join(strings.Fields(text), " "), words) {
			t.Errorf("the report does not say %q:\n%s", words, text)
		}
	}
	if n := v.eval(`document.querySelectorAll('#refused .refusal').length`); n != "0" {
		t.Errorf("the workspace refused %s calls:\n%s", n, v.eval(`document.querySelector('#refused').textContent`))
	}
}

// A wire is all that connects a process with its workspace: its calls and its socket. Once
// something has come nobody gets through until it is mended.
type wire struct {
	l  net.Listener
	to string

	mu   sync.Mutex
	at   []byte // what must come; nil is nothing
	last bool   // that still gets through, and then all hang up; else it waits, and all others with it
	down bool
	open map[net.Conn]bool
	cut  chan struct{} // closed when it has come
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{l: l, to: to, open: make(map[net.Conn]bool)}
	go w.connect()
	t.Cleanup(func() { l.Close(); w.hangUp() })
	return w
}

func (w *wire) connect() {
	for {
		in, err := w.l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", w.to)
		if err != nil {
			in.Close()
			continue
		}
		w.mu.Lock()
		w.open[in], w.open[out] = true, true
		w.mu.Unlock()
		go w.carry(in, out)
		go w.carry(out, in)
	}
}

func (w *wire) carry(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	p := make([]byte, 64<<10)
	for {
		n, err := from.Read(p)
		w.mu.Lock()
		down, hit := w.down, w.at != nil && bytes.Contains(p[:n], w.at)
		last := w.last
		if hit {
			w.at, w.down = nil, true
		}
		w.mu.Unlock()
		if down {
			return
		}
		if hit && !last {
			close(w.cut)
			io.Copy(io.Discard, from) // until whoever sent it is no more
			return
		}
		if _, err := to.Write(p[:n]); err != nil {
			return
		}
		if hit {
			w.hangUp()
			close(w.cut)
		}
		if err != nil {
			return
		}
	}
}

func (w *wire) hangUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open {
		c.Close()
	}
	clear(w.open)
}

// cutAt has it cut once these bytes come: after them, or so that they wait for ever.
func (w *wire) cutAt(bytes string, last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at, w.last, w.cut = []byte(bytes), last, make(chan struct{})
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
}

// TestFloorWalkInTrouble sends two photos. Between one and its answer the process is killed, and
// another one begins on the database that it left; between the other and its answer the
// connection breaks. Each is one finding with its photo, and the list has both.
func TestFloorWalkInTrouble(t *testing.T) {
	t.Parallel()
	const mia, jonas, sourcing = localslack.SampleMia, localslack.SampleJonas, localslack.SampleSourcing
	ctx := t.Context()
	tab := browser(t)
	workspace, env := installed(t, nil)
	way := newWire(t, strings.TrimSuffix(strings.TrimPrefix(env["SLACK_API_URL"], "http://"), "/api/"))
	workspace.SetBaseURL("http://" + way.l.Addr().String())
	open := func() *store.Store {
		t.Helper()
		db, err := store.Open(ctx, store.Options{URL: env["DATABASE_URL"], Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db, now := open(), time.Now()
	factory, err := db.AddFactory(ctx, visit.Factory{Workspace: workspace.TeamID(), Name: "Ningbo Bright Metal", City: "Ningbo"}, now)
	if err != nil {
		t.Fatal(err)
	}
	place := visit.Place{Channel: sourcing, Zone: factory.Zone, ChannelZone: "Europe/Berlin"}
	err = addLot(ctx, db, visit.Inspection{
		Work: visit.Work{Workspace: workspace.TeamID(), Factory: factory, Place: place, Owner: mia},
		Type: "pre_shipment", Order: "4498", Due: place.Today(now), LeadDays: []int{14, 3}, Inspector: jonas,
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	db.Close()

	serve := func() *process {
		t.Helper()
		cmd := exec.CommandContext(ctx, "visitprep", "serve")
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "DATABASE_URL="+env["DATABASE_URL"], "SLACK_API_URL="+workspace.APIURL("http://"+way.l.Addr().String()),
			"SLACK_BOT_TOKEN="+workspace.BotToken(), "SLACK_APP_TOKEN="+workspace.AppToken(), "SLACK_SIGNING_SECRET=")
		return runs(t, cmd)
	}
	until := func(what string, is func() bool) {
		t.Helper()
		late, stop := context.WithTimeout(ctx, 15*time.Second)
		defer stop()
		if err := workspace.WaitFor(late, is); err != nil {
			t.Fatalf("waited in vain until %s", what)
		}
	}
	isCut := func() {
		t.Helper()
		select {
		case <-way.cut:
		case <-time.After(15 * time.Second):
			t.Fatal("nothing came at which the connection was to break")
		}
	}
	nobody := func() {
		t.Helper()
		until("nobody is connected", func() bool { return workspace.Connections() == 0 })
		way.mend()
	}

	first := serve()
	page := httptest.NewServer(workspace.Page(localslack.PageOptions{Key: "key"}))
	t.Cleanup(page.Close)
	v := &visitor{t: t, ctx: tab, address: page.URL + "/?key=key"}
	v.do("open the page", chromedp.EmulateViewport(1280, 860), chromedp.Navigate(v.address+"&as="+jonas+"&channel="+sourcing))
	const card = "Inspection 1: Ningbo Bright Metal"
	v.sees("the card", cardOf(card))

	const direct, thread = `document.body.dataset.here.startsWith('D')`, `document.querySelector('#thread-messages')`
	send := func(name, caption string) {
		t.Helper()
		v.follows(`[data-channel^="D"]`, direct)
		v.drops("#messages", name, phototest.Draw(uint64(len(name)), 600, 800, 6, now))
		v.sees("the photo, ready to send", `(i => i && i.complete && i.naturalWidth > 0)(document.querySelector('#composer .attached img'))`)
		v.keys("the caption", caption+"\r")
	}
	// answered waits for the answer to a finding, and that is one.
	answered := func(words string) {
		t.Helper()
		at := fmt.Sprintf(`[...document.querySelectorAll('#messages article.message')].filter(m => m.innerText.includes(%q))`, words)
		v.sees("the finding with its photo", `(all => all.length && all.every(m => m.innerText.includes('1 photo saved')))(`+at+`)`)
		if n := v.eval(at + `.length`); n != "1" {
			t.Errorf("%s is said %s times", words, n)
		}
	}
	// listed waits for the one list under the card.
	listed := func(counted, words string) {
		t.Helper()
		v.opens(sourcing)
		v.readsBelow(card, words)
		lists := `[...` + thread + `.querySelectorAll('article.message')].filter(m => m.innerText.includes('no corner guard'))`
		v.sees("the list", lists+`.length === 1 && `+lists+`[0].innerText.includes(`+strconv.Quote(words)+`) && `+lists+`[0].innerText.includes(`+strconv.Quote(counted)+`)`)
	}

	way.cutAt("/api/chat.postMessage", false) // the first one is killed while it answers
	send("IMG_1.jpg", "major 6/50 no corner guard @packing")
	isCut()
	first.cmd.Process.Kill()
	first.until(func() bool { return first.ended })
	nobody()
	second := serve()
	listed("1 major", "no corner guard")

	way.cutAt(`"file_share"`, true) // Slack never reads the acknowledgement
	send("IMG_22.jpg", "minor 2/13 barcode does not scan")
	isCut()
	nobody()
	answered("Finding 2 · Minor · 2 of 13")
	answered("Finding 1 · Major · 6 of 50 · packing") // once it is sure that nobody else answers
	listed("1 minor", "barcode does not scan")

	second.cmd.Process.Signal(os.Interrupt)
	second.until(func() bool { return second.ended })
	db = open()
	defer db.Close()
	found, err := db.Findings(ctx, workspace.TeamID(), visit.SubjectOf("inspection", 1))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 {
		t.Errorf("there are %d findings, want 2", len(found))
	}
	for _, f := range found {
		if len(f.Photos) != 1 || f.Photos[0].State != visit.PhotoKept {
			t.Errorf("finding %d has %+v, want one photo that is kept", f.Number, f.Photos)
		}
	}
}

// asks calls the browser.
func asks[P, R any](v *visitor, c cdp.Command[P, R], p P) {
	v.t.Helper()
	if _, err := chromedp.Call(v.ctx, c, p); err != nil {
		v.t.Fatal(err)
	}
}

// taps clicks on a control where it is seen, once the page is at rest.
func (v *visitor) taps(what, at string) {
	v.t.Helper()
	v.sees(what, `(e => e && e.checkVisibility({ visibilityProperty: true }))(`+at+`) && document.getAnimations().every(a => a.playState !== 'running')`)
	var x, y float64
	if _, err := fmt.Sscan(v.eval(`(e => {
		e.scrollIntoView({ block: 'center' });
		const r = e.getBoundingClientRect(), x = r.left + r.width / 2, y = r.top + r.height / 2;
		return e.contains(document.elementFromPoint(x, y)) ? x + ' ' + y : 'it is covered';
	})(`+at+`)`), &x, &y); err != nil {
		v.t.Fatalf("%s cannot be tapped: %v", what, err)
	}
	v.do("tap "+what, chromedp.MouseClickXY(x, y))
}

// tookScript counts what the browser was given, and not what a script did, over all pages.
const tookScript = `(() => {
	const took = (what, n) => sessionStorage.setItem('took ' + what, Number(sessionStorage.getItem('took ' + what)) + n);
	addEventListener('pointerup', e => e.isTrusted && took('taps', 1), true);
	addEventListener('change', e => e.isTrusted && e.target.type === 'file' && took('photos', e.target.files.length), true);
	addEventListener('beforeinput', e => e.isTrusted && e.data && took('characters', [...e.data].length), true);
})()`

// tookHead is the head of the table in docs/operate.md.
const tookHead = "| way | taps | photos picked | characters |\n| --- | ---: | ---: | ---: |\n"

// TestWhatAFindingTakes goes the four ways to the same finding on a page as wide as a phone, over a
// slow connection, and counts what the browser was given; a tap is a click of its pointer. The
// figures stand in docs/operate.md, where -update writes them.
func TestWhatAFindingTakes(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	const mia, jonas, sourcing = localslack.SampleMia, localslack.SampleJonas, localslack.SampleSourcing
	const caption, upload = "major 6/50 no corner guard @packing", 90_000 // bytes a second
	photo := phototest.Draw(7, 600, 800, 6, time.Now())
	file := filepath.Join(t.TempDir(), "IMG_0431.jpg")
	if err := os.WriteFile(file, photo, 0o600); err != nil {
		t.Fatal(err)
	}

	// The colleague's photo.
	v.sees("the card", cardOf(onFloor)+`?.querySelector('.replies')`)
	v.actsAs(mia)
	v.opens(sourcing)
	v.drops("#messages", "IMG_0440.jpg", phototest.Draw(8, 600, 800, 6, time.Now()))
	v.sees("the photo, ready to send", `document.querySelector('#composer [data-file]')`)
	v.keys("the caption", caption+"\r")
	const theirs = `[...document.querySelectorAll('#messages article.message')].find(m => m.innerText.includes('IMG_0440.jpg'))`
	v.sees("the photo", theirs)
	v.actsAs(jonas)
	v.follows(`[data-channel^="D"]`, `document.body.dataset.here.startsWith('D')`)
	const last = `document.querySelector('#messages').innerText.match(/Finding (\d+) · Minor · 2 of 13/)?.[1]`
	v.sees("the findings of the sample", last)
	found := must(strconv.Atoi(v.eval(last))) // the last one of them

	v.do("take a phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	asks(v, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Latency: 150, DownloadThroughput: 200_000, UploadThroughput: upload}}})
	asks(v, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: true})
	asks(v, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: tookScript})
	chooser := make(chan *page.EventFileChooserOpened, 1)
	if err := chromedp.Listen(v.ctx, func(e any) {
		if opened, ok := e.(*page.EventFileChooserOpened); ok {
			chooser <- opened
		}
	}); err != nil {
		t.Fatal(err)
	}
	picks := func(where string) {
		t.Helper()
		v.taps("the way to the photos", `[...document.querySelectorAll('`+where+` button')].find(b => [b.innerText.trim(), b.ariaLabel].includes('Add files'))`)
		select {
		case opened := <-chooser:
			asks(v, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{file}, BackendNodeID: opened.BackendNodeID})
		case <-time.After(5 * time.Second):
			t.Fatal("no photo can be picked")
		}
	}
	labelled := func(within, label string) string {
		return fmt.Sprintf(`[...%s.querySelectorAll('button, label')].find(b => b.innerText.trim() === %q)`, within, label)
	}
	const newest = `[...document.querySelectorAll('#messages article.message')].at(-1)`

	table := tookHead
	way := func(name, answer string, walk func()) {
		t.Helper()
		if table == tookHead || v.eval(`document.body.dataset.here`) != sourcing {
			v.do("begin", chromedp.Navigate(v.address+"&as="+jonas+"&channel="+sourcing))
		}
		v.sees("a page as wide as a phone", `innerWidth === 390 && document.querySelector('#composer-text')`)
		v.eval(`['taps', 'photos', 'characters'].map(what => sessionStorage.setItem('took ' + what, 0))`)
		began := time.Now()
		walk()
		found++
		v.sees("finding "+strconv.Itoa(found), fmt.Sprintf(`%s?.innerText.includes('Finding %d · Major · 6 of 50 · packing')`, answer, found))
		table += fmt.Sprintf("| %s | %s |\n", name, v.eval(`['taps', 'photos', 'characters'].map(what => sessionStorage.getItem('took ' + what)).join(' | ')`))
		t.Logf("%s: %.1f s", name, time.Since(began).Seconds())
	}
	way("a photo in the direct message, from a channel", newest, func() {
		v.taps("the menu", `document.querySelector('#open-sidebar')`)
		v.taps("the direct message", `document.querySelector('#sidebar [data-channel^="D"]')`)
		v.sees("the direct message", `document.body.dataset.here.startsWith('D')`)
		picks("#composer")
		v.sees("the focus in the box", `document.activeElement.id === 'composer-text'`)
		v.keys("the caption", caption)
		v.sees("the photo, ready to send", `document.querySelector('#composer [data-file]')`)
		v.taps("the button", `document.querySelector('#send')`)
	})
	if took := v.eval(`performance.getEntriesByType('resource').filter(r => r.name.includes('/attach?')).at(-1)?.duration`); took == "undefined" || must(strconv.ParseFloat(took, 64)) < 800*float64(len(photo))/upload {
		t.Errorf("%d bytes went up in %s ms: the connection is not slow", len(photo), took)
	}
	way("**Log finding** on a colleague's photo, from its channel", newest, func() {
		v.taps("the menu of the message", theirs+`.querySelector('.message-menu summary')`)
		v.taps("the shortcut", labelled(theirs, "Log finding"))
	})
	way("**Add finding** on the card, from its channel", formOpen, func() {
		v.taps("the button on the card", labelled(cardOf(onFloor), "Add finding"))
		v.sees("the form", formOpen)
		v.taps("the severity", `[...`+formOpen+`.querySelectorAll('label')].find(l => l.innerText.trim().startsWith('Major'))`)
		fill := func(field, words string) {
			t.Helper()
			v.taps("the field "+field, formOpen+`.querySelector('[data-block=`+field+`]')`)
			v.sees("the focus in it", `document.activeElement.dataset.block === '`+field+`'`)
			v.keys("what is to say", words)
			v.sees("the words", `document.activeElement.value === '`+words+`'`)
		}
		fill("text", "no corner guard")
		picks("#modal .file-input")
		v.sees("the photo", formOpen+`.querySelector('.chosen img')`)
		fill("count", "6/50")
		fill("place", "packing")
		v.taps("the button", labelled(formOpen, "Save finding"))
	})
	v.pressesIn(formOpen, "Close")
	v.sees("no form", `!`+formOpen)
	way("a mention with a photo, in its channel", newest, func() {
		picks("#composer")
		v.sees("the focus in the box", `document.activeElement.id === 'composer-text'`)
		v.keys("the words", "@visitprep "+caption)
		v.sees("the photo, ready to send", `document.querySelector('#composer [data-file]')`)
		v.taps("the button", `document.querySelector('#send')`)
	})

	docs, err := os.ReadFile("docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		docs = regexp.MustCompile(regexp.QuoteMeta(tookHead)+`(?:\|.*\n)*`).ReplaceAllLiteral(docs, []byte(table))
		if err := os.WriteFile("docs/operate.md", docs, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(string(docs), table) {
		t.Errorf("docs/operate.md does not say what it took; go test -run WhatAFindingTakes -update . writes it:\n%s", table)
	}
}
