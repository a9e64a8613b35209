package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Backup writes a consistent copy of a SQLite database to a new file while others
// use it, marked as a copy: a process that serves it takes it for restored. A file that
// exists is refused. The copy appears complete or not at all; on a file system without
// hard links a kill in the middle leaves a file that no program takes for a database.
func (s *Store) Backup(ctx context.Context, file string) error {
	return s.backup(ctx, file, os.Link)
}

func (s *Store) backup(ctx context.Context, file string, link func(from, to string) error) error {
	if err := s.writeCopy(ctx, file, link); err != nil {
		return fmt.Errorf("back up the database: %w", err)
	}
	return nil
}

func (s *Store) writeCopy(ctx context.Context, file string, link func(from, to string) error) error {
	if s.postgres {
		return errors.New("it is PostgreSQL's; use pg_dump")
	}
	if file == "" {
		return errors.New("the copy has no name; give it one, such as copy.db")
	}
	if besides(s.file, file) || besides(resolved(s.file), file) {
		return fmt.Errorf("%s is a name of the program's own beside the database; give the copy another name", file)
	}
	if info, err := os.Stat(file); err == nil {
		if own, err := os.Stat(s.file); err == nil && os.SameFile(own, info) {
			return fmt.Errorf("%s is the database itself; give the copy another name", file)
		}
		return fmt.Errorf("%s exists already; give a new name", file)
	}
	dir := filepath.Dir(file)
	temp, err := os.MkdirTemp(dir, ".visitprep-backup-")
	if err != nil {
		return folderError(dir, err)
	}
	defer os.RemoveAll(temp)
	part := filepath.Join(temp, "copy.db")
	now := time.Now() // what is sent from now on, the copy may not know
	if _, err := s.write.ExecContext(ctx, `VACUUM INTO $1`, part); err != nil {
		return classify(err)
	}
	if err := markCopy(ctx, part, now); err != nil {
		return fmt.Errorf("mark the copy: %w", classify(err))
	}
	if err := errors.Join(os.Chmod(part, 0o600), syncFile(part)); err != nil {
		return err
	}
	// Link refuses what Rename would overwrite.
	switch err := link(part, file); {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s exists already; give a new name", file)
	case err != nil: // not every file system has hard links
		if err := copyNew(ctx, part, file); err != nil {
			return err
		}
	}
	return syncDir(dir)
}

// besides reports whether a file has one of the names that SQLite or this program gives to what
// lies beside a database: under them it would be taken for a log or a lock, and removed. Not
// every file system tells capitals from small letters.
func besides(database, file string) bool {
	ending, of := strings.CutPrefix(strings.ToLower(filepath.Base(file)), strings.ToLower(filepath.Base(database)))
	if !of || ending == "" {
		return false
	}
	one, err1 := os.Stat(filepath.Dir(file))
	other, err2 := os.Stat(filepath.Dir(database))
	return err1 == nil && err2 == nil && os.SameFile(one, other) &&
		(slices.Contains(endings[:], ending) || slices.Contains(locks[:], ending) || ending == copying || strings.HasPrefix(ending, restoring))
}

// folderError says what is wrong with a folder in which something could not be made.
func folderError(dir string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the folder %s is not there", dir)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the folder %s cannot be written", dir)
	}
	return err
}

// markCopy notes in a file that it is a copy of what the database was at an instant. A copy
// of a copy that nobody has put back is as old as that one.
func markCopy(ctx context.Context, file string, at time.Time) error {
	db, err := openAlone(ctx, file)
	if err != nil {
		return err
	}
	there, err := exists(ctx, db, false, "restored") // not in the first versions
	if err == nil && there {
		_, err = db.ExecContext(ctx, markAsCopy, millis(at))
	}
	return errors.Join(err, db.Close())
}

// markAsCopy notes that the database is a copy that nobody has put back yet, of an instant.
const markAsCopy = `INSERT INTO restored (workspace, copied_at, restored_at, numbers) VALUES ('', $1, 0, 0)
	ON CONFLICT (workspace) DO UPDATE SET restored_at = 0,
	copied_at = CASE WHEN restored.restored_at = 0 THEN restored.copied_at ELSE excluded.copied_at END`

// openAlone opens a SQLite file that nobody else has open, without a log beside it: what
// is committed stands in the file.
func openAlone(ctx context.Context, file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", fileName(file, "_pragma=busy_timeout(2000)&_pragma=journal_mode(DELETE)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	var mode string
	if err := db.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "delete" {
		if err == nil {
			err = ErrBusy
		}
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// fileHead is how many bytes of a SQLite file say that it is one.
const fileHead = 100

// copyNew copies a database to a new file.
func copyNew(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return copyFrom(ctx, in, to)
}

// copyFrom writes a database to a new file. Its head, by which it is known, is written
// last: half a copy is none.
func copyFrom(ctx context.Context, in io.Reader, to string) (err error) {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already; give a new name", to)
	}
	if err != nil {
		return folderError(filepath.Dir(to), err)
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			os.Remove(to)
		}
	}()
	first := make([]byte, fileHead)
	if _, err := io.ReadFull(in, first); err != nil {
		return fmt.Errorf("read the database to copy: %w", err)
	}
	if _, err := out.Write(make([]byte, fileHead)); err != nil {
		return fmt.Errorf("write %s: %w", to, err)
	}
	if _, err := io.Copy(out, stopping{ctx, in}); err != nil {
		return fmt.Errorf("write %s: %w", to, err)
	}
	if err := out.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", to, err)
	}
	if _, err := out.WriteAt(first, 0); err != nil {
		return fmt.Errorf("write %s: %w", to, err)
	}
	return out.Sync()
}

// stopping reads until its context ends.
type stopping struct {
	ctx context.Context
	io.Reader
}

func (s stopping) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Reader.Read(b)
}

func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncDir makes new names in a folder last. Some file systems cannot, and keep names in
// order by themselves.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	d.Sync()
	return d.Close()
}
