package visit

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// The most that a letter may have, in characters unless said otherwise.
const (
	MaxStrengths = 6 // lines
	MaxStrength  = 200
	MaxPoints    = 30 // findings
)

// A Bilingual is a text in English and in Chinese, each as a person typed it.
type Bilingual struct {
	EN string `json:",omitempty"`
	ZH string `json:",omitempty"`
}

// IsZero reports whether it says nothing.
func (b Bilingual) IsZero() bool { return b == Bilingual{} }

// A Letter is a letter to a factory as somebody asked for it: what they typed, and which
// findings it tells of. Their words are read when it is written.
type Letter struct {
	Workspace string
	Number    int // short, its own in each workspace
	Rev       int // counts every change
	Subject   Subject
	To        Bilingual   // as they are addressed: Mr Wang, 王总
	Escort    Bilingual   // who looked after us; perhaps nobody
	Strengths []Bilingual // what was good
	Findings  []int       // their numbers, in the order of the letter
	ReplyBy   civil.Date  // a working day of the factory
	LotBy     civil.Date  // until when the factory says what becomes of the lot; zero where it is not asked
	English   bool        // it is written in English
	Chinese   bool        // it is written in Chinese
	From      string      // who signs
	Made      Mark
	Sent      Mark // somebody says that they have sent it
}

// Normalize tidies what was typed.
func (l *Letter) Normalize() {
	for _, b := range append([]*Bilingual{&l.To, &l.Escort}, pointers(l.Strengths)...) {
		b.EN, b.ZH = chars.Line(b.EN), chars.Line(b.ZH)
	}
	l.From = chars.Line(l.From)
	l.Strengths = slices.DeleteFunc(slices.Clone(l.Strengths), Bilingual.IsZero)
}

// KeepChinese takes over the Chinese of the same words from the letter as it was, where l has none:
// a colleague has typed it while the form of l stood open.
func (l *Letter) KeepChinese(was *Letter) {
	keep := func(b *Bilingual, was ...Bilingual) {
		if n := slices.IndexFunc(was, func(w Bilingual) bool { return w.EN == b.EN }); n >= 0 && b.ZH == "" && b.EN != "" {
			b.ZH = was[n].ZH
		}
	}
	keep(&l.To, was.To)
	keep(&l.Escort, was.Escort)
	l.Strengths = slices.Clone(l.Strengths)
	for i := range l.Strengths {
		keep(&l.Strengths[i], was.Strengths...)
	}
}

func pointers[T any](of []T) (ps []*T) {
	for i := range of {
		ps = append(ps, &of[i])
	}
	return ps
}

// Check reports every mistake in l. today is the day at the factory, which is in zone: the letter
// never names a day on which it is closed.
func (l *Letter) Check(t *Timing, today civil.Date, zone string) error {
	var es InputErrors
	if l.To.IsZero() {
		es.add("to", "Please write whom the letter is to, such as Mr Wang / 王总.")
	}
	for _, n := range []struct{ field, text string }{{"to", l.To.EN}, {"to", l.To.ZH}, {"escort", l.Escort.EN}, {"escort", l.Escort.ZH}, {"from", l.From}} {
		es.checkText(n.field, "", n.text, MaxName)
	}
	if chars.Blank(l.From) {
		es.add("from", "Please write who signs the letter.")
	}
	switch n := len(l.Strengths); {
	case n == 0:
		es.add("strengths", "Nothing to send yet: a letter begins with what was good. Please write one line at least, and be specific.")
	case n > MaxStrengths:
		es.add("strengths", "That is %d lines; please use at most %d.", n, MaxStrengths)
	}
	for _, s := range l.Strengths {
		es.checkText("strengths", "", s.EN, MaxStrength)
		es.checkText("strengths_zh", "", s.ZH, MaxStrength)
	}
	switch n := len(l.Findings); {
	case n == 0:
		es.add("findings", "Nothing to send yet: please pick one finding at least.")
	case n > MaxPoints:
		es.add("findings", "That is %d findings; a letter has at most %d.", n, MaxPoints)
	}
	if !l.English && !l.Chinese {
		es.add("languages", "Please pick one language at least.")
	}
	es.checkReply(l.ReplyBy, t, today, zone)
	return es.orNil()
}

func (es *InputErrors) checkReply(day civil.Date, t *Timing, today civil.Date, zone string) {
	switch closed, is := t.ClosedOn(day, zone); {
	case day.IsZero():
		es.add("reply_by", "Please pick the day by which you ask for an answer.")
	case day.Before(today):
		es.add("reply_by", "That day is over. Please pick one from today on.")
	case day.Year > MaxYear:
		es.add("reply_by", "Please pick a day up to %d.", MaxYear)
	case is:
		es.add("reply_by", "The factory is expected to be closed on that day. Its next working day is %s: did you mean that?", lang.Date{Time: closed.Next.Start(time.UTC), Layout: "Mon 2 January 2006"})
	}
}

// AskOfLot has the factory say what becomes of the lot within two of its working days, where that
// is before the answer to everything.
func (l *Letter) AskOfLot(t *Timing, today civil.Date, zone string) {
	l.LotBy = civil.Date{}
	day := today
	for range 2 {
		next, closed := t.ClosedOn(day.AddDays(1), zone)
		if day = day.AddDays(1); closed {
			day = next.Next
		}
	}
	if day.Before(l.ReplyBy) {
		l.LotBy = day
	}
}

