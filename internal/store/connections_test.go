package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visitprep/internal/visit"
)

// later is an instant of elapsed time at which tests begin.
var later = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// waits records reminders that are due, one after the other, each in a channel of its own
// with its name.
func waits(t testing.TB, s *Store, team string, to ...string) {
	t.Helper()
	for n, c := range to {
		due := noon.Add(time.Duration(n-len(to)) * time.Second)
		if err := s.AddOccurrence(context.Background(), visit.Occurrence{Workspace: team, Key: c, Kind: visit.Remind, Subject: "visit/1", To: c, Zone: "UTC", Due: due}); err != nil {
			t.Fatal(err)
		}
	}
}

func claimAt(at time.Time) Claim {
	return Claim{Owner: "one", Now: noon, Elapsed: at, Lease: 30 * time.Second, Limit: 10}
}

func keysOf(os []visit.Occurrence) string {
	var keys []string
	for _, o := range os {
		keys = append(keys, o.Key)
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

// While a connection is broken nothing is claimed for its workspace but what tries it:
// one thing at a time, after pauses that grow.
func TestABrokenConnectionIsTriedOneAtATime(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		waits(t, s, "T1", "C1", "C2", "C3")
		waits(t, s, "T2", "C4")
		if begins := must(s.NoteFault(ctx, "T1", "token_revoked", noon, later)); !begins {
			t.Error("the first who notes a fault does not hear that it begins")
		}
		if begins := must(s.NoteFault(ctx, "T1", "invalid_auth", noon.Add(time.Hour), later.Add(time.Second))); begins {
			t.Error("the second who notes it hears that it begins")
		}
		if got := keysOf(must(s.Claim(ctx, claimAt(later.Add(time.Hour))))); got != "C4" {
			t.Errorf("claimed %q, want what is of the other workspace", got)
		}
		probe := func(after time.Duration) string {
			p, ok, err := s.ClaimProbe(ctx, claimAt(later.Add(after)))
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return ""
			}
			if p.Occurrence.Key == "" {
				return "nothing"
			}
			back := p.Occurrence
			back.State, back.Hold = visit.Pending, later.Add(after+time.Minute)
			must(s.Settle(ctx, p.Occurrence, back))
			return p.Occurrence.Key
		}
		goesOn := func(after time.Duration) {
			if err := s.FaultGoesOn(ctx, "T1", "token_revoked", later.Add(after)); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			after time.Duration
			want  string
		}{
			{59 * time.Second, ""},
			{time.Minute, "C1"},
			{time.Minute, ""}, // somebody has the right to try until the lease ends
			{time.Minute + 29*time.Second, ""},
			{time.Minute + 30*time.Second, "C2"}, // and who had it is gone; another message than before
		} {
			if got := probe(c.after); got != c.want {
				t.Errorf("after %s it is tried with %q, want %q", c.after, got, c.want)
			}
		}
		goesOn(2 * time.Minute)
		if got := probe(2*time.Minute+119*time.Second) + probe(4*time.Minute); got != "C3" {
			t.Errorf("after the second failure it is tried with %q, want C3, which was not tried yet, after two minutes", got)
		}
		for range 9 {
			goesOn(5 * time.Minute)
		}
		if got := probe(10*time.Minute-time.Second) + probe(10*time.Minute); got == "" {
			t.Error("the longest pause is more than five minutes")
		}
		goesOn(10 * time.Minute)
		cs := must(s.Connections(ctx))
		if len(cs) != 1 || cs[0].Workspace != "T1" || !cs[0].Since.Equal(noon) {
			t.Errorf("the connections are %+v", cs)
		}
		if err := s.RetryConnections(ctx); err != nil {
			t.Fatal(err)
		}
		if got := probe(10*time.Minute + time.Second); got == "" {
			t.Error("it is not tried at once when the program starts")
		}
		must(s.NoteFault(ctx, "T3", "invalid_auth", noon, later))
		if ended := must(s.FaultIsOver(ctx, "T1")); len(ended) != 1 || ended[0].Fault != "token_revoked" {
			t.Errorf("it ends with %+v", ended)
		}
		if ended := must(s.FaultIsOver(ctx, "T1")); len(ended) != 0 {
			t.Errorf("it ends twice")
		}
		if cs := must(s.Connections(ctx)); len(cs) != 1 || cs[0].Workspace != "T3" {
			t.Errorf("then the connections are %+v", cs)
		}
		if got := keysOf(must(s.Claim(ctx, claimAt(later.Add(time.Hour))))); got != "C1 C2 C3" {
			t.Errorf("then %q can be sent", got)
		}
	})
}

