package store

import (
	"errors"
	"fmt"
)

// What went wrong, to be asked for with errors.Is.
var (
	// ErrNotFound: no such campaign, job, figure or account.
	ErrNotFound = errors.New("not found")
	// ErrExists: something else already has that name.
	ErrExists = errors.New("exists already")
	// ErrBusy: someone else holds the lease.
	ErrBusy = errors.New("in use by another worker")
	// ErrInvalid: a value that cannot be stored or a query that makes no sense.
	ErrInvalid = errors.New("not valid")
	// ErrNetwork: SQLite on a network file system. It is ErrInvalid too.
	ErrNetwork = fmt.Errorf("on a network file system: %w", ErrInvalid)
	// ErrGap: edits that leave a hole between them and those already stored.
	ErrGap = errors.New("the stretch read does not touch the stretch stored")
	// ErrFormat: stored data in a format that this version does not read.
	ErrFormat = errors.New("unknown storage format")
)
