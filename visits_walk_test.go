package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"visitprep/internal/civil"
	"visitprep/internal/holiday"
)

// screens is where the walk leaves pictures to look at.
var screens = flag.String("screens", "", "a `FOLDER` for pictures of the card, the forms, Home and the brief")

// shoot leaves a picture, at desktop and phone width.
func (v *visitor) shoot(name string) {
	v.t.Helper()
	if *screens == "" {
		return
	}
	for _, width := range []int{1280, 390} {
		v.do("resize", chromedp.EmulateViewport(int64(width), 860))
		v.sees("the page at rest", `document.getAnimations().every(a => a.playState !== 'running')`)
		v.eval(`(d => d && (d.scrollTop = 0))(document.querySelector('.modal-body'))`)
		v.shot(name)
	}
	v.do("resize", chromedp.EmulateViewport(1280, 860))
}

// shot leaves a picture of the page as it is; its width is part of the name.
func (v *visitor) shot(name string) {
	v.t.Helper()
	shot, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		v.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screens, fmt.Sprintf("%s-%s.png", name, v.eval(`innerWidth`))), shot, 0o644); err != nil {
		v.t.Fatal(err)
	}
}

// form is the JavaScript name of the open form.
const formOpen = `document.querySelector('#modal > dialog')`

// enters fills in a field of the open form, by its block.
func (v *visitor) enters(field, value string) {
	v.t.Helper()
	at := fmt.Sprintf(`document.querySelector('#modal [data-block=%s]')`, strconv.Quote(field))
	v.sees("the field "+field, at)
	v.eval(fmt.Sprintf(`(e => { e.value = %s; e.dispatchEvent(new Event('change', {bubbles: true})) })(%s)`, strconv.Quote(value), at))
}

// runningDay is the day in so many days, or the nearest on which a factory can be expected
// to run: a form asks about others.
func runningDay(t *testing.T, ahead int) string {
	t.Helper()
	china, err := holiday.China()
	if err != nil {
		t.Fatal(err)
	}
	day, _ := china.Better(civil.Of(time.Now()).AddDays(ahead))
	return day.String()
}

// pressesIn presses a button inside a part of the page.
func (v *visitor) pressesIn(part, label string) {
	v.t.Helper()
	at := fmt.Sprintf(`[...%s.querySelectorAll('button')].find(b => b.innerText.trim() === %s)`, part, strconv.Quote(label))
	v.sees("the button "+label, part+" && "+at)
	v.eval(at + ".click()")
}

