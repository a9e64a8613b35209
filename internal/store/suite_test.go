package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/pgtest"
	"visitprep/internal/role"
	"visitprep/internal/visit"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(envServed); file != "" {
		serveUntilKilled(file)
	}
	pgtest.Main(m)
}

// onBoth runs one test on a SQLite file and on PostgreSQL: directly, behind pgbouncer (not where the tests
// are short), and in CI also behind a pooler that knows prepared statements.
func onBoth(t *testing.T, f func(t *testing.T, s *Store)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { f(t, opened(t, filepath.Join(t.TempDir(), "v.db"))) })
	t.Run("PostgreSQL", func(t *testing.T) { f(t, opened(t, pgtest.URL(t))) })
	if testing.Short() {
		return
	}
	t.Run("PostgreSQL behind pgbouncer", func(t *testing.T) { f(t, opened(t, pgtest.Pooled(t))) })
	if os.Getenv("CI") != "true" {
		return
	}
	t.Run("PostgreSQL behind a pooler that knows prepared statements", func(t *testing.T) {
		f(t, opened(t, pgtest.Naming(t)+"&default_query_exec_mode=cache_statement"))
	})
}

func opened(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{URL: url, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// noon is when the tests begin: a Monday, at the factory.
var noon = time.Date(2027, 1, 4, 4, 0, 0, 0, time.UTC)

func sampleVisit(team string) visit.Visit {
	return visit.Visit{
		Work: visit.Work{
			Workspace: team, Factory: visit.Factory{Name: "Ningbo Bright", Chinese: "宁波光明"}, Place: visit.Place{Channel: "C1", ChannelZone: "Europe/Berlin"}, Owner: "U1",
			Items: visit.Checklist{{ID: 1, Milestone: -56, Text: "a", Entries: []string{"x", "y"}}, {ID: 2, Milestone: -14, Position: 1, Text: "b", Original: "d", Role: role.Interpreter, Sensitive: true}, {ID: 3, Milestone: 0, Text: "c"}},
		},
		Purpose: "first_visit", First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 17),
		People: []visit.Person{{User: "U1", Role: "leads"}, {Name: "Ms Zhang"}}, Broadcast: visit.BroadcastAll,
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// pending are the keys of what waits to be sent about a subject, but for its card.
func pending(t *testing.T, s *Store, team string, of visit.Subject) []string {
	t.Helper()
	os, err := s.Occurrences(context.Background(), team, OccurrenceFilter{Subject: of, States: []visit.State{visit.Pending}})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, o := range os {
		if o.Kind != visit.Card {
			keys = append(keys, o.Key)
		}
	}
	slices.Sort(keys)
	return keys
}

func wanted(v visit.Visit, now time.Time) []string {
	t := visit.DefaultTiming()
	var keys []string
	for _, o := range v.Reminders(&t, now, false) {
		keys = append(keys, o.Key)
	}
	slices.Sort(keys)
	return keys
}

func TestAVisitIsKeptWhole(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		sample := sampleVisit("T1")
		sample.Unannounced = true
		v, err := s.PlanVisit(ctx, sample, noon)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Visit(ctx, "T1", v.Number)
		if err != nil {
			t.Fatal(err)
		}
		got.Created, v.Created = got.Created.UTC(), v.Created.UTC()
		if !reflect.DeepEqual(got, v) {
			t.Errorf("kept\n%+v, want\n%+v", got, v)
		}
		if keys := pending(t, s, "T1", v.Subject()); !slices.Equal(keys, wanted(v, noon)) {
			t.Errorf("waiting %q, want %q", keys, wanted(v, noon))
		}
		// Another workspace has numbers of its own and sees nothing of it.
		o := must(s.PlanVisit(ctx, sampleVisit("T2"), noon))
		if o.Number != 1 || v.Number != 1 {
			t.Errorf("numbers %d and %d, want 1 and 1", v.Number, o.Number)
		}
		if vs := must(s.Visits(ctx, "T2", Filter{})); len(vs) != 1 || vs[0].Workspace != "T2" {
			t.Errorf("T2 sees %+v", vs)
		}
		if _, err := s.Visit(ctx, "T3", 1); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("T3 finds it: %v", err)
		}
	})
}

