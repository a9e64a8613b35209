package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler"
)

func dueCommand(getenv func(string) string) *cobra.Command {
	var from, until string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "due", Short: "Print what would be sent between --from and --until", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			now := time.Now()
			start, err1 := flagTime("from", from, now)
			end, err2 := flagTime("until", until, start.AddDate(0, 0, 7))
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			if !end.After(start) {
				return fmt.Errorf("due: --until %s is not after --from", until)
			}
			if err := reckonable(now, start, end); err != nil {
				return err
			}
			return withDatabase(cmd, getenv, existing, func(ctx context.Context, db database) error {
				templates, err := loadTemplates(db.cfg)
				if err != nil {
					return err
				}
				expected, err := scheduler.Forecast(ctx, scheduler.Options{Store: db.Store, Timing: db.timing, Checklist: checklistsOf(templates)}, start, end)
				if err != nil {
					return err
				}
				waiting, lost, err := overdue(ctx, db, now, start)
				if err != nil {
					return err
				}
				// The forecast has what is late, too, as it will be sent.
				expected = slices.DeleteFunc(expected, func(e scheduler.Expected) bool {
					return slices.ContainsFunc(waiting, func(w scheduler.Expected) bool { return w.Workspace == e.Workspace && w.Key == e.Key })
				})
				out := cmd.OutOrStdout()
				if asJSON {
					return errors.Join(writeDueJSON(out, expected, lineOf), writeDueJSON(out, waiting, waitingLine), writeDueJSON(out, lost, lostLine))
				}
				if len(expected) == 0 {
					fmt.Fprintf(out, "Nothing is due from %s to %s.\n", start.Format(time.DateOnly), end.Format(time.DateOnly))
				}
				if err := writeDue(out, expected, lineOf); err != nil {
					return err
				}
				for _, part := range []struct {
					title string
					of    []scheduler.Expected
					line  func(scheduler.Expected) dueLine
				}{
					{"Late, and still to be sent:", waiting, waitingLine},
					{"Could not be delivered in the last 14 days:", lost, lostLine},
				} {
					if len(part.of) == 0 {
						continue
					}
					fmt.Fprintf(out, "\n%s\n", part.title)
					if err := writeDue(out, part.of, part.line); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "from this `DAY` on (default: now)")
	cmd.Flags().StringVar(&until, "until", "", "before this `DAY`, at most two years later (default: a week later)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object per line")
	return cmd
}

// How far due looks ahead, in years. It reckons from now on, wherever it begins to print; and an
// inspection without a result is asked about week after week, so that each year of a plan
// brings more than the year before. Within these bounds it answers in seconds.
const (
	dueSpan = 2
	dueEnds = 20
)

// reckonable refuses a span that would take minutes to print, or for ever.
func reckonable(now, start, end time.Time) error {
	if last := now.AddDate(dueEnds, 0, 0); end.After(last) {
		return fmt.Errorf("due: what comes after %s is too far away to say: write --until %[1]s or an earlier day", last.UTC().Format(time.DateOnly))
	}
	if start.Before(now) {
		start = now
	}
	if last := start.AddDate(dueSpan, 0, 0); end.After(last) {
		return fmt.Errorf("due: these are more than %d years: write --until %s or an earlier day", dueSpan, last.UTC().Format(time.DateOnly))
	}
	return nil
}

// lostFor is how far back due looks for what could not be delivered.
const lostFor = 14 * 24 * time.Hour

// overdue lists what should have been sent by now: what still waits and is not of the
// forecast that begins at from, and what was given up.
func overdue(ctx context.Context, db database, now, from time.Time) (waiting, lost []scheduler.Expected, err error) {
	if now.Before(from) {
		from = now
	}
	workspaces, err := db.Workspaces(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, w := range workspaces {
		for _, of := range []struct {
			to     *[]scheduler.Expected
			filter store.OccurrenceFilter
		}{
			{&waiting, store.OccurrenceFilter{States: []visit.State{visit.Pending, visit.Sending, visit.Uncertain}, Until: from}},
			{&lost, store.OccurrenceFilter{States: []visit.State{visit.Dead, visit.Expired}, From: now.Add(-lostFor)}},
		} {
			os, err := db.Occurrences(ctx, w, of.filter)
			if err != nil {
				return nil, nil, err
			}
			for _, o := range os {
				*of.to = append(*of.to, scheduler.Expected{Occurrence: o})
			}
		}
	}
	return waiting, lost, nil
}

// flagTime reads a day, in UTC, or an instant from a flag.
func flagTime(flag, s string, otherwise time.Time) (time.Time, error) {
	if s == "" {
		return otherwise, nil
	}
	if d, err := civil.Parse(s); err == nil {
		return d.Start(time.UTC), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("due --%s %s: write a day such as 2027-03-15", flag, s)
}

// A dueLine is what due prints of one message: as JSON, or the same in words.
type dueLine struct {
	Workspace string        `json:"workspace"`
	At        time.Time     `json:"at"`
	Local     string        `json:"local"` // where its reader is
	To        string        `json:"to"`
	Kind      visit.Kind    `json:"kind"`
	Subject   visit.Subject `json:"subject"`
	Milestone string        `json:"milestone,omitempty"`
	Planned   bool          `json:"planned,omitempty"` // of an inspection that its plan has still to make
	State     visit.State   `json:"state,omitempty"`   // of what should have been sent: pending, sending, uncertain, dead, expired
	Reason    string        `json:"reason,omitempty"`  // why it was given up
}

// waitingLine is the line of what is late.
func waitingLine(e scheduler.Expected) dueLine {
	l := lineOf(e)
	l.State = e.State
	return l
}

// lostLine is the line of what was given up.
func lostLine(e scheduler.Expected) dueLine {
	l := waitingLine(e)
	l.Reason = bot.Reason(lang.English(), &e.Occurrence)
	return l
}

func lineOf(e scheduler.Expected) dueLine {
	zone, err := visit.Zone(e.Zone)
	if err != nil {
		zone = time.UTC
	}
	l := dueLine{
		Workspace: e.Workspace, At: e.Due.UTC(), Local: e.Due.In(zone).Format("Mon 2006-01-02 15:04 MST") + " (" + e.Zone + ")",
		To: e.To, Kind: e.Kind, Subject: e.Subject, Planned: e.Planned,
	}
	if e.Kind == visit.Remind {
		l.Milestone = e.Milestone.Label(lang.English())
	}
	return l
}

func writeDueJSON(w io.Writer, expected []scheduler.Expected, line func(scheduler.Expected) dueLine) error {
	enc := json.NewEncoder(w)
	for _, e := range expected {
		if err := enc.Encode(line(e)); err != nil {
			return err
		}
	}
	return nil
}

func writeDue(w io.Writer, expected []scheduler.Expected, line func(scheduler.Expected) dueLine) error {
	var b strings.Builder
	for _, e := range expected {
		l := line(e)
		what := string(l.Kind) + " " + string(l.Subject)
		if l.Milestone != "" {
			what += ", " + l.Milestone
		}
		if l.Planned {
			what += ", inspection still to be made"
		}
		if l.Reason != "" {
			what += ": " + l.Reason
		}
		fmt.Fprintf(&b, "%s  %s  to %s  %s\n", l.At.Format("2006-01-02 15:04Z"), l.Local, l.To, what)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
