// Package pgtest starts a throw-away PostgreSQL for tests, where its programs are
// installed, and a pgbouncer in front of it. Nothing but tests imports it.
package pgtest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"
)

// A Cluster is one running PostgreSQL.
type Cluster struct {
	dir  string
	bin  string
	port int
	cred *syscall.Credential // initdb and postgres refuse to run as root
	cmd  *exec.Cmd
	n    atomic.Int64
}

// The one cluster of a test binary. It is a variable of the package because its
// life is the process's: Main stops it.
var shared struct {
	once sync.Once
	c    *Cluster
	err  error
}

// The one pgbouncer in front of it, in the same way.
var pooled struct {
	once sync.Once
	p    *Pooler
	err  error
}

// Main runs a package's tests and stops the cluster, if one was started. Call it
// from TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if pooled.p != nil {
		pooled.p.remove()
	}
	if shared.c != nil {
		shared.c.remove()
	}
	os.Exit(code)
}

// URL gives the test an empty database of its own in the shared cluster. Without
// PostgreSQL on the machine the test is skipped with a line that says so; under
// CI=true it fails.
func URL(t testing.TB) string {
	t.Helper()
	return Shared(t).Database(t)
}

// Database makes an empty database in the cluster and returns its address.
func (c *Cluster) Database(t testing.TB) string {
	t.Helper()
	return c.create(t, "")
}

// Copy makes a database that is what the one at url is now, and returns its address.
// Nobody may be connected to that one.
func (c *Cluster) Copy(t testing.TB, url string) string {
	t.Helper()
	from, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return c.create(t, " TEMPLATE "+from.Database)
}

// create makes a database with a new name.
func (c *Cluster) create(t testing.TB, from string) string {
	t.Helper()
	name := fmt.Sprintf("t%d", c.n.Add(1))
	db, err := sql.Open("pgx", c.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), "CREATE DATABASE "+name+from); err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	return c.URL(name)
}

// Shared is the cluster of this test binary. No test may stop it: others use it at
// the same time.
func Shared(t testing.TB) *Cluster {
	t.Helper()
	bin := required(t)
	shared.once.Do(func() { shared.c, shared.err = start(bin) })
	if shared.err != nil {
		t.Fatalf("start a throw-away PostgreSQL: %v", shared.err)
	}
	return shared.c
}

// New starts a cluster for one test, which may stop and start it as it likes.
func New(t testing.TB) *Cluster {
	t.Helper()
	c, err := start(required(t))
	if err != nil {
		t.Fatalf("start a throw-away PostgreSQL: %v", err)
	}
	t.Cleanup(c.remove)
	return c
}

// required is the folder with PostgreSQL's programs; without them the test ends here.
func required(t testing.TB) string {
	t.Helper()
	bin := programs()
	if bin == "" {
		missing(t, "no PostgreSQL on this machine: install one (initdb, postgres) to run the tests on it")
	}
	return bin
}

// missing ends a test for which a program is missing.
func missing(t testing.TB, words string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(words)
	}
	t.Skip(words)
}

// programs is the folder with initdb and postgres. A wrapper of a distribution
// may stand in the path without its server beside it.
func programs() string {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if p, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(p))
	}
	for i := len(dirs) - 1; i >= 0; i-- {
		_, err1 := os.Stat(filepath.Join(dirs[i], "initdb"))
		_, err2 := os.Stat(filepath.Join(dirs[i], "postgres"))
		if err1 == nil && err2 == nil {
			return dirs[i]
		}
	}
	return ""
}

func start(bin string) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "visitprep-pg-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, bin: bin}
	if os.Geteuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return nil, fmt.Errorf("initdb does not run as root, and there is no user postgres: %w", err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		c.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
	}
	if c.port, err = freePort(); err != nil {
		return nil, err
	}
	if out, err := c.command("initdb", "-D", filepath.Join(dir, "data"), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return c, c.Start()
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.cred}
	return cmd
}

// Start starts the server and waits until it answers.
func (c *Cluster) Start() error {
	var said bytes.Buffer
	c.cmd = c.command("postgres", "-D", filepath.Join(c.dir, "data"), "-p", strconv.Itoa(c.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200")
	c.cmd.Stderr = &said
	if err := c.cmd.Start(); err != nil {
		return err
	}
	db, err := sql.Open("pgx", c.URL("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	again, late := time.NewTicker(20*time.Millisecond), time.After(30*time.Second)
	defer again.Stop()
	for {
		if err = db.Ping(); err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-late:
			return fmt.Errorf("it does not answer: %w: %s", err, said.String())
		}
	}
}

// Stop ends the server at once, as a machine that loses power would.
func (c *Cluster) Stop() {
	if c.cmd == nil {
		return
	}
	c.cmd.Process.Signal(syscall.SIGQUIT)
	c.cmd.Wait()
	c.cmd = nil
}

func (c *Cluster) remove() {
	c.Stop()
	os.RemoveAll(c.dir)
}

// URL is the address of a database of the cluster.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, strings.ToLower(database))
}

// through is the address, by another port, of the database that has this address in the cluster.
func (c *Cluster) through(port int, database string) string {
	return strings.Replace(database, fmt.Sprintf(":%d/", c.port), fmt.Sprintf(":%d/", port), 1)
}
