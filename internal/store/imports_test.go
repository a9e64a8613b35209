package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/pgtest"
	"visitprep/internal/visit"
)

// of is a visit of T1 at a factory.
func of(f visit.Factory) visit.Visit {
	v := sampleVisit("T1")
	v.Factory = f
	return v
}

// Two sites of one firm are two factories, and what is known of one is not dropped.
func TestAnotherCityOrAddressIsAnotherFactory(t *testing.T) {
	dongguan := visit.Factory{Workspace: "T1", Name: "Sunrise Electronics", Chinese: "东莞日升电子有限公司", City: "Dongguan", Address: "长安镇振安路1号"}
	suzhou := visit.Factory{Workspace: "T1", Name: "Sunrise Electronics", Chinese: "苏州日升电子有限公司", City: "Suzhou", Address: "木渎镇2号"}
	changed := func(f visit.Factory, change func(*visit.Factory)) visit.Factory { change(&f); return f }
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		for _, c := range []struct {
			name string
			f    visit.Factory
			want int
		}{
			{"the first", dongguan, 1},
			{"the same again", dongguan, 1},
			{"the same, written otherwise", changed(dongguan, func(f *visit.Factory) { f.Name, f.City = " SUNRISE   electronics", "dongguan" }), 1},
			{"the same, of which less is known", changed(dongguan, func(f *visit.Factory) { f.City, f.Address, f.Chinese = "", "", "" }), 1},
			{"in another city", suzhou, 2},
			{"in the same city at another address", changed(suzhou, func(f *visit.Factory) { f.Address = "吴中大道9号" }), 3},
			{"in another city whose address is not known", changed(suzhou, func(f *visit.Factory) { f.City, f.Address = "Kunshan", "" }), 4},
			{"its address, once it is", changed(suzhou, func(f *visit.Factory) { f.City, f.Address, f.Contacts = "Kunshan", "前进路3号", "Ms Li" }), 4},
		} {
			f, err := s.AddFactory(ctx, c.f, noon)
			if err != nil || f.Number != c.want {
				t.Errorf("%s: it is factory %d, %v; want %d", c.name, f.Number, err, c.want)
			}
		}
		if f := must(s.Factory(ctx, "T1", 1)); f.City != "Dongguan" || f.Name != "Sunrise Electronics" || f.Chinese != dongguan.Chinese {
			t.Errorf("the first is now %+v", f)
		}
		if f := must(s.Factory(ctx, "T1", 4)); f.Address != "前进路3号" || f.Contacts != "Ms Li" || f.Chinese != suzhou.Chinese {
			t.Errorf("what was not known is filled in: %+v", f)
		}
		_, err := s.AddFactory(ctx, visit.Factory{Workspace: "T1", Name: "Sunrise Electronics"}, noon)
		if one := (*visit.InputError)(nil); !errors.As(err, &one) || one.Field != "factory_name" || !strings.Contains(err.Error(), "Dongguan") || !strings.Contains(err.Error(), "Suzhou") {
			t.Errorf("a name that several have: %v", err)
		}
	})
}

func TestAVisitAtTheSecondSiteKeepsItsCity(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		a, b := of(visit.Factory{Name: "Sunrise", City: "Dongguan"}), of(visit.Factory{Name: "Sunrise", City: "Suzhou"})
		b.First, b.Last = b.First.AddDays(30), b.Last.AddDays(30)
		must(s.Import(ctx, []visit.Visit{a, b}, nil, noon))
		if v := must(s.Visit(ctx, "T1", 2)); v.Factory.City != "Suzhou" {
			t.Errorf("the second visit is at %+v", v.Factory)
		}
	})
}

