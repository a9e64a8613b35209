package bot

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// TestDaysAreThoseOfTheReader: a day that is told by its distance is told from the day
// on which it is read, with the factory's beside it where that is another.
func TestDaysAreThoseOfTheReader(t *testing.T) {
	s := newStage(t, overHTTP)
	const shanghai, chicago, angeles, auckland, berlin = "Asia/Shanghai", "America/Chicago", "America/Los_Angeles", "Pacific/Auckland", "Europe/Berlin"
	on := func(day int) civil.Date { return civil.On(2027, time.March, day) }
	const hours = "2006-01-02 15:04"
	for _, c := range []struct {
		name, at, reader, factory string
		first, last               civil.Date
		milestone                 visit.Milestone
		headline, card, due       string // of a reminder, on a visit's card, and of an inspection on the first day
	}{
		{"in one place", "2027-03-13 10:14", shanghai, shanghai, on(14), on(14), -1,
			"the visit begins tomorrow, on Sun 14 March 2027\n", "Tomorrow\n", "due Sun 14 March 2027, tomorrow\n"},
		{"past midnight at the factory", "2027-03-13 10:14", chicago, shanghai, on(14), on(14), -1,
			"the visit begins tomorrow, on Sun 14 March 2027 (today at the factory)\n", "Tomorrow (today at the factory)\n", "due Sun 14 March 2027, tomorrow (today at the factory)\n"},
		{"a minute before midnight there", "2027-03-13 09:59", chicago, shanghai, on(14), on(14), -1,
			"the visit begins tomorrow, on Sun 14 March 2027\n", "Tomorrow\n", "due Sun 14 March 2027, tomorrow\n"},
		{"at the default hour in California, in summer time", "2027-03-29 09:00", angeles, shanghai, on(30), on(30), -1,
			"the visit begins tomorrow, on Tue 30 March 2027 (today at the factory)\n", "Tomorrow (today at the factory)\n", "tomorrow (today at the factory)\n"},
		{"two days away for the reader", "2027-03-12 10:14", chicago, shanghai, on(14), on(14), -1,
			"the visit begins in 2 days, on Sun 14 March 2027 (tomorrow at the factory)\n", "In 2 days (tomorrow at the factory)\n", "in 2 days (tomorrow at the factory)\n"},
		{"further off, the day between them is no matter", "2027-03-06 10:14", chicago, shanghai, on(14), on(14), -7,
			"the visit begins in 8 days, on Sun 14 March 2027\n", "In 8 days\n", "in 8 days\n"},
		{"the reader's day is ahead of the factory's", "2027-03-14 00:30", auckland, shanghai, on(14), on(14), -1,
			"the visit begins today, on Sun 14 March 2027 (tomorrow at the factory)\n", "Today (tomorrow at the factory)\n", "today (tomorrow at the factory)\n"},
		{"and over it, while the factory is at it", "2027-03-15 00:30", auckland, shanghai, on(14), on(14), 0,
			": Sun 14 March 2027\n", "Yesterday (today at the factory)\n", "yesterday (today at the factory)\n"},
		{"a visit day, read on the evening before", "2027-03-13 17:00", chicago, shanghai, on(14), on(14), 0,
			": Sun 14 March 2027\n", "Tomorrow (today at the factory)\n", "tomorrow (today at the factory)\n"},
		{"one of several visit days", "2027-03-14 18:00", chicago, shanghai, on(14), on(16), 0,
			": day 2 of 3, Mon 15 March 2027\n", "It is Mon 15 March 2027 at the factory, day 2 of 3\n", "overdue since Sun 14 March 2027\n"},
		{"the same in one place", "2027-03-15 07:00", shanghai, shanghai, on(14), on(16), 0,
			": day 2 of 3, Mon 15 March 2027\n", "Today is day 2 of 3\n", "overdue since Sun 14 March 2027\n"},
		{"on the night in which clocks go ahead", "2027-03-28 03:30", berlin, shanghai, on(29), on(29), -1,
			"the visit begins tomorrow, on Mon 29 March 2027\n", "Tomorrow\n", "tomorrow\n"},
		{"late in the evening of that day", "2027-03-28 18:30", berlin, shanghai, on(29), on(29), -1,
			"the visit begins tomorrow, on Mon 29 March 2027 (today at the factory)\n", "Tomorrow (today at the factory)\n", "tomorrow (today at the factory)\n"},
		{"over at the factory", "2027-03-14 18:00", chicago, shanghai, on(14), on(14), 1,
			"1 day after the visit\n", "Ended on 14 March\n", "overdue since Sun 14 March 2027\n"},
		{"a factory elsewhere", "2027-03-13 23:30", shanghai, "America/Mexico_City", on(14), on(14), -1,
			"the visit begins tomorrow, on Sun 14 March 2027\n", "Tomorrow\n", "tomorrow\n"},
		{"a factory that is behind", "2027-03-14 09:00", shanghai, "America/Mexico_City", on(14), on(14), -1,
			"the visit begins today, on Sun 14 March 2027 (tomorrow at the factory)\n", "Today (tomorrow at the factory)\n", "today (tomorrow at the factory)\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := zoneOr(c.reader)
			now := must(time.ParseInLocation(hours, c.at, z))
			s.goBy(func() time.Time { return now })
			g := s.bot.guide.Load()
			w := visit.Work{Number: 3, Factory: visit.Factory{Name: "Acme"}, Place: visit.Place{Channel: sourcing, Zone: c.factory, ChannelZone: c.reader}}
			v := visit.Visit{Work: w, First: c.first, Last: c.last, Purpose: "first_visit"}
			i := visit.Inspection{Work: w, Due: c.first, Type: "pre_shipment"}
			o := visit.Occurrence{Kind: visit.Remind, Milestone: c.milestone, Day: v.Today(now)}
			wd, in := s.bot.words(english, ""), s.bot.words(english, c.reader)
			has := func(what, text, want string) {
				t.Helper()
				if !strings.Contains(strings.ReplaceAll(text, "*", "")+"\n", want) {
					t.Errorf("%s says %q, want %q", what, text, want)
				}
			}
			has("the reminder", wd.reminder(g, &v, &o, insiders).Text.String(), c.headline)
			card := blockText(raw(t, append(wd.visitCard(g, &v, insiders).Blocks, wd.inspectionCard(g, &i, insiders).Blocks...)...))
			has("the card", card, "When\n"+blocks.Days(wd.p, c.first, c.last)+"\n")
			for _, old := range []string{"oday", "omorrow", "esterday", "n days", " ago", "day 2 of"} { // it is read on other days, too
				if strings.Contains(card, old) {
					t.Errorf("the card says %q:\n%s", old, card)
				}
			}
			line := store.InspectionSummary{Inspection: i}
			has("the list of inspections", wd.dueWords(&line.Inspection), c.due)
			// Read by somebody elsewhere, in private, it is their day that counts.
			elsewhere := v
			elsewhere.ChannelZone = c.factory
			has("in private the card", blockText(raw(t, in.visitCard(g, &elsewhere, insiders).Blocks...)), c.card)
			has("in private the list", blockText(raw(t, in.visitLine(g, &store.Summary{Visit: elsewhere}, 0, ""))), strings.ToLower(c.card[:1])+c.card[1:])
		})
	}
}

