package calendar

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"visitprep/internal/lang"
)

// A cronField is one of the five of a cron line. The library reads a field too, but says what is
// wrong in its own words, knows three letters of a name, and no week that ends with Sunday.
type cronField struct {
	low, high int
	names     []string // from low on; none where a field has only numbers
	// What is said of one that cannot be read: of a number, a range, a step.
	form, ends, step *lang.Mistake
}

func cronFields() [5]cronField {
	return [5]cronField{
		{0, 59, nil, lang.Errorf("a minute is a number from 0 to 59"), lang.Errorf("a range of minutes has two ends, such as 0-30"),
			lang.Errorf("a step of minutes stands behind * or a range, such as */15, and is a number from 1 to 59")},
		{0, 23, nil, lang.Errorf("an hour is a number from 0 to 23"), lang.Errorf("a range of hours has two ends, such as 9-17"),
			lang.Errorf("a step of hours stands behind * or a range, such as 9-17/2, and is a number from 1 to 23")},
		{1, 31, nil, lang.Errorf("a day of the month is a number from 1 to 31"), lang.Errorf("a range of days has two ends, such as 1-15"),
			lang.Errorf("a step of days stands behind * or a range, such as 1-15/2, and is a number from 1 to 31")},
		{1, 12, names(time.January, time.December), lang.Errorf("a month is a number from 1 to 12, or JAN to DEC"), lang.Errorf("a range of months has two ends, such as APR-SEP"),
			lang.Errorf("a step of months stands behind * or a range, such as 1-12/3, and is a number from 1 to 12")},
		{0, 6, names(time.Sunday, time.Saturday), lang.Errorf("a weekday is a number from 0 to 7 (both are Sunday), or MON to SUN"), lang.Errorf("a range of weekdays has two ends, such as MON-FRI"),
			lang.Errorf("a step of weekdays stands behind * or a range, such as 1-5/2, and is a number from 1 to 6")},
	}
}

func names[T interface {
	~int
	String() string
}](first, last T) (all []string) {
	for n := first; n <= last; n++ {
		all = append(all, n.String())
	}
	return all
}

// parseCron reads a cron line. It is kept as it was written, but for the space around commas.
func parseCron(text string) (Rule, error) {
	fields := strings.Fields(comma.ReplaceAllString(text, ","))
	line := strings.Join(fields, " ")
	known := cronFields()
	if len(fields) != len(known) {
		if n, run := spaced(fields); run != "" {
			return Rule{}, unread(run, line, known[n].form, strings.ReplaceAll(run, " ", ","))
		}
		return Rule{}, lang.Errorf("%q has %d fields; a cron line has five: minute, hour, day, month, weekday", text, len(fields))
	}
	if slices.ContainsFunc(fields, quartz.MatchString) {
		return Rule{}, lang.Errorf(`%q has ?, L, W or #, which plain cron does not know; write such rules as "last Friday of the month"`, text)
	}
	plain := make([]string, len(fields))
	for n, f := range fields {
		var err error
		if plain[n], err = known[n].read(f, line); err != nil {
			return Rule{}, err
		}
	}
	s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse("CRON_TZ=UTC " + strings.Join(plain, " "))
	if err != nil {
		return Rule{}, lang.Errorf("%q is not a cron line; %s", text, lang.Errorf(examples))
	}
	// Every leap day is within eight years of another but around 1900 and 2100.
	if s.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Rule{}, lang.Errorf("%q names a date that does not exist", text)
	}
	return Rule{kind: byCron, text: line, cron: s, hourly: strings.HasPrefix(fields[1], "*")}, nil
}

var (
	comma = regexp.MustCompile(`\s*,\s*`)
	word  = regexp.MustCompile(`^[A-Za-z]+$`)
	// otherComma is what people separate a list with elsewhere.
	otherComma = regexp.MustCompile(`[;|&]+`)
	// quartz is what only Quartz's cron knows. Jul, Wed and their like are names and not its
	// letters.
	quartz = regexp.MustCompile(`(?i)(^|[,/-])(\?|LW?|[0-9]*[LW]|[a-z]{3}L|[0-9a-z]*#[0-9]*)($|[,/-])`)
)