// What is imported is shown in its channel, unless it is over: then nothing is said at all.
func TestWhatIsImportedHasACardUnlessItIsOver(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		var vs []visit.Visit
		for n := range 200 {
			v := sampleVisit("T1")
			v.First, v.Last = v.First.AddDays(-365-n), v.Last.AddDays(-365-n)
			vs = append(vs, v)
		}
		if n := must(s.Import(ctx, vs, nil, noon)); n != 200 {
			t.Fatalf("%d imported", n)
		}
		if os := must(s.Occurrences(ctx, "T1", OccurrenceFilter{})); len(os) != 0 {
			t.Errorf("%d messages about visits that are over, such as %+v", len(os), os[0])
		}
		must(s.Import(ctx, []visit.Visit{sampleVisit("T1")}, nil, noon))
		if cs := cardsOf(t, s, "visit/201", visit.Pending); len(cs) != 1 || cs[0].To != "C1" {
			t.Errorf("cards are %+v", cs)
		}
	})
}

// TestAFormIsSavedBesideAnImport has another process import many rows, each with a factory of
// its own, while this one plans visits as a form does, which waits for two seconds at most.
func TestAFormIsSavedBesideAnImport(t *testing.T) {
	rows := 300
	if os.Getenv("CI") == "true" && !testing.Short() {
		rows = 3000
	} else {
		t.Logf("shortened to %d rows; CI=true imports 3,000", rows)
	}
	for name, url := range map[string]func() string{
		"SQLite":     func() string { return filepath.Join(t.TempDir(), "v.db") },
		"PostgreSQL": func() string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, at := context.Background(), url()
			serving, importing := opened(t, at), opened(t, at)
			var vs []visit.Visit
			for n := range rows {
				v := of(visit.Factory{Name: fmt.Sprintf("Factory %d", n), City: "Ningbo"})
				v.Channel = fmt.Sprintf("C%d", n%20)
				vs = append(vs, v)
			}
			ended := make(chan error, 1)
			began := time.Now()
			go func() {
				n, err := importing.Import(ctx, vs, nil, noon)
				if err == nil && n != rows {
					err = fmt.Errorf("%d were imported", n)
				}
				ended <- err
			}()
			var waits []time.Duration
			refused := 0
			for running := true; running; {
				select {
				case err := <-ended:
					if err != nil {
						t.Error(err)
					}
					running = false
				case <-time.After(50 * time.Millisecond):
					v := sampleVisit("T1")
					v.Agenda = fmt.Sprint(len(waits))
					asked := time.Now()
					form, cancel := context.WithTimeout(ctx, 2500*time.Millisecond)
					if _, err := serving.PlanVisit(form, v, noon); err != nil {
						refused++
					}
					cancel()
					waits = append(waits, time.Since(asked))
				}
			}
			slices.Sort(waits)
			t.Logf("%d rows in %s; %d forms meanwhile, of which %d were refused; half waited less than %s, the longest %s",
				rows, time.Since(began).Round(time.Millisecond), len(waits), refused, waits[len(waits)/2].Round(time.Millisecond), waits[len(waits)-1].Round(time.Millisecond))
			if refused > 0 || len(waits) < 3 {
				t.Errorf("%d of %d forms were refused", refused, len(waits))
			}
		})
	}
}

// Where an import ends with an error, what was recorded stays, and the same rows go on.
func TestAnImportThatIsCutOffGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		var vs []visit.Visit
		for n := range 300 {
			v := of(visit.Factory{Name: fmt.Sprintf("Factory %d", n/2)})
			v.First, v.Last = v.First.AddDays(n), v.Last.AddDays(n)
			vs = append(vs, v)
		}
		broken := slices.Clone(vs)
		broken[299].Factory.Number = 999
		added, err := s.Import(ctx, broken, nil, noon)
		if !errors.Is(err, visit.ErrNotFound) || added == 0 || added == 300 {
			t.Fatalf("%d are recorded, %v", added, err)
		}
		if n := len(must(s.Visits(ctx, "T1", Filter{}))); n != added {
			t.Errorf("it says %d and has %d", added, n)
		}
		if more := must(s.Import(ctx, vs, nil, noon)); added+more != 300 {
			t.Errorf("%d, and then %d", added, more)
		}
		vsNow := must(s.Visits(ctx, "T1", Filter{}))
		if len(vsNow) != 300 || len(must(s.Factories(ctx, "T1"))) != 150 {
			t.Errorf("there are %d visits and %d factories", len(vsNow), len(must(s.Factories(ctx, "T1"))))
		}
	})
}

