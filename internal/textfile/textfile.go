// Package textfile reads files that people write. What a path names may be anything: a
// device that never ends, a pipe on which nobody writes, a folder. Only regular files of
// bounded size are read, and nothing is waited for.
package textfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// A Problem is why a file is not read, with what to do about it.
type Problem struct {
	What string // "is a folder", to stand after the file's name
	How  string
}

func (p *Problem) Error() string { return p.What + ": " + p.How }

// Read reads the regular file that name is, or is a link to, in fsys. A Problem says that
// it is something else, or larger than max bytes.
func Read(fsys fs.FS, name string, max int64) ([]byte, error) {
	return read(func() (fs.FileInfo, error) { return fs.Stat(fsys, name) }, func() (fs.File, error) { return fsys.Open(name) }, max)
}

// ReadFile is Read for a path of the system, which an error then names.
func ReadFile(name string, max int64) ([]byte, error) {
	data, err := read(func() (fs.FileInfo, error) { return os.Stat(name) }, func() (fs.File, error) { return os.Open(name) }, max)
	if p := (*Problem)(nil); errors.As(err, &p) {
		err = fmt.Errorf("%s %w", name, err)
	}
	return data, err
}

func read(stat func() (fs.FileInfo, error), open func() (fs.File, error), max int64) ([]byte, error) {
	// Opening a pipe would wait for somebody to write. Where there is nothing, opening says so.
	info, err := stat()
	if err == nil {
		if err := check(info, max); err != nil {
			return nil, err
		}
	}
	f, err := open()
	if err != nil {
		return nil, err
	}
	whole := func() ([]byte, error) {
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, max+1))
		if err == nil && int64(len(data)) > max {
			return nil, tooLarge(max)
		}
		return data, err
	}
	if info != nil && info.Size() > 0 {
		return whole()
	}
	// Some of the system's files say that they are empty and are not, and some of those
	// wait for something to happen. Nothing can end such a read.
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() { data, err := whole(); done <- result{data, err} }()
	select {
	case r := <-done:
		return r.data, r.err
	case <-time.After(patience):
		return nil, &Problem{"is a file of the system that waits for something to happen", "put a file in its place"}
	}
}

// patience is how long a file that says that it is empty may take to be read.
const patience = time.Second

// check returns a Problem with what is not to be read.
func check(info fs.FileInfo, max int64) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return &Problem{"is a folder", "put a file in its place"}
	case !mode.IsRegular():
		return &Problem{"is a device, a pipe or a socket", "put a file in its place"}
	case info.Size() > max:
		return tooLarge(max)
	}
	return nil
}

func tooLarge(max int64) error {
	return &Problem{fmt.Sprintf("has more than %d MB", max>>20), "divide it into several, or take out what does not belong in it"}
}
