package service

import "runtime"

// spareBytes is how much garbage a process may have before it is collected,
// beside as much as there is live data (GOGC's default).
const spareBytes = 32 << 20

// spareCollections keeps a busy process with little live data from collecting
// its garbage tens of times a second: the collector waits until garbage is as
// much as what is live, so a block that is never written to, and so takes no
// memory, counts as live until done is called. GOGC would do the same for a small
// process, but would let one with full caches take several times its memory.
func spareCollections() (done func()) {
	spare := make([]byte, spareBytes)
	return func() { runtime.KeepAlive(spare) }
}