// What is imported into a private channel that is known is hidden from others at once.
func TestWhatIsImportedIsAsPrivateAsItsChannel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.Import(ctx, []visit.Visit{sampleVisit("T1")}, nil, noon))
		must(0, second(s.NoteChannel(ctx, "T1", ChannelFacts{Channel: "C1", Name: "secret", Private: true, Checked: noon}, noon)))
		v, p := sampleVisit("T1"), samplePlan("T1")
		v.First, v.Last = v.First.AddDays(30), v.Last.AddDays(30)
		v.Factory, p.Factory = visit.Factory{Name: "Hidden Works"}, visit.Factory{Name: "Hidden Works"}
		p.Channel = "C1"
		if n := must(s.Import(ctx, []visit.Visit{v}, []visit.Plan{p}, noon)); n != 2 {
			t.Fatalf("%d imported", n)
		}
		if v, p := must(s.Visit(ctx, "T1", 2)), must(s.Plan(ctx, "T1", 1)); !v.Private || !p.Private || v.Shared {
			t.Errorf("the visit is %+v, the plan %+v", v.Place, p.Place)
		}
		hidden := must(s.HiddenFactories(ctx, "T1"))
		if f := must(s.Visit(ctx, "T1", 2)).Factory.Number; !slices.Equal(hidden[f], []string{"C1"}) {
			t.Errorf("hidden are %v", hidden)
		}
		if other := must(s.HiddenFactories(ctx, "T2")); len(other) != 0 {
			t.Errorf("in another workspace %v", other)
		}
		elsewhere := v
		elsewhere.Channel = "C2"
		must(s.Import(ctx, []visit.Visit{elsewhere}, nil, noon))
		if a, b := must(s.Visit(ctx, "T1", 2)), must(s.Visit(ctx, "T1", 3)); a.Factory.Number == b.Factory.Number {
			t.Error("from another channel the factory is found by its name")
		}
		// Where something else with it stands in a channel for all, it is hidden no more.
		open := v
		open.Factory, open.Channel = must(s.Visit(ctx, "T1", 2)).Factory, "C3"
		must(s.PlanVisit(ctx, open, noon))
		if hidden := must(s.HiddenFactories(ctx, "T1")); hidden[open.Factory.Number] != nil {
			t.Errorf("hidden are %v", hidden)
		}
	})
}

// A factory that a file corrects stands on the cards of what is ahead, which are redrawn.
func TestACorrectedFactoryIsRedrawn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		shown := func(v visit.Visit, card string) visit.Visit {
			v.Card = card
			v = must(s.PlanVisit(ctx, v, noon))
			must(s.CardDrawn(ctx, v.Workspace, v.Subject(), card, v.Rev))
			return v
		}
		shown(sampleVisit("T1"), "1.0")
		over, elsewhere, theirs := sampleVisit("T1"), of(visit.Factory{Name: "Elsewhere"}), sampleVisit("T2")
		over.First, over.Last = over.First.AddDays(-90), over.Last.AddDays(-90)
		shown(over, "2.0")
		shown(elsewhere, "3.0")
		shown(theirs, "4.0")
		must(s.ChangeFactory(ctx, "T1", 1, noon, func(f *visit.Factory) error { f.City = "Taizhou"; return nil }))
		if cs := must(s.StaleCards(ctx, 10)); len(cs) != 1 || cs[0].Subject != "visit/1" || cs[0].Workspace != "T1" {
			t.Errorf("behind are %+v", cs)
		}
		if f := must(s.Visit(ctx, "T1", 1)).Factory; f.City != "Taizhou" {
			t.Errorf("it is %+v", f)
		}
		if f := must(s.Factory(ctx, "T2", 1)); f.City != "" {
			t.Errorf("in another workspace it is %+v", f)
		}
	})
}

