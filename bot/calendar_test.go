package bot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// TestCalendarFileIsReadByAnotherParser reads the file back with a library that did
// not write it, github.com/emersion/go-ical.
func TestCalendarFileIsReadByAnotherParser(t *testing.T) {
	t.Parallel()
	g := must(declared().newGuide(must(knowledge.Embedded())))
	now := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	v := visit.Visit{
		Work: visit.Work{
			Workspace: "T1", Number: 12, Rev: 3,
			Factory: visit.Factory{Name: "Ningbo Bright; Metal, Ltd.", Chinese: "宁波光明", Address: strings.Repeat("浙江省宁波市江北区庄桥街道", 12)},
		},
		Purpose: "first_visit", First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 17),
		Agenda: "Day 1: tour, \"records\"\nDay 2: lunch; closing",
	}
	read := func(v visit.Visit) (ical.Event, []byte) {
		t.Helper()
		raw := calendarFile(english, g, &v, besides{}, now)
		cal, err := ical.NewDecoder(bytes.NewReader(raw)).Decode()
		if err != nil {
			t.Fatalf("%v:\n%s", err, raw)
		}
		es := cal.Events()
		if len(es) != 1 {
			t.Fatalf("%d events", len(es))
		}
		return es[0], raw
	}
	e, raw := read(v)
	text := func(name string) string { return must(e.Props.Text(name)) }
	if got := text(ical.PropSummary); got != "Factory visit: Ningbo Bright; Metal, Ltd." {
		t.Errorf("the summary is %q", got)
	}
	if got := text(ical.PropDescription); !strings.Contains(got, "Day 1: tour, \"records\"\nDay 2: lunch; closing") {
		t.Errorf("the description is %q", got)
	}
	if got := text(ical.PropLocation); got != v.Factory.Chinese+" "+v.Factory.Address {
		t.Errorf("the place is %q", got)
	}
	start, end := must(e.DateTimeStart(time.UTC)), must(e.DateTimeEnd(time.UTC))
	if start.Format(time.DateOnly) != "2027-03-15" || end.Format(time.DateOnly) != "2027-03-18" {
		t.Errorf("from %s to %s; the end is the day after the last", start, end)
	}
	for line := range bytes.SplitSeq(bytes.TrimSuffix(raw, []byte("\r\n")), []byte("\r\n")) {
		if len(line) > 75 || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d bytes, or with a bare line end: %q", len(line), line)
		}
	}
	uid := text(ical.PropUID)
	v.Rev++
	v.First = v.First.AddDays(1)
	e, _ = read(v)
	if text(ical.PropUID) != uid || e.Props.Get(ical.PropSequence).Value != "4" {
		t.Errorf("after a change the id is %s, the sequence %s", text(ical.PropUID), e.Props.Get(ical.PropSequence).Value)
	}
	v.Cancel("U1", now)
	e, raw = read(v)
	if text(ical.PropStatus) != "CANCELLED" || !bytes.Contains(raw, []byte("METHOD:CANCEL")) {
		t.Errorf("cancelled it says\n%s", raw)
	}
}

// What does not take place any more says so in the file and beside it, and what takes
// place again says that.
func TestCalendarFileOfWhatIsCalledOff(t *testing.T) {
	t.Parallel()
	g := must(declared().newGuide(must(knowledge.Embedded())))
	now := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	work := visit.Work{Workspace: "T1", Number: 3, Factory: visit.Factory{Name: "A"}, Place: visit.Place{Zone: "Asia/Shanghai"}}
	off := func(r visit.Result) *visit.Inspection {
		return &visit.Inspection{Work: work, Type: "pre_shipment", Due: civil.On(2027, 3, 15), Result: r}
	}
	cancelled := &visit.Visit{Work: work, Purpose: "first_visit", First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 15)}
	cancelled.Cancel("U1", now)
	back := cancelled.Clone()
	back.Cancelled = visit.Mark{}
	for _, c := range []struct {
		name   string
		of     visit.Appointment
		method string
		status string
	}{
		{"a visit that is cancelled", cancelled, "CANCEL", "CANCELLED"},
		{"an inspection that is skipped", off(visit.Skipped), "CANCEL", "CANCELLED"},
		{"one that its plan has withdrawn", off(visit.Withdrawn), "CANCEL", "CANCELLED"},
		{"one that lies ahead", off(""), "PUBLISH", "CONFIRMED"},
		{"one with a result", off(visit.Passed), "PUBLISH", "CONFIRMED"},
		{"a visit that takes place again", &back, "PUBLISH", "CONFIRMED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := calendarFile(english, g, c.of, besides{}, now)
			cal, err := ical.NewDecoder(bytes.NewReader(raw)).Decode()
			if err != nil || len(cal.Events()) != 1 {
				t.Fatalf("%v:\n%s", err, raw)
			}
			e := cal.Events()[0]
			if got := must(cal.Props.Text(ical.PropMethod)); got != c.method {
				t.Errorf("the method is %q, want %q", got, c.method)
			}
			if got := must(e.Props.Text(ical.PropStatus)); got != c.status {
				t.Errorf("the status is %q, want %q", got, c.status)
			}
			if o := e.Props.Get(ical.PropOrganizer); o == nil || !strings.HasSuffix(o.Value, ".invalid") || o.Params.Get(ical.ParamCommonName) != "Visit Prep" {
				t.Errorf("the organizer is %v", o)
			}
		})
	}
}

