package bot

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

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
		raw := calendarFile(english, g, &v, now)
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
