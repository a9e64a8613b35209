package promtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

const rules = `groups:
- name: kitchen
  rules:
  - alert: TooHot
    expr: visitprep_degrees{room="kitchen"} > 30
    for: 1m
  - alert: Away
    expr: up == 0
    for: 30s
  - alert: Burnt
    expr: increase(visitprep_burnt_total[5m]) > 0
`

func TestWhatFires(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	Check(t, file)
	begin := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	const degrees = "# TYPE visitprep_degrees gauge\nvisitprep_degrees{room=\"kitchen\"} %d\nvisitprep_burnt_total %d\ngo_goroutines 7\n"
	for _, c := range []struct {
		name    string
		degrees []int // one for each scrape; 0 is no answer
		burnt   []int
		want    []string
	}{
		{"nothing while all is well", []int{20, 21, 22, 23, 24, 25, 26, 27}, nil, nil},
		{"nothing while it is hot for a moment", []int{20, 40, 40, 20, 40, 40, 40, 20}, nil, nil},
		{"what lasted", []int{20, 40, 40, 40, 40, 40, 20, 20}, nil, []string{"TooHot"}},
		{"what lasted until the end", []int{20, 20, 20, 40, 40, 40, 40, 40}, nil, []string{"TooHot"}},
		{"what did not answer", []int{20, 0, 0, 0, 0, 20, 20, 20}, nil, []string{"Away"}},
		{"nothing that went on counting before", []int{40, 40, 0, 40, 40, 0, 40, 40}, nil, nil},
		{"what grew", []int{20, 20, 20, 20}, []int{3, 3, 4, 4}, []string{"Burnt"}},
		{"two at once", []int{40, 40, 40, 40, 40, 40}, []int{0, 0, 0, 1, 1, 1}, []string{"Burnt", "TooHot"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Scrapes
			for n, d := range c.degrees {
				at, burnt := begin.Add(time.Duration(n)*Interval+time.Duration(n%3)*time.Second), 0
				if c.burnt != nil {
					burnt = c.burnt[n]
				}
				if d == 0 {
					s.Missed(at, "a")
				} else if err := s.Add(at, "a", fmt.Sprintf(degrees, d, burnt)); err != nil {
					t.Fatal(err)
				}
				if err := s.Add(at, "b", fmt.Sprintf(degrees, 20, 0)); err != nil { // another instance is well
					t.Fatal(err)
				}
			}
			if got := s.Fired(t, file); !slices.Equal(got, c.want) {
				t.Errorf("%q fired, want %q", got, c.want)
			}
		})
	}
}

func TestAnAnswerThatIsNoMetricsIsRefused(t *testing.T) {
	for _, text := range []string{"", "# nothing", "404"} {
		if err := new(Scrapes).Add(time.Now(), "a", text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
