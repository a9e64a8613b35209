package localslack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var screenshots = os.Getenv("LOCALSLACK_SCREENSHOTS") // a folder to put pictures of the page in

// waitMost is how long a test waits for what the page should show. A picture goes up and is
// scaled first, which takes several times as long under the race detector, and beside other tests.
const waitMost = 15 * time.Second

// A browserTab is one window of the page in a real browser.
type browserTab struct {
	t   *testing.T
	ctx context.Context
}

// newBrowser starts Chromium for one test; newTab opens windows in it.
func newBrowser(t *testing.T) (newTab func() *browserTab) {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no Chromium is installed; CI must have one")
		}
		t.Skip("no Chromium is installed, so the page is not tried in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1280, 800),
		chromedp.Flag("blink-settings", "primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4")) // a mouse
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	first, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(first); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return func() *browserTab {
		ctx, cancel := chromedp.NewContext(first)
		t.Cleanup(cancel)
		if err := chromedp.Do(ctx); err != nil {
			t.Fatal(err)
		}
		return &browserTab{t, ctx}
	}
}

func (b *browserTab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, waitMost)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.shot("failed")
		b.t.Fatal(err)
	}
}

// until waits for a condition in the page; it survives a navigation.
func (b *browserTab) until(condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, waitMost)
	defer cancel()
	for {
		if _, err := chromedp.Run(ctx, chromedp.Poll[chromedp.Void](condition, chromedp.WithPollingInterval(20*time.Millisecond))); err == nil {
			return
		} else if ctx.Err() != nil {
			b.shot("failed")
			b.t.Fatalf("waited for %s: %v", condition, err)
		}
	}
}

// poll waits for a condition outside of the page.
func (b *browserTab) poll(condition func() bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, waitMost)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			b.shot("failed")
			b.t.Fatal("waited in vain")
		case <-tick.C:
		}
	}
}

// click clicks on what is shown, once the page's script listens. It looks and
// clicks in one step: between two, the page may draw the control again.
func (b *browserTab) click(selector string) {
	b.t.Helper()
	b.until(`document.readyState === 'complete' && (e => e && e.checkVisibility() && (e.click(), true))(document.querySelector(` + toJSON(selector) + `))`)
}

func (b *browserTab) shows(text string) {
	b.t.Helper()
	b.until(`document.body.innerText.includes(` + toJSON(text) + `)`)
}

func (b *browserTab) value(expression string) string {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *browserTab) shot(name string) {
	if screenshots == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(screenshots, name+".png"), png, 0o644)
	}
	if err != nil {
		b.t.Log(err)
	}
}

func sel(s string) chromedp.CSS { return chromedp.CSS(s) }

