package store

import (
	"fmt"
	"slices"
	"testing"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// TestAFindingOfAFactoryAlone belongs to its factory, under the name that it has now, and to a
// channel of its own; it is neither loose nor of a visit.
func TestAFindingOfAFactoryAlone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		f := must(s.AddFactory(ctx, visit.Factory{Workspace: "T1", Name: "Bright"}, noon))
		other := must(s.AddFactory(ctx, visit.Factory{Workspace: "T1", Name: "Dark"}, noon))
		add := func(of *visit.Factory, channel, source string) visit.Finding {
			t.Helper()
			x := visit.Finding{Workspace: "T1", Severity: visit.Major, Text: "hinge breaks", Source: source, By: "U1", Seen: visit.SeenByCustomer, ClaimBy: civil.On(2027, 4, 1)}
			x.HangOn(of, channel)
			got, _, err := s.AddFinding(ctx, x, noon)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		got := add(&f, "C1", "form/1")
		add(&f, "C2", "form/2")
		add(&other, "C3", "form/3")
		if got.Subject != "factory/1" || got.Channel != "C1" || got.Factory != "Bright" || got.Seen != visit.SeenByCustomer || got.ClaimBy != civil.On(2027, 4, 1) {
			t.Errorf("added is %+v", got)
		}
		must(s.ChangeFactory(ctx, "T1", f.Number, noon, func(f *visit.Factory) error { f.Name = "Brighter"; return nil }))
		fs := must(s.Findings(ctx, "T1", "factory/1"))
		if len(fs) != 2 || fs[0].Factory != "Brighter" || fs[1].Channel != "C2" {
			t.Errorf("the factory has %+v", fs)
		}
		if fs := must(s.LooseFindings(ctx, "T1", "U1")); len(fs) != 0 {
			t.Errorf("loose are %+v", fs)
		}
		if as := must(s.Actions(ctx, "T1", ActionFilter{At: f.Number})); len(as) != 2 || as[0].Finding.Factory != "Brighter" {
			t.Errorf("the actions at the factory: %+v", as)
		}
		if cs := must(s.Channels(ctx, "T1")); !slices.Equal(cs, []string{"C1", "C2", "C3"}) {
			t.Errorf("the channels are %v", cs)
		}
		if cs := must(s.FactoryChannels(ctx, "T1")); fmt.Sprint(cs) != "map[1:[C1 C2] 2:[C3]]" {
			t.Errorf("the channels of the factories are %v", cs)
		}
		// Its photos are counted for themselves: a factory is there for years.
		for n := range visit.MaxPhotosOfWork/visit.MaxPhotos + 1 {
			x := add(&f, "C1", fmt.Sprintf("form/p%d", n))
			x = must(s.ChangeFinding(ctx, "T1", x.Number, noon, func(x *visit.Finding) error {
				for p := range visit.MaxPhotos {
					x.AddPhoto(visit.PhotoRef{FileID: fmt.Sprintf("F%d", p)})
				}
				return nil
			}))
			if slices.ContainsFunc(x.Photos, func(p visit.PhotoRef) bool { return p.State != visit.PhotoWaiting }) {
				t.Fatalf("finding %d: a photo is refused: %+v", x.Number, x.Photos)
			}
		}
		// It moves to a visit, and then what it says of itself is that visit's.
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		moved := must(s.ChangeFinding(ctx, "T1", 1, noon, func(x *visit.Finding) error { return x.BelongTo(&v) }))
		if moved.Subject != v.Subject() || moved.Channel != v.Channel || moved.Seen != "" {
			t.Errorf("moved it is %+v", moved)
		}
		x := visit.Finding{Workspace: "T1", Text: "x", Source: "form/9", By: "U1", Seen: "moon"}
		x.HangOn(&f, "")
		if _, _, err := s.AddFinding(ctx, x, noon); err == nil {
			t.Error("a finding of a factory without a channel was added")
		}
		x.HangOn(&f, "C1")
		if _, _, err := s.AddFinding(ctx, x, noon); err == nil {
			t.Error("a finding seen on the moon was added")
		}
	})
}
