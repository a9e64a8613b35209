package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// year27 is the day after the second quarter of 2027 was frozen.
var year27 = time.Date(2027, 7, 15, 9, 0, 0, 0, time.UTC)

// delivery is one of factory 1 in C1, kept on its day.
func delivery(team, order string, confirmed civil.Date) visit.OrderDelivery {
	return visit.OrderDelivery{Workspace: team, Factory: visit.Factory{Number: 1}, Channel: "C1", Order: order, Confirmed: confirmed, Shipped: confirmed, Quantity: 100, Sent: 100, By: "U1"}
}

// inspected records a lot of factory 1 that was inspected on a day.
func inspected(s *Store, team, channel string, on civil.Date, result visit.Result, majors int) visit.Inspection {
	ctx := context.Background()
	var i visit.Inspection
	i.Workspace, i.Factory, i.Type, i.Channel, i.Owner, i.Due = team, visit.Factory{Number: 1}, "pre_shipment", channel, "U1", on
	i = must(s.AddInspection(ctx, i, noon))
	return must(s.ChangeInspection(ctx, team, i.Number, noon, func(i *visit.Inspection) error {
		i.Lot = visit.Lot{Product: "Lamp", Size: 1000, Level: "II", Drawn: visit.Mark{By: "U1", At: noon}, Counted: visit.Mark{By: "U1", At: noon},
			Classes: []visit.LotClass{{Class: visit.Major, AQL: "2.5", N: 80, Ac: 5, Re: 6, Bad: majors, Strictness: visit.Normal}}}
		i.Result, i.Reported = result, visit.Mark{By: "U1", At: noon}
		return nil
	}))
}

// shipper records the factory 1.
func shipper(s *Store, team string) {
	must(s.AddFactory(context.Background(), visit.Factory{Workspace: team, Name: "Bright"}, noon))
}

// An import brings the factory along, and an order may have several deliveries; one that is there with
// the same days and pieces is left alone.
func TestDeliveriesOfAFile(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		first := delivery("T1", "4512", civil.On(2027, 4, 5))
		first.Factory = visit.Factory{Name: "Bright", City: "Ningbo"}
		second, other, elsewhere := first, first, first
		second.Shipped, other.Order, elsewhere.Channel = first.Confirmed.AddDays(3), "4513", "C9"
		second.Sent = second.Quantity
		for n, want := range []int{3, 1, 0} {
			ds := []visit.OrderDelivery{first, second, other}
			if n > 0 {
				ds = append(ds, elsewhere)
			}
			if added, err := s.ImportDeliveries(ctx, ds, year27); err != nil || added != want {
				t.Errorf("import %d adds %d, %v; want %d", n, added, err, want)
			}
		}
		kept := must(s.Deliveries(ctx, "T1", 0, nil, 0))
		if len(kept) != 4 || slices.ContainsFunc(kept, func(d visit.OrderDelivery) bool { return d.Factory.Number != 1 || d.By != first.By || d.Rev != 1 }) {
			t.Errorf("there is %+v", kept)
		}
		wrong := first
		wrong.Order, wrong.Quantity = "4514", 0
		if _, err := s.ImportDeliveries(ctx, []visit.OrderDelivery{wrong}, year27); err == nil {
			t.Error("a delivery of no pieces is recorded")
		}
	})
}

