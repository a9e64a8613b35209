package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// Forgetting a person puts this in the place of their id or their name, wherever it stands.
const (
	FormerColleague = "a former colleague"
	FormerContact   = "a former contact"
)

// A Forgotten is what came of forgetting somebody.
type Forgotten struct {
	Who     string
	Changed int      // rows in which they stood
	Rows    []Rows   // the same by table, of a colleague
	Still   []string // what is still theirs, for somebody to take over: "visit/3"
	Reports []string // files that were made and may have the name: "visit/3, report 2, factory"
	Named   []string // texts that have the name of a contact, for somebody to read: "agreements 3, signing"
}

// tables are our own, with the names of their columns that hold text.
func (t *txn) tables(ctx context.Context) (map[string][]string, error) {
	ms, err := allMigrations()
	if err != nil {
		return nil, err
	}
	tables := map[string][]string{}
	for _, m := range ms {
		for _, found := range createsTable.FindAllStringSubmatch(m.text, -1) {
			tables[found[1]] = nil
		}
		for _, found := range dropsTable.FindAllStringSubmatch(m.text, -1) {
			delete(tables, found[1])
		}
	}
	for name := range tables {
		rows, err := t.QueryContext(ctx, `SELECT * FROM `+name+` WHERE 1 = 0`)
		if err != nil {
			return nil, err
		}
		types, err := rows.ColumnTypes()
		if err = closeRows(rows, err); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(types, func(c *sql.ColumnType) bool { return c.Name() == "workspace" }) {
			delete(tables, name)
			continue
		}
		for _, c := range types {
			if strings.EqualFold(c.DatabaseTypeName(), "TEXT") && c.Name() != "workspace" {
				tables[name] = append(tables[name], c.Name())
			}
		}
	}
	delete(tables, "forgotten")
	return tables, nil
}

func closeRows(rows *sql.Rows, err error) error {
	if closing := rows.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = rows.Err()
	}
	return err
}