// Between two portions of an import somebody renames a factory and removes another one: what is
// at their names later is at new ones.
func TestAFactoryIsRenamedDuringAnImport(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		at := func(day int, name string) visit.Visit {
			v := of(visit.Factory{Name: name})
			v.First, v.Last = v.First.AddDays(day), v.Last.AddDays(day)
			return v
		}
		vs := []visit.Visit{at(0, "Alpha"), at(0, "Beta")}
		for n := range 300 {
			vs = append(vs, at(n, fmt.Sprintf("Factory %d", n)))
		}
		vs = append(vs, at(700, "Alpha"), at(700, "Beta"))
		changed := make(chan error, 1)
		go func() {
			<-s.Wakes() // the first portion is recorded
			_, err := s.ChangeFactory(ctx, "T1", 1, noon, func(f *visit.Factory) error { f.Name = "Alpha Two"; return nil })
			for err == nil {
				_, err = s.ChangeFactory(ctx, "T1", 2, noon, func(f *visit.Factory) error { f.Removed = true; return nil })
				if !errors.Is(err, visit.ErrNotFound) {
					break
				}
				_, err = <-s.Wakes(), nil // a slow first portion had one row
			}
			changed <- err
		}()
		must(s.Import(ctx, vs, nil, noon))
		select {
		case err := <-changed:
			if err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatal("the import was over before the factories were changed: this test shows nothing")
		}
		for _, number := range []int{303, 304} {
			if f := must(s.Visit(ctx, "T1", number)).Factory; f.Number <= 2 || f.Removed {
				t.Errorf("visit %d is at %+v", number, f)
			}
		}
	})
}

// What an import, or a form, adds to what is known of a factory is shown on the cards of what is
// ahead there.
func TestACompletedFactoryIsRedrawn(t *testing.T) {
	for name, complete := range map[string]func(ctx context.Context, s *Store, f visit.Factory){
		"by an import": func(ctx context.Context, s *Store, f visit.Factory) {
			v := of(f)
			v.First, v.Last = v.First.AddDays(30), v.Last.AddDays(30)
			must(s.Import(ctx, []visit.Visit{v}, nil, noon))
		},
		"by an imported plan": func(ctx context.Context, s *Store, f visit.Factory) {
			p := samplePlan("T1")
			p.Factory = f
			must(s.Import(ctx, nil, []visit.Plan{p}, noon))
		},
		"by a form": func(ctx context.Context, s *Store, f visit.Factory) {
			v := of(f)
			v.First, v.Last = v.First.AddDays(30), v.Last.AddDays(30)
			must(s.PlanVisit(ctx, v, noon))
		},
		"by its number": func(ctx context.Context, s *Store, f visit.Factory) {
			v := of(f)
			v.Factory.Number = 1
			must(s.PlanVisit(ctx, v, noon))
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, s *Store) {
				ctx := context.Background()
				v := of(visit.Factory{Name: "Sunrise"})
				v.Card = "1.0"
				v = must(s.PlanVisit(ctx, v, noon))
				must(s.CardDrawn(ctx, "T1", v.Subject(), "1.0", v.Rev))
				complete(ctx, s, visit.Factory{Name: "Sunrise"})
				behind := func() (found bool) {
					for _, c := range must(s.StaleCards(ctx, 10)) {
						found = found || c.Subject == v.Subject()
					}
					return found
				}
				if behind() {
					t.Error("nothing was added, and it is to be redrawn")
				}
				complete(ctx, s, visit.Factory{Name: "Sunrise", City: "Suzhou"})
				if f := must(s.Visit(ctx, "T1", 1)).Factory; f.City != "Suzhou" {
					t.Errorf("the factory is %+v", f)
				}
				if !behind() {
					t.Error("its card shows a factory without the city")
				}
			})
		})
	}
}
