package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// errCardFirst is returned for a reminder whose visit or inspection is about to get its
// card: it waits for it, to stand under it.
var errCardFirst = errors.New("it waits for its card")

// newCard words the card o of a visit or an inspection, and notes in o what it shows. It
// is nil where there is a card already, or where what it is about has moved to another
// channel.
func (lv *live) newCard(ctx context.Context, o *visit.Occurrence) (*blocks.Message, error) {
	a, err := lv.o.Store.Appointment(ctx, o.Workspace, o.Subject)
	if err != nil {
		return nil, err
	}
	w := a.Common()
	if w.Channel != o.To || w.Card != "" {
		return nil, nil
	}
	to, err := lv.directory.readers(ctx, o.Workspace, w.Channel)
	if err != nil {
		return nil, err
	}
	o.Shows = w.Rev
	if fs, err := lv.o.Store.Findings(ctx, o.Workspace, o.Subject); err != nil {
		return nil, err
	} else if len(fs) > 0 {
		o.Shows-- // the list under it is still to be drawn
	}
	p := lv.directory.channelPrinter(ctx, w.Workspace)
	return lv.words(p, "").card(lv.guide.Load().In(p), a, to), nil
}

// cardFirst asks for a card where a reminder would have none to stand under. It reports
// false where there is none to wait for, because Slack refused it for good.
func (lv *live) cardFirst(ctx context.Context, team string, s visit.Subject) (wait bool, err error) {
	return lv.o.Store.NeedCard(ctx, team, s, "", false, lv.o.Now())
}

// drawCard brings the card of a visit or an inspection up to date. Where there is none, or
// one that cannot be changed, the outbox posts a new one.
func (lv *live) drawCard(ctx context.Context, team string, s visit.Subject) error {
	defer lv.locks.lock("card/" + team + "/" + string(s))()
	for {
		a, err := lv.o.Store.Appointment(ctx, team, s)
		if err != nil {
			return err
		}
		w := a.Common()
		if w.Card == "" {
			_, err := lv.o.Store.NeedCard(ctx, team, s, "", true, lv.o.Now())
			return err
		}
		to, err := lv.directory.readers(ctx, team, w.Channel)
		if err != nil {
			return err
		}
		if to != insiders { // what nobody else may read goes before what they may
			if err := lv.drawFindings(ctx, a, to); err != nil {
				return err
			}
		}
		p := lv.directory.channelPrinter(ctx, w.Workspace)
		m := lv.words(p, "").card(lv.guide.Load().In(p), a, to)
		_, _, _, err = lv.api(ctx, team).UpdateMessageContext(ctx, w.Channel, w.Card, postOptions(m, "")...)
		lv.directory.refused(team, w.Channel, err)
		if _, last := a.Days(); isOneOf(err, cardIsFixed) && last.AddDays(cardAge).Before(w.Today(lv.o.Now())) {
			_, err := lv.o.Store.CardDrawn(ctx, team, s, w.Card, w.Rev)
			return err // nobody waits for it
		}
		if isOneOf(err, cardIsFixed) {
			lv.log.Info("a card cannot be changed; posting a new one", "subject", string(s), "err", err)
			_, err := lv.o.Store.NeedCard(ctx, team, s, w.Card, true, lv.o.Now())
			return err
		}
		if err != nil {
			lv.directory.refused(team, w.Channel, err)
			return fmt.Errorf("redraw a card: %w", err)
		}
		if to == insiders {
			if err := lv.drawFindings(ctx, a, to); err != nil {
				return err
			}
		}
		// Another replica may have drawn a later revision before this one, and the channels may read
		// another language by now.
		last, err := lv.o.Store.CardDrawn(ctx, team, s, w.Card, w.Rev)
		if err != nil || last && lv.directory.channelPrinter(ctx, w.Workspace) == p {
			return err
		}
	}
}

// cardAge is for how many days after its last day a visit's card is replaced where it
// cannot be changed: until the last reminder.
const cardAge = 100

// cardIsFixed are Slack's words for a message that chat.update cannot change, now or
// later: somebody deleted it, another app posted it (this one was installed anew), or the
// workspace's time for edits is over.
var cardIsFixed = []string{"message_not_found", "cant_update_message", "edit_window_closed"}

// channelIsClosed are its words for a channel in which nothing can be changed for now.
var channelIsClosed = []string{"channel_not_found", "not_in_channel", "is_archived", "is_inactive"}

func isOneOf(err error, codes []string) bool {
	var e slack.SlackErrorResponse
	return errors.As(err, &e) && slices.Contains(codes, e.Err)
}

// How cards are redrawn.
const (
	redrawPause  = time.Second      // between two redraws of a card: several ticks in a row are one
	healEvery    = 10 * time.Second // how often is looked for cards that are behind
	healAtOnce   = 6                // of them at a time in a workspace: below the pace at which its Slack lets messages be changed
	healMost     = 500              // that one look takes notice of
	lastRedraw   = 10 * time.Minute // the longest pause after redraws that failed
	closedRedraw = 6 * time.Hour    // the pause where the channel is closed, if nobody says sooner that it is open again
)

