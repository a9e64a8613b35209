package report

import (
	"runtime"
	"time"
)

// heapAbove runs what is measured, and is how far the heap went above what it was before,
// in MiB: garbage that nobody has swept yet, too.
func heapAbove(run func()) float64 {
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	done, stopped := make(chan struct{}), make(chan uint64)
	go func() {
		most := uint64(0)
		for {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
			select {
			case <-done:
				stopped <- most
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	run()
	close(done)
	return (float64(<-stopped) - float64(before.HeapAlloc)) / (1 << 20)
}
