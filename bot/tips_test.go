package bot

import (
	"testing"

	"visitprep/knowledge"
)

func TestNoTipTwiceUntilAllWereSeen(t *testing.T) {
	k := must(newBook(must(knowledge.Embedded())))
	r := newRounds()
	r.lot = 0
	for round := range 3 {
		seen := map[string]bool{}
		for range k.tips {
			a := r.next("T1/C1", k.tips, 7)
			if seen[a.ID] {
				t.Fatalf("round %d: %s came twice", round, a.ID)
			}
			seen[a.ID] = true
		}
	}
	// Another channel has a round of its own, and a base that changed meanwhile
	// shows what is new before it begins again.
	if a := r.next("T1/C2", k.tips, 7); a != k.tips[7%len(k.tips)] {
		t.Errorf("another channel begins with %s", a.ID)
	}
	few := k.tips[:3]
	for range few {
		r.next("T1/C3", few, 0)
	}
	if a := r.next("T1/C3", k.tips[:4], 0); a != k.tips[3] {
		t.Errorf("a new tip waits behind %s, which was seen", a.ID)
	}
	if a := r.next("T1/C4", nil, 0); a != nil {
		t.Errorf("%s out of none", a.ID)
	}
}

func TestEtiquetteTipsDoNotRepeatInAChannel(t *testing.T) {
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
