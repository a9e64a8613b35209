package localslack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A formApp opens a form, as it says "Loading" at first and is filled a moment later, and a
// list whose lines are ticked, in a modal, in a message and on Home.
type formApp struct {
	d *pageDemo

	mu   sync.Mutex
	done map[string]bool
	page int
	sent map[string]any // the state of the form that was taken

	fill chan struct{} // closed once the form may be filled
}

func newFormApp(t *testing.T) *formApp {
	t.Helper()
	a := &formApp{d: newPageDemo(t), done: map[string]bool{}, fill: make(chan struct{})}
	a.d.extra = a.answer
	return a
}

func (a *formApp) answer(rw http.ResponseWriter, r *http.Request) bool {
	if r.Header.Get("Content-Type") == "application/json" {
		body, _ := json.Marshal(map[string]any{"user_id": miaID, "view": map[string]any{"type": "home", "blocks": a.lines("tick")}})
		var args map[string]any
		_ = json.Unmarshal(body, &args)
		a.d.api("views.publish", args)
		return true
	}
	payload := r.FormValue("payload")
	if payload == "" {
		switch r.FormValue("text") {
		case "form":
			id := a.open(r.FormValue("trigger_id"), modalOf("One moment", nil))
			go func() {
				<-a.fill
				a.d.api("views.update", map[string]any{"view_id": id, "view": a.form()})
			}()
		case "list":
			a.open(r.FormValue("trigger_id"), modalOf("Checklist", a.lines("tick")))
		default:
			return false
		}
		return true
	}
	var p struct {
		Type      string
		TriggerID string `json:"trigger_id"`
		Channel   struct{ ID string }
		Message   struct{ TS string }
		View      struct {
			ID, Type string
			State    struct{ Values map[string]map[string]any }
		}
		Actions []struct {
			ActionID string `json:"action_id"`
			Value    string
		}
	}
	_ = json.Unmarshal([]byte(payload), &p)
	if p.Type == "view_submission" {
		a.mu.Lock()
		defer a.mu.Unlock()
		var state map[string]any
		raw, _ := json.Marshal(p.View.State.Values)
		_ = json.Unmarshal(raw, &state)
		if !strings.Contains(string(raw), "2026") {
			rw.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(rw).Encode(map[string]any{"response_action": "errors", "errors": map[string]string{"last": "Write a day, such as 2026-12-24."}})
			return true
		}
		a.sent = state
		return true
	}
	if len(p.Actions) == 0 {
		return true
	}
	a.mu.Lock()
	switch act := p.Actions[0]; act.ActionID {
	case "tick":
		a.done[act.Value] = true
	case "reopen":
		delete(a.done, act.Value)
	case "next":
		a.page++
	case "open":
		a.mu.Unlock()
		a.open(p.TriggerID, modalOf("Checklist", a.lines("tick")))
		return true
	}
	a.mu.Unlock()
	switch {
	case p.View.Type == "modal":
		a.d.api("views.update", map[string]any{"view_id": p.View.ID, "view": modalOf("Checklist", a.lines("tick"))})
	case p.View.Type == "home":
		a.d.api("views.publish", map[string]any{"user_id": miaID, "view": map[string]any{"type": "home", "blocks": a.lines("tick")}})
	default:
		a.d.api("chat.update", map[string]any{"channel": p.Channel.ID, "ts": p.Message.TS, "text": "Lines", "blocks": a.lines("tick")})
	}
	return true
}

func (a *formApp) open(trigger string, view map[string]any) (id string) {
	answer := a.d.api("views.open", map[string]any{"trigger_id": trigger, "view": view})
	v, _ := answer["view"].(map[string]any)
	id, _ = v["id"].(string)
	return id
}

func modalOf(title string, blocks []any) map[string]any {
	if blocks == nil {
		blocks = []any{kit("section", "text", kitMrkdwn("Loading…"))}
	}
	return map[string]any{"type": "modal", "title": kitPlain(title), "close": kitPlain("Close"), "blocks": blocks}
}

// form has more fields than fit, and the one that may be wrong is the last.
func (a *formApp) form() map[string]any {
	input := func(block, label string, element map[string]any) map[string]any {
		element["action_id"] = "it"
		return map[string]any{"type": "input", "block_id": block, "label": kitPlain(label), "optional": true, "element": element,
			"hint": kitPlain("What " + strings.ToLower(label) + " is good for")}
	}
	text := func(block, label string) map[string]any {
		return input(block, label, map[string]any{"type": "plain_text_input"})
	}
	option := func(s string) map[string]any { return map[string]any{"text": kitPlain(s), "value": s} }
	fields := []any{text("first", "Factory"),
		input("people", "Who travels", map[string]any{"type": "multi_users_select", "initial_users": []string{jonasID}}),
		input("rhythm", "Rhythm", map[string]any{"type": "radio_buttons", "options": []any{option("weekly"), option("monthly")}}),
		input("channel", "Channel", map[string]any{"type": "conversations_select", "filter": map[string]any{"include": []string{"public", "private"}, "exclude_bot_users": true}}),
	}
	for i := range 6 {
		fields = append(fields, text(fmt.Sprintf("more%d", i), fmt.Sprintf("Remark %d", i)))
	}
	v := modalOf("Plan a visit", append(fields, text("last", "Day")))
	v["submit"] = kitPlain("Plan visit")
	return v
}

