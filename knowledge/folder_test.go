package knowledge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/yamlfile"
)

// Whatever lies in a team's folder, it is named and does no harm.
func TestWhatIsNoFileInTheFolder(t *testing.T) {
	t.Parallel()
	link := func(to string) func(string) error { return func(name string) error { return os.Symlink(to, name) } }
	for _, c := range []struct {
		name string
		make func(name string) error
		says string // nothing where the folder loads
	}{
		{"a pipe", func(name string) error { return syscall.Mkfifo(name, 0o600) }, "this is a device, a pipe or a socket: put a file in its place"},
		{"a folder", func(name string) error { return os.Mkdir(name, 0o700) }, "this is a folder: put a file in its place"},
		{"a link to a device that never ends", link("/dev/zero"), "this is a device, a pipe or a socket"},
		{"a link to a folder", link(os.TempDir()), "this is a folder"},
		{"a link to nothing", link("nothing"), "the file cannot be read"},
		{"a file of more than 4 MB", func(name string) error { return os.WriteFile(name, make([]byte, maxFile+1), 0o600) }, "this has more than 4 MB: divide it"},
		{"a link to a file", func(name string) error {
			return errors.Join(os.WriteFile(name+".real", []byte("topic: ours\ntitle: Ours\nsummary: Ours.\norder: 100\nentries:\n  - id: ours-1\n    kind: checklist\n    phase: during\n    title: Ours\n    text: Do it.\n    article: QC1\n    reviewed: 2026-11-22\n"), 0o600), os.Symlink(name+".real", name))
		}, ""},
		{"a socket", func(name string) error {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
			if err == nil {
				l.SetUnlinkOnClose(false)
				err = l.Close()
			}
			return err
		}, "this is a device, a pipe or a socket"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "own")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			name := filepath.Join(dir, "ours.yaml")
			if err := c.make(name); err != nil {
				t.Fatal(err)
			}
			_, err = WithDir(dir)
			if want := name + ": " + c.says; (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("the error is\n%v\nwant\n%s", err, want)
			}
		})
	}
}

func TestAFolderOfTooMuch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for n := range maxFiles + 1 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.yaml", n)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := WithDir(dir)
	var ms yamlfile.Mistakes
	if !errors.As(err, &ms) || len(ms) != 1 || !strings.Contains(err.Error(), "has 2001 files of advice with 0 MB") {
		t.Errorf("two thousand and one files: %v", err)
	}
	dir = t.TempDir()
	for n := range maxFolder/maxFile + 1 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.yaml", n)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(dir, fmt.Sprintf("%d.yaml", n)), maxFile); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := WithDir(dir); err == nil || !strings.Contains(err.Error(), "has 17 files of advice with 68 MB") {
		t.Errorf("seventeen of 4 MB: %v", err)
	}
}

// A file that becomes something else while the program runs is a mistake like any other.
func TestAFileThatBecomesADevice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		loads := make(chan error, 1) // Watch and the test share no variable
		ctx, stop := context.WithCancel(t.Context())
		go Watch(ctx, dir, StateOf(dir), func(_ *Base, err error) { loads <- err })
		for n, put := range []func(name string) error{
			func(name string) error { return os.Symlink("/dev/zero", name) },
			os.Remove,
			func(name string) error { return syscall.Mkfifo(name, 0o600) },
			os.Remove,
			func(name string) error { return os.Mkdir(name, 0o700) },
			os.Remove,
		} {
			if err := put(filepath.Join(dir, "ours.yaml")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			select {
			case err := <-loads:
				if (err == nil) != (n%2 == 1) {
					t.Fatalf("after step %d: %v", n, err)
				}
			default:
				t.Fatalf("after step %d nothing was loaded", n)
			}
		}
		stop()
		synctest.Wait()
	})
}
