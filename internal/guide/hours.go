package guide

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// An hoursQuestion asks what the clock shows somewhere.
type hoursQuestion struct {
	kind         hoursKind
	hour, minute int        // of a conversion
	from, to     someplace  // of a conversion; otherwise to is where, and from the other place
	day          civil.Date // zero where none was named
}

type hoursKind int

const (
	noHours    hoursKind = iota
	conversion           // 9 am there is when here
	hoursNow             // what time is it there
	difference           // how many hours are between
)

// A someplace is where a question means: a place that it names, the asker's, or the factory's.
type someplace struct {
	named place
	where relative
}

type relative int

const (
	unsaid relative = iota
	named
	here
	there
)

// maxHours is the longest question about hours and nothing else, in bytes.
const maxHours = 120

// The words of a question about hours. What is none of them, and no place, makes it another
// question.
var (
	hoursWords = chars.WordSet(`what what's whats time times is it it's its the in at on of for to and or when if how late hour hours o'clock
		clock now right currently current local be will would zone timezone difference between from much many ahead behind than
		same tell please then that are convert know about also so as was does do with china's standard daylight eastern a an
		exactly hi hello hey there's say equal equals into which use uses = morning afternoon evening night`)
	// callWords only stand beside a time of the day.
	callWords = chars.WordSet(`call calls can could should may i you ring phone we're i'm im we meeting meet have ok okay
		fine good video too early`)
	hereWords  = chars.WordSet(`here me us my our home mine`)
	thereWords = chars.WordSet(`there they their them theirs factory factories supplier suppliers supplier's plant manufacturer side`)
	// dateWords are those of days and of times of the day.
	dateWords = chars.WordSet(`january february march april may june july august september october november december jan feb mar apr jun jul
		aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun
		today tomorrow yesterday day after next coming this weekend christmas eve new year's summer winter st nd rd th am pm a p m h o
		noon midday midnight uhr`)
	monthNames = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
)

var (
	clockForm = regexp.MustCompile(`\b(?:(\d{1,2})(?:[:.h](\d{2}))? ?(?:(a|p)\.?m\b\.?|o'?clock\b|uhr\b)|(\d{1,2})[:h.](\d{2})\b|([01]\d)([0-5]\d)\b|(\d{1,2})h\b|(noon|midday|midnight)\b)(?: ((?:in the|at) (?:morning|afternoon|evening|night)))?`)
	bareHour  = regexp.MustCompile(`\bat (\d{1,2})\b`)
	timeHint  = regexp.MustCompile(`\d|time|late|noon|midday|midnight|hours`)
)

func plainHours(sentence string) string {
	return strings.NewReplacer("’", "'", "–", "-", "=", " = ").Replace(strings.ToLower(width.Fold.String(sentence)))
}

// onlyHours reports whether a sentence has the words of a question about hours and no other.
// Most questions have another soon, so that they cost little.
func onlyHours(sentence string) bool {
	if len(sentence) > maxHours {
		return false
	}
	for _, w := range lettersIn(plainHours(sentence)) {
		if !hoursWords[w] && !dateWords[w] && !placeWords[w] && !callWords[w] && !hereWords[w] && !thereWords[w] {
			return false
		}
	}
	return true
}

// clockMark stands in a sentence for the time of day that was read there.
const clockMark = "⌚"

// readHours reads a question that is about the clock and nothing else. The kinds exclude one
// another by their words, so that each case reads as the sentences that it takes.
func readHours(words string, today civil.Date) (hoursQuestion, bool) {
	r, ok := parseHours(words, today)
	q := r.hoursQuestion
	if !ok {
		return q, false
	}
	switch {
	case r.clock && len(r.places) > 0:
		q.kind = conversion
		r.direct(&q)
		return q, true
	case r.clock || r.calls:
		return q, false
	case r.has("difference") && (r.has("time") || r.has("hours") || r.has("hour")), r.has("ahead"), r.has("behind"), r.has("timezone"), r.has("time") && r.has("zone"):
		q.kind = difference
	case r.has("time") && (r.has("what") || r.has("what's") || r.has("whats") || r.has("now") || r.has("current") || r.has("local") || r.words[0] == "time"),
		r.has("how") && r.has("late"), r.has("time") && len(r.words) == r.placeWords+1:
		q.kind = hoursNow
		if len(r.places) == 0 && !r.has("it") {
			return q, false
		}
	default:
		return q, false
	}
	r.beside(&q)
	return q, true
}