// What is uncertain tries a connection where nothing is due, and otherwise waits.
func TestWhatIsUncertainWaitsForTheConnection(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		waits(t, s, "T1", "C1", "C2")
		for _, o := range must(s.Claim(ctx, claimAt(later))) {
			lost := o
			lost.State, lost.Hold = visit.Uncertain, later.Add(5*time.Second)
			must(s.Settle(ctx, o, lost))
		}
		must(s.NoteFault(ctx, "T1", visit.NoAnswer, noon, later))
		if us := must(s.ClaimUncertain(ctx, claimAt(later.Add(time.Minute)))); len(us) != 0 {
			t.Errorf("%d are looked for while nobody answers", len(us))
		}
		p, ok, err := s.ClaimProbe(ctx, claimAt(later.Add(time.Minute)))
		if err != nil || !ok || p.Occurrence.State != visit.Uncertain {
			t.Errorf("it is tried with %+v, %v, %v", p, ok, err)
		}
		must(s.FaultIsOver(ctx, "T1"))
		if us := must(s.ClaimUncertain(ctx, claimAt(later.Add(2*time.Minute)))); len(us) != 2 {
			t.Errorf("%d are looked for then, want 2", len(us))
		}
	})
}

// Replicas together ask for no more look-ups than Slack allows, in each workspace.
func TestLookUpsKeepToTheTierOverReplicas(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		const many = 100
		for _, team := range []string{"T1", "T2"} {
			var to []string
			for n := range many {
				to = append(to, fmt.Sprintf("C%03d", n))
			}
			waits(t, s, team, to...)
		}
		c := claimAt(later)
		c.Limit = 2 * many
		for _, o := range must(s.Claim(ctx, c)) {
			lost := o
			lost.State, lost.Hold = visit.Uncertain, later
			must(s.Settle(ctx, o, lost))
		}
		asked := map[string][]time.Time{}
		var mu sync.Mutex
		for second := range 180 {
			at := later.Add(time.Minute + time.Duration(second)*time.Second)
			var replicas sync.WaitGroup
			for range 2 {
				replicas.Go(func() {
					c := claimAt(at)
					c.Lease = time.Hour
					for _, o := range must(s.ClaimUncertain(ctx, c)) {
						mu.Lock()
						asked[o.Workspace] = append(asked[o.Workspace], at)
						mu.Unlock()
					}
				})
			}
			replicas.Wait()
		}
		for _, team := range []string{"T1", "T2"} {
			for n, from := range asked[team] {
				in := 0
				for _, at := range asked[team][n:] {
					if at.Sub(from) < time.Minute {
						in++
					}
				}
				if in > 30 {
					t.Fatalf("%d look-ups of %s in a minute, want at most 30", in, team)
				}
			}
			if n := len(asked[team]); n < 70 {
				t.Errorf("%d look-ups of %s in three minutes, want 75 or so", n, team)
			}
		}
		// Slack asks to wait: look-ups do, posts do not.
		now := later.Add(5 * time.Minute)
		if err := s.PauseLookUps(ctx, "T1", now, now.Add(30*time.Second)); err != nil {
			t.Fatal(err)
		}
		waits(t, s, "T1", "CNEW")
		if got := keysOf(must(s.Claim(ctx, claimAt(now)))); got != "CNEW" {
			t.Errorf("posted meanwhile is %q", got)
		}
		for _, c := range []struct {
			after time.Duration
			want  bool
		}{{29 * time.Second, false}, {30 * time.Second, true}} {
			found := false
			for _, o := range must(s.ClaimUncertain(ctx, claimAt(now.Add(c.after)))) {
				found = found || o.Workspace == "T1"
			}
			if found != c.want {
				t.Errorf("after %s somebody looks: %v", c.after, found)
			}
		}
	})
}

