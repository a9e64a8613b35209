package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/visit"
)

// ofNoWorkspace are the tables that have nothing of a workspace, and why.
var ofNoWorkspace = map[string]string{
	migrationsTable: "counts the migrations",
}

// schema lists the tables that the database itself knows, with their columns and the types of these.
func schema(t *testing.T, s *Store) map[string][]*sql.ColumnType {
	t.Helper()
	ctx := context.Background()
	query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'`
	if s.postgres {
		query = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	}
	tables := map[string][]*sql.ColumnType{}
	for _, name := range must(all(ctx, s.read, func(row scanner) (n string, err error) { return n, row.Scan(&n) }, query)) {
		rows := must(s.read.QueryContext(ctx, `SELECT * FROM `+name+` WHERE 1 = 0`))
		tables[name] = must(rows.ColumnTypes())
		rows.Close()
	}
	return tables
}

func has(columns []*sql.ColumnType, name string) bool {
	return slices.ContainsFunc(columns, func(c *sql.ColumnType) bool { return c.Name() == name })
}

// fillAll writes rows into every table that has rows of workspaces, with a mark in each text and each file.
func fillAll(t *testing.T, s *Store, workspace, mark string, from, rows int) {
	t.Helper()
	fillWith(t, s, workspace, from, rows, []byte(mark), func(_, column string, n int) string { return fmt.Sprintf("%s %s %d", mark, column, n) })
}

