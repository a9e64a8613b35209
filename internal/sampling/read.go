package sampling

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A Request is what somebody wants looked up. Its zero values have been filled in.
type Request struct {
	Lot          int
	Cartons      int // 0 where nobody said
	Level        Level
	Major, Minor AQL
	Severity     Severity
	OneLetter    bool // the letter of the largest sample for all, where that can be
}

// String is the request as it can be typed, and read again.
func (q Request) String() string {
	s := fmt.Sprintf("%d %s %s %s %s", q.Lot, q.Level, q.Major, q.Minor, q.Severity)
	if q.Cartons > 0 {
		s += fmt.Sprintf(" %d cartons", q.Cartons)
	}
	if q.OneLetter {
		s += " one letter"
	}
	return s
}

// Plans are those for major and for minor defects.
func (q Request) Plans() ([]Plan, error) {
	var plans []Plan
	for _, a := range []AQL{q.Major, q.Minor} {
		p, err := LookUp(q.Lot, q.Level, q.Severity, a)
		if err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	if same, ok := OneLetter(plans); ok && q.OneLetter {
		plans = same
	}
	return plans, nil
}

// What is agreed where nobody says something else.
const (
	UsualLevel     = LevelII
	UsualMajor AQL = "2.5"
	UsualMinor AQL = "4.0"
)

// A Problem is what keeps a line from being looked up.
type Problem string

// The problems.
const (
	NoLot        Problem = "no lot"         // nothing says how many pieces
	LotUnclear   Problem = "lot unclear"    // "3k": Asked is what it may mean
	LotOfOne     Problem = "lot of one"     // one piece is inspected
	LotTooSmall  Problem = "lot too small"  // below one
	LotTooLarge  Problem = "lot too large"  // above MaxLot
	LotNotWhole  Problem = "lot not whole"  // 2.5 pieces
	LotRange     Problem = "lot range"      // 3000-5000: a lot is one number
	NoStep       Problem = "no step"        // no AQL of the standard; Near are those beside it
	ZeroAQL      Problem = "zero AQL"       // AQL 0 is no AQL
	CriticalAQL  Problem = "critical AQL"   // one of critical defects, which are never accepted
	NoLevel      Problem = "no level"       // a level that does not exist
	UnknownWord  Problem = "unknown word"   // no part of a request
	SaidTwice    Problem = "said twice"     // two levels, two severities, three AQLs
	NoCartons    Problem = "no cartons"     // a number of cartons that cannot be
	NothingAsked Problem = "nothing to ask" // an empty line
)

// Trouble is what is wrong with a line, at which word.
type Trouble struct {
	Problem Problem
	Word    string
	Near    []AQL   // of NoStep
	Asked   Request // of LotUnclear
}

func (t *Trouble) Error() string { return fmt.Sprintf("read %q: %s", t.Word, t.Problem) }

var (
	punctuation = strings.NewReplacer("。", ".", "、", " ", "‐", "-", "‑", "-", "–", "-", "—", "-", "−", "-", "·", " ", "％", "%")
	grouped     = regexp.MustCompile(`^[0-9]{1,3}(?:[,'’][0-9]{3})+`)
	spaced      = regexp.MustCompile(`^[0-9]{1,3}(?: [0-9]{3})+`)
	powers      = regexp.MustCompile(`^([0-9]+)(\^|e)([0-9]+)`)
	plain       = regexp.MustCompile(`^[-+]?[0-9]*[.,]?[0-9]+`)
	thousands   = regexp.MustCompile(`^ ?(thousand|million|mio|mil|k|m)(?:[^a-z]|$)`)
	hanUnits    = regexp.MustCompile(`^[百千万亿]`)
	hanNumber   = regexp.MustCompile(`^[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二两三四五六七八九]+)?`)
	special     = regexp.MustCompile(`^s[ -]?([0-9]+)`)
	general     = regexp.MustCompile(`^(?:gl|g|l)?-?(i{1,3}|iv|v)(?:[^a-z]|$)|^(?:gl|g|l)-?([0-9])(?:[^0-9]|$)`)
	latin       = regexp.MustCompile(`^[a-z]+`)
	onward      = regexp.MustCompile(`^ ?(?:-|~|to|till|until|至|到) ?[0-9][0-9.,]*`)
	cartons     = regexp.MustCompile(`^ *(?:(?:cartons?|ctns?|boxes|box)(?:[^a-z]|$)|箱)`)
)

// sayings are the words that mean something, and those that may stand around the others and
// mean nothing. Of two the longer stands first. A label says what the next number is.
var sayings = []struct{ word, means string }{
	{"tightened", "tightened"}, {"tighten", "tightened"}, {"tight", "tightened"}, {"加严", "tightened"},
	{"reduced", "reduced"}, {"reduce", "reduced"}, {"放宽", "reduced"},
	{"normal", "normal"}, {"正常", "normal"},
	{"one", "one"}, {"同一", "one"}, {"letters", ""}, {"letter", ""}, {"字码", ""},
	{"level", "level"}, {"水平", "level"},
	{"aqls", "aql"}, {"aql", "aql"}, {"接收质量限", "aql"}, {"合格质量水平", "aql"},
	{"majors", "major"}, {"major", "major"}, {"maj", "major"}, {"主要", "major"}, {"严重", "major"},
	{"minors", "minor"}, {"minor", "minor"}, {"min", "minor"}, {"次要", "minor"}, {"轻微", "minor"},
	{"critical", "critical"}, {"crit", "critical"}, {"cr", "critical"}, {"致命", "critical"},
	{"lots", "lot"}, {"lot", "lot"}, {"batch", "lot"}, {"批量", "lot"}, {"批次", "lot"}, {"批", "lot"}, {"数量", "lot"}, {"quantity", "lot"}, {"qty", "lot"},
	{"inspection", ""}, {"general", ""}, {"special", ""}, {"pieces", ""}, {"piece", ""}, {"pcs", ""}, {"pc", ""}, {"units", ""}, {"unit", ""}, {"sets", ""},
	{"size", ""}, {"of", ""}, {"in", ""}, {"the", ""}, {"a", ""}, {"for", ""}, {"and", ""}, {"with", ""}, {"at", ""}, {"please", ""},
	{"一般", ""}, {"特殊", ""}, {"检验", ""}, {"检查", ""}, {"抽样", ""}, {"缺陷", ""}, {"不合格", ""}, {"共", ""}, {"的", ""}, {"级", ""},
	{"件", ""}, {"个", ""}, {"只", ""}, {"台", ""}, {"套", ""}, {"双", ""}, {"条", ""}, {"支", ""}, {"把", ""}, {"片", ""},
}

// A reader takes a line apart from its beginning.
type reader struct {
	text     string
	label    string // what the next number is, "" for its place in the line
	q        Request
	hasLot   bool
	unclear  string // the word for a lot that is asked back
	critical bool
	unnamed  int // AQLs without a label so far
}

// Read takes a line apart: "3000", "3000 II 2.5 4.0 tightened", "lot 3000, S-3, AQL 0/2.5/4.0",
// "批量三千 水平Ⅱ 主要2.5 次要4.0 加严". The lot is the first number. What is not said is as
// usual. A lot that may be misread, such as "3k", is asked back: nobody draws 3 pieces of
// 3,000.
func Read(line string) (Request, *Trouble) {
	r := reader{text: strings.ToLower(punctuation.Replace(norm.NFKC.String(line)))}
	for {
		r.text = strings.TrimLeft(r.text, " \t\n,;:/=%()\"'`*_?!#")
		r.text = strings.TrimPrefix(r.text, ". ")
		if r.text == "" || r.text == "." {
			break
		}
		if t := r.next(); t != nil {
			return Request{}, t
		}
	}
	return r.filled(line)
}

// filled is the request with what was not said.
func (r *reader) filled(line string) (Request, *Trouble) {
	switch {
	case strings.TrimSpace(line) == "":
		return Request{}, &Trouble{Problem: NothingAsked}
	case !r.hasLot:
		return Request{}, &Trouble{Problem: NoLot, Word: strings.TrimSpace(line)}
	case r.critical && r.unnamed > 0 && r.q.Major == "" && r.q.Minor == "":
		return Request{}, &Trouble{Problem: ZeroAQL, Word: "0"}
	}
	r.q.Level, r.q.Severity, r.q.Major = cmp.Or(r.q.Level, UsualLevel), cmp.Or(r.q.Severity, Normal), cmp.Or(r.q.Major, UsualMajor)
	if r.q.Minor == "" {
		// Nobody judges minor defects more strictly than major ones without saying so.
		r.q.Minor = UsualMinor
		if r.q.Major.Value() > UsualMinor.Value() {
			r.q.Minor = r.q.Major
		}
	}
	if r.unclear != "" {
		return Request{}, &Trouble{Problem: LotUnclear, Word: r.unclear, Asked: r.q}
	}
	return r.q, nil
}

// next takes one word or number.
func (r *reader) next() *Trouble {
	if m := special.FindStringSubmatch(r.text); m != nil {
		return r.level(m[0], Level("S-"+m[1]))
	}
	if m := general.FindStringSubmatchIndex(r.text); m != nil {
		end := max(m[3], m[5])
		word := r.text[:end]
		if m[5] > 0 {
			return r.level(word, numbered(r.text[m[4]:m[5]]))
		}
		return r.level(word, Level(strings.ToUpper(r.text[m[2]:m[3]])))
	}
	for _, s := range sayings {
		if !strings.HasPrefix(r.text, s.word) || s.word[0] < 0x80 && latin.FindString(r.text) != s.word {
			continue
		}
		switch s.means {
		case "normal", "tightened", "reduced":
			if r.q.Severity != "" && r.q.Severity != Severity(s.means) {
				return &Trouble{Problem: SaidTwice, Word: s.word}
			}
			r.q.Severity = Severity(s.means)
		case "one":
			r.q.OneLetter = true
		case "":
		default:
			r.label = s.means
		}
		r.text = r.text[len(s.word):]
		return nil
	}
	if n, ok := r.number(); ok {
		return r.use(n)
	}
	word, _, _ := strings.Cut(r.text, " ")
	return &Trouble{Problem: UnknownWord, Word: word}
}

// numbered is the general level that a digit names.
func numbered(digit string) Level {
	return map[string]Level{"1": LevelI, "2": LevelII, "3": LevelIII, "一": LevelI, "二": LevelII, "三": LevelIII}[digit]
}

func (r *reader) level(word string, l Level) *Trouble {
	switch {
	case !slices.Contains(Levels(), l):
		return &Trouble{Problem: NoLevel, Word: word}
	case r.q.Level != "" && r.q.Level != l:
		return &Trouble{Problem: SaidTwice, Word: word}
	}
	r.q.Level, r.label, r.text = l, "", r.text[len(word):]
	return nil
}

// A typedNumber is a number as it stands in a line.
type typedNumber struct {
	word   string
	value  float64
	unsure bool // it can be read in another way
}

// number takes the number that the text begins with.
func (r *reader) number() (n typedNumber, ok bool) {
	take := func(word string) {
		n.word += word
		r.text = r.text[len(word):]
	}
	if word := hanNumber.FindString(r.text); word != "" {
		take(word)
		n.value = han(word)
		return n, true
	}
	if m := powers.FindStringSubmatch(r.text); m != nil {
		take(m[0])
		base, _ := strconv.ParseFloat(m[1], 64)
		exponent, _ := strconv.ParseFloat(m[3], 64)
		if m[2] == "e" {
			n.value = base * math.Pow(10, exponent)
		} else {
			n.value = math.Pow(base, exponent)
		}
		n.unsure = true
		return n, true
	}
	if word := grouped.FindString(r.text); word != "" && !continues(r.text[len(word):]) {
		take(word)
		n.value, _ = strconv.ParseFloat(strings.NewReplacer(",", "", "'", "", "’", "").Replace(word), 64)
		return n, true
	}
	if word := spaced.FindString(r.text); word != "" && !r.hasLot && (r.label == "" || r.label == "lot") && !continues(r.text[len(word):]) {
		take(word)
		n.value, _ = strconv.ParseFloat(strings.ReplaceAll(word, " ", ""), 64)
		n.unsure = true
		return n, true
	}
	word := plain.FindString(r.text)
	if word == "" {
		return n, false
	}
	if whole, part, ok := strings.Cut(word, ","); ok && (whole == "" || continues(r.text[len(word):])) {
		word = cmp.Or(whole, part) // a list of numbers, not one with a comma
	}
	take(word)
	n.value, _ = strconv.ParseFloat(strings.Replace(word, ",", ".", 1), 64)
	_, part, _ := strings.Cut(word, ".")
	n.unsure = len(part) == 3 // "3.000" in half of Europe
	if m := thousands.FindStringSubmatch(r.text); m != nil {
		take(strings.TrimSuffix(m[0], m[0][strings.Index(m[0], m[1])+len(m[1]):]))
		n.value *= map[bool]float64{true: 1e3, false: 1e6}[m[1] == "k" || m[1] == "thousand"]
		n.unsure = true
	}
	for sum, first := 0.0, true; ; first = false { // "3万5千"
		unit := hanUnits.FindString(r.text)
		if unit == "" {
			break
		}
		take(unit)
		n.unsure = false
		part := n.value - sum
		sum += part * map[string]float64{"百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8}[unit]
		n.value = sum
		more := plain.FindString(r.text)
		if !first || more == "" || !hanUnits.MatchString(r.text[len(more):]) {
			break
		}
		take(more)
		v, _ := strconv.ParseFloat(more, 64)
		n.value += v
	}
	return n, true
}

// continues reports whether a number goes on in a way that it does not when it is one.
func continues(rest string) bool {
	return rest != "" && (rest[0] >= '0' && rest[0] <= '9' || len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') && rest[1] >= '0' && rest[1] <= '9')
}

// han is a number in Chinese characters: 三千五百, 一万二 for 12,000, 三〇〇〇, 二点五.
func han(word string) float64 {
	digits := map[rune]float64{'零': 0, '〇': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}
	units := map[rune]float64{'十': 10, '百': 100, '千': 1000, '万': 1e4, '亿': 1e8}
	whole, part, _ := strings.Cut(word, "点")
	var total, section, last, unit float64
	zero := false
	for _, c := range whole {
		d, isDigit := digits[c]
		switch {
		case isDigit:
			last = last*10 + d
			zero = d == 0
			continue
		case units[c] < 1e4:
			if last == 0 {
				last = 1 // 十二
			}
			section += last * units[c]
		default:
			total = (total + section + last) * units[c]
			section = 0
		}
		last, unit, zero = 0, units[c], false
	}
	if unit >= 100 && last > 0 && last < 10 && !zero && !strings.ContainsAny(whole, "零〇") {
		last *= unit / 10 // 三千五 is 3,500
	}
	value, scale := total+section+last, 0.1
	for _, c := range part {
		value += digits[c] * scale
		scale /= 10
	}
	return math.Round(value*1e6) / 1e6
}

// use puts a number where it belongs: where its label says, else the first is the lot and
// the others are AQLs. A 0 before them is the critical defects of a trio such as 0/2.5/4.0.
func (r *reader) use(n typedNumber) *Trouble {
	label := r.label
	if label != "aql" {
		r.label = ""
	}
	switch {
	case cartons.MatchString(r.text):
		r.text = cartons.ReplaceAllString(r.text, " ")
		if n.value < 1 || n.value > MaxLot || n.value != math.Trunc(n.value) || r.q.Cartons > 0 {
			return &Trouble{Problem: NoCartons, Word: n.word}
		}
		r.q.Cartons, r.label = int(n.value), label
		return nil
	case label == "level":
		if l := numbered(n.word); l != "" && (r.q.Level == "" || r.q.Level == l) {
			r.q.Level = l
			return nil
		}
		return &Trouble{Problem: NoLevel, Word: n.word}
	case label == "lot" || label == "" && !r.hasLot:
		return r.lot(n)
	case n.value == 0 && (label == "critical" || r.unnamed == 0 && label != "major" && label != "minor"):
		if label != "critical" {
			r.unnamed++
		}
		r.critical = true
		return nil
	case n.value == 0:
		return &Trouble{Problem: ZeroAQL, Word: n.word}
	case label == "critical":
		return &Trouble{Problem: CriticalAQL, Word: n.word}
	}
	return r.aql(n, label)
}

// aql takes the AQL of the class that its label names, or of the next one.
func (r *reader) aql(n typedNumber, label string) *Trouble {
	near := NearestAQLs(n.value)
	if len(near) != 1 || math.Abs(near[0].Value()-n.value) > 1e-9 {
		return &Trouble{Problem: NoStep, Word: n.word, Near: near}
	}
	if label != "major" && label != "minor" {
		r.unnamed++
	}
	switch {
	case label != "minor" && r.q.Major == "":
		r.q.Major = near[0]
	case label != "major" && r.q.Minor == "":
		r.q.Minor = near[0]
	default:
		return &Trouble{Problem: SaidTwice, Word: n.word}
	}
	return nil
}

func (r *reader) lot(n typedNumber) *Trouble {
	switch {
	case r.hasLot:
		return &Trouble{Problem: SaidTwice, Word: n.word}
	case onward.MatchString(r.text):
		return &Trouble{Problem: LotRange, Word: n.word + onward.FindString(r.text)}
	case n.unsure && n.value == math.Trunc(n.value) && n.value < 1000 && strings.Contains(n.word, "."):
		n.value *= 1000 // "3.000"
	case n.unsure && strings.Contains(n.word, ".") && !strings.ContainsAny(n.word, "km"):
		n.value = math.Round(n.value * 1000) // "1.250"
	}
	switch {
	case n.value > MaxLot:
		return &Trouble{Problem: LotTooLarge, Word: n.word}
	case n.value != math.Trunc(n.value):
		return &Trouble{Problem: LotNotWhole, Word: n.word}
	case n.value < 1:
		return &Trouble{Problem: LotTooSmall, Word: n.word}
	case n.value == 1:
		return &Trouble{Problem: LotOfOne, Word: n.word}
	}
	if n.unsure {
		r.unclear = n.word
	}
	r.q.Lot, r.hasLot = int(n.value), true
	return nil
}
