package bot

import (
	"context"
	"errors"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler/calendar"
)

// settings are what people choose for themselves: their zone and their quiet hours.
type settings struct {
	*core
	directory *directory
	replies   *replies
	live      *live
}

const actSettings blocks.ActionID = "settings"

// The fields of a person's settings.
const (
	fieldZone  = "zone"
	fieldQuiet = "quiet"
)

// open opens a person's settings: the zone, and the hours without messages.
func (st *settings) open(ctx context.Context, c click) error {
	return st.replies.open(ctx, c.trigger, st.p.T("Your settings"), func(ctx context.Context) (*modal, error) {
		p, err := st.o.Store.Person(ctx, c.team, c.user)
		if errors.Is(err, visit.ErrNotFound) {
			p, err = store.Person{Quiet: store.DefaultQuiet}, nil
		}
		if err != nil {
			return nil, err
		}
		zone, quiet := "", p.Quiet
		if p.Fixed {
			zone = p.Zone
		}
		if quiet == store.DefaultQuiet {
			quiet = st.o.Timing.Quiet.String()
		}
		follows := visit.DefaultZone
		if who, err := st.directory.person(ctx, c.user); err == nil {
			follows = who.zone
		}
		return &modal{id: modalSettings, title: st.p.T("Your settings"), submit: st.p.T("Save settings"), blocks: []slack.Block{
			blocks.Hinted(blocks.Optional(blocks.Input(fieldZone, st.p.T("Time zone"), blocks.TextInput(zone, follows, false))), st.p.T("Leave it empty to use your time zone in Slack, %s. Otherwise use a name such as Asia/Shanghai or Europe/Berlin.", follows)),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldQuiet, st.p.T("Quiet hours"), blocks.TextInput(quiet, "20:00-08:00", false))), st.p.T("You get no direct messages in these hours, except what is due on a visit day. Leave it empty for none.")),
		}}, nil
	})
}

// submit keeps a person's settings.
func (st *settings) submit(ctx context.Context, s submission) ([]byte, error) {
	p := store.Person{Workspace: s.team, ID: s.user, Zone: s.values.text(fieldZone), Quiet: s.values.text(fieldQuiet)}
	var errs visit.InputErrors
	p.Fixed = p.Zone != ""
	if p.Fixed {
		if _, err := visit.Zone(p.Zone); err != nil {
			errs = append(errs, visit.Invalid(fieldZone, "I don't know the time zone %q. Use a name such as Asia/Shanghai or Europe/Berlin.", blocks.Clip(p.Zone, 60)))
		}
	} else {
		p.Zone = visit.DefaultZone
		if who, err := st.directory.person(ctx, s.user); err == nil {
			p.Zone = who.zone
		}
	}
	q, err := visit.ParseQuiet(strings.ReplaceAll(p.Quiet, " ", ""))
	if err != nil {
		errs = append(errs, visit.Invalid(fieldQuiet, "Please write the hours as 20:00-08:00, or leave the field empty."))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	p.Quiet = q.String()
	if err := st.o.Store.PutPerson(ctx, p); err != nil {
		return nil, err
	}
	// Their own items and tips follow the zone.
	for _, kind := range []visit.RecurKind{visit.RecurDigest, visit.RecurTip} {
		sc, err := st.o.Store.Schedule(ctx, s.team, kind, visit.SubjectOf(visit.OfPerson, s.user))
		if errors.Is(err, visit.ErrNotFound) || err == nil && sc.Zone == p.Zone {
			continue
		}
		if err != nil {
			return nil, err
		}
		if r, err := calendar.Parse(sc.Rule); err == nil {
			sc.Zone = p.Zone
			sc.Next, _ = r.Next(st.o.Now(), zoneOr(p.Zone))
			if err := st.o.Store.PutSchedule(ctx, sc); err != nil {
				return nil, err
			}
		}
	}
	st.replies.later("bring a Home tab up to date", "", func(ctx context.Context) error { return st.live.openHome(ctx, s.team, s.user) })
	return nil, nil
}
