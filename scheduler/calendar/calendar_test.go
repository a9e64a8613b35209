package calendar

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/chars"
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
		{"the last working day before a weekend", "last working day of the month", "Asia/Shanghai", "2027-01-01 00:00", "2027-01-29 09:00 CST"},
		{"the last working day before Spring Festival ends a month", "last working day of the month", "Asia/Shanghai", "2028-01-01 00:00", "2028-01-24 09:00 CST"},
		{"the first working day after the days off of October", "first working day of the month", "Asia/Shanghai", "2026-09-30 12:00", "2026-10-08 09:00 CST"},
		{"the last working day, when clocks go forward on the 31st", "last working day of the month at 02:30", "Europe/Berlin", "2030-03-01 00:00", "2030-03-29 02:30 CET"},
		{"the last working day of a month in whose gap it is", "last working day of the month at 00:00", "Asia/Beirut", "2026-03-01 00:00", "2026-03-31 00:00 EEST"},
		{"the 31st in a short month", "every 3 months on the 31st from 2027-02-28", "Europe/Berlin", "2027-03-01 00:00", "2027-05-31 09:00 CEST"},
		{"the 29th of February in other years", "every 12 months from 2028-02-29", "Europe/Berlin", "2028-03-01 00:00", "2029-02-28 09:00 CET"},
		{"the 31st on which the clock skips its hour", "every 1 months on the 31st from 2030-01-31 at 02:30", "Europe/Berlin", "2030-03-01 00:00", "2030-03-31 03:00 CEST"},
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

// Capitals, names with the letters L and W in them, and weeks that end with Sunday are
// what crontab(5) takes.
func TestCronLinesAsPeopleKnowThem(t *testing.T) {
	for written, plain := range map[string]string{
		"0 9 * * WED":             "0 9 * * 3",
		"0 9 1 JUL *":             "0 9 1 7 *",
		"0 9 * * MON,WED,FRI":     "0 9 * * 1,3,5",
		"0 9 * * Wed-Fri":         "0 9 * * 3-5",
		"0 9 1 JAN,APR,JUL,OCT *": "0 9 1 1,4,7,10 *",
		"0 9 1 jul-dec/2 *":       "0 9 1 7,9,11 *",
		"0 9 * * 7":               "0 9 * * 0",
		"0 9 * * MON,,WED,":       "0 9 * * 1,3",
		"0 9 * * 5-SUN":           "0 9 * * 0,5,6",
		"0 9 * * Friday-Sunday":   "0 9 * * 0,5,6",
		"0 9 * * SUN-SAT":         "0 9 * * 0-6",
		"0 9 * * 0-SUN":           "0 9 * * 0",
		"0 9 * * 7-SUN":           "0 9 * * 0",
		"0 9 1 MAR-5 *":           "0 9 1 3,4,5 *",
		"0/20 9 * * 1":            "0,20,40 9 * * 1",
		"0 9 * * 1/2":             "0 9 * * 1,3,5",
		"0 9 * * 1-7":             "0 9 * * 0-6",
		"0 9 * * 6,7":             "0 9 * * 0,6",
		"0 9 * * 7,3":             "0 9 * * 0,3",
		"0 9 * * 5-7":             "0 9 * * 0,5,6",
		"0 9 * * 1-7/2":           "0 9 * * 0,1,3,5",
		"0 9 * * 7-7":             "0 9 * * 0",
		"0 9 * * 0-7":             "0 9 * * 0-6",
		"0 9 1 January,JULY *":    "0 9 1 1,7 *",
		"0 9 * * Wednesday":       "0 9 * * 3",
		"0 9 * * FRI-SUN":         "0 9 * * 0,5,6",
		"0 9 * * sat-7":           "0 9 * * 0,6",
		"0 9 1 * 7":               "0 9 1 * 0",
	} {
		sameTimes(t, written, plain)
		if r := rule(t, written); r.String() != written {
			t.Errorf("%q is kept as %q", written, r)
		}
	}
}

// What people call a rhythm is one.
func TestRhythmsInWords(t *testing.T) {
	for written, plain := range map[string]string{
		"weekly from 2027-03-15":           "every 1 weeks from 2027-03-15",
		"Fortnightly from 2027-03-15":      "every 2 weeks from 2027-03-15",
		"every two weeks from 2027-03-15":  "every 2 weeks from 2027-03-15",
		"every other week from 2027-03-15": "every 2 weeks from 2027-03-15",
		"monthly from 2027-01-31":          "every 1 months from 2027-01-31",
		"quarterly from 15 March 2027":     "every 3 months from 2027-03-15",
		"yearly from 2027-03-15 at 10:00":  "every 12 months from 2027-03-15 at 10:00",
	} {
		sameTimes(t, written, plain)
	}
}

