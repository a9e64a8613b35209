package localslack

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A photoApp hears of photos: it answers each with what it got, opens a form for more, and
// takes a shortcut on one.
type photoApp struct {
	d *pageDemo

	mu   sync.Mutex
	sent []byte // the form that was sent off
}

func newPhotoApp(t *testing.T) *photoApp {
	t.Helper()
	a := &photoApp{d: newPageDemo(t)}
	a.d.extra = a.answer
	a.d.w.opt.Shortcuts = []Shortcut{{Name: "Log finding", CallbackID: "log", OnMessage: true}}
	return a
}

func (a *photoApp) answer(rw http.ResponseWriter, r *http.Request) bool {
	type file struct{ Name string }
	if r.Header.Get("Content-Type") == "application/json" {
		var e struct {
			Event struct {
				Subtype, User, Channel, Text string
				Files                        []file
			}
		}
		_ = json.NewDecoder(r.Body).Decode(&e)
		if e.Event.Subtype == "file_share" && e.Event.User != DefaultBotUserID {
			a.d.api("chat.postMessage", map[string]any{"channel": e.Event.Channel, "text": "Finding 31: " + e.Event.Text + ", " + plural(len(e.Event.Files), "photo", "photos")})
		}
		return true
	}
	var p struct {
		Type, Value string
		TriggerID   string `json:"trigger_id"`
		Channel     struct{ ID string }
		Message     struct{ Files []file }
		View        json.RawMessage
	}
	_ = json.Unmarshal([]byte(r.FormValue("payload")), &p)
	switch {
	case p.Type == "block_suggestion":
		options := []any{}
		for _, word := range []string{"Scratch", "Screw missing", "Dent"} {
			if strings.HasPrefix(strings.ToLower(word), strings.ToLower(p.Value)) {
				options = append(options, map[string]any{"text": kitPlain(word), "value": strings.ToLower(word)})
			}
		}
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(map[string]any{"options": options})
	case p.Type == "view_submission":
		a.mu.Lock()
		a.sent = p.View
		a.mu.Unlock()
	case p.Type == "message_action":
		a.d.api("chat.postEphemeral", map[string]any{"channel": p.Channel.ID, "user": miaID, "text": "Logged " + p.Message.Files[0].Name})
	case r.FormValue("command") != "":
		a.d.api("views.open", map[string]any{"trigger_id": r.FormValue("trigger_id"), "view": map[string]any{
			"type": "modal", "title": kitPlain("Add finding"), "submit": kitPlain("Save finding"), "close": kitPlain("Cancel"), "blocks": []any{
				map[string]any{"type": "input", "block_id": "what", "label": kitPlain("What did you see?"), "optional": true, "element": map[string]any{"type": "plain_text_input", "action_id": "what"}},
				map[string]any{"type": "input", "block_id": "photos", "label": kitPlain("Photos"), "hint": kitPlain("Up to two."),
					"element": map[string]any{"type": "file_input", "action_id": "photos", "filetypes": []string{"jpg", "png"}, "max_files": 2}},
				map[string]any{"type": "input", "block_id": "defect", "label": kitPlain("Which defect?"), "optional": true, "element": map[string]any{"type": "external_select", "action_id": "it", "min_query_length": 1}},
				map[string]any{"type": "input", "block_id": "for", "label": kitPlain("For the factory?"), "optional": true, "element": map[string]any{"type": "checkboxes", "action_id": "it",
					"options": []any{map[string]any{"text": kitPlain("It may go to the factory"), "value": "yes"}}}},
			}}})
	default:
		return false
	}
	return true
}

