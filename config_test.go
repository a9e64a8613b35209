package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"visitprep/internal/visit"
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
		{"metrics may stand beside Slack", "metrics: \"\"", ""},
		{"or have an address of their own", "metrics: 127.0.0.1:9090", ""},
		{"a port alone is no address", "metrics: \"9090\"", `1: metrics: "9090" is not an address: write host:port, such as 127.0.0.1:9090`},
		{"nor is one with a word for a port", "metrics: localhost:http", `1: metrics: "localhost:http" is not an address`},
		{"a folder that is not there holds no advice", "knowledge:\n  dir: nowhere", `2: knowledge.dir: there is no folder "nowhere"`},
		{"nor does a file", "knowledge:\n  dir: README.md", `2: knowledge.dir: there is no folder "README.md"`},
		{"guests may count as colleagues", "guests: colleagues", ""},
		{"or as another company", "guests: outside", ""},
		{"and as nothing else", "guests: friends", `1: guests: "friends" says nothing of guests: write outside or colleagues`},
		{"questions may be kept for a year", "entries_missed: 366", ""},
		{"and no longer", "entries_missed: 367", "1: entries_missed: 367 is not a number of days for which questions can be kept: write days from 8 to 366, or 0 to keep none"},
		{"they may be kept for a day on which they are shown", "entries_missed: 8", ""},
		{"and not only for those on which they are not", "entries_missed: 7", "1: entries_missed: 7 is not"},
		{"nor for less than none", "entries_missed: -1", "1: entries_missed: -1 is not"},
		{"they need not be kept", "entries_missed: 0", ""},
		{"a workspace that is gone may be kept", "delete_after_days: 0", ""},
		{"and not for less than that", "delete_after_days: -1", "1: delete_after_days: -1 is not a number of days: write days from 1 to 3660, or 0 to delete no workspace"},
		{"what was sent is kept for as long as a reminder is away from its visit", "keep:\n  reminders: 366", "2: keep.reminders: 366 is not a number of days for which they can be kept: write days from 367 to 3660, or 0 for ever"},
		{"for longer, or for ever", "keep:\n  reminders: 0\n  photos: 1", ""},
		{"photos may not be kept for less than none", "keep:\n  photos: -1", "2: keep.photos: -1 is not a number of days for which they can be kept: write days from 1 to 3660, or 0 for ever"},
		{"reminders may all stand in the channel", "reminders:\n  channel: all", ""},
		{"or none", "reminders:\n  channel: never", ""},
		{"or some that nobody can know", "reminders:\n  channel: some", `2: reminders.channel: "some" says nothing of which reminders stand in the channel: write day, or all, or never`},
		{"an eve without an hour", "reminders:\n  eve: afternoon", `2: reminders.eve: "afternoon" is not a time of the day: write it as "09:00"`},
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
  eve: "16:20"
  visit_day: "06:30"
  channel: all
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
	if timing.Eve.String() != "16:20" || timing.Broadcast != visit.BroadcastAll {
		t.Errorf("on the eve at %s, in the channel %s", timing.Eve, timing.Broadcast)
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
	s, err := loadSlackSettings(environment(map[string]string{
		"SLACK_API_URL": "http://127.0.0.1:1", "SLACK_BOT_TOKEN": "xoxb-very-secret", "SLACK_APP_TOKEN": "xapp-very-secret", "SLACK_SIGNING_SECRET": "very-secret", "DATABASE_URL": "very-secret",
	}))
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

// FuzzSettings reads settings of any kind: each mistake has a line and says what to do.
func FuzzSettings(f *testing.F) {
	f.Add(string(defaultConfig))
	f.Add("listen: here\nmetrics: there\nreminders:\n  before: [0]\n  quiet: x\n")
	f.Add("knowledge: {dir: \"\\0\"}\nlog: []\n")
	name := filepath.Join(f.TempDir(), "c.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := loadConfig(name)
		if err == nil {
			_, _, err = c.timing()
		}
		if err == nil {
			return
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if !strings.Contains(line, ": ") || oneLine(line) != "" {
				t.Errorf("the mistake is %q: %s", line, oneLine(line))
			}
		}
	})
}

// TestNumbersOfTheSettingsAreWhole has what YAML reads as a number and a person does not,
// or not as that one.
func TestNumbersOfTheSettingsAreWhole(t *testing.T) {
	for _, n := range []string{"0.5", "1.5", "1.0", "1e1", ".inf", "-.inf", ".nan", "0x10", "0o10", "010", "0b11", "1_0", "1,5", "soon", `"3"`, "2027-03-15", "true"} {
		for _, setting := range []string{"overdue", "escalate"} {
			if _, err := loadConfig(written(t, "reminders:\n  "+setting+": "+n+"\n")); err == nil || !strings.Contains(err.Error(), setting+" needs a whole number, not ") {
				t.Errorf("%s: %s gives %v", setting, n, err)
			}
		}
		if n == "1,5" {
			continue // in a list it is two
		}
		if _, err := loadConfig(written(t, "reminders:\n  before: [14, "+n+"]\n")); err == nil || !strings.Contains(err.Error(), "an item of before needs a whole number, not ") {
			t.Errorf("before: [14, %s] gives %v", n, err)
		}
	}
	for _, n := range []string{"0", "3", "+3", "366"} {
		if _, err := loadConfig(written(t, "reminders:\n  overdue: "+n+"\n")); err != nil {
			t.Errorf("overdue: %s gives %v", n, err)
		}
	}
}