func TestChangesOfAVisit(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		first := pending(t, s, "T1", v.Subject())

		// An error of the change comes back and nothing is written.
		bang := errors.New("bang")
		if _, err := s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Agenda = "x"; return bang }); !errors.Is(err, bang) {
			t.Errorf("got %v", err)
		}
		if got := must(s.Visit(ctx, "T1", 1)); got.Agenda != "" || got.Rev != 1 {
			t.Errorf("after a change that failed: %q, revision %d", got.Agenda, got.Rev)
		}
		// Moved and moved back: every reminder is pending again, under new keys.
		move := func(days int) visit.Visit {
			return must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error {
				v.First, v.Last = v.First.AddDays(days), v.Last.AddDays(days)
				return nil
			}))
		}
		move(7)
		v = move(-7)
		if keys := pending(t, s, "T1", v.Subject()); !slices.Equal(keys, wanted(v, noon)) || len(keys) != len(first) {
			t.Errorf("after there and back %q wait, want %q", keys, wanted(v, noon))
		}
		// Cancelled and brought back.
		v = must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Cancel("U1", noon); return nil }))
		if keys := pending(t, s, "T1", v.Subject()); len(keys) != 0 {
			t.Errorf("cancelled, and %q wait", keys)
		}
		v = must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { v.Restore(); return nil }))
		if keys := pending(t, s, "T1", v.Subject()); !slices.Equal(keys, wanted(v, noon)) {
			t.Errorf("brought back, and %q wait, want %q", keys, wanted(v, noon))
		}
		// Ticks by two at once are both kept.
		var wg sync.WaitGroup
		for id := 1; id <= 3; id++ {
			wg.Go(func() {
				_, err := s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error {
					_, err := v.Items.Tick(id, fmt.Sprintf("U%d", id), noon)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := must(s.Visit(ctx, "T1", 1)).Items.Progress(); n != (visit.Progress{Done: 3, All: 3}) {
			t.Errorf("%+v, want all three done", n)
		}
		if vs := must(s.Visits(ctx, "T1", Filter{Channels: []string{"C1"}})); len(vs) != 1 || vs[0].Done != 3 || vs[0].All != 3 {
			t.Errorf("the list counts %+v", vs)
		}
		if vs := must(s.Visits(ctx, "T1", Filter{Channels: []string{}})); len(vs) != 0 {
			t.Errorf("somebody in no channel sees %d visits", len(vs))
		}
		if n := must(s.NextVisit(ctx, "T1", "C1", civil.On(2027, 3, 17))); n.Number != 1 {
			t.Errorf("on its last day the next visit is %d", n.Number)
		}
		if _, err := s.NextVisit(ctx, "T1", "C1", civil.On(2027, 3, 18)); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("the day after: %v", err)
		}
	})
}

func TestWhoGetsAnItemIsToldOfTheirItems(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		if err := s.PutPerson(ctx, Person{Workspace: "T1", ID: "U3", Zone: "America/Chicago", Fixed: true, Quiet: DefaultQuiet}, noon); err != nil {
			t.Fatal(err)
		}
		must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		for _, owner := range []string{"U2", "U3", "U2"} {
			must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error { _, err := v.Items.Assign(2, owner); return err }))
		}
		zones := map[visit.Subject]string{}
		for _, sc := range must(s.Schedules(ctx, "T1", visit.RecurDigest)) {
			zones[sc.Subject] = sc.Zone
			if sc.Rule != "0 9 * * *" || sc.Rev != 1 {
				t.Errorf("the digest of %s is %+v", sc.Subject, sc)
			}
		}
		// U1 planned it, and is told of what nobody owns.
		if want := map[visit.Subject]string{"person/U1": "Europe/Berlin", "person/U2": "Europe/Berlin", "person/U3": "America/Chicago"}; !reflect.DeepEqual(zones, want) {
			t.Errorf("digests in %v, want %v", zones, want)
		}
	})
}

func TestAFactoryRemovedMeanwhile(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		f := must(s.AddFactory(ctx, visit.Factory{Workspace: "T1", Name: "Acme"}, noon))
		must(s.ChangeFactory(ctx, "T1", f.Number, noon, func(f *visit.Factory) error { f.Removed = true; return nil }))
		if fs := must(s.Factories(ctx, "T1")); len(fs) != 0 {
			t.Errorf("the menu has %v", fs)
		}
		v := sampleVisit("T1")
		v.Factory = f
		if got, err := s.PlanVisit(ctx, v, noon); err != nil || got.Factory.Name != "Acme" {
			t.Errorf("a form that was open meanwhile: %v", err)
		}
		if again := must(s.AddFactory(ctx, visit.Factory{Workspace: "T1", Name: "ACME"}, noon)); again.Number == f.Number {
			t.Error("a new one of that name is the removed one")
		}
	})
}

