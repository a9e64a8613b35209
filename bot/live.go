package bot

import (
	"context"
	"fmt"
	"sync"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// live keeps up to date what Slack shows of a visit or an inspection: its card, and the
// Home tabs of those whom it concerns. It owns who has a Home tab open.
type live struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	words     *wording
	homes     openHomes
}

// putCard brings the card of a visit or an inspection in its channel up to date: it
// changes the one that is there, or posts it.
func (lv *live) putCard(ctx context.Context, team string, s visit.Subject) error {
	defer lv.locks.lock("card/" + team + "/" + string(s))()
	a, err := lv.o.Store.Appointment(ctx, team, s)
	if err != nil {
		return err
	}
	w := a.Common()
	m := lv.words.card(lv.guide.Load(), a, audienceOf(w.Place))
	if w.Card != "" {
		_, _, _, err := lv.o.Slack.UpdateMessageContext(ctx, w.Channel, w.Card, postOptions(m, "")...)
		if err == nil || !isSlackError(err, "message_not_found") {
			return err
		}
		// Somebody deleted it: it is posted anew.
	}
	_, ts, err := lv.o.Slack.PostMessageContext(ctx, w.Channel, postOptions(m, "")...)
	if err != nil {
		return fmt.Errorf("post a card: %w", err)
	}
	_, err = lv.o.Store.ChangeAppointment(ctx, team, s, lv.o.Now(), func(a visit.Appointment) error { a.Common().Card = ts; return nil })
	return err
}

// changed shows everywhere what somebody changed: on the card, and on
// the Home tabs of those whom it concerns. What cannot be shown is logged; the
// change itself is kept.
func (lv *live) changed(team string, s visit.Subject, people ...string) {
	lv.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), workLimit)
		defer cancel()
		if err := guard(func(ctx context.Context) error { return lv.putCard(ctx, team, s) }, ctx); err != nil {
			lv.log.Warn("could not bring a card up to date", "subject", string(s), "err", err)
		}
		for _, p := range lv.homes.open(team, people) {
			if err := guard(func(ctx context.Context) error { return lv.openHome(ctx, team, p) }, ctx); err != nil {
				lv.log.Warn("could not bring a Home tab up to date", "err", err)
			}
		}
	})
}

// leaveCard takes the details off a card whose visit has moved to another channel.
func (lv *live) leaveCard(channel, ts string, v *visit.Visit) {
	if ts == "" {
		return
	}
	lv.replies.later("take a card out of its old channel", "", func(ctx context.Context) error {
		m := blocks.Said(lv.p.T("Visit %d is now prepared in another channel.", v.Number))
		_, _, _, err := lv.o.Slack.UpdateMessageContext(ctx, channel, ts, postOptions(m, "")...)
		return err
	})
}

// openHomes remember who has looked at their Home tab since the process started:
// only theirs are kept up to date, all others are made when they are opened.
type openHomes struct {
	mu   sync.Mutex
	seen map[string]bool
}

// maxHomes bounds the memory.
const maxHomes = 50_000

func (h *openHomes) see(team, person string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen == nil || len(h.seen) >= maxHomes {
		h.seen = map[string]bool{}
	}
	h.seen[team+"/"+person] = true
}

func (h *openHomes) open(team string, people []string) (open []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range people {
		if p != "" && h.seen[team+"/"+p] {
			open = append(open, p)
		}
	}
	return open
}
