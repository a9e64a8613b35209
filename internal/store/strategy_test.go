package store

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/pgtest"
	"visitprep/internal/visit"
)

// visitedOn records a visit to a factory, as of before it.
func visitedOn(t *testing.T, s *Store, factory, channel string, first, last civil.Date) visit.Visit {
	t.Helper()
	v := sampleVisit("T1")
	v.Factory, v.Channel, v.First, v.Last, v.Items = visit.Factory{Name: factory}, channel, first, last, nil
	return must(s.PlanVisit(t.Context(), v, first.AddDays(-30).Start(time.UTC)))
}

// inspectedOn records an inspection with its result.
func inspectedOn(t *testing.T, s *Store, factory, channel string, due civil.Date, r visit.Result) visit.Inspection {
	t.Helper()
	i := sampleInspection("T1")
	i.Factory, i.Channel, i.Due, i.Items = visit.Factory{Name: factory}, channel, due, nil
	i = must(s.AddInspection(t.Context(), i, due.AddDays(-30).Start(time.UTC)))
	if r == "" {
		return i
	}
	at := due.Start(time.UTC).Add(30 * time.Hour)
	return must(s.ChangeInspection(t.Context(), "T1", i.Number, at, func(i *visit.Inspection) error {
		_, err := i.Report(r, "", "U1", at)
		return err
	}))
}

func TestWhatSaysWhichFactoryDeservesAVisit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store) {
		ctx, today := t.Context(), civil.On(2027, 3, 15)
		v := visitedOn(t, s, "Bright", "C1", civil.On(2026, 1, 12), civil.On(2026, 1, 13))
		visitedOn(t, s, "Bright", "C1", civil.On(2025, 6, 1), civil.On(2025, 6, 1))
		visitedOn(t, s, "Bright", "SECRET", civil.On(2026, 11, 2), civil.On(2026, 11, 2))
		inspectedOn(t, s, "Bright", "C1", civil.On(2026, 6, 1), visit.Failed)
		inspectedOn(t, s, "Bright", "C1", civil.On(2026, 9, 1), visit.Passed)
		inspectedOn(t, s, "Planned", "C1", civil.On(2026, 9, 1), visit.Failed)
		visitedOn(t, s, "Planned", "C1", civil.On(2027, 3, 15), civil.On(2027, 3, 16))
		inspectedOn(t, s, "New", "C2", civil.On(2027, 4, 1), "")
		visitedOn(t, s, "Hidden", "SECRET", civil.On(2025, 6, 1), civil.On(2025, 6, 1))
		visitedOn(t, s, "Long ago", "C1", civil.On(2022, 6, 1), civil.On(2022, 6, 1))
		log := func(of visit.Subject, severity visit.Severity, at civil.Date, change func(*visit.Finding)) visit.Finding {
			f := sampleFinding("T1", fmt.Sprintf("src/%s/%s/%s", of, severity, at))
			f.Subject, f.Severity, f.At = of, severity, at.Start(time.UTC).Add(4*time.Hour)
			if change != nil {
				change(&f)
			}
			got, _, err := s.AddFinding(ctx, f, f.At)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		log(v.Subject(), visit.Critical, civil.On(2027, 2, 1), nil)
		log(v.Subject(), visit.Minor, civil.On(2027, 2, 1), nil)
		log(v.Subject(), visit.Major, civil.On(2026, 1, 13), nil) // longer ago than a year
		log(v.Subject(), visit.Major, civil.On(2027, 2, 2), func(f *visit.Finding) { f.Kind, f.Severity, f.ForFactory = visit.RedFlag, "", false })
		closed := log(v.Subject(), visit.Major, civil.On(2027, 2, 3), nil)
		must(s.ChangeAction(ctx, "T1", closed.Number, noon, func(f *visit.Finding, a *visit.Action) error {
			return a.Accept(f, "agreed by both", visit.Doer{By: "U1", Lead: "U1", Now: noon, Today: civil.Of(noon)})
		}))
		log("visit/3", visit.Critical, civil.On(2027, 2, 1), nil) // in the private channel

		got := map[string]visit.FactoryNeed{}
		for _, n := range must(s.FactoryNeeds(ctx, "T1", []string{"C1", "C2"}, today)) {
			got[n.Factory.Name] = n
		}
		if len(got) != 3 {
			t.Errorf("it lists %+v", got)
		}
		b := got["Bright"]
		if b.Last != civil.On(2026, 1, 13) || b.First != civil.On(2026, 1, 12) || b.Planned || b.Lots != 2 || b.Failed || !b.Asked {
			t.Errorf("of Bright it knows %+v", b)
		}
		if len(b.Grave) != 1 || b.Grave[0].Severity != visit.Critical || b.Grave[0].Day != civil.On(2027, 2, 1) {
			t.Errorf("its grave findings are %+v", b.Grave)
		}
		if p := got["Planned"]; !p.Planned || !p.Failed || !p.Last.IsZero() {
			t.Errorf("of the planned one it knows %+v", p)
		}
		if n := got["New"]; n.Lots != 0 || !n.Asked || !n.Last.IsZero() {
			t.Errorf("of the new one it knows %+v", n)
		}
		if ns := must(s.FactoryNeeds(ctx, "T1", nil, today)); len(ns) != 0 {
			t.Errorf("who is in no channel reads %+v", ns)
		}
		if ns := must(s.FactoryNeeds(ctx, "T2", []string{"C1", "C2"}, today)); len(ns) != 0 {
			t.Errorf("another workspace reads %+v", ns)
		}
	})
}