func TestADeliveryIsKeptWithItsCorrections(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		shipper(s, "T1")
		d, did, err := s.AddDelivery(ctx, delivery("T1", "4512", civil.On(2027, 4, 5)), false, year27)
		if err != nil || !did || d.Number != 1 || d.Factory.Name != "Bright" {
			t.Fatalf("the delivery is %+v, %v, %v", d, did, err)
		}
		if same, did, err := s.AddDelivery(ctx, delivery("T1", " 4512 ", civil.On(2027, 5, 5)), false, year27); err != nil || did || same.Number != 1 {
			t.Errorf("the same order again is %d, %v, %v", same.Number, did, err)
		}
		if second, did, err := s.AddDelivery(ctx, delivery("T1", "4512", civil.On(2027, 5, 5)), true, year27); err != nil || !did || second.Number != 2 {
			t.Errorf("a second one of the order is %d, %v, %v", second.Number, did, err)
		}
		later := func(why string) error {
			_, err := s.ChangeDelivery(ctx, "T1", 1, year27, func(d *visit.OrderDelivery, _ civil.Date) error {
				to := *d
				to.Confirmed = civil.On(2027, 4, 20)
				_, err := d.Correct(to, why, "U2", year27)
				return err
			})
			return err
		}
		var wrong visit.InputErrors
		if err := later(""); !errors.As(err, &wrong) {
			t.Errorf("another confirmed day without a reason is %v", err)
		}
		if err := later("It was typed wrongly."); err != nil {
			t.Fatal(err)
		}
		got := must(s.Delivery(ctx, "T1", 1))
		if got.Confirmed != civil.On(2027, 4, 20) || len(got.Revisions) != 1 || got.Revisions[0].Confirmed != civil.On(2027, 4, 5) || got.Revisions[0].Said.By != "U2" {
			t.Errorf("corrected it is %+v", got)
		}
		if _, err := s.Delivery(ctx, "T2", 1); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("from another workspace it is %v", err)
		}
		if ds := must(s.Deliveries(ctx, "T1", 1, []string{"C9"}, 0)); len(ds) != 0 {
			t.Errorf("in another channel there are %v", ds)
		}
	})
}

// Two years, entered in any order, come to the same scores; and a frozen quarter stays.
func TestTwoYearsInAnyOrderAndAFrozenQuarterStays(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		begin := civil.On(2025, 7, 1)
		for seed := range uint64(2) {
			r := rand.New(rand.NewPCG(seed, 11))
			var entries []func(team string)
			for n := range 24 {
				on, passed, majors := begin.AddDays(r.IntN(730)), r.IntN(4) > 0, r.IntN(4)
				late, verified := r.IntN(3), r.IntN(3) > 0
				severity := []visit.Severity{visit.Critical, visit.Major, visit.Minor}[r.IntN(3)]
				entries = append(entries, func(team string) {
					result := visit.Passed
					if !passed {
						result = visit.Failed
					}
					inspected(s, team, "C1", on, result, majors)
				}, func(team string) {
					d := delivery(team, fmt.Sprint("P", n), on)
					d.Shipped = on.AddDays(late)
					if _, _, err := s.AddDelivery(ctx, d, false, year27.AddDate(0, 1, 0)); err != nil {
						t.Error(err)
					}
				}, func(team string) {
					f, _, err := s.AddFinding(ctx, visit.Finding{Workspace: team, Subject: "factory/1", Seen: visit.SeenByCustomer, Channel: "C1", Factory: "Bright", Kind: visit.OfProduct, Severity: severity,
						Text: fmt.Sprint("scratch ", n), Source: fmt.Sprint("s", n), By: "U1", At: on.Start(time.UTC)}, noon)
					if err != nil {
						t.Error(err)
						return
					}
					a := visit.Action{Workspace: team, Finding: f.Number, ActionFacts: visit.ActionFacts{State: visit.ActionAgreed, Due: on.AddDays(10)}}
					if verified {
						a.State, a.DoneDay, a.VerifiedDay, a.VerifiedBy = visit.ActionVerified, on.AddDays(9+late), on.AddDays(15), "U2"
					}
					a.Steps = []visit.Step{{N: 1, At: noon, By: "U1", Kind: visit.StepAgree, From: visit.ActionOpen, To: a.State, Was: visit.ActionFacts{State: visit.ActionOpen}}}
					if _, err := s.AddAction(ctx, a, noon); err != nil {
						t.Error(err)
					}
				})
			}
			var first []visit.Scorecard
			for run := range 2 {
				team := fmt.Sprintf("T%d-%d", seed, run)
				shipper(s, team)
				r.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
				for _, e := range entries {
					e(team)
				}
				var cards []visit.Scorecard
				for q := visit.QuarterOf(begin); q != visit.QuarterOf(begin).Add(8); q = q.Add(1) {
					if did, err := s.FreezeScore(ctx, team, 1, q, year27); err != nil || !did {
						t.Fatalf("freezing %s is %v, %v", q, did, err)
					}
				}
				for _, f := range must(s.Scores(ctx, team, []int{1}, visit.QuarterOf(begin))) {
					f.Critical = nil // their numbers are those of the order
					cards = append(cards, f.Scorecard)
				}
				if run == 0 {
					first = cards
				} else if d := cmp.Diff(first, cards); d != "" {
					t.Errorf("seed %d, in another order: %s", seed, d)
				}
				if len(cards) != 8 || !slices.ContainsFunc(cards, func(c visit.Scorecard) bool { return c.Scored() }) {
					t.Fatalf("%d quarters, of which none has a score", len(cards))
				}
				// Whatever is entered later changes nothing of what is frozen.
				for n := range 6 {
					inspected(s, team, "C1", begin.AddDays(100*n+7), visit.Failed, 50)
				}
				if did, err := s.FreezeScore(ctx, team, 1, visit.QuarterOf(begin), year27.AddDate(0, 1, 0)); err != nil || did {
					t.Errorf("freezing again is %v, %v", did, err)
				}
				var after []visit.Scorecard
				for _, f := range must(s.Scores(ctx, team, []int{1}, visit.QuarterOf(begin))) {
					f.Critical = nil
					after = append(after, f.Scorecard)
				}
				if d := cmp.Diff(cards, after); d != "" {
					t.Errorf("a frozen quarter changed: %s", d)
				}
			}
		}
	})
}

