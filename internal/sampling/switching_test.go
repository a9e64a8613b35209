package sampling

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// replay adds lots by their letter: A accepted, T accepted at the next stricter AQL too, R
// not accepted; each judged as the ones before say. A small letter is one that was judged
// normally whatever they say.
func replay(r *Record, lots string, accept int) (why Reason) {
	for _, lot := range lots {
		j := Judged{Severity: r.Severity(), Accept: accept, Accepted: lot != 'R' && lot != 'r', Tighter: lot == 'T'}
		if lot >= 'a' {
			j.Severity = Normal
		}
		why = r.Add(j)
	}
	return why
}

func TestSwitching(t *testing.T) {
	t.Parallel()
	stopped := "RARRARR"
	for _, c := range []struct {
		what, from, lots string
		accept           int
		may              bool
		want             Severity
		why              Reason
		score            int
	}{
		{"two of five are not accepted", "", "ARAAR", 0, false, Tightened, TwoOfFive, 0},
		{"two of six are", "", "RAAAAR", 0, false, Normal, "", 0},
		{"the first and the fifth of five", "", "RAAAR", 0, false, Tightened, TwoOfFive, 0},
		{"two at once", "", "RR", 0, false, Tightened, TwoOfFive, 0},
		{"five accepted lead back", "RR", "AAAAA", 0, false, Normal, FiveAccepted, 0},
		{"four do not", "RR", "AAAA", 0, false, Tightened, "", 0},
		{"they have to be one after another", "RR", "AAAARAAAA", 0, false, Tightened, "", 0},
		{"after the tenth they are", "RR", "AAAARAAAAA", 0, false, Normal, FiveAccepted, 0},
		{"what was not accepted before counts no more", "RR", "RAAAAA", 0, false, Normal, FiveAccepted, 0},
		{"those that were judged normally do not lead back", "RR", "aaaaaaa", 0, false, Tightened, "", 0},
		{"nor do they break the row of those that were not", "RR", "AAaaAaAA", 0, false, Normal, FiveAccepted, 0},
		{"one that is not accepted even so breaks it", "RR", "AAAArAAAA", 0, false, Tightened, "", 0},
		{"and five of them stop", "RR", "rrrrr", 0, false, Stopped, FiveRefused, 0},
		{"five in all stop", "RR", stopped, 0, false, Stopped, FiveRefused, 0},
		{"four in all do not", "RR", "RARRAAR"[:6], 0, false, Tightened, "", 0},
		{"a lot while stopped changes nothing", "RR" + stopped, "AAAAAAAAAA", 0, false, Stopped, "", 0},
		{"14 accepted, accept number 0", "", strings.Repeat("A", 14), 0, true, Normal, "", 28},
		{"15 accepted", "", strings.Repeat("A", 15), 1, true, Reduced, Score, 0},
		{"without a person's yes", "", strings.Repeat("A", 16), 1, false, Normal, "", 32},
		{"10 accepted at the stricter AQL", "", strings.Repeat("T", 10), 2, true, Reduced, Score, 0},
		{"one of them not at the stricter one", "", "TTTTTTTTTAT", 2, true, Normal, "", 3},
		{"one reduced lot is not accepted", strings.Repeat("A", 15), "AR", 0, true, Normal, OneRefused, 0},
		{"one lot that is not accepted sets the score to nothing", "", "AAAR", 0, true, Normal, "", 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := Record{MayReduce: c.may}
			replay(&r, c.from, c.accept)
			why := replay(&r, c.lots, c.accept)
			if r.Severity() != c.want || why != c.why || r.Score() != c.score {
				t.Errorf("%s, %q, score %d; want %s, %q, %d", r.Severity(), why, r.Score(), c.want, c.why, c.score)
			}
		})
	}

	r := Record{}
	replay(&r, "RR"+stopped, 0)
	if why := r.Resume(); why != Resumed || r.Severity() != Tightened || r.Refused() != 0 || r.InARow() != 0 {
		t.Errorf("resumed: %s, %q, %d, %d", r.Severity(), why, r.Refused(), r.InARow())
	}
	if replay(&r, "RRRR", 0); r.Severity() != Tightened {
		t.Error("a resumed series counts from nothing")
	}
	if r.Resume() != "" || r.Irregular() != "" || r.Severity() != Tightened {
		t.Error("what is not stopped is not resumed, and what is not reduced does not leave it")
	}
	r = Record{MayReduce: true}
	replay(&r, strings.Repeat("A", 15), 0)
	if why := r.Irregular(); why != Irregular || r.Severity() != Normal || r.Score() != 0 {
		t.Errorf("irregular production: %s, %q, score %d", r.Severity(), why, r.Score())
	}
}

// TestJudge: 3,000 pieces, level II, AQL 2.5: 125 pieces, accept 7, and 5 at AQL 1.5.
func TestJudge(t *testing.T) {
	t.Parallel()
	p, err := LookUp(3000, LevelII, Normal, "2.5")
	if err != nil {
		t.Fatal(err)
	}
	for bad, want := range map[int]Judged{0: {7, true, true, Normal}, 5: {7, true, true, Normal}, 6: {7, true, false, Normal}, 7: {7, true, false, Normal}, 8: {7, false, false, Normal}} {
		if got := p.Judge(bad); got != want {
			t.Errorf("%d bad: %+v, want %+v", bad, got, want)
		}
	}
	var r Record
	for _, step := range []struct{ bad, score int }{{5, 3}, {6, 0}, {0, 3}, {8, 0}} {
		if r.Add(p.Judge(step.bad)); r.Score() != step.score {
			t.Errorf("after %d bad the score is %d, want %d", step.bad, r.Score(), step.score)
		}
	}
}

// TestSwitchingKeepsItsStates: whatever comes, the states are four, a change has a reason
// that leads from where it was to where it is, and a new state has forgotten its counts.
func TestSwitchingKeepsItsStates(t *testing.T) {
	t.Parallel()
	leads := map[Reason][2]Severity{
		TwoOfFive: {Normal, Tightened}, FiveAccepted: {Tightened, Normal}, FiveRefused: {Tightened, Stopped},
		Score: {Normal, Reduced}, OneRefused: {Reduced, Normal}, Irregular: {Reduced, Normal}, Resumed: {Stopped, Tightened},
	}
	seen := map[Reason]bool{}
	random := rand.New(rand.NewPCG(17, 4))
	for range 2000 {
		r := Record{MayReduce: random.IntN(2) == 0}
		often := random.IntN(20)
		for range 60 {
			was := r.Severity()
			var why Reason
			switch n := random.IntN(40); {
			case n == 0:
				why = r.Resume()
			case n == 1:
				why = r.Irregular()
			default:
				ok := random.IntN(20) >= often
				why = r.Add(Judged{Accept: random.IntN(4), Accepted: ok, Tighter: ok && random.IntN(5) > 0, Severity: was})
			}
			now := r.Severity()
			if why == "" && now != was {
				t.Fatalf("from %s to %s without a reason", was, now)
			}
			if why != "" {
				seen[why] = true
				if leads[why] != [2]Severity{was, now} {
					t.Fatalf("%q led from %s to %s", why, was, now)
				}
				if r.Score() != 0 || r.Refused() != 0 || r.InARow() != 0 {
					t.Fatalf("%s begins with score %d, %d and %d", now, r.Score(), r.Refused(), r.InARow())
				}
			}
			if now == Reduced && !r.MayReduce {
				t.Fatal("reduced without a person's yes")
			}
		}
	}
	if len(seen) != len(leads) {
		t.Errorf("only %v were seen", seen)
	}
}
