package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"afterglow/service"
)

// usageError is a command line that makes no sense: exit code 2.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func exitCode(err error) int {
	var usage usageError
	switch {
	case errors.As(err, &usage), errors.Is(err, service.ErrUsage):
		return 2
	case errors.Is(err, service.ErrPartial):
		return 3
	case strings.HasPrefix(err.Error(), "unknown command "): // cobra has no type for it
		return 2
	}
	return 1
}

// oneLine keeps a message to one line, whatever a wiki or a file put into it.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func noArgs(cmd *cobra.Command, args []string) error { return exactly(0)(cmd, args) }

func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("%s takes %d arguments, not %d; see %s --help", cmd.CommandPath(), n, len(args), cmd.CommandPath())}
		}
		return nil
	}
}
