package civil_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"visitprep/internal/civil"
)

// FuzzRead reads any words as a day: there is a day or there is a reason, never both, and a day
// that is read is one of the calendar, written with its own numbers.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"2027-03-15", "15.3.2027", "3/4/2027", "15/03/27", "March 15th, 2027", "Mon 15 Mar 2027", "二〇二七年三月十五日", "2027年3月15日 星期一", "20270315", "46461",
		"2027-03-15T00:00:00Z", "15.03.2027 12:00:00 AM", "2027-02-30", "0000-00-00", "99999999999999999999", "31.12.69", "1/2/3", "十", "so", "Montag, 15. März 2027", "２０２７．３．１５", "\xff", "-",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, wrong, how := civil.Read(s)
		if d.IsZero() != (wrong != "") || how != "" && wrong == "" {
			t.Fatalf("%q is %v, wrong %q, how %q", s, d, wrong, how)
		}
		if !utf8.ValidString(wrong) || strings.Contains(wrong, "\n") {
			t.Errorf("of %q it says %q", s, wrong)
		}
		if d.IsZero() {
			// The form that is proposed has to be one that is read.
			if day, ok := strings.CutPrefix(how, "write "); ok && len(day) == len(time.DateOnly) {
				if proposed, wrong, _ := civil.Read(day); wrong != "" || proposed.IsZero() {
					t.Errorf("of %q it proposes %q, which is %s", s, day, wrong)
				}
			}
			return
		}
		if d != civil.On(d.Year, d.Month, d.Day) || d.Year < 1 || d.Year > 9999 {
			t.Errorf("%q is %+v, which is no day of the calendar", s, d)
		}
		for _, again := range []string{d.String(), d.Format("2 January 2006"), d.Format("Monday, January 2, 2006"), d.Format("2006年1月2日"), " " + s + " ", s + "\n"} {
			if e, wrong, _ := civil.Read(again); wrong != "" || e != d {
				t.Errorf("%q is %v, and %q is %v, %s", s, d, again, e, wrong)
			}
		}
		// In digits, the day of the month and the end of the year are there.
		if ascii := strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0; ascii && (!strings.Contains(s, fmt.Sprint(d.Day)) || !strings.Contains(s, fmt.Sprintf("%02d", d.Year%100))) {
			t.Errorf("%q is read as %v", s, d)
		}
		if p, err := civil.Parse(s); err == nil && p != d {
			t.Errorf("%q is %v here and %v there", s, d, p)
		}
	})
}
