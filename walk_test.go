package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"math"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var update = flag.Bool("update", false, "remake the README's picture, and the files in testdata/months")

// browser starts a headless Chromium and returns a tab of it. Without one the
// test skips and says so; in CI that is a failure.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no Chromium on this machine, and CI must not skip the browser tests")
		}
		t.Skip("no Chromium on this machine: install one to run the browser tests")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(1280, 860),
	)
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, close := chromedp.NewContext(ctx)
	t.Cleanup(close)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// A visitor is somebody at the page of `visitprep try`.
type visitor struct {
	t       *testing.T
	ctx     context.Context
	address string
	causes  string // the error that the visitor brings about, as the log words it
}

// sees waits until the page has loaded and a JavaScript expression about it is true: a
// click on a page whose script is still to run is lost. While the browser goes from
// one page to the next there is nothing to ask, so it asks again.
func (v *visitor) sees(what, expression string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 15*time.Second)
	defer cancel()
	var err error
	for ctx.Err() == nil {
		if _, err = chromedp.Run(ctx, chromedp.Poll[bool]("document.readyState === 'complete' && Boolean("+expression+")")); err == nil {
			return
		}
	}
	text, _ := chromedp.Run(v.ctx, chromedp.Evaluate[string]("document.body.innerText"))
	v.t.Fatalf("waited in vain to see %s: %v\nthe page says:\n%s", what, err, text)
}

// daysUntil moves the clock day by day until a JavaScript condition holds. How many days that takes hangs on
// the day of the week: the sample's visit begins on a Tuesday, 29 to 35 days ahead.
func (v *visitor) daysUntil(what, condition string) {
	v.t.Helper()
	for range 20 {
		if v.eval(`Boolean(`+condition+`)`) == "true" {
			break
		}
		v.pressesIn(`document.querySelector('#clock')`, "+1 day")
		v.sees("the clock moved", `!document.querySelector('#clock [aria-busy=true]')`)
	}
	v.sees(what, condition)
}

func (v *visitor) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, steps...); err != nil {
		v.t.Fatalf("%s: %v", what, err)
	}
}

func (v *visitor) eval(expression string) string {
	v.t.Helper()
	s, err := chromedp.Run(v.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		v.t.Fatalf("%s: %v", expression, err)
	}
	return s
}

// newest is the JavaScript name of the newest message.
const newest = `[...document.querySelectorAll('#messages article.message')].at(-1)`

// types sends a line from the message box, key by key, and waits until the
// newest message says words.
func (v *visitor) types(line, words string) {
	v.t.Helper()
	v.sends(line, words, func() {
		v.do("type "+line, chromedp.SendKeys("#composer textarea", line+"\n"))
	})
}

// pastes is types without the time that typing takes.
func (v *visitor) pastes(line, words string) {
	v.t.Helper()
	v.sends(line, words, func() {
		v.eval(fmt.Sprintf(`(t => { t.value = %s; t.form.requestSubmit() })(document.querySelector('#composer textarea'))`, strconv.Quote(line)))
	})
}

func (v *visitor) sends(line, words string, send func()) {
	v.t.Helper()
	const messages = `[...document.querySelectorAll('#messages article.message')]`
	before := v.eval(messages + `.map(m => m.dataset.ts)`)
	send()
	// A card may come after the answer.
	v.sees("an answer to "+line+" that says "+words, fmt.Sprintf(
		`%s.some(m => !%q.split(',').includes(m.dataset.ts) && m.innerText.includes(%s))`, messages, before, strconv.Quote(words)))
}

// follows clicks a link of the sidebar. The page is patched while one looks, so
// the click is made where the link is, not where it was a moment ago.
func (v *visitor) follows(link, arrived string) {
	v.t.Helper()
	link = fmt.Sprintf("document.querySelector('#sidebar %s')", link)
	v.sees("the link", link)
	v.eval(link + ".click()")
	v.sees("where the link leads", arrived)
}

func (v *visitor) opens(channel string) {
	v.t.Helper()
	v.follows(`[data-channel="`+channel+`"]`, fmt.Sprintf(`document.body.dataset.here === %q`, channel))
}