func TestClaims(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		add := func(key, to string) {
			t.Helper()
			if err := s.AddOccurrence(ctx, visit.Occurrence{Workspace: "T1", Key: key, Kind: visit.Remind, Subject: "visit/1", To: to, Zone: "UTC", Due: noon, Wake: noon}); err != nil {
				t.Fatal(err)
			}
		}
		add("a", "C1")
		add("b", "C1")
		add("c", "C2")
		elapsed := time.Now()
		claim := func(owner string, at time.Time) []visit.Occurrence {
			t.Helper()
			return must(s.Claim(ctx, Claim{Owner: owner, Now: noon, Elapsed: at, Lease: 30 * time.Second, Limit: 10}))
		}
		got := claim("one", elapsed)
		if len(got) != 2 {
			t.Fatalf("claimed %d, want one a channel: 2", len(got))
		}
		if more := claim("two", elapsed); len(more) != 0 {
			t.Fatalf("a second claimer got %d", len(more))
		}
		// The fence: who lost the lease cannot settle.
		late := got[0]
		stolen := late
		stolen.Owner = "somebody else"
		sent := late
		sent.State, sent.TS = visit.Sent, "1.1"
		if ok := must(s.Settle(ctx, stolen, sent)); ok {
			t.Error("somebody else settled it")
		}
		if n := must(s.ReleaseExpiredLeases(ctx, elapsed.Add(31*time.Second), 5*time.Second)); n != 2 {
			t.Errorf("%d leases ran out, want 2", n)
		}
		if ok := must(s.Settle(ctx, late, sent)); ok {
			t.Error("it was settled after its lease had become uncertain")
		}
		if us := must(s.ClaimUncertain(ctx, Claim{Owner: "two", Elapsed: elapsed.Add(32 * time.Second), Lease: 30 * time.Second, Limit: 10})); len(us) != 0 {
			t.Errorf("%d looked for before Slack must show them", len(us))
		}
		us := must(s.ClaimUncertain(ctx, Claim{Owner: "two", Elapsed: elapsed.Add(40 * time.Second), Lease: 30 * time.Second, Limit: 10}))
		if len(us) != 2 {
			t.Fatalf("%d looked for, want 2", len(us))
		}
		back := us[0]
		back.State, back.Hold = visit.Pending, time.Time{}
		if ok := must(s.Settle(ctx, us[0], back)); !ok {
			t.Error("what was not found could not be put back")
		}
	})
}

func TestAPauseThatSlackAsksFor(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		elapsed := noon
		for _, to := range []string{"C1", "C2", "C3"} {
			o := visit.Occurrence{Workspace: "T1", Key: "k/" + to, Kind: visit.Tip, Subject: visit.Subject("channel/" + to), To: to, Zone: "UTC", Due: noon}
			if err := s.AddOccurrence(ctx, o); err != nil {
				t.Fatal(err)
			}
		}
		open := func(after time.Duration) (to []string) {
			os := must(s.Claim(ctx, Claim{Owner: "one", Now: noon, Elapsed: elapsed.Add(after), Lease: time.Hour, Limit: 10}))
			for _, o := range os {
				to = append(to, o.To)
				back := o
				back.State, back.Attempt, back.Hold = visit.Pending, o.Attempt-1, time.Time{}
				must(s.Settle(ctx, o, back))
			}
			slices.Sort(to)
			return to
		}
		gate := func(channel string, from, until time.Duration) {
			t.Helper()
			if err := s.PauseChannel(ctx, "T1", channel, elapsed.Add(from), elapsed.Add(until)); err != nil {
				t.Fatal(err)
			}
		}
		want := func(what string, after time.Duration, to ...string) {
			t.Helper()
			if got := open(after); !slices.Equal(got, to) {
				t.Errorf("%s: open are %v, want %v", what, got, to)
			}
		}
		gate("C1", 0, time.Minute)
		want("one channel waits", 30*time.Second, "C2", "C3")
		gate("C1", 30*time.Second, 2*time.Minute)
		want("the same channel again", 90*time.Second, "C2", "C3")
		gate("C1", 90*time.Second, time.Minute)
		want("a gate is not opened earlier", 90*time.Second, "C2", "C3")
		gate("C2", 3*time.Minute, 4*time.Minute)
		want("the first pause was over when the second came", 3*time.Minute, "C1", "C3")
		gate("C1", 3*time.Minute, 5*time.Minute)
		want("two wait at once: it is the workspace that is to wait", 4*time.Minute)
		want("after the break", 6*time.Minute, "C1", "C2", "C3")
	})
}

func TestAPlanFiresOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		p := must(s.AddPlan(ctx, visit.Plan{Workspace: "T1", Factory: visit.Factory{Name: "Acme"}, Type: "pre_shipment", Rule: "every 2 weeks from 2027-02-01 at 09:00", Place: visit.Place{Channel: "C1"}, Owner: "U1", LeadDays: []int{14, 3}}, noon))
		scs := must(s.DueSchedules(ctx, noon, 10))
		if len(scs) != 1 {
			t.Fatalf("%d schedules are due, want the plan's", len(scs))
		}
		i := p.Inspection(civil.On(2027, 2, 1), noon)
		i.Items = visit.Checklist{{ID: 1, Text: "a"}}
		var fired sync.Map
		var wg sync.WaitGroup
		for n := range 3 {
			wg.Go(func() {
				_, ok, err := s.FirePlan(ctx, scs[0], noon.AddDate(0, 0, 7), civil.On(2027, 2, 15), []visit.Inspection{i}, noon)
				if err != nil {
					t.Error(err)
				}
				if ok {
					fired.Store(n, true)
				}
			})
		}
		wg.Wait()
		count := 0
		fired.Range(func(any, any) bool { count++; return true })
		is := must(s.Inspections(ctx, "T1", InspectionFilter{}))
		if count != 1 || len(is) != 1 || is[0].All != 1 {
			t.Errorf("fired %d times and made %d inspections, want one each", count, len(is))
		}
		// Moved, the plan keeps its rhythm; a result ends its reminders.
		moved := must(s.ChangeInspection(ctx, "T1", 1, noon, func(i *visit.Inspection) error { return i.Move(civil.On(2027, 2, 5), noon) }))
		if moved.Planned != civil.On(2027, 2, 1) || must(s.Plan(ctx, "T1", 1)).Next != civil.On(2027, 2, 15) {
			t.Error("the move changed the plan's rhythm")
		}
		must(s.ChangeInspection(ctx, "T1", 1, noon, func(i *visit.Inspection) error {
			_, err := i.Report(visit.Passed, "", "U1", noon)
			return err
		}))
		if keys := pending(t, s, "T1", "inspection/1"); len(keys) != 0 {
			t.Errorf("reported, and %q wait", keys)
		}
	})
}

func TestSmallThingsAreKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		for _, team := range []string{"T1", "T2"} {
			if err := errors.Join(
				s.KeepDraft(ctx, Draft{Workspace: team, ID: "d", Person: "U1", Kind: "visit", Body: "{}" + team, Kept: noon}),
				s.PutFeedback(ctx, team, "x", "U1", true, noon), s.PutFeedback(ctx, team, "x", "U1", false, noon), s.PutFeedback(ctx, team, "x", "U2", true, noon),
				s.SeeTip(ctx, team, "C1", "tip-"+team, noon),
				s.PutPerson(ctx, Person{Workspace: team, ID: "U1", Zone: "Europe/Berlin", Fixed: true, Quiet: DefaultQuiet}, noon),
			); err != nil {
				t.Fatal(err)
			}
		}
		if d := must(s.Draft(ctx, "T1", "d")); d.Body != "{}T1" || d.Person != "U1" {
			t.Errorf("the draft is %+v", d)
		}
		if fs := must(s.Feedback(ctx, "T1")); len(fs) != 1 || fs[0].Helpful != 1 || fs[0].Not != 1 {
			t.Errorf("the opinions are %+v; the last word of each counts", fs)
		}
		if seen := must(s.SeenTips(ctx, "T1", "C1")); len(seen) != 1 || !seen["tip-T1"] {
			t.Errorf("seen %v", seen)
		}
		if p := must(s.Person(ctx, "T2", "U1")); p.Zone != "Europe/Berlin" || !p.Fixed {
			t.Errorf("the person is %+v", p)
		}
		if err := s.DropDraft(ctx, "T1", "d"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Draft(ctx, "T1", "d"); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("dropped, and found: %v", err)
		}
		must(s.Draft(ctx, "T2", "d"))
	})
}

