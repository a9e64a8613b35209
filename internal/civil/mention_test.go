package civil

import (
	"fmt"
	"strings"
	"testing"
)

func TestMentions(t *testing.T) {
	today := Date{2027, 3, 3} // a Wednesday
	for _, k := range []struct{ name, sentence, days, rest string }{
		{"a day before its month", "is 10 October a working day", "2027-10-10", "is a working day"},
		{"a month before its day", "are factories open on May 1st, 2028?", "2028-05-01", "are factories open on ?"},
		{"a short month", "holiday on 3 oct?", "2027-10-03", "holiday on ?"},
		{"a short month with a stop", "on Oct. 3", "2027-10-03", "on"},
		{"the third of a month", "the 3rd of October", "2027-10-03", ""},
		{"a day that has been this year is next year's", "10 february", "2028-02-10", ""},
		{"today is still to come", "3 march", "2027-03-03", ""},
		{"a leap day", "29 feb", "2028-02-29", ""},
		{"no such day", "31 april", "", "31 april"},
		{"written for machines", "can I visit on 2027-02-18", "2027-02-18", "can i visit on"},
		{"two readings", "3/4", "2027-04-03 or 2027-03-04", ""},
		{"one reading", "13/4", "2027-04-13", ""},
		{"both numbers the same", "4/4", "2027-04-04", ""},
		{"two readings with a year", "3/4/2028", "2028-03-04 or 2028-04-03", ""},
		{"points with a year", "13.4.2028", "2028-04-13", ""},
		{"points with one reading", "1.10.2027", "2027-10-01", ""},
		{"points without a year", "is 1.10. a holiday", "2027-10-01", "is a holiday"},
		{"a price is no day", "is 1.10 a good price", "", "is 1.10 a good price"},
		{"a weekday before a date", "Saturday, 10 October 2026", "2026-10-10", ""},
		{"hyphens", "10-oct-2026", "2026-10-10", ""},
		{"Chinese", "10月1日 放假吗", "2027-10-01", "放假吗"},
		{"Chinese with a year", "2028年10月1号", "2028-10-01", ""},
		{"a run", "closed between 1 and 7 October 2027?", "2027-10-01–2027-10-07", "closed between ?"},
		{"a run with a dash", "1–7 Oct", "2027-10-01–2027-10-07", ""},
		{"a run after its month", "October 1 to 7, 2028", "2028-10-01–2028-10-07", ""},
		{"a run over two months", "from 28 September to 3 October 2028", "2028-09-28–2028-10-03", "from to"},
		{"a run over two years", "between 28 December and 3 January", "2027-12-28–2028-01-03", "between and"},
		{"a run that has begun", "from 1 march to 5 march", "2027-03-01–2027-03-05", "from to"},
		{"two days", "10 October or 12 November", "2027-10-10, 2027-11-12", "or"},
		{"today", "are they open today", "2027-03-03", "are they open"},
		{"tomorrow", "tomorrow?", "2027-03-04", "?"},
		{"two days on", "the day after tomorrow", "2027-03-05", ""},
		{"this Saturday", "do they work this saturday", "2027-03-06", "do they work"},
		{"next Monday is in the coming week", "is next monday a holiday in china", "2027-03-08", "is a holiday in china"},
		{"next Friday can be this week's", "next friday", "2027-03-05 or 2027-03-12", ""},
		{"next Wednesday on a Wednesday", "next wednesday", "2027-03-10", ""},
		{"some Sunday", "and on a sunday?", "2027-03-07", "and on ?"},
		{"Sundays are no day", "on sundays", "", "on sundays"},
		{"a weekend", "this weekend", "2027-03-06–2027-03-07", ""},
		{"Christmas", "is christmas a holiday", "2027-12-25", "is a holiday"},
		{"New Year’s Day", "New Year’s Day 2029", "2029-01-01", ""},
		{"Chinese New Year is another", "chinese new year", "", "chinese new year"},
		{"nor is its first day the first of January", "chinese new year's day", "", "chinese new year's day"},
		{"may is a verb", "may I visit", "", "may i visit"},
		{"a number is no day", "is 30 % normal", "", "is 30 % normal"},
		{"a long number", "2026101012", "", "2026101012"},
	} {
		t.Run(k.name, func(t *testing.T) {
			found, rest := Mentions(k.sentence, today)
			var days []string
			for _, m := range found {
				s := m.First.String()
				if m.Last != m.First {
					s += "–" + m.Last.String()
				}
				if !m.Other.IsZero() {
					s += " or " + m.Other.String()
				}
				days = append(days, s)
			}
			if got := strings.Join(days, ", "); got != k.days || rest != k.rest {
				t.Errorf("%q names %q beside %q, want %q beside %q", k.sentence, got, rest, k.days, k.rest)
			}
		})
	}
}

// FuzzMentions: whatever is typed names days that exist, the first not after the last.
func FuzzMentions(f *testing.F) {
	for _, s := range []string{"1–7 Oct", "31/31/31", "0月0日", "from 29 feb to 1 mar", "next sun", "2027-02-30 to 1/1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		found, _ := Mentions(s, Date{2027, 3, 3})
		for _, m := range found {
			for _, d := range []Date{m.First, m.Last} {
				if d != On(d.Year, d.Month, d.Day) || d.IsZero() {
					t.Errorf("%q names %s", s, fmt.Sprint(m))
				}
			}
			if m.Last.Before(m.First) {
				t.Errorf("%q ends before it begins: %v", s, m)
			}
		}
	})
}