// raw are blocks as Slack is given them.
func raw(t *testing.T, bs ...slack.Block) []json.RawMessage {
	t.Helper()
	var out []json.RawMessage
	for _, b := range bs {
		out = append(out, must(json.Marshal(b)))
	}
	return out
}

// TestAnAnswerTellsDaysFromTheDayOfWhoAsked, and the card in the channel from that of the
// channel: Mia planned it in Berlin, and Jonas reads in Chicago.
func TestAnAnswerTellsDaysFromTheDayOfWhoAsked(t *testing.T) {
	s := newStage(t, overHTTP)
	now := must(time.Parse(time.RFC3339, "2027-03-13T23:30:00Z")) // Sat 17:30 in Chicago, Sun 00:30 in Berlin, Sun 07:30 in Shanghai
	s.goBy(func() time.Time { return now })
	ctx, day := t.Context(), civil.On(2027, time.March, 14)
	place := visit.Place{Channel: sourcing, Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"}
	w := visit.Work{Workspace: s.TeamID(), Factory: visit.Factory{Name: "Acme"}, Place: place, Owner: mia,
		Items: visit.Checklist{{ID: 1, Milestone: 0, Text: "Count the cartons", Owner: jonas}}}
	v := must(s.bot.o.Store.PlanVisit(ctx, visit.Visit{Work: w, Purpose: "first_visit", First: day, Last: day}, now))
	i := must(s.bot.o.Store.AddInspection(ctx, visit.Inspection{Work: w, Type: "pre_shipment", Due: day}, now))
	for _, a := range []visit.Appointment{&v, &i} {
		s.show(a.Subject())
		if got := says(s.last(mia, sourcing)); strings.Contains(strings.ToLower(got), "tomorrow") {
			t.Errorf("in Berlin it is today, and the card says\n%s", got)
		}
	}
	const beside = "omorrow (today at the factory)"
	for _, c := range []string{"/visit-prep", "/visit-prep list", "/visit-prep show 1", "/inspection", "/inspection show 1"} {
		expect(t, s.command(jonas, sourcing, c), beside)
		if got := says(s.command(mia, sourcing, c)); strings.Contains(got, "omorrow") {
			t.Errorf("%s tells Mia\n%s", c, got)
		}
	}
	if err := s.OpenHome(jonas); err != nil {
		t.Fatal(err)
	}
	s.bot.Wait()
	home, _ := s.Home(jonas)
	if got := blockText(home.Blocks); strings.Count(got, beside) != 4 { // two items, the visit, the inspection
		t.Errorf("Home says\n%s", got)
	}
	// A message that is late says so in the zone of its reader, in the channel and directly.
	o := s.remindOf(v.Subject(), visit.Remind, 0)
	o.Zone, o.AnyHour, o.Due, o.Day = "Asia/Shanghai", true, now.Add(-time.Hour), day
	expect(t, s.reminded(o, sourcing), "it was due on Sat 13 March at 23:30")
	d := s.digestOf(jonas, 0)
	d.Due, d.Day = now.Add(-time.Hour), civil.On(2027, time.March, 13)
	s.posted(d)
	expect(t, s.last(jonas, s.direct(jonas)), "Count the cartons", "it was due on Sat 13 March at 16:30")
}
