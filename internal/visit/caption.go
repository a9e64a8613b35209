package visit

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"visitprep/internal/chars"
)

// A Caption is what somebody wrote beside a photo, read: how bad, what, how many of how many
// and where, in "major 6/50 no corner guard @packing". Every part may be missing, and what is
// none of the others is Text: nothing of it is lost.
type Caption struct {
	Kind     FindingKind // an idea or a red flag; empty where the words say neither
	Severity Severity    // empty where the words do not begin with one
	// Unsure is set where the word stands for more than one severity, and the team has not said
	// which it means. Severity is then the more usual of them.
	Unsure       bool
	Text, Place  string
	Bad, Checked int // Checked is 0 where there is no count
	// Odd is a count that cannot be, such as "7/5"; it stands nowhere else.
	Odd string
}

// severities are the words with which a caption says how bad something is. Those of Chinese
// inspectors are the words of GB/T 2828.1 and the abbreviations on their forms.
var severities = map[string]Caption{
	"critical": {Severity: Critical}, "crit": {Severity: Critical}, "cr": {Severity: Critical}, "cri": {Severity: Critical},
	"致命": {Severity: Critical}, "零容忍": {Severity: Critical},
	"major": {Severity: Major}, "maj": {Severity: Major}, "ma": {Severity: Major},
	"主要": {Severity: Major}, yanzhong: {Severity: Major, Unsure: true}, "嚴重": {Severity: Major, Unsure: true},
	"minor": {Severity: Minor}, "min": {Severity: Minor}, "mi": {Severity: Minor},
	"轻微": {Severity: Minor}, "輕微": {Severity: Minor}, "次要": {Severity: Minor}, "一般": {Severity: Minor},
	"idea": {Kind: Idea}, "建议": {Kind: Idea}, "建議": {Kind: Idea},
	"flag": {Kind: RedFlag}, "redflag": {Kind: RedFlag}, "红旗": {Kind: RedFlag}, "紅旗": {Kind: RedFlag}, "危险信号": {Kind: RedFlag}, "危險信號": {Kind: RedFlag},
}

// yanzhong is "major" in the standard, and "critical" at many firms.
const yanzhong = "严重"

// afterSeverity are what a Chinese severity may be joined to and still be one: "严重缺陷" is a
// major defect, "严重划痕" a bad scratch.
var afterSeverity = []string{"不符合项", "不符合", "不合格", "缺陷", "问题", "問題"}

// notSeverity are the words before which a severity is a word like any other: a critical
// dimension may be only a little off, a minor diameter is that of a thread.
var notSeverity = chars.WordSet(`dimension dimensions path missing diameter diameters axis radius characteristic characteristics
	control controls point points component components part parts item items spare spares supplier suppliers customer customers
	buyer buyers client clients market markets role reason reasons cause causes change changes version revision component process
	processes step steps machine machines equipment feature features function functions spec specs specification specifications
	parameter parameters tolerance tolerances thickness surface raw material materials shareholder port ports city cities road
	to for of and or than mass temperature load
	尺寸 路径 路徑 部件 零件 零部件 客户 客戶 供应商 供應商 材料 原材料 原因 工序 设备 設備 参数 參數 特性 直径 直徑 程度 是`)

// notMinor are the words before which "min" is a minimum.
var notMinor = chars.WordSet(`wall order orders quantity qty weight length width height size value values stock temp distance gap
	clearance torque force depth lot lots batch max strength pressure voltage current speed time age a per pcs pieces units`)

// ReadCaption reads a caption in a team's words. What is ASCII, full-width and Chinese is read
// alike, and it never fails.
func ReadCaption(text string, words SeverityWords) Caption {
	r := newReading(chars.Unwrapped(strings.Map(seen, chars.Line(text))))
	c := r.severity(words)
	c.Bad, c.Checked, c.Odd = r.count()
	c.Place = r.place()
	c.Text = r.rest()
	return c
}

// Tells reports whether a text without a photo is meant as a finding and is no question:
// it says how bad, and how many or where.
func (c *Caption) Tells() bool {
	return (c.Severity != "" || c.Kind != "") && (c.Checked > 0 || c.Odd != "" || c.Place != "") && !c.Asks()
}