// redraws remember which cards are being drawn, and which could not be.
type redraws struct {
	pause  time.Duration // redrawPause; none in most tests
	mu     sync.Mutex
	under  map[string]bool      // by card; true: it has changed again meanwhile
	drawn  map[string]time.Time // when the last redraw began, for a pause
	failed map[string]failedRedraw
}

// A failedRedraw is a card that shows less than it should.
type failedRedraw struct {
	team    string
	subject visit.Subject
	tries   int
	again   time.Time
}

// begin reports whether the caller is to draw, and after which pause. Otherwise somebody
// else does, and draws once more.
func (r *redraws) begin(key string, now time.Time) (pause time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, busy := r.under[key]; busy {
		r.under[key] = true
		return 0, false
	}
	if r.under == nil {
		r.under, r.drawn, r.failed = map[string]bool{}, map[string]time.Time{}, map[string]failedRedraw{}
	}
	r.under[key] = false
	return r.drawn[key].Add(r.pause).Sub(now), true
}

// draws notes that what has changed until now is being drawn.
func (r *redraws) draws(key string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.under[key] = false
	for k, at := range r.drawn {
		if now.Sub(at) > r.pause {
			delete(r.drawn, k)
		}
	}
	r.drawn[key] = now
}

// ends notes how a redraw ended, and reports whether another is needed at once.
func (r *redraws) ends(key string, f failedRedraw, err error, now time.Time) (again bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		delete(r.failed, key)
	} else {
		f.tries = r.failed[key].tries + 1
		pause := min(healEvery<<min(f.tries-1, 10), lastRedraw)
		if isOneOf(err, channelIsClosed) {
			pause = closedRedraw
		}
		f.again = now.Add(pause)
		maps.DeleteFunc(r.failed, func(_ string, f failedRedraw) bool { return now.Sub(f.again) > closedRedraw }) // nobody needs it any more
		r.failed[key] = f
	}
	if again = r.under[key] && err == nil; !again {
		delete(r.under, key)
	}
	return again
}

// pausing reports whether a redraw failed and its pause is not over.
func (r *redraws) pausing(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed[key].again.After(now)
}

// due are the cards whose redraw failed and whose pause is over, and those to leave alone.
func (r *redraws) due(now time.Time) (due []failedRedraw, waiting map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting = map[string]bool{}
	for key, f := range r.failed {
		if waiting[key] = true; !f.again.After(now) {
			due = append(due, f)
		}
	}
	return due, waiting
}

func cardKey(team string, s visit.Subject) string { return team + "/" + string(s) }

// redraw brings a card up to date after the acknowledgement, at once, or together with
// what changes in the next second. What cannot be drawn is logged and left to keepCards.
func (lv *live) redraw(ctx context.Context, team string, s visit.Subject) {
	key := cardKey(team, s)
	pause, ok := lv.redraws.begin(key, time.Now())
	if !ok {
		return
	}
	lv.work.Go(func() {
		for {
			time.Sleep(pause)
			lv.redraws.draws(key, time.Now())
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workLimit)
			err := guard(func(ctx context.Context) error { return lv.drawCard(ctx, team, s) }, ctx)
			cancel()
			if errors.Is(err, visit.ErrNotFound) {
				err = nil
			}
			if err != nil {
				lv.log.Warn("could not bring a card up to date; it will be tried again", "subject", string(s), "err", err)
			}
			if !lv.redraws.ends(key, failedRedraw{team: team, subject: s}, err, time.Now()) {
				return
			}
			pause = lv.redraws.pause
		}
	})
}

// keepCards redraws, until ctx ends, the cards that show less than they should: those that
// could not be drawn, and those that a process left behind which died. It takes down, too, what
// stands in channels from which it has moved, and reports where another company reads.
func (lv *live) keepCards(ctx context.Context) {
	behind := map[string]int{}
	for {
		lv.takeDownReports(unattended(ctx), healAtOnce)
		behind = lv.heal(ctx, behind)
		lv.leaveAll(unattended(ctx))
		select {
		case <-ctx.Done():
			return
		case <-time.After(healEvery):
		}
	}
}

// heal looks once. A card is drawn when it was behind by the same revision at the last
// look: what changed only just now is being drawn where it was changed.
func (lv *live) heal(ctx context.Context, before map[string]int) (behind map[string]int) {
	due, waiting := lv.redraws.due(time.Now())
	behind = map[string]int{}
	cs, err := lv.o.Store.StaleCards(ctx, healMost)
	if err != nil && ctx.Err() == nil {
		lv.log.Warn("could not look for cards that are behind", "err", err)
	}
	for _, c := range cs {
		key := cardKey(c.Workspace, c.Subject)
		behind[key] = c.Rev
		if before[key] == c.Rev && !waiting[key] {
			due = append(due, failedRedraw{team: c.Workspace, subject: c.Subject})
		}
	}
	begun := map[string]int{}
	for _, f := range due {
		if begun[f.team]++; begun[f.team] <= healAtOnce {
			lv.redraw(unattended(ctx), f.team, f.subject)
		}
	}
	return behind
}
