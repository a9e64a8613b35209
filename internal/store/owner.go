package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

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
	name := file + ".lock"
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
	who := fmt.Sprintf("process %d on %s since %s\n", os.Getpid(), host, time.Now().UTC().Format("2006-01-02 15:04 MST"))
	if err := os.WriteFile(name, []byte(who), 0o644); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", file, err), l.Unlock())
	}
	return l.Unlock, nil
}

// withMigrationLock runs f while no other process that opens the same file does: the library
// that migrates locks PostgreSQL, but not SQLite.
func withMigrationLock(ctx context.Context, file string, f func() error) error {
	l := flock.New(file + ".migrate")
	if _, err := l.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return fmt.Errorf("wait for another process: %w", err)
	}
	return errors.Join(f(), l.Unlock())
}

// Backup writes a consistent copy of a SQLite database to a new file while others
// use it. The file appears complete or not at all; one that exists is refused.
func (s *Store) Backup(ctx context.Context, file string) error {
	if s.skipLocked != "" {
		return errors.New("back up the database: it is PostgreSQL's; use pg_dump")
	}
	if _, err := os.Stat(file); err == nil {
		return fmt.Errorf("back up the database: %s exists already; give a new name", file)
	}
	temp, err := os.MkdirTemp(filepath.Dir(file), ".visitprep-backup-")
	if err != nil {
		return fmt.Errorf("back up the database: %w", err)
	}
	defer os.RemoveAll(temp)
	part := filepath.Join(temp, "copy.db")
	if _, err := s.write.ExecContext(ctx, `VACUUM INTO $1`, part); err != nil {
		return fmt.Errorf("back up the database: %w", classify(err))
	}
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("back up the database: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("back up the database: %w", err)
	}
	// Link refuses what Rename would overwrite.
	if err := os.Link(part, file); err != nil {
		return fmt.Errorf("back up the database: %w", err)
	}
	return nil
}
