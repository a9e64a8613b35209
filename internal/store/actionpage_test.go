package store

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// TestAPageOfActions has the same order and the same whole actions as the list, and what is not kept
// changes neither the page nor how many there are.
func TestAPageOfActions(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		alone := visit.SubjectOf(visit.OfFactory, v.Factory.Number)
		for n := range 7 {
			of := v.Subject()
			if n%3 == 2 {
				of = alone
			}
			f := found(t, s, fmt.Sprint("D1:", n), of, func(f *visit.Finding) {
				f.Channel, f.Severity = "C1", []visit.Severity{visit.Minor, visit.Critical, visit.Major, ""}[n%4]
			})
			if n%2 == 0 {
				follow(t, s, f.Number, noon, answers, agrees(civil.On(2027, 2, 20-n)))
			}
		}
		// Of the lot of one it is known what becomes, of another it was to be known by a day.
		follow(t, s, 2, noon, func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.Contain(f, visit.Containment{What: "repacked"}, d)
		})
		follow(t, s, 7, noon, func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.SetContainBy(f, noon.Add(30*time.Hour), d)
		})
		f := ActionFilter{Channels: []string{"C1"}, Live: true}
		for what, keep := range map[string]func(*visit.ActionOf) bool{
			"all": func(*visit.ActionOf) bool { return true },
			"those of the factory alone are not theirs": func(a *visit.ActionOf) bool { return !a.Finding.OfFactory() },
			"late ones":                       func(a *visit.ActionOf) bool { return a.Action.OverdueOn(civil.On(2027, 2, 17)) },
			"late ones, by their lots":        func(a *visit.ActionOf) bool { return a.LateOn(civil.Of(noon).AddDays(4)) },
			"none is late by its lot at once": func(a *visit.ActionOf) bool { return a.LotUnknownOn(civil.Of(noon)) },
			"those of a reviewer": func(a *visit.ActionOf) bool {
				return a.Action.Reviewer == "U2" && a.Finding.Factory == "Ningbo Bright" && a.Place.Channel == "C1" && a.Owner == "U1"
			},
			"none": func(*visit.ActionOf) bool { return false },
		} {
			want := slices.DeleteFunc(must(s.Actions(ctx, "T1", f)), func(a visit.ActionOf) bool { return !keep(&a) })
			for from := -1; from <= len(want)+1; from++ {
				page, n, err := s.ActionsPage(ctx, "T1", f, keep, from, 2)
				if err != nil {
					t.Fatal(err)
				}
				at := min(max(from, 0), len(want))
				if part := want[at:min(len(want), at+2)]; n != len(want) || len(page) != len(part) || len(part) > 0 && !reflect.DeepEqual(page, part) {
					t.Errorf("%s, from %d: %d of %d, %+v\nwant %d of %d, %+v", what, from, len(page), n, page, len(part), len(want), part)
				}
			}
		}
	})
}
