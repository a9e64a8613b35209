package localslack

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// offers are the ids of what the panel offers a person who looks at a channel.
func (d *pageDemo) offers(person, channel string) []string {
	d.t.Helper()
	me, _ := d.w.Person(person)
	var ids []string
	for _, group := range (&pageServer{w: d.w}).changes(me, channel) {
		if group.State == "" || group.Title == "" {
			d.t.Errorf("the group %s has no title or says nothing of now", group.ID)
		}
		for _, ch := range group.Changes {
			if ch.Label == "" || ch.Says == "" || len(ch.Choices) > 0 && ch.Ask == "" {
				d.t.Errorf("the change %s has no label, says nothing, or has a field without one", ch.ID)
			}
			if slices.Contains(ids, ch.ID) {
				d.t.Errorf("two changes have the id %s", ch.ID)
			}
			ids = append(ids, ch.ID)
		}
	}
	return ids
}

// changes posts one change and reports what the page would say of it.
func (d *pageDemo) changes(person, channel, action, value string) (status int, body string) {
	d.t.Helper()
	return d.post("/change", map[string]any{"as": person, "channel": channel, "action": action, "value": value})
}

// Each change is offered, works, and then another one is offered in its place.
func TestEachChangeIsMadeFromThePanel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, value string
		instead   string // is offered afterwards, and takes it back unless empty
		state     string // what the panel says of now
	}{
		{"share", "", "unshare", "shared with another company"},
		{"invite-company", "", "withdraw", "another company is invited"},
		{"archive", "", "unarchive", "archived"},
		{"make-private", "", "", "Private"},
		{"remove-app", "", "add-app", "Visit Prep is not in it"},
		{"rename", "sourcing-2", "rename", "#sourcing-2"},
		{"delete", "", "", "This channel is gone."},
		{"leave", jonasID, "join", "2 members"},
		{"guest", "", "full-member", "Guest in several channels"},
		{"single-guest", "", "full-member", "Guest in one channel"},
		{"deactivate", "", "reactivate", "account deactivated"},
		{"zone", "Asia/Tokyo", "zone", "time zone Asia/Tokyo"},
		{"locale", "zh-CN", "locale", "language zh-CN"},
		{"reload", "", "reload", "Full member"},
		{"add-person", "U0ANASILVA1", "add-person", "Ana Silva"},
		{"revoke", "token_revoked", "restore", "Every call answers token_revoked"},
		{"revoke", "invalid_auth", "restore", "Every call answers invalid_auth"},
		{"uninstall", "", "restore", "the app is uninstalled"},
		{"reinstall", "", "reinstall", "The token is good"},
		{"proxy", "407", "no-proxy", "a proxy answers HTTP 407"},
		{"limits", "", "no-limits", "rate limits are on"},
		{"slow", "1s", "quick", "answers take 1s"},
		{"lose", "", "no-lose", "Events are lost"},
		{"omit-team", "", "no-omit-team", "nothing says which workspace"},
		{"org", "", "no-org", "installed for the organisation"},
		{"undecodable", UndecodableMessage, "undecodable", "Events are delivered"},
		{"undecodable", UndecodableInteraction, "undecodable", "Events are delivered"},
		{"undecodable", UndecodableEvent, "undecodable", "Events are delivered"},
		{"undecodable", UndecodableGarbage, "undecodable", "Events are delivered"},
	} {
		t.Run(c.id+"/"+c.value, func(t *testing.T) {
			d := newPageDemo(t)
			d.get("/?key=" + pageKey)
			before := d.offers(miaID, sourcingID)
			if !slices.Contains(before, c.id) {
				t.Fatalf("offered are %v", before)
			}
			if status, body := d.changes(miaID, sourcingID, c.id, c.value); status != http.StatusNoContent {
				t.Fatalf("%d %s", status, body)
			}
			page := d.get("/" + link(miaID, sourcingID, ""))
			if !strings.Contains(page, c.state) {
				t.Errorf("the page does not say %q", c.state)
			}
			after := d.offers(miaID, sourcingID)
			if c.instead != "" && !slices.Contains(after, c.instead) {
				t.Errorf("%s is not offered afterwards, but %v", c.instead, after)
			}
			if c.instead == "" || c.instead == c.id || c.instead == "join" {
				return
			}
			if slices.Contains(after, c.id) {
				t.Errorf("%s is still offered", c.id)
			}
			if status, body := d.changes(miaID, sourcingID, c.instead, ""); status != http.StatusNoContent {
				t.Fatalf("taking it back: %d %s", status, body)
			}
			if back := d.offers(miaID, sourcingID); !slices.Equal(back, before) {
				t.Errorf("taken back, the panel offers %v, before it was %v", back, before)
			}
		})
	}
}

