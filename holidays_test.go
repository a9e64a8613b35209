package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/knowledge"
)

// TestAdviceAndCalendarNameTheSameDays: what the entry on the holidays of 2027 says to expect is
// what the calendar reckons with when it plans and answers.
func TestAdviceAndCalendarNameTheSameDays(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	entry, ok := base.Entry("travel-dates-2027")
	if !ok {
		t.Fatal("there is no entry on the holidays of 2027")
	}
	calendar, err := holiday.China()
	if err != nil {
		t.Fatal(err)
	}
	// By the first word of its name: the day, or days, as a row of the entry names them.
	span := map[string][2]civil.Date{}
	for d := civil.On(2027, 1, 1); d.Year == 2027; d = d.AddDays(1) {
		if day, _ := calendar.Day(d); day.Off {
			name, _, _ := strings.Cut(day.Name, " ")
			if _, known := span[name]; !known {
				span[name] = [2]civil.Date{d}
			}
			span[name] = [2]civil.Date{span[name][0], d}
		}
	}
	row := regexp.MustCompile(`(?m)^(\S+)[^|\n]* \| (?:(\w{3}) )?(\d+)(?: (?:to|and) (\d+))? ([A-Z][a-z]+)$`)
	for _, r := range row.FindAllStringSubmatch(entry.Text, -1) {
		of, known := span[r[1]]
		if !known {
			t.Errorf("the calendar has no holiday of %q", r[0])
			continue
		}
		delete(span, r[1])
		last := r[4]
		if last == "" {
			last = r[3]
		}
		if r[3] != strconv.Itoa(of[0].Day) || last != strconv.Itoa(of[1].Day) || !strings.HasPrefix(of[0].Month.String(), r[5]) || r[2] != "" && r[2] != of[0].Format("Mon") {
			t.Errorf("the entry has %q; the calendar %s to %s", r[0], of[0].Format("Mon 2 January"), of[1].Format("Mon 2 January"))
		}
	}
	if len(span) > 0 {
		t.Errorf("without a row are %v", span)
	}
	if !entry.Verify || !strings.Contains(entry.Text, "expect") {
		t.Error("the entry does not say that the days are expected only, and to be verified")
	}
}