// readHoursOn reads what asks the same with another time, place or day than a question
// before it: "and in December?", "and 5 pm?".
func readHoursOn(before, words string, today civil.Date) (hoursQuestion, bool) {
	q, ok := readHours(before, today)
	if !ok {
		return q, false
	}
	r, ok := parseHours(words, today)
	if !ok || !r.clock && len(r.places) == 0 && r.day.IsZero() {
		return q, false
	}
	if r.clock {
		q.hour, q.minute = r.hour, r.minute
		if q.kind != conversion {
			q.kind, q.from, q.to = conversion, q.to, q.from
		}
	}
	if !r.day.IsZero() {
		q.day = r.day
	}
	if len(r.places) > 0 {
		at := r.places[len(r.places)-1].someplace
		switch {
		case q.kind == conversion && !at.inChina():
			q.to = at
		case q.kind == conversion && r.clock:
			q.from = at
		default:
			q.to = at
		}
	}
	return q, true
}

// A reading is what was found in a sentence about hours.
type hoursReading struct {
	hoursQuestion
	clock  bool
	calls  bool // has a word that only stands beside a time of the day
	words  []string
	places []placed
	at     int // the place of the time of day among the words

	placeWords int // how many words name a place
}

type placed struct {
	someplace
	at, end int  // among the words
	preface bool // "in" or "at" stands before it
}

func (r *hoursReading) has(word string) bool { return slices.Contains(r.words, word) }

// parseHours finds the time, the places and the day in a sentence. It reports false where a
// word is none of these.
func parseHours(sentence string, today civil.Date) (hoursReading, bool) {
	r := hoursReading{at: -1}
	if !onlyHours(sentence) {
		return r, false
	}
	s := plainHours(sentence)
	s, ok := r.cutClock(s)
	if !ok {
		return r, false
	}
	days, s := civil.Mentions(s, today)
	if len(days) > 1 {
		return r, false
	}
	if len(days) == 1 {
		r.day = days[0].First
	}
	r.words = strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(" ,.?!;:()\"“”", c) })
	for i := 0; i < len(r.words); {
		n := r.take(i, today)
		if n == 0 {
			return r, false
		}
		i += n
	}
	return r, len(r.words) > 0
}

// cutClock puts a mark in the place of the time of day. It reports false where there are two
// or no such time exists.
func (r *hoursReading) cutClock(s string) (string, bool) {
	found := clockForm.FindAllStringSubmatchIndex(s, 2)
	if len(found) == 0 {
		if at := bareHour.FindStringSubmatchIndex(s); at != nil && !strings.ContainsAny(s[at[1]:], "0123456789") {
			r.hour, _ = strconv.Atoi(s[at[2]:at[3]])
			r.clock = true
			return s[:at[2]] + clockMark + s[at[3]:], r.hour < 24
		}
		return s, true
	}
	if len(found) > 1 {
		return s, false
	}
	at := found[0]
	part := func(n int) string {
		if at[2*n] < 0 {
			return ""
		}
		return s[at[2*n]:at[2*n+1]]
	}
	r.clock = true
	r.hour, _ = strconv.Atoi(part(1) + part(4) + part(6) + part(8))
	r.minute, _ = strconv.Atoi(part(2) + part(5) + part(7))
	switch half := part(3); {
	case part(9) == "noon" || part(9) == "midday":
		r.hour = 12
	case half == "" && part(10) != "" && !strings.HasSuffix(part(10), "morning") && r.hour > 0 && r.hour < 12:
		r.hour += 12
	case half != "" && (r.hour < 1 || r.hour > 12):
		return s, false
	case half == "p" && r.hour < 12:
		r.hour += 12
	case half == "a" && r.hour == 12:
		r.hour = 0
	}
	return s[:at[0]] + " " + clockMark + " " + s[at[1]:], r.hour < 24 && r.minute < 60
}