func TestWhatIsLateIsCountedByFactory(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store) {
		ctx, today := t.Context(), civil.On(2027, 3, 15)
		v := visitedOn(t, s, "Bright", "C1", civil.On(2027, 1, 12), civil.On(2027, 1, 13))
		hidden := visitedOn(t, s, "Bright", "SECRET", civil.On(2027, 1, 12), civil.On(2027, 1, 13))
		n := 0
		log := func(of visit.Subject, due civil.Date, reviewer string) {
			t.Helper()
			n++
			f := sampleFinding("T1", fmt.Sprint("late/", n))
			f.Subject = of
			got, _, err := s.AddFinding(ctx, f, noon)
			if err != nil {
				t.Fatal(err)
			}
			d := visit.Doer{By: "U1", Lead: "U1", Now: noon, Today: civil.Of(noon)}
			must(s.ChangeAction(ctx, "T1", got.Number, noon, func(f *visit.Finding, a *visit.Action) error {
				if err := a.SetDue(f, due, "", d); err != nil || reviewer == "" {
					return err
				}
				return a.SetReviewer(f, reviewer, d)
			}))
		}
		log(v.Subject(), civil.On(2027, 3, 14), "U9")
		log(v.Subject(), civil.On(2027, 3, 1), "U9")
		log(v.Subject(), today, "")
		log(hidden.Subject(), civil.On(2027, 2, 1), "")
		late := must(s.LateActions(ctx, "T1", []string{"C1"}, "U9", today))
		if len(late) != 1 || late[0] != (LateActions{Factory: v.Factory.Number, Name: "Bright", N: 2, Mine: true, Since: civil.On(2027, 3, 1)}) {
			t.Errorf("late are %+v", late)
		}
		if late := must(s.LateActions(ctx, "T1", []string{"C1"}, "U8", today)); len(late) != 1 || late[0].Mine {
			t.Errorf("for somebody else late are %+v", late)
		}
		if n := must(s.OpenActions(ctx, "T1", []string{"C1"})); n != 3 {
			t.Errorf("%d are open", n)
		}
	})
}

func TestInspectionsAreCountedByMonthAndResult(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		for day, r := range map[civil.Date]visit.Result{
			civil.On(2027, 1, 31): visit.Passed, civil.On(2027, 2, 1): visit.Passed, civil.On(2027, 2, 10): visit.Passed, civil.On(2027, 2, 28): visit.Failed,
			civil.On(2027, 2, 15): "", civil.On(2027, 3, 1): visit.Failed,
		} {
			inspectedOn(t, s, "Bright", "C1", day, r)
		}
		inspectedOn(t, s, "Bright", "SECRET", civil.On(2027, 2, 5), visit.Failed)
		got := must(s.ResultCounts(ctx, "T1", []string{"C1"}, civil.On(2027, 2, 1), civil.On(2027, 3, 1)))
		if want := []ResultCount{{"2027-02", "", 1}, {"2027-02", visit.Failed, 1}, {"2027-02", visit.Passed, 2}}; !slices.Equal(got, want) {
			t.Errorf("it counts %+v, want %+v", got, want)
		}
	})
}

