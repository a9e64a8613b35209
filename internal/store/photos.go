package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"time"

	"visitprep/internal/visit"
)

const photoColumns = `id, file_id, permalink, name, state, why, tries, width, height, sha256, taken_at, cleared_by, cleared_at, left_out, crop, after_change`

func photoFields(p *visit.PhotoRef) []any {
	return []any{&p.ID, &p.FileID, &p.Permalink, &p.Name, (*string)(&p.State), &p.Why, &p.Tries, &p.W, &p.H, &p.SHA256,
		instantField{&p.TakenAt}, &p.Cleared.By, instantField{&p.Cleared.At}, &p.LeftOut, cropField{&p.Crop}, &p.AfterChange}
}

func scanPhoto(row scanner) (p visit.PhotoRef, err error) {
	err = row.Scan(photoFields(&p)...)
	return p, err
}

// scanPhotoOf reads a photo after the number of its finding.
func scanPhotoOf(row scanner) (finding int, p visit.PhotoRef, err error) {
	err = row.Scan(append([]any{&finding}, photoFields(&p)...)...)
	return finding, p, err
}

// A cropField is stored as "10,0,0,25", and as the empty text for none.
type cropField struct{ of *visit.Crop }

func (c cropField) Value() (driver.Value, error) {
	if c.of.IsZero() {
		return "", nil
	}
	return fmt.Sprintf("%d,%d,%d,%d", c.of.Left, c.of.Top, c.of.Right, c.of.Bottom), nil
}

func (c cropField) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("a crop is stored as text, not as %T", v)
	}
	*c.of = visit.Crop{}
	if s == "" {
		return nil
	}
	_, err := fmt.Sscanf(s, "%d,%d,%d,%d", &c.of.Left, &c.of.Top, &c.of.Right, &c.of.Bottom)
	return err
}

// savePhotos writes what differs in the photos of a finding. Who comes second to the last
// place of a visit waits for the counter of photos.
func (t *txn) savePhotos(ctx context.Context, before, f *visit.Finding) error {
	old := make(map[int]visit.PhotoRef, len(before.Photos))
	for _, p := range before.Photos {
		old[p.ID] = p
	}
	for n := range f.Photos {
		p := &f.Photos[n]
		was, ok := old[p.ID]
		delete(old, p.ID)
		switch {
		case !ok || p.ID == 0:
			if err := t.addPhoto(ctx, f, p); err != nil {
				return err
			}
		case was != *p:
			if _, err := t.ExecContext(ctx, `UPDATE photos SET cleared_by = $3, cleared_at = $4, left_out = $5, crop = $6 WHERE workspace = $1 AND id = $2`,
				f.Workspace, p.ID, p.Cleared.By, millis(p.Cleared.At), p.LeftOut, cropField{&p.Crop}); err != nil {
				return err
			}
		}
	}
	for id := range old {
		if _, err := t.ExecContext(ctx, `DELETE FROM photos WHERE workspace = $1 AND id = $2`, f.Workspace, id); err != nil {
			return err
		}
	}
	if !before.Withdrawn.IsSet() && f.Withdrawn.IsSet() {
		_, err := t.ExecContext(ctx, `UPDATE photos SET state = 'waiting', tries = 0, retry_at = 0, width = 0, height = 0, sha256 = '', jpeg = NULL
			WHERE workspace = $1 AND finding = $2 AND state = 'kept'`, f.Workspace, f.Number)
		return err
	}
	if f.Subject != before.Subject && f.Subject != "" && before.Number > 0 {
		return t.refuseBeyond(ctx, f)
	}
	return nil
}

// addPhoto records a photo that is to be fetched, or is one too many.
func (t *txn) addPhoto(ctx context.Context, f *visit.Finding, p *visit.PhotoRef) (err error) {
	if p.ID, err = t.next(ctx, f.Workspace, "photo"); err != nil {
		return err
	}
	p.State, p.Why = visit.PhotoWaiting, ""
	if n, err := t.photosOf(ctx, f); err != nil {
		return err
	} else if n >= visit.MaxPhotosOfWork {
		p.State, p.Why = visit.PhotoRefused, visit.PhotoTooMany
	}
	return t.insert(ctx, `photos (workspace, finding, `+photoColumns+`, retry_at)`,
		[][]any{append(stored(append([]any{&f.Workspace, &f.Number}, photoFields(p)...)), 0)}, "")
}

