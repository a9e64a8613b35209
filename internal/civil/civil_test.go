package civil

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestAt(t *testing.T) {
	for _, c := range []struct {
		name, zone   string
		day          Date
		hour, minute int
		want         string
	}{
		{"a plain morning in Shanghai", "Asia/Shanghai", Date{2027, 3, 15}, 7, 0, "2027-03-15T07:00:00+08:00"},
		{"02:30 on the night New York skips it", "America/New_York", Date{2026, 3, 8}, 2, 30, "2026-03-08T03:00:00-04:00"},
		{"01:30 on the night New York has it twice", "America/New_York", Date{2026, 11, 1}, 1, 30, "2026-11-01T01:30:00-04:00"},
		{"midnight on the night Santiago skips it", "America/Santiago", Date{2026, 9, 6}, 0, 0, "2026-09-06T01:00:00-03:00"},
		{"Lord Howe skips half an hour", "Australia/Lord_Howe", Date{2026, 10, 4}, 2, 15, "2026-10-04T02:30:00+11:00"},
		{"Chatham puts its clocks back to 02:45", "Pacific/Chatham", Date{2026, 4, 5}, 3, 0, "2026-04-05T03:00:00+13:45"},
		{"Apia had no 30 December 2011", "Pacific/Apia", Date{2011, 12, 30}, 9, 0, "2011-12-31T00:00:00+14:00"},
		{"UTC never changes", "UTC", Date{2026, 1, 1}, 0, 0, "2026-01-01T00:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.day.At(c.hour, c.minute, zone).Format(time.RFC3339); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestDays(t *testing.T) {
	jan31 := Date{2027, 1, 31}
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"a month after 31 January is the end of February", jan31.AddMonths(1), Date{2027, 2, 28}},
		{"a year back from 29 February is the 28th", Date{2028, 2, 29}.AddMonths(-12), Date{2027, 2, 28}},
		{"days run over the end of a year", jan31.AddDays(-31), Date{2026, 12, 31}},
		{"the days between two days", Date{2027, 3, 1}.Sub(Date{2027, 2, 1}), 28},
		{"a day is before the next", jan31.Before(jan31.AddDays(1)), true},
		{"15 March 2027 is a Monday", Date{2027, 3, 15}.Weekday(), time.Monday},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, s := range []string{"", "2027-02-30", "15.3.2027", "2027-3-5", "tomorrow"} {
		if d, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) is %v, want an error", s, d)
		}
	}
	var d Date
	if err := d.Scan("2027-03-15"); err != nil || d != (Date{2027, 3, 15}) {
		t.Errorf("Scan: %v, %v", d, err)
	}
	if err := d.Scan(42); err == nil {
		t.Error("Scan(42) is no error")
	}
}