// sameTimes holds two rules to the same times.
func sameTimes(t *testing.T, written, plain string) {
	t.Helper()
	a, b := rule(t, written), rule(t, plain)
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 40 {
		x, ok1 := a.Next(at, time.UTC)
		y, ok2 := b.Next(at, time.UTC)
		if !ok1 || !ok2 || !x.Equal(y) {
			t.Errorf("after %s %q comes at %s and %q at %s", at, written, x, plain, y)
			return
		}
		at = x
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

func TestARuleFromAChineseKeyboard(t *testing.T) {
	for in, want := range map[string]string{
		"every 2 weeks from 2027－03－15": "every 2 weeks from 2027-03-15 at 09:00",
		"ｅｖｅｒｙ\u3000２ ｗｅｅｋｓ ｆｒｏｍ ２０２７－０３－１５ ａｔ ８：３０": "every 2 weeks from 2027-03-15 at 08:30",
		"every 3 months from 15 March， 2027":   "every 3 months from 2027-03-15 at 09:00",
		"second Tuesday of the month at 10：00": "second Tuesday of the month at 10:00",
		"０ ９ ＊ ＊ 1–5":                          "0 9 * * 1-5",
		"0 9 1、15 * *":                         "0 9 1,15 * *",
		"0 9 1, 15 * *":                        "0 9 1,15 * *",
		"0 9 * * MON ， WED":                    "0 9 * * MON,WED",
	} {
		r, err := Parse(in)
		if err != nil || r.String() != want {
			t.Errorf("%q is the rule %q, %v, want %q", in, r, err, want)
		}
	}
	if _, err := Parse("every ２ moons，please"); err == nil || !strings.Contains(err.Error(), "moons") {
		t.Errorf("it is refused as %v", err)
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
		{"0 9 ? * 1", "last Friday"},
		{"0 9 L * *", "last Friday"},
		{"0 9 LW * *", "last Friday"},
		{"0 9 15W * *", "last Friday"},
		{"0 9 * * 5L", "last Friday"},
		{"0 9 * * FRIL", "last Friday"},
		{"0 9 * * 1,MON#2", "last Friday"},
		{"every 2 weeks", "from when"},
		{"every 2 weeks from soon", "write it as 2027-03-15"},
		{"every 0 weeks from 2027-01-01", "from 1 to 104"},
		{"every 2 moons from 2027-01-01", `"moons" in "every 2 moons from 2027-01-01" is not clear`},
		{"every 2 weeks from 2027-03-15 at nine", "at 09:00"},
		{"second Thingday of the month", `"thingday" in "second Thingday of the month" is not clear`},
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

// TestAMistakeInACronLine is answered in one sentence that names the field, what is wrong in it,
// and the right form.
func TestAMistakeInACronLine(t *testing.T) {
	const minute, hour, day, month, weekday = "a minute is a number from 0 to 59", "an hour is a number from 0 to 23", "a day of the month is a number from 1 to 31",
		"a month is a number from 1 to 12, or JAN to DEC", "a weekday is a number from 0 to 7 (both are Sunday), or MON to SUN"
	for _, c := range []struct{ rule, part, says string }{
		{"60 9 * * *", "60", minute},
		{"0 25 * * *", "25", hour},
		{"0 9am * * *", "9am", hour},
		{"0 9:30 * * *", "9:30", hour},
		{"0 9 0 * *", "0", day},
		{"0 9 1,32 * *", "32", day},
		{"0 9 1 13 *", "13", month},
		{"0 9 1 Janury *", "Janury", month},
		{"0 9 * * 8", "8", weekday},
		{"0 9 * * Wensday", "Wensday", weekday},
		{"0 9 * * +1", "+1", weekday},
		{"0 9 * * 1-2-3", "1-2-3", weekday},
		{"0 9 * * *-5", "*-5", weekday},

		{"0 9 * * MON-", "MON-", "a range of weekdays has two ends, such as MON-FRI"},
		{"0 9 * * -5", "-5", "a range of weekdays has two ends, such as MON-FRI"},
		{"0 9- * * 1", "9-", "a range of hours has two ends, such as 9-17"},
		{"0-/5 9 * * 1", "0-/5", "a range of minutes has two ends, such as 0-30"},
		{"0 9 1- * *", "1-", "a range of days has two ends, such as 1-15"},
		{"0 9 1 JAN- *", "JAN-", "a range of months has two ends, such as APR-SEP"},

		{"0 9 * * 7/2", "7/2", "a step of weekdays stands behind * or a range, such as 1-5/2, and is a number from 1 to 6"},
		{"0 9 * * 1-5/9", "1-5/9", "a step of weekdays stands behind"},
		{"0 9 * * 1-5/", "1-5/", "a step of weekdays stands behind"},
		{"*/100 * * * *", "*/100", "a step of minutes stands behind * or a range, such as */15, and is a number from 1 to 59"},
		{"0 */0 * * *", "*/0", "a step of hours stands behind * or a range, such as 9-17/2, and is a number from 1 to 23"},
		{"0 9 */x * *", "*/x", "a step of days stands behind"},
		{"0 9 1 */13 *", "*/13", "a step of months stands behind"},
		{"0 9 1 */2/2 *", "*/2/2", "a step of months stands behind"},

		{"0 9 * * MON;WED", "MON;WED", weekday + `; write "MON,WED"`},
		{"0 9；17 * * 1", "9;17", hour + `; write "9,17"`},
		{"0 9 * * MON|WED|FRI", "MON|WED|FRI", weekday + `; write "MON,WED,FRI"`},
		{"0 9 * * MON WED", "MON WED", weekday + `; write "MON,WED"`},
		{"0 9 * * mon wed fri", "mon wed fri", weekday + `; write "mon,wed,fri"`},
		{"0 9 1 JAN JUL *", "JAN JUL", month + `; write "JAN,JUL"`},

		{"0 9 * * 5-0", "5-0", weekday + `; write "5-7"`},
		{"0 9 * * FRI-0", "FRI-0", weekday + `; write "5-7"`},
		{"0 9 * * 6-1", "6-1", weekday + `; write "6,0-1"`},
		{"0 9 * * FRI-MON", "FRI-MON", weekday + `; write "5-6,0-1"`},
		{"0 9 * * 7-3", "7-3", weekday + `; write "0-3"`},
		{"0 9 * * 5-1/2", "5-1/2", weekday + `; write "5,0"`},
		{"0 22-6 * * *", "22-6", hour + `; write "22-23,0-6"`},
		{"0 9 1 9-2/3 *", "9-2/3", month + `; write "9,12"`},
		{"0 9 1 11-3/2 *", "11-3/2", month + `; write "11,1,3"`},
		{"0 9 1 NOV-FEB *", "NOV-FEB", month + `; write "11-12,1-2"`},
	} {
		_, err := Parse(c.rule)
		want := fmt.Sprintf("%q in the cron line %q cannot be read: ", c.part, chars.ASCII(c.rule))
		if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("Parse(%q) = %v; want %s%s", c.rule, err, want, c.says)
			continue
		}
		// What it says to write is a rule.
		if _, mend, ok := strings.Cut(err.Error(), `; write "`); ok {
			mended := strings.Replace(chars.ASCII(c.rule), c.part, strings.TrimSuffix(mend, `"`), 1)
			if _, err := Parse(mended); err != nil {
				t.Errorf("Parse(%q) says to write %q: %v", c.rule, mended, err)
			}
		}
	}
}

func TestWarnings(t *testing.T) {
	for rule_, says := range map[string]string{
		"0 9 1-7 * 1": "also every weekday", "0 9 1 */3 *": "from January", "0 9 */14 * *": "start again", "0 9 * * 1": "",
		"every 2 weeks from 2027-03-15":              "",
		"every 2 weeks from 2027-03-15 at 09:00":     "",
		"every 2 weeks from 2027-03-15 at 14:00":     "its 14:00 is not used",
		"every 3 months from 2027-01-31 at 7:30":     "its 07:30 is not used",
		"second Tuesday of the month at 00:00":       "its 00:00 is not used",
		"30 14 * * 1":                                "its 14:30 is not used",
		"* * * * *":                                  "1440 times a day",
		"*/5 * * * 1":                                "288 times a day",
		"0 * * * *":                                  "24 times a day",
		"0 9,14 * * 1":                               "2 times a day",
		"0 9-17/4 1 * *":                             "3 times a day",
		"0,30 9 1 * *":                               "2 times a day",
		"last Friday every 3 months from 2027-01-01": "",
	} {
		got := strings.Join(rule(t, rule_).Warnings(lang.English()), "; ")
		if says == "" && got != "" || !strings.Contains(got, says) {
			t.Errorf("%s warns %q, want words about %q", rule_, got, says)
		}
	}
}

// TestARuleIsToldByTheDay: nothing happens at the hour of a rule, so nobody reads of it.
func TestARuleIsToldByTheDay(t *testing.T) {
	for rule_, want := range map[string]string{
		"every 1 week from 2027-03-15 at 14:00":               "every week on Monday, from 15 March 2027",
		"every 2 weeks from 2027-03-15 at 14:00":              "every second week on Monday, from 15 March 2027",
		"every 3 weeks from 2027-03-15":                       "every 3 weeks on Monday, from 15 March 2027",
		"every 1 months from 2027-01-31 at 14:00":             "every month on the last day, from 31 January 2027",
		"every 2 months from 2027-01-31":                      "every second month on the last day, from 31 January 2027",
		"every 3 months from 2027-01-31 at 14:00":             "every 3 months on the last day, from 31 January 2027",
		"second Tuesday of the month at 14:00":                "every month on the second Tuesday",
		"last Friday every 2 months from 2027-01-01 at 14:00": "every second month on the last Friday, from 1 January 2027",
		"every 3 months on the 30th from 2027-02-28":          "every 3 months on the 30th (or the last day), from 28 February 2027",
		"every 12 months from 2027-01-15":                     "every year on 15 January, from 15 January 2027",
		"every 24 months from 2028-02-29":                     "every 2 years on 29 February, from 29 February 2028",
		"third Thursday every 12 months from 2027-03-18":      "every year on the third Thursday of March, from 18 March 2027",
		"last working day of the month":                       "every month on the last working day",
		"first working day every 3 months from 2027-01-04":    "every 3 months on the first working day, from 4 January 2027",
		"0 10 10 3,6,9,12 *":                                  "on the 10th of March, June, September and December",
		"0 9 * * 1":                                           "every Monday",
		"0 9 * * MON,THU":                                     "every Monday and Thursday",
		"0 9 * * 1-5":                                         "every day from Monday to Friday",
		"0 9 * 7 1":                                           "every Monday in July",
		"0 9 1,15 * *":                                        "on the 1st and 15th of every month",
		"0 9 13 * 5":                                          "on the 13th of every month, and besides every Friday",
		"*/5 * * * *":                                         "every day",
		"last Friday every 3 months from 2027-01-01 at 14:00": "every 3 months on the last Friday, from 1 January 2027",
	} {
		if got := rule(t, rule_).Describe(lang.English()); got != want {
			t.Errorf("%s is told as %q, want %q", rule_, got, want)
		}
	}
}

func TestTheNextDaysOfARule(t *testing.T) {
	for _, c := range []struct{ name, rule, zone, from, want string }{
		{"today counts", "every 2 weeks from 2027-03-15 at 00:00", "Asia/Shanghai", "2027-03-15", "2027-03-15 2027-03-29 2027-04-12"},
		{"many times a day are one day", "*/5 * * * *", "Asia/Shanghai", "2027-03-15", "2027-03-15 2027-03-16 2027-03-17"},
		{"also on a day without a midnight", "*/5 * * * *", "America/Santiago", "2026-09-05", "2026-09-05 2026-09-06 2026-09-07"},
		{"fewer where the rule ends", "0 9 29 2 *", "Asia/Shanghai", "2096-02-01", "2096-02-29"},
	} {
		from, err := civil.Parse(c.from)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range rule(t, c.rule).NextDays(from, zone(t, c.zone), 3) {
			got = append(got, d.String())
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
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
	for _, s := range []string{"0 9 * * 1", "every 2 weeks from 2027-03-15 at 09:00", "second Tuesday of the month", "last fri every 3 months from 2027-01-01", "last working day every 3 months from 2027-01-29", "every 3 months on the 31st from 2027-02-28", "on the 5th and 20th of every month",
		"twice a year", "every second Tuesday", "every 3 months from 03/04/2027", "third Thursday of every quarter", "every 15 March and 15 September", "every year on the first Monday in March", "TZ=0", "@every 0s", "*/5 * * * *"} {
		f.Add(s)
	}
	z := time.UTC
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, z)
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Read(s, civil.Of(now))
		if err != nil {
			two := strings.Contains(err.Error(), "can mean two things; write") || strings.Contains(err.Error(), "no rhythm that I can keep; write")
			for _, p := range proposals(err) {
				if _, again := Read(p, civil.Of(now)); again != nil && two {
					t.Fatalf("%q is refused with %v, of which %q is refused with %v", s, err, p, again)
				}
			}
			return
		}
		if rh, ok := r.Rhythm(); ok {
			if again, err := Read(rh.Typed(), civil.Of(now)); err != nil || !slices.Equal(again.NextDays(civil.Of(now), z, 3), r.NextDays(civil.Of(now), z, 3)) {
				t.Fatalf("%q is %+v in parts, which is read as %q, %v", r, rh, again, err)
			}
		}
		again, err := Parse(r.String())
		if err != nil || again.String() != r.String() {
			t.Fatalf("%q is written %q, which reads as %q, %v", s, r, again, err)
		}
		for after, n := now, 0; n < 3; n++ {
			next, ok := r.Next(after, z)
			if !ok {
				break
			}
			if !next.After(after) {
				t.Fatalf("%q: %s is not after %s", s, next, after)
			}
			after = next
		}
		for _, d := range r.NextDays(civil.Of(now), z, 3) {
			if !r.On(d, z) {
				t.Fatalf("%q: %s is not a day of it", s, d)
			}
		}
		_ = r.Describe(lang.English())
		_ = r.Warnings(lang.English())
	})
}
