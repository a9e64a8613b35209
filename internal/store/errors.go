package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// What can be wrong with the database itself. Each heals without us: the same
// call may be made again later.
var (
	ErrBusy        = errors.New("the database is busy")           // locked by somebody else
	ErrFull        = errors.New("the disk is full")               // nothing can be written
	ErrReadOnly    = errors.New("the database cannot be written") // a read-only file or server
	ErrUnavailable = errors.New("the database cannot be reached") // gone, starting or stopping
)

// classify puts one of our errors in front of a driver's. The codes of both databases
// stand here side by side, so that nothing else has to know which one it is.
func classify(err error) error {
	var is error
	var s *sqlite.Error
	var p *pgconn.PgError
	var connect *pgconn.ConnectError
	var n net.Error
	switch {
	case errors.As(err, &s):
		switch s.Code() & 0xff {
		case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
			is = ErrBusy
		case lib.SQLITE_FULL:
			is = ErrFull
		case lib.SQLITE_READONLY:
			is = ErrReadOnly
		case lib.SQLITE_CANTOPEN, lib.SQLITE_IOERR:
			is = ErrUnavailable
		}
	case errors.As(err, &p):
		switch {
		case p.Code == "53100": // disk_full
			is = ErrFull
		case p.Code == "25006": // read_only_sql_transaction
			is = ErrReadOnly
		case p.Code == "55P03", p.Code == "40001", p.Code == "40P01":
			is = ErrBusy
		case p.Code[:2] == "57" || p.Code[:2] == "08" || p.Code[:2] == "53":
			is = ErrUnavailable
		}
	case errors.As(err, &connect), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), pgconn.SafeToRetry(err):
		is = ErrUnavailable
	case errors.As(err, &n) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		is = ErrUnavailable
	}
	if is == nil {
		return err
	}
	return fmt.Errorf("%w: %w", is, err)
}

// isConflict reports whether a transaction ran into another one and may be run
// again as it is.
func isConflict(err error) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) && (p.Code == "40001" || p.Code == "40P01")
}