func TestAgreementsToActOn(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		now := civil.On(2027, 3, 15).Start(time.UTC)
		add := func(title, channel string, ends civil.Date, notice, renews int) visit.Agreement {
			a := sampleAgreement("T1")
			a.Title, a.Channel, a.Ends, a.Notice, a.Renews, a.Visit = title, channel, ends, notice, renews, 0
			return must(s.AddAgreement(ctx, a, noon))
		}
		add("soon", "C1", civil.On(2027, 6, 10), 60, 0) // act by 11 April
		add("past", "C1", civil.On(2027, 4, 10), 60, 0)
		add("far", "C1", civil.On(2027, 12, 31), 60, 0)
		add("ended", "C1", civil.On(2027, 2, 10), 10, 0)
		add("renewed itself", "C1", civil.On(2027, 2, 10), 10, 12)
		add("open-ended", "C1", civil.Date{}, 0, 0)
		add("secret", "SECRET", civil.On(2027, 4, 10), 60, 0)
		given := add("notice given", "C1", civil.On(2027, 6, 10), 60, 0)
		must(s.ChangeAgreement(ctx, "T1", given.Number, noon, func(a *visit.Agreement) error {
			_, err := a.GiveNotice("", "U1", noon)
			return err
		}))
		var got []string
		for _, a := range must(s.Undecided(ctx, "T1", []string{"C1"}, civil.On(2027, 5, 1), now)) {
			got = append(got, a.Title)
		}
		if want := []string{"past", "soon"}; !slices.Equal(got, want) {
			t.Errorf("they are %v, want %v", got, want)
		}
	})
}

func TestTurnedOffAnOverviewThatWaitsIsGone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store) {
		ctx, timing := t.Context(), visit.DefaultTiming()
		sunday := time.Date(2027, 5, 2, 12, 0, 0, 0, time.UTC)
		for range 2 { // on, off, and on again: it comes once
			sc := visit.MonthlySchedule("T1", "U1", "Europe/Berlin", &timing, sunday)
			if err := s.PutSchedule(ctx, sc); err != nil {
				t.Fatal(err)
			}
			sc = must(s.Schedule(ctx, "T1", visit.RecurOverview, sc.Subject))
			if !must(s.Fire(ctx, sc, sunday.AddDate(0, 0, 29), []visit.Occurrence{visit.MonthlyOf(sc, sc.Next, &timing)})) {
				t.Error("it does not fire")
			}
			if keys := pending(t, s, "T1", sc.Subject); len(keys) != 1 {
				t.Errorf("%q wait", keys)
			}
			if err := s.DropSchedule(ctx, "T1", visit.RecurOverview, sc.Subject); err != nil {
				t.Fatal(err)
			}
			if keys := pending(t, s, "T1", sc.Subject); len(keys) != 0 {
				t.Errorf("turned off, %q wait", keys)
			}
		}
	})
}

// Who flies to another zone gets the overview by the clock there, and is asked where they are.
func TestTheOverviewFollowsItsReader(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store) {
		ctx, timing := t.Context(), visit.DefaultTiming()
		if err := s.PutSchedule(ctx, visit.MonthlySchedule("T1", "U1", "Europe/Berlin", &timing, noon)); err != nil {
			t.Fatal(err)
		}
		if ids := must(s.ZonesToAsk(ctx, "T1", noon, 10)); !slices.Equal(ids, []string{"U1"}) {
			t.Errorf("asked where they are is %q", ids)
		}
		if err := s.NoteZone(ctx, "T1", "U1", "Asia/Shanghai", noon, noon); err != nil {
			t.Fatal(err)
		}
		sc := must(s.Schedule(ctx, "T1", visit.RecurOverview, visit.SubjectOf(visit.OfPerson, "U1")))
		if sc.Zone != "Asia/Shanghai" || !sc.Next.Equal(time.Date(2027, 2, 1, 1, 0, 0, 0, time.UTC)) {
			t.Errorf("it comes at %s in %s", sc.Next, sc.Zone)
		}
	})
}

