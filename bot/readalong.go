package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// fileIsGone are Slack's words for a file that is there no more.
var fileIsGone = []string{"file_not_found", "file_deleted"}

// takeDownReports takes down, at most so many at once in a workspace, the reports that stand in channels which
// another company has come to read: their message says no more than that, and their files go.
// What Slack does not take is tried again, by whichever process, for their rows say where they
// stand.
func (lv *live) takeDownReports(ctx context.Context, most int) {
	rs, err := lv.o.Store.ReportsReadAlong(ctx, healMost)
	if err != nil && ctx.Err() == nil {
		lv.log.Warn("could not look for reports that another company reads", "err", err)
	}
	begun := map[string]int{}
	for n := range rs {
		r := &rs[n]
		key := cardKey(r.Workspace, r.Subject) + "/report/" + strconv.Itoa(r.Number) + "/" + r.Channel
		if begun[r.Workspace] == most {
			continue
		}
		take := func(ctx context.Context) error { return lv.takeDownReport(ctx, r) }
		if lv.takeAway(ctx, key, take, func(err error) {
			lv.log.Warn("could not take down a report; it will be tried again", "subject", string(r.Subject), "report", r.Number, "err", err)
		}) {
			begun[r.Workspace]++
		}
	}
}

// takeDownReport takes down one report, and notes that it stands there no more. Of one that was
// being handed in there the files are made again, for whoever may have them now.
func (lv *live) takeDownReport(ctx context.Context, r *visit.Report) error {
	p := lv.directory.channelPrinter(ctx, r.Workspace)
	h, err := handingOf(r)
	if err != nil {
		return err
	}
	var errs []error
	if r.TS != "" {
		command := fmt.Sprintf("/visit-prep report %d", r.Subject.Number())
		if kind, _ := r.Subject.Cut(); kind == visit.OfInspection {
			command = fmt.Sprintf("/inspection report %d", r.Subject.Number())
		}
		words := p.T("A report is not shown here while another company reads along. Type %s to get it alone.", command)
		_, _, _, err := lv.api(ctx, r.Workspace).UpdateMessageContext(ctx, r.Channel, r.TS, postOptions(blocks.Said(words), "")...)
		lv.directory.refused(r.Workspace, r.Channel, err)
		if err != nil && !isOneOf(err, cardIsFixed) {
			errs = append(errs, fmt.Errorf("take down the message of a report: %w", err))
		}
	}
	for _, id := range []string{r.FileID, h.Sheet} {
		if id == "" {
			continue
		}
		err := lv.api(ctx, r.Workspace).DeleteFileContext(ctx, id)
		switch {
		case err == nil || isOneOf(err, fileIsGone):
		case isSlackError(err, "cant_delete_file"): // uploaded by the app as it was installed before
			lv.log.Error("Slack does not let a file of a report be deleted; please delete it by hand", "file", id, "subject", string(r.Subject), "report", r.Number)
		default:
			errs = append(errs, fmt.Errorf("delete a file of a report: %w", err))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	_, err = lv.o.Store.ChangeReport(ctx, r.Workspace, r.Subject, r.Number, func(kept *visit.Report) error { return standsNoMore(kept, r) })
	return err
}

// standsNoMore notes in the row of a report that what it says of r is taken down. What was shared or
// posted meanwhile is to be taken down yet.
func standsNoMore(kept, r *visit.Report) error {
	h, err := handingOf(kept)
	if err != nil || kept.Channel != r.Channel {
		return err
	}
	if kept.TS == r.TS {
		kept.TS = ""
	}
	if kept.FileID == r.FileID {
		kept.FileID, h.Sheet = "", ""
		if kept.State == visit.ReportPosted {
			kept.State = visit.ReportMaking
		}
	}
	kept.Detail = string(blocks.MustJSON(h))
	return nil
}
