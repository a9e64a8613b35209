package scheduler_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// TestADigestComesByTheClockOfItsReader: the visit is planned in Chicago, and Mia, who has
// items of it, is in Shanghai.
func TestADigestComesByTheClockOfItsReader(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	note := func(s *stage, zone string) {
		s.t.Helper()
		if err := s.kept.NoteZone(ctx, team, mia, zone, time.Now(), time.Now()); err != nil {
			s.t.Fatal(err)
		}
	}
	const shanghai, chicago = "Asia/Shanghai", "America/Chicago"
	for _, c := range []struct {
		name          string
		before, later func(*stage) // she is given her items, and a week after
		zone          string       // in which these come
		want          []string
	}{
		{"her zone is known when she is given an item", func(s *stage) { note(s, shanghai) }, nil, shanghai,
			[]string{"Tue 16 09:00", "Tue 23 09:00", "Mon 29 09:00"}},
		{"it is asked later, as of a row from before", nil, func(s *stage) { note(s, shanghai) }, shanghai,
			[]string{"Tue 16 09:00", "Tue 23 09:00", "Mon 29 09:00"}},
		{"nobody knows it: no night in Chicago, nor at the factory", nil, nil, shanghai,
			[]string{"Wed 17 08:00", "Wed 24 08:00", "Tue 30 08:00"}},
		{"which is an evening in Chicago", nil, nil, chicago,
			[]string{"Tue 16 19:00", "Tue 23 19:00", "Mon 29 19:00"}},
		{"Slack was asked and gave none", func(s *stage) { note(s, "") }, nil, chicago,
			[]string{"Tue 16 19:00", "Tue 23 19:00", "Mon 29 19:00"}},
		{"the zone that she has fixed stays", func(s *stage) {
			if err := s.kept.PutPerson(ctx, store.Person{Workspace: team, ID: mia, Zone: "Europe/Berlin", Fixed: true, Quiet: store.DefaultQuiet}, time.Now()); err != nil {
				s.t.Fatal(err)
			}
		}, func(s *stage) { note(s, shanghai) }, "Europe/Berlin",
			[]string{"Tue 16 09:00", "Tue 23 09:00", "Mon 29 09:00"}},
		{"she moves", func(s *stage) { note(s, shanghai) }, func(s *stage) { note(s, "America/Los_Angeles") }, "America/Los_Angeles",
			[]string{"Tue 16 09:00", "Tue 23 09:00", "Mon 29 09:00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, ":memory:")
				// What she has planned herself tells where she is.
				if err := s.kept.DropSchedule(ctx, team, visit.RecurDigest, visit.SubjectOf(visit.OfPerson, mia)); err != nil {
					t.Fatal(err)
				}
				if c.before != nil {
					c.before(s)
				}
				day := civil.On(2027, time.March, 31) // no reminder in the channel tells of items a day earlier
				v := visit.Visit{Purpose: "first_visit", First: day, Last: day}
				v.Workspace, v.Owner, v.Factory.Name = team, "U0JONASWEB1", "Ningbo Bright Metal"
				v.Place = visit.Place{Channel: sourcing, Zone: shanghai, ChannelZone: chicago}
				for n, m := range []visit.Milestone{-14, -7, -1} {
					v.Items = append(v.Items, visit.Item{ID: n + 1, Milestone: m - 1, Text: "Ask", Owner: mia})
				}
				if _, err := s.kept.PlanVisit(ctx, v, time.Now()); err != nil {
					t.Fatal(err)
				}
				s.advance(base, 7*24*time.Hour)
				if c.later != nil {
					c.later(s)
				}
				s.advance(base, 23*24*time.Hour)
				z, err := time.LoadLocation(c.zone)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, m := range s.reminders(mia, s.direct()) {
					got = append(got, m.At.In(z).Format("Mon 2 15:04"))
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("they came on %q, want %q", got, c.want)
				}
			})
		})
	}
}

// TestADigestThatWaitsWhenItsReaderMovesComesInTheMorning: what was made by another clock
// is neither sent at night nor lost.
func TestADigestThatWaitsWhenItsReaderMovesComesInTheMorning(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, ":memory:") // 17:00 in Shanghai, a Monday
		ctx, day := context.Background(), civil.On(2027, time.March, 10)
		v := visit.Visit{Purpose: "first_visit", First: day, Last: day}
		v.Workspace, v.Owner, v.Factory.Name = team, "U0JONASWEB1", "Ningbo Bright Metal"
		v.Place = visit.Place{Channel: sourcing, Zone: "Asia/Shanghai", ChannelZone: "Asia/Shanghai"}
		v.Items = visit.Checklist{{ID: 1, Milestone: -8, Text: "Ask", Owner: mia}} // on Tuesday, and no reminder in the channel tells of it
		if _, err := s.kept.PlanVisit(ctx, v, time.Now()); err != nil {
			t.Fatal(err)
		}
		s.slack.Fail("chat.postMessage", "ratelimited", 2)                  // of the catch-up, too
		time.Sleep(time.Until(time.Date(2027, 3, 2, 1, 0, 0, 0, time.UTC))) // 09:00 there: it is made, and has to wait
		s.run(base, 30*time.Second)
		if ms := s.reminders(mia, s.direct()); len(ms) != 0 {
			t.Fatalf("it did not wait: %v", ms)
		}
		time.Sleep(time.Until(time.Date(2027, 3, 2, 11, 0, 0, 0, time.UTC))) // nothing runs until 03:00 in Los Angeles
		if err := s.kept.NoteZone(ctx, team, mia, "America/Los_Angeles", time.Now(), time.Now()); err != nil {
			t.Fatal(err)
		}
		s.advance(base, 24*time.Hour)
		z, err := time.LoadLocation("America/Los_Angeles")
		if err != nil {
			t.Fatal(err)
		}
		ms := s.reminders(mia, s.direct())
		if len(ms) != 1 || ms[0].At.In(z).Format("Mon 15:04") != "Tue 08:00" {
			t.Errorf("%d came: %v", len(ms), ms)
		}
	})
}