// Marked reports whether a caption has more than words: a severity, a count or a place.
func (c *Caption) Marked() bool {
	return c.Severity != "" || c.Kind != "" || c.Checked > 0 || c.Odd != "" || c.Place != ""
}

// Asks reports whether its words are a question.
func (c *Caption) Asks() bool { return asks(c.Text) || asks(c.Place) }

// asks reports whether words are a question.
func asks(s string) bool {
	folded := strings.ToLower(chars.ASCII(s))
	if strings.Contains(folded, "?") {
		return true
	}
	first, _, _ := strings.Cut(folded, " ")
	if slices.Contains([]string{"what", "how", "why", "which", "should", "who", "when", "whether"}, first) {
		return true
	}
	return slices.ContainsFunc([]string{"怎么", "怎麼", "什么", "什麼", "如何", "是否", "多少", "要不要", "能不能", "可不可以"}, func(w string) bool { return strings.Contains(folded, w) }) ||
		strings.HasSuffix(folded, "吗") || strings.HasSuffix(folded, "嗎")
}

// A reading is a caption while it is read: its characters, as they were typed and as the
// program reads them, one for one. What has been taken is a taken mark in folded.
type reading struct{ typed, folded []rune }

const taken = -1

// seen drops what comes along when something is copied, and is seen nowhere.
func seen(r rune) rune {
	switch r {
	case '\u200b', '\u200e', '\u200f', '\u2060':
		return -1
	}
	return r
}

func newReading(s string) *reading {
	r := &reading{typed: []rune(s)}
	r.folded = make([]rune, len(r.typed))
	for i, c := range r.typed {
		r.folded[i] = unicode.ToLower(foldRune(c))
	}
	return r
}

// foldRune is the ASCII character that c stands for, or c.
func foldRune(c rune) rune {
	switch {
	case c < unicode.MaxASCII:
		return c
	case c == '⁄' || c == '∕':
		return '/'
	case c == '”' || c == '″' || c == '“' || c == '〃':
		return '"'
	}
	if s := []rune(chars.ASCII(string(c))); len(s) == 1 {
		return s[0]
	}
	return c
}

// at is the folded character at i, and a blank beyond the ends and where something was taken.
func (r *reading) at(i int) rune {
	if i < 0 || i >= len(r.folded) || r.folded[i] == taken {
		return ' '
	}
	return r.folded[i]
}

func (r *reading) take(from, to int) {
	for i := from; i < to; i++ {
		r.folded[i] = taken
	}
}

// skip is where, from i on, the first character stands that is neither a blank nor in a set.
func (r *reading) skip(i int, set string) int {
	for i < len(r.folded) && (unicode.IsSpace(r.at(i)) || strings.ContainsRune(set, r.at(i))) {
		i++
	}
	return i
}

// word is the end of the word that begins at i: letters of one script, so that 严重 ends
// before MAJ.
func (r *reading) word(i int) int {
	han := unicode.Is(unicode.Han, r.at(i))
	for ; i < len(r.folded) && unicode.IsLetter(r.at(i)) && unicode.Is(unicode.Han, r.at(i)) == han; i++ {
	}
	return i
}

func (r *reading) text(from, to int) string { return string(r.folded[from:to]) }

// The marks that people put around a severity, and behind it.
const (
	openers = `[({"'*_<-#•·【「『《`
	closers = `])}"'*_>:;,.-|】」』》/、`
)

// severity takes the word with which the caption begins, if it says how bad.
func (r *reading) severity(words SeverityWords) Caption {
	begin := r.skip(0, openers)
	found, end, ok := r.known(begin)
	if !ok || r.goesOn(begin, end) {
		return Caption{}
	}
	next := r.skip(end, closers)
	if r.describes(begin, end, next) {
		return Caption{}
	}
	found, next = r.again(found, next)
	if found.Unsure && words.Yanzhong != "" {
		found.Severity, found.Unsure = words.Yanzhong, false
	}
	if r.at(next-1) == '-' && r.digits(next) > next && next > end {
		next-- // the sign of a number, which cannot be
	}
	r.take(0, next)
	return found
}

