package store

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

// secretWord stands in the addresses of these tests where a password does.
const secretWord = "hunter2"

// TestAnAddressIsReadOrRefused: each form that people write elsewhere is refused with the
// form to write.
func TestAnAddressIsReadOrRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ text, want string }{ // want is the address, or what the refusal says
		{"visits.db", "visits.db"},
		{" visits.db\r\n", "visits.db"},
		{"./data/our visits.db", "./data/our visits.db"},
		{"./visits:2027.db", "./visits:2027.db"},
		{"./A=visits.db", "./A=visits.db"},
		{":memory:", ":memory:"},
		{"postgres://u:hunter2@h:5432/d?sslmode=require", "postgres://u:hunter2@h:5432/d?sslmode=require"},
		{"postgresql://u:hunter%402@h/d", "postgresql://u:hunter%402@h/d"},
		{"postgres:///d?host=/run/postgresql", "postgres:///d?host=/run/postgresql"},

		{"", "is empty"},
		{"host=db user=u password=hunter2 dbname=d", "postgres://user:password@host/database"},
		{"user = u password = hunter2", "postgres://user:password@host/database"},
		{"Server=h;Database=d;User Id=u;Password=hunter2", "postgres://user:password@host/database"},
		{"PGPASSWORD=hunter2 psql -h h d", "the words of a shell"},
		{"PGPASSWORD='hunter2' psql postgres://u@h/d", "the words of a shell"},
		{"export PGPASSWORD=hunter2", "the words of a shell"},
		{"_=hunter2", "the words of a shell"},
		{"sqlite:data.db", "without sqlite:"},
		{"sqlite:///data.db", "without sqlite:"},
		{"sqlite3://data.db", "without sqlite3:"},
		{"SQLite:data.db", "without SQLite:"},
		{"file:data.db?cache=shared", "without file:"},
		{"sqlitehunter2:data.db", "before it"},
		{"sqlite+pysqlite:///data.db", "before it"},
		{"filehunter2:data.db", "begins with ./"},
		{"\u200bvisits.db\u0085", "visits.db"},
		{"\u2003visits.db\u2028", "visits.db"},
		{"visits.db\u2028hunter2", "one line"},
		{"data.db?mode=rwc", "the path alone"},
		{"mysql://u:hunter2@h/d", "does not know"},
		{"libsql://hunter2@h", "does not know"},
		{"http://u:hunter2@h", "does not know"},
		{"//u:hunter2@h/d", "does not know"},
		{"POSTGRES://u:hunter2@h/d", "small letters"},
		{"postgres:u:hunter2@h/d", "two slashes"},
		{"postgresql+psycopg://u:hunter2@h/d", "postgres://user:password@host/database"},
		{"postgresql+asyncpg://u:hunter2@h/d", "postgres://user:password@host/database"},
		{"jdbc:postgresql://h/d?user=u&password=hunter2", "postgres://user:password@host/database"},
		{"u:hunter2@h/d", "postgres://user:password@host/database"},
		{"user@h:hunter2", "postgres://user:password@host/database"},
		{`"visits.db"`, "quotes"},
		{"'postgres://u:hunter2@h/d'", "quotes"},
		{"visits.db\nSLACK=hunter2", "one line"},
		{"postgres://u:hun@ter2hunter2@h/d", "%40 for @"},
		{"postgres://u:hunter2@@h/d", "%40 for @"},
		{"postgres://u:12/hunter2@h/d", "%2F for /"},
		{"postgres://u:hunter2/@h/d", "%2F for /"},
		{"postgres://u:#hunter2@h/d", "%23 for #"},
		{"postgres://u:hunter2#", "%23 for #"},
		{"postgres://u:hunter2?@h/d", "%3F for ?"},
		{"postgres://u:hunter2%@h/d", "%25 for %"},
		{"postgres://u:%zzhunter2@h/d", "%25 for %"},
		{"postgres://u:hunter2@h/d?sslmode=hunter2", "a value of sslmode"},
		{"postgres://u:hunter2@h:hunter2/d", "cannot be read"},
		{"postgres://u:hunter2@h:99999/d", "a port is a number from 1 to 65535"},
		{"postgres://u:hunter2@[::1]:0/d", "a port is a number from 1 to 65535"},
		{"postgres://u:hunter2@h:5432,i:99999/d", "a port is a number from 1 to 65535"},
		{"postgres://h/d?user=u&password=hunter2&connect_timeout=hunter2", "a value of connect_timeout"},
		{"postgres://h/d?default_query_exec_mode=hunter2", "a value of default_query_exec_mode"},
		{"postgres://h/d?hunter2", "name=value"},
		{"postgres://u:hunter2@h/d?sslmode=require&hunter2", "name=value"},
		{"postgres://h/d?sslmode", "name=value"},
		{"postgres://h/d?channel_binding=hunter2", "a value of channel_binding"},
		{"sqlite::memory:", "nothing would be kept"},
		{"sqlite://:memory:", "nothing would be kept"},
		{"sqlite+pysqlite:///:memory:", "nothing would be kept"},
		{":memory:?cache=shared", "nothing would be kept"},
		{":MEMORY:", "nothing would be kept"},
		{"file::memory:", "nothing would be kept"},
		{"file::memory:?cache=shared", "nothing would be kept"},
		{"file:x?mode=memory&cache=shared", "nothing would be kept"},
	} {
		got, err := Address(c.text)
		switch {
		case err == nil && got != c.want:
			t.Errorf("%q is read as %q, want %q", c.text, got, c.want)
		case err != nil && !strings.Contains(err.Error(), c.want):
			t.Errorf("%q is refused with %q, want %q in it", c.text, err, c.want)
		case err != nil && strings.Contains(err.Error(), secretWord):
			t.Errorf("the refusal of %q shows the password: %v", c.text, err)
		}
		if err == nil {
			continue
		}
		// Nobody opens it, and nothing is made.
		if _, err := open(t, c.text, true); err == nil || strings.Contains(err.Error(), secretWord) {
			t.Errorf("opening %q: %v", c.text, err)
		}
		if _, err := Restore(t.Context(), Options{URL: c.text, Logger: slog.New(slog.DiscardHandler)}, "x", time.Now()); err == nil || strings.Contains(err.Error(), secretWord) {
			t.Errorf("restoring %q: %v", c.text, err)
		}
	}
	if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestAPasswordIsNotShown: not even by a server that cannot be reached.
