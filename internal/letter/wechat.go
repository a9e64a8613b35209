package letter

import (
	"strconv"

	"visitprep/internal/civil"
)

// A Topic is a point of a letter that a short text is about.
type Topic struct {
	To    Text       // as they are addressed: Mr Wang, 王总
	Day   civil.Date // on which it was told: that of the visit
	N     int        // the number of the point in the letter, or of the finding
	About Text       // in a few words: corner guards, 包装护角; perhaps none
	Due   civil.Date // when an answer was planned
}

// Reminder asks how a point is going: its answer is due today, or was.
func (b *Book) Reminder(t Topic, today civil.Date, in Lang) string {
	id := "reminder"
	switch {
	case t.Due.IsZero() || t.Due == today:
	case today.Before(t.Due):
		id = "reminder-before"
	default:
		id = "reminder-after"
	}
	v := Values{"to": t.To.In(in), "day": Day(t.Day, in), "number": strconv.Itoa(t.N), "about": ""}
	if about := bare(t.About.In(in)); about != "" {
		v["about"] = b.Say(WeChat, "about", in, Values{"about": about})
	}
	if id != "reminder" {
		v["due"] = Day(t.Due, in)
	}
	return b.Say(WeChat, id, in, v)
}

// AskAgain thanks for an answer and asks for what it lacks, as somebody typed it.
func (b *Book) AskAgain(missing Text, in Lang) string {
	return b.Say(WeChat, "ask-again", in, Values{"missing": question(missing.In(in), in)})
}

// NotEnough says that a proof does not show the change yet, and what is missing.
func (b *Book) NotEnough(t Topic, missing Text, in Lang) string {
	return b.Say(WeChat, "not-enough", in, Values{"number": strconv.Itoa(t.N), "missing": question(missing.In(in), in)})
}

// Verified says that a point works and is closed.
func (b *Book) Verified(t Topic, in Lang) string {
	return b.Say(WeChat, "verified", in, Values{"number": strconv.Itoa(t.N)})
}

// question is a text that ends as a question or a sentence.
func question(s string, in Lang) string { return writer{in: in}.ended(s) }

func wechatSpec() spec {
	return spec{WeChat, []need{
		{"about", []string{"about"}},
		{"reminder", []string{"to", "day", "number", "about"}},
		{"reminder-before", []string{"to", "day", "number", "about", "due"}},
		{"reminder-after", []string{"to", "day", "number", "about", "due"}},
		{"ask-again", []string{"missing"}},
		{"not-enough", []string{"number", "missing"}},
		{"verified", []string{"number"}},
	}}
}