func fillWith(t *testing.T, s *Store, workspace string, from, rows int, file []byte, text func(table, column string, n int) string) {
	t.Helper()
	ctx := context.Background()
	if err := s.change(ctx, "fill", func(tx *txn) error {
		for table, columns := range schema(t, s) {
			if !has(columns, "workspace") {
				continue
			}
			for n := from; n < from+rows; n++ {
				var args []any
				var places, names []string
				for i, c := range columns {
					places, names = append(places, fmt.Sprintf("$%d", i+1)), append(names, c.Name())
					switch kind := strings.ToUpper(c.DatabaseTypeName()); {
					case c.Name() == "workspace":
						args = append(args, workspace)
					case kind == "TEXT":
						args = append(args, text(table, c.Name(), n))
					case strings.HasPrefix(kind, "BOOL"):
						args = append(args, n%2 == 0)
					case kind == "BYTEA" || kind == "BLOB":
						args = append(args, bytes.Repeat(file, 600))
					default:
						args = append(args, n+1)
					}
				}
				if _, err := tx.tx.ExecContext(ctx, `INSERT INTO `+table+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(places, ", ")+`) ON CONFLICT DO NOTHING`, args...); err != nil {
					return fmt.Errorf("%s: %w", table, err)
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// rowsOf are all rows of a workspace, as text.
func rowsOf(t *testing.T, s *Store, workspace string) []string {
	t.Helper()
	ctx := context.Background()
	var out []string
	for table, columns := range schema(t, s) {
		if !has(columns, "workspace") {
			continue
		}
		out = append(out, must(all(ctx, s.read, func(row scanner) (string, error) {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for n := range values {
				into[n] = &values[n]
			}
			err := row.Scan(into...)
			return fmt.Sprint(table, values), err
		}, `SELECT * FROM `+table+` WHERE workspace = $1`, workspace))...)
	}
	slices.Sort(out)
	return out
}

func TestEveryTableIsForgottenWithItsWorkspaceOrHasAReason(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		var deleted []string
		if err := s.change(context.Background(), "list", func(tx *txn) (err error) {
			deleted, err = tx.tablesInOrder(context.Background())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for table, columns := range schema(t, s) {
			switch {
			case ofNoWorkspace[table] != "" || table == "forgotten":
			case !has(columns, "workspace"):
				t.Errorf("%s has no column workspace: whose rows are these, and who deletes them?", table)
			case !slices.Contains(deleted, table):
				t.Errorf("%s is kept when a workspace is forgotten", table)
			}
		}
	})
}

func TestNothingIsLeftOfAForgottenWorkspaceAndAllOfItsNeighbour(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		for n := range 4 { // side by side in the pages
			fillAll(t, s, "TGONE", "gone-石家庄", n*15, 15)
			fillAll(t, s, "TSTAYS", "stays-宁波", n*15, 15)
		}
		before := rowsOf(t, s, "TSTAYS")
		had := 0
		for _, r := range must(s.RowsOf(ctx, "TGONE")) {
			had += r.N
		}
		if tables := len(schema(t, s)) - len(ofNoWorkspace) - 1; had < 50*tables {
			t.Fatalf("before, it has %d rows in %d tables", had, tables)
		}
		deleted, err := s.ForgetWorkspace(ctx, "TGONE", noon)
		if err != nil {
			t.Fatal(err)
		}
		if deleted != had {
			t.Errorf("deleted are %d rows of %d", deleted, had)
		}
		if rows := must(s.RowsOf(ctx, "TGONE")); len(rows) != 0 {
			t.Errorf("left are %+v", rows)
		}
		if left := rowsOf(t, s, "TGONE"); len(left) != 1 || !strings.Contains(left[0], Everything) {
			t.Errorf("left are %q", left)
		}
		if after := rowsOf(t, s, "TSTAYS"); !slices.Equal(before, after) {
			t.Errorf("its neighbour has %d rows of %d", len(after), len(before))
		}
		if s.postgres {
			return
		}
		copied := filepath.Join(t.TempDir(), "copy.db")
		if err := s.Backup(ctx, copied); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{s.file, s.file + "-wal", s.file + "-shm", copied} {
			data := must(os.ReadFile(name))
			if bytes.Contains(data, []byte("gone-")) {
				t.Errorf("%s has %d marks of it, at %d of %d bytes", filepath.Base(name), bytes.Count(data, []byte("gone-")), bytes.Index(data, []byte("gone-")), len(data))
			}
			if strings.HasSuffix(name, ".db") && !bytes.Contains(data, []byte("stays-")) {
				t.Errorf("%s has nothing of its neighbour", filepath.Base(name))
			}
		}
	})
}

func TestOthersWriteWhileAWorkspaceIsForgotten(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		fillAll(t, s, "TGONE", "gone", 0, 60)
		beside := s
		if !s.postgres {
			beside = opened(t, s.file)
		}
		end, ended := make(chan struct{}), make(chan error, 1)
		written := 0
		go func() {
			for ; ; written++ {
				if _, err := beside.PlanVisit(ctx, sampleVisit("TSTAYS"), noon); err != nil {
					ended <- fmt.Errorf("visit %d: %w", written, err)
					return
				}
				select {
				case <-end:
					ended <- nil
					return
				case <-time.After(time.Millisecond): // as between two requests: SQLite's lock knows no queue
				}
			}
		}()
		if _, err := s.ForgetWorkspace(ctx, "TGONE", noon); err != nil {
			t.Error(err)
		}
		close(end)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if vs := must(s.Visits(ctx, "TSTAYS", Filter{})); len(vs) == 0 || len(vs) < written {
			t.Errorf("%d visits are kept of %d", len(vs), written)
		}
	})
}

func TestAForgettingThatWasCutOffGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		fillAll(t, s, "TGONE", "gone", 0, 60)
		ctx, cut := context.WithCancel(context.Background())
		cut()
		if err := s.change(context.Background(), "begin", func(tx *txn) error {
			return tx.noteForgotten(context.Background(), "TGONE", Everything, time.Time{})
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ForgetWorkspace(ctx, "TGONE", noon); err == nil {
			t.Fatal("it was not cut off")
		}
		ctx = context.Background()
		open := must(s.ForgottenPeople(ctx))
		if n, err := s.ForgetAgain(ctx, slices.DeleteFunc(open, func(p ForgottenPerson) bool { return p.Workspace != "TGONE" || !p.At.IsZero() }), noon); n.Forgotten != 1 || err != nil {
			t.Errorf("gone on with are %+v, %v", n, err)
		}
		if rows := must(s.RowsOf(ctx, "TGONE")); len(rows) != 0 {
			t.Errorf("left are %+v", rows)
		}
		if known := must(s.ForgottenPeople(ctx)); !slices.ContainsFunc(known, func(p ForgottenPerson) bool { return p.Who == Everything && p.At.Equal(noon) }) {
			t.Errorf("known are %+v", known)
		}
	})
}

func TestAWorkspaceThatCameBackIsNotForgottenByAnOldList(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		must(s.ForgetWorkspace(ctx, "T1", noon))
		must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		list := must(s.ForgottenPeople(ctx))
		if n, err := s.ForgetAgain(ctx, list, noon.Add(time.Hour)); n.Forgotten != 0 || len(n.Left) != 1 || err != nil {
			t.Errorf("forgotten are %+v, %v", n, err)
		}
		if vs := must(s.Visits(ctx, "T1", Filter{})); len(vs) != 1 {
			t.Errorf("kept are %d visits", len(vs))
		}
		list[0].At = noon.Add(time.Minute) // this database is a copy from before
		if n, err := s.ForgetAgain(ctx, list, noon.Add(time.Hour)); n.Forgotten != 1 || err != nil {
			t.Errorf("forgotten are %+v, %v", n, err)
		}
	})
}