// take reads what stands at word i, and returns how many words that was. The longest name of a
// place comes first: "new york" is no "york".
func (r *hoursReading) take(i int, today civil.Date) int {
	w := r.words[i]
	at := placed{at: i, preface: i > 0 && (r.words[i-1] == "in" || r.words[i-1] == "at")}
	if w == clockMark {
		r.at = i
		return 1
	}
	for n := min(4, len(r.words)-i); n > 0; n-- {
		if p, ok := placeOf(strings.Join(r.words[i:i+n], " ")); ok {
			at.someplace, at.end = someplace{p, named}, i+n
			r.places = append(r.places, at)
			r.placeWords += n
			return n
		}
	}
	switch {
	case hereWords[w]:
		at.where = here
		r.places = append(r.places, at)
		return 1
	case thereWords[w]:
		at.where = there
		r.places = append(r.places, at)
		return 1
	case r.takeMonth(i, today):
		return 1
	case hoursWords[w]:
		return 1
	case callWords[w]:
		r.calls = true
		return 1
	case len(w) == 4 && strings.HasPrefix(w, "20") && !r.day.IsZero() && i > 0:
		if y, err := strconv.Atoi(w); err == nil {
			r.day.Year = y
			return 1
		}
		return 0
	}
	return 0
}

// takeMonth reads a month or a season as its middle: only the season's time is asked for.
func (r *hoursReading) takeMonth(i int, today civil.Date) bool {
	w := r.words[i]
	month := slices.Index(monthNames, w) + 1
	switch {
	case w == "may" && (i == 0 || r.words[i-1] != "in"):
		return false
	case w == "summer":
		month = 7
	case w == "winter":
		month = 1
	}
	if month == 0 || !r.day.IsZero() {
		return false
	}
	r.day = civil.On(today.Year, time.Month(month), 15)
	if month < int(today.Month) {
		r.day = civil.On(today.Year+1, time.Month(month), 15)
	}
	return true
}

// direct decides which of the places of a conversion its time is of. It stands behind the
// time: "3 pm Berlin in Shenzhen".
func (r *hoursReading) direct(q *hoursQuestion) {
	asksIn := func(words []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return w == "what" || w == "what's" || w == "when" || w == "how" || w == "=" })
	}
	at := max(r.at, 0)
	from := slices.IndexFunc(r.places, func(p placed) bool { return p.at > at && !asksIn(r.words[at:p.at]) })
	if from >= 0 && r.calls && r.places[from].where == there && r.words[r.places[from].at] != "their" && !r.places[from].preface {
		from = -1 // "at 9 am call the factory": the hour is the caller's
	}
	if from < 0 && !asksIn(r.words[:at]) { // "in Ningbo at 9 am"; of "can I call them at 9 am" the hour is the caller's
		from = slices.IndexFunc(r.places, func(p placed) bool { return p.where == named && (p.preface || p.end == r.at) && p.at < at })
	}
	for i, p := range r.places {
		if i == from {
			q.from = p.someplace
		} else if q.to.where == unsaid && !(p.where == here && from >= 0 && r.calls && r.places[from].where == here) {
			q.to = p.someplace
		}
	}
	switch {
	case q.from.where == unsaid:
		q.from.where = here
	case q.to.where == unsaid && q.from.inChina():
		q.to.where = here
	case q.to.where == unsaid:
		q.to.where = there
	}
}

// beside decides on the places of the other questions.
func (r *hoursReading) beside(q *hoursQuestion) {
	for _, p := range r.places {
		switch {
		case q.to.where == unsaid:
			q.to = p.someplace
		case q.from.where == unsaid:
			q.from = p.someplace
		}
	}
	if q.to.where == unsaid {
		q.to.where = there
	}
	if q.from.where != unsaid || q.to.where == here {
		if q.from.where == unsaid {
			q.from.where = there
		}
		return
	}
	if q.kind == difference && q.to.inChina() || q.kind == hoursNow && q.to.inChina() {
		q.from.where = here
		return
	}
	q.from.where = there
}

