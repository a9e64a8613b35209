package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// written is a settings file of one test.
func written(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestBoundsOfTheSettings tries the last value that is taken on each side and the
// first that is not.
func TestBoundsOfTheSettings(t *testing.T) {
	for _, c := range []struct{ name, text, mistake string }{
		{"a reminder a year before is taken", "reminders:\n  before: [366]", ""},
		{"one of more than a year before is not", "reminders:\n  before: [366, 367]", "2: reminders.before: 367 is not a number of days: write days from 1 to 366"},
		{"a reminder a day before is taken", "reminders:\n  before: [1]", ""},
		{"one no day before is not", "reminders:\n  before: [0]", "2: reminders.before: 0 is not"},
		{"nor one that is before in the other direction", "reminders:\n  before: [-1]", "2: reminders.before: -1 is not"},
		{"no reminder before is taken", "reminders:\n  before: []", ""},
		{"a reminder a year after is taken", "reminders:\n  after: [366]", ""},
		{"one of more than a year after is not", "reminders:\n  after: [1, 367]", "2: reminders.after: 367 is not a number of days: write days from 1 to 366"},
		{"one no day after is not", "reminders:\n  after: [0]", "2: reminders.after: 0 is not"},
		{"overdue may be never", "reminders:\n  overdue: 0", ""},
		{"overdue may take a year", "reminders:\n  overdue: 366", ""},
		{"overdue takes no longer", "reminders:\n  overdue: 367", "2: reminders.overdue: 367 is not a number of working days: write days from 0 (never) to 366"},
		{"overdue comes not before its day", "reminders:\n  overdue: -1", "2: reminders.overdue: -1 is not"},
		{"the planner may hear of it never", "reminders:\n  escalate: 0", ""},
		{"the planner may hear of it after a year", "reminders:\n  escalate: 366", ""},
		{"the planner hears of it no later", "reminders:\n  escalate: 367", "2: reminders.escalate: 367 is not a number of working days: write days from 0 (never) to 366"},
		{"the planner hears of it not before its day", "reminders:\n  escalate: -1", "2: reminders.escalate: -1 is not"},
		{"the last minute of a day is a time", "reminders:\n  at: \"23:59\"", ""},
		{"the minute after it is none", "reminders:\n  at: \"24:00\"", `2: reminders.at: "24:00" is not a time of the day: write it as "09:00"`},
		{"nor is a time in words", "reminders:\n  visit_day: noon", `2: reminders.visit_day: "noon" is not a time of the day`},
		{"quiet hours may be none", "reminders:\n  quiet: \"\"", ""},
		{"quiet hours have two ends", "reminders:\n  quiet: \"20:00\"", `2: reminders.quiet: "20:00" are not quiet hours`},
		{"any free port is an address", "listen: 127.0.0.1:0", ""},
		{"the last port is an address", "listen: 127.0.0.1:65535", ""},
		{"the port after it is none", "listen: 127.0.0.1:65536", `1: listen: "127.0.0.1:65536" is not an address`},
		{"a port below all is none", "listen: 127.0.0.1:-1", `1: listen: "127.0.0.1:-1" is not an address`},
		{"a host alone is none", "listen: 127.0.0.1", `1: listen: "127.0.0.1" is not an address`},
		{"a folder that is not there holds no advice", "knowledge:\n  dir: nowhere", `2: knowledge.dir: there is no folder "nowhere"`},
		{"nor does a file", "knowledge:\n  dir: README.md", `2: knowledge.dir: there is no folder "README.md"`},
		{"a level that is none", "log:\n  level: loud", `2: log.level: "loud" is not a level: write one of debug, info, warn, error`},
		{"a format that is none", "log:\n  format: xml", `2: log.format: "xml" is not a format: write one of text, json`},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := written(t, c.text)
			_, err := loadConfig(name)
			switch {
			case c.mistake == "" && err != nil:
				t.Errorf("it is refused: %v", err)
			case c.mistake != "" && (err == nil || !strings.HasPrefix(err.Error(), name+":"+c.mistake)):
				t.Errorf("the error is %v, want %s:%s", err, name, c.mistake)
			}
		})
	}
}

// TestTimingIsWhatTheSettingsSay goes by settings of which each is another than the default.
func TestTimingIsWhatTheSettingsSay(t *testing.T) {
	c, err := loadConfig(written(t, `reminders:
  before: [3, 21, 3]
  after: [10, 2, 10]
  at: "10:15"
  visit_day: "06:30"
  overdue: 2
  escalate: 5
  weekends: false
  holidays: false
  quiet: "22:00-07:00"
`))
	if err != nil {
		t.Fatal(err)
	}
	timing, china, err := c.timing()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(timing.Before, []int{21, 3}) || !slices.Equal(timing.After, []int{2, 10}) {
		t.Errorf("before %v and after %v, want each once and in order of time", timing.Before, timing.After)
	}
	if timing.At.String() != "10:15" || timing.VisitDay.String() != "06:30" || timing.Quiet.String() != "22:00-07:00" {
		t.Errorf("at %s, on the day at %s, quiet %s", timing.At, timing.VisitDay, timing.Quiet)
	}
	if timing.Overdue != 2 || timing.Escalate != 5 || timing.Weekends || timing.Holidays {
		t.Errorf("overdue %d, escalate %d, weekends %v, holidays %v", timing.Overdue, timing.Escalate, timing.Weekends, timing.Holidays)
	}
	if china == nil || timing.Holiday == nil || timing.MakeUp == nil {
		t.Error("the timing has no calendar")
	}
}

// TestSecretsDoNotPrint is why the type secret exists.
func TestSecretsDoNotPrint(t *testing.T) {
	s, err := loadSlackSettings(func(name string) string {
		if name == "SLACK_API_URL" {
			return "http://127.0.0.1:1"
		}
		return "xoxb-very-secret"
	})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	c := new(config)
	c.Log.Level, c.Log.Format = "info", "text"
	c.logger(&log).Info("settings", "token", s.BotToken, "all", s)
	c.Log.Format = "json"
	c.logger(&log).Info("settings", "token", s.BotToken, "all", s)
	if strings.Contains(log.String(), "very-secret") {
		t.Errorf("a secret is in the log:\n%s", log.String())
	}
}
