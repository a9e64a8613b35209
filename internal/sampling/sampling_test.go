package sampling

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A vector is a look-up that is known.
type vector struct {
	lot      int
	level    Level
	severity Severity
	aql      AQL
	letter   string
	used     string
	n        int
	accept   int
	reject   int
	all      bool
}

// vectors reads a list of them: columns as in testdata/test_vectors.csv.
func vectors(t *testing.T, text string) (vs []vector) {
	t.Helper()
	num := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for row := range rows(text) {
		if len(row) < 10 {
			t.Fatalf("row %q has %d columns", row, len(row))
		}
		vs = append(vs, vector{num(row[0]), Level(row[1]), Severity(row[2]), AQL(row[3]), row[4], row[5], num(row[6]), num(row[7]), num(row[8]), row[9] == "yes"})
	}
	return vs
}

// known are look-ups that a table of US agencies made from MIL-STD-105E has too, worked
// examples, and some from our tables only.
const known = `lot,level,severity,aql,letter,plan,n,Ac,Re,all
2,II,normal,6.5,A,A,2,0,1,yes
8,III,normal,2.5,B,C,5,0,1,no
9,II,normal,2.5,B,C,5,0,1,no
13,II,normal,1.0,B,E,13,0,1,yes
15,II,normal,4.0,B,B,3,0,1,no
25,II,normal,1.5,C,D,8,0,1,no
50,II,normal,0.65,D,F,20,0,1,no
51,II,normal,1.0,E,E,13,0,1,no
90,II,normal,2.5,E,F,20,1,2,no
91,II,normal,4.0,F,F,20,2,3,no
151,II,normal,0.65,G,F,20,0,1,no
281,II,normal,1.5,H,H,50,2,3,no
501,II,normal,1.5,J,J,80,3,4,no
1200,II,normal,6.5,J,J,80,10,11,no
1201,II,normal,1.0,K,K,125,3,4,no
3200,II,normal,10,K,K,125,21,22,no
3201,II,normal,0.65,L,L,200,3,4,no
10001,II,normal,4.0,M,M,315,21,22,no
35001,II,normal,1.0,N,N,500,10,11,no
150001,II,normal,0.65,P,P,800,10,11,no
500000,II,normal,2.5,P,N,500,21,22,no
500001,II,normal,1.0,Q,Q,1250,21,22,no
100,II,normal,15,F,F,20,7,8,no
500,S-4,normal,2.5,E,F,20,1,2,no
40000,S-3,normal,2.5,G,G,32,2,3,no
1000,III,normal,1.5,K,K,125,5,6,no
500,I,tightened,6.5,F,F,20,2,3,no
1000,II,tightened,0.65,J,K,125,1,2,no
300,II,tightened,4.0,H,H,50,3,4,no
200,II,tightened,2.5,G,G,32,1,2,no
5000,II,tightened,2.5,L,L,200,8,9,no
20,II,tightened,2.5,C,D,8,0,1,no
10,II,tightened,10,B,D,8,1,2,no
280,II,reduced,1.0,G,J,32,1,2,no
4,II,normal,0.010,A,Q,1250,0,1,yes
2000,II,reduced,2.5,K,K,50,4,5,no
10000000,III,normal,0.65,R,R,2000,21,22,no
`

