package holiday

import (
	"strings"
	"testing"
	"time"

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
		{"an announced holiday is told as closed", "2026-10-01", "2026-10-02", "National Day: offices are closed 1 to 7 October 2026.", "usually"},
		{"a computed one as usual", "2027-10-01", "2027-10-01", "National Day: offices are usually closed 1 to 7 October 2027 (not announced yet", "are closed"},
		{"New Year's days", "2027-02-08", "2027-02-08", "Spring Festival: offices are usually closed 5 to 12 February 2027 (not announced yet", ""},
		{"the end of a usual break", "2027-10-04", "2027-10-06", "usually closed 1 to 7 October 2027", ""},
		{"a visit that ends as one begins", "2027-09-30", "2027-10-01", "usually closed 1 to 7 October 2027", ""},
		{"the last day of one", "2027-10-07", "2027-10-07", "usually closed 1 to 7 October 2027", ""},
		{"the day after it", "2027-10-08", "2027-10-08", "", "."},
		{"Labour Day", "2027-05-03", "2027-05-05", "Labour Day: offices are usually closed 1 to 5 May 2027", ""},
		{"the day after that", "2027-05-06", "2027-05-06", "", "."},
		{"the seventh day of the year", "2027-02-12", "2027-02-12", "usually closed 5 to 12 February 2027", ""},
		{"a break over two months", "2033-02-03", "2033-02-03", "usually closed 30 January to 6 February 2033", ""},
		{"one that begins on a Sunday is as long", "2028-10-02", "2028-10-02", "usually closed 1 to 8 October 2028", "September"},
		{"with Mid-Autumn in it, it is a day longer", "2028-10-08", "2028-10-08", "National Day and Mid-Autumn Festival: offices are usually closed 1 to 8 October 2028", "is expected"},
		{"Mid-Autumn on the first of it", "2031-10-01", "2031-10-01", "National Day and Mid-Autumn Festival: offices are usually closed 1 to 8 October 2031", "is expected"},
		{"Mid-Autumn on its fourth day", "2036-10-07", "2036-10-08", "closed 1 to 8 October 2036", ""},
		{"Mid-Autumn by itself", "2034-09-27", "2034-09-27", "Mid-Autumn Festival: offices are usually closed 27 September 2034", "National Day: "},
		{"one day beside a weekend", "2027-04-05", "2027-04-05", "Qingming Festival: offices are usually closed 3 to 5 April 2027", ""},
		{"beyond the moon that is known", "2045-10-06", "2045-10-06", "National Day: offices are usually closed 1 to 7 October 2045", ""},
		{"Labour Day there", "2045-05-04", "2045-05-04", "Labour Day: offices are usually closed 1 to 5 May 2045", ""},
		{"a year that was announced in another length", "2019-05-05", "2019-05-06", "make up for Labour Day", "usually"},
		{"the day after a short one that was announced", "2018-05-03", "2018-05-04", "", "."},
		{"years before the data", "2009-10-03", "2009-10-05", "", "."},
		{"the weeks before", "2027-01-25", "2027-01-26", "weeks before Chinese New Year (6 February 2027)", "after"},
		{"the weeks after", "2027-02-22", "2027-02-22", "two to four weeks after the break", ""},
		{"the rush before National Day", "2027-09-27", "2027-09-28", "Shipments peak", ""},
		{"a worked weekend", "2026-10-10", "2026-10-10", "offices work that day to make up for National Day.", ""},
		{"and another, with a name of two words", "2026-02-14", "2026-02-14", "to make up for Spring Festival.", ""},
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
		"2027-10-05": "2027-10-08", // in a usual break
		"2027-10-02": "2027-09-30",
		"2027-05-03": "2027-04-30",
		"2028-10-06": "2028-10-09",
	} {
		if got, ok := c.Better(day(t, from)); !ok || got.String() != want {
			t.Errorf("better than %s is %s (%v), want %s", from, got, ok, want)
		}
	}
	for d := day(t, "2027-10-01"); d.Before(day(t, "2027-10-08")); d = d.AddDays(1) {
		if c.Working(d) {
			t.Errorf("reminders may fall on %s, in a usual break", d)
		}
	}
	if _, ok := c.Better(day(t, "2060-01-01")); ok {
		t.Error("it knows a better day in a year it has no data for")
	}
}

// TestTheUsualLengthIsWhatWasAnnounced holds what is told of years without a notice
// against the years that have one. In some it began on the weekend before.
func TestTheUsualLengthIsWhatWasAnnounced(t *testing.T) {
	c := china(t)
	for year := 2015; year <= c.announced; year++ {
		for _, u := range []struct {
			first       civil.Date
			days, since int
		}{
			{civil.On(year, time.October, 1), nationalDays, 2015},
			{civil.On(year, time.May, 1), labourDays, 2020},
			{c.newYears[year].AddDays(-1), springDays, 2025},
		} {
			if year < u.since {
				continue
			}
			if bs := c.Breaks(u.first, u.first); len(bs) != 1 || bs[0].Expected || bs[0].Last.Sub(bs[0].First)+1 < u.days {
				t.Errorf("the break with %s is %+v, and usual are %d days", u.first, bs, u.days)
			}
		}
	}
}