func TestWhatIsSaidBesideACalendarFile(t *testing.T) {
	t.Parallel()
	onBothTransports(t, func(t *testing.T, s *stage) {
		card := s.plan(mia, sourcing)
		s.press(mia, card, "Calendar file")
		s.until("the file is there", func() bool { return len(s.last(mia, s.direct(mia)).Files) == 1 })
		if said := says(s.last(mia, s.direct(mia))); !strings.Contains(said, "to add") || strings.Contains(said, "by hand") {
			t.Errorf("beside the file stands %q", said)
		}
		s.changeVisit(visit.Visit{Work: visit.Work{Number: 1}}, func(v *visit.Visit) { v.Cancel(mia, time.Now()) })
		s.press(mia, card, "Calendar file")
		s.untilSays(mia, s.direct(mia), "no longer takes place")
		if said := says(s.last(mia, s.direct(mia))); !strings.Contains(said, "take it out by hand") {
			t.Errorf("beside the cancelled one stands %q", said)
		}
	})
}

// awkward is a visit whose texts a careless file would break, with hours on two days.
func awkward() *visit.Visit {
	return &visit.Visit{
		Work: visit.Work{
			Workspace: "T1", Number: 12, Rev: 3, Place: visit.Place{Zone: "Asia/Shanghai"},
			Factory: visit.Factory{
				Name: "Bright; Metal, Ltd. \\n 🏭", Chinese: "宁波光明", City: "Ningbo", Address: "浙江省宁波市江北区庄桥街道长兴路158号",
				Contacts: "Ms Xu 徐敏: +86 574 8765 4321\nMr Li; \"gate 3\", +86 138 0000 0000",
			},
		},
		Purpose: "first_visit", First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 16),
		Agenda: "Day 1: 09:30 opening\n14:00-16:00 records; tour, line 2\nDay 2: 22:00-01:00 night shift\nEND:VEVENT " + strings.Repeat("很长的一行", 40) + strings.Repeat("👷", 30),
	}
}

