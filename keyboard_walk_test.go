package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	download "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keys presses keys, as they are.
func (v *visitor) keys(what, keys string, with ...chromedp.KeyOption) {
	v.t.Helper()
	v.do(what, chromedp.KeyEvent(keys, with...))
}

// typesAhead chooses from the menu that has the focus by the beginning of an option. A browser takes a key
// that comes late for the first of another beginning, so on a slow machine it is typed again. The choice is
// made when the app has drawn the form with it: what is typed next is typed into a form at rest.
func (v *visitor) typesAhead(what, text string) {
	v.t.Helper()
	chosen := `document.activeElement.selectedOptions?.[0].text.startsWith(` + strconv.Quote(text) + `)`
	for range 5 {
		v.keys("choose "+what, text)
		ctx, cancel := context.WithTimeout(v.ctx, 3*time.Second)
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](chosen))
		cancel()
		if err == nil {
			v.sees("the form with "+what, `document.activeElement.dataset.initial === document.activeElement.value`)
			return
		}
	}
	v.t.Fatalf("%s is not chosen, but %s", what, v.eval(`(e => JSON.stringify({ on: e.id, chosen: e.value, of: [...e.options ?? []].map(o => o.text), focused: document.hasFocus() }))(document.activeElement)`))
}

// entersSlowly presses Enter so slowly that the form which the key asks for is there before the key's character.
func (v *visitor) entersSlowly(form string) {
	v.t.Helper()
	for i, event := range kb.Encode('\r') {
		if i > 0 {
			v.sees("the form with the focus in its first field", form)
		}
		v.do("press Enter", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, *event)
			return err
		}))
	}
}

// tabsTo presses Tab until the focus is where a JavaScript condition on the element e holds.
func (v *visitor) tabsTo(what, condition string, with ...chromedp.KeyOption) {
	v.t.Helper()
	for range 80 {
		if v.eval(`(e => Boolean(`+condition+`))(document.activeElement)`) == "true" {
			return
		}
		v.keys("tab to "+what, "\t", with...)
	}
	v.t.Fatalf("Tab does not lead to %s; the focus is on %s", what, v.eval(`document.activeElement.outerHTML.slice(0, 200)`))
}

// labelled is the condition that e is a button that says words.
func labelled(words string) string {
	return `e.tagName === 'BUTTON' && e.innerText.trim() === ` + strconv.Quote(words)
}

// TestKeyboardWalk plans a visit and ticks an item of its checklist without a pointer.
func TestKeyboardWalk(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	v.do("open the channel", chromedp.Navigate(v.address+"&as=U0MIACHEN01&channel=C0SOURCING1"))
	v.sees("the card", cardOf("Visit 1: Ningbo Bright Metal"))

	v.eval(`document.activeElement.blur()`)
	v.keys("the first link", "\t")
	v.sees("the way to the message box", `document.activeElement.className === 'skip'`)
	v.keys("follow it", "\r")
	v.sees("the message box", `document.activeElement.id === 'composer-text'`)

	// All commands are offered once, and each is in sight.
	v.keys("a slash", "/")
	v.sees("the commands", `!document.querySelector('#composer-suggest').hidden`)
	if got := v.eval(`[...document.querySelectorAll('#composer-suggest [role=option] strong')].map(o => o.innerText).sort().join(' ')`); got != "/etiquette /factory /inspection /visit-prep" {
		t.Errorf("offered: %s", got)
	}
	if cut := v.eval(`(m => [...m.querySelectorAll('[role=option]')].filter(o => o.getBoundingClientRect().bottom > m.getBoundingClientRect().bottom).length)(document.querySelector('#composer-suggest'))`); cut != "0" {
		t.Errorf("%s commands are cut off", cut)
	}
	v.keys("the command", "visit-prep plan")
	v.entersSlowly(`document.activeElement.dataset.block === 'factory' && document.activeElement.options.length > 1`)
	v.typesAhead("the factory", "Ningbo")
	v.tabsTo("the purpose", `e.dataset.block === 'purpose'`)
	v.typesAhead("the purpose", "Nego")
	// A refused form leads to what is wrong.
	v.tabsTo("the button", labelled("Plan visit"))
	v.keys("send the form", "\r")
	v.sees("the first day, which is missing", `document.activeElement.dataset.block === 'first' && document.activeElement.getAttribute('aria-invalid') === 'true'`)
	day := time.Now().AddDate(0, 0, 50)
	for day.Weekday() != time.Wednesday {
		day = day.AddDate(0, 0, 1)
	}
	v.keys("type the day", day.Format("01022006"))
	v.tabsTo("the button", labelled("Plan visit"))
	v.keys("send the form", "\r")
	const past = `!` + formOpen + ` || ` + formOpen + `.innerText.includes('is planned')`
	v.sees("an answer", past+` || `+formOpen+`.innerText.includes('Plan anyway')`)
	if v.eval(`Boolean(`+past+`)`) == "false" { // a holiday, in some years
		v.tabsTo("the button", labelled("Plan anyway"))
		v.keys("plan anyway", "\r")
		v.sees("an answer", past)
	}
	v.keys("close what is open", kb.Escape)
	v.sees("the form closed", `!`+formOpen)
	v.sees("the focus where it was", `document.activeElement.id === 'composer-text'`)
	v.sees("the card", cardOf("Visit 11: Ningbo Bright Metal"))

	// Back to the card, and into its checklist.
	back := chromedp.KeyModifiers(chromedp.ModifierShift)
	v.tabsTo("the card's checklist", labelled("Open checklist")+` && e.closest('article') === `+cardOf("Visit 11: Ningbo Bright Metal"), back)
	v.keys("open the checklist", "\r")
	v.sees("the checklist", formOpen+` && document.querySelector('#modal [data-block="item-1"]')`)
	v.tabsTo("an item", labelled("Done"))
	item := v.eval(`document.activeElement.dataset.block`)
	v.keys("tick it", "\r")
	v.sees("the tick", formOpen+`.innerText.includes('Done by')`)
	v.sees("the focus on the same item", fmt.Sprintf(`document.activeElement.dataset.block === %q && !(%s)`, item, strings.ReplaceAll(labelled("Done"), "e.", "document.activeElement.")))
	v.keys("close the checklist", kb.Escape)
	v.sees("the focus on the button that opened it", `document.activeElement.innerText === 'Open checklist' && document.activeElement.closest('article') === `+cardOf("Visit 11: Ningbo Bright Metal"))
	v.sees("the tick on the card", cardOf("Visit 11: Ningbo Bright Metal")+`.innerText.includes('1 of')`)

	v.clockSaysWhereItGoes()
	v.ticksUnderAReminder()
}

