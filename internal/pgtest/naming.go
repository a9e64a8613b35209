package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Naming gives the test an empty database of its own in the shared cluster, behind a pooler in
// transaction mode that knows prepared statements, as pgbouncer does from version 1.21 on: Debian has
// an older one, so this is a small one of our own. It has two connections to the server and gives each
// transaction the one that has waited longer, so no two in a row of a client have the same.
func Naming(t testing.TB) string {
	t.Helper()
	c := Shared(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	database := c.Database(t)
	p := &namingPooler{database: database, free: make(chan *namedServer, 2)}
	for range cap(p.free) {
		s, err := p.connect()
		if err != nil {
			t.Fatal(err)
		}
		p.free <- s
	}
	t.Cleanup(func() { // the clients have gone: theirs was cleaned up before
		l.Close()
		for range cap(p.free) {
			(<-p.free).conn.Close()
		}
	})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(conn)
		}
	}()
	return c.through(l.Addr().(*net.TCPAddr).Port, database)
}

type namingPooler struct {
	database string
	free     chan *namedServer
}

// A namedServer is a connection to the server, and the statements that it has.
type namedServer struct {
	conn net.Conn
	to   *pgproto3.Frontend
	has  map[string]bool
}

func (p *namingPooler) connect() (*namedServer, error) {
	conn, err := pgconn.Connect(context.Background(), p.database)
	if err != nil {
		return nil, err
	}
	raw, err := conn.Hijack()
	if err != nil {
		return nil, err
	}
	return &namedServer{conn: raw.Conn, to: pgproto3.NewFrontend(raw.Conn, raw.Conn), has: make(map[string]bool)}, nil
}

// renew gives a connection back as a new one: what it was doing is rolled back with it. Where the
// server takes nobody it stays closed, and whoever gets it tries again.
func (p *namingPooler) renew(s *namedServer) {
	s.conn.Close()
	if fresh, err := p.connect(); err == nil {
		s = fresh
	}
	p.free <- s
}

// serve serves one client until it goes, or its connection to the server does.
func (p *namingPooler) serve(conn net.Conn) {
	defer conn.Close()
	client := pgproto3.NewBackend(conn, conn)
	for started := false; !started; {
		m, err := client.ReceiveStartupMessage()
		if err != nil {
			return
		}
		switch m.(type) {
		case *pgproto3.StartupMessage:
			started = true
		case *pgproto3.CancelRequest:
			return
		default:
			if _, err := conn.Write([]byte{'N'}); err != nil { // no TLS
				return
			}
		}
	}
	key := make([]byte, 4)
	binary.BigEndian.PutUint32(key, rand.Uint32())
	client.Send(&pgproto3.AuthenticationOk{})
	client.Send(&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"})
	client.Send(&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "on"})
	client.Send(&pgproto3.BackendKeyData{ProcessID: 1 << 30, SecretKey: key})
	client.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	if client.Flush() != nil {
		return
	}
	var s *namedServer // while a transaction lasts
	named := make(map[string]pgproto3.Parse)
	for {
		batch, err := receive(client)
		if err != nil {
			if s != nil { // it left in the middle
				p.renew(s)
			}
			return
		}
		if s == nil {
			s = <-p.free
		}
		status, err := s.pass(client, batch, named)
		if err != nil {
			p.renew(s)
			return
		}
		if status == 'I' {
			p.free <- s
			s = nil
		}
		if client.Flush() != nil {
			continue // which will find that it has gone
		}
	}
}

// receive reads what a client says until it wants an answer.
func receive(client *pgproto3.Backend) (batch []pgproto3.FrontendMessage, err error) {
	for {
		m, err := client.Receive()
		if err != nil {
			return nil, err
		}
		switch m := m.(type) {
		case *pgproto3.Parse:
			batch = append(batch, &pgproto3.Parse{Name: m.Name, Query: m.Query, ParameterOIDs: slices.Clone(m.ParameterOIDs)})
		case *pgproto3.Bind:
			b := *m
			b.ParameterFormatCodes, b.ResultFormatCodes = slices.Clone(m.ParameterFormatCodes), slices.Clone(m.ResultFormatCodes)
			b.Parameters = make([][]byte, len(m.Parameters))
			for n, v := range m.Parameters {
				b.Parameters[n] = slices.Clone(v)
			}
			batch = append(batch, &b)
		case *pgproto3.Describe:
			d := *m
			batch = append(batch, &d)
		case *pgproto3.Execute:
			e := *m
			batch = append(batch, &e)
		case *pgproto3.Close:
			c := *m
			batch = append(batch, &c)
		case *pgproto3.Query:
			return append(batch, &pgproto3.Query{String: m.String}), nil
		case *pgproto3.Sync:
			return append(batch, &pgproto3.Sync{}), nil
		default:
			return nil, fmt.Errorf("the client said %T", m)
		}
	}
}

// pass sends what a client said and passes on the answer, up to and with the status of the
// transaction. A statement has the name of its text on every server, and is prepared where it is not.
func (s *namedServer) pass(client *pgproto3.Backend, batch []pgproto3.FrontendMessage, named map[string]pgproto3.Parse) (status byte, err error) {
	var parses, closes []bool // whether the client asked for it
	prepare := func(name string, asked bool) string {
		st, ok := named[name]
		if name == "" || !ok {
			return name
		}
		st.Name = fmt.Sprintf("p%x", sha256.Sum256(fmt.Append(nil, st.Query, st.ParameterOIDs)))
		if asked || !s.has[st.Name] {
			s.to.Send(&pgproto3.Close{ObjectType: 'S', Name: st.Name})
			s.to.Send(&st)
			closes, parses = append(closes, false), append(parses, asked)
			s.has[st.Name] = true
		}
		return st.Name
	}
	for _, m := range batch {
		switch m := m.(type) {
		case *pgproto3.Parse:
			if m.Name != "" {
				named[m.Name] = *m
				prepare(m.Name, true)
				continue
			}
			parses = append(parses, true)
		case *pgproto3.Bind:
			m.PreparedStatement = prepare(m.PreparedStatement, false)
		case *pgproto3.Describe:
			if m.ObjectType == 'S' {
				m.Name = prepare(m.Name, false)
			}
		case *pgproto3.Close:
			closes = append(closes, true)
			if m.ObjectType == 'S' {
				delete(named, m.Name)
				m.Name = "another client may use it"
			}
		}
		s.to.Send(m)
	}
	if err := s.to.Flush(); err != nil {
		return 0, err
	}
	for {
		m, err := s.to.Receive()
		if err != nil {
			return 0, err
		}
		asked := true
		switch m := m.(type) {
		case *pgproto3.ParseComplete:
			asked, parses = parses[0], parses[1:]
		case *pgproto3.CloseComplete:
			asked, closes = closes[0], closes[1:]
		case *pgproto3.ErrorResponse:
			clear(s.has) // what came after it was not prepared
		case *pgproto3.ReadyForQuery:
			client.Send(m)
			return m.TxStatus, nil
		}
		if asked {
			client.Send(m)
		}
	}
}
