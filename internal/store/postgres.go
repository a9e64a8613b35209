package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgres opens a pool of connections to a PostgreSQL server, or to a pooler in front of one.
//
// The driver prepares each statement under a name and expects to find it on the same connection. A
// pooler that hands out the server's connections by the transaction breaks that, and says nothing
// about itself, so the server is asked. Behind a pooler each statement is sent with its values, and
// nothing is expected of a connection that it has done before. A mode that DATABASE_URL names is kept:
// whoever names one knows their pooler.
func openPostgres(ctx context.Context, address string, log *slog.Logger) (*sql.DB, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the address cannot be read") // Address has read it
	}
	pooled, err := behindPooler(ctx, config)
	if err != nil {
		return nil, startRefusal(err, config)
	}
	if pooled {
		config.DialFunc = neverCancelling(config.DialFunc)
		if !namesMode(address) {
			config.DefaultQueryExecMode = pgx.QueryExecModeExec
		} else if err := knowsNames(ctx, config); err != nil {
			return nil, startRefusal(err, config)
		}
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections)
	if pooled {
		log.Info("a pooler stands in front of the database", "queries", config.DefaultQueryExecMode.String())
		// In session mode an idle connection of ours keeps one of the server's from the rest of us.
		db.SetConnMaxIdleTime(time.Second)
	}
	return db, nil
}

// maxConnections is how many connections to PostgreSQL a process has at most.
const maxConnections = 20

func namesMode(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Query().Has("default_query_exec_mode")
}

// behindPooler reports whether the process that does the work is another one than the connection
// was told of when it began. It asks in a transaction, since there has to be one.
func behindPooler(ctx context.Context, config *pgx.ConnConfig) (bool, error) {
	ask := config.Copy()
	ask.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // works behind everything
	ask.DialFunc = neverCancelling(ask.DialFunc)
	conn, err := pgx.ConnectConfig(ctx, ask)
	if err != nil {
		return false, err
	}
	defer conn.Close(ctx)
	tx, err := conn.Begin(ctx)
	if err != nil {
		return false, err
	}
	defer tx.Rollback(ctx)
	var pid uint32
	if err := tx.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
		return false, err
	}
	return pid != conn.PgConn().PID(), tx.Commit(ctx)
}

// knowsNames prepares a statement under one name on two connections after each other, where the user
// says that statements are to be prepared. A pooler that does not know about it finds the name taken.
func knowsNames(ctx context.Context, config *pgx.ConnConfig) error {
	if config.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement {
		return nil
	}
	for range 2 {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return err
		}
		_, err = conn.Prepare(ctx, "visitprep_start", `SELECT 1`)
		if err := errors.Join(err, conn.Close(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// neverCancelling dials connections to a pooler. When the time for a query is over, the driver asks the
// server to cancel it, over a second connection, and does not wait where the process ends. pgbouncer
// 1.18 ends with a fatal error of its own if that connection is closed in the middle, and takes
// everybody's with it. So the driver does not learn where to: the pooler sees the connection of the
// query close, which rolls back what it did.
func neverCancelling(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return unnamedConn{conn}, nil
	}
}

// An unnamedConn has no address that can be dialled again.
type unnamedConn struct{ net.Conn }

func (unnamedConn) RemoteAddr() net.Addr { return nowhere{} }

type nowhere struct{}

func (nowhere) Network() string { return "none" }
func (nowhere) String() string  { return "a pooler" }

// startRefusal words why PostgreSQL, or a pooler in front of it, cannot be used, and what has to
// be changed.
func startRefusal(err error, config *pgx.ConnConfig) error {
	var p *pgconn.PgError
	if !errors.As(err, &p) {
		return unreached(err, config)
	}
	if _, name, ok := strings.Cut(p.Message, "unsupported startup parameter: "); ok {
		return fmt.Errorf("the pooler does not pass on %s: take it out of DATABASE_URL, set it for the user instead (ALTER ROLE %s SET …), and where the driver sends it all the same add ignore_startup_parameters = %s to pgbouncer.ini",
			name, pgx.Identifier{config.User}.Sanitize(), name)
	}
	if p.Code == "42P05" { // duplicate_prepared_statement
		return fmt.Errorf("the pooler knows no prepared statements: take default_query_exec_mode=cache_statement out of DATABASE_URL: %w", err)
	}
	if strings.Contains(p.Message, "statement pooling mode") {
		return fmt.Errorf("the pooler gives out a connection for one statement at a time, and Visit Prep needs transactions: write pool_mode = transaction (or session) into pgbouncer.ini: %w", err)
	}
	how := "look at its log"
	switch {
	case strings.HasPrefix(p.Code, "28"):
		how = "mend the user or the password in DATABASE_URL"
	case p.Code == "3D000":
		how = "make it, or name another in DATABASE_URL"
	case strings.HasPrefix(p.Code, "57"), strings.HasPrefix(p.Code, "53"):
		how = "start this again when it has room or is ready"
	}
	return &startError{fmt.Sprintf("PostgreSQL at %s refuses, %s: %s", places(config), oneLine(p.Message), how), classify(err)}
}

// A startError says in one line why PostgreSQL cannot be used. The driver has a line for each
// address and each way that it tried.
type startError struct {
	line string
	err  error
}

func (e *startError) Error() string { return e.line }
func (e *startError) Unwrap() error { return e.err }

// unreached is for a server that did not answer as one. What was tried last tells.
func unreached(err error, config *pgx.ConnConfig) error {
	var connect *pgconn.ConnectError
	if !errors.As(err, &connect) {
		return classify(err)
	}
	last := connect.Unwrap()
	if all, ok := last.(interface{ Unwrap() []error }); ok {
		last = all.Unwrap()[len(all.Unwrap())-1]
	}
	why, how := oneLine(last.Error()), "start it, or mend host and port in DATABASE_URL"
	var host *net.DNSError
	var code syscall.Errno
	switch {
	case errors.As(last, &host):
		why, how = oneLine(host.Err), "mend the host in DATABASE_URL, or look at the network and its DNS"
	case errors.Is(last, io.EOF), errors.Is(last, io.ErrUnexpectedEOF), errors.Is(last, syscall.ECONNRESET), errors.Is(last, syscall.EPIPE):
		why = "what answers there closed the connection"
	case errors.As(last, &code):
		why = code.Error()
	case pgconn.Timeout(last):
		why = "no answer in time"
	case strings.Contains(last.Error(), "server refused TLS connection"):
		why, how = "it speaks no TLS", "turn TLS on there, or take sslmode out of DATABASE_URL"
	}
	return &startError{fmt.Sprintf("PostgreSQL cannot be reached at %s (%s): %s", places(config), why, how), classify(err)}
}

// places are where a server is looked for, each named once.
func places(config *pgx.ConnConfig) string {
	var all []string
	add := func(host string, port uint16) {
		place := net.JoinHostPort(host, strconv.Itoa(int(port)))
		if network, address := pgconn.NetworkAddress(host, port); network == "unix" {
			place = address
		}
		if !slices.Contains(all, place) {
			all = append(all, place)
		}
	}
	add(config.Host, config.Port)
	for _, f := range config.Fallbacks {
		add(f.Host, f.Port)
	}
	return strings.Join(all, ", ")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
