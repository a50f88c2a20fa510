package service

import "errors"

var (
	// ErrUsage is wrapped by errors in what the caller asked for.
	ErrUsage = errors.New("wrong usage")
	// ErrPartial is wrapped when some wikis could not be read and the rest was done.
	ErrPartial = errors.New("partial")
)
