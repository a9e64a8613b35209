package textfile_test

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"visitprep/internal/textfile"
)

func TestOnlyRegularFilesOfBoundedSizeAreRead(t *testing.T) {
	t.Parallel()
	const most = 1 << 20
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	made := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	made(os.WriteFile(at("file"), []byte("text"), 0o600))
	made(os.WriteFile(at("full"), make([]byte, most), 0o600))
	made(os.WriteFile(at("large"), make([]byte, most+1), 0o600))
	made(os.Mkdir(at("folder"), 0o700))
	made(syscall.Mkfifo(at("pipe"), 0o600))
	l, err := net.Listen("unix", at("socket"))
	made(err)
	defer l.Close()
	for link, to := range map[string]string{"link": "file", "link to a link": "link", "link to a folder": "folder", "link to a pipe": "pipe", "link to nothing": "nothing", "zero": "/dev/zero"} {
		made(os.Symlink(to, at(link)))
	}
	for _, c := range []struct {
		name string
		says string // nothing where it is read
	}{
		{"file", ""}, {"full", ""}, {"link", ""}, {"link to a link", ""},
		{"large", "has more than 1 MB: divide it"},
		{"folder", "is a folder: put a file"}, {"link to a folder", "is a folder"},
		{"pipe", "is a device, a pipe or a socket"}, {"link to a pipe", "is a device"}, {"socket", "is a device"}, {"zero", "is a device"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for how, read := range map[string]func() ([]byte, error){
				"by its path":   func() ([]byte, error) { return textfile.ReadFile(at(c.name), most) },
				"in its folder": func() ([]byte, error) { return textfile.Read(os.DirFS(dir), c.name, most) },
			} {
				data, err := read()
				if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) || err == nil && len(data) == 0 {
					t.Errorf("%s: %d bytes and the error %v, want %q", how, len(data), err, c.says)
				}
			}
		})
	}
	if _, err := textfile.ReadFile(at("link to nothing"), most); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	if _, err := textfile.ReadFile(at("zero"), most); err == nil || !strings.HasPrefix(err.Error(), at("zero")+" is a device") {
		t.Errorf("the error does not name the file: %v", err)
	}
	if _, err := textfile.ReadFile("/proc/self/status", 10); err == nil || !strings.Contains(err.Error(), "has more than") {
		t.Errorf("what says that it is empty and is not: %v", err)
	}
}

// Some of the system's files say that they are empty files and never end, or wait for
// something to happen, as /proc/kmsg does.
func TestAFileThatWaitsIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		defer close(end)
		began := time.Now()
		_, err := textfile.Read(waiting{fstest.MapFS{"log": {}}, end}, "log", 10)
		if err == nil || !strings.Contains(err.Error(), "put a file in its place") || time.Since(began) > 2*time.Second {
			t.Errorf("after %v the error is %v", time.Since(began), err)
		}
	})
}

// waiting has files that wait until the end before they are read.
type waiting struct {
	fs.FS
	end chan struct{}
}

func (w waiting) Open(name string) (fs.File, error) {
	f, err := w.FS.Open(name)
	return waitingFile{f, w.end}, err
}

type waitingFile struct {
	fs.File
	end chan struct{}
}

func (w waitingFile) Read([]byte) (int, error) {
	<-w.end
	return 0, io.EOF
}
