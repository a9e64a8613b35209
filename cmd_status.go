package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

func statusCommand(getenv func(string) string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status", Short: "List the workspaces: connected or held and why, what waits, what is deleted when", Args: cobra.NoArgs,
		Long: `List the workspaces: since when each has the app, whether Slack can be sent to or reminders are
held and why, how many wait and how many of them are late, and when a workspace that no longer has
the app is deleted (delete_after_days in the settings). It changes nothing.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDatabase(cmd, getenv, existing, func(ctx context.Context, db database) error {
				ws, err := statuses(ctx, db, time.Now())
				if err != nil {
					return err
				}
				if asJSON {
					e := json.NewEncoder(cmd.OutOrStdout())
					e.SetIndent("", "  ")
					return e.Encode(ws)
				}
				return writeStatuses(cmd.OutOrStdout(), ws)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// How a workspace is.
const (
	isConnected = "connected" // as far as is known: no post has failed since
	isHeld      = "held"      // Slack cannot be sent to
	isEnded     = "ended"     // it no longer has the app
)

// A workspaceStatus is what status says of a workspace, or of an organisation that has installed the
// app for its workspaces.
type workspaceStatus struct {
	Workspace    string      `json:"workspace"`
	Name         string      `json:"name,omitempty"`
	Organisation string      `json:"organisation,omitempty"`
	InstalledBy  string      `json:"installed_by,omitempty"`
	InstalledAt  time.Time   `json:"installed_at,omitzero"`
	State        string      `json:"state"`
	Because      visit.Fault `json:"because,omitempty"`
	Since        time.Time   `json:"since,omitzero"` // of being held or ended
	Waiting      int         `json:"waiting"`
	Late         int         `json:"late"`
	Deleted      civil.Date  `json:"deleted,omitzero"` // the day from which it is, at the earliest
}

// statuses are those of all workspaces, by their ids. What is known of a workspace lies in four
// tables, and any of them may be the only one that has it.
func statuses(ctx context.Context, db database, now time.Time) ([]workspaceStatus, error) {
	all := map[string]*workspaceStatus{}
	of := func(workspace string) *workspaceStatus {
		w, ok := all[workspace]
		if !ok {
			w = &workspaceStatus{Workspace: workspace, State: isConnected}
			all[workspace] = w
		}
		return w
	}
	ids, err := db.Workspaces(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		of(id)
	}
	is, err := db.Installations(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range is {
		w := of(i.Workspace)
		w.Name, w.InstalledBy, w.InstalledAt = i.Name, i.By, i.At
		if !i.OrganisationWide() {
			w.Organisation = i.Organisation
		}
	}
	organisations, err := db.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	for id, organisation := range organisations {
		of(id).Organisation = organisation
	}
	waits, err := db.Waiting(ctx, now)
	if err != nil {
		return nil, err
	}
	for id, n := range waits {
		of(id).Waiting, of(id).Late = n.All, n.Late
	}
	cs, err := db.Connections(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range cs {
		w := of(c.Workspace)
		w.State, w.Because, w.Since = isHeld, c.Fault, c.Since
	}
	ended, err := db.EndedWorkspaces(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range ended {
		w := of(e.Workspace)
		w.State, w.Because, w.Since = isEnded, e.Why, e.Ended
		if days := db.cfg.DeleteAfterDays; days > 0 {
			w.Deleted = civil.Of(e.Ended.UTC()).AddDays(days)
		}
	}
	var sorted []workspaceStatus
	for _, id := range slices.Sorted(maps.Keys(all)) {
		sorted = append(sorted, *all[id])
	}
	return sorted, nil
}

const minutes = "2006-01-02 15:04 MST"

func writeStatuses(out io.Writer, ws []workspaceStatus) error {
	if len(ws) == 0 {
		_, err := io.WriteString(out, "No workspace has used or installed the app yet.\n")
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "workspace\tname\torganisation\tinstalled\twaiting\tlate\tstate\n")
	for _, w := range ws {
		installed := "-"
		if !w.InstalledAt.IsZero() {
			installed = civil.Of(w.InstalledAt.UTC()).String()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%d\t%s\n", w.Workspace, orDash(w.Name), orDash(w.Organisation), installed, w.Waiting, w.Late, w.words())
	}
	return t.Flush()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// words say how a workspace is.
func (w *workspaceStatus) words() string {
	since := w.Since.UTC().Format(minutes)
	switch {
	case w.State == isHeld:
		return fmt.Sprintf("reminders wait since %s: %s", since, faultAndMend(w.Because))
	case w.State == isEnded && w.Deleted.IsZero():
		return fmt.Sprintf("not installed since %s: %s; nothing is deleted by itself", since, w.Because)
	case w.State == isEnded && w.Because == store.TokenRevoked:
		return fmt.Sprintf("not installed since %s: its token was revoked; deleted from %s on", since, w.Deleted)
	case w.State == isEnded:
		return fmt.Sprintf("not installed since %s: it was uninstalled; deleted from %s on", since, w.Deleted)
	}
	return "connected"
}
