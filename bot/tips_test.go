package bot

import (
	"testing"

	"visitprep/knowledge"
)

func TestNoTipTwiceUntilAllWereSeen(t *testing.T) {
	t.Parallel()
	b, _ := botAlone(t, must(knowledge.Embedded()))
	k := b.book.Load()
	for round := range 2 {
		seen := map[string]bool{}
		for range k.tips {
			e := b.nextTip(k, "T1", "C1")
			if seen[e.ID] {
				t.Fatalf("round %d: %s came twice", round, e.ID)
			}
			seen[e.ID] = true
		}
	}
	// A bot that starts anew on the same database goes on where the other was.
	first := b.nextTip(k, "T1", "C2")
	again, err := New(b.o)
	if err != nil {
		t.Fatal(err)
	}
	if e := again.nextTip(k, "T1", "C2"); e == first {
		t.Errorf("%s came again after a restart", e.ID)
	}
}

func TestEtiquetteTipsDoNotRepeatInAChannel(t *testing.T) {
	t.Parallel()
	onBothTransports(t, func(t *testing.T, s *stage) {
		seen := map[string]bool{}
		m := s.command(mia, sourcing, "/etiquette")
		for range len(s.bot.book.Load().tips) - 1 {
			if seen[m.Text] {
				t.Fatalf("seen before: %s", m.Text)
			}
			seen[m.Text] = true
			if len(seen)%2 == 0 { // asked for again by a colleague, or by the button
				m = s.command(jonas, sourcing, "/etiquette")
				continue
			}
			before := m.Text
			s.press(mia, s.last(mia, sourcing), "Another tip")
			s.until("another tip is shown", func() bool { return s.last(mia, sourcing).Text != before })
			m = s.last(mia, sourcing)
		}
	})
}