func (s someplace) inChina() bool {
	return s.where == there || s.where == named && s.named.zone.String() == chinaZone
}

const chinaZone = "Asia/Shanghai"

// china is where the factory is.
func (g *Guide) china() (place, bool) {
	zone, err := time.LoadLocation(chinaZone)
	return place{g.p.T("China"), zone}, err == nil
}

// hours answers a question about hours. Zone is the asker's, or nil where it is not known.
func (g *Guide) hours(q hoursQuestion, now time.Time, zone *time.Location) []string {
	china, ok := g.china()
	if !ok {
		return nil
	}
	unknown := false
	find := func(s someplace) place {
		switch {
		case s.where == named && s.named.name != "China":
			return s.named
		case s.where != here:
			return china
		case zone == nil:
			unknown = true
			return place{"UTC", time.UTC}
		}
		return cityOf(zone)
	}
	from, to := find(q.from), find(q.to)
	var said []string
	switch {
	case q.kind == conversion && q.from.where == here && unknown:
		// Their own hour cannot be converted.
		said = g.timeNow(china, place{"UTC", time.UTC}, now)
	case q.kind == conversion:
		said = g.converted(q, from, to, now)
	case q.kind == difference:
		said = g.differs(q, to, from, now)
	default:
		said = g.timeNow(to, from, now)
	}
	switch {
	case unknown:
		said = append(said, g.p.T("I don't know your time zone yet. Ask again in a moment, or set it in my Home tab, under Settings."))
	case q.from.where == here || q.to.where == here:
		said = append(said, g.p.T("I take %s as your time, as Slack or your settings say.", cityOf(zone).name))
	}
	return said
}

// converted says what a time somewhere is elsewhere, by the clocks of that day.
func (g *Guide) converted(q hoursQuestion, from, to place, now time.Time) []string {
	day := q.day
	if day.IsZero() {
		day = civil.Of(now.In(from.zone))
	}
	at := day.At(q.hour, q.minute, from.zone)
	layout := "15:04"
	switch {
	case !q.day.IsZero():
		layout = "15:04 on Monday 2 January 2006"
	case civil.Of(at.In(from.zone)) != civil.Of(at.In(to.zone)):
		layout = "15:04 on Monday"
	}
	said := []string{g.p.T("%s is %s.", g.clock(at, from, layout), g.clock(at, to, layout))}
	if offset(from, at) == offset(to, at) {
		said = []string{g.p.T("%s and %s have the same time.", from.name, to.name)}
	}
	if got := at.In(from.zone); got.Hour() != q.hour || got.Minute() != q.minute { // see civil.Date.At
		said = slices.Insert(said, 0, g.p.T("There is no %s in %s on that day: the clocks are put forward past it.", fmt.Sprintf("%02d:%02d", q.hour, q.minute), from.name))
	}
	for _, p := range []place{from, to} {
		if p.zone.String() == chinaZone {
			said = append(said, g.workHours(at.In(p.zone), !q.day.IsZero()))
			break
		}
	}
	if q.day.IsZero() {
		for _, p := range []place{to, from} {
			_, change := at.In(p.zone).ZoneBounds()
			if change.IsZero() || change.Sub(at) > soon {
				continue
			}
			later := civil.Of(change.In(from.zone)).AddDays(1).At(q.hour, q.minute, from.zone)
			said = append(said, g.p.T("Clocks in %s change on %s; from then it is %s.", p.name, lang.Date{Time: change.In(p.zone), Layout: "2 January 2006"}, g.clock(later, to, "15:04")))
			break
		}
	}
	return said
}

// soon is within what time a change of clocks is worth a word where no day was named.
const soon = 60 * 24 * time.Hour

// clock is what the clock of a place shows.
func (g *Guide) clock(at time.Time, p place, layout string) string {
	shown := lang.Date{Time: at.In(p.zone), Layout: layout}
	switch {
	case p.zone == time.UTC:
		return g.p.T("%s UTC", shown)
	case isAbbreviation(p.name):
		return g.p.T("%s %s", shown, p.name)
	}
	return g.p.T("%s in %s", shown, p.name)
}