// files writes files to pick, and gives their paths.
func (a *photoApp) files(t *testing.T, content map[string][]byte) map[string]string {
	t.Helper()
	folder, paths := t.TempDir(), map[string]string{}
	for name, b := range content {
		paths[name] = filepath.Join(folder, name)
		if err := os.WriteFile(paths[name], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// drops lets files fall on a place of the page, as a drag from the desktop ends.
func (b *browserTab) drops(selector, event, name string, content []byte) {
	b.t.Helper()
	kind, _ := kindOf(name, content)
	b.do(chromedp.Evaluate[chromedp.Void](`(() => {
		const bytes = Uint8Array.from(atob(` + toJSON(base64.StdEncoding.EncodeToString(content)) + `), c => c.charCodeAt(0));
		const data = new DataTransfer();
		data.items.add(new File([bytes], ` + toJSON(name) + `, { type: ` + toJSON(kind) + ` }));
		const at = document.querySelector(` + toJSON(selector) + `);
		if (` + toJSON(event) + ` === 'paste') at.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
		else for (const kind of ['dragover', 'drop']) at.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
	})()`))
}

// pictureShown is that the last picture at a place has come.
func pictureShown(at string) string {
	return `(i => i && i.complete && i.naturalWidth > 0)([...document.querySelectorAll(` + toJSON(at+" img") + `)].at(-1))`
}

// TestPhotosInABrowser is how people send photos, in one browser.
func TestPhotosInABrowser(t *testing.T) {
	t.Parallel()
	newTab := newBrowser(t)
	for name, f := range map[string]func(*testing.T, func() *browserTab){
		"dropped with a caption into the direct message": photoIsDropped,
		"picked with the keyboard":                       photosArePicked,
		"in a form":                                      photosInAForm,
		"the shortcut on a photo, and its end":           shortcutOnAPhoto,
		"nobody is in the way":                           photosForEverybody,
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

func photoIsDropped(t *testing.T, newTab func() *browserTab) {
	a, b := newPhotoApp(t), newTab()
	b.openAs(a.d, link(miaID, miaDM, ""), "#composer textarea")
	b.drops("#messages", "drop", "Line 2.jpg", drawnJPEG(1200, 900, 6))
	b.until(`document.activeElement.id === 'composer-text'`)
	b.until(pictureShown("#composer .attached"))
	b.until(`document.querySelector('#composer .said').textContent === 'Line 2.jpg is ready to send.'`)
	b.shot("photo-ready")
	b.do(chromedp.KeyEvent("major 6/50 no corner guard @packing\r"))
	b.shows("Finding 31: major 6/50 no corner guard @packing, 1 photo")
	b.until(pictureShown("#messages article"))
	if got := b.value(`(i => [i.alt, i.naturalWidth, i.naturalHeight].join(' '))(document.querySelector('#messages article img'))`); got != "Picture Line 2.jpg 360 480" {
		t.Errorf("the picture is %s", got)
	}
	b.until(`document.querySelector('#composer .attached').hidden`)
	b.shot("photo-sent")

	// Pasted, taken out again, and pasted once more; what is held survives a reload.
	for range 2 {
		b.drops("#composer textarea", "paste", "clip.png", drawnPNG(30, 20))
		b.until(pictureShown("#composer .attached"))
		b.do(chromedp.Navigate(a.d.server.URL+"/"+link(miaID, miaDM, "")), chromedp.WaitVisible(sel("#composer textarea")))
		b.until(pictureShown("#composer .attached"))
		if n := len(a.d.w.Messages(miaID, miaDM)); n == 2 {
			b.click("#composer [data-unattach]")
			b.until(`document.querySelector('#composer .attached').hidden && document.activeElement.id === 'composer-text'`)
			b.do(chromedp.KeyEvent("no picture\r"))
			b.shows("no picture")
		}
	}
	b.click("#send")
	b.shows("Finding 31: , 1 photo")

	// What is too large says so, and nothing is lost.
	b.do(chromedp.SendKeys(sel("#composer textarea"), "a video"))
	b.do(chromedp.Evaluate[chromedp.Void](`add(document.querySelector('#composer-box'), [new File([new Uint8Array(` + toJSON(fileMost+1) + `)], 'clip.mp4')])`))
	b.until(`document.querySelector('#toast').innerText.includes('clip.mp4 is too large')`)
	b.until(`document.querySelector('#composer .attached').hidden && document.querySelector('#composer-text').value === 'a video' && document.querySelector('#composer .said').textContent === 'clip.mp4 was not uploaded.'`)
}

func photosArePicked(t *testing.T, newTab func() *browserTab) {
	a, b := newPhotoApp(t), newTab()
	paths := a.files(t, map[string][]byte{"a.jpg": drawnJPEG(60, 40, 0), "IMG_1.heic": []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00")})
	head, err := a.d.w.Say(jonasID, sourcingID, "", "On the floor")
	if err != nil {
		t.Fatal(err)
	}
	b.openAs(a.d, link(miaID, sourcingID, head), "#thread-composer textarea")
	chooser := make(chan *page.EventFileChooserOpened, 1)
	if err := chromedp.Listen(b.ctx, func(ev any) {
		if opened, ok := ev.(*page.EventFileChooserOpened); ok {
			chooser <- opened
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: true}); err != nil {
		t.Fatal(err)
	}
	// From the box one step back is the button, by its name.
	b.until(`document.activeElement.id === 'thread-text'`)
	b.do(chromedp.KeyEvent("\t", chromedp.KeyModifiers(chromedp.ModifierShift)))
	b.until(`document.activeElement.getAttribute('aria-label') === 'Add files'`)
	b.do(chromedp.KeyEvent(" "))
	var opened *page.EventFileChooserOpened
	b.poll(func() bool {
		select {
		case opened = <-chooser:
			return true
		default:
			return false
		}
	})
	if opened.Mode != page.FileChooserOpenedModeSelectMultiple {
		t.Errorf("the chooser takes %s", opened.Mode)
	}
	if _, err := chromedp.Call(b.ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{paths["a.jpg"], paths["IMG_1.heic"]}, BackendNodeID: opened.BackendNodeID}); err != nil {
		t.Fatal(err)
	}
	b.until(`document.querySelectorAll('#thread-composer [data-file]').length === 2 && document.activeElement.id === 'thread-text'`)
	b.do(chromedp.KeyEvent("\r"))
	b.until(pictureShown("#thread-messages article"))
	b.until(`document.querySelector('#thread-messages').innerText.includes('HEIC, 16 bytes')`)
	replies := a.d.w.Messages(miaID, sourcingID)
	if m := replies[len(replies)-1]; m.ThreadTS != head || len(m.Files) != 2 || m.Files[1].Filetype != "heic" {
		t.Errorf("got %+v", m)
	}
}

func photosInAForm(t *testing.T, newTab func() *browserTab) {
	a, b := newPhotoApp(t), newTab()
	paths := a.files(t, map[string][]byte{"a.jpg": drawnJPEG(60, 40, 0), "b.png": drawnPNG(20, 10), "c.jpg": drawnJPEG(6, 4, 0)})
	b.openAs(a.d, link(miaID, sourcingID, ""), "#composer textarea")
	b.do(chromedp.SendKeys(sel("#composer textarea"), "/visit-prep finding\r"))
	b.shows("What did you see?")
	// Nothing is required but a photo: the form says so, and leads there.
	b.click("#modal [data-submit-view]")
	b.until(`document.activeElement.innerText === 'Add files' && document.activeElement.closest('.file-input').getAttribute('aria-invalid') === 'true'`)
	const picker = "#modal .file-input input"
	b.do(chromedp.SetUploadFiles(sel(picker), []string{paths["a.jpg"]}))
	b.until(pictureShown("#modal .chosen"))
	b.until(`document.querySelector('#modal .said').textContent === 'a.jpg is added.'`)
	b.drops("#modal .modal-body", "drop", "notes.pdf", []byte("%PDF-1.7"))
	b.until(`document.querySelector('#toast').innerText.includes('notes.pdf is not of a type') && document.querySelector('#modal .said').textContent === 'Nothing was added.'`)
	b.drops("#modal .file-input", "drop", "b.png", drawnPNG(20, 10))
	b.until(`document.querySelectorAll('#modal .chosen img').length === 2`)
	b.do(chromedp.SetUploadFiles(sel(picker), []string{paths["c.jpg"]}))
	b.until(`document.querySelector('#toast').innerText.includes('You can add 2 files here.')`)
	b.shot("photo-form")
	// A defect is found by typing, with the keys alone; what was not taken does not stay.
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#modal [data-block=defect]').focus()`), chromedp.KeyEvent("sc"))
	b.until(`[...document.querySelectorAll('#modal [role=option]')].map(o => o.textContent).join() === 'Scratch,Screw missing'`)
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent("\r"))
	b.until(`document.activeElement.value === 'Screw missing' && document.activeElement.getAttribute('aria-expanded') === 'false'`)
	b.do(chromedp.KeyEvent("x"))
	b.until(`[...document.querySelectorAll('#modal .offered')].some(l => l.innerText === 'Nothing fits.')`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until(`document.querySelector('#modal .offered').hidden && document.querySelector('#modal > dialog').open`)
	b.do(chromedp.KeyEvent("\t"), chromedp.KeyEvent(" ")) // the box is next
	b.until(`document.querySelector('#modal [data-block=defect]').value === 'Screw missing' && document.querySelector('#modal .boxes :checked')?.value === 'yes'`)

	b.click(`#modal [aria-label="Remove a.jpg"]`)
	b.until(`document.querySelectorAll('#modal .chosen img').length === 1`)
	b.click("#modal [data-submit-view]")
	b.until(`!document.querySelector('#modal > dialog')`)
	a.mu.Lock()
	defer a.mu.Unlock()
	var view struct {
		State struct {
			Values struct {
				Photos struct {
					Photos struct {
						Type  string
						Files []struct{ Name string }
					}
				}
				Defect struct {
					It struct {
						Selected struct{ Value string } `json:"selected_option"`
					}
				}
				For struct {
					It struct {
						Selected []struct{ Value string } `json:"selected_options"`
					}
				}
			}
		}
	}
	if err := json.Unmarshal(a.sent, &view); err != nil {
		t.Fatal(err)
	}
	if got := view.State.Values.Photos.Photos; got.Type != "file_input" || len(got.Files) != 1 || got.Files[0].Name != "b.png" {
		t.Errorf("the form was sent with %+v", got)
	}
	if v := view.State.Values; v.Defect.It.Selected.Value != "screw missing" || len(v.For.It.Selected) != 1 {
		t.Errorf("the form was sent with %+v", v)
	}
}

func shortcutOnAPhoto(t *testing.T, newTab func() *browserTab) {
	a, b := newPhotoApp(t), newTab()
	f, err := a.d.w.Upload(miaID, "a.jpg", drawnJPEG(60, 40, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.d.w.Share(miaID, sourcingID, "", "", f.ID); err != nil {
		t.Fatal(err)
	}
	b.openAs(a.d, link(miaID, sourcingID, ""), "#messages article")
	b.until(pictureShown("#messages article"))
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#messages article:has(img) summary').focus()`), chromedp.KeyEvent("\r"))
	b.click("#messages [data-shortcut=log]")
	b.shows("Logged a.jpg")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#messages article:has(img) summary').focus()`), chromedp.KeyEvent("\r"))
	b.click("#messages [data-delete-file]")
	b.shows("This file was deleted.")
	b.until(`!document.querySelector('#messages article img')`)
}

// photosForEverybody looks with axe-core, on a desktop and on a phone, in both themes.
func photosForEverybody(t *testing.T, newTab func() *browserTab) {
	a, b := newPhotoApp(t), newTab()
	f, err := a.d.w.Upload(jonasID, "a.jpg", drawnJPEG(600, 400, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.d.w.Share(jonasID, sourcingID, "", "scratch", f.ID); err != nil {
		t.Fatal(err)
	}
	a.d.api("chat.postMessage", map[string]any{"channel": sourcingID, "text": "A finding", "blocks": []any{
		map[string]any{"type": "image", "slack_file": map[string]any{"id": f.ID}, "alt_text": "A scratch of 10 mm"}}})
	b.openAs(a.d, link(miaID, sourcingID, ""), "#composer textarea")
	b.until(`[...document.querySelectorAll('#messages img')].map(i => i.alt).join() === 'Picture a.jpg,A scratch of 10 mm'`)
	b.drops("#main", "drop", "b.png", drawnPNG(30, 20))
	b.until(pictureShown("#composer .attached"))
	b.forEverybody("photos in a channel")
	b.do(chromedp.SendKeys(sel("#composer textarea"), "/visit-prep finding"), chromedp.KeyEvent("\r"))
	b.shows("What did you see?")
	b.drops("#modal .file-input", "drop", "b.png", drawnPNG(20, 10))
	b.until(pictureShown("#modal .chosen"))
	b.forEverybody("photos in a form")
}

// forEverybody looks at the page with axe-core, on a desktop and on a phone, in both themes.
func (b *browserTab) forEverybody(what string) {
	b.t.Helper()
	axe := string(readFile(b.t, "testdata/axe/axe.min.js"))
	for _, as := range []struct {
		width int64
		theme string
	}{{1280, "light"}, {390, "dark"}} {
		b.do(chromedp.EmulateViewport(as.width, 800))
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: as.theme}}}); err != nil {
			b.t.Fatal(err)
		}
		b.do(chromedp.Evaluate[chromedp.Void](axe))
		found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes[0].html).join('\n'))`, chromedp.EvalAwaitPromise))
		if err != nil {
			b.t.Fatal(err)
		}
		if found != "" {
			b.t.Errorf("%s, %d wide, %s:\n%s", what, as.width, as.theme, found)
		}
		if over := b.value(`[...document.querySelectorAll('#main *, #modal *')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.table, pre')).map(e => e.tagName + '.' + e.className).slice(0, 3).join(' ')`); over != "" {
			b.t.Errorf("%s, %d wide: wider than the window: %s", what, as.width, over)
		}
		b.shot(strings.ReplaceAll(what, " ", "-") + "-" + as.theme)
	}
}

// TestChartsForEverybody has what is in testdata/render/chart.json looked at.
func TestChartsForEverybody(t *testing.T) {
	a, b := newPhotoApp(t), newBrowser(t)()
	var charts []any
	if err := json.Unmarshal(readFile(t, "testdata/render/chart.json"), &charts); err != nil {
		t.Fatal(err)
	}
	for _, some := range [][]any{charts[:2], charts[2:]} {
		if answer := a.d.api("chat.postMessage", map[string]any{"channel": sourcingID, "text": "Charts", "blocks": some}); answer["ok"] != true {
			t.Fatal(answer)
		}
	}
	b.openAs(a.d, link(miaID, sourcingID, ""), "#composer textarea")
	b.until(`document.querySelectorAll('#messages svg[role=img]').length === 3`)
	b.forEverybody("charts, numbers folded")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('#messages details').forEach(d => d.open = true)`))
	b.forEverybody("charts with their numbers")
}
