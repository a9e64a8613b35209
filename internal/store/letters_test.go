package store

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// aLetter is a letter of two findings of a visit, of which the factory has answered the second.
func aLetter(t *testing.T, s *Store, team string) visit.Letter {
	t.Helper()
	ctx := context.Background()
	v, err := s.PlanVisit(ctx, sampleVisit(team), noon)
	if err != nil {
		t.Fatal(err)
	}
	l := visit.Letter{Workspace: team, Subject: v.Subject(), To: visit.Bilingual{EN: "Mr Wang", ZH: "王总"}, Escort: visit.Bilingual{EN: "Manager Li"},
		Strengths: []visit.Bilingual{{EN: "records are complete", ZH: "记录完整"}}, ReplyBy: civil.On(2027, 3, 26), LotBy: civil.On(2027, 3, 17),
		English: true, Chinese: true, From: "Mia Chen", Made: visit.Mark{By: "U1", At: noon}}
	for n, text := range []string{"no corner guard", "scratch"} {
		f, _, err := s.AddFinding(ctx, visit.Finding{Workspace: team, Subject: v.Subject(), Severity: visit.Major, Text: text, Requirement: "four", RequirementZH: "四个", RequestZH: "请改", ForFactory: true,
			By: "U1", Source: text}, noon)
		if err != nil {
			t.Fatal(err)
		}
		if f.RequirementZH != "四个" || f.RequestZH != "请改" {
			t.Fatalf("the finding has %q and %q in Chinese", f.RequirementZH, f.RequestZH)
		}
		l.Findings = append(l.Findings, f.Number)
		if n == 1 {
			must(s.ChangeAction(ctx, team, f.Number, noon, func(f *visit.Finding, a *visit.Action) error {
				return a.LogAnswer(f, visit.Answer{Cause: "an old tool", Proposal: "a new tool", SaidBy: "Mr Wang"}, doer())
			}))
		}
	}
	l, err = s.AddLetter(ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func doer() visit.Doer {
	return visit.Doer{By: "U1", Lead: "U1", Now: noon, Today: civil.On(2027, 1, 4)}
}

func TestALetterIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		l := aLetter(t, s, "T1")
		got := must(s.Letter(ctx, "T1", l.Number))
		if !got.Made.At.Equal(noon) {
			t.Errorf("it was made at %v", got.Made.At)
		}
		got.Made.At = noon
		if !reflect.DeepEqual(got, l) {
			t.Errorf("it is read as\n%+v\nwant\n%+v", got, l)
		}
		if _, err := s.Letter(ctx, "T2", l.Number); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("another workspace reads it: %v", err)
		}
		changed := must(s.ChangeLetter(ctx, "T1", l.Number, func(l *visit.Letter) error {
			l.To.ZH, l.Subject, l.Sent = "王经理", "visit/99", visit.Mark{By: "U9", At: noon}
			return nil
		}))
		if changed.To.ZH != "王经理" || changed.Subject != l.Subject || changed.Sent.IsSet() || changed.Rev != 2 {
			t.Errorf("it became %+v", changed)
		}
		if ls := must(s.Letters(ctx, "T1", l.Subject)); len(ls) != 1 || ls[0].To.ZH != "王经理" {
			t.Errorf("the letters of the visit are %+v", ls)
		}
		second := l
		second.To = visit.Bilingual{EN: "Ms Zhao"}
		if second = must(s.AddLetter(ctx, second)); second.Number != l.Number+1 {
			t.Errorf("the second letter has the number %d", second.Number)
		}
	})
}

func TestALetterIsSentOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		l := aLetter(t, s, "T1")
		var sent sync.WaitGroup
		var mu sync.Mutex
		times := 0
		for range 4 {
			sent.Go(func() {
				_, due, did, err := s.SendLetter(ctx, "T1", l.Number, doer())
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("it is refused: %v", err)
				}
				if did {
					times++
					if !slices.Equal(due, l.Findings[:1]) {
						t.Errorf("the findings %v got the day, want the one that is open", due)
					}
				}
			})
		}
		sent.Wait()
		if times != 1 {
			t.Errorf("it was sent %d times", times)
		}
		open, answered := must(s.Action(ctx, "T1", l.Findings[0])), must(s.Action(ctx, "T1", l.Findings[1]))
		if open.Action.Due != l.ReplyBy || len(open.Action.Steps) != 2 || open.Action.Steps[1].Kind != visit.StepDue {
			t.Errorf("the open one is due %v after %+v", open.Action.Due, open.Action.Steps)
		}
		if till := open.ContainBy(); !till.Equal(time.Date(2027, 3, 17, 9, 0, 0, 0, time.UTC)) {
			t.Errorf("what becomes of the lot is to be known by %v, want five in the afternoon at the factory", till)
		}
		if answered.Action.Due == l.ReplyBy {
			t.Error("the answer that was there got a new day")
		}
	})
}

