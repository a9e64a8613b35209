package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

var berlin = must(time.LoadLocation("Europe/Berlin"))

// on is an instant in Berlin, where the channel of the sample visit is.
func on(s string) time.Time { return must(time.ParseInLocation("2006-01-02 15:04", s, berlin)) }

// told lists what waits to be sent about a subject until five days after now, in words:
// "remind -7 at 03-08 09:00 to C1".
func told(s *Store, of visit.Subject, now time.Time) []string {
	var ls []string
	for _, o := range must(s.Occurrences(context.Background(), "T1", OccurrenceFilter{Subject: of, States: []visit.State{visit.Pending}, Until: now.AddDate(0, 0, 5)})) {
		kind := string(o.Kind)
		if o.Kind == visit.Card {
			continue
		}
		if o.Promised() {
			kind = "snoozed"
		}
		ls = append(ls, fmt.Sprintf("%s %d at %s to %s", kind, int(o.Milestone), o.Due.In(berlin).Format("01-02 15:04"), o.To))
	}
	return ls
}

// sendDue has everything that is due sent, as the dispatcher does.
func sendDue(s *Store, now time.Time, became visit.State) (sent []visit.Occurrence) {
	ctx, elapsed := context.Background(), now
	for {
		os := must(s.Claim(ctx, Claim{Owner: "one", Now: now, Elapsed: elapsed, Lease: time.Minute, Limit: 10}))
		if len(os) == 0 {
			return sent
		}
		for _, o := range os {
			to := o
			to.State = became
			if became == visit.Sent {
				to.Sent = elapsed
			}
			if became == visit.Pending {
				to.Hold = elapsed.Add(10 * time.Minute)
			}
			if became == visit.Uncertain {
				to.Hold = elapsed.Add(10 * time.Minute)
			}
			must(s.Settle(ctx, o, to))
			sent = append(sent, to)
		}
		elapsed = elapsed.Add(2 * time.Second)
	}
}

// emptied takes everything out of a store: a new database for each case takes longer.
func emptied(s *Store) {
	for _, table := range []string{"counters", "factories", "visits", "inspections", "items", "occurrences", "schedules", "asks"} {
		must(s.write.Exec(`DELETE FROM ` + table))
	}
}

type edit func(*visit.Visit)

func moved(days int) edit {
	return func(v *visit.Visit) { v.First, v.Last = v.First.AddDays(days), v.Last.AddDays(days) }
}

func longer(v *visit.Visit)    { v.Last = v.Last.AddDays(1) }
func cancelled(v *visit.Visit) { v.Cancel("U1", time.Now()) }
func restored(v *visit.Visit)  { v.Restore() }
func toC2(v *visit.Visit)      { v.Channel = "C2" }

