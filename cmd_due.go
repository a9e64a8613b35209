package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"visitprep/internal/lang"
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
			return withDatabase(cmd, getenv, func(ctx context.Context, db database) error {
				templates, err := loadTemplates(db.cfg)
				if err != nil {
					return err
				}
				expected, err := scheduler.Forecast(ctx, scheduler.Options{Store: db.Store, Timing: db.timing, Checklist: checklistsOf(templates)}, start, end)
				if err != nil {
					return err
				}
				out := cmd.OutOrStdout()
				switch {
				case asJSON:
					return writeDueJSON(out, expected)
				case len(expected) == 0:
					_, err := fmt.Fprintf(out, "Nothing is due from %s to %s.\n", start.Format(time.DateOnly), end.Format(time.DateOnly))
					return err
				}
				return writeDue(out, expected)
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "from this `DAY` on (default: now)")
	cmd.Flags().StringVar(&until, "until", "", "before this `DAY` (default: a week later)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object per line")
	return cmd
}

// flagTime reads a day, in UTC, or an instant from a flag.
func flagTime(flag, s string, otherwise time.Time) (time.Time, error) {
	if s == "" {
		return otherwise, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
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

func writeDueJSON(w io.Writer, expected []scheduler.Expected) error {
	enc := json.NewEncoder(w)
	for _, e := range expected {
		if err := enc.Encode(lineOf(e)); err != nil {
			return err
		}
	}
	return nil
}

func writeDue(w io.Writer, expected []scheduler.Expected) error {
	var b strings.Builder
	for _, e := range expected {
		l := lineOf(e)
		what := string(l.Kind) + " " + string(l.Subject)
		if l.Milestone != "" {
			what += ", " + l.Milestone
		}
		if l.Planned {
			what += ", inspection still to be made"
		}
		fmt.Fprintf(&b, "%s  %s  to %s  %s\n", l.At.Format("2006-01-02 15:04Z"), l.Local, l.To, what)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
