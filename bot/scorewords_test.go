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

// What a colleague set is not passed off as what the rules say while the season stands on top of it.
func TestTheSeasonHidesNoColleague(t *testing.T) {
	season := "Lots finished around Spring Festival are treated as high risk. Otherwise it would be low."
	for _, tc := range []struct {
		name string
		risk visit.Risk
		want string
		row  string
	}{
		{"nothing set", visit.Risk{Class: visit.RiskHigh, Rule: visit.RuleSpringFestival, Counted: visit.RiskLow}, season, "risk high around Spring Festival, otherwise low"},
		{"set", visit.Risk{Class: visit.RiskHigh, Rule: visit.RuleSpringFestival, Counted: visit.RiskLow, Ruled: visit.RiskHigh, Why: "Known for years."},
			season + " A colleague set it: Known for years. The rules say high.", "risk high around Spring Festival, otherwise low"},
		{"set without a reason", visit.Risk{Class: visit.RiskHigh, Rule: visit.RuleSpringFestival, Counted: visit.RiskNew, Ruled: visit.RiskMedium},
			strings.Replace(season, "low.", "new.", 1) + " A colleague set it. The rules say medium.", "risk high around Spring Festival, otherwise new"},
		{"set, outside the season", visit.Risk{Class: visit.RiskLow, Rule: visit.RuleSet, Counted: visit.RiskHigh, Why: "Known for years."}, "A colleague set it: Known for years. The rules say high.", "risk low"},
	} {
		if got := riskWords(english, &tc.risk); got != tc.want {
			t.Errorf("%s: it says %q; want %q", tc.name, got, tc.want)
		}
		y := visit.ScoreYear{Risk: tc.risk}
		if got := strings.Join(rowWords(english, &y), " · "); got != tc.row {
			t.Errorf("%s: the table says %q; want %q", tc.name, got, tc.row)
		}
	}
}
