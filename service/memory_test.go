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
	before := goal()
	done := spareCollections()
	if with := goal(); with < before+spareBytes {
		t.Errorf("the next collection at %d bytes, %d without", with, before)
	}
	done()
}
