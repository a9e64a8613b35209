// Package promtest asks Prometheus' own promtool which alerts of a file of rules would have fired on
// what a program answered on /metrics. Nothing but tests imports it.
package promtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Interval is how often the Prometheus asks whose eyes these are, and judges its rules.
const Interval = 15 * time.Second

// Scrapes are what a Prometheus has seen of a job: the zero one has seen nothing. Its methods are not
// for several goroutines at once.
type Scrapes struct {
	first   time.Time
	answers []answer
}

// An answer is what one instance said to one question.
type answer struct {
	step     int // of Interval since the first
	instance string
	samples  map[string]string // by the name of the series, with its labels; nil where there was no answer
}

// Add notes what GET /metrics of an instance answered at an instant, in Prometheus' text format. Of
// several answers within one [Interval] the last one counts, as for a Prometheus that asks less often.
func (s *Scrapes) Add(at time.Time, instance, text string) error {
	samples := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		n := strings.LastIndexByte(line, ' ')
		if n < 0 {
			return fmt.Errorf("no line of metrics: %q", line)
		}
		samples[line[:n]] = line[n+1:]
	}
	if len(samples) == 0 {
		return errors.New("an answer without any metric")
	}
	s.note(at, instance, samples)
	return lines.Err()
}

// Missed notes that an instance did not answer.
func (s *Scrapes) Missed(at time.Time, instance string) { s.note(at, instance, nil) }

func (s *Scrapes) note(at time.Time, instance string, samples map[string]string) {
	if len(s.answers) == 0 {
		s.first = at
	}
	s.answers = append(s.answers, answer{int(at.Sub(s.first).Round(Interval) / Interval), instance, samples})
}

// Lasted is the time from the first answer to the last.
func (s *Scrapes) Lasted() time.Duration {
	last := 0
	for _, a := range s.answers {
		last = max(last, a.step)
	}
	return time.Duration(last) * Interval
}

// series are the input of promtool: a value for each step, "_" where nobody was asked, "stale" where
// an answer no longer had it. "up" is Prometheus' own.
func (s *Scrapes) series() map[string][]string {
	steps := int(s.Lasted()/Interval) + 1
	all := map[string][]string{}
	put := func(name string, step int, value string) {
		if all[name] == nil {
			all[name] = slices.Repeat([]string{"_"}, steps)
		}
		all[name][step] = value
	}
	seen := map[string][]string{} // the series of an instance
	for _, a := range s.answers {
		own := fmt.Sprintf("job=\"visitprep\",instance=%q", a.instance)
		up := "1"
		if a.samples == nil {
			up = "0"
		}
		put("up{"+own+"}", a.step, up)
		for _, name := range seen[a.instance] {
			put(name, a.step, "stale")
		}
		for name, value := range a.samples {
			if base, labels, ok := strings.Cut(name, "{"); ok {
				name = base + "{" + own + "," + labels
			} else {
				name += "{" + own + "}"
			}
			if all[name] == nil {
				seen[a.instance] = append(seen[a.instance], name)
			}
			put(name, a.step, value)
		}
	}
	return all
}

// Fired returns the alerts of a file of rules that fired at any time, sorted. Without promtool on the
// machine the test is skipped with a line that says so; under CI=true it fails.
func (s *Scrapes) Fired(t testing.TB, rules string) []string {
	t.Helper()
	rules, err := filepath.Abs(rules)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "rule_files: [%q]\nevaluation_interval: %s\ntests:\n- interval: %[2]s\n  input_series:\n", rules, Interval)
	all := s.series()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(name, "visitprep_") || strings.HasPrefix(name, "up{") {
			fmt.Fprintf(&b, "  - series: '%s'\n    values: '%s'\n", name, strings.Join(all[name], " "))
		}
	}
	// Nothing is expected, so what has fired is what promtool complains of.
	fmt.Fprintf(&b, "  promql_expr_test:\n  - expr: max by (alertname) (max_over_time(ALERTS{alertstate=\"firing\"}[%ds]))\n    eval_time: %ds\n    exp_samples: []\n",
		int((s.Lasted() + Interval).Seconds()), int(s.Lasted().Seconds()))
	file := filepath.Join(t.TempDir(), "scrapes.yaml")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(promtool(t), "test", "rules", file).CombinedOutput()
	var fired []string
	for _, found := range firedAlert.FindAllStringSubmatch(string(out), -1) {
		fired = append(fired, found[1])
	}
	if (err != nil) != (len(fired) > 0) {
		t.Fatalf("promtool: %v\n%s\nit was given\n%s", err, out, b.String())
	}
	slices.Sort(fired)
	return slices.Compact(fired)
}

var firedAlert = regexp.MustCompile(`\{alertname="(\w+)"\} 1E\+00`)

// Check has promtool read a file of rules as Prometheus does when it starts.
func Check(t testing.TB, rules string) {
	t.Helper()
	if out, err := exec.Command(promtool(t), "check", "rules", rules).CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// promtool is where the program is; without it the test ends here.
func promtool(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err == nil {
		return path
	}
	const words = "no promtool on this machine: install Debian's package prometheus to try the alert rules"
	if os.Getenv("CI") == "true" {
		t.Fatal(words)
	}
	t.Skip(words)
	return ""
}
