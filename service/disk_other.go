//go:build !linux

package service

// freeDisk knows nothing here.
func freeDisk(string) (bytes uint64, ok bool) { return 0, false }