func TestAPasswordIsNotShown(t *testing.T) {
	for _, address := range []string{
		"postgres://u:hunter2@127.0.0.1:1/d",
		"postgres://127.0.0.1:1/d?user=u&password=hunter2",
		"postgresql://u:hunter%32@127.0.0.1:1/d?connect_timeout=1",
	} {
		_, err := open(t, address, true)
		if err == nil || strings.Contains(err.Error(), secretWord) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestAPlaceThatCannotHoldADatabase is refused in a sentence, and nothing is written.
func TestAPlaceThatCannotHoldADatabase(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"notes.txt": strings.Repeat("no database ", 100), "short": "x"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ file, want string }{
		{"nowhere/v.db", "the folder nowhere is not there"},
		{"folder", "is a folder"},
		{"notes.txt/v.db", "notes.txt is not a folder"},
		{"notes.txt", "is not a SQLite database"},
		{"short", "is not a SQLite database"},
	} {
		if _, err := open(t, c.file, true); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", c.file, err, c.want)
		}
	}
	_, err := Open(context.Background(), Options{URL: "v.db", Existing: true, Logger: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "there is no database v.db in "+dir) {
		t.Errorf("a database that has to exist: %v", err)
	}
	left, err := filepath.Glob("*")
	if err != nil || len(left) != 3 {
		t.Errorf("here are %v, %v", left, err)
	}
}

// TestWhatIsNoDatabaseNamesAWayOut: a file that holds something else, and one of which a part
// is missing, are told of before they are opened, and what to do.
func TestWhatIsNoDatabaseNamesAWayOut(t *testing.T) {
	t.Chdir(t.TempDir())
	s, err := open(t, "whole.db", true)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile("whole.db")
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckPlace("whole.db"); err != nil {
		t.Errorf("the whole is refused: %v", err)
	}
	for name, data := range map[string][]byte{
		"notes.txt": []byte(strings.Repeat("no database ", 100)), "short": []byte("x"), "head": whole[:50], "page": whole[:4096], "half": whole[:len(whole)/2],
		"zeros": make([]byte, 8192), "yaml": []byte("visits:\n"), "spoilt": slices.Concat(whole[:100], make([]byte, len(whole)-100)),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile("v.db", data, 0o600); err != nil {
				t.Fatal(err)
			}
			defer func() { os.Remove("v.db.lock"); os.Remove("v.db.migrate") }()
			errs := map[string]error{"a check": CheckPlace("v.db")}
			_, errs["serve"] = open(t, "v.db", true)
			_, errs["an export"] = Open(t.Context(), Options{URL: "v.db", Existing: true, Logger: slog.New(slog.DiscardHandler)})
			for who, err := range errs {
				if who == "a check" && name == "spoilt" {
					continue // only SQLite can tell
				}
				if err == nil || !strings.HasPrefix(err.Error(), "v.db") || !strings.Contains(err.Error(), "put a backup back with visitprep restore FILE, or name another file in DATABASE_URL") {
					t.Errorf("%s says %v", who, err)
				}
			}
			if left, err := os.ReadFile("v.db"); err != nil || !bytes.Equal(left, data) {
				t.Errorf("the file was changed: %v", err)
			}
			left, err := filepath.Glob("v.db*")
			if err != nil || len(left) != 1 && name != "spoilt" { // that it is has to be opened for
				t.Errorf("here are %v, %v", left, err)
			}
		})
	}
	t.Run("with a log beside it the file may lack something", func(t *testing.T) {
		if err := errors.Join(os.WriteFile("v.db", whole[:len(whole)/2], 0o600), os.WriteFile("v.db-wal", []byte("x"), 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := CheckPlace("v.db"); err != nil {
			t.Error(err)
		}
	})
}

// FuzzAddress: whatever is written around a password, it is read as a path or an address
// without what cannot be seen around it, or refused, and the password is never repeated.
func FuzzAddress(f *testing.F) {
	for _, s := range [][2]string{
		{"", ""}, {"visits.db", ""}, {"postgres://u:", "@h/d"}, {"host=h password=", ""}, {"mysql://u:", "@h/d"}, {"'", "'"}, {"C:\\", ".db"}, {"a?b=", ""},
		{"postgres://[::1]:5/d#", ""}, {"\x00", ""}, {"sqlite", ":data.db"}, {"file", ":data.db"}, {"postgres://h/d?port=", ""}, {"postgres://h/d?", ""}, {"postgres://h:1", "/d"},
		{"postgres://h/d?connect_timeout=", ""}, {"postgres://h/d?default_query_exec_mode=", ""}, {"postgres://h/d?sslcert=", "&sslkey=x"}, {"\u200b\u0085", "\u2028"},
	} {
		f.Add(s[0], s[1])
	}
	unseen := func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }
	f.Fuzz(func(t *testing.T, before, after string) {
		text := before + secretWord + after
		a, err := Address(text)
		if err != nil {
			if strings.Contains(err.Error(), secretWord) {
				t.Errorf("the refusal of %q repeats it: %v", text, err)
			}
			return
		}
		before, after, found := strings.Cut(text, a)
		if !found || strings.TrimFunc(before+after, unseen) != "" || strings.TrimFunc(a, unseen) != a {
			t.Errorf("%q is read as %q", text, a)
		}
		if !isPostgres(a) && strings.Contains(a, "://") {
			t.Errorf("%q is taken for a path", text)
		}
		if isPostgres(a) && strings.Contains(a, ":"+secretWord+"@") && strings.Contains(describe(a), secretWord) {
			t.Errorf("%q is described as %q", a, describe(a))
		}
	})
}

