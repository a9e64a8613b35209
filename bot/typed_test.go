package bot

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// wide is s as a Chinese keyboard types it: each character from ! to ~ in its full width.
func wide(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '\u3000'
		case r > ' ' && r <= '~':
			return r + '！' - '!'
		}
		return r
	}, s)
}

func TestCommandsFromAChineseKeyboard(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ctx := context.Background()
	p, err := s.bot.o.Store.AddPlan(ctx, visit.Plan{Workspace: s.TeamID(), Factory: visit.Factory{Name: "宁波光明（集团）", City: "Ningbo"}, Type: "pre_shipment",
		Rule: "every 2 weeks from " + inDays(30) + " at 09:00", Place: visit.Place{Channel: sourcing}, Owner: mia, LeadDays: []int{14, 3}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.made(p, inDays(30))
	expect(t, s.command(mia, sourcing, "/inspection "+wide("plan 1")), "Inspection plan 1")
	expect(t, s.command(mia, sourcing, "/inspection "+wide("move 1 "+inDays(40))), "Inspection 1 at 宁波光明（集团） is now on")
	if want, err := civil.Parse(inDays(40)); err != nil || s.inspection(1).Due != want {
		t.Errorf("the inspection is on %s, want %s", s.inspection(1).Due, inDays(40))
	}
	expect(t, s.command(mia, sourcing, "/visit-prep "+wide("factories")+"\u3000光明(集团)"), "宁波光明（集团）")
	expect(t, s.command(mia, sourcing, "/visit-prep factories 光明（集团）"), "宁波光明（集团）")
	expect(t, s.command(mia, sourcing, "/etiquette "+wide("subscribe off")), "Tips are off here")
	expect(t, s.command(mia, sourcing, "/etiquette "+wide("phrases greeting")), "Hello (polite)")
	s.nothingRefused()
}

func TestFormsFromAChineseKeyboard(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ctx := context.Background()

	s.send(mia, s.fillVisit())
	s.planned(mia)
	v := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Add people, agenda…")
	s.enter(mia, v, fieldPeople, "")
	v = s.redrawn(mia, v)
	s.enter(mia, v, fieldGuests, "张女士，翻译\n李先生、司机\n\"Zhang, Wei\", quality")
	s.enter(mia, v, fieldAgenda, "一：参观；二，午餐\x00\rthree\u2028four")
	s.send(mia, v)
	s.noModal(mia)
	saved := must(s.bot.o.Store.Visit(ctx, s.TeamID(), 1))
	want := []visit.Person{{Name: "张女士", Role: "翻译"}, {Name: "李先生", Role: "司机"}, {Name: "Zhang, Wei", Role: "quality"}}
	if !slices.Equal(saved.People, want) {
		t.Errorf("the people are %+v, want %+v", saved.People, want)
	}
	if saved.Agenda != "一：参观；二，午餐\nthree\nfour" {
		t.Errorf("the agenda is %q", saved.Agenda)
	}
	if again := formOf(&saved).participants(); !slices.Equal(again, want) {
		t.Errorf("the form reads them again as %+v", again)
	}

	settings := s.openSettings(mia)
	s.enter(mia, settings, fieldZone, wide("Asia/Tokyo"))
	s.enter(mia, settings, fieldQuiet, "２２：３０〜０７：００")
	s.send(mia, settings)
	s.until("the settings are kept", func() bool {
		p, err := s.bot.o.Store.Person(ctx, s.TeamID(), mia)
		return err == nil && p.Zone == "Asia/Tokyo" && p.Quiet == "22:30-07:00"
	})

	s.command(mia, sourcing, "/inspection schedule")
	i := s.modal(mia, "How often?")
	s.enter(mia, i, fieldFactory, "1")
	i = s.redrawn(mia, i)
	s.enter(mia, i, fieldDue, inDays(50))
	s.enter(mia, i, fieldBefore, wide("10"))
	s.enter(mia, i, fieldLeads, "１４、３")
	s.enter(mia, i, fieldType, "pre_shipment")
	s.send(mia, i)
	s.until("the inspection is planned", func() bool {
		i, err := s.bot.o.Store.Inspection(ctx, s.TeamID(), 1)
		return err == nil && i.Due.String() == inDays(40) && slices.Equal(i.LeadDays, []int{14, 3})
	})
	s.nothingRefused()
}

// What was kept before control characters were taken out does no harm to a calendar.
func TestACalendarFileHasNoControlCharacter(t *testing.T) {
	t.Parallel()
	g := must(declared().newGuide(must(knowledge.Embedded())))
	const bad = "A\x00B\rC\u2028D\x1b"
	for _, a := range []visit.Appointment{
		&visit.Visit{Work: visit.Work{Factory: visit.Factory{Name: bad, Chinese: bad, Address: bad}}, Purpose: "first_visit", First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 15), Agenda: "09:00 " + bad},
		&visit.Visit{Work: visit.Work{Factory: visit.Factory{Name: bad, City: bad}}, Purpose: "first_visit", First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 15)},
		&visit.Inspection{Work: visit.Work{Factory: visit.Factory{Name: bad}}, Type: "pre_shipment", Due: civil.On(2027, 3, 15), Order: bad},
	} {
		raw := calendarFile(english, g, a, besides{people: []traveller{{name: bad, role: bad, phone: bad}}}, time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC))
		if rest := bytes.ReplaceAll(raw, []byte("\r\n"), nil); bytes.ContainsAny(rest, "\x00\r\n\x1b\u2028") {
			t.Errorf("it has a control character: %q", raw)
		}
		if _, err := ical.NewDecoder(bytes.NewReader(raw)).Decode(); err != nil {
			t.Errorf("%v:\n%s", err, raw)
		}
	}
}