func TestOnlyWhatThePanelOffersIsDone(t *testing.T) {
	t.Parallel()
	d := newPageDemo(t)
	d.get("/?key=" + pageKey)
	for name, c := range map[string][4]string{
		"what is not offered now":        {miaID, sourcingID, "unshare", ""},
		"what never is":                  {miaID, sourcingID, "explode", ""},
		"a value that is not among them": {miaID, sourcingID, "revoke", "anything"},
		"a person who is nobody":         {"U0NOBODY", sourcingID, "share", ""},
		"a name that is none":            {miaID, sourcingID, "rename", "Two Words"},
		"a direct message":               {miaID, miaDM, "archive", ""},
		"no channel in view":             {miaID, "", "archive", ""},
		"an outsider as a guest":         {liweiID, acmeID, "guest", ""},
	} {
		if status, body := d.changes(c[0], c[1], c[2], c[3]); status != http.StatusUnprocessableEntity || body == "" {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	// A page that still shows a channel by its old id changes the same channel.
	if status, body := d.changes(miaID, sourcingID, "make-private", ""); status != http.StatusNoContent {
		t.Fatal(status, body)
	}
	if status, body := d.changes(miaID, sourcingID, "share", ""); status != http.StatusNoContent {
		t.Fatal(status, body)
	}
	if status, body := d.changes(miaID, sourcingID, "unshare", ""); status != http.StatusNoContent {
		t.Errorf("by the old id: %d %s", status, body)
	}
	if page := d.get("/" + link(miaID, sourcingID, "")); !strings.Contains(page, "<h1>#china-sourcing</h1>") {
		t.Error("the old address does not show the channel")
	}
}

// The panel is used with the keyboard, stays open while it is drawn again, and tells
// what is so now.
func TestChangePanelInABrowser(t *testing.T) {
	t.Parallel()
	newTab := newBrowser(t)
	d := newPageDemo(t)
	b := newTab()
	b.do(chromedp.Navigate(d.server.URL+"/"+link(miaID, sourcingID, "")+"&key="+pageKey), chromedp.WaitVisible(sel("#composer textarea")))
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#open-changes').focus()`), chromedp.KeyEvent("\r"), chromedp.WaitVisible(sel("#changes")))
	state := func(group, words string) {
		t.Helper()
		b.until(`document.querySelector('#changes-` + group + `-state').innerText.includes(` + toJSON(words) + `)`)
	}
	press := func(id string) {
		t.Helper()
		b.until(`!document.querySelector('#changes [aria-busy=true]')`)
		b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-change="`+id+`"]').focus()`), chromedp.KeyEvent(" "))
	}
	state("channel", "not shared")
	press("share")
	state("channel", "shared with another company")
	b.shows("can read everything here")
	if !strings.Contains(b.value(`String(document.querySelector('#changes').matches(':popover-open'))`), "true") {
		t.Error("the panel closed when it was drawn again")
	}
	b.do(chromedp.SetValue(sel("#change-join-value"), liweiID))
	press("join")
	state("channel", "4 members")
	b.do(chromedp.SetValue(sel("#change-rename-value"), "renamed"))
	press("rename")
	b.until(`document.querySelector('#changes-channel legend').innerText.includes('#renamed')`)
	press("deactivate")
	state("person", "account deactivated")
	b.shows("the account of Mia Chen is deactivated")
	press("reactivate")
	state("person", "account active")
	press("limits")
	state("connection", "rate limits are on")
	press("lose")
	state("delivery", "Events are lost")

	// What goes wrong is said above the panel.
	b.do(chromedp.SetValue(sel("#change-rename-value"), "general"))
	press("rename")
	b.do(chromedp.WaitVisible(sel("#toast")))
	b.until(`(t => { const r = t.getBoundingClientRect(); return t.contains(document.elementFromPoint(r.left + 20, r.top + r.height / 2)) })(document.querySelector('#toast'))`)

	// Every control has a name, and every button says what it does.
	if bad := b.value(`[...document.querySelectorAll('#changes select, #changes input')].filter(e => !e.labels.length).map(e => e.id)
		.concat([...document.querySelectorAll('#changes [data-change]')].filter(e => !document.getElementById(e.getAttribute('aria-describedby'))?.innerText).map(e => e.id)).join(' ')`); bad != "" {
		t.Errorf("without a name or a description: %s", bad)
	}
}

// TestPicturesOfTheChangePanel checks at the sizes that people use that nothing
// sticks out or is cut off.
func TestPicturesOfTheChangePanel(t *testing.T) {
	t.Parallel()
	newTab := newBrowser(t)
	d := newPageDemo(t)
	if err := d.w.SetGuest(jonasID, Restricted); err != nil {
		t.Fatal(err)
	}
	for _, theme := range []string{"light", "dark"} {
		for name, width := range map[string]int64{"wide": 1280, "narrow": 360} {
			b := newTab()
			b.do(chromedp.EmulateViewport(width, 780))
			if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}); err != nil {
				t.Fatal(err)
			}
			b.do(chromedp.Navigate(d.server.URL+"/"+link(miaID, sourcingID, "")+"&key="+pageKey), chromedp.WaitReady(sel("#sidebar a")))
			b.shot("sidebar-" + name + "-" + theme)
			b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#open-changes').click()`), chromedp.WaitVisible(sel("#changes")))
			if over := b.value(`[...document.querySelectorAll('#changes *')].filter(e => e.checkVisibility() && (e.getBoundingClientRect().right > innerWidth + 1 || e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')).map(e => e.tagName + '#' + e.id).slice(0, 3).join(' ')`); over != "" {
				t.Errorf("%s: wider than its place: %s", name, over)
			}
			b.shot("changes-" + name + "-" + theme)
			b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#changes').scrollTop = 1e6`))
			b.shot("changes-end-" + name + "-" + theme)
		}
	}
}