func TestKnownPlans(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("testdata/test_vectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	vs := append(vectors(t, string(file)), vectors(t, known)...)
	if len(vs) < 67 {
		t.Fatalf("%d look-ups are known, want 67 at least", len(vs))
	}
	for _, v := range vs {
		t.Run(fmt.Sprint(v.lot, v.level, v.severity, v.aql), func(t *testing.T) {
			p, err := LookUp(v.lot, v.level, v.severity, v.aql)
			if err != nil {
				t.Fatal(err)
			}
			got := vector{p.Lot, p.Level, p.Severity, p.AQL, p.Letter, p.Used, p.Sample, p.Accept, p.Reject, p.All()}
			if got != v {
				t.Errorf("got  %+v\nwant %+v", got, v)
			}
		})
	}
}

// TestTables looks at every cell: what a letter and an AQL give, arrows followed.
func TestTables(t *testing.T) {
	t.Parallel()
	all := AQLs()
	for _, table := range []struct {
		severity Severity
		text     string
		cells    int
	}{{Normal, normal, 416}, {Tightened, tightened, 417}, {Reduced, reduced, 416}} {
		var order []string
		own := map[string]Plan{}
		cells, disputed := 0, 0
		for row := range rows(table.text) {
			if !slices.Contains(order, row[0]) {
				order = append(order, row[0])
			}
			p, err := cell(row[0], table.severity, AQL(row[1]))
			if err != nil {
				t.Fatal(err)
			}
			cells++
			if p.Disputed != nil {
				disputed++
			}
			if p.Reject != p.Accept+1 || p.Sample < 2 || !slices.Contains(all, p.AQL) {
				t.Errorf("%s %s %s: %+v is no plan", table.severity, row[0], row[1], p)
			}
			if (p.Arrow == NoArrow) != (p.Used == p.Letter) {
				t.Errorf("%s %s %s: an arrow %q that leads to %s", table.severity, row[0], row[1], p.Arrow, p.Used)
			}
			if p.Arrow == NoArrow {
				own[row[0]+" "+row[1]] = p
			}
		}
		if want := map[Severity]int{Tightened: 1, Reduced: 14}[table.severity]; cells != table.cells || disputed != want {
			t.Errorf("%s has %d cells and %d disputed ones, want %d and %d", table.severity, cells, disputed, table.cells, want)
		}
		for _, a := range all {
			last := Plan{Sample: -1}
			for at, letter := range order {
				p, err := cell(letter, table.severity, a)
				if err != nil {
					continue // S has one AQL only
				}
				// Where the arrow leads: to the nearest plan in its column, none skipped.
				step := map[Arrow]int{Up: -1, Down: 1}[p.Arrow]
				for at := at + step; step != 0; at += step {
					if q, ok := own[order[at]+" "+string(a)]; ok {
						if q.Letter != p.Used || q.Sample != p.Sample || q.Accept != p.Accept {
							t.Errorf("%s %s %s: the arrow leads to %s, want %s", table.severity, letter, a, p.Used, q.Letter)
						}
						break
					}
				}
				if p.Sample < last.Sample || p.Accept < last.Accept {
					t.Errorf("%s AQL %s: from %s to %s the sample or the accept number falls: %d/%d to %d/%d", table.severity, a, last.Letter, letter, last.Sample, last.Accept, p.Sample, p.Accept)
				}
				last = p
			}
		}
		for _, letter := range order {
			last := -1
			for _, a := range all {
				p, err := cell(letter, table.severity, a)
				if err != nil {
					continue
				}
				if p.Accept < last {
					t.Errorf("%s %s: the accept number falls at AQL %s", table.severity, letter, a)
				}
				last = p.Accept
			}
		}
	}
}

// TestEveryLotHasALetter: at the bounds of each range, and none outside.
func TestEveryLotHasALetter(t *testing.T) {
	t.Parallel()
	next := MinLot
	for row := range rows(letters) {
		if number(row[0]) != next {
			t.Errorf("a range begins at %s, want %d", row[0], next)
		}
		next = number(row[1]) + 1
		for at, level := range Levels() {
			for _, lot := range []int{number(row[0]), number(row[1])} {
				if lot == 0 {
					lot = MaxLot
				}
				if got, err := Letter(lot, level); err != nil || got != row[2+at] {
					t.Errorf("Letter(%d, %s) = %q, %v; want %s", lot, level, got, err, row[2+at])
				}
			}
		}
	}
	for _, lot := range []int{-1, 0, 1, MaxLot + 1} {
		if p, err := LookUp(lot, LevelII, Normal, "2.5"); err == nil {
			t.Errorf("a lot of %d has the plan %+v", lot, p)
		}
	}
	for _, wrong := range []struct {
		level    Level
		severity Severity
		aql      AQL
	}{{"IV", Normal, "2.5"}, {LevelII, Stopped, "2.5"}, {LevelII, Normal, "2"}, {LevelII, Normal, ""}, {"", "", ""}} {
		if p, err := LookUp(3000, wrong.level, wrong.severity, wrong.aql); err == nil {
			t.Errorf("%+v has the plan %+v", wrong, p)
		}
	}
}

// TestStricterAQLHasTheSameSample: the switching score asks the next stricter AQL, which
// has to have a plan of the same size wherever the accept number is 2 or more.
func TestStricterAQLHasTheSameSample(t *testing.T) {
	t.Parallel()
	for row := range rows(normal) {
		p, err := cell(row[0], Normal, AQL(row[1]))
		if err != nil {
			t.Fatal(err)
		}
		if p.Accept < 2 {
			continue
		}
		q, err := cell(p.Used, Normal, p.AQL.tighter())
		if err != nil || q.Sample != p.Sample {
			t.Errorf("%s at AQL %s: the next stricter plan is %+v, %v", row[0], row[1], q, err)
		}
	}
}

func TestWhatASampleSees(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, accept int
		bad, want float64 // in percent
		digits    int
	}{
		{5, 0, 10, 59, 0}, {20, 1, 10, 39, 0}, {50, 3, 10, 25, 0}, {125, 7, 10, 6, 0}, {125, 7, 2.5, 98.6, 1},
		{1250, 21, 0, 100, 1}, {1250, 21, 100, 0, 1}, {3150, 1, 50, 0, 3},
	} {
		p := Plan{Lot: MaxLot, Sample: c.n, Accept: c.accept}
		got := 100 * p.Acceptance(c.bad/100)
		if unit := math.Pow10(c.digits); math.Round(got*unit)/unit != c.want {
			t.Errorf("of lots with %v %% bad, %d/%d accepts %v %%, want %v", c.bad, c.n, c.accept, got, c.want)
		}
	}
	whole := Plan{Lot: 20, Sample: 20, Accept: 1}
	if a, b := whole.Acceptance(0.05), whole.Acceptance(0.10); a != 1 || b != 0 {
		t.Errorf("who looks at all 20 accepts 1 bad (%v) and not 2 (%v)", a, b)
	}
	for n, want := range map[int]float64{20: 13.9, 50: 5.8, 125: 2.4, 200: 1.5, 0: 100} {
		if got := math.Round(1000*AtMost(n)) / 10; got != want {
			t.Errorf("none among %d: at most %v %%, want %v", n, got, want)
		}
	}
	for cartons, want := range map[int]int{-1: 0, 0: 0, 1: 1, 2: 2, 4: 2, 5: 3, 100: 10, 101: 11, 10_000_000: 3163} {
		if got := ToOpen(cartons); got != want {
			t.Errorf("of %d cartons %d are opened, want %d", cartons, got, want)
		}
	}
}

