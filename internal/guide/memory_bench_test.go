package guide

import (
	"runtime"
	"testing"
)

// BenchmarkEveryEntryShown measures the memory that a guide keeps once each of its entries has been
// shown in one language, above what it kept before.
func BenchmarkEveryEntryShown(b *testing.B) {
	kept := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	for range b.N {
		g := shipped(b)
		g.Base.BuildIndex()
		before := kept()
		for _, e := range g.Base.All() {
			g.View(e)
		}
		b.ReportMetric((kept()-before)/(1<<20), "MiB")
		b.ReportMetric(float64(len(g.Base.All())), "entries")
		runtime.KeepAlive(g)
	}
}
