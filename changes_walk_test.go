package main

import (
	"fmt"
	"strconv"
	"testing"
)

// changes presses a button of the panel "Change the workspace", with a value for its
// field if it has one, and waits until the panel says what is so now.
func (v *visitor) changes(id, value, group, now string) {
	v.t.Helper()
	button := fmt.Sprintf(`document.querySelector('#changes [data-change="%s"]')`, id)
	v.sees("the change "+id, button+` && !document.querySelector('#changes [aria-busy=true]')`)
	if value != "" {
		v.eval(fmt.Sprintf(`document.getElementById('change-%s-value').value = %s`, id, strconv.Quote(value)))
	}
	v.eval(button + ".click()")
	v.sees(fmt.Sprintf("after %s %s that now it is %q", id, value, now), fmt.Sprintf(
		`!document.querySelector('#changes [aria-busy=true]') && document.querySelector('#changes-%s').innerText.includes(%s)`, group, strconv.Quote(now)))
	if said := v.eval(`document.querySelector('#toast').matches(':popover-open') && document.querySelector('#toast').innerText`); said != "false" {
		v.t.Errorf("%s %s: %s", id, value, said)
	}
}

func (v *visitor) opensPanel() {
	v.t.Helper()
	v.sees("the way to the panel", `document.querySelector('#open-changes')`)
	v.eval(`document.querySelector('#changes').showPopover()`)
}

// TestChangesWalk makes every change of the panel with the whole program behind it.
func TestChangesWalk(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	const mia, jonas, liwei = "U0MIACHEN01", "U0JONASWEB1", "U0LIWEI0001"
	v.actsAs(jonas)
	v.opens("C0GENERAL01")
	v.opensPanel()
	v.shoot("changes")

	// The channel.
	v.changes("invite-company", "", "channel", "another company is invited")
	v.changes("withdraw", "", "channel", "not shared")
	v.changes("share", "", "channel", "shared with another company")
	v.changes("join", liwei, "channel", "3 members")
	v.changes("unshare", "", "channel", "2 members")
	v.changes("add-app", "", "channel", "Visit Prep is in it")
	v.changes("archive", "", "channel", "archived")
	v.changes("unarchive", "", "channel", "Archive channel")
	v.changes("leave", mia, "channel", "2 members")
	v.changes("join", mia, "channel", "3 members")
	v.changes("rename", "all-of-us", "channel", "#all-of-us")
	v.changes("make-private", "", "channel", "Private")
	v.changes("share", "", "channel", "Private, shared with another company")
	if at := v.eval(`document.querySelector('#composer form').dataset.channelId`); at == "C0GENERAL01" {
		t.Error("a private channel that was shared kept its id")
	}
	v.changes("remove-app", "", "channel", "Visit Prep is not in it")
	v.changes("delete", "", "channel", "This channel is gone.")

	// The person.
	v.changes("guest", "", "person", "Guest in several channels")
	v.changes("single-guest", "", "person", "Guest in one channel")
	v.changes("full-member", "", "person", "Full member")
	v.changes("zone", "Asia/Shanghai", "person", "Asia/Shanghai")
	v.changes("locale", "de-DE", "person", "language de-DE")
	v.changes("deactivate", "", "person", "account deactivated")
	v.changes("reactivate", "", "person", "account active")
	v.changes("add-person", "U0ANASILVA1", "person", "Zhang Min")
	v.sees("the colleague of a sister workspace", `document.querySelector('#sidebar [data-as=U0ANASILVA1]')`)

	// The connection, and the delivery.
	v.changes("limits", "", "connection", "rate limits are on")
	v.changes("no-limits", "", "connection", "rate limits are off")
	v.changes("slow", "1s", "connection", "answers take 1s")
	v.changes("quick", "", "connection", "The token is good, rate limits are off")
	v.changes("proxy", "407", "connection", "a proxy answers HTTP 407")
	v.changes("no-proxy", "", "connection", "Put proxy in the way")
	v.changes("revoke", "invalid_auth", "connection", "Every call answers invalid_auth")
	v.changes("restore", "", "connection", "The token is good")
	v.changes("reinstall", "", "connection", "The token is good")
	v.changes("lose", "", "delivery", "Events are lost")
	v.changes("no-lose", "", "delivery", "Events are delivered")
	v.changes("omit-team", "", "delivery", "nothing says which workspace a person is of")
	v.changes("no-omit-team", "", "delivery", "each says which workspace its person is of")
	v.changes("org", "", "delivery", "installed for the organisation")
	v.changes("no-org", "", "delivery", "installed for this workspace")

	// What only one person could see is gone after they reload.
	v.opens("C0SOURCING1")
	v.pastes("/visit-prep quality", "Asked for most")
	v.opensPanel()
	v.changes("reload", "", "person", "Full member")
	v.sees("that the answer is gone", `!document.querySelector('#messages').innerText.includes('Page 1 of')`)
	v.causes = "the connection to Slack has failed; reminders wait until it is back"
	v.changes("uninstall", "", "connection", "the app is uninstalled")
	v.changes("restore", "", "connection", "The token is good")
}

