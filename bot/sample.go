package bot

import (
	"context"
	"math"
	"strconv"
	"strings"

	"visitprep/internal/blocks"
	"visitprep/internal/sampling"
)

// actSample looks up a sample once more, as its value says it: "3000 II 2.5 4.0 normal".
const actSample blocks.ActionID = "sample"

// samples answer how many pieces of a lot are looked at. Anybody may ask: the tables are no
// secret of anybody's.
type samples struct {
	*core
	directory *directory
	replies   *replies
}

// command answers /inspection sample.
func (sm *samples) command(ctx context.Context, q request) (*blocks.Message, error) {
	return sm.lookUp(sm.directory.printer(ctx, q.team, q.user), q.rest)
}

// click answers a button that offers another reading or the one letter for all.
func (sm *samples) click(ctx context.Context, c click) error {
	m, err := sm.lookUp(sm.directory.printer(ctx, c.team, c.user), string(c.about))
	return sm.replies.replyPrivately(ctx, c, sm.replies.orApologyTo(c.team, c.user, "look up a sample", m, err))
}

// lookUp answers what somebody typed.
func (sm *samples) lookUp(p blocks.Printer, typed string) (*blocks.Message, error) {
	q, trouble := sampling.Read(typed)
	if trouble != nil {
		m := blocks.Said(troubleWords(p, trouble))
		if trouble.Problem == sampling.LotUnclear {
			m.Add(blocks.Actions(blocks.Button(actSample.With("meant"), blocks.Subject(trouble.Asked.String()), p.T("Yes, %d pieces", trouble.Asked.Lot))))
		}
		return m, nil
	}
	plans, err := q.Plans()
	if err != nil {
		return nil, err
	}
	m := sampleMessage(p, plans)
	opened := p.T("Open as many cartons as the square root of their number, rounded up: of 100 cartons, 10.")
	if q.Cartons > 0 {
		opened = p.T("Open %d of %d cartons.", sampling.ToOpen(q.Cartons), q.Cartons)
	}
	m.Say(opened)
	m.Add(blocks.Note(blocks.Escape(standing(p, plans))))
	m.Text.Line(standing(p, plans))
	if same, ok := sampling.OneLetter(plans); ok && !q.OneLetter {
		q.OneLetter = true
		words := p.T("If you have agreed so with the factory, letter %s can be used for both classes: %d pieces.", same[0].Used, same[0].Pieces())
		m.Say(words)
		m.Add(blocks.Actions(blocks.Button(actSample.With("one"), blocks.Subject(q.String()), p.T("Use letter %s for both", same[0].Used))))
	}
	return m, nil
}

// troubleWords says what is wrong with what was typed, and what to type.
func troubleWords(p blocks.Printer, t *sampling.Trouble) string {
	word := blocks.Clip(t.Word, 60)
	switch t.Problem {
	case sampling.LotUnclear:
		return p.T("Did you mean a lot of %d pieces by %q?", t.Asked.Lot, word)
	case sampling.LotOfOne:
		return p.T("One piece is no lot to take a sample from. Inspect it.")
	case sampling.LotTooSmall:
		return p.T("A lot has at least 2 pieces. Type the number of pieces, for example /inspection sample 3000.")
	case sampling.LotTooLarge:
		return p.T("The tables are used for up to %d pieces. Please split the lot, and type the number of pieces of one part.", sampling.MaxLot)
	case sampling.LotNotWhole:
		return p.T("%q is not a number of pieces. The lot comes first: type, for example, /inspection sample 3000 II 2.5 4.0.", word)
	case sampling.LotRange:
		return p.T("A lot is one number of pieces, not %q. Type, for example, /inspection sample 3000.", word)
	case sampling.NoStep:
		if len(t.Near) == 1 {
			return p.T("AQL %s is not a step of the standard. The nearest is %s.", word, string(t.Near[0]))
		}
		return p.T("AQL %s is not a step of the standard. Do you mean %s or %s?", word, string(t.Near[0]), string(t.Near[1]))
	case sampling.ZeroAQL:
		return p.T("AQL 0 is not a step of the standard. It is short for critical defects: one of them, and the lot is not accepted. That is so in every sample here. For major and minor defects type, for example, 2.5 4.0.")
	case sampling.CriticalAQL:
		return p.T("Critical defects have no AQL here: one of them, and the lot is not accepted. Leave out %q.", word)
	case sampling.NoLevel:
		return p.T("There is no level %q. The levels are I, II and III, and S-1 to S-4 for small samples.", strings.ToUpper(word))
	case sampling.NoCartons:
		return p.T("%q is not a number of cartons. Type, for example, /inspection sample 3000 in 100 cartons.", word)
	case sampling.SaidTwice:
		return p.T("I can't use %q: something else is there for that already. Type the lot, one level, and the AQLs for major and minor defects: /inspection sample 3000 II 2.5 4.0.", word)
	case sampling.UnknownWord:
		return p.T("I don't know what %q is here. Type the lot, and if you like a level, the AQLs for major and minor defects, and tightened or reduced: /inspection sample 3000 II 2.5 4.0 tightened.", word)
	}
	return p.T("How many pieces has the lot? Type, for example, /inspection sample 3000. With a level and AQLs: /inspection sample 3000 II 2.5 4.0.")
}

// className is the name of the class at place n of the plans: major and minor.
func className(p blocks.Printer, n int) string {
	if n == 0 {
		return p.T("Major")
	}
	return p.T("Minor")
}

