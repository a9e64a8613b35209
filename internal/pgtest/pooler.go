package pgtest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A Pooler is a running pgbouncer in front of a cluster.
type Pooler struct {
	of   *Cluster
	bin  string
	dir  string
	port int
	cmd  *exec.Cmd
}

// Pooled gives the test an empty database of its own in the shared cluster, behind a
// pgbouncer in transaction mode with two connections to each database. It is skipped, and
// fails, as URL is.
func Pooled(t testing.TB) string {
	t.Helper()
	c := Shared(t)
	bin := pgbouncer(t)
	pooled.once.Do(func() { pooled.p, pooled.err = newPooler(c, bin) })
	if pooled.err != nil {
		t.Fatalf("start a pgbouncer: %v", pooled.err)
	}
	return pooled.p.URL(c.Database(t))
}

// Pooler starts a pgbouncer in front of the cluster for one test, which may stop and start
// it as it likes. The settings are lines of pgbouncer.ini; of two for one thing the later
// one holds.
func (c *Cluster) Pooler(t testing.TB, settings ...string) *Pooler {
	t.Helper()
	p, err := newPooler(c, pgbouncer(t), settings...)
	if err != nil {
		t.Fatalf("start a pgbouncer: %v", err)
	}
	t.Cleanup(p.remove)
	return p
}

// pgbouncer is where the program is; without it the test ends here.
func pgbouncer(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if bin, err := exec.LookPath(name); err == nil {
			return bin
		}
	}
	missing(t, "no pgbouncer on this machine: install one to run the tests behind it")
	return ""
}

func newPooler(c *Cluster, bin string, settings ...string) (*Pooler, error) {
	dir, err := os.MkdirTemp("", "visitprep-pgbouncer-")
	if err != nil {
		return nil, err
	}
	p := &Pooler{of: c, bin: bin, dir: dir}
	if c.cred != nil {
		if err := os.Chown(dir, int(c.cred.Uid), int(c.cred.Gid)); err != nil {
			return nil, err
		}
	}
	if p.port, err = freePort(); err != nil {
		return nil, err
	}
	lines := []string{
		"[databases]",
		fmt.Sprintf("* = host=127.0.0.1 port=%d user=postgres", c.port),
		"[pgbouncer]",
		"listen_addr = 127.0.0.1", fmt.Sprintf("listen_port = %d", p.port), "unix_socket_dir =",
		"auth_type = any",
		"pool_mode = transaction", "default_pool_size = 2", "max_client_conn = 1000",
		"server_idle_timeout = 2",     // the cluster has 200 connections for hundreds of databases
		"server_login_retry = 0.1",    // it asks a server that was away again soon
		"ignore_startup_parameters =", // none, as it comes
	}
	if err := os.WriteFile(p.file(), []byte(strings.Join(append(lines, settings...), "\n")+"\n"), 0o644); err != nil {
		return nil, err
	}
	return p, p.Start()
}

func (p *Pooler) file() string { return filepath.Join(p.dir, "pgbouncer.ini") }

// Start starts it and waits until it listens.
func (p *Pooler) Start() error {
	var said bytes.Buffer
	p.cmd = exec.Command(p.bin, p.file())
	p.cmd.Dir, p.cmd.Stderr = p.dir, &said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.of.cred, Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	again, late := time.NewTicker(20*time.Millisecond), time.After(30*time.Second)
	defer again.Stop()
	for {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.port))
		if err == nil {
			return conn.Close()
		}
		select {
		case <-again.C:
		case <-late:
			p.Stop()
			return fmt.Errorf("it does not answer: %w: %s", err, said.String())
		}
	}
}

// Stop ends it at once, and every connection through it.
func (p *Pooler) Stop() {
	if p.cmd == nil {
		return
	}
	p.cmd.Process.Kill()
	p.cmd.Wait()
	p.cmd = nil
}

func (p *Pooler) remove() {
	p.Stop()
	os.RemoveAll(p.dir)
}

// URL is the address, through the pooler, of the database that has this address in the
// cluster.
func (p *Pooler) URL(database string) string { return p.of.through(p.port, database) }
