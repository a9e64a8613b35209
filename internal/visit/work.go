package visit

import (
	"slices"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// A Place is where something is talked about, and whose clock counts there.
type Place struct {
	Channel     string
	Private     bool   // a private channel: never shown elsewhere
	Shared      bool   // when Slack was last asked, another company or a guest could read it
	Zone        string // the factory's
	ChannelZone string // reminders to the channel come at a reasonable hour here
}

// Today is the day it is at the factory.
func (p *Place) Today(now time.Time) civil.Date { return civil.Of(now.In(mustZone(p.Zone))) }

// InChina reports whether the factory goes by the holidays of mainland China, as far as its
// zone tells.
func (p *Place) InChina() bool { return slices.Contains(chinaTime, p.Zone) }

// fillZones fills in the zones that nobody gave: the factory's.
func (p *Place) fillZones(f *Factory) {
	if p.Zone == "" {
		p.Zone = f.Zone
	}
	if p.ChannelZone == "" {
		p.ChannelZone = p.Zone
	}
}

// Work is what a visit and an inspection have in common. Each embeds it.
type Work struct {
	Workspace string
	Number    int // short, its own for each kind in each workspace
	Rev       int // counts every change
	Schedule  int // counts the changes that its reminders follow from; none while it is not open
	Factory   Factory
	Place
	Owner   string // who planned it
	Card    string // timestamp of its card in the channel, empty where it has none
	Created time.Time
	Items   Checklist
}

// Common is w itself: how an [Appointment] gives it.
func (w *Work) Common() *Work { return w }

// OpenChecklist is the checklist for a change.
func (w *Work) OpenChecklist() (*Checklist, error) { return &w.Items, nil }

// sameReminders reports whether reminders go to the same place, by the same clocks.
func (w *Work) sameReminders(o *Work) bool {
	return w.Channel == o.Channel && w.Zone == o.Zone && w.ChannelZone == o.ChannelZone
}

// An Appointment is a visit or an inspection: a *Visit or an *Inspection. What the two
// share is in Common; what only one of them has takes a type switch.
type Appointment interface {
	Common() *Work
	Subject() Subject
	Title(*lang.Printer) string         // names it in a line
	Days() (first, last civil.Date)     // at the factory
	DueDay(Milestone) civil.Date        // by which the items of a milestone are to be done
	Milestones(*Timing) []Milestone     // those that an item can have
	Open() bool                         // neither cancelled nor reported on
	Reminded() bool                     // reminders of it are sent
	OpenChecklist() (*Checklist, error) // for a change
}

var _, _ Appointment = (*Visit)(nil), (*Inspection)(nil)