// lines are three to a page, each with a button that is another once it is pressed.
func (a *formApp) lines(tick string) []any {
	a.mu.Lock()
	defer a.mu.Unlock()
	var blocks []any
	for i := range 3 {
		n := fmt.Sprint(3*a.page + i + 1)
		id, label, text := tick, "Done", "Line "+n
		if a.done[n] {
			id, label, text = "reopen", "Undo", "~Line "+n+"~"
		}
		blocks = append(blocks, map[string]any{"type": "section", "block_id": "item-" + n, "text": kitMrkdwn(text),
			"accessory": map[string]any{"type": "button", "action_id": id, "text": kitPlain(label), "value": n}})
	}
	if a.page < 1 {
		blocks = append(blocks, map[string]any{"type": "actions", "block_id": fmt.Sprintf("pages-%d", a.page), "elements": []any{
			map[string]any{"type": "button", "action_id": "next", "text": kitPlain("Next page"), "value": fmt.Sprint(a.page)}}})
	}
	return blocks
}

func (a *formApp) turn(page int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.page = page
}

// openAs opens the page as Mia at an address, with the key.
func (b *browserTab) openAs(d *pageDemo, path, ready string) {
	b.t.Helper()
	b.do(chromedp.Navigate(d.server.URL+"/"+path+"&key="+pageKey), chromedp.WaitVisible(sel(ready)))
	b.until(`document.readyState === 'complete'`)
}

// focused says where the focus is: the tag, the block, and the words on it.
const focused = `(e => [e.tagName, e.dataset.block || e.closest('[data-block]')?.dataset.block || e.id, (e.innerText || e.value || '').trim().slice(0, 20)].join(' '))(document.activeElement)`

func (b *browserTab) focusIs(want string) {
	b.t.Helper()
	b.until(`(f => f === ` + toJSON(want) + `)(` + focused + `)`)
}

// TestHandling is how the page is handled, mostly with the keyboard, in one browser.
func TestHandling(t *testing.T) {
	t.Parallel()
	newTab := newBrowser(t)
	for name, f := range map[string]func(*testing.T, func() *browserTab){
		"the focus begins in the first field, and goes to the wrong one": focusInForms,
		"the focus is kept":                    focusIsKept,
		"a form after a reload":                formAfterAReload,
		"the link of a file leads to the file": fileIsDownloaded,
		"the menu of a message":                menuOfAMessage,
		"the clock is one row":                 clockIsOneRow,
	} {
		t.Run(name, func(t *testing.T) {
			f(t, func() *browserTab {
				b := newTab()
				b.t = t
				return b
			})
		})
	}
}

func focusInForms(t *testing.T, newTab func() *browserTab) {
	b, a := newTab(), newFormApp(t)
	b.openAs(a.d, link(miaID, sourcingID, ""), "#composer textarea")
	b.do(chromedp.SendKeys(sel("#composer textarea"), "/visit-prep form"), chromedp.KeyEvent("\r"))
	b.shows("Loading…")
	b.do(chromedp.KeyEvent("\r")) // Enter closes nothing
	close(a.fill)
	b.shows("Plan a visit")
	b.focusIs("INPUT first ")
	b.do(chromedp.KeyEvent("\r")) // Enter sends and closes nothing
	b.do(chromedp.KeyEvent("Ningbo"))
	b.focusIs("INPUT first Ningbo")

	// A choice of several, with the keys alone: Tab to the third person, Space.
	b.do(chromedp.KeyEvent("\t"), chromedp.KeyEvent("\t"), chromedp.KeyEvent("\t"), chromedp.KeyEvent(" "))
	b.until(`[...document.querySelectorAll('#modal [data-block=people] :checked')].map(c => c.value).join() === '` + jonasID + `,` + miaID + `'`)

	// A refused form says where.
	b.click("#modal [data-submit-view]")
	b.focusIs("INPUT last ")
	b.until(`(e => e.getAttribute('aria-invalid') === 'true' && e.getAttribute('aria-describedby').split(' ').map(id => document.getElementById(id).innerText).join(' ').includes('Write a day'))(document.activeElement)`)
	b.until(`(r => r.top >= 0 && r.bottom <= innerHeight)(document.activeElement.getBoundingClientRect())`)
	b.until(`(e => { const r = e.getBoundingClientRect(), m = e.closest('.modal-body').getBoundingClientRect(); return r.top >= m.top && r.bottom <= m.bottom })(document.querySelector('#modal .error'))`)
	b.shot("form-refused")
	// Refused once more, it says so again, wherever one is.
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#modal [data-block=first]').focus()`))
	b.click("#modal [data-submit-view]")
	b.focusIs("INPUT last ")

	b.do(chromedp.KeyEvent("2026-12-24"), chromedp.KeyEvent("\t")) // leaving the field sends what was typed
	b.click("#modal [data-submit-view]")
	b.until(`!document.querySelector('#modal > dialog')`)
	b.until(`document.activeElement.id === 'composer-text'`)
	a.mu.Lock()
	people := toJSON(a.sent["people"])
	a.mu.Unlock()
	if want := `"selected_users":["` + jonasID + `","` + miaID + `"]`; !strings.Contains(people, want) {
		t.Errorf("the form was sent with %s, want %s", people, want)
	}
}