// TestUnreadableWalk sends the app what its library cannot read: it acknowledges each,
// and a mention in such a message is answered.
func TestUnreadableWalk(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	v.actsAs("U0MIACHEN01")
	v.opens("C0SOURCING1")
	v.opensPanel()
	for _, kind := range []string{"event", "garbage", "interaction", "message"} {
		v.changes("undecodable", kind, "delivery", "Events are delivered")
	}
	v.sees("an answer in the thread of the mention", newest+`.innerText.includes('how do I know it is a real factory') && `+newest+`.innerText.includes('1 reply')`)
}

// TestSharedWalk shares the channel in which the sample visit is: its card is drawn
// again without what is sensitive, and the outsider who joins reads nothing of it.
func TestSharedWalk(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	const mia, liwei, sourcing = "U0MIACHEN01", "U0LIWEI0001", "C0SOURCING1"
	v.actsAs(mia)
	v.opens(sourcing)
	visit, inspection := cardOf("Visit 1: Ningbo Bright Metal"), cardOf("Inspection 1: Ningbo Bright Metal")
	v.sees("the sample visit", visit)
	v.sees("the sample inspection", inspection+`?.innerText.includes('Earlier results')`)
	// The sensitive items count among the visit's.
	const counted = `.innerText.match(/\d+ of (\d+) done/)?.[1]`
	before := v.eval(visit + counted)

	// An audit, of which another company reads nothing at all.
	v.plansAudit()
	audit := cardOf("Visit 11: Hangzhou Fine Castings")
	v.sees("the audit", audit+`?.innerText.includes('Supplier audit')`)

	v.opensPanel()
	v.changes("share", "", "channel", "shared with another company")
	v.changes("join", liwei, "channel", "4 members")
	redrawn := func() {
		t.Helper()
		v.sees("the visit's card without its sensitive items", visit+counted+` && Number(`+visit+counted+`) < `+before)
		v.sees("the inspection's card without its history", inspection+` && !`+inspection+`.innerText.includes('Earlier results')`)
		v.sees("the audit's card without its purpose", audit+` && !`+audit+`.innerText.includes('udit')`)
	}
	redrawn()
	v.shoot("shared")
	v.actsAs(liwei)
	v.opens(sourcing)
	redrawn()

	// Unshared, the team reads all again.
	v.actsAs(mia)
	v.opens(sourcing)
	v.opensPanel()
	v.changes("unshare", "", "channel", "not shared")
	v.sees("the whole card again", visit+counted+` === `+strconv.Quote(before))
}

// plansAudit plans a supplier audit in the channel in view, by the form.
func (v *visitor) plansAudit() {
	v.t.Helper()
	v.eval(`(t => { t.value = '/visit-prep plan'; t.form.requestSubmit() })(document.querySelector('#composer textarea'))`)
	v.sees("the form", formOpen+` && document.querySelector('#modal [data-block="purpose"]')`)
	v.enters("factory", "new")
	v.enters("factory_name", "Hangzhou Fine Castings")
	v.enters("purpose", "supplier_audit")
	v.enters("first", runningDay(v.t, 20))
	v.pressesIn(formOpen, "Plan visit")
	v.sees("that it is planned", formOpen+`?.innerText.includes('is planned')`)
	v.pressesIn(formOpen, "Close")
	v.sees("the form closed", `!`+formOpen)
}
