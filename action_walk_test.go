package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/internal/photo/phototest"
)

// commands sends a line that opens a form, and waits for the form.
func (v *visitor) commands(line, field string) {
	v.t.Helper()
	v.eval(fmt.Sprintf(`(t => { t.value = %q; t.form.requestSubmit() })(document.querySelector('#composer textarea'))`, line))
	v.sees("the form of "+line, fmt.Sprintf(`document.querySelector('#modal [data-block=%q]')`, field))
}

// ticks ticks the choice of a field of the open form that says words.
func (v *visitor) ticks(field, words string) {
	v.t.Helper()
	at := fmt.Sprintf(`[...document.querySelectorAll('#modal [data-block=%q] label')].find(l => l.innerText.includes(%q))`, field, words)
	v.sees("the choice "+words, at)
	v.eval(at + `.click()`)
}

// submits sends the open form by its button, and waits until what comes instead says words.
func (v *visitor) submits(button, words string) {
	v.t.Helper()
	v.pressesIn(`document.querySelector('#modal [data-submit-view]')?.closest('dialog')`, button)
	v.sees("that "+button+" is through: "+words, fmt.Sprintf(`%s && !document.querySelector('#modal [data-submit-view]') && %s.innerText.includes(%q)`, formOpen, formOpen, words))
}

// closes closes the page that stands in the place of a form.
func (v *visitor) closes() {
	v.t.Helper()
	v.pressesIn(formOpen, "Close")
	v.sees("no form", `!`+formOpen)
}

// picksIn makes a choice in a menu inside a part of the page: the first one that says words.
func (v *visitor) picksIn(part, words string) {
	v.t.Helper()
	at := fmt.Sprintf(`[...%s?.querySelectorAll('select[data-action] option') ?? []].find(o => o.value && o.innerText.includes(%q))`, part, words)
	v.sees("the choice "+words, at)
	v.eval(`(o => { const s = o.closest('select'); s.value = o.value; s.dispatchEvent(new Event('change', {bubbles: true})) })(` + at + `)`)
}

// today is the day that the clock shows.
func (v *visitor) today() civil.Date {
	v.t.Helper()
	day, _, _ := strings.Cut(v.eval(`document.querySelector('.clock-bar time').dateTime`), "T")
	return must(civil.Parse(day))
}

// movesTo moves the clock to the morning of a day, a week at a time.
func (v *visitor) movesTo(day civil.Date) {
	v.t.Helper()
	for v.today().Before(day) {
		to := v.today().AddDays(min(7, day.Sub(v.today())))
		v.eval(fmt.Sprintf(`(i => { i.value = %q; i.form.requestSubmit() })(document.querySelector('#clock-to'))`, to))
		v.sees("the clock at "+to.String(), fmt.Sprintf(`!document.querySelector('#clock [aria-busy=true]') && document.querySelector('.clock-bar time').dateTime.startsWith(%q)`, to))
	}
}