func TestACorrectedQuarterIsANewVersion(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		shipper(s, "T1")
		q := visit.Quarter{Year: 2027, N: 2}
		inspected(s, "T1", "C1", civil.On(2027, 4, 5), visit.Passed, 0)
		if err := s.CorrectScore(ctx, "T1", 1, q, "U1", "x", year27); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("correcting what is not frozen is %v", err)
		}
		must(s.FreezeScore(ctx, "T1", 1, q, year27))
		inspected(s, "T1", "G2", civil.On(2027, 4, 6), visit.Failed, 9)
		if err := s.CorrectScore(ctx, "T1", 1, q, "U1", "A lot was forgotten.", year27.AddDate(0, 0, 3)); err != nil {
			t.Fatal(err)
		}
		fs := must(s.Scores(ctx, "T1", []int{1}, q))
		if len(fs) != 2 || fs[1].Version != 1 || !slices.Equal(fs[1].Channels, []string{"C1"}) || fs[0].Version != 2 || fs[0].By != "U1" || fs[0].Why == "" || fs[0].Group(visit.ScoreQuality).Measures[0].Of != 2 || !slices.Equal(fs[0].Channels, []string{"C1", "G2"}) {
			t.Errorf("corrected it is %+v", fs)
		}
		if err := s.MoveChannel(ctx, "T1", "G2", "G3"); err != nil {
			t.Fatal(err)
		}
		if fs := must(s.Scores(ctx, "T1", []int{1}, q)); !slices.Equal(fs[0].Channels, []string{"C1", "G3"}) {
			t.Errorf("of a channel with another id it is counted from %v", fs[0].Channels)
		}
	})
}

func TestWhichQuartersAreFrozenWhen(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		shipper(s, "T1")
		inspected(s, "T1", "C1", civil.On(2027, 4, 5), visit.Passed, 0)
		if _, _, err := s.AddDelivery(ctx, delivery("T1", "4", civil.On(2027, 7, 2)), false, year27); err != nil {
			t.Fatal(err)
		}
		freezable := func(on civil.Date) (qs []string) {
			for _, f := range must(s.Freezable(ctx, on.AddDays(-visit.FreezeAfter))) {
				qs = append(qs, f.Quarter.String())
			}
			return qs
		}
		for _, tc := range []struct {
			on   civil.Date
			want []string
		}{
			{civil.On(2027, 7, 13), nil},
			{civil.On(2027, 7, 14), []string{"2027-Q2"}},
			{civil.On(2027, 10, 14), []string{"2027-Q2", "2027-Q3"}},
			{civil.On(2029, 7, 14), []string{"2027-Q3"}},
		} {
			if got := freezable(tc.on); !slices.Equal(got, tc.want) {
				t.Errorf("on %s there are %v; want %v", tc.on, got, tc.want)
			}
		}
	})
}