func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	newTab := newBrowser(t)
	d := newPageDemo(t)
	one, two := newTab(), newTab()

	one.do(chromedp.Navigate(d.server.URL+"/?key="+pageKey+"&"+link(miaID, sourcingID, "")[1:]), chromedp.WaitVisible(sel("#composer textarea")))
	if at := one.value("location.href"); strings.Contains(at, pageKey) {
		t.Errorf("the key stays in the address: %s", at)
	}
	// Two windows of one browser are two people.
	two.do(chromedp.Navigate(d.server.URL+"/"+link(jonasID, sourcingID, "")), chromedp.WaitVisible(sel("#composer textarea")))

	// A command by completion: typed in part, chosen with the arrow and Tab, sent with Enter.
	one.do(chromedp.SendKeys(sel("#composer textarea"), "/vi"), chromedp.WaitVisible(sel("#composer-suggest [role=option]")))
	one.do(chromedp.KeyEvent("\t"))
	one.until(`document.querySelector('#composer textarea').value === '/visit-prep '`)
	one.do(chromedp.KeyEvent("quality\r"))
	one.shows("Quality: what to check on the floor")
	one.until(`document.querySelector('#composer textarea').value === ''`)
	if shown := two.value("document.body.innerText"); strings.Contains(shown, "Quality: what") {
		t.Error("Jonas sees what only Mia may see")
	}

	// A message arrives while one types: text, place and focus stay.
	two.do(chromedp.SendKeys(sel("#composer textarea"), "half a sentence"))
	one.do(chromedp.SendKeys(sel("#composer textarea"), "Good morning @vis"), chromedp.WaitVisible(sel("#composer-suggest [role=option]")))
	one.do(chromedp.KeyEvent("\t"))
	one.until(`document.querySelector('#composer textarea').value === 'Good morning @visitprep '`)
	one.click("#send")
	two.shows("Good morning @Visit Prep")
	two.shows("1 reply")
	if got := two.value("document.activeElement.id + '|' + document.activeElement.value + '|' + document.activeElement.selectionStart"); got != "composer-text|half a sentence|15" {
		t.Errorf("after a message arrived the focus and text are %q", got)
	}

	// A button, a select, and a button that asks first.
	one.click("#messages [data-action=more]")
	one.shows("more why")
	one.do(chromedp.SetValue(sel("#messages select[data-action=topic]"), "contracts"))
	one.shows("topic contracts")
	one.until(`document.querySelector('#messages select[data-action=topic]').value === 'contracts'`)
	one.click("#messages [data-action=share]")
	one.do(chromedp.WaitVisible(sel("dialog[open] [data-dialog=deny]")))
	one.shot("confirm")
	one.click("dialog[open] [data-dialog=deny]")
	one.do(chromedp.WaitNotVisible(sel("#messages dialog")))
	one.click("#messages [data-action=share]")
	one.click("dialog[open] [data-dialog=confirm]")
	one.shows("share quality")
	if n := strings.Count(one.value("document.body.innerText"), "share quality"); n != 1 {
		t.Errorf("one confirmed click of two was sent %d times", n)
	}

	// A thread, answered in its own box.
	two.click("#messages .replies")
	two.until(`document.querySelector('#thread-text') !== null`)
	two.shows("Here is what I know.")
	two.until(`document.querySelector('#composer textarea').value === 'half a sentence'`)
	two.do(chromedp.SendKeys(sel("#thread-composer textarea"), "Thanks!\r"))
	two.until(`document.querySelector('#thread-messages').innerText.includes('Thanks!')`)
	one.shows("2 replies")

	// What fails says so, and gives the text back.
	one.do(chromedp.SendKeys(sel("#composer textarea"), "/visit-prep fail\r"), chromedp.WaitVisible(sel("#toast")))
	one.until(`document.querySelector('#composer textarea').value === '/visit-prep fail'`)
	one.until(`document.querySelector('#open-refused .count').textContent === '1'`)
	one.click("#open-refused")
	one.do(chromedp.WaitVisible(sel("#refused .refusals")))
	one.shot("refused")

	// Home, another person, an invitation.
	one.do(chromedp.KeyEvent("\x1b"))
	one.click("#open-home")
	one.shows("Your visits")
	one.click(`[data-as="` + jonasID + `"]`)
	one.until(`document.body.dataset.me === '` + jonasID + `' && document.body.innerText.includes('Your visits')`)
	one.click(`[data-channel="` + shenzhenID + `"]`)
	one.until(`document.querySelector('#invite') !== null`)
	one.click("#invite")
	one.shows("has joined the channel")

	// A hint fills the box.
	one.click(`#sidebar [data-channel="D0JONASWEB1"]`)
	one.until(`document.querySelector('.chip') !== null`)
	one.click(".chip")
	one.until(`document.querySelector('#composer textarea').value === '/visit-prep quality' && document.activeElement.id === 'composer-text'`)
}

