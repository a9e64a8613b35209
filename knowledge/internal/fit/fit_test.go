package main

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"visitprep/knowledge"
)

// The weights and the rows that are committed are those that the data give: whoever adds asks
// or questions fits again. It takes a minute or two, and is left to CI.
func TestTheWeightsAreThoseOfTheData(t *testing.T) {
	if os.Getenv("CI") != "true" || testing.Short() {
		t.Skip("a minute of fitting is left to CI=true")
	}
	committed, err := os.ReadFile("../../weights.go")
	if err != nil {
		t.Fatal(err)
	}
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	own, err := ownQuestions("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	stems, rows := Teach(base.All(), own, knowledge.EverydayQuestions()).Write()
	if kept := must(os.ReadFile("../../taught.txt")); string(kept) != string(stems) {
		t.Error("other words are taught than knowledge/taught.txt has: go run ./knowledge/internal/fit")
	}
	if kept := must(os.ReadFile("../../taught.bin")); !near(kept, rows) {
		t.Error("the words are taught otherwise than knowledge/taught.bin has it: go run ./knowledge/internal/fit")
	}
	w, figures := Fit(base, own)
	want, got := numbers(string(committed)), numbers(string(source(w, figures, time.Time{})))
	if len(want) != len(got) {
		t.Fatalf("%d numbers are committed, and %d are fitted", len(want), len(got))
	}
	for i := range want {
		if math.Abs(want[i]-got[i]) > 0.01*math.Max(1, math.Abs(want[i])) {
			t.Errorf("number %d is %v, and %v is committed: go run ./knowledge/internal/fit", i+1, got[i], want[i])
		}
	}
}

// near reports whether two tables of rows are the same but for the last digits, in which
// processors differ.
func near(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	off := 0
	for i := range a {
		if d := int(int8(a[i])) - int(int8(b[i])); d > 2 || d < -2 {
			off++
		}
	}
	return off <= len(a)/100
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// numbers are those of the code, without its comments.
func numbers(source string) (list []float64) {
	for line := range strings.Lines(source) {
		code, _, _ := strings.Cut(line, "//")
		for _, n := range regexp.MustCompile(`-?\d+(\.\d+)?`).FindAllString(code, -1) {
			f, err := strconv.ParseFloat(n, 64)
			if err == nil {
				list = append(list, f)
			}
		}
	}
	return list
}

// A right candidate that is told by one feature is found by a weight on that feature.
func TestRankingLearnsWhatTellsTheRightOne(t *testing.T) {
	t.Parallel()
	var data []example
	for n := range 40 {
		e := example{question: question{kind: scene}, right: []bool{n%2 == 0, n%2 == 1}}
		e.Features = [][]float32{{0.5, float32(1 - n%2)}, {0.5, float32(n % 2)}}
		data = append(data, e)
	}
	if w := fitRank(data, 2); w[1] < 1 || w[0] != 0 {
		t.Errorf("the weights are %v, want the second to tell and the first not", w)
	}
}
