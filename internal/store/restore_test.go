package store

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"visitprep/internal/visit"
)

// What a process that is killed reads from its environment.
const (
	envServed  = "STORE_SERVED"  // the database
	envChanges = "STORE_CHANGES" // how many it makes
)

// serveUntilKilled is such a process: it serves a file, changes it, and waits.
func serveUntilKilled(file string) {
	s, err := Open(context.Background(), Options{URL: file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler), Owner: true})
	changes, _ := strconv.Atoi(os.Getenv(envChanges))
	for n := range changes {
		if err == nil {
			v := sampleVisit("T1")
			v.Agenda = fmt.Sprintf("change %d %s", n, strings.Repeat("x", 1900))
			_, err = s.PlanVisit(context.Background(), v, noon.Add(time.Duration(n)*time.Second))
		}
	}
	fmt.Println("ready", err)
	select {}
}

// killed has a process serve a file, change it, and die of SIGKILL: its log lies beside.
func killed(t *testing.T, file string, changes int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envServed+"="+file, envChanges+"="+strconv.Itoa(changes))
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() }) // also where it never became ready
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "ready <nil>\n" {
		t.Fatalf("the process said %q, %v", line, err)
	}
	cmd.Process.Signal(syscall.SIGKILL)
	cmd.Wait()
	if logBeside(file) == "" {
		t.Fatal("no log was left behind")
	}
}