// TestOneLetter: the letter of the largest sample for all, where that makes the samples
// equal.
func TestOneLetter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what  string
		lot   int
		aqls  []AQL
		want  string // sample/accept of each
		offer bool
	}{
		{"a lot of 90: 20 and 13 pieces become 20", 90, []AQL{"2.5", "4.0"}, "F 20/1 F 20/2", true},
		{"a lot of 3,000 has one sample already", 3000, []AQL{"2.5", "4.0"}, "", false},
		{"a lot of 50,000: letter N has no plan of 500 for 4.0", 50000, []AQL{"2.5", "4.0"}, "", false},
		{"one class", 90, []AQL{"2.5"}, "", false},
	} {
		t.Run(c.what, func(t *testing.T) {
			var plans []Plan
			for _, a := range c.aqls {
				p, err := LookUp(c.lot, LevelII, Normal, a)
				if err != nil {
					t.Fatal(err)
				}
				plans = append(plans, p)
			}
			same, ok := OneLetter(plans)
			var got []string
			for _, p := range same {
				got = append(got, fmt.Sprintf("%s %d/%d", p.Used, p.Sample, p.Accept))
				if p.Lot != c.lot || p.Letter != plans[0].Letter {
					t.Errorf("the lot's own letter and size stay: %+v", p)
				}
			}
			if ok != c.offer || strings.Join(got, " ") != c.want {
				t.Errorf("got %q, %v; want %q, %v", strings.Join(got, " "), ok, c.want, c.offer)
			}
		})
	}
	// Whatever the plans, what is offered makes the samples equal and no smaller.
	for _, lot := range []int{2, 9, 50, 51, 90, 91, 500, 3000, 50000, 500001} {
		for _, a := range AQLs() {
			for _, b := range AQLs() {
				p, err1 := LookUp(lot, LevelII, Normal, a)
				q, err2 := LookUp(lot, LevelII, Normal, b)
				if err1 != nil || err2 != nil {
					t.Fatal(err1, err2)
				}
				if same, ok := OneLetter([]Plan{p, q}); ok && (same[0].Sample != same[1].Sample || same[0].Sample != max(p.Sample, q.Sample)) {
					t.Fatalf("lot %d, AQL %s and %s: %d and %d pieces", lot, a, b, same[0].Sample, same[1].Sample)
				}
			}
		}
	}
}

func TestNearestAQLs(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64][]AQL{2: {"1.5", "2.5"}, 3: {"2.5", "4.0"}, 4: {"4.0"}, 0.1: {"0.10"}, 0: {"0.010"}, 5000: {"1000"}, 1000: {"1000"}, 11: {"10", "15"}} {
		if got := NearestAQLs(v); !slices.Equal(got, want) {
			t.Errorf("NearestAQLs(%v) = %v, want %v", v, got, want)
		}
	}
}

func TestSizeOf(t *testing.T) {
	t.Parallel()
	for letter, want := range map[string]int{"A": 2, "D": 8, "H": 50, "K": 125, "R": 2000, "I": 0, "": 0} {
		if got := SizeOf(letter); got != want {
			t.Errorf("SizeOf(%q) = %d, want %d", letter, got, want)
		}
	}
}
