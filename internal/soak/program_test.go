package soak

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built is the test binary of the root package, which runs as visitprep and as the program
// that a soak runs, by the name it is called by.
func built(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "visitprep.test")
	cmd := exec.Command("go", "test", "-c", "-o", file, ".")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return file
}

// A calendar is the time that the program and the local Slack go by: the machine's, moved by
// what stands in a file.
type calendar struct {
	mu    sync.Mutex
	file  *os.File
	ahead time.Duration
}

func newCalendar(t *testing.T) *calendar {
	f, err := os.Create(filepath.Join(t.TempDir(), "ahead"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	c := &calendar{file: f}
	c.step(0)
	return c
}

func (c *calendar) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// step moves the calendar by d, which may be negative.
func (c *calendar) step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
	if _, err := c.file.WriteAt(binary.BigEndian.AppendUint64(nil, uint64(c.ahead)), 0); err != nil {
		panic(err) // a file of ours that is open
	}
}

// set moves the calendar ahead to an instant.
func (c *calendar) set(to time.Time) { c.step(max(to.Sub(c.Now()), 0)) }

// A logLine is one that the program printed.
type logLine struct {
	at   time.Time // by elapsed time
	text string
}

// A program is visitprep serve as a process that is ended and begun again.
type program struct {
	binary, dir string
	env         []string

	mu    sync.Mutex
	cmd   *exec.Cmd
	url   string // empty while it does not listen
	ended chan struct{}
	err   error
	log   []logLine // of all processes, warnings and worse and what is no log line
	last  []string  // the last lines whatever they are
}

var listens = regexp.MustCompile(`msg="visitprep is starting".* address=(\S+)`)

// start begins a process and waits until it listens.
func (p *program) start() error {
	cmd := exec.Command(p.binary)
	cmd.Args[0] = "soaked"
	cmd.Dir, cmd.Env = p.dir, append(os.Environ(), p.env...)
	out, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	p.mu.Lock()
	p.cmd, p.ended, p.err = cmd, ended, nil
	p.mu.Unlock()
	go func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			p.reads(lines.Text(), ready)
		}
		err := cmd.Wait()
		p.mu.Lock()
		p.url, p.err = "", err
		p.mu.Unlock()
		close(ended)
	}()
	select {
	case <-ready:
		return nil
	case <-ended:
		return fmt.Errorf("the program ended at its start: %w\n%s", p.err, strings.Join(p.lately(), "\n"))
	}
}

func (p *program) reads(line string, ready chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last = append(p.last, line); len(p.last) > 60 {
		p.last = p.last[1:]
	}
	if m := listens.FindStringSubmatch(line); m != nil {
		p.url = "http://" + m[1]
		close(ready)
	}
	if !strings.Contains(line, "level=INFO") {
		p.log = append(p.log, logLine{time.Now(), line})
	}
}

func (p *program) lately() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.last...)
}

func (p *program) address() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.url
}

func (p *program) lines() []logLine {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]logLine(nil), p.log...)
}

// end ends the process by a signal, and says how it ended and how long that took.
func (p *program) end(s os.Signal) (took time.Duration, err error) {
	p.mu.Lock()
	cmd, ended := p.cmd, p.ended
	p.mu.Unlock()
	began := time.Now()
	if err := cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, err
	}
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		cmd.Process.Kill()
		<-ended
		return time.Since(began), errors.New("it did not end within 30 s and was killed")
	}
	return time.Since(began), p.err
}

// died reports that the process ended and nobody had ended it.
func (p *program) died() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// A sample is what the process needs at one moment.
type sample struct {
	at                time.Time
	goroutines, files float64
	// In bytes: what is alive on its heap; what the machine lends it (RSS), and of that what Go has,
	// what others have, as SQLite, and the pages of files, as the program's own.
	heap, memory, inGo, others, pages float64
}

// measure has the process collect what nobody needs, and says what is left.
func (p *program) measure() (s sample, err error) {
	p.mu.Lock()
	pid := p.cmd.Process.Pid
	p.mu.Unlock()
	file := p.account()
	if _, err := os.Stat(file + ".heap-first"); err != nil { // what it grows by is the difference
		os.Rename(file+".heap", file+".heap-first")
	}
	os.Remove(file)
	if err := syscall.Kill(pid, syscall.SIGUSR1); err != nil {
		return s, err
	}
	var text []byte
	for until := time.Now().Add(10 * time.Second); ; {
		if text, err = os.ReadFile(file); err == nil {
			break
		}
		if time.Now().After(until) {
			return s, errors.New("it gave no account of its memory")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := fmt.Sscan(string(text), &s.goroutines, &s.heap, &s.inGo); err != nil {
		return s, err
	}
	s.at = time.Now()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return s, err
	}
	s.files = float64(len(open))
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return s, err
	}
	var anonymous float64
	for _, f := range []struct {
		name string
		is   *float64
	}{{"VmRSS", &s.memory}, {"RssAnon", &anonymous}, {"RssFile", &s.pages}} {
		if _, text, ok := bytes.Cut(status, []byte(f.name+":")); !ok {
			return s, fmt.Errorf("the machine does not tell %s", f.name)
		} else if _, err := fmt.Sscan(string(text), f.is); err != nil {
			return s, err
		}
		*f.is *= 1 << 10
	}
	s.others = anonymous - s.inGo
	return s, nil
}

func (p *program) account() string { return filepath.Join(p.dir, "account") }

// metrics is what /metrics says.
func (p *program) metrics() ([]byte, error) {
	res, err := http.Get(p.address() + "/metrics")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

// metric is the value of one that has no labels, or of the first that begins so.
func metric(text []byte, name string) float64 {
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(name)); ok {
			fields := bytes.Fields(rest)
			if len(fields) > 0 {
				n, _ := strconv.ParseFloat(string(fields[len(fields)-1]), 64)
				return n
			}
		}
	}
	return 0
}
