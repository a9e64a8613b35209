package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"visitprep/internal/visit"
)

// readAlong names the reports that stand where another company reads.
func readAlong(t *testing.T, s *Store) (ids []string) {
	t.Helper()
	for _, r := range must(s.ReportsReadAlong(context.Background(), 99)) {
		ids = append(ids, fmt.Sprintf("%s %d %s", r.Workspace, r.Number, r.Channel))
	}
	return ids
}

// TestReportsThatAnotherCompanyReads are those in a channel that is shared or has a guest, while
// something of them stands there and can be taken down.
func TestReportsThatAnotherCompanyReads(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		must(s.PlanVisit(ctx, sampleVisit("T2"), noon))
		for _, r := range []visit.Report{
			{Workspace: "T1", Channel: "C1", TS: "1.1", FileID: "F1", State: visit.ReportShown},
			{Workspace: "T1", Channel: "C1", FileID: "F2", State: visit.ReportPosted},
			{Workspace: "T1", Channel: "C1", TS: "1.3", State: visit.ReportLost},
			{Workspace: "T1", Channel: "C1"},
			{Workspace: "T1", Channel: "U1", TS: "1.5", FileID: "F5", State: visit.ReportShown},
			{Workspace: "T2", Channel: "C1", TS: "1.1", FileID: "F1", State: visit.ReportShown},
		} {
			r.Subject, r.Kind = v.Subject(), visit.ReportVisit
			must(s.AddReport(ctx, r))
		}
		note := func(f ChannelFacts) {
			t.Helper()
			f.Name, f.Checked = "c", noon
			if _, _, err := s.NoteChannel(ctx, "T1", f, noon); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			name string
			is   ChannelFacts
			want []string
		}{
			{"nobody else reads", ChannelFacts{Channel: "C1"}, nil},
			{"it is shared", ChannelFacts{Channel: "C1", Shared: true}, []string{"T1 1 C1", "T1 2 C1", "T1 3 C1"}},
			{"it is archived", ChannelFacts{Channel: "C1", Shared: true, State: ChannelArchived}, nil},
			{"a guest reads", ChannelFacts{Channel: "C1", Guests: true}, []string{"T1 1 C1", "T1 2 C1", "T1 3 C1"}},
		} {
			if note(c.is); !slices.Equal(readAlong(t, s), c.want) {
				t.Errorf("%s: %q, want %q", c.name, readAlong(t, s), c.want)
			}
		}
		if err := s.MoveChannel(ctx, "T1", "C1", "C2"); err != nil {
			t.Fatal(err)
		}
		if got := readAlong(t, s); !slices.Equal(got, []string{"T1 1 C2", "T1 2 C2", "T1 3 C2"}) {
			t.Errorf("with another id: %q", got)
		}
		if rs := must(s.ReportsReadAlong(ctx, 1)); len(rs) != 1 {
			t.Errorf("at most one: %+v", rs)
		}
	})
}

// TestAReportOfBeforeIsWhereItWasSent: its row named the channel, also where it had gone to a person
// because another company read there.
func TestAReportOfBeforeIsWhereItWasSent(t *testing.T) {
	text := string(must(migrations.ReadFile("migrations/0012_reports_read.sql")))
	_, text, _ = strings.Cut(text, "UPDATE")
	update, _, _ := strings.Cut(text, ";")
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		sent := func(r *visit.Report, to string, state visit.State) {
			t.Helper()
			o := visit.HandIn(r, &v.Work, to, noon)
			if err := s.AddOccurrence(ctx, o); err != nil {
				t.Fatal(err)
			}
			if _, err := s.write.ExecContext(ctx, `UPDATE occurrences SET state = $2 WHERE key = $1`, o.Key, string(state)); err != nil {
				t.Fatal(err)
			}
		}
		for n, to := range []string{"C1", "U1"} {
			r := must(s.AddReport(ctx, visit.Report{Workspace: "T1", Subject: v.Subject(), Kind: visit.ReportVisit, Channel: "C1", FileID: fmt.Sprint("F", n)}))
			if to == "U1" {
				sent(&r, "C1", visit.Cancelled)
			}
			sent(&r, to, visit.Sent)
		}
		if _, err := s.write.ExecContext(ctx, "UPDATE"+update); err != nil {
			t.Fatal(err)
		}
		if rs := must(s.Reports(ctx, "T1", v.Subject())); rs[0].Channel != "U1" || rs[1].Channel != "C1" {
			t.Errorf("they are in %s and %s", rs[0].Channel, rs[1].Channel)
		}
	})
}