func TestHalfTypedTextAndPlaceSurvive(t *testing.T) {
	t.Parallel()
	newTab := newBrowser(t)
	d := newPageDemo(t)
	for i := range 60 {
		if _, err := d.w.Say(miaID, generalID, "", fmt.Sprintf("message %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	b := newTab()
	b.do(chromedp.Navigate(d.server.URL+"/"+link(jonasID, generalID, "")+"&key="+pageKey), chromedp.WaitVisible(sel("#invite")),
		chromedp.SendKeys(sel("#composer textarea"), "two words"), chromedp.KeyEvent(kb.ArrowLeft), chromedp.KeyEvent(kb.ArrowLeft))
	state := `(() => { const t = document.activeElement; return [t.id, t.value, t.selectionStart].join('|'); })()`
	const want = "composer-text|two words|7"
	atEnd := `(() => { const m = document.querySelector('#messages'); return m.scrollHeight - m.scrollTop - m.clientHeight < 2; })()`
	b.until(atEnd)

	// The box itself is drawn again: the invitation is no longer offered in it.
	if err := d.w.Invite(miaID, generalID); err != nil {
		t.Fatal(err)
	}
	b.until(`document.querySelector('#invite') === null && !document.querySelector('#composer-box').dataset.commands.includes('/invite')`)
	if got := b.value(state); got != want {
		t.Errorf("after the box was drawn again: %q, want %q", got, want)
	}
	b.shows("has joined the channel")
	b.until(atEnd) // who reads the end follows it

	// Who reads above stays there, and is told.
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#messages').scrollTop = 100`))
	b.until(`document.querySelector('#messages').scrollTop === 100`)
	if _, err := d.w.Say(miaID, generalID, "", "the newest"); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.WaitVisible(sel("#newer")))
	if got := b.value(`String(document.querySelector('#messages').scrollTop)`); got != "100" {
		t.Errorf("the reader was moved from 100 to %s", got)
	}
	if got := b.value(state); got != want {
		t.Errorf("after a message: %q, want %q", got, want)
	}
	b.click("#newer")
	b.until(atEnd)

	// A draft is there again after a look elsewhere.
	b.click(`#sidebar [data-channel="` + sourcingID + `"]`)
	b.until(`document.body.dataset.here === '` + sourcingID + `'`)
	b.click(`#sidebar [data-channel="` + generalID + `"]`)
	b.until(`document.body.dataset.here === '` + generalID + `' && document.querySelector('#composer textarea').value === 'two words'`)
}

// TestPicturesOfThePage checks at the sizes that people use that nothing sticks
// out; with LOCALSLACK_SCREENSHOTS set to a folder it leaves pictures.
func TestPicturesOfThePage(t *testing.T) {
	t.Parallel()
	newTab := newBrowser(t)
	d := newPageDemo(t)
	ts := d.populate()
	themes := []string{"light"}
	if screenshots != "" {
		themes = append(themes, "dark") // the same boxes in other colours
	}
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"wide", 1280, 800}, {"narrow", 360, 740}} {
		for _, theme := range themes {
			b := newTab()
			b.do(chromedp.EmulateViewport(size.width, size.height))
			if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}); err != nil {
				t.Fatal(err)
			}
			for _, p := range []struct{ name, path string }{
				{"channel", link(miaID, sourcingID, "")}, {"thread", link(miaID, sourcingID, ts)}, {"shared", link(miaID, acmeID, "")}, {"outsider", link(liweiID, acmeID, "")},
				{"empty", link(miaID, "D0MIACHEN01", "")}, {"invite", link(miaID, shenzhenID, "")}, {"home", "?as=" + miaID + "&home=1"}, {"blocks", link(jonasID, generalID, "")},
			} {
				b.do(chromedp.Navigate(d.server.URL+"/"+p.path+"&key="+pageKey), chromedp.WaitReady(sel("#sidebar a")))
				if p.name == "home" {
					b.shows("Your visits")
				}
				// Nothing may stick out to the right.
				if over := b.value(`[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('#sidebar, .table, pre')).map(e => e.tagName + '.' + e.className).slice(0, 3).join(' ')`); over != "" {
					t.Errorf("%s, %s: wider than the window: %s", p.name, size.name, over)
				}
				b.shot(strings.Join([]string{p.name, size.name, theme}, "-"))
			}
			if size.name == "narrow" {
				b.click("#open-sidebar")
				b.do(chromedp.WaitVisible(sel("#sidebar .people a")))
				b.until(`document.querySelector('#sidebar').getBoundingClientRect().left === 0`)
				b.shot("drawer-narrow-" + theme)
			}
		}
	}
}
