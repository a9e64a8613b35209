package bot

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/visit"
)

// A person's zone is Slack's, unless they have fixed one. It is asked when they are given
// something and once a day after that, and kept, so that what comes to them directly comes
// by their own clock, whoever planned it and wherever.

const (
	keepZone    = 24 * time.Hour
	zonesAtOnce = 200 // in one round of Watch; most are known from the list of people
)

// slackZone is the zone that Slack gives of a person, or gave last; "" where it never has.
func (d *directory) slackZone(ctx context.Context, team, id string) string {
	if p, err := d.person(ctx, team, id); err == nil {
		return p.zone
	}
	if own, err := d.o.Store.Person(ctx, team, id); err == nil && !own.Fixed {
		return own.Zone
	}
	return ""
}

// noteZones asks for the zones of people who are given something, and keeps them. What
// cannot be asked now is asked by Watch.
func (d *directory) noteZones(ctx context.Context, team string, people []string) {
	for _, id := range people {
		if id == "" {
			continue
		}
		_, err := d.zones.get(ctx, team+"/"+id, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, d.noteZone(ctx, team, id)
		})
		if err != nil {
			d.log.Warn("could not ask for a person's time zone; trying again in a minute", "err", err)
		}
	}
}

// noteZone asks for the zone of one person, and keeps it.
func (d *directory) noteZone(ctx context.Context, team, id string) error {
	p, err := d.person(ctx, team, id)
	if isSlackError(err, "user_not_found") || isSlackError(err, "user_not_visible") {
		err = nil // asked, and nobody to have a zone
	}
	if err != nil {
		return err
	}
	return d.o.Store.NoteZone(ctx, team, id, p.zone, d.o.Now(), time.Now())
}

// movedZone keeps the zone of somebody who has moved, if anything of theirs goes by it.
func (d *directory) movedZone(ctx context.Context, team, id string) error {
	if _, err := d.o.Store.Person(ctx, team, id); errors.Is(err, visit.ErrNotFound) {
		return nil
	}
	return d.noteZone(ctx, team, id)
}

// askZones asks for the zones of those of a workspace of whom nobody has asked yet, as after an
// import, and of those who were asked a day ago. Where Slack asks to wait, what is left is asked in
// the next round.
func (d *directory) askZones(ctx context.Context, team string) error {
	people, err := d.o.Store.ZonesToAsk(ctx, team, time.Now().Add(-keepZone), zonesAtOnce)
	if err != nil {
		return err
	}
	var failed error
	for _, id := range people {
		err := d.noteZone(ctx, team, id)
		failed = cmp.Or(err, failed)
		if limited := (*slack.RateLimitedError)(nil); ctx.Err() != nil || errors.As(err, &limited) {
			break
		}
	}
	return failed
}
