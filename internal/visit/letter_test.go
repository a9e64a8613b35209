package visit

import (
	"errors"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
)

func chinaTiming() *Timing {
	t := DefaultTiming()
	t.Holidays = true
	t.Holiday = func(d civil.Date) bool { return d.Month == time.October && d.Day <= 7 }
	t.MakeUp = func(civil.Date) bool { return false }
	return &t
}

func goodLetter() Letter {
	return Letter{To: Bilingual{EN: "Mr Wang"}, Strengths: []Bilingual{{EN: "records are complete"}}, Findings: []int{1}, ReplyBy: civil.On(2027, time.March, 26), Chinese: true, From: "Mia Chen"}
}

func TestWhatALetterNeeds(t *testing.T) {
	monday := civil.On(2027, time.March, 15)
	long := strings.Repeat("x", MaxName+1)
	for _, c := range []struct {
		name   string
		change func(*Letter)
		field  string // with the mistake; empty for none
		words  string
	}{
		{"a whole one", func(*Letter) {}, "", ""},
		{"to nobody", func(l *Letter) { l.To = Bilingual{EN: "  "} }, "to", "whom the letter is to"},
		{"to a name that is too long", func(l *Letter) { l.To.EN = long }, "to", "at most"},
		{"signed by nobody", func(l *Letter) { l.From = "" }, "from", "who signs"},
		{"without a strength", func(l *Letter) { l.Strengths = nil }, "strengths", "Nothing to send yet"},
		{"with strengths that are blank", func(l *Letter) { l.Strengths = []Bilingual{{EN: " "}, {}} }, "strengths", "Nothing to send yet"},
		{"with a strength in Chinese alone", func(l *Letter) { l.Strengths = []Bilingual{{ZH: "记录完整"}} }, "", ""},
		{"with too many strengths", func(l *Letter) { l.Strengths = make([]Bilingual, 7); sayGood(l.Strengths) }, "strengths", "at most 6"},
		{"with a strength that is too long", func(l *Letter) { l.Strengths[0].EN = strings.Repeat("y", 201) }, "strengths", "at most 200"},
		{"without a finding", func(l *Letter) { l.Findings = nil }, "findings", "Nothing to send yet"},
		{"in no language", func(l *Letter) { l.Chinese = false }, "languages", "one language"},
		{"without a day", func(l *Letter) { l.ReplyBy = civil.Date{} }, "reply_by", "pick the day"},
		{"of yesterday", func(l *Letter) { l.ReplyBy = monday.AddDays(-3) }, "reply_by", "is over"},
		{"of today", func(l *Letter) { l.ReplyBy = monday }, "", ""},
		{"of a Saturday", func(l *Letter) { l.ReplyBy = civil.On(2027, time.March, 27) }, "reply_by", "next working day is Mon 29 March 2027"},
		{"of a holiday", func(l *Letter) { l.ReplyBy = civil.On(2027, time.October, 1) }, "reply_by", "next working day is Fri 8 October 2027"},
		{"of a year that is a slip", func(l *Letter) { l.ReplyBy = civil.On(20270, time.March, 15) }, "reply_by", "up to 2199"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := goodLetter()
			c.change(&l)
			l.Normalize()
			err := l.Check(chinaTiming(), monday, "Asia/Shanghai")
			var wrong InputErrors
			if c.field == "" {
				if err != nil {
					t.Errorf("it is refused: %v", err)
				}
				return
			}
			if !errors.As(err, &wrong) || len(wrong) != 1 || wrong[0].Field != c.field || !strings.Contains(wrong[0].Error(), c.words) {
				t.Errorf("it says %v, want %q at %s", err, c.words, c.field)
			}
		})
	}
}

func sayGood(bs []Bilingual) {
	for n := range bs {
		bs[n].EN = "good"
	}
}

// The factory has two of its working days to say what becomes of the lot, and is not asked where the
// answer to everything comes before.
func TestWhenTheFactorySaysWhatBecomesOfTheLot(t *testing.T) {
	for _, c := range []struct{ today, reply, want string }{
		{"2027-03-15", "2027-03-26", "2027-03-17"},
		{"2027-03-18", "2027-03-26", "2027-03-22"}, // over a weekend
		{"2027-09-30", "2027-10-20", "2027-10-11"}, // over the holiday
		{"2027-03-15", "2027-03-17", ""},
		{"2027-03-15", "2027-03-15", ""},
	} {
		l := Letter{ReplyBy: day(c.reply)}
		if l.AskOfLot(chinaTiming(), day(c.today), "Asia/Shanghai"); l.LotBy.String() != c.want {
			t.Errorf("written on %s with an answer by %s it asks of the lot by %q, want %q", c.today, c.reply, l.LotBy, c.want)
		}
	}
}

func day(s string) civil.Date {
	d, err := civil.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestFormsOfAnAddress(t *testing.T) {
	for s, want := range map[string]Bilingual{
		"Mr Wang / 王总": {"Mr Wang", "王总"}, "王总／Mr Wang": {"Mr Wang", "王总"}, "Mr Wang": {EN: "Mr Wang"}, "王总": {ZH: "王总"}, "": {}, " / ": {},
		// Without a stroke it is cut where the script changes.
		"Mr Wang 王总": {"Mr Wang", "王总"}, "王总 Mr Wang": {"Mr Wang", "王总"}, "Mr Wang (王总)": {"Mr Wang", "王总"}, "王总（Mr Wang）": {"Mr Wang", "王总"},
		"Mr. Wang, 王总": {"Mr. Wang", "王总"}, "Mr Wang王总": {"Mr Wang", "王总"}, "王总Mr Wang": {"Mr Wang", "王总"}, "LI NA 李娜": {"LI NA", "李娜"},
		"Mr Wang 王总, Ms O'Hara 李经理": {"Mr Wang, Ms O'Hara", "王总、李经理"}, "王 总": {ZH: "王 总"}, "王总、李经理": {ZH: "王总、李经理"},
		// One form can have both scripts.
		"Jack总": {ZH: "Jack总"}, "Mr Jack总": {ZH: "Mr Jack总"}, "Mr Wang (Tony) 王总": {ZH: "Mr Wang (Tony) 王总"}, "QC 王经理": {ZH: "QC 王经理"}, "3号楼王总": {ZH: "3号楼王总"}, "A区 王总": {ZH: "A区 王总"}, "Mr Jack / Jack马总": {"Mr Jack", "Jack马总"}, "(王)": {ZH: "(王)"},
	} {
		if got := Forms(s); got != want {
			t.Errorf("%q has the forms %+v, want %+v", s, got, want)
		}
		if b := Forms(Forms(s).Both()); b != want {
			t.Errorf("%q is read again as %+v", s, b)
		}
	}
}
