package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/lang/zh"
	"visitprep/knowledge"
)

// notEnglish are what stays as it is in Chinese: what people typed, names, commands, and what the
// page says that is not the app's.
var notEnglish = regexp.MustCompile(`(?m)^(APP|New|Today|Yesterday|Only visible to you|\(edited\)|Reply|Add to visit|.*repl(y|ies).*|.*replied to a thread.*|.*added .* to the channel.*|Drag .*|Close|Choose .*|[A-Z][a-z]+ \d+.*|(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day.*)$|` +
	`/(visit-prep|inspection|factory|etiquette|invite)[^\n，。；：）]*|@\S+|#\S+|\d+:\d+ (AM|PM)|\S+\.(pdf|ics|xlsx|csv|png|jpe?g)|(Asia|Europe|America)/\w+|` +
	`Slack is still looking at it|LED desk lamp DL-20|王总 +head, owner, deputy|Go back to facts|Zhongshan Harbour Lamps|Visit Prep|Ningbo Bright Metal|Foshan Clear Glass|Dongguan Plastics|Acme Lighting|Mia Chen|Jonas Weber|Li Wei|Ms Xu|Xu Lan`)

// sentence are three English words in a row.
var sentence = regexp.MustCompile(`[A-Za-z][a-z']+,? [A-Za-z]+,? [A-Za-z]+[A-Za-z ,'.-]*`)

// halfWidth is a mark of English between Chinese words.
var halfWidth = regexp.MustCompile(`\p{Han}[）”]?[,;:!?] ?\p{Han}|\p{Han} ?\([^)]*\p{Han}`)

// A chineseReader looks for English where all should be Chinese.
type chineseReader struct {
	*visitor
	given *strings.Replacer // what the knowledge and the sample say
	taken int
}

func newChineseReader(t *testing.T, v *visitor) *chineseReader {
	t.Helper()
	base := must(knowledge.Embedded())
	var words []string
	for _, e := range base.All() {
		words = append(words, e.Title, e.Text, e.Why, e.Where, e.Pinyin, blocks.Sentence(strings.TrimPrefix(e.Title, "Ask: ")))
		for _, s := range e.Sources {
			words = append(words, s.Title)
		}
	}
	for _, topic := range base.Topics() {
		words = append(words, topic.Title, topic.Summary)
		for _, g := range topic.Groups {
			words = append(words, g.Title)
		}
	}
	for _, tm := range must(knowledge.EmbeddedTemplates(base)) {
		for _, l := range tm.Lines {
			words = append(words, l.Item)
		}
	}
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	var pairs, parts []string
	for _, w := range words {
		for line := range strings.Lines(w) {
			if line = strings.TrimPrefix(strings.TrimSpace(line), "- "); len(line) > 3 {
				pairs = append(pairs, line, "")
			}
			for sentence := range strings.SplitSeq(line, ". ") { // an answer lists some
				if sentence = strings.TrimRight(sentence, "."); len(sentence) > 12 {
					parts = append(parts, sentence, "")
				}
			}
		}
	}
	return &chineseReader{visitor: v, given: strings.NewReplacer(append(pairs, parts...)...)}
}

// follow waits until the cards have followed the language: they are drawn again a few at a time.
func (r *chineseReader) follow(expression string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, time.Minute)
	defer cancel()
	var err error
	for ctx.Err() == nil { // while the browser goes from one page to the next, there is nothing to ask
		if _, err = chromedp.Run(ctx, chromedp.Poll[bool]("Boolean("+expression+")", chromedp.WithPollingTimeout(time.Minute))); err == nil {
			return
		}
	}
	r.t.Fatalf("the cards do not follow the language: %v", err)
}