// known is what the word at begin says, and where it ends.
func (r *reading) known(begin int) (found Caption, end int, ok bool) {
	end = r.word(begin)
	word := r.text(begin, end)
	if word == "red" && r.at(end) == ' ' && end < len(r.folded) && r.text(end+1, r.word(end+1)) == "flag" {
		end = r.word(end + 1)
		word = "redflag"
	}
	if found, ok = severities[word]; ok {
		return found, end, true
	}
	for _, after := range afterSeverity {
		if head, cut := strings.CutSuffix(word, after); cut {
			found, ok = severities[head]
			return found, end, ok
		}
	}
	return found, end, false
}

// goesOn reports whether a word is part of a longer one: "critical-path", "major's".
func (r *reading) goesOn(begin, end int) bool {
	han := func(i int) bool { return unicode.Is(unicode.Han, r.at(i)) }
	switch joined := r.at(end); {
	case unicode.IsLetter(joined):
		return han(end) == han(begin)
	case joined == '\'':
		return unicode.IsLetter(r.at(end + 1))
	case joined == '-':
		return unicode.IsLetter(r.at(end+1)) && !han(end-1) && !han(end+1)
	}
	return false
}

// describes reports whether a word says something of the one behind it, at next, and not how
// bad a finding is: a critical dimension, a minimum, somebody's name.
func (r *reading) describes(begin, end, next int) bool {
	word := r.text(begin, end)
	if mark := r.at(end); mark == ' ' || mark == '.' && strings.HasPrefix("minor", word) {
		following := r.text(next, r.word(next))
		if notSeverity[following] || word == "min" && (notMinor[following] || r.isNumber(next)) {
			return true
		}
	}
	return word == "ma" && r.isName(begin, end)
}

// again takes the abbreviation beside the Chinese word, as it stands on their forms: it says
// the same once more, and where the word has two meanings it says which.
func (r *reading) again(found Caption, next int) (Caption, int) {
	end := r.word(next)
	if end == next || unicode.IsLetter(r.at(end)) {
		return found, next
	}
	same, ok := severities[r.text(next, end)]
	if !ok || same.Kind != found.Kind || !found.Unsure && same.Severity != found.Severity {
		return found, next
	}
	if !same.Unsure {
		found = same
	}
	return found, r.skip(end, closers)
}

// isNumber reports whether a number stands at i that is no count.
func (r *reading) isNumber(i int) bool {
	end := r.digits(i)
	return end > i && r.at(r.skip(end, "")) != '/'
}

// isName reports whether a word is somebody's name: "Ma Li" begins two words with a capital.
func (r *reading) isName(begin, end int) bool {
	next := r.skip(end, "")
	return next < len(r.typed)-1 && unicode.IsUpper(r.typed[begin]) && unicode.IsLower(r.typed[end-1]) && unicode.IsUpper(r.typed[next]) && unicode.IsLower(r.typed[next+1])
}

// digits is where the number ends that begins at i: digits, perhaps in groups of three.
func (r *reading) digits(i int) int {
	isDigit := func(i int) bool { return r.at(i) >= '0' && r.at(i) <= '9' }
	begin := i
	for isDigit(i) {
		i++
	}
	for i > begin && i-begin <= 3 && r.at(i) == ',' && isDigit(i+1) && isDigit(i+2) && isDigit(i+3) && !isDigit(i+4) {
		i, begin = i+4, i+1
	}
	return i
}

func (r *reading) number(from, to int) int {
	n, err := strconv.Atoi(strings.ReplaceAll(r.text(from, to), ",", ""))
	if err != nil {
		return MaxChecked + 1 // too many digits
	}
	return n
}

