package fakewiki

import "time"

// Farm is a farm of wikis that answer.
type Farm struct{ now time.Time }

// New starts the farm's servers.
func New(spec Spec) (*Farm, error) { return &Farm{now: spec.Now}, nil }

// URL returns a wiki's address without a path, such as "http://127.0.0.1:40001";
// empty for a database name that is not on the farm.
func (f *Farm) URL(db string) string { return "" }

// Close stops the servers and waits for requests in flight.
func (f *Farm) Close() {}

// SetNow moves the farm's clock.
func (f *Farm) SetNow(t time.Time) { f.now = t }

// Now returns the farm's clock.
func (f *Farm) Now() time.Time { return f.now }

// SetFaults replaces what goes wrong.
func (f *Farm) SetFaults(x Faults) {}

// Change does something to an account at once.
func (f *Farm) Change(c Change) error { return nil }

// Requests returns the number of requests by database name and endpoint.
func (f *Farm) Requests() map[string]map[string]int { return nil }

// Stats returns what was asked since the start or ResetStats.
func (f *Farm) Stats() Stats { return Stats{} }

// ResetStats sets all counters to 0.
func (f *Farm) ResetStats() {}