func TestThreeReplicasMigrateAtOnce(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"SQLite":                      func(t *testing.T) string { return filepath.Join(t.TempDir(), "v.db") },
		"PostgreSQL":                  func(t *testing.T) string { return pgtest.URL(t) },
		"PostgreSQL behind pgbouncer": func(t *testing.T) string { return pgtest.Pooled(t) },
	} {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				u := url(t)
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() {
						s, err := Open(context.Background(), Options{URL: u, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
						if err != nil {
							t.Errorf("one of three did not start: %v", err)
							return
						}
						s.Close()
					})
				}
				wg.Wait()
			}
		})
	}
}

func TestPostgreSQLGoesAndComesBack(t *testing.T) {
	t.Parallel()
	c := pgtest.New(t)
	goesAndComesBack(t, c.Database(t), c.Stop, c.Start)
}

func goesAndComesBack(t *testing.T, url string, lose func(), comeBack func() error) {
	t.Helper()
	s := opened(t, url)
	ctx := context.Background()
	must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
	// Somebody goes on writing while the server ends and starts again.
	ctx, stop := context.WithCancel(ctx)
	outcomes, ended := make(chan error), make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			_, err := s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error {
				n, _ := strconv.Atoi(v.Agenda)
				v.Agenda = strconv.Itoa(n + 1)
				return nil
			})
			select {
			case outcomes <- err:
			case <-ctx.Done():
			}
		}
	}()
	saved := 0
	await := func(what string, is func(error) bool) {
		t.Helper()
		late := time.After(20 * time.Second)
		for {
			select {
			case err := <-outcomes:
				if err == nil {
					saved++
				} else if !errors.Is(err, ErrUnavailable) {
					t.Fatalf("neither saved nor %q: %v", ErrUnavailable, err)
				}
				if is(err) {
					return
				}
			case <-late:
				t.Fatalf("waited in vain until %s", what)
			}
		}
	}
	await("twenty are saved", func(error) bool { return saved == 20 })
	lose()
	await("the loss is seen", func(err error) bool { return err != nil })
	if err := comeBack(); err != nil {
		t.Fatal(err)
	}
	before := saved
	await("it goes on by itself", func(error) bool { return saved == before+20 })
	stop()
	<-ended
	v := must(s.Visit(context.Background(), "T1", 1)) // without opening it again
	if n, _ := strconv.Atoi(v.Agenda); n < saved {
		t.Errorf("%d were saved, and the visit counts %d", saved, n)
	}
}

func TestAFullDiskLosesNothing(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "v.db"))
	ctx := context.Background()
	must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
	var pages int
	if err := s.write.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
		t.Fatal(err)
	}
	var err error
	for n := 0; err == nil && n < 200; n++ {
		v := sampleVisit("T1")
		v.Agenda = strings.Repeat("x", 1900)
		_, err = s.PlanVisit(ctx, v, noon)
	}
	if !errors.Is(err, ErrFull) {
		t.Fatalf("a full disk gives %v", err)
	}
	before := len(must(s.Visits(ctx, "T1", Filter{})))
	if _, err := s.write.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
	if v.Number != before+1 {
		t.Errorf("after the disk has room the next number is %d, want %d: the failed one left nothing", v.Number, before+1)
	}
	var ok string
	if err := s.write.QueryRow(`PRAGMA integrity_check`).Scan(&ok); err != nil || ok != "ok" {
		t.Errorf("the file is %q, %v", ok, err)
	}
}

func TestAReadOnlyDatabaseLosesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		s.write.SetMaxOpenConns(1) // the setting is one of a connection
		set := func(how string) {
			t.Helper()
			if s.postgres {
				how = `SET default_transaction_read_only = ` + how
			} else {
				how = `PRAGMA query_only = ` + how
			}
			for range 2 { // a pooler has two connections, and gives out one or both by turns
				if _, err := s.write.Exec(how); err != nil {
					t.Fatal(err)
				}
			}
		}
		set("on")
		if _, err := s.PlanVisit(ctx, sampleVisit("T1"), noon); !errors.Is(err, ErrReadOnly) {
			t.Errorf("a read-only database gives %v", err)
		}
		if v, err := s.Visit(ctx, "T1", 1); err != nil || v.Number != 1 {
			t.Errorf("reading it gives %v", err)
		}
		set("off")
		if v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon)); v.Number != 2 {
			t.Errorf("the next number is %d, want 2: the failed one left nothing", v.Number)
		}
	})
}