// The visit is from Monday 15 to Wednesday 17 March; a week before is Monday 8 March,
// the eve is Friday 12 March, at nine and at three in Berlin; its days are told of at seven in
// Shanghai, midnight in Berlin.
func TestWhatIsDueOrPromisedOutlivesAnEdit(t *testing.T) {
	type step struct {
		at string
		do func(s *Store, now time.Time)
	}
	change := func(fs ...edit) func(*Store, time.Time) {
		return func(s *Store, now time.Time) {
			must(s.ChangeVisit(context.Background(), "T1", 1, now, func(v *visit.Visit) error {
				for _, f := range fs {
					f(v)
				}
				if v.Cancelled.IsSet() {
					v.Cancelled.At = now
				}
				return nil
			}))
		}
	}
	settle := func(became visit.State) func(*Store, time.Time) {
		return func(s *Store, now time.Time) { sendDue(s, now, became) }
	}
	send, hold, lose := settle(visit.Sent), settle(visit.Pending), settle(visit.Uncertain)
	snooze := func(until string) func(*Store, time.Time) {
		return func(s *Store, now time.Time) {
			os := must(s.Occurrences(context.Background(), "T1", OccurrenceFilter{Subject: "visit/1", States: []visit.State{visit.Sent}, Newest: true}))
			must(true, s.AddOccurrence(context.Background(), os[0].Snoozed(on(until))))
		}
	}
	tick := func(v *visit.Visit) {
		for _, i := range v.Items {
			must(v.Items.Tick(i.ID, "U1", noon))
		}
	}
	const eve = "remind -1 at 03-12 15:00 to C1"
	cases := []struct {
		name  string
		steps []step
		until string // told is listed at
		want  []string
	}{
		{"held by Slack, and the last day changes", []step{{"2027-03-08 09:00", hold}, {"2027-03-08 09:01", change(longer)}}, "2027-03-08 09:01",
			[]string{"remind -7 at 03-08 09:00 to C1", eve}},
		{"held by Slack, and the visit moves later", []step{{"2027-03-08 09:00", hold}, {"2027-03-08 09:01", change(moved(14))}}, "2027-03-08 09:01",
			[]string{"remind -7 at 03-08 09:00 to C1"}},
		{"held by Slack, and the visit moves so near that the next is past too", []step{{"2027-03-08 09:00", hold}, {"2027-03-11 09:01", change(moved(-3))}}, "2027-03-11 09:01",
			[]string{"catch-up -1 at 03-11 09:01 to C1", "remind 0 at 03-12 00:00 to C1", "remind 0 at 03-13 00:00 to C1", "remind 0 at 03-14 00:00 to C1", "remind 1 at 03-15 09:00 to C1"}},
		{"held by Slack, cancelled and restored", []step{{"2027-03-08 09:00", hold}, {"2027-03-08 09:01", change(cancelled)}, {"2027-03-08 09:02", change(restored)}}, "2027-03-08 09:02",
			[]string{"remind -7 at 03-08 09:00 to C1", eve}},
		{"may have arrived, and the last day changes", []step{{"2027-03-08 09:00", lose}, {"2027-03-08 09:01", change(longer)}}, "2027-03-08 09:01",
			[]string{eve}},
		{"may have arrived, cancelled and restored", []step{{"2027-03-08 09:00", lose}, {"2027-03-08 09:01", change(cancelled)}, {"2027-03-08 09:02", change(restored)}}, "2027-03-08 09:02",
			[]string{eve}},
		{"held by Slack, and the visit moves to another channel", []step{{"2027-03-08 09:00", hold}, {"2027-03-08 09:01", change(toC2)}}, "2027-03-08 09:01",
			[]string{"remind -7 at 03-08 09:00 to C2", "remind -1 at 03-12 15:00 to C2"}},
		{"refused by its channel, and the visit moves to another", []step{{"2027-03-08 09:00", settle(visit.Dead)}, {"2027-03-08 09:01", change(toC2)}}, "2027-03-08 09:01",
			[]string{"remind -7 at 03-08 09:00 to C2", "remind -1 at 03-12 15:00 to C2"}},
		{"cancelled just before, restored just after", []step{{"2027-03-08 08:59", change(cancelled)}, {"2027-03-08 09:01", change(restored)}}, "2027-03-08 09:01",
			[]string{"remind -7 at 03-08 09:00 to C1", eve}},
		{"the same with everything done", []step{{"2027-03-08 08:58", change(tick)}, {"2027-03-08 08:59", change(cancelled)}, {"2027-03-08 09:01", change(restored)}}, "2027-03-08 09:01",
			[]string{"remind -7 at 03-08 09:00 to C1", eve}},
		{"cancelled over three milestones", []step{{"2027-01-19 12:00", change(cancelled)}, {"2027-03-09 12:00", change(restored)}}, "2027-03-09 12:00",
			[]string{"catch-up -7 at 03-09 12:00 to C1", eve}},
		{"and again, before that is sent", []step{{"2027-01-19 12:00", change(cancelled)}, {"2027-03-09 12:00", change(restored)}, {"2027-03-09 12:01", change(cancelled)}, {"2027-03-09 12:02", change(restored)}}, "2027-03-09 12:02",
			[]string{"catch-up -7 at 03-09 12:00 to C1", eve}},
		{"and again, after it was sent", []step{{"2027-01-19 12:00", change(cancelled)}, {"2027-03-09 12:00", change(restored)}, {"2027-03-09 12:00", send}, {"2027-03-09 12:01", change(cancelled)}, {"2027-03-09 12:02", change(restored)}}, "2027-03-09 12:02",
			[]string{eve}},
		{"cancelled and restored, and nothing fell in between", []step{{"2027-03-08 09:00", send}, {"2027-03-08 09:01", change(cancelled)}, {"2027-03-08 09:02", change(restored)}}, "2027-03-08 09:02",
			[]string{eve}},
		{"cancelled, moved, and restored when the new days have brought one", []step{{"2027-03-02 12:00", send}, {"2027-03-02 12:01", change(cancelled)}, {"2027-03-03 12:00", change(moved(1))}, {"2027-03-09 12:00", change(restored)}}, "2027-03-09 12:00",
			[]string{"remind -7 at 03-09 09:00 to C1", eve}},
		{"cancelled on a visit day, restored on the next", []step{{"2027-03-14 12:00", change(cancelled)}, {"2027-03-16 12:00", change(restored)}}, "2027-03-16 12:00",
			[]string{"catch-up 0 at 03-16 12:00 to C1", "remind 0 at 03-17 00:00 to C1", "remind 1 at 03-18 09:00 to C1"}},
		{"cancelled before it, restored when it is over", []step{{"2027-03-10 12:00", change(cancelled)}, {"2027-03-18 08:00", change(restored)}}, "2027-03-18 08:00",
			[]string{"remind 1 at 03-18 09:00 to C1"}},
		{"cancelled over what follows it", []step{{"2027-03-17 12:00", send}, {"2027-03-17 12:00", change(cancelled)}, {"2027-03-26 12:00", change(restored)}}, "2027-03-26 12:00",
			[]string{"catch-up 7 at 03-26 12:00 to C1"}},
		{"moved and moved back over a milestone", []step{{"2027-03-02 12:00", send}, {"2027-03-05 12:00", change(moved(21))}, {"2027-03-09 12:00", change(moved(-21))}}, "2027-03-09 12:00",
			[]string{"catch-up -7 at 03-09 12:00 to C1", eve}},
		{"moved and moved back at once", []step{{"2027-03-09 12:00", send}, {"2027-03-09 12:01", change(moved(5))}, {"2027-03-09 12:02", change(moved(-5))}}, "2027-03-09 12:02",
			[]string{eve}},
		{"the channel's day begins earlier", []step{{"2027-03-02 12:00", send}, {"2027-03-08 08:00", change(func(v *visit.Visit) { v.ChannelZone = "Asia/Shanghai" })}}, "2027-03-08 08:00",
			[]string{"remind -7 at 03-08 02:00 to C1", "remind -1 at 03-12 08:00 to C1"}},
		{"the channel's day begins later, and it was told of already", []step{{"2027-03-08 09:00", send}, {"2027-03-08 09:30", change(func(v *visit.Visit) { v.ChannelZone = "America/Chicago" })}}, "2027-03-08 09:30",
			[]string{"remind -1 at 03-12 22:00 to C1"}},
		{"snoozed, and the days change", []step{{"2027-03-08 09:00", send}, {"2027-03-08 10:00", snooze("2027-03-09 09:00")}, {"2027-03-08 11:00", change(moved(1))}}, "2027-03-08 11:00",
			[]string{"snoozed -7 at 03-09 09:00 to C1", "remind -7 at 03-09 09:00 to C1", eve}},
		{"snoozed, and the visit moves to another channel", []step{{"2027-03-08 09:00", send}, {"2027-03-08 10:00", snooze("2027-03-09 09:00")}, {"2027-03-08 11:00", change(toC2)}, {"2027-03-08 11:01", change(toC2, longer)}}, "2027-03-08 11:01",
			[]string{"snoozed -7 at 03-09 09:00 to C2", "remind -1 at 03-12 15:00 to C2"}},
		{"snoozed, and the visit is cancelled", []step{{"2027-03-08 09:00", send}, {"2027-03-08 10:00", snooze("2027-03-09 09:00")}, {"2027-03-08 11:00", change(cancelled)}}, "2027-03-08 11:00", nil},
		{"snoozed, cancelled and restored in time", []step{{"2027-03-08 09:00", send}, {"2027-03-08 10:00", snooze("2027-03-09 09:00")}, {"2027-03-08 11:00", change(cancelled)}, {"2027-03-08 12:00", change(restored)}}, "2027-03-08 12:00",
			[]string{"snoozed -7 at 03-09 09:00 to C1", eve}},
		{"snoozed, in another channel, cancelled and restored", []step{{"2027-03-08 09:00", send}, {"2027-03-08 10:00", snooze("2027-03-09 09:00")}, {"2027-03-08 10:30", change(toC2)}, {"2027-03-08 11:00", change(cancelled)}, {"2027-03-08 12:00", change(restored)}}, "2027-03-08 12:00",
			[]string{"snoozed -7 at 03-09 09:00 to C2", "remind -1 at 03-12 15:00 to C2"}},
		{"snoozed, cancelled, and restored too late for it", []step{{"2027-03-08 09:00", send}, {"2027-03-08 10:00", snooze("2027-03-09 09:00")}, {"2027-03-08 11:00", change(cancelled)}, {"2027-03-10 12:00", change(restored)}}, "2027-03-10 12:00",
			[]string{"snoozed -7 at 03-09 09:00 to C1", eve, "remind 0 at 03-15 00:00 to C1"}},
		{"snoozed, cancelled, and restored when more is missed", []step{{"2027-03-08 09:00", send}, {"2027-03-08 10:00", snooze("2027-03-09 09:00")}, {"2027-03-08 11:00", change(cancelled)}, {"2027-03-12 16:00", change(restored)}}, "2027-03-12 16:00",
			[]string{"catch-up -1 at 03-12 16:00 to C1", "remind 0 at 03-15 00:00 to C1", "remind 0 at 03-16 00:00 to C1", "remind 0 at 03-17 00:00 to C1"}},
		{"a notice waits, and the visit is moved, cancelled and restored", []step{{"2027-03-09 12:00", send}, {"2027-03-09 12:00", func(s *Store, now time.Time) {
			must(true, s.AddOccurrence(context.Background(), visit.Occurrence{Workspace: "T1", Key: "n", Kind: visit.Notice, Subject: "visit/1", To: "U1", Zone: "Europe/Berlin", Due: now, Expires: now.AddDate(0, 0, 7)}))
		}}, {"2027-03-09 12:01", change(moved(1))}, {"2027-03-09 12:02", change(cancelled)}}, "2027-03-09 12:02",
			[]string{"notice 0 at 03-09 12:00 to U1"}},
	}
	onBoth(t, func(t *testing.T, s *Store) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				emptied(s)
				v := sampleVisit("T1")
				v.ChannelZone, v.Zone = "Europe/Berlin", "Asia/Shanghai"
				must(s.PlanVisit(context.Background(), v, on("2027-01-02 12:00")))
				for day := on("2027-01-02 12:00"); day.Before(on(c.steps[0].at)) && day.Before(on("2027-03-07 12:00")); day = day.AddDate(0, 0, 1) {
					sendDue(s, day, visit.Sent)
				}
				for _, st := range c.steps {
					st.do(s, on(st.at))
				}
				if got := told(s, "visit/1", on(c.until)); !slices.Equal(got, c.want) {
					t.Errorf("there wait\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
				}
			})
		}
	})
}

