package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"visitprep/internal/visit"
)

// counterFinding counts the findings of a workspace. Who draws a number from it holds the lock
// under which one source becomes one finding.
const counterFinding = "finding"

// findingsFrom reads findings with what their visit or inspection is by now: it may have
// another channel or factory than when they were logged.
const (
	findingColumns = `n.workspace, n.number, n.rev, n.of_kind, n.of_number,
	COALESCE(v.channel, i.channel, n.channel), COALESCE(f.name, n.factory), n.kind, n.severity, n.text, n.text_zh, n.place,
	n.bad, n.checked, n.requirement, n.request, n.requirement_zh, n.request_zh, n.defect, n.item, n.for_factory, n.source, n.made_by, n.made_at, n.taken_at,
	n.withdrawn_by, n.withdrawn_at, n.final, n.claim_by, n.seen`
	findingsFrom = ` FROM findings n
	LEFT JOIN visits v ON n.of_kind = 'visit' AND v.workspace = n.workspace AND v.number = n.of_number
	LEFT JOIN inspections i ON n.of_kind = 'inspection' AND i.workspace = n.workspace AND i.number = n.of_number
	LEFT JOIN factories f ON f.workspace = n.workspace AND f.number = COALESCE(v.factory, i.factory, CASE WHEN n.of_kind = 'factory' THEN n.of_number END) `
	findingNames = `workspace, number, rev, of_kind, of_number, channel, factory, kind, severity, text, text_zh, place,
	bad, checked, requirement, request, requirement_zh, request_zh, defect, item, for_factory, source, made_by, made_at, taken_at, withdrawn_by, withdrawn_at, final, claim_by, seen`
)

// findingFields are what stands in the columns of a finding. kind and number are its subject,
// in two columns by which it is joined.
func findingFields(f *visit.Finding, kind *string, number *int) []any {
	return []any{&f.Workspace, &f.Number, &f.Rev, kind, number, &f.Channel, &f.Factory, (*string)(&f.Kind), (*string)(&f.Severity),
		&f.Text, &f.TextZH, &f.Place, &f.Bad, &f.Checked, &f.Requirement, &f.Request, &f.RequirementZH, &f.RequestZH, &f.Defect, &f.Item, &f.ForFactory, &f.Source,
		&f.By, instantField{&f.At}, instantField{&f.TakenAt}, &f.Withdrawn.By, instantField{&f.Withdrawn.At}, &f.Final, &f.ClaimBy, (*string)(&f.Seen)}
}

func scanFinding(row scanner) (f visit.Finding, err error) {
	var kind string
	var number int
	err = row.Scan(findingFields(&f, &kind, &number)...)
	if kind != "" {
		f.Subject = visit.SubjectOf(visit.SubjectKind(kind), number)
	}
	return f, err
}

// findingValues are the columns of f, as they are written.
func findingValues(f *visit.Finding) []any {
	kind, _ := f.Subject.Cut()
	k, number := string(kind), f.Subject.Number()
	return stored(findingFields(f, &k, &number))
}

// AddFinding records a finding, with its photos to be fetched. Where one was made of the same
// source before, that one stands and comes back, and did is false. Photos beyond what a visit
// or an inspection may have are recorded as refused.
func (s *Store) AddFinding(ctx context.Context, f visit.Finding, now time.Time) (added visit.Finding, did bool, err error) {
	err = s.change(ctx, "record a finding", func(t *txn) (err error) {
		added, did, err = t.addFinding(ctx, f, now)
		return err
	})
	return added, did, err
}

