package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler/calendar"
)

// A dueJSON is one line of due --json.
type dueJSON struct {
	Workspace string        `json:"workspace"`
	At        time.Time     `json:"at"`
	Local     string        `json:"local"` // where its reader is
	To        string        `json:"to"`
	Kind      visit.Kind    `json:"kind"`
	Subject   visit.Subject `json:"subject"`
	Milestone string        `json:"milestone,omitempty"`
	Planned   bool          `json:"planned,omitempty"` // of an inspection that its plan has still to make
}

func dueCommand(getenv func(string) string) *cobra.Command {
	var from, until string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "due", Short: "Print what would be sent between --from and --until", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			start := time.Now()
			var err error
			parse := func(flag, s string) time.Time {
				t, perr := time.Parse(time.DateOnly, s)
				if perr != nil {
					if t, perr = time.Parse(time.RFC3339, s); perr != nil {
						err = fmt.Errorf("due --%s %s: write a day such as 2027-03-15", flag, s)
					}
				}
				return t
			}
			if from != "" {
				start = parse("from", from)
			}
			end := start.AddDate(0, 0, 7)
			if until != "" {
				end = parse("until", until)
			}
			if err != nil {
				return err
			}
			if !end.After(start) {
				return fmt.Errorf("due: --until %s is not after --from", until)
			}
			return withStore(cmd, getenv, func(ctx context.Context, s *store.Store, t visit.Timing, _ *config) error {
				lines, err := dueBetween(ctx, s, &t, start, end)
				if err != nil {
					return err
				}
				return writeDue(cmd.OutOrStdout(), lines, asJSON, start, end)
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "from this `DAY` on (default: now)")
	cmd.Flags().StringVar(&until, "until", "", "before this `DAY` (default: a week later)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// dueBetween lists what waits to be sent, and what plans and subscriptions will
// bring until then.
func dueBetween(ctx context.Context, s *store.Store, timing *visit.Timing, from, until time.Time) ([]dueJSON, error) {
	workspaces, err := s.Workspaces(ctx)
	if err != nil {
		return nil, err
	}
	var lines []dueJSON
	add := func(o visit.Occurrence, planned bool) {
		l := dueJSON{Workspace: o.Workspace, At: o.Due.UTC(), Local: localTime(o.Due, o.Zone), To: o.To, Kind: o.Kind, Subject: o.Subject, Planned: planned}
		if o.Kind == visit.Remind {
			l.Milestone = o.Milestone.Label()
		}
		lines = append(lines, l)
	}
	for _, w := range workspaces {
		os, err := s.Occurrences(ctx, w, store.OccurrenceFilter{States: []visit.State{visit.Pending}, From: from, Until: until})
		if err != nil {
			return nil, err
		}
		for _, o := range os {
			add(o, false)
		}
		tips, err := s.Schedules(ctx, w, visit.RecurTip)
		if err != nil {
			return nil, err
		}
		for _, sc := range tips {
			zone, err := calendar.LoadZone(sc.Zone)
			if err != nil {
				continue
			}
			rule, err := calendar.Parse(sc.Rule)
			if err != nil {
				continue
			}
			day := civil.Date{}
			for at, ok := rule.Next(from.Add(-time.Second), zone); ok && at.Before(until); at, ok = rule.Next(at, zone) {
				if tip := visit.TipOf(sc, at, timing); tip.Day != day && tip.Due.Before(until) {
					day = tip.Day
					add(tip, false)
				}
			}
		}
		plans, err := s.Plans(ctx, w, store.Filter{})
		if err != nil {
			return nil, err
		}
		for _, p := range plans {
			zone, err := calendar.LoadZone(p.Zone)
			if err != nil {
				continue
			}
			rule, err := calendar.Parse(p.Rule)
			if err != nil {
				continue
			}
			for d := p.Next; !d.IsZero() && p.Ahead(d).Start(zone).Before(until); {
				i := p.Inspection(d, from)
				for _, o := range i.Reminders(timing, from, false) {
					if !o.Due.Before(from) && o.Due.Before(until) {
						o.Subject = p.Subject()
						add(o, true)
					}
				}
				next, ok := rule.Next(d.AddDays(1).Start(zone).Add(-time.Second), zone)
				if !ok {
					break
				}
				d = civil.Of(next.In(zone))
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b dueJSON) int { return a.At.Compare(b.At) })
	return lines, nil
}

func localTime(t time.Time, zone string) string {
	z, err := calendar.LoadZone(zone)
	if err != nil {
		z = time.UTC
	}
	return t.In(z).Format("Mon 2006-01-02 15:04 MST") + " (" + zone + ")"
}

func writeDue(w io.Writer, lines []dueJSON, asJSON bool, from, until time.Time) error {
	if asJSON {
		enc := json.NewEncoder(w)
		for _, l := range lines {
			if err := enc.Encode(l); err != nil {
				return err
			}
		}
		return nil
	}
	var b strings.Builder
	for _, l := range lines {
		what := string(l.Kind) + " " + string(l.Subject)
		if l.Milestone != "" {
			what += ", " + l.Milestone
		}
		if l.Planned {
			what += ", inspection still to be made"
		}
		fmt.Fprintf(&b, "%s  %s  to %s  %s\n", l.At.Format("2006-01-02 15:04Z"), l.Local, l.To, what)
	}
	if len(lines) == 0 {
		fmt.Fprintf(&b, "Nothing is due from %s to %s.\n", from.Format(time.DateOnly), until.Format(time.DateOnly))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
