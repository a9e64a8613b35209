package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestAnswersFitAPhone asks ten questions as people do, on a desktop and on a phone: nothing
// of an answer reaches over the side. With -update it takes the pictures in docs/answers.
func TestAnswersFitAPhone(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	v.actsAs("U0MIACHEN01")
	v.opens("C0SOURCING1")
	questions := []struct{ ask, says string }{
		{"what gift should I not bring", "Gifts to avoid"},
		{"how many pieces should we check out of 3000", "3,000"},
		{"who owns the mould", "Mould ownership"},
		{"They emailed that the bank account has changed and is in Hong Kong now. The balance is due on Friday. What do we do?", "treat as fraud"},
		{"do I have to drink alcohol at dinner", "You may decline alcohol"},
		{"quality", "Asked for most"},
		{"is 10 October 2026 a working day", "although it is a weekend"},
		{"9 am in Ningbo is when here", "in Berlin"},
		{"beach hotel in Vietnam", "China only"},
		{"thanks, very helpful!", "welcome"},
	}
	for _, size := range []struct {
		name  string
		width int64
	}{{"desktop", 1280}, {"phone", 390}} {
		v.do("resize", chromedp.EmulateViewport(size.width, 860))
		for n, c := range questions {
			v.pastes("/visit-prep "+c.ask, c.says)
			if over := v.eval(`[...` + newest + `.querySelectorAll('*')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + ' ' + e.innerText.slice(0, 40)).slice(0, 3).join('; ')`); over != "" {
				t.Errorf("%q on a %s: %s reaches over the side", c.ask, size.name, over)
			}
			if !*update {
				continue
			}
			v.sees("the page at rest", `document.getAnimations().every(a => a.playState !== 'running')`)
			v.eval(`requestAnimationFrame(() => requestAnimationFrame(() => { document.body.dataset.drawn = ` + fmt.Sprintf("'%s %d'", size.name, n) + ` }))`)
			v.sees("the page drawn", fmt.Sprintf(`document.body.dataset.drawn === '%s %d'`, size.name, n))
			shot, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join("docs", "answers", fmt.Sprintf("%02d-%s.png", n+1, size.name)), shot, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
