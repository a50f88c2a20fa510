//go:build !linux

package store

// fileSystem cannot tell on this system.
func fileSystem(string) (string, error) { return "", nil }
