package store

import (
	"context"
	"database/sql"
	"sync"

	"visitprep/internal/visit"
)

// A pool is a database that parses each statement once. SQLite spent a fifth of the
// time that it takes to plan a visit on parsing. PostgreSQL's driver caches parsed
// statements itself, and max is 0 there.
type pool struct {
	*sql.DB
	max int // statements in the cache

	mu    sync.Mutex
	cache map[string]*sql.Stmt
}

func newPool(db *sql.DB, max int) *pool {
	return &pool{DB: db, max: max, cache: make(map[string]*sql.Stmt)}
}

// maxStatements is more than this package has queries; lists of channels make one
// for each length.
const maxStatements = 256

// statement returns the parsed query, or nil where it is not cached.
func (p *pool) statement(query string) *sql.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cache[query]
}

// prepare parses a query and caches it. It returns nil where the cache is full, and
// for a query that cannot be parsed: running it gives the error.
func (p *pool) prepare(ctx context.Context, query string) *sql.Stmt {
	p.mu.Lock()
	full := len(p.cache) >= p.max
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
	if first, ok := p.cache[query]; ok || len(p.cache) >= p.max { // another reader was quicker
		st.Close()
		return first
	}
	p.cache[query] = st
	return st
}

func (p *pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if st := p.cachedOrPrepared(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return p.DB.QueryContext(ctx, query, args...)
}

func (p *pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if st := p.cachedOrPrepared(ctx, query); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return p.DB.QueryRowContext(ctx, query, args...)
}

func (p *pool) cachedOrPrepared(ctx context.Context, query string) *sql.Stmt {
	if st := p.statement(query); st != nil {
		return st
	}
	return p.prepare(ctx, query)
}

// A txn is a transaction that knows whether the planner or the dispatcher has
// something new to look at.
type txn struct {
	tx         *sql.Tx
	pool       *pool
	timing     *visit.Timing
	batchRows  int    // how many one statement inserts
	skipLocked string // see Store
	by         string // see Store
	wake       bool

	factories *factoryIndex
	indexed   bool // it has what was there when the transaction asked

	stmts    map[string]*sql.Stmt // those of the pool that it has used
	uncached []string             // to prepare when the connection is free again
}

// statement returns the parsed query for this transaction, or nil where it is not
// cached.
func (t *txn) statement(ctx context.Context, query string) *sql.Stmt {
	if st, ok := t.stmts[query]; ok {
		return st
	}
	st := t.pool.statement(query)
	if st != nil {
		st = t.tx.StmtContext(ctx, st)
	} else {
		t.uncached = append(t.uncached, query)
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

// prepare parses the queries that the transaction was the first to run. Call it when
// the transaction is over: SQLite has one connection that writes.
func (t *txn) prepare(ctx context.Context) {
	for _, query := range t.uncached {
		t.pool.prepare(ctx, query)
	}
}
