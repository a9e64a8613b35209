package holiday

import (
	"strings"
	"testing"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// TestQuestionsAboutDays: each is asked on Wednesday, 3 March 2027.
func TestQuestionsAboutDays(t *testing.T) {
	c, today := china(t), day(t, "2027-03-03")
	for _, k := range []struct{ question, says, entry string }{
		{"is 10 October 2026 a working day", "Saturday 10 October 2026 is a working day in China, although it is a weekend: offices make up for National Day.", "makeup-days"},
		{"is 10 October a working day", "Sunday 10 October 2027 is a weekend day, and offices in China are closed.", "makeup-days"},
		{"are factories open on 1 may 2027", "Saturday 1 May 2027 is expected to be a day off in China: Labour Day. The next working day is Thursday 6 May 2027.", "short-breaks"},
		{"holiday on 3 oct?", "Sunday 3 October 2027 is expected to be a day off in China: National Day. The next working day is Friday 8 October 2027.", "golden-week"},
		{"holiday on 3 oct 2026?", "Saturday 3 October 2026 is a day off in China: National Day. The next working day is Thursday 8 October 2026.", "golden-week"},
		{"is next monday a holiday in china", "Monday 8 March 2027 is a working day in China.", "official-breaks"},
		{"do they work this saturday", "Saturday 6 March 2027 is a weekend day", "new-year-closure"},
		{"can I visit on 2027-02-18", "Thursday 18 February 2027 is a working day in China.\nAround Chinese New Year (6 February 2027) factories stop", "new-year-closure"},
		{"closed between 1 and 7 October 2027?", "1 to 7 October 2027: all of these are days off in China, for National Day. The next working day is Friday 8 October 2027.", "golden-week"},
		{"Are they open on 3/4?", "This can mean Saturday 3 April 2027 or Thursday 4 March 2027.\nSaturday 3 April 2027 is a weekend day", "new-year-closure"},
		{"is the factory closed on 5 april", "Monday 5 April 2027 is expected to be a day off in China: Qingming Festival.", "short-breaks"},
		{"is 5 October 2026 a day off?", "Monday 5 October 2026 is a day off in China: National Day.", "golden-week"},
		{"Is the 14th of February 2026 a workday", "is a working day in China, although it is a weekend: offices make up for Spring Festival.", "new-year-closure"},
		{"can we visit the factory on 10 march", "Wednesday 10 March 2027 is a working day", ""},
		{"do factories work on 1 october", "Friday 1 October 2027 is expected to be a day off", "golden-week"},
		{"Do Chinese factories work on Christmas Day?", "Saturday 25 December 2027 is a weekend day", ""},
		{"are suppliers closed on 24 december", "Friday 24 December 2027 is a working day", "christmas"},
		{"is tomorrow a public holiday", "Thursday 4 March 2027 is a working day", ""},
		{"is today a working day in China?", "Wednesday 3 March 2027 is a working day", ""},
		{"will they be working on the 8th of February 2027", "Monday 8 February 2027 is expected to be a day off in China: Spring Festival. The next working day is Monday 15 February 2027.", "new-year-closure"},
		{"what about 6 may, are they open", "Thursday 6 May 2027 is a working day", ""},
		{"is the plant running next weekend", "13 to 14 March 2027: this is a weekend, and offices in China are closed.", "makeup-days"},
		{"which holidays are between 28 September and 10 October 2026", "28 September to 10 October 2026: offices in China are closed on some of these days.\nNational Day: 1 to 7 October 2026.\nSaturday 10 October 2026 is worked although it is a weekend.", "golden-week"},
		{"any public holiday from 15 to 19 march 2027?", "15 to 19 March 2027: no public holiday in China falls on these days.", ""},
		{"what holiday is on 9 june", "Wednesday 9 June 2027 is expected to be a day off in China: Dragon Boat Festival.", "short-breaks"},
		{"is monday or tuesday a holiday?", "Monday 8 March 2027 is a working day in China.\nTuesday 9 March 2027 is a working day in China.", ""},
		{"please tell me if 2 May is a business day in China", "Sunday 2 May 2027 is expected to be a day off in China: Labour Day.", ""},
		{"is 29 feb 2028 a working day", "Tuesday 29 February 2028 is a working day", ""},
		{"would the supplier be off on new year's day", "Saturday 1 January 2028 is expected to be a day off in China: New Year's Day.", ""},
		{"is 31 April 2027 a working day", "There is no such day: that month ends on Friday 30 April 2027.", "official-breaks"},
		{"is 30 February a holiday?", "There is no such day: that month ends on Tuesday 29 February 2028.", ""},
		{"are factories open on February 29th, 2027", "There is no such day: that month ends on Sunday 28 February 2027.", ""},
		{"is the 31st of june a day off", "that month ends on Wednesday 30 June 2027.", ""},
		{"is 2027-04-31 a working day", "that month ends on Friday 30 April 2027.", ""},
		{"is 32 july a holiday", "that month ends on Saturday 31 July 2027.", ""},
		{"4月31号放假吗", "that month ends on Friday 30 April 2027.", ""},
		{"10月1日放假吗", "Friday 1 October 2027 is expected to be a day off", "golden-week"},
		{"2026年10月10日是工作日吗", "Saturday 10 October 2026 is a working day in China, although", "makeup-days"},
		{"is our supplier open on 30 April", "Friday 30 April 2027 is a working day in China.\nThe days off of 2027 are not announced yet, as far as I know. Verify them at www.gov.cn", ""},
		{"are offices open on friday 5 march?", "Friday 5 March 2027 is a working day", ""},
	} {
		t.Run(k.question, func(t *testing.T) {
			q, ok := Read(k.question, today)
			if !ok {
				t.Fatal("is not read as a question about a day")
			}
			r, ok := c.Answer(lang.English(), q)
			if got := strings.Join(r.Sentences, "\n"); !ok || !strings.Contains(got, k.says) || !strings.Contains(r.Entry, k.entry) {
				t.Errorf("answers, with %s,\n%s\nwant\n%s\nwith %s", r.Entry, got, k.says, k.entry)
			}
		})
	}
}

func TestOtherQuestionsWithADayAreNotTheCalendars(t *testing.T) {
	today := day(t, "2027-03-03")
	for _, question := range []string{
		"deposit due on 10 October, is 30 % normal",
		"is 30 % deposit normal",
		"what should I wear on 10 October",
		"what should we do on a visit on 10 October",
		"how do I greet them on 1 October",
		"can I wear red on chinese new year",
		"what gift for mid-autumn on 15 september",
		"when does the canton fair open in october",
		"is 3 October a holiday in germany",
		"what do they work on today",
		"is the great wall open on 1 october",
		"can I get a visa by 3 march",
		"do they work on sundays",
		"are factories open at chinese new year",
		"what is the weather on saturday",
		"our shipment is late, can it be there on 3 october",
		"are we off on monday",
		"is our office closed on friday",
		"can I work on saturday",
		"can I take monday off",
		"are you available tomorrow",
		"are you open on sunday",
		"is it working today",
		"is slack working today",
		"is the wifi working today",
		"remind me on 10 October to visit",
		"move visit 3 to 10 October",
		"the inspection failed on 3 october, what now",
		"how open are they on prices today",
		"how do I close the deal on friday",
		"are 12 factories open on 3 october",
		"can we pay on 31 april",
		"are factories open from 29 to 31 april",
		"is 31 april or 5 may a holiday",
		"10 October 2027",
		"today",
		"",
		"what is a working day",
		"can we pay on 3 october when banks are closed",
		"how long do factories close in october",
	} {
		if _, ok := Read(question, today); ok {
			t.Errorf("%q is read as a question about a day", question)
		}
	}
}

func TestWhatGoesOnFromAQuestionAboutADay(t *testing.T) {
	today := day(t, "2027-03-03")
	for words, want := range map[string]bool{
		"and on a sunday?": true, "and on 31 April?": true, "and 10 October?": true, "what about 3/4": true, "how about the day after tomorrow?": true, "or from 1 to 3 may": true,
		"and a watch on sunday?": false, "and a watch?": false, "and why on sunday": false, "and 30 on sunday": false,
	} {
		if _, ok := ReadOn(words, today); ok != want {
			t.Errorf("%q: %v", words, ok)
		}
	}
}

func TestUnknownYearsAreNotAnswered(t *testing.T) {
	c := china(t)
	q, ok := Read("is 2014-10-01 a holiday", day(t, "2027-03-03"))
	if _, known := c.Answer(lang.English(), q); !ok || known {
		t.Errorf("read %v, answered %v", ok, known)
	}
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		Read("what gift should I not bring", civil.Date{Year: 2027, Month: 3, Day: 3})
	}
}
