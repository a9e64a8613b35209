package main

import (
	"fmt"
	"strings"
	"testing"

	"visitprep/internal/localslack"
)

// TestScoreWalk looks at two years of factories as a buyer does: the table of all, the scorecard of
// one with its chart, in both themes, a delivery that is logged, and the yearly page. With -update
// it takes the pictures in docs/score.
func TestScoreWalk(t *testing.T) {
	t.Parallel()
	v := newcomer(t)
	taken := 0
	fits := func(name, part string) {
		t.Helper()
		taken++
		v.fits(fmt.Sprintf("docs/score/%02d-%s", taken, name), part)
	}
	v.actsAs(localslack.SampleMia)
	v.opens(localslack.SampleSourcing)
	v.sees("the sample", cardOf("Visit 1: Ningbo Bright Metal"))

	v.pastes("/factory score", "Scores of your factories")
	for _, name := range []string{"Ningbo Bright Metal", "Zhongshan Harbour Lamps", "Suzhou Clear Optics"} {
		v.sees(name, newest+`.innerText.includes('`+name+`')`)
	}
	fits("table", newest)

	v.picksIn(newest, "Zhongshan Harbour Lamps")
	v.sees("the scorecard", newest+`.innerText.includes('Scorecard: Zhongshan Harbour Lamps')`)
	v.sees("what is late", newest+`.innerText.includes('Risk class: High')`)
	const chart = newest + `.querySelector('figure.chart, .chart')`
	v.sees("its chart", chart)
	fits("chart", chart)
	v.wears(1280, "dark")
	fits("chart-dark", chart)
	v.wears(1280, "light")

	// Slack's charts have no gaps: a quarter without a score is seen in the plot.
	v.pastes("/factory score ningbo", "Scorecard: Ningbo Bright Metal")
	v.sees("the quarter without a score", newest+`.innerText.includes('no score')`)
	fits("card", newest)
	v.pressesIn(newest, "Plot as picture")
	v.sees("that it comes", newest+`.innerText.includes('The plot comes to you alone')`)
	v.pressesIn(newest, "Send plot on dark background")
	const direct = `document.body.dataset.here.startsWith('D')`
	v.follows(`[data-channel^="D"]`, direct)
	const plots = `[...document.querySelectorAll('#messages article.message .picture img')]`
	v.sees("both plots", plots+`.length === 2 && `+plots+`.every(i => i.complete && i.naturalWidth > 0)`)
	fits("plot", newest)
	v.opens(localslack.SampleSourcing)

	v.pastes("/factory score ningbo", "Scorecard: Ningbo Bright Metal")
	v.pressesIn(newest, "Log a delivery")
	v.sees("the form", `document.querySelector('#modal [data-block=order]')`)
	v.enters("order", "4598")
	v.enters("confirmed", runningDay(t, -6))
	v.enters("quantity", "2000")
	v.enters("shipped", runningDay(t, -7))
	v.enters("sent", "2000")
	fits("delivery", formOpen)
	v.submits("Save delivery", "4598")
	v.closes()

	v.pressesIn(newest, "Yearly page as PDF")
	v.follows(`[data-channel^="D"]`, direct)
	const file = `document.querySelector('#messages a[download="factory-year.pdf"]')`
	v.sees("the yearly page", file)
	fits("yearly-page", newest)
	if words, read := textOfPDF(t, v.downloads(file, "factory-year.pdf")); read {
		for _, want := range []string{"Ningbo Bright Metal", "Quality", "Delivery"} {
			if !strings.Contains(strings.Join(strings.Fields(words), " "), want) {
				t.Errorf("the yearly page does not say %q:\n%s", want, words)
			}
		}
	}
	if n := v.eval(`document.querySelectorAll('#refused .refusal').length`); n != "0" {
		t.Errorf("the workspace refused %s calls:\n%s", n, v.eval(`document.querySelector('#refused').textContent`))
	}
}
