package store

import (
	"context"
	"errors"
	"testing"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

func TestArrivals(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		day := civil.On(2027, 3, 15)
		a := Arrival{Workspace: "T1", Visit: 1, Day: day, Mark: visit.Mark{By: "U1", At: noon}}
		if first, did, err := s.Arrive(ctx, a); err != nil || !did || first.By != "U1" {
			t.Fatal(first, did, err)
		}
		later := a
		later.By = "U2"
		if first, did, err := s.Arrive(ctx, later); err != nil || did || first.By != "U1" || !first.At.Equal(noon) {
			t.Errorf("the second is %+v, %t, %v", first, did, err)
		}
		a.TS = "1772000000.000100"
		if err := s.NoteArrival(ctx, a); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Arrival(ctx, "T1", 1, day); err != nil || got.TS != a.TS || got.By != "U1" {
			t.Errorf("kept %+v, %v", got, err)
		}
		for _, o := range []Arrival{{Workspace: "T2", Visit: 1, Day: day}, {Workspace: "T1", Visit: 2, Day: day}, {Workspace: "T1", Visit: 1, Day: day.AddDays(1)}} {
			if got, err := s.Arrival(ctx, o.Workspace, o.Visit, o.Day); !errors.Is(err, visit.ErrNotFound) {
				t.Errorf("%+v, %v", got, err)
			}
		}
		if got, did, err := s.Unarrive(ctx, "T1", 1, day); err != nil || !did || got.TS != a.TS {
			t.Errorf("taken back %+v, %t, %v", got, did, err)
		}
		if _, did, err := s.Unarrive(ctx, "T1", 1, day); err != nil || did {
			t.Errorf("taken back twice: %t, %v", did, err)
		}
	})
}

func TestAnAnswerIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := sampleVisit("T1")
		i := must(s.AddInspection(ctx, visit.Inspection{Work: v.Work, Type: "pre_shipment", Due: civil.On(2027, 4, 1)}, noon))
		must(s.ChangeInspection(ctx, "T1", i.Number, noon, func(i *visit.Inspection) error { i.Await("U1", noon); return nil }))
		if got := must(s.Inspection(ctx, "T1", i.Number)); got.Awaited.By != "U1" || !got.Awaited.At.Equal(noon) {
			t.Errorf("kept %+v", got.Awaited)
		}
		must(s.ChangeInspection(ctx, "T1", i.Number, noon, func(i *visit.Inspection) error {
			_, err := i.Miss("gate closed", civil.On(2027, 4, 8), "U2", noon)
			return err
		}))
		if got := must(s.Inspection(ctx, "T1", i.Number)); got.Missed.By != "U2" || got.MissedDay != civil.On(2027, 4, 1) || got.Due != civil.On(2027, 4, 8) || got.Awaited.IsSet() {
			t.Errorf("kept %+v", got)
		}
	})
}