// count takes the first number of bad pieces of so many. odd is one that cannot be.
func (r *reading) count() (bad, checked int, odd string) {
	for i := 0; i < len(r.folded); i++ {
		begin := i
		end := r.digits(i)
		if end == begin {
			continue
		}
		i = end
		second, inWords := r.between(end)
		last := r.digits(second)
		if last == second {
			continue
		}
		i = last
		negative := r.at(begin-1) == '-' && (begin == 1 || unicode.IsSpace(r.at(begin-2)))
		if negative {
			begin--
		}
		if !inWords && r.isDate(begin, last) || inWords && ordered[r.before(begin)] || r.isPartOf(begin, last) || r.isMeasure(begin, second, last) {
			for r.at(i) == '/' || r.digits(i) > i { // the rest of a date is no count either
				i++
			}
			continue
		}
		first := begin
		if negative {
			first++
		}
		bad, checked = r.number(first, end), r.number(second, last)
		if negative || bad > checked || checked < 1 || checked > MaxChecked {
			bad, checked, odd = 0, 0, r.text(begin, end)+"/"+r.text(second, last)
		}
		r.take(begin, r.pieces(last))
		return bad, checked, odd
	}
	return 0, 0, ""
}

// between is where the second number of a count begins, behind a / or "of" after the first,
// and whether words stand between them. It is where the first ends if neither does.
func (r *reading) between(end int) (second int, inWords bool) {
	at := r.skip(end, "")
	if r.at(at) == '/' {
		return r.skip(at+1, ""), false
	}
	word := r.word(at)
	if r.text(at, word) == "out" {
		at = r.skip(word, "")
		word = r.word(at)
	}
	if r.text(at, word) == "of" {
		return r.skip(word, ""), true
	}
	return end, false
}

// ordered are the words of which each has its number: "carton 3 of 50" is one carton.
var ordered = chars.WordSet(`carton ctn box case pallet container lot batch step photo picture image part item piece unit sample line
	machine station day week shift visit inspection number nr`)

// pieces is where the unit ends that stands behind a count and says no more than the count.
func (r *reading) pieces(i int) int {
	for _, han := range "件个個只" {
		if r.at(i) == han {
			return i + 1
		}
	}
	next := r.skip(i, "")
	if end := r.word(next); slices.Contains([]string{"pcs", "pc", "pieces", "piece"}, r.text(next, end)) {
		return end
	}
	return i
}

// before is the word that ends before i, with nothing but blanks between.
func (r *reading) before(i int) string {
	for i > 0 && unicode.IsSpace(r.at(i-1)) {
		i--
	}
	end := i
	for i > 0 && (unicode.IsLetter(r.at(i-1)) || r.at(i-1) >= '0' && r.at(i-1) <= '9') {
		i--
	}
	return r.text(i, end)
}

// isDate reports whether two numbers are of a day.
func (r *reading) isDate(begin, end int) bool {
	if r.at(begin-1) == '/' || r.at(end) == '/' {
		return true
	}
	switch r.before(begin) {
	case "on", "by", "since", "until", "till", "from", "before", "after", "dated", "date", "day":
		return r.number(r.skip(begin, "-"), r.digits(r.skip(begin, "-"))) <= 31
	}
	next := r.skip(end, "")
	if c := r.at(next); c == '日' || c == '号' || c == '號' || c == '月' {
		return true
	}
	year := r.digits(next)
	return next > end && year-next == 4 && (r.at(next) == '1' && r.at(next+1) == '9' || r.at(next) == '2' && r.at(next+1) == '0')
}

// isPartOf reports whether two numbers are part of something longer: a number with a point, a
// part number, a thread.
func (r *reading) isPartOf(begin, end int) bool {
	letter := func(c rune) bool { return unicode.IsLetter(c) && !unicode.Is(unicode.Han, c) || c >= '0' && c <= '9' }
	before, after := r.at(begin-1), r.at(end)
	switch {
	case letter(before), before == '.' && letter(r.at(begin-2)), before == '_', before == '#', before == '-' && letter(r.at(begin-2)):
		return true
	case (after == '.' || after == ',') && r.at(end+1) >= '0' && r.at(end+1) <= '9', after == '-' && letter(r.at(end+1)), after == '%', after == '_':
		return true
	}
	switch r.before(begin) { // a ratio, a page, a size
	case "m", "size", "thread", "page", "sheet", "rev", "version", "no", "ratio", "dn":
		return true
	}
	// "1 1/2 inch"
	word := r.before(begin)
	return word != "" && strings.Trim(word, "0123456789") == "" && r.number(r.skip(begin, ""), r.digits(r.skip(begin, ""))) < 64 && r.halves(end)
}

