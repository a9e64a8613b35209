package visit

import (
	"fmt"
	"strings"
	"testing"

	"visitprep/internal/civil"
)

func TestTheHoursOfAnAgenda(t *testing.T) {
	first, last := civil.On(2027, 3, 15), civil.On(2027, 3, 17)
	for _, c := range []struct {
		agenda string
		want   string // day of the month, hours, text
	}{
		{"", ""},
		{"Day 1: 09:30 opening", "15 09:30-10:30 opening"},
		{"Day 1: 09:30 opening\n10:00 tour\n14:00-16:00 records\nDay 2: 9:00–12:30 audit", "15 09:30-10:00 opening; 15 10:00-11:00 tour; 15 14:00-16:00 records; 16 09:00-12:30 audit"},
		{"09:30 opening meeting, 10:00 tour, with helmets; 12:00 lunch", "15 09:30-10:00 opening meeting; 15 10:00-11:00 tour, with helmets; 15 12:00-13:00 lunch"},
		{"- 9.30 opening\n• 10h15 tour\n1. 13:00: lunch", "15 09:30-10:15 opening; 15 10:15-11:15 tour; 15 13:00-14:00 lunch"},
		{"9am opening\n2-4 pm records\n9:30 PM dinner\n12 am bus", "15 00:00-01:00 bus; 15 09:00-10:00 opening; 15 14:00-16:00 records; 15 21:30-22:30 dinner"},
		{"9:00 - 5:00 audit\n22:00-01:00 night shift", "15 09:00-17:00 audit; 15 22:00-25:00 night shift"},
		{"第二天：上午9点半 开会\n下午2点-4点 看生产线\n14点30分 总结\n18点 晚饭", "16 09:30-10:30 开会; 16 14:00-16:00 看生产线; 16 14:30-15:30 总结; 16 18:00-19:00 晚饭"},
		{"Lunch 12:00-13:00\nOpening (9:30)\nClosing at 16:00.", "15 09:30-10:30 Opening; 15 12:00-13:00 Lunch; 15 16:00-17:00 Closing"},
		{"Days 1-2: 09:00 audit", "15 09:00-10:00 audit; 16 09:00-10:00 audit"},
		{"Tue 16 March\n10:00 tour\nWed 17 March: 11:00 closing", "16 10:00-11:00 tour; 17 11:00-12:00 closing"},
		{"９：３０－１０：００ 开会", "15 09:30-10:00 开会"},
		// What is no hour, or says no thing.
		{"send the report by 17:00\nnot before 9:00\n09:30\n25:00 x\n9:75 y\n3 samples\n2 of 5 pcs\n10.5 mm gauge\n14.03. flight\n100:20 ratio\n12.30% off\nUSD 1.50 each\nleave after 18:00", ""},
		{"Day 7: 09:00 sightseeing", ""},
		{"09:30 opening\n09:30 second team", "15 09:30-10:30 opening; 15 09:30-10:30 second team"},
	} {
		t.Run(c.agenda, func(t *testing.T) {
			v := Visit{First: first, Last: last, Agenda: c.agenda}
			var got []string
			for _, s := range v.Slots() {
				got = append(got, fmt.Sprintf("%d %02d:%02d-%02d:%02d %s", s.Day.Day, s.From/60, s.From%60, s.To/60, s.To%60, s.Text))
			}
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("it is  %s\nwant   %s", text, c.want)
			}
		})
	}
}