// spaced finds the names that make five fields of a line when they are one list: "MON WED". It
// returns the number of that field, and the names.
func spaced(fields []string) (n int, run string) {
	for from := range fields {
		to := from
		for to < len(fields) && word.MatchString(fields[to]) {
			to++
		}
		if to-from > 1 {
			n, run = from, strings.Join(fields[from:to], " ")
			if len(fields)-(to-from)+1 != 5 {
				return 0, ""
			}
			return n, run
		}
	}
	return 0, ""
}

// unread says what is wrong with a part of a cron line, and what to write where that is known.
func unread(part, line string, why *lang.Mistake, instead string) *lang.Mistake {
	if instead == "" {
		return lang.Errorf("%q in the cron line %q cannot be read: %s", part, line, why)
	}
	return lang.Errorf("%q in the cron line %q cannot be read: %s; write %q", part, line, why, instead)
}

// read returns a field as the library reads it.
func (c *cronField) read(field, line string) (string, error) {
	if instead := otherComma.ReplaceAllString(field, ","); instead != field {
		return "", unread(field, line, c.form, instead)
	}
	var parts []string
	for part := range strings.SplitSeq(field, ",") {
		if part == "" {
			continue
		}
		p, err := c.part(part, line)
		if err != nil {
			return "", err
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, ","), nil
}

// part is read of what stands between two commas.
func (c *cronField) part(part, line string) (string, error) {
	span, stepText, stepped := strings.Cut(part, "/")
	lowText, highText, ranged := strings.Cut(span, "-")
	step := 1
	if stepped {
		n, err := strconv.Atoi(stepText)
		if err != nil || n < 1 || n > c.high || c.ofWeek() && span == "7" {
			return "", unread(part, line, c.step, "")
		}
		step = n
	}
	if span == "*" {
		return part, nil
	}
	if ranged && (lowText == "" || highText == "") {
		return "", unread(part, line, c.ends, "")
	}
	low, ok := c.value(lowText)
	if !ok {
		return "", unread(part, line, c.form, "")
	}
	high := low
	if ranged {
		if high, ok = c.value(highText); !ok {
			return "", unread(part, line, c.form, "")
		}
		if c.ofWeek() && high == 0 && low > 0 && word.MatchString(highText) {
			high = 7 // a week that ends with Sunday
		}
	}
	switch {
	case high < low:
		return "", unread(part, line, c.form, c.around(low, high, step))
	case c.ofWeek() && high == 7:
		return c.list(low, high, step), nil
	case !ranged && !stepped:
		return strconv.Itoa(low), nil
	case !ranged: // as the library has it: to the end
		return fmt.Sprintf("%d-%d/%d", low, c.high, step), nil
	}
	return fmt.Sprintf("%d-%d/%d", low, high, step), nil
}

// value reads a number or a name of the field; 7 is a Sunday too.
func (c *cronField) value(text string) (int, bool) {
	for n, name := range c.names {
		if strings.EqualFold(text, name) || strings.EqualFold(text, name[:3]) {
			return c.low + n, true
		}
	}
	high := c.high
	if c.ofWeek() {
		high++
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= c.low && n <= high && !strings.HasPrefix(text, "+")
}

// around writes a range that runs over the end of a field.
func (c *cronField) around(low, high, step int) string {
	span := func(a, b int) string {
		if a == b {
			return strconv.Itoa(a)
		}
		return fmt.Sprintf("%d-%d", a, b)
	}
	switch {
	case step > 1:
		return c.list(low, high+c.size(), step)
	case low > c.high: // from the Sunday that is 7
		return span(0, high)
	case c.ofWeek() && high == 0:
		return span(low, 7)
	}
	return span(low, c.high) + "," + span(c.low, high)
}

func (c *cronField) size() int { return c.high - c.low + 1 }

func (c *cronField) ofWeek() bool { return c.size() == 7 }

// list writes the numbers of a range one by one, those beyond the field from its beginning.
func (c *cronField) list(low, high, step int) string {
	var all []string
	for n := low; n <= high; n += step {
		all = append(all, strconv.Itoa(c.low+(n-c.low)%c.size()))
	}
	return strings.Join(all, ",")
}
