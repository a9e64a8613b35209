package visit

import (
	"testing"
	"time"

	"visitprep/internal/civil"
)

func TestWhatIsAnsweredWhenAResultIsAskedFor(t *testing.T) {
	monday := time.Date(2026, 12, 7, 2, 0, 0, 0, time.UTC)
	due := civil.On(2026, 12, 4)
	fresh := func() *Inspection {
		return &Inspection{Work: Work{Number: 3, Place: Place{Zone: DefaultZone}}, Due: due, Planned: due}
	}
	t.Run("awaited is asked for again a week later", func(t *testing.T) {
		i := fresh()
		if i.Answer(monday) != "" || !i.Await("U1", monday) {
			t.Fatal("it is not asked for at first")
		}
		for days, want := range map[int]bool{0: false, 1: false, 4: false, 5: true, 7: true} {
			if got := i.Answer(monday.AddDate(0, 0, days)) == ""; got != want {
				t.Errorf("after %d days it is asked for: %t", days, got)
			}
		}
		if i.Answer(monday) != Awaited || !i.Open() {
			t.Errorf("it is %q, open: %t", i.Answer(monday), i.Open())
		}
		if i.Unanswer(Passed, monday) || !i.Unanswer(Awaited, monday) || i.Unanswer(Awaited, monday) || i.Answer(monday) != "" {
			t.Error("it is not taken back once")
		}
	})
	t.Run("what could not be done gets another day, and back", func(t *testing.T) {
		i := fresh()
		if _, err := i.Miss("", civil.On(2026, 12, 14), "U1", monday); err == nil || i.Due != due {
			t.Error("no reason is needed")
		}
		if _, err := i.Miss("gate closed", civil.On(2026, 12, 1), "U1", monday); err == nil {
			t.Error("it moves to a day that is past")
		}
		if did, err := i.Miss("gate closed", civil.On(2026, 12, 14), "U1", monday); !did || err != nil {
			t.Fatal(did, err)
		}
		if i.Answer(monday) != Missed || i.Due != civil.On(2026, 12, 14) || i.Note != "gate closed" || i.MissedDay != due || !i.Open() {
			t.Errorf("it is %+v", i)
		}
		if !i.Unanswer(Missed, monday) || i.Due != due || i.Note != "" || i.Answer(monday) != "" {
			t.Errorf("taken back it is %+v", i)
		}
	})
	t.Run("it is asked for again after the new day", func(t *testing.T) {
		i := fresh()
		if _, err := i.Miss("gate closed", civil.On(2026, 12, 8), "U1", monday); err != nil {
			t.Fatal(err)
		}
		later := monday.AddDate(0, 0, 3)
		if i.Answer(later) != "" || i.Unanswer(Missed, later) {
			t.Errorf("it is %q", i.Answer(later))
		}
		if i.Await("U1", later); i.Answer(later) != Awaited || i.Missed.IsSet() || i.Note != "" {
			t.Errorf("it is %+v", i)
		}
	})
	t.Run("without a day it is skipped", func(t *testing.T) {
		i := fresh()
		if did, err := i.Miss("order cancelled", civil.Date{}, "U1", monday); !did || err != nil || i.Answer(monday) != Skipped || i.Note != "order cancelled" {
			t.Errorf("%t, %v, %+v", did, err, i)
		}
		if !i.Unanswer(Skipped, monday) || !i.Open() {
			t.Error("it is not taken back")
		}
	})
	t.Run("a result ends what was answered before", func(t *testing.T) {
		i := fresh()
		i.Await("U1", monday)
		if did, err := i.Report(Passed, "", "U2", monday); !did || err != nil || i.Awaited.IsSet() || i.Await("U1", monday) {
			t.Errorf("%t, %v, %+v", did, err, i)
		}
		if did, err := i.Miss("no", civil.On(2026, 12, 14), "U1", monday); did || err != nil {
			t.Errorf("what has its result is moved: %t, %v", did, err)
		}
	})
}

func TestAnAwaitedResultIsAskedForEveryWeekFromThen(t *testing.T) {
	timing := DefaultTiming()
	i := &Inspection{Work: Work{Workspace: "T1", Number: 3, Schedule: 1, Owner: "U1", Place: Place{Channel: "C1", Zone: DefaultZone, ChannelZone: DefaultZone}},
		Due: civil.On(2026, 12, 4), Planned: civil.On(2026, 12, 4)} // a Friday
	rows := i.Reminders(&timing, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), false)
	first := rows[len(rows)-1]
	if first.Kind != Overdue || first.Day != civil.On(2026, 12, 7) {
		t.Fatalf("it is asked for on %s", first.Day)
	}
	first.State = Sent
	second := i.AskAgain(&timing, first.Day)
	second.State = Pending
	before := *i
	now := time.Date(2026, 12, 8, 4, 0, 0, 0, time.UTC) // Tuesday
	if !i.SameReminders(&before) || !i.Await("U1", now) || i.SameReminders(&before) {
		t.Fatal("that it is awaited changes nothing")
	}
	i.Schedule++
	withdrawn, added := i.Replan(&timing, now, &before, []Occurrence{first, second})
	if len(withdrawn) != 1 || withdrawn[0] != second.Key || len(added) != 1 || added[0].Kind != Overdue || added[0].Day != civil.On(2026, 12, 15) {
		t.Errorf("withdrawn %q, added %+v", withdrawn, added)
	}
	for asked, want := range map[civil.Date]civil.Date{civil.On(2026, 12, 9): civil.On(2026, 12, 15), civil.On(2026, 12, 15): civil.On(2026, 12, 22)} {
		if got := i.AskAgain(&timing, asked).Day; got != want {
			t.Errorf("after %s it is asked for on %s, want %s", asked, got, want)
		}
	}
	awaited := *i
	if i.Unanswer(Awaited, now); !i.SameReminders(&awaited) {
		t.Error("taking it back moves the next question")
	}
}