// What is asked for by a day that is over is not sent, and nothing changes.
func TestALetterOfADayThatIsOver(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		l := aLetter(t, s, "T1")
		d := doer()
		d.Today, d.Now = civil.On(2027, 3, 27), noon.Add(82*24*time.Hour)
		var wrong *visit.InputError
		if _, _, _, err := s.SendLetter(ctx, "T1", l.Number, d); !errors.As(err, &wrong) || wrong.Field != "reply_by" {
			t.Errorf("it says %v", err)
		}
		if got := must(s.Letter(ctx, "T1", l.Number)); got.Sent.IsSet() {
			t.Error("it counts as sent")
		}
		if a := must(s.Action(ctx, "T1", l.Findings[0])); !a.Action.Due.IsZero() {
			t.Errorf("its finding is due %v", a.Action.Due)
		}
	})
}

// Nor is what asks for the lot by a day that is over, unless nothing in the letter asks for it.
func TestALetterThatAsksForTheLotTooLate(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		l := aLetter(t, s, "T1")
		d := doer()
		d.Today, d.Now = civil.On(2027, 3, 18), time.Date(2027, 3, 18, 1, 0, 0, 0, time.UTC)
		var wrong *visit.InputError
		if _, _, _, err := s.SendLetter(ctx, "T1", l.Number, d); !errors.As(err, &wrong) || wrong.Field != "lot_by" {
			t.Errorf("it says %v", err)
		}
		if got := must(s.Letter(ctx, "T1", l.Number)); got.Sent.IsSet() {
			t.Error("it counts as sent")
		}
		for _, n := range l.Findings {
			must(s.ChangeFinding(ctx, "T1", n, noon, func(f *visit.Finding) error { f.Severity = visit.Minor; return nil }))
		}
		if _, due, did, err := s.SendLetter(ctx, "T1", l.Number, d); !did || err != nil || len(due) != 1 {
			t.Errorf("one that asks for no lot: %v, %v, %v", due, did, err)
		}
	})
}

// A letter that was sent has the findings that stood in it, each at its number.
func TestASentLetterHasWhatItTold(t *testing.T) {
	for name, change := range map[string]func(*visit.Finding){
		"withdrawn": func(f *visit.Finding) { f.Withdrawn = visit.Mark{By: "U1", At: noon} }, "only for us": func(f *visit.Finding) { f.ForFactory = false },
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *Store) {
				ctx := context.Background()
				l := aLetter(t, s, "T1")
				must(s.ChangeFinding(ctx, "T1", l.Findings[0], noon, func(f *visit.Finding) error { change(f); return nil }))
				if _, _, _, err := s.SendLetter(ctx, "T1", l.Number, doer()); err != nil {
					t.Fatal(err)
				}
				if got := must(s.Letter(ctx, "T1", l.Number)); !slices.Equal(got.Findings, l.Findings[1:]) {
					t.Errorf("it has %v, want %v", got.Findings, l.Findings[1:])
				}
			})
		})
	}
}

// A letter asks of the findings that stand in it when it is sent: not of an idea, nor of one that
// was moved to another visit, or is only for us now.
func TestALetterAsksOfWhatStandsInIt(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		l := aLetter(t, s, "T1")
		other := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		for text, f := range map[string]visit.Finding{
			"an idea": {Subject: l.Subject, Kind: visit.Idea, ForFactory: true}, "moved": {Subject: other.Subject(), Severity: visit.Major, ForFactory: true},
			"only for us": {Subject: l.Subject, Severity: visit.Major}, "not sorted": {Subject: l.Subject, ForFactory: true},
		} {
			f.Workspace, f.Text, f.By, f.Source = "T1", text, "U1", text
			f, _, err := s.AddFinding(ctx, f, noon)
			if err != nil {
				t.Fatal(err)
			}
			l.Findings = append(l.Findings, f.Number)
		}
		l = must(s.AddLetter(ctx, l))
		_, due, did, err := s.SendLetter(ctx, "T1", l.Number, doer())
		if !did || err != nil || !slices.Equal(due, l.Findings[:1]) {
			t.Errorf("the findings %v got the day (%v, %v), want %v", due, did, err, l.Findings[:1])
		}
		for _, n := range l.Findings[2:] {
			if a := must(s.Action(ctx, "T1", n)); a.Action.Rev > 0 {
				t.Errorf("%s is due %v", a.Finding.Text, a.Action.Due)
			}
		}
	})
}
