package store

import (
	"testing"

	"visitprep/internal/visit"
)

// The language of channels is a workspace's own, English until somebody says otherwise, and a change
// has the cards of that workspace drawn again.
func TestTheLanguageOfChannelsIsAWorkspacesOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		for _, team := range []string{"T1", "T2"} {
			if l, err := s.ChannelLanguage(ctx, team); l != English || err != nil {
				t.Errorf("%s begins with %q, %v", team, l, err)
			}
			if _, err := s.PlanVisit(ctx, sampleVisit(team), noon); err != nil {
				t.Fatal(err)
			}
			posted := s.change(ctx, "post a card", func(t *txn) error {
				_, err := t.ExecContext(ctx, `UPDATE visits SET card = '1.1', card_rev = rev WHERE workspace = $1`, team)
				return err
			})
			if posted != nil {
				t.Fatal(posted)
			}
		}
		if err := s.SetChannelLanguage(ctx, "T1", Chinese, "U1", noon); err != nil {
			t.Fatal(err)
		}
		for team, want := range map[string]Language{"T1": Chinese, "T2": English} {
			if l, err := s.ChannelLanguage(ctx, team); l != want || err != nil {
				t.Errorf("%s reads %q, %v; want %q", team, l, err, want)
			}
		}
		stale := func() (teams []string) {
			cs, err := s.StaleCards(ctx, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cs {
				teams = append(teams, c.Workspace)
			}
			return teams
		}
		if got := stale(); len(got) != 1 || got[0] != "T1" {
			t.Errorf("the cards of %v are drawn again, want those of T1", got)
		}
		if _, err := s.CardDrawn(ctx, "T1", visit.SubjectOf(visit.OfVisit, 1), "1.1", 1_000); err != nil {
			t.Fatal(err)
		}
		if err := s.SetChannelLanguage(ctx, "T1", Chinese, "U1", noon); err != nil {
			t.Fatal(err)
		}
		if got := stale(); len(got) != 0 {
			t.Errorf("what has not changed has the cards of %v drawn again", got)
		}
		if err := s.SetChannelLanguage(ctx, "T1", "fr", "U1", noon); err == nil {
			t.Error("a language that there is not is kept")
		}
	})
}