// MarkSent records that somebody says that they have sent it. It reports false where that was
// said before.
func (l *Letter) MarkSent(by string, now time.Time) bool {
	if l.Sent.IsSet() {
		return false
	}
	l.Sent = Mark{By: by, At: now}
	return true
}

// ForLetter reports whether a letter may tell of the finding as it is now.
func (f *Finding) ForLetter() bool {
	return f.ForFactory && f.HasAction() && f.Sorted() && !chars.Blank(f.Text)
}

// Asks reports whether the letter has the factory answer about a finding as it is now. About an
// idea nobody asks.
func (l *Letter) Asks(f *Finding) bool { return l.Tells(f) && f.Kind != Idea }

// AsksOfLot reports whether the letter asks what becomes of the lot because of a finding.
func (l *Letter) AsksOfLot(f *Finding) bool {
	return !l.LotBy.IsZero() && f.Kind == OfProduct && f.serious()
}

// lotHour is the hour at the factory by which it is asked what becomes of the lot.
const lotHour = 17

// LotTill is the instant of a day by which the factory is to say what becomes of the lot; the zero
// one of no day. zone is the factory's.
func LotTill(day civil.Date, zone string) time.Time {
	if day.IsZero() {
		return time.Time{}
	}
	return day.At(lotHour, 0, mustZone(zone))
}

// LotOver reports whether the day by which the letter asks what becomes of the lot is over.
func (l *Letter) LotOver(zone string, now time.Time) bool {
	return !l.LotBy.IsZero() && !LotTill(l.LotBy, zone).After(now)
}

// ReplyOver is the mistake of a letter whose day for the answer is over.
func ReplyOver() error {
	return Invalid("reply_by", "The letter asks for an answer by a day that has passed. Please edit it and give another day.")
}

// Tells reports whether a finding as it is now stands in the letter. What was moved elsewhere or is
// only for us now does not.
func (l *Letter) Tells(f *Finding) bool { return f.Subject == l.Subject && f.ForLetter() }

// MarkAsked has the factory of a finding answer by the days that the letter names. It reports false
// where nothing waits for its answer, and then nothing changes. zone is the factory's.
func (l *Letter) MarkAsked(f *Finding, a *Action, zone string, d Doer) (bool, error) {
	if !l.Asks(f) || a.State != ActionOpen {
		return false, nil
	}
	if till := LotTill(l.LotBy, zone); l.AsksOfLot(f) && a.Contained == nil && till.After(d.Now) {
		if err := a.SetContainBy(f, till, d); err != nil {
			return false, err
		}
	}
	return true, a.SetDue(f, l.ReplyBy, "", d)
}

// Forms are the two forms of an address in one text, "Mr Wang / 王总": the part with Chinese
// characters, and the other one. Without a stroke between them it is cut where the script
// changes, "Mr Wang 王总", unless it is doubtful whether those are two forms.
func Forms(s string) (b Bilingual) {
	var en, zh []string
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("/／|｜", r) })
	for _, part := range parts {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if !HasHan(part) {
			en = append(en, part)
			continue
		}
		if two, ok := atScript(part); ok && len(parts) == 1 {
			return two
		}
		zh = append(zh, part)
	}
	return Bilingual{strings.Join(en, " "), strings.Join(zh, "")}
}

// A scriptRun is a stretch of a text in one script, with the signs and spaces behind it.
type scriptRun struct {
	han  bool
	text string
}

// scriptRuns are the stretches of a text. The signs before the first are none of them.
func scriptRuns(s string) (rs []scriptRun) {
	for _, r := range s {
		han := unicode.Is(unicode.Han, r)
		switch last := len(rs) - 1; {
		case (han || unicode.IsLetter(r) || unicode.IsDigit(r)) && (last < 0 || rs[last].han != han):
			rs = append(rs, scriptRun{han, string(r)})
		case last >= 0:
			rs[last].text += string(r)
		}
	}
	return rs
}

func endsInWord(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// atScript cuts an address where the script changes. It reports false where one form has both
// scripts, as far as can be told: Jack总, QC 王经理, 3号楼.
func atScript(s string) (b Bilingual, ok bool) {
	var en, zh []string
	rs := scriptRuns(s)
	for n, r := range rs {
		name := strings.Trim(r.text, " \t()（）[]【】<>《》,，、;；:：·-–")
		glued := n > 0 && endsInWord(rs[n-1].text) || n+1 < len(rs) && endsInWord(r.text)
		switch length := utf8.RuneCountInString(name); {
		case strings.ContainsAny(name, "()（）"), r.han && glued && length < 2, !r.han && length < 4 && !strings.ContainsFunc(name, unicode.IsLower):
			return b, false
		case r.han:
			zh = append(zh, name)
		default:
			en = append(en, name)
		}
	}
	return Bilingual{strings.Join(en, ", "), strings.Join(zh, "、")}, len(en) > 0 && len(zh) > 0
}

// Both are the two forms in one text, as Forms reads them.
func (b Bilingual) Both() string {
	if b.EN == "" || b.ZH == "" {
		return b.EN + b.ZH
	}
	return b.EN + " / " + b.ZH
}
