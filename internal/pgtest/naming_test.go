package pgtest

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
)

func TestMain(m *testing.M) { Main(m) }

// A pooler whose connections to the server break, or whose client leaves in the middle of a
// transaction, has as many afterwards.
func TestNamingOutlivesItsConnections(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	db, err := sql.Open("pgx", Naming(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var database string
	if err := db.QueryRowContext(ctx, `SELECT current_database()`).Scan(&database); err != nil {
		t.Fatal(err)
	}
	server, err := sql.Open("pgx", Shared(t).URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	run := func(query string) {
		t.Helper()
		if _, err := server.ExecContext(ctx, query); err != nil {
			t.Fatal(err)
		}
	}
	begin := func() *sql.Tx {
		t.Helper()
		for { // a connection that broke is found out by who uses it
			tx, err := db.BeginTx(ctx, nil)
			if err == nil {
				var pid int
				if err = tx.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&pid); err == nil {
					return tx
				}
				tx.Rollback()
			}
			if ctx.Err() != nil {
				t.Fatalf("no connection is left: %v", err)
			}
		}
	}
	both := func() {
		t.Helper()
		a, b := begin(), begin()
		if err := a.Rollback(); err != nil {
			t.Error(err)
		}
		if err := b.Rollback(); err != nil {
			t.Error(err)
		}
	}
	terminate := `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '` + database + `'`
	both()
	for range 3 {
		run(terminate)
		both()
	}
	for range 3 {
		conn, err := db.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.ExecContext(ctx, `BEGIN`); err != nil {
			t.Fatal(err)
		}
		if err := conn.Raw(func(c any) error { return c.(*stdlib.Conn).Conn().PgConn().Conn().Close() }); err != nil {
			t.Error(err)
		}
		conn.Close()
	}
	both()
	// While the server takes nobody.
	run(`ALTER DATABASE ` + database + ` ALLOW_CONNECTIONS false`)
	run(terminate)
	for range 4 {
		if _, err := db.ExecContext(ctx, `SELECT 1`); err == nil {
			t.Error("a server that takes nobody answered")
		}
	}
	run(`ALTER DATABASE ` + database + ` ALLOW_CONNECTIONS true`)
	both()
}
