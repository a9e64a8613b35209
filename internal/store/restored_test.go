package store

import (
	"context"
	"testing"
	"time"

	"visitprep/internal/visit"
)

// TestWhatMayHaveBeenSentIsLookedFor: what a database that was a copy takes for uncertain, and
// what it does not.
func TestWhatMayHaveBeenSentIsLookedFor(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx, copied := context.Background(), noon.Add(12*time.Hour)
		now := copied.Add(10 * time.Hour)
		add := func(key string, wake time.Time, change func(*visit.Occurrence)) {
			t.Helper()
			o := visit.Occurrence{Workspace: "T1", Key: key, Kind: visit.Remind, Subject: "visit/1", To: key, Zone: "UTC", Due: wake, Wake: wake}
			if err := s.AddOccurrence(ctx, o); err != nil {
				t.Fatal(err)
			}
			if change == nil {
				return
			}
			from := must(s.Occurrence(ctx, "T1", key))
			to := from
			if change(&to); !must(s.Settle(ctx, from, to)) {
				t.Fatal(key)
			}
		}
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		must(s.PlanVisit(ctx, sampleVisit("T2"), noon))
		card := must(s.Claim(ctx, Claim{Owner: "x", Now: noon, Elapsed: noon, Lease: time.Minute, Limit: 1}))[0]
		shown := card
		shown.State, shown.TS, shown.Sent, shown.Shows = visit.Sent, "1.1", noon, v.Rev
		if !must(s.Settle(ctx, card, shown)) || len(must(s.StaleCards(ctx, 9))) != 0 {
			t.Fatal("no card")
		}
		add("due after the copy", copied.Add(time.Hour), nil)
		add("due three days after it", copied.Add(72*time.Hour), nil)
		add("sent", noon, func(o *visit.Occurrence) { o.State, o.Sent = visit.Sent, noon })
		add("cancelled", noon, func(o *visit.Occurrence) { o.State = visit.Cancelled })
		add("being sent", noon.Add(-time.Hour), nil)
		must(s.Claim(ctx, Claim{Owner: "x", Now: noon.Add(-time.Hour), Elapsed: noon.Add(-time.Hour), Lease: time.Hour, Limit: 9}))
		add("held back since yesterday", noon.Add(-24*time.Hour), nil)
		if _, err := s.write.DB.ExecContext(ctx, `INSERT INTO restored (workspace, copied_at, restored_at, numbers) VALUES ('', $1, 0, 0)`, millis(copied)); err != nil {
			t.Fatal(err)
		}
		if g := must(s.Gap(ctx)); g != (Gap{}) {
			t.Errorf("a copy that nobody has put back has the gap %v", g)
		}
		looked, from, err := putBack(ctx, s.write.DB, nil, now)
		if err != nil || !from.Equal(copied) {
			t.Fatal(from, err)
		}
		if g := must(s.Gap(ctx)); !g.From.Equal(copied) || !g.Until.Equal(now) {
			t.Errorf("the gap is %v", g)
		}
		for key, want := range map[string]visit.State{
			"held back since yesterday": visit.Uncertain, "due after the copy": visit.Uncertain, "due three days after it": visit.Pending,
			"sent": visit.Sent, "cancelled": visit.Cancelled, "being sent": visit.Uncertain,
		} {
			o := must(s.Occurrence(ctx, "T1", key))
			if o.State != want {
				t.Errorf("%s: is %s, want %s", key, o.State, want)
			}
			switch key {
			case "held back since yesterday", "due after the copy":
				if !o.Posted.Equal(copied) {
					t.Errorf("%s: is looked for from %s", key, o.Posted)
				}
			}
		}
		if looked != 4 { // with the card of the other workspace
			t.Errorf("%d are looked for", looked)
		}
		if cs := must(s.StaleCards(ctx, 9)); len(cs) != 1 || cs[0].Subject != v.Subject() {
			t.Errorf("the cards to redraw are %v", cs)
		}
		// All that is new is beyond what may have been given, also what is counted for the first time.
		n := must(s.PlanVisit(ctx, sampleVisit("T1"), now.Add(time.Hour)))
		other := must(s.PlanVisit(ctx, sampleVisit("T3"), now.Add(time.Hour)))
		if n.Number != 10001 || other.Number != 10001 || n.Schedule < int(now.Unix()) {
			t.Errorf("the new visits are number %d, revision %d, and number %d", n.Number, n.Schedule, other.Number)
		}
		for _, x := range []struct{ last, next int }{{0, 10000}, {5000, 10000}, {5001, 20000}, {9999, 20000}, {10000, 20000}} {
			if _, err := s.write.DB.ExecContext(ctx, `UPDATE counters SET last = $1 WHERE workspace = 'T2' AND name = 'visit'`, x.last); err != nil {
				t.Fatal(err)
			}
			if _, _, err := putBack(ctx, s.write.DB, nil, now); err != nil {
				t.Fatal(err)
			}
			var last int
			if err := s.read.QueryRowContext(ctx, `SELECT last FROM counters WHERE workspace = 'T2' AND name = 'visit'`).Scan(&last); err != nil || last != x.next {
				t.Errorf("after number %d it goes on from %d, want %d, %v", x.last, last, x.next, err)
			}
		}
	})
}

