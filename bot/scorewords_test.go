package bot

import (
	"strings"
	"testing"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// A day by which the next visit is due is never named as if it were to come once it is past.
func TestADayThatIsPastWasTheDay(t *testing.T) {
	yearly := visit.Cadence{Class: visit.RiskMedium, Months: 12, Last: civil.On(2027, 1, 12), Next: civil.On(2028, 1, 12)}
	third := visit.Cadence{Class: visit.RiskNew, Last: civil.On(2027, 1, 12), Next: civil.On(2028, 1, 12)}
	for _, tc := range []struct {
		name  string
		next  visit.Cadence
		today civil.Date
		want  string
		row   string
	}{
		{"before the day", yearly, civil.On(2028, 1, 11), "By 12 January 2028: every 12 months", "next visit by 12 January 2028"},
		{"on the day", yearly, civil.On(2028, 1, 12), "By 12 January 2028: every 12 months", "next visit by 12 January 2028"},
		{"after it", yearly, civil.On(2028, 1, 13), "It was due by 12 January 2028: every 12 months", "next visit was due by 12 January 2028"},
		{"of a new factory, after it", third, civil.On(2028, 1, 13), "It was due by 12 January 2028: a new factory", "next visit was due by 12 January 2028"},
	} {
		if said := cadenceWords(english, &tc.next, tc.today)[0]; !strings.HasPrefix(said, tc.want) {
			t.Errorf("%s it says %q; want %q", tc.name, said, tc.want)
		}
		y := visit.ScoreYear{Cadence: tc.next, Today: tc.today}
		if row := strings.Join(rowWords(english, &y), "; "); !strings.HasSuffix(row, tc.row) {
			t.Errorf("%s the table says %q; want %q", tc.name, row, tc.row)
		}
	}
}
