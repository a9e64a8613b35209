package exchange_test

import (
	"strings"
	"testing"

	"visitprep/internal/exchange"
)

// visitOn is a file with one visit, whose first day is written in some way.
func visitOn(day string) []byte {
	return []byte("kind,factory,purpose,first,channel\nvisit,A,first_visit,\"" + day + "\",C0AAAAAAA1\n")
}

func TestDaysThatMeanOneDay(t *testing.T) {
	for _, day := range []string{
		"2027-03-15", "2027/3/15", "2027/03/15", "2027-3-15", "2027.3.15", "2027. 3. 15.", "2027年3月15日", "2027年03月15日", "2027年3月15号", "20270315",
		"2027-03-15 00:00:00", "2027-03-15T00:00:00", "2027-03-15T00:00:00Z", "2027-03-15T00:00:00.000Z", "2027/3/15 0:00", "2027-03-15 00:00",
		"3/15/2027 12:00:00 AM", "3/15/2027 12:00 am", "15.03.2027 00:00:00", "2027/3/15 上午 12:00:00",
		"15.03.2027", "15.3.2027", "15. 3. 2027", "15/03/2027", "15-03-2027", "3/15/2027", "03-15-2027", "3/15/27",
		"15 Mar 2027", "15-Mar-27", "15-Mar-2027", "15 March 2027", "March 15, 2027", "Mar 15, 2027", "March 15th, 2027", "15th of March 2027", "2027-Mar-15",
		"15MAR2027", "15Mar27", "2027年3月15日（周一）", "2027-03-15 (Mon)", "27年3月15日", "二〇二七年三月十五日", "2027년 3월 15일",
		"Monday, March 15, 2027", "Monday, 15 March 2027", "Mon 15 Mar 2027", "15. März 2027", "Montag, 15. März 2027", "15 mars 2027", "15 de marzo de 2027", "2027年3月15日星期一",
		"２０２７－０３－１５", "２０２７／３／１５", "２０２７年３月１５日", "2027–03–15", "2027−3−15", " 2027-03-15\u00a0", "MARCH 15 2027",
	} {
		c, err := exchange.Read("a.csv", visitOn(day), "T1", kinds, exchange.Recorded{})
		if err != nil {
			t.Errorf("%s: %v", day, err)
		} else if got := c.Visits[0].First.String(); got != "2027-03-15" {
			t.Errorf("%s is read as %s", day, got)
		}
	}
	for day, want := range map[string]string{"05/05/2027": "2027-05-05", "5.5.2027": "2027-05-05", "05.05.05": "2005-05-05", "1 May 2027": "2027-05-01", "二〇二七年十一月三十日": "2027-11-30", "二〇二七年十月十日": "2027-10-10", "二〇三〇年二月二十五日": "2030-02-25", "01年2月3日": "2001-02-03", "29.02.2028": "2028-02-29"} {
		if c, err := exchange.Read("a.csv", visitOn(day), "T1", kinds, exchange.Recorded{}); err != nil || c.Visits[0].First.String() != want {
			t.Errorf("%s is read as %+v, %v; want %s", day, c.Visits, err, want)
		}
	}
}

func TestDaysThatAreRefused(t *testing.T) {
	for day, want := range map[string]string{
		"3/4/2027":             `first: "3/4/2027" can mean 2027-03-04 (4 March 2027) or 2027-04-03 (3 April 2027): write the one that is meant`,
		"03.04.2027":           `first: "03.04.2027" can mean 2027-03-04 (4 March 2027) or 2027-04-03 (3 April 2027): write`,
		"3-4-2027":             `can mean 2027-03-04 (4 March 2027) or 2027-04-03`,
		"０３．０４．２０２７":           `can mean 2027-03-04`,
		"3/4/2027 0:00":        `can mean 2027-03-04`,
		"15/03/27":             `can mean 2015-03-27 (27 March 2015) or 2027-03-15 (15 March 2027)`,
		"01/02/03":             `can mean 2001-02-03 (3 February 2001) or 2003-01-02 (2 January 2003) or 2003-02-01 (1 February 2003)`,
		"15-Mar-99":            `can mean 1999-03-15 (15 March 1999) or 2099-03-15`,
		"46461":                `first: "46461" is a spreadsheet's number for the day 2027-03-15: write it as 2027-03-15, or format its column as a date`,
		"2027-03-15 14:30":     `first: "2027-03-15 14:30" has a time of day, which is not kept: write 2027-03-15`,
		"2027-03-14T16:00:00Z": `has a time of day`,
		"3/15/2027 12:00 PM":   `has a time of day`,
		"2027-03-15 24:00":     `has a time of day`,
		"Tuesday, 15 Mar 2027": `is not on a Tuesday: 2027-03-15 is a Monday`,
		"2027年3月15日星期二":        `is not on a Tuesday`,
		"3月15日":                `is not a day`,
		"二〇二七年三月":              `is not a day`,
		"2027-15-03":           `is not a day: write it as 2027-03-15`,
		"31.04.2027":           `is not a day`,
		"29.02.2027":           `is not a day`,
		"2027-03":              `is not a day`,
		"15 Mar":               `is not a day`,
		"Mar-27":               `is not a day`,
		"15 Ma 2027":           `is not a day`,
		"ju 15 2027":           `is not a day`,
		"3/15-2027":            `is not a day`,
		"46461.5":              `is not a day`,
		"14":                   `is not a day`,
		"027-03-15":            `is not a day`,
		"soon":                 `is not a day`,
		"00.00.2027":           `is not a day`,
		"#VALUE!":              `is not a day`,
		"2027-03-15 and later": `is not a day`,
		"2027-03-15-16":        `is not a day`,
		"0027-03-15":           `first: "0027-03-15" is in the year 27: write it as 2027-03-15`,
		"1027/3/15":            `first: "1027/3/15" is in the year 1027: write it as 2027-03-15`,
		"0001-01-01":           `is in the year 1: write`,
		"9999-12-31":           `first: 31 December 9999 is too far off. Please pick a day before 2200`,
		"15":                   `is not a day`,
	} {
		c, err := exchange.Read("a.csv", visitOn(day), "T1", kinds, exchange.Recorded{})
		if err == nil {
			t.Errorf("%s is read as %s", day, c.Visits[0].First)
		} else if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v\nwant %s", day, err, want)
		}
	}
}