// The sample inspection is on Monday 1 March: overdue on Tuesday, and told to who
// planned it on Thursday.
func TestAResultThatIsTakenBackBringsTheInspectionUpAgain(t *testing.T) {
	report := func(i *visit.Inspection) { must(i.Report(visit.Passed, "", "U1", noon)) }
	reopen := func(i *visit.Inspection) { i.Reopen() }
	to := func(d civil.Date) func(*visit.Inspection) { return func(i *visit.Inspection) { i.Due = d } }
	lead := func(i *visit.Inspection) { i.LeadDays = []int{7, 2} }
	owner := func(i *visit.Inspection) { i.Owner = "U2" }
	type step struct {
		at string
		do func(*visit.Inspection)
	}
	cases := []struct {
		name   string
		result visit.Result // with which it is made
		sent   string       // until when everything was sent
		held   string       // when what is due was held by Slack
		steps  []step
		want   []string
	}{
		{"taken back after the overdue day", "", "2027-03-01 12:00", "", []step{{"2027-03-01 13:00", report}, {"2027-03-05 15:00", reopen}},
			[]string{"overdue 0 at 03-08 09:00 to C1"}},
		{"the overdue reminder was sent before", "", "2027-03-02 12:00", "", []step{{"2027-03-02 13:00", report}, {"2027-03-02 15:00", reopen}},
			[]string{"overdue 0 at 03-03 09:00 to C1"}},
		{"and the escalation too", "", "2027-03-04 12:00", "", []step{{"2027-03-04 13:00", report}, {"2027-03-04 15:00", reopen}},
			[]string{"overdue 0 at 03-05 09:00 to C1"}},
		{"taken back twice", "", "2027-03-04 12:00", "", []step{{"2027-03-04 13:00", report}, {"2027-03-04 15:00", reopen}, {"2027-03-04 15:01", report}, {"2027-03-04 15:02", reopen}},
			[]string{"overdue 0 at 03-05 09:00 to C1"}},
		{"and then its leads and its owner change", "", "2027-03-04 12:00", "", []step{{"2027-03-04 13:00", report}, {"2027-03-04 15:00", reopen}, {"2027-03-04 15:01", lead}, {"2027-03-04 15:02", owner}},
			[]string{"overdue 0 at 03-05 09:00 to C1"}},
		{"taken back in the minutes over the overdue hour", "", "2027-03-02 08:00", "", []step{{"2027-03-02 08:59", report}, {"2027-03-02 09:01", reopen}},
			[]string{"overdue 0 at 03-02 09:00 to C1"}},
		{"taken back before the overdue day", "", "2027-03-01 12:00", "", []step{{"2027-03-01 13:00", report}, {"2027-03-01 15:00", reopen}},
			[]string{"overdue 0 at 03-02 09:00 to C1"}},
		{"one that was made as skipped", visit.Skipped, "2027-03-04 12:00", "", []step{{"2027-03-04 15:00", reopen}},
			[]string{"overdue 0 at 03-05 09:00 to C1"}},
		{"what is overdue is held, and its leads change", "", "2027-03-01 12:00", "2027-03-02 09:00", []step{{"2027-03-02 09:01", lead}},
			[]string{"overdue 0 at 03-02 09:00 to C1"}},
		{"the second question is held, and its leads change", "", "2027-03-03 12:00", "2027-03-04 09:00", []step{{"2027-03-04 09:01", lead}},
			[]string{"overdue 0 at 03-04 09:00 to C1"}},
		{"it was asked for twice, and its leads change", "", "2027-03-04 12:00", "", []step{{"2027-03-05 15:00", lead}},
			[]string{"overdue 0 at 03-10 09:00 to C1"}},
		{"it was asked for twice, and it moves ahead", "", "2027-03-04 12:00", "", []step{{"2027-03-04 15:00", to(civil.On(2027, 3, 9))}},
			[]string{"remind 0 at 03-09 00:00 to C1"}},
		{"moved to a day that is over", "", "2027-02-23 12:00", "", []step{{"2027-02-24 15:00", to(civil.On(2027, 2, 22))}},
			[]string{"overdue 0 at 02-25 09:00 to C1"}},
		{"reported early, and taken back in the evening of its day", "", "2027-02-23 12:00", "", []step{{"2027-02-24 15:00", report}, {"2027-03-01 19:00", reopen}},
			[]string{"catch-up 0 at 03-01 19:00 to C1", "overdue 0 at 03-02 09:00 to C1"}},
	}
	onBoth(t, func(t *testing.T, s *Store) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				emptied(s)
				i := sampleInspection("T1")
				i.ChannelZone, i.Zone, i.Result = "Europe/Berlin", "Asia/Shanghai", c.result
				must(s.AddInspection(context.Background(), i, on("2027-01-02 12:00")))
				for day := on("2027-01-02 12:00"); !day.After(on(c.sent)); day = day.AddDate(0, 0, 1) {
					sendDue(s, day, visit.Sent)
				}
				if c.held != "" {
					sendDue(s, on(c.held), visit.Pending)
				}
				var now time.Time
				for _, st := range c.steps {
					now = on(st.at)
					must(s.ChangeInspection(context.Background(), "T1", 1, now, func(i *visit.Inspection) error {
						if st.do(i); !i.Open() {
							i.Reported.At = now
						}
						return nil
					}))
				}
				if got := told(s, "inspection/1", now); !slices.Equal(got, c.want) {
					t.Errorf("there wait\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
				}
			})
		}
	})
}