// What a machine wrote whose clock was ahead holds nothing back once it is set right.
func TestWhatAClockThatWasAheadWroteIsOver(t *testing.T) {
	const ahead = 6 * time.Hour
	left := func(s *Store, state visit.State, hold time.Time) {
		o := must(s.Claim(context.Background(), claimAt(later.Add(ahead))))[0]
		if state == visit.Sending {
			return
		}
		to := o
		to.State, to.Hold = state, hold
		if state == visit.Sent {
			to.Sent = later.Add(ahead)
		}
		must(s.Settle(context.Background(), o, to))
	}
	hold := later.Add(ahead + 5*time.Second)
	for _, c := range []struct {
		name string
		do   func(s *Store)
		want string
	}{
		{"a message that went out", func(s *Store) { left(s, visit.Sent, time.Time{}) }, "next"},
		{"a lease", func(s *Store) { left(s, visit.Sending, time.Time{}) }, "next"},
		{"a back-off", func(s *Store) { left(s, visit.Pending, hold) }, "C1"},
		{"a back-off by a clock that was little ahead", func(s *Store) {
			o := must(s.Claim(context.Background(), claimAt(later.Add(10*time.Minute))))[0]
			to := o
			to.State, to.Hold = visit.Pending, later.Add(10*time.Minute+4*time.Second)
			must(s.Settle(context.Background(), o, to))
		}, "C1"},
		{"a pause of the channel", func(s *Store) {
			if err := s.PauseChannel(context.Background(), "T1", "C1", later.Add(ahead), hold); err != nil {
				panic(err)
			}
		}, "C1"},
		{"a pause of the workspace", func(s *Store) {
			for _, c := range []string{"C8", "C9"} {
				if err := s.PauseChannel(context.Background(), "T1", c, later.Add(ahead), hold); err != nil {
					panic(err)
				}
			}
		}, "C1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *Store) {
				ctx := context.Background()
				waits(t, s, "T1", "C1")
				c.do(s)
				if err := s.AddOccurrence(ctx, visit.Occurrence{Workspace: "T1", Key: "next", Kind: visit.Remind, Subject: "visit/1", To: "C1", Zone: "UTC", Due: noon}); err != nil {
					t.Fatal(err)
				}
				must(s.ReleaseExpiredLeases(ctx, later, 5*time.Second))
				if got := keysOf(must(s.Claim(ctx, claimAt(later)))); got != c.want {
					t.Errorf("%q can be sent, want %q", got, c.want)
				}
			})
		})
	}
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		waits(t, s, "T1", "C1")
		left(s, visit.Uncertain, hold)
		if err := s.PauseLookUps(ctx, "T1", later.Add(ahead), later.Add(ahead+time.Minute)); err != nil {
			t.Fatal(err)
		}
		us := must(s.ClaimUncertain(ctx, claimAt(later)))
		if len(us) != 1 || us[0].Posted.After(later.Add(-time.Hour)) {
			t.Errorf("looked for are %+v, want one, in all of a day", us)
		}
		must(s.NoteFault(ctx, "T1", "token_revoked", noon, later.Add(ahead)))
		if _, ok, err := s.ClaimProbe(ctx, claimAt(later)); err != nil || !ok {
			t.Errorf("the connection is tried: %v, %v", ok, err)
		}
	})
}

// A try holds the connection for its lease, unless it told nothing.
func TestATryThatToldNothingHoldsNoConnection(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.NoteFault(ctx, "T1", "token_revoked", noon, later))
		must(s.NoteFault(ctx, "T2", "token_revoked", noon, later.Add(3*time.Minute)))
		soon := later.Add(2 * time.Minute)
		first, ok, err := s.ClaimProbe(ctx, claimAt(soon))
		if err != nil || !ok {
			t.Fatalf("no connection is taken: %v", err)
		}
		if _, ok, err := s.ClaimProbe(ctx, claimAt(soon)); err != nil || ok {
			t.Errorf("a connection is taken a second time: %v", err)
		}
		if err := s.ProbeAgain(ctx, &first, soon); err != nil {
			t.Fatal(err)
		}
		for n, want := range []string{"T1", ""} {
			if p, _, err := s.ClaimProbe(ctx, claimAt(soon)); err != nil || p.Workspace != want {
				t.Errorf("at the try %d after that %q is taken, %v; want %q", n+1, p.Workspace, err, want)
			}
		}
		// Another replica has tried since, and was told to wait.
		if err := errors.Join(s.FaultGoesOn(ctx, "T1", "token_revoked", soon), s.ProbeAgain(ctx, &first, soon)); err != nil {
			t.Fatal(err)
		}
		if p, ok, err := s.ClaimProbe(ctx, claimAt(soon)); err != nil || ok {
			t.Errorf("a try that is long over has ended the pause of a later one: %+v, %v", p, err)
		}
	})
}

// Slack is not waited for longer than the program can remember to.
func TestNoPauseIsLongerThanTheLongest(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		waits(t, s, "T1", "C1")
		if err := s.PauseChannel(ctx, "T1", "C1", later, later.Add(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			after time.Duration
			want  string
		}{{MaxHold - time.Second, ""}, {MaxHold, "C1"}} {
			if got := keysOf(must(s.Claim(ctx, claimAt(later.Add(c.after))))); got != c.want {
				t.Errorf("after %s %q can be sent, want %q", c.after, got, c.want)
			}
		}
	})
}