func focusIsKept(t *testing.T, newTab func() *browserTab) {
	a := newFormApp(t)
	a.d.api("chat.postMessage", map[string]any{"channel": sourcingID, "text": "Lines", "blocks": append(a.lines("tick"),
		map[string]any{"type": "actions", "block_id": "open", "elements": []any{map[string]any{"type": "button", "action_id": "open", "text": kitPlain("Open checklist"), "value": "1"}}})})
	b := newTab()
	b.openAs(a.d, link(miaID, sourcingID, ""), "#composer textarea")
	press := func(block string) {
		b.t.Helper()
		b.until(`(e => e && (e.focus(), document.activeElement === e))(document.querySelector('` + block + `'))`)
		b.do(chromedp.KeyEvent("\r"))
	}
	// In a form that a message opened, and back to what opened it.
	press(`#messages [data-block=open]`)
	b.until(`document.querySelector('#modal [data-block="item-2"]')`)
	press(`#modal [data-block="item-2"]`)
	b.focusIs("BUTTON item-2 Undo")
	b.do(chromedp.KeyEvent("\r"))
	b.focusIs("BUTTON item-2 Done")
	press(`#modal [data-action=next]`)
	b.shows("Line 4")
	b.until(`document.activeElement !== document.body && document.querySelector('#modal > dialog').contains(document.activeElement) && !document.activeElement.dataset.closeView`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until(`!document.querySelector('#modal > dialog')`)
	b.focusIs("BUTTON open Open checklist")

	// In the message itself, and on Home.
	a.turn(0)
	press(`#messages [data-block="item-1"]`)
	b.focusIs("BUTTON item-1 Undo")
	b.openAs(a.d, "?as="+miaID+"&home=1", "#home [data-block]")
	press(`#home [data-block="item-2"]`)
	b.focusIs("BUTTON item-2 Undo")
}

// A form that was half filled in shows what was entered after a reload, and does not follow
// into another channel.
func formAfterAReload(t *testing.T, newTab func() *browserTab) {
	b, a := newTab(), newFormApp(t)
	close(a.fill)
	b.openAs(a.d, link(miaID, sourcingID, ""), "#composer textarea")
	b.do(chromedp.SendKeys(sel("#composer textarea"), "/visit-prep form"), chromedp.KeyEvent("\r"))
	b.focusIs("INPUT first ")
	b.do(chromedp.KeyEvent("Ningbo"), chromedp.KeyEvent("\t"))
	b.click(`#modal [data-block=people] [value="` + miaID + `"]`)
	b.click(`#modal [data-block=rhythm] [value=monthly]`)
	b.do(chromedp.SetValue(sel(`#modal [data-block=channel]`), shenzhenID))
	b.until(`!document.querySelector('#modal [aria-busy=true]')`)
	b.do(chromedp.Reload())
	b.until(`document.querySelector('#modal > dialog[open] [data-block=first]')?.value === 'Ningbo'`)
	b.until(`[...document.querySelectorAll('#modal [data-block=people] :checked')].length === 2 && document.querySelector('#modal [value=monthly]').checked && document.querySelector('#modal [data-block=channel]').value === '` + shenzhenID + `'`)
	b.openAs(a.d, link(miaID, generalID, ""), "#messages")
	b.until(`!document.querySelector('#modal > dialog')`)
}

// upload shares a file with a channel, as the app does, in three steps.
func (d *pageDemo) upload(channel, name, content string) {
	d.t.Helper()
	place := d.api("files.getUploadURLExternal", map[string]any{"filename": name, "length": len(content)})
	address, _ := place["upload_url"].(string)
	resp, err := http.Post(address, "text/calendar", strings.NewReader(content))
	if err != nil {
		d.t.Fatal(err)
	}
	_ = resp.Body.Close()
	done := d.api("files.completeUploadExternal", map[string]any{"files": []any{map[string]any{"id": place["file_id"], "title": "Visit 1"}}, "channel_id": channel})
	if done["ok"] != true {
		d.t.Fatalf("upload: %v", done)
	}
}

func fileIsDownloaded(t *testing.T, newTab func() *browserTab) {
	b, d := newTab(), newPageDemo(t)
	const content = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
	d.upload(sourcingID, "visit 1 & 2.ics", content)
	folder := t.TempDir()
	if _, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder}); err != nil {
		t.Fatal(err)
	}
	b.openAs(d, link(miaID, sourcingID, ""), "#messages .file a")
	b.click("#messages .file a")
	var got []byte
	b.poll(func() bool {
		got, _ = os.ReadFile(filepath.Join(folder, "visit 1 & 2.ics"))
		return len(got) > 0
	})
	if string(got) != content {
		t.Errorf("downloaded %q", got)
	}
}

