package lang

import (
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message/catalog"
)

// English words every text as its key says, and what is counted as [singular] says where it is one.
func English() *Printer { return inEnglish() }

// inEnglish makes it once: a Mistake asks for it each time that it is logged.
var inEnglish = sync.OnceValue(func() *Printer {
	b := catalog.NewBuilder()
	for key, ones := range singular() {
		if err := b.Set(language.English, key, choice(key, ones)); err != nil {
			panic("lang: " + key + ": " + err.Error()) // the words are in the program
		}
	}
	return New(language.English, b)
})

// An ifOne is a text where the number at a place of it, counted from 1, is one.
type ifOne struct {
	at   int
	text string
}

// choice is the first of ones that holds, or the key.
func choice(key string, ones []ifOne) catalog.Message {
	if len(ones) == 0 {
		return catalog.String(key)
	}
	return plural.Selectf(ones[0].at, "%d", "=1", ones[0].text, "other", choice(key, ones[1:]))
}

// singular are the texts that count something of which there may be one. What is worded wholly
// otherwise, as "A critical finding is open.", is a text of its own where it is said.
func singular() map[string][]ifOne {
	return map[string][]ifOne{
		// scores
		"%d of %d lots passed first time":                             {{2, "%d of %d lot passed first time"}},
		"0 major faults in %d pieces (could be up to %s)":             {{1, "0 major faults in %d piece (could be up to %s)"}},
		"%d major faults in %d pieces":                                {{2, "%d major fault in %d piece"}, {1, "%d major fault in %d pieces"}},
		"%d of %d orders in full and on time":                         {{2, "%d of %d order in full and on time"}},
		"%d of %d actions done by their day and verified":             {{2, "%d of %d action done by its day and verified"}},
		"%d of %d certificates are valid":                             {{2, "%d of %d certificate is valid"}, {1, "%d of %d certificates is valid"}},
		"%d lots accepted in a row; no rule for high or low applies.": {{1, "%d lot accepted; no rule for high or low applies."}},
		"shipped on %s: %d of %d pieces":                              {{3, "shipped on %s: %d of %d piece"}},
		"%d of %d points, %s %%":                                      {{2, "%d of %d point, %s %%"}},
		"corrected %d times, the last: %s":                            {{1, "corrected once: %[2]s"}},
		"%d days late and not in full":                                {{1, "%d day late and not in full"}},
		"%d days late":                                                {{1, "%d day late"}},

		// cards and what is read from them
		"overdue by %d days": {{1, "overdue by %d day"}},
		"0 of %d pieces is no finding. Open it to undo it, or to write how many are bad.":           {{1, "0 of %d piece is no finding. Open it to undo it, or to write how many are bad."}},
		"0 of %d pieces is no finding. Press Undo finding, or Add words to write how many are bad.": {{1, "0 of %d piece is no finding. Press Undo finding, or Add words to write how many are bad."}},
		"0 of %d pieces is no finding. Leave out that line, or write how many are bad.":             {{1, "0 of %d piece is no finding. Leave out that line, or write how many are bad."}},
		"Later lots: not seen again in %d pieces":                                                   {{1, "Later lots: not seen again in %d piece"}},
		"Next lot: check at least %d pieces, or the AQL sample where that is more.":                 {{1, "Next lot: check at least %d piece, or the AQL sample where that is more."}},
		"Please pick the day on which the %d pieces were shipped.":                                  {{1, "Please pick the day on which the %d piece was shipped."}},
		"%s Test %d pieces.":      {{2, "%s Test %d piece."}},
		"Open %d of %d cartons.":  {{2, "Open %d of %d carton."}},
		"Open %d of %d cartons":   {{2, "Open %d of %d carton"}},
		"Opened %d of %d cartons": {{2, "Opened %d of %d carton"}},
		"And %d more plans. To see one, type its number: /inspection plan %d.": {{1, "And %d more plan. To see it, type its number: /inspection plan %d."}},

		// agreements
		"Agreement %d gives %d days for a claim. The document says from when they count.": {{2, "Agreement %d gives %d day for a claim. The document says from when it counts."}},
		"%s: it renews itself by %d months unless notice arrives by %s (%s).":             {{2, "%s: it renews itself by %d month unless notice arrives by %s (%s)."}},
		"renews itself by %d months after %s unless notice arrives by %s":                 {{1, "renews itself by %d month after %s unless notice arrives by %s"}},
		"Ends on %s, and then renews itself by %d months unless notice is given":          {{2, "Ends on %s, and then renews itself by %d month unless notice is given"}},
		"Notice: %d days":                                   {{1, "Notice: %d day"}},
		"Lead time: %d days from %s":                        {{1, "Lead time: %d day from %s"}},
		"Lead time: %d days. From which event is not said.": {{1, "Lead time: %d day. From which event is not said."}},
		"Warranty: %d months":                               {{1, "Warranty: %d month"}},
		"Claims within %d days":                             {{1, "Claims within %d day"}},
		"Spare parts for %d years":                          {{1, "Spare parts for %d year"}},
		"An answer is due within %d hours.":                 {{1, "An answer is due within %d hour."}},

		// what is left out of a page
		"… %d more lines in Slack": {{1, "… %d more line in Slack"}},
		"%d more parts in Slack":   {{1, "%d more part in Slack"}},
		"… and %d more lines":      {{1, "… and %d more line"}},
		"There are %d more.":       {{1, "There is %d more."}},

		// what was typed, and answers
		"The code has %d characters; a unified social credit code has 18.":                            {{1, "The code has %d character; a unified social credit code has 18."}},
		"That is %d lines, and %d in English. Please write one for each, in the same order, or none.": {{1, "That is %d line, and %d in English. Please write one for each, in the same order, or none."}},
		"%d hours and %d minutes": {{1, "%d hour and %d minutes"}},
		"Slack has asked me to slow down. Please try again in %d seconds.": {{1, "Slack has asked me to slow down. Please try again in %d second."}},
	}
}
