package bot

import (
	"sync"

	"visitprep/knowledge"
)

// rounds remember which tips a channel has seen, so that it sees none twice
// until it has seen all that fit. They live as long as the process; after a
// restart a channel's round begins at another place.
type rounds struct {
	mu   sync.Mutex
	seen map[string]map[string]bool // channel → ids of tips
}

func newRounds() *rounds { return &rounds{seen: map[string]map[string]bool{}} }

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
			a := fit[(start+i)%len(fit)]
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
func (b *Bot) nextTip(k *book, team, channel string, today int) *knowledge.Advice {
	key := team + "/" + channel
	return b.tips.next(key, k.tips, int(hash(key)%1000)+today)
}
