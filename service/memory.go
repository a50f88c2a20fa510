package service

import (
	"os"
	"runtime/debug"

	"afterglow/config"
)

// spareCollections has the process collect garbage less often while it is small:
// with a few MB of live data, a busy server would collect tens of times a
// second. The limit is what the collector's own default comes to with full
// caches, so the process takes no more memory than it would have. GOGC and
// GOMEMLIMIT, where they are set, hold.
func spareCollections(l config.Limits) {
	const rest = 64 << 20 // the database's pages, sessions, requests under way
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(2 * (int64(l.CohortCacheMB+l.AnswerCacheMB)<<20 + rest))
	}
}