// halves reports whether the number that ends at end is one by which inches are divided.
func (r *reading) halves(end int) bool {
	begin := end
	for begin > 0 && r.at(begin-1) >= '0' && r.at(begin-1) <= '9' {
		begin--
	}
	return slices.Contains([]string{"2", "4", "8", "16", "32", "64"}, r.text(begin, end))
}

// units are what a fraction is measured in. "in" is not among them: see isMeasure.
var units = chars.WordSet(`inch inches m mm cm km meter meters metre metres ft foot feet yd yard yards mil mils lb lbs oz kg g l gal hp
	npt nptf bsp bspp bspt unc unf un turn turns hour hours h min minutes second seconds s w watt v a day days scale full`)

// isMeasure reports whether two numbers are a fraction of something: 1/4", 3/8 inch, 1/2寸.
func (r *reading) isMeasure(begin, second, end int) bool {
	next := r.skip(end, "")
	switch c := r.at(next); {
	case c == '"' && !r.quoted(next), c == '寸', c == '吋', c == '英' && (r.at(next+1) == '寸' || r.at(next+1) == '尺'), c == '米', c == '磅':
		return true
	case c == '\'' && r.at(next+1) == '\'':
		return true
	}
	last := r.word(next)
	if word := r.text(next, last); word != "in" {
		if !units[word] {
			return false
		}
		// "6/50 min label": what is longer than a fraction of a unit is a count, unless the unit
		// cannot be anything else.
		return len(word) > 1 && word != "min" && word != "full" && word != "scale" || next == end || word == "m" || r.halves(end)
	}
	if !r.halves(end) || r.number(r.skip(begin, "-"), r.digits(r.skip(begin, "-"))) >= r.number(second, end) {
		return false
	}
	// "1/4 in deep" is a size, "1/4 in carton 3" is a place.
	after := r.skip(last, ".,;")
	switch r.text(after, r.word(after)) {
	case "", "wide", "deep", "long", "thick", "high", "off", "short", "gap", "thread", "pipe", "bolt", "screw", "hole", "drill", "scratch", "dent", "crack", "bit", "diameter":
		return true
	}
	return false
}

// quoted reports whether a quotation mark at i begins a quotation: 6/50 "no guard".
func (r *reading) quoted(i int) bool {
	if !unicode.IsSpace(r.at(i - 1)) {
		return false
	}
	for j := i + 1; j < len(r.folded); j++ {
		if r.at(j) == '"' {
			return true
		}
	}
	return false
}

// place takes where it was seen: what stands behind the last @, up to the count, or its first
// word where the caption says nothing else.
func (r *reading) place() string {
	for i := len(r.folded) - 1; i >= 0; i-- {
		if r.folded[i] != '@' {
			continue
		}
		before := r.at(i - 1)
		if before < unicode.MaxASCII && (unicode.IsLetter(before) || unicode.IsDigit(before) || strings.ContainsRune("._-+", before)) {
			continue // of an address
		}
		begin := r.skip(i+1, "")
		if begin >= len(r.folded) || begin > i+1 && r.digits(begin) > begin {
			continue // "@ 5 USD"
		}
		end := begin
		for end < len(r.folded) && r.folded[end] != taken {
			end++
		}
		if r.nothingBut(i, end) {
			for end = begin; end < len(r.folded) && !unicode.IsSpace(r.at(end)); end++ {
			}
		}
		place := strings.Join(strings.Fields(strings.Trim(string(r.typed[begin:end]), " .,;:!。，；：！、@")), " ")
		if n := len([]rune(place)); n == 0 || n > MaxPlace {
			continue
		}
		r.take(i, end)
		return place
	}
	return ""
}

// nothingBut reports whether a caption has no words outside of a part of it.
func (r *reading) nothingBut(from, to int) bool {
	for i, c := range r.folded {
		if (i < from || i >= to) && (unicode.IsLetter(c) || unicode.IsDigit(c)) {
			return false
		}
	}
	return true
}

// rest is what nobody has taken, with one blank where something was.
func (r *reading) rest() string {
	var b strings.Builder
	for i, c := range r.folded {
		if c == taken {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(r.typed[i])
	}
	return strings.TrimLeft(strings.Join(strings.Fields(b.String()), " "), " ,;:-，；：、。")
}