// TestAnySequenceKeepsTheInvariants plays what several people in several
// workspaces do, in an order by lot, against a model in memory.
func TestAnySequenceKeepsTheInvariants(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		for seed := range uint64(4) {
			play(t, s, seed)
		}
	})
}

func play(t *testing.T, s *Store, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 2027))
	ctx := context.Background()
	teams := []string{fmt.Sprintf("TA%d", seed), fmt.Sprintf("TB%d", seed)}
	people := []string{"U1", "U2", "U3"}
	type key struct {
		team string
		n    int
	}
	ticked := map[key]map[int]string{} // who ticked what; an undo takes it out
	visits := map[string]int{}
	now := noon
	for range 60 {
		now = now.Add(time.Duration(r.IntN(120)) * time.Minute)
		team, who := teams[r.IntN(2)], people[r.IntN(3)]
		if visits[team] == 0 || r.IntN(8) == 0 {
			v := sampleVisit(team)
			v.First = v.First.AddDays(r.IntN(60))
			v.Last = v.First.AddDays(r.IntN(3))
			v.Channel = fmt.Sprintf("C%d", r.IntN(3))
			p := must(s.PlanVisit(ctx, v, now))
			visits[team]++
			if p.Number != visits[team] {
				t.Fatalf("seed %d: visit number %d, want %d", seed, p.Number, visits[team])
			}
			ticked[key{team, p.Number}] = map[int]string{}
			continue
		}
		k := key{team, 1 + r.IntN(visits[team])}
		item, what := 1+r.IntN(3), r.IntN(7)
		_, err := s.ChangeVisit(ctx, team, k.n, now, func(v *visit.Visit) error {
			switch what {
			case 0, 1:
				if did, err := v.Items.Tick(item, who, now); err != nil || !did {
					return err
				}
				ticked[k][item] = who
			case 2:
				if did, err := v.Items.Reopen(item); err != nil || !did {
					return err
				}
				delete(ticked[k], item)
			case 3:
				d := r.IntN(9) - 4
				v.First, v.Last = v.First.AddDays(d), v.Last.AddDays(d)
			case 4:
				v.Cancel(who, now)
			case 5:
				v.Restore()
			case 6:
				_, err := v.Items.Assign(item, who)
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	for _, team := range teams {
		vs := must(s.Visits(ctx, team, Filter{Cancelled: true}))
		if len(vs) != visits[team] {
			t.Errorf("seed %d: %s has %d visits, want %d", seed, team, len(vs), visits[team])
		}
		for _, sum := range vs {
			v := must(s.Visit(ctx, team, sum.Number))
			k := key{team, v.Number}
			if sum.Done != len(ticked[k]) || sum.All != 3 || v.Workspace != team {
				t.Errorf("seed %d: visit %d of %s counts %d of %d, want %d of 3", seed, v.Number, team, sum.Done, sum.All, len(ticked[k]))
			}
			for id, who := range ticked[k] {
				if i, err := v.Items.Find(id); err != nil || i.Done.By != who {
					t.Errorf("seed %d: the tick of item %d by %s is lost", seed, id, who)
				}
			}
			keys := pending(t, s, team, v.Subject())
			want := wanted(v, now)
			for _, key := range want {
				if !slices.Contains(keys, key) {
					t.Errorf("seed %d: visit %d of %s lacks the reminder %s", seed, v.Number, team, key)
				}
			}
			for _, key := range keys {
				// What was due meanwhile waits for the dispatcher, which this test has not.
				if !slices.Contains(want, key) && (v.Cancelled.IsSet() || !strings.Contains(key, fmt.Sprintf("/r%d/", v.Schedule))) {
					t.Errorf("seed %d: visit %d of %s has the reminder %s of another time", seed, v.Number, team, key)
				}
			}
		}
	}
}

// TestWhatComesToAPersonFollowsTheirZone, also what a schedule of before says.
func TestWhatComesToAPersonFollowsTheirZone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		of := func(person string) visit.Subject { return visit.SubjectOf(visit.OfPerson, person) }
		at := func(day, hour int, zone string) time.Time {
			return time.Date(2027, 3, day, hour, 0, 0, 0, must(visit.Zone(zone)))
		}
		now := at(12, 21, "America/Chicago")
		schedule := func(team, person string, kind visit.RecurKind, next time.Time) visit.Schedule {
			sc := visit.Schedule{Workspace: team, Subject: of(person), Kind: kind, Rule: "0 9 * * *", Zone: "America/Chicago", Next: next}
			if err := s.PutSchedule(ctx, sc); err != nil {
				t.Fatal(err)
			}
			return sc
		}
		asked := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		note := func(person, zone string) {
			t.Helper()
			if err := s.NoteZone(ctx, "T1", person, zone, now, asked); err != nil {
				t.Fatal(err)
			}
		}
		schedule("T1", "U1", visit.RecurDigest, at(15, 9, "America/Chicago")) // in another summer time than today
		schedule("T1", "U1", visit.RecurTip, at(15, 9, "America/Chicago"))
		schedule("T1", "U2", visit.RecurDigest, now) // at once, as with a first item
		others := schedule("T2", "U1", visit.RecurDigest, at(15, 9, "America/Chicago"))
		digest := visit.Occurrence{Workspace: "T1", Key: "d", Kind: visit.Digest, Subject: of("U1"), To: "U1", Zone: "America/Chicago", Due: now, Expires: now.Add(time.Hour)}
		if err := s.AddOccurrence(ctx, digest); err != nil {
			t.Fatal(err)
		}
		digest.Workspace = "T2"
		if err := s.AddOccurrence(ctx, digest); err != nil {
			t.Fatal(err)
		}
		note("U1", "Asia/Shanghai")
		note("U2", "Asia/Shanghai")
		if o := must(s.Occurrence(ctx, "T2", "d")); o.Zone != "America/Chicago" {
			t.Errorf("what waits in another workspace is in %s", o.Zone)
		}
		for _, c := range []struct {
			team, person string
			kind         visit.RecurKind
			zone         string
			next         time.Time
		}{
			{"T1", "U1", visit.RecurDigest, "Asia/Shanghai", at(15, 9, "Asia/Shanghai")},
			{"T1", "U1", visit.RecurTip, "Asia/Shanghai", at(15, 9, "Asia/Shanghai")},
			{"T1", "U2", visit.RecurDigest, "Asia/Shanghai", at(12, 21, "Asia/Shanghai")}, // past, so still at once
			{"T2", "U1", visit.RecurDigest, "America/Chicago", others.Next},
		} {
			sc := must(s.Schedule(ctx, c.team, c.kind, of(c.person)))
			if sc.Zone != c.zone || !sc.Next.Equal(c.next) {
				t.Errorf("%s of %s in %s comes at %s in %s, want %s in %s", c.kind, c.person, c.team, sc.Next, sc.Zone, c.next, c.zone)
			}
		}
		// It is 10:00 on the 13th in Shanghai, and the digest may come until that day ends.
		if o := must(s.Occurrence(ctx, "T1", "d")); o.Zone != "Asia/Shanghai" || !o.Expires.Equal(at(14, 0, "Asia/Shanghai")) {
			t.Errorf("what waits is in %s until %s", o.Zone, o.Expires)
		}
		// A planner that read the schedule before does not fire it.
		stale := must(s.Schedule(ctx, "T1", visit.RecurDigest, of("U1")))
		note("U1", "Asia/Tokyo")
		if fired, err := s.Fire(ctx, stale, now.Add(time.Hour), nil); fired || err != nil {
			t.Errorf("fired %v, %v with what was read before the zone changed", fired, err)
		}
		// Asked again, nothing changes; what Slack does not say changes nothing.
		rev := must(s.Schedule(ctx, "T1", visit.RecurDigest, of("U1"))).Rev
		note("U1", "Asia/Tokyo")
		note("U1", "")
		if sc := must(s.Schedule(ctx, "T1", visit.RecurDigest, of("U1"))); sc.Rev != rev || sc.Zone != "Asia/Tokyo" {
			t.Errorf("asked again it is %+v", sc)
		}
		// Fixed, it stays; and quiet hours stay what they are.
		if err := s.PutPerson(ctx, Person{Workspace: "T1", ID: "U1", Zone: "Europe/Berlin", Fixed: true, Quiet: "21:00-07:00"}, now); err != nil {
			t.Fatal(err)
		}
		if sc := must(s.Schedule(ctx, "T1", visit.RecurDigest, of("U1"))); sc.Zone != "Europe/Berlin" {
			t.Errorf("with the zone fixed it is %+v", sc)
		}
		note("U1", "Asia/Shanghai")
		if p := must(s.Person(ctx, "T1", "U1")); p.Zone != "Europe/Berlin" || !p.Fixed || p.Quiet != "21:00-07:00" {
			t.Errorf("the person is %+v", p)
		}
		if p := must(s.Person(ctx, "T1", "U2")); p.Zone != "Asia/Shanghai" || p.Fixed || p.Quiet != DefaultQuiet {
			t.Errorf("a person of whom only the zone is known is %+v", p)
		}
	})
}