// TestWhatIsFoundOutAgainAfterARestore: what is told once, or shown once, may have been in the
// gap.
func TestWhatIsFoundOutAgainAfterARestore(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		if _, err := s.write.DB.ExecContext(ctx, `UPDATE occurrences SET state = 'cancelled'`); err != nil {
			t.Fatal(err)
		}
		facts := ChannelFacts{Channel: "C1", Name: "c1", Checked: noon}
		if _, _, err := s.NoteChannel(ctx, "T1", facts, noon); err != nil {
			t.Fatal(err)
		}
		now := noon.Add(10 * time.Hour)
		if _, err := s.write.DB.ExecContext(ctx, `INSERT INTO restored (workspace, copied_at, restored_at, numbers) VALUES ('', $1, 0, 0)`, millis(noon)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := putBack(ctx, s.write.DB, nil, now); err != nil {
			t.Fatal(err)
		}
		states := func(k visit.Kind) (out []visit.Occurrence) {
			for _, o := range must(s.Occurrences(ctx, "T1", OccurrenceFilter{Kinds: []visit.Kind{k}})) {
				if o.State != visit.Cancelled {
					out = append(out, o)
				}
			}
			return out
		}
		// The card of what was there is looked for, from when the copy was made.
		must(s.NeedCard(ctx, "T1", v.Subject(), "", true, now.Add(time.Minute)))
		if os := states(visit.Card); len(os) != 1 || os[0].State != visit.Uncertain || !os[0].Posted.Equal(noon) {
			t.Errorf("the cards are %+v", os)
		}
		if _, err := s.write.DB.ExecContext(ctx, `UPDATE occurrences SET state = 'cancelled'`); err != nil {
			t.Fatal(err)
		}
		must(s.NeedCard(ctx, "T1", v.Subject(), "", true, now.AddDate(0, 2, 0)))
		if os := states(visit.Card); len(os) != 1 || os[0].State != visit.Pending {
			t.Errorf("two months later the cards are %+v", os)
		}
		// That somebody has gone is told under one key for good.
		gone := visit.GoneNews("T1", "U2", "U1", "UTC", now.Add(time.Hour))
		if err := s.AddOccurrence(ctx, gone); err != nil {
			t.Fatal(err)
		}
		if os := states(visit.News); len(os) != 1 || os[0].State != visit.Uncertain || !os[0].Posted.Equal(noon) {
			t.Errorf("the news are %+v", os)
		}
		// A channel's change has a key of its time: it says that it may have been told. The next
		// one is new.
		facts.Shared, facts.Checked = true, now.Add(time.Hour)
		if _, _, err := s.NoteChannel(ctx, "T1", facts, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		facts.State, facts.Checked = ChannelArchived, now.Add(2*time.Hour)
		if _, _, err := s.NoteChannel(ctx, "T1", facts, now.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		for _, o := range states(visit.News) {
			c, _ := o.Change()
			if c == visit.Gone {
				continue
			}
			if o.State != visit.Pending || o.Repeat != (c == visit.Opened) {
				t.Errorf("%s is %s, perhaps told before: %v", o.Key, o.State, o.Repeat)
			}
		}
		if n := len(states(visit.News)); n != 3 {
			t.Errorf("%d news", n)
		}
		// So does a notice of something that was lost in the gap.
		for key, due := range map[string]time.Time{"old": noon.Add(time.Hour), "new": now.Add(time.Hour)} {
			lost := visit.Occurrence{Workspace: "T1", Key: key, Kind: visit.Remind, Subject: visit.SubjectOf(visit.OfVisit, len(key)+int(due.Unix()%7)), To: "C1", Zone: "UTC", Due: due, Owner: "x"}
			if err := s.AddOccurrence(ctx, lost); err != nil {
				t.Fatal(err)
			}
			from := must(s.Occurrence(ctx, "T1", key))
			dead := from
			dead.State, dead.Owner = visit.Dead, "x"
			must(s.Settle(ctx, from, dead))
			n := visit.Occurrence{Workspace: "T1", Key: "notice of " + key, Kind: visit.Notice, Subject: lost.Subject, To: "U1", Zone: "UTC", Payload: key, Due: now.Add(2 * time.Hour), Wake: now}
			lost.State = visit.Dead
			if err := s.Told(ctx, lost, &n); err != nil {
				t.Fatal(err)
			}
			if o := must(s.Occurrence(ctx, "T1", n.Key)); o.Repeat != (key == "old") {
				t.Errorf("%s may be a repeat: %v", o.Key, o.Repeat)
			}
		}
	})
}
