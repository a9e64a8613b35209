package store

import (
	"context"
	"slices"
	"testing"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// TestAPhotoOfAChangeThatIsUndone shows the fault again, unless another proof still has it.
func TestAPhotoOfAChangeThatIsUndone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		f := found(t, s, "D1:1", v.Subject(), func(f *visit.Finding) { f.AddPhoto(visit.PhotoRef{FileID: "F2"}) })
		doneWith := func(files ...string) func(*visit.Finding, *visit.Action, visit.Doer) error {
			return func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
				return a.LogDone(f, visit.DoneClaim{Day: d.Today, Proofs: []visit.Proof{{Kind: visit.ProofPhoto, Photos: files}}}, d)
			}
		}
		undo := func(f *visit.Finding, a *visit.Action, d visit.Doer) error { return a.Undo(f, d) }
		verified := func(file string) func(*visit.Finding, *visit.Action, visit.Doer) error {
			return func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
				d.By = "U2"
				return a.Verify(f, visit.Verification{Day: d.Today, Proofs: []visit.Proof{{Kind: visit.ProofOnSite, Photos: []string{file}}}}, d)
			}
		}
		for _, c := range []struct {
			name  string
			steps []func(*visit.Finding, *visit.Action, visit.Doer) error
			want  []string
		}{
			{"logged as done with one", []func(*visit.Finding, *visit.Action, visit.Doer) error{answers, agrees(civil.On(2027, 2, 1)), doneWith("F1")}, []string{"F1"}},
			{"that is undone", []func(*visit.Finding, *visit.Action, visit.Doer) error{undo}, nil},
			{"with the other one", []func(*visit.Finding, *visit.Action, visit.Doer) error{doneWith("F2"), lotIsGood}, []string{"F2"}},
			{"both undone in one go", []func(*visit.Finding, *visit.Action, visit.Doer) error{verified("F1"), undo}, []string{"F2"}},
			{"verified with the one that has shown it", []func(*visit.Finding, *visit.Action, visit.Doer) error{verified("F2")}, []string{"F2"}},
			{"which is undone", []func(*visit.Finding, *visit.Action, visit.Doer) error{undo}, []string{"F2"}},
		} {
			follow(t, s, f.Number, noon, c.steps...)
			a := must(s.Action(ctx, "T1", f.Number))
			_, after := a.Action.PhotosOf(&a.Finding)
			var got []string
			for _, p := range after {
				got = append(got, p.FileID)
				if !p.AfterChange {
					t.Errorf("%s: %s is a proof and not marked", c.name, p.FileID)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: after the change are %q, want %q", c.name, got, c.want)
			}
		}
	})
}
