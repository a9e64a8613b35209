package visit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/lang"
	"visitprep/internal/visit"
)

// chinese are the usual rules with China's calendar.
func chinese(t *testing.T) *visit.Timing {
	t.Helper()
	c, err := holiday.China()
	if err != nil {
		t.Fatal(err)
	}
	timing := visit.DefaultTiming()
	timing.Holiday, timing.MakeUp = c.Holiday, c.MakeUp
	return &timing
}

func day(t *testing.T, s string) civil.Date {
	t.Helper()
	d, err := civil.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// signed is an agreement that began with 2026 and ends on a day, for a reader in Berlin.
func signed(t *testing.T, ends string, notice int) visit.Agreement {
	t.Helper()
	a := visit.Agreement{
		Workspace: "T1", Number: 3, Schedule: 1, Kind: visit.Framework, Title: "Lamps", Owner: "U1", OwnerZone: "Europe/Berlin", By: "U2", Notice: notice,
		Factory: visit.Factory{Number: 4, Name: "Bright"}, Place: visit.Place{Channel: "C1", Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"},
		Signed: civil.On(2026, 1, 5),
	}
	if ends != "" {
		a.Ends = day(t, ends)
	}
	a.Normalize()
	if err := a.Check(); err != nil {
		t.Fatal(err)
	}
	return a
}

// comes says of occurrences on which day, for whom and for which milestone they come.
func comes(os []visit.Occurrence) (days []string) {
	for _, o := range os {
		days = append(days, fmt.Sprintf("%s %s %d", o.Day, o.To, int(o.Milestone)))
	}
	return days
}

var beginOf2026 = time.Date(2026, 1, 6, 8, 0, 0, 0, time.UTC)

// The worked examples of the design, with the holidays of 2026 and a reader in Berlin.
func TestWhenAnAgreementMustBeActedOn(t *testing.T) {
	for name, c := range map[string]struct {
		ends, actBy, sendBy string
		notice              int
		days                []string
	}{
		"60 days before the end of the year is a Sunday": {"2026-12-31", "2026-11-01", "2026-10-19", 60, []string{
			"2026-08-03 U1 -90", "2026-09-02 U1 -60", "2026-09-30 U1 -30", "2026-10-14 U1 -18", "2026-10-23 U1 -7", "2026-10-30 U1 0", "2027-01-04 U1 1"}},
		"30 days before the end of October is a holiday": {"2026-10-31", "2026-10-01", "2026-09-16", 30, []string{
			"2026-07-03 U1 -90", "2026-07-31 U1 -60", "2026-09-01 U1 -30", "2026-09-11 U1 -20", "2026-09-24 U1 -7", "2026-09-30 U1 0", "2026-11-02 U1 1"}},
		"without notice the last day counts": {"2026-06-30", "2026-06-30", "2026-06-15", 0, []string{
			"2026-04-01 U1 -90", "2026-04-30 U1 -60", "2026-05-29 U1 -30", "2026-06-10 U1 -20", "2026-06-23 U1 -7", "2026-06-30 U1 0", "2026-07-01 U1 1"}},
		"two that fall on one day are one": {"2026-10-08", "2026-10-08", "2026-09-16", 0, []string{
			"2026-07-10 U1 -90", "2026-08-07 U1 -60", "2026-09-08 U1 -30", "2026-09-11 U1 -27", "2026-09-30 U1 -7", "2026-10-08 U1 0", "2026-10-09 U1 1"}},
		"what falls on holidays only is told once": {"2026-10-07", "2026-10-07", "2026-09-16", 0, []string{
			"2026-07-09 U1 -90", "2026-08-07 U1 -60", "2026-09-07 U1 -30", "2026-09-11 U1 -26", "2026-09-30 U1 0", "2026-10-08 U1 1"}},
	} {
		a := signed(t, c.ends, c.notice)
		timing := chinese(t)
		if got := a.ActBy(); got != day(t, c.actBy) {
			t.Errorf("%s: must arrive by %s, want %s", name, got, c.actBy)
		}
		if got := a.SendBy(timing); got != day(t, c.sendBy) {
			t.Errorf("%s: send by %s, want %s", name, got, c.sendBy)
		}
		os := a.Reminders(timing, beginOf2026)
		if got := comes(os); !slices.Equal(got, c.days) {
			t.Errorf("%s: reminders %q, want %q", name, got, c.days)
		}
		z, _ := time.LoadLocation("Europe/Berlin")
		for _, o := range os {
			if o.Kind != visit.AgreementDue || o.Subject != "agreement/3" || o.Due.In(z).Hour() != 9 {
				t.Errorf("%s: a reminder is %+v", name, o)
			}
		}
	}
}

// A reader in China works on the days that make up for a holiday: 10 October 2026 is one.
func TestSendByGoesByTheWorkingDaysOfItsReader(t *testing.T) {
	a := signed(t, "2026-10-12", 0)
	if got := a.SendBy(chinese(t)); got != civil.On(2026, 9, 18) {
		t.Errorf("from Berlin it is sent by %s", got)
	}
	a.OwnerZone = "Asia/Shanghai"
	if got := a.SendBy(chinese(t)); got != civil.On(2026, 9, 21) && got != civil.On(2026, 9, 20) {
		t.Errorf("from Shanghai it is sent by %s", got)
	}
}

func TestWhoIsRemindedOfAnAgreement(t *testing.T) {
	renewing := func(a *visit.Agreement) { a.Renews = 12 }
	for name, c := range map[string]struct {
		change func(*visit.Agreement)
		want   []string // from October on
	}{
		"one that renews itself and is undecided tells its channel too": {renewing, []string{"2026-10-14 U1 -18", "2026-10-23 U1 -7", "2026-10-30 U1 0", "2026-10-30 C1 0", "2027-01-04 U1 1"}},
		"notice was given":  {func(a *visit.Agreement) { renewing(a); a.NoticeGiven = visit.Mark{By: "U1", At: beginOf2026} }, []string{"2027-01-04 U1 1"}},
		"a draft":           {func(a *visit.Agreement) { a.Signed = civil.Date{} }, nil},
		"an open-ended one": {func(a *visit.Agreement) { a.Ends = civil.Date{} }, nil},
		"a terminated one": {func(a *visit.Agreement) {
			a.State, a.Closed = visit.AgreementTerminated, visit.Mark{By: "U1", At: beginOf2026}
		}, nil},
	} {
		a := signed(t, "2026-12-31", 60)
		c.change(&a)
		a.Normalize()
		if got := comes(a.Reminders(chinese(t), time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC))); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What was told is not told again, what waits stays, and what is no longer so is not sent.
func TestTheRemindersOfAnAgreementFollowItsChanges(t *testing.T) {
	timing := chinese(t)
	a := signed(t, "2026-12-31", 60)
	rows := a.Reminders(timing, beginOf2026)
	for i := range rows {
		if rows[i].Milestone == -90 || rows[i].Milestone == -60 {
			rows[i].State = visit.Sent
		}
	}
	now := time.Date(2026, 9, 30, 10, 0, 0, 0, time.UTC) // the one of 30 days is due, and waits
	owner := a.Clone()
	owner.Owner, owner.Schedule = "U9", 2
	withdrawn, added := owner.Replan(timing, now, rows)
	if got := comes(added); len(withdrawn) != 5 || !slices.Equal(got, []string{"2026-10-14 U9 -18", "2026-10-23 U9 -7", "2026-10-30 U9 0", "2027-01-04 U9 1"}) {
		t.Errorf("with another owner %q go and %q come", withdrawn, got)
	}
	same := a.Clone()
	same.Schedule = 2
	if withdrawn, added := same.Replan(timing, now, rows); len(added) != 4 || len(withdrawn) != 4 {
		t.Errorf("unchanged, %q go and %q come; what is due stays", withdrawn, comes(added))
	}
	noticed := a.Clone()
	noticed.Schedule = 2
	if did, err := noticed.GiveNotice("", "U1", now); !did || err != nil {
		t.Fatal(did, err)
	}
	if withdrawn, added := noticed.Replan(timing, now, rows); !slices.Equal(comes(added), []string{"2027-01-04 U1 1"}) || len(withdrawn) != 5 {
		t.Errorf("after notice %q go and %q come", withdrawn, comes(added))
	}
	for _, r := range rows {
		want := r.Milestone == visit.AfterEnd
		over := noticed.Clone()
		over.RollOver(civil.On(2027, 1, 1))
		if got := over.Stands(&r); got != want {
			t.Errorf("after its end the reminder %d stands: %v", int(r.Milestone), got)
		}
		if a.Stands(&r) == want {
			t.Errorf("before, the reminder %d stands: %v", int(r.Milestone), want)
		}
	}
}

func TestAnAgreementGoesOnOrEnds(t *testing.T) {
	a := signed(t, "2026-12-31", 60)
	if a.RollOver(civil.On(2026, 12, 31)) || a.Over(civil.On(2026, 12, 31)) {
		t.Error("on its last day it holds")
	}
	if !a.Over(civil.On(2027, 1, 1)) || !a.RollOver(civil.On(2027, 1, 1)) || a.State != visit.AgreementEnded {
		t.Errorf("on the day after it is %s", a.State)
	}
	if did, err := a.Renew(civil.On(2027, 12, 31), "U1", beginOf2026); !did || err != nil || a.State != visit.AgreementRenewed || a.ActBy() != civil.On(2027, 11, 1) {
		t.Errorf("papers came late: %v, %v, %s until %s", did, err, a.State, a.Ends)
	}
	if did, err := a.Renew(civil.On(2027, 12, 31), "U1", beginOf2026); did || err == nil || len(a.Renewals) != 1 {
		t.Errorf("done twice it is done once: %v, %v", did, err)
	}

	b := signed(t, "2026-02-28", 0)
	b.Renews = 6
	if !b.RollOver(civil.On(2027, 9, 1)) || b.Ends != civil.On(2028, 2, 28) || len(b.Renewals) != 4 || b.State != visit.AgreementRenewed {
		t.Errorf("after a long time it is %s until %s, with %d renewals", b.State, b.Ends, len(b.Renewals))
	}
	if last, itself := b.RenewedItself(); !itself || last.From != civil.On(2027, 8, 28) {
		t.Errorf("it went on from %v, %v", last, itself)
	}
	c := signed(t, "2026-02-28", 0)
	c.Renews, c.NoticeGiven = 6, visit.Mark{By: "U1", At: beginOf2026}
	if c.RollOver(civil.On(2026, 3, 1)); c.State != visit.AgreementEnded {
		t.Errorf("after notice it is %s", c.State)
	}
}

// A month that is too short moves one last day, not all that follow.
func TestAnAgreementThatGoesOnKeepsItsDayOfTheMonth(t *testing.T) {
	for _, tc := range []struct {
		name, ends string
		renews     int
		change     func(*visit.Agreement) // on 1 March 2027
		want       string                 // its last days
	}{
		{"the end of August", "2026-08-31", 6, nil, "2027-02-28 2027-08-31 2028-02-29 2028-08-31"},
		{"the 30th", "2026-08-30", 6, nil, "2027-02-28 2027-08-30 2028-02-29 2028-08-30"},
		{"the end of a February is its 28th", "2026-02-28", 6, nil, "2026-08-28 2027-02-28 2027-08-28 2028-02-28 2028-08-28"},
		{"each month", "2026-12-31", 1, nil, "2027-01-31 2027-02-28 2027-03-31 2027-04-30"},
		{"another term since", "2026-08-31", 6, func(a *visit.Agreement) { a.Renews = 3 }, "2027-02-28 2027-05-31 2027-08-31 2027-11-30"},
		{"renewed by hand on the day that follows", "2026-08-31", 6, func(a *visit.Agreement) { a.Renew(civil.On(2027, 8, 31), "U1", beginOf2026) }, "2027-02-28 2027-08-31 2028-02-29 2028-08-31"},
		{"renewed by hand until another day", "2026-08-31", 6, func(a *visit.Agreement) { a.Renew(civil.On(2027, 9, 15), "U1", beginOf2026) }, "2027-02-28 2027-09-15 2028-03-15 2028-09-15"},
		{"its last day was corrected", "2026-08-31", 6, func(a *visit.Agreement) { a.Ends = civil.On(2027, 3, 20) }, "2027-02-28 2027-09-20 2028-03-20 2028-09-20"},
	} {
		a := signed(t, tc.ends, 0)
		a.Renews = tc.renews
		a.RollOver(civil.On(2027, 2, 1))
		if tc.change != nil {
			tc.change(&a)
		}
		for len(a.Renewals) < 1+strings.Count(tc.want, " ") {
			a.RollOver(a.Ends.AddDays(1))
		}
		var days []string
		for _, r := range a.Renewals {
			days = append(days, r.Until.String())
		}
		if got := strings.Join(days, " "); got != tc.want {
			t.Errorf("%s: it ended on %s; want %s", tc.name, got, tc.want)
		}
	}
}

func TestAnAgreementIsEndedReplacedAndTakenBack(t *testing.T) {
	today := civil.On(2026, 6, 1)
	replace := func(a *visit.Agreement) error {
		_, err := a.Replace(&visit.Agreement{Number: 9, Factory: a.Factory}, "U1", beginOf2026)
		return err
	}
	for name, c := range map[string]struct {
		end   func(*visit.Agreement) error
		state visit.AgreementState
		ends  string
	}{
		"ended today": {func(a *visit.Agreement) error { return a.Terminate(today, today, "quality", "U1", beginOf2026) }, visit.AgreementTerminated, "2026-06-01"},
		"ended in a month": {func(a *visit.Agreement) error {
			return a.Terminate(civil.On(2026, 7, 1), today, "quality", "U1", beginOf2026)
		}, visit.AgreementSigned, "2026-07-01"},
		"notice given": {func(a *visit.Agreement) error { _, err := a.GiveNotice("", "U1", beginOf2026); return err }, visit.AgreementSigned, "2026-12-31"},
		"replaced":     {replace, visit.AgreementReplaced, "2026-12-31"},
	} {
		a := signed(t, "2026-12-31", 60)
		was := a.Clone()
		if err := c.end(&a); err != nil || a.State != c.state || a.Ends != day(t, c.ends) {
			t.Errorf("%s: %v, %s until %s", name, err, a.State, a.Ends)
		}
		if a.Undecided() {
			t.Errorf("%s: nobody has decided", name)
		}
		if !a.TakeBack() || fmt.Sprint(a) != fmt.Sprint(was) {
			t.Errorf("%s: taken back it is\n%+v, not\n%+v", name, a, was)
		}
		if a.TakeBack() {
			t.Errorf("%s: it was taken back twice", name)
		}
	}
	// What was decided before stays: notice was given, and the agreement replaced or ended early by mistake.
	for name, c := range map[string]struct {
		before, by func(*visit.Agreement) error
		all        bool // both are one decision
	}{
		"replaced after notice": {func(a *visit.Agreement) error { _, err := a.GiveNotice("quality", "U1", beginOf2026); return err }, replace, false},
		"replaced after it was ended in a month": {func(a *visit.Agreement) error {
			return a.Terminate(civil.On(2026, 7, 1), today, "quality", "U1", beginOf2026)
		}, replace, false},
		"ended after notice": {func(a *visit.Agreement) error { _, err := a.GiveNotice("", "U1", beginOf2026); return err }, func(a *visit.Agreement) error {
			return a.Terminate(today, today, "insolvent", "U1", beginOf2026)
		}, false},
		"ended after it was ended in a month": {func(a *visit.Agreement) error {
			return a.Terminate(civil.On(2026, 7, 1), today, "quality", "U1", beginOf2026)
		}, func(a *visit.Agreement) error { return a.Terminate(today, today, "insolvent", "U1", beginOf2026) }, true},
	} {
		a := signed(t, "2026-12-31", 60)
		a.Renews = 12
		open := a.Clone()
		if err := c.before(&a); err != nil {
			t.Fatal(err)
		}
		was := a.Clone()
		if c.all {
			was = open
		}
		if err := c.by(&a); err != nil || !a.Over(today.AddDays(1)) {
			t.Errorf("%s: %v, %s", name, err, a.State)
		}
		if !a.TakeBack() || fmt.Sprint(a) != fmt.Sprint(was) {
			t.Errorf("%s: taken back it is\n%+v, not\n%+v", name, a, was)
		}
		if a.TakeBack() == c.all || fmt.Sprint(a) != fmt.Sprint(open) {
			t.Errorf("%s: taken back once more it is\n%+v, not\n%+v", name, a, open)
		}
	}
	open := signed(t, "", 30)
	if err := open.Terminate(civil.On(2026, 7, 1), today, "quality", "U1", beginOf2026); err != nil || open.Ends != civil.On(2026, 7, 1) {
		t.Errorf("an open-ended one is ended: %v, %s", err, open.Ends)
	}
	if !open.TakeBack() || !open.Ends.IsZero() {
		t.Errorf("taken back it ends on %s", open.Ends)
	}
}

// Each mistake stands at its field, with all others at once.
func TestWhatCannotBeAgreed(t *testing.T) {
	today := civil.On(2026, 6, 1)
	for name, c := range map[string]struct {
		change func(*visit.Agreement) error
		field  string
	}{
		"no title":                    {func(a *visit.Agreement) error { a.Title = " "; return a.Check() }, "title"},
		"a title of 121 characters":   {func(a *visit.Agreement) error { a.Title = strings.Repeat("协", 121); return a.Check() }, "title"},
		"no kind":                     {func(a *visit.Agreement) error { a.Kind = ""; return a.Check() }, "kind"},
		"no factory":                  {func(a *visit.Agreement) error { a.Factory.Number = 0; return a.Check() }, "factory"},
		"no channel":                  {func(a *visit.Agreement) error { a.Channel = ""; return a.Check() }, "channel"},
		"nobody to remind":            {func(a *visit.Agreement) error { a.Owner = ""; return a.Check() }, "owner"},
		"an end before its start":     {func(a *visit.Agreement) error { a.Starts = civil.On(2027, 1, 1); return a.Check() }, "ends"},
		"an end before it was signed": {func(a *visit.Agreement) error { a.Ends = civil.On(2026, 1, 4); return a.Check() }, "ends"},
		"notice longer than the term": {func(a *visit.Agreement) error { a.Notice = 362; return a.Check() }, "notice"},
		"negative notice":             {func(a *visit.Agreement) error { a.Notice = -1; return a.Check() }, "notice"},
		"renewal without an end":      {func(a *visit.Agreement) error { a.Ends, a.Renews = civil.Date{}, 12; return a.Check() }, "renews"},
		"a year of two digits":        {func(a *visit.Agreement) error { a.Signed = civil.On(26, 1, 5); return a.Check() }, "signed"},
		"a year too far":              {func(a *visit.Agreement) error { a.Ends = civil.On(2999, 1, 5); return a.Check() }, "ends"},
		"a link that is none":         {func(a *visit.Agreement) error { a.Link = "contract.pdf"; return a.Check() }, "link"},
		"a link without encryption":   {func(a *visit.Agreement) error { a.Link = "http://x.example/c.pdf"; return a.Check() }, "link"},
		"a link with a mention in it": {func(a *visit.Agreement) error { a.Link = "https://x.example/<!channel>"; return a.Check() }, "link"},
		"signed tomorrow":             {func(a *visit.Agreement) error { a.Signed = today.AddDays(1); return a.CheckNow(today) }, "signed"},
		"too many claim days":         {func(a *visit.Agreement) error { a.Terms.ClaimDays = 9999; return a.Check() }, "claim"},
		"another seal":                {func(a *visit.Agreement) error { a.Seal = "finance"; return a.Check() }, "seal"},
		"renewed until before its end": {func(a *visit.Agreement) error {
			_, err := a.Renew(civil.On(2026, 12, 1), "U1", beginOf2026)
			return err
		}, "until"},
		"renewed until the day that it has": {func(a *visit.Agreement) error { _, err := a.Renew(a.Ends, "U1", beginOf2026); return err }, "until"},
		"ended early without a reason":      {func(a *visit.Agreement) error { return a.Terminate(today, today, " ", "U1", beginOf2026) }, "why"},
		"ended early after its end": {func(a *visit.Agreement) error {
			return a.Terminate(civil.On(2027, 2, 1), today, "x", "U1", beginOf2026)
		}, "last"},
		"replaced by itself": {func(a *visit.Agreement) error { _, err := a.Replace(a, "U1", beginOf2026); return err }, "with"},
		"replaced by another factory's": {func(a *visit.Agreement) error {
			_, err := a.Replace(&visit.Agreement{Number: 9}, "U1", beginOf2026)
			return err
		}, "with"},
	} {
		a := signed(t, "2026-12-31", 60)
		err := c.change(&a)
		var list visit.InputErrors
		var one *visit.InputError
		if errors.As(err, &list) && len(list) == 1 {
			one = list[0]
		} else {
			errors.As(err, &one)
		}
		if one == nil || one.Field != c.field || len(list) > 1 {
			t.Errorf("%s: %v; want one mistake, at %s", name, err, c.field)
		}
	}
	a := signed(t, "2026-12-31", 361)
	if err := a.Check(); err != nil {
		t.Errorf("notice as long as the term: %v", err)
	}
	a.Link = "https://acme.slack.com/archives/C1/p1?thread_ts=1.2&cid=C1"
	if err := a.Check(); err != nil {
		t.Errorf("a link to a message: %v", err)
	}
}

// 91350100M000100Y43 is the example of GB 32100-2015.
func TestTheCheckDigitOfACreditCode(t *testing.T) {
	p := lang.English()
	const valid = "91350100M000100Y43"
	for code, want := range map[string]string{
		"":                   "",
		valid:                "",
		"91350100M000100Y44": "last character",
		"91350100M000101Y43": "last character",
		"19350100M000100Y43": "last character", // two that changed places
		"91350100M000100Y4":  "17 characters",
		"91350100M0001码0Y43": "'码'",
		"91350100M0001O0Y43": "'O'",
		"91350100M0001I0Y43": "'I'",
		"91350100M0001S0Y43": "'S'",
		"91350100M0001V0Y43": "'V'",
		"91350100M0001Z0Y43": "'Z'",
	} {
		got := visit.CheckCreditCode(p, code)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
	// Every single wrong character is found.
	for i := range valid {
		for _, r := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
			if wrong := valid[:i] + string(r) + valid[i+1:]; wrong != valid && visit.CheckCreditCode(p, wrong) == "" {
				t.Errorf("%s is taken for right", wrong)
			}
		}
	}
	a := signed(t, "2026-12-31", 60)
	a.Code = " 9135 0100 m000 100y43 "
	a.Normalize()
	if a.Code != valid {
		t.Errorf("typed with blanks it is %q", a.Code)
	}
	a.Code = "91350100M000100Y44"
	if err := a.Check(); err != nil {
		t.Errorf("a wrong code is refused: %v", err)
	}
}

func TestByWhenAClaimMustBeMade(t *testing.T) {
	long, short, over, draft := signed(t, "2026-12-31", 60), signed(t, "", 0), signed(t, "2026-03-31", 0), signed(t, "2026-12-31", 0)
	long.Number, short.Number, over.Number, draft.Number = 1, 2, 3, 4
	long.Terms.ClaimDays, short.Terms.ClaimDays, over.Terms.ClaimDays, draft.Terms.ClaimDays = 60, 30, 7, 1
	draft.Signed = civil.Date{}
	draft.Normalize()
	all := []visit.Agreement{long, short, over, draft}
	for seen, want := range map[string]string{"2026-02-01": "2026-02-08 of 3", "2026-06-01": "2026-07-01 of 2", "2026-01-04": ""} {
		c, ok := visit.ClaimBy(all, day(t, seen))
		if got := fmt.Sprintf("%s of %d", c.By, c.Agreement); ok != (want != "") || ok && got != want {
			t.Errorf("seen on %s it must be claimed by %s; want %q", seen, got, want)
		}
	}
	if _, ok := visit.ClaimBy(nil, day(t, "2026-06-01")); ok {
		t.Error("without an agreement there is a day")
	}
}

func TestWhatEndsNextComesFirst(t *testing.T) {
	today := civil.On(2026, 6, 1)
	var as []visit.Agreement
	for n, ends := range []string{"2027-01-01", "", "2026-07-01", "2026-03-01", "2026-05-01", "2026-12-01"} {
		a := signed(t, ends, 0)
		a.Number = n + 1
		if n == 5 {
			a.Signed = civil.Date{}
			a.Normalize()
		}
		as = append(as, a)
	}
	slices.SortFunc(as, visit.CompareAgreements(today))
	var got []int
	for _, a := range as {
		got = append(got, a.Number)
	}
	if want := []int{3, 1, 2, 6, 5, 4}; !slices.Equal(got, want) {
		t.Errorf("they come as %v, want %v", got, want)
	}
}

func TestTheSampleThatIsAgreed(t *testing.T) {
	first, second, ended := signed(t, "2026-12-31", 0), signed(t, "2026-12-31", 0), signed(t, "2026-02-01", 0)
	first.Number, second.Number, ended.Number = 1, 2, 3
	first.Terms.Level, second.Terms.AQLMajor, ended.Terms.AQLMinor = "II", "1.5", "4.0"
	second.Signed = civil.On(2026, 3, 1)
	if a, ok := visit.AgreedSampling([]visit.Agreement{second, first, ended}, civil.On(2026, 6, 1)); !ok || a.Number != 2 {
		t.Errorf("the sample is that of %d, %v; the last one signed counts", a.Number, ok)
	}
	if a, ok := visit.AgreedSampling([]visit.Agreement{ended}, civil.On(2026, 6, 1)); ok {
		t.Errorf("agreement %d has ended", a.Number)
	}
}

// A paper that nobody has signed counts for nothing, also once it is dropped or something else took its
// place: its first day alone says nothing.
func TestWhatNobodySignedHeldOnNoDay(t *testing.T) {
	today, on := civil.On(2026, 6, 1), civil.On(2026, 5, 1)
	draft := func(kind visit.AgreementKind) visit.Agreement {
		a := signed(t, "2026-12-31", 0)
		a.Kind, a.Signed, a.Starts, a.Terms.ClaimDays = kind, civil.Date{}, civil.On(2026, 1, 5), 30
		a.Normalize()
		return a
	}
	for name, end := range map[string]func(*visit.Agreement) error{
		"a draft": func(*visit.Agreement) error { return nil },
		"dropped": func(a *visit.Agreement) error {
			return a.Terminate(today, today, "never signed", "U1", today.Start(time.UTC))
		},
		"replaced": func(a *visit.Agreement) error {
			_, err := a.Replace(&visit.Agreement{Number: 9, Factory: a.Factory}, "U1", today.Start(time.UTC))
			return err
		},
	} {
		a := draft(visit.Certificate)
		if err := end(&a); err != nil {
			t.Fatal(name, err)
		}
		if a.HeldOn(on) {
			t.Errorf("%s: it held on %s", name, on)
		}
		if c, ok := visit.ClaimBy([]visit.Agreement{a}, on); ok {
			t.Errorf("%s: a claim must be made by %s", name, c.By)
		}
		f := visit.ScoreFacts{
			Certificates: []visit.Agreement{a},
			Marks:        []visit.FactoryMark{{Channel: "C1", Kind: visit.MarkNeeded, Quarter: visit.Quarter{Year: 2026, N: 1}, Points: 1}},
		}
		s := f.Score(visit.Quarter{Year: 2026, N: 1}, today)
		if ms := s.Group(visit.ScoreCompliance).Measures; len(ms) != 1 || ms[0].N != 0 || ms[0].Of != 1 {
			t.Errorf("%s: compliance is counted from %+v", name, ms)
		}
	}
	a := draft(visit.Certificate)
	a.Signed = civil.On(2026, 1, 5)
	a.Normalize()
	if err := a.Terminate(today, today, "withdrawn", "U1", today.Start(time.UTC)); err != nil || !a.HeldOn(on) || a.HeldOn(today.AddDays(1)) {
		t.Errorf("one that was signed: %v, held %v", err, a.HeldOn(on))
	}
}

// A draft binds nobody: it is dropped at once, also before the day on which it would have begun, and can be taken back.
func TestADraftIsDroppedBeforeItBegins(t *testing.T) {
	today := civil.On(2026, 6, 1)
	a := signed(t, "2027-12-31", 0)
	a.Signed, a.Starts = civil.Date{}, civil.On(2027, 1, 1)
	a.Normalize()
	var errs visit.InputErrors
	if err := a.Terminate(civil.On(2027, 1, 1), today, "never signed", "U1", beginOf2026); !errors.As(err, &errs) || len(errs) != 1 || errs[0].Field != "last" || a.State != visit.AgreementDraft {
		t.Errorf("dropped on a day to come: %v, and it is %s", err, a.State)
	}
	if err := a.Terminate(today, today, "never signed", "U1", beginOf2026); err != nil {
		t.Fatal(err)
	}
	a.Normalize()
	if err := a.Check(); err != nil || a.State != visit.AgreementTerminated || a.Ends != today {
		t.Errorf("dropped it is %s until %s: %v", a.State, a.Ends, err)
	}
	if !a.TakeBack() || a.State != visit.AgreementDraft || a.Ends != civil.On(2027, 12, 31) {
		t.Errorf("taken back it is %s until %s", a.State, a.Ends)
	}
	a.Ends = today // a draft that is none any more keeps its days in order
	if err := a.Check(); err == nil {
		t.Error("it ends before it begins")
	}

	held := signed(t, "2027-12-31", 0)
	held.Starts = civil.On(2027, 1, 1)
	if err := held.Terminate(today, today, "moved", "U1", beginOf2026); !errors.As(err, &errs) || errs[0].Field != "last" {
		t.Errorf("signed, and ended before it begins: %v", err)
	}
}

// Whoever is far east of the factory hears that an agreement has ended when it has: there its last
// day is over only in their afternoon.
func TestAnAgreementHasEndedAtItsFactory(t *testing.T) {
	timing := visit.DefaultTiming()
	for _, c := range []struct{ owner, want string }{
		{"Australia/Sydney", "2027-06-03"}, {"Asia/Shanghai", "2027-06-03"}, {"Europe/Berlin", "2027-06-02"},
	} {
		a := signed(t, "2027-06-01", 0)
		a.Zone, a.OwnerZone, a.Renews = "America/New_York", c.owner, 12
		os := a.Reminders(&timing, time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC))
		last := os[len(os)-1]
		if last.Milestone != visit.AfterEnd || last.Day.String() != c.want {
			t.Errorf("in %s it comes on %s, want %s", c.owner, last.Day, c.want)
		}
		if a.RollOver(a.Today(last.Due)); !a.Stands(&last) {
			t.Errorf("in %s it does not stand any more at %v", c.owner, last.Due)
		}
	}
}