// TestSettingsThatSayNothingAreTheDefaults has files in which nothing is set.
func TestSettingsThatSayNothingAreTheDefaults(t *testing.T) {
	want, err := loadConfig("config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "\n\n", "# nothing yet\n", "# nothing yet", "---\n", "---\n# nothing\n", "\ufeff", "\ufeff# nothing\n", "\r\n# nothing\r\n", "reminders:\nlog:\n", "{}"} {
		if c, err := loadConfig(written(t, text)); err != nil || !reflect.DeepEqual(c, want) {
			t.Errorf("of %q the settings are %+v, %v", text, c, err)
		}
	}
	if c, err := loadConfig(written(t, "\ufefflisten: 127.0.0.1:9\n")); err != nil || c.Listen != "127.0.0.1:9" {
		t.Errorf("after a byte order mark they are %+v, %v", c, err)
	}
}

// TestEveryMendingOfASettingIsTaken does what each mistake says, and loads again. What
// YAML itself cannot read is not among them: that comes before what a setting may hold.
func TestEveryMendingOfASettingIsTaken(t *testing.T) {
	words := []string{"off", "no", "none", "yes", "true", "8080", "9", "0.5", "1e1", "2027-03-15", "~x", "~", "null", "0", `"2"`, `"false"`, `""`, "[a]", "{a: b}", "1:2:3", "host", ":8080:1"}
	sections := map[string][]string{
		"":           {"listen", "metrics", "guests", "entries_missed", "delete_after_days"},
		"keep:":      {"reminders", "photos"},
		"knowledge:": {"dir"},
		"reminders:": {"before", "after", "at", "visit_day", "overdue", "escalate", "weekends", "holidays", "quiet"},
		"log:":       {"level", "format"},
	}
	for section, settings := range sections {
		for _, setting := range settings {
			for _, word := range words {
				line := func(value string) string {
					if section == "" {
						return setting + ": " + value + "\n"
					}
					return section + "\n  " + setting + ": " + value + "\n"
				}
				_, err := loadConfig(written(t, line(word)))
				if err == nil {
					continue
				}
				mended := mendings(setting, err)
				if len(mended) == 0 {
					t.Errorf("%s: %s: nothing to write in %v", setting, word, err)
				}
				for _, value := range mended {
					if _, err2 := loadConfig(written(t, line(value))); err2 != nil {
						t.Errorf("%s: %s gives %v, and then %v", setting, word, err, err2)
					}
				}
			}
		}
	}
}

// mendings are the values that a mistake in a setting says to write.
func mendings(setting string, err error) (values []string) {
	for _, form := range []string{
		`such as (\S+), or ("") to`, `such as (\S.*)$`, `, or ("") for none$`, `: write ` + setting + `: (.+?)(?:, or |$)`, `put it in quotes: ` + setting + `: (.+)$`, `write it as (".*")$`, `write them as ("[^"]*"), or ("") for none$`,
		`write one of (\w+), (\w+)`, `: write (\w+) or (\w+)$`, `write days from (\d+) `, `an item of .*: write (\d+)$`, `for it: (.+)$`,
	} {
		if m := regexp.MustCompile(form).FindStringSubmatch(err.Error()); m != nil {
			for _, v := range m[1:] {
				if strings.HasPrefix(form, "an item of ") {
					v = "[" + v + "]"
				}
				values = append(values, v)
			}
			return values
		}
	}
	return nil
}

func TestOneAddressIsListenedOnOnce(t *testing.T) {
	for _, c := range []struct {
		listen, metrics, app string
		same                 bool
	}{
		{"127.0.0.1:8080", "127.0.0.1:8080", "", true}, {":8080", "127.0.0.1:8080", "", true}, {"127.0.0.1:8080", "0.0.0.0:8080", "", true}, {"127.0.0.1:8080", "[::]:8080", "", true}, {"localhost:8080", "127.0.0.1:08080", "", true},
		{"127.0.0.1:8080", "127.0.0.1:8080", "xapp-1", false}, {"127.0.0.1:8080", "", "", false}, {"127.0.0.1:0", "127.0.0.1:0", "", false}, {"127.0.0.1:8080", "127.0.0.1:8081", "", false}, {"127.0.0.1:8080", "10.0.0.1:8080", "", false},
	} {
		cfg := &config{Listen: c.listen, Metrics: c.metrics}
		if err := cfg.together(&slackSettings{AppToken: secret(c.app)}); (err != nil) != c.same {
			t.Errorf("%+v: %v", c, err)
		}
	}
	// The flag counts as well.
	env := map[string]string{"DATABASE_URL": t.TempDir() + "/v.db", "SLACK_BOT_TOKEN": "xoxb-1-hidden", "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef"}
	if code, text := said(t, env, "", "serve", "--config", written(t, "metrics: 127.0.0.1:7171\n"), "--listen", ":7171"); code != 1 || !strings.Contains(text, "metrics and listen have one address, 127.0.0.1:7171 and :7171") {
		t.Errorf("serve ends with %d:\n%s", code, text)
	}
}