// contents are all rows of a SQLite file but how it came about; what its log has counts too.
func contents(t *testing.T, file string) string {
	t.Helper()
	db, err := sql.Open("sqlite", fileName(file, "mode=ro"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	var whole string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&whole); err != nil || whole != "ok" {
		t.Fatalf("%s is %s, %v", file, whole, err)
	}
	tables, err := all(ctx, db, func(row scanner) (name string, err error) { return name, row.Scan(&name) },
		`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('restored', 'counters', 'sqlite_sequence') ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, table := range tables {
		rows, err := db.QueryContext(ctx, `SELECT * FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for n := range values {
				into[n] = &values[n]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, table, values)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func sum(t *testing.T, file string) [32]byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(data)
}

var nobody = slog.New(slog.DiscardHandler)

// copied makes a database with some visits and a copy of it.
func copied(t *testing.T, visits int) (file, copied string) {
	t.Helper()
	dir := t.TempDir()
	file, copied = filepath.Join(dir, "v.db"), filepath.Join(dir, "copy.db")
	s, err := open(t, file, true)
	if err != nil {
		t.Fatal(err)
	}
	for range visits {
		must(s.PlanVisit(t.Context(), sampleVisit("T1"), noon))
	}
	if err := errors.Join(s.Backup(t.Context(), copied), s.Close()); err != nil {
		t.Fatal(err)
	}
	return file, copied
}

// early is before anything is due in these databases.
var early = noon.Add(-time.Hour)

// TestARestoreAfterAKill: the log that a killed process left is played over nothing, with
// few changes in it and with many.
func TestARestoreAfterAKill(t *testing.T) {
	for _, changes := range []int{3, 40} {
		t.Run(strconv.Itoa(changes), func(t *testing.T) {
			file, copied := copied(t, 2)
			want, unread := contents(t, copied), sum(t, copied)
			killed(t, file, changes)
			r, err := Restore(t.Context(), Options{URL: file, Logger: nobody}, copied, early)
			if err != nil {
				t.Fatal(err)
			}
			if got := contents(t, file); got != want {
				t.Errorf("the database has\n%s\nthe copy has\n%s", got, want)
			}
			if sum(t, copied) != unread {
				t.Error("the copy was changed")
			}
			kept := file + ".before-" + early.Format("20060102T150405Z")
			if !slices.Equal(r.Kept[:2], []string{kept, kept + "-wal"}) || strings.Count(contents(t, kept), "change ") != changes {
				t.Errorf("kept is %v, with %d changes", r.Kept, strings.Count(contents(t, kept), "change "))
			}
			s, err := open(t, file, true)
			if err != nil {
				t.Fatal(err)
			}
			if v := must(s.PlanVisit(t.Context(), sampleVisit("T1"), noon)); v.Number != 2+changes+1 {
				t.Errorf("the next visit is number %d", v.Number)
			}
		})
	}
}

// TestACopyBesideAnotherLog: put in place by hand over what a killed process left, it is not
// opened by anybody, and a restore of it in its place sets the log aside.
func TestACopyBesideAnotherLog(t *testing.T) {
	for _, changes := range []int{3, 40} {
		t.Run(strconv.Itoa(changes), func(t *testing.T) {
			file, copied := copied(t, 2)
			want := contents(t, copied)
			killed(t, file, changes)
			data, err := os.ReadFile(copied)
			if err == nil {
				err = os.WriteFile(file, data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, owner := range []bool{true, false} {
				if _, err := open(t, file, owner); err == nil || !strings.Contains(err.Error(), "visitprep restore "+file) {
					t.Fatalf("opened beside it (owner: %v): %v", owner, err)
				}
			}
			r, err := Restore(t.Context(), Options{URL: file, Logger: nobody}, file, early)
			if err != nil || !r.Jumped || len(r.Kept) < 2 {
				t.Fatalf("%+v, %v", r, err)
			}
			if got := contents(t, file); got != want {
				t.Errorf("the database has\n%s\nthe copy has\n%s", got, want)
			}
			s, err := open(t, file, true)
			if err != nil {
				t.Fatal(err)
			}
			if v := must(s.PlanVisit(t.Context(), sampleVisit("T1"), noon)); v.Number != 10001 {
				t.Errorf("the next visit is number %d", v.Number)
			}
		})
	}
}

// TestACopyIsTakenForRestoredByServe, and by nothing else; once.
func TestACopyIsTakenForRestoredByServe(t *testing.T) {
	file, copied := copied(t, 1)
	if err := os.Rename(copied, file); err != nil {
		t.Fatal(err)
	}
	marked := func() bool { return must(isMarked(t.Context(), file)) }
	beside, err := open(t, file, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := beside.Close(); err != nil || !marked() {
		t.Fatalf("another command has taken it for restored: %v", err)
	}
	for range 2 {
		s, err := open(t, file, true)
		if err != nil {
			t.Fatal(err)
		}
		if marked() {
			t.Error("it is still a copy")
		}
		g := must(s.Gap(t.Context()))
		if g.Until.IsZero() || g.From.After(g.Until) || time.Since(g.From) > time.Minute {
			t.Errorf("the gap is %v", g)
		}
		var last int
		if err := s.read.QueryRowContext(t.Context(), `SELECT last FROM counters WHERE workspace = 'T1' AND name = 'visit'`).Scan(&last); err != nil || last != 10000 {
			t.Errorf("the last visit is counted as %d, %v", last, err)
		}
		// Killed now, it is not taken for a copy beside another log.
		must(s.PlanVisit(t.Context(), sampleVisit("T2"), noon))
		if _, err := open(t, file, false); err != nil {
			t.Error(err)
		}
		s.Close()
	}
}

// TestARestoreThatIsCutOff: at whatever step, a start finds the old database whole, or the
// copy, or is refused; and restoring once more ends well.
func TestARestoreThatIsCutOff(t *testing.T) {
	steps := []string{"copied", "the copy is ready", "the copy waits", "set aside ", "set aside -wal", "set aside -shm", "in its place"}
	errCut := errors.New("cut off")
	for _, at := range steps {
		for _, owner := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, owner %v", at, owner), func(t *testing.T) {
				file, copied := copied(t, 2)
				want := contents(t, copied)
				killed(t, file, 3)
				before := contents(t, file)
				o := Options{URL: file, Logger: nobody}
				seen := false
				cut := restoration{file: copied, now: early, step: func(done string) error {
					if done == at {
						seen = true
						return errCut
					}
					return nil
				}}
				if _, err := cut.run(t.Context(), o); !errors.Is(err, errCut) || !seen {
					t.Fatalf("it was not cut off: %v", err)
				}
				s, err := open(t, file, owner)
				switch {
				case err == nil:
					s.Close()
					if got := contents(t, file); got != before && got != want {
						t.Errorf("a start found\n%s\nnot the old database\n%s\nnor the copy\n%s", got, before, want)
					}
				case !strings.Contains(err.Error(), "run visitprep restore"):
					t.Errorf("a start was refused with %v", err)
				}
				if _, err := Restore(t.Context(), o, copied, early.Add(time.Minute)); err != nil {
					t.Fatal(err)
				}
				if got := contents(t, file); got != want {
					t.Errorf("restored again, it has\n%s\nnot\n%s", got, want)
				}
				changes := 0
				entries, err := os.ReadDir(filepath.Dir(file))
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range entries {
					name := filepath.Join(filepath.Dir(file), e.Name())
					switch {
					case strings.Contains(name, copying) || strings.Contains(name, restoring):
						t.Errorf("left behind: %s", name)
					case strings.Contains(name, ".before-") && !strings.HasSuffix(name, "-wal") && !strings.HasSuffix(name, "-shm"):
						changes = max(changes, strings.Count(contents(t, name), "change "))
					}
				}
				if changes != 3 {
					t.Errorf("of the changes since the copy %d are kept", changes)
				}
			})
		}
	}
}

// TestWhatIsOpenedDuringARestoreWaits at every step, and makes no file between two of its names.
func TestWhatIsOpenedDuringARestoreWaits(t *testing.T) {
	for name, o := range map[string]Options{"to read": {Existing: true}, "to make it": {}} {
		t.Run(name, func(t *testing.T) {
			file, copied := copied(t, 1)
			o.URL, o.Logger, o.Timing = file, nobody, visit.DefaultTiming()
			steps := 0
			r := restoration{file: copied, now: early, step: func(done string) error {
				steps++
				was := present(file)
				ctx, stop := context.WithTimeout(t.Context(), 30*time.Millisecond)
				defer stop()
				if _, err := Open(ctx, o); !errors.Is(err, context.DeadlineExceeded) || present(file) != was {
					t.Errorf("after %q: %v, and the file was there: %v, and is now: %v", done, err, was, present(file))
				}
				return nil
			}}
			if _, err := r.run(t.Context(), Options{URL: file, Logger: nobody}); err != nil || steps < 5 {
				t.Fatal(steps, err)
			}
			s, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
		})
	}
}

// TestARestoreThatIsCutOffInItsPlace can be finished although the copy is no longer under
// its name.
func TestARestoreThatIsCutOffInItsPlace(t *testing.T) {
	file, copied := copied(t, 2)
	want := contents(t, copied)
	if err := os.Rename(copied, file); err != nil {
		t.Fatal(err)
	}
	o := Options{URL: file, Logger: nobody}
	cut := restoration{file: file, now: early, step: func(done string) error {
		if done == "set aside " {
			return errors.ErrUnsupported
		}
		return nil
	}}
	if _, err := cut.run(t.Context(), o); !errors.Is(err, errors.ErrUnsupported) {
		t.Fatal(err)
	}
	_, err := Restore(t.Context(), o, file, early)
	if err == nil || !strings.Contains(err.Error(), "visitprep restore "+file+restoring) {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), o, pendingRestore(file), early); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, file); got != want {
		t.Errorf("it has\n%s\nnot\n%s", got, want)
	}
}

