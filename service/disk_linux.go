package service

import "syscall"

// freeDisk returns how many bytes a user may still write in a directory's file
// system; ok is false where that is not known.
func freeDisk(dir string) (bytes uint64, ok bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil || s.Bsize <= 0 {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}
