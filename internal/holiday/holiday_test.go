package holiday

import (
	"strings"
	"testing"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

func china(t *testing.T) *Calendar {
	t.Helper()
	c, err := China()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(t *testing.T, s string) civil.Date {
	t.Helper()
	d, err := civil.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWarnings(t *testing.T) {
	c := china(t)
	for _, k := range []struct{ name, first, last, says, not string }{
		{"an ordinary week says nothing", "2027-03-22", "2027-03-24", "", "."},
		{"an announced holiday is told as closed", "2026-10-01", "2026-10-02", "National Day: offices are closed 1 October to", "expected"},
		{"a computed one as expected", "2027-10-01", "2027-10-01", "is expected but", "offices are closed"},
		{"New Year's days", "2027-02-08", "2027-02-08", "Spring Festival (5 February to 8 February 2027) is expected", ""},
		{"the weeks before", "2027-01-25", "2027-01-26", "weeks before Chinese New Year (6 February 2027)", "after"},
		{"the weeks after", "2027-02-22", "2027-02-22", "two to four weeks after the break", ""},
		{"the rush before National Day", "2027-09-27", "2027-09-28", "Shipments peak", ""},
		{"a worked weekend", "2026-10-10", "2026-10-10", "offices work that day", ""},
		{"unknown years", "2049-02-01", "2049-02-20", "", "."},
	} {
		t.Run(k.name, func(t *testing.T) {
			got := strings.Join(c.Warnings(lang.English(), day(t, k.first), day(t, k.last)), "\n")
			if !strings.Contains(got, k.says) || k.not != "" && strings.Contains(got, k.not) {
				t.Errorf("%s to %s says %q; want %q, not %q", k.first, k.last, got, k.says, k.not)
			}
		})
	}
}

func TestWorkingAndBetter(t *testing.T) {
	c := china(t)
	if c.Working(day(t, "2026-10-01")) || !c.Working(day(t, "2026-10-10")) || c.Working(day(t, "2026-10-11")) || !c.Working(day(t, "2026-11-27")) {
		t.Error("working days are wrong")
	}
	for from, want := range map[string]string{
		"2026-11-27": "2026-11-27", // ordinary
		"2026-11-28": "2026-11-27", // Saturday: the day before
		"2026-10-02": "2026-09-30",
		"2027-02-08": "2027-01-22", // the last working day before the slow weeks
	} {
		if got, ok := c.Better(day(t, from)); !ok || got.String() != want {
			t.Errorf("better than %s is %s (%v), want %s", from, got, ok, want)
		}
	}
	if _, ok := c.Better(day(t, "2060-01-01")); ok {
		t.Error("it knows a better day in a year it has no data for")
	}
}
