package visit

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
)

// A Slot is a line of an agenda that has an hour.
type Slot struct {
	Day      civil.Date
	From, To int // minutes after midnight at the factory; To may lie after the next one
	Text     string
}

// slotLength is how long something takes that says no end, in minutes, unless the next
// begins before.
const slotLength = 60

// Slots are the lines of the agenda that have an hour, in order. What stands under no day
// is taken to be of the first, and what stands under days that are none of the visit's is of none.
// A line whose hour is not plain, such as a deadline ("by 17:00"), is none.
func (v *Visit) Slots() []Slot {
	var slots []Slot
	on := []civil.Date{v.First}
	for line := range strings.SplitSeq(v.Agenda, "\n") {
		for _, piece := range splitAtDays(line) {
			if days, rest, ok := v.daysNamed(piece); ok {
				on, piece = days, rest
			}
			for _, part := range splitAtHours(piece) {
				s, ok := slotOf(part)
				for _, d := range on {
					if s.Day = d; ok {
						slots = append(slots, s)
					}
				}
			}
		}
	}
	slices.SortStableFunc(slots, func(a, b Slot) int {
		if a.Day != b.Day {
			return a.Day.Compare(b.Day)
		}
		return a.From - b.From
	})
	for i := range slots {
		if s := &slots[i]; s.To == 0 {
			s.To = s.From + slotLength
			if i+1 < len(slots) && slots[i+1].Day == s.Day && slots[i+1].From > s.From {
				s.To = min(s.To, slots[i+1].From)
			}
		}
	}
	return slots
}

// An hour is 9:30, 09.30, 9h30, 9am, 9:30 pm, 上午9点半 or 14点30分. A number alone is none.
const (
	chineseHalf = `(上午|下午|早上|晚上|中午)?\s*`
	hour        = chineseHalf + `(\d{1,2})(?:[:.h](\d{2})|(点)(?:(\d{1,2})分?|(半))?)?\s*([ap]\.?m\.?\b)?`
	till        = `\s*(?:-|to|until|till|bis|至|到)\s*`
)

var (
	hours      = `(?i)` + hour + `(?:` + till + hour + `)?`
	hoursFirst = regexp.MustCompile(`^` + hours)
	hoursLast  = regexp.MustCompile(hours + `[\s)\].]*$`)
	// nextHours is where another line of an agenda begins within one.
	nextHours = regexp.MustCompile(`[;,、。]\s*` + chineseHalf + `\d{1,2}(?:[:.h]\d{2}\b|点)`)
	bullet    = regexp.MustCompile(`^(?:[-*•·–—◦▪●+>\s(\[]+|\d{1,2}[.)]\s+)+`)
	// deadline before an hour says that nothing takes place at it.
	deadline = regexp.MustCompile(`(?i)(?:\b(?:by|before|until|till|after|from|since|latest|not later than|no later than|than|about|version|v|approx\.?|rev\.?)|[前后$€¥£])\s*$`)
)

// splitAtHours cuts a line before each hour that follows a comma or the like.
func splitAtHours(line string) []string {
	var parts []string
	for {
		at := nextHours.FindStringIndex(chars.ASCII(line))
		if at == nil || len(chars.ASCII(line)) != len(line) {
			return append(parts, line)
		}
		end := at[0] + strings.IndexFunc(line[at[0]:], func(r rune) bool { return !strings.ContainsRune(";,、。", r) })
		parts, line = append(parts, line[:at[0]]), line[end:]
	}
}

// slotOf reads a part of an agenda that begins or ends with its hours.
func slotOf(part string) (Slot, bool) {
	part = strings.TrimSpace(bullet.ReplaceAllString(chars.ASCII(part), ""))
	m := hoursFirst.FindStringSubmatch(part)
	if m != nil {
		rest := part[len(m[0]):]
		if strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, "%") || startsWithDigit(rest) {
			return Slot{}, false // a day, a share, a longer number
		}
		if s, ok := between(m); ok {
			s.Text = strings.Trim(rest, " \t:-–—.,;|)]")
			return s, !chars.Blank(s.Text)
		}
		return Slot{}, false
	}
	at := hoursLast.FindStringSubmatchIndex(part)
	if at == nil {
		return Slot{}, false
	}
	before := part[:at[0]]
	m = hoursLast.FindStringSubmatch(part[at[0]:])
	apart := strings.HasPrefix(m[0], " ") || strings.HasSuffix(before, " ") || strings.HasSuffix(before, "(")
	if !apart || deadline.MatchString(strings.TrimRight(before, "( ")) {
		return Slot{}, false
	}
	s, ok := between(m)
	s.Text = strings.Trim(before, " \t:-–—,;|([@")
	s.Text = strings.TrimSuffix(strings.TrimSuffix(s.Text, " at"), " from")
	return s, ok && !chars.Blank(s.Text)
}

// read is an hour as the pattern finds it.
type read struct{ half, hour, minute, chinese, chineseMinute, thirty, meridiem string }

// readings are the two hours of a match, the second of which may be missing.
func readings(m []string) (from, to read) {
	of := func(g []string) read { return read{g[0], g[1], g[2], g[3], g[4], g[5], strings.ToLower(g[6])} }
	return of(m[1:8]), of(m[8:15])
}

// between is a slot of two hours.
func between(m []string) (s Slot, ok bool) {
	from, to := readings(m)
	if s.From, ok = from.minutes(to.meridiem); !ok || to.hour == "" {
		return s, ok
	}
	end, sure := to.minutes(from.meridiem)
	switch {
	case !sure:
		return s, from.plain()
	case end <= s.From && end+12*60 > s.From && end < 12*60 && to.half+to.meridiem == "": // 9:00 - 5:00
		end += 12 * 60
	case end <= s.From && end < 6*60: // after midnight
		end += 24 * 60
	}
	if end > s.From {
		s.To = end
	}
	return s, true
}

// plain reports whether it is an hour by itself, and more than a number.
func (r *read) plain() bool { return r.minute+r.chinese+r.meridiem+r.half != "" }

// minutes are those after midnight; other is "am" or "pm" of the other end, where this one has
// none.
func (r *read) minutes(other string) (n int, ok bool) {
	if !r.plain() && other == "" {
		return 0, false
	}
	h, _ := strconv.Atoi(r.hour)
	minute, _ := strconv.Atoi(r.minute + r.chineseMinute)
	if r.thirty != "" {
		minute = 30
	}
	meridiem := r.meridiem
	if meridiem == "" && r.half == "" && h <= 12 {
		meridiem = other
	}
	afternoon := strings.HasPrefix(meridiem, "p") || r.half == "下午" || r.half == "晚上" || r.half == "中午" && h < 10
	switch {
	case h > 24 || minute > 59 || h == 24 && minute > 0 || meridiem != "" && (h > 12 || h == 0):
		return 0, false
	case afternoon && h < 12:
		h += 12
	case strings.HasPrefix(meridiem, "a") && h == 12:
		h = 0
	}
	return h*60 + minute, true
}