func TestAnAwaitedResultIsAskedForAWeekLater(t *testing.T) {
	type step struct {
		at string
		do func(i *visit.Inspection, now time.Time)
	}
	await := func(i *visit.Inspection, now time.Time) { i.Await("U1", now) }
	cases := []struct {
		name, sent string // until when everything was sent
		steps      []step
		want       []string
	}{
		{"after the first question", "2027-03-02 12:00", []step{{"2027-03-02 13:00", await}}, []string{"overdue 0 at 03-09 09:00 to C1"}},
		{"after the second", "2027-03-04 12:00", []step{{"2027-03-04 13:00", await}}, []string{"overdue 0 at 03-11 09:00 to C1"}},
		{"and still a day later", "2027-03-02 12:00", []step{{"2027-03-02 13:00", await}, {"2027-03-03 13:00", await}}, []string{"overdue 0 at 03-10 09:00 to C1"}},
		{"and taken back", "2027-03-02 12:00", []step{{"2027-03-02 13:00", await}, {"2027-03-02 13:01", func(i *visit.Inspection, now time.Time) { i.Unanswer(visit.Awaited, now) }}},
			[]string{"overdue 0 at 03-09 09:00 to C1"}},
		{"and its leads change", "2027-03-02 12:00", []step{{"2027-03-02 13:00", await}, {"2027-03-03 13:00", func(i *visit.Inspection, _ time.Time) { i.LeadDays = []int{7, 2} }}},
			[]string{"overdue 0 at 03-09 09:00 to C1"}},
		{"and it has its result", "2027-03-02 12:00", []step{{"2027-03-02 13:00", await}, {"2027-03-03 13:00", func(i *visit.Inspection, now time.Time) { must(i.Report(visit.Passed, "", "U1", now)) }}}, nil},
	}
	onBoth(t, func(t *testing.T, s *Store) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				emptied(s)
				i := sampleInspection("T1")
				i.ChannelZone, i.Zone = "Europe/Berlin", "Asia/Shanghai"
				must(s.AddInspection(context.Background(), i, on("2027-01-02 12:00")))
				for day := on("2027-01-02 12:00"); !day.After(on(c.sent)); day = day.AddDate(0, 0, 1) {
					sendDue(s, day, visit.Sent)
				}
				for _, st := range c.steps {
					must(s.ChangeInspection(context.Background(), "T1", 1, on(st.at), func(i *visit.Inspection) error { st.do(i, on(st.at)); return nil }))
				}
				if got := told(s, "inspection/1", on("2027-03-08 12:00")); !slices.Equal(got, c.want) {
					t.Errorf("there wait\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
				}
			})
		}
	})
}

