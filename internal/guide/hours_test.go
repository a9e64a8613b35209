package guide

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/lang"
	"visitprep/knowledge"
)

// shipped is the guide that comes with the program.
func shipped(t testing.TB) *Guide {
	t.Helper()
	china, err := holiday.China()
	if err != nil {
		t.Fatal(err)
	}
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(blocks.Printer{Printer: lang.English()}, base, func(blocks.Printer) Options { return Options{Calendar: china} })
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestQuestionsAboutHours: it is half past one UTC on Monday, 1 March 2027, and the asker is
// in Berlin.
func TestQuestionsAboutHours(t *testing.T) {
	g := shipped(t)
	now := time.Date(2027, 3, 1, 1, 30, 0, 0, time.UTC)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct{ question, says string }{
		{"9 am in Ningbo is when here", "09:00 in Ningbo is 02:00 in Berlin."},
		{"what time is it in China", "It is 09:30 on Monday in China, and 02:30 on Monday in Berlin."},
		{"what time is it in china?", "within usual factory hours"},
		{"3pm berlin in shenzhen", "15:00 in Berlin is 22:00 in Shenzhen."},
		{"3pm berlin in shenzhen", "outside usual factory hours"},
		{"call at 15:30 their time", "15:30 in China is 08:30 in Berlin."},
		{"time difference to new york in January", "China is 13 hours ahead of New York on 15 January 2028."},
		{"time difference to new york in July", "China is 12 hours ahead of New York on 15 July 2027."},
		{"time difference to new york in January", "Clocks in New York change on 12 March 2028; then it is 12 hours."},
		{"what is the time difference to china", "China is 7 hours ahead of Berlin.\nClocks in Berlin change on 28 March 2027; then it is 6 hours."},
		{"9am here in china", "09:00 in Berlin is 16:00 in China."},
		{"9 am my time in shanghai", "09:00 in Berlin is 16:00 in Shanghai."},
		{"what is 9:30 a.m. in Guangzhou in my time?", "09:30 in Guangzhou is 02:30 in Berlin."},
		{"if it is 9 am in new york what time is it in shanghai", "09:00 in New York is 22:00 in Shanghai."},
		{"what time is it in new york when it's 9am in yiwu?", "09:00 on Monday in Yiwu is 20:00 on Sunday in New York."},
		{"when it is noon in Dongguan, what time is it here", "12:00 in Dongguan is 05:00 in Berlin."},
		{"when it is noon in Dongguan, what time is it here", "around lunch in China"},
		{"in ningbo at 8 pm is what time here", "20:00 in Ningbo is 13:00 in Berlin."},
		{"what time is it in ningbo at 9 am here", "09:00 in Berlin is 16:00 in Ningbo."},
		{"can I call the factory at 4 pm Berlin time", "16:00 in Berlin is 23:00 in China."},
		{"can I call them at 9 am", "09:00 in Berlin is 16:00 in China."},
		{"15:00 in china in los angeles", "15:00 on Monday in China is 23:00 on Sunday in Los Angeles."},
		{"10 am in Mumbai in China", "10:00 in Mumbai is 12:30 in China."},
		{"8 o'clock in suzhou is what time in london on 10 july", "08:00 on Saturday 10 July 2027 in Suzhou is 01:00 on Saturday 10 July 2027 in London."},
		{"8 o'clock in suzhou is what time in london on 10 july", "Offices in China are closed on that day, Saturday 10 July."},
		{"9 am in Ningbo tomorrow is when here", "09:00 on Tuesday 2 March 2027 in Ningbo is 02:00 on Tuesday 2 March 2027 in Berlin."},
		{"how many hours ahead is china", "China is 7 hours ahead of Berlin."},
		{"how many hours is Berlin behind China in summer", "China is 6 hours ahead of Berlin on 15 July 2027."},
		{"what time zone is Xi'an in", "Xi'an is 7 hours ahead of Berlin."},
		{"time in chengdu", "It is 09:30 on Monday in Chengdu"},
		{"how late is it there now", "It is 09:30 on Monday in China"},
		{"what's the time in Urumqi", "It is 09:30 on Monday in Urumqi"},
		{"what time is it in tokyo", "It is 10:30 on Monday in Tokyo, and 09:30 on Monday in China."},
		{"time difference between kathmandu and china", "China is 2 hours and 15 minutes ahead of Kathmandu."},
		{"time difference between china and singapore", "China and Singapore have the same time."},
		{"9 am in hong kong is when in china", "Hong Kong and China have the same time."},
		{"9 am in Ningbo is when here", "Clocks in Berlin change on 28 March 2027; from then it is 03:00 in Berlin."},
		{"9 am in Ningbo is when here", "I take Berlin as your time"},
		{"midnight in rio de janeiro in china", "00:00 in Rio de Janeiro is 11:00 in China."},
		{"what time is it in berlin when it is 9 am in ningbo", "09:00 in Ningbo is 02:00 in Berlin."},
		{"beijing 15:00 = paris?", "15:00 in Beijing is 08:00 in Paris."},
		{"china time", "It is 09:30 on Monday in China"},
		{"3pm EST in china", "15:00 on Sunday EST is 04:00 on Monday in China."},
		{"9.30 in ningbo is when here", "09:30 in Ningbo is 02:30 in Berlin."},
		{"0900 in ningbo is when here", "09:00 in Ningbo is 02:00 in Berlin."},
		{"5 o'clock in the evening in ningbo", "17:00 in Ningbo is 10:00 in Berlin."},
		{"is 8 pm in ningbo too late to call", "20:00 in Ningbo is 13:00 in Berlin."},
		{"can we have a call at 8 am berlin time", "08:00 in Berlin is 15:00 in China."},
		{"is 5pm our time ok for them", "17:00 on Monday in Berlin is 00:00 on Tuesday in China."},
		{"which time zone does China use?", "China is 7 hours ahead of Berlin."},
		{"17h30 in wenzhou here", "17:30 in Wenzhou is 10:30 in Berlin."},
		{"2:30 am on 14 March 2027 in Chicago", "There is no 02:30 in Chicago on that day: the clocks are put forward past it.\n03:00 on Sunday 14 March 2027 in Chicago is 16:00 on Sunday 14 March 2027 in China."},
		{"2:30 am here on 28 march in china", "There is no 02:30 in Berlin on that day"},
		{"call at 15:30 their time on 1 october", "Offices in China are closed on that day, Friday 1 October."},
	} {
		t.Run(k.question, func(t *testing.T) {
			q, ok := readHours(k.question, civil.Of(now.In(berlin)))
			if !ok {
				t.Fatal("is not read as a question about hours")
			}
			if got := strings.Join(g.hours(q, now, berlin), "\n"); !strings.Contains(got, k.says) {
				t.Errorf("is answered\n%s\nwant\n%s", got, k.says)
			}
		})
	}
}

// TestAnHourThatThereIs is not said to be missing: on the day of the change before and after it,
// and where the clocks are put back.
func TestAnHourThatThereIs(t *testing.T) {
	g, now := shipped(t), time.Date(2027, 3, 1, 1, 30, 0, 0, time.UTC)
	for _, question := range []string{"1:59 am on 14 March 2027 in Chicago", "3 am on 14 March 2027 in Chicago", "2:30 am on 15 March 2027 in Chicago", "1:30 am on 7 November 2027 in Chicago"} {
		q, ok := readHours(question, civil.Of(now))
		if got := strings.Join(g.hours(q, now, time.UTC), "\n"); !ok || !strings.Contains(got, "in Chicago is") || strings.Contains(got, "There is no") {
			t.Errorf("%s is answered\n%s", question, got)
		}
	}
}

func TestHoursOfSomebodyWhoseZoneIsNotKnown(t *testing.T) {
	g, now := shipped(t), time.Date(2027, 3, 1, 1, 30, 0, 0, time.UTC)
	for question, says := range map[string]string{
		"9 am in Ningbo is when here":          "09:00 in Ningbo is 01:00 UTC.",
		"what time is it in China":             "It is 09:30 on Monday in China, and 01:30 on Monday UTC.",
		"9 am here in China":                   "It is 09:30 on Monday in China, and 01:30 on Monday UTC.",
		"what is the time difference to China": "China is 8 hours ahead of UTC.",
	} {
		q, ok := readHours(question, civil.Of(now))
		if got := strings.Join(g.hours(q, now, nil), "\n"); !ok || !strings.Contains(got, says) || !strings.Contains(got, "set it in my Home tab") {
			t.Errorf("%s is answered\n%s\nwant\n%s", question, got, says)
		}
	}
}

func TestOtherQuestionsWithATimeAreNotTheClocks(t *testing.T) {
	for _, question := range []string{
		"is 9 am a good time to start the audit in Ningbo",
		"should we start at 9 am in Ningbo",
		"what time is lunch in China",
		"lunch at 12:00 in China",
		"what time do factories open",
		"what time do they finish work",
		"working hours in china",
		"how many hours from berlin to shanghai by plane",
		"how many hours from berlin to shanghai",
		"how much time do I need in ningbo",
		"lead time from china",
		"what is the lead time in china",
		"is there time to visit shenzhen",
		"what is a good time to visit China",
		"time to market in China",
		"dinner at 7 pm with the boss",
		"how late can I arrive",
		"how late may we be for dinner",
		"is 8 hours of inspection enough",
		"how many hours does an inspection take",
		"is overtime paid at 8 pm in China",
		"do they call at night",
		"what does 9 9 6 mean in china",
		"what is 30 in chinese",
		"can I call the factory",
		"train from shanghai to ningbo at 9 am",
		"flight at 9 am from shanghai",
		"what time should we meet for dinner in shanghai",
		"meeting at 9 am and 10 am in ningbo",
		"is 25:00 in ningbo late",
		"first time in china",
		"what time",
		"time",
		"remind me at 9 am in china",
		"",
	} {
		if q, ok := readHours(question, civil.On(2027, 3, 1)); ok {
			t.Errorf("%q is read as a question about hours: %+v", question, q)
		}
	}
}

func TestWhatGoesOnFromAQuestionAboutHours(t *testing.T) {
	g, now := shipped(t), time.Date(2027, 3, 1, 1, 30, 0, 0, time.UTC)
	for _, k := range []struct{ before, words, says string }{
		{"time difference to new york in January", "and in July?", "China is 12 hours ahead of New York on 15 July 2027."},
		{"time difference to new york", "and to london?", "China is 8 hours ahead of London."},
		{"9 am in Ningbo is when in london", "and 5 pm?", "17:00 in Ningbo is 09:00 in London."},
		{"9 am in Ningbo is when in london", "and in new york?", "09:00 on Monday in Ningbo is 20:00 on Sunday in New York."},
		{"what time is it in China", "and in tokyo?", "It is 10:30 on Monday in Tokyo"},
	} {
		q, ok := readHoursOn(k.before, k.words, civil.Of(now))
		if got := strings.Join(g.hours(q, now, time.UTC), "\n"); !ok || !strings.Contains(got, k.says) {
			t.Errorf("%q after %q is answered\n%s\nwant\n%s", k.words, k.before, got, k.says)
		}
	}
	for _, words := range []string{"and a watch?", "why?", "thanks", "and how much?", "and lunch in july?"} {
		if _, ok := readHoursOn("what time is it in China", words, civil.Of(now)); ok {
			t.Errorf("%q is read with a question about hours", words)
		}
	}
}

func BenchmarkReadHours(b *testing.B) {
	for _, question := range []string{"what gift should I not bring", "what is the lead time for 500 pieces", "is 30 % deposit normal"} {
		b.Run(question, func(b *testing.B) {
			for b.Loop() {
				readHours(question, civil.On(2027, 3, 1))
			}
		})
	}
}

// FuzzHours: whatever is typed is read or not, and what is read is answered.
func FuzzHours(f *testing.F) {
	for _, s := range []string{"9 am in Ningbo is when here", "time difference to new york in may", "noon ../etc in china", "at 24 there"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if q, ok := readHours(s, civil.On(2027, 3, 1)); ok {
			g := &Guide{p: blocks.Printer{Printer: lang.English()}}
			if len(g.hours(q, time.Unix(1803864600, 0), nil)) == 0 {
				t.Errorf("%q is read and not answered", s)
			}
		}
	})
}

// TestEveryPlaceHasAZone: a name that the database of zones does not know would be a city
// that is never found.
func TestEveryPlaceHasAZone(t *testing.T) {
	for name, zone := range zones {
		if _, ok := placeOf(name); !ok {
			t.Errorf("%q has no zone: %q", name, zone)
		}
		if hoursWords[name] && name != "eastern" || name == "" {
			t.Errorf("%q is a place and a word of the question", name)
		}
	}
	for _, name := range []string{"ningbo", "xi'an", "urumqi", "china"} {
		if p, _ := placeOf(name); p.zone == nil || p.zone.String() != chinaZone {
			t.Errorf("%q has the zone %v", name, p.zone)
		}
	}
}
