package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/visit"
)

const reportColumns = `workspace, subject, number, kind, state, sha256, name, file_id, channel, ts, tries, made_by, made_at, final_by, final_at, detail`

func reportFields(r *visit.Report) []any {
	return []any{&r.Workspace, (*string)(&r.Subject), &r.Number, (*string)(&r.Kind), (*string)(&r.State), &r.SHA256, &r.Name, &r.FileID, &r.Channel, &r.TS,
		&r.Tries, &r.Made.By, instantField{&r.Made.At}, &r.Final.By, instantField{&r.Final.At}, &r.Detail}
}

func scanReport(row scanner) (r visit.Report, err error) {
	err = row.Scan(reportFields(&r)...)
	return r, err
}

// lockReports keeps others from changing the reports of a workspace until the transaction
// ends.
func (t *txn) lockReports(ctx context.Context, workspace string) error {
	return t.lockCounter(ctx, workspace, "report")
}

// AddReport records that a report is made, and gives it its number: 1 for the first of its
// subject.
func (s *Store) AddReport(ctx context.Context, r visit.Report) (visit.Report, error) {
	err := s.change(ctx, "record a report", func(t *txn) error {
		if err := t.lockReports(ctx, r.Workspace); err != nil {
			return err
		}
		if err := t.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM reports WHERE workspace = $1 AND subject = $2`,
			r.Workspace, string(r.Subject)).Scan(&r.Number); err != nil {
			return err
		}
		if r.State == "" {
			r.State = visit.ReportMaking
		}
		return t.insert(ctx, `reports (`+reportColumns+`)`, [][]any{stored(reportFields(&r))}, "")
	})
	return r, err
}

// Report returns one report of a subject.
func (s *Store) Report(ctx context.Context, workspace string, subject visit.Subject, number int) (visit.Report, error) {
	r, err := report(ctx, s.read, workspace, subject, number)
	if err != nil {
		return r, fmt.Errorf("read a report: %w", classify(err))
	}
	return r, nil
}

func report(ctx context.Context, db reader, workspace string, subject visit.Subject, number int) (visit.Report, error) {
	r, err := scanReport(db.QueryRowContext(ctx, `SELECT `+reportColumns+` FROM reports WHERE workspace = $1 AND subject = $2 AND number = $3`,
		workspace, string(subject), number))
	return r, notFound(err, "report", number)
}

// Reports lists the reports of a visit or an inspection, the newest first.
func (s *Store) Reports(ctx context.Context, workspace string, subject visit.Subject) ([]visit.Report, error) {
	rs, err := all(ctx, s.read, scanReport, `SELECT `+reportColumns+` FROM reports WHERE workspace = $1 AND subject = $2 ORDER BY number DESC`,
		workspace, string(subject))
	if err != nil {
		return nil, fmt.Errorf("list the reports: %w", classify(err))
	}
	return rs, nil
}

// ChangeReport changes where a report stands: its state, file, message and tries. What it is of,
// its kind, who made it, and what [Store.FinishReport] gives stay; but the hash goes with the file
// until it is seen where it was posted.
func (s *Store) ChangeReport(ctx context.Context, workspace string, subject visit.Subject, number int, f func(*visit.Report) error) (r visit.Report, err error) {
	err = s.change(ctx, "change a report", func(t *txn) error {
		if err := t.lockReports(ctx, workspace); err != nil {
			return err
		}
		var err error
		if r, err = report(ctx, t, workspace, subject, number); err != nil {
			return err
		}
		before := r
		if err := f(&r); err != nil {
			return err
		}
		if before.IsFinal() && before.Settled() {
			r.SHA256 = before.SHA256
		}
		r.Workspace, r.Subject, r.Number, r.Kind, r.Made, r.Final = before.Workspace, before.Subject, before.Number, before.Kind, before.Made, before.Final
		_, err = t.ExecContext(ctx, `UPDATE reports SET state = $4, sha256 = $5, name = $6, file_id = $7, channel = $8, ts = $9, tries = $10, detail = $11
			WHERE workspace = $1 AND subject = $2 AND number = $3`, workspace, string(subject), number,
			string(r.State), r.SHA256, r.Name, r.FileID, r.Channel, r.TS, r.Tries, r.Detail)
		return err
	})
	return r, err
}

// ReportsReadAlong lists the reports, at most so many in each workspace, the newest, that stand in an
// open channel which another company reads: their message, or a file.
func (s *Store) ReportsReadAlong(ctx context.Context, limit int) ([]visit.Report, error) {
	rs, err := all(ctx, s.read, scanReport, `SELECT `+reportColumns+` FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY workspace ORDER BY made_at DESC, subject, number DESC) AS nth FROM reports
		WHERE (ts <> '' OR file_id <> '') AND `+servedIn("reports")+` AND EXISTS (SELECT 1 FROM channels h WHERE h.workspace = reports.workspace AND h.channel = reports.channel AND h.state = '' AND (h.shared OR h.guests))) r
		WHERE nth <= $1 ORDER BY workspace, subject, number`, limit)
	if err != nil {
		return nil, fmt.Errorf("list the reports that another company reads: %w", classify(err))
	}
	return rs, nil
}

// errSeen says that something has changed since it was read.
var errSeen = errors.New("it has changed since it was read")

// A Drawn is the file of a report, and what it was drawn from.
type Drawn struct {
	SHA256   string
	Rev      int // of the visit or inspection
	Findings []visit.Finding
	Version  int // that is to be final, from 1
}

// FinishReport makes a report final, with the hash of its file, and so every finding of its
// subject that stands: none of them can be withdrawn any more. It reports false where what the
// file was drawn from has changed since, or another finding is there, and then nothing changes.
// Where the report is final already, who came first stands and comes back; so does another one
// that has made the version final.
func (s *Store) FinishReport(ctx context.Context, workspace string, subject visit.Subject, number int, file Drawn, by string, now time.Time) (r visit.Report, did bool, err error) {
	err = s.change(ctx, "make a report final", func(t *txn) error {
		did = false
		if err := t.lockReports(ctx, workspace); err != nil {
			return err
		}
		var err error
		if r, err = report(ctx, t, workspace, subject, number); err != nil || r.IsFinal() {
			return err
		}
		finals, err := all(ctx, t, scanReport, `SELECT `+reportColumns+` FROM reports WHERE workspace = $1 AND subject = $2 AND final_by <> '' AND state <> $3 ORDER BY number`,
			workspace, string(subject), string(visit.ReportLost))
		if err != nil {
			return err
		}
		if n := max(file.Version, 1); len(finals) >= n {
			r = finals[n-1]
			return nil
		}
		kind, _ := subject.Cut()
		table := map[visit.SubjectKind]string{visit.OfVisit: visits.table, visit.OfInspection: inspections.table}[kind]
		if table == "" {
			return fmt.Errorf("there are no reports of %s", subject)
		}
		same, err := t.ExecContext(ctx, `UPDATE `+table+` SET rev = rev WHERE workspace = $1 AND number = $2 AND rev = $3`, workspace, subject.Number(), file.Rev)
		if err != nil {
			return err
		}
		if n, err := same.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, errSeen)
		}
		type revision struct{ number, rev int }
		are, err := all(ctx, t, func(row scanner) (v revision, err error) { return v, row.Scan(&v.number, &v.rev) },
			`UPDATE findings SET final = $4, rev = rev + 1 WHERE workspace = $1 AND of_kind = $2 AND of_number = $3 AND withdrawn_by = '' RETURNING number, rev - 1`,
			workspace, string(kind), subject.Number(), true)
		if err != nil {
			return err
		}
		for _, v := range are {
			if !slices.ContainsFunc(file.Findings, func(f visit.Finding) bool { return f.Number == v.number && f.Rev == v.rev }) {
				return errSeen
			}
		}
		if len(are) != len(file.Findings) {
			return errSeen
		}
		_, err = t.ExecContext(ctx, `UPDATE reports SET sha256 = $4, final_by = $5, final_at = $6 WHERE workspace = $1 AND subject = $2 AND number = $3`,
			workspace, string(subject), number, file.SHA256, by, millis(now))
		final := r
		final.SHA256, final.Final = file.SHA256, visit.Mark{By: by, At: now}
		r, did = final, err == nil
		return err
	})
	if errors.Is(err, errSeen) {
		err = nil
	}
	return r, did, err
}
