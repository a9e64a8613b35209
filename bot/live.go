package bot

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// live keeps up to date what Slack shows of a visit or an inspection: its card, and the
// Home tabs of those whom it concerns. It owns who has a Home tab open.
type live struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	homes     openHomes
	redraws   redraws
	left      redraws // of what is taken down in other channels
}

// changed shows everywhere what somebody changed: on the card, and on
// the Home tabs of those whom it concerns. What cannot be shown is logged; the
// change itself is kept.
func (lv *live) changed(team string, s visit.Subject, people ...string) {
	if kind, _ := s.Cut(); kind != visit.OfFactory { // which has no card
		lv.redraw(context.Background(), team, s)
	}
	if len(people) == 0 {
		return
	}
	lv.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), workLimit)
		defer cancel()
		lv.directory.noteZones(ctx, team, people)
		for _, p := range lv.homes.open(team, people) {
			if err := guard(func(ctx context.Context) error { return lv.openHome(ctx, team, p) }, ctx); err != nil {
				lv.log.Warn("could not bring a Home tab up to date", "err", err)
			}
		}
	})
}

// leave takes the details off what a visit or an inspection has left in another channel.
func (lv *live) leave() {
	lv.replies.later("take down what was left in another channel", "", func(ctx context.Context) error {
		lv.leaveAll(ctx)
		return nil
	})
}

// leaveAll takes the details off the messages that stand in channels from which their visit or
// inspection has moved: its card, and the list of its findings. It waits for no answer. What Slack does
// not take is noted for the next time; a channel that is closed today may be open, and shared, tomorrow.
func (lv *live) leaveAll(ctx context.Context) {
	ms, err := lv.o.Store.LeftBehind(ctx, healMost)
	if err != nil && ctx.Err() == nil {
		lv.log.Warn("could not look for messages left in other channels", "err", err)
	}
	begun := map[string]int{}
	for _, m := range ms {
		if begun[m.Workspace] == healAtOnce {
			continue
		}
		take := func(ctx context.Context) error { return lv.takeDown(ctx, m) }
		if lv.takeAway(ctx, cardKey(m.Workspace, m.Subject)+"/"+m.TS, take, func(err error) {
			lv.log.Warn("could not take down what was left in another channel; it will be tried again", "subject", string(m.Subject), "err", err)
		}) {
			begun[m.Workspace]++
		}
	}
}

// takeAway begins to take something down, and reports whether it did: not while that is under way, nor
// soon after it has failed. It waits for no answer, so that one workspace holds up no other.
func (lv *live) takeAway(ctx context.Context, key string, take func(context.Context) error, failed func(error)) bool {
	if lv.left.pausing(key, time.Now()) {
		return false
	}
	if _, ok := lv.left.begin(key, time.Now()); !ok {
		return false
	}
	lv.work.Go(func() {
		for again := true; again; {
			lv.left.draws(key, time.Now()) // whoever asks from now on asks for another
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workLimit)
			err := guard(take, ctx)
			cancel()
			if err != nil {
				failed(err)
			}
			again = lv.left.ends(key, failedRedraw{}, err, time.Now())
		}
	})
	return true
}

// takeDown has a message say no more than that its visit or inspection has moved.
func (lv *live) takeDown(ctx context.Context, m store.LeftMessage) error {
	p := lv.directory.channelPrinter(ctx, m.Workspace)
	words := p.T("Visit %d is now prepared in another channel.", m.Subject.Number())
	if kind, _ := m.Subject.Cut(); kind == visit.OfInspection {
		words = p.T("Inspection %d is now prepared in another channel.", m.Subject.Number())
	}
	// One that is being drawn for the last time comes before.
	defer lv.locks.lock("card/" + cardKey(m.Workspace, m.Subject))()
	_, _, _, err := lv.api(ctx, m.Workspace).UpdateMessageContext(ctx, m.Channel, m.TS, postOptions(blocks.Said(words), "")...)
	if err != nil && !isOneOf(err, cardIsFixed) {
		return fmt.Errorf("take down a message: %w", err)
	}
	return lv.o.Store.TakenDown(ctx, m)
}

// drawCopy draws again, as its person may see it, a card that only they see.
func (lv *live) drawCopy(ctx context.Context, url string, i *visit.Inspection, person string) error {
	p := lv.directory.printer(ctx, i.Workspace, person)
	if url == "" {
		return nil
	}
	m := lv.words(p, lv.directory.zoneOf(ctx, i.Workspace, person)).inspectionCard(lv.guide.Load().In(p), i, insiders)
	return lv.replies.respond(ctx, url, blocks.Response{Message: m, ReplaceOriginal: true}.Encode())
}

// underCard posts m under the card of an inspection, where only our own people read.
func (lv *live) underCard(ctx context.Context, i *visit.Inspection, m *blocks.Message) error {
	if i.Card == "" {
		return nil
	}
	to, err := lv.directory.readers(ctx, i.Workspace, i.Channel)
	if err != nil || to != insiders {
		return err
	}
	return lv.replies.post(ctx, i.Workspace, i.Channel, i.Card, m)
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

// forget forgets the people of a workspace.
func (h *openHomes) forget(team string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.DeleteFunc(h.seen, func(key string, _ bool) bool { return strings.HasPrefix(key, team+"/") })
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