// reads looks at a part of the page on a phone: it is in Chinese, and nothing reaches over the side.
// With -update it takes a picture for docs/chinese.
func (r *chineseReader) reads(name, part string) {
	r.t.Helper()
	r.taken++
	r.sees("what is to be read: "+name, part)
	text := r.eval(`(p => { const c = p.cloneNode(true); c.querySelectorAll('time, .page-words, option, .visually-hidden, [hidden]').forEach(e => e.remove()); document.body.append(c); const s = c.innerText; c.remove(); return s })(` + part + `)`)
	for line := range strings.Lines(notEnglish.ReplaceAllString(r.given.Replace(text), "")) {
		if left := sentence.FindString(line); left != "" {
			r.t.Errorf("%s: %q is left in English in %q", name, left, strings.TrimSpace(line))
		}
		if mark := halfWidth.FindString(line); mark != "" {
			r.t.Errorf("%s: %q is half-width in %q", name, mark, strings.TrimSpace(line))
		}
	}
	r.do("resize", chromedp.EmulateViewport(430, 900))
	r.eval(`(d => d && (d.scrollTop = 0))(document.querySelector('.modal-body'))`)
	r.eval(`(e => e && e.scrollIntoView({block: 'end'}))(` + part + `)`)
	if over := r.eval(`[...` + part + `.querySelectorAll('*')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + ' ' + e.innerText.slice(0, 40)).slice(0, 3).join('; ')`); over != "" {
		r.t.Errorf("%s: %s reaches over the side", name, over)
	}
	if *update {
		r.sees("the page at rest", `document.getAnimations().every(a => a.playState !== 'running')`)
		r.eval(`requestAnimationFrame(() => requestAnimationFrame(() => { document.body.dataset.drawn = '` + name + `' }))`)
		r.sees("the page drawn", `document.body.dataset.drawn === '`+name+`'`)
		shot := must(chromedp.Run(r.ctx, chromedp.CaptureScreenshot()))
		if err := os.WriteFile(filepath.FromSlash(fmt.Sprintf("docs/chinese/%02d-%s.png", r.taken, name)), shot, 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	r.do("resize", chromedp.EmulateViewport(1280, 860))
}

// TestChineseWalk does the three jobs of a team that reads Chinese: a sourcing manager's first visit, a
// quality engineer's inspection, and a colleague's question before a dinner; and the month that follows. No
// English sentence of the app's is left in what they read. With -update it takes the pictures in docs/chinese.
func TestChineseWalk(t *testing.T) {
	t.Parallel()
	v := newcomer(t, func(c *config) { c.Market.Notes = true }) // as the command has it
	const mia, jonas, sourcing = "U0MIACHEN01", "U0JONASWEB1", "C0SOURCING1"
	r, p := newChineseReader(t, v), zh.Printer()
	says := func(card, words string) string {
		return fmt.Sprintf(`%s?.innerText.includes(%q) && %s`, card, words, card)
	}
	messages := func(words string) string {
		return fmt.Sprintf(`[...document.querySelectorAll('#messages article.message')].filter(m => m.innerText.includes(%q)).at(-1)`, words)
	}
	for _, who := range []string{jonas, mia} {
		v.actsAs(who)
		v.opens(sourcing)
		v.opensPanel()
		v.changes("locale", "zh-CN", "person", "language zh-CN")
		v.eval(`document.querySelector('#changes').hidePopover()`)
	}

	// An admin has the channels read Chinese; the cards follow.
	v.commands("/visit-prep settings", "language")
	v.enters("language", "zh")
	r.reads("settings", formOpen)
	v.pressesIn(formOpen, p.T("Save settings"))
	v.sees("the form closed", `!`+formOpen)
	card := cardOf("拜访1：Ningbo Bright Metal")
	r.follow(says(card, "清单"))

	// The sourcing manager's first visit.
	v.commands("/visit-prep plan", "purpose")
	v.enters("factory", "new")
	v.enters("factory_name", "Foshan Clear Glass")
	v.enters("factory_address", "广东省佛山市南海区")
	v.enters("purpose", "first_visit")
	v.enters("first", runningDay(t, 15))
	r.reads("plan", formOpen)
	v.pressesIn(formOpen, p.T("Plan visit"))
	v.sees("that it is planned", formOpen+`?.innerText.includes('拜访11')`)
	r.reads("planned", formOpen)
	v.pressesIn(formOpen, p.T("Close"))
	card = cardOf("拜访11：Foshan Clear Glass")
	r.reads("card", card)
	v.pressesIn(card, p.T("Open checklist"))
	v.sees("the checklist", formOpen+` && document.querySelector('#modal [data-block="item-1"]')`)
	r.reads("checklist", formOpen)
	v.pressesIn(formOpen, p.T("Close"))
	v.pressesIn(card, p.T("Send me the brief"))
	v.follows("#open-home", `document.querySelector('#home')?.innerText.includes('设置')`)
	r.reads("home", `document.querySelector('#home')`)
	v.follows(`[data-channel^="D"]`, `document.body.dataset.here.startsWith('D')`)
	r.reads("brief", messages(p.T("Phrases")))

	// The quality engineer's inspection.
	v.actsAs(jonas)
	v.opens(sourcing)
	inspection := cardOf("验货2：Ningbo Bright Metal")
	r.follow(inspection)
	r.reads("inspection", inspection)
	v.pressesIn(inspection, p.T("Report result"))
	v.sees("the form", formOpen+` && document.querySelector('#modal [data-block="result"]')`)
	r.reads("result", formOpen)
	v.pressesIn(formOpen, p.T("Cancel"))
	v.pastes("/inspection", p.T("Inspections"))
	r.reads("inspections", newest)

	// The colleague's dinner: the answer to one, and the same for all.
	v.pastes("/etiquette dinner with the boss tomorrow", p.T("Share in channel"))
	r.reads("answer", newest)
	v.presses(p.T("Share in channel"))
	v.sees("the shared answer", messages("分享"))
	r.reads("shared", messages("分享"))
	v.pastes("/etiquette phrases dinner", p.T("Share in channel"))
	r.reads("phrases", newest)

	// The clock moves on: a reminder in its thread, the daily message, the card of the day.
	v.actsAs(mia)
	v.opens(sourcing)
	moves := func(steps ...string) {
		for _, step := range steps {
			v.pressesIn(`document.querySelector('#clock')`, step)
			v.sees("the clock moved", `!document.querySelector('#clock [aria-busy=true]')`)
		}
	}
	moves("+1 week")
	v.readsBelow("拜访11：Foshan Clear Glass", "拜访11")
	r.reads("reminder", `[...document.querySelectorAll('#thread-messages article.message')].at(-1)`)
	moves("+1 week", "+1 day", "+1 day", "+1 day", "+1 day")
	v.follows("#open-home", `document.querySelector('#home')`) // away from the thread
	v.opens(sourcing)
	r.reads("day", messages(p.T("We are here")))
	v.follows(`[data-channel^="D"]`, `document.body.dataset.here.startsWith('D')`)
	r.reads("daily", messages("您今天的事项"))

	// What a factory said of its market, and the digest of it at the end of the month.
	v.opens(sourcing)
	v.commands("/factory add market note", "note")
	v.enters("factory", "1")
	v.enters("note", "五月起冲压线用了两台机器人，每批三百件也划算")
	v.ticks("tags", p.T("Automation"))
	v.ticks("tags", p.T("Price"))
	r.reads("market-note", formOpen)
	v.pressesIn(formOpen, p.T("Save note"))
	v.sees("that it is saved", formOpen+`?.innerText.includes('`+p.T("Market note saved")+`')`)
	v.pressesIn(formOpen, p.T("Close"))
	v.pastes("/factory market subscribe monthly", p.T("Stop digest"))
	r.reads("subscribed", newest)
	noted := v.today()
	v.movesTo(civil.On(noted.Year, noted.Month, 1).AddDays(31 + 13)) // past its first working day
	digest := messages(p.T("All market notes"))
	v.sees("the digest", digest)
	r.reads("digest", digest)
}