// TestWhatHasToBeKeptIsNotInMemory: for whoever serves, imports, restores or reads what others
// wrote, a database in memory is a mistake.
func TestWhatHasToBeKeptIsNotInMemory(t *testing.T) {
	t.Chdir(t.TempDir())
	log := slog.New(slog.DiscardHandler)
	for _, url := range []string{":memory:", " :memory:\n", "sqlite::memory:", "file::memory:"} {
		for name, try := range map[string]func() error{
			"serve":   func() error { return failed(Open(t.Context(), Options{URL: url, Owner: true, Logger: log})) },
			"import":  func() error { return failed(Open(t.Context(), Options{URL: url, Importing: true, Logger: log})) },
			"read":    func() error { return failed(Open(t.Context(), Options{URL: url, Existing: true, Logger: log})) },
			"check":   func() error { return CheckPlace(url) },
			"restore": func() error { return failed(Restore(t.Context(), Options{URL: url, Logger: log}, "x", time.Now())) },
			"restore without a file": func() error {
				return failed(TakeForRestored(t.Context(), Options{URL: url, Logger: log}, false, time.Now()))
			},
		} {
			if err := try(); err == nil || !strings.Contains(err.Error(), "nothing would be kept") || !strings.Contains(err.Error(), "visitprep.db") {
				t.Errorf("%s in %q: %v", name, url, err)
			}
		}
	}
	if _, err := open(t, ":memory:", false); err != nil {
		t.Errorf("for a try: %v", err)
	}
}

func failed[T any](_ T, err error) error { return err }
