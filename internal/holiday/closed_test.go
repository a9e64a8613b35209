package holiday

import (
	"strings"
	"testing"

	"visitprep/internal/lang"
)

func TestDaysOnWhichAFactoryIsLikelyClosed(t *testing.T) {
	c := china(t)
	for _, k := range []struct {
		name, first, last string
		says              string // empty where it can be expected to run
		better            string // first days, with spaces
	}{
		{"an ordinary week", "2027-03-15", "2027-03-17", "", "2027-03-10 2027-03-15"},
		{"New Year's day itself", "2027-02-06", "2027-02-07", "Spring Festival: offices are usually closed 5 to 12 February 2027", "2027-01-21 2027-03-08"},
		{"a day of National Day", "2026-10-05", "2026-10-05", "National Day: offices are closed 1 to 7 October 2026", "2026-09-30 2026-10-08"},
		{"a visit that ends on one", "2027-04-29", "2027-05-01", "Labour Day: offices are usually closed", "2027-04-28 2027-05-10"},
		{"two weeks before New Year", "2027-01-25", "2027-01-26", "the weeks before Chinese New Year (6 February 2027)", "2027-01-21 2027-03-08"},
		{"four weeks after", "2027-03-05", "2027-03-05", "the weeks after Chinese New Year", "2027-01-22 2027-03-08"},
		{"the day after those", "2027-03-08", "2027-03-08", "", "2027-01-22 2027-03-08"},
		{"a Saturday", "2027-03-20", "2027-03-20", "Sat 20 March 2027 is a weekend day", "2027-03-19 2027-03-22"},
		{"a weekend", "2027-03-20", "2027-03-21", "Sun 21 March 2027 is a weekend day", "2027-03-18 2027-03-22"},
		{"a visit that ends on a Saturday", "2027-03-19", "2027-03-20", "Sat 20 March 2027 is a weekend day", "2027-03-18 2027-03-22"},
		{"a weekend within a longer visit", "2027-03-18", "2027-03-23", "", "2027-03-17 2027-03-18"},
		{"a worked Saturday", "2026-10-10", "2026-10-10", "", "2026-10-09 2026-10-10"},
		{"the six weeks before New Year", "2027-01-18", "2027-01-19", "", "2027-01-14 2027-01-18"},
		{"beyond the moon that is known", "2045-10-02", "2045-10-02", "National Day: offices are usually closed", ""},
	} {
		first, last := day(t, k.first), day(t, k.last)
		got := strings.Join(c.Closed(lang.English(), first, last), "\n")
		if (got == "") != (k.says == "") || !strings.Contains(got, k.says) {
			t.Errorf("%s: it says %q, want %q", k.name, got, k.says)
		}
		if n := strings.Count(got, "weekend day"); n > 1 && first == last {
			t.Errorf("%s: the day is named %d times:\n%s", k.name, n, got)
		}
		var near []string
		for _, d := range c.Running(first, last.Sub(first)+1, day(t, "2026-09-01")) {
			near = append(near, d.String())
		}
		if got := strings.Join(near, " "); got != k.better {
			t.Errorf("%s: better are %s, want %s", k.name, got, k.better)
		}
	}
	if near := c.Running(day(t, "2027-02-06"), 2, day(t, "2027-02-01")); len(near) != 1 || near[0] != day(t, "2027-03-08") {
		t.Errorf("with the days before it gone, better are %v", near)
	}
}

func TestTheSixWeeksBeforeNewYearAreTold(t *testing.T) {
	c := china(t)
	for _, k := range []struct {
		first, last string
		want        bool
	}{
		{"2026-12-25", "2026-12-25", false}, {"2026-12-25", "2026-12-26", true}, {"2027-01-18", "2027-01-19", true},
		{"2027-01-22", "2027-01-22", true}, {"2027-01-23", "2027-01-23", false}, // of which the warnings tell
		{"2027-03-15", "2027-03-15", false}, {"2027-12-31", "2028-01-02", true},
	} {
		if got := c.Busy(lang.English(), day(t, k.first), day(t, k.last)); (got != "") != k.want {
			t.Errorf("%s to %s: %q", k.first, k.last, got)
		} else if one := strings.HasPrefix(got, "This day is ") && strings.HasSuffix(got, "whether it suits them."); k.want && one != (k.first == k.last) {
			t.Errorf("%s to %s: it says %q", k.first, k.last, got)
		}
	}
}
