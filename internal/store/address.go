package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
)

// The two forms that DATABASE_URL has.
const (
	postgresForm = "postgres://user:password@host/database"
	fileForm     = "the path of a file, such as visitprep.db"
)

var (
	scheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):`)
	// drive begins a path on Windows.
	drive = regexp.MustCompile(`^[A-Za-z]:[\\/]`)
	// ofFile are the schemes that are said again in a refusal; a longer one may have a password in it.
	ofFile = regexp.MustCompile(`(?i)^(sqlite[0-9]?|file)$`)
	// memory is how SQLite's drivers are told to keep nothing.
	memory = regexp.MustCompile(`(?i)^((sqlite[0-9+.a-z-]*|file):/*)?:memory:(\?.*)?$|^file:.*[?&]mode=memory(&|$)`)
	// assigned begins a line of a shell: a variable, or settings of some with commands before them.
	assigned = regexp.MustCompile(`^\$|^([a-z]+\s+)*[A-Z_][A-Z0-9_]*=`)
	// ports are those behind the hosts of an address.
	ports = regexp.MustCompile(`:[0-9]+(,|$)`)
	// pairs are what libpq reads beside addresses, and what drivers of other languages do.
	pairs = regexp.MustCompile(`(?i)(^|[\s;])(host|hostaddr|port|user|user id|username|uid|password|pwd|dbname|database|sslmode|service|server|data source)\s*=`)
)

// errNotKept refuses what would be gone when the command ends.
var errNotKept = errors.New("DATABASE_URL names a database in memory, of which nothing would be kept: write " + fileForm)

// Address reads where a database is: the path of a SQLite file, ":memory:", or the address
// of a PostgreSQL server. What cannot be seen around it, such as the line end of a .env,
// does not count. Anything else that people write elsewhere is refused with the form to
// write; the error never repeats what was written, which may hold a password.
func Address(text string) (string, error) {
	a := strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	refuse := func(what, how string) (string, error) { return "", fmt.Errorf("DATABASE_URL %s: %s", what, how) }
	kind := ""
	if m := scheme.FindStringSubmatch(a); m != nil && !drive.MatchString(a) {
		kind = m[1]
	}
	switch lower := strings.ToLower(kind); {
	case a == "":
		return refuse("is empty", "write "+fileForm+", or "+postgresForm)
	case inMemory(a):
		return a, nil
	case memory.MatchString(a):
		return "", errNotKept
	case strings.ContainsFunc(a, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }):
		return refuse("has a line end or a control character in it", "write it in one line")
	case strings.Contains(a, "DATABASE_URL=") || assigned.MatchString(a):
		return refuse("has the words of a shell in it", "write what stands behind DATABASE_URL= alone, "+fileForm+", or "+postgresForm)
	case strings.ContainsAny(a[:1]+a[len(a)-1:], `"'`):
		return refuse("has quotes around it", "write it without them")
	case isPostgres(a):
		return a, checkPostgres(a)
	case lower == "postgres" || lower == "postgresql":
		return refuse("is not a form that visitprep reads", "write "+postgresForm+", in small letters and with two slashes")
	case strings.HasPrefix(lower, "postgres") || lower == "jdbc" || lower == "pgsql" || lower == "psql" || lower == "pgx":
		return refuse("is in the form of another program", "write "+postgresForm)
	case strings.HasPrefix(lower, "sqlite") || lower == "file":
		before := "anything"
		if ofFile.MatchString(kind) {
			before = kind + ":"
		}
		return refuse("is in the form of another program", "write "+fileForm+", without "+before+" before it and without ? behind it")
	case strings.Contains(a, "://") || strings.HasPrefix(a, "//"):
		return refuse("names a kind of database that visitprep does not know", "write "+fileForm+", or "+postgresForm)
	case kind != "":
		return refuse("is not a form that visitprep reads", "write "+fileForm+", or "+postgresForm+"; a file with a colon in its name begins with ./")
	case pairs.MatchString(a):
		return refuse("is a list of settings", "write "+postgresForm+", or "+fileForm)
	case strings.Contains(a, "?") && strings.Contains(a, "="):
		return refuse("has settings behind the path", "write the path alone, such as visitprep.db")
	case strings.ContainsRune(a, '@') && strings.ContainsRune(a, ':'):
		return refuse("has no scheme", "write "+postgresForm)
	}
	return a, nil
}

// CheckPlace reads an address as [Address] does, and finds what keeps a file from being
// there, from being kept, or from being a database. It changes nothing.
func CheckPlace(text string) error {
	a, err := Address(text)
	switch {
	case err != nil || isPostgres(a):
		return err
	case inMemory(a):
		return errNotKept
	}
	if err := checkPlace(a); err != nil {
		return err
	}
	return checkHead(a)
}

// checkHead reads the head of a file, if there is one, without opening it as a database: its
// log may be in use.
func checkHead(file string) error {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 || !info.Mode().IsRegular() {
		return err
	}
	head := make([]byte, fileHead)
	if _, err := io.ReadFull(f, head); err != nil || !bytes.HasPrefix(head, []byte("SQLite format 3\x00")) {
		return noDatabase(file)
	}
	page := int64(binary.BigEndian.Uint16(head[16:]))
	if page == 1 { // 65,536 does not fit
		page = 1 << 16
	}
	pages, written, counted := int64(binary.BigEndian.Uint32(head[28:])), head[24:28], head[92:96]
	for _, log := range []string{"-wal", "-journal"} { // they may hold what the file lacks
		if info, err := os.Stat(file + log); err == nil && info.Size() > 0 {
			return nil
		}
	}
	if bytes.Equal(written, counted) && info.Size() <= (pages-1)*page { // SQLite does not miss the end of the last page
		return damaged(file)
	}
	return nil
}

// encode says what to do about a password that an address cannot hold as it is.
const encode = "in the password write %40 for @, %2F for /, %3A for :, %23 for #, %3F for ? and %25 for %"

// checkPostgres finds what would be taken for another address than is meant.
func checkPostgres(a string) error {
	_, rest, _ := strings.Cut(a, "://")
	host := strings.FieldsFunc(rest+"/", func(r rune) bool { return strings.ContainsRune("/?#", r) })
	u, err := url.Parse(a)
	if err != nil || len(host) > 0 && strings.Count(host[0], "@") > 1 || u.Fragment != "" || strings.HasSuffix(a, "#") || strings.Contains(u.Path, "@") || u.User == nil && strings.Contains(u.RawQuery, "@") {
		return errors.New("DATABASE_URL cannot be read as " + postgresForm + ": " + encode)
	}
	if _, err := pgx.ParseConfig(a); err != nil {
		return errors.New("DATABASE_URL cannot be read as " + postgresForm + wrongSetting(u))
	}
	return nil
}

// readSettings are what the driver reads of an address behind its question mark. Everything else
// it hands on, whatever it is.
var readSettings = [...]string{"sslmode", "sslnegotiation", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslsni", "sslcertmode", "host", "port", "connect_timeout",
	"target_session_attrs", "channel_binding", "require_auth", "min_protocol_version", "max_protocol_version", "service", "servicefile", "passfile",
	"default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity"}

// wrongSetting names the setting, or the port, without which an address can be read. The driver's own words
// have the value in them, and what is no setting may be a part of a password.
func wrongSetting(u *url.URL) string {
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		if part != "" && !strings.Contains(part, "=") {
			return ": behind ? stand settings, each as name=value with & between them"
		}
	}
	for _, name := range readSettings {
		others := u.Query()
		if !others.Has(name) {
			continue
		}
		others.Del(name)
		without := *u
		without.RawQuery = others.Encode()
		if _, err := pgx.ParseConfig(without.String()); err == nil {
			return ": behind ? stands a value of " + name + " that it cannot have"
		}
	}
	without := *u
	without.Host = ports.ReplaceAllString(u.Host, "$1")
	if _, err := pgx.ParseConfig(without.String()); err == nil {
		return ": a port is a number from 1 to 65535"
	}
	return ""
}

// checkFile finds what keeps a SQLite file from being opened, before anything is written
// beside it, and whether it is a copy that nobody has put back yet.
func checkFile(ctx context.Context, o *Options) (marked bool, err error) {
	if err := checkPlace(o.URL); err != nil {
		return false, err
	}
	info, err := os.Stat(o.URL)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.Existing && pendingRestore(o.URL) == "":
		where, err := filepath.Abs(filepath.Dir(o.URL))
		if err != nil {
			where = filepath.Dir(o.URL)
		}
		return false, fmt.Errorf("there is no database %s in %s: run this in the folder of serve, or set DATABASE_URL as it has it", filepath.Base(o.URL), where)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("open the database: %w", err)
	case err == nil && info.Size() > 0:
		if err := checkHead(o.URL); err != nil {
			return false, err
		}
		if marked, err = isMarked(ctx, o.URL); errors.Is(err, errNotADatabase) {
			return false, noDatabase(o.URL)
		}
	}
	return marked, nil // any other fault of it is seen when it is opened
}

// instead is what to do where a file cannot be the database.
const instead = ": move it away and put a backup back with visitprep restore FILE, or name another file in DATABASE_URL"

func noDatabase(file string) error {
	return fmt.Errorf("%s: %w%s", file, errNotADatabase, instead)
}

func damaged(file string) error {
	return fmt.Errorf("%s is damaged, or cut off%s", file, instead)
}

// checkPlace finds what keeps a path from being that of a SQLite file.
func checkPlace(file string) error {
	dir := filepath.Dir(file)
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the database is to be %s, and the folder %s is not there", file, dir)
	case err != nil:
		return fmt.Errorf("open the database: %w", err)
	case !info.IsDir():
		return fmt.Errorf("the database is to be %s, and %s is not a folder", file, dir)
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder; DATABASE_URL names a file", file)
	}
	return nil
}
