package store

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

func sampleHost(v visit.Visit) visit.Host {
	return visit.Host{
		To: visit.ParseBilinguals("王总"), Purposes: []string{"inspection"}, Order: "4512", Company: visit.ParseBilingual("Acme 照明公司 | Acme Lighting"),
		People: visit.ParseBilinguals("陈女士 | Ms Chen"), First: v.First, Last: v.Last, Arrival: visit.ParseBilingual("晚上到 | in the evening"),
		Transport: visit.OwnCar, Days: []visit.HostDay{{Lines: []visit.HostLine{{Time: "9:00", Bilingual: visit.ParseBilingual("到厂 | arrival")}}}},
		Prepare: visit.ParseBilinguals("量具 | gauges"), Ready: civil.On(2027, 3, 12), Photos: true, Safety: true, Shoes: []int{42, 39}, NoAlcohol: true,
		Contact: visit.ParseBilingual("Mia"), ReplyBy: civil.On(2027, 3, 8),
	}
}

func asked(v visit.Visit) (items []visit.Item) {
	for _, i := range v.Items {
		if i.Custom {
			items = append(items, i)
		}
	}
	return items
}

func TestEachRevisionOfAHostBriefIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		h := sampleHost(v)
		first, made, err := s.PutHost(ctx, "T1", v.Number, h, "U1", noon)
		if err != nil || !made || first.Revision != 1 || len(first.Items) != 3 || !reflect.DeepEqual(first.Host, h) {
			t.Fatalf("the first is %+v, %v, %v", first, made, err)
		}
		items := asked(must(s.Visit(ctx, "T1", v.Number)))
		if len(items) != 3 {
			t.Fatalf("on the checklist are %+v", items)
		}
		for _, i := range items {
			if i.Owner != "U1" || i.Due != h.ReplyBy || !i.Sensitive || !slices.Contains(first.Items, i.ID) {
				t.Errorf("an item is %+v", i)
			}
		}
		if again, made, err := s.PutHost(ctx, "T1", v.Number, h, "U2", noon.Add(time.Hour)); err != nil || made || !reflect.DeepEqual(again.Host, first.Host) || again.Revision != 1 {
			t.Errorf("said again it is %+v, %v, %v", again, made, err)
		}
		h.ReplyBy = civil.On(2027, 3, 9)
		second, made, err := s.PutHost(ctx, "T1", v.Number, h, "U2", noon.Add(time.Hour))
		if err != nil || !made || second.Revision != 2 || second.Made.By != "U2" || !slices.Equal(second.Items, first.Items) {
			t.Errorf("the second is %+v, %v, %v", second, made, err)
		}
		for _, i := range asked(must(s.Visit(ctx, "T1", v.Number))) {
			if i.Due != h.ReplyBy {
				t.Errorf("an item stays at %s", i.Due)
			}
		}
		if bs := must(s.HostBriefs(ctx, "T1", v.Number, 9)); len(bs) != 2 || bs[0].Revision != 2 || !reflect.DeepEqual(bs[1].Host, first.Host) || !bs[1].Made.At.Equal(noon) {
			t.Errorf("kept are %+v", bs)
		}
		if b := must(s.LastHostOf(ctx, "T1", "U1")); b.Revision != 1 {
			t.Errorf("the last of U1 is %+v", b)
		}
		if _, err := s.LastHostOf(ctx, "T1", "U3"); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("the last of nobody is %v", err)
		}
		if bs, err := s.HostBriefs(ctx, "T2", v.Number, 9); err != nil || len(bs) != 0 {
			t.Errorf("another workspace reads %v, %v", bs, err)
		}
		if _, err := s.LastHostOf(ctx, "T2", "U1"); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("another workspace reads %v", err)
		}
		if _, _, err := s.PutHost(ctx, "T2", v.Number, h, "U1", noon); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("another workspace makes one: %v", err)
		}
	})
}

// Two colleagues who make the first brief at once make two revisions, and the factory's answers
// are asked for once.
func TestTwoHostBriefsAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		var all sync.WaitGroup
		for n := range 4 {
			all.Go(func() {
				h := sampleHost(v)
				h.Shoes = []int{38 + n}
				if _, made, err := s.PutHost(ctx, "T1", v.Number, h, "U1", noon); err != nil || !made {
					t.Errorf("one of them: %v, %v", made, err)
				}
			})
		}
		all.Wait()
		var revisions []int
		for _, b := range must(s.HostBriefs(ctx, "T1", v.Number, 9)) {
			revisions = append(revisions, b.Revision)
		}
		if !slices.Equal(revisions, []int{4, 3, 2, 1}) {
			t.Errorf("the revisions are %v", revisions)
		}
		if items := asked(must(s.Visit(ctx, "T1", v.Number))); len(items) != 3 {
			t.Errorf("on the checklist are %+v", items)
		}
	})
}

// What is refused leaves neither a revision nor items.
func TestARefusedHostBriefChangesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		h := sampleHost(v)
		h.People = nil
		if _, _, err := s.PutHost(ctx, "T1", v.Number, h, "U1", noon); err == nil {
			t.Error("a brief without people is kept")
		}
		if _, _, err := s.PutHost(ctx, "T1", v.Number, sampleHost(v), "U1", v.Last.AddDays(2).Start(time.UTC)); err == nil {
			t.Error("a brief of a visit that is over is kept")
		}
		if bs := must(s.HostBriefs(ctx, "T1", v.Number, 9)); len(bs) > 0 || len(asked(must(s.Visit(ctx, "T1", v.Number)))) > 0 {
			t.Errorf("kept are %+v", bs)
		}
	})
}
