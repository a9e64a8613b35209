package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// The locks that lie beside a SQLite file: of whoever serves it, of whoever opens it or puts
// another in its place, and of those who import.
const (
	servedLock  = ".lock"
	migrateLock = ".migrate"
	importLock  = ".import"
)

var locks = [...]string{servedLock, migrateLock, importLock}

// An OwnedError is returned by Open where another process serves the same SQLite
// file already.
type OwnedError struct {
	File string // the database
	Who  string // as that process wrote it: its number, machine and start
}

func (e *OwnedError) Error() string {
	return fmt.Sprintf("%s is served by another visitprep already (%s): stop that one, or set DATABASE_URL to another file or to a PostgreSQL server", e.File, e.Who)
}

// lockFile takes the lock of a SQLite file. The system releases it when the process
// ends, however it ends.
func lockFile(file string) (release func() error, err error) {
	name := file + servedLock
	l := flock.New(name)
	got, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", file, err)
	}
	if !got {
		who, _ := os.ReadFile(name)
		return nil, &OwnedError{File: file, Who: strings.TrimSpace(string(who))}
	}
	host, _ := os.Hostname()
	if err := giveOver(file, name); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", file, err), l.Unlock())
	}
	who := fmt.Sprintf("process %d on %s since %s\n", os.Getpid(), host, time.Now().UTC().Format("2006-01-02 15:04 MST"))
	if err := os.WriteFile(name, []byte(who), 0o644); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", file, err), l.Unlock())
	}
	itself, err := lockItself(file)
	if err != nil {
		return nil, errors.Join(err, l.Unlock())
	}
	return func() error { return errors.Join(itself(), l.Unlock()) }, nil
}

// lockImport takes, or shares, the lock of those who import into a SQLite file: a restore puts
// another file into its place, and what they wrote to the old one would be lost with it.
func lockImport(file string, try func(*flock.Flock) (bool, error)) (release func() error, err error) {
	l := flock.New(file + importLock)
	got, err := try(l)
	if err != nil {
		return nil, explain(fmt.Errorf("lock %s: %w", file, err), file)
	}
	if !got {
		return nil, fmt.Errorf("%s is being restored, or an import writes to it, or mcp reads it: run this again when that has ended", file)
	}
	if err := giveOver(file, file+importLock); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", file, err), l.Unlock())
	}
	return l.Unlock, nil
}

// lockItself takes a lock of the file, where it is there. It has the same one under all of
// its names, of which a hard link is one; its log has a name of its own for each of them.
// SQLite's locks are of another kind and do not meet it, but for Windows.
//
// Nobody else in the process may close the file while SQLite has it open: the system then
// drops SQLite's locks.
func lockItself(file string) (release func() error, err error) {
	if runtime.GOOS == "windows" {
		return func() error { return nil }, nil
	}
	l := flock.New(file, flock.SetFlag(os.O_RDONLY))
	switch got, err := l.TryLock(); {
	case errors.Is(err, fs.ErrNotExist):
		return func() error { return nil }, nil
	case err != nil:
		return nil, fmt.Errorf("lock %s: %w", file, err)
	case !got:
		return nil, &OwnedError{File: file, Who: "under another name of the file"}
	}
	return l.Unlock, nil
}

// resolved is the name of a file without links, whether it is there or not: what belongs to
// it lies beside it.
func resolved(file string) string {
	if target, err := filepath.EvalSymlinks(file); err == nil {
		return target
	}
	if to, err := os.Readlink(file); err == nil { // to what is not there
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(file), to)
		}
		return to
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(file)); err == nil {
		return filepath.Join(dir, filepath.Base(file))
	}
	return file
}

// makeFile makes a SQLite file that is not there yet, for its owner's eyes only; what SQLite
// puts beside it is as it is. It reports whether it did.
func makeFile(file string) (made bool, err error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("make the database: %w", err)
	}
	return true, errors.Join(f.Close(), giveOver(file, file))
}

// withMigrationLock runs f while no other process opens the same file, or puts another in its
// place.
func withMigrationLock(ctx context.Context, file string, f func() error) error {
	l := flock.New(file + migrateLock)
	if _, err := l.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return fmt.Errorf("wait for another process: %w", err)
	}
	if err := giveOver(file, file+migrateLock); err != nil {
		return errors.Join(err, l.Unlock())
	}
	return errors.Join(f(), l.Unlock())
}

// A deniedError says which files keep this account from a database, and what to do about it.
type deniedError struct {
	error
	why string
}

func (e *deniedError) Error() string { return e.error.Error() + "; " + e.why }
func (e *deniedError) Unwrap() error { return e.error }

// explain adds to an error of a SQLite file whose the files are that this account may not use: commands
// that root has run have left some behind.
func explain(err error, file string) error {
	var denied *deniedError
	var s *sqlite.Error
	switch {
	case err == nil || errors.As(err, &denied):
		return err
	case errors.Is(err, fs.ErrPermission):
	case errors.As(err, &s) && slices.Contains([]int{lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_PERM}, s.Code()&0xff):
	default:
		return err
	}
	if why := keptOut(resolved(file), os.Geteuid()); why != "" {
		return &deniedError{err, why}
	}
	return err
}
