package scheduler_test

import (
	"encoding/binary"
	"errors"
	"reflect"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// clockAhead is by how much the clock of this process is wrong, once breakClock was called.
var clockAhead atomic.Int64 // seconds

// breakClock has time.Now tell a time that is off by clockAhead in the whole process, as
// where a machine's clock was set wrong: leases, pauses and signatures are by time.Now, so
// nothing less would do. What has passed since a time.Now is as true as ever. It writes a
// jump over time.Now, which only the processes that the crash harness starts do.
func breakClock() error {
	if runtime.GOARCH != "amd64" {
		return errors.New("a clock can be broken on amd64 only")
	}
	started, ticks := time.Now(), monotonic()
	wrong := func() time.Time {
		t := started.Add(monotonic() - ticks)
		// The seconds of the wall clock stand above 30 bits of nanoseconds.
		*(*uint64)(unsafe.Pointer(&t)) += uint64(clockAhead.Load()) << 30
		return t
	}
	brokenNow = wrong
	from, to := reflect.ValueOf(time.Now).Pointer(), reflect.ValueOf(toldNow).Pointer()
	page := uintptr(unix.Getpagesize())
	first := from &^ (page - 1)
	text := unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&first))), 2*page)
	if err := unix.Mprotect(text, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC); err != nil {
		return err
	}
	jump := text[from-first:]
	jump[0] = 0xe9 // JMP, relative to what follows it
	binary.LittleEndian.PutUint32(jump[1:], uint32(to-from-5))
	return unix.Mprotect(text, unix.PROT_READ|unix.PROT_EXEC)
}

var brokenNow func() time.Time

// toldNow is where the jump leads: not a closure, which needs a register of its own.
//
//go:noinline
func toldNow() time.Time { return brokenNow() }

// monotonic is a clock that all processes share and that nobody sets. Nothing else is as
// sparing: timers ask for the time on a stack where no system call may begin.
func monotonic() time.Duration { return time.Duration(nanotime()) }

//go:linkname nanotime runtime.nanotime
func nanotime() int64
