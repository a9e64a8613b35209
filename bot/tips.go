package bot

import (
	"math/rand/v2"
	"sync"
	"time"

	"visitprep/knowledge"
)

// rounds remember which tips a channel has seen, so that it sees none twice
// until it has seen all that fit. They live as long as the process: after a
// restart a channel's round begins anew, at a place drawn by lot.
type rounds struct {
	lot  int
	mu   sync.Mutex
	seen map[string]map[string]bool // channel → ids of tips
}

func newRounds() *rounds { return &rounds{lot: rand.IntN(1000), seen: map[string]map[string]bool{}} }

// maxRounds bounds how many channels are remembered.
const maxRounds = 20_000

// next picks a tip for a channel out of those that fit, and notes it as seen. start
// is where a channel's first round begins. The caller decides which tips fit; nil
// means that none does.
func (r *rounds) next(channel string, fit []*knowledge.Advice, start int) *knowledge.Advice {
	if len(fit) == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.seen) >= maxRounds {
		clear(r.seen)
	}
	seen := r.seen[channel]
	if seen == nil {
		seen = map[string]bool{}
		r.seen[channel] = seen
	}
	for range 2 {
		for i := range fit {
			a := fit[(start+r.lot+i)%len(fit)]
			if !seen[a.ID] {
				seen[a.ID] = true
				return a
			}
		}
		for _, a := range fit { // all seen: the next round
			delete(seen, a.ID)
		}
	}
	return nil
}

// nextTip is the tip for a channel or, on the Home tab, for a person.
func (b *Bot) nextTip(k *book, team, channel string) *knowledge.Advice {
	key := team + "/" + channel
	return b.tips.next(key, k.tips, int(hash(key)%1000))
}

// tipOfTheDay is the same for a person all day, and takes nothing from a round.
func (k *book) tipOfTheDay(team, person string, day time.Time) *knowledge.Advice {
	if len(k.tips) == 0 {
		return nil
	}
	return k.tips[(int(hash(team+"/"+person)%1000)+day.YearDay())%len(k.tips)]
}
