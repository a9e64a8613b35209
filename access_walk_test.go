package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// A violation is a rule of axe-core that a view breaks, and where.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML string
		Any  []struct{ Message string }
	}
}

// looks says what axe-core finds in the view as it is.
func (v *visitor) looks(rules string) []violation {
	v.t.Helper()
	v.sees("the page at rest", `document.getAnimations().every(a => a.playState !== 'running')`)
	found, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ['violations'], `+rules+`}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatal(err)
	}
	var all []violation
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		v.t.Fatal(err)
	}
	return all
}

// openAddress goes to an address of the page, and takes a script along.
func (v *visitor) openAddress(query, shows, script string) {
	v.t.Helper()
	v.do("open the page", chromedp.Navigate(v.address+strings.Replace(query, "?", "&", 1)))
	v.sees("the page", shows)
	v.do("take the script along", chromedp.Evaluate[chromedp.Void](script))
}

// wears puts the page into a width and a theme.
func (v *visitor) wears(width int64, theme string) {
	v.t.Helper()
	v.do("resize", chromedp.EmulateViewport(width, 860))
	if _, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}); err != nil {
		v.t.Fatal(err)
	}
	v.sees("the page in it", fmt.Sprintf(`innerWidth === %d && matchMedia('(prefers-color-scheme: %s)').matches`, width, theme))
}

// TestEverybodyCanReadThePage looks at the views that people see most with axe-core, in both
// themes, on a desktop and on a phone: nothing serious stands in anybody's way.
func TestEverybodyCanReadThePage(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	script, err := os.ReadFile("internal/localslack/testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	const mia, sourcing = "U0MIACHEN01", "C0SOURCING1"
	at := func(words, query string) { v.openAddress("?as="+mia+query, words, string(script)) }
	views := []struct {
		name string
		open func()
	}{
		{"channel", func() {
			at(cardOf("Visit 1: Ningbo Bright Metal"), "&channel="+sourcing)
			v.pastes("/visit-prep what gift should I not bring", "Share in channel")
		}},
		{"panel", func() { v.eval(`document.querySelector('#open-changes').click()`) }},
		{"checklist", func() {
			v.eval(`document.querySelector('#changes').hidePopover()`)
			v.pressesIn(cardOf("Visit 1: Ningbo Bright Metal"), "Open checklist")
			v.sees("the checklist", formOpen+` && document.querySelector('#modal [data-block="item-1"]')`)
		}},
		{"form", func() {
			v.pressesIn(formOpen, "Close")
			v.sees("no form", `!`+formOpen)
			v.eval(`(t => { t.value = '/visit-prep plan'; t.form.requestSubmit() })(document.querySelector('#composer textarea'))`)
			v.sees("the form", formOpen+` && document.querySelector('#modal [data-block="purpose"]')`)
		}},
		{"form refused", func() {
			v.pressesIn(formOpen, "Plan visit")
			v.sees("what is wrong", formOpen+`?.querySelector('[aria-invalid=true]') && !document.querySelector('#modal [aria-busy=true]')`)
		}},
		{"thread", func() {
			v.pressesIn(formOpen, "Cancel")
			v.pressesIn(cardOf("Visit 1: Ningbo Bright Metal"), "Calendar file")
			ts := v.eval(cardOf("Visit 1: Ningbo Bright Metal") + `.dataset.ts`)
			at(`document.querySelector('#thread-messages article')`, "&channel="+sourcing+"&thread="+ts)
		}},
		{"direct messages", func() {
			at(`document.querySelector('#messages .file a')`, "&channel="+v.eval(`document.querySelector('#sidebar [data-channel^="D"]').dataset.channel`))
		}},
		{"Home", func() { at(`document.querySelector('#home').innerText.includes('A tip for today')`, "&home=1") }},
	}
	// All rules once in each theme and width; what else a theme changes is colours.
	const colours = "runOnly: ['color-contrast', 'link-in-text-block']"
	for _, view := range views {
		v.wears(1280, "light")
		view.open()
		for _, as := range []struct {
			width int64
			theme string
			rules string
		}{{1280, "light", ""}, {1280, "dark", colours}, {390, "dark", ""}, {390, "light", colours}} {
			v.wears(as.width, as.theme)
			for _, found := range v.looks(as.rules) {
				if found.Impact != "serious" && found.Impact != "critical" {
					continue
				}
				for _, n := range found.Nodes[:min(4, len(found.Nodes))] {
					said := ""
					if len(n.Any) > 0 {
						said = n.Any[0].Message
					}
					t.Errorf("%s, %d wide, %s: %s: %s: %s %s", view.name, as.width, as.theme, found.ID, found.Help, n.HTML, said)
				}
			}
			if *screens != "" {
				v.shot(strings.ReplaceAll(view.name, " ", "-") + "-" + as.theme)
			}
		}
	}
}
