package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"visitprep/internal/visit"
)

// A Shown is a message of ours that is kept up to date: the answer to a finding, the list of
// findings under a card.
type Shown struct {
	Workspace   string
	About       string // what it shows; once in a workspace
	Channel, TS string // where it stands
	Note        string // of who keeps it up to date
}

// Shown returns the message that shows something; one without a timestamp where there is none.
func (s *Store) Shown(ctx context.Context, workspace, about string) (Shown, error) {
	m := Shown{Workspace: workspace, About: about}
	err := s.read.QueryRowContext(ctx, `SELECT channel, ts, note FROM shown WHERE workspace = $1 AND about = $2`, workspace, about).Scan(&m.Channel, &m.TS, &m.Note)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return m, fmt.Errorf("look where something is shown: %w", classify(err))
	}
	return m, nil
}

// NoteShown keeps where something is shown. The last one counts.
func (s *Store) NoteShown(ctx context.Context, m Shown) error {
	return s.change(ctx, "keep where something is shown", func(t *txn) error { return t.noteShown(ctx, m) })
}

func (t *txn) noteShown(ctx context.Context, m Shown) error {
	_, err := t.ExecContext(ctx, `INSERT INTO shown (workspace, about, channel, ts, note) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (workspace, about) DO UPDATE SET channel = excluded.channel, ts = excluded.ts, note = excluded.note`,
		m.Workspace, m.About, m.Channel, m.TS, m.Note)
	return err
}

// ShownIn returns what the message in a channel shows; visit.ErrNotFound where it is none of
// those that are kept up to date.
func (s *Store) ShownIn(ctx context.Context, workspace, channel, ts string) (Shown, error) {
	m := Shown{Workspace: workspace, Channel: channel, TS: ts}
	err := s.read.QueryRowContext(ctx, `SELECT about, note FROM shown WHERE workspace = $1 AND channel = $2 AND ts = $3`, workspace, channel, ts).Scan(&m.About, &m.Note)
	if err != nil {
		return m, fmt.Errorf("look what a message shows: %w", classify(notFound(err, "a message", ts)))
	}
	return m, nil
}

// LastFinding returns the finding that somebody logged last with a source that begins so;
// visit.ErrNotFound where there is none. One that is withdrawn is none.
func (s *Store) LastFinding(ctx context.Context, workspace, person, source string) (visit.Finding, error) {
	return s.findingWhere(ctx, `SELECT number FROM findings WHERE workspace = $1 AND made_by = $2 AND source LIKE $3 ESCAPE '!' AND withdrawn_by = '' ORDER BY number DESC LIMIT 1`,
		workspace, person, strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(source)+"%")
}

// FindingWithFile returns the finding that somebody logged with a file of Slack's;
// visit.ErrNotFound where there is none. One that is withdrawn is none.
func (s *Store) FindingWithFile(ctx context.Context, workspace, person, file string) (visit.Finding, error) {
	return s.findingWhere(ctx, `SELECT n.number FROM photos p JOIN findings n ON n.workspace = p.workspace AND n.number = p.finding
		WHERE p.workspace = $1 AND n.made_by = $2 AND p.file_id = $3 AND n.withdrawn_by = '' ORDER BY n.number LIMIT 1`, workspace, person, file)
}

func (s *Store) findingWhere(ctx context.Context, query, workspace string, args ...any) (visit.Finding, error) {
	var number int
	err := s.read.QueryRowContext(ctx, query, append([]any{workspace}, args...)...).Scan(&number)
	if err != nil {
		return visit.Finding{}, fmt.Errorf("look for a finding: %w", classify(notFound(err, counterFinding, "of this kind")))
	}
	return s.Finding(ctx, workspace, number)
}

// left is the note of a message that stands in a channel from which its visit or inspection has
// moved. What it shows is "left/visit/3/" and its timestamp.
const left = "left"

// leave notes that a card, and the list of findings under it, are left behind in a channel. An
// empty card is none.
func (t *txn) leave(ctx context.Context, workspace string, s visit.Subject, channel, card string) error {
	if card != "" {
		if _, err := t.ExecContext(ctx, `INSERT INTO shown (workspace, about, channel, ts, note) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			workspace, left+"/"+string(s)+"/"+card, channel, card, left); err != nil {
			return err
		}
	}
	_, err := t.ExecContext(ctx, `UPDATE shown SET about = $4 || ts, note = $5 WHERE workspace = $1 AND about = $2 AND channel = $3 AND ts <> ''`,
		workspace, ListOfFindings(s), channel, left+"/"+string(s)+"/", left)
	return err
}

// ListOfFindings is what the list of the findings of a visit or an inspection shows.
func ListOfFindings(s visit.Subject) string { return "findings/" + string(s) }

// LeaveList notes that the list of the findings of s is left behind in a channel, if it stands
// there. What is moved in this store is noted by that.
func (s *Store) LeaveList(ctx context.Context, workspace string, of visit.Subject, channel string) error {
	return s.change(ctx, "leave a list of findings", func(t *txn) error { return t.leave(ctx, workspace, of, channel, "") })
}

// A LeftMessage stands in a channel from which its visit or inspection has moved: it still shows
// what nobody may read there any more.
type LeftMessage struct {
	Workspace   string
	Subject     visit.Subject
	Channel, TS string
}

// LeftBehind lists such messages, at most so many in each workspace.
func (s *Store) LeftBehind(ctx context.Context, limit int) ([]LeftMessage, error) {
	ms, err := all(ctx, s.read, func(row scanner) (m LeftMessage, err error) {
		var about string
		err = row.Scan(&m.Workspace, &about, &m.Channel, &m.TS)
		m.Subject = visit.Subject(strings.TrimSuffix(strings.TrimPrefix(about, left+"/"), "/"+m.TS))
		return m, err
	}, `SELECT workspace, about, channel, ts FROM (
		SELECT workspace, about, channel, ts, ROW_NUMBER() OVER (PARTITION BY workspace ORDER BY about) AS nth FROM shown WHERE note = 'left' AND `+servedIn("shown")+`) l WHERE nth <= $1 ORDER BY workspace, about`, limit)
	if err != nil {
		return nil, fmt.Errorf("list the messages left behind: %w", classify(err))
	}
	return ms, nil
}

// TakenDown notes that a message that was left behind shows nothing any more.
func (s *Store) TakenDown(ctx context.Context, m LeftMessage) error {
	return s.change(ctx, "forget a message left behind", func(t *txn) error {
		_, err := t.ExecContext(ctx, `DELETE FROM shown WHERE workspace = $1 AND about = $2`, m.Workspace, left+"/"+string(m.Subject)+"/"+m.TS)
		return err
	})
}

// touch counts a change of what findings belong to: its card, with the list of them under it,
// is drawn again, whichever process is still there to do it.
func (t *txn) touch(ctx context.Context, workspace string, subjects ...visit.Subject) error {
	for _, s := range subjects {
		var table string
		switch kind, _ := s.Cut(); kind {
		case visit.OfVisit:
			table = visits.table
		case visit.OfInspection:
			table = inspections.table
		default:
			continue
		}
		if _, err := t.ExecContext(ctx, `UPDATE `+table+` SET rev = rev + 1 WHERE workspace = $1 AND number = $2`, workspace, s.Number()); err != nil {
			return err
		}
	}
	return nil
}