// A database that was begun anew has forgotten nobody: when the app was installed tells.
func TestAnOldListLeavesAloneWhatWasInstalledAfterIt(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		var list []ForgottenPerson
		for _, w := range []string{"TBEFORE", "TAFTER", "TINSTEAD", "TNEVER"} {
			must(s.PlanVisit(ctx, sampleVisit(w), noon))
			list = append(list, ForgottenPerson{w, Everything, noon})
		}
		must(s.Install(ctx, Installation{Workspace: "TBEFORE", Key: "k", By: "U1", At: noon.Add(-time.Hour)}))
		must(s.Install(ctx, Installation{Workspace: "TAFTER", Key: "k", By: "U1", At: noon.Add(time.Hour)}))
		must(s.Install(ctx, Installation{Workspace: "E1", Key: "k", By: "U1", At: noon.Add(time.Hour)}))
		if err := s.NoteOrganisation(ctx, "TINSTEAD", "E1", noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		got := must(s.ForgetAgain(ctx, list, noon.Add(2*time.Hour)))
		if want := (Again{2, list[1:3]}); !reflect.DeepEqual(got, want) {
			t.Errorf("it came to %+v, want %+v", got, want)
		}
		for _, p := range list {
			kept := p.Workspace == "TAFTER" || p.Workspace == "TINSTEAD"
			if vs := must(s.Visits(ctx, p.Workspace, Filter{})); kept != (len(vs) == 1) {
				t.Errorf("%s has %d visits", p.Workspace, len(vs))
			}
		}
		must(s.AddContact(ctx, sampleContact("TAFTER"), noon.Add(time.Hour)))
		other := []ForgottenPerson{{"TAFTER", "contact/1", noon}}
		if got := must(s.ForgetAgain(ctx, other, noon.Add(2*time.Hour))); !reflect.DeepEqual(got, Again{0, other}) || must(s.Contact(ctx, "TAFTER", 1)).Name == "" {
			t.Errorf("of a contact that has the number of another it came to %+v", got)
		}
	})
}

func TestAWorkspaceThatWasForgottenAfterABackupIsForgottenInIt(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	o := Options{URL: filepath.Join(dir, "team.db"), Logger: nobody, Timing: visit.DefaultTiming()}
	s := must(Open(ctx, o))
	must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
	must(s.Forget(ctx, "T1", "UMIA00001", "", noon))
	file := filepath.Join(dir, "copy.db")
	if err := s.Backup(ctx, file); err != nil {
		t.Fatal(err)
	}
	must(s.ForgetWorkspace(ctx, "T1", noon))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	must(Restore(ctx, o, file, noon.Add(2*time.Hour)))
	s = must(Open(ctx, o))
	defer s.Close()
	people := must(s.ForgottenPeople(ctx))
	if n := must(s.ForgetAgain(ctx, slices.DeleteFunc(people, func(p ForgottenPerson) bool { return !p.At.IsZero() }), noon)).Forgotten; n != 1 {
		t.Errorf("of %+v were forgotten %d", people, n)
	}
	if left := must(s.RowsOf(ctx, "T1")); len(left) != 0 {
		t.Errorf("left are %+v", left)
	}
	if known := must(s.ForgottenPeople(ctx)); len(known) != 1 || known[0].Who != Everything {
		t.Errorf("of the workspace more is known than its id: %+v", known)
	}
}

