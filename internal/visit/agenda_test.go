package visit

import (
	"testing"

	"visitprep/internal/civil"
)

func TestTheAgendaOfADay(t *testing.T) {
	first, second, third := civil.On(2027, 3, 8), civil.On(2027, 3, 9), civil.On(2027, 3, 10) // Monday to Wednesday
	for _, c := range []struct{ name, agenda, first, second, third string }{
		{"none", "", "", "", ""},
		{"without days it is that of each", "09:30 opening\n14:00 line 2", "09:30 opening\n14:00 line 2", "09:30 opening\n14:00 line 2", "09:30 opening\n14:00 line 2"},
		{"days in lines", "Day 1: 09:30 opening\n14:00 line 2\nDay 2: 10:00 warehouse", "09:30 opening\n14:00 line 2", "10:00 warehouse", ""},
		{"days in one line", "Day 1: 09:30 opening. Day 2: 10:00 warehouse; Day 3: lunch", "09:30 opening.", "10:00 warehouse;", "lunch"},
		{"what stands before the first day", "Hotel: Shangri-La\nDAY 1 - 09:30 opening\nday two: 10:00", "Hotel: Shangri-La\n09:30 opening", "Hotel: Shangri-La\n10:00", "Hotel: Shangri-La"},
		{"days as heads", "Day 1 (Monday)\n09:30 opening\n\nDay 2\n10:00", "09:30 opening", "10:00", ""},
		{"several days at once", "Days 1-2: audit\nDay 3: closing", "audit", "audit", "closing"},
		{"several days with an hour", "Days 1–2: 09:30 audit\nDay 3 – 10:00 closing", "09:30 audit", "09:30 audit", "10:00 closing"},
		{"by and", "Day 1 and 3: line 2", "line 2", "line 2", "line 2"},
		{"ordinals", "First day: opening\n2nd day: closing", "opening", "closing", ""},
		{"dates", "Mon 8 March: opening\n9 March 2027\n10:00 warehouse\nMarch 10th: closing", "opening", "10:00 warehouse", "closing"},
		{"dates in figures", "2027-03-08: opening\n9.3. warehouse\n10.03.2027: closing", "opening\n9.3. warehouse", "", "closing"},
		{"weekdays", "Monday: opening\nTuesday: warehouse\nWed – closing", "opening", "warehouse", "closing"},
		{"a weekday that is none of the visit", "Monday: opening\nFriday: at home", "opening\nFriday: at home", "", ""},
		{"Chinese", "第一天：开会 第二天 看生产线\n第3天：总结", "开会", "看生产线", "总结"},
		{"a day that the visit has not", "Day 1: opening\nDay 7: sightseeing", "opening", "", ""},
		{"a time is no day", "09:30 opening\n8:00 bus", "09:30 opening\n8:00 bus", "09:30 opening\n8:00 bus", "09:30 opening\n8:00 bus"},
		{"days in a sentence", "We stay one day more if day 2 is short", "We stay one day more if day 2 is short", "We stay one day more if day 2 is short", "We stay one day more if day 2 is short"},
		{"may is a word", "May be late: bring snacks", "May be late: bring snacks", "May be late: bring snacks", "May be late: bring snacks"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Visit{First: first, Last: third, Agenda: c.agenda}
			for d, want := range map[civil.Date]string{first: c.first, second: c.second, third: c.third} {
				if got := v.AgendaOn(d); got != want {
					t.Errorf("on %s it is %q, want %q", d, got, want)
				}
			}
		})
	}
}