// Whoever reads a calendar finds there whom to call, where to go, who comes and the way back
// to Slack; hours are entries of their own, at the factory's time; nobody is invited.
func TestACalendarFileHasWhatATravellerNeeds(t *testing.T) {
	t.Parallel()
	g := must(declared().newGuide(must(knowledge.Embedded())))
	now := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	v := awkward()
	b := besides{people: []traveller{{"Jonas Weber", "quality", "+1 312 555 0142"}, {name: "Ms Zhang"}}, link: "https://northlight.slack.com/archives/C1/p1"}
	raw := calendarFile(english, g, v, b, now)
	for line := range bytes.SplitSeq(bytes.TrimSuffix(raw, []byte("\r\n")), []byte("\r\n")) {
		if len(line) > 75 || bytes.ContainsAny(line, "\r\n") || !utf8.Valid(line) {
			t.Errorf("a line of %d bytes, with a bare line end or cut within a character: %q", len(line), line)
		}
	}
	cal, err := ical.NewDecoder(bytes.NewReader(raw)).Decode()
	if err != nil {
		t.Fatalf("%v:\n%s", err, raw)
	}
	es := cal.Events()
	if len(es) != 4 {
		t.Fatalf("%d events:\n%s", len(es), raw)
	}
	text := func(e ical.Event, name string) string { return must(e.Props.Text(name)) }
	if got, want := text(es[0], ical.PropSummary), "Factory visit: "+v.Factory.Name+", Ningbo"; got != want {
		t.Errorf("the summary is %q, want %q", got, want)
	}
	for _, want := range []string{v.Factory.Contacts, "Jonas Weber, quality, +1 312 555 0142\nMs Zhang", v.Agenda, b.link} {
		if got := text(es[0], ical.PropDescription); !strings.Contains(got, want) {
			t.Errorf("the description lacks %q: %q", want, got)
		}
	}
	if text(es[0], "TRANSP") != "TRANSPARENT" {
		t.Error("days away block the calendar")
	}
	uids := map[string]bool{}
	for i, want := range []struct{ from, to, summary string }{
		{"2027-03-15T00:00:00Z", "2027-03-17T00:00:00Z", "Factory visit"},
		{"2027-03-15T01:30:00Z", "2027-03-15T02:30:00Z", "opening · Bright"},
		{"2027-03-15T06:00:00Z", "2027-03-15T08:00:00Z", "records; tour, line 2 · Bright"},
		{"2027-03-16T14:00:00Z", "2027-03-16T17:00:00Z", "night shift · Bright"},
	} {
		e := es[i]
		from, to := must(e.DateTimeStart(time.UTC)), must(e.DateTimeEnd(time.UTC))
		if from.Format(time.RFC3339) != want.from || to.Format(time.RFC3339) != want.to || !strings.HasPrefix(text(e, ical.PropSummary), want.summary) {
			t.Errorf("event %d is %q from %s to %s, want %q from %s to %s", i, text(e, ical.PropSummary), from, to, want.summary, want.from, want.to)
		}
		if got := text(e, ical.PropLocation); got != "宁波光明 浙江省宁波市江北区庄桥街道长兴路158号, Ningbo" {
			t.Errorf("the place is %q", got)
		}
		if !strings.Contains(text(e, ical.PropDescription), "+86 574 8765 4321") || e.Props.Get(ical.PropURL).Value != b.link {
			t.Errorf("event %d has no number to call, or no way back: %v", i, e.Props)
		}
		if len(e.Props["ATTENDEE"]) > 0 {
			t.Error("somebody is invited")
		}
		if len(e.Children) != 1 || e.Children[0].Name != ical.CompAlarm || must(e.Children[0].Props.Text(ical.PropAction)) != "DISPLAY" || e.Children[0].Props.Get(ical.PropTrigger) == nil {
			t.Errorf("event %d has the alarms %v", i, e.Children)
		}
		if uid := text(e, ical.PropUID); uids[uid] {
			t.Errorf("%s is there twice", uid)
		} else {
			uids[uid] = true
		}
	}
	v.Rev++
	v.Cancel("U1", now)
	cal = must(ical.NewDecoder(bytes.NewReader(calendarFile(english, g, v, b, now))).Decode())
	if got := must(cal.Props.Text(ical.PropMethod)); got != "CANCEL" || len(cal.Events()) != 4 {
		t.Errorf("cancelled, the method is %s, with %d events", got, len(cal.Events()))
	}
	for _, e := range cal.Events() {
		if !uids[text(e, ical.PropUID)] || text(e, ical.PropStatus) != "CANCELLED" || e.Props.Get(ical.PropSequence).Value != "4" || len(e.Children) != 0 {
			t.Errorf("of the cancelled one there is %v", e.Props)
		}
	}
}