// A mending keeps what was plainly meant.
func TestAMendingIsWhatWasMeant(t *testing.T) {
	for text, says := range map[string]string{
		`overdue: "2"`:      `overdue needs a whole number, not "2": write overdue: 2`,
		`escalate: '5'`:     `escalate needs a whole number, not "5": write escalate: 5`,
		`overdue: soon`:     `overdue needs a whole number, not "soon": write overdue: 3`,
		`weekends: 0`:       `weekends needs true or false, not "0": write weekends: false`,
		`holidays: "false"`: `holidays needs true or false, not "false": write holidays: false`,
		`weekends: 1`:       `weekends needs true or false, not "1": write weekends: true`,
		`quiet: ~`:          `reminders.quiet: "~" are not quiet hours: write them as "20:00-08:00", or "" for none`,
		`quiet: null`:       `reminders.quiet: "null" are not quiet hours`,
		`before: ~`:         `before needs a list, not "~": write before: [14, 7, 1]`,
		`overdue: ~`:        `overdue needs a whole number, not "~": write overdue: 3`,
		`weekends: ~`:       `weekends needs true or false, not "~": write weekends: false`,
	} {
		if _, err := loadConfig(written(t, "reminders:\n  "+text+"\n")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s is answered with %v, want %s", text, err, says)
		}
	}
}

// TestAMendedItemIsTaken writes what a mistake in an item of a list says in the place of
// that item.
func TestAMendedItemIsTaken(t *testing.T) {
	for _, text := range []string{
		"reminders: {before: [7, ITEM]}\n", "reminders:\n  before: [ITEM, 7]\n", "reminders:\n  before: [\n    7,\n    ITEM\n  ]\n",
		"reminders:\n  after:\n    - 7\n    - ITEM\n", "reminders:\n  after:\n  - ITEM\n",
	} {
		for _, item := range []string{"1.5", "soon", "0x10", "[1]", "{a: b}", "0", "367", "99999999999999999999"} {
			_, err := loadConfig(written(t, strings.Replace(text, "ITEM", item, 1)))
			if err == nil {
				t.Errorf("%q is taken in %q", item, text)
				continue
			}
			form := regexp.MustCompile(`: write (.+)$`).FindStringSubmatch(err.Error())
			if form == nil {
				t.Errorf("nothing to write in %v", err)
				continue
			}
			mended := strings.Replace(text, "ITEM", form[1], 1)
			if strings.HasPrefix(form[1], "- ") {
				mended = strings.Replace(text, "- ITEM", form[1], 1)
			} else if days := regexp.MustCompile(`^days from (\d+)`).FindStringSubmatch(form[1]); days != nil {
				mended = strings.Replace(text, "ITEM", days[1], 1)
			}
			if _, err2 := loadConfig(written(t, mended)); err2 != nil {
				t.Errorf("%s in %q gives %v, and %q then %v", item, text, err, mended, err2)
			}
		}
	}
}

// TestACutOffFolderIsToldOf: the # of a folder's name begins a comment in YAML.
func TestACutOffFolderIsToldOf(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"knowledge: {dir: " + dir + " #1\n}\n", "knowledge:\n  dir: " + dir + " #1\n"} {
		name := written(t, text)
		const line = `dir ends before "#1`
		if code, said := said(t, nil, "", "check", "--config", name); code != 0 || strings.Count(said, line) != 1 || !strings.Contains(said, name+":") {
			t.Errorf("check ends with %d for %q and says\n%.300s", code, text, said)
		}
		if _, said := said(t, map[string]string{"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": strings.Repeat("0", 32), "SLACK_API_URL": "http://127.0.0.1:9/api/", "DATABASE_URL": filepath.Join(t.TempDir(), "v.db")}, "visitprep is starting", "serve", "--listen", "127.0.0.1:0", "--config", name); !strings.Contains(said, `dir ends before`) {
			t.Errorf("serve says of %q\n%.300s", text, said)
		}
	}
	name := written(t, "knowledge:\n  dir: "+dir+"  # ours\n")
	if _, said := said(t, nil, "", "check", "--config", name); strings.Contains(said, "Please check") {
		t.Errorf("a comment is told of: %s", said)
	}
}