// sampleMessage is the sample of a lot for major and minor defects: how many pieces, how many
// may be bad, and what has to be known about it.
func sampleMessage(p blocks.Printer, plans []sampling.Plan) *blocks.Message {
	m := new(blocks.Message)
	largest := largestOf(plans)
	if largest.All() {
		m.Title(p.T("Look at all %d pieces", largest.Lot))
	} else {
		m.Title(p.T("Draw %d of %d pieces", largest.Pieces(), largest.Lot))
	}
	table := []string{
		p.T("Class | Pieces | Accept | Reject"),
		p.T("%s | %d | %d | %d", p.T("Critical"), largest.Pieces(), 0, 1),
	}
	spoken := []string{p.T("Critical: one, and the lot is not accepted.")}
	for n, plan := range plans {
		table = append(table, p.T("%s | %d | %d | %d", className(p, n), plan.Pieces(), plan.Accept, plan.Reject))
		spoken = append(spoken, p.T("%s: %d pieces, accept %d, reject %d.", className(p, n), plan.Pieces(), plan.Accept, plan.Reject))
	}
	m.Add(blocks.Section(blocks.Body(strings.Join(table, "\n"))))
	for _, line := range spoken {
		m.Text.Line(line)
	}
	for _, words := range sampleNotes(p, plans) {
		m.Say(words)
	}
	return m
}

func largestOf(plans []sampling.Plan) sampling.Plan {
	largest := plans[0]
	for _, plan := range plans {
		if plan.Sample > largest.Sample {
			largest = plan
		}
	}
	return largest
}

// sampleNotes are the words for what a table does not show: each arrow, a sample that is the
// whole lot, samples of different sizes, AQLs that look swapped, what is counted, and what the
// sample can see.
func sampleNotes(p blocks.Printer, plans []sampling.Plan) (notes []string) {
	largest := largestOf(plans)
	for n, plan := range plans {
		switch plan.Arrow {
		case sampling.Down:
			notes = append(notes, p.T("%s: letter %s has no plan for AQL %s. The arrow points down to letter %s, a larger sample.", className(p, n), plan.Letter, string(plan.AQL), plan.Used))
		case sampling.Up:
			notes = append(notes, p.T("%s: letter %s has no plan for AQL %s. The arrow points up to letter %s, a smaller sample.", className(p, n), plan.Letter, string(plan.AQL), plan.Used))
		}
	}
	if largest.All() {
		notes = append(notes, p.T("The sample is as large as the lot, so look at every piece. How many may be bad stays as it is."))
	}
	for n, plan := range plans {
		if plan.Pieces() < largest.Pieces() {
			notes = append(notes, p.T("%s: count only what is in the first %d pieces that you draw.", className(p, n), plan.Pieces()))
		}
	}
	if plans[0].AQL.Value() > plans[1].AQL.Value() {
		notes = append(notes, p.T("AQL %s for major and %s for minor defects lets more of the worse ones pass. Check that the two are not swapped.", string(plans[0].AQL), string(plans[1].AQL)))
	}
	notes = append(notes, countsWords(p, plans))
	if sees := seesWords(p, plans[0]); sees != "" {
		notes = append(notes, sees)
	}
	for n, plan := range plans {
		if plan.Disputed != nil {
			notes = append(notes, p.T("%s: public sources disagree here. Another has %d pieces and accepts %d; the stricter one is shown. Look into your own copy of the standard.", className(p, n), plan.Disputed.Sample, plan.Disputed.Accept))
		}
	}
	if plans[0].Severity == sampling.Reduced {
		notes = append(notes, p.T("Reduced inspection is only for a product whose lots ran well for a long time, and only if you have decided so. If one lot is not accepted, go back to normal."))
	}
	return notes
}

// countsWords says what is counted.
func countsWords(p blocks.Printer, plans []sampling.Plan) string {
	for _, plan := range plans {
		if plan.AQL.Defects() {
			return p.T("Above AQL 10 defects are counted, and one piece can have several.")
		}
	}
	return p.T("A piece with several defects counts once, under the worst.")
}

// seesWords says what the sample for major defects can see, empty where it is the whole lot
// or counts defects.
func seesWords(p blocks.Printer, plan sampling.Plan) string {
	if plan.All() || plan.AQL.Defects() {
		return ""
	}
	none := p.T("None bad among %d can still mean up to %s %% in the lot.", plan.Sample, oneDecimal(100*sampling.AtMost(plan.Sample)))
	times := int(math.Round(100 * plan.Acceptance(0.1)))
	switch times {
	case 0:
		return p.T("What it sees: a lot with 10 %% bad pieces is hardly ever accepted.") + " " + none
	case 1:
		return p.T("What it sees: a lot with 10 %% bad pieces is still accepted once in 100.") + " " + none
	}
	return p.T("What it sees: a lot with 10 %% bad pieces is still accepted %d times in 100.", times) + " " + none
}

// oneDecimal is a number as people write it: 13.9, 2.4.
func oneDecimal(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// standing is what was looked up, and where.
func standing(p blocks.Printer, plans []sampling.Plan) string {
	major, minor := plans[0], plans[1]
	if major.Severity != minor.Severity {
		return p.T("Level %s, AQL %s for major and %s for minor defects, %s inspection for major and %s for minor defects, letter %s. %s",
			string(major.Level), string(major.AQL), string(minor.AQL), strictnessWord(p, major.Severity), strictnessWord(p, minor.Severity), major.Letter, sampling.Standard)
	}
	return p.T("Level %s, AQL %s for major and %s for minor defects, %s inspection, letter %s. %s",
		string(major.Level), string(major.AQL), string(minor.AQL), strictnessWord(p, major.Severity), major.Letter, sampling.Standard)
}

// strictnessWord is how strictly a lot is judged, in words.
func strictnessWord(p blocks.Printer, s sampling.Severity) string {
	switch s {
	case sampling.Tightened:
		return p.T("tightened")
	case sampling.Reduced:
		return p.T("reduced")
	case sampling.Stopped:
		return p.T("stopped")
	}
	return p.T("normal")
}