// photosOf is how many photos with a copy, or to be fetched, the visit or inspection of a
// finding has; of one that belongs to neither its own.
func (t *txn) photosOf(ctx context.Context, f *visit.Finding) (n int, err error) {
	const count = `SELECT COUNT(*) FROM photos p JOIN findings n ON n.workspace = p.workspace AND n.number = p.finding
		WHERE p.state IN ('waiting', 'kept') AND n.withdrawn_by = '' AND n.workspace = $1 AND `
	if !f.OfWork() {
		return n, t.QueryRowContext(ctx, count+`n.number = $2`, f.Workspace, f.Number).Scan(&n)
	}
	kind, _ := f.Subject.Cut()
	return n, t.QueryRowContext(ctx, count+`n.of_kind = $2 AND n.of_number = $3`, f.Workspace, string(kind), f.Subject.Number()).Scan(&n)
}

// refuseBeyond refuses the last photos of a finding that came to a visit or an inspection
// which has too many by that.
func (t *txn) refuseBeyond(ctx context.Context, f *visit.Finding) error {
	n, err := t.photosOf(ctx, f)
	if err != nil || n <= visit.MaxPhotosOfWork {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE photos SET state = 'refused', why = $3, jpeg = NULL, width = 0, height = 0, sha256 = '' WHERE workspace = $1 AND id IN (
		SELECT id FROM photos WHERE workspace = $1 AND finding = $2 AND state IN ('waiting', 'kept') ORDER BY id DESC LIMIT $4)`,
		f.Workspace, f.Number, visit.PhotoTooMany, n-visit.MaxPhotosOfWork)
	return err
}

// A WaitingPhoto is a photo to be fetched, and of which finding it is.
type WaitingPhoto struct {
	Workspace string
	Finding   int // its number
	visit.PhotoRef
}

// PhotosWaiting lists the photos of all workspaces that are to be fetched by now, elapsed
// time, those first that wait longest; most is how many at most.
func (s *Store) PhotosWaiting(ctx context.Context, now time.Time, most int) ([]WaitingPhoto, error) {
	ps, err := all(ctx, s.read, func(row scanner) (p WaitingPhoto, err error) {
		err = row.Scan(append([]any{&p.Workspace, &p.Finding}, photoFields(&p.PhotoRef)...)...)
		return p, err
	}, `SELECT p.workspace, p.finding, p.id, p.file_id, p.permalink, p.name, p.state, p.why, p.tries, p.width, p.height, p.sha256, p.taken_at,
		p.cleared_by, p.cleared_at, p.left_out, p.crop, p.after_change FROM photos p JOIN findings n ON n.workspace = p.workspace AND n.number = p.finding
		WHERE p.state = 'waiting' AND p.retry_at <= $1 AND n.withdrawn_by = '' ORDER BY p.retry_at, p.workspace, p.id LIMIT $2`, millis(now), most)
	if err != nil {
		return nil, fmt.Errorf("list the photos to fetch: %w", classify(err))
	}
	return ps, nil
}

// A Copy is the copy of a photo: upright, small, and without what the camera wrote into it.
type Copy struct {
	JPEG    []byte
	W, H    int // in pixels
	SHA256  string
	TakenAt time.Time // as the camera says
}

// KeepPhoto keeps the copy of a photo and returns its finding. It reports false where the photo
// is not waiting any more: it was fetched by somebody else, or its finding is withdrawn.
func (s *Store) KeepPhoto(ctx context.Context, workspace string, id int, c Copy) (f visit.Finding, did bool, err error) {
	return s.settlePhoto(ctx, "keep a photo", workspace, id,
		`state = 'kept', why = '', width = $3, height = $4, sha256 = $5, taken_at = $6, jpeg = $7`, c.W, c.H, c.SHA256, millis(c.TakenAt), c.JPEG)
}

// RefusePhoto records why no copy of a photo can be had, in one word, and returns its finding.
// It reports false where the photo is not waiting any more.
func (s *Store) RefusePhoto(ctx context.Context, workspace string, id int, why string) (f visit.Finding, did bool, err error) {
	return s.settlePhoto(ctx, "refuse a photo", workspace, id, `state = 'refused', why = $3`, why)
}

// TryPhoto counts a try to fetch a photo before it begins, and has the photo fetched again from
// an instant on, elapsed time, if nothing more is heard of the try. It reports false where the
// photo is not waiting any more.
func (s *Store) TryPhoto(ctx context.Context, workspace string, id int, until time.Time) (f visit.Finding, did bool, err error) {
	return s.settlePhoto(ctx, "try to fetch a photo", workspace, id, `tries = tries + 1, retry_at = $3`, millis(until))
}

// DelayPhoto has a photo fetched again from an instant on, elapsed time, and notes why it was
// not this time. It reports false where the photo is not waiting any more.
func (s *Store) DelayPhoto(ctx context.Context, workspace string, id int, why string, until time.Time) (f visit.Finding, did bool, err error) {
	return s.settlePhoto(ctx, "fetch a photo later", workspace, id, `why = $3, retry_at = $4`, why, millis(until))
}

// settlePhoto changes a photo that waits, and its finding by it. The finding is locked first, as by
// all who change one: who withdraws it is either seen here, or sees the copy.
func (s *Store) settlePhoto(ctx context.Context, what, workspace string, id int, set string, args ...any) (f visit.Finding, did bool, err error) {
	err = s.change(ctx, what, func(t *txn) error {
		did = false
		var number int
		err := t.QueryRowContext(ctx, `UPDATE findings SET taken_at = taken_at WHERE workspace = $1 AND withdrawn_by = ''
			AND number = (SELECT p.finding FROM photos p WHERE p.workspace = $1 AND p.id = $2) RETURNING number`, workspace, id).Scan(&number)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		rows, err := all(ctx, t, func(row scanner) (n int, err error) { return n, row.Scan(&n) },
			`UPDATE photos SET `+set+` WHERE workspace = $1 AND id = $2 AND state = 'waiting' AND finding = $`+strconv.Itoa(len(args)+3)+` RETURNING finding`,
			append(append([]any{workspace, id}, args...), number)...)
		if did = err == nil && len(rows) > 0; !did {
			return err
		}
		// A report that was drawn before has something else to show now.
		if _, err := t.ExecContext(ctx, `UPDATE findings SET rev = rev + (SELECT COUNT(*) FROM photos p
			WHERE p.workspace = findings.workspace AND p.id = $3 AND p.state <> 'waiting'), taken_at = COALESCE((SELECT MIN(taken_at) FROM photos p
			WHERE p.workspace = findings.workspace AND p.finding = findings.number AND p.taken_at > 0), taken_at)
			WHERE workspace = $1 AND number = $2`, workspace, number, id); err != nil {
			return err
		}
		f, err = finding(ctx, t, workspace, number)
		return err
	})
	return f, did, err
}

// Photo returns the copy of a photo, a JPEG; visit.ErrNotFound where there is none.
func (s *Store) Photo(ctx context.Context, workspace string, id int) ([]byte, error) {
	var b []byte
	err := s.read.QueryRowContext(ctx, `SELECT jpeg FROM photos WHERE workspace = $1 AND id = $2 AND state = 'kept'`, workspace, id).Scan(&b)
	if err != nil {
		return nil, fmt.Errorf("read a photo: %w", classify(notFound(err, "photo", id)))
	}
	return b, nil
}

// A Look is what somebody says of a photo before it goes to the factory.
type Look struct {
	Finding, Photo int // its number, and the photo's id
	LeftOut        bool
	Crop           visit.Crop
}

// LookAtPhotos records what somebody says who looked at photos before they go to the factory:
// of all of them, or of none.
func (s *Store) LookAtPhotos(ctx context.Context, workspace string, looks []Look, by string, now time.Time) error {
	return s.change(ctx, "look at photos", func(t *txn) error {
		for _, l := range looks {
			_, err := t.changeFinding(ctx, workspace, l.Finding, func(f *visit.Finding) error {
				for n := range f.Photos {
					if f.Photos[n].ID == l.Photo {
						return f.Photos[n].Look(l.LeftOut, l.Crop, by, now)
					}
				}
				return fmt.Errorf("photo %d: %w", l.Photo, visit.ErrNotFound)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
