package calendar

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

var years = flag.Bool("calendar.years", false, "sweep whole years instead of three days around each change of the clock")

func rule(t testing.TB, text string) Rule {
	t.Helper()
	r, err := Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return r
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestNext(t *testing.T) {
	for _, c := range []struct{ name, rule, zone, after, want string }{
		{"a daily rule in a gap fires at the first moment after it", "30 2 * * *", "America/New_York", "2026-03-08 00:00", "2026-03-08 03:00 EDT"},
		{"a daily rule in an overlap fires once, the first time", "30 1 * * *", "America/New_York", "2026-11-01 00:00", "2026-11-01 01:30 EDT"},
		{"and then not before the next day", "30 1 * * *", "America/New_York", "2026-11-01 01:30 EDT", "2026-11-02 01:30 EST"},
		{"a midnight that does not exist is at one", "0 0 * * *", "America/Santiago", "2026-09-05 12:00", "2026-09-06 01:00 -03"},
		{"a gap of half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-04 00:00", "2026-10-04 02:30 +11"},
		{"Chatham's quarter hours end", "45 3 * * *", "Pacific/Chatham", "2026-04-05 00:00", "2026-04-05 03:45 +1245"},
		{"Chatham the day after", "45 3 * * *", "Pacific/Chatham", "2026-04-05 03:45 +1245", "2026-04-06 03:45 +1245"},
		{"a day that a zone never had is left out", "0 9 * * *", "Pacific/Apia", "2011-12-29 10:00", "2011-12-31 09:00 +14"},
		{"an hourly rule follows the clock through an overlap", "0 * * * *", "Europe/Berlin", "2026-10-25 02:00 CEST", "2026-10-25 02:00 CET"},
		{"weekdays", "0 9 * * 1-5", "Asia/Shanghai", "2027-03-12 09:00", "2027-03-15 09:00 CST"},
		{"every second week from a day", "every 2 weeks from 2027-03-15 at 09:00", "Asia/Shanghai", "2027-03-15 09:00", "2027-03-29 09:00 CST"},
		{"the first day itself counts", "every 2 weeks from 2027-03-15", "Asia/Shanghai", "2027-01-01 00:00", "2027-03-15 09:00 CST"},
		{"every second week long after", "every 2 weeks from 2020-01-06", "Asia/Shanghai", "2027-03-12 00:00", "2027-03-22 09:00 CST"},
		{"every month from the 31st, in a short month", "every 1 months from 2027-01-31", "Europe/Berlin", "2027-02-01 00:00", "2027-02-28 09:00 CET"},
		{"and back on the 31st after it", "every 1 months from 2027-01-31", "Europe/Berlin", "2027-02-28 09:00", "2027-03-31 09:00 CEST"},
		{"every quarter", "every 3 months from 15 March 2027 at 10:30", "Asia/Shanghai", "2027-03-16 00:00", "2027-06-15 10:30 CST"},
		{"the second Tuesday", "second Tuesday of the month at 09:00", "Asia/Shanghai", "2027-03-01 00:00", "2027-03-09 09:00 CST"},
		{"the fifth Friday waits for a month that has one", "5th fri of the month", "Asia/Shanghai", "2027-02-01 00:00", "2027-04-30 09:00 CST"},
		{"the last Friday every quarter", "last Friday every 3 months from 2027-01-01", "Asia/Shanghai", "2027-01-30 00:00", "2027-04-30 09:00 CST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := zone(t, c.zone)
			parse := func(s string) time.Time {
				for _, layout := range []string{"2006-01-02 15:04 MST", "2006-01-02 15:04 -0700", "2006-01-02 15:04 -07"} {
					if v, err := time.ParseInLocation(layout, s, z); err == nil {
						return v
					}
				}
				v, err := time.ParseInLocation("2006-01-02 15:04", s, z)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			got, ok := rule(t, c.rule).Next(parse(c.after), z)
			if s := got.In(z).Format("2006-01-02 15:04 MST"); !ok || s != c.want {
				t.Errorf("after %s: got %s (%v), want %s", c.after, s, ok, c.want)
			}
		})
	}
}

func TestDays(t *testing.T) {
	for _, c := range []struct{ name, rule, zone, after, want string }{
		{"the day itself does not count", "every 2 weeks from 2027-03-15", "Asia/Shanghai", "2027-03-15", "2027-03-29"},
		{"the day before the first leads to it", "every 2 weeks from 2027-03-15", "Asia/Shanghai", "2027-03-14", "2027-03-15"},
		{"a rule for midnight is on the day that begins", "0 0 15 * *", "Asia/Shanghai", "2027-03-14", "2027-03-15"},
		{"a rule for the last minute is on the day that ends", "59 23 15 * *", "Asia/Shanghai", "2027-03-14", "2027-03-15"},
		{"many times a day are one day", "*/5 * * * *", "Asia/Shanghai", "2027-03-14", "2027-03-15"},
		{"a midnight that the clock skips is on its day", "0 0 6 9 *", "America/Santiago", "2026-09-05", "2026-09-06"},
		{"a day that a zone never had is left out", "0 9 * * *", "Pacific/Apia", "2011-12-29", "2011-12-31"},
		{"a rule whose years are over has no day", "0 9 29 2 *", "Asia/Shanghai", "2096-03-01", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, z := rule(t, c.rule), zone(t, c.zone)
			after, err := civil.Parse(c.after)
			if err != nil {
				t.Fatal(err)
			}
			got := r.NextDay(after, z)
			if got.String() != c.want {
				t.Errorf("NextDay(%s) = %q, want %q", after, got, c.want)
			}
			for d := after.AddDays(1); d.Before(got); d = d.AddDays(1) {
				if r.On(d, z) {
					t.Errorf("On(%s) is true, and the next day is %s", d, got)
				}
			}
			if r.On(got, z) == got.IsZero() {
				t.Errorf("On(%q) = %v", got, got.IsZero())
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ rule, says string }{
		{"", "no rule"},
		{"TZ=0", "a zone"},
		{"TZ= 0 9 * * *", "zone has a field"},
		{"CRON_TZ=Asia/Tokyo", "zone has a field"},
		{"@daily", "short form"},
		{"@every 0s", "short form"},
		{"0 9 * *", "five"},
		{"0 0 9 * * 1", "five"},
		{"0 9 30 2 *", "does not exist"},
		{"0 9 31 4,6 *", "does not exist"},
		{"*/100 * * * *", "steps from 1 to 59"},
		{"0 9 ? * 1", "last Friday"},
		{"0 9 L * *", "last Friday"},
		{"0 25 * * *", "not a cron line"},
		{"every 2 weeks", "from when"},
		{"every 2 weeks from soon", "write it as 2027-03-15"},
		{"every 0 weeks from 2027-01-01", "from 1 to 104"},
		{"every 2 fortnights from 2027-01-01", "not a rule"},
		{"every 2 weeks from 2027-03-15 at nine", "at 09:00"},
		{"second Tuesday", "in which months"},
		{"second Thingday of the month", "day of the week"},
		{"sometimes", "write it as"},
	} {
		if c.rule == "TZ=0" {
			c.says = "zone has a field"
		}
		if _, err := Parse(c.rule); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("Parse(%q) = %v; want words about %q", c.rule, err, c.says)
		}
	}
}

func TestWarnings(t *testing.T) {
	for rule_, says := range map[string]string{"0 9 1-7 * 1": "also every weekday", "0 9 1 */3 *": "from January", "0 9 */14 * *": "start again", "0 9 * * 1": ""} {
		got := strings.Join(rule(t, rule_).Warnings(lang.English()), "; ")
		if says == "" && got != "" || !strings.Contains(got, says) {
			t.Errorf("%s warns %q, want words about %q", rule_, got, says)
		}
	}
}

// TestEveryDayOnce sweeps zones with every kind of change of the clock: a daily
// rule fires once on each day that exists, however the clock jumps. The days are
// counted by walking real minutes, not by the code under test.
func TestEveryDayOnce(t *testing.T) {
	for _, name := range []string{
		"America/New_York", "America/Santiago", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "Europe/Berlin", "Africa/Casablanca",
		"Asia/Gaza", "Africa/Cairo", "America/Havana", "Asia/Beirut", "America/Nuuk", "Asia/Shanghai", "Asia/Kathmandu", "Atlantic/Azores",
	} {
		z := zone(t, name)
		for _, y := range []int{2011, 2026} {
			start := time.Date(y, 1, 1, 0, 0, 0, 0, z)
			var spans [][2]time.Time
			if *years {
				spans = append(spans, [2]time.Time{start, start.AddDate(1, 0, 0)})
			} else {
				_, was := start.Zone()
				for h := start; h.Year() == y; h = h.Add(time.Hour) {
					if _, off := h.Zone(); off != was {
						was = off
						spans = append(spans, [2]time.Time{h.Add(-36 * time.Hour), h.Add(36 * time.Hour)})
					}
				}
			}
			for _, s := range spans {
				existing := map[civil.Date]bool{}
				for m := s[0]; m.Before(s[1]); m = m.Add(15 * time.Minute) {
					existing[civil.Of(m.In(z))] = true
				}
				for hour := range 24 {
					r := rule(t, fmt.Sprintf("%d %d * * *", (hour*15)%60, hour))
					fired := map[civil.Date]int{}
					for at := s[0].Add(-24 * time.Hour); ; {
						next, ok := r.Next(at, z)
						if !ok || !next.After(at) {
							t.Fatalf("%s: after %s came %s", name, at, next)
						}
						if at = next; !at.Before(s[1].Add(24 * time.Hour)) {
							break
						}
						fired[civil.Of(at.In(z))]++
					}
					for d := range existing {
						if fired[d] != 1 {
							t.Errorf("%s, %s at %d:%02d: fired %d times", name, d, hour, (hour*15)%60, fired[d])
						}
					}
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0 9 * * 1", "every 2 weeks from 2027-03-15 at 09:00", "second Tuesday of the month", "last fri every 3 months from 2027-01-01", "TZ=0", "@every 0s", "*/5 * * * *"} {
		f.Add(s)
	}
	z := time.UTC
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, z)
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(r.String())
		if err != nil || again.String() != r.String() {
			t.Fatalf("%q is written %q, which reads as %q, %v", s, r, again, err)
		}
		for _, n := range r.NextDates(now, z, 3) {
			if !n.After(now) {
				t.Fatalf("%q: %s is not after %s", s, n, now)
			}
		}
		_ = r.Describe(lang.English())
		_ = r.Warnings(lang.English())
	})
}