// timeNow says what time it is at a place, and at another.
func (g *Guide) timeNow(at, other place, now time.Time) []string {
	first := g.clock(now, at, "15:04 on Monday")
	said := []string{g.p.T("It is %s, and %s.", first, g.clock(now, other, "15:04 on Monday"))}
	if at.zone.String() == other.zone.String() {
		said = []string{g.p.T("It is %s.", first)}
	}
	for _, p := range []place{at, other} {
		if p.zone.String() == chinaZone {
			return append(said, g.workHours(now.In(p.zone), true))
		}
	}
	return said
}

// differs says how many hours a is ahead of b or behind it, on the day that was asked for.
func (g *Guide) differs(q hoursQuestion, a, b place, now time.Time) []string {
	if b.zone.String() == chinaZone { // China's lead is told, wherever it stands in the question
		a, b = b, a
	}
	at := now
	if !q.day.IsZero() {
		at = q.day.At(12, 0, a.zone)
	}
	said := []string{g.distance(a, b, at, !q.day.IsZero())}
	for _, p := range []place{b, a} {
		_, change := at.In(p.zone).ZoneBounds()
		if change.IsZero() {
			continue
		}
		before, after := offset(a, at)-offset(b, at), offset(a, change)-offset(b, change)
		if before != after {
			return append(said, g.p.T("Clocks in %s change on %s; then it is %s.", p.name, lang.Date{Time: change.In(p.zone), Layout: "2 January 2006"}, g.length(after)))
		}
	}
	return said
}

func (g *Guide) distance(a, b place, at time.Time, dated bool) string {
	d := offset(a, at) - offset(b, at)
	day := lang.Date{Time: at.In(a.zone), Layout: "2 January 2006"}
	switch {
	case d == 0 && dated:
		return g.p.T("%s and %s have the same time on %s.", a.name, b.name, day)
	case d == 0:
		return g.p.T("%s and %s have the same time.", a.name, b.name)
	case d > 0 && dated:
		return g.p.T("%s is %s ahead of %s on %s.", a.name, g.length(d), b.name, day)
	case d > 0:
		return g.p.T("%s is %s ahead of %s.", a.name, g.length(d), b.name)
	case dated:
		return g.p.T("%s is %s behind %s on %s.", a.name, g.length(d), b.name, day)
	}
	return g.p.T("%s is %s behind %s.", a.name, g.length(d), b.name)
}

// offset is how far the clock of a place is ahead of UTC.
func offset(p place, at time.Time) time.Duration {
	_, seconds := at.In(p.zone).Zone()
	return time.Duration(seconds) * time.Second
}

// length is how long a difference is, ahead or behind.
func (g *Guide) length(d time.Duration) string {
	minutes := int(d.Abs() / time.Minute)
	switch hours := minutes / 60; {
	case minutes%60 != 0:
		return g.p.T("%d hours and %d minutes", hours, minutes%60)
	case hours == 1:
		return g.p.T("1 hour")
	default:
		return g.p.T("%d hours", hours)
	}
}

// The hours of most factories, in minutes of the day; every factory has its own.
const (
	worksFrom, worksUntil = 8 * 60, 17*60 + 30
	lunchFrom, lunchUntil = 12 * 60, 13*60 + 30
)

// workHours says whether a factory can be reached at a time there. Only where the day was
// asked for, it says that this is a day off.
func (g *Guide) workHours(t time.Time, ofThatDay bool) string {
	minute := t.Hour()*60 + t.Minute()
	day := civil.Of(t)
	off := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
	if g.o.Calendar != nil {
		off = !g.o.Calendar.Working(day)
	}
	switch {
	case off && ofThatDay:
		return g.p.T("Offices in China are closed on that day, %s.", lang.Date{Time: t, Layout: "Monday 2 January"})
	case minute >= lunchFrom && minute < lunchUntil:
		return g.p.T("That is around lunch in China, about 12:00 to 13:30.")
	case minute >= worksFrom && minute < worksUntil:
		return g.p.T("That is within usual factory hours, about 08:00 to 17:30 in China.")
	}
	return g.p.T("That is outside usual factory hours, about 08:00 to 17:30 in China.")
}