// cardOf is the JavaScript name of the message that says words and has a button.
func cardOf(words string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('#messages article.message')].filter(m => m.innerText.includes(%s) && m.querySelector('button[data-action]')).at(0)`, strconv.Quote(words))
}

// readsBelow opens the thread of a card, which says words.
func (v *visitor) readsBelow(card, words string) {
	v.t.Helper()
	replies := cardOf(card) + `?.querySelector('.replies')`
	v.sees("replies to the card", replies)
	v.eval(replies + `.click()`)
	v.sees("the reply "+words, fmt.Sprintf(`document.querySelector('#thread-messages')?.innerText.includes(%q)`, words))
}

// TestVisitsWalk is a team's way with visits: the whole program, in a browser.
func TestVisitsWalk(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	const mia, jonas, liwei = "U0MIACHEN01", "U0JONASWEB1", "U0LIWEI0001"
	const sourcing, acme = "C0SOURCING1", "C0ACMESHARE"
	v.actsAs(mia)
	v.opens(sourcing)

	// A visit in preparation and an inspection are there at the first start.
	v.sees("the sample visit", cardOf("Visit 1: Ningbo Bright Metal"))
	v.sees("the sample inspection", cardOf("Inspection 1: Ningbo Bright Metal"))
	v.shoot("card")

	// Plan one of one's own.
	day := runningDay(t, 70)
	v.eval(`(t => { t.value = '/visit-prep plan'; t.form.requestSubmit() })(document.querySelector('#composer textarea'))`)
	v.sees("the form", formOpen+` && document.querySelector('#modal [data-block="purpose"]')`)
	v.enters("factory", "new")
	v.enters("factory_name", "Foshan Clear Glass")
	v.enters("factory_address", "广东省佛山市南海区")
	v.enters("purpose", "negotiation")
	v.enters("first", day)
	v.shoot("form")
	v.pressesIn(formOpen, "Plan visit")
	v.sees("that it is planned", formOpen+`?.innerText.includes('Visit 11 is planned')`)
	v.shoot("planned")
	v.pressesIn(formOpen, "Close")
	v.sees("the form closed", `!`+formOpen)
	v.sees("the card", cardOf("Visit 11: Foshan Clear Glass"))

	// Tick and assign, as a second person, who sees the first one's change.
	v.pressesIn(cardOf("Visit 11: Foshan Clear Glass"), "Open checklist")
	v.sees("the checklist", formOpen+` && document.querySelector('#modal [data-block="item-1"]')`)
	v.shoot("checklist")
	v.eval(`[...document.querySelectorAll('#modal [data-block="item-1"]')].find(b => b.innerText.trim() === 'Done').click()`)
	v.sees("the tick", formOpen+`.innerText.includes('Done by')`)
	v.eval(`(e => { e.value = '` + jonas + `'; e.dispatchEvent(new Event('change', {bubbles: true})) })(document.querySelector('#modal select[data-block="item-2"]'))`)
	v.pressesIn(formOpen, "Close")
	v.sees("the checklist closed", `!`+formOpen)
	v.actsAs(jonas)
	v.opens(sourcing)
	v.sees("the change", cardOf("Visit 11: Foshan Clear Glass")+`?.innerText.includes('1 of')`)
	v.follows("#open-home", `document.querySelector('#home') && document.querySelector('#home').innerText.includes('What needs you')`)
	v.sees("the item on Home", `document.querySelector('#home').innerText.includes('Foshan Clear Glass')`)
	v.shoot("home")

	// Edit, cancel, undo.
	v.opens(sourcing)
	v.pressesIn(cardOf("Visit 11: Foshan Clear Glass"), "Add people, agenda…")
	v.sees("the form", formOpen+` && document.querySelector('#modal [data-block="agenda"]')`)
	v.enters("agenda", "09:00 prices\n14:00 tooling")
	v.pressesIn(formOpen, "Save visit")
	v.sees("the form closed", `!`+formOpen)
	v.pressesIn(cardOf("Visit 11: Foshan Clear Glass"), "Cancel visit")
	v.sees("the question", `document.querySelector('dialog.confirm[open]')`)
	v.pressesIn(`document.querySelector('dialog.confirm[open]')`, "Cancel visit")
	v.sees("cancelled", cardOf("Visit 11: Foshan Clear Glass")+`?.innerText.includes('cancelled')`)
	v.pressesIn(cardOf("Visit 11: Foshan Clear Glass"), "Restore visit")
	v.sees("back", cardOf("Visit 11: Foshan Clear Glass")+`?.innerText.includes('Edit visit')`)

	// The brief and the calendar file.
	v.pressesIn(cardOf("Visit 11: Foshan Clear Glass"), "Send me the brief")
	v.sees("that it was sent", `document.querySelector('#messages').innerText.includes('sent you the brief')`)
	v.pressesIn(cardOf("Visit 11: Foshan Clear Glass"), "Calendar file")
	v.sees("that it was sent", `document.querySelector('#messages').innerText.includes('sent you the calendar file')`)
	v.follows(`[data-channel^="D"]`, `document.body.dataset.here.startsWith('D')`)
	v.sees("the brief", `document.querySelector('#messages').innerText.includes('广东省佛山市南海区') && document.querySelector('#messages').innerText.includes('14:00 tooling')`)
	const file = `document.querySelector('#messages a[download$=".ics"]')`
	v.sees("the file", file)
	if content := v.downloads(file, v.eval(file+`.download`)); !strings.HasPrefix(content, "BEGIN:VCALENDAR\r\n") || !strings.Contains(content, "Foshan Clear Glass") {
		t.Errorf("the calendar file is\n%s", content)
	}
	const page = `document.querySelector('#messages a[download$=".pdf"]')`
	v.sees("the brief as a file", page)
	if text, read := textOfPDF(t, v.downloads(page, v.eval(page+`.download`))); read && (strings.Count(text, "\f") != 1 || !strings.Contains(text, "请送我去这个地址") || !strings.Contains(text, "广东省佛山市南海区") || !strings.Contains(text, "14:00 tooling")) {
		t.Errorf("the brief as a file says\n%s", text)
	}
	v.shoot("brief")

	// The outsider is refused.
	v.actsAs(mia)
	v.opens(acme)
	v.eval(`(t => { t.value = '/visit-prep plan'; t.form.requestSubmit() })(document.querySelector('#composer textarea'))`)
	v.sees("the form", formOpen+` && document.querySelector('#modal [data-block="purpose"]')`)
	v.enters("factory", "new")
	v.enters("factory_name", "Acme Lighting")
	v.enters("purpose", "supplier_audit")
	v.enters("first", day)
	v.pressesIn(formOpen, "Plan visit")
	v.sees("the question", formOpen+`?.innerText.includes('shared with another company')`)
	v.pressesIn(formOpen, "Use this channel")
	v.sees("that it is planned", formOpen+`?.innerText.includes('Visit 12 is planned')`)
	v.pressesIn(formOpen, "Close")
	v.actsAs(liwei)
	v.opens(acme)
	v.sees("the card as the outsider", cardOf("Visit 12: Acme Lighting"))
	v.pressesIn(cardOf("Visit 12: Acme Lighting"), "Open checklist")
	v.sees("a polite refusal", formOpen+`?.innerText.includes('members of the workspace that installed it')`)
	v.pressesIn(formOpen, "Close")

	// The clock moves, and reminders come.
	v.actsAs(mia)
	v.opens(sourcing)
	v.pressesIn(`document.querySelector('#clock')`, "+1 week")
	v.readsBelow("Inspection 1: Ningbo Bright Metal", "Inspection 1, Ningbo Bright Metal: due")
	for range 3 {
		v.pressesIn(`document.querySelector('#clock')`, "+1 week")
		v.sees("the clock moved", `!document.querySelector('#clock [aria-busy=true]')`)
	}
	v.readsBelow("Visit 1: Ningbo Bright Metal", "Visit 1, Ningbo Bright Metal: the visit begins")
	v.shoot("reminders")
	if n := v.eval(`document.querySelectorAll('#refused .refusal').length`); n != "0" {
		t.Errorf("the workspace refused %s calls:\n%s", n, v.eval(`document.querySelector('#refused').textContent`))
	}
}

// textOfPDF is what poppler, which is not ours, reads in a PDF, each page ended by a form feed.
// It reports false where that is not installed, which in CI it must be.
func textOfPDF(t *testing.T, content string) (text string, read bool) {
	t.Helper()
	if !strings.HasPrefix(content, "%PDF-") {
		t.Errorf("that is no PDF: %.40q", content)
	}
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no pdftotext on this machine, and CI must not skip what another reader says")
		}
		return "", false
	}
	reader := exec.CommandContext(t.Context(), program, "-enc", "UTF-8", "-", "-")
	reader.Stdin = strings.NewReader(content)
	out, err := reader.Output()
	if err != nil {
		t.Errorf("read the PDF: %v", err)
	}
	return string(out), true
}
