package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// scheduled records an inspection at a factory of its own.
func (s *stage) scheduled(factory string) visit.Inspection {
	s.t.Helper()
	day, err := civil.Parse(inDays(30))
	if err != nil {
		s.t.Fatal(err)
	}
	i := visit.Inspection{Type: "pre_shipment", Due: day, LeadDays: []int{3}}
	i.Workspace, i.Factory, i.Channel, i.Owner = s.TeamID(), visit.Factory{Name: factory}, sourcing, mia
	if i, err = s.bot.o.Store.AddInspection(context.Background(), i, time.Now()); err != nil {
		s.t.Fatal(err)
	}
	return i
}

// lost sends the notice that the first reminder about a subject did not arrive.
func (s *stage) lost(about visit.Subject) {
	s.t.Helper()
	ctx := context.Background()
	os, err := s.bot.o.Store.Occurrences(ctx, s.TeamID(), store.OccurrenceFilter{Subject: about, Limit: 1})
	if err != nil || len(os) == 0 {
		s.t.Fatalf("%d reminders about %s, %v", len(os), about, err)
	}
	d := s.bot.reminders.Post(ctx, visit.Occurrence{Workspace: s.TeamID(), Kind: visit.Notice, Subject: about, To: mia, Payload: os[0].Key, Due: time.Now(), Key: "notice/" + string(about)})
	if d.Outcome != visit.Delivered {
		s.t.Fatalf("the notice: %+v", d)
	}
}

func TestANoticeOpensWhatItIsAbout(t *testing.T) {
	s := newStage(t, overHTTP)
	s.plan(mia, sourcing) // visit 1
	i := s.scheduled("Other Factory")
	s.lost(i.Subject())
	s.press(mia, s.untilSays(mia, s.direct(mia), "A reminder about Inspection 1, Other Factory"), "Show inspection")
	shown := says(s.untilSays(mia, s.direct(mia), "Inspection 1: Other Factory"))
	if strings.Contains(shown, "Cancel visit") || strings.Contains(shown, "Ningbo Bright") {
		t.Errorf("a notice about an inspection opens\n%s", shown)
	}
	s.lost("visit/1")
	s.press(mia, s.untilSays(mia, s.direct(mia), "A reminder about Visit 1, Ningbo Bright"), "Show visit")
	s.untilSays(mia, s.direct(mia), "Visit 1: Ningbo Bright Metal")
	s.nothingRefused()
}

// TestAChangeThatWasNotToldIsNoReminder: it is news, and none to whoever had it directly.
func TestAChangeThatWasNotToldIsNoReminder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, reader, want string }{
		{"whoever was not written to", jonas, "What changed about Visit 1, Ningbo Bright Metal could not be told: the channel is archived. Please tell those whom it touches yourself."},
		{"whoever was written to directly", mia, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			ctx := t.Context()
			v := s.visitIn(sourcing)
			s.movedBy(jonas, v, 1)
			var keys []string
			for _, o := range must(s.bot.o.Store.Occurrences(ctx, s.TeamID(), store.OccurrenceFilter{Subject: v.Subject(), Kinds: []visit.Kind{visit.Changed}})) {
				is := o
				if is.State = visit.Sent; !visit.IsPerson(o.To) {
					is.State, is.Error = visit.Dead, "is_archived"
					keys = append(keys, o.Key)
				}
				if !must(s.bot.o.Store.Settle(ctx, o, is)) {
					t.Fatalf("%+v is not settled", o)
				}
			}
			if len(keys) != 1 {
				t.Fatalf("%d messages are for the channel", len(keys))
			}
			said := ""
			if m := must(s.bot.reminders.notice(ctx, &visit.Occurrence{Workspace: s.TeamID(), To: c.reader, Subject: v.Subject(), Payload: keys[0]})); m != nil {
				said = m.Text.String()
			}
			if !strings.HasPrefix(said, c.want) || c.want == "" && said != "" {
				t.Errorf("they read %q, want %q", said, c.want)
			}
		})
	}
}

// TestOldButtonsOpenWhatTheyName presses what messages of earlier versions have.
func TestOldButtonsOpenWhatTheyName(t *testing.T) {
	s := newStage(t, overHTTP)
	s.plan(mia, sourcing)
	s.scheduled("Other Factory")
	if _, err := s.bot.o.Store.AddPlan(context.Background(), visit.Plan{
		Workspace: s.TeamID(), Factory: visit.Factory{Name: "Acme Lighting"}, Type: "pre_shipment", Rule: "every 2 weeks from " + inDays(20) + " at 09:00",
		Place: visit.Place{Channel: sourcing}, Owner: mia,
	}, time.Now()); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for _, c := range []struct {
		verb  blocks.ActionID
		about blocks.Subject
		says  string
	}{
		{actVisit, "visit/1", "Visit 1: Ningbo Bright Metal"},
		{actVisit, "inspection/1", "Inspection 1: Other Factory"}, // a notice, as it was
		{actInspectOne, "inspection/1", "Inspection 1: Other Factory"},
		{actPlanShow, "plan/1", "Inspection plan 1: Acme Lighting"},
		{actOpen, "plan/1", "Inspection plan 1: Acme Lighting"},
		{actOpen, "nothing/1", "can't find that number"},
		{actBrief, "inspection/1", "can't find that number"}, // only a visit has one
	} {
		if err := s.bot.act(ctx, click{caller: caller{team: s.TeamID(), user: mia, channel: s.direct(mia), on: guide.Direct}, verb: c.verb, about: c.about}); err != nil {
			t.Fatalf("%s of %s: %v", c.verb, c.about, err)
		}
		if got := says(s.last(mia, s.direct(mia))); !strings.Contains(got, c.says) || strings.Contains(got, "Visit 1") != (c.about == "visit/1") {
			t.Errorf("%s of %s shows\n%s", c.verb, c.about, got)
		}
	}
}