// What is given up stays until somebody is told: in the same transaction in which a notice
// is recorded, by one process, and several of a subject in one notice.
func TestWhatIsGivenUpIsToldOfOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		waits(t, s, "T1", "C1", "C2", "C3")
		if err := s.AddOccurrence(ctx, visit.Occurrence{Workspace: "T1", Key: "old", Kind: visit.Remind, Subject: "visit/1", To: "C4", Zone: "UTC", Due: noon.Add(-time.Hour), Expires: noon}); err != nil {
			t.Fatal(err)
		}
		if got := keysOf(must(s.Expire(ctx, noon))); got != "old" {
			t.Fatalf("%q expires", got)
		}
		waits(t, s, "T2", "C1")
		for _, o := range must(s.Claim(ctx, claimAt(later))) {
			dead := o
			dead.State, dead.Hold = visit.Dead, time.Time{}
			if o.Key == "C3" {
				dead.Owner = "" // nobody needs to be told
			}
			must(s.Settle(ctx, o, dead))
		}
		untold := func(after time.Duration) []visit.Occurrence {
			return must(s.ClaimUntold(ctx, claimAt(later.Add(after))))
		}
		os := untold(0)
		i := slices.IndexFunc(os, func(o visit.Occurrence) bool { return o.Workspace == "T2" })
		other := os[i]
		os = slices.Delete(slices.Clone(os), i, i+1)
		if got := keysOf(os); got != "C1 C2 old" {
			t.Fatalf("told of are to be %q", got)
		}
		if got := keysOf(untold(time.Second)); got != "" {
			t.Errorf("a second process finds %q", got)
		}
		if w := must(s.NextWaits(ctx, noon, later)); !w.Elapsed.Equal(later.Add(30 * time.Second)) {
			t.Errorf("it waits until %s, want until the lease ends", w.Elapsed)
		}
		if got := keysOf(untold(time.Minute)); got != "C1 C1 C2 old" {
			t.Errorf("after the lease another finds %q", got)
		}
		if err := s.TellLater(ctx, other, later.Add(time.Minute), later.Add(4*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if got := keysOf(untold(2 * time.Minute)); got != "C1 C2 old" {
			t.Errorf("while that of the other workspace waits, another finds %q", got)
		}
		for _, o := range os {
			n := visit.Occurrence{Workspace: "T1", Kind: visit.Notice, Subject: o.Subject, To: "U1", Zone: "UTC", Payload: o.Key, Due: noon.Add(time.Minute), Wake: noon.Add(time.Minute)}
			n.Key = visit.DayKey(n)
			for range 2 { // once more by a process that had it before
				if err := s.Told(ctx, o, &n); err != nil {
					t.Fatal(err)
				}
			}
		}
		ns := must(s.Occurrences(ctx, "T1", OccurrenceFilter{Kinds: []visit.Kind{visit.Notice}}))
		if len(ns) != 1 || len(strings.Split(ns[0].Payload, "\n")) != 3 {
			t.Errorf("the notices are %+v, want one that names three", ns)
		}
		for _, c := range []struct {
			after time.Duration
			want  string
		}{{4*time.Minute - time.Second, ""}, {4 * time.Minute, "C1"}} {
			got := untold(c.after)
			if keysOf(got) != c.want || c.want != "" && got[0].Workspace != "T2" {
				t.Errorf("after %s to be told of are %+v, want what was put off, of the other workspace", c.after, got)
			}
		}
	})
}

func TestFiltersOfOccurrences(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		waits(t, s, "T1", "C1", "C2", "U1")
		if err := s.AddOccurrence(ctx, visit.Occurrence{Workspace: "T1", Key: "n", Kind: visit.Notice, Subject: "visit/1", To: "U1", Zone: "UTC", Due: noon}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			f    OccurrenceFilter
			want string
		}{
			{OccurrenceFilter{}, "C1 C2 U1 n"},
			{OccurrenceFilter{To: []string{"C1", "U1"}}, "C1 U1 n"},
			{OccurrenceFilter{To: []string{}}, ""},
			{OccurrenceFilter{NoNotices: true}, "C1 C2 U1"},
			{OccurrenceFilter{Kinds: []visit.Kind{visit.Notice}}, "n"},
		} {
			if got := keysOf(must(s.Occurrences(ctx, "T1", c.f))); got != c.want {
				t.Errorf("%+v lists %q, want %q", c.f, got, c.want)
			}
			if n := must(s.CountOccurrences(ctx, "T1", c.f)); n != len(strings.Fields(c.want)) {
				t.Errorf("%+v counts %d", c.f, n)
			}
		}
	})
}