// reminders is how many reminders of actions stand in the open thread. What the page shows is
// patched a moment later than the clock stops, so it asks anew.
func (v *visitor) reminders() int {
	v.t.Helper()
	n, err := chromedp.Run(v.ctx, chromedp.Evaluate[int](`fetch(location.href).then(r => r.text()).then(t => (document => `+remindersOfActions+`.length)(new DOMParser().parseFromString(t, 'text/html')))`, chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatal(err)
	}
	return n
}

const remindersOfActions = `[...document.querySelectorAll('#thread-messages article.message')].filter(m => m.textContent.includes(': corrective actions'))`

// A reminded is a reminder of actions, and the day on which it came.
type reminded struct {
	on   civil.Date
	says string
}

// remindedUntil moves the clock day by day, and gives the reminders of actions that come into the
// open thread on the way.
func (v *visitor) remindedUntil(last civil.Date) (all []reminded) {
	v.t.Helper()
	for had := v.reminders(); v.today().Before(last); {
		v.movesTo(v.today().AddDays(1))
		if n := v.reminders(); n > had {
			v.sees("the reminder", fmt.Sprintf(`%s.length === %d`, remindersOfActions, n))
			all, had = append(all, reminded{v.today(), v.eval(remindersOfActions + `.at(-1).innerText`)}), n
		}
	}
	return all
}

// remindedOf fails unless there is a reminder before a day, on it, or on the working day before
// it, and after it; what each of them says follows.
func (v *visitor) remindedOf(all []reminded, due civil.Date, finding, open, late string) {
	v.t.Helper()
	before, after := 0, 0
	for _, r := range all {
		words := open
		if due.Before(r.on) {
			words = late
			after++
		} else {
			before++
		}
		if !strings.Contains(r.says, finding) || !strings.Contains(r.says, words) || !strings.Contains(r.says, "Text for WeChat") {
			v.t.Errorf("the reminder of %s lacks %q or %q:\n%s", r.on, finding, words, r.says)
		}
	}
	if before < 2 || after != 1 {
		v.t.Errorf("due on %s: %d reminders up to it and %d after it, want two at least and one: %+v", due, before, after, all)
	}
}

// nextRunning is a day, or the nearest after it on which a factory can be expected to run.
func nextRunning(t *testing.T, day civil.Date) civil.Date {
	t.Helper()
	china, err := holiday.China()
	if err != nil {
		t.Fatal(err)
	}
	better, _ := china.Better(day)
	return better
}

// TestActionWalk follows a finding from the visit on which it was seen to the lot that shows that
// it is gone: the letter, the factory's answer, what is agreed, a proof that is not enough, one
// that is, and each reminder on the way. With -update it takes the pictures in docs/actions.
func TestActionWalk(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	const mia, jonas, sourcing = localslack.SampleMia, localslack.SampleJonas, localslack.SampleSourcing
	const direct, page = `document.body.dataset.here.startsWith('D')`, `document.querySelector('#messages')`
	const thread = `document.querySelector('#thread-messages')`
	const inThread = `[...document.querySelectorAll('#thread-messages article.message')]`
	taken := 0
	fits := func(name, part string) {
		t.Helper()
		taken++
		v.fits(fmt.Sprintf("docs/actions/%02d-%s", taken, name), part)
	}

	// A visit, and its day.
	v.actsAs(mia)
	v.opens(sourcing)
	v.sees("the sample", cardOf(onFloor))
	day := runningDay(t, 2)
	v.commands("/visit-prep plan", "purpose")
	v.enters("factory", "new")
	v.enters("factory_name", "Foshan Clear Glass")
	v.enters("purpose", "first_visit")
	v.enters("first", day)
	v.submits("Plan visit", "is planned")
	said := regexp.MustCompile(`Visit (\d+) is planned`).FindStringSubmatch(v.eval(formOpen + `.innerText`))
	if said == nil {
		t.Fatalf("no number of a visit: %s", v.eval(formOpen+`.innerText`))
	}
	number, card := said[1], "Visit "+said[1]+": Foshan Clear Glass"
	v.closes()
	v.movesTo(must(civil.Parse(day)))

	// What was seen.
	v.commands("/visit-prep finding "+number, "severity")
	v.ticks("severity", "Major")
	v.enters("text", "corner guards are missing in some cartons")
	v.enters("text_zh", "部分纸箱没有护角")
	v.enters("count", "6/50")
	v.enters("place", "packing")
	v.enters("request", "add corner guards to this lot")
	v.drops("#modal .file-input", "IMG_412.jpg", phototest.Draw(10, 600, 800, 6, time.Now()))
	v.sees("the photo", formOpen+`.querySelector('.chosen img')`)
	v.submits("Save finding", "Finding ")
	finding := regexp.MustCompile(`Finding \d+`).FindString(v.eval(formOpen + `.innerText`))
	v.closes()

	// The letter.
	v.commands("/visit-prep letter "+number, "to")
	v.enters("to", "Mr Wang / 王总")
	v.enters("strengths", "first-piece records were complete at all four stations")
	v.enters("strengths_zh", "四个工位的首件记录都很完整")
	fits("letter-form", formOpen)
	due := must(civil.Parse(v.eval(`document.querySelector('#modal [data-block=reply_by]').value`)))
	v.submits("Write letter", "no Chinese yet")
	v.sees("the line without Chinese", formOpen+`.innerText.includes('add corner guards to this lot')`)
	fits("no-chinese", formOpen)
	v.pressesIn(formOpen, "Type the Chinese")
	const missing = `document.querySelector('#modal [data-submit-view]') && document.querySelector('#modal').querySelector('textarea, input[type=text]')`
	v.sees("the form for it", missing)
	v.enters(v.eval(`(`+missing+`).dataset.block`), "请给这批货补装护角")
	v.submits("Save Chinese", "has its Chinese now")
	v.pressesIn(formOpen, "Write letter")
	v.sees("that it comes", formOpen+`.innerText.includes('comes to you alone')`)
	v.pressesIn(formOpen, "Close")
	v.sees("no line without Chinese in the page below", formOpen+`?.innerText.includes('has its Chinese now')`)
	v.closes()
	v.follows(`[data-channel^="D"]`, direct)
	const sent = `[...document.querySelectorAll('#messages article.message')].filter(m => m.innerText.includes('I have sent it')).at(-1)`
	v.sees("what to do with the letter", sent)
	text := func(words string) string {
		return fmt.Sprintf(`[...document.querySelectorAll('#messages article.message')].filter(m => m.innerText.includes(%q) && !m.querySelector('button[data-action]')).at(-1)`, words)
	}
	v.sees("the letter in Chinese", text("部分纸箱没有护角")+`?.innerText.includes('王总')`)
	v.sees("the letter in English", text("corner guards are missing")+`?.innerText.includes('Mr Wang')`)
	fits("letter", sent)
	const file = `document.querySelector('#messages a[download^="feedback-"]')`
	v.sees("the letter as a file", file)
	if words, read := textOfPDF(t, v.downloads(file, v.eval(file+`.download`))); read {
		for _, want := range []string{"部分纸箱没有护角", "corner guards are missing", "首件记录"} {
			if !strings.Contains(strings.Join(strings.Fields(words), " "), want) {
				t.Errorf("the letter as a file does not say %q:\n%s", want, words)
			}
		}
	}
	v.pressesIn(sent, "I have sent it")
	v.sees("that it was sent", page+`.innerText.includes('Sent by Mia Chen')`)

	// Before the day of the answer, on it, and after it.
	v.opens(sourcing)
	v.sees("the card", cardOf(card))
	v.readsBelow(card, finding)
	if n := v.reminders(); n != 0 {
		t.Fatalf("there are %d reminders of actions before their time", n)
	}
	on := due.Start(time.UTC).Format("2 January 2006")
	v.remindedOf(v.remindedUntil(due.AddDays(5)), due, finding, "Open, due "+on, "Open, was due "+on)
	fits("reminder", remindersOfActions+`.at(-1)`)
	v.pressesIn(remindersOfActions+`.at(-1)`, "Text for WeChat")
	v.sees("the texts for WeChat with the number that the letter has", thread+`.innerText.includes('about point 1 of our feedback') && `+thread+`.innerText.includes('王总')`)
	v.movesTo(v.today().AddDays(10))
	v.follows(`[data-channel^="D"]`, direct)
	v.sees("the word to whoever planned it", page+`.innerText.includes('you planned this, so please have a look')`)

	// card has the finding's card in the thread under the visit's, from a reminder.
	opensFinding := func() {
		t.Helper()
		v.opens(sourcing)
		v.readsBelow(card, ": corrective actions")
		v.picksIn(remindersOfActions+`.at(-1)`, finding)
		v.sees("the card of the finding", inThread+`.at(-1).innerText.includes('Action:')`)
	}
	const shown = inThread + `.at(-1)`
	step := func(button string, fields func(), words string) {
		t.Helper()
		v.pressesIn(shown, button)
		v.sees("the form of "+button, `document.querySelector('#modal [data-submit-view]')`)
		fields()
		v.submits(button, words)
		v.closes()
		v.sees("the card with "+words, fmt.Sprintf(`%s.innerText.includes(%q)`, shown, words))
	}
	none := func() {}

	// The factory answers, and both agree.
	opensFinding()
	step("Log answer", func() {
		v.enters("proposal", "A stop at the conveyor until four corners are in")
		v.enters("cause", "No check after packing")
		v.enters("said_by", "Mr Wang")
	}, "Proposed")
	var done civil.Date
	step("Agree on action", func() {
		v.sees("what the next lot is to show", formOpen+`.innerText.includes('24 pieces')`)
		done = nextRunning(t, v.today().AddDays(12))
		v.enters("due", done.String())
	}, "Agreed, due")
	fits("agreed", shown)

	// Late again; then done, not enough, and done once more.
	v.remindedOf(v.remindedUntil(done.AddDays(5)), done, finding, "Agreed, due", "Agreed, was due")
	before := v.reminders()
	proof := func(seed uint64, words string) func() {
		return func() {
			v.drops("#modal .file-input", fmt.Sprintf("IMG_%d.jpg", 500+seed%100), phototest.Draw(seed, 600, 800, 6, time.Now()))
			v.sees("the photo", formOpen+`.querySelector('.chosen img')`)
			v.enters("text", words)
		}
	}
	v.actsAs(jonas)
	opensFinding()
	step("Log as done", proof(phototest.Sound+11, "One carton with four corners"), "Waits for the next lot")
	v.actsAs(mia)
	opensFinding()
	step("Not enough", func() {
		v.enters("lacks", "照片上看不到护角。")
		fits("not-enough", formOpen)
	}, "Agreed")
	v.sees("why it is still open", shown+`.innerText.includes('照片上看不到护角。')`)
	v.actsAs(jonas)
	opensFinding()
	step("Log as done", proof(phototest.Sound+12, "The stop at the conveyor"), "Waits for the next lot")

	// The clock of the factory stands still while nobody can know.
	v.movesTo(v.today().AddDays(14))
	if n := v.reminders(); n != before {
		t.Errorf("there are %d reminders where the next lot is waited for, want %d", n, before)
	}
	step("Log next lot", func() {
		v.enters("lot", "Order 4588")
		v.enters("checked", "0/125")
		v.enters("size", "3000")
	}, "Done, says the factory")
	v.sees("what the lot says", shown+`.innerText.includes('Later lots: not seen again in 125 pieces')`)
	v.actsAs(mia)
	opensFinding()
	const photos = `[...` + shown + `.querySelectorAll('img')].filter(i => i.alt)`
	v.sees("a photo from before and one from after", photos+`.length >= 2 && `+photos+`.every(i => i.complete && i.naturalWidth > 0)`)
	fits("before-and-after", photos+`.at(-1).parentElement`)
	step("Verify finding", none, "Verified on")
	v.sees("that a colleague had logged it", `!`+shown+`.innerText.includes('Not independent')`)
	fits("verified", shown)
	v.movesTo(v.today().AddDays(14))
	if n := v.reminders(); n != before {
		t.Errorf("there are %d reminders after it was verified, want %d", n, before)
	}
	if n := v.eval(`document.querySelectorAll('#refused .refusal').length`); n != "0" {
		t.Errorf("the workspace refused %s calls:\n%s", n, v.eval(`document.querySelector('#refused').textContent`))
	}
}

// TestAfterTheVisitFitsAPhone opens what a team sees of a factory before and after a visit: the
// brief for its host, its page, and the agreements. With -update it takes the pictures in
// docs/actions.
func TestAfterTheVisitFitsAPhone(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	v.actsAs(localslack.SampleMia)
	v.opens(localslack.SampleSourcing)
	v.sees("the sample", cardOf("Visit 1: Ningbo Bright Metal"))

	v.commands("/visit-prep host 1", "host_to")
	v.enters("host_to", "王总 / Mr Wang")
	v.fits("docs/actions/09-host-form", formOpen)
	v.submits("Make host brief", "on its way to your direct messages")
	v.closes()

	v.pastes("/factory bright", "Edit factory")
	v.fits("docs/actions/11-factory", newest)
	v.pressesIn(newest, "Add agreement")
	v.sees("the form", `document.querySelector('#modal [data-block=kind]')`)
	v.enters("kind", v.eval(`document.querySelector('#modal [data-block=kind]').options[1].value`))
	v.enters("title", "Lamp housings 2027")
	v.enters("signed", runningDay(t, -300))
	v.enters("ends", runningDay(t, 75))
	v.enters("renews", "12")
	v.enters("notice", "60")
	v.fits("docs/actions/12-agreement-form", formOpen)
	v.pressesIn(formOpen, "Next page")
	v.sees("the next page", `document.querySelector('#modal [data-block=seal]')`)
	v.submits("Save agreement", "Lamp housings 2027")
	v.closes()
	v.pastes("/factory agreements", "Lamp housings 2027")
	v.fits("docs/actions/13-agreements", newest)

	v.follows(`[data-channel^="D"]`, `document.body.dataset.here.startsWith('D')`)
	const intro = `[...document.querySelectorAll('#messages article.message')].filter(m => m.innerText.includes('Host brief of visit 1, revision 1')).at(-1)`
	v.sees("the brief", intro+` && document.querySelector('#messages a[download^="host-brief-"]')`)
	v.fits("docs/actions/10-host", `[...document.querySelectorAll('#messages article.message')].at(-1)`)
	if n := v.eval(`document.querySelectorAll('#refused .refusal').length`); n != "0" {
		t.Errorf("the workspace refused %s calls:\n%s", n, v.eval(`document.querySelector('#refused').textContent`))
	}
}
