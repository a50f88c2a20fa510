//go:build !linux

package machine

import "syscall"

func attributes() *syscall.SysProcAttr { return nil }

func killGroup(int) error { return errLinux() }

func lockFile(string) (func(), error) { return nil, errLinux() }

func errLinux() error { return &MissingError{Parts: []string{"Linux"}, Hint: "another machine"} }
