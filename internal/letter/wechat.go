package letter

import (
	"strconv"

	"visitprep/internal/civil"
)

// A Topic is a point of a letter that a short text is about.
type Topic struct {
	To     Text       // as they are addressed: Mr Wang, 王总
	Day    civil.Date // on which it was told or found: that of the visit
	N      int        // the number of the point in the letter; 0 where no letter has told of it
	About  Text       // in a few words: corner guards, 包装护角; perhaps none
	Due    civil.Date // when an answer was planned, or what was agreed is to be done; perhaps never
	Agreed bool       // what is to be done is agreed, so that Due is the day for it
	Lot    bool       // what becomes of the lot has still to be said
}

// Reminder asks how a point is going: by its day, where it has one, and by what is due on that.
func (b *Book) Reminder(t Topic, today civil.Date, in Lang) string {
	id := "reminder"
	if t.Agreed {
		id = "agreed"
	}
	v := Values{"to": t.To.In(in), "point": b.point(t, in), "lot": ""}
	switch {
	case t.Due.IsZero():
		id = "reminder-open"
	case today.Before(t.Due):
		id += "-before"
	case today.After(t.Due):
		id += "-after"
	}
	if !t.Due.IsZero() {
		v["due"] = Day(t.Due, in)
	}
	if t.Lot {
		v["lot"] = b.Say(WeChat, "lot", in, nil)
	}
	return b.Say(WeChat, id, in, v)
}

// point names a point as the factory knows it: by its number in the letter that told of it, else by
// the day alone.
func (b *Book) point(t Topic, in Lang) string {
	v := Values{"day": Day(t.Day, in), "about": ""}
	if about := bare(t.About.In(in)); about != "" {
		v["about"] = b.Say(WeChat, "about", in, Values{"about": about})
	}
	if t.N == 0 {
		return b.Say(WeChat, "found", in, v)
	}
	v["number"] = strconv.Itoa(t.N)
	return b.Say(WeChat, "point", in, v)
}

// AskAgain thanks for an answer and asks for what it lacks, as somebody typed it.
func (b *Book) AskAgain(missing Text, in Lang) string {
	return b.Say(WeChat, "ask-again", in, Values{"missing": question(missing.In(in), in)})
}

// NotEnough says that a proof does not show the change yet, and what is missing.
func (b *Book) NotEnough(t Topic, missing Text, in Lang) string {
	return b.Say(WeChat, "not-enough", in, Values{"point": b.point(t, in), "missing": question(missing.In(in), in)})
}

// Verified says that a point works and is closed.
func (b *Book) Verified(t Topic, in Lang) string {
	return b.Say(WeChat, "verified", in, Values{"point": b.point(t, in)})
}

// question is a text that ends as a question or a sentence.
func question(s string, in Lang) string { return writer{in: in}.ended(s) }

func wechatSpec() spec {
	return spec{WeChat, []need{
		{"about", []string{"about"}},
		{"point", []string{"number", "day", "about"}},
		{"found", []string{"day", "about"}},
		{"lot", nil},
		{"reminder-open", []string{"to", "point", "lot"}},
		{"reminder", []string{"to", "point", "lot"}},
		{"reminder-before", []string{"to", "point", "lot", "due"}},
		{"reminder-after", []string{"to", "point", "lot", "due"}},
		{"agreed", []string{"to", "point", "lot"}},
		{"agreed-before", []string{"to", "point", "lot", "due"}},
		{"agreed-after", []string{"to", "point", "lot", "due"}},
		{"ask-again", []string{"missing"}},
		{"not-enough", []string{"point", "missing"}},
		{"verified", []string{"point"}},
	}}
}