// marksOf is how often some bytes stand in the file of a store and in what lies beside it.
func marksOf(t *testing.T, s *Store, what string) (n int) {
	t.Helper()
	for _, name := range []string{s.file, s.file + "-wal", s.file + "-shm"} {
		n += bytes.Count(must(os.ReadFile(name)), []byte(what))
	}
	return n
}

func TestWhatIsDeletedAtOtherTimesIsOverwritten(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := opened(t, filepath.Join(t.TempDir(), "v.db"))
	const words = "the lids of Ningbo Bright"
	if err := s.KeepDraft(ctx, Draft{Workspace: "T1", ID: "visit/abc", Person: "U1", Kind: "visit", Body: words, Kept: noon}); err != nil {
		t.Fatal(err)
	}
	if err := s.emptyLog(ctx); err != nil || marksOf(t, s, words) == 0 {
		t.Fatalf("it was never there, %v", err)
	}
	if err := s.DropDraft(ctx, "T1", "visit/abc"); err != nil {
		t.Fatal(err)
	}
	if err := s.emptyLog(ctx); err != nil {
		t.Fatal(err)
	}
	if n := marksOf(t, s, words); n != 0 {
		t.Errorf("it is still there %d times", n)
	}
}

func TestAFileThatCouldNotBeRewrittenIsRewrittenLater(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := opened(t, filepath.Join(t.TempDir(), "v.db"))
	fillAll(t, s, "TGONE", "gone-", 0, 5)
	beside := opened(t, s.file)
	reading := must(beside.read.BeginTx(ctx, nil))
	must(all(ctx, reading, func(row scanner) (n int, err error) { return n, row.Scan(&n) }, `SELECT number FROM visits`)) // from now on it reads
	soon, stop := context.WithTimeout(ctx, 3*time.Second)
	defer stop()
	if _, err := s.ForgetWorkspace(soon, "TGONE", noon); err == nil || !strings.Contains(err.Error(), "the next start of serve tries again") {
		t.Errorf("while somebody reads it is %v", err)
	}
	if err := reading.Rollback(); err != nil {
		t.Fatal(err)
	}
	if marksOf(t, s, "gone-") == 0 {
		t.Error("it was rewritten all the same")
	}
	if err := s.Scrub(ctx); err != nil {
		t.Fatal(err)
	}
	if n := marksOf(t, s, "gone-"); n != 0 {
		t.Errorf("it is still there %d times", n)
	}
}

// begun is a forgetting that was cut off after it began.
func begun(t *testing.T, s *Store, workspace string) {
	t.Helper()
	must(s.ForgetWorkspace(t.Context(), workspace, noon))
	do(t, s, `UPDATE forgotten SET at = 0 WHERE workspace = $1 AND who = $2`, workspace, Everything)
}

// A forgetting that goes on after it was cut off, or that another process has ended meanwhile, has no new
// installation to delete.
func TestAWorkspaceThatIsBeingForgottenCannotBeInstalledUntilThatHasEnded(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		install(t, s, installed("T1", ""), installed("T2", ""))
		begun(t, s, "T1")
		if _, err := s.Install(ctx, installed("T1", "")); !errors.Is(err, ErrBeingForgotten) {
			t.Errorf("while it is being forgotten the error is %v", err)
		}
		install(t, s, installed("T2", "")) // another is in nobody's way
		if n, err := s.GoOnForgetting(ctx, noon); n != 0 || err != nil {
			t.Errorf("of %d there was something, %v", n, err)
		}
		install(t, s, installed("T1", ""))
		if by := serves(t, s, "T1"); by != "T1" {
			t.Errorf("after it T1 is served by %q", by)
		}
	})
}

func TestOfTwoThatGoOnForgettingTheSecondLeavesWhatHasComeBack(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		begun(t, s, "T1")
		open := must(s.ForgottenPeople(ctx)) // read by the second before the first has ended it
		must(s.GoOnForgetting(ctx, noon))
		install(t, s, installed("T1", ""))
		must(s.forgetAll(ctx, open, noon, endedMeanwhile))
		if by := serves(t, s, "T1"); by != "T1" {
			t.Errorf("T1 is served by %q", by)
		}
	})
}