// TestWhatIsNotPutBack is refused in a sentence, and the database stays as it is.
func TestWhatIsNotPutBack(t *testing.T) {
	file, good := copied(t, 1)
	dir := filepath.Dir(file)
	name := func(n string) string { return filepath.Join(dir, n) }
	write := func(n, text string) {
		t.Helper()
		if err := os.WriteFile(name(n), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(n, query string) {
		t.Helper()
		db, err := openAlone(t.Context(), name(n))
		if err == nil {
			_, err = db.ExecContext(t.Context(), query)
		}
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	write("dump.sql", "BEGIN TRANSACTION;\nCREATE TABLE visits (workspace TEXT);\n"+strings.Repeat("-- a line\n", 20))
	write("empty.db", "")
	run("other.db", `CREATE TABLE visits (a TEXT)`)
	write("newer.db", string(data))
	run("newer.db", `INSERT INTO visitprep_migrations (version) VALUES (4711)`)
	damaged := slices.Clone(data)
	for n := 4096 * 3; n < 4096*8; n++ {
		damaged[n] ^= 0x5a
	}
	write("damaged.db", string(damaged))
	write("half.db", string(data[:len(data)/2]))
	write("used.db", string(data))
	write("used.db-wal", "something")
	was := contents(t, file)
	for _, c := range []struct{ file, want string }{
		{"nowhere.db", "there is no file"},
		{".", "is not a file"},
		{"dump.sql", "is not a SQLite database"},
		{"empty.db", "is not a SQLite database"},
		{"other.db", "another program's"},
		{"newer.db", "newer visitprep"},
		{"damaged.db", "is damaged"},
		{"half.db", "is damaged"},
		{"used.db", "not a copy"},
		{"v.db", "is the database itself"},
	} {
		_, err := Restore(t.Context(), Options{URL: file, Logger: nobody}, name(c.file), early)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q in it", c.file, err, c.want)
		}
	}
	s, err := open(t, file, true)
	if err != nil {
		t.Fatal(err)
	}
	var owned *OwnedError
	if _, err := Restore(t.Context(), Options{URL: file, Logger: nobody}, good, early); !errors.As(err, &owned) {
		t.Errorf("beside a process that serves it: %v", err)
	}
	s.Close()
	if got := contents(t, file); got != was {
		t.Errorf("the database is now\n%s", got)
	}
	left, _ := filepath.Glob(name("v.db.*"))
	if left = slices.DeleteFunc(left, func(n string) bool {
		return strings.HasSuffix(n, ".lock") || strings.HasSuffix(n, ".migrate") || strings.HasSuffix(n, ".import")
	}); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := TakeForRestored(t.Context(), Options{URL: file, Logger: nobody}, false, early); err == nil || !strings.Contains(err.Error(), "visitprep restore FILE") {
		t.Errorf("without a copy: %v", err)
	}
	if _, err := Restore(t.Context(), Options{URL: "postgres://u:hunter2@127.0.0.1:1/d", Logger: nobody}, good, early); err == nil || !strings.Contains(err.Error(), "pg_restore") {
		t.Errorf("over PostgreSQL: %v", err)
	}
}

// TestARestoreByRoot leaves the database to whom it belonged, or to whom the folder does.
func TestARestoreByRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	file, copied := copied(t, 1)
	var made []string // the locks
	for _, gone := range []bool{false, true} {
		if gone {
			for _, name := range append([]string{file}, made...) {
				if err := os.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, name := range []string{file, filepath.Dir(file)} {
			if err := os.Chown(name, 4711, 4712); err != nil && !gone {
				t.Fatal(err)
			}
		}
		if _, err := Restore(t.Context(), Options{URL: file, Logger: nobody}, copied, early); err != nil {
			t.Fatal(err)
		}
		made, _ = filepath.Glob(file + ".[lmi]*")
		if len(made) != 3 {
			t.Fatalf("beside it lie %q", made)
		}
		for _, name := range append([]string{file}, made...) {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 4711 || owner.Gid != 4712 {
				t.Errorf("gone %v: %s belongs to %d, %d", gone, name, owner.Uid, owner.Gid)
			}
		}
	}
}

// TestWhatRootMakes belongs to whom the folder does, or the service that starts next could not open it.
func TestWhatRootMakes(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 4711, 4712); err != nil {
		t.Fatal(err)
	}
	o := Options{URL: filepath.Join(dir, "v.db"), Timing: visit.DefaultTiming(), Logger: nobody}
	for _, open := range []Options{{Importing: true}, {Owner: true}, {Reading: true}} {
		open.URL, open.Timing, open.Logger = o.URL, o.Timing, o.Logger
		s := must(Open(t.Context(), open))
		must(s.PlanVisit(t.Context(), sampleVisit("T1"), noon))
		if s.keepVersion(t.Context(), 1); open.Owner {
			for _, name := range must(filepath.Glob(filepath.Join(dir, "*"))) {
				if info := must(os.Stat(name)); uidOf(info) != 4711 {
					t.Errorf("%s belongs to %d", name, uidOf(info))
				}
			}
		}
		s.Close()
	}
	made := must(filepath.Glob(filepath.Join(dir, "*")))
	if len(made) < 5 {
		t.Errorf("made are %q", made)
	}
	for _, name := range made {
		if info := must(os.Stat(name)); uidOf(info) != 4711 {
			t.Errorf("%s belongs to %d", name, uidOf(info))
		}
	}
	// What an older version left to root is named, with the command that mends it.
	lock := o.URL + importLock
	if err := os.Chown(lock, 0, 0); err != nil {
		t.Fatal(err)
	}
	if got, want := keptOut(o.URL, 4711), lock+" belongs to root, not to 4711: run sudo chown 4711 "+lock; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	release, err := lockImport(o.URL, (*flock.Flock).TryLock)
	if err != nil {
		t.Fatal(err)
	}
	release()
	if got := keptOut(o.URL, 4711); got != "" {
		t.Errorf("the next command of root's leaves %q", got)
	}
}

// TestWhoseTheDatabaseIs: an account that may not use it reads whose it is.
func TestWhoseTheDatabaseIs(t *testing.T) {
	file, _ := copied(t, 1)
	me, other := os.Geteuid(), os.Geteuid()+4711
	if got, want := keptOut(file, other), fmt.Sprintf("%s belongs to %s, and this runs as %d: run it with sudo, or as %[2]s", file, accountName(me), other); got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	dir := t.TempDir()
	if got, want := keptOut(filepath.Join(dir, "v.db"), other), fmt.Sprintf("the folder %s belongs to %s, ", dir, accountName(me)); !strings.HasPrefix(got, want) {
		t.Errorf("it says %q, want %q", got, want)
	}
	if got := keptOut(file, me); got != "" {
		t.Errorf("to its owner it says %q", got)
	}
	denied := explain(&fs.PathError{Op: "open", Path: file, Err: fs.ErrPermission}, file)
	if err := explain(denied, file); err != denied {
		t.Errorf("it is said twice: %v", err)
	}
}

// TestWhoInstalledSinceTheCopy: they are named, for the copy has nothing of them.
func TestWhoInstalledSinceTheCopy(t *testing.T) {
	dir := t.TempDir()
	file, copy := filepath.Join(dir, "v.db"), filepath.Join(dir, "copy.db")
	s := opened(t, file)
	installed := func(id, name string) {
		must(s.Install(t.Context(), Installation{Workspace: id, Name: name, Key: "k", By: "U1", At: noon}))
	}
	ended := func(id string) {
		must(s.End(t.Context(), Ending{Workspace: id, Why: Uninstalled, At: noon.Add(time.Hour)}, noon.Add(time.Hour), noon.Add(time.Hour)))
	}
	installed("T0BOTH", "Both")
	installed("T0BACK", "Back")
	ended("T0BACK")
	if err := s.Backup(t.Context(), copy); err != nil {
		t.Fatal(err)
	}
	installed("T0SINCE", "Since")
	installed("T0GONE", "Gone")
	ended("T0GONE")
	installed("T0BACK", "Back")
	s.Close()
	r := must(Restore(t.Context(), Options{URL: file, Logger: nobody}, copy, noon.Add(2*time.Hour)))
	if want := []string{"Back (T0BACK)", "Since (T0SINCE)"}; !slices.Equal(r.Installed, want) {
		t.Errorf("it names %q, want %q", r.Installed, want)
	}
	if r := must(Restore(t.Context(), Options{URL: file, Logger: nobody}, copy, noon.Add(3*time.Hour))); len(r.Installed) != 0 {
		t.Errorf("the second time it names %q", r.Installed)
	}
}

// TestACopyOfAnOlderVersion is brought up to date. It has no mark: what the database did last
// tells how old it is.
func TestACopyOfAnOlderVersion(t *testing.T) {
	dir := t.TempDir()
	old, file := filepath.Join(dir, "old.db"), filepath.Join(dir, "v.db")
	restore(t, "sqlite", old, "testdata/0.1.0.sqlite.sql")
	r, err := Restore(t.Context(), Options{URL: file, Logger: nobody}, old, time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || r.Copied.IsZero() || r.Copied.Year() > 2027 || r.Looked == 0 || !r.Jumped {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := open(t, file, true); err != nil {
		t.Fatal(err)
	}
}

// TestABackupWithoutHardLinks is complete, private, and overwrites nothing; nothing else is
// left behind.
func TestABackupWithoutHardLinks(t *testing.T) {
	file, _ := copied(t, 3)
	s, err := open(t, file, true)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	none := func(from, to string) error { return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EPERM} }
	to := filepath.Join(dir, "copy.db")
	if err := s.backup(t.Context(), to, none); err != nil {
		t.Fatal(err)
	}
	if contents(t, to) != contents(t, file) || !must(isMarked(t.Context(), to)) {
		t.Error("it is another copy")
	}
	if info, err := os.Stat(to); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	unread := sum(t, to)
	if err := s.backup(t.Context(), to, none); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("once more: %v", err)
	}
	// Somebody makes the file after the first look.
	race := filepath.Join(dir, "race.db")
	err = s.backup(t.Context(), race, func(from, to string) error {
		return errors.Join(os.WriteFile(race, []byte("theirs"), 0o600), none(from, to))
	})
	if data, readErr := os.ReadFile(race); err == nil || !strings.Contains(err.Error(), "exists already") || readErr != nil || string(data) != "theirs" {
		t.Errorf("beside somebody else: %v, %q", err, data)
	}
	// It is interrupted while it copies.
	ctx, stop := context.WithCancel(t.Context())
	err = s.backup(ctx, filepath.Join(dir, "cut.db"), func(from, to string) error { stop(); return none(from, to) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if sum(t, to) != unread {
		t.Error("the first copy was changed")
	}
	var names []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if !slices.Equal(names, []string{"copy.db", "race.db"}) {
		t.Errorf("left behind: %v", names)
	}
}

// TestHalfACopyIsNoDatabase: where a copy without hard links is killed in the middle.
func TestHalfACopyIsNoDatabase(t *testing.T) {
	_, from := copied(t, 1)
	to := filepath.Join(t.TempDir(), "half.db")
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var seen []byte
	stopped := &watched{in, func() { seen, _ = os.ReadFile(to) }}
	if err := copyFrom(t.Context(), stopped, to); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(t.TempDir(), "half.db")
	if err := os.WriteFile(half, seen, 0o600); err != nil || len(seen) < 4096 {
		t.Fatal(len(seen), err)
	}
	if _, err := Restore(t.Context(), Options{URL: filepath.Join(t.TempDir(), "v.db"), Logger: nobody}, half, early); err == nil {
		t.Error("half a copy was put back")
	}
}

// watched calls before its last read.
type watched struct {
	io.Reader
	last func()
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b)
	if err != nil {
		w.last()
	}
	return n, err
}

// TestWhereABackupCannotBe: one sentence each.
func TestWhereABackupCannotBe(t *testing.T) {
	file, existing := copied(t, 1)
	s, err := open(t, file, true)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(file)
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, want string }{
		{filepath.Join(dir, "nowhere", "copy.db"), "is not there"},
		{filepath.Join(closed, "copy.db"), "cannot be written"},
		{existing, "exists already"},
		{dir, "exists already"},
		{file, "the database itself"},
		{"", "has no name; give it one, such as copy.db"},
		{file + "-journal", "give the copy another name"},
		{file + "-wal", "give the copy another name"},
		{file + "-shm", "give the copy another name"},
		{file + ".lock", "give the copy another name"},
		{file + ".migrate", "give the copy another name"},
		{file + ".import", "give the copy another name"},
		{file + ".copying", "give the copy another name"},
		{file + ".restoring-1", "give the copy another name"},
		{filepath.Join(closed, "..", strings.ToUpper(filepath.Base(file))+"-WAL"), "give the copy another name"},
	} {
		if os.Geteuid() == 0 && c.want == "cannot be written" { // root writes anywhere
			continue
		}
		if err := s.Backup(t.Context(), c.file); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q in it", c.file, err, c.want)
		}
	}
	for _, free := range []string{file + ".bak", file + ".before", filepath.Join(t.TempDir(), filepath.Base(file)+"-wal")} {
		if err := s.Backup(t.Context(), free); err != nil {
			t.Errorf("%s is free: %v", free, err)
		}
	}
	if err := folderError("x", &fs.PathError{Op: "mkdir", Path: "x", Err: syscall.EROFS}); !strings.Contains(err.Error(), "cannot be written") {
		t.Error(err)
	}
}

// TestABackupWhileOthersWrite holds whole transactions, and comes back so.
func TestABackupWhileOthersWrite(t *testing.T) {
	dir := t.TempDir()
	file, to := filepath.Join(dir, "v.db"), filepath.Join(dir, "copy.db")
	s, err := open(t, file, true)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	begun := make(chan struct{}, 100)
	for range 3 {
		writers.Go(func() {
			for ctx.Err() == nil {
				if _, err := s.PlanVisit(context.Background(), sampleVisit("T1"), noon); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
				select {
				case begun <- struct{}{}:
				default:
				}
			}
		})
	}
	for range 30 {
		<-begun
	}
	err = s.Backup(t.Context(), to)
	for range 10 {
		<-begun
	}
	stop()
	writers.Wait()
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	want := contents(t, to)
	if _, err := Restore(t.Context(), Options{URL: file, Logger: nobody}, to, early); err != nil {
		t.Fatal(err)
	}
	if contents(t, file) != want {
		t.Error("what came back is another database")
	}
	r, err := open(t, file, true)
	if err != nil {
		t.Fatal(err)
	}
	var visits, cards, last int
	if err := r.read.QueryRowContext(t.Context(), `SELECT (SELECT COUNT(*) FROM visits), (SELECT COUNT(*) FROM occurrences WHERE kind = 'card'), (SELECT last FROM counters WHERE name = 'visit')`).Scan(&visits, &cards, &last); err != nil {
		t.Fatal(err)
	}
	if visits < 30 || cards != visits || last < visits {
		t.Errorf("%d visits, %d cards, counted to %d", visits, cards, last)
	}
}
