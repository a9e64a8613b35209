package store

import (
	"context"
	"database/sql"
	"sync"
)

// A pool is a database that parses each statement once. To plan a visit, SQLite spent
// a fifth of its time on parsing. PostgreSQL's driver does the same by itself, and
// keep is 0 there.
type pool struct {
	*sql.DB
	keep int // how many statements

	mu    sync.Mutex
	known map[string]*sql.Stmt
}

func newPool(db *sql.DB, keep int) *pool {
	return &pool{DB: db, keep: keep, known: make(map[string]*sql.Stmt)}
}

// keptStatements is more than this package has texts; lists of channels of different
// lengths make more of them.
const keptStatements = 256

// statement is the parsed query, nil where it is not kept.
func (p *pool) statement(query string) *sql.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[query]
}

// learn parses a query and keeps it. What cannot be parsed is run as it is, and
// tells its error there.
func (p *pool) learn(ctx context.Context, query string) *sql.Stmt {
	p.mu.Lock()
	full := len(p.known) >= p.keep
	p.mu.Unlock()
	if full {
		return nil
	}
	st, err := p.DB.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if first, ok := p.known[query]; ok || len(p.known) >= p.keep { // another reader was quicker
		st.Close()
		return first
	}
	p.known[query] = st
	return st
}

func (p *pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if st := p.ready(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return p.DB.QueryContext(ctx, query, args...)
}

func (p *pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if st := p.ready(ctx, query); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return p.DB.QueryRowContext(ctx, query, args...)
}

func (p *pool) ready(ctx context.Context, query string) *sql.Stmt {
	if st := p.statement(query); st != nil {
		return st
	}
	return p.learn(ctx, query)
}

// A txn is a transaction that knows whether the planner or the dispatcher has
// something new to look at.
type txn struct {
	tx   *sql.Tx
	pool *pool
	rows int // how many one statement inserts
	wake bool

	stmts   map[string]*sql.Stmt // those of the pool that it has used
	unknown []string             // to learn when the connection is free again
}

// statement is the parsed query for this transaction, nil where it is not kept.
func (t *txn) statement(ctx context.Context, query string) *sql.Stmt {
	if st, ok := t.stmts[query]; ok {
		return st
	}
	st := t.pool.statement(query)
	if st != nil {
		st = t.tx.StmtContext(ctx, st)
	} else {
		t.unknown = append(t.unknown, query)
	}
	t.stmts[query] = st
	return st
}

func (t *txn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if st := t.statement(ctx, query); st != nil {
		return st.ExecContext(ctx, args...)
	}
	return t.tx.ExecContext(ctx, query, args...)
}

func (t *txn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if st := t.statement(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return t.tx.QueryContext(ctx, query, args...)
}

func (t *txn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if st := t.statement(ctx, query); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return t.tx.QueryRowContext(ctx, query, args...)
}

// learn parses what the transaction met for the first time. It is over by then: on
// SQLite there is one connection that writes.
func (t *txn) learn(ctx context.Context) {
	for _, query := range t.unknown {
		t.pool.learn(ctx, query)
	}
}