var (
	createsTable = regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`)
	dropsTable   = regexp.MustCompile(`(?m)^DROP TABLE (\w+)`)
)

// ofOnePerson are the rows that are about nobody else: $2 is their id.
var ofOnePerson = []string{
	`DELETE FROM people WHERE workspace = $1 AND person = $2`,
	`DELETE FROM tips_seen WHERE workspace = $1 AND place = $2`,
	`DELETE FROM feedback WHERE workspace = $1 AND person = $2`,
	`DELETE FROM drafts WHERE workspace = $1 AND person = $2`,
	`DELETE FROM asks WHERE workspace = $1 AND person = $2`,
	`DELETE FROM pauses WHERE workspace = $1 AND person = $2`,
	`DELETE FROM calendar_files WHERE workspace = $1 AND person = $2`,
	`DELETE FROM welcomed WHERE workspace = $1 AND person = $2`,
	`DELETE FROM tool_tokens WHERE workspace = $1 AND person = $2`,
	`DELETE FROM schedules WHERE workspace = $1 AND subject = 'person/' || $2`,
	`DELETE FROM occurrences WHERE workspace = $1 AND (recipient = $2 OR subject = 'person/' || $2)`,
	`DELETE FROM channel_gate WHERE workspace = $1 AND channel = $2`, // of their direct message
	`UPDATE items SET owner = '' WHERE workspace = $1 AND owner = $2 AND done_by = ''`,
}

// keyColumns have texts of which no two rows of a workspace, or of a person or thing in it, have the same.
var keyColumns = []string{"occurrences key", "handled key", "missed entry", "findings source", "drafts id", "shown about", "asks about", "series folded"}

// Forget forgets one of our colleagues, by their id in Slack, or a contact, as "contact/3": in the
// place of the first stands [FormerColleague], the second is cleared. That it was done is noted, by
// nothing but the id or the number, so that [Store.ForgetAgain] can do it in a copy that is put back.
// Doing it twice is doing it once.
func (s *Store) Forget(ctx context.Context, workspace, who, by string, now time.Time) (f Forgotten, err error) {
	return s.forget(ctx, workspace, who, by, now, func(*txn) error { return nil })
}

// errPreview takes back what a preview has tried.
var errPreview = errors.New("nothing is kept of a preview")

// WouldForget says what [Store.Forget] would come to, and changes nothing.
func (s *Store) WouldForget(ctx context.Context, workspace, who string, now time.Time) (f Forgotten, err error) {
	err = s.change(ctx, "find out what would be forgotten", func(t *txn) error {
		f = Forgotten{Who: who}
		if err := t.forget(ctx, workspace, who, "", now, &f); err != nil {
			return err
		}
		return errPreview
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	return f, err
}

func (s *Store) forget(ctx context.Context, workspace, who, by string, now time.Time, may func(*txn) error) (f Forgotten, err error) {
	err = s.change(ctx, "forget a person", func(t *txn) error {
		f = Forgotten{Who: who}
		if err := may(t); err != nil {
			return err
		}
		if err := t.noteForgotten(ctx, workspace, who, now); err != nil {
			return err
		}
		return t.forget(ctx, workspace, who, by, now, &f)
	})
	return f, err
}

func (t *txn) forget(ctx context.Context, workspace, who, by string, now time.Time, f *Forgotten) error {
	if kind, _ := visit.Subject(who).Cut(); kind == visit.OfContact {
		return t.forgetContact(ctx, workspace, visit.Subject(who).Number(), by, now, f)
	}
	if !visit.IsPersonID(who) {
		return visit.Invalid("person", "%q is neither the id of somebody in Slack, such as U0123ABCD, nor a contact, such as contact/3.", who)
	}
	return t.forgetColleague(ctx, workspace, who, now, f)
}

// rowsNaming counts the rows of each table in which a word stands that matches.
func (t *txn) rowsNaming(ctx context.Context, workspace, word string, match *regexp.Regexp) (rows []Rows, all int, err error) {
	tables, err := t.tables(ctx)
	if err != nil {
		return nil, 0, err
	}
	for table, columns := range tables {
		if len(columns) == 0 {
			continue
		}
		n, err := t.countNaming(ctx, table, columns, workspace, word, match)
		if err != nil {
			return nil, 0, fmt.Errorf("count in %s: %w", table, err)
		}
		if n > 0 {
			rows = append(rows, Rows{table, n})
			all += n
		}
	}
	slices.SortFunc(rows, func(a, b Rows) int { return strings.Compare(a.Table, b.Table) })
	return rows, all, nil
}

func (t *txn) countNaming(ctx context.Context, table string, columns []string, workspace, word string, match *regexp.Regexp) (n int, err error) {
	found, err := t.QueryContext(ctx, `SELECT `+strings.Join(columns, ", ")+` FROM `+table+` WHERE workspace = $1 AND (`+
		strings.Join(columns, ` LIKE $2 ESCAPE '!' OR `)+` LIKE $2 ESCAPE '!')`, workspace, "%"+like.Replace(word)+"%")
	if err != nil {
		return 0, err
	}
	values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for found.Next() && err == nil {
		if err = found.Scan(into...); slices.ContainsFunc(values, func(v sql.NullString) bool { return match.MatchString(v.String) }) {
			n++
		}
	}
	return n, closeRows(found, err)
}

func (t *txn) forgetColleague(ctx context.Context, workspace, id string, now time.Time, f *Forgotten) (err error) {
	words := func(row scanner) (s string, err error) { return s, row.Scan(&s) }
	today := civil.Of(now.UTC()).String()
	if f.Still, err = all(ctx, t, words, `SELECT 'visit/' || CAST(number AS TEXT) FROM visits WHERE workspace = $1 AND owner = $2 AND cancelled_by = '' AND last_day >= $3
		UNION ALL SELECT 'inspection/' || CAST(number AS TEXT) FROM inspections WHERE workspace = $1 AND (owner = $2 OR inspector = $2) AND result IN ('', 'pending')
		UNION ALL SELECT 'plan/' || CAST(number AS TEXT) FROM plans WHERE workspace = $1 AND owner = $2 AND ended_by = ''
		UNION ALL SELECT 'agreement/' || CAST(number AS TEXT) FROM agreements WHERE workspace = $1 AND owner = $2 AND state IN ('draft', 'signed', 'renewed')
		UNION ALL SELECT 'promise/' || CAST(number AS TEXT) FROM promises WHERE workspace = $1 AND owner = $2 AND kept_by = '' AND dropped_by = ''
		UNION ALL SELECT 'finding/' || CAST(n.number AS TEXT) FROM findings n JOIN actions a ON a.workspace = n.workspace AND a.finding = n.number
			WHERE n.workspace = $1 AND a.reviewer = $2 AND n.withdrawn_by = '' AND `+live("a.state")+`
		UNION ALL SELECT 'market/' || CAST(number AS TEXT) FROM market_notes WHERE workspace = $1 AND owner = $2 AND idea = 'open'
		UNION ALL SELECT 'introduction/' || CAST(number AS TEXT) FROM introductions WHERE workspace = $1 AND made_by = $2 AND ended_by = ''
		ORDER BY 1`, workspace, id, today); err != nil {
		return err
	}
	if f.Reports, err = all(ctx, t, words, `SELECT r.subject || ', report ' || CAST(r.number AS TEXT) || ', ' || r.kind FROM reports r WHERE r.workspace = $1 AND (
		r.made_by = $2 OR r.final_by = $2
		OR EXISTS (SELECT 1 FROM visits v WHERE v.workspace = $1 AND r.subject = 'visit/' || CAST(v.number AS TEXT) AND (v.owner = $2 OR v.people LIKE '%"' || $2 || '"%'))
		OR EXISTS (SELECT 1 FROM inspections v WHERE v.workspace = $1 AND r.subject = 'inspection/' || CAST(v.number AS TEXT) AND $2 IN (v.owner, v.inspector, v.reported_by))
		OR EXISTS (SELECT 1 FROM items i WHERE i.workspace = $1 AND i.subject = r.subject AND $2 IN (i.owner, i.done_by))
		OR EXISTS (SELECT 1 FROM findings n WHERE n.workspace = $1 AND r.subject = n.of_kind || '/' || CAST(n.of_number AS TEXT) AND n.made_by = $2))
		ORDER BY r.subject, r.number`, workspace, id); err != nil {
		return err
	}
	bare := regexp.MustCompile(`\b` + id + `\b`)
	if f.Rows, f.Changed, err = t.rowsNaming(ctx, workspace, id, bare); err != nil {
		return err
	}
	knew, err := all(ctx, t, func(row scanner) (n int, err error) { return n, row.Scan(&n) },
		`SELECT number FROM contacts WHERE workspace = $1 AND (made_by = $2 OR known_by LIKE '%"' || $2 || '"%')`, workspace, id)
	if err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `UPDATE introductions SET who = $3 WHERE workspace = $1 AND introduced = $2`, workspace, id, asJSON(&visit.Bilingual{EN: FormerColleague})); err != nil {
		return err
	}
	for _, q := range ofOnePerson {
		if _, err := t.ExecContext(ctx, q, workspace, id); err != nil {
			return err
		}
	}
	// A card that is posted and shows the name is drawn again; the oldest are left, as after a restore.
	since := civil.Of(now.UTC()).AddDays(-100).String()
	for _, q := range []string{
		`UPDATE visits SET card_rev = 0 WHERE workspace = $1 AND card <> '' AND last_day >= $3 AND (owner = $2 OR people LIKE '%"' || $2 || '"%')`,
		`UPDATE inspections SET card_rev = 0 WHERE workspace = $1 AND card <> '' AND due_day >= $3 AND $2 IN (owner, inspector, reported_by)`,
	} {
		if _, err := t.ExecContext(ctx, q, workspace, id, since); err != nil {
			return err
		}
	}
	named := regexp.MustCompile(`(<|\\u003c)@` + id + `(\|[^>\\]*)?(>|\\u003e)`) // as it stands in JSON, too
	user := regexp.MustCompile(`"user":"` + id + `"`)
	inKeys := "former-" + rand.Text() // as no other's, or two rows get one key
	err = t.replaceEverywhere(ctx, workspace, id, func(table, column, value string) string {
		if table == "visits" && column == "people" { // somebody without Slack
			value = user.ReplaceAllLiteralString(value, `"name":"`+FormerColleague+`"`)
		}
		if slices.Contains(keyColumns, table+" "+column) {
			return bare.ReplaceAllLiteralString(value, inKeys)
		}
		return bare.ReplaceAllLiteralString(named.ReplaceAllLiteralString(value, FormerColleague), FormerColleague)
	})
	for _, n := range knew {
		if err == nil {
			err = t.knownByOthers(ctx, workspace, n, now)
		}
	}
	return err
}

// knownByOthers has whoever still knows a contact be asked about it, and time clear it if nobody does.
func (t *txn) knownByOthers(ctx context.Context, workspace string, number int, now time.Time) error {
	c, err := getContact(ctx, t, workspace, number)
	if err != nil {
		return err
	}
	c.KnownBy = slices.DeleteFunc(c.KnownBy, func(id string) bool { return id == FormerColleague })
	c.Schedule, c.Rev = c.Schedule+1, c.Rev+1
	if err := t.put(ctx, "contacts", contactColumns, workspace, number, contactFields(&c)); err != nil {
		return err
	}
	if err := t.cancelAbout(ctx, workspace, c.Subject(), c.Schedule, false); err != nil {
		return err
	}
	return t.insertOccurrences(ctx, c.Reminders(t.timing, now))
}

// replaceEverywhere replaces every text of a workspace that has a word in it.
func (t *txn) replaceEverywhere(ctx context.Context, workspace, word string, with func(table, column, value string) string) error {
	tables, err := t.tables(ctx)
	if err != nil {
		return err
	}
	for table, columns := range tables {
		for _, column := range columns {
			values, err := t.having(ctx, table, column, workspace, word)
			if err != nil {
				return err
			}
			for _, v := range values {
				if to := with(table, column, v); to != v {
					if _, err := t.ExecContext(ctx, `UPDATE `+table+` SET `+column+` = $3 WHERE workspace = $1 AND `+column+` = $2`, workspace, v, to); err != nil {
						return fmt.Errorf("%s of %s: %w", column, table, err)
					}
				}
			}
		}
	}
	return nil
}

// having are the different values of a column with a word in them.
func (t *txn) having(ctx context.Context, table, column, workspace, word string) ([]string, error) {
	return all(ctx, t, func(row scanner) (v string, err error) { return v, row.Scan(&v) },
		`SELECT DISTINCT `+column+` FROM `+table+` WHERE workspace = $1 AND `+column+` LIKE $2 ESCAPE '!'`, workspace, "%"+like.Replace(word)+"%")
}

func (t *txn) forgetContact(ctx context.Context, workspace string, number int, by string, now time.Time, f *Forgotten) error {
	c, err := getContact(ctx, t, workspace, number)
	if err != nil {
		return err
	}
	words := func(row scanner) (s string, err error) { return s, row.Scan(&s) }
	if f.Reports, err = all(ctx, t, words, `SELECT DISTINCT r.subject || ', report ' || CAST(r.number AS TEXT) || ', ' || r.kind FROM reports r WHERE r.workspace = $1 AND (
		r.subject = 'visit/' || CAST(CAST($3 AS BIGINT) AS TEXT)
		OR EXISTS (SELECT 1 FROM visits v WHERE v.workspace = $1 AND v.factory = $2 AND $2 > 0 AND r.subject = 'visit/' || CAST(v.number AS TEXT))
		OR EXISTS (SELECT 1 FROM inspections v WHERE v.workspace = $1 AND v.factory = $2 AND $2 > 0 AND r.subject = 'inspection/' || CAST(v.number AS TEXT))) ORDER BY 1`,
		workspace, c.Factory, c.Visit); err != nil {
		return err
	}
	if _, err := t.changeContact(ctx, workspace, number, t.timing, now, func(c *visit.Contact) error {
		if c.State != visit.ContactForgotten {
			c.Clear(visit.ContactForgotten, by, now)
			f.Changed++
		}
		return nil
	}); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `UPDATE introductions SET ended_by = CASE WHEN ended_by = '' THEN made_by ELSE ended_by END,
		ended_at = CASE WHEN ended_by = '' THEN $3 ELSE ended_at END WHERE workspace = $1 AND contact = $2`, workspace, number, millis(now)); err != nil {
		return err
	}
	// A form about the contact that nobody has saved.
	if _, err := t.ExecContext(ctx, `DELETE FROM drafts WHERE workspace = $1 AND id LIKE $2 ESCAPE '!'`, workspace, like.Replace(EditOf(c.Subject()))+"%"); err != nil {
		return err
	}
	if err := t.formerContact(ctx, &c); err != nil {
		return err
	}
	for _, name := range contactNames(&c) {
		if err := t.findNamed(ctx, workspace, name, f); err != nil {
			return err
		}
	}
	slices.Sort(f.Named)
	f.Named = slices.Compact(f.Named)
	return nil
}

// contactNames are the names of a contact by which others may have written of it: one of one letter says nothing.
func contactNames(c *visit.Contact) []string {
	return slices.DeleteFunc([]string{c.Name, c.Chinese}, func(s string) bool { return utf8.RuneCountInString(s) < 2 })
}

// formerContact has the promises and gifts of a contact stay without its name. c is as it was with the name.
func (t *txn) formerContact(ctx context.Context, c *visit.Contact) error {
	for _, name := range contactNames(c) {
		for _, table := range []string{"promises", "gifts"} { // elsewhere it may be another person's
			if _, err := t.ExecContext(ctx, `UPDATE `+table+` SET who = $3 WHERE workspace = $1 AND who = $2 AND factory = $4`, c.Workspace, name, FormerContact, c.Factory); err != nil {
				return err
			}
		}
	}
	return nil
}

// EditOf is what the id of every draft begins with that has the form of one thing.
func EditOf(s visit.Subject) string { return "edit-" + string(s) + "/" }

// NamedIn lists where the names stand that somebody is called by, for somebody to read: "gifts, approved (1)".
// A name of one letter is in too many words to say anything.
func (s *Store) NamedIn(ctx context.Context, workspace string, names ...string) (named []string, err error) {
	err = s.change(ctx, "look for a name", func(t *txn) error {
		named, err = t.namedIn(ctx, workspace, names...)
		return err
	})
	return named, err
}

func (t *txn) namedIn(ctx context.Context, workspace string, names ...string) ([]string, error) {
	var f Forgotten
	for _, name := range names {
		if utf8.RuneCountInString(name) < 2 {
			continue
		}
		if err := t.findNamed(ctx, workspace, name, &f); err != nil {
			return nil, err
		}
	}
	slices.Sort(f.Named)
	return slices.Compact(f.Named), nil
}

// stillNamed is what the note shows of where the name of a contact stands.
func stillNamed(s visit.Subject) string { return "named/" + string(s) }

// noteNamed keeps where the name of a contact stands that time has cleared. c is as it was with the name: once that is
// gone nobody can look for it, and the message that says so may have to be sent again.
func (t *txn) noteNamed(ctx context.Context, c *visit.Contact) error {
	named, err := t.namedIn(ctx, c.Workspace, c.Name, c.Chinese)
	if err != nil {
		return err
	}
	return t.noteShown(ctx, Shown{Workspace: c.Workspace, About: stillNamed(c.Subject()), Note: strings.Join(named, "\n")})
}

// StillNamed lists where the name of a contact stood when time cleared it, as [Store.NamedIn] does.
func (s *Store) StillNamed(ctx context.Context, workspace string, contact visit.Subject) ([]string, error) {
	m, err := s.Shown(ctx, workspace, stillNamed(contact))
	if err != nil || m.Note == "" {
		return nil, err
	}
	return strings.Split(m.Note, "\n"), nil
}

// findNamed notes where else a name stands.
func (t *txn) findNamed(ctx context.Context, workspace, name string, f *Forgotten) error {
	tables, err := t.tables(ctx)
	if err != nil {
		return err
	}
	for table, columns := range tables {
		for _, column := range columns {
			values, err := t.having(ctx, table, column, workspace, name)
			if err != nil {
				return err
			}
			if len(values) > 0 {
				f.Named = append(f.Named, fmt.Sprintf("%s, %s (%d)", table, column, len(values)))
			}
		}
	}
	return nil
}

// A ForgottenPerson is somebody who was forgotten, by an id or as "contact/3", or [Everything].
type ForgottenPerson struct {
	Workspace, Who string
	At             time.Time // none where it is still to be done: in a copy that was put back, or after it was cut off
}

// ForgottenPeople lists who was forgotten, of all workspaces.
func (s *Store) ForgottenPeople(ctx context.Context) ([]ForgottenPerson, error) {
	fs, err := all(ctx, s.read, func(row scanner) (f ForgottenPerson, err error) {
		return f, row.Scan(&f.Workspace, &f.Who, instantField{&f.At})
	}, `SELECT workspace, who, at FROM forgotten WHERE workspace <> '' ORDER BY workspace, who`)
	if err != nil {
		return nil, fmt.Errorf("list who was forgotten: %w", classify(err))
	}
	return fs, nil
}

// An Again is what came of forgetting a list once more.
type Again struct {
	Forgotten int               // of how many something was there
	Left      []ForgottenPerson // who was left alone and has something: they have come back
}

// ForgetAgain forgets everybody on a list once more: in a copy that is put back in another way than by
// [Restore] they are there again. One who cannot be forgotten does not keep the others. What a workspace has
// had since it came back is left alone: where the database itself has forgotten the workspace, or the app was
// installed there, after the time on the list. So is a contact that was made after it, which has the number
// of another.
func (s *Store) ForgetAgain(ctx context.Context, people []ForgottenPerson, now time.Time) (Again, error) {
	return s.forgetAll(ctx, people, now, func(t *txn, p ForgottenPerson, workspaceAt time.Time) error {
		if p.At.IsZero() {
			return nil
		}
		if !workspaceAt.Before(p.At) {
			return errDone
		}
		later, err := t.cameLater(ctx, p)
		if later {
			return errLater
		}
		return err
	})
}

// cameLater reports whether what is kept of a workspace, or of a contact, is of another one than was forgotten
// at the time on the list: in a database that was begun anew nothing else tells.
func (t *txn) cameLater(ctx context.Context, p ForgottenPerson) (bool, error) {
	var n int
	var err error
	if kind, _ := visit.Subject(p.Who).Cut(); kind == visit.OfContact {
		n, err = t.count(ctx, `SELECT COUNT(*) FROM contacts WHERE workspace = $1 AND number = $2 AND created_at > $3`,
			p.Workspace, visit.Subject(p.Who).Number(), millis(p.At))
	} else if p.Who == Everything {
		n, err = t.count(ctx, `SELECT COUNT(*) FROM installations WHERE installed_at > $2 AND (workspace = $1
			OR workspace = (SELECT o.organisation FROM organisations o WHERE o.workspace = $1 AND o.ended_at = 0))`, p.Workspace, millis(p.At))
	}
	return n > 0, err
}

// GoOnForgetting forgets whoever is noted as still to be forgotten, as ForgetAgain does: in a copy that was
// put back, and where it was cut off.
func (s *Store) GoOnForgetting(ctx context.Context, now time.Time) (again int, err error) {
	people, err := s.ForgottenPeople(ctx)
	if err != nil {
		return 0, err
	}
	people = slices.DeleteFunc(people, func(p ForgottenPerson) bool { return !p.At.IsZero() })
	a, err := s.forgetAll(ctx, people, now, endedMeanwhile)
	return a.Forgotten, err
}

// endedMeanwhile says of a forgetting that was still to be done that another process has done it since.
func endedMeanwhile(_ *txn, p ForgottenPerson, workspaceAt time.Time) error {
	if p.Who == Everything && !workspaceAt.IsZero() {
		return errDone
	}
	return nil
}

// errDone says that somebody need not be forgotten any more, and errLater that what is there came later.
var (
	errDone  = errors.New("that was done")
	errLater = fmt.Errorf("what is there came later: %w", errDone)
)

// forgetAll asks what speaks against each in the transaction that would begin it, with when the workspace was
// last forgotten, which is the zero Time for never.
func (s *Store) forgetAll(ctx context.Context, people []ForgottenPerson, now time.Time, against func(t *txn, p ForgottenPerson, workspaceAt time.Time) error) (a Again, err error) {
	var errs []error
	for _, p := range people {
		may := func(t *txn) error {
			var at time.Time
			err := t.QueryRowContext(ctx, `SELECT at FROM forgotten WHERE workspace = $1 AND who = $2`, p.Workspace, Everything).Scan(instantField{&at})
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			return against(t, p, at)
		}
		var changed int
		if p.Who == Everything {
			changed, err = s.forgetWorkspace(ctx, p.Workspace, now, may)
		} else {
			var f Forgotten
			f, err = s.forget(ctx, p.Workspace, p.Who, "", now, may)
			changed = f.Changed
		}
		left := errors.Is(err, errLater)
		if errors.Is(err, errDone) && p.Who == Everything {
			var rows []Rows
			if rows, err = s.RowsOf(ctx, p.Workspace); err == nil {
				left, err = len(rows) > 0, errDone
			}
		}
		switch {
		case left:
			a.Left = append(a.Left, p)
		case errors.Is(err, errDone):
		case err == nil && changed > 0:
			a.Forgotten++
		case err != nil && !errors.Is(err, visit.ErrNotFound):
			errs = append(errs, fmt.Errorf("%s of %s: %w", p.Who, p.Workspace, err))
		}
	}
	return a, errors.Join(errs...)
}
