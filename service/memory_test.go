package service

import (
	"runtime"
	"testing"
)

// TestSpareCollections: the collector waits for spareBytes more than it would.
func TestSpareCollections(t *testing.T) {
	goal := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.NextGC
	}
	// Without it last: what other tests left behind gets less meanwhile.
	done := spareCollections()
	with := goal()
	done()
	if without := goal(); with < without+spareBytes {
		t.Errorf("the next collection at %d bytes, %d without", with, without)
	}
}