func TestWhatAnotherWorkspaceWasToldCountsForNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		for _, team := range []string{"T1", "T2"} {
			must(s.PlanVisit(context.Background(), sampleVisit(team), on("2027-03-02 12:00")))
		}
		sendDue(s, on("2027-03-02 12:00"), visit.Sent)
		change := func(f edit, now time.Time) {
			must(s.ChangeVisit(context.Background(), "T1", 1, now, func(v *visit.Visit) error {
				if f(v); v.Cancelled.IsSet() {
					v.Cancelled.At = now
				}
				return nil
			}))
		}
		change(cancelled, on("2027-03-08 08:59"))
		sendDue(s, on("2027-03-08 09:00"), visit.Sent)
		change(restored, on("2027-03-08 09:01"))
		if got, want := told(s, "visit/1", on("2027-03-08 09:01")), []string{"remind -7 at 03-08 09:00 to C1", "remind -1 at 03-12 15:00 to C1"}; !slices.Equal(got, want) {
			t.Errorf("there wait %q, want %q", got, want)
		}
	})
}

// A visit that is over when it is recorded is kept for the history.
func TestNothingIsSaidOfAVisitThatIsRecordedAfterItsEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		now := on("2027-03-19 12:00")
		v := sampleVisit("T1")
		v.Items[0].Owner = "U1"
		if n := must(s.Import(ctx, []visit.Visit{v}, nil, now)); n != 1 {
			t.Fatalf("%d imported", n)
		}
		all := func() []visit.Occurrence { return must(s.Occurrences(ctx, "T1", OccurrenceFilter{})) }
		if os := all(); len(os) != 0 {
			t.Errorf("imported after its end, it brings %+v", os)
		}
		change := func(f edit) {
			must(s.ChangeVisit(ctx, "T1", 1, now, func(v *visit.Visit) error { f(v); return nil }))
		}
		change(toC2)
		change(cancelled)
		change(restored)
		if os := all(); len(os) != 0 {
			t.Errorf("changed after its end, it brings %+v", os)
		}
		change(moved(60))
		if os := all(); len(os) == 0 {
			t.Error("moved ahead, it is not reminded of")
		}
		// On its last day it is not over.
		late := sampleVisit("T1")
		late.Channel = "C3"
		late = must(s.PlanVisit(ctx, late, on("2027-03-17 12:00")))
		if got := told(s, late.Subject(), on("2027-03-17 12:00")); len(got) < 2 || !strings.HasPrefix(got[0], "catch-up 0") {
			t.Errorf("planned on its last day, it brings %q", got)
		}
	})
}