func (v *visitor) actsAs(person string) {
	v.t.Helper()
	v.follows(`[data-as="`+person+`"]`, fmt.Sprintf(`document.body.dataset.me === %q`, person))
}

// presses uses the button with a label in the newest message.
func (v *visitor) presses(label string) {
	v.t.Helper()
	v.sees("the button "+label, fmt.Sprintf(`[...%s.querySelectorAll('button[data-action]')].some(b => b.innerText.trim() === %s)`, newest, strconv.Quote(label)))
	v.eval(fmt.Sprintf(`[...%s.querySelectorAll('button[data-action]')].find(b => b.innerText.trim() === %s).click()`, newest, strconv.Quote(label)))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// newcomer starts `visitprep try` and opens its page. The log must stay free of errors.
func newcomer(t *testing.T, change ...func(*config)) *visitor {
	t.Helper()
	cfg := must(loadConfig(""))
	for _, c := range change {
		c(cfg)
	}
	ctx := browser(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(t.Context())
	address, done := make(chan string, 1), make(chan error, 1)
	var log bytes.Buffer
	v := &visitor{t: t, ctx: ctx}
	go func() {
		done <- try(running, l, cfg, slog.New(slog.NewTextHandler(&log, nil)), func(a string) { address <- a })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("try ended with: %v", err)
		}
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, "level=ERROR") && (v.causes == "" || !strings.Contains(line, v.causes)) {
				t.Errorf("an error in the log: %s", line)
			}
		}
	})
	select {
	case v.address = <-address:
	case err := <-done:
		done <- err
		t.Fatalf("try: %v", err)
	}

	v.do("open the page", chromedp.EmulateViewport(1280, 860), chromedp.Navigate(v.address))
	v.sees("the workspace", `document.querySelector('#composer textarea')`)
	return v
}

// TestWalk is a newcomer's first five minutes: the whole program, in a browser.
func TestWalk(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	const mia, jonas, liwei = "U0MIACHEN01", "U0JONASWEB1", "U0LIWEI0001"
	const sourcing, acme = "C0SOURCING1", "C0ACMESHARE"
	v.actsAs(mia)
	v.opens(sourcing)

	// Questions and topics.
	v.types("/visit-prep what gift should I not bring", "Share in channel")
	v.picture("docs/screenshot.png")
	v.types("/visit-prep quality", "Asked for most")
	v.presses("Read from the start")
	v.sees("page 1 in place", newest+`.innerText.includes('Page 1 of')`)
	v.presses("Next page")
	v.sees("page 2 in place", newest+`.innerText.includes('Page 2 of')`)
	v.types("/etiquette", "Another tip")

	// Every button and menu that the answers offer.
	for _, line := range []string{"/visit-prep help", "/visit-prep quality", "/visit-prep what gift should I not bring", "/etiquette", "/etiquette phrases", "/visit-prep xylophone lessons"} {
		v.pressesEverything(line)
	}

	// Sharing.
	v.types("/visit-prep what gift should I not bring", "Share in channel")
	v.presses("Share in channel")
	v.sees("the shared answer", `document.querySelector('#messages').innerText.includes('Shared by')`)
	v.actsAs(jonas)
	v.opens(sourcing)
	v.sees("the answer as a colleague", `document.querySelector('#messages').innerText.includes('Shared by')`)

	// In a channel shared with another company it asks first.
	v.actsAs(mia)
	v.opens(acme)
	v.pressesEverything("/visit-prep") // no visit is planned here: the topics
	v.pastes("/visit-prep what gift should I not bring", "Share in channel")
	v.presses("Share in channel")
	v.sees("the question whether to share", newest+`.innerText.includes('shared with another company')`)
	v.presses("Share with everyone here")
	v.sees("the shared answer", `document.querySelector('#messages').innerText.includes('Shared by')`)
	v.actsAs(liwei)
	v.opens(acme)
	v.sees("the answer as the outsider", newest+`.innerText.includes('Shared by')`)
	v.sees("a button on it", newest+`.querySelector('button[data-action]')`)
	v.eval(newest + `.querySelector('button[data-action]').click()`)
	v.sees("a polite refusal", newest+`.innerText.includes('members of the workspace that installed it')`)

	// The Home tab.
	v.actsAs(mia)
	v.follows("#open-home", `document.querySelector('#home') && document.querySelector('#home').innerText.includes('A tip for today')`)
	v.eval(`[...document.querySelectorAll('#home button[data-action]')].find(b => b.innerText.trim() === 'Quality checks').click()`)
	v.sees("the topic on Home", `document.querySelector('#home').innerText.includes('Asked for most')`)
	v.eval(`[...document.querySelectorAll('#home button[data-action]')].find(b => b.innerText.trim() === 'Back to Home').click()`)
	v.sees("Home again", `document.querySelector('#home').innerText.includes('A tip for today')`)

	if n := v.eval(`document.querySelectorAll('#refused .refusal').length`); n != "0" {
		t.Errorf("the workspace refused %s calls:\n%s", n, v.eval(`document.querySelector('#refused').textContent`))
	}
}