func menuOfAMessage(t *testing.T, newTab func() *browserTab) {
	d := newPageDemo(t)
	d.w.opt.Shortcuts = []Shortcut{{Name: "Add to visit", CallbackID: "add", OnMessage: true}}
	if _, err := d.w.Say(jonasID, sourcingID, "", "the lamp flickers"); err != nil {
		t.Fatal(err)
	}
	b := newTab()
	b.openAs(d, link(miaID, sourcingID, ""), "#messages article")
	const seen = `(e => e.checkVisibility({opacityProperty: true, visibilityProperty: true}))`
	const menu, shown = seen + `(document.querySelector('#messages .message-menu'))`, seen + `(document.querySelector('#messages [data-shortcut]'))`
	b.until(`!` + menu + ` && !` + shown)
	at := b.value(`(r => (r.left + 80) + ' ' + (r.top + 20))(document.querySelector('#messages article').getBoundingClientRect())`)
	var x, y float64
	if _, err := fmt.Sscan(at, &x, &y); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.MouseEvent("mouseMoved", x, y))
	b.until(menu + ` && !` + shown)
	b.do(chromedp.MouseEvent("mouseMoved", 5, 5))
	b.until(`!` + menu)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#messages summary').focus()`))
	b.until(`!` + shown)
	b.do(chromedp.KeyEvent("\r"))
	b.until(shown)
	b.shot("message-menu")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until(`!` + shown + ` && document.activeElement.tagName === 'SUMMARY'`)
	b.do(chromedp.KeyEvent("\r"))
	b.until(shown)
	b.click("#messages [data-shortcut]")
	b.until(`!` + shown)
}

// The clock is one row at every width, and says what is sent next where there is room.
func clockIsOneRow(t *testing.T, newTab func() *browserTab) {
	d := newPageDemo(t)
	due := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	d.server.Config.Handler = d.w.Page(PageOptions{Key: pageKey, Clock: &Clock{Now: d.w.opt.Now,
		Upcoming: func(context.Context) (time.Time, string, error) { return due, "Visit 2", nil }}})
	thread := d.populate()
	for _, c := range []struct {
		name, path string
		width      int64
		next       bool
	}{
		{"wide", link(miaID, sourcingID, ""), 1280, true}, {"beside a thread", link(miaID, sourcingID, thread), 1280, false},
		{"tablet", link(miaID, sourcingID, ""), 820, false}, {"phone", link(miaID, sourcingID, ""), 390, false},
	} {
		b := newTab()
		b.do(chromedp.EmulateViewport(c.width, 800))
		b.openAs(d, c.path, ".clock-bar time")
		if got := b.value(`(e => e.getBoundingClientRect().height < 44 && e.scrollWidth <= e.clientWidth ? '' : e.getBoundingClientRect().height + ' high, ' + e.scrollWidth + ' of ' + e.clientWidth + ' wide')(document.querySelector('.clock-bar'))`); got != "" {
			t.Errorf("%s: the clock is %s", c.name, got)
		}
		const inFull = `(e => String(e.checkVisibility() && e.innerText === 'Next: Mon 30 Nov 09:00, Visit 2' && e.scrollWidth <= e.clientWidth))(document.querySelector('.clock-bar > .next span'))`
		if got := b.value(inFull); c.next && got != "true" {
			t.Errorf("%s: what is sent next is not in sight", c.name)
		}
		// Everything is there behind the button, too.
		b.click("[popovertarget=clock-ways]")
		b.until(`[...document.querySelectorAll('#clock-ways :is([data-clock], #clock-to)')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right <= innerWidth).length === 5`)
		b.shot("clock-" + c.name)
	}
}
