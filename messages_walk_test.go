package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// fits looks at the page on a desktop and on a phone: nothing of a part reaches over the side.
// With -update it takes the two pictures that the documentation shows.
func (v *visitor) fits(file, part string) {
	v.t.Helper()
	for _, size := range []struct {
		name  string
		width int64
	}{{"desktop", 1280}, {"phone", 390}} {
		v.do("resize", chromedp.EmulateViewport(size.width, 860))
		v.eval(`(d => d && (d.scrollTop = 0))(document.querySelector('.modal-body'))`)
		v.eval(`(e => e && e.scrollIntoView({block: 'end'}))(` + part + `)`)
		if over := v.eval(`[...` + part + `.querySelectorAll('*')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + ' ' + e.innerText.slice(0, 40)).slice(0, 3).join('; ')`); over != "" {
			v.t.Errorf("%s on a %s: %s reaches over the side", file, size.name, over)
		}
		if !*update {
			continue
		}
		v.sees("the page at rest", `document.getAnimations().every(a => a.playState !== 'running')`)
		drawn := fmt.Sprintf("%s %s", file, size.name)
		v.eval(`requestAnimationFrame(() => requestAnimationFrame(() => { document.body.dataset.drawn = '` + drawn + `' }))`)
		v.sees("the page drawn", `document.body.dataset.drawn === '`+drawn+`'`)
		shot, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			v.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.FromSlash(file+"-"+size.name+".png"), shot, 0o644); err != nil {
			v.t.Fatal(err)
		}
	}
	v.do("resize", chromedp.EmulateViewport(1280, 860))
}

// TestMessagesFitAPhone opens the ten messages and forms that a team sees most, on a desktop
// and on a phone: nothing of them reaches over the side. With -update it takes the pictures in
// docs/messages.
func TestMessagesFitAPhone(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	const mia, jonas = "U0MIACHEN01", "U0JONASWEB1"
	const sourcing = "C0SOURCING1"
	taken := 0
	fits := func(name, part string) {
		t.Helper()
		taken++
		v.fits(fmt.Sprintf("docs/messages/%02d-%s", taken, name), part)
	}
	moves := func(steps ...string) {
		for _, step := range steps {
			v.pressesIn(`document.querySelector('#clock')`, step)
			v.sees("the clock moved", `!document.querySelector('#clock [aria-busy=true]')`)
		}
	}
	const thread = `[...document.querySelectorAll('#thread-messages article.message')].at(-1)`

	v.actsAs(mia)
	v.opens(sourcing)
	v.sees("the card", cardOf("Visit 1: Ningbo Bright Metal"))
	fits("card", cardOf("Visit 1: Ningbo Bright Metal"))

	v.eval(`(t => { t.value = '/visit-prep plan'; t.form.requestSubmit() })(document.querySelector('#composer textarea'))`)
	v.sees("the form", formOpen+` && document.querySelector('#modal [data-block="purpose"]')`)
	fits("plan", formOpen)
	v.pressesIn(formOpen, "Cancel")

	v.pressesIn(cardOf("Visit 1: Ningbo Bright Metal"), "Open checklist")
	v.sees("the checklist", formOpen+` && document.querySelector('#modal [data-block^="item-"]')`)
	fits("checklist", formOpen)
	v.pressesIn(formOpen, "Close")

	v.follows("#open-home", `document.querySelector('#home')?.innerText.includes('What needs you')`)
	fits("home", `document.querySelector('#home')`)

	v.opens(sourcing)
	moves("+1 week")
	v.readsBelow("Inspection 1: Ningbo Bright Metal", "Inspection 1, Ningbo Bright Metal: due")
	fits("reminder", thread)
	v.eval(`[...` + thread + `.querySelectorAll('button')].find(b => b.innerText.trim() === 'Done').click()`)
	v.sees("that it is done", thread+`.innerText.includes('Undo')`)
	fits("done", thread)

	moves("+1 day", "+1 day", "+1 day")
	v.readsBelow("Inspection 1: Ningbo Bright Metal", "How did inspection 1")
	fits("result", thread)

	v.actsAs(jonas)
	v.follows(`[data-channel^="D"]`, `document.body.dataset.here.startsWith('D')`)
	const last = `[...document.querySelectorAll('#messages article.message')].at(-1)`
	v.sees("a daily message", last+` && document.querySelector('#messages').innerText.includes('Fewer of these')`)
	fits("daily", last)

	v.actsAs(mia)
	v.opens(sourcing)
	moves("+1 week", "+1 week")
	v.daysUntil("the card of the day", `document.querySelector('#messages').innerText.includes('We are here')`)
	const day = `[...document.querySelectorAll('#messages article.message')].filter(m => m.innerText.includes('We are here')).at(-1)`
	fits("day", day)

	v.eval(`(t => { t.value = '/visit-prep settings'; t.form.requestSubmit() })(document.querySelector('#composer textarea'))`)
	v.sees("the settings", formOpen)
	fits("settings", formOpen)
}