func TestWhoseZoneIsToBeAsked(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := sampleVisit("T1")
		v.Owner = "U1PLANS"
		v.Items[0].Owner = "U2OWNS"
		must(s.PlanVisit(ctx, v, noon))
		i := visit.Inspection{Work: v.Work, Type: "pre_shipment", Due: civil.On(2027, 4, 1), Inspector: "U3INSPECTS"}
		i.Items = nil
		must(s.AddInspection(ctx, i, noon))
		p := visit.Plan{Workspace: "T1", Factory: v.Factory, Type: "pre_shipment", Rule: "0 9 * * 1", Place: v.Place, Owner: "U4RECURS"}
		must(s.AddPlan(ctx, p, noon))
		for _, k := range []visit.Subject{"person/U5READS", "channel/C1"} {
			if err := s.PutSchedule(ctx, visit.Schedule{Workspace: "T1", Subject: k, Kind: visit.RecurTip, Rule: "0 9 * * *", Zone: "UTC", Next: noon}); err != nil {
				t.Fatal(err)
			}
		}
		w := sampleVisit("T2")
		w.Owner = "U9ELSEWHERE"
		must(s.PlanVisit(ctx, w, noon))
		if err := s.PutPerson(ctx, Person{Workspace: "T1", ID: "U6FIXED", Zone: "UTC", Fixed: true}, noon); err != nil {
			t.Fatal(err)
		}
		elapsed := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		ask := func(before time.Time, limit int) string {
			return strings.Join(must(s.ZonesToAsk(ctx, "T1", before, limit)), " ")
		}
		if got, want := ask(elapsed, 10), "U1PLANS U2OWNS U3INSPECTS U4RECURS U5READS"; got != want {
			t.Errorf("to be asked are %q, want %q", got, want)
		}
		for n, id := range []string{"U1PLANS", "U2OWNS", "U3INSPECTS", "U4RECURS"} {
			if err := s.NoteZone(ctx, "T1", id, "UTC", noon, elapsed.Add(-time.Duration(n)*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := ask(elapsed, 3), "U5READS U4RECURS U3INSPECTS"; got != want {
			t.Errorf("then %q, want %q", got, want)
		}
		if got, want := ask(elapsed.Add(-150*time.Minute), 9), "U5READS U4RECURS"; got != want {
			t.Errorf("of those asked long ago %q, want %q", got, want)
		}
	})
}

func TestAFactoryOfAPrivateChannelIsNotFoundByItsName(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		in := func(channel string, private bool) visit.Visit {
			v := sampleVisit("T1")
			v.Factory, v.Channel, v.Private = visit.Factory{Name: "Acme Lighting"}, channel, private
			return must(s.PlanVisit(ctx, v, noon))
		}
		secret := in("C1", true)
		if same := in("C1", true); same.Factory.Number != secret.Factory.Number {
			t.Errorf("in its own channel it is factory %d, want %d", same.Factory.Number, secret.Factory.Number)
		}
		public := in("C2", false)
		if public.Factory.Number == secret.Factory.Number {
			t.Error("in another channel it is the one of the private channel")
		}
		if f := must(s.AddFactory(ctx, visit.Factory{Workspace: "T1", Name: "ACME lighting"}, noon)); f.Number != public.Factory.Number {
			t.Errorf("by its name it is factory %d, want %d", f.Number, public.Factory.Number)
		}
	})
}