func (t *txn) addFinding(ctx context.Context, f visit.Finding, now time.Time) (visit.Finding, bool, error) {
	f.Normalize()
	if err := f.Check(); err != nil {
		return f, false, err
	}
	if f.Source == "" || len(f.Source) > visit.MaxSource || f.By == "" || f.Workspace == "" {
		return f, false, errors.New("its source or who logged it is missing")
	}
	if err := t.lockCounter(ctx, f.Workspace, counterFinding); err != nil {
		return f, false, err
	}
	var number int
	err := t.QueryRowContext(ctx, `SELECT number FROM findings WHERE workspace = $1 AND source = $2`, f.Workspace, f.Source).Scan(&number)
	if err == nil {
		f, err = finding(ctx, t, f.Workspace, number)
		return f, false, err
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return f, false, err
	}
	if f.Number, err = t.next(ctx, f.Workspace, counterFinding); err != nil {
		return f, false, err
	}
	f = f.Clone()
	f.Rev = 1
	if f.At.IsZero() {
		f.At = now
	}
	if err := t.insert(ctx, `findings (`+findingNames+`)`, [][]any{findingValues(&f)}, ""); err != nil {
		return f, false, err
	}
	if err := t.savePhotos(ctx, &visit.Finding{}, &f); err != nil {
		return f, false, err
	}
	if err := t.touch(ctx, f.Workspace, f.Subject); err != nil {
		return f, false, err
	}
	if f, err = finding(ctx, t, f.Workspace, f.Number); err != nil {
		return f, false, err
	}
	return f, true, t.follow(ctx, &f, now)
}

// Finding returns a finding with its photos.
func (s *Store) Finding(ctx context.Context, workspace string, number int) (visit.Finding, error) {
	f, err := finding(ctx, s.read, workspace, number)
	if err != nil {
		return f, fmt.Errorf("read a finding: %w", classify(err))
	}
	return f, nil
}

func finding(ctx context.Context, r reader, workspace string, number int) (visit.Finding, error) {
	f, err := scanFinding(r.QueryRowContext(ctx, `SELECT `+findingColumns+findingsFrom+`WHERE n.workspace = $1 AND n.number = $2`, workspace, number))
	if err != nil {
		return f, notFound(err, counterFinding, number)
	}
	f.Photos, err = all(ctx, r, scanPhoto, `SELECT `+photoColumns+` FROM photos WHERE workspace = $1 AND finding = $2 ORDER BY id`, workspace, number)
	return f, err
}

// FindingBySource returns the finding that was made of a source; visit.ErrNotFound where none
// was.
func (s *Store) FindingBySource(ctx context.Context, workspace, source string) (visit.Finding, error) {
	var number int
	err := s.read.QueryRowContext(ctx, `SELECT number FROM findings WHERE workspace = $1 AND source = $2`, workspace, source).Scan(&number)
	if err != nil {
		return visit.Finding{}, fmt.Errorf("look for a finding: %w", classify(notFound(err, counterFinding, "of this source")))
	}
	return s.Finding(ctx, workspace, number)
}

// ChangeFinding changes one finding: f is called on it while nobody else changes it. Photos
// that f adds are to be fetched, and those that it takes away are deleted with their copies. The
// copies of a finding that is withdrawn are deleted; they are fetched once more when it is
// brought back. What stands in a final report stays, see [visit.Finding.KeepFinal]. The reminders
// of its action go with it.
func (s *Store) ChangeFinding(ctx context.Context, workspace string, number int, now time.Time, f func(*visit.Finding) error) (changed visit.Finding, err error) {
	err = s.change(ctx, "change a finding", func(t *txn) (err error) {
		var before visit.Finding
		changed, err = t.changeFinding(ctx, workspace, number, func(x *visit.Finding) error {
			before = x.Clone()
			return f(x)
		})
		if err == nil && changed.Defect != before.Defect {
			err = t.reopenSame(ctx, &changed, now)
		}
		if err != nil || changed.SameReminders(&before) {
			return err
		}
		return t.remindActions(ctx, workspace, now, before.Subject, changed.Subject)
	})
	return changed, err
}