// pressesEverything types a line and uses every button and every menu of the
// answer once, each on an answer of its own. Each must change the channel or open a form.
func (v *visitor) pressesEverything(line string) {
	v.t.Helper()
	const controls = newest + `.querySelectorAll('button[data-action], select[data-action]')`
	v.pastes(line, "")
	count, err := strconv.Atoi(v.eval(controls + `.length`))
	if err != nil || count == 0 {
		v.t.Fatalf("%s offers nothing to press (%v)", line, err)
	}
	for i := range count {
		if i > 0 {
			v.pastes(line, "")
		}
		at := fmt.Sprintf("%s[%d]", controls, i)
		label := v.eval(at + `.innerText.split('\n')[0]`)
		v.eval(`window.before = document.querySelector('#messages').innerText`)
		if v.eval(at+`.tagName`) == "SELECT" {
			v.eval(fmt.Sprintf(`(s => { s.value = [...s.options].filter(o => o.value).at(-1).value; s.dispatchEvent(new Event('change', {bubbles: true})) })(%s)`, at))
		} else {
			v.eval(at + `.click()`)
		}
		v.sees(fmt.Sprintf("what %q does after %s", label, line), `document.querySelector('#messages').innerText !== window.before || document.querySelector('#modal [data-submit-view]')`)
		v.eval(`document.querySelector('#modal [data-close-view]')?.click()`)
		v.sees("no form", `!document.querySelector('#modal > dialog')`)
	}
}

// picture compares what the README shows with what there is to see, and with -update
// remakes it. Both are looked at as tiles of 80 x 80 pixels, by their mean brightness: another
// answer, channel or layout changes 14 of 100 tiles or more, the fonts of another machine
// 1 of 100. A few other words it does not notice.
func (v *visitor) picture(file string) {
	v.t.Helper()
	shot, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		v.t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, shot, 0o644); err != nil {
			v.t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		v.t.Fatalf("the README's picture is missing; go test -run Walk -update . makes it: %v", err)
	}
	decode := func(raw []byte) image.Image {
		m, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			v.t.Fatal(err)
		}
		return m
	}
	was, is := decode(kept), decode(shot)
	if was.Bounds() != is.Bounds() {
		v.t.Fatalf("%s is %v, the page is %v; go test -run Walk -update . remakes it", file, was.Bounds(), is.Bounds())
	}
	old, other := tiles(was), 0
	for i, brightness := range tiles(is) {
		if math.Abs(brightness-old[i]) > 16 {
			other++
		}
	}
	if share := float64(other) / float64(len(old)); share > 0.05 {
		v.t.Errorf("%.0f%% of %s is not what the page shows; go test -run Walk -update . remakes it", 100*share, file)
	}
}

// tiles are the mean brightness, from 0 to 255, of an image's tiles, row by row.
func tiles(m image.Image) []float64 {
	const side = 80
	b := m.Bounds()
	columns, rows := b.Dx()/side, b.Dy()/side
	mean := make([]float64, columns*rows)
	for y := range rows * side {
		for x := range columns * side {
			grey := color.GrayModel.Convert(m.At(b.Min.X+x, b.Min.Y+y)).(color.Gray)
			mean[y/side*columns+x/side] += float64(grey.Y) / (side * side)
		}
	}
	return mean
}