// TestAnotherReaderOfCalendars reads the file with icalendar for Python, which is not ours
// either, and compares what it finds.
func TestAnotherReaderOfCalendars(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // Debian's, which has Debian's packages
	if err := exec.Command(python, "-c", "import icalendar").Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no icalendar for Python on this machine, and CI must not skip what another reader says")
		}
		t.Skip("no icalendar for Python on this machine: install python3-icalendar to have calendar files read by it")
	}
	g := must(declared().newGuide(must(knowledge.Embedded())))
	v := awkward()
	v.Factory.Name = strings.ReplaceAll(v.Factory.Name, `\n`, `\`) // it reads \\n as the end of a line
	b := besides{people: []traveller{{"Jonas Weber", "quality", "+1 312 555 0142"}}, link: "https://northlight.slack.com/archives/C1/p1"}
	reader := exec.CommandContext(t.Context(), python, "-c", `
import icalendar, json, sys
cal = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
print(json.dumps([cal["METHOD"]] + [[
    e["SUMMARY"], e["LOCATION"], e["DESCRIPTION"], e["DTSTART"].dt.isoformat(), e["DTEND"].dt.isoformat(), e.get("URL"), e["SEQUENCE"],
    [(a["ACTION"], a["TRIGGER"].dt.total_seconds(), a["DESCRIPTION"]) for a in e.walk("VALARM")], len(e.errors),
] for e in cal.walk("VEVENT")]))
`)
	reader.Stdin = bytes.NewReader(calendarFile(english, g, v, b, time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)))
	out, err := reader.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var found []any
	if err := json.Unmarshal(out, &found); err != nil || len(found) != 5 || found[0] != "PUBLISH" {
		t.Fatalf("%v: %s", err, out)
	}
	place := "宁波光明 浙江省宁波市江北区庄桥街道长兴路158号, Ningbo"
	about := "Contacts at the factory\n" + v.Factory.Contacts
	whole := found[1].([]any)
	if !strings.Contains(whole[2].(string), about) || !strings.HasSuffix(whole[2].(string), v.Agenda+"\n\nIn Slack\n"+b.link) {
		t.Errorf("it reads the description %q", whole[2])
	}
	whole[2] = ""
	title := "Factory visit: " + v.Factory.Name + ", Ningbo"
	hour := "opening · " + v.Factory.Name + ", Ningbo"
	for i, want := range [][]any{
		{title, place, "", "2027-03-15", "2027-03-17", b.link, 3.0, []any{[]any{"DISPLAY", -21600.0, title}}, 0.0},
		{hour, place, about + "\n\nIn Slack\n" + b.link, "2027-03-15T01:30:00+00:00", "2027-03-15T02:30:00+00:00", b.link, 3.0, []any{[]any{"DISPLAY", -900.0, hour}}, 0.0},
	} {
		if diff := cmp.Diff(want, found[i+1]); diff != "" {
			t.Errorf("event %d (-want +read):\n%s", i, diff)
		}
	}
}

// The file that people get has their colleagues' names and numbers and the way back.
func TestTheCalendarFileOfAVisit(t *testing.T) {
	t.Parallel()
	onBothTransports(t, func(t *testing.T, s *stage) {
		card := s.plan(mia, sourcing)
		s.postCards(s.bot, s.bot.o.Store) // the one that is there is kept now
		s.changeVisit(visit.Visit{Work: visit.Work{Number: 1}}, func(v *visit.Visit) {
			v.People = []visit.Person{{User: jonas, Role: "quality"}, {Name: "Ms Zhang", Role: "interpreter"}}
			v.Agenda = "Day 2: 09:30 opening"
		})
		s.press(mia, card, "Calendar file")
		s.until("the file is there", func() bool { return len(s.last(mia, s.direct(mia)).Files) == 1 })
		f := s.last(mia, s.direct(mia)).Files[0].Content
		cal := must(ical.NewDecoder(bytes.NewReader(f)).Decode())
		if len(cal.Events()) != 2 {
			t.Fatalf("it has the events\n%s", f)
		}
		about := must(cal.Events()[0].Props.Text(ical.PropDescription))
		for _, want := range []string{"Jonas Weber, quality, +1 312 555 0142\nMs Zhang, interpreter", "/archives/" + sourcing + "/p" + strings.ReplaceAll(card.TS, ".", "")} {
			if !strings.Contains(about, want) {
				t.Errorf("the description lacks %q: %q", want, about)
			}
		}
		s.nothingRefused()
	})
}

// An agenda of 200 hours, in texts that a file could take for its own, is 200 entries and no
// more, each under an id of its own.
func TestACalendarFileOfALongAgenda(t *testing.T) {
	t.Parallel()
	g := must(declared().newGuide(must(knowledge.Embedded())))
	v := awkward()
	var lines []string
	for n := range 200 {
		lines = append(lines, fmt.Sprintf("%d:%02d END:VEVENT; \\u2067محمد\\u2069 𠮷 %d", n/20+8, n%20*3, n))
	}
	v.Agenda = strings.Join(lines, "\n")
	cal, err := ical.NewDecoder(bytes.NewReader(calendarFile(english, g, v, besides{}, time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)))).Decode()
	if err != nil || len(cal.Events()) != 201 {
		t.Fatalf("%d events, %v", len(cal.Events()), err)
	}
	uids := map[string]bool{}
	for _, e := range cal.Events() {
		uids[must(e.Props.Text(ical.PropUID))] = true
	}
	if last := must(cal.Events()[200].Props.Text(ical.PropSummary)); len(uids) != 201 || !strings.HasPrefix(last, "END:VEVENT; ") || !strings.Contains(last, "𠮷 199 · ") {
		t.Errorf("%d ids, and the last is %q", len(uids), last)
	}
}