func (t *txn) changeFinding(ctx context.Context, workspace string, number int, f func(*visit.Finding) error) (visit.Finding, error) {
	if _, err := t.ExecContext(ctx, `UPDATE findings SET rev = rev + 1 WHERE workspace = $1 AND number = $2`, workspace, number); err != nil {
		return visit.Finding{}, err
	}
	before, err := finding(ctx, t, workspace, number)
	if err != nil {
		return before, err
	}
	x := before.Clone()
	if err := f(&x); err != nil {
		return x, err
	}
	x.Workspace, x.Number, x.Rev, x.Source, x.By, x.At = before.Workspace, before.Number, before.Rev, before.Source, before.By, before.At
	x.Normalize()
	if before.Final {
		x.Final = true
		if err := x.KeepFinal(&before); err != nil {
			return x, err
		}
	}
	if err := x.Check(); err != nil {
		return x, err
	}
	names := strings.Split(strings.Join(strings.Fields(findingNames), " "), ", ")
	var set []string
	for n, name := range names[2:] {
		set = append(set, fmt.Sprintf("%s = $%d", name, n+3))
	}
	if _, err := t.ExecContext(ctx, `UPDATE findings SET `+strings.Join(set, ", ")+` WHERE workspace = $1 AND number = $2`, findingValues(&x)...); err != nil {
		return x, err
	}
	if err := t.savePhotos(ctx, &before, &x); err != nil {
		return x, err
	}
	touched := []visit.Subject{x.Subject}
	if before.Subject != x.Subject {
		touched = append(touched, before.Subject)
	}
	if err := t.touch(ctx, workspace, touched...); err != nil {
		return x, err
	}
	return finding(ctx, t, workspace, number)
}

// SplitFinding makes of a finding with several photos one for each: the finding keeps the
// first, and each other one gets a finding with the same words. All of them come back, the
// first first; done once more it changes nothing.
func (s *Store) SplitFinding(ctx context.Context, workspace string, number int, now time.Time) (fs []visit.Finding, err error) {
	err = s.change(ctx, "split a finding", func(t *txn) error {
		fs = nil
		// Before the visit, as in AddFinding: two that wait for each other would be run again.
		if err := t.lockCounter(ctx, workspace, counterFinding); err != nil {
			return err
		}
		first, err := t.changeFinding(ctx, workspace, number, func(f *visit.Finding) error {
			a, err := actionOf(ctx, t, workspace, number)
			switch {
			case err != nil:
				return err
			case f.Final:
				return visit.Invalid("finding", "Finding %d is in a final report, so it can't be split.", f.Number)
			case a.Action.Begun(f):
				return visit.Invalid("finding", "Finding %d already has an action, so it can't be split. Add a finding for each photo that shows something else.", f.Number)
			}
			return nil
		})
		if err != nil {
			return err
		}
		var numbers []int
		for n, p := range first.Photos {
			if n == 0 {
				continue
			}
			f := first.Clone()
			f.Bad, f.Checked, f.TakenAt, f.Source, f.Photos = 0, 0, p.TakenAt, first.Source+"#"+p.FileID, nil
			f, _, err := t.addFinding(ctx, f, now)
			if err != nil {
				return err
			}
			if _, err := t.ExecContext(ctx, `UPDATE photos SET finding = $3 WHERE workspace = $1 AND id = $2`, workspace, p.ID, f.Number); err != nil {
				return err
			}
			numbers = append(numbers, f.Number)
		}
		for _, n := range append([]int{number}, numbers...) {
			f, err := finding(ctx, t, workspace, n)
			if err != nil {
				return err
			}
			fs = append(fs, f)
		}
		return nil
	})
	return fs, err
}

// Findings lists the findings of a visit or an inspection, or those of a factory that belong to
// neither, with their photos, the worst first. Of a factory some may be of channels that not
// everybody reads.
// Those withdrawn are not among them.
func (s *Store) Findings(ctx context.Context, workspace string, subject visit.Subject) ([]visit.Finding, error) {
	kind, _ := subject.Cut()
	return s.listFindings(ctx, onSubject, workspace, string(kind), subject.Number())
}

const onSubject = `n.workspace = $1 AND n.of_kind = $2 AND n.of_number = $3 AND n.withdrawn_by = ''`