// Messages of before are still in Slack, and their buttons name numbers.
func TestTheNumbersOfAWorkspaceThatComesBackAreNotThoseItHad(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		plan := func() int {
			t.Helper()
			return must(s.PlanVisit(ctx, sampleVisit("T1"), noon)).Number
		}
		plan()
		do(t, s, `UPDATE counters SET last = 100 WHERE workspace = 'T1' AND name = 'visit'`)
		for _, want := range []int{201, 301} {
			must(s.ForgetWorkspace(ctx, "T1", noon))
			must(s.ForgetWorkspace(ctx, "T1", noon)) // with nothing left it knows what it knew
			if n := plan(); n != want {
				t.Errorf("the first visit after that is number %d, want %d", n, want)
			}
		}
		if n := must(s.PlanVisit(ctx, sampleVisit("T2"), noon)).Number; n != 1 {
			t.Errorf("that of its neighbour is number %d", n)
		}
	})
}

func TestACopyThatIsPutBackKnowsTheNumbersOfAForgottenWorkspace(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	o := Options{URL: filepath.Join(dir, "team.db"), Logger: nobody, Timing: visit.DefaultTiming()}
	s := must(Open(ctx, o))
	must(s.PlanVisit(ctx, sampleVisit("T2"), noon))
	file := filepath.Join(dir, "copy.db")
	noErr(t, s.Backup(ctx, file))
	must(s.PlanVisit(ctx, sampleVisit("T1"), noon)) // of which the copy knows nothing
	must(s.ForgetWorkspace(ctx, "T1", noon))
	noErr(t, s.Close())
	must(Restore(ctx, o, file, noon.Add(2*time.Hour)))
	s = must(Open(ctx, o))
	defer s.Close()
	must(s.GoOnForgetting(ctx, noon.Add(2*time.Hour)))
	if n := must(s.PlanVisit(ctx, sampleVisit("T1"), noon)).Number; n != 101 {
		t.Errorf("the first visit is number %d", n)
	}
}

func TestAnOldListDoesNotForgetANewContactOfTheSameNumber(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		must(s.AddContact(ctx, sampleContact("T1"), noon))
		must(s.Forget(ctx, "T1", "contact/1", "", noon))
		list := must(s.ForgottenPeople(ctx))
		must(s.ForgetWorkspace(ctx, "T1", noon.Add(time.Hour)))
		c := must(s.AddContact(ctx, sampleContact("T1"), noon.Add(2*time.Hour)))
		do(t, s, `UPDATE contacts SET number = 1, created_at = 1 WHERE workspace = 'T1'`) // as of a program that began again at 1, by a clock that was wrong
		must(s.ForgetAgain(ctx, list, noon.Add(3*time.Hour)))
		if got := must(s.Contact(ctx, "T1", 1)); got.Name != c.Name {
			t.Errorf("the new contact is called %q", got.Name)
		}
	})
}

func TestWhatALateRequestWroteOfAForgottenWorkspaceIsDeleted(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		workspaces := []string{"TLATE", "TBACK", "TLONG", "TORG"}
		for _, w := range workspaces {
			at := noon
			if w == "TLONG" {
				at = noon.Add(-2 * time.Hour)
			}
			must(s.ForgetWorkspace(ctx, w, at))
			must(s.PlanVisit(ctx, sampleVisit(w), noon))
		}
		install(t, s, installed("TBACK", ""), installed("E1", "E1"))
		noErr(t, s.GiveAccess(ctx, "TORG", "E1", later))
		look := func(at time.Time) int {
			return must(s.ForgetLate(ctx, at.Add(-time.Hour), at.Add(-5*time.Minute), at))
		}
		if n := look(noon.Add(4 * time.Minute)); n != 0 {
			t.Errorf("while requests may still be under way it is deleted of %d", n)
		}
		if n := look(noon.Add(6 * time.Minute)); n != 1 {
			t.Errorf("minutes later it is deleted of %d", n)
		}
		for _, w := range workspaces {
			if n := len(must(s.Visits(ctx, w, Filter{}))); (n == 0) != (w == "TLATE") {
				t.Errorf("of %s are left %d visits", w, n)
			}
		}
		if n := look(noon.Add(12 * time.Minute)); n != 0 {
			t.Errorf("and once more of %d", n)
		}
	})
}