// An inspection that passed without a counted lot makes no score, so there is none to be frozen: it would
// be counted from no channel, and who reads what is counted from none?
func TestWhatIsCountedFromNoChannelIsNotFrozen(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		shipper(s, "T1")
		i := inspected(s, "T1", "G2", civil.On(2027, 4, 5), visit.Passed, 0)
		must(s.ChangeInspection(ctx, "T1", i.Number, noon, func(i *visit.Inspection) error {
			i.Lot.Counted = visit.Mark{}
			return nil
		}))
		q := visit.Quarter{Year: 2027, N: 2}
		if did, err := s.FreezeScore(ctx, "T1", 1, q, year27); err != nil || did {
			t.Errorf("it is frozen: %v, %v", did, err)
		}
		if fs := must(s.Scores(ctx, "T1", []int{1}, q)); len(fs) > 0 {
			t.Errorf("there is %+v", fs)
		}
		if u := must(s.Unimported(ctx, "T1")); len(u.Marks)+len(u.Scores) != 0 {
			t.Errorf("without marks and scores there are %+v", u)
		}
		// Once there is something to count, it is.
		inspected(s, "T1", "C1", civil.On(2027, 4, 6), visit.Passed, 0)
		if did, err := s.FreezeScore(ctx, "T1", 1, q, year27); err != nil || !did {
			t.Errorf("with a lot it is frozen: %v, %v", did, err)
		}
		if u := must(s.Unimported(ctx, "T1")); len(u.Scores) != 1 || u.Scores[0]["quarter"] != "2027-Q2" || u.Scores[0]["factory_name"] != "Bright" || len(u.ScoredFrom) != 1 {
			t.Errorf("with a frozen score there are %+v", u)
		}
	})
}

func TestWhoMayReadAFrozenScore(t *testing.T) {
	for _, tc := range []struct {
		name     string
		channels []string
		want     bool
	}{
		{"one of theirs", []string{"C1"}, true},
		{"two of theirs", []string{"C1", "C2"}, true},
		{"one of theirs and another", []string{"C1", "G3"}, false},
		{"none", nil, false},
	} {
		f := FrozenScore{Channels: tc.channels}
		if got := f.ReadBy(func(c string) bool { return c == "C1" || c == "C2" }); got != tc.want {
			t.Errorf("%s: %v; want %v", tc.name, got, tc.want)
		}
	}
}

func TestFactoriesOfSomeChannels(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		for _, name := range []string{"Bright", "Aurora", "Ceramics"} {
			must(s.AddFactory(ctx, visit.Factory{Workspace: "T1", Name: name}, noon))
		}
		for n, c := range []string{"C1", "C2", "G1"} {
			d := delivery("T1", "1", civil.On(2027, 4, 5))
			d.Factory.Number, d.Channel = n+1, c
			if _, _, err := s.AddDelivery(ctx, d, false, year27); err != nil {
				t.Fatal(err)
			}
		}
		names := func(fs []visit.Factory) (all []string) {
			for _, f := range fs {
				all = append(all, f.Name)
			}
			return all
		}
		for _, tc := range []struct {
			in            []string
			limit, offset int
			want          []string
		}{
			{[]string{"C1", "C2"}, 10, 0, []string{"Aurora", "Bright"}},
			{[]string{"C1", "C2", "G1"}, 1, 1, []string{"Bright"}},
			{nil, 10, 0, nil},
		} {
			if got := names(must(s.FactoriesIn(ctx, "T1", tc.in, tc.limit, tc.offset))); !slices.Equal(got, tc.want) {
				t.Errorf("in %v there are %v; want %v", tc.in, got, tc.want)
			}
		}
		if got := must(s.FactoriesNamed(ctx, "T1", "bRIGHT", []string{"C1"})); len(got) != 1 {
			t.Errorf("by its name in another case there are %v", got)
		}
		if got := must(s.FactoriesNamed(ctx, "T1", "Bright", []string{"C2"})); len(got) != 0 {
			t.Errorf("from a channel without it there are %v", got)
		}
	})
}