// What a plan has made ahead follows it as it does a person.
func TestWhatIsDueOutlivesAChangeOfThePlan(t *testing.T) {
	end := func(p *visit.Plan) { p.Ended = visit.Mark{By: "U1", At: noon} }
	resume := func(p *visit.Plan) { p.Ended = visit.Mark{} }
	onBoth(t, func(t *testing.T, s *Store) {
		for _, c := range []struct {
			name  string
			held  string
			steps []func(*visit.Plan)
			want  string
		}{
			{"ended just before a reminder and resumed just after", "", []func(*visit.Plan){end, resume}, "remind -3 at 03-12 09:00 to C1"},
			{"ended and resumed while it was held", "2027-03-12 09:00", []func(*visit.Plan){end, resume}, "remind -3 at 03-12 09:00 to C1"},
			{"moved to another channel while it was held", "2027-03-12 09:00", []func(*visit.Plan){func(p *visit.Plan) { p.Channel = "C2" }}, "remind -3 at 03-12 09:00 to C2"},
			{"another lead while it was held", "2027-03-12 09:00", []func(*visit.Plan){func(p *visit.Plan) { p.LeadDays = []int{14, 3, 2} }}, "remind -3 at 03-12 09:00 to C1"},
			{"another inspector while it was held", "2027-03-12 09:00", []func(*visit.Plan){func(p *visit.Plan) { p.Inspectors = []string{"U9"} }}, "remind -3 at 03-12 09:00 to C1"},
		} {
			t.Run(c.name, func(t *testing.T) {
				emptied(s)
				must(s.write.Exec(`DELETE FROM plans`))
				ctx, made := context.Background(), on("2027-02-01 12:00")
				p := samplePlan("T1")
				p.Zone, p.ChannelZone = "Asia/Shanghai", "Europe/Berlin"
				p = must(s.AddPlan(ctx, p, made))
				sc := must(s.Schedule(ctx, "T1", visit.RecurPlan, p.Subject()))
				if _, _, err := s.FirePlan(ctx, sc, time.Time{}, civil.On(2027, 3, 29), []visit.Inspection{p.Inspection(civil.On(2027, 3, 15), made)}, made); err != nil {
					t.Fatal(err)
				}
				sendDue(s, on("2027-03-02 12:00"), visit.Sent)
				now := on("2027-03-12 08:58")
				if c.held != "" {
					now = on(c.held)
					sendDue(s, now, visit.Pending)
				}
				for _, f := range c.steps {
					now = now.Add(time.Minute)
					if _, _, err := s.ChangePlan(ctx, "T1", 1, "U1", now, func(p *visit.Plan) error { f(p); return nil }, func(*visit.Plan, civil.Date) bool { return true }); err != nil {
						t.Fatal(err)
					}
					now = now.Add(time.Minute)
				}
				got := slices.DeleteFunc(told(s, "inspection/1", now), func(row string) bool { return strings.HasPrefix(row, "changed") })
				if len(got) == 0 || got[0] != c.want || len(got) > 1 && strings.HasPrefix(got[1], "remind -3") {
					t.Errorf("there wait %q, want %s first", got, c.want)
				}
			})
		}
	})
}