// clockSaysWhereItGoes: the clock says what is sent next, and goes there, where it stops for
// nothing but what is sent.
func (v *visitor) clockSaysWhereItGoes() {
	t := v.t
	t.Helper()
	// The page itself is patched a moment later than the clock stops.
	fresh := func(part string) string {
		t.Helper()
		s, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`fetch(location.href).then(r => r.text()).then(t => new DOMParser().parseFromString(t, 'text/html').querySelector('`+part+`').textContent)`, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	next, stands := regexp.MustCompile(`^Next: \w+ (\d+ \w+) (?:\d+ )?(\d\d:\d\d), (?:Visit|Inspection|to|a tip)`), regexp.MustCompile(`^\w+ (\d+ \w+) \d+, (\d\d:\d\d) Berlin`)
	for n := range 6 {
		// What is due by now goes by itself, and is no place to go to.
		wholeNext, said := "", []string(nil)
		for range 200 {
			wholeNext = fresh(".clock-bar > .next span")
			said = next.FindStringSubmatch(wholeNext)
			now := stands.FindStringSubmatch(fresh(".clock-bar time"))
			if said == nil || now == nil || said[1] != now[1] || said[2] > now[2] {
				break
			}
		}
		if said == nil {
			t.Fatalf("press %d: it says %s", n+1, wholeNext)
		}
		v.pressesIn(`document.querySelector('#clock')`, "To next reminder")
		v.sees("the clock moved", `!document.querySelector('#clock [aria-busy=true]')`)
		got := stands.FindStringSubmatch(fresh(".clock-bar time"))
		if got == nil || got[1] != said[1] || got[2] != said[2] {
			t.Errorf("press %d: it said %s and stands at %s; %s", n+1, said[0], fresh(".clock-bar time"), wholeNext)
		}
	}
}

// ticksUnderAReminder presses Done under a reminder in the thread of a card, and takes it back:
// the line is struck there and then, and the focus stays with it.
func (v *visitor) ticksUnderAReminder() {
	v.t.Helper()
	v.daysUntil("the card with replies", cardOf("Visit 1: Ningbo Bright Metal")+`?.querySelector('.replies')`)
	v.eval(cardOf("Visit 1: Ningbo Bright Metal") + `.querySelector('.replies').click()`)
	const reminder = `[...document.querySelectorAll('#thread-messages article')].filter(m => [...m.querySelectorAll('button')].some(b => b.innerText === 'Done')).at(-1)`
	v.sees("the reminder in the thread", reminder)
	at := fmt.Sprintf(`document.getElementById(%q)`, v.eval(reminder+`.id`)) // it is drawn again, and may have no open line then
	v.eval(`[...` + at + `.querySelectorAll('button')].find(b => b.innerText === 'Done').focus()`)
	line := v.eval(`document.activeElement.closest('.section').querySelector('.section-body').innerText.split('\n')[0]`)
	struck := fmt.Sprintf(`[...%s.querySelectorAll('s')].some(d => %s.startsWith(d.innerText))`, at, strconv.Quote(line))
	v.keys("tick it", "\r")
	v.sees("the line struck, with who", struck+` && `+at+`.innerText.includes('done by @Mia Chen')`)
	v.sees("the focus on the way back", `document.activeElement.innerText === 'Undo' && `+at+`.contains(document.activeElement)`)
	v.keys("take it back", "\r")
	v.sees("the line open", `!(`+struck+`) && document.activeElement.innerText === 'Done'`)
}

// downloads clicks a link and reads the file that comes.
func (v *visitor) downloads(link, name string) string {
	v.t.Helper()
	folder := v.t.TempDir()
	if _, err := chromedp.CallBrowser(v.ctx, download.SetDownloadBehavior, download.SetDownloadBehaviorParams{Behavior: download.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder}); err != nil {
		v.t.Fatal(err)
	}
	v.eval(link + `.click()`)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); <-tick.C {
		if content, err := os.ReadFile(filepath.Join(folder, name)); err == nil && len(content) > 0 {
			return string(content)
		}
	}
	v.t.Fatalf("no file %s came", name)
	return ""
}