// LooseFindings lists the findings that a person logged and that belong to no visit and no
// inspection yet. Those withdrawn are not among them.
func (s *Store) LooseFindings(ctx context.Context, workspace, person string) ([]visit.Finding, error) {
	return s.listFindings(ctx, `n.workspace = $1 AND n.of_kind = '' AND n.made_by = $2 AND n.withdrawn_by = ''`, workspace, person)
}

// EveryFinding lists the findings of a workspace with their photos, by their numbers. Those
// withdrawn are not among them.
func (s *Store) EveryFinding(ctx context.Context, workspace string) ([]visit.Finding, error) {
	fs, err := s.listFindings(ctx, `n.workspace = $1 AND n.withdrawn_by = ''`, workspace)
	slices.SortFunc(fs, func(a, b visit.Finding) int { return cmp.Compare(a.Number, b.Number) })
	return fs, err
}

// photosOf reads the photos of the findings whose numbers a query of a workspace gives, by that number
// and in their order. The order is made here: asked for one, SQLite reads along it every photo of the
// workspace.
func photosOf(ctx context.Context, r reader, numbers string, args ...any) (map[int][]visit.PhotoRef, error) {
	type photo struct {
		finding int
		visit.PhotoRef
	}
	ps, err := all(ctx, r, func(row scanner) (p photo, err error) {
		p.finding, p.PhotoRef, err = scanPhotoOf(row)
		return p, err
	}, photosQuery(numbers), args...)
	slices.SortFunc(ps, func(a, b photo) int { return cmp.Compare(a.ID, b.ID) })
	of := map[int][]visit.PhotoRef{}
	for _, p := range ps {
		of[p.finding] = append(of[p.finding], p.PhotoRef)
	}
	return of, err
}

func photosQuery(numbers string) string {
	return `SELECT finding, ` + photoColumns + ` FROM photos WHERE workspace = $1 AND finding IN (` + numbers + `)`
}

func findingsQuery(where string) string {
	return `SELECT ` + findingColumns + findingsFrom + `WHERE ` + where
}

// listFindings lists findings of the workspace that is the first argument.
func (s *Store) listFindings(ctx context.Context, where string, args ...any) ([]visit.Finding, error) {
	fs, err := all(ctx, s.read, scanFinding, findingsQuery(where), args...)
	if err != nil {
		return nil, fmt.Errorf("list the findings: %w", classify(err))
	}
	photos, err := photosOf(ctx, s.read, `SELECT n.number FROM findings n WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list the photos of findings: %w", classify(err))
	}
	for n := range fs {
		fs[n].Photos = photos[fs[n].Number]
	}
	slices.SortFunc(fs, visit.CompareFindings)
	return fs, nil
}

// SeverityWords are what the words with two meanings mean in a channel: as that channel has
// said, or else the workspace, whose channel is empty. What nobody has said is empty.
func (s *Store) SeverityWords(ctx context.Context, workspace, channel string) (w visit.SeverityWords, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT yanzhong FROM severity_words WHERE workspace = $1 AND channel IN ('', $2)
		ORDER BY channel DESC LIMIT 1`, workspace, channel).Scan((*string)(&w.Yanzhong))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return w, fmt.Errorf("read the words for severities: %w", classify(err))
	}
	return w, nil
}

// SetSeverityWords keeps what the words mean in a channel, or with an empty one in the
// workspace. The last one counts.
func (s *Store) SetSeverityWords(ctx context.Context, workspace, channel string, w visit.SeverityWords, by string, now time.Time) error {
	if err := w.Check(); err != nil {
		return err
	}
	return s.change(ctx, "keep the words for severities", func(t *txn) error {
		_, err := t.ExecContext(ctx, `INSERT INTO severity_words (workspace, channel, yanzhong, set_by, set_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (workspace, channel) DO UPDATE SET yanzhong = excluded.yanzhong, set_by = excluded.set_by, set_at = excluded.set_at`,
			workspace, channel, string(w.Yanzhong), by, millis(now))
		return err
	})
}