func TestAResultIsAskedForUntilItIsThere(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		i := sampleInspection("T1")
		i.ChannelZone, i.Zone = "Europe/Berlin", "Asia/Shanghai"
		must(s.AddInspection(ctx, i, on("2027-01-02 12:00")))
		asked := func() string {
			var days []string
			for _, o := range must(s.Occurrences(ctx, "T1", OccurrenceFilter{Kinds: []visit.Kind{visit.Overdue}})) {
				days = append(days, o.Due.In(berlin).Format("01-02 15:04 ")+string(o.State))
			}
			return strings.Join(days, ", ")
		}
		for day := on("2027-01-02 12:00"); !day.After(on("2027-03-18 12:00")); day = day.AddDate(0, 0, 1) {
			became := visit.Sent
			if day.Equal(on("2027-03-04 12:00")) { // somebody has said that it is awaited
				became = visit.Cancelled
			}
			sendDue(s, day, became)
		}
		const until = "03-02 09:00 sent, 03-04 09:00 cancelled, 03-10 09:00 sent, 03-17 09:00 sent, "
		if got, want := asked(), until+"03-24 09:00 pending"; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
		must(s.ChangeInspection(ctx, "T1", 1, on("2027-03-18 13:00"), func(i *visit.Inspection) error {
			_, err := i.Report(visit.Passed, "", "U1", on("2027-03-18 13:00"))
			return err
		}))
		if got, want := asked(), until+"03-24 09:00 cancelled"; got != want {
			t.Errorf("after the result: asked %s, want %s", got, want)
		}
	})
}

