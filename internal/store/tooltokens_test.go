package store

import (
	"context"
	"errors"
	"testing"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

func TestToolTokensAreOfOnePersonInOneWorkspace(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx, made := context.Background(), civil.On(2027, 1, 4)
		token := func(workspace, person string, n byte, made civil.Date) visit.ToolToken {
			_, kept := visit.NewToolToken(workspace, person, [visit.ToolTokenBytes]byte{n}, made)
			if err := s.AddToolToken(ctx, kept); err != nil {
				t.Fatal(err)
			}
			return kept
		}
		there := func(k visit.ToolToken) bool {
			got, err := s.ToolToken(ctx, k.Workspace, k.Hash)
			if err != nil && !errors.Is(err, visit.ErrNotFound) {
				t.Fatal(err)
			}
			return err == nil && got.Person == k.Person
		}
		mia, jonas, elsewhere := token("T1", "UMIA00001", 1, made), token("T1", "UJONAS0001", 2, made), token("T2", "UMIA00001", 1, made)
		if _, err := s.ToolToken(ctx, "T2", mia.Hash); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("a token of T1 is found in T2: %v", err)
		}

		if err := s.UseToolToken(ctx, "T1", mia.Hash, made.AddDays(2)); err != nil {
			t.Fatal(err)
		}
		if err := s.UseToolToken(ctx, "T1", mia.Hash, made.AddDays(1)); err != nil { // a clock behind
			t.Fatal(err)
		}
		if got := must(s.ToolTokens(ctx, "T1", "UMIA00001")); len(got) != 1 || got[0].Used != made.AddDays(2) || got[0].Made != made || got[0].Ending != mia.Ending {
			t.Errorf("Mia's tokens are %+v", got)
		}
		if other := must(s.ToolToken(ctx, "T2", elsewhere.Hash)); !other.Used.IsZero() {
			t.Errorf("a token that nobody used was used on %s", other.Used)
		}

		if err := s.DropToolToken(ctx, "T1", "UJONAS0001", mia.Hash); err != nil {
			t.Fatal(err)
		}
		if !there(mia) {
			t.Error("somebody else ended Mia's token")
		}
		if err := s.DropToolToken(ctx, "T1", "UMIA00001", mia.Hash); err != nil {
			t.Fatal(err)
		}
		if there(mia) || !there(jonas) || !there(elsewhere) {
			t.Errorf("after Mia's token ended there are hers %v, Jonas's %v, that of T2 %v", there(mia), there(jonas), there(elsewhere))
		}

		second, hers := token("T1", "UMIA00001", 4, made), token("T1", "UMIA00001", 5, made)
		if err := s.DropToolTokens(ctx, "T1", "UMIA00001"); err != nil {
			t.Fatal(err)
		}
		if there(second) || there(hers) || !there(jonas) || !there(elsewhere) {
			t.Errorf("after Mia's tokens ended there are hers %v, %v, Jonas's %v, that of T2 %v", there(second), there(hers), there(jonas), there(elsewhere))
		}

		for n := range visit.MaxToolTokens - 1 {
			token("T1", "UJONAS0001", byte(10+n), made.AddDays(1))
		}
		_, tooMany := visit.NewToolToken("T1", "UJONAS0001", [visit.ToolTokenBytes]byte{99}, made.AddDays(89))
		var input *visit.InputError
		if err := s.AddToolToken(ctx, tooMany); !errors.As(err, &input) || there(tooMany) {
			t.Errorf("one token too many: %v", err)
		}
		tooMany.Made = made.AddDays(90) // the first is over
		if err := s.AddToolToken(ctx, tooMany); err != nil || there(jonas) || !there(tooMany) {
			t.Errorf("a token in the place of one that is over: %v; the old one is there %v", err, there(jonas))
		}

		again := token("T1", "UMIA00001", 3, made)
		must(s.Forget(ctx, "T1", "UMIA00001", "", noon))
		if k, err := s.ToolToken(ctx, "T1", again.Hash); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("of a forgotten person's token there is %+v, %v", k, err)
		}
		if there(again) || !there(elsewhere) || !there(tooMany) {
			t.Errorf("after Mia is forgotten in T1 there are hers %v, hers of T2 %v, Jonas's %v", there(again), there(elsewhere), there(tooMany))
		}
		if _, _, err := putBack(ctx, s.write.DB, nil, noon); err != nil {
			t.Fatal(err)
		}
		if there(elsewhere) || there(tooMany) {
			t.Error("a copy that was put back has tokens, which may have been ended since")
		}
	})
}