// fillFactories writes factories with two visits, ten inspections and five findings each, of which
// every hundredth is open and grave.
func fillFactories(b *testing.B, s *Store, n int) {
	b.Helper()
	today := civil.On(2027, 3, 15)
	err := s.change(context.Background(), "fill", func(t *txn) error {
		var factories, visits, inspections, findings, actions [][]any
		for f := 1; f <= n; f++ {
			factories = append(factories, []any{"T1", f, fmt.Sprint("Factory ", f), "", "", "", "Asia/Shanghai", "", false, 1})
			for v := range 2 {
				day := today.AddDays(-f%900 - 300*v - 1).String()
				visits = append(visits, []any{"T1", 2*f + v, 1, 1, f, "first_visit", day, day, fmt.Sprintf("C%d", f%10), false, false, "Asia/Shanghai", "Asia/Shanghai", "U1", "", "", "", "", "", 0, 0})
			}
			for i := range 5 {
				number := 5*f + i
				findings = append(findings, []any{"T1", number, 1, "visit", 2 * f, "C1", "", "product", "major", "no corner guard at all on this carton, as on the one before", "", "packing", 6, 50, "", "", "", "", "", 0, true, fmt.Sprint(number), "U1", millis(today.AddDays(-number % 600).Start(time.UTC)), 0, "", 0, false, "", ""})
				if number%100 > 0 {
					actions = append(actions, []any{"T1", number, 1, "verified", "", "U1", "{}"})
				}
			}
			for i := range 10 {
				inspections = append(inspections, []any{"T1", 10*f + i, f, fmt.Sprintf("C%d", f%10), today.AddDays(-i*70 - f%60).String(), "passed"})
			}
		}
		for _, x := range []struct {
			into string
			rows [][]any
		}{
			{"factories (workspace, number, name, chinese, city, address, zone, contacts, removed, rev)", factories},
			{"visits (workspace, number, rev, schedule, factory, purpose, first_day, last_day, channel, private, shared, zone, home, owner, people, agenda, notes, card, cancelled_by, cancelled_at, created_at)", visits},
			{"findings (" + findingNames + ")", findings},
			{"actions (workspace, finding, rev, state, due, reviewer, facts)", actions},
		} {
			if err := t.insert(context.Background(), x.into, x.rows, ""); err != nil {
				return err
			}
		}
		return fillInspections(t, inspections)
	})
	if err != nil {
		b.Fatal(err)
	}
}

// fillInspections writes inspections as copies of one, with another number, factory, channel, day
// and result.
func fillInspections(t *txn, rows [][]any) error {
	i := sampleInspection("T1")
	i.Number, i.Factory.Number, i.Rev, i.Schedule, i.Created = 1, 1, 1, 1, noon
	i.Normalize()
	for _, r := range rows {
		i.Number, i.Factory.Number, i.Channel, i.Result = r[1].(int), r[2].(int), r[3].(string), visit.Passed
		var err error
		if i.Due, err = civil.Parse(r[4].(string)); err != nil {
			return err
		}
		if err := inspections.insert(context.Background(), t, &i); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkFactoryNeeds is what Home reads of 2,000 factories with 4,000 visits, 20,000 inspections
// and 10,000 findings, of which somebody sees all.
func BenchmarkFactoryNeeds(b *testing.B) {
	for _, db := range []struct {
		name string
		url  func() string
	}{
		{"SQLite", func() string { return filepath.Join(b.TempDir(), "v.db") }},
		{"PostgreSQL", func() string { return pgtest.URL(b) }},
	} {
		b.Run(db.name, func(b *testing.B) {
			s := opened(b, db.url())
			fillFactories(b, s, 2000)
			if s.postgres {
				if _, err := s.write.Exec("ANALYZE"); err != nil {
					b.Fatal(err)
				}
			}
			ctx, today := context.Background(), civil.On(2027, 3, 15)
			channels := []string{"C0", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9"}
			b.Run("factories", func(b *testing.B) {
				for b.Loop() {
					if needs, err := s.FactoryNeeds(ctx, "T1", channels, today); err != nil || len(needs) != 2000 {
						b.Fatal(len(needs), err)
					}
				}
			})
			b.Run("findings", func(b *testing.B) {
				for b.Loop() {
					if _, err := s.graveFindings(ctx, "T1", channels, today); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("late", func(b *testing.B) {
				for b.Loop() {
					if _, err := s.LateActions(ctx, "T1", channels, "U1", today); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