// A question that Slack holds while the inspection moves has nothing to say any more, and what
// follows it is the question of the new day, once.
func TestAQuestionThatIsHeldOverAMoveIsNotDoubled(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		i := sampleInspection("T1")
		i.ChannelZone, i.Zone = "Europe/Berlin", "Asia/Shanghai"
		must(s.AddInspection(ctx, i, on("2027-01-02 12:00")))
		sendDue(s, on("2027-03-01 12:00"), visit.Sent)
		sendDue(s, on("2027-03-02 09:00"), visit.Pending)
		must(s.ChangeInspection(ctx, "T1", 1, on("2027-03-02 09:01"), func(i *visit.Inspection) error { i.Due = civil.On(2027, 3, 15); return nil }))
		for _, became := range []visit.State{visit.Cancelled, visit.Sent} { // as a question, and as the list that it has become
			os := sendDue(s, on("2027-03-02 09:20"), became)
			if became == visit.Cancelled && len(os) == 0 {
				t.Fatal("the question does not wait")
			}
		}
		var days []string
		for _, o := range must(s.Occurrences(ctx, "T1", OccurrenceFilter{Kinds: []visit.Kind{visit.Overdue}, States: []visit.State{visit.Pending}})) {
			days = append(days, o.Due.In(berlin).Format("01-02 15:04"))
		}
		if want := []string{"03-16 09:00"}; !slices.Equal(days, want) {
			t.Errorf("asked %q, want %q", days, want)
		}
	})
}
