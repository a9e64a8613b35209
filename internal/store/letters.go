package store

import (
	"context"
	"errors"
	"fmt"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

const (
	letterColumns = `workspace, number, rev, subject, body, made_by, made_at, sent_by, sent_at`
	counterLetter = "letter"
)

// A letterBody is what the column body has of a letter.
type letterBody struct {
	To        visit.Bilingual
	Escort    visit.Bilingual   `json:",omitzero"`
	Strengths []visit.Bilingual `json:",omitempty"`
	Findings  []int             `json:",omitempty"`
	ReplyBy   civil.Date
	LotBy     civil.Date `json:",omitzero"`
	English   bool       `json:",omitempty"`
	Chinese   bool       `json:",omitempty"`
	From      string
}

func letterFields(l *visit.Letter, b *letterBody) []any {
	return []any{&l.Workspace, &l.Number, &l.Rev, (*string)(&l.Subject), asJSON(b), &l.Made.By, instantField{&l.Made.At}, &l.Sent.By, instantField{&l.Sent.At}}
}

func scanLetter(row scanner) (l visit.Letter, err error) {
	var b letterBody
	err = row.Scan(letterFields(&l, &b)...)
	l.To, l.Escort, l.Strengths, l.Findings, l.ReplyBy, l.LotBy, l.English, l.Chinese, l.From = b.To, b.Escort, b.Strengths, b.Findings, b.ReplyBy, b.LotBy, b.English, b.Chinese, b.From
	return l, err
}

func letterValues(l *visit.Letter) []any {
	return stored(letterFields(l, &letterBody{l.To, l.Escort, l.Strengths, l.Findings, l.ReplyBy, l.LotBy, l.English, l.Chinese, l.From}))
}

// AddLetter records a letter, which the caller has checked, and gives it its number.
func (s *Store) AddLetter(ctx context.Context, l visit.Letter) (visit.Letter, error) {
	err := s.change(ctx, "record a letter", func(t *txn) (err error) {
		if l.Workspace == "" || l.Subject == "" || !l.Made.IsSet() {
			return errors.New("what it is about or who made it is missing")
		}
		if err := t.lockCounter(ctx, l.Workspace, counterLetter); err != nil {
			return err
		}
		if l.Number, err = t.next(ctx, l.Workspace, counterLetter); err != nil {
			return err
		}
		l.Rev = 1
		return t.insert(ctx, `letters (`+letterColumns+`)`, [][]any{letterValues(&l)}, "")
	})
	return l, err
}

// Letter returns one letter.
func (s *Store) Letter(ctx context.Context, workspace string, number int) (visit.Letter, error) {
	l, err := letterOf(ctx, s.read, workspace, number)
	if err != nil {
		return l, fmt.Errorf("read a letter: %w", classify(err))
	}
	return l, nil
}

func letterOf(ctx context.Context, r reader, workspace string, number int) (visit.Letter, error) {
	l, err := scanLetter(r.QueryRowContext(ctx, `SELECT `+letterColumns+` FROM letters WHERE workspace = $1 AND number = $2`, workspace, number))
	return l, notFound(err, counterLetter, number)
}

// Letters lists the letters of a visit or an inspection, the newest first.
func (s *Store) Letters(ctx context.Context, workspace string, subject visit.Subject) ([]visit.Letter, error) {
	ls, err := all(ctx, s.read, scanLetter, `SELECT `+letterColumns+` FROM letters WHERE workspace = $1 AND subject = $2 ORDER BY number DESC`,
		workspace, string(subject))
	if err != nil {
		return nil, fmt.Errorf("list the letters: %w", classify(err))
	}
	return ls, nil
}

// ChangeLetter changes one letter: f is called on it while nobody else changes it. What it is
// about, who made it and who sent it stay.
func (s *Store) ChangeLetter(ctx context.Context, workspace string, number int, f func(*visit.Letter) error) (l visit.Letter, err error) {
	err = s.change(ctx, "change a letter", func(t *txn) (err error) {
		l, err = t.changeLetter(ctx, workspace, number, func(l *visit.Letter) error {
			sent := l.Sent
			err := f(l)
			l.Sent = sent
			return err
		})
		return err
	})
	return l, err
}

func (t *txn) changeLetter(ctx context.Context, workspace string, number int, f func(*visit.Letter) error) (visit.Letter, error) {
	if _, err := t.ExecContext(ctx, `UPDATE letters SET rev = rev + 1 WHERE workspace = $1 AND number = $2`, workspace, number); err != nil {
		return visit.Letter{}, err
	}
	before, err := letterOf(ctx, t, workspace, number)
	if err != nil {
		return before, err
	}
	l := before
	if err := f(&l); err != nil {
		return l, err
	}
	l.Workspace, l.Number, l.Rev, l.Subject, l.Made = before.Workspace, before.Number, before.Rev, before.Subject, before.Made
	l.Normalize()
	_, err = t.ExecContext(ctx, `UPDATE letters SET body = $3, sent_by = $4, sent_at = $5 WHERE workspace = $1 AND number = $2`,
		append([]any{workspace, number}, pick(letterValues(&l), 4, 7, 8)...)...)
	return l, err
}

// pick are those of some values at the places.
func pick(values []any, places ...int) (picked []any) {
	for _, n := range places {
		picked = append(picked, values[n])
	}
	return picked
}

// SendLetter records that somebody says that they have sent a letter, and with it has the
// factory answer its findings that are open by the days that the letter names. It reports false
// where that was said before, and then nothing changes. due are the findings that got the day.
func (s *Store) SendLetter(ctx context.Context, workspace string, number int, d visit.Doer) (l visit.Letter, due []int, did bool, err error) {
	err = s.change(ctx, "note that a letter was sent", func(t *txn) (err error) {
		due, did = nil, false
		l, err = t.changeLetter(ctx, workspace, number, func(l *visit.Letter) error {
			if did = l.MarkSent(d.By, d.Now); !did {
				return nil
			}
			if l.ReplyBy.Before(d.Today) {
				return visit.ReplyOver()
			}
			return t.tells(ctx, l, d.Today)
		})
		if err != nil || !did {
			return err
		}
		for _, n := range l.Findings {
			was, err := actionOf(ctx, t, workspace, n)
			if err != nil {
				return err
			}
			asked := false
			if _, err := t.changeAction(ctx, workspace, n, d.Now, func(f *visit.Finding, a *visit.Action) (err error) {
				asked, err = l.MarkAsked(f, a, was.Place.Zone, d)
				return err
			}); err != nil {
				return err
			}
			if asked {
				due = append(due, n)
			}
		}
		return nil
	})
	return l, due, did, err
}

// tells leaves the findings in a letter that stand in it as they are now, so that each has the number
// by which the factory knows it, and reports what asks for the lot by a day that is over.
func (t *txn) tells(ctx context.Context, l *visit.Letter, today civil.Date) error {
	var told []int
	for _, n := range l.Findings {
		a, err := actionOf(ctx, t, l.Workspace, n)
		if err != nil {
			return err
		}
		f := &a.Finding
		if !l.Tells(f) {
			continue
		}
		if told = append(told, n); l.AsksOfLot(f) && l.LotBy.Before(today) {
			return visit.Invalid("lot_by", "The letter asks what becomes of the lot by a day that has passed. Please press Write letter: then it asks by another day.")
		}
	}
	l.Findings = told
	return nil
}
