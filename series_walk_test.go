package main

import "testing"

// TestSeriesWalk plans a series by menus in a browser, and opens the form that leaves an
// inspection out.
func TestSeriesWalk(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	v.actsAs("U0MIACHEN01")
	v.opens("C0SOURCING1")
	v.sees("the sample inspection", cardOf("Inspection 1: Ningbo Bright Metal"))

	// The menus, one after the other; what was entered before stays.
	v.eval(`(t => { t.value = '/inspection schedule'; t.form.requestSubmit() })(document.querySelector('#composer textarea'))`)
	v.sees("the form", formOpen+` && document.querySelector('#modal [data-block="repeat"]')`)
	v.enters("factory", "1")
	v.enters("type", "pre_shipment")
	v.eval(`document.querySelector('#modal [data-block="repeat"] input[value="again"]').click()`)
	v.sees("the menus", `document.querySelector('#modal [data-block="unit"]')`)
	v.enters("on", "last working day")
	v.sees("the dates", formOpen+`.innerText.includes('every 3 months on the last working day')`)
	v.enters("every", "2")
	v.sees("the dates", formOpen+`.innerText.includes('every second month on the last working day')`)
	v.sees("what was entered before", `document.querySelector('#modal select[data-block="type"]').value === 'pre_shipment'`)
	v.shoot("series")
	v.pressesIn(formOpen, "Save plan")
	v.sees("the form closed", `!`+formOpen)
	v.sees("the plan", `document.querySelector('#messages').innerText.includes('New inspection plan')`)

	v.eval(`(t => { t.value = '/inspection skip 1'; t.form.requestSubmit() })(document.querySelector('#composer textarea'))`)
	v.sees("the form", formOpen+` && document.querySelector('#modal [data-block="result"]')`)
	v.sees("that it is left out", `document.querySelector('#modal [data-block="result"] input:checked')?.value === 'skipped'`)
	v.shoot("skip")
}
